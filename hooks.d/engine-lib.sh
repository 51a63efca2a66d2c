# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # root, work, engine and their like are install-node.sh's
#
# The functions for the folders of engines: reading, asking and staging. None of them writes to the node.

# --- what an engine need not say ----------------------------------------------------------------------------------

engine_config() { :; }
engine_reads() { return 1; }
engine_replaces() { :; }
engine_serves() { return 2; }

# --- reading and editing ------------------------------------------------------------------------------------------

# Edits text from standard input to standard output: see kubefence-edit --help.
edit() { # COMMAND ARGUMENT...
  "$EDIT" "$@"
}

find_edit() {
  local file

  EDIT=${KUBEFENCE_EDIT:-}
  for file in "$TOP/build/kubefence-edit" "$TOP/../../libexec/kubefence/kubefence-edit" "$root$LIBEXEC/kubefence-edit"; do
    # That of a tree for elsewhere is there, and does not find its loader here.
    [[ -n $EDIT ]] || ! "$file" --help >/dev/null 2>&1 || EDIT=$file
  done
  [[ -x $EDIT ]] || die "there is no kubefence-edit that runs here: run make, or name one in KUBEFENCE_EDIT"
}

# The value of NAME, or nothing.
toml_get() { # NAME, with the text on standard input
  edit toml-get "$1" 2>/dev/null || true
}

# The strings that NAME has in each of the files.
toml_strings() { # NAME FILE...
  local file

  for file in "${@:2}"; do
    [[ ! -e $file ]] || toml_get "$1" <"$file"
  done
}

toml_list() { # KEY, with one string a line on standard input
  awk -v key="$1" '!seen[$0]++ { list = list (list ? ", " : "") "\"" $0 "\"" } END { print key " = [" list "]" }'
}

toml_has() { # NAME FILE
  [[ -f $2 ]] && edit toml-get "$1" <"$2" >"$work/unused" 2>&1
}

is_blank() { # FILE, which need not be there
  ! grep -qs '[^[:space:]]' "$1"
}

# The first of the programs that the node has, as the node sees it.
node_program() { # NAME...
  local dir name

  for name in "$@"; do
    for dir in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
      [[ ! -x $root$dir/$name || -d $root$dir/$name ]] || { say "$dir/$name" && return; }
    done
  done
  return 1
}

# The path without links, as the node follows them: one that is absolute starts at the node's root.
node_realpath() { # PATH
  local rest=$1 real='' part target links=0

  while [[ -n $rest ]]; do
    part=${rest%%/*} rest=${rest#"${rest%%/*}"} rest=${rest#/}
    if [[ $part == .. ]]; then
      real=${real%/*}
    elif [[ -L $root$real/$part ]] && ((++links < 40)); then
      target=$(readlink "$root$real/$part")
      [[ $target != /* ]] || real=''
      rest=$target/$rest
    elif [[ -n $part && $part != . ]]; then
      real+=/$part
    fi
  done
  say "${real:-/}"
}

# The containerds of root's on this node, each with PID and configuration; those in containers have another root.
running_containerds() {
  local dir comm args i file

  for dir in "$root"/proc/[0-9]*; do
    comm=''
    read -r comm 2>/dev/null <"$dir/comm" || true
    [[ $comm == containerd && -O $dir && $dir/root -ef $root/ ]] || continue
    mapfile -d '' args 2>/dev/null <"$dir/cmdline" || continue
    file=/etc/containerd/config.toml
    for ((i = 1; i < ${#args[@]}; i++)); do
      case ${args[i]} in
      -c | -config | --config) file=${args[i + 1]:-} ;;
      -c=* | --config=*) file=${args[i]#*=} ;;
      esac
    done
    printf '%s %q\n' "${dir##*/}" "$file"
  done
}

# A command of the node's that answers on standard output, with its complaints in $work/complaint. 0; 1: it complains;
# 2: it cannot be run, such as one of another machine's.
ask_node() { # PROGRAM ARGUMENT...
  local status=0

  # Without /proc it is a file system and no running node.
  [[ -z $root || $EUID == 0 && -e $root/proc/self ]] || return 2
  timeout 60 ${root:+chroot "$root"} "$@" 2>"$work/complaint" </dev/null || status=$?
  ((status < 124)) || return 2
  return $((status != 0))
}

complaint() {
  grep . "$work/complaint" | tail -n 1 | cut -c 1-300
}

stage() { # KIND PATH, with the content on standard input. KIND: file (all ours) or edit (a file of others)
  check_inside_root "$2"
  { mkdir -p "$work/stage${2%/*}" && cat >"$work/stage$2"; } || die "cannot write to $work: is the disk full?"
  printf '%s\t%s\t%s\n' "$1" "$engine" "$2" >>"$work/staged"
}

