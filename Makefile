# SPDX-License-Identifier: Apache-2.0
#
# The front door; meson does the work.  `make help` lists what can be asked for.
.DELETE_ON_ERROR:
.PHONY: arm64 completions cost test-engines test-vm help all deps peers demo test test-unit test-integration sweep golden bench bench-layers install clean format lint lint-fast asan fuzz \
        conformance peers-conformance

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
SECONDS ?= 600
FUZZ ?= config
ROUNDS ?= 3
IMAGE ?= 550

# Debian 12's names: what building and testing need, what lint adds, what bench adds.
DEPS := g++ meson ninja-build pkg-config libseccomp-dev rapidjson-dev libzstd-dev zlib1g-dev libgtest-dev \
        busybox-static bats jq keyutils strace iproute2 util-linux bsdutils procps
FUZZ_DEPS := clang
# Other programs' opinions on images and archives.
LAYER_DEPS := umoci skopeo libarchive-tools zstd attr mmdebstrap
LINT_DEPS := clang-format clang-tidy shellcheck
# Peers, to measure ourselves beside and to show that the attacks in the tests are attacks.  Not among DEPS:
# where Docker's own packages are installed, Debian's runc would replace them.
PEERS := runc crun
# Engines that run containers with our runtime, what talks to them, and a registry.
ENGINES := containerd docker.io docker-registry podman buildah conmon containernetworking-plugins iptables curl protobuf-compiler python3 \
           golang-go golang-github-containerd-go-runc-dev golang-github-opencontainers-specs-dev

SOURCES = $(shell find src tests -name '*.cc' -o -name '*.h' -o -name '*.c')
SCRIPTS = .ci/run contrib/completions/check contrib/completions/programs.bash docs/demo docs/errors.sh spec/check spec/coverage tests/fuzz/run tests/golden/check tests/unit/run tests/unit/house.sh tests/bench/run tests/bench/bundles.sh tests/bench/layers tests/bench/real_image \
          $(addprefix tests/integration/, run life peers private-mounts setup_suite.bash helpers.bash) \
          $(addprefix tests/vm/, run image suite results guest/job guest/init-lite guest/tests)

# Installs those of the packages that are missing; says which if it may not.
install_missing = @missing=; for p in $(1); do \
	    dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q ' installed$$' || missing="$$missing $$p"; done; \
	[ -z "$$missing" ] || if [ "$$(id -u)" = 0 ]; then \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing; \
	else echo "missing packages:$$missing (apt-get install them, or run make deps as root)" >&2; exit 1; fi

all: $(BUILD)/build.ninja  ## build/runtime and build/layerctl (the default)
	@ninja -C $(BUILD) runtime layerctl

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 26

deps:  ## install what building and testing need (apt, as root)
	$(call install_missing,$(DEPS) $(LAYER_DEPS))

peers:  ## install Debian's runc and crun, which the benchmark and some tests compare with
	$(call install_missing,$(PEERS))

$(BUILD)/build.ninja:
	@for t in g++ meson ninja pkg-config; do command -v $$t >/dev/null || exec $(MAKE) --no-print-directory deps; done; \
	 pkg-config --exists libseccomp RapidJSON libzstd zlib gtest || $(MAKE) --no-print-directory deps
	@meson setup $(BUILD) --prefix $(PREFIX)

demo:  ## build it, and watch one container's life
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory all
	@docs/demo $(BUILD)/runtime

test: deps all  ## unit and integration tests (as root)
	@{ tests/unit/run $(BUILD); $(MAKE) --no-print-directory test-integration; } 2>&1 | tee $(BUILD)/test.log
	@awk '/^(unit|integration): [0-9]+ passed, [0-9]+ failed/ { suites++; passed += $$2; failed += $$4 } \
	      END { failed += 2 - suites; printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' $(BUILD)/test.log

test-unit: $(BUILD)/build.ninja  ## the unit tests, the house rules and the ledger of clauses
	@tests/unit/run $(BUILD)

test-integration: all  ## the tests that run containers (as root)
	@ninja -C $(BUILD) tests/corpus/layers/layer_corpus
	@tests/integration/run

conformance:  ## what of the specification holds, by level, and what cannot be shown, with the reason
	@spec/check -q

peers-conformance: all  ## the clauses others miss, tried with Debian's runc and crun beside ours: docs/peers.md (as root)
	$(call install_missing,$(PEERS))
	@tests/integration/peers --write $(BUILD)/runtime runc crun

test-engines: deps all  ## containerd, Docker, swarm, CRI, podman and buildah on our runtime (as root)
	$(call install_missing,$(ENGINES))
	@tests/engines/run

test-vm: all  ## the integration tests on other kernels, cgroups and users: docs/testing.md (as root)
	@tests/vm/suite $(LANES)

