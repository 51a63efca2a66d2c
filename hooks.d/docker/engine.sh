# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work and their like are install-node.sh's
#
# Docker: a member of "runtimes" in daemon.json for each class.

DOCKER_MAIN=/etc/docker/daemon.json
DOCKER_SNAP=/snap/docker

engine_found() { node_program dockerd >/dev/null || [[ -d $root${DOCKER_MAIN%/*} || -d $root$DOCKER_SNAP ]]; }

# The containerd that dockerd starts where the node has none.
engine_reads() { [[ $1 == */docker/containerd/containerd.toml ]]; }

# Docker learns runtimes from a reload, which leaves its containers alone, but does not forget them.
engine_service() { # install|uninstall
  if [[ $1 == install ]]; then
    say "systemctl reload docker"
  else
    say "systemctl restart docker"
  fi
}

# Since Docker 23.
engine_answer() {
  local program status=0

  program=$(node_program dockerd) && [[ -f $root$DOCKER_MAIN ]] && ! is_blank "$root$DOCKER_MAIN" || return 2
  ask_node "$program" --validate --config-file "$DOCKER_MAIN" || status=$?
  ! grep -q 'unknown flag' "$work/complaint" || return 2
  return "$status"
}

engine_judge() { :; }

docker_value() { # CLASS
  sed "s/nono-runc/$1/" "$SOURCES/docker/runtime.json"
}

docker_edit() { # json-add|json-remove, from standard input
  local class

  cat >"$work/daemon.json"
  for class in "${classes[@]}"; do
    edit "$1" runtimes "$class" "$(docker_value "$class")" <"$work/daemon.json" >"$work/daemon.json.new" || return
    mv "$work/daemon.json.new" "$work/daemon.json"
  done
  cat "$work/daemon.json"
}

engine_edit() { docker_edit json-add; }

# Our runtimes are those whose program is a wrapper; their classes may be gone from the configuration.
docker_classes() { # FILE
  grep -oE "\"path\"[[:space:]]*:[[:space:]]*\"$LIBEXEC/[^\"/]+\"" "$1" | sed -E 's|.*/([^/]+)"$|\1|' | sort -u
}

docker_without_old_classes() {
  local class wanted=" ${classes[*]} " classes=()

  cat >"$work/old.json"
  for class in $(docker_classes "$work/old.json"); do
    [[ $wanted == *" $class "* ]] || classes+=("$class")
  done
  docker_edit json-remove <"$work/old.json"
}

engine_unedit() {
  local class path

  cat >"$work/unedit.json"
  for class in "${classes[@]}"; do
    path=$(edit json-get runtimes "$class" path <"$work/unedit.json" 2>/dev/null || true)
    [[ -z $path || $path == "$LIBEXEC/$class" ]] || warn "$root$DOCKER_MAIN: the runtime $class stays, for $path is not ours"
  done
  mapfile -t classes < <(docker_classes "$work/unedit.json")
  docker_edit json-remove <"$work/unedit.json"
}

# What is left of a file that we made.
engine_is_ours() { # FILE
  [[ $(tr -d '[:space:]' <"$1") == '{}' ]]
}

# The runtime of containers that name none.
docker_runtime() {
  local name path

  name=$(edit json-get default-runtime <"$work/docker" 2>/dev/null || true)
  path=$(edit json-get runtimes "${name:-runc}" path <"$work/docker" 2>/dev/null || true)
  path=${path:-${name:-runc}}
  if [[ $path == /* ]]; then
    say "$path"
  else
    node_program "$path" || true
  fi
}

engine_stage() {
  [[ ! -d $root$DOCKER_SNAP ]] || node_program dockerd >/dev/null ||
    die "docker is a snap on this node, which can run no program of the node's: install docker.io or docker-ce instead"
  check_editable "$DOCKER_MAIN"
  : >"$work/docker"
  [[ ! -f $root$DOCKER_MAIN ]] || cat "$root$DOCKER_MAIN" >"$work/docker"
  docker_without_old_classes <"$work/docker" | engine_edit >"$work/docker.new" 2>"$work/complaint" ||
    die "$root$DOCKER_MAIN: $(complaint): nothing was changed; repair it first"
  stage_runtime 31 "$(docker_runtime)"
  cmp -s "$work/docker" "$work/docker.new" || stage edit "$DOCKER_MAIN" <"$work/docker.new"
}
