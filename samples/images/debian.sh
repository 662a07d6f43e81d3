# Builds a root file system from Debian's packages, and prints its path. A script for one image sets
#
#   packages   what is unpacked, with all that it depends on; none of it is configured or started
#   finish     a script that makes a root file system of what was unpacked; its argument is the directory
#
# and then sources this one. BusyBox is in every image.
#
# The result is kept under ${BOXLITE_BUILD_CACHE:-${XDG_CACHE_HOME:-~/.cache}/boxlite-build}, named by a
# hash of both scripts and of the versions of the packages in apt's package lists.
set -euo pipefail
export LC_ALL=C
umask 022

name=$(basename "$0" .sh)
packages+=(busybox)
cache=${BOXLITE_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/boxlite-build}/$name-image

say() { printf '%s\n' "$name image: $*" >&2; }
die() { say "$@"; exit 1; }

command -v apt-cache >/dev/null || die "this machine has no apt; the image is made from Debian's packages"

versions() { # of the packages and of all they depend on
  apt-cache depends --recurse --no-recommends --no-suggests --no-enhances --no-conflicts \
    --no-breaks --no-replaces "${packages[@]}" 2>/dev/null | grep '^[a-z0-9]' | sort -u |
    xargs -r apt-cache show --no-all-versions 2>/dev/null | grep -E '^(Package|Version):' || true
}

hash=$({ cat "$0" "${BASH_SOURCE[0]}"; versions; } | sha256sum | cut -c1-16)
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

# shellcheck disable=SC2016 # for the shell that runs it
finish='set -eu
cd "$1"
rm -rf usr/lib/initramfs-tools usr/lib/systemd lib/systemd usr/lib/binfmt.d usr/lib/dpkg usr/bin/dpkg* \
  usr/bin/update-alternatives etc/alternatives etc/cron* etc/default etc/init.d etc/logrotate.d etc/rc?.d
mkdir -p etc/apt etc/dpkg var/cache var/lib var/log var/tmp root run sys tmp
touch etc/fstab etc/hostname etc/resolv.conf
chmod 1777 tmp var/tmp
printf "%s\n" root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/nonexistent:/bin/false >etc/passwd
printf "%s\n" root:x:0: nogroup:x:65534: >etc/group
user() { # NAME ID HOME
  echo "$1:x:$2:$2:$1:$3:/bin/sh" >>etc/passwd
  echo "$1:x:$2:" >>etc/group
  mkdir -p ".$3"
  chown "$2:$2" ".$3"
}
chroot . /bin/busybox --install -s /bin
'$finish

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
