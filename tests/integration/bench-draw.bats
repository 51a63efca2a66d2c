#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (runs only the bench)
#
# The drawing of make bench.

load helpers

setup() {
  T=$(mktemp -d /tmp/kf.XXXXXX)
}
teardown() { rm -rf "$T"; }

row() { # GROUP NAME TITLE Q1 MEDIAN Q3 [JQ]
  jq -n --arg group "$1" --arg name "$2" --arg title "$3" --argjson q1 "$4" --argjson median "$5" --argjson q3 "$6" \
    '{$q1, $median, $q3, min: $q1, n: 9} as $of | {$group, $name, $title, wall_ms: $of, cpu_ms: $of, maxrss_kib: $of}'" ${7:-}"
}

draw() { # the rows are on stdin
  jq -s '{about: {date: "2026-01-01", kernel: "6.1", processors: 2, load: [0.5, 1, 1]}, rows: .}' >"$T/bench.json"
  "$KF_TOP/tests/bench/draw.py" "$T/bench.json" >"$T/bench.svg"
}

# Lines "CLASS X WIDTH" of the bars, and "TEXT" of what is written; an error if it is not XML.
elements() { # rect|text
  python3 -c 'import sys, xml.etree.ElementTree as tree
for e in tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}" + sys.argv[2]):
    if e.get("class") is not None:
        print(e.text or " ".join(e.get(key) for key in ("class", "x", "width")))' "$T/bench.svg" "$1"
}

@test "the bars of a group reach from quartile to quartile, on a scale of its own" {
  { row a bare 'bare' 1 1.5 2 && row a ours 'ours' 2 3 4 '| .base = "bare" | .ratio = {median: 2}' && row b big big 100 150 200; } | draw
  assert_eq "bars" "wall 590.0 130.0
cpu 590.0 130.0
wall 720.0 260.0
cpu 720.0 260.0
wall 720.0 260.0
cpu 720.0 260.0" "$(elements rect)"
  assert_has "numbers" "3.00 ms, CPU 3.00, 2.00 x bare" "$(elements text)"
  assert_has "groups" "b: 0 to 200 ms" "$(elements text)"
}

@test "a title with characters of XML, a row of one value, and no rows" {
  row '<g>' x '"a" & <b>' 1 1 1 | draw
  assert_has "title" '"a" & <b>' "$(elements text)"
  assert_has "group" '<g>: 0 to 1 ms' "$(elements text)"
  assert_eq "bars" 2 "$(elements rect | wc -l)"
  row g zero zero 0 0 0 | draw
  assert_eq "bars" 2 "$(elements rect | wc -l)"
  : | draw
  assert_eq "bars" 0 "$(elements rect | wc -l)"
}

@test "what is not the file of a benchmark is an error" {
  run --separate-stderr "$KF_TOP/tests/bench/draw.py"
  assert_eq "exit status" 1 "$status"
  echo '{"rows": []' >"$T/bench.json"
  run --separate-stderr "$KF_TOP/tests/bench/draw.py" "$T/bench.json"
  assert_eq "exit status" 1 "$status"
}
