# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2153,SC2154 # jq has variables of its own; other files set the rest
#
# A bundle as containerd's CRI plugin makes it for a container of a pod, in the directory $D: the image's layers below a
# writable one, the kubelet's directories of the pod, and config.json. README.md names the sources.

POD_UID=7c1f4a52-0b6e-4a9e-8f57-3d0d6a1f9e21

random_id() {
  head -c 32 /dev/urandom | sha256sum | cut -c 1-64
}

bundle_make() {
  mkdir -p "$D"/{bundle/rootfs,upper,work,seen}
  ID=$(random_id) PAUSE=$(random_id)
  POD=$D/kubelet/pods/$POD_UID CRI=$D/containerd/io.containerd.grpc.v1.cri
  mount -t overlay overlay -o "lowerdir=$(layers_joined),upperdir=$D/upper,workdir=$D/work" "$D/bundle/rootfs"
  pause_start
  find_user
  jq -n '[]' >"$D/mounts"
  mounts_of_engine
  mounts_of_image
  mounts_of_pod
  spec_make >"$D/bundle/config.json"
  cp "$D/bundle/config.json" "$D/seen/config.json"
}

# The pod's namespaces; the pause container holds them. containerd 2 lets every user bind all ports, and ping.
pause_start() {
  unshare --net --ipc --uts sh -c 'ip link set lo up && hostname web-0 &&
    echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start &&
    echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range && exec sleep 3600' </dev/null >/dev/null 2>&1 &
  PAUSE_PID=$!
  until [[ $(cat "/proc/$PAUSE_PID/comm" 2>/dev/null) == sleep ]]; do
    sleep 0.02
  done
}

# --- the user, as containerd finds it ----------------------------------------------------------------------------

# Sets UID_, GID_ and GROUPS_ (JSON) from USER of the image or the pod's runAsUser.
find_user() {
  local user=${POD_USER:-${IMAGE_USER:-0}} group='' line name

  [[ $user != *:* ]] || group=${user#*:} user=${user%%:*}
  line=$(of_file passwd "$user")
  UID_=$user GID_=0 name=
  [[ -z $line ]] || IFS=: read -r name _ UID_ GID_ _ <<<"$line"
  [[ -z $group ]] || GID_=$(of_file group "$group" | cut -d : -f 3)
  GID_=${POD_GROUP:-${GID_:-$group}}
  GROUPS_=$(printf '%s\n' "$GID_" "$(groups_of "$name")" "$POD_FS_GROUP" | jq -cs unique)
}

# The line about WHO, a name or a number, of the image's passwd or group. An image need not have them.
of_file() { # FILE WHO
  [[ ! -e $D/bundle/rootfs/etc/$1 ]] ||
    awk -F : -v who="$2" '$1 == who || $3 == who { print; exit }' "$D/bundle/rootfs/etc/$1"
}

groups_of() { # NAME
  [[ -z $1 ]] ||
    awk -F : -v name="$1" '{ n = split($4, members, ","); for (i = 1; i <= n; i++) if (members[i] == name) print $3 }' \
      "$D/bundle/rootfs/etc/group"
}

# --- mounts ------------------------------------------------------------------------------------------------------

bind() { # SOURCE DESTINATION [OPTION]
  jq --arg source "$1" --arg destination "$2" --arg option "${3:-rw}" '. + [{destination: $destination, type: "bind",
    source: $source, options: ["rbind", "rprivate", $option]}]' "$D/mounts" >"$D/mounts.new"
  mv "$D/mounts.new" "$D/mounts"
}

mounts_of_engine() {
  local sandbox=$CRI/sandboxes/$PAUSE

  mkdir -p "$sandbox/shm" "$POD/containers/app"
  mount -t tmpfs -o mode=1777,size=64m shm "$sandbox/shm"
  printf '127.0.0.1\tlocalhost\n127.0.0.1\tweb-0\n' >"$POD/etc-hosts"
  echo web-0 >"$sandbox/hostname"
  printf 'nameserver 127.0.0.1\nsearch prod.svc.cluster.local\n' >"$sandbox/resolv.conf"
  : >"$POD/containers/app/1f2e3d4c"
  chmod 666 "$POD/containers/app/1f2e3d4c"
  bind "$POD/etc-hosts" /etc/hosts
  bind "$POD/containers/app/1f2e3d4c" /dev/termination-log
  bind "$sandbox/hostname" /etc/hostname
  bind "$sandbox/resolv.conf" /etc/resolv.conf
  bind "$sandbox/shm" /dev/shm
}

# A VOLUME of the image where the pod mounts nothing: a directory of the container's own, with the image's files there.
mounts_of_image() {
  local volume source number=0

  for volume in "${IMAGE_VOLUMES[@]}"; do
    [[ " ${MOUNTS[*]} " != *" $volume "* ]] || continue
    number=$((number + 1)) source=$CRI/containers/$ID/volumes/$number
    mkdir -p "$source" "$D/bundle/rootfs$volume"
    cp -a "$D/bundle/rootfs$volume/." "$source/"
    chown --reference="$D/bundle/rootfs$volume" "$source"
    chmod --reference="$D/bundle/rootfs$volume" "$source"
    bind "$source" "$volume"
  done
}

