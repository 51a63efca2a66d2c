#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (starts whole engines, clusters or nodes, where the same programs do the same again)
# shellcheck disable=SC2016 # a $ in single quotes is for the container's shell
# shellcheck disable=SC2030,SC2031,SC2034,SC2153 # node.bash knows the variables, and bats runs tests in subshells
#
# Podman as root on a node with everything installed: Podman's commands for containers, sandboxed by the hooks alone and
# by the wrapper.

load helpers
load node

setup_file() {
  root_setup_file
}

setup() {
  root_setup
}

teardown() {
  if [[ -n ${PODS:-} ]]; then
    eventually remove_pods
  fi
  podman_teardown
}

teardown_file() {
  node_leave
}

# conmon leaves a cgroup a little later than its container.
remove_pods() {
  root_podman pod rm --all --force --time 0 >/dev/null 2>"$T/pod-rm" || true
  [[ -z $(root_podman pod ps --quiet) ]]
}

# --- options of podman run ---------------------------------------------------------------------------------------

@test "read-only, another user, a user namespace, an init, a terminal" {
  local delivery options

  for options in --read-only '--user 1000 --read-only' '--uidmap 0:100000:65536 --gidmap 0:100000:65536' --init; do
    for delivery in hooks_only wrapper; do
      "$delivery"
      echo "options: $delivery $options"
      # shellcheck disable=SC2086 # words are wanted
      run_podman $options "${OPT_IN[@]}" kf "${READS[@]}"
      assert_sandboxed
    done
  done
}

@test "with an init, nono becomes that" {
  local delivery

  for delivery in hooks_only wrapper; do
    "$delivery"
    start_podman --init kf sleep 60
    eventually eval '[[ $(root_podman exec kf cat /proc/1/cmdline | tr "\0" " ") == "/run/podman-init -- sleep 60 " ]]'
    stop_podman
  done
}

@test "with a terminal, stdout and stderr are one, and nono says nothing" {
  local delivery

  for delivery in hooks_only wrapper; do
    "$delivery"
    run_podman --tty "${OPT_IN[@]}" kf sh -c 'test -t 1 && echo tty; cat /secret/file; exit 7'
    assert_eq "exit status" 7 "$STATUS"
    assert_eq "stdout" $'tty\r\ncat: can\'t open \'/secret/file\': Permission denied\r' "$OUT"
  done
}

@test "stop, start and restart, again and again; the record goes with the container" {
  local delivery round

  for delivery in hooks_only wrapper; do
    "$delivery"
    start_podman kf sh -c 'trap "exit 0" TERM; cat /secret/file; sleep 60 & wait'
    for round in 1 2; do
      assert_eq "records" "./$ID/metadata.json" "$(records)"
      root_podman stop --time 5 kf
      eventually no_records
      root_podman start kf
      assert_eq "records" "./$ID/metadata.json" "$(records)"
      root_podman restart --time 5 kf
    done
    assert_eq "starts, and each of them sandboxed" 5 "$(root_podman logs kf 2>&1 | grep -c 'Permission denied')"
    stop_podman
    eventually no_records
  done
}

@test "nothing is taken away under a sandboxed container, and all is when it is gone" {
  local id forced=0

  wrapper
  start_podman kf sleep 600
  id=$ID
  run -1 "$KF_TOP/scripts/install-node.sh" --uninstall
  assert_has "refusal" "1 sandboxed containers are on this node: ${id:0:12}: engines need the runtime" "$output"
  run -2 make -C "$KF_TOP" -s -o all BUILD="$KF_BUILD" uninstall
  assert_has "refusal" "${id:0:12}" "$output"
  # Nothing has changed for it.
  assert_eq "exec" 0 "$(root_podman exec kf sh -c 'echo 0')"
  # By force the programs stay, and with them Podman can end it. A copy of the node: others want theirs.
  unshare --mount --propagation private bash -euc '
    layer=$1; shift
    for dir in /etc /usr /opt /var/lib; do
      mkdir -p "$layer$dir/upper" "$layer$dir/work"
      mount -t overlay overlay -o "lowerdir=$dir,upperdir=$layer$dir/upper,workdir=$layer$dir/work" "$dir" || exit 77
    done
    "$@" uninstall FORCE=1
    [[ ! -e /etc/containers/containers.conf.d/50-kubefence.conf && ! -e /usr/share/containers/oci/hooks.d/50-kubefence.json ]]
    /usr/libexec/kubefence/nono-runc --version
  ' bash "$NODE/forced" make -C "$KF_TOP" -s -o all BUILD="$KF_BUILD" >"$T/forced" 2>&1 || forced=$?
  stop_podman
  eventually no_records
  "$KF_TOP/scripts/install-node.sh" --uninstall --dry-run | grep -q "would remove: /etc/containers"
  # Where this node is an overlay over an overlay already.
  ((forced != 77)) || skip "FORCE=1: the kernel takes no third overlay"
  ((forced == 0)) || fail "$(<"$T/forced")"
}

