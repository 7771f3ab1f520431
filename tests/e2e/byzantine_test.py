"""One node of four lies: its signatures, votes, batches and proposals are wrong, or its validator is there twice.

The others go on; nothing acknowledged is lost, by the liar's clients neither; honest heads are equal; and the harm is
told where it can be seen. BSN_LIE_SECONDS: how long a lie lasts (6).
"""

import base64
import os
import random
import shutil
import time

from _cometbft import Load
from _faulty import OwnNetworkTest
from _network import binary, main, wait_for

LIE = float(os.environ.get("BSN_LIE_SECONDS", "6"))
SEED = int(os.environ.get("BSN_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))
LIAR, HONEST = 3, (0, 1, 2)


class LyingNode(OwnNetworkTest):
    faulty = (LIAR,)

    def setUp(self):
        self.dice = random.Random(f"{SEED}/{self._testMethodName}")
        self.begin = time.monotonic()
        self.net.wait_until_well()
        self.logs = {node: len(self.net.log_of(node)) for node in range(self.nodes)}

    def said(self, node):
        """What a node has logged in this test."""
        return self.net.log_of(node)[self.logs[node]:]

    def lies(self, *ways):
        return {way: self.net.count(LIAR, way) for way in ways}

    def lie(self, *ways):
        """Under load, also at the liar; then it is honest again, and all must be right."""
        before = self.lies(*ways)
        with Load(self.ledgers, range(4), self.dice) as load:
            self.net.be(LIAR, *ways)
            end = time.monotonic() + LIE
            while time.monotonic() < end:
                load.goes_on(*HONEST)
            lies = {way: count - before[way] for way, count in self.lies(*ways).items()}
            self.assertEqual([self.net.health(node) for node in HONEST], [""] * 3)
            self.net.be(LIAR)
            load.goes_on()
        self.assertTrue((any if len(ways) > 3 else all)(lies.values()), lies)
        self.assertLess(load.longest_gap(*HONEST), 10)
        self.net.wait_until_well()
        load.check()
        for ledger in self.ledgers:
            self.assertEqual([chain.get("alarm") for chain in self.net.chains(ledger.app)], [None] * 4)
        print(f"{sum(lies.values())} lies, {load.summary()}; {time.monotonic() - self.begin:.0f} s ... ", end="")
        return load

    def test_signatures_are_garbage(self):
        self.lie("garbage")
        for what in ("availability vote of node=", "header vote: "):
            self.assertTrue(any(what in self.said(node) for node in HONEST), what)

    def test_it_signs_two_headers_of_a_block(self):
        self.lie("contradicts")
        self.assertTrue(any("signed header" in self.said(node) for node in HONEST))

    def test_it_votes_for_no_header(self):
        self.lie("silent")

    def test_it_says_that_it_holds_batches_and_gives_none(self):
        """Nor has one of the others those of its own clients: who lacks one gets it from the third."""
        self.lie("withholds", "leaves-out")

    def test_it_gives_other_bytes_than_were_asked_for(self):
        self.lie("other-bytes", "leaves-out")

    def test_its_batches_are_not_what_it_says(self):
        """A digest that does not fit, or a transaction that nobody signed: nobody signs that it holds them."""
        load = self.lie("bad-batches")
        refused = self.said(LIAR)
        self.assertIn("refused a batch", refused)
        self.assertIn("batch is not what the offer says", refused)
        self.assertTrue(any(writer.refusals for writer in load.at(LIAR)), "its clients were told a success")

    def test_it_lies_in_every_way(self):
        self.lie("garbage", "contradicts", "withholds", "other-bytes", "bad-batches", "leaves-out")

    def test_its_validator_proposes_what_may_not_be_ordered(self):
        """An envelope whose certificate is forged: the other validators refuse its blocks, and the next one proposes."""

        def propose(load):
            load.goes_on(*HONEST)
            height = int(self.net.rpc(0, "/status")["sync_info"]["latest_block_height"])
            blocks = wait_for("a block with an envelope", lambda: [
                block for block in self.net.ordered_since(height) if block["data"]["txs"]])
            forged = bytearray(base64.b64decode(blocks[0]["data"]["txs"][0]))
            forged[-1] ^= 1  # of the last signature in its certificate
            self.assertNotEqual(self.net.submit_to_order(0, bytes(forged))["code"], 0, "an honest node takes it")
            self.assertEqual(self.net.submit_to_order(LIAR, bytes(forged))["code"], 0)
            for node in HONEST:
                wait_for("its proposal is refused", lambda: "proposal at height" in self.said(node))
            for _ in range(3):
                load.goes_on(*HONEST)

        before = self.net.count(LIAR, "judges-badly")
        with Load(self.ledgers, range(4), self.dice) as load:
            self.net.be(LIAR, "judges-badly")
            propose(load)
            self.assertGreater(self.net.count(LIAR, "judges-badly"), before)
            self.net.be(LIAR)
            self.net.kill_engine(LIAR)  # what it had taken is gone with it
            load.goes_on()
        self.assertLess(load.longest_gap(*HONEST), 10)
        self.net.wait_until_well()
        load.check()
        print(f"{load.summary()}; {time.monotonic() - self.begin:.0f} s ... ", end="")


class Twin(OwnNetworkTest):
    """A copy of a node, with its keys and without its memory, runs beside it: its validator signs two blocks at one
    height, and its peer is there twice."""

    def test_of_a_node(self):
        dice = random.Random(f"{SEED}/twin")
        begin = time.monotonic()
        folder = self.net.twin_of(LIAR)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        height = int(self.net.rpc(0, "/status")["sync_info"]["latest_block_height"])
        with Load(self.ledgers, HONEST, dice) as load:
            self.net.start_in(folder, binary())
            wait_for("the validator is caught at it", lambda: load.goes_on() or self.evidence(height), 90, pause=1)
            for _ in range(5):
                load.goes_on()
            for node in HONEST:
                wait_for("a node says so", lambda: self.double_signers(node) == ["shenzhen"])
                self.assertIn("ALARM: a validator signed two blocks", self.net.log_of(node))
            self.assertIn("two blocks", self.net.error("status")["message"])
            self.assertEqual([self.net.health(node) for node in HONEST], [""] * 3)
            twin = self.net.started[folder]
            self.assertIsNone(twin.poll(), "it has ended")
            twin.kill()
            self.net.ended(twin)
        self.assertLess(load.longest_gap(), 10)
        self.net.wait_until_well()
        load.check()
        print(f"{load.summary()}; {time.monotonic() - begin:.0f} s ... ", end="")

    def double_signers(self, node):
        connection = self.net.connection(node)
        order = connection.get("/v1/status").json()["order"]
        connection.close()
        return [one["node"] for one in order.get("double_signers", [])]

    def evidence(self, height):
        return [one for block in self.net.ordered_since(height) for one in block["evidence"]["evidence"]]


if __name__ == "__main__":
    main()
