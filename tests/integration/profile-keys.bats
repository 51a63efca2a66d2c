#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: real
# runtimes: none
# sanitized: no (runs a program of the tests and the real nono)
# shellcheck disable=SC2016 # jq programs have a $
#
# The tables of hook/nono/profile-keys.c and profile-groups.c against the real nono: keys, types and groups are nono's;
# nono takes the settings that the tables take, and the settings that they refuse it refuses under wrap, or confines
# nothing by them.

bats_require_minimum_version 1.5.0

setup() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  NONO=${KF_NONO_REAL:-}
  [[ -x $NONO ]] || skip "${KF_NONO_REAL_MISSING:-the real nono is not there (KF_NONO_REAL)}"
  T=$BATS_TEST_TMPDIR
  "${KF_BUILD:-$TOP/build}/tests/manual/profile-keys" >"$T/table"
}

fail() { printf '%s\n' "$@" >&2 && return 1; }

# COMMAND (true) under a profile, as nono starts it in a container: with a home of its own that is not there.
under() { # JSON [COMMAND...]
  jq 'if has("meta") then . else .meta = {name: "p"} end' <<<"$1" >"$T/p.json"
  shift
  env -i PATH="$PATH" HOME=/nono/none "$NONO" -s wrap --profile "$T/p.json" -- "${@:-/bin/true}" </dev/null
}

taken() { # JSON
  run under "$1"
  [[ $status == 0 ]] || fail "nono does not take $1:" "$output"
}

refused() { # JSON
  run under "$1"
  [[ $status == 1 && $output == "nono: "* ]] || fail "nono takes $1:" "$status $output"
}

# The profile that says one thing; a section of a section has a dot in its name.
profile() { # SECTION KEY VALUE
  jq -nc --arg section "$1" --arg key "$2" --argjson value "$3" \
    'setpath((if $section == "-" then [] else $section | split(".") end) + [$key]; $value)
    | if .meta | type == "object" then .meta = {name: "p"} + .meta else . end'
}

sections() { cut -f 1 "$T/table" | sort -u; }

# The keys that nono would have taken in place of an unknown one, as its error says.
keys_of_nono() { # SECTION
  run under "$(profile "$1" kf-no-such-key 1)"
  [[ $output == *'unknown field `kf-no-such-key`, expected'* ]] || fail "$1: $output"
  grep -o '`[^`]*`' <<<"${output##*expected}" | tr -d '`' | sort
}

@test "the table has the keys that this nono knows in each section, and no other" {
  local section

  (($(sections | wc -l) >= 13))
  for section in $(sections); do
    diff <(keys_of_nono "$section") <(awk -F '\t' -v section="$section" '$1 == section { print $2 }' "$T/table" | sort) ||
      fail "section $section differs: < nono, > hook/nono/profile-keys.c"
  done
}

# Values of a kind that the table takes, one a line.
good() { # SECTION KIND WORDS
  case "$2" in
    string) printf '%s\n' '"x"' '""' ;;
    bool) printf '%s\n' true false ;;
    word) tr ' ' '\n' <<<"$3" | jq -Rc . ;;
    strings) printf '%s\n' '[]' '["x"]' ;;
    patterns) printf '%s\n' '["A", "*_B"]' ;;
    ports) printf '%s\n' '[]' '[1, 65535]' ;;
    ranges) printf '%s\n' '[]' '[[1, 2], [9, 9]]' ;;
    variables) printf '%s\n' '{}' '{"A_1": "x"}' ;;
    section) printf '%s\n' '{}' ;;
    # A group has to be one that nono has, and none that it insists on.
    entries) jq -nc --arg key "$3" --arg value "$([[ $1 == groups ]] && echo user_tools || echo /kf-no-such-path)" \
      '[], [$value], [{($key): $value}], [{($key): $value, when: "linux"}]' ;;
    *) fail "no value of kind $2" ;;
  esac
}

