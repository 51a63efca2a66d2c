#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# The Helm chart and the manifests in deploy/: helm's verdict on them, and kubefence's on the configuration.

bats_require_minimum_version 1.5.0
load kubernetes

setup_file() { kubernetes_setup_file; }

refused() { # TEXT HELM-ARGUMENTS...
  local text=$1

  shift
  run -1 "$HELM" template kubefence "$CHART" "$@"
  [[ $output == *"$text"* ]] || { echo "$output" && return 1; }
}

# The entry about a container that opts in.
read_by_kubefence() { # FILE
  chmod 644 "$1"
  "${KF_BUILD:-$TOP/build}/kubefence-hook" --config "$1" precreate 2>&1 \
    <<<'{"annotations": {"nono.sh/runtime-class": "nono-runc"}}' || true
}

@test "helm lint has nothing to say" {
  run -0 "$HELM" lint --strict "$CHART"
  [[ $output != *WARNING* && $output != *ERROR* ]]
}

@test "by default: a DaemonSet, its configuration, and one RuntimeClass" {
  [[ $(objects | jq -r '.kind + " " + .metadata.name' | sort | paste -sd,) == \
    "ConfigMap kubefence,DaemonSet kubefence,RuntimeClass nono-runc" ]]
  [[ $(objects | jq -r 'select(.kind == "RuntimeClass") | .handler') == nono-runc ]]
  objects | jq -e 'select(.kind == "RuntimeClass") | has("scheduling") | not'
}

@test "a class of one's own: a section, a handler and a RuntimeClass" {
  local conf=$BATS_TEST_TMPDIR/conf

  printf 'classes:\n  nono-agents: |\n    exec = deny\n    default_profile = claude-code\n' >"$BATS_TEST_TMPDIR/values.yaml"
  [[ $(objects --values "$BATS_TEST_TMPDIR/values.yaml" | jq -r 'select(.kind == "RuntimeClass") | .metadata.name + " " + .handler' |
    sort | paste -sd,) == "nono-agents nono-agents,nono-runc nono-runc" ]]
  cluster_conf --values "$BATS_TEST_TMPDIR/values.yaml" >"$conf"
  grep -A 2 -Fx '[class nono-agents]' "$conf" | tail -n 2 | paste -sd, | grep -qx 'exec = deny,default_profile = claude-code'
  [[ $(sed -n '/^runtime_classes/,/^default/p' "$conf" | xargs) == \
    "runtime_classes = nono-runc kata-nono-sandbox nono-agents default_profile = default" ]]
  [[ -z $(read_by_kubefence "$conf" | grep -F 'unknown') ]]
  refused "Bad_name" --set classes.Bad_name=x
}

@test "the DaemonSet talks to no API server and runs on every Linux node" {
  daemonset | jq -e '.metadata.namespace == "kube-system" and .spec.template.metadata.labels["app.kubernetes.io/name"] == "kubefence"'
  daemonset | jq -e '.spec.template.spec | .automountServiceAccountToken == false and (has("serviceAccountName") | not) and
    .nodeSelector == {"kubernetes.io/os": "linux"} and .tolerations == [{"operator": "Exists"}]'
  daemonset | jq -e '.spec.selector.matchLabels as $want | .spec.template.metadata.labels | contains($want)'
}

@test "the containers that stay are not privileged and cannot write to the node" {
  daemonset | jq -e '.spec.template.spec.containers | length == 2 and all(.securityContext.allowPrivilegeEscalation == false and
    .securityContext.readOnlyRootFilesystem and .securityContext.capabilities.drop == ["ALL"] and
    (.volumeMounts | all(.readOnly or .name == "run")))'
}

@test "the logs container has the node's journal and nothing else of the node" {
  local logs='.spec.template.spec | (.volumes | map({key: .name, value: (.hostPath.path // "none")}) | from_entries) as $paths
    | .containers[] | select(.name == "logs")'

  daemonset --kube-version 1.33 | jq -e "$logs"' | .securityContext.capabilities == {drop: ["ALL"]} and (.volumeMounts | length == 1) and
    .volumeMounts[0].readOnly and .volumeMounts[0].recursiveReadOnly == "IfPossible" and
    $paths[.volumeMounts[0].name] == "/var/lib/kubefence/node-setup/journal"'
  # An API server that does not know the field would refuse the object.
  daemonset --kube-version 1.30 | jq -e "$logs"' | .volumeMounts[0] | has("recursiveReadOnly") | not'
  daemonset --set nodeSetup.enabled=false | jq -e "$logs"' | $paths[.volumeMounts[0].name] == "/var/log/journal"'
  daemonset --set journalDirectory=/srv/journal | jq -e "$logs"' | $paths[.volumeMounts[0].name] == "/srv/journal"'
  refused "journalDirectory" --set journalDirectory=srv
}

