# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # root, work and their like are install-node.sh's
#
# Podman, as root and rootless. It has no service.

PODMAN_DROPIN=/etc/containers/containers.conf.d/50-kubefence.conf

engine_found() { node_program podman >/dev/null; }
engine_answer() { return 2; }
engine_service() { :; }

# The files of the node's root besides ours, as Podman reads them (containers.conf(5)); rootless it reads them too.
podman_confs() { # before|after: those that ours goes over, or that go over ours
  local LC_ALL=C conf

  [[ $1 == after ]] || printf '%s\n' "$root"/{usr/share,etc}/containers/containers.conf
  for conf in "$root${PODMAN_DROPIN%/*}"/*.conf; do
    if [[ $1 == before && $conf < $root$PODMAN_DROPIN || $1 == after && $conf > $root$PODMAN_DROPIN ]]; then
      say "$conf"
    fi
  done
}

# The directories that Podman reads without us: the last file that has the list counts.
podman_hooks_dirs() {
  local conf dirs=$USUAL_HOOKS_DIR

  while read -r conf; do
    ! toml_has engine.hooks_dir "$conf" || dirs=$(toml_strings engine.hooks_dir "$conf")
  done < <(podman_confs before)
  [[ -z $dirs ]] || say "$dirs"
  [[ $HOOKS_DIR == "$USUAL_HOOKS_DIR" ]] || say "$HOOKS_DIR"
}

podman_check_later_confs() { # OUR-DIRECTORY
  local conf

  while read -r conf; do
    ! toml_has engine.hooks_dir "$conf" || toml_strings engine.hooks_dir "$conf" | grep -qxF "$1" ||
      die "podman: $conf replaces the hooks_dir of $PODMAN_DROPIN: add $1 to its list, or rename it"
  done < <(podman_confs after)
}

# Lists in our file replace those of others: take over what they name.
engine_stage() {
  local ours=$PODMAN_HOOKS_DIR confs hooks_dir supports_json source=$SOURCES/podman/50-kubefence.conf

  [[ $scope == all ]] || ours+=/annotated
  [[ -f $root$ours/50-kubefence-precreate.json ]] ||
    die "$root$ours/50-kubefence-precreate.json is missing: run make install first"
  podman_check_later_confs "$ours"
  mapfile -t confs < <(podman_confs before && podman_confs after)
  hooks_dir=$({ podman_hooks_dirs && say "$ours"; } | toml_list hooks_dir)
  supports_json=$({ toml_strings engine.runtime_supports_json "$source" "${confs[@]}" && printf '%s\n' "${classes[@]}"; } |
    toml_list runtime_supports_json)
  awk -v hooks_dir="$hooks_dir" -v supports_json="$supports_json" '/^hooks_dir =/ { $0 = hooks_dir }
    /^runtime_supports_json =/ { $0 = supports_json } /^nono-runc =/ { exit } { print }' "$source" >"$work/podman"
  grep '^nono-runc =' "$source" | for_each_class | grep . >>"$work/podman"
  stage file "$PODMAN_DROPIN" <"$work/podman"
  stage_hooks
}