# And values that it does not take. With port 0 and block nono ends, without block it confines nothing.
bad() { # KIND
  case "$1" in
    string) printf '%s\n' 7 '["x"]' '{}' ;;
    bool) printf '%s\n' 1 '"true"' '[]' ;;
    word) printf '%s\n' '""' '"x"' 7 '["off"]' ;;
    strings) printf '%s\n' '"x"' '[7]' '[null]' '{}' ;;
    entries) printf '%s\n' '"x"' '[7]' '[null]' '[[]]' '[{}]' '[{"when": "linux"}]' '{}' ;;
    patterns) printf '%s\n' '"A"' '[7]' '[""]' '[" "]' ;;
    ports) printf '%s\n' 80 '["80"]' '[65536]' '[-1]' '[1.5]' '[[1, 2]]' ;;
    ranges) printf '%s\n' '[1]' '[[1]]' '[[0, 65536]]' '[[2, 1]]' ;;
    variables) printf '%s\n' '["A"]' '{"A": 1}' '{"PATH": "x"}' '{"NONO_A": "x"}' '{"1A": "x"}' '{"A-B": "x"}' \
      '{"": "x"}' ;;
    section) printf '%s\n' 7 '"x"' true ;;
    *) fail "no value of kind $1" ;;
  esac
}

@test "nono takes each setting that the table takes, with each form of its value" {
  local section key kind nullable refusal words value seen=0

  while IFS=$'\t' read -r section key kind nullable refusal words; do
    [[ $refusal == no || $kind == word ]] || continue
    while read -r value; do
      taken "$(profile "$section" "$key" "$value")"
      seen=$((seen + 1))
    done < <(good "$section" "$kind" "$words")
  done <"$T/table"
  ((seen >= 80)) || fail "only $seen"
}

@test "nono does not take values that the table refuses for that type" {
  local section key kind nullable refusal words value seen=0

  while IFS=$'\t' read -r section key kind nullable refusal words; do
    [[ $refusal == no || $kind == word ]] || continue
    while read -r value; do
      refused "$(profile "$section" "$key" "$value")"
      seen=$((seen + 1))
    done < <(bad "$kind")
  done <"$T/table"
  ((seen >= 150)) || fail "only $seen"
}

@test "nono takes null where the table does, and nowhere else" {
  local section key kind nullable refusal words

  while IFS=$'\t' read -r section key kind nullable refusal words; do
    if [[ $nullable == yes ]]; then
      taken "$(profile "$section" "$key" null)"
    else
      refused "$(profile "$section" "$key" null)"
    fi
  done <"$T/table"
}

@test "a setting that is refused may be there as long as it says nothing" {
  local section key kind nullable refusal words
  local -A nothing=([bool]=false [strings]='[]' [entries]='[]' [ports]='[]' [ranges]='[]' [array]='[]' [object]='{}')

  while IFS=$'\t' read -r section key kind nullable refusal words; do
    [[ $refusal == yes && -n ${nothing[$kind]:-} ]] || continue
    taken "$(profile "$section" "$key" "${nothing[$kind]}")"
  done <"$T/table"
}

@test "conditions: nono knows other ones, and a file names the distribution" {
  taken '{"filesystem": {"read": [{"path": "/a", "when": ["macos", "linux:debian:>=12"]}]}}'
  taken '{"filesystem": {"read": [{"path": "/a", "when": "!linux"}]}}'
  refused '{"filesystem": {"read": [{"path": "/a", "when": null}]}}'
  refused '{"filesystem": {"read": [{"path": "/a", "wen": "linux"}]}}'
}

@test "groups: the table has those of this nono, which ends with any other and with a required one that is excluded" {
  local name required

  "${KF_BUILD:-$TOP/build}/tests/manual/profile-groups" | sort >"$T/groups"
  env -i HOME=/nono/none "$NONO" profile groups --json --all-platforms |
    jq -r '.[] | "\(.name) \(.required)"' | sort >"$T/groups-of-nono"
  (($(wc -l <"$T/groups-of-nono") >= 30))
  diff "$T/groups-of-nono" "$T/groups" || fail "the groups differ: < nono, > hook/nono/profile-groups.c"
  while read -r name required; do
    taken "$(profile groups include "[\"$name\"]")"
    if [[ $required == true ]]; then
      refused "$(profile groups exclude "[\"$name\"]")"
    else
      # Some groups grant what the command needs.
      taken "$(profile groups exclude "[\"$name\"]" | jq '.filesystem.read = ["/bin", "/usr", "/lib", "/lib64"]')"
    fi
  done <"$T/groups"
  refused '{"groups": {"include": ["kf_no_such_group"]}}'
  # The reason why the table counts for this list, too: nothing is left out, and nono says nothing.
  taken '{"groups": {"exclude": ["kf_no_such_group"]}}'
}

# --- ports -----------------------------------------------------------------------------------------------------------

TRIES='import socket
def tell(name, call):
    try:
        call()
        print(name, "yes")
    except ConnectionRefusedError:
        print(name, "yes")
    except OSError:
        print(name, "no")
