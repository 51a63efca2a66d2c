#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq and sh programs; bats runs each test in a subshell
#
# Pods of a real containerd, through the CRI, with the configuration that scripts/install-node.sh makes. Under this name
# it is the containerd of the distribution; as cri-containerd2.bats, a link, it is containerd 2 with a runc of its time.

load helpers
load cri

setup_file() {
  cri_setup_file
  [[ $BATS_TEST_FILENAME == *2.bats ]] || return 0
  kf_tool containerd
  PATH=$TOOL:$PATH
  kf_tool runc
  export PATH=$TOOL:$PATH
}

setup() {
  command -v containerd >/dev/null || skip "containerd is not installed"
  kf_setup
  mkdir "$T/cd"
  CRI_SOCKET=$T/cd/sock
  cri_setup
  containerd_config
  start_containerd
  ctr --address "$CRI_SOCKET" --namespace k8s.io images import "$CRI_IMAGES" >"$T/import" 2>&1 3>&-
}

teardown() {
  if [[ -n ${T:-} && -d $T/cd ]]; then
    cri_remove_pods
    stop_containerd
  fi
  kf_teardown
}

teardown_file() { stop_journald; }

# --- containerd --------------------------------------------------------------------------------------------------

# A node for the installer, with a configuration that keeps out of the way of the machine's own containerd.
containerd_config() {
  local node=$T/node program

  mkdir -p "$node"/usr/{bin,libexec/kubefence,libexec/oci/hooks.d} "$node/etc/containerd"
  for program in bin/kubefence-runtime libexec/kubefence/nono-runc libexec/oci/hooks.d/kubefence-hook; do
    ln -s "$T/bin/$CLASS" "$node/usr/$program"
  done
  ln -s "$(command -v containerd)" "$node/usr/bin/containerd"
  CONFIG=$node/etc/containerd/config.toml
  if [[ $(containerd --version) == *' 1.'* ]]; then
    config_1 >"$CONFIG"
  else
    config_2 >"$CONFIG"
  fi
  "$KF_TOP/scripts/install-node.sh" --root "$node" --engine containerd >"$T/install"
  edit_config "s|/usr/libexec/kubefence/nono-runc|$T/bin/$CLASS|; s|\"/etc/containerd/|\"$node/etc/containerd/|"
}

# The main file and, for containerd 2, the drop-in.
edit_config() { # SED-SCRIPT
  find "${CONFIG%/*}" -name '*.toml' -exec sed -i "$1" {} +
}

config_common() { # VERSION
  cat <<END
version = $1
root = "$T/cd/root"
state = "$T/cd/state"
[grpc]
  address = "$CRI_SOCKET"
[ttrpc]
  address = "$T/cd/ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "$T/cd/opt"
END
}

# A lower oom_score_adj than one's own takes a capability that test machines may not have.
config_1() {
  config_common 2
  cat <<END
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$CRI_PAUSE"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "$T/cni"
END
}

config_2() {
  config_common 3
  cat <<END
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "$CRI_PAUSE"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "$T/cni"
[plugins.'io.containerd.nri.v1.nri']
  disable = true
END
}

start_containerd() {
  containerd --config "$CONFIG" >>"$T/cd/log" 2>&1 </dev/null 3>&- &
  CONTAINERD=$!
  eventually cri_answers
}

stop_containerd() {
  kill "$CONTAINERD" || true
  wait "$CONTAINERD" || true
}

# The spec as the runtime got it.
spec_of() { # ID
  cat "$T/cd/state/io.containerd.runtime.v2.task/k8s.io/$1/config.json"
}

# --- pods --------------------------------------------------------------------------------------------------------

