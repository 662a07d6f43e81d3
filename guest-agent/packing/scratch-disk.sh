#!/bin/sh
# Writes the seed of the scratch disk: scratch-disk.sh OUTPUT
#
# A small ext4 that the agent grows to the disk's size with the kernel's online resize. `meta_bg`
# keeps a group's descriptors near the group, so no space is reserved for them and the size is not
# limited (64 GiB take 50 ms, 1 TiB takes 3 s); `uninit_bg` makes the new groups cost nothing until
# they are used. The disk dies with its box, so it has no journal, no metadata checksums, and no
# blocks reserved for root. All features are named, as the defaults differ between releases of
# mke2fs.
set -eu
PATH=$PATH:/usr/sbin:/sbin

# Older releases of mke2fs know only the first name, newer ones only the second.
export E2FSPROGS_FAKE_TIME=1767225600 SOURCE_DATE_EPOCH=1767225600

rm -f "$1"
truncate -s 8M "$1"
mke2fs -q -F -t ext4 -b 4096 -I 256 -N 8192 -m 0 -L scratch \
  -O none,ext_attr,filetype,sparse_super,large_file,huge_file,dir_index,dir_nlink \
  -O extra_isize,extent,flex_bg,64bit,meta_bg,uninit_bg \
  -U 6b1d0c4e-7a55-4f0e-9d3b-0b0c5a7e0001 \
  -E hash_seed=6b1d0c4e-7a55-4f0e-9d3b-0b0c5a7e0002,lazy_itable_init=1,nodiscard,root_owner=0:0 \
  "$1"
