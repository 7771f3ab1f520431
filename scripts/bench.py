#!/usr/bin/env python3
"""The standard set of measurements, each in a fresh network, and the tables that it makes.

    scripts/bench.py [--bsn FILE] [--duration S] [--write FILE.md] [--out FOLDER]

Tables go between the markers <!-- bench:begin NAME --> and <!-- bench:end NAME --> of the file (NAME:
machine, closed, open, cost); the reports as JSON and the plots into the folder. Nothing else should
run on the machine meanwhile.
"""

import argparse
import json
import sys
from pathlib import Path

from bench_network import REPOSITORY, Network, fail
from bench_tables import write_between_markers

SUITES = ("secp256r1", "secp256k1", "sm2")


def table(heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def share(report, of=""):
    bound = report["signature_bound"]
    return f"{100 * bound[of + 'share_of_bound']:.0f} % of {bound[of + 'bound_tx_per_s']:,.0f}"


def milliseconds(report, *names):
    return " / ".join(f"{report['latency_ms'][name]:.1f}" for name in names)


def machine_table(report):
    machine = report["machine"]
    return table(["what", "value"], [
        ["processor", f"{machine['cores']} x {machine['cpu']}"],
        ["memory", f"{machine['memory_bytes'] / 2**30:.0f} GiB"],
        ["system", f"{machine['system']}, Linux {machine['kernel']}"],
        ["file system", machine["file_system"]],
        ["bsn", f"{machine['version']}, commit {machine['commit']}, {machine['compiler']}"]])


def closed_table(reports):
    return table(
        ["load", "committed tx/s", "latency p50 / p99 / p99.9, ms", "of the signature bound, tx/s", "of the bound by OpenSSL's verification", "errors", "overloaded"],
        [[name, f"{report['committed_tx_per_s']:,.0f}", milliseconds(report, "p50", "p99", "p99_9"), share(report),
          share(report, of="plain_"), report["errors"], report["overloaded"]["refused"]] for name, report in reports.items()])


def open_table(reports):
    return table(
        ["suite", "rate, tx/s", "committed tx/s", "latency p50 / p90 / p99 / p99.9 / max, ms", "late", "unsent"],
        [[report["suite"], f"{report['pace']['rate']:,.0f}", f"{report['committed_tx_per_s']:,.0f}",
          milliseconds(report, "p50", "p90", "p99", "p99_9", "max"), report["pace"]["late"], report["pace"]["unsent"]]
         for report in reports])


def cost_table(reports):
    rows = []
    for name, report in reports.items():
        costs = report["resources"]
        parts = costs["disk_bytes_per_tx_by_part"]
        rows.append([name, f"{costs['cpu_s_per_1000_tx']:.3f}", f"{costs['generator_cpu_s_per_1000_tx']:.3f}",
                     f"{costs['rss_begin_bytes'] / 2**20:.0f} to {costs['rss_end_bytes'] / 2**20:.0f}",
                     f"{costs['disk_bytes_per_tx']:,.0f} ({parts['state']:,.0f} / {parts['batches']:,.0f} / "
                     f"{parts['ordering']:,.0f})",
                     f"{costs['written_bytes_per_tx']:,.0f}", f"{costs['fsyncs_per_tx']:.4f}"])
    return table(["load", "CPU s per 1,000 tx", "load generator's", "resident memory, MiB",
                  "bytes on disk per tx, all nodes (state / batches / ordering)", "bytes written per tx", "fsyncs per tx"],
                 rows)


def measure(options):
    """Name and report of each measurement. Those that follow from others come after them."""
    common = ["--duration", options.duration, "--warmup", min(3, options.duration)]

    def run(name, *words):
        print(f"{name} …", end=" ", flush=True)
        with Network(options.bsn) as network:
            report = network.bench(*common, *words, "--plot", options.out / f"{name.replace(' ', '-')}.svg")
        (options.out / f"{name.replace(' ', '-')}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        print(f"{report['committed_tx_per_s']:,.0f} tx/s, p99 {report['latency_ms']['p99']:.1f} ms", flush=True)
        return report

    closed = {suite: run(suite, "--suite", suite) for suite in SUITES}
    closed["secp256r1, 4 apps at once"] = run("4 apps", "--apps", 4)
    closed["secp256r1, one at a time"] = run("one at a time", "--connections", 1, "--batch", 1, "--presign", 10_000)
    # Whole tens, so that the name of the measurement says it all.
    halves = {f"{suite} at half": run(f"{suite} at half", "--suite", suite, "--rate",
                                      max(10, round(closed[suite]["committed_tx_per_s"] / 2, -1)))
              for suite in options.open_suites}
    return closed, halves


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bsn", type=Path, default=REPOSITORY / "build" / "release" / "bin" / "bsn")
    parser.add_argument("--duration", type=float, default=20, help="seconds of each measurement (20)")
    parser.add_argument("--write", type=Path, help="put the tables between the markers of this file")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "bench", help="for reports and plots")
    parser.add_argument("--open-suites", nargs="+", choices=SUITES, default=["secp256r1", "sm2"],
                        help="suites that are also measured in an open loop at half of their throughput")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    closed, halves = measure(options)
    tables = {"machine": machine_table(closed["secp256r1"]), "closed": closed_table(closed),
              "open": open_table(halves.values()), "cost": cost_table({suite: closed[suite] for suite in SUITES})}
    for name, content in tables.items():
        print(f"\n{name}\n\n{content}")
    bad = [name for name, report in (closed | halves).items()
           if report["errors"] or not report["durable_on_all_peers"]]
    if bad:
        fail(f"errors in: {', '.join(bad)}; see {options.out}")
    if options.write:
        write_between_markers(options.write, tables)
        print(f"\nThe tables are in {options.write}.")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
