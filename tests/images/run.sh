#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs popular images bare and sandboxed, and compares. See usage(), and README.md for how a situation is written.
set -uo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
SITUATIONS=$TOP/tests/images/situations
CACHE=${KUBEFENCE_CACHE:-/var/cache/kubefence}/images
OUT=$BUILD/tests/images
export LC_ALL=C.UTF-8
umask 022

for file in situation image bundle container node compare; do
  # shellcheck source=/dev/null
  . "$TOP/tests/images/lib/$file.bash" || exit 2
done

usage() {
  cat <<'TEXT'
usage: tests/images/run.sh [OPTION...] [SITUATION...]

Runs each situation (all in situations/, when none is named) bare and sandboxed by the real nono under the profile
"default", and compares: ready, answers, outputs of execs, exit status, log, files left. One line for each:

  same      no difference
  nearly    only lines of the log or files that no bare run had
  broken    anything else; "known" where the situation says so with the word BROKEN
  skipped   the image cannot be made here: no network, no go

Ends with "N passed, N failed, N skipped"; passed is: same, nearly, known. Of each run all that was compared stays in
build/tests/images/SITUATION.RUNTIME/, and the table in build/tests/images/table.

  --runtime NAME   only runc, or only crun (both)
  --profile NAME   of the sandboxed side (default)
  --bare-only      only the bare side: are the situations themselves right?
  --make-only      only the images, into ${KUBEFENCE_CACHE:-/var/cache/kubefence}/images
  --list           the names and what they are
  -h, --help       this text

environment: BUILD=DIR as of make; KF_NONO_REAL=FILE a nono instead of the one of scripts/get-nono.sh
TEXT
}

die() {
  printf 'images/run.sh: %s\n' "$*" >&2
  exit 2
}

list() {
  local name

  for name in $(situation_names); do
    printf '%-22s %s\n' "$name" "$(situation_title "$name")"
  done
}

situation_names() {
  (cd "$SITUATIONS" && printf '%s\n' *)
}

# --- one situation -----------------------------------------------------------------------------------------------
# situation_load() sets NAME.

# shellcheck disable=SC2153
side() { # NAME RUN...
  D=$WORK/$NAME/$1
  mkdir -p "$D"
  bundle_make
  container_live "${@:2}"
  side_clean
}

bare() { # NUMBER
  side "bare$1" "$RUNTIME" --root "$WORK/rt"
  BARE+=("$WORK/$NAME/bare$1")
}

boxed() { # PROFILE
  node_configure "$1"
  side "$1" "$WORK/bin/nono-$RUNTIME" --root "$WORK/rt"
}

# Sets VERDICT and WHY.
judge() {
  local BARE=()

  VERDICT=bare WHY=
  bare 1
  if [[ $(<"${BARE[0]}/seen/ready") != yes ]]; then
    VERDICT=wrong WHY="bare: $(tail -n 1 "${BARE[0]}/seen/log")"
    return
  fi
  [[ -z $BARE_ONLY ]] || { WHY="status $(<"${BARE[0]}/seen/status"), $(<"${BARE[0]}/seconds") s" && return; }
  boxed "${ASKED:-default}"
  compare_patiently "${ASKED:-default}"
  [[ -z $KNOWN || $VERDICT == broken ]] || WHY="the word BROKEN can go"
  [[ $VERDICT == broken && -n $KNOWN && -z $ASKED ]] || return 0
  VERDICT=known WHY="$KNOWN"
  [[ -n $PROFILE ]] || return 0
  boxed "$PROFILE"
  compare_patiently "$PROFILE"
  if [[ $VERDICT == broken ]]; then
    WHY="under $PROFILE too: $WHY"
  else
    VERDICT=known WHY="$KNOWN; same under $PROFILE"
  fi
}

# Before a difference is believed, there are up to three bare runs that it is not in.
compare_patiently() { # PROFILE
  compare "$WORK/$NAME/$1" "${BARE[@]}"
  while [[ $VERDICT != same ]] && ((${#BARE[@]} < 3)); do
    bare $((${#BARE[@]} + 1))
    compare "$WORK/$NAME/$1" "${BARE[@]}"
  done
}

one() { # NAME
  situation_load "$1"
  if ! image_make; then
    row "$(made_of_network && echo skipped || echo wrong)" "$(<"$CACHE/reason")"
  elif [[ -n $MAKE_ONLY ]]; then
    row made "$(printf '%s layers' "${#LAYERS[@]}")"
  else
    judge
    row "$VERDICT" "$WHY"
    keep
  fi
}

row() { # VERDICT WHY
  local line

  COUNTS[$1]=$((${COUNTS[$1]:-0} + 1))
  printf -v line '%-22s %-5s %-8s %s' "$NAME" "$RUNTIME" "$1" "$(tr -cd '[:print:]' <<<"$2")"
  printf '%s\n' "$line" | tee -a "$OUT/table"
}

keep() {
  rm -rf "$OUT/$NAME.$RUNTIME"
  mv "$WORK/$NAME" "$OUT/$NAME.$RUNTIME"
}

# --- main --------------------------------------------------------------------------------------------------------

summary() {
  local passed failed

  passed=$((${COUNTS[same]:-0} + ${COUNTS[nearly]:-0} + ${COUNTS[known]:-0} + ${COUNTS[bare]:-0} + ${COUNTS[made]:-0}))
  failed=$((${COUNTS[broken]:-0} + ${COUNTS[wrong]:-0}))
  printf 'same %d, nearly %d, known %d, broken %d\n' "${COUNTS[same]:-0}" "${COUNTS[nearly]:-0}" "${COUNTS[known]:-0}" \
    "${COUNTS[broken]:-0}"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "${COUNTS[skipped]:-0}"
  ((failed == 0 && passed > 0))
}

clean_up() {
  [[ -z ${PAUSE_PID:-} ]] || kill -KILL "$PAUSE_PID" 2>/dev/null
  rm -rf --one-file-system "$WORK"
}

parse() {
  RUNTIMES=(runc crun) ASKED='' BARE_ONLY='' MAKE_ONLY='' NAMES=()
  while (($# > 0)); do
    case $1 in
    --runtime) RUNTIMES=("${2:?--runtime needs a name}") && shift ;;
    --profile) ASKED=${2:?--profile needs a name} && shift ;;
    --bare-only) BARE_ONLY=yes ;;
    --make-only) MAKE_ONLY=yes ;;
    --list) list && exit ;;
    -h | --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) [[ -f $SITUATIONS/$1 ]] || die "there is no situation $1: see --list"; NAMES+=("$1") ;;
    esac
    shift
  done
  ((${#NAMES[@]} > 0)) || mapfile -t NAMES < <(situation_names)
}

main() {
  local name
  local -A COUNTS=()

  parse "$@"
  [[ $EUID == 0 ]] || die "only root can run containers of images"
  [[ -n ${KF_IMAGES_OWN:-} ]] || KF_IMAGES_OWN=yes exec "$TOP/tests/own-namespace.sh" "$TOP/tests/images/run.sh" "$@"
  for RUNTIME in "${RUNTIMES[@]}"; do
    command -v "$RUNTIME" >/dev/null || die "$RUNTIME is not installed"
  done
  WORK=$(mktemp -d /tmp/kfi.XXXXXX)
  chmod 755 "$WORK"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  mkdir -p "$OUT" "$CACHE/layers"
  : >"$OUT/table"
  [[ -n $BARE_ONLY || -n $MAKE_ONLY ]] || node_make
  for RUNTIME in "${RUNTIMES[@]}"; do
    for name in "${NAMES[@]}"; do
      one "$name"
    done
  done
  summary
}

main "$@"
