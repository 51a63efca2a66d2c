#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Gets a program that only tests need and that no package has as it is needed. To add one: a version and a function.
set -euo pipefail

declare -A VERSIONS=([crictl]=1.34.0 [containerd]=2.4.2 [runc]=1.5.2 [runc-seccomp]=1.5.2 [crio]=1.34.0 [runc-suite]=1.1.5
  [docker]=apt [bpf-hook]=apt [crun-suite]=apt [helm]=3.21.4 [control-plane]=1.34.3)
build_minutes=15

usage() {
  cat <<END
usage: get-test-tool.sh NAME

Prints the directory that has the programs of NAME in it, and makes them first if they are not there yet: in
\${KUBEFENCE_CACHE:-/var/cache/kubefence}/tools/NAME/VERSION, not on the system. On failure the last line of standard
error is the reason. The names:

  crictl      $(printf %-8s "${VERSIONS[crictl]}")client of the CRI, built with go
  containerd  $(printf %-8s "${VERSIONS[containerd]}")containerd, its shim and ctr, built with go
  runc        $(printf %-8s "${VERSIONS[runc]}")runc, for what the one of the system may be too old for; without seccomp
  runc-seccomp  $(printf %-6s "${VERSIONS[runc-seccomp]}")the same with libseccomp
  crio        $(printf %-8s "${VERSIONS[crio]}")CRI-O and its pinns, built with go and gcc
  runc-suite  $(printf %-8s "${VERSIONS[runc-suite]}")the integration tests of runc, of the version that Debian 12 has, and recvtty
  bpf-hook    oci-seccomp-bpf-hook and its library, which no machine needs that only measures it
  crun-suite  the tests of the crun that is packaged, from its source package, and the program their containers run
  helm        $(printf %-8s "${VERSIONS[helm]}")built with go
  control-plane  $(printf %-7s "${VERSIONS[control-plane]}") the parts of Kubernetes, and etcd, in one program (tests/kubernetes/control-plane), built with go
  docker      dockerd and its client, from the package docker.io. Not installed: that would start a daemon, which
              changes the firewall of the machine
END
}