mounts_of_pod() {
  local mount kind path keys source number=0

  for mount in "${MOUNTS[@]}"; do
    read -r kind path keys <<<"$mount"
    number=$((number + 1))
    source=$(volume_directory "$kind")/v$number
    mkdir -p "$source"
    case $kind in
    empty-dir) chmod 777 "$source" && bind "$source" "$path" ;;
    csi) volume_of_csi "$source" Persistent && bind "$source/mount" "$path" ;;
    csi-inline)
      volume_of_csi "$source" Ephemeral && volume_of_keys "$source/mount" "$keys" && bind "$source/mount" "$path" ro
      ;;
    flex | host | other-pod) volume_of_keys "$source" "$keys" && bind "$source" "$path" ;;
    host-file) volume_of_keys "$source" "$keys" && bind "$source/..2026_11_28/file" "$path" ;;
    configmap | secret | projected) volume_of_keys "$source" "$keys" && bind "$source" "$path" ro ;;
    *-subpath) volume_of_keys "$source" "$keys" && sub_path "$source/..2026_11_28/file" "v$number" "$path" ;;
    esac
  done
  [[ $TOKEN == no ]] || token
}

# The kubelet's directory for volumes of that kind; those of the host lie elsewhere.
volume_directory() { # KIND
  case $1 in
  csi-inline) printf '%s/volumes/kubernetes.io~csi' "$POD" ;;
  flex) printf '%s/volumes/example.com~vault' "$POD" ;;
  host | host-file) printf '%s/host' "$D" ;;
  other-pod) printf '%s/other/pods/4711/volumes/kubernetes.io~empty-dir' "$D" ;;
  *) printf '%s/volumes/kubernetes.io~%s' "$POD" "${1%-subpath}" ;;
  esac
}

volume_of_csi() { # DIRECTORY MODE
  mkdir "$1/mount"
  chmod 755 "$1/mount"
  [[ -z $POD_FS_GROUP ]] || { chgrp "$POD_FS_GROUP" "$1/mount" && chmod 2775 "$1/mount"; }
  jq -n --arg mode "$2" '{driverName: "ebs.csi.aws.com", volumeLifecycleMode: $mode, volumeHandle: "h"}' \
    >"$1/vol_data.json"
}

# Keys are links through ..data to a directory with a date, as the kubelet makes them.
volume_of_keys() { # DIRECTORY KEYS
  local key

  mkdir "$1/..2026_11_28"
  ln -s ..2026_11_28 "$1/..data"
  while IFS= read -r -d '' key; do
    printf '%s\n' "${key#*=}" >"$1/..2026_11_28/${key%%=*}"
    ln -s "..data/${key%%=*}" "$1/${key%%=*}"
  done < <(base64 -d <<<"$2")
}

sub_path() { # FILE VOLUME PATH
  local target=$POD/volume-subpaths/$2/app/0

  mkdir -p "${target%/*}"
  touch "$target"
  mount --bind "$1" "$target"
  bind "$target" "$3" ro
}

token() {
  local source=$POD/volumes/kubernetes.io~projected/kube-api-access-x7k2p

  mkdir -p "$source"
  volume_of_keys "$source" "$(keys token="${TOKEN_TEXT:-eyJhbGciOi}" ca.crt=certificate namespace=prod)"
  bind "$source" /var/run/secrets/kubernetes.io/serviceaccount ro
}

# --- config.json -------------------------------------------------------------------------------------------------

# The image's variables replace the default PATH; the pod's come last.
environment() {
  local variable name index
  local -A at=()
  local -a all=()

  for variable in PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOSTNAME=web-0 "${IMAGE_ENV[@]}" \
    KUBERNETES_SERVICE_HOST=10.96.0.1 KUBERNETES_SERVICE_PORT=443 "${POD_ENV[@]}"; do
    name=${variable%%=*}
    [[ -n ${at[$name]:-} ]] || at[$name]=${#all[@]}
    index=${at[$name]}
    all[index]=$variable
  done
  json_list "${all[@]}"
}

json_list() { # TEXT...
  jq -cn '$ARGS.positional' --args -- "$@"
}

spec_make() {
  jq -n --slurpfile mounts "$D/mounts" --argjson env "$(environment)" --arg cwd "$IMAGE_WORKDIR" --arg id "$ID" \
    --arg pause "$PAUSE" --arg uid "$POD_UID" --arg ns "/proc/$PAUSE_PID/ns" --argjson user "$UID_" \
    --argjson group "$GID_" --argjson groups "$GROUPS_" --argjson read_only "$READ_ONLY" \
    --argjson nnp "$NO_NEW_PRIVILEGES" --argjson capabilities "$(json_list "${CAPABILITIES[@]/#/CAP_}")" \
    --argjson annotations "$(json_list "${ANNOTATIONS[@]}")" \
    -f "$TOP/tests/images/lib/containerd.jq" --args -- "${IMAGE_ENTRYPOINT[@]}" "${IMAGE_CMD[@]}"
}
