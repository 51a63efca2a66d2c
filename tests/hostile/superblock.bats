#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# CAP_SYS_ADMIN in a container, without a user namespace: mount_setattr(2) takes the flags of a mount away, and chmod(2),
# chown(2) and their like need no grant of Landlock. The files that they reach at /nono are the node's only if the
# superblock is.

load hostile

setup() {
  hostile_setup
  KF_CLASS_LINE='privileged = allow' kf_config
  cp "$KF_BUILD/tests/hostile/unlock" "$B/rootfs/bin/unlock"
  spec '.process.capabilities[] += ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_CHOWN", "CAP_LINUX_IMMUTABLE"]'
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# The flags may go; nothing else may.
assert_nothing_done() { # LINES
  local attempt result

  [[ $(wc -l <<<"$1") == 16 ]] || fail "attempts:" "$1"
  while IFS=: read -r attempt result; do
    case $attempt:$result in
    'mount_setattr: done') ;;
    # Landlock forbids these calls themselves, and reading nono, without which its flags cannot be set.
    reconfigure:*E* | remount:*E* | umount:*E* | 'flags nono: EACCES') ;;
    *:' EROFS') ;;
    *) fail "$attempt:$result" ;;
    esac
  done <<<"$1"
  assert_has "flags" "mount_setattr: done" "$1"
  assert_has "chmod" "chmod nono: EROFS" "$1"
}

@test "CAP_SYS_ADMIN makes the mount at /nono writable, and nothing below it" {
  app 'unlock /nono; exec cat /secret/file'
  guard
  run_container
  assert_nothing_done "$OUT"
  assert_eq "stderr" "cat: can't open '/secret/file': Permission denied" "$ERR"
  assert_guarded
  expect_in_journal injected runtime_class_matched
  # The next container of the class is as the first.
  kf_spec
  app 'cat /allowed/file; cat /secret/file'
  ID=$ID-next
  sandboxed
  journal_agrees
}

@test "the same in a command that is executed in the container" {
  app 'exec sleep 60'
  guard
  start_container
  jq '.process | .args = ["/bin/unlock", "/nono"]' "$B/config.json" >"$T/process.json"
  kf exec "$ID" /bin/unlock /nono >"$T/out" 2>"$T/err"
  assert_nothing_done "$(<"$T/out")"
  # Its flags are another matter: nothing depends on them.
  ! kf exec "$ID" /bin/cat /secret/file >"$T/out" 2>"$T/err" || fail "the secret was read"
  assert_eq "stdout" "" "$(<"$T/out")"
  assert_has "stderr" "Permission denied" "$(<"$T/err")"
  bare delete --force "$ID"
  assert_guarded
}

# A process without a sandbox, with all capabilities: Landlock forbids it nothing.
@test "a process without a sandbox cannot write the superblock either" {
  app 'exec sleep 60'
  guard
  start_container
  nsenter --target "$PID" --mount /bin/unlock /nono >"$T/out"
  cat "$T/out"
  assert_eq "attempts that are done" "mount_setattr: done
umount: done" "$(grep ': done$' "$T/out")"
  assert_eq "attempts on files" 12 "$(grep -c "^[a-z]* *[a-z]*: EROFS" <(grep -v reconfigure "$T/out" | grep -v remount))"
  bare delete --force "$ID"
  assert_guarded
}

@test "the same on a mount that shares the node's superblock changes the node's files" {
  cp -a "$T/nono-nri" "$T/copy"
  mkdir "$T/at"
  unshare --mount --propagation private sh -c 'mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" && "$3" "$2"' \
    sh "$T/copy" "$T/at" "$KF_BUILD/tests/hostile/unlock" >"$T/out"
  cat "$T/out"
  grep -qx "chmod nono: done" "$T/out"
  grep -qx "write nono: done" "$T/out"
  [[ ! -e $T/copy/nono && $(stat -c %a "$T/copy/profiles") == 777 ]]
}
