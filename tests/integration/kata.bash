# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2119,SC2120,SC2154 # $ in single quotes is for jq; some variables are for the tests, some theirs
#
# The helpers of the tests about Kata, on top of helpers.bash: a class with a shim, bundles and calls as the engines
# make them, and the mounts of Kata's two runtimes. kata_export and kata_volume are also run by shells that only read
# this file.

KATA=kata-nono-sandbox

kata_setup() {
  kf_setup
  SHIM=$T/bin/containerd-shim-nono-kata-v2
  REAL=$T/kata/bin/containerd-shim-kata-v2
  GOT=$T/kata/bin
  mkdir -p "$GOT"
  cp "$KF_BUILD/tests/standin/shim" "$REAL"
  ln -s "$KF_BUILD/containerd-shim-nono-kata-v2" "$SHIM"
  kata_config
  read_only_nono
}

kata_teardown() {
  [[ -z ${T:-} ]] || ! mountpoint -q "$T/nono-nri" || umount "$T/nono-nri"
  kf_teardown
}

kata_config() { # [LINE of [kubefence]...]
  KF_CLASS_LINE="[class $KATA]"$'\n'"shim = ${SHIM##*/}"$'\n'"runtime = $REAL" \
    kf_config "runtime_classes = $CLASS $KATA" "$@"
}

# As opt-nono\x2dnri.mount does it.
read_only_nono() {
  mkdir "$T/real-nono"
  cp -a "$T/nono-nri/." "$T/real-nono"
  mount --bind "$T/real-nono" "$T/nono-nri"
  mount -o remount,bind,ro "$T/nono-nri"
}

# --- bundles as the engines write them for Kata ------------------------------------------------------------------

crio_bundle() { # TYPE
  spec --arg root "$B/rootfs" --arg id "$ID" --arg type "$1" '.root.path = $root
    | .process.rlimits = [{type: "RLIMIT_NOFILE", hard: 1048576, soft: 1048576}]
    | .linux.resources = {memory: {limit: "NUMBER"}, cpu: {shares: 2, quota: -1}}
    | .linux.namespaces = [{type: "pid"}, {type: "network", path: "/var/run/netns/b0"}, {type: "ipc"}, {type: "uts"},
      {type: "mount"}]
    | .annotations += {"io.container.manager": "cri-o", "io.kubernetes.cri-o.ContainerType": $type,
      "io.kubernetes.cri-o.ContainerID": $id, "io.kubernetes.cri-o.TTY": "false",
      "io.kubernetes.cri-o.SandboxID": (if $type == "sandbox" then $id else "5a4db0c5" end)}'
  # No jq here and later: it would round it.
  sed -i 's/"NUMBER"/9223372036854771712/' "$B/config.json"
}

containerd_bundle() { # TYPE
  spec --arg id "$ID" --arg type "$1" '.root = {path: "rootfs"}
    | .linux.namespaces = [{type: "pid"}, {type: "ipc"}, {type: "uts"}, {type: "mount"},
      {type: "network", path: "/var/run/netns/cni-b0"}]
    | .annotations = {"io.kubernetes.cri.container-type": $type, "io.kubernetes.cri.sandbox-name": "web-0",
      "io.kubernetes.cri.sandbox-namespace": "prod", "io.kubernetes.cri.sandbox-uid": "5d1f",
      "io.kubernetes.cri.container-name": "app", "nono.sh/profile": "narrow",
      "io.kubernetes.cri.sandbox-id": (if $type == "sandbox" then $id else "5a4db0c5" end)}'
}

keep() {
  cp "$B/config.json" "$T/original.json"
}

untouched() {
  cmp "$T/original.json" "$B/config.json"
}

# --- calls as the engines make them ------------------------------------------------------------------------------

# In the bundle: $STATUS, $OUT, $ERR; the real shim's call is in $GOT.
shim() { # ARGUMENTS...
  STATUS=0
  rm -f "$GOT"/{argv,env,fds,status,stdin,config.json,cwd}
  (cd "$B" && timeout "$KF_PATIENCE" "$SHIM" "$@" 3>&-) >"$T/out" 2>"$T/err" </dev/null || STATUS=$?
  kf_collect
}

crio_start() {
  shim -namespace default -address "" -publish-binary /usr/bin/crio -id "$ID" "$@" start
}

containerd_call() { # ACTION
  shim -namespace k8s.io -address /run/containerd/containerd.sock -publish-binary /usr/bin/containerd -id "$ID" \
    -bundle "$B" "$1"
}

ran() {
  assert_eq "exit status" 0 "$STATUS"
  [[ -f $GOT/argv ]] || fail "the real shim did not run"
}

refused() { # PART-OF-THE-MESSAGE
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  assert_has "stderr" "containerd-shim-nono-kata-v2: " "$ERR"
  assert_has "stderr" "$1" "$ERR"
  [[ ! -e $GOT/argv ]] || fail "the real shim ran"
  untouched
  assert_eq "records" "" "$(records_left)"
}

config() { # JQ-FILTER of what the real shim reads
  jq -c "$1" "$GOT/config.json"
}

record_of() { # ID JQ-FILTER
  jq -r "$2" "$T/state/$1/metadata.json"
}

remove_record() {
  rm -r "$T/state/${1:-$ID}"
}

# --- the mounts of Kata's runtimes -------------------------------------------------------------------------------

# The mount(2) calls of Kata's shims, in the working directory and a mount namespace as theirs. First the export of a
# pod: $exported is a read-only slave of $shared; volumes go to $shared/$volume.
kata_export() { # go|rs
  mount --make-rslave / && mount --make-rshared /
  case $1 in
  go) shared=mounts exported=shared volume=c1-0123456789abcdef-nono ;;
  rs) shared=rw exported=ro volume=passthrough/sandbox-01234567-nono-nri ;;
  esac
  mkdir -p "$shared/$volume" "$exported" private
  mount --bind "$shared" "$exported"
  mount --make-slave "$exported"
  mount -o remount,bind,ro "$exported"
}

# Then a volume with the option ro. The Go runtime makes a copy of its own read-only, and exports that; runtime-rs exports
# first, and makes it read-only when the exported copy does not hear of it any more.
kata_volume() { # go|rs SOURCE
  case $1 in
  go)
    mount --bind "$2" private
    mount --make-private private
    mount -o remount,bind,ro private
    mount --bind private "$shared/$volume"
    mount --make-private "$shared/$volume"
    ;;
  rs)
    mount --bind "$2" "$shared/$volume"
    mount --make-slave "$shared/$volume"
    mount -o remount,bind,ro "$shared/$volume"
    ;;
  esac
}
