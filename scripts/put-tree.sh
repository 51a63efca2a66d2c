#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts the files that "make install-tree" makes below DESTDIR. See usage().
set -euo pipefail
umask 022

# shellcheck source=scripts/install-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/install-lib.sh"
LIST=/var/lib/kubefence/make-install
work=''

usage() {
  cat <<'END'
usage: put-tree.sh DESTDIR COMMAND...

Runs COMMAND with one more argument, DESTDIR=TREE, to make files in the directory TREE, and puts each of them below
DESTDIR ("" for this machine) under a new name that is then renamed: a container that starts meanwhile finds the old file
or the new one. Programs come first, then links to them, then the rest. On this machine, where no package may own the
files, /var/lib/kubefence/make-install lists them.
END
}

files_of() { # TREE
  (cd "$1" && find . -type f -perm /111 -printf '/%P\n' && find . -type l -printf '/%P\n' &&
    find . -type f ! -perm /111 -printf '/%P\n')
}

same() { # FILE TARGET
  same_content "$1" "$2" && [[ $(mode_of "$1") == "$(mode_of "$2")" ]]
}

put_files() {
  local path

  while read -r path; do
    ! same "$work/tree$path" "$destdir$path" || continue
    put "$(mode_of "$work/tree$path")" "$work/tree$path" "$destdir$path"
  done <"$work/list"
}

(($# >= 2)) || { usage >&2 && exit 2; }
destdir=${1%/}
shift
if [[ -n $destdir ]]; then
  # A package's or an image's: no program in it runs yet.
  export KUBEFENCE_FLUSH=no
  mkdir -p "$destdir"
  destdir=$(realpath "$destdir")
else
  no_package
fi
take_lock "$destdir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$@" DESTDIR="$work/tree"
(cd "$work/tree" && find . -mindepth 1 -type d -printf '%P\0') | (cd "${destdir:-/}" && xargs -0 mkdir -p)
files_of "$work/tree" >"$work/list"
put_files
if [[ -z $destdir ]]; then
  mkdir -p "${LIST%/*}"
  put 644 "$work/list" "$LIST"
fi
