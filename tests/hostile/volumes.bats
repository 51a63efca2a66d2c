#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# A pod's volumes, which other containers can change at any moment. Destinations at /nono are refused by the wrapper
# (tests/integration/refusals.bats); an image's symlinks make the runtime take other destinations there, and only the hook
# sees where they ended.

load hostile

setup() {
  hostile_setup
  # Everything that a root file system needs, and a nono that confines nothing.
  cp -a "$B/rootfs" "$T/volume"
  mknod -m 666 "$T/volume/dev/null" c 1 3
  mkdir -p "$T/volume/nono/profiles"
  fake_nono "$T/volume/nono"
  ln -s / "$B/rootfs/link"
  ln -s ../.. "$B/rootfs/up"
  ln -s nono "$B/rootfs/alias"
  cp "$B/config.json" "$T/plain.json"
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# Its five words, its profile and "--" away, then the command: as nono, without a sandbox.
fake_nono() { # DIR
  printf '#!/bin/sh\nshift 5\nexec "$@"\n' >"$1/nono"
  chmod 755 "$1/nono"
}

afresh() {
  cat "$T/plain.json" >"$B/config.json"
  rm -rf "$B/rootfs/nono"
  [[ $VARIANT != userns ]] || spec_userns
}

at_nono() { # VARIANT
  local destination

  VARIANT=$1
  for destination in /link/nono link/nono/ /up/nono /link/link/./nono /alias; do
    row "a volume at $destination"
    afresh
    [[ $destination != /alias ]] || { mkdir "$B/rootfs/nono" && as_image "$B/rootfs/nono"; }
    volume "$destination"
    refused mount_refused "something is already mounted at /nono"
  done
  journal_agrees
}

@test "a volume that an image's symlink takes to /nono" {
  at_nono root
}

@test "a volume that an image's symlink takes to /nono, in a user namespace" {
  at_nono userns
}

# Below /nono it is covered by ours; ours is the last entry with delivery = mount.
covered() { # VARIANT
  local destination

  VARIANT=$1
  for destination in /link/nono/nono /link/nono/profiles; do
    row "a volume at $destination"
    afresh
    volume "$destination" "$T/volume${destination#/link}"
    sandboxed
  done
  journal_agrees
}

@test "a volume that an image's symlink takes below /nono" {
  covered root
}

@test "a volume that an image's symlink takes below /nono, in a user namespace" {
  covered userns
}

@test "delivery = mount: a volume that an image's symlink takes to /nono, or below" {
  kf_config 'delivery = mount'
  guard
  row "a volume at /link/nono"
  afresh
  volume /link/nono
  sandboxed
  covered userns
}

# crun mounts it over the rootfs, runc refuses. Once it is there, /nono is a directory of the volume.
over_the_rootfs() {
  local destination

  for destination in /link /up /link/up; do
    row "a volume at $destination"
    afresh
    spec --arg at "$destination" --arg from "$T/volume" '.mounts = [{destination: $at, type: "bind", source: $from,
      options: ["rbind", "rprivate", "rw"]}] + .mounts'
    not_started
    [[ $KF_RUNTIME != crun ]] || expect_in_journal denied mount_refused "something is mounted over the whole rootfs"
  done
  assert_eq "the volume" "$(find "$T/volume/nono" -printf '%P %T@\n')" "$VOLUME_BEFORE"
  journal_agrees
}

@test "a volume that an image's symlink takes over the whole rootfs" {
  VOLUME_BEFORE=$(find "$T/volume/nono" -printf '%P %T@\n')
  over_the_rootfs
}

@test "delivery = mount: a volume that an image's symlink takes over the whole rootfs" {
  kf_config 'delivery = mount'
  guard
  VOLUME_BEFORE=$(find "$T/volume/nono" -printf '%P %T@\n')
  over_the_rootfs
}

# Another container renames files below /nono after the hook has looked: the programs of a start must not be in a
# volume. This starts the container in the two steps that leave the time for it.
swapped() { # DIR-IN-VOLUME
  STATUS=0
  kf create --bundle "$B" "$ID" >"$T/out" 2>"$T/err" || STATUS=$?
  if [[ $STATUS == 0 ]]; then
    mv "$1" "$1.away"
    mkdir "$1"
    fake_nono "$1"
    kf start "$ID" >>"$T/out" 2>>"$T/err" || true
    eventually is_stopped
  fi
  kf_collect
}

is_stopped() { [[ $(bare state "$ID" | jq -r .status) == stopped ]]; }

@test "a volume in the place of the rootfs, and its /nono replaced before the start" {
  spec_args /bin/cat /secret/file
  rm -r "$T/volume/nono"
  spec --arg from "$T/volume" '.mounts = [{destination: "/link", type: "bind", source: $from,
    options: ["rbind", "rprivate", "rw"]}] + .mounts'
  swapped "$T/volume/nono"
  [[ $STATUS != 0 ]]
  assert_eq "stdout" "" "$OUT"
  assert_guarded
}

@test "delivery = mount: /nono a symlink into a volume, and its target replaced before the start" {
  kf_config 'delivery = mount'
  guard
  spec_args /bin/cat /secret/file
  mkdir "$T/volume/there"
  ln -s /scratch/there "$B/rootfs/nono"
  volume /scratch
  swapped "$T/volume/there"
  [[ $STATUS != 0 ]]
  assert_eq "stdout" "" "$OUT"
  expect_in_journal denied mount_refused "/nono in the image is not a plain directory"
  journal_agrees
  assert_guarded
}

# In a user namespace crun bind-mounts devices, after the mounts. A pod with a block volume chooses path and content.
@test "delivery = mount: a device in the place of the profile or of nono" {
  local file

  kf_config 'delivery = mount'
  rewrite 'delivery = mount'
  guard
  mkdir "$B/rootfs/nono"
  start_victim
  in_victim mount --bind "$T/nono-nri" "$B/rootfs/nono"
  hook_alone
  succeeded
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped)
  for file in profiles/default.json nono profiles; do
    row "$file"
    if [[ $file == profiles ]]; then
      in_victim mount --bind "$T/sentinel/nono/profiles" "$B/rootfs/nono/profiles"
    else
      in_victim mount --bind /dev/null "$B/rootfs/nono/$file"
    fi
    hook_refuses 17 "something is already mounted at /nono"
    in_victim umount "$B/rootfs/nono/$file"
  done
}

in_victim() { # COMMAND...
  nsenter --mount="/proc/$VICTIM/ns/mnt" "$@"
}

# Other places are not ours; volumes there are the program's, under its profile.
@test "volumes beside /nono are where the pod wants them" {
  row "volumes"
  echo "may be read" >"$T/volume/allowed/file"
  volume /allowed "$T/volume/allowed"
  volume /link/data "$T/volume"
  sandboxed
  journal_agrees
}
