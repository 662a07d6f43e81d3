#!/bin/bash
# Makes the outer virtual machine: Debian's kernel, an initramfs that finds the disk, and a root disk
# with a Java runtime and QEMU. Its emulated processor has SVM, so that /dev/kvm is real in there.
#
#   build.sh DIR     writes DIR/vmlinuz, DIR/initramfs.gz and DIR/root.ext4
set -euo pipefail

target=$(realpath -m "$1")
here=$(dirname "$(realpath "$0")")
release=bookworm
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "nested-kvm: making the outer virtual machine, once (about 2 minutes)"

find_kernel() {
  apt-cache depends linux-image-cloud-amd64 2> /dev/null | awk '/Depends:/ {print $2; exit}'
}
kernel=$(find_kernel)
if [ -z "$kernel" ]; then
  apt-get -qq update
  kernel=$(find_kernel)
fi
(cd "$scratch" && apt-get download -o APT::Sandbox::User=root "$kernel" > apt.log 2>&1) ||
  { cat "$scratch/apt.log" >&2; exit 1; }
dpkg-deb -x "$scratch/$kernel"_*.deb "$scratch/kernel"
version=$(basename "$scratch"/kernel/lib/modules/*)
modules=$scratch/kernel/lib/modules/$version

# The kernel's disk drivers are modules: an initramfs loads them, in this order, and hands over.
mkdir -p "$scratch"/initramfs/{bin,modules,root,proc,sys,dev}
cp /bin/busybox "$scratch/initramfs/bin/"
cp "$here/init" "$scratch/initramfs/init"
depmod -b "$scratch/kernel" "$version"
for driver in crc32c_generic virtio_pci virtio_blk; do
  modprobe -d "$scratch/kernel" -S "$version" --show-depends "$driver" | awk '/^insmod/ {print $2}'
done | while read -r module; do
  name=$(basename "$module")
  if [ ! -f "$scratch/initramfs/modules/$name" ]; then
    cp "$module" "$scratch/initramfs/modules/"
    echo "/modules/$name" >> "$scratch/initramfs/modules/order"
  fi
done
(cd "$scratch/initramfs" && find . -print0 | cpio --null --quiet -o -H newc | gzip -1) > "$scratch/initramfs.gz"

mmdebstrap --quiet --variant=minbase --include=kmod,openjdk-17-jre-headless,procps,qemu-system-x86,bubblewrap \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  "$release" "$scratch/disk.tar"
mkdir "$scratch/disk"
tar -C "$scratch/disk" --exclude='./dev/*' -xf "$scratch/disk.tar"
mkdir -p "$scratch/disk/usr/lib/modules/$version/kernel/arch/x86" "$scratch/disk/payload"
cp -r "$modules/kernel/arch/x86/kvm" "$scratch/disk/usr/lib/modules/$version/kernel/arch/x86/"
find "$modules" -name irqbypass.ko -exec cp {} "$scratch/disk/usr/lib/modules/$version/kernel/" \;
cp "$modules"/modules.{order,builtin,builtin.modinfo} "$scratch/disk/usr/lib/modules/$version/"
depmod -b "$scratch/disk" "$version"
cp "$here/start" "$scratch/disk/start"
cp /bin/busybox "$scratch/disk/usr/local/bin/"
truncate -s 6G "$scratch/disk.ext4"
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$scratch/disk" "$scratch/disk.ext4"

mkdir -p "$target"
cp "$scratch"/kernel/boot/vmlinuz-* "$target/vmlinuz"
cp "$scratch/initramfs.gz" "$target/initramfs.gz"
cp --sparse=always "$scratch/disk.ext4" "$target/root.ext4"
