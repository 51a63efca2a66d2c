#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: runc
# shellcheck disable=SC2016 # a $ in single quotes is for jq or sh
#
# Kata without a virtual machine: the calls that CRI-O and containerd make of a shim, against one that writes down its
# call (tests/standin/shim.c); the hooks as Kata's two runtimes call them; and the mounts that they make of an entry in
# mounts. No virtual machine is booted.

load helpers
load kata

setup() {
  kata_setup
}

teardown() {
  kata_teardown
}

teardown_file() {
  stop_journald
}

# --- start -------------------------------------------------------------------------------------------------------

@test "CRI-O: start edits config.json, and the shim reads it edited" {
  local args

  spec_args /bin/agent --flag ''
  crio_bundle container
  keep
  crio_start
  ran
  assert_eq "stdout" unix:///run/containerd/s/4711 "$OUT"
  assert_eq "stderr" "" "$ERR"
  assert_eq "args" '["/nono/launcher/kubefence-launcher","first-step","--profile","/nono/profiles/default.json","--","/bin/agent","--flag",""]' \
    "$(config .process.args)"
  assert_eq "NONO_PROFILE" '"NONO_PROFILE=default"' "$(config '.process.env[] | select(startswith("NONO"))')"
  assert_eq "PATH" /nono "$(config '.process.env[] | select(startswith("PATH="))' | sed 's/"PATH=\([^:]*\).*/\1/')"
  assert_eq "last mount" \
    '{"destination":"/nono","type":"bind","source":"'"$T/nono-nri"'","options":["rbind","rprivate","ro"]}' \
    "$(config '.mounts[-1]')"
  assert_eq "mounts" "$(jq '.mounts | length + 1' "$T/original.json")" "$(config '.mounts | length')"
  assert_eq "stamp" "\"$KATA\"" "$(config '.annotations["nono.sh/runtime-class"]')"
  args="[\"kubefence-hook\",\"--config\",\"$KUBEFENCE_CONFIG\",\"--runtime-class\",\"$KATA\",\"--container-id\",\"$ID\",\"poststop\"]"
  assert_eq "hooks" '["poststop"]' "$(config '.hooks | keys')"
  assert_eq "poststop" "[$args]" "$(config '[.hooks.poststop[].args]')"
  # Numbers stay as they were, by their text.
  assert_has "memory limit" '"limit":9223372036854771712' "$(<"$GOT/config.json")"
  assert_eq "the rest" "$(jq -S 'del(.process.args, .process.env, .mounts, .annotations, .hooks)' "$T/original.json")" \
    "$(jq -S 'del(.process.args, .process.env, .mounts, .annotations, .hooks)' "$GOT/config.json")"
  cmp "$GOT/config.json" "$B/config.json"
  assert_journal "$ID" injected NONO_STAGE=kata NONO_RUNTIME_HANDLER="$KATA" NONO_PROFILE=default NONO_POD=web-0 \
    NONO_REASON=runtime_class_matched
  assert_eq "record" "$ID $KATA default web-0 $B" \
    "$(record_of "$ID" '"\(.container_id) \(.runtime_handler) \(.profile) \(.pod) \(.bundle)"')"
  remove_record
}

@test "CRI-O with debug logging, whose -debug is before start" {
  crio_bundle container
  crio_start -debug
  ran
  assert_eq "wrapped" '"/nono/launcher/kubefence-launcher"' "$(config '.process.args[0]')"
  remove_record
}

@test "containerd: start edits config.json, with the pod's profile" {
  containerd_bundle container
  shim -namespace k8s.io -address /run/containerd/containerd.sock -publish-binary /usr/bin/containerd -id "$ID" start
  ran
  assert_eq "profile" '"/nono/profiles/narrow.json"' "$(config '.process.args[3]')"
  assert_eq "rootfs" '"rootfs"' "$(config .root.path)"
  assert_journal "$ID" injected NONO_STAGE=kata NONO_POD=web-0 NONO_NAMESPACE=prod NONO_CONTAINER_NAME=app
  remove_record
}

