#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# tmpfs: no (whole distributions and images would be in memory)
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# A Kubernetes cluster of real parts (API server, controllers, scheduler, kubelet, etcd, containerd 2, runc) of one node:
# the chart is applied, and then people's pods. With the real nono. The tests stand in their order.

bats_require_minimum_version 1.5.0
load helpers
load kubernetes
load ../kubernetes/machine

# Sets MISSING where the tool cannot be had. (A skip in setup_file is a failure for bats 1.8.)
need() { # VARIABLE TOOL
  local path

  path=$("$TOP/scripts/get-test-tool.sh" "$2" 2>"$BATS_FILE_TMPDIR/tool.err") || {
    MISSING="$2: $(tail -n 1 "$BATS_FILE_TMPDIR/tool.err")"
    return
  }
  printf -v "$1" '%s' "$path"
}

setup_file() {
  local node control_plane containerd runc

  export MISSING=
  kubernetes_setup_file
  need control_plane control-plane
  need containerd containerd
  need runc runc-seccomp
  [[ -z $MISSING ]] || return 0
  node_image
  node=$("$TOP/tests/rootfs.sh" cluster libseccomp2 systemd iproute2 containernetworking-plugins openssl)
  images
  machine_start "$BATS_FILE_TMPDIR/machine" "$TOP" "$control_plane" "$containerd" "$runc" "$node"
  export MACHINE MACHINE_OUTER MACHINE_ROOT
}

teardown_file() {
  [[ -z ${MACHINE_OUTER:-} ]] || machine_stop
}

setup() { [[ -z $MISSING ]] || skip "$MISSING"; }

# For the machine: kubefence's; busybox for pods, under the name the test pod has; and the pause container's.
images() {
  local dir=$BATS_FILE_TMPDIR

  mkdir -p "$dir/machine/images" "$dir"/busybox/{bin,tmp,proc,etc,root,var/run}
  cp /bin/busybox "$dir/busybox/bin/"
  for name in sh cat ls touch sleep id grep; do ln -s busybox "$dir/busybox/bin/$name"; done
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$dir/busybox/etc/passwd"
  printf 'root:x:0:\n' >"$dir/busybox/etc/group"
  tar -C "$dir/busybox" --owner 0 --group 0 -c . >"$dir/busybox.tar"
  {
    podman import "$dir/busybox.tar" docker.io/library/busybox:1.37
    podman import --change 'ENTRYPOINT ["/bin/sleep", "infinity"]' "$dir/busybox.tar" localhost/pause:1
    podman save --multi-image-archive --output "$dir/machine/images/all.tar" localhost/kubefence:0.1.0 \
      docker.io/library/busybox:1.37 localhost/pause:1
  } >>"$dir/import" 2>&1
  remove_images
}

kubectl() { machine_run kubectl "$@"; }

apply() { # FILE-IN-THE-MACHINE, or - for standard input
  kubectl apply -f "$1"
}

apply_chart() { # HELM-ARGUMENTS...
  "$HELM" template kubefence "$CHART" --namespace kube-system --skip-tests --api-versions node.k8s.io/v1 "$@" |
    apply -
  kubectl rollout status -n kube-system daemonset/kubefence --timeout=120s || {
    kubectl describe pods -n kube-system
    kubectl logs -n kube-system daemonset/kubefence -c node-setup
    return 1
  }
}

# A pod of a class with busybox; JQ changes it.
pod() { # NAME CLASS COMMAND [JQ]
  jq -n --arg name "$1" --arg class "$2" --arg command "$3" '{apiVersion: "v1", kind: "Pod", metadata: {name: $name},
    spec: {restartPolicy: "Never", terminationGracePeriodSeconds: 1, containers: [{name: "main",
      image: "docker.io/library/busybox:1.37", command: ["/bin/sh", "-c", $command]}]}} |
    if $class != "" then .spec.runtimeClassName = $class else . end | '"${4:-.}" | apply -
}

ended() { # NAME
  kubectl wait --for=jsonpath='{.status.phase}'=Succeeded "pod/$1" --timeout=60s || { kubectl describe "pod/$1" && return 1; }
}

@test "one apply: the DaemonSet makes the node able, and is ready" {
  run ! machine_run test -e /opt/kubefence
  apply_chart
  [[ $(machine_run cat /var/log/systemctl) == "restart containerd" ]]
  kubectl get runtimeclass nono-runc
  kubectl get pods -n kube-system -l app.kubernetes.io/name=kubefence
}

@test "the user's verification, word for word" {
  run machine_run /src/tests/kubernetes/verify.sh
  echo "$output"
  ((status == 0))
}

