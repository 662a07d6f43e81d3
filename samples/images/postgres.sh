#!/usr/bin/env bash
# Builds a root file system with PostgreSQL from Debian's packages, and prints its path: see debian.sh.
# shellcheck disable=SC2034 # debian.sh uses them
packages=(postgresql)

# Left out are the compiler of queries (jit), which does not pay under emulation, and Perl, in which
# Debian has written what manages several servers on one machine.
# shellcheck disable=SC2016
finish='
(cd usr/share && find . -mindepth 1 -maxdepth 1 ! -name postgresql ! -name zoneinfo -exec rm -rf {} +)
rm -rf usr/lib/*/libLLVM* usr/lib/*/libz3* usr/lib/llvm* usr/lib/postgresql/*/lib/bitcode \
  usr/lib/postgresql/*/lib/llvmjit* usr/lib/*/gconv usr/lib/*/perl* usr/lib/*/libperl* usr/bin/*perl* usr/share/postgresql/*/man usr/sbin/* usr/libexec
user postgres 26 /srv/postgres
mkdir -p usr/local/bin
for program in usr/lib/postgresql/*/bin/*; do ln -s "/$program" usr/local/bin/; done'

. "$(dirname "$0")/debian.sh"
