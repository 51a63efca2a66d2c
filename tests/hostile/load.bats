#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Whole containers while somebody renames /nono, or kills what belongs to them; and many of them at once.

load hostile

setup() { hostile_setup; }
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# With the root file system's directory in a tree that is shared: what is mounted on the wrong side would be seen here.
@test "/nono flips while the runtime starts containers" {
  local try created=0 pid

  variant shared
  guard
  other_is "a symlink to $T/sentinel/nono"
  start_flipping 10000
  for try in {1..16}; do
    row "$try"
    if kf create --bundle "$B" --pid-file "$T/pid" "$ID" >"$T/out" 2>"$T/err"; then
      created=$((created + 1))
      pid=$(<"$T/pid")
      assert_eq "mounts" "${T##*/}/nono-nri" "$(mounts_of "$pid" "" | awk '$2 ~ "^/(nono|other)$" { print $1 }' |
        sed 's|.*/\([^/]*/[^/]*\)$|\1|')"
    fi
    bare delete --force "$ID" || true
    assert_guarded
  done
  stop_flipping
  echo "$FLIPS flips, $created containers"
  ((created > 0 && FLIPS >= 10000))
}

@test "what a killed wrapper left is taken over, by a container that then runs sandboxed" {
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

# A hook that has mounted, because it waits for the record's lock: then its container is gone.
@test "the container is killed in the middle of its hook" {
  local creator pid try

  for try in {1..4}; do
    row "$try"
    mkdir -p -m 700 "$T/state" "$T/state/$ID"
    exec 5<"$T/state/$ID"
    flock 5
    kf create --bundle "$B" "$ID" >"$T/out" 2>"$T/err" 5<&- &
    creator=$!
    eventually waits_for_lock "$T/state/$ID"
    for pid in $(descendants "$creator"); do
      ! has_own_mounts "$pid" || kill -KILL "$pid"
    done
    exec 5<&-
    wait "$creator" || true
    cleaned_up
  done
}

@test "whatever belongs to a container is killed at random while it is created" {
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