@test "the pod's service account token cannot be read in the sandbox, and can without" {
  # One stream: the order of what comes through two is containerd's.
  local read='exec 2>&1; cat /var/run/secrets/kubernetes.io/serviceaccount/token >/dev/null && echo read || echo denied'

  pod token-nono nono-runc "$read"
  pod token-plain '' "$read"
  ended token-nono
  ended token-plain
  [[ $(kubectl logs token-plain) == read ]]
  run kubectl logs token-nono
  echo "$output"
  # The policy hides it.
  [[ $output == *"No such file"*denied ]]
}

@test "the pod of helm test is sandboxed" {
  "$HELM" template kubefence "$CHART" --namespace kube-system --show-only templates/tests/sandbox.yaml | apply -
  kubectl wait -n kube-system --for=jsonpath='{.status.phase}'=Succeeded pod/kubefence-test --timeout=60s ||
    { kubectl describe -n kube-system pod/kubefence-test && return 1; }
  [[ $(kubectl logs -n kube-system kubefence-test) == "this container is sandboxed" ]]
  kubectl delete -n kube-system pod kubefence-test
}

# shellcheck disable=SC2016 # for the container's shell
# What the container can do with each mount in /v: "NAME:" and r, w.
TRY_MOUNTS='for p in empty memory config conf down data part secret key projected token host; do r= w=
  { echo data >/v/$p/written && w=w; } 2>/dev/null
  [ -z "$(cat /v/$p /v/$p/* 2>/dev/null)" ] || r=r
  echo $p:$r$w; done'

# A pod with a mount of every kind of volume that the kubelet makes by itself.
pod_with_volumes() { # NAME CLASS [JQ]
  pod "$1" "$2" "$TRY_MOUNTS" '.spec.volumes = [
      {name: "empty", emptyDir: {}}, {name: "memory", emptyDir: {medium: "Memory"}},
      {name: "config", configMap: {name: "settings"}}, {name: "secret", secret: {secretName: "credentials"}},
      {name: "down", downwardAPI: {items: [{path: "name", fieldRef: {fieldPath: "metadata.name"}}]}},
      {name: "projected", projected: {sources: [{configMap: {name: "settings"}}, {secret: {name: "credentials"}}]}},
      {name: "token", projected: {sources: [{serviceAccountToken: {path: "token"}}]}},
      {name: "host", hostPath: {path: "/srv/of-the-node"}}, {name: "data", persistentVolumeClaim: {claimName: "data"}}] |
    .spec.containers[0].volumeMounts = [["empty", "memory", "config", "secret", "down", "projected", "token", "host",
        "data"][] | {name: ., mountPath: "/v/\(.)"}] +
      [{name: "config", mountPath: "/v/conf", subPath: "setting"}, {name: "secret", mountPath: "/v/key", subPath: "key"},
       {name: "data", mountPath: "/v/part", subPath: "part"}]'"${3:+ | $3}"
}

@test "a volume of each kind: written, read or hidden" {
  local seen shared=$'empty:rw\nmemory:rw\nconfig:r\nconf:r\ndown:r\ndata:rw\npart:rw'

  kubectl create configmap settings --from-literal=setting=on
  kubectl create secret generic credentials --from-literal=key=secret
  machine_run mkdir -p /srv/of-the-node /opt/local-path-provisioner/pvc-1_default_data
  machine_run sh -c 'echo host >/srv/of-the-node/file'
  jq -n '{apiVersion: "v1", kind: "PersistentVolume", metadata: {name: "pvc-1"}, spec: {capacity: {storage: "1Mi"},
    accessModes: ["ReadWriteOnce"], storageClassName: "", claimRef: {name: "data", namespace: "default"},
    hostPath: {path: "/opt/local-path-provisioner/pvc-1_default_data"}}}' | apply -
  jq -n '{apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: {name: "data"}, spec: {accessModes: ["ReadWriteOnce"],
    storageClassName: "", volumeName: "pvc-1", resources: {requests: {storage: "1Mi"}}}}' | apply -
  pod_with_volumes volumes-plain ''
  ended volumes-plain
  seen=$(kubectl logs volumes-plain)
  # Without kubefence all of it is read.
  [[ $seen == *secret:r*key:r*projected:r*token:r*host:rw* ]] || { echo "$seen" && return 1; }
  pod_with_volumes volumes-nono nono-runc
  ended volumes-nono
  assert_eq "in the sandbox" "$shared"$'\nsecret:\nkey:\nprojected:\ntoken:\nhost:' "$(kubectl logs volumes-nono)"
  pod_with_volumes volumes-allowed nono-runc '.metadata.annotations = {"nono.sh/allow": "/v/secret, /v/key"}'
  ended volumes-allowed
  assert_eq "with nono.sh/allow" "$shared"$'\nsecret:r\nkey:r\nprojected:\ntoken:\nhost:' "$(kubectl logs volumes-allowed)"
}

