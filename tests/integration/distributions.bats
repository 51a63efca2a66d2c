#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about a script that installs)
# shellcheck disable=SC2016,SC2030,SC2031 # scripts in quotes; bats runs each test in a subshell
#
# scripts/install-node.sh on root file systems as distributions leave them: k3s, RKE2, k0s, MicroK8s, kind, minikube,
# kubeadm, and one that is not known; and kubefence check there.

load helpers
load install-node
load distributions

setup_file() {
  kf_tool crictl
  export CRICTL=$TOOL/crictl
  kf_tool containerd
}
setup() { node_tree; }

# --- k3s and RKE2 ------------------------------------------------------------------------------------------------

@test "k3s with containerd 2: a drop-in, and nothing else of k3s" {
  local made=$BATS_TEST_TMPDIR/installed

  need_toml
  k3s_node k3s 3
  install_twice_and_back k3s
  [[ $(cd "$made" && find var/lib/rancher -newer "$BEFORE" -type f) == "${K3S_DIR#/}/config-v3.toml.d/50-kubefence.toml" ]]
  [[ $(toml "$made$K3S_DIR/config-v3.toml.d/50-kubefence.toml" \
    't["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]["nono-runc"]["options"]') == \
    "{\"BinaryName\": \"$WRAPPER\", \"SystemdCgroup\": true}" ]]
  # k3s's own runc, where nothing else looks for one.
  grep -xF 'runtime = /var/lib/rancher/k3s/data/current/bin/runc' "$made/etc/kubefence/kubefence.conf.d/32-k3s.conf"
}

@test "k3s with containerd 1: our tables go to a template of the base, and back" {
  local made=$BATS_TEST_TMPDIR/installed

  need_toml
  k3s_node k3s 2
  install_twice_and_back k3s
  [[ $(head -n 1 "$made$K3S_DIR/config.toml.tmpl") == '{{ template "base" . }}' && ! -e $made$K3S_DIR/config.toml.d ]]
  k3s_renders "$made" 2 >"$BATS_TEST_TMPDIR/rendered"
  [[ $(toml "$BATS_TEST_TMPDIR/rendered" "sorted(t$RUNTIMES)") == '["nono-runc", "runc"]' ]]
  [[ $(toml "$BATS_TEST_TMPDIR/rendered" "t$RUNTIMES['nono-runc']['options']['SystemdCgroup']") == true ]]
}

@test "k3s: after its restart there is nothing left to do, and what it made goes with the next one" {
  k3s_node k3s 2
  keep
  install_node --engine k3s
  k3s_renders "$NODE" 2 >"$BATS_TEST_TMPDIR/rendered"
  cp "$BATS_TEST_TMPDIR/rendered" "$NODE$K3S_DIR/config.toml"
  run install_node --engine k3s
  ((status == 0))
  [[ $output != *wrote* && $output == *unchanged* ]]
  install_node --uninstall
  k3s_base k3s 2 >"$NODE$K3S_DIR/config.toml"
  same_as_before
}

@test "RKE2: the same, with its own programs" {
  local made=$BATS_TEST_TMPDIR/installed

  k3s_node rke2 3
  install_twice_and_back rke2
  [[ -f $made$K3S_DIR/config-v3.toml.d/50-kubefence.toml ]]
  grep -xF 'runtime = /var/lib/rancher/rke2/bin/runc' "$made/etc/kubefence/kubefence.conf.d/32-rke2.conf"
  rm -r "$NODE/var/lib/rancher"
  k3s_node rke2 2
  install_twice_and_back rke2
  [[ -f $made$K3S_DIR/config.toml.tmpl ]]
}

@test "k3s and RKE2: server and agent, each by its unit" {
  local unit

  for unit in k3s k3s-agent k3s-second rke2-server rke2-agent; do
    rm -rf "$NODE/etc/systemd" "$NODE/var/lib/rancher"
    enable_unit "$unit" usr/lib/systemd/system
    # RKE2's packages bring both.
    k3s_node "${unit%%-*}" 3
    [[ $unit != rke2* ]] || touch "$NODE"/usr/lib/systemd/system/rke2-{agent,server}.service
    run install_node
    [[ $output == *"${unit%%-*} must read this: systemctl restart $unit"* && $output != *"restart $unit-"* ]]
    run install_node --uninstall
    [[ $output == *"must read this: systemctl restart $unit"* ]]
  done
}

