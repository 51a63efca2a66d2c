#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# config.json and the state as no engine writes them. Truncated at every byte: tests/unit/test-json.c; missing members
# of a state: tests/integration/refusals.bats; random bytes: tests/fuzz.

load hostile

setup() {
  hostile_setup
  cp "$B/config.json" "$T/plain.json"
  cp "$T/plain.json" "$T/sentinel/document"
  guard
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# A hostile document must not cost hundreds of megabytes. ASan's shadow memory takes terabytes of addresses.
small() { # COMMAND...
  (kf_sanitized || ulimit -v 600000 && exec "$@")
}

depth_bomb() { # PREFIX COUNT
  printf '%s' "$1"
  head -c "$2" /dev/zero | tr '\0' '['
}

giant() { # PREFIX
  printf '%s"' "$1"
  head -c 100M /dev/zero | tr '\0' 'x'
  printf '"}'
}

# --- config.json -------------------------------------------------------------------------------------------------

document_refused() { # [TEXT]
  local before

  before=$(sha256sum <"$B/config.json")
  STATUS=0
  small_create >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  assert_has "stderr" "${1:-config.json}" "$ERR"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  (($(wc -c <"$T/err") < 8192))
  assert_eq "config.json" "$before" "$(sha256sum <"$B/config.json")"
  assert_guarded
  expect_in_journal denied spec_invalid "${1:-config.json}"
}

small_create() {
  small timeout "$KF_PATIENCE" "$T/bin/$CLASS" --root "$T/rt" create --bundle "$B" "$ID" </dev/null 3>&-
}

document() { # NAME; the document is on stdin
  row "$1"
  cat >"$B/config.json"
}

@test "a config.json that is not JSON, or more than JSON" {
  local text

  document "nothing" </dev/null
  document_refused
  for text in '[]' null 7 '"x"' '{' '{}x' '{}{}' '{"a":1,}' "{'a':1}" '{"a":NaN}' '{"a":01}' '// x' '{"a":1}/**/' \
    $'\xef\xbb\xbf{}' $'{"a":"\xff"}' $'{"a":"\n"}' '{"a":"\ud800"}' '{"process":{},"process":{}}' \
    '{"process":{},"Process":{}}' '{"a":{"b":1,"b":2}}'; do
    document "$text" <<<"$text"
    document_refused
  done
  journal_agrees
}

@test "a config.json with a NUL" {
  document "a NUL after the document" < <(cat "$T/plain.json" && printf '\0')
  document_refused
  document "a NUL in the middle" < <(head -c 200 "$T/plain.json" && printf '\0' && tail -c +200 "$T/plain.json")
  document_refused
  document "NULs for whitespace" < <(tr ' ' '\0' <"$T/plain.json")
  document_refused
  document "in the name of an argument" < <(jq '.process.args[0] = "/bin/sh\u0000x"' "$T/plain.json")
  document_refused process.args
  document "in a destination" < <(jq '.mounts += [{destination: "/x\u0000/../nono", type: "tmpfs", source: "tmpfs"}]' \
    "$T/plain.json")
  document_refused mounts
  journal_agrees
}

@test "a config.json that goes deep" {
  document "a million brackets" < <(depth_bomb '{"x":' 1000000)
  document_refused
  document "a hundred, all closed" < <(jq -c --argjson deep "$(printf '[%.0s' {1..100})$(printf ']%.0s' {1..100})" \
    '.x = $deep' "$T/plain.json")
  document_refused
  journal_agrees
}

@test "a config.json of 100 MB" {
  document "one string" < <(giant '{"x":')
  document_refused
  document "whitespace" < <(cat "$T/plain.json" && head -c 100M /dev/zero | tr '\0' ' ')
  document_refused
  journal_agrees
}

@test "a config.json that is not a file" {
  local kind

  mkdir "$T/away"
  for kind in fifo directory symlink "dangling symlink" socket device nothing; do
    row "$kind"
    rm -rf "$B/config.json"
    case $kind in
    fifo) mkfifo "$B/config.json" ;;
    directory) mkdir "$B/config.json" ;;
    symlink) ln -s "$T/sentinel/document" "$B/config.json" ;;
    "dangling symlink") ln -s "$T/sentinel/new" "$B/config.json" ;;
    socket) perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => shift, Listen => 1) or die' "$B/config.json" ;;
    device) mknod "$B/config.json" c 1 5 ;;
    nothing) ;;
    esac
    STATUS=0
    small_create >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "kubefence-runtime: " "$ERR"
    expect_in_journal denied spec_invalid "config.json"
    assert_guarded
  done
  journal_agrees
}

# --- the state ---------------------------------------------------------------------------------------------------

state_refused() { # EXIT-STATUS; the state is on stdin
  STATUS=0
  small timeout "$KF_PATIENCE" "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime >"$T/out" \
    2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  assert_eq "exit status" "$1" "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  assert_eq "mounts in the container" "" "$(victim_mounts)"
  assert_guarded
}

@test "a state with a NUL, a key twice, or depth" {
  local good

  rewrite
  guard
  start_victim
  good=$(state_json creating "$VICTIM")
  state_refused 11 < <(printf '%s\0' "$good")
  state_refused 11 < <(printf '%s\0x' "$good")
  state_refused 11 < <(tr ' ,' '\0,' <<<"${good/,/ ,}")
  state_refused 11 <<<"${good/\"id\":/\"id\":\"other\",\"id\":}"
  state_refused 11 <<<"${good/\"bundle\":/\"bundle\":\"\/\",\"bundle\":}"
  state_refused 11 <<<"${good/\"pid\":/\"pid\":1,\"pid\":}"
  state_refused 11 <<<"$(jq -c '.id += "\u0000x"' <<<"$good")"
  state_refused 11 <<<"$(jq -c '.bundle += "\u0000x"' <<<"$good")"
  state_refused 11 < <(depth_bomb '{"annotations":' 1000000)
  state_refused 11 <<<"$(jq -c '.annotations = 7' <<<"$good")"
  state_refused 11 <<<"$(jq -c '.pid = 1e3' <<<"$good" | sed 's/1000/1e3/')"
}

@test "a state of 100 MB" {
  rewrite
  guard
  start_victim
  state_refused 11 < <(giant '{"x":')
  state_refused 11 < <(state_json creating "$VICTIM" && head -c 100M /dev/zero | tr '\0' ' ')
}

@test "a state that ends early" {
  local good cut

  rewrite
  guard
  start_victim
  good=$(state_json creating "$VICTIM")
  for ((cut = 0; cut < ${#good}; cut += 17)); do
    state_refused 11 < <(printf '%s' "${good:0:cut}")
  done
}

@test "a state whose bundle is somewhere else" {
  local bundle

  rewrite
  guard
  start_victim
  for bundle in / "$T/sentinel" "$B/rootfs" /proc/self "/proc/$VICTIM/root" /dev/null "$B/config.json"; do
    state_refused 12 < <(state_json creating "$VICTIM" | jq -c --arg bundle "$bundle" '.bundle = $bundle')
  done
}
