#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# kubefence list and gc over real containers.

load helpers

setup() { kf_setup; }
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

kubefence() { # ARGUMENTS...
  timeout "$KF_PATIENCE" "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" "$@" 3>&-
}

is_stale() { # ID
  [[ $(kubefence list --json | jq -r --arg id "$1" 'select(.container_id == $id).status') == stale ]]
}

@test "a running container is listed, with 80 columns at most" {
  assert_eq "nothing yet" 1 "$(kubefence list | wc -l)"
  annotate io.kubernetes.pod.name "a-pod-with-a-rather-long-name-as-generated-by-a-deployment-7d9f8c6b5-x2x4z"
  app 'sleep 60'
  start_container
  kubefence list >"$T/list"
  cat "$T/list"
  assert_eq "lines" 2 "$(wc -l <"$T/list")"
  assert_has "row" "${ID:0:12}  running  prod" "$(tail -n 1 "$T/list")"
  ! grep -q '.\{81\}' "$T/list" || fail "wider than 80 columns"
  assert_eq "json" "$ID running prod default $CLASS $PID" "$(kubefence list --json |
    jq -r '[.container_id, .status, .namespace, .profile, .runtime_handler, .pid] | join(" ")')"
  assert_eq "gc" "" "$(kubefence gc)"
  assert_eq "still there" 2 "$(kubefence list | wc -l)"
  kf delete --force "$ID"
  assert_eq "gone" 1 "$(kubefence list | wc -l)"
}

@test "gc removes the record of a container that went without a poststop hook, and of no other" {
  local other=$ID-other

  app 'sleep 60'
  start_container
  cp -a "$B" "$T/other"
  start_container "$other" "$T/other"
  kill -KILL "$PID"
  eventually is_stale "$other"
  assert_eq "dry run" "$other" "$(kubefence gc --dry-run)"
  assert_eq "records" 2 "$(find "$T/state" -name metadata.json | wc -l)"
  assert_eq "gc" "$other" "$(kubefence gc)"
  assert_eq "left" "$ID" "$(kubefence list --json | jq -r .container_id)"
  assert_eq "gc again" "" "$(kubefence gc)"
  rm -rf "$T/other"
}

@test "a damaged record is named, and stays" {
  mkdir -p -m 700 "$T/state/broken"
  echo '{"container_id": "broken"' >"$T/state/broken/metadata.json"
  for command in list gc; do
    STATUS=0
    kubefence $command >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "container's record is not valid JSON" "$ERR"
  done
  rm -r "$T/state/broken"
}

@test "records are found when the configuration is broken" {
  echo "bogus = 1" >>"$KUBEFENCE_CONFIG"
  kubefence list >"$T/out" 2>"$T/err"
  assert_has "stderr" "unknown key 'bogus'" "$(<"$T/err")"
  assert_has "stderr" "looking at /run/kubefence" "$(<"$T/err")"
}
