"""The strict API end to end: invocations with idempotency keys, signed answers, and tenants kept apart on every call."""

import base64
import hashlib
import json
import os
import threading
import unittest

from _network import EXAMPLES, Network, main, wait_for
from _published import FABRIC, Client
from _transactions import Channel, Key, now_ms, text

import curves

JSON = "application/json"


class Strict(unittest.TestCase):
    """One network; `owner` is a member of kv with a custodian, `tenant` is one of another app."""

    @classmethod
    def setUpClass(cls):
        net = cls.net = Network()
        net.options = ("--callbacks", "127.0.0.0/8")
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
        for app in ("kv", "other"):
            net.bsn("app", "gateway", app, "--published", "yes")
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

    # --- tenants kept apart ---

    PUBLIC = {("get", "/healthz"), ("get", "/metrics"), ("get", "/v1/openapi.json"), ("get", "/v1/genesis"),
              ("get", "/v1/status"), ("get", "/v1/nodes"), ("get", "/v1/participants/{id}"), ("get", "/v1/apps"),
              ("get", "/v1/apps/{app}")}
    SECRET = "the secret of kv"
    EVENTS = "/api/fabric/v1/chainCode/event/"

    def example(self, schema, document, name=""):
        """A value that a schema of the description takes."""
        if "$ref" in schema:
            found = document
            for step in schema["$ref"].lstrip("#/").split("/"):
                found = found[step]
            return self.example(found, document, name)
        if "oneOf" in schema:
            return self.example(schema["oneOf"][0], document, name)
        if name in self.known:
            return self.known[name]
        if schema.get("type") == "object":
            return {key: self.example(value, document, key) for key, value in schema.get("properties", {}).items()}
        if schema.get("type") == "array":
            return [self.example(schema.get("items", {}), document, name.rstrip("s"))]
        return 0 if schema.get("type") == "integer" else "x"

    def requests(self, document, path, method, operation):
        """The call with values that kv has: target, content type and body."""
        target = path
        for name in ("app", "id", "user", "height"):
            target = target.replace("{" + name + "}", str(self.known[name]))
        content = operation.get("requestBody", {}).get("content", {})
        for kind in content or [""]:
            if kind == JSON:
                body = json.dumps(self.example(content[kind]["schema"], document)).encode()
            elif kind:
                transaction = self.kv.transaction(self.tenant, "kv", "set", ['{"baseKey":"zz","baseValue":"1"}'])
                body = transaction if kind == "application/octet-stream" else (
                    (1).to_bytes(4, "big") + len(transaction).to_bytes(4, "big") + transaction)
            else:
                body = b""
            yield target, kind, body

    def test_y_a_foreign_tenant_gets_nothing_from_any_call(self):
        secret = self.one(self.invoke(self.call("secret", "secret", self.SECRET)))
        # A registration for callbacks of kv, at the node that strangers ask by the published protocol.
        own, watched = Client(self.net, "owner", "kv", "secp256r1"), "http://127.0.0.1:9/told"
        made = own.ask(self.EVENTS + "register", f"kvnone{watched}", node=1, chainCode="kv", eventKey="none",
                       notifyUrl=watched)
        event = made["body"]["eventId"]
        self.known = {"app": "kv", "eventId": event, "id": secret["id"], "ids": [secret["id"]], "user": "till", "name": "till",
                      "height": secret["height"], "contract": "kv", "function": "get", "arguments": ["secret"],
                      "idempotency_key": "secret", "challenge": "00" * 16, "signature": "00" * 64,
                      "passphrase": "long enough indeed", "key": "02" + "00" * 32, "proof": "00" * 64}
        document = self.connection.get("/v1/openapi.json").json()
        leaks = [self.SECRET, secret["id"], event, watched, base64.b64encode(self.SECRET.encode()).decode(),
                 '"members"', '"held_here"']
        height = secret["height"]
        calls, open_calls, stranger = 0, 0, Key.new()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if (method, path) in self.PUBLIC:
                    open_calls += 1
                for target, kind, body in self.requests(document, path, method, operation):
                    what = f"{method} {target} {kind}"
                    for who, channel in ((self.tenant, self.kv), (self.tenant, self.other), (stranger, self.kv),
                                         (None, self.kv)):
                        headers = channel.authorization(who, method.upper(), target, body) if who else {}
                        if kind:
                            headers["Content-Type"] = kind
                        answer = self.connection.request(method.upper(), target, body or None, headers=headers)
                        calls += 1
                        told = answer.body.decode(errors="replace")
                        for leak in leaks:
                            if leak in told and leak not in target and path != "/v1/openapi.json":
                                self.fail(f"{what} tells {leak!r}: {told[:300]}")
                        if path.startswith("/api/"):
                            self.assertEqual(answer.json()["header"]["code"], -1, what)
                            self.assertIsNone(answer.json()["body"], what)
                        elif "x-bsn-transactions" in kind:
                            self.assertNotIn(int.from_bytes(answer.body[4:6], "big"), (0, 1), what)
                        elif (method, path) not in self.PUBLIC and method != "options":
                            self.assertGreaterEqual(answer.status, 400, f"{what}: {told[:300]}")
                            self.assertLess(answer.status, 500, f"{what}: {told[:300]}")
        self.assertEqual(open_calls, len(self.PUBLIC))
        self.assertGreater(calls, 4 * len(document["paths"]))
        # By the published protocol, in the form that it wants: as somebody of another app, and as one of this.
        foreign = Client(self.net, "tenant", "kv", "secp256r1")
        for path in document["paths"]:
            if path.startswith("/api/"):
                for fields, body in (("", {}), (event, {"eventId": event}),
                                     (f"kvnone{watched}", {"chainCode": "kv", "eventKey": "none", "notifyUrl": watched})):
                    answer = foreign.ask(path, fields, node=1, **body)
                    self.assertEqual((answer["header"]["code"], answer["body"]), (-1, None), path)
                    self.assertFalse([leak for leak in leaks if leak in json.dumps(answer)], path)
        for event_path in (self.EVENTS + "query", self.EVENTS + "remove", self.EVENTS + "register"):
            self.assertIn(event_path, document["paths"])
        listed = own.ask(self.EVENTS + "query", node=1)["body"]
        self.assertEqual([one["eventId"] for one in listed], [event], "a stranger removed or added a registration")
        for path in ("/api/app/getAppInfo", FABRIC + "getLedgerInfo"):
            self.assertIn("no member", foreign.ask(path, node=1)["header"]["msg"])
            self.assertEqual(own.ask(path, node=1)["header"]["code"], 0, path)
        # The same calls are good ones: a member is not refused as a stranger. (The rest lacks proofs, not rights.)
        for path in ("/v1/apps/{app}/height", "/v1/apps/{app}/blocks/{height}", "/v1/apps/{app}/transactions/{id}",
                     "/v1/apps/{app}/transactions/{id}/receipt", "/v1/apps/{app}/users", "/v1/apps/{app}/query",
                     "/v1/apps/{app}/receipts"):
            method, operation = next((m, o) for m, o in document["paths"][path].items() if m in ("get", "post"))
            for target, kind, body in self.requests(document, path, method, operation):
                answer = self.signed(self.owner, method.upper(), target, body)
                self.assertEqual(answer.status, 200, f"{target}: {answer.body}")
        # And none of them left anything on the ledger.
        for later in range(height + 1, self.one(self.signed(self.owner, "GET", "/v1/apps/kv/height"))["height"] + 1):
            block = self.one(self.signed(self.owner, "GET", f"/v1/apps/kv/blocks/{later}"))
            self.assertEqual(block["transactions"], [])


if __name__ == "__main__":
    main()
