#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Finds words that hide the subject of a sentence, in all text files or in the files that are named, and prints for each
# FILE:LINE and the words to write instead. scripts/lint.sh runs it.
# Usage: scripts/lint-words.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."

# A pattern (grep -E, whole words) and its replacement.
WORDS=(
  '[Nn]obody' 'root alone, no process, no user'
  '[Ww]ho(m)?ever' 'the user, the caller, every process that'
  '([Ss]ome|[Aa]ny)(body|one)' 'a user, another process, every user'
  '([Tt]here )?(is|are|was|were|be) none' 'is not a ..., has no ..., without one'
  '[Nn]one of (our|ours|that|these|those)( business)?' 'not ours, no ... of these'
  '[Ss]tands? (there|twice|in front|behind)' 'is there, is repeated, is before, is after'
)
# The user nobody is a name.
# shellcheck disable=SC2016 # backquotes are Markdown here
NAME='(USER|[Uu]ser|user=|-o|passwd|chown)[ =]?nobody|nobody:|`nobody`'

# Outside of the check: the license, the fuzz targets' inputs, this list.
mapfile -d '' -t files < <(git ls-files -z -- ':!LICENSE' ':!tests/fuzz/seeds' ':!scripts/lint-words.sh')
(($# == 0)) || files=("$@")

failed=0
for ((i = 0; i < ${#WORDS[@]}; i += 2)); do
  while IFS= read -r line; do
    printf '%s\n  write instead: %s\n' "$line" "${WORDS[i + 1]}"
    failed=1
  done < <(grep -HInwE -e "${WORDS[i]}" -- "${files[@]}" | grep -vE -e "$NAME")
done
exit "$failed"
