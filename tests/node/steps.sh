#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs in the virtual machine of systemd.sh after each boot: the first one installs and reboots, the second one looks
# again, upgrades, removes, and switches the machine off. Each step is a line of TAP on the console.
set -uo pipefail

STATE=/var/lib/node-steps
SCRIPTS=/usr/share/kubefence/scripts
IMAGE=localhost/kf:1
# Reads a place of secrets and writes to the image; then prints the first process's command line.
TRY='cat /root/.ssh/id; echo changed >/etc/motd; tr "\0" " " </proc/1/cmdline'

say() { # LINE
  printf '\nTAP: %s\n' "$1" >/dev/console
}

step() { # NAME COMMAND...
  local name=$1 count output

  shift
  count=$(($(cat "$STATE/count") + 1))
  echo "$count" >"$STATE/count"
  if output=$("$@" 2>&1); then
    say "ok $count - $name"
  else
    say "not ok $count - $name"
    tail -n 12 <<<"$output" | while IFS= read -r line; do say "# $line"; done
  fi
}

# --- the steps -----------------------------------------------------------------------------------------------------

machine_is_as_others_are() {
  set -e
  [[ $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]]
  [[ $(</sys/module/apparmor/parameters/enabled) == Y ]]
  grep -q landlock /sys/kernel/security/lsm
  [[ $(</proc/1/comm) == systemd ]]
  systemctl is-active systemd-journald.service
}

remember_engines() {
  find /etc/containers /etc/containerd /etc/crio -type f -exec sha256sum {} + 2>/dev/null | sort -k 2
}

install_package() {
  dpkg -i /root/node/kubefence_0.9.1_amd64.deb
}

# As get-nono.sh does with what it has built.
install_nono() {
  set -e
  install -d -m 755 /opt/nono-nri
  install -m 755 /root/node/nono /opt/nono-nri/nono
  "$SCRIPTS/install-profiles.sh" --nono /opt/nono-nri/nono
  "$SCRIPTS/install-launcher.sh"
}

install_engines() {
  "$SCRIPTS/install-node.sh" --restart
}

units_are_as_packaged() {
  set -e
  systemctl is-enabled kubefence-check.service
  systemctl is-active kubefence-gc.timer
  systemctl start kubefence-gc.service || { journalctl -u kubefence-gc.service -n 20 --no-pager && return 1; }
}

check_unit_passes() {
  systemctl restart kubefence-check.service || { journalctl -u kubefence-check.service -n 40 --no-pager && return 1; }
}

make_image() {
  set -e
  local root=/root/node/image

  mkdir -p "$root"/{bin,etc,proc,dev,sys,tmp,root/.ssh}
  cp /usr/bin/busybox "$root/bin/"
  for applet in sh cat tr echo sleep ls; do ln -sf busybox "$root/bin/$applet"; done
  echo secret >"$root/root/.ssh/id"
  echo "as the image has it" >"$root/etc/motd"
  tar -C "$root" -c . >/root/node/image.tar
  podman import /root/node/image.tar "$IMAGE"
  podman save --format docker-archive --output /root/node/archive.tar "$IMAGE"
  ctr images import /root/node/archive.tar
}

sandboxed() { # COMMAND...
  local output

  output=$("$@" 2>&1)
  echo "$output"
  [[ $output == *"/root/.ssh/id': No such file"* && $output == *"/etc/motd: Permission denied"* && $output == *"/bin/sh -c cat"* ]]
}

free() { # COMMAND...
  local output

  output=$("$@" 2>&1)
  echo "$output"
  [[ $output == *secret* && $output != *denied* ]]
}

podman_by_the_wrapper() {
  sandboxed podman --runtime nono-runc run --rm --network none "$IMAGE" /bin/sh -c "$TRY"
}

podman_by_the_hooks() {
  sandboxed podman run --rm --network none --annotation nono.sh/runtime-class=nono-runc "$IMAGE" /bin/sh -c "$TRY"
}

podman_without() {
  free podman run --rm --network none "$IMAGE" /bin/sh -c "$TRY"
}

containerd_by_the_wrapper() {
  sandboxed ctr run --rm --runc-binary /usr/libexec/kubefence/nono-runc "$IMAGE" "kf-$RANDOM" /bin/sh -c "$TRY"
}

start_one() {
  podman --runtime nono-runc run --detach --name kept --network none "$IMAGE" sleep 3600
}

it_is_listed_and_logged() {
  set -e
  kubefence list
  kubefence list --json | jq -e 'length == 1' || kubefence list --json | jq -es 'length == 1'
  journalctl --sync
  kubefence logs --lines 5
  [[ $(kubefence logs --output json | jq -r .msg | tail -n 1) == injected ]]
  podman exec kept cat /root/.ssh/id && return 1
  return 0
}

no_record_is_left() {
  set -e
  [[ -z $(ls /run/kubefence 2>/dev/null) ]]
}

journal_is_kept() {
  [[ $(kubefence logs --output json | jq -r .msg | grep -c injected) -ge 3 ]]
}

upgrade_under_a_container() {
  set -e
  dpkg -i /root/node/kubefence_0.9.2_amd64.deb
  [[ $(kubefence version) == *0.9.2* ]]
  podman exec kept cat /etc/motd
}

removal_is_refused() {
  dpkg --remove kubefence && return 1
  kubefence list
}

removal() {
  set -e
  podman rm --force --time 0 kept
  dpkg --purge kubefence
  [[ ! -e /usr/bin/kubefence && ! -e /usr/libexec/kubefence ]]
}

engines_are_as_before() {
  diff "$STATE/engines" <(remember_engines)
}

first_boot() {
  step "cgroup v2, AppArmor, Landlock, systemd and its journald" machine_is_as_others_are
  remember_engines >"$STATE/engines"
  step "the package is installed" install_package
  step "nono, profiles and launcher" install_nono
  step "install-node.sh --restart: Podman and containerd" install_engines
  step "the units are enabled, the timer runs, gc runs in its unit" units_are_as_packaged
  step "kubefence-check.service passes in its unit's sandbox" check_unit_passes
  step "an image for both engines" make_image
  step "Podman, by the wrapper: sandboxed" podman_by_the_wrapper
  step "Podman, by the hooks alone: sandboxed" podman_by_the_hooks
  step "Podman, not opted in: as ever" podman_without
  step "containerd, by the wrapper: sandboxed" containerd_by_the_wrapper
  step "a container that goes on" start_one
  step "it is listed, logged, and its exec confined" it_is_listed_and_logged
}

second_boot() {
  step "after a reboot no record is left" no_record_is_left
  step "the journal is kept" journal_is_kept
  step "kubefence-check.service has passed at boot" systemctl is-active kubefence-check.service
  step "Podman, by the wrapper, after a reboot" podman_by_the_wrapper
  step "containerd, by the wrapper, after a reboot" containerd_by_the_wrapper
  step "the container starts again" podman start kept
  step "an upgrade leaves it running" upgrade_under_a_container
  step "sandboxed after the upgrade" podman_by_the_wrapper
  step "a removal is refused while it runs" removal_is_refused
  step "a removal without containers" removal
  step "the engines' files are as before" engines_are_as_before
  step "Podman without kubefence" podman_without
  say "1..$(cat "$STATE/count")"
}

mkdir -p "$STATE"
if [[ ! -e $STATE/booted ]]; then
  echo 0 >"$STATE/count"
  first_boot
  touch "$STATE/booted"
  systemctl reboot
else
  second_boot
  systemctl poweroff
fi
