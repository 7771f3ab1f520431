"""A city node that an app does not run on answers for it all the same: it hands requests on to those that it does run
on, in one process and between processes; whoever of them is lost, another one answers, until none is left."""

import base64
import json
import os
import re
import tempfile
import time
import unittest
from pathlib import Path

from _cometbft import CometbftNetwork
from _ledger import Ledger
from _network import EXAMPLES, Network, main, wait_for
from _published import FABRIC, SUCCESS, Client, openssl
from _transactions import Key, submit, submit_many, transaction_id

NAMES = ("beijing", "shanghai", "guangzhou", "shenzhen")
THIRD = 0  # the node that the app does not run on
JSON = "application/json"
UNCOMPRESSED = "3039301306072a8648ce3d020106082a8648ce3d030107032200"  # what stands before a compressed P-256 key


class Forwarding:
    """What holds for both kinds of networks. `net`, `count` nodes; the app kv runs on all but the first."""

    @classmethod
    def prepare(cls, net):
        cls.net, cls.names = net, NAMES[:net.nodes]
        net.up()
        app = (EXAMPLES / "kv.yaml").read_text()
        assert "nodes: []" in app
        app = app.replace("nodes: []", f"nodes: [{', '.join(cls.names[1:])}]").replace("name: writer", "name: user")
        (net.files / "kv.yaml").write_text(app)
        net.bsn("app", "publish", "kv.yaml")
        net.bsn("app", "gateway", "kv", "--published", "yes", "--keys", "trust")
        net.bsn("key", "new", "owner")
        net.bsn("--key", "owner", "app", "join", "kv", "--role", "user")
        net.bsn("app", "approve", "kv", "owner")
        net.bsn("key", "new", "stranger")
        cls.ids = [cls.ask(node, "/v1/status").json()["node"] for node in range(net.nodes)]
        cls.ledger = Ledger(net, "kv", Key.load(net.home / "keys" / "owner.pem"))
        cls.channel, cls.key = cls.ledger.channel, cls.ledger.key
        wait_for("all nodes know the member", lambda: all(
            cls.signed(node, "GET", "/v1/apps/kv/height").status == 200 for node in range(net.nodes)))

    @classmethod
    def ask(cls, node, target, headers=None):
        connection = cls.net.connection(node)
        try:
            return connection.get(target, headers=headers or {})
        finally:
            connection.close()

    @classmethod
    def signed(cls, node, method, target, body=b"", key=None, more=None, **fields):
        headers = cls.channel.authorization(key or cls.key, method, target, body, **fields) | (more or {})
        if body:
            headers["Content-Type"] = JSON
        connection = cls.net.connection(node)
        try:
            return connection.request(method, target, body or None, headers=headers)
        finally:
            connection.close()

    def query(self, node, base):
        body = json.dumps({"contract": "kv", "function": "get", "arguments": [base]}).encode()
        return self.signed(node, "POST", "/v1/apps/kv/query", body)

    def transaction(self, base, value="1"):
        [one] = self.ledger.transactions([("set", [json.dumps({"baseKey": base, "baseValue": value})])])
        return one

    def write(self, node, base, **parameters):
        connection = self.net.connection(node)
        try:
            return submit(connection, "kv", self.transaction(base), **parameters)
        finally:
            connection.close()

    def metric(self, node, line):
        found = re.search(rf"^{re.escape(line)} (\S+)$", self.ask(node, "/metrics").body.decode(), re.MULTILINE)
        return float(found[1]) if found else 0

    def one(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    # --- the native API ---

    def test_writes_and_reads(self):
        self.assertNotIn("kv", [chain["app"] for chain in self.ask(THIRD, "/v1/status").json()["chains"]])
        before = self.metric(THIRD, 'bsn_forwarded_requests_total{result="answered"}')
        transaction = self.transaction("native")
        connection = self.net.connection(THIRD)
        first = self.one(submit(connection, "kv", transaction))
        self.assertEqual((first["status"], first["id"]), ("success", transaction_id(transaction)))
        self.assertEqual(self.one(submit(connection, "kv", transaction)), first, "the same bytes, the first answer")
        connection.close()
        place = f"/v1/apps/kv/transactions/{first['id']}"
        wait_for("all have the block", lambda: all(
            self.signed(node, "GET", place).status == 200 for node in range(self.net.nodes)))
        self.assertEqual(self.one(self.signed(THIRD, "GET", place)), self.one(self.signed(1, "GET", place)))
        block = f"/v1/apps/kv/blocks/{first['height']}"
        self.assertEqual(*(self.one(self.signed(node, "GET", block))["hash"] for node in (THIRD, 1)))
        self.one(self.signed(THIRD, "GET", f"{place}/receipt"))
        self.assertEqual(self.one(self.query(THIRD, "native"))["result_text"],
                         self.one(self.query(1, "native"))["result_text"])
        lines = self.signed(THIRD, "POST", "/v1/apps/kv/receipts", json.dumps({"ids": [first["id"]] * 50}).encode())
        self.assertEqual(lines.status, 200)
        self.assertEqual({json.loads(line)["id"] for line in lines.body.splitlines()}, {first["id"]})
        self.assertEqual(len(lines.body.splitlines()), 50)
        self.assertGreaterEqual(self.metric(THIRD, 'bsn_forwarded_requests_total{result="answered"}'), before + 6)
        self.assertGreater(sum(self.metric(node, "bsn_forwards_taken_total") for node in range(self.net.nodes)), 6)
        self.assertEqual(self.metric(THIRD, "bsn_forwards"), 0)

    def test_large_bodies(self):
        some = self.ledger.transactions(
            [("set", [json.dumps({"baseKey": f"large {i}", "baseValue": "x" * 60_000})]) for i in range(60)])
        connection = self.net.connection(THIRD)
        answers = submit_many(connection, "kv", some)
        connection.close()
        self.assertEqual({answer[0] for answer in answers}, {0}, answers[0])

    def test_the_node_that_answers_signs(self):
        nonce = os.urandom(16).hex()
        answer = self.signed(THIRD, "GET", "/v1/apps/kv/height", more={"BSN-Answer-Nonce": nonce})
        self.assertIn(re.search("node=([0-9a-f]+)", answer.headers["BSN-Answer-Signature"])[1], self.ids[1:])
        node = f"http://127.0.0.1:{self.net.port + THIRD}"
        self.net.bsn("--node", node, "--signed-answers", "--key", "owner", "call", "kv", "kv", "set",
                     '{"baseKey":"by the command","baseValue":"1"}')
        self.assertIn("1", self.net.bsn("--node", node, "--signed-answers", "--key", "owner", "query", "kv", "kv", "get",
                                        "by the command").out)

    def test_signatures_are_checked_and_count_once(self):
        stranger = Key.load(self.net.home / "keys" / "stranger.pem")
        target = "/v1/apps/kv/height"
        self.assertEqual(self.ask(THIRD, target).status, 401)
        self.assertEqual(self.signed(THIRD, "GET", target, key=stranger).status, 401)
        forged = self.signed(THIRD, "GET", target, key=stranger, participant=self.key.participant)
        self.assertEqual((forged.status, forged.code), (401, "unauthenticated"))
        nonce = os.urandom(16)
        self.one(self.signed(THIRD, "GET", target, nonce=nonce))
        self.assertEqual(self.signed(THIRD, "GET", target, nonce=nonce).status, 401)
        self.assertEqual(self.ask(THIRD, "/v1/apps/nobody/height").status, 404)

    def test_events(self):
        height = self.one(self.signed(THIRD, "GET", "/v1/apps/kv/height"))["height"]
        target = f"/v1/apps/kv/events?from={height + 1}"
        connection = self.net.connection(THIRD)
        connection.http.request("GET", target, headers=self.channel.authorization(self.key, "GET", target))
        stream = connection.http.getresponse()
        self.assertEqual(stream.status, 200)
        self.assertTrue(stream.readline().startswith(b": height"))
        written = self.one(self.write(1, f"event {os.urandom(4).hex()}"))
        line = b""
        while not line.startswith(b"data: "):
            line = stream.readline()
        self.assertEqual(json.loads(line[6:])["transaction"], written["id"])
        self.assertEqual(self.metric(THIRD, "bsn_forwards"), 1)
        stream.close()
        connection.close()
        wait_for("the stream has ended at both", lambda: self.metric(THIRD, "bsn_forwards") == 0 and all(
            self.metric(node, "bsn_http_streams") == 0 for node in range(1, self.net.nodes)))

    # --- keys in custody ---

    def test_what_needs_a_key_goes_to_the_custodian(self):
        keeper = 2
        self.net.bsn("--key", "owner", "custody", "grant", "kv", "--city-node", self.names[keeper])
        wait_for("all nodes know the custodian", lambda: all(self.one(
            self.signed(node, "GET", "/v1/apps/kv/users")).get("custodian") == self.ids[keeper]
            for node in range(self.net.nodes)))
        body = json.dumps({"name": "till"}).encode()
        made = self.one(self.signed(THIRD, "POST", "/v1/apps/kv/users", body))
        self.assertEqual((made["name"], made["held_here"]), ("till", True))
        answers = []
        for node in (THIRD, 1, keeper):
            call = json.dumps({"user": "till", "contract": "kv", "function": "set", "idempotency_key": "order 1",
                               "arguments": ['{"baseKey":"custody","baseValue":"1"}']}).encode()
            answers.append(wait_for("the user is known", lambda: (
                lambda answer: answer.json() if answer.status == 200 else None)(
                    self.signed(node, "POST", "/v1/apps/kv/invocations", call))))
        self.assertEqual(answers[1:], answers[:1] * 2)
        self.published_by_the_custodian()

    def published_by_the_custodian(self):
        client = Client(self.net, "owner", "kv", "secp256r1")
        argument = json.dumps({"baseKey": f"published {os.urandom(4).hex()}", "baseValue": "1"})
        done = client.ask(FABRIC + "reqChainCode", "till" + "bm9uY2U=" + "kv" + "set" + argument, node=THIRD,
                          userName="till", nonce="bm9uY2U=", chainCode="kv", funcName="set", args=[argument],
                          transientData={})
        self.assertEqual(done["header"], {"code": 0, "msg": SUCCESS}, done)
        self.assertEqual(done["body"]["ccRes"]["ccCode"], 200, done)

    # --- the published protocol ---

    def test_published(self):
        client = Client(self.net, "owner", "kv", "secp256r1")
        self.assertEqual(client.ask("/api/app/getAppInfo", node=THIRD)["header"]["code"], 0)
        for node in (THIRD, 1):
            answer = client.ask(FABRIC + "getLedgerInfo", node=node)
            self.assertEqual(answer["header"], {"code": 0, "msg": SUCCESS}, answer)
            body = answer["body"]
            signed = "0" + SUCCESS + body["blockHash"] + str(body["height"]) + body["preBlockHash"]
            self.assertTrue(self.is_signed_by(node, signed, answer["mac"]), "the key is that of the node asked")
        refused = client.ask(FABRIC + "getTransaction", "00" * 32, node=THIRD, txId="00" * 32)
        self.assertEqual(refused["header"]["code"], -1)
        self.assertTrue(self.is_signed_by(THIRD, "-1" + refused["header"]["msg"], refused["mac"]))
        forger = Client(self.net, "stranger", "kv", "secp256r1")
        forger.user = client.user
        self.assertIn("mac", forger.ask(FABRIC + "getLedgerInfo", node=THIRD)["header"]["msg"])

    def is_signed_by(self, node, text, mac):
        nodes = self.ask(node, "/v1/nodes").json()["nodes"]
        key = next(one for one in nodes if one["id"] == self.ids[node])["keys"]["secp256r1"]
        with tempfile.TemporaryDirectory() as folder:
            public, signature = Path(folder) / "key.pem", Path(folder) / "mac"
            public.write_bytes(openssl("ec", "-pubin", "-inform", "DER", data=bytes.fromhex(UNCOMPRESSED + key)))
            signature.write_bytes(base64.b64decode(mac))
            said = openssl("dgst", "-sha256", "-verify", public, "-signature", signature, data=text.encode())
        return said.strip() == b"Verified OK"


class InOneProcess(Forwarding, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        net = Network(3)
        cls.addClassCleanup(net.kill)
        cls.prepare(net)


class BetweenProcesses(Forwarding, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        net = CometbftNetwork(4)
        cls.addClassCleanup(net.kill)
        cls.prepare(net)

    def keep_down(self, node):
        """kill -9; it cannot start again until it may."""
        config = self.net.node_folder(node) / "node.yaml"
        config.rename(config.with_suffix(".hidden"))
        self.addCleanup(self.let_up, node)
        self.net.kill_node(node)

    def let_up(self, node):
        hidden = self.net.node_folder(node) / "node.hidden"
        if hidden.exists():
            hidden.rename(hidden.with_suffix(".yaml"))
            self.net.wait_until_well(node)

    def test_z_one_after_the_other_is_lost(self):
        self.one(self.write(THIRD, "before"))
        wait_for("all have it", lambda: all(self.query(node, "before").status == 200 for node in range(1, 4)))

        # Two of three are a quorum, so that writing goes on, too.
        self.keep_down(1)
        begin = time.monotonic()
        self.one(self.query(THIRD, "before"))
        self.assertLess(time.monotonic() - begin, 10)
        self.one(self.write(THIRD, "with two"))

        # A node that keeps its connections and says nothing is left in bounded time.
        self.net.pause(2)
        for _ in range(3):
            begin = time.monotonic()
            self.one(self.query(THIRD, "before"))
            self.assertLess(time.monotonic() - begin, 10)
        self.net.resume(2)
        self.net.wait_until_well(2)

        self.keep_down(2)
        self.one(self.query(THIRD, "before"))
        self.keep_down(3)
        for method, target, body in (("GET", "/v1/apps/kv/height", b""), ("POST", "/v1/apps/kv/query", b"{}")):
            begin = time.monotonic()
            answer = self.signed(THIRD, method, target, body)
            self.assertEqual((answer.status, answer.code), (503, "unavailable"), answer.body)
            self.assertIn("shenzhen", answer.message)
            self.assertLess(time.monotonic() - begin, 15)
        written = self.write(THIRD, "with none")
        self.assertEqual((written.status, written.code), (503, "unavailable"), written.body)
        client = Client(self.net, "owner", "kv", "secp256r1")
        refused = client.ask(FABRIC + "getLedgerInfo", node=THIRD)
        self.assertEqual(refused["header"]["code"], -1)
        self.assertIn("shenzhen", refused["header"]["msg"])
        self.assertGreater(self.metric(THIRD, 'bsn_forwarded_requests_total{result="failed"}'), 2)
        self.assertGreater(self.metric(THIRD, 'bsn_forward_failures_total{node="shenzhen"}'), 0)

        for node in (1, 2, 3):
            self.let_up(node)
        wait_for("it is written again", lambda: self.write(THIRD, "after", timeout_ms=3_000).status == 200)


if __name__ == "__main__":
    main()
