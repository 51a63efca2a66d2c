#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a root filesystem with Debian packages in it, made once with debootstrap and then kept in
# ${KUBEFENCE_CACHE:-/var/cache/kubefence}/rootfs. Never change it: copy it, or mount an overlay on it.
# Usage: tests/rootfs.sh [--arch ARCH] [--suite SUITE] NAME PACKAGE...
# SUITE is a release of Debian; without it, this machine's. With --arch it is one of another architecture, whose programs
# cannot be run here: unpacked, and nothing configured.
set -euo pipefail

die() {
  printf 'rootfs.sh: %s\n' "$*" >&2
  exit 1
}

arch='' suite=''
while [[ ${1:-} == --arch || ${1:-} == --suite ]]; do
  printf -v "${1#--}" '%s' "${2:?say which one}"
  shift 2
done
(($# >= 1)) || die "say a name and packages"
name=$1
shift
[[ $EUID == 0 ]] || die "only root can make a root filesystem"
command -v debootstrap >/dev/null || die "debootstrap is not installed: run scripts/deps.sh"
[[ -n $suite ]] || suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
cache=${KUBEFENCE_CACHE:-/var/cache/kubefence}/rootfs
dir=$cache/$name-$suite-$(printf '%s\n' "$@" | sha256sum | head -c 12)

mkdir -p "$cache"
exec 9>"$cache/$name.lock"
flock 9
if [[ ! -d $dir ]]; then
  work=$(mktemp -d "$cache/work.XXXXXX")
  trap 'rm -rf --one-file-system "$work"' EXIT
  packages=$(IFS=,; echo "$*")
  debootstrap --variant=minbase ${arch:+"--arch=$arch" --foreign} ${packages:+"--include=$packages"} "$suite" "$work/root" >"$work/log" 2>&1 || {
    cp "$work/log" "$cache/$name.log"
    die "debootstrap failed: $(grep -m1 '^E:' "$work/log" || echo "see $cache/$name.log")"
  }
  if [[ -n $arch ]]; then
    for deb in "$work"/root/var/cache/apt/archives/*.deb; do
      dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$work/root"
    done
  fi
  rm -rf "$work"/root/var/cache/apt/archives/*.deb
  mv "$work/root" "$dir"
fi
printf '%s\n' "$dir"
