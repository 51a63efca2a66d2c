#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitized: no (is about how the programs are installed)
# shellcheck disable=SC2016,SC2030,SC2031,SC2034 # a $ is for another shell; bats runs each test in a subshell; helpers use STATUS
#
# The self-contained tree of make install-contained: on nodes without any C library, with an older and with a newer
# glibc, put in place, broken off and taken away. Containers run there, in a root of their own.

load helpers
load debian

PREFIX=/opt/kubefence

setup_file() {
  command -v patchelf >"$BATS_FILE_TMPDIR/patchelf" || skip "patchelf is not installed: run scripts/deps.sh"
  install_tree "$BATS_FILE_TMPDIR/made"
}

setup() {
  ROOT='' T=''
  kf_setup
}

teardown() {
  debian_umount
  kf_teardown
}

teardown_file() { stop_journald; }

# --- nodes -------------------------------------------------------------------------------------------------------

make_contained() { # TARGET DIR [VARIABLE=VALUE...]
  make -C "$KF_TOP" -s -o all BUILD="$KF_BUILD" DESTDIR="$2" "$1" "${@:3}"
}

install_tree() { # DIR
  make_contained install-contained "$1" >"$BATS_FILE_TMPDIR/make" 2>&1 || { cat "$BATS_FILE_TMPDIR/make" && return 1; }
}

# A node with busybox, which is static, and nothing else: no C library, no shell but that, no package manager.
bare_node() {
  NODE=$BATS_TEST_TMPDIR/node
  mkdir -p "$NODE"/{bin,dev,etc,mnt,opt,proc,run,srv/node_1,sys,tmp,usr,var/log}
  cp "$(command -v busybox)" "$NODE/bin/busybox"
  ln -s busybox "$NODE/bin/sh"
  # Alpine's loader, where it can be had: it has the name of musl, and is not what a program of glibc wants.
  [[ ! -e /lib/ld-musl-x86_64.so.1 ]] || install -D -m 755 /lib/ld-musl-x86_64.so.1 "$NODE/lib/ld-musl-x86_64.so.1"
}

# Another release of Debian, with its own C library.
debian_node() { # SUITE
  debian_mount --suite "$1" libc
  NODE=$ROOT
  cp "$(command -v busybox)" "$NODE/bin/busybox"
}

give_tree() {
  mkdir -p "$NODE/opt"
  cp -a "$BATS_FILE_TMPDIR/made$PREFIX" "$NODE$PREFIX"
}

# An engine's runtime that does not need the node's libraries either.
give_runtime() {
  local name file

  mkdir "$NODE/engine"
  cp "$RUNTIME" "$NODE/engine/$KF_RUNTIME"
  while read -r name file; do
    cp "$file" "$NODE/engine/$name"
  done < <(ldd "$RUNTIME" | awk '$2 == "=>" { print $1, $3 } $1 ~ /^\// { print "loader", $1 }')
  patchelf --set-interpreter /engine/loader --force-rpath --set-rpath /engine "$NODE/engine/$KF_RUNTIME"
  KF_CLASS_RUNTIME=/engine/$KF_RUNTIME kf_config
  ln -s ../../bin/kubefence-runtime "$NODE$PREFIX/libexec/kubefence/$CLASS" || true
  mkdir -p "$NODE$T" "$NODE/run/systemd/journal"
}

# The command with the node as the root of its mount namespace: setns(2) leads out of a chroot.
on_node() { # COMMAND...
  timeout "$KF_PATIENCE" unshare --mount --propagation private -- sh -c 'root=$1 && tree=$2 && shift 2 &&
    mount --bind "$root" "$root" && mount --rbind /proc "$root/proc" && mount --rbind /sys "$root/sys" &&
    mount --rbind /dev "$root/dev" && { [ ! -d "$root$tree" ] || mount --bind "$tree" "$root$tree"; } &&
    { [ ! -d "$root/run/systemd/journal" ] || mount --bind /run/systemd/journal "$root/run/systemd/journal"; } &&
    cd "$root" && pivot_root . mnt && exec /bin/busybox sh -c "busybox umount -l /mnt && exec \"\$@\"" sh "$@"' \
    sh "$NODE" "$T" "$@" </dev/null 3>&-
}

