"""Channels are copied from other peers: by a node that becomes one, by one whose channel is made anew, and by one that
has lost its data; whatever is killed meanwhile, the copy is whole in the end or begins again."""

import random
import shutil
import time
import unittest

from _cometbft import CometbftNetwork, Load
from _ledger import Ledger
from _network import EXAMPLES, main, wait_for
from _transactions import Key

NAMES = ("beijing", "shanghai", "guangzhou", "shenzhen")
NEWCOMER = 3


class CopiesTest(unittest.TestCase):
    def setUp(self):
        self.net = CometbftNetwork(len(NAMES))
        self.addCleanup(self.net.kill)
        self.net.up()
        app = (EXAMPLES / "kv.yaml").read_text()
        (self.net.files / "kv.yaml").write_text(app.replace("nodes: []", f"nodes: [{', '.join(NAMES[:3])}]"))
        self.net.bsn("app", "publish", "kv.yaml")
        self.ledger = Ledger(self.net, "kv", Key.load(self.net.home / "keys" / "operator.pem"))
        self.dice = random.Random(5)

    def load(self, *nodes):
        return Load([self.ledger], nodes, self.dice)

    def some_past(self, blocks=20):
        with self.load(0, 1) as load:
            wait_for("there is a past", lambda: (self.chain(0) or {}).get("certified", 0) >= blocks)
        return load

    def chain(self, node, app="kv"):
        connection = self.net.connection(node)
        try:
            chains = connection.get("/v1/status").json()["chains"]
        except OSError:
            return None
        finally:
            connection.close()
        return next((chain for chain in chains if chain["app"] == app), None)

    def log(self, node):
        return "".join(file.read_text() for file in self.net.node_folder(node).glob("node.log*"))

    def copied(self, node):
        return self.log(node).count("channel copied app=kv")

    def all_equal(self, *loads):
        self.net.chains = lambda app: [self.chain(node, app) for node in range(len(NAMES))]
        self.net.heads("system")  # a receipt's proof needs it, too
        wait_for("all nodes have the app", lambda: all((self.chain(node) or {}).get("state") == "active"
                                                       for node in range(len(NAMES))))
        for load in loads:
            self.ledger.check(load.writers, 0, NEWCOMER)
            self.assertTrue(all(not writer.strange for writer in load.writers), load.writers[0].strange[:3])

    def test_a_node_that_becomes_a_peer(self):
        past = self.some_past()
        with self.load(0, 1) as load:
            self.net.bsn("app", "nodes", "kv", *NAMES)
            wait_for("the newcomer has copied it", lambda: self.copied(NEWCOMER) == 1)
            load.goes_on()
        self.all_equal(past, load)
        self.assertNotIn("begins anew", self.log(NEWCOMER))

    def test_it_is_killed_while_it_copies(self):
        past = self.some_past(40)
        with self.load(0) as load:
            self.net.bsn("app", "nodes", "kv", *NAMES)
            for _ in range(3):
                time.sleep(self.dice.uniform(0.05, 0.4))
                self.net.kill_node(NEWCOMER)
            wait_for("the newcomer has copied it", lambda: self.copied(NEWCOMER) >= 1)
        self.all_equal(past, load)

    def test_a_channel_is_made_anew(self):
        self.net.bsn("app", "nodes", "kv", *NAMES)
        past = self.some_past()
        self.net.bsn("down")
        config = self.net.node_folder(NEWCOMER) / "node.yaml"
        told = self.net.bsn("node", "rebuild-channel", "kv", "--config", config)
        self.assertIn("made anew", told.out)
        self.assertIn("atlantis", self.net.error("node", "rebuild-channel", "atlantis", "--config", config)["message"])
        before = self.copied(NEWCOMER)
        self.net.up()
        wait_for("it was copied", lambda: self.copied(NEWCOMER) == before + 1)
        with self.load(0, NEWCOMER) as load:
            load.goes_on()
        self.all_equal(past, load)

    def test_a_node_lost_its_data_long_after(self):
        """What happened half a minute ago and more is copied rather than executed again."""
        self.net.bsn("app", "nodes", "kv", *NAMES)
        past = self.some_past()
        over = time.monotonic() + 31
        self.net.bsn("down")
        folder = self.net.node_folder(NEWCOMER)
        shutil.rmtree(folder / "data")
        shutil.rmtree(folder / "cometbft" / "data")
        before = self.copied(NEWCOMER)
        time.sleep(max(0, over - time.monotonic()))
        self.net.up()
        wait_for("it was copied", lambda: self.copied(NEWCOMER) == before + 1)
        with self.load(0, NEWCOMER) as load:
            load.goes_on()
        self.all_equal(past, load)

    def test_the_permission_chain_is_made_anew(self):
        past = self.some_past(5)
        self.net.bsn("down")
        self.net.bsn("node", "rebuild-channel", "system", "--config", self.net.node_folder(0) / "node.yaml")
        self.net.up()
        with self.load(0) as load:
            load.goes_on()
        self.net.bsn("app", "nodes", "kv", *NAMES)
        self.all_equal(past, load)

    def test_a_running_node_is_not_touched(self):
        config = self.net.node_folder(0) / "node.yaml"
        self.assertIn("in use", self.net.error("node", "rebuild-channel", "kv", "--config", config)["message"])

    def test_nobody_has_it_any_more(self):
        """All make it anew at once, so there is no copy to be had: they execute the order again."""
        self.net.bsn("app", "nodes", "kv", *NAMES)
        past = self.some_past(5)
        self.net.bsn("down")
        for node in range(len(NAMES)):
            self.net.bsn("node", "rebuild-channel", "kv", "--config", self.net.node_folder(node) / "node.yaml")
        self.net.up()
        for node in range(len(NAMES)):
            wait_for("it begins anew", lambda: "begins anew from the order" in self.log(node))
        self.net.chains = lambda app: [self.chain(node, app) for node in range(len(NAMES))]
        self.net.heads("system")
        self.ledger.check(past.writers, 0, NEWCOMER)


if __name__ == "__main__":
    main()
