#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set RUNTIME
#
# As CRI-O does it, in every way it calls a runtime (internal/oci/runtime_oci.go of v1.34.0): conmon with CRI-O's
# arguments, environment and pipes creates the container through the wrapper; start, kill and delete are calls of the
# wrapper; exec-sync is conmon again. crio-real.bats has CRI-O itself.

load helpers

setup() {
  command -v conmon || skip "conmon is not installed"
  kf_setup
  # CRI-O's own directories: exit files, persistent data, attach sockets, logs
  mkdir "$T/exits" "$T/persist" "$T/sock" "$T/logs"
  LOG=$T/logs/0.log
  spec_crio
}

# CRI-O removes the container's run directory; conmon left its fifos there.
teardown() {
  local pid

  [[ -n ${T:-} ]] || return 0
  for pid in $(cat "$B/conmon-pidfile" 2>/dev/null || true); do
    # its pid may be another process's by now
    ! grep -qsF "$T/" "/proc/$pid/cmdline" || KF_PIDS+=("$pid")
  done
  rm -rf "$B"/{ctl,winsz,attach,oom,pidfile,conmon-pidfile,shm}
  kf_teardown
}
teardown_file() { stop_journald; }

# --- calls of CRI-O ----------------------------------------------------------------------------------------------

# Only this, and the handler's monitor_env: here, our configuration.
crio_env=(env -i "PATH=$PATH" CRI_O_EXTERNAL=1)

# conmon with the environment and the pipes of CRI-O: it waits for a byte, and answers with one line of JSON.
crio_conmon() { # ANSWER-FILE CONMON-ARGUMENTS...
  local answer=$1

  shift
  : >"$answer"
  timeout "$KF_PATIENCE" "${crio_env[@]}" KUBEFENCE_CONFIG="$KUBEFENCE_CONFIG" _OCI_SYNCPIPE=3 _OCI_STARTPIPE=4 \
    conmon "$@" </dev/null >"$T/conmon.out" 2>"$T/conmon.err" 3> >(cat >"$answer" 3>&-) 4< <(printf '\0' 3>&-) || true
  eventually test -s "$answer"
}

# runtimeOCI.CreateContainer, which is also what restores one
crio_create() { # [RUNTIME [CONMON-ARGUMENTS...]]
  (
    cd "$B" && crio_conmon "$T/sync" -b "$B" -c "$ID" --exit-dir "$T/exits" -l "$LOG" --log-level info \
      -n k8s_app_web-0_prod_5d1f_0 -P "$B/conmon-pidfile" -p "$B/pidfile" --persist-dir "$T/persist" \
      -r "${1:-$T/bin/$CLASS}" --runtime-arg "--root=$T/rt" --socket-dir-path "$T/sock" --syslog -u "$ID" "${@:2}"
  )
}

# runtimeOCI.runtimeCmd
crio_runtime() { # ARGUMENTS...
  timeout "$KF_PATIENCE" "${crio_env[@]}" KUBEFENCE_CONFIG="$KUBEFENCE_CONFIG" \
    "$T/bin/$CLASS" --root "$T/rt" "$@" </dev/null 3>&-
}

created() {
  PID=$(jq -r .pid "$T/sync")
  [[ $PID -gt 0 ]] || fail "not created: $(<"$T/sync")"
  assert_eq "pid file" "$PID" "$(<"$B/pidfile")"
}

crio_start() {
  crio_runtime start "$ID"
  eventually left_the_runtime "$PID"
}

# runtimeOCI.ExecSyncContainer; CRI-O makes the process of its own copy of the spec, which is the original one.
crio_exec_sync() { # COMMAND...
  jq '.process | .args = $ARGS.positional' "$T/original.json" --args -- "$@" >"$T/process.json"
  rm -f "$T/exec.log" "$T/exec.pid"
  crio_conmon "$T/exec.sync" -c "$ID" -n k8s_app_web-0_prod_5d1f_0 -r "${WRAPPER:-$T/bin/$CLASS}" -p "$T/exec.pid" -e \
    -l "$T/exec.log" --socket-dir-path "$T/sock" --log-level info --sync --log-global-size-max 16777216 \
    -T "$KF_PATIENCE" --exec-process-spec "$T/process.json" --runtime-arg "--root=$T/rt"
}

# The log as the kubelet reads it: TIME STREAM F|P TEXT.
log_of() { # STREAM [FILE]
  sed -nE "s/^[0-9T:.+Z-]+ $1 [FP] //p" "${2:-$LOG}"
}

log_has() { # STREAM TEXT
  [[ -e $LOG && $(log_of "$1") == *"$2"* ]]
}

