# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A Debian for one test, as a bats file's own: changes go to memory, and are gone with debian_umount.

# Sets ROOT. Skips the test where it cannot be made.
debian_mount() { # NAME PACKAGE...
  local base layer=$BATS_TEST_TMPDIR/layer

  base=$("$BATS_TEST_DIRNAME/../rootfs.sh" "$@" 2>"$BATS_TEST_TMPDIR/err") || skip "$(<"$BATS_TEST_TMPDIR/err")"
  ROOT=$BATS_TEST_TMPDIR/root
  mkdir "$layer" "$ROOT"
  mount -t tmpfs tmpfs "$layer"
  mkdir "$layer/upper" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$base,upperdir=$layer/upper,workdir=$layer/work" "$ROOT"
}

debian_umount() {
  [[ -z ${ROOT:-} ]] || umount -l "$ROOT" "$BATS_TEST_TMPDIR/layer"
}
