#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Tells the engines of a node about kubefence, and takes it back. See usage().
#
# Two steps: every engine stages what its files are to become, and refuses what it cannot do safely; only then is
# anything written. A list of what was made (STATE/installed) and the originals of edited files are what --uninstall
# goes by. Files are replaced by rename: CRI-O re-reads hooks.d at any event, and a half JSON means no hook.
set -euo pipefail
umask 022

SOURCES=$(cd "$(dirname "${BASH_SOURCE[0]}")/../hooks.d" && pwd)
ENGINES=(crio podman containerd docker)
WRAPPER=/usr/libexec/kubefence/nono-runc
PROGRAMS=(/usr/libexec/oci/hooks.d/kubefence-hook /usr/bin/kubefence-runtime "$WRAPPER")
STATE=/var/lib/kubefence/node
HOOKS_DIR=/usr/share/containers/oci/hooks.d
PODMAN_HOOKS_DIR=/usr/share/kubefence/podman-hooks.d
PODMAN_DROPIN=/etc/containers/containers.conf.d/50-kubefence.conf
CONTAINERD_MAIN=/etc/containerd/config.toml
CONTAINERD_DROPIN=/etc/containerd/conf.d/50-kubefence.toml
CONTAINERD_CRI=io.containerd.grpc.v1.cri
CONTAINERD_BEGIN='# BEGIN kubefence: install-node --uninstall removes all of this'
CONTAINERD_END='# END kubefence'
DOCKER_MAIN=/etc/docker/daemon.json

root='' scope=all dry_run=no restart=no uninstall=no found=no work='' temp=''
engines=() refused=()
# What is staged: three lists of the same length. KIND: file (all ours) or edit (a file of others).
staged_paths=() staged_kinds=() staged_engines=()
# shellcheck source=scripts/install-node-kata.sh
source "$(dirname "${BASH_SOURCE[0]}")/install-node-kata.sh"

usage() {
  cat <<'END'
usage: install-node.sh [--engine NAME]... [--scope all|annotated] [--kata SHIM|no] [--kata-config FILE]
                       [--root DIR] [--dry-run] [--restart]
       install-node.sh --uninstall [--engine NAME]... [--root DIR] [--dry-run] [--restart]

Makes the runtime handler nono-runc, and kata-nono-sandbox where there is Kata, known to the container engines of this
node. Run make install before.

  --engine NAME   crio, podman, containerd or docker; can be repeated; default: every engine that is found
                  (with --uninstall: every engine it was installed for)
  --scope SCOPE   the hooks of CRI-O and Podman run for all containers, so that skips are logged too (all, the
                  default), or only for containers with an annotation of kubefence (annotated)
END
  kata_usage
  cat <<'END'
  --root DIR      work on the node whose file system is at DIR
  --uninstall     put everything back as it was
  --dry-run       print every file and change; change nothing
  --restart       restart the services that must read their configuration again; default: only name them. With --root
                  that is a running node, whose systemctl is called
  -h, --help      this text
END
}

