#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a self-contained tree of an installation below /usr. See usage().
#
# The libraries are in a directory that is named by their digest, and the programs name that directory: while a tree takes
# the place of another one, every program finds the loader and the libraries with which it was made.
set -euo pipefail
umask 022

# shellcheck source=scripts/install-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/install-lib.sh"
# What libsystemd, which the programs load when they need it, loads by itself: to read journals that are compressed.
LOADED=(libsystemd.so.0 libcap.so.2 libgcrypt.so.20 liblz4.so.1 liblzma.so.5 libzstd.so.1)
work=''

usage() {
  cat <<'END'
usage: make-tree.sh --prefix PREFIX FROM TO

FROM has kubefence as make install and the packages lay it out below /usr. Makes TO/PREFIX of it: the same programs and
files, the shared libraries that these programs need on this machine, and their loader. On a node, at PREFIX, they need no
library of the node and no file of its dynamic linker. Needs patchelf.
END
}

# --- what goes along ---------------------------------------------------------------------------------------------

copy_files() {
  mkdir -p "$tree"
  cp -a "$from/usr/." "$tree"
  [[ ! -d $from/lib/systemd ]] || cp -a "$from/lib/systemd" "$tree/lib"
  rm -rf "$tree/share/doc" "$tree/share/lintian"
  ln -sfn ../../bin/kubefence-runtime "$tree/libexec/kubefence/nono-runc"
  find "$tree/lib/systemd" "$tree/share/kubefence/podman-hooks.d" -type f \
    -exec sed -i "s#/usr/\(bin\|libexec\)/#$prefix/\1/#" {} +
}

# The programs that are linked with libraries: the launcher is not.
find_programs() {
  local file

  programs=()
  while read -r file; do
    ! interpreter "$file" >/dev/null || programs+=("$file")
  done < <(find "$tree/bin" "$tree/libexec" -type f | sort)
  ((${#programs[@]} > 0)) || die "$from/usr has no programs: run make install with DESTDIR, or give another FROM"
}

interpreter() { # FILE
  patchelf --print-interpreter "$1" 2>/dev/null
}

# NAME and FILE of each library of the files.
libraries_of() { # FILE...
  local file

  for file in "$@"; do
    ldd "$file" || die "ldd cannot read $file: make the tree on a machine of its architecture"
  done >"$work/ldd"
  ! grep 'not found' "$work/ldd" >&2 || die "libraries of the programs are missing on this machine: install them"
  awk '$2 == "=>" { print $1, $3 }' "$work/ldd" | sort -u
}

copy_libraries() {
  local name file dir loader wanted=("${programs[@]}")

  mkdir "$work/libraries"
  dir=$(libraries_of "${programs[0]}" | awk '$1 ~ /^libc\./ { sub(/\/[^\/]*$/, "", $2); print $2 }')
  for name in "${LOADED[@]}"; do
    for file in "$dir/$name" "/usr$dir/$name"; do
      [[ ! -e $file ]] || { wanted+=("$file") && install -m 644 "$file" "$work/libraries/$name" && break; }
    done
  done
  [[ -e $work/libraries/libsystemd.so.0 ]] || die "libsystemd.so.0 is not in $dir: install libsystemd"
  while read -r name file; do
    install -m 644 "$file" "$work/libraries/$name"
  done < <(libraries_of "${wanted[@]}")
  loader=$(interpreter "${programs[0]}")
  install -m 755 "$loader" "$work/libraries/${loader##*/}"
}

# --- who finds what ----------------------------------------------------------------------------------------------

# The loader reads an RPATH before LD_LIBRARY_PATH, and also for libraries of libraries and for what they load; it needs
# no $ORIGIN, which it ignores after a change of the SELinux domain.
bind_programs() {
  local digest libraries program

  digest=$(cd "$work/libraries" && sha256sum -- * | sha256sum | head -c 16)
  libraries=$prefix/lib/kubefence/libraries-$digest
  mkdir -p "$to$libraries"
  cp "$work/libraries"/* "$to$libraries"
  for program in "${programs[@]}"; do
    patchelf --set-interpreter "$libraries/$(basename "$(interpreter "$program")")" --force-rpath --set-rpath "$libraries" \
      "$program"
    check_program "$program" "$to$libraries"
  done
}

# No library may come from elsewhere: the node may not have it.
check_program() { # PROGRAM LIBRARIES
  local loader others

  loader=$2/$(basename "$(interpreter "$1")")
  "$loader" --inhibit-cache --library-path "$2" --list "$1" >"$work/ldd" || die "$1 does not start with the libraries of the tree"
  others=$(awk -v dir="$2/" '$2 == "=>" && index($3, dir) != 1 { print $1 }' "$work/ldd")
  [[ -z $others ]] || die "$1 would take ${others//$'\n'/, } of this machine"
}

prefix=/opt/kubefence
while (($# > 0)); do
  case $1 in
  --prefix)
    prefix=${2:-}
    shift
    ;;
  -h | --help) usage && exit ;;
  -*) usage >&2 && exit 2 ;;
  *) break ;;
  esac
  shift
done
(($# == 2)) || { usage >&2 && exit 2; }
check_prefix "$prefix"
command -v patchelf >/dev/null || die "patchelf is not installed: run scripts/deps.sh packages"
from=$1 to=$(realpath -m "$2")
tree=$to$prefix
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy_files
find_programs
copy_libraries
bind_programs
