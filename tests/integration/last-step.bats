#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# A sandboxed process starts as a bare one does: tests/process/probe.c prints all that it can see of its start, and the
# two outputs differ in no_new_privs and in NONO_PROFILE. And the last step proves that the sandbox is on, against all
# obstacles of the pod.

load helpers

setup() {
  kf_setup
  install -m 755 "$KF_BUILD/tests/process/probe" "$B/rootfs/bin/probe"
  spec '.process.noNewPrivileges = false'
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# --- bare and sandboxed ------------------------------------------------------------------------------------------

# The same bundle, bare and through the wrapper; $T/bare and $T/sandboxed are the two outputs.
both() {
  cp "$B/config.json" "$T/original.json"
  run_bare "$ID-b"
  { cat "$T/out" && echo "stderr: $ERR" && echo "exit status $STATUS"; } >"$T/bare"
  run_container "$ID-w"
  { cat "$T/out" && echo "stderr: $ERR" && echo "exit status $STATUS"; } >"$T/sandboxed"
  cp "$T/original.json" "$B/config.json"
}

# The differences by design, and only these: each of the two must be there.
assert_same() { # [WHAT]
  grep -q '^no_new_privs: 1$' "$T/sandboxed" || fail "${1:-}: no_new_privs is not set" "$(<"$T/sandboxed")"
  # crun gives a command that is executed with --env no other variable.
  grep -q '^env: NONO_PROFILE=default$' "$T/sandboxed" || [[ ${1:-} == *options* && $KF_RUNTIME == crun ]] ||
    fail "${1:-}: NONO_PROFILE is missing"
  sed -i 's/^no_new_privs: 1$/no_new_privs: 0/; /^env: NONO_PROFILE=default$/d' "$T/sandboxed"
  # crun puts the working directory in front of a relative path, and only there: AT_EXECFN of the auxiliary vector.
  sed -i 's|^execfn: /bin/\.|execfn: .|' "$T/bare"
  diff -u "$T/bare" "$T/sandboxed" || fail "${1:-}: bare and sandboxed differ"
}

# Every name and size in the image, and every time of change.
image_files() {
  find "$B/rootfs" -xdev -printf '%P %s %m %U %T@\n' | grep -vE '^(nono|dev|proc|sys)?( |/)' | sort
}

same_start() { # [WHAT]
  local before

  before=$(image_files)
  both
  assert_same "$@"
  assert_eq "files of the image" "$before" "$(image_files)"
}

@test "root, a user, a user without a name, and every way to name a command" {
  local user command

  for user in '{uid: 0, gid: 0}' '{uid: 1000, gid: 1000, additionalGids: [7, 8]}' '{uid: 4711, gid: 0, umask: 63}'; do
    spec ".process.user = $user"
    for command in probe /bin/probe ./probe ../bin/probe ''; do
      spec '.process.cwd = "/bin"'
      spec_args "${command:-probe}" ok:3 '' ' a  b ' $'two\nlines' '--' 'schön'
      same_start "$user $command"
      assert_eq "exit status" "exit status 3" "$(tail -n 1 "$T/bare")"
    done
  done
}

@test "the environments of popular images, in every order" {
  local ruby cuda java python node strange

  ruby='["PATH=/usr/local/bundle/bin:/bin", "LANG=C.UTF-8", "GEM_HOME=/usr/local/bundle", "BUNDLE_APP_CONFIG=/usr/local/bundle", "RUBYOPT=-W0", "RUBYLIB=/x"]'
  cuda='["PATH=/usr/local/cuda/bin:/bin", "NVIDIA_VISIBLE_DEVICES=all", "LD_LIBRARY_PATH=/usr/local/nvidia/lib", "LD_PRELOAD=/nothing.so", "LIBRARY_PATH=/usr/local/cuda/lib64/stubs"]'
  java='["JAVA_HOME=/opt/java", "PATH=/opt/java/bin:/bin", "JAVA_TOOL_OPTIONS=-Xmx64m -XX:+UseSerialGC", "_JAVA_OPTIONS=-Xss1m", "LANG=en_US.UTF-8"]'
  python='["PYTHONPATH=/app", "PATH=/bin", "PYTHONUNBUFFERED=1", "PYTHONSTARTUP=/x.py", "GPG_KEY=A035"]'
  node='["NODE_OPTIONS=--max-old-space-size=256", "PATH=/bin", "NODE_PATH=/usr/lib/node", "YARN_VERSION=1.22"]'
  strange='["Z=1", "PATH=/none::/bin", "A=", "Z=2", "EMPTY=", "E=a=b=c", "BASH_ENV=/x", "IFS= ", "HOME=/nowhere", "TMPDIR=/scratch",
    "XDG_CONFIG_HOME=/scratch/xdg", "XDG_RUNTIME_DIR=relative", "RUST_LOG=trace", "RUST_LOG=off", "PWD=/x", "OLDPWD=/y", "NONO_ALLOW=/secret",
    "NONO_CAP_FILE=/x", "NONO_WORKDIR=/secret", "NONO_HOME=/secret", "NONO_LOG_FILE=/scratch/log", "TOOL_SANDBOX_X=1", "KUBEFENCE_ENV_000001=.A=9",
    "KUBEFENCE_ENV_000002=+x", "PERCENT=%41%", "TAB=\t\n\u0001", "UMLAUT=schön 🦀", "OP_SESSION_x=1", "GODEBUG=x", "GLIBC_TUNABLES=glibc.malloc.check=3"]'
  spec_args probe
  for env in "$ruby" "$cuda" "$java" "$python" "$node" "$strange"; do
    spec --argjson env "$env" '.process.env = $env'
    same_start "$env"
  done
}

