# A host with cgroup v1 alone.
for c in memory cpu,cpuacct pids freezer; do mkdir -p /sys/fs/cgroup/$c/box; done
sleep 1000 & one=$!
for c in memory cpu,cpuacct pids freezer; do echo $one > /sys/fs/cgroup/$c/box/cgroup.procs; done
t=cgroup:/box
m=/sys/fs/cgroup/memory/box

says cgroup memory.limit_in_bytes bones cgroup $t
check "files that no table has" "" "$(bones --json cgroup $t | grep -B6 '"does": ""' | grep '"name"')"
for change in memory:memory.limit_in_bytes=64M:67108864:memory \
  memory.soft_limit_in_bytes:memory.soft_limit_in_bytes=32M:33554432:memory \
  cpu.shares:cpu.shares=512:512:cpu,cpuacct cpus:cpu.cfs_quota_us=50000:50000:cpu,cpuacct pids:pids.max=50:50:pids; do
  name=${change%%:*} rest=${change#*:}
  assignment=${rest%%:*} rest=${rest#*:}
  want=${rest%%:*} dir=/sys/fs/cgroup/${rest#*:}/box
  file=${assignment%%=*}
  before=$(cat $dir/$file)
  byhand=$(bones set --dry-run $t "$assignment")
  status "set $name" 0 bones set --yes $t "$assignment"
  check "$file" "$want" "$(cat $dir/$file)"
  status "undo $name" 0 bones undo
  check "$file undone" "$before" "$(cat $dir/$file)"
  sh -c "$byhand"
  check "$file by hand" "$want" "$(cat $dir/$file)"
done
status "portable names" 0 bones set --yes $t memory=80M cpus=1.5 pids=60
check memory 83886080 "$(cat $m/memory.limit_in_bytes)"
check cpus 150000 "$(cat /sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us)"
status "no limits" 0 bones set --yes $t memory=max cpus=max pids=max
check "memory without limit" 9223372036854771712 "$(cat $m/memory.limit_in_bytes)"

if [ -e $m/memory.memsw.limit_in_bytes ]; then
  status "both lowered" 0 bones set --yes $t memory.limit_in_bytes=50M memory.memsw.limit_in_bytes=60M
  status "both raised" 0 bones set --yes $t memory.limit_in_bytes=100M memory.memsw.limit_in_bytes=120M
  check "memory and swap" 125829120 "$(cat $m/memory.memsw.limit_in_bytes)"
  status "both undone" 0 bones undo
  check "memory and swap undone" 62914560 "$(cat $m/memory.memsw.limit_in_bytes)"
  status "above memory and swap" 2 bones set --yes $t memory.limit_in_bytes=1G
  status "memory= raises both" 0 bones set --yes $t memory=1G
  check "memory raised" 1073741824 "$(cat $m/memory.limit_in_bytes)"
  status "and back" 0 bones undo
  check "memory back" 52428800 "$(cat $m/memory.limit_in_bytes)"
fi
status "no limits again" 0 bones set --yes $t memory=max

# Below what is in use: the kernel refuses, nothing is killed.
mkdir /sys/fs/cgroup/memory/big
busybox sh -c 'echo $$ > /sys/fs/cgroup/memory/big/cgroup.procs
  x=$(busybox dd if=/dev/zero bs=1M count=24 2>/dev/null | busybox tr "\0" x)
  echo > /tmp/big-has-it; while :; do sleep 1; done' & big=$!
n=0
while [ $n -lt 600 ] && [ ! -e /tmp/big-has-it ]; do busybox usleep 100000; n=$((n+1)); done # it grows until then
says "EBUSY" 'nothing is killed' bones set --yes cgroup:/big memory.limit_in_bytes=1M
status "refused by the kernel" 1 bones set --yes cgroup:/big memory.limit_in_bytes=1M
check "as it was" 9223372036854771712 "$(cat /sys/fs/cgroup/memory/big/memory.limit_in_bytes)"
check "alive" 0 "$(kill -0 $big; echo $?)"

status freeze 0 bones freeze $t
check frozen FROZEN "$(cat /sys/fs/cgroup/freezer/box/freezer.state)"
status thaw 0 bones thaw $t
check thawed THAWED "$(cat /sys/fs/cgroup/freezer/box/freezer.state)"
( . /story.sh memory.limit_in_bytes /sys/fs/cgroup/memory/bones-demo-story )

status demo 0 bones demo --name kernel
says containers kernel bones containers
explained='is PID 1 of the bones container kernel: an ordinary process with namespaces of its own '
explained="$explained(cgroup, ipc, mnt, net, pid, uts), a memory limit of 128M and another root."
says "explained" "$explained" bones --json explain kernel
byhand=$(bones explain kernel | busybox sed -n 's/^ *by hand *\(grep -H\)/busybox \1/p')
says "its limits by hand" ':134217728' sh -c "$byhand"
status "demo stopped" 0 bones demo --stop --name kernel
status "kill all" 0 bones kill --all --yes $t
check "the group is empty" "" "$(cat /sys/fs/cgroup/freezer/box/cgroup.procs)"
set -- /sys/fs/cgroup/freezer 1; . /killall.sh
