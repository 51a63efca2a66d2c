#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# A command that is started in a running container is confined as the container's own, and otherwise notices nothing.
# Runs for each runtime, with the stand-in and with the real nono.

load helpers

setup() {
  kf_setup
  spec_args /bin/sleep 3600
  cp -a "$B/config.json" "$T/original.json"
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# A process file as engines write it: from the container's spec before the rewrite.
process_file() { # COMMAND ARGUMENTS...
  jq '.process | .args = $ARGS.positional' "$T/original.json" --args -- "$@" >"$T/process.json"
}

process() { # JQ-ARGUMENTS...
  jq "$@" <"$T/process.json" >"$T/process.new"
  mv "$T/process.new" "$T/process.json"
}

# exec through the wrapper: $STATUS, $OUT and $ERR are the results.
run_exec() { # EXEC-ARGUMENTS...
  STATUS=0
  kf exec "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

run_process() { # COMMAND ARGUMENTS...
  process_file "$@"
  run_exec --process "$T/process.json" "$ID"
}

assert_confined() {
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
}

@test "denied what PID 1 is denied: by absolute path, by name, with and without a shell, and the children" {
  app "$READ_FILES; exec sleep 3600"
  start_container
  eventually grep -q "can't open '/secret/file': Permission denied" "$T/$ID.err"
  assert_eq "PID 1" "may be read" "$(<"$T/$ID.out")"
  for how in run_process "run_exec $ID"; do
    $how /bin/cat /allowed/file /secret/file
    assert_confined
    $how cat /allowed/file /secret/file
    assert_confined
    $how /bin/sh -c "$READ_FILES"
    assert_confined
    $how sh -c "sh -c '$READ_FILES' & wait"
    assert_confined
  done
}

@test "the container's own profile, not the class's" {
  annotate nono.sh/profile narrow
  start_container
  for how in run_process "run_exec $ID"; do
    $how /bin/cat /allowed/file
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "can't open '/allowed/file': Permission denied" "$ERR"
  done
  assert_journal "$ID" injected NONO_STAGE=exec NONO_PROFILE=narrow
}

@test "a process sees its own command, its environment, and no descriptor of ours" {
  start_container
  process_file /bin/sh -c 'tr "\0" " " </proc/self/cmdline; echo; echo "$NONO_PROFILE $PATH"; ls /proc/self/fd'
  process '.env += ["KEPT=1"]'
  run_exec --process "$T/process.json" "$ID"
  succeeded
  assert_eq "command" /bin/sh "$(head -n 1 <<<"$OUT" | cut -d " " -f 1)"
  assert_eq "environment" "default /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    "$(sed -n 2p <<<"$OUT")"
  assert_eq "descriptors" $'0\n1\n2\n3' "$(tail -n +3 <<<"$OUT")"
  run_exec "$ID" /bin/sh -c 'echo "$NONO_PROFILE $PATH"; ls /proc/self/fd'
  assert_eq "descriptors" $'0\n1\n2\n3' "$(tail -n +2 <<<"$OUT")"
  assert_eq "environment" "default /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    "$(head -n 1 <<<"$OUT")"
}

@test "arguments come through byte for byte" {
  local args=(/bin/sh -c 'printf "<%s>" "$@"' sh '' ' a  b ' $'two\nlines' '"q" \ $HOME' '--' '-s' 'wrap' 'schön 🦀' '\u0041')

  start_container
  for how in run_process "run_exec $ID"; do
    $how "${args[@]}"
    succeeded
    assert_eq "stdout" "$(printf '<%s>' "${args[@]:4}")" "$OUT"
  done
}

@test "stdin, stdout, stderr and the exit code" {
  start_container
  for how in run_process "run_exec $ID"; do
    $how /bin/sh -c 'echo to stdout; echo to stderr >&2; exit 42'
    assert_eq "exit status" 42 "$STATUS"
    assert_eq "stdout" "to stdout" "$OUT"
    assert_eq "stderr" "to stderr" "$ERR"
  done
  process_file /bin/cat
  assert_eq "stdin" through "$(echo through | "$T/bin/$CLASS" --root "$T/rt" exec --process "$T/process.json" "$ID" 3>&-)"
  assert_eq "stdin" through "$(echo through | "$T/bin/$CLASS" --root "$T/rt" exec "$ID" cat 3>&-)"
}

@test "a signal that ends the command, and one to the runtime in front of it" {
  local pid status=0

  start_container
  run_process /bin/sh -c 'kill -KILL $$'
  assert_eq "exit status" 137 "$STATUS"
  process_file /bin/sh -c 'trap "exit 9" TERM; echo up >/scratch/up; while :; do sleep 0.1; done'
  "$T/bin/$CLASS" --root "$T/rt" exec --process "$T/process.json" "$ID" </dev/null >"$T/out" 2>&1 3>&- &
  pid=$!
  KF_PIDS+=("$pid")
  eventually test -e "$B/rootfs/scratch/up"
  kill -TERM "$pid"
  wait "$pid" || status=$?
  # its number may be another's by the time of the teardown
  unset 'KF_PIDS[-1]'
  assert_eq "exit status" 9 "$status"
}

@test "--detach and --pid-file: the process in the file is the command, and it is confined" {
  local pid

  start_container
  process_file /bin/sh -c "{ $READ_FILES; } >/scratch/log 2>&1; exec sleep 3601"
  (cd "$T" && run_exec --detach --pid-file exec.pid -p process.json "$ID" && succeeded)
  pid=$(<"$T/exec.pid")
  eventually left_the_runtime "$pid"
  eventually grep -q "can't open '/secret/file': Permission denied" "$B/rootfs/scratch/log"
  assert_command "$pid" "sleep 3601"
  assert_eq "root" "$(stat -Lc %i "/proc/$PID/ns/mnt")" "$(stat -Lc %i "/proc/$pid/ns/mnt")"
  kill -KILL "$pid"
}

@test "a terminal" {
  start_container
  process_file /bin/sh -c "test -t 0 && test -t 1 && echo a terminal; $READ_FILES; exit 5"
  process '.terminal = true'
  mkfifo "$T/stdin"
  for arguments in "--process $T/process.json $ID" "--tty $ID /bin/sh -c 'test -t 0 && echo a terminal; $READ_FILES; exit 5'"; do
    STATUS=0
    timeout "$KF_PATIENCE" script -qec "$T/bin/$CLASS --root $T/rt exec $arguments" /dev/null \
      <>"$T/stdin" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
    kf_collect
    assert_eq "exit status" 5 "$STATUS"
    # how many carriage returns depends on when the runtime switches the terminal of script(1) to raw
    assert_has "output" $'a terminal\nmay be read\ncat: can\'t open \'/secret/file\': Permission denied' "${OUT//$'\r'/}"
  done
}

@test "another user, other groups, another working directory" {
  start_container
  run_exec --user 1000:1000 --cwd /scratch "$ID" /bin/sh -c "id -u; pwd; touch f; $READ_FILES"
  assert_eq "stdout" $'1000\n/scratch\nmay be read' "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_eq "owner" 1000 "$(stat -c %u "$B/rootfs/scratch/f")"
  process_file /bin/sh -c "id -u; id -G; pwd; $READ_FILES"
  process '.user = {uid: 1000, gid: 1000, additionalGids: [1001]} | .cwd = "/scratch" | .capabilities = {}'
  run_exec --process "$T/process.json" "$ID"
  assert_eq "stdout" $'1000\n1000 1001\n/scratch\nmay be read' "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

@test "a working directory outside the profile grants nothing" {
  start_container
  run_exec --cwd /secret "$ID" /bin/cat file
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  process_file /bin/cat file /secret/file
  process '.cwd = "/secret"'
  run_exec --process "$T/process.json" "$ID"
  assert_eq "stdout" "" "$OUT"
}

# /$NONO_WORKDIR in a profile is the container's working directory, not one that the caller of exec chooses.
@test "a profile that grants the working directory grants the container's" {
  jq '.meta.name = "work" | .filesystem.allow += ["/$NONO_WORKDIR"]' "$T/nono-nri/profiles/default.json" \
    >"$T/nono-nri/profiles/work.json"
  mkdir "$B/rootfs"/{project,other}
  echo "may be read" | tee "$B/rootfs/project/file" >"$B/rootfs/other/file"
  spec '.process.cwd = "/project"'
  annotate nono.sh/profile work
  cp -a "$B/config.json" "$T/original.json"
  start_container
  run_process /bin/sh -c 'pwd; cat file; cat /other/file'
  assert_eq "stdout" $'/project\nmay be read' "$OUT"
  assert_has "stderr" "can't open '/other/file': Permission denied" "$ERR"
  # crun starts this one in /, with any directory of the container's
  run_exec "$ID" cat /project/file /other/file
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "can't open '/other/file': Permission denied" "$ERR"
  process_file /bin/cat /project/file /other/file
  process '.cwd = "/other" | .env += ["NONO_WORKDIR=/other"]'
  for arguments in "--process $T/process.json $ID" "--cwd /other $ID cat /project/file /other/file"; do
    # shellcheck disable=SC2086 # words are wanted
    run_exec $arguments
    assert_eq "stdout" "may be read" "$OUT"
    assert_has "stderr" "can't open '/other/file': Permission denied" "$ERR"
  done
}

@test "profile_lookup = files-then-nono: a profile of nono's own, from the record and from the bundle" {
  [[ $KF_NONO == real ]] || skip "the stand-in brings no profiles along"
  rm "$T/nono-nri/profiles/default.json"
  # Without a record only the node's own directory can be recognised.
  kf_config 'profile_lookup = files-then-nono' 'delivery = mount'
  start_container
  for how in run_process "run_exec $ID" 'rm -r' run_process "run_exec $ID"; do
    [[ $how != rm* ]] || { rm -r "$T/state/$ID" && continue; }
    $how /bin/sh -c 'head -n 1 /etc/passwd; cat /secret/file'
    assert_eq "stdout" "root:x:0:0::/root:/bin/sh" "$OUT"
    assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
  done
}

@test "the environment cannot loosen the sandbox" {
  start_container
  process_file /bin/sh -c "env | grep ^NONO_; $READ_FILES"
  process '.env += ["NONO_ALLOW=/secret", "NONO_PROFILE=writes-nono", "NONO_ALLOW=/secret", "TOOL_SANDBOX_X=1"]'
  run_exec --process "$T/process.json" "$ID"
  assert_eq "profile" "NONO_PROFILE=default" "$(grep '^NONO_PROFILE=' <<<"$OUT")"
  # Nono sees none of it, and the command all of it.
  assert_eq "environment" NONO_ALLOW=/secret "$(grep '^NONO_ALLOW=' <<<"$OUT")"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  for spelling in '--env NONO_ALLOW=/secret' '--env=NONO_ALLOW=/secret' '-e NONO_ALLOW=/secret' '-e=NONO_ALLOW=/secret' \
    '--env A=1 --env NONO_ALLOW=/secret --env NONO_PROFILE=writes-nono'; do
    # shellcheck disable=SC2086 # words are wanted
    run_exec $spelling "$ID" /bin/sh -c "$READ_FILES"
    assert_confined
  done
  [[ $KF_RUNTIME == runc ]] || for spelling in -eNONO_ALLOW=/secret '--en NONO_ALLOW=/secret'; do
    # shellcheck disable=SC2086
    run_exec $spelling "$ID" /bin/sh -c "$READ_FILES"
    assert_confined
  done
}

# A profile's name would be looked up there first; the path of a file is not, and ours extend nothing.
@test "a profile of the same name in the image or in XDG_CONFIG_HOME is not used" {
  local dir

  for dir in scratch/xdg root/.config home/app/.config; do
    mkdir -p "$B/rootfs/$dir/nono/profiles"
    echo '{"meta": {"name": "default"}, "filesystem": {"allow": ["/secret"], "read": ["/bin", "/allowed"]}}' \
      >"$B/rootfs/$dir/nono/profiles/default.json"
  done
  chmod -R a+rX "$B/rootfs/scratch/xdg" "$B/rootfs/root" "$B/rootfs/home"
  start_container
  process_file /bin/sh -c "$READ_FILES"
  process '.env += ["XDG_CONFIG_HOME=/scratch/xdg"]'
  run_exec --process "$T/process.json" "$ID"
  assert_confined
  process '.user = {uid: 1000, gid: 1000} | .env += ["HOME=/home/app"]'
  run_exec --process "$T/process.json" "$ID"
  assert_confined
  run_exec --env XDG_CONFIG_HOME=/scratch/xdg --env HOME=/root "$ID" /bin/sh -c "$READ_FILES"
  assert_confined
}

@test "a process file that is wrapped already stays so" {
  start_container
  jq .process "$B/config.json" | jq '.args[5:] = ["/bin/sh", "-c", "cat /allowed/file; cat /secret/file"]' >"$T/process.json"
  run_exec --process "$T/process.json" "$ID"
  assert_confined
}

@test "one that pretends to be wrapped, in a weaker profile, is wrapped" {
  start_container
  jq .process "$B/config.json" | jq '.args[3] = "/nono/profiles/writes-nono.json"
    | .args[5:] = ["/bin/cat", "/nono/profiles/narrow.json"]' >"$T/process.json"
  run_exec --process "$T/process.json" "$ID"
  ((STATUS != 0))
  assert_eq "stdout" "" "$OUT"
}

@test "a user namespace, and a mount of the runtime's" {
  spec_userns
  start_container
  for how in run_process "run_exec $ID"; do
    $how /bin/sh -c "$READ_FILES"
    assert_confined
  done
  bare delete --force "$ID"
  kf_config 'delivery = mount'
  cp "$T/original.json" "$B/config.json"
  chown -hR 0:0 "$B/rootfs"
  start_container
  for how in run_process "run_exec $ID"; do
    $how /bin/sh -c "$READ_FILES"
    assert_confined
  done
}

# The reason why no process in a sandboxed container can put another nono at /nono between our check and the start.
@test "no process of the container can change its mounts, with any capabilities" {
  local caps='["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_DAC_OVERRIDE"]'

  KF_CLASS_LINE='privileged = allow' kf_config
  spec --argjson caps "$caps" '.process.capabilities[] = $caps'
  cp -a "$B/config.json" "$T/original.json"
  app 'for what in "-t tmpfs tmpfs" "--bind /scratch"; do mount $what /nono; done; umount /nono; umount -l /
    exec sleep 3600'
  start_container
  eventually grep -q "umount: can't unmount /: Operation not permitted" "$T/$ID.err"
  assert_eq "PID 1" 4 "$(grep -c 'Operation not permitted\|ermission denied' "$T/$ID.err")"
  run_process /bin/sh -c 'mount -t tmpfs tmpfs /nono; mount --bind /scratch /nono; umount -l /nono; umount -l /'
  assert_eq "exec" 4 "$(grep -c 'Operation not permitted\|ermission denied' <<<"$ERR")"
  run_process /bin/sh -c "$READ_FILES"
  assert_confined
}

@test "exec = allow: as the runtime alone would start it" {
  KF_CLASS_LINE='exec = allow' kf_config
  start_container
  run_process /bin/sh -c "$READ_FILES"
  assert_eq "stdout" $'may be read\nmust not be read' "$OUT"
  run_exec "$ID" /bin/sh -c "$READ_FILES"
  assert_eq "stdout" $'may be read\nmust not be read' "$OUT"
  assert_journal "$ID" skip NONO_STAGE=exec NONO_REASON=exec_allowed NONO_COMMAND=sh NONO_POD=web-0
}
