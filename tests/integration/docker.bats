#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq and sh programs; bats runs each test in a subshell
#
# A real dockerd, which brings a containerd of its own, with the daemon.json that scripts/install-node.sh makes.
# Containers have no network but their own namespace: nothing of this machine's is touched.

load helpers

setup_file() {
  kf_tool docker
  export PATH=$TOOL:$PATH
}

setup() {
  command -v containerd >/dev/null || skip "containerd is not installed"
  kf_setup
  D=$T/docker NODE=$T/node
  DAEMON=$NODE/etc/docker/daemon.json
  mkdir -p "$D" "${DAEMON%/*}"
  export DOCKER_HOST=unix://$D/sock DOCKER_CONFIG=$D/client
  jq -n --arg d "$D" '{hosts: ["unix://\($d)/sock"], pidfile: "\($d)/pid", "data-root": "\($d)/data",
    "exec-root": "\($d)/run", "storage-driver": "vfs", iptables: false, ip6tables: false,
    bridge: "none", "userland-proxy": false}' >"$DAEMON"
}

teardown() {
  if [[ -n ${T:-} && -d $D && -n ${DOCKERD:-} ]]; then
    docker ps --all --quiet | xargs -r docker rm --force >"$T/rm" 2>&1
    stop_dockerd
    # with live-restore it leaves its own mounts
    ! mountpoint -q "$D/data" || umount -l "$D/data"
  fi
  kf_teardown
}

teardown_file() { stop_journald; }

# --- dockerd -----------------------------------------------------------------------------------------------------

start_dockerd() {
  dockerd --config-file "$DAEMON" >>"$D/log" 2>&1 </dev/null 3>&- &
  DOCKERD=$!
  eventually docker_answers
}

stop_dockerd() {
  kill "$DOCKERD" || true
  wait "$DOCKERD" || true
}

docker_answers() { docker version >/dev/null 2>&1; }

docker() {
  timeout "$KF_PATIENCE" "$TOOL/docker" "$@" </dev/null 3>&-
}

# The administrator's commands; the programs are the ones of this test.
install_runtime() {
  local program

  mkdir -p "$NODE"/usr/{bin,libexec/kubefence,libexec/oci/hooks.d}
  for program in bin/kubefence-runtime libexec/kubefence/nono-runc libexec/oci/hooks.d/kubefence-hook; do
    ln -sf "$T/bin/$CLASS" "$NODE/usr/$program"
  done
  "$KF_TOP/scripts/install-node.sh" --root "$NODE" --engine docker >"$T/install"
  sed -i "s|/usr/libexec/kubefence/nono-runc|${1:-$T/bin/$CLASS}|" "$DAEMON"
}

# dockerd with our runtime and the image.
docker_up() { # [RUNTIME]
  install_runtime "$@"
  start_dockerd
  tar -C "$B/rootfs" -c . | timeout "$KF_PATIENCE" "$TOOL/docker" import --change 'ENV PATH=/usr/bin:/bin' - app:1 3>&-
}

# Sets $CTR, $STATUS, $OUT and $ERR.
docker_run() { # OPTIONS-AND-COMMAND...
  STATUS=0
  rm -f "$T/id"
  docker run --cidfile "$T/id" --network none "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  CTR=$(cat "$T/id")
}

start_detached() { # OPTIONS-AND-COMMAND...
  docker_run --detach "$@"
  succeeded
  PID=$(docker inspect --format '{{.State.Pid}}' "$CTR")
  eventually left_the_runtime "$PID"
}

bundle_of() { # ID
  echo "$D/run/containerd/daemon/io.containerd.runtime.v2.task/moby/$1"
}

# --- tests -------------------------------------------------------------------------------------------------------

@test "a container with our runtime is sandboxed, and leaves nothing" {
  docker_up
  docker_run --runtime nono-runc --rm app:1 sh -c "$READ_AND_EXIT"
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_journal "$CTR" injected NONO_PROFILE=default "NONO_RUNTIME_HANDLER=$CLASS" NONO_REASON=runtime_class_matched
  assert_journal "$CTR" container-removed
}

@test "one without is not" {
  docker_up
  docker_run app:1 sh -c "$READ_AND_EXIT"
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" $'may be read\nmust not be read' "$OUT"
  journal_is_silent_about "$CTR"
}

@test "Docker's own hook stays, runs, and gets the network namespace" {
  local sandbox

  docker_up
  start_detached --runtime nono-runc app:1 sleep 84
  jq -e '.hooks.prestart[0].args[0] == "libnetwork-setkey" and (.hooks.prestart | length == 1) and
    (.hooks.createRuntime | length == 1) and .process.args[0] == "/nono/launcher/kubefence-launcher"' "$(bundle_of "$CTR")/config.json"
  sandbox=$(docker inspect --format '{{.NetworkSettings.SandboxKey}}' "$CTR")
  assert_eq "network namespace" "$(stat -Lc %i "/proc/$PID/ns/net")" "$(stat -Lc %i "$sandbox")"
  assert_command "$PID" "sleep 84"
  assert_eq "record" "$CTR" "$(ls "$T/state")"
}

