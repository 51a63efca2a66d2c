#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031,SC2034 # jq programs; bats runs each test in a subshell; helpers use VARIANT
#
# Volumes and devices at the places that runtime and nono trust: /dev, /dev/null, /proc, /proc/self. The wrapper refuses
# such a destination; where a symlink leads there, the hook sees the mount in the mount table.

load hostile

setup() {
  hostile_setup
  mkdir -p "$T/volume/"{pts,self,inner}
  ln -s /nono/profiles/default.json "$T/volume/console"
  ln -s /secret/file "$T/volume/null"
  ln -s /dev/null "$T/volume/link"
  echo of-the-volume >"$T/volume/file"
  cp "$B/config.json" "$T/plain.json"
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

afresh() { # NAME
  row "$1"
  cat "$T/plain.json" >"$B/config.json"
  [[ $VARIANT != userns ]] || spec_userns
}

add_mount() { # JSON
  spec --argjson mount "$1" '.mounts += [$mount]'
}

refused_by_wrapper() { # PLACE
  refused mount_refused "at '$1', which the runtime makes itself"
  assert_has "stderr" "kubefence-runtime:" "$ERR"
}

@test "a volume over /dev, /dev/pts or /proc" {
  local at

  for at in /dev /dev/ //dev/. /dev/pts /proc dev /tmp/../proc; do
    afresh "a volume at $at"
    volume "$at"
    refused_by_wrapper "$(realpath -ms "/$at")"
    afresh "a volume at $at instead of the runtime's"
    spec '.mounts |= map(select(.destination | startswith("/dev") or startswith("/proc") | not))'
    volume "$at"
    refused_by_wrapper "$(realpath -ms "/$at")"
  done
  afresh "a tmpfs at /dev with the image's files"
  add_mount '{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}'
  refused_by_wrapper /dev
  afresh "a tmpfs at /dev that is a volume after all"
  add_mount "$(jq -n --arg from "$T/volume" '{destination: "/dev", type: "tmpfs", source: $from, options: ["rbind"]}')"
  refused_by_wrapper /dev
  afresh "the host's /proc"
  volume /proc /proc
  refused_by_wrapper /proc
  journal_agrees
}

@test "a volume at a node of /dev, or in /proc" {
  local name

  for name in null zero full random urandom tty console ptmx fd stdin stdout stderr pts/0; do
    afresh "a volume at /dev/$name"
    volume "/dev/$name" "$T/volume/file"
    refused_by_wrapper "/dev/$name"
  done
  for name in self self/exe thread-self sys sys/kernel 1 1/fd net mounts; do
    afresh "a volume at /proc/$name"
    volume "/proc/$name" "$T/volume/inner"
    refused_by_wrapper "/proc/$name"
  done
  journal_agrees
}

@test "a device at a node of /dev, or in /proc" {
  local at

  for at in /dev/null /dev/console /dev/ptmx /dev/pts/0 /dev/fd /dev /proc/self /proc; do
    afresh "the zero device at $at"
    spec --arg at "$at" '.linux.devices = [{path: $at, type: "c", major: 1, minor: 5}]'
    refused_by_wrapper "$at"
  done
  afresh "a block device at /dev/null"
  spec '.linux.devices = [{path: "/dev/null", type: "b", major: 1, minor: 3}]'
  refused_by_wrapper /dev/null
  journal_agrees
}

# The runtime follows them; some places it refuses itself.
through_symlinks() { # VARIANT
  local at

  VARIANT=$1
  ln -s /dev "$B/rootfs/to-dev"
  ln -s ../../proc "$B/rootfs/to-proc"
  ln -s /dev/null "$B/rootfs/to-null"
  ln -s /to-dev/pts "$B/rootfs/to-pts"
  for at in /to-dev /to-dev/pts /to-pts; do
    afresh "a volume at $at"
    volume "$at"
    by_symlink
  done
  for at in /to-null /to-dev/null /to-dev/console /to-dev/ptmx; do
    afresh "a volume at $at"
    volume "$at" "$T/volume/file"
    # crun removes the file at /dev/ptmx.
    if [[ $KF_RUNTIME$at == crun/to-dev/ptmx ]]; then sandboxed; else by_symlink; fi
  done
  for at in /to-proc /to-proc/self /to-proc/sys /to-proc/thread-self; do
    afresh "a volume at $at"
    volume "$at"
    by_symlink
  done
  afresh "a volume whose symlink leads to /dev/null"
  volume /data
  volume /data/link "$T/volume/file"
  by_symlink
}

# Refused by us, or by the runtime before us.
by_symlink() {
  not_started
  kf_journal_read "$ID" NONO_REASON=mount_refused || [[ -n $ERR && $ERR != *kubefence-runtime:* ]]
}

@test "a volume that a symlink takes to /dev, to a node of it or to /proc" {
  through_symlinks root
}

@test "a volume that a symlink takes to /dev, to a node of it or to /proc, in a user namespace" {
  through_symlinks userns
}

@test "an image whose /dev or /proc is a symlink to a place with a volume" {
  local name

  for name in dev proc; do
    afresh "/$name"
    rmdir "$B/rootfs/$name"
    mkdir "$B/rootfs/data"
    ln -s data "$B/rootfs/$name"
    volume /data
    by_symlink
    rm "$B/rootfs/$name"
    rmdir "$B/rootfs/data"
    mkdir "$B/rootfs/$name"
  done
}

@test "an image's own /dev or /proc, where config.json has none" {
  local name

  for name in dev proc; do
    afresh "/$name"
    spec --arg at "/$name" '.mounts |= map(select(.destination | startswith($at) | not))'
    not_started
    expect_in_journal denied mount_refused "config.json mounts nothing at /$name"
  done
  journal_agrees
}

# The mounts that pods really have there.
@test "the mounts below /dev, /proc and /sys that engines, lxcfs and pods have" {
  local name

  echo of-lxcfs >"$T/volume/meminfo"
  chmod 666 "$T/volume/file"
  for VARIANT in root userns; do
    [[ $VARIANT != userns ]] || chown -hR 100000:100000 "$B/rootfs"
    afresh "$VARIANT"
    volume /dev/termination-log "$T/volume/file"
    volume /dev/null /dev/null
    volume /dev/hugepages "$T/volume/inner"
    for name in cpuinfo meminfo stat uptime diskstats swaps loadavg; do
      volume "/proc/$name" "$T/volume/meminfo"
    done
    volume /sys/fs/bpf "$T/volume/inner"
    # crun 1.8 tells its hooks a wrong bundle where there are devices and a user namespace.
    [[ $VARIANT == userns ]] || spec '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438},
      {path: "/dev/zero", type: "c", major: 1, minor: 5, fileMode: 438}]'
    sandboxed
  done
  journal_agrees
}

@test "the host's /proc with the host's processes, and the host's /dev" {
  afresh "/proc"
  spec '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.destination != "/proc"))'
  volume /proc /proc
  sandboxed
  afresh "/dev"
  spec '.mounts |= map(select(.destination | startswith("/dev") | not))'
  volume /dev /dev
  sandboxed
  journal_agrees
}
