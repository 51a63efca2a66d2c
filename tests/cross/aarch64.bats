#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# shellcheck disable=SC2154 # bats sets output
#
# kubefence for aarch64, built here with Debian's cross compiler. QEMU's user mode runs the programs as far as it can: it
# does not know openat2(2) (before QEMU 9.1) nor Landlock. Everything else is done in a virtual machine that boots
# Debian's kernel of aarch64 (guest.sh): all unit tests, the rewrite, and a container of runc's. make check-cross

load ../integration/helpers

PACKAGES=(libc6-dev libjson-c-dev libinih-dev libsystemd-dev libmount-dev libcmocka-dev
  linux-image-cloud-arm64 busybox-static runc)
LIBRARIES=usr/lib/aarch64-linux-gnu

setup_file() {
  local tool

  export SYSROOT='' CROSS_MISSING='' CROSS=$KF_TOP/build-aarch64
  for tool in aarch64-linux-gnu-gcc qemu-aarch64 qemu-system-aarch64 cpio; do
    command -v "$tool" >/dev/null || CROSS_MISSING="$tool is not installed: run scripts/deps.sh cross"
  done
  [[ $EUID == 0 ]] || CROSS_MISSING="needs root"
  [[ -z $CROSS_MISSING ]] || return 0
  SYSROOT=$("$KF_TOP/tests/rootfs.sh" --arch arm64 aarch64 "${PACKAGES[@]}" 2>"$BATS_FILE_TMPDIR/err" 3>&-) || {
    CROSS_MISSING=$(<"$BATS_FILE_TMPDIR/err")
    return 0
  }
  cross_make tests-build
  same
  make_guest
  boot
}

setup() {
  [[ -z $CROSS_MISSING ]] || skip "$CROSS_MISSING"
  GUEST=$BATS_FILE_TMPDIR/guest.out
}

cross_make() { # ARGUMENTS...
  PKG_CONFIG_SYSROOT_DIR=$SYSROOT PKG_CONFIG_LIBDIR=$SYSROOT/$LIBRARIES/pkgconfig:$SYSROOT/usr/share/pkgconfig \
    make -s -C "$KF_TOP" -j"$(nproc)" CC="aarch64-linux-gnu-gcc --sysroot=$SYSROOT" BUILD="$CROSS" "$@" \
    >"$BATS_FILE_TMPDIR/make" 2>&1 3>&- || { cat "$BATS_FILE_TMPDIR/make" >&2 && return 1; }
}

# A directory that has the same path, bundle and configuration for the programs of both: what they make of config.json has
# to be the same then, to the byte.
same() {
  local dir=$BATS_FILE_TMPDIR/same

  mkdir -p "$dir/bundle" "$dir/nono-nri/profiles"
  cp "$KF_BUILD"/kubefence-{hook,runtime} "$dir"
  ln -s kubefence-runtime "$dir/nono-runc"
  install -m 755 "$KF_BUILD/tests/standin/nono" "$dir/nono-nri/nono"
  "$KF_TOP/scripts/install-launcher.sh" --dir "$dir/nono-nri" --launcher "$KF_BUILD/kubefence-launcher"
  install -m 644 "$KF_TOP/tests/integration/profiles/default.json" "$dir/nono-nri/profiles"
  printf '%s\n' '[kubefence]' 'runtime_classes = nono-runc' 'default_profile = default' \
    "nono_bin_path = $dir/nono-nri/nono" '[class nono-runc]' "runtime = $dir/runtime" >"$dir/kubefence.conf"
  printf '#!/bin/sh\nexit 0\n' >"$dir/runtime"
  chmod 755 "$dir/runtime"
  jq '.linux.resources.memory.limit = 4503599627370497 | .process.env += ["NONO_ALLOW=/", "A=\u00e9\u2028"]
    | .annotations = {"io.kubernetes.pod.name": "web-0", "run.oci.handler": "wasm"}' \
    <(cd "$BATS_FILE_TMPDIR" && rm -f config.json && runc spec && cat config.json) >"$dir/spec"
  cp "$dir/spec" "$dir/bundle/config.json"
}

