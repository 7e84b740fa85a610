#!/bin/sh
# Puts Debian's kernel for virtual machines into the directory $1, as vmlinuz: downloaded as a package, not installed.
# Of another release of Debian than this machine's if $2 names one: that has a list of packages of its own, in $1.
set -eu
dir=$1 suite=${2:-}
[ -s "$dir/vmlinuz" ] && exit 0
mkdir -p "$dir/deb"
if [ -n "$suite" ]; then
  mirror=$(apt-cache policy | grep -o 'https\{0,1\}://[^ ]*/debian ' | head -n 1)
  mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror% } $suite main" > \
    "$dir/apt/sources.list"
  cat > "$dir/apt/conf" << EOF
Dir::State::lists "$dir/apt/lists";
Dir::Cache "$dir/apt/cache";
Dir::Etc::sourcelist "$dir/apt/sources.list";
Dir::Etc::sourceparts "$dir/apt/none";
APT::Sandbox::User "root";
EOF
  export APT_CONFIG=$dir/apt/conf
  apt-get -qq update
fi
cd "$dir/deb"
package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/ { print $2; exit }')
[ -n "$package" ] || { echo "no package linux-image-cloud-amd64 is known; apt-get update" >&2; exit 1; }
apt-get -qq -o APT::Sandbox::User=root download "$package"
dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards './boot/vmlinuz-*'
mv boot/vmlinuz-* "$dir/vmlinuz"
rm -rf "$dir/deb" "$dir/apt"
