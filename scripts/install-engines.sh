#!/usr/bin/env bash
# Builds the engines that bsn runs beside itself, into build/engines: cometbft, of the version that
# engines/cometbft/go.mod pins. Does nothing (in some milliseconds) when it is there.
#
# Needs Go 1.22 or later. BSN_SKIP_ENGINES=1 skips it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ ${BSN_SKIP_ENGINES:-0} == 1 ]] && exit 0
engines=$PWD/build/engines
pins=$(cat engines/cometbft/go.mod engines/cometbft/go.sum | sha256sum)
[[ -x $engines/cometbft && $(cat "$engines/.pins" 2>/dev/null) == "$pins" ]] && exit 0

fail() {
    echo "install-engines: $*" >&2
    exit 1
}
command -v go >/dev/null || fail "Go is missing: install Go 1.22 or later (https://go.dev/doc/install), then run again"

echo "Building cometbft"
mkdir -p "$engines"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
(cd engines/cometbft && GOFLAGS=-mod=readonly go build -trimpath -o "$engines/cometbft" \
    github.com/cometbft/cometbft/cmd/cometbft) >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "go build failed (above)"
}
echo "$pins" >"$engines/.pins"
