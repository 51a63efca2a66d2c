# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work, dry_run and their like are install-node.sh's
#
# Kata: the runtime handler kata-nono-sandbox of CRI-O and containerd. Its files belong to the engine they are staged for.

KATA_DEFAULT_SHIM=/opt/kata/bin/containerd-shim-kata-v2
KATA_SHIMS=("$KATA_DEFAULT_SHIM" /opt/kata/runtime-rs/bin/containerd-shim-kata-v2
  /usr/local/bin/containerd-shim-kata-v2 /usr/bin/containerd-shim-kata-v2)
KATA_CONFIGS=(/etc/kata-containers /opt/kata/share/defaults/kata-containers /usr/share/defaults/kata-containers)
KATA_DIR=/etc/kata-containers/kubefence
KATA_CRIO=/etc/crio/crio.conf.d/51-kubefence-kata.conf
KATA_CONF=/etc/kubefence/kubefence.conf.d/30-kata.conf
KATA_UNIT='opt-nono\x2dnri.mount'
NONO_DIR=/opt/nono-nri
NONO_SOURCE=/var/lib/kubefence/nono-nri

# What --kata and --kata-config said; then what was found. Empty kata_shim: no Kata here.
kata_wanted=auto kata_shim='' kata_config='' kata_version='' kata_language=''

kata_usage() {
  cat <<'END'
  --kata SHIM     Kata's own shim, for the runtime handler kata-nono-sandbox of CRI-O and containerd; "no" leaves Kata
                  alone; default: the first containerd-shim-kata-v2 that is found, and nothing without one
  --kata-config F the configuration that fits that shim; default: the node's
END
}

# --- what is there -----------------------------------------------------------------------------------------------

