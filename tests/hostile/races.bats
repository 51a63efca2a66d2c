#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# sanitized: no (stops programs at the microsecond, and sanitized ones are slower)
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Races of hook and wrapper by themselves: /nono renamed while the hook works, hooks beside each other, and SIGKILL at
# any point. With whole containers it is in load.bats.

load hostile

# Microseconds: long enough for another hook to get there on a busy machine.
WHILE=3000000

setup() { hostile_setup; }
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

wrapped() {
  cp "$B/config.json" "$T/old.json"
  rewrite
  cp "$B/config.json" "$T/new.json"
  guard
}

# --- the hook alone ------------------------------------------------------------------------------------------------

# A process that no hook has seen yet, in the place of the last one.
fresh_victim() {
  if [[ -n ${VICTIM:-} ]]; then
    kill -KILL "$VICTIM"
    wait "$VICTIM" || true
    forget "$VICTIM"
  fi 2>/dev/null
  rm -f "$T/ready"
  start_victim
}

# In the background; $! is its number.
hook_beside() { # NAME STAGE [STRACE-OPTIONS...]
  local command=("$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" "$2")

  [[ $# == 2 ]] || command=(strace -qqq -o "$T/$1.calls" "${@:3}" "${command[@]}")
  timeout "$KF_PATIENCE" "${command[@]}" <"$T/state.json" >"$T/$1.out" 2>"$T/$1.err" 3>&- &
}

traced_hook() { # STRACE-OPTIONS...
  STATUS=0
  traced "$@" -- "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime \
    < <(state_json creating "$VICTIM") >"$T/out" 2>"$T/err" || STATUS=$?
}

hook_removes() {
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped) >/dev/null
  succeeded
}

# The directory can have got the other name with the mount on it.
assert_mounted_once() {
  local mounts

  mounts=$(mounts_of "$VICTIM" "$B/rootfs" | not_of_runtime)
  [[ $mounts =~ ^"kubefence / /"(nono|other)$ ]] || fail "mounts in the container:" "$mounts"
}

assert_nothing_mounted() {
  assert_eq "mounts in the container" "" "$(mounts_of "$VICTIM" "$B/rootfs" | not_of_runtime)"
}

# --- /nono is renamed while the hook works -------------------------------------------------------------------------

# Refused with nothing mounted, or mounted once and in the container.
hook_while_flipping() { # [STRACE-OPTIONS...]
  fresh_victim
  if (($# > 0)); then
    traced_hook "$@"
  else
    hook_alone >/dev/null
  fi
  case $STATUS in
  0)
    MOUNTED=$((${MOUNTED:-0} + 1))
    assert_mounted_once
    hook_removes
    ;;
  17)
    REFUSED=$((${REFUSED:-0} + 1))
    assert_nothing_mounted
    assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
    ;;
  *) fail "exit status $STATUS: $(<"$T/err")" ;;
  esac
  assert_guarded
}

@test "/nono flips between a directory and something else while the hook mounts, 100000 times" {
  local what try

  wrapped
  for what in "a symlink to $T/sentinel/nono" "a symlink to /" "a symlink to allowed" "a directory" "a file"; do
    other_is "$what"
    start_flipping 20000
    for try in {1..16}; do
      hook_while_flipping
    done
    stop_flipping
  done
  echo "$FLIPS flips, $MOUNTED times mounted, $REFUSED times refused"
  ((FLIPS >= 100000 && MOUNTED > 0 && REFUSED > 0))
}

# The window between the mount and the look at it, made wide.
@test "a mount that a rename took away from /nono does not stay" {
  local what try

  needs_strace
  wrapped
  for what in "a symlink to $T/sentinel/nono" "a directory"; do
    other_is "$what"
    start_flipping 1
    for try in {1..40}; do
      hook_while_flipping -e trace=move_mount -e inject=move_mount:delay_exit=20000
      ! grep -qE "cannot verify the mount|something else is mounted" "$T/err" || break
    done
    stop_flipping
    grep -E "cannot verify the mount|something else is mounted" "$T/err"
  done
}

# --- hooks beside each other ---------------------------------------------------------------------------------------

