#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Tells the engines of a node about kubefence, and takes it back. See usage().
#
# This is the transaction; all about an engine, or about a distribution that keeps one elsewhere, is in its folder of
# hooks.d (see hooks.d/README.md). Every engine stages what its files are to become, and refuses what it cannot do
# safely; only then is anything written: first into a list on the disk (STATE/installed), then by rename. An engine that
# can say what it makes of its configuration is asked before and after, and gets everything back if it would not start.
# The next run completes or takes back the work of a killed one.
set -euo pipefail
umask 022

# shellcheck source=scripts/install-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/install-lib.sh"
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SOURCES=$TOP/hooks.d
STATE=/var/lib/kubefence/node
USUAL_HOOKS_DIR=/usr/share/containers/oci/hooks.d
# Where an operator's hooks are, also on a node whose /usr is read-only.
LOCAL_HOOKS_DIR=/etc/containers/oci/hooks.d

prefix='' hooks_dir_wanted=''
root='' force=no scope=all dry_run=no restart=no uninstall=no found=no work='' containerd_config=''
engines=() refused=() unready=() classes=() needed=''
# shellcheck source=hooks.d/engine-lib.sh
source "$SOURCES/engine-lib.sh"
# shellcheck source=hooks.d/kata/kata.sh
source "$SOURCES/kata/kata.sh"

usage() {
  cat <<'END'
usage: install-node.sh [--engine NAME]... [--containerd-config FILE] [--scope all|annotated] [--kata SHIM|no]
                       [--kata-config FILE] [--root DIR] [--dry-run] [--restart] [--prefix DIR] [--hooks-dir DIR]
       install-node.sh --uninstall [--engine NAME]... [--root DIR] [--dry-run] [--restart] [--force] [--prefix DIR]

Makes the runtime handlers of kubefence known to the container engines of this node: nono-runc, every other class without
a shim that is in runtime_classes of the node's kubefence.conf, and kata-nono-sandbox where there is Kata. Run make
install before; run it again after a change of runtime_classes.

  --engine NAME   crio, podman, containerd or docker, or the containerd of a distribution: k3s, rke2, k0s, microk8s,
                  minikube; can be repeated; default: every engine that is found, but the node's containerd only where
                  no distribution brings its own (with --uninstall: every engine it was installed for)
  --containerd-config FILE
                  the main file of the engine containerd, which it names; for distributions that are not known here
  --scope SCOPE   the hooks of CRI-O and Podman run for all containers, so that skips are logged too (all, the
                  default), or only for containers with an annotation of kubefence (annotated)
END
  kata_usage
  cat <<'END'
  --prefix DIR    the directory of kubefence's programs on the node; default: the one that has this script, or /usr
  --hooks-dir DIR where the hooks of CRI-O and Podman go; default: /usr/share/containers/oci/hooks.d, and
                  /etc/containers/oci/hooks.d with another prefix or where CRI-O reads only that
  --root DIR      work on the node whose file system is at DIR
  --uninstall     put everything back as it was; refused while there are sandboxed containers, which engines cannot stop
                  without the runtime
  --force         also then; the programs must stay until those containers are gone
  --dry-run       print every file and change; change nothing
  --restart       restart the services that must read their configuration again, and wait until containerd serves the
                  handlers; default: only name them. With --root that is a running node, whose systemctl is called
  -h, --help      this text
END
}

say() { printf '%s\n' "$*"; }

clean_up() {
  [[ -z $work ]] || rm -rf "$work"
}

# --- where things are --------------------------------------------------------------------------------------------

