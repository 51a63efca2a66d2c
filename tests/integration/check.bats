#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# shellcheck disable=SC2016 # a $ in single quotes is for jq
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs tests in subshells, and makes $output
#
# kubefence check on a node with everything installed, and on one with each flaw in turn. A test
# has overlays of its own over the node's; engines that are not here are played by scripts, real ones are asked if they
# are.

load helpers
load node

HOOKS=/usr/share/containers/oci/hooks.d
PODMAN_HOOKS=/usr/share/kubefence/podman-hooks.d
CONF_DIR=/etc/kubefence/kubefence.conf.d
LAYERS=(/etc /usr /opt)

setup_file() { node_make; }

setup() {
  local dir program

  node_setup
  LAYER=$NODE/layer-$BATS_TEST_NUMBER
  for dir in "${LAYERS[@]}"; do
    mkdir -p "$LAYER$dir/upper" "$LAYER$dir/work"
    mount -t overlay -o "lowerdir=$dir,upperdir=$LAYER$dir/upper,workdir=$LAYER$dir/work" overlay "$dir"
  done
  # This machine's own parts are not tested here.
  rm -rf /etc/containerd /etc/crio /etc/docker
  for program in /usr/{bin,sbin,local/bin,local/sbin}/{crio,containerd,dockerd}; do
    [[ ! -e $program ]] || mount --bind /dev/null "$program"
  done
  # The real one takes half a second to answer.
  program "$T/podman" <<<'echo /usr/libexec/kubefence/nono-runc'
  mount --bind "$T/podman" /usr/bin/podman
  # An overlay cannot be the upper layer of another one.
  printf '[storage]\ndriver = "vfs"\nrunroot = "%s"\ngraphroot = "%s"\n' "$LAYER/run" "$LAYER/graph" \
    >/etc/containers/storage.conf
  # Some have no securityfs.
  mount -t tmpfs tmpfs /sys/kernel/security
  echo capability,landlock,yama >/sys/kernel/security/lsm
}

teardown() {
  if [[ -n ${LAYER:-} ]]; then
    umount -l "${LAYERS[@]}" /sys/kernel/security
    rm -rf "$LAYER"
  fi
  kf_teardown
}

teardown_file() { node_leave; }

# --- looking -----------------------------------------------------------------------------------------------------

check() { # ARGUMENTS...
  STATUS=0
  timeout 60 /usr/bin/kubefence check "$@" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
}

# The same as JSON, for rows.
look() {
  STATUS=0
  timeout 60 /usr/bin/kubefence check --json >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  assert_eq "stderr" "" "$(<"$T/err")"
}

# The rows of CHECK (and SUBJECT) at the last look, a line each: "status message".
rows() { # CHECK [SUBJECT]
  jq -r --arg check "$1" --arg subject "${2:-}" '.[] | select(.check == $check and ($subject == "" or
    .subject == $subject)) | .status + " " + .message' "$T/out"
}

# Looks again: one of the rows of CHECK has this status, and says this.
row() { # CHECK STATUS PART
  local line

  look
  while read -r line; do
    [[ $line != "$2 "*"$3"* ]] || return 0
  done < <(rows "$1")
  fail "no row: $1 $2 ...$3..." "$(rows "$1")"
}

no_row() { # CHECK STATUS
  look
  assert_eq "rows of $1 that say $2" "" "$(rows "$1" | grep "^$2 ")"
}

program() { # PATH, with a shell script on standard input
  { echo '#!/bin/sh' && cat; } >"$1"
  chmod 755 "$1"
}

hook_json() { # PROGRAM STAGE
  jq -n --arg program "$1" --arg stage "$2" '{version: "1.0.0", hook: {path: $program}, when: {always: true}, stages: [$stage]}'
}

install_crio() {
  program /usr/bin/crio <<<'cat /etc/crio/crio.conf.d/*.conf 2>/dev/null || true'
  "$KF_TOP/scripts/install-node.sh" --engine crio >"$T/install"
}

# --- a node as it should be --------------------------------------------------------------------------------------