@test "a health check" {
  local delivery

  for delivery in hooks_only wrapper; do
    "$delivery"
    start_podman --health-cmd 'cat /allowed/file' --health-interval disable kf sleep 60
    root_podman healthcheck run kf
    assert_eq "health" healthy "$(root_podman container inspect --format '{{.State.Healthcheck.Status}}' kf)"
    stop_podman
    start_podman --health-cmd 'cat /no/such/file' --health-interval disable --health-retries 1 kf sleep 60
    run -1 root_podman healthcheck run kf
    assert_eq "health" unhealthy "$(root_podman container inspect --format '{{.State.Healthcheck.Status}}' kf)"
    stop_podman
  done
}

# --- secrets in the environment ----------------------------------------------------------------------------------

secret() {
  printf %s "$1" >"$T/secret"
  root_podman secret rm token >/dev/null 2>&1 || true
  root_podman secret create token "$T/secret" >/dev/null
}

# Podman writes it after the precreate hooks: after the last variable, or, where it has put the variable there itself
# (HOSTNAME), to the index that this had before the hooks.
@test "a secret in the environment gets its own variable, and no other one" {
  local delivery target

  secret s3cret
  for delivery in hooks_only wrapper; do
    "$delivery"
    for target in TOKEN NEW HOSTNAME; do
      echo "case: $delivery $target"
      run_podman "${OPT_IN[@]}" --env NONO_X=/ --env NONO_Y=/ --env TOOL_SANDBOX_X=1 --env A=1 --env TOKEN=old --env B=2 \
        --env TERM=xterm --secret "token,type=env,target=$target" kf \
        /bin/sh -c 'echo "$PATH $HOME $A $B $FROM_IMAGE $NONO_PROFILE $TERM $container $0"; env' "$target"
      assert_eq "exit status" 0 "$STATUS"
      assert_eq "the others" "/bin /root 1 2 yes default xterm podman $target" "${OUT%%$'\n'*}"
      assert_eq "the secret" 1 "$(grep -cxF "$target=s3cret" <<<"$OUT")"
      assert_has "a variable of nono's name is the container's own" $'\n'NONO_X=/$'\n' "$OUT"
    done
  done
}

@test "a secret with the name of a variable of nono's does not reach nono" {
  local delivery target

  secret /secret
  for target in PATH NONO_PROFILE; do
    hooks_only
    echo "target: $target"
    run_podman --env NONO_ALLOW=/ "${OPT_IN[@]}" --secret "token,type=env,target=$target" kf "${READS[@]}"
    ((STATUS != 0 && STATUS != 7)) || fail "it started"
    assert_eq "stdout" "" "$OUT"
  done
  for delivery in hooks_only wrapper; do
    "$delivery"
    run_podman --env NONO_ALLOW=/ "${OPT_IN[@]}" --secret token,type=env,target=NONO_ALLOW kf "${READS[@]}"
    assert_sandboxed
  done
}

# --- pods --------------------------------------------------------------------------------------------------------

infra_pid() { # POD
  local infra

  infra=$(root_podman pod inspect --format '{{.InfraContainerID}}' "$1")
  root_podman container inspect --format '{{.State.Pid}}' "$infra"
}

