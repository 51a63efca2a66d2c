#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq and sh programs; bats runs each test in a subshell; helpers set STATUS
#
# The shipped profiles (hook/share/profiles) under the real nono: their grants and denials, in containers.

load helpers

SHIPPED=(default image-rw claude-code codex gemini opencode swival)
AGENTS=(claude-code codex gemini opencode swival)

setup() {
  kf_setup
  rm "$T"/nono-nri/profiles/*.json
  install -m 644 "$KF_TOP"/hook/share/profiles/*.json "$T/nono-nri/profiles/"
  kf_image
}

teardown() { kf_teardown; }
teardown_file() { stop_journald; }

# An image with work directories, with a pod's secrets mounted, and with other people's homes.
kf_image() {
  local root=$B/rootfs dir file token=run/secrets/kubernetes.io/serviceaccount

  rm -rf "$root/home/app"
  for dir in app workspace testbed opt/tool usr/bin usr/local/bin usr/src/app srv data etc/ssl/certs etc/creds var/tmp \
    var/log var/www/html var/lib/postgresql run/postgresql dev/shm mnt/data root/{.cache,.npm,.local/bin,.local/lib} \
    root/{.ssh,.aws,.kube,.docker,.config/gcloud,.config/git,.gnupg,.cargo} home/other/{.ssh,project} \
    root/.{claude,codex,config/opencode,config/swival,local/share/opencode,local/share/swival} \
    "$token/..data_1" run/secrets/db vault/secrets etc/secrets; do
    mkdir -p "$root/$dir"
  done
  chmod 1777 "$root/var/tmp" "$root/dev/shm"
  chmod 700 "$root/root"
  ln -s /run "$root/var/run"
  ln -s ..data_1 "$root/$token/..data"
  ln -s ..data/token "$root/$token/token"
  for file in "$token/..data_1/token" run/secrets/db/password vault/secrets/x etc/secrets/x etc/creds/password etc/shadow \
    root/.ssh/id_rsa root/.aws/credentials root/.kube/config root/.docker/config.json root/.config/gcloud/x root/.gnupg/x \
    root/.netrc root/.npmrc root/.git-credentials root/.bash_history root/.cargo/credentials.toml root/notes \
    home/other/.ssh/id home/other/project/x; do
    echo "secret" >"$root/$file"
  done
  for file in $NOT_NAMED; do
    echo "private" >"$root$file"
  done
  echo 'root:$6$saltsalt$secret:19000::::::' >"$root/etc/shadow"
  for file in app/x workspace/x testbed/x opt/tool/x usr/local/bin/x usr/src/app/x srv/x data/x etc/ssl/certs/x etc/hosts \
    root/.config/git/config var/lib/postgresql/x; do
    echo "fine" >"$root/$file"
  done
  spec '.process.env += ["HOME=/root"]'
}

# Runs SCRIPT under PROFILE, with /bin/sh, and fails unless it ends well.
under() { # PROFILE SCRIPT
  annotate nono.sh/profile "$1"
  app "$2"
  run_container "$ID-$1"
  succeeded
}

# One line for each thing tried, so that a failure shows all of it.
PROBES='
  may_read() { for f; do head -c 1 "$f" >/dev/null 2>&1 && echo "r $f yes" || echo "r $f no"; done; }
  may_write() { for d; do (: >"$d/kf") 2>/dev/null && echo "w $d yes" || echo "w $d no"; done; }
  may_list() { for d; do ls "$d" >/dev/null 2>&1 && echo "l $d yes" || echo "l $d no"; done; }
'

READABLE='/app/x /workspace/x /opt/tool/x /usr/local/bin/x /usr/src/app/x /srv/x /data/x /etc/ssl/certs/x /etc/hosts
  /root/.config/git/config /proc/1/status /proc/self/status /proc/cpuinfo /dev/urandom /dev/zero'
WRITABLE='/app /workspace /data /tmp /var/tmp /dev/shm /root /root/.cache /root/.claude /root/.codex /root/.config /run'
SECRET='/run/secrets/kubernetes.io/serviceaccount/token /var/run/secrets/kubernetes.io/serviceaccount/token
  /run/secrets/db/password /vault/secrets/x /etc/shadow /root/.ssh/id_rsa
  /root/.aws/credentials /root/.kube/config /root/.docker/config.json /root/.config/gcloud/x /root/.gnupg/x /root/.netrc
  /root/.npmrc /root/.git-credentials /root/.cargo/credentials.toml /home/other/.ssh/id'
NONO_ITSELF='/nono/nono /nono/profiles/default.json'
CLOSED='/ /nono /nono/launcher /sys /root/.ssh /run/secrets'
OF_THE_IMAGE='/etc /usr /usr/bin /opt/tool'
SERVICES='/var/log /var/lib/postgresql /var/www/html'
UNLISTED='/ /nono /nono/profiles'
# By names alone they are closed, too.
NOT_NAMED='/etc/secrets/x /etc/creds/password /root/.bash_history /root/notes /home/other/project/x'

@test "the grants and denials of each shipped profile" {
  local profile

  for profile in "${SHIPPED[@]}"; do
    echo "profile $profile"
    under "$profile" "$PROBES may_read $(echo $READABLE); may_write $(echo $WRITABLE)"
    assert_has_not "$profile allows" " no" "$OUT"
    under "$profile" "$PROBES may_read $(echo $NONO_ITSELF); may_write $(echo $CLOSED); may_list $(echo $UNLISTED)"
    assert_has_not "$profile denies" " yes" "$OUT"
  done
}

# A hidden file is empty, a hidden directory too.
@test "no hidden place can be read, under any profile" {
  local profile

  for profile in "${SHIPPED[@]}" strict; do
    under "$profile" "cat $(echo $SECRET) 2>/dev/null | wc -c; find /run/secrets /root/.ssh /vault/secrets -type f 2>/dev/null || true"
    assert_eq "$profile" 0 "$OUT"
  done
}

@test "the image is written under image-rw alone, directories of services under default too" {
  under default "$PROBES may_write $(echo $OF_THE_IMAGE)"
  assert_has_not "default" " yes" "$OUT"
  under default "$PROBES may_write $(echo $SERVICES)"
  assert_has_not "default" " no" "$OUT"
  under image-rw "$PROBES may_write $(echo $OF_THE_IMAGE $SERVICES)"
  assert_has_not "image-rw" " no" "$OUT"
  for profile in "${AGENTS[@]}"; do
    under "$profile" "$PROBES may_write $(echo $OF_THE_IMAGE $SERVICES)"
    assert_has_not "$profile" " yes" "$OUT"
  done
}

@test "strict goes by names" {
  under strict "$PROBES may_read $(echo $READABLE); may_write /app /workspace /data /tmp /var/tmp /dev/shm /root/.cache"
  assert_has_not "strict allows" " no" "$OUT"
  under strict "$PROBES may_read $(echo $NOT_NAMED $NONO_ITSELF); may_write /etc /usr /root /run /home/other; may_list / /root /run"
  assert_has_not "strict denies" " yes" "$OUT"
}

@test "without the sandbox all of it is open: the tests above would notice" {
  app "$PROBES may_read $(echo $SECRET $NOT_NAMED); may_write $(echo $OF_THE_IMAGE $SERVICES); may_list / /root /run /home"
  run_bare
  succeeded
  assert_has_not "bare" " no" "$OUT"
}

@test "host keys are hidden from agents alone" {
  mkdir -p "$B/rootfs/etc/ssh"
  echo "secret" >"$B/rootfs/etc/ssh/ssh_host_rsa_key"
  under default 'cat /etc/ssh/ssh_host_rsa_key'
  assert_eq "default" secret "$OUT"
  for profile in "${AGENTS[@]}"; do
    under "$profile" 'cat /etc/ssh/ssh_host_rsa_key | wc -c'
    assert_eq "$profile" 0 "$OUT"
  done
}

@test "agents differ in their names, and have nothing that default has not" {
  local profile

  for profile in "${AGENTS[@]}"; do
    assert_eq "$profile" "$(jq -S 'del(.meta)' "$KF_TOP/hook/share/profiles/claude-code.json")" \
      "$(jq -S 'del(.meta)' "$KF_TOP/hook/share/profiles/$profile.json")"
    assert_eq "$profile" "[]" "$(jq -nc '[inputs.filesystem.allow] | .[1] - .[0]' \
      "$KF_TOP"/hook/share/profiles/{default,"$profile"}.json)"
    assert_eq "$profile" "$(jq -S 'del(.meta, .filesystem)' "$KF_TOP/hook/share/profiles/default.json")" \
      "$(jq -S 'del(.meta, .filesystem)' "$KF_TOP/hook/share/profiles/$profile.json")"
  done
}

@test "no profile extends another, and variables are ours" {
  local profile

  for profile in "$KF_TOP"/hook/share/profiles/*.json; do
    assert_eq "extends" null "$(jq .extends "$profile")"
    assert_eq "name" "$(basename "$profile" .json)" "$(jq -r .meta.name "$profile")"
    assert_eq "variables" "" "$(jq -r '.. | strings | select(contains("$") or startswith("~"))
      | select(test("^/[$]NONO_(HOME(/.*)?|IMAGE|WORKDIR|VOLUMES|CONFIGS|DEVICES|SECRETS)$") | not)' "$profile")"
    HOME=$T run -0 "$NONO" -s profile validate "$profile"
  done
}

@test "test-pod's promise: sleep infinity; cat /proc/1/cmdline; ls -la /nono/nono" {
  spec_args sleep infinity
  start_container
  assert_command "$PID" "sleep infinity"
  bare delete --force "$ID"
  under default 'cat /proc/1/cmdline | tr "\0" " "; echo; ls -la /nono/nono'
  assert_has "stdout" "/bin/sh -c cat /proc/1/cmdline" "$OUT"
  assert_has "stdout" "/nono/nono" "$OUT"
}

@test "children read their own /proc/self, threads theirs" {
  under default '(grep -c Name: /proc/self/status); cat /proc/self/cmdline | tr "\0" " "
    ls /proc/self/fd >/dev/null && ls /proc/self/task >/dev/null && ls /proc/thread-self/ >/dev/null && echo listed'
  assert_eq "stdout" $'1\ncat /proc/self/cmdline listed' "$OUT"
}

@test "the names nono blocks at start run" {
  local name

  for name in npm pip cp kill apt init rm chmod xargs sudo; do
    rm -f "$B/rootfs/bin/$name"
    printf '#!/bin/sh\necho "%s runs"\n' "$name" >"$B/rootfs/bin/$name"
    chmod 755 "$B/rootfs/bin/$name"
    kf_spec
    spec_args "$name"
    run_container "$ID-$name"
    succeeded
    assert_eq "stdout" "$name runs" "$OUT"
  done
}

# Pipes, as engines give them; a file of the host cannot be opened a second time through /dev/stdout.
@test "devices and the standard streams" {
  app 'echo a >/dev/stdout; echo b >/dev/stderr; echo c >/dev/fd/1; echo d >/proc/self/fd/2; : >/dev/null
    head -c 4 /dev/urandom | wc -c; dd if=/dev/zero bs=1 count=2 2>/dev/null | wc -c
    (echo full >/dev/full) 2>/dev/null || echo "no space"'
  kf run --bundle "$B" "$ID" 2> >(cat >"$T/err") | cat >"$T/out"
  assert_eq "stdout" $'a\nc\n4\n2\nno space' "$(<"$T/out")"
  assert_eq "stderr" $'b\nd' "$(<"$T/err")"
}

@test "the launcher's file may be run and read, nono and the profiles not" {
  under default '/nono/sh -c "echo launched"; cd /nono && ./sh -c "echo launched"; cat /nono/nono || echo "exit $?"'
  assert_eq "stdout" $'launched\nlaunched\nexit 1' "$OUT"
  assert_has "stderr" "/nono/nono" "$ERR"
}

@test "the working directory survives, and may be written" {
  local dir

  for dir in /app /testbed /usr/src/app /workspace /data /var/www/html /home/other/project /opt/tool; do
    kf_spec
    spec --arg dir "$dir" '.process.cwd = $dir | .process.env += ["HOME=/root"]'
    under default 'pwd; : >kf && echo written; env | grep -c NONO_WORKDIR || true'
    assert_eq "in $dir" "$dir"$'\nwritten\n0' "$OUT"
    ID=$ID-x
  done
}

@test "a working directory does not open a secret" {
  local dir

  for dir in /etc/creds /run/secrets /etc /root/.ssh /home/other /vault/secrets; do
    kf_spec
    spec --arg dir "$dir" '.process.cwd = $dir | .process.env += ["HOME=/root", "NONO_WORKDIR=" + $dir, "WORKDIR=" + $dir,
      "PWD=" + $dir, "TMPDIR=" + $dir]'
    under default "pwd; cat $(echo $SECRET) 2>/dev/null || true"
    assert_has_not "cwd $dir" secret "$(tail -n +2 "$T/out")"
    assert_eq "cwd" "$dir" "$(head -n 1 "$T/out")"
    ID=$ID-x
  done
}

@test "a working directory that is hidden is a denial that names the remedy" {
  spec '.process.cwd = "/run/secrets/db"'
  run_container
  assert_eq "exit status" 1 "$STATUS"
  assert_has "stderr" "name that place in nono.sh/allow" "$ERR"
}

@test "ordinary homes and working directories start" {
  local row home cwd

  for row in "/root /" "/root /root" "/root /app" "/home/app /home/app" "/home/app /app" "/nonexistent /" "/ /" "/ /app"; do
    read -r home cwd <<<"$row"
    mkdir -p "$B/rootfs/home/app"
    kf_spec
    spec --arg home "$home" --arg cwd "$cwd" '.process.env += ["HOME=" + $home] | .process.cwd = $cwd'
    under default 'echo "$HOME"'
    assert_eq "HOME=$home in $cwd" "$home" "$OUT"
    ID=$ID-x
  done
}

@test "a user of the image, and one without a passwd entry" {
  local home

  mkdir -p "$B/rootfs/home/app"
  spec '.process.user = {uid: 1000, gid: 1000} | .process.env |= map(select(startswith("HOME=") | not))'
  under default 'id -u; echo "$HOME"'
  assert_eq "stdout" $'1000\n/home/app' "$OUT"
  # A home that is closed to the user.
  for home in / /root; do
    kf_spec
    spec --arg home "$home" '.process.user = {uid: 4711, gid: 4711} | .process.env += ["HOME=" + $home]'
    ID=$ID-x
    under default 'id -u; : >/tmp/x && echo written; rm /tmp/x'
    assert_eq "stdout" $'4711\nwritten' "$OUT"
  done
}

# grafana, haproxy, mongo, elasticsearch and others have such homes.
@test "a home in a directory that the profile grants" {
  local home

  for home in /tmp /tmp/u /usr/share/grafana /data /workspace/home /var/lib/postgresql /app; do
    mkdir -p "$B/rootfs$home"
    kf_spec
    spec --arg home "$home" '.process.env += ["HOME=" + $home] | .process.cwd = $home'
    under default 'echo "$HOME"; pwd'
    assert_eq "HOME=$home" "$home"$'\n'"$home" "$OUT"
    ID=$ID-x
  done
}

@test "a profile's variables are in the environment, and the container's too" {
  jq '.environment.set_vars = {SET: "by the profile", OTHER: "too"}' "$T/nono-nri/profiles/default.json" >"$T/nono-nri/profiles/sets.json"
  spec '.process.env += ["PYTHONPATH=/x", "OTHER=the container'"'"'s"]'
  under sets 'echo "$SET, $OTHER, $PYTHONPATH"'
  assert_eq "stdout" "by the profile, too, /x" "$OUT"
}

@test "nono does refuse a HOME in a granted directory: it needs a home of its own in a container" {
  run -1 env -i PATH="$PATH" HOME=/tmp/kf-no-such-home "$NONO" -s wrap --profile "$T/nono-nri/profiles/default.json" -- /bin/true
  assert_has "message" "overlaps protected nono state root" "$output"
}

@test "nono wrap does leave the network open under a profile with a filter: the refusal at create is right" {
  local connect=(bash -c 'LC_ALL=C; exec 3<>/dev/tcp/127.0.0.1/9')

  printf '{"meta": {"name": "x"}, "network": {"allow_domain": ["example.com"]}}\n' >"$T/filter.json"
  HOME=$T run "$NONO" -s wrap --profile "$T/filter.json" -- "${connect[@]}"
  assert_has "with a filter" "Connection refused" "$output"
  printf '{"meta": {"name": "x"}, "network": {"block": true}}\n' >"$T/block.json"
  HOME=$T run "$NONO" -s wrap --profile "$T/block.json" -- "${connect[@]}"
  assert_has_not "blocked" "Connection refused" "$output"
}

# The image's symlink in the place of something granted: the container does not start, or does not see the secret.
moved() { # LINK TARGET
  rm -rf "$B/rootfs$1"
  mkdir -p "$(dirname "$B/rootfs$1")"
  ln -s "$2" "$B/rootfs$1"
  kf_spec
  spec '.process.env += ["HOME=/root"]'
  app "cat $1 $1/* $1/*/* $1/*/*/* 2>/dev/null; find / -xdev -name kf-none; cat $(echo $SECRET) 2>/dev/null"
  run_container "$ID-moved"
  assert_has_not "$1 -> $2" secret "$OUT"
  rm "$B/rootfs$1"
  mkdir -p "$B/rootfs/app"
}

