#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtimes: none
# sanitized: no (is about a script that installs)
#
# scripts/install-launcher.sh: twice, with another list, and back again.

setup() {
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  NODE=$BATS_TEST_TMPDIR/node
  DIR=$NODE/opt/nono-nri
  PROGRAM=$BATS_TEST_TMPDIR/program
  echo launcher >"$PROGRAM"
  mkdir "$NODE"
}

install_launcher() { "$TOP/scripts/install-launcher.sh" --root "$NODE" --launcher "$PROGRAM" "$@"; }

names() { # NAME...
  printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/names"
}

# The directory's entries, one name after the other; fails if anything is open to others, or of an installation that
# broke off.
installed() {
  local entry

  [[ -z $(find "$NODE" -perm /022 ! -type l) ]] || return 1
  for entry in "$DIR"/.[!.]* "$DIR"/launcher/.[!.]*; do
    [[ ! -e $entry && ! -L $entry ]] || return 1
  done
  (cd "$DIR" && echo *)
}

@test "the launcher, and a link for each name" {
  install_launcher
  [[ $(installed) == "ash bash dash launcher node perl python python3 ruby sh" ]]
  [[ $(readlink "$DIR/sh") == launcher/kubefence-launcher ]]
  [[ $(<"$DIR/sh") == launcher ]]
  [[ $(stat -c %a "$DIR/launcher/kubefence-launcher") == 755 ]]
}

@test "under any umask, and with nono there already" {
  (umask 077 && mkdir -p "$DIR/profiles" && echo nono >"$DIR/nono" && install_launcher)
  [[ $(stat -c %a "$DIR/launcher") == 755 ]]
  [[ $(<"$DIR/nono") == nono ]]
}

@test "again: the new program under all names; links that the list has no more go away" {
  names sh python3 'g++' '# a comment' '' '  zsh # another'
  install_launcher
  ln -s ../elsewhere "$DIR/other"
  echo newer >"$PROGRAM"
  install_launcher --names "$BATS_TEST_TMPDIR/names"
  [[ $(installed) == "g++ launcher other python3 sh zsh" ]]
  [[ $(<"$DIR/zsh") == newer ]]
  # Without a newline at the end.
  printf 'sh\ndash' >"$BATS_TEST_TMPDIR/names"
  install_launcher --names "$BATS_TEST_TMPDIR/names"
  [[ $(installed) == "dash launcher other sh" ]]
}

@test "a malformed list changes nothing" {
  local name

  for name in ../sh a/b .hidden -x 'two words' nono profiles launcher; do
    names sh "$name"
    run ! install_launcher --names "$BATS_TEST_TMPDIR/names"
    [[ ${#lines[@]} == 1 ]]
    [[ ! -e $DIR ]]
  done
  names '# nothing'
  run ! install_launcher --names "$BATS_TEST_TMPDIR/names"
  run ! install_launcher --names /does/not/exist
  [[ ! -e $DIR ]]
}

@test "wrapper scripts of the time before are replaced, other files are not" {
  mkdir -p "$DIR"
  # shellcheck disable=SC2016 # for that script
  printf '#!/bin/sh\nexec /nono/nono wrap --profile "${NONO_PROFILE:-default}" -- /bin/sh "$@"\n' >"$DIR/sh"
  install_launcher
  [[ -L $DIR/sh ]]
  rm "$DIR/python3"
  echo mine >"$DIR/python3"
  echo newer >"$PROGRAM"
  run ! install_launcher
  [[ $output == *"$DIR/python3 is there and not ours"* ]]
  [[ $(<"$DIR/python3") == mine && $(<"$DIR/sh") == launcher ]]
}

@test "a missing program is an error, and the installed files stay" {
  install_launcher
  rm "$PROGRAM"
  run ! install_launcher
  [[ $output == *"run make"* ]]
  [[ $(<"$DIR/sh") == launcher ]]
}

@test "uninstall removes the installed files, and no more" {
  run -0 install_launcher --uninstall
  mkdir -p "$DIR/profiles"
  echo nono >"$DIR/nono"
  ln -s ../elsewhere "$DIR/other"
  install_launcher
  install_launcher --uninstall
  [[ $(installed) == "launcher nono other profiles" ]]
}

@test "an update replaces the program where there is one, and nothing else" {
  install_launcher --update
  [[ ! -e $DIR ]]
  names sh zsh
  install_launcher --names "$BATS_TEST_TMPDIR/names"
  echo newer >"$PROGRAM"
  install_launcher --update
  [[ $(installed) == "launcher sh zsh" ]]
  [[ $(<"$DIR/zsh") == newer ]]
}

@test "make install, the installed script, and make uninstall" {
  make -s -C "$TOP" install "DESTDIR=$NODE" ${KF_BUILD:+"BUILD=$KF_BUILD"}
  [[ ! -e $DIR ]]
  "$NODE/usr/share/kubefence/scripts/install-launcher.sh" --root "$NODE"
  [[ $(installed) == *" launcher "*" sh" ]]
  [[ $(od -An -tx1 -N4 "$DIR/sh") == " 7f 45 4c 46" ]]
  make -s -C "$TOP" uninstall "DESTDIR=$NODE" ${KF_BUILD:+"BUILD=$KF_BUILD"}
  [[ $(installed) == launcher ]]
  [[ ! -e $NODE/usr/libexec/kubefence ]]
}

@test "the directory that nono looks at stays while containers may start" {
  install_launcher
  install_launcher --uninstall
  [[ -d $DIR/launcher && -z $(ls -A "$DIR/launcher") ]]
}
