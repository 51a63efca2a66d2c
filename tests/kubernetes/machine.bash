# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A machine made of namespaces, with a Debian and a Kubernetes cluster of one node in it (node.sh is its PID 1), so that
# a DaemonSet changes that node. When PID 1 is killed, all of it is gone.
#
#   machine_start DIR TOP CONTROL-PLANE-DIR CONTAINERD-DIR RUNC-DIR DEBIAN   DIR has images/*.tar for containerd
#   machine_run COMMAND...    in it
#   machine_stop
# Sets MACHINE (the process) and MACHINE_ROOT.

machine_root() { # DIR TOP CONTROL-PLANE-DIR CONTAINERD-DIR RUNC-DIR DEBIAN
  local dir=$1 root=$1/root name

  mkdir -p "$root" "$dir"/{upper,work,disk}
  mount -t overlay overlay -o "lowerdir=$6,upperdir=$dir/upper,workdir=$dir/work" "$root"
  # containerd's overlays need a file system under them that is not an overlay.
  mkdir -p "$root"/var/lib/{containerd,kubelet} "$root"/{src,images} "$dir"/disk/{containerd,kubelet}
  mount --bind "$dir/disk/containerd" "$root/var/lib/containerd"
  mount --bind "$dir/disk/kubelet" "$root/var/lib/kubelet"
  mount --bind "$2" "$root/src"
  mount -o remount,bind,ro "$root/src"
  mount --bind "$dir/images" "$root/images"
  cp "$4"/{containerd,containerd-shim-runc-v2,ctr} "$5/runc" "$root/usr/local/bin/"
  cp "$3/control-plane" "$root/usr/local/bin/"
  printf '#!/bin/sh\nexport KUBECONFIG=/etc/kubernetes/admin.conf\nexec control-plane kubectl "$@"\n' >"$root/usr/local/bin/kubectl"
  cat >"$root/usr/local/bin/systemctl" <<'END'
#!/bin/sh
# node.sh carries out the request for callers in any namespaces, as systemd would.
[ "$1" != is-active ] || exit 3
echo "$*" >>/var/log/systemctl
[ "$*" = "restart containerd" ] || exit 1
: >/run/restart-containerd
while [ -e /run/restart-containerd ]; do sleep 0.1; done
END
  chmod 0755 "$root"/usr/local/bin/{kubectl,systemctl}
  for name in usr/bin/systemctl bin/systemctl; do rm -f "$root/$name"; done
  ln -s /usr/local/bin/systemctl "$root/usr/bin/systemctl"
  mkdir -p "$root/etc/containerd"
  cat >"$root/etc/containerd/config.toml" <<'END'
version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "localhost/pause:1"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/usr/lib/cni"]
[plugins.'io.containerd.nri.v1.nri']
  disable = true
END
  MACHINE_ROOT=$root
}

# Its devices and cgroups are this machine's.
machine_init() {
  cat <<'END'
set -eu
cd "$1"
mount --make-rprivate /
mount --rbind . . && cd "$1"
mount --rbind /dev dev
mount --rbind /sys sys
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/systemd/journal run/log/journal run/lock mnt
mount -t proc proc proc
pivot_root . mnt
cd /
umount -l /mnt
# As on a machine with systemd.
mount --make-rshared /
exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root /src/tests/kubernetes/node.sh
END
}

machine_start() {
  local waited=0

  machine_root "$@"
  unshare --mount --net --pid --ipc --uts --fork --kill-child -- sh -c "$(machine_init)" sh "$MACHINE_ROOT" \
    >"$1/log" 2>&1 </dev/null 3>&- &
  MACHINE_OUTER=$!
  until [[ -e /proc/$MACHINE_OUTER/root && -n $(machine_pid) && -e /proc/$(machine_pid)/root/run/ready ]]; do
    kill -0 "$MACHINE_OUTER" 2>/dev/null || { cat "$1/log" >&2 && return 1; }
    ((waited++ < 600)) || { cat "$1/log" >&2 && return 1; }
    sleep 0.5
  done
  MACHINE=$(machine_pid)
}

machine_pid() { tr -d " " <"/proc/$MACHINE_OUTER/task/$MACHINE_OUTER/children" 2>/dev/null; }

machine_run() { # COMMAND...
  nsenter --target "$MACHINE" --mount --net --pid --ipc --uts --root --wdns=/ -- \
    env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" 3>&-
}

machine_stop() {
  machine_run kubectl delete pods --all --all-namespaces --force --grace-period=0 >/dev/null 2>&1 || true
  kill -KILL "$MACHINE_OUTER" 2>/dev/null || true
  wait "$MACHINE_OUTER" 2>/dev/null || true
  umount -R -l "$MACHINE_ROOT"
}
