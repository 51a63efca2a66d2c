#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about pages and usage texts)
#
# The manual pages, the usages and the sample configuration say the same as the programs.

load helpers

setup() {
  T=$BATS_TEST_TMPDIR
  MAN=$KF_TOP/hook/share/man
  CONF=$KF_TOP/hook/share/kubefence.conf
  command -v mandoc >/dev/null || skip "mandoc is not installed"
}

# One line for each paragraph; plain text.
page() { # NAME.SECTION
  mandoc -T utf8 -O width=900 "$MAN/$1" | col -bx
}

section() { # TITLE, of the page on stdin
  awk -v title="$1" '/^[^ ]/ { on = $0 == title } on'
}

# The text after a tag, which may have more words.
paragraph() { # TAG, of the section on stdin
  awk -v tag="$1" '/^       [^ ]/ { on = $1 == tag || $1 == tag "," || $2 == tag } on'
}

long_options() { # TEXT on stdin
  grep -oE '(^|[^[:alnum:]-])--[a-z][a-z-]+' | grep -oE -e '--.*' | sort -u
}

short_options() { # TEXT on stdin
  grep -oE '(^|[^[:alnum:]-])-[A-Za-z]\b' | grep -oE -e '-.$' | sort -u
}

kubefence() { # ARGUMENTS...
  "$KF_BUILD/kubefence" "$@"
}

commands() {
  kubefence help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort
}

without_help() {
  grep -vx -e --help -e -h || true
}

@test "the pages are well formed" {
  local problems

  problems=$(mandoc -T lint "$MAN"/*.[1-8] | grep -v 'STYLE: input text line longer than 80 bytes' || true)
  assert_eq "mandoc -T lint" "" "$problems"
}

@test "kubefence(8) has every command, and no other" {
  assert_eq "commands" "$(commands)" "$(page kubefence.8 | section COMMANDS | sed -nE 's/^ {7}([a-z][a-z, ]*)(  .*|\[.*| [A-Z].*|$)/\1/p' |
    tr -d ' ' | tr ',' '\n' | sort)"
}

@test "kubefence(8) has every option of every command, and no other" {
  local command

  for command in $(commands); do
    [[ $command != help && $command != version ]] || continue
    kubefence "$command" --help >"$T/help"
    page kubefence.8 | section COMMANDS | paragraph "$command" >"$T/page"
    [[ -s $T/page ]] || fail "no paragraph about $command"
    assert_eq "$command" "$(long_options <"$T/help" | without_help)" "$(long_options <"$T/page" | without_help)"
  done
}

@test "kubefence(8) has the short options of logs" {
  kubefence logs --help >"$T/help"
  assert_eq "logs" "$(short_options <"$T/help" | without_help)" \
    "$(page kubefence.8 | section COMMANDS | paragraph logs | short_options | without_help)"
}

@test "kubefence(8) and kubefence-hook(8) have the options of the programs themselves, and no other" {
  kubefence --help | sed '1,/^Options:/d' >"$T/help"
  assert_eq "kubefence" "$(long_options <"$T/help")" "$(page kubefence.8 | section OPTIONS | long_options)"
  "$KF_BUILD/kubefence-hook" --help >"$T/help"
  assert_eq "kubefence-hook" "$(long_options <"$T/help")" "$(page kubefence-hook.8 | section OPTIONS | long_options)"
}

@test "kubefence-hook(8) has every exit status, and no other" {
  "$KF_BUILD/kubefence-hook" --help >"$T/help"
  assert_eq "exit status" "$(sed '1,/^Exit status:/{/^Exit status:/!d}' "$T/help" | grep -oE '\b[0-9]+\b' | sort -n)" \
    "$(page kubefence-hook.8 | section 'EXIT STATUS' | sed -nE 's/^ {7}([0-9]+)\b.*/\1/p' | sort -n)"
}

@test "kubefence-hook(8) has every field of a journal entry, and no other" {
  assert_eq "fields" "$(grep -oE '"(NONO_[A-Z_]+|CONTAINER_ID[A-Z_]*|ERRNO|MESSAGE)"' "$KF_TOP/hook/node/journal.c" | tr -d '"' | sort -u)" \
    "$(page kubefence-hook.8 | section JOURNAL | grep -oE '\b(NONO_[A-Z_]+|CONTAINER_ID[A-Z_]*|ERRNO|MESSAGE)\b' | sort -u)"
}

# --- the configuration ------------------------------------------------------------------------------------------------

keys() { # SECTION
  "$KF_BUILD/tests/manual/config-keys" | sed -n "s/^$1 //p" | sort
}

# Those that a paragraph is about; several may share one.
documented_keys() { # TITLE
  awk -v title="$1" '/^\.SH / { on = $0 == ".SH " title } on && tag { print } { tag = /^\.TP/ }' "$MAN/kubefence.conf.5" |
    sed -E 's/^\.(B|BR) //; s/" = ".*//; s/" \| ".*//; s/" , "/ /g; s/"[, ]*"/ /g' | tr -s ' ' '\n' | grep -xE '[a-z_]+' | sort
}

# Set, or commented out.
sample_keys() { # SECTION
  awk -v wanted="$1" 'BEGIN { section = "kubefence" } /^#?\[class / { section = "class" }
    section == wanted && match($0, /^#?[a-z_]+ =/) { sub(/^#/, ""); print $1 }' "$CONF" | sort -u
}

@test "kubefence.conf(5) has every key that the parser knows, and no other" {
  (($(keys kubefence | wc -l) >= 10 && $(keys class | wc -l) >= 8))
  assert_eq "[kubefence]" "$(keys kubefence)" "$(documented_keys '[kubefence]')"
  assert_eq "[class NAME]" "$(keys class)" "$(documented_keys '[class NAME]')"
}

@test "the sample has every key that the parser knows, and no other" {
  assert_eq "[kubefence]" "$(keys kubefence)" "$(sample_keys kubefence)"
  assert_eq "[class NAME]" "$(keys class)" "$(sample_keys class)"
}

# A line that is commented out is the default, or an example: it must be valid, too.
@test "the parser takes the sample with everything in it switched on" {
  sed -E 's/^#(\[class |[a-z_]+ =)/\1/' "$CONF" >"$T/kubefence.conf"
  sed -i -E '/^vm_rootfs_classes =/d; /^runtime = \/usr\/bin\/crun/d' "$T/kubefence.conf"
  run -1 kubefence --config "$T/kubefence.conf" check
  assert_has "check" "ok    configuration" "$output"
}
