#!/bin/sh
# ours.sh DIRECTORY makes a directory for programs that the tests start. It fails, and prints why, where another user
# may write into it or may put another one in its place, and where another user's file is in it already: root would run
# what that user likes. The path must be a whole one.
set -eu
dir=$1
me=$(id -u)
set -- # the directories that it is in, as far as they are there
at=$dir
while [ "$at" != / ]; do
  at=${at%/*}
  at=${at:-/}
  if [ -e "$at" ] || [ -L "$at" ]; then set -- "$at" "$@"; fi
done
# In a sticky directory, such as /tmp, nobody may touch what others have in it.
found=$(find "$@" -maxdepth 0 \( ! -user 0 ! -user "$me" -o -type l -o -perm /022 ! -perm -1000 \) -print -quit)
if [ -z "$found" ]; then
  (umask 022 && mkdir -p -- "$dir")
  found=$(find "$dir" \( ! -user 0 ! -user "$me" -o -type l -o -perm /022 \) -print -quit)
fi
if [ -n "$found" ]; then
  echo "$found is a link, belongs to another user, or may be written to by others"
  exit 1
fi