@test "a complete node: nothing fails, 80 columns, no colour in a file" {
  umount /usr/bin/podman
  check
  succeeded
  assert_has "Landlock" "ok    landlock            ABI" "$OUT"
  assert_has "Podman" "nono-runc: /usr/libexec/kubefence/nono-runc" "$OUT"
  assert_has_not "fail" $'\nfail' "$OUT"
  ! grep -q '.\{81\}' "$T/out" || fail "wider than 80 columns"
  ! grep -q $'\e' "$T/out" || fail "escapes in a file"
  row podman ok "(podman info)"
  row hooks ok "$HOOKS/50-kubefence.json: createRuntime, for all containers"
  row hooks ok "$HOOKS/50-kubefence-poststop.json: poststop, for all"
  row hooks ok "$PODMAN_HOOKS/50-kubefence-precreate.json: precreate"
  row lsm ok landlock
  row journal ok listens
  row records ok "0, 0 of containers that are gone"
  assert_eq "engines that are not here" "" "$(rows crio)$(rows containerd)$(rows docker)"
}

@test "--json: an array of rows with the documented keys, a remedy where one is needed" {
  rm /opt/nono-nri/profiles/narrow.json "$HOOKS/50-kubefence.json"
  echo '{' >/opt/nono-nri/profiles/narrow.json
  check --json
  assert_eq "keys" "true" "$(jq '[.[] | keys - ["origin"] == ["check", "message", "remedy", "status", "subject"]] | all' "$T/out")"
  assert_eq "statuses" "ok warn" "$(jq -r '[.[].status] | unique | join(" ")' "$T/out")"
  assert_eq "remedies" "true" "$(jq '[.[] | (.status == "ok") == (.remedy == "")] | all' "$T/out")"
  assert_eq "exit status with warnings only" 0 "$STATUS"
}

@test "colour on a terminal only, and NO_COLOR counts" {
  script -qec '/usr/bin/kubefence check' "$T/colour" </dev/null >"$T/typed" 3>&-
  grep -q $'\e\[32mok' "$T/colour"
  NO_COLOR=1 script -qec '/usr/bin/kubefence check' "$T/plain" </dev/null >"$T/typed" 3>&-
  grep -q '^ok ' "$T/plain"
  ! grep -q $'\e' "$T/plain" || fail "NO_COLOR was ignored"
}

@test "usage" {
  check surplus
  assert_eq "exit status" 2 "$STATUS"
  check --bogus
  assert_eq "exit status" 2 "$STATUS"
  check --help
  succeeded
  assert_has "help" "--json" "$OUT"
  ! grep -q '.\{81\}' "$T/out" || fail "wider than 80 columns"
}

# --- kernel and configuration ------------------------------------------------------------------------------------

@test "lsm= without Landlock fails, an unreadable list is only said" {
  echo capability,landlockx,yama >/sys/kernel/security/lsm
  row lsm fail capability
  rm /sys/kernel/security/lsm
  mkfifo /sys/kernel/security/lsm
  row lsm warn "cannot be read"
}

@test "SELinux: the label of the nono directory" {
  label() { python3 -c 'import os, sys; os.setxattr("/opt/nono-nri", "security.selinux", sys.argv[1].encode())' "$1"; }

  label system_u:object_r:usr_t:s0 2>"$T/xattr" || skip "no security attributes here: $(tail -n 1 "$T/xattr")"
  looks() { # ENFORCE
    mount -t tmpfs tmpfs /sys/fs
    mkdir /sys/fs/selinux
    echo "$1" >/sys/fs/selinux/enforce
    look
    umount /sys/fs
  }
  looks 1
  assert_has "row" "warn enforcing, and the label system_u:object_r:usr_t:s0 is not one" "$(rows selinux)"
  label system_u:object_r:container_ro_file_t:s0
  looks 0
  assert_has "row" "ok permissive, label system_u:object_r:container_ro_file_t:s0" "$(rows selinux)"
}

