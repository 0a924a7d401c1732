#!/usr/bin/env python3
"""What goes wrong on real machines: programs killed, a full disk, an image that is not there, a machine switched off.

Each test has a cluster of its own. Whatever happens, the upgrade ends, nothing of etcd is lost, and the workload's
requests are answered (but for those that were sent to a machine that is off). In each stage the executor is killed at
CU_KILL_POINTS (4) of its steps, every CU_KILL_STRIDEth (5): CU_KILL_POINTS=99 CU_KILL_STRIDE=1 for all of them. Steps
of one name in a row (copies of several folders) count once. CU_KILL_FIRST is the number of the first one (0),
CU_KILL_STAGES=Node kills in that stage alone, CU_KILL_CONTROL_PLANES=3 in the stages of several control planes.
"""
import os
import pathlib
import re
import signal
import time

import scenario
import executor
from api_client import wait_until
from harness import condition

FROM, TO = "v1.35.4", "v1.36.3"
JOBS = "cluster-upgrade-jobs"
WRONG_IMAGE = "nothing.example.com/upgrade:9.9"
POINTS, STRIDE = int(os.environ.get("CU_KILL_POINTS", "4")), int(os.environ.get("CU_KILL_STRIDE", "5"))
FIRST = int(os.environ.get("CU_KILL_FIRST", "0"))
STAGES = os.environ.get("CU_KILL_STAGES", "ControlPlane,ControlPlaneAndNode,Node,").split(",")  # Job: its stage is ""
CONTROL_PLANES = int(os.environ.get("CU_KILL_CONTROL_PLANES", "1"))
LATER_START = "cluster-upgrade-kubelet"  # systemd's unit that starts a kubelet which the executor stopped, 5 min later


def not_ready(node):
    return condition(node, "Ready").get("status") != "True"


def steps_of(lines):
    """What the executor's log says it has begun with; steps of one name in a row are one."""
    steps = [line.partition("step: ")[2] for line in lines if "step: " in line]
    begun = [step for step in steps if not re.search(": (done in|failed after) ", step)]
    return [step for before, step in zip([""] + begun, begun) if before.split(":")[0] != step.split(":")[0]]