@test "k3s beside Docker: the containerd of Docker's is left alone, and that is said" {
  k3s_node k3s 3
  program usr/bin/containerd 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7'
  program usr/bin/dockerd
  keep
  run install_node
  echo "$output"
  ((status == 0))
  [[ $output == *"containerd: left alone, for k3s does not use it"* && ! -e $NODE/etc/containerd ]]
  [[ -f $DAEMON && -f $NODE$K3S_DIR/config-v3.toml.d/50-kubefence.toml ]]
  install_node --engine containerd
  [[ -f $NODE/etc/containerd/conf.d/50-kubefence.toml ]]
  install_node --uninstall
  same_as_before
}

@test "k3s: the operator's template keeps its bytes, owner and mode" {
  local text file

  for text in extends:2 complete:2 extends:3; do
    rm -rf "$NODE/var/lib/rancher"
    k3s_node k3s "${text#*:}"
    file=$NODE$K3S_DIR/config.toml.tmpl
    [[ $text == *:2 ]] || file=$NODE$K3S_DIR/config-v3.toml.tmpl
    "template_${text%:*}" "${text#*:}" | file "$file"
    printf '  # the last line without an end' >>"$file"
    chmod 640 "$file"
    ((EUID != 0)) || chown 4711:4712 "$file"
    k3s_renders "$NODE" "${text#*:}" >"$BATS_TEST_TMPDIR/rendered"
    cp "$BATS_TEST_TMPDIR/rendered" "$NODE$K3S_DIR/config.toml"
    install_twice_and_back k3s
    if ((EUID == 0)); then
      [[ $(stat -c '%a %u %g' "$BATS_TEST_TMPDIR/installed${file#"$NODE"}") == "640 4711 4712" ]]
    fi
  done
}

@test "k3s with containerd 2: a template that imports nothing gets our tables" {
  local made=$BATS_TEST_TMPDIR/installed

  need_toml
  k3s_node k3s 3
  template_complete 3 | file "$NODE$K3S_DIR/config-v3.toml.tmpl"
  template_complete 3 >"$NODE$K3S_DIR/config.toml"
  install_twice_and_back k3s
  [[ ! -e $made$K3S_DIR/config-v3.toml.d ]]
  [[ $(toml "$made$K3S_DIR/config-v3.toml.tmpl" \
    'sorted(t["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"])') == '["nono-runc", "runc"]' ]]
}

@test "k3s: with both templates there, only the one that is in force is touched" {
  local version file

  for version in 2 3; do
    rm -rf "$NODE/var/lib/rancher"
    k3s_node k3s "$version"
    for file in config.toml config-v3.toml; do
      template_complete 3 | file "$NODE$K3S_DIR/$file.tmpl"
    done
    template_complete "$version" >"$NODE$K3S_DIR/config.toml"
    template_complete 2 >"$NODE$K3S_DIR/config.toml.tmpl"
    install_twice_and_back k3s
    file=config-v3.toml.tmpl
    ((version == 3)) || file=config.toml.tmpl
    [[ $(cd "$BATS_TEST_TMPDIR/installed$K3S_DIR" && grep -l nono-runc -- *) == "$file" ]]
  done
}

@test "k3s goes from containerd 1 to 2 between the installation and the removal" {
  k3s_node k3s 2
  keep
  install_node --engine k3s
  k3s_base k3s 3 >"$NODE$K3S_DIR/config.toml"
  install_node --engine k3s
  [[ -f $NODE$K3S_DIR/config-v3.toml.d/50-kubefence.toml ]]
  install_node --uninstall
  k3s_base k3s 2 >"$NODE$K3S_DIR/config.toml"
  same_as_before
}

