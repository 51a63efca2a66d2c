#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# kubefence logs: the operators' view of the journal, and text that users cannot put there.

load helpers

setup() {
  kf_setup
  export TZ=UTC
}

teardown() { kf_teardown; }
teardown_file() { stop_journald; }

logs() { # OPTIONS...
  timeout 10 journalctl --sync 2>"$T/sync" || true
  timeout "$KF_PATIENCE" "$KF_BUILD/kubefence" logs "$@" 3>&-
}

has_lines() { # NUMBER FILE
  (($(wc -l <"$2") >= $1))
}

# One container of this pod, which ends at once.
run_pod() { # POD
  annotate io.kubernetes.pod.name "$1"
  app 'true'
  run_container
  succeeded
}

# Names that no other test's entries have.
unique() { # WORD
  echo "$1-$BASHPID-$RANDOM"
}

@test "an injected container is one JSON object on one line, with the keys people grep for" {
  local pod

  pod=$(unique nono-test)
  run_pod "$pod"
  logs -o json >"$T/all"
  grep -F "$pod" "$T/all" >"$T/mine"
  assert_eq "lines" 2 "$(wc -l <"$T/mine")"
  assert_eq "injected" "info injected inject $ID prod $pod default $CLASS runtime_class_matched" \
    "$(head -n 1 "$T/mine" | jq -r '[.level, .msg, .decision, .container_id, .namespace, .pod, .profile,
      .runtime_handler, .reason] | join(" ")')"
  head -n 1 "$T/mine" | grep -qE '^\{"time":"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z","level":"info","msg":"injected",'
  assert_eq "removed" "container-removed" "$(tail -n 1 "$T/mine" | jq -r .msg)"
}

@test "a denial says why; --pod, --namespace and --lines select" {
  local pod other

  pod=$(unique denied) other=$(unique other)
  annotate nono.sh/profile no-such
  annotate io.kubernetes.pod.name "$pod"
  app true
  run_container
  assert_eq "exit status" 1 "$STATUS"
  annotate nono.sh/profile default
  run_pod "$other"
  logs --pod "$pod" -o json >"$T/mine"
  assert_eq "lines" 1 "$(wc -l <"$T/mine")"
  assert_eq "denial" "error denied deny profile_refused rewrite" \
    "$(jq -r '[.level, .msg, .decision, .reason, .stage] | join(" ")' "$T/mine")"
  assert_has "error" "profile no-such is not installed" "$(jq -r .error "$T/mine")"
  assert_has "short" "denied" "$(logs --pod "$pod")"
  assert_has "short" "profile no-such is not installed" "$(logs -p "$pod")"
  assert_eq "other namespace" "" "$(logs --pod "$pod" --namespace elsewhere)"
  assert_eq "newest of the other" "container-removed" "$(logs -p "$other" -n 1 -o json | jq -r .msg)"
  assert_eq "all of the other" 2 "$(logs -p "$other" -n 50 | wc -l)"
}

@test "a fallback to the default profile says what was asked for" {
  local pod

  pod=$(unique asked)
  annotate nono.sh/profile $'../x\e[31m'
  run_pod "$pod"
  assert_has "short" " profile=default  asked=../x\x1b[31m " "$(logs -p "$pod")"
  assert_eq "JSON" 'default ../x\x1b[31m' "$(logs -p "$pod" -o json | jq -r '[.profile, .profile_asked] | join(" ")' | head -n 1)"
}

@test "a container by name, pod or the beginning of its id; only denials; wide and YAML" {
  local pod name

  pod=$(unique named) name=$(unique app)
  annotate io.kubernetes.container.name "$name"
  run_pod "$pod"
  for word in "$pod" "$name" "$pod/$name" "prod/$pod" "prod/$pod/$name" "${ID%?}"; do
    assert_eq "$word" "injected container-removed" "$(logs "$word" -o json | jq -r .msg | xargs)"
  done
  for word in "${pod%?}" "$name/$pod" "$pod/" "x$ID"; do
    assert_eq "$word" "" "$(logs "$word")"
  done
  assert_eq "denied" "" "$(logs --denied "$pod")"
  assert_has "wide" "namespace=prod  pod=$pod  container=$name  id=$ID  stage=create-runtime" "$(logs -o wide "$pod")"
  assert_has "YAML" "container: \"$name\"" "$(logs -o yaml "$pod")"
  spec '.process.args = []'
  run_container
  assert_eq "denied" denied "$(logs -d --since "1 hour ago" "$pod" -o json | jq -r .msg)"
  assert_eq "and all" 3 "$(logs "$pod" | wc -l)"
  run logs "$pod" more
  [[ $status == 2 ]]
}

