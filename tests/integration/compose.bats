#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq and sh programs; bats runs each test in a subshell; helpers set STATUS
#
# The composed policy in containers: volumes, devices, signals, /proc, homes of accounts, hidden places, and that every
# exec has the policy of the start.

load helpers

UID_OF_POD=0c3e1f5a-7f0a-4b0e-9a53-0f6a1c2d3e4f

setup() {
  kf_setup
  rm "$T"/nono-nri/profiles/*.json
  install -m 644 "$KF_TOP"/hook/share/profiles/*.json "$T/nono-nri/profiles/"
  spec --arg uid "$UID_OF_POD" '.annotations += {"io.kubernetes.cri.container-type": "container",
    "io.kubernetes.cri.sandbox-uid": $uid, "io.kubernetes.pod.uid": $uid} | .process.env += ["HOME=/root"]'
  mkdir -p "$B/rootfs/root" "$B/rootfs/var/lib" "$B/rootfs/etc"
  POD=$T/kubelet/pods/$UID_OF_POD
}

teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# A volume of the pod, as the kubelet lays it out. A file "x" with the volume's name lies in it.
volume() { # PLUGIN NAME DESTINATION OPTION
  mkdir -p "$POD/volumes/$1/$2"
  echo "$2" >"$POD/volumes/$1/$2/x"
  spec --arg source "$POD/volumes/$1/$2" --arg destination "$3" --arg option "$4" '.mounts += [{destination: $destination,
    type: "bind", source: $source, options: ["rbind", "rprivate", $option]}]'
}

runs() { # SCRIPT [ID]
  app "$1"
  run_container "$ID${2:-}"
  succeeded
}

exec_in() { # SCRIPT
  kf exec "$ID" /bin/sh -c "$1"
}

@test "volumes are written, ConfigMaps read, Secrets not there, wherever they are mounted" {
  volume kubernetes.io~empty-dir cache /storage/deep/cache rw
  volume kubernetes.io~configmap config /etc/myapp ro
  volume kubernetes.io~secret db /app/secrets ro
  volume kubernetes.io~projected kube-api-access-abcde /var/run/secrets/kubernetes.io/serviceaccount ro
  runs 'cat /storage/deep/cache/x /etc/myapp/x && echo new >/storage/deep/cache/y && cat /storage/deep/cache/y
    ls -A /app/secrets; cat /app/secrets/x /var/run/secrets/kubernetes.io/serviceaccount/x 2>/dev/null; echo end'
  assert_eq "stdout" $'cache\nconfig\nnew\nend' "$OUT"
}

@test "places that the pod names are there, for the first process and for every exec" {
  volume kubernetes.io~secret db /app/secrets ro
  volume kubernetes.io~projected kube-api-access-abcde /var/run/secrets/kubernetes.io/serviceaccount ro
  annotate nono.sh/allow 'serviceaccount'
  runs 'cat /var/run/secrets/kubernetes.io/serviceaccount/x; cat /app/secrets/x 2>/dev/null; echo end'
  assert_eq "stdout" $'kube-api-access-abcde\nend' "$OUT"
  kf_spec
  annotate nono.sh/allow '/app/secrets'
  spec '.process.args = ["sleep", "60"]'
  volume kubernetes.io~secret db /app/secrets ro
  spec --arg uid "$UID_OF_POD" '.annotations += {"io.kubernetes.cri.container-type": "container",
    "io.kubernetes.cri.sandbox-uid": $uid, "io.kubernetes.pod.uid": $uid}'
  start_container
  run -0 exec_in 'cat /app/secrets/x'
  assert_eq "exec" db "$output"
}

@test "a hidden place stays hidden when a secret arrives later, and below a volume" {
  volume kubernetes.io~secret late /late ro
  volume kubernetes.io~empty-dir data /data rw
  volume kubernetes.io~secret inner /data/inner ro
  rm "$POD/volumes/kubernetes.io~secret/late/x"
  spec_args sleep 60
  start_container
  echo secret >"$POD/volumes/kubernetes.io~secret/late/x"
  run -0 exec_in 'cat /late/x /data/inner/x 2>/dev/null; echo w >/data/w && cat /data/w'
  assert_eq "exec" w "$output"
}

@test "nono.sh/deny hides, and is never too strict to start" {
  mkdir -p "$B/rootfs/usr/share/private" "$B/rootfs/root/notes"
  echo x >"$B/rootfs/usr/share/private/x"
  echo x >"$B/rootfs/root/notes/x"
  annotate nono.sh/deny '/usr/share/private, ~/notes,/not/there'
  runs 'cat /usr/share/private/x ~/notes/x 2>/dev/null; echo end'
  assert_eq "stdout" end "$OUT"
}

@test "an exec signals the first process, as without the sandbox" {
  app 'trap "echo hup >/tmp/hup" HUP; touch /tmp/ready; while :; do sleep 0.1; done'
  start_container
  eventually exec_in 'test -e /tmp/ready'
  run -0 exec_in 'kill -0 1 && kill -HUP 1'
  eventually exec_in 'test -s /tmp/hup'
}

@test "with the host's pid namespace no process outside is signalled" {
  sleep 300 &
  local outside=$!

  spec '.linux.namespaces |= map(select(.type != "pid"))'
  app "kill -TERM $outside 2>/dev/null || echo denied"
  run_container
  kill -0 "$outside" || fail "the process outside was signalled"
  kill "$outside"
  assert_eq "stdout" denied "$OUT"
}

@test "devices that were given can be opened, others are not there" {
  [[ -c /dev/fuse ]] || skip "this kernel has no /dev/fuse"
  app 'for device in /dev/fuse /dev/full; do [ -c $device ] && (: <>$device) 2>/dev/null && echo "$device yes" || echo "$device no"; done'
  run_container
  assert_eq "without" $'/dev/fuse no\n/dev/full yes' "$OUT"
  spec '.linux.devices += [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0}]
    | .linux.resources.devices += [{allow: true, type: "c", major: 10, minor: 229, access: "rwm"}]'
  run_container "$ID-with"
  assert_eq "with" $'/dev/fuse yes\n/dev/full yes' "$OUT"
}

@test "a process names its threads, and writes its own files in /proc" {
  spec '.linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]'
  runs 'echo named >/proc/self/comm && (cat /proc/$$/comm; echo 500 >/proc/self/oom_score_adj && cat /proc/self/oom_score_adj)
    (echo 1 >/proc/sys/kernel/sysctl_writes_strict) 2>/dev/null || echo "not the machine'"'"'s"'
  assert_has "stdout" "500" "$OUT"
  assert_has "stdout" "not the machine's" "$OUT"
}

@test "where nothing protects /proc, only the process's own part is written" {
  local before
  before=$(</proc/sys/kernel/core_pattern)
  spec 'del(.linux.readonlyPaths) | del(.linux.maskedPaths)'
  runs '(echo "|/bin/evil" >/proc/sys/kernel/core_pattern) 2>/dev/null || echo denied'
  assert_eq "stdout" denied "$OUT"
  assert_eq "core_pattern" "$before" "$(</proc/sys/kernel/core_pattern)"
}

# Attack 15: /app -> /proc/sys/kernel, and the like.
@test "an image's symlink opens nothing of the machine" {
  local link before

  before=$(</proc/sys/kernel/core_pattern)
  for link in /app /workspace /data /var/lib/x /tmp/x; do
    rm -rf "$B/rootfs$link"
    mkdir -p "$(dirname "$B/rootfs$link")"
    ln -s /proc/sys/kernel "$B/rootfs$link"
    kf_spec
    spec --arg dir "$link" 'del(.linux.readonlyPaths) | .process.cwd = "/" | .process.env += ["HOME=" + $dir]'
    app "(echo evil >$link/core_pattern) 2>/dev/null || echo denied"
    run_container "$ID-${link##*/}${#link}"
    assert_eq "$link" denied "$OUT"
    rm "$B/rootfs$link"
  done
  assert_eq "core_pattern" "$before" "$(</proc/sys/kernel/core_pattern)"
}

