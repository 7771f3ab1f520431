#!/usr/bin/env bash
# Builds the engines that bsn runs beside itself, into build/engines: cometbft, of the version that
# engines/cometbft/go.mod pins. Does nothing (in some milliseconds) when it is there.
#
# Go 1.22 or later that is there is used; else one is fetched, for this alone. BSN_SKIP_ENGINES=1 skips it.
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
mkdir -p "$engines"
usable() { [[ $("$1" env GOVERSION 2>/dev/null) =~ ^go1\.(2[2-9]|[3-9][0-9]) ]]; }
go=go
if ! usable go; then
    go=$engines/go/bin/go
    if ! usable "$go"; then
        echo "Fetching Go, which builds cometbft"
        python3 scripts/fetch-go.py "$engines/go"
    fi
    export GOTOOLCHAIN=local
fi

echo "Building cometbft"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
(cd engines/cometbft && GOFLAGS=-mod=readonly "$go" build -trimpath -o "$engines/cometbft" \
    github.com/cometbft/cometbft/cmd/cometbft) >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "go build failed (above)"
}
echo "$pins" >"$engines/.pins"
