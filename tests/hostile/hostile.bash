# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016 # a $ in single quotes is for jq
#
# The helpers of the hostile tests: trees of the host that must come out of every attack byte for byte and with their
# times, and the outcomes that an attack on an opted-in container may have:
#
#   refused        the container does not start, its command has not run, and the journal says why
#   not_started    the same, but another program refuses: the runtime or nono
#   sandboxed      it starts, and places that its profile does not grant are denied
#
# and in every case no mount, record or file that stays, and the guarded trees as they were. ATTACKS.md has an entry for
# every test here.

load ../integration/helpers

hostile_setup() {
  kf_setup
  app 'cat /allowed/file; cat /secret/file'
  : >"$T/expected"
  VARIANT=root
  sentinel
  guard
  cd "$T/sentinel" || return
}

# The container without what an earlier row has made of it; a file's setup keeps it with keep_plain.
afresh() { # NAME
  row "$1"
  cat "$T/plain.json" >"$B/config.json"
}

keep_plain() {
  cp "$B/config.json" "$T/plain.json"
}

hostile_teardown() {
  [[ -n ${T:-} ]] || return 0
  cd /
  kf_stop_everything
  ! mountpoint -q "$T" || umount -l "$T"
  kf_teardown
}

# --- files that must not change ----------------------------------------------------------------------------------

# The target of hostile symlinks; runtime and hook are called with it as their working directory, too.
sentinel() {
  mkdir -p "$T"/sentinel/{nono/profiles,empty,secret}
  echo "of the host" | tee "$T"/sentinel/{file,nono/nono,nono/profiles/default.json,secret/file} >"$T/sentinel/tee"
  chmod 1777 "$T/sentinel/empty"
  chmod 755 "$T/sentinel/nono/nono"
  ln -s file "$T/sentinel/link"
}

snapshot() {
  local trees=("$T/sentinel" "$T/nono-nri" "$KUBEFENCE_CONFIG")

  find "${trees[@]}" -printf '%p %y %#m %U:%G %s %n %T@ %C@ %l\n' | sort
  find "${trees[@]}" -type f -exec sha256sum {} + | sort
  records_left
  stat --format '%n %F' /nono 2>&1 || true
}

guard() {
  snapshot >"$T/guarded"
}

assert_guarded() {
  diff "$T/guarded" <(snapshot) && assert_no_trace
}

# --- outcomes ----------------------------------------------------------------------------------------------------

# The journal is asked once, at the end, for all containers of a test: call journal_agrees.
expect_in_journal() { # MESSAGE REASON [TEXT]
  printf '%s\t%s\t%s\t%s\n' "$ID" "$1" "$2" "${3:-}" >>"$T/expected"
}

journal_agrees() {
  local id message reason text

  while IFS=$'\t' read -r id message reason text; do
    printf 'the journal about %s: %s, %s, %s\n' "$id" "$message" "$reason" "$text"
    eventually journal_has "$id" "$message" "$reason" "$text"
  done <"$T/expected"
}

journal_has() { # ID MESSAGE REASON TEXT
  grep -F "$1"$'\t'"$2"$'\t'"$3"$'\t' "$T/journal-of-all" 2>/dev/null | grep -qF -- "$4" || {
    timeout 10 journalctl --sync 2>"$T/sync" || true
    journalctl -q -o json SYSLOG_IDENTIFIER=kubefence |
      jq -r '[.CONTAINER_ID_FULL, .MESSAGE, .NONO_REASON, .NONO_ERROR // ""] | @tsv' >"$T/journal-of-all"
    return 1
  }
}

# A further container of the same test; the name tells which row of it went wrong.
row() { # NAME
  ROWS=$((${ROWS:-0} + 1))
  ID=kf-$BATS_TEST_NUMBER-$BASHPID-$ROWS
  printf -- '--- %s (%s)\n' "$1" "$ID"
}

not_started() {
  run_container
  [[ $STATUS != 0 ]]
  assert_eq "stdout" "" "$OUT"
  assert_has_not "stderr" "/secret/file" "$ERR"
  assert_guarded
}

refused() { # REASON TEXT
  not_started
  expect_in_journal denied "$1" "$2"
}

sandboxed() { # [REASON]
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_eq "stderr" "cat: can't open '/secret/file': Permission denied" "$ERR"
  assert_eq "exit status" 1 "$STATUS"
  assert_guarded
  expect_in_journal injected "${1:-runtime_class_matched}"
}

# The hook alone, on the bundle as the wrapper edits it, with $VICTIM as the container's process.
hook_alone() {
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
}

hook_refuses() { # EXIT-STATUS TEXT
  hook_alone
  assert_eq "exit status" "$1" "$STATUS"
  assert_has "stderr" "$2" "$ERR"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  assert_eq "stdout" "" "$OUT"
  assert_guarded
}

# --- where an attack is tried ------------------------------------------------------------------------------------

# Each test of a matrix takes one of these.
variant() { # root|userns|read-only|shared
  case $1 in
  root) ;;
  userns) spec_userns ;;
  read-only) spec '.root.readonly = true' ;;
  shared)
    mount --bind "$T" "$T"
    mount --make-shared "$T"
    spec '.linux.rootfsPropagation = "shared"'
    ;;
  esac
  VARIANT=$1
}

