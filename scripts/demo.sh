#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows kubefence at work, with a real runtime and no cluster: a container that opted in beside one that did not.
# Every line shown is checked; the first that is not as promised ends the demo with an error. No file stays.
set -euo pipefail

TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${BUILD:-build}")
work='' journald='' id=kubefence-demo-$$

usage() {
  cat <<'END'
usage: sudo scripts/demo.sh        (or: sudo make demo, which builds first)

Starts two containers with runc (or crun), one of a sandboxed runtime class and one not, and shows the difference.
BUILD=DIR names another build directory.
END
}

die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

headline() {
  printf '\n== %s\n' "$*"
}

# Prints the text WHAT, and ends the demo unless it contains PART.
show() { # PART SEEN
  printf '%s\n' "$2"
  [[ $2 == *"$1"* ]] || die "not as promised: this should contain '$1'"
}

# --- the machine -------------------------------------------------------------------------------------------------

require() {
  local program

  [[ $EUID == 0 ]] || die "needs root: sudo make demo"
  for program in jq busybox journalctl; do
    command -v "$program" >/dev/null || die "$program is not installed: run scripts/deps.sh"
  done
  for program in kubefence-hook kubefence-runtime; do
    [[ -x $BUILD/$program ]] || die "$BUILD/$program is not there: run make"
  done
}

find_runtime() {
  runtime=$(command -v runc || command -v crun) || die "neither runc nor crun is installed: run scripts/deps.sh"
}

# crun does not work where cgroup v1 has a v2 hierarchy beside it: hide that one, in a mount namespace of our own.
without_hybrid_cgroup() {
  mountpoint -q /sys/fs/cgroup/unified || return 0
  # shellcheck disable=SC2016 # for the inner shell
  exec unshare --mount --propagation private sh -c 'umount /sys/fs/cgroup/unified && exec "$0"' "$TOP/scripts/demo.sh"
}

find_nono() {
  if nono=$("$TOP/scripts/get-nono.sh" --cache-only); then
    nono_is="the real nono, $("$nono" --version)"
  else
    nono=$BUILD/tests/standin/nono
    nono_is="a STAND-IN for nono from tests/standin (the real one is not available here)"
    [[ -x $nono ]] || die "the real nono is not available, and the stand-in is not built: run make $nono"
  fi
}

# Without systemd as init there may be no journald; one for the time of the demo will do.
start_journald() {
  local program tries

  ! journald_answers || return 0
  mkdir -p /run/systemd/journal /run/log/journal
  for program in /lib/systemd/systemd-journald /usr/lib/systemd/systemd-journald; do
    [[ -x $program ]] && break
  done
  setsid "$program" >"$work/journald.log" 2>&1 </dev/null &
  journald=$!
  for ((tries = 0; tries < 50; tries++)); do
    ! journald_answers || return 0
    sleep 0.1
  done
  die "systemd-journald does not start: $(<"$work/journald.log")"
}

journald_answers() {
  printf 'MESSAGE=%s\n' "$id" | timeout 2 logger --journald 2>/dev/null || return 1
  timeout 5 journalctl --sync 2>/dev/null || sleep 0.2
  [[ -n $(journalctl -q -n 1 -o cat "MESSAGE=$id" 2>/dev/null) ]]
}

# --- the node and the containers ---------------------------------------------------------------------------------

make_node() {
  work=$(mktemp -d /tmp/kubefence-demo.XXXXXX)
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  chmod 755 "$work"
  install -d -m 755 "$work/nono-nri/profiles"
  install -m 755 "$nono" "$work/nono-nri/nono"
  install -m 644 "$TOP/hook/share/profiles/default.json" "$work/nono-nri/profiles/default.json"
  "$TOP/scripts/install-launcher.sh" --dir "$work/nono-nri" --launcher "$BUILD/kubefence-launcher"
  ln -s "$BUILD/kubefence-runtime" "$work/nono-runc"
  cat >"$work/kubefence.conf" <<END
[kubefence]
runtime_classes = nono-runc
default_profile = default
nono_bin_path = $work/nono-nri/nono
state_dir = $work/state
[class nono-runc]
runtime = $runtime
END
  chmod 644 "$work/kubefence.conf"
  export KUBEFENCE_CONFIG=$work/kubefence.conf
}

# A bundle as an engine makes one: a busybox image and a config.json.
make_bundle() { # DIR COMMAND...
  local applet bundle=$1 rootfs=$1/rootfs

  shift
  mkdir -p "$rootfs"/{bin,dev,proc,sys,etc,tmp,app,root/.ssh}
  cp "$(command -v busybox)" "$rootfs/bin/busybox"
  for applet in sh cat sleep; do
    ln -s busybox "$rootfs/bin/$applet"
  done
  echo "the application's own data" >"$rootfs/app/data"
  echo "as the image has it" >"$rootfs/etc/motd"
  echo "a private key" >"$rootfs/root/.ssh/id_ed25519"
  (cd "$bundle" && "$runtime" spec)
  jq '.process.args = $ARGS.positional | .process.terminal = false | .root.readonly = false
    | .annotations = {"io.kubernetes.pod.name": "agent", "io.kubernetes.pod.namespace": "demo"}' --args -- "$@" \
    <"$bundle/config.json" >"$work/config.json"
  cat "$work/config.json" >"$bundle/config.json"
}

