#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Everything that must keep an opted-in container from starting, once through the runtime and, where the hook decides,
# once with the hook alone for its exit code. A refusal leaves no mount, no record, no file, and where
# the wrapper refused, config.json as it was.

load helpers

setup() {
  kf_setup
  app 'echo the command ran'
  wrapped_copy
}
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# The config.json of the wrapper while all is well, for hook_refuses.
wrapped_copy() {
  cp "$B/config.json" "$T/plain.json"
  rewrite
  cp "$B/config.json" "$T/wrapped.json"
  cat "$T/plain.json" >"$B/config.json"
}

# The container does not start, refused by wrapper, hook or runtime; for the wrapper's refusals more is promised.
refused() { # REASON TEXT
  cp "$B/config.json" "$T/before.json"
  run_container
  [[ $STATUS != 0 ]]
  assert_eq "stdout" "" "$OUT"
  if [[ $ERR == kubefence-runtime:* ]]; then
    assert_eq "exit status" 1 "$STATUS"
    assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
    assert_has "stderr" "$2" "$ERR"
    cmp "$T/before.json" "$B/config.json"
  elif [[ $KF_RUNTIME == runc ]]; then # crun shows no more than the exit code of a hook
    assert_has "stderr" "$2" "$ERR"
  fi
  assert_journal "$ID" denied NONO_DECISION=deny "NONO_REASON=$1" "NONO_RUNTIME_HANDLER=$CLASS"
  assert_no_trace
}

refused_by_wrapper() { # REASON TEXT
  refused "$@"
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  assert_journal "$ID" denied NONO_STAGE=rewrite
}

# The hook alone, on a wrapped spec and with a process as a runtime would show it.
hook_refuses() { # CODE REASON TEXT
  ID=$ID-h
  cat "$T/${WRAPPED:-wrapped.json}" >"$B/config.json"
  cp "$B/config.json" "$T/before.json"
  [[ -n ${VICTIM:-} ]] || start_victim
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
  assert_eq "exit status" "$1" "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "$3" "$ERR"
  assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
  assert_journal "$ID" denied NONO_DECISION=deny "NONO_REASON=$2" NONO_STAGE=create-runtime
  assert_eq "mounts in the container" "${MOUNTS:-}" "$(victim_mounts)"
  cmp "$T/before.json" "$B/config.json"
  assert_no_trace_but_victim
}

assert_no_trace_but_victim() {
  assert_eq "mounts left" "" "$(mounts_left)"
  assert_eq "records left" "" "$(records_left)"
  assert_eq "files left in the bundle" "" "$(bundle_litter)"
}

@test "the harness: nothing is wrong, and the hook injects" {
  cat "$T/wrapped.json" >"$B/config.json"
  start_victim
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
  succeeded
  assert_eq "mounts" 1 "$(victim_mounts | wc -l)"
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped)
  succeeded
}

# --- the profile -------------------------------------------------------------------------------------------------

@test "a class over gVisor's runsc, also by a link: its kernel has no Landlock" {
  local name

  cp "$RUNTIME" "$T/runsc"
  ln -s runsc "$T/sandbox-runtime"
  for name in runsc sandbox-runtime; do
    KF_CLASS_RUNTIME=$T/$name kf_config
    refused_by_wrapper landlock_unavailable "the runtime $T/$name is gVisor's, and its kernel has no Landlock"
  done
  kf_config
}

@test "the profile file is not there" {
  rm "$T/nono-nri/profiles/default.json"
  refused profile_refused "default.json"
  hook_refuses 13 profile_refused "default.json"
}

@test "the profile file is a symlink" {
  ln -sf narrow.json "$T/nono-nri/profiles/default.json"
  refused profile_refused "default.json"
  hook_refuses 13 profile_refused "default.json"
}

@test "the profile file can be written by others than root" {
  chmod 666 "$T/nono-nri/profiles/default.json"
  refused profile_refused "default.json"
  hook_refuses 13 profile_refused "default.json"
}

profile() { # NAME JSON
  printf '%s\n' "$2" >"$T/nono-nri/profiles/$1.json"
}

