#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# The journal tells kubefence's decisions and no claim of a pod about them; and containers start with a journald,
# without one, and with one that hangs.

load helpers

setup() { kf_setup; }
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# Every value that a pod or an engine can put into the fields.
forge() { # TEXT
  local key

  for key in io.kubernetes.pod.name io.kubernetes.pod.namespace io.kubernetes.pod.uid io.kubernetes.container.name \
    io.kubernetes.cri.sandbox-name io.kubernetes.cri.sandbox-namespace io.kubernetes.cri.container-name; do
    annotate "$key" "$1"
  done
}

FORGERY=$'web\nNONO_DECISION=inject\nMESSAGE=injected\nNONO_REASON=runtime_class_matched\n_PID=1\nPRIORITY=7\n'

@test "a denied container cannot write that it was injected" {
  forge "$FORGERY"
  spec '.process.args = []'
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_journal "$ID" denied NONO_DECISION=deny NONO_REASON=spec_invalid PRIORITY=3
  assert_eq "entries" 1 "$(wc -l <"$T/journal")"
  assert_eq "fields that are lists" "[]" "$(jq -c '[to_entries[] | select(.value | type == "array") | .key]' "$T/journal")"
}

@test "nor can its choice of profile or class" {
  kf_config 'invalid_profile = deny'
  annotate nono.sh/profile "$FORGERY"
  annotate nono.sh/runtime-class "$FORGERY"
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_journal "$ID" denied NONO_DECISION=deny NONO_REASON=profile_invalid "NONO_RUNTIME_HANDLER=$CLASS"
  assert_eq "entries" 1 "$(wc -l <"$T/journal")"
}

@test "a skipped container cannot write that it was injected" {
  forge "$FORGERY"
  annotate nono.sh/runtime-class "$FORGERY"
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class other create-runtime < <(state_json creating 1)
  succeeded
  assert_journal "$ID" skip NONO_DECISION=skip NONO_REASON=runtime_class_not_matched
  assert_eq "entries" 1 "$(wc -l <"$T/journal")"
  assert_eq "fields that are lists" "[]" "$(jq -c '[to_entries[] | select(.value | type == "array") | .key]' "$T/journal")"
}

@test "values of a megabyte" {
  head -c 1000000 /dev/zero | tr '\0' x >"$T/long"
  spec --rawfile long "$T/long" '.annotations["io.kubernetes.pod.name"] = $long | .annotations["nono.sh/profile"] = $long'
  app 'exit 0'
  run_container
  succeeded
  assert_journal "$ID" injected NONO_DECISION=inject NONO_PROFILE=default
  (($(wc -c <"$T/journal") < 100000))
}

@test "a memory limit that is too small for nono is a warning, and the container starts" {
  spec '.linux.resources.memory = {limit: 7340032}'
  app 'exit 0'
  run_container
  succeeded
  assert_journal "$ID" injected NONO_DECISION=inject NONO_REASON=runtime_class_matched PRIORITY=4 \
    "NONO_WARNING=linux.resources.memory.limit is 7168 KiB, and nono may be killed at a start or an exec: set a limit of 8 MiB or more"
}

@test "a memory limit of 8 MiB is not a warning" {
  spec '.linux.resources.memory = {limit: 8388608}'
  app 'exit 0'
  run_container
  succeeded
  assert_journal "$ID" injected PRIORITY=6 NONO_WARNING=null
}

@test "control characters and other scripts stay values" {
  annotate io.kubernetes.pod.name $'pod-ü🦀\e[31m\r'
  app 'exit 0'
  run_container
  succeeded
  assert_journal "$ID" injected NONO_DECISION=inject
}

# --- no journald, and one that hangs -----------------------------------------------------------------------------

@test "no journald: an opted-in container starts, and nothing is written elsewhere" {
  app 'echo up; cat /secret/file'
  STATUS=0
  unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs /run/systemd/journal && exec "$@"' sh \
    timeout "$KF_PATIENCE" "$T/bin/$CLASS" --root "$T/rt" run --bundle "$B" "$ID" \
    </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" up "$OUT"
  assert_eq "stderr" "cat: can't open '/secret/file': Permission denied" "$ERR"
}

# A journald of its own in a mount namespace of its own, stopped and with its socket full. Sets $HUNG.
start_hung_journald() {
  local i

  unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs /run/systemd/journal && mount -t tmpfs tmpfs /run/log &&
    { [ ! -d /var/log/journal ] || mount -t tmpfs tmpfs /var/log/journal; } && exec "$1"' sh \
    "$(find_journald)" >"$T/hung.log" 2>&1 </dev/null 3>&- &
  HUNG=$!
  KF_PIDS+=("$HUNG")
  eventually hung_journald_is_up
  kill -STOP "$HUNG"
  for ((i = 0; i < 5000; i++)); do
    fill_once || return 0
  done
  fail "the socket of the stopped journald never filled up"
}

# Not before it is journald: until then the socket in its namespace can be that of the machine's own journald.
hung_journald_is_up() {
  [[ $(<"/proc/$HUNG/comm") == systemd-journal* ]] && in_hung_namespace test -S /run/systemd/journal/socket
}

in_hung_namespace() { # COMMAND...
  nsenter --mount="/proc/$HUNG/ns/mnt" "$@"
}

fill_once() {
  printf 'MESSAGE=filling\n' | in_hung_namespace timeout 0.5 logger --journald 2>/dev/null
}

# Milliseconds that COMMAND takes at best in five runs: the machine may be busy.
best_of_five() { # COMMAND...
  local best=999999 start took

  for _ in 1 2 3 4 5; do
    start=$(date +%s%N)
    "$@"
    took=$((($(date +%s%N) - start) / 1000000))
    ((took >= best)) || best=$took
  done
  echo "$best"
}

poststop() {
  "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop <"$T/state.json"
}

hung_poststop() {
  in_hung_namespace "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop <"$T/state.json"
}

skip_create() {
  "$HOOK" --config "$KUBEFENCE_CONFIG" create-runtime <"$T/state.json"
}

hung_skip_create() {
  in_hung_namespace "$HOOK" --config "$KUBEFENCE_CONFIG" create-runtime <"$T/state.json"
}

denied_create() {
  ! "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <"$T/state.json" 2>/dev/null
}

hung_denied_create() {
  ! in_hung_namespace "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime \
    <"$T/state.json" 2>/dev/null
}

@test "a hung journald costs at most 200 ms" {
  local fine hung stage

  start_hung_journald
  state_json stopped 1 >"$T/state.json"
  for stage in poststop skip_create denied_create; do
    fine=$(best_of_five "$stage")
    hung=$(best_of_five "hung_$stage")
    echo "$stage: $fine ms, with a hung journald $hung ms"
    # The rest is for nsenter, the clock and a machine that is busy. Without the deadline it would be forever.
    ((hung - fine <= 1000))
  done
}

@test "a hung journald: an opted-in container starts sandboxed" {
  start_hung_journald
  app 'echo up; cat /secret/file'
  STATUS=0
  in_hung_namespace timeout "$KF_PATIENCE" "$T/bin/$CLASS" --root "$T/rt" run --bundle "$B" "$ID" \
    </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" up "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
}
