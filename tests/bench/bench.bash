# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2034 # a $ in single quotes is for jq or sh; run.sh uses what is set here
#
# The base of the groups of run.sh: the set-up of the integration tests without bats, and how rows are written down.

# --- helpers.bash expects bats around it -------------------------------------------------------------------------

BATS_TEST_DIRNAME=$TOP/tests/integration BATS_TEST_NUMBER=bench
bats_require_minimum_version() { :; }

skip() {
  printf 'bench: skipped: %s\n' "$*" >&2
  exit 1
}

# shellcheck source=tests/integration/helpers.bash
. "$TOP/tests/integration/helpers.bash"

# --- rows --------------------------------------------------------------------------------------------------------

line() { # WORD...
  local IFS=$'\t'

  printf '%s\n' "$*" >>"$VARIANTS"
}

# Begins a row of the group; BASE is the row that it is compared with in the table.
row() { # NAME BASE TITLE
  printf '%s\t%s\t%s\t%s\n' "$GROUP" "$1" "$2" "$3" >>"$OUT_DIR/rows.tsv"
  line variant "$1"
}

skip_row() { # NAME REASON
  printf '%s\t%s\t%s\n' "$GROUP" "$1" "$2" >>"$OUT_DIR/skipped.tsv"
}

argv() { line argv "$@"; }
before() { line before "$@"; }
after() { line after "$@"; }

begin_group() { # GROUP
  GROUP=$1
  VARIANTS=$T/$1.variants
  : >"$VARIANTS"
}

# Runs the rows of the group. A row that fails ends the group: times of failures say nothing.
measure() { # ROUNDS [OPTIONS...]
  local start=$SECONDS status=0

  [[ -s $VARIANTS ]] || return 0
  (($1 > 0)) || set -- 1 "${@:2}"
  "${UNDER[@]}" "$BENCH/measure" --rounds "$1" "${@:2}" "$VARIANTS" >"$OUT_DIR/$GROUP.tsv" 2>"$T/measure.err" || status=$?
  if ((status != 0)); then
    printf 'bench: %s: %s\n' "$GROUP" "$(tail -n 5 "$T/measure.err")" >&2
    FAILED=1
    return 0
  fi
  printf 'bench: %s: %d rounds in %d s\n' "$GROUP" "$1" $((SECONDS - start)) >&2
}

# --- bundles and configurations ----------------------------------------------------------------------------------

bench_setup() {
  local name

  UNDER=()
  kf_setup
  BENCH=$T/bench
  BUILD=$KF_BUILD "$TOP/tests/bench/build.sh" "$BENCH"
  mkdir -p "$T/rt" "$T/null-nono/profiles"
  install -m 755 "$BENCH/nono" "$T/null-nono/nono"
  "$TOP/scripts/install-launcher.sh" --dir "$T/null-nono" --launcher "$KF_BUILD/kubefence-launcher"
  install -m 644 "$TOP"/tests/integration/profiles/default.json "$T/null-nono/profiles/"
  for name in nono-mount nono-empty nono-features kubefence-runtime; do
    ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/$name"
  done
  bench_config "$T/null.conf" "$T/null-nono"
  bench_config "$T/full.conf" "$T/nono-nri"
  export KUBEFENCE_CONFIG=$T/null.conf
  # App containers of a pod join its network namespace; and how long the kernel takes to remove one is not ours.
  spec '.process.args = ["/bin/true"] | .linux.namespaces |= map(select(.type != "network")) | .annotations = {}'
  cp "$B/config.json" "$T/plain.json"
}

bench_config() { # FILE NONO-DIR
  cat >"$1" <<END
[kubefence]
runtime_classes = $CLASS nono-mount nono-empty nono-features
default_profile = default
nono_bin_path = $2/nono
state_dir = $T/state
[class $CLASS]
runtime = $RUNTIME
[class nono-mount]
runtime = $RUNTIME
delivery = mount
[class nono-empty]
runtime = $BENCH/empty
[class nono-features]
runtime = $(type -P runc || echo /usr/bin/runc)
END
  chmod 644 "$1"
}

# A bundle of its own, with the two static programs in its image, and what JQ makes of the plain config.json.
bench_bundle() { # NAME JQ-ARGUMENTS...
  local dir=$T/$1

  mkdir -p "$dir/rootfs"/{bin,dev,proc,sys,tmp,etc}
  cp "$BENCH/empty" "$dir/rootfs/bin/true"
  cp "$BENCH/nono" "$dir/rootfs/bin/nono"
  jq "${@:2}" <"$T/plain.json" >"$dir/config.json"
  cp "$dir/config.json" "$dir.json"
}

# bench_bundle with hooks as our wrapper writes them; HOOK is called as kubefence-hook is. FILTER is more jq.
hooked_bundle() { # NAME FILTER HOOK [ARGUMENTS...]
  bench_bundle "$1" "$2"' | ($ARGS.positional[0] | split("/") | last) as $name
    | [["createRuntime", "create-runtime"], ["poststop", "poststop"]] as $stages
    | .hooks = ([$stages[] | {key: .[0], value: [{path: $ARGS.positional[0], env: ["PATH=/usr/bin:/bin"],
      args: ([$name] + $ARGS.positional[1:] + [.[1]])}]}] | from_entries)' --args -- "${@:3}"
}

run_in() { # BUNDLE COMMAND... : the arguments that run it
  printf '%s\n' "${@:2}" --root "$T/rt" run --bundle "$T/$1" bench
}

# The row NAME: the container of its bundle, run from a config.json that is not rewritten yet.
run_row() { # NAME BASE TITLE COMMAND...
  local words

  mapfile -t words < <(run_in "$1" "${@:4}")
  row "$1" "$2" "$3"
  before cp "$T/$1.json" "$T/$1/config.json"
  argv "${words[@]}"
}
