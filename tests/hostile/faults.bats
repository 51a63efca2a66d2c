#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# sanitized: no (counts or breaks system calls, and the sanitizers' would be among them)
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2317 # a $ for others; bats runs tests in subshells; helpers use and call
#
# Every system call of the hook, the wrapper and the precreate filter made to fail in turn: a container that opted in is
# sandboxed completely or not started, any other is untouched, and no file or mount is left.

load faults
load ../integration/kata

setup() { faults_setup; }
teardown() { faults_teardown; }
teardown_file() { stop_journald; }

# The same for all programs that log: a journal that cannot be reached changes nothing.
JOURNAL='^socket\( # no journald, no entry
^getsockopt\(|^setsockopt\( # a smaller buffer
^sendmsg\( # no journald, no entry
^rt_sigaction\(|^rt_sigprocmask\(|^setitimer\( # without a deadline nothing is sent'

# The look whether nono is in the page cache.
WARMING='
^openat2\([0-9]+, "(nono|launcher/kubefence-launcher)", \{flags=O_RDONLY\|O_NONBLOCK\|O_CLOEXEC # a start is slower then
^(lseek|cachestat)\( # the same'

# --- the hook ----------------------------------------------------------------------------------------------------

hook_setup() { # STATUS
  rewrite
  guard
  KF_PATIENCE=300 start_victim
  remember_host
  state_json "$1" "$VICTIM" >"$T/state.json"
}

in_victim() { # COMMAND...
  nsenter --mount --target "$VICTIM" "$@"
}

put_back_hook() {
  while [[ $(<"/proc/$VICTIM/mountinfo") == *"$B/rootfs/nono "* ]]; do in_victim umount "$B/rootfs/nono"; done
  rm -rf "$T/state" "$B/rootfs/nono"
}

is_wrapped_in_victim() {
  [[ $(<"/proc/$VICTIM/mountinfo") == *" $B/rootfs/nono ro,"* ]] || fail "/nono is not mounted read-only" || return
  assert_eq "records" "$T/state/$ID" "$(all_in "$T/state")" || return
  assert_eq "files of the record" "$T/state/$ID/metadata.json" "$(all_in "$T/state/$ID")" || return
  [[ $(<"$T/state/$ID/metadata.json") == "{\"container_id\":\"$ID\",\""*"}" ]] || fail "the record is not whole"
}

@test "the hook, a container that opted in" {
  SANCTIONED="$JOURNAL"'
^close\( # nothing was written through it, or rename(2) comes after it
^close_range\(|^prctl\(PR_SET_DUMPABLE|^umask\( # a second line of defence
^getrandom\(.*GRND_NONBLOCK # json-c takes the time for a seed of its hash tables
^EINTR: (read|write|flock)\( # is done once more
^getxattr\("/proc/self/fd/ # a label that cannot be read is not copied'$WARMING
  hook_setup creating
  put_back() { put_back_hook; }
  run_it() {
    with_fault "$@" "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <"$T/state.json"
  }
  must_hold() { # FAULT
    host_is_untouched && config_is_untouched || return
    if [[ $STATUS == 0 ]]; then
      is_wrapped_in_victim || return
      is_sanctioned "${1#*: }" || is_sanctioned "$1" || fail "the container starts"
    else
      # abort(3): without a way back to the host's mount namespace nothing more may be done
      [[ $1 == *": setns("* && $STATUS == 134 ]] || ended || return
      assert_eq "records" "" "$(all_in "$T/state")"
    fi
  }
  every_fault 'close_range(3'
  put_back
}

# A container whose state cannot be read may have opted in.
@test "the hook, a container that did not opt in" {
  SANCTIONED='^EIO: read\(0, # the state names no container'
  kf_spec
  guard
  start_victim
  remember_host
  state_json creating "$VICTIM" >"$T/state.json"
  put_back() { :; }
  run_it() { with_fault "$@" "$HOOK" --config "$KUBEFENCE_CONFIG" create-runtime <"$T/state.json"; }
  must_hold() {
    host_is_untouched && config_is_untouched && ended || return
    assert_eq "records" "" "$(all_in "$T/state")" || return
    [[ $STATUS == 0 && ! -s $T/out ]] || is_sanctioned "$1" || fail "the container does not start"
  }
  every_fault 'close_range(3'
}

a_record() { # ID
  [[ -d $T/state ]] || mkdir -m 700 "$T/state"
  [[ -d $T/state/$1 ]] || mkdir -m 700 "$T/state/$1"
  [[ -s $T/state/$1/metadata.json ]] || cp "$T/record" "$T/state/$1/metadata.json"
}

# A record that stays is whole, and the next poststop, or kubefence gc, removes it.
@test "poststop, a container that opted in" {
  SANCTIONED="$JOURNAL"'
^close(_range)?\(|^prctl\(|^umask\(|^capset\( # of no consequence here
^getrandom\(.*GRND_NONBLOCK # json-c takes the time for a seed of its hash tables
^EINTR: (read|flock)\( # is done once more
kubefence\.conf # what can be read of the configuration, at the second try, says where records are
^(newfstatat|read)\([0-9]+, (""|"\[kubefence\]|"", [0-9]+\) = 0) # the same
^openat2\([0-9]+, "metadata\.json"|^read\([0-9]+, "\{..container_id # a record that cannot be read is removed by its id
bundle", O_RDONLY.O_CLOEXEC.O_DIRECTORY\)|"kubefence-policy\.json" # the bundle, and what is in it, is the engine'"'"'s to remove'
  rewrite
  guard
  remember_host
  state_json stopped >"$T/state.json"
  install -m 600 /dev/null "$T/record"
  jq -nc --arg id "$ID" --arg bundle "$B" '{container_id: $id, pod: "", namespace: "", pod_uid: "", profile: "default",
    runtime_handler: "nono-runc", bundle: $bundle, timestamp: "2026-01-01T00:00:00Z", pid: 1, pid_start_time: 1}' >"$T/record"
  put_back() { a_record "$ID"; }
  run_it() {
    with_fault "$@" "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop <"$T/state.json"
  }
  must_hold() {
    host_is_untouched && config_is_untouched && ended || return
    if [[ $STATUS == 0 ]]; then
      assert_eq "records" "" "$(all_in "$T/state")" || return
      is_sanctioned "${1#*: }" || is_sanctioned "$1" || fail "no error"
    elif [[ -e $T/state/$ID/metadata.json ]]; then
      cmp "$T/record" "$T/state/$ID/metadata.json"
    fi
  }
  every_fault 'close_range(3'
  rm -rf "$T/state"
}

@test "poststop, a container that did not opt in" {
  SANCTIONED='^EIO: read\(0, # the state names no container'
  kf_spec
  guard
  remember_host
  state_json stopped >"$T/state.json"
  mkdir -m 700 "$T/state"
  put_back() { :; }
  run_it() { with_fault "$@" "$HOOK" --config "$KUBEFENCE_CONFIG" poststop <"$T/state.json"; }
  must_hold() {
    host_is_untouched && config_is_untouched && ended || return
    [[ $STATUS == 0 && ! -s $T/out ]] || is_sanctioned "$1" || fail "poststop fails"
  }
  every_fault 'close_range(3'
  rmdir "$T/state"
}

# --- the wrapper -------------------------------------------------------------------------------------------------

# A runtime that leaves a sign that it was started, and with which config.json.
fake_runtime() {
  printf '#!%s\ncp %s %s\n' "$B/rootfs/bin/sh" "$B/config.json" "$T/started" >"$T/runtime"
  chmod 755 "$T/runtime"
}

wrapper_setup() {
  fake_runtime
  KF_CLASS_RUNTIME=$T/runtime kf_config
  guard
  remember_host
  install -m 644 "$B/config.json" "$T/original.json"
}

put_back_bundle() {
  [[ $(<"$B/config.json") == "$CONFIG_BEFORE" ]] || cp "$T/original.json" "$B/config.json"
  rm -f "$T/started"
}

whole_result() { # COMMAND...
  put_back_bundle
  "$@"
  WRAPPED=$(<"$B/config.json")
  [[ $WRAPPED != "$CONFIG_BEFORE" ]]
  put_back_bundle
}

# config.json as it was, or the whole new one; the runtime has seen the new one, or nothing.
wrapped_or_not_started() { # FAULT
  host_is_untouched && ended || return
  [[ $(<"$B/config.json") == "$WRAPPED" ]] || config_is_untouched || return
  if [[ -e $T/started ]]; then
    [[ $(<"$T/started") == "$WRAPPED" ]] || fail "the runtime runs with another config.json" || return
    is_sanctioned "${1#*: }" || is_sanctioned "$1" || fail "the container starts"
  else
    [[ $STATUS != 0 && -s $T/err ]] || fail "no message says that nothing was started"
  fi
}

# On a machine where kubefence is installed, the hook beside the program is not the only one.
other_hook() {
  [[ ! -x /usr/libexec/oci/hooks.d/kubefence-hook ]] ||
    printf '\n%s' '^readlink\("/proc/self/exe|^access\(".*/kubefence-hook", X_OK # the installed hook is then taken'
}

WRAPPER_SANCTIONED='^close\( # nothing was written through it
^getrandom\(.*GRND_NONBLOCK # json-c takes the time for a seed of its hash tables
^EINTR: (read|write|flock)\( # is done once more
^newfstatat\(AT_FDCWD, ("/proc/self/exe"|".*/runtime", .*, 0\) = 0$) # whether the runtime is we ourselves: it would look, too'

@test "the wrapper, a container that opted in" {
  SANCTIONED=$WRAPPER_SANCTIONED$WARMING$(other_hook)
  SANCTIONED+=$'\n''^rt_sigaction\(SIGXFSZ, \{sa_handler=SIG_DFL # execve(2) puts a handler back, too'
  wrapper_setup
  whole_result kf create --bundle "$B" "$ID"
  put_back() { put_back_bundle; }
  run_it() { with_fault "$@" "$T/bin/$CLASS" create --bundle "$B" "$ID" </dev/null; }
  must_hold() { wrapped_or_not_started "$1"; }
  every_fault "$KUBEFENCE_CONFIG.d"
}

# The runtime gets the engine's config.json. (Where crun cannot be looked at, runc gets it.)
@test "the wrapper under its own name, which is not a class" {
  SANCTIONED='^execve\( # the runtime cannot be run'
  wrapper_setup
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/kubefence-runtime"
  in_place_of_runtimes "$T/runtime"
  put_back() { put_back_bundle; }
  run_it() { with_fault "$@" "$T/bin/kubefence-runtime" create --bundle "$B" "$ID" </dev/null; }
  must_hold() { started_untouched "$1"; }
  every_fault "$KUBEFENCE_CONFIG.d"
}

started_untouched() { # FAULT
  host_is_untouched && config_is_untouched && ended || return
  if [[ $STATUS == 0 ]]; then
    [[ $(<"$T/started") == "$CONFIG_BEFORE" ]] || fail "the runtime was not started"
  else
    is_sanctioned "$1" || is_sanctioned "${1#*: }" || fail "the container does not start"
  fi
}

# --- memory ------------------------------------------------------------------------------------------------------

# One run of the wrapper in which an allocation fails; false when there are not so many.
wrapper_without() { # NUMBER
  STATUS=0
  rm -f "$T/sign"
  timeout "$KF_PATIENCE" env LD_PRELOAD="$KF_BUILD/tests/standin/nomem.so" KF_NOMEM_AT="$1" KF_NOMEM_SIGN="$T/sign" \
    ${FOR_GOOD:+KF_NOMEM_FOR_GOOD=1} "$T/bin/$CLASS" create --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- ||
    STATUS=$?
  [[ -e $T/sign ]]
}

# json-c does not survive every failure: a signal is as good as an error.
whole_or_not_started() {
  host_is_untouched || return
  [[ $(<"$B/config.json") == "$WRAPPED" ]] || config_is_untouched || return
  if [[ -e $T/started ]]; then
    [[ $(<"$T/started") == "$WRAPPED" ]] || fail "the runtime runs with another config.json"
  else
    [[ $STATUS != 0 ]] || fail "no message says that nothing was started"
  fi
}

# tests/unit/test-json-memory.c has each allocation of a document.
@test "the wrapper without memory" {
  local n runs=0 long

  long=$(printf 'x%.0s' {1..3000})
  spec --arg long "$long" '.process.args += [$long] | .annotations.long = $long'
  wrapper_setup
  whole_result kf create --bundle "$B" "$ID"
  for FOR_GOOD in '' yes; do
    for ((n = 0; ; n += n < 60 ? 1 : 23)); do
      put_back_bundle
      wrapper_without "$n" || break
      whole_or_not_started || fail "allocation $n${FOR_GOOD:+ and all after it}"
      runs=$((runs + 1))
    done
  done
  echo "$runs runs"
  ((runs > 100))
}

# A pod must always be stoppable.
@test "the wrapper, a command that starts nothing" {
  SANCTIONED='^execve\( # the runtime cannot be run
^(newfstatat|access)\((AT_FDCWD, )?".*/runtime" # the class names a runtime, and another one will not do'
  wrapper_setup
  put_back() { put_back_bundle; }
  run_it() { with_fault "$@" "$T/bin/$CLASS" delete "$ID" </dev/null; }
  must_hold() { started_untouched "$1"; }
  every_fault "$KUBEFENCE_CONFIG.d"
}

# The runtime runs where and with what it did without the fault, or not at all.
@test "the wrapper, an exec into a container that opted in" {
  SANCTIONED="$WRAPPER_SANCTIONED$WARMING
$JOURNAL"
  app 'exec sleep 300'
  start_container
  printf '#!%s\n{ pwd; printf "%%s\\n" "$@"; } >%s\n' "$B/rootfs/bin/sh" "$T/started" >"$T/runtime"
  chmod 755 "$T/runtime"
  KF_CLASS_RUNTIME=$T/runtime kf_config
  remember_host
  put_back() { rm -f "$T/started"; }
  run_it() { with_fault "$@" "$T/bin/$CLASS" --root "$T/rt" exec "$ID" /bin/cat /secret/file </dev/null; }
  run_it -o "$T/trace"
  EXPECTED=$(<"$T/started")
  assert_has "the runtime's arguments" /nono/launcher/kubefence-launcher "$EXPECTED"
  assert_eq "the runtime's directory" "$PWD" "${EXPECTED%%$'\n'*}"
  must_hold() { # FAULT
    host_is_untouched && config_is_untouched || return
    if [[ -e $T/started ]]; then
      assert_eq "what the runtime got" "$EXPECTED" "$(<"$T/started")" || return
      is_sanctioned "${1#*: }" || is_sanctioned "$1" || fail "the command starts"
    else
      # abort(3): nothing may be started in the container's mount namespace
      ((STATUS == 134)) || ended || return
      [[ $STATUS != 0 ]] || fail "no message says that nothing was started"
    fi
  }
  every_fault "$KUBEFENCE_CONFIG.d"
}

# --- Kata's shim -------------------------------------------------------------------------------------------------

a_whole_record() {
  assert_eq "files of the record" "$T/state/$ID/metadata.json" "$(all_in "$T/state/$ID")" || return
  assert_has "the record" "\"bundle\":\"$B\"" "$(<"$T/state/$ID/metadata.json")"
}

# Its record is written before config.json, without a process: only a bundle that is gone lets it go.
@test "Kata's shim, a container that opted in" {
  SANCTIONED="$WRAPPER_SANCTIONED$(other_hook)
$JOURNAL"'
^localtime: # of no consequence for a time in UTC'
  SHIM=$T/bin/containerd-shim-nono-kata-v2 REAL=$T/runtime
  ln -s "$KF_BUILD/containerd-shim-nono-kata-v2" "$SHIM"
  fake_runtime
  kata_config
  read_only_nono
  crio_bundle container
  guard
  remember_host
  install -m 644 "$B/config.json" "$T/original.json"
  run_it() { with_fault "$@" "$SHIM" -id "$ID" -bundle "$B" start </dev/null; }
  whole_result run_it -o "$T/trace"
  put_back() {
    put_back_bundle
    rm -rf "$T/state"
  }
  must_hold() {
    wrapped_or_not_started "$1" || return
    if [[ -e $T/started || $1 == *": execve("* ]]; then
      a_whole_record
    else
      assert_eq "records" "" "$(all_in "$T/state")"
    fi
  }
  every_fault "$KUBEFENCE_CONFIG.d"
  put_back
}

# --- the precreate filter ----------------------------------------------------------------------------------------

@test "the precreate filter, a container that opted in" {
  local wanted

  SANCTIONED='^close(_range)?\(|^prctl\(|^umask\( # of no consequence here
^getrandom\(.*GRND_NONBLOCK # json-c takes the time for a seed of its hash tables
^EINTR: (read|write)\( # is done once more'$WARMING
  SANCTIONED+=$(other_hook)
  guard
  remember_host
  put_back() { :; }
  run_it() {
    with_fault "$@" "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" precreate <"$B/config.json"
  }
  run_it -o "$T/trace"
  wanted=$(<"$T/out")
  assert_has "the output" /nono/launcher/kubefence-launcher "$wanted"
  must_hold() {
    host_is_untouched && config_is_untouched && ended || return
    if [[ $STATUS == 0 ]]; then
      [[ $(<"$T/out") == "$wanted" ]] || fail "the output is another one:" "$(<"$T/out")" || return
      is_sanctioned "${1#*: }" || is_sanctioned "$1" || fail "the container starts"
    else
      assert_eq "output" "" "$(<"$T/out")"
    fi
  }
  every_fault 'close_range(3'
}

@test "the precreate filter, a container that did not opt in" {
  SANCTIONED='^EIO: read\(0, # what cannot be read cannot be handed on
^ENOSPC: write\(1, # nor what cannot be written'
  guard
  remember_host
  put_back() { :; }
  run_it() { with_fault "$@" "$HOOK" --config "$KUBEFENCE_CONFIG" precreate <"$B/config.json"; }
  must_hold() {
    host_is_untouched && config_is_untouched && ended || return
    if [[ $STATUS == 0 ]]; then
      cmp "$B/config.json" "$T/out"
    else
      is_sanctioned "$1" || fail "the container does not start"
    fi
  }
  every_fault 'close_range(3'
}

# --- the configuration -------------------------------------------------------------------------------------------

# The hook with files of its own in /etc and /usr/lib; the vendor's names no class that is used here.
with_vendor() { # SHELL-COMMAND [PROGRAM ARGUMENTS...]
  STATUS=0
  unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs /etc && mkdir /etc/kubefence &&
    mount -t overlay overlay -o "lowerdir=$1:/usr/lib" /usr/lib || exit 99
    eval "$2" && shift 2 && exec "$@"' sh "$T/vendor" "$1" "${@:2}" "$HOOK" --runtime-class "$CLASS" create-runtime \
    <"$T/state.json" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  ((STATUS != 99)) || skip "no overlay mounts here: $ERR"
}

# Else a class that only the administrator names would start without a sandbox.
@test "the vendor's configuration counts only where there is no other" {
  local conf=/etc/kubefence/kubefence.conf

  mkdir -p "$T/vendor/kubefence"
  printf '[kubefence]\nruntime_classes = another-node-s\ndefault_profile = default\n' >"$T/vendor/kubefence/kubefence.conf"
  rewrite
  guard
  state_json creating 1 >"$T/state.json"
  with_vendor true
  assert_eq "exit status with the vendor's" 0 "$STATUS"
  with_vendor "ln -s nowhere $conf"
  assert_eq "exit status with a link to nowhere" 10 "$STATUS"
  assert_has "stderr" "cannot open $conf" "$ERR"
  with_vendor "ln -s kubefence.conf $conf"
  assert_eq "exit status with a link to itself" 10 "$STATUS"
  with_vendor "mount -t tmpfs -o mode=644 tmpfs /etc/kubefence && ln -s /vendor $conf"
  assert_eq "exit status with a link" 10 "$STATUS"
  with_vendor "cp $KUBEFENCE_CONFIG $conf" strace -f -qq -o "$T/trace" -P "$conf" -e trace=newfstatat \
    -e inject=newfstatat:error=EIO
  assert_has "the trace" INJECTED "$(<"$T/trace")"
  assert_eq "exit status with one that cannot be looked for" 10 "$STATUS"
  assert_has "stderr" "cannot look for $conf: Input/output error" "$ERR"
}

# --- a broken configuration and poststop -------------------------------------------------------------------------

@test "poststop finds the record of a container by a configuration that has broken since" {
  rewrite
  guard
  state_json stopped >"$T/state.json"
  install -m 600 /dev/null "$T/record"
  echo '{}' >"$T/record"
  a_record "$ID"
  echo nonsense >>"$KUBEFENCE_CONFIG"
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop <"$T/state.json"
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "records" "" "$(all_in "$T/state")"
  # A failure to look for records must not concern a container that did not opt in.
  chmod 777 "$T/state"
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop <"$T/state.json"
  assert_eq "exit status of one that opted in" 18 "$STATUS"
  jq -c 'del(.annotations)' "$T/state.json" >"$T/state.other"
  run_hook --config "$KUBEFENCE_CONFIG" poststop <"$T/state.other"
  assert_eq "exit status of another" 0 "$STATUS"
  assert_eq "its output" "" "$OUT$ERR"
  rmdir "$T/state"
}
