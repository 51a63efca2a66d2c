# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # for k3s's engine.sh; SOURCES is install-node.sh's
#
# RKE2: k3s's own code under another name, with its programs elsewhere.

K3S_NAME=rke2
# shellcheck source=hooks.d/k3s/engine.sh
source "$SOURCES/k3s/engine.sh"
CONTAINERD_BIN=$K3S_DATA/bin
