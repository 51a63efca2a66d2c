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

UNITS       := $(wildcard systemd/*.service systemd/*.timer)

STANDIN_LIBS = $(shell $(PKG_CONFIG) --static --libs json-c)

WARNINGS    := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wcast-align \
               -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Wwrite-strings
HARDENING   := -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
# For another architecture: make CC=aarch64-linux-gnu-gcc PKG_CONFIG=... BUILD=build-aarch64, as tests/cross/ does.
MACHINE     := $(shell $(CC) -dumpmachine 2>/dev/null)
ifneq ($(filter x86_64-% i%86-%,$(MACHINE)),)
HARDENING   += -fcf-protection=full
else ifneq ($(filter aarch64-%,$(MACHINE)),)
HARDENING   += -mbranch-protection=standard
endif
LINKING     := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed -Wl,--gc-sections
CFLAGS      ?= -O2 -g
DEFINES     := -D_GNU_SOURCE -DKF_VERSION='"$(VERSION)"' -DKF_SYSCONFDIR='"$(SYSCONFDIR)"' \
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

CLI_SOURCES := $(wildcard hook/cli/*.c)
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(BUILD)/obj/%.o)
LIB_SOURCES := $(wildcard hook/base/*.c hook/policy/*.c hook/oci/*.c hook/node/*.c hook/stage/*.c hook/launcher/*.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
SHIM        := containerd-shim-nono-kata-v2
NONO_MOUNT  := opt-nono\x2dnri.mount
PROGRAMS    := $(BUILD)/kubefence-hook $(BUILD)/kubefence-runtime $(BUILD)/$(SHIM) $(BUILD)/kubefence \
               $(BUILD)/kubefence-launcher
UNIT_TESTS  := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test-*.c))
FUZZERS     := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz-*.c))
CONFIG_KEYS := $(BUILD)/tests/manual/config-keys
STANDIN     := $(BUILD)/tests/standin/nono
PROBE       := $(BUILD)/tests/seccomp/probe
FLIPPER     := $(BUILD)/tests/hostile/flipper
SECCOMP     := $(BUILD)/seccomp/runtime-default.json $(BUILD)/seccomp/restricted.json
# Beside CRI-O's, not among them: only Podman may read these.
PODMAN_HOOKS := 50-kubefence-precreate.json annotated/50-kubefence-precreate.json
PODMAN_HOOKS_DIR := $(DATADIR)/kubefence/podman-hooks.d
STANDIN_SHIM := $(BUILD)/tests/standin/shim
NOMEM       := $(BUILD)/tests/standin/nomem.so
COMPLETIONS := hook/completions
BASH_COMPLETION := $(DATADIR)/bash-completion/completions/kubefence
FISH_COMPLETION := $(DATADIR)/fish/vendor_completions.d/kubefence.fish
MAN_PAGES   := $(wildcard hook/man/*.[1-8])
C_FILES      = $(shell git ls-files '*.c' '*.h')

.PHONY: all help deps fuzz fuzz-build check check-unit check-valgrind check-cross check-integration demo bench deb rpm dist image manifests install uninstall lint format clean tests-build
.DELETE_ON_ERROR:

all: $(PROGRAMS) $(SECCOMP)

help:
	@echo 'all check check-unit check-valgrind check-cross check-integration fuzz demo bench deb rpm dist image manifests install uninstall lint format clean'

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
$(BUILD)/kubefence: $(BUILD)/obj/hook/main-kubefence.o $(CLI_OBJECTS) $(BUILD)/libkubefence.a
$(BUILD)/kubefence-hook $(BUILD)/kubefence-runtime $(BUILD)/$(SHIM): PKG_LIBS = $(NODE_LIBS)
# It runs in any image, and nothing of the image may run in it.
LAUNCHER    := $(BUILD)/kubefence-launcher
$(LAUNCHER): PKG_LIBS :=
$(LAUNCHER): LINKING := $(patsubst -pie,-static-pie,$(filter-out -fsanitize=%,$(LINKING)))
ifndef SANITIZE
$(LAUNCHER): $(BUILD)/obj/hook/main-launcher.o $(BUILD)/libkubefence.a
else
LAUNCHER_SOURCES := hook/main-launcher.c hook/policy/names.c $(wildcard hook/launcher/*.c hook/base/*.c)
# Nothing static can have ASan, and nobody reads reports in an image: what UBSan finds is a SIGILL.
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

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libkubefence.a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(HARDENING) $(LINKING) -o $@ $^ $(PKG_LIBS) -lcmocka

$(CONFIG_KEYS): $(BUILD)/obj/tests/manual/config-keys.o $(BUILD)/libkubefence.a
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
$(PROBE) $(STANDIN_SHIM) $(FLIPPER):
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static -o $@ $<

# Preloaded, in place of malloc(3).
$(NOMEM): tests/standin/nomem.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -fPIC -fno-builtin -shared -o $@ $<

$(BUILD)/seccomp/%.json: hook/seccomp/syscalls hook/seccomp/profile.awk
	@mkdir -p $(@D)
	$(if $(V),,@echo "  AWK   $@")
	$(Q)awk -v profile=$* -f hook/seccomp/profile.awk $< > $@

tests-build: $(PROGRAMS) $(SECCOMP) $(UNIT_TESTS) $(CONFIG_KEYS) $(STANDIN) $(STANDIN_SHIM) $(NOMEM) $(PROBE) $(FLIPPER)

# The goals people type first install what is missing, then start over with everything in place.
deps:
	@scripts/deps.sh $(if $(filter check-cross,$(MAKECMDGOALS)),--cross)

check check-unit check-valgrind check-cross check-integration demo: deps
	@$(MAKE) --no-print-directory $(if $(filter demo,$@),all $(STANDIN),tests-build)
	@$(RUN_$@)

RUN_check             = BUILD=$(BUILD) tests/run.sh all
RUN_check-unit        = BUILD=$(BUILD) tests/run.sh unit
RUN_check-valgrind    = BUILD=$(BUILD) tests/valgrind.sh
RUN_check-cross       = BUILD=$(BUILD) tests/run.sh tests/cross/aarch64.bats
RUN_check-integration = BUILD=$(BUILD) tests/run.sh integration
RUN_demo              = BUILD=$(BUILD) scripts/demo.sh

# make fuzz FUZZ_SECONDS=3600 goes on for longer.
FUZZ_SECONDS ?= 60
fuzz: deps
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

# The node DaemonSet's image, and the chart as plain manifests in build/kubefence.yaml (HELM_FLAGS="--set ...").
HELM ?= helm
image:
	@scripts/make-image.sh --version $(VERSION)

manifests:
	@mkdir -p $(BUILD)
	$(HELM) template kubefence deploy/helm/kubefence --namespace kube-system $(HELM_FLAGS) >$(BUILD)/kubefence.yaml

lint:
	scripts/lint.sh

format:
	clang-format -i $(C_FILES)

# Programs before what points at them: engines silently skip a hook whose program is missing.
install: all
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-hook $(DESTDIR)$(LIBEXECDIR)/oci/hooks.d/kubefence-hook
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-runtime $(DESTDIR)$(PREFIX)/bin/kubefence-runtime
	$(INSTALL) -D -m 0755 $(BUILD)/$(SHIM) $(DESTDIR)$(PREFIX)/bin/$(SHIM)
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence $(DESTDIR)$(PREFIX)/bin/kubefence
	$(INSTALL) -D -m 0644 hook/policy/kubefence.conf $(DESTDIR)$(VENDORDIR)/kubefence.conf
	for profile in $(SECCOMP); do $(INSTALL) -D -m 0644 $$profile $(DESTDIR)$(DATADIR)/kubefence/seccomp/$${profile##*/}; done
	$(INSTALL) -d -m 0755 $(DESTDIR)$(LIBEXECDIR)/kubefence $(DESTDIR)$(SYSCONFDIR)/kubefence/kubefence.conf.d
	ln -sfn $(PREFIX)/bin/kubefence-runtime $(DESTDIR)$(LIBEXECDIR)/kubefence/nono-runc
	$(INSTALL) -D -m 0755 $(BUILD)/kubefence-launcher $(DESTDIR)$(LIBEXECDIR)/kubefence/kubefence-launcher
	$(INSTALL) -D -m 0644 systemd/kubefence.catalog $(DESTDIR)$(SYSTEMDDIR)/catalog/kubefence.catalog
	$(INSTALL) -D -m 0644 systemd/kubefence.tmpfiles $(DESTDIR)$(TMPFILESDIR)/kubefence.conf
	$(INSTALL) -d -m 0755 $(DESTDIR)$(SYSTEMDDIR)/system $(DESTDIR)$(DATADIR)/kubefence
	for unit in $(UNITS); do sed 's|/usr/bin/|$(PREFIX)/bin/|' "$$unit" >$(DESTDIR)$(SYSTEMDDIR)/system/$${unit##*/}; done
	cp -r --no-preserve=mode,ownership hooks.d $(DESTDIR)$(DATADIR)/kubefence/
	for script in install-node.sh install-launcher.sh install-profiles.sh get-nono.sh node-setup.sh; do \
		$(INSTALL) -D -m 0755 scripts/$$script $(DESTDIR)$(DATADIR)/kubefence/scripts/$$script; done
	for file in $(patsubst hook/%,%,$(wildcard hook/profiles/*.json)) launcher/names; do \
		$(INSTALL) -D -m 0644 hook/$$file $(DESTDIR)$(DATADIR)/kubefence/hook/$$file; done
	$(INSTALL) -m 0644 scripts/install-node-kata.sh $(DESTDIR)$(DATADIR)/kubefence/scripts/install-node-kata.sh
	$(INSTALL) -D -m 0644 'systemd/$(NONO_MOUNT)' '$(DESTDIR)$(SYSTEMDDIR)/system/$(NONO_MOUNT)'
	scripts/install-launcher.sh --update --root "$(DESTDIR)" --launcher $(BUILD)/kubefence-launcher
	for json in $(PODMAN_HOOKS); do $(INSTALL) -D -m 0644 hooks.d/podman/$$json $(DESTDIR)$(PODMAN_HOOKS_DIR)/$$json; done
	for page in $(MAN_PAGES); do $(INSTALL) -D -m 0644 $$page $(DESTDIR)$(DATADIR)/man/man$${page##*.}/$${page##*/}; done
	$(INSTALL) -D -m 0644 $(COMPLETIONS)/kubefence.bash $(DESTDIR)$(BASH_COMPLETION)
	$(INSTALL) -D -m 0644 $(COMPLETIONS)/_kubefence $(DESTDIR)$(ZSHDIR)/_kubefence
	$(INSTALL) -D -m 0644 $(COMPLETIONS)/kubefence.fish $(DESTDIR)$(FISH_COMPLETION)

uninstall:
	rm -f $(addprefix $(DESTDIR),$(BASH_COMPLETION) $(ZSHDIR)/_kubefence $(FISH_COMPLETION))
	scripts/install-launcher.sh --root "$(DESTDIR)" --uninstall
	rm -f $(addprefix $(DESTDIR)$(LIBEXECDIR)/kubefence/,nono-runc kubefence-launcher) $(DESTDIR)$(PREFIX)/bin/kubefence-runtime
	rm -f $(DESTDIR)$(PREFIX)/bin/$(SHIM) '$(DESTDIR)$(SYSTEMDDIR)/system/$(NONO_MOUNT)'
	rm -f $(DESTDIR)$(PREFIX)/bin/kubefence $(DESTDIR)$(LIBEXECDIR)/oci/hooks.d/kubefence-hook
	rm -f $(DESTDIR)$(VENDORDIR)/kubefence.conf $(DESTDIR)$(SYSTEMDDIR)/catalog/kubefence.catalog
	rm -f $(DESTDIR)$(TMPFILESDIR)/kubefence.conf $(addprefix $(DESTDIR)$(SYSTEMDDIR)/system/,$(notdir $(UNITS)))
	rm -rf $(DESTDIR)$(DATADIR)/kubefence
	for page in $(MAN_PAGES); do rm -f $(DESTDIR)$(DATADIR)/man/man$${page##*.}/$${page##*/}; done
	for profile in $(SECCOMP); do rm -f $(DESTDIR)$(DATADIR)/kubefence/seccomp/$${profile##*/}; done
	-rmdir $(DESTDIR)$(DATADIR)/kubefence/seccomp $(DESTDIR)$(DATADIR)/kubefence 2>/dev/null
	-rmdir $(DESTDIR)$(LIBEXECDIR)/kubefence $(DESTDIR)$(VENDORDIR) 2>/dev/null

clean:
	rm -rf build build-sanitize build-fuzz build-aarch64

-include $(LIB_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(wildcard $(BUILD)/obj/hook/*.d $(BUILD)/obj/tests/*/*.d)
-include $(wildcard $(BUILD)/static/hook/*.d $(BUILD)/static/hook/*/*.d)
