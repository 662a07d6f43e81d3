#!/bin/sh
# Builds what the guest's jar is packed from, the kernels and the agent, at the same time:
# build-parts.sh KERNEL-LINK. Unpacking and linking the kernels leaves processors idle.
set -eu

guest=$(cd "$(dirname "$0")/.." && pwd)

"$guest/kernel/build.sh" "$1" &
kernels=$!
trap 'kill "$kernels" 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM

(cd "$guest/agent" && cargo build --release --offline --quiet)
wait "$kernels"
trap - EXIT
