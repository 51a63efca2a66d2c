#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
#
# The integration tests of runc itself, with the wrapper called by a name that is no class, and with the wrapper as
# nono-runc, every container sandboxed. A test that does not pass is run again, alone, and with runc: it must not pass
# there either. Prints TAP, one line for each of their tests and each of the two. The tests come from runc's Go module
# (scripts/get-test-tool.sh); they are run with a busybox of this machine as the image, and at most 5 minutes.
#
#   KF_BUILD=DIR     where the programs are (build)
#   KF_FILTER=REGEX  only tests whose name matches
set -euo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${KF_BUILD:-$TOP/build}
NONO=$BUILD/tests/standin/nono
VARIANTS=(neutral sandboxed)
work=

# What needs sshd, systemd, a linker in the image or an agent for seccomp.
LEFT_OUT='/(cgroup_delegation|hooks|mounts_sshfs|seccomp-notify|seccomp-notify-compat)\.bats$'

# Tests that pass with runc and must not pass in a sandbox.
declare -A NOT_SANDBOXED=(
  ['runc run --no-pivot must not expose bare /proc']='Landlock refuses mounts, of unshare(1) already, and the test waits for what mount(8) says'
  ['runc run [seccomp -ENOSYS handling]']="the container's own filter forbids Landlock: it must not start"
  ['runc run [seccomp defaultErrnoRet=ENXIO]']="the container's own filter forbids Landlock: it must not start"
)

skip_all() { # REASON
  printf '1..1\nok 1 runc suite # skip %s\n' "$1"
  exit
}

clean_up() {
  find /sys/fs/cgroup -depth -type d -path "*/runc-cgroups-integration-test-*-$$*" -exec rmdir {} + 2>/dev/null || true
  [[ -z $work ]] || rm -rf --one-file-system "$work"
}

# --- making ready ------------------------------------------------------------------------------------------------

find_suite() {
  local program

  [[ $EUID == 0 ]] || skip_all "integration tests need root"
  for program in bats busybox gawk gcc jq script; do
    command -v "$program" >/dev/null || skip_all "$program is not installed"
  done
  real=$(command -v runc) || skip_all "runc is not installed"
  suite=$("$TOP/scripts/get-test-tool.sh" runc-suite 2>"$work/tool.err") || skip_all "$(tail -n 1 "$work/tool.err")"
  for program in "$NONO" "$BUILD"/kubefence-{hook,runtime}; do
    [[ -x $program ]] || { echo "$program is not there: run make" >&2 && exit 1; }
  done
}

# What their scripts would download.
make_image() {
  local dir=$work/image

  mkdir -p "$dir"/{bin,dev,etc,home,root,tmp,usr/sbin,var}
  cp "$(command -v busybox)" "$dir/bin/busybox"
  busybox --list | grep -vx busybox | while read -r applet; do ln "$dir/bin/busybox" "$dir/bin/$applet"; done
  printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1::/usr/sbin:/bin/false nobody:x:65534:65534::/home:/bin/false \
    >"$dir/etc/passwd"
  printf '%s\n' root:x:0: daemon:x:1: users:x:100: nogroup:x:65534: >"$dir/etc/group"
  chmod 1777 "$dir/tmp"
  tar -C "$dir" -cf "$work/busybox.tar" .
}

make_wrappers() {
  mkdir -p "$work"/{bin,nono-nri/profiles}
  ln -s "$BUILD/kubefence-runtime" "$work/bin/runc"
  ln -s "$BUILD/kubefence-runtime" "$work/bin/nono-runc"
  install -m 755 "$NONO" "$work/nono-nri/nono"
  # Landlock is on, and everything it knows is allowed: the tests are not about files.
  echo '{"meta": {"name": "all", "version": "1.0.0"}, "filesystem": {"allow": ["/"]}}' >"$work/nono-nri/profiles/all.json"
  cat >"$work/kubefence.conf" <<END
[kubefence]
runtime_classes = nono-runc
default_profile = all
nono_bin_path = $work/nono-nri/nono
state_dir = $work/state
[class nono-runc]
runtime = $real
END
  chmod -R go-w "$work"
}

