#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2016 # a $ in single quotes is for the container's shell
#
# Real Podman, as root: with hooks only (the precreate filter and the createRuntime hook), and with the wrapper as
# its runtime. Storage, hooks and containers.conf are the test's own.

load helpers

setup() {
  kf_setup
  command -v podman >/dev/null || skip "podman is not installed"
  mkdir "$T/hooks.d"
  podman_conf
}

teardown() {
  [[ -z ${T:-} ]] || podman_run_raw rm --all --force --time 0 >/dev/null 2>&1 || true
  kf_teardown
}

teardown_file() {
  stop_journald
}

# Podman and conmon hand no variable on to the runtime; the wrapper still has to find this test's configuration.
podman_conf() {
  mkdir "$T/podman"
  cat >"$T/podman/$CLASS" <<END
#!/usr/bin/env bash
export KUBEFENCE_CONFIG=$KUBEFENCE_CONFIG
exec -a $CLASS $KF_BUILD/kubefence-runtime "\$@"
END
  chmod 755 "$T/podman/$CLASS"
  cat >"$T/containers.conf" <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime_supports_json = ["crun", "runc", "$CLASS"]
[engine.runtimes]
$KF_RUNTIME = ["$RUNTIME"]
$CLASS = ["$T/podman/$CLASS"]
END
}

hook_json() { # NAME STAGE COMMAND
  jq -n --arg path "$HOOK" --arg config "$KUBEFENCE_CONFIG" --arg stage "$2" --arg command "$3" '{version: "1.0.0",
    hook: {path: $path, args: ["kubefence-hook", "--config", $config, $command], env: ["PATH=/usr/bin:/bin"],
      timeout: 30}, when: {always: true}, stages: [$stage]}' >"$T/hooks.d/$1.json"
}

all_hooks() {
  hook_json 50-precreate precreate precreate
  hook_json 50-create createRuntime create-runtime
  hook_json 50-poststop poststop poststop
}

podman_run_raw() { # ARGUMENTS...
  CONTAINERS_CONF=$T/containers.conf timeout "$KF_PATIENCE" podman --root "$T/storage" --runroot "$T/run" --tmpdir \
    "$T/tmp" --storage-driver vfs --hooks-dir "$T/hooks.d" --runtime "${PODMAN_RUNTIME:-$CLASS}" "$@" </dev/null 3>&-
}

# No test machine may raise limits, and none has a network for containers.
LIMITS=(--network none --ulimit nofile=1024:1024 --ulimit nproc=1000:1000)

