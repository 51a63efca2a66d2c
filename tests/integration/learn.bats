#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# sanitized: no
# tmpfs: no (a whole distribution would be in memory)
# shellcheck disable=SC2016,SC2030,SC2031 # sh and jq programs; bats runs each test in a subshell
#
# kubefence learn: its proposals, and that programs run with them.

load helpers

# Programs are run again and again until nothing is refused.
KF_PATIENCE=120

setup() {
  kf_setup
  tight_profile
}

teardown() {
  local trace=0

  drop_root
  kf_teardown || trace=1
  return "$trace"
}
teardown_file() { stop_journald; }

# Allows as good as nothing.
tight_profile() {
  jq '{meta: {name: "tight"}, groups, workdir, filesystem: {allow_file: ["/dev/null"]}}' \
    "$KF_TOP/hook/share/profiles/default.json" >"$T/tight.json"
  install -m 644 "$T/tight.json" "$T/nono-nri/profiles/tight.json"
  annotate nono.sh/profile tight
}

learn() { # ARGUMENTS...
  STATUS=0
  timeout --kill-after=5 "$KF_PATIENCE" "$KF_BUILD/kubefence" learn "$@" >"$T/out" 2>"$T/err" </dev/null 3>&- || STATUS=$?
  kf_collect
}

# The entries that were learned, in all rounds, without their reasons.
changes() {
  grep -E '^(add|remove) ' "$T/out" | sort -u
}

learned_profile() {
  jq -cS 'del(.meta, .groups, .workdir)' "$T/nono-nri/profiles/$1.json"
}

@test "a program that was allowed nothing runs under the learned profile" {
  local before

  app 'cat /allowed/file && echo x >/scratch/new && mkdir -p /scratch/dir && rm /scratch/new && cat /etc/passwd | wc -l'
  before=$(<"$B/config.json")
  run_container
  assert_eq "exit status under the tight profile" 126 "$STATUS"
  spec -n --argjson before "$before" '$before'
  before=$(<"$B/config.json")
  learn --write learned -- "$B"
  succeeded
  assert_eq "changes" 'add filesystem.allow "/scratch"
add filesystem.read_file "/allowed/file"
add filesystem.read_file "/bin/busybox"
add filesystem.read_file "/etc/passwd"' "$(changes)"
  assert_has "reason" $'add filesystem.read_file "/allowed/file"\n    read /allowed/file by /bin/busybox' "$OUT"
  assert_eq "config.json afterwards" "$(jq -S . <<<"$before")" "$(jq -S . "$B/config.json")"
  assert_no_trace
  annotate nono.sh/profile learned
  run_container
  succeeded
  assert_eq "stdout" $'may be read\n2' "$OUT"
  assert_eq "kubefence profiles" "learned own wrap accepted $CLASS" \
    "$("$KF_BUILD/kubefence" profiles | awk '$1 == "learned" { print $1, $2, $3, $4, $5 }')"
}

@test "a running container: the change is printed, and nothing else happens" {
  local before

  jq '.filesystem.read_file = ["/bin/busybox"]' "$T/tight.json" >"$T/nono-nri/profiles/tight.json"
  before=$(ls "$T/nono-nri/profiles")
  app 'while :; do cat /allowed/file; sleep 0.1; done 2>/dev/null'
  start_container
  : >"$T/err"
  "$KF_BUILD/kubefence" learn "${ID:0:12}" >"$T/out" 2>"$T/err" 3>&- &
  KF_PIDS+=($!)
  eventually grep -q watching "$T/err"
  sleep 1
  kill -INT $!
  wait $!
  kf_collect
  assert_eq "changes" 'add filesystem.read_file "/allowed/file"' "$(changes)"
  [[ $OUT =~ "read /allowed/file by /bin/busybox, "[0-9]+" times" ]] || fail "no number: $OUT"
  assert_eq "profiles" "$before" "$(ls "$T/nono-nri/profiles")"
}

