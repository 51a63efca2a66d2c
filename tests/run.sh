#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs tests and ends with one line, "N passed, N failed, N skipped". See usage().
set -euo pipefail
shopt -s nullglob

TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
# What make was told is about this run, not about what the tests build.
unset MAKEFLAGS MFLAGS MAKELEVEL
passed=0 failed=0 skipped=0
work=

# Not with sanitized programs (make SANITIZE=1): files that start whole engines, clusters and nodes, where the same
# programs do the same again; that build, install or take apart programs; that run none of ours, or a suite of the
# runtimes' own; and that count or break system calls, where the sanitizer's would be among them.
left_out=(budget chart cluster completion cri-containerd cri-containerd2 crio-real docker faults hooks-package
  install-launcher install-node kata-vm kernel load manual node-setup package podman podman-node profiles-installed
  programs races seccomp-data units crun-suite runc-suite)

usage() {
  cat <<'END'
usage: tests/run.sh [unit|integration|all] [FILE...]
       tests/run.sh fuzz [SECONDS]

  unit         the programs in build/tests/unit
  integration  tests/integration/*.bats and tests/hostile/*.bats with runc and with crun and the stand-in for nono; a
               file with the line "# nono: standin real" also with the real one, one with "# runtimes: none" once; and
               tests/conformance/*.sh, which print TAP themselves. Of sanitized programs (BUILD=build-sanitize) without
               the files in $left_out below, with the stand-in only; a report of a sanitizer is a failure
  fuzz         the programs in build-fuzz/tests/fuzz, for so many seconds each (60)
  FILE         only these, over the same matrix

environment:
  BUILD=DIR               where the programs are (build)
  KF_RUNTIMES="runc crun" the runtimes to use
  KF_NONOS="standin real" the nonos to use; the real one comes from scripts/get-nono.sh --cache-only
  KF_FILTER=REGEX         only integration tests whose name matches
  KF_JOBS=N               so many files at once (the number of processors)
END
}

# --- counting ----------------------------------------------------------------------------------------------------

# Reads TAP: counts, shows every failure with its diagnostics, collects the reasons for skips.
count_tap() { # TITLE TAP-FILE
  local line showing=0

  while IFS= read -r line; do
    case $line in
    'ok '*' # skip'* | 'ok '*' # SKIP'*)
      skipped=$((skipped + 1)) showing=0
      sed -E 's/^.* # (skip|SKIP)[: ]*//; s/^\((.*)\)$/\1/' <<<"$line" >>"$work/skips"
      ;;
    'ok '*) passed=$((passed + 1)) showing=0 ;;
    'not ok '*)
      failed=$((failed + 1)) showing=1
      printf 'FAILED: %s: %s\n' "$1" "$line"
      ;;
    '#'*) ((showing == 0)) || printf '    %s\n' "$line" ;;
    esac
  done <"$2"
}

# Tests that the plan announces and that never ran are failures: the program died.
count_missing() { # TITLE DIR STATUS
  local planned seen

  planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$2/tap" | head -n 1)
  seen=$(grep -Ec '^(not )?ok ' "$2/tap" || true)
  if ((seen < ${planned:-0})); then
    failed=$((failed + planned - seen))
    printf 'FAILED: %s: %d of %d tests did not run (exit status %d)\n' "$1" $((planned - seen)) "$planned" "$3"
  elif (($3 != 0)) && ! grep -q '^not ok ' "$2/tap"; then
    failed=$((failed + 1))
    printf 'FAILED: %s: exit status %d\n' "$1" "$3"
  else
    return 0
  fi
  sed 's/^/    /' "$2/stderr"
}

# Leaves in DIR what there is to count.
run_tap() { # DIR TITLE COMMAND...
  local dir=$1 title=$2 status=0 start=$SECONDS

  shift 2
  mkdir -p "$dir"
  printf '%s\n' "$title" >"$dir/title"
  "$@" >"$dir/tap" 2>"$dir/stderr" </dev/null || status=$?
  printf '%s\n' "$status" >"$dir/status"
  printf '%4d s  %s\n' $((SECONDS - start)) "$title"
}

count() { # DIR
  local title

  title=$(<"$1/title")
  count_tap "$title" "$1/tap"
  count_missing "$title" "$1" "$(<"$1/status")"
}

is_sanitized() {
  [[ -d $BUILD/reports ]]
}

# A test with kf_teardown fails by itself, and takes its reports away; these are of others.
count_reports() { # DIR
  local report

  for report in "$1"/reports/*; do
    failed=$((failed + 1))
    printf 'FAILED: %s: a sanitizer has something to say\n' "$(<"$1/title")"
    sed 's/^/    /' "$report"
  done
}

skip_all() { # REASON
  skipped=$((skipped + 1))
  printf '%s\n' "$1" >>"$work/skips"
}

report() {
  local count reason

  while read -r count reason; do
    if ((count > 1)); then
      printf 'skipped: %s (%d tests)\n' "$reason" "$count"
    else
      printf 'skipped: %s\n' "$reason"
    fi
  done < <(sort "$work/skips" | uniq -c)
  ((passed + failed > 0)) || echo "nothing ran"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && passed > 0))
}

# --- what there is to run ----------------------------------------------------------------------------------------

run_unit() {
  local program

  for program in "$BUILD"/tests/unit/*; do
    [[ -f $program && -x $program && $program != *.* ]] || continue
    CMOCKA_MESSAGE_OUTPUT=TAP run_tap "$work/unit" "${program##*/}" "$program" >/dev/null
    count "$work/unit"
  done
}

