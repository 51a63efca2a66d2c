#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nono: standin real
# shellcheck disable=SC2016,SC2030,SC2031,SC2153 # jq programs; bats runs each test in a subshell; helpers set STATUS
#
# Hostile environments and arguments of a pod or image, and files of the image that nono could take for its own. nono
# runs with that environment before Landlock is on. The last tests of each part show that nono by itself, without
# kubefence, is led astray: the others would notice.

load hostile

setup() {
  hostile_setup
  # The shipped profile, whose grants an attacker would move; /app is one of them.
  install -m 644 "$KF_TOP/hook/share/profiles/strict.json" "$T/nono-nri/profiles/shipped.json"
  mkdir -p "$B/rootfs/app"
  echo "may be read" >"$B/rootfs/app/file"
  cp "$B/config.json" "$T/plain.json"
  guard
}
teardown() { hostile_teardown; }
teardown_file() { stop_journald; }

only_real() {
  [[ $KF_NONO == real ]] || skip "the stand-in has no groups and no user profiles"
}

only_standin() {
  [[ $KF_NONO == standin ]] || skip "not about nono"
}

# From the plain config.json: these variables more.
environment() { # NAME=VALUE...
  cat "$T/plain.json" >"$B/config.json"
  spec '.process.env += $ARGS.positional' --args -- "$@"
}

# The same with the shipped profile, and a program that tries everything in /secret.
shipped() { # NAME=VALUE...
  environment "$@"
  annotate nono.sh/profile shipped
  app 'cat /app/file; cat /secret/file; ls /secret; echo x >/secret/new; rm /secret/file'
}

sandboxed_as_shipped() {
  run_container
  assert_eq "stdout" "may be read" "$OUT"
  assert_eq "stderr" "cat: can't open '/secret/file': Permission denied
ls: can't open '/secret': Permission denied
/bin/sh: can't create /secret/new: Permission denied
rm: can't remove '/secret/file': Permission denied" "$ERR"
  assert_guarded
  expect_in_journal injected runtime_class_matched
}

# --- variables that steer nono -----------------------------------------------------------------------------------

STRIPPED=(NONO_ALLOW=/secret NONO_READ=/secret NONO_WRITE=/secret NONO_ALLOW_FILE=/secret/file NONO_ALLOW_CWD=true
  NONO_ENV_CREDENTIAL=file:///secret/file=STOLEN NONO_ENV_CREDENTIAL=op://a/b/c=STOLEN
  NONO_TOOL_SANDBOX_LAUNCH_SPEC=/evil/launch.json NONO_TOOL_SANDBOX_SOCKET=/evil/socket NONO_TOOL_SANDBOX_SHIM_DIR=/nono
  NONO_TOOL_SANDBOX_URL_SOCKET=/evil/socket NONO_DETACHED_LAUNCH=1 NONO_DETACHED_CWD_PROMPT_RESPONSE=allow
  NONO_PROFILE=/evil/profile.json NONO_AUTO_MIGRATE=1 NONO_REGISTRY=http://127.0.0.1:1/ NONO_NO_MIGRATE=1
  NONO_LOG_FILE=/secret/log NONO_UPDATE_URL=http://127.0.0.1:1/ NONO_NO_UPDATE_CHECK=1 NONO_BLOCK_NET=nonsense
  NONO_NET_BLOCK=nonsense NONO_THEME=nonsense NONO_KEYRING_TIMEOUT_SECS=x NONO_NO_PACK_UPDATE_HINTS=x
  NONO_CAP_FILE=/secret/file NONO_SUPERVISOR_SOCKET=/evil/socket NONO_SESSION_ID=x NONO_CONFIG=/evil NONO_PACKAGES=/evil
  NONO_NET_ALLOW=x NONO_ALLOW_PROXY=x NONO_PROXY_PASS=x NONO_EXTERNAL_PROXY=x NONO_TRUST_OVERRIDE=1
  NONO_CAPABILITY_ELEVATION=true NONO_=x TOOL_SANDBOX_PROFILE_HOTPATH=1 TOOL_SANDBOX_=x KUBEFENCE_ENV_000001=.NONO_ALLOW=/secret
  KUBEFENCE_ENV_000002=+ NONO_WORKDIR=/secret NONO_HOME=/secret NONO_PRIVATE_HOME=/secret)

