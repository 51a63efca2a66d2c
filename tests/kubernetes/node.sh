#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# PID 1 of a machine made of namespaces: a Kubernetes cluster of one node, of real parts (control-plane/, containerd 2,
# journald). machine.bash starts it in the root file system it has prepared. Writes /run/ready, or ends.
set -euo pipefail

ADDRESS=10.97.0.1
SECRETS=/etc/kubernetes
LOGS=/var/log/parts

say() { printf 'node: %s\n' "$*"; }

# The network for the kubelet and pods: an address that is not the loopback's, and CNI's pair of interfaces.
network() {
  ip link set lo up
  ip link add cluster0 type veth peer name cluster1
  ip address add "$ADDRESS/24" dev cluster0
  ip link set cluster0 up
  ip link set cluster1 up
  ip route add default dev cluster0
  mkdir -p /etc/cni/net.d
  cat >/etc/cni/net.d/10-pods.conflist <<'END'
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.98.0.0/24"}]]}}]}
END
}

secrets() {
  mkdir -p "$SECRETS"
  openssl genrsa -out "$SECRETS/accounts.key" 2048 2>/dev/null
  openssl rsa -in "$SECRETS/accounts.key" -pubout -out "$SECRETS/accounts.pub" 2>/dev/null
  echo 'admin-token,admin,admin,system:masters' >"$SECRETS/tokens"
  cat >"$SECRETS/admin.conf" <<END
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://$ADDRESS:6443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: admin-token}}]
contexts: [{name: c, context: {cluster: c, user: admin}}]
current-context: c
END
}

part() { # NAME ARGUMENTS...
  control-plane "$@" >"$LOGS/$1" 2>&1 </dev/null &
}

eventually() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))

  shift
  until "$@" >/run/last 2>&1; do
    ((SECONDS < end)) || { say "not in time: $*: $(tail -n 1 /run/last)" && exit 1; }
    sleep 0.3
  done
}

control_plane() {
  part etcd --data-dir /var/lib/etcd --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
  part kube-apiserver --etcd-servers http://127.0.0.1:2379 --cert-dir "$SECRETS/apiserver" --advertise-address "$ADDRESS" \
    --token-auth-file "$SECRETS/tokens" --authorization-mode Node,RBAC --service-cluster-ip-range 10.99.0.0/24 \
    --service-account-issuer https://cluster.test --service-account-key-file "$SECRETS/accounts.pub" \
    --service-account-signing-key-file "$SECRETS/accounts.key" --kubelet-preferred-address-types InternalIP \
    --allow-privileged --feature-gates MutatingAdmissionPolicy=true \
    --runtime-config admissionregistration.k8s.io/v1beta1=true
  eventually 120 kubectl get --raw /readyz
  part kube-controller-manager --kubeconfig "$SECRETS/admin.conf" --cert-dir "$SECRETS/controllers" \
    --service-account-private-key-file "$SECRETS/accounts.key" --use-service-account-credentials --leader-elect=false
  part kube-scheduler --kubeconfig "$SECRETS/admin.conf" --leader-elect=false
}

# In the place of systemd: our systemctl asks for a restart with a file.
containerd_forever() {
  local pid

  while true; do
    containerd >>"$LOGS/containerd" 2>&1 </dev/null &
    pid=$!
    while [[ ! -e /run/restart-containerd ]] && kill -0 "$pid"; do sleep 0.2; done
    kill "$pid" || true
    wait "$pid" || true
    rm -f /run/restart-containerd
  done
}

# Without limits and priorities that take privileges test machines do not have.
kubelet() {
  cat >"$SECRETS/kubelet.conf" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
failCgroupV1: false
localStorageCapacityIsolation: false
makeIPTablesUtilChains: false
volumePluginDir: /var/lib/kubelet/plugins-of-volumes
evictionHard: {memory.available: 1Mi, nodefs.available: 0%, imagefs.available: 0%, nodefs.inodesFree: 0%}
resolvConf: ""
oomScoreAdj: 0
END
  part kubelet --config "$SECRETS/kubelet.conf" --kubeconfig "$SECRETS/admin.conf" --cert-dir "$SECRETS/kubelet" \
    --hostname-override node --node-ip "$ADDRESS"
  eventually 120 kubectl wait --for=condition=Ready node/node --timeout=1s
}

main() {
  mkdir -p "$LOGS"
  network
  secrets
  /lib/systemd/systemd-journald >"$LOGS/journald" 2>&1 &
  containerd_forever &
  eventually 30 ctr version
  for image in /images/*.tar; do
    ctr --namespace k8s.io images import "$image" >"$LOGS/import" 2>&1 || { say "$image: $(tail -n 1 "$LOGS/import")" && exit 1; }
  done
  control_plane
  kubelet
  eventually 30 kubectl get serviceaccount default
  : >/run/ready
  while true; do
    wait -n || true
    sleep 0.2
  done
}

main