# A mount namespace for each file, also with a directory of its own for what sanitizers report.
in_own_namespace() { # DIR BUILD COMMAND...
  # shellcheck disable=SC2016 # for the inner shell
  "$TOP/tests/own-namespace.sh" sh -c 'set -e
    if [ -d "$1/reports" ]; then mount --bind "$1/reports" "$2/reports"; fi
    shift 2
    exec "$@"' sh "$@"
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

run_file() { # DIR RUNTIME NONO FILE
  local name=${4##*/} command=("$4")

  if is_sanitized; then
    mkdir -p "$1/reports"
    chmod 1777 "$1/reports"
  fi
  [[ $4 != *.bats ]] || command=(bats --formatter tap ${KF_FILTER:+--filter "$KF_FILTER"} "$4")
  KF_RUNTIME=$2 KF_NONO=$3 KF_BUILD=$BUILD run_tap "$1" "$name ($2, $3 nono)" \
    in_own_namespace "$1" "$BUILD" env --unset=BUILD "${command[@]}"
}

# A script has those of the suite it runs.
number_of_tests() { # FILE
  if [[ $1 == *.bats ]]; then
    grep -c '^@test' "$1"
  else
    echo 1000
  fi
}

# What the file says of itself, else DEFAULT, as far as it was asked for.
wanted() { # KEY DEFAULT ASKED FILE
  local word said

  said=$(sed -n "s/^# $1: //p" "$4")
  for word in ${said:-$2}; do
    case " $3 none " in *" $word "*) echo "$word" ;; esac
  done
}

# Sets FILES to those there are, but for what sanitized programs are not for.
find_files() {
  local file name

  files=()
  for file in "$TOP"/tests/integration/*.bats "$TOP"/tests/hostile/*.bats "$TOP"/tests/conformance/*.sh; do
    name=${file##*/}
    if is_sanitized && [[ " ${left_out[*]} " == *" ${name%.*} "* ]]; then
      skip_all "a file that sanitized programs are not for"
    else
      files+=("$file")
    fi
  done
}

# One file with one runtime and one nono is a job: DIR RUNTIME NONO FILE. Those with the most tests go first.
list_jobs() { # FILE...
  local runtime nono file

  for file in "$@"; do
    for nono in $(wanted nono standin "${KF_NONOS:-standin real}" "$file"); do
      for runtime in $(wanted runtimes "runc crun" "${KF_RUNTIMES:-runc crun}" "$file"); do
        printf '%s\t%s\t%s\t%s\n' "$(number_of_tests "$file")" "$runtime" "$nono" "$file"
      done
    done
  done | sort -rn -k1,1 | awk -F '\t' -v dir="$work/jobs" '{ printf "%s/%04d\t%s\t%s\t%s\n", dir, NR, $2, $3, $4 }'
}

run_integration() { # FILE...
  local dir runtime nono file running=0

  if [[ $EUID != 0 ]]; then
    skip_all "integration tests need root"
    return
  fi
  list_jobs "$@" >"$work/list"
  ! grep -q $'\treal\t' "$work/list" || find_real_nono
  while IFS=$'\t' read -r dir runtime nono file; do
    if ((running >= ${KF_JOBS:-$(nproc)})); then
      wait -n || true
      running=$((running - 1))
    fi
    run_file "$dir" "$runtime" "$nono" "$file" &
    running=$((running + 1))
  done <"$work/list"
  wait
  for dir in "$work"/jobs/*; do
    count "$dir"
    count_reports "$dir"
  done
}

run_fuzz() { # [SECONDS]
  run_tap "$work/fuzz" fuzz tests/fuzz/run.sh "$@"
  grep '^ok' "$work/fuzz/tap" || true
  count "$work/fuzz"
}

main() {
  local what=${1:-all} files=()

  case $what in
  -h | --help) usage && return ;;
  unit | integration | all | fuzz) shift || true ;;
  *.bats | *.sh) what=integration ;;
  *) usage >&2 && return 2 ;;
  esac
  ! is_sanitized || KF_NONOS=${KF_NONOS:-standin}
  [[ $# == 0 || $what == fuzz ]] || mapfile -t files < <(realpath -s "$@")
  cd "$TOP"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  : >"$work/skips"
  case $what in unit | all) run_unit ;; esac
  case $what in
  integration | all)
    ((${#files[@]} > 0)) || find_files
    run_integration "${files[@]}"
    ;;
  esac
  [[ $what != fuzz ]] || run_fuzz "$@"
  report
}

main "$@"
