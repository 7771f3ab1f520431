"""Cuts between the hosts of a network, and a load that goes on: four city nodes, of which three must agree.

Nobody is told of a cut: packets no longer arrive. What then has to hold: the side with a quorum goes on, the other
acknowledges nothing, and once all is mended every node has the same chain, with all that was acknowledged, once.

Needs root; skipped with a reason where network namespaces cannot be made. BSN_CUT_SECONDS: how long a cut lasts (20);
BSN_DELAY_MS: the delay between nodes, one way (5).
"""

import os
import random
import time
import unittest

from _cometbft import Load
from _hosts import HostNetwork, Hosts, why_not
from _ledger import Ledger
from _network import main, wait_for
from _transactions import Key

CUT = float(os.environ.get("BSN_CUT_SECONDS", "20"))
DELAY = float(os.environ.get("BSN_DELAY_MS", "5"))
SETTLED = 2  # seconds after a cut in which what was nearly done may still be acknowledged
MENDED = 90  # seconds after a cut in which all must go on: connections are made again with growing pauses
WRITE_TIMEOUT = 4_000  # ms that a node waits for the outcome of a write

REASON = why_not()


@unittest.skipIf(REASON, REASON)
class PartitionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = Hosts(4)
        cls.hosts.__enter__()
        cls.addClassCleanup(cls.hosts.__exit__)
        cls.net = HostNetwork(cls.hosts)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        cls.hosts.delay(DELAY)
        cls.ledger = Ledger(cls.net, "evidence", Key.load(cls.net.home / "keys" / "operator.pem"))
        cls.dice = random.Random(int(os.environ.get("BSN_SEED", "1")))

    def setUp(self):
        self.addCleanup(self.hosts.heal)

    def load(self):
        return Load([self.ledger], range(self.net.nodes), self.dice, WRITE_TIMEOUT)

    def cut(self, some, others):
        """The moment from which on nobody can have heard of the other side."""
        self.hosts.cut(some, others)
        time.sleep(SETTLED)
        return time.monotonic()

    def heal(self, load, what):
        self.hosts.heal()
        healed = time.monotonic()
        load.goes_on(seconds=MENDED)
        self.net.wait_until_well()
        print(f"{what}: all went on {time.monotonic() - healed:.1f} s after it was mended; {load.summary()}")

    def assert_nothing_acknowledged(self, load, nodes, since):
        now = time.monotonic()
        for writer in load.at(*nodes):
            false = [time for time in writer.successes if since < time < now]
            self.assertEqual(false, [], f"node {writer.node + 1} acknowledged what no quorum can have seen")

    def test_one_node_is_cut_off(self):
        with self.load() as load:
            since = self.cut([3], [0, 1, 2])
            while time.monotonic() < since + CUT:
                load.goes_on(0, 1, 2)
            self.assert_nothing_acknowledged(load, [3], since)
            self.assertTrue(any(when > since for when, _, _ in load.at(3)[0].refusals), "nobody was told")
            self.heal(load, "one of four cut off")
        load.check()

    def test_no_side_has_a_quorum(self):
        with self.load() as load:
            since = self.cut([0, 1], [2, 3])
            wait_for("a node says that nothing is ordered", lambda: "ordered" in (self.net.health(0) or ""))
            time.sleep(max(0, since + CUT - time.monotonic()))
            self.assert_nothing_acknowledged(load, range(4), since)
            self.heal(load, "two against two")
        load.check()

    def test_one_direction_between_two_nodes_is_lost(self):
        with self.load() as load:
            self.hosts.lose(0, 1)
            begin = time.monotonic()
            while time.monotonic() < begin + CUT:
                load.goes_on()
            gap = load.longest_gap()
            self.heal(load, f"one way lost (longest gap meanwhile {gap:.1f} s)")
        load.check()

    def test_a_node_that_hears_all_and_is_heard_by_nobody(self):
        with self.load() as load:
            for other in (1, 2, 3):
                self.hosts.lose(0, other)
            time.sleep(SETTLED)
            since = time.monotonic()
            while time.monotonic() < since + CUT:
                load.goes_on(1, 2, 3)
            self.assert_nothing_acknowledged(load, [0], since)
            self.heal(load, "one of four not heard")
        load.check()

    def test_one_node_after_the_other_is_cut_off_for_a_moment(self):
        with self.load() as load:
            for node in range(4):
                others = [other for other in range(4) if other != node]
                self.cut([node], others)
                self.hosts.heal()
                load.goes_on(*others)
            self.heal(load, "one after the other")
        load.check()

    def test_a_tenth_of_all_packets_is_lost(self):
        self.hosts.lose_everywhere(10)
        with self.load() as load:
            begin = time.monotonic()
            while time.monotonic() < begin + CUT:
                load.goes_on()
            self.heal(load, "a tenth lost")
        load.check()


if __name__ == "__main__":
    main()
