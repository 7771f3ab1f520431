"""A node that has seen nothing of the permission chain for `permission_max_age_ms` takes no writes for apps, whatever the
protocol; it is read as ever, and writes go on by themselves when the order does."""

import json
import os
import time

from _faulty import OwnNetwork
from _fisco import Account, rlp
from _network import EXAMPLES, main, wait_for
from _published import FABRIC, Published
from _transactions import MANY, Channel, Key, many, results, submit

MAX_AGE_MS = 4_000
AWAY = (2, 3)  # of four validators: the order stands still
TOLD = "has seen nothing of the permission chain for"
CHAIN_ID = 2026  # of examples/ethereum.yaml


class Aged(OwnNetwork):
    def start(self, node):
        file = self.node_folder(node) / "node.yaml"
        text = file.read_text()
        if "permission_max_age_ms" not in text:
            assert "\napi:\n" in text, text
            file.write_text(text.replace("\napi:\n", f"\napi:\n  permission_max_age_ms: {MAX_AGE_MS}\n"))
        super().start(node)


class PermissionAge(Published):
    @classmethod
    def setUpClass(cls):
        net = cls.net = Aged(4)
        cls.addClassCleanup(net.kill)
        net.up()
        file = net.files / "kv.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: writer", "name: user"))
        cls.client = cls.publish(cls, file, "kv", "trust", "secp256r1")
        for example, app in (("ethereum", "coin"), ("fisco", "notary")):
            net.bsn("app", "publish", EXAMPLES / f"{example}.yaml")
            net.channel(app)
        cls.key, cls.channel = Key.load(net.home / "keys" / "kv.pem"), Channel.of(net, "kv")
        connection = net.connection()
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        net.bsn("--key", "kv", "custody", "grant", "kv", "--city-node", node)
        wait_for("a user is made", lambda: net.bsn("--key", "kv", "custody", "add", "kv", "till", status=None).status == 0)
        cls.account, cls.made = Account("secp256k1"), 0

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.connection = self.net.connection()
        self.addCleanup(self.connection.close)

    # --- each way to write, and what it answers: (whether it was taken, status, what was said)

    def argument(self):
        PermissionAge.made += 1
        return json.dumps({"baseKey": f"{os.getpid()}-{self.made}", "baseValue": "1"})

    def transaction(self):
        return self.channel.transaction(self.key, "kv", "set", [self.argument()])

    def signed(self, method, target, body=b""):
        headers = self.channel.authorization(self.key, method, target, body)
        return self.connection.request(method, target, body or None, {**headers, "Content-Type": "application/json"})

    def one(self):
        answer = submit(self.connection, "kv", self.transaction(), timeout_ms=3000)
        return answer.status == 200, answer.status, "" if answer.status == 200 else answer.message

    def batch(self):
        answer = self.connection.post("/v1/apps/kv/transactions?timeout_ms=3000",
                                      many([self.transaction() for _ in range(3)]), Content_Type=MANY)
        rows = results(answer.body)
        return all(row[0] == 0 for row in rows), {row[0] for row in rows}, rows[0][4]

    def invocation(self):
        argument = json.dumps({"baseKey": self.idempotency_key, "baseValue": "1"})
        body = {"user": "till", "contract": "kv", "function": "set", "arguments": [argument],
                "idempotency_key": self.idempotency_key}
        answer = self.signed("POST", "/v1/apps/kv/invocations?timeout_ms=3000", json.dumps(body).encode())
        return answer.status == 200, answer.status, "" if answer.status == 200 else answer.message

    def published(self):
        answer = self.client.ask_whole(FABRIC + "reqChainCode", {
            "userName": "till", "nonce": "bm9uY2U=", "chainCode": "kv", "funcName": "set", "args": [self.argument()],
            "transientData": {}})
        return answer["header"]["code"] == 0, answer["header"]["code"], answer["header"]["msg"]

    def rpc(self, app, method, *parameters):
        answer = self.connection.post(f"/rpc/{app}", {"jsonrpc": "2.0", "id": 7, "method": method, "params": parameters})
        return answer.json()

    def fisco(self):
        raw, _ = self.account.transaction(b"", to=bytes(19) + b"\x07")
        answer = self.rpc("notary", "sendRawTransaction", 1, "0x" + raw.hex())
        error = answer.get("error", {})
        return "result" in answer, error.get("code"), error.get("message", "")

    def send_ethereum(self):
        """The hash of a new transaction, which the node takes into its pool."""
        nonce = int(self.rpc("coin", "eth_getTransactionCount", "0x" + self.address(), "pending")["result"], 16)
        fields = [nonce, 0, 100_000, bytes(19) + b"\x07", 0, b""]
        v, r, s = self.account._signature(self.account.hash(rlp(fields + [CHAIN_ID, 0, 0])))
        return self.rpc("coin", "eth_sendRawTransaction",
                        "0x" + rlp(fields + [v - 27 + CHAIN_ID * 2 + 35, r, s]).hex())["result"]

    def receipt(self, transaction):
        return self.rpc("coin", "eth_getTransactionReceipt", transaction)["result"]

    def address(self):
        point = b"".join(number.to_bytes(32, "big") for number in self.account.point)
        return self.account.hash(point)[12:].hex()

    def ways(self):
        return {"one": self.one, "batch": self.batch, "invocation": self.invocation, "published": self.published,
                "fisco": self.fisco}

    def test_no_writes_while_the_order_stands_still(self):
        self.idempotency_key = "before"
        for name, write in self.ways().items():
            wait_for(f"{name} writes", lambda: write()[0], seconds=20, pause=0.2)
        self.idempotency_key = "while it stands still"
        halted = time.monotonic()
        self.net.pause(*AWAY)
        self.addCleanup(self.net.resume, *AWAY)
        refused = wait_for("writes are refused", lambda: (lambda told: told if TOLD in told[2] else None)(self.one()))
        # Not before the time has passed: until then it may be a moment's trouble.
        self.assertGreater(time.monotonic() - halted, MAX_AGE_MS / 1000 - 1.5)
        self.assertEqual(refused[:2], (False, 503), refused)
        expected = {"one": 503, "batch": {116}, "invocation": 503, "published": -1, "fisco": -32603}
        for name, write in self.ways().items():
            begin = time.monotonic()
            taken, code, told = write()  # others are asked first, of whom two are silent
            self.assertEqual((taken, code), (False, expected[name]), f"{name}: {told}")
            self.assertIn(TOLD, told, name)
            self.assertLess(time.monotonic() - begin, 20, name)
        answer = submit(self.connection, "kv", self.transaction())
        self.assertEqual((answer.code, answer.headers["Retry-After"]), ("unavailable", "1"))
        # Ethereum's clients are answered by a pool, which hands on what it took when it may.
        waits, height = self.send_ethereum(), self.rpc("coin", "eth_blockNumber")
        self.reads_go_on()
        time.sleep(2)
        self.assertIsNone(self.receipt(waits))
        self.assertEqual(self.rpc("coin", "eth_blockNumber"), height)
        self.net.resume(*AWAY)
        # The invocation under the key that was refused: nothing had been done, and now it is.
        for name, write in self.ways().items():
            wait_for(f"{name} writes again", lambda: write()[0], pause=0.2)
        wait_for("the pool's transaction is on the chain", lambda: self.receipt(waits))

    def reads_go_on(self):
        self.assertEqual(self.signed("GET", "/v1/apps/kv/height").status, 200)
        self.assertEqual(self.signed("GET", "/v1/apps/kv/blocks/latest").status, 200)
        asked = json.dumps({"contract": "kv", "function": "get", "arguments": ["none"]}).encode()
        self.assertIn(self.signed("POST", "/v1/apps/kv/query", asked).status, (200, 422))
        self.assertEqual(self.client.ask_whole(FABRIC + "getLedgerInfo", {})["header"]["code"], 0)
        self.assertIn("result", self.rpc("coin", "eth_blockNumber"))


if __name__ == "__main__":
    main()
