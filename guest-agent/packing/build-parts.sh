#!/bin/sh
# Builds what the guest's jar is packed from, the kernels and the agent, at the same time:
# build-parts.sh KERNELS VARIANTS. Unpacking and linking the kernels leaves processors idle.
set -eu

guest=$(cd "$(dirname "$0")/.." && pwd)

# Not the kernels: what a script starts like this ignores the terminal's interrupt, and they take minutes.
(cd "$guest/agent" && exec cargo build --release --offline --quiet) &
agent=$!

# Where the agent does not compile, the kernels are finished all the same: they are kept for the next build.
kernels=0
# shellcheck disable=SC2086 # several words
"$guest/kernel/build.sh" "$1" $2 || kernels=$?
wait "$agent"
exit "$kernels"
