# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work and their like are install-node.sh's
#
# minikube: containerd where it always is, but `minikube start` writes the main file anew.

# shellcheck source=hooks.d/containerd/engine.sh
source "$SOURCES/containerd/engine.sh"

engine_found() { [[ -d $root/var/lib/minikube ]] && containerd_found; }
engine_replaces() { say containerd; }

containerd_prepare() {
  warn "$engine: \"minikube start\" writes $CONTAINERD_MAIN anew: run this again after it"
}