@test "the check container sees the node's files, and in /run no socket but journald's" {
  daemonset | jq -e '.spec.template.spec | (.volumes | map({key: .name, value: (.hostPath.path // "none")}) | from_entries) as $paths
    | .containers[] | select(.name == "check") | .securityContext.capabilities == {drop: ["ALL"], add: ["SYS_CHROOT"]} and
    (.volumeMounts | map(.mountPath + " " + $paths[.name])) == ["/host /", "/host/run none", "/host/run/kubefence /run/kubefence",
      "/host/run/systemd/journal /run/systemd/journal"]'
}

@test "while kubefence is taken off a node, nothing stays mounted of it" {
  daemonset --set nodeSetup.action=uninstall | jq -e '.spec.template.spec | (.containers | length == 1) and
    (.containers[0] | .command == ["sleep", "infinity"] and (has("volumeMounts") | not)) and (.volumes | map(.name) | sort) == ["config", "host"]'
}

@test "the sample that requires the class leaves updates of old pods alone" {
  local sample=$TOP/deploy/admission/require-runtimeclass.yaml

  grep -qx ' *operations: \[CREATE\]' "$sample"
  (($(grep -c 'operations:' "$sample") == 1))
}

@test "a node selector is also the RuntimeClasses'" {
  objects --set nodeSelector.sandbox=yes --set runtimeClasses.kataNono.enabled=true |
    jq -es 'map(select(.kind == "RuntimeClass")) | length == 2 and all(.scheduling.nodeSelector == {sandbox: "yes"})'
}

@test "Kata's class has the overhead of a virtual machine, or none" {
  objects --set runtimeClasses.kataNono.enabled=true |
    jq -e 'select(.metadata.name == "kata-nono-sandbox") | .handler == "kata-nono-sandbox" and .overhead.podFixed.memory == "160Mi"'
  objects --set runtimeClasses.kataNono.enabled=true --set runtimeClasses.kataNono.overhead=null |
    jq -e 'select(.metadata.name == "kata-nono-sandbox") | has("overhead") | not'
}

@test "values reach node-setup.sh as options it has" {
  local options

  options=$(daemonset --set kata.shim=/k/shim --set kata.configFile=/k/conf --set 'nodeSetup.engines={crio,podman}' \
    --set nodeSetup.containerdConfigPath=/opt/acme/config.toml --set nodeSetup.scope=annotated \
    --set config.nonoBinPath=/srv/nono/nono |
    jq -r '.spec.template.spec.initContainers[0].command | join(" ")')
  [[ $options == */node-setup.sh\ install\ --host\ /host\ --prefix\ /opt/kubefence\ --config\ /etc/kubefence-cluster/60-cluster.conf\ --nono\ no\ --\ * ]]
  [[ $options == *" -- --engine crio --engine podman --restart --containerd-config /opt/acme/config.toml --scope annotated --kata /k/shim --kata-config /k/conf" ]]
  options=$(daemonset --set nodeSetup.restartEngine=false --set kata.enabled=false |
    jq -r '.spec.template.spec.initContainers[0].command | join(" ")')
  [[ $options == *" -- --scope all --kata no" ]]
  options=$(daemonset --set nodeSetup.action=uninstall | jq -r '.spec.template.spec.initContainers[0].command | join(" ")')
  [[ $options == */node-setup.sh\ uninstall\ --host\ /host\ --\ --restart ]]
  daemonset --set nodeSetup.enabled=false | jq -e '.spec.template.spec | has("initContainers") | not'
}

@test "the programs' prefix reaches node-setup.sh and the readiness probe" {
  local check='.spec.template.spec.containers[] | select(.name == "check") | .readinessProbe.exec.command[2]'

  [[ $(daemonset | jq -r "$check") == /opt/kubefence/bin/kubefence ]]
  daemonset --set nodeSetup.prefix=/home/kubernetes/bin/kubefence |
    jq -e '.spec.template.spec.initContainers[0].command | .[index("--prefix") + 1] == "/home/kubernetes/bin/kubefence"'
  [[ $(daemonset --set nodeSetup.prefix=/srv/kf | jq -r "$check") == /srv/kf/bin/kubefence ]]
  [[ $(daemonset --set nodeSetup.enabled=false | jq -r "$check") == /usr/bin/kubefence ]]
  refused "prefix" --set nodeSetup.prefix='/opt/a b'
  refused "prefix" --set nodeSetup.prefix=relative
}

