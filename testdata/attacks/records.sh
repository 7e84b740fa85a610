#!/bin/sh
# A user writes records of containers into the runtime directory that is theirs, about a process of their own, and
# names a group of somebody else as the container's. Root's command for a process in that group would then act on that
# group.
#
#   records.sh DIR HOW PID START GROUP
#
# DIR is /run/user/UID; PID and START (clock ticks since boot) are of a process of the user's; GROUP is a path as in
# /proc/PID/cgroup.
set -eu
dir=$1 how=$2 pid=$3 start=$4 group=$5

paths='{"freezer":"/sys/fs/cgroup/freezer%s","pids":"/sys/fs/cgroup/pids%s","":"/sys/fs/cgroup%s"}'

runc() { # NAME, then the group's paths of cgroup v1 and v2
	mkdir -p "$dir/runc/$1"
	printf '{"id":"%s","init_process_pid":%s,"init_process_start":%s,"cgroup_paths":'"$paths"'}' \
		"$1" "$pid" "$start" "$2" "$2" "$2" >"$dir/runc/$1/state.json"
}
crun() {
	mkdir -p "$dir/crun/$1"
	printf '{"pid":%s,"process-start-time":%s,"cgroup-path":"%s"}' "$pid" "$start" "$2" >"$dir/crun/$1/status"
}

case $how in
runc) runc web "$group" ;;
crun) crun web "$group" ;;
above) runc web "${group%/*}" ;;
up) runc web "$group/../${group##*/}" ; crun web2 "/x/..$group" ;;
slash) runc web "$group/" ; crun web2 "/$group" ; crun web3 "$group/." ;;
no-start) start=0; runc web "$group" ;;
link) runc elsewhere "$group" ; mkdir -p "$dir/runc/web"; ln -s ../elsewhere/state.json "$dir/runc/web/state.json" ;;
linked-directory) runc elsewhere "$group" ; ln -s elsewhere "$dir/runc/web" ;;
hard-link) runc web "$group" ; mkdir -p "$dir/crun/web"; ln "$dir/runc/web/state.json" "$dir/crun/web/status" ;;
fifo) mkdir -p "$dir/runc/web" "$dir/crun/web"; mkfifo "$dir/runc/web/state.json" "$dir/crun/web/status" ;;
*) echo "no attack $how" >&2; exit 2 ;;
esac
