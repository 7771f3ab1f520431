"""Calls of apps on Hyperledger Fabric: by `bsn` with keys of its own, by the API with keys in custody, by the published
protocol; proofs that are judged offline; and the events of contracts.
"""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import subprocess

from _fabric import for_release, programs
from _needs import needs
from _network import EXAMPLES, PATIENCE, binary, main, wait_for
from _published import Client, Published
from _receiver import Receiver, WebSocket
from _transactions import Channel, Key

PROGRAMS = programs()
APP = "evidence-fabric"
KV = "kv-fabric"
FABRIC = "/api/fabric/v1/node/"
EVENTS = "/api/fabric/v1/chainCode/event/"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class FabricCalls(Published):
    environment = {"BSN_FABRIC": str(PROGRAMS)}
    options = ("--callbacks", "127.0.0.0/8")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        net = cls.net
        text = for_release((EXAMPLES / f"{APP}.yaml").read_text())
        app, kv = net.files / "app.yaml", net.files / "kv.yaml"
        app.write_text(text)
        kv.write_text(text.replace(f"name: {APP}", f"name: {KV}")
                      .replace("name: evidence\n    type: evidence", "name: kv\n    type: kv")
                      .replace("name: depositor", "name: user").replace("evidence.deposit, evidence.depositBatch", "kv.*")
                      .replace("evidence.get, evidence.find, evidence.history", "kv.get, kv.getHistory"))
        net.bsn("app", "publish", app)
        net.bsn("app", "publish", kv)
        for name, role in (("own", "depositor"), ("stranger", None)):
            net.bsn("key", "new", name)
            if role:
                net.bsn("--key", name, "app", "join", APP, "--role", role)
                net.bsn("app", "approve", APP, name)
        net.bsn("app", "gateway", KV, "--published", "yes", "--keys", "trust")
        net.bsn("key", "new", "user")
        net.bsn("--key", "user", "app", "join", KV, "--role", "user")
        net.bsn("app", "approve", KV, "user")
        cls.client = Client(net, "user", KV, "secp256r1")
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)

    def call(self, key, *words):
        return self.net.json("--key", key, "call", APP, "evidence", *words)

    # --- keys of one's own

    def test_a_call_its_proof_and_what_is_wrong_with_others(self):
        hash_ = digest("contract.pdf")
        done = self.call("own", "deposit", hash_, "--receipt", "deposit.proof")
        found = json.loads(self.net.json("query", APP, "evidence", "find", hash_)["result"])
        self.assertEqual([one["hash"] for one in found], [hash_])
        organisations = self.net.files / "organisations.json"
        organisations.write_text(self.net.bsn("fabric", "organisations", APP).out)
        proof = self.net.files / "deposit.proof"
        verified = self.net.json("receipt", "verify", proof, "--organisations", organisations)
        self.assertEqual((verified["transaction"], verified["function"], verified["arguments"][0], verified["success"]),
                         (done["transaction"], "deposit", hash_, True))
        self.assertEqual(verified["height"], done["height"])
        shown = self.net.json("receipt", "show", proof)
        self.assertEqual((shown["transaction"], shown["verified"]), (done["transaction"], False))
        again = self.net.json("receipt", "fetch", APP, done["transaction"], "-o", "again.proof")
        self.assertEqual(again["transaction"], done["transaction"])
        # Not by the genesis file, not by others' organisations, and not if a byte is another one.
        self.net.bsn("receipt", "verify", proof, status=2)
        others = self.net.files / "others.json"
        others.write_text(self.net.bsn("fabric", "organisations", KV).out)
        self.net.bsn("receipt", "verify", proof, "--organisations", others, status=1)
        content = proof.read_bytes()
        for place in range(0, len(content), max(1, len(content) // 23)):
            broken = self.net.files / "broken.proof"
            broken.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1:])
            self.assertNotEqual(self.net.bsn("receipt", "verify", broken, "--organisations", organisations,
                                             status=None).status, 0, place)

    def test_many_clients_at_once_hold_up_nothing(self):
        """More than the node has threads: while peers are asked, all of them go on."""
        hashes = [digest(f"at once {number}") for number in range(8)]
        calls = [subprocess.Popen([binary(), "--home", self.net.home, "--key", "own", "call", APP, "evidence", "deposit", one],
                                  env=self.net.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                 for one in hashes]
        for one in calls:
            said, _ = one.communicate(timeout=60)
            self.assertEqual(one.returncode, 0, said)

    def test_refusals_are_told(self):
        hash_ = digest("once")
        self.call("own", "deposit", hash_)
        told = self.net.error("--key", "own", "call", APP, "evidence", "deposit", hash_)
        self.assertEqual(told["code"], "contract_failed")
        self.assertIn("deposited", told["message"])
        told = self.net.error("--key", "stranger", "call", APP, "evidence", "deposit", digest("no member"))
        self.assertIn(told["code"], ("forbidden", "unauthenticated"))
        told = self.net.error("--key", "own", "call", APP, "evidence", "nothing")
        self.assertIn("nothing", told["message"])
        told = self.net.error("--key", "own", "query", APP, "evidence", "deposit", digest("as a query"))
        self.assertIn("writes", told["message"])
        self.net.bsn("app", "suspend", APP, "--reason", "a test")
        self.assertEqual(self.net.error("--key", "own", "call", APP, "evidence", "deposit", digest("late"))["code"], "suspended")
        self.net.bsn("app", "suspend", APP, "--resume")
        wait_for("it takes writes again", lambda: self.net.bsn("--key", "own", "call", APP, "evidence", "deposit",
                                                               digest("late"), status=None).status == 0)

    def test_endorsements_of_nonsense_are_refused(self):
        connection = self.net.connection()
        self.addCleanup(connection.close)
        for body in (b"\x00", b"\xff" * 100, os.urandom(5000)):
            answer = connection.request("POST", f"/v1/apps/{APP}/endorsements", body,
                                        headers={"Content-Type": "application/octet-stream"})
            self.assertEqual(answer.status, 400, answer.body)
            answer = connection.request("POST", f"/v1/apps/{APP}/transactions", body,
                                        headers={"Content-Type": "application/octet-stream"})
            self.assertEqual(answer.status, 400, answer.body)
        answer = connection.get(f"/v1/apps/{APP}/certificate")
        self.assertEqual(answer.status, 401, answer.body)
        answer = connection.request("POST", "/v1/apps/evidence/endorsements", b"\x00",
                                    headers={"Content-Type": "application/octet-stream"})
        self.assertEqual(answer.status, 400, answer.body)

    # --- keys in custody

    def test_an_idempotency_key_is_one_transaction_and_an_event_is_told_also_after_a_kill(self):
        net = self.net
        self.receiver.set("/late", (500, "down"))
        event = self.register("/late")
        self.set_key("late")
        told = self.receiver.wait("/late", 1)[0]
        node = self.net.connection().get("/v1/status").json()["name"]
        net.bsn("--key", "own", "custody", "grant", APP, "--city-node", node)
        wait_for("the user is made", lambda: net.bsn("--key", "own", "custody", "add", APP, "default",
                                                     status=None).status == 0)
        owner, channel = Key.load(net.home / "keys" / "own.pem"), Channel.of(net, APP)

        def invoke(hash_, key):
            target = f"/v1/apps/{APP}/invocations"
            body = json.dumps({"contract": "evidence", "function": "deposit", "arguments": [hash_],
                               "idempotency_key": key}).encode()
            connection = net.connection()
            answer = connection.request("POST", target, body, headers={
                **channel.authorization(owner, "POST", target, body), "Content-Type": "application/json"})
            connection.close()
            return answer
        first = invoke(digest("order 1"), "order 1")
        self.assertEqual(first.status, 200, first.body)
        again = invoke(digest("order 1"), "order 1")
        self.assertEqual((again.status, again.json()["id"]), (200, first.json()["id"]), again.body)
        other = invoke(digest("order 2"), "order 1")
        self.assertEqual((other.status, other.json()["error"]["code"]), (409, "duplicate"), other.body)
        net.kill()
        self.receiver.set("/late", (200, "success"))
        net.up()
        wait_for("the channel is open", lambda: invoke(digest("order 1"), "order 1").status == 200, 120)
        self.assertEqual(invoke(digest("order 1"), "order 1").json()["id"], first.json()["id"])
        self.assertEqual(self.receiver.wait("/late", 2)[1].body, told.body)
        self.good(self.client.ask(EVENTS + "remove", event, eventId=event))

    # --- the published protocol

    def test_the_published_protocol(self):
        node = self.net.connection().get("/v1/status").json()["name"]
        self.net.bsn("--key", "user", "app", "custodian", KV, node)
        client = self.client
        self.good(client.ask("/api/fabric/v1/user/register", "bob", name="bob", secret="", extendProperties=""))

        def invoke(function, argument):
            nonce = "AAAA"
            return self.good(client.ask(FABRIC + "reqChainCode", "bob" + nonce + "kv" + function + argument,
                                        userName="bob", nonce=nonce, chainCode="kv", funcName=function,
                                        args=[argument], transientData={}))
        done = invoke("set", json.dumps({"baseKey": "a", "baseValue": "1"}))
        self.assertEqual((done["blockInfo"]["status"], done["ccRes"]["ccCode"]), (0, 200), done)
        read = invoke("get", "a")
        self.assertEqual((read["blockInfo"]["txId"], read["ccRes"]["ccData"]), ("", "1"))
        told = self.good(client.ask(FABRIC + "getTransaction", done["blockInfo"]["txId"],
                                    txId=done["blockInfo"]["txId"]))
        self.assertEqual((told["blockHash"], told["status"]), (done["blockInfo"]["blockHash"], 0))
        # For people, all that has a binary form is there as JSON, too.
        one = done["blockInfo"]["txId"]
        data = self.good(client.ask(FABRIC + "getTransdata", one + "json", txId=one, dataType="json"))
        self.assertEqual(json.loads(data["transData"])["arguments"], [json.dumps({"baseKey": "a", "baseValue": "1"})])
        data = self.good(client.ask(FABRIC + "getBlockData", "0" + one + "json", txId=one, dataType="json"))
        self.assertIn(one, [each["id"] for each in json.loads(data["blockData"])["transactions"]])
        for fields, asked in ((one[:-1] + "x", {"txId": one[:-1] + "x"}), ("ab" * 32, {"txId": "ab" * 32})):
            self.assertEqual(client.ask(FABRIC + "getTransdata", fields, **asked)["header"]["code"], -1)
        told = client.ask(FABRIC + "getBlockData", "1000000", blockNumber=1000000)
        self.assertIn("1000000", told["header"]["msg"])

    def test_calls_that_conflict_are_made_anew(self):
        """By the published protocol, where no transaction is promised beforehand: all have their effect."""
        node = self.net.connection().get("/v1/status").json()["name"]
        self.net.bsn("--key", "user", "app", "custodian", KV, node)
        self.good(self.client.ask("/api/fabric/v1/user/register", "eve", name="eve", secret="", extendProperties=""))

        def invoke(function, value):
            argument = json.dumps({"baseKey": "hot", "baseValue": value})
            return self.good(self.client.ask(FABRIC + "reqChainCode", "eve" + "AAAA" + "kv" + function + argument,
                                             userName="eve", nonce="AAAA", chainCode="kv", funcName=function,
                                             args=[argument], transientData={}))["blockInfo"]["status"]
        self.assertEqual(invoke("set", "0"), 0)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.assertEqual(list(pool.map(lambda number: invoke("update", str(number)), range(12))), [0] * 12)

    # --- events

    def set_key(self, key):
        """A transaction with the event `event_set`: where it is."""
        return self.net.json("--key", "user", "call", KV, "kv", "set", json.dumps({"baseKey": key, "baseValue": "1"}))

    def register(self, path, key="event_set"):
        url = self.receiver.url(path)
        return self.good(self.client.ask(EVENTS + "register", "kv" + key + url + "a=1", chainCode="kv", eventKey=key,
                                         notifyUrl=url, attachArgs="a=1"))["eventId"]

    def stream(self, query):
        target = f"/v1/apps/{KV}/events{query}"
        key = Key.load(self.net.home / "keys" / "user.pem")
        return target, Channel.of(self.net, KV).authorization(key, "GET", target)

    def server_sent(self, query, count, last=None):
        """The ids of the first events of a stream."""
        target, headers = self.stream(query)
        connection = http.client.HTTPConnection("127.0.0.1", self.net.port, timeout=PATIENCE)
        connection.request("GET", target, headers=headers | ({"Last-Event-ID": last} if last else {}))
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        ids = []
        while len(ids) < count:
            line = answer.readline().decode().rstrip("\n")
            ids += [line[4:]] if line.startswith("id: ") else []
        connection.close()
        return ids

    def test_events_of_a_contract_are_told_and_streamed_from_any_height_on(self):
        event, other = self.register("/told"), self.register("/other", "event_delete")
        listed = self.good(self.client.ask(EVENTS + "query"))
        self.assertEqual(sorted((one["eventId"], one["eventKey"], one["attachArgs"]) for one in listed),
                         sorted([(event, "event_set", "a=1"), (other, "event_delete", "a=1")]))
        places = [self.set_key(f"event{number}") for number in range(3)]
        told = self.receiver.wait("/told", 3)
        self.assertEqual([(one.body["chainCode"], one.body["eventName"], one.body["txId"], one.body["blockNumber"])
                          for one in told],
                         [("kv", "event_set", place["transaction"], place["height"]) for place in places])
        self.assertEqual(json.loads(base64.b64decode(told[0].body["payload"]))["baseKey"], "event0")
        self.assertEqual(self.receiver.told("/other"), [])
        for one in (event, other):
            self.assertIsNone(self.good(self.client.ask(EVENTS + "remove", one, eventId=one)))
        self.assertEqual(self.good(self.client.ask(EVENTS + "query")), [])

        first = places[0]["height"]
        ids = self.server_sent(f"?from={first}", 3)
        self.assertEqual([int(one.split("-")[0]) for one in ids], [place["height"] for place in places])
        self.assertEqual(self.server_sent("?from=0", 2, last=ids[0]), ids[1:])
        self.assertEqual(self.server_sent("?from=0", 1)[0].split("-")[1:], ids[0].split("-")[1:])
        target, headers = self.stream(f"?from={first}")
        reader = WebSocket(self.net.port, target, headers)
        self.addCleanup(reader.close)
        self.assertEqual(reader.status, 101)
        messages = []
        while len(messages) < 3:
            messages += reader.message()["events"]
        self.assertEqual([one["id"] for one in messages], ids)
        later = self.set_key("later")
        while len(messages) < 4:
            messages += reader.message()["events"]
        self.assertEqual((messages[3]["transaction"], messages[3]["name"]), (later["transaction"], "event_set"))


if __name__ == "__main__":
    main()
