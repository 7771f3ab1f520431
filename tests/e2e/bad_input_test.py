"""Whatever a client sends, it is refused with the right code and a sentence, and the network goes on."""

import base64
import hashlib
import json
import os
import socket
import threading

from _network import Connection, NetworkTest, main, wait_for
from _transactions import (
    MINUTE, Channel, Key, many, now_ms, results, seal, sized, submit, submit_many, transaction_id)
from curves import SECP256R1

CLOSED = """
name: closed
description: For its members only
join: open
contracts:
  - {name: kv, type: kv, version: 1}
roles:
  - {name: setter, functions: [kv.set]}
  - {name: looker, functions: [kv.get]}
"""
ANYTHING = """
name: anything
contracts:
  - {name: texts, type: kv, version: 1}
  - {name: files, type: evidence, version: 1}
roles:
  - {name: all, functions: ["*"]}
"""
MAX_TRANSACTION = 1_048_576
MEBIBYTE = 1 << 20


def pair(key, value="v"):
    return [json.dumps({"baseKey": key, "baseValue": value})]


class BadInput(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = Key.load(cls.net.home / "keys" / "operator.pem")
        cls.looker, cls.stranger, cls.nobody = Key.new(), Key.new(), Key.new()
        for app, description in (("closed", CLOSED), ("anything", ANYTHING)):
            (cls.net.files / f"{app}.yaml").write_text(description)
            cls.net.bsn("app", "publish", f"{app}.yaml")
        cls.evidence, cls.closed, cls.anything, cls.system = (
            Channel.of(cls.net, app) for app in ("evidence", "closed", "anything", "system"))
        cls.node = cls.net.connection()
        cls.on_system(cls.looker, "join_app", ["closed", "looker"])
        cls.on_system(cls.operator, "approve", ["closed", cls.looker.participant.hex()])
        cls.on_system(cls.stranger, "register", ["a stranger"])
        wait_for("the new member may write", lambda: submit(cls.node, "closed", cls.closed.transaction(
            cls.looker, "kv", "get", ["a"])).status == 200)

    @classmethod
    def on_system(cls, key, function, arguments):
        answer = submit(cls.node, "system", cls.system.transaction(key, "registry", function, arguments))
        assert answer.status == 200 and answer.json()["status"] == "success", answer
        return answer.json()

    def tearDown(self):
        """Nothing that was sent may have harmed a node."""
        for connection in self.net.connections():
            self.assertEqual(connection.get("/healthz").status, 200)
            connection.close()

    # --- what is expected

    def refused(self, answer, status, code, *words):
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertEqual(answer.headers["Content-Type"].split(";")[0], "application/json")
        self.a_sentence(answer.message)
        for word in words:
            self.assertIn(word, answer.message)

    def a_sentence(self, message):
        self.assertGreater(len(message.split()), 2, message)
        self.assertNotIn("\n", message)

    def accepted(self, answer):
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["status"], "success", answer)
        return answer.json()

    def deposit(self, **fields):
        key = fields.pop("key", self.operator)
        return self.evidence.transaction(key, "evidence", "deposit", [os.urandom(32).hex(), "m"], **fields)

    def send(self, transaction, app="evidence", **parameters):
        return submit(self.node, app, transaction, **parameters)

    # --- malformed

    def test_garbage(self):
        self.refused(self.send(b""), 400, "invalid_argument", "empty")
        for garbage in (b"\0", b"T", b"T\x01", b"T\x01\x00\x00", os.urandom(300), b"{}", b"\xff" * 1000):
            answer = self.send(garbage)
            self.assertIn(answer.code, ("invalid_argument", "unsupported_version"))
            self.refused(answer, 400, answer.code)

    def test_other_kinds_and_versions(self):
        good = self.deposit()
        self.refused(self.send(b"B" + good[1:]), 400, "invalid_argument")
        self.refused(self.send(good[:1] + b"\x02" + good[2:]), 400, "unsupported_version", "2")
        self.refused(self.send(good[:2] + b"\x00\x07" + good[4:]), 400, "unsupported_version", "7")
        self.refused(self.send(good[:4] + b"Q" + good[5:]), 400, "invalid_argument")
        self.refused(self.send(good[:5] + b"\x09" + good[6:]), 400, "unsupported_version", "9")

    def test_truncated_anywhere(self):
        good = self.deposit()
        pieces = [good[:length] for length in range(len(good))] + [good + b"\0", b"\0" + good]
        for piece, (code, height, index, identifier, error) in zip(pieces, submit_many(self.node, "evidence", pieces)):
            self.assertGreaterEqual(code, 101, f"{len(piece)} bytes were taken")
            self.assertEqual((height, index, identifier), (0, 0, "00" * 32))
            self.a_sentence(error)
        self.accepted(self.send(good))

    def test_a_bit_flipped_anywhere(self):
        good = self.deposit()
        flipped = [good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1:] for at in range(len(good))]
        answers = submit_many(self.node, "evidence", flipped)
        for at, (code, *_, error) in enumerate(answers):
            self.assertIn(code, (101, 102, 103, 104, 105, 106, 107, 113), f"byte {at} of {len(good)}: {error}")
            self.a_sentence(error)
        self.accepted(self.send(good))

    def test_names_and_lists(self):
        for contract, function in (("", "deposit"), ("evidence", ""), ("Evidence", "deposit"), ("e" * 65, "deposit"),
                                   ("evidence", "de posit"), ("evidence", "ä"), ("evidence", "f" * 65)):
            self.refused(self.send(self.evidence.transaction(self.operator, contract, function, [])),
                         400, "invalid_argument", "name")
        self.refused(self.send(self.evidence.transaction(self.operator, "evidence", "deposit", ["a"] * 257)),
                     413, "too_large", "257")

    def test_oversized(self):
        room = MAX_TRANSACTION - len(self.closed.transaction(self.operator, "kv", "set", [b""]))
        largest = self.closed.transaction(self.operator, "kv", "set", [b"x" * room])
        self.assertEqual(len(largest), MAX_TRANSACTION)
        answer = self.send(largest, "closed")  # admitted; the contract does not like it
        self.assertEqual((answer.status, answer.json()["status"]), (200, "refused"))
        too_large = self.closed.transaction(self.operator, "kv", "set", [b"x" * (room + 1)])
        self.refused(self.send(too_large, "closed"), 413, "too_large", "1048576")

    # --- replayed, duplicated

    def test_the_same_bytes_again(self):
        good = self.deposit()
        first = self.accepted(self.send(good))
        self.assertEqual(first["id"], transaction_id(good))
        for connection in self.net.connections():
            self.assertEqual(wait_for("the node has it", lambda: self.answer_of(connection, good)), first)
            connection.close()
        [(code, height, index, identifier, _)] = submit_many(self.node, "evidence", [good])
        self.assertEqual((code, height, index, identifier), (0, first["height"], first["index"], first["id"]))
        answers = submit_many(self.node, "evidence", [good, good])
        self.assertEqual([answer[:4] for answer in answers], [(0, first["height"], first["index"], first["id"])] * 2)

    @staticmethod
    def answer_of(connection, transaction):
        answer = submit(connection, "evidence", transaction)
        return answer.json() if answer.status == 200 else None

    def test_the_same_bytes_at_all_nodes_at_once(self):
        good, answers = self.deposit(), []

        def send(connection):
            answers.append(self.accepted(submit(connection, "evidence", good)))

        self.at_once(send)
        self.assertEqual(len(answers), 3)
        self.assertTrue(all(answer == answers[0] for answer in answers), answers)

    def test_the_same_payload_with_another_signature(self):
        """Whoever has signed twice has not done it twice."""
        payload = self.evidence.payload(self.operator.participant, "evidence", "deposit", [os.urandom(32).hex(), "m"])
        first = seal(self.operator, payload)
        key = SameKeyOtherNonces(self.operator.secret)
        second = seal(key, payload)
        self.assertNotEqual(first, second)
        self.assertEqual(self.accepted(self.send(first)), self.accepted(self.send(second)))

    def test_a_refusal_is_the_first_answer_too(self):
        call = self.closed.transaction(self.operator, "kv", "set", ["no JSON"])
        first = self.send(call, "closed")
        self.assertEqual((first.status, first.json()["status"]), (200, "refused"))
        self.assertEqual(self.send(call, "closed").json(), first.json())

    def test_a_nonce_twice(self):
        nonce = os.urandom(16)
        self.accepted(self.send(self.deposit(nonce=nonce)))
        self.refused(self.send(self.deposit(nonce=nonce)), 409, "duplicate", "nonce")

    def test_a_nonce_twice_at_once(self):
        nonce, answers = os.urandom(16), []
        self.at_once(lambda connection: answers.append(submit(connection, "evidence", self.deposit(nonce=nonce))))
        self.assertEqual(sorted(answer.status for answer in answers), [200, 409, 409], answers)

    def test_the_nonce_of_somebody_else(self):
        nonce = os.urandom(16)
        self.accepted(self.send(self.closed.transaction(self.operator, "kv", "set", pair("nonce"), nonce=nonce), "closed"))
        self.accepted(self.send(self.closed.transaction(self.looker, "kv", "get", ["nonce"], nonce=nonce), "closed"))

    def at_once(self, action):
        connections = self.net.connections()
        threads = [threading.Thread(target=action, args=[connection]) for connection in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for connection in connections:
            connection.close()

    # --- time

    def test_expired(self):
        self.accepted(self.send(self.deposit()))
        self.refused(self.send(self.deposit(valid_until=1)), 400, "expired", "sign it anew")
        self.refused(self.send(self.deposit(valid_until=now_ms() - 60 * MINUTE)), 400, "expired")
        self.refused(self.send(self.deposit(valid_until=0)), 400, "expired")

    def test_just_expired_while_nothing_happens(self):
        """The last block may be older than the end of its time; the answer is certain all the same."""
        self.refused(self.send(self.deposit(valid_until=now_ms() - 1)), 400, "expired")

    def test_valid_for_too_long(self):
        self.refused(self.send(self.deposit(valid_until=now_ms() + 61 * MINUTE)), 400, "expired", "60 minutes")
        self.refused(self.send(self.deposit(valid_until=2**64 - 1)), 400, "expired")
        self.accepted(self.send(self.deposit(valid_until=now_ms() + 59 * MINUTE)))

    # --- for somebody else

    def test_wrong_network(self):
        self.refused(self.send(self.deposit(network=os.urandom(32))), 400, "wrong_network", "genesis")

    def test_wrong_channel(self):
        self.refused(self.send(self.deposit(channel=os.urandom(32))), 400, "wrong_channel")
        self.refused(self.send(self.deposit(), "closed"), 400, "wrong_channel")
        self.refused(self.send(self.deposit(), "system"), 400, "wrong_channel")

    def test_wrong_suite(self):
        self.refused(self.send(self.deposit(suite=2)), 400, "wrong_suite", "secp256k1")
        self.refused(self.send(self.deposit(suite=3)), 400, "wrong_suite", "sm2")
        for unknown in (0, 4, 255):
            self.refused(self.send(self.deposit(suite=unknown)), 400, "wrong_suite", str(unknown))

    # --- signatures

    def test_high_s(self):
        self.refused(self.send(self.deposit(high_s=True)), 400, "bad_signature")

    def test_forged(self):
        good, other = self.deposit(), self.deposit()
        n = SECP256R1.n.to_bytes(32, "big")
        for signature in (other[-64:], bytes(64), b"\xff" * 64, good[-64:-32] + bytes(32), bytes(32) + good[-32:],
                          n + good[-32:], good[-64:-32] + n, good[-32:] + good[-64:-32]):
            self.refused(self.send(good[:-64] + signature), 400, "bad_signature")

    def test_no_key(self):
        good = self.deposit()
        for key in (bytes(33), b"\x04" + good[-96:-64], b"\x02" + b"\xff" * 32, b"\x02" + bytes(31) + b"\x05"):
            answer = self.send(good[:-97] + key + good[-64:])
            self.assertIn(answer.code, ("bad_signature", "invalid_argument"))
            self.refused(answer, 400, answer.code)

    def test_in_the_name_of_somebody_else(self):
        forged = self.deposit(key=self.nobody, creator=self.operator.participant)
        self.refused(self.send(forged), 401, "unauthenticated", "key")
        forged = self.system.transaction(self.nobody, "registry", "suspend_app", ["evidence"],
                                         creator=self.operator.participant)
        self.refused(self.send(forged, "system"), 401, "unauthenticated")

    # --- what is not there, or not permitted

    def test_unknown_app(self):
        self.refused(self.send(self.deposit(), "no-such-app"), 404, "not_found", "no-such-app")
        self.refused(self.send(self.deposit(), "00" * 32), 404, "not_found")
        self.refused(self.node.post("/v1/apps/no-such-app/query", {"contract": "kv", "function": "get", "arguments": []}),
                     404, "not_found")

    def test_unknown_contract_and_function(self):
        """Whoever may call everything has it on the ledger that there is no such thing."""
        for contract, function, error in (("nothing", "set", "nothing"), ("texts", "nothing", "Invalid Request"),
                                          ("files", "nothing", "nothing")):
            answer = self.send(self.anything.transaction(self.operator, contract, function, []), "anything")
            self.assertEqual((answer.status, answer.json()["status"]), (200, "refused"), answer)
            self.assertIn(error, answer.json()["error"])

    def test_not_permitted(self):
        self.refused(self.send(self.deposit(key=self.nobody)), 403, "forbidden", "no member", "join")
        self.refused(self.send(self.deposit(key=self.looker)), 403, "forbidden", "no member")
        for key, function in ((self.looker, "set"), (self.operator, "update"), (self.looker, "nothing")):
            answer = self.send(self.closed.transaction(key, "kv", function, pair("x")), "closed")
            self.refused(answer, 403, "forbidden", f"kv.{function}")

    def test_not_permitted_on_the_permission_chain(self):
        spec = '{"name":"mine","contracts":[{"name":"kv","type":"kv"}],"roles":[{"name":"r","functions":["*"]}]}'
        for function, arguments in (
                ("publish_app", [spec]), ("suspend_app", ["evidence"]), ("set_publisher", [self.stranger.participant.hex(), "yes"]),
                ("approve", ["closed", self.stranger.participant.hex()]), ("upgrade_contract", ["closed", "kv", "kv", "2"]),
                ("revoke_participant", [self.operator.participant.hex()]), ("revoke_node", ["beijing"])):
            answer = self.send(self.system.transaction(self.stranger, "registry", function, arguments), "system")
            self.assertEqual((answer.status, answer.json()["status"]), (200, "refused"), (function, answer))
            self.a_sentence(answer.json()["error"])
        answer = self.send(self.system.transaction(self.operator, "registry", "publish_app", [spec[:-1]]), "system")
        self.assertEqual(answer.json()["status"], "refused")

    def test_suspended(self):
        """Writes are refused at every node; reads go on; then it takes writes again."""
        self.on_system(self.operator, "suspend_app", ["anything", "for a test"])
        set_it = self.anything.transaction(self.operator, "texts", "set", pair("suspended"))
        for connection in self.net.connections():
            refusal = wait_for("the node knows", lambda: self.unless_taken(connection))
            self.refused(refusal, 403, "suspended", "for a test")
            self.refused(submit(connection, "anything", set_it), 403, "suspended")
            self.assertEqual(self.anything.get(connection, self.operator, "/v1/apps/anything/height").status, 200)
            connection.close()
        self.on_system(self.operator, "resume_app", ["anything"])
        answer = wait_for("it takes writes again", lambda: self.unless_suspended(set_it))
        self.accepted(answer)

    def unless_taken(self, connection):
        answer = submit(connection, "anything", self.anything.transaction(self.operator, "texts", "get", ["a"]))
        return answer if answer.status != 200 else None

    def unless_suspended(self, transaction):
        answer = self.send(transaction, "anything")
        return answer if answer.status != 403 else None

    # --- foreign readers

    def test_foreign_readers(self):
        signed = self.closed.authorization
        block = "/v1/apps/closed/blocks/0"
        for target in ("height", "blocks/latest", "blocks/0", f"transactions/{'00' * 32}", "events?from=0",
                       f"transactions/{'00' * 32}/receipt"):
            target = f"/v1/apps/closed/{target}"
            answer = self.node.get(target)
            self.refused(answer, 401, "unauthenticated")
            self.assertEqual(answer.headers["WWW-Authenticate"], "BSN")
            self.refused(self.node.get(target, headers=signed(self.nobody, "GET", target)), 401, "unauthenticated")
            self.refused(self.node.get(target, headers=signed(self.stranger, "GET", target)), 403, "forbidden")
        self.assertEqual(self.closed.get(self.node, self.looker, block).status, 200)

    def test_wrong_signed_requests(self):
        signed, target = self.closed.authorization, "/v1/apps/closed/blocks/0"

        def ask(headers, asked=target, connection=self.node):
            return connection.get(asked, headers=headers)

        good = signed(self.looker, "GET", target)
        self.assertEqual(ask(good).status, 200)
        self.refused(ask(good), 401, "unauthenticated", "nonce")
        self.refused(ask(signed(self.looker, "GET", target, expires=now_ms() - 1)), 401, "unauthenticated", "expired")
        self.refused(ask(signed(self.looker, "GET", target, expires=now_ms() + 5 * MINUTE)), 401, "unauthenticated", "120")
        self.refused(ask(signed(self.looker, "POST", target)), 401, "unauthenticated", "signature")
        self.refused(ask(signed(self.looker, "GET", target), "/v1/apps/closed/height"), 401, "unauthenticated")
        self.refused(ask(signed(self.looker, "GET", target, b"body")), 401, "unauthenticated")
        self.refused(ask(signed(self.looker, "GET", target, for_channel=False)), 401, "unauthenticated")
        self.refused(ask(self.anything.authorization(self.looker, "GET", target)), 401, "unauthenticated")
        self.refused(ask(signed(self.nobody, "GET", target, participant=self.looker.participant)), 401, "unauthenticated",
                     "key")
        for header in ("", "Basic YTpi", "BSN ", "BSN a=b", "BSN " + "x" * 1000, good["Authorization"] + ",more=1",
                       good["Authorization"].replace("nonce=", "nonce=zz"), good["Authorization"].upper()):
            self.refused(ask({"Authorization": header}), 401, "unauthenticated")

    def test_foreign_queries(self):
        target = "/v1/apps/closed/query"
        body = json.dumps({"contract": "kv", "function": "get", "arguments": ["a"]}).encode()
        typed = {"Content-Type": "application/json"}

        def ask(key):
            return self.node.post(target, body, headers=typed | self.closed.authorization(key, "POST", target, body))

        self.refused(self.node.post(target, body, headers=typed), 401, "unauthenticated")
        self.refused(ask(self.stranger), 403, "forbidden")
        answer = ask(self.looker)
        self.assertTrue(answer.status == 200 or answer.code == "contract_failed", answer)
        header = self.closed.authorization(self.looker, "POST", target, body)
        self.refused(self.node.post(target, body.replace(b'"a"', b'"b"'), headers=typed | header), 401, "unauthenticated")

    def test_members_are_not_told_to_others(self):
        target = "/v1/apps/closed"
        self.assertNotIn("members", self.node.get(target).json())
        self.assertNotIn("members", self.closed.get(self.node, self.stranger, target).json())
        self.assertIn("members", self.closed.get(self.node, self.looker, target).json())

    # --- HTTP

    def test_paths_and_methods(self):
        for path in ("/", "/v1", "/v2/status", "/v1/apps/closed/nothing", "/v1/status/", "/%2e%2e/etc/passwd"):
            self.refused(self.node.get(path), 404, "not_found")
        for method, path, allowed in (("POST", "/v1/status", "GET"), ("GET", "/v1/apps/closed/query", "POST"),
                                      ("DELETE", "/v1/apps", "GET"), ("PUT", "/v1/apps/closed/transactions", "POST")):
            answer = self.node.request(method, path)
            self.refused(answer, 405, "invalid_argument")
            self.assertIn(allowed, answer.headers["Allow"])
        self.refused(self.node.get("/v1/apps/%zz"), 400, "invalid_argument")
        self.refused(self.node.get("/v1/apps/" + "a" * 9000), 414, "too_large")
        self.refused(self.node.get("/v1/status", headers={"X-Long": "a" * 17_000}), 431, "too_large")

    def test_unknown_parameters(self):
        for path in ("status", "apps", "apps/evidence", "apps/system/height", "apps/system/blocks/0", "apps/system/events"):
            self.refused(self.node.get(f"/v1/{path}?what=1"), 400, "invalid_argument", "what")

    def test_heights_and_ids(self):
        for path in ("blocks/-1", "blocks/x", "blocks/1e3", "blocks/99999999999999999999", "transactions/abc",
                     "transactions/" + "zz" * 32, "events?from=x"):
            target = f"/v1/apps/closed/{path}"
            self.refused(self.closed.get(self.node, self.looker, target), 400, "invalid_argument")
        for path in ("blocks/1000000", "blocks/" + "00" * 32, "transactions/" + "00" * 32):
            target = f"/v1/apps/closed/{path}"
            self.refused(self.closed.get(self.node, self.looker, target), 404, "not_found")
        self.refused(self.node.get("/v1/participants/abc"), 400, "invalid_argument")
        self.refused(self.node.get("/v1/participants/" + "00" * 32), 404, "not_found")

    def test_bodies(self):
        target, good = "/v1/apps/evidence/transactions", base64.b64encode(self.deposit()).decode()
        for body in (b"", b"{", b"[]", b"null", b'{"transaction":1}', b'{"transaction":"***"}', b'{}',
                     b'{"transaction":"%s","more":1}' % good.encode(),
                     b'{"transaction":"%s","transaction":"%s"}' % (good.encode(), good.encode()),
                     b"\xff\xfe", b'{"transaction":"\xff"}', b"[" * 100_000):
            self.refused(self.node.post(target, body, Content_Type="application/json"), 400, "invalid_argument")
        self.accepted(self.node.post(target, {"transaction": good}))
        self.refused(self.node.post(target, b"x", Content_Type="text/plain"), 415, "invalid_argument")
        for value in ("0", "-1", "x", "60001", ""):
            self.refused(self.send(self.deposit(), timeout_ms=value), 400, "invalid_argument", "timeout_ms")
        query = "/v1/apps/evidence/query"
        for body in ({}, [], {"contract": "evidence"}, {"contract": 1, "function": "get", "arguments": []},
                     {"contract": "evidence", "function": "get", "arguments": "a"},
                     {"contract": "evidence", "function": "get", "arguments": [1]},
                     {"contract": "evidence", "function": "get", "arguments": [{"base64": "***"}]},
                     {"contract": "evidence", "function": "get", "arguments": [], "more": 1}):
            self.refused(self.node.post(query, body), 400, "invalid_argument")

    def test_many_at_once(self):
        good = self.deposit()

        def send(body):
            return self.node.post("/v1/apps/evidence/transactions", body, Content_Type="application/x-bsn-transactions")

        for body in (b"", b"\0", bytes(4), many([good])[:-1], many([good]) + b"\0", b"\0\0\0\x02" + sized(good),
                     b"\0\0\0\x01\xff\xff\xff\xff"):
            self.refused(send(body), 400, "invalid_argument")
        self.refused(send(many([b""] * 4001)), 413, "too_large", "4000")
        self.refused(send(b"\xff\xff\xff\xff"), 413, "too_large")
        mixed = [self.deposit(), self.deposit(valid_until=1), b"", self.deposit(key=self.nobody),
                 self.evidence.transaction(self.operator, "evidence", "deposit", ["no hash"])]
        codes = [answer[0] for answer in results(send(many(mixed)).body)]
        self.assertEqual(codes, [0, 108, 101, 113, 1])

    def test_too_large_a_body(self):
        with socket.create_connection(("127.0.0.1", self.net.port), timeout=30) as raw:
            raw.sendall(b"POST /v1/apps/evidence/transactions HTTP/1.1\r\nHost: x\r\n"
                        b"Content-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % (16 * MEBIBYTE + 1))
            answer = self.read_all(raw)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer)
        self.assertIn(b'"too_large"', answer)

    def test_no_http(self):
        for bytes_sent in (b"hello\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
                           b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.net.port), timeout=30) as raw:
                raw.sendall(bytes_sent)
                raw.shutdown(socket.SHUT_WR)
                answer = self.read_all(raw)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer)

    @staticmethod
    def read_all(raw):
        parts = []
        try:
            while part := raw.recv(65536):
                parts.append(part)
                if b"\r\n\r\n" in b"".join(parts) and b'"error"' in b"".join(parts):
                    break
        except ConnectionResetError:
            pass
        return b"".join(parts)

    def test_z_the_nodes_agree(self):
        for app in ("system", "evidence", "closed", "anything"):
            self.net.heads(app)


class SameKeyOtherNonces(Key):
    """Signs each message with another number than `Key` does."""

    def sign(self, message, high_s=False):
        e = int.from_bytes(hashlib.sha256(message).digest(), "big")
        x = SECP256R1.gx  # of the generator itself: the number 1
        s = (e + x * self.secret) % SECP256R1.n
        s = SECP256R1.n - s if s > SECP256R1.n // 2 else s
        return x.to_bytes(32, "big") + s.to_bytes(32, "big")


if __name__ == "__main__":
    main()