@test "a profile that nono wrap cannot enforce: its setting, and the remedy" {
  local row
  local -A rows=(
    ['{"network": {"network_profile": "developer"}}']="network.network_profile: nono wrap starts no proxy"
    ['{"network": {"allow_domain": ["example.com"]}}']="network.allow_domain: nono wrap starts no proxy"
    ['{"network": {"upstream_proxy": "proxy:3128"}}']="network.upstream_proxy"
    ['{"linux": {"sandbox_policy": "landlock"}}']="linux.sandbox_policy: only nono run"
    ['{"command_policies": {"git": {}}}']="command_policies: only nono run"
    ['{"extends": "default"}']="extends: nono looks for the base in files of the image"
    ['{"session_hooks": {"before": {"script": "/bin/true"}}}']="session_hooks: programs and files of the image"
    ['{"workdir": {"access": "readwrite"}}']="workdir.access"
    ['{"surprise": 1}']="surprise: it is not a key that nono knows"
    ['{"filesystem": {"alow": ["/app"]}}']="filesystem.alow: it is not a key that nono knows"
    ['{"undo": {}}']="undo: it is not a key that nono knows"
    ['{"network": {"listen_port": [8080]}}']="network.listen_port: nono wrap confines nothing by it"
    ['{"network": {"open_port": [8080]}}']="network.open_port: nono confines nothing by it without network.block"
  )

  rewrite
  cp "$B/config.json" "$T/wrapped.json"
  for row in "${!rows[@]}"; do
    kf_spec
    profile default "$row"
    refused_by_wrapper profile_refused "${rows[$row]}"
    assert_has "stderr" "or use another profile such as default" "$ERR"
    hook_refuses 13 profile_refused "${rows[$row]}"
  done
}

@test "a path that kubefence cannot know, and a grant that the container could move: both ends, and the remedy" {
  local row
  local -A rows=(
    ['{"filesystem": {"deny": ["/secret/**"]}}']="'/secret/**' in filesystem.deny: it is a pattern"
    ['{"filesystem": {"allow": ["~/work"]}}']="'~/work' in filesystem.allow: kubefence has to know each path"
    ['{"filesystem": {"read": ["/$NONO_HOMES"]}}']='in filesystem.read: kubefence has to know each path: write an absolute one, or use /$NONO_IMAGE'
    ['{"filesystem": {"read": [{"path": "/a", "when": "linux:debian"}]}}']="filesystem.read: it is not an array of strings or of"
    ['{"filesystem": {"read": ["/app/../secret"]}}']="'/app/../secret' in filesystem.read: it has an empty component, '.' or '..'"
    ['{"filesystem": {"allow": ["/workspace"], "read": ["/workspace/repo"]}}']="'/workspace/repo' in filesystem.read below '/workspace' in filesystem.allow"
    ['{"filesystem": {"allow": ["/$NONO_HOME"], "read": ["$NONO_HOME/.cache"]}}']="'\$NONO_HOME/.cache' in filesystem.read below '/\$NONO_HOME' in filesystem.allow"
  )

  for row in "${!rows[@]}"; do
    kf_spec
    profile default "$row"
    refused_by_wrapper profile_refused "${rows[$row]}"
    hook_refuses 13 profile_refused "${rows[$row]}"
  done
}

@test "a profile that is not strict JSON" {
  local text

  for text in '' '{' '[]' '{"meta": {}} // comment' '{"meta": {}, "meta": {}}'; do
    kf_spec
    profile default "$text"
    refused_by_wrapper profile_refused "default.json"
  done
}

@test "an endless profile" {
  truncate -s 1G "$T/nono-nri/profiles/default.json"
  refused_by_wrapper profile_refused "default.json"
}

@test "a profile that is not installed: the message names those that are" {
  annotate nono.sh/profile elsewhere
  refused_by_wrapper profile_refused "(installed: default, narrow, writes-nono)"
}