@test "a pod under the restricted Pod Security Standard is sandboxed" {
  pod restricted nono-runc 'id -u; cat /etc/passwd >/dev/null && echo fine' '.spec.containers[0].securityContext =
    {runAsNonRoot: true, runAsUser: 1000, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true,
     capabilities: {drop: ["ALL"]}, seccompProfile: {type: "RuntimeDefault"}} |
    .spec.volumes = [{name: "tmp", emptyDir: {}}] |
    .spec.containers[0].volumeMounts = [{name: "tmp", mountPath: "/tmp"}] |
    .spec.containers[0].env = [{name: "HOME", value: "/home/agent"}]'
  ended restricted
  [[ $(kubectl logs restricted | head -n 1) == 1000 ]]
  machine_run /opt/kubefence/bin/kubefence logs --pod restricted -o json | jq -se 'any(.container == "main" and .msg == "injected")'
}

@test "a pod without a seccomp filter is sandboxed" {
  pod unconfined nono-runc 'grep Seccomp: /proc/self/status; cat /var/run/secrets/kubernetes.io/serviceaccount/token; exit 0' \
    '.spec.securityContext = {seccompProfile: {type: "Unconfined"}}'
  ended unconfined
  run kubectl logs unconfined
  [[ $output == *"No such file"* ]]
}

@test "a pod in a user namespace of its own (hostUsers: false) is sandboxed" {
  pod userns nono-runc 'exec 2>&1; cat /proc/self/uid_map; cat /var/run/secrets/kubernetes.io/serviceaccount/token; exit 0' \
    '.spec.hostUsers = false'
  ended userns
  run kubectl logs userns
  echo "$output"
  [[ $output == *"65536"*"No such file"* ]]
}

@test "init containers, probes and exec are sandboxed too" {
  pod probed nono-runc 'sleep infinity' '.spec.initContainers = [.spec.containers[0] | .name = "init" |
      .command = ["/bin/sh", "-c", "cat /var/run/secrets/kubernetes.io/serviceaccount/token || exit 0; exit 1"]] |
    .spec.containers[0].readinessProbe = {exec: {command: ["/bin/sh", "-c",
      "! cat /var/run/secrets/kubernetes.io/serviceaccount/token"]}, periodSeconds: 1}'
  kubectl wait --for=condition=ready pod/probed --timeout=60s || { kubectl describe pod/probed && return 1; }
  run ! kubectl exec probed -- cat /var/run/secrets/kubernetes.io/serviceaccount/token
  [[ $output == *"No such file"* ]]
  kubectl delete pod probed
}

debugger_runs() {
  [[ -n $(kubectl get pod debugged -o 'jsonpath={.status.ephemeralContainerStatuses[0].state.running}') ]]
}

@test "an ephemeral container (kubectl debug) is of the pod's class" {
  pod debugged nono-runc 'sleep infinity'
  kubectl wait --for=condition=ready pod/debugged --timeout=60s
  kubectl debug debugged --image docker.io/library/busybox:1.37 --container debugger -- /bin/sleep 30
  eventually debugger_runs
  [[ $(machine_run /opt/kubefence/bin/kubefence logs --pod debugged -o json | jq -r 'select(.container == "debugger") | .msg') == injected ]]
  kubectl delete pod debugged
}

events_say() { # POD TEXT
  kubectl get events --field-selector "involvedObject.name=$1" -o 'jsonpath={.items[*].message}' | grep -F "$2"
}

@test "a profile that is not on the node: the pod does not start, and its events say why" {
  pod nowhere nono-runc 'echo started' '.metadata.annotations = {"nono.sh/profile": "nowhere"}'
  eventually events_say nowhere "profile nowhere is not installed"
  [[ $(kubectl logs nowhere 2>&1) != *started* ]]
  kubectl delete pod nowhere
}

@test "a pod of no class is left alone" {
  pod plain '' 'cat /proc/1/cmdline; ls -d /nono 2>&1'
  kubectl wait --for=jsonpath='{.status.phase}'=Failed pod/plain --timeout=60s
  [[ $(kubectl logs plain | tr '\0' ' ') == *"No such file"* ]]
}

policy_is_on() {
  ! in_agents first '' '.' || { kubectl delete pod -n agents first --force --grace-period=0 && false; }
}

