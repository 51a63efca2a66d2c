#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (does not run our programs)
#
# hook/share/seccomp: is every system call sorted, is every difference from the default of Podman and CRI-O explained,
# and the profiles that make builds from it.

load helpers

setup_file() {
  export FILTER=$BATS_FILE_TMPDIR/filter
  # shellcheck disable=SC2046 # words are wanted
  ! pkg-config --exists libseccomp json-c ||
    "${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o "$FILTER" "$BATS_TEST_DIRNAME/../seccomp/filter.c" \
      $(pkg-config --cflags --libs libseccomp json-c)
}

setup() {
  T=$(mktemp -d /tmp/kf.XXXXXX)
  cp -r "$KF_TOP/hook/share/seccomp" "$T/seccomp"
  export SECCOMP_DATA=$T/seccomp
}

teardown() {
  rm -rf "$T"
}

update() { # ARGUMENTS...
  run --separate-stderr "$KF_TOP/scripts/update-seccomp.sh" "$@"
  echo "$output" "${stderr:-}"
}

needs_tables() {
  [[ -r ${LIBSECCOMP_HEADER:-/usr/include/seccomp-syscalls.h} ]] || skip "libseccomp-dev is not installed"
  [[ -r ${SECCOMP_REFERENCE:-/usr/share/containers/seccomp.json} ]] || skip "containers-common's seccomp.json is not installed"
}

profile() { # NAME [FILE]
  awk -v "profile=$1" -f "$KF_TOP/hook/share/seccomp/profile.awk" "${ARCHITECTURES:-$SECCOMP_DATA/architectures}" \
    "${2:-$SECCOMP_DATA/syscalls}"
}

