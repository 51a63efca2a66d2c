#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# The hook's own process: the things that it takes over from its caller, and those that it keeps when it writes the
# record. The wrapper takes over everything, because it hands everything on: tests/integration/runtime.bats.

load hostile

setup() {
  hostile_setup
  rewrite
  guard
  start_victim
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

remove_record() {
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped)
  succeeded
}

# A hook that waits for the lock of its record: the mount is made and the capabilities are gone. Sets $HOOK_PID, and
# $HOLDER to the process that has the lock: in a PID namespace the kernel hides locks whose process has ended.
waiting_hook() {
  mkdir -m 700 "$T/state" "$T/state/$ID"
  flock --no-fork "$T/state/$ID" sleep "$KF_PATIENCE" 3>&- &
  HOLDER=$!
  KF_PIDS+=("$HOLDER")
  eventually grep -q -- " FLOCK .* $HOLDER " /proc/locks
  state_json creating "$VICTIM" >"$T/state.json"
  (
    exec 3>&-
    umask 0777
    exec 7<"$T/sentinel/file" 8<"$T/sentinel" 99<"$B/config.json"
    exec "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime
  ) <"$T/state.json" >"$T/out" 2>"$T/err" &
  HOOK_PID=$!
  KF_PIDS+=("$HOOK_PID")
  eventually grep -q -- "-> FLOCK .* $HOOK_PID " /proc/locks
}

hook_finishes() {
  kill "$HOLDER"
  STATUS=0
  wait "$HOOK_PID" || STATUS=$?
  KF_PIDS=("$VICTIM") # the hook's number is another process's from now on
  kf_collect
  succeeded
}

status_of_hook() { # FIELD
  sed -n "s/^$1:[[:space:]]*//p" "/proc/$HOOK_PID/status"
}

@test "capabilities are gone and cannot come back when the record is written" {
  local set

  waiting_hook
  for set in CapInh CapPrm CapEff CapAmb; do
    assert_eq "$set" 0000000000000000 "$(status_of_hook "$set")"
  done
  assert_eq "no_new_privs" 1 "$(status_of_hook NoNewPrivs)"
  hook_finishes
  assert_eq "mounts" 1 "$(victim_mounts | wc -l)"
  remove_record
}

@test "inherited descriptors are closed" {
  waiting_hook
  ls -l "/proc/$HOOK_PID/fd" >"$T/fds"
  cat "$T/fds"
  run -1 grep -E "sentinel|config.json" "$T/fds"
  run -1 grep -E "^.* (7|8|99) -> .*(sentinel|config)" "$T/fds"
  hook_finishes
  remove_record
}

@test "an inherited umask changes no mode" {
  waiting_hook
  assert_eq "umask" 0022 "$(status_of_hook Umask)"
  hook_finishes
  assert_eq "/nono in the image" 755 "$(stat -c %a "$B/rootfs/nono")"
  assert_eq "the record" 600 "$(stat -c %a "$T/state/$ID/metadata.json")"
  remove_record
}

# The calls of the hook, in order. LeakSanitizer cannot look at a process that is traced.
traced_hook() { # COMMAND
  STATUS=0
  strace -E ASAN_OPTIONS=detect_leaks=0 -qq -s 200 -e signal=none -e trace=capset,openat,sendmsg -o "$T/trace" \
    "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" "$1" || STATUS=$?
  TRACED=$(grep -oE '^capset\(|libsystemd|journal/socket' "$T/trace" | paste -sd ' ')
}

@test "capabilities are gone before libsystemd is loaded" {
  needs_strace
  start_journald
  traced_hook create-runtime < <(state_json creating "$VICTIM")
  assert_eq "inject" "0 capset( libsystemd journal/socket" "$STATUS $TRACED"
  traced_hook poststop < <(state_json stopped)
  assert_eq "poststop" "0 capset( libsystemd journal/socket" "$STATUS $TRACED"
  nsenter --target "$VICTIM" --mount umount "$B/rootfs/nono"
  rm "$T/nono-nri/profiles/default.json"
  guard
  traced_hook create-runtime < <(state_json creating "$VICTIM")
  assert_eq "denial" "13 capset( libsystemd journal/socket" "$STATUS $TRACED"
  assert_guarded
}

