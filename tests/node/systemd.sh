#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
#
# A whole node under its own systemd: Debian 13 with the distribution's kernel in QEMU. The package
# is installed, Podman and containerd are set up, containers opt in, the node reboots, the package is upgraded and
# removed. steps.sh is what the node does; it prints TAP. Not a part of make check: run this before a release, by
#
#   make check-node        (root, debootstrap, the network, 10 GB; a quarter of an hour once the parts are cached)
#
# Environment: KF_NODE_ACCELERATOR=kvm where that works (tcg,thread=multi: emulation), KF_NODE_PATIENCE=SECONDS (2400).
set -euo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
CACHE=${KUBEFENCE_CACHE:-/var/cache/kubefence}
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
SUITE=trixie
PACKAGES=(systemd-sysv systemd-resolved dbus udev kmod linux-image-cloud-amd64 initramfs-tools apparmor ca-certificates
  podman crun runc containerd busybox-static jq libjson-c5 libinih1 libsystemd0 libmount1 libbpf1)
# A boot without KVM takes a minute or two, each container some seconds.
PATIENCE=${KF_NODE_PATIENCE:-2400}
work=

not_here() { # REASON
  printf '1..1\nok 1 - a node under its own systemd # skip %s\n' "$1"
  exit 0
}

require() {
  local program

  [[ $EUID == 0 ]] || not_here "needs root"
  for program in debootstrap mke2fs qemu-system-x86_64; do
    command -v "$program" >/dev/null || not_here "$program is not installed: apt install debootstrap e2fsprogs qemu-system-x86"
  done
  nono=$("$TOP/scripts/get-nono.sh" --cache-only 2>/dev/null) || not_here "the real nono is not there: scripts/get-nono.sh"
}

# The release with its kernel and engines, once for each list of packages. Sets $release.
find_release() {
  release=$CACHE/rootfs/node-$SUITE-$(printf '%s\n' "${PACKAGES[@]}" | sha256sum | head -c 12)
  [[ ! -d $release ]] || return 0
  mkdir -p "$CACHE/rootfs"
  debootstrap --variant=minbase --include="$(IFS=, && echo "${PACKAGES[*]}")" "$SUITE" "$work/root" "$MIRROR" \
    >"$work/debootstrap" 2>&1 || not_here "debootstrap of $SUITE failed: $(tail -n 1 "$work/debootstrap")"
  mv "$work/root" "$release"
}

# The package of this tree, with the libraries of that release, in two versions.
build_packages() {
  local version

  for version in 0.9.1 0.9.2; do
    "$TOP/tests/on-debian.sh" "$SUITE" -- scripts/make-deb.sh "$version" "build/node-$version" >"$work/deb" 2>&1 ||
      { cat "$work/deb" >&2 && return 1; }
    cp "$TOP/build-$SUITE/node-$version/"kubefence_*_amd64.deb "$work/"
  done
}

make_disk() {
  local root=$work/disk

  cp -a "$release" "$root"
  install -d "$root/root/node" "$root/etc/systemd/system/multi-user.target.wants" "$root/etc/systemd/journald.conf.d"
  cp "$work"/kubefence_*.deb "$TOP/tests/node/steps.sh" "$root/root/node/"
  install -m 755 "$nono" "$root/root/node/nono"
  cp "$TOP/tests/node/node-steps.service" "$root/etc/systemd/system/"
  ln -s ../node-steps.service "$root/etc/systemd/system/multi-user.target.wants/"
  printf '[Journal]\nStorage=persistent\n' >"$root/etc/systemd/journald.conf.d/node.conf"
  echo node >"$root/etc/hostname"
  echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
  mke2fs -q -t ext4 -d "$root" "$work/disk.img" 5G
  rm -rf "$root"
}

boot() {
  timeout "$PATIENCE" qemu-system-x86_64 -accel "${KF_NODE_ACCELERATOR:-tcg,thread=multi}" -cpu max -smp 2 -m 2048 -nographic -nodefaults \
    -serial stdio -kernel "$release"/boot/vmlinuz-* -initrd "$release"/boot/initrd.img-* \
    -append "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=false" \
    -drive "file=$work/disk.img,if=virtio,format=raw,cache=unsafe" </dev/null >"$work/console" 2>"$work/qemu" || true
}

# The TAP is between other lines of the console. Without its plan the node has not come to the end.
report() {
  tr -d '\r' <"$work/console" | sed -n 's/^.*TAP: //p' >"$work/tap"
  cat "$work/tap"
  if ! grep -q '^1\.\.' "$work/tap"; then
    printf 'not ok %d - the node came to its end\n' $(($(grep -c '^\(not \)\?ok' "$work/tap") + 1))
    tail -n 40 "$work/console" | tr -d '\r' | sed 's/^/# /'
    sed 's/^/# /' "$work/qemu"
    return 1
  fi
  ! grep -q '^not ok' "$work/tap"
}

main() {
  work=$(mktemp -d "${TMPDIR:-/var/tmp}/kubefence-node.XXXXXX")
  trap 'rm -rf --one-file-system "$work"' EXIT
  require
  find_release
  build_packages
  make_disk
  boot
  report
}

main "$@"
