#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# runtimes: none
#
# How profiles get onto a node and stay there (scripts/install-profiles.sh), and what kubefence profiles says of them.

bats_require_minimum_version 1.5.0

setup() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  [[ $EUID == 0 ]] || skip "needs root"
  [[ -x ${KF_NONO_REAL:-} ]] || skip "${KF_NONO_REAL_MISSING:-the real nono is not there (KF_NONO_REAL)}"
  T=$(mktemp -d /tmp/kf.XXXXXX)
  chmod 755 "$T"
  DIR=$T/opt/nono-nri
  mkdir -p "$DIR"
  install -m 755 "$KF_NONO_REAL" "$DIR/nono"
  printf '%s\n' '[kubefence]' 'runtime_classes = any some' 'default_profile = default' "nono_bin_path = $DIR/nono" \
    '[class some]' 'default_profile = codex' 'allowed_profiles = corp' >"$T/kubefence.conf"
}

teardown() { rm -rf "${T:-/nonexistent}"; }

install_profiles() { "$TOP/scripts/install-profiles.sh" --root "$T" "$@"; }
profiles() { "${KF_BUILD:-$TOP/build}/kubefence" --config "$T/kubefence.conf" profiles; }
fail() { printf '%s\n' "$@" >&2 && return 1; }
has() { [[ $output == *"$1"* ]] || fail "should contain: $1" "but is: $output"; }

# The words of the line about NAME.
row() { awk -v name="$1" '$1 == name { $1 = $1; print }' <<<"$output"; }

@test "the shipped profiles are installed, root's and everybody's to read" {
  run -0 install_profiles
  [[ $output == "" ]] || fail "$output"
  for file in "$TOP"/hook/profiles/*.json; do
    cmp "$file" "$DIR/profiles/${file##*/}"
    cmp "$file" "$DIR/shipped/${file##*/}"
    [[ $(stat -c '%U:%G %a' "$DIR/profiles/${file##*/}") == "root:root 644" ]]
  done
  run -0 profiles
  [[ $(row default) == "default shipped wrap accepted any $DIR/profiles/default.json" ]] || fail "$output"
  [[ $(row codex) == "codex shipped wrap accepted any,some $DIR/profiles/codex.json" ]] || fail "$output"
}

@test "an upgrade replaces what nobody changed, and keeps what the operator did" {
  install_profiles
  # What an older version shipped.
  echo '{"meta": {"name": "old"}}' | tee "$DIR/profiles/swival.json" >"$DIR/shipped/swival.json"
  # What the operator changed, and added.
  jq '.network.block = true' "$TOP/hook/profiles/codex.json" >"$DIR/profiles/codex.json"
  jq '.meta.name = "corp"' "$TOP/hook/profiles/default.json" >"$DIR/profiles/corp.json"
  cp "$DIR/profiles/codex.json" "$T/codex"
  cp "$DIR/profiles/corp.json" "$T/corp"
  run -0 install_profiles
  has "keeping your $DIR/profiles/codex.json"
  cmp "$TOP/hook/profiles/swival.json" "$DIR/profiles/swival.json"
  cmp "$T/codex" "$DIR/profiles/codex.json"
  cmp "$T/corp" "$DIR/profiles/corp.json"
  run -0 profiles
  [[ $(row codex) == "codex override wrap accepted any,some $DIR/profiles/codex.json" ]] || fail "$output"
  [[ $(row corp) == "corp own wrap accepted any,some $DIR/profiles/corp.json" ]] || fail "$output"
  [[ $(row swival) == "swival shipped wrap accepted any $DIR/profiles/swival.json" ]] || fail "$output"
  # The operator's version goes when it is removed.
  rm "$DIR/profiles/codex.json"
  run -0 install_profiles
  cmp "$TOP/hook/profiles/codex.json" "$DIR/profiles/codex.json"
}

@test "a nono that does not accept a shipped profile is not installed with it" {
  printf '#!/bin/sh\n[ "$1" = --version ] && echo "nono 0.1.0" && exit\necho "  [err]  unknown field groups"\nexit 1\n' >"$T/old"
  chmod 755 "$T/old"
  run -1 install_profiles --nono "$T/old"
  has "nono 0.1.0 does not accept hook/profiles/"
  has "unknown field groups"
  [[ ! -e $DIR/profiles ]]
  run -1 install_profiles --nono "$T/none"
  has "is not there"
}