assert_infra_untouched() { # POD
  local pid

  pid=$(infra_pid "$1")
  assert_command "$pid" "/catatonit -P"
  assert_has_not "its mounts" " /nono " "$(<"/proc/$pid/mountinfo")"
  assert_has_not "its environment" NONO_PROFILE "$(tr '\0' '\n' <"/proc/$pid/environ")"
}

@test "a pod: containers that opt in are sandboxed, the infra container and the others are untouched" {
  PODS=1
  hooks_only
  root_podman pod create --name pod
  run_podman --pod pod "${OPT_IN[@]}" kf "${READS[@]}"
  assert_sandboxed
  run_podman --pod pod kf "${READS[@]}"
  assert_free
  assert_infra_untouched pod
  wrapper
  run_podman --pod pod kf "${READS[@]}"
  assert_sandboxed
  assert_infra_untouched pod
}

@test "a pod of the wrapper's: nothing tells its infra container from others, so it is sandboxed too" {
  PODS=1
  wrapper
  root_podman --runtime nono-runc pod create --name pod
  run_podman --pod pod kf "${READS[@]}"
  assert_sandboxed
  assert_eq "records" 1 "$(records | wc -l)"
  assert_has "the infra container's mounts" " /nono " "$(<"/proc/$(infra_pid pod)/mountinfo")"
}

@test "the shipped profile has the grants for Podman's init and infra containers" {
  PODS=1
  wrapper
  cp /opt/nono-nri/profiles/default.json "$T/default.json"
  install -m 644 "$KF_TOP/hook/share/profiles/default.json" /opt/nono-nri/profiles/default.json
  run_podman --init kf sh -c 'exit 7'
  status=$STATUS
  root_podman --runtime nono-runc pod create --name pod
  run_podman --pod pod kf sh -c 'cat /nono/nono; exit 7'
  install -m 644 "$T/default.json" /opt/nono-nri/profiles/default.json
  assert_eq "with an init" 7 "$status"
  assert_eq "in a pod" 7 "$STATUS"
  assert_has "stderr" "/nono/nono': Permission denied" "$ERR"
}

pod_yaml() { # ANNOTATION-LINES
  cat <<END
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    example.org/team: agents
$(printf '    %s\n' "$@")
spec:
  runtimeClassName: nono-runc
  restartPolicy: Never
  containers:
  - name: app
    image: localhost/kf:latest
    command: [sh, -c, "cat /allowed/file; cat /secret/file; sleep 60"]
END
}

# Podman 5 would otherwise make a network for the pod, despite containers.conf.
kube_play() { # ANNOTATION-LINES
  pod_yaml "$@" >"$T/pod.yaml"
  root_podman "${RUNTIME_ARGS[@]}" kube play --network none --log-driver k8s-file "$T/pod.yaml"
  ID=$(root_podman container inspect --format '{{.Id}}' web-app)
  # Podman's own messages start with the time.
  eventually eval '(($(root_podman logs web-app 2>&1 | grep -vc "^time=") >= 2))'
  OUT=$(root_podman logs web-app 2>&1)
}

@test "kube play: the pod's annotations opt in and choose the profile; the infra container is untouched" {
  PODS=1
  hooks_only
  kube_play 'nono.sh/runtime-class: nono-runc' 'nono.sh/profile: narrow'
  assert_has "log" "/secret/file': Permission denied" "$OUT"
  assert_eq "records" "./$ID/metadata.json" "$(records)"
  assert_journal "$ID" injected NONO_PROFILE=narrow NONO_RUNTIME_HANDLER=nono-runc
  assert_infra_untouched web
  eventually remove_pods
  eventually no_records
}

@test "kube play: runtimeClassName means nothing to Podman, and a profile alone does not opt in" {
  PODS=1
  hooks_only
  kube_play
  assert_has "log" "must not be read" "$OUT"
  eventually remove_pods
  kube_play 'nono.sh/profile: narrow'
  assert_has "log" "must not be read" "$OUT"
  assert_journal "$ID" skip NONO_REASON=no_runtime_handler
}

