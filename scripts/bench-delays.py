#!/usr/bin/env python3
"""Latency and throughput of a network whose nodes are far from each other: a table for docs/benchmarks.md.

    scripts/bench-delays.py [--bsn FILE] [--duration S] [--rate N] [--delays MS...] [--write FILE.md] [--out FOLDER]

Four hosts (network namespaces, so it needs root), a city node and a CometBFT on each, an app on all four and one on
three of them. The delay is between nodes, one way; the load generator stands beside each node. The table goes between
the markers <!-- bench:begin delays --> and <!-- bench:end delays --> of the file.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from bench_network import REPOSITORY, fail
from bench_tables import write_between_markers

sys.path.insert(0, str(REPOSITORY / "tests" / "e2e"))

from _hosts import HostNetwork, Hosts, why_not  # noqa: E402  (found by the line above)

VALIDATORS = 4
ACCOUNTING_NODES = (3, 4)
SETTLE = 3  # seconds after the delay has changed


def table(reports):
    heading = ["one way, ms", "accounting nodes", "open loop at", "latency p50 / p90 / p99, ms", "late or unsent",
               "closed loop, tx/s", "its latency p50 / p99, ms"]
    rows = [heading, ["---"] * len(heading)]
    for (delay, peers), (opened, closed) in reports.items():
        latency, batches = opened["latency_ms"], closed["latency_ms"]
        rows.append([delay, peers, f"{opened['pace']['rate']:g}/s",
                     f"{latency['p50']:,.0f} / {latency['p90']:,.0f} / {latency['p99']:,.0f}",
                     opened["pace"]["late"] + opened["pace"]["unsent"], f"{closed['committed_tx_per_s']:,.0f}",
                     f"{batches['p50']:,.0f} / {batches['p99']:,.0f}"])
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def measure(options):
    """By delay and number of accounting nodes: the reports of an open and a closed loop."""
    if why_not():
        fail(why_not())
    reports = {}
    with Hosts(VALIDATORS) as hosts:
        net = HostNetwork(hosts)
        try:
            net.up()
            for delay in options.delays:
                hosts.delay(delay)
                time.sleep(SETTLE)
                for peers in ACCOUNTING_NODES:
                    common = ["bench", "evidence", "--app", f"bench-{peers}", "--peers", peers, "--verify-seconds", 0,
                              "--duration", options.duration]
                    opened = net.json(*common, "--rate", options.rate)
                    closed = net.json(*common)
                    reports[delay, peers] = (opened, closed)
                    (options.out / f"delay-{delay}-{peers}.json").write_text(json.dumps([opened, closed], indent=2) + "\n")
                    print(f"{delay} ms, {peers} accounting nodes: p50 {opened['latency_ms']['p50']:.0f} ms, "
                          f"p99 {opened['latency_ms']['p99']:.0f} ms; {closed['committed_tx_per_s']:,.0f} tx/s", flush=True)
        finally:
            net.kill()
    return reports


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bsn", type=Path, default=REPOSITORY / "build" / "release" / "bin" / "bsn")
    parser.add_argument("--duration", type=float, default=20, help="seconds of each measurement (20)")
    parser.add_argument("--rate", type=float, default=200, help="transactions per second of the open loop (200)")
    parser.add_argument("--delays", type=int, nargs="+", default=[0, 50, 200], help="between nodes, one way, ms (0 50 200)")
    parser.add_argument("--write", type=Path, help="put the table between the markers of this file")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "bench", help="for the reports")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ["BSN_BINARY"] = str(options.bsn.resolve())
    text = table(measure(options))
    print(f"\n{text}")
    if options.write:
        write_between_markers(options.write, {"delays": text})
        print(f"\nThe table is in {options.write}.")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
