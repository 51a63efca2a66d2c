#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds and tests this source tree on another release of Debian than this machine's. See usage().
#
# The release is a directory made with debootstrap. A test enters mount namespaces with setns(2), which leaves a
# chroot(2), so that the directory becomes the root of a mount namespace with pivot_root(2).
set -euo pipefail

TOP=$(cd "$(dirname "$0")/.." && pwd)
CACHE=${KUBEFENCE_CACHE:-/var/cache/kubefence}
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
AUTHORITIES=/etc/ssl/certs/ca-certificates.crt
# Further packages of a machine that builds kubefence from a clone, beside those of scripts/deps.sh.
MACHINE=(git iproute2 iptables kmod procps)

usage() {
  cat <<'END'
usage: tests/on-debian.sh SUITE [ARGUMENT...]
       tests/on-debian.sh SUITE -- COMMAND [ARGUMENT...]

Runs `make check` on the Debian release SUITE (bookworm, trixie), or tests/run.sh with the ARGUMENTs, or the COMMAND.
Needs root, debootstrap, and the network for what is not in the cache. The exit status is the command's.

The release has the packages of scripts/deps.sh and lies in ${KUBEFENCE_CACHE:-/var/cache/kubefence}/rootfs; making it
takes some minutes, once for each list of packages. Tests see this source tree at its own path, with the directory
build-SUITE in the place of build. What they write elsewhere is gone at the end, but for the cache, which they share with
this machine. They use the Go and Rust of this machine.

environment, beside that of tests/run.sh:
  DEBIAN_MIRROR=URL  where debootstrap gets packages (http://deb.debian.org/debian)
END
}

die() {
  printf 'on-debian.sh: %s\n' "$*" >&2
  exit 1
}

# --- the release ---------------------------------------------------------------------------------------------------

# No package may start a service while it is installed.
install_packages() { # ROOT
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 755 "$1/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$1/etc/resolv.conf"
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --pid --fork --kill-child sh -c 'set -e
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
    chroot "$root" apt-get update
    chroot "$root" apt-get install --yes --no-install-recommends "$@"
    chroot "$root" apt-get clean' sh "$1" "${packages[@]}"
}

make_release() { # DIR
  local work

  work=$(mktemp -d "$CACHE/rootfs/work.XXXXXX")
  # shellcheck disable=SC2064 # now
  trap "rm -rf --one-file-system '$work'" EXIT
  printf 'on-debian.sh: making %s (some minutes, once)\n' "$1" >&2
  if ! { debootstrap --variant=minbase "$suite" "$work/root" "$MIRROR" && install_packages "$work/root"; } \
    >"$work/log" 2>&1 </dev/null; then
    cp "$work/log" "$1.log"
    die "$suite was not made: $(grep -m1 '^E:' "$work/log" || tail -n 1 "$work/log") (log: $1.log)"
  fi
  mv "$work/root" "$1"
  rm -rf --one-file-system "$work"
  trap - EXIT
}

# Sets $release to the directory, and makes it if it is not there yet.
find_release() {
  local packages

  mapfile -t packages < <("$TOP/scripts/deps.sh" --list && printf '%s\n' "${MACHINE[@]}")
  release=$CACHE/rootfs/$suite-$(printf '%s\n' "${packages[@]}" | sort -u | sha256sum | head -c 12)
  mkdir -p "$CACHE/rootfs"
  exec {lock}>"$CACHE/rootfs/$suite.lock"
  flock "$lock"
  [[ -d $release ]] || make_release "$release"
  exec {lock}>&-
}

# --- inside the namespaces -----------------------------------------------------------------------------------------

# FROM, readable at the path TO; writes there go to $work.
overlay() { # FROM TO
  local changes

  changes=$(mktemp -d "$work/overlay.XXXXXX")
  mkdir -p "$root$2" "$changes/upper" "$changes/work"
  chmod 755 "$changes/upper"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$changes/upper,workdir=$changes/work" "$root$2"
}

# An overlay for /usr, which is large; the rest is a copy, because tests and engines make overlays on it, and the kernel
# allows two layers.
copy_release() {
  mkdir "$root"
  mount --bind "$root" "$root"
  find "$release" -mindepth 1 -maxdepth 1 ! -name usr -exec cp -a -t "$root" {} +
  overlay "$release/usr" /usr
  # This machine's network: names, and the certificate authorities.
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  [[ ! -e $AUTHORITIES ]] || cp -L "$AUTHORITIES" "$root$AUTHORITIES"
}

mount_machine() {
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  # Podman's locks lie there, and differ between versions.
  mount -t tmpfs -o nosuid,nodev tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mkdir -m 1777 "$root/run/lock"
}

mount_sources() {
  local git

  overlay "$TOP" "$TOP"
  mkdir -p "$TOP/build-$suite" "$root$TOP/build"
  mount --bind "$TOP/build-$suite" "$root$TOP/build"
  # A worktree's repository lies elsewhere.
  if git=$(git -C "$TOP" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) && [[ $git != "$TOP"/* ]]; then
    mkdir -p "$root$git"
    mount --bind -o ro "$git" "$root$git"
  fi
  mkdir -p "$root$CACHE"
  mount --bind "$CACHE" "$root$CACHE"
}

# Go and Rust where this machine has them. Go finds its files from where its program is, so that it need not lie in /usr,
# on which tests mount. Sets $path to the directories of their programs.
mount_toolchains() {
  local dir cargo=${CARGO_HOME:-$HOME/.cargo}

  path=
  if command -v go >/dev/null; then
    overlay "$(go env GOROOT)" /srv/go
    path=/srv/go/bin:
    for dir in "$(go env GOPATH)" "$(go env GOCACHE)"; do
      [[ ! -d $dir ]] || overlay "$dir" "$dir"
    done
  fi
  if [[ -d $cargo ]]; then
    path=$path$cargo/bin:
    for dir in "$cargo" "${RUSTUP_HOME:-$HOME/.rustup}"; do
      [[ ! -d $dir ]] || overlay "$dir" "$dir"
    done
  fi
}

# In new namespaces; $work is removed by the process outside of them.
enter() { # COMMAND...
  local root=$work/root path

  copy_release
  mount_machine
  mount_sources
  mount_toolchains
  cd "$root"
  mkdir .outside
  pivot_root . .outside
  export PATH=$path/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  hash -r
  cd "$TOP"
  umount -l /.outside
  rmdir /.outside
  unset release work suite GOROOT BUILD MAKEFLAGS MFLAGS MAKELEVEL
  exec catatonit -- "$@"
}

# The first process is catatonit: it collects orphans, and all ends with it.
run_inside() { # COMMAND...
  local status=0

  work=$(mktemp -d "$CACHE/rootfs/run.XXXXXX")
  chmod 755 "$work"
  trap 'rm -rf --one-file-system "$work"' EXIT
  export release work suite
  unshare --mount --propagation private --pid --ipc --uts --fork --kill-child "$0" --enter "$@" || status=$?
  return "$status"
}

main() {
  case ${1:-} in
  -h | --help) usage && return ;;
  --enter) shift && enter "$@" ;;
  '' | -*) usage >&2 && return 2 ;;
  esac
  suite=$1
  shift
  [[ $suite =~ ^[a-z]+$ ]] || die "'$suite' is not the name of a Debian release, such as trixie"
  [[ $EUID == 0 ]] || die "only root can make and enter a root file system"
  command -v debootstrap >/dev/null || die "debootstrap is not installed: run scripts/deps.sh"
  find_release
  if [[ ${1:-} == -- ]]; then
    shift
  elif (($# > 0)); then
    # shellcheck disable=SC2016 # for the inner shell
    set -- sh -c 'make -s -j"$(nproc)" tests-build && exec tests/run.sh "$@"' sh "$@"
  else
    set -- make -j"$(nproc)" check
  fi
  run_inside "$@"
}

main "$@"
