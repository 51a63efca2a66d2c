#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034 # $ is jq's or sh's; helpers.bash reads what is set here
#
# What sandboxing costs, beside floors and peers that are measured in the same rounds. README.md says how to read it.
set -euo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
GROUPS_ALL=(floors hook precreate large passthrough run-crun run-runc exec-crun exec-runc profiles-crun
  profiles-runc seccomp-crun seccomp-runc
  throttled-crun parallel-crun parallel-runc records denials counts)
ROUNDS=${KF_BENCH_ROUNDS:-60}
FAILED=0

usage() {
  cat <<END
usage: tests/bench/run.sh [GROUP...]

Measures these groups (all), prints a table, and writes $BUILD/bench.json and a drawing of it, $BUILD/bench.svg:
  ${GROUPS_ALL[*]}

environment:
  BUILD=DIR            where the programs are (build)
  KF_BENCH_ROUNDS=N    how often every row is run (60); slow groups take a part of it, fast ones more
END
}

die() {
  printf 'bench: %s\n' "$*" >&2
  exit 1
}

# As the integration tests have it.
in_own_namespace() {
  [[ -z ${KF_BENCH_PRIVATE:-} ]] || return 0
  exec env KF_BENCH_PRIVATE=1 "$TOP/tests/own-namespace.sh" "$TOP/tests/bench/run.sh" "$@"
}

