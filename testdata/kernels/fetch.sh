#!/bin/sh
# Puts Debian's kernel for virtual machines into the directory $1, as vmlinuz: downloaded as a package, not installed.
set -eu
dir=$1
[ -s "$dir/vmlinuz" ] && exit 0
mkdir -p "$dir/deb"
cd "$dir/deb"
package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/ { print $2; exit }')
[ -n "$package" ] || { echo "no package linux-image-cloud-amd64 is known; apt-get update" >&2; exit 1; }
apt-get -qq -o APT::Sandbox::User=root download "$package"
dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards './boot/vmlinuz-*'
mv boot/vmlinuz-* "$dir/vmlinuz"
rm -rf "$dir/deb"
