# The program of executor Job on these machines: the whole node at once, all static pods and the kubelet changed in one
# stop of the kubelet. Its image has kubeadm, kubelet and kubectl of every version below /kubernetes, and a shell.
# Idempotent: a second attempt begins from the top.
set -eu
version=$CLUSTERUPGRADE_VERSION
ignore=--ignore-preflight-errors=all
host() { chroot /host "$@"; }
step() { echo "step: $*"; }

install() { # PROGRAM...: beside the old one first, so that a name never stands for half a program
  for program in "$@"; do
    cp "/kubernetes/$version/$program" "/host/usr/bin/.$program.new"
    mv "/host/usr/bin/.$program.new" "/host/usr/bin/$program"
  done
}

ready() { # the API server of this node answers, and is of the version
  host curl -skf -m 2 https://127.0.0.1:6443/readyz > /dev/null &&
    host curl -sk -m 2 https://127.0.0.1:6443/version | grep -q "\"$version\""
}

wait_for() { # WHAT SECONDS COMMAND...
  what=$1 left=$(($2 * 5))
  shift 2
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "error: $what: not in time"; exit 1; }
    sleep 0.2
  done
}

ended() { ! host pgrep -x "$1" > /dev/null; }

swap() { # apply|node
  kubectl="host kubectl --kubeconfig /etc/kubernetes/admin.conf --namespace kube-system"
  address=$(grep -o 'advertise-address=[0-9.]*' /host/etc/kubernetes/manifests/kube-apiserver.yaml | head -n 1 | cut -d= -f2)
  { sed "s/^kubernetesVersion: .*/kubernetesVersion: $version/" /host/tmp/cluster.yaml
    printf -- '---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n'
    printf 'localAPIEndpoint: {advertiseAddress: %s, bindPort: 6443}\n' "$address"
    printf 'nodeRegistration: {name: %s, criSocket: "unix:///run/containerd/containerd.sock"}\n' "$CLUSTERUPGRADE_NODE"
  } > /host/tmp/init.yaml
  step "back up manifests and etcd"
  backup=/host/etc/kubernetes/tmp/swap-$CLUSTERUPGRADE_ATTEMPT
  rm -rf "$backup"
  mkdir -p "$backup"
  cp -a /host/etc/kubernetes/manifests /host/var/lib/etcd "$backup/"
  install kubelet kubectl
  # kubeadm 1.34 wrote a flag that kubelet 1.35 does not know; kubeadm takes it out later, but the kubelet starts before.
  sed -i 's/--pod-infra-container-image=[^ "]*//' /host/var/lib/kubelet/kubeadm-flags.env
  host systemctl daemon-reload
  # Whoever is killed from here on cannot start the kubelet, and a stopped kubelet starts no second attempt: systemd does.
  step "have the kubelet started in two minutes, whatever happens"
  host systemctl stop kubelet-again.timer 2> /dev/null || true
  host systemd-run --quiet --collect --unit=kubelet-again --on-active=120 systemctl start kubelet
  step "stop the kubelet"
  host systemctl stop kubelet
  step "write manifests"
  host kubeadm certs renew all > /dev/null 2>&1
  host kubeadm init phase control-plane all --config /tmp/init.yaml > /dev/null
  host kubeadm init phase etcd local --config /tmp/init.yaml > /dev/null
  step "end the old control plane"
  host pkill -TERM -x kube-apiserver || true
  sleep 1
  host pkill -KILL -x kube-apiserver || true # nobody may wait in an API server without etcd
  host pkill -TERM -x 'etcd|kube-controller|kube-scheduler' || true
  wait_for "etcd ends" 10 ended etcd
  step "start the kubelet"
  host systemctl start kubelet
  host systemctl stop kubelet-again.timer || true
  wait_for "API server ready at $version" 120 ready
}

step "install kubeadm"
install kubeadm
if [ "$CLUSTERUPGRADE_STAGE" = ControlPlane ]; then
  host kubectl --kubeconfig /etc/kubernetes/admin.conf --namespace kube-system get configmap kubeadm-config \
    -o 'jsonpath={.data.ClusterConfiguration}' > /host/tmp/cluster.yaml
  if grep -q "^kubernetesVersion: $version" /host/tmp/cluster.yaml; then how=node; else how="apply --yes $version"; fi
  step "swap the control plane"
  ready || swap
  step "kubeadm upgrade $how"
  host kubeadm upgrade $how $ignore 2>&1 | grep -E 'skipping|Moving|SUCCESS|rror' || true
  ready
else
  step "kubeadm upgrade node"
  host kubeadm upgrade node $ignore > /host/tmp/kubeadm.log 2>&1 || { tail -n 5 /host/tmp/kubeadm.log; exit 1; }
  install kubelet kubectl
  host systemctl daemon-reload
fi
step "restart the kubelet"
host systemctl restart kubelet
wait_for "kubelet healthy" 60 host curl -sf -m 1 http://127.0.0.1:10248/healthz
step "done"
