#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# tmpfs: no (whole distributions and images would be in memory)
# sanitized: no (builds packages of its own programs)
# shellcheck disable=SC2016,SC2030,SC2031 # a $ is for another shell; bats runs each test in a subshell
#
# The packages: built, checked by lintian and rpmlint, and installed, upgraded and removed in a fresh Debian.

bats_require_minimum_version 1.5.0
load debian

setup_file() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  export TOP
  git -C "$TOP" rev-parse HEAD >"$BATS_FILE_TMPDIR/git" 2>&1 || return 0
  "$TOP/scripts/make-deb.sh" 0.1.0 "$BATS_FILE_TMPDIR/old" >"$BATS_FILE_TMPDIR/build" 2>&1
  "$TOP/scripts/make-deb.sh" 0.1.1 "$BATS_FILE_TMPDIR/new" >>"$BATS_FILE_TMPDIR/build" 2>&1
  command -v rpmbuild >/dev/null || return 0
  "$TOP/scripts/make-rpm.sh" 0.1.0 "$BATS_FILE_TMPDIR/old" >>"$BATS_FILE_TMPDIR/build" 2>&1
  "$TOP/scripts/make-rpm.sh" 0.1.1 "$BATS_FILE_TMPDIR/new" >>"$BATS_FILE_TMPDIR/build" 2>&1
}

setup() {
  [[ $EUID == 0 ]] || skip "needs root"
  [[ -d $BATS_FILE_TMPDIR/new ]] || skip "this is no git checkout: $(<"$BATS_FILE_TMPDIR/git")"
  OLD=$(echo "$BATS_FILE_TMPDIR"/old/kubefence_0.1.0_*.deb)
  NEW=$(echo "$BATS_FILE_TMPDIR"/new/kubefence_0.1.1_*.deb)
}

teardown() { debian_umount; }

fresh_debian() { debian_mount package libjson-c5 libinih1 runc jq; }

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

need_rpm() {
  command -v rpmbuild >/dev/null || skip "rpmbuild is not installed"
  OLD_RPM=$(echo "$BATS_FILE_TMPDIR"/old/kubefence-0.1.0-*."$(uname -m)".rpm)
  NEW_RPM=$(echo "$BATS_FILE_TMPDIR"/new/kubefence-0.1.1-*."$(uname -m)".rpm)
}

# Debian's rpm does not know what is installed there; the scriptlets run in the root.
rpm_in() { # ARGUMENTS...
  unshare --mount --pid --fork --propagation private -- sh -c 'mount -t proc proc "$1/proc" && exec rpm --root "$@"' \
    sh "$ROOT" --nodeps "$@" >"$BATS_TEST_TMPDIR/rpm" 2>&1 || { cat "$BATS_TEST_TMPDIR/rpm" && return 1; }
}

# A journalctl that prints its arguments.
stub_journalctl() {
  printf '#!/bin/sh\necho "$*" >>/tmp/journalctl\n' >"$ROOT/usr/bin/journalctl"
  chmod 755 "$ROOT/usr/bin/journalctl"
}

# All files with their kinds; not those that dpkg itself keeps.
files() {
  (cd "$ROOT" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log -o -path ./proc -o -path ./var/cache \) -prune \
    -o -printf '%p %y %m %U %l\n' | sort)
}

