#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # jq programs; bats runs each test in a subshell
#
# Checkpoints: restored processes come out of CRIU's images as they were, and none starts with nono.

load hostile

setup() { hostile_setup; }
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# A CRIU that would tell that it was called, and images that it would read.
with_checkpoint() {
  mkdir "$T/checkpoint" "$T/criu.d"
  printf '{"created": true}\n' >"$T/checkpoint/descriptors.json"
  printf '#!/bin/sh\ntouch "%s"\nexit 1\n' "$T/criu.d/called" >"$T/criu.d/criu"
  chmod 755 "$T/criu.d/criu"
}

restore() { # RESTORE-ARGUMENTS...
  STATUS=0
  PATH=$T/criu.d:$PATH kf restore "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

restore_refused() { # NAME RESTORE-ARGUMENTS...
  row "$1"
  restore "${@:2}" "$ID"
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "a checkpoint cannot be restored under class $CLASS" "$ERR"
  [[ ! -e $T/criu.d/called ]] || fail "CRIU was called"
  assert_guarded
  expect_in_journal denied restore_refused "create the container anew"
}

@test "a checkpoint, restored as engines do it" {
  with_checkpoint
  restore_refused "by hand" --bundle "$B" --image-path "$T/checkpoint"
  restore_refused "CRI-O, by conmon" --bundle "$B" --pid-file "$T/pid" --detach --image-path "$T/checkpoint" \
    --work-path "$B" --lsm-profile=selinux:a
  restore_refused "containerd's shim" --image-path "$T/checkpoint" --work-path "$B" --pid-file "$T/pid" --detach \
    --no-subreaper --bundle "$B"
  restore_refused "Podman" --bundle "$B" --tcp-established --file-locks -d --image-path="$T/checkpoint"
  restore_refused "without a bundle" --bundle /nonexistent --image-path "$T/checkpoint"
  spec '.annotations += {"io.kubernetes.cri.container-type": "sandbox"}'
  restore_refused "a pause container, by its own word" --bundle "$B" --image-path "$T/checkpoint"
  journal_agrees
}

@test "the hook, called for a process of CRIU's" {
  rewrite
  guard
  mkdir "$T/criu.d"
  cp "$(command -v sleep)" "$T/criu.d/criu"
  unshare --mount --propagation private sh -c "$KF_RUNTIME_MOUNTS"' && exec "$2" "$3"' \
    sh "$B/rootfs" "$T/criu.d/criu" "$KF_PATIENCE" 3>&- &
  VICTIM=$!
  KF_PIDS+=("$VICTIM")
  eventually is_criu
  hook_refuses 11 "is restored from a checkpoint"
}

is_criu() { [[ $(readlink "/proc/$VICTIM/exe") == */criu ]]; }
