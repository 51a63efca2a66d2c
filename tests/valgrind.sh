#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the unit tests under valgrind's memcheck: no error, no leak. The last line is "N passed, N failed, N skipped". A
# program whose tests need a system call that this valgrind does not know cannot be judged, and is skipped.
set -euo pipefail
shopt -s nullglob

BUILD=${BUILD:-build}

# Leaves in DIR/NAME.status what became of one program, in DIR/NAME what it said.
judge() { # DIR PROGRAM
  local out=$1/${2##*/} status=0

  CMOCKA_MESSAGE_OUTPUT=STDOUT valgrind --quiet --error-exitcode=99 --leak-check=full \
    --errors-for-leak-kinds=definite,indirect,possible "$2" >"$out" 2>&1 </dev/null || status=$?
  printf '%s\n' "$status" >"$out.status"
}

is_unknown_call() { # FILE
  grep -q 'WARNING: unhandled .* syscall' "$1"
}

# The kernel's answer to an exec reaches the caller of posix_spawn(3) only through shared memory; valgrind makes a fork of
# it. A memory error (99) counts all the same.
loses_spawn_errors() { # NAME STATUS
  [[ ($1 == test-nono-validate || $1 == test-command) && $2 != 99 ]]
}

count() { # DIR
  local file name status passed=0 failed=0 skipped=0

  for file in "$1"/*.status; do
    name=${file%.status} status=$(<"$file")
    if ((status == 0)); then
      passed=$((passed + 1))
    elif is_unknown_call "$name"; then
      skipped=$((skipped + 1))
      printf 'skipped: %s: %s does not know a system call that it needs\n' "${name##*/}" "$(valgrind --version)"
    elif loses_spawn_errors "${name##*/}" "$status"; then
      skipped=$((skipped + 1))
      printf 'skipped: %s: valgrind loses the errors of posix_spawn\n' "${name##*/}"
    else
      failed=$((failed + 1))
      printf 'FAILED: %s: exit status %d\n' "${name##*/}" "$status"
      sed 's/^/    /' "$name"
    fi
  done
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && passed > 0))
}

main() {
  local dir program running=0

  command -v valgrind >/dev/null || { echo "valgrind.sh: valgrind is not installed: run scripts/deps.sh" >&2 && return 1; }
  dir=$(mktemp -d)
  # shellcheck disable=SC2064 # its value now
  trap "rm -rf '$dir'" EXIT
  for program in "$BUILD"/tests/unit/test-*; do
    [[ -f $program && -x $program && $program != *.* ]] || continue
    if ((running >= $(nproc))); then
      wait -n || true
      running=$((running - 1))
    fi
    judge "$dir" "$program" &
    running=$((running + 1))
  done
  wait
  count "$dir"
}

main
