#!/usr/bin/env python3
"""A steady load on a network of four processes for hours: what it does to memory, disk, latency and lag.

    scripts/soak.py [--bsn FILE] [--hours H | --minutes M] [--rate N] [--write FILE.md] [--out FOLDER]

Four city nodes with a CometBFT each on this machine, an app on three of them, an open loop of `bsn bench evidence`, and
beside it a witness that sends a transaction each second and remembers what it was told. Each 10 seconds all is looked at.
At the end: nothing acknowledged is lost, nothing is there twice, all heads are equal, a sample of receipts verifies, no
errors, and memory grows by less than the limits (judged from 30 minutes on). Fails if one of these does not hold.

Into the folder: soak.json (report, all samples), soak.svg (rate, latency, memory over time). The report in words goes
between the markers <!-- bench:begin soak --> and <!-- bench:end soak --> of the file.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_network import REPOSITORY, fail
from bench_tables import write_between_markers
from soak_report import EVERY, LIMITS, judge, report

sys.path.insert(0, str(REPOSITORY / "tests" / "e2e"))

APP, PEERS, NODES = "soak", 3, 4
RECEIPTS = 20  # checked at the end, of the witness's transactions
SETTLE = 120  # seconds that the load generator may take beyond its time


def network_of(options):
    """Imported late, since the tests' modules look at BSN_BINARY."""
    os.environ["BSN_BINARY"] = str(options.bsn.resolve())
    from _cometbft import CometbftNetwork
    net = CometbftNetwork(NODES)
    net.up()
    return net


class Load:
    """`bsn bench evidence` against the running network, as a process beside this one."""

    def __init__(self, net, options, seconds):
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        words = ["--quiet", "--json", "bench", "evidence", "--app", APP, "--peers", PEERS, "--rate", options.rate,
                 "--duration", seconds, "--warmup", 0, "--verify-seconds", 0, "--every", EVERY, "--sign-live",
                 "--window-ms", 50, "--connections", 8, "--plot", options.out / "soak.svg"]
        self.process = subprocess.Popen([str(options.bsn), *map(str, words)], stdout=self.out, stderr=self.err,
                                        stdin=subprocess.DEVNULL, env=net.environment, cwd=options.out)

    def ended(self):
        return self.process.poll() is not None

    def result(self):
        self.process.wait()
        self.out.seek(0)
        self.err.seek(0)
        if self.process.returncode != 0:
            fail(f"the load ended with status {self.process.returncode}: {self.err.read().strip()}")
        return json.loads(self.out.read())


def witness_of(net, app_nodes):
    """A transaction each second, to the app's nodes in turn, and what was told of it."""
    from _cometbft import Writer
    from _ledger import Ledger
    from _transactions import Key

    class SoakLedger(Ledger):
        def transactions(self, calls):
            return [self.channel.transaction(self.key, "evidence", function, arguments)
                    for function, arguments in calls]

    class Witness(Writer):
        latencies = ()

        def run(self):
            from _transactions import MANY, many
            connections = [self.net.connection(node) for node in app_nodes]
            turn = 0
            while not self.ends.wait(1):
                turn += 1
                some = self.ledger.transactions(self.calls(1))
                begin = time.monotonic()
                try:
                    answer = connections[turn % len(connections)].post(self.target, many(some), Content_Type=MANY)
                except OSError as failure:
                    self.refusals.append((time.monotonic(), None, repr(failure)))
                    continue
                finally:
                    self.sent += some
                self.latencies = (*self.latencies[-9:], time.monotonic() - begin)
                self.take(answer)
            for connection in connections:
                connection.close()

    ledger = SoakLedger(net, APP, Key.load(net.home / "keys" / "operator.pem"))
    return Witness(net, 0, ledger, random.Random(1), timeout_ms=10_000)


# --- looking at it --------------------------------------------------------------------------------------------