# Podman writes the annotation of a container as KEY/NAME, and gives it to all containers of the pod.
@test "generate kube and kube play: the class of the container survives" {
  local key

  PODS=1
  hooks_only
  root_podman create --name app "${OPT_IN[@]}" --annotation nono.sh/profile=narrow kf sh -c 'cat /allowed/file; cat /secret/file'
  root_podman generate kube app >"$T/app.yaml"
  root_podman rm app
  cat "$T/app.yaml"
  for key in runtime-class profile; do
    grep -q "nono.sh/$key\(/app\)\?: " "$T/app.yaml" || fail "no annotation nono.sh/$key"
  done
  if ! root_podman kube play "$T/app.yaml" 2>"$T/play.err"; then
    # Podman 5.4 refuses the name of an annotation that its own generate kube has written: nothing starts.
    grep -q "a qualified name of nono.sh/" "$T/play.err" || fail "kube play: $(<"$T/play.err")"
    skip "kube play refuses what generate kube has written"
  fi
  ID=$(root_podman container inspect --format '{{.Id}}' app-pod-app)
  eventually eval '[[ $(root_podman logs app-pod-app 2>&1) == *secret/file* ]]'
  OUT=$(root_podman logs app-pod-app 2>&1)
  assert_has "log" "/secret/file': Permission denied" "$OUT"
  assert_has_not "log" "must not be read" "$OUT"
  assert_journal "$ID" injected NONO_PROFILE=narrow NONO_RUNTIME_HANDLER=nono-runc
  eventually remove_pods
}

TRIES=(sh -c 'cat /allowed/file; cat /secret/file')

# The statements of kubefence-hook(8) about copies. A later Podman may take over more: then the copy is sandboxed, too.
@test "container clone and pod clone: the runtime keeps the class" {
  local made

  PODS=1
  hooks_only
  root_podman create --name app "${OPT_IN[@]}" --annotation nono.sh/profile=narrow kf "${TRIES[@]}"
  root_podman container clone app copy
  made=$(root_podman container inspect copy | jq -r '.[0].Config.Annotations["nono.sh/runtime-class"] // "none"')
  OUT=$(root_podman start --attach copy 2>&1 || true)
  [[ $made == nono-runc || $OUT == *"must not be read"* ]] || fail "kubefence-hook(8) warns of this copy: $OUT"
  [[ $made == none || $OUT == *"/secret/file': Permission denied"* ]] || fail "the annotation is there: $OUT"
  root_podman --runtime nono-runc container clone app kept
  OUT=$(root_podman start --attach kept 2>&1 || true)
  assert_has "the copy" "/secret/file': Permission denied" "$OUT"
  root_podman pod create --name pod
  root_podman --runtime nono-runc create --pod pod --name member kf "${TRIES[@]}"
  root_podman --runtime nono-runc pod clone pod pod-copy
  root_podman pod start pod-copy
  eventually eval '[[ $(root_podman logs member-clone 2>&1) == *secret/file* ]]'
  OUT=$(root_podman logs member-clone 2>&1)
  assert_has "the pod's copy" "/secret/file': Permission denied" "$OUT"
  eventually remove_pods
}

@test "generate systemd --new: the unit has the annotations, or the runtime" {
  root_podman create --name app --annotation nono.sh/runtime-class=nono-runc --annotation nono.sh/profile=narrow kf true
  root_podman generate systemd --new app >"$T/unit"
  assert_has "unit" "--annotation nono.sh/runtime-class=nono-runc" "$(<"$T/unit")"
  assert_has "unit" "--annotation nono.sh/profile=narrow" "$(<"$T/unit")"
  root_podman --runtime nono-runc create --name other kf true
  root_podman generate systemd --new other >"$T/unit"
  assert_has "unit" "--runtime nono-runc" "$(<"$T/unit")"
}

