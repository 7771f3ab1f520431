#!/usr/bin/env bash
# Installs the Solidity compilers that engines/solc/package.json pins, into build/engines/solc. `bsn contract build`
# finds them with BSN_SOLC=build/engines/solc. Does nothing when they are there. BSN_SKIP_ENGINES=1 skips it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ ${BSN_SKIP_ENGINES:-0} == 1 ]] && exit 0
folder=$PWD/build/engines/solc
pins=$(cat engines/solc/package.json engines/solc/package-lock.json | sha256sum)
[[ $(cat "$folder/.pins" 2>/dev/null) == "$pins" ]] && exit 0
command -v npm >/dev/null || scripts/install-deps.sh solidity
mkdir -p "$folder"
cp engines/solc/{package.json,package-lock.json,.npmrc} "$folder/"
echo "Fetching the Solidity compilers"
npm --prefix "$folder" ci --no-audit --no-fund --ignore-scripts --silent
echo "$pins" >"$folder/.pins"
