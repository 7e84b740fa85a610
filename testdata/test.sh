#!/usr/bin/env bash
# What `make test` does: install what the tests need where that is possible, lint, and run every tier. Each tier that
# this machine cannot run is named with the reason; with CI=true that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
skipped=0

skip() {
  echo "skipped: $1: $2"
  skipped=1
}

# Names of commands, and the Debian packages that have them.
need="ps:procps htop:htop pstree:psmisc lsns:util-linux unshare:util-linux tmux:tmux busybox:busybox-static script:bsdutils gcc:gcc dockerd:docker.io containerd:containerd runc:runc memcached:memcached podman:podman lxc-start:lxc qemu-system-x86_64:qemu-system-x86 dpkg-deb:dpkg strace:strace dbus-daemon:dbus-daemon zsh:zsh fish:fish mandoc:mandoc"
missing=""
for pair in $need; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -e /usr/share/bash-completion/bash_completion ] || missing="$missing bash-completion" # it is no command
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing libc6-dev >/dev/null
  else
    skip "the comparison with other programs" "not installed:$missing; as root on Debian this script installs them"
  fi
fi
[ "$(id -u)" = 0 ] || skip "the tests that make namespaces and other users' processes" "they need root"

race=-race
if ! echo 'int main(){return 0;}' | ${CC:-gcc} -x c - -o /dev/null 2>/dev/null; then
  skip "the race detector" "it needs a C compiler"
  race=""
fi

make --no-print-directory lint
# One package at a time: the tests of several look at what is on the whole machine.
$go test $race -p 1 -timeout 40m ./...

if [ "$skipped" = 1 ]; then
  echo "some tiers were skipped, see above"
  if [ "${CI:-}" = true ]; then
    exit 1
  fi
fi
