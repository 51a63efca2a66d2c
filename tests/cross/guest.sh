#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash disable=SC2016 # busybox; a $ in single quotes is for another shell
# The first process of the virtual machine of aarch64.bats. The tests look at its output.
# Usage: init SAME (the directory that is the same here and on the host)
export PATH=/bin:/sbin:/usr/bin:/usr/sbin

# The file system that a kernel starts with takes no pivot_root(2), and a unit test does that.
move() { # SAME
  /bin/busybox mkdir /new
  /bin/busybox mount -t tmpfs -o mode=755,size=90% tmpfs /new
  for entry in /*; do
    [ "$entry" = /new ] || /bin/busybox cp -a "$entry" /new
  done
  /bin/busybox touch /new/moved
  exec /bin/busybox switch_root /new /init "$1"
}

prepare() {
  /bin/busybox mkdir -p /bin /proc /sys /dev /run /var/tmp /etc
  /bin/busybox --install -s /bin
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t devtmpfs dev /dev
  mkdir /dev/pts /dev/shm
  mount -t devpts devpts /dev/pts
  ln -s /proc/self/fd/0 /dev/stdin
  insmod /lib/overlay.ko
  echo guest >/etc/hostname
}

# Marks the output of each program, and its exit status.
say() { # NAME COMMAND...
  name=$1
  shift
  "$@" >/tmp/said 2>&1 </dev/null
  status=$?
  sed "s|^|$name: |" /tmp/said
  # The last line may have had no end.
  printf '\n%s= %d\n' "$name" "$status"
}

# A race takes minutes under emulation: a few rounds show that it is the same here.
unit_tests() {
  export KF_RACE_ROUNDS=20
  for program in /tests/test-*; do
    CMOCKA_MESSAGE_OUTPUT=TAP say "${program##*/}" timeout 300 "$program"
  done
}

rewrites() { # SAME
  KUBEFENCE_CONFIG=$1/kubefence.conf say wrapper "$1/nono-runc" create --bundle "$1/bundle" same
  say wrapper-bundle cat "$1/bundle/config.json"
  say precreate sh -c '"$1/kubefence-hook" --config "$1/kubefence.conf" --runtime-class nono-runc precreate <"$1/spec"' \
    sh "$1"
}

# No pivot_root(2) on the file system that a kernel starts with.
containers() {
  say check kubefence check
  say bare runc --root /run/runc run --no-pivot --bundle /bundle bare
  say sandboxed /usr/libexec/kubefence/nono-runc --root /run/runc run --no-pivot --bundle /bundle sandboxed
  say gone kubefence list --json
}

[ -e /moved ] || move "$1"
prepare
say machine uname -m
unit_tests
rewrites "$1"
containers
echo "guest: end"
poweroff -f
