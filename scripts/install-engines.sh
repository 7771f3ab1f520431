#!/usr/bin/env bash
# Builds the engines that bsn runs beside itself, into build/engines: cometbft, of the version that
# engines/cometbft/go.mod pins. Does nothing (in some milliseconds) when it is there.
#
# Go 1.22 or later that is there is used; else one is fetched, for this alone. BSN_SKIP_ENGINES=1 skips it.
# Fabric is not needed for the build: scripts/install-fabric.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/go.sh

[[ ${BSN_SKIP_ENGINES:-0} == 1 ]] && exit 0
engines=$PWD/build/engines
pins=$(cat engines/cometbft/go.mod engines/cometbft/go.sum | sha256sum)
[[ -x $engines/cometbft && $(cat "$engines/.pins" 2>/dev/null) == "$pins" ]] && exit 0

mkdir -p "$engines"
use_go 22 "$engines/go" cometbft
echo "Building cometbft"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
(cd engines/cometbft && GOFLAGS=-mod=readonly "$go" build -trimpath -o "$engines/cometbft" \
    github.com/cometbft/cometbft/cmd/cometbft) >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    echo "install-engines: go build failed (above)" >&2
    exit 1
}
echo "$pins" >"$engines/.pins"
