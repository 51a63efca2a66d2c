#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What sandboxing costs, as ratios of medians measured side by side: each round runs every variant once, in turn.
# Usage: tests/bench/run.sh [rounds] (default 40). Uses the stand-in for nono: its time is not ours.
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=${1:-40}
build=$PWD/${BUILD:-build}
runtime=$(command -v crun || command -v runc)

# crun refuses a hybrid cgroup tree; a private mount namespace can be without its v2 part.
if [[ -z ${KF_BENCH_PRIVATE:-} ]]; then
  exec env KF_BENCH_PRIVATE=1 unshare --mount --propagation private "$0" "$rounds"
fi
umount /sys/fs/cgroup/unified 2> /dev/null || true

work=$(mktemp -d /tmp/kubefence-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"

make_bundle() {
  mkdir -p "$work/$1/rootfs"/{bin,proc,dev,sys,tmp,etc}
  cp /bin/busybox "$work/$1/rootfs/bin/true"
  (cd "$work/$1" && "$runtime" spec)
  jq '.process.terminal = false | .process.args = ["/bin/true"]' "$work/$1/config.json" > "$work/$1/new"
  mv "$work/$1/new" "$work/$1/config.json"
}

install -D -m 0755 "$build/tests/standin/nono" "$work/nono-nri/nono"
install -d "$work/nono-nri/profiles"
printf '%s\n' '{"meta":{"name":"default"},"filesystem":{"read":["/bin"]}}' > "$work/nono-nri/profiles/default.json"
cat > "$work/kubefence.conf" << EOF
[kubefence]
runtime_classes = nono-hook nono-mount
default_profile = default
nono_bin_path = $work/nono-nri/nono
state_dir = $work/state
[class nono-hook]
runtime = $runtime
[class nono-mount]
runtime = $runtime
delivery = mount
EOF
for name in nono-hook nono-mount other-class; do
  ln -s "$build/kubefence-runtime" "$work/$name"
done
for bundle in bare hook mount other; do
  make_bundle "$bundle"
  cp "$work/$bundle/config.json" "$work/$bundle.json"
done
export KUBEFENCE_CONFIG=$work/kubefence.conf

# What exec is measured in: one container of each kind, running.
printf '%s\n' '{"terminal": false, "cwd": "/", "args": ["/bin/true"], "env": ["PATH=/bin", "HOME=/"], "user": {}}' \
  > "$work/process.json"
long_running() { # BUNDLE ID RUNTIME
  make_bundle "$1"
  cp /bin/busybox "$work/$1/rootfs/bin/sleep"
  jq '.process.args = ["/bin/sleep", "3600"]' "$work/$1/config.json" > "$work/$1/new"
  mv "$work/$1/new" "$work/$1/config.json"
  "$3" run --detach -b "$work/$1" "$2" < /dev/null > /dev/null 2>&1
}
trap '"$runtime" delete --force "bench-bare-$$"; "$runtime" delete --force "bench-ours-$$"; rm -rf "$work"' EXIT
long_running exec-bare "bench-bare-$$" "$runtime"
long_running exec-ours "bench-ours-$$" "$work/nono-hook"

names=('run, bare' 'run, hook delivers' 'run, mounts entry delivers' 'run, class not configured' 'version, bare'
  'version, wrapped' 'exec, bare' 'exec, wrapped')
bases=(0 0 0 0 4 4 6 6)
variant() {
  case $1 in
    0) "$runtime" run -b "$work/bare" "bench-$$" ;;
    1) "$work/nono-hook" run -b "$work/hook" "bench-$$" ;;
    2) "$work/nono-mount" run -b "$work/mount" "bench-$$" ;;
    3) "$work/other-class" run -b "$work/other" "bench-$$" ;;
    4) "$runtime" --version > /dev/null ;;
    5) "$work/nono-hook" --version > /dev/null ;;
    6) "$runtime" exec --process "$work/process.json" "bench-bare-$$" ;;
    7) "$work/nono-hook" exec --process "$work/process.json" "bench-ours-$$" ;;
  esac
}

# The kernel still cleans up after a container when the next two variants run: exec is measured without any beside it.
groups=('0 1 2 3 4 5' '6 7')
for group in "${groups[@]}"; do
  read -ra members <<< "$group"
  sleep 1
  for ((round = 0; round < rounds; round++)); do
    for offset in "${!members[@]}"; do
      # Every variant gets every place in the order.
      i=${members[$(((round + offset) % ${#members[@]}))]}
      # The rewrite leaves a rewritten file alone, so each run gets a fresh one.
      for bundle in hook mount; do cp "$work/$bundle.json" "$work/$bundle/config.json"; done
      start=${EPOCHREALTIME/./}
      variant "$i"
      printf '%s %s\n' "$i" $((${EPOCHREALTIME/./} - start)) >> "$work/times"
    done
  done
done

median() { awk -v i="$1" '$1 == i { print $2 }' "$work/times" | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
spread() { awk -v i="$1" '$1 == i { print $2 }' "$work/times" | sort -n | awk '{ a[NR] = $1 } END { print a[int(NR * 0.9)] - a[int(NR * 0.1) + 1] }'; }

printf '%s, stand-in for nono, %d rounds; microseconds with the shell around them\n' "$("$runtime" --version | head -n 1)" "$rounds"
printf '%-28s %9s %11s %9s\n' variant median p90-p10 ratio
for i in "${!names[@]}"; do
  printf '%-28s %9d %11d %9s\n' "${names[i]}" "$(median "$i")" "$(spread "$i")" \
    "$(awk -v a="$(median "$i")" -v b="$(median "${bases[i]}")" 'BEGIN { printf "%.2f", a / b }')"
done
