#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the pinned nono as a static binary and puts it, with the shipped profiles, where the node mounts it from.
set -euo pipefail

# The newest release whose --locked build resolves. 0.81.0 locks a webpki-roots (1.0.11) that registry mirrors did not
# have yet. The profiles were run in containers with 0.66.0, 0.74.0 and 0.80.0; 0.43.1 refuses their format.
pinned_version=0.80.0
pinned_rust=1.95
free_mib_needed=2048

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<EOF
usage: get-nono.sh [--version V] [--root DIR] [--cache-only]

Builds nono (crate nono-cli) with cargo as a static binary, keeps it in
\${KUBEFENCE_CACHE:-/var/cache/kubefence}/nono/V/nono, and installs
  DIR/opt/nono-nri/nono                 0755
  DIR/opt/nono-nri/profiles/NAME.json   0644, see install-profiles.sh
and the launcher (see install-launcher.sh), owned by root. A binary that is in the cache is used at once. It must accept all shipped profiles.
Where there is a DIR/var/lib/kubefence/nono-nri they go there, see containerd-shim-nono-kata-v2(8).

  --version V     build nono V instead of $pinned_version; 0.66.0 is the oldest that reads our profiles
  --root DIR      install below DIR (for an image or a package); default: /
  --cache-only    only build into the cache; prints the path of the binary on stdout
  -h, --help      this text
EOF
}

