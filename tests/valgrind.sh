#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the unit tests under valgrind's memcheck, and the programs on a few bundles, refusals among them: no error, no
# leak. The last line is "N passed, N failed, N skipped". A test that needs a system call that this valgrind does not
# know is skipped.
set -euo pipefail
shopt -s nullglob

TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(cd "$TOP" && realpath "${BUILD:-build}")
MEMORY_ERROR=99

# Leaves a command's exit status and the expected one in OUT.status, and its output in OUT. A program that becomes
# another one takes valgrind's exit status with it: valgrind's output up to there (with --quiet: errors) tells the same.
judge() { # OUT STATUS COMMAND...
  local out=$1 expected=$2 status=0

  shift 2
  CMOCKA_MESSAGE_OUTPUT=STDOUT valgrind --quiet --error-exitcode=$MEMORY_ERROR --leak-check=full \
    --errors-for-leak-kinds=definite,indirect,possible "$@" >"$out" 2>&1 || status=$?
  ! grep -qa '^==[0-9]*== ' "$out" || status=$MEMORY_ERROR
  printf '%s %s\n' "$status" "$expected" >"$out.status"
}

is_unknown_call() { # FILE
  grep -qa 'WARNING: unhandled .* syscall' "$1"
}

# A test that fails jumps out of what it tests and leaves its memory behind; a program does not.
is_excused() { # NAME STATUS FILE
  is_unknown_call "$3" && [[ $1 == test-* || $2 != "$MEMORY_ERROR" ]]
}

# The part of this unit test that valgrind cannot show, by the test's own head. A memory error counts all the same.
blind_spot() { # NAME STATUS
  [[ $1 == test-* && $2 != "$MEMORY_ERROR" ]] || return 0
  sed -n 's|^/\* valgrind: \(.*\) \*/$|\1|p' "tests/unit/$1.c"
}

count() { # DIR
  local file name status expected reason passed=0 failed=0 skipped=0

  for file in "$1"/*.status; do
    name=${file%.status}
    read -r status expected <"$file"
    if ((status == expected)); then
      passed=$((passed + 1))
    elif is_excused "${name##*/}" "$status" "$name"; then
      skipped=$((skipped + 1))
      printf 'skipped: %s: %s does not know a system call that it needs\n' "${name##*/}" "$(valgrind --version)"
    elif reason=$(blind_spot "${name##*/}" "$status") && [[ -n $reason ]]; then
      skipped=$((skipped + 1))
      printf 'skipped: %s: %s\n' "${name##*/}" "$reason"
    else
      failed=$((failed + 1))
      printf 'FAILED: %s: exit status %d instead of %d\n' "${name##*/}" "$status" "$expected"
      sed 's/^/    /' "$name"
    fi
  done
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && passed > 0))
}

# Valgrind runs one thread of one process at a time: a race has no more to show after a few rounds.
run_unit_tests() { # DIR
  local program running=0

  export KF_RACE_ROUNDS=50

  for program in "$BUILD"/tests/unit/test-*; do
    [[ -f $program && -x $program && $program != *.* ]] || continue
    if ((running >= $(nproc))); then
      wait -n || true
      running=$((running - 1))
    fi
    judge "$1/${program##*/}" 0 "$program" </dev/null &
    running=$((running + 1))
  done
  wait
}

# --- the programs ------------------------------------------------------------------------------------------------

