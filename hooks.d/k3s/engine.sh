# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # for containerd's engine.sh; root, work and their like are install-node.sh's
#
# k3s: its containerd reads a file that k3s makes anew at every start, of what is built in or of a template. The file
# imports a directory of drop-ins since the first releases with containerd 2; where it does not, and under containerd 1,
# which replaces the CRI plugin's section by an imported one, our tables go to the end of the template.

: "${K3S_NAME:=k3s}"

k3s_data_dir() {
  local dir

  dir=$(sed -nE 's/^data-dir:[[:space:]]*["'\'']?([^"'\''#[:space:]]+).*/\1/p' \
    "$root/etc/rancher/$K3S_NAME"/config.yaml{,.d/*.yaml} 2>/dev/null | tail -n 1) || true
  dir=${dir:-/var/lib/rancher/$K3S_NAME}
  say "${dir%/}"
}

# A link, such as to a larger disk, would lead out of --root.
K3S_DATA=$(node_realpath "$(k3s_data_dir)")
: "${CONTAINERD_BIN:=$K3S_DATA/data/current/bin}"
CONTAINERD_MAIN=$K3S_DATA/agent/etc/containerd/config.toml
CONTAINERD_SOCKET=/run/k3s/containerd/containerd.sock
K3S_BASE='{{ template "base" . }}'

# Of a directory of drop-ins beside the file that it imports, the name without ".d".
k3s_imported() {
  local dir=${CONTAINERD_MAIN%/*} pattern name

  while read -r pattern; do
    name=${pattern#"${pattern%/*/*}"/}
    [[ $name != config*.toml.d/\*.toml || $(node_realpath "${pattern%/*/*}") != "$dir" ]] ||
      { say "$dir/${name%.d/*}" && return; }
  done < <(toml_strings imports "$root$CONTAINERD_MAIN")
}

# What k3s makes it of lies beside it, too, under a name that goes by its version.
k3s_sources() {
  local name

  name=$(k3s_imported)
  if [[ -z $name ]]; then
    name=${CONTAINERD_MAIN%/*}/config-v3.toml
    [[ $(toml_strings version "$root$CONTAINERD_MAIN") != 2 ]] || name=${CONTAINERD_MAIN%/*}/config.toml
  fi
  say "$name"
}

K3S_SOURCES=$(k3s_sources)
CONTAINERD_EDITED=$K3S_SOURCES.tmpl
CONTAINERD_DROPIN=$K3S_SOURCES.d/50-kubefence.toml
# shellcheck source=hooks.d/containerd/engine.sh
source "$SOURCES/containerd/engine.sh"

# server and agent have a unit each, and a second installation one of its own name. The one that is enabled counts.
k3s_unit() {
  local dir file

  for dir in "$root"/etc/systemd/system/*.wants "$root"/{etc,usr/local/lib,usr/lib,lib}/systemd/system; do
    for file in "$dir/$K3S_NAME.service" "$dir/$K3S_NAME"-*.service; do
      [[ ! -e $file && ! -L $file ]] || { say "${file##*/}" && return; }
    done
  done
  return 1
}

engine_found() { [[ -f $root$CONTAINERD_MAIN ]] || k3s_unit >/dev/null; }
engine_replaces() { say containerd; }
engine_reads() { [[ $(node_realpath "$1") == "$CONTAINERD_MAIN" ]]; }

engine_service() {
  local unit

  unit=$(k3s_unit) || unit=$K3S_NAME
  say "systemctl restart ${unit%.service}"
}

containerd_prepare() {
  [[ -f $root$CONTAINERD_MAIN ]] || die "$engine: $root$CONTAINERD_MAIN is not there, which it makes at its start: start" \
    "it once. If it was given another --data-dir, say so in /etc/rancher/$K3S_NAME/config.yaml; if it uses another" \
    "engine (--docker, --container-runtime-endpoint), name that one with --engine"
}

containerd_takes_dropin() { # VERSION
  { (($1 > 2)) || containerd_merges; } && [[ -n $(k3s_imported) ]]
}

# Only asked of a file that takes drop-ins.
containerd_imports_dropin() { :; }
containerd_first_line() { say "$K3S_BASE"; }
containerd_judged() { say "$root$CONTAINERD_MAIN"; }

engine_is_ours() { # FILE
  ! grep -qvxF "$K3S_BASE" "$1"
}

# A template is not read before the next start.
engine_answer() {
  containerd_takes_dropin "$(containerd_config_version)" || return 2
  containerd_dump
}