@test "python-dev and its like: the reason, and the alternative" {
  local name

  for name in python-dev node-dev go-dev rust-dev java-dev; do
    kf_spec
    annotate nono.sh/profile "$name"
    refused_by_wrapper profile_refused "profile $name needs nono run"
    assert_has "stderr" "use another profile such as default" "$ERR"
  done
  # Also where nono would look for them itself.
  kf_config 'profile_lookup = files-then-nono'
  kf_spec
  annotate nono.sh/profile python-dev
  refused_by_wrapper profile_refused "profile python-dev needs nono run"
  kf_spec
  annotate nono.sh/profile under_score
  refused_by_wrapper profile_refused "nono takes no name with"
}

@test "a file of that name counts first" {
  profile python-dev "$(<"$T/nono-nri/profiles/default.json")"
  annotate nono.sh/profile python-dev
  app 'echo runs'
  run_container
  succeeded
  assert_eq "stdout" runs "$OUT"
}

@test "profile_lookup = files-then-nono: rewrite and hook agree on the name" {
  kf_config 'profile_lookup = files-then-nono'
  annotate nono.sh/profile elsewhere
  KF_CLASS_RUNTIME=/bin/true kf_config 'profile_lookup = files-then-nono'
  kf create --bundle "$B" "$ID"
  kf_config 'profile_lookup = files-then-nono'
  assert_eq "profile" elsewhere "$(jq -r '.process.args[3]' "$B/config.json")"
  cp "$B/config.json" "$T/wrapped.json"
  start_victim
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
  succeeded
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped)
  MOUNTS=$(victim_mounts)
  # Without that key, and where there is a file after all, a bare name is not what the hook expects.
  kf_config
  hook_refuses 13 profile_refused "elsewhere is not installed"
  kf_config 'profile_lookup = files-then-nono'
  profile elsewhere '{}'
  hook_refuses 14 not_wrapped "not wrapped in nono with profile elsewhere"
}

# Nono protects its state below HOME, and has a home of its own.
@test "HOME in a directory that the profile grants" {
  spec '.process.env += ["HOME=/scratch/home", "TMPDIR=/etc"]'
  app 'echo "$HOME $TMPDIR"; echo x >/etc/x'
  run_container
  assert_eq "stdout" "/scratch/home /etc" "$OUT"
  assert_has "stderr" "/etc/x: Permission denied" "$ERR"
}

@test "a profile under which the last step could not do its work" {
  profile wide '{"filesystem": {"read": ["/bin", "/nono"]}}'
  annotate nono.sh/profile wide
  refused_by_wrapper profile_refused "profile wide grants /nono/nono"
  kf_spec
  profile dropping '{"filesystem": {"read": ["/bin"]}, "environment": {"deny_vars": ["AWS_*"]}}'
  annotate nono.sh/profile dropping
  refused_by_wrapper profile_refused "profile dropping sets environment.deny_vars"
}

@test "invalid_profile = deny refuses a name that is not a profile's" {
  kf_config 'invalid_profile = deny'
  annotate nono.sh/profile '../default'
  refused_by_wrapper profile_invalid "nono.sh/profile"
}

@test "invalid_profile = deny refuses a profile that the class does not allow" {
  KF_CLASS_LINE='allowed_profiles = default' kf_config 'invalid_profile = deny'
  annotate nono.sh/profile narrow
  refused_by_wrapper profile_not_allowed "nono.sh/profile"
}

@test "allow_annotation = no refuses a pod that names places, and only such a pod" {
  KF_CLASS_LINE='allow_annotation = no' kf_config
  annotate nono.sh/deny /app
  run_container
  succeeded
  kf_spec
  annotate nono.sh/allow $'/app/secrets\nNONO_DECISION=inject'
  refused_by_wrapper allow_refused "annotation nono.sh/allow: '/app/secrets\x0aNONO_DECISION=inject' is not allowed"
  assert_journal "$ID" denied $'NONO_ALLOW=/app/secrets\nNONO_DECISION=inject'
  WRAPPED=allowed.json
  jq '.annotations["nono.sh/allow"] = "/a"' "$T/wrapped.json" >"$T/allowed.json"
  hook_refuses 13 allow_refused "nono.sh/allow"
}

