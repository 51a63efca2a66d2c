# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The functions that every way onto a node and off it shares (make install, install-node, -launcher, -profiles,
# node-setup): one lock, replacing files by rename, and finding sandboxed containers. Each function with a ROOT takes ""
# for this machine.

warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

# One lock for a node and all these ways: the node's root directory, which is the same inode in the DaemonSet's
# container. A program that is called by the holder goes on.
take_lock() { # ROOT
  local dir where='this node'

  dir=$(realpath "${1:-/}")
  [[ ${KUBEFENCE_LOCKED:-} != "$dir" ]] || return 0
  [[ $dir == / ]] || where=$dir
  exec {lock}<"$dir"
  flock -w "${KUBEFENCE_LOCK_SECONDS:-60}" "$lock" ||
    die "another installation or removal of kubefence is at work on $where: run this again after its end"
  export KUBEFENCE_LOCKED=$dir
}

# A command of the node's. What it starts, and leaves running, must not have our lock.
on_node() { # ROOT COMMAND...
  (
    [[ -z ${lock:-} ]] || exec {lock}>&-
    exec ${1:+chroot "$1"} "${@:2}"
  )
}

# --- where kubefence is installed --------------------------------------------------------------------------------

# A directory for a self-contained tree. It is in drop-ins, JSON and ELF files: characters that mean something there are
# refused.
check_prefix() { # PREFIX
  [[ $1 =~ ^(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+$ && ${#1} -le 200 ]] ||
    die "the prefix '$1' is no absolute path of letters, digits and _.+-: give another one"
  [[ $1 != /usr && $1 != /etc && $1 != /var && $1 != /run && $1 != /tmp ]] ||
    die "$1 is shared with others: give a directory of kubefence's own, such as /opt/kubefence"
}

# Programs of a directory that others may write are others' programs, and root runs them.
check_way() { # ROOT PREFIX
  local dir owner mode

  dir=$(realpath -m "$1$2")
  while [[ $dir == "${1:-/}"* ]]; do
    if [[ -e $dir ]]; then
      read -r owner mode < <(stat -c '%u %a' "$dir")
      ((owner == 0 && (8#$mode & 8#22) == 0)) ||
        die "$dir, on the way to $2, can be written by others than root: give another prefix, or chown and chmod it"
    fi
    [[ $dir != "${1:-/}" ]] || break
    dir=${dir%/*}
    dir=${dir:-/}
  done
}

# --- files -------------------------------------------------------------------------------------------------------

# The name of a file until it is complete. Always the same one, so that the next run takes the place of a killed one's;
# and outside of a directory in which an engine reads every file (*.d), if that is no file system of its own.
temporary_of() { # TARGET
  local dir=${1%/*} parent

  parent=${dir%/*}
  if [[ $dir == *.d && $(stat -c %d "$dir") == $(stat -c %d "${parent:-/}") ]]; then
    dir=$parent
  fi
  printf '%s/.kubefence.new' "$dir"
}

# On the disk before it has its name: also after a power cut it is the old file or the new one.
put() { # MODE FILE TARGET; MODE "keep": owner, mode and attributes of the file that is replaced, "exact": of FILE; "link"
  local temp

  temp=$(temporary_of "$3")
  if ! { rm -f "$temp" && put_copy "$1" "$2" "$temp" "$3" && flush "$temp" && mv -fT "$temp" "$3" && flush "${3%/*}"; }; then
    rm -f "$temp"
    die "cannot write $3: check that it is writable and the disk not full"
  fi
}

put_copy() { # MODE FILE TEMPORARY TARGET
  case $1 in
  link) cp --no-dereference "$2" "$3" ;;
  exact) cp --preserve=all "$2" "$3" ;;
  keep) cp --attributes-only --preserve=all "$4" "$3" && cat "$2" >"$3" ;;
  *) install -m "$1" "$2" "$3" ;;
  esac
}

flush() { # PATH
  [[ -L $1 || ${KUBEFENCE_FLUSH:-yes} == no ]] || sync "$1"
}

# Are these links with the same target, or files with the same bytes?
same_content() { # FILE TARGET
  if [[ -L $1 || -L $2 ]]; then
    [[ -L $1 && -L $2 && $(readlink "$1") == "$(readlink "$2")" ]]
  else
    [[ -f $2 ]] && cmp -s "$1" "$2"
  fi
}

# The mode with which put makes a copy of FILE.
mode_of() { # FILE
  if [[ -L $1 ]]; then
    echo link
  else
    stat -c %a "$1"
  fi
}

# A list that a power cut has cut short would have its last line joined with the next.
whole_list() { # FILE
  [[ ! -s $1 || -z $(tail -c 1 "$1") ]] || die "$1 ends within a line, so parts of it may be missing: repair it first"
}

# --- others that manage the node ---------------------------------------------------------------------------------

# The node's package manager has installed the package kubefence.
has_package() { # ROOT
  # shellcheck disable=SC2016 # for dpkg-query
  if [[ -e $1/var/lib/dpkg/status ]] && command -v dpkg-query >/dev/null; then
    [[ $(dpkg-query --admindir="$1/var/lib/dpkg" --show --showformat='${db:Status-Status}' kubefence 2>/dev/null) == installed ]]
  else
    # rpm would make a database on a node without one.
    [[ -d $1/var/lib/rpm || -d $1/usr/lib/sysimage/rpm || -d $1/usr/share/rpm ]] && command -v rpm >/dev/null &&
      rpm --root "${1:-/}" -q kubefence >/dev/null 2>&1
  fi
}

no_package() {
  ! has_package '' || die "the package kubefence is installed here, and its files are its own: remove it first, or give DESTDIR"
}

# The package's files, one a line, of a merged /usr; no line where it is not installed.
package_files() { # ROOT
  ! has_package "$1" || list_package "$1" | sed 's|^/lib/|/usr/lib/|'
}

list_package() { # ROOT
  if [[ -e $1/var/lib/dpkg/info/kubefence.list ]]; then
    cat "$1/var/lib/dpkg/info/kubefence.list"
  elif command -v rpm >/dev/null; then
    rpm --root "${1:-/}" -ql kubefence 2>/dev/null || true
  fi
}

# The containers that were started sandboxed and were not removed: lines "live NAME" and "stale NAME", where NAME is
# NAMESPACE/POD or an id.
containers_in_use() { # ROOT
  local program=${prefix:-/usr}/bin/kubefence said='' status=0 user

  [[ ! -x $1$program ]] || said=$(on_node "$1" "$program" list 2>/dev/null) || status=$?
  # The first column was CONTAINER in version 0.1, which may be on the node before an upgrade.
  if [[ $said == ID* || $said == CONTAINER* ]]; then
    awk 'NR > 1 { print $2 == "stale" ? "stale" : "live", $4 == "-" || $4 == "" ? $1 : $3 "/" $4 }' <<<"$said"
    ((status == 0)) || printf 'live (a damaged record, which kubefence list names)\n'
  else
    # The node has no program to list them.
    records_below "$1/run/kubefence"
  fi
  # The records of rootless users are in directories of their own.
  for user in "$1"/run/user/*/kubefence; do
    records_below "$user" | sed 's|$| (rootless)|'
  done
}

records_below() { # DIR
  [[ ! -d $1 ]] || find "$1" -mindepth 2 -maxdepth 2 -name metadata.json |
    sed -E 's|.*/([^/]{1,12})[^/]*/metadata.json$|live \1|'
}

# An engine whose runtime is gone can neither exec into such a container nor kill or delete it.
refuse_while_in_use() { # ROOT
  local all live stale

  all=$(containers_in_use "$1")
  live=$(sed -n 's/^live //p' <<<"$all")
  stale=$(sed -n 's/^stale //p' <<<"$all")
  if [[ -n $live ]]; then
    die "$(grep -c . <<<"$live") sandboxed containers are on this node: $(head -n 10 <<<"$live" | paste -sd ,):" \
      "engines need the runtime to stop and delete them: delete their pods first (kubefence list), or use --force"
  elif [[ -n $stale ]]; then
    die "records of containers whose process is gone ($(grep -c . <<<"$stale")) are on this node: run kubefence gc first," \
      "or use --force"
  fi
}
