#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: yes
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# A pod writes its annotations. They may opt in; they may not opt out of a class that the node imposes, steer the
# runtime around the sandbox, or name a path.

load hostile

setup() {
  hostile_setup
  cp "$B/config.json" "$T/plain.json"
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

annotations() { # KEY VALUE...
  cat "$T/plain.json" >"$B/config.json"
  while (($# > 0)); do
    annotate "$1" "$2"
    shift 2
  done
}

# Annotations on which crun and runc act: other programs in place of the container's, files made as root on the host,
# another filter.
STEERING=(run.oci.hooks.stdout run.oci.hooks.stderr run.oci.handler run.oci.seccomp_bpf_data run.oci.seccomp.plugins
  run.oci.seccomp.receiver run.oci.pidfd_receiver module.wasm.image/variant org.criu.config bundle)

@test "annotations that steer the runtime" {
  local key

  row "all of them"
  annotations
  for key in "${STEERING[@]}"; do
    annotate "$key" "$T/sentinel/made-by-$key"
  done
  sandboxed
  assert_eq "annotations left" "[]" "$(jq -c '[.annotations | keys[] | select(IN($ARGS.positional[]))]' "$B/config.json" \
    --args -- "${STEERING[@]}")"
  row "a handler that runs WebAssembly in place of nono"
  annotations run.oci.handler wasm module.wasm.image/variant compat
  sandboxed
  row "a handler that runs a virtual machine"
  annotations run.oci.handler krun
  sandboxed
  row "keys that only look like these"
  annotations run.oci.hooksx 1 xrun.oci.handler 1 bundles 1
  sandboxed
  assert_eq "annotations kept" 3 "$(jq '[.annotations | keys[] | select(IN("run.oci.hooksx", "xrun.oci.handler", "bundles"))]
    | length' "$B/config.json")"
  journal_agrees
}

# Without the wrapper they do what they are for: the test above would notice.
@test "crun without kubefence writes where an annotation says" {
  [[ $KF_RUNTIME == crun ]] || skip "runc has no such annotation"
  annotations run.oci.hooks.stdout "$T/made-by-crun"
  spec '.hooks.createRuntime = [{path: "/bin/true"}]'
  run_bare
  [[ -e $T/made-by-crun ]]
}

# A class that its name imposes is only lifted by the engine's own word about this very container.
@test "annotations of a pause container" {
  row "CRI-O's"
  annotations io.kubernetes.cri-o.ContainerType sandbox
  sandboxed
  row "containerd's"
  annotations io.kubernetes.cri.container-type sandbox
  sandboxed
  row "both"
  annotations io.kubernetes.cri-o.ContainerType sandbox io.kubernetes.cri.container-type sandbox
  sandboxed
  row "with another container's id"
  annotations io.kubernetes.cri-o.ContainerType sandbox io.kubernetes.cri-o.SandboxID "$ID-other"
  sandboxed
  row "with its own id, but CRI-O calls it a container"
  annotations io.kubernetes.cri-o.ContainerType container io.kubernetes.cri.container-type sandbox \
    io.kubernetes.cri.sandbox-id "$ID"
  sandboxed
  row "in another case"
  annotations io.kubernetes.cri-o.ContainerType SANDBOX io.kubernetes.cri-o.SandboxID "$ID"
  sandboxed
  row "Podman's"
  annotations io.podman.annotations.infra TRUE io.container.manager libpod io.kubernetes.cri-o.ContainerType "sandbox "
  sandboxed
  journal_agrees
}

@test "an annotation that names another class" {
  local class

  for class in other "" runc kubefence-runtime; do
    row "class '$class'"
    annotations nono.sh/runtime-class "$class" io.kubernetes.cri-o.RuntimeHandler "$class"
    sandboxed
    assert_eq "the stamp" "$CLASS" "$(jq -r '.annotations["nono.sh/runtime-class"]' "$B/config.json")"
  done
  journal_agrees
}

# A name, never a path: any other text falls back to the default.
@test "an annotation that names a profile elsewhere" {
  local name

  mkdir -p "$B/rootfs/evil"
  echo '{"meta": {"name": "evil"}, "filesystem": {"allow": ["/secret", "/bin", "/allowed"]}}' | tee \
    "$B/rootfs/evil/evil.json" "$B/rootfs/evil.json" >"$T/evil.json"
  for name in /evil/evil.json ../evil ../../evil/evil evil/evil ./default evil.json "default " "" "$T/evil" \
    $'default\n' '$(id)' "$(printf 'a%.0s' {1..65})" '--allow'; do
    row "profile '$name'"
    annotations nono.sh/profile "$name"
    run_container
    assert_eq "stdout" "may be read" "$OUT"
    assert_has "stderr" "/secret/file': Permission denied" "$ERR"
    assert_guarded
    expect_in_journal injected profile_invalid
  done
  row "a valid name of no profile"
  annotations nono.sh/profile evil
  refused profile_refused "evil"
  journal_agrees
}

# The engine's name of the container is compared with the key, byte for byte.
@test "annotations for single containers, and names of containers that are not plain" {
  local name

  for name in app a/b .. ../app '*' '' é $'a\nb' $'\e[31m' "app'" "$(printf 'a%.0s' {1..10000})"; do
    row "the container '${name:0:30}'"
    annotations io.kubernetes.container.name "$name" nono.sh/profile default "profile.nono.sh/$name" narrow \
      "profile.nono.sh/${name}x" nowhere "profile.nono.sh/x$name" nowhere
    run_container
    assert_eq "stdout" "" "$OUT"
    assert_journal "$ID" injected NONO_PROFILE=narrow
    row "another's is not its own"
    annotations io.kubernetes.container.name "$name" "profile.nono.sh/${name}x" narrow "nono.sh/profile/x$name" narrow
    sandboxed
  done
  row "one that is not allowed is not the pod's either"
  KF_CLASS_LINE='allowed_profiles = default' kf_config
  guard
  annotations io.kubernetes.container.name app nono.sh/profile default profile.nono.sh/app narrow
  sandboxed profile_not_allowed
  assert_journal "$ID" injected NONO_PROFILE=default NONO_PROFILE_ASKED=narrow
  row "refused, with the annotation's name"
  KF_CLASS_LINE='allowed_profiles = default' kf_config 'invalid_profile = deny'
  guard
  refused profile_not_allowed "annotation profile.nono.sh/app: 'narrow' is not allowed"
  journal_agrees
}

# The text is not looked at: a class that forbids the annotation refuses the pod that has it.
@test "an annotation that asks for hidden places, in a class that forbids it" {
  local places

  KF_CLASS_LINE='allow_annotation = no' kf_config
  guard
  for places in /secret '~' serviceaccount "" " " , '/secret/*' ../secret $'/secret\nNONO_DECISION=inject' $'\e[31m' "/secret'" \
    '$(id)' "$(printf '/secret,%.0s' {1..1000})"; do
    row "allow '${places:0:30}'"
    annotations nono.sh/allow "$places"
    refused allow_refused "annotation nono.sh/allow: "
  done
  row "keys that only look like it"
  annotations nono.sh/Allow /secret nono.sh/allow/other /secret nono.sh.allow /secret allow /secret
  sandboxed
  journal_agrees
}

@test "annotations that are not strings" {
  local value

  for value in 7 null true '["x"]' '{"a": "b"}'; do
    row "profile and type are $value"
    cat "$T/plain.json" >"$B/config.json"
    spec ".annotations[\"nono.sh/profile\"] = $value | .annotations[\"io.kubernetes.cri-o.ContainerType\"] = $value"
    # The runtimes refuse such a file themselves, but null is an empty string to Go.
    if [[ $value == null && $KF_RUNTIME == runc ]]; then
      sandboxed profile_invalid
    else
      not_started
    fi
  done
  journal_agrees
}
