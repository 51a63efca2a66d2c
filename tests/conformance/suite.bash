# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are for the scripts that load this
#
# The functions that the scripts here share. The test suite of a runtime is run with the wrapper called by a name that
# is not a class (neutral), and with the wrapper as a class (sandboxed). A test that does not pass is run again, alone,
# and with the bare runtime: it must not pass there either. Prints TAP, one line for each of their tests and each of the
# two.
#
# A script sets $RUNTIME and NOT_SANDBOXED, defines run_variant, and calls suite_setup, suite_run and suite_judge.
#
#   KF_BUILD=DIR     where the programs are (build)
#   KF_FILTER=REGEX  only tests whose name matches

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${KF_BUILD:-$TOP/build}
VARIANTS=(neutral sandboxed)
work='' number=0 reruns=0

# Tests that pass with the bare runtime and must not pass in a sandbox: name and reason.
declare -A NOT_SANDBOXED=()

skip_all() { # REASON
  printf '1..1\nok 1 suite of %s # skip %s\n' "$RUNTIME" "$1"
  exit
}

suite_clean_up() {
  find /sys/fs/cgroup -depth -type d -path "*/kf-suite-$$-*" -exec rmdir {} + 2>/dev/null || true
  [[ -z $work ]] || rm -rf --one-file-system "$work"
}

# Sets $real, $work, and $suite to the directory of the tool NAME.
suite_setup() { # NAME PROGRAM...
  local program

  [[ $EUID == 0 ]] || skip_all "integration tests need root"
  for program in "${@:2}"; do
    command -v "$program" >/dev/null || skip_all "$program is not installed"
  done
  real=$(command -v "$RUNTIME") || skip_all "$RUNTIME is not installed"
  for program in "$BUILD"/{kubefence-hook,kubefence-runtime,kubefence-launcher,tests/standin/nono}; do
    [[ -x $program ]] || { echo "$program is not there: run make" >&2 && exit 1; }
  done
  work=$(mktemp -d /tmp/kf-suite.XXXXXX)
  trap suite_clean_up EXIT
  chmod 755 "$work"
  suite=$("$TOP/scripts/get-test-tool.sh" "$1" 2>"$work/tool.err") || skip_all "$(tail -n 1 "$work/tool.err")"
  suite_make_wrappers
}

suite_make_wrappers() {
  mkdir -p "$work"/{bin,nono-nri/profiles}
  ln -s "$BUILD/kubefence-runtime" "$work/bin/$RUNTIME"
  ln -s "$BUILD/kubefence-runtime" "$work/bin/nono-$RUNTIME"
  install -m 755 "$BUILD/tests/standin/nono" "$work/nono-nri/nono"
  "$TOP/scripts/install-launcher.sh" --dir "$work/nono-nri" --launcher "$BUILD/kubefence-launcher"
  # Landlock is on, and everything in / but /nono is allowed: the tests are not about files.
  jq -n '{meta: {name: "all", version: "1.0.0"}, filesystem: {allow: ("bin boot dev etc home lib lib64 media mnt opt proc root
    run sbin srv sys testdir tmp usr var" | split("[ \n]+"; null) | map("/" + .)), allow_file: ["/init", "/testfile"]}}' \
    >"$work/nono-nri/profiles/all.json"
  cat >"$work/kubefence.conf" <<END
[kubefence]
runtime_classes = nono-$RUNTIME
default_profile = all
nono_bin_path = $work/nono-nri/nono
state_dir = $work/state
[class nono-$RUNTIME]
runtime = $real
privileged = allow
END
  chmod -R go-w "$work"
  export KUBEFENCE_CONFIG=$work/kubefence.conf
}

runtime_of() { # bare|neutral|sandboxed
  case $1 in
  bare) echo "$real" ;;
  neutral) echo "$work/bin/$RUNTIME" ;;
  sandboxed) echo "$work/bin/nono-$RUNTIME" ;;
  esac
}