# Nono sees none of them, and the command all of them; of two with one name both runtimes take the last one.
@test "every variable that steers nono, each of them twice" {
  row "NONO_* and TOOL_SANDBOX_*"
  environment "${STRIPPED[@]}" "A=kept" "${STRIPPED[@]}" RUST_LOG=trace
  app 'cat /allowed/file; env | grep -E "^(NONO|TOOL|KUBEFENCE|STOLEN|A=|RUST_LOG)" | sort; cat /secret/file'
  run_container
  assert_eq "stdout" "may be read
$(printf '%s\n' "${STRIPPED[@]}" A=kept RUST_LOG=trace NONO_PROFILE=default |
    awk -F = '{ last[$1] = $0 } END { for (name in last) print last[name] }' | sort)" "$OUT"
  assert_eq "stderr" "cat: can't open '/secret/file': Permission denied" "$ERR"
  assert_eq "files in /secret" file "$(ls -A "$B/rootfs/secret")"
  assert_guarded
}

@test "nono without kubefence obeys NONO_ALLOW" {
  HOME=/root run -1 "$NONO" -s wrap --profile "$T/nono-nri/profiles/narrow.json" -- /bin/cat "$B/rootfs/secret/file"
  HOME=/root NONO_ALLOW=$T run -0 "$NONO" -s wrap --profile "$T/nono-nri/profiles/narrow.json" -- /bin/cat \
    "$B/rootfs/secret/file"
}

# --- HOME and directories ----------------------------------------------------------------------------------------

# Nono has a home of its own. runc replaces an empty HOME by passwd's, crun leaves it to the command.
@test "HOME empty, relative or in a granted directory" {
  row "an empty HOME"
  shipped HOME=
  sandboxed_as_shipped
  row "a HOME that a magic link takes to the root"
  shipped HOME=/proc/1/root
  sandboxed_as_shipped
  row "a HOME that the profile lets the program write"
  shipped HOME=/app/home
  sandboxed_as_shipped
  row "a relative HOME"
  shipped HOME=root
  sandboxed_as_shipped
  journal_agrees
}

@test "HOME somewhere else" {
  local home

  for home in / /secret /nowhere /nono; do
    row "HOME=$home"
    shipped "HOME=$home"
    sandboxed_as_shipped
  done
  journal_agrees
}

# Nono does not see them: no grant moves, and it writes nothing there.
@test "TMPDIR, XDG_* and other variables that profiles can use" {
  local variable

  for variable in TMPDIR=/secret TMPDIR=/nowhere XDG_CONFIG_HOME=/secret XDG_STATE_HOME=/secret WORKDIR=/secret; do
    row "$variable"
    shipped "$variable"
    sandboxed_as_shipped
  done
  row "all others"
  shipped {XDG_DATA_HOME,XDG_CACHE_HOME,XDG_RUNTIME_DIR,XDG_CONFIG_DIRS,PWD,OLDPWD,TMP,TEMP,GIT_DIR,HOMEBREW_PREFIX}=/secret UID=0 USER=root
  sandboxed_as_shipped
  journal_agrees
  assert_eq "what nono left" "" "$(find "$B/rootfs/secret" -mindepth 1 ! -name file)"
  assert_eq "the file" "must not be read" "$(<"$B/rootfs/secret/file")"
}

@test "TMPDIR empty or relative" {
  for variable in TMPDIR= TMPDIR=secret; do
    row "$variable"
    shipped "$variable"
    sandboxed_as_shipped
  done
}

# A profile that leaves nono's groups in takes a grant from TMPDIR; the shipped ones leave them out.
groups_profile() { # PATHS-TO-READ...
  jq -n '{meta: {name: "groups"}, filesystem: {read: $ARGS.positional}}' --args -- "$@" >"$T/nono-nri/profiles/groups.json"
  chmod 644 "$T/nono-nri/profiles/groups.json"
  guard
}

