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
  "$HELM" template kubefence "$CHART" --namespace kube-system "$@" | yaml_lines
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
