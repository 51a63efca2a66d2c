#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031 # a $ in single quotes is for jq; bats runs tests in subshells
#
# kubefence explain: it says what the wrapper would do, and changes nothing.

load helpers

setup() { kf_setup; }
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# explain with these arguments: $STATUS, $OUT, $ERR.
explain() { # ARGUMENTS...
  STATUS=0
  timeout "$KF_PATIENCE" "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" explain "$@" >"$T/out" 2>"$T/err" 3>&- ||
    STATUS=$?
  kf_collect
}

said() { # JQ-FILTER
  jq -r "$1" "$T/out"
}

plain_text() { # WHAT
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "$1 is not plain ASCII"
  ! grep -q '.\{81\}' "$T/out" || fail "$1 is wider than 80 columns"
}

@test "explain shows the config.json that the wrapper writes, and leaves no trace" {
  annotate nono.sh/profile narrow
  cp "$B/config.json" "$T/before"
  explain --handler "$CLASS" --json "$B"
  succeeded
  assert_eq "decision" "inject runtime_class_matched $CLASS narrow null" \
    "$(said '[.decision, .reason, .runtime_class, .profile, (.error | tostring)] | join(" ")')"
  said .after | jq -S . >"$T/after"
  said .before | jq -S . >"$T/said-before"
  jq -S . "$B/config.json" | diff - "$T/said-before"
  cmp "$T/before" "$B/config.json"
  assert_eq "records" "" "$(records_left)"
  journal_is_silent_about "$ID"
  rewrite
  # Without a --config of its own, the wrapper hands on the same file.
  jq -S . "$B/config.json" | diff - "$T/after"
}

@test "the annotation that counts is named: the container's own, before the pod's" {
  annotate nono.sh/profile default
  annotate io.kubernetes.container.name app
  annotate profile.nono.sh/app narrow
  explain --handler "$CLASS" --json "$B"
  succeeded
  assert_eq "profile" narrow "$(said .profile)"
  assert_has "reason" "the annotation profile.nono.sh/app asks for narrow" "$(said '.reasons | join(" ")')"
}

@test "as text: the decision, the reasons and a unified diff, 80 columns wide but for the file's own lines" {
  explain --handler "$CLASS" "$B"
  succeeded
  assert_has "decision" "ok    decision            inject" "$OUT"
  assert_has "reason" "no annotation nono.sh/profile: the default profile" "$(tr -s ' \n' ' ' <"$T/out")"
  assert_eq "diff" 1 "$(grep -c '^+ *"/nono/launcher/kubefence-launcher",$' "$T/out")"
  assert_eq "diff" 1 "$(grep -c '^+ *"NONO_PROFILE=default"$' "$T/out")"
  assert_eq "diff" 0 "$(grep -c '^[-+].*ociVersion' "$T/out")"
  sed -n '1,/^--- config.json/p' "$T/out" | head -n -1 >"$T/head"
  ! grep -q '.\{81\}' "$T/head" || fail "wider than 80 columns"
}

@test "the places that a pod names" {
  explain --json --handler "$CLASS" "$B"
  assert_eq "without them" "null null" "$(said '"\(.allow) \(.deny)"')"
  cp "$KF_TOP/hook/share/profiles/default.json" "$T/nono-nri/profiles/default.json"
  mkdir -p "$B/rootfs/root/.ssh" "$B/rootfs/b"
  spec '.process.env += ["HOME=/root"]'
  annotate nono.sh/allow '~/.ssh'
  annotate nono.sh/deny $'/b\n/c'
  explain --json --handler "$CLASS" "$B"
  succeeded
  assert_eq "places" '~/.ssh|/b\n/c' "$(jq -c '.allow + "|" + .deny' "$T/out" | tr -d '"')"
  assert_eq "hidden" '{"path":"/b","origin":"nono.sh/deny"}' "$(said '.policy.hidden[] | select(.path == "/b") | tojson')"
  assert_eq "shown" "" "$(said '.policy.hidden[] | select(.path == "/root/.ssh")')"
  explain --handler "$CLASS" "$B"
  succeeded
  assert_has "allow" "      allow               ~/.ssh" "$OUT"
  assert_has "deny" "      deny                /b\x0a/c" "$OUT"
  annotate nono.sh/allow $'/srv/a,~/.ssh\e[31m'
  refused allow_refused
  KF_CLASS_LINE='allow_annotation = no' kf_config
  refused allow_refused
}

@test "a rewritten config.json needs no change" {
  rewrite
  explain --handler "$CLASS" "$B"
  succeeded
  assert_has "reason" "config.json is rewritten already: nothing would change" "$(tr -s ' \n' ' ' <"$T/out")"
  assert_has_not "diff" "@@" "$OUT"
}

