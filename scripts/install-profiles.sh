#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts the shipped profiles where the node mounts them from, and keeps the operator's changes. See usage().
set -euo pipefail

# shellcheck source=scripts/install-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/install-lib.sh"
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The source tree, or what make install laid under /usr/share/kubefence.
source_dir=$repo/profiles
[[ ! -d $repo/hook/share ]] || source_dir=$repo/hook/share/profiles

usage() {
  cat <<EOF
usage: install-profiles.sh [--root DIR] [--nono FILE] [--check]

Installs the shipped profiles as
  DIR/opt/nono-nri/profiles/NAME.json   0644, what containers get
  DIR/opt/nono-nri/shipped/NAME.json    0644, a pristine copy, to tell an operator's version from ours
owned by root. A profile that is not as it was installed is the operator's, and stays; so do profiles of other names.

  --root DIR    install below DIR (for an image or a package); default: /
  --nono FILE   the nono that will run them; default: DIR/opt/nono-nri/nono. It must accept every shipped profile
  --check       only ask nono
  -h, --help    this text
EOF
}

# With an environment of our own. nono asks its maker for updates unless it is told not to.
accepts() {
  env -i HOME=/proc/kubefence PATH=/usr/bin:/bin NONO_NO_UPDATE_CHECK=1 "$nono" -s profile validate "$1" >"$work/validate.log" 2>&1
}

reason() { sed -n 's/^ *\[err\] *//p' "$work/validate.log" | head -n 1 | cut -c 1-200; }

check_shipped() {
  local file version
  version=$(env -i HOME=/proc/kubefence "$nono" --version 2>/dev/null) || die "$nono does not run: give another --nono"
  for file in "$source_dir"/*.json; do
    accepts "$file" || die "$version does not accept ${file#"$repo"/}: use nono 0.66.0 or newer ($(reason))"
  done
}

# Ours as long as it is the file that we put there last, that a killed run was about to put there, or that we would put
# there now.
is_ours() {
  local name=$1 file

  [[ -e $dir/profiles/$name ]] || return 0
  for file in "$source_dir/$name" "$dir/shipped/$name" "$dir/shipped/$name.next"; do
    [[ ! -e $file ]] || ! cmp -s "$dir/profiles/$name" "$file" || return 0
  done
  return 1
}

install_shipped() {
  local file name
  for file in "$source_dir"/*.json; do
    name=${file##*/}
    if is_ours "$name"; then
      # The new reference is there before the profile, and the old one goes after it.
      put 644 "$file" "$dir/shipped/$name.next"
      put 644 "$file" "$dir/profiles/$name"
    else
      warn "keeping your $dir/profiles/$name; the shipped one is $dir/shipped/$name"
    fi
    put 644 "$file" "$dir/shipped/$name"
    rm -f "$dir/shipped/$name.next"
  done
}

# A new nono may refuse a profile that an operator wrote for the old one. This is reported and not repaired.
check_others() {
  local file
  for file in "$dir"/profiles/*.json; do
    accepts "$file" || warn "nono does not accept your $file: containers with it will not start ($(reason))"
  done
}

root='' nono='' check=false
while (($# > 0)); do
  case $1 in
  --root | --nono)
    (($# >= 2)) || die "$1 needs a value (see --help)"
    if [[ $1 == --root ]]; then root=$2; else nono=$2; fi
    shift 2
    ;;
  --check)
    check=true
    shift
    ;;
  -h | --help)
    usage
    exit 0
    ;;
  *) die "unknown argument '$1' (see --help)" ;;
  esac
done
root=${root%/}
dir=$root/opt/nono-nri
# For Kata that is a read-only view of another directory (opt-nono\x2dnri.mount).
[[ ! -d $root/var/lib/kubefence/nono-nri ]] || dir=$root/var/lib/kubefence/nono-nri
nono=${nono:-$dir/nono}
[[ -x $nono ]] || die "$nono is not there: install nono first (scripts/get-nono.sh), or give --nono"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check_shipped
! $check || exit 0
[[ ! -d ${root:-/} ]] || take_lock "$root"
owner=(-o root -g root)
if ((EUID != 0)); then
  [[ -n $root ]] || die "installing needs root: run it with sudo, or give --root DIR"
  owner=()
fi
install "${owner[@]}" -d -m 0755 "$dir" "$dir/profiles" "$dir/shipped"
install_shipped
check_others