@test "TMPDIR under a profile that would grant it" {
  groups_profile /bin /allowed
  row "TMPDIR=/secret"
  environment TMPDIR=/secret
  annotate nono.sh/profile groups
  sandboxed
  row "a second one"
  environment TMPDIR=/tmp TMPDIR=/secret
  annotate nono.sh/profile groups
  sandboxed
  row "TMPDIR=/tmp"
  environment TMPDIR=/tmp
  annotate nono.sh/profile groups
  sandboxed
  journal_agrees
}

@test "nono without kubefence moves a grant to TMPDIR" {
  only_real
  groups_profile /bin /allowed
  cp "$NONO" "$T/nono-nri/profiles/groups.json" "$B/rootfs/allowed/"
  environment HOME=/root
  spec_args /allowed/nono -s wrap --profile /allowed/groups.json -- /bin/mkdir /scratch/new
  run_bare
  assert_eq "exit status" 1 "$STATUS"
  spec '.process.env += ["TMPDIR=/scratch"]'
  run_bare
  succeeded
}

# --- files of the image ------------------------------------------------------------------------------------------

ALLOWS_ALL='{"meta": {"name": "default"}, "filesystem": {"allow": ["/secret", "/allowed", "/bin"]}, "workdir": {"access": "none"}}'

@test "profiles in the image" {
  local dir

  for dir in root/.config/nono/profiles evil/nono/profiles etc/nono/profiles nono/profiles secret/.config/nono/profiles \
    root/.config/nono/packages/evil/default profiles; do
    mkdir -p "$B/rootfs/$dir"
    printf '%s\n' "$ALLOWS_ALL" | tee "$B/rootfs/$dir/default.json" >"$B/rootfs/$dir/default.jsonc"
  done
  printf '%s\n' "$ALLOWS_ALL" >"$B/rootfs/default.json"
  row "in the default places"
  environment HOME=/root
  sandboxed
  row "in XDG_CONFIG_HOME"
  environment XDG_CONFIG_HOME=/evil
  sandboxed
  row "in HOME"
  environment HOME=/secret
  sandboxed
  row "in the working directory"
  environment
  spec '.process.cwd = "/nono"'
  sandboxed
  journal_agrees
}

@test "nono without kubefence takes a profile from HOME" {
  only_real
  mkdir -p "$T/home/.config/nono/profiles"
  jq --arg dir "$B/rootfs/secret" '.filesystem.allow += [$dir, "/usr"]' <<<"$ALLOWS_ALL" >"$T/home/.config/nono/profiles/default.json"
  HOME=/root run -1 "$NONO" -s wrap --profile default -- /bin/cat "$B/rootfs/secret/file"
  HOME=$T/home run -0 "$NONO" -s wrap --profile default -- /bin/cat "$B/rootfs/secret/file"
}

# --- the loader --------------------------------------------------------------------------------------------------

# The library leaves a file where it runs: on the host, if it gets into runtime or hook, or at the same path of the
# image.
poc() {
  command -v "${CC:-gcc}" >/dev/null || skip "no C compiler"
  printf '#include <fcntl.h>\n__attribute__((constructor)) static void poc(void)\n{\n\tcreat("%s/loaded", 0644);\n}\n' "$T" >"$T/poc.c"
  "${CC:-gcc}" -shared -fPIC -o "$T/poc.so" "$T/poc.c"
  install -m 755 "$T/poc.so" "$B/rootfs/poc.so"
  mkdir -p "$B/rootfs$T"
}