@test "the arguments with which the shim calls the runtime" {
  local bundle common

  printf '#!/bin/sh\necho "$@" >>%s/argv\nexec %s/bin/%s "$@"\n' "$T" "$T" "$CLASS" >"$T/bin/logs"
  chmod 755 "$T/bin/logs"
  docker_up "$T/bin/logs"
  start_detached --runtime nono-runc app:1 sleep 84
  bundle=$(bundle_of "$CTR")
  docker exec "$CTR" true
  docker rm --force "$CTR"
  cat "$T/argv"
  common="--root $D/run/runtime-runc/moby --log $bundle/log.json --log-format json"
  grep -xF -- "$common create --bundle $bundle --pid-file $bundle/init.pid $CTR" "$T/argv"
  grep -xF -- "$common start $CTR" "$T/argv"
  grep -xE -- "$common exec --process [^ ]+ --detach --pid-file [^ ]+ $CTR" "$T/argv"
  grep -xF -- "$common kill $CTR 9" "$T/argv"
  grep -xF -- "$common delete $CTR" "$T/argv"
  assert_eq "containers left" "" "$(ls "$D/run/runtime-runc/moby")"
}

@test "the client is told the reason of a refusal" {
  docker_up
  rm "$T/nono-nri/profiles/default.json"
  docker_run --runtime nono-runc app:1 sh -c "$READ_AND_EXIT"
  assert_eq "exit status" 125 "$STATUS"
  assert_has "stderr" "profile default is not installed" "$ERR"
  assert_journal "$CTR" denied NONO_DECISION=deny NONO_REASON=profile_refused
}

@test "stop, start, restart, exec, kill" {
  docker_up
  start_detached --runtime nono-runc app:1 sh -c 'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done'
  docker stop "$CTR"
  assert_eq "exit status" 5 "$(docker inspect --format '{{.State.ExitCode}}' "$CTR")"
  assert_eq "records left" "" "$(records_left)"
  docker start "$CTR"
  docker restart "$CTR"
  assert_eq "record" "$CTR" "$(ls "$T/state")"
  assert_eq "exec" "may be read" "$(docker exec "$CTR" cat /allowed/file)"
  docker kill "$CTR"
  assert_eq "exit status" 137 "$(docker wait "$CTR")"
}

@test "exec: denied what PID 1 is denied, by absolute path and by name, and so are the children" {
  local command

  docker_up
  start_detached --runtime nono-runc app:1 sleep 84
  for command in '/bin/cat /allowed/file /secret/file' 'cat /allowed/file /secret/file' \
    '/bin/sh -c "sh -c \"cat /allowed/file; cat /secret/file\""'; do
    STATUS=0
    eval "docker exec $CTR $command" >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_eq "$command: exit status" 1 "$STATUS"
    assert_eq "$command: stdout" "may be read" "$OUT"
    assert_has "$command: stderr" "can't open '/secret/file': Permission denied" "$ERR"
  done
  docker rm --force "$CTR"
}

@test "a read-only rootfs, another user, a volume, no network but lo" {
  mkdir "$T/volume"
  chmod 777 "$T/volume"
  docker_up
  docker_run --runtime nono-runc --read-only --user 1000:1000 --volume "$T/volume:/scratch" app:1 \
    sh -c 'id -u; echo x >/scratch/file && cat /scratch/file; grep -c : /proc/net/dev; cat /secret/file; exit 7'
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" $'1000\nx\n1' "$OUT"
}

@test "labels are not annotations: no choice of a profile, no way out" {
  docker_up
  docker_run --runtime nono-runc --label nono.sh/profile=narrow --label io.kubernetes.cri.container-type=sandbox \
    --label nono.sh/runtime-class=other --env NONO_PROFILE=narrow app:1 sh -c "$READ_AND_EXIT"
  assert_eq "stdout" "may be read" "$OUT"
  assert_journal "$CTR" injected NONO_PROFILE=default
}

@test "a terminal" {
  docker_up
  docker_run --runtime nono-runc --tty app:1 sh -c 'test -t 1 && echo terminal; cat /secret/file; exit 7'
  assert_eq "exit status" 7 "$STATUS"
  assert_has "stdout" terminal "$OUT"
  assert_has "stdout" "/secret/file': Permission denied" "$OUT"
}

@test "dockerd restarts under a running container" {
  jq '."live-restore" = true' "$DAEMON" >"$T/new"
  mv "$T/new" "$DAEMON"
  docker_up
  start_detached --runtime nono-runc app:1 sh -c 'sleep 84 & wait'
  stop_dockerd
  start_dockerd
  assert_eq "exec" "may be read" "$(docker exec "$CTR" cat /allowed/file)"
  assert_eq "record" "$CTR" "$(ls "$T/state")"
  docker rm --force "$CTR"
  assert_eq "records left" "" "$(records_left)"
}

knows_runtime() { docker info --format '{{json .Runtimes}}' | jq -e 'has("nono-runc")' >"$T/knows"; }
knows_no_runtime() { docker_answers && ! knows_runtime; }

@test "the installer's commands for docker are enough: a reload, and a restart to take the runtime back" {
  start_dockerd
  knows_no_runtime
  install_runtime
  grep -F "systemctl reload docker" "$T/install"
  kill -HUP "$DOCKERD"
  eventually knows_runtime
  sed -i "s|$T/bin/$CLASS|/usr/libexec/kubefence/nono-runc|" "$DAEMON"
  run "$KF_TOP/scripts/install-node.sh" --root "$NODE" --uninstall
  assert_has "output" "systemctl restart docker" "$output"
  stop_dockerd
  start_dockerd
  knows_no_runtime
}
