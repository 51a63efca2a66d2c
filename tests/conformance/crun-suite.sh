#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# runtimes: crun
# sanitized: no (is the runtime's own suite)
#
# The tests of crun, from the source of its package (scripts/get-test-tool.sh). See suite.bash.
set -euo pipefail

RUNTIME=crun
# shellcheck source-path=SCRIPTDIR source=suite.bash
source "$(dirname "$0")/suite.bash"

NOT_SANDBOXED=(
  ['test_start.py start-override-config']='create --config FILE is refused for sandboxed containers'
  ['test_exec.py exec-detach-not-exists']='a command that is not there is for the last step to find out'
  ['test_exec.py exec_add_no_new_privileges']='nono sets no_new_privs, asked or not'
)

# With cgroup v1, test_delete.py freezes its containers for good: nothing can kill them, and they stay.
wanted() { # FILE [NAME]
  [[ ${1##*/} != test_delete.py || -e /sys/fs/cgroup/cgroup.controllers ]] || return 1
  [[ $# -lt 2 || ${2%% *} == "${1##*/}" ]]
}

# crun does not work on a hybrid hierarchy, so the part of v2 is taken away.
run_variant() { # VARIANT RESULTS [NAME]
  local file

  mkdir -p "$work/$1.dir"
  : >"$2"
  cd "$work/$1.dir"
  export PYTHONDONTWRITEBYTECODE=1 INIT=$suite/init
  (($# < 3)) || export RUN_TESTS=${3#* }
  for file in "$suite"/test_*.py; do
    wanted "$file" "${@:3}" || continue
    # shellcheck disable=SC2016 # for the inner shell
    OCI_RUNTIME=$(runtime_of "$1") suite_isolated "$1" sh -c '
      ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
      exec timeout 100 python3 "$0"' "$file" >"$2.tap" </dev/null || true
    sed -nE "s/^ok [0-9]+ - (.*) #SKIP/skip\t${file##*/} \1\t${file##*/}/p; t
      s/^ok [0-9]+ - /ok\t${file##*/} /p; s/^not ok [0-9]+ - /failed\t${file##*/} /p" "$2.tap" |
      grep -E "	.*${KF_FILTER:-}" >>"$2" || true
    sed -n 's/^1\.\.//p' "$2.tap" >>"$2.planned"
  done
}

suite_setup crun-suite python3 jq
suite_run
suite_judge "$(awk '{ sum += $1 } END { print sum }' "$work/neutral.results.planned")"