set_places() {
  if [[ -z $prefix ]]; then
    prefix=/usr
    [[ $TOP != */share/kubefence ]] || prefix=${TOP%/share/kubefence}
    prefix=${prefix#"$root"}
  fi
  [[ $prefix == /usr ]] || check_prefix "$prefix"
  LIBEXEC=$prefix/libexec/kubefence
  WRAPPER=$LIBEXEC/nono-runc
  PROGRAMS=("$prefix/libexec/oci/hooks.d/kubefence-hook" "$prefix/bin/kubefence-runtime" "$WRAPPER")
  PODMAN_HOOKS_DIR=$prefix/share/kubefence/podman-hooks.d
  HOOKS_DIR=${hooks_dir_wanted:-$USUAL_HOOKS_DIR}
  [[ -n $hooks_dir_wanted || $prefix == /usr ]] || HOOKS_DIR=$LOCAL_HOOKS_DIR
}

# The drop-ins and hook JSONs that we ship name /usr.
place_sources() {
  [[ $prefix != /usr ]] || return 0
  cp -r "$SOURCES" "$work/sources"
  SOURCES=$work/sources
  find "$SOURCES" -type f ! -name '*.sh' \
    -exec sed -i "s#/usr/\(libexec\|bin/containerd-shim-nono\|share/kubefence\)#$prefix/\1#" {} +
}

# --- engines ------------------------------------------------------------------------------------------------------

# Calls a function of the engine's folder in a process of its own, which an error ends.
# shellcheck disable=SC2030,SC2031 # that is what the process is for
ask_engine() { # ENGINE FUNCTION ARGUMENT...
  (
    set -e
    engine=$1
    # shellcheck source=/dev/null
    source "$SOURCES/$1/engine.sh"
    "${@:2}"
  )
}

all_engines() {
  local file

  for file in "$SOURCES"/*/engine.sh; do
    file=${file%/*}
    say "${file##*/}"
  done
}

# --- the list of what was made -----------------------------------------------------------------------------------

# A line is KIND, ENGINE and PATH, with tabs between: file and edit as staged; made is an edit of a file that was not
# there; dir is a directory that was not there (engine "-"); copy is Kata's.
recorded() { # KIND ENGINE PATH
  [[ -f $root$STATE/installed ]] && grep -qxF "$1"$'\t'"$2"$'\t'"$3" "$root$STATE/installed"
}

recorded_for_any() { # PATH
  [[ -f $root$STATE/installed ]] && awk -F '\t' -v path="$1" '$1 != "dir" && $3 == path { found = 1 } END { exit !found }' \
    "$root$STATE/installed"
}

# The whole list anew, so that it is never cut short.
record() { # KIND ENGINE PATH
  ! recorded "$@" || return 0
  { cat "$root$STATE/installed" 2>/dev/null || true; printf '%s\t%s\t%s\n' "$@"; } >"$work/installed"
  put 644 "$work/installed" "$root$STATE/installed"
}

forget() { # KIND ENGINE PATH
  grep -vxF "$1"$'\t'"$2"$'\t'"$3" "$root$STATE/installed" >"$work/installed" || true
  put 644 "$work/installed" "$root$STATE/installed"
}

# A file whose being there says that ENGINE is to be judged, or restarted.
mark() { # judge|restart ENGINE
  : >"$work/mark"
  put 644 "$work/mark" "$root$STATE/$1-$2"
}

is_marked() { # judge|restart ENGINE
  [[ -e $root$STATE/$1-$2 ]]
}

unmark() { # judge|restart ENGINE
  rm -f "$root$STATE/$1-$2"
}

make_state() {
  local dir missing=()

  for dir in "$STATE" "${STATE%/*}" /var/lib /var; do
    [[ -d $root$dir ]] || missing=("$dir" "${missing[@]}")
  done
  mkdir -p "$root$STATE/original" || die "cannot make $root$STATE: check that it is writable and the disk not full"
  for dir in "${missing[@]}"; do
    [[ $dir == "$STATE" ]] || record dir - "$dir"
  done
}

# Where the engine's configuration is, for kubefence check, and for a run that is not told.
keep_config() { # ENGINE
  ask_engine "$1" engine_config >"$work/config"
  [[ ! -s $work/config ]] || same_content "$work/config" "$root$STATE/config-$1" ||
    put 644 "$work/config" "$root$STATE/config-$1"
}

make_dirs() { # DIR
  [[ ! -d $root$1 ]] || return 0
  make_dirs "${1%/*}"
  record dir - "$1"
  mkdir "$root$1" || die "cannot make $root$1: check that it is writable and the disk not full"
}

