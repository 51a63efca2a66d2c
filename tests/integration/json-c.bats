#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
#
# The same documents give the same results with each version of json-c that distributions ship. The unit tests load the
# library of that version in place of the system's. tests/unit/test-json-versions.c has the differences of the versions.

load helpers

UNIT=$KF_BUILD/tests/unit
# Documents of every kind: the seeds of the fuzz targets.
SEEDS=$KF_TOP/tests/fuzz/seeds

setup() { T=$BATS_TEST_TMPDIR; }

# Sets LIBRARY to the directory of json-c VERSION.
json_c() { # VERSION
  LIBRARY=$("$KF_TOP/scripts/get-test-tool.sh" "json-c-$1" 2>"$T/err" 3>&-)
}

unit_tests_pass() { # VERSION
  local program

  json_c "$1" || skip "$(tail -n 1 "$T/err")"
  for program in "$UNIT"/test-{json,seccomp,spec,rewrite,process,record,state,profile,hook-file,stage-seccomp}*; do
    [[ -x $program && $program != *.* ]] || continue
    LD_LIBRARY_PATH=$LIBRARY KF_JSON_C_VERSION=$1 CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$T/out" 2>&1 ||
      fail "${program##*/} with json-c $1: $(grep -v '^ok ' "$T/out")"
  done
}

@test "unit tests that read JSON, with json-c 0.16 (Debian 12)" {
  unit_tests_pass 0.16
}

@test "unit tests that read JSON, with json-c 0.17" {
  unit_tests_pass 0.17
}

@test "unit tests that read JSON, with json-c 0.18 (Debian 13)" {
  unit_tests_pass 0.18
}

@test "the results of each version are the same to the byte" {
  local version count=0

  for version in 0.16 0.17 0.18; do
    json_c "$version" || { tail -n 1 "$T/err" >>"$T/missing" && continue; }
    LD_LIBRARY_PATH=$LIBRARY "$UNIT/test-json-versions" --print "$SEEDS"/*/*.json >"$T/results.$version"
    [[ -f $T/first ]] || cp "$T/results.$version" "$T/first"
    diff "$T/first" "$T/results.$version" >"$T/diff" || fail "json-c $version: $(<"$T/diff")"
    count=$((count + 1))
  done
  ((count > 1)) || skip "fewer than two versions are here: $(paste -sd ' ' "$T/missing")"
}
