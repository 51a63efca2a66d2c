# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # for containerd's engine.sh; root, work and their like are install-node.sh's
#
# k0s: a directory of drop-ins, which it watches. Under containerd 1 it merges them itself, under containerd 2 its file
# imports them. Without its mark in the first line the file is the operator's, and one like any other.

CONTAINERD_MAIN=/etc/k0s/containerd.toml
CONTAINERD_DROPIN=/etc/k0s/containerd.d/50-kubefence.toml
CONTAINERD_BIN=/var/lib/k0s/bin
CONTAINERD_SOCKET=/run/k0s/containerd.sock
# shellcheck source=hooks.d/containerd/engine.sh
source "$SOURCES/containerd/engine.sh"

k0s_unit() {
  local dir unit

  for dir in "$root"/etc/systemd/system/*.wants "$root"/{etc,usr/lib}/systemd/system; do
    for unit in k0sworker k0scontroller; do
      [[ ! -e $dir/$unit.service && ! -L $dir/$unit.service ]] || { say "$unit" && return; }
    done
  done
  return 1
}

k0s_manages() {
  [[ ! -f $root$CONTAINERD_MAIN || $(head -n 1 "$root$CONTAINERD_MAIN") == '# k0s_managed=true' ]]
}

engine_found() { [[ -f $root$CONTAINERD_MAIN ]] || k0s_unit >/dev/null; }
engine_replaces() { say containerd; }
engine_reads() { [[ $1 == "$CONTAINERD_MAIN" ]]; }

engine_service() {
  k0s_manages || say "systemctl restart $(k0s_unit || say k0sworker)"
}

containerd_prepare() {
  [[ -f $root$CONTAINERD_MAIN ]] || die "$engine: $root$CONTAINERD_MAIN is not there, which it makes at its start: start" \
    "it once; if it uses another engine (--cri-socket), name that one with --engine"
}

if k0s_manages; then
  containerd_takes_dropin() { :; }
  containerd_imports_dropin() { :; }
fi

# What k0s merges is there some seconds later.
engine_answer() {
  [[ -f $root$CONTAINERD_MAIN ]] || return 2
  ! k0s_manages || (($(containerd_config_version) > 2)) || return 2
  containerd_dump
}
