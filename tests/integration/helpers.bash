# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016 # a $ in single quotes is for jq, awk or sh
#
# The base of the integration tests: a bundle with a busybox rootfs, a nono directory, a configuration, the real
# runtime with and without our wrapper, and the journal. A bats file calls kf_setup and kf_teardown.
#
#   KF_RUNTIME=runc|crun    the real runtime (default runc)
#   KF_NONO=standin|real the program that is installed as nono (default standin); the real one's path is in KF_NONO_REAL
#   KF_BUILD=DIR where the programs are (default build/)
#
# tests/run.sh runs the files over the whole matrix.

bats_require_minimum_version 1.5.0

KF_TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
KF_BUILD=${KF_BUILD:-$KF_TOP/build}
KF_RUNTIME=${KF_RUNTIME:-runc}
KF_NONO=${KF_NONO:-standin}
CLASS=nono-$KF_RUNTIME
HOOK=$KF_BUILD/kubefence-hook

# The machine may be busy with other work; no test waits longer than this for anything.
KF_PATIENCE=30

# --- failing -----------------------------------------------------------------------------------------------------

fail() {
  printf '%s\n' "$@" >&2
  return 1
}

assert_eq() { # WHAT EXPECTED ACTUAL
  [[ $2 == "$3" ]] || fail "$1:" "  expected: $2" "  actual:   $3"
}

assert_has() { # WHAT PART WHOLE
  [[ $3 == *"$2"* ]] || fail "$1:" "  should contain: $2" "  but is:         $3"
}

assert_has_not() { # WHAT PART WHOLE
  [[ $3 != *"$2"* ]] || fail "$1:" "  should not contain: $2" "  but is:             $3"
}

# Waits for a condition; a command that fails is one that is not true yet.
eventually() { # COMMAND...
  local deadline=$((SECONDS + KF_PATIENCE))

  until "$@"; do
    ((SECONDS < deadline)) || fail "not true after $KF_PATIENCE s: $*" || return 1
    sleep 0.05
  done
}

# --- setting up --------------------------------------------------------------------------------------------------

kf_setup() {
  local program

  T=
  [[ $EUID == 0 ]] || skip "integration tests need root"
  [[ -z ${KF_TOOL_MISSING:-} ]] || skip "$KF_TOOL_MISSING"
  RUNTIME=$(command -v "$KF_RUNTIME") || skip "$KF_RUNTIME is not installed"
  if [[ $KF_RUNTIME == crun ]] && mountpoint -q /sys/fs/cgroup/unified; then
    fail "crun needs /sys/fs/cgroup/unified away on a hybrid cgroup machine: start this with tests/run.sh"
  fi
  for program in kubefence-hook kubefence-runtime; do
    [[ -x $KF_BUILD/$program ]] || fail "$KF_BUILD/$program is not there: run make"
  done
  kf_find_nono

  # Short, and open to all: sockets have short names, and a user namespace must reach its rootfs.
  T=$(mktemp -d /tmp/kf.XXXXXX)
  chmod 755 "$T"
  ID=kf-$BATS_TEST_NUMBER-$BASHPID-$RANDOM
  B=$T/bundle
  KF_PIDS=()
  mkdir "$B" "$T/bin" "$T/rt"
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/$CLASS"
  kf_rootfs
  kf_nono_dir
  kf_config
  kf_spec
  start_journald
}

# For setup_file: sets TOOL to the directory of a program that only tests need; made at its first use, which can take
# minutes. When it cannot be had, KF_TOOL_MISSING says why, and kf_setup skips.
kf_tool() { # NAME
  TOOL=$("$KF_TOP/scripts/get-test-tool.sh" "$1" 2>"$BATS_FILE_TMPDIR/tool.err" 3>&-) ||
    KF_TOOL_MISSING=$(tail -n 1 "$BATS_FILE_TMPDIR/tool.err") TOOL=/nonexistent
  export TOOL KF_TOOL_MISSING
}

kf_find_nono() {
  if [[ $KF_NONO == real ]]; then
    [[ -x ${KF_NONO_REAL:-} ]] || skip "${KF_NONO_REAL_MISSING:-the real nono is not there (KF_NONO_REAL)}"
    NONO=$KF_NONO_REAL
  else
    NONO=$KF_BUILD/tests/standin/nono
    [[ -x $NONO ]] || fail "$NONO is not there: run make"
  fi
}

# The image: made once for a run of bats, copied for each test.
kf_rootfs() {
  local template=$BATS_RUN_TMPDIR/rootfs

  [[ -d $template ]] || kf_rootfs_template "$template"
  cp -a "$template" "$B/rootfs"
}

