#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Gets a program that only tests need and that no package has in the right form. To add one: a version and a function.
set -euo pipefail

# Programs from a package are those of this distribution, and the tests of runc are those of the installed runc.
packaged=apt-$(. /etc/os-release && echo "${VERSION_CODENAME:-$ID}")
packaged_runc=$(runc --version 2>/dev/null | sed -nE 's/^runc version ([0-9.]+).*/\1/p') || true
declare -A VERSIONS=([crictl]=1.34.0 [containerd]=2.4.2 [runc]=1.5.2 [runc-seccomp]=1.5.2 [crio]=1.34.0
  [runc-suite]=${packaged_runc:-1.1.5} [docker]=$packaged [bpf-hook]=$packaged [promtool]=$packaged [crun-suite]=$packaged [helm]=3.21.4
  [control-plane]=1.34.3 [agent-sandbox]=0.2.1
  [json-c-0.16]=bookworm [json-c-0.17]=release [json-c-0.18]=trixie)
build_minutes=30

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
  runc-suite  $(printf %-8s "${VERSIONS[runc-suite]}")the integration tests of runc, of the version that is installed, and recvtty
  bpf-hook    oci-seccomp-bpf-hook and its library, which no machine needs that only measures it
  promtool    of the package prometheus. Not installed: that would start a daemon
  json-c-0.16, json-c-0.17, json-c-0.18
              libjson-c.so.5 of that version, built with gcc: from the source packages of Debian 12 and 13, and 0.17, which
              no Debian has, from the project's own release
  crun-suite  the tests of the crun that is packaged, from its source package, and the program their containers run
  helm        $(printf %-8s "${VERSIONS[helm]}")built with go
  control-plane  $(printf %-7s "${VERSIONS[control-plane]}") the parts of Kubernetes, and etcd, in one program (tests/kubernetes/control-plane), built with go
  agent-sandbox  $(printf %-7s "${VERSIONS[agent-sandbox]}") the CRDs of kubernetes-sigs/agent-sandbox, from its Go module
  docker      dockerd and its client, from the package docker.io. Not installed: that would start a daemon, which
              changes the firewall of the machine
END
}

say() { printf 'get-test-tool: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# --- how they are made: a function puts the programs into $out and reports on standard error -------------

# Without cgo, or with it and linked statically, the programs need nothing of this machine at run time: the cache is for
# every distribution (tests/on-debian.sh).
STATIC='-s -w -linkmode external -extldflags -static'

# The registry's checksum database decides whether the downloaded source is the same for all.
go_install() { # [-tags TAGS] PACKAGE@VERSION...
  command -v go >/dev/null || die "Go is missing (https://go.dev/dl)"
  GOBIN=$out CGO_ENABLED=${cgo:-0} GOFLAGS="${GOFLAGS:-} -trimpath" nice go install -ldflags "${ldflags:--s -w}" "$@"
}

make_crictl() {
  go_install "sigs.k8s.io/cri-tools/cmd/crictl@v$version"
}

make_helm() {
  go_install "helm.sh/helm/v3/cmd/helm@v$version"
}

# Kubernetes reports the version that its build sets.
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
make_runc() { # [TAG]
  local cgo=1 ldflags=$STATIC

  command -v cc >/dev/null || die "no C compiler"
  go_install -tags "netgo,osusergo${1:+,$1}" "github.com/opencontainers/runc@v$version"
}

make_runc-seccomp() {
  pkg-config --exists libseccomp || die "libseccomp-dev is missing: run scripts/deps.sh"
  make_runc seccomp
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
  (cd "$work/source/$1" && GOFLAGS="${GOFLAGS:-} -mod=mod -trimpath" nice go build -ldflags "${ldflags:--s -w}" -o "$out" "${@:2}" .)
}

# With cgo: the only way to libseccomp, without which it refuses pods with a seccomp profile.
make_crio() {
  local ldflags=$STATIC

  go_source github.com/cri-o/cri-o
  go_build cmd/crio -tags netgo,osusergo,seccomp,containers_image_openpgp,containers_image_ostree_stub,exclude_graphdriver_btrfs
  gcc -std=c99 -O2 -static -o "$out/pinns" "$work"/source/pinns/src/*.c
}

make_runc-suite() {
  go_source github.com/opencontainers/runc
  CGO_ENABLED=0 go_build contrib/cmd/recvtty
  cp -R "$work/source/tests/integration" "$out/"
}

make_agent-sandbox() {
  go_source sigs.k8s.io/agent-sandbox
  cp "$work"/source/k8s/crds/*.yaml "$out"
}

make_docker() {
  unpack_package docker.io
  # Debian 13 has the client in a package of its own.
  [[ -e $work/unpacked/usr/bin/docker ]] || unpack_package docker-cli
  cp "$work"/unpacked/usr/{bin/docker,sbin/dockerd} "$out"
  ! ldd "$out/dockerd" | grep -F 'not found' || die "dockerd needs libraries that are not installed"
}

make_bpf-hook() {
  unpack_package oci-seccomp-bpf-hook
  unpack_package libbpfcc
  cp -a "$work"/unpacked/usr/{libexec/oci/hooks.d/oci-seccomp-bpf-hook,lib/*/libbcc*.so*} "$out"
  ! LD_LIBRARY_PATH=$out ldd "$out/oci-seccomp-bpf-hook" | grep -F 'not found' || die "it needs libraries that are not installed"
}

