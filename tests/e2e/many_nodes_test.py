"""Many city nodes as processes on this machine: 10 validators, and 50 nodes that run one app.

Not a part of `make test`: `make many`. Each of the ten validators has a CometBFT beside it and runs the app as well; the
other 40 follow. It prints what they take, for docs/benchmarks.md.
"""

import http.client
import os
import random
import time
import unittest
from pathlib import Path

from _cometbft import CometbftNetwork
from _ledger import DONE, UNDECIDED, Ledger
from _network import main, wait_for
from _transactions import MANY, Key, many, results, transaction_id

NODES = int(os.environ.get("BSN_MANY_NODES", 50))
VALIDATORS = int(os.environ.get("BSN_MANY_VALIDATORS", 10))
TRANSACTIONS = int(os.environ.get("BSN_MANY_TRANSACTIONS", 10_000))
AT_ONCE = 500
PATIENCE = 900
IDLE_SECONDS = 20
TICK = os.sysconf("SC_CLK_TCK")
MEBIBYTE = 1 << 20


class ManyNodes(CometbftNetwork):
    options = ("--ordering", "cometbft", "--validators", str(VALIDATORS), "--wait", str(PATIENCE))


def resident(pid):
    """Bytes of memory that belong to this process alone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
    return sizes["Rss"]


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Test(unittest.TestCase):
    def setUp(self):
        self.net = ManyNodes(NODES)
        self.addCleanup(self.net.kill)

    def kinds(self):
        """Process ids of what takes memory and time."""
        return {"validator's node": [self.net.node_pid(node) for node in range(VALIDATORS)],
                "its cometbft": [self.net.engine_pid(node) for node in range(VALIDATORS)],
                "follower": [self.net.node_pid(node) for node in range(VALIDATORS, NODES)]}

    def tell(self, what, seconds, before):
        kinds = self.kinds()
        print(f"\n{what}:")
        for kind, pids in kinds.items():
            memory = sorted(resident(pid) / MEBIBYTE for pid in pids)
            used = sum(processor_seconds(pid) - before[pid] for pid in pids) / len(pids) / seconds
            print(f"  {kind:17} x {len(pids):2}: memory {memory[len(memory) // 2]:4.0f} MiB (most {memory[-1]:.0f}), "
                  f"processor {100 * used:.1f} % of a core")

    def processor(self):
        return {pid: processor_seconds(pid) for pids in self.kinds().values() for pid in pids}

    def test_all_heads_are_equal(self):
        begin = time.monotonic()
        self.net.up()
        print(f"\n{NODES} nodes, {VALIDATORS} of them validators: up after {time.monotonic() - begin:.0f} s")
        engines = [node for node in range(NODES) if self.net.engine_pid(node)]
        self.assertEqual(engines, list(range(VALIDATORS)))

        before = self.processor()
        time.sleep(IDLE_SECONDS)
        self.tell("idle", IDLE_SECONDS, before)

        ledger = Ledger(self.net, "evidence", Key.load(self.net.home / "keys" / "operator.pem"))
        self.assertEqual({chain["peers"] for chain in self.net.chains("evidence")}, {NODES})
        before, begin = self.processor(), time.monotonic()
        acknowledged = self.submit(ledger)
        seconds = time.monotonic() - begin
        head = wait_for("all heads are equal", lambda: self.net.heads("evidence"), PATIENCE)
        level = time.monotonic() - begin
        self.tell("under load", level, before)
        print(f"{TRANSACTIONS} transactions acknowledged after {seconds:.1f} s ({TRANSACTIONS / seconds:.0f} a second), "
              f"all {NODES} heads equal at height {head[0]} after {level:.1f} s")
        self.assertEqual({chain["transactions"] for chain in self.net.chains("evidence")}, {TRANSACTIONS})

        ledger.read_blocks(NODES - 1)
        self.assertEqual((ledger.height, ledger.head), head)
        self.assertEqual(ledger.place, acknowledged)
        ledger.receipts_verify(random.sample(sorted(acknowledged), 3))

    def submit(self, ledger):
        """All transactions, each time through another node; the places that were told, by id."""
        acknowledged = {}
        target = "/v1/apps/evidence/transactions?timeout_ms=30000"
        for number in range(0, TRANSACTIONS, AT_ONCE):
            count = min(AT_ONCE, TRANSACTIONS - number)
            some = ledger.transactions([("deposit", [os.urandom(32).hex(), "many"]) for _ in range(count)])
            node = (number // AT_ONCE * 7) % NODES
            end = time.monotonic() + PATIENCE
            while any(transaction_id(one) not in acknowledged for one in some):
                self.assertLess(time.monotonic(), end, f"node {node + 1} does not take transactions")
                connection = self.net.connection(node, timeout=PATIENCE)
                try:
                    answer = connection.post(target, many(some), Content_Type=MANY)
                except (OSError, http.client.HTTPException):
                    continue
                finally:
                    connection.close()
                self.assertIn(answer.status, (200, 503), answer.body)
                for code, height, index, identifier, error in results(answer.body) if answer.status == 200 else []:
                    self.assertIn(code, (DONE, *UNDECIDED), error)
                    if code == DONE:
                        acknowledged[identifier] = (height, index)
        return acknowledged


if __name__ == "__main__":
    main()