kf_rootfs_template() { # DIR
  local applet busybox

  busybox=$(command -v busybox)
  mkdir -p "$1.new"/{bin,dev,proc,sys,etc,tmp,root,allowed,secret,scratch,home/app}
  cp "$busybox" "$1.new/bin/busybox"
  for applet in $(busybox --list); do
    [[ $applet == busybox ]] || ln -s busybox "$1.new/bin/$applet"
  done
  chmod 1777 "$1.new/tmp" "$1.new/scratch"
  chown 1000:1000 "$1.new/home/app"
  printf 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n' >"$1.new/etc/passwd"
  echo "may be read" >"$1.new/allowed/file"
  echo "must not be read" >"$1.new/secret/file"
  mv "$1.new" "$1"
}

# The same with the nono directory. Of the real nono, which has 39 MB, each test has a hard link: a test that wants another
# one there makes a new file. kf_teardown notices a write to it.
kf_nono_dir() {
  local template=$BATS_RUN_TMPDIR/nono-nri

  [[ -d $template ]] || kf_nono_template "$template"
  cp -a "$template" "$T/nono-nri"
  if [[ $KF_NONO != real ]] || ! ln "$template.program" "$T/nono-nri/nono"; then
    cp -a "$template.program" "$T/nono-nri/nono"
  fi
}

