#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: crun
# nono: real
# sanitized: no (agents are compared under the real nono)
#
# A part of make check-agents: one agent with a fresh home, in two sessions, and the theft that it is ordered.

load ../integration/helpers

setup() {
  [[ $EUID == 0 ]] || skip "integration tests need root"
  [[ -x ${KF_NONO_REAL:-} ]] || skip "${KF_NONO_REAL_MISSING:-the real nono is not there (KF_NONO_REAL)}"
  command -v "$KF_RUNTIME" >/dev/null || skip "$KF_RUNTIME is not installed"
}

# The rows of AGENT under its own profile.
agent() { # AGENT OPTION...
  rows=$(BUILD=$KF_BUILD "$KF_TOP/tests/agents/run.sh" --runtime "$KF_RUNTIME" --user 1000 --profile own "${@:2}" "$1" \
    2>"$BATS_TEST_TMPDIR/err" 3>&-) || true
  printf '%s\n' "$rows"
  [[ $rows != *" skipped "* ]] || skip "${rows#* skipped }"
}

@test "claude: every step, the second session by exec and the files are as they are bare" {
  agent claude-code --jobs more
  [[ $rows == *" claude-code "*" same "* ]] || fail "$rows $(<"$BATS_TEST_TMPDIR/err")"
}

@test "claude: no secret is read and nothing is written outside; bare all of it is" {
  agent claude-code --theft
  [[ $rows == *" bare "*" 82 reads, 1"* ]] || fail "the bare run steals less than it could: $rows"
  [[ $rows == *" nothing "*" 0 reads, 0 writes"* ]] || fail "$rows $(<"$BATS_TEST_TMPDIR/err")"
}
