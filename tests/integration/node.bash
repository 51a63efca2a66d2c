# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are for the files that load this
#
# A node as its operator makes it: make install, nono under /opt, install-node.sh. It is this machine under overlays, in
# the mount namespace that tests/run.sh gives every file, and gone with it. Beside root there are two users with
# subordinate uids. Load helpers before it.

NODE_OVERLAYS=(/etc /usr /opt /var/lib)
NODE_USER=kf-agent
NODE_OTHER=kf-other
NODE_UID=61001
NODE_OTHER_UID=61002

# The machine must not see a mount that is made here.
node_is_private() {
  [[ $(readlink /proc/self/ns/mnt) != "$(readlink /proc/1/ns/mnt)" ]]
}

# In setup_file. If it cannot be made, node_setup gives the reason.
node_make() {
  NODE_MISSING=
  if [[ $EUID != 0 ]]; then
    NODE_MISSING="integration tests need root"
  elif ! node_is_private; then
    NODE_MISSING="needs a mount namespace of its own: start it with tests/run.sh"
  elif ! command -v podman "$KF_RUNTIME" newuidmap >/dev/null; then
    NODE_MISSING="podman, $KF_RUNTIME or uidmap is not installed"
  elif ! node_overlays 2>"$BATS_FILE_TMPDIR/overlay"; then
    NODE_MISSING="no overlay file system: $(<"$BATS_FILE_TMPDIR/overlay")"
  else
    node_install
  fi
  export NODE_MISSING
}