kf_nono_template() { # DIR
  mkdir -m 755 "$1.new" "$1.new/profiles"
  install -m 755 "$NONO" "$1.program"
  install -m 644 "$KF_TOP"/tests/integration/profiles/*.json "$1.new/profiles/"
  "$KF_TOP/scripts/install-launcher.sh" --dir "$1.new" --launcher "$KF_BUILD/kubefence-launcher"
  kf_nono_seen "$1.program" >"$1.seen"
  mv "$1.new" "$1"
}

kf_nono_seen() { # FILE
  stat -c '%a %u:%g %s %y' "$1"
}

kf_nono_is_untouched() {
  local template=$BATS_RUN_TMPDIR/nono-nri

  [[ $KF_NONO != real ]] || assert_eq "the nono that tests share" "$(<"$template.seen")" "$(kf_nono_seen "$template.program")"
}

# Writes the configuration; each argument is a further line of [kubefence].
kf_config() { # [LINE...]
  export KUBEFENCE_CONFIG=$T/kubefence.conf
  {
    printf '%s\n' '[kubefence]' "runtime_classes = $CLASS" 'default_profile = default' \
      "nono_bin_path = $T/nono-nri/nono" "state_dir = $T/state" "$@"
    printf '%s\n' "[class $CLASS]" "runtime = ${KF_CLASS_RUNTIME:-$RUNTIME}" "${KF_CLASS_LINE:-}"
  } >"$KUBEFENCE_CONFIG"
  chmod 644 "$KUBEFENCE_CONFIG"
}

# --- the bundle --------------------------------------------------------------------------------------------------

# A config.json as the runtime itself proposes it, without parts that a test machine may lack. Asked once for a run of
# bats.
kf_spec() {
  local template=$BATS_RUN_TMPDIR/spec${RUNTIME//\//-}

  [[ -e $template/config.json ]] || kf_spec_template "$template"
  rm -f "$B/config.json"
  cp -a "$template/config.json" "$B/config.json"
}

kf_spec_template() { # DIR
  mkdir "$1"
  (cd "$1" && "$RUNTIME" spec)
  jq '.process.terminal = false | .root.readonly = false
    | .process.env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"]
    | .annotations = {"io.kubernetes.pod.name": "web-0", "io.kubernetes.pod.namespace": "prod",
      "io.kubernetes.pod.uid": "5d1f", "io.kubernetes.container.name": "app"}' <"$1/config.json" >"$1/new"
  mv "$1/new" "$1/config.json"
}

spec() { # JQ-ARGUMENTS...
  jq "$@" <"$B/config.json" >"$T/config.new"
  printf '%s\n' "$(<"$T/config.new")" >"$B/config.json"
}

spec_args() { # COMMAND ARGUMENTS...
  spec '.process.args = $ARGS.positional' --args -- "$@"
}

app() { # SHELL-SCRIPT
  spec_args /bin/sh -c "$1"
}

annotate() { # KEY VALUE
  spec --arg key "$1" --arg value "$2" '.annotations[$key] = $value'
}

# Namespaces as CRI-O gives them: the pod's own are joined by path, and rootfs and cgroup are named absolutely.
spec_crio() {
  local pod

  unshare --net --ipc --uts sleep "$KF_PATIENCE" 3>&- &
  pod=$!
  KF_PIDS+=("$pod")
  eventually kf_has_own_net "$pod"
  spec --arg ns "/proc/$pod/ns" --arg root "$B/rootfs" --arg id "$ID" '.root.path = $root
    | .linux.namespaces = [{type: "pid"}, {type: "network", path: ($ns + "/net")},
      {type: "ipc", path: ($ns + "/ipc")}, {type: "uts", path: ($ns + "/uts")},
      {type: "mount"}, {type: "cgroup"}]
    | del(.hostname)
    | .annotations += {"io.container.manager": "cri-o", "io.kubernetes.cri-o.ContainerType": "container",
      "io.kubernetes.cri-o.ContainerID": $id, "io.kubernetes.cri-o.SandboxID": "5a4db0c5",
      "io.kubernetes.cri-o.Name": "k8s_app_web-0_prod_5d1f_0", "io.kubernetes.cri-o.TTY": "false",
      "io.kubernetes.cri-o.Metadata": "{\"name\":\"app\"}"}'
}

kf_has_own_net() { # PID
  [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]
}

# As podman sets a container up: a cgroup namespace, files of the host bound over /etc, /run as a tmpfs.
spec_podman() {
  echo "127.0.0.1 localhost" >"$T/hosts"
  spec --arg root "$B/rootfs" --arg hosts "$T/hosts" '.root.path = $root
    | .linux.namespaces = [{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"}, {type: "mount"},
      {type: "cgroup"}]
    | .mounts += [{destination: "/etc/hosts", type: "bind", source: $hosts, options: ["bind", "rprivate"]},
      {destination: "/run", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=755"]}]
    | .process.env += ["container=podman", "HOME=/root", "HOSTNAME=kf"]
    | .annotations = {"io.container.manager": "libpod", "io.podman.annotations.init": "FALSE",
      "org.opencontainers.image.stopSignal": "15"}'
}

spec_userns() {
  chown -hR 100000:100000 "$B/rootfs"
  spec '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = .linux.uidMappings'
}

# --- running -----------------------------------------------------------------------------------------------------

# The runtime through the wrapper, and bare. Descriptor 3 is bats's own; a container must not keep it open.
kf() { # RUNTIME-ARGUMENTS...
  timeout --kill-after=5 "$KF_PATIENCE" "$T/bin/$CLASS" --root "$T/rt" "$@" </dev/null 3>&-
}

bare() { # RUNTIME-ARGUMENTS...
  timeout --kill-after=5 "$KF_PATIENCE" "$RUNTIME" --root "$T/rt" "$@" </dev/null 3>&-
}

# Without a class of its own the wrapper takes crun before runc; where runc is asked for, crun is hidden from it.
without_crun() { # COMMAND...
  local crun

  if [[ $KF_RUNTIME == runc ]] && crun=$(command -v crun); then
    unshare --mount --propagation private sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$crun" "$@"
  else
    "$@"
  fi
}

# Runs the container to its end: $STATUS, $OUT and $ERR are the results.
run_container() { # [ID]
  STATUS=0
  kf run --bundle "$B" "${1:-$ID}" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

run_bare() { # [ID]
  STATUS=0
  bare run --bundle "$B" "${1:-$ID}" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

kf_collect() {
  OUT=$(<"$T/out") ERR=$(<"$T/err")
  printf 'status %s\nstdout: %s\nstderr: %s\n' "$STATUS" "$OUT" "$ERR"
}

# Starts the container and waits until it runs its own command; $PID is its first process on the host.
start_container() { # [ID] [BUNDLE]
  local id=${1:-$ID} bundle=${2:-$B}

  kf create --bundle "$bundle" --pid-file "$T/$id.pid" "$id" >"$T/$id.out" 2>"$T/$id.err" ||
    fail "create failed: $(<"$T/$id.err")"
  kf start "$id"
  PID=$(<"$T/$id.pid")
  eventually left_the_runtime "$PID"
  [[ -d /proc/$PID ]] || fail "the container ended at once: $(<"$T/$id.err")"
}

# Not the runtime any more, and not nono either; a process that is gone is not waited for.
left_the_runtime() { # PID
  local cmdline

  [[ -d /proc/$1 ]] || return 0
  cmdline=$(command_of "$1")
  [[ -n $cmdline && $cmdline != /nono/* && $cmdline != *"$KF_RUNTIME"* ]]
}

# The words of a process's command line; empty while the process is executing another program, and where it is gone.
command_of() { # PID
  tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || true
}

# Executing a program takes a moment in which a process has no command line.
assert_command() { # PID WORDS
  eventually runs_command "$@" || fail "command of $1:" "  expected: $2" "  actual:   $(command_of "$1")"
}

runs_command() { # PID WORDS
  [[ $(command_of "$1") == "$2 " ]]
}

succeeded() {
  assert_eq "exit status" 0 "$STATUS"
}

# These commands show whether a container is sandboxed: two files to read, the same with an exit status, and all as words.
READ_FILES='cat /allowed/file; cat /secret/file'
READ_AND_EXIT="$READ_FILES; exit 7"
# shellcheck disable=SC2034 # for the files that load this
READS=(sh -c "$READ_AND_EXIT")

assert_sandboxed() {
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
}

assert_free() {
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" $'may be read\nmust not be read' "$OUT"
}

# --- the hook by itself ------------------------------------------------------------------------------------------

# The bundle as the wrapper edits it, without a container.
rewrite() {
  KF_CLASS_RUNTIME=/bin/true kf_config "$@"
  kf create --bundle "$B" "$ID"
  kf_config "$@"
}

# The mounts that a runtime makes below a root file system for config.json.
KF_RUNTIME_MOUNTS='mount --rbind "$1" "$1" && mount -t tmpfs tmpfs "$1/dev" && mkdir "$1/dev/pts" &&
  mount -t devpts devpts "$1/dev/pts" && mount -t proc proc "$1/proc"'

# A process as the hook finds it at createRuntime: own mount namespace, the rootfs a private mount. Sets $VICTIM.
start_victim() {
  unshare --mount --propagation private sh -c "$KF_RUNTIME_MOUNTS"' && echo ready >"$2" && exec sleep "$3"' \
    sh "$B/rootfs" "$T/ready" "$KF_PATIENCE" 3>&- &
  VICTIM=$!
  KF_PIDS+=("$VICTIM")
  eventually test -s "$T/ready"
}

state_json() { # STATUS [PID]
  jq -c --arg id "$ID" --arg bundle "$B" --arg status "$1" --argjson pid "${2:-0}" '{ociVersion: "1.0.2", id: $id,
    status: $status, bundle: $bundle, annotations: (.annotations // {})}
    + if $pid > 0 then {pid: $pid} else {} end' "$B/config.json"
}

# Runs the hook with the text on stdin: $STATUS, $OUT, $ERR.
run_hook() { # HOOK-ARGUMENTS...
  STATUS=0
  timeout "$KF_PATIENCE" "$HOOK" "$@" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
}

victim_mounts() {
  awk '$5 ~ /\/nono$/' "/proc/$VICTIM/mountinfo"
}

# --- the journal -------------------------------------------------------------------------------------------------

journald_answers() {
  local token=kubefence-tests-$BASHPID-$RANDOM

  [[ -S /run/systemd/journal/socket ]] || return 1
  printf 'MESSAGE=%s\nSYSLOG_IDENTIFIER=kubefence-tests\n' "$token" | timeout 2 logger --journald 2>"$T/logger" ||
    return 1
  timeout 5 journalctl --sync 2>"$T/sync" || sleep 0.2
  [[ -n $(journalctl -q -o cat "MESSAGE=$token") ]]
}

find_journald() {
  local journald

  for journald in /lib/systemd/systemd-journald /usr/lib/systemd/systemd-journald; do
    [[ ! -x $journald ]] || { echo "$journald" && return; }
  done
  fail "systemd-journald is not installed: run scripts/deps.sh"
}

# Machines without systemd as init (containers, test machines) get a journald for the time of the tests. One that has
# answered a test of this file is there for the others.
start_journald() {
  local journald answered=$BATS_RUN_TMPDIR/journald.answered

  [[ ! -e $answered ]] || return 0
  journald_answers || start_own_journald
  : >"$answered"
}

start_own_journald() {
  local journald

  journald=$(find_journald)
  mkdir -p /run/systemd/journal /run/log/journal
  setsid "$journald" >"$BATS_RUN_TMPDIR/journald.log" 2>&1 </dev/null 3>&- &
  echo $! >"$BATS_RUN_TMPDIR/journald.pid"
  eventually journald_answers
}

# The file that started a journald stops it.
stop_journald() {
  local pid_file=$BATS_RUN_TMPDIR/journald.pid

  rm -f "$BATS_RUN_TMPDIR/journald.answered"
  [[ -e $pid_file ]] || return 0
  kill "$(<"$pid_file")" || true
  rm -f "$pid_file"
}

# The newest entry of ours about container ID, as JSON; waits for one with that MESSAGE.
journal_of() { # ID [MESSAGE]
  eventually kf_journal_read "$1" ${2:+"MESSAGE=$2"}
  tail -n 1 "$T/journal"
}

kf_journal_read() { # ID [MATCH...]
  timeout 10 journalctl --sync 2>"$T/sync" || true
  journalctl -q -o json --all SYSLOG_IDENTIFIER=kubefence "CONTAINER_ID_FULL=$1" "${@:2}" >"$T/journal"
  [[ -s $T/journal ]]
}

assert_journal() { # ID MESSAGE [FIELD=VALUE...]
  local entry wrong

  entry=$(journal_of "$1" "$2")
  printf 'journal: %s\n' "$entry"
  wrong=$(jq -r '. as $entry | $ARGS.positional[] | index("=") as $at | .[:$at] as $field | .[$at + 1:] as $wanted
    | ($entry[$field] | if type == "string" then . else tojson end) as $actual | select($actual != $wanted)
    | "journal field \($field):\n  expected: \($wanted)\n  actual:   \($actual)"' --args -- "${@:3}" <<<"$entry")
  [[ -z $wrong ]] || fail "$wrong"
}

journal_is_silent_about() { # ID
  ! kf_journal_read "$1" || fail "the journal speaks of $1:" "$(<"$T/journal")"
}

# --- no file or mount may be left --------------------------------------------------------------------------------

mounts_left() {
  local mounts

  mounts=$(</proc/self/mountinfo)$'\n'$(</proc/1/mountinfo)
  [[ $mounts == *"/nono "* || $mounts == *" $T/"* ]] || return 0
  awk -v tree="$T/" '$5 ~ /\/nono$/ || index($5, tree) == 1' /proc/self/mountinfo /proc/1/mountinfo
}

records_left() {
  [[ ! -d $T/state ]] || find "$T/state" -mindepth 1
}

bundle_litter() {
  local entry

  for entry in "$B"/* "$B"/.[!.]*; do
    [[ $entry == "$B/config.json" || $entry == "$B/rootfs" || ! (-e $entry || -L $entry) ]] || echo "$entry"
  done
}

containers_left() {
  local dir

  for dir in "$T"/rt/*/ "$T"/rt/.[!.]*/; do
    [[ ! -d $dir ]] || basename "$dir"
  done
}

