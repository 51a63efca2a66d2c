# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2153,SC2154 # run.sh sets WORK, BUILD and RUNTIMES
#
# A node of our own in $WORK: the nono directory with the shipped profiles, the configuration, the wrapper by its
# handler's name.

node_make() {
  local nono

  nono=${KF_NONO_REAL:-$("$TOP/scripts/get-nono.sh" --cache-only 2>"$WORK/get-nono")} ||
    die "the real nono: $(tail -n 1 "$WORK/get-nono")"
  [[ -x $BUILD/kubefence-runtime ]] || die "$BUILD/kubefence-runtime is not there: run make"
  install -d -m 755 "$WORK/nono-nri/profiles" "$WORK/bin" "$WORK/rt"
  install -m 755 "$nono" "$WORK/nono-nri/nono"
  install -m 644 "$TOP"/hook/share/profiles/*.json "$WORK/nono-nri/profiles/"
  "$TOP/scripts/install-launcher.sh" --dir "$WORK/nono-nri" --launcher "$BUILD/kubefence-launcher" || die "no launcher"
  for RUNTIME in "${RUNTIMES[@]}"; do
    ln -s "$BUILD/kubefence-runtime" "$WORK/bin/nono-$RUNTIME"
  done
  export KUBEFENCE_CONFIG=$WORK/kubefence.conf
}

node_configure() { # PROFILE
  printf '%s\n' '[kubefence]' "runtime_classes = nono-$RUNTIME" "default_profile = $1" \
    "nono_bin_path = $WORK/nono-nri/nono" "state_dir = $WORK/state" "[class nono-$RUNTIME]" \
    "runtime = $(command -v "$RUNTIME")" >"$KUBEFENCE_CONFIG"
}
