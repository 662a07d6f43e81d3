#!/usr/bin/env bash
# Builds a root file system with Git and a web server for its repositories from Debian's packages, and
# prints its path: see debian.sh.
# shellcheck disable=SC2034 # debian.sh uses them
packages=(git lighttpd)

finish='
mv usr/sbin/lighttpd usr/bin/
(cd usr/share && find . -mindepth 1 -maxdepth 1 ! -name git-core -exec rm -rf {} +)
rm -rf usr/lib/*/gconv usr/lib/*/perl* usr/lib/*/libperl* usr/bin/*perl* usr/sbin/*
user git 1000 /srv/git'

. "$(dirname "$0")/debian.sh"
