"""What an app's publisher takes away is gone on every node once it has the block that says so, whoever is asked and how.

Each node is a process of its own. Every round takes something away and gives it back; each node is asked without a pause
from the moment at which it shows the height, and must not answer as before even once."""

import json
import threading
import unittest

from _cometbft import CometbftNetwork
from _network import EXAMPLES, main, wait_for
from _published import FABRIC, Client
from _transactions import Channel, Key, submit

ROUNDS = 4


class Revocation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        net = cls.net = CometbftNetwork(3)
        cls.addClassCleanup(net.kill)
        net.up()
        net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        net.bsn("app", "gateway", "kv", "--published", "yes", "--keys", "trust")
        net.bsn("key", "new", "owner")
        net.bsn("--key", "owner", "app", "join", "kv", "--role", "writer")
        net.bsn("app", "approve", "kv", "owner")
        cls.channel = Channel.of(net, "kv")
        cls.key = Key.load(net.home / "keys" / "owner.pem")
        cls.client = Client(net, "owner", "kv", "secp256r1")

    def ask(self, connection, method, target, body=b""):
        headers = self.channel.authorization(self.key, method, target, body)
        return connection.request(method, target, body or None, {**headers, "Content-Type": "application/json"})

    def write(self, connection, number=0):
        argument = json.dumps({"baseKey": f"key {number}", "baseValue": "1"})
        return submit(connection, "kv", self.channel.transaction(self.key, "kv", "set", [argument]), timeout_ms=10_000)

    def height_of(self, connection):
        """Of the permission chain, as the node has it."""
        return connection.get("/v1/apps/system/height").json()["height"]

    def decide(self, *words):
        """The height of the block that says so."""
        return self.net.json("app", *words)["height"]

    def on_each_node(self, height, check):
        """Runs the check on every node at once, each from the moment at which it has the height."""
        failures = []

        def one(node):
            connection = self.net.connection(node)
            try:
                wait_for(f"node {node + 1} has the block", lambda: self.height_of(connection) >= height, pause=0)
                for _ in range(5):
                    check(connection, node)
            except Exception as failure:  # told by the test itself
                failures.append(f"node {node + 1}: {failure}")
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=(node,)) for node in range(self.net.nodes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    # --- what is expected of a node

    def may_all(self, connection, node):
        self.assertEqual(self.ask(connection, "GET", "/v1/apps/kv/height").status, 200)
        self.assertEqual(self.client.ask(FABRIC + "getLedgerInfo", node=node)["header"]["code"], 0)

    def may_nothing(self, connection, node):
        for answer in (self.ask(connection, "GET", "/v1/apps/kv/height"), self.write(connection),
                       self.ask(connection, "POST", "/v1/apps/kv/query", self.query())):
            self.assertEqual((answer.status, answer.code), (403, "forbidden"), answer.body)
        for path in ("/api/app/getAppInfo", FABRIC + "getLedgerInfo"):
            answer = self.client.ask(path, node=node)
            self.assertEqual(answer["header"]["code"], -1)
            self.assertIn("userCode is no member of the app", answer["header"]["msg"])

    def may_read(self, connection, node):
        """As a reader: no role of theirs has `set`."""
        self.assertEqual(self.ask(connection, "GET", "/v1/apps/kv/height").status, 200)
        self.assertIn(self.ask(connection, "POST", "/v1/apps/kv/query", self.query()).status, (200, 422))
        answer = self.write(connection)
        self.assertEqual((answer.status, answer.code), (403, "forbidden"), answer.body)

    @staticmethod
    def query():
        return json.dumps({"contract": "kv", "function": "get", "arguments": ["key"]}).encode()

    # --- rounds

    def test_a_membership(self):
        for _ in range(ROUNDS):
            self.on_each_node(self.decide("remove", "kv", "owner"), self.may_nothing)
            self.net.bsn("app", "invite", "kv", "owner", "--role", "writer")
            self.on_each_node(self.net.json("--key", "owner", "app", "join", "kv", "--role", "writer")["height"], self.may_all)

    def test_a_role(self):
        for number in range(ROUNDS):
            self.on_each_node(self.decide("approve", "kv", "owner", "--role", "reader"), self.may_read)
            self.on_each_node(self.decide("approve", "kv", "owner", "--role", "writer"), self.may_all)
            connection = self.net.connection(number % self.net.nodes)
            wait_for("writes go on", lambda: self.write(connection, number).status == 200)
            connection.close()


if __name__ == "__main__":
    main()
