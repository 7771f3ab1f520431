"""Calls of apps on Hyperledger Fabric: by `bsn` with keys of its own, by the API with keys in custody, by the published
protocol; and proofs that are judged offline.
"""

import hashlib
import json
import os
import subprocess
import unittest

from _fabric import programs
from _network import EXAMPLES, binary, main, wait_for
from _published import Client, Published
from _transactions import Channel, Key

PROGRAMS = programs()
APP = "evidence-fabric"
KV = "kv-fabric"
FABRIC = "/api/fabric/v1/node/"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


@unittest.skipUnless(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class FabricCalls(Published):
    environment = {"BSN_FABRIC": str(PROGRAMS)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        net = cls.net
        kv = net.files / "kv.yaml"
        kv.write_text((EXAMPLES / f"{APP}.yaml").read_text().replace(f"name: {APP}", f"name: {KV}")
                      .replace("name: evidence\n    type: evidence", "name: kv\n    type: kv")
                      .replace("name: depositor", "name: user").replace("evidence.deposit, evidence.depositBatch", "kv.*")
                      .replace("evidence.get, evidence.find, evidence.history", "kv.get, kv.getHistory"))
        net.bsn("app", "publish", EXAMPLES / f"{APP}.yaml")
        net.bsn("app", "publish", kv)
        for name, role in (("own", "depositor"), ("stranger", None)):
            net.bsn("key", "new", name)
            if role:
                net.bsn("--key", name, "app", "join", APP, "--role", role)
                net.bsn("app", "approve", APP, name)

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

    def test_an_idempotency_key_is_one_transaction_also_after_a_restart(self):
        net = self.net
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
        net.up()
        wait_for("the channel is open", lambda: invoke(digest("order 1"), "order 1").status == 200, 120)
        self.assertEqual(invoke(digest("order 1"), "order 1").json()["id"], first.json()["id"])

    # --- the published protocol

    def test_the_published_protocol(self):
        net = self.net
        net.bsn("app", "gateway", KV, "--published", "yes", "--keys", "trust")
        net.bsn("key", "new", "user")
        net.bsn("--key", "user", "app", "join", KV, "--role", "user")
        net.bsn("app", "approve", KV, "user")
        node = self.net.connection().get("/v1/status").json()["name"]
        net.bsn("--key", "user", "app", "custodian", KV, node)
        client = Client(net, "user", KV, "secp256r1")
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


if __name__ == "__main__":
    main()
