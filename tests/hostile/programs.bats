#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (takes the installed programs apart)
# shellcheck disable=SC2154 # bats sets output
#
# The build of the installed programs: read from the ELF files themselves (elf(5), readelf(1)).

bats_require_minimum_version 1.5.0

setup() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  BUILD=${KF_BUILD:-$TOP/build}
  command -v readelf >/dev/null || skip "readelf is not installed"
  mapfile -t programs < <(find "$BUILD" -mindepth 1 -maxdepth 1 -type f -name 'kubefence*' -perm /111 | sort)
  ((${#programs[@]} >= 3)) || { echo "$BUILD has no programs: run make"; return 1; }
}

# LC_ALL: readelf speaks the user's language.
elf() { # OPTION PROGRAM
  LC_ALL=C readelf -W "$1" "$2"
}

each() { # FUNCTION
  local program

  for program in "${programs[@]}"; do
    echo "$program"
    "$1" "$program"
  done
}

is_pie() {
  elf -h "$1" | grep -qE 'Type: +DYN'
  elf -d "$1" | grep -qE 'FLAGS_1.*\bPIE\b'
}

@test "position independent" {
  each is_pie
}

has_relro() {
  elf -l "$1" | grep -q GNU_RELRO
  elf -d "$1" | grep -qE 'BIND_NOW|FLAGS_1.*\bNOW\b'
}

@test "the tables of the linker are read-only (RELRO, BIND_NOW)" {
  each has_relro
}

has_no_executable_data() {
  elf -l "$1" | grep -qE 'GNU_STACK .* RW +0x'
  run -1 grep -E 'LOAD .* RWE' <(elf -l "$1")
}

@test "no memory is writable and executable, not the stack either" {
  each has_no_executable_data
}

has_stack_protector() {
  elf -s "$1" | grep -qE '__stack_chk_(fail|guard)'
}

@test "the stack protector" {
  each has_stack_protector
}

# The compiler replaces calls that it can check; these programs call more than one of them.
is_fortified() {
  elf -s "$1" | grep -qE '__(v?snprintf|v?asprintf|v?fprintf|printf|memcpy|read|readlink)_chk'
}

@test "FORTIFY" {
  each is_fortified
}

# The program is marked only where the C library's own start files are; the code has it all the same.
has_cet() {
  (($(objdump -d "$1" | grep -c endbr64) > 20))
}

@test "control flow protection (CET)" {
  [[ $(uname -m) == x86_64 ]] || skip "$(uname -m) has none"
  each has_cet
}

has_no_search_path() {
  run -1 grep -E 'RPATH|RUNPATH' <(elf -d "$1")
}

@test "no search path for libraries" {
  each has_no_search_path
}

has_no_text_relocation() {
  run -1 grep TEXTREL <(elf -d "$1")
}

@test "no relocation in code" {
  each has_no_text_relocation
}

is_plain_file() {
  [[ $(stat -c %a "$1") =~ ^[0-7]?[0-7][0145][0145]$ ]]
  [[ ! -u $1 && ! -g $1 ]]
  command -v getcap >/dev/null || return 0
  [[ -z $(getcap "$1") ]]
}

@test "no set-id bit, no capabilities, writable by the owner alone" {
  each is_plain_file
}

# The design names the libraries: json-c and inih, and libsystemd and libmount only for people. Programs that run with
# every container load libsystemd when they have an entry for the journal: hook.bats. kubefence-denials has libbpf,
# which is an archive, and the libraries that libbpf needs.
loads_no_more() {
  local library

  while read -r library; do
    case $library in
    libc.so.* | libjson-c.so.* | libinih.so.* | ld-linux*) ;;
    libmount.so.* | libsystemd.so.*) [[ ${1##*/} == kubefence ]] ;;
    libelf.so.* | libz.so.*) [[ ${1##*/} == kubefence-denials ]] ;;
    *) false ;;
    esac || { echo "loads $library" && return 1; }
  done < <(elf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
}

@test "no other library than the design names" {
  each loads_no_more
}
