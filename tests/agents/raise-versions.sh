#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# raise-versions.sh: writes the newest versions that the registries have into the file versions, and prints the changes.
set -euo pipefail

file=$(dirname "$0")/versions

newest() { # REGISTRY NAME
  case $1 in
  npm) npm view "$2" version ;;
  pip) python3 -m pip index versions "$2" 2>/dev/null | sed -nE '1s/.*\((.*)\)/\1/p' ;;
  esac
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
while read -r registry name version; do
  [[ $registry == "#" ]] || version=$(newest "$registry" "$name")
  [[ -n $version ]] || { printf 'raise-versions.sh: %s is not to be had\n' "$name" >&2 && exit 1; }
  printf '%s %s %s\n' "$registry" "$name" "$version"
done <"$file" >"$new"
diff "$file" "$new" || cat "$new" >"$file"
