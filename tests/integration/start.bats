#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Between create and start: the runtime's last mounts come after the hook, and another container may share the pid
# namespace. The wrapper looks once more before the container's own process runs.

load helpers

setup() {
  kf_setup
  app 'echo ran; cat /secret/file; exec sleep 3600'
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

created() {
  kf create --bundle "$B" --pid-file "$T/$ID.pid" "$ID" >"$T/$ID.out" 2>"$T/$ID.err" ||
    fail "create failed: $(<"$T/$ID.err")"
  PID=$(<"$T/$ID.pid")
}

start() { # [ID]
  STATUS=0
  kf start "${1:-$ID}" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

inside() { # SHELL-SCRIPT
  nsenter --target "$PID" --mount --pid /bin/busybox sh -c "$1" 3>&-
}

assert_refused() { # PART-OF-THE-MESSAGE REASON
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  assert_has "stderr" "$1" "$ERR"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  assert_eq "the container's output" "" "$(<"$T/$ID.out")"
  assert_journal "$ID" denied NONO_STAGE=start "NONO_REASON=$2" "NONO_RUNTIME_HANDLER=$CLASS" NONO_POD=web-0 PRIORITY=3
}

assert_started() {
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "stderr" "" "$ERR"
  eventually grep -q ran "$T/$ID.out"
  eventually grep -q "can't open '/secret/file': Permission denied" "$T/$ID.err"
}

@test "a /nono that is not ours any more: not started" {
  local how

  created
  inside 'cp -a /nono /scratch/fake'
  for how in 'mount -t tmpfs tmpfs /nono' 'mount --bind /scratch/fake /nono' 'mount --bind /scratch/fake/nono /nono/nono' \
    'mount --bind /scratch/fake/launcher /nono/launcher' 'mount --bind /bin/busybox /nono/profiles/default.json'; do
    echo "$how"
    inside "$how"
    start
    assert_refused "/nono in the container is not the node's nono directory: recreate the container" mount_refused
    inside "umount ${how##* }"
  done
  start
  assert_started
}

@test "a /nono that was moved away: not started" {
  created
  inside 'mount --bind /nono /scratch && umount /nono'
  start
  assert_refused "/nono in the container is not the node's nono directory: recreate the container" mount_refused
  bare delete --force "$ID"
  assert_no_trace
}

@test "delivery = mount: the same" {
  kf_config 'delivery = mount'
  created
  inside 'mount --bind /bin/busybox /nono/profiles/default.json'
  start
  assert_refused "/nono in the container is not the node's nono directory: recreate the container" mount_refused
  inside 'umount /nono/profiles/default.json; mount -o remount,bind,rw /nono'
  start
  assert_refused "/nono in the container is not the node's nono directory: recreate the container" mount_refused
  inside 'mount -o remount,bind,ro /nono'
  start
  assert_started
}

@test "a node that is not ready any more, or a broken configuration: not started" {
  created
  chmod 666 "$T/nono-nri/profiles/default.json"
  start
  assert_refused "writable by group or others" profile_refused
  chmod 644 "$T/nono-nri/profiles/default.json"
  echo 'nonsense = yes' >>"$KUBEFENCE_CONFIG"
  start
  assert_refused "nonsense" config_invalid
  kf_config
  chmod 666 "$T/state/$ID/metadata.json"
  start
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "writable by group or others" "$ERR"
  assert_eq "the container's output" "" "$(<"$T/$ID.out")"
  chmod 600 "$T/state/$ID/metadata.json"
  start
  assert_started
}

@test "a container that did not opt in starts, with anything at its /nono and on the node" {
  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID"
  app 'echo ran; exec sleep 3600'
  created
  [[ ! -e $T/state/$ID ]]
  mv "$T/nono-nri" "$T/away"
  start
  mv "$T/away" "$T/nono-nri"
  assert_eq "exit status" 0 "$STATUS"
  eventually grep -q ran "$T/$ID.out"
}

@test "another container's record, and a container that is not there" {
  created
  jq -c '.pid += 1' "$T/state/$ID/metadata.json" >"$T/record"
  cat "$T/record" >"$T/state/$ID/metadata.json"
  inside 'mount -t tmpfs tmpfs /scratch'
  start
  assert_eq "exit status" 0 "$STATUS"
  start no-such-container
  ((STATUS != 0))
  assert_has_not "stderr" kubefence "$ERR"
  start ../x
  ((STATUS != 0))
  assert_has_not "stderr" kubefence "$ERR"
}

# crun before 1.27 tells hooks that "/" is the bundle of such a container, and keeps it in its state (crun#2025).
with_user_namespace_and_device() {
  spec_userns
  spec '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0}]'
  chmod 755 "$B"
}

@test "a user namespace and a device: create, start, exec, delete" {
  with_user_namespace_and_device
  created
  assert_eq "bundle of the record" "$B" "$(jq -r .bundle "$T/state/$ID/metadata.json")"
  start
  assert_eq "exit status" 0 "$STATUS"
  eventually grep -q ran "$T/$ID.out"
  eventually grep -q "can't open '/secret/file': Permission denied" "$T/$ID.err"
  STATUS=0
  kf exec "$ID" /bin/sh -c 'echo executed; cat /secret/file' >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_eq "stdout" executed "$OUT"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
  inside 'mount -t tmpfs tmpfs /nono'
  STATUS=0
  kf exec "$ID" /bin/true >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  kf delete --force "$ID"
  assert_eq "records" "" "$(records_left)"
}

@test "the same, and /nono is covered between create and start" {
  with_user_namespace_and_device
  created
  inside 'mount -t tmpfs tmpfs /nono'
  start
  assert_refused "/nono" mount_refused
  kf delete --force "$ID"
}

@test "the same with the hooks of an engine, and with a hook that was not told the bundle" {
  with_user_namespace_and_device
  spec --arg hook "$HOOK" --arg config "$KUBEFENCE_CONFIG" '.hooks = ({createRuntime: "create-runtime", poststop: "poststop"}
    | map_values([{path: $hook, args: ["kubefence-hook", "--config", $config, .], env: ["PATH=/usr/bin:/bin"]}]))'
  created
  kf delete --force "$ID"
  assert_eq "records" "" "$(records_left)"
  jq '(.hooks[][] | select(.path == $hook)).args |= map(select(. != "--bundle" and . != $bundle))' --arg hook "$HOOK" \
    --arg bundle "$B" "$B/config.json" >"$T/untold.json"
  cat "$T/untold.json" >"$B/config.json"
  STATUS=0
  bare create --bundle "$B" "$ID" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  if ((STATUS == 0)); then
    # This runtime says the bundle itself.
    bare delete --force "$ID"
  else
    assert_has "journal" "/ is the bundle" "$(journal_of "$ID" denied | jq -r .NONO_ERROR)"
    bare delete --force "$ID" 2>"$T/err" || true
  fi
  assert_eq "records" "" "$(records_left)"
}
