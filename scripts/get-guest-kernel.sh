#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Gets the parts that tests/integration/kata-vm.bats boots: QEMU, virtiofsd, and a kernel of Debian's with Landlock and
# virtio-fs.
set -euo pipefail

cache=${KUBEFENCE_CACHE:-/var/cache/kubefence}/guest-kernel
modules=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci fuse virtiofs)

usage() {
  cat <<END
usage: get-guest-kernel.sh

Installs qemu-system-x86 and cpio with apt, where they are not there yet, and unpacks (does not install) the kernel of
linux-image-cloud-amd64: $cache/vmlinuz, and the modules for virtio-fs beside it, numbered in the order
to load them. About 75 MB are downloaded. For amd64 and Debian 12; nothing else needs it.
END
}

die() {
  printf 'get-guest-kernel.sh: %s\n' "$*" >&2
  exit 1
}

install_packages() {
  { command -v qemu-system-x86_64 && command -v cpio; } >/dev/null && return
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends \
    qemu-system-x86 cpio
}

unpack_kernel() {
  local package i file

  package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9]\)/\1/p' | head -n 1)
  [[ -n $package ]] || die "apt knows no linux-image-cloud-amd64: run apt-get update"
  (cd "$work" && apt-get -o APT::Sandbox::User=root download "$package" && dpkg-deb -x ./*.deb root)
  mkdir "$work/new"
  cp "$work"/root/boot/vmlinuz-* "$work/new/vmlinuz"
  for i in "${!modules[@]}"; do
    file=$(find "$work/root" -name "${modules[i]}.ko")
    [[ -n $file ]] || die "$package has no module ${modules[i]}"
    cp "$file" "$work/new/$i-${modules[i]}.ko"
  done
  rm -rf "$cache"
  mv "$work/new" "$cache"
}

case ${1:-} in
'') ;;
-h | --help) usage && exit ;;
*) usage >&2 && exit 2 ;;
esac
[[ $(uname -m) == x86_64 ]] || die "for amd64 only"
[[ $EUID == 0 ]] || die "run it as root"
install_packages
[[ -e $cache/vmlinuz ]] || {
  mkdir -p "${cache%/*}"
  work=$(mktemp -d "${cache%/*}/kernel.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  unpack_kernel
}
printf '%s\n' "$cache"
