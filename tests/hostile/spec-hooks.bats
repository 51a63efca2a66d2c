#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # jq programs; bats runs each test in a subshell
#
# Hooks in config.json that run before the sandbox, or pretend to be ours; and a root file system that is the host's.

load hostile

setup() {
  hostile_setup
  keep_plain
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

@test "startContainer hooks, which run the image's programs before the sandbox" {
  afresh "a program of the image"
  spec '.hooks.startContainer = [{path: "/bin/touch", args: ["touch", "/scratch/ran"]}]'
  refused spec_invalid "startContainer hooks"
  [[ ! -e $B/rootfs/scratch/ran ]]
  afresh "one that bears our name"
  spec --arg path "$HOOK" '.hooks.startContainer = [{path: $path, args: ["kubefence-hook", "create-runtime"]}]'
  refused spec_invalid "startContainer hooks"
  afresh "none in the list"
  spec '.hooks.startContainer = []'
  sandboxed
  journal_agrees
}

@test "hooks that only bear our name do not stand for ours" {
  mkdir "$T/evil"
  printf '#!/bin/sh\ncat >/dev/null\necho "$0 $*" >>"%s"\n' "$T/evil/log" >"$T/evil/kubefence-hook"
  chmod 755 "$T/evil/kubefence-hook"
  afresh "another program"
  spec --arg path "$T/evil/kubefence-hook" '.hooks = {createRuntime: [{path: $path, args: ["kubefence-hook",
    "create-runtime"]}], poststop: [{path: $path, args: ["kubefence-hook", "poststop"]}]}'
  sandboxed
  [[ -s $T/evil/log ]]
  afresh "ours, with another command"
  spec --arg path "$HOOK" '.hooks = {createRuntime: [{path: $path, args: ["kubefence-hook", "--version"]}],
    poststop: [{path: $path, args: ["kubefence-hook", "--help"]}]}'
  sandboxed
  journal_agrees
}

@test "a root file system that is the host's" {
  local path

  ln -s / "$T/link"
  for path in / //. "$T/link" "$(realpath --relative-to "$B" /)" "../../../../../../.."; do
    afresh "root.path is $path"
    spec --arg path "$path" '.root.path = $path | .process.args = ["/bin/true"]'
    refused spec_invalid "root.path is the host's root file system"
  done
  journal_agrees
}
