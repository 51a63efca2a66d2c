#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# sanitized: no (is the runtime's own suite)
#
# The integration tests of runc, from its Go module (scripts/get-test-tool.sh), with a busybox of this machine as image.
# See suite.bash.
set -euo pipefail

RUNTIME=runc
# shellcheck source-path=SCRIPTDIR source=suite.bash
source "$(dirname "$0")/suite.bash"

NOT_SANDBOXED=(
  ['runc run --no-pivot must not expose bare /proc']='Landlock refuses mounts, of unshare(1) already, and it waits for what mount(8) says'
  ['runc exec [exit codes]']='a command that is not there is for the last step to find out: 127 instead of 255'
  ['runc exec ls -la']='it lists /, which no profile can grant: /nono lies in it'
  ['runc exec --preserve-fds']='it opens /proc/self/fd/4 anew, a file of the host that no profile can grant'
  ['runc exec [tty consolesize]']='--process is a pipe there, and must be a regular file'
  ['runc run [seccomp -ENOSYS handling]']="the container's own filter forbids Landlock: it must not start"
  ['runc run [seccomp] (startContainer hook)']='a startContainer hook would run before nono, and is refused'
  ['runc run [seccomp defaultErrnoRet=ENXIO]']="the container's own filter forbids Landlock: it must not start"
)

# Tests that need sshd, systemd, a linker in the image or an agent for seccomp.
LEFT_OUT='/(cgroup_delegation|hooks|mounts_sshfs|seccomp-notify|seccomp-notify-compat)\.bats$'

# The files that their scripts would download.
make_image() {
  local dir=$work/image applet

  mkdir -p "$dir"/{bin,dev,etc,home,root,tmp,usr/sbin,var}
  cp "$(command -v busybox)" "$dir/bin/busybox"
  for applet in $(busybox --list); do
    [[ $applet == busybox ]] || ln "$dir/bin/busybox" "$dir/bin/$applet"
  done
  printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1::/usr/sbin:/bin/false nobody:x:65534:65534::/home:/bin/false \
    >"$dir/etc/passwd"
  printf '%s\n' root:x:0: daemon:x:1: users:x:100: nogroup:x:65534: >"$dir/etc/group"
  chmod 1777 "$dir/tmp"
  tar -C "$dir" -cf "$work/busybox.tar" .
}

# A tree of its own for each, as theirs is laid out; the cgroups that their tests name are below that of the run.
make_tree() { # VARIANT
  local dir=$work/$1/tests/integration file

  mkdir -p "$work/$1"/{contrib/cmd/recvtty,tests}
  cp "$suite/recvtty" "$work/$1/contrib/cmd/recvtty/"
  cp -R "$suite/integration" "$dir"
  printf '#!/bin/sh\necho BUSYBOX_IMAGE=%s DEBIAN_IMAGE=/nonexistent\n' "$work/busybox.tar" >"$dir/get-images.sh"
  chmod 755 "$dir/get-images.sh"
  sed -i "s|/runc-cgroups-integration-test|/kf-suite-$$-$1&|" "$dir/helpers.bash"
  sed -i '/^@test "spec validator"/a skip "it downloads"' "$dir/spec.bats"
  sed -i '/^@test "update rt period and runtime"/a skip "it changes limits of the whole machine"' "$dir/update.bats"
  for file in "$dir"/*.bats; do
    [[ ! $file =~ $LEFT_OUT ]] || rm "$file"
  done
}

# On a terminal, which their containers use.
run_variant() { # VARIANT RESULTS [NAME]
  local filter=${KF_FILTER:-}

  # shellcheck disable=SC2001 # a set of characters
  (($# < 3)) || filter="^$(sed 's/[][(){}.*+?^$|\/]/./g' <<<"$3")\$"
  cd "$work/$1/tests/integration"
  # shellcheck disable=SC2016 # inside double quotes it does expand
  RUNC=$(runtime_of "$1") suite_isolated "$1" script --quiet --command \
    "bats --formatter tap ${filter:+--filter '$filter'} . >$2.tap 2>&1" /dev/null </dev/null || true
  grep -a '^#' "$2.tap" || true
  grep -aE '^(not )?ok [0-9]+ ' "$2.tap" |
    sed -E 's/^ok [0-9]+ (.*) # skip *(.*)/skip\t\1\t\2/; s/^ok [0-9]+ /ok\t/; s/^not ok [0-9]+ /failed\t/' >"$2"
}

suite_setup runc-suite bats busybox gawk gcc jq script
make_image
for variant in bare "${VARIANTS[@]}"; do
  make_tree "$variant"
done
suite_run
suite_judge "$(cat "$work"/neutral/tests/integration/*.bats | grep -c '^@test ')"
