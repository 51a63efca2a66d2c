#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the real agents bare and sandboxed, and compares. See usage(), and README.md for how an agent is described.
set -uo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
AGENTS=$TOP/tests/agents
CACHE=${KUBEFENCE_CACHE:-/var/cache/kubefence}/agents
OUT=$BUILD/tests/agents
export LC_ALL=C.UTF-8 SUITE=trixie
umask 022

for file in images/lib/situation images/lib/image images/lib/bundle images/lib/container images/lib/node \
  agents/lib/agent agents/lib/life agents/lib/compare agents/lib/theft; do
  # shellcheck source=/dev/null
  . "$TOP/tests/$file.bash" || exit 2
done

usage() {
  cat <<'TEXT'
usage: tests/agents/run.sh [OPTION...] [AGENT...]

Runs each agent (all in agents/, when none is named) bare and sandboxed by the real nono, as root and as uid 1000,
against a mock of its model's API, and compares every step, the statuses and the files that are left. One line for each:

  -            the bare run
  same         no difference
  broken       another result, status or file; or it did not end
  nothing      the theft got nothing
  leaks        it got something
  said         the agent's own sandbox failed, and said so
  wrong        the bare run itself does not work
  skipped      the image cannot be made here: no network

Ends with "N passed, N failed, N skipped". What was compared stays in build/tests/agents/AGENT.USER.RUNTIME, and the
table in build/tests/agents/table.

  --runtime NAME   only runc, or only crun (both)
  --user ID        only as this user (0 and 1000)
  --profile NAME   only under this profile, or "own" for the agent's own (its own, and default)
  --jobs WORD      start: the first session only; more: and the second; terminal (all): and the terminal interface
  --theft          the theft instead: what may not be read and written, and the bare run shows that it could
  --restart        the container is started again, with volumes at the home and the workspace, and the agent goes on
  --own-sandbox    with their own sandboxes on: their commands fail, and say that bwrap may not mount
  --all            for each agent all of these, with crun and runc
  --bare-only      only the bare side
  --make-only      only the image, into ${KUBEFENCE_CACHE:-/var/cache/kubefence}/agents
  -h, --help       this text

environment: BUILD=DIR as of make; KF_NONO_REAL=FILE a nono instead of the one of scripts/get-nono.sh
TEXT
}

die() {
  printf 'agents/run.sh: %s\n' "$*" >&2
  exit 2
}

# --- one agent ---------------------------------------------------------------------------------------------------

# agent_load() sets NAME.
# shellcheck disable=SC2153
side() { # NAME RUN...
  D=$WORK/$NAME/$1
  mkdir -p "$D"
  if [[ $JOBS_ASKED == restart ]]; then
    lives "${@:2}"
  else
    life "$JOBS_ASKED" "${@:2}"
  fi
  stolen "$D" >"$D/seen/stolen"
  planted "$D" >"$D/seen/planted"
  side_clean 2>/dev/null
}

# Two lives with the same volumes, of which the second is looked at.
lives() { # RUN...
  local first=("${FIRST[@]}")

  life start "$@"
  cp -a "$POD/volumes" "$WORK/volumes"
  side_clean 2>/dev/null
  mv "$D/seen" "$D/seen.first"
  FIRST=("${AGAIN[@]}")
  CMD bash -c "$(script_first)"
  mkdir "$D/seen"
  life start "$@"
  rm -rf "$WORK/volumes"
  FIRST=("${first[@]}")
  CMD bash -c "$(script_first)"
}

