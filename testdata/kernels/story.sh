# The ten steps of the story on the demo, by commands; each against the kernel's own files and busybox. The file with
# the memory limit is $1, and the demo's directory in that hierarchy $2.
file=$1 dir=$2
status "story: demo" 0 bones demo --name story
p=$(bones pid story)
words() { busybox tr '\n' ' '; }
# json NAME: the strings of this name in an object on standard input.
json() { busybox sed -n "s/^ *\"$1\": \"\(.*\)\",*$/\1/p"; }

# 1 the process tree
n=0
while [ $n -lt 100 ] && [ "$(busybox wc -l < $dir/cgroup.procs)" -lt 3 ]; do busybox usleep 100000; n=$((n+1)); done
all=$(busybox sort -n $dir/cgroup.procs | words)
check "story 1: how many" 3 "$(echo $all | busybox wc -w)"
check "story 1: the tree has its processes below PID $p" "$(for q in $all; do [ $q = $p ] || echo $q; done | words)" \
  "$(bones ps | busybox awk -v p=$p '$1 == p { print $2 }' | busybox sort -n | words)"
check "story 1: the list, by busybox" "$all" "$(busybox ps -o pid,comm | busybox awk '$2 ~ /^demo-/ { print $1 }' |
  words)"
check "story 1: the list" "$all" "$(bones ps --aux | busybox awk '/__demo-/ && !/awk/ { print $2 }' | words)"

# 2 the folder in /proc
check "story 2: the files of /proc/$p" "$(busybox ls -A /proc/$p | busybox sort | words)" \
  "$(bones files ls --proc-dir $p / | busybox sed 's/ -> .*//; s/.* //' | busybox sort | words)"
for f in limits mountinfo uid_map cgroup; do
  check "story 2: $f" "$(cat /proc/$p/$f | busybox md5sum)" "$(bones files cat --proc-dir $p /$f | busybox md5sum)"
done
for f in Uid CapEff NoNewPrivs Seccomp; do
  check "story 2: $f" "$(grep "^$f:" /proc/$p/status)" "$(bones files cat --proc-dir story /status | grep "^$f:")"
done
check "story 2: its root" "$(busybox ls -A /proc/$p/root | busybox sort | words)" \
  "$(bones files ls story / | busybox sed 's/.* //' | busybox sort | words)"

# 3 its processes, here and as they see themselves
check "story 3: its processes" \
  "$(for q in $all; do echo $q:$(busybox awk '/^NSpid:/ { print $NF }' /proc/$q/status); done | words)" \
  "$(bones top story | busybox awk 'NR > 1 { print $1 ":" $2 }' | busybox sort -n | words)"

# 4 the PID that backs it: the one that is PID 1 inside
check "story 4: PID" "$(for q in $all; do grep -q "^NSpid:.*[^0-9]1$" /proc/$q/status && echo $q; done)" "$p"
check "story 4: whose it is" story "$(bones which $p | busybox awk 'NR == 2 { print $2 }')"

# 5 a file in its root, from both sides
busybox cp /bin/busybox /proc/$p/root/tmp/busybox
inside() { busybox nsenter -t $p -m -p /tmp/busybox "$@"; }
status "story 5: touch" 0 bones files touch story /tmp/from-outside
check "story 5: seen inside" /tmp/from-outside "$(inside ls /tmp/from-outside)"
inside touch /tmp/from-inside
says "story 5: seen outside" from-inside bones files ls story /tmp
status "story 5: undo" 0 bones undo
check "story 5: gone inside" "" "$(inside ls /tmp/from-outside 2>/dev/null)"

# 6 its namespaces
bones ns $p > /tmp/ns
for t in cgroup ipc mnt net pid time user uts; do
  [ -e /proc/$p/ns/$t ] || continue
  own=$(busybox readlink /proc/$p/ns/$t) host=$(busybox readlink /proc/1/ns/$t) whose=own
  [ "$own" = "$host" ] && whose=host
  inode=${own#*[} inode=${inode%]}
  check "story 6: $t" "$t $inode $whose" "$(busybox awk -v t=$t '$1 == t { print $1, $2, $3 }' /tmp/ns)"
done

# 7 a shell in new namespaces, left again
check "story 7: its number, and who is there" "1 1" \
  "$(echo 'echo $$ $(ls /proc | grep -c "^1$"); exit 3' | bones unshare --fork --pid --mount-proc -- sh)"
echo 'exit 3' | bones unshare --fork --pid --mount-proc -- sh
check "story 7: left" 3 $?
check "story 7: another pid namespace" differs \
  "$(inside=$(bones unshare --fork --pid --mount-proc -- busybox readlink /proc/self/ns/pid)
    [ "$inside" = "$(busybox readlink /proc/self/ns/pid)" ] || echo differs)"

# 8 its control groups
check "story 8: the directories that /proc/$p/cgroup names" "$(busybox cut -d: -f3 /proc/$p/cgroup | busybox sort |
  words)" \
  "$(bones --json cgroup story | json path | busybox sort | words)"
check "story 8: it is in the directory" $p "$(grep -x $p $dir/cgroup.procs)"
check "story 8: its files" "$(busybox find $dir -maxdepth 1 -type f | busybox sed 's|.*/||' | busybox sort | words)" \
  "$(bones --json cgroup story | busybox awk -v d="\"$dir\"," '/"dir":/ { on = $2 == d } on' | json name |
    busybox sort | words)"
check "story 8: $file" "$(cat $dir/$file)" "$(bones cgroup story $file)"

# 9 the memory limit
before=$(cat $dir/$file)
check "story 9: 128M at first" 134217728 "$before"
status "story 9: set" 0 bones set --yes story $file=1G
check "story 9: $file" 1073741824 "$(cat $dir/$file)"
says "story 9: bones containers" /1.0G bones containers
says "story 9: bones stats" /1.0G bones stats --once --interval 0.1 story

# 10 put back
status "story 10: undo" 0 bones undo
check "story 10: $file" "$before" "$(cat $dir/$file)"
says "story 10: bones containers" /128M bones containers
status "story: stop" 0 bones demo --stop --name story
check "story: its group is gone" gone "$([ -e $dir ] || echo gone)"
