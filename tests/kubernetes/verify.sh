#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A user's check that a cluster's nodes sandbox pods, step by step, with kubectl; fails at the first wrong result.
# Usage: tests/kubernetes/verify.sh [NAMESPACE-OF-KUBEFENCE]
set -euo pipefail
cd "$(dirname "$0")/../.."

namespace=${1:-kube-system}

die() {
  printf 'verify.sh: %s\n' "$*" >&2
  exit 1
}

step() { printf '\n# %s\n' "$*"; }

# The pod's node writes the lines; kubectl may ask before they are there.
decision() { # MESSAGE
  local i line=

  for ((i = 0; i < 20; i++)); do
    line=$(kubectl logs -n "$namespace" -l app.kubernetes.io/name=kubefence -c logs --tail=-1 |
      grep nono-test | grep -F "\"msg\":\"$1\"" | tail -n 1) && break
    sleep 0.5
  done
  [[ -n $line ]] || die "no line with nono-test and $1 in the logs of kubefence"
  printf '%s\n' "$line"
  shift
  for part in "$@"; do
    [[ $line == *"$part"* ]] || die "the line has no $part"
  done
}

step "the pod becomes ready"
kubectl apply -f deploy/test-pod.yaml
kubectl wait --for=condition=ready pod/nono-test --timeout=60s
node=$(kubectl get pod nono-test -o 'jsonpath={.spec.nodeName}')
agent=$(kubectl get pods -n "$namespace" -l app.kubernetes.io/name=kubefence --field-selector "spec.nodeName=$node" -o name)
program=$(kubectl get -n "$namespace" "$agent" \
  -o 'jsonpath={.spec.containers[?(@.name=="check")].readinessProbe.exec.command[2]}')

# nono puts the path it found the command at into argv[0].
step "nono has become the pod's own command"
kubectl exec nono-test -- cat /proc/1/cmdline | tr '\0' ' ' | tee /dev/stderr | grep -qxE '(/[^ ]*/)?sleep infinity ' ||
  die "PID 1 is not 'sleep infinity'"

step "nono is there, root's, and executable"
kubectl exec nono-test -- ls -la /nono/nono | tee /dev/stderr | grep -qE '^-rwxr-xr-x +1 root +root ' || die "not so"

step "and no process in the pod can change it"
! kubectl exec nono-test -- touch /nono/nono || die "/nono can be written"

step "the decision is in the logs"
decision injected '"decision":"inject"' '"pod":"nono-test"' '"profile":"default"' '"runtime_handler":"nono-runc"'

step "the node has a record of it"
kubectl exec -n "$namespace" "$agent" -c check -- chroot /host "$program" list -o wide | tee /dev/stderr | grep -q nono-test || die "no record"

step "the pod goes, and the record with it"
kubectl delete pod nono-test
decision container-removed '"pod":"nono-test"'
! kubectl exec -n "$namespace" "$agent" -c check -- chroot /host "$program" list -o wide | grep nono-test || die "the record is still there"

printf '\nall is as it should be\n'