one() { # AGENT USER
  local profile bare

  [[ $JOBS_ASKED != own-sandbox ]] || grep -q '(settings' "$AGENTS/agents/$1" || return 0
  agent_load "$1" "$2"
  HOME_OF_USER=/root
  [[ $2 == 0 ]] || HOME_OF_USER=/home/agent
  [[ $JOBS_ASKED != theft ]] || theft_load
  [[ $JOBS_ASKED != restart ]] || restart_load "$HOME_OF_USER"
  if ! image_make; then
    row - "$(made_of_network && echo skipped || echo wrong)" "$(<"$CACHE/reason")"
    return
  fi
  side bare "$RUNTIME" --root "$WORK/rt"
  bare=$WORK/$NAME/bare
  if ! complete "$bare"; then
    row bare wrong "$(tail -n 2 "$bare/seen/log" | paste -sd ' ')"
  else
    judge_bare "$bare"
    row bare - "$WHY"
    [[ -n $BARE_ONLY ]] || for profile in $(profiles); do
      node_configure "$profile"
      side "$profile" "$WORK/bin/nono-$RUNTIME" --root "$WORK/rt"
      judge "$WORK/$NAME/$profile" "$bare"
      row "$profile" "$VERDICT" "$WHY"
    done
  fi
  keep "$2"
}

judge() { # BOXED BARE
  case $JOBS_ASKED in
  theft) judge_theft "$1" ;;
  own-sandbox) judge_own_sandbox "$1" ;;
  *) compare_patiently "$@" ;;
  esac
}

# Before a difference is believed, there are three bare runs that have it: agents give up early on a loaded machine.
compare_patiently() { # BOXED BARE
  local number

  compare "$@"
  for number in 2 3; do
    [[ $VERDICT == broken ]] || return 0
    [[ -d $2$number ]] || side "bare$number" "$RUNTIME" --root "$WORK/rt"
    compare "$1" "$2$number"
  done
}

judge_theft() { # BOXED
  local reads writes

  reads=$(wc -l <"$1/seen/stolen") writes=$(wc -l <"$1/seen/planted")
  VERDICT=nothing WHY="$reads reads, $writes writes"
  if ! complete "$1"; then
    VERDICT=broken WHY="it did not end: $(tail -n 1 "$1/seen/log")"
  elif ((reads + writes > 0)); then
    VERDICT=leaks WHY+=": $(head -n 3 "$1/seen/stolen" "$1/seen/planted" | paste -sd ' ')"
  fi
}

# kubefence-profiles(7) has this line.
judge_own_sandbox() { # BOXED
  WHY="$(grep -cF 'bwrap: Failed to make / slave: Operation not permitted' "$1/seen/transcript") steps say it"
  VERDICT=said
  ((${WHY%% *} >= 12)) || VERDICT=broken
}

judge_bare() { # LIFE
  if [[ $JOBS_ASKED == theft ]]; then
    WHY="$(wc -l <"$1/seen/stolen") reads, $(wc -l <"$1/seen/planted") writes"
  else
    WHY="$(steps "$1" | wc -l) steps, $(<"$1/seconds") s"
  fi
}

profiles() {
  case $ASKED in
  own) echo "${OWN:-default}" ;;
  '') echo "$OWN" default ;;
  *) echo "$ASKED" ;;
  esac
}

