#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# runtimes: none
# sanitized: no (does not run our programs)
#
# Profiles get onto a node and stay there (scripts/install-profiles.sh); and the output of kubefence profiles about
# them.

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
  "$TOP/scripts/install-launcher.sh" --dir "$DIR" --launcher "${KF_BUILD:-$TOP/build}/kubefence-launcher"
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
  for file in "$TOP"/hook/share/profiles/*.json; do
    cmp "$file" "$DIR/profiles/${file##*/}"
    cmp "$file" "$DIR/shipped/${file##*/}"
    [[ $(stat -c '%U:%G %a' "$DIR/profiles/${file##*/}") == "root:root 644" ]]
  done
  run -0 profiles
  [[ $(row default) == "default shipped wrap accepted any $DIR/profiles/default.json" ]] || fail "$output"
  [[ $(row codex) == "codex shipped wrap accepted any,some $DIR/profiles/codex.json" ]] || fail "$output"
}

@test "an upgrade replaces unchanged profiles, and keeps the operator's changes" {
  install_profiles
  # Files that an older version shipped.
  echo '{"meta": {"name": "old"}}' | tee "$DIR/profiles/swival.json" >"$DIR/shipped/swival.json"
  # Files that the operator changed, and added.
  jq '.network.block = true' "$TOP/hook/share/profiles/codex.json" >"$DIR/profiles/codex.json"
  jq '.meta.name = "corp"' "$TOP/hook/share/profiles/default.json" >"$DIR/profiles/corp.json"
  cp "$DIR/profiles/codex.json" "$T/codex"
  cp "$DIR/profiles/corp.json" "$T/corp"
  run -0 install_profiles
  has "keeping your $DIR/profiles/codex.json"
  cmp "$TOP/hook/share/profiles/swival.json" "$DIR/profiles/swival.json"
  cmp "$T/codex" "$DIR/profiles/codex.json"
  cmp "$T/corp" "$DIR/profiles/corp.json"
  run -0 profiles
  [[ $(row codex) == "codex override wrap accepted any,some $DIR/profiles/codex.json" ]] || fail "$output"
  [[ $(row corp) == "corp own wrap accepted any,some $DIR/profiles/corp.json" ]] || fail "$output"
  [[ $(row swival) == "swival shipped wrap accepted any $DIR/profiles/swival.json" ]] || fail "$output"
  # The operator's version goes when it is removed.
  rm "$DIR/profiles/codex.json"
  run -0 install_profiles
  cmp "$TOP/hook/share/profiles/codex.json" "$DIR/profiles/codex.json"
}

@test "a nono that does not accept a shipped profile is not installed with it" {
  printf '#!/bin/sh\n[ "$1" = --version ] && echo "nono 0.1.0" && exit\necho "  [err]  unknown field groups"\nexit 1\n' >"$T/old"
  chmod 755 "$T/old"
  run -1 install_profiles --nono "$T/old"
  has "nono 0.1.0 does not accept hook/share/profiles/"
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

@test "kubefence profiles names the profiles that cannot run, and why" {
  install_profiles
  echo '{"meta": {"name": "filtered"}, "network": {"allow_domain": ["example.com"]}}' >"$DIR/profiles/filtered.json"
  echo '{"meta": {"name": "surprising"}, "surprise": 1}' >"$DIR/profiles/surprising.json"
  echo '{"meta": {"name": "glob"}, "filesystem": {"deny": ["/secrets/**"]}}' >"$DIR/profiles/glob.json"
  echo '{"meta": {"name": "below"}, "filesystem": {"allow": ["/w"], "read": ["/w/r"]}}' >"$DIR/profiles/below.json"
  echo '{"meta": {"name": "listens"}, "network": {"listen_port": [80]}}' >"$DIR/profiles/listens.json"
  echo '{"meta": {"name": "wide"}, "filesystem": {"read": ["/nono"]}}' >"$DIR/profiles/wide.json"
  echo '{' >"$DIR/profiles/broken.json"
  ln -s default.json "$DIR/profiles/link.json"
  echo 'not a profile' >"$DIR/profiles/README.md"
  run -1 profiles
  # nono itself takes the first, and would leave the network open.
  [[ $(row filtered) == "filtered own refused accepted any $DIR/profiles/filtered.json" ]] || fail "$output"
  has "profile filtered sets network.allow_domain: nono wrap starts no proxy"
  # And these, which it does not confine by, or which the container could move.
  [[ $(row glob) == "glob own refused accepted any $DIR/profiles/glob.json" ]] || fail "$output"
  has "profile glob has '/secrets/**' in filesystem.deny: it is a pattern"
  [[ $(row below) == "below own refused accepted any $DIR/profiles/below.json" ]] || fail "$output"
  has "profile below has '/w/r' in filesystem.read below '/w' in filesystem.allow"
  [[ $(row listens) == "listens own refused accepted any $DIR/profiles/listens.json" ]] || fail "$output"
  has "profile listens sets network.listen_port"
  [[ $(row wide) == "wide own refused accepted any $DIR/profiles/wide.json" ]] || fail "$output"
  has "profile wide grants /nono/nono"
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
  jq '.network.allow_domain = ["example.com"]' "$TOP/hook/share/profiles/codex.json" >"$DIR/profiles/codex.json"
  run "${KF_BUILD:-$TOP/build}/kubefence" --config "$T/kubefence.conf" check
  has "profile codex sets network.allow_domain"
}

@test "kubefence check knows this nono, and that it accepts the profiles" {
  local shipped=("$TOP"/hook/share/profiles/*.json)

  install_profiles
  run "${KF_BUILD:-$TOP/build}/kubefence" --config "$T/kubefence.conf" check --json
  jq -e '.[] | select(.check == "nono-version" and .status == "ok")' <<<"$output"
  [[ $(jq '[.[] | select(.check == "profile" and .status == "ok" and (.message | startswith("accepted by nono")))] | length' \
    <<<"$output") == "${#shipped[@]}" ]] || fail "$output"
}

@test "an upgrade that was killed anywhere is one that the next one completes" {
  local step

  # The n-th file that a version 2 puts is the last one.
  for step in $(seq 1 17); do
    rm -rf "$DIR/profiles" "$DIR/shipped"
    install_profiles
    upgrade_killed_at "$step" 2 || true
    upgrade_killed_at none 3
    for file in "$TOP"/hook/share/profiles/*.json; do
      cmp "$T/3/hook/share/profiles/${file##*/}" "$DIR/profiles/${file##*/}" || fail "after step $step"
      cmp "$T/3/hook/share/profiles/${file##*/}" "$DIR/shipped/${file##*/}"
    done
    [[ -z $(find "$DIR" -name '*.next' -o -name '.kubefence*') ]] || fail "step $step"
  done
}

# A version VERSION of the profiles and its installer, which ends with the STEPth rename.
upgrade_killed_at() { # STEP|none VERSION
  local file

  mkdir -p "$T/$2/hook/share/profiles" "$T/bin"
  cp -r "$TOP/scripts" "$T/$2"
  for file in "$TOP"/hook/share/profiles/*.json; do
    { cat "$file" && printf '%*s\n' "$2" ''; } >"$T/$2/hook/share/profiles/${file##*/}"
  done
  echo 0 >"$T/count"
  cat >"$T/bin/mv" <<END
#!/bin/sh
count=\$((\$(cat $T/count) + 1))
echo \$count >$T/count
[ \$count != $1 ] || kill -KILL \$PPID
exec /bin/mv "\$@"
END
  chmod 755 "$T/bin/mv"
  PATH=$T/bin:$PATH "$T/$2/scripts/install-profiles.sh" --root "$T"
}
