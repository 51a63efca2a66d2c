#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# sanitized: no
# shellcheck disable=SC2016,SC2030,SC2031 # sh and jq programs; bats runs each test in a subshell
#
# kubefence denials: the refusals of containers, as the kernel's system calls show them.

load helpers

setup() {
  kf_setup
  [[ $BATS_TEST_DESCRIPTION == *ptrace* || $BATS_TEST_DESCRIPTION == *usage* ]] || need_bpf
  install -m 755 "$KF_BUILD/tests/denials/probe" "$B/rootfs/bin/probe"
  mkdir -p "$B/rootfs/secret/empty"
}

teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# Without BPF the tests of it say why they do not run.
need_bpf() {
  local reason

  reason=$("$KF_BUILD/kubefence" denials no-such 2>&1 3>&- | sed -n 's/^kubefence: \(.*\): watching with ptrace.*/\1/p')
  [[ -z $reason ]] || skip "$reason"
}

# Starts `kubefence denials` in the background and waits until it watches; its output is in $T/denials.
watch() { # ARGUMENTS...
  : >"$T/denials"
  : >"$T/denials.err"
  "$KF_BUILD/kubefence" denials "$@" >"$T/denials" 2>"$T/denials.err" 3>&- &
  WATCHER=$!
  KF_PIDS+=("$WATCHER")
  eventually is_watching
}

is_watching() {
  ! kill -0 "$WATCHER" 2>/dev/null || grep -q 'kubefence: watching' "$T/denials.err"
}

# Ends it as Ctrl-C does: $OUT is its output.
end_watch() {
  STATUS=0
  kill -TERM "$WATCHER" 2>/dev/null || true
  wait "$WATCHER" || STATUS=$?
  OUT=$(<"$T/denials") ERR=$(<"$T/denials.err")
  printf 'status %s\ndenials: %s\nstderr: %s\n' "$STATUS" "$OUT" "$ERR"
}

# The denials of $OUT (JSON) as lines "OPERATION PATH[ -> NEW_PATH] ERROR CAUSE COUNT".
lines() { # JQ-FILTER
  jq -r "select(${1:-true})"' | [.operation, .path, (if .new_path then "-> " + .new_path else null end), .target,
    .error, .cause, .count] | map(select(. != null)) | join(" ")' <<<"$OUT"
}


# A profile that also confines the network, signals and tracing.
confine_all() {
  jq '.network = {connect_port: [443]} | .security = {signal_mode: "isolated"}' "$T/nono-nri/profiles/default.json" \
    >"$T/confined.json"
  install -m 644 "$T/confined.json" "$T/nono-nri/profiles/confined.json"
  annotate nono.sh/profile confined
}

fill_image() {
  local root=$B/rootfs

  cp "$root/bin/probe" "$root/secret/tool"
  mkdir -p "$root/allowed/empty" "$root/secret/dir/below"
  echo deep >"$root/secret/dir/below/file"
}


ALL_TRIED=(pid read /secret/file write /allowed/file create /etc/new exec /secret/tool mkdir /secret/new mknod /secret/pipe
  rename /allowed/file /scratch/file link /allowed/file /scratch/link symlink /allowed /secret/sym unlink /allowed/file
  rmdir /allowed/empty truncate /allowed/file read-at /secret/dir below/file read-in /secret/dir ./below//file bind 8080
  connect 80 signal 1 ptrace 1 mount /scratch)