ended_with() { # STATUS
  eventually test -s "$T/exits/$ID"
  assert_eq "exit file" "$1" "$(<"$T/exits/$ID")"
}

pid_is_gone() { [[ ! -d /proc/$1 ]]; }

conmon_is_gone() { eventually pid_is_gone "$(<"$B/conmon-pidfile")"; }

container() { # SHELL-SCRIPT
  app "$1"
  cp "$B/config.json" "$T/original.json"
}

# --- a container -------------------------------------------------------------------------------------------------

@test "create and start: sandboxed, its output is the log, its status the exit file" {
  container 'echo out; cat /allowed/file; cat /secret/file; echo err >&2; exit 4'
  crio_create
  created
  assert_eq "status" created "$(crio_runtime state "$ID" | jq -r .status)"
  crio_start
  ended_with 4
  conmon_is_gone
  assert_eq "stdout" $'out\nmay be read' "$(log_of stdout)"
  assert_eq "stderr" $'cat: can\'t open \'/secret/file\': Permission denied\nerr' "$(log_of stderr)"
  assert_eq "lines" 4 "$(wc -l <"$LOG")"
  assert_journal "$ID" injected "NONO_RUNTIME_HANDLER=$CLASS" NONO_POD=web-0 NONO_NAMESPACE=prod NONO_POD_UID=5d1f \
    NONO_CONTAINER_NAME=app
  crio_runtime delete --force "$ID"
  assert_journal "$ID" container-removed
}

@test "the process is the container's own, and conmon its parent" {
  container 'exec sleep 81'
  crio_create
  created
  crio_start
  assert_command "$PID" "sleep 81"
  assert_eq "parent" "$(<"$B/conmon-pidfile")" "$(awk '$1 == "PPid:" { print $2 }' "/proc/$PID/status")"
  assert_eq "mounts at /nono" 1 "$(grep -c ' /nono ' "/proc/$PID/mountinfo")"
  [[ -f $T/state/$ID/metadata.json ]]
}

@test "kill and delete --force" {
  container 'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done'
  crio_create
  created
  crio_start
  eventually log_has stdout up
  crio_runtime kill "$ID" 15
  ended_with 5
  conmon_is_gone
  crio_runtime delete --force "$ID"
  run ! crio_runtime state "$ID"
  [[ ! -e $T/state/$ID ]]
}

@test "delete --force of one that runs" {
  container 'echo up; exec sleep 82'
  crio_create
  created
  crio_start
  crio_runtime delete --force "$ID"
  ended_with 137
  conmon_is_gone
}

@test "exec-sync: exit codes and output" {
  local code

  container 'exec sleep 83'
  crio_create
  created
  crio_start
  for code in 0 1 7 255; do
    crio_exec_sync /bin/sh -c "echo out $code; echo err $code >&2; exit $code"
    assert_eq "answer" "$code" "$(jq -r .exit_code "$T/exec.sync")"
    assert_eq "stdout" "out $code" "$(log_of stdout "$T/exec.log")"
    assert_eq "stderr" "err $code" "$(log_of stderr "$T/exec.log")"
  done
  [[ -d /proc/$PID ]]
}

@test "exec-sync: a command that is not there is 127, as in a shell" {
  container 'exec sleep 84'
  crio_create
  created
  crio_start
  crio_exec_sync /no/such/command
  assert_eq "answer" 127 "$(jq -r .exit_code "$T/exec.sync")"
  assert_has "stderr" "/no/such/command" "$(log_of stderr "$T/exec.log")"
  run -0 crio_runtime state "$ID"
}

# CRI-O does not know the rewrite: it makes the process from the spec as it was before.
@test "exec-sync: denied what PID 1 is denied, by absolute path and by name, and so are the children" {
  local command

  container 'cat /secret/file; exec sleep 90'
  crio_create
  created
  crio_start
  eventually log_has stderr "Permission denied"
  for command in '/bin/cat /allowed/file /secret/file' 'cat /allowed/file /secret/file' \
    '/bin/sh -c "sh -c \"cat /allowed/file; cat /secret/file\""'; do
    eval "crio_exec_sync $command"
    assert_eq "$command: answer" 1 "$(jq -r .exit_code "$T/exec.sync")"
    assert_eq "$command: stdout" "may be read" "$(log_of stdout "$T/exec.log")"
    assert_eq "$command: stderr" "cat: can't open '/secret/file': Permission denied" \
      "$(log_of stderr "$T/exec.log")"
  done
  assert_journal "$ID" injected NONO_STAGE=exec NONO_REASON=runtime_class_matched NONO_PROFILE=default \
    "NONO_RUNTIME_HANDLER=$CLASS" NONO_COMMAND=sh NONO_POD=web-0 NONO_CONTAINER_NAME=app
}