say() { printf 'get-nono: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# version_at_least 1.95.0 1.95
version_at_least() { [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

# Succeeds for a 64-bit little-endian ELF file that asks for no interpreter (PT_INTERP, 3): only such a binary starts in
# every image, and without running the image's code before the sandbox is on. Needs no binutils on the node.
is_static() {
  local file=$1 phoff phentsize phnum i type
  [[ $(od -An -tx1 -N6 "$file" | tr -d ' ') == 7f454c460201 ]] || return 1
  phoff=$(od -An -tu8 -j32 -N8 "$file" | tr -d ' ')
  phentsize=$(od -An -tu2 -j54 -N2 "$file" | tr -d ' ')
  phnum=$(od -An -tu2 -j56 -N2 "$file" | tr -d ' ')
  ((phnum > 0)) || return 1
  for ((i = 0; i < phnum; i++)); do
    type=$(od -An -tu4 -j$((phoff + i * phentsize)) -N4 "$file" | tr -d ' ')
    ((type != 3)) || return 1
  done
}

# nono asks its maker for updates when it validates a profile; silent mode and this variable both stop that.
quiet_nono() {
  local binary=$1
  shift
  HOME=$work NONO_NO_UPDATE_CHECK=1 "$binary" -s "$@"
}

check_binary() {
  local binary=$1
  is_static "$binary" || die "$binary is not a static binary: remove it and run this again"
  [[ $(quiet_nono "$binary" --version 2>/dev/null) == "nono $version" ]] ||
    die "$binary does not run as nono $version: remove it and run this again"
}

check_build_tools() {
  local rust libc free
  command -v cargo >/dev/null ||
    die "cargo is missing: install Rust $pinned_rust or newer (https://rustup.rs), or copy a built nono to $cached"
  rust=$(rustc --version 2>/dev/null | cut -d' ' -f2) || true
  [[ -n $rust ]] || die "rustc does not run: install Rust $pinned_rust or newer (https://rustup.rs)"
  version_at_least "$rust" "$pinned_rust" ||
    die "Rust $rust is too old: nono needs $pinned_rust or newer (rustup update stable)"
  command -v cc >/dev/null || die "no C compiler: install gcc and the C library's headers"
  libc=$(cc -print-file-name=libc.a)
  [[ $libc == /* ]] || die "libc.a is missing: install libc6-dev (Debian) or glibc-static (Fedora)"
  free=$(df -Pm "$cache_dir" | awk 'NR == 2 { print $4 }')
  ((free >= free_mib_needed)) ||
    die "$cache_dir has $free MiB free, the build needs $free_mib_needed: free some or set KUBEFENCE_CACHE"
}

# One line for the person who has to act, from cargo's output.
explain_failure() {
  local log=$1 reason
  if grep -q 'No space left on device' "$log"; then
    reason="the disk is full: free $free_mib_needed MiB or set KUBEFENCE_CACHE"
  elif grep -Eq 'requires rustc|rustc .* is not supported' "$log"; then
    reason="this nono needs a newer Rust (rustup update stable)"
  elif grep -q 'could not find .nono-cli' "$log"; then
    reason="the registry has no such version: give another --version"
  elif grep -q 'failed to select a version' "$log"; then
    reason="the registry lacks a crate that this version locks: try again later, or use --version $pinned_version"
  elif grep -Eqi 'could not resolve|failed to (download|fetch|get|query)|download of .* failed|spurious network|network' "$log"; then
    reason="the crate registry cannot be reached: check network and proxy, or copy a built nono to $cached"
  else
    reason="$(grep -m1 '^error' "$log" || echo 'cargo failed')"
  fi
  say "building nono $version failed: $reason (log: $cache_dir/build.log)"
}

build() {
  local target
  check_build_tools
  target=$(rustc -vV | sed -n 's/^host: //p')
  say "building nono $version for $target: takes 5 to 15 minutes"
  # The explicit target keeps crt-static away from procedural macros, which must stay shared objects.
  if ! env -u CARGO_ENCODED_RUSTFLAGS RUSTFLAGS='-C target-feature=+crt-static' CARGO_PROFILE_RELEASE_STRIP=symbols \
    CARGO_TARGET_DIR="$work/target" nice cargo install nono-cli --version "=$version" --locked --no-default-features \
    --target "$target" --root "$work/out" --no-track >"$work/build.log" 2>&1; then
    cp -f "$work/build.log" "$cache_dir/build.log"
    explain_failure "$work/build.log"
    exit 1
  fi
  check_binary "$work/out/bin/nono"
  install -m 0755 "$work/out/bin/nono" "$work/nono"
  mv -f "$work/nono" "$cached"
  rm -rf "$cache_dir/build.log" "$work/target" "$work/out"
}

# put FILE MODE DEST: complete under a temporary name first, so that a container starting now sees the old or the new one.
put() {
  local file=$1 mode=$2 dest=$3 temp
  temp=$(mktemp "$dest.XXXXXX")
  if ! install "${owner[@]}" -m "$mode" "$file" "$temp" || ! mv -f "$temp" "$dest"; then
    rm -f "$temp"
    die "cannot write $dest: check that it is writable and the disk not full"
  fi
}

install_files() {
  local dir=$root/opt/nono-nri
  # For Kata that is a read-only view of another directory (opt-nono\x2dnri.mount).
  [[ ! -d $root/var/lib/kubefence/nono-nri ]] || dir=$root/var/lib/kubefence/nono-nri
  owner=(-o root -g root)
  if ((EUID != 0)); then
    [[ -n $root ]] || die "installing needs root: run it with sudo, or give --root DIR"
    owner=()
  fi
  install "${owner[@]}" -d -m 0755 "$dir"
  "$repo/scripts/install-profiles.sh" --root "$root" --nono "$cached"
  put "$cached" 0755 "$dir/nono"
  # Last: the profile has to grant it. Nothing needs it to be there.
  "$repo/scripts/install-launcher.sh" --dir "$dir" || say "no launcher was installed"
  say "installed nono $version in $dir"
}

version=$pinned_version
root=
cache_only=false
while (($# > 0)); do
  case $1 in
  --version | --root)
    (($# >= 2)) || die "$1 needs a value (see --help)"
    if [[ $1 == --version ]]; then version=$2; else root=$2; fi
    shift 2
    ;;
  --cache-only)
    cache_only=true
    shift
    ;;
  -h | --help)
    usage
    exit 0
    ;;
  *) die "unknown argument '$1' (see --help)" ;;
  esac
done
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "'$version' is not a version such as $pinned_version"
root=${root%/}

cache_dir=${KUBEFENCE_CACHE:-/var/cache/kubefence}/nono/$version
[[ $cache_dir == /* ]] || die "KUBEFENCE_CACHE must be an absolute path"
cached=$cache_dir/nono
mkdir -p "$cache_dir" 2>/dev/null || die "cannot create $cache_dir: run as root or set KUBEFENCE_CACHE to a directory of yours"

# Two builds of one version would only compete for memory: the second waits and finds the binary.
exec 9>"$cache_dir/lock" || die "cannot write in $cache_dir: run as root or set KUBEFENCE_CACHE to a directory of yours"
flock 9
work=$(mktemp -d "$cache_dir/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [[ -x $cached ]]; then
  check_binary "$cached"
else
  build
fi
"$repo/scripts/install-profiles.sh" --check --nono "$cached"
if $cache_only; then
  printf '%s\n' "$cached"
else
  install_files
fi
