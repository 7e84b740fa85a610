# A host with cgroup v2 alone.
g=/sys/fs/cgroup/box
mkdir -p $g/inner
echo "+memory +cpu +pids" > $g/cgroup.subtree_control
sleep 1000 & one=$!
echo $one > $g/inner/cgroup.procs
t=cgroup:/box/inner
f=$g/inner

says mode '0::/box/inner' cat /proc/$one/cgroup
says ps sleep bones ps
says ns pid bones ns
says which 'in no container' bones which $one
says cgroup memory.max bones cgroup $t
check "files that no table has" "" "$(bones --json cgroup $t | grep -B6 '"does": ""' | grep '"name"')"

for change in memory.max=64M:67108864 memory.high=48M:50331648 "cpu.max=50000 100000:50000 100000" pids.max=77:77 \
  cpu.weight=50:50 \
  memory=100M:104857600 cpus=1.5:"150000 100000" pids=50:50 memory.low=1M:1048576; do
  assignment=${change%:*} want=${change##*:} name=${change%%=*}
  file=$name
  case $name in memory) file=memory.max ;; cpus) file=cpu.max ;; pids) file=pids.max ;; esac
  before=$(cat $f/$file)
  byhand=$(bones set --dry-run $t "$assignment")
  status "set $name" 0 bones set --yes $t "$assignment"
  check "$name in $file" "$want" "$(cat $f/$file)"
  status "undo $name" 0 bones undo
  check "$name undone" "$before" "$(cat $f/$file)"
  sh -c "$byhand"
  check "$name by hand" "$want" "$(cat $f/$file)"
  status "$name put back" 0 bones set --yes $t "$file=$before"
done

# Values that the kernel would take for something else.
for bad in '' abc 0x10 010 -5 -1 18446744073709551616 16E 1.5X 64QB '5 word' infinity; do
  status "memory.max=$bad" 2 bones set --yes $t "memory.max=$bad"
done
check "nothing written" max "$(cat $f/memory.max)"
status "cgroup.procs is not set" 2 bones set --yes $t cgroup.procs=1
status "cgroup.kill is not set" 2 bones set --yes $t cgroup.kill=1

# The limit that binds may be that of a group around.
bones set --yes cgroup:/box memory.max=32M > /dev/null 2>&1
says "the limit that binds, and whose it is" 'set by /sys/fs/cgroup/box' bones cgroup $t
says "the limit that binds, explained" '32M (33554432), set by /box, around its own group' bones explain $one
bones undo > /dev/null 2>&1

# crun with systemd sets its limits in a group below the scope that stands for the container.
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
m=/sys/fs/cgroup/machine.slice s=$m/libpod-$id.scope
mkdir -p $s/container
echo "+memory +cpu +pids" > $m/cgroup.subtree_control
echo "+memory +cpu +pids" > $s/cgroup.subtree_control
sleep 1000 & two=$!
echo $two > $s/container/cgroup.procs
echo 60M > $s/container/memory.max
echo 70M > $s/memory.max
says "the limit below the scope" '/60M ' bones containers
status "set where it binds" 0 bones set --yes id:$id memory=100M
check "raised below" 104857600 "$(cat $s/container/memory.max)"
check "raised around" 104857600 "$(cat $s/memory.max)"
says "the limit that was set" '/100M ' bones containers
status "undo of both" 0 bones undo
check "undone below" 62914560 "$(cat $s/container/memory.max)"
check "undone around" 73400320 "$(cat $s/memory.max)"
echo 40M > $s/memory.high
says "memory.high binds" '/40M (high) ' bones containers
says "and goes on binding" '40M of /machine.slice' bones set --yes id:$id memory=50M
echo $one > $g/inner/cgroup.procs
busybox kill -9 $two
n=0
while [ $n -lt 100 ] && ! busybox rmdir $s/container 2> /dev/null; do busybox usleep 100000; n=$((n+1)); done
busybox rmdir $s $m

