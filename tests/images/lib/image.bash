# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2153,SC2154 # run.sh and situation.bash set CACHE, BASE and STEPS
#
# Images, as layers of overlayfs in $CACHE/layers. A layer is named by the digest of the step that made it and of all
# steps before it, so that images share what they have in common. A step that cannot be made (no network, no go) ends
# with its reason in $CACHE/reason. Sets LAYERS, the lowest first.

# The release is fixed: situations name files of its packages. tests/agents has another.
SUITE=${SUITE:-bookworm}

image_make() {
  local digest step

  LAYERS=("$CACHE/layers/$BASE")
  [[ -d ${LAYERS[0]} ]] || image_layer "${LAYERS[0]}" "base_$BASE" || return
  digest=$BASE
  for step in "${STEPS[@]}"; do
    digest=$(printf '%s\n%s' "$digest" "$step" | sha256sum | head -c 12)
    [[ -d $CACHE/layers/$digest ]] || image_layer "$CACHE/layers/$digest" "$step" || return
    LAYERS+=("$CACHE/layers/$digest")
  done
}

# Runs STEP with $R as the root of the image so far; what it changes becomes the directory LAYER. One at a time.
image_layer() { # LAYER STEP
  local status=0

  exec 9>"$CACHE/lock"
  flock 9
  [[ -d $1 ]] || layer_make "$@" 9>&- || status=1
  exec 9>&-
  return "$status"
}

layer_make() { # LAYER STEP
  local new=$1.new status=0

  printf 'making a layer: %.100s\n' "${2//$'\n'/ }" >&2
  rm -rf --one-file-system "$new" "$new.work"
  mkdir -p "$new" "$new.work" "$CACHE/root"
  layer_step "$2" "$new" >"$CACHE/log" 2>&1 </dev/null || status=$?
  image_umount
  rm -rf --one-file-system "$new.work"
  if ((status != 0)); then
    reason_of "$2" >"$CACHE/reason"
    rm -rf --one-file-system "$new"
    return 1
  fi
  mv "$new" "$1"
}

# In a bash of its own, which ends at the first command that fails: here -e would have no effect below a condition.
layer_step() { # STEP NEW
  local root=$2

  if [[ $1 != base_* ]]; then
    root=$CACHE/root
    mount -t overlay overlay -o "lowerdir=$(layers_joined),upperdir=$2,workdir=$2.work" "$root" || return
  fi
  # shellcheck disable=SC2016 # for that bash
  R=$root CACHE=$CACHE SUITE=$SUITE bash -euo pipefail -c '. "$1" && eval "$2"' bash "$TOP/tests/images/lib/image.bash" "$1"
}

reason_of() { # STEP
  local reason

  reason=$(grep -m 1 -E '^E:|[Ee]rror|missing' "$CACHE/log") || reason=$(tail -n 1 "$CACHE/log")
  printf '%.60s: %s\n' "${1//$'\n'/ }" "$reason"
}

# Did a step fail that needs a registry or a program of the host? Any other failure is a mistake of the situation.
made_of_network() {
  ! grep -qE '^make_(run|file) ' "$CACHE/reason"
}

# The topmost first, as overlayfs wants them; an image of scratch alone has an empty one.
layers_joined() {
  printf '%s\n' "${LAYERS[@]}" | tac | paste -sd :
}

image_umount() {
  local target

  while read -r target; do
    umount "$target"
  done < <(awk -v root="$CACHE/root" '$5 == root || index($5, root "/") == 1 { print $5 }' /proc/self/mountinfo | tac)
}

# --- bases -------------------------------------------------------------------------------------------------------

base_scratch() { mkdir -p "$R"; }