# The results. The runtime gives no CAP_SYS_ADMIN, so the mount fails without us, too.
ALL_REFUSED='bind 127.0.0.1:8080 EACCES policy 1
connect 127.0.0.1:80 EACCES policy 1
create /etc/new EACCES policy 1
exec /secret/tool EACCES policy 1
link /allowed/file -> /scratch/link EXDEV policy 1
mkdir /secret/new EACCES policy 1
mknod /secret/pipe EACCES policy 1
mount /scratch EPERM permissions 1
ptrace process 1 EPERM policy 1
read /secret/dir/below/file EACCES policy 2
read /secret/file EACCES policy 1
rename /allowed/file -> /scratch/file EACCES policy 1
rmdir /allowed/empty EACCES policy 1
signal process 1, signal 28 EPERM policy 1
symlink /secret/sym EACCES policy 1
truncate /allowed/file EACCES policy 1
unlink /allowed/file EACCES policy 1
write /allowed/file EACCES policy 1'

start_idle() {
  app 'sleep 600'
  start_container
}

# Everything in the table was refused, and all of it was seen.
assert_all_refused() {
  assert_has_not "tried" " 0"$'\n' "$(<"$T/tried")"$'\n'
  succeeded
  assert_eq "denials" "$ALL_REFUSED" "$(lines | sort)"
  assert_eq "of whom" "prod web-0 $ID $(awk '$1 == "pid" { print $2 }' "$T/tried") /bin/probe" \
    "$(jq -r '[.namespace, .pod, .container_id, .process, .program] | join(" ")' <<<"$OUT" | sort -u)"
  assert_has "times" "$(date -u +%Y-%m-)" "$(jq -r .time <<<"$OUT" | sort -u)"
}

@test "more than ten things refused, each in its own way, all named with the right paths" {
  confine_all
  fill_image
  start_idle
  watch -o json "${ID:0:12}"
  kf exec "$ID" /bin/probe "${ALL_TRIED[@]}" >"$T/tried"
  end_watch
  assert_all_refused
}

@test "the same with ptrace, and the container goes on afterwards" {
  confine_all
  fill_image
  start_idle
  watch --ptrace -o json "$ID"
  # The exec is found a moment after it was started: it waits for that.
  kf exec "$ID" /bin/sh -c 'sleep 1; exec /bin/probe "$@"' sh "${ALL_TRIED[@]}" >"$T/tried"
  end_watch
  assert_has_not "tried" " 0"$'\n' "$(<"$T/tried")"$'\n'
  succeeded
  assert_eq "denials" "$ALL_REFUSED" "$(lines '.program == "/bin/probe"' | sort)"
  assert_eq "tracer" "TracerPid: 0" "$(awk '$1 == "TracerPid:" { print $1, $2 }' "/proc/$PID/status")"
  assert_eq "state" sleeping "$(awk '$1 == "State:" { gsub(/[()]/, ""); print $3 }' "/proc/$PID/status")"
}

@test "a 32-bit call is named as one" {
  [[ $(uname -m) == x86_64 ]] || skip "this machine has no 32-bit calls of that kind"
  start_idle
  watch -o json "$ID"
  kf exec "$ID" /bin/probe foreign 0 >"$T/tried"
  end_watch
  if [[ $(<"$T/tried") == "foreign 1" ]]; then
    assert_eq "denials" "32-bit call number 39 EPERM unknown 1" "$(lines)"
  else
    assert_eq "denials" "" "$OUT"
  fi
}

@test "a refusal by plain permissions is marked as one" {
  local root=$B/rootfs

  echo private >"$root/allowed/private"
  chmod 600 "$root/allowed/private"
  mkdir -m 700 "$root/allowed/closed"
  mkdir -m 1777 "$root/scratch/sticky"
  echo x >"$root/scratch/sticky/file"
  start_idle
  watch -o json "$ID"
  # Of the user, not of the policy; then of the policy, though the user may.
  kf exec --user 1000:1000 "$ID" /bin/probe read /allowed/private read /allowed/closed/file unlink /scratch/sticky/file \
    write /allowed/file read /secret/file >"$T/tried"
  # Only the policy refuses root.
  kf exec "$ID" /bin/probe write /allowed/private >>"$T/tried"
  cat "$T/tried"
  end_watch
  succeeded
  assert_eq "denials" 'read /allowed/closed/file EACCES permissions 1
read /allowed/private EACCES permissions 1
read /secret/file EACCES policy 1
unlink /scratch/sticky/file EPERM permissions 1
write /allowed/file EACCES permissions 1
write /allowed/private EACCES policy 1' "$(lines | sort)"
}

