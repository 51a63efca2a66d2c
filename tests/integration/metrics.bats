#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# kubefence metrics: its numbers, and that Prometheus's own tool takes them.

load helpers

setup() { kf_setup; }
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

metrics() { # ARGUMENTS...
  timeout 10 journalctl --sync 2>"$T/sync" || true
  STATUS=0
  timeout "$KF_PATIENCE" "$KF_BUILD/kubefence" metrics "$@" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
}

# The number of a series; 0 without one.
value() { # SERIES FILE
  awk -v series="$1" 'index($0, series " ") == 1 { found = $NF } END { print found + 0 }' "$2"
}

# The series says so many more than before.
assert_added() { # NUMBER SERIES
  assert_eq "$2" "$1" "$(($(value "$2" "$T/out") - $(value "$2" "$T/before")))"
}

SERIES="handler=\"nono-${KF_RUNTIME:-runc}\",profile=\"default\""

@test "decisions, execs and containers are counted" {
  metrics
  succeeded
  mv "$T/out" "$T/before"
  annotate nono.sh/profile no-such
  app true
  run_container "$ID-denied"
  annotate nono.sh/profile default
  run_container "$ID-ended"
  app 'sleep 600'
  start_container
  kf exec "$ID" /bin/true
  metrics
  succeeded
  assert_added 2 "kubefence_decisions_total{decision=\"inject\",$SERIES,reason=\"runtime_class_matched\"}"
  assert_added 1 "kubefence_decisions_total{decision=\"deny\",handler=\"$CLASS\",profile=\"no-such\",reason=\"profile_refused\"}"
  assert_eq "execs" 1 "$(grep '^kubefence_execs_total{decision="inject"' "$T/out" | awk '{ n += $NF } END { print n }')"
  assert_eq "running" 1 "$(value "kubefence_containers{state=\"running\",$SERIES}" "$T/out")"
  # Its process goes, and no hook is called.
  kill -KILL "$PID"
  eventually has_ended "$PID"
  metrics
  assert_eq "running" 0 "$(value "kubefence_containers{state=\"running\",$SERIES}" "$T/out")"
  assert_eq "stale" 1 "$(value "kubefence_containers{state=\"stale\",$SERIES}" "$T/out")"
  kf delete --force "$ID"
}

has_ended() { # PID
  [[ ! -e /proc/$1 || $(awk '/^State:/ { print $2 }' "/proc/$1/status") == Z ]]
}

@test "each row of the check is there, and the version" {
  local rows

  metrics
  succeeded
  rows=$("$KF_BUILD/kubefence" check --json | jq '[.[] | select(.check != "value")] | length' || true)
  assert_eq "rows" "$rows" "$(awk '/^kubefence_check{/ { n += $NF } END { print n }' "$T/out")"
  assert_eq "version" 1 "$(value "kubefence_build_info{version=\"$("$KF_BUILD/kubefence" version | cut -d ' ' -f 2)\"}" "$T/out")"
  assert_eq "Landlock ABI" "$("$KF_BUILD/kubefence" check --json | jq -r '.[] | select(.check == "landlock") | .message' |
    grep -oE '[0-9]+' | head -n 1)" "$(value kubefence_landlock_abi "$T/out")"
}

@test "promtool takes it, with hostile names in it" {
  annotate nono.sh/profile $'evil"} 1\n# HELP x\\ \xc3\xa4\e[31m'
  app true
  run_container "$ID-hostile"
  metrics
  succeeded
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "not printable: $OUT"
  kf_tool promtool
  [[ -z ${KF_TOOL_MISSING:-} ]] || skip "$KF_TOOL_MISSING"
  "$TOOL/promtool" check metrics <"$T/out" >"$T/promtool" 2>&1 || fail "promtool: $(<"$T/promtool")"
}

@test "--output replaces the file as a whole" {
  echo old >"$T/kubefence.prom"
  metrics --output "$T/kubefence.prom"
  succeeded
  assert_eq "stdout" "" "$OUT"
  assert_eq "mode" 644 "$(stat -c %a "$T/kubefence.prom")"
  assert_has "file" "kubefence_build_info{" "$(<"$T/kubefence.prom")"
  metrics --output kubefence.prom
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "absolute path" "$ERR"
  metrics --output "$T/no-such/kubefence.prom"
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "cannot open $T/no-such" "$ERR"
  metrics word
  assert_eq "exit status" 2 "$STATUS"
}