# Records and the bundles of most engines are below /run, in memory; a disk takes ten times as long to remove a record.
bundles_in_memory() {
  if [[ $TOP/ == /tmp/* || $BUILD/ == /tmp/* ]]; then
    echo "bench: this checkout is in /tmp, so bundles and records are on its file system and not in memory" >&2
  else
    mount -t tmpfs -o mode=1777 tmpfs /tmp
  fi
}

# --- the groups --------------------------------------------------------------------------------------------------

# What a program costs that does nothing, and nono itself.
group_floors() {
  local nono=$T/nono-nri/nono

  jq --arg dir "$BENCH" '.filesystem.read += [$dir]' "$T/nono-nri/profiles/default.json" >"$T/nono-nri/profiles/bench.json"
  row empty '' 'empty static program'
  argv "$BENCH/empty"
  row no-op-hook empty 'no-op, libraries of kubefence-hook'
  argv "$BENCH/no-op-hook"
  row chain1 empty 'execve chain: trampoline, empty'
  argv "$BENCH/trampoline" "$BENCH/empty"
  row chain-runtime chain1 'the same, libraries of kubefence-runtime'
  argv "$BENCH/trampoline-runtime" "$BENCH/empty"
  row chain2 empty 'execve chain: two trampolines, empty'
  argv "$BENCH/trampoline" "$BENCH/trampoline" "$BENCH/empty"
  row nono chain1 "nono wrap -- empty ($KF_NONO nono)"
  argv "$nono" wrap --profile "$T/nono-nri/profiles/bench.json" -- "$BENCH/empty"
  measure $((ROUNDS * 3))
}

# The hook without a runtime: it mounts in a process that waits where a runtime's would.
group_hook() {
  local hook=("$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS")

  hook_victim
  state_json creating "$VICTIM" >"$T/creating.json"
  state_json stopped >"$T/stopped.json"
  local umount=(nsenter --target "$VICTIM" --mount umount "$B/rootfs/nono")
  local inject=(sh -c '"$@" <"$0"' "$T/creating.json" "${hook[@]}" create-runtime)
  local poststop=(sh -c '"$@" <"$0"' "$T/stopped.json" "${hook[@]}" poststop)

  row no-op '' 'no-op, libraries of kubefence-hook'
  argv "$BENCH/no-op-hook"
  row no-op-all no-op 'no-op, linked to all that is loaded in the end'
  argv "$BENCH/no-op-all"
  row no-op-journal no-op 'that, writing one entry'
  argv "$BENCH/no-op-journal"
  row skip no-op 'skip: the container did not opt in'
  line stdin "$T/skip.json"
  argv "$HOOK" --config "$KUBEFENCE_CONFIG" create-runtime
  row inject no-op 'inject: verify, mount, record, journal'
  line stdin "$T/creating.json"
  argv "${hook[@]}" create-runtime
  after "${poststop[@]}"
  after "${umount[@]}"
  row poststop no-op 'poststop: remove the record, journal'
  before "${inject[@]}"
  line stdin "$T/stopped.json"
  argv "${hook[@]}" poststop
  after "${umount[@]}"
  hook_peers "${umount[@]}"
  measure "$ROUNDS"
}

# The bundle of helpers.bash, rewritten, its rootfs in the mount namespace of $VICTIM; and a state that opts in nowhere.
hook_victim() {
  kf_config
  cp "$T/plain.json" "$B/config.json"
  state_json creating 1 >"$T/skip.json"
  rewrite 'delivery = hook'
  # It has to outlive all rounds.
  KF_PATIENCE=3600 start_victim
  export KUBEFENCE_CONFIG=$T/null.conf
}

hook_peers() { # UMOUNT-COMMAND...
  row peer-shell no-op 'peer: hook of sh and jq, inject'
  line env PEER_NONO "$T/null-nono"
  line stdin "$T/creating.json"
  argv "$TOP/tests/bench/peers/hook.sh"
  after "$@"
  row peer-shell-skip no-op 'peer: hook of sh and jq, skip'
  line stdin "$T/plain-state.json"
  argv "$TOP/tests/bench/peers/hook.sh"
  mkdir -p "$T/plain"
  cp "$T/plain.json" "$T/plain/config.json"
  jq --arg bundle "$T/plain" '.bundle = $bundle' "$T/skip.json" >"$T/plain-state.json"
  if find_bpf_hook; then
    row peer-packaged no-op 'peer: oci-seccomp-bpf-hook -version, its start alone'
    line env LD_LIBRARY_PATH "${BPF_HOOK%/*}"
    argv "$BPF_HOOK" -version
  else
    skip_row peer-packaged "oci-seccomp-bpf-hook: $BPF_REASON"
  fi
}

find_bpf_hook() {
  local dir

  BPF_REASON=
  dir=$("$TOP/scripts/get-test-tool.sh" bpf-hook 2>"$T/bpf.err") || { BPF_REASON=$(tail -n 1 "$T/bpf.err") && return 1; }
  BPF_HOOK=$dir/oci-seccomp-bpf-hook
}

# A config.json of about SIZE bytes: one as engines write it (with the seccomp profile), and mounts and annotations beyond.
spec_of() { # SIZE FILE
  jq --slurpfile seccomp "$BUILD/seccomp/runtime-default.json" --argjson size "$1" --arg class "$CLASS" '
    .annotations = {"nono.sh/runtime-class": $class, "io.kubernetes.pod.name": "web-0"}
    | if $size > 4096 then .linux.seccomp = $seccomp[0] else . end
    | (tojson | length) as $now | ([0, ($size - $now) / 400] | max | floor) as $n
    | .mounts += [range($n) | {destination: "/data/\(.)", type: "bind", options: ["rbind", "rprivate", "ro"],
      source: "/var/lib/kubelet/pods/5d1f0c6e-7a2b-4a39-9d0e-2f6d0c1b7a11/volumes/kubernetes.io~empty-dir/data-\(.)"}]
    | .annotations += ([range($n) | {key: "example.com/key-\(.)", value: ("a value of some length, " * 6)}] | from_entries)' \
    -c "$T/plain.json" >"$2"
}

# The rewrite, as Podman asks for it: no runtime, no file.
group_precreate() {
  precreate_rows 2k:0 30k:30000
  jq -c 'del(.annotations["nono.sh/runtime-class"])' "$T/spec-30k.json" >"$T/spec-skip.json"
  row skip no-op 'the 30k one when it did not opt in'
  line stdin "$T/spec-skip.json"
  argv "$HOOK" --config "$KUBEFENCE_CONFIG" precreate
  row peer-jq no-op 'peer: jq makes the same edit of the 30k one'
  line stdin "$T/spec-30k.json"
  argv jq -c '.process.args = ["/nono/nono", "wrap", "--profile", "/nono/profiles/default.json", "--"] + .process.args'
  measure "$ROUNDS"
}

# Apart from the small ones, which would find the caches full of these.
group_large() {
  precreate_rows 1M:1000000 4M:4000000 16M:16000000
  measure $((ROUNDS / 3))
}

precreate_rows() { # NAME:SIZE...
  local size name

  row no-op '' 'no-op, libraries of kubefence-hook'
  argv "$BENCH/no-op-hook"
  for size in "$@"; do
    name=${size%:*}
    spec_of "${size#*:}" "$T/spec-$name.json"
    printf '%s/%s\t%s\n' "$GROUP" "$name" "$(stat -c %s "$T/spec-$name.json")" >>"$OUT_DIR/sizes.tsv"
    row "$name" no-op "rewrite of $(stat -c %s "$T/spec-$name.json") bytes"
    line stdin "$T/spec-$name.json"
    argv "$HOOK" --config "$KUBEFENCE_CONFIG" precreate
    row "json-$name" no-op 'floor: json-c reads, prints and frees the same'
    line stdin "$T/spec-$name.json"
    argv "$BENCH/json"
  done
}

# Commands that start nothing: the wrapper executes the runtime and that is all. Beside the real runtimes one that is an
# empty static program, so that what is compared is the wrapper.
group_passthrough() {
  local command

  row empty-bare '' 'state, the runtime is an empty program: bare'
  argv "$BENCH/empty" state bench
  row empty-trampoline empty-bare 'the same through an empty trampoline (libc)'
  argv "$BENCH/trampoline" "$BENCH/empty" state bench
  row empty-no-op empty-bare 'through one with the libraries of kubefence-runtime'
  argv "$BENCH/trampoline-runtime" "$BENCH/empty" state bench
  row empty-wrapper empty-trampoline 'through kubefence-runtime'
  argv "$T/bin/nono-empty" state bench
  passthrough_container
  for command in state kill delete; do
    passthrough_rows "$command"
  done
  passthrough_features
  measure "$ROUNDS"
  bare delete --force bench-live
}

passthrough_container() {
  cp "$T/plain.json" "$B/config.json"
  spec_args /bin/sleep 3600
  bare run --detach --bundle "$B" bench-live >"$T/live.out" 2>&1
  bench_bundle deleted .
}

passthrough_rows() { # COMMAND
  local words=("$1")

  case $1 in
  state) words+=(bench-live) ;;
  # A signal that sleep ignores.
  kill) words+=(bench-live WINCH) ;;
  delete) words+=(--force bench-deleted) ;;
  esac
  passthrough_row "$1" bare '' "$RUNTIME" "${words[@]}"
  passthrough_row "$1" trampoline "$1-bare" "$BENCH/trampoline" "$RUNTIME" "${words[@]}"
  passthrough_row "$1" wrapper "$1-trampoline" "$T/bin/$CLASS" "${words[@]}"
}

# Of runc: crun has the command from 1.9 on.
passthrough_features() {
  local runc

  runc=$(type -P runc) || { skip_row features 'runc is not installed' && return; }
  row features-bare '' 'runc features, bare'
  argv "$runc" features
  row features-trampoline features-bare 'runc features, trampoline'
  argv "$BENCH/trampoline" "$runc" features
  row features-wrapper features-trampoline 'runc features, wrapper'
  argv "$T/bin/nono-features" features
}

passthrough_row() { # COMMAND HOW BASE PROGRAM... COMMAND-LINE...
  local words=("${@:4}") program=("$4")

  row "$1-$2" "$3" "$KF_RUNTIME $1, $2"
  if [[ $2 == trampoline ]]; then program+=("$5"); fi
  if [[ $1 == delete ]]; then before "$RUNTIME" --root "$T/rt" create --bundle "$T/deleted" bench-deleted; fi
  argv "${program[@]}" --root "$T/rt" "${words[@]:${#program[@]}}"
}

# A container from its start to its end.
group_run() {
  local no_op=("$BENCH/no-op-hook") chain='.process.args = ["/bin/nono", "wrap", "--"] + .process.args'

  bench_bundle bare .
  bench_bundle chain "$chain"
  hooked_bundle floor "$chain" "${no_op[@]}"
  hooked_bundle floor-all "$chain" "$BENCH/no-op-all"
  hooked_bundle floor-journal "$chain" "$BENCH/no-op-journal"
  bench_bundle hook .
  bench_bundle mount .
  bench_bundle nono .
  hooked_bundle skip . "$HOOK" --config "$KUBEFENCE_CONFIG"
  run_row bare '' "$KF_RUNTIME run of a static true" "$RUNTIME"
  run_row chain bare 'true behind one more execve, as nono is' "$RUNTIME"
  run_row floor bare 'that, with three no-ops: wrapper and two hooks' "$BENCH/trampoline-runtime" "$RUNTIME"
  run_row floor-all bare 'that, the no-ops linked to all that is loaded' "$BENCH/trampoline-all" "$RUNTIME"
  run_row floor-journal bare 'that, and either hook writes one entry' "$BENCH/trampoline-all" "$RUNTIME"
  run_row hook bare 'sandboxed, the hook mounts (nono: one execve)' "$T/bin/$CLASS"
  run_row mount bare 'sandboxed, delivery = mount (nono: one execve)' "$T/bin/nono-mount"
  run_row nono bare "sandboxed, the hook mounts, $KF_NONO nono" "$T/bin/$CLASS"
  line env KUBEFENCE_CONFIG "$T/full.conf"
  run_row skip bare 'not opted in: wrapper and both hooks' "$T/bin/kubefence-runtime"
  run_peers
  # Where a name says no class, the wrapper would take crun.
  [[ $KF_RUNTIME == crun ]] || UNDER=(without_crun)
  measure "$1"
  UNDER=()
}

run_peers() {
  local name

  if [[ -n ${PEER_MISSING:-} ]]; then
    skip_row peer "$PEER_MISSING"
    return
  fi
  for name in peer-mount peer-hook; do
    bench_bundle "$name" .
    run_row "$name" bare "peer: Go wrapper, ${name#peer-} $([[ $name == peer-mount ]] && echo entry || echo 'of sh and jq')" \
      "$BENCH/peer"
    line env PEER_RUNTIME "$RUNTIME"
    line env PEER_NONO "$T/null-nono"
  done
  line env PEER_HOOK "$TOP/tests/bench/peers/hook.sh"
}

# A command in a running container.
group_exec() {
  local id

  for id in bare ours; do
    cp -a "$B" "$T/exec-$id"
    jq '.process.args = ["/bin/sleep", "3600"]' "$T/plain.json" >"$T/exec-$id/config.json"
    cp "$BENCH/empty" "$T/exec-$id/rootfs/bin/empty"
  done
  jq '.process | .args = ["/bin/empty"]' "$T/plain.json" >"$T/process.json"
  bare run --detach --bundle "$T/exec-bare" bench-bare >"$T/bare.out" 2>&1
  kf run --detach --bundle "$T/exec-ours" bench-ours >"$T/ours.out" 2>&1
  local words=(--root "$T/rt" exec --process "$T/process.json")

  row bare '' "$KF_RUNTIME exec of a static empty program"
  argv "$RUNTIME" "${words[@]}" bench-bare
  row floor bare 'the same through a no-op wrapper'
  argv "$BENCH/trampoline-runtime" "$RUNTIME" "${words[@]}" bench-bare
  row wrapped bare 'wrapped exec in a sandboxed container'
  argv "$T/bin/$CLASS" "${words[@]}" bench-ours
  measure "$1"
  bare delete --force bench-bare
  bare delete --force bench-ours
}

# Skips the group where the real nono is not built: the stand-in's start says nothing about it.
need_real_nono() {
  [[ $KF_NONO == real ]] || { skip_row all 'the real nono is not built' && return 1; }
}

# The real nono and the shipped profiles, in a directory of their own.
shipped_nono() {
  cp -a "$T/nono-nri" "$T/shipped"
  rm "$T"/shipped/profiles/*
  install -m 644 "$TOP"/hook/share/profiles/*.json "$T/shipped/profiles/"
  bench_config "$T/shipped.conf" "$T/shipped"
  sed -i 's/nono-features$/& nono-rewrite/' "$T/shipped.conf"
  printf '%s\n' '[class nono-rewrite]' "runtime = $BENCH/empty" 'delivery = mount' >>"$T/shipped.conf"
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/nono-rewrite"
}

# Rewrites the config.json of the bundle NAME for delivery = mount, and leaves the hooks out: then nono and its two steps
# are all that stands between the runtime and the command, and the runtime needs no wrapper.
rewritten_bundle() { # NAME PROFILE
  bench_bundle "$1" --arg name "$2" '.annotations["nono.sh/profile"] = $name'
  KUBEFENCE_CONFIG=$T/shipped.conf "$T/bin/nono-rewrite" create --bundle "$T/$1" "$1"
  jq 'del(.hooks)' "$T/$1/config.json" >"$T/$1.json"
  cp "$T/$1.json" "$T/$1/config.json"
}

# bench_bundle NAME, rewritten, with this command line in front of the command.
words_before() { # NAME WORD...
  jq '.process.args = $ARGS.positional + [.process.args[-1]]' --args -- "${@:2}" <"$T/$1.json" >"$T/$1.words"
  mv "$T/$1.words" "$T/$1.json"
}

# nono under the policy of each shipped profile, beside the profile that is built into nono.
group_profiles() {
  local file name alone=(/nono/nono -s wrap --read /nono/launcher --profile)

  need_real_nono || return 0
  shipped_nono
  bench_bundle bare .
  run_row bare '' "$KF_RUNTIME run of a static true" "$RUNTIME"
  rewritten_bundle built-in default
  words_before built-in "${alone[@]}" default --read /bin --
  run_row built-in bare "nono alone, its built-in profile default" "$RUNTIME"
  rewritten_bundle alone default
  words_before alone "${alone[@]}" /nono/profiles/default.json --
  run_row alone built-in 'nono alone, the policy of profile default' "$RUNTIME"
  rewritten_bundle execves default
  words_before execves /bin/nono wrap -- "${alone[@]}" /nono/profiles/default.json -- /bin/nono wrap --
  run_row execves alone 'the same with two more execve, as the steps are' "$RUNTIME"
  for file in "$T"/shipped/profiles/*.json; do
    name=$(basename "$file" .json)
    rewritten_bundle "$name" "$name"
    run_row "$name" alone "nono and the two steps, profile $name" "$RUNTIME"
  done
  measure "$1"
}

# A container under a seccomp filter, which the runtime compiles at every start: that of Podman and CRI-O, and containerd's is
# as large; ours; and ours for second architectures too. No sandbox: kubefence has only written the filter.
group_seccomp() {
  local file=/usr/share/containers/seccomp.json

  bench_bundle bare .
  run_row bare '' "$KF_RUNTIME run of a static true, no filter" "$RUNTIME"
  if [[ -r $file ]]; then
    seccomp_row podman "the default of Podman and CRI-O, 3 architectures" "$file" 'x86 x32'
  else
    skip_row podman "containers-common's seccomp.json is not installed"
  fi
  seccomp_row runtime-default 'runtime-default' "$BUILD/seccomp/runtime-default.json" ''
  seccomp_row restricted 'restricted' "$BUILD/seccomp/restricted.json" ''
  seccomp_row restricted-all 'restricted, seccomp_architectures = x86 x32' "$BUILD/seccomp/restricted.json" 'x86 x32'
  measure "$1"
}

# The filter is taken from what our wrapper makes of config.json.
seccomp_row() { # NAME TITLE FILE ARCHITECTURES
  bench_bundle "$1" .
  mkdir -p "$T/seccomp"
  install -m 644 "$3" "$T/seccomp/$1.json"
  KF_CLASS_RUNTIME=$BENCH/empty KF_CLASS_LINE="seccomp_architectures = $4" kf_config "seccomp_profile = $T/seccomp/$1.json"
  kf create --bundle "$T/$1" "$1"
  jq --slurpfile made "$T/$1/config.json" '.linux.seccomp = $made[0].linux.seccomp' "$T/plain.json" >"$T/$1.json"
  export KUBEFENCE_CONFIG=$T/null.conf
  run_row "$1" bare "$2" "$RUNTIME"
}

# An exec where the container has a hundredth of a processor: limits.cpu 10m, as the kubelet writes it.
group_throttled() {
  local id

  need_real_nono || return 0
  shipped_nono
  for id in bare ours; do
    cp -a "$B" "$T/slow-$id"
    jq '.process.args = ["/bin/sleep", "3600"] | .linux.resources.cpu = {quota: 1000, period: 100000, shares: 10}' \
      "$T/plain.json" >"$T/slow-$id/config.json"
    cp "$BENCH/empty" "$T/slow-$id/rootfs/bin/empty"
  done
  jq '.process | .args = ["/bin/empty"]' "$T/plain.json" >"$T/process.json"
  bare run --detach --bundle "$T/slow-bare" bench-bare >"$T/bare.out" 2>&1
  KUBEFENCE_CONFIG=$T/shipped.conf kf run --detach --bundle "$T/slow-ours" bench-ours >"$T/ours.out" 2>&1
  local words=(--root "$T/rt" exec --process "$T/process.json")

  row bare '' "$KF_RUNTIME exec at limits.cpu 10m"
  argv "$RUNTIME" "${words[@]}" bench-bare
  row wrapped bare 'wrapped exec at limits.cpu 10m, profile default'
  argv "$T/bin/$CLASS" "${words[@]}" bench-ours
  line env KUBEFENCE_CONFIG "$T/shipped.conf"
  measure "$1"
  bare delete --force bench-bare
  bare delete --force bench-ours
}

# 200 containers, 16 at a time; each has its bundle.
group_parallel() {
  local count=200 jobs=16 kind

  bench_bundle many .
  for kind in bare floor hook; do
    parallel_bundles "$kind" "$count"
  done
  parallel_row bare '' "$count starts, $jobs at a time: bare" "$RUNTIME"
  parallel_row floor bare 'with three no-ops each' "$BENCH/trampoline-runtime" "$RUNTIME"
  parallel_row hook bare 'sandboxed, the hook mounts (nono: one execve)' "$T/bin/$CLASS"
  measure "$1"
}

parallel_bundles() { # KIND COUNT
  local i

  case $1 in
  floor) hooked_bundle many '.process.args = ["/bin/nono", "wrap", "--"] + .process.args' "$BENCH/no-op-hook" ;;
  *) bench_bundle many . ;;
  esac
  mkdir "$T/$1-many"
  for ((i = 0; i < $2; i++)); do
    cp -a "$T/many" "$T/$1-many/$i"
  done
  cp "$T/many/config.json" "$T/$1-many.json"
}

parallel_row() { # KIND BASE TITLE COMMAND...
  row "$1" "$2" "$3"
  line batch "$count" "$jobs"
  before sh -c 'for dir in "$0"/*/; do cat "$0.json" >"$dir/config.json"; done' "$T/$1-many"
  argv "${@:4}" --root "$T/rt" run --bundle "$T/$1-many/{}" 'bench-{}'
}

# What people and the timer call, on a node where nothing was ever cleaned up.
group_records() {
  local n=10000 list=("$BUILD/kubefence" --config "$KUBEFENCE_CONFIG")

  mkdir -m 700 "$T/state"
  python3 "$TOP/tests/bench/records.py" "$T/state" "$n"
  row find '' "find, over $n records"
  argv find "$T/state" -name metadata.json -size +0
  row list find "kubefence list, $n records"
  argv "${list[@]}" list
  row list-json find "kubefence list --json, $n records"
  argv "${list[@]}" list --json
  row gc-dry find "kubefence gc --dry-run, $n stale records"
  argv "${list[@]}" gc --dry-run
  row gc find "kubefence gc, $n stale records"
  argv "${list[@]}" gc
  after python3 "$TOP/tests/bench/records.py" "$T/state" "$n"
  measure "$1" --warmup 0
  rm -rf "$T/state"
}

# A container that opens files in a loop, with and without kubefence denials watching it.
group_denials() {
  local exec=("$T/bin/$CLASS" --root "$T/rt" exec bench-live) loop cat i

  loop=("${exec[@]}" /bin/probe loop)
  cat=(/bin/sh -c 'for i in $(seq 20); do cat /allowed/files/*; done >/dev/null')

  if "$BUILD/kubefence" denials no-such 2>&1 | grep -q 'watching with ptrace'; then
    skip_row all "kubefence denials has no BPF here"
    return
  fi
  export KUBEFENCE_CONFIG=$T/full.conf
  cp "$T/plain.json" "$B/config.json"
  spec_args /bin/sleep 3600
  install -m 755 "$BUILD/tests/denials/probe" "$B/rootfs/bin/probe"
  mkdir "$B/rootfs/allowed/files"
  for ((i = 0; i < 2000; i++)); do
    head -c 16384 /dev/zero >"$B/rootfs/allowed/files/$i"
  done
  kf run --detach --bundle "$B" bench-live >"$T/live.out" 2>&1
  row files '' '20 times cat of 2,000 files of 16 KB in a sandboxed container'
  argv "${exec[@]}" "${cat[@]}"
  row files-watched files 'the same, kubefence denials looks at it'
  watched_row
  argv "${exec[@]}" "${cat[@]}"
  row opens '' '500,000 times open and close: nothing but system calls'
  argv "${loop[@]}" /allowed/file 500000
  row opens-watched opens 'the same, kubefence denials looks at it'
  watched_row
  argv "${loop[@]}" /allowed/file 500000
  row refused '' '50,000 opens that are refused'
  argv "${loop[@]}" /secret/file 50000
  row refused-watched refused 'the same, kubefence denials looks at it'
  watched_row
  argv "${loop[@]}" /secret/file 50000
  measure "$1"
  bare delete --force bench-live
}

# The row is measured while kubefence denials looks at the container.
watched_row() {
  before sh -c '"$@" >/dev/null 2>"$0.err" & echo $! >"$0.pid"; until grep -q watching "$0.err"; do sleep 0.01; done' \
    "$T/watcher" "$BUILD/kubefence" denials bench-live
  after sh -c 'kill "$(cat "$0.pid")"; while kill -0 "$(cat "$0.pid")" 2>/dev/null; do sleep 0.01; done' "$T/watcher"
}

# What a busy machine does not change; the limits are those of tests/integration/budget.bats.
group_counts() {
  local path

  if [[ ! -x $BENCH/count ]]; then
    skip_row all "count is for x86-64"
    return
  fi
  cp "$T/plain.json" "$B/config.json"
  counts_setup
  for path in "${COUNTED_PATHS[@]}"; do
    count_path "$path" >>"$OUT_DIR/counts"
  done
}

# --- all of it ---------------------------------------------------------------------------------------------------

# The group NAME with the runtime it says, with everything it needs new; nothing is left when it has ended.
run_group() { # NAME
  local function=${1%-crun} status=0

  function=group_${function%-runc}
  KF_RUNTIME=crun
  [[ $1 != *-runc ]] || KF_RUNTIME=runc
  RUNTIME=$(command -v "$KF_RUNTIME") || {
    GROUP=$1 skip_row all "$KF_RUNTIME is not installed"
    return 0
  }
  CLASS=nono-$KF_RUNTIME
  bench_setup
  ln -s "$PEER" "$BENCH/peer"
  begin_group "$1"
  case $1 in
  run-runc | profiles-runc | seccomp-*) "$function" $((ROUNDS / 2)) ;;
  run-crun | exec-* | profiles-crun) "$function" "$ROUNDS" ;;
  parallel-* | throttled-*) "$function" $((ROUNDS / 12)) ;;
  *) "$function" $((ROUNDS / 20)) ;;
  esac || status=1
  kf_teardown || status=1
  return "$status"
}