@test "k3s: links, an unreadable version, and imports that replace ours are refused, and nothing is changed" {
  k3s_node k3s 2
  ln -s /etc/managed "$NODE$K3S_DIR/config.toml.tmpl"
  refuses "is a symbolic link, so something else manages it" --engine k3s
  rm "$NODE$K3S_DIR/config.toml.tmpl"
  mkdir "$NODE$K3S_DIR/config.toml.tmpl"
  refuses "is no regular file" --engine k3s
  rmdir "$NODE$K3S_DIR/config.toml.tmpl"
  # The GPU operator's drop-in, which containerd 1 takes in place of the whole section.
  printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd]\ndefault_runtime_name = "nvidia"\n' |
    file "$NODE$K3S_DIR/config.toml.d/99-nvidia.toml"
  sed -i "s|^version = 2|&\nimports = [\"$K3S_DIR/config.toml.d/*.toml\"]|" "$NODE$K3S_DIR/config.toml"
  refuses "Add this to $K3S_DIR/config.toml.d/99-nvidia.toml" --engine k3s
  printf 'version = 2\nplugins = { }\n' >"$NODE$K3S_DIR/config.toml"
  refuses "nothing can be appended to it safely" --engine k3s
  echo 'root = "/"' >"$NODE$K3S_DIR/config.toml"
  refuses "has no version = 2 or 3" --engine k3s
  k3s_base k3s 3 >"$NODE$K3S_DIR/config.toml"
  ln -s "$BATS_TEST_TMPDIR" "$NODE$K3S_DIR/config-v3.toml.d"
  refuses "a symbolic link leads out of" --engine k3s
}

@test "k3s: a version of containerd that loses the runtime's name is refused" {
  k3s_node k3s 3 'v2.0.2-k3s2'
  refuses "k3s: containerd's version 2.0.2 loses the runtime's name" --engine k3s
}

@test "k3s that was not started yet, or uses another engine, is refused, and the others go on" {
  k3s_node k3s 3
  rm -r "$NODE/var/lib/rancher"
  program usr/bin/podman
  run install_node
  echo "$output"
  ((status == 1))
  [[ $output == *"config.toml is not there, which it makes at its start"*"not installed for: k3s" ]]
  [[ -f $NODE/etc/containers/containers.conf.d/50-kubefence.conf ]]
}

@test "k3s with its data elsewhere" {
  k3s_node k3s 3
  mkdir -p "$NODE/srv"
  mv "$NODE/var/lib/rancher/k3s" "$NODE/srv/k3s"
  sed -i 's|/var/lib/rancher/k3s/|/srv/k3s/|' "$NODE/srv/k3s/agent/etc/containerd/config.toml"
  ln -sfn "/srv/k3s/data/0123abcd" "$NODE/srv/k3s/data/current"
  printf 'token: x\ndata-dir: "/srv/k3s" # a larger disk\n' | file "$NODE/etc/rancher/k3s/config.yaml"
  install_twice_and_back k3s
  [[ -f $BATS_TEST_TMPDIR/installed/srv/k3s/agent/etc/containerd/config-v3.toml.d/50-kubefence.toml ]]
  grep -xF 'runtime = /srv/k3s/data/current/bin/runc' "$BATS_TEST_TMPDIR/installed/etc/kubefence/kubefence.conf.d/32-k3s.conf"
}

@test "k3s below a link to another disk" {
  local made=$BATS_TEST_TMPDIR/installed

  k3s_node k3s 3
  mkdir -p "$NODE/mnt/disk"
  mv "$NODE/var/lib/rancher" "$NODE/mnt/disk/rancher"
  ln -s /mnt/disk/rancher "$NODE/var/lib/rancher"
  running 77 "$K3S_DIR/config.toml" k3s
  install_twice_and_back k3s
  [[ -f $made/mnt/disk/rancher/k3s/agent/etc/containerd/config-v3.toml.d/50-kubefence.toml ]]
  install_node
}

@test "k3s: killed at any step, the next run completes it, and a removal takes all back" {
  local step=1

  k3s_node k3s 2
  template_extends 2 | file "$NODE$K3S_DIR/config.toml.tmpl"
  keep
  while ! killed_at "$step" --engine k3s; do
    # Old or new, and no other file where k3s looks.
    [[ $(tail -n 1 "$NODE$K3S_DIR/config.toml.tmpl") == '# END kubefence' ]] ||
      cmp "$NODE$K3S_DIR/config.toml.tmpl" <(template_extends 2)
    if ((step % 2)); then
      install_node --engine k3s >/dev/null
      grep -q nono-runc "$NODE$K3S_DIR/config.toml.tmpl"
    fi
    install_node --uninstall >/dev/null
    same_as_before || { echo "step $step" && return 1; }
    step=$((step + ${KF_KILL_STRIDE:-7}))
  done
  ((step > 20))
}

