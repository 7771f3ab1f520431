"""kill -9 at random moments under load: what was acknowledged stays, where it was said to be, and once.

Writers send to two apps through all nodes, while the permission chain is changed: members, roles, new apps. After each
restart the laws below are checked. BSN_CRASH_ROUNDS (20) says how often; BSN_CRASH_SEED replays the schedule of a run,
as far as threads can be replayed. `make crash` does 200 rounds.
"""

import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time
import unittest

from _network import EXAMPLES, Network, binary, main
from _transactions import Channel, Key, seal_many, submit_many, transaction_id

ROUNDS = int(os.environ.get("BSN_CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("BSN_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))
DONE, REFUSED = 0, 1  # on the ledger, as a success or as a refusal of the contract
UNDECIDED = (116, 117, 118)  # unavailable, overloaded, unknown outcome
VALUE = "a value"


class Writer(threading.Thread):
    """Submits its transactions to one node, some at a time, until the node is gone."""

    def __init__(self, connection, ledger, transactions, sizes, dice):
        super().__init__()
        self.connection, self.ledger, self.transactions = connection, ledger, transactions
        self.sizes, self.dice = sizes, dice
        self.sent, self.acknowledged, self.strange = [], {}, []

    def run(self):
        try:
            while self.transactions:
                size = self.dice.choice(self.sizes)
                some, self.transactions = self.transactions[:size], self.transactions[size:]
                self.sent += some
                answers = submit_many(self.connection, self.ledger.app, some)
                if answers is None:
                    continue  # undecided; what was refused for good is refused again, when all is submitted again
                for code, height, index, identifier, error in answers:
                    if code in (DONE, REFUSED):
                        self.acknowledged[identifier] = (height, index)
                    elif code not in UNDECIDED:
                        self.strange.append((code, error))
        except (OSError, http.client.HTTPException):
            pass  # killed
        except Exception as failure:
            self.strange.append(repr(failure))
        finally:
            self.connection.close()