@test "LD_PRELOAD and its like in the image's environment" {
  poc
  row "the loader's variables"
  environment LD_PRELOAD=/proc/self/cwd/poc.so LD_PRELOAD="$B/rootfs/poc.so" LD_AUDIT=/poc.so LD_LIBRARY_PATH=/ LD_DEBUG=all \
    GLIBC_TUNABLES=glibc.malloc.check=3 GCONV_PATH=/ LOCPATH=/ MALLOC_CHECK_=3 BASH_ENV=/poc.so PYTHONSTARTUP=/poc.so
  printf '/poc.so\n' >"$B/rootfs/etc/ld.so.preload"
  printf 'passwd: poc\ngroup: poc\nhosts: poc\n' >"$B/rootfs/etc/nsswitch.conf"
  mkdir -p "$B/rootfs/lib/x86_64-linux-gnu"
  cp "$B/rootfs/poc.so" "$B/rootfs/lib/libnss_poc.so.2"
  cp "$B/rootfs/poc.so" "$B/rootfs/lib/x86_64-linux-gnu/libnss_poc.so.2"
  sandboxed
  [[ ! -e $T/loaded && ! -e $B/rootfs$T/loaded ]]
  journal_agrees
}

@test "a program with a loader does load it" {
  poc
  LD_PRELOAD=$T/poc.so env true
  [[ -e $T/loaded ]]
}

# --- arguments ---------------------------------------------------------------------------------------------------

arguments() { # ARGUMENTS...
  cat "$T/plain.json" >"$B/config.json"
  spec_args "$@"
}

# Arguments exactly as we write them count as ours. All others are wrapped once more, and nono inside may not be
# executed.
@test "arguments that look wrapped already" {
  row "wrapped exactly so"
  arguments /nono/launcher/kubefence-launcher first-step --profile /nono/profiles/default.json -- /bin/sh -c 'cat /allowed/file; cat /secret/file'
  sandboxed
  row "with another profile"
  arguments /nono/launcher/kubefence-launcher first-step --profile /nono/profiles/writes-nono.json -- /bin/cat /secret/file
  not_started
  row "with a grant of its own"
  arguments /nono/launcher/kubefence-launcher first-step --profile /nono/profiles/default.json --allow /secret -- /bin/cat /secret/file
  not_started
  row "with a profile of the image"
  printf '%s\n' "$ALLOWS_ALL" >"$B/rootfs/allowed/p.json"
  arguments /nono/launcher/kubefence-launcher first-step --profile /allowed/p.json -- /bin/cat /secret/file
  not_started
  row "the prefix and nothing after it"
  arguments /nono/launcher/kubefence-launcher first-step --profile /nono/profiles/default.json --
  not_started
  row "nono alone"
  arguments /nono/nono
  not_started
  row "by another path"
  arguments /nono/../nono/launcher/kubefence-launcher first-step --profile /nono/profiles/default.json -- /bin/cat /secret/file
  not_started
  journal_agrees
}

@test "arguments that nono could take for its own" {
  row "options"
  arguments --allow /secret -- /bin/cat /secret/file
  not_started
  row "help"
  arguments --help
  not_started
  row "nothing"
  arguments ''
  not_started
}

# --- bytes -------------------------------------------------------------------------------------------------------

put_bytes() { # JQ-PATH BYTES
  cat "$T/plain.json" >"$B/config.json"
  spec --arg mark "XBYTESX" "$1 += [\"A=\" + \$mark]"
  LC_ALL=C sed -i "s/XBYTESX/$2/" "$B/config.json"
}

@test "arguments and variables that are not UTF-8" {
  local list bytes

  only_standin
  for list in .process.args .process.env; do
    for bytes in '\xff' '\xc3' '\xc0\xaf' '\xed\xa0\x80' '\xf4\x90\x80\x80' '\\u0000'; do
      row "$list $bytes"
      put_bytes "$list" "$bytes"
      refused spec_invalid ""
    done
  done
  journal_agrees
}

@test "no arguments, empty ones, and ones that are not strings" {
  local args

  only_standin
  for args in '[]' null '"/bin/sh"' '{}' '[7]' '["/bin/sh", null]' '[["/bin/sh"]]'; do
    row "args = $args"
    cat "$T/plain.json" >"$B/config.json"
    spec ".process.args = $args"
    refused spec_invalid "process.args"
  done
  for args in '"PATH=/"' '{"A": "b"}' '[7]' '["A=b", null]'; do
    row "env = $args"
    cat "$T/plain.json" >"$B/config.json"
    spec ".process.env = $args"
    refused spec_invalid "process.env"
  done
  journal_agrees
}
