#!/bin/sh
# A user to whom a group was delegated makes a group below it that is called as one that root's engine made, and moves
# a process of their own there.
#
#   name.sh DIRECTORY NAME PID      DIRECTORY is the delegated group's, NAME as lxc.payload.web or docker/ID
set -eu
mkdir -p "$1/$2"
echo "$3" >"$1/$2/cgroup.procs"
