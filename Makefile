# The list of commands. `make help` prints it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: packages
packages: ## install the Debian packages that are missing
	@test/setup/install-packages build

.PHONY: check-packages
check-packages:
	@test/setup/install-packages check

.PHONY: image-packages
image-packages:
	@test/setup/install-packages image

.PHONY: machine-packages
machine-packages:
	@test/setup/install-packages machines

.PHONY: build
build: packages ## the programs, as shipped, in build/bin
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS)

.PHONY: binaries
binaries: packages ## the test control plane's binaries, built once and cached outside this folder
	@python3 test/cluster/binaries.py

.PHONY: demo
demo: $(if $(REAL),packages machine-packages,build binaries) ## upgrade a cluster before your eyes (KEEP=1 keeps it, KUBECONFIG=file uses yours, REAL=1: real nodes)
	@python3 $(if $(REAL),test/machines/demo_machines.py $(if $(KEEP),--keep) $(ARGS),test/cluster/demo.py $(if $(KEEP),--keep) $(if $(YES),--yes) $(if $(filter command,$(origin KUBECONFIG)),--kubeconfig "$(KUBECONFIG)"))

.PHONY: test
test: build binaries check-packages machine-packages ## every test: unit, simulation, manifests, real control plane
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev -j $(JOBS)
	@test/setup/run-tests --preset dev -j $$(($(JOBS) + 1))

.PHONY: machines
machines: packages machine-packages ## every scenario on real kubeadm clusters on this machine; takes long (ARGS="one_minor faults" for some)
	@test/machines/machines.py test $(ARGS)

.PHONY: tsan
tsan: packages ## the layer that has threads under the thread sanitizer
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan -j $(JOBS) --target unit_io
	@test/setup/run-tests --preset tsan -R '^unit\.io$$'

.PHONY: bench
bench: build binaries ## measure against kubectl drain on a real control plane (25 minutes); ARGS="drains --repeat 3" or ARGS=scale for less
	@python3 test/bench/bench.py $(ARGS)

.PHONY: asan
asan: packages check-packages ## unit tests and simulation under the address and undefined-behaviour sanitizers
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS)
	@test/setup/run-tests --preset asan -j $(JOBS) -L "unit|simulation|fuzz"

.PHONY: fuzz
fuzz: packages ## inputs that nobody should send, under the sanitizers, SECONDS=600 for each target; KEEP=1 keeps what reaches more
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS) --target fuzz
	@build/asan/test/fuzz/fuzz $(or $(TARGET),all) --corpus test/fuzz/corpus --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) $(if $(KEEP),--keep)

# The day since 1970: every day other seeds, and all of a day the same.
DAY = $(shell echo $$(($$(date +%s) / 86400)))
.PHONY: soak
soak: packages ## the day's own seeds: SEEDS=20000 simulated upgrades, then make fuzz
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev -j $(JOBS) --target simulation
	@build/dev/test/simulation/simulation seeds $(or $(SEEDS),20000) --from $$(($(DAY) * 1000000))
	@$(MAKE) --no-print-directory fuzz SEED=$(DAY)

.PHONY: mutants
mutants: packages ## rules broken in the source, one after the other: does the simulation notice? ARGS="--seeds 1000 --only WORDS"
	@test/simulation/source_mutants.py $(ARGS)

.PHONY: format
format: check-packages ## format the C++ sources
	@test/rules/format.py --mend

.PHONY: tidy
tidy: packages check-packages ## clang-tidy over all of the controller (ARGS="--anew kube/": also what was found clean before)
	@cmake --preset dev >/dev/null
	@test/rules/tidy.py $(ARGS)

.PHONY: clean
clean: ## remove what was built here (not the cache of the test control plane)
	@rm -rf build
