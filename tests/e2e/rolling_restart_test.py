"""All nodes are started anew, one after the other, as for an update, while a load goes on at all of them."""

import os
import random
import signal
import time
import unittest

from _cometbft import CometbftNetwork, Load
from _ledger import Ledger
from _network import EXAMPLES, main, wait_for
from _transactions import Key

SEED = int(os.environ.get("BSN_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))


class RollingRestart(unittest.TestCase):
    nodes = 4

    @classmethod
    def setUpClass(cls):
        cls.net = CometbftNetwork(cls.nodes)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        cls.net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        key = Key.load(cls.net.home / "keys" / "operator.pem")
        cls.ledgers = [Ledger(cls.net, app, key) for app in ("evidence", "kv")]

    def restart(self, node):
        """SIGTERM; who started it starts it again."""
        pid = self.net.node_pid(node)
        os.kill(pid, signal.SIGTERM)
        wait_for("the node is another process", lambda: self.net.node_pid(node) not in (pid, None))
        self.net.wait_until_well(node)

    def certified(self, node):
        connection = self.net.connection(node)
        try:
            return {chain["app"]: chain["certified"] for chain in connection.get("/v1/status").json()["chains"]}
        finally:
            connection.close()

    def wait_until_level(self, node):
        """It has all that the others had certified when it came back."""
        others = [self.certified(other) for other in range(self.nodes) if other != node]
        for app in others[0]:
            there = max(other[app] for other in others)
            wait_for(f"node {node + 1} is level", lambda: self.certified(node).get(app, 0) >= there)

    def test_of_all_nodes_twice(self):
        begin = time.monotonic()
        with Load(self.ledgers, range(self.nodes), random.Random(SEED)) as load:
            for node in 2 * [*range(self.nodes)]:
                self.restart(node)
                self.wait_until_level(node)
                load.goes_on()
        gaps = [round(load.longest_gap(node), 1) for node in range(self.nodes)]
        self.assertLess(max(gaps), 10, gaps)
        self.net.wait_until_well()
        load.check()
        print(f"{load.summary()}, at each node {gaps} s; {time.monotonic() - begin:.0f} s ... ", end="")


if __name__ == "__main__":
    main()
