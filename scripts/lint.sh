#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rules for every file: format, warnings of the tools, language, and the direction of calls between the layers.
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

scripts/lint-words.sh || complain 'these sentences hide their subject'

# Our lines have 120 columns, in every kind of file.
if mandoc -T lint hook/share/man/*.[1-8] | grep -v 'STYLE: input text line longer than 80 bytes'; then
  complain 'mandoc has something to say'
fi

# main -> cli -> stage, denials -> runtime -> oci -> nono -> node -> policy -> base: a folder includes only from folders after it.
forbid() { # FOLDER PATTERN
  if grep -nE "^#include \"($2)/" "hook/$1"/*.[ch]; then
    complain "hook/$1 must not include from $2"
  fi
}
forbid base 'policy|node|runtime|nono|oci|stage|cli|denials|launcher'
forbid policy 'node|runtime|nono|oci|stage|cli|denials|launcher'
forbid node 'runtime|nono|oci|stage|cli|denials'
forbid nono 'runtime|oci|stage|cli|denials|launcher'
forbid oci 'runtime|stage|cli|denials|launcher'
forbid runtime 'node|nono|stage|cli|denials|launcher'
forbid stage 'cli|denials'
forbid denials 'runtime|stage|cli|launcher'
# The launcher is a static program that runs in containers.
forbid launcher 'node|runtime|nono|oci|stage|cli|denials'

# Only mains print and exit; the commands of kubefence are parts of its main. The child that asks questions has to exit.
if grep -nE '\b(printf|puts|fputs|perror|exit|_exit)\(' hook/{base,policy,node,runtime,nono,oci,stage,denials,launcher}/*.c |
  grep -v '^hook/denials/cause.c:[0-9]*:.*_exit(-ask('; then
  complain 'library code prints or exits'
fi

definitions=(-std=c17 -D_GNU_SOURCE -Ihook -DKF_VERSION='"x"' -DKF_PREFIX='"/usr"' -DKF_SYSCONFDIR='"/etc"' -DKF_VENDORDIR='"/usr/lib/kubefence"'
  -DKF_LIBEXECDIR='"/usr/libexec"' -DKF_DATADIR='"/usr/share/kubefence"')

read -ra library_flags < <(pkg-config --cflags json-c inih libsystemd mount)

# The skeleton of the BPF program, which watch-bpf.c includes.
make --no-print-directory BPF=yes build/bpf/watch.skel.h
library_flags+=(-isystem build/bpf)

# Runs COMMAND on all sources but BPF's, N of them for each process, with as many processes as there are processors.
each_source() { # N COMMAND...
  git ls-files -z 'hook/**/*.c' 'hook/*.c' | grep -zv '\.bpf\.c$' | xargs -0 -n "$1" -P "$(nproc)" "${@:2}"
}

# Leaks are for ASan and valgrind: the analyzer loses a pointer that is stored at an offset (the tables of fields).
each_source 1 gcc -O2 -fanalyzer -Werror -Wno-analyzer-malloc-leak "${definitions[@]}" "${library_flags[@]}" \
  -c -o /dev/null || complain 'gcc -fanalyzer has something to say'

# Buffers stand at the head of their function; cleanup attributes read what is assigned last; what is not initialized gcc
# knows better, which sees that read(2) fills it. The libraries' headers are not ours to judge.
cppcheck -j "$(nproc)" --quiet --error-exitcode=1 --enable=warning,performance,portability,style --inline-suppr \
  --suppress=variableScope --suppress=unreadVariable --suppress=legacyUninitvar --suppress=missingIncludeSystem \
  "${definitions[@]/-std=c17/--std=c11}" -i hook/denials/watch.bpf.c hook tests/standin tests/seccomp || complain 'cppcheck has something to say'

# The analyzer does not know cleanup attributes and would call every such pointer a leak: ASan judges these. One file a
# call: clang-tidy 14 takes a va_list for uninitialized in a file that follows certain others.
checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition,-bugprone-branch-clone,-bugprone-implicit-widening-of-multiplication-result,-clang-analyzer-unix.Malloc,-bugprone-suspicious-missing-comma'
# shellcheck disable=SC2016 # for the inner shell, where the words of $FLAGS are wanted
FLAGS="${definitions[*]} ${library_flags[*]}" each_source 1 sh -c 'clang-tidy --quiet --warnings-as-errors="*" --checks="$0" "$@" -- $FLAGS' \
  "$checks" 2>/dev/null || complain 'clang-tidy has something to say'

exit "$failed"
