"""kill -9 at random moments under load: what was acknowledged stays, where it was said to be, and once.

BSN_CRASH_ROUNDS (20) says how often; BSN_CRASH_SEED replays a run, as far as threads can be replayed.
"""

import http.client
import os
import random
import subprocess
import threading
import time
import unittest

from _network import Network, binary, main
from _transactions import Channel, Key, seal_many, submit_many, transaction_id

ROUNDS = int(os.environ.get("BSN_CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("BSN_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))
WRITERS = 4
PREPARED = 6_000  # transactions of a round, more than it can send
APP = "evidence"


class Writer(threading.Thread):
    """Submits its transactions to one node, some at a time, until the node is gone."""

    def __init__(self, connection, transactions, dice):
        super().__init__()
        self.connection, self.transactions, self.dice = connection, transactions, dice
        self.sent, self.acknowledged, self.strange = [], {}, []

    def run(self):
        try:
            while self.transactions:
                size = self.dice.choice((1, 5, 50, 200))
                some, self.transactions = self.transactions[:size], self.transactions[size:]
                self.sent += some
                for code, height, index, identifier, error in submit_many(self.connection, APP, some):
                    if code == 0:
                        self.acknowledged[identifier] = (height, index)
                    elif code not in (116, 117, 118):  # unavailable, overloaded, unknown outcome
                        self.strange.append((code, error))
        except (OSError, http.client.HTTPException):
            pass  # killed


class Crash(unittest.TestCase):
    def setUp(self):
        self.net = Network()
        self.net.up()
        self.key = Key.load(self.net.home / "keys" / "operator.pem")
        self.channel = Channel.of(self.net, APP)
        self.place = {}  # by transaction id: height and index, as read from the blocks
        self.height, self.head = -1, "00" * 32

    def test_crashes(self):
        print(f"\nseed {SEED}, {ROUNDS} rounds")
        for number in range(ROUNDS):
            self.dice = random.Random(f"{SEED}/{number}")
            writers, lived = self.write_until_killed()
            started = self.start_again()
            self.check(writers)
            acknowledged = sum(len(writer.acknowledged) for writer in writers)
            sent = sum(len(writer.sent) for writer in writers)
            print(f"round {number}: killed after {lived:.3f} s, {started}; {sent} sent, {acknowledged} acknowledged, "
                  f"{len(self.place)} on the ledger in {self.height + 1} blocks")
        self.assertGreater(len(self.place), 100 * ROUNDS, "there was real load")
        self.check_everything()

    # --- a round

    def write_until_killed(self):
        payloads = [self.channel.payload(self.key.participant, "evidence", "deposit", [os.urandom(32).hex(), "crash"])
                    for _ in range(PREPARED)]
        transactions = seal_many(self.key, payloads)
        share = PREPARED // WRITERS
        writers = [Writer(self.net.connection(i % 3), transactions[share * i:share * (i + 1)],
                          random.Random(self.dice.random())) for i in range(WRITERS)]
        lived = self.dice.uniform(0.02, 1.2)
        for writer in writers:
            writer.start()
        time.sleep(lived)  # the moment of the kill, not a wait for something
        self.net.kill()
        for writer in writers:
            writer.join()
            self.assertEqual(writer.strange, [])
        return writers, lived

    def start_again(self):
        """Now and then it is killed while it starts, too."""
        if self.dice.random() < 0.3:
            starting = subprocess.Popen([binary(), "up"], env=self.net.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            moment = self.dice.uniform(0.0, 0.5)
            time.sleep(moment)
            self.net.kill()
            starting.wait()
            self.net.kill()
            self.net.up()
            return f"again {moment:.3f} s after the start"
        self.net.up()
        return "started"

    # --- what must hold

    def check(self, writers):
        _, head = self.net.heads(APP)
        self.read_blocks(self.net.connection(self.dice.randrange(3)))
        self.assertEqual(self.head, head)
        for writer in writers:
            for identifier, place in writer.acknowledged.items():
                self.assertEqual(self.place.get(identifier), place, f"{identifier} was acknowledged at {place}")
        self.submit_again([one for writer in writers for one in writer.sent])

    def read_blocks(self, connection):
        """The blocks behind the last one read."""
        height = self.channel.get(connection, self.key, f"/v1/apps/{APP}/height").json()["height"]
        self.assertGreaterEqual(height, self.height, "the ledger lost a block that was read before")
        while self.height < height:
            block = self.channel.get(connection, self.key, f"/v1/apps/{APP}/blocks/{self.height + 1}").json()
            self.assertEqual((block["height"], block["previous"]), (self.height + 1, self.head))
            for index, identifier in enumerate(block["transactions"]):
                before = self.place.setdefault(identifier, (block["height"], index))
                self.assertEqual(before, (block["height"], index), f"{identifier} is on the ledger twice")
            self.height, self.head = block["height"], block["hash"]
        connection.close()

    def submit_again(self, transactions):
        """The same bytes of all that was sent: each is there already, or gets there now."""
        connection = self.net.connection(self.dice.randrange(3))
        for begin in range(0, len(transactions), 500):
            for code, height, index, identifier, error in submit_many(connection, APP, transactions[begin:begin + 500]):
                self.assertEqual(code, 0, error)
                if identifier in self.place:
                    self.assertEqual(self.place[identifier], (height, index), "not the first answer")
                else:
                    self.assertGreater(height, self.height, "a block was there that did not show it")
        connection.close()
        self.net.heads(APP)  # a quorum has answered; the third node may be a moment behind
        self.read_blocks(self.net.connection(self.dice.randrange(3)))
        missing = [one for one in map(transaction_id, transactions) if one not in self.place]
        self.assertEqual(missing, [])

    def check_everything(self):
        """All blocks of all nodes, from the first one."""
        place, height, head = self.place, self.height, self.head
        for connection in self.net.connections():
            self.place, self.height, self.head = {}, -1, "00" * 32
            self.read_blocks(connection)
            self.assertEqual((self.height, self.head), (height, head))
            self.assertEqual(self.place, place)
        for identifier in self.dice.sample(sorted(place), 5):
            self.net.bsn("receipt", "fetch", APP, identifier, "-o", f"{identifier}.json")
            self.net.bsn("receipt", "verify", f"{identifier}.json")
        self.assertTrue(all("alarm" not in chain for chain in self.net.chains(APP)))


if __name__ == "__main__":
    main()
