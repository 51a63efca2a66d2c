#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about shells)
# shellcheck disable=SC2016 # a $ in single quotes is for another shell
#
# The completions for bash, zsh and fish, by the shells' own engines: they offer the words that the programs take.

load helpers

setup() {
  COMPLETIONS=$KF_TOP/hook/share/completions
  T=$BATS_TEST_TMPDIR
  mkdir -p "$T/bin" "$T/state" "$T/home"
  ln -s "$KF_BUILD/kubefence" "$T/bin/kubefence"
  printf '%s\n' '[kubefence]' 'runtime_classes = nono-runc' 'default_profile = default' "state_dir = $T/state" \
    >"$T/kubefence.conf"
  export KUBEFENCE_CONFIG=$T/kubefence.conf PATH=$T/bin:$PATH HOME=$T/home LC_ALL=C.UTF-8
  add_record 0123456789ab web-0 prod app
  add_record 0123456789cd web-1 prod app
  add_record feedfeedfeed job-7 batch ""
}

add_record() { # ID POD NAMESPACE NAME
  mkdir -m 700 "$T/state/$1"
  jq -n --arg id "$1" --arg pod "$2" --arg namespace "$3" --arg name "$4" '{container_id: $id, pod: $pod,
    namespace: $namespace, pod_uid: "5d1f", container: $name, profile: "default", runtime_handler: "nono-runc", bundle: "/nonexistent",
    timestamp: "2026-01-01T00:00:00Z", pid: 0, pid_start_time: 0}' >"$T/state/$1/metadata.json"
}

# The words that each shell offers for a command line that ends at the cursor, one a line.
offered_by_bash() { # LINE
  bash --norc -c 'source "$1"
    read -ra COMP_WORDS <<<"$2"
    [[ $2 != *" " ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _kubefence
    printf "%s\n" "${COMPREPLY[@]}"' bash "$COMPLETIONS/kubefence.bash" "$1" </dev/null | sort
}

offered_by_fish() { # LINE
  fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$COMPLETIONS/kubefence.fish" "$1" </dev/null |
    cut -f 1 | sort
}

offered_by_zsh() { # LINE
  zsh -f "$BATS_TEST_DIRNAME/completion.zsh" "$COMPLETIONS" "$1" "$T/matches" </dev/null 3>&-
}

need() { # SHELL
  command -v "$1" >/dev/null || skip "$1 is not installed"
}

# --- the programs' own usage texts ----------------------------------------------------------------------------------

commands() {
  kubefence help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort
}

# The long options in a usage; --help itself need not be in it. kubefence's own comes after the commands with theirs.
long_options() { # [COMMAND]
  kubefence ${1:+"$1"} --help >"$T/help"
  [[ -n ${1:-} ]] || sed -i '1,/^Options:/d' "$T/help"
  { grep -oE -- '--[a-z][a-z-]+' "$T/help" || true; echo --help; } | sort -u
}

# --- the tests -------------------------------------------------------------------------------------------------------

assert_offers() { # SHELL LINE WORD...
  assert_eq "$1: $2" "$(printf '%s\n' "${@:3}" | sort)" "$("offered_by_$1" "$2")"
}

offers_what_there_is() { # SHELL
  local command options

  ((${#COMMANDS[@]} >= 8))
  assert_offers "$1" "kubefence " "${COMMANDS[@]}"
  assert_offers "$1" "kubefence in" inspect
  assert_eq "$1: options" "$(long_options)" "$("offered_by_$1" "kubefence --")"
  for command in "${COMMANDS[@]}"; do
    [[ $command != help && $command != version ]] || continue
    options=$(long_options "$command")
    assert_eq "$1: $command" "$options" "$("offered_by_$1" "kubefence $command --" | grep -e ^-- || true)"
    assert_eq "$1: $command after --config" "$options" \
      "$("offered_by_$1" "kubefence --config $KUBEFENCE_CONFIG $command --" | grep -e ^-- || true)"
  done
}

offers_what_is_recorded() { # SHELL
  local config=$KUBEFENCE_CONFIG

  assert_offers "$1" "kubefence inspect " 0123456789ab 0123456789cd feedfeedfeed app web-0 web-1 job-7
  assert_offers "$1" "kubefence inspect f" feedfeedfeed
  assert_offers "$1" "kubefence status a" app
  assert_offers "$1" "kubefence logs web-" web-0 web-1
  assert_offers "$1" "kubefence ps -o " short wide json yaml
  assert_offers "$1" "kubefence logs --pod w" web-0 web-1
  assert_offers "$1" "kubefence logs -f -N " batch prod
  assert_offers "$1" "kubefence logs --output " json short wide yaml
  KUBEFENCE_CONFIG=/nonexistent assert_offers "$1" "kubefence --config $config inspect f" feedfeedfeed
}

# A pod's name is the pod's; a word of a completion can be expanded, or end up in the command line.
offers_nothing_hostile() { # SHELL
  cd "$T/home" || return
  add_record aaaaaaaaaaaa '$(touch expanded)' '`touch expanded`' '$(touch expanded)'
  add_record bbbbbbbbbbbb '; touch expanded' '{a,b}*' '`touch expanded`'
  add_record cccccccccccc '-n","container_id":"injected' $'a\nb' '","container":"injected'
  assert_offers "$1" "kubefence logs --pod " job-7 web-0 web-1
  assert_offers "$1" "kubefence logs --namespace " batch prod
  assert_offers "$1" "kubefence inspect " 0123456789ab 0123456789cd aaaaaaaaaaaa app bbbbbbbbbbbb cccccccccccc feedfeedfeed job-7 \
    web-0 web-1
  [[ ! -e expanded ]]
}

@test "bash: every command and option is offered, and no other" {
  mapfile -t COMMANDS < <(commands)
  offers_what_there_is bash
}

@test "bash: containers, pods and namespaces come from the records" {
  offers_what_is_recorded bash
}

@test "bash: a pod's name is not expanded, and offered only if it is plain" {
  offers_nothing_hostile bash
}

@test "zsh: every command and option is offered, and no other" {
  need zsh
  mapfile -t COMMANDS < <(commands)
  offers_what_there_is zsh
}

@test "zsh: containers, pods and namespaces come from the records" {
  need zsh
  offers_what_is_recorded zsh
}

@test "zsh: a pod's name is not expanded, and offered only if it is plain" {
  need zsh
  offers_nothing_hostile zsh
}

@test "fish: every command and option is offered, and no other" {
  need fish
  mapfile -t COMMANDS < <(commands)
  offers_what_there_is fish
}

@test "fish: containers, pods and namespaces come from the records" {
  need fish
  offers_what_is_recorded fish
}

@test "fish: a pod's name is not expanded, and offered only if it is plain" {
  need fish
  offers_nothing_hostile fish
}

@test "the files are where the shells look for them" {
  local shell

  make -s -C "$KF_TOP" install DESTDIR="$T/root" BUILD="$KF_BUILD"
  bash -n "$T/root/usr/share/bash-completion/completions/kubefence"
  for shell in zsh fish; do
    command -v "$shell" >/dev/null || skip "$shell is not installed"
  done
  zsh -n "$T/root/usr/share/zsh/site-functions/_kubefence"
  fish --no-execute "$T/root/usr/share/fish/vendor_completions.d/kubefence.fish"
  make -s -C "$KF_TOP" uninstall DESTDIR="$T/root"
  assert_eq "files left" "" "$(find "$T/root" -name '*kubefence*' -not -type d)"
}
