#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set RUNTIME
#
# An engine cannot tell the wrapper from the runtime: every subcommand of runc and crun gives the same stdout, stderr,
# exit status and state, under a name that is not a class (kubefence-runtime) and under one that is (the container is
# sandboxed). Only pids, times and ids may differ; and in a sandboxed container nono finds that a command is missing.

load helpers

setup() {
  kf_setup
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/kubefence-runtime"
  app 'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done'
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# --- the two sides -----------------------------------------------------------------------------------------------

# @ID and @BUNDLE stand for each side's own.
side() { # bare|wrapped NAME RUNTIME-ARGUMENTS...
  local letter=${1:0:1} name=$T/bin/$2 args=("${@:3}")

  args=("${args[@]//@ID/$ID-$letter}")
  args=("${args[@]//@BUNDLE/$T/bundle-$letter}")
  if [[ $1 == bare ]]; then
    # With the same argv[0]: crun puts it into its usage.
    timeout "$KF_PATIENCE" bash -c 'exec -a "$0" "$@"' "$name" "$RUNTIME" "${args[@]}"
  elif [[ $2 == kubefence-runtime ]]; then
    without_crun timeout "$KF_PATIENCE" "$name" "${args[@]}"
  else
    timeout "$KF_PATIENCE" "$name" "${args[@]}"
  fi <"${STDIN:-/dev/null}" 3>&-
}

normalise() {
  sed -E -e "s|$ID-[bw]|ID|g; s|$T/bundle-[bw]|BUNDLE|g" \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?/TIME/g' -e 's/("pid": )[0-9]+/\1PID/' \
    -e "${NORMALISE:-}"
}

same_raw() { # NAME ARGUMENTS...
  local which status

  for which in bare wrapped; do
    status=0
    side "$which" "$@" >"$T/$which.out" 2>"$T/$which.err" || status=$?
    { normalise <"$T/$which.out"; echo "--- stderr"; normalise <"$T/$which.err"; echo "--- status $status"; } \
      >"$T/$which.all"
  done
  STATUS=$status
  diff -u "$T/bare.all" "$T/wrapped.all" || fail "differs: $*"
}

same() { # NAME ARGUMENTS...
  same_raw "$1" --root "$T/rt" "${@:2}"
}

# Both sides gave that status; without this, two equal failures would pass for success.
same_with() { # STATUS NAME ARGUMENTS...
  same "${@:2}"
  [[ $STATUS == "$1" ]] || fail "status $STATUS, not $1: ${*:2}" "$(<"$T/bare.all")"
}

# --- state -------------------------------------------------------------------------------------------------------

# The runtime's own state of a side's container; a sandboxed one has the stamp, too.
state_of() { # LETTER
  bare state "$ID-$1" 2>/dev/null | jq -S 'del(.pid, .created)
    | .annotations |= (. // {} | del(.["nono.sh/runtime-class"]))' | normalise
}

same_state() { # [STATUS]
  local b w

  b=$(state_of b)
  w=$(state_of w)
  assert_eq "state" "$b" "$w"
  [[ -z ${1:-} ]] || assert_eq "status" "$1" "$(jq -r .status <<<"$b")"
}

both_are() { # STATUS
  [[ $(bare state "$ID-b" | jq -r .status) == "$1" && $(bare state "$ID-w" | jq -r .status) == "$1" ]]
}

bundles() {
  rm -rf "$T/bundle-b" "$T/bundle-w"
  cp -a "$B" "$T/bundle-b"
  cp -a "$B" "$T/bundle-w"
}

both_running() { # NAME
  local letter

  bundles
  same_with 0 "$1" create --bundle @BUNDLE --pid-file "$T/pid.@ID" @ID
  same_state created
  # The container's output comes in its own time.
  NORMALISE='/^up$/d' same_with 0 "$1" start @ID
  for letter in b w; do
    eventually left_the_runtime "$(<"$T/pid.$ID-$letter")"
  done
}

sandboxed() { # LETTER
  [[ $(grep -c ' /nono ' "/proc/$(<"$T/pid.$ID-$1")/mountinfo") == 1 ]]
}

# --- no container needed -----------------------------------------------------------------------------------------

commands() {
  echo create start state list ps events exec kill pause resume update delete spec features run checkpoint restore
}

@test "help and version" {
  local name command

  for name in kubefence-runtime "$CLASS"; do
    same_raw "$name"
    same_raw "$name" --version
    same_raw "$name" -v
    same_raw "$name" --help
    same_raw "$name" -h
    same_raw "$name" help
    same_raw "$name" features
    for command in $(commands); do
      same_raw "$name" "$command" --help
    done
  done
}

@test "missing arguments, unknown commands and options" {
  local name command

  for name in kubefence-runtime "$CLASS"; do
    for command in $(commands); do
      [[ $command == spec || $command == list ]] || same "$name" "$command"
    done
    same_with 1 "$name" state
    same "$name" no-such-command
    same "$name" no-such-command @ID
    same "$name" state --no-such-option @ID
    same "$name" kill @ID NOSIGNAL
    same "$name" state one two
    same_raw "$name" --root
  done
}

@test "an unknown global option, under a name that is not a class" {
  same_raw kubefence-runtime --no-such-option state @ID
  same_raw kubefence-runtime --no-such-option
}

@test "no such container" {
  local name

  for name in kubefence-runtime "$CLASS"; do
    same_with 1 "$name" start @ID
    same_with 1 "$name" state @ID
    same "$name" ps @ID
    ((STATUS != 0))
    same_with 1 "$name" kill @ID KILL
    same_with 1 "$name" pause @ID
    same_with 1 "$name" resume @ID
    same_with 1 "$name" update --pids-limit 9 @ID
    same_with 1 "$name" delete @ID
    same "$name" delete --force @ID
    same "$name" exec @ID true
    same "$name" events --stats @ID
    same "$name" checkpoint @ID
    same_with 0 "$name" list
    same_raw "$name" "--root=$T/rt" state @ID
  done
}

@test "spec" {
  local name which

  for name in kubefence-runtime "$CLASS"; do
    rm -rf "$T/spec"
    mkdir "$T/spec"
    for which in bare wrapped; do
      (cd "$T/spec" && side "$which" "$name" spec)
      mv "$T/spec/config.json" "$T/spec.$which"
    done
    cmp "$T/spec.bare" "$T/spec.wrapped"
    # a file that is there is not replaced
    echo '{}' >"$T/spec/config.json"
    (cd "$T/spec" && same_raw "$name" spec)
  done
}

# --- creating ----------------------------------------------------------------------------------------------------

@test "a create that the runtime refuses" {
  same kubefence-runtime create --bundle /no/such/bundle @ID
  bundles
  same kubefence-runtime create --bundle @BUNDLE "no/such id"
  echo '{' | tee "$T/bundle-b/config.json" >"$T/bundle-w/config.json"
  same kubefence-runtime create --bundle @BUNDLE @ID
  spec_args /no/such/command
  bundles
  same kubefence-runtime create --bundle @BUNDLE @ID
  same kubefence-runtime run --bundle @BUNDLE @ID
}

@test "run: output and exit status are the container's" {
  local name

  app 'echo out; echo err >&2; exit 7'
  for name in kubefence-runtime "$CLASS"; do
    bundles
    same_with 7 "$name" run --bundle @BUNDLE @ID
    assert_eq "stdout" out "$(<"$T/wrapped.out")"
    assert_eq "stderr" err "$(<"$T/wrapped.err")"
  done
  app 'kill -KILL $$'
  bundles
  same kubefence-runtime run --bundle @BUNDLE @ID
}

@test "run in the bundle's directory, without --bundle" {
  local name

  app 'exit 3'
  for name in kubefence-runtime "$CLASS"; do
    (cd "$B" && same_with 3 "$name" run @ID)
  done
}

# --- a container's life ------------------------------------------------------------------------------------------

life() { # NAME
  local name=$1

  both_running "$name"
  same_state running
  same_with 1 "$name" start @ID
  same "$name" create --bundle @BUNDLE @ID
  same_state running
  # the stamp is the last annotation
  NORMALISE='/"nono.sh.runtime-class"/d; s/,$//' same_with 0 "$name" state @ID
  same_with 0 "$name" list
  same_with 0 "$name" list --quiet
  same_with 0 "$name" list --format json
  # Its sleep may just have ended.
  NORMALISE='/[0-9] sleep /d; s/[0-9]+/N/g; s/ +/ /g' same_with 0 "$name" ps @ID
  NORMALISE='s/[0-9]+/N/g; s/ +/ /g; s/ //g; s/(N,)*N/N/g; /^N,$/d' same_with 0 "$name" ps --format json @ID

  same_with 0 "$name" exec @ID echo hello
  same_with 5 "$name" exec @ID sh -c 'echo out; echo err >&2; exit 5'
  if [[ $name == kubefence-runtime ]]; then
    same "$name" exec @ID /no/such/command
  fi
  same_with 0 "$name" exec --env A=b --cwd /scratch @ID /bin/sh -c 'echo $A $PWD'
  jq '.process | .args = ["/bin/sh", "-c", "pwd; exit 6"]' "$B/config.json" >"$T/process.json"
  same_with 6 "$name" exec --process "$T/process.json" @ID
  echo 'from stdin' >"$T/stdin"
  STDIN=$T/stdin same_with 0 "$name" exec @ID cat
  same_with 0 "$name" exec --detach @ID true

  same_with 0 "$name" pause @ID
  same_state paused
  same_with 0 "$name" resume @ID
  same_state running
  same_with 0 "$name" update --pids-limit 50 @ID
  echo '{"pids": {"limit": 60}}' >"$T/stdin"
  STDIN=$T/stdin same_with 0 "$name" update --resources - @ID
  same_limit
  # crun 1.8 has no events; of runc's only the names, as the numbers and devices are the machine's
  same_events "$name"
  same "$name" delete @ID
  same_state running

  same_with 0 "$name" kill @ID TERM
  eventually both_are stopped
  same_state stopped
  same "$name" kill @ID TERM
  same "$name" exec @ID true
  same_with 1 "$name" start @ID
  same "$name" pause @ID
  same_with 0 "$name" list
  same_with 0 "$name" delete @ID
  same_with 1 "$name" state @ID
  same_with 1 "$name" delete @ID
}

same_limit() {
  local letter limit

  for letter in b w; do
    limit=$(awk -F: '$2 == "pids" || $1 == 0 { print $3; exit }' "/proc/$(<"$T/pid.$ID-$letter")/cgroup")
    limit=$(cat "/sys/fs/cgroup/pids$limit/pids.max" 2>/dev/null || cat "/sys/fs/cgroup$limit/pids.max")
    assert_eq "limit ($letter)" 60 "$limit"
  done
}

same_events() { # NAME
  local which status

  for which in bare wrapped; do
    status=0
    side "$which" "$1" --root "$T/rt" events --stats @ID >"$T/$which.out" 2>"$T/$which.err" || status=$?
    { jq -Rr '(fromjson? // .) | if type == "object" then (.id, .type, (.data | keys | join(" "))) else . end' \
      <"$T/$which.out" | normalise; normalise <"$T/$which.err"; echo "status $status"; } >"$T/$which.all"
  done
  diff -u "$T/bare.all" "$T/wrapped.all"
}

@test "a container's life, under a name that is not a class" {
  life kubefence-runtime
  cmp "$T/bundle-b/config.json" "$T/bundle-w/config.json"
}

@test "a container's life, under the name of a class" {
  life "$CLASS"
}

@test "delete --force of one that runs" {
  local name

  for name in kubefence-runtime "$CLASS"; do
    both_running "$name"
    if [[ $name == kubefence-runtime ]]; then
      run ! sandboxed w
    else
      sandboxed w
    fi
    same_with 0 "$name" delete --force @ID
    same_with 1 "$name" state @ID
  done
}

@test "delete --force of one that was only created, and kill" {
  local name

  for name in kubefence-runtime "$CLASS"; do
    bundles
    same_with 0 "$name" create --bundle @BUNDLE @ID
    same_state created
    same_with 0 "$name" delete --force @ID
    same_with 0 "$name" create --bundle @BUNDLE @ID
    same_with 0 "$name" kill @ID KILL
    eventually both_are stopped
    same_state stopped
    same_with 0 "$name" delete @ID
  done
}

@test "the --log file of a failure is the runtime's own" {
  local name which

  for name in kubefence-runtime "$CLASS"; do
    rm -f "$T"/log.*
    same_raw "$name" --root "$T/rt" --log "$T/log.@ID" --log-format json start @ID
    cmp <(normalise <"$T/log.$ID-b") <(normalise <"$T/log.$ID-w")
    [[ -s $T/log.$ID-b ]]
  done
}