@test "HOME is the runtime's: set, empty, missing, of a user with a name and without, and without /etc/passwd" {
  local home user

  spec_args probe
  for user in 0 1000 4711; do
    for home in '' HOME= HOME=/home/app HOME=/scratch HOME=/bin; do
      spec --argjson uid "$user" --arg home "$home" '.process.user = {uid: $uid, gid: 0}
        | .process.env = ["PATH=/bin", "A=1"] + (if $home == "" then [] else [$home] end) + ["B=2"]'
      same_start "uid $user, '$home'"
    done
  done
  rm -r "$B/rootfs/etc"
  spec '.process.env = ["PATH=/bin"]'
  same_start "no /etc"
}

@test "working directories: the user's, one that the profile does not grant, one through a link" {
  mkdir -p "$B/rootfs/secret/deep"
  ln -s /secret/deep "$B/rootfs/way"
  spec_args probe
  for dir in / /root /secret /secret/deep /way /scratch /tmp /proc; do
    spec --arg dir "$dir" '.process.cwd = $dir'
    same_start "$dir"
  done
}

# Under the lowest of them nono itself would end with a signal.
# crun itself does not start a container with fewer than 28 descriptors.
@test "resource limits are as bare, however low" {
  local limit

  not_sanitized "crun gives the limits to its hooks, and a sanitizer needs more"

  spec_args /bin/probe
  for limit in RLIMIT_STACK,65536,131072 RLIMIT_STACK,16384,16384 RLIMIT_AS,16777216,16777216 RLIMIT_DATA,2097152,2097152 \
    RLIMIT_CPU,1,2 RLIMIT_FSIZE,65536,65536 RLIMIT_FSIZE,65536,1048576 RLIMIT_NOFILE,32,32 RLIMIT_NOFILE,32,512 RLIMIT_CORE,0,0 \
    RLIMIT_STACK,8388608,8388608; do
    IFS=, read -r type soft hard <<<"$limit"
    spec --arg type "$type" --argjson soft "$soft" --argjson hard "$hard" \
      '.process.rlimits = [{type: $type, soft: $soft, hard: $hard}]'
    same_start "$limit"
  done
}

@test "signals, niceness and capabilities" {
  spec '.process.capabilities[] = ["CAP_KILL", "CAP_NET_RAW", "CAP_CHOWN"] | .process.oomScoreAdj = 500
    | .process.user = {uid: 1000, gid: 1000}'
  spec_args probe
  same_start
}

# crun 1.8.1 on a busy machine prints parts of a terminal's output as lines of its own log: red, with the time.
without_log() {
  sed -z 's/\x1b\[0m\n\x1b\[1;31m[-0-9T:.]*Z: //g; s/\x1b\[1;31m[-0-9T:.]*Z: //g; s/\x1b\[0m\n//g'
}

