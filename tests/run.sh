#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs tests and ends with one line, "N passed, N failed, N skipped". See usage(), and tests/lib/ for how.
set -euo pipefail
shopt -s nullglob

TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
MEMORY=$BUILD/tests/memory
# The variables of make are about this run, not about programs that the tests build. And tests compare the messages of
# other programs.
unset MAKEFLAGS MFLAGS MAKELEVEL LANGUAGE
export LC_ALL=C.UTF-8
umask 022
work='' number=0 what=

. "$TOP/tests/lib/tap.bash"
. "$TOP/tests/lib/jobs.bash"
. "$TOP/tests/lib/memory.bash"

usage() {
  cat <<'TEXT'
usage: tests/run.sh [unit|integration|quick|all] [FILE...]
       tests/run.sh --failed
       tests/run.sh fuzz [SECONDS]

  unit         the programs in build/tests/unit
  integration  the .bats of tests/integration, tests/hostile, tests/images and tests/agents with runc and with crun and
               the stand-in for nono; a file with the line "# nono: standin real" also with the real one, one with "# runtimes: none"
               once; and tests/conformance/*.sh, which print TAP themselves. Of sanitized programs (BUILD=build-sanitize)
               without the files whose head says "# sanitized: no", with the stand-in only; a report of a sanitizer is a
               failure
  quick        the unit tests, and the files whose head says "# quick: yes" with one runtime and the stand-in
  fuzz         the programs in build-fuzz/tests/fuzz, for so many seconds each (60)
  FILE         only these, over the same matrix
  --failed     only the tests that failed in the last run

A failure is shown when it happens. What failed and how long each file took is kept in build/tests/memory; the files that
took longest go first.

environment:
  BUILD=DIR               where the programs are (build)
  KF_RUNTIMES="runc crun" the runtimes to use
  KF_NONOS="standin real" the nonos to use; the real one comes from scripts/get-nono.sh --cache-only
  KF_FILTER=REGEX         only integration tests whose name matches
  KF_JOBS=N               so many programs at once (the number of processors)
  KF_TRIES=2              what failed runs once more when all is done; what passes then is listed, and is not a failure (1)
  KF_RACE_ROUNDS=N        so many rounds of each race in a unit test at most (all; with unit and quick 200)
TEXT
}

find_real_nono() {
  KF_NONO_REAL=
  KF_NONO_REAL_MISSING="the real nono: no scripts/get-nono.sh"
  if [[ -x $TOP/scripts/get-nono.sh ]] && ! KF_NONO_REAL=$("$TOP/scripts/get-nono.sh" --cache-only 2>"$work/get-nono"); then
    KF_NONO_REAL=
    KF_NONO_REAL_MISSING="the real nono: $(tail -n 1 "$work/get-nono")"
  fi
  export KF_NONO_REAL KF_NONO_REAL_MISSING
}

# Races take all of their rounds only in runs without a waiting user.
few_rounds() {
  export KF_RACE_ROUNDS=${KF_RACE_ROUNDS:-200}
}

run_unit() {
  unit_jobs | longest_first >"$work/unit"
  run_jobs "$work/unit"
}

run_integration() { # FILE...
  if [[ $EUID != 0 ]]; then
    skip_all "integration tests need root"
    return
  fi
  file_jobs "$@" | if [[ $what == quick ]]; then awk -F '\t' '!seen[$3]++'; else cat; fi | longest_first >"$work/integration"
  ! grep -q $'\treal\t' "$work/integration" || find_real_nono
  run_jobs "$work/integration"
}

# The files, or without any the whole suite.
run_suite() { # FILE...
  local files=("$@")

  (($# > 0)) || mapfile -t files < <(suite_files "$what")
  run_integration "${files[@]}"
}

# No nono that would have to be built.
run_quick() {
  KF_NONOS=standin
  few_rounds
  run_unit
  run_suite "${files[@]}"
}

run_failed() {
  failed_jobs "$MEMORY/failed" >"$work/again"
  [[ -s $work/again ]] || { echo "no test failed in the last run" && exit; }
  ! grep -q $'\treal\t' "$work/again" || find_real_nono
  run_jobs "$work/again"
}

# Tells a test that a busy machine breaks now and then from one that fails.
second_try() {
  cp "$work/failed" "$work/failed-first"
  failed_jobs "$work/failed" | worth_a_second_try >"$work/again"
  [[ -s $work/again ]] || return 0
  echo "once more, what failed:"
  forget_failures "$work/again"
  run_jobs "$work/again"
  only_at_second_try >"$work/second-try"
}

run_fuzz() { # [SECONDS]
  SHOW_PASSED=yes run_tap "$work/jobs/fuzz" fuzz "none"$'\t'"none"$'\t'"$BUILD/fuzz" tests/fuzz/run.sh "$@"
}

# Some tests only: how long the files took then says nothing about the next run.
is_whole() { # WHAT
  [[ $1 != --failed && $1 != fuzz && -z ${KF_FILTER:-} ]]
}

main() {
  local files=() file

  what=${1:-all}
  case $what in
  -h | --help) usage && return ;;
  unit | integration | quick | all | fuzz | --failed) shift || true ;;
  *.bats | *.sh) what=integration ;;
  *) usage >&2 && return 2 ;;
  esac
  ! is_sanitized || KF_NONOS=${KF_NONOS:-standin}
  [[ $# == 0 || $what == fuzz ]] || mapfile -t files < <(realpath -s "$@")
  for file in "${files[@]}"; do
    [[ -f $file ]] || { printf 'run.sh: %s is not there\n' "$file" >&2 && return 2; }
  done
  cd "$TOP"
  work=$(mktemp -d)
  # Of a run that is broken off, what failed so far counts; of a broken --failed, the list that it had.
  trap '[[ $what == --failed ]] || remember no; rm -rf "$work"' EXIT
  for file in skips skipped-files failed second-try times durations; do
    : >"$work/$file"
  done
  case $what in
  unit) few_rounds && run_unit ;;
  integration) run_suite "${files[@]}" ;;
  all) run_unit && run_suite "${files[@]}" ;;
  quick) run_quick ;;
  fuzz) run_fuzz "$@" ;;
  --failed) run_failed ;;
  esac
  [[ ${KF_TRIES:-1} == 1 || $what == fuzz ]] || second_try
  remember "$(is_whole "$what" && echo yes || echo no)"
  report
}

main "$@"