# The command that the unit of a quadlet has, with this test's Podman; systemd is what --sdnotify and --cgroups are about.
run_quadlet() { # LINE...
  local generator=/usr/lib/systemd/system-generators/podman-system-generator words

  [[ -x $generator ]] || skip "this Podman has no quadlets"
  mkdir -p "$T/quadlets"
  printf '%s\n' '[Container]' Image=kf "Exec=sh -c 'cat /allowed/file; cat /secret/file'" "$@" >"$T/quadlets/app.container"
  QUADLET_UNIT_DIRS=$T/quadlets "$generator" --dryrun >"$T/unit" 2>"$T/unit.err"
  words=$(sed -n 's/^ExecStart=[^ ]*podman //p' "$T/unit" | sed -E "s/ (--sdnotify|--cgroups)=[^ ]*//g; s/ -d / /; s,%t,$T,g; s,%N,quadlet,g")
  [[ -n $words ]] || fail "no ExecStart: $(cat "$T/unit" "$T/unit.err")"
  echo "podman $words"
  eval "root_podman $words" >"$T/out" 2>"$T/err" || true
  kf_collect
}

@test "quadlets: Annotation=, or the runtime by GlobalArgs=" {
  hooks_only
  run_quadlet Annotation=nono.sh/runtime-class=nono-runc Annotation=nono.sh/profile=narrow
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_has_not "stdout" "must not be read" "$OUT"
  run_quadlet
  assert_has "stdout without either" "must not be read" "$OUT"
  run_quadlet "GlobalArgs=--runtime nono-runc"
  assert_has "stderr" "/secret/file': Permission denied" "$ERR"
  assert_has_not "stdout" "must not be read" "$OUT"
}

@test "a class that is not configured, by the annotation alone: not started" {
  hooks_only
  run root_podman run --rm --annotation nono.sh/runtime-class=nono-rnuc kf cat /secret/file
  ((status != 0))
  assert_has_not "output" "must not be read" "$output"
}

@test "kube play: with the wrapper the whole pod is sandboxed" {
  PODS=1
  wrapper
  kube_play 'nono.sh/profile: narrow'
  assert_has "log" "/secret/file': Permission denied" "$OUT"
  assert_journal "$ID" injected NONO_PROFILE=narrow NONO_RUNTIME_HANDLER=nono-runc
}

# --- Podman reads the filter's output ---------------------------------------------------------------------------

need_spec_diff() {
  SPEC_DIFF=$BATS_FILE_TMPDIR/spec-diff
  [[ ! -x $SPEC_DIFF ]] || return 0
  command -v go >/dev/null || skip "no go: Podman's own reading of config.json is not compared"
  (cd "$KF_TOP/tests/go/spec-diff" && GOFLAGS=-mod=readonly go build -o "$SPEC_DIFF" .) 2>"$T/go" ||
    skip "go cannot build tests/go/spec-diff (no module proxy?): $(tail -n 1 "$T/go")"
}

# The paths in which output and input differ, indexes and keys left out.
filtered() { # FILE
  run -0 --separate-stderr "$HOOK" precreate <"$1"
  printf '%s' "$output" >"$T/after.json"
  run -0 "$SPEC_DIFF" "$1" "$T/after.json"
}

# A hook between Podman and the filter that keeps its input.
keep_specs() {
  printf '#!/bin/sh\nexec tee "%s"\n' "$T/before.json" >"$NODE/tee"
  chmod 755 "$NODE/tee"
  mkdir -p "$NODE/tee.d"
  jq -n --arg path "$NODE/tee" '{version: "1.0.0", hook: {path: $path, env: ["PATH=/usr/bin:/bin"]},
    when: {always: true}, stages: ["precreate"]}' >"$NODE/tee.d/10-tee.json"
}

@test "Podman's own config.json: Go reads back all of it except the rewrite's changes" {
  local options

  need_spec_diff
  keep_specs
  hooks_only
  printf '%s\n' '[class nono-runc]' 'privileged = allow' >/etc/kubefence/kubefence.conf.d/60-privileged.conf
  for options in '' '--read-only --user 1000 --cap-drop=all' '--memory 512m --cpus 0.5 --pids-limit -1 --init' \
    '--uidmap 0:100000:65536 --gidmap 0:100000:65536' '--privileged' '--tty --volume /opt:/data:ro --tmpfs /cache'; do
    echo "options: $options"
    # shellcheck disable=SC2086 # words are wanted
    root_podman --hooks-dir "$NODE/tee.d" --hooks-dir /usr/share/containers/oci/hooks.d run --rm $options kf true ||
      echo "not a matter of this test"
    filtered "$T/before.json"
    assert_eq "untouched" "" "$output"
    cmp "$T/before.json" "$T/after.json"
    jq -c '.annotations["nono.sh/runtime-class"] = "nono-runc"' "$T/before.json" >"$T/in.json"
    filtered "$T/in.json"
    assert_rewritten
  done
  rm /etc/kubefence/kubefence.conf.d/60-privileged.conf
}

