#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# sanitized: no (is about the real nono)
# shellcheck disable=SC2016,SC2030,SC2031 # a $ in single quotes is for sh or jq; bats runs each test in a subshell
#
# Places and ways a secret can lie, in containers as containerd, CRI-O, Podman and Docker make them, under the shipped
# profile "default": the command, its children and every exec cannot read it, and with nono.sh/allow they can.

load ../integration/helpers

UID_OF_POD=0c3e1f5a-7f0a-4b0e-9a53-0f6a1c2d3e4f
ID_OF_ENGINE=$(printf 'a%.0s' {1..64})
PAUSE=$(printf 'b%.0s' {1..64})
TEXT=top-secret

setup() {
  kf_setup
  cp "$KF_TOP/hook/share/profiles/default.json" "$T/nono-nri/profiles/default.json"
  ID=$ID_OF_ENGINE
  POD=$T/kubelet/pods/$UID_OF_POD VOLUMES=$T/kubelet/pods/$UID_OF_POD/volumes
  PLACES=() ALLOW=()
  # Three readers for each place: the shell itself, its child, and a child of another name.
  cat >"$B/rootfs/bin/reader" <<'END'
#!/bin/sh
for place in "$@"; do
  own='' child='' grandchild=''
  read -r own <"$place"
  child=$(cat "$place")
  grandchild=$(sh -c 'exec head -n 1 "$1"' sh "$place")
  echo "$place: $own $child $grandchild"
done 2>/dev/null
END
  chmod 755 "$B/rootfs/bin/reader"
  spec '.linux.seccomp = null | del(.linux.seccomp)'
}
teardown() {
  local target

  for target in "${TARGETS[@]}"; do
    umount "$target"
  done
  kf_teardown
}
teardown_file() { stop_journald; }

# --- the pod -----------------------------------------------------------------------------------------------------

of_containerd() {
  spec --arg uid "$UID_OF_POD" --arg pause "$PAUSE" '.annotations = {"io.kubernetes.cri.container-name": "app",
    "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.image-name": "docker.io/library/app:1",
    "io.kubernetes.cri.sandbox-id": $pause, "io.kubernetes.cri.sandbox-name": "web-0",
    "io.kubernetes.cri.sandbox-namespace": "prod", "io.kubernetes.cri.sandbox-uid": $uid}'
}

of_podman() {
  spec '.annotations = {"io.container.manager": "libpod"}'
}

bind() { # SOURCE DESTINATION
  spec --arg source "$1" --arg destination "$2" '.mounts += [{destination: $destination, type: "bind", source: $source,
    options: ["rbind", "rprivate", "rw"]}]'
}

# A directory with one file, key, that holds the secret.
filled() { # DIRECTORY
  mkdir -p "$1"
  echo "$TEXT" >"$1/key"
}

# The place is a file in the container; ALLOWED is what nono.sh/allow says to have it back.
place() { # FILE [ALLOWED]
  PLACES+=("$1") ALLOW+=("${2:-${1%/*}}")
}

volume() { # PLUGIN NAME DESTINATION
  filled "$VOLUMES/$1/$2"
  bind "$VOLUMES/$1/$2" "$3"
}

csi() { # NAME MODE DESTINATION
  csi_data "$1" "$2"
  filled "$VOLUMES/kubernetes.io~csi/$1/mount"
  bind "$VOLUMES/kubernetes.io~csi/$1/mount" "$3"
}

# An empty volume, and what the kubelet says of it.
csi_data() { # NAME MODE
  mkdir -p "$VOLUMES/kubernetes.io~csi/$1/mount"
  jq -n --arg mode "$2" '{driverName: "secrets-store.csi.k8s.io", volumeLifecycleMode: $mode}' \
    >"$VOLUMES/kubernetes.io~csi/$1/vol_data.json"
}

# A bind mount as the kubelet makes it for a subPath; a file where SOURCE is one.
sub_path() { # SOURCE VOLUME INDEX DESTINATION
  local target=$POD/volume-subpaths/$2/app/$3

  mkdir -p "${target%/*}"
  if [[ -d $1 ]]; then mkdir "$target"; else touch "$target"; fi
  mount --bind "$1" "$target"
  TARGETS+=("$target")
  bind "$target" "$4"
}

in_image() { # FILE
  mkdir -p "$B/rootfs${1%/*}"
  echo "$TEXT" >"$B/rootfs$1"
}

# --- looking -----------------------------------------------------------------------------------------------------

