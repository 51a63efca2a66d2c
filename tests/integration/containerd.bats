#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # a $ for eval or the container's shell; bats runs each test in a subshell
#
# Real containerd and its shim (io.containerd.runc.v2) with the wrapper as the runtime binary, driven by ctr. The CRI
# plugin is off: pods, pause containers and pod annotations are for cri-containerd.bats.

load helpers

setup() {
  kf_setup
  command -v containerd ctr >/dev/null || skip "containerd is not installed"
  mkdir "$T/cd"
  cat >"$T/cd/config.toml" <<END
version = 2
root = "$T/cd/root"
state = "$T/cd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "$T/cd/sock"
[ttrpc]
address = "$T/cd/ttrpc"
END
  start_containerd
}

teardown() {
  if [[ -n ${T:-} && -d $T/cd ]]; then
    ctr_quietly tasks kill --signal SIGKILL "$ID" || true
    eventually task_is_gone
    ctr_quietly containers delete "$ID" || true
    stop_containerd
  fi
  kf_teardown
}

teardown_file() {
  stop_journald
}

start_containerd() {
  containerd --config "$T/cd/config.toml" >>"$T/cd/log" 2>&1 </dev/null 3>&- &
  CONTAINERD=$!
  eventually containerd_answers
}

stop_containerd() {
  kill "$CONTAINERD" || true
  wait "$CONTAINERD" || true
}

ctr_quietly() { # ARGUMENTS...
  client "$@" >/dev/null 2>&1
}

containerd_answers() {
  ctr_quietly version
}

task_is_gone() {
  ctr_quietly tasks delete "$ID" || true
  [[ $(client tasks list --quiet) != *"$ID"* ]]
}

client() { # ARGUMENTS OF ctr...
  timeout "$KF_PATIENCE" ctr --address "$T/cd/sock" "$@" </dev/null 3>&-
}