@test "permissions are those of the container's user namespace" {
  echo foreign >"$B/rootfs/allowed/foreign"
  spec_userns
  chmod 755 "$T" "$B" "$B/rootfs"
  # The host's root owns it, and has no uid in there: no capability of the container's root counts for it.
  chown 0:0 "$B/rootfs/allowed/foreign"
  chmod 600 "$B/rootfs/allowed/foreign"
  start_idle
  watch -o json "$ID"
  kf exec "$ID" /bin/probe read /allowed/foreign read /secret/file >"$T/tried"
  cat "$T/tried"
  end_watch
  succeeded
  assert_eq "denials" 'read /allowed/foreign EACCES permissions 1
read /secret/file EACCES policy 1' "$(lines | sort)"
}

@test "ten thousand equal refusals are one line" {
  start_idle
  watch -o json "$ID"
  kf exec "$ID" /bin/probe loop /secret/file 10000 >"$T/tried"
  end_watch
  succeeded
  assert_eq "denials" "read /secret/file EACCES policy 10000" "$(lines)"
  assert_eq "stderr" "kubefence: watching 1 container (end with Ctrl-C)" "$ERR"
}

@test "hostile names are escaped, and stay on their line" {
  local name='/secret/a b\\x\n\033[31mred\t\377\303\244 pod=other'
  local escaped='/secret/a\x20b\x5cx\x0a\x1b[31mred\x09\xff\xc3\xa4\x20pod=other'
  # The container makes the name: a runtime may not pass on bytes that are not UTF-8.
  local try='/bin/probe mkdir "$(printf "$0")"'

  start_idle
  watch -f "$ID"
  kf exec "$ID" /bin/sh -c "$try mkdir '/secret/\$(plain)'" "$name" >"$T/tried"
  eventually grep -q plain "$T/denials"
  end_watch
  succeeded
  assert_eq "lines" 2 "$(wc -l <"$T/denials")"
  assert_has "escaped" " mkdir    $escaped EACCES cause=policy times=1 pod=web-0 " "$(head -n 1 "$T/denials")"
  ! LC_ALL=C grep -q '[^ -~]' "$T/denials" || fail "not printable: $(<"$T/denials")"
  watch -o json "$ID"
  kf exec "$ID" /bin/sh -c "$try" "$name" >"$T/tried"
  end_watch
  assert_eq "json" "$escaped" "$(jq -r .path <<<"$OUT")"
}

@test "containers that did not opt in do not appear" {
  mkdir "$T/other"
  cp -a "$B/rootfs" "$B/config.json" "$T/other/"
  jq '.process.user = {uid: 1000, gid: 1000} | .process.args = ["/bin/probe", "read", "/secret/file", "create", "/new"]' \
    "$B/config.json" >"$T/other/config.json"
  chmod 600 "$T/other/rootfs/secret/file"
  start_idle
  watch -o json --all
  bare run --bundle "$T/other" "$ID-other" >"$T/bare"
  assert_eq "what the other was refused" $'read 13\ncreate 13' "$(<"$T/bare")"
  kf exec "$ID" /bin/probe read /secret/file >"$T/tried"
  end_watch
  assert_eq "denials" "read /secret/file EACCES policy 1" "$(lines)"
}

@test "a container that starts meanwhile is seen from its first call, one that ends until its last" {
  watch -o json --pod web-0
  app '/bin/probe read /secret/file; exec /bin/probe mkdir /secret/last'
  run_container "$ID-1"
  annotate io.kubernetes.pod.name web-1
  run_container "$ID-2"
  end_watch
  succeeded
  assert_eq "denials" $'mkdir /secret/last EACCES policy 1\nread /secret/file EACCES policy 1' \
    "$(lines '.program == "/bin/probe"' | sort)"
  assert_eq "of whom" "$ID-1" "$(jq -r .container_id <<<"$OUT" | sort -u)"
}

