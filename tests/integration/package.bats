#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# The Debian package: built, checked by lintian, and installed, upgraded, removed and purged in a fresh Debian.

bats_require_minimum_version 1.5.0

setup_file() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  export TOP
  git -C "$TOP" rev-parse HEAD >"$BATS_FILE_TMPDIR/git" 2>&1 || return 0
  "$TOP/scripts/make-deb.sh" 0.1.0 "$BATS_FILE_TMPDIR/old" >"$BATS_FILE_TMPDIR/build" 2>&1
  "$TOP/scripts/make-deb.sh" 0.1.1 "$BATS_FILE_TMPDIR/new" >>"$BATS_FILE_TMPDIR/build" 2>&1
}

setup() {
  [[ $EUID == 0 ]] || skip "needs root"
  [[ -d $BATS_FILE_TMPDIR/new ]] || skip "this is no git checkout: $(<"$BATS_FILE_TMPDIR/git")"
  OLD=$(echo "$BATS_FILE_TMPDIR"/old/kubefence_0.1.0_*.deb)
  NEW=$(echo "$BATS_FILE_TMPDIR"/new/kubefence_0.1.1_*.deb)
}

teardown() {
  [[ -z ${ROOT:-} ]] || umount -l "$ROOT" "$BATS_TEST_TMPDIR/layer"
}

# A Debian of this test's own: changes go to memory.
fresh_debian() {
  local base

  base=$("$TOP/tests/rootfs.sh" package libjson-c5 libinih1 runc jq 2>"$BATS_TEST_TMPDIR/err") ||
    skip "$(<"$BATS_TEST_TMPDIR/err")"
  mkdir "$BATS_TEST_TMPDIR/layer" "$BATS_TEST_TMPDIR/root"
  mount -t tmpfs tmpfs "$BATS_TEST_TMPDIR/layer"
  mkdir "$BATS_TEST_TMPDIR/layer/upper" "$BATS_TEST_TMPDIR/layer/work"
  ROOT=$BATS_TEST_TMPDIR/root
  mount -t overlay overlay \
    -o "lowerdir=$base,upperdir=$BATS_TEST_TMPDIR/layer/upper,workdir=$BATS_TEST_TMPDIR/layer/work" "$ROOT"
}

in_debian() { # COMMAND...
  unshare --mount --pid --fork --propagation private -- sh -c 'mount -t proc proc "$1/proc" && root=$1 && shift &&
    exec chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"' sh "$ROOT" "$@"
}

dpkg_in() { # ARGUMENTS...
  in_debian dpkg "$@" >"$BATS_TEST_TMPDIR/dpkg" 2>&1 || { cat "$BATS_TEST_TMPDIR/dpkg" && return 1; }
}

add() { # DEB
  cp "$1" "$ROOT/tmp/kubefence.deb"
  dpkg_in --install /tmp/kubefence.deb
  rm "$ROOT/tmp/kubefence.deb"
}

# All files with what they are; not what dpkg itself keeps.
files() {
  (cd "$ROOT" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log -o -path ./proc -o -path ./var/cache \) -prune \
    -o -printf '%p %y %m %U %l\n' | sort)
}

@test "lintian has nothing to say" {
  command -v lintian || skip "lintian is not installed"
  run -0 lintian --allow-root --fail-on error,warning,info "$BATS_FILE_TMPDIR"/old/*.changes
  [[ -z $output ]]
}

@test "installed, it works and says what the node lacks" {
  fresh_debian
  add "$OLD"
  # nono is not there yet: the check said so, and the installation succeeded all the same
  grep -qF '/opt/nono-nri' "$BATS_TEST_TMPDIR/dpkg"
  run -0 in_debian kubefence version
  [[ $output == "kubefence 0.1.0" ]]
  run -1 in_debian kubefence check
  [[ $output == *"/usr/libexec/oci/hooks.d/kubefence-hook"* ]]
  run -0 in_debian /usr/libexec/kubefence/nono-runc --version
  [[ $output == runc* ]]
  run -0 in_debian /usr/share/kubefence/scripts/install-node.sh --engine crio --dry-run
  [[ $output == *"would write: /etc/crio/crio.conf.d/50-kubefence.conf"* ]]
}

@test "an upgrade keeps what the operator wrote, and so does a removal" {
  fresh_debian
  add "$OLD"
  printf '[kubefence]\ninvalid_profile = deny\n' >>"$ROOT/etc/kubefence/kubefence.conf.d/50-local.conf"
  printf '[class nono-runc]\nexec = deny\n' >"$ROOT/etc/kubefence/kubefence.conf.d/60-mine.conf"
  add "$NEW"
  run -0 in_debian kubefence version
  [[ $output == "kubefence 0.1.1" ]]
  grep -q 'invalid_profile = deny' "$ROOT/etc/kubefence/kubefence.conf.d/50-local.conf"
  dpkg_in --remove kubefence
  grep -q 'invalid_profile = deny' "$ROOT/etc/kubefence/kubefence.conf.d/50-local.conf"
  [[ -f $ROOT/etc/kubefence/kubefence.conf.d/60-mine.conf ]]
  [[ ! -e $ROOT/usr/bin/kubefence && ! -e $ROOT/usr/libexec/kubefence ]]
  dpkg_in --purge kubefence
  [[ ! -e $ROOT/etc/kubefence/kubefence.conf.d/50-local.conf && -f $ROOT/etc/kubefence/kubefence.conf.d/60-mine.conf ]]
}

@test "a removal tells the engines, a purge leaves nothing" {
  local before

  fresh_debian
  before=$(files)
  add "$OLD"
  in_debian /usr/share/kubefence/scripts/install-node.sh --engine crio --engine podman
  [[ -f $ROOT/etc/crio/crio.conf.d/50-kubefence.conf ]]
  mkdir -p "$ROOT/run/kubefence/some-container"
  dpkg_in --remove kubefence
  [[ ! -e $ROOT/etc/crio && ! -e $ROOT/usr/share/containers ]]
  dpkg_in --purge kubefence
  diff <(echo "$before") <(files)
}

@test "the source tarball is the same each time" {
  make -s -C "$TOP" dist BUILD="$BATS_TEST_TMPDIR/a"
  sleep 1.1
  (umask 077 && TZ=Asia/Tokyo make -s -C "$TOP" dist BUILD="$BATS_TEST_TMPDIR/b")
  cmp "$BATS_TEST_TMPDIR"/{a,b}/kubefence-0.1.0.tar.gz
  tar -tzf "$BATS_TEST_TMPDIR/a/kubefence-0.1.0.tar.gz" | grep -qx kubefence-0.1.0/hook/main-hook.c
}
