#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # a $ in single quotes is for jq or another shell
# nono: standin real
#
# seccomp_profile: the calls that a container may really make under each profile, and the fate of the pod's own filter.

load helpers

setup() {
  kf_setup
  cp "$KF_BUILD/tests/seccomp/probe" "$B/rootfs/bin/probe"
  mkdir "$T/seccomp"
  cp "$KF_BUILD"/seccomp/*.json "$T/seccomp/"
  cp "$B/config.json" "$T/plain.json"
}

teardown() {
  kf_teardown
}

teardown_file() {
  stop_journald
}

# A fresh config.json and a class with this profile, and the architectures of SECOND; none: the pod's own filter stays.
use_profile() { # [restricted|runtime-default|FILE]
  local file=${1:-}

  [[ -z $file || $file == /* ]] || file=$T/seccomp/$file.json
  # Some of the capabilities that open a call go around the sandbox.
  KF_CLASS_LINE="privileged = allow${SECOND:+$'\n'seccomp_architectures = $SECOND}" kf_config ${file:+"seccomp_profile = $file"}
  cp "$T/plain.json" "$B/config.json"
}

add_caps() { # CAP...
  spec '.process.capabilities |= map_values(. + $ARGS.positional | unique)' --args -- "$@"
}

# The probe's output with a profile and these further capabilities; into $T/probe.PROFILE.
probe() { # PROFILE|none [CAP...]
  use_profile "${1#none}"
  add_caps "${@:2}"
  spec_args /bin/probe
  run_container "$ID-$RANDOM" >"$T/log"
  [[ $STATUS == 0 ]] || fail "probe ended with $STATUS" "$(<"$T/log")"
  cp "$T/out" "$T/probe.$1"
}

# The lines of the table are NAME EXPECTED, "=" being the result of the same container without a filter. Every call of
# the probe must be in the table; calls that only the table has are for another architecture.
assert_probe() { # PROFILE < TABLE
  awk -v profile="$1" '
    FILENAME == ARGV[1] { without[$1] = $2; next }
    FILENAME == ARGV[2] { with[$1] = $2; next }
    !NF { next }
    { wanted[$1] = $2 == "=" ? without[$1] : $2 }
    END {
      for (name in with) {
        if (!(name in wanted))
          print name ": not in the table"
        else if (with[name] != wanted[name])
          print name ": " with[name] " instead of " wanted[name] " (without a filter: " without[name] ")"
        count++
      }
      if (count < 50)
        print "the probe said only " count " lines"
    }' "$T/probe.none" "$T/probe.$1" - >"$T/complaints"
  assert_eq "calls that are not as they should be" "" "$(<"$T/complaints")"
}

# The calls of a container with runc's and crun's own three capabilities. Columns: runtime-default, restricted.
table() { # COLUMN
  awk -v column="$1" 'NF { print $1, $(column + 1) }' <<'END'
filter                   ok             ok
io_uring_setup           =              EPERM
io_uring_enter           =              EPERM
io_uring_register        =              EPERM
ptrace                   =              EPERM
seccomp                  =              EPERM
pidfd_getfd              =              EPERM
process_vm_readv         =              =
landlock_create_ruleset  ok             ok
landlock_add_rule        EBADF          EBADF
landlock_restrict_self   EBADF          EBADF
clone                    ok             ok
thread                   ok             ok
clone_newuser            EPERM          EPERM
clone_newuser_bit32      EPERM          EPERM
clone_newnet             EPERM          EPERM
clone3                   ENOSYS         ENOSYS
unshare_fs               ok             ok
unshare_newuser          EPERM          EPERM
unshare_newtime          EPERM          EPERM
setns                    EPERM          EPERM
personality_0            ok             ok
personality_ask          ok             ok
personality_no_randomize ENOSYS         ENOSYS
socket_unix              ok             ok
socket_inet              ok             ok
socket_inet6             =              =
socket_packet            =              =
socket_netlink           ok             ok
socket_audit             =              =
socket_alg               EAFNOSUPPORT   EAFNOSUPPORT
socket_alg_bit32         EAFNOSUPPORT   EAFNOSUPPORT
socket_nfc               =              =
socket_vsock             EAFNOSUPPORT   EAFNOSUPPORT
socket_vsock_bit32       EAFNOSUPPORT   EAFNOSUPPORT
socket_xdp               =              =
mount                    EPERM          EPERM
umount2                  EPERM          EPERM
chroot                   EPERM          EPERM
reboot                   EPERM          EPERM
bpf                      EPERM          EPERM
perf_event_open          EPERM          EPERM
syslog                   EPERM          EPERM
settimeofday             EPERM          EPERM
kcmp                     EPERM          EPERM
open_by_handle_at        EPERM          EPERM
keyctl                   EPERM          EPERM
add_key                  EPERM          EPERM
userfaultfd              EPERM          EPERM
number_9999              ENOSYS         ENOSYS
i386_getpid              SIGSYS         SIGSYS
i386_io_uring_setup      SIGSYS         SIGSYS
i386_ptrace              SIGSYS         SIGSYS
i386_unshare_newuser     SIGSYS         SIGSYS
i386_socket_inet         SIGSYS         SIGSYS
i386_socket_alg          SIGSYS         SIGSYS
i386_socketcall          SIGSYS         SIGSYS
i386_number_9999         SIGSYS         SIGSYS
x32_getpid               SIGSYS         SIGSYS
x32_io_uring_setup       SIGSYS         SIGSYS
x32_unshare_newuser      SIGSYS         SIGSYS
END
}

# What becomes of the calls of these architectures where the class lets them run.
second_architectures() { # COLUMN PREFIX...
  local prefixes

  prefixes=$(IFS='|' && echo "${*:2}")
  awk -v column="$1" -v prefixes="^($prefixes)_" '$1 ~ prefixes { print $1 "=" $(column + 1) }' <<'END'
i386_getpid              =              =
i386_io_uring_setup      =              EPERM
i386_ptrace              =              EPERM
i386_unshare_newuser     EPERM          EPERM
i386_socket_inet         =              =
i386_socket_alg          EAFNOSUPPORT   EAFNOSUPPORT
i386_socketcall          =              =
i386_number_9999         =              =
x32_getpid               =              =
x32_io_uring_setup       =              EPERM
x32_unshare_newuser      EPERM          EPERM
END
}

# The table with other results for some calls.
table_but() { # COLUMN NAME=RESULT...
  table "$1" | awk 'BEGIN { for (i = 1; i < ARGC; i++) { n = index(ARGV[i], "="); other[substr(ARGV[i], 1, n - 1)] = substr(ARGV[i], n + 1) }
    ARGC = 1 } { print $1, ($1 in other) ? other[$1] : $2 }' "${@:2}"
}

@test "allowed and denied calls under each profile" {
  local denied

  probe none
  probe runtime-default
  probe restricted
  assert_eq "without a profile" "filter ENODATA" "$(head -n 1 "$T/probe.none")"
  assert_probe runtime-default < <(table 1)
  assert_probe restricted < <(table 2)
  # The table would also hold where the kernel itself refuses; these have to show the filter at work.
  for denied in ptrace seccomp pidfd_getfd clone3 setns mount socket_alg socket_vsock keyctl; do
    [[ $(grep "^$denied " "$T/probe.none") != $(grep "^$denied " "$T/probe.restricted") ]] || fail "$denied: no difference"
  done
}

@test "seccomp_architectures lets the programs of a second architecture run, under the same rules" {
  local words prefixes

  [[ $(uname -m) == x86_64 ]] || skip "the probe makes calls of a second architecture on x86-64 only"
  probe none
  while IFS=: read -r words prefixes; do
    echo "seccomp_architectures = $words"
    SECOND=$words probe runtime-default
    SECOND=$words probe restricted
    # shellcheck disable=SC2046,SC2086 # words are wanted
    assert_probe runtime-default < <(table_but 1 $(second_architectures 1 $prefixes))
    # shellcheck disable=SC2046,SC2086 # words are wanted
    assert_probe restricted < <(table_but 2 $(second_architectures 2 $prefixes))
  done <<'END'
x86 x32:i386 x32
x86:i386
arm s390:none
END
  SECOND='x86 x32' probe none CAP_SYS_ADMIN
  SECOND='x86 x32' probe restricted CAP_SYS_ADMIN
  assert_eq "with CAP_SYS_ADMIN" "$(grep -E '^(i386|x32)_unshare_newuser ' "$T/probe.none")" \
    "$(grep -E '^(i386|x32)_unshare_newuser ' "$T/probe.restricted")"
}

@test "capabilities open their calls, and restricted stays restricted" {
  local caps calls

  while read -r caps calls; do
    [[ -n $caps ]] || continue
    echo "capability: $caps"
    probe none "$caps"
    probe restricted "$caps"
    # shellcheck disable=SC2086 # words are wanted
    assert_probe restricted < <(table_but 2 $calls)
  done <<'END'
CAP_SYS_ADMIN clone_newuser== clone_newuser_bit32== clone_newnet== clone3== unshare_newuser== unshare_newtime== setns== mount== umount2== bpf== perf_event_open== syslog==
CAP_BPF bpf==
CAP_PERFMON perf_event_open==
CAP_SYSLOG syslog==
CAP_SYS_CHROOT chroot==
CAP_SYS_BOOT reboot==
CAP_SYS_PTRACE kcmp==
CAP_SYS_TIME settimeofday==
CAP_DAC_READ_SEARCH open_by_handle_at==
END
}

@test "without CAP_AUDIT_WRITE there is no auditing, as on a kernel without it" {
  spec '.process.capabilities |= map_values(. - ["CAP_AUDIT_WRITE"])'
  cp "$B/config.json" "$T/plain.json"
  probe none
  probe restricted
  assert_probe restricted < <(table_but 2 socket_audit=EINVAL)
}

# Everything a container's user can be: nono has to start, apply its policy and become the command in each.
@test "nono works under both profiles: root or not, no_new_privs or not, read-only or not, with a user namespace" {
  local profile edit

  for profile in runtime-default restricted; do
    for edit in . '.process.noNewPrivileges = false' '.process.noNewPrivileges = true' \
      '.process.user = {uid: 1000, gid: 1000}' '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false' \
      '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {} | .root.readonly = true' \
      '.root.readonly = true'; do
      echo "$profile: $edit"
      use_profile "$profile"
      spec "$edit"
      app 'cat /allowed/file; cat /secret/file 2>&1; grep Seccomp: /proc/self/status; exit 3'
      run_container "$ID-$RANDOM"
      assert_eq "exit status" 3 "$STATUS"
      assert_eq "stdout" $'may be read\ncat: can\'t open \'/secret/file\': Permission denied\nSeccomp:\t2' "$OUT"
    done
  done
  use_profile restricted
  spec_userns
  app 'cat /allowed/file; cat /secret/file 2>&1; exit 3'
  run_container
  assert_eq "exit status" 3 "$STATUS"
  assert_has "stdout" "Permission denied" "$OUT"
}

@test "the pod's own filter is replaced: none, a laxer one, a stricter one, one with a listener, nonsense" {
  local own

  use_profile restricted
  KF_CLASS_RUNTIME=/bin/true kf_config "seccomp_profile = $T/seccomp/restricted.json"
  kf create --bundle "$B" "$ID"
  jq -S .linux.seccomp "$B/config.json" >"$T/wanted"
  assert_eq "architectures" "SCMP_ARCH_$(uname -m | tr '[:lower:]' '[:upper:]')" \
    "$(jq -r '.architectures[0]' "$T/wanted")"

  for own in null '{}' '{"defaultAction": "SCMP_ACT_ALLOW"}' '{"defaultAction": "SCMP_ACT_KILL"}' '[]' '7' \
    '{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/agent.sock", "listenerMetadata": "x",
      "syscalls": [{"names": ["openat"], "action": "SCMP_ACT_NOTIFY"}]}'; do
    cp "$T/plain.json" "$B/config.json"
    spec --argjson own "$own" '.linux.seccomp = $own'
    kf create --bundle "$B" "$ID"
    jq -S .linux.seccomp "$B/config.json" | cmp - "$T/wanted"
  done
  cp "$B/config.json" "$T/once"
  kf create --bundle "$B" "$ID"
  cmp "$T/once" "$B/config.json"
}

@test "an empty seccomp_profile leaves the pod's own filter, for all classes or for one" {
  local line

  for line in 'seccomp_profile =' ''; do
    KF_CLASS_LINE='seccomp_profile =' kf_config "${line:-seccomp_profile = $T/seccomp/restricted.json}"
    cp "$T/plain.json" "$B/config.json"
    spec '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"],
      action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
    app 'mkdir /scratch/x 2>&1; exit 3'
    run_container "$ID-$RANDOM"
    assert_eq "exit status" 3 "$STATUS"
    assert_has "stdout" "No space left on device" "$OUT"
  done
}

@test "a class's own profile goes before the general one" {
  KF_CLASS_LINE="seccomp_profile = $T/seccomp/restricted.json" kf_config "seccomp_profile = $T/seccomp/runtime-default.json"
  spec_args /bin/probe
  run_container
  assert_has "stdout" "ptrace EPERM" "$OUT"
}

@test "a spec as containerd writes it" {
  use_profile restricted
  spec '.annotations = {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "5a4db0c5",
      "io.kubernetes.cri.sandbox-name": "web-0", "io.kubernetes.cri.sandbox-namespace": "prod",
      "io.kubernetes.cri.container-name": "app"}
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"], syscalls: [
      {names: ["read", "write"], action: "SCMP_ACT_ALLOW"}]}'
  app 'echo fine'
  run_container
  succeeded
  assert_eq "stdout" fine "$OUT"
}

@test "the hook refuses a container whose filter is not the class's" {
  local edit

  use_profile restricted
  rewrite "seccomp_profile = $T/seccomp/restricted.json"
  cp "$B/config.json" "$T/rewritten"
  start_victim
  state_json created "$VICTIM" >"$T/state.json"
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <"$T/state.json"
  assert_eq "exit status" 0 "$STATUS"

  for edit in 'del(.linux.seccomp)' '.linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"' \
    '.linux.seccomp.syscalls += [{names: ["ptrace"], action: "SCMP_ACT_ALLOW"}]' \
    '.linux.seccomp.architectures += ["SCMP_ARCH_X86"]' 'del(.linux.seccomp.architectures)'; do
    jq "$edit" "$T/rewritten" >"$B/config.json"
    run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <"$T/state.json"
    echo "edit: $edit"
    assert_eq "exit status" 14 "$STATUS"
    assert_has "stderr" "another seccomp filter than that of class $CLASS" "$ERR"
  done
  jq '.linux.seccomp.DefaultAction = "SCMP_ACT_ALLOW"' "$T/rewritten" >"$B/config.json"
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <"$T/state.json"
  assert_eq "exit status" 12 "$STATUS"
  assert_has "stderr" "has a key 'DefaultAction' in seccomp, which runtimes read differently" "$ERR"
  rm -rf "$T/state"
}

@test "a key that runtimes read as seccomp is refused" {
  local key

  for key in Seccomp SECCOMP ſeccomp; do
    use_profile restricted
    spec --arg key "$key" '.linux[$key] = {defaultAction: "SCMP_ACT_ALLOW"}'
    run_container
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "which runtimes read differently" "$ERR"
  done
}

@test "annotations cannot bring another filter" {
  use_profile restricted
  annotate run.oci.seccomp_bpf_data "$(base64 -w 0 </dev/null)"
  annotate run.oci.seccomp.plugins "$T/plugin.so"
  annotate run.oci.seccomp.receiver /run/receiver.sock
  spec_args /bin/probe
  run_container
  succeeded
  assert_has "stdout" "ptrace EPERM" "$OUT"
}

@test "the file of another profile: Podman's own default" {
  local file=/usr/share/containers/seccomp.json

  [[ -r $file ]] || skip "containers-common's seccomp.json is not installed"
  use_profile "$file"
  spec_args /bin/probe
  run_container
  succeeded
  assert_has "stdout" "ptrace ok" "$OUT"
  assert_has "stdout" "io_uring_setup ENOSYS" "$OUT"
  assert_has "stdout" "bpf EPERM" "$OUT"
}

@test "a filter without Landlock: nono does not start the command" {
  jq '.syscalls |= map(.names -= ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"])' \
    "$T/seccomp/restricted.json" >"$T/seccomp/p.json"
  use_profile "$T/seccomp/p.json"
  app 'echo started'
  run_container
  ((STATUS != 0)) || fail "it started"
  assert_eq "stdout" "" "$OUT"
}

# A class whose filter cannot be had starts nothing; the table has its message.
@test "a profile that cannot be trusted or read: refused, config.json as it was, others start" {
  local make message

  while IFS=^ read -r make message; do
    rm -rf "$T/seccomp/p.json"
    (cd "$T/seccomp" && eval "$make")
    use_profile "$T/seccomp/p.json"
    app 'echo started'
    cp "$B/config.json" "$T/before"
    run_container
    echo "made by: $make"
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "seccomp_profile of class $CLASS: " "$ERR"
    assert_has "stderr" "$message" "$ERR"
    assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
    cmp "$T/before" "$B/config.json"
    assert_journal "$ID" denied NONO_REASON=config_invalid NONO_STAGE=rewrite
  done <<'END'
true^No such file
mkfifo p.json^not a regular file
mkdir p.json^not a regular file
ln -s restricted.json p.json^is a symlink
install -m 666 restricted.json p.json^writable by group or others
install -o 1000 restricted.json p.json^chown it to root
: >p.json^not valid JSON
truncate -s 1G p.json^larger than
echo '{"defaultAction":"SCMP_ACT_SURE"}' >p.json^is not an action
echo '{"defaultAction":"SCMP_ACT_KILL","defaultAction":"SCMP_ACT_ALLOW"}' >p.json^same key twice
jq -n '{defaultAction: "SCMP_ACT_LOG", syscalls: [range(3000) | {names: ["a"], action: "SCMP_ACT_LOG"}]}' -c >p.json^more than 2048
printf '{"defaultAction":%s' "$(printf '[%.0s' $(seq 5000))" >p.json^not valid JSON
END
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/$KF_RUNTIME"
  STATUS=0
  timeout "$KF_PATIENCE" "$T/bin/$KF_RUNTIME" --root "$T/rt" run --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- ||
    STATUS=$?
  kf_collect
  succeeded
  assert_eq "stdout" started "$OUT"
}

# The names need the files of make install: a tree of these, in a mount namespace of its own, where /usr/share is.
@test "restricted and runtime-default are the files that are installed" {
  local name

  mkdir "$T/share"
  for name in restricted runtime-default; do
    install -D -m 644 "$KF_BUILD/seccomp/$name.json" "$T/share/kubefence/seccomp/$name.json"
    kf_config "seccomp_profile = $name"
    cp "$T/plain.json" "$B/config.json"
    spec_args /bin/probe
    STATUS=0
    unshare --mount --propagation private sh -c 'mount --bind "$1" /usr/share && shift && exec "$@"' sh "$T/share" \
      timeout "$KF_PATIENCE" "$T/bin/$CLASS" --root "$T/rt" run --bundle "$B" "$ID-$name" </dev/null >"$T/out" 2>"$T/err" 3>&- ||
      STATUS=$?
    kf_collect
    succeeded
    assert_has "stdout" "ptrace $([[ $name == restricted ]] && echo EPERM || echo ok)" "$OUT"
  done
}

@test "kubefence check reads the profile" {
  use_profile restricted
  run -0 --separate-stderr grep seccomp < <("$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" check || true)
  assert_has "row" "ok    seccomp" "$output"
  rm "$T/seccomp/restricted.json"
  run -0 --separate-stderr grep seccomp < <("$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" check || true)
  assert_has "row" "fail  seccomp" "$output"
}