def bind(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", port))
def connect(port):
    with socket.socket() as s:
        s.connect(("127.0.0.1", port))
tell("connect-named", lambda: connect(7))
tell("connect-other", lambda: connect(9))
tell("bind-named", lambda: bind(7))
tell("bind-other", lambda: bind(9))'

# The things that may be done under this network section, in a network of its own.
network() { # JSON
  jq -n --argjson network "$1" '{meta: {name: "p"}, $network, filesystem: {read: ["/usr", "/lib", "/lib64", "/etc"]}}' \
    >"$T/p.json"
  unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh env -i PATH="$PATH" HOME=/nono/none \
    "$NONO" -s wrap --profile "$T/p.json" -- /usr/bin/python3 -c "$TRIES" | awk '$2 == "yes" { printf "%s ", $1 }'
}

needs_network() {
  [[ $EUID == 0 ]] || skip "needs root"
  [[ -x /usr/bin/python3 ]] || skip "/usr/bin/python3 is not there"
}

ALL="connect-named connect-other bind-named bind-other "

confines() { # JSON WHAT-MAY-BE-DONE
  local may

  may=$(network "$1")
  [[ $may == "$2" ]] || fail "under $1 the container may: $may" "instead of: $2"
}

@test "the ports: connect_port confines by itself, open_port with block, listen_port never" {
  needs_network
  confines '{}' "$ALL"
  confines '{"block": true}' ""
  confines '{"connect_port": [7]}' "connect-named "
  confines '{"block": true, "connect_port": [7]}' "connect-named "
  confines '{"block": true, "open_port": [7]}' "connect-named bind-named "
  confines '{"block": true, "open_port_range": [[7, 8]]}' "connect-named bind-named "
  # The reasons why these are refused.
  confines '{"open_port": [7]}' "$ALL"
  confines '{"open_port_range": [[7, 8]]}' "$ALL"
  confines '{"listen_port": [7]}' "$ALL"
  confines '{"listen_port_range": [[7, 8]]}' "$ALL"
  confines '{"block": true, "listen_port": [7]}' ""
  confines '{"block": true, "listen_port_range": [[7, 8]]}' ""
  confines '{"connect_port": [7], "open_port": [7]}' "connect-named "
}

@test "the filters of a proxy: nono wrap refuses them or leaves the network open" {
  local row
  local -a rows=('{"network_profile": "developer"}' '{"allow_domain": ["example.com"]}' '{"deny_domain": ["example.com"]}'
    '{"credentials": ["openai"]}' '{"upstream_proxy": "127.0.0.1:9"}' '{"no_proxy": ["127.0.0.1"]}' '{"allow_http2": true}')

  needs_network
  for row in "${rows[@]}"; do
    run network "$row"
    [[ $output == "$ALL" || $output == "nono: "*proxy* ]] || fail "nono enforces $row: $output"
  done
}

@test "wrap refuses settings that only nono run can enforce" {
  refused '{"linux": {"af_unix_mediation": "pathname"}}'
  refused '{"linux": {"sandbox_policy": "landlock"}}'
  refused '{"linux": {"sandbox_policy": "auto"}}'
  refused '{"command_policies": {"commands": {"git": {"sandbox": {}}}}}'
}

@test "commands.deny looks at the name of the command that nono starts, and at no other" {
  refused '{"commands": {"deny": ["true"]}}'
  run -0 under '{"commands": {"deny": ["true"]}}' /bin/sh -c '/bin/true && echo "it runs"'
  [[ $output == *"it runs"* ]] || fail "$output"
}

@test "environment.allow_vars without an item lets no variable through" {
  run -0 under '{"environment": {"allow_vars": []}}' /usr/bin/env
  [[ $output != *PATH=* ]] || fail "$output"
}

@test "nono fills in its own variables wherever they stand in a path, also in /\$NONO_CONFIGS" {
  mkdir -p "$T/home/.config/nonoS" "$T/x$UID"
  touch "$T/home/.config/nonoS/file" "$T/x$UID/file"
  jq -n --arg path "$T/x\$UID" '{meta: {name: "p"}, filesystem: {read: ["/$NONO_CONFIGS", $path]}}' >"$T/p.json"
  run -0 env -i PATH="$PATH" HOME="$T/home" "$NONO" -s wrap --profile "$T/p.json" -- \
    /bin/ls "$T/home/.config/nonoS/file" "$T/x$UID/file" "$T/home/.config/nonoS" "$T/x$UID"
}
