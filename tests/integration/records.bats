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
  assert_eq "verdict" "verdict ok sandboxed under default" "$(jq -r '.[0] | .subject + " " + .status + " " + .text' "$T/json")"
  assert_eq "first line" "ok    verdict             sandboxed under default" "$(head -n 1 "$T/text")"
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

# Records of containers that are gone, which is all that the look-up of names needs.
made_record() { # ID NAMESPACE POD CONTAINER
  mkdir -p -m 700 "$T/made" "$T/made/$1"
  jq -n --arg id "$1" --arg namespace "$2" --arg pod "$3" --arg name "$4" '{container_id: $id, namespace: $namespace,
    pod: $pod, pod_uid: "1-2", container: $name, profile: "default", runtime_handler: "nono-runc", bundle: "/nonexistent",
    timestamp: "2026-01-01T00:00:00Z", pid: 0, pid_start_time: 0}' >"$T/made/$1/metadata.json"
}

some_records() {
  sed -i "s|^state_dir = .*|state_dir = $T/made|" "$KUBEFENCE_CONFIG"
  made_record aaaa11112222 prod web-0 app
  made_record aaaa33334444 prod web-1 app
  made_record bbbb11112222 test web-1 proxy
  # A pod that calls itself like another's id, and with characters that are not plain.
  made_record cccc11112222 evil aaaa11112222 $'x\e[31m\n- y: "z"'
}

named() { # WORD: the id of the container that inspect shows, or its message
  STATUS=0
  kubefence inspect --json "$1" >"$T/json" 2>"$T/err" || STATUS=$?
  jq -r '.[] | select(.subject == "container").text' "$T/json"
  cat "$T/err"
}

@test "a container is named by id, beginning of an id, name, pod and namespace" {
  some_records
  assert_eq "id" aaaa11112222 "$(named aaaa11112222)"
  assert_eq "beginning" bbbb11112222 "$(named b)"
  assert_eq "pod" aaaa11112222 "$(named web-0)"
  assert_eq "name" bbbb11112222 "$(named proxy)"
  assert_eq "pod and name" aaaa33334444 "$(named web-1/app)"
  assert_eq "namespace and pod" bbbb11112222 "$(named test/web-1)"
  assert_eq "all three" aaaa33334444 "$(named prod/web-1/app)"
}

@test "a word for more than one container is refused, and they are listed; so is one for none" {
  local i word

  some_records
  assert_eq "name" "kubefence: app is more than one container, say more of its id: aaaa11112222 (prod/web-0/app), aaaa33334444 (prod/web-1/app)" \
    "$(named app)"
  assert_has "pod" "aaaa33334444 (prod/web-1/app), bbbb11112222 (test/web-1/proxy)" "$(named web-1)"
  # The pod's name is the beginning of another's id: neither is taken.
  made_record aaaa11112222ffff prod web-9 other
  assert_has "a name like an id" "cccc11112222 (evil/aaaa11112222/x\x1b[31m\x0a- y: \"z\")" "$(
    made_record dddd evil aaaa11112222 second && named evil/aaaa11112222)"
  assert_has "ids" "aaaa11112222 (prod/web-0/app), aaaa11112222 (prod/web-9/other)" "$(named aaaa1111222)"
  for i in 1 2 3 4 5 6; do
    made_record "eeee$i" many "pod-$i" many
  done
  assert_has "many" "eeee4 (many/pod-4/many), ..." "$(named many)"
  for word in app/web-0 web /app web-0/ prod/ prod/web-0/ prod/web-0/app/ '*' . ..; do
    assert_has "'$word'" "no record of container $word" "$(named "$word")"
    [[ ! -s $T/json ]]
  done
  run kubefence inspect ''
  [[ $status == 2 ]]
}

