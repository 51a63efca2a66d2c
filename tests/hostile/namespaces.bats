#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Namespaces that a container shares with the host or with others, and processes that are not those of the state.

load hostile

setup() {
  hostile_setup
  cp "$B/config.json" "$T/plain.json"
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# In a mount namespace that is thrown away: some versions of crun set such a container up in their own.
@test "a container without a mount namespace, or with another's" {
  row "none"
  spec 'del(.linux.namespaces[] | select(.type == "mount"))'
  refused spec_invalid "mount namespace"
  row "the host's, by path"
  cat "$T/plain.json" >"$B/config.json"
  spec '(.linux.namespaces[] | select(.type == "mount")).path = "/proc/1/ns/mnt"'
  refused spec_invalid "mount namespace"
  row "no namespaces at all"
  cat "$T/plain.json" >"$B/config.json"
  spec '.linux.namespaces = []'
  refused spec_invalid "mount namespace"
  [[ ! -e $B/rootfs/nono ]]
  journal_agrees
}

@test "a container with the host's pid and network namespaces" {
  row "pid and network"
  spec '.linux.namespaces |= map(select(.type != "pid" and .type != "network"))'
  sandboxed
  row "ipc and uts too"
  cat "$T/plain.json" >"$B/config.json"
  spec 'del(.hostname) | .linux.namespaces = [{type: "mount"}]'
  sandboxed
  journal_agrees
}

# Landlock keeps a confined process from tracing processes outside of its domain, and so from the host's files in
# /proc/PID.
@test "a container with the host's pid namespace cannot reach the host through /proc" {
  spec '.linux.namespaces |= map(select(.type != "pid"))'
  app 'cat /allowed/file; for what in root cwd environ mem fd/0; do cat "/proc/1/$what/etc/passwd" "/proc/1/$what"; done |
    head -c 100'
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/proc/1/root/etc/passwd': Permission denied" "$ERR"
  assert_has "stderr" "/proc/1/environ': Permission denied" "$ERR"
  assert_guarded
}

# --- the process in the state --------------------------------------------------------------------------------------

wrapped() {
  rewrite
  guard
}

state_of() { # PID
  VICTIM=$1
  echo "--- process $1"
}

@test "a process with the host's mount namespace" {
  wrapped
  state_of "$BASHPID"
  hook_refuses 17 "mount namespace"
  sleep "$KF_PATIENCE" 3>&- &
  KF_PIDS+=($!)
  state_of $!
  hook_refuses 17 "mount namespace"
  [[ ! -e $B/rootfs/nono ]]
}

@test "a process that is gone, or was never there" {
  wrapped
  sleep 0 &
  wait $!
  state_of $!
  hook_refuses 17 "process $VICTIM"
  state_of 2147483647
  hook_refuses 17 "process 2147483647"
  for pid in 0 1 -1 2147483648 18446744073709551616 18446744073709551617; do
    state_of "$pid"
    run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime \
      < <(state_json creating 4242 | sed "s/4242/$pid/")
    assert_eq "exit status" 11 "$STATUS"
    assert_guarded
  done
}

# As if the number had been reused: it belongs to a running container, where the path of our rootfs leads nowhere.
@test "a process of another container" {
  local other=$ID-other

  spec_args /bin/sleep "$KF_PATIENCE"
  start_container "$other"
  wrapped
  grep nono "/proc/$PID/mountinfo" >"$T/mounts-before"
  state_of "$PID"
  hook_alone
  assert_eq "exit status" 17 "$STATUS"
  assert_has "stderr" "rootfs" "$ERR"
  diff "$T/mounts-before" <(grep nono "/proc/$PID/mountinfo")
  assert_eq "records" "$other" "$(ls "$T/state")"
  kf delete --force "$other"
}

@test "a thread, which is not a process" {
  command -v python3 >/dev/null || skip "python3 is not installed"
  wrapped
  unshare --mount --propagation private python3 -c 'import sys, threading, time
thread = threading.Thread(target=time.sleep, args=(30,), daemon=True)
thread.start()
print(thread.native_id, flush=True)
time.sleep(30)' >"$T/thread" 3>&- &
  KF_PIDS+=($!)
  eventually test -s "$T/thread"
  state_of "$(<"$T/thread")"
  hook_refuses 17 "process $VICTIM"
}
