#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031 # jq programs; bats runs each test in a subshell
#
# Seccomp filters of the pod that answer nono's calls in the kernel's place.

load hostile

setup() {
  hostile_setup
  cp "$B/config.json" "$T/plain.json"
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

filter() { # NAME JSON
  row "$1"
  cat "$T/plain.json" >"$B/config.json"
  spec --argjson seccomp "$2" '.linux.seccomp = ({defaultAction: "SCMP_ACT_ALLOW"} + $seccomp)'
}

rule() { # CALL ACTION [MEMBERS]
  jq -nc --arg call "$1" --arg action "$2" --argjson more "${3:-{\}}" '{syscalls: [{names: ["uname"], action:
    "SCMP_ACT_ALLOW"}, {names: ["mknod", $call], action: $action} + $more]}'
}

@test "a filter that answers a call of nono's without executing it" {
  local call

  for call in landlock_restrict_self landlock_add_rule landlock_create_ruleset prctl openat readlink statx execve; do
    filter "$call succeeds" "$(rule "$call" SCMP_ACT_ERRNO '{"errnoRet": 0}')"
    refused seccomp_refused "answers $call by SCMP_ACT_ERRNO without an error"
  done
  filter "errors of 65536" "$(rule landlock_restrict_self SCMP_ACT_ERRNO '{"errnoRet": 65536}')"
  refused seccomp_refused "answers landlock_restrict_self by SCMP_ACT_ERRNO without an error"
  filter "for certain arguments" "$(rule openat SCMP_ACT_ERRNO '{"errnoRet": 0,
    "args": [{"index": 2, "value": 2097152, "op": "SCMP_CMP_EQ"}]}')"
  refused seccomp_refused "answers openat by SCMP_ACT_ERRNO without an error"
  filter "a tracer" "$(rule landlock_restrict_self SCMP_ACT_TRACE)"
  refused seccomp_refused "answers landlock_restrict_self by SCMP_ACT_TRACE"
  filter "a listener" "$(rule openat SCMP_ACT_NOTIFY | jq '.listenerPath = "/run/listener.sock"')"
  refused seccomp_refused "answers openat by SCMP_ACT_NOTIFY"
  filter "by default" '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 0,
    "syscalls": [{"names": ["openat", "execve"], "action": "SCMP_ACT_ALLOW"}]}'
  refused seccomp_refused "answers landlock_create_ruleset by SCMP_ACT_ERRNO without an error"
  filter "to a tracer, by default" '{"defaultAction": "SCMP_ACT_TRACE"}'
  refused seccomp_refused "answers landlock_create_ruleset by SCMP_ACT_TRACE"
  journal_agrees
}

@test "a filter that denies calls that nono does not need" {
  local action

  for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS SCMP_ACT_TRAP SCMP_ACT_LOG; do
    filter "$action" "$(rule ptrace "$action")"
    sandboxed
  done
  filter "no error for another call" "$(rule ptrace SCMP_ACT_ERRNO '{"errnoRet": 0}')"
  sandboxed
  filter "a tracer for another call" "$(rule ptrace SCMP_ACT_TRACE)"
  sandboxed
  journal_agrees
}

@test "a filter that the class replaces" {
  install -m 644 "$KF_BUILD/seccomp/runtime-default.json" "$T/filter.json"
  kf_config "seccomp_profile = $T/filter.json"
  guard
  filter "it is gone" "$(rule landlock_restrict_self SCMP_ACT_ERRNO '{"errnoRet": 0}')"
  sandboxed
  journal_agrees
}

# From the first step to the command, as the kernel sees it. mkdir(2) is expected to fail.
traced_calls() {
  unshare --mount --propagation private sh -c "$KF_RUNTIME_MOUNTS"' && mkdir "$1/nono" &&
    mount --bind "$2" "$1/nono" && mount -o remount,bind,ro "$1/nono" &&
    for node in null zero random urandom; do : >"$1/dev/$node" && mount --bind "/dev/$node" "$1/dev/$node" || exit; done &&
    exec strace -qqq -f -o "$3" -e signal=none chroot "$1" /nono/launcher/kubefence-launcher first-step \
      --profile /nono/profiles/default.json -- /bin/true' sh "$B/rootfs" "$T/nono-nri" "$T/calls" 3>&-
  sed -n '\|execve("/nono/launcher|,\|execve("/bin/true|p' "$T/calls" | sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' |
    sort -u | grep -vx mkdir
}

@test "the calls of a start are those that are looked at" {
  local call

  [[ $KF_NONO == real ]] || skip "the stand-in for nono makes fewer"
  needs_strace
  traced_calls >"$T/seen"
  grep -qx landlock_restrict_self "$T/seen"
  (($(wc -l <"$T/seen") > 20))
  while read -r call; do
    grep -qF "\"$call\"," "$KF_TOP/hook/oci/seccomp-check.c" || fail "not in hook/oci/seccomp-check.c: $call"
  done <"$T/seen"
}
