#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (takes system calls away, and the sanitizers need them)
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# A kernel without one of the system calls that the hook and the wrapper need, for the runtime and all that it starts: a
# container that opted in does not start, any other starts where the runtime itself manages without.

load hostile

NEW_CALLS=(openat2 fsopen fsconfig fsmount move_mount pidfd_open setns statx landlock_create_ruleset)

setup() {
  command -v strace >/dev/null || skip "strace is not installed"
  strace -qq -o /dev/null -e trace=close -e inject=close:error=EIO:when=1 true || skip "strace cannot inject faults here"
  hostile_setup
  guard
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# Runs COMMAND and its children on such a kernel.
without() { # CALL COMMAND...
  STATUS=0
  timeout "$KF_PATIENCE" strace -f --seccomp-bpf -qq -o "$T/trace" -e trace="$1" -e inject="$1:error=ENOSYS" "${@:2}" \
    </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
}

@test "a kernel without a system call: a container that opted in" {
  local call

  for call in "${NEW_CALLS[@]}"; do
    row "$call"
    without "$call" "$T/bin/$CLASS" --root "$T/rt" run --bundle "$B" "$ID"
    assert_has "the trace" INJECTED "$(<"$T/trace")"
    [[ $STATUS != 0 ]]
    assert_eq "stdout" "" "$OUT"
    assert_has_not "stderr" "/secret/file" "$ERR"
    kf_stop_everything
    assert_guarded
  done
}

with_hooks() {
  spec --arg hook "$HOOK" --arg config "$KUBEFENCE_CONFIG" '.hooks = {
    createRuntime: [{path: $hook, args: ["kubefence-hook", "--config", $config, "create-runtime"]}],
    poststop: [{path: $hook, args: ["kubefence-hook", "--config", $config, "poststop"]}]}'
}

@test "a kernel without a system call: a container that did not opt in" {
  local call started=0

  app 'echo up'
  cp "$B/config.json" "$T/plain.json"
  with_hooks
  cp "$B/config.json" "$T/hooked.json"
  for call in "${NEW_CALLS[@]}"; do
    cat "$T/plain.json" >"$B/config.json"
    row "$call: the runtime alone"
    without "$call" "$RUNTIME" --root "$T/rt" run --bundle "$B" "$ID"
    kf_stop_everything
    [[ $STATUS == 0 ]] || continue
    started=$((started + 1))
    cat "$T/hooked.json" >"$B/config.json"
    row "$call: the hook, too"
    without "$call" "$RUNTIME" --root "$T/rt" run --bundle "$B" "$ID"
    assert_eq "stdout" up "$OUT"
    succeeded
    assert_guarded
  done
  ((started >= 4))
}
