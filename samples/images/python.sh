#!/usr/bin/env bash
# Builds a root file system with Python from Debian's packages, and prints its path: see debian.sh.
# shellcheck disable=SC2034 # debian.sh uses them
packages=(python3)

# With unchecked-hash, Python starts without comparing compiled modules with their sources.
# shellcheck disable=SC2016
finish='
rm -rf usr/share/* usr/lib/mime usr/lib/*/gconv usr/lib/python3*/pydoc_data usr/lib/python3*/sitecustomize.py \
  usr/libexec usr/bin/perl* usr/sbin/* etc/python3*
user student 1000 /home/student
chroot . /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3*'

. "$(dirname "$0")/debian.sh"