# --- installing --------------------------------------------------------------------------------------------------

check_programs() {
  local program

  # The last one is a link, which means something else seen from outside of the root.
  for program in "${PROGRAMS[@]}"; do
    [[ -x $root$program || -L $root$program ]] ||
      die "$root$program is missing, and engines silently skip a hook without its program: run make install first"
  done
}

# shellcheck disable=SC2031 # engine is that process's
stage_engine() { # in the engine's process
  local status=0

  engine_stage
  stage_wrappers
  engine_answer >"$work/answer-$engine" || status=$?
  ((status != 1)) || die "$engine cannot read its configuration as it is ($(complaint)): nothing was changed; repair it first"
  ((status == 0)) || rm -f "$work/answer-$engine"
}

# An engine that was found, not named, does not stop the others when it has to be refused.
stage_engines() {
  local engine status

  : >"$work/staged"
  for engine in "${engines[@]}"; do
    set +e
    ask_engine "$engine" stage_engine >"$work/said"
    status=$?
    set -e
    if ((status != 0)); then
      [[ $found == yes ]] || exit 1
      refused+=("$engine")
      awk -F '\t' -v engine="$engine" '$2 != engine' "$work/staged" >"$work/staged.new"
      mv "$work/staged.new" "$work/staged"
    else
      cat "$work/said"
    fi
  done
}

check_staged_file() { # PATH
  local file=$root$1

  [[ -e $file || -L $file ]] || return 0
  ! same_content "$work/stage$1" "$file" || return 0
  recorded_for_any "$1" || [[ -L $work/stage$1 && ! -e $file ]] || die "$file is there and was not made by this script: move it away"
  [[ -f $file || -L $file ]] || die "$file is no regular file: move it away"
  [[ -L $work/stage$1 || ! -L $file ]] || die "$file is no regular file: move it away"
}

show() { # PATH NEW-FILE
  local old=$root$1

  say "would write: $root$1"
  [[ -e $old ]] || old=/dev/null
  diff -u --label "$root$1" --label "$root$1 (new)" "$old" "$2" || true
}

record_staged() { # KIND ENGINE PATH
  local kind=$1

  if [[ $1 == edit && ! -e $root$3 ]]; then
    kind=made
  elif [[ $1 == edit ]] && ! recorded edit "$2" "$3" && ! recorded made "$2" "$3"; then
    put exact "$root$3" "$root$STATE/original/$2"
  fi
  recorded made "$2" "$3" || record "$kind" "$2" "$3"
}

# What was there, for the time until the engine has agreed.
keep_old() { # KIND ENGINE PATH
  printf '%s\t%s\t%s\n' "$@" >>"$work/written"
  mkdir -p "$work/old${3%/*}"
  [[ ! -e $root$3 && ! -L $root$3 ]] || cp -a "$root$3" "$work/old$3"
}

apply_one() { # KIND ENGINE PATH
  local mode=644

  if same_content "$work/stage$3" "$root$3"; then
    [[ -n ${seen[$3]:-} ]] || say "unchanged: $root$3"
    # Shared by two engines: it stays until the last one goes.
    [[ $dry_run == yes ]] || ! recorded_for_any "$3" || record "$@"
    return
  fi
  changed[$2]=1
  if [[ $dry_run == yes ]]; then
    [[ -n ${seen[$3]:-} ]] || show "$3" "$work/stage$3"
    return
  fi
  make_state
  is_marked judge "$2" || mark judge "$2"
  keep_config "$2"
  [[ -z $(ask_engine "$2" engine_service install) ]] || is_marked restart "$2" || mark restart "$2"
  make_dirs "${3%/*}"
  record_staged "$@"
  keep_old "$@"
  if [[ -L $work/stage$3 ]]; then
    mode="link"
  elif [[ -f $root$3 ]]; then
    mode=keep
  fi
  put "$mode" "$work/stage$3" "$root$3"
  say "wrote: $root$3"
}

