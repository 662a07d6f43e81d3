#!/usr/bin/env bash
# Builds a root file system with Node.js and npm from Debian's packages, and prints its path: see
# debian.sh.
# shellcheck disable=SC2034 # debian.sh uses them
packages=(npm)

finish='
(cd usr/share && find . -mindepth 1 -maxdepth 1 ! -name nodejs ! -name npm ! -name node_modules -exec rm -rf {} +)
rm -rf usr/include usr/lib/gcc usr/lib/*/*.a usr/lib/python* usr/lib/*/gconv usr/lib/*/perl* usr/lib/*/libperl* \
  usr/bin/*perl* usr/bin/python* usr/bin/openssl usr/sbin/*
ln -s /bin/busybox usr/bin/env
user node 1000 /home/node'

. "$(dirname "$0")/debian.sh"