@test "exec-sync: CRI-O reads our refusal" {
  KF_CLASS_LINE='exec = deny' kf_config
  container 'exec sleep 91'
  crio_create
  created
  crio_start
  crio_exec_sync /bin/true
  assert_has "answer" "kubefence-runtime: commands in running containers are not allowed for class $CLASS" \
    "$(jq -r .message "$T/exec.sync")"
  assert_journal "$ID" denied NONO_STAGE=exec NONO_REASON=exec_denied NONO_COMMAND=true PRIORITY=3
  run -0 crio_runtime state "$ID"
}

alone() { [[ $(crio_runtime ps --format json "$ID" | jq length) == 1 ]]; }

@test "exec probes: many, one after the other, leave nothing" {
  container 'exec sleep 92'
  crio_create
  created
  crio_start
  for _ in 1 2 3 4 5; do
    crio_exec_sync /bin/test -r /allowed/file
    assert_eq "answer" 0 "$(jq -r .exit_code "$T/exec.sync")"
  done
  eventually alone
  assert_eq "records" 1 "$(find "$T/state" -name metadata.json | wc -l)"
  assert_eq "process file" "" "$(find /dev/shm "$B" "$T" -maxdepth 1 -newer "$T/process.json" -name '*process*')"
}

@test "exec with --process, as CRI-O calls it itself" {
  container 'exec sleep 85'
  crio_create
  created
  crio_start
  jq '.process | .args = ["/bin/sh", "-c", "echo hello; exit 6"]' "$T/original.json" >"$T/process.json"
  cp -a "$T/process.json" "$T/process.before"
  run -6 crio_runtime exec --process "$T/process.json" "$ID"
  assert_eq "output" hello "$output"
  cmp "$T/process.before" "$T/process.json"
}

# runtimeOCI.UpdateContainer
@test "update with the resources on stdin" {
  container 'exec sleep 86'
  crio_create
  created
  crio_start
  echo '{"cpu":{"shares":512},"pids":{"limit":60}}' >"$T/resources"
  timeout "$KF_PATIENCE" "${crio_env[@]}" KUBEFENCE_CONFIG="$KUBEFENCE_CONFIG" \
    "$T/bin/$CLASS" --root "$T/rt" update --resources - "$ID" <"$T/resources" >"$T/out" 2>&1 3>&-
  assert_eq "output" "" "$(<"$T/out")"
  assert_eq "limit" 60 "$(cat /sys/fs/cgroup/pids"$(sed -n 's/^[0-9]*:pids://p' "/proc/$PID/cgroup")"/pids.max \
    /sys/fs/cgroup"$(sed -n 's/^0:://p' "/proc/$PID/cgroup")"/pids.max 2>/dev/null)"
}

@test "a terminal: the log has its output" {
  spec '.process.terminal = true'
  container 'test -t 0 && test -t 1 && echo on a terminal; cat /secret/file; exit 3'
  crio_create "" -t
  created
  crio_start
  ended_with 3
  assert_eq "log" $'on a terminal\r\ncat: can\'t open \'/secret/file\': Permission denied\r' "$(log_of stdout)"
  crio_runtime delete --force "$ID"
}

# --- the command line the runtime gets ---------------------------------------------------------------------------

# A runtime that only writes down its arguments.
recording_runtime() {
  printf '#!/bin/sh\nprintf "%%s\\n" "$@" >%s\necho recorded >&2\nexit 1\n' "$T/argv" >"$T/bin/record"
  chmod +x "$T/bin/record"
  KF_CLASS_RUNTIME=$T/bin/record kf_config
}

gets() { # ARGUMENT...
  assert_eq "what the runtime gets" "$(printf '%s\n' "$@")" "$(sed "s|^$T/sock/[A-Za-z0-9/._-]*|SOCKET|" "$T/argv")"
  rm "$T/argv"
}

@test "create and exec: conmon's words for CRI-O reach the runtime as they are" {
  local runtime file

  container 'echo started'
  recording_runtime
  for runtime in "$T/bin/record" "$T/bin/$CLASS"; do
    crio_create "$runtime"
    gets "--root=$T/rt" create --bundle "$B" --pid-file "$B/pidfile" "$ID"
    WRAPPER=$runtime crio_exec_sync /bin/true
    # The wrapped process is a copy that only the runtime has.
    file=$(grep -A 1 -x -e --process "$T/argv" | tail -n 1)
    [[ $runtime == "$T/bin/record" ]] || [[ $file =~ ^/proc/self/fd/[0-9]+$ ]] || fail "the process is in $file"
    [[ $runtime != "$T/bin/record" ]] || assert_eq "process" "$T/process.json" "$file"
    gets "--root=$T/rt" exec --pid-file "$T/exec.pid" --process "$file" --detach "$ID"
  done
  assert_eq "command" /nono/launcher/kubefence-launcher "$(jq -r '.process.args[0]' "$B/config.json")"
}

