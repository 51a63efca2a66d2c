#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what measures, and the floors, into DIR. The floors of our programs are linked to the libraries that these name
# today, as they are linked, and to no other.
# Usage: tests/bench/build.sh DIR (BUILD=build)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && realpath "${BUILD:-build}")
out=${1:?say where to}
compile=("${CC:-gcc}" -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE)
dynamic=(-fPIE -pie "-Wl,-z,relro" "-Wl,-z,now")

# The options that link a program as PROGRAM is linked.
linked_as() { # PROGRAM
  local library

  readelf --program-headers "$1" | grep -q INTERP || { echo -static-pie && return; }
  printf '%s\n' "${dynamic[@]}" -Wl,--no-as-needed
  readelf --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | while read -r library; do
    [[ $library == libc.so* ]] || printf -- '-l:%s\n' "$library"
  done
}

mkdir -p "$out"
"${compile[@]}" -static -o "$out/measure" "$here/measure.c"
"${compile[@]}" -static -o "$out/empty" "$here/floor/empty.c"
"${compile[@]}" -static -o "$out/nono" "$here/floor/nono.c"
"${compile[@]}" "${dynamic[@]}" -o "$out/trampoline" "$here/floor/trampoline.c"
mapfile -t linking < <(linked_as "$build/kubefence-hook")
"${compile[@]}" -fPIE -o "$out/no-op-hook" "$here/floor/hook.c" "${linking[@]}"
mapfile -t linking < <(linked_as "$build/kubefence-runtime")
"${compile[@]}" -fPIE -o "$out/trampoline-runtime" "$here/floor/trampoline.c" "${linking[@]}"
# The same of programs that load at their start whatever they, or what they start, load at all.
all=("${dynamic[@]}" "-Wl,--no-as-needed" -ljson-c -linih -lsystemd)
"${compile[@]}" -fPIE -o "$out/no-op-all" "$here/floor/hook.c" "${all[@]}"
"${compile[@]}" -DJOURNAL -fPIE -o "$out/no-op-journal" "$here/floor/hook.c" "${all[@]}"
"${compile[@]}" -fPIE -o "$out/trampoline-all" "$here/floor/trampoline.c" "${dynamic[@]}" -Wl,--no-as-needed -ljson-c -linih
"${compile[@]}" "${dynamic[@]}" -o "$out/json" "$here/floor/json.c" \
  -Wl,--push-state,-Bstatic -ljson-c -Wl,--pop-state 2>"$out/json.err" ||
  "${compile[@]}" "${dynamic[@]}" -o "$out/json" "$here/floor/json.c" -ljson-c
# It knows where x86-64 keeps the program counter.
[[ $(uname -m) != x86_64 ]] || "${compile[@]}" -static -o "$out/count" "$here/count.c"
