#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# shellcheck disable=SC2016 # a $ in single quotes is for jq
#
# kubefence explain names the kind of every mount and device, for specs as containerd, CRI-O and Podman make them.

load helpers

UID_OF_POD=0c3e1f5a-7f0a-4b0e-9a53-0f6a1c2d3e4f
OWN=$(printf 'a%.0s' {1..64})
PAUSE=$(printf 'b%.0s' {1..64})
OTHER=$(printf 'c%.0s' {1..64})

setup() {
  [[ $EUID == 0 ]] || skip "the kubelet's directories have to be root's"
  T=$BATS_TEST_TMPDIR
  MOUNTED=()
  POD=$T/kubelet/pods/$UID_OF_POD
  printf '%s\n' '[kubefence]' 'runtime_classes = nono-runc' 'default_profile = default' >"$T/kubefence.conf"
  jq -n '{ociVersion: "1.0.2", process: {args: ["/app"], cwd: "/"}, root: {path: "rootfs"}, mounts: [],
    linux: {namespaces: [{type: "pid"}, {type: "ipc", path: "/proc/7/ns/ipc"}, {type: "mount"}]}}' >"$T/config.json"
}

teardown() {
  local target

  for target in "${MOUNTED[@]}"; do
    umount "$target"
  done
}

edit() { # JQ-ARGUMENTS...
  jq "$@" <"$T/config.json" >"$T/config.new"
  mv "$T/config.new" "$T/config.json"
}

# Annotations as containerd's CRI plugin writes them.
of_containerd() {
  edit --arg uid "$UID_OF_POD" --arg pause "$PAUSE" '.annotations = {"io.kubernetes.cri.container-name": "app",
    "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.image-name": "docker.io/library/app:1",
    "io.kubernetes.cri.sandbox-id": $pause, "io.kubernetes.cri.sandbox-name": "web-0",
    "io.kubernetes.cri.sandbox-namespace": "prod", "io.kubernetes.cri.sandbox-uid": $uid}'
}

file_system() { # DESTINATION TYPE
  edit --arg destination "$1" --arg type "$2" '.mounts += [{destination: $destination, type: $type, source: $type}]'
}

bind() { # SOURCE DESTINATION [OPTION]
  edit --arg source "$1" --arg destination "$2" --arg option "${3:-rw}" '.mounts += [{destination: $destination,
    type: "bind", source: $source, options: ["rbind", "rprivate", $option]}]'
}

# A bind mount as the kubelet makes it for a subPath.
sub_path() { # DIRECTORY VOLUME INDEX
  SUB_PATH=$POD/volume-subpaths/$2/app/$3
  mkdir -p "$1" "$SUB_PATH"
  mount --bind "$1" "$SUB_PATH"
  MOUNTED+=("$SUB_PATH")
}

csi() { # NAME DRIVER MODE
  mkdir -p "$POD/volumes/kubernetes.io~csi/$1/mount"
  jq -n --arg driver "$2" --arg mode "$3" '{attachmentID: "csi-1", driverName: $driver, nodeName: "node",
    specVolID: "x", volumeHandle: "h", volumeLifecycleMode: $mode}' >"$POD/volumes/kubernetes.io~csi/$1/vol_data.json"
}

volume() { # PLUGIN NAME DESTINATION [OPTION]
  mkdir -p "$POD/volumes/$1/$2"
  bind "$POD/volumes/$1/$2" "$3" "${4:-rw}"
}

# The decision does not matter here: a refused container has the same mounts.
explain() { # ARGUMENTS...
  STATUS=0
  timeout "$KF_PATIENCE" "$KF_BUILD/kubefence" --config "$T/kubefence.conf" explain "$@" >"$T/out" 2>"$T/err" ||
    STATUS=$?
  ((STATUS < 2)) || fail "exit status $STATUS: $(<"$T/err")"
}

told() { # ARGUMENTS...
  explain --json --handler nono-runc "$@" "$T/config.json"
  jq -r '.mounts[] | [.kind, .destination, .what] | join(" | ")' "$T/out"
}