@test "a pod of the handler is sandboxed, its pause container is skipped and untouched" {
  run_pod nono-runc
  assert_journal "$POD" skip NONO_DECISION=skip NONO_REASON=sandbox_container "NONO_RUNTIME_HANDLER=$CLASS"
  assert_command "$(pause_pid)" "/bin/sleep infinity"
  assert_eq "pause mounts" "" "$(nono_mounts_of "$(pause_pid)")"
  assert_eq "pause hooks, args" '[null,["/bin/sleep","infinity"]]' "$(spec_of "$POD" | jq -c '[.hooks, .process.args]')"
  run_in_pod app "$READ_AND_EXIT"
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout app)"
  assert_eq "stderr" "cat: can't open '/secret/file': Permission denied" "$(log_of stderr app)"
  assert_journal "$CTR" injected NONO_DECISION=inject NONO_REASON=runtime_class_matched NONO_PROFILE=default \
    "NONO_RUNTIME_HANDLER=$CLASS" NONO_POD=web-0 NONO_NAMESPACE=prod NONO_POD_UID=uid-of-web-0 NONO_CONTAINER_NAME=app
}

# containerd 2 gets a drop-in, and containerd 1 the tables of the template, which k3s would make its file of.
k3s_layout() {
  local node=$T/node data=/var/lib/rancher/k3s dir

  dir=$node$data/agent/etc/containerd
  mkdir -p "$dir" "$node$data/data/current/bin"
  ln -s "$(command -v containerd)" "$node$data/data/current/bin/containerd"
  if [[ $(containerd --version) == *' 1.'* ]]; then
    config_1 >"$dir/config.toml"
  else
    config_2 | sed "1a imports = [\"$data/agent/etc/containerd/config-v3.toml.d/*.toml\"]" >"$dir/config.toml"
  fi
  "$KF_TOP/scripts/install-node.sh" --root "$node" --engine k3s >"$T/install"
  [[ ! -e $dir/config.toml.tmpl ]] || sed 1d "$dir/config.toml.tmpl" >>"$dir/config.toml"
  CONFIG=$dir/config.toml
  edit_config "s|/usr/libexec/kubefence/nono-runc|$T/bin/$CLASS|; s|\"$data/|\"$node$data/|"
}

@test "a pod of the handler is sandboxed on a node as k3s lays it out" {
  stop_containerd
  k3s_layout
  start_containerd
  run_pod nono-runc
  run_in_pod app "$READ_AND_EXIT"
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_PROFILE=default "NONO_RUNTIME_HANDLER=$CLASS"
}

@test "a pod of the default handler is not, with any annotations" {
  annotate_pod nono.sh/profile narrow
  annotate_pod nono.sh/runtime-class "$CLASS"
  run_pod ""
  run_in_pod app "$READ_AND_EXIT"
  ended_with 7
  assert_eq "stdout" $'may be read\nmust not be read' "$(log_of stdout app)"
  journal_is_silent_about "$CTR"
  journal_is_silent_about "$POD"
}

@test "a running container: its own command is PID 1, /nono is mounted, the record says whose it is" {
  run_pod nono-runc
  run_in_pod app 'echo up; exec sleep 83'
  eventually log_says app up
  assert_command "$(pid_of "$CTR")" "sleep 83"
  assert_has "mount" " ro," "$(nono_mounts_of "$(pid_of "$CTR")")"
  assert_eq "record" "[\"$CTR\",\"web-0\",\"prod\",\"uid-of-web-0\",\"default\",\"$CLASS\"]" \
    "$(record_of "$CTR" | jq -c '[.container_id, .pod, .namespace, .pod_uid, .profile, .runtime_handler]')"
  assert_eq "records" "$CTR" "$(ls "$T/state")"
  cri_remove_pods
  assert_journal "$CTR" container-removed
  assert_eq "records left" "" "$(records_left)"
}

@test "the annotation of a pod names the profile" {
  annotate_pod nono.sh/profile narrow
  run_pod nono-runc
  run_in_pod app 'cat /allowed/file; exit 7'
  ended_with 7
  assert_eq "stdout" "" "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_PROFILE=narrow
}

@test "the annotation of a container goes before the pod's" {
  annotate_pod nono.sh/profile default
  annotate_pod profile.nono.sh/app narrow
  annotate_pod profile.nono.sh/ap default
  run_pod nono-runc
  run_in_pod app 'cat /allowed/file; exit 7'
  ended_with 7
  assert_eq "stdout" "" "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_PROFILE=narrow
}

