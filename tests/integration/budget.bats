#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (counts or breaks system calls, and the sanitizers' would be among them)
# shellcheck disable=SC2034 # helpers.bash reads what is set here
#
# What a start costs does not grow unnoticed: counts that do not depend on how busy the machine is, each against its limit
# in tests/bench/budget. The times are in `make bench`, and are no test.

load helpers
load ../bench/counts

setup_file() {
  export BENCH=$BATS_FILE_TMPDIR/bench
  BUILD=${KF_BUILD:-build} "$BATS_TEST_DIRNAME/../bench/build.sh" "$BENCH"
}

setup() {
  KF_RUNTIME=crun
  CLASS=nono-crun
  kf_setup
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# Stepping through a program takes a while on a busy machine.
KF_PATIENCE=300

paths_keep_to_budget() { # PATH...
  local path

  [[ -x $BENCH/count ]] || skip "counting instructions is written for x86-64"
  [[ $KF_BUILD != *sanitize* ]] || skip "counts of a sanitized build are those of the sanitizer"
  counts_setup
  for path in "$@"; do
    count_path "$path" >>"$T/counts"
  done
  cat "$T/counts"
  assert_eq "counts" $((4 * $#)) "$(wc -l <"$T/counts")"
  within_budget <"$T/counts"
}

@test "system calls, instructions and loaded objects of the hook" {
  paths_keep_to_budget hook/skip hook/inject hook/poststop hook/precreate
}

@test "system calls, instructions and loaded objects of the runtime wrapper" {
  paths_keep_to_budget runtime/pass-through runtime/skip runtime/rewrite runtime/exec
}

@test "sizes of the programs" {
  local program

  mkdir "$T/spare"
  for program in kubefence-hook kubefence-runtime kubefence-launcher containerd-shim-nono-kata-v2 kubefence; do
    count_size "$program" >>"$T/counts"
  done
  cat "$T/counts"
  within_budget <"$T/counts"
}

@test "every limit is of something that is counted" {
  local path metric

  {
    for path in "${COUNTED_PATHS[@]}"; do
      for metric in loader-syscalls syscalls objects instructions; do
        echo "kubefence-${path%%/*} ${path#*/} $metric"
      done
    done
    # shellcheck disable=SC2046 # words are wanted
    printf 'nono %s syscalls\n' built-in $(shipped_profiles)
    printf '%s - stripped-bytes\n' kubefence-hook kubefence-runtime kubefence-launcher containerd-shim-nono-kata-v2 kubefence
  } | sort >"$T/counted"
  grep -v '^#' "$BUDGET" | awk 'NF { print $1, $2, $3 }' | sort >"$T/limited"
  diff "$T/counted" "$T/limited"
}
