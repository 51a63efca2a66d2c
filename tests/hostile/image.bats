#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Files that an image can have at /nono. No link there is followed: anything but a plain directory is refused, and a
# directory is covered by the node's, with all its contents.

load hostile

setup() { hostile_setup; }
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

NOT_PLAIN="/nono in the image is not a plain directory"

make_socket() { # PATH
  perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => shift, Listen => 1) or die' "$1"
}

# Puts row NAME at $B/rootfs/nono.
put() { # NAME
  local nono=$B/rootfs/nono

  case $1 in
  "symlink to "*) ln -s "${1#symlink to }" "$nono" ;;
  "empty file") : >"$nono" ;;
  "executable file") install -m 755 "$B/rootfs/bin/busybox" "$nono" ;;
  fifo) mkfifo "$nono" ;;
  socket) make_socket "$nono" ;;
  "character device") mknod "$nono" c 1 3 ;;
  "block device") mknod "$nono" b 7 0 ;;
  whiteout) mknod "$nono" c 0 0 ;;
  nothing) ;;
  "empty directory") mkdir "$nono" ;;
  "closed directory") mkdir -m 000 "$nono" ;;
  "directory of another user") mkdir -m 1777 "$nono" && chown 1000:1000 "$nono" ;;
  "directory with a nono of its own")
    mkdir -p "$nono/profiles"
    printf '#!/bin/sh\ncat /secret/file\n' >"$nono/nono"
    chmod 755 "$nono/nono"
    echo '{}' >"$nono/profiles/default.json"
    ;;
  *) fail "no such row: $1" ;;
  esac
  [[ $1 == nothing || $1 == "directory of another user" ]] || as_image "$nono"
}

each_not_plain() { # COMMAND
  local name

  for name in "symlink to /" "symlink to /proc" "symlink to /proc/self/cwd" "symlink to /proc/1/root" \
    "symlink to ../.." "symlink to /nowhere" "symlink to nono" "symlink to tmp" "symlink to $T/sentinel" \
    "empty file" "executable file" fifo socket "character device" "block device" whiteout; do
    row "$name"
    put "$name"
    "$@"
    rm "$B/rootfs/nono"
  done
}

each_directory() { # COMMAND
  local name

  for name in nothing "empty directory" "closed directory" "directory of another user" \
    "directory with a nono of its own"; do
    row "$name"
    put "$name"
    "$@"
    rm -r "$B/rootfs/nono"
  done
}

everything() { # VARIANT
  variant "$1"
  each_not_plain refused mount_refused "$NOT_PLAIN"
  each_directory sandboxed
  journal_agrees
}

@test "every kind of file that an image can have at /nono" {
  everything root
}

@test "every kind of file that an image can have at /nono, in a user namespace" {
  everything userns
}

@test "every kind of file that an image can have at /nono, with a read-only rootfs" {
  everything read-only
}

@test "every kind of file that an image can have at /nono, with shared propagation" {
  everything shared
}

@test "every kind of file that an image can have at /nono: the hook's exit code" {
  variant root
  rewrite
  guard
  start_victim
  each_not_plain hook_refuses 17 "$NOT_PLAIN"
}

# The runtime mounts then, and follows symlinks: it refuses places itself where it cannot mount.
@test "delivery = mount: every kind of file that an image can have at /nono" {
  kf_config 'delivery = mount'
  guard
  variant root
  each_not_plain not_started
  each_directory sandboxed
  journal_agrees
}

# --- mounts that are there already -------------------------------------------------------------------------------

# As a storage driver could have put them there; an image cannot.
mounted() { # SOURCE [MOUNT-OPTIONS...]
  mkdir -p "$B/rootfs/nono"
  mount --bind "$1" "$B/rootfs/nono"
  [[ $# == 1 ]] || mount "${@:2}" "$B/rootfs/nono"
}

refused_mount() {
  run_container
  [[ $STATUS != 0 ]]
  assert_eq "stdout" "" "$OUT"
  umount -R "$B/rootfs/nono"
  rmdir "$B/rootfs/nono"
  assert_guarded
  expect_in_journal denied mount_refused "something is already mounted at /nono"
}

foreign_mounts() { # VARIANT
  variant "$1"
  row "a directory of the host"
  mounted "$T/sentinel/nono"
  refused_mount
  row "the same, read-only"
  mounted "$T/sentinel/nono" -o remount,ro,bind
  refused_mount
  row "a file system of its own"
  mkdir "$B/rootfs/nono"
  mount -t tmpfs tmpfs "$B/rootfs/nono"
  refused_mount
  row "the nono directory, writable"
  mounted "$T/nono-nri"
  refused_mount
  row "the nono directory, read-only: containers could write its superblock"
  mounted "$T/nono-nri" -o remount,ro,bind
  refused_mount
  row "the nono directory, with another nono"
  mounted "$T/nono-nri" -o remount,ro,bind
  mount --bind "$T/sentinel/nono/nono" "$B/rootfs/nono/nono"
  refused_mount
  row "the nono directory, with another profile"
  mounted "$T/nono-nri" -o remount,ro,bind
  mount --bind "$T/sentinel/nono/profiles/default.json" "$B/rootfs/nono/profiles/default.json"
  refused_mount
  journal_agrees
}

@test "a mount at /nono that is not ours" {
  foreign_mounts root
}

@test "a mount at /nono that is not ours, in a user namespace" {
  foreign_mounts userns
}