@test "without pod_annotations it does not arrive" {
  stop_containerd
  edit_config '/pod_annotations/d'
  start_containerd
  annotate_pod nono.sh/profile narrow
  run_pod nono-runc
  run_in_pod app "$READ_AND_EXIT"
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_PROFILE=default
}

@test "an invalid profile falls back to the default one, with a warning" {
  annotate_pod nono.sh/profile ../narrow
  run_pod nono-runc
  run_in_pod app "$READ_AND_EXIT"
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_PROFILE=default NONO_REASON=profile_invalid PRIORITY=4
}

# containerd writes its own annotations last, but only it knows that.
@test "a pod cannot opt out, even where all its annotations are handed on" {
  stop_containerd
  edit_config 's|"nono.sh/\*"|"*", "*/*"|'
  start_containerd
  annotate_pod io.kubernetes.cri.container-type sandbox
  annotate_pod io.kubernetes.cri.sandbox-name other
  annotate_pod io.kubernetes.cri-o.ContainerType sandbox
  annotate_pod nono.sh/runtime-class other
  run_pod nono-runc
  run_in_pod app "$READ_AND_EXIT"
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_PROFILE=default "NONO_RUNTIME_HANDLER=$CLASS" NONO_POD=web-0
}

@test "the client is told the reason of a refusal" {
  annotate_pod nono.sh/profile no-such
  run_pod nono-runc
  container app "$READ_AND_EXIT"
  start_fails
  assert_has "error" "profile no-such is not installed" "$ERR"
  assert_journal "$CTR" denied NONO_DECISION=deny NONO_REASON=profile_refused NONO_POD=web-0
  remove_container "$CTR"
  assert_eq "records left" "" "$(records_left)"
}

@test "a volume over /nono is refused, and the pod stays usable" {
  run_pod nono-runc
  container evil "$READ_AND_EXIT"
  container_with --arg dir "$T/nono-nri" '.mounts = [{container_path: "/nono/profiles", host_path: $dir}]'
  start_fails
  assert_has "error" "/nono" "$ERR"
  assert_journal "$CTR" denied NONO_DECISION=deny
  run_in_pod app 'exit 3'
  ended_with 3
}

# --- more containers ---------------------------------------------------------------------------------------------

@test "an init container and then the container, with a volume" {
  local init volume

  mkdir "$T/volume"
  volume=$(jq -nc --arg dir "$T/volume" '[{container_path: "/scratch", host_path: $dir}]')
  run_pod nono-runc
  container init 'echo made >/scratch/file; cat /secret/file'
  container_with --argjson volume "$volume" '.mounts = $volume'
  create_container
  start_created
  ended_with 1
  assert_journal "$CTR" injected NONO_CONTAINER_NAME=init
  init=$CTR
  container app 'cat /scratch/file; cat /secret/file; exit 7'
  container_with --argjson volume "$volume" '.mounts = $volume'
  create_container
  start_created
  ended_with 7
  assert_eq "stdout" made "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_CONTAINER_NAME=app
  assert_journal "$init" container-removed
}

# As a kubelet names the sources; the pod's UID is uid-of-web-0.
@test "explain tells the mounts of a container apart, and a pod cannot claim another UID" {
  local kubelet=$T/kubelet/pods/uid-of-web-0 bundle

  stop_containerd
  edit_config 's|"nono.sh/\*"|"*", "*/*"|'
  start_containerd
  mkdir -p "$kubelet"/volumes/kubernetes.io~{empty-dir,configmap,projected}/x "$T/host" \
    "$T/kubelet/pods/other/volumes/kubernetes.io~empty-dir/x"
  run_pod nono-runc
  container app 'echo up; exec sleep 83'
  container_with --arg pod "$kubelet/volumes/kubernetes.io~" --arg root "$T" '.mounts = [
    {container_path: "/cache", host_path: ($pod + "empty-dir/x")},
    {container_path: "/conf", host_path: ($pod + "configmap/x"), readonly: true},
    {container_path: "/all", host_path: ($pod + "projected/x"), readonly: true},
    {container_path: "/other", host_path: ($root + "/kubelet/pods/other/volumes/kubernetes.io~empty-dir/x")},
    {container_path: "/host", host_path: ($root + "/host")}] | .devices = [{container_path: "/dev/given",
      host_path: "/dev/full", permissions: "rw"}]'
  create_container
  start_created
  eventually log_says app up
  bundle=$T/cd/state/io.containerd.runtime.v2.task/k8s.io/$CTR
  "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" explain --handler "$CLASS" --json "$bundle" >"$T/explained"
  jq -r '.mounts[] | [.kind, .destination, .what] | join(" | ")' "$T/explained" | sort >"$T/told"
  printf '%s\n' 'config | /conf | ConfigMap' 'device | /dev/given | device node' 'engine | /dev/shm | shm' \
    'engine | /etc/resolv.conf | resolv.conf' 'runtime | /dev | tmpfs' 'runtime | /proc | proc' \
    'secret | /all | projected volume' 'secret | /host | hostPath' \
    "secret | /other | a pod's volume: the UID is not this pod's" 'volume | /cache | emptyDir' >"$T/wanted"
