# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2153,SC2154 # the other files of this folder and of tests/images set what is used here
#
# One life of a container with an agent, in $D: the mock beside it in the pod's network, the first session as the
# container's command, the second by exec, one in a terminal. The results are left in $D/seen: transcript (the mock's),
# log, and a file a session.

# The agent's time for one session. A loaded machine is slow.
SESSION=${KF_SESSION:-600}

# JOBS is "start", "more", "terminal" (which are more and more), or "theft". The contents of $WORK/volumes are in the
# pod's volumes.
life() { # JOBS RUN...
  local start=$EPOCHREALTIME

  JOBS=$1
  shift
  RUN=("$@")
  bundle_make
  [[ ! -d $WORK/volumes ]] || cp -a "$WORK/volumes/." "$POD/volumes/"
  [[ $JOBS != *theft* ]] || sidecar_start
  mock_start
  container_start
  wait_for_line '^first session: status' || echo "first session: it did not end" >>"$D/seen/log"
  [[ $JOBS == @(start|own-sandbox) ]] || session again "${AGAIN[@]}"
  [[ $JOBS != terminal || ${#TERMINAL[@]} == 0 ]] || terminal
  home_listed >"$D/seen/home"
  "${RUN[@]}" kill "$ID" KILL >/dev/null 2>&1 || true
  wait "$RUN_PID" || true
  wait "$LOG_PID" || true
  "${RUN[@]}" delete --force "$ID" >/dev/null 2>&1 || true
  kill "$MOCK_PID" 2>/dev/null
  # unshare(1) waits for its child, and TERM does not end it.
  [[ -z ${SIDECAR_PID:-} ]] || { kill -KILL "$SIDECAR_PID" && wait "$SIDECAR_PID"; } 2>/dev/null
  SIDECAR_PID=
  printf '%.0f\n' "$(bc <<<"$EPOCHREALTIME - $start")" >"$D/seconds"
}

mock_start() {
  : >"$D/seen/transcript"
  nsenter --net="/proc/$PAUSE_PID/ns/net" python3 -B "$AGENTS/mock/server.py" --port 8080 --jobs "$WORK/jobs" \
    --transcript "$D/seen/transcript" ${KF_MOCK_LOG:+--log "$D/seen/requests"} >"$D/seen/mock" 2>&1 </dev/null &
  MOCK_PID=$!
  until in_network bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080' 2>/dev/null; do
    kill -0 "$MOCK_PID" || die "the mock does not start: $(tail -n 1 "$D/seen/mock")"
    sleep 0.1
  done
}

wait_for_line() { # REGEX
  local deadline=$((SECONDS + SESSION))

  until grep -qsE -- "$1" "$D/seen/log"; do
    is_running && ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# A further session by exec, in the repository.
session() { # NAME COMMAND...
  process "$@"
  timeout "$SESSION" "${RUN[@]}" exec --process "$D/process.json" "$ID" >"$D/seen/$1" 2>&1 </dev/null
  echo "status $?" >>"$D/seen/$1"
}

process() { # NAME COMMAND...
  jq '.process | .args = $ARGS.positional | .cwd = "/workspace/repo"' "$D/seen/config.json" --args -- "${@:2}" \
    >"$D/process.json"
}

# The same with a terminal, which terminal.py is at the other end of.
terminal() {
  process terminal "${TERMINAL[@]}"
  jq '.terminal = true' "$D/process.json" >"$D/process.new" && mv "$D/process.new" "$D/process.json"
  timeout "$SESSION" python3 -B "$AGENTS/terminal.py" --screen "$D/seen/screen" --transcript "$D/seen/transcript" \
    --goodbye "$GOODBYE" "${KEYS[@]}" -- "${RUN[@]}" exec --process "$D/process.json" "$ID" >"$D/seen/terminal" 2>&1 </dev/null
  echo "status $?" >>"$D/seen/terminal"
}

# Kind, mode, owner and name of the files that the sessions left in the home and the workspace; numbers and identifiers
# are the run's.
# shellcheck disable=SC2088 # the text of the list
home_listed() {
  local home=$D/bundle/rootfs$HOME_OF_USER

  [[ $JOBS_ASKED != restart ]] || home=$(echo "$POD"/volumes/kubernetes.io~csi/v*/mount)
  (cd "$home" && find . -printf '~/%P %y %m %U:%G\n')
  (cd "$D"/kubelet/pods/*/volumes/*empty-dir/v* && find . -printf '/workspace/%P %y %m %U:%G\n')
}