# A node, as far as the programs look at it, and a bundle.
make_fixture() { # DIR
  mkdir -p "$1"/{nono/profiles,bundle/rootfs}
  install -m 755 "$BUILD/tests/standin/nono" "$1/nono/nono"
  install -m 644 tests/integration/profiles/default.json "$1/nono/profiles/"
  scripts/install-launcher.sh --dir "$1/nono" --launcher "$BUILD/kubefence-launcher"
  printf '%s\n' '[kubefence]' 'runtime_classes = nono-runc' 'default_profile = default' \
    "nono_bin_path = $1/nono/nono" "state_dir = $1/state" '[class nono-runc]' "runtime = $1/runtime" >"$1/kubefence.conf"
  printf '%s\n' '[kubefence]' 'runtime_class = nono-runc' >"$1/broken.conf"
  jq -n '{ociVersion: "1.0.2", root: {path: "rootfs"}, mounts: [{destination: "/proc", type: "proc", source: "proc"}],
    process: {user: {uid: 0, gid: 0}, args: ["sh", "-c", "true"], env: ["PATH=/bin", "NONO_X=1"], cwd: "/srv/app"},
    annotations: {"io.kubernetes.pod.name": "web-0"}, linux: {namespaces: [{type: "mount"}]}}' >"$1/bundle/config.json"
  jq .process "$1/bundle/config.json" >"$1/process.json"
  state "$1" creating >"$1/state.json"
  state "$1" running >"$1/running.json"
  ln -s "$BUILD/kubefence-runtime" "$1/nono-runc"
  printf '#!/bin/sh\ncase $* in *state*) cat "%s" ;; esac\n' "$1/running.json" >"$1/runtime"
  chmod 755 "$1/runtime"
}

state() { # DIR STATUS
  jq -n --arg bundle "$1/bundle" --arg status "$2" \
    '{ociVersion: "1.0.2", id: "web-0", status: $status, pid: 4711, bundle: $bundle}'
}

# Refusals: a bundle that is not wrapped, text that is not a state, a configuration with an unknown key, a spec
# without a process.
run_hook() { # DIR FIXTURE
  local hook=("$BUILD/kubefence-hook" --config "$2/kubefence.conf") class=(--runtime-class nono-runc)

  judge "$1/hook-skip" 0 "${hook[@]}" create-runtime <"$2/state.json"
  judge "$1/hook-refuses" 14 "${hook[@]}" "${class[@]}" create-runtime <"$2/state.json"
  judge "$1/hook-refuses-state" 11 "${hook[@]}" "${class[@]}" create-runtime <"$2/process.json"
  judge "$1/hook-refuses-config" 10 "$BUILD/kubefence-hook" --config "$2/broken.conf" "${class[@]}" create-runtime \
    <"$2/state.json"
  judge "$1/hook-poststop" 0 "${hook[@]}" poststop <"$2/state.json"
  judge "$1/precreate-skip" 0 "${hook[@]}" precreate <"$2/bundle/config.json"
  judge "$1/precreate" 0 "${hook[@]}" "${class[@]}" precreate <"$2/bundle/config.json"
  judge "$1/precreate-refuses" 12 "${hook[@]}" "${class[@]}" precreate <"$2/state.json"
}

# Last, because it rewrites the bundle.
run_wrapper() { # DIR FIXTURE
  export KUBEFENCE_CONFIG=$2/kubefence.conf
  judge "$1/wrapper-hands-on" 0 "$2/nono-runc" state web-0 </dev/null
  judge "$1/wrapper-refuses" 1 "$2/nono-runc" create --bundle "$2/nono" web-0 </dev/null
  judge "$1/explain" 0 "$BUILD/kubefence" explain --handler nono-runc "$2/bundle" </dev/null
  judge "$1/wrapper-create" 0 "$2/nono-runc" create --bundle "$2/bundle" web-0 </dev/null
  judge "$1/wrapper-exec" 0 "$2/nono-runc" exec --process "$2/process.json" web-0 </dev/null
  judge "$1/wrapper-exec-refuses" 1 "$2/nono-runc" exec --process "$2/nono" web-0 </dev/null
}

run_programs() { # DIR
  local fixture=$1/fixture

  if [[ $EUID != 0 ]]; then
    echo "skipped: the programs: only root can make what they trust"
    return
  fi
  make_fixture "$fixture"
  run_hook "$1" "$fixture"
  run_wrapper "$1" "$fixture"
}

main() {
  command -v valgrind >/dev/null || { echo "valgrind.sh: valgrind is not installed: run scripts/deps.sh" >&2 && return 1; }
  cd "$TOP"
  DIR=$(mktemp -d)
  trap 'rm -rf "$DIR"' EXIT
  run_programs "$DIR"
  run_unit_tests "$DIR"
  count "$DIR"
}

main