node_overlays() {
  local dir name

  # Not in /tmp, where every user can make entries. Its own: to remove another one's mount point would take the mount
  # away.
  NODE=$(mktemp -d /run/kubefence-node.XXXXXX)
  export NODE
  mkdir -p /run/user /run/kubefence
  mount -t tmpfs -o mode=755 tmpfs "$NODE"
  mount -t tmpfs -o mode=755 tmpfs /run/user
  mount -t tmpfs -o mode=700 tmpfs /run/kubefence
  # Podman's locks, which it shares with every other Podman of the same user.
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  for dir in "${NODE_OVERLAYS[@]}"; do
    name=${dir//\//-}
    mkdir -p "$NODE/$name/upper" "$NODE/$name/work"
    mount -t overlay -o "lowerdir=$dir,upperdir=$NODE/$name/upper,workdir=$NODE/$name/work" overlay "$dir" || return
  done
}

node_install() {
  kf_find_nono
  make -C "$KF_TOP" -s -o all BUILD="$KF_BUILD" install
  rm -rf /opt/nono-nri
  install -d -m 755 /opt/nono-nri /opt/nono-nri/profiles
  install -m 755 "$NONO" /opt/nono-nri/nono
  install -m 644 "$KF_TOP"/tests/integration/profiles/*.json /opt/nono-nri/profiles/
  "$KF_TOP/scripts/install-launcher.sh" --dir /opt/nono-nri --launcher "$KF_BUILD/kubefence-launcher"
  printf '[class nono-runc]\nruntime = %s\n' "$(command -v "$KF_RUNTIME")" \
    >/etc/kubefence/kubefence.conf.d/50-test.conf
  node_containers_conf
  node_user "$NODE_USER" "$NODE_UID" 310000
  node_user "$NODE_OTHER" "$NODE_OTHER_UID" 410000
  "$KF_TOP/scripts/install-node.sh" --engine podman >"$BATS_FILE_TMPDIR/install-node"
  kf_rootfs_template "$NODE/rootfs"
  tar -C "$NODE/rootfs" -cf "$NODE/image.tar" .
}

# No test machine may raise limits, and none has a network for containers.
node_containers_conf() {
  rm -rf /etc/containers/containers.conf /etc/containers/containers.conf.d /etc/containers/storage.conf
  mkdir -p /etc/containers/containers.conf.d
  cat >/etc/containers/containers.conf <<END
[containers]
netns = "none"
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "$KF_RUNTIME"
END
}

node_user() { # NAME UID FIRST-SUBUID
  printf '%s:x:%s:%s::%s:/bin/sh\n' "$1" "$2" "$2" "$NODE/home/$1" >>/etc/passwd
  printf '%s:x:%s:\n' "$1" "$2" >>/etc/group
  printf '%s:%s:65536\n' "$1" "$3" | tee -a /etc/subuid >>/etc/subgid
  mkdir -p "$NODE/home/$1" "/run/user/$2"
  chown "$2:$2" "$NODE/home/$1" "/run/user/$2"
  chmod 700 "$NODE/home/$1" "/run/user/$2"
}

# In setup, instead of kf_setup: what it makes, and no configuration but the node's.
node_setup() {
  T=
  [[ -z $NODE_MISSING ]] || skip "$NODE_MISSING"
  kf_setup
  unset KUBEFENCE_CONFIG
  CLASS=nono-runc
}

# Another home and runtime directory for the user, until node_move_back.
node_move_user() { # DIR
  install -d -o "$NODE_UID" -g "$NODE_UID" -m 700 "$1" "$1/home" "$1/run"
  USER_HOME=$1/home RUNTIME_DIR=$1/run
  node_image as_user "$NODE_USER" podman
}

node_move_back() {
  node_kill_pause "$RUNTIME_DIR"
  USER_HOME='' RUNTIME_DIR=''
}

node_kill_pause() { # RUNTIME-DIR
  [[ ! -e $1/libpod/tmp/pause.pid ]] || kill -KILL "$(<"$1/libpod/tmp/pause.pid")" || true
}

# In teardown_file: the process that holds a rootless Podman's namespaces outlives it.
node_leave() {
  stop_journald
  [[ -n $NODE_MISSING ]] || node_end_users
  if [[ -n ${NODE:-} ]]; then
    umount -l "${NODE_OVERLAYS[@]}" /run/user /run/kubefence /dev/shm "$NODE" || true
    rmdir "$NODE"
  fi
}

node_end_users() {
  node_kill_pause "/run/user/$NODE_UID"
  node_kill_pause "/run/user/$NODE_OTHER_UID"
}

# The image localhost/kf in the storage that COMMAND is about: no registry, one layer, the test's rootfs.
node_image() { # PODMAN-COMMAND...
  "$@" import --quiet --change ENV=PATH=/bin --change ENV=FROM_IMAGE=yes "$NODE/image.tar" kf
}

# Podman as root, with the node's settings but storage of its own.
root_podman() { # PODMAN-ARGUMENTS...
  timeout "$KF_PATIENCE" podman --root "$NODE/storage" --runroot "$NODE/runroot" --tmpdir "$NODE/tmp" --storage-driver \
    vfs "$@" </dev/null 3>&-
}

# A command as a user who has just logged in; RUNTIME_DIR and USER_HOME if somewhere else than usual.
as_user() { # NAME COMMAND...
  local uid

  uid=$(id -u "$1")
  (cd / && exec setpriv --reuid "$uid" --regid "$uid" --init-groups env -i "HOME=${USER_HOME:-$NODE/home/$1}" "USER=$1" \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin "XDG_RUNTIME_DIR=${RUNTIME_DIR:-/run/user/$uid}" \
    timeout "$KF_PATIENCE" "${@:2}") </dev/null 3>&-
}

# --- running containers with and without a sandbox ---------------------------------------------------------------

hooks_only() {
  RUNTIME_ARGS=()
  OPT_IN=(--annotation nono.sh/runtime-class=nono-runc)
}

wrapper() {
  RUNTIME_ARGS=(--runtime nono-runc)
  OPT_IN=()
}

# The command of the tests below: rootless or root_podman, and the directory of its records.
rootless() { # PODMAN-ARGUMENTS...
  as_user "$NODE_USER" podman "$@"
}

run_podman() { # ARGUMENTS OF podman run...
  STATUS=0
  "$PODMAN" "${RUNTIME_ARGS[@]}" run --rm "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

start_podman() { # ARGUMENTS OF podman run...
  "$PODMAN" "${RUNTIME_ARGS[@]}" run --detach --name kf "${OPT_IN[@]}" "$@" >/dev/null
  ID=$("$PODMAN" container inspect --format '{{.Id}}' kf)
}

stop_podman() {
  "$PODMAN" rm --force --time 0 kf >/dev/null
}

# Podman shows the wrapper's message, and the precreate hook's exit status.
assert_refused() { # EXIT-STATUS-OF-THE-HOOK PART-OF-THE-WRAPPER'S-MESSAGE
  ((STATUS != 0 && STATUS != 7)) || fail "it started"
  assert_eq "stdout" "" "$OUT"
  if [[ -z ${RUNTIME_ARGS[*]} ]]; then
    assert_has "stderr" "[kubefence-hook precreate]: exit status $1" "$ERR"
  else
    assert_has "stderr" "$2" "$ERR"
  fi
  assert_eq "records" "" "$(records)"
}

records() {
  [[ ! -d $RECORDS ]] || (cd "$RECORDS" && find . -name metadata.json)
}

no_records() {
  [[ -z $(records) ]]
}

# --- the four functions of a bats file ---------------------------------------------------------------------------

rootless_setup_file() {
  node_make
  [[ -n $NODE_MISSING ]] || node_image as_user "$NODE_USER" podman
}

rootless_setup() {
  PODMAN=rootless RECORDS=/run/user/$NODE_UID/kubefence
  node_setup
}

root_setup_file() {
  node_make
  [[ -n $NODE_MISSING ]] || node_image root_podman
}

root_setup() {
  PODMAN=root_podman RECORDS=/run/kubefence
  node_setup
}

podman_teardown() {
  [[ -n $NODE_MISSING ]] || "$PODMAN" rm --all --force --time 0 >/dev/null
  [[ -z ${USER_HOME:-} ]] || node_move_back
  kf_teardown
}