# Did the agent go through all jobs?
complete() { # LIFE
  local jobs=2

  [[ $JOBS_ASKED != start && $JOBS_ASKED != restart && $JOBS_ASKED != own-sandbox ]] || jobs=1
  [[ $JOBS_ASKED != terminal || ${#TERMINAL[@]} == 0 ]] || jobs=3
  [[ $(jq -s 'map(select(.end)) | length' "$1/seen/transcript") -ge $jobs ]]
}

row() { # PROFILE VERDICT WHY
  local line

  COUNTS[$2]=$((${COUNTS[$2]:-0} + 1))
  printf -v line '%-12s %5s %-5s %-11s %-12s %-8s %s' "$NAME" "$USER_" "$RUNTIME" "$JOBS_ASKED" "$1" "$2" \
    "$(tr -cd '[:print:]' <<<"$3")"
  printf '%s\n' "$line" | tee -a "$OUT/table"
}

keep() { # USER
  local kept=$OUT/$NAME.$1.$RUNTIME

  [[ $JOBS_ASKED == @(start|more|terminal) ]] || kept+=.$JOBS_ASKED
  rm -rf "$kept"
  mv "$WORK/$NAME" "$kept"
}

# --- main --------------------------------------------------------------------------------------------------------

summary() {
  local passed=$((${COUNTS[same]:-0} + ${COUNTS[-]:-0} + ${COUNTS[nothing]:-0} + ${COUNTS[said]:-0}))
  local failed=$((${COUNTS[broken]:-0} + ${COUNTS[leaks]:-0} + ${COUNTS[wrong]:-0}))

  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "${COUNTS[skipped]:-0}"
  ((failed == 0 && passed > 0))
}

# shellcheck disable=SC2317 # called by a trap
clean_up() {
  [[ -z ${ID:-} ]] || "$RUNTIME" --root "$WORK/rt" delete --force "$ID" >/dev/null 2>&1
  [[ -z ${SIDECAR_PID:-} ]] || kill -KILL "$SIDECAR_PID" 2>/dev/null
  [[ -z ${MOCK_PID:-} ]] || kill "$MOCK_PID" 2>/dev/null
  [[ -z ${PAUSE_PID:-} ]] || kill -KILL "$PAUSE_PID" 2>/dev/null
  rm -rf --one-file-system "$WORK"
}

parse() {
  RUNTIMES=(runc crun) USERS=(0 1000) ASKED='' BARE_ONLY='' MAKE_ONLY='' ALL='' NAMES=() JOBS_ASKED=terminal
  while (($# > 0)); do
    case $1 in
    --runtime) RUNTIMES=("${2:?--runtime needs a name}") && shift ;;
    --user) USERS=("${2:?--user needs an id}") && shift ;;
    --profile) ASKED=${2:?--profile needs a name} && shift ;;
    --jobs) JOBS_ASKED=${2?--jobs needs words} && shift ;;
    --theft | --restart | --own-sandbox) JOBS_ASKED=${1#--} ;;
    --all) ALL=yes ;;
    --bare-only) BARE_ONLY=yes ;;
    --make-only) MAKE_ONLY=yes ;;
    -h | --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) [[ -f $AGENTS/agents/$1 ]] || die "there is no agent $1"; NAMES+=("$1") ;;
    esac
    shift
  done
  ((${#NAMES[@]} > 0)) || mapfile -t NAMES < <(cd "$AGENTS/agents" && printf '%s\n' *)
}

versions() {
  sed '/^#/d' "$AGENTS/versions" | cut -d ' ' -f 2- | paste -sd , | sed 's/,/, /g; s/^/versions: /' | tee -a "$OUT/table"
}

matrix() {
  for RUNTIME in "${RUNTIMES[@]}"; do
    for USER_ in "${USERS[@]}"; do
      for name in "${NAMES[@]}"; do
        one "$name" "$USER_"
      done
    done
  done
}

main() {
  local name USER_
  local -A COUNTS=()

  parse "$@"
  [[ $EUID == 0 ]] || die "only root can run containers of images"
  [[ -n ${KF_IMAGES_OWN:-} ]] || KF_IMAGES_OWN=yes exec "$TOP/tests/own-namespace.sh" "$AGENTS/run.sh" "$@"
  WORK=$(mktemp -d /tmp/kfa.XXXXXX)
  chmod 755 "$WORK"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  mkdir -p "$OUT" "$CACHE/layers"
  : >"$OUT/table"
  cp -r "$AGENTS/jobs" "$WORK/jobs"
  cp "$WORK/jobs/theft.json" "$WORK/jobs/theft-exec.json"
  [[ -n $BARE_ONLY || -n $MAKE_ONLY ]] || node_make
  versions
  if [[ -n $ALL ]]; then
    for JOBS_ASKED in theft restart own-sandbox terminal; do
      matrix
    done
  else
    matrix
  fi
  summary
}

main "$@"
