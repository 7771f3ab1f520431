"""Too few of an app's nodes answer, though the order goes on: nobody is told a success, who writes is told why, and the
app goes on when they are back. (Where the order itself stands still: cometbft_faults_test, partition_test.)"""

import random
import time
import unittest

from _cometbft import CometbftNetwork, Load
from _ledger import Ledger
from _network import EXAMPLES, main, wait_for
from _transactions import Key

TIMEOUT_MS = 2_000


class QuorumTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = CometbftNetwork(4)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        app = (EXAMPLES / "kv.yaml").read_text()
        assert "nodes: []" in app
        (cls.net.files / "kv.yaml").write_text(app.replace("nodes: []", "nodes: [beijing, shenzhen]"))
        cls.net.bsn("app", "publish", "kv.yaml")
        key = Key.load(cls.net.home / "keys" / "operator.pem")
        cls.evidence, cls.kv = (Ledger(cls.net, app, key) for app in ("evidence", "kv"))

    def of_kv(self, node):
        connection = self.net.connection(node)
        chains = connection.get("/v1/status").json()["chains"]
        connection.close()
        return next(chain for chain in chains if chain["app"] == "kv")

    def test_one_of_an_apps_two_nodes_is_away(self):
        dice = random.Random(1)
        with Load([self.kv], [0], dice, TIMEOUT_MS) as load, Load([self.evidence], range(3), dice) as others:
            self.net.pause(3)
            self.addCleanup(self.net.resume, 3)
            time.sleep(1)  # what was on its way may still arrive
            since = time.monotonic()
            writer, = load.writers
            said = wait_for("who writes is told why", lambda: [
                text for when, _, text in writer.refusals if when > since and "2 are needed" in text], 40)
            self.assertIn("1 of the app's 2 nodes", said[-1])
            others.goes_on()
            self.assertEqual([moment for moment in writer.successes if moment > since], [])
            self.net.resume(3)
            load.goes_on()
        self.assertLess(others.longest_gap(), 10)
        self.assertEqual(writer.strange, [])
        self.net.wait_until_well()
        others.check()
        everywhere = self.net.chains
        self.addCleanup(setattr, self.net, "chains", everywhere)
        self.net.chains = lambda app: [self.of_kv(node) for node in (0, 3)]
        self.kv.check(load.writers, 0, 3)
        self.kv.receipts_verify(list(writer.acknowledged)[-1:])
        print(f"{load.summary()}; the other app: {others.summary()} ... ", end="")


if __name__ == "__main__":
    main()