@test "a bundle that is named is edited in place of the working directory" {
  containerd_bundle container
  STATUS=0
  (cd / && "$SHIM" --id="$ID" -bundle="$B" start 3>&-) >"$T/out" 2>"$T/err" </dev/null || STATUS=$?
  kf_collect
  ran
  assert_eq "wrapped" /nono/launcher/kubefence-launcher "$(jq -r '.process.args[0]' "$B/config.json")"
  assert_eq "bundle" "$B" "$(record_of "$ID" .bundle)"
  remove_record
}

@test "options after start count when no option is before it" {
  containerd_bundle container
  shim start -id "$ID"
  ran
  assert_eq "wrapped" '"/nono/launcher/kubefence-launcher"' "$(config '.process.args[0]')"
  remove_record
}

# The call of the shim, without the shell's additions.
given() {
  local file

  for file in argv env fds status stdin cwd; do
    printf '== %s\n' "$file"
    tr '\0' '\n' <"$GOT/$file" | grep -av -e '^_=' -e '^SigQ'
  done
}

# By the name of our shim, with a signal blocked that we use ourselves.
called() { # PROGRAM ARGUMENTS...
  env --block-signal=ALRM bash -c 'exec -a "$0" "$@"' "$SHIM" "$@" >"$T/plain.out" 2>"$T/plain.err"
}

@test "argv, environment, descriptors, signals, working directory and stdin are as without us" {
  local args=(-namespace k8s.io -address '' -publish-binary '/usr/bin/a b' -id "$ID" -debug start)

  containerd_bundle container
  printf 'runtime options\0of containerd \377' >"$T/options"
  export GOMAXPROCS=2 MAX_SHIM_VERSION=2 TTRPC_ADDRESS='' GRPC_ADDRESS='' NAMESPACE=k8s.io ODD=$'a\nb'
  (
    cd "$B"
    umask 027
    trap '' PIPE
    exec 3>&- 7<>"$T/seven" 8<"$T/options" <"$T/options"
    called "$REAL" "${args[@]}"
    given >"$T/plain"
    exec <"$T/options"
    called "$SHIM" "${args[@]}"
    given >"$T/wrapped"
  )
  diff "$T/plain" "$T/wrapped"
  grep -qx "$SHIM" "$T/wrapped"
  grep -q "^7 $T/seven" "$T/wrapped"
  cmp "$T/options" "$GOT/stdin"
  assert_eq "stderr" "" "$(<"$T/plain.err")"
  remove_record
}

@test "start twice gives the same file" {
  crio_bundle container
  crio_start
  ran
  cp "$B/config.json" "$T/once.json"
  crio_start
  ran
  cmp "$T/once.json" "$B/config.json"
  remove_record
}

@test "the real shim's failure is ours" {
  crio_bundle container
  shim -id "$ID" fail
  assert_eq "exit status" 7 "$STATUS"
}

@test "a container without a type (ctr, nerdctl, Docker) is one of the class, too" {
  spec '.annotations = {}'
  crio_start
  ran
  assert_eq "wrapped" '"/nono/launcher/kubefence-launcher"' "$(config '.process.args[0]')"
  remove_record
}

@test "without state_dir the record goes to the default one" {
  local made=0

  sed -i '/^state_dir/d' "$KUBEFENCE_CONFIG"
  crio_bundle container
  ! mkdir -m 700 /run/kubefence 2>/dev/null || made=1
  cat >"$T/start" <<END
set -e
mount -t tmpfs -o mode=700 tmpfs /run/kubefence
cd $B
$SHIM -id $ID start
cat /run/kubefence/$ID/metadata.json
$SHIM -id $ID delete
test -z "\$(ls /run/kubefence)"
END
  run -0 unshare --mount --propagation private sh "$T/start"
  ((made == 0)) || rmdir /run/kubefence
  assert_has "record" "\"container_id\":\"$ID\"" "$output"
}

# --- containers that did not opt in ------------------------------------------------------------------------------

