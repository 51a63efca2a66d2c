#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about the runner)
# quick: yes
# shellcheck disable=SC2016,SC2154 # a $ in single quotes is for another shell; bats sets output and lines
#
# tests/run.sh itself, on suites that are made up: its output and when it comes, its counts, and its memory.

load helpers

setup() {
  [[ $EUID == 0 ]] || skip "integration tests need root"
  TREE=$BATS_TEST_TMPDIR/tree SUITE=$BATS_TEST_TMPDIR/tree/tests/integration
  mkdir -p "$SUITE" "$TREE"/tests/{hostile,conformance} "$TREE/build/tests/unit"
  cp -a "$KF_TOP/tests/run.sh" "$KF_TOP/tests/lib" "$KF_TOP/tests/own-namespace.sh" "$TREE/tests/"
}

# A made-up file of the suite; its text is on stdin, with %test for @test, which bats would take for a test of this file.
file() { # NAME
  sed 's/^%test/@test/' >"$SUITE/$1"
  chmod 755 "$SUITE/$1"
}

# A made-up unit test.
program() { # NAME
  printf '#!/bin/sh\n%s\n' "$(cat)" >"$TREE/build/tests/unit/$1"
  chmod 755 "$TREE/build/tests/unit/$1"
}

# The runner, with nothing of the bats that runs this, which puts its own directory into PATH. Variables may come first.
runner() { # [NAME=VALUE...] run.sh [ARGUMENTS...]
  local variables=() path=${PATH//"$BATS_LIBEXEC:"/}

  while [[ $1 == *=* ]]; do
    variables+=("$1") && shift
  done
  env -i PATH="$path" HOME="$HOME" KF_JOBS=2 KF_NONOS=standin "${variables[@]}" "$TREE/tests/$1" "${@:2}" 3>&-
}

last_line_is() { # TEXT
  assert_eq "the last line" "$1" "${lines[-1]}"
}

@test "counts, exit status, and why tests were skipped" {
  file good.bats <<<'# runtimes: none
%test "one" { true; }
%test "two" { skip "no such device"; }
%test "three" { skip "no such device"; }'
  run -0 runner run.sh integration
  last_line_is "1 passed, 0 failed, 2 skipped"
  assert_has "reasons" "skipped: no such device (2 tests)" "$output"
  assert_has_not "failures" FAILED "$output"
  file bad.bats <<<'# runtimes: none
%test "four" { false; }'
  run -1 runner run.sh integration
  last_line_is "1 passed, 1 failed, 2 skipped"
}

@test "a file runs once for each runtime and nono that its head names and that was asked for" {
  file both.bats <<<'%test "one" { echo "# $KF_RUNTIME $KF_NONO" >&3; }'
  file crun.bats <<<'# runtimes: crun
%test "one" { true; }'
  file none.bats <<<'# runtimes: none
%test "one" { true; }'
  run -0 runner run.sh integration
  last_line_is "4 passed, 0 failed, 0 skipped"
  run -0 runner KF_RUNTIMES=runc run.sh integration
  last_line_is "2 passed, 0 failed, 0 skipped"
  run -0 runner KF_FILTER=two run.sh "$SUITE/both.bats" || true
  assert_eq "with a filter that matches nothing" "nothing ran" "${lines[-2]}"
}

shown() { # FILE TEXT
  grep -qF -- "$2" "$1"
}

@test "all and a file: the unit tests and this file; a file that is not there is an error" {
  file a.bats <<<'# runtimes: none
%test "one" { true; }'
  file b.bats <<<'# runtimes: none
%test "one" { false; }'
  program test-unit <<<'echo 1..1; echo ok 1 - one'
  run -0 runner run.sh all "$SUITE/a.bats"
  last_line_is "2 passed, 0 failed, 0 skipped"
  run -2 runner run.sh "$SUITE/c.bats"
}

@test "a failure is shown with its diagnostics while the file still runs" {
  local pid

  file slow.bats <<<'# runtimes: none
%test "first" { echo "what went wrong"; false; }
%test "second" { until [[ -e $KF_GO ]]; do sleep 0.1; done; }'
  runner KF_GO="$BATS_TEST_TMPDIR/go" run.sh integration >"$BATS_TEST_TMPDIR/out" 2>&1 &
  pid=$!
  eventually shown "$BATS_TEST_TMPDIR/out" "what went wrong"
  assert_has "shown so far" "FAILED: slow.bats (none, standin nono): first" "$(<"$BATS_TEST_TMPDIR/out")"
  assert_has_not "shown so far" "passed" "$(<"$BATS_TEST_TMPDIR/out")"
  : >"$BATS_TEST_TMPDIR/go"
  ! wait "$pid" || fail "the exit status is 0"
  assert_eq "the last line" "1 passed, 1 failed, 0 skipped" "$(tail -n 1 "$BATS_TEST_TMPDIR/out")"
}

# Every line of a block names its file.
@test "the output of parallel files does not mix" {
  local name

  for name in a b; do
    file "$name.bats" <<<"# runtimes: none
%test \"long\" { for i in \$(seq 200); do echo \"of $name\"; done; false; }
%test \"again\" { for i in \$(seq 200); do echo \"of $name\"; done; false; }"
  done
  run -1 runner run.sh integration
  last_line_is "0 passed, 4 failed, 0 skipped"
  awk '/^FAILED: / { name = substr($2, 1, 1); blocks++ } /# of / { if ($NF != name) exit 1; said++ }
    END { exit !(blocks == 4 && said == 800) }' <<<"$output"
}

@test "tests that the plan announces and that never ran are failures, with the program's output" {
  file dies.sh <<<'#!/bin/sh
# runtimes: none
echo 1..3; echo ok 1 one; echo "the reason" >&2; exit 5'
  mv "$SUITE/dies.sh" "$TREE/tests/conformance/"
  run -1 runner run.sh integration
  last_line_is "1 passed, 2 failed, 0 skipped"
  assert_has "what is said" "FAILED: dies.sh (none, standin nono): 2 of 3 tests did not run (exit status 5)" "$output"
  assert_has "diagnostics" "    the reason" "$output"
}

@test "a bad exit status is a failure although every test passed" {
  program test-end <<<'echo 1..1; echo ok 1 - one; exit 3'
  run -1 runner run.sh unit
  last_line_is "1 passed, 1 failed, 0 skipped"
  assert_has "what is said" "FAILED: test-end: exit status 3" "$output"
}

@test "--failed runs the last failures, and no other test" {
  file some.bats <<<'# runtimes: none
%test "good" { echo good >>"$KF_RAN"; }
%test "bad (1) [x] a.b* | c" { echo bad >>"$KF_RAN"; [[ -e $KF_GO ]]; }
%test "bad" { echo not this >>"$KF_RAN"; }'
  program test-bad <<<'echo 1..1; echo unit >>"$KF_RAN"; [ -e "$KF_GO" ] && echo ok 1 - one || echo not ok 1 - one'
  program test-good <<<'echo 1..1; echo unit-good >>"$KF_RAN"; echo ok 1 - one'
  export KF_RAN=$BATS_TEST_TMPDIR/ran KF_GO=$BATS_TEST_TMPDIR/go
  run -1 runner KF_RAN="$KF_RAN" KF_GO="$KF_GO" run.sh all
  last_line_is "3 passed, 2 failed, 0 skipped"
  rm "$KF_RAN"
  run -1 runner KF_RAN="$KF_RAN" KF_GO="$KF_GO" run.sh --failed
  last_line_is "0 passed, 2 failed, 0 skipped"
  assert_eq "what ran" $'bad\nunit' "$(sort "$KF_RAN")"
  : >"$KF_GO"
  run -0 runner KF_RAN="$KF_RAN" KF_GO="$KF_GO" run.sh --failed
  last_line_is "2 passed, 0 failed, 0 skipped"
  run -0 runner run.sh --failed
  assert_eq "what is said" "no test failed in the last run" "$output"
}

@test "KF_TRIES=2 runs failed tests once more, and lists those that passed only then" {
  file some.bats <<<'# runtimes: none
%test "good" { echo good >>"$KF_RAN"; }
%test "flaky" { echo flaky >>"$KF_RAN"; (($(grep -c flaky "$KF_RAN") > 1)); }
%test "bad" { echo bad >>"$KF_RAN"; false; }'
  file dies.sh <<<'#!/bin/sh
# runtimes: none
echo 1..2; echo ok 1 one; [ "$(grep -c dies "$KF_RAN")" -gt 0 ] && echo ok 2 two || echo dies >>"$KF_RAN"'
  mv "$SUITE/dies.sh" "$TREE/tests/conformance/"
  export KF_RAN=$BATS_TEST_TMPDIR/ran
  : >"$KF_RAN"
  run -1 runner KF_RAN="$KF_RAN" KF_TRIES=2 run.sh integration
  last_line_is "4 passed, 1 failed, 0 skipped"
  assert_eq "what is said" $'PASSED ONLY AT THE SECOND TRY: dies.sh (none, standin nono): the whole file
PASSED ONLY AT THE SECOND TRY: some.bats (none, standin nono): flaky' "$(grep ONLY <<<"$output")"
  assert_eq "what ran" $'bad\nbad\ndies\nflaky\nflaky\ngood' "$(sort "$KF_RAN")"
  run -1 runner KF_RAN="$KF_RAN" run.sh --failed
  last_line_is "0 passed, 1 failed, 0 skipped"
}

# Neither is a matter of a busy machine.
@test "a unit test and a sanitizer's report have no second try" {
  mkdir -p "$TREE/build/reports"
  file some.bats <<<'# runtimes: none
%test "reported" { echo reported >>"$KF_RAN"; mkdir -p "$KF_BUILD/reports/shown"; echo leak >"$KF_BUILD/reports/shown/1"; false; }
%test "leaks beside" { echo beside >>"$KF_RAN"; }'
  program test-bad <<<'echo 1..1; echo unit >>"$KF_RAN"; echo not ok 1 - one'
  export KF_RAN=$BATS_TEST_TMPDIR/ran
  run -1 runner KF_RAN="$KF_RAN" KF_TRIES=2 run.sh all
  last_line_is "1 passed, 2 failed, 0 skipped"
  assert_eq "what ran" $'beside\nreported\nunit' "$(sort "$KF_RAN")"
}

@test "a run that is broken off keeps its failures so far" {
  local pid

  file slow.bats <<<'# runtimes: none
%test "first" { false; }
%test "second" { echo "$BASHPID" >"$KF_PID"; exec sleep 30; }'
  runner KF_PID="$BATS_TEST_TMPDIR/pid" run.sh integration >"$BATS_TEST_TMPDIR/out" 2>&1 &
  eventually test -s "$BATS_TEST_TMPDIR/pid"
  pid=$(pgrep -o -f "^bash $TREE/tests/run.sh integration")
  kill -TERM "$pid"
  kill "$(<"$BATS_TEST_TMPDIR/pid")"
  eventually test -s "$TREE/build/tests/memory/failed"
  assert_eq "the failed test" first "$(cut -f 4 "$TREE/build/tests/memory/failed")"
}

@test "a file that died runs again as a whole" {
  program test-dies <<<'echo 1..2; echo ok 1 - one; [ -e "$KF_GO" ] && echo ok 2 - two'
  run -1 runner KF_GO="$BATS_TEST_TMPDIR/none" run.sh unit
  run -0 runner KF_GO=/ run.sh --failed
  last_line_is "2 passed, 0 failed, 0 skipped"
}

@test "the files that took longest last time go first, and are listed at the end" {
  local i

  for ((i = 0; i < 12; i++)); do
    program "test-$i" <<<"echo 1..1; sleep 0.0$((i % 10)); echo $i >>\$KF_RAN; echo ok 1 - one"
  done
  program test-slow <<<'echo 1..1; sleep 1; echo ok 1 - one; echo slow >>$KF_RAN'
  run -0 runner KF_RAN=/dev/null run.sh unit
  assert_has "the list" "test-slow" "$(grep -A 1 '^the slowest files:' <<<"$output")"
  assert_eq "lines of the list" 10 "$(grep -c '^ *[0-9.]* s  test-' <<<"$output")"
  run -0 runner KF_JOBS=1 KF_RAN="$BATS_TEST_TMPDIR/ran" run.sh unit
  assert_eq "the first" slow "$(head -n 1 "$BATS_TEST_TMPDIR/ran")"
}

@test "unit tests run beside each other" {
  program test-a <<<': >"$KF_A"; until [ -e "$KF_B" ]; do sleep 0.1; done; echo 1..1; echo ok 1 - one'
  program test-b <<<': >"$KF_B"; until [ -e "$KF_A" ]; do sleep 0.1; done; echo 1..1; echo ok 1 - one'
  run -0 timeout "$KF_PATIENCE" env KF_A="$BATS_TEST_TMPDIR/a" KF_B="$BATS_TEST_TMPDIR/b" KF_JOBS=2 "$TREE/tests/run.sh" unit
  last_line_is "2 passed, 0 failed, 0 skipped"
}

@test "a file that is not for this run is skipped, with the reason in its head" {
  local here

  here=$(. /etc/os-release && echo "$ID-$VERSION_ID")
  file here.bats <<<"# runtimes: none
# $here: no (has another kernel)
%test \"one\" { false; }"
  file good.bats <<<'# runtimes: none
# sanitized: no (too slow)
%test "one" { true; }'
  run -0 runner run.sh integration
  last_line_is "1 passed, 0 failed, 1 skipped"
  assert_has "the reason" "skipped: not for $here: has another kernel" "$output"
  mkdir "$TREE/build/reports"
  run -1 runner run.sh integration
  assert_has "the reason" "skipped: not for sanitized programs: too slow" "$output"
  last_line_is "0 passed, 0 failed, 2 skipped"
}

@test "a report of a sanitizer is a failure" {
  mkdir -m 1777 "$TREE/build/reports"
  file leaks.bats <<<'# runtimes: none
%test "one" { echo "a leak" >"$KF_BUILD/reports/1"; }'
  run -1 runner run.sh integration
  last_line_is "1 passed, 1 failed, 0 skipped"
  assert_has "the report" "    a leak" "$output"
  assert_eq "reports left" "" "$(ls "$TREE/build/reports")"
}

@test "quick: the unit tests, and the files whose head says so, with one runtime" {
  file quick.bats <<<'# quick: yes
%test "one" { true; }'
  file other.bats <<<'%test "one" { false; }'
  program test-unit <<<'echo 1..1; [ "$KF_RACE_ROUNDS" -gt 0 ] && echo ok 1 - one'
  run -0 runner run.sh quick
  last_line_is "2 passed, 0 failed, 0 skipped"
}

@test "a run without tests fails; a wrong argument is a usage error" {
  run -1 runner run.sh unit
  last_line_is "0 passed, 0 failed, 0 skipped"
  run -2 runner run.sh nonsense
}

# --- packages for a run ------------------------------------------------------------------------------------------

@test "make help describes every target" {
  local target text targets

  text=$(make -s -C "$KF_TOP" help)
  read -ra targets < <(sed -n 's/^\.PHONY: //p' "$KF_TOP/Makefile")
  for target in "${targets[@]}"; do
    [[ $target == *-build || $target == *-tree ]] || grep -Eq "^  ([a-z-]+ )*$target( [a-z-]+)*  +[^ ]" <<<"$text" ||
      fail "make help has no line for $target"
  done
}

# A dpkg-query that knows no package, and an apt-get that reports its call. make check-quick sets the variable.
without_packages() {
  unset KUBEFENCE_DEPS
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/bin/dpkg-query"
  printf '#!/bin/sh\necho "apt-get $*"\n' >"$BATS_TEST_TMPDIR/bin/apt-get"
  chmod 755 "$BATS_TEST_TMPDIR"/bin/*
}

deps() { # ARGUMENTS...
  PATH=$BATS_TEST_TMPDIR/bin:$PATH "$KF_TOP/scripts/deps.sh" "$@"
}

@test "packages are installed only as root, and not where KUBEFENCE_DEPS is no" {
  without_packages
  run -0 deps --ask unit
  assert_eq "as root" $'apt-get update\napt-get install --yes --no-install-recommends libcmocka-dev' "$output"
  KUBEFENCE_DEPS=no run -1 deps --ask unit
  assert_eq "KUBEFENCE_DEPS=no" "deps.sh: missing: libcmocka-dev: install them (sudo make deps, or sudo apt-get install libcmocka-dev)" "$output"
  run -1 deps --check unit
  assert_has_not "--check" apt-get\ update "$output"
  KUBEFENCE_DEPS=no run -0 deps unit
  assert_has "make deps" "apt-get install" "$output"
  # Another user may not reach this source tree.
  install -m 755 "$KF_TOP/scripts/deps.sh" "$BATS_TEST_TMPDIR/bin/deps.sh"
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/bin"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run -1 setpriv --reuid 65534 --regid 65534 --clear-groups deps.sh --ask unit
  assert_has "not as root" "missing: libcmocka-dev" "$output"
}

@test "another distribution: one line names the packages" {
  PATH=/nonexistent run -1 /bin/bash "$KF_TOP/scripts/deps.sh" unit
  assert_eq "deps" "deps.sh: this is not Debian or Ubuntu: install the counterparts of these packages of Debian: libcmocka-dev" "$output"
  PATH=/nonexistent run -0 /bin/bash "$KF_TOP/scripts/deps.sh" --ask unit
  assert_eq "lines" 1 "${#lines[@]}"
}