# The first process's view of all places, and that of an exec. Then config.json is again the engine's.
look() {
  local id=$ID$1

  cp "$B/config.json" "$T/engine.json"
  spec_args sh -c 'reader "$@"; echo end; exec sleep 60' sh "${PLACES[@]}"
  kf create --bundle "$B" --pid-file "$T/pid" "$id" >"$T/first" 2>"$T/err" || fail "create: $(<"$T/err")"
  kf start "$id"
  eventually grep -qx end "$T/first"
  kf exec "$id" reader "${PLACES[@]}" >"$T/exec" 2>&1
  kf delete --force "$id"
  cat "$T/engine.json" >"$B/config.json"
}

every_reader_gets() { # TEXT
  local number

  for number in "${!PLACES[@]}"; do
    line_is "the command" "$((number + 1))" "$T/first" "${PLACES[number]}: $1"
    line_is "an exec" "$((number + 1))" "$T/exec" "${PLACES[number]}: $1"
  done
  ((WRONG == 0))
}

line_is() { # WHO NUMBER FILE EXPECTED
  local actual

  actual=$(sed -n "$2p" "$3")
  [[ $actual == "$4" ]] || { printf '%s: expected "%s", is "%s"\n' "$1" "$4" "$actual" && WRONG=$((WRONG + 1)); }
}

hidden_unless_allowed() {
  WRONG=0
  look 1
  every_reader_gets "  " || fail "$WRONG can be read"
  annotate nono.sh/allow "$(printf '%s\n' "${ALLOW[@]}" | sort -u)"
  look 2
  every_reader_gets "$TEXT $TEXT $TEXT" || fail "$WRONG cannot be read with nono.sh/allow"
}

# --- pods --------------------------------------------------------------------------------------------------------

@test "kinds of volumes" {
  of_containerd
  volume kubernetes.io~secret tls /app/secrets
  volume kubernetes.io~projected all /all
  volume kubernetes.io~projected kube-api-access-x7k2p /var/run/secrets/kubernetes.io/serviceaccount
  volume example.com~vault flex /flex
  csi inline Ephemeral /mnt/secrets-store
  filled "$T/srv"
  bind "$T/srv" /host
  bind "$T/srv/key" /etc/host-file
  filled "$T/other/pods/4711/volumes/kubernetes.io~empty-dir/x"
  bind "$T/other/pods/4711/volumes/kubernetes.io~empty-dir/x" /of-another-pod
  place /app/secrets/key
  place /all/key
  place /var/run/secrets/kubernetes.io/serviceaccount/key serviceaccount
  place /flex/key
  place /mnt/secrets-store/key
  place /host/key
  place /etc/host-file /etc/host-file
  place /of-another-pod/key
  hidden_unless_allowed
}

@test "subPaths" {
  of_containerd
  filled "$VOLUMES/kubernetes.io~secret/tls"
  filled "$VOLUMES/kubernetes.io~projected/all"
  csi_data inline Ephemeral
  filled "$VOLUMES/kubernetes.io~csi/inline/mount"
  filled "$T/srv/sub"
  sub_path "$VOLUMES/kubernetes.io~secret/tls/key" tls 0 /etc/app/key
  sub_path "$VOLUMES/kubernetes.io~secret/tls" tls 1 /tls
  sub_path "$VOLUMES/kubernetes.io~projected/all/key" all 2 /app/token
  sub_path "$VOLUMES/kubernetes.io~csi/inline/mount" inline 3 /svid
  sub_path "$T/srv/sub" host 4 /host
  place /etc/app/key /etc/app/key
  place /tls/key
  place /app/token /app/token
  place /svid/key
  place /host/key
  hidden_unless_allowed
}

@test "below other mounts, and more than once" {
  of_containerd
  mkdir -p "$VOLUMES/kubernetes.io~empty-dir/data/tls" "$VOLUMES/kubernetes.io~csi/pv/mount/a/b"
  csi_data pv Persistent
  bind "$VOLUMES/kubernetes.io~empty-dir/data" /data
  volume kubernetes.io~secret tls /data/tls
  bind "$VOLUMES/kubernetes.io~secret/tls" /again
  bind "$VOLUMES/kubernetes.io~secret/tls" /home/app/tls
  bind "$VOLUMES/kubernetes.io~csi/pv/mount" /storage
  bind "$VOLUMES/kubernetes.io~secret/tls" /storage/a/b
  bind "$VOLUMES/kubernetes.io~secret/tls" /tmp/t
  bind "$VOLUMES/kubernetes.io~secret/tls" "/with space"
  place /data/tls/key
  place /again/key
  place /home/app/tls/key
  place /storage/a/b/key
  place /tmp/t/key
  place '/with space/key'
  hidden_unless_allowed
}

