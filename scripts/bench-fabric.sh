#!/usr/bin/env bash
# Measures evidence on Hyperledger Fabric by the official Node client and through our gateway, and on our own ledger, in
# one run on this machine: `bsn bench fabric` with the client that tests/conformance/fabric pins. What is missing is
# installed first: Fabric's programs, CometBFT and the client (some minutes, once).
#
#   scripts/bench-fabric.sh [--json] [--plot FILE.svg] [options of bsn bench fabric]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bsn=${BSN_BINARY:-build/release/bin/bsn}
[[ -x $bsn ]] || { echo "bench-fabric: there is no $bsn; build it with 'make bsn', or name it in BSN_BINARY" >&2; exit 1; }
if [[ -z ${BSN_FABRIC:-} ]]; then
    scripts/install-fabric.sh >&2
    export BSN_FABRIC=$PWD/build/engines/fabric
fi
if [[ -z ${BSN_COMETBFT:-} ]]; then
    scripts/install-engines.sh >&2
    export BSN_COMETBFT=$PWD/build/engines/cometbft
fi
scripts/install-conformance.sh fabric >&2
exec "$bsn" bench fabric --node-client build/conformance/fabric/load.mjs "$@"