@test "the admission samples: profiles pinned per namespace, the class required" {
  apply /src/deploy/admission/pin-profiles.yaml
  apply /src/deploy/admission/require-runtimeclass.yaml
  kubectl create namespace agents
  kubectl label namespace agents nono.sh/profile=codex nono.sh/sandbox=required
  # Policies take effect a moment after they are there.
  eventually policy_is_on
  run ! in_agents none ''  '.'
  [[ $output == *"must be sandboxed"* ]]
  run ! in_agents other nono-runc '.metadata.annotations = {"nono.sh/profile": "default"}'
  [[ $output == *"has the profile codex"* ]]
  run ! in_agents unsaid nono-runc '.'
  [[ $output == *"has the profile codex"* ]]
  # What is annotated for one container goes before what the pod has.
  run ! in_agents around nono-runc '.metadata.annotations = {"nono.sh/profile": "codex", "profile.nono.sh/main": "default"}'
  [[ $output == *"remove the annotation profile.nono.sh/main"* ]]
  in_agents right nono-runc '.metadata.annotations = {"nono.sh/profile": "codex"}'
  run ! kubectl annotate pod -n agents right profile.nono.sh/main=default
  [[ $output == *"remove the annotation profile.nono.sh/main"* ]]
  kubectl annotate pod -n agents right profile.nono.sh/main=codex
  kubectl delete namespace agents
}

has_a_default() { # POD
  kubectl delete pod "$1" --ignore-not-found --force --grace-period=0
  pod "$1" '' 'exit 0' '.metadata.namespace = "default"'
  [[ $(kubectl get pod "$1" -o 'jsonpath={.spec.runtimeClassName} {.metadata.annotations.nono\.sh/profile}') == "nono-runc default" ]]
}

@test "the admission sample of a default: the class and the profile of the namespace, unless the pod has its own" {
  kubectl delete --ignore-not-found -f - <"$TOP/deploy/admission/pin-profiles.yaml"
  apply /src/deploy/admission/default-runtimeclass.yaml
  kubectl label namespace default nono.sh/sandbox=default nono.sh/profile=default
  eventually has_a_default defaulted
  ended defaulted
  pod chosen nono-runc 'exit 0' '.metadata.annotations = {"nono.sh/profile": "codex"}'
  [[ $(kubectl get pod chosen -o 'jsonpath={.metadata.annotations.nono\.sh/profile}') == codex ]]
  kubectl label namespace default nono.sh/sandbox- nono.sh/profile-
  kubectl delete -f - <"$TOP/deploy/admission/default-runtimeclass.yaml"
}

@test "the samples of agents: the API server takes them, and nothing in them is unknown to it" {
  local crds

  crds=$("$TOP/scripts/get-test-tool.sh" agent-sandbox 2>"$BATS_TEST_TMPDIR/err") || skip "$(tail -n 1 "$BATS_TEST_TMPDIR/err")"
  kubectl create -f - <"$crds/extensions.agents.x-k8s.io_sandboxtemplates.yaml"
  # Without any condition yet, it is an error and no wait.
  eventually kubectl wait --for=condition=Established crd/sandboxtemplates.extensions.agents.x-k8s.io --timeout=60s
  is_valid <"$TOP/deploy/samples/agent-sandbox.yaml"
  is_valid <"$TOP/deploy/samples/agent-deployment.yaml"
  run ! is_valid < <(sed 's/runtimeClassName/runtimeClass/' "$TOP/deploy/samples/agent-sandbox.yaml")
  [[ $output == *runtimeClass* ]]
}

@test "the manifests of GUIDE.md and README.md: the API server takes them" {
  local block page count=0

  for page in GUIDE.md README.md; do
    awk -v dir="$BATS_TEST_TMPDIR" -v page="$page" '/^```yaml$/ { inside = 1; file = dir "/" page "." ++n } /^```$/ { inside = 0 }
      inside && !/^```/ { print >file }' "$TOP/$page"
  done
  for block in "$BATS_TEST_TMPDIR"/*.md.*; do
    grep -q ^apiVersion: "$block" || continue # of Compose
    is_valid <"$block"
    count=$((count + 1))
  done
  ((count >= 4))
}

is_valid() { kubectl create --dry-run=server --validate=strict -f -; }

in_agents() { # NAME CLASS JQ
  pod "$1" "$2" 'sleep infinity' "$3 | .metadata.namespace = \"agents\""
}

no_records() { [[ -z $(machine_run /opt/kubefence/bin/kubefence list --quiet) ]]; }

@test "uninstalled, nothing of it is left on the node" {
  kubectl delete pods --all --force --grace-period=0
  eventually no_records
  apply_chart --set nodeSetup.action=uninstall
  run ! machine_run test -e /opt/kubefence
  run ! machine_run test -e /opt/nono-nri
  run ! machine_run grep -r nono-runc /etc/containerd
  pod after '' 'echo fine'
  ended after
}
