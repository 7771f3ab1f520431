#!/usr/bin/env python3
"""Evidence on Hyperledger Fabric by the official Node client and through our gateway, and on our own ledger, in one run.

    scripts/bench-fabric.py [--bsn FILE] [--write FILE.md] [--out FOLDER] [options of bsn bench fabric]

Runs `bsn bench fabric` with the client that tests/conformance/fabric pins. What is missing is installed first: Fabric's
programs, CometBFT and the client (some minutes, once). The table goes between the markers
<!-- bench:begin fabric --> and <!-- bench:end fabric --> of the file, the plot beside that file (FILE-fabric.svg), the
report as JSON into the folder. Nothing else should run on the machine meanwhile.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path

from bench_network import REPOSITORY
from bench_tables import write_between_markers

CLIENT = REPOSITORY / "build" / "conformance" / "fabric" / "load.mjs"
NAMES = {"fabric_node_client": "Fabric, official Node client", "fabric_single": "Fabric, our gateway",
         "fabric_batched": "Fabric, our gateway, {} records in a transaction",
         "ledger_embedded": "our ledger, embedded ordering", "ledger_cometbft": "our ledger, CometBFT"}
RATIOS = {"gateway_to_node_client": "our gateway to Fabric, by the official client (aim: 1.3)",
          "ledger_embedded_to_fabric_single": "our ledger with embedded ordering, by single records on Fabric (aim: 10)",
          "ledger_cometbft_to_fabric_single": "our ledger with CometBFT, by single records on Fabric"}


def install():
    """The environment with what `bsn` starts."""
    environment = dict(os.environ)
    engines = REPOSITORY / "build" / "engines"
    for name, script, place in (("BSN_FABRIC", "install-fabric.sh", engines / "fabric"),
                                ("BSN_COMETBFT", "install-engines.sh", engines / "cometbft")):
        if name not in environment:
            subprocess.run([REPOSITORY / "scripts" / script], check=True)
            environment[name] = str(place)
    subprocess.run([REPOSITORY / "scripts" / "install-conformance.sh", "fabric"], check=True)
    return environment


def by_program(run):
    costs = run["costs"]
    parts = costs["cpu_us_per_record_by_program"]
    shown = [("peers", "peer"), ("orderers", "orderer"), ("CometBFT", "cometbft"), ("nodes", "bsn")]
    texts = [f"{name} {parts[program]:,.0f}" for name, program in shown if program in parts]
    return f"{costs['cpu_us_per_record']:,.0f} ({', '.join([*texts, 'client ' + format(costs['client_cpu_us_per_record'], ',.0f')])})"


def table(report):
    lines = ["| path | transactions on their way | records/s | latency p50 / p90 / p99, ms | processor for a record, µs | "
             "resident memory, MiB | bytes on disk for a record |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for run in sorted(report["runs"], key=lambda one: list(NAMES).index(one["path"])):
        latency = run["latency_ms"]
        lines.append(f"| {NAMES[run['path']].format(run['records_per_transaction'])} | {run['in_flight']} | "
                     f"{run['records_per_s']:,.0f} | {latency['p50']:,.0f} / {latency['p90']:,.0f} / {latency['p99']:,.0f} | "
                     f"{by_program(run)} | {run['costs']['rss_bytes'] / 2**20:,.0f} | "
                     f"{run['costs']['disk_bytes_per_record']:,.0f} |")
    lines += ["", "| of the best figures | ratio |", "| --- | --- |"]
    lines += [f"| {RATIOS[name]} | {report['ratios'][name]:.2f} |" for name in RATIOS if name in report["ratios"]]
    machine = report["machine"]
    lines += ["", f"{report['duration_s']:g} s and {report['rounds']} rounds each, {machine['cores']} x {machine['cpu']}, "
              f"{machine['memory_bytes'] / 2**30:.0f} GiB, {machine['file_system']}; bsn {machine['version']}, commit "
              f"{machine['commit']}; Fabric {report['fabric_version']}, Node {report['node_version']}, "
              f"@hyperledger/fabric-gateway {report['node_client_version']}."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bsn", type=Path, default=REPOSITORY / "build" / "release" / "bin" / "bsn")
    parser.add_argument("--write", type=Path, help="put the table and the plot into this document")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "bench", help="for the report and the plot")
    options, others = parser.parse_known_args()
    environment = install()
    options.out.mkdir(parents=True, exist_ok=True)
    plot = options.write.with_name(f"{options.write.stem}-fabric.svg") if options.write else options.out / "fabric.svg"
    done = subprocess.run([options.bsn, "--json", "bench", "fabric", "--node-client", CLIENT, "--plot", plot, *others],
                          env=environment, stdout=subprocess.PIPE, check=True, text=True)
    report = json.loads(done.stdout)
    (options.out / "fabric.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(table(report))
    if options.write:
        write_between_markers(options.write, {"fabric": table(report)})
        print(f"\nThe table is in {options.write}, the plot in {plot}.")


if __name__ == "__main__":
    main()