# --- k0s ---------------------------------------------------------------------------------------------------------

@test "k0s: a drop-in that it reads by itself, with containerd 1 and 2" {
  local version made=$BATS_TEST_TMPDIR/installed

  need_toml
  for version in 2 3; do
    k0s_node "$version"
    install_twice_and_back k0s
    [[ $(toml "$made/etc/k0s/containerd.d/50-kubefence.toml" 't["version"]') == "$version" ]]
    cmp "$made/etc/k0s/containerd.toml" "$NODE/etc/k0s/containerd.toml"
    grep -xF 'runtime = /var/lib/k0s/bin/runc' "$made/etc/kubefence/kubefence.conf.d/32-k0s.conf"
    run install_node
    [[ $output != *systemctl* && $output == *"wrote: $NODE/etc/k0s/containerd.d/50-kubefence.toml"* ]]
    install_node --uninstall
  done
}

@test "k0s without its mark: a file like any other, and a restart of its unit" {
  k0s_node 3
  sed -i 1d "$NODE/etc/k0s/containerd.toml"
  enable_unit k0scontroller
  install_twice_and_back k0s
  run install_node --engine k0s
  [[ $output == *"systemctl restart k0scontroller"* ]]
  install_node --uninstall
  sed -i /imports/d "$NODE/etc/k0s/containerd.toml"
  install_twice_and_back k0s
  grep -F 'imports = ["/etc/k0s/containerd.d/50-kubefence.toml"]' "$BATS_TEST_TMPDIR/installed/etc/k0s/containerd.toml"
}

@test "k0s that was not started yet is refused" {
  enable_unit k0sworker
  refuses "start it once; if it uses another engine (--cri-socket)"
}

# --- MicroK8s, kind, minikube, kubeadm -----------------------------------------------------------------------------

@test "MicroK8s: its template, with containerd 1 and 2" {
  local version made=$BATS_TEST_TMPDIR/installed

  need_toml
  for version in 1.7.27 2.1.4; do
    microk8s_node "v$version"
    install_twice_and_back microk8s
    toml "$made$MICROK8S/containerd-template.toml" t >/dev/null
    grep -xF 'runtime = /snap/microk8s/current/bin/runc' "$made/etc/kubefence/kubefence.conf.d/32-microk8s.conf"
    if [[ $version == 1.* ]]; then
      [[ $(toml "$made$MICROK8S/containerd-template.toml" "sorted(t$RUNTIMES)") == \
        '["nono-runc", "nvidia-container-runtime", "runc"]' ]]
    else
      grep -xF "imports = [\"$MICROK8S/kubefence.d/50-kubefence.toml\"]" "$made$MICROK8S/containerd-template.toml"
    fi
    run install_node
    [[ $output == *"systemctl restart snap.microk8s.daemon-containerd"* ]]
    install_node --uninstall
  done
}

@test "MicroK8s: the next revision of the snap has it, too, and gives it back" {
  microk8s_node v1.7.27
  cp -a "$NODE/var/snap/microk8s/7234" "$BATS_TEST_TMPDIR/7234"
  install_node --engine microk8s
  cp -a "$NODE/var/snap/microk8s/7234" "$NODE/var/snap/microk8s/7300"
  ln -sfn 7300 "$NODE/var/snap/microk8s/current"
  run install_node --engine microk8s
  [[ $output != *wrote* ]]
  install_node --uninstall
  diff -r "$BATS_TEST_TMPDIR/7234" "$NODE/var/snap/microk8s/7300"
}

@test "kind and kubeadm: containerd where it always is" {
  local distribution

  for distribution in kind kubeadm; do
    "${distribution}_node"
    keep
    run install_node
    echo "$output"
    ((status == 0))
    [[ $output == *"containerd must read this: systemctl restart containerd"* ]]
    install_node --uninstall
    same_as_before
    install_twice_and_back containerd
    rm -r "$NODE/etc/containerd"
  done
}

