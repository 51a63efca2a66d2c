#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about hook files and a Go package)
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a subshell
#
# hooks.d/ as CRI-O and Podman read it: with their own Go package (tests/hooks-package).

bats_require_minimum_version 1.5.0

setup_file() {
  local top

  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  KF_HOOKS_PACKAGE=$BATS_FILE_TMPDIR/hooks-package
  export KF_HOOKS_PACKAGE KF_HOOKS_MISSING=
  if ! command -v go >/dev/null; then
    KF_HOOKS_MISSING="Go is missing (https://go.dev/dl)"
  elif ! (cd "$top/tests/hooks-package" && go build -o "$KF_HOOKS_PACKAGE" .) 2>"$BATS_FILE_TMPDIR/go.err" 3>&-; then
    # Its own mistakes do not skip the tests.
    ! grep -q '^# hooks-package' "$BATS_FILE_TMPDIR/go.err" || { cat "$BATS_FILE_TMPDIR/go.err" >&2 && return 1; }
    KF_HOOKS_MISSING="the hooks package cannot be built: $(tail -n 1 "$BATS_FILE_TMPDIR/go.err")"
  fi
}

setup() {
  [[ -z $KF_HOOKS_MISSING ]] || skip "$KF_HOOKS_MISSING"
  SOURCES=$(cd "$BATS_TEST_DIRNAME/../../hooks.d" && pwd)
  DIR=$BATS_TEST_TMPDIR/hooks.d
  PROGRAM=$BATS_TEST_TMPDIR/kubefence-hook
  mkdir "$DIR"
  install -m 755 /dev/null "$PROGRAM"
}

# The JSONs as they are, but that the program is one that is there.
use() { # FILE...
  local file

  for file in "$@"; do
    jq --arg path "$PROGRAM" '.hook.path = $path' "$file" >"$DIR/${file##*/}"
  done
}

crio() { "$KF_HOOKS_PACKAGE" "$DIR" "" "$@"; }
podman() { "$KF_HOOKS_PACKAGE" "$DIR" "precreate poststop" "$@"; }

# The one hook at PATH in the text on standard input.
is_hook() { # PATH COMMAND
  jq -e --arg path "$PROGRAM" --arg command "$2" ".$1 == [{path: \$path, args: [\"kubefence-hook\", \$command],
    env: [\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"], timeout: 30}]"
}

none() { [[ $(jq -c '[.. | arrays | select(length > 0)]') == '[]' ]]; }

@test "CRI-O: createRuntime and poststop, with path, args, env and timeout, for every container" {
  use "$SOURCES"/*.json
  for annotations in '' 'a=b' 'nono.sh/profile=x'; do
    crio ${annotations:+"$annotations"} >"$BATS_TEST_TMPDIR/out"
    is_hook spec.createRuntime create-runtime <"$BATS_TEST_TMPDIR/out"
    is_hook spec.poststop poststop <"$BATS_TEST_TMPDIR/out"
    jq -e '.engine == null and (.spec | keys) == ["createRuntime", "poststop"]' "$BATS_TEST_TMPDIR/out"
  done
}

@test "Podman: the runtime gets createRuntime; poststop is Podman's to run" {
  use "$SOURCES"/*.json
  podman >"$BATS_TEST_TMPDIR/out"
  is_hook spec.createRuntime create-runtime <"$BATS_TEST_TMPDIR/out"
  is_hook engine.poststop poststop <"$BATS_TEST_TMPDIR/out"
  jq -e '(.spec | keys) == ["createRuntime"] and (.engine | keys) == ["poststop"]' "$BATS_TEST_TMPDIR/out"
}

@test "annotated: exactly our two annotations, with any value" {
  local pair

  use "$SOURCES"/annotated/*.json
  for pair in nono.sh/profile=default nono.sh/profile= nono.sh/runtime-class=nono-runc $'nono.sh/profile=a\nb'; do
    crio "$pair" >"$BATS_TEST_TMPDIR/out"
    is_hook spec.createRuntime create-runtime <"$BATS_TEST_TMPDIR/out"
    is_hook spec.poststop poststop <"$BATS_TEST_TMPDIR/out"
  done
}

@test "annotated: nothing that only looks like them" {
  local pair

  use "$SOURCES"/annotated/*.json
  crio | none
  for pair in xnono.sh/profile=a nono.sh/profile2=a nono.sh/profiles=a nonoXsh/profile=a nono.sh/runtime-class.x=a \
    nono.sh/runtime-classes=a a.nono.sh/runtime-class=a NONO.SH/PROFILE=a nono.sh/=a a=nono.sh/profile \
    $'nono.sh/profile\n=a' $'x\nnono.sh/profile=a'; do
    crio "$pair" >"$BATS_TEST_TMPDIR/out"
    none <"$BATS_TEST_TMPDIR/out" || { echo "matched: $pair" && return 1; }
  done
}

# Why the pattern has anchors: the package has none.
@test "the package matches any part of a key and of a value" {
  use "$SOURCES"/annotated/50-kubefence.json
  jq '.when.annotations = {"nono.sh/profile": "^yes"}' "$DIR/50-kubefence.json" >"$DIR/new"
  mv "$DIR/new" "$DIR/50-kubefence.json"
  crio xnonoXsh/profile2=yes-or-no | is_hook spec.createRuntime create-runtime
  crio xnonoXsh/profile2=no | none
}

@test "precreate: refused for CRI-O, and Podman's to run" {
  local file files

  # The installed ones; without these, the ones that would be installed.
  mapfile -t files < <(find "$SOURCES" -name '*precreate*.json')
  if ((${#files[@]} == 0)); then
    jq '.stages = ["precreate"] | .hook.args[1] = "precreate"' "$SOURCES/50-kubefence.json" \
      >"$BATS_TEST_TMPDIR/60-precreate.json"
    files=("$BATS_TEST_TMPDIR/60-precreate.json")
  fi
  for file in "${files[@]}"; do
    use "$file"
    run -1 crio nono.sh/profile=a
    [[ $output == *'unknown stage "precreate"'* ]]
    podman nono.sh/profile=a | is_hook engine.precreate precreate
    rm "$DIR"/*
  done
}

@test "the package drops a hook whose program is missing, and says nothing" {
  use "$SOURCES"/*.json
  rm "$PROGRAM"
  run -0 --separate-stderr crio
  none <<<"$output"
  [[ $stderr == "" ]]
}

@test "the package refuses a JSON that is not whole" {
  use "$SOURCES/50-kubefence.json"
  head -c 40 "$SOURCES/50-kubefence.json" >"$DIR/60-half.json"
  run -1 crio
  rm "$DIR/60-half.json"
  head -c 40 "$SOURCES/50-kubefence.json" >"$DIR/60-half.json.new"
  crio | is_hook spec.createRuntime create-runtime
}