# With mounts and processes of its own, all of which are gone at the end, and below a cgroup of its own: their
# containers have the same names in every run. For a name that is not a class the wrapper finds the runtime of the suite
# here.
suite_isolated() { # bare|neutral|sandboxed COMMAND...
  # shellcheck disable=SC2016 # for the inner shell
  timeout 300 unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh -c '
    crun=$(command -v crun) && mount --bind "$0" "$crun"
    for hierarchy in $(findmnt -rnt cgroup,cgroup2 -o TARGET); do
      own=$hierarchy/$1
      # A cgroup of v2 has either processes or controllers: runc and crun make theirs beside their own.
      [ ! -e "$hierarchy/cgroup.subtree_control" ] || own=$own/self
      mkdir -p "$own"
      for file in cpuset.cpus cpuset.mems; do
        [ ! -e "$hierarchy/tasks" ] || [ ! -e "$hierarchy/$file" ] || cat "$hierarchy/$file" >"$own/$file"
      done
      echo 0 >"$own/cgroup.procs"
    done
    shift
    exec "$@"' "$real" "kf-suite-$$-$1" "${@:2}"
}

# The script defines: run_variant bare|neutral|sandboxed RESULTS [NAME] runs all tests, or those called NAME, and writes a
# line for each: ok|failed|skip TAB NAME TAB REASON. Its output is shown when a test fails.
suite_run() {
  local variant

  for variant in "${VARIANTS[@]}"; do
    run_variant "$variant" "$work/$variant.results" >"$work/$variant.out" 2>&1 &
  done
  wait
}

# --- judging -----------------------------------------------------------------------------------------------------

say() { # "ok"|"not ok" TEXT
  number=$((number + 1))
  printf '%s %d %s\n' "$1" "$number" "$2"
}

# The worst result of the tests of that name; no line without such a test.
result_in() { # RESULTS NAME
  awk -F '\t' -v name="$2" '$2 == name && (result == "" || result == "ok") { result = $1 } END { print result }' "$1"
}

# Alone, and with the bare runtime. Sets $alone and $bare.
again() { # VARIANT NAME
  local variant

  # Of many, one is like the other.
  ((reruns++ < 10)) || return 0
  for variant in bare "$1"; do
    (run_variant "$variant" "$work/$variant.again" "$2") >"$work/$variant.out" 2>&1
  done
  alone=$(result_in "$work/$1.again" "$2") bare=$(result_in "$work/bare.again" "$2")
}

judge_failed() { # VARIANT NAME
  local alone='' bare=''

  again "$@"
  if [[ $alone == ok ]]; then
    say ok "$1: $2"
  elif [[ $alone == failed && $bare == failed ]]; then
    say ok "$1: $2 # skip tests of $RUNTIME: fails without the wrapper too: $2"
  else
    say 'not ok' "$1: $2: failed; alone: ${alone:-not run}, without the wrapper: ${bare:-not run}"
    tail -n 40 "$work/$1.out" | sed -E 's/^#? ?/# /'
  fi
}

judge() { # VARIANT ok|failed|skip NAME REASON
  local exception=

  [[ $1 != sandboxed ]] || exception=${NOT_SANDBOXED[$3]:-}
  case $2 in
  ok)
    if [[ -n $exception ]]; then
      say 'not ok' "$1: $3: passes, and must not: $exception"
    else
      say ok "$1: $3"
    fi
    ;;
  # Printed once.
  skip) [[ $1 == sandboxed ]] || say ok "$1: $3 # skip tests of $RUNTIME: $4" ;;
  failed)
    if [[ -n $exception ]]; then
      say ok "$1: $3: does not pass, because $exception"
    else
      judge_failed "$1" "$3"
    fi
    ;;
  esac
}

suite_judge() { # NUMBER-OF-TESTS
  local variant seen result name reason

  for variant in "${VARIANTS[@]}"; do
    seen=0
    while IFS=$'\t' read -r result name reason; do
      seen=$((seen + 1))
      judge "$variant" "$result" "$name" "$reason"
    done < <(cat "$work/$variant.results")
    if ((seen != $1 || seen == 0)) && [[ -z ${KF_FILTER:-} ]]; then
      say 'not ok' "$variant: $seen of $1 tests ran"
      tail -n 40 "$work/$variant.out" | sed -E 's/^#? ?/# /'
    fi
  done
  echo "1..$number"
}
