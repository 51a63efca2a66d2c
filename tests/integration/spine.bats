#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# A container that opted in starts confined, and otherwise notices nothing. Runs for each runtime, with the stand-in
# and with the real nono.

load helpers

setup() { kf_setup; }
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

@test "PID 1 is the container's own command" {
  spec_args /bin/sleep 61
  start_container
  assert_command "$PID" "/bin/sleep 61"
  assert_eq "no_new_privs" "NoNewPrivs: 1" "$(grep NoNewPrivs "/proc/$PID/status" | tr '\t' ' ')"
  bare kill "$ID" KILL
}

@test "a command without a path is found over the container's PATH" {
  spec_args sleep 62
  start_container
  assert_command "$PID" "sleep 62"
  bare kill "$ID" KILL
}

@test "stdout, stderr and the exit code come through, and nothing else" {
  app 'echo to stdout; echo to stderr >&2; exit 42'
  run_container
  assert_eq "exit status" 42 "$STATUS"
  assert_eq "stdout" "to stdout" "$OUT"
  assert_eq "stderr" "to stderr" "$ERR"
}

@test "arguments come through byte for byte" {
  local args=(/bin/sh -c 'printf "<%s>" "$@"' sh '' ' a  b ' $'two\nlines' '"q" \ $HOME' '--' '-s' 'wrap' 'schön 🦀' '\u0041')

  spec_args "${args[@]}"
  run_container
  succeeded
  assert_eq "stdout" "$(printf '<%s>' "${args[@]:4}")" "$OUT"
}

@test "stdin reaches the command" {
  spec_args /bin/cat
  assert_eq "stdout" "through" "$(echo through | "$T/bin/$CLASS" --root "$T/rt" run --bundle "$B" "$ID" 3>&-)"
}

