#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# tmpfs: no (whole distributions and images would be in memory)
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# The DaemonSet's image, built from deploy/Containerfile, and its containers run by podman with the very commands and
# security contexts of the chart, on a Debian with containerd that takes the place of a node. With the real nono.

bats_require_minimum_version 1.5.0
load debian
load kubernetes

LIMITS=(--ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --cgroups=disabled --network host)

setup_file() {
  kubernetes_setup_file
  node_image
}

teardown_file() { remove_images; }

setup() { make_node; }
teardown() { debian_umount; }

PROGRAMS=/opt/kubefence

# A Debian with containerd, and without our libraries. Its systemctl prints its arguments.
make_node() {
  debian_mount node containerd runc
  NODE=$ROOT
  mkdir -p "$NODE/etc/containerd"
  printf 'version = 2\n' >"$NODE/etc/containerd/config.toml"
  # shellcheck disable=SC2016 # for the node's shell
  printf '#!/bin/sh\n[ "$1" = is-active ] || echo "$*" >>/var/systemctl\n' >"$NODE/usr/bin/systemctl"
  chmod 0755 "$NODE/usr/bin/systemctl"
}

# The chart's container on the node, as the kubelet would run it.
run_container() { # initContainers|containers HELM-ARGUMENTS...
  local kind=$1 object command

  shift
  object=$(daemonset "$@" | jq -c ".spec.template.spec.${kind}[0]")
  mapfile -t command < <(jq -r '.command[]' <<<"$object")
  mapfile -t options < <(jq -r '.securityContext |
    if .privileged then "--privileged" else "--security-opt=no-new-privileges", "--cap-drop=ALL",
      (.capabilities.add[] | "--cap-add=" + .), "--read-only" end' <<<"$object")
  mkdir -p "$BATS_TEST_TMPDIR/config"
  cluster_conf "$@" >"$BATS_TEST_TMPDIR/config/60-cluster.conf"
  podman run --rm "${LIMITS[@]}" "${options[@]}" --volume "$NODE:/host:rslave" \
    --volume "$BATS_TEST_TMPDIR/config:/etc/kubefence-cluster:ro" --entrypoint '[]' localhost/kubefence:0.1.0 "${command[@]}"
}

install_node() { run_container initContainers "$@"; }
uninstall_node() { run_container initContainers --set nodeSetup.action=uninstall; }

in_node() { chroot "$NODE" "$@"; }

# Every file with its content; not the logs of what was called.
files() {
  (cd "$NODE" && find . -xdev -path ./var/systemctl -prune -o \
    \( -type f -printf '%p %m %U ' -exec sha256sum {} \; -o -printf '%p %m %U %l\n' \) | sort)
}

@test "one run makes a node able: programs, libraries, nono, configuration, containerd" {
  run -0 install_node
  echo "$output"
  [[ $(in_node "$PROGRAMS/bin/kubefence" version) == "kubefence 0.1.0" ]]
  [[ $(in_node "$PROGRAMS/libexec/oci/hooks.d/kubefence-hook" --version) == kubefence-hook* ]]
  grep -q "BinaryName = \"$PROGRAMS/libexec/kubefence/nono-runc\"" "$NODE/etc/containerd/config.toml"
  [[ $(stat -c '%A %U %G' "$NODE/opt/nono-nri/nono") == "-rwxr-xr-x root root" ]]
  [[ -f $NODE/opt/nono-nri/profiles/claude-code.json && -L $NODE/opt/nono-nri/sh ]]
  grep -q 'default_profile = default' "$NODE/etc/kubefence/kubefence.conf.d/60-cluster.conf"
  grep -q 'runtimes.nono-runc' "$NODE/etc/containerd/config.toml"
  [[ $(<"$NODE/var/systemctl") == "restart containerd" ]]
}

@test "nothing goes into /usr, and nothing changes for the node's own programs" {
  local before

  before=$(files | grep -E ' \./(usr|lib|etc/ld)|^\./(usr|lib|etc/ld)')
  mount --bind "$NODE/usr" "$NODE/usr"
  mount -o remount,bind,ro "$NODE/usr"
  install_node
  umount "$NODE/usr"
  diff <(echo "$before") <(files | grep -E ' \./(usr|lib|etc/ld)|^\./(usr|lib|etc/ld)')
}

@test "a second run changes nothing and restarts nothing" {
  local before

  install_node
  before=$(files)
  run -0 install_node
  [[ $output != *"wrote"* ]]
  diff <(echo "$before") <(files)
  [[ $(grep -c . "$NODE/var/systemctl") == 1 ]]
}

@test "a new configuration reaches the node, and no engine is restarted for it" {
  install_node
  install_node --set config.defaultProfile=codex
  grep -qx 'default_profile = codex' "$NODE/etc/kubefence/kubefence.conf.d/60-cluster.conf"
  [[ $(grep -c . "$NODE/var/systemctl") == 1 ]]
}

@test "uninstalled, the node is as it was" {
  local before

  before=$(files)
  install_node
  run -0 uninstall_node
  diff <(echo "$before") <(files)
  [[ $(<"$NODE/var/systemctl") == $'restart containerd\nrestart containerd' ]]
  run -0 uninstall_node
  [[ $output == *"nothing"* ]]
}

@test "the operator's files stay" {
  install_node
  printf '[class nono-runc]\nexec = deny\n' >"$NODE/etc/kubefence/kubefence.conf.d/70-mine.conf"
  cp "$NODE/opt/nono-nri/profiles/default.json" "$NODE/opt/nono-nri/profiles/mine.json"
  install_node
  uninstall_node
  [[ -f $NODE/etc/kubefence/kubefence.conf.d/70-mine.conf && -f $NODE/opt/nono-nri/profiles/mine.json ]]
  [[ ! -e $NODE$PROGRAMS && ! -e $NODE/opt/nono-nri/profiles/default.json ]]
}

@test "nothing is taken away under a sandboxed container" {
  install_node
  mkdir -p "$NODE/run/kubefence/abc"
  echo '{}' >"$NODE/run/kubefence/abc/metadata.json"
  run ! uninstall_node
  [[ $output == *"1 sandboxed containers"*"delete their pods first"* ]]
  [[ -x $NODE$PROGRAMS/bin/kubefence ]] && grep -q nono-runc "$NODE/etc/containerd/config.toml"
}

@test "a state directory of the node's own configuration counts, too" {
  install_node
  printf '[kubefence]\nstate_dir = /srv/records\n' >"$NODE/etc/kubefence/kubefence.conf.d/70-mine.conf"
  install -d -m 700 "$NODE/srv/records/abc"
  echo '{}' >"$NODE/srv/records/abc/metadata.json"
  run ! uninstall_node
  [[ -x $NODE$PROGRAMS/bin/kubefence ]]
}

# The package is installed on the node, as far as dpkg knows.
have_package() { # FILE...
  printf '%s\n' '' 'Package: kubefence' 'Status: install ok installed' 'Version: 0.0.1' 'Architecture: amd64' \
    'Maintainer: another' 'Description: ours' >>"$NODE/var/lib/dpkg/status"
  printf '%s\n' "$@" >"$NODE/var/lib/dpkg/info/kubefence.list"
}

@test "files that a package owns by then stay" {
  install_node
  have_package /usr/bin/kubefence /opt/nono-nri/nono
  touch "$NODE/usr/bin/kubefence"
  run -0 uninstall_node
  echo "$output"
  [[ $output == *"stays, for it is the package's: /opt/nono-nri/nono"* ]]
  [[ -e $NODE/usr/bin/kubefence && -x $NODE/opt/nono-nri/nono && ! -e $NODE$PROGRAMS ]]
}

@test "a node with the package keeps its programs" {
  have_package /usr/bin/kubefence
  run ! install_node
  [[ $output == *"the node has the package"*"does not run on this node"* && ! -e $NODE$PROGRAMS ]]
}

@test "a node whose directories lead out of it is refused" {
  mv "$NODE/opt" "$NODE/opt.real"
  ln -s /etc "$NODE/opt"
  run ! install_node
  [[ $output == *"leads out of"* ]]
}

@test "a node needs no C library, no shell and no package manager" {
  local before

  debian_umount
  ROOT='' NODE=$BATS_TEST_TMPDIR/bare
  mkdir -p "$NODE"/{etc/containerd,opt,run,var/lib,usr/bin}
  printf 'version = 2\n' >"$NODE/etc/containerd/config.toml"
  before=$(files)
  install_node --set nodeSetup.restartEngine=false
  [[ $(in_node "$PROGRAMS/bin/kubefence" version) == "kubefence 0.1.0" ]]
  [[ $(in_node "$PROGRAMS/libexec/oci/hooks.d/kubefence-hook" --version) == kubefence-hook* ]]
  run_container initContainers --set nodeSetup.action=uninstall --set nodeSetup.restartEngine=false
  diff <(echo "$before") <(files)
}

@test "another prefix takes the place of the first one, but not under sandboxed containers" {
  install_node
  mkdir -p "$NODE/run/kubefence/abc"
  echo '{}' >"$NODE/run/kubefence/abc/metadata.json"
  run ! install_node --set nodeSetup.prefix=/srv/kf
  [[ $output == *"1 sandboxed containers"* && ! -e $NODE/srv/kf ]]
  rm -r "$NODE/run/kubefence/abc"
  install_node --set nodeSetup.prefix=/srv/kf
  [[ ! -e $NODE$PROGRAMS && $(in_node /srv/kf/bin/kubefence version) == kubefence* ]]
  grep -q 'BinaryName = "/srv/kf/libexec/kubefence/nono-runc"' "$NODE/etc/containerd/config.toml"
  uninstall_node
  [[ ! -e $NODE/srv/kf ]]
}

@test "what an earlier version brought and this one does not goes at the end" {
  install_node
  install -D "$NODE/etc/hostname" "$NODE$PROGRAMS/lib/kubefence/libraries-0123456789abcdef/libold.so.1"
  echo "$PROGRAMS/lib/kubefence/libraries-0123456789abcdef/libold.so.1" >>"$NODE/var/lib/kubefence/node-setup/files"
  echo "$PROGRAMS/lib/kubefence/libraries-0123456789abcdef" >>"$NODE/var/lib/kubefence/node-setup/dirs"
  install_node
  [[ ! -e $NODE$PROGRAMS/lib/kubefence/libraries-0123456789abcdef ]]
  run ! grep libold "$NODE/var/lib/kubefence/node-setup/files"
}

@test "a prefix that others can write is refused" {
  install -d -m 777 "$NODE$PROGRAMS"
  run ! install_node
  [[ $output == *"can be written by others than root"* && -z $(find "$NODE$PROGRAMS" -type f) ]]
}

# The container that stays, with the mounts that the chart gives it.
run_staying() { # NAME [COMMAND-IN-JSON]
  local object command link=/var/lib/kubefence/node-setup/journal target

  # On a node it is the kubelet's to follow.
  target=$(readlink "$NODE$link" || true)
  object=$(daemonset | jq -c --arg name "$1" --arg node "$NODE" --arg link "$link" --arg target "$target" '.spec.template.spec |
    (.volumes | map({key: .name, value: (.hostPath.path | if . == $link then $target else . end)}) | from_entries) as $paths | .containers[] | select(.name == $name) |
    .mounts = [.volumeMounts[] | if $paths[.name] then "--volume=" + $node + $paths[.name] + ":" + .mountPath +
      (if .readOnly then ":ro" else "" end) + (if .mountPropagation then ",rslave" else "" end)
      else "--tmpfs=" + .mountPath + ":notmpcopyup" end]')
  mapfile -t options < <(jq -r '.mounts[], (.securityContext.capabilities.add // [] | .[] | "--cap-add=" + .)' <<<"$object")
  command=${2:-$(jq -c '.readinessProbe.exec.command // .command' <<<"$object")}
  podman run --rm "${LIMITS[@]}" --security-opt=no-new-privileges --cap-drop=ALL --read-only "${options[@]}" \
    --entrypoint "$command" localhost/kubefence:0.1.0
}

@test "readiness is the node's own kubefence check, from a container that can write nothing" {
  mkdir -p "$NODE/run/systemd/journal"
  # Before the installation there is nothing to ask.
  run ! run_staying check
  install_node
  mount --rbind /sys "$NODE/sys"
  mount --rbind /proc "$NODE/proc"
  run run_staying check
  umount -l "$NODE/sys" "$NODE/proc"
  echo "$output"
  [[ $output == *"nono"* ]] && grep -Eq 'landlock .*ABI [0-9]' <<<"$output"
  grep -Eq '^ok +records ' <<<"$output"
}

@test "no container that stays has an engine's socket in reach, nor can it write to the node" {
  mkdir -p "$NODE/run/containerd" "$NODE/run/systemd/journal" "$NODE/var/log/journal"
  install_node
  touch "$NODE/run/containerd/containerd.sock"
  run -0 run_staying check '["sh", "-c", "cat /host/etc/hostname >/dev/null; ls /host/run; touch /host/etc/x /host/run/kubefence/x || true"]'
  echo "$output"
  [[ $output == *kubefence* && $output != *containerd* && ! -e $NODE/etc/x && ! -e $NODE/run/kubefence/x ]]
  run -0 run_staying logs '["sh", "-c", "ls -d /host /journal; touch /journal/x; true"]'
  echo "$output"
  [[ $output == *"'/host': No such file"* && $output == *Read-only* && ! -e $NODE/var/log/journal/x ]]
}

@test "the logs are of the node's own journal, kept or not" {
  install_node
  [[ $(readlink "$NODE/var/lib/kubefence/node-setup/journal") == /run/log/journal ]]
  [[ $(stat -c %a "$NODE/run/kubefence") == 700 ]]
  mkdir -p "$NODE/var/log/journal"
  install_node
  [[ $(readlink "$NODE/var/lib/kubefence/node-setup/journal") == /var/log/journal ]]
  # Not used for the journal that is being written.
  mkdir -p "$NODE/run/log/journal/0123456789abcdef0123456789abcdef"
  touch "$NODE/run/log/journal/0123456789abcdef0123456789abcdef/system.journal"
  install_node
  [[ $(readlink "$NODE/var/lib/kubefence/node-setup/journal") == /run/log/journal ]]
}
