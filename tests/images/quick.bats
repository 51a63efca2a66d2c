#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# sanitized: no (images are compared under the real nono)
#
# A few images of make check-images: each starts, answers, logs and stops under the profile default as it does bare.

load ../integration/helpers

setup() {
  [[ $EUID == 0 ]] || skip "integration tests need root"
  [[ -x ${KF_NONO_REAL:-} ]] || skip "${KF_NONO_REAL_MISSING:-the real nono is not there (KF_NONO_REAL)}"
  command -v "$KF_RUNTIME" >/dev/null || skip "$KF_RUNTIME is not installed"
}

# The files of the run are in the build directory, for a look at differences.
same() { # SITUATION
  local row

  row=$(BUILD=$KF_BUILD "$KF_TOP/tests/images/run.sh" --runtime "$KF_RUNTIME" "$1" 3>&-) || true
  printf '%s\n' "$row"
  row=$(head -n 1 <<<"$row")
  [[ $row != *" skipped "* ]] || skip "${row#* skipped }"
  [[ $row == *" same "* ]] || fail "$row"
}

@test "nginx: an entrypoint in /, the pid file in /run, reload by exec" {
  same nginx
}

@test "postgres: initdb and gosu in the entrypoint, pg_ctl by exec" {
  same postgres
}

@test "node: npm start with NODE_OPTIONS and NODE_PATH" {
  same node-npm-start
}

@test "golang: go build and go test with ~/.cache" {
  same golang
}

@test "distroless: a static program in /, a user without a name" {
  same distroless-static
}

@test "haproxy: HOME is the working directory, a ConfigMap, SIGUSR1" {
  same haproxy
}

@test "bash as the first process: traps, and a kill by exec" {
  same bash-traps
}

@test "/dev/termination-log" {
  same termination-log
}
