#!/usr/bin/env bash
# Builds a root file system with a JDK and Maven from Debian's packages, and prints its path: see
# debian.sh.
# shellcheck disable=SC2034 # debian.sh uses them
packages=(maven default-jdk-headless)

# The packages would link their programs when they are configured.
# shellcheck disable=SC2016
finish='
(cd usr/share && find . -mindepth 1 -maxdepth 1 ! -name java ! -name maven ! -name maven-repo \
  -exec rm -rf {} +)
rm -rf usr/lib/*/gconv usr/lib/*/perl* usr/lib/*/libperl* usr/bin/*perl* usr/sbin/* usr/lib/jvm/*/jmods
mkdir -p usr/local/bin
ln -s /usr/share/maven/bin/mvn usr/local/bin/
for program in usr/lib/jvm/default-java/bin/*; do ln -s "/$program" usr/local/bin/; done
user maven 1000 /home/maven'

. "$(dirname "$0")/debian.sh"