@test "the class comes from nowhere, the handler, the hook, the annotation" {
  explain --json "$B"
  succeeded
  assert_eq "nowhere" "skip no_runtime_handler null" "$(said '[.decision, .reason, (.profile | tostring)] | join(" ")')"
  assert_eq "after" "$(said .before)" "$(said .after)"
  explain --json --handler runc "$B"
  succeeded
  assert_eq "another" "skip runtime_class_not_matched" "$(said '.decision + " " + .reason')"
  explain --json --runtime-class "$CLASS" "$B"
  assert_eq "the hook" inject "$(said .decision)"
  annotate nono.sh/runtime-class "$CLASS"
  explain --json "$B"
  assert_eq "the annotation" inject "$(said .decision)"
  explain --json --handler runc "$B"
  assert_eq "the annotation over another handler" inject "$(said .decision)"
}

@test "a memory limit that is too small for nono" {
  spec '.linux.resources.memory = {limit: 1048576}'
  explain --json --handler "$CLASS" "$B"
  succeeded
  assert_eq "reason" "warning: linux.resources.memory.limit is 1024 KiB, and nono may be killed at a start or an exec: set a limit of 8 MiB or more" \
    "$(said '.reasons[] | select(startswith("warning"))')"
  explain --json "$B"
  assert_eq "of a container that is left alone" "" "$(said '.reasons[] | select(startswith("warning"))')"
}

@test "a file and standard input as well as a bundle" {
  explain --json --handler "$CLASS" "$B/config.json"
  assert_eq "file" inject "$(said .decision)"
  cd "$B"
  explain --json --handler "$CLASS" config.json
  assert_eq "file of this directory" inject "$(said .decision)"
  explain --json --handler "$CLASS" - <"$B/config.json"
  assert_eq "stdin" inject "$(said .decision)"
}

@test "a pod's pause container is known by its id, from the path or --id" {
  local id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

  spec --arg id "$id" '.annotations += {"io.kubernetes.cri-o.ContainerType": "sandbox",
    "io.kubernetes.cri-o.SandboxID": $id}'
  explain --json --handler "$CLASS" "$B"
  assert_eq "a claim" inject "$(said .decision)"
  assert_has "reasons" "claims that it is a pod's pause container" "$(said '.reasons | join(" ")')"
  explain --json --handler "$CLASS" --id "$id" "$B"
  assert_eq "with its id" "skip sandbox_container" "$(said '.decision + " " + .reason')"
  mkdir -p "$T/$id/userdata"
  cp "$B/config.json" "$T/$id/userdata/"
  explain --json --handler "$CLASS" "$T/$id/userdata/"
  assert_eq "in the path" "skip sandbox_container" "$(said '.decision + " " + .reason')"
}

# The same words as the wrapper's, and the same verdict.
refused() { # REASON
  explain --json --handler "$CLASS" "$B"
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "decision" "deny $1 null" "$(said '[.decision, .reason, (.after | tostring)] | join(" ")')"
  run_container
  assert_eq "the wrapper's exit status" 1 "$STATUS"
  assert_has "the wrapper's message" "$(explain --json --handler "$CLASS" "$B" >/dev/null; said .error)" "$(<"$T/wrapper")"
}

run_container() {
  STATUS=0
  kf create --bundle "$B" "$ID" >"$T/wrapper" 2>&1 || STATUS=$?
}

@test "refusals: a profile, a mount over /nono, nono itself, an odd spelling" {
  annotate nono.sh/profile none
  refused profile_refused
  annotate nono.sh/profile default
  cp "$B/config.json" "$T/good"
  spec '.mounts += [{destination: "/tmp/../nono", type: "bind", source: "/etc", options: ["bind"]}]'
  refused mount_refused
  cp "$T/good" "$B/config.json"
  spec '.Process = .process'
  refused spec_invalid
  cp "$T/good" "$B/config.json"
  chmod g+w "$T/nono-nri/nono"
  refused nono_untrusted
}

@test "a class of Kata is explained as its shim would do it" {
  kf_config
  printf '%s\n' '[class kata]' 'shim = containerd-shim-test-v2' 'runtime = /usr/bin/true' >>"$KUBEFENCE_CONFIG"
  sed -i "s/^runtime_classes = .*/& kata/" "$KUBEFENCE_CONFIG"
  explain --json --handler kata "$B"
  assert_eq "writable" "deny nono_untrusted" "$(said '.decision + " " + .reason')"
  mount --bind "$T/nono-nri" "$T/nono-nri"
  mount -o remount,bind,ro "$T/nono-nri"
  explain --json --handler containerd-shim-test-v2 --id c1 "$B"
  assert_eq "by its shim" "inject kata" "$(said '.decision + " " + .runtime_class')"
  assert_eq "mounts" "/nono" "$(said '.after.mounts[-1].destination')"
  annotate nono.sh/runtime-class kata
  explain --json "$B"
  assert_eq "by annotation alone" "deny config_invalid" "$(said '.decision + " " + .reason')"
  umount "$T/nono-nri"
}

