#!/usr/bin/env bash
# Boots the image in the directory $1 and runs run.sh of the tar archive $2 in it, as root. What the job prints comes
# on standard output, what the kernel and systemd say goes to the file $3. The disk is thrown away afterwards.
set -eu
dir=$1 job=$2 console=$3
# A /dev/kvm that is there need not work: one that is offered inside of a virtual machine may hang. The kernel alone
# is booted on it; without a root it panics, which ends qemu.
accel="-accel tcg,thread=multi -cpu max"
if [ -w /dev/kvm ]; then
  if [ ! -s "$dir/kvm" ]; then
    (timeout -s KILL 8 qemu-system-x86_64 -accel kvm -cpu host -m 256 -nodefaults -nographic -no-reboot \
      -kernel "$dir/vmlinuz" -append panic=-1 </dev/null && echo works || echo fails) >"$dir/kvm" 2>/dev/null
  fi
  [ "$(tail -n 1 "$dir/kvm")" != works ] || accel="-accel kvm -cpu host"
fi
# shellcheck disable=SC2086
exec qemu-system-x86_64 $accel -smp 2 -m 2560 -nodefaults -nographic -no-reboot \
  -kernel "$dir/vmlinuz" -initrd "$dir/initrd.cpio" \
  -append 'console=ttyS0 loglevel=4 panic=-1 mitigations=off apparmor=0 audit=0 systemd.show_status=true' \
  -drive file="$dir/disk",format=raw,if=virtio,snapshot=on,cache=unsafe \
  -drive file="$job",format=raw,if=virtio,readonly=on \
  -chardev file,id=console,path="$console" -serial chardev:console -serial stdio </dev/null
