#!/usr/bin/env python3
"""Clients of the Ethereum ecosystem, unmodified, against a node's JSON-RPC.

    tests/conformance/ethereum/run.py [--rpc-url URL --ws-url URL --keys KEY,KEY,KEY] [NAME...]

Without URLs those of the environment are used (RPC_URL, WS_URL, PRIVATE_KEYS). NAMEs choose among the clients:
errors, ethers, viem, web3, hardhat, foundry, proofs (needs a chain whose state has a Merkle Patricia root). The clients are installed under build/conformance (a minute, once).
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

REPOSITORY = Path(__file__).resolve().parents[3]
LAID = REPOSITORY / "build" / "conformance" / "ethereum"
PATIENCE = 300  # seconds for one client
CLIENTS = {
    "errors": ["node", "--test", "errors.test.mjs"],
    "ethers": ["node", "--test", "ethers.test.mjs"],
    "viem": ["node", "--test", "viem.test.mjs"],
    "web3": ["node", "--test", "web3.test.mjs"],
    "hardhat": ["node_modules/.bin/hardhat", "--config", "hardhat/hardhat.config.cjs", "test", "--network", "bsn"],
    "foundry": ["node", "--test", "foundry.test.mjs"],
    "proofs": ["node", "--test", "proofs.test.mjs"],
}
# Keys that everybody knows, from the mnemonic "test test ... junk": accounts that hold nothing on a real chain.
KNOWN_KEYS = ",".join([
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
])


def install():
    """Lays the clients out and compiles the contracts."""
    subprocess.run([REPOSITORY / "scripts" / "install-conformance.sh", "ethereum"], check=True)
    subprocess.run(["node", "lib/compile.mjs"], cwd=LAID, check=True)


def run_client(name, rpc_url, ws_url, keys=KNOWN_KEYS):
    """(whether all its tests passed, seconds, what it printed)"""
    environment = os.environ | {
        "RPC_URL": rpc_url, "WS_URL": ws_url, "PRIVATE_KEYS": keys, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true",
        "DISABLE_HARDHAT_VERSION_CHECK": "true", "NO_COLOR": "1",
    }
    begin = time.monotonic()
    try:
        done = subprocess.run(CLIENTS[name], cwd=LAID, env=environment, stdout=subprocess.PIPE, timeout=PATIENCE,
                              stderr=subprocess.STDOUT, encoding="utf-8", errors="backslashreplace")
        passed, output = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired as late:
        passed, output = False, f"{(late.stdout or b'').decode(errors='replace')}\nnot within {PATIENCE} s"
    return passed, time.monotonic() - begin, output


def main():
    parser = argparse.ArgumentParser(description="Ethereum clients against a node")
    parser.add_argument("--rpc-url", default=os.environ.get("RPC_URL"))
    parser.add_argument("--ws-url", default=os.environ.get("WS_URL"))
    parser.add_argument("--keys", default=os.environ.get("PRIVATE_KEYS", KNOWN_KEYS))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CLIENTS))
    arguments = parser.parse_args()
    if not arguments.rpc_url or not arguments.ws_url:
        parser.error("name the node: --rpc-url and --ws-url")
    if unknown := [name for name in arguments.names if name not in CLIENTS]:
        parser.error(f"no client {', '.join(unknown)}; there are {', '.join(CLIENTS)}")
    install()
    failed = 0
    for name in arguments.names or CLIENTS:
        passed, seconds, output = run_client(name, arguments.rpc_url, arguments.ws_url, arguments.keys)
        print(f"{name}: {'passed' if passed else 'FAILED'} ({seconds:.1f} s)", flush=True)
        if not passed:
            failed += 1
            print(output, flush=True)
    print(f"{len(arguments.names or CLIENTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