sweep: all  ## SIGKILL and every error at every system call of every command: takes long
	@SWEEP=full RT_TEST_SECONDS=7200 tests/integration/run kill_sweep.bats faults.bats layer_sweep.bats store_sweep.bats

golden: all  ## what `plan` and the others print becomes what they have to print (tests/golden): look at the diff
	@tests/golden/check $(abspath $(BUILD))/runtime --write
	@GOLDEN=write tests/integration/run formats.bats

completions: $(BUILD)/build.ninja  ## contrib/completions for zsh and fish, from the table of commands
	@ninja -C $(BUILD) src/pages/pages
	@contrib/completions/check $(abspath $(BUILD))/src/pages/pages --write

# Debian's cross compiler, and the libraries we link for that processor.
arm64: build-arm64/build.ninja  ## build-arm64/runtime and layerctl, for aarch64 (as root)
	@ninja -C build-arm64 runtime layerctl

build-arm64/build.ninja:
	$(call install_missing,g++-aarch64-linux-gnu meson ninja-build pkg-config)
	@meson setup build-arm64 -Dtests=false --cross-file "$$(tests/vm/image sysroot arm64)/cross.ini"

bench: all  ## time and memory beside Debian's runc and crun and the kernel's floor
	$(call install_missing,$(PEERS) jq)
	@meson configure $(BUILD) -Dbench=true && ninja -C $(BUILD) runtime $(addprefix tests/bench/, bench floor filter true pause)
	@tests/bench/run $(BUILD) $(BENCH)

bench-layers: all  ## layerctl unpack beside umoci, tar, skopeo, containerd and cp -a, on an image of IMAGE=550 MiB made here, or IMAGE=real (as root): ROUNDS=3
	$(call install_missing,$(LAYER_DEPS) time jq mmdebstrap)
	@tests/bench/layers $(abspath $(BUILD)) $(ROUNDS) $(IMAGE)

install: all  ## the program, manual pages, completions: DESTDIR= PREFIX=/usr/local
	@meson configure $(BUILD) --prefix $(PREFIX) && ninja -C $(BUILD) runtime layerctl src/pages/pages
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild --quiet

clean:  ## remove what was built
	@rm -rf $(BUILD) build-asan build-fuzz

format:  ## clang-format everything
	@clang-format -i $(SOURCES)

lint-fast:  ## formatting and shell scripts
	$(call install_missing,clang-format shellcheck)
	@clang-format --dry-run -Werror $(SOURCES)
	@shellcheck -x $(wildcard $(SCRIPTS))
	@shellcheck -x -e SC2015,SC2016,SC2028,SC2030,SC2031,SC2034,SC2059,SC2119,SC2120,SC2153,SC2154 tests/integration/*.bats tests/engines/*.bats

lint: lint-fast $(BUILD)/build.ninja  ## lint-fast and clang-tidy
	$(call install_missing,$(LINT_DEPS))
	@run-clang-tidy -quiet -p $(BUILD) '^$(CURDIR)/src/'

fuzz:  ## SECONDS=600 of FUZZ=config, layer (archives), gzip, image (documents), users (passwd, group) or writer (archives written) under libFuzzer, AddressSanitizer, UBSan
	$(call install_missing,$(FUZZ_DEPS))
	@[ -d build-fuzz ] || CXX=clang++ meson setup build-fuzz -Dfuzz=true -Dtests=false -Dwerror=false -Doptimization=1 -Ddebug=true \
	    -Db_sanitize=address,undefined -Db_lundef=false -Dcpp_args="-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined \
	    -fsanitize-ignorelist=$(CURDIR)/tests/fuzz/ignore.txt -Wno-unknown-warning-option"
	@ninja -C build-fuzz tests/fuzz/$(FUZZ)_fuzz
	@tests/fuzz/run build-fuzz/tests/fuzz/$(FUZZ)_fuzz $(SECONDS)

cost: $(BUILD)/build.ninja  ## milliseconds that the worst files of 1 MiB take the reader of config.json
	@ninja -C $(BUILD) tests/unit/oci/unit_oci
	@$(BUILD)/tests/unit/oci/unit_oci --gtest_filter='*Cost*' --gtest_output=json:$(BUILD)/cost.json >/dev/null
	@jq -r '[.. | .milliseconds_of_a_mebibyte? // empty | tonumber] | "\(length) shapes, the slowest takes \(max) ms"' $(BUILD)/cost.json

asan:  ## the unit tests under AddressSanitizer and UBSan
	@[ -d build-asan ] || meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 -Dcpp_args="-fno-sanitize=vptr -Wno-maybe-uninitialized"
	@ninja -C build-asan src/pages/pages $$(ninja -C build-asan -t targets all | sed -n 's,^\(tests/unit/[^ ]*/unit_[a-z]*\): .*,\1,p')
	@UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 tests/unit/run build-asan --no-rebuild