two_hooks() { # [STRACE-OPTIONS...]
  local first second

  fresh_victim
  state_json creating "$VICTIM" >"$T/state.json"
  hook_beside first create-runtime "$@"
  first=$!
  hook_beside second create-runtime "$@"
  second=$!
  wait "$first" || fail "the first: $(<"$T/first.err")"
  wait "$second" || fail "the second: $(<"$T/second.err")"
  assert_mounted_once
  assert_eq "record" "$ID" "$(jq -r .container_id "$T/state/$ID/metadata.json")"
  hook_removes
  assert_guarded
}

@test "two hooks at once for one container: one mount, one record" {
  local try

  wrapped
  for try in {1..12}; do
    two_hooks
  done
}

# Both have looked, and neither has mounted.
@test "two hooks at once for one container, slow between the look and the mount" {
  needs_strace
  wrapped
  two_hooks -e trace=move_mount -e "inject=move_mount:delay_enter=$WHILE"
}

@test "a hook for a container whose mount namespace stays locked is refused, and does not hang" {
  wrapped
  start_victim
  exec 5<"/proc/$VICTIM/ns/mnt"
  flock 5
  hook_refuses 17 "another process has locked the mount namespace"
  assert_nothing_mounted
  exec 5<&-
  hook_alone
  succeeded
  assert_mounted_once
  hook_removes
}

record_is_whole_or_none() {
  local record=$T/state/$ID/metadata.json

  [[ ! -e $record ]] || { cat "$record" 2>/dev/null || true; } >"$T/record"
  [[ ! -s $T/record ]] || assert_eq "record" "$ID" "$(jq -r .container_id "$T/record")"
}

# A mount is known by the record of the hook that made it.
mount_without_record() { # STATUS ERRORS...
  if [[ $1 != 17 ]] || ! grep -q "something is already mounted at /nono" "${@:2}"; then
    fail "a hook ended with $1: $(cat "${@:2}")"
  fi
}

@test "poststop against create, of the same container" {
  local pid pids stage try

  wrapped
  fresh_victim
  for ((try = 0; try < 20; try++)); do
    state_json creating "$VICTIM" >"$T/state.json"
    pids=()
    for stage in create-runtime poststop create-runtime poststop; do
      hook_beside "$stage-${#pids[@]}" "$stage"
      pids+=($!)
    done
    record_is_whole_or_none
    for pid in "${pids[@]}"; do
      wait "$pid" || mount_without_record "$?" "$T"/create-runtime-*.err
    done
    record_is_whole_or_none
    assert_mounted_once
    hook_removes
    assert_guarded
  done
}

# The record is being written: its removal waits, and then removes it.
@test "a poststop in the middle of a create waits for it" {
  local create remove

  needs_strace
  wrapped
  fresh_victim
  state_json creating "$VICTIM" >"$T/state.json"
  hook_beside create create-runtime -e trace=renameat -e "inject=renameat:delay_enter=$WHILE"
  create=$!
  eventually test -e "$T/state/$ID/.metadata.json.kubefence"
  hook_beside remove poststop
  remove=$!
  wait "$create" || fail "create: $(<"$T/create.err")"
  wait "$remove" || fail "poststop: $(<"$T/remove.err")"
  assert_guarded
}

# --- killed at any point -------------------------------------------------------------------------------------------

# Calls that change something, or that come just after such a change.
CALLS=(setns mkdirat openat2 move_mount flock fchmod ftruncate write fchown fcntl renameat sendmsg unlinkat capset)
TRACE=trace=$(IFS=, && echo "${CALLS[*]}")

# Each of those that the command just traced has made: NAME NUMBER, as strace counts them. It shows calls that it has no
# name for, with any filter.
calls_made() {
  grep -oE '^[a-z0-9_]+\(' "$T/calls" | grep -v '^syscall_' | tr -d '(' | awk '{ print $1, ++n[$1] }'
}

litter_is_what_is_said() {
  assert_eq "left in the bundle" "" "$(bundle_litter | grep -vxF "$B/.config.json.kubefence" || true)"
}