# args from the first one on, NONO_PROFILE after the last variable, PATH; our hooks are there already or added.
assert_rewritten() {
  assert_eq "rewritten" $'process.args\nprocess.env' \
    "$(sed -E 's/\[[0-9]+\]$//' <<<"$output" | grep -v '^hooks' | sort -u)"
  assert_eq "variables changed" 2 "$(grep -c '^process.env' <<<"$output")"
  assert_has_not "hooks that were there" "hooks.prestart" "$output"
}

@test "a config.json with everything that Go tells apart: null, absent, empty, zero, and numbers of 64 bits" {
  need_spec_diff
  jq -n '{ociVersion: "1.0.2", process: {terminal: false, user: {uid: 0, gid: 0, umask: 0, additionalGids: []},
      args: ["true"], env: ["PATH=/bin"], cwd: "/", capabilities: {bounding: null, effective: []},
      rlimits: [{type: "RLIMIT_CORE", hard: 1, soft: 0}], oomScoreAdj: 0, apparmorProfile: ""},
    root: {path: "/r", readonly: false}, hostname: "", mounts: [{destination: "/a", options: null},
      {destination: "/b", options: []}], annotations: {"nono.sh/runtime-class": "nono-runc", "a/b": "<&>\u2028"},
    hooks: {prestart: [{path: "/bin/x", args: null, env: [], timeout: 0}], poststart: []},
    linux: {namespaces: [{type: "mount"}], uidMappings: null, gidMappings: [], sysctl: {},
      resources: {devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 0, minor: null}],
        memory: {limit: -1, swap: 0, swappiness: 0, disableOOMKiller: false}, cpu: {shares: 0, quota: -1},
        blockIO: {weight: null, leafWeight: 0}, unified: null},
      seccomp: {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, architectures: null, syscalls: [{names: ["x"],
        action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 1, valueTwo: 2, op: "SCMP_CMP_EQ"}]}]},
      maskedPaths: [], readonlyPaths: null}, vm: null, solaris: null}' |
    sed 's/"hard": 1/"hard": 18446744073709551615/; s/"value": 1,/"value": 18446744073709551614,/;
      s/"limit": -1/"limit": 9223372036854775807/' >"$T/in.json"
  filtered "$T/in.json"
  assert_rewritten
  assert_eq "number" 18446744073709551614 "$(grep -oE '18446744073709551614' "$T/after.json")"
}

@test "the comparison of the tests above can tell null from empty and one number from the next" {
  local before after path

  need_spec_diff
  while IFS='|' read -r before after path; do
    printf '%s' "$before" >"$T/before.json"
    printf '%s' "$after" >"$T/after.json"
    run -0 "$SPEC_DIFF" "$T/before.json" "$T/after.json"
    assert_eq "$before against $after" "$path" "$output"
  done <<'END'
{"mounts":[]}|{"mounts":null}|mounts
{"mounts":null}|{}|
{"process":{"user":{"umask":0}}}|{"process":{"user":{}}}|process.user.umask
{"linux":{"resources":{"memory":{"swap":-1}}}}|{"linux":{"resources":{"memory":{}}}}|linux.resources.memory.swap
{"process":{"rlimits":[{"hard":18446744073709551615}]}}|{"process":{"rlimits":[{"hard":18446744073709551614}]}}|process.rlimits[0].hard
{"annotations":{"a":"b"}}|{"annotations":{}}|annotations[a]
{"process":{"env":["A"]}}|{"process":{"env":["A","B"]}}|process.env[1]
END
}