@test "minikube: containerd where it always is, once, and what minikube start does is said" {
  kubeadm_node
  mkdir -p "$NODE/var/lib/minikube"
  keep
  run install_node
  ((status == 0))
  [[ $output == *'"minikube start" writes /etc/containerd/config.toml anew'*"systemctl restart containerd" ]]
  [[ $(grep -c '^wrote' <<<"$output") == 1 ]]
  install_node --uninstall
  same_as_before
  install_twice_and_back minikube
}

# --- all else ----------------------------------------------------------------------------------------------------

@test "--containerd-config: the file that it names, and the same one at the removal" {
  local config=/opt/acme/containerd/config.toml made=$BATS_TEST_TMPDIR/installed

  need_toml
  kind_config | file "$NODE$config"
  program usr/bin/podman
  keep
  install_node --containerd-config "$config"
  [[ ! -e $NODE/etc/containerd && ! -e $NODE/etc/containers ]]
  grep -q nono-runc "$NODE${config%/*}/conf.d/50-kubefence.toml"
  cp -a "$NODE" "$made"
  # Not told again, it is the same file.
  run install_node --engine containerd
  [[ $output != *wrote* && ! -e $NODE/etc/containerd ]]
  kind_config | file "$NODE/opt/other.toml"
  run install_node --containerd-config /opt/other.toml
  ((status == 1))
  [[ $output == *"it was installed for $config: run this with --uninstall first"* ]]
  rm "$NODE/opt/other.toml"
  install_node --uninstall
  same_as_before
}

@test "--containerd-config: what it may not be" {
  refuses "give an absolute path" --containerd-config etc/containerd.toml
  refuses "needs an argument" --containerd-config
  refuses "/opt/config.toml is not there" --containerd-config /opt/config.toml
  k3s_node k3s 3
  refuses "is made anew at each start" --containerd-config "$K3S_DIR/config.toml"
}

@test "--containerd-config: the unit is that of the process which reads the file" {
  kind_config | file "$NODE/opt/acme/config.toml"
  run install_node --containerd-config /opt/acme/config.toml
  ((status == 0))
  install_node --uninstall >/dev/null
  running 77 /opt/acme/config.toml acme-runtime
  run install_node --containerd-config /opt/acme/config.toml
  [[ $output == *"containerd must read this: systemctl restart acme-runtime" ]]
}

@test "a distribution that is not known is named, with what to give" {
  printf 'NAME=Acme\nPRETTY_NAME="Acme Linux 3 (\e[31mred)"\n' | file "$NODE/etc/os-release"
  refuses "no engine was found on Acme Linux 3 (31mred): name one with --engine"
  has_no $'\e' <<<"$output"
  running 77 /opt/acme/config.toml acme
  refuses "process 77 is a containerd of Acme Linux 3 (31mred) that reads /opt/acme/config.toml"
  [[ $output == *"give it with --containerd-config /opt/acme/config.toml"* ]]
}

@test "a containerd that is not known does not go unnoticed beside an engine that is" {
  program usr/bin/podman
  running 77 /opt/acme/config.toml acme
  run install_node
  echo "$output"
  ((status == 1))
  [[ $output == *"process 77 is a containerd"*"not installed for: /opt/acme/config.toml" ]]
  [[ -f $NODE/etc/containers/containers.conf.d/50-kubefence.conf ]]
  # In a container, or of a known distribution, it is not the node's.
  ln -sfn "$BATS_TEST_TMPDIR" "$NODE/proc/77/root"
  install_node
  running 78 /run/docker/containerd/containerd.toml docker
  running 79 /etc/containerd/config.toml containerd
  install_node
}

# --- until it is served ------------------------------------------------------------------------------------------

# A crictl of the node's, which names the runtimes after so many questions.
node_crictl() { # PATH QUESTIONS
  printf '#!/bin/busybox sh\necho "$*" >>/crictl.log\n[ $(/bin/busybox wc -l </crictl.log) -lt %s ] || echo "\\"%s\\": {}"\n' \
    "$2" nono-runc >"$NODE/$1"
  chmod 755 "$NODE/$1"
}

