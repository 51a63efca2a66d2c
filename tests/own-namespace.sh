#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# own-namespace.sh COMMAND [ARGUMENT...]: runs COMMAND in a mount namespace of its own, with directories of its own for
# a journald of its own. And crun does not work on a hybrid cgroup hierarchy (cgroup v1 with a v2 beside it): the v2
# mount is taken away there.
set -eu

# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount --propagation private sh -c 'set -e
  mkdir -p /run/systemd /run/log
  mount -t tmpfs tmpfs /run/systemd
  mount -t tmpfs tmpfs /run/log
  if [ -d /var/log/journal ]; then mount -t tmpfs tmpfs /var/log/journal; fi
  if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
  exec "$@"' sh "$@"
