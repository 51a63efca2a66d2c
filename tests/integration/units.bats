#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about systemd units)
#
# systemd's own verdict on our units, tmpfiles and catalog.

bats_require_minimum_version 1.5.0

setup() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  command -v systemd-analyze || skip "systemd is not installed"
  make -s -C "$TOP" install DESTDIR="$BATS_TEST_TMPDIR/root" BUILD="${KF_BUILD:-build}" >"$BATS_TEST_TMPDIR/log" 2>&1
  UNITS=$BATS_TEST_TMPDIR/root/usr/lib/systemd/system
}

assert_same() { # WHAT EXPECTED ACTUAL
  [[ $2 == "$3" ]] || { printf '%s:\n%s\n' "$1" "$(diff <(echo "$2") <(echo "$3"))" && return 1; }
}

@test "systemd-analyze verify accepts every unit" {
  local unit

  for unit in "$UNITS"/*; do
    # The program is not installed on this machine; that it is executable is checked here.
    [[ -x $BATS_TEST_TMPDIR/root$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit") ]]
    sed -i -E 's|^(ExecStart=)/usr/bin/kubefence|\1/bin/true|; /^Documentation=/d' "$unit"
  done
  run -0 systemd-analyze verify "$UNITS"/*
  [[ -z $output ]]
}

@test "systemd-analyze security calls the services safe" {
  local unit

  for unit in "$UNITS"/*.service; do
    run -0 systemd-analyze security --offline=yes --threshold=20 "$unit"
  done
}

@test "the programs of the units take their arguments" {
  local unit words

  for unit in "$UNITS"/*.service; do
    words=$(sed -n 's/^ExecStart=//p' "$unit")
    words=${words#* }
    "${KF_BUILD:-$TOP/build}/kubefence" help | grep -qE "^  ${words%% *} "
    # Its options, too.
    [[ $words != *\ -* ]] || "${KF_BUILD:-$TOP/build}/kubefence" "${words%% *}" --help | grep -qE -e "$(cut -d ' ' -f 2 <<<"$words")"
  done
}

@test "systemd-tmpfiles makes the directory of records" {
  run -0 systemd-tmpfiles --root "$BATS_TEST_TMPDIR/root" --create kubefence.conf
  [[ $(stat -c '%a %u' "$BATS_TEST_TMPDIR/root/run/kubefence") == "700 0" ]]
}

@test "the catalog has an entry for every MESSAGE_ID" {
  local id
  mapfile -t ids < <(grep -oE '"[0-9a-f]{32}"' "$TOP/hook/node/journal.c" | tr -d '"')
  ((${#ids[@]} >= 4))
  mkdir -p "$BATS_TEST_TMPDIR/root/var/lib/systemd/catalog"
  run -0 journalctl --root "$BATS_TEST_TMPDIR/root" --update-catalog
  for id in "${ids[@]}"; do
    run -0 journalctl --root "$BATS_TEST_TMPDIR/root" --dump-catalog "$id"
    [[ $output == *"Subject:"* && $output == *"Defined-By: kubefence"* ]]
  done
}

@test "the catalog has no entry for anything else, and names fields that are written" {
  assert_same "MESSAGE_ID" "$(grep -oE '^-- [0-9a-f]{32}' "$TOP/systemd/kubefence.catalog" | cut -c 4- | sort)" \
    "$(grep -ohE '"[0-9a-f]{32}"' -r "$TOP/hook" | tr -d '"' | sort)"
  assert_same "fields" "" "$(comm -23 <(grep -oE '@[A-Z_]+@' "$TOP/systemd/kubefence.catalog" | tr -d @ | sort -u) \
    <(grep -oE '"[A-Z_]+"' "$TOP/hook/node/journal.c" | tr -d '"' | sort -u))"
}