ctr_run() { # BINARY-OR-SHIM [OPTIONS... --] COMMAND...
  local options=(--env PATH=/usr/bin:/bin --runc-binary "$1")

  [[ $1 != */containerd-shim-* ]] || options=(--env PATH=/usr/bin:/bin --runtime "$1")

  shift
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  STATUS=0
  client run "${options[@]}" --rootfs "$B/rootfs" "$ID" "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

no_records() {
  [[ -z $(records_left) ]]
}

@test "a container of the class is sandboxed, and leaves nothing" {
  ctr_run "$T/bin/$CLASS" --rm -- sh -c "$READ_AND_EXIT"
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_journal "$ID" injected NONO_RUNTIME_HANDLER="$CLASS" NONO_PROFILE=default
  eventually no_records
}

@test "a container of the plain runtime is not" {
  ctr_run "$RUNTIME" --rm -- sh -c "$READ_AND_EXIT"
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" $'may be read\nmust not be read' "$OUT"
}

@test "containerd's own error has the reason, by way of --log" {
  ctr_run "$T/bin/$CLASS" --rm --annotation nono.sh/profile=no-such -- sh -c "$READ_AND_EXIT"
  ((STATUS != 0 && STATUS != 7)) || fail "it started"
  assert_has "stderr" "OCI runtime create failed: profile no-such is not installed" "$ERR"
}

@test "exec: denied what PID 1 is denied, by absolute path and by name, and so are the children" {
  local command

  ctr_run "$T/bin/$CLASS" --detach -- sh -c 'sleep 60 & wait'
  assert_eq "exit status" 0 "$STATUS"
  for command in '/bin/cat /allowed/file /secret/file' 'cat /allowed/file /secret/file' \
    '/bin/sh -c "sh -c \"$READ_AND_EXIT\"; exit 1"'; do
    eval "ctr_exec_that_prints $command"
    assert_eq "$command: exit status" 1 "$STATUS"
    assert_eq "$command: stdout" "may be read" "$OUT"
    assert_has "$command: stderr" "can't open '/secret/file': Permission denied" "$ERR"
  done
  assert_journal "$ID" injected NONO_STAGE=exec NONO_REASON=runtime_class_matched NONO_PROFILE=default NONO_COMMAND=sh
}

ctr_exec() { # COMMAND...
  STATUS=0
  client tasks exec --exec-id "e$RANDOM" "$ID" "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

# On a busy machine, ctr of 1.6 loses the output of a command that ends at once.
ctr_exec_that_prints() { # COMMAND...
  local attempt

  for attempt in 1 2 3 4 5; do
    ctr_exec "$@"
    [[ -z $OUT ]] || break
  done
}

@test "exec: exit codes, another user, another directory, detached; containerd's error has the denial" {
  ctr_run "$T/bin/$CLASS" --detach -- sh -c 'sleep 60 & wait'
  ctr_exec sh -c 'exit 23'
  assert_eq "exit status" 23 "$STATUS"
  STATUS=0
  client tasks exec --exec-id e1 --user 1000 --cwd /scratch "$ID" sh -c 'id -u; pwd; cat /secret/file' >"$T/out" \
    2>"$T/err" || STATUS=$?
  kf_collect
  assert_eq "stdout" $'1000\n/scratch' "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
  client tasks exec --exec-id e2 --detach "$ID" sh -c 'cat /secret/file >/scratch/leak 2>&1; echo done >/scratch/done'
  eventually test -e "$B/rootfs/scratch/done"
  assert_has "detached" "Permission denied" "$(<"$B/rootfs/scratch/leak")"
  KF_CLASS_LINE='exec = deny' kf_config
  ctr_exec /bin/true
  ((STATUS != 0))
  assert_has "stderr" "commands in running containers are not allowed for class $CLASS" "$ERR"
}

@test "containerd restarts under a running container" {
  ctr_run "$T/bin/$CLASS" --detach -- sh -c 'sleep 60 & wait'
  assert_eq "exit status" 0 "$STATUS"
  stop_containerd
  start_containerd
  assert_eq "exec" "may be read" "$(client tasks exec --exec-id e1 "$ID" cat /allowed/file)"
  assert_eq "records" 1 "$(find "$T/state" -name metadata.json | wc -l)"
  client tasks kill --signal SIGKILL "$ID"
  eventually task_is_gone
  eventually no_records
}

# --- the shim wrapper --------------------------------------------------------------------------------------------

# Kata's shim cannot be had here, but containerd's own speaks the same protocol: containerd finds ours by its path, ours
# edits and becomes that one, and runc mounts what a virtual machine would get through virtio-fs.
ctr_run_shim() { # [OPTIONS...] -- COMMAND...
  ln -s "$KF_BUILD/containerd-shim-nono-kata-v2" "$T/bin/"
  KF_CLASS_LINE="[class kata-nono-sandbox]
shim = containerd-shim-nono-kata-v2
runtime = $(command -v containerd-shim-runc-v2)" kf_config "runtime_classes = $CLASS kata-nono-sandbox"
  mount --bind -o ro "$T/nono-nri" "$T/nono-nri"
  ctr_run "$T/bin/containerd-shim-nono-kata-v2" --annotation io.kubernetes.cri.container-type=container "$@"
}

end_shim() {
  eventually task_is_gone
  eventually no_records
  umount "$T/nono-nri"
}

@test "containerd starts our shim, and its container is sandboxed" {
  ctr_run_shim --rm -- sh -c "$READ_AND_EXIT"
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_journal "$ID" injected NONO_STAGE=kata NONO_RUNTIME_HANDLER=kata-nono-sandbox
  assert_journal "$ID" container-removed
  end_shim
}

@test "containerd kills a container of our shim's; delete removes the record although no poststop hook did" {
  local shim

  ctr_run_shim --detach -- sh -c 'sleep 60 & wait'
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "records" 1 "$(find "$T/state" -name metadata.json | wc -l)"
  shim=$(pgrep -f "containerd-shim.* -id $ID ")
  kill -KILL "$shim"
  eventually no_records
  assert_journal "$ID" container-removed NONO_STAGE=kata
  end_shim
}

@test "containerd's own error has our shim's refusal" {
  ctr_run_shim --annotation nono.sh/profile=no-such -- true
  ((STATUS != 0)) || fail "it started"
  assert_has "stderr" "profile no-such is not installed" "$ERR"
  end_shim
}