# A node's own links (etc -> /private/etc) would lead out of it into ours.
check_inside_root() { # PATH
  local real

  [[ -n $root ]] || return 0
  real=$(realpath -m "$root${1%/*}")
  [[ $real == "$root"/* ]] || die "$root$1: a symbolic link leads out of $root"
}

check_editable() { # PATH
  check_inside_root "$1"
  [[ ! -L $root$1 ]] || die "$root$1 is a symbolic link, so something else manages it: make the change there"
  [[ ! -e $root$1 || -f $root$1 ]] || die "$root$1 is no regular file"
}

# What a drop-in says about nono-runc, said about every class: each line of the text but the comments.
for_each_class() { # reads the text about nono-runc
  local class text

  text=$(cat)
  say "$text"
  for class in "${classes[@]}"; do
    [[ $class == nono-runc ]] || { echo && grep -v '^#' <<<"$text" | sed "s/nono-runc/$class/g"; }
  done
}

# The runtime behind the wrapper is the engine's own, unless the node's configuration names one.
stage_runtime() { # NUMBER RUNTIME
  local file=/etc/kubefence/kubefence.conf.d/$1-$engine.conf class

  [[ -n $2 && -x $root$(node_realpath "$2") ]] || return 0
  for class in "${classes[@]}"; do
    class_setting "$class" runtime "$file" >"$work/unused" || say "[class $class]"$'\n'"runtime = $2"
  done >"$work/runtime"
  [[ -s $work/runtime ]] || return 0
  if [[ ! -e $root$file && $uninstall == no && -n $(containers_in_use "$root") ]]; then
    warn "$engine: its own runtime is $2: as there are sandboxed containers, theirs stays: run this again without them"
    return 0
  fi
  { say "# Written by install-node.sh: the runtime that $engine itself uses." && cat "$work/runtime"; } >"$work/conf"
  stage file "$file" <"$work/conf"
}

stage_hooks() {
  local from=$SOURCES name

  [[ $scope == all ]] || from=$SOURCES/annotated
  for name in 50-kubefence.json 50-kubefence-poststop.json; do
    stage file "$HOOKS_DIR/$name" <"$from/$name"
  done
}

# The wrapper knows a class by the name under which it is called.
stage_wrappers() {
  local class

  for class in "${classes[@]}"; do
    [[ $class == nono-runc ]] || stage_link "$LIBEXEC/$class" "$prefix/bin/kubefence-runtime"
  done
}

stage_link() { # PATH VALUE
  check_inside_root "$1"
  mkdir -p "$work/stage${1%/*}"
  ln -sfn "$2" "$work/stage$1"
  printf 'file\t%s\t%s\n' "$engine" "$1" >>"$work/staged"
}

# CRI-O's, for whatever engine is asked for: Podman's hooks may be where CRI-O reads.
crio_hooks_dirs() {
  printf '%s\n' "$USUAL_HOOKS_DIR" "$HOOKS_DIR"
  toml_strings crio.runtime.hooks_dir "$root/etc/crio/crio.conf" "$root"/etc/crio/crio.conf.d/*.conf
}

# CRI-O does not start when a JSON in its directories names a stage it does not know.
refuse_precreate() {
  local dir path file

  while read -r dir; do
    [[ $(realpath -m "$root$dir") != "$(realpath -m "$root$PODMAN_HOOKS_DIR")"?(/annotated) ]] ||
      die "CRI-O reads $dir, which names the stage precreate and is for Podman: take it out of CRI-O's hooks_dir"
    while read -r path; do
      [[ ${path%/*} != "${dir%/}" ]] || ! grep -q '"precreate"' "$work/stage$path" ||
        die "$path names the stage precreate, and CRI-O reads $dir: it would not start any more"
    done < <(cut -f 3 "$work/staged")
    [[ " ${engines[*]} " == *' crio '* ]] || continue
    for file in "$root${dir%/}"/*.json; do
      [[ ! -f $file ]] || ! grep -q '"precreate"' "$file" ||
        die "$file names the stage precreate: CRI-O does not start with it; move it to a directory only Podman reads"
    done
  done < <(crio_hooks_dirs)
}

# --- kubefence's own configuration -------------------------------------------------------------------------------

# The files in the order in which kubefence reads them; later ones win.
conf_files() {
  local main=/etc/kubefence/kubefence.conf

  [[ -e $root$main ]] || main=$prefix/lib/kubefence/kubefence.conf
  { say "$root$main" && find "$root"{"$prefix/lib",/etc}/kubefence/kubefence.conf.d -name '*.conf' 2>/dev/null |
    awk -F / '{ print $NF "\t" $0 }' | sort | cut -f 2; } || true
}

# The last value of KEY in the section, on one line; fails without one. FILE does not count.
conf_value() { # SECTION KEY FILE
  local files=() file

  while read -r file; do
    [[ $file == "$root$3" || ! -f $file ]] || files+=("$file")
  done < <(conf_files)
  ((${#files[@]} > 0)) && awk -v section="[$1]" -v key="$2" '
    /^[[:space:]]*[#;]/ { next }
    /^\[/ { sub(/[[:space:]]*$/, ""); inside = $0 == section; more = 0; next }
    inside && /^[^[:space:]=]+[[:space:]]*=/ {
      name = $0; sub(/[[:space:]]*=.*/, "", name)
      more = name == key
      if (more) { value = $0; sub(/^[^=]*=[[:space:]]*/, "", value); found = 1 }
      next
    }
    inside && more && /^[[:space:]]/ { value = value " " $0; next }
    { more = 0 }
    END { gsub(/[[:space:]]+/, " ", value); print value; exit !found }' "${files[@]}"
}

class_setting() { # CLASS KEY FILE
  conf_value "class $1" "$2" "$3"
}

# The classes that a runtime wrapper is for; nono-runc is always one.
find_classes() {
  local class

  classes=(nono-runc)
  for class in $(conf_value kubefence runtime_classes '' || true); do
    [[ $class =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ && $class != nono-runc && $class != kata-nono-sandbox ]] || continue
    [[ $(class_setting "$class" vm '' || true) == yes ]] || classes+=("$class")
  done
}