class Ledger(unittest.TestCase):
    """What the test has read of one chain, and the laws for it."""

    def __init__(self, net, app, key):
        super().__init__()
        self.net, self.app, self.key = net, app, key
        self.channel = Channel.of(net, app)
        self.forget()

    def forget(self):
        self.place = {}  # by transaction id: height and index, as read from the blocks
        self.height, self.head = -1, "00" * 32

    def transactions(self, calls):
        contract = {"system": "registry"}.get(self.app, self.app)
        return seal_many(self.key, [self.channel.payload(self.key.participant, contract, function, arguments)
                                    for function, arguments in calls])

    def get(self, connection, target):
        return self.channel.get(connection, self.key, f"/v1/apps/{self.app}/{target}")

    def check(self, writers, node, other):
        """All nodes have the same head; what was acknowledged is there; what was not is there whole, or not at all."""
        _, head = self.net.heads(self.app)
        self.read_blocks(node)
        self.assertEqual(self.head, head)
        for writer in writers:
            for identifier, place in writer.acknowledged.items():
                self.assertEqual(self.place.get(identifier), place, f"{identifier} was acknowledged at {place}")
        sent = [one for writer in writers for one in writer.sent]
        self.nothing_half_there(sent, other)
        self.submit_again(sent, other)

    def read_blocks(self, node):
        """The blocks behind the last one read."""
        connection = self.net.connection(node)
        height = self.get(connection, "height").json()["height"]
        self.assertGreaterEqual(height, self.height, "the ledger lost a block that was read before")
        while self.height < height:
            block = self.get(connection, f"blocks/{self.height + 1}").json()
            self.assertEqual((block["height"], block["previous"]), (self.height + 1, self.head))
            for index, identifier in enumerate(block["transactions"]):
                before = self.place.setdefault(identifier, (block["height"], index))
                self.assertEqual(before, (block["height"], index), f"{identifier} is on the ledger twice")
            self.height, self.head = block["height"], block["hash"]
        connection.close()

    def nothing_half_there(self, sent, node):
        """A transaction that no block shows is neither in the index nor in the state."""
        connection = self.net.connection(node)
        for transaction in sent[-3:]:
            identifier = transaction_id(transaction)
            there = identifier in self.place
            self.assertEqual(self.get(connection, f"transactions/{identifier}").status, 200 if there else 404)
            self.assertEqual(self.get(connection, f"transactions/{identifier}/receipt").status, 200 if there else 404)
            if self.app == "kv":
                self.assertEqual(self.value(connection, transaction), VALUE if there else None)
        connection.close()

    def value(self, connection, transaction):
        """What the state holds under the key that a transaction sets."""
        begin = transaction.index(b'{"baseKey"')
        key = json.loads(transaction[begin:transaction.index(b"}", begin) + 1])["baseKey"]
        body = json.dumps({"contract": "kv", "function": "get", "arguments": [key]}).encode()
        signed = self.channel.authorization(self.key, "POST", "/v1/apps/kv/query", body)
        answer = connection.post("/v1/apps/kv/query", body, headers=signed, Content_Type="application/json").json()
        if "error" in answer:
            self.assertIn(answer["error"]["code"], ("contract_failed", "not_found"), answer)
            return None
        return VALUE if VALUE in answer["result_text"] else answer["result_text"] or None

    def submit_again(self, transactions, node):
        """The same bytes of all that was sent: each is there already, or gets there now."""
        connection = self.net.connection(node)
        for begin in range(0, len(transactions), 500):
            answers = submit_many(connection, self.app, transactions[begin:begin + 500])
            self.assertIsNotNone(answers, "refused as a whole")
            for code, height, index, identifier, error in answers:
                self.assertIn(code, (DONE, REFUSED), error)
                if identifier in self.place:
                    self.assertEqual(self.place[identifier], (height, index), "not the first answer")
                else:
                    self.assertGreater(height, self.height, "a block was there that did not show it")
        connection.close()
        self.net.heads(self.app)  # a quorum has answered; the third node may be a moment behind
        self.read_blocks(node)
        missing = [one for one in map(transaction_id, transactions) if one not in self.place]
        self.assertEqual(missing, [])

    def receipts_verify(self, identifiers):
        for identifier in identifiers:
            file = self.net.files / "receipt.json"
            file.unlink(missing_ok=True)
            self.net.bsn("receipt", "fetch", self.app, identifier, "-o", file.name)
            ended = self.net.bsn("--json", "receipt", "verify", file.name, status=None)
            if ended.status != 0:  # refused by the contract: on the ledger, without effect
                self.assertIn("the receipt is authentic", ended.error()["message"])
            self.assertIn(identifier, ended.out)

    def check_everything(self):
        """All blocks of all nodes, from the first one."""
        self.net.heads(self.app)
        self.read_blocks(0)  # with the records of changes that were submitted again after the last check of this chain
        known = (self.height, self.head, self.place)
        for node in range(self.net.nodes):
            self.forget()
            self.read_blocks(node)
            self.assertEqual((self.height, self.head, self.place), known)
        self.assertTrue(all("alarm" not in chain for chain in self.net.chains(self.app)))