# A tree of its own for each, as theirs is laid out; their tests name cgroups, and run side by side here.
make_tree() { # VARIANT
  local dir=$work/$1/tests/integration file

  mkdir -p "$work/$1"/{contrib/cmd/recvtty,tests}
  cp "$suite/recvtty" "$work/$1/contrib/cmd/recvtty/"
  cp -R "$suite/integration" "$dir"
  printf '#!/bin/sh\necho BUSYBOX_IMAGE=%s DEBIAN_IMAGE=/nonexistent\n' "$work/busybox.tar" >"$dir/get-images.sh"
  chmod 755 "$dir/get-images.sh"
  sed -i "s|/runc-cgroups-integration-test|&-$1-$$|" "$dir/helpers.bash"
  sed -i '/^@test "spec validator"/a skip "it downloads"' "$dir/spec.bats"
  sed -i '/^@test "update rt period and runtime"/a skip "it changes limits of the whole machine"' "$dir/update.bats"
  for file in "$dir"/*.bats; do
    [[ ! $file =~ $LEFT_OUT ]] || rm "$file"
  done
}

runtime_of() { # VARIANT
  case $1 in
  runc) echo "$real" ;;
  neutral) echo "$work/bin/runc" ;;
  sandboxed) echo "$work/bin/nono-runc" ;;
  esac
}

# --- running -----------------------------------------------------------------------------------------------------

# On a terminal, which their containers use, and with processes of its own, none of which is left at the end. Whatever
# runtime the wrapper would find for a name that is no class, it is runc here.
run_variant() { # VARIANT TAP-FILE [BATS-ARGUMENT...]
  # shellcheck disable=SC2016 # for the inner shells
  KUBEFENCE_CONFIG=$work/kubefence.conf RUNC=$(runtime_of "$1") CRUN=$(command -v crun || true) REAL=$real TAP=$2 \
    timeout 300 unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh -c '
      [ -z "$CRUN" ] || mount --bind "$REAL" "$CRUN"
      cd "$0"
      exec script --quiet --command "bats --formatter tap $* . >$TAP 2>$TAP.err" /dev/null' \
    "$work/$1/tests/integration" "${@:3}" >"$2.script" 2>&1 </dev/null || true
}

# What became of test NUMBER: ok, "not ok" or skip; nothing when it did not run.
result_of() { # TAP-FILE NUMBER
  grep -aE "^(not )?ok $2 " "$1" | sed -E 's/^ok .* # skip.*/skip/; s/^(ok|not ok) .*/\1/'
}

# Sets $with_runc and $alone: the machine may only have been too busy.
again() { # VARIANT NAME
  local filter variant

  # Of many, one is like the other.
  ((reruns++ < 10)) || return 0
  # shellcheck disable=SC2001 # a set of characters
  filter=$(sed 's/[][(){}.*+?^$|\/]/./g' <<<"$2")
  for variant in runc "$1"; do
    run_variant "$variant" "$work/$variant.again" --filter "'^$filter\$'"
  done
  with_runc=$(result_of "$work/runc.again" 1) alone=$(result_of "$work/$1.again" 1)
}

# --- judging -----------------------------------------------------------------------------------------------------

number=0 reruns=0
say() { # "ok"|"not ok" TEXT
  number=$((number + 1))
  printf '%s %d %s\n' "$1" "$number" "$2"
}

failed() { # VARIANT NUMBER TEXT
  say 'not ok' "$3"
  sed -n "/^\(not \)\?ok $2 /,/^\(not \)\?ok /p" "$work/$1.tap" | grep -a '^#' || true
}

judge() { # VARIANT NUMBER NAME
  local result title="$1: $3" with_runc alone

  result=$(result_of "$work/$1.tap" "$2")
  if [[ $1 == sandboxed && -n ${NOT_SANDBOXED[$3]:-} && $result != skip ]]; then
    if [[ $result == 'not ok' ]]; then
      say ok "$title: does not pass, because ${NOT_SANDBOXED[$3]}"
    else
      failed "$1" "$2" "$title: is '$result', and must not pass: ${NOT_SANDBOXED[$3]}"
    fi
  elif [[ $result == ok ]]; then
    say ok "$title"
  elif [[ $result == skip ]]; then
    # Said once.
    [[ $1 == sandboxed ]] || say ok "$title # skip runc's tests: $(sed -nE "s/^ok $2 .*# skip //p" "$work/$1.tap")"
  else
    again "$1" "$3"
    if [[ $alone == ok ]]; then
      say ok "$title"
    elif [[ $alone == 'not ok' && $with_runc == 'not ok' ]]; then
      say ok "$title # skip runc's tests: fails with runc too: $3"
    else
      failed "$1" "$2" "$title: is '$result', alone '$alone', with runc '$with_runc'"
    fi
  fi
}

main() {
  local variant count n tests filter=${KF_FILTER:-}

  work=$(mktemp -d /tmp/kf-runc.XXXXXX)
  trap clean_up EXIT
  chmod 755 "$work"
  find_suite
  make_image
  make_wrappers
  for variant in runc "${VARIANTS[@]}"; do
    make_tree "$variant"
  done
  for variant in "${VARIANTS[@]}"; do
    run_variant "$variant" "$work/$variant.tap" ${filter:+--filter "'$filter'"} &
  done
  wait
  # The same tests in the same order for both; what one did not come to, the other says the name of.
  mapfile -t tests < <(grep -ahE '^(not )?ok [0-9]+ ' "$work"/*.tap | sed -E 's/^(not )?ok //; s/ # skip.*//' |
    sort -un -k1,1)
  count=$(sed -n 's/^1\.\.//p' "$work/neutral.tap")
  if ((${#tests[@]} != ${count:-0} || (${count:-0} == 0 && ${#filter} == 0))); then
    say 'not ok' "runc suite: ${#tests[@]} of ${count:-no} tests ran"
    sed 's/^/# /' "$work"/*.tap.err "$work"/*.tap.script
  fi
  for variant in "${VARIANTS[@]}"; do
    for n in "${tests[@]}"; do
      judge "$variant" "${n%% *}" "${n#* }"
    done
  done
  echo "1..$number"
}

main "$@"
