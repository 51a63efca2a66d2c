#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts the files that "make install-tree" makes below DESTDIR. See usage().
set -euo pipefail
umask 022

# shellcheck source=scripts/install-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/install-lib.sh"
LIST=/var/lib/kubefence/make-install
work='' prefix=''

usage() {
  cat <<'END'
usage: put-tree.sh [--prefix PREFIX] DESTDIR COMMAND...
       put-tree.sh --prefix PREFIX --remove DESTDIR

Runs COMMAND with one more argument, DESTDIR=TREE, to make files in the directory TREE, and puts each of them below
DESTDIR ("" for this machine) under a new name that is then renamed: a container that starts meanwhile finds the old file
or the new one. Programs come first, then links to them, then the rest. On this machine, where no package may own the
files, /var/lib/kubefence/make-install lists them.

With --prefix the files are a self-contained tree (make-tree.sh), all below PREFIX: its libraries come before all else, and
what the tree had before and has no more goes at the end. PREFIX/lib/kubefence/files lists them; --remove goes by it.
END
}

files_of() { # TREE
  (cd "$1" && find . -type f -path '*/libraries-*' -printf '/%P\n' &&
    find . -path '*/libraries-*' -o -type f -perm /111 -printf '/%P\n' && find . -type l -printf '/%P\n' &&
    find . -path '*/libraries-*' -o -type f ! -perm /111 -printf '/%P\n')
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

# --- a self-contained tree ---------------------------------------------------------------------------------------

# The list has a file before the tree does.
list_more() {
  [[ ! -e $destdir$LIST ]] || whole_list "$destdir$LIST"
  { cat "$destdir$LIST" 2>/dev/null || true; cat "$work/list"; } | awk '!seen[$0]++' >"$work/more"
  mkdir -p "$destdir${LIST%/*}"
  put 644 "$work/more" "$destdir$LIST"
}

# Of the list, what this tree has not, and the directories that are empty then.
remove_others() {
  local path

  [[ -e $work/list ]] || : >"$work/list"
  while read -r path; do
    [[ $path == "$prefix"/* && $path != */../* ]] || die "$destdir$LIST names $path, which is not below $prefix: repair it first"
    rm -f "$destdir$path"
    remove_empty "${path%/*}"
  done < <(grep -vxFf "$work/list" "$destdir$LIST")
}

remove_empty() { # DIR
  local dir=$1

  while [[ $dir == "$prefix"* ]] && rmdir "$destdir$dir" 2>/dev/null; do
    dir=${dir%/*}
  done
}

remove_tree() {
  [[ -e $destdir$LIST ]] || return 0
  whole_list "$destdir$LIST"
  remove_others
  rm -f "$destdir$LIST"
  remove_empty "${LIST%/*}"
}

# --- the command line --------------------------------------------------------------------------------------------

remove=no
while (($# > 0)); do
  case $1 in
  --prefix)
    prefix=${2:-}
    check_prefix "$prefix"
    LIST=$prefix/lib/kubefence/files
    shift
    ;;
  --remove) remove=yes ;;
  -h | --help) usage && exit ;;
  *) break ;;
  esac
  shift
done
if [[ $remove == yes ]]; then
  [[ $# == 1 && -n $prefix ]] || { usage >&2 && exit 2; }
else
  (($# >= 2)) || { usage >&2 && exit 2; }
fi
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
[[ -z $prefix ]] || check_way "$destdir" "$prefix"
take_lock "$destdir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ $remove == yes ]]; then
  remove_tree
  exit
fi
"$@" DESTDIR="$work/tree"
files_of "$work/tree" >"$work/list"
[[ -z $prefix ]] || list_more
(cd "$work/tree" && find . -mindepth 1 -type d -printf '%P\0') | (cd "${destdir:-/}" && xargs -0 mkdir -p)
put_files
if [[ -n $prefix ]]; then
  remove_others
  put 644 "$work/list" "$destdir$LIST"
elif [[ -z $destdir ]]; then
  mkdir -p "${LIST%/*}"
  put 644 "$work/list" "$LIST"
fi
