#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (starts many containers at once, where the same programs do the same again)
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Whole containers while another process renames /nono, or kills their processes; and many of them at once.

load hostile

setup() { hostile_setup; }
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# With the root file system's directory in a tree that is shared: a mount on the wrong side would be seen here.
@test "/nono flips while the runtime starts containers" {
  local try created=0 pid mounts

  variant shared
  guard
  other_is "a symlink to $T/sentinel/nono"
  start_flipping 10000
  # Mostly a flip comes between two looks of the hook, and the container is refused; one has to get through.
  for ((try = 1; try <= 16 || (created == 0 && try <= 300); try++)); do
    row "$try"
    if kf create --bundle "$B" --pid-file "$T/pid" "$ID" >"$T/out" 2>"$T/err"; then
      created=$((created + 1))
      pid=$(<"$T/pid")
      mounts=$(mounts_of "$pid" "" | grep "^kubefence ")
      [[ $mounts =~ ^"kubefence / /"(nono|other)$ ]] || fail "mounts in the container:" "$mounts"
    fi
    cleaned_up
  done
  stop_flipping
  echo "$FLIPS flips, $created containers"
  ((created > 0 && FLIPS >= 10000))
}

@test "a killed wrapper's temporary file is taken over, by a container that then runs sandboxed" {
  needs_strace
  row "of a wrapper"
  traced -e trace=renameat -e inject=renameat:signal=KILL -- "$T/bin/$CLASS" --root "$T/rt" create --bundle "$B" "$ID" \
    </dev/null || STATUS=$?
  assert_eq "exit status" 137 "$STATUS"
  assert_eq "left" "$B/.config.json.kubefence" "$(bundle_litter)"
  sandboxed
  journal_agrees
}

# --- containers that are killed while they are created -------------------------------------------------------------

waits_for_lock() { # DIR
  grep -qE -- "-> FLOCK .*:$(stat -c %i "$1") " /proc/locks
}

# A hook that has mounted, because it waits for the record's lock: then its container is gone. The process that has the
# lock lives: in a PID namespace the kernel hides the locks of others.
@test "the container is killed in the middle of its hook" {
  local creator holder pid try

  for try in {1..4}; do
    row "$try"
    install -d -m 700 "$T/state" "$T/state/$ID"
    flock --no-fork "$T/state/$ID" sleep "$KF_PATIENCE" 3>&- &
    holder=$!
    eventually grep -q -- " FLOCK .* $holder " /proc/locks
    kf create --bundle "$B" "$ID" >"$T/out" 2>"$T/err" &
    creator=$!
    eventually waits_for_lock "$T/state/$ID"
    for pid in $(descendants "$creator"); do
      ! has_own_mounts "$pid" || kill -KILL "$pid"
    done
    kill "$holder"
    wait "$creator" || true
    cleaned_up
  done
}

