#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The precreate filter by itself: its input and its output. podman.bats has it under Podman.

load helpers

setup() {
  kf_setup
}

teardown() {
  kf_teardown
}

teardown_file() {
  stop_journald
}

filter() { # FILE [HOOK-OPTIONS...]
  local file=$1

  shift
  run_hook --config "$KUBEFENCE_CONFIG" "$@" precreate <"$file"
}

comes_out_as_it_is() { # FILE [HOOK-OPTIONS...]
  filter "$@"
  assert_eq "exit status" 0 "$STATUS"
  cmp "$1" "$T/out"
  assert_eq "stderr" "" "$ERR"
}

refuses() { # EXIT-STATUS FILE [HOOK-OPTIONS...]
  local wanted=$1

  shift
  filter "$@"
  assert_eq "exit status" "$wanted" "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
}

@test "a config.json that does not opt in comes out byte for byte" {
  comes_out_as_it_is "$B/config.json"
  jq -c . "$B/config.json" >"$T/in"
  comes_out_as_it_is "$T/in"
  annotate nono.sh/profile default
  comes_out_as_it_is "$B/config.json"
  annotate nono.sh/runtime-class another-node-s
  comes_out_as_it_is "$B/config.json" --runtime-class another-node-s
  # Without another sign, an unknown class is a misspelt one.
  refuses 10 "$B/config.json"
}

@test "values that Go would read differently survive without opting in" {
  local text

  for text in '{"a":18446744073709551616,"b":-0,"c":1E+3,"n":null,"e":[],"o":{}}' '{"a":1,"a":2}' '{"process":null}' \
    $'{"bad":"\xff"}' '{"annotations":null}' '{"annotations":{"x":"y","x":"z"}}' ' { } '; do
    printf '%s' "$text" >"$T/in"
    comes_out_as_it_is "$T/in"
  done
}

@test "with a broken configuration, a config.json that does not opt in still comes out" {
  echo "bogus = 1" >>"$KUBEFENCE_CONFIG"
  comes_out_as_it_is "$B/config.json"
  refuses 10 "$B/config.json" --runtime-class "$CLASS"
  annotate nono.sh/runtime-class "$CLASS"
  refuses 10 "$B/config.json"
  rm "$KUBEFENCE_CONFIG"
  refuses 10 "$B/config.json"
}

@test "a relative --config, which the added hooks could not find, counts as broken" {
  mkdir "$T/elsewhere"
  cp "$KUBEFENCE_CONFIG" "$T/elsewhere/k.conf"
  cd "$T/elsewhere"
  run_hook --config k.conf precreate <"$B/config.json"
  assert_eq "exit status" 0 "$STATUS"
  cmp "$B/config.json" "$T/out"
  annotate nono.sh/runtime-class "$CLASS"
  run_hook --config k.conf precreate <"$B/config.json"
  assert_eq "exit status" 10 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "is not absolute" "$ERR"
  cd "$T"
}

@test "a config.json that opts in comes out as the wrapper makes it" {
  annotate nono.sh/runtime-class "$CLASS"
  cp "$B/config.json" "$T/in"
  filter "$T/in"
  assert_eq "exit status" 0 "$STATUS"
  cp "$T/out" "$T/filtered"
  rewrite
  assert_eq "config.json" "$(jq -cS . "$B/config.json")" "$(jq -cS . "$T/filtered")"
  comes_out_as_it_is "$T/filtered"
}

@test "a class from the node needs no annotation, and no claim to be a pause container lifts it" {
  annotate io.kubernetes.cri-o.ContainerType sandbox
  annotate io.kubernetes.cri-o.SandboxID "$ID"
  filter "$B/config.json" --runtime-class "$CLASS"
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "first word" /nono/launcher/kubefence-launcher "$(jq -r '.process.args[0]' "$T/out")"
}

@test "a config.json that cannot be sandboxed is refused, and nothing comes out" {
  local edit path

  annotate nono.sh/runtime-class "$CLASS"
  cp "$B/config.json" "$T/good"
  for edit in 'del(.process)' '.process.args = []' '.process.Args = ["sh"]' '.mounts += [{destination: "/nono"}]' \
    'del(.linux.namespaces)' '.process.env = "PATH=/bin"' '.process.args[0] = 7'; do
    jq "$edit" "$T/good" >"$T/in"
    echo "edit: $edit"
    refuses "$([[ $edit == *mounts* ]] && echo 17 || echo 12)" "$T/in"
  done
  ln -s / "$T/host"
  for path in / // /proc/self/root "$T/host"; do
    jq --arg path "$path" '.root.path = $path' "$T/good" >"$T/in"
    echo "root.path: $path"
    refuses 12 "$T/in"
    assert_has "stderr" "root.path is the host's root file system" "$ERR"
  done
  rm "$T/nono-nri/profiles/default.json"
  refuses 13 "$T/good"
}

@test "text that is not a config.json is refused" {
  local text

  for text in '' '{' '[]' 'null' '7' '{"a":1} x' "$(head -c 300 "$B/config.json")"; do
    printf '%s' "$text" >"$T/in"
    echo "text: $text"
    refuses 12 "$T/in"
  done
  printf '{"annotations":{"nono.sh/runtime-class":"%s"},"a":1,"a":2}' "$CLASS" >"$T/in"
  refuses 12 "$T/in"
}

@test "a reader that has gone is an error" {
  STATUS=0
  "$HOOK" --config "$KUBEFENCE_CONFIG" precreate <"$B/config.json" >/dev/full 2>"$T/err" 3>&- || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "cannot write config.json" "$(<"$T/err")"
}