@test "list: synonyms, filters, ids alone, wide, YAML" {
  local word

  some_records
  for word in ls ps; do
    diff <(kubefence list) <(kubefence "$word")
  done
  diff <(kubefence list) <(kubefence list --all)
  assert_eq "ids" "aaaa11112222 aaaa33334444 bbbb11112222 cccc11112222" "$(kubefence ps -q | xargs)"
  assert_eq "two filters" aaaa33334444 "$(kubefence ls -q --filter pod=web-1,container=app)"
  assert_eq "id" "aaaa11112222 aaaa33334444" "$(kubefence ls -q -F id=aaaa | xargs)"
  assert_eq "status" 4 "$(kubefence ls -q -F status=stale,class=nono-runc,profile=default | wc -l)"
  assert_eq "namespace" "" "$(kubefence ls -q -F namespace=pro)"
  assert_eq "JSON" bbbb11112222 "$(kubefence ls -o json -F container=proxy | jq -r .container_id)"
  assert_has "wide" "/nonexistent" "$(kubefence ls -o wide -F container=proxy)"
  [[ $(kubefence ls -F pod=web-0 | wc -l) == 2 ]]
  for word in bogus=1 pod pod= =x "pod=a," ,pod=a 'pod=a,,pod=b'; do
    run kubefence list --filter "$word"
    [[ $status == 2 && $output == *"is not a filter: write KEY=VALUE"* ]] || fail "$word: $output"
  done
  run kubefence list -o xml
  [[ $status == 2 && $output == *"there are short, wide, json and yaml"* ]]
}

@test "YAML says the same as JSON, whatever a pod calls itself" {
  python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
  some_records
  made_record dddd11112222 "2026-01-01" "null" "- {a: b} # c"
  diff <(kubefence list -o json | jq -S .) <(kubefence list -o yaml |
    python3 -c 'import sys, yaml, json; [print(json.dumps(d)) for d in yaml.safe_load_all(sys.stdin)]' | jq -S .)
  diff <(kubefence inspect -o json dddd | jq -S .) <(kubefence inspect -o yaml dddd |
    python3 -c 'import sys, yaml, json; print(json.dumps(yaml.safe_load(sys.stdin)))' | jq -S .)
}

@test "a user without rights is told so, in place of an empty table" {
  some_records
  chmod 755 "$T"
  STATUS=0
  setpriv --reuid 65534 --clear-groups env KUBEFENCE_CONFIG="$KUBEFENCE_CONFIG" "$KF_BUILD/kubefence" list >"$T/out" 2>"$T/err" || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "are not this user's: look at them as root (sudo)" "$(<"$T/err")"
  setpriv --reuid 65534 --clear-groups env -u KUBEFENCE_CONFIG XDG_RUNTIME_DIR="$T/none" "$KF_BUILD/kubefence" list >"$T/out" 2>"$T/err"
  assert_has "stderr" "no records in $T/none/kubefence: as this user you see only your own containers" "$(<"$T/err")"
}

@test "the table fits the terminal" {
  some_records
  made_record ffff11112222 a-namespace-with-a-long-name a-pod-with-quite-a-long-name-0 a-container-with-a-long-name
  for columns in 70 90 160; do
    script -qec "stty cols $columns; '$KF_BUILD/kubefence' list" /dev/null </dev/null | tr -d '\r' >"$T/table"
    assert_eq "wider than $columns" "" "$(awk -v n="$columns" 'length > n' "$T/table")"
  done
  assert_eq "cut at 160" 0 "$(grep -c '\.\.\.  ' "$T/table")"
  assert_eq "wider than 80 in a pipe" "" "$(kubefence list | awk 'length > 80')"
}

@test "help of a command, and words that are not commands" {
  assert_eq "help logs" "$(kubefence logs --help)" "$(kubefence help logs)"
  assert_eq "help ps" "$(kubefence list --help)" "$(kubefence help ps)"
  run kubefence pss
  [[ $status == 2 && $output == "kubefence: 'pss' is not a command (see kubefence --help)" ]]
  run kubefence status
  [[ $status == 2 && $output == *"status takes one container"* ]]
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
