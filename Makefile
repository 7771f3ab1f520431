# The front door of bsn. `make help` lists what it opens.
#
# Variables: JOBS (parallel compilations), PREFIX (make install), ARGS (passed on to bsn or ctest),
# PRESET (release; dev, asan, fuzz, tsan), TIDY=1 (make check), FUZZ_SECONDS and TARGET (make fuzz).

JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local
PRESET ?= release
ARGS   ?=
BUILD  := build/$(PRESET)
BSN    := $(BUILD)/bin/bsn

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- a network on this machine ---------------------------------------------------------------------

.PHONY: up down status
up: bsn ## Install what is missing, build, start the network
	@$(BSN) up $(ARGS)
	@echo "bsn is $(abspath $(BSN)); 'make install' puts it into $(PREFIX)/bin"

down: ## Stop the network (ARGS=--purge deletes its data)
	@if [[ -x $(BSN) ]]; then $(BSN) down $(ARGS); else echo "nothing built, nothing to stop"; fi

status: ## What runs
	@if [[ -x $(BSN) ]]; then $(BSN) status $(ARGS); else echo "nothing built; start with 'make up'"; fi

# --- build -----------------------------------------------------------------------------------------

.PHONY: build bsn install install-client clean deps solc fabric
build: deps $(BUILD)/.configured ## Build everything, tests too
	@cmake --build $(BUILD) -j $(JOBS)

# The command alone: what `make up` waits for.
bsn: deps $(BUILD)/.configured
	@cmake --build $(BUILD) -j $(JOBS) --target bsn

# Ninja configures again by itself when a CMake file changes; this is for the first time and for
# changed presets.
build/%/.configured: CMakePresets.json
	@$(if $(filter asan fuzz,$*),scripts/install-deps.sh asan)
	@echo "Configuring build/$*"
	@cmake --preset $* --log-level=WARNING
	@touch $@

deps:
	@scripts/install-deps.sh build
	@scripts/install-rust.sh
	@scripts/install-engines.sh
	@scripts/install-fabric-protos.sh

# The Solidity compilers: only tests, and those who write contracts, need them.
solc:
	@scripts/install-solc.sh

# The programs of Fabric: apps on Fabric need them, and tests.
fabric:
	@scripts/install-fabric.sh

install: bsn ## Copy bsn to PREFIX/bin (/usr/local)
	@cmake --install $(BUILD) --prefix $(PREFIX)

install-client: deps $(BUILD)/.configured ## The C++ client and its CMake package, to PREFIX
	@cmake --build $(BUILD) -j $(JOBS) --target bsn_client
	@cmake --install $(BUILD) --prefix $(PREFIX) --component client

clean: ## Delete all that was built
	rm -rf build

# --- tests -----------------------------------------------------------------------------------------

.PHONY: test test-all test-unit sim sim-mutations sm2-diff sm2-timing many packages fresh crash corrupt fuzz build-fuzz sanitize model coverage check fix
test: check build build-fuzz solc fabric ## All that must hold
	@ctest --preset $(PRESET) -j $(JOBS) $(ARGS)
	@FUZZ_SECONDS=$(or $(FUZZ_SECONDS),15) FUZZ_SEED=1 ctest --preset fuzz -j $(JOBS) -L '^fuzz$$' $(ARGS)

test-all: test ## And what runs on Fabric once more with Fabric 3.1, mostly with BFT orderers; packages; fresh
	@scripts/install-fabric.sh 3.1
	@BSN_FABRIC=$(abspath build/engines/fabric-3) ctest --preset $(PRESET) -j $(JOBS) -R '^(e2e\.fabric_(calls|chaincode|client|faults|go_sdk|managed|network|policies)_|conformance\.managed_fabric)' $(ARGS)
	@$(MAKE) --no-print-directory packages
	@$(MAKE) --no-print-directory fresh

sim: deps $(BUILD)/.configured ## The simulator: SEEDS=20000, or SEED=123 (TRACE=1: every step)
	@cmake --build $(BUILD) -j $(JOBS) --target bsn_sim
	@$(BUILD)/bin/bsn_sim $(if $(SEED),--seed $(SEED) $(if $(TRACE),--trace),--seeds $(or $(SEEDS),1000) --jobs $(JOBS))

sim-mutations: deps ## The simulator with deliberate bugs: which seed finds which (ARGS: names)
	@tests/sim/mutations/run.py --jobs $(JOBS) $(ARGS)

sm2-diff: deps $(BUILD)/.configured ## Our SM2 against OpenSSL's, CASES=10000000 at random (hours); SEED= replays
	@cmake --build $(BUILD) -j $(JOBS) --target bsn_sm2_diff
	@$(BUILD)/bin/bsn_sm2_diff --cases $(or $(CASES),10000000) --jobs $(JOBS) $(if $(SEED),--seed $(SEED)) $(ARGS)

sm2-timing: deps $(BUILD)/.configured ## Does the time of signing tell of secrets? MEASUREMENTS=200000 each
	@cmake --build $(BUILD) -j $(JOBS) --target bsn_sm2_timing
	@$(BUILD)/bin/bsn_sm2_timing $(or $(MEASUREMENTS),200000) $(SEED)