@test "the configuration is one that kubefence reads" {
  cluster_conf --set config.seccompProfile=restricted --set config.invalidProfile=deny \
    --set 'config.provisionerDirs={/data/pv,/srv/pv}' --set 'config.harmlessCsiDrivers={image.csi.example.com}' \
    --set-string 'config.extra=[class nono-runc]
exec = deny' >"$BATS_TEST_TMPDIR/good.conf"
  grep -qx 'seccomp_profile = restricted' "$BATS_TEST_TMPDIR/good.conf"
  [[ $(grep -A 2 '^provisioner_dirs =' "$BATS_TEST_TMPDIR/good.conf" | xargs) == "provisioner_dirs = /data/pv /srv/pv" ]]
  [[ $(grep -A 1 '^harmless_csi_drivers =' "$BATS_TEST_TMPDIR/good.conf" | xargs) == \
    "harmless_csi_drivers = image.csi.example.com" ]]
  run read_by_kubefence "$BATS_TEST_TMPDIR/good.conf"
  echo "$output"
  [[ -n $output && $output != *"good.conf"* ]]
  cluster_conf --set-string 'config.extra=[class nono-runc]
exce = deny' >"$BATS_TEST_TMPDIR/bad.conf"
  [[ $(read_by_kubefence "$BATS_TEST_TMPDIR/bad.conf") == *"bad.conf"*exce* ]]
}

@test "a new configuration is a new rollout" {
  [[ $(daemonset | jq -r '.spec.template.metadata.annotations["kubefence/config"]') != \
    $(daemonset --set config.defaultProfile=codex | jq -r '.spec.template.metadata.annotations["kubefence/config"]') ]]
}

@test "values of the wrong kind are refused" {
  refused "defaultProfile" --set config.defaultProfile=../etc
  refused "runtimeClasses" --set 'config.runtimeClasses={}'
  refused "runtimeClasses" --set 'config.runtimeClasses={a b}'
  refused "nonoBinPath" --set config.nonoBinPath=opt/nono
  refused "nonoBinPath" --set-string 'config.nonoBinPath=/opt/nono
state_dir = /tmp'
  refused "seccompProfile" --set config.seccompProfile=none
  refused "provisionerDirs" --set 'config.provisionerDirs={data/pv}'
  refused "provisionerDirs" --set 'config.provisionerDirs={/}'
  refused "harmlessCsiDrivers" --set 'config.harmlessCsiDrivers={a b}'
  refused "additional properties 'confg'" --set confg.defaultProfile=default
  refused "action" --set nodeSetup.action=remove
  refused "engines" --set 'nodeSetup.engines={rkt}'
  refused "containerdConfigPath" --set nodeSetup.containerdConfigPath=opt/config.toml
  refused "repository" --set 'image.repository=a b'
}

# helm shows the notes only to those who have a cluster.
notes() { # HELM-ARGUMENTS...
  cp -r "$CHART" "$BATS_TEST_TMPDIR/chart"
  { echo '{{ define "notes" -}}' && cat "$CHART/templates/NOTES.txt" && echo '{{- end }}'; } >"$BATS_TEST_TMPDIR/chart/templates/_notes.tpl"
  printf 'notes: |\n  {{- include "notes" . | nindent 2 }}\n' >"$BATS_TEST_TMPDIR/chart/templates/notes.yaml"
  "$HELM" template kubefence "$BATS_TEST_TMPDIR/chart" --namespace kube-system --show-only templates/notes.yaml "$@"
  rm -r "$BATS_TEST_TMPDIR/chart"
}

@test "the notes say how to see and how to remove" {
  run -0 notes
  [[ $output == *"runtimeClassName: nono-runc"*"helm upgrade -n kube-system kubefence"*"nodeSetup.action=uninstall"* ]]
  [[ $output != *"kata-nono-sandbox"* ]]
  run -0 notes --set nodeSetup.action=uninstall
  [[ $output == *"helm uninstall -n kube-system kubefence"* ]]
}

# A pod with the DaemonSet's labels would be adopted by it.
@test "helm test: a pod of the class, and not the DaemonSet's" {
  local pod

  pod=$("$HELM" template kubefence "$CHART" --namespace kube-system --show-only templates/tests/sandbox.yaml | yaml_lines)
  jq -e '.metadata.annotations["helm.sh/hook"] == "test" and .spec.runtimeClassName == "nono-runc" and
    .metadata.namespace == "kube-system"' <<<"$pod"
  daemonset | jq -e --argjson labels "$(jq .metadata.labels <<<"$pod")" '.spec.selector.matchLabels | to_entries |
    all(.value == $labels[.key]) | not'
  run -1 "$HELM" template kubefence "$CHART" --show-only templates/tests/sandbox.yaml --set nodeSetup.action=uninstall
}

@test "plain manifests are the chart's output" {
  run -0 make -C "$TOP" -s manifests HELM="$HELM" BUILD="$BATS_TEST_TMPDIR"
  [[ $(yaml_lines <"$BATS_TEST_TMPDIR/kubefence.yaml") == "$(objects)" ]]
}

@test "the test pod opts in and has the names that verify.sh looks for" {
  yaml_lines <"$TOP/deploy/test-pod.yaml" | jq -e '.metadata.name == "nono-test" and .spec.runtimeClassName == "nono-runc" and
    .metadata.annotations["nono.sh/profile"] == "default" and .spec.containers[0].command == ["sleep", "infinity"]'
}
