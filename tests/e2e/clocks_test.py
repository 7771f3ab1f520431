"""One node's clock is an hour wrong: ahead, behind, while it runs and when it starts.

Block times stay right, since they come from the validators together; nothing acknowledged is lost; the node goes on
taking transactions; and `bsn status` shows whose clock it is. Our clock interface is skewed (tests/faulty): what its
CometBFT says of the time stays right.
"""

import random
import time

from _cometbft import Load
from _faulty import OwnNetworkTest
from _network import main
from _transactions import now_ms

SKEWED = 3
HOUR = 3600
SECONDS = 5  # of load under each skew


class Clocks(OwnNetworkTest):
    faulty = (SKEWED,)

    def setUp(self):
        self.dice = random.Random(self._testMethodName)
        self.net.wait_until_well()

    def block_times(self, ledger, since):
        """Of the blocks behind a height."""
        connection = self.net.connection(0)
        height = ledger.get(connection, "height").json()["height"]
        times = [ledger.get(connection, f"blocks/{at}").json()["time"] for at in range(since + 1, height + 1)]
        connection.close()
        return times

    def height(self, ledger):
        connection = self.net.connection(0)
        height = ledger.get(connection, "height").json()["height"]
        connection.close()
        return height

    def wrong_by(self, seconds):
        """The clock jumps under load, and back."""
        begin = time.monotonic()
        with Load(self.ledgers, range(4), self.dice) as load:
            heights = [self.height(ledger) for ledger in self.ledgers]
            jumped = now_ms()
            self.net.skew(SKEWED, seconds)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                load.goes_on()  # also at the node with the wrong clock
            self.status_shows(seconds)
            for ledger, before in zip(self.ledgers, heights):
                times = self.block_times(ledger, before)
                self.assertGreater(len(times), 5)
                self.assertEqual(times, sorted(times))
                self.assertGreater(times[0], jumped - 3_000)
                self.assertLess(times[-1], now_ms() + 1_000)
            self.net.skew(SKEWED, 0)
            load.goes_on()
        self.assertEqual([text for writer in load.writers for _, _, text in writer.refusals], [])
        self.assertLess(load.longest_gap(), 10)
        self.net.wait_until_well()
        load.check()
        print(f"{load.summary()}; {time.monotonic() - begin:.0f} s ... ", end="")

    def status_shows(self, seconds):
        status = self.net.json("status")
        self.assertAlmostEqual(status["clock_skew_ms"], abs(seconds) * 1000, delta=2_000)
        self.assertAlmostEqual(status["nodes"][SKEWED]["clock_offset_ms"], seconds * 1000, delta=2_000)
        self.assertIn("ms apart", [finding["what"] for finding in status["findings"]][-1])
        said = self.net.bsn("status").out
        self.assertIn("NTP", said)

    def refuses_to_read(self, what):
        """A signed request says until when it is good: only a clock can tell."""
        connection = self.net.connection(SKEWED)
        answer = self.ledgers[0].get(connection, "height")
        connection.close()
        self.assertEqual(answer.status, 401, answer.body)
        self.assertIn(what, answer.message)

    def test_ahead(self):
        self.wrong_by(HOUR)

    def test_behind(self):
        self.wrong_by(-HOUR)

    def test_reads_that_are_signed_are_refused_with_the_reason(self):
        for wrong in (HOUR, -HOUR):
            self.net.skew(SKEWED, wrong)
            self.refuses_to_read("set the clock that is wrong")
        self.net.skew(SKEWED, 0)

    def test_started_ahead(self):
        begin = time.monotonic()
        with Load(self.ledgers, range(3), self.dice) as load:
            self.net.stop(SKEWED)
            self.net.start_with(SKEWED, f"skew {HOUR * 1000}")
            self.net.wait_until_well()
            with Load(self.ledgers, [SKEWED], self.dice) as there:
                for _ in range(3):
                    load.goes_on()
                    there.goes_on()
                self.status_shows(HOUR)
        self.net.skew(SKEWED, 0)
        self.assertLess(load.longest_gap(), 10)
        load.check()
        there.check()
        print(f"{load.summary()}; {time.monotonic() - begin:.0f} s ... ", end="")

    def test_started_behind(self):
        """Before its certificate is good: it says so, and does not start; the others go on."""
        with Load(self.ledgers, range(3), self.dice) as load:
            self.net.stop(SKEWED)
            self.net.start_with(SKEWED, f"skew {-HOUR * 1000}")
            process = self.net.started[self.net.node_folder(SKEWED)]
            self.assertEqual(self.net.ended(process), 1)
            said = self.net.log_of(SKEWED).splitlines()[-1]
            self.assertIn("node.crt", said)
            self.assertIn("check the clock", said)
            self.net.start_with(SKEWED)
            self.net.wait_until_well()
            load.goes_on()
        self.assertLess(load.longest_gap(), 10)
        load.check()


if __name__ == "__main__":
    main()
