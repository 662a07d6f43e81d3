#!/bin/sh
# Boots the packed guest many times in a row under emulation: boot-test.sh [COUNT [CPUS]]
#
# Without a port to the host the agent looks ten seconds for one, says so on the console and ends the
# guest: so a boot that works takes eleven, and its console shows how far it came. The first boot that does not
# get there within 60 s ends the test, with its console.
set -eu

count=${1:-100}
cpus=${2:-1}
guest=$(cd "$(dirname "$0")/.." && pwd)/target/classes/io/boxlite/guest/linux-x86_64
kernel=$guest/vmlinux-up
[ "$cpus" = 1 ] && [ -f "$kernel" ] || kernel=$guest/vmlinux-smp
[ -f "$kernel" ] || {
  echo "boot-test: $kernel is missing; run mvn -pl guest-agent compile first" >&2
  exit 1
}

console=$(mktemp)
times=$(mktemp)
trap 'rm -f "$console" "$times"' EXIT
trap 'exit 1' HUP INT TERM

boot=1
while [ "$boot" -le "$count" ]; do
  began=$(date +%s%N)
  status=0
  timeout 60 qemu-system-x86_64 \
    -M microvm,acpi=off,rtc=on,pit=on,pic=on,isa-serial=on -accel tcg -cpu max,-erms,-fsrm \
    -smp "$cpus" -m 512 -nodefaults -no-user-config -display none -no-reboot -serial stdio \
    -kernel "$kernel" -initrd "$guest/initramfs.cpio" \
    -append "console=ttyS0 quiet panic=-1 reboot=t rcupdate.rcu_expedited=1 idle=halt norandmaps" \
    </dev/null >"$console" 2>&1 || status=$?
  if [ "$status" != 0 ] || ! grep -q '^boxlite-agent: opening the port to the host' "$console"; then
    echo "boot-test: boot $boot of $count failed (QEMU's exit status $status), its console:" >&2
    cat "$console" >&2
    exit 1
  fi
  echo $((($(date +%s%N) - began) / 1000000)) >>"$times"
  boot=$((boot + 1))
done

sort -n "$times" | awk -v cpus="$cpus" '
  { ms[NR] = $1 }
  END {
    printf "%d of %d boots with %d cpus reached the agent: p50 %d ms, p95 %d ms, max %d ms\n",
      NR, NR, cpus, ms[int((NR + 1) / 2)], ms[int(NR * 0.95 + 0.5)], ms[NR]
  }'