hook_again() {
  hook_alone >/dev/null
  succeeded
  assert_mounted_once
  assert_eq "record" "$ID" "$(jq -r .container_id "$T/state/$ID/metadata.json")"
  assert_eq "in the record's directory" metadata.json "$(ls -A "$T/state/$ID")"
  hook_removes
  assert_guarded
}

# The second hook goes on where the killed one was, or refuses a mount that no record names.
hook_after_kill() {
  if [[ -n $(mounts_of "$VICTIM" "$B/rootfs" | not_of_runtime) && ! -e $T/state/$ID/metadata.json ]]; then
    hook_alone >/dev/null
    mount_without_record "$STATUS" "$T/err"
    assert_mounted_once
    refused=$((refused + 1))
    hook_removes
    assert_guarded
  else
    hook_again
  fi
}

@test "the hook is killed at each of its system calls" {
  local call number killed=0 refused=0

  needs_strace
  wrapped
  fresh_victim
  hook_again
  fresh_victim
  traced_hook -e "$TRACE"
  succeeded
  hook_removes
  calls_made >"$T/calls-made"
  while read -r call number; do
    fresh_victim
    traced_hook -e "trace=$call" -e "inject=$call:signal=KILL:when=$number"
    assert_eq "exit status at $call $number" 137 "$STATUS"
    killed=$((killed + 1))
    # with a second create for the container, and without
    if ((killed % 2)); then
      hook_after_kill
    else
      hook_removes
      assert_guarded
    fi
  done <"$T/calls-made"
  echo "killed at $killed system calls, $refused times with a mount and no record"
  ((killed > 20 && refused > 0))
}

traced_wrapper() { # STRACE-OPTIONS...
  STATUS=0
  traced "$@" -- "$T/bin/$CLASS" --root "$T/rt" create --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || STATUS=$?
}

@test "the wrapper is killed at each of its system calls" {
  local call number killed=0 left=0

  needs_strace
  wrapped
  KF_CLASS_RUNTIME=/bin/true kf_config
  guard
  cat "$T/old.json" >"$B/config.json"
  traced_wrapper -e "$TRACE"
  succeeded
  cmp "$T/new.json" "$B/config.json"
  calls_made >"$T/calls-made"
  while read -r call number; do
    cat "$T/old.json" >"$B/config.json"
    traced_wrapper -e "trace=$call" -e "inject=$call:signal=KILL:when=$number"
    assert_eq "exit status at $call $number" 137 "$STATUS"
    cmp -s "$T/old.json" "$B/config.json" || cmp "$T/new.json" "$B/config.json"
    litter_is_what_is_said
    [[ -z $(bundle_litter) ]] || left=$((left + 1))
    killed=$((killed + 1))
    kf create --bundle "$B" "$ID"
    cmp "$T/new.json" "$B/config.json"
    assert_guarded
  done <"$T/calls-made"
  echo "killed at $killed system calls, $left times with a temporary file left"
  ((killed > 8 && left > 3))
}

hostile_temporary() { # WHAT
  case $1 in
  "a symlink") ln -s "$T/sentinel/file" "$TEMPORARY" ;;
  "a second name") ln "$T/theirs" "$TEMPORARY" ;;
  "a file of another user") install -o 1000 "$T/theirs" "$TEMPORARY" ;;
  "a FIFO") mkfifo "$TEMPORARY" ;;
  "a directory") mkdir "$TEMPORARY" ;;
  esac
}

@test "a file that no wrapper can have left is not followed, not written into and not waited for" {
  local what

  TEMPORARY=$B/.config.json.kubefence
  echo "of another user" >"$T/theirs"
  cp "$B/config.json" "$T/old.json"
  for what in "a symlink" "a second name" "a file of another user" "a FIFO" "a directory"; do
    row "$what"
    hostile_temporary "$what"
    run_container
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" ".config.json.kubefence" "$ERR"
    cmp "$T/old.json" "$B/config.json"
    [[ ! -f $TEMPORARY || -L $TEMPORARY ]] || assert_eq "its text" "of another user" "$(<"$TEMPORARY")"
    rm -r "$TEMPORARY"
    assert_guarded
  done
}
