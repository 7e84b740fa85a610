# The host of the README's screens: two containers of bones itself, memcached as an ordinary process, and the terminal
# UI on the serial line, which is a terminal of tmux outside. When it is left, the machine is turned off.
echo 1 > /proc/sys/kernel/printk
busybox hostname host
busybox ip link set lo up
memcached -u memcache -m 64 &
bones demo --name web > /dev/null
bones demo --name cache --memory 64M > /dev/null
# The demo's workers come a moment after it.
n=0
while [ $n -lt 100 ] && [ "$(busybox cat /sys/fs/cgroup/bones-demo-*/cgroup.procs | busybox wc -l)" -lt 6 ]; do
  busybox usleep 100000; n=$((n+1))
done
busybox stty -F /dev/ttyS0 cols 100 rows 28
export TERM=xterm-256color LC_ALL=C.UTF-8
busybox setsid -c busybox sh -c 'exec bones -d 2' < /dev/ttyS0 > /dev/ttyS0 2>&1
