#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# tmpfs: no (whole distributions and images would be in memory)
# sanitized: no (starts whole images, where the same programs do the same again)
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Ordinary programs run under the shipped profile "default" as without it: each line of programs/rows is a container of
# a real Debian, once by the runtime alone and once sandboxed by the real nono. Programs that do not run are in
# programs/refused. The times are printed, and left in build/programs-RUNTIME.txt: they are no test.

load helpers

# Compilers and servers take longer than helpers.bash waits.
KF_PATIENCE=60
PROGRAMS=$KF_TOP/tests/integration/programs
PACKAGES=(bc busybox-static cron curl file gawk gcc git less libc6-dev make netcat-openbsd nginx-light nodejs perl
  postgresql-15 procps python3 python3-venv redis-server ruby sqlite3 vim-tiny xz-utils)

setup_file() {
  DEBIAN=$("$KF_TOP/tests/rootfs.sh" programs "${PACKAGES[@]}" 2>"$BATS_FILE_TMPDIR/err" 3>&-) || DEBIAN=
  export DEBIAN
}

setup() {
  kf_setup
  rm "$T"/nono-nri/profiles/*.json
  install -m 644 "$KF_TOP"/hook/share/profiles/*.json "$T/nono-nri/profiles/"
  ROOT=$BATS_TEST_TMPDIR/root
  LAYER=$BATS_TEST_TMPDIR/layer
  mkdir "$ROOT" "$LAYER"
}

teardown() {
  local trace=0

  kf_teardown || trace=1
  drop_root
  return "$trace"
}

teardown_file() {
  stop_journald
  print_times | tee "$KF_BUILD/programs-$KF_RUNTIME.txt" | sed 's/^/# /' >&3
}

# --- the image ---------------------------------------------------------------------------------------------------

drop_root() {
  ! mountpoint -q "$ROOT" || umount -l "$ROOT"
  ! mountpoint -q "$LAYER" || umount -l "$LAYER"
}

# A container does not see the files of the one before: its layer over the image is in memory.
fresh_root() { # IMAGE
  drop_root
  mount -t tmpfs -o mode=755 tmpfs "$LAYER"
  mkdir "$LAYER/upper" "$LAYER/work"
  cp -r "$PROGRAMS/app" "$LAYER/upper/app"
  chmod -R a+rwX "$LAYER/upper/app"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$LAYER/upper,workdir=$LAYER/work" "$ROOT"
}

# Debian with a user and a program in /, as images have them.
debian_image() {
  [[ -n $DEBIAN ]] || skip "$(<"$BATS_FILE_TMPDIR/err")"
  IMAGE=$BATS_TEST_TMPDIR/image
  mkdir -p "$IMAGE/etc" "$IMAGE/home/app"
  { cat "$DEBIAN/etc/passwd" && echo "app:x:1000:1000::/home/app:/bin/bash"; } >"$IMAGE/etc/passwd"
  { cat "$DEBIAN/etc/group" && echo "app:x:1000:"; } >"$IMAGE/etc/group"
  chown 1000:1000 "$IMAGE/home/app"
  cp "$DEBIAN/bin/true" "$IMAGE/server"
  IMAGE=$IMAGE:$DEBIAN
}

# One static program and the directories that engines make.
static_image() {
  IMAGE=$BATS_TEST_TMPDIR/static
  mkdir -p "$IMAGE"/{usr/bin,dev,proc,sys,etc}
  mkdir -m 1777 "$IMAGE/tmp"
  gcc -O2 -static -o "$IMAGE/usr/bin/static" "$PROGRAMS/app/static.c"
}

# --- rows --------------------------------------------------------------------------------------------------------

# The lines of a group, with the blanks around the columns taken away.
rows() { # FILE GROUP
  awk -v group="[$2]" '/^\[/ { on = $0 == group; next } on && NF && !/^#/' "$1" | sed 's/  *| */|/g'
}

# The capabilities are those that engines give.
row_spec() { # UID TTY COMMAND...
  local home terminal=false

  [[ $2 != tty ]] || terminal=true
  home=$(awk -F: -v uid="$1" '$3 == uid { print $6; exit }' "$ROOT/etc/passwd" 2>"$T/passwd" || true)
  kf_spec
  spec --arg root "$ROOT" --arg home "${home:-/}" --argjson uid "$1" --argjson tty "$terminal" '
    ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
      "SYS_CHROOT"] as $names | ($names | map("CAP_" + .)) as $capabilities
    | .process.capabilities = {bounding: $capabilities}
      + if $uid == 0 then {effective: $capabilities, permitted: $capabilities} else {} end
    | .root.path = $root | .process.cwd = "/app" | .process.user = {uid: $uid, gid: $uid} | .process.terminal = $tty
    | .process.env += ["HOME=" + $home, "LC_ALL=C.UTF-8"] | .process.args = $ARGS.positional' --args -- "${@:3}"
}

# A terminal, where the row wants one, is one of script(1): what the container prints comes out of it. There is no
# input, and that is not an end of file, which script would type in at any time. The runtime's own lines (crun: an empty
# line with the time, when the terminal closes first) are not the container's.
run_side() { # SIDE TTY
  local command=("$T/bin/$CLASS") start=${EPOCHREALTIME/./} stdin=/dev/null

  [[ $1 == wrapped ]] || command=("$RUNTIME")
  command+=(--root "$T/rt" run --bundle "$B" "$ID-$1")
  if [[ $2 == tty ]]; then
    stdin=$T/keyboard
    [[ -p $stdin ]] || mkfifo "$stdin"
    command=(script --quiet --return --command "${command[*]} 2>$T/$1.runtime" /dev/null)
  fi
  STATUS=0
  timeout --kill-after=5 "$KF_PATIENCE" "${command[@]}" >"$T/$1.out" 2>"$T/$1.err" <>"$stdin" 3>&- || STATUS=$?
  TOOK=$((${EPOCHREALTIME/./} - start))
  echo "$STATUS" >"$T/$1.status"
}