@test "the pause container is untouched, and logged" {
  local bundle

  for bundle in crio_bundle containerd_bundle; do
    kf_spec
    "$bundle" sandbox
    keep
    crio_start
    ran
    untouched
  done
  assert_journal "$ID" skip NONO_STAGE=kata NONO_REASON=sandbox_container
  assert_eq "records" "" "$(records_left)"
}

@test "a container that claims to be the pause container is not" {
  containerd_bundle sandbox
  annotate io.kubernetes.cri.sandbox-id 5a4db0c5
  crio_start
  ran
  assert_eq "wrapped" '"/nono/launcher/kubefence-launcher"' "$(config '.process.args[0]')"
  remove_record
}

@test "no annotation takes a container out of the shim's class" {
  crio_bundle container
  annotate nono.sh/runtime-class runc
  annotate nono.sh/managed false
  annotate io.katacontainers.pkg.oci.container_type pod_sandbox
  crio_start
  ran
  assert_eq "wrapped" '"/nono/launcher/kubefence-launcher"' "$(config '.process.args[0]')"
  assert_eq "stamp" "\"$KATA\"" "$(config '.annotations["nono.sh/runtime-class"]')"
  remove_record
}

@test "everything but start goes straight through, with any configuration" {
  local broken

  containerd_bundle container
  keep
  for broken in no yes; do
    [[ $broken == no ]] || echo 'nonsense' >>"$KUBEFENCE_CONFIG"
    for args in --version -v -info '' frobnicate "-namespace k8s.io -id $ID -address /s" \
      "-id $ID -bundle $B delete" "-future=1 delete" "-future delete"; do
      # shellcheck disable=SC2086 # words are wanted
      shim $args
      ran
      untouched
      assert_eq "stderr of $args" "" "$ERR"
      # shellcheck disable=SC2086
      assert_eq "argv" "$(printf '%s\n' "$SHIM" $args)" "$(tr '\0' '\n' <"$GOT/argv")"
    done
  done
  assert_eq "records" "" "$(records_left)"
  journal_is_silent_about "$ID"
}

@test "a shim whose class is not listed starts nothing" {
  sed -i "s/^runtime_classes = .*/runtime_classes = $CLASS/" "$KUBEFENCE_CONFIG"
  crio_bundle container
  keep
  crio_start
  refused "is not a class: add it to runtime_classes"
  untouched
}

# --- refusals ----------------------------------------------------------------------------------------------------

@test "a broken configuration refuses start, but not the pause container's" {
  echo 'nonsense' >>"$KUBEFENCE_CONFIG"
  crio_bundle container
  keep
  crio_start
  refused "kubefence.conf:"
  assert_journal "$ID" denied NONO_STAGE=kata NONO_REASON=config_invalid NONO_RUNTIME_HANDLER="$KATA"
  kf_spec
  crio_bundle sandbox
  keep
  crio_start
  ran
  untouched
}

@test "a nono directory that is writable is refused, with the remedy" {
  umount "$T/nono-nri"
  crio_bundle container
  keep
  crio_start
  refused "$T/nono-nri is writable, also from a virtual machine: mount it read-only (opt-nono\\x2dnri.mount)"
  assert_journal "$ID" denied NONO_STAGE=kata NONO_REASON=nono_untrusted
}

@test "other refusals: profile, /nono taken, no bundle, no id" {
  crio_bundle container
  annotate nono.sh/profile no-such
  keep
  crio_start
  refused "profile no-such is not installed"
  kf_spec
  crio_bundle container
  spec '.mounts += [{destination: "/nono/profiles", type: "bind", source: "/tmp", options: ["bind"]}]'
  keep
  crio_start
  refused "/nono is kubefence's"
  kf_spec
  crio_bundle container
  keep
  shim start
  refused "start without -id"
  shim -id ../x start
  refused "is not a container id"
  shim -id "$ID" -bundle "$T/no-such" start
  refused "cannot open the bundle"
  shim -id "$ID" -future start
  refused "unknown option -future"
  shim -id "$ID" -future x start
  refused "unknown option -future"
}