def resident_bytes(pid):
    if pid is None:
        return None
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def bytes_on_disk(folder):
    total = 0
    for where, _, files in os.walk(folder):
        for file in files:
            try:
                total += os.stat(os.path.join(where, file), follow_symlinks=False).st_blocks * 512
            except OSError:  # compacted away meanwhile
                pass
    return total


def sample(net, begun):
    """What each node says, and what its processes take."""
    from _metrics import parse
    nodes = []
    for node in range(NODES):
        connection = net.connection(node, timeout=10)
        try:
            status = connection.get("/v1/status").json()
            families = parse(connection.get("/metrics").body.decode())
        finally:
            connection.close()
        chain = next((one for one in status["chains"] if one["app"] == APP), None)
        said = {one.labels["process"]: one.value for one in families["bsn_process_resident_memory_bytes"].samples}
        engine = net.engine_pid(node)
        nodes.append({"node": status["name"], "order_height": status["order_height"],
                      "certified": chain and chain["certified"], "transactions": chain and chain["transactions"],
                      "alarms": [one["alarm"] for one in status["chains"] if "alarm" in one],
                      "trouble": status["order"].get("trouble", ""), "engine_restarts": status["order"]["engine_restarts"],
                      "bsn_bytes": resident_bytes(net.node_pid(node)), "cometbft_bytes": resident_bytes(engine),
                      "said_bsn_bytes": said.get("bsn"),
                      "database_bytes": sum(one.value for one in families["bsn_database_memory_bytes"].samples),
                      "disk_bytes": bytes_on_disk(net.node_folder(node))})
    certified = [one["certified"] for one in nodes if one["certified"] is not None]
    return {"s": round(time.monotonic() - begun, 1), "nodes": nodes,
            "lag": max(certified) - min(certified) if certified else None,
            "order_lag": max(one["order_height"] for one in nodes) - min(one["order_height"] for one in nodes),
            "transactions": max((one["transactions"] or 0 for one in nodes), default=0)}


def progress(samples, seconds, witness):
    last, before = samples[-1], samples[-2] if len(samples) > 1 else None
    rate = (last["transactions"] - before["transactions"]) / (last["s"] - before["s"]) if before else 0
    memory = sum(one["bsn_bytes"] or 0 for one in last["nodes"]) / 2**20
    engines = sum(one["cometbft_bytes"] or 0 for one in last["nodes"]) / 2**20
    latency = f", {1000 * max(witness.latencies):.0f} ms" if witness and witness.latencies else ""
    done = min(1, last["s"] / seconds)
    text = (f"[{'#' * round(20 * done):<20}] {last['s'] / 60:.0f} of {seconds / 60:.0f} min: {rate:,.0f} tx/s{latency}, "
            f"lag {last['lag'] or 0}, {memory:.0f} + {engines:.0f} MiB")
    print(f"\r{text:<100}" if sys.stdout.isatty() else text, end="" if sys.stdout.isatty() else "\n", flush=True)


# --- the run ----------------------------------------------------------------------------------------------------


def watch(net, load, seconds):
    """Samples until the load has ended, and the witness."""
    begun, samples, witness = time.monotonic(), [], None
    while not load.ended():
        samples.append(sample(net, begun))
        app_nodes = [i for i, one in enumerate(samples[-1]["nodes"]) if one["certified"] is not None]
        if witness is None and len(app_nodes) == PEERS:
            # The publisher is no depositor by itself.
            net.bsn("app", "join", APP, "--role", "depositor", status=None)
            net.bsn("app", "approve", APP, "operator", status=None)
            witness = witness_of(net, app_nodes)
            witness.start()
        progress(samples, seconds, witness)
        if samples[-1]["s"] > seconds + SETTLE:
            load.process.terminate()
            fail("the load does not end")
        until = begun + EVERY * len(samples)
        while time.monotonic() < until and not load.ended():
            time.sleep(0.2)
    print()
    if witness is None:
        fail(f"the app {APP} never had its {PEERS} nodes; {load.err.name}")
    witness.ends.set()
    witness.join()
    samples.append(sample(net, begun))
    return samples, witness