@test "by names of directories" {
  of_containerd
  mkdir -p "$VOLUMES/kubernetes.io~empty-dir/vault" "$VOLUMES/kubernetes.io~empty-dir/run"
  filled "$VOLUMES/kubernetes.io~empty-dir/vault"
  bind "$VOLUMES/kubernetes.io~empty-dir/vault" /vault/secrets
  ln -s run "$B/rootfs/var-run"
  mkdir -p "$B/rootfs/var"
  ln -s ../run "$B/rootfs/var/run"
  in_image /run/secrets/key
  in_image /run/credentials/unit/key
  place /vault/secrets/key
  place /run/secrets/key
  place /var/run/secrets/key /run/secrets
  place /run/credentials/unit/key /run/credentials
  hidden_unless_allowed
}

@test "by links of the image, and of proc" {
  of_containerd
  volume kubernetes.io~secret tls /app/secrets
  ln -s /app/secrets "$B/rootfs/link"
  ln -s ../app/secrets/key "$B/rootfs/etc/key"
  ln -s link "$B/rootfs/link-to-link"
  mkdir -p "$B/rootfs/opt/real" "$B/rootfs/var"
  ln -s /opt/real "$B/rootfs/var/alias"
  bind "$VOLUMES/kubernetes.io~secret/tls" /var/alias
  place /link/key /app/secrets
  place /etc/key /app/secrets
  place /link-to-link/key /app/secrets
  place /var/alias/key /var/alias
  place /opt/real/key /var/alias
  place /proc/self/root/app/secrets/key /app/secrets
  place /proc/self/cwd/app/secrets/key /app/secrets
  place /app/../app/./secrets//key /app/secrets
  hidden_unless_allowed
}

@test "by the root and the working directory of the first process" {
  of_containerd
  volume kubernetes.io~secret tls /data/tls
  spec '.process.cwd = "/data"'
  PLACES=(/proc/1/root/data/tls/key /proc/1/cwd/tls/key)
  look 1
  WRONG=0
  every_reader_gets "  " || fail "$WRONG can be read"
}

@test "files of the home, of root's, and password files" {
  local file allowed

  of_containerd
  spec '.process.user = {uid: 0, gid: 0} | .process.env += ["HOME=/home/app"]'
  while read -r file allowed; do
    in_image "/home/app/$file"
    place "/home/app/$file" "~/${allowed:-$file}"
  done <<'END'
.ssh/id_ed25519 .ssh
.aws/credentials .aws
.kube/config .kube
.docker/config.json
.netrc
.npmrc
.pypirc
.git-credentials
.config/gcloud/credentials.db .config/gcloud
.config/gh/hosts.yml .config/gh
.azure/accessTokens.json .azure
.gnupg/secring.gpg .gnupg
.cargo/credentials.toml
.config/containers/auth.json
.vault-token
.pgpass
END
  in_image /root/.ssh/id_rsa
  in_image /root/.kube/config
  place /root/.ssh/id_rsa /root/.ssh
  place /root/.kube/config /root/.kube
  hidden_unless_allowed
}

@test "a home that /etc/passwd names" {
  of_containerd
  spec '.process.user = {uid: 1000, gid: 1000}'
  in_image /home/app/.aws/credentials
  place /home/app/.aws/credentials "~/.aws"
  hidden_unless_allowed
}

@test "a link in the home" {
  of_containerd
  spec '.process.user = {uid: 1000, gid: 1000}'
  ln -s /opt/keys "$B/rootfs/home/app/.ssh"
  in_image /opt/keys/id_rsa
  place /home/app/.ssh/id_rsa "~/.ssh"
  hidden_unless_allowed
}

@test "a home on a volume" {
  of_containerd
  spec '.process.user = {uid: 1000, gid: 1000}'
  mkdir -p "$VOLUMES/kubernetes.io~empty-dir/home/.aws"
  echo "$TEXT" >"$VOLUMES/kubernetes.io~empty-dir/home/.aws/credentials"
  bind "$VOLUMES/kubernetes.io~empty-dir/home" /home/app
  place /home/app/.aws/credentials "~/.aws"
  hidden_unless_allowed
}

@test "a password's hash in /etc/shadow" {
  of_containerd
  printf '%s\n' 'root:$6$abc$def:1:0:99999:7:::' >"$B/rootfs/etc/shadow"
  PLACES=(/etc/shadow)
  look 1
  assert_eq "the command" "/etc/shadow:   " "$(sed -n 1p "$T/first")"
  assert_eq "an exec" "/etc/shadow:   " "$(sed -n 1p "$T/exec")"
}

