#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Commands that must not start in a running container, and things there that we must not touch: hostile process files,
# lost and forged records, a /nono that is not ours any more, command lines, and the classes' own rules.

load helpers

setup() {
  kf_setup
  spec_args /bin/sleep 3600
  cp -a "$B/config.json" "$T/original.json"
  jq '.process | .args = ["/bin/sh", "-c", "echo ran; cat /secret/file"]' "$B/config.json" >"$T/process.json"
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

run_exec() { # EXEC-ARGUMENTS...
  STATUS=0
  kf exec "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

run_process() {
  run_exec --process "$T/process.json" "$ID"
}

# Our own words, in one line, and nothing was started.
assert_our_words() { # PART-OF-THE-MESSAGE
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  assert_has "stderr" "$1" "$ERR"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
}

assert_refused() { # PART-OF-THE-MESSAGE REASON
  assert_our_words "$1"
  assert_journal "$ID" denied NONO_STAGE=exec "NONO_REASON=$2" "NONO_RUNTIME_HANDLER=$CLASS" PRIORITY=3
}

assert_confined() {
  assert_eq "stdout" ran "$OUT"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
}

assert_free() {
  assert_eq "stdout" $'ran\nmust not be read' "$OUT"
}

# --- process files -----------------------------------------------------------------------------------------------

@test "process files that runtimes may read in another way than we do" {
  local file

  start_container
  while read -r file; do
    printf '%b' "$file" >"$T/process.json"
    echo "process file: $file"
    run_process
    assert_our_words "process"
  done <<'FILES'
{"cwd":"/","args":["/bin/echo","a"],"args":["/bin/echo","b"]}
{"cwd":"/","args":["/bin/echo","a"],"Args":["/bin/echo","b"]}
{"cwd":"/","args":["/bin/echo","a"],"ARGS":["/bin/echo","b"]}
{"cwd":"/","args":["/bin/echo","a"],"env":["A=1"],"Env":["NONO_ALLOW=/"]}
{"cwd":"/","args":["/bin/echo","a\\u0000b"]}
{"cwd":"/","args":["/bin/echo","a"],"env":["A=1\\u0000NONO_ALLOW=/"]}
{"cwd":"/","args":[]}
{"cwd":"/","args":null}
{"cwd":"/"}
{"cwd":"/","args":"/bin/echo"}
{"cwd":"/","args":["/bin/echo",1]}
{"cwd":"/","args":[["/bin/echo"]]}
{"cwd":"/","args":{"0":"/bin/echo"}}
{"cwd":"/","args":["/bin/echo"],"env":{"A":"1"}}
{"cwd":"/","args":["/bin/echo"],"env":[1]}
{"cwd":"/","args":["/bin/echo","a"]}{"cwd":"/","args":["/bin/echo","b"]}
{"cwd":"/","args":["/bin/echo","a"]} x
{"cwd":"/","args":["/bin/echo","a"
{"cwd":"/","args":['/bin/echo']}
{"cwd":"/","args":["/bin/echo"],"x":NaN}
["/bin/echo"]
"/bin/echo"
null
\x00
{"cwd":"/","args":["/bin/echo","\xff"]}
FILES
  : >"$T/process.json"
  run_process
  assert_refused "process" process_invalid
}

@test "process files that are not files: missing, a directory, a symlink, a FIFO, a device, standard input" {
  local what

  start_container
  mkdir "$T/dir"
  mkfifo "$T/fifo"
  ln -s process.json "$T/link"
  ln -s nowhere "$T/dangling"
  for what in "$T/missing" "$T/dir" "$T/link" "$T/dangling" "$T/fifo" /dev/null /dev/zero /dev/stdin - "$T/process.json/x"; do
    run_exec --process "$what" "$ID"
    assert_our_words "process file"
  done
  # runtimes would take a FIFO: the writer is not disturbed, and still waits for its reader
  cat "$T/process.json" >"$T/fifo" 3>&- &
  KF_PIDS+=($!)
  run_exec --process "$T/fifo" "$ID"
  assert_refused "is not a regular file" process_invalid
  assert_eq "what the writer has" "$(jq -c . "$T/process.json")" "$(timeout 5 jq -c . "$T/fifo")"
  wait "${KF_PIDS[-1]}"
  unset 'KF_PIDS[-1]'
}

@test "a huge process file, and one that lists more than a process can have" {
  start_container
  { head -c 17000000 /dev/zero | tr '\0' ' '; cat "$T/process.json"; } >"$T/huge.json"
  run_exec --process "$T/huge.json" "$ID"
  assert_refused "is larger than" process_invalid
  jq '.args += [range(300000) | "argument"]' "$T/process.json" >"$T/long.json"
  run_exec --process "$T/long.json" "$ID"
  ((STATUS != 0))
  assert_eq "stdout" "" "$OUT"
}

@test "the caller's file stays as it is, and the runtime alone gets the copy" {
  printf '%s\n' '#!/bin/bash' "printf '%s\n' \"\$@\" >'$T/argv'" 'file=$(grep -o "/proc/self/fd/[0-9]*" <<<"$*")' \
    "cat \"\$file\" >'$T/copy'" "stat -Lc '%U:%G %a %h' \"\$file\" >'$T/copy.stat'" \
    "{ echo x >>\"\$file\"; } 2>/dev/null && echo writable >>'$T/copy.stat'" "ls /proc/self/fd >'$T/fds'" 'exit 3' \
    >"$T/bin/recorder"
  chmod 755 "$T/bin/recorder"
  start_container
  chown nobody:daemon "$T/process.json"
  chmod 640 "$T/process.json"
  cp -a "$T/process.json" "$T/process.before"
  KF_CLASS_RUNTIME=$T/bin/recorder kf_config
  touch "$T/files.before" "$T/out" "$T/err"
  find "$T" /dev/shm -maxdepth 1 | sort >"$T/files.before"
  run_exec --pid-file "$T/pid" --process="$T/process.json" --detach "$ID"
  assert_eq "exit status" 3 "$STATUS"
  find "$T" /dev/shm -maxdepth 1 | grep -v "^$T/\(argv\|copy\|copy.stat\|fds\)$" | sort | diff "$T/files.before" -
  cmp "$T/process.before" "$T/process.json"
  assert_eq "stat" "$(stat -c '%U:%G %a %Y %h' "$T/process.before")" "$(stat -c '%U:%G %a %Y %h' "$T/process.json")"
  assert_eq "copy" "nobody:daemon 640 0" "$(<"$T/copy.stat")"
  jq -S --arg file "/nono/profiles/default.json" '.args = ["/nono/launcher/kubefence-launcher", "first-step", "--profile", $file, "--"] + .args
    | .env |= map(if startswith("PATH=") then "PATH=/nono:" + .[5:] else . end) + ["NONO_PROFILE=default"]' \
    "$T/process.json" | diff - <(jq -S . "$T/copy")
  assert_eq "command line" "--root $T/rt exec --pid-file $T/pid --process=/proc/self/fd/N --detach $ID" \
    "$(sed 's|/fd/[0-9]*|/fd/N|' "$T/argv" | paste -sd ' ')"
}

# --- the owner of the container -----------------------------------------------------------------------------------

# The record also identifies the mount at /nono: without it only the node's own directory is known.
@test "without its record a /nono that the hook mounted is not known" {
  start_container
  rm -r "$T/state/$ID"
  run_process
  assert_refused "/nono in the container is not the node's nono directory: recreate the container" mount_refused
  run_exec "$ID" /bin/echo ran
  assert_our_words "/nono in the container"
}

@test "a record of an older version, which does not name the mount at /nono" {
  kf_config 'delivery = mount'
  start_container
  jq -c 'del(.nono_device, .nono_inode)' "$T/state/$ID/metadata.json" >"$T/record"
  cat "$T/record" >"$T/state/$ID/metadata.json"
  run_process
  assert_confined
}

@test "without its record the bundle says how the container is sandboxed" {
  kf_config 'delivery = mount'
  annotate nono.sh/profile narrow
  start_container
  rm -r "$T/state/$ID"
  jq '.process | .args = ["/bin/cat", "/allowed/file"]' "$T/original.json" >"$T/process.json"
  run_process
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "can't open '/allowed/file': Permission denied" "$ERR"
  run_exec "$ID" /bin/cat /allowed/file
  assert_eq "stdout" "" "$OUT"
  assert_journal "$ID" injected NONO_STAGE=exec NONO_PROFILE=narrow NONO_POD=web-0
  rm -r "$T/state"
  run_process
  assert_has "stderr" "can't open '/allowed/file': Permission denied" "$ERR"
}

@test "a record of another container that had the same id counts for nothing" {
  kf_config 'delivery = mount'
  start_container
  jq -c '.bundle = "/somewhere/else" | .profile = "writes-nono"' "$T/state/$ID/metadata.json" >"$T/record"
  cat "$T/record" >"$T/state/$ID/metadata.json"
  run_process
  assert_confined
  assert_journal "$ID" injected NONO_STAGE=exec NONO_PROFILE=default
  # engines make the same bundle for the same id; the process is another one
  jq -c --arg bundle "$B" '.bundle = $bundle | .pid += 1' "$T/record" >"$T/state/$ID/metadata.json"
  jq '.process | .args = ["/bin/cat", "/nono/profiles/narrow.json"]' "$T/original.json" >"$T/process.json"
  run_process
  assert_eq "stdout" "" "$OUT"
}

@test "neither a record nor the bundle says it: refused" {
  start_container
  rm -r "$T/state/$ID"
  cat "$T/original.json" >"$B/config.json"
  run_process
  assert_refused "neither a record nor the bundle says" container_unknown
  run_exec "$ID" /bin/echo ran
  assert_refused "neither a record nor the bundle says" container_unknown
  mv "$B/config.json" "$T/gone.json"
  run_process
  assert_refused "config.json" container_unknown
}

# runc keeps annotations and the bundle in one list of "key=value", and its exec takes the first that fits.
@test "an annotation cannot pose as the bundle" {
  mkdir "$T/evil"
  jq '.process.env += ["NONO_ALLOW=/secret"]' "$B/config.json" >"$T/evil/config.json"
  annotate bundle "$T/evil"
  annotate "bundle=$T/evil" x
  start_container
  assert_eq "bundle" "$B" "$(bare state "$ID" | jq -r .bundle)"
  run_process
  assert_confined
  run_exec "$ID" /bin/cat /secret/file
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
}

@test "a config.json that would loosen an exec: only process files are left" {
  start_container
  spec '.process.env += ["NONO_ALLOW=/secret"]'
  run_exec "$ID" /bin/cat /secret/file
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
  spec '.process.env += ["NONO_PROFILE=writes-nono"]'
  run_exec "$ID" /bin/cat /secret/file
  assert_refused "is not wrapped in profile default" spec_invalid
  run_process
  assert_confined
  spec '.process.env -= ["NONO_ALLOW=/secret", "NONO_PROFILE=writes-nono"] | .Process = .process'
  run_exec "$ID" /bin/cat /secret/file
  assert_refused "which runtimes read differently" spec_invalid
  rm -r "$T/state/$ID"
  run_process
  assert_refused "which runtimes read differently" container_unknown
}

@test "a record that others could have written, or that is not a record: refused" {
  start_container
  chmod 666 "$T/state/$ID/metadata.json"
  run_process
  assert_refused "writable by group or others" container_unknown
  chmod 600 "$T/state/$ID/metadata.json"
  echo '{}' >"$T/state/$ID/metadata.json"
  run_process
  assert_refused "is not complete" container_unknown
}

@test "a runtime's state that others could have written, or that is not a state: refused" {
  local state

  start_container
  state=$(ls -d "$T/rt/$ID"/{state.json,status} 2>/dev/null || true)
  cp -a "$state" "$T/state.before"
  chmod 666 "$state"
  run_process
  assert_refused "writable by group or others" container_unknown
  chmod 600 "$state"
  echo '{"pid": 1, "init_process_pid": 1}' >"$state"
  run_process
  assert_refused "names no bundle" container_unknown
  rm "$state"
  run_process
  assert_refused "is in no known file" container_unknown
  cp -a "$T/state.before" "$state"
}

@test "ids with path characters" {
  local id

  start_container
  for id in "../rt/$ID" "$ID/" "./$ID" "$ID/../$ID" .. . '' 'a b' $'a\nb' 'ä'; do
    STATUS=0
    kf exec --process "$T/process.json" "$id" >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "is not a container id" "$ERR"
    assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
    assert_eq "stdout" "" "$OUT"
  done
}

@test "no such container: the runtime says so, about a wrapped command" {
  run_exec "$ID" /bin/true
  ((STATUS != 0))
  assert_has_not "stderr" kubefence-runtime "$ERR"
  STATUS=0
  bare exec "$ID" /bin/true 2>"$T/bare.err" || STATUS=$?
  diff <(sed 's/time="[^"]*"//' "$T/bare.err") <(sed 's/time="[^"]*"//' "$T/err")
  assert_journal "$ID" injected NONO_STAGE=exec NONO_REASON=no_such_container
  printf '%s\n' '#!/bin/sh' 'shift 3; echo "$*"' >"$T/bin/recorder"
  chmod 755 "$T/bin/recorder"
  KF_CLASS_RUNTIME=$T/bin/recorder kf_config
  run_exec "$ID" /bin/true
  assert_eq "command line" "$ID /nono/launcher/kubefence-launcher first-step --profile /nono/profiles/default.json -- /bin/true" "$OUT"
}

@test "a container that has ended" {
  start_container
  bare kill "$ID" KILL
  eventually test ! -d "/proc/$PID/root/bin"
  run_process
  ((STATUS != 0))
  assert_eq "stdout" "" "$OUT"
  assert_has_not "stderr" kubefence-runtime "$ERR"
}

@test "racing with the container's removal: confined or not started" {
  local try pid

  for try in 0 2 4; do
    start_container
    (sleep "0.0$try" && bare delete --force "$ID" >/dev/null 2>&1) 3>&- &
    pid=$!
    for _ in 1 2 3 4; do
      run_process
      assert_has_not "stdout" "must not be read" "$OUT"
      run_exec "$ID" /bin/cat /secret/file
      assert_eq "stdout" "" "$OUT"
    done
    wait "$pid" || true
    bare delete --force "$ID" >/dev/null 2>&1 || true
    cp "$T/original.json" "$B/config.json"
  done
}

# --- where it would run ------------------------------------------------------------------------------------------

@test "a /nono that is not ours any more: refused" {
  not_ours_any_more
  # The superblock cannot be written, with any flags of its mount.
  inside 'mount -o remount,bind,rw /nono'
  run_process
  assert_confined
  inside 'umount /nono'
  assert_not_ours
  inside "mount --bind '$T/nono-nri' /nono" 2>/dev/null || true
  assert_not_ours
}

@test "delivery = mount: a /nono that is not ours any more: refused" {
  kf_config 'delivery = mount'
  not_ours_any_more
  inside 'mount -o remount,bind,rw /nono'
  assert_not_ours
  inside 'umount /nono'
  assert_not_ours
}

not_ours_any_more() {
  local how

  start_container
  mkdir "$B/rootfs/scratch/fake"
  printf '#!/bin/sh\necho fooled\n' >"$B/rootfs/scratch/fake/nono"
  chmod 755 "$B/rootfs/scratch/fake/nono"
  for how in 'mount -t tmpfs tmpfs /nono' 'mount --bind /scratch/fake /nono' 'mount --bind /scratch/fake/nono /nono/nono' \
    'mount --bind /bin/busybox /nono/profiles/default.json' 'mount -t tmpfs tmpfs /nono/profiles' \
    'mount --bind /bin/busybox /nono/launcher/kubefence-launcher' 'mount -t tmpfs tmpfs /nono/launcher' \
    'mount --bind /nono/profiles /nono' 'mount --bind /nono /tmp'; do
    echo "$how"
    inside "$how"
    case $how in
    *tmp) ;;
    *) assert_not_ours ;;
    esac
    inside "umount ${how##* }"
    run_process
    assert_confined
  done
}

assert_not_ours() {
  run_process
  assert_refused "/nono in the container is not the node's nono directory: recreate the container" mount_refused
  run_exec "$ID" /bin/true
  assert_our_words "/nono in the container"
}

inside() { # SHELL-SCRIPT
  nsenter --target "$PID" --mount --pid /bin/busybox sh -c "$1" 3>&-
}

@test "a PID 1 that moved its root elsewhere is not where the process will run" {
  spec '.process.capabilities[] += ["CAP_SYS_CHROOT"]'
  mkdir -p "$B/rootfs/scratch/jail"/{nono,bin}
  cp "$B/rootfs/bin/busybox" "$B/rootfs/scratch/jail/bin/sleep"
  printf '#!/bin/sh\necho fooled\n' >"$B/rootfs/scratch/jail/nono/nono"
  chmod 755 "$B/rootfs/scratch/jail/nono/nono"
  spec_args chroot /scratch/jail /bin/sleep 3600
  start_container
  eventually test ! -e "/proc/$PID/root/secret"
  grep -q fooled "/proc/$PID/root/nono/nono"
  run_exec "$ID" /bin/echo ran
  assert_eq "stdout" ran "$OUT"
}

@test "the node is checked as at the start" {
  start_container
  mv "$T/nono-nri/profiles/default.json" "$T/away"
  run_process
  assert_refused "profile default is not installed" profile_refused
  cp "$T/away" "$T/nono-nri/profiles/default.json"
  chmod 666 "$T/nono-nri/profiles/default.json"
  run_process
  assert_refused "writable by group or others" profile_refused
  chmod 644 "$T/nono-nri/profiles/default.json"
  chmod 777 "$T/nono-nri"
  run_process
  assert_refused "writable by group or others" nono_untrusted
  chmod 755 "$T/nono-nri"
  run_process
  assert_confined
}

@test "the working directory is still the caller's" {
  start_container
  mv "$T/process.json" "$T/rt/p.json"
  cd "$T/rt"
  STATUS=0
  timeout "$KF_PATIENCE" "$T/bin/$CLASS" --root ../rt exec -d --pid-file ./pid --process p.json "$ID" \
    </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  cd /
  kf_collect
  succeeded
  eventually grep -q "Permission denied" "$T/err"
  [[ $(<"$T/rt/pid") -gt 1 ]]
  rm "$T/rt"/{p.json,pid}
}

@test "signals that the caller blocked are blocked in the runtime, and no others" {
  # with the shell's own words: it unblocks everything for its children
  printf '%s\n' '#!/bin/sh' 'while read -r key value; do [ "$key" != SigBlk: ] || echo "$value"; done </proc/self/status' \
    >"$T/bin/recorder"
  chmod 755 "$T/bin/recorder"
  KF_CLASS_RUNTIME=$T/bin/recorder kf_config
  assert_eq "none" 0000000000000000 "$(kf exec "$ID" /bin/true)"
  assert_eq "SIGALRM" 0000000000002000 \
    "$(env --block-signal=ALRM "$T/bin/$CLASS" --root "$T/rt" exec "$ID" /bin/true 3>&-)"
}

# --- command lines -----------------------------------------------------------------------------------------------

@test "an unknown option hides the words after it: refused" {
  local words

  start_container
  for words in "--future x $ID /bin/echo ran" "--future=x $ID /bin/echo ran" "-Z $ID /bin/echo ran" \
    "--detach --future $ID --process $T/process.json" "--pr $T/process.json $ID" "-Zp $T/process.json $ID"; do
    # shellcheck disable=SC2086 # words are wanted
    STATUS=0
    # shellcheck disable=SC2086
    kf exec $words >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "kubefence-runtime: unknown option" "$ERR"
    assert_has "stderr" "of exec: update kubefence" "$ERR"
    assert_eq "stdout" "" "$OUT"
  done
  STATUS=0
  kf --future x exec "$ID" /bin/echo ran >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_has "stderr" "unknown global option --future in front of the command: update kubefence" "$ERR"
}

@test "help, and command lines that are too short, are the runtime's" {
  start_container
  run_exec --help
  succeeded
  assert_has "stdout" process "$OUT"
  run_exec
  ((STATUS != 0))
  assert_has_not "stderr" kubefence "$ERR"
  run_exec "$ID"
  ((STATUS != 0))
  assert_eq "stdout" "" "$OUT"
}

@test "a -- after the id does not hide the command" {
  start_container
  run_exec -- "$ID" /bin/cat /secret/file
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
  cp "$B/rootfs/bin/busybox" "$B/rootfs/bin/--"
  run_exec "$ID" -- /bin/cat /secret/file
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
}

@test "the last --process counts, and no other is read instead" {
  start_container
  jq '.args = ["/bin/echo", "the other"]' "$T/process.json" >"$T/other.json"
  run_exec -p "$T/other.json" -p "$T/process.json" "$ID"
  assert_confined
  run_exec --process="$T/process.json" "$ID" /bin/echo words
  assert_confined
}

# --- the class's rule --------------------------------------------------------------------------------------------

@test "exec = deny: one clear line, also in the log and in the journal, which names no argument" {
  KF_CLASS_LINE='exec = deny' kf_config
  start_container
  jq '.args = ["/usr/bin/pass\nword", "hunter2"]' "$T/process.json" >"$T/p2.json"
  STATUS=0
  kf --log "$T/log.json" --log-format json exec --process "$T/p2.json" "$ID" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_refused "commands in running containers are not allowed for class $CLASS (exec = deny" exec_denied
  assert_eq "log" "$ERR" "kubefence-runtime: $(jq -r .msg "$T/log.json")"
  assert_journal "$ID" denied 'NONO_COMMAND=pass\x0aword' NONO_POD=web-0 NONO_NAMESPACE=prod NONO_POD_UID=5d1f
  assert_has_not "journal" hunter2 "$(<"$T/journal")"
  run_exec --future "$ID" /bin/true
  assert_has "stderr" "exec = deny" "$ERR"
  run_exec nosuch /bin/true
  assert_has "stderr" "exec = deny" "$ERR"
}

@test "exec = allow: nothing is looked at that could fail" {
  KF_CLASS_LINE='exec = allow' kf_config
  start_container
  rm -r "$T/state/$ID"
  cat "$T/original.json" >"$B/config.json"
  run_process
  assert_free
  ln -s process.json "$T/link"
  run_exec --process "$T/link" "$ID"
  assert_free
}

@test "a pod's pause container is untouched under every exec rule" {
  local rule

  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID"
  start_container
  for rule in wrap deny allow; do
    KF_CLASS_LINE="exec = $rule" kf_config
    run_process
    assert_free
    run_exec "$ID" /bin/sh -c 'echo ran; cat /secret/file'
    assert_free
    assert_journal "$ID" skip NONO_STAGE=exec NONO_REASON=sandbox_container NONO_COMMAND=sh
  done
  echo nonsense >>"$KUBEFENCE_CONFIG"
  run_process
  assert_free
}

@test "a broken configuration: sandboxed containers are refused" {
  start_container
  echo nonsense >>"$KUBEFENCE_CONFIG"
  run_process
  assert_refused "$KUBEFENCE_CONFIG:" config_invalid
  run_exec "$ID" /bin/true
  assert_refused "$KUBEFENCE_CONFIG:" config_invalid
  kf_config # it says where the record is that the container's end removes
}

# More names, and their treatment without a record: tests/hostile/names.bats.
@test "another name than a class's: confined, because there is a record" {
  local name

  start_container
  for name in plain kubefence-runtime "$KF_RUNTIME"; do
    ln -sf "$KF_BUILD/kubefence-runtime" "$T/bin/$name"
    execute_as "$name"
    assert_confined
  done
  # without a configuration it is not known how the container is confined
  echo nonsense >>"$KUBEFENCE_CONFIG"
  for name in kubefence-runtime "$KF_RUNTIME" plain; do
    execute_as "$name"
    assert_our_words "$KUBEFENCE_CONFIG:"
  done
  rm -r "$T/state/$ID"
  for name in kubefence-runtime "$KF_RUNTIME"; do
    execute_as "$name"
    assert_free
  done
  execute_as plain
  assert_our_words "$KUBEFENCE_CONFIG:"
}

# Its config.json says that it opted in, and no name makes that undone.
@test "a record that cannot be read, by another name than a class's: refused" {
  local name

  start_container
  cp "$T/state/$ID/metadata.json" "$T/record"
  echo '{}' >"$T/state/$ID/metadata.json"
  for name in plain kubefence-runtime "$KF_RUNTIME"; do
    ln -sf "$KF_BUILD/kubefence-runtime" "$T/bin/$name"
    execute_as "$name"
    assert_refused "is not complete" container_unknown
  done
  echo nonsense >>"$KUBEFENCE_CONFIG"
  execute_as "$KF_RUNTIME"
  assert_our_words "$KUBEFENCE_CONFIG:"
  kf_config
  cat "$T/record" >"$T/state/$ID/metadata.json"
}

@test "a record and a config.json that cannot be read: refused by every name" {
  local name

  start_container
  cp "$T/state/$ID/metadata.json" "$T/record"
  echo '{}' >"$T/state/$ID/metadata.json"
  mv "$B/config.json" "$T/config.json"
  for name in "$CLASS" kubefence-runtime "$KF_RUNTIME"; do
    ln -sf "$KF_BUILD/kubefence-runtime" "$T/bin/$name"
    execute_as "$name"
    assert_eq "stdout" "" "$OUT"
    assert_our_words "is not complete"
    assert_journal "$ID" denied NONO_STAGE=exec NONO_REASON=container_unknown "NONO_RUNTIME_HANDLER=$name"
  done
  mv "$T/config.json" "$B/config.json"
  cat "$T/record" >"$T/state/$ID/metadata.json"
}

# The broken record is of another container that had the same id.
@test "a record that cannot be read is nothing to a container that did not opt in" {
  local name

  spec 'del(.annotations)'
  bare run --detach --bundle "$B" "$ID" >"$T/$ID.out" 2>"$T/$ID.err" 3>&-
  mkdir -p "$T/state/$ID"
  chmod 700 "$T/state" "$T/state/$ID"
  echo '{}' >"$T/state/$ID/metadata.json"
  chmod 600 "$T/state/$ID/metadata.json"
  for name in kubefence-runtime "$KF_RUNTIME"; do
    ln -sf "$KF_BUILD/kubefence-runtime" "$T/bin/$name"
    execute_as "$name"
    assert_free
  done
  journal_is_silent_about "$ID"
  rm -r "$T/state/$ID"
}

execute_as() { # NAME
  STATUS=0
  without_crun timeout "$KF_PATIENCE" "$T/bin/$1" --root "$T/rt" exec --process "$T/process.json" "$ID" \
    </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
}
