#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# shellcheck disable=SC2016 # backquotes are Markdown here
#
# ATTACKS.md names every hostile test, and no test that does not exist.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

# FILE: NAME, one a line.
named_in_table() {
  grep -oE '`[a-z-]+\.(bats|c): [^`]+`' tests/hostile/ATTACKS.md | tr -d '`' | sort -u
}

tests_of() { # FILE.bats
  sed -n 's/^@test "\(.*\)" {$/\1/p' "$1"
}

is_there() { # FILE NAME
  local file

  for file in tests/hostile/"$1" tests/integration/"$1"; do
    [[ ! -f $file ]] || { tests_of "$file" | grep -qxF -- "$2" && return; }
  done
  [[ $1 == *.c && -f tests/unit/$1 ]] && grep -q "^static void $2(void \*\*state)" "tests/unit/$1"
}

@test "every test that ATTACKS.md names is there" {
  local line missing=0

  while IFS= read -r line; do
    is_there "${line%%: *}" "${line#*: }" || { echo "no such test: $line" && missing=1; }
  done < <(named_in_table)
  (($(named_in_table | wc -l) > 80))
  ((missing == 0))
}

@test "ATTACKS.md names every hostile test" {
  local file line missing=0

  for file in tests/hostile/*.bats; do
    [[ ${file##*/} != "${BATS_TEST_FILENAME##*/}" ]] || continue
    while IFS= read -r line; do
      named_in_table | grep -qxF -- "${file##*/}: $line" || { echo "not in ATTACKS.md: ${file##*/}: $line" && missing=1; }
    done < <(tests_of "$file")
  done
  ((missing == 0))
}