@test "every value that is in force, and the line it comes from" {
  printf '[kubefence]\ninvalid_profile = deny\n' >"$CONF_DIR/60-a.conf"
  printf '[kubefence]\ninvalid_profile = default\n\n[class nono-runc]\nexec = deny\n' >"$CONF_DIR/70-b.conf"
  check --json
  value() { jq -r --arg subject "$1" '.[] | select(.check == "value" and .subject == $subject) | .message + " " + .origin' "$T/out"; }
  assert_eq "overridden" "default $CONF_DIR/70-b.conf:2" "$(value "[kubefence] invalid_profile")"
  assert_eq "a class's" "deny $CONF_DIR/70-b.conf:5" "$(value "[class nono-runc] exec")"
  assert_eq "inherited" "default [kubefence]" "$(value "[class nono-runc] default_profile")"
  assert_eq "default" "hook default" "$(value "[class nono-runc] delivery")"
  assert_eq "vendor's" "nono-runc kata-nono-sandbox" "$(value "[kubefence] runtime_classes" | sed 's| /usr/lib.*||')"
  # Every key of both manual pages' sections: the parser's keys are shown.
  assert_eq "values" 34 "$(jq '[.[] | select(.check == "value")] | length' "$T/out")"
  check
  assert_has_not "without --verbose" "[class nono-runc] exec" "$OUT"
  check --verbose
  assert_has "with --verbose" "[class nono-runc] exec: deny" "$OUT"
}

@test "a section of an unknown class is a warning" {
  no_row class warn
  printf '[class nono-rnc]\nexec = deny\n' >"$CONF_DIR/60-typo.conf"
  row class warn "has a section, but is not one of runtime_classes"
  assert_eq "exit status" 0 "$STATUS"
}

@test "a runtime's name that leads to the wrapper" {
  local program

  no_row runtime fail
  for program in crun runc; do
    ln -s /usr/bin/kubefence-runtime "/usr/local/sbin/$program"
    row runtime fail "/usr/local/sbin/$program leads to kubefence-runtime: containers are NOT sandboxed by this name"
    assert_eq "exit status" 1 "$STATUS"
    rm "/usr/local/sbin/$program"
  done
  printf '[class nono-runc]\nruntime = /usr/libexec/kubefence/nono-runc\n' >"$CONF_DIR/60-loop.conf"
  row runtime fail "/usr/libexec/kubefence/nono-runc leads to kubefence-runtime"
}

@test "a configuration with errors fails with file and line, and the rest is looked at" {
  printf '[kubefence]\nbogus = \e[2J\n' >"$CONF_DIR/60-a.conf"
  row configuration fail "$CONF_DIR/60-a.conf:2: a control character"
  assert_eq "exit status" 1 "$STATUS"
  row hooks ok createRuntime
  row records ok "0, 0 of containers that are gone"
  printf '[kubefence]\nb\xc2\x9bgus = 1\n' >"$CONF_DIR/60-a.conf"
  row configuration fail 'unknown key '
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "not plain ASCII"
  rm "$CONF_DIR/60-a.conf"
  mkfifo "$CONF_DIR/60-a.conf"
  row configuration fail "is not a regular file"
  rm "$CONF_DIR/60-a.conf" /usr/lib/kubefence/kubefence.conf
  rm -r "$CONF_DIR"
  row configuration fail "no configuration"
}

# --- nono --------------------------------------------------------------------------------------------------------

@test "nono: its version, and answers without one" {
  printf '[kubefence]\nallow_dynamic_nono = yes\n' >"$CONF_DIR/60-a.conf"
  program /opt/nono-nri/nono <<<'echo nono 0.80.3'
  row nono warn "allow_dynamic_nono = yes"
  row nono-version ok 0.80.3
  program /opt/nono-nri/nono <<<'echo nono 0.81.0'
  row nono-version warn "0.81.0 is not among the versions that were tested (0.66.0 to 0.80.x)"
  program /opt/nono-nri/nono <<<"printf 'nono \\033[2J1.2.3\\n'"
  row nono-version fail 'says '"'"'nono \x1b[2J1.2.3'
  program /opt/nono-nri/nono <<<'env | grep -v ^PWD= | sort | tr "\n" " "'
  KF_SECRET=1 NONO_ALLOW=/ row nono-version fail "'HOME=/proc/kubefence NONO_NO_UPDATE_CHECK=1 PATH=/usr/bin:/bin '"
}