start() { # RUNTIME ID BUNDLE
  "$1" --root "$work/rt" run --detach --bundle "$3" --pid-file "$work/$2.pid" "$2" \
    </dev/null >"$work/$2.log" 2>&1 || die "$2 does not start: $(<"$work/$2.log")"
}

wait_for_log() { # ID LINES
  local tries

  for ((tries = 0; tries < 100; tries++)); do
    (($(wc -l <"$work/$1.log") < $2)) || return 0
    sleep 0.1
  done
  die "$1 says too little: $(<"$work/$1.log")"
}

cmdline() { # ID
  tr '\0' ' ' <"/proc/$(<"$work/$1.pid")/cmdline"
}

mount_line() { # ID
  grep ' /nono ' "/proc/$(<"$work/$1.pid")/mountinfo" || true
}

# Once more when the machine is too busy for the runtime to see the processes gone and remove their cgroup.
remove() { # RUNTIME ID
  local try

  for try in 1 2 3; do
    [[ -e $work/rt/$2 ]] || return 0
    "$1" --root "$work/rt" delete --force "$2" >/dev/null 2>&1 || sleep "$try"
  done
}

clean_up() {
  remove "$work/nono-runc" "$id-in"
  remove "$BUILD/kubefence-runtime" "$id-out"
  [[ -z $journald ]] || kill "$journald" || true
  rm -rf --one-file-system "$work"
}

# --- the steps ---------------------------------------------------------------------------------------------------

APP='cat /app/data; cat /root/.ssh/id_ed25519; echo changed >/etc/motd; cat /etc/motd; while sleep 1; do :; done'

show_opted_in() {
  local container=$id-in

  make_bundle "$work/in" /bin/sh -c "$APP"
  start "$work/nono-runc" "$container" "$work/in"
  wait_for_log "$container" 4

  headline "The container that opted in: its PID 1 is its own command"
  show "/bin/sh -c $APP" "$(cmdline "$container")"
  headline "/nono is mounted in it, read-only"
  show " /nono ro,nosuid,nodev" "$(mount_line "$container")"
  headline "A read that the profile allows works: cat /app/data"
  show "the application's own data" "$(sed -n 1p "$work/$container.log")"
  headline "A known credential is hidden: cat /root/.ssh/id_ed25519"
  show "No such file or directory" "$(sed -n 2p "$work/$container.log")"
  headline "A write that the profile does not allow is denied by Landlock: echo changed >/etc/motd"
  show "Permission denied" "$(sed -n 3p "$work/$container.log")"
  headline "The decision in the journal: journalctl SYSLOG_IDENTIFIER=kubefence"
  timeout 5 journalctl --sync 2>/dev/null || sleep 0.5
  show "inject runtime_class_matched nono-runc default demo agent" "$(journalctl -q -o json \
    SYSLOG_IDENTIFIER=kubefence "CONTAINER_ID_FULL=$container" MESSAGE=injected | jq -r '[.MESSAGE, .NONO_DECISION,
      .NONO_REASON, .NONO_RUNTIME_HANDLER, .NONO_PROFILE, .NONO_NAMESPACE, .NONO_POD] | join(" ")')"
}

show_not_opted_in() {
  local container=$id-out

  make_bundle "$work/out" /bin/sh -c "$APP"
  cp "$work/out/config.json" "$work/before.json"
  start "$BUILD/kubefence-runtime" "$container" "$work/out"
  wait_for_log "$container" 3

  headline "The container that did not opt in, started by the same program: it reads and writes all of its image"
  show "a private key" "$(sed -n 2p "$work/$container.log")"
  show "changed" "$(sed -n 3p "$work/$container.log")"
  headline "Nothing is mounted in it, and its config.json is untouched to the byte"
  [[ -z $(mount_line "$container") ]] || die "not as promised: /nono is mounted: $(mount_line "$container")"
  cmp "$work/before.json" "$work/out/config.json" || die "not as promised: config.json differs"
  echo "no /nono; config.json is the same"
}

main() {
  case ${1:-} in
  '') ;;
  -h | --help) usage && return ;;
  *) usage >&2 && return 2 ;;
  esac
  require
  without_hybrid_cgroup
  find_runtime
  find_nono
  make_node
  start_journald
  printf 'kubefence with %s\nand %s\n' "$("$runtime" --version | head -n 1)" "$nono_is"
  show_opted_in
  show_not_opted_in
  headline "All as promised."
}

main "$@"
