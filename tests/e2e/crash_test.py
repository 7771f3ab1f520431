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

from _ledger import DONE, REFUSED, UNDECIDED, VALUE, Ledger
from _network import EXAMPLES, Network, binary, main
from _transactions import Key, submit_many

ROUNDS = int(os.environ.get("BSN_CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("BSN_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))


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