# What is wrong with the engine's configuration as it is now, or nothing.
judge() { # ENGINE
  local status=0

  [[ -e $work/answer-$1 ]] || return 0
  ask_engine "$1" engine_answer >"$work/answer" || status=$?
  if ((status != 0)); then
    complaint
  else
    ask_engine "$1" engine_judge "$work/answer-$1" "$work/answer"
  fi
}

# The files as they were before this run; not those that another engine has, too.
give_back() { # ENGINE
  local kind path

  while IFS=$'\t' read -r kind _ path; do
    if [[ -e $work/old$path || -L $work/old$path ]]; then
      cp -a "$work/old$path" "$(temporary_of "$root$path")"
      mv -fT "$(temporary_of "$root$path")" "$root$path"
    elif ! shared_with_others "$1" "$path"; then
      rm -f "$root$path"
      forget file "$1" "$path"
      forget made "$1" "$path"
    fi
  done < <(awk -F '\t' -v engine="$1" '$2 == engine' "$work/written")
  unmark restart "$1"
  [[ -n $(lines_of "$1") ]] || rm -f "$root$STATE/original/$1" "$root$STATE/config-$1"
}

judge_engines() {
  local engine problem leaving=()

  for engine in "${!changed[@]}"; do
    problem=$(judge "$engine")
    if [[ -n $problem ]]; then
      leaving=("$engine")
      give_back "$engine"
      warn "$engine would not start or lose something with it ($problem): all of it was put back"
      refused+=("$engine")
      unset "changed[$engine]"
    fi
    unmark judge "$engine"
  done
  remove_state
}

install_all() {
  local kind engine path
  local -A seen=()

  kata_find
  check_programs
  stage_engines
  while IFS=$'\t' read -r kind engine path; do
    [[ $kind == edit ]] || check_staged_file "$path"
  done <"$work/staged"
  refuse_precreate
  while IFS=$'\t' read -r kind engine path; do
    apply_one "$kind" "$engine" "$path"
    seen[$path]=1
  done < <(cat "$work/staged")
  [[ $dry_run == yes ]] || judge_engines
  kata_make_source
  remove_unstaged
}