# A container in the host's pid namespace has the same uid and, without more capabilities than the hook, the same rights.
powerless() { # COMMAND...
  setpriv --bounding-set=-all --inh-caps=-all "$@"
}

is_sleeping() { # PID
  [[ $(<"/proc/$1/comm") == sleep ]]
}

@test "no process without capabilities can look into the hook" {
  setpriv --bounding-set=-all --inh-caps=-all sleep "$KF_PATIENCE" 3>&- &
  KF_PIDS+=($!)
  eventually is_sleeping $!
  powerless cat "/proc/$!/environ" >"$T/readable"
  [[ -s $T/readable ]]
  waiting_hook
  run -1 powerless cat "/proc/$HOOK_PID/environ"
  assert_has "reading its environment" "Permission denied" "$output"
  run -1 powerless ls -l "/proc/$HOOK_PID/fd/"
  hook_finishes
  remove_record
}

# With TZ, libc itself would open a file; this one never answers. (A shell would open it too: it is only the hook's.)
@test "the environment is not read" {
  mkfifo "$T/zone"
  echo nonsense >"$T/broken.conf"
  state_json creating "$VICTIM" >"$T/state.json"
  STATUS=0
  timeout "$KF_PATIENCE" env TZ=":$T/zone" KUBEFENCE_CONFIG="$T/broken.conf" LISTEN_FDS=1 POSIXLY_CORRECT=1 \
    NOTIFY_SOCKET="$T/notify" SYSTEMD_LOG_LEVEL=debug LIBMOUNT_FORCE_MOUNT2=always TMPDIR="$T/sentinel" \
    "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <"$T/state.json" >"$T/out" 2>"$T/err" \
    3>&- || STATUS=$?
  kf_collect
  succeeded
  assert_eq "output" "" "$OUT$ERR"
  assert_eq "mounts" 1 "$(victim_mounts | wc -l)"
  remove_record
  assert_guarded
}

@test "KUBEFENCE_CONFIG names no configuration for the hook" {
  run_hook --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
  assert_eq "mounts" "" "$(victim_mounts)"
  assert_guarded
}

@test "standard output and standard error are closed" {
  STATUS=0
  "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM") >&- 2>&- \
    3>&- || STATUS=$?
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "the record" "$ID" "$(jq -r .container_id "$T/state/$ID/metadata.json")"
  remove_record
  rm "$T/nono-nri/profiles/default.json"
  guard
  "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM") >&- 2>&- \
    3>&- || STATUS=$?
  assert_eq "exit status" 13 "$STATUS"
  assert_guarded
}

@test "standard input is closed" {
  STATUS=0
  "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <&- >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  assert_eq "exit status" 11 "$STATUS"
  assert_guarded
}

# --- records -----------------------------------------------------------------------------------------------------

# Ids are unique for one runtime and its state directory, not on a node.
@test "poststop of another container of the same id removes nothing" {
  app 'exec sleep 3600'
  cp -a "$B" "$T/other"
  start_container
  jq --arg hook "$HOOK" --arg config "$KUBEFENCE_CONFIG" --arg id "$ID" '.process.args = ["/bin/true"]
    | del(.annotations) | .linux.cgroupsPath = "/" + $id + "-other"
    | .hooks = {poststop: [{path: $hook, args: ["kubefence-hook", "--config", $config, "poststop"]}]}' \
    <"$T/other/config.json" >"$T/other/new"
  mv "$T/other/new" "$T/other/config.json"
  timeout "$KF_PATIENCE" "$RUNTIME" --root "$T/rt-other" run --bundle "$T/other" "$ID" </dev/null 3>&-
  [[ -s $T/state/$ID/metadata.json ]]
  run_hook --config "$KUBEFENCE_CONFIG" poststop < <(state_json stopped | jq -c '.bundle = "/nonexistent"')
  succeeded
  [[ -s $T/state/$ID/metadata.json ]]
  run_hook --config "$KUBEFENCE_CONFIG" poststop < <(state_json stopped)
  succeeded
  [[ ! -e $T/state/$ID ]]
}
