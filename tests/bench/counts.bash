# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # $ is awk's; helpers.bash sets T, B, HOOK
#
# What our programs do on each of their paths, as counts that a busy machine does not change. For run.sh and
# tests/integration/budget.bats, after kf_setup. counts_setup needs $BENCH, where build.sh has put the programs.

COUNTED_PATHS=(hook/skip hook/inject hook/poststop hook/precreate runtime/pass-through runtime/skip runtime/rewrite
  runtime/exec)

counts_setup() {
  mkdir -p "$T/spare"
  # What the wrapper becomes is not counted; it must do nothing.
  KF_CLASS_RUNTIME=$BENCH/empty kf_config
  ln -s "$KF_BUILD/kubefence-runtime" "$T/bin/crun"
  state_json creating 1 >"$T/skip.json"
  jq -c --arg class "$CLASS" '.annotations["nono.sh/runtime-class"] = $class' "$B/config.json" >"$T/precreate.json"
  cp "$B/config.json" "$T/original.json"
  jq '.process | .args = ["/bin/true"]' "$B/config.json" >"$T/process.json"
  KF_PATIENCE=600 start_victim
  kf create --bundle "$B" "$ID"
  cp "$B/config.json" "$T/rewritten.json"
  state_json creating "$VICTIM" >"$T/creating.json"
  state_json stopped >"$T/stopped.json"
}

# Where main() is in the program, for count.
main_of() { # PROGRAM
  nm "$1" | awk '$3 == "main" { print $1 }'
}

# Sets INPUT, and WORDS to what is counted on PATH, and brings about what it finds.
prepare_path() { # PATH
  local hook=("$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS")

  INPUT=/dev/null
  cp "$T/rewritten.json" "$B/config.json"
  case $1 in
  hook/skip) INPUT=$T/skip.json WORDS=("$HOOK" --config "$KUBEFENCE_CONFIG" create-runtime) ;;
  hook/inject) INPUT=$T/creating.json WORDS=("${hook[@]}" create-runtime) ;;
  hook/poststop)
    "${hook[@]}" create-runtime <"$T/creating.json"
    INPUT=$T/stopped.json WORDS=("${hook[@]}" poststop)
    ;;
  hook/precreate) INPUT=$T/precreate.json WORDS=("$HOOK" --config "$KUBEFENCE_CONFIG" precreate) ;;
  runtime/pass-through) WORDS=("$T/bin/$CLASS" --root "$T/rt" state "$ID") ;;
  runtime/skip) WORDS=("$T/bin/crun" --root "$T/rt" create --bundle "$B" "$ID") ;;
  runtime/rewrite)
    cp "$T/original.json" "$B/config.json"
    WORDS=("$T/bin/$CLASS" --root "$T/rt" create --bundle "$B" "$ID")
    ;;
  runtime/exec) WORDS=("$T/bin/$CLASS" --root "$T/rt" exec --process "$T/process.json" "$ID") ;;
  esac
}

# Takes back what a path has left; it may have left nothing.
clean_path() {
  "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop <"$T/stopped.json"
  if [[ -n $(victim_mounts) ]]; then
    nsenter --target "$VICTIM" --mount umount "$B/rootfs/nono"
  fi
}

# With no more environment than it reads: to look through one takes instructions.
count_once() { # WHAT PATH
  prepare_path "$2"
  env -i KUBEFENCE_CONFIG="$KUBEFENCE_CONFIG" "$BENCH/count" "$1" "$(main_of "${WORDS[0]}")" "${WORDS[@]}" <"$INPUT"
  clean_path
}

# Prints lines "program path metric value".
count_path() { # PATH
  local program=kubefence-${1%%/*} path=${1#*/} loader syscalls objects instructions

  count_once syscalls "$1" >"$T/counted"
  read -r loader syscalls objects <"$T/counted"
  instructions=$(count_once instructions "$1")
  printf '%s\n' "$program $path loader-syscalls $loader" "$program $path syscalls $syscalls" \
    "$program $path objects $objects" "$program $path instructions $instructions"
}

# --- nono itself -------------------------------------------------------------------------------------------------

# Lines "NAME" of the profiles that are shipped.
shipped_profiles() {
  local file

  for file in "$KF_TOP"/hook/share/profiles/*.json; do
    basename "$file" .json
  done
}

# The shipped profiles in the nono directory; nono must be the real one.
count_nono_setup() {
  rm "$T"/nono-nri/profiles/*
  install -m 644 "$KF_TOP"/hook/share/profiles/*.json "$T/nono-nri/profiles/"
  KF_CLASS_LINE='delivery = mount' KF_CLASS_RUNTIME=$BENCH/empty kf_config
  install -m 755 "$BENCH/count" "$B/rootfs/bin/count"
  install -m 755 "$BENCH/empty" "$B/rootfs/bin/empty"
  spec_args /bin/empty
  cp "$B/config.json" "$T/plain.json"
}

# What nono does from its first instruction, which has no name, until it executes the last step, in a container under the
# policy of this profile; "built-in" is nono's own profile default, without our steps. Prints "nono NAME syscalls N".
count_nono() { # NAME
  local name=$1 id=$ID-$1 entry counted

  entry=$(readelf --file-header "$T/nono-nri/nono" | awk '/Entry point/ { print $4 }')
  cp "$T/plain.json" "$B/config.json"
  [[ $name == built-in ]] || annotate nono.sh/profile "$name"
  kf create --bundle "$B" "$id"
  spec --arg entry "$entry" 'del(.hooks) | .process.args |= ["/bin/count", "next-syscalls", $entry] + .'
  [[ $name != built-in ]] || spec '.process.args |= (["/bin/count", "syscalls", .[2], "/nono/nono", "-s", "wrap", "--profile", "default", "--read",
    "/bin", "--", "/bin/empty"])'
  counted=$(bare run --bundle "$B" "$id")
  read -r _ counted _ <<<"$counted"
  echo "nono $name syscalls $counted"
  ID=$id state_json stopped | "$HOOK" --config "$KUBEFENCE_CONFIG" --runtime-class "$CLASS" poststop
  rm -f "$B/kubefence-policy.json"
}

count_size() { # PROGRAM
  strip -o "$T/spare/$1" "$KF_BUILD/$1"
  printf '%s\n' "$1 - stripped-bytes $(stat -c %s "$T/spare/$1")"
}

# --- limits ------------------------------------------------------------------------------------------------------

BUDGET=$KF_TOP/tests/bench/budget

budget_of() { # PROGRAM PATH METRIC
  awk -v program="$1" -v path="$2" -v metric="$3" '$1 == program && $2 == path && $3 == metric { print $4 }' "$BUDGET"
}

# Reads lines "program path metric value"; every one has a limit, and keeps to it.
within_budget() {
  local program path metric value limit over=()

  while read -r program path metric value; do
    limit=$(budget_of "$program" "$path" "$metric")
    [[ $value =~ ^[0-9]+$ && $limit =~ ^[0-9]+$ ]] || fail "$program $path $metric: counted '$value', limit '$limit'"
    ((value <= limit)) || over+=("$program $path $metric: $value, and $limit are allowed")
  done
  ((${#over[@]} == 0)) || fail "over the budget in tests/bench/budget:" "${over[@]}"
}