@test "a container of containerd's with one of each" {
  local cri=/var/lib/containerd/io.containerd.grpc.v1.cri

  of_containerd
  file_system /proc proc
  file_system /dev tmpfs
  file_system /dev/pts devpts
  file_system /dev/mqueue mqueue
  file_system /sys sysfs
  file_system /sys/fs/cgroup cgroup
  bind "$POD/etc-hosts" /etc/hosts
  bind "$POD/containers/app/1f2e3d4c" /dev/termination-log
  bind "$cri/sandboxes/$PAUSE/hostname" /etc/hostname
  bind "$cri/sandboxes/$PAUSE/resolv.conf" /etc/resolv.conf
  bind "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/$PAUSE/shm" /dev/shm
  bind "/run/containerd/io.containerd.grpc.v1.cri/image-volumes/$PAUSE/sha256:ab" /models ro
  bind "$cri/containers/$OWN/volumes/4f2a" /var/lib/postgresql/data
  volume kubernetes.io~empty-dir cache /cache
  volume kubernetes.io~empty-dir shared /shared ro
  volume kubernetes.io~configmap conf /etc/app ro
  volume kubernetes.io~downward-api info /etc/podinfo ro
  volume kubernetes.io~secret tls /app/secrets ro
  volume kubernetes.io~projected all /all ro
  volume kubernetes.io~projected kube-api-access-x7k2p /var/run/secrets/kubernetes.io/serviceaccount ro
  volume kubernetes.io~local-volume pv-local /local
  volume example.com~vault flex /flex
  csi pvc-1 ebs.csi.aws.com Persistent
  bind "$POD/volumes/kubernetes.io~csi/pvc-1/mount" /data
  csi inline secrets-store.csi.k8s.io Ephemeral
  bind "$POD/volumes/kubernetes.io~csi/inline/mount" /mnt/secrets-store ro
  sub_path "$POD/volumes/kubernetes.io~empty-dir/cache/sub dir" cache 0
  bind "$SUB_PATH" /sub/empty-dir
  sub_path "$POD/volumes/kubernetes.io~configmap/conf/..2026_11_28" conf 1
  bind "$SUB_PATH" /sub/configmap
  sub_path "$POD/volumes/kubernetes.io~secret/tls/..2026_11_28" tls 2
  bind "$SUB_PATH" /sub/secret
  sub_path "$POD/volumes/kubernetes.io~csi/pvc-1/mount/db" pvc-1 3
  bind "$SUB_PATH" /sub/csi ro
  sub_path "$T/host/etc" host 4
  bind "$SUB_PATH" /sub/host-path
  bind /srv/data /host/data
  bind /run/containerd/containerd.sock /run/containerd/containerd.sock
  bind /opt/local-path-provisioner/pvc-2_prod_data /pvc
  bind /var/lib/lxcfs/proc/meminfo /proc/meminfo
  bind /dev/null /dev/given
  edit '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229}]'
  told --id "$OWN" >"$T/told"
  diff - "$T/told" <<'END'
runtime | /proc | proc
runtime | /dev | tmpfs
runtime | /dev/pts | devpts
runtime | /dev/mqueue | mqueue
runtime | /sys | sysfs
runtime | /sys/fs/cgroup | cgroup
engine | /etc/hosts | hosts
engine | /dev/termination-log | termination log
engine | /etc/hostname | hostname
engine | /etc/resolv.conf | resolv.conf
engine | /dev/shm | shm
config | /models | image volume
volume | /var/lib/postgresql/data | VOLUME of the image
volume | /cache | emptyDir
config | /shared | emptyDir, read-only
config | /etc/app | ConfigMap
config | /etc/podinfo | downward API
secret | /app/secrets | Secret
secret | /all | projected volume
secret | /var/run/secrets/kubernetes.io/serviceaccount | service account token
volume | /local | in-tree persistent volume (local-volume)
secret | /flex | FlexVolume (example.com~vault)
volume | /data | CSI persistent volume (ebs.csi.aws.com)
secret | /mnt/secrets-store | CSI inline volume (secrets-store.csi.k8s.io)
volume | /sub/empty-dir | subPath of emptyDir
config | /sub/configmap | subPath of ConfigMap
secret | /sub/secret | subPath of Secret
config | /sub/csi | subPath of CSI persistent volume (ebs.csi.aws.com), read-only
secret | /sub/host-path | subPath of hostPath
secret | /host/data | hostPath
secret | /run/containerd/containerd.sock | socket of an engine or agent
volume | /pvc | volume of a hostPath provisioner
engine | /proc/meminfo | lxcfs
device | /dev/given | device node of the host
device | /dev/fuse | device node
END
}

