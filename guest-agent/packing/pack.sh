#!/bin/sh
# Assembles the content of the guest's jar: pack.sh AGENT KERNELS CLASSES
#
# The same inputs give the same bytes. Nothing is written when nothing has changed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
agent=$1
kernels=$2
classes=$3
out=$classes/io/boxlite/guest/linux-x86_64

busybox=/bin/busybox
busybox_version=$(dpkg-query -W -f '${Version}' busybox-static)
agent_version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../agent/Cargo.toml" | head -n 1)

inputs=$({
  echo "$agent_version $busybox_version"
  readlink -f "$kernels"/*
  sha256sum <"$agent"
  cat "$here"/*.sh "$here"/NOTICE
} | sha256sum)
stamp=$classes/../packed
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$inputs" ] && [ -f "$out/manifest.properties" ]; then
  exit 0
fi

rm -rf "$stamp" "$out"
mkdir -p "$out" "$classes/META-INF/licenses"
for kernel in "$kernels"/*; do
  cp "$kernel/vmlinux" "$out/vmlinux-${kernel##*/}"
done
sh "$here/initramfs.sh" "$agent" "$out/initramfs.cpio"
sh "$here/scratch-disk.sh" "$out/scratch.ext4"
sh "$here/default-image.sh" "$busybox" "$out/default-image.tar"
sed -e "s|@kernel@|$(cat "$kernels/smp/package")|" -e "s|@busybox@|busybox-static $busybox_version|" \
  "$here/NOTICE" >"$classes/META-INF/NOTICE"
cp /usr/share/common-licenses/GPL-2 "$classes/META-INF/licenses/GPL-2.txt"

cd "$out"
{
  echo "kernel.release=$(cat "$kernels/smp/release")"
  echo "kernel.package=$(cat "$kernels/smp/package")"
  echo "agent.version=$agent_version"
  echo "busybox.package=busybox-static $busybox_version"
  for file in vmlinux-* initramfs.cpio scratch.ext4 default-image.tar; do
    echo "$file.sha256=$(sha256sum <$file | cut -d ' ' -f 1)"
    echo "$file.size=$(wc -c <$file)"
  done
} >manifest.properties
chmod 644 ./*
echo "$inputs" >"$stamp"
