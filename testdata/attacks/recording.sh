#!/bin/sh
# Somebody has a directory of a recording that root is to look at, and puts names into it that are no segments: opening
# them would wait for ever, do something, or take a descriptor each.
#
#   recording.sh DIR HOW [COUNT]
set -eu
dir=$1 how=$2 count=${3:-1}
cd "$dir"
for segment in *.bones; do # the index of a segment that is genuine, too
	if [ "$how" = pipes ] && [ -f "$segment" ]; then
		rm -f "${segment%.bones}.index"
		mkfifo "${segment%.bones}.index"
	fi
done
case $how in
pipes) mkfifo 99999999-zz.bones ;;
links)
	ln -s /dev/zero 99999998-zz.bones
	ln -s "$(ls *.bones | head -n 1)" 99999999-zz.bones
	;;
devices) mknod 99999999-zz.bones c 1 5 ;;
sockets) perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("99999999-zz.bones")) or die' ;;
directories) mkdir 99999999-zz.bones ;;
names) seq -f %08.0f-zz.bones 1 "$count" | xargs touch ;;
*) echo "no attack $how" >&2; exit 2 ;;
esac