@test "an empty command, and config.json as something else" {
  crio_bundle container
  spec '.process.args = []'
  keep
  crio_start
  refused "args"
  kf_spec
  keep
  rm "$B/config.json"
  ln -s "$T/original.json" "$B/config.json"
  crio_start
  refused "config.json"
  rm "$B/config.json"
  mkfifo "$B/config.json"
  STATUS=0
  (cd "$B" && timeout 10 "$SHIM" -id "$ID" start) >"$T/out" 2>"$T/err" </dev/null || STATUS=$?
  assert_eq "exit status" 1 "$STATUS"
  rm "$B/config.json"
}

@test "a real shim that is missing, or is the wrapper itself, leaves config.json alone" {
  crio_bundle container
  keep
  rm "$REAL"
  crio_start
  refused "$REAL is not there"
  ln -s "$KF_BUILD/containerd-shim-nono-kata-v2" "$REAL"
  crio_start
  refused "is this very program"
}

@test "a record that cannot be written refuses start" {
  crio_bundle container
  keep
  mkdir -m 777 "$T/state"
  crio_start
  refused "$T/state"
  assert_journal "$ID" denied NONO_STAGE=kata NONO_REASON=record_failed
}

# --- the class ---------------------------------------------------------------------------------------------------

@test "without a section that claims it, the class is in the shim's name" {
  {
    printf '%s\n' '[kubefence]' 'runtime_classes = nono-kata' 'default_profile = default' \
      "nono_bin_path = $T/nono-nri/nono" "state_dir = $T/state" '[class nono-kata]' "runtime = $REAL"
  } >"$KUBEFENCE_CONFIG"
  crio_bundle container
  crio_start
  ran
  assert_eq "stamp" '"nono-kata"' "$(config '.annotations["nono.sh/runtime-class"]')"
  assert_eq "last mount" /nono "$(config '.mounts[-1].destination' | tr -d '"')"
  remove_record
}

@test "a class of the guest's image gets no mount, and no directory on this node" {
  umount "$T/nono-nri"
  kata_config "vm_rootfs_classes = $KATA" "nono_bin_path = /no/such/nono"
  crio_bundle container
  keep
  crio_start
  ran
  assert_eq "mounts" "$(jq -c .mounts "$T/original.json")" "$(config .mounts)"
  assert_eq "wrapped" '"/nono/launcher/kubefence-launcher"' "$(config '.process.args[0]')"
  assert_eq "hooks" null "$(config .hooks)"
  kata_hook go
  assert_eq "exit status" 0 "$STATUS"
  assert_journal "$ID" injected NONO_STAGE=kata
  remove_record
}

@test "a class of Kata is not one of an OCI runtime, and the other way round" {
  crio_bundle container
  keep
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/$KATA"
  run -1 "$T/bin/$KATA" create --bundle "$B" "$ID"
  assert_has "stderr" "is for Kata" "$output"
  untouched
  sed -i "/^shim/d; s/^runtime = .*kata.*/runtime = ${REAL//\//\\/}/; s/^\[class $KATA\]/[class nono-kata]/" "$KUBEFENCE_CONFIG"
  sed -i "s/^runtime_classes = .*/runtime_classes = $CLASS other/" "$KUBEFENCE_CONFIG"
  annotate nono.sh/runtime-class "$CLASS"
  keep
  crio_start
  refused "is not a class"
  untouched
}

# --- delete ------------------------------------------------------------------------------------------------------

@test "containerd's delete removes the record, also when the configuration has broken since" {
  containerd_bundle container
  containerd_call start
  ran
  [[ -f $T/state/$ID/metadata.json ]]
  containerd_call delete
  ran
  assert_eq "records" "" "$(records_left)"
  assert_journal "$ID" container-removed NONO_STAGE=kata NONO_RUNTIME_HANDLER="$KATA" NONO_POD=web-0 NONO_NAMESPACE=prod
  containerd_call start
  echo 'nonsense' >>"$KUBEFENCE_CONFIG"
  containerd_call delete
  ran
  assert_eq "records" "" "$(records_left)"
}

