#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2034,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# A container that did not opt in is untouched, with our own configuration in any state, and the wrapper is not
# seen: everything but create, run and restore is the runtime's own answer to the byte.

load helpers

setup() {
  kf_setup
  app 'cat /secret/file; env; exit 7'
  cp "$B/config.json" "$T/plain.json"
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# The wrapper under a name that is not a class; without a runtime of its own it takes the first of crun and runc.
by_name() { # PROGRAM ARGUMENTS...
  timeout "$KF_PATIENCE" "$1" --root "$T/rt" "${@:2}" </dev/null 3>&-
}

own_name() { # ARGUMENTS...
  timeout "$KF_PATIENCE" "$KF_BUILD/kubefence-runtime" --root "$T/rt" "$@" </dev/null 3>&-
}

runs_untouched() { # COMMAND...
  local out=0

  run_bare
  mv "$T/out" "$T/bare.out"
  mv "$T/err" "$T/bare.err"
  cp -a "$B/config.json" "$T/before.json"
  "$@" run --bundle "$B" "$ID-b" >"$T/out" 2>"$T/err" || out=$?
  assert_eq "exit status" 7 "$out"
  cmp "$T/bare.out" "$T/out"
  cmp "$T/bare.err" "$T/err"
  cmp "$T/before.json" "$B/config.json"
  assert_eq "time and mode of config.json" "$(stat -c '%y %a %u %i' "$T/before.json" | cut -d' ' -f1-4)" \
    "$(stat -c '%y %a %u %i' "$B/config.json" | cut -d' ' -f1-4)"
  assert_eq "the image" "" "$(ls -d "$B/rootfs/nono" 2>/dev/null || true)"
  assert_no_trace
}

@test "called under the name of a runtime" {
  local name

  RUNTIME=$(command -v crun || command -v runc)
  for name in runc crun; do
    ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/$name"
    ID=$ID-$name
    runs_untouched by_name "$T/bin/$name"
    journal_is_silent_about "$ID-b"
  done
}

@test "called under its own name" {
  RUNTIME=$(command -v crun || command -v runc)
  runs_untouched own_name
}

@test "a pause container, as CRI-O marks it" {
  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID-b"
  runs_untouched kf
  assert_journal "$ID-b" skip NONO_DECISION=skip NONO_REASON=sandbox_container NONO_STAGE=rewrite \
    "NONO_RUNTIME_HANDLER=$CLASS"
}

@test "a pause container, as containerd marks it" {
  annotate io.kubernetes.cri.container-type sandbox
  annotate io.kubernetes.cri.sandbox-id "$ID-b"
  runs_untouched kf
  assert_journal "$ID-b" skip NONO_DECISION=skip NONO_REASON=sandbox_container NONO_STAGE=rewrite \
    "NONO_RUNTIME_HANDLER=$CLASS"
}

# --- the engine runs the hook for every container (Podman, CRI-O without a filter) --------------------------------

hook_for_all() { # HOOK-OPTIONS...
  spec --arg hook "$HOOK" '(["kubefence-hook"] + $ARGS.positional) as $args | .hooks = {
    createRuntime: [{path: $hook, args: ($args + ["create-runtime"])}],
    poststop: [{path: $hook, args: ($args + ["poststop"])}]}' --args -- "$@"
}

starts_normally() {
  cp "$B/config.json" "$T/before.json"
  run_bare
  assert_eq "exit status" 7 "$STATUS"
  assert_has "stdout" "must not be read" "$OUT"
  assert_eq "stderr" "" "$ERR"
  cmp "$T/before.json" "$B/config.json"
  assert_no_trace
}

@test "the hook skips a container without a class" {
  hook_for_all --config "$KUBEFENCE_CONFIG"
  starts_normally
  assert_journal "$ID" skip NONO_DECISION=skip NONO_REASON=no_runtime_handler NONO_STAGE=create-runtime NONO_POD=web-0
}

# More than a hook keeps, and more than a pipe holds; the runtime must neither see a failure nor a closed pipe.
@test "the hook skips a container with annotations of any size" {
  local size

  for size in 5000000 80000000; do
    ID=$ID-$size
    cp "$T/plain.json" "$B/config.json"
    head -c "$size" /dev/zero | tr '\0' x >"$T/value"
    spec --rawfile value "$T/value" '.annotations["example.com/large"] = $value'
    hook_for_all --config "$KUBEFENCE_CONFIG"
    starts_normally
    eventually kf_journal_read_skip
  done
}

kf_journal_read_skip() {
  timeout 10 journalctl --sync 2>"$T/sync" || true
  [[ $(journalctl -q -o cat --output-fields=NONO_REASON -n 1 SYSLOG_IDENTIFIER=kubefence NONO_STAGE=create-runtime) == no_runtime_handler ]]
}

