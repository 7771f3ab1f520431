"""Apps whose chain is on a FISCO BCOS network outside: published, read, checked and written through our gateways.

The network outside is another network of ours, whose nodes speak FISCO BCOS's JSON-RPC.
"""

import base64
import json

from _fisco import Account
from _network import EXAMPLES, Network, NetworkTest, main, wait_for

GROUPS = {"notary": ("secp256k1", 1), "seal": ("sm2", 2)}
# Emits its call data under topic 7 and returns the first argument.
RUNTIME = bytes.fromhex("366000600037" "6007366000a1" "60206004f3")
CREATION = bytes.fromhex("6011600c60003960116000f3") + RUNTIME
OPEN = "roles: [{name: everybody, public: true, functions: ['*']}]"
ECHO = "echo(uint256) returns (uint256)"


class FiscoNetwork(NetworkTest):
    @classmethod
    def setUpClass(cls):
        cls.outside = Network(3)
        cls.outside.up()
        cls.net = Network(2)
        cls.net.up()
        for name, (suite, group) in GROUPS.items():
            example = (EXAMPLES / "fisco.yaml").read_text()
            example = example.replace("name: notary", f"name: {name}").replace("suite: secp256k1", f"suite: {suite}")
            cls.publish(cls.outside, name, example.replace("group: 1 ", f"group: {group} "))
        for name, (suite, group) in GROUPS.items():
            cls.publish(cls.net, f"far-{name}", cls.description(f"far-{name}", name))

    @classmethod
    def publish(cls, network, name, text):
        file = network.files / f"{name}.yaml"
        file.write_text(text)
        network.bsn("app", "publish", file)
        network.channel(name)

    @classmethod
    def description(cls, name, group, endpoints=None, sealers=None, more=""):
        suite, number = GROUPS[group]
        endpoints = endpoints or [f"http://127.0.0.1:{cls.outside.port + node}/rpc/{group}" for node in range(3)]
        sealers = sealers or cls.rpc(group, "getSealerList")
        return (f"name: {name}\nframework: fisco-network\nsuite: {suite}\nnetwork:\n  chain_id: 1\n  group: {number}\n"
                f"  endpoints: {json.dumps(endpoints)}\n  sealers: {json.dumps(sealers)}\n"
                f"{more or OPEN}\n")

    @classmethod
    def rpc(cls, group, method, *parameters, node=0):
        connection = cls.outside.connection(node)
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [GROUPS[group][1], *parameters]}
        answer = connection.post(f"/rpc/{group}", json.dumps(call).encode(),
                                 headers={"Content-Type": "application/json"}).json()
        connection.close()
        return answer["result"]

    def setUp(self):
        self.gateway = self.net.connection(1)
        self.addCleanup(self.gateway.close)

    def send(self, app, transaction, wait=30_000):
        return self.gateway.post(f"/v1/apps/{app}/transactions?timeout_ms={wait}", transaction,
                                 headers={"Content-Type": "application/octet-stream"})

    def sent(self, app, transaction):
        answer = self.send(app, transaction)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["status"], "success")
        return answer.json()

    def get(self, app, what):
        answer = self.gateway.get(f"/v1/apps/{app}/{what}")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def deployed(self, group, account):
        """A contract that was created through our gateway, and its address there."""
        transaction, tx = account.transaction(CREATION, group=GROUPS[group][1])
        self.assertEqual(self.sent(f"far-{group}", transaction)["id"], tx)
        return bytes.fromhex(self.rpc(group, "getTransactionReceipt", "0x" + tx)["contractAddress"][2:])

    def check_life(self, group):
        app, number = f"far-{group}", GROUPS[group][1]
        account = Account(GROUPS[group][0])
        contract = self.deployed(group, account)
        # A call, and the same bytes again through the other gateway.
        call = account.selector("echo(uint256)") + (42).to_bytes(32, "big")
        transaction, tx = account.transaction(call, contract, group=number)
        first = self.sent(app, transaction)
        other, self.gateway = self.gateway, self.net.connection(0)
        again = self.sent(app, transaction)
        self.gateway.close()
        self.gateway = other
        self.assertEqual((again["height"], again["index"]), (first["height"], first["index"]))
        # What is read is what the network outside has, with all its sealers' signatures.
        block = self.get(app, f"blocks/{first['height']}")
        self.assertEqual("0x" + block["hash"], self.rpc(group, "getBlockHashByNumber", str(first["height"])))
        self.assertEqual((block["signers"], block["transactions"]), (3, [tx]))
        found = self.get(app, f"transactions/{tx}")
        self.assertEqual(base64.b64decode(found["raw"]), transaction)
        self.assertEqual(found["height"], first["height"])
        # A query; contracts by address, and by name of the precompiled ones.
        asked = self.query(app, "0x" + contract.hex(), ECHO, ["7"])
        self.assertEqual(asked.status, 200, asked.body)
        self.assertIn(b"7", base64.b64decode(asked.json()["result"]))
        named = self.query(app, "0x1004", "selectByName(string) returns (string)", ["nobody"])
        self.assertEqual(named.status, 200, named.body)
        nowhere = self.query(app, "0x" + "9" * 40, ECHO, ["7"])
        self.assertEqual(nowhere.status, 404, nowhere.body)
        # A proof, in its own form.
        proof = self.gateway.get(f"/v1/apps/{app}/transactions/{tx}/receipt")
        self.assertEqual(proof.status, 200)
        self.assertIn(transaction, proof.body)
        self.assertIn(bytes.fromhex(block["previous"]), proof.body)

    def query(self, app, contract, function, arguments):
        body = {"contract": contract, "function": function, "arguments": arguments}
        return self.gateway.post(f"/v1/apps/{app}/query", json.dumps(body).encode(),
                                 headers={"Content-Type": "application/json"})

    def test_secp256k1(self):
        self.check_life("notary")

    def test_sm2(self):
        self.check_life("seal")

    def check_commands(self, group):
        """What a developer does with it by `bsn`: call, query, fetch, verify."""
        app, suite = f"far-{group}", GROUPS[group][0]
        self.net.bsn("key", "new", suite, "--suite", suite)
        address = "0x" + self.deployed(group, Account(suite)).hex()
        proof, sealers = self.net.files / f"{group}.proof", self.net.files / f"{group}.json"
        done = self.net.json("--key", suite, "call", app, address, ECHO, "42", "--receipt", proof)
        self.assertIn("42", json.dumps(done["result"]))
        self.assertEqual(len(done["events"]), 1)
        asked = self.net.json("--key", suite, "query", app, address, ECHO, "42")
        self.assertIn("42", json.dumps(asked["result"]))
        fetched = self.net.files / f"{group}.fetched"
        self.net.bsn("receipt", "fetch", app, done["transaction"], "--output", fetched)
        self.assertEqual(fetched.read_bytes(), proof.read_bytes())
        # The verifier says whose word it takes.
        self.assertIn("--sealers", self.net.bsn("receipt", "verify", proof, status=2).err)
        sealers.write_text(self.net.bsn("fisco", "sealers", app).out)
        verified = self.net.json("receipt", "verify", proof, "--sealers", sealers)
        self.assertTrue(verified["success"])
        self.assertEqual((verified["transaction"], verified["height"]), (done["transaction"], done["height"]))
        self.assertFalse(self.net.json("receipt", "show", proof)["verified"])
        # A byte changed, and sealers that did not sign.
        spoilt = bytearray(proof.read_bytes())
        spoilt[spoilt.index((42).to_bytes(32, "big")) + 31] ^= 1
        fetched.write_bytes(spoilt)
        self.net.bsn("receipt", "verify", fetched, "--sealers", sealers, status=1)
        trust = json.loads(sealers.read_text())
        trust["sealers"] = [f"{x:064x}{y:064x}" for x, y in (Account(suite).point,)]
        sealers.write_text(json.dumps(trust))
        stranger = self.net.bsn("receipt", "verify", proof, "--sealers", sealers, status=1)
        self.assertIn("signed by 0 of the 1 sealers", stranger.out + stranger.err)

    def test_commands_with_secp256k1(self):
        self.check_commands("notary")

    def test_commands_with_sm2(self):
        self.check_commands("seal")

    def test_refusals(self):
        account = Account("secp256k1")
        foreign, _ = account.transaction(b"", bytes(20), group=9)
        self.assertEqual(self.send("far-notary", foreign).json()["error"]["code"], "wrong_channel")
        late, _ = account.transaction(b"", bytes(20), height=-500)
        self.assertEqual(self.send("far-notary", late).json()["error"]["code"], "expired")
        one, _ = account.transaction(CREATION, nonce=12345)
        two, _ = account.transaction(CREATION, nonce=12345)
        self.sent("far-notary", one)
        self.assertEqual(self.send("far-notary", two).json()["error"]["code"], "duplicate")
        self.assertEqual(self.send("far-notary", b"no transaction").status, 400)

    def test_events(self):
        account = Account("secp256k1")
        contract = self.deployed("notary", account)
        call = account.selector("echo(uint256)") + (43).to_bytes(32, "big")
        done = self.sent("far-notary", account.transaction(call, contract)[0])
        self.gateway.http.request("GET", f"/v1/apps/far-notary/events?from={done['height']}")
        stream = self.gateway.http.getresponse()
        self.assertEqual(stream.status, 200)
        line = b""
        while not line.startswith(b"data:"):
            line = stream.readline()
            self.assertTrue(line, "the stream ended")
        self.gateway.close()
        event = json.loads(line[5:])
        self.assertEqual((event["contract"], event["transaction"]), (contract.hex(), done["id"]))
        self.assertEqual(base64.b64decode(event["data"]), call)

    def test_whom_the_sealers_do_not_know_is_not_believed(self):
        strangers = [f"{x:064x}{y:064x}" for x, y in (Account("secp256k1").point for _ in range(3))]
        self.publish(self.net, "fooled", self.description("fooled", "notary", sealers=strangers))
        transaction, tx = Account("secp256k1").transaction(CREATION)
        answer = self.send("fooled", transaction, wait=2_000)
        self.assertEqual(answer.json()["error"]["code"], "unknown_outcome")
        self.assertEqual(self.gateway.get(f"/v1/apps/fooled/transactions/{tx}").status, 400)

    def test_fewer_nodes_are_no_quorum_and_a_lost_endpoint_is_passed_over(self):
        urls = [f"http://127.0.0.1:{self.outside.port + node}/rpc/notary" for node in range(3)]
        self.publish(self.net, "few", self.description("few", "notary", endpoints=urls[:2]))
        account = Account("secp256k1")
        answer = self.send("few", account.transaction(CREATION)[0], wait=2_000)
        self.assertEqual(answer.json()["error"]["code"], "unknown_outcome")
        lost = ["http://127.0.0.1:1/rpc/notary", *urls]
        self.publish(self.net, "lost", self.description("lost", "notary", endpoints=lost))
        self.sent("lost", account.transaction(CREATION)[0])

    def test_members_only_and_suspension(self):
        members = "roles: [{name: member, functions: [\"*\"]}]"
        self.publish(self.net, "closed", self.description("closed", "notary", more=members))
        transaction, _ = Account("secp256k1").transaction(CREATION)
        self.assertEqual(self.send("closed", transaction).json()["error"]["code"], "forbidden")
        self.assertEqual(self.gateway.get("/v1/apps/closed/height").status, 401)
        self.publish(self.net, "resting", self.description("resting", "notary"))
        self.net.bsn("app", "suspend", "resting", "--reason", "a test")
        wait_for("the gateway knows", lambda: self.send("resting", transaction).json().get("error", {}).get("code")
                 == "suspended")

    def test_descriptions_are_checked(self):
        for change in ({"endpoints": ["ftp://x"]}, {"sealers": ["00"]}):
            file = self.net.files / "bad.yaml"
            file.write_text(self.description("bad", "notary", **change))
            self.assertNotEqual(self.net.bsn("app", "publish", file, status=None).status, 0)

    def test_z_the_network_outside_stops_and_comes_back(self):
        account = Account("secp256k1")
        self.sent("far-notary", account.transaction(CREATION)[0])
        self.outside.down()
        transaction, _ = account.transaction(CREATION)
        answer = self.send("far-notary", transaction, wait=5_000)
        self.assertIn(answer.json()["error"]["code"], ("unavailable", "unknown_outcome"))
        self.outside.up()
        wait_for("it is read again", lambda: self.send("far-notary", transaction, wait=5_000).status == 200)


if __name__ == "__main__":
    main()
