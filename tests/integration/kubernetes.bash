# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The Helm chart, and the objects it makes. A bats file loads this and calls kubernetes_setup_file.

kubernetes_setup_file() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  CHART=$TOP/deploy/helm/kubefence
  HELM=$(command -v helm) || HELM=$("$TOP/scripts/get-test-tool.sh" helm 2>"$BATS_FILE_TMPDIR/helm.err")/helm ||
    skip "no helm: $(tail -n 1 "$BATS_FILE_TMPDIR/helm.err")"
  /usr/bin/python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed: run scripts/deps.sh"
  export TOP CHART HELM
}

# Every object of the chart as a line of JSON.
objects() { # HELM-ARGUMENTS...
  "$HELM" template kubefence "$CHART" --namespace kube-system --skip-tests "$@" | yaml_lines
}

yaml_lines() {
  /usr/bin/python3 -c 'import json, sys, yaml
for document in yaml.safe_load_all(sys.stdin):
    if document: print(json.dumps(document))'
}

daemonset() { # HELM-ARGUMENTS...
  objects "$@" | jq -c 'select(.kind == "DaemonSet")'
}

# The drop-in for the nodes.
cluster_conf() { # HELM-ARGUMENTS...
  objects "$@" | jq -rj 'select(.kind == "ConfigMap") | .data["60-cluster.conf"]'
}

# The DaemonSet's image, from deploy/Containerfile and with the real nono, in a storage of the file's own; for setup_file.
node_image() {
  local dir=$BATS_FILE_TMPDIR base nono

  git -C "$TOP" rev-parse HEAD >"$dir/git" 2>&1 || skip "this is no git checkout, and packages are made of one"
  base=$("$TOP/tests/rootfs.sh" package libjson-c5 libinih1 runc jq 2>"$dir/err") || skip "$(<"$dir/err")"
  nono=$("$TOP/scripts/get-nono.sh" --cache-only 2>"$dir/err") || skip "$(tail -n 1 "$dir/err")"
  export CONTAINERS_STORAGE_CONF=$dir/storage.conf
  printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$dir/graph" "$dir/run" >"$CONTAINERS_STORAGE_CONF"
  tar -C "$base" -c . | podman import - localhost/debian >"$dir/import" 2>&1
  "$TOP/scripts/make-image.sh" --base localhost/debian --nono "$nono" -- --isolation chroot >"$dir/build" 2>&1
}

remove_images() {
  [[ ! -d $BATS_FILE_TMPDIR/graph ]] || podman rmi --all --force >/dev/null 2>&1 || true
}
