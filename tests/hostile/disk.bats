#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# File systems that are full or read-only: a container that opted in is refused, and files stay as they were; any other
# starts.

load hostile

setup() {
  hostile_setup
  # Not below $T, where mounts count as left behind.
  DISK=$(mktemp -d /tmp/kf-disk.XXXXXX)
  mount -t tmpfs -o size=256k,nr_inodes=40,mode=755 tmpfs "$DISK"
}

teardown() {
  [[ -z ${DISK:-} ]] || { umount -l "$DISK" && rmdir "$DISK"; }
  hostile_teardown
}

teardown_file() { stop_journald; }

fill_disk() {
  ! dd if=/dev/zero of="$DISK/filler" bs=4k status=none 2>"$T/dd" || fail "the disk never filled up"
  [[ $(<"$T/dd") == *"No space left"* ]]
}

no_inodes() {
  local i

  for ((i = 0; i < 100; i++)); do
    : 2>"$T/inodes" >"$DISK/filler-$i" || return 0
  done
  fail "the disk never ran out of inodes"
}

read_only() {
  mount -o remount,ro "$DISK"
}

records_on_disk() {
  sed -i "s|^state_dir = .*|state_dir = $DISK/kubefence|" "$KUBEFENCE_CONFIG"
  guard
}

files_on_disk() {
  find "$DISK" -mindepth 1 ! -name 'filler*' \( -type f -printf '%p %s %T@\n' -o -print \) | sort
}

# A container that did not opt in, with a hook of ours for all; its poststop, too.
other_starts() {
  kf_spec
  spec --arg hook "$HOOK" --arg config "$KUBEFENCE_CONFIG" '.hooks = {
    createRuntime: [{path: $hook, args: ["kubefence-hook", "--config", $config, "create-runtime"]}],
    poststop: [{path: $hook, args: ["kubefence-hook", "--config", $config, "poststop"]}]}'
  app 'cat /secret/file'
  ID=$ID-other
  run_bare
  assert_eq "stdout of one that did not opt in" "must not be read" "$OUT"
  assert_eq "its stderr" "" "$ERR"
  succeeded
  assert_no_trace
}

# The directory of records has no new entry.
records_refused() { # TEXT
  local before

  before=$(files_on_disk)
  refused record_failed "$1"
  assert_eq "files" "$before" "$(files_on_disk)"
  journal_agrees
  other_starts
}

@test "no room for a record" {
  mkdir -m 700 "$DISK/kubefence"
  records_on_disk
  fill_disk
  records_refused "No space left on device"
}

@test "no inode for a record" {
  mkdir -m 700 "$DISK/kubefence"
  records_on_disk
  no_inodes
  records_refused "No space left on device"
}

@test "/run is read-only" {
  records_on_disk
  read_only
  records_refused "cannot make $DISK/kubefence: Read-only file system"
}

@test "/run is read-only, and has a directory of records" {
  mkdir -m 700 "$DISK/kubefence"
  records_on_disk
  read_only
  records_refused "Read-only file system"
}

# The record stays until /run can be written again, and poststop says so; no other container is concerned.
@test "/run has become read-only when the container ends" {
  mkdir -m 700 "$DISK/kubefence"
  records_on_disk
  app 'exec sleep 62'
  start_container
  read_only
  state_json stopped >"$T/state.json"
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop <"$T/state.json"
  assert_eq "exit status" 18 "$STATUS"
  assert_has "stderr" "cannot remove the record of container $ID: Read-only file system" "$ERR"
  jq -c '.id += "-other" | del(.annotations)' "$T/state.json" >"$T/state.other"
  run_hook --config "$KUBEFENCE_CONFIG" poststop <"$T/state.other"
  assert_eq "exit status of one that did not opt in" 0 "$STATUS"
  bare delete --force "$ID" || true
  assert_eq "containers" "" "$(containers_left)"
  mount -o remount,rw "$DISK"
  "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" gc >"$T/gc"
  assert_eq "records" "" "$(find "$DISK/kubefence" -mindepth 1)"
}

bundle_on_disk() {
  app 'cat /secret/file'
  spec --arg root "$B/rootfs" '.root.path = $root'
  mkdir "$DISK/bundle"
  cp "$B/config.json" "$DISK/bundle/"
  guard
}

bundle_refused() { # TEXT
  local before

  before=$(files_on_disk)
  STATUS=0
  kf run --bundle "$DISK/bundle" "$ID" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "$1" "$ERR"
  assert_eq "files" "$before" "$(files_on_disk)"
  cmp "$B/config.json" "$DISK/bundle/config.json"
  assert_guarded
  expect_in_journal denied spec_invalid "$1"
  journal_agrees
  STATUS=0
  ID=$ID-other
  own_name run --bundle "$DISK/bundle" "$ID" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_eq "stdout of one that did not opt in" "must not be read" "$OUT"
  cmp "$B/config.json" "$DISK/bundle/config.json"
}

own_name() { # ARGUMENTS...
  without_crun timeout "$KF_PATIENCE" "$KF_BUILD/kubefence-runtime" --root "$T/rt" "$@" </dev/null 3>&-
}

@test "no room for the new config.json" {
  bundle_on_disk
  fill_disk
  bundle_refused "cannot replace config.json: No space left on device"
}

@test "the bundle is read-only" {
  bundle_on_disk
  read_only
  bundle_refused "cannot open .config.json.kubefence: Read-only file system"
}
