#!/bin/sh
# Builds guest kernels from Debian's linux-source package, each once a machine: build.sh KERNELS VARIANT...
#
# A variant is `up`, the kernel for guests with one processor, or `smp`, the kernel for any number. The
# directory KERNELS gets a symbolic link for each to the directory of its result: `vmlinux`, `release`
# (what uname -r says) and `package` (the source). That one is named by a hash of all that the kernel is
# made from, below the user's cache directory (BOXLITE_BUILD_CACHE names another one). Builds at the
# same time wait for the first of them.
set -eu

kernels=${1:?usage: build.sh KERNELS VARIANT...}
shift
variants=$*
here=$(cd "$(dirname "$0")" && pwd)
objects=930 # of one kernel, roughly: only for telling how far the build is
cache=${BOXLITE_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/boxlite-build}/kernel

fail() {
  echo "guest kernel: $*" >&2
  exit 1
}

for variant in $variants; do
  [ -f "$here/$variant.config" ] || fail "there is no kernel \"$variant\"; boxlite.build.kernels must be \"smp\" or \"up smp\""
done
case " $variants " in
  *' smp '*) ;;
  *) fail "without the kernel \"smp\" no guest has several processors; boxlite.build.kernels must be \"smp\" or \"up smp\"" ;;
esac

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
inputs() { # VARIANT
  echo "$package $version"
  settings "$here/guest.config" "$here/$1.config"
  sed -s -n '/^--- /,$p' "$here"/*.patch
  cat "$here/shared-headers.h" "$here/shared-net-headers.h"
  sed '/^ *#/d' "$here/kernels.mk" "$here/precompile-headers.sh" "$here/build.sh"
}
result() { # VARIANT
  echo "$cache/$(inputs "$1" | sha256sum | cut -c 1-32)"
}
# Those that were not built before.
missing() {
  for variant in $variants; do
    [ -d "$(result "$variant")" ] || echo "$variant"
  done
}
publish() {
  rm -rf "$kernels"
  mkdir -p "$kernels"
  for variant in $variants; do
    ln -s "$(result "$variant")" "$kernels/$variant"
  done
}
if [ -z "$(missing)" ]; then
  publish
  exit 0
fi

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
missing=$(missing | xargs)
if [ -z "$missing" ]; then
  publish
  exit 0
fi

began=$(date +%s)
echo "guest kernel: building \"$missing\" of $package $version, once on this machine (kept in $cache)" >&2
work=$cache/building
rm -rf "$work"
mkdir -p "$work/source"
progress=
cleanup() {
  [ -z "$progress" ] || kill "$progress" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# Every Kconfig file is needed, but hardly any driver's code, and no other architecture's.
tar -xJf "$tarball" -C "$work/source" --strip-components=1 \
  --exclude='*/Documentation/*/*' --exclude="$package/tools/[!il]*" --exclude="$package/tools/lib/[!b]*" \
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

count=0
for variant in $missing; do
  count=$((count + 1))
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
  done=$(cd "$work" && find $missing -name '*.o' ! -path '*/scripts/*' 2>/dev/null | wc -l)
  echo "guest kernel: $done of about $((count * objects)) objects compiled, after $(($(date +%s) - began)) s" >&2
done 9>&- &
progress=$!
logged_make -C "$work" -f "$here/kernels.mk" -j"$(nproc)" HERE="$here" VARIANTS="$missing"
kill "$progress"
progress=

for variant in $missing; do
  # Some files have flags of their own. With many, the build works but is slow.
  without=$(grep -c 'Winvalid-pch' "$work/$variant/errors" || true)
  [ "$without" -le 60 ] || {
    echo "guest kernel: $without files of \"$variant\" did not take the precompiled headers; among the reasons:"
    grep 'Winvalid-pch' "$work/$variant/errors" | sort | uniq -c | sort -rn | head -n 3
  } >&2
  mkdir "$work/result"
  objcopy --strip-all "$work/$variant/vmlinux" "$work/result/vmlinux"
  cp "$work/$variant/include/config/kernel.release" "$work/result/release"
  echo "$package $version" >"$work/result/package"
  mv "$work/result" "$(result "$variant")"
done
publish
echo "guest kernel: built in $(($(date +%s) - began)) s" >&2