say() { printf 'get-test-tool: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# --- how they are made: a function puts the programs into $out and says on standard error what it does -------------

# The registry's checksum database decides whether what was downloaded is what everybody else gets. Without cgo, where
# that works, the programs need nothing of this machine at run time.
go_install() { # [-tags TAGS] PACKAGE@VERSION...
  command -v go >/dev/null || die "Go is missing (https://go.dev/dl)"
  GOBIN=$out CGO_ENABLED=${cgo:-0} GOFLAGS="${GOFLAGS:-} -trimpath" nice go install -ldflags '-s -w' "$@"
}

make_crictl() {
  go_install "sigs.k8s.io/cri-tools/cmd/crictl@v$version"
}

make_helm() {
  go_install "helm.sh/helm/v3/cmd/helm@v$version"
}

# Kubernetes says which version it is because its build tells it.
make_control-plane() {
  local package flags='-s -w'

  command -v go >/dev/null || die "Go is missing (https://go.dev/dl)"
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=v$version -X $package.gitMajor=${version%%.*} -X $package.gitMinor=$(cut -d. -f2 <<<"$version")"
  done
  (cd "$(dirname "$0")/../tests/kubernetes/control-plane" &&
    CGO_ENABLED=0 nice go build -trimpath -ldflags "$flags" -o "$out/control-plane" .)
}

make_containerd() {
  local module=github.com/containerd/containerd/v2

  go_install -tags no_btrfs,no_devmapper,no_zfs \
    "$module/cmd/containerd@v$version" "$module/cmd/containerd-shim-runc-v2@v$version" "$module/cmd/ctr@v$version"
}

# Its part in C runs before Go does.
make_runc() { # [-tags TAGS]
  local cgo=1

  command -v cc >/dev/null || die "no C compiler"
  go_install "$@" "github.com/opencontainers/runc@v$version"
}

make_runc-seccomp() {
  pkg-config --exists libseccomp || die "libseccomp-dev is missing: run scripts/deps.sh"
  make_runc -tags seccomp
}

# go install asks for more than the one version (for deprecations), and not all proxies answer that for all modules. A
# module's directory in the cache is only readable, and has lost what was executable.
go_source() { # MODULE
  local dir

  command -v go >/dev/null || die "Go is missing (https://go.dev/dl)"
  dir=$(go mod download -json "$1@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cp -R "$dir" "$work/source"
  chmod -R u+w "$work/source"
  # Of this, a module has only parts.
  rm -rf "$work/source/vendor"
}

go_build() { # DIR ARGUMENTS...
  (cd "$work/source/$1" && GOFLAGS="${GOFLAGS:-} -mod=mod -trimpath" nice go build -ldflags '-s -w' -o "$out" "${@:2}" .)
}

# With cgo: the only way to libseccomp, without which it refuses pods with a seccomp profile.
make_crio() {
  go_source github.com/cri-o/cri-o
  go_build cmd/crio -tags seccomp,containers_image_openpgp,containers_image_ostree_stub,exclude_graphdriver_btrfs
  gcc -std=c99 -O2 -static -o "$out/pinns" "$work"/source/pinns/src/*.c
}

make_runc-suite() {
  go_source github.com/opencontainers/runc
  CGO_ENABLED=0 go_build contrib/cmd/recvtty
  cp -R "$work/source/tests/integration" "$out/"
}

make_docker() {
  unpack_package docker.io
  cp "$work"/unpacked/usr/{bin/docker,sbin/dockerd} "$out"
  ! ldd "$out/dockerd" | grep -F 'not found' || die "dockerd needs libraries that are not installed"
}

make_bpf-hook() {
  unpack_package oci-seccomp-bpf-hook
  unpack_package libbpfcc
  cp -a "$work"/unpacked/usr/{libexec/oci/hooks.d/oci-seccomp-bpf-hook,lib/*/libbcc*.so*} "$out"
  ! LD_LIBRARY_PATH=$out ldd "$out/oci-seccomp-bpf-hook" | grep -F 'not found' || die "it needs libraries that are not installed"
}

# With lists of its own: which sources a machine has is its operator's choice.
make_crun-suite() {
  local apt=$work/apt options file

  mkdir -p "$apt"/{lists/partial,sources.list.d}
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    [[ ! -f $file ]] || sed -E 's/^Types: .*/Types: deb-src/; s/^deb /deb-src /' "$file" >"$apt/sources.list.d/${file##*/}"
  done
  options=(-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt/sources.list.d" -o Dir::State::Lists="$apt/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update
  (cd "$apt" && apt-get "${options[@]}" --download-only source crun)
  dpkg-source --no-check -x "$apt"/crun_*.dsc "$work/source"
  # What its configure would find.
  printf '#define HAVE_ERROR_H 1\n#define HAVE_SECCOMP 1\n' >"$work/source/config.h"
  gcc -static -I"$work/source" -o "$out/init" "$work/source/tests/init.c"
  cp "$work"/source/tests/*.py "$out"
}

unpack_package() { # NAME
  command -v apt-get >/dev/null || die "this is not Debian or Ubuntu"
  if ! (cd "$work" && apt-get download "$1"); then
    apt-get update
    (cd "$work" && apt-get download "$1")
  fi
  dpkg-deb -x "$work/$1"_*.deb "$work/unpacked"
}

# ------------------------------------------------------------------------------------------------------------------

# One line for the person who has to act, from what was said while it was made.
explain_failure() { # STATUS LOG
  local reason

  reason=$(grep -Eim1 '403 Forbidden|404 Not Found|no such host|connection refused|requires go|no space left' "$2") ||
    reason=$(grep -Eim1 '^(get-test-tool:|E:|go:.*(error|invalid|unknown))' "$2") || reason=$(tail -n 1 "$2")
  (($1 != 124)) || reason="not done after $build_minutes minutes"
  die "$name $version: ${reason#get-test-tool: }"
}

make_in_time() {
  local status=0 export=(name version work out)

  export "${export[@]}"
  timeout "${build_minutes}m" "$0" --make >"$work/log" 2>&1 || status=$?
  ((status == 0)) || explain_failure "$status" "$work/log"
}

main() {
  local cache

  case ${1:-} in
  -h | --help) usage && return ;;
  --make)
    "make_$name"
    return
    ;;
  esac
  [[ $# == 1 && -n ${VERSIONS[$1]:-} ]] || { usage >&2 && return 2; }
  name=$1 version=${VERSIONS[$1]}
  cache=${KUBEFENCE_CACHE:-/var/cache/kubefence}/tools/$name
  [[ $cache == /* ]] || die "KUBEFENCE_CACHE must be an absolute path"
  mkdir -p "$cache" 2>/dev/null || die "cannot create $cache: run as root or set KUBEFENCE_CACHE to a directory of yours"
  # Two at once would only take each other's memory: the second waits and finds what the first made.
  exec {lock}>"$cache/lock"
  flock "$lock"
  if [[ ! -d $cache/$version ]]; then
    say "getting $name $version (up to a few minutes, once)"
    work=$(mktemp -d "$cache/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    out=$work/out
    mkdir -m 755 "$out"
    make_in_time
    mv "$out" "$cache/$version"
  fi
  printf '%s\n' "$cache/$version"
}

main "$@"
