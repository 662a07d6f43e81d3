#!/bin/sh
# Builds what the guest's jar is packed from, the kernels and the agent, at the same time:
# build-parts.sh KERNEL-LINK. Unpacking and linking the kernels leaves processors idle.
set -eu

guest=$(cd "$(dirname "$0")/.." && pwd)

"$guest/kernel/build.sh" "$1" &
kernels=$!

# Where the agent does not compile, the kernels are finished all the same: they are kept for the next build.
agent=0
(cd "$guest/agent" && cargo build --release --offline --quiet) || agent=$?
wait "$kernels"
exit "$agent"
