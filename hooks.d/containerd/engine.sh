# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work and their like are install-node.sh's
#
# containerd: from 2.0 a drop-in that the main file imports; before, tables in the main file, because an imported file
# replaces the whole section of the CRI plugin (containerd#5837, #9982). A distribution that keeps its containerd
# elsewhere sets these in its own folder, and reads this file.

: "${CONTAINERD_MAIN:=/etc/containerd/config.toml}"
: "${CONTAINERD_DROPIN:=/etc/containerd/conf.d/50-kubefence.toml}"
: "${CONTAINERD_SERVICE:=containerd}"
CONTAINERD_CRI=io.containerd.grpc.v1.cri
CONTAINERD_CRI3=io.containerd.cri.v1.runtime
CONTAINERD_BEGIN='# BEGIN kubefence: install-node --uninstall removes all of this'
CONTAINERD_END='# END kubefence'

# As Docker's packages set it up: containerd is there, and no kubelet can use it.
engine_found() {
  { node_program containerd >/dev/null || [[ -d $root${CONTAINERD_MAIN%/*} ]]; } &&
    ! containerd_says 'disabled_plugins[[:space:]]*=.*cri["'\'']'
}

engine_service() { say "systemctl restart $CONTAINERD_SERVICE"; }

# Without a file it starts with what is built in, and does not say it.
engine_answer() {
  local program

  program=$(node_program containerd) && [[ -f $root$CONTAINERD_MAIN ]] && ! is_blank "$root$CONTAINERD_MAIN" || return 2
  ask_node "$program" --config "$CONTAINERD_MAIN" config dump
}

# The runtimes that it has, and all that is not about runtimes, must be the same; ours have come.
engine_judge() { # BEFORE AFTER
  local class lost

  lost=$(comm -23 <(containerd_runtimes "$1") <(containerd_runtimes "$2") | xargs)
  [[ -z $lost ]] || { say "it would be without the runtimes: $lost" && return; }
  for class in "${classes[@]}"; do
    grep -qxF "$class" <(containerd_runtimes "$2") || { say "it does not take the runtime $class" && return; }
  done
  cmp -s <(containerd_others "$1") <(containerd_others "$2") || say "its other settings would change"
}

containerd_runtimes() { # ANSWER
  sed -nE 's/^ *\[plugins\..*\.containerd\.runtimes\.["'\'']?([^].'\''"]+)["'\'']?\]$/\1/p' "$1" | sort
}

containerd_others() { # ANSWER
  awk '/^ *\[/ { skip = /\.containerd\.runtimes(\.|\])/ } !skip && !/^ *imports =/ && NF' "$1"
}

# --- its configuration -------------------------------------------------------------------------------------------

# What it has before the first table.
toml_top() { # FILE
  sed '/^[[:space:]]*\[/,$d' "$1"
}

containerd_version() {
  local program

  program=$(node_program containerd) || return 0
  "$root$program" --version 2>/dev/null | sed -nE 's/.*[ v]([0-9]+\.[0-9]+\.[0-9]+).*/\1/p' | head -n 1
}

containerd_merges() {
  local version

  version=$(containerd_version)
  ((${version%%.*} + 0 >= 2))
}

containerd_config_version() { # prints 2 or 3
  local version=2

  if ! is_blank "$root$CONTAINERD_MAIN"; then
    version=$(toml_get version <"$root$CONTAINERD_MAIN")
  elif containerd_merges; then
    version=3
  fi
  # A drop-in may be older than the main file, not newer.
  [[ $version =~ ^[0-9]+$ ]] || version=1
  ((version <= 3)) || version=3
  say "$version"
}

containerd_takes_dropin() { # VERSION
  (($1 > 2)) || containerd_merges
}

# The imported files, in the order in which they are read.
containerd_imports() {
  local pattern file

  while read -r pattern; do
    [[ $pattern == /* ]] || pattern=${CONTAINERD_MAIN%/*}/$pattern
    # shellcheck disable=SC2086 # it is a pattern
    for file in "$root"$pattern; do
      [[ ! -f $file || $file == "$root$CONTAINERD_DROPIN" ]] || say "$file"
    done
  done < <(toml_strings imports "$root$CONTAINERD_MAIN")
}

# Before 2.0: the imported file whose CRI section is the one that counts.
containerd_cri_import() {
  local file

  while read -r file; do
    ! grep -q "$CONTAINERD_CRI" "$file" || say "$file"
  done < <(containerd_imports) | tail -n 1
}

# The configuration without our part; before 2.0 only the file whose CRI section counts.
containerd_foreign() {
  local file only=''

  containerd_merges || only=$(containerd_cri_import)
  for file in "${only:-$root$CONTAINERD_MAIN}" $([[ -n $only ]] || printf '%s\n' "$root${CONTAINERD_DROPIN%/*}"/*.toml); do
    [[ ! -f $file || $file == "$root$CONTAINERD_DROPIN" ]] || without_containerd_tables <"$file"
  done
}

containerd_says() { # PATTERN
  grep -qE "^[[:space:]]*$1" <(containerd_foreign)
}

# --- our part of it ----------------------------------------------------------------------------------------------

# As the node's runc has it, or what it has instead: for a kubelet with the systemd driver all must agree.
containerd_cgroup_driver() {
  containerd_foreign | awk '{ sub(/#.*/, ""); gsub(/["'\''[:space:]]/, "") }
    /^\[/ { runc = /runtimes\.runc\.options\]$/ }
    /^SystemdCgroup=(true|false)$/ { if (runc) ours = $0; else other = other == "SystemdCgroup=true" ? other : $0 }
    END { if (ours == "") ours = other; sub(/=/, " = ", ours); if (ours != "") print ours }'
}

containerd_dropin() { # VERSION
  sed '/^version/q' "$SOURCES/containerd/50-kubefence-v$1.toml"
  { sed '1,/^version/d' "$SOURCES/containerd/50-kubefence-v$1.toml" && containerd_cgroup_driver; } | for_each_class
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

containerd_refuse() { # REASON VERSION [FILE]
  warn "containerd: $1. Nothing was changed. Add this to ${3:-$CONTAINERD_MAIN}, or name only other engines:"
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

# A table can be appended wherever its parent is, as long as nobody wrote a parent inline: that is checked later.
engine_edit() {
  local version bare=$work/containerd.bare

  version=$(containerd_config_version)
  without_containerd_tables >"$bare"
  if ! containerd_takes_dropin "$version"; then
    if is_blank "$bare"; then
      say "version = 2"
    else
      cat "$bare"
      [[ -z $(tail -c 1 "$bare") ]] || echo
    fi
    containerd_tables
  elif is_blank "$bare"; then
    printf 'version = %s\nimports = ["%s"]\n' "$version" "$CONTAINERD_DROPIN"
  elif containerd_imports_dropin "$bare"; then
    cat "$bare"
  else
    edit toml-add imports "$CONTAINERD_DROPIN" <"$bare"
  fi
}

# Tables without our marks, of a tool that wrote the file anew from what containerd had read, or that copied them: those
# whose program is a wrapper.
containerd_unmarked() { # FILE
  awk -v dir="$LIBEXEC/" '/^[[:space:]]*\[/ { name = $0; gsub(/[][[:space:]"'\'']/, "", name) }
    /^[[:space:]]*BinaryName[[:space:]]*=/ && index($0, dir) { sub(/\.options$/, "", name); print name }' "$1"
}

engine_unedit() {
  local name command=toml-drop

  containerd_check_marks
  ! grep -qsE '^[[:space:]]*imports[[:space:]]*=' "$root$STATE/original/$engine" || command=toml-remove
  without_containerd_tables | edit "$command" imports "$CONTAINERD_DROPIN" >"$work/unedit"
  while read -r name; do
    warn "$root$CONTAINERD_MAIN: the table $name has lost our marks, and goes by its program"
    edit toml-remove-table "$name" <"$work/unedit" >"$work/unedit.new" && mv "$work/unedit.new" "$work/unedit"
  done < <(containerd_unmarked "$work/unedit")
  cat "$work/unedit"
}

# What is left of a file that we made.
engine_is_ours() { # FILE
  ! grep -qvxE 'version = [23]' "$1"
}

# --- where a table can be appended -------------------------------------------------------------------------------

# What is plain enough for these few lines. A table or a key twice would be an error of TOML; dotted keys, inline tables,
# and strings or arrays over several lines may mean what only a parser can tell; a parent of our tables must not be a value.
containerd_is_plain() { # FILE
  local key='([A-Za-z0-9_-]+|"[^"\\]+")' basic='"([^"\\]|\\.)*"' literal="'[^']*'" array='\[[^][{}]*\]'
  local line="^ *$key *= *($basic|$literal|$array|[A-Za-z0-9_.:+-]+) *(#.*)?\$" table='^ *\[[^][]+\] *(#.*)?$'

  LC_ALL=C.UTF-8 grep -qaxv '.*' "$1" && return 1
  sed -E $'1s/^\xef\xbb\xbf//; s/\\r$//; s/\\t/ /g; /^ *(#|$)/d' "$1" | LINE=$line TABLE=$table \
    OURS="[plugins.$CONTAINERD_CRI.containerd.runtimes.nono-runc.options]" awk 'function once(name) {
      gsub(/[ "'\'']/, "", name)
      if (seen[name]++) exit bad = 1
    }
    function value(name) {
      gsub(/[ "'\'']/, "", name)
      sub(/\]/, ".", name)
      if (index(OURS, name ".") == 1) exit bad = 1
    }
    BEGIN { OURS = ENVIRON["OURS"]; sub(/\]/, ".", OURS) }
    $0 ~ ENVIRON["TABLE"] { table = $0; sub(/\].*/, "]", table); once(table); next }
    $0 ~ ENVIRON["LINE"] { sub(/=.*/, ""); value(table == "" ? "[" $0 : table $0); once(table $0); next }
    { exit bad = 1 }
    END { exit bad }'
}

containerd_check_tables() {
  local import status=0

  import=$(containerd_cri_import)
  [[ -z $import ]] ||
    containerd_refuse "$CONTAINERD_MAIN imports settings of the CRI plugin from ${import#"$root"}, and before 2.0 those \
replace all others" 2 "${import#"$root"}"
  engine_answer >"$work/unused" || status=$?
  # Its own parser judges the edit before and after; without an answer, it has to be plain.
  ((status != 1)) || containerd_refuse "$root$CONTAINERD_MAIN: containerd cannot read it ($(complaint))" 2
  ((status == 0)) || is_blank "$work/containerd.bare" || containerd_is_plain "$work/containerd.bare" ||
    containerd_refuse "$root$CONTAINERD_MAIN: nothing can be appended to it safely without containerd's own answer" 2
}

# The runtime of pods without a RuntimeClass.
containerd_runtime() {
  local name path text=$work/answer

  engine_answer >"$text" || containerd_foreign >"$text"
  for name in "$CONTAINERD_CRI3" "$CONTAINERD_CRI"; do
    path=$(toml_get "plugins.$name.containerd.default_runtime_name" <"$text")
    [[ -z $path ]] || break
  done
  path=$(toml_get "plugins.$name.containerd.runtimes.${path:-runc}.options.BinaryName" <"$text")
  path=${path:-runc}
  if [[ $path == /* ]]; then
    say "$path"
  else
    node_program "$path" || true
  fi
}

# containerd#11480: its options for a pod's user namespace replace those of the handler, BinaryName among them.
containerd_check_version() {
  local version

  version=$(containerd_version)
  [[ ! $version =~ ^2\.0\.[0-4]$ ]] ||
    die "containerd: version $version loses the runtime's name of pods with hostUsers: false, which then run without a" \
      "sandbox: update it to 2.0.5 or later: nothing was changed"
}

engine_stage() {
  local version

  containerd_check_version
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
  engine_edit <"$work/containerd" >"$work/containerd.new" 2>"$work/complaint" ||
    containerd_refuse "$CONTAINERD_MAIN: $(complaint)" "$version"
  if containerd_takes_dropin "$version"; then
    containerd_dropin "$version" >"$work/containerd.dropin"
    stage file "$CONTAINERD_DROPIN" <"$work/containerd.dropin"
  else
    [[ ! -e $root$CONTAINERD_DROPIN ]] ||
      die "containerd: $root$CONTAINERD_DROPIN is for containerd 2.0 and later: run this with --uninstall first"
    containerd_check_tables
  fi
  stage_kata containerd
  stage_runtime 32 "$(containerd_runtime)"
  cmp -s "$work/containerd" "$work/containerd.new" || stage edit "$CONTAINERD_MAIN" <"$work/containerd.new"
}
