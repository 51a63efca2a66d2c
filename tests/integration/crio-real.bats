#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153 # jq and sh programs; bats runs each test in a subshell; cri.bash
#
# Pods of a real CRI-O, through the CRI. Each test has a node of its own: a mount namespace in which kubefence is
# installed at its usual places, scripts/install-node.sh has run, and /run is empty.

load helpers
load cri

# The handler's name in the installed drop-in, with any runtime.
HANDLER=nono-runc
HOOKS=/usr/share/containers/oci/hooks.d

setup_file() {
  cri_setup_file
  kf_tool crio
  export CRIO_BIN=$TOOL
}

setup() {
  command -v conmon podman >/dev/null || skip "conmon or podman is not installed"
  kf_setup
  CRI_SOCKET=$T/run/crio/crio.sock
  cri_setup
  TREE=$T/tree PARENT=/$ID
  [[ $KF_RUNTIME != crun ]] || lenient_runtime
  # A process namespace for each container: CRI-O does without an infra container then.
  pod --arg parent "$PARENT" '.linux.cgroup_parent = $parent | .annotations = {}
    | .linux.security_context.namespace_options.pid = 1'
  make_tree
  install_node
  start_node
  store_images
}

teardown() {
  local status=0

  [[ -n ${T:-} ]] || return 0
  if [[ -n ${CRIO:-} ]]; then
    # Without the pods' time to stop.
    cri rm --all --force >"$T/rm.out" 2>&1 || true
    cri_remove_pods || status=1
    stop_crio TERM
  fi
  find /sys/fs/cgroup -depth -type d -path "*$PARENT*" -exec rmdir {} + || true
  kf_teardown || status=1
  return "$status"
}

teardown_file() { stop_journald; }

# --- the node ----------------------------------------------------------------------------------------------------

# The files of `make install` and scripts/get-nono.sh, and the settings a test needs.
make_tree() {
  mkdir -p "$TREE"/usr/{bin,libexec/{kubefence,oci/hooks.d},lib/kubefence} "$TREE/opt/cni/bin" \
    "$TREE"/etc/{cni/net.d,containers,crio/{policies,crio.conf.d},kubefence/kubefence.conf.d}
  install "$KF_BUILD/kubefence-hook" "$TREE/usr/libexec/oci/hooks.d/"
  install "$KF_BUILD/kubefence-runtime" "$CRIO_BIN/crio" "$CRIO_BIN/pinns" "$(command -v conmon)" "$TREE/usr/bin/"
  ln -s /usr/bin/kubefence-runtime "$TREE/usr/libexec/kubefence/$HANDLER"
  install -m 644 "$KF_TOP/hook/share/kubefence.conf" "$TREE/usr/lib/kubefence/"
  mv "$T/nono-nri" "$TREE/opt/"
  kubefence_config
  crio_config >"$TREE/etc/crio/crio.conf.d/10-test.conf"
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$TREE/etc/containers/policy.json"
  mkdir -p "$T/run/systemd" "$T/run/kubefence" "$T/state" "$T/cgroup"
}

kubefence_config() {
  printf '[class %s]\nruntime = %s\n' "$HANDLER" "$RUNTIME" >"$TREE/etc/kubefence/kubefence.conf.d/10-test.conf"
}

