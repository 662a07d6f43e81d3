#!/bin/sh
# Writes the initramfs: initramfs.sh AGENT OUTPUT
#
# A cpio archive ("newc", Documentation/driver-api/early-userspace/buffer-format.rst in the kernel's
# source) that contains only the agent as /init; /dev and /dev/console come from the archive that is
# built into every kernel. It is written by hand so that it needs no root and is reproducible.
set -eu

pad_to_four() { # LENGTH
  head -c $((-$1 & 3)) /dev/zero
}

header() { # NAME INODE MODE LINKS SIZE
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
    "$2" "$3" 0 0 "$4" 0 "$5" 0 0 0 0 $((${#1} + 1)) 0 "$1"
  pad_to_four $((110 + ${#1} + 1))
}

size=$(wc -c <"$1")
{
  header init 1 $((0100755)) 1 "$size"
  cat "$1"
  pad_to_four "$size"
  header 'TRAILER!!!' 0 0 1 0
} >"$2"
