# The process table read by BPF on this kernel, beside the files of /proc: the same table where it can be read so, and
# elsewhere the reason and the files. The kernel cannot be unlocked again, so that comes last.
export TZ=UTC LC_ALL=C.UTF-8
sleep 1000 & busybox nice -n 5 sleep 1000 &
busybox sh -c 'kill -STOP $$' & stopped=$!
(sleep 0 & exec sleep 1000) & # a zombie: sleep does not wait for it
busybox unshare -p -u -i -f sleep 1000 &
until busybox grep -q '^State:.T' /proc/$stopped/status; do busybox usleep 50000; done
columns=pid,ppid,pgid,sid,tty,tpgid,stat,user,ruser,ni,pri,cls,rtprio,nlwp,vsz,cpid
columns=$columns,pidns,mntns,netns,userns,utsns,ipcns,cgroupns,args
# What works for the kernel, and bones itself, are others at each look.
table() { bones ps --source $1 -o $columns | busybox grep -v 'bones ps\|kworker\|rcu\|busybox grep'; }
n=0
while [ $n -lt 20 ]; do
  table proc > /tmp/before; table bpf > /tmp/bpf; table proc > /tmp/after
  busybox cmp -s /tmp/before /tmp/after && break
  n=$((n+1))
done
check "the same table" "" "$(busybox diff /tmp/after /tmp/bpf | busybox head -n 8)"
check "with its states and namespaces" "T Z" "$(busybox awk '$7 ~ /^[TZ]/ { print substr($7, 1, 1) }' /tmp/bpf |
  busybox sort -u | busybox tr '\n' ' ' | busybox sed 's/ $//')"
check "with what is in a pid namespace" 1 "$(busybox awk '$16 == 1 && $1 != 1 && /sleep 1000/' /tmp/bpf |
  busybox wc -l)"
says "too few to be worth it" "processes it costs more than it saves" bones host
n=0
while [ $n -lt 260 ]; do sleep 1000 & n=$((n+1)); done
says "many: it is used" "source bpf      is used" bones host
status "many: ps" 0 bones ps

# refused NAME WHY STATUS: BPF is not used, bones says why, and reads the files without being asked to.
refused() {
  says "$1: bones host" "cannot be used: $2" bones host
  says "$1: --source bpf" "bones: $2" bones ps --source bpf
  status "$1: status of --source bpf" $3 bones ps --source bpf
  status "$1: without it" 0 bones ps
}
for h in 1 2; do
  busybox mount -o remount,hidepid=$h /proc
  refused "hidepid=$h" "/proc is mounted with hidepid=$h" 1
done
user() { busybox start-stop-daemon -S -c memcache -x /bin/bones -- "$@"; }
says "hidepid=2 without privilege: how many" "without those that hidepid=2 hides" user host
check "hidepid=2 without privilege: own processes alone" 1 "$(user ps | busybox grep -vc PPID)"
busybox mount -o remount,hidepid=0 /proc
status "shown again" 0 bones ps --source bpf
says "without privilege: bones host" "BPF is not permitted (EPERM)" user host
says "without privilege: what would help" "CAP_BPF and CAP_PERFMON" user ps --source bpf
status "without privilege: status of --source bpf" 4 user ps --source bpf
status "without privilege: without it" 0 user ps
inside() { bones unshare --fork --pid "$@" -- /bin/bones ps --source bpf -o pid,args; }
check "a pid namespace: its own processes" "1 /bin/bones" "$(inside --mount-proc |
  busybox awk 'NR > 1 { print $1, $2 }')"
says "a pid namespace, and the host's /proc" "does not show the pid namespace that bones is in" inside
timed() { bones unshare --fork --time --boottime 1000 -- /bin/bones ps --source bpf; }
case $(busybox uname -r) in
5.* | 6.[01].*) says "a time namespace: not on this kernel" "needs Linux 6.2" timed ;;
*) says "a time namespace" "a time namespace whose clock is set by 1000." timed ;;
esac

busybox mount -t securityfs securityfs /sys/kernel/security
echo integrity > /sys/kernel/security/lockdown
check "locked down to integrity" "[integrity]" "$(busybox grep -o '\[.*\]' /sys/kernel/security/lockdown)"
status "integrity: it is read" 0 bones ps --source bpf
echo confidentiality > /sys/kernel/security/lockdown
refused "confidentiality" "the kernel is locked down (confidentiality), and lets nobody read its memory" 4
