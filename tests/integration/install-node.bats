#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about a script that installs)
# shellcheck disable=SC2030,SC2031 # bats runs each test in a subshell
#
# scripts/install-node.sh on a tree that looks like a node: every engine, twice, and back again.

load install-node

bats_require_minimum_version 1.5.0

setup() { node_tree; }

@test "the shipped files can be parsed and have the required settings" {
  local json

  for json in "$TOP"/hooks.d/*.json "$TOP"/hooks.d/annotated/*.json; do
    jq -e '.version == "1.0.0" and .hook.path == "/usr/libexec/oci/hooks.d/kubefence-hook" and
      .hook.args[0] == "kubefence-hook" and (.hook.env | length) > 0 and .hook.timeout == 30 and
      (.stages | length) == 1' "$json"
  done
  for json in "$TOP/hooks.d" "$TOP/hooks.d/annotated"; do
    jq -e '.stages == ["createRuntime"] and .hook.args[1] == "create-runtime"' "$json/50-kubefence.json"
    jq -e '.stages == ["poststop"] and .hook.args[1] == "poststop"' "$json/50-kubefence-poststop.json"
  done
  jq -es 'all(.when == {"always": true})' "$TOP"/hooks.d/*.json
  jq -es 'all(.when == {"annotations": {"^nono\\.sh/(profile|runtime-class)(/.*)?$": ".*"}})' "$TOP"/hooks.d/annotated/*.json
  jq -e .path "$TOP/hooks.d/docker/runtime.json"
  has_no -r precreate "$TOP"/hooks.d/*.json "$TOP/hooks.d/annotated"
  jq -es 'all(.stages == ["precreate"] and .hook.args == ["kubefence-hook", "precreate"] and (.hook.env | length) > 0
    and .hook.timeout == 30 and .hook.path == "/usr/libexec/oci/hooks.d/kubefence-hook")
    and .[0].when == {"always": true}
    and .[1].when == {"annotations": {"^nono\\.sh/(profile|runtime-class)(/.*)?$": ".*"}}' \
    "$TOP"/hooks.d/podman/{,annotated/}50-kubefence-precreate.json
  has_no -rE '^[^#]*inherit_default_runtime' "$TOP/hooks.d"
}

@test "the drop-ins can be parsed" {
  local conf

  need_toml
  for conf in "$TOP"/hooks.d/*/*.toml "$TOP"/hooks.d/*/*.conf; do
    toml "$conf" t
  done
}

@test "CRI-O: installed, again, and back" {
  need_toml
  install_twice_and_back crio
  local conf=$BATS_TEST_TMPDIR/installed/etc/crio/crio.conf.d/50-kubefence.conf

  [[ $(toml "$conf" 't["crio"]["runtime"]["runtimes"]["nono-runc"]["runtime_path"]') == "\"$WRAPPER\"" ]]
}

@test "Podman: installed, again, and back" {
  install_twice_and_back podman
}

@test "containerd: installed, again, and back" {
  need_toml
  program usr/bin/containerd 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7'
  install_twice_and_back containerd
  [[ $(toml "$BATS_TEST_TMPDIR/installed/etc/containerd/config.toml" 't["imports"]') == *50-kubefence.toml* ]]
}

@test "Docker: installed, again, and back" {
  install_twice_and_back docker
}

@test "all engines: installed, again, and back" {
  install_twice_and_back crio podman containerd docker
}

@test "files are readable by all, no temporary file stays, and no path of the root is in them" {
  local file

  (umask 077 && install_node --engine crio --engine podman --engine containerd --engine docker)
  while read -r file; do
    [[ $(stat -c %a "$file") == 644 ]]
    has_no -F "$NODE" "$file"
  done < <(find "$NODE/etc" "$HOOKS" -type f)
  [[ $(stat -c %a "$HOOKS") == 755 ]]
  [[ -z $(find "$NODE" -name '.kubefence*') ]]
}

@test "engines are found by their programs" {
  refuses "no engine was found"
  program usr/bin/podman
  program usr/bin/dockerd
  install_node
  [[ -f $HOOKS/50-kubefence.json && -f $DAEMON ]]
  [[ ! -e $NODE/etc/crio && ! -e $NODE/etc/containerd ]]
}

@test "a containerd without CRI, as Docker brings it, is not for us" {
  program usr/bin/dockerd
  program usr/bin/containerd
  file "$CONTAINERD" <<<'disabled_plugins = ["cri"]'
  install_node
  [[ -f $DAEMON && ! -e $NODE/etc/containerd/conf.d ]]
}

@test "unknown engines, scopes and options are errors" {
  refuses "unknown engine: rkt" --engine rkt
  refuses "unknown scope: some" --engine crio --scope some
  run install_node --frobnicate
  ((status == 2))
}

@test "nothing is installed before the programs are there" {
  rm "$NODE/usr/libexec/oci/hooks.d/kubefence-hook"
  refuses "run make install first" --engine crio
}

@test "the dry run shows the files it would write" {
  run install_node --engine crio --engine podman --dry-run
  [[ $output == *'+runtime_path = "'"$WRAPPER"'"'*"systemctl restart crio"* ]]
  [[ $(grep -c '^would write:' <<<"$output") == 4 ]]
}

@test "with --restart and --root the node's own systemctl is called, and only when something changed" {
  program usr/bin/podman
  node_systemctl true
  install_node --engine crio --engine podman --restart
  [[ $(<"$NODE/systemctl.log") == "restart crio" ]]
  install_node --engine crio --engine podman --restart
  [[ $(<"$NODE/systemctl.log") == "restart crio" ]]
}

@test "a restart that failed is made up for by the next run" {
  node_systemctl
  run install_node --engine crio --restart
  ((status != 0))
  node_systemctl true
  install_node --engine crio --restart
  [[ $(grep -cx 'restart crio' "$NODE/systemctl.log") == 2 ]]
  install_node --engine crio --restart
  [[ $(grep -cx 'restart crio' "$NODE/systemctl.log") == 2 ]]
}

@test "files that were installed without a restart reach the engine with the next run's" {
  node_systemctl true
  install_node --engine crio
  install_node --engine crio
  [[ ! -e $NODE/systemctl.log ]]
  install_node --engine crio --restart
  [[ $(<"$NODE/systemctl.log") == "restart crio" ]]
}

@test "the services are named, and Podman has none" {
  run install_node --engine crio --engine docker --engine podman
  [[ $output == *"systemctl restart crio"*"systemctl reload docker" ]]
  run install_node --engine crio --engine docker --engine podman
  [[ $output != *systemctl* ]]
  run install_node --uninstall
  [[ $output == *"systemctl restart crio"*"systemctl restart docker"* ]]
}

@test "the annotated scope replaces the hooks, and back" {
  keep
  install_node --engine crio
  jq -e .when.always "$HOOKS/50-kubefence.json"
  install_node --engine crio --scope annotated
  jq -e '.when.annotations | length == 1' "$HOOKS"/50-kubefence.json
  jq -e '.when.annotations | length == 1' "$HOOKS"/50-kubefence-poststop.json
  install_node --uninstall
  same_as_before
}

@test "the hooks stay until the last engine that uses them goes" {
  keep
  install_node --engine crio --engine podman
  install_node --uninstall --engine crio
  [[ -f $HOOKS/50-kubefence.json && ! -e $NODE/etc/crio ]]
  install_node --uninstall --engine podman
  same_as_before
}

@test "a file of others with our name is not overwritten" {
  file "$HOOKS/50-kubefence.json" <<<'{}'
  refuses "was not made by this script" --engine podman
}

@test "files of others in our directories stay" {
  install_node --engine crio
  file "$NODE/etc/crio/crio.conf.d/99-local.conf" <<<'# theirs'
  install_node --uninstall
  [[ $(cd "$NODE/etc" && find . -type f) == ./crio/crio.conf.d/99-local.conf ]]
}

@test "a link that leads out of the root is refused" {
  ln -s "$BATS_TEST_TMPDIR" "$NODE/etc/crio"
  refuses "leads out of" --engine crio
  [[ ! -e $BATS_TEST_TMPDIR/crio.conf.d ]]
}

# --- precreate ---------------------------------------------------------------------------------------------------

@test "no directory that CRI-O reads gets a precreate hook" {
  install_node --engine crio --engine podman
  has_no -r '"precreate"' "$NODE/usr/share/containers" "$NODE/etc"
  has_no -r podman-hooks.d "$NODE/etc/crio"
}

@test "make install keeps the precreate hook out of CRI-O's directory, and uninstall takes it back" {
  local dir=$BATS_TEST_TMPDIR/dest

  make -C "$TOP" -s -o all BUILD="${KF_BUILD:-build}" DESTDIR="$dir" install
  [[ -z $(cd "$dir" && grep -rlF '"precreate"' . | grep -v '^./usr/share/kubefence/') ]]
  cmp "$TOP/hooks.d/podman/50-kubefence-precreate.json" "$dir$PODMAN_HOOKS/50-kubefence-precreate.json"
  cmp "$TOP/hooks.d/podman/annotated/50-kubefence-precreate.json" "$dir$PODMAN_HOOKS/annotated/50-kubefence-precreate.json"
  make -C "$TOP" -s -o all BUILD="${KF_BUILD:-build}" DESTDIR="$dir" uninstall
  [[ ! -e $dir/usr/share/kubefence ]]
}

@test "CRI-O that reads Podman's hooks would not start: refused for every engine" {
  local dir

  for dir in "$PODMAN_HOOKS" "$PODMAN_HOOKS/" "$PODMAN_HOOKS/annotated" /opt/link; do
    mkdir -p "$NODE/opt"
    ln -sfn "..$PODMAN_HOOKS" "$NODE/opt/link"
    printf '[crio.runtime]\nhooks_dir = ["%s"]\n' "$dir" | file "$NODE/etc/crio/crio.conf"
    refuses "take it out of CRI-O's hooks_dir" --engine podman
    refuses "take it out of CRI-O's hooks_dir" --engine crio
  done
}

@test "CRI-O with a precreate hook in its directories would not start: refused" {
  file "$NODE/opt/hooks/10-other.json" <<<'{"stages": ["precreate"]}'
  install_node --engine crio
  install_node --uninstall
  file "$NODE/etc/crio/crio.conf.d/10-hooks.conf" <<'END'
[crio.runtime]
hooks_dir = [ # two
  "/usr/share/containers/oci/hooks.d",
  "/opt/hooks",
]
END
  refuses "names the stage precreate" --engine crio
}

@test "a precreate hook among ours is refused where CRI-O reads it" {
  cp -r "$TOP/hooks.d" "$BATS_TEST_TMPDIR/hooks.d"
  mkdir "$BATS_TEST_TMPDIR/scripts"
  cp "$TOP"/scripts/install-*.sh "$BATS_TEST_TMPDIR/scripts"
  jq '.stages += ["precreate"]' "$TOP/hooks.d/50-kubefence.json" >"$BATS_TEST_TMPDIR/hooks.d/50-kubefence.json"
  TOP=$BATS_TEST_TMPDIR
  refuses "would not start" --engine podman
}

# --- where hooks go ----------------------------------------------------------------------------------------------

crio_reads() { # DIRECTORY...
  printf '[crio.runtime]\nhooks_dir = [%s]\n' "$(printf '"%s", ' "$@")" | file "$NODE/etc/crio/crio.conf.d/00-default.conf"
}

@test "CRI-O: hooks go where it reads them, as on RHCOS" {
  crio_reads /etc/containers/oci/hooks.d /run/containers/oci/hooks.d
  keep
  install_node --engine crio
  [[ -f $NODE/etc/containers/oci/hooks.d/50-kubefence.json && ! -e $HOOKS ]]
  run ! grep hooks_dir "$NODE/etc/crio/crio.conf.d/50-kubefence.conf"
  run -0 install_node --engine crio
  [[ $output != *wrote* ]]
  install_node --uninstall
  same_as_before
}

@test "CRI-O: the usual directory is not added to a list that leaves it out" {
  crio_reads /srv/hooks
  install_node --engine crio
  [[ -f $NODE/srv/hooks/50-kubefence.json && ! -e $HOOKS ]]
  run ! grep hooks_dir "$NODE/etc/crio/crio.conf.d/50-kubefence.conf"
}

@test "CRI-O and Podman: a directory of one's own is added to what they read" {
  need_toml
  crio_reads /srv/hooks
  install_node --engine crio --engine podman --hooks-dir /srv/mine
  [[ -f $NODE/srv/mine/50-kubefence.json && ! -e $HOOKS ]]
  toml "$NODE/etc/crio/crio.conf.d/50-kubefence.conf" 't["crio"]["runtime"]["hooks_dir"]' | grep -qxF '["/srv/hooks", "/srv/mine"]'
  toml "$NODE/etc/containers/containers.conf.d/50-kubefence.conf" 't["engine"]["hooks_dir"]' |
    grep -qxF "[\"${HOOKS#"$NODE"}\", \"/srv/mine\", \"$PODMAN_HOOKS\"]"
  run -0 install_node --engine crio --engine podman --hooks-dir /srv/mine
  [[ $output != *wrote* ]]
}

# --- Docker ------------------------------------------------------------------------------------------------------

@test "daemon.json: foreign settings, mode and every byte" {
  file "$DAEMON" <<<'{"log-driver":   "journald",
     "runtimes": {"kata": {"path": "/opt/kata", "runtimeArgs": ["-x"]}}}'
  chmod 0600 "$DAEMON"
  install_twice_and_back docker
  local made=$BATS_TEST_TMPDIR/installed/etc/docker/daemon.json

  jq -e --arg path "$WRAPPER" '. == {"log-driver": "journald", "runtimes": {
    "kata": {"path": "/opt/kata", "runtimeArgs": ["-x"]}, "nono-runc": {"path": $path}}}' "$made"
  [[ $(stat -c %a "$made") == 600 ]]
}

@test "daemon.json: later changes are kept, and only our key goes" {
  file "$DAEMON" <<<'{"log-driver": "journald"}'
  install_node --engine docker
  jq '.debug = true' "$DAEMON" >"$DAEMON.new"
  mv "$DAEMON.new" "$DAEMON"
  install_node --uninstall
  jq -e '. == {"log-driver": "journald", "debug": true}' "$DAEMON"
}

@test "daemon.json: one that we made stays when others use it" {
  install_node --engine docker
  jq '.debug = true' "$DAEMON" >"$DAEMON.new"
  mv "$DAEMON.new" "$DAEMON"
  install_node --uninstall
  jq -e '. == {"debug": true}' "$DAEMON"
}

@test "daemon.json: an empty one" {
  file "$DAEMON" </dev/null
  install_twice_and_back docker
}

@test "daemon.json: a file that cannot be edited safely is refused, and other engines are not changed either" {
  local text

  for text in '{"debug": true,}' '[]' '{} {}' '{"a": 1, "a": 2}' '{"runtimes": {"x": {"path": "/x"}}, "runtimes": {}}' \
    '{"runtimes": []}' '{"runtimes": {"nono-runc": {"path": "/elsewhere"}}}'; do
    file "$DAEMON" <<<"$text"
    refuses "nothing was changed" --engine crio --engine docker
  done
  rm "$DAEMON"
  ln -s /elsewhere.json "$DAEMON"
  refuses "is a symbolic link" --engine docker
}

@test "daemon.json: our runtime that was there before stays" {
  jq '{runtimes: {"nono-runc": .}}' "$TOP/hooks.d/docker/runtime.json" | file "$DAEMON"
  keep
  install_node --engine docker --engine crio
  install_node --uninstall
  same_as_before
}

# --- containerd --------------------------------------------------------------------------------------------------

@test "containerd 2: config version 3 with imports needs a drop-in only" {
  need_toml
  file "$CONTAINERD" <<'END'
version = 3
imports = ['/etc/containerd/conf.d/*.toml']
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
END
  local before

  before=$(cat "$CONTAINERD")
  install_twice_and_back containerd
  local dropin=$BATS_TEST_TMPDIR/installed/etc/containerd/conf.d/50-kubefence.toml

  [[ $(cat "$BATS_TEST_TMPDIR/installed/etc/containerd/config.toml") == "$before" ]]
  [[ $(toml "$dropin" 't["version"]') == 3 ]]
  [[ $(toml "$dropin" 't["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]') == \
    "{\"nono-runc\": {\"runtime_type\": \"io.containerd.runc.v2\", \"pod_annotations\": [\"nono.sh/*\", \"profile.nono.sh/*\"], \"options\": \
{\"BinaryName\": \"$WRAPPER\", \"SystemdCgroup\": true}}}" ]]
}

@test "containerd: imports are added, and added to, and the rest of the file stays" {
  need_toml
  local imports result ours='"/etc/containerd/conf.d/50-kubefence.toml"'

  while IFS='|' read -r imports result; do
    printf '# theirs\nversion = 3\n%s\n[debug]\n  level = "info" # imports = x\n' "$imports" | file "$CONTAINERD"
    rm -rf "$BATS_TEST_TMPDIR/installed"
    install_twice_and_back containerd
    [[ $(toml "$BATS_TEST_TMPDIR/installed/etc/containerd/config.toml" 't') == \
      '{"version": 3, "imports": ['"$result$ours"'], "debug": {"level": "info"}}' ]]
  done <<'END'
|
imports = []|
imports = ["/a/*.toml"] # why|"/a/*.toml", 
  imports = [ '/a', "/b", ]|"/a", "/b", 
imports = ["/etc/containerd/*.toml"]|"/etc/containerd/*.toml", 
END
}

@test "containerd: later changes are kept, and only our import goes" {
  printf 'version = 3\n' | file "$CONTAINERD"
  install_node --engine containerd
  printf '[debug]\nlevel = "info"\n' >>"$CONTAINERD"
  install_node --uninstall
  [[ $(cat "$CONTAINERD") == $'version = 3\n[debug]\nlevel = "info"' ]]
}

@test "containerd: versions that lose the runtime's name of pods with hostUsers: false are refused" {
  local version

  printf 'version = 3\n' | file "$CONTAINERD"
  for version in 2.0.0 2.0.4; do
    program usr/bin/containerd "containerd github.com/containerd/containerd/v2 v$version 207ad711"
    refuses "version $version loses the runtime's name" --engine containerd
  done
  program usr/bin/containerd "containerd github.com/containerd/containerd/v2 v2.0.5 fb4c30d4"
  install_node --engine containerd
}

@test "containerd: imports on several lines are edited; imports that are not a list, and version 1, are refused with the remedy" {
  printf 'version = 3\nimports = [\n  "/a", # "b"\n]\n' | file "$CONTAINERD"
  install_twice_and_back containerd
  printf 'version = 3\nimports = "/a"\n' | file "$CONTAINERD"
  refuses 'imports is not a list' --engine containerd
  [[ $output == *'BinaryName = "'"$WRAPPER"'"'* ]]
  printf '[plugins.cri]\n' | file "$CONTAINERD"
  refuses 'no version = 2 or 3' --engine containerd
}

@test "an engine that was found and is refused does not stop the others, but the exit status tells" {
  program usr/bin/podman
  program usr/bin/containerd
  file "$DAEMON" <<<'{'
  program usr/bin/dockerd
  printf '[plugins.cri]\n' | file "$CONTAINERD"
  run install_node
  ((status == 1))
  [[ $output == *"not installed for: containerd docker" ]]
  [[ -f $HOOKS/50-kubefence.json && $(cat "$DAEMON") == '{' && ! -e $NODE/etc/containerd/conf.d ]]
}

@test "containerd: another runtime of our name is refused" {
  file "$CONTAINERD" <<'END'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."nono-runc".options]
  BinaryName = "/elsewhere"
END
  refuses "another runtime nono-runc" --engine containerd
}

@test "containerd 2 with a version 2 file: drop-ins are merged, and runc is left alone" {
  file "$CONTAINERD" <<'END'
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "pause:3.9"
END
  program usr/bin/containerd 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7'
  install_twice_and_back containerd
  has_no -F 'runtimes.runc]' "$BATS_TEST_TMPDIR/installed/etc/containerd/conf.d/50-kubefence.toml"
}

# --- containerd before 2.0: the main file itself -----------------------------------------------------------------

# As Debian's package has it.
debian_config() {
  cat <<'END'
version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd/opt"
END
}

# A file as the kubelet's instructions make it, and another runtime that is not ours.
kubeadm_config() {
  debian_config
  cat <<'END'
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]
    runtime_type = "io.containerd.kata.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata.options]
    SystemdCgroup = false
  [ plugins . 'io.containerd.grpc.v1.cri' . containerd . runtimes . "runc" ]
    runtime_type = "io.containerd.runc.v2" # as built in
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true # as the kubelet
END
}

RUNTIMES='["plugins"]["io.containerd.grpc.v1.cri"]["containerd"]["runtimes"]'

@test "containerd 1: our tables are appended to the main file, with the cgroup driver of runc, and back" {
  need_toml
  kubeadm_config | file "$CONTAINERD"
  install_twice_and_back containerd
  local made=$BATS_TEST_TMPDIR/installed/etc/containerd/config.toml

  cmp -n "$(stat -c %s "$CONTAINERD")" "$CONTAINERD" "$made"
  [[ $(toml "$made" "sorted(t$RUNTIMES)") == '["kata", "nono-runc", "runc"]' ]]
  [[ $(toml "$made" "t$RUNTIMES['nono-runc']") == "{\"runtime_type\": \"io.containerd.runc.v2\", \
\"pod_annotations\": [\"nono.sh/*\", \"profile.nono.sh/*\"], \"options\": {\"BinaryName\": \"$WRAPPER\", \"SystemdCgroup\": true}}" ]]
  [[ ! -e $BATS_TEST_TMPDIR/installed/etc/containerd/conf.d ]]
  # the other way round: what other runtimes have does not count
  sed -i 's/= true/= TRUE/; s/= false/= true/; s/= TRUE/= false/' "$CONTAINERD"
  install_node --engine containerd
  [[ $(toml "$CONTAINERD" "t$RUNTIMES['nono-runc']['options']['SystemdCgroup']") == false ]]
}

@test "containerd 1: the runc that is built in stays where no other runtime is named, and only there" {
  need_toml
  local config made=$BATS_TEST_TMPDIR/installed/etc/containerd/config.toml

  for config in "$(debian_config)" 'version = 2' ''; do
    rm -rf "$BATS_TEST_TMPDIR/installed"
    file "$CONTAINERD" <<<"$config"
    install_twice_and_back containerd
    [[ $(toml "$made" "sorted(t$RUNTIMES)") == '["nono-runc", "runc"]' ]]
  done
  printf '%s\n' 'version = 2' '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]' | file "$CONTAINERD"
  install_node --engine containerd
  [[ $(toml "$CONTAINERD" "sorted(t$RUNTIMES)") == '["kata", "nono-runc"]' ]]
}

@test "containerd 1: every byte comes back: no newline at the end, CRLF" {
  debian_config | head -c -1 | file "$CONTAINERD"
  install_twice_and_back containerd
  rm -rf "$BATS_TEST_TMPDIR/installed"
  debian_config | sed 's/$/\r/' | file "$CONTAINERD"
  install_twice_and_back containerd
}

@test "containerd 1: later changes are kept, and only our lines go" {
  debian_config | file "$CONTAINERD"
  install_node --engine containerd
  sed -i 's/^version = 2$/&\noom_score = -999/' "$CONTAINERD"
  printf '[debug]\n  level = "info"\n\n' >>"$CONTAINERD"
  install_node --uninstall
  diff "$CONTAINERD" - < <(debian_config | sed 's/^version = 2$/&\noom_score = -999/' &&
    printf '[debug]\n  level = "info"\n\n')
}

@test "containerd 1: our tables follow the node when the installer runs again" {
  need_toml
  kubeadm_config | file "$CONTAINERD"
  install_node --engine containerd
  sed -i 's/SystemdCgroup = true # as the kubelet/SystemdCgroup = false/' "$CONTAINERD"
  run install_node --engine containerd
  [[ $output == *wrote*"systemctl restart containerd"* ]]
  [[ $(toml "$CONTAINERD" "t$RUNTIMES['nono-runc']['options']['SystemdCgroup']") == false ]]
  [[ $(grep -c '^# BEGIN' "$CONTAINERD") == 1 ]]
  install_node --uninstall
  diff "$CONTAINERD" <(kubeadm_config | sed 's/SystemdCgroup = true # as the kubelet/SystemdCgroup = false/')
}

@test "containerd 1: a file that does not parse is refused, and so is one to which no table can be appended" {
  need_toml
  local text

  while read -r text; do
    printf 'version = 2\n%b\n' "$text" | file "$CONTAINERD"
    refuses "Nothing was changed" --engine containerd
    [[ $output == *"BinaryName = \"$WRAPPER\""* ]]
  done <<'END'
oom_score =
oom_score = 1\noom_score = 2
[plugins."io.containerd.grpc.v1.cri"
[debug]\n[debug]
[debug]\naddress = "\xff"
title = """
plugins = {"io.containerd.grpc.v1.cri" = {sandbox_image = "pause"}}
[plugins]\n"io.containerd.grpc.v1.cri" = {sandbox_image = "pause"}
[plugins."io.containerd.grpc.v1.cri".containerd]\nruntimes = {runc = {runtime_type = "io.containerd.runc.v2"}}
[plugins."io.containerd.grpc.v1.cri".containerd]\nruntimes = 1
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes]\nrunc.runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes]\nnono-runc = {runtime_type = "io.containerd.runc.v2"}
END
}

# A python3 without a TOML parser.
without_parser() {
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/python3"
  chmod +x "$BATS_TEST_TMPDIR/bin/python3"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "containerd 1: without a TOML parser a plain file is edited" {
  without_parser
  kubeadm_config | file "$CONTAINERD"
  install_twice_and_back containerd
}

@test "containerd 1: without a TOML parser a file that is not plain is refused" {
  local text

  without_parser
  while read -r text; do
    printf 'version = 2\n%b\n' "$text" | file "$CONTAINERD"
    refuses "Nothing was changed" --engine containerd
  done <<'END'
oom_score =
oom_score = 1\noom_score = 2
oom_score = 1 2
[debug
[debug]\n["debug"]
[[debug]]
text
title = """\n[debug]\n"""
title = '''\n[debug]\n'''
title = "a" "b"
required_plugins = [\n"a"]
plugins = {"io.containerd.grpc.v1.cri" = {sandbox_image = "pause"}}
[plugins]\n"io.containerd.grpc.v1.cri".containerd.snapshotter = "native"
END
}

@test "containerd 1: imported settings of the CRI plugin would replace ours: refused with the remedy" {
  need_toml
  file "$NODE/opt/containerd/cri.toml" <<<'[plugins."io.containerd.grpc.v1.cri"]'
  file "$NODE/etc/containerd/more/debug.toml" <<<'[debug]'
  printf 'version = 2\nimports = ["/opt/containerd/*.toml", "more/*.toml"]\n' | file "$CONTAINERD"
  refuses "imports settings of the CRI plugin" --engine containerd
  rm "$NODE/opt/containerd/cri.toml"
  install_twice_and_back containerd
}

@test "containerd 1: the remedy works: with it in the file that counts there is nothing to do" {
  need_toml
  file "$NODE/opt/cri.toml" <<<'[plugins."io.containerd.grpc.v1.cri"]'
  printf 'version = 2\nimports = ["/opt/cri.toml"]\n' | file "$CONTAINERD"
  run install_node --engine containerd
  # In the main file it would have no effect: the imported section is the one that counts.
  [[ $output == *"Add this to /opt/cri.toml"* ]]
  sed '/^install-node/d' <<<"$output" >>"$NODE/opt/cri.toml"
  toml "$NODE/opt/cri.toml" t
  keep
  install_node --engine containerd
  same_as_before
}

@test "containerd 1: marks that are not one pair any more are not followed" {
  debian_config | file "$CONTAINERD"
  install_node --engine containerd
  sed -i '/^# END kubefence/d' "$CONTAINERD"
  refuses "not one pair any more" --engine containerd
  refuses "not one pair any more" --uninstall
  debian_config | file "$CONTAINERD"
  sed -i '1i # END kubefence\n# BEGIN kubefence: install-node --uninstall removes all of this' "$CONTAINERD"
  refuses "not one pair any more" --uninstall
}

@test "containerd 1 becomes 2: a drop-in takes the place of our tables, and back" {
  need_toml
  debian_config | file "$CONTAINERD"
  program usr/bin/containerd 'containerd github.com/containerd/containerd v1.7.24 88bf19b'
  keep
  install_node --engine containerd
  program usr/bin/containerd 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7'
  install_node --engine containerd
  has_no 'BEGIN kubefence' "$CONTAINERD"
  [[ $(toml "$CONTAINERD" 't["imports"]') == '["/etc/containerd/conf.d/50-kubefence.toml"]' ]]
  program usr/bin/containerd 'containerd github.com/containerd/containerd v1.7.24 88bf19b'
  run install_node --engine containerd
  ((status == 1))
  [[ $output == *"run this with --uninstall first"* ]]
  install_node --uninstall
  same_as_before
}

need_containerd_1() {
  [[ $EUID == 0 ]] || skip "needs root"
  [[ $(containerd --version) == *' 1.'* ]] || skip "there is no containerd 1"
}

@test "containerd 1 itself reads its edited file: no runtime is lost, and back" {
  need_containerd_1
  local config
  export BATS_TEST_TMPDIR TOP WRAPPER

  debian_config >"$BATS_TEST_TMPDIR/debian"
  containerd config default | sed 's/SystemdCgroup = false/SystemdCgroup = true/' >"$BATS_TEST_TMPDIR/default"
  for config in debian:0 default:2; do
    ORIGINAL=$BATS_TEST_TMPDIR/${config%:*} SYSTEMD=${config#*:} on_this_node '
      cp "$ORIGINAL" /etc/containerd/config.toml
      containerd config dump >/etc/before
      "$TOP/scripts/install-node.sh" --engine containerd
      containerd config dump >/etc/after
      runtimes=$(sed -nE "s/^ *\[.*\.containerd\.runtimes\.([^].]+)\]$/\1/p" /etc/after | sort | xargs)
      [[ $runtimes == "nono-runc runc" ]]
      grep -F "BinaryName = \"$WRAPPER\"" /etc/after
      grep -F "pod_annotations = [\"nono.sh/*\", \"profile.nono.sh/*\"]" /etc/after
      [[ $(grep -c "SystemdCgroup = true" /etc/after) == "$SYSTEMD" ]]
      "$TOP/scripts/install-node.sh" --uninstall
      cmp "$ORIGINAL" /etc/containerd/config.toml
      containerd config dump | cmp - /etc/before'
  done
}

@test "containerd 1 itself has the last word" {
  need_containerd_1
  export TOP

  on_this_node '
    refused() {
      cp /etc/containerd/config.toml /etc/before
      if "$TOP/scripts/install-node.sh" --engine containerd 2>/etc/err; then exit 1; fi
      cat /etc/err
      grep -F "$1" /etc/err
      cmp /etc/before /etc/containerd/config.toml
    }
    cd /etc/containerd
    printf "version = 2\noom_score = \"low\"\n" >config.toml
    refused "containerd cannot read it"
    # settings of the CRI plugin in a file that is imported by one that is imported
    printf "version = 2\nimports = [\"/etc/a.toml\"]\n" >config.toml
    printf "version = 2\nimports = [\"/etc/b.toml\"]\n" >/etc/a.toml
    printf "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"x\"\n" >/etc/b.toml
    refused "it does not take the runtime nono-runc"'
}

# --- Podman ------------------------------------------------------------------------------------------------------

@test "Podman: the runtimes that others list stay listed" {
  need_toml
  printf '[engine]\nruntime_supports_json = ["crun", "theirs"]\n' | file "$NODE/etc/containers/containers.conf"
  install_twice_and_back podman
  local conf=$BATS_TEST_TMPDIR/installed/etc/containers/containers.conf.d/50-kubefence.conf

  [[ $(toml "$conf" 't["engine"]["runtime_supports_json"]') == \
    '["crun", "runc", "kata", "runsc", "youki", "krun", "nono-runc", "theirs"]' ]]
}

podman_dropin() { # EXPRESSION of its table engine e
  toml "$NODE/etc/containers/containers.conf.d/50-kubefence.conf" "(lambda e: $1)(t['engine'])"
}

@test "Podman: the precreate filter is wired beside the hooks directories that count already" {
  need_toml
  local conf

  install_node --engine podman
  [[ $(podman_dropin 'e["hooks_dir"]') == "[\"/usr/share/containers/oci/hooks.d\", \"$PODMAN_HOOKS\"]" ]]
  # The last file that has the list replaces it.
  for conf in /usr/share/containers/containers.conf /etc/containers/containers.conf \
    /etc/containers/containers.conf.d/10-site.conf /etc/containers/containers.conf.d/20-site.conf; do
    printf '[engine]\nhooks_dir = [\n  "%s/a", # first\n  "/opt/b",\n]\n' "$conf" | file "$NODE$conf"
    install_node --engine podman
    [[ $(podman_dropin 'e["hooks_dir"]') == "[\"$conf/a\", \"/opt/b\", \"$PODMAN_HOOKS\"]" ]]
  done
  printf '[engine]\nhooks_dir = []\n' | file "$NODE/etc/containers/containers.conf.d/30-none.conf"
  install_node --engine podman
  [[ $(podman_dropin 'e["hooks_dir"]') == "[\"$PODMAN_HOOKS\"]" ]]
  install_node --engine podman --scope annotated
  [[ $(podman_dropin 'e["hooks_dir"]') == "[\"$PODMAN_HOOKS/annotated\"]" ]]
  install_node --uninstall
  [[ ! -e $NODE/etc/containers/containers.conf.d/50-kubefence.conf ]]
  [[ -f $NODE$PODMAN_HOOKS/50-kubefence-precreate.json ]]
}

@test "Podman: a later file whose list would replace ours is refused, one that names our directory is not" {
  printf '[engine]\nhooks_dir = ["/opt/hooks"]\n' | file "$NODE/etc/containers/containers.conf.d/60-site.conf"
  refuses "add $PODMAN_HOOKS to its list" --engine podman
  printf '[engine]\nhooks_dir = ["/opt/hooks", "%s"]\n' "$PODMAN_HOOKS" |
    file "$NODE/etc/containers/containers.conf.d/60-site.conf"
  install_twice_and_back podman
}

@test "Podman: nothing is wired before the filter is there" {
  rm "$NODE$PODMAN_HOOKS/50-kubefence-precreate.json"
  refuses "run make install first" --engine podman
}

@test "Podman itself reads the drop-in" {
  command -v podman runc >/dev/null || skip "no podman or runc"
  install_node --engine podman
  mkdir "$BATS_TEST_TMPDIR/bin"
  ln -s "$(command -v runc)" "$BATS_TEST_TMPDIR/bin/nono-runc"
  sed "s|$WRAPPER|$BATS_TEST_TMPDIR/bin/nono-runc|" "$NODE/etc/containers/containers.conf.d/50-kubefence.conf" \
    >"$BATS_TEST_TMPDIR/containers.conf"
  export CONTAINERS_CONF=$BATS_TEST_TMPDIR/containers.conf
  local storage=(--root "$BATS_TEST_TMPDIR/storage" --runroot "$BATS_TEST_TMPDIR/run")

  [[ $(podman "${storage[@]}" --runtime nono-runc info --format '{{.Host.OCIRuntime.Name}}') == nono-runc ]]
  [[ $(podman "${storage[@]}" info --format '{{.Host.OCIRuntime.Name}}') =~ ^(crun|runc)$ ]]
}

# --- Kata --------------------------------------------------------------------------------------------------------

KATA_SHIM=opt/kata/bin/containerd-shim-kata-v2
KATA_TOML=opt/kata/share/defaults/kata-containers

with_kata() { # [VERSION] [LANGUAGE]
  mkdir -p "$NODE/opt/kata/bin" "$NODE/$KATA_TOML" "$NODE/opt/nono-nri/profiles"
  program usr/bin/containerd-shim-nono-kata-v2
  program "$KATA_SHIM" "Kata Containers containerd shim (${2:-Golang}): id: io.containerd.kata.v2, version: ${1:-3.32.0}, commit: 1"
  printf '%s\n' '[hypervisor.clh]' 'shared_fs = "virtio-fs"' 'enable_annotations = ["kernel_params"]' '[runtime]' \
    'disable_guest_seccomp = true' >"$NODE/$KATA_TOML/configuration-clh.toml"
  ln -s configuration-clh.toml "$NODE/$KATA_TOML/configuration.toml"
  echo nono >"$NODE/opt/nono-nri/nono"
}

with_containerd() { # VERSION
  mkdir -p "$NODE/etc/containerd"
  program usr/bin/containerd "containerd github.com/containerd/containerd v$1 abc"
}

@test "without Kata nothing of it is installed, and with --kata no neither" {
  install_node --engine crio
  [[ ! -e $NODE/etc/kata-containers && ! -e $NODE/etc/crio/crio.conf.d/51-kubefence-kata.conf ]]
  with_kata
  install_node --engine crio --kata no
  [[ ! -e $NODE/etc/kata-containers && ! -e $NODE/etc/crio/crio.conf.d/51-kubefence-kata.conf ]]
}

@test "Kata under CRI-O and containerd: twice, and back" {
  with_kata
  with_containerd 2.1.4
  install_twice_and_back crio containerd
}

@test "Kata: the installed files" {
  local kata=$NODE/etc/kata-containers/kubefence handler

  need_toml
  with_kata
  with_containerd 2.1.4
  mkdir "$NODE/$KATA_TOML/config.d"
  echo '[agent.kata]' >"$NODE/$KATA_TOML/config.d/10-theirs.toml"
  run install_node --engine crio --engine containerd
  echo "$output"
  ((status == 0))
  [[ $output == *"systemctl enable --now 'opt-nono\x2dnri.mount'"* ]]
  [[ $output != *Landlock* ]]
  cmp "$NODE/$KATA_TOML/configuration-clh.toml" "$kata/configuration.toml"
  [[ -f $kata/config.d/10-theirs.toml && ! -L $kata/configuration.toml ]]
  [[ $(toml "$kata/config.d/99-kubefence.toml" 't["hypervisor"]["clh"]["enable_annotations"]') == '[]' ]]
  [[ $(toml "$kata/config.d/99-kubefence.toml" 't["runtime"]["disable_guest_seccomp"]') == false ]]
  handler='t["crio"]["runtime"]["runtimes"]["kata-nono-sandbox"]'
  [[ $(toml "$NODE/etc/crio/crio.conf.d/51-kubefence-kata.conf" "$handler[\"runtime_type\"]") == '"vm"' ]]
  [[ $(toml "$NODE/etc/crio/crio.conf.d/51-kubefence-kata.conf" "$handler[\"runtime_path\"]") == \
    '"/usr/bin/containerd-shim-nono-kata-v2"' ]]
  handler='t["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]["kata-nono-sandbox"]'
  [[ $(toml "$NODE/etc/containerd/conf.d/50-kubefence.toml" "$handler[\"pod_annotations\"]") == \
    '["nono.sh/*", "profile.nono.sh/*"]' ]]
  [[ $(toml "$NODE/etc/containerd/conf.d/50-kubefence.toml" "sorted($handler)") == \
    '["options", "pod_annotations", "privileged_without_host_devices", "runtime_path", "runtime_type"]' ]]
  [[ $(toml "$NODE/etc/containerd/conf.d/50-kubefence.toml" "$handler[\"options\"][\"ConfigPath\"]") == \
    '"/etc/kata-containers/kubefence/configuration.toml"' ]]
  diff -r "$NODE/opt/nono-nri" "$NODE/var/lib/kubefence/nono-nri"
  # The one that kubefence.conf names.
  [[ ! -e $NODE/etc/kubefence/kubefence.conf.d/30-kata.conf ]]
}

@test "Kata: containerd 1.7 gets the tables of version 2, and reads them" {
  command -v containerd >/dev/null || skip "containerd is not installed"
  with_kata
  with_containerd 1.7.27
  install_node --engine containerd
  run containerd --config "$NODE/etc/containerd/config.toml" config dump
  echo "$output"
  ((status == 0))
  [[ $output == *'runtimes.kata-nono-sandbox.options]'* ]]
  [[ $output == *'runtime_path = "/usr/bin/containerd-shim-nono-kata-v2"'* ]]
}

@test "Kata: runtime-rs, whose shim kubefence.conf has to name" {
  local rust=$NODE/opt/kata/runtime-rs/bin/containerd-shim-kata-v2

  with_kata 4.1.0 Rust
  mkdir -p "${rust%/*}" "$NODE/$KATA_TOML/runtime-rs"
  mv "$NODE/$KATA_SHIM" "$rust"
  mv "$NODE/$KATA_TOML"/configuration*.toml "$NODE/$KATA_TOML/runtime-rs"
  install_node --engine crio
  grep -qx "runtime = ${rust#"$NODE"}" "$NODE/etc/kubefence/kubefence.conf.d/30-kata.conf"
  cmp "$NODE/$KATA_TOML/runtime-rs/configuration-clh.toml" "$NODE/etc/kata-containers/kubefence/configuration.toml"
}

@test "Kata: containerd 2.0.0 to 2.0.5 is refused, 2.0.6 is not" {
  local version

  with_kata
  for version in 2.0.0 2.0.5; do
    with_containerd "$version"
    refuses "containerd $version starts Kata's shim once for a pod" --engine containerd --kata "/$KATA_SHIM"
  done
  # A part that was not asked for does not keep others from being installed, but is not passed over in silence.
  run install_node --engine containerd
  ((status == 1))
  [[ $output == *"not installed for: kata"* ]]
  grep -q nono-runc "$NODE/etc/containerd/conf.d/50-kubefence.toml"
  has_no -q kata-nono-sandbox "$NODE/etc/containerd/conf.d/50-kubefence.toml"
  with_containerd 2.0.6
  install_node --engine containerd
  grep -q kata-nono-sandbox "$NODE/etc/containerd/conf.d/50-kubefence.toml"
}

@test "Kata: a node that cannot work is refused" {
  with_kata 4.1.0 Rust
  refuses "$NODE/no/such is missing" --engine crio --kata /no/such
  refuses "no configuration of" --engine crio --kata "/$KATA_SHIM" --kata-config /no/such
  mkdir "$NODE/$KATA_TOML/config.d"
  echo '  shared_fs = "none" # CoCo' >"$NODE/$KATA_TOML/config.d/20-coco.toml"
  truncate -s 39M "$NODE/opt/nono-nri/nono"
  refuses "at most 4 MiB" --engine crio --kata "/$KATA_SHIM" --kata-config "/$KATA_TOML/configuration.toml"
  # A small one fits.
  truncate -s 4M "$NODE/opt/nono-nri/nono"
  install_node --engine crio --kata "/$KATA_SHIM" --kata-config "/$KATA_TOML/configuration.toml" --dry-run
  rm "$NODE/usr/bin/containerd-shim-nono-kata-v2"
  refuses "run make install first" --engine crio --kata "/$KATA_SHIM"
}

@test "Kata: settings that may not work are named" {
  with_kata 3.31.0
  printf '%s\n' 'shared_fs = "none"' 'experimental_force_guest_pull = true' 'confidential_guest = true' \
    >>"$NODE/$KATA_TOML/configuration-clh.toml"
  truncate -s 39M "$NODE/opt/nono-nri/nono"
  run install_node --engine crio
  echo "$output"
  ((status == 0))
  [[ $output == *"3.31.0 is older than 3.32"*"no"* ]]
  [[ $output == *"nono (39 MiB) is copied into the memory"* ]]
  [[ $output == *"pulled in the guest"* ]]
  [[ $output == *genpolicy* ]]
}

@test "Kata: a directory under the mount that was changed since stays" {
  with_kata
  install_node --engine crio
  echo newer >"$NODE/var/lib/kubefence/nono-nri/nono"
  run install_node --uninstall
  ((status == 0))
  [[ $output == *"stays, for it is in use or was changed: $NODE/var/lib/kubefence/nono-nri"* ]]
  [[ $(<"$NODE/var/lib/kubefence/nono-nri/nono") == newer ]]
}

@test "the mount unit and the agent's policy have the required lines" {
  local unit=$TOP/systemd/'opt-nono\x2dnri.mount'

  [[ ${unit##*/} == "$(systemd-escape --path --suffix=mount /opt/nono-nri)" ]]
  if command -v systemd-analyze >/dev/null; then
    run systemd-analyze verify --man=no "$unit"
    echo "$output"
    [[ $output != *"${unit##*/}"* ]]
  fi
  grep -qx 'Options=bind,ro,nosuid,nodev' "$unit"
  grep -qx 'default ExecProcessRequest := false' "$TOP/deploy/kata-agent-no-exec.rego"
  [[ $(grep -c ' := false$' "$TOP/deploy/kata-agent-no-exec.rego") == 2 ]]
}

