"""An app goes to other city nodes while it is written to: nothing is lost, who comes catches up, who leaves hands over;
and who never was among them holds nothing of its data."""

import http.client
import random
import time
import unittest

from _cometbft import CometbftNetwork, Load
from _ledger import Ledger
from _network import EXAMPLES, main, wait_for
from _transactions import Key

NAMES = ("beijing", "shanghai", "guangzhou", "shenzhen")
MARK = "the payload of this test and of no other"


class MovesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = CometbftNetwork(len(NAMES))
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        app = (EXAMPLES / "kv.yaml").read_text()
        assert "nodes: []" in app
        (cls.net.files / "kv.yaml").write_text(app.replace("nodes: []", f"nodes: [{', '.join(NAMES[:3])}]"))
        cls.net.bsn("app", "publish", "kv.yaml")
        cls.ledger = Ledger(cls.net, "kv", Key.load(cls.net.home / "keys" / "operator.pem"))

    def peers(self, node):
        """How many peers a node says the app's chain has; None if it has no part in it."""
        connection = self.net.connection(node)
        try:
            chains = connection.get("/v1/status").json()["chains"]
        except (OSError, http.client.HTTPException):  # killed, and not there again
            return None
        finally:
            connection.close()
        return next((chain["peers"] for chain in chains if chain["app"] == "kv"), None)

    def holds(self, node, text):
        return any(text.encode() in file.read_bytes() for file in (self.net.node_folder(node) / "data").rglob("*")
                   if file.is_file())

    def move(self, *names):
        self.net.bsn("app", "nodes", "kv", *names)
        return self.wait_until_there(names)

    def wait_until_there(self, names):
        there = [NAMES.index(name) for name in names]
        for node in there:
            wait_for(f"{NAMES[node]} has its part", lambda: self.peers(node) == len(names))
        return there

    def test_it_goes_on(self):
        self.net.bsn("call", "kv", "kv", "set", '{"baseKey": "mark", "baseValue": "%s"}' % MARK)
        for node, holds in enumerate((True, True, True, False)):
            self.assertEqual(self.holds(node, MARK), holds, NAMES[node])

        guangzhou = NAMES.index("guangzhou")
        with Load([self.ledger], [guangzhou], random.Random(1)) as load:
            for names in (NAMES[1:], (NAMES[0], *NAMES[2:]), NAMES[2:], NAMES):
                there = self.move(*names)
                load.goes_on()
                time.sleep(0.5)  # of load in this place
        self.check(load, there, guangzhou, NAMES.index("shenzhen"))
        self.assertTrue(self.holds(3, MARK), "its history came with it")

    def test_killed_in_the_middle(self):
        """Who comes, and who leaves, right after it was decided."""
        shanghai, shenzhen = NAMES.index("shanghai"), NAMES.index("shenzhen")
        self.move(*NAMES[:3])
        with Load([self.ledger], [shanghai], random.Random(2)) as load:
            for names, killed in ((NAMES[1:], "shenzhen"), (NAMES[:3], "shenzhen"), (NAMES[1:], "beijing"),
                                  (NAMES, "beijing")):
                self.net.bsn("app", "nodes", "kv", *names)
                self.net.kill_node(NAMES.index(killed))
                there = self.wait_until_there(names)
                load.goes_on()
        self.net.wait_until_well()
        self.check(load, there, shanghai, shenzhen)

    def check(self, load, there, node, other):
        self.net.chains = lambda app: [self.chain(node) for node in there]
        self.ledger.check(load.writers, node, other)
        self.assertTrue(all(not writer.strange for writer in load.writers), load.writers[0].strange[:3])
        self.ledger.receipts_verify(list(load.writers[0].acknowledged)[-1:])
        self.assertLess(load.longest_gap(), 10)
        print(f"{load.summary()} ... ", end="")

    def chain(self, node):
        connection = self.net.connection(node)
        chains = connection.get("/v1/status").json()["chains"]
        connection.close()
        return next(chain for chain in chains if chain["app"] == "kv")

    def test_wrong_nodes_are_named(self):
        self.assertIn("atlantis", self.net.error("app", "nodes", "kv", "atlantis")["message"])


if __name__ == "__main__":
    main()