@test "a terminal" {
  local which

  spec '.process.terminal = true'
  spec_args probe
  cp "$B/config.json" "$T/original.json"
  mkfifo "$T/stdin"
  for which in bare sandboxed; do
    cp "$T/original.json" "$B/config.json"
    program=$T/bin/$CLASS
    [[ $which == sandboxed ]] || program=$RUNTIME
    timeout "$KF_PATIENCE" script -qec "$program --root $T/rt run --bundle $B $ID-$which" /dev/null <>"$T/stdin" 3>&- |
      tr -d '\r' | without_log | sed 's/^descriptor \([0-9]*\): \([0-7]*\) .*/descriptor \1: \2/' >"$T/$which"
  done
  grep -q '^terminal: 1 1' "$T/bare" || fail "no terminal" "$(<"$T/bare")"
  assert_same
}

# --- exec --------------------------------------------------------------------------------------------------------

both_exec() { # EXEC-ARGUMENTS, with @ID for the container
  local which arguments status

  for which in bare sandboxed; do
    arguments=("${@//@ID/$ID-$which}")
    status=0
    if [[ $which == bare ]]; then
      bare exec "${arguments[@]}" >"$T/out" 2>"$T/err" || status=$?
    else
      kf exec "${arguments[@]}" >"$T/out" 2>"$T/err" || status=$?
    fi
    # The numbers of processes are others in each container.
    { sed -E 's/^(pid|pgid|sid): [0-9]+/\1: N/' "$T/out" && echo "stderr: $(<"$T/err")" && echo "exit status $status"; } \
      >"$T/$which"
  done
}

@test "exec, by words and from a process file" {
  local user

  mkdir -p "$B/rootfs/app/inner"
  spec '.process.cwd = "/app/inner" | .process.env += ["GEM_HOME=/gems", "NONO_ALLOW=/secret", "Z=1", "A=2"]
    | .process.rlimits = [{type: "RLIMIT_STACK", soft: 65536, hard: 65536}]'
  spec_args /bin/sleep 60
  cp "$B/config.json" "$T/original.json"
  # runc reads config.json again when it executes something.
  cp -a "$B" "$T/bundle-bare"
  bare create --bundle "$T/bundle-bare" "$ID-bare" >"$T/b.out" 2>&1
  bare start "$ID-bare"
  kf create --bundle "$B" "$ID-sandboxed" >"$T/s.out" 2>&1
  kf start "$ID-sandboxed"
  for user in 0:0 1000:1000 4711:0; do
    both_exec --user "$user" @ID probe ok:5 '' 'a b'
    assert_same "by words, $user"
    assert_eq "status" "exit status 5" "$(tail -n 1 "$T/bare")"
    both_exec --user "$user" --cwd /bin --env PYTHONPATH=/x --env A=3 --env HOME=/x --env PATH=/none:/bin @ID ./probe
    assert_same "by words with options, $user"
  done
  for user in 0 1000 4711; do
    jq --argjson uid "$user" '{cwd: "/bin", args: ["probe", "x"], user: {uid: $uid, gid: 0}, noNewPrivileges: false,
      env: ["LD_LIBRARY_PATH=/x", "PATH=/bin", "B=1", "A=2"], rlimits: [{type: "RLIMIT_STACK", soft: 65536, hard: 65536}]}' \
      <<<null >"$T/process.json"
    both_exec --process "$T/process.json" @ID
    assert_same "from a file, $user"
  done
  bare kill "$ID-bare" KILL
  bare kill "$ID-sandboxed" KILL
}

# The bundle, the record and the runtime's state, without the root file system.
host_files() {
  find "$B" "$T/state" "$T/rt" -path "$B/rootfs" -prune -o -print | sort
}

@test "a minute's worth of probes leaves no file" {
  local before on_host i

  spec_args /bin/sleep 3600
  mkdir -p "$B/rootfs/root"
  start_container
  kf exec "$ID" /bin/true
  before=$(image_files) on_host=$(host_files)
  for ((i = 0; i < 30; i++)); do
    kf exec "$ID" /bin/true
    kf exec --env HOME=/scratch --env TMPDIR=/scratch "$ID" /bin/true
  done
  assert_eq "files of the image" "$before" "$(image_files)"
  assert_eq "files beside it" "$on_host" "$(host_files)"
  bare kill "$ID" KILL
}

