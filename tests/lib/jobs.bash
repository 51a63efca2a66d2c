# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run.sh sets TOP, BUILD and work
#
# The list of jobs, their order, and the run of one job, for tests/run.sh. A job is one file with one runtime and
# one nono, written "RUNTIME NONO FILE" with tabs between; a unit test is the job "none none PROGRAM".
#
# The head of a file says when it runs, in lines of their own:
#
#   # runtimes: runc crun         the runtimes (both; "none" when it uses neither: it then runs once)
#   # nono: standin real          the nonos (standin)
#   # quick: yes                  belongs to make check-quick
#   # tmpfs: no (REASON)          its /tmp is the machine's; every other file has a tmpfs there
#   # WORD: no (REASON)           not run where WORD is true: "sanitized" of sanitized programs, "debian-13" on Debian 13

is_sanitized() {
  [[ -d $BUILD/reports ]]
}

# The value of KEY in the head of a file.
head_of() { # KEY FILE
  sed -n "/^#/!q; s/^# $1: //p" "$2"
}

# The values in the file's head, else DEFAULT, as far as they were asked for.
wanted() { # KEY DEFAULT ASKED FILE
  local word said

  said=$(head_of "$1" "$4")
  for word in ${said:-$2}; do
    case " $3 none " in *" $word "*) echo "$word" ;; esac
  done
}

# Conditions of this run that a file can exclude.
conditions() {
  ! is_sanitized || echo sanitized
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "${ID:-linux}-${VERSION_ID:-0}") 2>/dev/null || true
}

# The first reason for which a file is not for this run, if there is one.
why_not() { # FILE
  local condition said

  for condition in "${CONDITIONS[@]}"; do
    said=$(head_of "$condition" "$1")
    if [[ $said == no || $said == 'no '* ]]; then
      said=${said#no} said=${said# (}
      echo "not for ${condition/sanitized/sanitized programs}: ${said%)}"
      return
    fi
  done
}

# --- lists of jobs -----------------------------------------------------------------------------------------------

unit_jobs() {
  local program

  for program in "$BUILD"/tests/unit/*; do
    [[ -f $program && -x $program && $program != *.* ]] || continue
    printf 'none\tnone\t%s\n' "$program"
  done
}

file_jobs() { # FILE...
  local runtime nono file

  for file in "$@"; do
    for nono in $(wanted nono standin "${KF_NONOS:-standin real}" "$file"); do
      for runtime in $(wanted runtimes "crun runc" "${KF_RUNTIMES:-runc crun}" "$file"); do
        printf '%s\t%s\t%s\n' "$runtime" "$nono" "$file"
      done
    done
  done
}

# All files of the suite but those that are not for this run; when WHAT is quick, only those of make check-quick.
suite_files() { # WHAT
  local file reason
  local -a CONDITIONS

  mapfile -t CONDITIONS < <(conditions)
  for file in "$TOP"/tests/{integration,hostile,images,agents}/*.bats "$TOP"/tests/conformance/*.sh; do
    [[ $1 != quick || $(head_of quick "$file") == yes ]] || continue
    reason=$(why_not "$file")
    if [[ -n $reason ]]; then
      skip_all "$reason"
    else
      printf '%s\n' "$file"
    fi
  done
}

# Milliseconds that a job took last, else a guess by the number of its tests. A script has those of a whole suite.
expected_ms() { # JOB
  local file=${1##*$'\t'}

  if [[ -n ${durations[$1]:-} ]]; then
    echo "${durations[$1]}"
  elif [[ $file == *.bats ]]; then
    echo $((1000 * $(grep -c '^@test' "$file")))
  else
    [[ $file == *.sh ]] && echo 1000000 || echo 0
  fi
}

# Sorts the jobs on standard input: those that take longest go first, so that none is left alone at the end.
longest_first() {
  local job ms
  local -A durations=()

  [[ ! -e $MEMORY/durations ]] || while IFS=$'\t' read -r ms job; do
    durations[$job]=$ms
  done <"$MEMORY/durations"
  while IFS= read -r job; do
    printf '%s\t%s\n' "$(expected_ms "$job")" "$job"
  done | sort -s -rn -k1,1 | cut -f 2-
}

# --- running -----------------------------------------------------------------------------------------------------

title_of() { # JOB
  local runtime nono file

  IFS=$'\t' read -r runtime nono file <<<"$1"
  if [[ $file == "$BUILD"/tests/unit/* ]]; then
    echo "${file##*/}"
  else
    echo "${file##*/} ($runtime, $nono nono)"
  fi
}