@test "with --restart the end is when the engine serves the handler" {
  need_root
  k3s_node k3s 3
  node_systemctl true
  mkdir -p "$NODE/proc/self"
  node_crictl var/lib/rancher/k3s/data/0123abcd/bin/crictl 3
  run install_node --restart
  echo "$output"
  ((status == 0))
  [[ $(<"$NODE/systemctl.log") == "restart k3s" && $(grep -c . "$NODE/crictl.log") == 3 ]]
  [[ $(head -n 1 "$NODE/crictl.log") == "--runtime-endpoint unix:///run/k3s/containerd/containerd.sock info" ]]
  install_node --uninstall --restart
  [[ $(grep -c . "$NODE/crictl.log") == 3 && $(grep -cx "restart k3s" "$NODE/systemctl.log") == 2 ]]
}

@test "an engine that does not serve the handler after its restart is an error" {
  need_root
  k3s_node k3s 3
  node_systemctl true
  mkdir -p "$NODE/proc/self"
  node_crictl var/lib/rancher/k3s/data/0123abcd/bin/crictl 100
  KUBEFENCE_WAIT_SECONDS=2 run install_node --restart
  ((status == 1))
  [[ $output == *"restarted, and not serving nono-runc after 2 s: k3s"* ]]
}

# --- kubefence check ---------------------------------------------------------------------------------------------

# In a copy of this machine: the rows about ENGINE before, after, and what the others say.
check_on_this_node() { # ENGINE SETUP [INSTALL-NODE-ARGUMENT...]
  export TOP BATS_TEST_TMPDIR KF_BUILD=${KF_BUILD:-$TOP/build} ENGINE=$1 MAKE=$2 ARGUMENTS="${*:3}"
  on_this_node 'NODE=
    source "$TOP/tests/integration/distributions.bash"
    mkdir -p /etc/kubefence
    rm -rf /etc/kubefence/* /etc/containerd/* /var/lib/kubefence
    cp "$TOP/hook/share/kubefence.conf" /etc/kubefence/
    rm -f /usr/bin/kubefence-runtime /usr/libexec/kubefence/nono-runc
    install -m 755 "$KF_BUILD/kubefence-runtime" /usr/bin/
    ln -s /usr/bin/kubefence-runtime /usr/libexec/kubefence/nono-runc
    rows() {
      "$KF_BUILD/kubefence" check --json 2>/dev/null | jq -r --arg engine "$1" \
        ".[] | select(.check == \$engine) | .status + \" \" + .message" || true
    }
    eval "$MAKE"
    rows "$ENGINE" >"$BATS_TEST_TMPDIR/before-it"
    "$TOP/scripts/install-node.sh" $ARGUMENTS >/dev/null
    rows "$ENGINE" >"$BATS_TEST_TMPDIR/after-it"
    rows containerd >"$BATS_TEST_TMPDIR/containerd"'
}

@test "kubefence check looks where the distribution has its containerd, and not at another one" {
  local without='rm $(find /var/lib/rancher /var/lib/k0s /snap/microk8s -name containerd -type f 2>/dev/null)' line engine
  local after=$BATS_TEST_TMPDIR/after-it

  need_root
  while IFS='|' read -r engine line; do
    check_on_this_node "$engine" "$line; $without" --engine "$engine"
    cat "$BATS_TEST_TMPDIR/before-it" "$after"
    grep "^warn no such runtime handler (lines of /.*/.*toml and our drop-in)" "$BATS_TEST_TMPDIR/before-it"
    # MicroK8s has not made its file of the template yet.
    [[ $engine == microk8s ]] || grep -F "ok $WRAPPER (lines of /" "$after"
    [[ ! -s $BATS_TEST_TMPDIR/containerd ]]
  done <<'END'
k3s|k3s_node k3s 3
rke2|k3s_node rke2 3
k0s|k0s_node 2
k0s|k0s_node 3
microk8s|microk8s_node v1.7.27; cp $MICROK8S/containerd-template.toml $MICROK8S/containerd.toml
END
}

