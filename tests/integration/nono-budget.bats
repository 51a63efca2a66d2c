#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: crun
# nono: real
# sanitized: no (counts system calls of nono)
#
# What nono itself does at every start under each profile that is shipped, against the limits in tests/bench/budget, and
# against nono's own profile: the policy that we compose must not cost more than the one that nono would make.

load helpers
load ../bench/counts

setup_file() {
  export BENCH=$BATS_FILE_TMPDIR/bench
  BUILD=${KF_BUILD:-build} "$BATS_TEST_DIRNAME/../bench/build.sh" "$BENCH"
}

setup() {
  kf_setup
  [[ -x $BENCH/count ]] || skip "counting is written for x86-64"
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

@test "nono's system calls under the shipped profiles" {
  local profile

  count_nono_setup
  for profile in built-in $(shipped_profiles); do
    count_nono "$profile" >>"$T/counts"
  done
  cat "$T/counts"
  within_budget <"$T/counts"
}