@test "home, working directory, volumes and devices become variables" {
  mkdir -p "$B/rootfs/job/sub" "$B/rootfs/root/.config" "$T/volume" "$T/config"
  echo 1 | tee "$B/rootfs/job/sub/file" "$B/rootfs/root/.config/x" "$T/volume/x" "$T/config/x" >/dev/null
  chmod 755 "$T"
  jq '.filesystem.read_file = ["/bin/busybox"]' "$T/tight.json" >"$T/nono-nri/profiles/tight.json"
  spec --arg volume "$T/volume" --arg config "$T/config" '.process.cwd = "/job" | .process.env += ["HOME=/root"]
    | .annotations = {"io.container.manager": "libpod", "nono.sh/profile": "tight"}
    | .mounts += [{destination: "/data", type: "bind", source: $volume, options: ["rbind", "rw"]},
      {destination: "/config", type: "bind", source: $config, options: ["rbind", "ro"]}]'
  app 'cat sub/file /root/.config/x /config/x; echo y >/data/x; echo z >sub/new; cat /dev/urandom | head -c 1 | wc -c'
  learn --write learned -- "$B"
  succeeded
  assert_eq "changes" 'add filesystem.allow "/$NONO_VOLUMES"
add filesystem.allow "/$NONO_WORKDIR/sub"
add filesystem.read "/$NONO_CONFIGS"
add filesystem.read_file "/$NONO_HOME/.config/x"
add filesystem.read_file "/dev/urandom"' "$(changes)"
  annotate nono.sh/profile learned
  run_container
  succeeded
  assert_eq "stdout" $'1\n1\n1\n1' "$OUT"
}

@test "secrets are left out, named, and granted only where --secrets says so" {
  mkdir -p "$B/rootfs/root/.ssh"
  echo key >"$B/rootfs/root/.ssh/id_rsa"
  jq '.filesystem.read_file = ["/bin/busybox"]' "$T/tight.json" >"$T/nono-nri/profiles/tight.json"
  spec '.process.env += ["HOME=/root"]'
  app 'cat /root/.ssh/id_rsa; exit 0'
  learn -- "$B"
  succeeded
  assert_eq "changes" "" "$(changes || true)"
  assert_has "note" "# not learned: read /root/.ssh/id_rsa by /bin/busybox: it is secret: --secrets would grant it" "$OUT"
  learn --secrets -- "$B"
  succeeded
  assert_eq "changes" 'add filesystem.read_file "/$NONO_HOME/.ssh/id_rsa"' "$(changes)"
  # A directory around them is granted with them hidden.
  app 'echo x >/root/new; cat /root/.ssh/id_rsa; exit 0'
  learn --write around -- "$B"
  succeeded
  assert_eq "changes" 'add filesystem.allow "/$NONO_HOME"
add filesystem.deny "/$NONO_SECRETS"' "$(changes)"
  annotate nono.sh/profile around
  run_container
  assert_eq "stdout" "" "$OUT"
}

@test "entries below a directory that becomes writable go" {
  jq '.filesystem.read_file = ["/bin/busybox"] | .filesystem.read = ["/scratch/sub"]' "$T/tight.json" \
    >"$T/nono-nri/profiles/tight.json"
  mkdir "$B/rootfs/scratch/sub"
  app 'echo x >/scratch/new'
  learn --write learned -- "$B"
  succeeded
  assert_eq "changes" 'add filesystem.allow "/scratch"
remove filesystem.read "/scratch/sub"' "$(changes)"
  assert_eq "profile" '{"filesystem":{"allow":["/scratch"],"allow_file":["/dev/null"],"read":[],"read_file":["/bin/busybox"]}}' \
    "$(learned_profile learned)"
}

@test "ports are learned where a profile can name them, and other refusals are named with the reason" {
  install -m 755 "$KF_BUILD/tests/denials/probe" "$B/rootfs/bin/probe"
  jq '.filesystem.read_file = ["/bin/probe"] | .network = {connect_port: [443]}' "$T/tight.json" \
    >"$T/nono-nri/profiles/tight.json"
  spec_args /bin/probe connect 80 bind 8080 read / mkdir $'/scratch/a\nb[' mount /scratch
  learn --write learned -- "$B"
  succeeded
  assert_eq "profile" '{"filesystem":{"allow":["/scratch"],"allow_file":["/dev/null"],"read_file":["/bin/probe"]},"network":{"connect_port":[443,80]}}' \
    "$(learned_profile learned)"
  assert_has "bind" "# not learned: bind 127.0.0.1:8080 by /bin/probe: network.connect_port forbids all listening" "$OUT"
  assert_has "root" "# not learned: read / by /bin/probe: no profile grants / itself" "$OUT"
  assert_has "hostile name" 'mkdir /scratch/a\x0ab[ by /bin/probe' "$OUT"
  ! LC_ALL=C grep -q '[^ -~]' "$T/out" || fail "not printable: $OUT"
  # Under block it is another list.
  jq '.filesystem.read_file = ["/bin/probe"] | .network = {block: true, open_port: [443]}' "$T/tight.json" \
    >"$T/nono-nri/profiles/tight.json"
  spec_args /bin/probe connect 80
  learn -- "$B"
  succeeded
  assert_eq "changes" 'add network.open_port "80"' "$(changes)"
}