@test "kubefence check finds the file of --containerd-config, and what an operator's k3s has elsewhere" {
  need_root
  check_on_this_node containerd 'mkdir -p /opt/acme; kind_config >/opt/acme/config.toml; rm -f /usr/bin/containerd' \
    --containerd-config /opt/acme/config.toml
  grep -F "ok $WRAPPER (lines of /opt/acme/config.toml and our drop-in)" "$BATS_TEST_TMPDIR/after-it"
  check_on_this_node k3s 'k3s_node k3s 3; mv /var/lib/rancher/k3s /srv/k3s; mkdir -p /etc/rancher/k3s
    echo "data-dir: /srv/k3s" >/etc/rancher/k3s/config.yaml; rm /srv/k3s/data/0123abcd/bin/containerd
    sed -i "s|/var/lib/rancher/k3s/|/srv/k3s/|" /srv/k3s/agent/etc/containerd/config.toml' --engine k3s
  grep -F "ok $WRAPPER (lines of /srv/k3s/agent/etc/containerd/config.toml and our drop-in)" "$BATS_TEST_TMPDIR/after-it"
}

@test "kubefence check asks the containerd of the distribution itself" {
  need_root
  [[ -x $TOOL/containerd ]] || skip "containerd 2: ${KF_TOOL_MISSING:-is not there}"
  cp "$TOOL/containerd" "$BATS_TEST_TMPDIR/containerd-2"
  check_on_this_node k3s 'k3s_node k3s 3; cp "$BATS_TEST_TMPDIR/containerd-2" /var/lib/rancher/k3s/data/0123abcd/bin/containerd' \
    --engine k3s
  grep -F "warn no such runtime handler (containerd config dump)" "$BATS_TEST_TMPDIR/before-it"
  grep -F "ok $WRAPPER (containerd config dump)" "$BATS_TEST_TMPDIR/after-it"
}

@test "what was stopped is not started, and that is no error" {
  need_root
  kubeadm_node
  program usr/bin/dockerd
  node_systemctl true
  sed -i 's/^\[.*/[ "$*" != "is-active docker" ] || { echo inactive; exit 3; }\n&/' "$NODE/usr/bin/systemctl"
  run install_node --restart
  echo "$output"
  ((status == 0))
  [[ $output == *"docker: docker does not run, and is not started"* && $(<"$NODE/systemctl.log") == "restart containerd" ]]
}

# --- the real containerd -----------------------------------------------------------------------------------------

@test "containerd 1 itself takes what k3s and MicroK8s make of our tables" {
  local answer=$BATS_TEST_TMPDIR/answer

  [[ $(containerd --version) == *' 1.'* ]] || skip "there is no containerd 1"
  k3s_node k3s 2
  install_node --engine k3s
  k3s_renders "$NODE" 2 >"$BATS_TEST_TMPDIR/rendered"
  containerd --config "$BATS_TEST_TMPDIR/rendered" config dump >"$answer"
  grep -F "BinaryName = \"$WRAPPER\"" "$answer"
  grep -F '.containerd.runtimes.runc]' "$answer"
  grep -F 'conf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"' "$answer"
  microk8s_node v1.7.27
  install_node --engine microk8s
  containerd --config "$NODE$MICROK8S/containerd-template.toml" config dump >"$answer"
  grep -F "BinaryName = \"$WRAPPER\"" "$answer"
  grep -F '.containerd.runtimes.nvidia-container-runtime]' "$answer"
}

@test "containerd 2 itself takes our drop-ins for k3s, k0s and kind, and our tables in k3s's template" {
  local answer=$BATS_TEST_TMPDIR/answer

  [[ -x $TOOL/containerd ]] || skip "containerd 2: ${KF_TOOL_MISSING:-is not there}"
  k3s_node k3s 3
  k0s_node 3
  kind_node
  install_node --engine k3s --engine k0s --engine containerd
  find "$NODE" -name '*.toml' -exec sed -i "s|\[\"/|[\"$NODE/|" {} +
  for config in "$K3S_DIR/config.toml" /etc/k0s/containerd.toml /etc/containerd/config.toml; do
    "$TOOL/containerd" --config "$NODE$config" config dump >"$answer"
    grep -E "BinaryName = ['\"]$WRAPPER['\"]" "$answer"
    grep -E '\.containerd\.runtimes\.runc\]' "$answer"
  done
  install_node --uninstall >/dev/null
  rm -r "$NODE/var/lib/rancher"
  k3s_node k3s 3
  sed -i '/^imports/d' "$NODE$K3S_DIR/config.toml"
  install_node --engine k3s
  { sed /^imports/d <(k3s_base k3s 3) && sed 1d "$NODE$K3S_DIR/config-v3.toml.tmpl"; } >"$BATS_TEST_TMPDIR/rendered"
  "$TOOL/containerd" --config "$BATS_TEST_TMPDIR/rendered" config dump >"$answer"
  grep -E "BinaryName = ['\"]$WRAPPER['\"]" "$answer"
}