cp "$T/told" /tmp/vol-told; cp "$bundle/config.json" /tmp/vol-config.json
  assert_eq "missing" "" "$(comm -13 "$T/told" "$T/wanted")"
  remove_container "$CTR"
  cri rmp --force "$POD" >"$T/rmp.out" 2>&1
  annotate_pod io.kubernetes.pod.uid other
  run_pod nono-runc
  create_container
  start_created
  eventually log_says app up
  bundle=$T/cd/state/io.containerd.runtime.v2.task/k8s.io/$CTR
  "$KF_BUILD/kubefence" --config "$KUBEFENCE_CONFIG" explain --handler "$CLASS" --json "$bundle" >"$T/explained"
  jq -r '.mounts[] | .kind + " " + .destination' "$T/explained" | grep -E ' /(cache|other)$' >"$T/told"
  assert_eq "a claim" $'secret /cache\nsecret /other' "$(<"$T/told")"
}

@test "two containers of a pod, each sandboxed for itself" {
  local first

  run_pod nono-runc
  run_in_pod one 'echo up; exec sleep 83'
  first=$CTR
  run_in_pod two 'echo up; exec sleep 83'
  eventually log_says one up
  eventually log_says two up
  assert_eq "records" 2 "$(find "$T/state" -name metadata.json | wc -l)"
  remove_container "$first"
  assert_eq "records" "$CTR" "$(ls "$T/state")"
  assert_has "mount" " ro," "$(nono_mounts_of "$(pid_of "$CTR")")"
  assert_eq "exec" "may be read" "$(cri exec --sync "$CTR" cat /allowed/file)"
}

@test "a container that is restarted as the kubelet does it" {
  local first

  run_pod nono-runc
  run_in_pod app 'echo up; exec sleep 83'
  first=$CTR
  eventually log_says app up
  cri stop --timeout 0 "$first"
  container app "$READ_AND_EXIT"
  container_with '.metadata.attempt = 1 | .log_path = "app-1.log"'
  create_container
  start_created
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout app-1)"
  assert_journal "$first" container-removed
  assert_journal "$CTR" container-removed
  cri_remove_pods
}

@test "probes: exec-sync has output and exit status" {
  run_pod nono-runc
  run_in_pod app 'echo up; exec sleep 83'
  eventually log_says app up
  assert_eq "exec" "may be read" "$(cri exec --sync "$CTR" cat /allowed/file)"
  STATUS=0
  cri exec --sync "$CTR" sh -c 'echo no >&2; exit 9' >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  ((STATUS != 0))
  assert_has "error" "exited with 9: no" "$ERR"
}

@test "exec: denied what PID 1 is denied, by absolute path and by name, and so are the children" {
  local command

  run_pod nono-runc
  run_in_pod app 'echo up; exec sleep 83'
  eventually log_says app up
  for command in '/bin/cat /allowed/file /secret/file' 'cat /allowed/file /secret/file' \
    '/bin/sh -c "sh -c \"cat /allowed/file; cat /secret/file\""'; do
    STATUS=0
    eval "cri exec --sync $CTR $command" >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    ((STATUS != 0))
    assert_has_not "$command: stdout" "must not be read" "$OUT"
    assert_has "$command: error" "can't open '/secret/file': Permission denied" "$ERR"
  done
  assert_journal "$CTR" injected NONO_STAGE=exec NONO_PROFILE=default NONO_COMMAND=sh
  KF_CLASS_LINE='exec = deny' kf_config
  STATUS=0
  cri exec --sync "$CTR" true >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
  ((STATUS != 0))
  assert_has "error" "commands in running containers are not allowed for class $CLASS" "$ERR"
}