@test "a broken configuration: opted-in containers are refused, others are left alone" {
  echo "bogus = 1" >>"$KUBEFENCE_CONFIG"
  explain --json "$B"
  succeeded
  assert_eq "skip" skip "$(said .decision)"
  explain --json --handler "$CLASS" "$B"
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "deny" "deny config_invalid" "$(said '.decision + " " + .reason')"
  assert_has "error" "unknown key 'bogus'" "$(said .error)"
}

@test "a pod's text does nothing to a terminal" {
  local evil=$'\e[2J\u009b31m\u202e\x7f\r\nx'

  annotate nono.sh/profile "$evil"
  annotate nono.sh/runtime-class "$evil"
  spec_args /bin/sh "$evil"
  explain "$B"
  plain_text "a skip"
  explain --handler "$CLASS" "$B"
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "the text is not plain ASCII"
  explain --json --handler "$CLASS" "$B"
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "the JSON is not plain ASCII"
  assert_eq "before" "$evil" "$(said '.before.process.args[1]')"
  assert_eq "after" "$evil" "$(said '.after.process.args[-1]')"
}

@test "numbers and unknown members stay as they are" {
  spec '.x = {"big": 123, "y": [1, {}]}'
  sed -i 's/"big": *123/"big":18446744073709551616123/' "$B/config.json"
  explain --json --handler "$CLASS" "$B"
  succeeded
  assert_eq "numbers" 2 "$(grep -c 18446744073709551616123 "$T/out")"
}

@test "hostile files: FIFOs, links, text that is not JSON, too large, deep" {
  rm "$B/config.json"
  mkfifo "$B/config.json"
  explain --handler "$CLASS" "$B"
  assert_eq "FIFO in a bundle" "1 kubefence: config.json in the bundle is not a regular file" "$STATUS $ERR"
  explain --handler "$CLASS" "$B/config.json"
  assert_eq "FIFO" "1 kubefence: $B/config.json is not a regular file" "$STATUS $ERR"
  rm "$B/config.json"
  ln -s /etc/passwd "$B/config.json"
  explain --handler "$CLASS" "$B"
  assert_eq "exit status" 1 "$STATUS"
  assert_has "a link" "cannot open config.json in the bundle" "$ERR"
  rm "$B/config.json"
  explain --handler "$CLASS" "$B"
  assert_has "missing" "cannot open config.json in the bundle" "$ERR"
  truncate -s 65M "$B/config.json"
  explain --handler "$CLASS" "$B"
  assert_eq "exit status" 1 "$STATUS"
  assert_has "large" "larger than 67108864 bytes" "$ERR"
  head -c 100000 /dev/zero | tr '\0' '[' >"$B/config.json"
  explain --json --handler "$CLASS" "$B"
  assert_eq "deep" "1 deny spec_invalid null" "$STATUS $(said '[.decision, .reason, (.before | tostring)] | join(" ")')"
  printf '{"annotations": {"nono.sh/profile": "\xff"}}' >"$B/config.json"
  explain --json --handler "$CLASS" "$B"
  assert_eq "no UTF-8" "1 deny" "$STATUS $(said .decision)"
  printf '\0' >"$B/config.json"
  explain --json --handler "$CLASS" "$B"
  assert_eq "NUL" "1 deny" "$STATUS $(said .decision)"
}

@test "without diff(1), the decision is there all the same" {
  STATUS=0
  unshare --mount --propagation private sh -c 'for diff in /usr/bin/diff /bin/diff; do
      [ ! -x "$diff" ] || mount --bind /dev/null "$diff"; done; exec "$@"' sh \
    "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" explain --handler "$CLASS" "$B" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  succeeded
  assert_has "text" "diff is not installed: --json has both documents" "$OUT"
}

@test "usage" {
  local arguments

  for arguments in '' 'a b' '--bogus' '--handler' "--handler a --runtime-class b $B"; do
    # shellcheck disable=SC2086 # words are wanted
    explain $arguments
    assert_eq "$arguments" 2 "$STATUS"
    assert_eq "stdout" "" "$OUT"
  done
  explain ''
  assert_eq "empty" 2 "$STATUS"
  explain --help
  succeeded
  assert_eq "wider than 80 columns" "" "$(awk 'length > 80' "$T/out")"
  for arguments in --handler --runtime-class --id --json; do
    assert_has "help" "$arguments" "$OUT"
  done
}