# Attack 3: the sandboxed process puts a symlink in the place of a directory that is granted.
@test "nothing that a process does widens the grants of the next exec" {
  mkdir -p "$B/rootfs/workspace/repo" "$B/rootfs/usr/share"
  echo outside >"$B/rootfs/usr/share/x"
  volume kubernetes.io~secret db /app/secrets ro
  spec '.process.cwd = "/workspace/repo"'
  app 'cd / && rm -rf /workspace/repo && ln -s /usr/share /workspace/repo && rm -rf /tmp/t && touch /tmp/ready; sleep 60'
  start_container
  eventually exec_in 'test -e /tmp/ready'
  run exec_in 'echo evil >/usr/share/x'
  ((status != 0)) || fail "written through the symlink"
  run exec_in 'echo evil >/workspace/repo/x'
  ((status != 0)) || fail "written through the symlink"
  assert_eq "the image's file" outside "$(<"$B/rootfs/usr/share/x")"
}

@test "homes of accounts: /etc/passwd when HOME is not set, and images with odd accounts" {
  mkdir -p "$B/rootfs/srv/home" "$B/rootfs/opt/tool"
  chmod 777 "$B/rootfs/srv/home" "$B/rootfs/opt/tool"
  printf 'app:x:1000:1000::/srv/home:/bin/sh\nodd:x:1001:1001::/opt/tool/../../etc:/bin/sh\n' >"$B/rootfs/etc/passwd"
  spec '.process.env |= map(select(startswith("HOME=") | not)) | .process.user = {uid: 1000, gid: 1000}'
  runs 'echo $HOME; echo x >~/x && cat ~/x'
  assert_eq "stdout" $'/srv/home\nx' "$OUT"
  spec '.process.user = {uid: 1001, gid: 1001}'
  app '(: >/etc/x) 2>/dev/null || echo denied'
  run_container "$ID-odd"
  assert_eq "stdout" denied "$OUT"
}