@test "a name that a profile cannot have, and files that are written only when they may be" {
  jq '.filesystem.read_file = ["/bin/busybox"]' "$T/tight.json" >"$T/nono-nri/profiles/tight.json"
  mkdir "$B/rootfs/"$'bad\ndir*'
  echo x >"$B/rootfs/"$'bad\ndir*/file'
  app 'cat "$(printf "/bad\\ndir*/file")"; exit 0'
  learn -- "$B"
  succeeded
  assert_has "note" '# not learned: read /bad\x0adir*/file by /bin/busybox: a profile cannot have such a name in it' "$OUT"
  learn --write tight -- "$B"
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "profiles/tight.json is there already: take another name, or say --replace" "$ERR"
  learn --write ../x -- "$B"
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "cannot be the name of a profile" "$ERR"
  learn --write x -- "$T/no-such"
  assert_eq "exit status" 1 "$STATUS"
  learn --handler x "$ID"
  assert_eq "exit status" 2 "$STATUS"
  learn -- a b
  assert_eq "exit status" 2 "$STATUS"
  assert_no_trace
}

# --- real programs -----------------------------------------------------------------------------------------------

PACKAGES=(busybox-static git nginx-light python3 python3-pip sqlite3)

drop_root() {
  ! mountpoint -q "$T/root" || umount -l "$T/root"
  ! mountpoint -q "$T/layer" || umount -l "$T/layer"
}

# A new Debian: the files of a run are gone.
fresh_root() {
  drop_root
  mkdir -p "$T/root" "$T/layer"
  mount -t tmpfs -o mode=755 tmpfs "$T/layer"
  mkdir "$T/layer/upper" "$T/layer/work" "$T/layer/upper/app"
  mount -t overlay overlay -o "lowerdir=$DEBIAN,upperdir=$T/layer/upper,workdir=$T/layer/work" "$T/root"
}

debian() {
  DEBIAN=$("$KF_TOP/tests/rootfs.sh" learn "${PACKAGES[@]}" 2>"$T/rootfs.err" 3>&-) || skip "$(tail -n 1 "$T/rootfs.err")"
  fresh_root
  spec --arg root "$T/root" '["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"]
    as $names | ($names | map("CAP_" + .)) as $capabilities
    | .process.capabilities = {bounding: $capabilities, effective: $capabilities, permitted: $capabilities}
    | .root.path = $root | .process.cwd = "/app" | .process.env += ["HOME=/root", "LC_ALL=C.UTF-8"]'
}

# The program is refused under the tight profile, and runs as it does bare under the learned one.
learns() { # NAME SCRIPT
  local bare before

  app "$2"
  before=$(<"$B/config.json")
  run_bare "$ID-bare"
  succeeded
  bare=$OUT
  fresh_root
  run_container "$ID-tight"
  [[ $STATUS != 0 ]] || fail "$1 runs under the tight profile"
  spec -n --argjson before "$before" '$before'
  fresh_root
  learn --write "$1" -- "$B"
  succeeded
  assert_has_not "$1" "there is more to learn" "$OUT"
  fresh_root
  annotate nono.sh/profile "$1"
  run_container "$ID-learned"
  succeeded
  assert_eq "$1" "$bare" "$OUT"
  drop_root
}

@test "git" {
  debian
  learns git 'git init -q repo && cd repo && echo x >f && git add f && git -c user.name=x -c user.email=y commit -qm first &&
    git log --format=%s && git status --short'
}

@test "python" {
  debian
  learns python 'python3 -c "import json, ssl, hashlib, tempfile
with tempfile.NamedTemporaryFile() as f: f.write(b\"x\")
open(\"out\", \"w\").write(json.dumps({\"a\": 1}))
print(open(\"out\").read(), hashlib.md5(b\"x\").hexdigest())"'
}

@test "pip" {
  debian
  learns pip 'mkdir -p p/src && printf "from setuptools import setup\nsetup(name=\"p\", version=\"1\", py_modules=[\"mod\"])\n" >p/setup.py &&
    echo "print(42)" >p/mod.py && pip install --quiet --no-index --no-build-isolation --no-deps --target lib ./p 2>/dev/null &&
    python3 lib/mod.py'
}

@test "sqlite" {
  debian
  learns sqlite 'sqlite3 db "create table t (x); insert into t values (42); select x + 1 from t" && ls db'
}

@test "nginx" {
  debian
  learns nginx 'nginx && busybox wget -q -O - http://127.0.0.1/ | head -n 4 && nginx -s quit'
}
