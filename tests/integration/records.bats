#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
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
  assert_journal "$other" container-removed NONO_STAGE=gc
  assert_eq "left" "$ID" "$(kubefence list --json | jq -r .container_id)"
  assert_eq "gc again" "" "$(kubefence gc)"
  # The runtime deletes nothing without its bundle.
  bare delete --force "$other"
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
    assert_has "stderr" "the record of container broken is not valid JSON" "$ERR"
  done
  rm -r "$T/state/broken"
}

@test "records are found when the configuration is broken" {
  echo "bogus = 1" >>"$KUBEFENCE_CONFIG"
  kubefence list >"$T/out" 2>"$T/err"
  assert_has "stderr" "unknown key 'bogus'" "$(<"$T/err")"
  assert_has "stderr" "looking at /run/kubefence" "$(<"$T/err")"
}

inspect_row() { # SUBJECT
  jq -r --arg subject "$1" '.[] | select(.subject == $subject) | (.status // "fact") + " " + .text' "$T/json"
}

@test "inspect shows the record, the process and the mount of a container" {
  app 'echo hello; exec sleep 61'
  start_container
  kubefence inspect "$ID" >"$T/text"
  cat "$T/text"
  ! grep -q '.\{81\}' "$T/text" || fail "wider than 80 columns"
  kubefence inspect --json "${ID%?}" >"$T/json"
  assert_eq "container" "fact $ID" "$(inspect_row container)"
  assert_eq "pod" "fact web-0" "$(inspect_row pod)"
  assert_eq "command" "fact sleep 61" "$(inspect_row command)"
  assert_eq "no_new_privs" "ok yes" "$(inspect_row no_new_privs)"
  assert_eq "/nono" "ok $T/nono-nri" "$(inspect_row /nono)"
  assert_eq "read-only" "ok yes" "$(inspect_row read-only)"
  assert_eq "topmost" "ok yes" "$(inspect_row topmost)"
  assert_eq "seccomp" "fact none" "$(inspect_row seccomp)"
  assert_eq "Landlock" "fact $("$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" check --json |
    jq -r '.[] | select(.check == "landlock").message' | grep -oE '[0-9]+' | head -n 1)" "$(inspect_row "Landlock ABI")"
}

@test "inspect shows the profile's grants, a path with blanks or escapes as one value" {
  jq '.filesystem.read += ["/with blank", "/e\u001bc\u009b"] | .filesystem.deny = ["/secret"] | .network = {"block": true}' \
    "$T/nono-nri/profiles/narrow.json" >"$T/narrow"
  cat "$T/narrow" >"$T/nono-nri/profiles/narrow.json"
  touch -d '1 hour ago' "$T/nono-nri/profiles/narrow.json"
  annotate nono.sh/profile narrow
  app 'exec sleep 61'
  # The stand-in is not asked about networks.
  start_container
  kubefence inspect --json "$ID" >"$T/json"
  values() { jq -c --arg subject "$1" '.[] | select(.subject == $subject).values' "$T/json"; }
  assert_eq "deny" '["/secret"]' "$(values deny)"
  assert_eq "network" '["true"]' "$(values network.block)"
  assert_eq "read" '["/with blank","/e\\x1bc\\xc2\\x9b"]' \
    "$(jq -c '.[] | select(.subject == "read").values | .[-2:]' "$T/json")"
  assert_eq "as the file is" "" "$(inspect_row grants)"
  kubefence inspect "$ID" >"$T/text"
  ! grep -q '.\{81\}' "$T/text" || fail "wider than 80 columns"
  ! LC_ALL=C grep -q '[^ -~]' "$T/text" "$T/json" || fail "not plain ASCII"
  touch -d 'tomorrow' "$T/nono-nri/profiles/narrow.json"
  kubefence inspect --json "$ID" >"$T/json"
  assert_has "changed since" "warn the profile's file has changed since" "$(inspect_row grants)"
  rm "$T/nono-nri/profiles/narrow.json"
  kubefence inspect --json "$ID" >"$T/json"
  assert_has "gone" "warn profile narrow is not installed" "$(inspect_row grants)"
  mkfifo "$T/nono-nri/profiles/narrow.json"
  kubefence inspect --json "$ID" >"$T/json"
  assert_has "FIFO" "warn profile narrow.json is not a regular file" "$(inspect_row grants)"
  rm "$T/nono-nri/profiles/narrow.json"
}

# As in a subvolume of btrfs, and below a root that is a directory of a file system: the mount table has another path.
@test "inspect knows the nono directory where that is a part of a file system" {
  mkdir "$T/store"
  mv "$T/nono-nri" "$T/store/@opt"
  mkdir "$T/nono-nri"
  mount --bind "$T/store/@opt" "$T/nono-nri"
  kf_config 'delivery = mount'
  app 'exec sleep 61'
  start_container
  kubefence inspect --json "$ID" >"$T/json"
  assert_eq "/nono" "ok $T/nono-nri" "$(inspect_row /nono)"
  umount "$T/nono-nri"
  STATUS=0
  kubefence inspect --json "$ID" >"$T/json" || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "/nono" "fail is not this node's nono directory" "$(inspect_row /nono)"
}

@test "inspect fails for a container whose /nono is covered, and for one that is gone" {
  app 'sleep 60'
  start_container
  nsenter --target "$PID" --mount -- /bin/busybox mount -t tmpfs tmpfs /nono
  STATUS=0
  kubefence inspect --json "$ID" >"$T/json" || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "topmost" "fail no: another mount covers it" "$(inspect_row topmost)"
  assert_has "/nono" "fail is not this node's nono directory" "$(inspect_row /nono)"
  kill -KILL "$PID"
  eventually is_stale "$ID"
  STATUS=0
  kubefence inspect --json "$ID" >"$T/json" || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  assert_has "process" "fail is gone" "$(inspect_row process)"
}

@test "inspect takes one container, and says when it is missing" {
  local argument

  for argument in '' '--bogus' 'a b'; do
    STATUS=0
    # shellcheck disable=SC2086 # words are wanted
    kubefence inspect $argument >"$T/out" 2>"$T/err" || STATUS=$?
    assert_eq "exit status" 2 "$STATUS"
  done
  STATUS=0
  kubefence inspect $'no\nsuch' >"$T/out" 2>"$T/err" || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" 'no record of container no\x0asuch' "$(<"$T/err")"
  assert_eq "lines" 1 "$(wc -l <"$T/err")"
}