# Files of an engine that it has no more: of a class that went, or of Kata.
remove_unstaged() {
  local kind engine path leaving
  local -A gone=()

  while IFS=$'\t' read -r kind engine path; do
    [[ $kind == file && " ${engines[*]} " == *" $engine "* && " ${refused[*]} " != *" $engine "* ]] || continue
    ! grep -qxF "$kind"$'\t'"$engine"$'\t'"$path" "$work/staged" || continue
    [[ $path == "$LIBEXEC"/* || $path == /etc/kubefence/* && $path != "$KATA_CONF" ]] || continue
    leaving=("$engine")
    undo_one "$kind" "$engine" "$path"
    [[ $dry_run == yes ]] || forget "$kind" "$engine" "$path"
  done < <(cat "$root$STATE/installed" 2>/dev/null || true)
}

# --- taking back -------------------------------------------------------------------------------------------------

lines_of() { # ENGINE
  [[ ! -f $root$STATE/installed ]] || awk -F '\t' -v engine="$1" '$1 != "dir" && $2 == engine' "$root$STATE/installed"
}

remove() { # PATH
  if [[ $dry_run == yes ]]; then
    say "would remove: $root$1"
  else
    rm -f "$root$1"
    say "removed: $root$1"
  fi
}

# What the file is to become without our part: byte for byte the original unless others changed it since.
take_out() { # ENGINE PATH
  if recorded edit "$1" "$2" && cmp -s <(ask_engine "$1" engine_edit <"$root$STATE/original/$1") "$root$2"; then
    cat "$root$STATE/original/$1"
  else
    ask_engine "$1" engine_unedit "$2" <"$root$2"
  fi
}

restore() { # ENGINE PATH
  [[ -f $root$2 ]] || return 0
  check_editable "$2"
  ! recorded edit "$1" "$2" || ! cmp -s "$root$2" "$root$STATE/original/$1" || return 0
  take_out "$1" "$2" >"$work/restored" || die "$root$2: nothing in it was changed; repair it first"
  if recorded made "$1" "$2" && { [[ ! -s $work/restored ]] || ask_engine "$1" engine_is_ours "$work/restored"; }; then
    remove "$2"
  elif cmp -s "$work/restored" "$root$2"; then
    return 0
  elif [[ $dry_run == yes ]]; then
    show "$2" "$work/restored"
  else
    put keep "$work/restored" "$root$2"
    say "wrote: $root$2"
  fi
}

shared_with_others() { # ENGINE PATH
  local other

  while read -r other; do
    [[ $other != "$1" && " ${leaving[*]} " != *" $other "* ]] || continue
    ! recorded file "$other" "$2" || return 0
  done < <(all_engines)
  return 1
}

undo_one() { # KIND ENGINE PATH
  check_inside_root "$3"
  case $1 in
  edit | made) restore "$2" "$3" ;;
  file)
    if [[ -n $needed && $3 == "$needed"* ]]; then
      say "stays for the containers that are left: $root$3"
    elif shared_with_others "$2" "$3"; then
      say "stays for another engine: $root$3"
    elif [[ (-e $root$3 || -L $root$3) && -z ${gone[$3]:-} ]]; then
      remove "$3"
      gone[$3]=1
    fi
    ;;
  esac
  changed[$2]=1
}

remove_temporaries() {
  local path

  while read -r path; do
    [[ ! -d $root${path%/*} ]] || rm -f "$(temporary_of "$root$path")"
  done < <(cut -f 3 "$root$STATE/installed" 2>/dev/null || true)
}

# Directories that were made for engines that are gone; the last one that was made goes first.
remove_dirs() {
  local dir

  while read -r dir; do
    [[ ! -d $root$dir ]] || rmdir --ignore-fail-on-non-empty "$root$dir"
    [[ -d $root$dir ]] || forget dir - "$dir"
  done < <(tac "$root$STATE/installed" | sed -n $'s/^dir\t-\t//p')
}

# The list goes last of all, when nothing is in it any more.
remove_state() {
  local dir

  if [[ -f $root$STATE/installed ]]; then
    ! grep -qv $'^dir\t' "$root$STATE/installed" || return 0
    ! compgen -G "$root$STATE/restart-*" >/dev/null || return 0
    remove_dirs
  fi
  rm -rf "$root${STATE:?}"
  for dir in "${STATE%/*}" /var/lib /var; do
    [[ ! -d $root$dir ]] || rmdir --ignore-fail-on-non-empty "$root$dir"
  done
}

uninstall_all() {
  local kind engine path leaving=("${engines[@]}")
  local -A gone=()

  # By force: the wrappers that engines call for those containers stay, and with them their lines.
  if [[ $force == yes && -n $(containers_in_use "$root") ]]; then
    needed=$LIBEXEC/
  elif [[ $dry_run == no ]]; then
    refuse_while_in_use "$root"
  fi
  if [[ ! -f $root$STATE/installed ]]; then
    say "nothing is installed"
    # A run may have been killed before its first line, or after the last.
    [[ $dry_run == yes ]] || remove_state
    return
  fi
  # The last thing that was made goes first: what imports a file before the file.
  while IFS=$'\t' read -r kind engine path; do
    [[ $kind != dir && " ${leaving[*]} " == *" $engine "* ]] || continue
    [[ $dry_run == yes || -z $(ask_engine "$engine" engine_service uninstall) ]] || is_marked restart "$engine" ||
      mark restart "$engine"
    undo_one "$kind" "$engine" "$path"
  done < <(tac "$root$STATE/installed")
  kata_remove_source
}

# After the restart: a run that was killed before it is made up for by the next one.
forget_all() {
  local engine

  [[ -f $root$STATE/installed ]] || return 0
  remove_temporaries
  remove_dirs
  for engine in "${engines[@]}"; do
    ! is_marked restart "$engine" || [[ $restart == yes && -n ${failed[$engine]:-} ]] || unmark restart "$engine"
    ! is_marked restart "$engine" || continue
    unmark judge "$engine"
    rm -f "$root$STATE/original/$engine" "$root$STATE/config-$engine"
    awk -F '\t' -v engine="$engine" -v needed="$needed" '$1 == "dir" || $2 != engine ||
      needed != "" && index($3, needed) == 1' "$root$STATE/installed" >"$work/installed"
    cmp -s "$work/installed" "$root$STATE/installed" || put 644 "$work/installed" "$root$STATE/installed"
  done
  remove_state
}

# What a run began that was killed before the engine had agreed.
take_back_unjudged() {
  local file engine kind path leaving
  local -A gone=()

  [[ ! -f $root$STATE/installed ]] || whole_list "$root$STATE/installed"
  [[ $dry_run == no ]] || return 0
  remove_temporaries
  # A removal takes all back anyway, if it may.
  [[ $uninstall == no ]] || return 0
  for file in "$root$STATE"/judge-*; do
    [[ -e $file ]] || continue
    engine=${file##*/judge-}
    leaving=("$engine")
    while IFS=$'\t' read -r kind _ path; do
      undo_one "$kind" "$engine" "$path"
    done < <(lines_of "$engine" | tac)
    unmark judge "$engine"
  done >"$work/unused"
}

# --- services ----------------------------------------------------------------------------------------------------

# What an earlier run wrote without a restart, or with one that failed, counts as changed.
add_pending_restarts() {
  local engine

  while read -r engine; do
    ! is_marked restart "$engine" || changed[$engine]=1
  done < <(all_engines)
}

# systemd's word is that the process runs. 0: it serves every class, or cannot be asked.
wait_until_served() { # ENGINE
  local status deadline=$((SECONDS + ${KUBEFENCE_WAIT_SECONDS:-90}))

  [[ $uninstall == no ]] || return 0
  while :; do
    status=0
    ask_engine "$1" engine_serves || status=$?
    ((status == 1)) || return 0
    ((SECONDS < deadline)) || break
    sleep 1
  done
  unready+=("$1")
}

# The engine's own word is what counts, not systemd's: without a bus or systemctl the command is left to the user.
run_service_command() { # ENGINE COMMAND
  local status=0

  # What was stopped, such as the engines of a node that uses another one, reads its files when it starts.
  if [[ $(on_node "$root" systemctl is-active "${2##* }" 2>/dev/null) == inactive ]]; then
    say "$1: ${2##* } does not run, and is not started"
    unmark restart "$1"
    return
  fi
  say "$2"
  # shellcheck disable=SC2086 # it is words
  on_node "$root" $2 >"$work/service" 2>&1 || status=$?
  if ((status == 0)); then
    unmark restart "$1"
    wait_until_served "$1"
  elif ((status >= 125)) || grep -qiE 'bus|not been booted with systemd|host is down' "$work/service"; then
    warn "$1 must read this, and there is no systemctl that works here: do what \"$2\" stands for"
    [[ $uninstall == no ]] || unmark restart "$1"
  else
    grep . "$work/service" >&2 || true
    failed[$1]=1
  fi
}

tell_services() {
  local engine command direction=install

  [[ $uninstall == no ]] || direction=uninstall
  [[ $restart == no ]] || add_pending_restarts
  kata_tell_services
  while read -r engine; do
    [[ -n ${changed[$engine]:-} ]] || continue
    command=$(ask_engine "$engine" engine_service "$direction")
    if [[ -z $command ]]; then
      # It reads its files by itself.
      [[ $restart == no || $dry_run == yes ]] || wait_until_served "$engine"
    elif [[ $restart == no || $dry_run == yes ]]; then
      say "$engine must read this: $command"
    else
      run_service_command "$engine" "$command"
    fi
  done < <(all_engines)
}

# --- the command line --------------------------------------------------------------------------------------------

add_engine() { # NAME
  [[ -f $SOURCES/$1/engine.sh ]] || die "unknown engine: $1 (there are: $(all_engines | xargs))"
  [[ " ${engines[*]} " == *" $1 "* ]] || engines+=("$1")
}

parse() {
  while (($# > 0)); do
    case $1 in
    --engine | --containerd-config | --scope | --root | --kata | --kata-config | --prefix | --hooks-dir)
      [[ -n ${2:-} ]] || die "$1 needs an argument"
      case $1 in
      --engine) add_engine "$2" ;;
      --containerd-config) containerd_config=$2 && add_engine containerd ;;
      --scope) scope=$2 ;;
      --root) root=$2 ;;
      --kata) kata_wanted=$2 ;;
      --kata-config) kata_config=$2 ;;
      --prefix) prefix=$2 ;;
      --hooks-dir) hooks_dir_wanted=$2 ;;
      esac
      shift
      ;;
    --uninstall) uninstall=yes ;;
    --dry-run) dry_run=yes ;;
    --restart) restart=yes ;;
    --force) force=yes ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
  done
  [[ -z $containerd_config || $containerd_config == /* ]] ||
    die "--containerd-config $containerd_config: give an absolute path"
  [[ $scope == all || $scope == annotated ]] || die "unknown scope: $scope (there are: all annotated)"
}

check_root() {
  [[ -z $root || -d $root ]] || die "$root is no directory"
  root=$(realpath "${root:-/}")
  [[ $root != / ]] || root=
  [[ $dry_run == yes || -n $root || $EUID == 0 ]] || die "only root can do this"
}

default_engines() {
  local engine

  ((${#engines[@]} == 0)) || return 0
  while read -r engine; do
    [[ $uninstall == no ]] && ! ask_engine "$engine" engine_found || engines+=("$engine")
  done < <(all_engines)
  found=yes
  [[ $uninstall == no ]] || return 0
  leave_replaced
  refuse_unknown
  ((${#engines[@]} > 0)) || die "no engine was found on $(node_name): name one with --engine (there are:" \
    "$(all_engines | xargs)), or containerd's own file with --containerd-config"
}

# A distribution that brings its own containerd does not use the node's, which may be there for Docker.
leave_replaced() {
  local engine other rest

  for engine in "${engines[@]}"; do
    while read -r other; do
      [[ " ${engines[*]} " == *" $other "* ]] || continue
      say "$other: left alone, for $engine does not use it (--engine $other names it)"
      mapfile -t rest < <(printf '%s\n' "${engines[@]}" | grep -vxF "$other")
      engines=("${rest[@]}")
    done < <(ask_engine "$engine" engine_replaces)
  done
}

# A containerd whose file no engine here knows is what the node's pods may run on.
refuse_unknown() {
  local pid file

  while read -r pid file; do
    ! is_known "$file" || continue
    warn "process $pid is a containerd of $(node_name) that reads $file, where no distribution known here has it:" \
      "give it with --containerd-config $file"
    refused+=("$file")
  done < <(running_containerds)
}

is_known() { # FILE
  local engine

  while read -r engine; do
    ! ask_engine "$engine" engine_reads "$1" || return 0
  done < <(all_engines)
  return 1
}

node_name() {
  local name

  name=$(sed -nE 's/^PRETTY_NAME="?([^"]*).*/\1/p' "$root"/{etc,usr/lib}/os-release 2>/dev/null | head -n 1 |
    tr -dc '[:alnum:] ._()/-') || true
  say "${name:-this node}"
}

main() {
  local -A changed=() failed=()

  parse "$@"
  check_root
  set_places
  find_edit
  work=$(mktemp -d)
  trap clean_up EXIT
  place_sources
  touch "$work/complaint" "$work/written"
  find_classes
  default_engines
  [[ $dry_run == yes ]] || take_lock "$root"
  take_back_unjudged
  if [[ $uninstall == yes ]]; then
    uninstall_all
    tell_services
    [[ $dry_run == yes ]] || forget_all
  else
    install_all
    tell_services
  fi
  ((${#refused[@]} == 0)) || die "not installed for: ${refused[*]}"
  ((${#failed[@]} == 0)) || die "not restarted: ${!failed[*]}"
  ((${#unready[@]} == 0)) || die "restarted, and not serving ${classes[*]} after ${KUBEFENCE_WAIT_SECONDS:-90} s:" \
    "${unready[*]}: see its log (journalctl)"
}

main "$@"