@test "delete of a container that is not ours, or has no valid id, is the real shim's" {
  local id

  mkdir -m 700 "$T/state" "$T/victim"
  touch "$T/victim/metadata.json"
  for id in no-such ../victim . ''; do
    shim -id "$id" delete
    ran
  done
  [[ -f $T/victim/metadata.json ]]
}

# --- the hook, as Kata's runtimes call it ------------------------------------------------------------------------

# The Go runtime gives no status, adds annotations, and is in the pause container's bundle; runtime-rs clears the
# environment. Both name a process that is in no container: here our own shell.
kata_hook() { # go|rs [HOOK-ARGUMENTS...]
  local status=creating more='{}' before=$SECONDS

  if [[ $1 == go ]]; then
    status=''
    more=$(jq -cn --arg bundle "$B" '{"io.katacontainers.pkg.oci.bundle_path": $bundle,
      "io.katacontainers.pkg.oci.container_type": "pod_container"}')
  fi
  shift
  state_json "$status" "$$" | jq -c --argjson more "$more" '.annotations += $more
    | if .status == "" then .ociVersion = "" else . end' >"$T/state.json"
  STATUS=0
  (cd / && exec env -i "$(command -v timeout)" 10 "$HOOK" --config "$KUBEFENCE_CONFIG" "${@:-create-runtime}") \
    <"$T/state.json" >"$T/out" 2>"$T/err" 3>&- || STATUS=$?
  kf_collect
  ((SECONDS - before < 10)) || fail "it took longer than runtime-rs waits"
}

mount_count() {
  wc -l </proc/self/mountinfo
}

@test "the hook under Kata verifies, records, logs, and mounts nothing" {
  local runtime before

  for runtime in go rs; do
    kf_spec
    crio_bundle container
    crio_start
    ran
    remove_record
    before=$(mount_count)
    kata_hook "$runtime"
    assert_eq "exit status" 0 "$STATUS"
    assert_eq "stdout" "" "$OUT"
    assert_eq "mounts" "$before" "$(mount_count)"
    assert_eq "/nono in the rootfs" "" "$(ls -d "$B/rootfs/nono" 2>/dev/null || true)"
    assert_eq "record" "$KATA $B" "$(record_of "$ID" '"\(.runtime_handler) \(.bundle)"')"
    assert_journal "$ID" injected NONO_STAGE=kata NONO_RUNTIME_HANDLER="$KATA"
    remove_record
  done
}

# CRI-O calls both for each container, and the process that Kata names is the virtual machine's.
@test "the hook under Kata leaves the shim's record and entry as they are" {
  local runtime before

  for runtime in go rs; do
    kf_spec
    crio_bundle container
    crio_start
    ran
    before=$(record_of "$ID" .)
    count=$(journal_of "$ID" | wc -l)
    kata_hook "$runtime"
    assert_eq "exit status" 0 "$STATUS"
    assert_eq "record" "$before" "$(record_of "$ID" .)"
    assert_eq "entries" "$count" "$(journal_of "$ID" | wc -l)"
    remove_record
  done
}

@test "start without a config.json, as with the sandbox API: refused, with the line to take out" {
  crio_bundle container
  mv "$B/config.json" "$T/config.json"
  crio_start
  ((STATUS != 0))
  assert_has "stderr" "take that line out of the handler's table" "$ERR"
  assert_journal "$ID" denied NONO_STAGE=kata NONO_REASON=spec_invalid
  mv "$T/config.json" "$B/config.json"
}

@test "the hook under Kata enters no namespace and calls no mount" {
  command -v strace >/dev/null || skip "strace is not installed"
  crio_bundle container
  crio_start
  kata_hook go
  # LeakSanitizer cannot look at a process that is traced.
  strace -E ASAN_OPTIONS=detect_leaks=0 -f -o "$T/trace" \
    "$HOOK" --config "$KUBEFENCE_CONFIG" create-runtime <"$T/state.json"
  grep -q openat2 "$T/trace"
  run grep -E '^[0-9]+ +(setns|unshare|mount|move_mount|open_tree|mount_setattr|fsopen|pivot_root|chroot)\(' "$T/trace"
  assert_eq "calls" "" "$output"
  remove_record
}

