# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Every system call of a program made to fail in turn. A test defines run_it, which runs the program, put_back, which
# puts things back, and must_hold, which checks each run. It calls every_fault with the text of the first call after the
# start of main: a program that cannot be loaded is not ours.
#
# Calls that may fail without a consequence are in a list of patterns with the reason for each. Any other call that
# fails without a consequence fails the test, and so does a pattern without a use.

load hostile

faults_setup() {
  command -v strace >/dev/null || skip "strace is not installed"
  strace -qq -o /dev/null -e trace=close -e inject=close:error=EIO:when=1 true || skip "strace cannot inject faults here"
  hostile_setup
  # Not of the programs that it starts: each process counts its calls from 1.
  STRACE=(strace -qq)
  # Fewer links, fewer calls: each is treated in the same way.
  find "$T/nono-nri" -type l ! -name sh -delete
}

faults_teardown() {
  local path

  for path in $(type -aP crun runc); do
    [[ -z ${T:-} ]] || ! mountpoint -q "$path" || umount "$path"
  done
  [[ -z ${T:-} ]] || ! mountpoint -q "$T/nono-nri" || umount "$T/nono-nri"
  hostile_teardown
}

in_place_of_runtimes() { # PROGRAM
  local path

  for path in $(type -aP crun runc); do
    mountpoint -q "$path" || mount --bind "$1" "$path"
  done
  remember_host
}

# The calls of a trace after MARKER, up to the next program: NAME OCCURRENCE TEXT. Libraries that are loaded to write to
# the journal are left out: nothing depends on it. Nor on the time zone, which libc reads where it is asked for UTC.
list_calls() { # TRACE MARKER
  awk -v marker="$2" '
    !/^[a-z0-9_]+\(/ { next }
    { name = $0; sub(/\(.*/, "", name); count[name]++ }
    !started && index($0, marker) { started = 1 }
    !started || name == "exit_group" || name == "geteuid" || name == "getpid" { next }
    # Older straces have no name for it by which a fault could be injected: cachestat(2), of no consequence.
    name ~ /^syscall_/ { next }
    /"\/etc\/localtime"/ { zone = 1 }
    /libsystemd|ld\.so\.cache/ { loading = 1 }
    /^socket\(|^rt_sigaction\(/ { loading = 0 }
    loading { next }
    # The entries of one table, all read alike.
    name == "pread64" && name == last { next }
    { last = name }
    # The one that starts the program is not counted where faults are.
    { print name, count[name] - (name == "execve"), (zone ? "localtime: " : "") substr($0, 1, 160) }
    zone && name == "close" { zone = 0 }
    name == "execve" { exit }' "$1"
}

# The errors for a call: a device's error, and others that make sense for this one.
errors_of() { # NAME
  case $1 in
  brk | mmap | mremap | munmap) echo ENOMEM ;;
  openat2 | pidfd_open | fsopen | fsconfig | fsmount | move_mount | statx | setns | memfd_create | close_range | \
    landlock_create_ruleset) echo EIO ENOSYS ;;
  openat) echo EIO EACCES ;;
  read | sendmsg) echo EIO EINTR ;;
  write) echo ENOSPC EINTR ;;
  mkdirat) echo EIO EROFS ;;
  flock) echo EIO EINTR ;;
  *) echo EIO ;;
  esac
}

# Runs a program with the caller's stdin: $STATUS; its output is in $T/out and $T/err.
with_fault() { # STRACE-OPTIONS... COMMAND...
  STATUS=0
  timeout "$KF_PATIENCE" "${STRACE[@]}" "$@" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
}

# Does a pattern of SANCTIONED, lines of "PATTERN # REASON", fit? Remembers which.
is_sanctioned() { # TEXT
  local line number=0

  while IFS= read -r line; do
    number=$((number + 1))
    if [[ $1 =~ ${line%% \#*} ]]; then
      echo "$number" >>"$T/needed"
      return 0
    fi
  done <<<"$SANCTIONED"
  return 1
}

every_pattern_is_needed() {
  local line number=0

  while IFS= read -r line; do
    number=$((number + 1))
    grep -qx "$number" "$T/needed" || fail "no call needs the exception: $line"
  done <<<"$SANCTIONED"
}

every_fault() { # MARKER
  local name nth text error runs=0 bad=0

  : >"$T/needed"
  put_back
  run_it -o "$T/trace"
  assert_eq "exit status without a fault" 0 "$STATUS"
  list_calls "$T/trace" "$1" >"$T/calls"
  (($(wc -l <"$T/calls") > 5)) || fail "only $(wc -l <"$T/calls") calls"
  while read -r name nth text; do
    for error in $(errors_of "$name"); do
      runs=$((runs + 1))
      put_back
      run_it -o "$T/fault" -e "trace=$name" -e "inject=$name:error=$error:when=$nth"
      [[ $(<"$T/fault") == *INJECTED* ]] || fail "call $nth of $name was not made: $text"
      if ! must_hold "$error: $text" >"$T/why" 2>&1; then
        bad=$((bad + 1))
        printf '%s in: %s\n  exit status %s, %s\n' "$error" "$text" "$STATUS" "$(head -c 300 "$T/err")"
        sed 's/^/  /' "$T/why"
      fi
    done
  done <"$T/calls"
  echo "$runs faults"
  ((bad == 0)) || fail "$bad of $runs faults have another outcome"
  every_pattern_is_needed
}

# In the shell alone, for speed: this is asked hundreds of times.
remember_host() {
  MOUNTS_BEFORE=$(<"/proc/$BASHPID/mountinfo") CONFIG_BEFORE=$(<"$B/config.json")
}

host_is_untouched() {
  [[ $(</proc/self/mountinfo) == "$MOUNTS_BEFORE" ]] || fail "mounts left:" "$(mounts_left)" || return
  assert_eq "files in the bundle" "$B/config.json $B/rootfs" "$(all_in "$B")"
}

config_is_untouched() {
  [[ $(<"$B/config.json") == "$CONFIG_BEFORE" ]] || fail "config.json has changed"
}

all_in() ( # DIR
  shopt -s nullglob dotglob
  files=("$1"/*)
  echo "${files[*]}"
)

# An end that is not ours: a signal.
ended() {
  ((STATUS < 124)) || fail "exit status $STATUS"
}
