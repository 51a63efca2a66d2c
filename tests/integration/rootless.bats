#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016 # a $ in single quotes is for the container's shell
# shellcheck disable=SC2030,SC2031,SC2034,SC2153 # node.bash knows the variables, and bats runs tests in subshells
#
# Rootless Podman on a node where only root has installed something: hooks only, and the wrapper.

load helpers
load node

setup_file() {
  rootless_setup_file
}

setup() {
  rootless_setup
}

teardown() {
  podman_teardown
}

teardown_file() {
  node_leave
}

@test "hooks only: a container that opts in with the annotation is sandboxed" {
  hooks_only
  run_podman "${OPT_IN[@]}" kf "${READS[@]}"
  assert_sandboxed
  eventually no_records
}

@test "hooks only: a container that does not opt in is untouched" {
  hooks_only
  run_podman kf "${READS[@]}"
  assert_free
  run_podman kf sh -c 'echo "$PATH $FROM_IMAGE ${NONO_PROFILE-none}"; test ! -e /nono && test -w /etc/passwd'
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "environment" "/bin yes none" "$OUT"
}

@test "hooks only: with a broken configuration, only those that opt in are refused" {
  hooks_only
  echo "bogus = 1" >/etc/kubefence/kubefence.conf.d/60-broken.conf
  run_podman kf "${READS[@]}"
  rm /etc/kubefence/kubefence.conf.d/60-broken.conf
  assert_free
  echo "bogus = 1" >/etc/kubefence/kubefence.conf.d/60-broken.conf
  run_podman "${OPT_IN[@]}" kf "${READS[@]}"
  rm /etc/kubefence/kubefence.conf.d/60-broken.conf
  assert_refused 10 ""
}

@test "the wrapper is the class: no annotation is needed, and the pod's profile counts" {
  wrapper
  run_podman kf "${READS[@]}"
  assert_sandboxed
  run_podman --annotation nono.sh/profile=no-such kf "${READS[@]}"
  assert_refused 13 "profile no-such is not installed"
}

@test "read-only, another user, and the user namespaces that Podman can make" {
  local options

  for options in --read-only '--user 1000' '--user 1000 --read-only' --userns=keep-id '--userns=keep-id --read-only' \
    --userns=nomap '--uidmap 0:1:1000 --gidmap 0:1:1000' '--userns=auto:size=1000' --security-opt=no-new-privileges \
    --cap-drop=all --init; do
    for delivery in hooks_only wrapper; do
      "$delivery"
      echo "options: $delivery $options"
      # shellcheck disable=SC2086 # words are wanted
      run_podman $options "${OPT_IN[@]}" kf "${READS[@]}"
      assert_sandboxed
    done
  done
}

@test "the wrapper: exec is denied what PID 1 is denied, in the user namespaces that Podman can make" {
  local options

  for options in --userns=host --userns=keep-id --userns=auto:size=1000 '--user 1000'; do
    wrapper
    echo "options: $options"
    # shellcheck disable=SC2086 # words are wanted
    start_podman $options kf sleep 60
    STATUS=0
    rootless exec kf "${READS[@]}" >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_sandboxed
    STATUS=0
    rootless exec kf /bin/cat /secret/file >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_eq "exit status" 1 "$STATUS"
    assert_has "stderr" "Permission denied" "$ERR"
    stop_podman
  done
}

nono_tree() {
  find /opt/nono-nri -printf '%p %m %U %s %l\n' | sort
  find /opt/nono-nri -type f -exec sha256sum {} +
}

@test "the mount at /nono is root's, read-only, and stays so for a privileged command" {
  local before options

  before=$(nono_tree)
  for options in --userns=host --userns=keep-id; do
    wrapper
    start_podman "$options" kf sleep 60
    run -0 rootless exec kf grep ' /nono ' /proc/self/mountinfo
    assert_has "mount" " ro,nosuid,nodev" "$output"
    assert_has_not "mount" "shared:" "$output"
    run rootless exec --privileged kf sh -c 'umount /nono/nono; mount -o remount,bind,rw /nono; chmod 777 /nono
      echo x >>/nono/nono; rm -f /nono/nono; mkdir /nono/x; true'
    echo "$output"
    stop_podman
  done
  assert_eq "the node's directory" "$before" "$(nono_tree)"
}

@test "a nono directory whose mount has flags that are locked in the user's namespace" {
  hooks_only
  mount --bind /opt/nono-nri /opt/nono-nri
  mount -o remount,bind,ro,nosuid,nodev,noatime /opt/nono-nri
  # The user's namespaces are older than the mount.
  node_kill_pause "/run/user/$NODE_UID"
  run_podman "${OPT_IN[@]}" kf sh -c 'grep " /nono " /proc/self/mountinfo; cat /secret/file; exit 7'
  umount /opt/nono-nri
  node_kill_pause "/run/user/$NODE_UID"
  assert_eq "exit status" 7 "$STATUS"
  assert_has "mount" " / /nono ro,nosuid,nodev," "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
}
