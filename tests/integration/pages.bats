#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (is about pages and usage texts)
# nono: standin real
# shellcheck disable=SC2030,SC2031,SC2034,SC2153 # node.bash knows the variables, and bats runs tests in subshells
#
# README.md, GUIDE.md and the other pages: links lead somewhere, commands run verbatim, output is what is printed. The node
# has everything installed and Podman; busybox from the registry is the test's own image.

load helpers
load node

setup_file() {
  root_setup_file
}

setup() {
  cd "$KF_TOP" || return
  root_setup
  root_podman tag localhost/kf docker.io/library/busybox:latest
}

teardown() {
  podman_teardown
}

teardown_file() {
  node_leave
}

# The blocks of LANGUAGE in a section of a page; the section ends with the next heading of its level.
blocks() { # PAGE HEADING LANGUAGE
  awk -v heading="## $2" -v fence="\`\`\`$3" '/^## /{ on = $0 == heading }
    on && $0 == fence { inside = 1; next } /^```$/ { inside = 0 } inside' "$KF_TOP/$1"
}

# Runs the shell blocks of a section of GUIDE.md, with this test's Podman; $OUT and $ERR are what they print.
follow() { # HEADING
  blocks GUIDE.md "$1" sh >"$T/commands"
  [[ -s $T/commands ]] || fail "GUIDE.md: no commands in section $1"
  cat "$T/commands"
  STATUS=0
  (
    # shellcheck disable=SC2317 # the commands call it
    podman() { root_podman "$@"; }
    # shellcheck source=/dev/null
    . "$T/commands"
  ) >"$T/out" 2>"$T/err" </dev/null || STATUS=$?
  kf_collect
}

# --- the text ----------------------------------------------------------------------------------------------------

# As GitHub makes them: lower case, blanks to dashes, without other marks.
anchors_of() { # PAGE
  sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

@test "every link of a page leads to a file, and its anchor to a heading" {
  local page link target anchor wrong=0

  while IFS= read -r page; do
    while IFS= read -r link; do
      [[ $link != *://* ]] || continue
      target=${link%%#*} anchor=
      [[ $link != *#* ]] || anchor=${link#*#}
      [[ -z $target ]] && target=$page || target=$(dirname "$page")/$target
      [[ -e $target ]] || { echo "$page: $link is not there" && wrong=1 && continue; }
      [[ -z $anchor ]] || anchors_of "$target" | grep -qxF -- "$anchor" || { echo "$page: no heading $link" && wrong=1; }
    done < <(grep -oE '\]\([^) ]+\)' "$page" | sed 's/^](//; s/)$//')
  done < <(git ls-files '*.md')
  ((wrong == 0))
}

@test "the pages that README.md names are installed with the packages" {
  local page

  for page in GUIDE NEWS README SECURITY TROUBLESHOOTING; do
    grep -qx "$page.md" deploy/debian/docs || fail "deploy/debian/docs: $page.md"
    grep -q "^%doc.* $page.md" deploy/rpm/kubefence.spec || fail "deploy/rpm/kubefence.spec: $page.md"
  done
}

# --- README.md ---------------------------------------------------------------------------------------------------

@test "make demo prints what README.md shows" {
  local line

  umount /run/kubefence
  BUILD=$KF_BUILD timeout 120 scripts/demo.sh >"$T/out" 2>"$T/err" 3>&- </dev/null || fail "$(cat "$T/out" "$T/err")"
  mount -t tmpfs -o mode=700 tmpfs /run/kubefence
  blocks README.md "See it" text >"$T/shown"
  (($(wc -l <"$T/shown") > 12))
  while IFS= read -r line; do
    sed 's/ *$//' "$T/out" | grep -qxF -- "$line" || fail "README.md shows: $line" "$(<"$T/out")"
  done <"$T/shown"
}

@test "process.args before and after are what explain says" {
  local args

  mapfile -t args < <(blocks README.md "How it works" json)
  app true
  jq --argjson args "${args[0]}" '.process.args = $args' "$B/config.json" >"$T/config.json"
  cat "$T/config.json" >"$B/config.json"
  assert_eq "args" "$(jq -c . <<<"${args[1]}")" \
    "$("$KF_BUILD/kubefence" explain --json --handler nono-runc "$B" | jq -c '.args // .after.process.args')"
}

# --- GUIDE.md ----------------------------------------------------------------------------------------------------

@test "a container with Podman" {
  follow "A container with Podman"
  succeeded
  assert_has "kubefence list" " default " "$OUT"
  assert_has "exec" "ls: can't open '/': Permission denied" "$ERR"
  assert_has "exec" refused "$OUT"
}

@test "a profile for an application" {
  follow "A profile for an application"
  assert_has "kubefence profiles" report "$OUT"
  assert_has_not "kubefence profiles" "refused" "$OUT"
  assert_has "stdout" ok "$OUT"
  assert_has "stderr" "/etc/a: Permission denied" "$ERR"
  rm /opt/nono-nri/profiles/report.json
}

@test "a refusal" {
  follow "A refusal"
  assert_has "stdout" refused "$OUT"
  assert_has "kubefence logs" privileges_refused "$OUT"
  assert_has "stderr" "goes around the sandbox" "$ERR"
}

@test "a default for a namespace: the configuration is valid" {
  blocks GUIDE.md "A default for a namespace" ini >"$T/agents.conf"
  install -m 644 "$T/agents.conf" /etc/kubefence/kubefence.conf.d/60-agents.conf
  cp /opt/nono-nri/profiles/default.json /opt/nono-nri/profiles/claude-code.json
  "$KF_BUILD/kubefence" check --verbose --json >"$T/check" || true
  jq -e '[.. | strings] | any(contains("nono-agents"))' "$T/check" >/dev/null || fail "$(<"$T/check")"
  rm /etc/kubefence/kubefence.conf.d/60-agents.conf /opt/nono-nri/profiles/claude-code.json
}

@test "an upgrade and a removal: the scripts know the options" {
  local line

  grep -hE '^(sudo )?scripts/install-node.sh' <(blocks GUIDE.md "Removal" sh) <(blocks README.md "Start: one node" sh) |
    sed 's/ *#.*//; s/^sudo //' | sort -u >"$T/commands"
  (($(wc -l <"$T/commands") >= 4))
  while IFS= read -r line; do
    echo "$line"
    # shellcheck disable=SC2086 # words are wanted
    $line --engine podman --dry-run >"$T/out" 2>&1 || fail "$(<"$T/out")"
  done <"$T/commands"
}

# --- kubefence-profiles(7) ---------------------------------------------------------------------------------------

@test "the three profiles of kubefence-profiles(7) are accepted" {
  local name

  mandoc -T utf8 -O width=300 hook/share/man/kubefence-profiles.7 | col -bx | awk '/^[^ ]/ { on = $0 == "EXAMPLES" } on' |
    awk -v dir="$T" '/^ *\{$/ && !inside { inside = 1; file = dir "/example." (++n) ".json" } inside { print >file }
      /^ {14}\}$/ { inside = 0 }'
  for name in app job service; do
    jq -e . "$T/example.$((++count)).json" >/dev/null
    assert_eq "name" "$name" "$(jq -r .meta.name "$T/example.$count.json")"
    install -m 644 "$T/example.$count.json" "/opt/nono-nri/profiles/$name.json"
    run_podman --runtime nono-runc --annotation "nono.sh/profile=$name" docker.io/library/busybox sh -c 'echo ok >/tmp/a && cat /tmp/a'
    succeeded
    assert_eq "stdout" ok "$OUT"
    rm "/opt/nono-nri/profiles/$name.json"
  done
}
