#!/bin/bash
# Makes the outer virtual machine: Debian's kernel, an initramfs that finds the disk, and a root disk
# with a Java runtime and QEMU. Its emulated processor has SVM, so that /dev/kvm is real in there.
#
#   build.sh DIR     writes DIR/vmlinuz, DIR/initramfs.gz and DIR/root.ext4
set -euo pipefail

target=$(realpath -m "$1")
here=$(dirname "$(realpath "$0")")
release=bookworm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "nested-kvm: making the outer virtual machine, once (about 2 minutes)"

find_kernel() {
  apt-cache depends linux-image-cloud-amd64 2> /dev/null | awk '/Depends:/ {print $2; exit}'
}
kernel=$(find_kernel)
if [ -z "$kernel" ]; then
  apt-get -qq update
  kernel=$(find_kernel)
fi
(cd "$work" && apt-get download -o APT::Sandbox::User=root "$kernel" > apt.log 2>&1) ||
  { cat "$work/apt.log" >&2; exit 1; }
dpkg-deb -x "$work/$kernel"_*.deb "$work/kernel"
version=$(basename "$work"/kernel/lib/modules/*)
modules=$work/kernel/lib/modules/$version

# The kernel's disk drivers are modules: an initramfs loads them, in this order, and hands over.
mkdir -p "$work"/initramfs/{bin,modules,root,proc,sys,dev}
cp /bin/busybox "$work/initramfs/bin/"
cp "$here/init" "$work/initramfs/init"
depmod -b "$work/kernel" "$version"
for driver in crc32c_generic virtio_pci virtio_blk; do
  modprobe -d "$work/kernel" -S "$version" --show-depends "$driver" | awk '/^insmod/ {print $2}'
done | while read -r module; do
  name=$(basename "$module")
  if [ ! -f "$work/initramfs/modules/$name" ]; then
    cp "$module" "$work/initramfs/modules/"
    echo "/modules/$name" >> "$work/initramfs/modules/order"
  fi
done
(cd "$work/initramfs" && find . -print0 | cpio --null --quiet -o -H newc | gzip -1) > "$work/initramfs.gz"

mmdebstrap --quiet --variant=minbase --include=kmod,openjdk-17-jre-headless,procps,qemu-system-x86 \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  "$release" "$work/root.tar"
mkdir "$work/root"
tar -C "$work/root" --exclude='./dev/*' -xf "$work/root.tar"
mkdir -p "$work/root/usr/lib/modules/$version/kernel/arch/x86" "$work/root/payload"
cp -r "$modules/kernel/arch/x86/kvm" "$work/root/usr/lib/modules/$version/kernel/arch/x86/"
find "$modules" -name irqbypass.ko -exec cp {} "$work/root/usr/lib/modules/$version/kernel/" \;
cp "$modules"/modules.{order,builtin,builtin.modinfo} "$work/root/usr/lib/modules/$version/"
depmod -b "$work/root" "$version"
cp "$here/start" "$work/root/start"
cp /bin/busybox "$work/root/usr/local/bin/"
truncate -s 6G "$work/root.ext4"
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$work/root" "$work/root.ext4"

mkdir -p "$target"
cp "$work"/kernel/boot/vmlinuz-* "$target/vmlinuz"
cp "$work/initramfs.gz" "$target/initramfs.gz"
cp --sparse=always "$work/root.ext4" "$target/root.ext4"