# --- under containers --------------------------------------------------------------------------------------------

# A kubefence of the node's that lists containers.
node_kubefence() { # LINE...
  busybox_in_node
  {
    printf '#!/bin/busybox sh\n[ "$1" = list ] || exit 0\necho "ID STATUS NAMESPACE POD CONTAINER PROFILE CLASS AGE PID"\n'
    (($# == 0)) || printf 'echo "%s"\n' "$@"
  } >"$NODE/usr/bin/kubefence"
  chmod 755 "$NODE/usr/bin/kubefence"
}

@test "under sandboxed containers nothing is taken back, unless it is forced" {
  [[ $EUID == 0 ]] || skip "needs root"
  install_node --engine crio --engine podman
  node_kubefence '0123456789ab running default agent-1 default nono-runc 3m' 'ba9876543210 unknown - - default nono-runc 3m' \
    'cccccccccccc stale default agent-2 default nono-runc 3m'
  refuses "2 sandboxed containers are on this node: default/agent-1,ba9876543210: engines need" --uninstall
  [[ $output == *"--force"* ]]
  node_kubefence 'cccccccccccc stale default agent-2 default nono-runc 3m'
  refuses "run kubefence gc first" --uninstall
  # A dry run prints the changes.
  install_node --uninstall --dry-run
  install_node --uninstall --force
  [[ ! -e $NODE/etc/crio/crio.conf.d/50-kubefence.conf ]]
}

@test "without a kubefence to ask the records count, rootless ones always" {
  install_node --engine podman
  file "$NODE/run/kubefence/0123456789abcdef/metadata.json" <<<'{}'
  refuses "1 sandboxed containers are on this node: 0123456789ab:" --uninstall
  rm -r "$NODE/run/kubefence"
  file "$NODE/run/user/1000/kubefence/fedcba9876543210/metadata.json" <<<'{}'
  refuses "fedcba987654 (rootless)" --uninstall
  rm -r "$NODE/run"
  install_node --uninstall
}

@test "make uninstall takes the engines back first, and refuses under sandboxed containers" {
  local make=(make -C "$TOP" -s -o all BUILD="${KF_BUILD:-build}" DESTDIR="$NODE")

  "${make[@]}" install
  install_node --engine crio --engine podman
  file "$NODE/run/kubefence/0123456789abcdef/metadata.json" <<<'{}'
  rm "$NODE/usr/bin/kubefence"
  run "${make[@]}" uninstall
  ((status != 0))
  [[ $output == *"1 sandboxed containers"* ]]
  [[ -x $NODE/usr/bin/kubefence-runtime && -f $NODE/etc/crio/crio.conf.d/50-kubefence.conf ]]
  "${make[@]}" uninstall FORCE=1
  [[ -x $NODE$WRAPPER || -L $NODE$WRAPPER ]] && [[ -x $NODE/usr/libexec/oci/hooks.d/kubefence-hook ]]
  [[ ! -e $NODE/etc/crio/crio.conf.d/50-kubefence.conf ]]
  rm -r "$NODE/run"
  "${make[@]}" uninstall
  [[ -z $(find "$NODE" ! -type d ! -path '*/podman-hooks.d/*') ]]
}

@test "make install replaces by rename: a reader finds the old file or the new one" {
  local dir=$BATS_TEST_TMPDIR/dest make program inode reader

  make=(make -C "$TOP" -s -o all BUILD="${KF_BUILD:-build}" DESTDIR="$dir")
  "${make[@]}" install
  program=$dir/usr/bin/kubefence-runtime
  # Other content, so that there is something to replace; an open file keeps it.
  echo old >"$program"
  ln -sfn /elsewhere "$dir$WRAPPER"
  inode=$(stat -c %i "$program")
  exec {reader}<"$program"
  (
    for _ in $(seq 1 20000); do
      [[ -s $program && -L $dir$WRAPPER ]] || { echo gone >"$BATS_TEST_TMPDIR/gone" && break; }
    done
  ) 3>&- &
  "${make[@]}" install
  wait
  [[ ! -e $BATS_TEST_TMPDIR/gone && $(stat -c %i "$program") != "$inode" ]]
  [[ $(cat <&"$reader") == old && $(readlink "$dir$WRAPPER") == /usr/bin/kubefence-runtime ]]
  [[ -z $(find "$dir" -name '.kubefence*') ]]
}

@test "one lock: the second run waits, and says so in the end" {
  local lock script

  exec {lock}<"$NODE"
  flock "$lock"
  export KUBEFENCE_LOCK_SECONDS=0
  refuses "another installation or removal of kubefence is at work on $NODE" --engine crio
  for script in "install-launcher.sh --root $NODE --uninstall" "put-tree.sh $NODE false"; do
    # shellcheck disable=SC2086 # it is words
    run "$TOP"/scripts/$script
    echo "$output"
    ((status == 1)) && [[ $output == *"is at work on $NODE"* ]]
  done
}

# --- the engine is asked -----------------------------------------------------------------------------------------

# A CRI-O of the node's that prints /etc/crio/answer and the drop-ins, and fails with /etc/crio/refuses.
node_crio() { # with its own configuration on standard input
  need_root
  busybox_in_node
  mkdir -p "$NODE/proc/self"
  file "$NODE/etc/crio/crio.conf.d/10-crio.conf"
  cat >"$NODE/usr/bin/crio" <<'END'
#!/bin/busybox sh
[ "$1" = config ] || exit 1
if [ -e /etc/crio/refuses ] && [ -e /etc/crio/crio.conf.d/50-kubefence.conf ]; then
  echo 'level=fatal msg="failed to translate monitor fields for runtime nono-runc"' >&2
  exit 1
fi
busybox cat /etc/crio/crio.conf.d/*.conf
END
  chmod 755 "$NODE/usr/bin/crio"
}

crio_own_layout() {
  mkdir -p "$NODE/usr/libexec/crio"
  program usr/libexec/crio/crun
  program usr/libexec/crio/conmon
  node_crio <<'END'
[crio.runtime]
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
monitor_path = "/usr/libexec/crio/conmon"
[crio.runtime.runtimes.runc]
runtime_path = "/usr/libexec/crio/runc"
END
}

@test "CRI-O: monitor and runtime are those of its default handler" {
  need_toml
  crio_own_layout
  install_twice_and_back crio
  local conf=$BATS_TEST_TMPDIR/installed/etc/crio/crio.conf.d/50-kubefence.conf

  [[ $(toml "$conf" 't["crio"]["runtime"]["runtimes"]["nono-runc"]["monitor_path"]') == '"/usr/libexec/crio/conmon"' ]]
  grep -qx 'runtime = /usr/libexec/crio/crun' "$BATS_TEST_TMPDIR/installed/etc/kubefence/kubefence.conf.d/33-crio.conf"
}

@test "CRI-O with its built-in settings only: the runtime is the one it would take" {
  node_crio <<<'# default_runtime = "crun"'
  program usr/bin/conmon
  program usr/bin/crun
  install_node --engine crio
  grep -qx 'runtime = /usr/bin/crun' "$NODE/etc/kubefence/kubefence.conf.d/33-crio.conf"
  has_no monitor_path "$NODE/etc/crio/crio.conf.d/50-kubefence.conf"
}

@test "a runtime that the node's configuration names stays, and one of sandboxed containers, too" {
  crio_own_layout
  printf '[class nono-runc]\nruntime = /usr/bin/mine\n' | file "$NODE/etc/kubefence/kubefence.conf.d/50-local.conf"
  install_node --engine crio
  [[ ! -e $NODE/etc/kubefence/kubefence.conf.d/33-crio.conf ]]
  rm "$NODE/etc/kubefence/kubefence.conf.d/50-local.conf"
  file "$NODE/run/kubefence/0123456789abcdef/metadata.json" <<<'{}'
  run install_node --engine crio
  [[ $output == *"theirs stays"* && ! -e $NODE/etc/kubefence/kubefence.conf.d/33-crio.conf ]]
}

@test "an engine that would not start with it gets everything back, and is not restarted" {
  crio_own_layout
  node_systemctl true
  touch "$NODE/etc/crio/refuses"
  refuses "crio would not start or lose something with it (level=fatal msg=\"failed to translate monitor fields" --engine crio \
    --restart
  rm "$NODE/etc/crio/refuses"
  # CRI-O itself does not ask for the monitor until it starts.
  sed -i /monitor_path/d "$NODE/etc/crio/crio.conf.d/10-crio.conf"
  refuses "there is no conmon for nono-runc" --engine crio --restart
  [[ ! -e $NODE/systemctl.log ]]
}

@test "an update that the engine refuses leaves the version before" {
  crio_own_layout
  install_node --engine crio
  touch "$NODE/etc/crio/refuses"
  sed -i 's/"crun"/"runc"/' "$NODE/etc/crio/crio.conf.d/10-crio.conf"
  refuses "crio cannot read its configuration as it is" --engine crio
}

@test "an engine that is refused does not stop the next one" {
  crio_own_layout
  program usr/bin/podman
  touch "$NODE/etc/crio/refuses"
  run install_node
  ((status == 1))
  [[ $output == *"not installed for: crio" ]]
  [[ ! -e $NODE/etc/crio/crio.conf.d/50-kubefence.conf && -f $NODE/etc/containers/containers.conf.d/50-kubefence.conf ]]
  # The hooks are Podman's by now.
  [[ -f $HOOKS/50-kubefence.json ]]
}

# --- services ----------------------------------------------------------------------------------------------------

@test "without a systemctl the restart is left to the user, and the next engine is done" {
  need_root
  busybox_in_node
  run install_node --engine crio --engine docker --engine podman --restart
  echo "$output"
  ((status == 0))
  [[ $output == *'crio must read this'*'"systemctl restart crio" stands for'*'"systemctl reload docker" stands for'* ]]
  [[ -f $DAEMON && -f $NODE/etc/containers/containers.conf.d/50-kubefence.conf ]]
}

@test "without a bus it is the same" {
  need_root
  node_systemctl 'echo "Failed to connect to bus: No such file or directory" >&2; exit 1'
  run install_node --engine crio --engine docker --restart
  ((status == 0))
  [[ $output == *'"systemctl restart crio" stands for'*'"systemctl reload docker" stands for'* ]]
  # Not forgotten: the next run with one that works does it.
  node_systemctl true
  install_node --engine crio --engine docker --restart
  [[ $(tail -n 2 "$NODE/systemctl.log" | sort) == $'reload docker\nrestart crio' ]]
}

@test "a restart that failed does not keep the next engine from its own" {
  need_root
  # shellcheck disable=SC2016 # for the node's shell
  node_systemctl '[ "$2" != crio ]'
  run install_node --engine crio --engine docker --restart
  ((status == 1))
  [[ $output == *"not restarted: crio" && $(<"$NODE/systemctl.log") == $'restart crio\nreload docker' ]]
}

@test "a removal that could not restart the engine does so in the next run" {
  need_root
  keep
  node_systemctl false
  install_node --engine crio
  run install_node --uninstall --restart
  ((status == 1))
  node_systemctl true
  install_node --uninstall --restart
  [[ $(<"$NODE/systemctl.log") == $'restart crio\nrestart crio' ]]
  rm -r "$NODE/systemctl.log" "$NODE/usr/bin/systemctl" "$NODE/bin"
  same_as_before
}

# --- broken on purpose -------------------------------------------------------------------------------------------

# A node with every engine, each with something of its own.
busy_node() {
  local dir

  file "$DAEMON" <<<'{"log-driver": "journald",  "max": 18446744073709551616.10}'
  debian_config | file "$CONTAINERD"
  printf '[engine]\nhooks_dir = ["/opt/a"]\n' | file "$NODE/etc/containers/containers.conf"
  mkdir -p "$NODE/etc/crio/crio.conf.d"
  keep
}

EVERY=(--engine crio --engine podman --engine containerd --engine docker)

# Files of engines are old or new at any time.
whole_files() {
  jq -e . "$DAEMON" >/dev/null
  [[ $(tail -n 1 "$CONTAINERD") == '# END kubefence' || $(tail -n 1 "$CONTAINERD") == *'path = "/var/lib/containerd/opt"' ]]
  [[ -z $(find "$NODE"/etc/crio/crio.conf.d "$HOOKS" "$NODE"/etc/containers/containers.conf.d -name '.*' -type f 2>/dev/null) ]]
}

@test "killed at any step of an installation: the next one completes it, and a removal takes all back" {
  local step=1

  busy_node
  while ! killed_at "$step" "${EVERY[@]}"; do
    whole_files
    if ((step % 2)); then
      install_node "${EVERY[@]}" >/dev/null
      [[ -f $NODE/etc/crio/crio.conf.d/50-kubefence.conf && $(jq -r '.runtimes[].path' "$DAEMON") == "$WRAPPER" ]]
    fi
    install_node --uninstall >/dev/null
    same_as_before || { echo "step $step" && return 1; }
    step=$((step + ${KF_KILL_STRIDE:-7}))
  done
  # The stride is not longer than the way.
  ((step > 40))
}

@test "killed at any step of a removal: the next one completes it" {
  local step=1

  busy_node
  install_node "${EVERY[@]}" >/dev/null
  cp -a "$NODE" "$BATS_TEST_TMPDIR/full"
  while ! killed_at "$step" --uninstall; do
    whole_files
    install_node --uninstall >/dev/null
    same_as_before || { echo "step $step" && return 1; }
    rm -rf "$NODE"
    cp -a "$BATS_TEST_TMPDIR/full" "$NODE"
    step=$((step + ${KF_KILL_STRIDE:-7}))
  done
  same_as_before
  ((step > 20))
}

@test "deployed, cleaned up, and deployed again" {
  local i

  busy_node
  for i in 1 2 3; do
    install_node "${EVERY[@]}" >/dev/null
    install_node --uninstall >/dev/null
    same_as_before || { echo "$i" && return 1; }
  done
}

@test "on a full disk nothing is half written, the message names the file, and with room again all is well" {
  need_root
  busy_node
  local kib

  mv "$NODE" "$BATS_TEST_TMPDIR/real"
  for kib in 4 12 24 40; do
    mkdir "$NODE"
    mount -t tmpfs -o size=2m tmpfs "$NODE" || skip "no tmpfs can be mounted"
    cp -a "$BATS_TEST_TMPDIR/real/." "$NODE"
    chmod --reference="$BATS_TEST_TMPDIR/real" "$NODE"
    touch "$NODE/filler" && dd if=/dev/zero of="$NODE/filler" bs=4k >/dev/null 2>&1 || true
    truncate -s "-$((kib * 1024))" "$NODE/filler"
    run install_node "${EVERY[@]}"
    whole_files
    if ((status != 0)); then
      [[ $output == *"cannot "*"$NODE/"*"check that it is writable and the disk not full"* ]]
      # A removal needs no room.
      install_node --uninstall
      rm "$NODE/filler"
      same_as_before
      install_node "${EVERY[@]}" >/dev/null
    else
      ((kib > 4))
    fi
    umount "$NODE"
    rmdir "$NODE"
  done
  mv "$BATS_TEST_TMPDIR/real" "$NODE"
}

@test "a list that was cut short is refused" {
  install_node --engine crio --engine docker
  truncate -s -3 "$NODE/var/lib/kubefence/node/installed"
  refuses "ends within a line" --uninstall
  refuses "ends within a line" --engine crio
}

@test "a killed run's temporary file goes, and is never in an engine's directory" {
  install_node --engine crio
  touch "$NODE/etc/crio/.kubefence.new"
  install_node --engine crio
  [[ ! -e $NODE/etc/crio/.kubefence.new ]]
}

# --- changes by others -------------------------------------------------------------------------------------------

@test "daemon.json: numbers, order and layout of others stay when they are changed since" {
  file "$DAEMON" <<<'{ "b": 18446744073709551616.10,
  "a": [1,2 ,3] }'
  install_node --engine docker
  sed -i 's/"b"/"c": 1e400, "b"/' "$DAEMON"
  install_node --uninstall
  [[ $(<"$DAEMON") == $'{ "c": 1e400, "b": 18446744073709551616.10,\n  "a": [1,2 ,3] }' ]]
}

@test "containerd: imports within a string, a BOM, quoted keys and config version 4" {
  need_toml
  local dropin='"/etc/containerd/conf.d/50-kubefence.toml"'

  printf 'title = """\nimports = [\n"""\nversion = 3\n' | file "$CONTAINERD"
  install_twice_and_back containerd
  [[ $(toml "$BATS_TEST_TMPDIR/installed/etc/containerd/config.toml" 't["imports"]') == "[$dropin]" ]]
  rm -r "$BATS_TEST_TMPDIR/installed"
  printf '\xef\xbb\xbf"version" = 4\r\n"imports" = ["/a"]\r\n' | file "$CONTAINERD"
  install_twice_and_back containerd
  grep -qF "[\"/a\", $dropin]" "$BATS_TEST_TMPDIR/installed/etc/containerd/config.toml"
  grep -qx 'version = 3' "$BATS_TEST_TMPDIR/installed/etc/containerd/conf.d/50-kubefence.toml"
}

@test "containerd 1 with a GPU operator's drop-in: the remedy names the file that counts, and it fails until then" {
  printf 'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n' | file "$CONTAINERD"
  printf '%s\n' 'version = 2' '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]' \
    'runtime_type = "io.containerd.runc.v2"' | file "$NODE/etc/containerd/conf.d/99-nvidia.toml"
  refuses "Add this to /etc/containerd/conf.d/99-nvidia.toml" --engine containerd
  # In the main file it has no effect.
  printf '%s\n' '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nono-runc.options]' \
    "BinaryName = \"$WRAPPER\"" >>"$CONTAINERD"
  refuses "Add this to /etc/containerd/conf.d/99-nvidia.toml" --engine containerd
}

@test "containerd 1: a tool that wrote our tables anew, without the marks, does not make them stay" {
  kubeadm_config | file "$CONTAINERD"
  install_node --engine containerd
  sed -i '/^# \(BEGIN\|END\) kubefence/d' "$CONTAINERD"
  run install_node --uninstall
  ((status == 0))
  [[ $output == *"has lost our marks"* ]]
  has_no nono-runc "$CONTAINERD"
  grep -q 'runtimes.kata]' "$CONTAINERD"
}

@test "containerd: a copy of our tables in the main file goes, too, and another tool's nono-runc does not" {
  printf 'version = 3\n' | file "$CONTAINERD"
  install_node --engine containerd
  printf '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nono-runc.options]\nBinaryName = "%s"\n' "$WRAPPER" \
    >>"$CONTAINERD"
  install_node --uninstall
  [[ $(<"$CONTAINERD") == 'version = 3' ]]
  printf '%s\n' '{"runtimes": {"nono-runc": {"path": "/elsewhere"}}}' | file "$DAEMON"
  refuses "another nono-runc" --engine docker
}

@test "Docker as a snap is refused by name" {
  mkdir -p "$NODE/snap/docker"
  refuses "docker is a snap" --engine docker
}

# --- a class of one's own ----------------------------------------------------------------------------------------

@test "a second class: one run sets it up for every engine, and one without it takes it back" {
  local conf=$NODE/etc/kubefence/kubefence.conf.d/50-local.conf

  need_toml
  printf '[kubefence]\nruntime_classes = nono-runc\n  kata-nono-sandbox\n  nono-agents\n[class nono-agents]\nexec = deny\n' |
    file "$conf"
  file "$DAEMON" <<<'{"debug": true}'
  program usr/bin/containerd 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7'
  keep
  install_node "${EVERY[@]}"
  [[ $(readlink "$NODE/usr/libexec/kubefence/nono-agents") == /usr/bin/kubefence-runtime ]]
  [[ $(toml "$NODE/etc/crio/crio.conf.d/50-kubefence.conf" 't["crio"]["runtime"]["runtimes"]["nono-agents"]["runtime_path"]') == \
    '"/usr/libexec/kubefence/nono-agents"' ]]
  [[ $(toml "$NODE/etc/containerd/conf.d/50-kubefence.toml" \
    'sorted(t["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"])') == '["nono-agents", "nono-runc"]' ]]
  [[ $(podman_dropin 'sorted(e["runtimes"])') == '["nono-agents", "nono-runc"]' ]]
  [[ $(jq -c '.runtimes | keys' "$DAEMON") == '["nono-agents","nono-runc"]' ]]
  # By force: the programs that the engines call for remaining containers stay until these are gone.
  file "$NODE/run/kubefence/0123456789abcdef/metadata.json" <<<'{}'
  install_node --uninstall --force
  has_no nono-agents "$DAEMON"
  [[ ! -e $NODE/etc/crio ]]
  [[ -L $NODE/usr/libexec/kubefence/nono-agents ]]
  rm -r "$NODE/run"
  install_node --uninstall
  same_as_before
  install_node "${EVERY[@]}"
  # Gone from the configuration, gone from the engines.
  cp "$conf" "$BATS_TEST_TMPDIR/conf"
  printf '[kubefence]\nruntime_classes = nono-runc\n' >"$conf"
  install_node "${EVERY[@]}"
  has_no -r nono-agents "$NODE/etc"
  [[ ! -L $NODE/usr/libexec/kubefence/nono-agents ]]
  cp "$BATS_TEST_TMPDIR/conf" "$conf"
  install_node "${EVERY[@]}"
  install_node --uninstall
  same_as_before
}
