#!/bin/sh
# Builds what the guest's jar is packed from, the kernels and the agent, in parallel: build-parts.sh
# KERNELS VARIANTS. Unpacking and linking the kernels leaves processors idle.
set -eu

guest=$(cd "$(dirname "$0")/.." && pwd)

# Only the agent goes to the background: a background process of a script ignores the terminal's
# interrupt, and the kernels take minutes.
(cd "$guest/agent" && exec cargo build --release --offline --quiet) &
agent=$!

# If the agent does not compile, the kernels are finished nevertheless, since they are kept for the
# next build.
kernels=0
# shellcheck disable=SC2086 # several words
"$guest/kernel/build.sh" "$1" $2 || kernels=$?
wait "$agent"
exit "$kernels"
