#!/usr/bin/env bash
# Builds a root file system with nginx from Debian's packages, and prints its path: see debian.sh.
# shellcheck disable=SC2034 # debian.sh uses them
packages=(nginx-light)

finish='
mv usr/sbin/nginx usr/bin/
rm -rf usr/share/* usr/lib/*/gconv usr/lib/*/perl* usr/lib/*/libperl* usr/bin/*perl* usr/sbin/* usr/libexec
user www-data 33 /srv/www'

. "$(dirname "$0")/debian.sh"
