#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What must hold for every file: format, warnings of three tools, and the direction of calls between the layers.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
complain() {
  printf 'lint: %s\n' "$*" >&2
  failed=1
}

mapfile -t c_files < <(git ls-files '*.c' '*.h')
mapfile -t sh_files < <(git ls-files '*.sh' '*.bash' .ci/run)

clang-format --dry-run -Werror "${c_files[@]}" || complain 'run make format'
shellcheck -x "${sh_files[@]}" || complain 'shellcheck has something to say'

# Our lines have 120 columns, in every kind of file.
if mandoc -T lint hook/man/*.[1-8] | grep -v 'STYLE: input text line longer than 80 bytes'; then
  complain 'mandoc has something to say'
fi

# main, cli -> stage -> oci, node -> policy -> base: no layer includes one above itself, and oci and node not each other.
forbid() {
  local layer=$1 pattern=$2
  if grep -nE "^#include \"($pattern)/" "hook/$layer"/*.[ch]; then
    complain "hook/$layer must not include from $pattern"
  fi
}
forbid base 'policy|oci|node|stage|cli'
forbid policy 'oci|node|stage|cli'
forbid oci 'node|stage|cli'
forbid node 'oci|stage|cli'
forbid stage 'cli'
# It is linked into a static program.
forbid launcher 'oci|node|stage|cli'

# Only mains print and exit; the commands of kubefence are parts of its main.
if grep -nE '\b(printf|puts|fputs|perror|exit|_exit)\(' hook/{base,policy,oci,node,stage,launcher}/*.c; then
  complain 'library code prints or exits'
fi

definitions=(-std=c17 -D_GNU_SOURCE -Ihook -DKF_VERSION='"x"' -DKF_SYSCONFDIR='"/etc"' -DKF_VENDORDIR='"/usr/lib/kubefence"'
  -DKF_LIBEXECDIR='"/usr/libexec"' -DKF_DATADIR='"/usr/share/kubefence"')

# Leaks are for ASan and valgrind: the analyzer loses a pointer that is stored at an offset (the tables of fields).
analyze() {
  local file

  # shellcheck disable=SC2046 # words are wanted
  for file in $(git ls-files 'hook/**/*.c' 'hook/*.c'); do
    gcc -O2 -fanalyzer -Werror -Wno-analyzer-malloc-leak "${definitions[@]}" \
      $(pkg-config --cflags json-c inih libsystemd mount) -c -o /dev/null "$file" || return 1
  done
}
analyze || complain 'gcc -fanalyzer has something to say'

# Buffers stand at the head of their function; cleanup attributes read what is assigned last; what is not initialized gcc
# knows better, which sees that read(2) fills it. The libraries' headers are not ours to judge.
cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability,style --inline-suppr \
  --suppress=variableScope --suppress=unreadVariable --suppress=legacyUninitvar --suppress=missingIncludeSystem \
  "${definitions[@]/-std=c17/--std=c11}" hook tests/standin tests/seccomp || complain 'cppcheck has something to say'

# The analyzer does not know cleanup attributes and would call every such pointer a leak: ASan judges these.
# shellcheck disable=SC2046 # words are wanted
clang-tidy --quiet --warnings-as-errors='*' \
  --checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition,-bugprone-branch-clone,-bugprone-implicit-widening-of-multiplication-result,-clang-analyzer-unix.Malloc,-bugprone-suspicious-missing-comma' \
  $(git ls-files 'hook/**/*.c' 'hook/*.c') -- "${definitions[@]}" \
  $(pkg-config --cflags json-c inih libsystemd mount) 2> /dev/null || complain 'clang-tidy has something to say'

exit "$failed"
