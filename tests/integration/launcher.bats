#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # shell programs; bats runs each test in a subshell; helpers set STATUS
#
# The work of /nono/sh and the like: for a process that an engine starts in a running container around the wrapper
# (unconfined: the tests use the bare runtime for it), and for processes inside the sandbox. busybox runs its own
# applets without asking PATH, so in its image the launcher is mostly called by its path; the image with the
# machine's own programs has shells that do ask.

load helpers

setup() { kf_setup; }
teardown() { kf_teardown; }
teardown_file() { stop_journald; }

BUSYBOX_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# A container that waits, to start other commands in.
start_idle() {
  [[ $# == 0 ]] || annotate nono.sh/profile "$1"
  app 'while :; do sleep 1; done'
  start_container
}

# As an engine that does not know us: $STATUS, $OUT, $ERR.
unwrapped() { # OPTIONS OF runc exec... ID COMMAND...
  STATUS=0
  bare exec "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  kf_collect
}

assert_refused() { # MESSAGE [STATUS]
  assert_eq "exit status" "${2:-126}" "$STATUS"
  assert_eq "stdout" "" "$OUT"
  assert_eq "lines on stderr" 1 "$(grep -c kubefence: <<<"$ERR")"
  assert_has "stderr" "$1" "$ERR"
}

assert_confined() {
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" "may be read" "$OUT"
  assert_has "stderr" "/secret/file: Permission denied" "${ERR//\'/}"
}

# An image with the programs of this machine: bash, dash, python3, perl and their libraries.
machine_image() {
  local dir

  [[ -L /bin && -x /usr/bin/bash ]] || skip "/bin is not a link to /usr/bin here"
  rm -rf "$B/rootfs/bin"
  mkdir "$B/rootfs/usr"
  for dir in bin sbin lib lib32 lib64 libx32; do
    [[ ! -L /$dir ]] || ln -s "usr/$dir" "$B/rootfs/$dir"
  done
  spec '.mounts += [{destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"]}]'
}

compile() { # FILE [OPTIONS], with the C on standard input
  gcc -x c -D_GNU_SOURCE -O1 -o "$1" "${@:2}" -
}

# Installs /bin/layers: how many Landlock layers can still be added, of the 16 that the kernel takes.
layers() {
  compile "$B/rootfs/bin/layers" -static <<'END'
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_BLOCK };
	int layers = 0, ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	while (syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
		layers++;
	printf("%d\n", layers);
}
END
}

# --- PID 1 -------------------------------------------------------------------------------------------------------

@test "sh, as PID 1, is the image's own, confined, and sees no trace of the launcher" {
  spec_args sh -c 'tr "\0" " " </proc/1/cmdline; echo "$0 $PATH"; cat /secret/file'
  run_container
  assert_eq "stdout" "sh -c tr \"\\0\" \" \" </proc/1/cmdline; echo \"\$0 \$PATH\"; cat /secret/file sh $BUSYBOX_PATH" \
    "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
}

@test "exit status, arguments and stdin are the program's" {
  spec_args sh -c 'cat; printf "<%s>" "$@"; exit 42' sh '' ' a  b ' $'two\nlines' '--' '-s' 'wrap' 'schön'
  STATUS=0
  OUT=$(echo through | "$T/bin/$CLASS" --root "$T/rt" run --bundle "$B" "$ID" 3>&-) || STATUS=$?
  assert_eq "exit status" 42 "$STATUS"
  assert_eq "stdout" $'through\n''<>< a  b ><two
lines><--><-s><wrap><schön>' "$OUT"
}

@test "another user than root" {
  spec '.process.user = {uid: 1000, gid: 1000}'
  spec_args sh -c "id -u; cat /secret/file"
  run_container
  assert_eq "stdout" 1000 "$OUT"
  assert_has "stderr" "Permission denied" "$ERR"
  app 'while :; do sleep 1; done'
  start_container "$ID-2"
  unwrapped "$ID-2" sh -c "$READ_AND_EXIT"
  assert_confined
}

@test "a profile that does not grant the launcher: commands start all the same" {
  jq '.filesystem.read -= ["/nono/launcher"]' "$KF_TOP/tests/integration/profiles/default.json" \
    >"$T/nono-nri/profiles/old.json"
  annotate nono.sh/profile old
  spec_args sh -c "$READ_AND_EXIT"
  run_container
  assert_confined
}

@test "the shipped profile grants the launcher" {
  cp "$KF_TOP/hook/share/profiles/default.json" "$T/nono-nri/profiles/shipped.json"
  annotate nono.sh/profile shipped
  spec_args sh -c 'PATH=/nono:/bin; /nono/sh -c "echo two"; cat /nono/nono; ls /nono/profiles'
  run_container
  assert_eq "stdout" two "$OUT"
  assert_eq "denied" 2 "$(grep -c 'Permission denied' <<<"$ERR")"
}

# --- a process that is not confined ------------------------------------------------------------------------------

@test "a command that is started around the wrapper gets PID 1's profile" {
  start_idle
  unwrapped "$ID" sh -c "$READ_AND_EXIT"
  assert_confined
  # An absolute path passes by the launcher: it is not a boundary.
  unwrapped "$ID" /bin/sh -c "$READ_AND_EXIT"
  assert_eq "stdout" $'may be read\nmust not be read' "$OUT"
}

forgot_its_profile() {
  ! grep -q NONO_PROFILE "/proc/$PID/environ"
}

@test "the profile: from the environment, from the first process, else default" {
  start_idle narrow
  unwrapped "$ID" sh -c 'cat /allowed/file; echo $NONO_PROFILE'
  assert_eq "its own" narrow "$OUT"
  unwrapped "$ID" /bin/env NONO_PROFILE=default /nono/sh -c 'cat /allowed/file; echo $NONO_PROFILE'
  assert_eq "another" $'may be read\ndefault' "$OUT"
  # An environment that the engine composed anew; and then a first process without the variable.
  unwrapped "$ID" /bin/env -i PATH=/nono:/bin HOME=/ /nono/sh -c 'cat /allowed/file; echo $NONO_PROFILE'
  assert_eq "of the first process" narrow "$OUT"
  app 'exec env -i PATH=/bin sh -c "while :; do sleep 1; done"'
  start_container "$ID-2"
  eventually forgot_its_profile
  unwrapped "$ID-2" /bin/env -i PATH=/nono:/bin HOME=/ /nono/sh -c 'cat /allowed/file; echo $NONO_PROFILE'
  assert_eq "of no process" $'may be read\ndefault' "$OUT"
}

@test "a profile that is not there, or no name, is refused and nothing runs" {
  local name

  start_idle
  echo '{}' >"$B/rootfs/scratch/x.json"
  for name in ../../scratch/x /scratch/x '' . -p $'default\n' default.json; do
    unwrapped "$ID" /bin/env "NONO_PROFILE=$name" /nono/sh -c 'echo started'
    assert_refused "sh: NONO_PROFILE is not the name of a profile"
  done
  unwrapped "$ID" /bin/env NONO_PROFILE=no-such /nono/sh -c 'echo started'
  assert_refused "sh: /nono/profiles/no-such.json: No such file or directory"
}

@test "variables that steer nono do not reach it" {
  start_idle
  unwrapped "$ID" /bin/env NONO_ALLOW=/secret TOOL_SANDBOX_PROFILE_HOTPATH=1 NONO_BLOCK_NET=bogus /nono/sh \
    -c "env | grep -cE '^(NONO_ALLOW=/secret|TOOL_SANDBOX_PROFILE_HOTPATH=1|NONO_BLOCK_NET=bogus)$'; $READ_AND_EXIT"
  assert_eq "exit status" 7 "$STATUS"
  # The command has them, as any other variable.
  assert_eq "stdout" $'3\nmay be read' "$OUT"
  assert_has "stderr" "/secret/file: Permission denied" "${ERR//\'/}"
}

# Its /nono is a superblock of its own.
@test "a container keeps its nono when the node's is removed" {
  start_idle
  mv "$T/nono-nri/nono" "$T/nono-nri/away"
  unwrapped "$ID" sh -c "$READ_AND_EXIT"
  assert_confined
}

@test "nothing of the image runs before nono: libraries named in the environment" {
  machine_image
  echo '#include <fcntl.h>
    __attribute__((constructor)) static void loaded(void) { creat("/scratch/loaded", 0600); }' |
    compile "$B/rootfs/scratch/evil.so" -shared -fPIC
  app 'while :; do sleep 1; done'
  start_container
  unwrapped --env LD_PRELOAD=/scratch/evil.so "$ID" /bin/true
  [[ -e $B/rootfs/scratch/loaded ]] || fail "this library is not loaded anywhere"
  rm "$B/rootfs/scratch/loaded"
  # The real nono takes LD_PRELOAD away; the stand-in's program has it, and may write there.
  unwrapped --env LD_PRELOAD=/scratch/evil.so --env NONO_PROFILE=narrow --env HOME=/ "$ID" /nono/sh -c 'echo fine'
  assert_eq "stdout" fine "$OUT"
  [[ ! -e $B/rootfs/scratch/loaded ]] || fail "it was loaded"
}

@test "an image with a /nono of its own" {
  mkdir "$B/rootfs/nono"
  printf '#!/bin/sh\necho the image\n' >"$B/rootfs/nono/sh"
  chmod 755 "$B/rootfs/nono/sh"
  start_idle
  unwrapped "$ID" sh -c "$READ_AND_EXIT"
  assert_confined
}

# --- nested shells -----------------------------------------------------------------------------------------------

# Thirty shells, each started by the one before and through the launcher; the last one tries to read the secret.
NESTED='if [ "$1" -gt 0 ]; then PATH=/nono:/bin; export PATH; /nono/sh -c "$0" "$0" $(($1 - 1)); exit $?; fi
  cat /allowed/file; cat /secret/file; /bin/layers >/scratch/layers; exit 7'

nest_thirty() {
  layers
  spec_args sh -c "$NESTED" "$NESTED" 30
  run_container
  assert_nested
  start_idle
  unwrapped "$ID" sh -c "$NESTED" "$NESTED" 30
  assert_nested
}

assert_nested() {
  assert_confined
  assert_eq "layers that can still be added" 15 "$(<"$B/rootfs/scratch/layers")"
  rm "$B/rootfs/scratch/layers"
}

@test "thirty shells inside one another are in one sandbox" {
  nest_thirty
}

@test "a profile that grants all of /nono, so that the sandbox cannot be verified, is refused" {
  jq '.filesystem.allow += ["/nono"] | .filesystem.read -= ["/nono/launcher"]' "$KF_TOP/tests/integration/profiles/default.json" \
    >"$T/nono-nri/profiles/wide.json"
  annotate nono.sh/profile wide
  spec_args sh -c 'echo started'
  run_container
  ((STATUS != 0)) || fail "it started"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "profile wide grants /nono/nono" "$ERR"
  assert_has "stderr" "grant /nono/launcher instead" "$ERR"
}

# --- looking for programs ----------------------------------------------------------------------------------------

@test "a program that the image lacks is not found" {
  spec_args sh -c 'command -v perl; perl -v; echo $?; PATH=/nono:/bin perl -v; echo $?; /nono/perl -v; echo $?'
  run_container
  assert_eq "stdout" $'127\n127\n127' "$OUT"
  assert_has "stderr" "kubefence: perl: not found" "$ERR"
  start_idle
  unwrapped "$ID" perl -v
  assert_eq "exit status" 127 "$STATUS"
  assert_eq "stderr" "kubefence: perl: not found" "$ERR"
}

@test "PATH in every shape" {
  local path

  # The busybox that is asked must not answer itself: /app/x is no applet.
  mkdir "$B/rootfs/app"
  ln -s /nono "$B/rootfs/app/link"
  ln -s sh "$B/rootfs/app/sh"
  start_idle
  for path in /nono:/bin /nono/:/bin //nono:/bin /nono/.:/bin /bin/../nono:/bin /app/link:/bin /proc/self/root/nono:/bin \
    /app:/bin /nono:/nono:/bin ./bin bin nono:bin /none:/bin/sh:/bin "$(printf '/x:%.0s' {1..10000})/bin" \
    "/$(printf 'x%.0s' {1..9000}):/bin"; do
    echo "PATH: ${path:0:60}"
    unwrapped --cwd / "$ID" /bin/env "PATH=$path" /nono/sh -c "$READ_AND_EXIT"
    assert_confined
  done
  unwrapped --cwd /bin "$ID" /bin/env PATH= /nono/sh -c "$READ_AND_EXIT"
  assert_confined
  unwrapped --cwd / "$ID" /bin/env -u PATH /nono/sh -c "$READ_AND_EXIT"
  assert_confined
  for path in /nono '' /nono: /app /none /secret/file; do
    echo "PATH: $path"
    unwrapped --cwd /nono "$ID" /bin/env "PATH=$path" /nono/sh -c 'echo started'
    assert_eq "exit status" 127 "$STATUS"
    assert_eq "stderr" "kubefence: sh: not found" "$ERR"
  done
}

@test "a file that cannot be executed: 126 and one line" {
  mkdir "$B/rootfs/app"
  echo 'echo started' >"$B/rootfs/app/perl"
  spec '.process.env[0] = "PATH=/app:/bin"'
  app 'PATH=/nono:/app; /nono/perl; echo $?; chmod 755 /scratch/perl; PATH=/nono:/scratch; /nono/perl; echo $?'
  echo 'echo started' >"$B/rootfs/scratch/perl"
  run_container
  assert_eq "stdout" $'126\n126' "$OUT"
  assert_eq "stderr" $'kubefence: perl: Permission denied\nkubefence: /scratch/perl: Exec format error' "$ERR"
}

@test "a program that the profile does not let run is passed by, as execvp() does" {
  mkdir "$B/rootfs/app"
  cp "$B/rootfs/bin/busybox" "$B/rootfs/app/sh"
  app 'PATH=/nono:/app:/bin; /nono/sh -c "echo \$0"; PATH=/nono:/app; /nono/sh -c "echo \$0"; echo $?'
  run_container
  assert_eq "stdout" $'/bin/sh\n126' "$OUT"
  assert_has "stderr" "kubefence: /app/sh: Permission denied: the profile has to grant reading it" "$ERR"
  assert_eq "lines on stderr" 1 "$(wc -l <<<"$ERR")"
}

# --- how it is called --------------------------------------------------------------------------------------------

@test "argv[0]: the caller's, unless it is the launcher's own path" {
  machine_image
  spec_args bash -c 'PATH=/nono:$PATH
    echo "$0"; sh -c "echo \$0"; /nono/sh -c "echo \$0"; (exec -a other sh -c "echo \$0")
    (exec -a -sh /nono/bash -c "shopt -q login_shell && echo login \$0"); (exec -a "" /nono/sh -c "echo \$0")'
  run_container
  assert_eq "stdout" $'bash\nsh\n/usr/bin/sh\nother\nlogin -sh\n/usr/bin/sh' "$OUT"
}

@test "a call without even an argv[0]" {
  compile "$B/rootfs/bin/noargv" -static <<'END'
#include <unistd.h>
int main(int argc, char *argv[])
{
	char *none[] = { NULL };
	(void)argc;
	execve(argv[1], none, environ);
	return 99;
}
END
  app 'PATH=/nono:/bin; echo "cat /secret/file; exit 7" | noargv /nono/sh'
  run_container
  assert_eq "inside" 7 "$STATUS"
  start_idle
  STATUS=0
  echo "$READ_AND_EXIT" | timeout "$KF_PATIENCE" "$RUNTIME" --root "$T/rt" exec "$ID" noargv /nono/sh >"$T/out" 2>"$T/err" \
    3>&- || STATUS=$?
  kf_collect
  assert_confined
}

@test "not a name: the launcher itself, a descriptor, a script's interpreter" {
  machine_image
  printf '#!/nono/bash\necho "script $0"; cat /secret/file; exit 7\n' >"$B/rootfs/scratch/perl"
  chmod 755 "$B/rootfs/scratch/perl"
  spec_args bash -c '/nono/launcher/kubefence-launcher -c "echo started"; echo $?
    (exec -a sh /nono/launcher/kubefence-launcher -c "echo \$0"); /scratch/perl'
  run_container
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "stdout" $'126\nsh\nscript /scratch/perl' "$OUT"
  assert_has "stderr" "kubefence: kubefence-launcher: call it by the name of a program in /nono" "$ERR"
  assert_has "stderr" "/secret/file: Permission denied" "$ERR"
}

@test "closed descriptors" {
  start_idle
  echo 'exec 0<&- 1<&- 2<&-; exec /nono/sh -c "cat /secret/file >/scratch/leaked; exit 7"' >"$B/rootfs/scratch/closed"
  unwrapped "$ID" /bin/sh /scratch/closed
  assert_eq "exit status" 7 "$STATUS"
  assert_eq "what was read" "" "$(<"$B/rootfs/scratch/leaked")"
  unwrapped "$ID" /bin/env NONO_PROFILE=.. /bin/sh /scratch/closed
  assert_eq "exit status" 126 "$STATUS"
}

# --- images ------------------------------------------------------------------------------------------------------

@test "an image with one static program and nothing else" {
  rm -rf "$B/rootfs"
  mkdir -p "$B/rootfs"/{proc,dev,sys,app}
  compile "$B/rootfs/app/server" -static <<<'#include <unistd.h>
    int main(void) { for (;;) pause(); }'
  cp "$B/rootfs/app/server" "$B/rootfs/app/python3"
  jq '.filesystem.read += ["/app"]' "$KF_TOP/tests/integration/profiles/default.json" >"$T/nono-nri/profiles/app.json"
  annotate nono.sh/profile app
  spec '.process.env[0] = "PATH=/app"'
  spec_args python3
  start_container
  assert_command "$PID" "python3"
  unwrapped "$ID" sh -c 'echo started'
  assert_eq "exit status" 127 "$STATUS"
  assert_eq "stderr" "kubefence: sh: not found" "$ERR"
}

@test "an image without the name that is asked for: busybox as ash only" {
  find "$B/rootfs/bin" -type l ! -name ash ! -name cat -delete
  spec_args ash -c 'echo $0; /nono/sh -c "echo started"; echo $?'
  run_container
  assert_eq "stdout" $'ash\n127' "$OUT"
  assert_eq "stderr" "kubefence: sh: not found" "$ERR"
}

@test "bash, dash and perl over PATH, again and again" {
  machine_image
  spec_args bash -c 'export PATH=/nono:/usr/bin:/bin
    for shell in sh bash dash; do type -P "$shell"; "$shell" -c "cat /secret/file; echo ran"; done
    env sh -c "export PATH=/nono:/usr/bin; exec env bash -c \"echo \\\$PATH\""
    perl -e "system(q(sh -c \"echo from perl\")); print \"\$^X\\n\""'
  run_container
  assert_eq "stdout" '/nono/sh
ran
/nono/bash
ran
/nono/dash
ran
/usr/bin
from perl
/usr/bin/perl' "$OUT"
  assert_eq "denied" 3 "$(grep -c 'Permission denied' <<<"$ERR")"
}

@test "Python finds itself, its modules, and programs that run" {
  [[ -x /usr/bin/python3 ]] || skip "/usr/bin/python3 is not installed"
  machine_image
  mkdir -p "$B/rootfs/scratch/venv/bin"
  ln -s /usr/bin/python3 "$B/rootfs/scratch/venv/bin/python3"
  echo 'home = /usr/bin' >"$B/rootfs/scratch/venv/pyvenv.cfg"
  cat >"$B/rootfs/scratch/x.py" <<'END'
import json, os, shutil, subprocess, sys
print(sys.executable, sys.prefix, shutil.which("ruby-no-such"))
for path in (os.environ["PATH"], "/nono:/usr/bin"):
    os.environ["PATH"] = path
    print(subprocess.run([shutil.which("sh"), "-c", "echo ran"], capture_output=True, text=True).stdout.strip())
    print(subprocess.run(["python3", "-c", "import sys, json; print(sys.executable)"], capture_output=True, text=True).stdout.strip())
END
  spec_args python3 /scratch/x.py
  run_container
  assert_eq "stdout" '/usr/bin/python3 /usr None
ran
/usr/bin/python3
ran
/usr/bin/python3' "$OUT"
  spec '.process.env[0] = "PATH=/scratch/venv/bin:/usr/bin"'
  spec_args bash -c 'PATH=/nono:$PATH; exec python3 -c "import sys; print(sys.executable, sys.prefix)"'
  run_container "$ID-2"
  assert_eq "stdout" "/scratch/venv/bin/python3 /scratch/venv" "$OUT"
}

# --- the node ----------------------------------------------------------------------------------------------------

@test "a launcher that is replaced goes on working in a running container" {
  start_idle
  unwrapped "$ID" sh -c 'echo $$ >/scratch/pid; while [ ! -e /scratch/go ]; do sleep 0.1; done; /nono/sh -c "echo still"' &
  eventually test -s "$B/rootfs/scratch/pid"
  cp "$KF_BUILD/kubefence-launcher" "$T/another"
  "$KF_TOP/scripts/install-launcher.sh" --dir "$T/nono-nri" --launcher "$T/another"
  touch "$B/rootfs/scratch/go"
  wait
  kf_collect
  assert_eq "stdout" still "$OUT"
}

@test "a launcher that others can write is refused, and so is a missing one" {
  chmod 777 "$T/nono-nri/launcher/kubefence-launcher"
  spec_args sh -c 'echo started'
  run_container
  ((STATUS != 0)) || fail "it started"
  assert_has "stderr" "kubefence-launcher" "$ERR"
  "$KF_TOP/scripts/install-launcher.sh" --dir "$T/nono-nri" --uninstall
  run_container "$ID-2"
  ((STATUS != 0)) || fail "it started"
  assert_eq "stdout" "" "$OUT"
  assert_has "stderr" "install-launcher.sh" "$ERR"
}