@test "a nono that hangs is left alone after ten seconds, once" {
  local start=$SECONDS

  printf '[kubefence]\nallow_dynamic_nono = yes\n' >"$CONF_DIR/60-a.conf"
  program /opt/nono-nri/nono <<<'exec >&- 2>&-; sleep 100'
  check --json
  assert_eq "exit status" 1 "$STATUS"
  assert_has "row" "does not answer" "$(jq -r '.[] | select(.check == "nono-version").message' "$T/out")"
  assert_eq "profiles" "ok" "$(jq -r '[.[] | select(.check == "profile").status] | unique | join(" ")' "$T/out")"
  ((SECONDS - start < 30)) || fail "it took $((SECONDS - start)) s"
}

@test "nono missing, dynamic, writable by others" {
  chmod g+w /opt/nono-nri/nono
  row nono fail "writable by group or others"
  assert_eq "no version of that" "" "$(rows nono-version)"
  install -m 755 /bin/true /opt/nono-nri/nono
  row nono fail "needs a loader from the image"
  rm /opt/nono-nri/nono
  row nono fail "install a static nono"
  assert_eq "exit status" 1 "$STATUS"
}

@test "profiles: the default one has to be there and accepted, others are only warned of" {
  row profile ok "accepted by nono; default of class nono-runc"
  echo '{' >/opt/nono-nri/profiles/narrow.json
  row profile warn "profile narrow.json is not valid JSON"
  assert_eq "exit status" 0 "$STATUS"
  echo '{"network": {"allow_domain": ["example.com"]}}' >/opt/nono-nri/profiles/default.json
  row profile fail "profile default sets network.allow_domain"
  # A refusal at create is reported before.
  echo '{"filesystem": {"alow": ["/a"]}}' >/opt/nono-nri/profiles/default.json
  row profile fail "profile default sets filesystem.alow: it is not a key that nono knows"
  echo '{"filesystem": {"allow": ["/a"], "read": ["/a/b"]}}' >/opt/nono-nri/profiles/default.json
  row profile fail "'/a/b' in filesystem.read below '/a' in filesystem.allow"
  echo '{"filesystem": {"read": ["/nono"]}}' >/opt/nono-nri/profiles/default.json
  row profile fail "profile default grants /nono/nono"
  assert_eq "exit status" 1 "$STATUS"
  rm /opt/nono-nri/profiles/default.json
  row profile fail "profile default is not installed"
  printf '[kubefence]\nprofile_lookup = files-then-nono\n' >"$CONF_DIR/60-a.conf"
  row profile warn "has no file: class nono-runc leaves the name to nono"
  rm -r /opt/nono-nri/profiles
  row profile fail "cannot look at the nono directory's profiles/"
}

# --- hooks -------------------------------------------------------------------------------------------------------

@test "a hook that others can write, or whose directory they can" {
  local hook=/usr/libexec/oci/hooks.d/kubefence-hook

  row hook ok "$hook"
  chmod 775 "$hook"
  row hook warn "others can change it"
  chmod 755 "$hook"
  chown 1000 "${hook%/*}"
  row hook warn "others can change it"
  chown 0 "${hook%/*}"
  row hook ok "$hook"
}

@test "a hook JSON whose program is missing is not a hook: the row says so loudly" {
  mv /usr/libexec/oci/hooks.d/kubefence-hook "$T/hook"
  row hooks fail "$HOOKS/50-kubefence.json: /usr/libexec/oci/hooks.d/kubefence-hook is MISSING or not executable, and podman silently runs NO hook then"
  assert_eq "exit status" 1 "$STATUS"
  row hook fail "kubefence-hook is not installed"
  mv "$T/hook" /usr/libexec/oci/hooks.d/kubefence-hook
  chmod a-x /usr/libexec/oci/hooks.d/kubefence-hook
  row hooks fail "is MISSING or not executable"
}