# --- refusals ----------------------------------------------------------------------------------------------------

# CRI-O: {"pid": -1, "message": ...} becomes "container create failed: ..." in the pod's events.
refused() { # PART-OF-THE-MESSAGE
  assert_eq "pid" -1 "$(jq -r .pid "$T/sync")"
  assert_has "message" "$1" "$(jq -r .message "$T/sync")"
  assert_eq "lines in the answer" 1 "$(wc -l <"$T/sync")"
  assert_eq "log" "" "$(cat "$LOG" 2>/dev/null || true)"
  assert_eq "containers" "" "$(containers_left)"
}

@test "a checkpoint that CRI-O restores" {
  container 'echo started'
  recording_runtime
  crio_create "$T/bin/$CLASS" --restore "$T/checkpoint" --runtime-opt --lsm-profile=selinux:a
  refused "a checkpoint cannot be restored under class $CLASS"
  [[ ! -e $T/argv ]] || fail "the runtime was called"
  assert_journal "$ID" denied NONO_STAGE=rewrite NONO_REASON=restore_refused NONO_POD=web-0
}

@test "a create that the wrapper refuses: CRI-O reads its line" {
  container 'echo started'
  rm "$T/nono-nri/nono"
  crio_create
  refused "kubefence-runtime: "
  assert_eq "lines" 1 "$(jq -r .message "$T/sync" | grep -c .)"
  assert_has "message" "$T/nono-nri/nono" "$(jq -r .message "$T/sync")"
}

@test "a create refused because the configuration is broken" {
  container 'echo started'
  echo 'nonsense' >>"$KUBEFENCE_CONFIG"
  crio_create
  refused "kubefence-runtime: "
}

@test "a create that the hook refuses: the runtime's words reach CRI-O" {
  container 'echo started'
  mkdir "$T/elsewhere"
  ln -s "$T/elsewhere" "$B/rootfs/nono"
  crio_create
  refused hook
  assert_journal "$ID" denied
}

# --- without a sandbox -------------------------------------------------------------------------------------------

@test "the infra container of a pod is untouched" {
  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID"
  annotate io.kubernetes.cri-o.ContainerName "k8s_POD_web-0_prod_5d1f_0"
  container 'cat /secret/file; ls -d /nono; exec sleep 87'
  crio_create
  created
  cmp "$T/original.json" "$B/config.json"
  crio_start
  eventually log_has stderr /nono
  assert_eq "stdout" "must not be read" "$(log_of stdout)"
  crio_exec_sync /bin/cat /secret/file
  assert_eq "exec" "must not be read" "$(log_of stdout "$T/exec.log")"
  assert_journal "$ID" skip NONO_STAGE=exec NONO_REASON=sandbox_container NONO_COMMAND=cat
  assert_eq "mounts at /nono" "" "$(grep ' /nono ' "/proc/$PID/mountinfo" || true)"
  assert_eq "records" "" "$(records_left)"
  crio_runtime delete --force "$ID"
}

@test "under a runtime's name a container is untouched" {
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/runc"
  RUNTIME=$(command -v crun || command -v runc)
  container 'cat /secret/file'
  crio_create "$T/bin/runc"
  created
  cmp "$T/original.json" "$B/config.json"
  bare start "$ID"
  ended_with 0
  assert_eq "stdout" "must not be read" "$(log_of stdout)"
  bare delete --force "$ID"
}

# --- CRI-O's questions at its start ------------------------------------------------------------------------------

@test "features, --version and checkpoint --help with stderr merged are the bare runtime's" {
  local command status

  for command in features --version 'checkpoint --help'; do
    status=0
    # shellcheck disable=SC2086 # one or two words; crun names itself in what it says
    bash -c 'exec -a "$0" "$@"' "$T/bin/$CLASS" "$RUNTIME" $command >"$T/bare" 2>&1 || status=$?
    # shellcheck disable=SC2086
    run -"$status" env -i PATH="$PATH" KUBEFENCE_CONFIG="$KUBEFENCE_CONFIG" "$T/bin/$CLASS" $command
    assert_eq "$command" "$(<"$T/bare")" "$output"
  done
  [[ $KF_RUNTIME != runc ]] || "$T/bin/$CLASS" features 2>&1 | jq -e .ociVersionMax
}