# The runtime in a script that removes features that it or the machine lacks: Debian 12's crun knows only version 1.0
# of the specification, and the oom_score_adj of CRI-O's infra containers needs CAP_SYS_RESOURCE.
lenient_runtime() {
  [[ $RUNTIME != "$T"/* ]] || return 0
  cat >"$T/bin/$KF_RUNTIME" <<'END'
#!/bin/sh
bundle=$(printf '%s\n' "$@" | grep -A 1 -x -e --bundle | tail -n 1)
if [ -n "$bundle" ]; then
  jq '.ociVersion = "1.0.2" | del(.process.oomScoreAdj)' "$bundle/config.json" >"$bundle/new" &&
    mv "$bundle/new" "$bundle/config.json"
fi
END
  printf 'exec %s "$@"\n' "$RUNTIME" >>"$T/bin/$KF_RUNTIME"
  chmod +x "$T/bin/$KF_RUNTIME"
  RUNTIME=$T/bin/$KF_RUNTIME
}

# No systemd as cgroup manager, and no network: pods are in the host's.
crio_config() {
  cat <<END
[crio]
root = "$T/storage"
storage_driver = "vfs"
clean_shutdown_file = "$T/clean.shutdown"
[crio.runtime]
default_runtime = "$KF_RUNTIME"
cgroup_manager = "cgroupfs"
conmon_cgroup = "pod"
apparmor_profile = "unconfined"
pids_limit = 1024
[crio.runtime.runtimes.$KF_RUNTIME]
runtime_path = "$RUNTIME"
runtime_root = "/run/$KF_RUNTIME"
[crio.image]
pause_image = "$CRI_PAUSE"
pause_command = ""
[crio.nri]
enable_nri = false
END
}

install_node() { # ARGUMENTS...
  "$KF_TOP/scripts/install-node.sh" --root "$TREE" --engine crio "$@" >"$T/install.log"
}

# Files that tests change are bound over the overlays: overlayfs does not see changes of a layer below.
start_node() {
  unshare --mount --propagation private sh -ec '
    for dir in usr etc opt; do
      mount -t overlay overlay -o "lowerdir=$1/tree/$dir:/$dir" "/$dir"
    done
    for dir in usr/share/containers/oci/hooks.d usr/libexec/oci/hooks.d usr/libexec/kubefence opt/nono-nri; do
      mount --bind "$1/tree/$dir" "/$dir"
    done
    # On a cgroup v1 machine, CRI-O makes directories for controllers that are not mounted: not in the real tmpfs.
    if [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ]; then
      mount --rbind /sys/fs/cgroup "$1/cgroup"
      mount -t tmpfs tmpfs /sys/fs/cgroup
      for dir in "$1"/cgroup/*; do
        ! mountpoint -q "$dir" || { mkdir "/sys/fs/cgroup/${dir##*/}" && mount --bind "$dir" "/sys/fs/cgroup/${dir##*/}"; }
      done
    fi
    mount --bind "$1/state" "$1/run/kubefence"
    mount --rbind /run/systemd "$1/run/systemd"
    mount --rbind "$1/run" /run
    : >"$1/node-is-up"
    exec sleep infinity' sh "$T" >"$T/node.log" 2>&1 </dev/null 3>&- &
  NODE=$!
  KF_PIDS+=("$NODE")
  IN_NODE=(nsenter --mount --target "$NODE" --wd=/ -- env -i PATH="$PATH")
  eventually node_is_up_or_not
  [[ -e $T/node-is-up ]] || skip "no overlay mounts here: $(<"$T/node.log")"
}

node_is_up_or_not() { [[ -e $T/node-is-up ]] || ! kill -0 "$NODE" 2>/dev/null; }

in_node() { # COMMAND...
  "${IN_NODE[@]}" "$@" 3>&-
}

# Filled once for all tests of the file.
store_images() {
  local template=$BATS_FILE_TMPDIR/storage image

  if [[ ! -d $template ]]; then
    for image in "$CRI_IMAGE" "$CRI_PAUSE"; do
      in_node podman --root "$template.new" --storage-driver vfs --cgroup-manager cgroupfs pull --quiet \
        "oci-archive:$CRI_IMAGES:$image" >"$T/pull.log" 2>&1 || fail "$(<"$T/pull.log")"
    done
    mv "$template.new" "$template"
  fi
  cp -a "$template" "$T/storage"
}

start_crio() {
  "${IN_NODE[@]}" crio >>"$T/crio.log" 2>&1 </dev/null 3>&- &
  CRIO=$!
  eventually crio_answers_or_ended
  cri_answers || fail "CRI-O does not start: $(tail -n 5 "$T/crio.log")"
}

crio_answers_or_ended() { cri_answers || ! kill -0 "$CRIO" 2>/dev/null; }

stop_crio() { # SIGNAL
  kill -s "$1" "$CRIO"
  wait "$CRIO" || true
  CRIO=
}

# About us; an older crun has no features, and CRI-O says so of every handler.
complaints_of_crio() {
  grep -E 'level=(warn|err|fatal).*(kubefence|nono|hook)' "$T/crio.log" |
    grep -v 'OCI runtime features failed: unknown command features' || true
}

# CRI-O on a node on which it must not start; its output is $output.
crio_ends() {
  run -1 in_node timeout "$KF_PATIENCE" crio
}

# As the kubelet does: the labels say whose the container is.
app_container() { # NAME SCRIPT
  container "$@"
  container_with --slurpfile pod "$POD_CONFIG" '.linux = $pod[0].linux | .labels = {"io.kubernetes.container.name": .metadata.name,
    "io.kubernetes.pod.name": $pod[0].metadata.name, "io.kubernetes.pod.namespace": $pod[0].metadata.namespace,
    "io.kubernetes.pod.uid": $pod[0].metadata.uid}'
}

run_app() { # NAME SCRIPT
  app_container "$@"
  create_container
  start_created
}

# The config.json that CRI-O gave the runtime, after the runtime took it.
bundle_of() { # ID
  local dirs=("$T/run/containers/storage/vfs-containers/$1"*/userdata)

  echo "${dirs[0]}"
}

tries='cat /allowed/file; cat /secret/file; echo tried'

sandboxed() { # NAME
  eventually log_says "$1" tried
  assert_eq "stdout of $1" $'may be read\ntried' "$(log_of stdout "$1")"
}

not_sandboxed() { # NAME
  eventually log_says "$1" tried
  assert_eq "stdout of $1" $'may be read\nmust not be read\ntried' "$(log_of stdout "$1")"
}

# --- a pod -------------------------------------------------------------------------------------------------------

@test "a pod of the handler is sandboxed, with a record and an entry in the journal" {
  start_crio
  run_pod "$HANDLER"
  run_app app "$tries; exec sleep 71"
  sandboxed app
  assert_command "$(pid_of "$CTR")" "sleep 71"
  assert_eq "mounts at /nono" 1 "$(nono_mounts_of "$(pid_of "$CTR")" | wc -l)"
  assert_journal "$CTR" injected NONO_RUNTIME_HANDLER=$HANDLER NONO_PROFILE=default NONO_POD=web-0 NONO_NAMESPACE=prod \
    NONO_POD_UID=uid-of-web-0 NONO_CONTAINER_NAME=app
  assert_eq "record" "$HANDLER default web-0 prod uid-of-web-0" \
    "$(record_of "$CTR" | jq -r '[.runtime_handler, .profile, .pod, .namespace, .pod_uid] | join(" ")')"
  remove_container "$CTR"
  assert_journal "$CTR" container-removed
  assert_eq "records" "" "$(records_left)"
}

@test "the infra container of a pod is left alone" {
  local pause

  lenient_runtime
  kubefence_config
  pod '.linux.security_context.namespace_options.pid = 0'
  start_crio
  run_pod "$HANDLER"
  pause=$(pause_pid)
  assert_command "$pause" "/bin/sleep infinity"
  assert_eq "mounts at /nono" "" "$(nono_mounts_of "$pause")"
  run_app app "$tries; exec sleep 71"
  sandboxed app
  assert_eq "records" "$CTR" "$(ls "$T/state")"
  # It ignores SIGTERM, and CRI-O would wait.
  kill -KILL "$pause"
}

# crun, runc and conmon below /usr/libexec/crio, and on no PATH.
own_layout() {
  local dir=$TREE/usr/libexec/crio

  mkdir -p "$dir"
  install "$(command -v conmon)" "$(command -v "$KF_RUNTIME")" "$dir"
  [[ $RUNTIME != "$T"/* ]] || install "$RUNTIME" "$dir/$KF_RUNTIME"
  # The machine's own are below this layer.
  rm "$TREE/usr/bin/conmon"
  mknod "$TREE/usr/bin/conmon" c 0 0
  rm "$TREE/etc/kubefence/kubefence.conf.d/10-test.conf"
  crio_config | sed "s|^runtime_path = .*|runtime_path = \"/usr/libexec/crio/$KF_RUNTIME\"\\nmonitor_path = \"/usr/libexec/crio/conmon\"|" \
    >"$TREE/etc/crio/crio.conf.d/10-test.conf"
  # Its built-in handler crun is always there, and its packages name both.
  if [[ $KF_RUNTIME != crun ]]; then
    install "$(command -v "$KF_RUNTIME")" "$dir/crun"
    printf '[crio.runtime.runtimes.crun]\nruntime_path = "/usr/libexec/crio/crun"\nmonitor_path = "/usr/libexec/crio/conmon"\n' \
      >"$TREE/etc/crio/crio.conf.d/11-test.conf"
  fi
}

@test "as CRI-O's own packages lay it out: runtime and monitor are those of its default handler" {
  stop_node
  install_node --uninstall
  own_layout
  install_node
  assert_has "the drop-in" 'monitor_path = "/usr/libexec/crio/conmon"' "$(<"$TREE/etc/crio/crio.conf.d/50-kubefence.conf")"
  assert_has "the class" "runtime = /usr/libexec/crio/$KF_RUNTIME" "$(<"$TREE/etc/kubefence/kubefence.conf.d/33-crio.conf")"
  start_node
  run -127 in_node sh -c 'command -v conmon'
  start_crio
  run_pod "$HANDLER"
  run_app app "$tries; exec sleep 71"
  sandboxed app
}

@test "a pod of the default handler is not sandboxed, and the hooks log the skip" {
  start_crio
  run_pod ""
  run_app app "$tries; exec sleep 72"
  not_sandboxed app
  assert_eq "mounts at /nono" "" "$(nono_mounts_of "$(pid_of "$CTR")")"
  assert_journal "$CTR" skip NONO_POD=web-0
  assert_eq "records" "" "$(records_left)"
}

@test "the handler offers the features of its runtime" {
  start_crio
  cri info >"$T/info"
  assert_eq "features" "$(jq -c --arg name "$KF_RUNTIME" '.runtimeHandlers[] | select(.name == $name).features' "$T/info")" \
    "$(jq -c --arg name "$HANDLER" '.runtimeHandlers[] | select(.name == $name).features' "$T/info")"
  assert_eq "complaints" "" "$(complaints_of_crio)"
}

# --- annotations of a pod ----------------------------------------------------------------------------------------

@test "the annotation nono.sh/profile chooses the profile" {
  annotate_pod nono.sh/profile narrow
  start_crio
  run_pod "$HANDLER"
  run_app app "$tries; exec sleep 73"
  eventually log_says app tried
  assert_eq "stdout" tried "$(log_of stdout app)"
  assert_journal "$CTR" injected NONO_PROFILE=narrow
}

@test "no annotation takes a pod out of its handler's class" {
  annotate_pod nono.sh/runtime-class none
  annotate_pod io.kubernetes.cri-o.ContainerType sandbox
  annotate_pod io.kubernetes.cri-o.SandboxID self
  annotate_pod io.kubernetes.cri-o.RuntimeHandler "$KF_RUNTIME"
  annotate_pod io.container.manager other
  start_crio
  run_pod "$HANDLER"
  run_app app "$tries; exec sleep 74"
  sandboxed app
  assert_journal "$CTR" injected NONO_RUNTIME_HANDLER=$HANDLER
}

@test "a pod of the default handler can opt in itself: CRI-O's runtime has no wrapper, so it does not start" {
  annotate_pod nono.sh/runtime-class "$HANDLER"
  start_crio
  run_pod ""
  app_container app "$tries"
  start_fails
  assert_eq "records" "" "$(records_left)"
}

@test "default_annotations: hooks for annotated containers see all of the handler's, and no others" {
  stop_node
  install_node --scope annotated
  start_node
  start_crio
  run_pod "$HANDLER"
  run_app app "$tries; exec sleep 75"
  sandboxed app
  assert_eq "annotation" "$HANDLER" "$(jq -r '.annotations["nono.sh/runtime-class"]' "$(bundle_of "$CTR")/config.json")"
  # The wrapper adds the hooks where the engine has not; here CRI-O had them already, once.
  assert_eq "createRuntime hooks" 1 "$(jq '.hooks.createRuntime | length' "$(bundle_of "$CTR")/config.json")"
  pod '.metadata.name = "plain" | .metadata.uid = "uid-of-plain"'
  run_pod ""
  run_app plain "$tries; exec sleep 75"
  not_sandboxed plain
  journal_is_silent_about "$CTR"
}

stop_node() {
  kill "$NODE"
  wait "$NODE" || true
  # Its number may be another process's by the time of the teardown.
  KF_PIDS=()
  rm "$T/node-is-up"
}

# --- its life ----------------------------------------------------------------------------------------------------

@test "exec-sync and exec: output and exit code" {
  start_crio
  run_pod "$HANDLER"
  run_app app 'exec sleep 76'
  run -1 cri exec --sync "$CTR" /bin/sh -c 'echo synced; exit 3'
  assert_has "what crictl says" "exited with 3" "$output"
  run -0 cri exec --sync "$CTR" /bin/echo synced
  assert_eq "output" synced "$output"
  run -0 cri exec "$CTR" /bin/echo streamed
  assert_eq "output" streamed "$output"
}

@test "exec-sync and exec: denied what PID 1 is denied, by absolute path and by name" {
  local command mode

  start_crio
  run_pod "$HANDLER"
  run_app app 'exec sleep 76'
  for mode in --sync ''; do
    for command in /bin/cat cat; do
      # shellcheck disable=SC2086 # no word where there is no mode
      run ! cri exec $mode "$CTR" "$command" /secret/file
      assert_has "$command $mode" "can't open '/secret/file': Permission denied" "$output"
    done
  done
  assert_journal "$CTR" injected NONO_STAGE=exec NONO_COMMAND=cat
}

@test "a container that is started again is sandboxed again; each has a record as long as it is there" {
  local first

  start_crio
  run_pod "$HANDLER"
  run_app app "$tries; exit 5"
  ended_with 5
  sandboxed app
  first=$CTR
  app_container again "$tries; exec sleep 77"
  container_with '.metadata = {name: "app", attempt: 1}'
  create_container
  start_created
  sandboxed again
  assert_journal "$CTR" injected
  remove_container "$first"
  assert_eq "records" "$T/state/$CTR" "$(find "$T/state" -mindepth 1 -maxdepth 1)"
}

@test "stopping and removing the pod leaves no record" {
  start_crio
  run_pod "$HANDLER"
  run_app one 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'
  eventually log_says one up
  run_app two 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'
  eventually log_says two up
  cri stopp "$POD"
  eventually container_is EXITED
  cri rmp "$POD"
  assert_eq "records" "" "$(records_left)"
  assert_journal "$CTR" container-removed
}

@test "limits change while it runs" {
  start_crio
  run_pod "$HANDLER"
  run_app app 'exec sleep 78'
  cri update --memory 67108864 "$CTR"
  assert_has "limit" 67108864 "$(cat "/proc/$(pid_of "$CTR")/cgroup" >"$T/cgroup"
    find /sys/fs/cgroup -path "*$PARENT/*$CTR*" \( -name memory.max -o -name memory.limit_in_bytes \) -exec cat {} +)"
}

@test "CRI-O is restarted, stopped or killed: containers stay as they are" {
  local signal pid

  start_crio
  run_pod "$HANDLER"
  run_app app "$tries; exec sleep 79"
  sandboxed app
  pid=$(pid_of "$CTR")
  for signal in TERM KILL; do
    stop_crio "$signal"
    start_crio
    container_is RUNNING
    assert_eq "pid" "$pid" "$(pid_of "$CTR")"
    run -0 cri exec --sync "$CTR" /bin/true
  done
  assert_eq "records" "$T/state/$CTR" "$(find "$T/state" -mindepth 1 -maxdepth 1)"
  run_app later "$tries; exec sleep 79"
  sandboxed later
}

# --- refusals ----------------------------------------------------------------------------------------------------

@test "a container that the wrapper refuses does not start, and its line reaches the pod's events" {
  start_crio
  run_pod "$HANDLER"
  app_container app "$tries"
  rm "$TREE/opt/nono-nri/nono"
  start_fails
  assert_has "what crictl is told" "container create failed: kubefence-runtime: " "$ERR"
  assert_has "what crictl is told" /opt/nono-nri/nono "$ERR"
  assert_eq "records" "" "$(records_left)"
}

@test "without its wrapper the handler is gone, and its pods do not start" {
  rm "$TREE/usr/libexec/kubefence/$HANDLER"
  start_crio
  run -1 cri runp --runtime "$HANDLER" "$POD_CONFIG"
  assert_has "what crictl is told" "failed to find runtime handler $HANDLER" "$output"
}

# --- the hooks directory -----------------------------------------------------------------------------------------

@test "CRI-O does not start with a precreate JSON in its directory, and the installer sees to that" {
  jq '.stages = ["precreate"]' "$TREE$HOOKS/50-kubefence.json" >"$TREE$HOOKS/60-precreate.json"
  crio_ends
  assert_has "what CRI-O says" 'unknown stage' "$output"
  run -1 install_node
  assert_has "what the installer says" "60-precreate.json names the stage precreate" "$output"
}

@test "a hook whose program is missing is dropped without a word: the handler's pods are sandboxed all the same" {
  mv "$TREE/usr/libexec/oci/hooks.d/kubefence-hook" "$TREE/usr/libexec/oci/hooks.d/away"
  start_crio
  assert_eq "complaints" "" "$(complaints_of_crio)"
  mv "$TREE/usr/libexec/oci/hooks.d/away" "$TREE/usr/libexec/oci/hooks.d/kubefence-hook"
  run_pod "$HANDLER"
  run_app app "$tries; exec sleep 80"
  sandboxed app
  pod '.metadata.name = "plain" | .metadata.uid = "uid-of-plain"'
  run_pod ""
  run_app plain "$tries; exec sleep 80"
  not_sandboxed plain
  journal_is_silent_about "$CTR"
}

@test "JSONs that come by rename are read while CRI-O runs" {
  mkdir "$TREE$HOOKS.away"
  mv "$TREE$HOOKS"/*.json "$TREE$HOOKS.away/"
  start_crio
  run_pod ""
  run_app before "$tries; exec sleep 81"
  not_sandboxed before
  journal_is_silent_about "$CTR"
  mv "$TREE$HOOKS.away"/*.json "$TREE$HOOKS/"
  eventually next_container_has_hooks
  start_created
  assert_journal "$CTR" skip
}

next_container_has_hooks() {
  app_container "app-$SRANDOM" "$tries; exec sleep 81"
  create_container
  jq -e .hooks.createRuntime "$(bundle_of "$CTR")/config.json"
}

# --- the shim wrapper --------------------------------------------------------------------------------------------

# A node with Kata as install-node.sh sets it up; but in place of Kata's shim containerd's, which cannot read Kata's
# options, makes the containers with runc.
with_shim() {
  local shim=opt/kata/bin/containerd-shim-kata-v2 defaults=opt/kata/share/defaults/kata-containers

  [[ $KF_RUNTIME == runc && -x /usr/bin/containerd-shim-runc-v2 ]] || skip "no shim of the distribution for $KF_RUNTIME"
  lenient_runtime
  mkdir -p "$TREE/${shim%/*}" "$TREE/$defaults"
  install "$KF_BUILD/containerd-shim-nono-kata-v2" "$TREE/usr/bin/"
  cat >"$TREE/$shim" <<END
#!/bin/sh
case \$1 in
--version) echo "Kata Containers containerd shim (Golang): version: 3.32.0," ;;
*) PATH=$T/bin:/usr/sbin:/usr/bin exec /usr/bin/containerd-shim-runc-v2 "\$@" ;;
esac
END
  chmod 755 "$TREE/$shim"
  echo '[hypervisor.qemu]' >"$TREE/$defaults/configuration.toml"
  install_node
  sed -i '/^runtime_config_path/d' "$TREE/etc/crio/crio.conf.d/51-kubefence-kata.conf"
}

@test "Kata's handler: our shim is started for each container, and leaves the infra container alone" {
  local first

  stop_node
  with_shim
  # It sees that this is runc, and refuses.
  rm "$TREE$HOOKS/50-kubefence.json"
  start_node
  in_node mount --bind /opt/nono-nri /opt/nono-nri
  in_node mount -o remount,bind,ro /opt/nono-nri
  pod '.linux.security_context.namespace_options.pid = 0'
  start_crio
  run_pod kata-nono-sandbox
  assert_journal "$POD" skip NONO_STAGE=kata NONO_REASON=sandbox_container NONO_RUNTIME_HANDLER=kata-nono-sandbox
  run_app app "$tries; exec sleep 71"
  sandboxed app
  first=$CTR
  assert_journal "$first" injected NONO_STAGE=kata NONO_POD=web-0 NONO_CONTAINER_NAME=app
  run_app two "$tries"
  sandboxed two
  remove_container "$first"
  assert_journal "$first" container-removed
  [[ ! -e $T/state/$first ]]
}
