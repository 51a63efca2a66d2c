#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The DaemonSet's init container: brings this image's kubefence to the node it runs on, and takes it back.
# See usage(). The order is the one that is safe at any point: libraries, programs, nono, configuration, and only then
# what makes engines look at them; what an earlier version had goes after that.
set -euo pipefail
umask 022

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/install-lib.sh
source "$HERE/install-lib.sh"
PACKAGE=kubefence
MINE=/var/lib/kubefence/node-setup
CONFIG=/etc/kubefence/kubefence.conf.d/60-cluster.conf

prefix=/opt/kubefence
host='' config='' force=no nono=/opt/nono-nri/nono action='' work=''
install_node=()

usage() {
  cat <<'END'
usage: node-setup.sh install --host DIR [--prefix DIR] [--config FILE] [--nono FILE] [-- INSTALL-NODE-OPTION...]
       node-setup.sh uninstall --host DIR [--force] [-- INSTALL-NODE-OPTION...]

Runs in the image of kubefence, as root, with the node's file system at DIR.

  install        copies the programs of this image with their libraries and their loader (make-tree.sh), nono with
                 profiles and launcher, and the configuration to the node; then calls install-node.sh. What is as it
                 should be is left alone. The node needs no C library of its own, and no package manager
  uninstall      takes all of it back; the files of a package that was installed since stay. Refuses while there are
                 sandboxed containers: engines need the runtime to remove them
  --force        also then: the programs stay, for a second run when the containers are gone
  --host DIR     the node's file system
  --prefix DIR   the directory of the programs on the node: /opt/kubefence. It must not be mounted noexec
  --config FILE  a drop-in for the node: /etc/kubefence/kubefence.conf.d/60-cluster.conf
  --nono FILE    this image's nono; default: /opt/nono-nri/nono. "no": the node has its own
  -h, --help     this text
END
}

say() { printf 'node-setup: %s\n' "$*"; }
clean_up() {
  [[ -z $work ]] || rm -rf "$work"
}

# --- files -------------------------------------------------------------------------------------------------------

