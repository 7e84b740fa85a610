#!/usr/bin/env bash
# What `make test` does: say what the tests need and is not installed, install it where that is wanted, lint, and run
# every tier. Each test that this machine cannot run is named with the reason; with CI=true that is a failure. At the
# end it says what each tier took.
#
# TIERS names the tiers to run; without it all are run:
#   lint      vet, gofmt, go mod tidy, staticcheck, a build for both architectures
#   packages  the tests of all packages but that of the commands
#   commands  the tests of cmd/bones that are in none of the other tiers
#   engines   those that start other people's services (Docker, Podman, runc, LXC, Prometheus, sshd), and the release
#   machines  those in virtual machines: kernels, a host with systemd, the README's screens
# RACE=no leaves the race detector out, which makes most tests several times as expensive.
#
# Packages are installed with CI=true, or after a question on a terminal. Elsewhere nothing is installed: the command
# that does it is printed, and the tests that need it are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
ci=${CI:-}
skipped=0
all="lint packages commands engines machines"
tiers=${TIERS:-$all}
for tier in $tiers; do
  case " $all " in *" $tier "*) ;; *)
    echo "TIERS has $tier; the tiers are: $all" >&2
    exit 2
    ;;
  esac
done
if [ "$ci" = true ] && [ -n "${TIERS:-}" ]; then
  echo "with CI=true all tiers are run; TIERS says $TIERS" >&2
  exit 2
fi

# runs reports whether a tier is to be run.
runs() { case " $tiers " in *" $1 "*) ;; *) return 1 ;; esac; }

say() { echo "== $*"; }
skip() {
  echo "skipped: $1: $2"
  skipped=1
}

# Names of commands, and the Debian packages that have them: for all tiers, and for engines and virtual machines.
need="ps:procps htop:htop pstree:psmisc lsns:util-linux unshare:util-linux tmux:tmux busybox:busybox-static
  script:bsdutils perl:perl-base gcc:gcc dpkg-deb:dpkg strace:strace dbus-daemon:dbus-daemon zsh:zsh fish:fish
  mandoc:mandoc curl:curl openssl:openssl ss:iproute2"
if runs engines || runs machines; then
  need="$need dockerd:docker.io containerd:containerd runc:runc memcached:memcached podman:podman lxc-start:lxc
    prometheus:prometheus sshd:openssh-server ssh:openssh-client lintian:lintian rpm:rpm"
fi
if runs machines; then
  need="$need qemu-system-x86_64:qemu-system-x86 debootstrap:debootstrap mke2fs:e2fsprogs"
fi
say "looking for the programs that the tests start and compare with"
missing=""
for pair in $need; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -e /usr/share/bash-completion/bash_completion ] || missing="$missing bash-completion" # it is no command

# wanted reports whether packages may be installed on this machine.
wanted() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  [ "$ci" = true ] && return 0
  [ -t 0 ] && [ -t 2 ] || return 1
  read -r -p "The tests need packages that are not installed:$missing
Install them on this machine with apt-get? [y/N] " answer || return 1
  case $answer in y | Y | yes) return 0 ;; esac
  return 1
}

if [ -n "$missing" ]; then
  if wanted; then
    say "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null
    # Prometheus and sshd are services: the tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then policy=""; else
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod 755 "$policy"
    fi
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing libc6-dev >/dev/null
    [ -z "$policy" ] || rm -f "$policy"
  else
    skip "the tests that start these programs" \
      "not installed:$missing; as root on Debian: apt-get install --no-install-recommends$missing libc6-dev"
  fi
fi
[ "$(id -u)" = 0 ] || skip "the tests that make namespaces and other users' processes" "they need root"

strip="-ldflags=-s -w" # without symbols for debuggers: bones in a test copies its own program to enter a container
race=-race
if [ "${RACE:-}" = no ]; then
  race=""
