#!/usr/bin/env bash
# Builds a root file system with Python and BusyBox from Debian's packages, and prints its path.
#
# The result is kept under ${BOXLITE_BUILD_CACHE:-${XDG_CACHE_HOME:-~/.cache}/boxlite-build}, named by a
# hash of this script and of the versions of its packages in apt's package lists.
set -euo pipefail
export LC_ALL=C
umask 022

packages=(python3 busybox)
cache=${BOXLITE_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/boxlite-build}/python-image

say() { printf '%s\n' "python image: $*" >&2; }
die() { say "$@"; exit 1; }

command -v apt-cache >/dev/null || die "this machine has no apt; the image is made from Debian's packages"

versions() { # of the packages and of all they depend on
  apt-cache depends --recurse --no-recommends --no-suggests --no-enhances --no-conflicts \
    --no-breaks --no-replaces "${packages[@]}" 2>/dev/null | grep '^[a-z0-9]' | sort -u |
    xargs -r apt-cache show --no-all-versions 2>/dev/null | grep -E '^(Package|Version):' || true
}

hash=$({ cat "$0"; versions; } | sha256sum | cut -c1-16)
result=$cache/$hash/rootfs.tar.gz
if [ -f "$result" ]; then
  echo "$result"
  exit
fi

command -v mmdebstrap >/dev/null || die "mmdebstrap is missing; run: sudo apt-get install mmdebstrap"
mode=root
if [ "$(id -u)" != 0 ]; then
  mode=unshare
  unshare --user true 2>/dev/null && command -v newuidmap >/dev/null && grep -q "^$(id -un):" /etc/subuid ||
    die "without root, mmdebstrap needs user namespaces, the package uidmap, and an entry for $(id -un) in" \
      "/etc/subuid and /etc/subgid; set these up, or run this as root"
fi

mkdir -p "$cache/$hash"
exec 9>"$cache/lock"
flock 9 # concurrent runs wait here, then find the result
if [ -f "$result" ]; then
  echo "$result"
  exit
fi

sources=()
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -s "$file" ] && sources+=("$file")
done
[ ${#sources[@]} -gt 0 ] || die "apt has no sources: /etc/apt/sources.list and sources.list.d are empty"

# Runs on the unpacked packages; its argument is their directory. With unchecked-hash, Python starts
# without comparing compiled modules with their sources.
# shellcheck disable=SC2016
finish='set -eu
cd "$1"
rm -rf usr/share/* usr/lib/mime usr/lib/*/gconv usr/lib/python3*/pydoc_data usr/lib/python3*/sitecustomize.py \
  usr/lib/initramfs-tools usr/lib/systemd lib/systemd usr/lib/binfmt.d usr/libexec usr/lib/dpkg \
  usr/bin/dpkg* usr/bin/update-alternatives usr/bin/perl* usr/sbin/* bin/tar \
  etc/alternatives etc/cron* etc/default etc/logrotate.d etc/python3*
mkdir -p etc/apt etc/dpkg var/cache var/lib var/log var/tmp root run sys tmp home/student
touch etc/fstab etc/hostname etc/resolv.conf
chmod 1777 tmp var/tmp
chown 1000:1000 home/student
printf "%s\n" root:x:0:0:root:/root:/bin/sh student:x:1000:1000:Student:/home/student:/bin/sh \
  nobody:x:65534:65534:nobody:/nonexistent:/bin/false >etc/passwd
printf "%s\n" root:x:0: student:x:1000: nogroup:x:65534: >etc/group
chroot . /bin/busybox --install -s /bin
chroot . /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3*'

partial=$cache/$hash/partial-$$.tar.gz
trap 'rm -f "$partial"; rmdir --ignore-fail-on-non-empty "$cache/$hash"' EXIT
say "building it from Debian's packages, once"
# The box does not need what the unpacking needs: the state of apt and dpkg, and this machine's names.
SOURCE_DATE_EPOCH=0 mmdebstrap --quiet --mode=$mode --variant=extract --format=tar \
  --include="$(IFS=,; echo "${packages[*]}")" --extract-hook="$finish" \
  "$(. /etc/os-release && echo "$VERSION_CODENAME")" - "${sources[@]}" |
  tar -f - --delete ./etc/apt ./etc/dpkg ./etc/fstab ./etc/hostname ./etc/resolv.conf \
    ./var/cache ./var/lib ./var/log | gzip -n >"$partial" ||
  die "mmdebstrap failed; see above"
mv "$partial" "$result"
say "built $(du -k "$result" | cut -f1) KiB"
echo "$result"