@test "the look ends with the container that was named" {
  app 'sleep 2; exec /bin/probe mkdir /secret/last'
  start_container
  watch -o json "$ID"
  eventually has_ended "$WATCHER"
  end_watch
  succeeded
  assert_eq "denials" "mkdir /secret/last EACCES policy 1" "$(lines)"
}

has_ended() { # PID
  ! kill -0 "$1" 2>/dev/null
}

@test "a container that is killed and deleted while it is looked at" {
  start_idle
  watch -o json "$ID"
  kf exec "$ID" /bin/probe read /secret/file >"$T/tried"
  kf kill "$ID" KILL
  eventually has_ended "$PID"
  kf delete "$ID"
  eventually has_ended "$WATCHER"
  end_watch
  succeeded
  assert_eq "denials" "read /secret/file EACCES policy 1" "$(lines)"
}

@test "a namespace of its own hides nothing" {
  spec '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"] | unique)'
  KF_CLASS_LINE='privileged = allow' kf_config
  start_idle
  watch -o json "$ID"
  kf exec --cap CAP_SYS_ADMIN "$ID" /bin/probe unshare read /secret/file >"$T/tried"
  assert_eq "tried" $'unshare 0\nread 13' "$(<"$T/tried")"
  end_watch
  assert_eq "denials" "read /secret/file EACCES policy 1" "$(lines '.program == "/bin/probe"')"
}

@test "without BPF one container is watched with ptrace, and the reason is said" {
  cp "$KF_BUILD/kubefence" "$KF_BUILD/tests/denials/no-bpf/"
  KF_BUILD=$KF_BUILD/tests/denials/no-bpf
  start_idle
  watch -o json "$ID"
  kf exec "$ID" /bin/sh -c 'sleep 1; /bin/probe read /secret/file' >"$T/tried"
  end_watch
  succeeded
  assert_has "reason" "kubefence: this kubefence was built without BPF: watching with ptrace" "$ERR"
  assert_eq "denials" "read /secret/file EACCES policy 1" "$(lines '.program == "/bin/probe"')"
  watch --all
  end_watch
  assert_eq "exit status" 1 "$STATUS"
  assert_has "remedy" "name one container, which ptrace can watch" "$ERR"
}

@test "a reader that has gone ends the look" {
  start_idle
  "$KF_BUILD/kubefence" denials -f "$ID" 2>"$T/denials.err" 3>&- | head -n 1 >"$T/denials" &
  WATCHER=$!
  KF_PIDS+=("$WATCHER")
  eventually is_watching
  kf exec "$ID" /bin/probe read /secret/file >"$T/tried"
  eventually has_ended "$WATCHER"
  assert_has "line" "/secret/file" "$(<"$T/denials")"
}

@test "wrong usage and missing containers are errors of one line" {
  local options

  for options in '--output xml' '--ptrace' '--ptrace a b' '--all --pod x' '--pod x some-id' '--no-such'; do
    echo "options: $options"
    STATUS=0
    # shellcheck disable=SC2086 # words are wanted
    timeout 10 "$KF_BUILD/kubefence" denials $options >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
    kf_collect
    assert_eq "exit status" 2 "$STATUS"
    assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  done
  STATUS=0
  timeout 10 "$KF_BUILD/kubefence" denials no-such >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "no record of container no-such" "$ERR"
  STATUS=0
  setpriv --reuid 65534 --regid 65534 --clear-groups "$KF_BUILD/kubefence" denials >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  assert_eq "exit status of another user" 1 "$STATUS"
  assert_has "stderr" "only root can watch" "$(<"$T/err")"
}
