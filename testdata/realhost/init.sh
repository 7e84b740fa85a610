#!/bin/busybox sh
# The first process of the virtual machine: mounts the disk and gives over to systemd.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for module in /modules/*; do /bin/busybox insmod "$module"; done
until /bin/busybox mount -t ext4 -o noatime /dev/vda /root; do /bin/busybox sleep 1; done
/bin/busybox umount /proc
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /lib/systemd/systemd
