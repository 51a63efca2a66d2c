# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # for containerd's engine.sh; root, work and their like are install-node.sh's
#
# MicroK8s: containerd's file is made of a template at every start. It is plain TOML, with variables in strings, and goes
# from one revision of the snap to the next.

MICROK8S_ARGS=/var/snap/microk8s/current/args
CONTAINERD_MAIN=$MICROK8S_ARGS/containerd-template.toml
CONTAINERD_DROPIN=$MICROK8S_ARGS/kubefence.d/50-kubefence.toml
CONTAINERD_BIN=/snap/microk8s/current/bin
CONTAINERD_SOCKET=/var/snap/microk8s/common/run/containerd.sock
# shellcheck source=hooks.d/containerd/engine.sh
source "$SOURCES/containerd/engine.sh"

engine_found() { [[ -d $root$MICROK8S_ARGS ]]; }
engine_replaces() { say containerd; }
engine_config() { say "$MICROK8S_ARGS/containerd.toml"; }
engine_reads() { [[ $1 == /var/snap/microk8s/*/args/containerd.toml ]]; }
engine_service() { say "systemctl restart snap.microk8s.daemon-containerd"; }

containerd_prepare() {
  [[ -f $root$CONTAINERD_MAIN ]] || die "$engine: $root$CONTAINERD_MAIN is not there: start it once"
}