# Nothing that a test needs may be hidden by a tmpfs at /tmp.
wants_tmpfs() { # FILE
  local said path

  for path in "$TOP" "$BUILD" "${KUBEFENCE_CACHE:-}" "${KF_NONO_REAL:-}" "${HOME:-}"; do
    [[ $path != /tmp/* ]] || return 1
  done
  said=$(head_of tmpfs "$1")
  [[ $said != no* ]]
}

# A mount namespace for each file, with a directory of its own for sanitizers' reports, and a tmpfs at /tmp: tests
# make and remove thousands of small files there.
in_own_namespace() { # DIR BUILD TMPFS COMMAND...
  # shellcheck disable=SC2016 # for the inner shell
  "$TOP/tests/own-namespace.sh" sh -c 'set -e
    if [ -d "$1/reports" ]; then mount --bind "$1/reports" "$2/reports"; fi
    if [ "$3" = yes ]; then mount -t tmpfs -o mode=1777 tmpfs /tmp; fi
    shift 3
    exec "$@"' sh "$@"
}

# A test with kf_teardown fails by itself, and puts its reports into reports/shown; these are of others.
count_reports() { # DIR TITLE JOB
  local report passed failed rest

  for report in "$1"/reports/*; do
    [[ -f $report ]] || continue
    read -r passed failed rest <"$1/counts"
    printf '%d %d %s\n' "$passed" $((failed + 1)) "$rest" >"$1/counts"
    printf '%s\t\n' "$3" >>"$work/failed"
    show "FAILED: $2: a sanitizer has something to say"$'\n'"$(sed 's/^/    /' "$report")"$'\n'
  done
}

# Runs COMMAND, which prints TAP: shows its failures, leaves its counts in DIR and its time in $work/durations.
run_tap() { # DIR TITLE JOB COMMAND...
  local dir=$1 title=$2 job=$3 start status=0 ms

  shift 3
  start=$(now_ms)
  mkdir -p "$dir"
  printf '%s\n' "$job" >"$dir/job"
  { "$@" 2>"$dir/stderr" </dev/null || echo $? >"$dir/status"; } | tap_watch "$dir" "$title" "$job"
  [[ ! -e $dir/status ]] || status=$(<"$dir/status")
  tap_end "$dir" "$title" "$job" "$status"
  count_reports "$dir" "$title" "$job"
  ms=$(($(now_ms) - start))
  printf '%d\t%s\n' "$ms" "$job" >>"$work/durations"
  [[ $job == none$'\t'none$'\t'"$BUILD"/* ]] || show "$(printf '%4d s  %s' $((ms / 1000)) "$title")"$'\n'
}

# With NAMES, tests with a tab between them, only these of a bats file.
run_job() { # DIR JOB [NAMES]
  local runtime nono file command title tmpfs=no
  title=$(title_of "$2")

  IFS=$'\t' read -r runtime nono file <<<"$2"
  if [[ $file == "$BUILD"/* ]]; then
    CMOCKA_MESSAGE_OUTPUT=TAP run_tap "$1" "$title" "$2" "$file"
    return
  fi
  if is_sanitized; then
    mkdir -p "$1/reports"
    chmod 1777 "$1/reports"
  fi
  ! wants_tmpfs "$file" || tmpfs=yes
  command=("$file")
  if [[ $file == *.bats ]]; then
    command=(bats --timing --formatter tap)
    [[ -z ${3:-} ]] || KF_FILTER=$(any_of "$3")
    command+=(${KF_FILTER:+--filter "$KF_FILTER"} "$file")
  fi
  KF_RUNTIME=$runtime KF_NONO=$nono KF_BUILD=$BUILD run_tap "$1" "$title" "$2" \
    in_own_namespace "$1" "$BUILD" "$tmpfs" env --unset=BUILD "${command[@]}"
}

# An expression that matches exactly the names, which have tabs between them.
any_of() { # NAMES
  sed 's/[][\.*^$+?(){}|]/\\&/g; s/\t/|/g; s/^/^(/; s/$/)$/' <<<"$1"
}

# Runs the jobs in the file LIST, KF_JOBS at a time; a job may be followed by a tab and names of tests.
run_jobs() { # LIST
  local runtime nono file names running=0

  while IFS=$'\t' read -r runtime nono file names; do
    if ((running >= ${KF_JOBS:-$(nproc)})); then
      wait -n || true
      running=$((running - 1))
    fi
    number=$((number + 1)) running=$((running + 1))
    run_job "$work/jobs/$number" "$runtime"$'\t'"$nono"$'\t'"$file" "$names" &
  done <"$1"
  wait
}
