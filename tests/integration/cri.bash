# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034 # a $ in single quotes is for jq or sh; the tests use what is set here
#
# Pods through the CRI, as a kubelet asks for them, with crictl. A bats file loads helpers and this, starts an engine
# that listens on $CRI_SOCKET and gives it the images of $CRI_IMAGES.

CRI_IMAGE=localhost/kubefence/app:1
CRI_PAUSE=localhost/kubefence/pause:1

# For setup_file: shared by all tests of a file, made once.
cri_setup_file() {
  kf_tool crictl
  CRICTL=$TOOL/crictl CRI_IMAGES=$BATS_FILE_TMPDIR/images.tar
  export CRICTL CRI_IMAGES
}

# For setup, after kf_setup.
cri_setup() {
  [[ -e $CRI_IMAGES ]] || cri_make_images "$CRI_IMAGES"
  POD_CONFIG=$T/pod.json CONTAINER_CONFIG=$T/container.json LOGS=$T/logs
  mkdir -p "$LOGS"
  pod_config web-0
}

cri() { # ARGUMENTS OF crictl...
  timeout "$KF_PATIENCE" "$CRICTL" --config /dev/null --runtime-endpoint "unix://$CRI_SOCKET" \
    --image-endpoint "unix://$CRI_SOCKET" --timeout "${KF_PATIENCE}s" "$@" </dev/null 3>&-
}

cri_answers() { cri version >/dev/null 2>&1; }

# As a kubelet that drains its node.
cri_remove_pods() {
  cri rmp --all --force >"$T/rmp.out" 2>&1 || fail "pods stay: $(<"$T/rmp.out")"
}

# --- images ------------------------------------------------------------------------------------------------------

# An OCI image layout with two images of the same single layer: the rootfs of the other tests.
cri_make_images() { # ARCHIVE
  local dir=$BATS_FILE_TMPDIR/layout layer

  mkdir -p "$dir/blobs/sha256"
  tar -C "$B/rootfs" --sort=name -cf "$BATS_FILE_TMPDIR/layer.tar" .
  layer=$(cri_blob application/vnd.oci.image.layer.v1.tar <"$BATS_FILE_TMPDIR/layer.tar")
  jq -n --argjson app "$(cri_manifest "$CRI_IMAGE" "$layer" '[]')" \
    --argjson pause "$(cri_manifest "$CRI_PAUSE" "$layer" '["/bin/sleep", "infinity"]')" \
    '{schemaVersion: 2, manifests: [$app, $pause]}' >"$dir/index.json"
  echo '{"imageLayoutVersion": "1.0.0"}' >"$dir/oci-layout"
  tar -C "$dir" -cf "$1.new" .
  mv "$1.new" "$1"
}

# Stores a blob and prints its descriptor.
cri_blob() { # MEDIA-TYPE, with the content on standard input
  local dir=$BATS_FILE_TMPDIR/layout/blobs/sha256 digest

  cat >"$dir/new"
  digest=$(sha256sum "$dir/new")
  jq -nc --arg type "$1" --arg digest "sha256:${digest%% *}" --argjson size "$(stat -c %s "$dir/new")" \
    '{mediaType: $type, digest: $digest, size: $size}'
  mv "$dir/new" "$dir/${digest%% *}"
}

cri_manifest() { # NAME LAYER-DESCRIPTOR ENTRYPOINT
  local config architecture

  architecture=$(dpkg --print-architecture)
  config=$(jq -n --arg arch "$architecture" --argjson layer "$2" --argjson entrypoint "$3" '{architecture: $arch,
    os: "linux", config: {Env: ["PATH=/usr/bin:/bin"], Entrypoint: $entrypoint},
    rootfs: {type: "layers", diff_ids: [$layer.digest]}}' | cri_blob application/vnd.oci.image.config.v1+json)
  jq -n --argjson config "$config" --argjson layer "$2" '{schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: [$layer]}' |
    cri_blob application/vnd.oci.image.manifest.v1+json |
    jq -c --arg name "$1" '.annotations = {"io.containerd.image.name": $name,
      "org.opencontainers.image.ref.name": $name}'
}

# --- pods and containers -----------------------------------------------------------------------------------------

# In the network namespace of the host (2): that needs no CNI.
pod_config() { # NAME
  jq -n --arg name "$1" --arg logs "$LOGS" '{metadata: {name: $name, namespace: "prod", uid: ("uid-of-" + $name)},
    log_directory: $logs, linux: {security_context: {namespace_options: {network: 2}}}}' >"$POD_CONFIG"
}

pod() { # JQ-ARGUMENTS...
  jq "$@" "$POD_CONFIG" >"$T/new.json"
  mv "$T/new.json" "$POD_CONFIG"
}

annotate_pod() { # KEY VALUE
  pod --arg key "$1" --arg value "$2" '.annotations[$key] = $value'
}

# Sets $POD.
run_pod() { # HANDLER
  POD=$(cri runp --runtime "$1" "$POD_CONFIG" 2>"$T/runp.err") || fail "no pod: $(<"$T/runp.err")"
}

# The next container: a shell script in the image.
container() { # NAME SCRIPT
  jq -n --arg name "$1" --arg image "$CRI_IMAGE" --arg script "$2" '{metadata: {name: $name},
    image: {image: $image}, command: ["/bin/sh", "-c", $script], log_path: ($name + ".log")}' >"$CONTAINER_CONFIG"
}

container_with() { # JQ-ARGUMENTS...
  jq "$@" "$CONTAINER_CONFIG" >"$T/new.json"
  mv "$T/new.json" "$CONTAINER_CONFIG"
}

# Sets $CTR.
create_container() {
  CTR=$(cri create "$POD" "$CONTAINER_CONFIG" "$POD_CONFIG" 2>"$T/create.err") || fail "$(<"$T/create.err")"
}

start_created() {
  cri start "$CTR" >"$T/start.out" 2>"$T/start.err" || fail "$(<"$T/start.err")"
}

run_in_pod() { # NAME SCRIPT
  container "$@"
  create_container
  start_created
}

# Creating or starting it fails; $ERR is crictl's error.
start_fails() {
  STATUS=0
  { create_container && start_created; } 2>"$T/err" || STATUS=$?
  ERR=$(<"$T/err")
  ((STATUS != 0)) || fail "it started"
}

container_is() { # STATE [ID]
  [[ $(cri inspect "${2:-$CTR}" | jq -r .status.state) == CONTAINER_"$1" ]]
}

ended_with() { # STATUS
  eventually container_is EXITED
  assert_eq "exit status" "$1" "$(cri inspect "$CTR" | jq .status.exitCode)"
}

# The log as the kubelet reads it: TIME STREAM F|P TEXT.
log_of() { # STREAM NAME
  sed -nE "s/^[0-9T:.+Z-]+ $1 [FP] //p" "$LOGS/$2.log"
}

log_says() { # NAME TEXT
  [[ -e $LOGS/$1.log && $(log_of stdout "$1") == *"$2"* ]]
}

pid_of() { # ID
  cri inspect "$1" | jq .info.pid
}

pause_pid() {
  cri inspectp "$POD" | jq .info.pid
}

remove_container() { # ID
  cri rm --force "$1" >"$T/rm.out" 2>&1 || fail "$(<"$T/rm.out")"
}

record_of() { # ID
  cat "$T/state/$1/metadata.json"
}

nono_mounts_of() { # PID
  awk '$5 == "/nono"' "/proc/$1/mountinfo"
}
