#!/bin/bash
# Runs doctor and some tests of the engine on true KVM and true cgroups v2, in the outer virtual machine.
#
#   run.sh PAYLOAD TESTS ENGINE_TESTS
#     PAYLOAD       a directory that has all jars in lib/
#     TESTS         the compiled tests of this module
#     ENGINE_TESTS  the compiled tests of the engine
set -euo pipefail

payload=$1 tests=$2 engine_tests=$3
here=$(dirname "$(realpath "$0")")
PATH=$PATH:/usr/sbin:/sbin

# The emulated machine is some 15 times slower than this one.
seconds=1500

# Made once a machine, as long as what makes it stays the same.
cache=${BOXLITE_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/boxlite-build}/nested-kvm
outer=$cache/$(cat "$here"/outer/* | sha256sum | cut -c 1-32)
mkdir -p "$cache"
(
  flock 9
  if [ ! -d "$outer" ]; then
    rm -rf "$outer.building"
    "$here/outer/build.sh" "$outer.building"
    mv "$outer.building" "$outer"
  fi
) 9> "$cache/lock"

rm -rf "$payload/classes"
mkdir "$payload/classes"
cp -r "$engine_tests/io" "$tests/." "$payload/classes/"
cp "$here/payload-run" "$payload/run"
exec "$here/boot.sh" "$outer" "$payload" "$seconds"
