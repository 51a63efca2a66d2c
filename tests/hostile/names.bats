#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # jq programs; bats runs each test in a subshell
#
# The wrapper by names that are not a class: removed from the configuration, misspelt, none at all; and an exec by a name
# that is not that of the container's class.

load hostile

setup() { hostile_setup; }
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

# Sets STATUS, OUT and ERR.
called_as() { # ARGV0 ARGUMENTS...
  STATUS=0
  timeout --kill-after=5 "$KF_PATIENCE" bash -c 'exec -a "$0" "$@"' "$1" "$KF_BUILD/kubefence-runtime" \
    --root "$T/rt" "${@:2}" </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
}

refused_by_name() { # ARGV0 COMMAND ARGUMENTS...
  row "$1: $2"
  called_as "$1" "${@:2}" "$ID"
  assert_eq "exit status" 1 "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "is not a class: add it to runtime_classes" "$ERR"
  assert_guarded
  expect_in_journal denied config_invalid "is not a class"
}

@test "a name that is not a class starts nothing" {
  local name

  for name in other "$CLASS/" "$CLASS " " $CLASS" "" / "/usr/bin/$CLASS/" "${CLASS^^}" "$CLASS-2" "runc/" "crun "; do
    refused_by_name "$name" create --bundle "$B"
    refused_by_name "$name" run --bundle "$B"
    refused_by_name "$name" restore --bundle "$B" --image-path "$T/sentinel"
  done
  row "what starts nothing passes"
  for name in other "$CLASS/" ""; do
    called_as "$name" --version
    succeeded
    called_as "$name" create --help
    assert_has_not "stderr" "is not a class" "$ERR"
    called_as "$name" delete --force "$ID"
    assert_has_not "stderr" "is not a class" "$ERR"
  done
  journal_agrees
}

# Of another program's names the wrapper takes crun before runc.
execute_as() { # ARGV0
  STATUS=0
  without_crun bash -c 'exec -a "$0" "$@"' "$1" "$KF_BUILD/kubefence-runtime" --root "$T/rt" exec "$ID" \
    /bin/cat /allowed/file /secret/file </dev/null >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  printf -- '--- exec by %s\n' "$1"
  kf_collect
}

confined() {
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "can't open '/secret/file': Permission denied" "$ERR"
}

@test "an exec into a container with a record is confined, by every name" {
  local name

  {
    printf '%s\n' '[kubefence]' "runtime_classes = $CLASS lax" 'default_profile = default' \
      "nono_bin_path = $T/nono-nri/nono" "state_dir = $T/state" "[class $CLASS]" "runtime = $RUNTIME"
    printf '%s\n' '[class lax]' "runtime = $RUNTIME" 'exec = allow'
  } >"$KUBEFENCE_CONFIG"
  app 'exec sleep 3600'
  start_container
  for name in "$CLASS" runc crun kubefence-runtime lax other "$CLASS/" ""; do
    execute_as "$name"
    confined
  done
  # The class is removed from the configuration, with its exec rule.
  sed -i "s/^runtime_classes = .*/runtime_classes = lax/; /^\[class $CLASS\]/,/^runtime/d" "$KUBEFENCE_CONFIG"
  for name in "$CLASS" runc lax; do
    execute_as "$name"
    confined
  done
  # Without the record nothing says it: the neutral names act as the runtime, the others refuse.
  rm -r "$T/state/$ID"
  execute_as other
  assert_has "stderr" "'other' is not a class" "$ERR"
  execute_as runc
  assert_has "stdout" "must not be read" "$OUT"
}

with_sbin() { # DIR COMMAND...
  unshare --mount --propagation private sh -c 'mount --bind "$1" /usr/local/sbin && shift && exec "$@"' sh "$@"
}

@test "a runtime's name that leads to the wrapper" {
  local name

  mkdir "$T/sbin"
  ln -s "$KF_BUILD/kubefence-runtime" "$T/sbin/a-link"
  for name in runc crun; do
    row "$name"
    ln -s a-link "$T/sbin/$name"
    for command in create run restore; do
      STATUS=0
      with_sbin "$T/sbin" "/usr/local/sbin/$name" --root "$T/rt" "$command" --bundle "$B" "$ID" </dev/null \
        >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
      kf_collect
      assert_eq "exit status" 1 "$STATUS"
      assert_eq "stdout" "" "$OUT"
      assert_has "stderr" "/usr/local/sbin/$name leads to kubefence-runtime" "$ERR"
      assert_guarded
    done
    expect_in_journal denied config_invalid "install the real $name there"
    # A container that runs already can be looked at and stopped.
    with_sbin "$T/sbin" "/usr/local/sbin/$name" --root "$T/rt" list >"$T/out" 3>&-
    row "a class beside $name"
    with_sbin "$T/sbin" timeout "$KF_PATIENCE" "$T/bin/$CLASS" --root "$T/rt" run --bundle "$B" "$ID" </dev/null \
      >"$T/out" 2>"$T/err" 3>&- || true
    kf_collect
    assert_eq "stdout" "may be read" "$OUT"
    rm "$T/sbin/$name"
  done
  journal_agrees
}
