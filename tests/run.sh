#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs tests and ends with one line, "N passed, N failed, N skipped". See usage().
set -euo pipefail

TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
passed=0 failed=0 skipped=0
work=

usage() {
  cat <<'END'
usage: tests/run.sh [unit|integration|all] [FILE.bats...]

  unit         the programs in build/tests/unit
  integration  tests/integration/*.bats with runc and with crun; spine.bats also with the stand-in and the real nono
  FILE.bats    only these, over the same matrix

environment:
  BUILD=DIR               where the programs are (build)
  KF_RUNTIMES="runc crun" the runtimes to use
  KF_NONOS="standin real" the nonos to use; the real one comes from scripts/get-nono.sh --cache-only
  KF_FILTER=REGEX         only integration tests whose name matches
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
count_missing() { # TITLE TAP-FILE STATUS
  local planned seen

  planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$2" | head -n 1)
  seen=$(grep -Ec '^(not )?ok ' "$2" || true)
  if ((seen < ${planned:-0})); then
    failed=$((failed + planned - seen))
    printf 'FAILED: %s: %d of %d tests did not run (exit status %d)\n' "$1" $((planned - seen)) "$planned" "$3"
  elif (($3 != 0)) && ! grep -q '^not ok ' "$2"; then
    failed=$((failed + 1))
    printf 'FAILED: %s: exit status %d\n' "$1" "$3"
  else
    return 0
  fi
  sed 's/^/    /' "$work/stderr"
}

run_tap() { # TITLE COMMAND...
  local title=$1 status=0

  shift
  "$@" >"$work/tap" 2>"$work/stderr" </dev/null || status=$?
  count_tap "$title" "$work/tap"
  count_missing "$title" "$work/tap" "$status"
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
    CMOCKA_MESSAGE_OUTPUT=TAP run_tap "${program##*/}" "$program"
  done
}

# crun does not work on a hybrid cgroup hierarchy (cgroup v1 with a v2 beside it); the v2 mount is taken away for the
# tests only, in a mount namespace of their own.
without_hybrid_cgroup() { # COMMAND...
  if mountpoint -q /sys/fs/cgroup/unified && [[ $EUID == 0 ]]; then
    unshare --mount --propagation private sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' sh "$@"
  else
    "$@"
  fi
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

run_bats() { # RUNTIME NONO FILE
  local name=${3##*/}

  KF_RUNTIME=$1 KF_NONO=$2 KF_BUILD=$BUILD run_tap "$name ($1, $2 nono)" \
    without_hybrid_cgroup bats --formatter tap ${KF_FILTER:+--filter "$KF_FILTER"} "$3"
}

run_integration() { # FILE...
  local runtime nono file

  if [[ $EUID != 0 ]]; then
    skip_all "integration tests need root"
    return
  fi
  case " ${KF_NONOS:-standin real} " in *' real '*) find_real_nono ;; esac
  for runtime in ${KF_RUNTIMES:-runc crun}; do
    for file in "$@"; do
      for nono in ${KF_NONOS:-standin real}; do
        # What the real nono does differently shows where containers really run.
        [[ $nono == standin || $file == */spine.bats ]] || continue
        run_bats "$runtime" "$nono" "$file"
      done
    done
  done
}

main() {
  local what=${1:-all} files=("$TOP"/tests/integration/*.bats)

  case $what in
  -h | --help) usage && return ;;
  unit | integration | all) shift || true ;;
  *.bats) what=integration ;;
  *) usage >&2 && return 2 ;;
  esac
  (($# == 0)) || files=("$@")
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  : >"$work/skips"
  [[ $what == integration ]] || run_unit
  [[ $what == unit ]] || run_integration "${files[@]}"
  report
}

main "$@"
