# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # the other files of this folder set what is used here
#
# One life of the container of a situation: started, ready, asked, stopped. All of it is left in $D/seen, a file a
# subject: ready, probe.N, exec.N, prestop.N, status, log, output (of one that runs to its end), termination, files.

# RUN is the command of the runtime of this side: bare or through our wrapper.
container_live() { # RUN...
  local start=$EPOCHREALTIME

  RUN=("$@")
  container_start
  if wait_ready; then
    echo yes >"$D/seen/ready"
    ask_all
    container_stop
  else
    echo "no" >"$D/seen/ready"
    "${RUN[@]}" kill "$ID" KILL >/dev/null 2>&1 || true
  fi
  wait "$RUN_PID"
  echo "$?" >"$D/seen/status"
  wait "$LOG_PID"
  ((${#READY[@]} > 0)) || without_noise "$D/seen/log" | sort >"$D/seen/output"
  "${RUN[@]}" delete --force "$ID" >/dev/null 2>&1 || true
  printf '%.1f\n' "$(bc <<<"$EPOCHREALTIME - $start")" >"$D/seconds"
  look_behind
}

# The log is a pipe without a name, as containerd's shim and conmon give one: /dev/stderr can be opened again.
container_start() {
  local log

  exec {log}> >(cat >"$D/seen/log")
  LOG_PID=$!
  "${RUN[@]}" run --bundle "$D/bundle" "$ID" >&"$log" 2>&1 </dev/null &
  RUN_PID=$!
  exec {log}>&-
}

is_running() {
  kill -0 "$RUN_PID" 2>/dev/null && [[ $(cut -d ' ' -f 3 "/proc/$RUN_PID/stat" 2>/dev/null) != Z ]]
}

# Without READY a container is one that ends by itself.
wait_ready() {
  local deadline=$((SECONDS + TIMEOUT))

  while ((SECONDS < deadline)); do
    if ((${#READY[@]} == 0)); then
      is_running || return 0
    else
      ! "ready_${READY[0]}" "${READY[@]:1}" 2>/dev/null || return 0
      is_running || return 1
    fi
    sleep 0.1
  done
  return 1
}

in_network() { # COMMAND...
  nsenter --net="/proc/$PAUSE_PID/ns/net" "$@"
}

ready_http() { in_network curl -sf -o /dev/null --max-time 5 "http://127.0.0.1:$1$2"; } # PORT PATH
ready_tcp() { in_network bash -c "exec 3<>/dev/tcp/127.0.0.1/$1"; }                     # PORT
ready_log() { grep -qE -- "$1" "$D/seen/log"; }                                         # REGEX
ready_exec() { [[ $(ask "$*" | tail -n 1) == "status 0" ]]; }                           # LINE, in the container

# --- questions ---------------------------------------------------------------------------------------------------

probe() { # LINE
  local status=0

  in_network timeout 20 bash -c "$1" 2>&1 </dev/null || status=$?
  echo "status $status"
}

ask_all() {
  local number

  for number in "${!PROBES[@]}"; do
    probe "${PROBES[number]}" >"$D/seen/probe.$number"
  done
  for number in "${!EXECS[@]}"; do
    ask "${EXECS[number]}" >"$D/seen/exec.$number"
  done
  for number in "${!PRESTOPS[@]}"; do
    ask "${PRESTOPS[number]}" >"$D/seen/prestop.$number"
  done
}

# As the kubelet's: the process of the spec with other arguments, and its output a pipe.
ask() { # LINE
  local arguments=(sh -c "$1")

  [[ $1 != '!'* ]] || eval "arguments=(${1#!})"
  jq '.process | .args = $ARGS.positional' "$D/seen/config.json" --args -- "${arguments[@]}" >"$D/process.json"
  timeout 60 "${RUN[@]}" exec --process "$D/process.json" "$ID" 2>&1 </dev/null | cat
  echo "status ${PIPESTATUS[0]}"
}

# --- the end -----------------------------------------------------------------------------------------------------

container_stop() {
  local deadline=$((SECONDS + 15))

  ((${#READY[@]} == 0 || ${#PRESTOPS[@]} > 0)) || "${RUN[@]}" kill "$ID" "$STOP" >/dev/null 2>&1 || true
  while ((SECONDS < deadline)); do
    is_running || return 0
    sleep 0.1
  done
  "${RUN[@]}" kill "$ID" KILL >/dev/null 2>&1 || true
}

# The files in the image and its volumes at the end: kinds, modes, owners and paths, without the nono directory's own
# place.
look_behind() {
  cp "$POD/containers/app/1f2e3d4c" "$D/seen/termination"
  umount "$D/bundle/rootfs"
  (cd "$D" && find upper kubelet/pods/*/volumes containerd/*/containers -mindepth 1 -printf '%y %m %U:%G %p\n') \
    2>/dev/null |
    sed -E "s|$ID|ID|; /upper\/nono$/d" | sort >"$D/seen/files"
}

side_clean() {
  kill -KILL "$PAUSE_PID" 2>/dev/null
  wait "$PAUSE_PID" 2>/dev/null
  while read -r target; do
    umount -l "$target"
  done < <(awk -v root="$D/" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo | tac)
  rm -rf --one-file-system "$D"/{bundle,upper,work,kubelet,containerd}
}