@test "hooks that are not there, or only for some containers" {
  cp "$KF_TOP/hooks.d/annotated/50-kubefence.json" "$HOOKS/"
  row hooks ok "50-kubefence.json: createRuntime, for some containers"
  rm "$HOOKS/50-kubefence.json" "$PODMAN_HOOKS/50-kubefence-precreate.json"
  row hooks warn "no createRuntime hook of kubefence"
  row hooks warn "no precreate hook of kubefence"
}

@test "a file of the same name in a later directory replaces our hook" {
  mkdir "$T/later"
  sed -i "s|^hooks_dir = .*|hooks_dir = [\"$HOOKS\", \"$PODMAN_HOOKS\", # one\n  '$T/later']|" \
    /etc/containers/containers.conf.d/50-kubefence.conf
  no_row hooks fail
  hook_json /bin/true createRuntime >"$T/later/50-kubefence.json"
  row hooks fail "$HOOKS/50-kubefence.json is replaced by $T/later/50-kubefence.json, which is not kubefence's"
  # Ours again, from there.
  hook_json /usr/libexec/oci/hooks.d/kubefence-hook createRuntime >"$T/later/50-kubefence.json"
  no_row hooks fail
  row hooks ok "$T/later/50-kubefence.json: createRuntime"
}

@test "a later containers.conf that replaces the list of hooks takes ours away" {
  printf '[engine]\nhooks_dir = ["%s"]\n' "$T/none" >/etc/containers/containers.conf.d/99-others.conf
  row hooks warn "no createRuntime hook of kubefence"
}

@test "hostile hook JSONs: FIFOs, links to nowhere, huge ones, no JSON, names with escapes" {
  mkfifo "$HOOKS/fifo.json"
  row hooks fail "$HOOKS/fifo.json: $HOOKS/fifo.json is not a regular file"
  rm "$HOOKS/fifo.json"
  truncate -s 100M "$HOOKS/huge.json"
  row hooks fail "huge.json is larger than 1048576 bytes"
  rm "$HOOKS/huge.json"
  ln -s /nonexistent "$HOOKS/link.json"
  row hooks fail "link.json: cannot open"
  rm "$HOOKS/link.json"
  mkdir "$HOOKS/dir.json"
  row hooks fail "dir.json is not a regular file"
  rmdir "$HOOKS/dir.json"
  head -c 100000 /dev/zero | tr '\0' '[' >"$HOOKS/deep.json"
  row hooks fail "deep.json is not valid JSON"
  rm "$HOOKS/deep.json"
  echo '{"version": "1.0.0", "hook": {"path": "/bin/\u001b[2J"}}' >"$HOOKS/"$'a\e[2Jb.json'
  row hooks fail 'a\x1b[2Jb.json has no stages'
  check
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "not plain ASCII"
  rm "$HOOKS/"$'a\e[2Jb.json'
  # Not JSON by name: no engine looks at it.
  mkfifo "$HOOKS/fifo.json.bak"
  no_row hooks fail
}

# --- engines -----------------------------------------------------------------------------------------------------