test-unit: build ## The fast tests alone
	@ctest --preset $(PRESET) -j $(JOBS) -L unit $(ARGS)

fuzz: deps build/fuzz/.configured ## Fuzz for FUZZ_SECONDS (60) each target; TARGET=name: one
	@cmake --build build/fuzz -j $(JOBS) --target $(if $(TARGET),fuzz_$(TARGET),fuzz-all)
	@FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) ctest --preset fuzz -j $(JOBS) -L fuzz $(if $(TARGET),-R '^fuzz\.$(TARGET)$$') --no-tests=error

build-fuzz: deps build/fuzz/.configured
	@cmake --build build/fuzz -j $(JOBS) --target fuzz

many: bsn ## 10 validators and 50 nodes of one app as processes on this machine; takes 6 GB of memory
	@BSN_BINARY=$(abspath $(BSN)) python3 tests/e2e/many_nodes_test.py

packages: bsn fabric ## Contracts on Fabric that are packages, with what builds them; 10 minutes, and their registries
	@BSN_BINARY=$(abspath $(BSN)) python3 tests/e2e/fabric_packages_test.py
	@BSN_BINARY=$(abspath $(BSN)) python3 tests/e2e/fabric_unruly_test.py

fresh: bsn ## The first app on Fabric of a machine that has nothing of it: builds Fabric anew, minutes
	@BSN_BINARY=$(abspath $(BSN)) python3 tests/e2e/fabric_fresh_test.py

crash: bsn ## kill -9 under load, ROUNDS=200 times, with all laws checked after each; SEED= replays
	@BSN_BINARY=$(abspath $(BSN)) BSN_CRASH_ROUNDS=$(or $(ROUNDS),200) $(if $(SEED),BSN_CRASH_SEED=$(SEED)) \
		python3 tests/e2e/crash_test.py

corrupt: bsn ## Damage every file of a network in every way, ROUNDS=3 times each; SEED= replays
	@BSN_BINARY=$(abspath $(BSN)) BSN_CORRUPT_ROUNDS=$(or $(ROUNDS),3) $(if $(SEED),BSN_SEED=$(SEED)) \
		python3 tests/e2e/corruption_test.py

sanitize: deps ## The tests under sanitizers: asan, then tsan (ARGS=asan: one); long
	@JOBS=$(JOBS) scripts/sanitize.sh $(ARGS)

model: ## Check the formal model of a channel with TLC (ARGS: setups, all)
	@scripts/install-deps.sh model
	@JOBS=$(JOBS) scripts/model.sh $(ARGS)

coverage: deps ## What the unit and conformance tests cover, by module; what no test takes
	@JOBS=$(JOBS) scripts/coverage.sh

check: deps $(if $(TIDY),$(BUILD)/.configured) ## Module order, layout, Python syntax; TIDY=1: clang-tidy
	@scripts/install-deps.sh check $(if $(TIDY),tidy)
	@JOBS=$(JOBS) BSN_BUILD_DIR=$(BUILD) scripts/check.sh $(if $(TIDY),--tidy)

fix: deps ## Mend the layout, then check
	@scripts/install-deps.sh check
	@JOBS=$(JOBS) scripts/check.sh --fix

# --- measurements ----------------------------------------------------------------------------------

DURATION  ?= 20
RUNS      ?= 3
THRESHOLD ?= 0.9

.PHONY: bench bench-ab bench-fabric bench-profile soak
bench: bsn ## Measure on fresh networks, write docs/benchmarks.md's tables; DURATION=20
	@scripts/bench.py --bsn $(BSN) --duration $(DURATION) --write docs/benchmarks.md $(ARGS)

bench-ab: deps ## This commit against REV=..., in turn; fails below THRESHOLD=0.9; RUNS=3 DURATION=20
	@scripts/bench-ab.py $(if $(REV),$(REV),$(error say REV=<commit>)) --runs $(RUNS) --threshold $(THRESHOLD) \
		--duration $(DURATION) --jobs $(JOBS) $(ARGS)

bench-fabric: bsn ## Fabric by its own client and through our gateway, beside our ledger; writes docs/benchmarks.md
	@scripts/bench-fabric.py --bsn $(BSN) --write docs/benchmarks.md $(ARGS)

bench-profile: bsn ## Where the network's time goes, by perf (ARGS=--write docs/benchmarks.md)
	@scripts/install-deps.sh profile
	@scripts/bench-profile.py --bsn $(BSN) $(ARGS)

# Needs about 20 GB in TMPDIR for an hour. A try of some minutes writes no document.
soak: bsn ## Steady load on four processes: memory, lag, laws; HOURS=1 (or MINUTES=2), RATE=1500
	@scripts/soak.py --bsn $(BSN) --rate $(or $(RATE),1500) \
		$(if $(MINUTES),--minutes $(MINUTES),--hours $(or $(HOURS),1) --write docs/benchmarks.md) $(ARGS)
