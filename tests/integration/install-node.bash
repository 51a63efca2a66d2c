# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # scripts in quotes; variables are for the files that load this; bats makes others
#
# A tree that looks like a node, scripts/install-node.sh on it, and what it was before.

# A node's root with the programs of kubefence, and the names of its files. For setup.
node_tree() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  NODE=$BATS_TEST_TMPDIR/node
  BEFORE=$BATS_TEST_TMPDIR/before
  export KUBEFENCE_EDIT=${KF_BUILD:-$TOP/build}/kubefence-edit KUBEFENCE_FLUSH=no
  HOOKS=$NODE/usr/share/containers/oci/hooks.d
  DAEMON=$NODE/etc/docker/daemon.json
  CONTAINERD=$NODE/etc/containerd/config.toml
  WRAPPER=/usr/libexec/kubefence/nono-runc
  mkdir -p "$NODE"/usr/{bin,libexec/oci/hooks.d,libexec/kubefence} "$NODE/etc"
  program usr/libexec/oci/hooks.d/kubefence-hook
  program usr/bin/kubefence-runtime
  ln -s /usr/bin/kubefence-runtime "$NODE$WRAPPER"
  PODMAN_HOOKS=/usr/share/kubefence/podman-hooks.d
  mkdir -p "$NODE$PODMAN_HOOKS"
  cp -r "$TOP"/hooks.d/podman/{50-kubefence-precreate.json,annotated} "$NODE$PODMAN_HOOKS"
}

program() { # PATH [LINE-IT-PRINTS]
  printf '#!/bin/sh\necho "%s"\n' "${2:-}" >"$NODE/$1"
  chmod 0755 "$NODE/$1"
}

# With --root nothing may be restarted, and nothing outside is touched.
install_node() { "$TOP/scripts/install-node.sh" --root "$NODE" "$@"; }

file() { # PATH, with the content on standard input
  mkdir -p "$(dirname "$1")"
  cat >"$1"
}

# Every file with mode, owner and content.
tree() { # DIR
  (
    cd "$1" || exit
    find . -printf '%p %y %m %U:%G %l\n' | sort
    find . -type f -print0 | sort -z | xargs -0r sha256sum
  )
}

keep() { tree "$NODE" >"$BEFORE"; }
same_as_before() { diff "$BEFORE" <(tree "$NODE"); }

need_toml() {
  python3 -c 'import tomllib' 2>/dev/null || skip "no python3 with tomllib"
}

toml() { # FILE EXPRESSION of a tree t
  python3 -c 'import json, sys, tomllib
t = tomllib.load(open(sys.argv[1], "rb")); print(json.dumps(eval(sys.argv[2])))' "$1" "$2"
}

# bats overlooks a failing "! grep" that is not the last command.
has_no() { # GREP-ARGUMENT...
  local status=0

  grep "$@" || status=$?
  ((status == 1))
}

# Fails as it should, says TEXT, changes nothing.
refuses() { # TEXT ARGUMENT...
  local text=$1

  shift
  keep
  run install_node "$@"
  echo "$output"
  ((status == 1))
  [[ $output == *"$text"* ]]
  same_as_before
}

install_twice_and_back() { # ENGINE...
  local engine args=()

  for engine in "$@"; do
    args+=(--engine "$engine")
  done
  keep
  install_node "${args[@]}" --dry-run
  same_as_before
  install_node "${args[@]}"
  tree "$NODE" >"$BATS_TEST_TMPDIR/first"
  run install_node "${args[@]}"
  ((status == 0))
  [[ $output != *wrote* ]]
  diff "$BATS_TEST_TMPDIR/first" <(tree "$NODE")
  install_node --uninstall --dry-run
  diff "$BATS_TEST_TMPDIR/first" <(tree "$NODE")
  rm -rf "$BATS_TEST_TMPDIR/installed"
  cp -a "$NODE" "$BATS_TEST_TMPDIR/installed"
  install_node --uninstall
  same_as_before
  run install_node --uninstall
  [[ $output == "nothing is installed" ]]
  same_as_before
}

# The node's own systemctl, which keeps what it was told; without a command it fails.
node_systemctl() { # [COMMAND]
  busybox_in_node
  printf '#!/bin/busybox sh\n[ "$1" != is-active ] || exit 3\necho "$*" >>/systemctl.log\n%s\n' "${1:-exit 1}" >"$NODE/usr/bin/systemctl"
  chmod 755 "$NODE/usr/bin/systemctl"
}

busybox_in_node() {
  mkdir -p "$NODE/bin"
  cp /bin/busybox "$NODE/bin/busybox"
}

# Runs a script on a copy of this machine, as if it was a node: all it writes is gone afterwards.
on_this_node() { # SCRIPT
  local dir=$BATS_TEST_TMPDIR/copy status=0

  mkdir -p "$dir"
  unshare --mount --propagation private bash -euc 'mount -t tmpfs tmpfs "$1"
    mkdir "$1"/{upper,work,root}
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root" || exit 99
    for i in "$2" "$3" /dev /proc; do
      mkdir -p "$1/root$i"
      mount --rbind "$i" "$1/root$i"
    done
    mkdir -p "$1"/root/{etc/containerd,usr/libexec/oci/hooks.d,usr/libexec/kubefence}
    for i in libexec/oci/hooks.d/kubefence-hook libexec/kubefence/nono-runc bin/kubefence-runtime; do
      ln -sf /bin/true "$1/root/usr/$i"
    done
    exec chroot "$1/root" bash -euo pipefail -c "$4"' bash "$dir" "$TOP" "$BATS_TEST_TMPDIR" "$1" || status=$?
  ((status != 99)) || skip "/ cannot be the lower layer of an overlay"
  return "$status"
}

need_root() {
  [[ $EUID == 0 ]] || skip "needs root"
}

# The STEPth mv, cp, rm, rmdir, mkdir or sync of the installer is its last one.
killed_at() { # STEP ARGUMENT...
  local name bin=$BATS_TEST_TMPDIR/killing

  mkdir -p "$bin"
  for name in mv rm rmdir mkdir cp; do
    printf '#!/bin/bash\nn=$(($(<%s/count) + 1))\necho $n >%s/count\n' "$bin" "$bin" >"$bin/$name"
    printf 'if ((n == %s)); then\n  kill -KILL -- -$(ps -o pgid= $$ | tr -d " ")\nfi\nexec %s "$@"\n' "$1" "$(command -v "$name")" >>"$bin/$name"
    chmod 755 "$bin/$name"
  done
  echo 0 >"$bin/count"
  PATH=$bin:$PATH setsid --wait "$TOP/scripts/install-node.sh" --root "$NODE" "${@:2}" >/dev/null 2>&1
}
