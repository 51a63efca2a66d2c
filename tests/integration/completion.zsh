# SPDX-License-Identifier: Apache-2.0
# Prints what zsh offers for a command line that ends where the cursor is, one word a line.
# Usage: zsh -f completion.zsh DIRECTORY LINE FILE (which it may use)
#
# zsh completes in its line editor only, which needs a terminal: zpty is one. The shell in it is told to write down every
# match that is added. -O, -A and -D only ask for matches and add none.
zmodload zsh/zpty
log=$3
: >$log

inner='
stty -echo
PS1= PS2= RPS1=
fpath=('${(q)1}' $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  local -a words
  if [[ -z ${@[(r)-[OAD]]} ]]; then
    builtin compadd -O words "$@"
    print -rl -- $words >>'$log'
  fi
  builtin compadd "$@"
}
zle -C offer list-choices _main_complete
finish() {
  zle offer
  print END >>'$log'
}
zle -N finish
bindkey "^X" finish
print READY >>'$log

wait_for() { # WORD
  local ignored

  repeat 200; do
    [[ $(<$log) != *$1* ]] || return 0
    zpty -rt shell ignored
    sleep 0.05
  done
  print "no $1" >&2
  exit 1
}

zpty shell zsh -f -i
zpty -w shell $inner
wait_for READY
zpty -wn shell $2$'\x18'
wait_for END
zpty -d shell
grep -vxE 'READY|END|' $log | sort -u
