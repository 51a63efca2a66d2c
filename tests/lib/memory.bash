# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run.sh sets work and MEMORY
#
# The memory of tests/run.sh from one run to the next, in $MEMORY below the build directory, and its report at the end.
#
#   durations   MILLISECONDS <tab> JOB, of every whole run of a job
#   failed      JOB <tab> NAME, of the last run

skip_all() { # REASON
  printf '%s\n' "$1" >>"$work/skips"
  echo 1 >>"$work/skipped-files"
}

# The jobs of FILE (JOB <tab> NAME), each with the names of its tests; without names where the whole file is meant.
failed_jobs() { # FILE
  [[ -s $1 ]] || return 0
  awk -F '\t' -v OFS='\t' '{
      job = $1 OFS $2 OFS $3
      if (!(job in names)) order[++count] = job
      if ($4 == "" || $3 !~ /\.bats$/) whole[job] = 1
      names[job] = names[job] OFS $4
    }
    END { for (i = 1; i <= count; i++) print order[i] (order[i] in whole ? "" : names[order[i]]) }' "$1"
}

# The directory in which JOB was run first.
dir_of() { # JOB
  dirname "$(grep -lxF "$1" "$work"/jobs/*/job | sort -V | head -n 1)"
}

# Of the jobs on standard input, those that a busy machine can break: no unit test, and none with a sanitizer's report.
worth_a_second_try() {
  local runtime nono file names

  while IFS=$'\t' read -r runtime nono file names; do
    [[ $file != "$BUILD"/* ]] || continue
    [[ -z $(ls -A "$(dir_of "$runtime"$'\t'"$nono"$'\t'"$file")/reports" 2>/dev/null) ]] || continue
    printf '%s\t%s\t%s\t%s\n' "$runtime" "$nono" "$file" "$names"
  done
}

# Takes the failures of the jobs in LIST back; of a job that runs again as a whole, all that was counted.
forget_failures() { # LIST
  local runtime nono file names dir passed rest

  while IFS=$'\t' read -r runtime nono file names; do
    dir=$(dir_of "$runtime"$'\t'"$nono"$'\t'"$file")
    read -r passed _ rest <"$dir/counts"
    if [[ -n $names ]]; then
      printf '%d 0 %s\n' "$passed" "$rest" >"$dir/counts"
    else
      echo 0 0 0 >"$dir/counts"
    fi
    awk -F '\t' -v OFS='\t' -v job="$runtime"$'\t'"$nono"$'\t'"$file" '$1 OFS $2 OFS $3 != job' "$work/failed" >"$work/still"
    mv "$work/still" "$work/failed"
  done <"$1"
}

# The tests that failed at the first try and not at the second.
only_at_second_try() {
  local runtime nono file name

  sort -u "$work/failed-first" | while IFS=$'\t' read -r runtime nono file name; do
    grep -qxF "$runtime"$'\t'"$nono"$'\t'"$file"$'\t'"$name" "$work/failed" ||
      printf '%s: %s\n' "$(title_of "$runtime"$'\t'"$nono"$'\t'"$file")" "${name:-the whole file}"
  done
}

# A build directory that cannot be written (another user's) has no memory.
remember() { # WHOLE-RUN
  mkdir -p "$MEMORY" 2>/dev/null && [[ -w $MEMORY ]] || return 0
  cp "$work/failed" "$MEMORY/failed"
  [[ $1 == yes ]] || return 0
  touch "$MEMORY/durations"
  awk -F '\t' '{ job = $2 FS $3 FS $4; if (!(job in ms)) ms[job] = $1 } END { for (job in ms) print ms[job] FS job }' \
    "$work/durations" "$MEMORY/durations" >"$MEMORY/durations.new"
  mv "$MEMORY/durations.new" "$MEMORY/durations"
}

# The ten that took longest of FILE (MILLISECONDS <tab> NAME), where there is something to compare.
slowest() { # HEADING FILE
  (($(wc -l <"$2") > 10)) || return 0
  echo "$1"
  sort -s -rn -k1,1 "$2" | awk -F '\t' 'NR <= 10 { printf "%7.1f s  %s\n", $1 / 1000, $2 }'
}

slowest_files() {
  local ms job

  while IFS=$'\t' read -r ms job; do
    printf '%s\t%s\n' "$ms" "$(title_of "$job")"
  done <"$work/durations" >"$work/files"
  slowest "the slowest files:" "$work/files"
}

# Why tests were skipped, and the last line. Fails when a test did, or when nothing ran.
report() {
  local count reason passed=0 failed=0 skipped p f s

  slowest_files
  slowest "the slowest tests:" "$work/times"
  while read -r count reason; do
    if ((count > 1)); then
      printf 'skipped: %s (%d tests)\n' "$reason" "$count"
    else
      printf 'skipped: %s\n' "$reason"
    fi
  done < <(sort "$work/skips" | uniq -c)
  skipped=$(wc -l <"$work/skipped-files")
  while read -r p f s _; do
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done < <(cat /dev/null "$work"/jobs/*/counts)
  sed 's/^/PASSED ONLY AT THE SECOND TRY: /' "$work/second-try"
  ((passed + failed > 0)) || echo "nothing ran"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && passed > 0))
}
