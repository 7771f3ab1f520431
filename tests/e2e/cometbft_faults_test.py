"""Faults of a network whose order CometBFT makes, under load: processes that are killed or stand still, lost data, full
disks.

What must hold each time: nothing acknowledged is lost, nothing is on a ledger twice, all nodes have the same head in the
end, what was answered without success is submitted again and gets there, and receipts verify. BSN_CRASH_SEED chooses who
is hit when.
"""

import os
import random
import shutil
import subprocess
import time
import unittest

from _cometbft import CometbftNetwork, Load
from _ledger import Ledger
from _network import EXAMPLES, main, wait_for
from _transactions import Key
from disk_test import MEBIBYTE, Disk, in_own_mounts

SEED = int(os.environ.get("BSN_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))


class FaultsTest(unittest.TestCase):
    """One network for all tests of the class."""

    nodes = 4

    @classmethod
    def setUpClass(cls):
        cls.net = CometbftNetwork(cls.nodes)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        cls.net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        key = Key.load(cls.net.home / "keys" / "operator.pem")
        cls.ledgers = [Ledger(cls.net, app, key) for app in ("evidence", "kv")]

    def setUp(self):
        self.dice = random.Random(f"{SEED}/{self._testMethodName}")
        self.begin = time.monotonic()
        self.net.wait_until_well()

    def load(self, *nodes, **how):
        return Load(self.ledgers, nodes or range(self.nodes), self.dice, **how)

    def check(self, load):
        self.net.wait_until_well()
        load.check()
        print(f"{load.summary()}; {time.monotonic() - self.begin:.0f} s with BSN_CRASH_SEED={SEED} ... ", end="")

    def pause(self, *nodes):
        self.net.pause(*nodes)
        self.addCleanup(self.net.resume, *nodes)

    def some_time(self, most=0.5):
        """The moment of a fault, not a wait for something."""
        time.sleep(self.dice.uniform(0, most))


class FourNodes(FaultsTest):
    def test_nodes_are_killed(self):
        with self.load() as load:
            for _ in range(6):
                node = self.dice.randrange(self.nodes)
                self.some_time()
                self.net.kill_node(node)
                load.goes_on()
        self.assertLess(load.longest_gap(), 10)
        self.check(load)

    def test_one_node_is_killed_again_and_again(self):
        """Also while it starts."""
        with self.load(0, 1, 2) as load:
            for _ in range(6):
                self.some_time(1)
                self.net.kill_node(3)
            load.goes_on()
        self.assertLess(load.longest_gap(), 10)
        self.check(load)

    def test_engines_are_killed(self):
        with self.load() as load:
            for _ in range(6):
                node = self.dice.randrange(self.nodes)
                self.some_time()
                self.net.kill_engine(node)
                load.goes_on()
        self.assertLess(load.longest_gap(), 10)
        self.check(load)

    def test_all_engines_are_killed_at_once(self):
        """What they had taken and not ordered is lost with them: the nodes hand it over again."""
        with self.load() as load:
            for _ in range(2):
                self.some_time()
                for node in range(self.nodes):
                    self.net.kill_engine(node)
                load.goes_on()
        self.check(load)

    def test_a_node_stands_still(self):
        """It keeps its connections, and answers nothing; the others do not wait for it."""
        with self.load() as load:
            self.pause(1)
            load.goes_on(0, 2, 3)
            time.sleep(15)  # longer than any connection's patience
            load.goes_on(0, 2, 3)
            self.net.resume(1)
            load.goes_on()
        self.assertLess(load.longest_gap(0, 2, 3), 10)
        self.check(load)

    def test_one_node_is_away(self):
        """Nobody starts it again: it is stopped, and so is its engine."""
        with self.load(0, 1, 2) as load:
            self.pause(3)
            load.goes_on()
            self.net.resume(3)
        gap = load.longest_gap()
        self.assertLess(gap, 10)
        self.check(load)

    def test_two_nodes_are_away(self):
        """Nothing can be ordered, and nobody is told that it was; all goes on when one is back."""
        with self.load(0, 1) as load:
            self.pause(2, 3)
            time.sleep(1)  # what was on its way may still arrive
            since = time.monotonic()
            for writer in load.writers:
                said = wait_for("who writes is told why", lambda: [
                    text for _, _, text in writer.refusals if "nothing has been ordered" in text], 30)
                self.assertIn("two thirds", said[-1])
            self.assertIn("two thirds", self.net.health(0))
            self.assertEqual([moment for writer in load.writers for moment in writer.successes if moment > since], [])
            self.net.resume(2)
            load.goes_on(seconds=30)
            self.net.resume(3)
        self.check(load)

    def test_a_node_loses_its_data(self):
        """It fetches all from the others. What its engine signed last it must keep: else it could sign twice."""
        with self.load() as load:
            self.net.kill_node(1)
            self.lose_data(1)  # before it is there again, or right after: then it loses what it has open
            self.net.kill_node(1)
            load.goes_on()
        self.check(load)

    def lose_data(self, node):
        folder = self.net.node_folder(node)
        engine = folder / "cometbft" / "data"
        shutil.rmtree(folder / "data", ignore_errors=True)
        for entry in engine.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)

    def test_everything_is_killed(self):
        for _ in range(3):
            with self.load() as load:
                self.some_time(1)
                self.net.kill()
            self.net.up()
            self.check(load)


class FullDisk(FaultsTest):
    def test_of_one_node(self):
        """The others go on without it, and it goes on by itself once there is space."""
        if os.environ.get("BSN_OWN_MOUNTS") != "yes":
            self.skipTest("file systems cannot be mounted here: this takes root, or namespaces for users")
        disk = self.small_disk(1)
        with self.load() as load:
            disk.fill()
            load.goes_on(0, 2, 3)
            wait_for("node 2 says what is wrong", lambda: "space" in (self.net.health(1) or ""))
            load.goes_on(0, 2, 3)
            self.assertEqual([self.net.health(node) for node in (0, 2, 3)], ["", "", ""])
            disk.free()
            load.goes_on()
        self.assertLess(load.longest_gap(0, 2, 3), 10)
        self.check(load)

    def small_disk(self, node):
        """A node's data, on a disk of its own."""
        self.net.down()
        data = self.net.node_folder(node) / "data"
        data.rename(data.with_name("before"))
        disk = Disk(data, 200 * MEBIBYTE)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(data)], capture_output=True)
        self.addCleanup(self.net.kill)
        shutil.copytree(data.with_name("before"), data, dirs_exist_ok=True)
        self.net.up()
        return disk


class ThreeNodes(FaultsTest):
    """One of three may crash; there are too few for a liar."""

    nodes = 3

    def test_one_node_is_killed(self):
        with self.load() as load:
            for node in range(3):
                self.some_time()
                self.net.kill_node(node)
                load.goes_on()
        self.check(load)


if __name__ == "__main__":
    in_own_mounts()
    main()
