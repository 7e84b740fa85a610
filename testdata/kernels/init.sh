#!/bin/sh
# The first process of the virtual machine: mounts what bones reads, runs the scenario, and turns the machine off.
export PATH=/bin HOME=/ TERM=linux
# Nothing can be the root of a container on the kernel's first file system: go on from another one, as every host does.
if [ "${1:-}" != switched ]; then
  busybox mount -t tmpfs root /mnt
  for dir in proc sys dev tmp var/lib root run mnt; do busybox mkdir -p /mnt/$dir; done
  for file in /*; do
    case $file in /proc | /sys | /dev | /tmp | /var | /root | /run | /mnt) ;; *) busybox cp -a $file /mnt/ ;; esac
  done
  exec busybox switch_root /mnt /init switched
fi
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
busybox mount -t tmpfs tmp /tmp
exec < /dev/null # nobody answers questions here
for word in $(busybox cat /proc/cmdline); do
  case $word in cgroups=*) cgroups=${word#cgroups=} ;; esac
done
case $cgroups in
v2)
  busybox mount -t cgroup2 cgroup2 /sys/fs/cgroup
  echo "+memory +cpu +pids +cpuset +io" > /sys/fs/cgroup/cgroup.subtree_control ;;
v1)
  busybox mount -t tmpfs cgroup /sys/fs/cgroup
  for c in memory cpu,cpuacct cpuset pids freezer blkio; do
    busybox mkdir -p /sys/fs/cgroup/$c
    busybox mount -t cgroup -o $c cgroup /sys/fs/cgroup/$c || echo "check mount-$c ok failed"
  done ;;
esac

# check NAME EXPECTED ACTUAL: one line for the test outside.
check() { echo "check|$1|$2|$3"; }
# status NAME EXPECTED COMMAND...: the exit status of a command.
status() {
  s_name=$1 s_want=$2; shift 2
  "$@" > /tmp/out 2>&1; s_got=$?
  check "$s_name" "$s_want" "$s_got"
  [ "$s_got" = "$s_want" ] || busybox sed 's/^/said|/' /tmp/out
}
# says NAME TEXT COMMAND...: a command's output holds a text.
says() {
  s_name=$1 s_want=$2; shift 2
  "$@" > /tmp/out 2>&1
  if busybox grep -qF -- "$s_want" /tmp/out; then
    check "$s_name" yes yes
  else
    check "$s_name" yes no
    busybox sed 's/^/said|/' /tmp/out
  fi
}
. /scenario.sh
echo "check|end|reached|reached"
busybox poweroff -f
