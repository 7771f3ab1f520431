"""A network whose order CometBFT makes: it starts, is used, stops and starts again, and says what is wrong.

Its faults: cometbft_faults_test.py.
"""

import random
import signal
import socket
import unittest

from _cometbft import CometbftNetwork, Load, send
from _ledger import Ledger
from _network import main, wait_for
from _transactions import Key


class Use(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = CometbftNetwork()
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()

    def setUp(self):
        self.net.up()

    def deposit(self, name):
        (self.net.files / name).write_text(name)
        self.net.bsn("evidence", "deposit", name)

    def test_a_receipt(self):
        self.deposit("a.txt")
        verified = self.net.bsn("evidence", "verify", "a.txt").out
        self.assertIn("quorum 3 of 4", verified)
        self.assertIn("cometbft ordering", verified)
        self.assertIn("cometbft", self.net.bsn("status").out)
        self.net.heads("evidence")

    def test_up_twice(self):
        before = self.net.processes()
        self.assertEqual(len(before), 1 + 2 * self.net.nodes)
        self.net.up()
        self.assertEqual(self.net.processes(), before)

    def test_down_and_up(self):
        self.deposit("b.txt")
        head = self.net.heads("evidence")
        self.net.down()
        self.assertEqual(self.net.processes(), [])
        self.net.bsn("evidence", "verify", "b.txt")
        self.net.up()
        self.assertEqual(self.net.heads("evidence"), head)
        self.deposit("c.txt")

    def test_nothing_outlives_the_process_that_started_all(self):
        send(signal.SIGKILL, self.net.pid())
        wait_for("all have ended", lambda: not self.net.processes())
        self.net.up()
        self.deposit("d.txt")

    def test_one_restart_after_the_other(self):
        """As for an update: whoever writes through the other nodes does not notice."""
        ledger = Ledger(self.net, "evidence", Key.load(self.net.home / "keys" / "operator.pem"))
        with Load([ledger], range(4), random.Random(1)) as load:
            for node in range(4):
                pid = self.net.node_pid(node)
                send(signal.SIGTERM, pid)
                wait_for("the node has been started again", lambda: self.net.node_pid(node) not in (pid, None))
                self.net.wait_until_well(node)
                load.goes_on()
        self.assertLess(load.longest_gap(), 10)
        load.check()
        print(load.summary(), end=" ... ")


class Trouble(unittest.TestCase):
    """What cannot work is said in one sentence."""

    def setUp(self):
        self.net = CometbftNetwork(1)
        self.addCleanup(self.net.kill)

    def fails(self, *words):
        said = self.net.up(status=1).err
        for word in words:
            self.assertIn(word, said)

    def with_program(self, program):
        self.net.environment["BSN_COMETBFT"] = str(program)

    def test_no_program(self):
        own = self.net.environment["BSN_COMETBFT"]
        self.with_program("/no/such/program")
        self.fails("/no/such/program")
        self.with_program(own)
        self.net.up()

    def test_another_program(self):
        own = self.net.environment["BSN_COMETBFT"]
        self.net.up()
        self.net.down()
        self.with_program("/bin/false")
        self.fails("/bin/false", "0.38")
        self.net.down()
        self.with_program(own)
        self.net.up()
        self.assertEqual(self.net.health(0), "")

    def test_a_port_in_use(self):
        for above in (100, 200, 300):
            with self.subTest(above), socket.socket() as taken:
                taken.bind(("127.0.0.1", self.net.port + above))
                taken.listen()
                said = self.net.bsn("up", "--nodes", 1, "--port", self.net.port, *self.net.options, status=1).err
                self.assertIn(f"{self.net.port + above} is in use", said)
        self.net.up()


if __name__ == "__main__":
    main()