# What the kernel changes along with one write is undone with it.
echo 300 > $f/cpu.weight
status "made idle" 0 bones set --yes $t cpu.idle=1
says "an idle group has no weight" 'cpu.idle' bones set --yes $t cpu.weight=50
status "undo of idle" 0 bones undo
check "the weight is back" 300 "$(cat $f/cpu.weight)"
echo 123 > $f/cpu.weight
status "a nice value" 0 bones set --yes $t cpu.weight.nice=5
status "undo of nice" 0 bones undo
check "the weight is exactly back" 123 "$(cat $f/cpu.weight)"
echo 100 > $f/cpu.weight
echo +cpuset > $g/cgroup.subtree_control
echo root > $f/cpuset.cpus.partition
says "not valid here" 'root invalid' cat $f/cpuset.cpus.partition
status "a member" 0 bones set --yes $t cpuset.cpus.partition=member
status "undo of the partition" 0 bones undo
says "a root again, not valid as it was" 'root invalid' cat $f/cpuset.cpus.partition
echo member > $f/cpuset.cpus.partition
echo 60000 > $f/cpu.max.burst 2> /dev/null || { echo 60000 100000 > $f/cpu.max; echo 60000 > $f/cpu.max.burst; }
says "below the burst" 'cpu.max.burst' bones set --yes $t cpus=0.5
echo 0 > $f/cpu.max.burst
echo max > $f/cpu.max

# finds RULE ARGUMENT...: bones health finds it, sooner or later.
finds() {
  f_rule=$1 f_got=no f_n=0; shift
  while [ $f_got = no ] && [ $f_n -lt 30 ]; do
    bones health "$@" > /tmp/health 2>&1
    if busybox grep -q "$f_rule" /tmp/health; then f_got=yes; fi
    f_n=$((f_n+1))
  done
  check "health finds $f_rule" yes $f_got
  [ $f_got = yes ] || busybox sed 's/^/said|/' /tmp/health
}

# What is the matter, made for real: what version 1 has is made by the tests of the commands.
k=$g/sick
mkdir $k
busybox sh -c "echo \$\$ > $k/cgroup.procs; while :; do :; done" & busy=$!
echo 1000 100000 > $k/cpu.max
finds cpu-throttled cgroup:/box/sick --over 3s
echo max > $k/cpu.max
echo 1 > $k/pids.max
finds tasks-near-limit cgroup:/box/sick
busybox sh -c "echo \$\$ > $k/cgroup.procs; busybox sleep 0; busybox sleep 0" 2> /dev/null
finds tasks-refused cgroup:/box/sick
echo 1 > $k/cgroup.freeze
finds frozen cgroup:/box/sick
echo 0 > $k/cgroup.freeze
busybox kill -9 $busy
echo max > $k/pids.max
echo 1M > $k/memory.high
busybox sh -c "echo \$\$ > $k/cgroup.procs
  x=\$(busybox dd if=/dev/zero bs=1M count=24 2>/dev/null | busybox tr '\0' x); sleep 1000" & slow=$!
finds memory-waiting cgroup:/box/sick
for p in $(cat $k/cgroup.procs); do busybox kill -9 $p; done
n=0
while [ $n -lt 100 ] && ! busybox rmdir $k 2> /dev/null; do busybox usleep 100000; n=$((n+1)); done
busybox mount -t tmpfs -o size=100% fill /mnt
busybox awk '/^MemTotal/ { t = $2 } /^MemAvailable/ { a = $2 } END { print int((a - 0.06 * t) / 1024) }' \
  /proc/meminfo > /tmp/megabytes
busybox dd if=/dev/zero of=/mnt/fill bs=1M count=$(cat /tmp/megabytes) 2> /dev/null
finds host-memory-low
finds no-memory-limit $t
busybox umount /mnt

# Frozen and thawed.
status freeze 0 bones freeze $t
says frozen 'frozen 1' cat $f/cgroup.events
status thaw 0 bones undo
says thawed 'frozen 0' cat $f/cgroup.events

# Below what is in use: grave, and then it happens.
mkdir $g/big
busybox sh -c 'echo $$ > /sys/fs/cgroup/box/big/cgroup.procs
  x=$(busybox dd if=/dev/zero bs=1M count=24 2>/dev/null | busybox tr "\0" x)
  echo > /tmp/big-has-it; while :; do sleep 1; done' & big=$!