@test "containerd restarts under a running pod" {
  run_pod nono-runc
  run_in_pod app 'echo up; exec sleep 83'
  eventually log_says app up
  stop_containerd
  start_containerd
  container_is RUNNING
  assert_eq "exec" "may be read" "$(cri exec --sync "$CTR" cat /allowed/file)"
  assert_eq "records" "$CTR" "$(ls "$T/state")"
  remove_container "$CTR"
  assert_eq "records left" "" "$(records_left)"
  run_in_pod again "$READ_AND_EXIT"
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout again)"
}

# --- requests of a pod -------------------------------------------------------------------------------------------

@test "another user and a read-only rootfs" {
  run_pod nono-runc
  container app 'id -u; id -g; cat /allowed/file; echo x >/scratch/file; cat /secret/file; exit 7'
  container_with '.linux.security_context = {run_as_user: {value: 1000}, run_as_group: {value: 1000},
    readonly_rootfs: true, no_new_privs: true}'
  create_container
  start_created
  ended_with 7
  assert_eq "stdout" $'1000\n1000\nmay be read' "$(log_of stdout app)"
  assert_has "stderr" "/scratch/file: Read-only file system" "$(log_of stderr app)"
  assert_has "stderr" "/secret/file': Permission denied" "$(log_of stderr app)"
}

@test "a privileged container is refused, and sandboxed where its class has privileged = allow" {
  pod '.linux.security_context.privileged = true'
  run_pod nono-runc
  container app "$READ_AND_EXIT"
  container_with '.linux.security_context.privileged = true'
  start_fails
  assert_has "the engine's message" "CAP_SYS_ADMIN goes around the sandbox" "$ERR"
  KF_CLASS_LINE='privileged = allow' kf_config
  container app "$READ_AND_EXIT"
  container_with '.linux.security_context.privileged = true | .metadata.attempt = 1'
  create_container
  start_created
  ended_with 7
  assert_eq "stdout" "may be read" "$(log_of stdout app)"
}

own_network() {
  [[ -x /usr/lib/cni/ptp ]] || skip "containernetworking-plugins is not installed"
  mkdir -p "$T/cni"
  jq -n --arg dir "$T/cni-data" '{cniVersion: "0.4.0", name: "kubefence", plugins: [{type: "ptp",
    ipam: {type: "host-local", subnet: "10.213.0.0/24", dataDir: $dir}}]}' >"$T/cni/10.conflist"
}

@test "a network namespace of its own: the pod's, with the address of its CNI plugin" {
  own_network
  pod '.linux.security_context.namespace_options.network = 0'
  run_pod nono-runc
  run_in_pod app 'ip addr show eth0; cat /secret/file; exit 7'
  ended_with 7
  assert_has "stdout" "inet $(cri inspectp "$POD" | jq -r .status.network.ip)" "$(log_of stdout app)"
  assert_has "stderr" "/secret/file': Permission denied" "$(log_of stderr app)"
  cri_remove_pods
  assert_eq "namespaces left" "" "$(find "$T/cd/state/io.containerd.grpc.v1.cri/netns" -mindepth 1)"
}