@test "as text: one row each, after the reasons" {
  of_containerd
  file_system /proc proc
  volume kubernetes.io~secret tls /app/secrets ro
  explain --handler nono-runc "$T/config.json"
  assert_eq "rows" 1 "$(grep -c '^ *mounts *runtime /proc: proc$' "$T/out")"
  assert_eq "rows" 1 "$(grep -c '^ *secret /app/secrets: Secret$' "$T/out")"
}

@test "a container that is left alone has no rows of mounts, but the JSON has them" {
  of_containerd
  file_system /proc proc
  explain "$T/config.json"
  assert_has "decision" "skip" "$(<"$T/out")"
  assert_has_not "text" "mounts" "$(<"$T/out")"
  explain --json "$T/config.json"
  assert_eq "JSON" proc "$(jq -r '.mounts[].what' "$T/out")"
}

@test "the VOLUMEs of an image are known by the container's id only" {
  of_containerd
  bind "/var/lib/containerd/io.containerd.grpc.v1.cri/containers/$OWN/volumes/4f2a" /v
  assert_eq "own" "volume | /v | VOLUME of the image" "$(told --id "$OWN")"
  assert_has "unknown" "secret | /v" "$(told)"
  assert_has "another's" "secret | /v" "$(told --id "$OTHER")"
}

@test "a container of CRI-O's" {
  local run=/var/run/containers/storage/overlay-containers

  edit --arg uid "$UID_OF_POD" --arg pause "$PAUSE" --arg own "$OWN" '.annotations = {"io.container.manager": "cri-o",
    "io.kubernetes.cri-o.ContainerType": "container", "io.kubernetes.cri-o.SandboxID": $pause,
    "io.kubernetes.cri-o.ContainerID": $own, "io.kubernetes.pod.uid": $uid, "io.kubernetes.pod.name": "web-0"}'
  bind "$run/$PAUSE/userdata/hostname" /etc/hostname ro
  bind "$run/$PAUSE/userdata/.containerenv" /run/.containerenv
  bind "$run/$PAUSE/userdata/shm" /dev/shm
  bind "$run/$OTHER/userdata/shm" /shm
  bind "/run/containers/storage/overlay-containers/$OWN/userdata/run/secrets" /run/secrets
  volume kubernetes.io~empty-dir cache /cache
  told --id "$OWN" >"$T/told"
  diff - "$T/told" <<'END'
engine | /etc/hostname | hostname
engine | /run/.containerenv | .containerenv
engine | /dev/shm | shm
secret | /shm | a file of an engine: the id is not this container's
secret | /run/secrets | secret of the engine
volume | /cache | emptyDir
END
}

@test "containers of Podman and Docker" {
  local userdata=/run/containers/storage/overlay-containers/$OWN/userdata

  edit '.annotations = {"io.container.manager": "libpod"}'
  mkdir -p "$T/home/.ssh" "$T/home/project"
  ln -s .ssh "$T/home/link"
  bind "$userdata/hosts" /etc/hosts
  bind "$userdata/secrets/db" /run/secrets/db
  bind "$userdata/secrets/db" /etc/db-password
  bind /var/lib/containers/storage/volumes/db/_data /db
  bind /var/lib/docker/volumes/db/_data /docker-db ro
  bind "$T/home/project" /work
  bind "$T/home/project" /work-ro ro
  bind "$T/home/.ssh" /root/.ssh ro
  bind "$T/home/link" /link ro
  bind /run/podman/podman.sock /run/podman/podman.sock
  bind /dev/null /dev/given
  told >"$T/told"
  diff - "$T/told" <<'END'
engine | /etc/hosts | hosts
secret | /run/secrets/db | secret of the engine
secret | /etc/db-password | secret of the engine
volume | /db | Podman volume
config | /docker-db | Docker volume, read-only
volume | /work | bind mount
config | /work-ro | bind mount, read-only
secret | /root/.ssh | bind mount: credentials of the host are there
secret | /link | bind mount: credentials of the host are there
secret | /run/podman/podman.sock | socket of an engine or agent
device | /dev/given | device node of the host
END
}

