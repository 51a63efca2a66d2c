#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs with apt what building and testing kubefence needs. Says and does nothing when all of it is there.
set -euo pipefail

PACKAGES=(
  # to build
  gcc libc6-dev make pkg-config libjson-c-dev libinih-dev libsystemd-dev libmount-dev
  # to check the sources
  clang clang-format clang-tidy cppcheck libclang-rt-dev libseccomp-dev mandoc shellcheck valgrind
  # to test; systemd for journald and journalctl
  bats bsdutils busybox-static catatonit conmon containerd containernetworking-plugins crun fish gawk jq libcmocka-dev podman python3 python3-yaml runc strace
  systemd uidmap util-linux zsh
  # to build and check the packages
  debhelper debootstrap dpkg-dev fakeroot lintian rpm rpmlint
  # the reference of hook/seccomp
  golang-github-containers-common
  # to get the real nono (cargo itself has to be newer than the distribution's)
  ca-certificates curl
)
# make check-cross, beside these
CROSS=(cpio gcc-aarch64-linux-gnu qemu-system-arm qemu-user)

usage() {
  cat <<'END'
usage: scripts/deps.sh [--check] [--cross]

Installs with apt the packages that building and testing kubefence needs (Debian 12, Ubuntu 24.04 and later).
Without root it can only be silent (all is there) or fail.

  --check     install nothing: report what is missing, and exit with 1 if anything is
  --cross     also what make check-cross builds and runs programs for aarch64 with
  -h, --help  this text
END
}

die() {
  printf 'deps.sh: %s\n' "$*" >&2
  exit 1
}

# Sets $missing. A name that another package provides (pkg-config by pkgconf) counts as there.
find_missing() {
  local package
  local -A installed=()

  while read -r package; do
    installed[$package]=1
  done < <(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
    awk '$1 == "installed" { gsub(/\([^)]*\)|,/, ""); for (i = 2; i <= NF; i++) print $i }')
  missing=()
  for package in "${PACKAGES[@]}"; do
    [[ -n ${installed[$package]:-} ]] || missing+=("$package")
  done
}

main() {
  local check=no missing

  while (($# > 0)); do
    case $1 in
    --check) check=yes ;;
    --cross) PACKAGES+=("${CROSS[@]}") ;;
    -h | --help) usage && return ;;
    *) usage >&2 && return 2 ;;
    esac
    shift
  done
  { command -v dpkg-query && command -v apt-get; } >/dev/null ||
    die "this is not Debian or Ubuntu: install the counterparts of: ${PACKAGES[*]}"
  find_missing
  ((${#missing[@]} > 0)) || return 0
  [[ $check == no ]] || die "missing: ${missing[*]}"
  [[ $EUID == 0 ]] || die "missing: ${missing[*]}: run it as root to install them"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install --yes --no-install-recommends "${missing[@]}"
}

main "$@"
