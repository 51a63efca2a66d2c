#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the image of the node DaemonSet with podman or buildah. See usage().
set -euo pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)

version=0.1.0 tag='' base='' nono='' deb='' options=()

usage() {
  cat <<'END'
usage: make-image.sh [--version V] [--tag NAME:TAG] [--base IMAGE] [--nono FILE] [--deb FILE] [-- BUILD-OPTION...]

  --version V     of the package (0.1.0)
  --tag NAME:TAG  of the image (localhost/kubefence:V)
  --base IMAGE    a Debian (docker.io/library/debian:12-slim)
  --nono FILE     a static nono; default: scripts/get-nono.sh builds it
  --deb FILE      the package; default: scripts/make-deb.sh builds it
  -h, --help      this text
END
}

die() {
  printf 'make-image.sh: %s\n' "$*" >&2
  exit 1
}

while (($# > 0)); do
  case $1 in
  --version | --tag | --base | --nono | --deb)
    [[ -n ${2:-} ]] || die "$1 needs an argument"
    printf -v "${1#--}" '%s' "$2"
    shift
    ;;
  --)
    options=("${@:2}")
    break
    ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done
[[ -z $base ]] || options+=(--build-arg "BASE=$base")
build=$(command -v buildah || command -v podman) || die "neither buildah nor podman is installed"

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
if [[ -z $deb ]]; then
  "$TOP/scripts/make-deb.sh" "$version" "$context/deb" >&2
  deb=$(echo "$context/deb/kubefence_${version}"_*.deb)
fi
cp "$deb" "$context/kubefence.deb"
rm -rf "$context/deb"
cp "${nono:-$("$TOP/scripts/get-nono.sh" --cache-only)}" "$context/nono"
"$build" build "${options[@]}" --file "$TOP/deploy/Containerfile" --tag "${tag:-localhost/kubefence:$version}" "$context"
