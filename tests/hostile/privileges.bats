#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031 # jq programs; bats runs each test in a subshell
#
# Capabilities and devices that go around Landlock: those of a privileged container, and each of them by itself.

load hostile

setup() {
  hostile_setup
  keep_plain
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# Docker's and containerd's, CRI-O's, Podman's.
DEFAULT_SETS=(
  "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL \
AUDIT_WRITE"
  "CHOWN DAC_OVERRIDE FSETID FOWNER SETGID SETUID SETPCAP NET_BIND_SERVICE KILL"
  "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
)

# Into all sets, or the one.
capabilities() { # "NAME..." [SET]
  spec --arg names "$1" --arg set "${2:-}" '($names | split(" ") | map("CAP_" + .)) as $list
    | if $set == "" then .process.capabilities[] = $list else .process.capabilities[$set] += $list end'
}

every_device() {
  spec '.linux.resources.devices = [{allow: true, access: "rwm"}]'
}

# As engines write it: devices are closed, and nodes may be made.
default_devices() {
  spec '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", access: "m"},
    {allow: true, type: "b", access: "m"}, {allow: true, type: "c", major: 1, minor: 3, access: "rwm"}]'
}

@test "capabilities that go around Landlock, in any set" {
  local name set

  for name in SYS_ADMIN SYS_MODULE SYS_RAWIO BPF PERFMON DAC_READ_SEARCH SYS_BOOT MAC_ADMIN MAC_OVERRIDE; do
    for set in bounding effective permitted inheritable ambient; do
      [[ $name == SYS_ADMIN || $set == bounding ]] || continue
      afresh "$name in $set"
      capabilities "$name" "$set"
      refused privileges_refused "CAP_$name goes around the sandbox"
      assert_has "the remedy" "hostUsers: false" "$ERR"
      assert_has "the class's key" "privileged = allow in [class $CLASS]" "$ERR"
    done
  done
  for name in cap_sys_admin 21 CAP_FUTURE; do
    afresh "$name"
    spec --arg name "$name" '.process.capabilities.bounding += [$name]'
    refused privileges_refused "$(case $name in cap_*) echo CAP_SYS_ADMIN ;; *) echo "'$name' is not known" ;; esac)"
  done
  journal_agrees
}

@test "capabilities that go around Landlock only with the host's processes or devices" {
  afresh "SYS_PTRACE, its own processes"
  capabilities SYS_PTRACE
  sandboxed
  afresh "SYS_PTRACE, the host's processes"
  capabilities SYS_PTRACE
  spec '.linux.namespaces |= map(select(.type != "pid"))'
  refused privileges_refused "CAP_SYS_PTRACE goes around the sandbox"
  afresh "SYS_PTRACE, the host's processes by path"
  capabilities SYS_PTRACE
  spec '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/1/ns/pid"'
  refused privileges_refused "CAP_SYS_PTRACE goes around the sandbox"
  afresh "MKNOD, every device"
  capabilities MKNOD
  every_device
  refused privileges_refused "CAP_MKNOD goes around the sandbox"
  afresh "MKNOD, no rule for devices"
  capabilities MKNOD
  spec 'del(.linux.resources)'
  refused privileges_refused "CAP_MKNOD goes around the sandbox"
  afresh "every device, no capability"
  capabilities KILL
  every_device
  refused privileges_refused "access to every device goes around the sandbox"
  journal_agrees
}

@test "the capabilities that engines give by default" {
  local names

  for names in "${DEFAULT_SETS[@]}"; do
    afresh "$names"
    capabilities "$names"
    default_devices
    sandboxed
  done
  journal_agrees
}