# Each of them counts, also in a teardown, where bash does not end at the first failure.
assert_no_trace() {
  local failed=0

  assert_eq "mounts left" "" "$(mounts_left)" || failed=1
  assert_eq "records left" "" "$(records_left)" || failed=1
  assert_eq "files left in the bundle" "" "$(bundle_litter)" || failed=1
  assert_eq "containers left" "" "$(containers_left)" || failed=1
  return "$failed"
}

# Programs of make SANITIZE=1 report here, see tests/sanitize/options.c.
kf_sanitized() {
  [[ -d $KF_BUILD/reports ]]
}

not_sanitized() { # REASON
  ! kf_sanitized || skip "sanitized programs: $1"
}

sanitizers_are_silent() {
  local reports

  kf_sanitized || return 0
  mapfile -t reports < <(find "$KF_BUILD/reports" -maxdepth 1 -type f)
  ((${#reports[@]} > 0)) || return 0
  cat "${reports[@]}" >&2
  mkdir -p "$KF_BUILD/reports/shown"
  mv "${reports[@]}" "$KF_BUILD/reports/shown/"
  fail "a sanitizer has something to say"
}

# Once more when the machine is too busy for the runtime to see the processes gone and remove their cgroup.
kf_stop_everything() {
  local pid id try

  for try in 1 2 3; do
    for id in $(containers_left); do
      bare delete --force "$id" || sleep "$try"
    done
  done
  for pid in "${KF_PIDS[@]}"; do
    kill -KILL "$pid" || true
    wait "$pid" || true
  done 2>/dev/null
}

kf_teardown() {
  local trace=0 mount

  [[ -n ${T:-} ]] || return 0
  kf_stop_everything
  assert_no_trace || trace=1
  sanitizers_are_silent || trace=1
  kf_nono_is_untouched || trace=1
  [[ $(</proc/self/mountinfo) != *" $T/"* ]] || while read -r mount; do
    umount -l "$mount"
  done < <(awk -v tree="$T/" 'index($5, tree) == 1 { print $5 }' /proc/self/mountinfo | tac)
  rm -rf --one-file-system "$T"
  return "$trace"
}