@test "--since leaves out older entries" {
  local pod

  pod=$(unique since)
  run_pod "$pod"
  assert_eq "the last hour" 2 "$(logs -p "$pod" --since 1h | wc -l)"
  sleep 2.1
  assert_eq "the last second" 0 "$(logs -p "$pod" --since 1s | wc -l)"
  assert_eq "since the epoch" 2 "$(logs -p "$pod" --since @0 | wc -l)"
}

@test "--follow goes on, line by line, until its reader has gone" {
  local pod

  pod=$(unique follow)
  "$KF_BUILD/kubefence" logs --follow --pod "$pod" -o json >"$T/follow" 3>&- &
  KF_PIDS+=($!)
  sleep 0.3
  run_pod "$pod"
  eventually has_lines 2 "$T/follow"
  assert_eq "lines" "injected container-removed" "$(jq -r .msg "$T/follow" | paste -sd ' ')"
  # The pipe of `kubectl logs | head -1`
  run_pod "$pod"
  assert_eq "first" injected \
    "$(timeout "$KF_PATIENCE" "$KF_BUILD/kubefence" logs -f -p "$pod" -o json 3>&- | head -n 1 | jq -r .msg)"
}

@test "other users cannot put lines there" {
  local pod

  pod=$(unique forged)
  printf 'MESSAGE=injected\nSYSLOG_IDENTIFIER=kubefence\nNONO_POD=%s\n' "$pod" |
    setpriv --reuid 65534 --regid 65534 --clear-groups logger --journald
  eventually forged_entry_is_there "$pod"
  assert_eq "lines" "" "$(logs --pod "$pod")"
}

forged_entry_is_there() { # POD
  [[ -n $(journalctl -q -o cat "NONO_POD=$1") ]]
}

@test "a pod's text stays on its line" {
  local pod=$'evil\n{"msg":"injected"}\e[31m\\ \xc3\xa4'

  annotate io.kubernetes.pod.name "$pod"
  annotate io.kubernetes.pod.namespace "$(unique ns)"
  app true
  run_container
  succeeded
  logs -N "$(jq -r '.annotations["io.kubernetes.pod.namespace"]' "$B/config.json")" -o json >"$T/mine"
  assert_eq "lines" 2 "$(wc -l <"$T/mine")"
  assert_eq "pod" 'evil\x0a{"msg":"injected"}\x1b[31m\x5c \xc3\xa4' "$(head -n 1 "$T/mine" | jq -r .pod)"
  logs -N "$(jq -r '.annotations["io.kubernetes.pod.namespace"]' "$B/config.json")" >"$T/short"
  assert_eq "short lines" 2 "$(wc -l <"$T/short")"
  LC_ALL=C grep -q '[^ -~]' "$T/short" && fail "not printable: $(<"$T/short")"
  return 0
}

@test "bad options and journals are errors of one line" {
  local options

  for options in '--since yesterweek' '--lines 0' '--lines -1' '--lines x' '--output xml' 'word another' '--lines 1 --since 1h'; do
    echo "options: $options"
    STATUS=0
    # shellcheck disable=SC2086 # words are wanted
    logs $options >"$T/out" 2>"$T/err" || STATUS=$?
    kf_collect
    assert_eq "exit status" 2 "$STATUS"
    assert_eq "stdout" "" "$OUT"
    assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  done
  STATUS=0
  logs --directory "$T/no-such" 2>"$T/err" || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "cannot open the journal in $T/no-such" "$(<"$T/err")"
  STATUS=0
  logs >/dev/full 2>"$T/err" || STATUS=$?
  assert_eq "exit status on a full disk" 1 "$STATUS"
}