run_on_node() { # COMMAND...
  STATUS=0
  on_node "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

programs() {
  (cd "$BATS_FILE_TMPDIR/made" && find "${PREFIX#/}/bin" "${PREFIX#/}/libexec" -type f -printf '/%p\n')
}

# Whatever they think of it, they say it themselves.
all_start() {
  local program

  while read -r program; do
    run_on_node "$program" --help
    [[ $OUT == [Uu]sage:* || $ERR == "${program##*/}: "* || $ERR == "kubefence"*": "* ]] || fail "$program: $ERR" || return 1
  done < <(programs)
}

# Every file with what it is.
files() { # DIR
  (cd "$1" && find . -xdev -printf '%p %y %m %U:%G %l\n' | sort && find . -xdev -type f -print0 | sort -z | xargs -0r sha256sum)
}

container_is_sandboxed() {
  app "$READ_AND_EXIT"
  run_on_node "$PREFIX/libexec/kubefence/$CLASS" --root "$T/rt" run --bundle "$B" "$ID"
  assert_sandboxed
  assert_eq "records" "" "$(records_left)"
}

# --- running there -----------------------------------------------------------------------------------------------

@test "without any C library every program starts, and check finds its own files" {
  bare_node
  give_tree
  all_start
  run_on_node env -u KUBEFENCE_CONFIG "$PREFIX/bin/kubefence" check
  [[ $OUT == *"ok    configuration"* && $OUT == *"ok    hook                $PREFIX/libexec/oci/hooks.d/kubefence-hook"* ]]
  [[ $OUT != */usr/* ]]
}

@test "without any C library a container is sandboxed, its record kept and removed, and the journal told" {
  bare_node
  give_tree
  give_runtime
  container_is_sandboxed
  assert_journal "$ID" injected
  [[ $(jq -r '.hooks.createRuntime[0].path' "$B/config.json") == "$PREFIX/libexec/oci/hooks.d/kubefence-hook" ]]
}

@test "an older glibc of the node's is not in the way, nor is it touched" {
  debian_node bullseye
  node_with_own_glibc 2.31
}

@test "a newer glibc of the node's is not in the way, nor is it touched" {
  debian_node trixie
  node_with_own_glibc 2.41
}

node_with_own_glibc() { # VERSION
  local before

  before=$(files "$NODE")
  give_tree
  [[ $(on_node /bin/sh -c 'ldd --version') == *" $1"* ]]
  run_on_node "$PREFIX/bin/kubefence" version
  succeeded
  give_runtime
  container_is_sandboxed
  rm -rf "${NODE:?}"{"$PREFIX",/engine,"$T",/run/systemd/journal}
  diff <(echo "$before") <(files "$NODE") | grep -E '^[<>] .*(/lib/|/usr/|ld\.so)' && fail "the node's own files changed"
  [[ $(on_node /bin/sh -c 'ldd --version') == *" $1"* ]]
}

# DT_RPATH comes before the environment. LD_PRELOAD is obeyed, as by every program that is not setuid.
@test "libraries that the engine's environment names are not loaded in the place of the tree's" {
  bare_node
  give_tree
  mkdir "$NODE/hostile"
  echo "no library" | tee "$NODE/hostile/libc.so.6" "$NODE/hostile/libmount.so.1" >"$NODE/hostile/libsystemd.so.0"
  run_on_node env LD_LIBRARY_PATH=/hostile "$PREFIX/bin/kubefence" version
  succeeded
  run_on_node env LD_LIBRARY_PATH=/hostile "$PREFIX/bin/kubefence" logs --directory /nowhere
  assert_has_not "stderr" hostile "$ERR"
}

@test "of the node no library and no file of its dynamic linker is opened" {
  local program

  bare_node
  give_tree
  cp "$BATS_FILE_TMPDIR/made$PREFIX"/lib/kubefence/libraries-*/libc.so.6 "$NODE/lib.so"
  while read -r program; do
    strace -f -e trace=open,openat,execve -o "$T/trace" chroot "$NODE" "$program" --help >"$T/out" 2>"$T/err" || true
    sed '1,/execve("'"${program//\//\\/}"'"/d' "$T/trace" >"$T/calls"
    run ! grep -E '"/(usr/)?lib|ld\.so\.(cache|conf)' "$T/calls"
  done < <(programs)
}

# --- put there and taken away ------------------------------------------------------------------------------------

@test "nothing is written outside of the prefix, and nothing is left of it" {
  bare_node
  files "$NODE" >"$T/before"
  make_contained install-contained "$NODE"
  diff <(files "$NODE" | grep -vE '^(\\?[0-9a-f]{64} +)?\./opt/kubefence([/ ]|$)') "$T/before"
  make_contained install-contained "$NODE"
  make_contained uninstall-contained "$NODE"
  diff <(files "$NODE") "$T/before"
}

@test "another prefix is as good, and engines are told of it" {
  local other=/srv/node_1/kf

  bare_node
  mkdir -p "$NODE/etc/crio"
  files "$NODE" >"$T/before"
  make_contained install-contained "$NODE" PREFIX="$other"
  run_on_node env -u KUBEFENCE_CONFIG "$other/bin/kubefence" check
  [[ $OUT == *"ok    configuration"* && $OUT == *"$other/libexec/oci/hooks.d/kubefence-hook"* && $OUT != */usr/* ]]
  KUBEFENCE_EDIT=$KF_BUILD/kubefence-edit "$KF_TOP/scripts/install-node.sh" --root "$NODE" --prefix "$other" --engine crio
  jq -e --arg hook "$other/libexec/oci/hooks.d/kubefence-hook" '.hook.path == $hook' "$NODE"/etc/containers/oci/hooks.d/*.json
  grep -qxF "runtime_path = \"$other/libexec/kubefence/nono-runc\"" "$NODE/etc/crio/crio.conf.d/50-kubefence.conf"
  grep -qxF 'hooks_dir = ["/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"]' \
    "$NODE/etc/crio/crio.conf.d/50-kubefence.conf"
  KUBEFENCE_EDIT=$KF_BUILD/kubefence-edit make_contained uninstall-contained "$NODE" PREFIX="$other"
  diff <(files "$NODE") "$T/before"
}

# The tree of an earlier version, whose libraries were others.
make_old() { # DIR
  local new old program

  cp -a "$BATS_FILE_TMPDIR/made/." "$1"
  new=$(echo "$1$PREFIX"/lib/kubefence/libraries-*)
  old=${new%-*}-0123456789abcdef
  cp -a "$new" "$old"
  while read -r program; do
    ! patchelf --print-interpreter "$1$program" >"$T/unused" 2>&1 ||
      patchelf --set-interpreter "${old#"$1"}/ld-linux-x86-64.so.2" --force-rpath --set-rpath "${old#"$1"}" "$1$program"
  done < <(programs)
  rm -r "$new"
  sed -i "s|/${new##*/}/|/${old##*/}/|" "$1$PREFIX/lib/kubefence/files"
}

# Ends the script that called it at the NUMBERth file that gets its name.
mv_that_kills() { # NUMBER
  mkdir -p "$T/kill"
  printf '#!/bin/sh\necho >>"%s/kill/count"\n[ "$(wc -l <"%s/kill/count")" != %s ] || kill -KILL "$PPID"\nexec /bin/mv "$@"\n' \
    "$T" "$T" "$1" >"$T/kill/mv"
  chmod 755 "$T/kill/mv"
  rm -f "$T/kill/count"
}

@test "an upgrade that is killed leaves programs that start, old or new, and the next one completes it" {
  local number new count

  [[ $(uname -m) == x86_64 ]] || skip "names the loader of x86-64"
  new=$(basename "$BATS_FILE_TMPDIR/made$PREFIX"/lib/kubefence/libraries-*)
  bare_node
  make_old "$NODE"
  mv_that_kills 0
  PATH=$T/kill:$PATH make_contained install-contained "$NODE"
  count=$(wc -l <"$T/kill/count")
  ((count > 10))
  # Before the first program, between two of them, after the last: the libraries come first.
  for number in 1 $((count / 2)) $((count - 5)) $((count - 2)) "$count"; do
    echo "killed at $number of $count"
    rm -rf "$NODE$PREFIX"
    make_old "$NODE"
    mv_that_kills "$number"
    PATH=$T/kill:$PATH run ! make_contained install-contained "$NODE"
    all_start
  done
  make_contained install-contained "$NODE"
  all_start
  assert_eq "libraries" "$new" "$(cd "$NODE$PREFIX/lib/kubefence" && echo libraries-*)"
  make_contained uninstall-contained "$NODE"
  [[ ! -e $NODE$PREFIX ]]
}

# --- hostile -----------------------------------------------------------------------------------------------------

@test "a prefix that others can write, or whose way they can, is refused" {
  bare_node
  mkdir -p "$NODE$PREFIX"
  chmod 777 "$NODE$PREFIX"
  run ! make_contained install-contained "$NODE"
  assert_has "message" "can be written by others than root" "$output"
  chmod 755 "$NODE$PREFIX"
  chown 1000 "$NODE/opt"
  run ! make_contained install-contained "$NODE"
  assert_has "message" "$NODE/opt, on the way to $PREFIX, can be written" "$output"
  assert_eq "files" "" "$(find "$NODE$PREFIX" -type f)"
}

@test "a prefix that means something to a shell, to sed or to a loader is refused" {
  local prefix

  bare_node
  for prefix in / /usr relative '/opt/a b' '/opt/$ORIGIN' '/opt/a:b' '/opt/../etc' '/opt/a|b' '/opt/a"b' /opt/kf/ \
    "/opt/$(printf 'a%.0s' {1..200})"; do
    run ! "$KF_TOP/scripts/put-tree.sh" --prefix "$prefix" "$NODE" false
    [[ $output == *"the prefix"* || $output == *"shared with others"* ]] || fail "$prefix: $output"
  done
}

# As on systems whose /opt is a link to /var/opt: the way through the link is as good as the one around it.
@test "a prefix below a link of root's works" {
  bare_node
  rmdir "$NODE/opt"
  mkdir "$NODE/var/opt"
  ln -s var/opt "$NODE/opt"
  make_contained install-contained "$NODE"
  [[ -x $NODE/var$PREFIX/bin/kubefence ]]
  all_start
  run_on_node env -u KUBEFENCE_CONFIG "$PREFIX/bin/kubefence" check
  assert_has "check" "/var$PREFIX/libexec/oci/hooks.d/kubefence-hook" "$OUT"
}

@test "a list that names files of others is not followed" {
  bare_node
  give_tree
  touch "$NODE/etc/passwd"
  echo /etc/passwd >>"$NODE$PREFIX/lib/kubefence/files"
  run ! make_contained uninstall-contained "$NODE"
  assert_has "message" "which is not below $PREFIX" "$output"
  [[ -e $NODE/etc/passwd ]]
  printf '%s' "$PREFIX/bin" >>"$NODE$PREFIX/lib/kubefence/files"
  run ! make_contained uninstall-contained "$NODE"
  assert_has "message" "ends within a line" "$output"
}