# A k3s of a script: it makes containerd's file of the template, and starts the real containerd with it.
serves_after_restart() { # VERSION-OF-THE-FILE CONTAINERD
  export TOP BATS_TEST_TMPDIR VERSION=$1 ENGINE=$2
  cp "$2" "$BATS_TEST_TMPDIR/containerd"
  cp "$CRICTL" "$BATS_TEST_TMPDIR/crictl"
  on_this_node 'NODE=
    source "$TOP/tests/integration/distributions.bash"
    rm -rf /etc/kubefence/* /var/lib/kubefence /run/k3s /etc/systemd
    k3s_node k3s "$VERSION"
    cp "$BATS_TEST_TMPDIR"/{containerd,crictl} /var/lib/rancher/k3s/data/0123abcd/bin/
    cat >/usr/bin/systemctl <<END
#!/bin/bash
[[ \$* == "restart k3s" ]] || exit 3
NODE= K3S_DIR=$K3S_DIR
source "$TOP/tests/integration/distributions.bash"
[[ ! -e /run/k3s.pid ]] || { kill "\$(</run/k3s.pid)"; while kill -0 "\$(</run/k3s.pid)"; do sleep 0.1; done; }
{ if compgen -G "\$K3S_DIR/*.tmpl" >/dev/null; then k3s_renders "" "$VERSION"; else k3s_base k3s "$VERSION"; fi; } |
  sed "s/\"overlayfs\"/\"native\"/; s/^  enable_unprivileged_.*//" >\$K3S_DIR/config.toml
# What k3s gives it beside the file.
/var/lib/rancher/k3s/data/current/bin/containerd --config \$K3S_DIR/config.toml --address /run/k3s/containerd/containerd.sock \
  --root /var/lib/rancher/k3s/agent/containerd --state /run/k3s/containerd >>"$BATS_TEST_TMPDIR/log" 2>&1 </dev/null 3>&- &
echo \$! >/run/k3s.pid
END
    chmod 755 /usr/bin/systemctl
    trap "kill \$(</run/k3s.pid)" EXIT
    crictl() { /var/lib/rancher/k3s/data/current/bin/crictl --runtime-endpoint unix:///run/k3s/containerd/containerd.sock info; }
    mkdir -p /run/k3s/containerd
    "$TOP/scripts/install-node.sh" --engine k3s --restart
    crictl >"$BATS_TEST_TMPDIR/installed-it"
    "$TOP/scripts/install-node.sh" --uninstall --restart
    for i in {1..100}; do ! crictl >"$BATS_TEST_TMPDIR/removed-it" 2>/dev/null || break; sleep 0.1; done' ||
    { tail -n 20 "$BATS_TEST_TMPDIR/log" && return 1; }
  grep -F '"nono-runc"' "$BATS_TEST_TMPDIR/installed-it"
  grep -F '"runc"' "$BATS_TEST_TMPDIR/removed-it"
  has_no -F '"nono-runc"' "$BATS_TEST_TMPDIR/removed-it"
}

@test "the real containerd serves the handler when the installer ends: 2 by a drop-in, 1 by the template" {
  need_root
  [[ -x $CRICTL ]] || skip "crictl: ${KF_TOOL_MISSING:-is not there}"
  [[ ! -x $TOOL/containerd ]] || serves_after_restart 3 "$TOOL/containerd"
  [[ $(containerd --version) != *' 1.'* ]] || serves_after_restart 2 "$(command -v containerd)"
}
