#!/bin/sh
# Builds the guest kernels from Debian's linux-source package, once a machine: build.sh LINK
#
# LINK becomes a symbolic link to the folder of the result: `vmlinux-up` for guests with one processor,
# `vmlinux-smp` for those with several, `release` (what uname -r says) and `package` (the source). That
# folder is named by a hash of all that the kernels are made from, below the user's cache folder
# (BOXLITE_BUILD_CACHE names another one). Builds at the same time wait for the first of them.
set -eu

link=${1:?usage: build.sh LINK}
here=$(cd "$(dirname "$0")" && pwd)
variants='up smp'
objects=1930 # that both have, roughly: only for telling how far the build is
cache=${BOXLITE_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/boxlite-build}/kernel

fail() {
  echo "guest kernel: $*" >&2
  exit 1
}

# linux-source depends on the package of the release's kernel version, which holds the tarball.
package=$(dpkg-query -W -f '${Depends}' linux-source 2>/dev/null | sed 's/[ ,|(].*//')
[ -n "$package" ] || fail "Debian's package linux-source is not installed; run guest-agent/setup/setup.sh"
version=$(dpkg-query -W -f '${Version}' "$package")
tarball=/usr/src/$package.tar.xz
[ -f "$tarball" ] || fail "$tarball is missing, though $package $version is installed; reinstall that package"

settings() { # FRAGMENT...
  sed -n '/^CONFIG_/p; /^# CONFIG_.* is not set$/p' "$@"
}
# Comments are no input: whoever rewords one shall not wait for a compiler.
inputs() {
  echo "$package $version"
  for variant in $variants; do
    echo "$variant"
    settings "$here/guest.config" "$here/$variant.config"
  done
  sed -s -n '/^--- /,$p' "$here"/*.patch
  cat "$here/shared-headers.h"
  sed '/^ *#/d' "$here/kernels.mk" "$here/precompile-headers.sh" "$here/build.sh"
}
hash=$(inputs | sha256sum | cut -c 1-32)
result=$cache/$hash
publish() {
  mkdir -p "$(dirname "$link")"
  ln -sfn "$result" "$link"
}
if [ -d "$result" ]; then
  publish
  exit 0
fi

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ -d "$result" ]; then
  publish
  exit 0
fi

began=$(date +%s)
echo "guest kernel: building two of $package $version, once on this machine (kept in $result)" >&2
work=$result.building
rm -rf "$work"
mkdir -p "$work/source" "$work/result"
progress=
cleanup() {
  [ -z "$progress" ] || kill "$progress" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# Every Kconfig file is needed, but hardly any driver's code, and no other architecture's.
tar -xJf "$tarball" -C "$work/source" --strip-components=1 \
  --exclude='*/Documentation/*/*' --exclude="$package/tools/[!i]*" \
  --exclude="$package/arch/[!x]*/*.[chS]" --exclude='*/arch/*/boot/dts/*' --exclude='*/sound/*.[ch]' \
  --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/staging/*.[ch]' \
  --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/infiniband/*.[ch]' \
  --exclude='*/drivers/scsi/*.[ch]' --exclude='*/drivers/iio/*.[ch]' \
  --exclude='*/drivers/net/*/*.[ch]'
for patch in "$here"/*.patch; do
  patch -s -p1 -d "$work/source" <"$patch"
done

logged_make() { # ARGUMENT...
  make -s "$@" >"$work/log" 2>&1 9>&- || {
    tail -n 40 "$work/log" >&2
    fail "make $* failed"
  }
}

# Kconfig drops in silence what it does not know or whose dependencies are not met.
lost_settings() { # FRAGMENT CONFIGURATION
  settings "$1" | while IFS= read -r line; do
    case $line in
      CONFIG_*) grep -qxF "$line" "$2" || echo "  $line" ;;
      *)
        name=${line#\# }
        ! grep -q "^${name%% *}=" "$2" || echo "  $line"
        ;;
    esac
  done
}

for variant in $variants; do
  mkdir "$work/$variant"
  fragment=$work/$variant.config
  settings "$here/guest.config" "$here/$variant.config" >"$fragment"
  KCONFIG_ALLCONFIG=$fragment logged_make -C "$work/source" O="$work/$variant" ARCH=x86_64 allnoconfig
  lost=$(lost_settings "$fragment" "$work/$variant/.config")
  [ -z "$lost" ] || fail "$package $version does not take these lines of guest.config and $variant.config:
$lost"
done

while sleep 10 </dev/null >/dev/null 2>&1; do
  # shellcheck disable=SC2086 # several words
  done=$(cd "$work" && find $variants -name '*.o' ! -path '*/scripts/*' 2>/dev/null | wc -l)
  echo "guest kernel: $done of about $objects objects compiled, after $(($(date +%s) - began)) s" >&2
done 9>&- &
progress=$!
logged_make -C "$work" -f "$here/kernels.mk" -j"$(nproc)" HERE="$here" VARIANTS="$variants"
kill "$progress"
progress=

for variant in $variants; do
  objcopy --strip-all "$work/$variant/vmlinux" "$work/result/vmlinux-$variant"
done
cp "$work/up/include/config/kernel.release" "$work/result/release"
echo "$package $version" >"$work/result/package"
mv "$work/result" "$result"
publish
echo "guest kernel: built in $(($(date +%s) - began)) s" >&2