@test "the hook skips a class that is not configured" {
  annotate nono.sh/runtime-class some-other
  hook_for_all --config "$KUBEFENCE_CONFIG" --runtime-class some-other
  starts_normally
  assert_journal "$ID" skip NONO_DECISION=skip NONO_REASON=runtime_class_not_matched NONO_RUNTIME_HANDLER=some-other
}

# A typo is not a wish to run without a sandbox; the pause container of such a pod starts.
@test "the hook denies a class that only the annotation names and that is not configured" {
  local value

  for value in some-other "" " " "$CLASS " "${CLASS^^}" "$CLASS,$CLASS" runc; do
    ID=$ID-x
    cp "$T/plain.json" "$B/config.json"
    annotate nono.sh/runtime-class "$value"
    hook_for_all --config "$KUBEFENCE_CONFIG"
    run_bare
    ((STATUS != 0))
    assert_eq "stdout" "" "$OUT"
    assert_journal "$ID" denied NONO_REASON=class_unknown NONO_STAGE=create-runtime
    assert_no_trace
  done
  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID-p"
  ID=$ID-p
  starts_normally
  assert_journal "$ID" skip NONO_REASON=sandbox_container
}

@test "the hook skips a pause container" {
  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID"
  hook_for_all --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS"
  starts_normally
  assert_journal "$ID" skip NONO_DECISION=skip NONO_REASON=sandbox_container "NONO_RUNTIME_HANDLER=$CLASS"
}

@test "with the configuration missing" {
  rm "$KUBEFENCE_CONFIG"
  hook_for_all --config "$KUBEFENCE_CONFIG"
  starts_normally
}

@test "with the configuration broken" {
  echo 'nonsense' >"$KUBEFENCE_CONFIG"
  hook_for_all --config "$KUBEFENCE_CONFIG"
  starts_normally
}

@test "with a configuration that another user owns" {
  chown 1000 "$KUBEFENCE_CONFIG"
  hook_for_all --config "$KUBEFENCE_CONFIG"
  starts_normally
}

@test "with nono gone from the node" {
  rm -r "$T/nono-nri"
  hook_for_all --config "$KUBEFENCE_CONFIG"
  starts_normally
}

# --- the wrapper is not seen -------------------------------------------------------------------------------------

# Both are asked about one container, because its times are part of the answers.
same_answer() { # ARGUMENTS...
  local bare_status=0 status=0

  bare "$@" >"$T/bare.out" 2>"$T/bare.err" || bare_status=$?
  kf "$@" >"$T/out" 2>"$T/err" || status=$?
  echo "asked: $*"
  assert_eq "exit status" "$bare_status" "$status"
  diff "$T/bare.out" "$T/out"
  diff <(without_times "$T/bare.err") <(without_times "$T/err")
}

# Error lines carry the time; help carries the name of the program.
without_times() {
  sed -e 's/^time="[^"]*"//' -e 's/^20[0-9T:.-]*Z*[: ]*//' "$1"
}

@test "state, list, features, version: the runtime's own answers" {
  local columns=()

  # The default output of runc's ps has processor time in it; crun's takes no columns, and prints process ids.
  [[ $KF_RUNTIME == crun ]] || columns=(-o pid,ppid,args)
  spec_args /bin/sleep 66
  start_container
  same_answer state "$ID"
  same_answer list
  same_answer list --quiet
  same_answer state no-such-container
  same_answer features
  same_answer --version
  same_answer ps "$ID" "${columns[@]}"
  same_answer kill no-such-container KILL
  same_answer delete no-such-container
  same_answer no-such-command
  bare delete --force "$ID"
}

@test "spec writes the same file" {
  mkdir "$T/one" "$T/two"
  (cd "$T/one" && bare spec)
  (cd "$T/two" && kf spec)
  cmp "$T/one/config.json" "$T/two/config.json"
}

@test "kill and delete: silent, and they do it" {
  spec_args /bin/sleep 67
  start_container
  assert_eq "output" "" "$(kf kill "$ID" KILL 2>&1)"
  eventually is_stopped
  assert_eq "output" "" "$(kf delete "$ID" 2>&1)"
  assert_no_trace
}

is_stopped() { [[ $(bare state "$ID" | jq -r .status) == stopped ]]; }

@test "the other commands answer while our configuration is broken" {
  # nothing says then which runtime the class has, so it is the first that is found
  RUNTIME=$(command -v crun || command -v runc)
  echo 'nonsense' >"$KUBEFENCE_CONFIG"
  same_answer --version
  same_answer features
  same_answer state no-such-container
}

@test "with the configuration broken or missing: under the wrapper's own name, which is not a class" {
  RUNTIME=$(command -v crun || command -v runc)
  echo 'nonsense' >"$KUBEFENCE_CONFIG"
  runs_untouched own_name
  rm "$KUBEFENCE_CONFIG"
  runs_untouched own_name
}