class Faults(scenario.Case):
    def setUp(self):
        self.stopped = None  # since when a kubelet is
        self.waited = CONTROL_PLANES > 1  # systemd started one by itself; with one control plane that is waited for

    def end_well(self, run, but=()):
        """Upgraded, with nothing lost; `but` names machines through which requests may have failed."""
        run.wait_ready()
        run.witnesses.stop()
        self.say(run.witnesses.report())
        failed = [probe.report() for probe in run.witnesses.probes
                  if probe.failed and not any(name in probe.name for name in but)]
        self.assertEqual(failed, [])
        self.assert_at(run, TO)

    def job_pod(self, run, node, attempt):
        """The pod of an attempt on a node, once there is one; of two stages the later one's."""
        labels = f"clusterupgrade.io/node={node},clusterupgrade.io/attempt={attempt}"

        def newest():
            found = run.cluster.client.list("pods", JOBS, labels=labels)
            return max(found, key=lambda pod: pod["metadata"]["creationTimestamp"], default=None)
        return wait_until(newest, what=f"attempt {attempt} on {node} has a pod", timeout=240)["metadata"]["name"]

    def kill_at_step(self, run, node, pod, number):
        """Kills the executor when it has begun with its step of that number (from 0), and returns what it was at; None
        when it ended before. Many steps take some milliseconds, so there is no time to look for its process then."""
        machine = run.cluster.machines[node]
        pids = wait_until(lambda: machine.processes(executor.program()), what=f"{pod} runs", timeout=240, every=0.02)
        pid = min(pids)

        def look():
            if not pathlib.Path(f"/proc/{pid}").exists():
                return True
            return len(steps_of(machine.pod_log(JOBS, pod))) > number
        wait_until(look, what=f"step {number} of {pod}", timeout=240, every=0.001)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return None
        return steps_of(machine.pod_log(JOBS, pod))[-1]

    def kubelet_comes_back(self, run, machine):
        """A kubelet that the killed program had stopped is started by systemd after five minutes. The first time that
        is waited for; from then on the test does what the timer would do, once it has seen that there is one."""
        state = machine.run("systemctl", "is-active", "kubelet", check=False).stdout.strip()
        stopped = state in ("inactive", "failed")
        if stopped and self.stopped is None:
            timer = machine.run("systemctl", "is-active", f"{LATER_START}.timer", check=False).stdout.strip()
            self.assertEqual(timer, "active", "the kubelet is stopped, and nothing will start it")
            self.stopped = time.monotonic()
            run.cluster.told(f"the kubelet of {machine.name} is stopped ({state})")
        elif stopped and self.waited:
            machine.run("systemctl", "start", f"{LATER_START}.service")
        elif not stopped and self.stopped is not None:
            run.cluster.told(f"the kubelet of {machine.name} was started {time.monotonic() - self.stopped:.0f} s later")
            self.stopped, self.waited = None, True

    def retry(self, run):
        """A person's new attempt; returns when the controller has taken it up."""
        value = str(time.time_ns())
        run.cluster.kubectl("annotate", "clusterupgrade", scenario.UPGRADE, "--overwrite",
                            f"clusterupgrade.io/retry={value}")
        wait_until(run.upgrade, lambda item: item.get("status", {}).get("lastHandledRetry") == value
                   and condition(item, "Stalled").get("status") == "False", what="the retry is taken up", timeout=60)

    def wait_stalled(self, run):
        item = run.wait_end()
        self.assertEqual(condition(item, "Stalled").get("status"), "True", "the fault went unnoticed")
        return condition(item, "Stalled")["message"], item["status"].get("failures", [])

    def next_attempt(self, run, node, after):
        """The entry of the next attempt on a node, once it runs; {} when the node is done."""
        def look():
            entry = run.entry(node)
            return {} if not entry and run.cluster.versions()[node] == TO else entry or None
        return wait_until(look, lambda entry: entry == {} or (entry and entry.get("step") == "Upgrading"
                                                              and entry.get("attempt", 0) > after),
                          what=f"attempt {after + 1} on {node}", timeout=240)

    def after_kill(self, run, machine, attempt):
        """What is said of the next attempt; None when the node is verified without one."""
        def look():
            self.kubelet_comes_back(run, machine)
            entry = run.entry(machine.name)
            self.assertNotEqual(condition(run.upgrade(), "Stalled").get("status"), "True", "no attempt follows")
            if entry.get("retryTime") or entry.get("attempt", 0) > attempt:
                return entry["message"]
            return entry.get("step") in ("Verifying", "Uncordoning")
        found = wait_until(look, what="the next attempt, or the node is upgraded", timeout=900)
        return found if isinstance(found, str) else None

    def kill_program(self, run, node):
        """Kills the executor's program at POINTS of its steps in this stage of a node, with a retry after each; returns
        the steps."""
        killed, attempt, machine = [], 0, run.cluster.machines[node]
        while len(killed) < POINTS and (entry := self.next_attempt(run, node, attempt)):
            attempt = entry["attempt"]
            step = self.kill_at_step(run, node, self.job_pod(run, node, attempt), FIRST + STRIDE * len(killed))
            if step is None:
                break
            killed.append(step)
            run.cluster.told(f"killed on {node}, {entry.get('stage')}, attempt {attempt}, at: {step}")
            message = self.after_kill(run, machine, attempt)
            run.cluster.told(message or f"{node} is at the version all the same")
            self.assertTrue(run.witnesses.marker.kept(), f"data of etcd is lost after a kill at {step}")
            if not message:
                break
            self.retry(run)
        return killed

    def next_stage(self, run, done):
        """The entry of a node that is in a stage in which none of its kind was killed yet; {} when the upgrade is
        over."""
        first = run.cluster.control_planes[0].name

        def look():
            entry = run.entry()
            entry["kind"] = (entry.get("name") == first, entry.get("stage"))
            over = condition(run.upgrade(), "Reconciling").get("status") == "False"
            return {} if over else entry

        def found(entry):
            return not entry or (entry.get("step") == "Upgrading" and entry["kind"] not in done
                                 and entry.get("stage", "") in STAGES)
        return wait_until(look, found, what="another stage, or the end", timeout=900)

    @scenario.needs_machines
    def test_the_program_is_killed_again_and_again(self):
        with scenario.Run("kill-program", [FROM, TO], CONTROL_PLANES) as run:
            run.apply()  # with two attempts; after each kill the next one is made the first of two
            run.wait_step("Upgrading")
            done = {}
            while entry := self.next_stage(run, done):
                done[entry["kind"]] = self.kill_program(run, entry["name"])
            killed = [step for steps in done.values() for step in steps]
            self.assertGreater(len(killed), 0)
            self.end_well(run)
            self.say(f"killed at {len(killed)} points: {', '.join(killed)}")

    @scenario.needs_machines
    def test_the_kubelet_is_killed(self):
        with scenario.Run("kill-kubelet", [FROM, TO]) as run:
            run.apply()
            for machine in [run.cluster.control_planes[0], None]:
                node = run.wait_step("Upgrading", machine and machine.name, timeout=600)
                self.job_pod(run, node, 1)
                self.assertGreater(run.cluster.machines[node].kill("/usr/bin/kubelet "), 0)
                run.cluster.told(f"killed the kubelet of {node}")
                wait_until(lambda left=node: run.entry().get("name") != left or run.entry().get("step") != "Upgrading",
                           what=f"{node} is upgraded", timeout=600)
            self.end_well(run)

    @scenario.needs_machines
    def test_the_pod_of_the_job_is_deleted(self):
        with scenario.Run("kill-pod", [FROM, TO]) as run:
            run.apply()
            for machine in [run.cluster.control_planes[0], None]:
                node = run.wait_step("Upgrading", machine and machine.name, timeout=600)
                pod = self.job_pod(run, node, 1)
                run.cluster.kubectl("delete", "pod", pod, "--namespace", JOBS, "--grace-period=0", "--force")
                run.cluster.told(f"deleted {pod} on {node}")
                wait_until(lambda left=node: run.entry().get("name") != left or run.entry().get("step") != "Upgrading",
                           what=f"{node} is upgraded", timeout=900)
            self.end_well(run)

    @scenario.needs_machines
    def test_an_image_that_is_not_there(self):
        with scenario.Run("no-image", [FROM, TO]) as run:
            right, wrong = run.executor, {**run.executor, "timeoutSeconds": 60}
            kind = executor.kind()
            if kind == "Kubeadm":
                wrong["kubeadm"] = {**right["kubeadm"], "image": WRONG_IMAGE}
            else:
                container = {**right["job"]["template"]["spec"]["containers"][0], "image": WRONG_IMAGE}
                wrong["job"] = {"template": {"spec": {"containers": [container]}}}
            run.executor = wrong
            run.apply(failurePolicy={"maxAttempts": 1})
            message, failures = self.wait_stalled(run)
            run.cluster.told(f"Stalled: {message}")
            self.assertIn(WRONG_IMAGE, f"{message} {failures}")
            self.assertEqual({node["spec"].get("unschedulable", False) for node in run.cluster.client.list("nodes")},
                             {False}, "a node is still cordoned")
            run.executor = right
            run.apply(failurePolicy={"maxAttempts": 1})
            self.end_well(run)

    @scenario.needs_machines
    def test_a_full_disk(self):
        with scenario.Run("full-disk", [FROM, TO]) as run:
            first, workers = run.cluster.control_planes[0], run.cluster.workers
            self.fill([first], "/var/lib/cluster-upgrade", "size=16m")  # the program's own folder: it asks beforehand
            self.fill(workers, "/etc/kubernetes/tmp", "size=4k,nr_inodes=2")  # kubeadm's: it finds out when it writes
            run.apply(failurePolicy={"maxAttempts": 1})
            for machines, folder, told in (([first], "/var/lib/cluster-upgrade", "make room on this node"),
                                           (workers, "/etc/kubernetes/tmp", "no space left on device")):
                message, failures = self.wait_stalled(run)
                run.cluster.told(f"Stalled: {message}")
                self.say(f"failures: {failures[0]['message']}")
                self.assertIn(told, f"{message} {failures}", "a person is not told what is missing")
                for machine in machines:
                    machine.run("umount", folder)
                self.retry(run)
            self.end_well(run)

    def fill(self, machines, folder, options):
        """A file system there in which nearly nothing finds room."""
        for machine in machines:
            machine.run("mkdir", "-p", folder)
            machine.run("mount", "-t", "tmpfs", "-o", options, "full", folder)

    @scenario.needs_machines
    def test_a_machine_is_switched_off_and_on(self):
        with scenario.Run("power", [FROM, TO]) as run:
            run.apply()
            first = run.cluster.control_planes[0].name
            entry = wait_until(run.entry, lambda each: each.get("step") == "Upgrading" and each["name"] != first,
                               what="a worker is being upgraded", timeout=900)
            machine = run.cluster.machines[entry["name"]]
            machine.switch_off()
            run.cluster.told(f"{machine.name} is off")
            run.cluster.client.wait_for("nodes", machine.name, not_ready, "not Ready", timeout=180)
            run.cluster.told(f"{machine.name} is not Ready")
            entry = wait_until(lambda: run.entry(machine.name),
                               lambda each: "not been Ready" in each.get("message", ""),
                               what="a person is told that the node is not Ready", timeout=90)
            run.cluster.told(f"while it is off: {entry['message']}")
            machine.switch_on()
            run.cluster.told(f"{machine.name} is on")
            item = run.wait_end()
            if condition(item, "Stalled").get("status") == "True":
                self.say(f"Stalled: {condition(item, 'Stalled')['message']}")
                self.retry(run)
            self.end_well(run, but=[machine.name])


if __name__ == "__main__":
    scenario.main()
