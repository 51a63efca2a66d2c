# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run.sh sets work
#
# Reads the TAP of one program while the program runs, for tests/run.sh. A failure is shown with its diagnostics as soon
# as both are there; lines of programs that run beside each other do not mix. Below $work, which all jobs share:
#
#   skips         the reason of each skipped test
#   failed        JOB <tab> NAME of each test that failed, without a NAME when it is about the whole file
#   times         MILLISECONDS <tab> TITLE: NAME, where the program says how long each test took
#   DIR/counts    passed, failed and skipped tests of the job in DIR

# With SHOW_PASSED tests that pass are shown, too.
#
# A block is whole when nothing follows for so many seconds.
TAP_PAUSE=0.3

# One block at a time on the terminal.
show() { # TEXT
  {
    flock 8
    printf '%s' "$1"
  } 8>"$work/screen"
}

now_ms() {
  local now=${EPOCHREALTIME/[.,]/}

  echo "${now%???}"
}

# Sets $name to the name in the line of a test, $took to its milliseconds ("" when the line does not say).
tap_name() { # LINE
  name=${1#not } name=${name#ok } took=
  name=${name%% # [Ss][Kk][Ii][Pp]*}
  name=${name#* }
  name=${name#- }
  if [[ $name =~ ^(.*)\ in\ ([0-9]+)ms$ ]]; then
    name=${BASH_REMATCH[1]} took=${BASH_REMATCH[2]}
  fi
}

tap_flush() {
  [[ -z $block ]] || show "$block"
  block=
}

tap_line() { # LINE
  local name took reason

  case $1 in
  'ok '* | 'not ok '*)
    tap_flush
    seen=$((seen + 1)) showing=0
    tap_name "$1"
    [[ -z $took ]] || printf '%s\t%s: %s\n' "$took" "$title" "$name" >>"$work/times"
    ;;&
  'ok '*' # skip'* | 'ok '*' # SKIP'*)
    skipped=$((skipped + 1)) reason=${1##* # [Ss][Kk][Ii][Pp]}
    sed -E 's/^[: ]*//; s/^\((.*)\)$/\1/' <<<"$reason" >>"$work/skips"
    ;;
  'ok '*)
    passed=$((passed + 1))
    [[ -z ${SHOW_PASSED:-} ]] || show "$name"$'\n'
    ;;
  'not ok '*)
    failed=$((failed + 1)) showing=1
    printf '%s\t%s\n' "$job" "$name" >>"$work/failed"
    block="FAILED: $title: $name"$'\n'
    ;;
  '#'*) ((showing == 0)) || block+="    $1"$'\n' ;;
  1..*) planned=${1#1..} ;;
  esac
}

# Until the end of standard input. Uses the variables of tap_watch.
tap_read() {
  local line rest='' status

  while true; do
    status=0
    IFS= read -r ${block:+-t "$TAP_PAUSE"} line || status=$?
    line=$rest$line rest=
    if ((status == 0)); then
      tap_line "$line"
    elif ((status > 128)); then
      rest=$line
      tap_flush
    else
      break
    fi
  done
  [[ -z $line ]] || tap_line "$line"
  tap_flush
}

# Reads TAP from standard input to its end, and leaves the counts in DIR/counts.
tap_watch() { # DIR TITLE JOB
  local title=$2 job=$3 block='' showing=0 passed=0 failed=0 skipped=0 seen=0 planned=0

  tap_read
  printf '%d %d %d %d %d\n' "$passed" "$failed" "$skipped" "$seen" "${planned%% *}" >"$1/counts"
}

# Counts the failures that the program's end shows beside its TAP: tests that the plan announces and that never ran are
# failures, for the program died; so is a bad exit status without a test that failed.
tap_end() { # DIR TITLE JOB STATUS
  local passed failed skipped seen planned text

  read -r passed failed skipped seen planned <"$1/counts"
  if ((seen < planned)); then
    failed=$((failed + planned - seen))
    text="$((planned - seen)) of $planned tests did not run (exit status $4)"
  elif (($4 != 0 && failed == 0)); then
    failed=1
    text="exit status $4"
  else
    return 0
  fi
  printf '%s\t\n' "$3" >>"$work/failed"
  printf '%d %d %d\n' "$passed" "$failed" "$skipped" >"$1/counts"
  show "FAILED: $2: $text"$'\n'"$(sed 's/^/    /' "$1/stderr")"$'\n'
}
