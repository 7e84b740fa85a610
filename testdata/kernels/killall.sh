# All of a group is killed: $1 is where the hierarchy that does it is mounted, $2 1 or 2. Run by v1.sh and v2.sh.
top=$1 version=$2
k=$top/all
freeze() { case $version in 1) echo FROZEN > $1/freezer.state ;; 2) echo 1 > $1/cgroup.freeze ;; esac; }
into() { # a process in each of these groups
  for dir; do
    sleep 1000 &
    echo $! > $dir/cgroup.procs
  done
}
# living counts the processes in the group and below it. A threaded group answers with an error.
living() { busybox find $k -name cgroup.procs -exec cat {} + 2> /dev/null | busybox wc -l; }

deep=$k/deep$(busybox printf '/x%.0s' $(busybox seq 70))
mkdir -p $deep $k/frozen/inside
(cd $k && mkdir $(busybox seq 4500))
into $k $k/1 $k/2 $k/4499 $k/4500 $deep $k/frozen $k/frozen/inside
freeze $k/frozen/inside
freeze $k/frozen
check "kill all: before" 8 "$(living)"
status "kill all: 4,500 groups, 70 deep, frozen ones" 0 bones kill --all --yes cgroup:/all
check "kill all: nothing is left" 0 "$(living)"
(cd $k && busybox rmdir $(busybox seq 4500))

# What forks without end. The limit keeps the machine alive, and is no part of what is tried.
limit=$k
[ $version = 1 ] && limit=/sys/fs/cgroup/pids/all && mkdir -p $limit
[ $version = 2 ] && echo +pids > $top/cgroup.subtree_control
echo 60 > $limit/pids.max
bomb='while :; do (exec busybox sh -c "$bomb") & done'
export bomb
busybox sh -c 'for dir; do echo $$ > $dir/cgroup.procs; done; exec busybox sh -c "$bomb"' sh $k $limit 2> /dev/null &
n=0
while [ $n -lt 200 ] && [ "$(living)" -lt 40 ]; do busybox usleep 100000; n=$((n+1)); done
status "kill all: a fork bomb" 0 bones kill --all --yes cgroup:/all
check "kill all: the bomb is gone" 0 "$(living)"
case $version in
1)
  # The freezer's group is empty: the process is in another hierarchy's.
  into $limit
  says "freeze: would leave it running" "none of its groups there can be frozen" bones freeze cgroup:/all
  status "kill all: an empty freezer group" 0 bones kill --all --yes cgroup:/all
  check "kill all: nothing is left there" "" "$(cat $limit/cgroup.procs)"
  # Frozen from around: said, and done once that is thawed.
  mkdir -p $k/outer/inner
  into $k/outer/inner
  freeze $k/outer
  says "kill all: frozen from around" 'the group /all/outer around is frozen' bones kill --all --yes \
    cgroup:/all/outer/inner
  status "kill all: frozen from around, its status" 1 bones kill --all --yes cgroup:/all/outer/inner
  status "thaw what is around" 0 bones thaw cgroup:/all/outer
  n=0
  while [ $n -lt 100 ] && [ "$(living)" != 0 ]; do busybox usleep 100000; n=$((n+1)); done
  check "kill all: thawed, it has ended" 0 "$(living)" ;;
2)
  mkdir $k/domain $k/domain/threads
  echo threaded > $k/domain/threads/cgroup.type
  into $k/domain
  cat $k/domain/cgroup.procs > $k/domain/threads/cgroup.threads
  says "kill all: a threaded group" 'belong to the group /all/domain around it' bones kill --all --yes \
    cgroup:/all/domain/threads
  status "kill all: around a threaded group" 0 bones kill --all --yes cgroup:/all/domain
  says "kill all: also the threads" 'populated 0' cat $k/cgroup.events ;;
esac

# Groups inside that are frozen on their own stay so, and are named.
mkdir -p $k/a/b
into $k/a/b
freeze $k/a/b
freeze $k/a
says "thaw: what stays frozen inside" '/all/a/b below is frozen on its own' bones thaw cgroup:/all/a
status "thaw: that inside" 0 bones thaw cgroup:/all/a/b
status "kill all: the rest" 0 bones kill --all --yes cgroup:/all
