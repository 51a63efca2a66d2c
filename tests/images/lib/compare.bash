# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the other files of this folder set what is used here
#
# Compares two lives of one container. Answers, outputs and statuses are compared byte for byte, and so is
# the log of a container that runs to its end, but for the order of its lines. Of other logs and of the files that are
# left, the lines that no bare run has count, with any numbers in them.

# Sets VERDICT (same, nearly, broken) and WHY, of the boxed side against the bare ones.
compare() { # BOXED BARE...
  local boxed=$1 name

  shift
  VERDICT=same WHY=
  for name in ready status termination $(asked "$1"); do
    same_in_any "$boxed" "$name" "$@" || { VERDICT=broken WHY=$(difference "$boxed" "$name" "$1") && return; }
  done
  for name in log files; do
    WHY=$(new_lines "$boxed" "$name" "$@" | head -n 1)
    [[ -z $WHY ]] || { VERDICT=nearly WHY="$name: $WHY" && return; }
  done
}

asked() { # BARE
  local file

  for file in "$1"/seen/{output,{probe,exec}.*}; do
    [[ ! -e $file ]] || printf '%s\n' "${file##*/}"
  done
}

same_in_any() { # BOXED NAME BARE...
  local bare

  for bare in "${@:3}"; do
    [[ -e $1/seen/$2 && -e $bare/seen/$2 ]] || return 1
    ! cmp -s <(timeless "$1/seen/$2") <(timeless "$bare/seen/$2") || return 0
  done
  return 1
}

# Dates and times of day are of the run. NONO_PROFILE is what kubefence adds to the environment, and nothing else.
timeless() { # FILE
  sed -E -e '/^NONO_PROFILE=default$/d; s/ NONO_PROFILE=default\b//g' \
    -e 's/[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}/DATE/g; s/[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?/TIME/g' "$1" 2>/dev/null
}

# One line: the bare output, and the other one, from the first character that differs. Where the container was not
# ready or ended in another way, the log says most.
difference() { # BOXED NAME BARE
  local expected actual at=0

  expected=$(only_in "$3/seen/$2" "$1/seen/$2")
  actual=$(only_in "$1/seen/$2" "$3/seen/$2")
  while ((at < ${#expected})) && [[ ${expected:at:1} == "${actual:at:1}" ]]; do
    at=$((at + 1))
  done
  at=$((at > 20 ? at - 20 : 0))
  printf '%s: %.90s -> %.140s' "$(subject "$2")" "${expected:at}" "${actual:at}"
  [[ $2 != ready && $2 != status ]] || printf ' | %.200s' "$(new_lines "$1" log "$3" | tail -n 1)"
}

only_in() { # FILE OTHER
  diff --changed-group-format='%<' --unchanged-group-format='' "$1" "$2" 2>/dev/null | head -n 1
}

# The question itself in place of its number.
subject() { # NAME
  case $1 in
  probe.*) printf 'probe "%.40s"' "${PROBES[${1#*.}]}" ;;
  exec.*) printf 'exec "%.40s"' "${EXECS[${1#*.}]#!}" ;;
  *) printf '%s' "$1" ;;
  esac
}

new_lines() { # BOXED NAME BARE...
  local boxed=$1 name=$2 bare

  shift 2
  for bare in "$@"; do
    normal "$bare/seen/$name"
  done >"$boxed/known.$name"
  normal "$boxed/seen/$name" | grep -vxFf "$boxed/known.$name" || true
}

# Numbers, identifiers and names of temporary files differ from run to run.
normal() { # FILE
  without_noise "$1" |
    sed -E 's/0x[0-9a-f]+/N/g; s/[0-9a-f]{12,}/N/g; s/[0-9]+/N/g; s/(tmp|\.)[A-Za-z0-9_]{6,}/tmpX/g' | sort -u
}

without_noise() { # FILE
  local expression arguments=()

  for expression in "${NOISE[@]}"; do
    arguments+=(-e "$expression")
  done
  if ((${#NOISE[@]} > 0)); then grep -avE "${arguments[@]}" "$1"; else cat "$1"; fi
}
