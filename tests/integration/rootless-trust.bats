#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034,SC2153 # node.bash knows the variables, and bats runs tests in subshells
#
# Rootless Podman: the records of containers, and the owners that the hook trusts for the files of the node.

load helpers
load node

setup_file() {
  rootless_setup_file
}

setup() {
  rootless_setup
}

teardown() {
  podman_teardown
}

teardown_file() {
  node_leave
}

# --- records and the journal -------------------------------------------------------------------------------------

@test "stop, start, restart and exec; the record is the user's and goes with the container" {
  local delivery

  for delivery in hooks_only wrapper; do
    "$delivery"
    start_podman kf sh -c 'trap "exit 0" TERM; cat /secret/file; sleep 60 & wait'
    assert_eq "records" "./$ID/metadata.json" "$(records)"
    assert_eq "owner and mode" "$NODE_UID 600" "$(stat -c '%u %a' "$RECORDS/$ID/metadata.json")"
    assert_eq "directory" "$NODE_UID 700" "$(stat -c '%u %a' "$RECORDS")"
    assert_eq "what it says" "$ID default nono-runc" \
      "$(jq -r '"\(.container_id) \(.profile) \(.runtime_handler)"' "$RECORDS/$ID/metadata.json")"
    assert_has "kubefence list of the user" "${ID:0:12}" "$(as_user "$NODE_USER" kubefence list)"
    assert_eq "exec" "may be read" "$(rootless exec kf cat /allowed/file)"
    rootless stop --time 5 kf
    eventually no_records
    rootless start kf
    assert_eq "records" "./$ID/metadata.json" "$(records)"
    rootless restart --time 5 kf
    assert_eq "records" "./$ID/metadata.json" "$(records)"
    assert_has "log" "Permission denied" "$(rootless logs kf 2>&1)"
    stop_podman
    eventually no_records
  done
  assert_eq "records of root" "" "$(find /run/kubefence -name metadata.json 2>&1 | grep -F "$ID" || true)"
}

@test "the journal has the decisions, under the user's own uid" {
  hooks_only
  start_podman kf sleep 60
  assert_journal "$ID" injected NONO_STAGE=create-runtime NONO_PROFILE=default NONO_RUNTIME_HANDLER=nono-runc \
    "_UID=$NODE_UID"
  stop_podman
  assert_journal "$ID" container-removed "_UID=$NODE_UID"
  OPT_IN=()
  start_podman kf sleep 60
  assert_journal "$ID" skip NONO_REASON=no_runtime_handler "_UID=$NODE_UID"
}

@test "two users have their own records" {
  hooks_only
  start_podman kf sleep 60
  node_image as_user "$NODE_OTHER" podman
  as_user "$NODE_OTHER" podman run --detach --name kf "${OPT_IN[@]}" kf sleep 60
  assert_eq "the one's" "./$ID/metadata.json" "$(records)"
  assert_eq "the other's" 1 "$(find "/run/user/$NODE_OTHER_UID/kubefence" -name metadata.json -user "$NODE_OTHER" | wc -l)"
  as_user "$NODE_OTHER" podman rm --force --time 0 kf
  assert_eq "the one's" "./$ID/metadata.json" "$(records)"
}

# --- the runtime directory ---------------------------------------------------------------------------------------

@test "XDG_RUNTIME_DIR elsewhere: the hooks that the wrapper adds are told" {
  wrapper
  RUNTIME_ARGS=(--hooks-dir /nowhere --runtime nono-runc)
  node_move_user "$NODE/elsewhere"
  start_podman kf sleep 60
  assert_eq "records" "" "$(records)"
  RECORDS=$RUNTIME_DIR/kubefence
  assert_eq "records" "./$ID/metadata.json" "$(records)"
  stop_podman
  eventually no_records
  node_move_back
}

@test "without a runtime directory, nothing that opts in starts" {
  local hidden=/run/user/hidden

  hooks_only
  node_move_user "$NODE/nowhere"
  mv "/run/user/$NODE_UID" "$hidden"
  run_podman kf "${READS[@]}" && cp "$T/out" "$T/free"
  run_podman "${OPT_IN[@]}" kf "${READS[@]}"
  mv "$hidden" "/run/user/$NODE_UID"
  node_move_back
  assert_eq "who did not opt in" $'may be read\nmust not be read' "$(<"$T/free")"
  ((STATUS != 0 && STATUS != 7)) || fail "it started"
  assert_eq "stdout" "" "$OUT"
  # crun does not show a hook's message.
  [[ $KF_RUNTIME == crun ]] || assert_has "stderr" "or set state_dir" "$ERR"
}

# --- hostile -----------------------------------------------------------------------------------------------------

# Runs the container with something of the node's changed, and changes it back.
with_owner() { # OWNER PATH
  local was

  was=$(stat -c %u:%g "$2")
  chown -h "$1:$1" "$2"
  run_podman "${OPT_IN[@]}" kf "${READS[@]}"
  chown -h "$was" "$2"
}

FIRST_SUBUID=310000

@test "files of containers' processes are not the node's, also not those of the user nobody" {
  local delivery code path owner

  for delivery in hooks_only wrapper; do
    "$delivery"
    while read -r code path; do
      for owner in $((FIRST_SUBUID + 999)) $((FIRST_SUBUID + 65533)); do
        echo "case: $delivery $path $owner"
        with_owner "$owner" "$path"
        assert_refused "$code" "chown it to root"
      done
    done <<'END'
10 /etc/kubefence/kubefence.conf.d/50-test.conf
10 /etc/kubefence/kubefence.conf.d
10 /etc
13 /opt/nono-nri/profiles
13 /opt/nono-nri/profiles/default.json
15 /opt/nono-nri/nono
15 /opt/nono-nri
15 /opt
END
  done
}

@test "files that others can write are not the node's" {
  local path mode

  wrapper
  for path in /etc/kubefence/kubefence.conf.d/50-test.conf /etc/kubefence/kubefence.conf.d /opt/nono-nri \
    /opt/nono-nri/profiles/default.json; do
    mode=$(stat -c %a "$path")
    chmod o+w "$path"
    run_podman kf "${READS[@]}"
    chmod "$mode" "$path"
    assert_refused - "chmod go-w it"
  done
}

@test "a nono directory of another user's in /tmp is not the node's" {
  local dir

  wrapper
  dir=$(mktemp -d /tmp/kf-nono.XXXXXX)
  cp -a /opt/nono-nri/. "$dir"
  chmod 755 "$dir"
  chown -R "$NODE_OTHER_UID" "$dir"
  printf '[kubefence]\nnono_bin_path = %s/nono\n' "$dir" >/etc/kubefence/kubefence.conf.d/60-tmp.conf
  run_podman kf "${READS[@]}"
  rm -r /etc/kubefence/kubefence.conf.d/60-tmp.conf "$dir"
  assert_refused - "where others can write: chown it to root"
}

@test "the user's own configuration is his to write: these are his containers" {
  hooks_only
  with_owner "$NODE_UID" /etc/kubefence/kubefence.conf.d/50-test.conf
  assert_sandboxed
}

@test "for root, the same owners are refused" {
  local owner

  for owner in "$NODE_UID" 65534; do
    chown "$owner" /opt/nono-nri/nono
    run root_podman --runtime nono-runc run --rm --rootfs "$B/rootfs" "${READS[@]}"
    chown root /opt/nono-nri/nono
    echo "$output"
    ((status != 0 && status != 7)) || fail "it started"
    assert_has "error" "belongs to uid $owner: chown it to root" "$output"
  done
}