# Once in the cache it is used; a bench does not build for half an hour.
find_nono() {
  local file

  KF_NONO=standin
  for file in "${KUBEFENCE_CACHE:-/var/cache/kubefence}"/nono/*/nono; do
    [[ ! -x $file ]] || KF_NONO=real KF_NONO_REAL=$file
  done
}

build_peer() {
  PEER=$OUT_DIR/peer
  command -v go >/dev/null || { PEER_MISSING='go is not installed' && return; }
  (cd "$TOP/tests/bench/peers" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$PEER" .) \
    2>"$OUT_DIR/peer.err" || PEER_MISSING="the Go wrapper cannot be built: $(tail -n 1 "$OUT_DIR/peer.err")"
}

main() {
  local group groups=("${@:-${GROUPS_ALL[@]}}")

  case ${1:-} in -h | --help) usage && return ;; esac
  for group in "${groups[@]}"; do
    [[ " ${GROUPS_ALL[*]} " == *" $group "* ]] || { usage >&2 && return 2; }
  done
  [[ $EUID == 0 ]] || die 'only root can start containers'
  in_own_namespace "$@"
  bundles_in_memory
  exec 3>/dev/null
  OUT_DIR=$BUILD/bench BATS_RUN_TMPDIR=$(mktemp -d) KF_BUILD=$BUILD
  rm -rf "$OUT_DIR"
  mkdir -p "$OUT_DIR"
  cp /proc/loadavg "$OUT_DIR/loadavg"
  trap 'stop_journald; rm -rf "$BATS_RUN_TMPDIR"' EXIT
  find_nono
  build_peer
  # shellcheck source=tests/bench/bench.bash
  . "$TOP/tests/bench/bench.bash"
  # shellcheck source=tests/bench/counts.bash
  . "$TOP/tests/bench/counts.bash"
  for group in "${groups[@]}"; do
    run_group "$group" || FAILED=1
  done
  python3 "$TOP/tests/bench/report.py" --targets "$TOP/tests/bench/targets" --json "$BUILD/bench.json" "$OUT_DIR"
  "$TOP/tests/bench/draw.py" "$BUILD/bench.json" >"$BUILD/bench.svg"
  return "$FAILED"
}

main "$@"
