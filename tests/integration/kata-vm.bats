#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# nono: standin real
# tmpfs: no (images of virtual machines would be in memory)
# sanitized: no (boots virtual machines, where the same programs do the same again)
# shellcheck disable=SC2016 # a $ in single quotes is for another shell
#
# A virtual machine, as far as packages have its parts: QEMU, virtiofsd and a kernel with Landlock. Kata itself is in none: its
# shims' mounts are made by kata.bash, and the init below takes the place of its agent. Our shim has edited config.json.
# scripts/get-guest-kernel.sh gets the parts.

load helpers
load kata

KERNEL=${KUBEFENCE_CACHE:-/var/cache/kubefence}/guest-kernel

setup() {
  command -v qemu-system-x86_64 cpio >/dev/null && [[ -e $KERNEL/vmlinuz ]] && VIRTIOFSD=$(find_virtiofsd) ||
    skip "a virtual machine: run scripts/get-guest-kernel.sh"
  kata_setup
}

teardown() {
  kata_teardown
}

teardown_file() {
  stop_journald
}

find_virtiofsd() {
  local path

  for path in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd; do
    [[ ! -x $path ]] || { echo "$path" && return; }
  done
  return 1
}

# The program that runs as root in the guest: first a hostile guest, then the work of Kata's agent with config.json.
guest_init() { # VOLUME
  cat <<END
#!/bin/busybox sh
PATH=/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
for module in /modules/*; do insmod \$module; done
mount -t virtiofs kataShared /share || echo "guest: no virtio-fs"
cd /share
for file in nono profiles/default.json new; do
  if echo x 2>/dev/null >>$1/\$file; then echo "guest: wrote \$file"; else echo "guest: refused \$file"; fi
done 2>/dev/null
mount --bind c1/rootfs /rootfs
mkdir -p /rootfs/nono
mount --bind $1 /rootfs/nono
mount -o remount,bind,ro /rootfs/nono
mount --bind /dev /rootfs/dev
mount -t proc proc /rootfs/proc
mount -t tmpfs tmpfs /rootfs/tmp
cd /
$(jq -r '"env -i HOME=/root \(.process.env | @sh) chroot /rootfs \(.process.args | @sh)"' "$B/config.json")
echo "guest: exit status \$?"
poweroff -f
END
}

make_initrd() { # VOLUME
  local applet

  mkdir -p "$T/initrd"/{bin,proc,dev,share,rootfs,modules}
  cp "$(command -v busybox)" "$T/initrd/bin/busybox"
  for applet in mount insmod mkdir env chroot poweroff; do
    ln -s busybox "$T/initrd/bin/$applet"
  done
  cp "$KERNEL"/*.ko "$T/initrd/modules"
  guest_init "$1" >"$T/initrd/init"
  chmod 755 "$T/initrd/init"
  (cd "$T/initrd" && find . | cpio --quiet -o -H newc) >"$T/initrd.cpio"
}

# Sets $GUEST to the guest's output. Emulated: nested virtualization is not available everywhere.
boot() { # go|rs
  case $1 in
  go) make_initrd c1-0123456789abcdef-nono ;;
  rs) make_initrd passthrough/sandbox-01234567-nono-nri ;;
  esac
  mkdir "$T/shared"
  jq -r '.mounts[-1].source' "$B/config.json" >"$T/source"
  unshare --mount --propagation private bash -euc '
    source "$1"
    mount -t tmpfs tmpfs "$3/shared"
    cd "$3/shared"
    kata_export "$2"
    "$4" --socket-path="$3/vfs.sock" -o source="$3/shared/$exported" -o sandbox=namespace -o cache=auto \
      -o announce_submounts >"$3/virtiofsd.log" 2>&1 &
    until [ -S "$3/vfs.sock" ]; do sleep 0.1; done
    mkdir -p "$shared/c1/rootfs"
    mount --bind "$3/bundle/rootfs" "$shared/c1/rootfs"
    kata_volume "$2" "$(<"$3/source")"
    timeout 240 qemu-system-x86_64 -accel tcg -cpu max -m 512 -machine q35 -nodefaults -nographic -no-reboot \
      -serial stdio -kernel "$5/vmlinuz" -initrd "$3/initrd.cpio" -append "console=ttyS0 quiet panic=-1 no_timer_check" \
      -object memory-backend-memfd,id=memory,size=512M,share=on -numa node,memdev=memory \
      -chardev socket,id=share,path="$3/vfs.sock" -device vhost-user-fs-pci,chardev=share,tag=kataShared
    wait' boot "$BATS_TEST_DIRNAME/kata.bash" "$1" "$T" "$VIRTIOFSD" "$KERNEL" </dev/null 2>&1 3>&- |
    tr -d '\r' >"$T/guest"
  GUEST=$(<"$T/guest")
  printf '%s\n' "$GUEST"
}

agent() { # go|rs
  app 'cat /allowed/file; cat /secret/file; echo x >>/nono/nono; test $$ != 1; exit 7'
  crio_bundle container
  crio_start
  ran
  remove_record
  boot "$1"
}

sandboxed() {
  assert_has "guest" $'\nmay be read\n' "$GUEST"
  assert_has_not "guest" "must not be read" "$GUEST"
  assert_has "guest" "/secret/file': Permission denied" "$GUEST"
  assert_has "guest" "/nono/nono: Read-only file system" "$GUEST"
  assert_has "guest" "guest: exit status 7" "$GUEST"
}

untouched_nono() {
  local file

  for file in nono profiles/default.json new; do
    assert_has "guest" "guest: refused $file" "$GUEST"
  done
  cmp "$NONO" "$T/real-nono/nono"
}

@test "a guest with the Go runtime's mounts: the command is confined, and the node's nono out of reach" {
  agent go
  sandboxed
  untouched_nono
}

@test "a guest with runtime-rs's mounts: the same" {
  agent rs
  sandboxed
  untouched_nono
}

@test "a guest with runtime-rs's mounts of a writable directory changes the node's nono" {
  app 'exit 7'
  crio_bundle container
  crio_start
  remove_record
  umount "$T/nono-nri"
  boot rs
  assert_has "guest" "guest: wrote nono" "$GUEST"
  run -1 cmp "$NONO" "$T/nono-nri/nono"
}