make_promtool() {
  unpack_package prometheus
  cp -a "$work/unpacked/usr/bin/promtool" "$out"
}

# The source packages of this machine's own Debian.
make_crun-suite() {
  local file

  mkdir -p "$work/sources.list.d"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    [[ ! -f $file ]] || sed -E 's/^Types: .*/Types: deb-src/; s/^deb /deb-src /' "$file" >"$work/sources.list.d/${file##*/}"
  done
  apt_source crun
  dpkg-source --no-check -x "$work"/crun_*.dsc "$work/source"
  # The results of its configure.
  printf '#define HAVE_ERROR_H 1\n#define HAVE_SECCOMP 1\n' >"$work/source/config.h"
  gcc -static -I"$work/source" -o "$out/init" "$work/source/tests/init.c"
  cp "$work"/source/tests/*.py "$out"
}

# Fetches the source package NAME into $work from the sources in $work/sources.list.d, with lists of packages of its
# own: the machine's own sources are its operator's choice.
apt_source() { # [OPTION...] NAME
  local lists=$work/lists options

  command -v apt-get >/dev/null || die "this is not Debian or Ubuntu"
  mkdir -p "$lists/partial"
  options=(-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources.list.d" -o Dir::State::Lists="$lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update
  (cd "$work" && apt-get "${options[@]}" --download-only source "$@")
}

# The libraries of other Debians need another libc than this machine may have: hence the sources.
make_json-c-0.16() { make_json-c; }
make_json-c-0.18() { make_json-c; }

make_json-c() {
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg

  mkdir "$work/sources.list.d"
  printf 'deb-src [signed-by=%s] http://deb.debian.org/debian %s main\n' "$keys" "$version" >"$work/sources.list.d/debian.list"
  apt_source --tar-only json-c
  build_json-c "$work"/json-c_*.orig.tar.*
}

make_json-c-0.17() {
  local sum=7550914d58fb63b2c3546f3ccfbe11f1c094147bd31a69dcd23714d7956159e6 tarball=$work/json-c-0.17.tar.gz

  curl -fsS --max-time 60 -o "$tarball" https://s3.amazonaws.com/json-c_releases/releases/json-c-0.17.tar.gz
  sha256sum --check --quiet <<<"$sum  $tarball" || die "json-c-0.17.tar.gz is not the one that was released"
  build_json-c "$tarball"
}

# Without cmake, which nothing else here needs: glibc has all that the configuration asks for, with a few exceptions.
build_json-c() { # TARBALL
  local source=$work/source name
  local missing='HAVE_(ARC4RANDOM|BSD_STDLIB_H|DECL__.*|DOPRNT|XLOCALE_H)' sources=(arraylist debug json_c_version json_object
    json_object_iterator json_pointer json_tokener json_util json_visit libjson linkhash printbuf random_seed strerror_override)

  mkdir "$source"
  tar -xf "$1" -C "$source" --strip-components=1
  sed -E "/cmakedefine $missing/d; s/^#cmakedefine ((HAVE|STDC|JSON_C_HAVE)_\w+).*/#define \1 1/; /^#cmakedefine/d" \
    "$source/cmake/config.h.in" >"$source/config.h"
  for name in INT LONG LONG_LONG SIZE_T; do
    printf '#define SIZEOF_%s __SIZEOF_%s__\n' "$name" "$name" >>"$source/config.h"
  done
  printf '#define %s\n' 'SIZEOF_INT64_T 8' 'SIZEOF_SSIZE_T __SIZEOF_SIZE_T__' 'SPEC___THREAD __thread' >>"$source/config.h"
  printf '#define JSON_C_HAVE_INTTYPES_H 1\n' >"$source/json_config.h"
  sed 's/@JSON_H_JSON_P.*@//' "$source/json.h.cmakein" >"$source/json.h"
  cd "$source"
  gcc -O1 -g -D_GNU_SOURCE -fPIC -shared -I. -Wl,-soname,libjson-c.so.5 \
    -Wl,--version-script=json-c.sym -o "$out/libjson-c.so.5" "${sources[@]/%/.c}"
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

# One line for the person who has to act, from the output of the build.
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
  # Two builds at once would only compete for memory: the second waits and finds the result of the first.
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