@test "an operator's profile that the new nono refuses is named" {
  install_profiles
  echo '{"meta": {"name": "corp"}, "surprise": 1}' >"$DIR/profiles/corp.json"
  run -0 install_profiles
  has "nono does not accept your $DIR/profiles/corp.json"
}

@test "kubefence profiles says what cannot run, and why" {
  install_profiles
  echo '{"meta": {"name": "filtered"}, "network": {"allow_domain": ["example.com"]}}' >"$DIR/profiles/filtered.json"
  echo '{"meta": {"name": "surprising"}, "surprise": 1}' >"$DIR/profiles/surprising.json"
  echo '{' >"$DIR/profiles/broken.json"
  ln -s default.json "$DIR/profiles/link.json"
  echo 'not a profile' >"$DIR/profiles/README.md"
  run -1 profiles
  # nono itself takes the first, and would leave the network open.
  [[ $(row filtered) == "filtered own refused accepted any $DIR/profiles/filtered.json" ]] || fail "$output"
  has "profile filtered sets network.allow_domain: nono wrap starts no proxy"
  [[ $(row surprising) == "surprising own refused refused any $DIR/profiles/surprising.json" ]] || fail "$output"
  has 'nono does not accept it: JSON syntax error: Profile parse error: unknown field `surprise`'
  [[ $(row broken) == "broken own refused refused any $DIR/profiles/broken.json" ]] || fail "$output"
  [[ $(row link) == "link ? refused accepted any $DIR/profiles/link.json" ]] || fail "$output"
  [[ $output != *README* ]]
}

@test "kubefence profiles: nothing of its environment reaches nono" {
  printf '#!/bin/sh\nenv | sort >"%s"\n' "$T/env" >"$T/fake"
  install_profiles
  install -m 755 "$T/fake" "$DIR/nono"
  printf '%s\n' 'allow_dynamic_nono = yes' >"$T/extra"
  sed -i "/^nono_bin_path/r $T/extra" "$T/kubefence.conf"
  NONO_ALLOW=/ LD_PRELOAD_X=1 HOME=/root run -0 profiles
  run cat "$T/env"
  has "HOME=/proc/kubefence"
  [[ $output != *NONO_ALLOW* && $output != *LD_PRELOAD_X* ]] || fail "$output"
}

@test "kubefence profiles: usage, no configuration, no nono" {
  run -2 "${KF_BUILD:-$TOP/build}/kubefence" --config "$T/kubefence.conf" profiles surplus
  run -1 "${KF_BUILD:-$TOP/build}/kubefence" --config "$T/none.conf" profiles
  rm "$DIR/nono"
  run -1 profiles
  has "install a static nono"
  [[ ${#lines[@]} == 1 ]]
}

@test "kubefence profiles names the classes that leave the look-up to nono" {
  install_profiles
  echo 'profile_lookup = files-then-nono' >>"$T/kubefence.conf"
  run -0 profiles
  has "class some leaves names without a file to nono"
  [[ $output != *"class any"* ]]
}

@test "kubefence check looks into the default profiles" {
  install_profiles
  jq '.network.allow_domain = ["example.com"]' "$TOP/hook/profiles/codex.json" >"$DIR/profiles/codex.json"
  run "${KF_BUILD:-$TOP/build}/kubefence" --config "$T/kubefence.conf" check
  has "profile codex sets network.allow_domain"
}

@test "kubefence check knows this nono, and that it accepts the profiles" {
  install_profiles
  run "${KF_BUILD:-$TOP/build}/kubefence" --config "$T/kubefence.conf" check --json
  jq -e '.[] | select(.check == "nono-version" and .status == "ok")' <<<"$output"
  [[ $(jq '[.[] | select(.check == "profile" and .status == "ok" and (.message | startswith("accepted by nono")))] | length' \
    <<<"$output") == 5 ]] || fail "$output"
}