@test "late arrivals" {
  local place

  of_containerd
  mkdir -p "$VOLUMES/kubernetes.io~empty-dir/vault" "$VOLUMES/kubernetes.io~secret/late" "$B/rootfs/run/secrets"
  bind "$VOLUMES/kubernetes.io~empty-dir/vault" /vault/secrets
  bind "$VOLUMES/kubernetes.io~secret/late" /late
  bind "$VOLUMES/kubernetes.io~secret/late" /var/run/secrets/late
  csi_data late Ephemeral
  bind "$VOLUMES/kubernetes.io~csi/late/mount" /csi
  PLACES=(/vault/secrets/key /late/key /var/run/secrets/late/key /csi/key)
  spec_args sh -c 'echo ready; read -r line </tmp/go; reader "$@"; echo end; sleep 60' sh "${PLACES[@]}"
  mkfifo "$B/rootfs/tmp/go"
  kf create --bundle "$B" "$ID" >"$T/first" 2>"$T/err" || fail "create: $(<"$T/err")"
  kf start "$ID"
  eventually grep -qx ready "$T/first"
  for place in empty-dir/vault secret/late csi/late/mount; do
    filled "$VOLUMES/kubernetes.io~$place"
  done
  echo go >"$B/rootfs/tmp/go"
  eventually grep -qx end "$T/first"
  sed -i 1d "$T/first"
  kf exec "$ID" reader "${PLACES[@]}" >"$T/exec" 2>&1
  WRONG=0
  every_reader_gets "  " || fail "$WRONG can be read"
}

# --- sockets -----------------------------------------------------------------------------------------------------

@test "sockets of engines" {
  of_containerd
  mkdir -p "$T/run"
  python3 -c 'import socket, sys
for name in sys.argv[1:]:
    socket.socket(socket.AF_UNIX).bind(name)' "$T/run/containerd.sock" "$T/run/docker.sock"
  bind "$T/run/containerd.sock" /run/containerd/containerd.sock
  bind "$T/run/docker.sock" /var/run/docker.sock
  app 'for s in /run/containerd/containerd.sock /var/run/docker.sock; do test -S $s && echo $s; done; echo end'
  cp "$B/config.json" "$T/engine.json"
  run_container
  assert_eq "stdout" end "$OUT"
  cat "$T/engine.json" >"$B/config.json"
  annotate nono.sh/allow '/run/containerd/containerd.sock, /var/run/docker.sock'
  run_container
  assert_eq "lines with nono.sh/allow" 3 "$(wc -l <"$T/out")"
}

# --- Podman and Docker -------------------------------------------------------------------------------------------

@test "secrets and credentials of Podman's and Docker's containers" {
  local userdata=$T/run/containers/storage/overlay-containers/$ID_OF_ENGINE/userdata

  of_podman
  filled "$userdata/secrets"
  filled "$userdata/run/secrets"
  filled "$T/docker/containers/$ID_OF_ENGINE/mounts/secrets"
  filled "$T/home/.ssh"
  filled "$T/home/.aws"
  bind "$userdata/secrets/key" /run/secrets/db
  bind "$userdata/secrets/key" /etc/db-password
  bind "$userdata/run/secrets" /opt/entitlement
  bind "$T/docker/containers/$ID_OF_ENGINE/mounts/secrets" /swarm
  bind "$T/home/.ssh" /keys
  bind "$T/home/.aws" /root/.aws
  place /run/secrets/db /run/secrets/db
  place /etc/db-password /etc/db-password
  place /opt/entitlement/key
  place /swarm/key
  place /keys/key
  place /root/.aws/key
  hidden_unless_allowed
}

# --- what is not hidden, or may not be given -----------------------------------------------------------------------

@test "files beside a secret are read" {
  of_containerd
  volume kubernetes.io~configmap conf /etc/app
  volume kubernetes.io~empty-dir data /data
  volume kubernetes.io~secret tls /data/tls
  csi pv Persistent /storage
  PLACES=(/etc/app/key /data/key /storage/key)
  look 1
  WRONG=0
  every_reader_gets "$TEXT $TEXT $TEXT" || fail "$WRONG cannot be read"
}

@test "nono.sh/allow gives the places that it names and no other, and none that is not hidden" {
  of_containerd
  volume kubernetes.io~secret one /one
  volume kubernetes.io~secret two /two
  annotate nono.sh/allow /one
  PLACES=(/one/key /two/key)
  look 1
  assert_eq "what is named" "/one/key: $TEXT $TEXT $TEXT" "$(sed -n 1p "$T/first")"
  assert_eq "what is not" "/two/key:   " "$(sed -n 2p "$T/first")"
  annotate nono.sh/allow /usr
  run_container
  ((STATUS != 0)) || fail "it started"
  assert_has "stderr" "/usr" "$ERR"
}

@test "nono.sh/deny hides a file of the image and a volume" {
  of_containerd
  volume kubernetes.io~empty-dir data /data
  in_image /opt/app/key
  annotate nono.sh/deny '/data, /opt/app/key'
  PLACES=(/data/key /opt/app/key)
  look 1
  WRONG=0
  every_reader_gets "  " || fail "$WRONG can be read"
}