# A node's own links (etc -> /private/etc) would lead out of it into this image.
check_inside_host() { # PATH
  local real

  real=$(realpath -m "$host${1%/*}")
  [[ $real == "$host"/* ]] || die "$host$1: a symbolic link leads out of $host"
}

same() { # FILE PATH
  local there=$host$2

  same_content "$1" "$there" && [[ -L $1 || $(stat -c %a-%u "$1") == "$(stat -c %a-%u "$there")" ]]
}

make_dirs() { # DIR
  [[ ! -d $host$1 ]] || return 0
  make_dirs "${1%/*}"
  note "$1" dirs
  mkdir "$host$1"
}

# A line of one of our lists, which is on the disk before what it names.
note() { # LINE LIST
  grep -qxF "$1" "$host$MINE/$2" || { printf '%s\n' "$1" >>"$host$MINE/$2" && flush "$host$MINE/$2"; } ||
    die "cannot write $host$MINE/$2: check that it is writable and the disk not full"
}

# The list has it before the node does.
give() { # FILE PATH
  check_inside_host "$2"
  note "$2" files
  [[ ! -e $work/given ]] || printf '%s\n' "$2" >>"$work/given"
  ! same "$1" "$2" || return 0
  make_dirs "${2%/*}"
  put "$(mode_of "$1")" "$1" "$host$2"
  say "wrote $2"
}

# --- what an image brings ----------------------------------------------------------------------------------------

# Not its configuration: that is the node's.
image_files() {
  local path

  dpkg-query --listfiles "$PACKAGE" | while read -r path; do
    [[ $path == /etc/* || $path == /usr/share/doc/* || $path == /usr/share/lintian/* || -d $path ]] || printf '%s\n' "$path"
  done
}

# The tree for the node, from the package's files in this image.
make_tree() {
  local path

  image_files | while read -r path; do
    printf '%s\0' "${path#/}"
  done | tar -C / --null --files-from=- -c | { mkdir "$work/image" && tar -C "$work/image" -x; }
  "$HERE/make-tree.sh" --prefix "$prefix" "$work/image" "$work/tree"
}

# Libraries before programs, and these before the rest.
tree_files() {
  (cd "$work/tree" && find . -path '*/libraries-*' -type f -printf '/%P\n' &&
    find . ! -path '*/libraries-*' -type f -perm /111 -printf '/%P\n' &&
    find . ! -path '*/libraries-*' \( -type l -o -type f ! -perm /111 \) -printf '/%P\n')
}

put_programs() {
  local path

  if [[ $prefix == /usr ]]; then
    say "the node has the package $PACKAGE: its programs stay"
    return
  fi
  check_way "$host" "$prefix"
  make_tree
  while read -r path; do
    give "$work/tree$path" "$path"
  done < <(tree_files)
}

check_programs() {
  local said

  said=$(chroot "$host" "$prefix/bin/kubefence" version 2>&1) ||
    die "kubefence does not run on this node ($(head -n 1 <<<"$said")): give a --prefix that is not mounted noexec, and an" \
      "image for the node's processor"
  say "the node runs $said from $prefix"
}

# Where the programs of the last run that came to its end are; before there was a prefix, that was /usr.
old_prefix() {
  if [[ -s $host$MINE/prefix ]]; then
    cat "$host$MINE/prefix"
  elif grep -qsxF /usr/bin/kubefence "$host$MINE/files"; then
    echo /usr
  else
    echo "$prefix"
  fi
}

# Engines would look for the programs of running containers in the old place.
choose_prefix() {
  local new=$prefix

  ! has_package "$host" || new=/usr
  prefix=$(old_prefix)
  [[ $prefix == "$new" ]] || refuse_while_in_use "$host"
  prefix=$new
}

# What an earlier version brought and this one does not. Of an earlier one with all of its files in /usr, too.
remove_old() {
  local path dir owned

  owned=$(package_files "$host")
  while read -r path; do
    check_inside_host "$path"
    grep -qxF "${path/#\/lib\//\/usr\/lib\/}" <<<"$owned" || rm -f "$host$path"
    dir=${path%/*}
    while grep -qxF "$dir" "$host$MINE/dirs" && rmdir "$host$dir" 2>/dev/null; do
      dir=${dir%/*}
    done
  done < <(grep -vxFf "$work/given" "$host$MINE/files")
  put 644 "$work/given" "$host$MINE/files"
}

# For Kata, /opt/nono-nri is a read-only view of another directory.
nono_dir() {
  if [[ -d $host/var/lib/kubefence/nono-nri ]]; then
    echo /var/lib/kubefence/nono-nri
  else
    echo /opt/nono-nri
  fi
}

put_nono() {
  local dir

  [[ $nono != no ]] || return 0
  [[ -x $nono ]] || die "this image has no $nono: build it with nono, or say --nono no where the nodes have theirs"
  dir=$(nono_dir)
  check_inside_host "$dir/nono"
  "$HERE/install-profiles.sh" --root "$host" --nono "$nono"
  give "$nono" "$dir/nono"
  "$HERE/install-launcher.sh" --root "$host" --launcher /usr/libexec/kubefence/kubefence-launcher
}

# For the chart's containers, which mount these two: with the modes of the node, and without a guess where its journal is.
# journald writes to /run until it takes its files to /var/log/journal, which may be there and never be used
# (journald.conf(5), Storage=).
share_with_chart() {
  local journal=/var/log/journal

  if [[ ! -d $host$journal ]] || compgen -G "$host/run/log/journal/*/system.journal" >/dev/null; then
    journal=/run/log/journal
  fi
  ln -sfn "$journal" "$host$MINE/journal"
  mkdir -p "$host/run"
  [[ -d $host/run/kubefence ]] || mkdir -m 0700 "$host/run/kubefence"
}

install_all() {
  mkdir -p "$host$MINE"
  touch "$host$MINE"/{files,dirs}
  whole_list "$host$MINE/files"
  choose_prefix
  : >"$work/given"
  put_programs
  check_programs
  put_nono
  if [[ -n $config ]]; then
    install -m 0644 "$config" "$work/config"
    give "$work/config" "$CONFIG"
  fi
  "$HERE/install-node.sh" --root "$host" --prefix "$prefix" "${install_node[@]}"
  printf '%s\n' "$prefix" >"$work/prefix"
  put 644 "$work/prefix" "$host$MINE/prefix"
  remove_old
  share_with_chart
}

# --- taking back -------------------------------------------------------------------------------------------------

# Profiles that are as we shipped them; an operator's own stay, and with them the directory.
remove_nono() {
  local dir file

  dir=$host$(nono_dir)
  rm -f "$dir"/.kubefence.* "$dir"/*/.kubefence.new
  "$HERE/install-launcher.sh" --root "$host" --uninstall
  for file in "$dir"/shipped/*.json; do
    [[ -f $file ]] || continue
    ! cmp -s "$file" "$dir/profiles/${file##*/}" || rm -f "$dir/profiles/${file##*/}"
    rm -f "$file" "$file.next"
  done
  for file in "$dir/launcher" "$dir/shipped" "$dir/profiles" "$dir"; do
    [[ ! -d $file ]] || rmdir --ignore-fail-on-non-empty "$file"
  done
}

# Directories that were made here and have no entry of others.
remove_dirs() {
  local dir

  while read -r dir; do
    [[ ! -d $host$dir ]] || rmdir --ignore-fail-on-non-empty "$host$dir"
  done < <(tac "$host$MINE/dirs")
  # The lists go last: with them a second run ends what a killed one began.
  rm -f "$host$MINE"/{journal,prefix,files,dirs,.kubefence.new}
  for dir in /run/kubefence "$MINE" /var/lib/kubefence; do
    [[ ! -d $host$dir ]] || rmdir --ignore-fail-on-non-empty "$host$dir"
  done
}

uninstall_all() {
  local path owned

  if [[ $force == yes ]]; then
    install_node+=(--force)
  fi
  prefix=$(old_prefix)
  "$HERE/install-node.sh" --root "$host" --uninstall --prefix "$prefix" "${install_node[@]}"
  if [[ $force == yes && -n $(containers_in_use "$host") ]]; then
    say "the programs stay for the containers that are left: run this again when they are gone"
    return
  fi
  if [[ ! -f $host$MINE/files ]]; then
    say "nothing else is installed"
    return
  fi
  whole_list "$host$MINE/files" && whole_list "$host$MINE/dirs"
  owned=$(package_files "$host")
  while read -r path; do
    check_inside_host "$path"
    if grep -qxF "${path/#\/lib\//\/usr\/lib\/}" <<<"$owned"; then
      say "stays, for it is the package's: $path"
    else
      rm -f "$host$path" "$(temporary_of "$host$path")"
    fi
  done < <(tac "$host$MINE/files")
  remove_nono
  remove_dirs
  if [[ -n $owned ]]; then
    say "the package $PACKAGE is left, and nothing else of kubefence"
  else
    say "nothing of kubefence is left"
  fi
}

# --- the command line --------------------------------------------------------------------------------------------

parse() {
  case ${1:-} in
  install | uninstall) action=$1 ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
  while (($# > 0)); do
    case $1 in
    --host | --prefix | --config | --nono)
      [[ -n ${2:-} ]] || die "$1 needs an argument"
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    --force) force=yes ;;
    --)
      install_node=("${@:2}")
      break
      ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
  done
}

main() {
  parse "$@"
  [[ $EUID == 0 ]] || die "only root can do this"
  [[ -n $host && -d $host/etc ]] || die "--host must name the file system of a node"
  host=$(realpath "$host")
  [[ $host != / ]] || die "--host is this image's own root: mount the node's file system elsewhere"
  [[ -z $config || -f $config ]] || die "$config is no file"
  check_prefix "$prefix"
  work=$(mktemp -d)
  trap clean_up EXIT
  take_lock "$host"
  "${action}_all"
}

main "$@"
