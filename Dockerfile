# The image of the controller: the program, the shared libraries it needs, and nothing else; no shell, no package manager.
#   docker build --tag registry.example.com/cluster-upgrade-controller:0.1.0 .
#   docker build --target sbom --output . .      puts the list of what is in it beside it
# Where no registry can be reached, BUILD_BASE may name any local image of Debian 12 (test/manifests/image_test.py).
# The default is debian:bookworm-20260824-slim, for every architecture; packages come from the archive as it is.
ARG BUILD_BASE=debian:bookworm-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171

FROM ${BUILD_BASE} AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        g++ cmake ninja-build ccache libcpprest-dev libboost-dev libssl-dev libyaml-cpp-dev nlohmann-json3-dev \
        libcli11-dev prometheus-cpp-dev \
    && rm -rf /var/lib/apt/lists/*
ENV CCACHE_DIR=/ccache
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY controller controller
COPY image image
ARG CCACHE_DISABLE
RUN --mount=type=cache,target=/ccache cmake --preset release && cmake --build --preset release
# Gathers the final image in /image: the stripped program, what the loader finds for it, the licences of all that is in
# it, what scanners read of packages (as in Debian's own images without a package manager), and the list in SPDX.
ARG SOURCE_DATE_EPOCH=0
RUN set -eu; \
    program=build/bin/cluster-upgrade-controller; \
    compiled_in="nlohmann-json3-dev libcli11-dev libboost1.74-dev"; \
    mkdir -p /image/usr/bin /image/usr/lib /image/usr/share/doc/cluster-upgrade-controller /image/usr/share/sbom \
        /image/etc /image/var/lib/dpkg/status.d; \
    install --strip --mode 0755 "$program" /image/usr/bin/; \
    cp LICENSE /image/usr/share/doc/cluster-upgrade-controller/; \
    ldd "$program" | grep -o '/[^ ]*' | sort -u > /libraries; \
    while read -r library; do \
        cp --dereference --parents "$library" /image; \
        dpkg-query --search "*/$(basename "$library")" | head -n 1 | cut -d: -f1; \
    done < /libraries | sort -u > /packages; \
    for package in $(cat /packages) $compiled_in; do \
        mkdir -p "/image/usr/share/doc/$package"; \
        cp --dereference "/usr/share/doc/$package/copyright" "/image/usr/share/doc/$package/"; \
    done; \
    for package in $(cat /packages); do \
        dpkg-query --status "$package" > "/image/var/lib/dpkg/status.d/$package"; \
    done; \
    cp --dereference /etc/os-release /image/usr/lib/os-release; \
    ln -s ../usr/lib/os-release /image/etc/os-release; \
    image/sbom "$("$program" --version)" /image/usr/bin/cluster-upgrade-controller /packages $compiled_in \
        > /image/usr/share/sbom/cluster-upgrade-controller.spdx.json; \
    echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' > /image/etc/passwd; \
    echo 'nonroot:x:65532:' > /image/etc/group; \
    echo 'hosts: files dns' > /image/etc/nsswitch.conf

FROM scratch AS sbom
COPY --from=build /image/usr/share/sbom /

FROM scratch
LABEL org.opencontainers.image.title="cluster-upgrade-controller" \
      org.opencontainers.image.description="Upgrades every node of a Kubernetes cluster, in order, drained and verified" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/bin/cluster-upgrade-controller"]
