#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the rpms, source and binary, of the last commit into a directory. Usage: scripts/make-rpm.sh VERSION DIR
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1 dir=$2 options=()
command -v rpmbuild >/dev/null || { echo "make-rpm.sh: rpmbuild is missing: install rpm-build (Debian: rpm)" >&2; exit 1; }
mkdir -p "$dir"
dir=$(realpath "$dir")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The variables of a make or a test above this one are not for the package.
unset BUILD VERSION MAKEFLAGS MFLAGS MAKELEVEL
make -s dist VERSION="$version" BUILD="$work/SOURCES"
# On Debian, rpm does not know the build dependencies, and the tools for debuginfo are missing.
if [[ -z $(rpm --eval '%{?_unitdir}') ]]; then
  options=(--nodeps --load "$PWD/deploy/rpm/macros.systemd" --define 'debug_package %{nil}')
fi
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) rpmbuild -ba "${options[@]}" --define "_topdir $work" \
  --define "kubefence_version $version" --define 'use_source_date_epoch_as_buildtime 1' --define '_buildhost reproducible' \
  deploy/rpm/kubefence.spec >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
cp "$work"/RPMS/*/*.rpm "$work"/SRPMS/*.rpm "$dir/"
ls "$dir"/*.rpm
