"""The strict API end to end: invocations with idempotency keys, and signed answers. Who may not: tenants_test."""

import base64
import hashlib
import json
import os
import threading
import unittest

from _network import EXAMPLES, Network, main, wait_for
from _transactions import Channel, Key, now_ms, text

import curves

JSON = "application/json"


class Strict(unittest.TestCase):
    """One network; `owner` is a member of kv with a custodian, `tenant` is one of another app."""

    @classmethod
    def setUpClass(cls):
        net = cls.net = Network()
        net.up()
        for name in ("owner", "tenant"):
            net.bsn("key", "new", name)
        net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        net.bsn("--key", "owner", "app", "join", "kv", "--role", "writer")
        net.bsn("app", "approve", "kv", "owner")
        other = net.files / "other.yaml"
        other.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", "name: other\ndesc"))
        net.bsn("app", "publish", other)
        net.bsn("--key", "tenant", "app", "join", "other", "--role", "writer")
        net.bsn("app", "approve", "other", "tenant")
        cls.kv, cls.other = Channel.of(net, "kv"), Channel.of(net, "other")
        cls.owner, cls.tenant = (Key.load(net.home / "keys" / f"{name}.pem") for name in ("owner", "tenant"))
        connection = net.connection(1)
        node = connection.get("/v1/status").json()
        connection.close()
        net.bsn("--key", "owner", "custody", "grant", "kv", "--city-node", node["name"])
        for user in ("till", "default"):
            wait_for(f"user {user} is made", lambda: net.bsn(
                "--key", "owner", "custody", "add", "kv", user, status=None).status == 0)

    @classmethod
    def tearDownClass(cls):
        cls.net.kill()

    def setUp(self):
        self.connection = self.net.connection(1)
        self.addCleanup(self.connection.close)

    # --- asking ---

    def signed(self, key, method, target, body=b"", channel=None, connection=None, **fields):
        headers = (channel or self.kv).authorization(key, method, target, body, **fields)
        if body:
            headers["Content-Type"] = JSON
        return (connection or self.connection).request(method, target, body or None, headers=headers)

    @staticmethod
    def call(key, base, value="1", function="set", **more):
        argument = json.dumps({"baseKey": base, "baseValue": value})
        return json.dumps({"user": "till", "contract": "kv", "function": function, "arguments": [argument],
                           "idempotency_key": key, **more}).encode()

    def invoke(self, body, who=None, connection=None, **fields):
        return self.signed(who or self.owner, "POST", "/v1/apps/kv/invocations", body, connection=connection, **fields)

    def one(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    # --- invocations ---

    def test_the_same_key_is_answered_as_the_first_time(self):
        first = self.one(self.invoke(self.call("order 1", "a")))
        self.assertEqual(first["status"], "success")
        for _ in range(3):
            self.assertEqual(self.one(self.invoke(self.call("order 1", "a"))), first)
        conflict = self.invoke(self.call("order 1", "a", "2"))
        self.assertEqual((conflict.status, conflict.code), (409, "duplicate"))
        self.assertIn(first["id"], conflict.message)
        on_chain = self.one(self.signed(self.owner, "GET", f"/v1/apps/kv/transactions/{first['id']}"))
        self.assertEqual((on_chain["contract"], on_chain["function"]), ("kv", "set"))
        users = self.one(self.signed(self.owner, "GET", "/v1/apps/kv/users"))["users"]
        till = next(user["participant"] for user in users if user["name"] == "till")
        self.assertEqual(on_chain["creator"], till)
        # The nonce is as docs/formats.md says.
        derived = hashlib.sha256(text("bsn idempotency key 1") + self.kv.channel + self.owner.participant
                                 + text("order 1")).digest()[:16]
        self.assertIn(derived, base64.b64decode(on_chain["raw"]))

    def test_a_refusal_is_the_first_answer_too(self):
        self.one(self.invoke(self.call("order 2", "b")))
        first = self.one(self.invoke(self.call("order 3", "b")))  # a key that is there cannot be set
        self.assertEqual(first["status"], "refused")
        self.assertEqual(self.one(self.invoke(self.call("order 3", "b"))), first)

    def test_at_the_same_moment_it_happens_once(self):
        before = self.one(self.signed(self.owner, "GET", "/v1/apps/kv/height"))["height"]
        answers = []

        def ask(connection):
            answer = self.invoke(self.call("order 4", "c"), connection=connection)
            while answer.code in ("unknown_outcome",):
                answer = self.invoke(self.call("order 4", "c"), connection=connection)
            answers.append(answer)
            connection.close()

        threads = [threading.Thread(target=ask, args=(self.net.connection(1),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len({json.dumps(self.one(answer)) for answer in answers}), 1)
        found = 0
        for height in range(before + 1, self.one(self.signed(self.owner, "GET", "/v1/apps/kv/height"))["height"] + 1):
            found += len(self.one(self.signed(self.owner, "GET", f"/v1/apps/kv/blocks/{height}"))["transactions"])
        self.assertEqual(found, 1)

    def test_every_node_hands_it_to_the_one_that_keeps_the_key(self):
        first = self.one(self.invoke(self.call("order 5", "d")))
        for node in (0, 2):
            elsewhere = self.net.connection(node)
            self.assertEqual(self.one(self.invoke(self.call("order 5", "d"), connection=elsewhere)), first)
            elsewhere.close()

    def test_the_default_user(self):
        body = json.loads(self.call("order 6", "e"))
        del body["user"]
        self.assertEqual(self.one(self.invoke(json.dumps(body).encode()))["status"], "success")

    def test_a_request_is_good_once_and_as_it_was_signed(self):
        body = self.call("order 7", "f")
        nonce = os.urandom(16)
        first = self.one(self.invoke(body, nonce=nonce))
        again = self.invoke(body, nonce=nonce)
        self.assertEqual((again.status, again.code), (401, "unauthenticated"))
        # Elsewhere the captured request gets the first answer at most: nothing happens again.
        self.assertEqual(self.one(self.invoke(body)), first)
        target = "/v1/apps/kv/invocations"
        good = self.kv.authorization(self.owner, "POST", target, body)
        for changed in (body.replace(b"order 7", b"order 8"), body.replace(b"till", b"default"),
                        body.replace(b'"set"', b'"create"'), body + b" "):
            answer = self.connection.post(target, changed, headers={**good, "Content-Type": JSON})
            self.assertEqual((answer.status, answer.code), (401, "unauthenticated"), changed)
        for path in ("/v1/apps/other/invocations", "/v1/apps/kv/query", target + "?timeout_ms=1000"):
            answer = self.connection.post(path, body, headers={**good, "Content-Type": JSON})
            self.assertIn(answer.status, (400, 401), path)
        fields = good["Authorization"].split(",")
        swapped = ",".join([*fields[:3], "expires=" + str(now_ms() + 1000), *fields[4:]])
        answer = self.connection.post(target, body, headers={"Authorization": swapped, "Content-Type": JSON})
        self.assertEqual(answer.status, 401)
        for fields in ({"expires": now_ms() - 1}, {"expires": now_ms() + 600_000},
                       {"participant": self.tenant.participant}):
            self.assertEqual(self.invoke(self.call("order 9", "g"), **fields).status, 401, fields)

    def test_high_s_is_refused(self):
        target, body = "/v1/apps/kv/invocations", self.call("order 10", "h")
        header = self.kv.authorization(self.owner, "POST", target, body)["Authorization"]
        start, signature = header.rsplit("=", 1)
        r, s = signature[:64], int(signature[64:], 16)
        high = f"{start}={r}{curves.SECP256R1.n - s:064x}"
        answer = self.connection.post(target, body, headers={"Authorization": high, "Content-Type": JSON})
        self.assertEqual((answer.status, answer.code), (401, "unauthenticated"))

    def test_nobody_but_members_invokes(self):
        body = self.call("order 11", "i")
        stranger = Key.new()
        self.assertEqual(self.invoke(body, stranger).status, 401)
        self.assertEqual(self.invoke(body, self.tenant).status, 403)
        self.assertEqual(self.connection.post("/v1/apps/kv/invocations", body, Content_Type=JSON).status, 401)
        unknown = self.invoke(self.call("order 11", "i", user="nobody"))
        self.assertEqual((unknown.status, unknown.code), (404, "not_found"))

    def test_z_after_a_crash_the_first_answer_is_still_there(self):
        first = self.one(self.invoke(self.call("order 12", "j")))
        self.connection.close()
        self.net.kill()
        self.net.up()

        def again():
            answer = self.invoke(self.call("order 12", "j"))
            return answer if answer.status == 200 else None

        self.assertEqual(self.one(wait_for("the node answers", again)), first)
        self.assertEqual(self.invoke(self.call("order 12", "j", "2")).status, 409)

    # --- signed answers ---

    def check_answer(self, answer, nonce, method, target, body=b"", authorization="", forge=None):
        fields = dict(field.split("=", 1) for field in answer.headers["BSN-Answer-Signature"].split(","))
        nodes = {node["id"]: node for node in self.connection.get("/v1/nodes").json()["nodes"]}
        key = bytes.fromhex(nodes[fields["node"]]["keys"]["secp256r1"])
        self.assertEqual(hashlib.sha256(key).hexdigest(), fields["node"])
        statement = (b"S\x01\x05" + self.kv.network + bytes(32) + bytes(8) + nonce + text(method) + text(target)
                     + hashlib.sha256(body).digest() + hashlib.sha256(authorization.encode()).digest()
                     + answer.status.to_bytes(2, "big") + text(answer.headers["Content-Type"])
                     + hashlib.sha256(answer.body if forge is None else forge).digest()
                     + int(fields["time"]).to_bytes(8, "big"))
        return curves.verify_signature(1, key, statement, bytes.fromhex(fields["signature"]))

    def test_answers_are_signed_for_whoever_asks(self):
        target, body, nonce = "/v1/apps/kv/invocations", self.call("order 13", "k"), os.urandom(16)
        headers = self.kv.authorization(self.owner, "POST", target, body)
        answer = self.connection.post(target, body, headers={**headers, "BSN-Answer-Nonce": nonce.hex(),
                                                             "Content-Type": JSON})
        self.one(answer)
        asked = nonce, "POST", target, body, headers["Authorization"]
        self.assertTrue(self.check_answer(answer, *asked))
        self.assertFalse(self.check_answer(answer, *asked, forge=answer.body.replace(b"success", b"refused")))
        self.assertFalse(self.check_answer(answer, os.urandom(16), *asked[1:]))
        for path in ("/v1/status", "/v1/apps/nowhere", "/nowhere"):
            answer = self.connection.get(path, headers={"BSN-Answer-Nonce": nonce.hex()})
            self.assertTrue(self.check_answer(answer, nonce, "GET", path), path)

    def test_the_command_takes_signed_answers_only(self):
        self.net.bsn("--signed-answers", "app", "list")
        self.net.bsn("--signed-answers", "--key", "owner", "call", "kv", "kv", "set",
                     '{"baseKey":"l","baseValue":"1"}')
        self.net.bsn("--signed-answers", "--key", "owner", "query", "kv", "kv", "get", "l")


if __name__ == "__main__":
    main()