elif say "trying whether there is a C compiler for the race detector" &&
  ! echo 'int main(){return 0;}' | ${CC:-gcc} -x c - -o /dev/null 2>/dev/null; then
  skip "the race detector" "it needs a C compiler"
  race=""
fi

# The image of the real host takes minutes, most of them for the network and for one processor. Whoever needs it waits
# for it: image.sh has a lock. It ends by itself, also where something below fails before that.
if runs machines && [ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null && command -v mke2fs >/dev/null; then
  say "making the image of the real host in the background, if it is not there yet"
  testdata/realhost/image.sh >/dev/null 2>&1 &
fi

log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT

# timed NAME COMMAND... notes what a tier takes: seconds by the clock, and seconds of processors in user mode and in
# the kernel of all that it has started and waited for.
timed() {
  local name=$1
  shift
  local TIMEFORMAT='%R %U %S'
  # The tests do not inherit the third descriptor: some leave a program almost none.
  { time "$@" 2>&3 3>&-; } 3>&2 2>"$log.$name.time"
}

if runs lint; then
  say "linting: vet, gofmt, go mod tidy, staticcheck, both architectures"
  timed lint make --no-print-directory lint
fi

# What the tests start beside bones is built here once for all of them. The go command links only what has changed:
# what was built before is kept, unless it may be another user's.
if [ "$tiers" != lint ]; then
  say "building the programs that the tests start"
  BONES_PROGRAMS=$(pwd -P)/bin/programs
  if ! why=$(testdata/ours.sh "$BONES_PROGRAMS"); then
    say "they are built anew, in a directory of their own: $why"
    BONES_PROGRAMS=$(mktemp -d)
    trap 'rm -rf "$log" "$log".* "$BONES_PROGRAMS"' EXIT
  fi
  CGO_ENABLED=0 GOFLAGS='' $go build -o "$BONES_PROGRAMS/" bones/testdata/{hostile,deaf,lent} \
    bones/testdata/attacks/{swap,hostfiles,forgedreport}
  export BONES_PROGRAMS
fi

say "running the tests of these tiers beside one another: $tiers${BONES_SOAK:+, with the long counts of a soak}"
timeout=40m
[ -z "${BONES_SOAK:-}" ] || timeout=6h
# tests NAME PACKAGE... runs the tests of these packages, one after the other. With -v a skip shows, with its reason;
# of a package that passes only that is printed, of one that fails all that its tests said. Of a package's tests four
# may run at once: those that may wait most of the time.
tests() {
  local name=$1
  shift
  BONES_TIER=$name BONES_COST=$log.$name.cost \
    $go test $race "$strip" -v -p 1 -parallel 4 -timeout $timeout "$@" 2>&1 | tee "$log.$name" | awk '
    /^=== |^ *--- (PASS|SKIP): |^PASS$/ { next }
    /^ok |^\?/ { held = ""; print; fflush(); next }
    /^FAIL\t/ { printf "%s", held; held = ""; print; fflush(); next }
    { held = held $0 "\n" }
    END { printf "%s", held }'
}
# A test that needs a program of another tier than the one it is run in fails: proctest.NeedPrograms knows them.
machines='^Test(Kernels.*|RealHost|ReadmeScreens)$'
engines='Docker|StoryDocker.*|FilesCopyAsDockerAndCp|ReplayOfACutStream|Image|Prometheus|Podman'
engines="$engines|Runc|LXC|Remote.*|Release"
engines="^Test($engines)\$"

# one TIER ARGUMENT... runs the tests of a tier, if it is to be run.
one() {
  runs "$1" || return 0
  timed "$1" tests "$@"
}
# Engines and commands come one after the other: most of their time is waiting, and two engines wait for one disk.
engines_and_commands() {
  local failed=0
  one engines -run "$engines" ./cmd/bones || failed=$?
  one commands -skip "$machines|$engines" ./cmd/bones || failed=$?
  return $failed
}

# A virtual machine keeps one processor busy, and the commands' tests take as long as those of all packages, and wait
# for engines and terminals meanwhile.
status=0
one machines -run "$machines" ./cmd/bones &
beside=$!
engines_and_commands &
beside="$beside $!"
# shellcheck disable=SC2046
one packages $($go list ./... | grep -vx bones/cmd/bones) || status=$?
for pid in $beside; do
  wait "$pid" || status=$?
done
for tier in $tiers; do
  [ ! -e "$log.$tier" ] || cat "$log.$tier"
done > "$log"

# failures prints the package and the name of each test that failed. It fails where more than tests failed: a data
# race, a panic, a time limit, a package that cannot be built.
failures() {
  awk '
    /^WARNING: DATA RACE|^panic: |^fatal error: |\[build failed\]|\[setup failed\]|^SIG[A-Z]+: / { worse = 1 }
    /^--- FAIL: Test/ { names[++n] = $3 }
    /^FAIL\t/ { if (n == 0) worse = 1; for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }
    /^ok  / { n = 0 }
    END { exit worse }' "$log"
}

# A test of the live machine may fail only because others run beside it. Up to five tests that failed are run again,
# each alone, and the second result counts. One that passes then is named all the same, so that somebody mends it. More
# than five are no accident, and neither is a data race or a panic: the run fails then, and nothing is run again.
if [ $status != 0 ]; then
  if ! failed=$(failures) || [ -z "$failed" ]; then
    say "this run fails: not only tests failed, there was a data race, a panic, a time limit or no build; see above"
  elif [ "$(wc -l <<<"$failed")" -gt 5 ]; then
    say "this run fails: these are too many failed tests to be run again alone"
    echo "$failed"
  else
    status=0
    while read -r package name; do
      say "$name failed while other tests ran beside it; it is run again alone, and that result counts"
      if $go test $race "$strip" -v -count=1 -timeout $timeout -run "^$name\$" "$package" >"$log.alone" 2>&1; then
        echo "passed alone: $package $name. This run does not fail because of it, but somebody has to mend it"
      else
        status=1
        cat "$log.alone"
        echo "failed alone, too: $package $name. This run fails"
      fi
    done <<<"$failed"
  fi
fi

# What the tests skipped, each reason once, with how many say it.
reasons=$(awk '
  /^=== (RUN|NAME|CONT)/ { last = "" ; next }
  /^[ ]*[a-z_A-Z0-9]+_test\.go:[0-9]+: / || /^[ ]*need\.go:[0-9]+: / { last = $0; sub(/^[ ]*[^ ]+ /, "", last); next }
  /^[ ]*--- SKIP: / { pending = 1; if (last != "") { count[last]++; last = ""; pending = 0 } }
  END { for (r in count) printf "%d tests: %s\n", count[r], r }' "$log")
if [ -n "$reasons" ]; then
  echo "$reasons" | sed 's/^/skipped: /'
fi

# What each tier took. Of a tier's processors most are the compiler's where the cache has nothing of it: what the tests
# themselves took is told apart.
say "what it took, in seconds"
printf '%-10s %8s %12s %17s   %s\n' tier clock processors "tests' processors" "the most expensive packages"
for tier in $tiers; do
  [ -e "$log.$tier.time" ] || continue
  touch "$log.$tier.cost"
  read -r clock user system <"$log.$tier.time"
  awk -v tier="$tier" -v clock="$clock" -v all="$user $system" '
    { sum += $1 + $2 }
    NR <= 4 { most = most sprintf("%s %.1f  ", $4, $1 + $2) }
    END {
      split(all, a)
      printf "%-10s %8.0f %12.1f %17.1f   %s\n", tier, clock, a[1] + a[2], sum, tier == "packages" ? most : ""
    }' <(sort -rn "$log.$tier.cost")
done

if [ "$skipped" = 1 ]; then
  echo "some tests were skipped, see above"
  [ "$ci" != true ] || status=1
fi
exit $status