say() { printf '%s\n' "$*"; }
warn() { printf 'install-node.sh: %s\n' "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

clean_up() {
  [[ -z $temp ]] || rm -f "$temp"
  [[ -z $work ]] || rm -rf "$work"
}

# --- reading what is there ---------------------------------------------------------------------------------------

# The strings of every `KEY = [...]` in the TOML files, on one line or several. Not for a key whose strings have ] in
# them.
toml_strings() { # KEY FILE...
  local key=$1 file

  shift
  for file in "$@"; do
    [[ -e $file ]] || continue
    awk -v start="^[[:space:]]*${key}[[:space:]]*=[[:space:]]*[[]" '$0 ~ start { inside = 1; sub(start, "") }
      inside { line = $0; sub(/[\]#].*/, "", line); print line }
      /^[^#]*\]/ { inside = 0 }' "$file" | grep -oE "\"[^\"]*\"|'[^']*'" | tr -d "\"'" || true
  done
}

toml_has() { # KEY FILE
  [[ -f $2 ]] && grep -qE "^[[:space:]]*$1[[:space:]]*=" "$2"
}

# A node's own links (etc -> /private/etc) would lead out of it into ours.
check_inside_root() { # PATH
  local real

  [[ -n $root ]] || return 0
  real=$(realpath -m "$root${1%/*}")
  [[ $real == "$root"/* ]] || die "$root$1: a symbolic link leads out of $root"
}

engine_found() { # NAME
  local dir program=$1

  [[ $1 != docker ]] || program=dockerd
  for dir in /usr/bin /usr/local/bin /usr/sbin /usr/local/sbin /bin; do
    [[ ! -x $root$dir/$program ]] || return 0
  done
  [[ $1 != podman && -d $root/etc/$1 ]]
}

check_programs() {
  local program

  # The last one is a link, which means something else seen from outside of the root.
  for program in "${PROGRAMS[@]}"; do
    [[ -x $root$program || -L $root$program ]] ||
      die "$root$program is missing, and engines silently skip a hook without its program: run make install first"
  done
}

# --- the list of what was made -----------------------------------------------------------------------------------

# A line is KIND, ENGINE and PATH, with tabs between: file and edit as staged; made is an edit of a file that was not
# there; dir is a directory that was not there (engine "-").
recorded() { # KIND ENGINE PATH
  [[ -f $root$STATE/installed ]] && grep -qxF "$1"$'\t'"$2"$'\t'"$3" "$root$STATE/installed"
}

recorded_for_any() { # PATH
  local engine kind

  for engine in "${ENGINES[@]}"; do
    for kind in file edit made; do
      ! recorded "$kind" "$engine" "$1" || return 0
    done
  done
  return 1
}

record() { # KIND ENGINE PATH
  recorded "$@" || printf '%s\t%s\t%s\n' "$@" >>"$root$STATE/installed"
}

make_state() {
  local dir missing=()

  for dir in "$STATE" "${STATE%/*}" /var/lib /var; do
    [[ -d $root$dir ]] || missing=("$dir" "${missing[@]}")
  done
  mkdir -p "$root$STATE/original"
  for dir in "${missing[@]}"; do
    [[ $dir == "$STATE" ]] || record dir - "$dir"
  done
}

make_dirs() { # DIR
  [[ ! -d $root$1 ]] || return 0
  make_dirs "${1%/*}"
  record dir - "$1"
  mkdir "$root$1"
}

# --- staging -----------------------------------------------------------------------------------------------------

stage() { # ENGINE KIND PATH, with the content on standard input
  check_inside_root "$3"
  mkdir -p "$work/stage${3%/*}"
  cat >"$work/stage$3"
  staged_engines+=("$1") staged_kinds+=("$2") staged_paths+=("$3")
}

check_editable() { # PATH
  check_inside_root "$1"
  [[ ! -L $root$1 ]] || die "$root$1 is a symbolic link, so something else manages it: make the change there"
  [[ ! -e $root$1 || -f $root$1 ]] || die "$root$1 is no regular file"
}

check_staged_file() { # PATH
  local file=$root$1

  [[ -e $file || -L $file ]] || return 0
  [[ -f $file && ! -L $file ]] || die "$file is no regular file: move it away"
  recorded_for_any "$1" || cmp -s "$work/stage$1" "$file" ||
    die "$file is there and was not made by this script: move it away"
}

crio_hooks_dirs() {
  say "$HOOKS_DIR"
  toml_strings hooks_dir "$root/etc/crio/crio.conf" "$root"/etc/crio/crio.conf.d/*.conf
}

# CRI-O does not start when a JSON in its directories names a stage it does not know.
refuse_precreate() {
  local dir i file

  while read -r dir; do
    [[ $(realpath -m "$root$dir") != "$(realpath -m "$root$PODMAN_HOOKS_DIR")"?(/annotated) ]] ||
      die "CRI-O reads $dir, which names the stage precreate and is for Podman: take it out of CRI-O's hooks_dir"
    for i in "${!staged_paths[@]}"; do
      [[ ${staged_paths[i]%/*} == "${dir%/}" ]] || continue
      ! grep -q '"precreate"' "$work/stage${staged_paths[i]}" ||
        die "${staged_paths[i]} names the stage precreate, and CRI-O reads $dir: it would not start any more"
    done
    [[ " ${engines[*]} " == *' crio '* ]] || continue
    for file in "$root${dir%/}"/*.json; do
      [[ ! -f $file ]] || ! grep -q '"precreate"' "$file" ||
        die "$file names the stage precreate: CRI-O does not start with it; move it to a directory only Podman reads"
    done
  done < <(crio_hooks_dirs)
}

stage_hooks() { # ENGINE
  local from=$SOURCES name

  [[ $scope == all ]] || from=$SOURCES/annotated
  for name in 50-kubefence.json 50-kubefence-poststop.json; do
    stage "$1" file "$HOOKS_DIR/$name" <"$from/$name"
  done
}

stage_crio() {
  stage crio file /etc/crio/crio.conf.d/50-kubefence.conf <"$SOURCES/crio/50-kubefence.conf"
  stage_kata crio
  stage_hooks crio
}

# --- Podman ------------------------------------------------------------------------------------------------------

# The files of the node's root besides ours, as Podman reads them (containers.conf(5)); rootless it reads them too.
podman_confs() { # before|after: those that ours goes over, or that go over ours
  local LC_ALL=C conf files=("$root/usr/share/containers/containers.conf" "$root/etc/containers/containers.conf")

  [[ $1 == before ]] || files=()
  for conf in "$root${PODMAN_DROPIN%/*}"/*.conf; do
    if [[ $1 == before && $conf < $root$PODMAN_DROPIN || $1 == after && $conf > $root$PODMAN_DROPIN ]]; then
      files+=("$conf")
    fi
  done
  ((${#files[@]} == 0)) || printf '%s\n' "${files[@]}"
}

# The directories that Podman reads without us: the last file that has the list counts.
podman_hooks_dirs() {
  local conf dirs=$HOOKS_DIR

  while read -r conf; do
    ! toml_has hooks_dir "$conf" || dirs=$(toml_strings hooks_dir "$conf")
  done < <(podman_confs before)
  [[ -z $dirs ]] || say "$dirs"
}

podman_check_later_confs() { # OUR-DIRECTORY
  local conf

  while read -r conf; do
    ! toml_has hooks_dir "$conf" || toml_strings hooks_dir "$conf" | grep -qxF "$1" ||
      die "podman: $conf replaces the hooks_dir of $PODMAN_DROPIN: add $1 to its list, or rename it"
  done < <(podman_confs after)
}

toml_list() { # KEY, with one string a line on standard input
  awk -v key="$1" '!seen[$0]++ { list = list (list ? ", " : "") "\"" $0 "\"" } END { print key " = [" list "]" }'
}

# Lists in our file replace those of others: take over what they name.
stage_podman() {
  local ours=$PODMAN_HOOKS_DIR confs hooks_dir supports_json

  [[ $scope == all ]] || ours+=/annotated
  [[ -f $root$ours/50-kubefence-precreate.json ]] ||
    die "$root$ours/50-kubefence-precreate.json is missing: run make install first"
  podman_check_later_confs "$ours"
  mapfile -t confs < <(podman_confs before && podman_confs after)
  hooks_dir=$({ podman_hooks_dirs && say "$ours"; } | toml_list hooks_dir)
  supports_json=$(toml_strings runtime_supports_json "$SOURCES/podman/50-kubefence.conf" "${confs[@]}" |
    toml_list runtime_supports_json)
  awk -v hooks_dir="$hooks_dir" -v supports_json="$supports_json" '/^hooks_dir =/ { $0 = hooks_dir }
    /^runtime_supports_json =/ { $0 = supports_json } { print }' "$SOURCES/podman/50-kubefence.conf" >"$work/podman"
  stage podman file "$PODMAN_DROPIN" <"$work/podman"
  stage_hooks podman
}

# --- Docker ------------------------------------------------------------------------------------------------------

# One object, no key twice (jq would drop one of them), and nothing else's runtime of our name.
check_daemon_json() { # FILE
  local all kept ours

  ours=$(jq -c '.runtimes["nono-runc"]' "$SOURCES/docker/daemon.json")
  jq -es 'length == 0 or (length == 1 and (.[0] | type) == "object")' "$1" >/dev/null 2>&1 ||
    die "$root$DOCKER_MAIN cannot be parsed as a JSON object: nothing was changed; repair it first"
  all=$(jq -n --stream '[inputs | select(length == 2)] | length' "$1")
  kept=$(jq -n '[inputs | tostream | select(length == 2)] | length' "$1")
  [[ $all == "$kept" ]] || die "$root$DOCKER_MAIN has a key twice: nothing was changed; repair it first"
  jq -es --argjson ours "$ours" '(.[0] // {}) | (.runtimes // {}) | type == "object" and
    (has("nono-runc") | not) or .["nono-runc"] == $ours' "$1" >/dev/null 2>&1 ||
    die "$root$DOCKER_MAIN already has another runtime nono-runc, or runtimes is no object: nothing was changed"
}

edit_docker() { # reads daemon.json, writes it with our runtime
  jq -s --slurpfile ours "$SOURCES/docker/daemon.json" \
    '(.[0] // {}) | .runtimes = (.runtimes // {}) + $ours[0].runtimes'
}

# Writes nothing when we made the file and nothing but our runtime is in it.
unedit_docker() {
  local made=false

  ! recorded made docker "$DOCKER_MAIN" || made=true
  jq --argjson made "$made" 'del(.runtimes["nono-runc"]) |
    if .runtimes == {} then del(.runtimes) else . end | select(. != {} or ($made | not))'
}

stage_docker() {
  command -v jq >/dev/null || die "docker: jq is needed to edit $DOCKER_MAIN"
  check_editable "$DOCKER_MAIN"
  [[ ! -f $root$DOCKER_MAIN ]] || check_daemon_json "$root$DOCKER_MAIN"
  if [[ -f $root$DOCKER_MAIN ]] && jq -e '.runtimes["nono-runc"]' "$root$DOCKER_MAIN" >/dev/null 2>&1; then
    return 0
  fi
  : >"$work/docker"
  [[ ! -f $root$DOCKER_MAIN ]] || cat "$root$DOCKER_MAIN" >"$work/docker"
  edit_docker <"$work/docker" >"$work/docker.new"
  stage docker edit "$DOCKER_MAIN" <"$work/docker.new"
}

# --- containerd --------------------------------------------------------------------------------------------------

# Also when it is not there.
is_blank() { # FILE
  ! grep -qs '[^[:space:]]' "$1"
}

# What its configuration has before the first table.
toml_top() { # FILE
  sed '/^[[:space:]]*\[/,$d' "$1"
}

containerd_program() {
  local dir

  for dir in /usr/bin /usr/local/bin; do
    [[ ! -x $root$dir/containerd ]] || { say "$root$dir/containerd" && return; }
  done
  return 1
}

# Before 2.0, an imported file replaces the whole section of the CRI plugin (containerd#5837, #9982): there, our tables
# go into the main file.
containerd_merges() {
  local program

  program=$(containerd_program) &&
    "$program" --version 2>/dev/null | grep -qE '[ v]([2-9]|[1-9][0-9]+)\.[0-9]+\.[0-9]+'
}

containerd_config_version() { # prints 2 or 3
  local version=2

  if ! is_blank "$root$CONTAINERD_MAIN"; then
    version=$(toml_top "$root$CONTAINERD_MAIN" |
      sed -nE 's/^[[:space:]]*version[[:space:]]*=[[:space:]]*([0-9]+).*/\1/p')
  elif containerd_merges; then
    version=3
  fi
  # A drop-in may be older than the main file, not newer.
  ((${version:-1} <= 3)) || version=3
  say "${version:-1}"
}

containerd_takes_dropin() { # VERSION
  (($1 > 2)) || containerd_merges
}

# Lines of a file with our tables removed, byte for byte.
without_containerd_tables() {
  sed "/^$CONTAINERD_BEGIN\$/,/^$CONTAINERD_END\$/d"
}

containerd_check_marks() {
  local marks

  [[ -f $root$CONTAINERD_MAIN ]] || return 0
  marks=$(grep -xF -e "$CONTAINERD_BEGIN" -e "$CONTAINERD_END" "$root$CONTAINERD_MAIN" || true)
  [[ -z $marks || $marks == "$CONTAINERD_BEGIN"$'\n'"$CONTAINERD_END" ]] ||
    die "$root$CONTAINERD_MAIN: our marks are not one pair any more: nothing was changed; repair them first"
}

# The configuration without our part.
containerd_foreign() {
  local file

  for file in "$root$CONTAINERD_MAIN" "$root${CONTAINERD_DROPIN%/*}"/*.toml; do
    [[ -f $file && $file != "$root$CONTAINERD_DROPIN" ]] || continue
    without_containerd_tables <"$file"
    echo
  done
}

containerd_says() { # REGEX
  grep -qE "^[[:space:]]*$1" <(containerd_foreign)
}

# As the node's runc has it, or what it has instead: for a kubelet with the systemd driver all must agree.
containerd_cgroup_driver() {
  containerd_foreign | awk '{ sub(/#.*/, ""); gsub(/["'\''[:space:]]/, "") }
    /^\[/ { runc = /runtimes\.runc\.options\]$/ }
    /^SystemdCgroup=(true|false)$/ { if (runc) ours = $0; else other = other == "SystemdCgroup=true" ? other : $0 }
    END { if (ours == "") ours = other; sub(/=/, " = ", ours); if (ours != "") print ours }'
}

containerd_dropin() { # VERSION
  cat "$SOURCES/containerd/50-kubefence-v$1.toml"
  containerd_cgroup_driver
  kata_containerd "$1"
}

# What is appended to a main file of version 2.
containerd_tables() {
  say "$CONTAINERD_BEGIN"
  containerd_dropin 2 | sed '1,/^version/d'
  if ! containerd_says "\[.*$CONTAINERD_CRI.*runtimes\."; then
    cat <<END

# Before containerd 2.0, a table of runtimes replaces the one that is built in, and this is all that is in there.
[plugins."$CONTAINERD_CRI".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."$CONTAINERD_CRI".containerd.runtimes.runc.options]
END
    containerd_cgroup_driver
  fi
  say "$CONTAINERD_END"
}

containerd_refuse() { # REASON VERSION
  warn "containerd: $1. Nothing was changed. Add this to $CONTAINERD_MAIN, or name only other engines:"
  if containerd_takes_dropin "$2"; then
    containerd_dropin "$2" | sed -E '/^#|^version/d' >&2
  else
    containerd_tables | sed '/^#/d' >&2
  fi
  exit 1
}

# A relative pattern does not count; to import a file twice does no harm.
containerd_imports_dropin() { # FILE
  local pattern

  while read -r pattern; do
    [[ ${pattern%/*} == "${CONTAINERD_DROPIN%/*}" ]] || continue
    # shellcheck disable=SC2053 # it is a pattern
    [[ ${CONTAINERD_DROPIN##*/} != ${pattern##*/} ]] || return 0
  done < <(toml_strings imports "$1")
  return 1
}

# On standard input the main configuration; fails where a line-wise edit is not safe.
edit_containerd() { # VERSION
  without_containerd_tables >"$work/containerd.bare"
  if ! containerd_takes_dropin "$1"; then
    containerd_add_tables
  elif containerd_imports_dropin "$work/containerd.bare"; then
    cat "$work/containerd.bare"
  else
    containerd_add_import "$1" <"$work/containerd.bare"
  fi
}

containerd_add_import() { # VERSION
  local text line='^[[:space:]]*imports[[:space:]]*=[[:space:]]*'

  text=$(cat && printf x)
  text=${text%x}
  if [[ -z ${text//[[:space:]]/} ]]; then
    printf 'version = %s\nimports = ["%s"]\n' "$1" "$CONTAINERD_DROPIN"
  elif toml_top <(printf %s "$text") | grep -qE "$line"'\[[^]#]*\][[:space:]]*(#.*)?$'; then
    printf %s "$text" | sed -E "/$line/ { s|,?[[:space:]]*\]|, \"$CONTAINERD_DROPIN\"]|; s|\[[[:space:]]*, |[|; }"
  elif ! grep -qE "$line" <<<"$text"; then
    printf %s "$text" | awk -v imports="imports = [\"$CONTAINERD_DROPIN\"]" '{ print }
      /^[[:space:]]*version[[:space:]]*=/ && !done { print imports; done = 1 }'
  else
    return 1
  fi
}

# A table can be appended wherever its parent is, as long as nobody wrote a parent inline: that is checked later.
containerd_add_tables() {
  if is_blank "$work/containerd.bare"; then
    say "version = 2"
  else
    cat "$work/containerd.bare"
    [[ -z $(tail -c 1 "$work/containerd.bare") ]] || echo
  fi
  containerd_tables
}

unedit_containerd() {
  local line='^[[:space:]]*imports[[:space:]]*=' empty='[[:space:]]*\[[[:space:]]*\]'

  without_containerd_tables | sed -E "/$line/ { s|(, *)?\"$CONTAINERD_DROPIN\"||; s|\[ *, *|[|; }" |
    if grep -qsE "$line" "$root$STATE/original/containerd"; then cat; else sed -E "/$line$empty/d"; fi \
      >"$work/containerd.rest"
  if ! recorded made containerd "$CONTAINERD_MAIN" || grep -qvxE 'version = [23]' "$work/containerd.rest"; then
    cat "$work/containerd.rest"
  fi
}

# Says with a TOML parser what is wrong with the edit: AFTER must be BEFORE plus our runtime (and runc, where it was
# only built in) and nothing else. Fails when there is no parser.
containerd_compare() { # BEFORE AFTER
  python3 - "$1" "$2" "$CONTAINERD_CRI" 2>/dev/null <<'END'
import sys

try:
    import tomllib
except ImportError:
    import tomli as tomllib


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def runtimes(tree):
    for key in "plugins", sys.argv[3], "containerd", "runtimes":
        tree = tree.setdefault(key, {})
    return tree


def problem():
    try:
        before = load(sys.argv[1])
    except ValueError as error:
        return f"it cannot be parsed as TOML ({error})"
    try:
        after = load(sys.argv[2])
    except ValueError as error:
        return f"no table can be appended to it ({error})"
    if runtimes(after).pop("nono-runc", None) is None:
        return "an appended table does not become a runtime"
    if "kata-nono-sandbox" not in runtimes(before):
        runtimes(after).pop("kata-nono-sandbox", None)
    if not runtimes(before):
        runtimes(after).pop("runc", None)
    return "" if before == after else "an appended table changes others"


try:
    print(problem())
except Exception as error:
    print(f"its tables are not what containerd takes ({error})")
END
}

# Where no parser is: only what is plain enough for these few lines. A table or a key twice would be an error of TOML;
# dotted keys, inline tables, and strings or arrays over several lines may mean what only a parser can tell.
containerd_is_plain() { # FILE
  local key='([A-Za-z0-9_-]+|"[^"\\]+")' basic='"([^"\\]|\\.)*"' literal="'[^']*'" array='\[[^][{}]*\]'
  local line="^ *$key *= *($basic|$literal|$array|[A-Za-z0-9_.:+-]+) *(#.*)?\$" table='^ *\[[^][]+\] *(#.*)?$'

  sed -E 's/\r$//; s/\t/ /g; /^ *(#|$)/d' "$1" | LINE=$line TABLE=$table awk 'function once(name) {
      gsub(/[ "'\'']/, "", name)
      if (seen[name]++) exit bad = 1
    }
    $0 ~ ENVIRON["TABLE"] { table = $0; sub(/\].*/, "]", table); once(table); next }
    $0 ~ ENVIRON["LINE"] { sub(/=.*/, ""); once(table $0); next }
    { exit bad = 1 }
    END { exit bad }'
}

containerd_runtimes() { # CONFIG-FILE
  "$(containerd_program)" --config "$1" config dump 2>"$work/containerd.err" |
    sed -nE "s/^ *\[plugins\.\"$CONTAINERD_CRI\"\.containerd\.runtimes\.([^].]+)\]\$/\1/p" | sort
}

# What containerd itself makes of the edit. Of a node at another root it would read files of ours.
containerd_dumps() { # BEFORE AFTER; says what is wrong
  local runtimes lost

  [[ -z $root ]] && containerd_program >/dev/null || return 0
  if ! runtimes=$(containerd_runtimes "$1"); then
    say "containerd cannot read it ($(tail -n 1 "$work/containerd.err"))"
  elif ! containerd_runtimes "$2" >"$work/containerd.runtimes"; then
    say "containerd cannot read it with tables appended ($(tail -n 1 "$work/containerd.err"))"
  else
    lost=$(comm -23 <(sort <<<"$runtimes"$'\n'nono-runc) "$work/containerd.runtimes" | xargs)
    [[ -z $lost ]] || say "appended tables would leave it without the runtimes: $lost"
  fi
}

# Imported files go before the main one.
containerd_imports_cri() {
  local pattern file

  while read -r pattern; do
    [[ $pattern == /* ]] || pattern=${CONTAINERD_MAIN%/*}/$pattern
    # shellcheck disable=SC2086 # it is a pattern
    for file in "$root"$pattern; do
      [[ ! -f $file || $file == "$root$CONTAINERD_DROPIN" ]] || ! grep -q "$CONTAINERD_CRI" "$file" || return 0
    done
  done < <(toml_strings imports "$root$CONTAINERD_MAIN")
  return 1
}

containerd_check_tables() { # BEFORE AFTER
  local problem

  ! containerd_imports_cri ||
    containerd_refuse "$CONTAINERD_MAIN imports settings of the CRI plugin, and before 2.0 those replace all others" 2
  if ! problem=$(containerd_compare "$@"); then
    containerd_is_plain "$1" || problem="without python3 and its tomllib or tomli it is too complicated to edit"
  fi
  [[ -n $problem ]] || problem=$(containerd_dumps "$@")
  [[ -z $problem ]] || containerd_refuse "$root$CONTAINERD_MAIN: $problem" 2
}

stage_containerd() {
  local version

  check_editable "$CONTAINERD_MAIN"
  containerd_check_marks
  if containerd_says '\[plugins.*\.runtimes\.["'\'']?nono-runc["'\'']?[].]'; then
    containerd_says "BinaryName[[:space:]]*=[[:space:]]*[\"']${WRAPPER}[\"']" ||
      die "containerd: its configuration already has another runtime nono-runc: nothing was changed"
    say "containerd: its configuration already has the runtime nono-runc"
    return 0
  fi
  version=$(containerd_config_version)
  ((version >= 2)) || containerd_refuse "$CONTAINERD_MAIN has no version = 2 or 3" 2
  : >"$work/containerd"
  [[ ! -f $root$CONTAINERD_MAIN ]] || cat "$root$CONTAINERD_MAIN" >"$work/containerd"
  edit_containerd "$version" <"$work/containerd" >"$work/containerd.new" ||
    containerd_refuse "the imports of $CONTAINERD_MAIN are not on one line" "$version"
  if containerd_takes_dropin "$version"; then
    containerd_dropin "$version" >"$work/containerd.dropin"
    stage containerd file "$CONTAINERD_DROPIN" <"$work/containerd.dropin"
  else
    [[ ! -e $root$CONTAINERD_DROPIN ]] ||
      die "containerd: $root$CONTAINERD_DROPIN is for containerd 2.0 and later: run this with --uninstall first"
    is_blank "$work/containerd.bare" || containerd_check_tables "$work/containerd.bare" "$work/containerd.new"
  fi
  stage_kata containerd
  cmp -s "$work/containerd" "$work/containerd.new" || stage containerd edit "$CONTAINERD_MAIN" <"$work/containerd.new"
}

# --- writing -----------------------------------------------------------------------------------------------------

show() { # PATH NEW-FILE
  local old=$root$1

  say "would write: $root$1"
  [[ -e $old ]] || old=/dev/null
  diff -u --label "$root$1" --label "$root$1 (new)" "$old" "$2" || true
}

# Owner, mode and attributes of a file that is replaced stay.
put() { # PATH NEW-FILE
  temp=$(mktemp "$root${1%/*}/.kubefence.XXXXXX")
  if [[ -f $root$1 ]]; then
    cp --attributes-only --preserve=all "$root$1" "$temp"
  else
    chmod 0644 "$temp"
  fi
  cat "$2" >"$temp"
  mv -f "$temp" "$root$1"
  temp=
}

record_staged() { # ENGINE KIND PATH
  local kind=$2

  if [[ $2 == edit && ! -e $root$3 ]]; then
    kind=made
  elif [[ $2 == edit ]] && ! recorded edit "$1" "$3" && ! recorded made "$1" "$3"; then
    cp --preserve=all "$root$3" "$root$STATE/original/$1"
  fi
  recorded made "$1" "$3" || record "$kind" "$1" "$3"
}

apply_one() { # ENGINE KIND PATH
  if cmp -s "$work/stage$3" "$root$3"; then
    [[ -n ${seen[$3]:-} ]] || say "unchanged: $root$3"
    # Shared by two engines: it stays until the last one goes.
    [[ $dry_run == yes ]] || ! recorded_for_any "$3" || record "$2" "$1" "$3"
    return
  fi
  changed[$1]=1
  if [[ $dry_run == yes ]]; then
    [[ -n ${seen[$3]:-} ]] || show "$3" "$work/stage$3"
    return
  fi
  make_state
  [[ -z $(service_command "$1") ]] || : >"$root$STATE/restart-$1"
  make_dirs "${3%/*}"
  record_staged "$@"
  put "$3" "$work/stage$3"
  say "wrote: $root$3"
}

# An engine that was found, not named, does not stop the others when it has to be refused.
stage_engines() {
  local engine

  for engine in "${engines[@]}"; do
    if [[ $found == yes ]] && ! ("stage_$engine") >/dev/null; then
      refused+=("$engine")
    else
      "stage_$engine"
    fi
  done
}

install_all() {
  local i
  local -A seen=()

  check_programs
  kata_find
  stage_engines
  for i in "${!staged_paths[@]}"; do
    [[ ${staged_kinds[i]} == edit ]] || check_staged_file "${staged_paths[i]}"
  done
  refuse_precreate
  for i in "${!staged_paths[@]}"; do
    apply_one "${staged_engines[i]}" "${staged_kinds[i]}" "${staged_paths[i]}"
    seen[${staged_paths[i]}]=1
  done
  kata_make_source
}

# --- taking back -------------------------------------------------------------------------------------------------

forget() { # KIND ENGINE PATH
  grep -vxF "$1"$'\t'"$2"$'\t'"$3" "$root$STATE/installed" >"$work/installed" || true
  put "$STATE/installed" "$work/installed"
}

remove() { # PATH
  if [[ $dry_run == yes ]]; then
    say "would remove: $root$1"
  else
    rm -f "$root$1"
    say "removed: $root$1"
  fi
}

# What the file is to become without our part: byte for byte the original unless others changed it since.
take_out() { # ENGINE PATH
  if recorded edit "$1" "$2" && cmp -s <(edit_again "$1") "$root$2"; then
    cat "$root$STATE/original/$1"
  else
    "unedit_$1" <"$root$2"
  fi
}

edit_again() { # ENGINE
  "edit_$1" "$(containerd_config_version)" <"$root$STATE/original/$1"
}

restore() { # ENGINE PATH
  [[ -f $root$2 ]] || return 0
  check_editable "$2"
  [[ $1 != containerd ]] || containerd_check_marks
  [[ $1 != docker ]] || command -v jq >/dev/null || die "docker: jq is needed to edit $DOCKER_MAIN"
  [[ $1 != docker ]] || jq -e . "$root$2" >/dev/null 2>&1 ||
    die "$root$2 cannot be parsed as JSON: nothing in it was changed; repair it first"
  take_out "$1" "$2" >"$work/restored"
  if [[ ! -s $work/restored ]] && recorded made "$1" "$2"; then
    remove "$2"
  elif [[ $dry_run == yes ]]; then
    show "$2" "$work/restored"
  else
    put "$2" "$work/restored"
    say "wrote: $root$2"
  fi
}

shared_with_others() { # ENGINE PATH
  local other

  for other in "${ENGINES[@]}"; do
    [[ $other != "$1" && " ${leaving[*]} " != *" $other "* ]] || continue
    ! recorded file "$other" "$2" || return 0
  done
  return 1
}

undo_one() { # KIND ENGINE PATH
  check_inside_root "$3"
  case $1 in
  edit | made) restore "$2" "$3" ;;
  file)
    if shared_with_others "$2" "$3"; then
      say "stays for another engine: $root$3"
    elif [[ -e $root$3 && -z ${gone[$3]:-} ]]; then
      remove "$3"
      gone[$3]=1
    fi
    ;;
  esac
  changed[$2]=1
  [[ $dry_run == no ]] || return 0
  forget "$@"
  [[ $1 == file ]] || rm -f "$root$STATE/original/$2"
}

remove_dirs() {
  local i dirs

  # The last directory that was made goes first.
  mapfile -t dirs < <(sed -n $'s/^dir\t-\t//p' "$root$STATE/installed" | tac)
  if ! grep -qv $'^dir\t' "$root$STATE/installed"; then
    rm -rf "$root$STATE"
  fi
  for i in "${dirs[@]}"; do
    ! rmdir "$root$i" 2>/dev/null || [[ ! -f $root$STATE/installed ]] || forget dir - "$i"
  done
}

uninstall_all() {
  local kind engine path lines leaving=("${engines[@]}")
  local -A gone=()

  if [[ ! -f $root$STATE/installed ]]; then
    say "nothing is installed"
    return
  fi
  # The last thing that was made goes first: what imports a file before the file.
  mapfile -t lines < <(tac "$root$STATE/installed")
  while IFS=$'\t' read -r kind engine path; do
    [[ $kind != dir && " ${leaving[*]} " == *" $engine "* ]] || continue
    undo_one "$kind" "$engine" "$path"
  done < <(printf '%s\n' "${lines[@]}")
  kata_remove_source
  [[ $dry_run == no ]] || return 0
  for engine in "${leaving[@]}"; do
    rm -f "$root$STATE/restart-$engine"
  done
  remove_dirs
}

# --- services ----------------------------------------------------------------------------------------------------

# Podman has none. Docker learns runtimes from a reload, which leaves its containers alone, but does not forget them.
service_command() { # ENGINE
  case $1-$uninstall in
  docker-no) say "systemctl reload docker" ;;
  docker-yes | crio-* | containerd-*) say "systemctl restart $1" ;;
  esac
}

node_command() { # COMMAND...
  ${root:+chroot "$root"} "$@"
}

# What an earlier run wrote without a restart, or with one that failed, counts as changed.
add_pending_restarts() {
  local engine

  for engine in "${ENGINES[@]}"; do
    [[ ! -e $root$STATE/restart-$engine ]] || changed[$engine]=1
  done
}

tell_services() {
  local engine command

  [[ $restart == no ]] || add_pending_restarts

  kata_tell_services
  for engine in "${ENGINES[@]}"; do
    command=$(service_command "$engine")
    [[ -n $command && -n ${changed[$engine]:-} ]] || continue
    if [[ $restart == no || $dry_run == yes ]]; then
      say "$engine must read this: $command"
    else
      say "$command"
      # shellcheck disable=SC2086 # it is words
      node_command $command
      rm -f "$root$STATE/restart-$engine"
    fi
  done
}

# --- the command line --------------------------------------------------------------------------------------------

add_engine() { # NAME
  [[ " ${ENGINES[*]} " == *" $1 "* ]] || die "unknown engine: $1 (there are: ${ENGINES[*]})"
  [[ " ${engines[*]} " == *" $1 "* ]] || engines+=("$1")
}

parse() {
  while (($# > 0)); do
    case $1 in
    --engine | --scope | --root | --kata | --kata-config)
      [[ -n ${2:-} ]] || die "$1 needs an argument"
      case $1 in
      --engine) add_engine "$2" ;;
      --scope) scope=$2 ;;
      --root) root=$2 ;;
      --kata) kata_wanted=$2 ;;
      --kata-config) kata_config=$2 ;;
      esac
      shift
      ;;
    --uninstall) uninstall=yes ;;
    --dry-run) dry_run=yes ;;
    --restart) restart=yes ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
  done
  [[ $scope == all || $scope == annotated ]] || die "unknown scope: $scope (there are: all annotated)"
}

check_root() {
  [[ -z $root || -d $root ]] || die "$root is no directory"
  root=$(realpath "${root:-/}")
  [[ $root != / ]] || root=
  [[ $dry_run == yes || -n $root || $EUID == 0 ]] || die "only root can do this"
}

# As Docker's packages set it up: containerd is there, and no kubelet can use it.
containerd_has_cri() {
  ! containerd_says 'disabled_plugins[[:space:]]*=.*cri["'\'']'
}

default_engines() {
  local engine

  if ((${#engines[@]} > 0)); then
    return
  fi
  for engine in "${ENGINES[@]}"; do
    if [[ $uninstall == no ]]; then
      engine_found "$engine" || continue
      [[ $engine != containerd ]] || containerd_has_cri || continue
    fi
    engines+=("$engine")
  done
  found=yes
  ((${#engines[@]} > 0)) || die "no engine was found; name one with --engine (there are: ${ENGINES[*]})"
}

main() {
  local -A changed=()

  parse "$@"
  check_root
  default_engines
  work=$(mktemp -d)
  trap clean_up EXIT
  exec {lock}<"${root:-/}"
  flock -w 60 "$lock" || die "another install-node.sh is running"
  if [[ $uninstall == yes ]]; then
    uninstall_all
  else
    install_all
  fi
  tell_services
  ((${#refused[@]} == 0)) || die "not installed for: ${refused[*]}"
}

main "$@"