@test "CRI-O: the handler, and other programs that it could run" {
  install_crio
  row crio ok "/usr/libexec/kubefence/nono-runc (crio config)"
  row hooks ok "createRuntime"
  printf '[crio.runtime.runtimes.nono-runc]\nruntime_path = "%s"\n' "$RUNTIME" >/etc/crio/crio.conf.d/99-others.conf
  row crio fail "the handler runs $RUNTIME, not kubefence-runtime by the class's name: its containers are NOT sandboxed"
  assert_eq "exit status" 1 "$STATUS"
  # The wrapper, but by a name that is not a class.
  sed -i "s|$RUNTIME|/usr/bin/kubefence-runtime|" /etc/crio/crio.conf.d/99-others.conf
  row crio fail "NOT sandboxed"
  sed -i 's|/usr/bin/kubefence-runtime|/usr/none/nono-runc|' /etc/crio/crio.conf.d/99-others.conf
  row crio fail "/usr/none/nono-runc is missing"
  printf '[crio.runtime.runtimes.nono-runc]\ninherit_default_runtime = true\n' >/etc/crio/crio.conf.d/99-others.conf
  row crio fail "inherit_default_runtime replaces"
  cp /usr/bin/kubefence-runtime "$T/nono-runc"
  printf '[crio.runtime.runtimes.nono-runc]\nruntime_path = "%s"\n' "$T/nono-runc" >/etc/crio/crio.conf.d/99-others.conf
  row crio warn "a copy?"
  rm /etc/crio/crio.conf.d/*
  program /usr/bin/crio <<<'echo "[crio.runtime.runtimes.runc]"; echo "runtime_path = \"\""'
  row crio warn "no such runtime handler (crio config)"
}

@test "CRI-O: a precreate hook in a directory it reads keeps it from starting" {
  install_crio
  no_row hooks fail
  printf '[crio.runtime]\nhooks_dir = [\n  "%s", "%s",\n]\n' "$HOOKS" "$PODMAN_HOOKS" >/etc/crio/crio.conf.d/60-hooks.conf
  row hooks fail "50-kubefence-precreate.json names the stage precreate, which this engine does not know"
}

@test "CRI-O whose program fails, hangs or talks without end: its files are read, and the row says so" {
  local start=$SECONDS

  install_crio
  program /usr/bin/crio <<<'echo first >&2; echo at last >&2; echo >&2; exit 1'
  row crio warn "it does not answer: it ended with exit status 1 and said: at last"
  row crio ok "(lines of /etc/crio/crio.conf and crio.conf.d)"
  program /usr/bin/crio <<<"printf '\\033[2J[crio.runtime.runtimes.nono-runc]\\nruntime_path = \"/\\033[2J\"\\n'; yes | head -c 20000000"
  check
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "not plain ASCII"
  start=$SECONDS
  program /usr/bin/crio <<<'sleep 100 & exec >&- 2>&-; sleep 100'
  check --json
  assert_has "row" "does not answer within 10 seconds" "$(jq -r '.[] | select(.check == "crio").message' "$T/out")"
  ((SECONDS - start < 30)) || fail "it took $((SECONDS - start)) s"
  rm /usr/bin/crio
  row crio ok "(lines of /etc/crio/crio.conf and crio.conf.d)"
  mkfifo /etc/crio/crio.conf
  row crio warn "/etc/crio/crio.conf is not a regular file"
}

@test "the real CRI-O is asked" {
  local crio

  crio=$("$KF_TOP/scripts/get-test-tool.sh" crio 2>"$T/tool" 3>&-) || skip "$(tail -n 1 "$T/tool")"
  install_crio
  install "$crio/crio" /usr/bin/crio
  row crio ok "/usr/libexec/kubefence/nono-runc (crio config)"
  row hooks ok "50-kubefence.json: createRuntime, for all containers"
  printf '[crio.runtime]\nhooks_dir = ["%s"]\n' "$PODMAN_HOOKS" >/etc/crio/crio.conf.d/60-hooks.conf
  row hooks fail "50-kubefence-precreate.json names the stage precreate"
}

@test "the real containerd is asked: 1.6 with our tables in its main file" {
  mountpoint -q /usr/bin/containerd || skip "containerd is not installed"
  umount /usr/bin/containerd
  /usr/bin/containerd --version | grep -q ' 1\.' || skip "it is another one: $(/usr/bin/containerd --version)"
  row containerd warn "no such runtime handler (lines of"
  mkdir -p /etc/containerd
  echo 'version = 2' >/etc/containerd/config.toml
  row containerd warn "no such runtime handler (containerd config dump)"
  "$KF_TOP/scripts/install-node.sh" --engine containerd >"$T/install"
  row containerd ok "/usr/libexec/kubefence/nono-runc (containerd config dump)"
  sed -i 's|BinaryName = "/usr/libexec/kubefence/nono-runc"|BinaryName = ""|' /etc/containerd/*.toml /etc/containerd/conf.d/*.toml 2>"$T/sed" || true
  row containerd fail "names no program of kubefence's"
}

@test "a containerd that loses the runtime's name of pods with hostUsers: false" {
  local said

  mkdir -p /etc/containerd
  umount /usr/bin/containerd 2>/dev/null || true
  for said in 'github.com/containerd/containerd/v2 v2.0.0 207ad711' 'github.com/containerd/containerd/v2 v2.0.4 1a43cb6a' \
    'github.com/containerd/containerd 2.0.3~ds1 2.0.3~ds1-1'; do
    program /usr/bin/containerd <<<"[ \"\$*\" != --version ] || echo containerd '$said'"
    row containerd fail "lose the runtime's name of a pod with hostUsers: false"
  done
  for said in 'github.com/containerd/containerd/v2 v2.0.5 fb4c30d4' 'github.com/containerd/containerd/v2 v2.1.0 061792f0' \
    'github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1' 'github.com/containerd/containerd/v2 v2.0' ''; do
    program /usr/bin/containerd <<<"[ \"\$*\" != --version ] || echo containerd '$said'"
    no_row containerd fail
  done
}

@test "a runtime that cannot read the engine's config.json" {
  mkdir -p /etc/containerd/conf.d
  cp "$KF_TOP/hooks.d/containerd/50-kubefence-v3.toml" /etc/containerd/conf.d/50-kubefence.toml
  printf 'version = 3\nimports = ["/etc/containerd/conf.d/*.toml"]\n' >/etc/containerd/config.toml
  program /usr/local/bin/crun <<<'echo "crun version 1.8.1"; echo "spec: 1.0.0"'
  umount /usr/bin/containerd
  program /usr/bin/containerd <<<'[ "$1" = config ] && exec cat /etc/containerd/conf.d/*.toml
    echo "containerd github.com/containerd/containerd/v2 v2.4.2 abc"'
  printf '[class nono-runc]\nruntime = /usr/local/bin/crun\n' >"$CONF_DIR/90-test.conf"
  row containerd fail "/usr/local/bin/crun (crun 1.8.1) refuses what containerd 2.4 writes"
  program /usr/local/bin/crun <<<'echo "crun version 1.14.2"'
  row containerd ok "/usr/libexec/kubefence/nono-runc"
  program /usr/bin/containerd <<<'[ "$1" = config ] && exec cat /etc/containerd/conf.d/*.toml
    echo "containerd github.com/containerd/containerd v1.7.27 abc"'
  program /usr/local/bin/crun <<<'echo "crun version 1.8.1"'
  # The same node after a downgrade.
  row containerd fail "older than 2.0 and takes the drop-in in place of all settings"
}

@test "containerd without its program, with a drop-in, without CRI" {
  mkdir -p /etc/containerd/conf.d
  cp "$KF_TOP/hooks.d/containerd/50-kubefence-v3.toml" /etc/containerd/conf.d/50-kubefence.toml
  echo 'version = 3' >/etc/containerd/config.toml
  row containerd warn "no such runtime handler (lines of"
  echo 'imports = ["/etc/containerd/conf.d/*.toml"]' >>/etc/containerd/config.toml
  row containerd ok "/usr/libexec/kubefence/nono-runc (lines of /etc/containerd/config.toml and our drop-in)"
  echo 'disabled_plugins = ["cri"]' >>/etc/containerd/config.toml
  row containerd ok "its CRI plugin is off"
}

@test "Kata: the shim of a handler is found by path and by type, and the mount must be read-only" {
  mkdir -p /opt/kata/bin /etc/containerd
  program /opt/kata/bin/containerd-shim-kata-v2 </dev/null
  row read-only fail "/opt/nono-nri is writable"
  { echo 'version = 2' && cat "$KF_TOP/hooks.d/kata/containerd-v2.toml"; } >/etc/containerd/config.toml
  look
  assert_eq "by path" "ok /usr/bin/containerd-shim-nono-kata-v2 (lines of /etc/containerd/config.toml and our drop-in)" \
    "$(rows containerd kata-nono-sandbox)"
  sed -i '/^runtime_path/d' /etc/containerd/config.toml
  look
  assert_has "by type" "ok /usr/bin/containerd-shim-nono-kata-v2" "$(rows containerd kata-nono-sandbox)"
  sed -i 's/nono-kata/kata/' /etc/containerd/config.toml
  install -m 755 /opt/kata/bin/containerd-shim-kata-v2 /usr/bin/
  look
  assert_has "Kata's own" "NOT sandboxed" "$(rows containerd kata-nono-sandbox)"
  mount --bind /opt/nono-nri /opt/nono-nri
  mount -o remount,bind,ro /opt/nono-nri
  row read-only ok "a read-only mount"
  umount /opt/nono-nri
}

@test "Docker: daemon.json" {
  program /usr/bin/dockerd </dev/null
  row docker warn "no such runtime handler (/etc/docker/daemon.json)"
  mkdir -p /etc/docker
  jq '{runtimes: {"nono-runc": .}}' "$KF_TOP/hooks.d/docker/runtime.json" >/etc/docker/daemon.json
  row docker ok "/usr/libexec/kubefence/nono-runc (/etc/docker/daemon.json)"
  echo '{"runtimes": {"nono-runc": {"path": "'"$RUNTIME"'"}}}' >/etc/docker/daemon.json
  row docker fail "NOT sandboxed"
  echo '{' >/etc/docker/daemon.json
  row docker fail "is not valid JSON"
  rm /etc/docker/daemon.json
  mkfifo /etc/docker/daemon.json
  row docker warn "is not a regular file"
}

@test "Podman: its runtimes" {
  umount /usr/bin/podman
  row podman ok "(podman info)"
  printf '[engine.runtimes]\nnono-runc = ["/none", "%s"]\n' "$RUNTIME" >/etc/containers/containers.conf.d/99-others.conf
  row podman fail "the handler runs $RUNTIME"
  rm /etc/containers/containers.conf.d/*
  row podman warn "no such runtime handler"
  row podman warn "an image's HEALTHCHECK and podman exec are not confined"
}

# --- state -------------------------------------------------------------------------------------------------------

@test "records: stale ones are for gc, damaged ones are named, a directory of others is refused" {
  mkdir -m 700 /run/kubefence/gone /run/kubefence/damaged
  jq -n --arg bundle "$T/none" '{container_id: "gone", pod: "", namespace: "", pod_uid: "", profile: "default",
    runtime_handler: "nono-runc", bundle: $bundle, timestamp: "2026-01-01T00:00:00Z", pid: 4194303, pid_start_time: 1}' \
    >/run/kubefence/gone/metadata.json
  printf '{"container_id": "\e[2J' >/run/kubefence/damaged/metadata.json
  row records warn "1 of 2 are of containers that are gone"
  row records warn "1 of 2 cannot be read: the record of container damaged is not valid JSON"
  assert_eq "exit status" 0 "$STATUS"
  assert_eq "gc" gone "$(/usr/bin/kubefence gc 2>"$T/gc" || true)"
  rm -r /run/kubefence/damaged
  row records ok "0, 0 of containers that are gone"
  chmod g+w /run/kubefence
  row records fail "writable by group or others"
  chmod g-w /run/kubefence
}

@test "no journal is a warning" {
  STATUS=0
  unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs /run/systemd/journal && exec "$@"' sh \
    /usr/bin/kubefence check --json >"$T/out" 2>"$T/err" || STATUS=$?
  assert_eq "exit status" 0 "$STATUS"
  assert_has "row" "warn No such file or directory" "$(jq -r '.[] | select(.check == "journal") | .status + " " + .message' "$T/out")"
}

# Except for Podman's own changes when it is asked.
@test "nothing is changed, and no directory is made" {
  umount /usr/bin/podman
  files() { find /etc /opt /run/kubefence ! -type d -printf '%p %m %s %T@\n' -o -printf '%p %m\n' | sort; }

  files >"$T/before"
  check --json
  files >"$T/after"
  diff "$T/before" "$T/after"
}
