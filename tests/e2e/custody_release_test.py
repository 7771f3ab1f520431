"""Users go from a city node's custody to keys of their own while the app runs: under load, across kills, in each suite,
and when the app itself goes from key trust to key upload mode."""

import json
import random
import threading
import time
import unittest

from _fisco import Account
from _network import EXAMPLES, Network, main, wait_for
from _published import FABRIC, Client
from _transactions import Channel, Key

SUITES = ("secp256r1", "secp256k1", "sm2")
CUSTODIAN = 1
# What a node says that no longer has the key, or signed with it a moment too late: nothing was written, and the client
# signs for itself from now on.
NOT_HERE = "is not in the custody of this city node"
TOO_LATE = "the signing key is not the current key of participant"


class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        net = cls.net = Network()
        cls.addClassCleanup(net.kill)
        net.up()
        connection = net.connection(CUSTODIAN)
        cls.node = connection.get("/v1/status").json()["name"]
        connection.close()
        cls.channels, cls.keys = {}, {}
        for suite in SUITES:
            cls.prepare(suite)

    @classmethod
    def prepare(cls, suite):
        """An app of this suite, with a member whose custodian keeps users' keys."""
        net, app = cls.net, f"kv-{suite}"
        text = (EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", f"name: {app}\ndesc")
        (net.files / f"{app}.yaml").write_text(text.replace("suite: secp256r1", f"suite: {suite}"))
        net.bsn("app", "publish", net.files / f"{app}.yaml")
        cls.channels[suite] = Channel.of(net, app)
        net.bsn("key", "new", app, "--suite", suite)
        file = net.home / "keys" / f"{app}.pem"
        cls.keys[suite] = Key.load(file) if suite == "secp256r1" else Account.load(file, suite)
        net.bsn("--key", app, "app", "join", app, "--role", "writer")
        net.bsn("app", "approve", app, app)
        net.bsn("--key", app, "custody", "grant", app, "--city-node", cls.node)

    def setUp(self):
        self.connection = self.net.connection(CUSTODIAN)
        self.addCleanup(self.connection.close)

    def add(self, suite, user):
        app = f"kv-{suite}"
        wait_for(f"{user} is made", lambda: self.net.bsn(
            "--key", app, "custody", "add", app, user, status=None).status == 0)
        wait_for(f"{user} writes", lambda: self.by_custody(suite, user, f"first of {user}").status == 200)

    def by_custody(self, suite, user, key, connection=None, value="1"):
        """Writes with the user's key in custody, as its owner asks."""
        target = f"/v1/apps/kv-{suite}/invocations"
        argument = json.dumps({"baseKey": key, "baseValue": value})
        body = json.dumps({"user": user, "contract": "kv", "function": "set", "arguments": [argument],
                           "idempotency_key": key}).encode()
        headers = self.channels[suite].authorization(self.keys[suite], "POST", target, body)
        return (connection or self.connection).post(target, body, headers={**headers, "Content-Type": "application/json"})

    def by_oneself(self, suite, user, key, status=0):
        return self.net.bsn("--json", "--key", f"own-{user}", "call", f"kv-{suite}", "kv", "set",
                            json.dumps({"baseKey": key, "baseValue": "1"}), status=status)

    def release(self, suite, user, status=0):
        app = f"kv-{suite}"
        return self.net.bsn("--json", "--key", app, "custody", "release", app, user, "--to", f"own-{user}", status=status)

    def value(self, suite, key):
        app = f"kv-{suite}"
        return self.net.json("--key", app, "query", app, "kv", "get", key)["result"]

    def is_out(self, suite, user):
        """The user signs for themselves, and the node has nothing of theirs."""
        wait_for(f"{user} signs", lambda: self.by_oneself(suite, user, f"last of {user}", status=None).status == 0)
        users = self.net.json("--key", f"kv-{suite}", "custody", "users", f"kv-{suite}")["users"]
        self.assertEqual([one["held_here"] for one in users if one["name"] == user], [False])
        refused = self.by_custody(suite, user, f"none of {user}")
        self.assertEqual((refused.status, refused.code), (503, "unavailable"), refused.body)
        self.assertIn(NOT_HERE, refused.message)

    # --- under load

    def test_1_under_load(self):
        for suite in SUITES:
            with self.subTest(suite):
                self.under_load(suite)

    def under_load(self, suite):
        user = f"busy-{suite}"
        self.add(suite, user)
        over, taken, told, own, strange = threading.Event(), [], [], [], []

        def write(number):
            connection, count = self.net.connection(CUSTODIAN), 0
            try:
                while not over.is_set():
                    key = f"{user} {number} {count}"
                    count += 1
                    answer = self.by_custody(suite, user, key, connection)
                    if answer.status == 200 and answer.json()["status"] == "success":
                        taken.append((time.monotonic(), key))
                        continue
                    told.append((answer.status, answer.body.decode()[:300]))
                    # Nothing has happened under this key: the same call, signed by the user.
                    self.by_oneself(suite, user, key)
                    own.append(key)
            except Exception as failure:  # told by the test itself
                strange.append(repr(failure))
            finally:
                connection.close()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        wait_for("custody is busy", lambda: len(taken) > 20 or strange)
        begin = time.monotonic()
        self.release(suite, user)
        wait_for("all sign for themselves", lambda: len(own) > 5 or strange)
        over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(strange, [])
        print(f"{suite}: {len(taken)} by custody, {sum(when > begin for when, _ in taken)} of them while it was released, "
              f"{len(own)} by the user, of which {sum(TOO_LATE in text for _, text in told)} were on their way ... ", end="")
        for status, text in told:
            self.assertTrue(NOT_HERE in text or TOO_LATE in text, f"what was on its way was neither done nor told why: {text}")
        # Each call happened once: `set` of a key that is there would have been refused.
        for key in [key for _, key in taken[-20:]] + own:
            self.assertEqual(self.value(suite, key), "1")
        self.is_out(suite, user)

    # --- across kills

    def test_2_killed_between_its_steps(self):
        dice, cut = random.Random(2), 0
        for round_number in range(6):
            suite = SUITES[round_number % len(SUITES)]
            user = f"killed-{round_number}"
            self.add(suite, user)
            ends = []
            thread = threading.Thread(target=lambda: ends.append(self.release(suite, user, status=None).status))
            thread.start()
            time.sleep(dice.uniform(0.02, 0.4))
            self.net.kill()
            thread.join()
            cut += ends != [0]
            self.net.up()
            self.connection.close()
            wait_for("it is released", lambda: self.release(suite, user, status=None).status == 0)
            self.is_out(suite, user)
        print(f"{cut} of 6 releases were cut off ... ", end="")
        self.net.down()
        lines = self.net.bsn("node", "custody", "audit", "--config",
                             self.net.folder / f"node{CUSTODIAN + 1}" / "node.yaml").out.splitlines()
        for round_number in range(6):
            actions = [line.split(" ")[2] for line in lines if f"'killed-{round_number}'" in line]
            self.assertEqual((actions.count("destroyed"), actions[-1]), (1, "destroyed"), actions)
        self.net.up()

    # --- an app that changes its mode

    def test_3_an_app_that_goes_from_trust_to_upload(self):
        suite, app, user = "secp256r1", "kv-secp256r1", "mover"
        self.net.bsn("app", "gateway", app, "--published", "yes", "--keys", "trust")
        client = Client(self.net, app, app, suite)
        self.add(suite, user)

        def published(key):
            return client.ask_whole(FABRIC + "reqChainCode", {
                "userName": user, "nonce": "bm9uY2U=", "chainCode": "kv", "funcName": "set", "transientData": {},
                "args": [json.dumps({"baseKey": key, "baseValue": "1"})]})

        wait_for("the app is open", lambda: published("p1")["header"]["code"] == 0)
        self.net.bsn("app", "gateway", app, "--keys", "upload")
        told = wait_for("the mode is known", lambda: (
            lambda answer: answer if answer["header"]["code"] != 0 else None)(published("p2")))
        self.assertIn("this call is for apps in key trust mode", told["header"]["msg"])
        # By the strict API custody goes on until the user is released, and then the user does.
        self.assertEqual(self.by_custody(suite, user, "p3").status, 200)
        self.release(suite, user)
        self.is_out(suite, user)
        # The member reads by the published protocol as before; new users enrol with keys of their own.
        self.assertEqual(client.ask(FABRIC + "getLedgerInfo")["header"]["code"], 0)
        registered = client.ask_whole("/api/fabric/v1/user/register", {"name": "new", "secret": "pw", "extendProperties": ""})
        self.assertEqual(registered["body"], {"name": "new", "secret": "pw"})
        again = client.ask_whole("/api/fabric/v1/user/register", {"name": user, "secret": "pw", "extendProperties": ""})
        self.assertIn("is enrolled", again["header"]["msg"])


if __name__ == "__main__":
    main()