# Runs the row on both sides: a difference is printed, and the row's name added to $FAILED.
compare() { # NAME UID TTY COMMAND...
  local side
  local -A took

  for side in bare wrapped; do
    fresh_root "$IMAGE"
    row_spec "${@:2}"
    run_side "$side" "$3"
    took[$side]=$TOOK
  done
  printf '%s\t%d\t%d\n' "$1" "${took[bare]}" "${took[wrapped]}" >>"$BATS_FILE_TMPDIR/times"
  if ! cmp -s "$T/bare.out" "$T/wrapped.out" || ! cmp -s "$T/bare.status" "$T/wrapped.status"; then
    printf '%s: bare: %s, sandboxed: %s\n' "$1" "$(<"$T/bare.status")" "$(<"$T/wrapped.status")"
    diff -a "$T/bare.out" "$T/wrapped.out" || true
    head -n 20 "$T/bare.err" "$T/wrapped.err"
    FAILED+=("$1")
  fi
  case " $(<"$T/bare.status") $(<"$T/wrapped.status") " in
  *' 124 '* | *' 137 '*) FAILED+=("$1: not done after $KF_PATIENCE s") ;;
  esac
  if [[ ! -s $T/bare.out && $(<"$T/bare.status") == 0 ]]; then
    FAILED+=("$1: prints nothing and succeeds, which shows nothing")
  fi
}

group() { # NAME
  local name uid tty command count=0 FAILED=()

  while IFS='|' read -r name uid tty command <&4; do
    count=$((count + 1))
    if [[ $1 == static ]]; then
      # shellcheck disable=SC2086 # words
      compare "$name" "$uid" "$tty" $command
    else
      compare "$name" "$uid" "$tty" /bin/sh -c "$command"
    fi
  done 4< <(rows "$PROGRAMS/rows" "$1")
  ((count > 0)) || fail "there is no group $1 in $PROGRAMS/rows"
  ((${#FAILED[@]} == 0)) || fail "not as without the sandbox:" "${FAILED[@]/#/  }"
}

# One side of a row that is refused, or runs with a changed profile: $OUT is all its output.
run_once() { # SIDE PROFILE UID TTY COMMAND
  fresh_root "$IMAGE"
  row_spec "$3" "$4" /bin/sh -c "$5"
  annotate nono.sh/profile "$2"
  run_side "$1" "$4"
  OUT=$(<"$T/$1.out")$(<"$T/$1.err")
  printf '%s, profile %s: %s\n%s\n' "$1" "$2" "$STATUS" "$OUT"
}

refused() { # NAME UID TTY TEXT CHANGE COMMAND
  run_once bare - "$2" "$3" "$6"
  assert_has "$1, bare" "it ran" "$OUT" || return 1
  run_once wrapped default "$2" "$3" "$6"
  assert_has_not "$1, sandboxed" "it ran" "$OUT" || return 1
  assert_has "$1, sandboxed" "$4" "$OUT" || return 1
  [[ $5 != - ]] || return 0
  jq "$5" "$KF_TOP/hook/share/profiles/default.json" >"$T/nono-nri/profiles/changed.json" || return 1
  run_once wrapped changed "$2" "$3" "$6"
  assert_has "$1, with the profile changed" "it ran" "$OUT"
}

print_times() {
  printf '%-30s %8s %9s %7s\n' "ms ($KF_RUNTIME)" bare sandboxed added
  [[ ! -e $BATS_FILE_TMPDIR/times ]] || awk -F '\t' '
    function line(name, bare, wrapped) { printf "%-30s %8.0f %9.0f %7.0f\n", name, bare, wrapped, wrapped - bare }
    { line($1, $2 / 1000, $3 / 1000); bare += $2 / 1000; wrapped += $3 / 1000 }
    END { line("mean of " NR, bare / NR, wrapped / NR) }' "$BATS_FILE_TMPDIR/times"
}

# --- the programs ------------------------------------------------------------------------------------------------

@test "shells and the basic tools" {
  debian_image
  group shells
}

@test "languages" {
  debian_image
  group languages
}

@test "compilers, make, git, package tools" {
  debian_image
  group building
}

@test "servers and databases" {
  debian_image
  group services
}

@test "processes and /proc" {
  debian_image
  group processes
}

@test "programs on a terminal" {
  debian_image
  group terminal
}

@test "an image of busybox alone" {
  IMAGE=$B/rootfs
  group busybox
}

@test "an image of one static program" {
  static_image
  group static
}

@test "a program that does not run says why, and runs with the changed profile of its line" {
  local name uid tty text change command count=0 FAILED=()

  debian_image
  while IFS='|' read -r name uid tty text change command <&4; do
    count=$((count + 1))
    refused "$name" "$uid" "$tty" "$text" "$change" "$command" || FAILED+=("$name")
  done 4< <(rows "$PROGRAMS/refused" refused)
  ((count > 0)) || fail "there is no line in $PROGRAMS/refused"
  ((${#FAILED[@]} == 0)) || fail "not refused as expected:" "${FAILED[@]/#/  }"
}