@test "the hook under Kata refuses a container that is not wrapped, or that lost its mount" {
  local runtime

  for runtime in go rs; do
    kf_spec
    crio_bundle container
    annotate nono.sh/runtime-class "$KATA"
    kata_hook "$runtime"
    assert_eq "exit status" 14 "$STATUS"
    assert_journal "$ID" denied NONO_STAGE=kata NONO_REASON=not_wrapped
    crio_start
    remove_record
    spec 'del(.mounts[-1])'
    kata_hook "$runtime"
    assert_eq "exit status" 14 "$STATUS"
  done
  assert_eq "records" "" "$(records_left)"
}

@test "the hook under Kata without a class, for a pause container, without a command line" {
  crio_bundle container
  kata_hook go
  assert_eq "exit status" 0 "$STATUS"
  assert_journal "$ID" skip NONO_REASON=no_runtime_handler
  crio_bundle sandbox
  kata_hook rs --runtime-class "$KATA" create-runtime
  assert_eq "exit status" 0 "$STATUS"
  STATUS=0
  env -i "$HOOK" <"$T/state.json" >"$T/out" 2>"$T/err" || STATUS=$?
  assert_eq "exit status" 2 "$STATUS"
  assert_eq "records" "" "$(records_left)"
}

@test "poststop under Kata: the state is the pause container's, the record the container's" {
  crio_bundle container
  crio_start
  ran
  jq -c '.id = "5a4db0c5" | .status = "" | del(.pid)' < <(state_json '') >"$T/state.json"
  mapfile -t args < <(jq -r '.hooks.poststop[0].args[1:][]' "$B/config.json")
  # An entry of CRI-O's hooks.d comes first, and finds nothing.
  "$HOOK" --config "$KUBEFENCE_CONFIG" poststop <"$T/state.json"
  [[ -d $T/state/$ID ]]
  env -i "$(jq -r '.hooks.poststop[0].path' "$B/config.json")" "${args[@]}" <"$T/state.json"
  assert_eq "records" "" "$(records_left)"
  assert_journal "$ID" container-removed NONO_STAGE=poststop NONO_RUNTIME_HANDLER="$KATA"
  run -11 "$HOOK" --config "$KUBEFENCE_CONFIG" --container-id ../x poststop <"$T/state.json"
}

# --- neither is taken for the other ------------------------------------------------------------------------------

fake_kata() {
  annotate io.katacontainers.pkg.oci.container_type pod_container
  annotate io.katacontainers.pkg.oci.bundle_path "$B"
}

@test "under runc, a pod that looks like Kata's is sandboxed as any other" {
  fake_kata
  annotate nono.sh/runtime-class "$KATA"
  mkdir -p "$B/rootfs/nono/profiles"
  printf '#!/bin/sh\necho fake\n' >"$B/rootfs/nono/nono"
  chmod 755 "$B/rootfs/nono/nono"
  app 'cat /allowed/file /secret/file'
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "denied" "$ERR"
  assert_journal "$ID" container-removed
  assert_eq "stage" create-runtime "$(kf_journal_read "$ID" MESSAGE=injected && jq -r .NONO_STAGE "$T/journal")"
}

@test "a container of runc's is not one of Kata, with any annotations" {
  local more

  crio_bundle container
  crio_start
  fake_kata
  remove_record
  start_victim
  for more in "" "vm_rootfs_classes = $KATA"; do
    kata_config "$more"
    state_json created "$VICTIM" >"$T/state.json"
    run_hook --config "$KUBEFENCE_CONFIG" create-runtime <"$T/state.json"
    assert_eq "exit status" 11 "$STATUS"
    assert_has "stderr" "is for Kata" "$ERR"
    assert_eq "mounts" "" "$(victim_mounts)"
  done
  assert_eq "records" "" "$(records_left)"
}