@test "lintian has nothing to say" {
  command -v lintian || skip "lintian is not installed"
  # An override may be of a tag that only other versions of lintian have.
  run -0 lintian --allow-root --display-info --pedantic --suppress-tags alien-tag --fail-on error,warning,info,pedantic \
    "$BATS_FILE_TMPDIR"/old/*.changes
  [[ -z $output ]]
}

@test "installed, it works and names the parts that the node lacks" {
  fresh_debian
  stub_journalctl
  add "$OLD"
  grep -qx -e --update-catalog "$ROOT/tmp/journalctl"
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

@test "an upgrade keeps the operator's files, and so does a removal" {
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

@test "no removal under a sandboxed container: it says how many and which" {
  fresh_debian
  add "$OLD"
  mkdir -p -m 700 "$ROOT/run/kubefence/0123456789abcdef"
  jq -n '{container_id: "0123456789abcdef", bundle: "/", pod: "agent-1", namespace: "prod", pod_uid: "u", profile: "default",
    runtime_handler: "nono-runc", timestamp: "2026-01-01T00:00:00.000Z", pid: 0, pid_start_time: 0}' \
    >"$ROOT/run/kubefence/0123456789abcdef/metadata.json"
  run ! dpkg_in --remove kubefence
  [[ $output == *"1 sandboxed containers are on this node: prod/agent-1: engines need the runtime"* ]]
  [[ -x $ROOT/usr/libexec/kubefence/nono-runc ]]
  rm -r "$ROOT/run/kubefence/0123456789abcdef"
  dpkg_in --remove kubefence
}

@test "a purge leaves files that the package has not made" {
  fresh_debian
  add "$OLD"
  # As with Kata's layout, and beside a DaemonSet.
  mkdir -p "$ROOT/var/lib/kubefence/nono-nri/profiles" "$ROOT/var/lib/kubefence/node-setup"
  echo '{}' >"$ROOT/var/lib/kubefence/nono-nri/profiles/mine.json"
  echo /usr/bin/x >"$ROOT/var/lib/kubefence/node-setup/files"
  dpkg_in --purge kubefence
  [[ -f $ROOT/var/lib/kubefence/nono-nri/profiles/mine.json && -f $ROOT/var/lib/kubefence/node-setup/files ]]
}

@test "over the files of make install, a purge still leaves nothing of the package" {
  local before

  fresh_debian
  before=$(files)
  make -C "$TOP" -s -o all BUILD="${KF_BUILD:-build}" install DESTDIR="$ROOT"
  # DESTDIR is a package's or an image's, which has no list.
  mkdir -p "$ROOT/var/lib/kubefence"
  (cd "$ROOT" && find . \( -type f -o -type l \) -newer "$BATS_FILE_TMPDIR/git" -path '*kubefence*' -printf '/%P\n') \
    >"$ROOT/var/lib/kubefence/make-install"
  grep -q '/usr/share/man/man8/kubefence.8$' "$ROOT/var/lib/kubefence/make-install"
  add "$OLD"
  [[ -x $ROOT/usr/bin/kubefence && -f $ROOT/usr/lib/systemd/system/kubefence-gc.timer ]]
  [[ ! -e $ROOT/usr/share/man/man8/kubefence.8 && ! -e $ROOT/usr/share/zsh/site-functions/_kubefence ]]
  dpkg_in --purge kubefence
  diff <(echo "$before" | grep kubefence) <(files | grep kubefence | grep -v ' d ')
}

@test "nono can be had with the installed scripts alone, and then the node is ready" {
  local version

  [[ -n ${KF_NONO_REAL:-} ]] || skip "${KF_NONO_REAL_MISSING:-the real nono is not there}"
  fresh_debian
  add "$OLD"
  version=$(sed -n 's/^pinned_version=//p' "$TOP/scripts/get-nono.sh")
  install -D -m 755 "$KF_NONO_REAL" "$ROOT/var/cache/kubefence/nono/$version/nono"
  run -0 in_debian /usr/share/kubefence/scripts/get-nono.sh
  run -0 in_debian kubefence check
  run -0 in_debian kubefence profiles
  [[ $output == *claude-code*shipped* ]]
  # An upgrade asks again.
  add "$NEW"
  run ! grep -q '^fail' "$BATS_TEST_TMPDIR/dpkg"
}

@test "the page that a maintainer script names is there" {
  local file

  file=$(dpkg-deb --info "$OLD" postinst | grep -oE '/usr/share/doc/[^ "]+')
  dpkg-deb --contents "$OLD" | grep -qF " .$file"
  need_rpm
  [[ $(rpm -qp --scripts "$OLD_RPM") == *" $file "* ]]
  rpm -qpl "$OLD_RPM" | grep -qxF "$file"
}

# All files below a directory; what belongs to a distribution, and where it has things, put aside.
unpacked() { # DIR
  find "$1" ! -type d -printf '/%P %m %U %G %l\n' |
    sed -E 's|^/lib/|/usr/lib/|; s|/zsh/vendor-completions/|/zsh/site-functions/|; s|^/usr/share/licenses/|/usr/share/doc/|
      s|^([^ ]*)\.gz |\1 |; s|/doc/kubefence/copyright |/doc/kubefence/LICENSE |' |
    grep -vE '^(/usr/share/lintian/|/usr/share/doc/kubefence/changelog|/usr/lib/.build-id|/var/lib/rpm/)' | sort
}

@test "the rpm has the same files as the Debian package" {
  need_rpm
  mkdir "$BATS_TEST_TMPDIR/deb"
  dpkg-deb --extract "$OLD" "$BATS_TEST_TMPDIR/deb"
  rpm --root "$BATS_TEST_TMPDIR/rpm" --dbpath /var/lib/rpm --nodeps --noscripts --install "$OLD_RPM"
  (($(unpacked "$BATS_TEST_TMPDIR/deb" | wc -l) > 40))
  diff <(unpacked "$BATS_TEST_TMPDIR/deb") <(unpacked "$BATS_TEST_TMPDIR/rpm")
}

@test "rpmlint has nothing to say" {
  need_rpm
  command -v rpmlint || skip "rpmlint is not installed"
  run -0 rpmlint --rpmlintrc "$TOP/deploy/rpm/kubefence.rpmlintrc" "$OLD_RPM" "$BATS_FILE_TMPDIR"/old/*.src.rpm
  [[ $output == *" 0 errors, 0 warnings"* ]]
}

@test "the rpm installs, upgrades and is removed; the operator's files stay" {
  need_rpm
  fresh_debian
  stub_journalctl
  rpm_in --install "$OLD_RPM"
  grep -qx -e --update-catalog "$ROOT/tmp/journalctl"
  grep -qF '/opt/nono-nri' "$BATS_TEST_TMPDIR/rpm"
  run -0 in_debian kubefence version
  [[ $output == "kubefence 0.1.0" ]]
  run -0 in_debian /usr/libexec/kubefence/nono-runc --version
  [[ $output == runc* ]]
  printf '[kubefence]\ninvalid_profile = deny\n' >>"$ROOT/etc/kubefence/kubefence.conf.d/50-local.conf"
  in_debian /usr/share/kubefence/scripts/install-node.sh --engine crio
  rpm_in --upgrade "$NEW_RPM"
  run -0 in_debian kubefence version
  [[ $output == "kubefence 0.1.1" ]]
  # The old version's scriptlets must not have undone it.
  [[ -f $ROOT/etc/crio/crio.conf.d/50-kubefence.conf ]]
  grep -q 'invalid_profile = deny' "$ROOT/etc/kubefence/kubefence.conf.d/50-local.conf"
  rpm_in --erase kubefence
  [[ ! -e $ROOT/etc/crio && ! -e $ROOT/usr/bin/kubefence && ! -e $ROOT/usr/libexec/kubefence ]]
  grep -q 'invalid_profile = deny' "$ROOT/etc/kubefence/kubefence.conf.d/50-local.conf.rpmsave"
}

# Two clones, in directories of different names.
@test "the source tarball is the same wherever it is made" {
  local clone

  for clone in one two/deeper; do
    git clone -q --no-local "$TOP" "$BATS_TEST_TMPDIR/$clone"
  done
  make -s -C "$BATS_TEST_TMPDIR/one" dist
  sleep 1.1
  (umask 077 && TZ=Asia/Tokyo LC_ALL=C make -s -C "$BATS_TEST_TMPDIR/two/deeper" dist)
  cmp "$BATS_TEST_TMPDIR"/{one,two/deeper}/build/kubefence-0.1.0.tar.gz
  tar -tzf "$BATS_TEST_TMPDIR/one/build/kubefence-0.1.0.tar.gz" | grep -qx kubefence-0.1.0/hook/main-hook.c
}