# --- the nono directory ------------------------------------------------------------------------------------------

nono_refused() { # TEXT
  refused nono_untrusted "$1"
  hook_refuses 15 nono_untrusted "$1"
}

@test "nono is not there" {
  rm "$T/nono-nri/nono"
  nono_refused "$T/nono-nri"
}

@test "the nono directory is not there" {
  rm -r "$T/nono-nri"
  nono_refused "$T/nono-nri"
}

@test "nono needs a dynamic loader" {
  install -m 755 "$(command -v env)" "$T/nono-nri/nono"
  nono_refused "nono"
}

@test "nono is not an ELF file" {
  printf '#!/bin/sh\nexec "$@"\n' >"$T/nono-nri/nono"
  nono_refused "nono"
}

@test "nono is a symlink" {
  mv "$T/nono-nri/nono" "$T/nono-nri/real"
  ln -s real "$T/nono-nri/nono"
  nono_refused "nono"
}

@test "nono is not executable for all" {
  chmod 700 "$T/nono-nri/nono"
  nono_refused "nono"
}

@test "nono can be written by its group" {
  chmod 775 "$T/nono-nri/nono"
  nono_refused "nono"
}

@test "a set-id bit in the nono directory" {
  local file mode

  for file in nono launcher/kubefence-launcher profiles/default.json another-program; do
    [[ -e $T/nono-nri/$file ]] || : >"$T/nono-nri/$file"
    mode=$(stat -c %a "$T/nono-nri/$file")
    chmod u+s "$T/nono-nri/$file"
    if [[ $file == profiles/* ]]; then
      refused profile_refused "set-id bit"
      hook_refuses 13 profile_refused "set-id bit"
    else
      nono_refused "set-id bit"
    fi
    chmod "$mode" "$T/nono-nri/$file"
  done
}

@test "nono belongs to another user" {
  chown 1000 "$T/nono-nri/nono"
  nono_refused "nono"
}

@test "the nono directory is a symlink" {
  mv "$T/nono-nri" "$T/elsewhere"
  ln -s elsewhere "$T/nono-nri"
  nono_refused "$T/nono-nri"
}

@test "the nono directory can be written by its group" {
  chmod 775 "$T/nono-nri"
  nono_refused "$T/nono-nri"
}

@test "the nono directory belongs to another user" {
  chown 1000 "$T/nono-nri"
  nono_refused "$T/nono-nri"
}

@test "a directory above the nono directory can be replaced by others" {
  mkdir -m 755 "$T/open"
  mv "$T/nono-nri" "$T/open/nono-nri"
  sed -i "s|$T/nono-nri|$T/open/nono-nri|" "$KUBEFENCE_CONFIG"
  chmod 777 "$T/open"
  nono_refused "$T/open"
}

@test "allow_dynamic_nono = yes lets a dynamic nono pass" {
  kf_config 'allow_dynamic_nono = yes'
  install -m 755 "$(command -v env)" "$T/nono-nri/nono"
  cat "$T/wrapped.json" >"$B/config.json"
  start_victim
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
  succeeded
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop < <(state_json stopped)
}

# --- the spec ----------------------------------------------------------------------------------------------------

@test "the spec is not wrapped" {
  WRAPPED=plain.json hook_refuses 14 not_wrapped "config.json is not wrapped"
}

@test "the spec is wrapped with another profile than the one decided on" {
  jq '.process.args[3] = "/nono/profiles/narrow.json"' "$T/wrapped.json" >"$T/other.json"
  WRAPPED=other.json hook_refuses 14 not_wrapped "not wrapped"
}

@test "the spec is wrapped with a profile of the image" {
  jq '.process.args[3] = "/tmp/default.json"' "$T/wrapped.json" >"$T/other.json"
  WRAPPED=other.json hook_refuses 14 not_wrapped "not wrapped"
}

@test "the spec is wrapped with another step, or grants of its own" {
  jq '.process.args[1] = "last-step"' "$T/wrapped.json" >"$T/other.json"
  WRAPPED=other.json hook_refuses 14 not_wrapped "not wrapped"
  jq '.process.args[4:4] = ["--workdir", "/secret"]' "$T/wrapped.json" >"$T/other.json"
  WRAPPED=other.json hook_refuses 14 not_wrapped "not wrapped"
}

@test "the spec is wrapped but its environment names another profile" {
  jq '.process.env += ["NONO_PROFILE=narrow"]' "$T/wrapped.json" >"$T/other.json"
  WRAPPED=other.json hook_refuses 14 not_wrapped "not wrapped"
}

@test "the spec has no process" {
  spec 'del(.process)'
  refused_by_wrapper spec_invalid "process"
  jq 'del(.process)' "$T/wrapped.json" >"$T/other.json"
  WRAPPED=other.json hook_refuses 12 spec_invalid "process"
}

@test "the command is empty" {
  spec '.process.args = []'
  refused_by_wrapper spec_invalid "args"
}

@test "the command is missing" {
  spec 'del(.process.args)'
  refused_by_wrapper spec_invalid "args"
}

@test "config.json is cut off" {
  truncate -s -20 "$B/config.json"
  refused_by_wrapper spec_invalid "config.json"
}

@test "config.json is not there" {
  rm "$B/config.json"
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "kubefence-runtime: " "$ERR"
  assert_has "stderr" "config.json" "$ERR"
}

@test "config.json says the same key twice" {
  sed -i '0,/"process"/s//"process": {"args": ["x"]}, "process"/' "$B/config.json"
  refused_by_wrapper spec_invalid "config.json"
}

@test "the pod mounts something at, under or above /nono" {
  local destination

  mkdir "$T/volume"
  for destination in /nono /nono/ //nono /./nono /x/../nono nono /nono/profiles /nono/nono / /..; do
    cat "$T/plain.json" >"$B/config.json"
    spec --arg at "$destination" --arg from "$T/volume" '.mounts += [{destination: $at, type: "bind", source: $from,
      options: ["rbind"]}]'
    echo "destination: $destination"
    refused_by_wrapper mount_refused "/nono"
  done
}

@test "a mount beside /nono is not refused" {
  mkdir "$T/volume"
  spec --arg from "$T/volume" '.mounts += [{destination: "/nonono", type: "bind", source: $from, options: ["rbind"]},
    {destination: "/data/nono", type: "bind", source: $from, options: ["rbind"]}]'
  run_container
  succeeded
}

# --- the rootfs (files of an image at /nono: tests/hostile/image.bats) -------------------------------------------

@test "the rootfs is not there" {
  mv "$B/rootfs" "$T/rootfs.away"
  mkdir -p "$B"/rootfs/{dev,proc}
  start_victim
  rmdir "$B/rootfs" 2>/dev/null || mv "$B/rootfs" "$T/empty"
  hook_refuses 17 mount_refused "rootfs"
}

# --- the node ----------------------------------------------------------------------------------------------------

@test "the kernel has no Landlock" {
  command -v strace >/dev/null || skip "strace is not installed"
  # LeakSanitizer cannot look at a process that is traced.
  printf '%s\n' '#!/bin/sh' "exec strace -qq -E ASAN_OPTIONS=detect_leaks=0 -o '$T/strace' -e signal=none \
    -e trace=landlock_create_ruleset -e inject=landlock_create_ruleset:error=ENOSYS '$HOOK' \"\$@\"" >"$T/no-landlock"
  chmod 755 "$T/no-landlock"
  HOOK=$T/no-landlock hook_refuses 16 landlock_unavailable "Landlock"
}

@test "the record cannot be written" {
  echo >"$T/state-is-a-file"
  sed -i "s|$T/state|$T/state-is-a-file|" "$KUBEFENCE_CONFIG"
  refused record_failed "$T/state-is-a-file"
  cat "$T/wrapped.json" >"$B/config.json"
  start_victim
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime < <(state_json creating "$VICTIM")
  assert_eq "exit status" 18 "$STATUS"
  assert_has "stderr" "$T/state-is-a-file" "$ERR"
}

# --- the configuration -------------------------------------------------------------------------------------------

config_refused() { # TEXT
  refused_by_wrapper config_invalid "$1"
  hook_refuses 10 config_invalid "$1"
}

@test "the configuration is not there" {
  rm "$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG"
}

@test "the configuration is not an INI file" {
  echo 'what is this' >>"$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG:$(wc -l <"$KUBEFENCE_CONFIG")"
}

@test "an unknown key, with file and line" {
  kf_config 'default_profil = default'
  config_refused "$KUBEFENCE_CONFIG:6"
  assert_has "stderr" "default_profil" "$ERR"
}

@test "an unknown section, with file and line" {
  printf '[kubfence]\nx = y\n' >>"$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG:"
}

@test "a value that cannot be, with file and line" {
  kf_config 'delivery = pigeon'
  config_refused "$KUBEFENCE_CONFIG:6"
  assert_has "stderr" "pigeon" "$ERR"
}

@test "no default_profile" {
  sed -i '/default_profile/d' "$KUBEFENCE_CONFIG"
  config_refused "default_profile"
}

@test "a default_profile that is not a profile name" {
  sed -i 's|^default_profile.*|default_profile = ../x|' "$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG:3"
}

@test "no runtime_classes" {
  sed -i '/runtime_classes/d' "$KUBEFENCE_CONFIG"
  config_refused "runtime_classes"
}

@test "a nono_bin_path that is not absolute" {
  sed -i 's|^nono_bin_path.*|nono_bin_path = nono-nri/nono|' "$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG:4"
}

@test "the configuration belongs to another user" {
  chown 1000 "$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG"
}

@test "the configuration can be written by its group" {
  chmod 664 "$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG"
}

@test "the configuration can be written by all" {
  chmod 646 "$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG"
}

@test "the configuration is a directory" {
  rm "$KUBEFENCE_CONFIG"
  mkdir "$KUBEFENCE_CONFIG"
  config_refused "$KUBEFENCE_CONFIG"
}

# --- the state and the command line ------------------------------------------------------------------------------

@test "text that is not a state" {
  local state good

  cat "$T/wrapped.json" >"$B/config.json"
  start_victim
  good=$(state_json creating "$VICTIM")
  for state in '' '{' '[]' 'null' '{}' "${good%?}" "$good x" \
    "$(jq -c 'del(.id)' <<<"$good")" "$(jq -c '.id = 7' <<<"$good")" \
    "$(jq -c '.id = "../../etc"' <<<"$good")" "$(jq -c '.id = ".."' <<<"$good")" \
    "$(jq -c '.id = ""' <<<"$good")" "$(jq -c '.id = "a\nb"' <<<"$good")" \
    "$(jq -c 'del(.bundle)' <<<"$good")" "$(jq -c '.bundle = "bundle"' <<<"$good")" \
    "$(jq -c 'del(.pid)' <<<"$good")" "$(jq -c '.pid = 0' <<<"$good")" "$(jq -c '.pid = -1' <<<"$good")" \
    "$(jq -c '.pid = "1"' <<<"$good")" "$(jq -c '.pid = 99999999999' <<<"$good")"; do
    echo "state: $state"
    run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime <<<"$state"
    assert_eq "exit status" 11 "$STATUS"
    assert_eq "lines on stderr" 1 "$(wc -l <"$T/err")"
    assert_eq "mounts in the container" "" "$(victim_mounts)"
    assert_no_trace_but_victim
  done
}

@test "a bundle that is not there" {
  start_victim
  run_hook --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" create-runtime \
    < <(state_json creating "$VICTIM" | jq '.bundle = "/nowhere"')
  assert_eq "exit status" 12 "$STATUS"
  assert_has "stderr" "/nowhere" "$ERR"
}

@test "wrong command lines" {
  local args

  for args in '' 'create' 'create-runtime poststop' '--config' '--nonsense create-runtime' '--runtime-class'; do
    echo "arguments: $args"
    # shellcheck disable=SC2086 # words are wanted
    run_hook $args </dev/null
    assert_eq "exit status" 2 "$STATUS"
    assert_eq "stdout" "" "$OUT"
  done
}
