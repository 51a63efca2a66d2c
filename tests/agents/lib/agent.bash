# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # other files, also of tests/images, read and set these
#
# The words of a file in agents/, beside those of tests/images/README.md for a pod.

PROFILE() { OWN=$1; }     # of kubefence, made for this agent
FIRST() { FIRST=("$@"); } # the command of the session that does the job "work"
AGAIN() { AGAIN=("$@"); } # that of the one that goes on with it: the job "more"
# The command of its terminal interface, which gets keys: the job "terminal".
TERMINAL() { TERMINAL=("$@"); }
# When the screen shows REGEX (without blanks), KEYS are typed, once; $'\r' is Enter.
KEYS() { KEYS+=("$1" "$2"); } # REGEX KEYS
GOODBYE() { GOODBYE=$1; } # the keys that end it

# The MCP servers of all agents, as most of them write it.
mcp_servers() {
  jq -cn '{mcpServers: {
    npx: {command: "npx", args: ["-y", "--package", "/srv/registry/hello-mcp-1.0.0.tgz", "hello-mcp"]},
    uvx: {command: "uvx", args: ["--no-index", "--find-links", "/srv/registry", "hello-mcp"]}}}'
}

# The file that switches an agent's own sandbox off, or, for the comparison, one that leaves it on.
settings() { # FILE
  if [[ $JOBS_ASKED == own-sandbox ]]; then
    cat "$AGENTS/own-sandbox/$1"
  else
    cat "$TOP/hook/share/profiles/agents/$1"
  fi
}

version() { # PACKAGE
  awk -v name="$1" '$2 == name { print $3 }' "$AGENTS/versions"
}

agent_load() { # NAME USER
  SITUATIONS=$AGENTS
  OWN='' FIRST=() AGAIN=() TERMINAL=() KEYS=() GOODBYE=''
  situation_load image
  # shellcheck source=/dev/null
  . "$AGENTS/agents/$1"
  NAME=$1
  USER "$2"
  WORKDIR /workspace
  emptyDir /workspace
  env_of_pod GIT_AUTHOR_NAME=Agent GIT_AUTHOR_EMAIL=agent@example.com GIT_COMMITTER_NAME=Agent \
    GIT_COMMITTER_EMAIL=agent@example.com GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' \
    TERM=xterm-256color NO_COLOR=1
  CMD bash -c "$(script_first)"
}

# Afterwards it is a pod that is started again: the home is a volume, as the workspace is, and the agent goes on.
restart_load() { # HOME
  persistentVolume "$1"
  fsGroup 1000
}

# The container makes a repository, lets the agent work in it, and waits for execs.
script_first() {
  cat <<END
[ -d repo ] || {
  git init -q -b main repo && cd repo
  printf '# A repository\n\nan old line\n' >README.md
  git add README.md && git commit -q -m Start
}
cd /workspace/repo || exit
$(printf '%q ' "${FIRST[@]}") </dev/null
printf '\nfirst session: status %s\n' "\$?"
exec sleep infinity
END
}