n=0
while [ $n -lt 600 ] && [ ! -e /tmp/big-has-it ]; do busybox usleep 100000; n=$((n+1)); done # it grows until then
check "it has all that it takes" yes "$([ "$(cat $g/big/memory.current)" -gt 20000000 ] && echo yes)"
echo $(( $(cat $g/big/memory.current) + 1500000 )) > $g/big/memory.max
finds memory-near-limit cgroup:/box/big
echo max > $g/big/memory.max
says "warned of the OOM killer" 'OOM killer' bones set cgroup:/box/big memory.max=1M
status "refused without --yes" 2 bones set cgroup:/box/big memory.max=1M
check "not written" max "$(cat $g/big/memory.max)"
bones record --interval 200ms --dir /tmp/recording > /dev/null 2>&1 & recorder=$!
n=0
while [ $n -lt 300 ] && ! ls /tmp/recording/*.bones > /dev/null 2>&1; do busybox usleep 100000; n=$((n+1)); done
bones set --yes cgroup:/box/big memory.max=1M > /dev/null 2>&1
n=0
while [ $n -lt 100 ] && ! busybox grep -q 'oom_kill [1-9]' $g/big/memory.events; do
  busybox usleep 100000; n=$((n+1))
done
says "the OOM killer came" 'oom_kill' bones cgroup cgroup:/box/big
says "whom it killed, and whose limit it was" "the limit is that of /box/big" bones events --kind oom --since 1h
says "the kill is an event" "killed PID $big " bones events --kind oom --since 1h
finds oom-killed cgroup:/box/big
says "health knows whom" "PID $big (" bones health cgroup:/box/big
n=0
while [ $n -lt 100 ] && ! bones events --from /tmp/recording --kind oom 2> /dev/null |
  busybox grep -q "killed PID $big "; do
  busybox usleep 100000; n=$((n+1))
done
says "the recording tells of it" "killed PID $big " bones events --from /tmp/recording --kind oom
kill $recorder
busybox rmdir $g/big

# A group that is made again is another one.
mkdir $g/again
bones set --yes cgroup:/box/again pids=5 > /dev/null 2>&1
busybox rmdir $g/again
mkdir $g/again
status "undo of a group made again" 3 bones undo
check "it is as it was made" max "$(cat $g/again/pids.max)"

( . /story.sh memory.max /sys/fs/cgroup/bones-demo-story )

# A container without an engine.
status demo 0 bones demo --name kernel
says containers kernel bones containers
says "demo has a PID" '' bones pid kernel
status "limit of the demo" 0 bones set --yes kernel memory=200M
says "limit is shown" '200M' bones containers kernel
explained='is PID 1 of the bones container kernel: an ordinary process with namespaces of its own '
explained="$explained(cgroup, ipc, mnt, net, pid, uts), a memory limit of 200M and another root."
says "explained" "$explained" bones --json explain kernel
byhand=$(bones explain kernel | busybox sed -n 's/^ *by hand *\(grep -H\)/busybox \1/p')
says "its limits by hand" ':209715200' sh -c "$byhand"
says "PID 1 explained" 'is not in a container: it is the first process of this host' bones --json explain 1
says "inside of the demo" 'PID' bones enter kernel -- /bin/bones ps
says "it is PID 1 there" '  1 ' bones enter kernel -- /bin/bones ps
# A recording in which the clock is set forward by a minute again and again: a trend, and a peak, of a real group.
k=/sys/fs/cgroup$(busybox sed 's/^0:://' /proc/$(bones pid kernel)/cgroup)
busybox mount -t tmpfs -o size=100% grow /mnt
bones record --interval 200ms --dir /tmp/minutes > /dev/null 2>&1 & recorder=$!
n=0
while [ $n -lt 300 ] && ! ls /tmp/minutes/*.bones > /dev/null 2>&1; do busybox usleep 100000; n=$((n+1)); done
grow() {
  busybox sh -c "echo \$\$ > $k/cgroup.procs
    exec busybox dd if=/dev/zero of=/mnt/grow bs=1M seek=$1 count=$2 conv=notrunc" 2> /dev/null
}
first=$((74 - $(cat $k/memory.current) / 1048576)) # 186 of 200 MiB at the end, whatever the demo itself has
check "the demo leaves room to grow" yes "$([ $first -gt 0 ] && echo yes || echo $first)"
grow 0 $first
n=0
while [ $n -lt 14 ]; do
  grow $((first+8*n)) 8
  busybox date -s "@$(( $(busybox date +%s) + 60 ))" > /dev/null
  sleep 1
  n=$((n+1))
done
kill $recorder
n=0
while [ $n -lt 100 ] && [ -d /proc/$recorder ]; do busybox usleep 100000; n=$((n+1)); done
finds memory-filling --from /tmp/minutes kernel
finds memory-limit-advice --from /tmp/minutes kernel
finds memory-near-limit --from /tmp/minutes kernel
busybox umount /mnt
status "demo stopped" 0 bones demo --stop --name kernel

says history 'undone' bones history
status "kill all" 0 bones kill --all --yes $t
says "the group is empty" 'populated 0' cat $f/cgroup.events
set -- /sys/fs/cgroup 2; . /killall.sh