@test "a read outside the profile is denied, one inside works" {
  app 'cat /allowed/file; cat /secret/file'
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

@test "a write outside the profile is denied, one inside works" {
  app 'echo new >/scratch/f && cat /scratch/f; echo new >/allowed/file'
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "new" "$OUT"
  assert_has "stderr" "/allowed/file: Permission denied" "$ERR"
}

@test "children inherit the sandbox" {
  app 'sh -c "sh -c \"cat /allowed/file; cat /secret/file\"" & wait $!'
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
}

@test "the profile that the pod asks for is in force" {
  annotate nono.sh/profile narrow
  app 'cat /allowed/file'
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "/allowed/file': Permission denied" "$ERR"
  assert_journal "$ID" injected NONO_PROFILE=narrow NONO_REASON=runtime_class_matched
}

@test "an invalid profile name falls back to the default, with a warning" {
  annotate nono.sh/profile ../../etc/passwd
  app 'cat /allowed/file; cat /secret/file'
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
  assert_journal "$ID" injected NONO_PROFILE=default NONO_REASON=profile_invalid PRIORITY=4
}

@test "the environment cannot loosen the sandbox" {
  spec '.process.env += ["NONO_ALLOW=/secret", "NONO_PROFILE=writes-nono", "NONO_ALLOW=/secret", "TOOL_SANDBOX_X=1"]'
  app 'env | grep -E "^(NONO|TOOL_SANDBOX)_"; cat /secret/file'
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "Permission denied" "$ERR"
  # Nono sees none of them, and the command all of them, but for the name of its profile.
  assert_eq "environment" $'NONO_ALLOW=/secret\nNONO_PROFILE=default\nTOOL_SANDBOX_X=1' "$(sort <<<"$OUT")"
}

@test "nono itself does obey NONO_ALLOW: the test above would notice" {
  run -1 "$NONO" -s wrap --profile "$T/nono-nri/profiles/narrow.json" -- /bin/cat "$B/rootfs/secret/file"
  NONO_ALLOW=$T run -0 "$NONO" -s wrap --profile "$T/nono-nri/profiles/narrow.json" -- /bin/cat "$B/rootfs/secret/file"
}

@test "a user that is not root" {
  spec '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {} | .process.cwd = "/home/app"'
  app 'id -u; cat /allowed/file; cat /secret/file'
  run_container
  assert_eq "stdout" $'1000\nmay be read' "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

@test "a uid without an entry in passwd, in an image without /etc" {
  spec '.process.user = {uid: 4711, gid: 4711} | .process.capabilities = {}'
  rm -r "$B/rootfs/etc"
  app 'id -u; cat /allowed/file'
  run_container
  succeeded
  assert_eq "stdout" $'4711\nmay be read' "$OUT"
}

@test "a read-only rootfs" {
  spec '.root.readonly = true'
  app 'cat /allowed/file; echo x >/scratch/f'
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/scratch/f: Read-only file system" "$ERR"
  assert_journal "$ID" injected
}

@test "a terminal" {
  spec '.process.terminal = true'
  app 'test -t 0 && test -t 1 && echo a terminal; cat /allowed/file; cat /secret/file; exit 5'
  STATUS=0
  # A stdin that never ends: script(1) would pass its end on, and the terminal echo it into the output.
  mkfifo "$T/stdin"
  timeout "$KF_PATIENCE" script -qec "$T/bin/$CLASS --root $T/rt run --bundle $B $ID" /dev/null \
    <>"$T/stdin" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  assert_eq "exit status" 5 "$STATUS"
  assert_has "output" $'a terminal\r\nmay be read\r\ncat: can\'t open \'/secret/file\': Permission denied\r' "$OUT"
}

@test "a user namespace" {
  spec_userns
  app 'awk "{ print \$2 }" /proc/1/uid_map; cat /allowed/file; echo x >/scratch/f; cat /secret/file'
  run_container
  assert_eq "stdout" $'100000\nmay be read' "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_eq "owner of a new file" 100000 "$(stat -c %u "$B/rootfs/scratch/f")"
}

@test "a user namespace, a user that is not root, a read-only rootfs" {
  spec_userns
  spec '.root.readonly = true | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
  app 'id -u; cat /allowed/file; cat /secret/file'
  run_container
  assert_eq "stdout" $'1000\nmay be read' "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

@test "namespaces and files as podman sets them up" {
  spec_podman
  app 'cat /etc/hosts; cat /allowed/file; cat /secret/file; cat /proc/1/cgroup | head -n 1'
  run_container
  assert_has "stdout" "may be read" "$OUT"
  assert_has "stdout: its cgroup namespace" ":/" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

@test "namespaces and annotations as CRI-O sets them up" {
  spec_crio
  app 'cat /allowed/file; cat /secret/file'
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_journal "$ID" injected NONO_POD=web-0 NONO_NAMESPACE=prod NONO_POD_UID=5d1f NONO_CONTAINER_NAME=app
}

@test "a container in the pod's or the host's pid namespace" {
  spec 'del(.linux.namespaces[] | select(.type == "pid"))'
  app 'cat /allowed/file; cat /secret/file'
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

@test "/nono is mounted once: read-only, nosuid, nodev, private" {
  local line

  app 'grep " /nono " /proc/1/mountinfo; exec sleep 63'
  start_container
  eventually grep -q . "$T/$ID.out"
  line=$(<"$T/$ID.out")
  assert_eq "mounts at /nono" 1 "$(grep -c . <<<"$line")"
  assert_has "options" " / /nono ro,nosuid,nodev" "$line"
  assert_has "the superblock's options" " - overlay kubefence ro," "$line"
  assert_has_not "an upper layer" upperdir "$line"
  assert_has_not "propagation" "shared:" "$line"
  assert_has_not "propagation" "master:" "$line"
  bare kill "$ID" KILL
}

@test "nothing inside can write below /nono" {
  annotate nono.sh/profile writes-nono
  app 'echo x >/nono/new; echo x >>/nono/nono; ln -sf /bin/sh /nono/nono; mkdir /nono/d; chmod 777 /nono/nono
    mount -o remount,rw,bind /nono; umount /nono; cat /nono/profiles/narrow.json'
  cp -a "$T/nono-nri" "$T/nono-before"
  run_container
  succeeded
  assert_has "redirection" "can't create /nono/new: Read-only file system" "$ERR"
  assert_has "appending" "can't create /nono/nono: Read-only file system" "$ERR"
  assert_has "chmod" "chmod: /nono/nono: Read-only file system" "$ERR"
  assert_has "reading is allowed by this profile" '"name": "narrow"' "$OUT"
  diff -r "$T/nono-before" "$T/nono-nri"
}

@test "an image with a directory /nono: it is covered, with all its contents" {
  mkdir "$B/rootfs/nono"
  printf '#!/bin/sh\necho fooled\n' >"$B/rootfs/nono/nono"
  chmod 755 "$B/rootfs/nono/nono"
  app 'cat /allowed/file; cat /secret/file'
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
}

@test "delivery = mount: the runtime mounts /nono" {
  kf_config 'delivery = mount'
  app 'cat /allowed/file; grep -c " /nono " /proc/1/mountinfo; cat /secret/file'
  run_container
  assert_eq "stdout" $'may be read\n1' "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_eq "mounts entry" '{"destination":"/nono","type":"bind","ro":true}' "$(jq -c '.mounts[-1]
    | {destination, type, ro: (.options | index("ro") != null)}' "$B/config.json")"
  assert_journal "$ID" injected
}

@test "the steps one by one: create, state, start, kill, delete" {
  app 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'
  start_container
  eventually grep -q up "$T/$ID.out"
  assert_eq "status" running "$(kf state "$ID" | jq -r .status)"
  [[ -f $T/state/$ID/metadata.json ]]
  kf kill "$ID" TERM
  eventually is_stopped "$ID"
  kf delete "$ID"
  assert_no_trace
}

is_stopped() { [[ $(bare state "$1" | jq -r .status) == stopped ]]; }

@test "the record says whose container it is, and goes with it" {
  local record

  annotate nono.sh/profile narrow
  spec_args /bin/sleep 64
  start_container
  record=$(jq -c 'del(.timestamp, .pid, .pid_start_time, .landlock_abi, .nono_device, .nono_inode)' \
    "$T/state/$ID/metadata.json")
  assert_eq "record" "$(jq -cnS --arg id "$ID" --arg class "$CLASS" --arg bundle "$B" '{container_id: $id,
    pod: "web-0", namespace: "prod", pod_uid: "5d1f", container: "app", profile: "narrow", runtime_handler: $class,
    bundle: $bundle}')" "$(jq -cS . <<<"$record")"
  assert_eq "process" "$PID $(cut -d ' ' -f 22 "/proc/$PID/stat")" \
    "$(jq -r '"\(.pid) \(.pid_start_time)"' "$T/state/$ID/metadata.json")"
  assert_eq "what is at /nono" "$(stat -c '%Hd:%Ld %i' "/proc/$PID/root/nono")" \
    "$(jq -r '"\(.nono_device / 256 | floor):\(.nono_device % 256) \(.nono_inode)"' "$T/state/$ID/metadata.json")"
  [[ $(jq -r .timestamp "$T/state/$ID/metadata.json") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T ]]
  [[ $(jq -r .landlock_abi "$T/state/$ID/metadata.json") =~ ^[1-9][0-9]*$ ]]
  assert_journal "$ID" injected "NONO_LANDLOCK_ABI=$(jq -r .landlock_abi "$T/state/$ID/metadata.json")"
  bare delete --force "$ID"
  assert_no_trace
}

@test "the journal tells of the start and of the end" {
  local entry

  app 'exit 0'
  run_container
  succeeded
  assert_journal "$ID" injected NONO_DECISION=inject NONO_REASON=runtime_class_matched NONO_STAGE=create-runtime \
    NONO_PROFILE=default "NONO_RUNTIME_HANDLER=$CLASS" NONO_POD=web-0 NONO_NAMESPACE=prod NONO_POD_UID=5d1f \
    NONO_CONTAINER_NAME=app "CONTAINER_ID_FULL=$ID" "CONTAINER_ID=${ID:0:12}" _TRANSPORT=journal PRIORITY=6
  entry=$(journal_of "$ID" injected)
  [[ $(jq -r .NONO_DURATION_USEC <<<"$entry") =~ ^[0-9]+$ ]]
  [[ $(jq -r .MESSAGE_ID <<<"$entry") =~ ^[0-9a-f]{32}$ ]]
  assert_journal "$ID" container-removed NONO_STAGE=poststop "CONTAINER_ID_FULL=$ID"
}

@test "two containers at once, of one bundle each" {
  local other=$T/other second=$ID-b first_pid

  cp -a "$B" "$other"
  app 'cat /allowed/file; cat /secret/file; exec sleep 65'
  cp "$B/config.json" "$other/config.json"
  start_container "$ID" "$B" & first_pid=$!
  start_container "$second" "$other"
  wait "$first_pid"
  for id in "$ID" "$second"; do
    eventually grep -q denied "$T/$id.err"
    assert_eq "stdout" "may be read" "$(<"$T/$id.out")"
    [[ -f $T/state/$id/metadata.json ]]
  done
  bare delete --force "$ID"
  [[ ! -e $T/state/$ID && -f $T/state/$second/metadata.json ]]
  bare delete --force "$second"
}

@test "a hook that the engine lists too runs twice and mounts once" {
  spec --arg hook "$HOOK" --arg config "$KUBEFENCE_CONFIG" --arg class "$CLASS" '.hooks.createRuntime = [{path: $hook,
    args: ["kubefence-hook", "--config", $config, "--runtime-class", $class, "prestart"]}]'
  app 'cat /allowed/file; grep -c " /nono " /proc/1/mountinfo; cat /secret/file'
  run_container
  assert_eq "stdout" $'may be read\n1' "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
}

@test "the hook called twice by hand: the same answer, one mount" {
  rewrite
  start_victim
  for _ in 1 2; do
    run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
    succeeded
    assert_eq "mounts" 1 "$(victim_mounts | wc -l)"
  done
  for _ in 1 2; do
    run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped)
    succeeded
  done
}

@test "a bundle that was rewritten before starts as well, and stays the same file" {
  app 'cat /allowed/file; cat /secret/file'
  run_container
  cp "$B/config.json" "$T/once.json"
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  cmp "$T/once.json" "$B/config.json"
}
