#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian package of this checkout into a directory. Usage: scripts/make-deb.sh VERSION DIR
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1 dir=$2
for tool in dpkg-buildpackage dh; do
  command -v "$tool" >/dev/null || { echo "make-deb.sh: $tool is missing: install dpkg-dev and debhelper" >&2; exit 1; }
done
mkdir -p "$dir"
dir=$(realpath "$dir")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/kubefence-$version
date=$(git log -1 --format=%cD)

mkdir "$tree"
git ls-files -z | tar -c --null --files-from=- | tar -x -C "$tree"
mv "$tree/deploy/debian" "$tree/debian"
cat >"$tree/debian/changelog" <<END
kubefence ($version) unstable; urgency=medium

  * Built from commit $(git rev-parse --short HEAD).

 -- kubefence developers <kubefence@users.noreply.github.com>  $date
END
# The variables of a make or a test above this one are not for the package: its BUILD is another directory.
unset BUILD VERSION MAKEFLAGS MFLAGS MAKELEVEL
(cd "$tree" && SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) dpkg-buildpackage -us -uc -b "-j$(nproc)") >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
cp "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$dir/"
ls "$dir"/*.deb