# A container that shows whether it is sandboxed; its rootfs is the guest's own busybox.
bundle() { # DIR
  local applet

  mkdir -p "$1/rootfs"/{bin,dev,proc,sys,etc,tmp,allowed,secret}
  cp "$SYSROOT/bin/busybox" "$1/rootfs/bin/busybox"
  for applet in sh cat grep; do
    ln -s busybox "$1/rootfs/bin/$applet"
  done
  echo "may be read" >"$1/rootfs/allowed/file"
  echo "must not be read" >"$1/rootfs/secret/file"
  jq '.process.terminal = false | .root.readonly = false | .process.env += ["HOME=/tmp"]
    | .process.args = ["/bin/sh", "-c", "cat /allowed/file /secret/file; grep ^Seccomp: /proc/self/status; exit 7"]' \
    "$BATS_FILE_TMPDIR/config.json" >"$1/config.json"
}

make_guest() {
  local dir=$BATS_FILE_TMPDIR/guest program

  cross_make install DESTDIR="$dir"
  mkdir -p "$dir"/{bin,sbin,lib,tests,tmp,opt/nono-nri/profiles} "$dir/$BATS_FILE_TMPDIR" "$dir/$KF_TOP"
  chmod 1777 "$dir/tmp"
  cp "$SYSROOT/bin/busybox" "$dir/bin"
  cp "$SYSROOT/usr/sbin/runc" "$dir/usr/bin"
  cp -a "$SYSROOT/$LIBRARIES"/{ld-linux-*,lib*.so.*} "$dir/lib"
  # /nono is an overlay, and for Debian's kernel that is a module.
  cp "$SYSROOT"/usr/lib/modules/*/kernel/fs/overlayfs/overlay.ko "$dir/lib"
  for program in "$CROSS"/tests/unit/test-*; do
    [[ ! -x $program || $program == *.* ]] || cp "$program" "$dir/tests"
  done
  # The unit tests know where they were built, and some read what lies there.
  (cd "$KF_TOP" && cp -r --parents tests/unit/data hook/share/man systemd/kubefence.catalog "$dir/$KF_TOP/")
  install -m 755 "$CROSS/tests/standin/nono" "$dir/opt/nono-nri/nono"
  "$KF_TOP/scripts/install-launcher.sh" --dir "$dir/opt/nono-nri" --launcher "$CROSS/kubefence-launcher"
  install -m 644 "$KF_TOP/tests/integration/profiles/default.json" "$dir/opt/nono-nri/profiles"
  printf '[kubefence]\nseccomp_profile = restricted\n' >"$dir/etc/kubefence/kubefence.conf.d/50-local.conf"
  bundle "$dir/bundle"
  cp -a "$BATS_FILE_TMPDIR/same" "$dir/$BATS_FILE_TMPDIR"
  cp "$CROSS"/kubefence-{hook,runtime} "$dir/$BATS_FILE_TMPDIR/same"
  cp "$CROSS/tests/standin/nono" "$dir/$BATS_FILE_TMPDIR/same/nono-nri/nono"
  cp "$CROSS/kubefence-launcher" "$dir/$BATS_FILE_TMPDIR/same/nono-nri/launcher/kubefence-launcher"
  install -m 755 "$KF_TOP/tests/cross/guest.sh" "$dir/init"
  (cd "$dir" && find . | cpio --quiet -o -H newc | gzip -1) >"$BATS_FILE_TMPDIR/initrd"
}

# Emulated: this takes most of a minute, and twice that if pointers were signed with the algorithm of the real thing.
boot() {
  timeout 900 qemu-system-aarch64 -M virt -cpu max,pauth-impdef=on -smp 2 -m 1024 -nodefaults -nographic -no-reboot -serial stdio \
    -kernel "$SYSROOT"/boot/vmlinuz-* -initrd "$BATS_FILE_TMPDIR/initrd" \
    -append "console=ttyAMA0 quiet panic=-1 -- $BATS_FILE_TMPDIR/same" </dev/null 3>&- 2>&1 |
    tr -d '\r' >"$BATS_FILE_TMPDIR/guest.out"
}

# The output of COMMAND in the guest, which must have ended with STATUS.
guest() { # COMMAND [STATUS]
  grep -qx "$1= ${2:-0}" "$GUEST" || fail "$1 did not end with ${2:-0} in the guest:" \
    "$( (grep "^$1[:=]" "$GUEST" || cat "$GUEST") | tail -n 20 | cut -c 1-200)"
  sed -n "s/^$1: //p" "$GUEST"
}

emulated() { # PROGRAM ARGUMENTS...
  qemu-aarch64 -L "$SYSROOT" "$CROSS/$1" "${@:2}"
}

@test "the programs are aarch64's, and protect their return addresses" {
  local program

  for program in kubefence kubefence-hook kubefence-runtime kubefence-launcher containerd-shim-nono-kata-v2; do
    assert_has "$program" AArch64 "$(LC_ALL=C readelf -h "$CROSS/$program")"
    # pacibsp or paciasp, at the head of our own functions
    assert_has "$program" paciasp "$(aarch64-linux-gnu-objdump -d --disassemble=main "$CROSS/$program")"
  done
}

@test "user mode: the programs say their version" {
  local program version

  version=$("$KF_BUILD/kubefence" version)
  assert_eq "kubefence" "$version" "$(emulated kubefence version)"
  assert_eq "kubefence-hook" "kubefence-hook ${version#* }" "$(emulated kubefence-hook --version)"
}

@test "user mode: the hook leaves a container that did not opt in alone" {
  run -0 emulated kubefence-hook create-runtime \
    <<<'{"ociVersion": "1.0.2", "id": "a", "status": "created", "pid": 1, "bundle": "/nonexistent"}'
  assert_eq "output" "" "$output"
}

@test "user mode: one that opted in, without a configuration, is refused" {
  run -10 emulated kubefence-hook --config /nonexistent --runtime-class nono-runc create-runtime \
    <<<'{"ociVersion": "1.0.2", "id": "a", "status": "created", "pid": 1, "bundle": "/nonexistent"}'
}

@test "aarch64: every unit test passes" {
  local program tap passed count=0

  assert_eq "machine" aarch64 "$(guest machine)"
  for program in "$CROSS"/tests/unit/test-*; do
    [[ -x $program && $program != *.* ]] || continue
    tap=$(guest "${program##*/}")
    passed=$(grep '^ok ' <<<"$tap" | grep -vci ' # skip')
    # One is about files on a disk, and the guest has none.
    [[ ${program##*/} != test-warm ]] || passed=$((passed + 1))
    # As many as it announced, and none skipped.
    assert_eq "${program##*/}" "$(sed -n 's/^1\.\.//p' <<<"$tap")" "$passed"
    count=$((count + 1))
  done
  ((count >= 40))
}

@test "aarch64: the wrapper makes the same of config.json as here" {
  local same=$BATS_FILE_TMPDIR/same

  guest wrapper
  cp "$same/spec" "$same/bundle/config.json"
  KUBEFENCE_CONFIG=$same/kubefence.conf "$same/nono-runc" create --bundle "$same/bundle" same
  guest wrapper-bundle >"$BATS_TEST_TMPDIR/there"
  cmp "$BATS_TEST_TMPDIR/there" <(sed '$a\' "$same/bundle/config.json")
}

@test "aarch64: the precreate filter makes the same of config.json as here" {
  local same=$BATS_FILE_TMPDIR/same

  "$same/kubefence-hook" --config "$same/kubefence.conf" --runtime-class nono-runc precreate <"$same/spec" \
    >"$BATS_TEST_TMPDIR/here"
  guest precreate >"$BATS_TEST_TMPDIR/there"
  cmp "$BATS_TEST_TMPDIR/there" <(sed '$a\' "$BATS_TEST_TMPDIR/here")
}

@test "aarch64: a container that opted in is sandboxed, another is not" {
  local out

  guest check >/dev/null
  out=$(guest bare 7)
  assert_has "not opted in" $'may be read\nmust not be read\nSeccomp:\t0' "$out"
  out=$(guest sandboxed 7)
  assert_has "opted in" "may be read" "$out"
  assert_has "opted in" "/secret/file': Permission denied" "$out"
  assert_has "opted in, seccomp_profile = restricted" $'Seccomp:\t2' "$out"
  assert_eq "records left" "" "$(guest gone)"
}
