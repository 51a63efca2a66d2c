# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of kubefence(8) for bash. It needs nothing of the package bash-completion.

# A field of the records. Pods wrote some of them: what is no plain name is left out, and nothing is expanded.
_kubefence_records() { # FIELD
  "${COMP_WORDS[0]}" "${config[@]}" list --json 2>/dev/null |
    sed -nE 's/.*"'"$1"'": ?"([A-Za-z0-9][A-Za-z0-9._-]*)".*/\1/p' | sort -u
}

_kubefence_offer() { # WORD...
  local word

  for word in "$@"; do
    [[ $word != "$current"* ]] || COMPREPLY+=("$word")
  done
}

_kubefence_offer_records() { # FIELD
  local names

  mapfile -t names < <(_kubefence_records "$1")
  _kubefence_offer "${names[@]}"
}

# Containers by id and by name, and pods.
_kubefence_offer_containers() {
  local names

  mapfile -t names < <(for field in container_id container pod; do _kubefence_records "$field"; done | sort -u)
  _kubefence_offer "${names[@]}"
}

# The values of list --filter.
_kubefence_offer_filters() {
  local key field names

  for key in id=container_id container=container pod=pod namespace=namespace profile=profile class=runtime_handler; do
    field=${key#*=}
    mapfile -t names < <(_kubefence_records "$field")
    _kubefence_offer "${names[@]/#/${key%%=*}=}"
  done
  _kubefence_offer status=running status=stale status=unknown
}

_kubefence_offer_files() { # [-d]
  mapfile -t COMPREPLY < <(compgen "${1:--f}" -- "$current")
  compopt -o filenames 2>/dev/null
}

# Sets $command, and $config to the option before it.
_kubefence_command() {
  local i

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --config) config=(--config "${COMP_WORDS[++i]}") ;;
    -*) ;;
    ls | ps) command=list && return ;;
    status) command=inspect && return ;;
    *) command=${COMP_WORDS[i]} && return ;;
    esac
  done
}

_kubefence() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' config=()

  COMPREPLY=()
  _kubefence_command
  case $command:$previous in
  :--config) _kubefence_offer_files && return ;;
  explain:-r | explain:--handler | explain:-c | explain:--runtime-class | explain:-i | explain:--id) return ;;
  logs:-D | logs:--directory) _kubefence_offer_files -d && return ;;
  logs:-p | logs:--pod) _kubefence_offer_records pod && return ;;
  logs:-N | logs:--namespace) _kubefence_offer_records namespace && return ;;
  logs:-o | logs:--output | list:-o | list:--output) _kubefence_offer short wide json yaml && return ;;
  list:-F | list:--filter) _kubefence_offer_filters && return ;;
  inspect:-o | inspect:--output) _kubefence_offer short json yaml && return ;;
  logs:-S | logs:--since) _kubefence_offer 10m 1h 1d && return ;;
  logs:-n | logs:--lines) return ;;
  denials:-p | denials:--pod | learn:-p | learn:--pod) _kubefence_offer_records pod && return ;;
  denials:-N | denials:--namespace | learn:-N | learn:--namespace) _kubefence_offer_records namespace && return ;;
  denials:-o | denials:--output) _kubefence_offer short json yaml && return ;;
  metrics:-o | metrics:--output) _kubefence_offer_files && return ;;
  learn:-w | learn:--write | learn:-r | learn:--handler) return ;;
  learn:--) _kubefence_offer_files -d && return ;;
  esac
  case $command:$current in
  :-*) _kubefence_offer --config --help --version ;;
  :*) _kubefence_offer check explain inspect list gc logs denials learn profiles metrics help version ;;
  check:-*) _kubefence_offer --json --verbose --help ;;
  explain:-*) _kubefence_offer --handler --runtime-class --id --json --help ;;
  inspect:-*) _kubefence_offer --output --json --help ;;
  list:-*) _kubefence_offer --filter --quiet --all --output --json --help ;;
  gc:-*) _kubefence_offer --dry-run --help ;;
  profiles:-*) _kubefence_offer --help ;;
  metrics:-*) _kubefence_offer --output --help ;;
  logs:-*)
    _kubefence_offer --follow --pod --namespace --denied --since --lines --output --directory --help
    ;;
  denials:-*) _kubefence_offer --follow --all --pod --namespace --output --ptrace --help ;;
  learn:-*)
    _kubefence_offer --pod --namespace --write --replace --secrets --handler --ptrace --help
    ;;
  explain:*) _kubefence_offer_files ;;
  inspect:* | logs:* | denials:* | learn:*) _kubefence_offer_containers ;;
  help:*) _kubefence_offer check explain inspect list gc logs denials learn profiles metrics ;;
  esac
}

complete -F _kubefence kubefence
