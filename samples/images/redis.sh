#!/usr/bin/env bash
# Builds a root file system with Redis from Debian's packages, and prints its path: see debian.sh.
# shellcheck disable=SC2034 # debian.sh uses them
packages=(redis-server redis-tools)

finish='
rm -rf usr/share/* usr/lib/*/gconv usr/lib/*/perl* usr/lib/*/libperl* usr/bin/*perl* usr/sbin/* usr/libexec
user redis 999 /srv/redis'

. "$(dirname "$0")/debian.sh"
