#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a release of the last commit: everything with one version, then the tag. See usage().
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: scripts/release.sh VERSION        (or: make release VERSION=X.Y.Z)

Checks that nothing is uncommitted and that all files name VERSION, makes build/release (the sources, the packages, the
chart, and the node image as an archive) and then the tag vVERSION. Nothing is pushed.

environment:
  RELEASE="dist deb rpm chart image"   make these only, without the tag
END
}

die() {
  printf 'release.sh: %s\n' "$*" >&2
  exit 1
}

# Complains unless FILE has the line.
names() { # FILE LINE
  grep -qxF -- "$2" "$1" || { printf 'release.sh: %s: there should be a line "%s"\n' "$1" "$2" >&2 && wrong=1; }
}

# One version everywhere, or none is made.
check_tree() {
  local wrong=0

  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "'$version' is not a version such as 1.2.3"
  [[ -z $(git status --porcelain) ]] || die "the tree has changes: commit them first"
  ! git rev-parse -q --verify "refs/tags/v$version" >/dev/null || die "the tag v$version exists: take the next version"
  names Makefile "VERSION     ?= $version"
  names deploy/helm/kubefence/Chart.yaml "version: $version"
  names deploy/helm/kubefence/Chart.yaml "appVersion: \"$version\""
  grep -q "^## $version " NEWS.md || { echo "release.sh: NEWS.md: there should be a section \"## $version (DATE)\"" >&2 && wrong=1; }
  ((wrong == 0)) || exit 1
}

make_dist() { make -s dist VERSION="$version" BUILD="$out"; }
make_deb() { scripts/make-deb.sh "$version" "$out"; }
make_rpm() { scripts/make-rpm.sh "$version" "$out"; }
make_chart() { ${HELM:-helm} package deploy/helm/kubefence --version "$version" --app-version "$version" --destination "$out"; }

make_image() {
  scripts/make-image.sh --version "$version"
  podman save --format oci-archive --output "$out/kubefence-image-$version.tar" "localhost/kubefence:$version"
}

main() {
  local what

  [[ $# == 1 ]] || { usage >&2 && exit 2; }
  [[ $1 != -h && $1 != --help ]] || { usage && exit; }
  version=$1 out=$PWD/build/release
  check_tree
  rm -rf "$out"
  mkdir -p "$out"
  for what in ${RELEASE:-dist deb rpm chart image}; do
    [[ $(type -t "make_$what") == function ]] || die "RELEASE: '$what' is not one of dist, deb, rpm, chart, image"
    "make_$what"
  done
  (cd "$out" && sha256sum -- *) >"$out.sums"
  mv "$out.sums" "$out/SHA256SUMS"
  [[ -n ${RELEASE:-} ]] || git tag -a "v$version" -m "kubefence $version"
  echo "build/release has kubefence $version${RELEASE:+, in parts and without a tag}"
}

main "$@"
