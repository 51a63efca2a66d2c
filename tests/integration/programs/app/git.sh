# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Without a global configuration: the home directory may be missing.
set -e
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
git init -q -b main /tmp/one
cd /tmp/one
cp /app/*.c .
git add .
git commit -q -m first
echo '/* more */' >>sum.c
git commit -qam second
git clone -q /tmp/one /tmp/two
cd /tmp/two
git log --format='%H %s'
git checkout -q -b topic HEAD^
git rebase -q main
git push -q origin topic
git -C /tmp/one branch --list
git gc -q
git fsck
git stash list
git diff --exit-code HEAD^