@test "a class of runc's under Kata is refused, and nothing is mounted" {
  local before runtime

  rewrite
  kata_config
  before=$(mount_count)
  for runtime in go rs; do
    kata_hook "$runtime" --runtime-class "$CLASS" create-runtime
    ((STATUS != 0)) || fail "it was taken"
    assert_eq "mounts" "$before" "$(mount_count)"
  done
  kata_hook go
  assert_eq "exit status" 11 "$STATUS"
  assert_has "stderr" "as under Kata: set shim" "$ERR"
  assert_eq "records" "" "$(records_left)"
}

# --- the mounts entry in the guest -------------------------------------------------------------------------------

# In namespaces as Kata's: the shim's, a slave of the host's, and that of virtiofsd, a slave of the shim's, out of which a
# virtual machine is served. A guest that controls virtiofsd can do to the exported copy what a process there can do.
# Prints one line for each thing that it tries.
share() { # go|rs
  jq -r '.mounts[-1].source' "$B/config.json" >"$T/source"
  mkdir -p "$T/shared"
  unshare --mount --propagation private bash -euc '
    source "$1"
    mount -t tmpfs tmpfs "$3/shared"
    cd "$3/shared"
    kata_export "$2"
    mkfifo go result
    unshare --mount --propagation slave bash -c "
      read -r _ <go
      cd $exported/$volume
      for file in nono profiles/default.json new; do
        if echo x >>\$file; then echo \"written: \$file\"; else echo \"refused: \$file\"; fi
      done
      if chmod 777 nono; then echo written: mode; else echo refused: mode; fi
      if [ -x nono ]; then echo there; fi" >result 2>/dev/null &
    exec 9<>go
    kata_volume "$2" "$(<"$3/source")"
    echo go >go
    cat result
    wait' share "$BATS_TEST_DIRNAME/kata.bash" "$1" "$T" 3>&-
}

READ_ONLY='refused: nono refused: profiles/default.json refused: new refused: mode there '

@test "the Go runtime's mounts: nono arrives, and cannot be written" {
  crio_bundle container
  crio_start
  remove_record
  assert_eq "from the exported directory" "$READ_ONLY" "$(share go | tr '\n' ' ')"
  cmp "$NONO" "$T/real-nono/nono"
}

@test "runtime-rs's mounts: the same, because the source is a read-only mount" {
  crio_bundle container
  crio_start
  remove_record
  assert_eq "from the exported directory" "$READ_ONLY" "$(share rs | tr '\n' ' ')"
  cmp "$NONO" "$T/real-nono/nono"
}

@test "runtime-rs's mounts of a writable source can be written: why the shim refuses one" {
  crio_bundle container
  crio_start
  remove_record
  umount "$T/nono-nri"
  assert_has "from the exported directory" "written: nono" "$(share rs)"
}

# --- kubefence ---------------------------------------------------------------------------------------------

@test "kubefence list, inspect and gc: a record of Kata's lives as long as its bundle" {
  local gone=$T/gone

  crio_bundle container
  crio_start
  run -0 "$KF_BUILD/kubefence" inspect "$ID"
  assert_has "inspect" "in a virtual machine" "$output"
  run -0 "$KF_BUILD/kubefence" gc
  assert_eq "collected" "" "$output"
  assert_eq "status" unknown "$("$KF_BUILD/kubefence" list --json | jq -r .status)"
  mv "$B" "$gone"
  run -0 "$KF_BUILD/kubefence" gc
  mv "$gone" "$B"
  assert_has "collected" "$ID" "$output"
  assert_eq "records" "" "$(records_left)"
}

@test "kubefence check: the read-only mount, the real shim, and nodes without Kata" {
  run "$KF_BUILD/kubefence" check
  assert_has "output" "$REAL" "$output"
  assert_has "output" "ok    read-only" "$output"
  umount "$T/nono-nri"
  run -1 "$KF_BUILD/kubefence" check
  assert_has "output" "fail  read-only" "$output"
  assert_has "output" "opt-nono\\x2dnri.mount" "$output"
  rm "$REAL"
  run -0 "$KF_BUILD/kubefence" check
  assert_has "output" "not on this node" "$output"
  assert_has "output" "$REAL" "$output"
  assert_has_not "output" "  read-only" "$output"
}
