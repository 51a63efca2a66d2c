#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target of BUILD/tests/fuzz for SECONDS each from its seeds, and prints TAP for tests/run.sh.
# Usage: tests/fuzz/run.sh [SECONDS] (default 60). An input that made one fail stays in BUILD/tests/fuzz/TARGET.crash-*.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
build=${BUILD:-build-fuzz}
targets=("$build"/tests/fuzz/fuzz-*[a-z])
work=$(mktemp -d)
# A target writes the files that it reads for every input: in memory it gets through ten times as many inputs.
files=$(mktemp -d -p /dev/shm 2>"$work/shm" || mktemp -d)
trap 'rm -rf "$work" "$files"' EXIT

fuzz() { # NUMBER PROGRAM
  local name=${2##*/fuzz-} status=0 log=$work/log.$1 seeds

  seeds=("tests/fuzz/seeds/$name")
  [[ $name != profile ]] || seeds+=(hook/share/profiles)
  mkdir "$work/$name"
  TMPDIR=$files "$2" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$build/tests/fuzz/$name." "$work/$name" "${seeds[@]}" >"$log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if ((status == 0 && ${runs:-0} > 0)); then
    echo "ok $1 - fuzz $name: $runs inputs in $seconds s"
  else
    echo "not ok $1 - fuzz $name: exit status $status"
    tail -n 40 "$log" | sed 's/^/# /'
  fi
}

echo "1..${#targets[@]}"
running=0
for i in "${!targets[@]}"; do
  if ((running >= $(nproc))); then
    wait -n
    running=$((running - 1))
  fi
  fuzz $((i + 1)) "${targets[i]}" &
  running=$((running + 1))
done
wait
