#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs with apt the packages for building and testing kubefence. Silent when all of them are there.
set -euo pipefail

declare -A MEMBERS=(
  # the programs
  [build]="gcc libc6-dev make pkg-config libjson-c-dev libinih-dev libsystemd-dev libmount-dev"
  # kubefence denials by BPF; without them it is built with ptrace alone
  [bpf]="bpftool clang libbpf-dev"
  # make lint
  [lint]="bpftool clang clang-format clang-tidy cppcheck libbpf-dev mandoc shellcheck"
  # make check-unit
  [unit]="libcmocka-dev"
  # make check-valgrind
  [valgrind]="jq valgrind"
  # make fuzz
  [fuzz]="clang libclang-rt-dev"
  # containers, with both runtimes and without an engine (make demo, make check-quick); systemd for journald and journalctl
  [containers]="bats bsdutils busybox-static crun gawk jq python3 runc strace systemd util-linux"
  # the other tests need these, too: the engines, the shells, readers of pages and charts, seccomp's reference
  [integration]="catatonit conmon containerd containernetworking-plugins fish golang-github-containers-common
    libseccomp-dev mandoc nftables podman python3-yaml uidmap zsh"
  # make check-images; npm, pip and go make some of the images where they are
  [images]="curl debootstrap iproute2 util-linux"
  # to build and check the packages
  [packages]="build-essential debhelper debootstrap dpkg-dev fakeroot lintian patchelf rpm rpmlint"
  # to get the real nono (cargo itself has to be newer than the distribution's)
  [nono]="ca-certificates curl"
  # make check-cross
  [cross]="bats busybox-static cpio debootstrap gcc-aarch64-linux-gnu qemu-system-arm qemu-user runc"
)
# All groups but that of make check-cross.
USUAL=(build bpf lint unit valgrind fuzz containers integration images packages nono)

usage() {
  cat <<END
usage: scripts/deps.sh [--check | --ask | --list] [GROUP...]

Installs with apt the packages that building and testing kubefence needs (Debian 12, Ubuntu 24.04 and later). Without
root it can only be silent (all is there) or fail.

  GROUP       only these packages: ${USUAL[*]}
              (all of these when no group is named), cross
  --check     install nothing: report what is missing, and exit with 1 if anything is
  --ask       install only as root and where KUBEFENCE_DEPS is not "no", else as --check; on another distribution say
              what is needed and exit with 0
  --list      print the names of the packages, one a line, and do nothing
  -h, --help  this text
END
}

die() {
  printf 'deps.sh: %s\n' "$*" >&2
  exit 1
}

# Sets $packages to those of the groups, each once.
find_packages() { # GROUP...
  local group package
  local -A seen=()

  packages=()
  for group in "$@"; do
    [[ -n ${MEMBERS[$group]:-} ]] || die "there is no group '$group': use ${USUAL[*]} or cross"
    for package in ${MEMBERS[$group]}; do
      [[ -n ${seen[$package]:-} ]] || packages+=("$package")
      seen[$package]=1
    done
  done
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
  for package in "${packages[@]}"; do
    [[ -n ${installed[$package]:-} ]] || missing+=("$package")
  done
}

# A machine without apt may have all of it under other names: only the build and the tests can tell.
on_other_distribution() {
  local text="this is not Debian or Ubuntu: install the counterparts of these packages of Debian: ${packages[*]}"

  [[ $action == ask ]] || die "$text"
  printf 'deps.sh: %s\n' "$text" >&2
}

may_install() {
  [[ $action == install || ($action == ask && $EUID == 0 && ${KUBEFENCE_DEPS:-} != no) ]]
}

install_missing() {
  [[ $EUID == 0 ]] || die "missing: ${missing[*]}: only root can install them (sudo make deps)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install --yes --no-install-recommends "${missing[@]}"
}

main() {
  local action=install packages missing

  case ${1:-} in
  --check | --ask | --list) action=${1#--} && shift ;;
  -h | --help) usage && return ;;
  -*) usage >&2 && return 2 ;;
  esac
  (($# > 0)) || set -- "${USUAL[@]}"
  find_packages "$@"
  [[ $action != list ]] || { printf '%s\n' "${packages[@]}" && return; }
  { command -v dpkg-query && command -v apt-get; } >/dev/null || { on_other_distribution && return; }
  find_missing
  ((${#missing[@]} > 0)) || return 0
  may_install || die "missing: ${missing[*]}: install them (sudo make deps, or sudo apt-get install ${missing[*]})"
  install_missing
}

main "$@"