# With hostUsers: false the kubelet asks for this. A container gets what the same container gets without the sandbox:
# nothing from containerd 1.6, which does not know the request. Such a pod has a network of its own: in a user namespace
# the kernel mounts no sysfs for another one's network.
@test "a user namespace of its own" {
  local users='[{host_id: 100000, container_id: 0, length: 65536}]' handler first

  users=".linux.security_context.namespace_options.userns_options = {uids: $users, gids: $users}"
  own_network
  for handler in runc nono-runc; do
    pod_config "of-$handler"
    pod ".linux.security_context.namespace_options.network = 0 | $users"
    run_pod "$handler"
    container "$handler" "awk '{ print \$2 }' /proc/self/uid_map; $READ_AND_EXIT"
    container_with "$users"
    create_container
    start_created
    ended_with 7
  done
  first=$(log_of stdout runc | head -n 1)
  [[ $BATS_TEST_FILENAME != *2.bats ]] || assert_eq "its first user" 100000 "$first"
  assert_eq "stdout" "$first"$'\nmay be read' "$(log_of stdout nono-runc)"
  assert_journal "$CTR" injected NONO_POD=of-nono-runc
}

# --- the shim wrapper --------------------------------------------------------------------------------------------

# The drop-in for Kata with the distribution's shim in place of Kata's, which answers as that does: with a plain address, so
# that containerd 2 starts it for each container, too. It cannot read Kata's options, nor what containerd 2 has on its
# standard input, and runc makes the containers. containerd 1.6 finds ours by its type, later ones by its path.
with_shim() {
  local version=2 real=$T/kata/containerd-shim-kata-v2

  [[ -x /usr/bin/containerd-shim-runc-v2 ]] || skip "no shim of the distribution"
  stop_containerd
  [[ $(containerd --version) == *' 1.'* ]] || version=3
  sed '/\.options\]/,$d' "$KF_TOP/hooks.d/kata/containerd-v$version.toml" |
    sed "s|/usr/bin/containerd-shim-nono-kata-v2|$T/bin/containerd-shim-nono-kata-v2|" >>"$CONFIG"
  ln -s "$KF_BUILD/containerd-shim-nono-kata-v2" "$T/bin/"
  mkdir "$T/kata"
  printf '#!/bin/sh\nexec /usr/bin/containerd-shim-runc-v2 "$@" </dev/null\n' >"$real"
  chmod 755 "$real"
  KF_CLASS_LINE="[class kata-nono-sandbox]
shim = containerd-shim-nono-kata-v2
runtime = $real" kf_config "runtime_classes = $CLASS kata-nono-sandbox"
  mount --bind -o ro "$T/nono-nri" "$T/nono-nri"
  PATH=$T/bin:$PATH start_containerd
}

without_shim() {
  cri_remove_pods
  umount "$T/nono-nri"
}

@test "Kata's handler: our shim is started for each container, and leaves the pause container alone" {
  local first

  with_shim
  annotate_pod nono.sh/profile narrow
  run_pod kata-nono-sandbox
  assert_journal "$POD" skip NONO_STAGE=kata NONO_REASON=sandbox_container NONO_RUNTIME_HANDLER=kata-nono-sandbox
  assert_eq "pause" '[null,["/bin/sleep","infinity"]]' "$(spec_of "$POD" | jq -c '[.hooks, .process.args]')"
  run_in_pod one 'echo up; exec sleep 83'
  first=$CTR
  assert_journal "$first" injected NONO_STAGE=kata NONO_PROFILE=narrow NONO_POD=web-0 NONO_CONTAINER_NAME=one
  assert_eq "wrapped" /nono/launcher/kubefence-launcher "$(spec_of "$first" | jq -r '.process.args[0]')"
  assert_has "mount" " ro," "$(nono_mounts_of "$(pid_of "$first")")"
  run_in_pod two 'cat /allowed/file; cat /secret/file; exit 7'
  ended_with 7
  assert_eq "stdout" "" "$(log_of stdout two)"
  assert_journal "$CTR" injected NONO_STAGE=kata NONO_CONTAINER_NAME=two
  assert_eq "records" "$first" "$(ls "$T/state")"
  remove_container "$first"
  assert_journal "$first" container-removed
  assert_eq "records" "" "$(records_left)"
  without_shim
}

@test "Kata's handler: the client is told our shim's refusal" {
  with_shim
  run_pod kata-nono-sandbox
  umount "$T/nono-nri"
  container app true
  start_fails
  assert_has "error" "is writable, also from a virtual machine" "$ERR"
  assert_eq "records" "" "$(records_left)"
}