@test "a privileged container" {
  afresh "as engines make it"
  capabilities "SYS_ADMIN MKNOD SYS_MODULE SYS_RAWIO CHOWN"
  every_device
  refused privileges_refused "CAP_SYS_ADMIN goes around the sandbox"
  afresh "in a user namespace"
  spec_userns
  as_image "$B/rootfs"
  capabilities "SYS_ADMIN MKNOD SYS_MODULE SYS_RAWIO CHOWN"
  sandboxed
  afresh "in the user namespace of the host, by path"
  chown -hR 0:0 "$B/rootfs"
  capabilities SYS_ADMIN
  spec '.linux.namespaces += [{type: "user", path: "/proc/1/ns/user"}]'
  refused privileges_refused "CAP_SYS_ADMIN goes around the sandbox"
  journal_agrees
}

# As CRI-O and containerd give a container the user namespace of its pod (hostUsers: false).
@test "a privileged container in the user namespace of its pod" {
  local pod

  unshare --user sleep "$KF_PATIENCE" 3>&- &
  pod=$!
  KF_PIDS+=("$pod")
  eventually has_own_users "$pod"
  echo '0 100000 65536' >"/proc/$pod/uid_map"
  echo '0 100000 65536' >"/proc/$pod/gid_map"
  chown -hR 100000:100000 "$B/rootfs"
  capabilities "SYS_ADMIN MKNOD SYS_MODULE CHOWN"
  spec --arg path "/proc/$pod/ns/user" '.linux.namespaces += [{type: "user", path: $path}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  sandboxed
  row "the pod has gone"
  spec '(.linux.namespaces[] | select(.type == "user")).path = "/proc/2147483647/ns/user"'
  refused privileges_refused "CAP_SYS_ADMIN goes around the sandbox"
  journal_agrees
}

has_own_users() { # PID
  [[ $(readlink "/proc/$1/ns/user") != "$(readlink /proc/self/ns/user)" ]]
}

@test "a privileged container of a class with privileged = allow" {
  KF_CLASS_LINE='privileged = allow' kf_config
  guard
  afresh "as engines make it"
  capabilities "SYS_ADMIN MKNOD SYS_MODULE SYS_RAWIO CHOWN"
  every_device
  sandboxed
  journal_agrees
}

# podman exec --privileged and docker exec --privileged write them into the process file.
@test "an exec with more capabilities than the container" {
  row "the container"
  default_devices
  app 'exec sleep 3600'
  start_container
  jq '.process | .args = ["/bin/cat", "/secret/file"]' "$T/plain.json" >"$T/process.json"
  execute --process "$T/process.json" "$ID"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
  jq '.capabilities.bounding += ["CAP_SYS_ADMIN"]' "$T/process.json" >"$T/more.json"
  exec_refused "CAP_SYS_ADMIN goes around the sandbox" --process "$T/more.json" "$ID"
  jq '.capabilities.Bounding = ["CAP_SYS_ADMIN"]' "$T/process.json" >"$T/more.json"
  exec_refused "has a key 'Bounding'" --process "$T/more.json" "$ID"
  exec_refused "CAP_BPF goes around the sandbox" --cap CAP_BPF "$ID" cat /secret/file
  exec_refused "CAP_BPF goes around the sandbox" --cap=CAP_KILL --cap=cap_bpf "$ID" cat /secret/file
  exec_refused "CAP_BPF goes around the sandbox" -cCAP_BPF "$ID" cat /secret/file
  exec_refused "'39' is not known" -c 39 "$ID" cat /secret/file
  execute --cap CAP_NET_ADMIN "$ID" cat /secret/file
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
  expect_in_journal denied privileges_refused "CAP_BPF goes around the sandbox"
  journal_agrees
}

execute() { # EXEC-ARGUMENTS...
  STATUS=0
  kf exec "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  assert_eq "stdout" "" "$OUT"
}

exec_refused() { # TEXT EXEC-ARGUMENTS...
  execute "${@:2}"
  ((STATUS != 0))
  assert_has "stderr" "kubefence-runtime:" "$ERR"
  assert_has "stderr" "$1" "$ERR"
}
