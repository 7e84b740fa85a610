#!/bin/sh
# Somebody in a container sets variables that choose what a program runs, and waits for root of the host to run one of
# the host's with them. A file in the container lies at a path of the host, too.
#
#   preload.sh DIR
#
# Who is robbed runs DIR/ip, which writes DIR/robbed. Prints "ready".
set -eu
dir=$1
printf '#!/bin/sh\necho robbed >%s/robbed\n' "$dir" >"$dir/ip"
cp "$dir/ip" "$dir/first"
chmod 755 "$dir/ip"
echo ready
PATH=$dir:/usr/sbin:/usr/bin:/sbin:/bin LD_PRELOAD=$dir/code.so BASH_ENV=$dir/first ENV=$dir/first exec /bin/sleep 1000