# Of Debian as its image is: only the essential packages, and no lists of apt.
base_debian() {
  command -v debootstrap >/dev/null || { echo "debootstrap is missing" && return 1; }
  debootstrap --variant=minbase "$SUITE" "$R" || return
  rm -rf "$R"/var/cache/apt/archives/*.deb "$R"/var/lib/apt/lists/* "${R:?}"/dev/*
}

# As alpine's: programs are links to one file, and the shell is ash.
base_busybox() {
  local applet

  mkdir -p "$R"/{bin,dev,etc,home,lib,mnt,opt,proc,root,run,sbin,srv,sys,tmp,usr/bin,usr/sbin,var/log,var/tmp}
  chmod 1777 "$R/tmp" "$R/var/tmp"
  chmod 700 "$R/root"
  ln -s ../run "$R/var/run"
  cp "$(command -v busybox)" "$R/bin/busybox"
  for applet in $(busybox --list); do
    [[ $applet == busybox ]] || ln -s busybox "$R/bin/$applet"
  done
  printf '%s\n' 'root:x:0:0:root:/root:/bin/ash' 'nobody:x:65534:65534:nobody:/:/sbin/nologin' >"$R/etc/passwd"
  printf '%s\n' 'root:x:0:' 'nobody:x:65534:' >"$R/etc/group"
  echo 'Busybox' >"$R/etc/issue"
}

# --- steps -------------------------------------------------------------------------------------------------------

in_image() { # COMMAND...
  mkdir -p "$R/proc" "$R/dev"
  mount -t proc proc "$R/proc"
  mount --bind /dev "$R/dev"
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" chroot "$R" "$@"
}

# apt's lists and files are the cache's, not the image's; nothing is started.
make_packages() { # PACKAGE...
  mkdir -p "$CACHE/apt/lists/partial" "$CACHE/apt/archives/partial"
  mount --bind "$CACHE/apt/lists" "$R/var/lib/apt/lists"
  mount --bind "$CACHE/apt/archives" "$R/var/cache/apt/archives"
  printf '#!/bin/sh\nexit 101\n' >"$R/usr/sbin/policy-rc.d"
  chmod 755 "$R/usr/sbin/policy-rc.d"
  printf 'Binary::apt::APT::Keep-Downloaded-Packages "true";\n' >"$R/etc/apt/apt.conf.d/99keep"
  echo force-unsafe-io >"$R/etc/dpkg/dpkg.cfg.d/99fast"
  cp /etc/resolv.conf "$R/etc/resolv.conf"
  # Lists of a day ago name the versions that are cached.
  [[ -n $(find "$CACHE/apt/lists" -name '*Packages*' -mmin -1440) ]] || in_image apt-get update
  in_image apt-get install --yes --no-install-recommends "$@"
  rm "$R/usr/sbin/policy-rc.d" "$R/etc/apt/apt.conf.d/99keep" "$R/etc/dpkg/dpkg.cfg.d/99fast"
  rm -f "$R"/var/log/apt/* "$R"/var/log/dpkg.log "$R"/var/log/alternatives.log "$R"/var/cache/ldconfig/aux-cache
}

make_run() { # SCRIPT
  in_image /bin/sh -e -c "$1"
}

make_file() { # PATH MODE TEXT
  mkdir -p "$R$(dirname "$1")"
  printf '%s\n' "$3" >"$R$1"
  chmod "$2" "$R$1"
}

# The registries' clients are the host's, as they are configured here.
make_npm() { # DIRECTORY PACKAGE...
  command -v npm >/dev/null || { echo "npm is missing" && return 1; }
  mkdir -p "$R$1"
  npm install --prefix "$R$1" --cache "$CACHE/npm" --ignore-scripts --no-audit --no-fund "${@:2}"
}

make_pip() { # DIRECTORY PACKAGE...
  command -v pip >/dev/null || { echo "pip is missing" && return 1; }
  mkdir -p "$R$1"
  pip install --no-compile --cache-dir "$CACHE/pip" --only-binary :all: --python-version 3.11 --target "$R$1" "${@:2}"
}

make_go() { # PATH SOURCE
  local work

  command -v go >/dev/null || { echo "go is missing" && return 1; }
  work=$(mktemp -d)
  mkdir -p "$R$(dirname "$1")"
  printf '%s\n' "$2" >"$work/main.go"
  (cd "$work" && CGO_ENABLED=0 GOFLAGS=-mod=mod go build -trimpath -ldflags '-s -w' -o "$R$1" main.go)
  rm -rf "$work"
}

make_go_install() { # PATH MODULE@VERSION
  local work

  command -v go >/dev/null || { echo "go is missing" && return 1; }
  work=$(mktemp -d)
  mkdir -p "$R$(dirname "$1")"
  GOBIN=$work CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "$2"
  cp "$work"/* "$R$1"
  rm -rf "$work"
}

make_host_program() { # PATH PROGRAM
  command -v "$2" >/dev/null || { echo "$2 is missing" && return 1; }
  install -D -m 755 "$(command -v "$2")" "$R$1"
}
