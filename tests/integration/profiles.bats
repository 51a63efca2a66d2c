#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq and sh programs; bats runs each test in a subshell; helpers set STATUS
#
# The shipped profiles (hook/profiles) under the real nono: what they allow and what they deny, in containers.

load helpers

SHIPPED=(default claude-code codex opencode swival)

setup() {
  kf_setup
  rm "$T"/nono-nri/profiles/*.json
  install -m 644 "$KF_TOP"/hook/profiles/*.json "$T/nono-nri/profiles/"
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
WRITABLE='/app /workspace /data /tmp /var/tmp /dev/shm /var/log /var/www/html /root/.cache'
SECRET='/run/secrets/kubernetes.io/serviceaccount/token /var/run/secrets/kubernetes.io/serviceaccount/token
  /run/secrets/db/password /vault/secrets/x /etc/secrets/x /etc/creds/password /etc/shadow /root/.ssh/id_rsa
  /root/.aws/credentials /root/.kube/config /root/.docker/config.json /root/.config/gcloud/x /root/.gnupg/x /root/.netrc
  /root/.npmrc /root/.git-credentials /root/.bash_history /root/.cargo/credentials.toml /root/notes /home/other/.ssh/id
  /home/other/project/x /nono/nono /nono/profiles/default.json'
CLOSED='/ /etc /usr /usr/bin /opt/tool /root /root/.ssh /run /home/other /nono /nono/launcher /sys /proc'
UNLISTED='/ /root /root/.ssh /run /run/secrets /home /home/other /nono /nono/profiles'

@test "what each shipped profile allows and denies" {
  local profile

  for profile in "${SHIPPED[@]}"; do
    echo "profile $profile"
    under "$profile" "$PROBES may_read $(echo $READABLE); may_write $(echo $WRITABLE)"
    assert_has_not "$profile allows" " no" "$OUT"
    under "$profile" "$PROBES may_read $(echo $SECRET); may_write $(echo $CLOSED); may_list $(echo $UNLISTED)"
    assert_has_not "$profile denies" " yes" "$OUT"
  done
}

@test "without the sandbox all of it is open: the test above would notice" {
  app "$PROBES may_read $(echo $SECRET | sed 's#/nono[^ ]*##g'); may_list / /root /run /home"
  run_bare
  succeeded
  assert_has_not "bare" " no" "$OUT"
}

@test "an agent has its own state, and no other agent's" {
  local profile dir
  local -A state=([claude-code]=.claude [codex]=.codex [opencode]=.local/share/opencode [swival]=.local/share/swival)

  for profile in "${SHIPPED[@]}"; do
    for dir in .claude .codex .local/share/opencode .local/share/swival; do
      under "$profile" "$PROBES may_write /root/$dir"
      if [[ ${state[$profile]:-} == "$dir" ]]; then
        assert_eq "$profile" "w /root/$dir yes" "$OUT"
      else
        assert_eq "$profile" "w /root/$dir no" "$OUT"
      fi
    done
  done
}

@test "agents have all that default has" {
  local profile list

  for profile in "${SHIPPED[@]:1}"; do
    for list in read read_file allow allow_file deny; do
      assert_eq "$profile, $list" "[]" "$(jq -nc --arg list "$list" \
        '[inputs.filesystem[$list]] | .[0] - .[1]' "$KF_TOP"/hook/profiles/{default,"$profile"}.json)"
    done
    assert_eq "$profile" "$(jq -S 'del(.meta, .filesystem)' "$KF_TOP/hook/profiles/default.json")" \
      "$(jq -S 'del(.meta, .filesystem)' "$KF_TOP/hook/profiles/$profile.json")"
  done
}

@test "no profile stands on another, and variables are HOME's or ours" {
  local profile

  for profile in "$KF_TOP"/hook/profiles/*.json; do
    assert_eq "extends" null "$(jq .extends "$profile")"
    assert_eq "name" "$(basename "$profile" .json)" "$(jq -r .meta.name "$profile")"
    assert_eq "variables" "" "$(jq -r '.. | strings | select(contains("$") or startswith("~"))
      | select((startswith("$HOME/") or . == "/$NONO_WORKDIR") | not)' "$profile")"
    HOME=$T run -0 "$NONO" -s profile validate "$profile"
  done
}

@test "test-pod's promise: sleep infinity; cat /proc/1/cmdline; ls -la /nono/nono" {
  spec_args sleep infinity
  start_container
  assert_eq "cmdline" "/bin/sleep infinity " "$(tr '\0' ' ' <"/proc/$PID/cmdline")"
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

@test "a working directory is no way to a secret" {
  local dir

  for dir in /etc/creds /run/secrets/db /run/secrets/kubernetes.io/serviceaccount /etc /root/.ssh /home/other /vault/secrets; do
    kf_spec
    spec --arg dir "$dir" '.process.cwd = $dir | .process.env += ["HOME=/root", "NONO_WORKDIR=" + $dir, "WORKDIR=" + $dir,
      "PWD=" + $dir, "TMPDIR=" + $dir]'
    under default "$PROBES pwd; may_read $(echo $SECRET); may_write $dir"
    assert_has_not "cwd $dir" " yes" "$OUT"
    assert_eq "cwd" / "$(head -n 1 "$T/out")"
    ID=$ID-x
  done
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

@test "nono does refuse a HOME in a granted directory: the refusal at create is right" {
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
    app "cat $(echo $SECRET) 2>/dev/null; find /run/secrets /root -type f 2>/dev/null"
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
