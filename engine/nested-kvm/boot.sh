#!/bin/bash
# Boots the outer virtual machine with a directory as its payload, runs /payload/run in it, and ends with
# that program's exit code.
#
#   boot.sh OUTER PAYLOAD SECONDS
#     OUTER    what outer/build.sh wrote
#     PAYLOAD  the directory to be seen at /payload, read-only
#     SECONDS  when to give up
set -euo pipefail

outer=$1 payload=$2 seconds=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

size=$(du -sm --apparent-size "$payload" | cut -f1)
truncate -s $((size + size / 5 + 16))M "$work/payload.ext4"
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$payload" "$work/payload.ext4"

# mitigations=off and no_timer_check: less to emulate. nokaslr, random.trust_cpu: some emulated boots
# hang in the early random and delay-loop code.
TMPDIR=$work timeout --foreground -k 5 "$seconds" qemu-system-x86_64 \
  -M q35 -accel tcg,thread=multi,tb-size=1024 -cpu max,+svm,+npt -smp 2 -m 4096 \
  -nodefaults -no-user-config -nographic -no-reboot -serial stdio \
  -kernel "$outer/vmlinuz" -initrd "$outer/initramfs.gz" \
  -append "console=ttyS0 quiet panic=-1 no_timer_check random.trust_cpu=on mitigations=off nokaslr" \
  -drive id=root,file="$outer/root.ext4",format=raw,if=none,snapshot=on,cache=unsafe \
  -device virtio-blk-pci,drive=root \
  -drive id=payload,file="$work/payload.ext4",format=raw,if=none,readonly=on \
  -device virtio-blk-pci,drive=payload < /dev/null | tee "$work/console" || true

code=$(tr -d '\r' < "$work/console" | sed -n 's/^nested-kvm: exit code \([0-9]*\)$/\1/p')
exit "${code:-124}"
