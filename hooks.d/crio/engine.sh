# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work and their like are install-node.sh's
#
# CRI-O: a drop-in, and the hooks.

CRIO_DROPIN=/etc/crio/crio.conf.d/50-kubefence.conf

engine_found() { node_program crio >/dev/null || [[ -d $root/etc/crio ]]; }
engine_service() { say "systemctl restart crio"; }

engine_answer() {
  local program

  program=$(node_program crio) || return 2
  ask_node "$program" config
}

engine_judge() { # BEFORE AFTER
  local class path name

  for class in "${classes[@]}"; do
    path=$(toml_get "crio.runtime.runtimes.$class.runtime_path" <"$2")
    [[ $path == "$LIBEXEC/$class" ]] || { say "the runtime_path of $class is '$path' with it" && return; }
    # It does not ask itself this before it starts.
    [[ -n $(toml_get "crio.runtime.runtimes.$class.monitor_path" <"$2")$(toml_get crio.runtime.conmon <"$2") ]] ||
      node_program conmon >/dev/null || { say "there is no conmon for $class: set monitor_path for the default handler" && return; }
  done
  while read -r name; do
    grep -qxF "$name" <(crio_handlers "$2") || { say "it has no handler $name with it" && return; }
  done < <(crio_handlers "$1")
}

crio_handlers() { # FILE
  sed -nE 's/^[[:space:]]*\[crio\.runtime\.runtimes\.([^]]+)\].*/\1/p' "$1" | tr -d "\"'" | sort
}

# What is in force: what CRI-O says, else what its files say. In its answer a default stands after a "#".
crio_value() { # KEY
  local file value=''

  if [[ -s $work/crio ]]; then
    value=$(toml_get "crio.runtime.$1" <"$work/crio")
    [[ -n $value || $1 == *.* ]] || value=$(sed -nE "s/^# *$1 = \"(.*)\"\$/\\1/p" "$work/crio" | head -n 1)
  else
    for file in "$root/etc/crio/crio.conf" "$root"/etc/crio/crio.conf.d/*.conf; do
      [[ ! -f $file || $file == "$root$CRIO_DROPIN" ]] || ! toml_has "crio.runtime.$1" "$file" ||
        value=$(toml_strings "crio.runtime.$1" "$file")
    done
  fi
  say "$value"
}

# As the handler that CRI-O uses for pods without a RuntimeClass has it: its own packages have runtime and monitor
# outside of every PATH, and name them for each handler.
crio_stage_handlers() {
  local default setting value runtime

  ! engine_answer >"$work/crio" || : # else it is empty, and the files are read
  default=$(crio_value default_runtime)
  [[ -n $default ]] || default=$(node_program crun runc | sed 's|.*/||' || true)
  runtime=$(crio_value "runtimes.$default.runtime_path")
  [[ -n $runtime ]] || runtime=$(node_program "$default" || true)
  for setting in monitor_path monitor_cgroup; do
    value=$(crio_value "runtimes.$default.$setting")
    [[ -z $value ]] || say "$setting = \"$value\""
  done >"$work/settings"
  crio_choose_hooks_dir
  sed "/^runtime_type/r $work/settings" "$SOURCES/crio/50-kubefence.conf" | for_each_class >"$work/tables"
  awk -v table="$(<"$work/hooks-dir")" '/^\[/ && table != "" { print table "\n"; table = "" } { print }' "$work/tables" >"$work/handlers"
  stage file "$CRIO_DROPIN" <"$work/handlers"
  stage_runtime 33 "$runtime"
}

# The directories that CRI-O reads without us, or those of our drop-in, which began with them.
crio_own_hooks_dirs() {
  local file dirs=''

  if toml_has crio.runtime.hooks_dir "$root$CRIO_DROPIN"; then
    dirs=$(toml_strings crio.runtime.hooks_dir "$root$CRIO_DROPIN")
  elif [[ -s $work/crio ]]; then
    dirs=$(toml_strings crio.runtime.hooks_dir "$work/crio")
  else
    for file in "$root/etc/crio/crio.conf" "$root"/etc/crio/crio.conf.d/*.conf; do
      ! toml_has crio.runtime.hooks_dir "$file" || dirs=$(toml_strings crio.runtime.hooks_dir "$file")
    done
  fi
  say "${dirs:-$USUAL_HOOKS_DIR}"
}

# Chooses HOOKS_DIR: one that CRI-O reads (RHCOS reads only /etc/containers/oci/hooks.d), or else it is added to CRI-O's
# list; but never the usual one, which may have hooks that were left out.
crio_choose_hooks_dir() {
  local dirs

  dirs=$(crio_own_hooks_dirs)
  : >"$work/hooks-dir"
  if ! toml_has crio.runtime.hooks_dir "$root$CRIO_DROPIN"; then
    if grep -qxF "$HOOKS_DIR" <<<"$dirs"; then
      return
    elif [[ -z $hooks_dir_wanted ]] && grep -qxF "$LOCAL_HOOKS_DIR" <<<"$dirs"; then
      HOOKS_DIR=$LOCAL_HOOKS_DIR
      return
    elif [[ $HOOKS_DIR == "$USUAL_HOOKS_DIR" ]]; then
      HOOKS_DIR=$(head -n 1 <<<"$dirs")
      return
    fi
  fi
  { say "[crio.runtime]" && say "# This list replaces CRI-O's own, so it names those directories too." &&
    printf '%s\n' "$dirs" "$HOOKS_DIR" | toml_list hooks_dir; } >"$work/hooks-dir"
}

engine_stage() {
  crio_stage_handlers
  stage_kata crio
  stage_hooks
}
