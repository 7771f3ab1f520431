#!/usr/bin/env python3
"""The official SDKs of FISCO BCOS 2.x, unmodified, against a node.

    tests/conformance/fisco/run.py --node HOST:PORT --conf FOLDER [--group 1] [--chain 1] [--sm] [--rpc URL] [NAME...]

FOLDER holds ca.crt, sdk.crt and sdk.key (PEM, PKCS#8; P-256 or RSA: a JDK of today knows no secp256k1 in TLS).
NAMEs choose among java, go (by the channel port) and go-rpc (by JSON-RPC over HTTP, needs --rpc).
In a group with SM keys (--sm) only java runs: the Go SDK's tests take contracts whose selectors are Keccak-256.
What is installed and built goes under build/conformance, and into Maven's and Go's own caches.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

REPOSITORY = Path(__file__).resolve().parents[3]
LAID = REPOSITORY / "build" / "conformance" / "fisco"
PATIENCE = 600  # seconds for one SDK, with what it fetches and builds the first time
COMMANDS = {
    "java": ("java", ["mvn", "-q", "-B", "test"]),
    "go": ("go", ["go", "test", "-count=1", "./..."]),
    "go-rpc": ("go", ["go", "test", "-count=1", "./..."]),
}


def install():
    """Lays the tests out and compiles the contracts."""
    subprocess.run([REPOSITORY / "scripts" / "install-conformance.sh", "fisco"], check=True)
    subprocess.run(["node", "lib/compile.mjs"], cwd=LAID, check=True)


def run_sdk(name, node, conf, group=1, chain=1, sm=False, rpc=None):
    """(whether all its tests passed, seconds, what it printed)"""
    folder, command = COMMANDS[name]
    if not shutil.which(command[0]):
        return False, 0, f"{command[0]} is missing"
    environment = os.environ | {
        "FISCO_NODE": node, "FISCO_CONF": str(Path(conf).resolve()), "FISCO_GROUP": str(group), "FISCO_CHAIN": str(chain),
        "FISCO_SM": "true" if sm else "false", "FISCO_COMPILED": str(LAID / "compiled"),
        "FISCO_CONTRACTS": str(LAID / "contracts"),
    }
    if name == "go-rpc":
        environment["FISCO_RPC"] = rpc
    begin = time.monotonic()
    try:
        done = subprocess.run(command, cwd=LAID / folder, env=environment, stdout=subprocess.PIPE, timeout=PATIENCE,
                              stderr=subprocess.STDOUT, encoding="utf-8", errors="backslashreplace")
        passed, output = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired as late:
        passed, output = False, f"{(late.stdout or b'').decode(errors='replace')}\nnot within {PATIENCE} s"
    return passed, time.monotonic() - begin, output


def main():
    parser = argparse.ArgumentParser(description="FISCO BCOS SDKs against a node")
    parser.add_argument("--node", required=True, help="HOST:PORT of the channel port")
    parser.add_argument("--conf", required=True, help="folder with ca.crt, sdk.crt, sdk.key")
    parser.add_argument("--group", type=int, default=1)
    parser.add_argument("--chain", type=int, default=1)
    parser.add_argument("--sm", action="store_true", help="the group has SM2 keys and SM3 hashes")
    parser.add_argument("--rpc", help="URL of the JSON-RPC")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(COMMANDS))
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in COMMANDS]:
        parser.error(f"no SDK {', '.join(unknown)}; there are {', '.join(COMMANDS)}")
    usual = ["java"] if arguments.sm else ["java", "go"] + (["go-rpc"] if arguments.rpc else [])
    names = arguments.names or usual
    if arguments.sm and names != ["java"]:
        parser.error("--sm goes with java alone")
    if "go-rpc" in names and not arguments.rpc:
        parser.error("go-rpc needs --rpc")
    install()
    failed = 0
    for name in names:
        passed, seconds, output = run_sdk(name, arguments.node, arguments.conf, arguments.group, arguments.chain,
                                          arguments.sm, arguments.rpc)
        print(f"{name}: {'passed' if passed else 'FAILED'} ({seconds:.1f} s)", flush=True)
        if not passed:
            failed += 1
            print(output, flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
