# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the other files of this folder read what these words set
#
# The words of a situation: a file in situations/ is a list of them, in three parts. A word of the image does the same
# as its counterpart in `docker build`, in the order of the file; README.md has a table of all words with examples.

# --- the image ---------------------------------------------------------------------------------------------------

# Each step is one command line of image.bash; its text is what the cache knows it by.
step() { # COMMAND ARGUMENTS...
  local text

  printf -v text '%q ' "$@"
  STEPS+=("$text")
}

# A base (debian, busybox, scratch), or the situation whose image and pod this one starts from, without its questions.
FROM() { # BASE|SITUATION
  case $1 in
  debian | busybox | scratch) BASE=$1 ;;
  *)
    # shellcheck source=/dev/null
    . "$SITUATIONS/$1"
    PROBES=() EXECS=() PRESTOPS=() KNOWN='' PROFILE=''
    ;;
  esac
}

PACKAGES() { step make_packages "$@"; }         # DEBIAN-PACKAGE...
NPM() { step make_npm "$@"; }                   # DIRECTORY PACKAGE...
PIP() { step make_pip "$@"; }                   # DIRECTORY PACKAGE...
RUN() { step make_run "$1"; }                   # SHELL-SCRIPT, in the image
FILE() { step make_file "$1" "${2:-644}" "$(cat)"; } # PATH [MODE], the text on standard input
GO() { step make_go "$1" "$(cat)"; }            # PATH, the program's source on standard input
GO_INSTALL() { step make_go_install "$@"; }     # PATH MODULE@VERSION
HOST_PROGRAM() { step make_host_program "$@"; } # PATH PROGRAM

ENV() { IMAGE_ENV+=("$@"); }
USER() { IMAGE_USER=$1; }
WORKDIR() { IMAGE_WORKDIR=$1; }
ENTRYPOINT() { IMAGE_ENTRYPOINT=("$@") IMAGE_CMD=(); }
CMD() { IMAGE_CMD=("$@"); }
VOLUME() { IMAGE_VOLUMES+=("$@"); }
STOPSIGNAL() { IMAGE_STOPSIGNAL=$1; }

# --- the pod -----------------------------------------------------------------------------------------------------

env_of_pod() { POD_ENV+=("$@"); }                 # NAME=VALUE...
command_of_pod() { IMAGE_ENTRYPOINT=("$@") IMAGE_CMD=(); }
args_of_pod() { IMAGE_CMD=("$@"); }
workingDir() { IMAGE_WORKDIR=$1; }
runAsUser() { POD_USER=$1; }                      # UID
runAsGroup() { POD_GROUP=$1; }                    # GID
fsGroup() { POD_FS_GROUP=$1; }                    # GID
readOnlyRootFilesystem() { READ_ONLY=true; }
noNewPrivileges() { NO_NEW_PRIVILEGES=true; }
noToken() { TOKEN=no; }
addCapabilities() { CAPABILITIES+=("$@"); }       # CAP_NAME...
dropCapabilities() { CAPABILITIES=(); }
annotation() { ANNOTATIONS+=("$1" "$2"); }        # KEY VALUE

emptyDir() { MOUNTS+=("empty-dir $1"); }          # PATH
persistentVolume() { MOUNTS+=("csi $1"); }        # PATH
configMap() { MOUNTS+=("configmap $1 $(keys "${@:2}")"); } # PATH KEY=TEXT...
secret() { MOUNTS+=("secret $1 $(keys "${@:2}")"); }       # PATH KEY=TEXT...
projected() { MOUNTS+=("projected $1 $(keys "${@:2}")"); }  # PATH KEY=TEXT...
csiInline() { MOUNTS+=("csi-inline $1 $(keys "${@:2}")"); } # PATH KEY=TEXT...
flexVolume() { MOUNTS+=("flex $1 $(keys "${@:2}")"); }      # PATH KEY=TEXT...
hostPath() { MOUNTS+=("host $1 $(keys "${@:2}")"); }        # PATH KEY=TEXT..., a directory of the host
hostPathFile() { MOUNTS+=("host-file $1 $(keys "file=$2")"); } # PATH TEXT
volumeOfOtherPod() { MOUNTS+=("other-pod $1 $(keys "${@:2}")"); } # PATH KEY=TEXT..., by hostPath
secretFile() { MOUNTS+=("secret-subpath $1 $(keys "file=$2")"); }  # PATH TEXT
# One key of a ConfigMap at a path of its own, in the middle of the image's files.
configMapFile() { MOUNTS+=("configmap-subpath $1 $(keys "file=$2")"); } # PATH TEXT

keys() { # KEY=TEXT...
  printf '%s\0' "$@" | base64 -w 0
}

# --- the comparison ---------------------------------------------------------------------------------------------

# http PORT PATH, tcp PORT, log REGEX, or exec LINE; without it the container runs to its end
READY() { READY=("$@"); }
PROBE() { PROBES+=("$1"); }   # a shell line of the host, in the pod's network
EXEC() { EXECS+=("$1"); }     # a shell line in the container
EXEC_PROGRAM() {              # PROGRAM ARGUMENT..., without a shell
  local text
  printf -v text '%q ' "$@"
  EXECS+=("!$text")
}
PRESTOP() { PRESTOPS+=("$1"); } # as EXEC, after the others; then nothing is sent: the container ends by it
STOP() { STOP=$1; }             # the signal, where it is not the image's STOPSIGNAL
NOISE() { # lines of the log and of the list of files that differ from run to run (extended regular expression)
  grep -qE -- "$1" /dev/null || (($? == 1)) || die "$NAME: NOISE '$1' is not a regular expression"
  NOISE+=("$1")
}
TIMEOUT() { TIMEOUT=$1; }       # seconds until READY, or to its end (60)

# A known difference under the profile default, its reason, and the profile that runs it if one does.
BROKEN() { KNOWN=$1 PROFILE=${2:-}; } # REASON [PROFILE]

# --- reading one -------------------------------------------------------------------------------------------------

situation_load() { # NAME
  NAME=$1
  BASE=debian STEPS=()
  IMAGE_ENV=() IMAGE_USER='' IMAGE_WORKDIR=/ IMAGE_ENTRYPOINT=() IMAGE_CMD=() IMAGE_VOLUMES=() IMAGE_STOPSIGNAL=TERM
  POD_ENV=() POD_USER='' POD_GROUP='' POD_FS_GROUP='' READ_ONLY=false NO_NEW_PRIVILEGES=false TOKEN=yes
  ANNOTATIONS=() MOUNTS=()
  CAPABILITIES=(CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE
    SYS_CHROOT KILL AUDIT_WRITE)
  READY=() PROBES=() EXECS=() PRESTOPS=() STOP='' NOISE=() TIMEOUT=60 KNOWN='' PROFILE=''
  # shellcheck source=/dev/null
  . "$SITUATIONS/$1"
  STOP=${STOP:-$IMAGE_STOPSIGNAL}
}

# The first comment of the file, which describes the situation.
situation_title() { # NAME
  sed -n '/^#/!q; s/^# //p' "$SITUATIONS/$1" | head -n 1
}
