#!/usr/bin/env bash
# Fetches the protocol definitions of Hyperledger Fabric that engines/fabric-protos pins, into
# build/engines/fabric-protos: the build makes C++ of them. Does nothing when they are there.
# BSN_SKIP_ENGINES=1 skips it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ ${BSN_SKIP_ENGINES:-0} == 1 ]] && exit 0
folder=$PWD/build/engines/fabric-protos
pins=$(cat engines/fabric-protos/package.json engines/fabric-protos/package-lock.json | sha256sum)
[[ $(cat "$folder/.pins" 2>/dev/null) == "$pins" ]] && exit 0
command -v npm >/dev/null || scripts/install-deps.sh solidity
mkdir -p "$folder"
cp engines/fabric-protos/{package.json,package-lock.json,.npmrc} "$folder/"
echo "Fetching the protocol definitions of Fabric"
npm --prefix "$folder" ci --no-audit --no-fund --ignore-scripts --silent
echo "$pins" >"$folder/.pins"
