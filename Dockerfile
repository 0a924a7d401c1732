# The image of the controller: the program, the shared libraries it needs, and nothing else; no shell, no package manager.
#   docker build --tag registry.example.com/cluster-upgrade-controller:0.1.0 .
# Where no registry can be reached, BUILD_BASE may name any local image of Debian 12 (test/manifests/image_test.py).
ARG BUILD_BASE=debian:bookworm-slim

FROM ${BUILD_BASE} AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        g++ cmake ninja-build ccache libcpprest-dev libboost-dev libssl-dev libyaml-cpp-dev nlohmann-json3-dev \
        libcli11-dev prometheus-cpp-dev \
    && rm -rf /var/lib/apt/lists/*
ENV CCACHE_DIR=/ccache
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY controller controller
RUN --mount=type=cache,target=/ccache cmake --preset release && cmake --build --preset release
# Gathers the final image in /image: the stripped program, what the loader finds for it, and the licences of both.
RUN set -eu; \
    program=build/bin/cluster-upgrade-controller; \
    mkdir -p /image/usr/bin /image/usr/share/doc/cluster-upgrade-controller /image/etc; \
    install --strip --mode 0755 "$program" /image/usr/bin/; \
    cp LICENSE /image/usr/share/doc/cluster-upgrade-controller/; \
    ldd "$program" | grep -o '/[^ ]*' | sort -u > /libraries; \
    while read -r library; do \
        cp --dereference --parents "$library" /image; \
        package=$(dpkg-query --search "*/$(basename "$library")" | head -n 1 | cut -d: -f1); \
        mkdir -p "/image/usr/share/doc/$package"; \
        cp --dereference "/usr/share/doc/$package/copyright" "/image/usr/share/doc/$package/"; \
    done < /libraries; \
    echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' > /image/etc/passwd; \
    echo 'nonroot:x:65532:' > /image/etc/group; \
    echo 'hosts: files dns' > /image/etc/nsswitch.conf

FROM scratch
LABEL org.opencontainers.image.title="cluster-upgrade-controller" \
      org.opencontainers.image.description="Upgrades every node of a Kubernetes cluster, in order, drained and verified" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/bin/cluster-upgrade-controller"]