# --- commands that cannot start-----------------------------------------------------------------------------------

# $STATUS and one line of ours.
assert_ends() { # STATUS PART
  assert_eq "exit status" "$1" "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_eq "lines of ours" 1 "$(grep -c '^kubefence: ' <<<"$ERR")"
  assert_has "stderr" "$2" "$ERR"
}

@test "126 and 127, with the reason" {
  mkdir "$B/rootfs/app"
  cp "$B/rootfs/bin/probe" "$B/rootfs/app/server"
  cp "$B/rootfs/bin/probe" "$B/rootfs/bin/closed"
  chmod 644 "$B/rootfs/bin/closed"
  ln -s loop "$B/rootfs/bin/loop"
  echo 'echo no interpreter' >"$B/rootfs/bin/text"
  printf '#!/app/server\n' >"$B/rootfs/bin/script"
  chmod 755 "$B/rootfs/bin/text" "$B/rootfs/bin/script"
  while read -r command status part; do
    spec_args "$command"
    run_container "$ID-$RANDOM"
    assert_ends "$status" "$part"
  done <<'END'
no-such 127 no-such: not found
/no/such 127 /no/such: No such file or directory
/bin/probe/x 127 /bin/probe/x: Not a directory
/bin/closed 126 /bin/closed: Permission denied
closed 126 closed: Permission denied
/bin/loop 126 /bin/loop: Too many levels of symbolic links
loop 127 loop: not found
/bin/text 126 /bin/text: Exec format error
/app/server 126 /app/server: Permission denied: the profile has to grant reading it
/bin/script 126 /bin/script: Permission denied: the profile has to grant reading it, or the interpreter
/scratch 126 /scratch: Permission denied
END
}

@test "PATH: none, relative, empty parts" {
  local path

  spec '.process.cwd = "/bin"'
  spec_args probe
  for path in : :/none /none: .: ../bin bin:. /none::/nono; do
    spec --arg path "$path" '.process.env = ["PATH=" + $path]'
    run_container "$ID-$RANDOM"
    succeeded
    assert_has "environment" "env: PATH=$path" "$OUT"
  done
  spec '.process.env = ["A=1"]'
  run_container "$ID-none"
  assert_ends 127 "probe: not found"
  # No name of /nono seems to be there.
  spec '.process.env = ["PATH=/bin"] | .process.cwd = "/"'
  rm -f "$B/rootfs/bin/perl"
  spec_args perl
  run_container "$ID-perl"
  assert_ends 127 "perl: not found"
}

@test "100,000 words, and an environment near the kernel's limit" {
  spec '.process.args = ["/bin/probe"] + [range(99999) | "x"]'
  run_container
  succeeded
  assert_has "words" "argc: 100000" "$OUT"
  # One variable may have 128 KiB.
  spec '.process.args = ["/bin/probe"] | .process.env += ["LONG=" + ("ä%" * 43000)]'
  run_container "$ID-2"
  succeeded
  assert_eq "its length" $((43000 * 9)) "$(sed -n 's/^env: LONG=//p' <<<"$OUT" | tr -d '\n' | wc -c)"
  # The runtime's own limit for all is a quarter of the stack; a command that does not fit is an error.
  spec '.process.env = ["PATH=/bin"] + [range(15) | "V\(.)=" + ("ä%" * 40000)]'
  run_container "$ID-3"
  if ((STATUS == 0)); then
    assert_eq "variables" 15 "$(grep -c '^env: V' <<<"$OUT")"
  else
    assert_has "stderr" "too long" "$ERR"
  fi
}

@test "a working directory that has gone" {
  mkdir "$B/rootfs/scratch/gone"
  spec '.process.cwd = "/scratch/gone"'
  spec_args /bin/probe
  kf create --bundle "$B" "$ID" >"$T/out" 2>"$T/err"
  rmdir "$B/rootfs/scratch/gone"
  kf start "$ID"
  eventually grep -q '^secure' "$T/out"
  assert_has "cwd" "cwd: No such file or directory" "$(<"$T/out")"
  bare delete --force "$ID"
}

# --- is the sandbox on -------------------------------------------------------------------------------------------

# A filter that answers CALL with an errno in the kernel's place; 0 makes it seem to succeed.
fake() { # ERRNO CALL...
  spec --argjson errno "$1" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
    syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_ERRNO", errnoRet: $errno}]}' --args "${@:2}"
}