def check_laws(net, witness, committed):
    """By name: None if it holds, else what is wrong."""
    ledger = witness.ledger
    there = [i for i, one in enumerate(sample(net, 0)["nodes"]) if one["certified"] is not None]
    chains = net.chains
    net.chains = lambda app: [chain for node in there for chain in [chain_at(net, node, app)]]

    def heads():
        net.heads(APP)

    def nothing_lost():
        ledger.read_blocks(there[0])
        lost = [identifier for identifier, place in witness.acknowledged.items()
                if ledger.place.get(identifier) != place]
        assert not lost, f"{len(lost)} acknowledged transactions are not at their place, such as {lost[0]}"
        assert len(ledger.place) >= committed + len(witness.acknowledged), \
            f"{len(ledger.place)} transactions are there, and {committed} + {len(witness.acknowledged)} were acknowledged"

    def receipts():
        some = list(witness.acknowledged)
        ledger.receipts_verify(random.Random(1).sample(some, min(RECEIPTS, len(some))))

    def answers():
        assert not witness.strange and not witness.refusals, (witness.strange + witness.refusals)[:3]
        assert witness.acknowledged, "nothing was acknowledged"

    def other_node():
        assert ledger.app not in [chain["app"] for node in set(range(NODES)) - set(there)
                                  for chain in status_of(net, node)["chains"]]

    laws = {}
    for name, law in (("all heads are equal", heads), ("nothing acknowledged is lost, nothing is there twice", nothing_lost),
                      (f"{RECEIPTS} receipts verify offline", receipts), ("the witness was told no error", answers),
                      ("the fourth node has no part in the app", other_node)):
        print(f"{name} …", end=" ", flush=True)
        try:
            law()
            laws[name] = None
        except AssertionError as failure:
            laws[name] = str(failure)
        print(laws[name] or "yes", flush=True)
    net.chains = chains
    return laws


def status_of(net, node):
    connection = net.connection(node)
    try:
        return connection.get("/v1/status").json()
    finally:
        connection.close()


def chain_at(net, node, app):
    return next(chain for chain in status_of(net, node)["chains"] if chain["app"] == app)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bsn", type=Path, default=REPOSITORY / "build" / "release" / "bin" / "bsn")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--hours", type=float, default=1, help="how long (1)")
    length.add_argument("--minutes", type=float, help="how long, for a try")
    parser.add_argument("--rate", type=float, default=1500, help="transactions per second (1500)")
    parser.add_argument("--write", type=Path, help="put the report between the markers of this file")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "bench", help="for soak.json and soak.svg")
    options = parser.parse_args()
    options.bsn, options.out = options.bsn.resolve(), options.out.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    seconds = round(60 * options.minutes if options.minutes else 3600 * options.hours)
    net = network_of(options)
    try:
        load = Load(net, options, seconds)
        try:
            samples, witness = watch(net, load, seconds)
        finally:
            if not load.ended():
                load.process.kill()
        bench = load.result()
        laws = check_laws(net, witness, bench["committed"])
    finally:
        net.kill()
    found = judge(bench, samples, laws, seconds)
    (options.out / "soak.json").write_text(json.dumps(
        {"verdict": found, "limits": LIMITS, "laws": laws, "witnessed": len(witness.acknowledged), "bench": bench,
         "samples": samples}, indent=1) + "\n", encoding="utf-8")
    text = report(bench, samples, laws, found, seconds)
    print(f"\n{text}\n\nAll samples: {options.out / 'soak.json'}; over time: {options.out / 'soak.svg'}")
    if options.write:
        write_between_markers(options.write, {"soak": text})
    if found["broken"]:
        fail("; ".join(found["broken"]))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