# The rules of the profile for a container with these capabilities on an architecture, by name.
resolved() { # PROFILE ARCH [CAP...]
  profile "$1" | jq -r --arg arch "$2" '$ARGS.positional as $caps | .syscalls[]
    | select(((.includes.caps // []) - $caps) == [])
    | select([(.excludes.caps // [])[] | select(IN($caps[]))] == [])
    | select((.includes.arches // [$arch]) | index($arch))
    | select((.excludes.arches // []) | index($arch) | not)
    | (.action + " \(.errnoRet // "") \(.args // "")") as $rule | .names[] | "\(.) \($rule)"' --args -- "${@:3}" |
    LC_ALL=C sort
}

@test "every call of libseccomp and of the kernel is sorted, every difference from the reference has a reason" {
  needs_tables
  update --check
  assert_eq "exit status" 0 "$status"
}

@test "a newer kernel's calls are added by one command, as ENOSYS" {
  needs_tables
  cp "$SECCOMP_DATA/syscalls" "$T/before"
  update
  assert_eq "exit status" 0 "$status"
  cmp "$T/before" "$SECCOMP_DATA/syscalls"

  export LIBSECCOMP_HEADER=$T/seccomp-syscalls.h
  printf '#define __SNR_%s __NR_x\n' openat brand_new brand_new2 >"$LIBSECCOMP_HEADER"
  update --check
  assert_eq "exit status" 1 "$status"
  assert_has "complaint" "brand_new2" "$output"
  cmp "$T/before" "$SECCOMP_DATA/syscalls"

  update
  assert_eq "exit status" 0 "$status"
  assert_eq "added" $'\n[ENOSYS]\n# New, and still to be decided.\nbrand_new brand_new2' \
    "$(diff --changed-group-format='%>' --unchanged-group-format= "$T/before" "$SECCOMP_DATA/syscalls")"
  update --check
  assert_eq "exit status" 0 "$status"
  cmp <(profile restricted "$T/before") <(profile restricted)
}

@test "a difference without a reason is an error" {
  needs_tables
  sed -i 's/^userfaultfd //' "$SECCOMP_DATA/syscalls"
  printf '[allow]\nuserfaultfd\n' >>"$SECCOMP_DATA/syscalls"
  update --check
  assert_eq "exit status" 1 "$status"
  assert_has "complaint" "userfaultfd: ours: ALLOW; theirs: ERRNO(1)" "$output"
}

@test "restricted is runtime-default without six calls" {
  diff <(profile runtime-default | jq -c '.syscalls[]') <(profile restricted | jq -c '.syscalls[]') >"$T/diff" || true
  assert_eq "the difference" '< {"names":["io_uring_setup","io_uring_enter","io_uring_register","ptrace","seccomp","pidfd_getfd"],"action":"SCMP_ACT_ALLOW"}
> {"names":["io_uring_setup","io_uring_enter","io_uring_register","ptrace","seccomp","pidfd_getfd"],"action":"SCMP_ACT_ERRNO","errnoRet":1}' \
    "$(grep '^[<>]' "$T/diff")"
}

@test "all architectures that are promised are there, with those their processes can change into" {
  assert_eq "architectures" 'SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32
SCMP_ARCH_AARCH64 SCMP_ARCH_ARM
SCMP_ARCH_ARM
SCMP_ARCH_RISCV64
SCMP_ARCH_S390X SCMP_ARCH_S390
SCMP_ARCH_PPC64LE' "$(profile restricted | jq -r '.archMap[] | [.architecture] + .subArchitectures | join(" ")')"
}

@test "no call is allowed and denied at once, with any capabilities and architecture" {
  local arch caps conflicts

  for arch in amd64 arm64 arm riscv64 s390x ppc64le; do
    for caps in "" CAP_SYS_ADMIN CAP_BPF "CAP_BPF CAP_SYS_ADMIN" CAP_AUDIT_WRITE CAP_SYSLOG; do
      # shellcheck disable=SC2086 # words are wanted
      resolved restricted "$arch" $caps >"$T/resolved"
      # Unconditional rules for one call that are not the same; and an unconditional one beside others.
      conflicts=$(awk '{ name = $1; $1 = ""; rules[name] = rules[name] "|" $0; n[name] += !(seen[name, $0]++)
          bare[name] += $0 !~ /index/ }
        END { for (name in n) if (n[name] > 1 && bare[name]) print name rules[name] }' "$T/resolved")
      assert_eq "conflicts for $arch with $caps" "" "$conflicts"
    done
  done
}

# linux.seccomp of a container with the capabilities of most, for this architecture and these second ones.
filter() { # FILE ARCH NAME [SECOND...]
  jq --arg arch "$2" --arg name "$3" '($ARGS.positional | map(ascii_upcase | "SCMP_ARCH_" + .)) as $second
    | ([$arch] + $ARGS.positional) as $on | ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] as $caps
    | {defaultAction, defaultErrnoRet, architectures: (["SCMP_ARCH_" + $name] + $second), syscalls: [.syscalls[]
      | select(((.includes.caps // []) - $caps) == [])
      | select([(.excludes.caps // [])[] | select(IN($caps[]))] == [])
      | select((.includes.arches // $on) as $arches | any($on[]; IN($arches[])))
      | select((.excludes.arches // []) | index($arch) | not)
      | {names, action, errnoRet: (.errnoRet // 1), args: (.args // [])}]}' "$1" --args -- "${@:4}"
}

# Compiles it; sets RULES, INSTRUCTIONS, and WITHOUT to the calls that its architecture does not have.
compile() { # FILE ARCH NAME [SECOND...]
  filter "$@" >"$T/filter.json"
  "$FILTER" "$T/program" <"$T/filter.json" >"$T/filter.out"
  RULES=$(sed -n 's/^rules //p' "$T/filter.out")
  INSTRUCTIONS=$(sed -n 's/^instructions //p' "$T/filter.out")
  WITHOUT=$(sed -n 's/^without //p' "$T/filter.out")
}

needs_compiler() {
  [[ -x $FILTER ]] || skip "libseccomp-dev or libjson-c-dev is not installed"
}

# The limits have room for the calls of a newer libseccomp, 5 % and no more.
@test "the filters are small, and smaller than the default of Podman and CRI-O" {
  local arch name limit name_of_profile

  needs_compiler
  while read -r arch name limit; do
    for name_of_profile in runtime-default restricted; do
      profile "$name_of_profile" >"$T/profile.json"
      compile "$T/profile.json" "$arch" "$name"
      echo "$name_of_profile for $arch: $RULES rules, $INSTRUCTIONS instructions"
      ((INSTRUCTIONS > 300 && INSTRUCTIONS <= limit)) || fail "$INSTRUCTIONS instructions, and $limit are allowed"
      assert_eq "calls that $arch does not have" "" "$WITHOUT"
    done
  done <<'END'
amd64 X86_64 490
arm64 AARCH64 440
END
  [[ -r /usr/share/containers/seccomp.json ]] || skip "containers-common's seccomp.json is not installed"
  compile /usr/share/containers/seccomp.json amd64 X86_64 x86 x32
  ((INSTRUCTIONS > 2 * 490)) || fail "the default of Podman has $INSTRUCTIONS instructions"
}

@test "leaving out the calls of other architectures does not change a program" {
  local arch name second rules

  needs_compiler
  : >"$T/none"
  profile restricted >"$T/profile.json"
  ARCHITECTURES=$T/none profile restricted >"$T/whole.json"
  while read -r arch name second; do
    # shellcheck disable=SC2086 # words are wanted
    compile "$T/whole.json" "$arch" "$name" $second
    mv "$T/program" "$T/whole"
    rules=$RULES
    # shellcheck disable=SC2086 # words are wanted
    compile "$T/profile.json" "$arch" "$name" $second
    echo "$arch $second: $RULES rules, $rules with all calls"
    cmp "$T/whole" "$T/program"
    ((RULES < rules)) || fail "nothing is left out"
  done <<'END'
amd64 X86_64
amd64 X86_64 x86
amd64 X86_64 x86 x32
arm64 AARCH64
arm64 AARCH64 arm
arm ARM
riscv64 RISCV64
s390x S390X
s390x S390X s390
ppc64le PPC64LE
END
}

@test "clone is filtered by the argument that has its flags" {
  resolved restricted amd64 | grep '^clone ' >"$T/amd64"
  resolved restricted s390x | grep '^clone ' >"$T/s390x"
  assert_eq "rules" 8 "$(wc -l <"$T/amd64")"
  assert_eq "arguments" '"index":0' "$(grep -o '"index":.' "$T/amd64" | sort -u)"
  assert_eq "arguments on s390x" '"index":1' "$(grep -o '"index":.' "$T/s390x" | sort -u)"
  cmp <(sed 's/"index":1/"index":0/' "$T/s390x") "$T/amd64"
  assert_eq "with CAP_SYS_ADMIN" "clone SCMP_ACT_ALLOW  " "$(resolved restricted amd64 CAP_SYS_ADMIN | grep '^clone ')"
}

@test "a mistake in the data is an error with its line" {
  local text

  for text in 'read' '[allow' '[allow]
read if 0 ~ 1' '[allow]
read if 0 = x' '[allow]
READ' '[EWHAT]
read' '[allow with SYS_ADMIN]
read' '[allow sometimes]
read'; do
    printf '%s\n' "$text" >"$T/syscalls"
    run --separate-stderr profile restricted "$T/syscalls"
    echo "text: $text"
    assert_eq "exit status" 1 "$status"
    assert_has "stderr" "$T/syscalls:" "$stderr"
  done
  for text in 'read' '[x86' '[x86]
READ'; do
    printf '%s\n' "$text" >"$T/architectures"
    ARCHITECTURES=$T/architectures run --separate-stderr profile restricted
    echo "text: $text"
    assert_eq "exit status" 1 "$status"
    assert_has "stderr" "$T/architectures:" "$stderr"
  done
  run --separate-stderr profile strict
  assert_eq "exit status" 1 "$status"
}
