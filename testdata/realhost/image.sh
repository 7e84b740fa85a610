#!/usr/bin/env bash
# Makes a Debian host as a disk image for qemu, and prints the directory that has it: a host with systemd, cgroup v2
# alone, and the engines that people use. Usage: image.sh; as root.
#
# The directory is named after the content of all that goes into the image, so that it is made once for each version of
# this script and of the files in root/. No mount of an image file is needed: mke2fs copies the tree into it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
suite=bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bones-test-realhost
key=$(cd "$here" && find image.sh init.sh root -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
done=$cache/$key
if [ -e "$done/disk" ]; then
  echo "$done"
  exit 0
fi

mkdir -p "$cache"
exec 9>"$cache/lock" # of two runs the second waits for the first, and then finds the image
flock 9
[ ! -e "$done/disk" ] || { echo "$done"; exit 0; }
work=$(mktemp -d "$cache/making.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

# Everything the matrix of engines starts, and what a host of these engines has besides. The kernel is not among them:
# its package wants initramfs-tools, which takes longer than the rest of the boot together.
packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,systemd-container,docker.io,podman,uidmap
packages=$packages,slirp4netns,fuse-overlayfs,crun,runc,lxc,iproute2,procps,util-linux,kmod,busybox-static,memcached
packages=$packages,tmux,ca-certificates,iptables,containernetworking-plugins,catatonit,libcap2-bin
kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/ { print $2; exit }')
[ -n "$kernel" ] || { echo "no package linux-image-cloud-amd64 is known; apt-get update" >&2; exit 1; }

{
  mkdir "$work/kernel"
  (cd "$work/kernel" && apt-get -qq -o APT::Sandbox::User=root download "$kernel")
  debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  dpkg-deb --fsys-tarfile "$work"/kernel/*.deb | tar -x -C "$work/kernel"
  mv "$work"/kernel/boot/vmlinuz-* "$work/vmlinuz"
  mv "$work"/kernel/lib/modules "$root/usr/lib/modules"
  version=$(ls "$root/usr/lib/modules")
  chroot "$root" depmod "$version"

  chroot "$root" useradd -m -u 1000 -s /bin/bash alice # useradd gives a new user 65,536 subordinate ids
  chroot "$root" passwd -d root
  cp -a "$here/root/." "$root/"
  chown -R root:root "$root/etc/docker" "$root/etc/containerd" "$root/etc/systemd/system"
  chroot "$root" systemctl enable job.service
  # What costs seconds of boot in software emulation and is nothing that is looked at here.
  chroot "$root" systemctl mask serial-getty@ttyS0.service getty@tty1.service lxc-net.service lxc.service \
    lxc-monitord.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_reap.service \
    e2scrub_all.timer fstrim.timer systemd-timesyncd.service systemd-pstore.service podman.service podman.socket \
    podman-auto-update.timer podman-auto-update.service podman-restart.service memcached.service \
     systemd-networkd.service \
    systemd-network-generator.service systemd-binfmt.service ldconfig.service systemd-update-utmp.service \
    systemd-update-utmp-runlevel.service modprobe@drm.service systemd-random-seed.service
  chroot "$root" systemctl disable docker.service containerd.service # the job starts them when it comes to them

  # The first root file system has what is needed to mount the real one, and nothing else.
  mkdir -p "$work"/initrd/{bin,proc,dev,root,modules}
  cp "$root/bin/busybox" "$work/initrd/bin/busybox"
  cp "$here/init.sh" "$work/initrd/init"
  chmod 755 "$work/initrd/init"
  number=10
  for module in virtio_pci virtio_blk ext4; do
    chroot "$root" modprobe -D -S "$version" "$module" | awk '$1 == "insmod" { print $2 }' >"$work/list"
    while read -r file; do
      [ -z "$(find "$work/initrd/modules" -name "*-${file##*/}")" ] || continue
      cp "$root$file" "$work/initrd/modules/$number-${file##*/}"
      number=$((number + 1))
    done <"$work/list"
  done
  (cd "$work/initrd" && find . | busybox cpio -o -H newc) >"$work/initrd.cpio"

  mke2fs -q -F -t ext4 -O ^has_journal -m 0 -d "$root" -L root "$work/disk" 4G
  rm -rf "$root" "$work/kernel" "$work/initrd" "$work/list"
} >"$cache/log" 2>&1 9>&- || {
  echo "the image could not be made; the end of $cache/log:" >&2
  tail -n 15 "$cache/log" >&2
  exit 1
}
chmod 755 "$work"
# Images of other versions of these files are of no use to anyone any more.
for old in "$cache"/????????????????; do [ "$old" = "$done" ] || rm -rf "$old"; done
mv "$work" "$done"
trap - EXIT
echo "$done"