@test "the processes of a container are killed at random while it is created" {
  local creator pids try

  RANDOM=$BATS_TEST_NUMBER
  for try in {1..24}; do
    row "$try"
    kf create --bundle "$B" "$ID" >"$T/out" 2>"$T/err" &
    creator=$!
    sleep "0.$((RANDOM % 20 + 10))"
    mapfile -t pids < <(descendants "$creator")
    ((${#pids[@]} == 0)) || kill -KILL "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null || true
    wait "$creator" || true
    cleaned_up
  done
  row "after all of them"
  sandboxed
}

# --- many at once --------------------------------------------------------------------------------------------------

CONTAINERS=300
AT_ONCE=16
FATES=(ends ends killed any-killed hook-killed runtime-killed)

# The bundles share an image, as they would; and have the links of one that brings a /nono.
load_bundles() {
  local n

  mkdir -p "$B/rootfs/nono" "$T/load"
  app 'exec sleep 3600'
  spec --arg root "$B/rootfs" '.root = {path: $root, readonly: true}'
  for ((n = 1; n <= CONTAINERS; n++)); do
    mkdir "$T/load/$n"
    cp "$B/config.json" "$T/load/$n/"
  done
}

load_id() { echo "$ID-$1"; } # NUMBER

# Every tenth lives on.
fate_of() { # NUMBER
  if (($1 % 10 == 0)); then
    echo lives
  else
    echo "${FATES[$1 % ${#FATES[@]}]}"
  fi
}

load_create() { # NUMBER
  kf create --bundle "$T/load/$1" --pid-file "$T/load/$1.pid" "$(load_id "$1")" >"$T/load/$1.out" 2>"$T/load/$1.err"
}

kill_named() { # PID NAME
  local pid

  for pid in $(descendants "$1"); do
    if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]]; then
      kill -KILL "$pid" 2>/dev/null || true
      return
    fi
  done
  return 1
}

# One of the processes of a creation, at some point of it.
kill_part_of() { # NUMBER FATE
  local creator pids

  load_create "$1" &
  creator=$!
  case $2 in
  hook-killed)
    while kill -0 "$creator" 2>/dev/null && ! kill_named "$creator" kubefence-hook; do
      sleep "0.00$((RANDOM % 10))"
    done
    ;;
  runtime-killed)
    sleep "0.$((RANDOM % 30 + 10))"
    kill_named "$creator" "$(basename "$(readlink -f "$RUNTIME")")" || kill_named "$creator" "$CLASS" || true
    ;;
  any-killed)
    sleep "0.$((RANDOM % 30 + 10))"
    mapfile -t pids < <(descendants "$creator")
    ((${#pids[@]} == 0)) || kill -KILL "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null || true
    ;;
  esac
  wait "$creator" || true
}

load_container() { # NUMBER
  local fate

  fate=$(fate_of "$1")
  RANDOM=$1
  case $fate in
  lives | ends | killed)
    load_create "$1" && kf start "$(load_id "$1")" || return 1
    [[ $fate != killed ]] || kill -KILL "$(<"$T/load/$1.pid")"
    [[ $fate != ends ]] || kf delete --force "$(load_id "$1")"
    ;;
  *) kill_part_of "$1" "$fate" ;;
  esac
}

# A journald of the tests is a child of this shell too, and does not end.
load_all() {
  local n pids=()

  for ((n = 1; n <= CONTAINERS; n++)); do
    ((n <= AT_ONCE)) || wait -n || true
    (load_container "$n" || echo "$n: $(fate_of "$n")" >>"$T/load/failed") &
    pids+=($!)
  done
  wait "${pids[@]}" || true
}

# The runtime's, where it was killed before it could say so.
kill_those_that_do_not_live() {
  local n pid

  for ((n = 1; n <= CONTAINERS; n++)); do
    [[ $(fate_of "$n") != lives ]] || continue
    for pid in $(processes_of "$(load_id "$n")"); do
      kill -KILL "$pid" 2>/dev/null || true
    done
  done
}

those_that_live() {
  local n

  for ((n = 10; n <= CONTAINERS; n += 10)); do
    load_id "$n"
  done | sort
}

running() {
  "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" list --json |
    jq -r 'select(.status == "running").container_id' | sort
}

only_those_that_live_run() { [[ $(running) == "$(those_that_live)" ]]; }

@test "300 containers, 16 at a time, killed at random with their hooks and runtimes: only those that live leave anything" {
  local n

  load_bundles
  guard
  load_all
  [[ ! -e $T/load/failed ]] || fail "not created, and not killed:" "$(cat "$T/load/failed")"
  kill_those_that_do_not_live
  eventually only_those_that_live_run
  gc >"$T/gc"
  echo "$(wc -l <"$T/gc") records collected, $(find "$T/load" -name '.*' -type f | wc -l) temporary files in bundles"
  [[ -s $T/gc ]]
  assert_eq "records" "$(those_that_live)" "$(find "$T/state" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)"
  assert_eq "other files there" "" "$(find "$T/state" -mindepth 2 ! -name metadata.json)"
  assert_eq "mounts" "" "$(mounts_left)"
  # whole, whether of before or after, and at most one temporary file beside it
  assert_eq "whole bundles" "$CONTAINERS" "$(cat "$T"/load/*/config.json | jq -c .ociVersion | wc -l)"
  assert_eq "in bundles" "" "$(find "$T/load" -mindepth 2 ! -name config.json ! -name .config.json.kubefence)"
  for ((n = 1; n <= CONTAINERS; n++)); do
    [[ -z $(cgroups_of "$(load_id "$n")") && ! -d $T/rt/$(load_id "$n") ]] || remove_container "$(load_id "$n")"
  done
  gc >"$T/gc"
  rm -r "$T/load"
  assert_guarded
}
