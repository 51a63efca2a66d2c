# SPDX-License-Identifier: Apache-2.0
# make help lists the targets. CC, CFLAGS, DESTDIR, PREFIX, SYSCONFDIR and LIBEXECDIR mean what they usually do.
VERSION     ?= 0.1.0
CC          ?= gcc
PREFIX      ?= /usr
SYSCONFDIR  ?= /etc
LIBEXECDIR  ?= $(PREFIX)/libexec
SYSTEMDDIR  ?= $(PREFIX)/lib/systemd
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
# Debian has vendor-completions instead of site-functions.
ZSHDIR      ?= $(PREFIX)/share/zsh/site-functions
VENDORDIR   := $(PREFIX)/lib/kubefence
DATADIR     := $(PREFIX)/share
BUILD       ?= build
PKG_CONFIG  ?= pkg-config
INSTALL     ?= install
# make V=1 shows the commands.
Q           := $(if $(V),,@)

# Asked at first use and then kept: scripts/deps.sh has its turn before.
PACKAGES    := json-c inih libsystemd mount
PKG_CFLAGS   = $(eval PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES)))$(PKG_CFLAGS)
PKG_LIBS     = $(eval PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES)))$(PKG_LIBS)

# For what runs with every container: these two are linked in where there are archives of them, as on Debian. Loading them
# takes longer than most of what is done with them. libsystemd is loaded by hook/node/journal.c when it is needed.
archive      = $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a))
NODE_LIBS    = $(eval NODE_LIBS := $(foreach name,json-c inih,$(or $(call archive,$(name)),-l$(name))))$(NODE_LIBS)

# What shows denials looks by BPF where clang, bpftool and libbpf were there to build that, else by ptrace(2) alone.
# BPF=no does without them, BPF=yes insists on them. Asked when the program is built.
BPF         ?= auto
CLANG       ?= clang
BPFTOOL     ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
BPF_MISSING  = $(eval BPF_MISSING := $(strip $(if $(filter no,$(BPF)),BPF=no,$(foreach tool,$(CLANG) $(BPFTOOL),\
               $(shell command -v $(tool) >/dev/null || echo $(tool))) $(shell $(PKG_CONFIG) --exists libbpf || echo libbpf)\
               $(if $(BPF_ARCH),,a-BPF-program-for-$(MACHINE)))))$(BPF_MISSING)

