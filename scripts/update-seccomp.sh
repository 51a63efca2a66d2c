#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Keeps hook/share/seccomp/syscalls complete: see usage().
set -euo pipefail
cd "$(dirname "$0")/.."

DATA=hook/share/seccomp/syscalls
DIFFERENCES=hook/share/seccomp/differences
LIBSECCOMP=/usr/include/seccomp-syscalls.h
REFERENCE=/usr/share/containers/seccomp.json
work=

usage() {
  cat <<'END'
usage: scripts/update-seccomp.sh [--check]

Adds the system calls that libseccomp's tables and the kernel's headers of this machine have and hook/share/seccomp/syscalls does
not, to the end of it, as [ENOSYS]: what becomes of them is for people to decide. Then compares runtime-default with the
default of Podman and CRI-O; every difference must be in hook/share/seccomp/differences, with its reason.

  --check     change nothing; exit with 1 if anything would be added, or differs without a reason
  -h, --help  this text

environment, for other machines' tables: LIBSECCOMP_HEADER=FILE (seccomp-syscalls.h of libseccomp-dev),
SECCOMP_REFERENCE=FILE (seccomp.json of containers-common), SECCOMP_DATA=DIR (instead of hook/share/seccomp)
END
}

die() {
  printf 'update-seccomp.sh: %s\n' "$*" >&2
  exit 1
}

# The names in a file of sections, one a line.
names_of() { # FILE
  awk '{ sub(/#.*/, "") } /^\[/ { next } $2 == "if" { print $1; next } { for (i = 1; i <= NF; i++) print $i }' "$1" |
    LC_ALL=C sort -u
}

# The headers of the kernel, those of the architectures that the profiles are for: Debian 13 has them of every architecture
# side by side, and Alpha and SPARC number calls that no other one has.
kernel_headers() {
  find /usr/include -path '*asm*/unistd*.h' |
    grep -E '/(include/asm[^/]*|(x86_64|i386|aarch64|arm|riscv64|s390x|powerpc64le)-linux-[^/]*/asm)/[^/]*$'
}

# All sources that the C preprocessor can read here: libseccomp knows more architectures, the kernel's headers may be
# newer.
known_names() {
  {
    grep -ohE '\b__SNR_[a-z0-9_]+' "$LIBSECCOMP" | sed 's/^__SNR_//'
    kernel_headers | xargs sed -nE 's/^#[[:space:]]*define[[:space:]]+__NR_([a-z_][a-z0-9_]*)[[:space:]].*/\1/p'
  } | grep -vxE 'syscalls|arch_specific_syscall|llseek' | LC_ALL=C sort -u
}

# A line for each call: its name, a tab, and its treatment by a profile, in a form that can be compared.
describe() { # PROFILE
  # shellcheck disable=SC2016 # a $ is jq's
  jq -r 'def rule: (.action | ltrimstr("SCMP_ACT_")) + (if .errnoRet then "(\(.errnoRet))" else "" end)
      + (if (.args // []) != [] then " if" else "" end)
      + ((.includes.caps // []) | sort | map(" +" + .) | join(""))
      + ((.excludes.caps // []) | sort | map(" -" + .) | join(""))
      + ((.includes.arches // []) | sort | map(" on " + .) | join(""))
      + ((.excludes.arches // []) | sort | map(" not on " + .) | join(""));
    .defaultErrnoRet as $default
    | [.syscalls[] | select(.action != "SCMP_ACT_ERRNO" or .errnoRet != $default)
      | rule as $rule | .names[] | {name: ., $rule}]
    | group_by(.name)[] | "\(.[0].name)\t\([.[].rule] | unique | join(", "))"' "$1" | LC_ALL=C sort
}

add_missing() {
  {
    printf '\n[ENOSYS]\n# New, and still to be decided.\n'
    fold -s -w 110 <<<"$(paste -sd ' ' "$work/missing")" | sed 's/ *$//'
  } >>"$DATA"
  echo "added to $DATA:"
}

check_missing() {
  names_of "$DATA" >"$work/ours"
  known_names >"$work/known"
  LC_ALL=C comm -13 "$work/ours" "$work/known" >"$work/missing"
  [[ -s $work/missing ]] || return 0
  if [[ $mode == check ]]; then
    echo "not in $DATA:"
    failed=1
  else
    add_missing
  fi
  sed 's/^/  /' "$work/missing"
}

check_differences() {
  awk -v profile=runtime-default -f hook/share/seccomp/profile.awk "$DATA" >"$work/runtime-default.json"
  describe "$work/runtime-default.json" >"$work/ours.rules"
  describe "$REFERENCE" >"$work/reference.rules"
  LC_ALL=C join -t $'\t' -a 1 -a 2 -e ENOSYS -o 0,1.2,2.2 "$work/ours.rules" "$work/reference.rules" |
    awk -F '\t' '$2 != $3' >"$work/differences"
  names_of "$DIFFERENCES" >"$work/reasons"
  awk -F '\t' 'NR == FNR { reason[$1] = 1; next } !($1 in reason)' "$work/reasons" "$work/differences" >"$work/unexplained"
  printf '%d calls differ from %s' "$(wc -l <"$work/differences")" "$REFERENCE"
  if [[ ! -s $work/unexplained ]]; then
    echo ", all with a reason in $DIFFERENCES"
    return
  fi
  echo ", and these have no reason in $DIFFERENCES:"
  awk -F '\t' '{ printf "  %s: ours: %s; theirs: %s\n", $1, $2, $3 }' "$work/unexplained"
  failed=1
}

main() {
  local mode=update failed=0

  case ${1:-} in
  '') ;;
  --check) mode=check ;;
  -h | --help) usage && return ;;
  *) usage >&2 && return 2 ;;
  esac
  LIBSECCOMP=${LIBSECCOMP_HEADER:-$LIBSECCOMP}
  REFERENCE=${SECCOMP_REFERENCE:-$REFERENCE}
  DATA=${SECCOMP_DATA:-hook/share/seccomp}/syscalls
  DIFFERENCES=${SECCOMP_DATA:-hook/share/seccomp}/differences
  [[ -r $LIBSECCOMP ]] || die "$LIBSECCOMP is not there: install libseccomp-dev (scripts/deps.sh)"
  [[ -r $REFERENCE ]] || die "$REFERENCE is not there: install golang-github-containers-common (scripts/deps.sh)"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  check_missing
  check_differences
  return "$failed"
}

main "$@"
