"""Nodes without a CometBFT: they follow the order, verified by the validators' signatures.

Four validators, two followers. The app runs on all six.
"""

import http.client
import random
import signal
import unittest

from _cometbft import CometbftNetwork, Load, send
from _ledger import Ledger
from _network import main, wait_for
from _transactions import Key

VALIDATORS = 4
FOLLOWERS = (4, 5)


class FollowingNetwork(CometbftNetwork):
    options = ("--ordering", "cometbft", "--validators", str(VALIDATORS))

    def order(self, node):
        """What a node says of the order; None if it does not answer."""
        connection = self.connection(node, timeout=5)
        try:
            return connection.get("/v1/status").json()["order"]
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def followed(self, node):
        """The number of the node that a follower follows; None: nobody."""
        names = ["beijing", "shanghai", "guangzhou", "shenzhen"]
        name = (self.order(node) or {}).get("follows")
        return names.index(name) if name else None

    def who_is_followed(self, node):
        wait_for("it follows somebody", lambda: self.followed(node) is not None)
        return self.followed(node)


class Following(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = FollowingNetwork(6)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        cls.ledger = Ledger(cls.net, "evidence", Key.load(cls.net.home / "keys" / "operator.pem"))

    def setUp(self):
        self.dice = random.Random(self._testMethodName)
        self.net.wait_until_well()

    def load(self, *nodes):
        return Load([self.ledger], nodes, self.dice)

    def check(self, load):
        self.net.wait_until_well()
        load.check()
        print(load.summary(), end=" ... ")

    def test_no_cometbft_runs_beside_a_follower(self):
        for node in range(6):
            with self.subTest(node):
                self.assertEqual(self.net.engine_pid(node) is not None, node not in FOLLOWERS)
                self.assertEqual((self.net.node_folder(node) / "cometbft").exists(), node not in FOLLOWERS)
        self.assertEqual(len(self.net.processes()), 1 + 6 + VALIDATORS)

    def test_its_status(self):
        for node in FOLLOWERS:
            wait_for("it is level", lambda: self.net.order(node).get("behind") == 0)
            order = self.net.order(node)
            self.assertEqual((order["validators"], order["is_validator"]), (VALIDATORS, False))
        self.assertNotIn("follows", self.net.order(0))
        self.assertIn("no, follows ", self.net.bsn("status").out)
        connection = self.net.connection(4)
        metrics = connection.get("/metrics").body.decode()
        connection.close()
        self.assertIn("bsn_ordering_follows 1", metrics)
        self.assertIn("bsn_ordering_behind_heights ", metrics)

    def test_writes_through_followers(self):
        with self.load(*FOLLOWERS) as load:
            load.goes_on()
            load.goes_on()
        self.check(load)

    def test_a_follower_is_killed(self):
        with self.load(0, 5) as load:
            for _ in range(2):
                self.net.kill_node(4)
                load.goes_on()
        self.check(load)

    def test_the_validator_that_is_followed_is_killed(self):
        with self.load(*FOLLOWERS) as load:
            self.net.kill_node(self.net.who_is_followed(4))
            load.goes_on()
        self.assertLess(load.longest_gap(), 10)
        self.check(load)

    def test_the_validator_that_is_followed_stands_still(self):
        with self.load(4) as load:
            silent = self.net.who_is_followed(4)
            self.net.pause(silent)
            self.addCleanup(self.net.resume, silent)
            wait_for("it follows another one", lambda: self.net.followed(4) not in (None, silent))
            load.goes_on()
            self.net.resume(silent)
        self.assertLess(load.longest_gap(), 15)
        self.check(load)

    def test_a_follower_that_was_away_catches_up(self):
        pid = wait_for("the follower runs", lambda: self.net.node_pid(4))
        send(signal.SIGSTOP, pid)
        self.addCleanup(send, signal.SIGCONT, pid)
        with self.load(0) as load:
            for _ in range(3):
                load.goes_on()
        send(signal.SIGKILL, pid)
        self.check(load)
        wait_for("it is level", lambda: (self.net.order(4) or {}).get("behind") == 0)

    def test_all_at_once(self):
        with self.load(*FOLLOWERS) as load:
            load.goes_on()
            self.net.kill()
            self.net.up()
            load.goes_on()
        self.check(load)

    def test_no_validators(self):
        """It says that it cannot have anything ordered, and goes on once they are there."""
        self.net.pause(*range(VALIDATORS))
        self.addCleanup(self.net.resume, *range(VALIDATORS))
        wait_for("it says so", lambda: "nothing " in (self.net.health(4) or ""))
        self.net.resume(*range(VALIDATORS))
        self.net.wait_until_well()
        with self.load(4) as load:
            load.goes_on()
        self.check(load)


if __name__ == "__main__":
    main()
