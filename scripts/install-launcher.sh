#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Puts the launcher and its links into the directory that containers see as /nono, and takes them back. See usage().
set -euo pipefail
umask 022

# shellcheck source=scripts/install-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/install-lib.sh"
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A directory of its own, so that a profile can grant it: Landlock remembers a file by its inode, and a container that is
# running would lose its shells when the file is replaced.
TARGET=launcher/kubefence-launcher

# The source tree, or what make install laid under /usr/share/kubefence.
SHARE=$TOP
[[ ! -d $TOP/hook/share ]] || SHARE=$TOP/hook/share
root='' dir='' launcher='' names=$SHARE/launcher-names action=install

usage() {
  cat <<'END'
usage: install-launcher.sh [--root DIR] [--dir DIR] [--launcher FILE] [--names FILE] [--update|--uninstall]

Installs the launcher as DIR/launcher/kubefence-launcher, and a link to it for each program it stands in for.

  --root DIR       below this directory (for an image)
  --dir DIR        the directory of nono; default: /opt/nono-nri
  --launcher FILE  the program; default: the one that was built or installed with this script
  --names FILE     the programs' names, one a line; default: launcher-names beside
                   the shipped profiles. Links that an earlier list had go away
  --update         only replace the program, where there is one
  --uninstall      take launcher and links away, and leave the rest of the directory
  -h, --help       this text
END
}

find_launcher() {
  local file

  for file in "$TOP/build/kubefence-launcher" "$TOP/../../libexec/kubefence/kubefence-launcher"; do
    [[ -n $launcher ]] || [[ ! -f $file ]] || launcher=$file
  done
  [[ -f $launcher ]] || die "${launcher:-the launcher} is not there: run make"
}

read_names() {
  local name

  wanted=()
  while read -r name || [[ -n $name ]]; do
    name=${name%%#*}
    name=${name%"${name##*[![:space:]]}"}
    [[ -n $name ]] || continue
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$ ]] || die "$names: '$name' is no program's name"
    [[ $name != nono && $name != profiles && $name != launcher && $name != shipped ]] || die "$names: '$name' is taken: leave it out"
    wanted+=("$name")
  done <"$names"
  ((${#wanted[@]} > 0)) || die "$names: no names"
}

# Ours, or a wrapper script of the time before there was a launcher.
may_replace() { # FILE
  [[ -L $1 && $(readlink "$1") == "$TARGET" ]] || { [[ -f $1 && ! -L $1 ]] && grep -q '^exec /nono/nono wrap' "$1"; }
}

# A container that starts now sees the old one or the new one.
put_program() {
  install -d -m 0755 "$dir" "$dir/launcher"
  put 755 "$launcher" "$dir/$TARGET"
}

put_link() { # NAME
  local link=$dir/$1

  [[ ! -L $link || $(readlink "$link") != "$TARGET" ]] || return 0
  ln -sfn "$TARGET" "$dir/.kubefence.link"
  mv -fT "$dir/.kubefence.link" "$link" || die "cannot write $link: check that it is writable and the disk not full"
}

remove_links() { # NAME TO KEEP...
  local link

  for link in "$dir"/*; do
    [[ -L $link && $(readlink "$link") == "$TARGET" && " $* " != *" ${link##*/} "* ]] || continue
    rm -f "$link"
  done
}

update() {
  [[ -f $dir/$TARGET ]] || return 0
  find_launcher
  put_program
}

# The directory stays: nono, in a container that starts now, looks at it and then opens it.
uninstall() {
  remove_links
  rm -f "$dir/$TARGET" "$dir/launcher/.kubefence.new" "$dir/.kubefence.link"
}

install_all() {
  local name

  find_launcher
  read_names
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
  --update | --uninstall) action=${1#--} ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done
# For Kata, /opt/nono-nri is a read-only view of another directory (opt-nono\x2dnri.mount).
[[ -n $dir || ! -d ${root%/}/var/lib/kubefence/nono-nri ]] || dir=/var/lib/kubefence/nono-nri
dir=${root%/}${dir:-/opt/nono-nri}
[[ ! -d ${root:-/} ]] || take_lock "$root"
case $action in
install) install_all ;;
*) "$action" ;;
esac