@test "the configuration adds directories of provisioners and harmless CSI drivers" {
  of_containerd
  csi image image.csi.example.com Ephemeral
  mkdir -p "$T/pv/pvc-1"
  sub_path "$T/pv/pvc-1/sub" pv 0
  bind "$T/pv/pvc-1" /data
  bind "$T/pv" /all
  bind "$SUB_PATH" /sub
  bind "$POD/volumes/kubernetes.io~csi/image/mount" /image
  told >"$T/told"
  assert_eq "without" "secret secret secret secret" "$(cut -d ' ' -f 1 "$T/told" | paste -sd ' ')"
  printf '%s\n' "provisioner_dirs = /data/pv" "  $T/pv" 'harmless_csi_drivers = image.csi.example.com' \
    >>"$T/kubefence.conf"
  told >"$T/told"
  diff - "$T/told" <<'END'
volume | /data | volume of a hostPath provisioner
secret | /all | hostPath
volume | /sub | subPath of volume of a hostPath provisioner
volume | /image | CSI inline volume (image.csi.example.com): harmless_csi_drivers
END
}

@test "hostile: another pod's UID, the other engine's annotation, a link, names with line breaks" {
  local other=$T/kubelet/pods/0c3e1f5a/volumes/kubernetes.io~empty-dir/x

  of_containerd
  mkdir -p "$other" "$T/kubelet/pods/0c3e1f5a"
  bind "$other" /other
  bind "$POD/volumes/kubernetes.io~empty-dir/../../../0c3e1f5a/volumes/kubernetes.io~empty-dir/x" /dots
  mkdir -p "$POD/volumes/kubernetes.io~empty-dir"
  ln -s /etc "$POD/volumes/kubernetes.io~empty-dir/link"
  bind "$POD/volumes/kubernetes.io~empty-dir/link" /link
  volume kubernetes.io~empty-dir x $'/a\n/etc: volume\e[2J'
  told >/dev/null
  assert_eq "kinds" '["secret","secret","secret","volume"]' "$(jq -c '[.mounts[].kind]' "$T/out")"
  explain --handler nono-runc "$T/config.json"
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "the text is not plain ASCII"
  assert_eq "one row" 1 "$(grep -c 'volume /a\\x0a/etc: volume\\x1b\[2J: emptyDir$' "$T/out")"
  edit '.annotations["io.kubernetes.pod.uid"] = "0c3e1f5a"'
  told >/dev/null
  assert_eq "kinds" '["secret","secret","secret","secret"]' "$(jq -c '[.mounts[].kind]' "$T/out")"
}

@test "hostile: entries of mounts that are malformed" {
  of_containerd
  edit '.mounts = [{destination: "/proc", type: "proc"}, {source: "/x"}]'
  told
  assert_eq "JSON" 0 "$(jq '.mounts | length' "$T/out")"
  explain --handler nono-runc "$T/config.json"
  assert_has "text" "mounts[1] has no destination" "$(<"$T/out")"
  edit '.mounts = "x"'
  explain --handler nono-runc "$T/config.json"
  assert_has "text" "mounts is not an array" "$(<"$T/out")"
}

@test "hostile: ten thousand mounts, half of them subPaths, within seconds" {
  of_containerd
  mkdir -p "$POD/volumes/kubernetes.io~empty-dir/x"
  sub_path "$POD/volumes/kubernetes.io~empty-dir/c/sub" c 0
  edit --arg x "$POD/volumes/kubernetes.io~empty-dir/x" --arg sub "$SUB_PATH" '.mounts = [range(10000) |
    {destination: "/m\(.)", type: "bind", source: (if . % 2 == 0 then $x else $sub end), options: ["rbind"]}]'
  SECONDS=0
  told >"$T/told"
  ((SECONDS < 20)) || fail "it took $SECONDS s"
  assert_eq "subPaths" 5000 "$(grep -c 'subPath of emptyDir$' "$T/told")"
  assert_eq "all" 10000 "$(grep -c '^volume' "$T/told")"
}