@test "delivery = mount: the runtime mounts the policy, and every exec has it" {
  kf_config 'delivery = mount'
  volume kubernetes.io~secret db /app/secrets ro
  mkdir -p "$B/rootfs/app"
  spec '.process.cwd = "/app"'
  app 'cat /app/secrets/x 2>/dev/null; echo w >/app/w && cat /app/w; touch /tmp/ready; sleep 60'
  start_container
  eventually exec_in 'test -e /tmp/ready'
  run -0 exec_in 'cat /app/w; cat /app/secrets/x 2>/dev/null; (: >/usr/x) 2>/dev/null || echo denied'
  assert_eq "exec" $'w\ndenied' "$output"
  [[ -f $B/kubefence-policy.json ]] || fail "no policy in the bundle"
}

@test "delivery = mount: another policy in the bundle than this container's is refused" {
  rewrite 'delivery = mount'
  jq '.filesystem.allow = ["/etc"]' "$B/kubefence-policy.json" >"$T/other"
  install -m 444 "$T/other" "$B/kubefence-policy.json"
  bare run --bundle "$B" "$ID" >"$T/out" 2>"$T/err" && fail "it started"
  [[ ! -s $T/out ]] || fail "it ran: $(<"$T/out")"
  rm "$B/kubefence-policy.json"
}

@test "a profile without variables is delivered as it is" {
  jq -n '{meta: {name: "plain"}, groups: {exclude: ["system_write_linux", "system_read_linux_core", "dangerous_commands",
    "dangerous_commands_linux"]}, filesystem: {read: ["/bin", "/lib", "/lib64", "/usr", "/etc"], allow: ["/tmp"],
    allow_file: ["/dev/null"]}, workdir: {access: "none"}}' >"$T/nono-nri/profiles/plain.json"
  annotate nono.sh/profile plain
  runs 'echo x >/tmp/x && cat /tmp/x; (: >/var/lib/x) 2>/dev/null || echo denied'
  assert_eq "stdout" $'x\ndenied' "$OUT"
}
