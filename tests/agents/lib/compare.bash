# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # the other files of this folder set what is used here
#
# The things that a sandboxed life has to have in common with a bare one: every step's result as the agent told it to
# the mock, the statuses of the sessions, and the files in the home and the workspace.

# Sets VERDICT (same, broken) and WHY.
compare() { # BOXED BARE
  local what

  VERDICT=same WHY=
  for what in steps statuses files; do
    "$what" "$2" >"$2/seen/$what.compared"
    "$what" "$1" >"$1/seen/$what.compared"
    cmp -s "$2/seen/$what.compared" "$1/seen/$what.compared" ||
      { VERDICT=broken WHY="$what: $(difference "$1" "$2" "$what")" && return; }
  done
}

difference() { # BOXED BARE WHAT
  diff "$2/seen/$3.compared" "$1/seen/$3.compared" | grep '^[<>]' | head -n 2 | cut -c -150 | paste -sd ' '
}

# One line a step. Times, identifiers, numbers of processes and names of temporary files are of the run.
steps() { # LIFE
  jq -r '"\(.job) \(.step) \(.name)\(if .earlier > 0 then ", after others" else "" end): \(.result | tojson)"' \
    "$1/seen/transcript" | nameless |
    sed -E 's/[0-9]+([.][0-9]+)? ?(ms|s|seconds)\b/TIME/g; s/Chunk ID: [0-9a-f]+/ID/g; s/(PGID|token count): [0-9]+/\1: N/g'
}

statuses() { # LIFE
  local name

  grep '^first session' "$1/seen/log"
  for name in again terminal; do
    [[ ! -e $1/seen/$name ]] || printf '%s: %s\n' "$name" "$(tail -n 1 "$1/seen/$name")"
  done
}

# Caches and the objects of git count as a whole, and NOISE is files that an agent itself leaves there in some runs
# only.
files() { # LIFE
  local noise='^(~/[.]cache/uv|~/[.]npm/_[a-z]+|/workspace/(venv|uv|node)|.*/objects)/' each

  for each in "${NOISE[@]}"; do
    noise+="|$each"
  done
  grep -vE "$noise" "$1/seen/home" |
    nameless | sed -E 's/[0-9]+/N/g' | sort -u
}

# Without the identifiers that each run makes anew.
nameless() {
  sed -E 's/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/ID/g; s/[0-9a-f]{12,}|\b[0-9a-f]{8}\b/ID/g
    s/plugins-clone-[A-Za-z0-9]+/ID/g; s/\b(ses|msg|prt|per|tool|evt|toolu)_[A-Za-z0-9]+/ID/g
    s/\bb[a-z0-9]{8}\.txt/ID.txt/g; s/codex-arg0[A-Za-z0-9]+/ID/g; s/[.]?tmp[.-]?[A-Za-z0-9_]{6,}/TMP/g'
}
