#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# The kernel charges a page of a file to the cgroup that reads it first. Nono's 39 MB must not be charged to a container:
# wrapper and hook, which run outside of its cgroup, read nono before it starts.

load helpers

setup() {
  kf_setup
  # Files of its own, on a disk: tests beside this one execute the shared ones.
  DISK=$(mktemp -d /var/tmp/kf.XXXXXX)
  chmod 755 "$DISK"
  case $(stat -f -c %T "$DISK") in
  tmpfs | ramfs) skip "/var/tmp is on a tmpfs, from which nothing can be evicted" ;;
  esac
  cp -a "$T/nono-nri/." "$DISK"
  mount --bind "$DISK" "$T/nono-nri"
  PROGRAMS=("$T/nono-nri/nono" "$T/nono-nri/launcher/kubefence-launcher")
  spec_args /bin/sleep 3600
}
teardown() {
  umount -l "$T/nono-nri" 2>/dev/null || true
  kf_teardown
  [[ -z ${DISK:-} ]] || rm -r "$DISK"
}
teardown_file() { stop_journald; }

missing() { # FILE: how many bytes of it are not in the page cache, by mincore(2)
  local cached

  cached=$(fincore --bytes --noheadings --output RES "$1")
  echo $((($(stat -c %s "$1") + 4095) / 4096 * 4096 - cached))
}

evict() {
  local file

  for file in "${PROGRAMS[@]}"; do
    sync "$file"
    dd if="$file" iflag=nocache count=0 status=none
    (($(missing "$file") > 0)) || fail "$file was not evicted"
  done
}

assert_cached() {
  local file

  for file in "${PROGRAMS[@]}"; do
    assert_eq "bytes of $file that are not in the page cache" 0 "$(missing "$file")"
  done
}

@test "the wrapper reads nono before it calls the runtime for a new container" {
  printf '%s\n' '#!/bin/sh' "fincore --bytes --noheadings --output RES '$T/nono-nri/nono' >'$T/seen'" >"$T/bin/looker"
  chmod 755 "$T/bin/looker"
  KF_CLASS_RUNTIME=$T/bin/looker kf_config
  evict
  kf create --bundle "$B" "$ID"
  (($(<"$T/seen") >= $(stat -c %s "$T/nono-nri/nono")))
  assert_cached
}

@test "the hook reads it" {
  rewrite
  start_victim
  evict
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
  succeeded
  assert_cached
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped)
}

@test "the wrapper reads it before start and exec" {
  kf create --bundle "$B" --pid-file "$T/$ID.pid" "$ID" >"$T/$ID.out" 2>"$T/$ID.err"
  evict
  kf start "$ID"
  eventually left_the_runtime "$(<"$T/$ID.pid")"
  evict
  kf exec "$ID" /bin/true
  assert_cached
}

@test "without opting in, nono is not read" {
  printf '%s\n' '#!/bin/sh' 'exit 0' >"$T/bin/quiet"
  chmod 755 "$T/bin/quiet"
  KF_CLASS_RUNTIME=$T/bin/quiet kf_config
  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID"
  evict
  kf create --bundle "$B" "$ID"
  kf state "$ID"
  kf start "$ID"
  kf delete "$ID"
  (($(missing "$T/nono-nri/nono") > 0))
}

@test "a cold start at 12 MiB takes less than three seconds" {
  local began

  [[ $KF_NONO == real ]] || skip "the stand-in is small"
  spec_args /bin/true
  spec '.linux.resources.memory = {limit: 12582912}'
  evict
  began=$(date +%s%N)
  run_container
  succeeded
  echo "took $((($(date +%s%N) - began) / 1000000)) ms"
  (($(date +%s%N) - began < 3000000000))
}

@test "an exec at 8 MiB takes less than a second, and the container lives" {
  local began

  [[ $KF_NONO == real ]] || skip "the stand-in is small"
  spec '.linux.resources.memory = {limit: 8388608}'
  start_container
  evict
  began=$(date +%s%N)
  kf exec "$ID" /bin/true
  echo "took $((($(date +%s%N) - began) / 1000000)) ms"
  (($(date +%s%N) - began < 1000000000))
  [[ -d /proc/$PID ]]
}