UNITS       := $(wildcard systemd/*.service systemd/*.timer)

STANDIN_LIBS = $(shell $(PKG_CONFIG) --static --libs json-c)

WARNINGS    := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wcast-align \
               -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Wwrite-strings
HARDENING   := -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
# For another architecture: make CC=aarch64-linux-gnu-gcc PKG_CONFIG=... BUILD=build-aarch64, as tests/cross/ does.
MACHINE     := $(shell $(CC) -dumpmachine 2>/dev/null)
BPF_ARCH    := $(if $(filter x86_64-%,$(MACHINE)),x86,$(if $(filter aarch64-%,$(MACHINE)),arm64))
ifneq ($(filter x86_64-% i%86-%,$(MACHINE)),)
HARDENING   += -fcf-protection=full
else ifneq ($(filter aarch64-%,$(MACHINE)),)
HARDENING   += -mbranch-protection=standard
endif
LINKING     := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed -Wl,--gc-sections
CFLAGS      ?= -O2 -g
DEFINES     := -D_GNU_SOURCE -DKF_VERSION='"$(VERSION)"' -DKF_PREFIX='"$(PREFIX)"' -DKF_SYSCONFDIR='"$(SYSCONFDIR)"' \
               -DKF_VENDORDIR='"$(VENDORDIR)"' -DKF_LIBEXECDIR='"$(LIBEXECDIR)"' \
               -DKF_DATADIR='"$(DATADIR)/kubefence"'
# make SANITIZE=1 check-unit check-integration: under ASan and UBSan, in a build directory of its own.
ifdef SANITIZE
BUILD       := build-sanitize
REPORTS     := $(BUILD)/reports
HARDENING   := -fPIE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINKING     += -fsanitize=address,undefined
$(BUILD)/obj/tests/sanitize/options.o: DEFINES += -DKF_REPORTS='"$(abspath $(REPORTS))"'
endif
# make fuzz: the library again, with libFuzzer's coverage (clang only), and one program for each target.
ifdef FUZZ
CC          := clang
BUILD       := build-fuzz
HARDENING   := -fPIE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ALL_CFLAGS   = -std=c17 $(CFLAGS) $(WARNINGS) $(HARDENING) -ffunction-sections -MMD -MP -Ihook $(DEFINES) $(PKG_CFLAGS)

# It reads the pages that have to agree with the code.
$(BUILD)/obj/tests/unit/test-reason.o: DEFINES += -DKF_SOURCE_DIR='"$(CURDIR)"'

# Two files with one function: the build of kubefence-denials takes one.
WATCH_BPF   := hook/denials/watch-bpf.c hook/denials/watch-no-bpf.c
LIB_SOURCES := $(filter-out $(WATCH_BPF) %.bpf.c,$(wildcard $(addsuffix /*.c,$(addprefix hook/,base policy node runtime nono oci \
               stage cli denials launcher))))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
SHIM        := containerd-shim-nono-kata-v2
NONO_MOUNT  := opt-nono\x2dnri.mount
PROGRAMS    := $(BUILD)/kubefence-hook $(BUILD)/kubefence-runtime $(BUILD)/$(SHIM) $(BUILD)/kubefence \
               $(BUILD)/kubefence-launcher $(BUILD)/kubefence-edit $(BUILD)/kubefence-denials
UNIT_TESTS  := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test-*.c))
FUZZERS     := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz-*.c))
CONFIG_KEYS := $(BUILD)/tests/manual/config-keys
PROFILE_TABLES := $(BUILD)/tests/manual/profile-keys $(BUILD)/tests/manual/profile-groups
STANDIN     := $(BUILD)/tests/standin/nono
PROBE       := $(BUILD)/tests/seccomp/probe
FLIPPER     := $(BUILD)/tests/hostile/flipper
UNLOCK      := $(BUILD)/tests/hostile/unlock
PROCESS     := $(BUILD)/tests/process/probe
REFUSED     := $(BUILD)/tests/denials/probe
# What is built where libbpf is missing.
NO_BPF      := $(BUILD)/tests/denials/no-bpf/kubefence-denials
SECCOMP     := $(BUILD)/seccomp/runtime-default.json $(BUILD)/seccomp/restricted.json
# Beside CRI-O's, not among them: only Podman may read these.
PODMAN_HOOKS := 50-kubefence-precreate.json annotated/50-kubefence-precreate.json
PODMAN_HOOKS_DIR := $(DATADIR)/kubefence/podman-hooks.d
STANDIN_SHIM := $(BUILD)/tests/standin/shim
NOMEM       := $(BUILD)/tests/standin/nomem.so
COMPLETIONS := hook/share/completions
BASH_COMPLETION := $(DATADIR)/bash-completion/completions/kubefence
FISH_COMPLETION := $(DATADIR)/fish/vendor_completions.d/kubefence.fish
MAN_PAGES   := $(wildcard hook/share/man/*.[1-8])
C_FILES      = $(shell git ls-files '*.c' '*.h')

.PHONY: install-contained contained-tree uninstall-contained all help deps fuzz fuzz-build check check-quick check-unit check-valgrind check-cross check-agents check-images check-integration check-node check-on demo bench deb rpm dist release image manifests install install-tree uninstall lint format clean tests-build
.DELETE_ON_ERROR:
# Objects of tests are intermediate files of two rules; make would remove them after every build.
.SECONDARY:

# The texts are what make help prints.
all:               ## the programs, in build/
demo:              ## a container that opted in beside one that did not
check:             ## all tests; as root, and they install what they need (KUBEFENCE_DEPS=no: they only name it)
check-quick:       ## in two minutes: the unit tests, and the integration tests that find most; as root
check-unit:        ## the unit tests, in seconds; without root those that root is not needed for
check-integration: ## the tests with containers and engines; as root
check-valgrind:    ## the unit tests, and the programs on some bundles, under valgrind
check-on:          ## check on the Debian release SUITE (trixie, bookworm), in a directory; as root
check-cross:       ## the programs built for aarch64, in an emulated machine
check-agents:      ## the real agents, bare and sandboxed, and the theft; AGENTS="NAME..." runs some; as root
check-node:        ## a Debian 13 with its own systemd, in QEMU: install, reboot, upgrade, remove; as root
check-images:      ## popular images, bare and sandboxed; IMAGES="NAME..." runs some; as root
fuzz:              ## each fuzz target for FUZZ_SECONDS (60)
bench:             ## what sandboxing costs; BENCH="GROUP..." measures some groups
lint:              ## format, warnings of the analyzers, the direction of calls
format:            ## formats the C files
deps:              ## installs with apt what all of these need
install uninstall: ## below DESTDIR and PREFIX (/usr)
install-contained: ## with libraries and loader, below DESTDIR and PREFIX (/opt/kubefence)
uninstall-contained: ## takes that away again
deb rpm dist:      ## packages, and the sources as a tarball, in build/
release:           ## VERSION=X.Y.Z: all packages with that version, and its tag
image manifests:   ## the node DaemonSet's image, and its chart as plain YAML
clean:             ## removes the build directories
help:              ## this text

all: $(PROGRAMS) $(SECCOMP)

help:
	@awk -F ': *## ' '/^[a-z][a-z -]*: *## / { printf "  %-20s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo 'Variables: BUILD=DIR, BPF=no|yes, CC, CFLAGS, SANITIZE=1 (check-unit, check-integration), V=1 (shows the commands)'

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $<")
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# An archive, so that a program is linked with what it calls and nothing else: only kubefence loads libmount.
$(BUILD)/libkubefence.a: $(LIB_OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/kubefence-hook: $(BUILD)/obj/hook/main-hook.o $(BUILD)/libkubefence.a
$(BUILD)/kubefence-runtime: $(BUILD)/obj/hook/main-runtime.o $(BUILD)/libkubefence.a
$(BUILD)/$(SHIM): $(BUILD)/obj/hook/main-shim.o $(BUILD)/libkubefence.a
$(BUILD)/kubefence: $(BUILD)/obj/hook/main-kubefence.o $(BUILD)/libkubefence.a
$(BUILD)/kubefence-edit: $(BUILD)/obj/hook/main-edit.o $(BUILD)/libkubefence.a
$(BUILD)/kubefence-hook $(BUILD)/kubefence-runtime $(BUILD)/$(SHIM) $(BUILD)/kubefence-edit: PKG_LIBS = $(NODE_LIBS)

# From archives, too, where that can be: the node needs no libbpf then. (Debian 13's libelf.a lacks a part of libelf.)
# What compresses is everywhere.
ELF_ARCHIVE  = $(shell echo 'char elf_begin(void); int main(void) { return elf_begin(); }' | $(CC) -o /dev/null -x c - \
               -x none $(call archive,elf) -lz 2>/dev/null && echo -lelf)
BPF_LIBS     = $(if $(BPF_MISSING),,$(foreach lib,$(shell $(PKG_CONFIG) --static --libs libbpf),\
               $(or $(if $(filter -lbpf $(ELF_ARCHIVE),$(lib)),$(call archive,$(lib:-l%=%))),$(lib))))
# The one program with libbpf. Its skeleton, the BPF program as a header, is made here and is in no repository.
SKELETON    := $(BUILD)/bpf/watch.skel.h
BPF_OBJECT   = $(BUILD)/obj/hook/denials/$(if $(BPF_MISSING),watch-no-bpf,watch-bpf).o
$(BUILD)/bpf/%.bpf.o: hook/denials/%.bpf.c hook/denials/event.h Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  BPF   $<")
	$(Q)$(CLANG) -g -O2 -std=gnu17 -Wall -Wextra -Werror -target bpf -D__TARGET_ARCH_$(BPF_ARCH) \
		-idirafter /usr/include/$(subst -pc-,-,$(MACHINE)) -Ihook/denials -c -o $@.full $<
	$(Q)$(BPFTOOL) gen object $@ $@.full
	$(Q)rm $@.full
$(BUILD)/obj/hook/denials/watch-no-bpf.o: | bpf-missing
.PHONY: bpf-missing
bpf-missing:
	$(if $(BPF_MISSING),$(if $(filter yes,$(BPF)),$(error BPF=yes needs $(BPF_MISSING)),@echo "  BPF   no: $(BPF_MISSING)"))
$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@
$(BUILD)/obj/hook/denials/watch-bpf.o: $(SKELETON)
# What libbpf's headers and bpftool write is not as strict as we are.
$(BUILD)/obj/hook/denials/watch-bpf.o: PKG_CFLAGS += $(shell $(PKG_CONFIG) --cflags libbpf) -isystem $(BUILD)/bpf
.SECONDEXPANSION:
$(BUILD)/kubefence-denials: $(BUILD)/obj/hook/main-denials.o $$(BPF_OBJECT) $(BUILD)/libkubefence.a
$(NO_BPF): $(BUILD)/obj/hook/main-denials.o $(BUILD)/obj/hook/denials/watch-no-bpf.o $(BUILD)/libkubefence.a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(HARDENING) $(LINKING) -o $@ $^ $(PKG_LIBS)
$(BUILD)/kubefence-denials: PKG_LIBS = $(NODE_LIBS) $(BPF_LIBS)
# It runs in any image, and nothing of the image may run in it.
LAUNCHER    := $(BUILD)/kubefence-launcher
$(LAUNCHER): PKG_LIBS :=
$(LAUNCHER): LINKING := $(patsubst -pie,-static-pie,$(filter-out -fsanitize=%,$(LINKING)))
ifndef SANITIZE
$(LAUNCHER): $(BUILD)/obj/hook/main-launcher.o $(BUILD)/libkubefence.a
else
LAUNCHER_SOURCES := hook/main-launcher.c hook/policy/names.c $(wildcard hook/launcher/*.c hook/base/*.c)
# A static program cannot have ASan, and an image has no place for reports: a finding of UBSan is a SIGILL.
$(LAUNCHER): HARDENING := -fPIE -fsanitize=undefined -fsanitize-undefined-trap-on-error
$(LAUNCHER): $(patsubst %.c,$(BUILD)/static/%.o,$(LAUNCHER_SOURCES))
$(filter-out $(LAUNCHER),$(PROGRAMS)): $(BUILD)/obj/tests/sanitize/options.o | $(REPORTS)
# The launcher's, which have to be compiled without ASan.
$(BUILD)/static/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $<")
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
# Rootless tests write there as another user.
$(REPORTS):
	$(Q)mkdir -p -m 1777 $@
endif
$(PROGRAMS):
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(HARDENING) $(LINKING) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/obj/tests/unit/%.o: DEFINES += -DKF_TEST_DATA='"$(abspath tests/unit/data)"'
$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libkubefence.a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(HARDENING) $(LINKING) -o $@ $^ $(PKG_LIBS) -lcmocka

$(CONFIG_KEYS) $(PROFILE_TABLES): $(BUILD)/tests/manual/%: $(BUILD)/obj/tests/manual/%.o $(BUILD)/libkubefence.a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(HARDENING) $(LINKING) -o $@ $^ $(PKG_LIBS)

$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/libkubefence.a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(HARDENING) $(LINKING) -fsanitize=fuzzer,address,undefined -o $@ $^ $(PKG_LIBS)

# Static, like the real one: its loader must not come from the image either.
$(STANDIN): tests/standin/nono.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static -o $@ $< $(STANDIN_LIBS)

# Static, because it runs in images; so may the others.
$(PROBE): tests/seccomp/probe.c
$(STANDIN_SHIM): tests/standin/shim.c
$(FLIPPER): tests/hostile/flipper.c
$(UNLOCK): tests/hostile/unlock.c
$(PROCESS): tests/process/probe.c
$(REFUSED): tests/denials/probe.c
$(PROBE) $(STANDIN_SHIM) $(FLIPPER) $(UNLOCK) $(PROCESS) $(REFUSED):
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static -o $@ $<

# Preloaded, in place of malloc(3).
$(NOMEM): tests/standin/nomem.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -fPIC -fno-builtin -shared -o $@ $<

$(BUILD)/seccomp/%.json: hook/share/seccomp/architectures hook/share/seccomp/syscalls hook/share/seccomp/profile.awk
	@mkdir -p $(@D)
	$(if $(V),,@echo "  AWK   $@")
	$(Q)awk -v profile=$* -f hook/share/seccomp/profile.awk $(filter-out %.awk,$^) > $@

tests-build: $(PROGRAMS) $(SECCOMP) $(UNIT_TESTS) $(CONFIG_KEYS) $(PROFILE_TABLES) $(STANDIN) $(STANDIN_SHIM) $(NOMEM) $(PROBE) $(FLIPPER) \
             $(UNLOCK) $(PROCESS) $(REFUSED) $(NO_BPF)

# The goals people type first install what is missing, when they are root's and KUBEFENCE_DEPS is not "no"; else they name
# it. The goals of automatic runs never install anything. Then make starts over with everything in place.
deps:
	@scripts/deps.sh
	@scripts/deps.sh cross

NEEDS_demo              := build containers nono
NEEDS_check             := build bpf unit containers integration images packages nono
NEEDS_check-integration := $(NEEDS_check)
NEEDS_check-valgrind    := build unit valgrind
NEEDS_check-images      := build containers images nono
NEEDS_check-agents      := build containers images nono
NEEDS_check-node        := build containers nono
NEEDS_check-cross       := build cross
NEEDS_check-unit        := build unit
NEEDS_check-quick       := build unit containers

check-unit check-quick: export KUBEFENCE_DEPS := no

check check-quick check-unit check-valgrind check-cross check-agents check-images check-integration check-node demo:
	@scripts/deps.sh --ask $(NEEDS_$@)
	@$(MAKE) --no-print-directory $(BUILD_$@)
	@$(RUN_$@)

BUILD_demo              = all $(STANDIN)
BUILD_check-unit        = $(UNIT_TESTS)
BUILD_check             = tests-build
BUILD_check-quick       = tests-build
BUILD_check-integration = tests-build
BUILD_check-valgrind    = tests-build
BUILD_check-cross       = tests-build
BUILD_check-agents      = all
BUILD_check-images      = all
BUILD_check-node        = all

RUN_check             = BUILD=$(BUILD) tests/run.sh all
RUN_check-quick       = BUILD=$(BUILD) tests/run.sh quick
RUN_check-unit        = BUILD=$(BUILD) tests/run.sh unit
RUN_check-valgrind    = BUILD=$(BUILD) tests/valgrind.sh
RUN_check-agents      = BUILD=$(BUILD) tests/agents/run.sh --all $(AGENTS)
RUN_check-images      = BUILD=$(BUILD) tests/images/run.sh $(IMAGES)
RUN_check-node        = BUILD=$(BUILD) tests/run.sh tests/node/systemd.sh
RUN_check-cross       = BUILD=$(BUILD) tests/run.sh tests/cross/aarch64.bats
RUN_check-integration = BUILD=$(BUILD) tests/run.sh integration
RUN_demo              = BUILD=$(BUILD) scripts/demo.sh

# make check-on SUITE=trixie: make check on another release of Debian; tests/on-debian.sh runs parts of it.
check-on:
	@tests/on-debian.sh $(or $(SUITE),$(error make check-on needs SUITE=NAME of a Debian release, such as trixie))

# make fuzz FUZZ_SECONDS=3600 goes on for longer.
FUZZ_SECONDS ?= 60
fuzz:
	@scripts/deps.sh --ask build fuzz
	@$(MAKE) --no-print-directory FUZZ=1 fuzz-build
	@BUILD=build-fuzz tests/run.sh fuzz $(FUZZ_SECONDS)

fuzz-build: $(FUZZERS)

# make bench BENCH="hook run-crun" measures only these groups.
bench: tests-build
	@BUILD=$(BUILD) tests/bench/run.sh $(BENCH)

# A Debian package in build/deb, and the sources as a tarball that is the same wherever it is made.
deb:
	@scripts/make-deb.sh $(VERSION) $(BUILD)/deb

# The rpms in build/rpm, of the last commit.
rpm:
	@scripts/make-rpm.sh $(VERSION) $(BUILD)/rpm

dist:
	@mkdir -p $(BUILD)
	git archive --format=tar --prefix=kubefence-$(VERSION)/ HEAD | gzip -9n >$(BUILD)/kubefence-$(VERSION).tar.gz

release:
	@scripts/release.sh $(VERSION)

# The node DaemonSet's image, and the chart as plain manifests in build/kubefence.yaml (HELM_FLAGS="--set ...").
HELM ?= helm
image:
	@scripts/make-image.sh --version $(VERSION)

manifests:
	@mkdir -p $(BUILD)
	$(HELM) template kubefence deploy/helm/kubefence --namespace kube-system --skip-tests $(HELM_FLAGS) >$(BUILD)/kubefence.yaml

lint:
	scripts/lint.sh

format:
	clang-format -i $(C_FILES)

# Everything is made in a tree and then put in place file by file: engines start these programs all the time.
install: all
	@scripts/put-tree.sh "$(DESTDIR)" $(MAKE) --no-print-directory install-tree
	scripts/install-launcher.sh --update --root "$(DESTDIR)" --launcher $(BUILD)/kubefence-launcher

install-tree:
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-hook $(DESTDIR)$(LIBEXECDIR)/oci/hooks.d/kubefence-hook
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-runtime $(DESTDIR)$(PREFIX)/bin/kubefence-runtime
	$(INSTALL) -D -m 0755 $(BUILD)/$(SHIM) $(DESTDIR)$(PREFIX)/bin/$(SHIM)
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence $(DESTDIR)$(PREFIX)/bin/kubefence
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-denials $(DESTDIR)$(LIBEXECDIR)/kubefence/kubefence-denials
	$(INSTALL) -D -m 0644 hook/share/kubefence.conf $(DESTDIR)$(VENDORDIR)/kubefence.conf
	for profile in $(SECCOMP); do $(INSTALL) -D -m 0644 $$profile $(DESTDIR)$(DATADIR)/kubefence/seccomp/$${profile##*/}; done
	$(INSTALL) -d -m 0755 $(DESTDIR)$(LIBEXECDIR)/kubefence $(DESTDIR)$(SYSCONFDIR)/kubefence/kubefence.conf.d
	ln -sfn $(PREFIX)/bin/kubefence-runtime $(DESTDIR)$(LIBEXECDIR)/kubefence/nono-runc
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-launcher $(DESTDIR)$(LIBEXECDIR)/kubefence/kubefence-launcher
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-edit $(DESTDIR)$(LIBEXECDIR)/kubefence/kubefence-edit
	$(INSTALL) -D -m 0644 systemd/kubefence.catalog $(DESTDIR)$(SYSTEMDDIR)/catalog/kubefence.catalog
	$(INSTALL) -D -m 0644 systemd/kubefence.tmpfiles $(DESTDIR)$(TMPFILESDIR)/kubefence.conf
	$(INSTALL) -d -m 0755 $(DESTDIR)$(SYSTEMDDIR)/system $(DESTDIR)$(DATADIR)/kubefence
	for unit in $(UNITS); do sed 's|/usr/bin/|$(PREFIX)/bin/|' "$$unit" >$(DESTDIR)$(SYSTEMDDIR)/system/$${unit##*/}; done
	cp -r --no-preserve=mode,ownership hooks.d $(DESTDIR)$(DATADIR)/kubefence/
	rm $(DESTDIR)$(DATADIR)/kubefence/hooks.d/README.md
	for script in install-node.sh install-launcher.sh install-profiles.sh get-nono.sh make-tree.sh node-setup.sh; do \
		$(INSTALL) -D -m 0755 scripts/$$script $(DESTDIR)$(DATADIR)/kubefence/scripts/$$script; done
	for file in $(wildcard hook/share/profiles/*.json hook/share/profiles/agents/*) hook/share/launcher-names; do \
		$(INSTALL) -D -m 0644 $$file $(DESTDIR)$(DATADIR)/kubefence/$${file#hook/share/}; done
	$(INSTALL) -D -m 0644 scripts/install-lib.sh $(DESTDIR)$(DATADIR)/kubefence/scripts/install-lib.sh
	$(INSTALL) -D -m 0644 'systemd/$(NONO_MOUNT)' '$(DESTDIR)$(SYSTEMDDIR)/system/$(NONO_MOUNT)'
	for json in $(PODMAN_HOOKS); do $(INSTALL) -D -m 0644 hooks.d/podman/$$json $(DESTDIR)$(PODMAN_HOOKS_DIR)/$$json; done
	for page in $(MAN_PAGES); do $(INSTALL) -D -m 0644 $$page $(DESTDIR)$(DATADIR)/man/man$${page##*.}/$${page##*/}; done
	$(INSTALL) -D -m 0644 $(COMPLETIONS)/kubefence.bash $(DESTDIR)$(BASH_COMPLETION)
	$(INSTALL) -D -m 0644 $(COMPLETIONS)/_kubefence $(DESTDIR)$(ZSHDIR)/_kubefence
	$(INSTALL) -D -m 0644 $(COMPLETIONS)/kubefence.fish $(DESTDIR)$(FISH_COMPLETION)

# The engines first, which refuses under sandboxed containers: CRI-O and Podman pass over a hook whose program is missing,
# and run the container without it. FORCE=1 leaves the programs that engines need until those containers are gone.
IN_USE := $(LIBEXECDIR)/kubefence/nono-runc $(PREFIX)/bin/kubefence-runtime $(PREFIX)/bin/$(SHIM) $(PREFIX)/bin/kubefence \
          $(LIBEXECDIR)/oci/hooks.d/kubefence-hook $(VENDORDIR)/kubefence.conf
uninstall:
	@bash -c '. scripts/install-lib.sh && if [[ -z "$(DESTDIR)" ]]; then no_package; fi'
	@scripts/install-node.sh --uninstall --root "$(or $(DESTDIR),/)" $(if $(FORCE),--force)
	rm -f $(addprefix $(DESTDIR),$(BASH_COMPLETION) $(ZSHDIR)/_kubefence $(FISH_COMPLETION))
	scripts/install-launcher.sh --root "$(DESTDIR)" --uninstall
	$(if $(FORCE),@echo 'these stay for the containers: $(IN_USE)',rm -f $(addprefix $(DESTDIR),$(IN_USE)))
	rm -f $(addprefix $(DESTDIR)$(LIBEXECDIR)/kubefence/,kubefence-launcher kubefence-edit kubefence-denials) '$(DESTDIR)$(SYSTEMDDIR)/system/$(NONO_MOUNT)'
	rm -f $(DESTDIR)$(SYSTEMDDIR)/catalog/kubefence.catalog
	rm -f $(DESTDIR)$(TMPFILESDIR)/kubefence.conf $(addprefix $(DESTDIR)$(SYSTEMDDIR)/system/,$(notdir $(UNITS)))
	rm -rf $(DESTDIR)$(DATADIR)/kubefence
	for page in $(MAN_PAGES); do rm -f $(DESTDIR)$(DATADIR)/man/man$${page##*.}/$${page##*/}; done
	rm -f $(DESTDIR)/var/lib/kubefence/make-install
	-rmdir $(DESTDIR)$(LIBEXECDIR)/kubefence $(DESTDIR)$(VENDORDIR) $(DESTDIR)/var/lib/kubefence 2>/dev/null

# For a node of any libc: programs, their libraries and their loader, all below one directory. The tree is made of an
# installation below /usr; programs find their prefix by where they are.
CONTAINED := $(if $(filter /usr,$(PREFIX)),/opt/kubefence,$(PREFIX))
FOR_USR   := PREFIX=/usr SYSCONFDIR=/etc LIBEXECDIR=/usr/libexec SYSTEMDDIR=/usr/lib/systemd TMPFILESDIR=/usr/lib/tmpfiles.d \
             ZSHDIR=/usr/share/zsh/site-functions
install-contained: all
	@scripts/put-tree.sh --prefix "$(CONTAINED)" "$(DESTDIR)" $(MAKE) --no-print-directory contained-tree
	scripts/install-launcher.sh --update --root "$(DESTDIR)" --launcher $(BUILD)/kubefence-launcher

contained-tree:
	@$(MAKE) --no-print-directory $(FOR_USR) DESTDIR="$(DESTDIR).usr" install-tree
	@scripts/make-tree.sh --prefix "$(CONTAINED)" "$(DESTDIR).usr" "$(DESTDIR)"

uninstall-contained:
	@scripts/install-node.sh --uninstall --prefix "$(CONTAINED)" --root "$(or $(DESTDIR),/)" $(if $(FORCE),--force)
	scripts/install-launcher.sh --root "$(DESTDIR)" --uninstall
	$(if $(FORCE),@echo 'the programs in $(CONTAINED) stay for the containers',scripts/put-tree.sh --prefix "$(CONTAINED)" --remove "$(DESTDIR)")

clean:
	rm -rf build build-sanitize build-fuzz build-aarch64 build-bookworm build-trixie

-include $(LIB_OBJECTS:.o=.d) $(WATCH_BPF:%.c=$(BUILD)/obj/%.d) $(wildcard $(BUILD)/obj/hook/*.d $(BUILD)/obj/tests/*/*.d)
-include $(wildcard $(BUILD)/static/hook/*.d $(BUILD)/static/hook/*/*.d)