class Crash(unittest.TestCase):
    def setUp(self):
        self.net = Network()
        self.net.up()
        self.net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        self.key = Key.load(self.net.home / "keys" / "operator.pem")
        self.ledgers = {app: Ledger(self.net, app, self.key) for app in ("evidence", "kv", "system")}
        self.apps = 0

    def test_crashes(self):
        replay = f"make crash SEED={SEED} ROUNDS={ROUNDS}"
        print(f"\n{replay}")
        begin = time.monotonic()
        try:
            for number in range(ROUNDS):
                self.dice = random.Random(f"{SEED}/{number}")
                self.round(number)
            self.check_everything()
        except BaseException:
            print(f"failed; the same schedule again: {replay}")
            raise
        total = sum(len(ledger.place) for ledger in self.ledgers.values())
        print(f"{ROUNDS} rounds in {time.monotonic() - begin:.0f} s, {total} transactions")
        self.assertGreater(total, 100 * ROUNDS, "there was real load")

    def round(self, number):
        writers, killed = self.write_until_killed()
        started = self.start_again()
        for app, ledger in self.ledgers.items():
            ledger.check([one for one in writers if one.ledger is ledger], self.dice.randrange(3), self.dice.randrange(3))
        acknowledged = {app: [identifier for writer in writers if writer.ledger is ledger
                              for identifier in writer.acknowledged] for app, ledger in self.ledgers.items()}
        for app, identifiers in acknowledged.items():
            self.ledgers[app].receipts_verify(self.dice.sample(identifiers, min(1, len(identifiers))))
        sent = sum(len(writer.sent) for writer in writers)
        done = ", ".join(f"{len(identifiers)} {app}" for app, identifiers in acknowledged.items())
        print(f"round {number + 1} of {ROUNDS}: {killed}, {started}; {sent} sent, acknowledged {done}")

    # --- load

    def write_until_killed(self):
        plans = [("evidence", self.deposits(1500), (1, 5, 50, 200)), ("evidence", self.deposits(1500), (1, 5, 50, 200)),
                 ("kv", self.values(600), (1, 5, 50)), ("kv", self.values(600), (1, 20)),
                 ("system", self.changes(40), (1, 2))]
        nodes = [self.dice.randrange(3) for _ in plans]
        writers = [Writer(self.net.connection(node), self.ledgers[app], self.ledgers[app].transactions(calls), sizes,
                          random.Random(self.dice.random())) for node, (app, calls, sizes) in zip(nodes, plans)]
        lived = self.dice.uniform(0.02, 1.2)
        gently = self.dice.random() < 0.15
        moment = self.dice.uniform(0, 0.1)
        for writer in writers:
            writer.start()
        time.sleep(lived)  # the moment of the kill, not a wait for something
        if gently:
            os.kill(self.net.pid(), signal.SIGTERM)
            time.sleep(moment)
        self.net.kill()
        for writer in writers:
            writer.join()
            self.assertEqual(writer.strange, [])
        return writers, f"killed after {lived:.3f} s" + (f" and {moment:.3f} s of stopping" if gently else "")

    @staticmethod
    def deposits(count):
        return [("deposit", [os.urandom(32).hex(), "crash"]) for _ in range(count)]

    @staticmethod
    def values(count):
        return [("set", [json.dumps({"baseKey": os.urandom(8).hex(), "baseValue": VALUE})]) for _ in range(count)]

    def changes(self, count):
        """Of the permission chain: each concerns an app, so that its chain gets control records."""
        calls = []
        for _ in range(count):
            kind = self.dice.choice(("register", "invite", "invite", "set_role", "publish"))
            if kind == "register":
                calls.append(("register", [f"operator {self.dice.randrange(1000)}"]))
            elif kind == "invite":
                calls.append(("invite", [self.dice.choice(("evidence", "kv")), os.urandom(32).hex(), "guest"]))
            elif kind == "set_role" or self.apps >= 3 * ROUNDS / 10 + 3:
                role = {"name": "guest", "functions": [f"{self.dice.choice(('evidence', 'kv'))}.*"]}
                calls.append(("set_role", [self.dice.choice(("evidence", "kv")), json.dumps(role)]))
            else:
                self.apps += 1
                calls.append(("publish_app", [json.dumps({
                    "name": f"crash-{SEED}-{self.apps}", "contracts": [{"name": "kv", "type": "kv"}],
                    "roles": [{"name": "writer", "functions": ["kv.*"]}]})]))
        return calls

    # --- restarts

    def start_again(self):
        """Now and then it is killed while it starts, too."""
        if self.dice.random() < 0.3:
            moment = self.dice.uniform(0.0, 0.5)
            starting = subprocess.Popen([binary(), "up"], env=self.net.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(moment)
            self.net.kill()
            starting.wait()
            self.net.kill()
            self.net.up()
            return f"again {moment:.3f} s after the start"
        self.net.up()
        return "started"

    def check_everything(self):
        for ledger in self.ledgers.values():
            ledger.check_everything()
            ledger.receipts_verify(self.dice.sample(sorted(ledger.place), 5))
        for connection in self.net.connections():
            chains = connection.get("/v1/status").json()["chains"]
            self.assertEqual([chain["app"] for chain in chains if "alarm" in chain or chain["state"] == "stopped"], [])
            connection.close()


if __name__ == "__main__":
    main()
