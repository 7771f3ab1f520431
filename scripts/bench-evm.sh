#!/usr/bin/env bash
# Measures Solidity contracts on our ledger, on anvil and on geth, in one run on this machine: `bsn bench evm` with both
# beside it. anvil comes from npm, geth from the Go module proxy, into build/engines/peers (some minutes, once).
#
#   scripts/bench-evm.sh [--json] [options of bsn bench evm]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

anvil_version=1.7.1
geth_version=v1.17.5
bsn=${BSN_BINARY:-build/release/bin/bsn}
peers=build/engines/peers
# Accounts that everybody knows, to which each gives money at its start.
anvil_key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
geth_key=0xb71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291

fail() {
    echo "bench-evm: $*" >&2
    exit 1
}
[[ -x $bsn ]] || fail "there is no $bsn; build it with 'make bsn', or name it in BSN_BINARY"
mkdir -p $peers
anvil=$peers/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil
if [[ ! -x $anvil ]]; then
    echo "Installing anvil $anvil_version" >&2
    npm install --silent --no-save --prefix $peers "@foundry-rs/anvil-linux-amd64@$anvil_version"
fi
if [[ ! -x $peers/geth ]]; then
    echo "Building geth $geth_version" >&2
    GOBIN=$PWD/$peers go install "github.com/ethereum/go-ethereum/cmd/geth@$geth_version"
fi

folder=$(mktemp -d)
started=()
clean() {
    kill "${started[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap clean EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
wait_for() {
    for _ in $(seq 300); do
        curl -s -o /dev/null -H 'Content-Type: application/json' \
            -d '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}' "$1" && return
        sleep 0.1
    done
    fail "$2 does not answer; its log is above"
}

# Blocks by the clock: with a block for each transaction its memory grows until there is none.
anvil_port=$(free_port)
$anvil --silent --port "$anvil_port" --block-time 0.25 --gas-limit 1000000000 --order fifo &
started+=($!)
geth_port=$(free_port)
$peers/geth --dev --datadir "$folder/geth" --dev.gaslimit 1000000000 --http --http.port "$geth_port" --http.api eth,net,web3 \
    --port 0 --authrpc.port "$(free_port)" --nodiscover --ipcdisable --verbosity 1 \
    --txpool.accountslots 100000 --txpool.globalslots 200000 --txpool.accountqueue 100000 --txpool.globalqueue 200000 &
started+=($!)
wait_for "http://127.0.0.1:$anvil_port" anvil
wait_for "http://127.0.0.1:$geth_port" geth

"$bsn" bench evm "$@" --rpc "anvil=http://127.0.0.1:$anvil_port,$anvil_key" \
    --rpc "geth=http://127.0.0.1:$geth_port,$geth_key"