@test "an image's symlink moves no grant onto a secret" {
  local link token=/run/secrets/kubernetes.io/serviceaccount

  for link in /app /opt /usr/local /etc/nginx /root/.cache; do
    moved "$link" /run
    moved "$link" /run/secrets
    moved "$link" /run/secrets/db
    moved "$link" "$token"
    moved "$link" "$token/..data"
    moved "$link" /root
    moved "$link" /root/.ssh
    moved "$link" /root/.aws
    moved "$link" /vault/secrets
    moved "$link" /etc/secrets
    moved "$link" /
  done
  for link in /etc/localtime /etc/resolv.conf /root/.gitconfig; do
    moved "$link" "$token/token"
    moved "$link" "$token/..data_1/token"
    moved "$link" /run/secrets/db/password
    moved "$link" /etc/shadow
    moved "$link" /root/.ssh/id_rsa
    moved "$link" /vault/secrets/x
  done
}

@test "variables of the container move no grant onto a secret" {
  local variable

  for variable in HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR TMPDIR WORKDIR UID; do
    kf_spec
    spec --arg name "$variable" '.process.env |= map(select(startswith("HOME=") | not))
      | .process.env += [$name + "=/run/secrets/kubernetes.io", "NONO_WORKDIR=/run/secrets", "NONO_ALLOW=/run/secrets"]'
    app "cat $(echo $SECRET) 2>/dev/null; find /run/secrets /root/.ssh -type f 2>/dev/null"
    run_container "$ID-$variable"
    assert_eq "$variable" "" "$OUT"
  done
}

@test "profile_lookup = files-then-nono: a profile of nono's own" {
  rm "$T/nono-nri/profiles/default.json"
  kf_config 'profile_lookup = files-then-nono'
  app "$PROBES may_read /etc/hosts /run/secrets/db/password /root/.ssh/id_rsa; tr '\0' ' ' </proc/1/cmdline; echo"
  run_container
  succeeded
  assert_has "stdout" $'r /etc/hosts yes\nr /run/secrets/db/password no\nr /root/.ssh/id_rsa no\n/bin/sh -c' "$OUT"
}
