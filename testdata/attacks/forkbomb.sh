#!/bin/sh
# What runs in a group starts itself again and again, faster than a table of processes can be read. pids.max holds it
# down, and it ends by itself after 15 seconds.
#
#   forkbomb.sh GROUP...
#
# Each GROUP is the directory of a control group, one in each hierarchy.
set -eu
for group; do
	echo $$ >"$group/cgroup.procs"
done
exec perl -e '$end = time + 15; while (time < $end) { fork }'