# For files that are made after variant().
as_image() { # PATH
  [[ $VARIANT != userns ]] || chown -h 100000:100000 "$1"
}

volume() { # DESTINATION [SOURCE]
  spec --arg at "$1" --arg from "${2:-$T/volume}" '.mounts += [{destination: $at, type: "bind", source: $from,
    options: ["rbind", "rprivate", "rw"]}]'
}

# --- killing -------------------------------------------------------------------------------------------------------

# Those that PID has started, and those that these have started.
descendants() { # PID
  local child children

  read -ra children 2>/dev/null <"/proc/$1/task/$1/children" || true
  for child in "${children[@]}"; do
    echo "$child"
    descendants "$child"
  done
}

has_own_mounts() { # PID
  [[ $(readlink "/proc/$1/ns/mnt") != "$(readlink /proc/self/ns/mnt)" ]]
}

# A minute ago: gc leaves an empty, new record's directory to the program that made it.
age_empty_records() {
  [[ ! -d $T/state ]] || find "$T/state" -mindepth 1 -maxdepth 1 -type d -empty -exec touch -d '2 minutes ago' {} +
}

gc() {
  age_empty_records
  "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" gc
}

# In each hierarchy, or in the one; looked up by name, for there may be many.
cgroups_of() { # ID
  local dir

  for dir in /sys/fs/cgroup{,/*}/"$1"; do
    [[ ! -d $dir ]] || echo "$dir"
  done
}

processes_of() { # ID
  cgroups_of "$1" | sed 's|$|/cgroup.procs|' | xargs -r cat 2>/dev/null | sort -u
}

# A runtime that was killed has no state of the container, or one that is cut off, and does not know its processes.
remove_container() { # ID
  local pid

  bare delete --force "$1" >"$T/delete" 2>&1 || true
  for pid in $(processes_of "$1"); do
    kill -KILL "$pid" 2>/dev/null || true
  done
  rm -rf "${T:?}/rt/$1"
  cgroups_of "$1" | sort -r | xargs -r rmdir 2>/dev/null || true
}

# After a container was killed at some point of its creation, this leaves nothing.
cleaned_up() {
  remove_container "$ID"
  gc >"$T/gc"
  rm -f "$B/.config.json.kubefence"
  assert_guarded
}

# --- at the same time ----------------------------------------------------------------------------------------------

needs_strace() {
  command -v strace >/dev/null || skip "strace is not installed"
}

# Its system calls as it makes them: only the calls that are asked for, and not the end of the process.
traced() { # STRACE-OPTIONS... -- COMMAND...
  local options=()

  while [[ $1 != -- ]]; do
    options+=("$1") && shift
  done
  timeout "$KF_PATIENCE" strace -qqq -o "$T/calls" -e signal=none "${options[@]}" "${@:2}" 3>&-
}

forget() { # PID
  local pid others=()

  for pid in "${KF_PIDS[@]}"; do
    [[ $pid == "$1" ]] || others+=("$pid")
  done
  KF_PIDS=("${others[@]}")
}

# All mounts below the container's root file system, wherever that is: the part of which file system, and where.
mounts_of() { # PID ROOTFS
  awk -v rootfs="$2/" 'index($5, rootfs) == 1 {
    for (i = 7; $i != "-"; i++);
    print $(i + 2), $4, substr($5, length(rootfs))
  }' "/proc/$1/mountinfo"
}

# Without the mounts that the runtime has made before the hook is called.
not_of_runtime() {
  grep -vE ' /(dev|dev/pts|proc)$' || true
}

# Another container has the directory of this one's root file system as a volume, and exchanges /nono and /other.
start_flipping() { # NUMBER-AT-LEAST
  mkdir -p "$T/volume"
  unshare --mount --propagation private sh -c 'mount --bind "$1" "$2" && exec "$3" "$2" nono other "$4"' \
    sh "$B/rootfs" "$T/volume" "$KF_BUILD/tests/hostile/flipper" "$1" >"$T/flips" 2>"$T/flipper.err" 3>&- &
  FLIPPER=$!
  KF_PIDS+=("$FLIPPER")
  eventually is_flipping
}

is_flipping() { [[ $(<"/proc/$FLIPPER/comm") == flipper ]]; }

# The count goes to FLIPS.
stop_flipping() {
  kill -TERM "$FLIPPER"
  wait "$FLIPPER" || fail "the flipper ended: $(<"$T/flipper.err")"
  forget "$FLIPPER"
  FLIPS=$((${FLIPS:-0} + $(<"$T/flips")))
  rm -rf "$B"/rootfs/{nono,other}
}

# One of the two is always a plain directory.
other_is() { # WHAT
  mkdir "$B/rootfs/nono"
  case $1 in
  "a directory") cp -r "$T/sentinel/nono" "$B/rootfs/other" ;;
  "a file") cp "$T/sentinel/nono/nono" "$B/rootfs/other" ;;
  *) ln -s "${1#a symlink to }" "$B/rootfs/other" ;;
  esac
}