# Both languages: "... (Golang): id: "io.containerd.kata.v2", version: 3.32.0, commit: ..."
kata_ask_shim() {
  local said

  said=$("$root$kata_shim" --version 2>/dev/null) || said=
  kata_version=$(sed -nE 's/.*version: ([0-9]+\.[0-9]+\.[0-9]+).*/\1/p' <<<"$said")
  kata_language=go
  [[ $said != *'(Rust)'* && $kata_shim != */runtime-rs/* ]] || kata_language=rust
}

kata_find_config() {
  local dir

  [[ -z $kata_config ]] || return 0
  for dir in "${KATA_CONFIGS[@]}"; do
    [[ $kata_language == go ]] || dir+=/runtime-rs
    [[ ! -f $root$dir/configuration.toml ]] || { kata_config=$dir/configuration.toml && return; }
  done
}

kata_dropins() {
  local file dir

  # Kata follows links before it looks for drop-ins beside the file.
  dir=$(dirname "$(realpath "$root$kata_config")")
  for file in "$dir"/config.d/*.toml; do
    [[ ! -f $file ]] || say "$file"
  done
}

# The last word on a key, whatever section it is in.
kata_value() { # KEY
  local files

  mapfile -t files < <(say "$root$kata_config" && kata_dropins)
  sed -nE "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*\"?([^\"#[:space:]]*).*/\1/p" "${files[@]}" | tail -n 1
}

kata_hypervisor() {
  sed -nE 's/^[[:space:]]*\[hypervisor\.([A-Za-z0-9_-]+)\].*/\1/p' "$root$kata_config" | head -n 1
}

version_is_less() { # A B
  [[ $1 != "$2" && $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]
}

# Without a nono yet, the one that will come is far above any limit here.
kata_nono_size() {
  stat -c %s "$root$NONO_DIR/nono" 2>/dev/null || stat -c %s "$root$NONO_SOURCE/nono" 2>/dev/null || echo 40000000
}

# --- what cannot work, and what may not --------------------------------------------------------------------------

# Prints why nothing can be installed, or nothing.
kata_obstacle() {
  if [[ ! -x $root$kata_shim ]]; then
    say "$root$kata_shim is missing"
  elif [[ ! -x $root$prefix/bin/containerd-shim-nono-kata-v2 ]]; then
    say "$root$prefix/bin/containerd-shim-nono-kata-v2 is missing: run make install first"
  elif [[ -z $kata_config || ! -f $root$kata_config ]]; then
    say "no configuration of $kata_shim was found: name it with --kata-config"
  elif [[ -z $(kata_hypervisor) ]]; then
    say "$root$kata_config has no [hypervisor.NAME]"
  elif [[ $(kata_value shared_fs) == none && $kata_language == rust ]] && (($(kata_nono_size) > 4 * 1024 * 1024)); then
    say "with shared_fs = \"none\" runtime-rs sends each file in one message of at most 4 MiB, and nono is larger:" \
      "share a file system, or put nono into the guest's image (vm_rootfs_classes)"
  fi
}

kata_warn() {
  if [[ -z $kata_version ]]; then
    warn "kata: $kata_shim does not tell its version: its guest kernel needs Landlock (Kata 3.32 has it)"
  elif version_is_less "$kata_version" 3.32.0; then
    warn "kata: $kata_version is older than 3.32, whose guest kernel is the first with Landlock: unless you have built" \
      "one, nono refuses to start"
  fi
  if [[ $(kata_value shared_fs) == none ]]; then
    warn "kata: with shared_fs = \"none\" nono ($(($(kata_nono_size) / 1024 / 1024)) MiB) is copied into the memory of" \
      "the virtual machine for each container"
  fi
  if [[ $(kata_value experimental_force_guest_pull) == true ]]; then
    warn "kata: images are pulled in the guest: nono is copied there, and profiles with paths of the host mean nothing"
  fi
  if [[ $(kata_value confidential_guest) == true ]]; then
    warn "kata: a policy that genpolicy made denies the edited containers (args, env, mounts, hooks): make it from a pod" \
      "that has them already, or use another handler for confidential pods"
  fi
}

kata_give_up() { # REASON
  [[ $kata_wanted == auto ]] || die "kata: $1"
  warn "kata: $1"
  refused+=(kata)
  kata_shim=
}

# CRI-O, and every containerd.
kata_engines() {
  local engine

  for engine in "${engines[@]}"; do
    if [[ $engine == crio ]] || ask_engine "$engine" declare -F containerd_version >/dev/null; then
      say "$engine"
    fi
  done
}

# Prints what keeps an engine from it, or nothing.
kata_engine_obstacle() {
  local engine version

  while read -r engine; do
    [[ $engine != crio ]] || continue
    # Since 2.0.6 the shim is started for each container again; before, one start would do for the whole pod.
    version=$(ask_engine "$engine" containerd_version)
    if [[ $version =~ ^2\.0\.[0-5]$ ]]; then
      say "containerd $version starts Kata's shim once for a pod, not for each container: update it to 2.0.6"
      return
    elif ask_engine "$engine" containerd_says '\[plugins.*\.runtimes\.["'\'']?kata-nono-sandbox["'\'']?[].]'; then
      say "the configuration of $engine already has a runtime kata-nono-sandbox"
      return
    fi
  done < <(kata_engines)
}

# Finds Kata, or leaves kata_shim empty. A Kata that was not asked for stops nothing else.
kata_find() {
  local path obstacle

  if [[ $kata_wanted == no || $uninstall == yes || -z $(kata_engines) ]]; then
    return 0
  elif [[ $kata_wanted != auto ]]; then
    kata_shim=$kata_wanted
  else
    for path in "${KATA_SHIMS[@]}"; do
      [[ -n $kata_shim || ! -x $root$path ]] || kata_shim=$path
    done
  fi
  [[ -n $kata_shim ]] || return 0
  kata_ask_shim
  kata_find_config
  obstacle=$(kata_obstacle)
  [[ -z $obstacle ]] || { kata_give_up "$obstacle" && return; }
  obstacle=$(kata_engine_obstacle)
  [[ -z $obstacle ]] || { kata_give_up "$obstacle" && return; }
  kata_warn
}

# --- staging -----------------------------------------------------------------------------------------------------

# The tables for the drop-in of containerd, if there is Kata.
kata_containerd() { # VERSION
  [[ -z $kata_shim ]] || cat "$SOURCES/kata/containerd-v$1.toml"
}

# A copy of the node's configuration, so that other pods of Kata keep theirs. To be made again after an update of Kata.
stage_kata() { # ENGINE
  local file

  [[ -n $kata_shim ]] || return 0
  stage file "$KATA_DIR/configuration.toml" <"$root$kata_config"
  while read -r file; do
    stage file "$KATA_DIR/config.d/${file##*/}" <"$file"
  done < <(kata_dropins)
  sed "s/^\[hypervisor\..*/[hypervisor.$(kata_hypervisor)]/" "$SOURCES/kata/99-kubefence.toml" >"$work/kata"
  stage file "$KATA_DIR/config.d/99-kubefence.toml" <"$work/kata"
  if [[ $kata_shim != "$KATA_DEFAULT_SHIM" ]]; then
    printf '%s\n' '# Written by install-node.sh.' '[class kata-nono-sandbox]' "runtime = $kata_shim" >"$work/kata"
    stage file "$KATA_CONF" <"$work/kata"
  fi
  [[ $1 != crio ]] || stage file "$KATA_CRIO" <"$SOURCES/kata/crio.conf"
}

# --- the directory behind the read-only mount --------------------------------------------------------------------

kata_mounted() {
  mountpoint -q "$root$NONO_DIR"
}

kata_make_source() {
  [[ -n $kata_shim && ! -e $root$NONO_SOURCE ]] || return 0
  if [[ ! -e $root$NONO_DIR/nono ]]; then
    warn "kata: $root$NONO_DIR/nono is not there: run scripts/get-nono.sh, and this again"
  elif [[ $dry_run == yes ]]; then
    say "would copy: $root$NONO_DIR to $root$NONO_SOURCE"
  else
    make_state
    record copy - "$NONO_SOURCE"
    cp -a "$root$NONO_DIR" "$root$NONO_SOURCE"
    say "copied: $root$NONO_DIR to $root$NONO_SOURCE"
  fi
}

kata_remove_source() {
  recorded copy - "$NONO_SOURCE" || return 0
  ! shared_with_others - "$KATA_DIR/configuration.toml" || return 0
  if [[ $dry_run == yes ]]; then
    say "would remove: $root$NONO_SOURCE"
    return
  fi
  forget copy - "$NONO_SOURCE"
  if ! kata_mounted && diff -rq "$root$NONO_SOURCE" "$root$NONO_DIR" >/dev/null; then
    rm -rf "${root:?}$NONO_SOURCE"
    say "removed: $root$NONO_SOURCE"
  else
    say "stays, for it is in use or was changed: $root$NONO_SOURCE (copy it to $root$NONO_DIR, and remove it)"
  fi
}

kata_tell_services() {
  local verb=enable unit=$KATA_UNIT

  if [[ $uninstall == yes ]]; then
    kata_mounted || return 0
    verb=disable
  elif [[ -z $kata_shim ]] || kata_mounted; then
    return 0
  fi
  # systemd looks for units in /usr, and links one that is enabled by its path.
  [[ $verb == disable || $prefix == /usr ]] || unit=$prefix/lib/systemd/system/$KATA_UNIT
  if [[ $restart == no || $dry_run == yes ]]; then
    say "$NONO_DIR for Kata: systemctl $verb --now '$unit'"
  else
    say "systemctl $verb --now '$unit'"
    on_node "$root" systemctl "$verb" --now "$unit" || warn "kata: $NONO_DIR has to be mounted by hand"
  fi
}