podman_run() { # ARGUMENTS OF podman run...
  STATUS=0
  podman_run_raw run "${LIMITS[@]}" "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

hooks_only() {
  PODMAN_RUNTIME=$RUNTIME
  all_hooks
}

TRIES='echo $(cat /allowed/file /secret/file 2>/dev/null || echo denied) $NONO_PROFILE'

@test "hooks only: a container that opts in with the annotation is sandboxed" {
  hooks_only
  podman_run --rm --annotation "nono.sh/runtime-class=$CLASS" --rootfs "$B/rootfs" "${READS[@]}"
  assert_sandboxed
}

@test "hooks only: a container that does not opt in is not" {
  hooks_only
  podman_run --rm --rootfs "$B/rootfs" "${READS[@]}"
  assert_free
}

@test "hooks only: with a broken configuration, only those that opt in are refused" {
  hooks_only
  echo "bogus = 1" >>"$KUBEFENCE_CONFIG"
  podman_run --rm --rootfs "$B/rootfs" "${READS[@]}"
  assert_free
  podman_run --rm --annotation "nono.sh/runtime-class=$CLASS" --rootfs "$B/rootfs" "${READS[@]}"
  ((STATUS != 0 && STATUS != 7)) || fail "it started"
  assert_eq "stdout" "" "$OUT"
}

@test "hooks only: without the precreate filter nothing that opts in starts" {
  hooks_only
  rm "$T/hooks.d/50-precreate.json"
  podman_run --rm --annotation "nono.sh/runtime-class=$CLASS" --rootfs "$B/rootfs" "${READS[@]}"
  ((STATUS != 0 && STATUS != 7)) || fail "it started"
  assert_eq "stdout" "" "$OUT"
}

# Podman gives exec the environment it keeps itself, without what the precreate filter added.
@test "hooks only: exec is confined through the launcher: by its path, or with /nono in the container's own PATH" {
  local idle='trap "exit 0" TERM; while :; do sleep 0.2; done'

  hooks_only
  podman_run --detach --name kf --annotation "nono.sh/runtime-class=$CLASS" --annotation nono.sh/profile=narrow \
    --rootfs "$B/rootfs" sh -c "$idle"
  assert_eq "by its path" "denied narrow" "$(podman_run_raw exec kf /nono/sh -c "$TRIES")"
  assert_eq "with a PATH" "denied narrow" "$(podman_run_raw exec --env PATH=/nono:/bin kf sh -c "$TRIES")"
  # The case that README.md names as not covered.
  assert_eq "by a name" "may be read must not be read" "$(podman_run_raw exec kf sh -c "$TRIES")"
  assert_eq "by another path" "may be read must not be read" "$(podman_run_raw exec kf /bin/sh -c "$TRIES")"
  podman_run_raw rm --force --time 5 kf
  podman_run --detach --name kf --annotation "nono.sh/runtime-class=$CLASS" --env PATH=/nono:/bin \
    --rootfs "$B/rootfs" sh -c "$idle"
  assert_eq "the container's PATH" "may be read denied default" "$(podman_run_raw exec kf sh -c "$TRIES")"
  podman_run_raw rm --force --time 5 kf
}

@test "wrapper: run" {
  podman_run --rm --rootfs "$B/rootfs" "${READS[@]}"
  assert_sandboxed
}

@test "wrapper: read-only, another user, a user namespace" {
  local options

  for options in --read-only '--user 1000' '--user 1000 --read-only' '--uidmap 0:100000:65536 --gidmap 0:100000:65536'; do
    echo "options: $options"
    # shellcheck disable=SC2086 # words are wanted
    podman_run --rm $options --rootfs "$B/rootfs" "${READS[@]}"
    assert_sandboxed
  done
}

@test "wrapper: stop, start, restart and exec; the record goes with the container" {
  podman_run --detach --name kf --rootfs "$B/rootfs" sh -c 'trap "exit 0" TERM; cat /secret/file; sleep 60 & wait'
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "records" 1 "$(find "$T/state" -name metadata.json | wc -l)"
  podman_run_raw stop --time 5 kf
  eventually no_records
  podman_run_raw start kf
  assert_eq "records" 1 "$(find "$T/state" -name metadata.json | wc -l)"
  assert_eq "exec" "may be read" "$(podman_run_raw exec kf cat /allowed/file)"
  podman_run_raw restart --time 5 kf
  assert_eq "records" 1 "$(find "$T/state" -name metadata.json | wc -l)"
  podman_run_raw rm --force --time 0 kf
  eventually no_records
}

podman_exec() { # ARGUMENTS OF podman exec...
  STATUS=0
  podman_run_raw exec "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

@test "wrapper: exec is denied what PID 1 is denied, by absolute path and by name, and so are the children" {
  local command

  podman_run --detach --name kf --rootfs "$B/rootfs" sleep 60
  assert_eq "exit status" 0 "$STATUS"
  for command in '/bin/cat /allowed/file /secret/file' 'cat /allowed/file /secret/file' \
    '/bin/sh -c "sh -c \"${READS[2]}\"; exit 1"'; do
    eval "podman_exec kf $command"
    assert_eq "$command: exit status" 1 "$STATUS"
    assert_eq "$command: stdout" "may be read" "$OUT"
    assert_has "$command: stderr" "can't open '/secret/file': Permission denied" "$ERR"
  done
  podman_exec --env NONO_ALLOW=/secret --user 1000 --workdir /scratch kf sh -c "id -u; pwd; ${READS[2]}"
  assert_eq "stdout" $'1000\n/scratch\nmay be read' "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
  assert_eq "exit status" 7 "$STATUS"
  KF_CLASS_LINE='exec = deny' kf_config
  podman_exec kf true
  ((STATUS != 0))
  assert_has "stderr" "commands in running containers are not allowed for class $CLASS" "$ERR"
}

@test "wrapper: health checks run, confined" {
  podman_run --detach --name kf --health-cmd 'CMD-SHELL cat /allowed/file' --health-interval disable \
    --rootfs "$B/rootfs" sleep 60
  podman_run_raw healthcheck run kf
  podman_run_raw rm --force --time 0 kf
  podman_run --detach --name kf --health-cmd 'CMD-SHELL cat /secret/file' --health-interval disable \
    --rootfs "$B/rootfs" sleep 60
  run ! podman_run_raw healthcheck run kf
}

no_records() {
  [[ -z $(records_left) ]]
}

@test "wrapper: Podman's own error has the reason" {
  podman_run --rm --annotation nono.sh/profile=no-such --rootfs "$B/rootfs" "${READS[@]}"
  ((STATUS != 0 && STATUS != 7)) || fail "it started"
  assert_has "stderr" "profile no-such is not installed" "$ERR"
}

@test "a class's seccomp profile, hooks only and through the wrapper" {
  mkdir "$T/seccomp"
  cp "$KF_BUILD"/seccomp/*.json "$T/seccomp/"
  cp "$KF_BUILD/tests/seccomp/probe" "$B/rootfs/bin/probe"
  kf_config "seccomp_profile = $T/seccomp/restricted.json"
  podman_run --rm --security-opt seccomp=unconfined --rootfs "$B/rootfs" probe
  assert_seccomp
  podman_run --rm --cap-add SYS_PTRACE --rootfs "$B/rootfs" probe
  assert_seccomp
  hooks_only
  podman_run --rm --security-opt seccomp=unconfined --annotation "nono.sh/runtime-class=$CLASS" --rootfs "$B/rootfs" probe
  assert_seccomp
}

assert_seccomp() {
  succeeded
  assert_has "stdout" "ptrace EPERM" "$OUT"
  assert_has "stdout" "io_uring_setup EPERM" "$OUT"
  assert_has "stdout" "thread ok" "$OUT"
}