# The wrapper and the hook refuse such a filter (tests/hostile/filters.bats). So that the last step can show that it does
# not need them, the runtime alone starts the bundle as the wrapper edits it.
faked_behind_the_checks() { # CALL...
  rewrite
  fake 0 "$@"
  spec --arg from "$T/nono-nri" 'del(.hooks) | .mounts += [{destination: "/nono", type: "bind", source: $from,
    options: ["rbind", "rprivate", "ro"]}]'
}

# Of the calls of the steps, close(2) is not among these: runc itself waits for ever under such a filter.
@test "attack 1: a filter that lets Landlock's calls seem to succeed" {
  local calls

  cp "$B/config.json" "$T/clean.json"
  for calls in landlock_restrict_self 'landlock_restrict_self landlock_add_rule' \
    'landlock_create_ruleset landlock_add_rule landlock_restrict_self' 'landlock_restrict_self prctl' \
    'landlock_restrict_self access faccessat faccessat2' 'landlock_restrict_self fchdir setrlimit prlimit64'; do
    cp "$T/clean.json" "$B/config.json"
    spec_args /bin/cat /secret/file
    # shellcheck disable=SC2086 # words are wanted
    faked_behind_the_checks $calls
    run_bare "$ID-$RANDOM"
    ((STATUS != 0)) || fail "it started: $calls"
    assert_eq "stdout" "" "$OUT"
    assert_has "stderr" "nono: " "${ERR/kubefence: /nono: }"
  done
  cp "$T/clean.json" "$B/config.json"
  spec_args /bin/cat /secret/file
  faked_behind_the_checks landlock_restrict_self
  run_bare
  assert_ends 121 "the sandbox is not on: /nono/nono can be read"
}

@test "attack 1, when something is executed" {
  spec_args /bin/sleep 60
  faked_behind_the_checks landlock_restrict_self
  # Only the runtime's own process stays in such a container: it is started around the wrapper.
  cp "$B/config.json" "$T/clean.json"
  bare create --bundle "$B" "$ID" >"$T/out" 2>&1
  kf exec "$ID" /bin/cat /secret/file >"$T/out" 2>"$T/err" && STATUS=0 || STATUS=$?
  kf_collect
  assert_ends 121 "the sandbox is not on: /nono/nono can be read"
  bare delete --force "$ID"
}

@test "a filter that denies or fakes a call of the last step: nothing runs unconfined, and one line says why" {
  local errno call

  cp "$B/config.json" "$T/clean.json"
  for errno in 0 1 13 38; do
    for call in prctl openat fchdir setrlimit prlimit64 getcwd open close stat newfstatat fstat access faccessat brk mmap; do
      cp "$T/clean.json" "$B/config.json"
      spec_args /bin/cat /secret/file
      if ((errno == 0)); then
        faked_behind_the_checks "$call"
        run_bare "$ID-$RANDOM"
      else
        fake "$errno" "$call"
        run_container "$ID-$RANDOM"
      fi
      assert_eq "stdout, $call answered with $errno" "" "$OUT"
      ((STATUS != 0)) || fail "$call answered with $errno: it ended well"
      # crun calls no poststop hook where it could not start a process.
      rm -rf "$T/state"
    done
  done
}

# --- files that nono leaves --------------------------------------------------------------------------------------

@test "attack 4: no file of nono's in a place that the container can write" {
  spec '.process.env += ["TMPDIR=/scratch", "HOME=/scratch", "XDG_STATE_HOME=/scratch", "XDG_CONFIG_HOME=/scratch", "XDG_CACHE_HOME=/scratch"]'
  app 'ls -A /scratch /tmp; echo "$TMPDIR $HOME $XDG_STATE_HOME"; while :; do sleep 1; done'
  start_container
  eventually grep -q '^/scratch /scratch /scratch$' "$T/$ID.out"
  assert_eq "files" "" "$(find "$B/rootfs/scratch" "$B/rootfs/tmp" -mindepth 1)"
  kf exec --env TMPDIR=/tmp "$ID" /bin/true
  assert_eq "files" "" "$(find "$B/rootfs/scratch" "$B/rootfs/tmp" -mindepth 1)"
  bare kill "$ID" KILL
}
