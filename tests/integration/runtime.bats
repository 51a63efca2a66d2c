#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# kubefence-runtime between an engine and its runtime: which command lines start a container and where its bundle is,
# that everything is handed on as it came, and the edits of config.json.

load helpers

setup() {
  kf_setup
  app 'cat /secret/file'
  cp -a "$B/config.json" "$T/plain.json"
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# Instead of the runtime, a program that writes down its arguments.
use_recorder() {
  printf '%s\n' '#!/bin/bash' "printf '%s\n' \"\$@\" >'$T/argv'" "env >'$T/env'" \
    "{ cat <&9; } >'$T/from9' 2>/dev/null" 'exit 9' >"$T/bin/recorder"
  chmod 755 "$T/bin/recorder"
  KF_CLASS_RUNTIME=$T/bin/recorder kf_config
}

# Calls the wrapper in the bundle's directory, with nothing added to the command line.
call() { # ARGUMENTS...
  STATUS=0
  rm -f "$T/argv"
  cp -a "$T/plain.json" "$B/config.json"
  (cd "$B" && exec timeout "$KF_PATIENCE" "$T/bin/$CLASS" "$@") </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  printf 'called: %s\n' "$*"
  kf_collect
}

handed_on() { # ARGUMENTS...
  assert_eq "exit status" 9 "$STATUS"
  assert_eq "output" "" "$OUT$ERR"
  assert_eq "command line" "$(printf '%s\n' "$@")" "$(<"$T/argv")"
}

rewrites() { # ARGUMENTS...
  call "$@"
  handed_on "$@"
  assert_eq "first argument" /nono/launcher/kubefence-launcher "$(jq -r '.process.args[0]' "$B/config.json")"
  assert_eq "files left in the bundle" "" "$(bundle_litter)"
}

leaves() { # ARGUMENTS...
  call "$@"
  handed_on "$@"
  cmp "$T/plain.json" "$B/config.json"
}

@test "command lines that start a container" {
  use_recorder
  rewrites create c1
  rewrites run c1
  rewrites create --bundle "$B" c1
  rewrites create --bundle="$B" c1
  rewrites create -b "$B" c1
  rewrites create --bundle . c1
  rewrites create --bundle "$B/" c1
  rewrites create c1 --bundle "$B"
  rewrites --root "$T/rt" create --bundle "$B" c1
  rewrites --root="$T/rt" create --bundle "$B" c1
  rewrites --root create create --bundle "$B" c1
  rewrites --root state create --bundle "$B" c1
  rewrites --root=create create --bundle "$B" c1
  rewrites create --bundle "$B" create
  rewrites run --bundle "$B" state
  rewrites --log "$T/log" --log-format json --systemd-cgroup create --bundle "$B" c1
  rewrites --debug --log="$T/log" run -b "$B" c1
  rewrites --systemd-cgroup --root="$T/rt" create --bundle "$B" --pid-file "$T/pidfile" --no-pivot c1
  rewrites --root="$T/rt" --systemd-cgroup --root="$T/rt" --systemd-cgroup create --bundle "$B" c1
  rewrites --root "$T/rt" create --bundle "$B" --pid-file run --console-socket "$T/s" --no-new-keyring c1
  rewrites create --bundle "$B" -- c1
  rewrites create --pid-file --bundle --bundle "$B" c1
}

@test "command lines that restore a container" {
  use_recorder
  refuses_restore restore c1
  refuses_restore --root="$T/rt" restore --bundle "$B" --pid-file p --detach --image-path "$T" --work-path "$B" c1
  refuses_restore --log "$T/log" restore --image-path /nothing c1 -b "$B"
  refuses_restore --root create restore -- c1
  leaves restore --help
  leaves restore
  leaves checkpoint --image-path "$T" c1
}

refuses_restore() { # ARGUMENTS...
  call "$@"
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "a checkpoint cannot be restored under class $CLASS" "$ERR"
  [[ ! -e $T/argv ]] || fail "the runtime was called"
  cmp "$T/plain.json" "$B/config.json"
}

@test "command lines that start no container" {
  use_recorder
  leaves
  leaves --version
  leaves -v
  leaves --help
  leaves features
  leaves list
  leaves state create
  leaves kill create KILL
  leaves delete --force run
  leaves start c1
  leaves exec
  leaves exec --help
  leaves exec --process "$B/config.json" --help c1
  leaves exec --process "$B/config.json"
  leaves --root create state c1
  leaves --root create list
  leaves --root=run delete c1
  leaves --log create state c1
  leaves update --resources - c1
  leaves checkpoint --image-path create c1
  leaves create --help
  leaves create
}

@test "the container gets the command line as it is, with the real runtime" {
  run_container create
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  cp "$T/plain.json" "$B/config.json"
  STATUS=0
  (cd "$B" && exec timeout "$KF_PATIENCE" "$T/bin/$CLASS" --root="$T/rt" run "$ID") </dev/null >"$T/out" 2>"$T/err" 3>&- ||
    STATUS=$?
  kf_collect
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

@test "the environment and the descriptors are handed on" {
  use_recorder
  echo "read from 9" >"$T/nine"
  (cd "$B" && env -i KUBEFENCE_CONFIG="$KUBEFENCE_CONFIG" _OCI_SYNCPIPE=9 NONO_X=y LISTEN_FDS=1 "$T/bin/$CLASS" create c1 \
    9<"$T/nine" 3>&-) || true
  assert_eq "descriptor 9" "read from 9" "$(<"$T/from9")"
  for variable in _OCI_SYNCPIPE=9 NONO_X=y LISTEN_FDS=1; do
    grep -qx "$variable" "$T/env"
  done
}

@test "no descriptor of ours reaches the runtime" {
  use_recorder
  printf '#!/bin/sh\nls /proc/self/fd >"%s"\n' "$T/fds" >"$T/bin/recorder"
  "$T/bin/recorder" 3>&- </dev/null >/dev/null 2>&1
  mv "$T/fds" "$T/fds.without"
  kf create --bundle "$B" c1 >/dev/null 2>&1
  diff "$T/fds.without" "$T/fds"
}

@test "the real runtime is not there: one line, config.json as it was" {
  KF_CLASS_RUNTIME=$T/bin/no-such-runtime kf_config
  call create --bundle "$B" c1
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  assert_has "stderr" "$T/bin/no-such-runtime" "$ERR"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  cmp "$T/plain.json" "$B/config.json"
}

@test "a runtime that is the wrapper itself does not run in circles" {
  KF_CLASS_RUNTIME=$T/bin/$CLASS kf_config
  call create --bundle "$B" c1
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  cmp "$T/plain.json" "$B/config.json"
}

@test "a refusal is a JSON line at the end of the --log file" {
  local log=$T/log.json

  spec '.process.args = []'
  cp "$B/config.json" "$T/plain.json"
  echo '{"level":"info","msg":"earlier","time":"2026-01-01T00:00:00Z"}' >"$log"
  call --log "$log" --log-format json create --bundle "$B" c1
  assert_eq "exit status" 1 "$STATUS"
  call --log="$log" create --bundle "$B" c1
  assert_eq "lines" 3 "$(wc -l <"$log")"
  assert_eq "first line" earlier "$(head -n 1 "$log" | jq -r .msg)"
  assert_eq "level" error "$(tail -n 1 "$log" | jq -r .level)"
  assert_eq "message" "$ERR" "kubefence-runtime: $(tail -n 1 "$log" | jq -r .msg)"
  date -d "$(tail -n 1 "$log" | jq -r .time)" >/dev/null
}

@test "a --log that cannot be written changes nothing" {
  spec '.process.args = []'
  cp "$B/config.json" "$T/plain.json"
  call --log "$T/no/such/dir/log" create --bundle "$B" c1
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  assert_has "stderr" "args" "$ERR"
}

@test "a pod's text cannot break the line, the log or its length" {
  kf_config 'invalid_profile = deny'
  annotate nono.sh/profile $'x"\n{"level":"info"}\e[2J'"$(printf 'y%.0s' {1..20000})"
  cp "$B/config.json" "$T/plain.json"
  call --log "$T/log.json" create --bundle "$B" c1
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  (($(wc -c <"$T/err") < 8192))
  assert_eq "lines in the log" 1 "$(wc -l <"$T/log.json")"
  assert_eq "level" error "$(jq -r .level "$T/log.json")"
  run -1 grep -q $'\e' "$T/err" "$T/log.json"
}

# --- config.json -------------------------------------------------------------------------------------------------

@test "the rewrite makes its changes, and no other" {
  use_recorder
  call create --bundle "$B" c1
  jq -S --arg hook "$(realpath "$HOOK")" --arg class "$CLASS" --arg config "$KUBEFENCE_CONFIG" '
    .process.args = ["/nono/launcher/kubefence-launcher", "first-step", "--profile", "/nono/profiles/default.json", "--"] + .process.args
    | .process.env[0] = "PATH=/nono:" + .process.env[0][5:]
    | .process.env += ["NONO_PROFILE=default"]
    | .annotations["nono.sh/runtime-class"] = $class' "$T/plain.json" >"$T/expected"
  jq -S 'del(.hooks)' "$B/config.json" >"$T/actual"
  diff "$T/expected" "$T/actual"
  assert_eq "hooks" "$(jq -cn --arg config "$KUBEFENCE_CONFIG" --arg class "$CLASS" '["createRuntime", "poststop"] as $s
    | [["create-runtime", "poststop"][] | ["kubefence-hook", "--config", $config, "--runtime-class", $class, .]]')" \
    "$(jq -c '[.hooks.createRuntime[0].args, .hooks.poststop[0].args]' "$B/config.json")"
  assert_eq "path of the hook" "$(realpath "$HOOK")" "$(jq -r '.hooks.createRuntime[0].path' "$B/config.json")"
}

@test "an environment without PATH gets none; variables stay in their places" {
  use_recorder
  spec '.process.env = ["A=1", "NONO_ALLOW=/", "B=2", "TOOL_SANDBOX_X=1", "NONO_ALLOW=/etc", "A=3"]'
  cp "$B/config.json" "$T/plain.json"
  call create --bundle "$B" c1
  assert_eq "environment" '["A=1","NONO_ALLOW=/","B=2","TOOL_SANDBOX_X=1","NONO_ALLOW=/etc","A=3","NONO_PROFILE=default"]' \
    "$(jq -c .process.env "$B/config.json")"
}

@test "numbers, unknown members and the order of keys survive" {
  local number

  use_recorder
  spec '.linux.resources = {"x-first": 1, "memory": {"limit": 9007199254740991}} | .["x-unknown"] = {"z": 1, "a": [null, true]}'
  sed -i 's/9007199254740991/18446744073709551615/; s|"x-first": 1|"x-first": 1.50e3, "x-neg": -0.0, "x-big": 1e400|' \
    "$B/config.json"
  cp "$B/config.json" "$T/plain.json"
  call create --bundle "$B" c1
  for number in 18446744073709551615 1.50e3 -0.0 1e400; do
    grep -qF -- "$number" "$B/config.json"
  done
  assert_eq "order of keys" "$(jq -c keys_unsorted "$T/plain.json")" "$(jq -c 'del(.hooks) | keys_unsorted' "$B/config.json")"
  assert_eq "unknown member" '{"z":1,"a":[null,true]}' "$(jq -c '.["x-unknown"]' "$B/config.json")"
}

@test "owner and mode of config.json stay" {
  use_recorder
  chmod 640 "$T/plain.json"
  chown 1234:4321 "$T/plain.json"
  call create --bundle "$B" c1
  assert_eq "owner and mode" "1234:4321 640" "$(stat -c '%u:%g %a' "$B/config.json")"
}

@test "rewriting twice gives the same file" {
  use_recorder
  call create --bundle "$B" c1
  cp -a "$B/config.json" "$T/plain.json"
  call create --bundle "$B" c1
  cmp "$T/plain.json" "$B/config.json"
}

@test "hooks that are there stay, in their order, before ours" {
  use_recorder
  spec '.hooks = {createRuntime: [{path: "/bin/true"}, {path: "/bin/echo", args: ["echo"], timeout: 3}],
    createContainer: [{path: "/bin/false"}]}'
  cp "$B/config.json" "$T/plain.json"
  call create --bundle "$B" c1
  assert_eq "createRuntime" "$(jq -c '.hooks.createRuntime' "$T/plain.json")" "$(jq -c '.hooks.createRuntime[:2]' "$B/config.json")"
  assert_eq "createContainer" "$(jq -c '.hooks.createContainer' "$T/plain.json")" "$(jq -c '.hooks.createContainer' "$B/config.json")"
  assert_eq "hooks in all" 3 "$(jq '.hooks.createRuntime | length' "$B/config.json")"
}

@test "a config.json that is a symlink is refused" {
  use_recorder
  mv "$B/config.json" "$T/elsewhere.json"
  ln -s "$T/elsewhere.json" "$B/config.json"
  STATUS=0
  kf create --bundle "$B" c1 >"$T/out" 2>"$T/err" || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  cmp "$T/plain.json" "$T/elsewhere.json"
}

@test "a class that is allowed some profiles falls back from the others" {
  KF_CLASS_RUNTIME=/bin/true KF_CLASS_LINE='allowed_profiles = default' kf_config
  annotate nono.sh/profile narrow
  kf create --bundle "$B" "$ID"
  assert_eq "profile" /nono/profiles/default.json "$(jq -r '.process.args[3]' "$B/config.json")"
}
