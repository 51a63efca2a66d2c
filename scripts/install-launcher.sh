#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Puts the launcher and its links into the directory that containers see as /nono, and takes them back. See usage().
set -euo pipefail
umask 022

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A directory of its own, so that a profile can grant it: Landlock remembers a file by its inode, and a container that is
# running would lose its shells when the file is replaced.
TARGET=launcher/kubefence-launcher

root='' dir=/opt/nono-nri launcher=$TOP/build/kubefence-launcher names=$TOP/hook/launcher/names uninstall=no

usage() {
  cat <<'END'
usage: install-launcher.sh [--root DIR] [--dir DIR] [--launcher FILE] [--names FILE] [--uninstall]

Installs the launcher as DIR/launcher/kubefence-launcher, and a link to it for each program it stands in for.

  --root DIR       below this directory (for an image or a package)
  --dir DIR        the directory of nono; default: /opt/nono-nri
  --launcher FILE  the program; default: build/kubefence-launcher
  --names FILE     the programs' names, one a line; default: hook/launcher/names. Links that an earlier list had go away
  --uninstall      take launcher and links away, and leave the rest of the directory
  -h, --help       this text
END
}

die() {
  printf 'install-launcher.sh: %s\n' "$*" >&2
  exit 1
}

read_names() {
  local name

  wanted=()
  while read -r name || [[ -n $name ]]; do
    name=${name%%#*}
    name=${name%"${name##*[![:space:]]}"}
    [[ -n $name ]] || continue
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$ ]] || die "$names: '$name' is no program's name"
    [[ $name != nono && $name != profiles && $name != launcher ]] || die "$names: '$name' is taken: leave it out"
    wanted+=("$name")
  done <"$names"
  ((${#wanted[@]} > 0)) || die "$names: no names"
}

# Ours, or a wrapper script of the time before there was a launcher.
may_replace() { # FILE
  [[ -L $1 && $(readlink "$1") == "$TARGET" ]] || { [[ -f $1 && ! -L $1 ]] && grep -q '^exec /nono/nono wrap' "$1"; }
}

# Complete under another name first: a container that starts now sees the old one or the new one.
put_program() {
  local temp

  install -d -m 0755 "$dir" "$dir/launcher"
  temp=$(mktemp "$dir/launcher/.new.XXXXXX")
  if ! install -m 0755 "$launcher" "$temp" || ! mv -fT "$temp" "$dir/$TARGET"; then
    rm -f "$temp"
    die "cannot write $dir/$TARGET: check that it is writable and the disk not full"
  fi
}

put_link() { # NAME
  local link=$dir/$1 temp=$dir/.new.$$.$1

  [[ ! -L $link || $(readlink "$link") != "$TARGET" ]] || return 0
  ln -s "$TARGET" "$temp"
  mv -fT "$temp" "$link" || { rm -f "$temp" && die "cannot write $link"; }
}

remove_links() { # NAME TO KEEP...
  local link

  for link in "$dir"/*; do
    [[ -L $link && $(readlink "$link") == "$TARGET" && " $* " != *" ${link##*/} "* ]] || continue
    rm -f "$link"
  done
}

install_all() {
  local name

  [[ -f $launcher ]] || die "$launcher is not there: run make"
  for name in "${wanted[@]}"; do
    [[ ! -e $dir/$name && ! -L $dir/$name ]] || may_replace "$dir/$name" ||
      die "$dir/$name is there and not ours: move it away, or leave '$name' out of the names"
  done
  put_program
  for name in "${wanted[@]}"; do
    put_link "$name"
  done
  remove_links "${wanted[@]}"
}

while (($# > 0)); do
  case $1 in
  --root | --dir | --launcher | --names)
    (($# >= 2)) || die "$1 needs a value (see --help)"
    printf -v "${1#--}" '%s' "$2"
    shift
    ;;
  --uninstall) uninstall=yes ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done
dir=${root%/}$dir
if [[ $uninstall == yes ]]; then
  remove_links
  rm -f "$dir/$TARGET"
  [[ ! -d $dir/launcher ]] || rmdir "$dir/launcher"
else
  read_names
  install_all
fi
