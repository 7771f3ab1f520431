"""The official Go SDK of city-node gateways, unmodified, against an app on Hyperledger Fabric that our nodes run."""

import base64
import http.server
import json
import threading

from _fabric import for_release, programs
from _needs import needs
from _network import EXAMPLES, main
from _official_go_sdk import GoSdk

PROGRAMS = programs()
APP = "kv-fabric"
TRUST, UPLOAD = 1, 2
SECP256R1 = 2
ENDORSED = 3  # Fabric's number of transactions that peers have endorsed


class Recorder:
    """Stands before a node and hands on what it is asked; keeps the last request of each path."""

    def __init__(self, connection):
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorder.last[self.path] = body
                answer = connection.request("POST", self.path, body, {})
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *words):
                pass

        self.last = {}
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)  # one request after the other
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class OnFabric(GoSdk):
    environment = {"BSN_FABRIC": str(PROGRAMS)}

    def invoke(self, client, name, *arguments, user="alice", contract="kv"):
        return client.call("ReqChainCode", {"userName": user, "nonce": "bm9uY2U=", "chainCode": contract, "funcName": name,
                                            "args": list(arguments), "transientData": {}})

    def publish_on_fabric(self, name, keys):
        """The SDK for a member of a new app, whose custodian is the node that it asks."""
        file = self.net.files / "kv.yaml"
        file.write_text(for_release((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", f"name: {name}\ndesc")
                                    .replace("name: writer", "name: user").replace("framework: ledger", "framework: fabric")))
        self.member = self.publish(file, name, keys, "secp256r1")
        self.net.bsn("--key", name, "app", "custodian", name, self.node["name"])
        connection = self.net.connection(self.at)
        self.addCleanup(connection.close)
        self.recorder = Recorder(connection)
        self.addCleanup(self.recorder.close)
        client = self.open(self.member, "fabric", address=self.recorder.address)
        self.assertEqual(self.app(client), ("fabric", TRUST if keys == "trust" else UPLOAD, SECP256R1,
                                            f"app-{self.net.channel(name).hex()}"))
        return client

    def upload_as(self, client):
        """What a user who keeps their key calls a function by."""
        def call(function, *arguments, **other):
            return client.call("SdkTran", {"userName": "alice", "chainCode": "kv", "funcName": function,
                                           "args": list(arguments)} | other)
        return call

    def enroll_alice(self, client):
        alice = {"name": "alice", "secret": "pw"}
        self.assertEqual(self.done(client.call("RegisterUser", alice)), alice)
        self.assertNotIn("error", client.call("EnrollUser", alice))
        return self.upload_as(client)

    def test_upload(self):
        """Users keep their keys, and sign proposals; the node relays them."""
        app = "kv-upload"
        client = self.publish_on_fabric(app, "upload")
        call = self.enroll_alice(client)

        value = '{"baseKey":"钥","baseValue":"值 <&>"}'
        made = self.done(call("set", value))
        self.assertEqual((made["ccRes"]["ccCode"], made["blockInfo"]["status"]), (200, 0), made)
        # Whoever reads the chain sees whose word it was, though the node signed the transaction.
        found = self.done(client.call("GetTransInfo", {"txId": made["blockInfo"]["txId"]}))
        self.assertEqual((found["createName"], found["status"]), (f"alice@{app}", 0))
        read = self.done(call("get", "钥"))
        self.assertEqual((read["ccRes"], read["blockInfo"]["txId"]), ({"ccCode": 200, "ccData": "值 <&>"}, ""))
        again = self.done(call("set", value))
        self.assertEqual((again["ccRes"]["ccCode"], again["blockInfo"]["status"]), (500, 255), again)
        self.refused(call("set", value, transientData={"secret": "MQ=="}), "transient data")
        self.refused(call("set", value, chainCode="evidence"), "evidence")
        client.call("MakeUser", {"name": "mallory"})  # nobody enrolled them
        self.refused(call("set", value, userName="mallory"), "certificate")
        # Without a user's name nobody signs: the SDK does not, and the node has no keys of anybody.
        self.assertEqual(call("set", value, userName=""), {"error": "user does not exist"})
        self.refused(self.invoke(client, "set", value, user=""), "trust")
        self.events(client, {"chainCode": "kv", "eventKey": "^event_set$"}, listed_mac=False)

    def test_a_proposal_that_is_sent_again_is_the_same_transaction(self):
        client = self.publish_on_fabric("kv-again", "upload")
        call = self.enroll_alice(client)
        made = self.done(call("set", '{"baseKey":"a","baseValue":"1"}'))
        body = self.recorder.last["/api/fabric/v1/node/trans"]
        for at in (self.at, self.other(), self.at):  # the other hands it on to the custodian
            with self.subTest(at=at):
                self.assertEqual(self.good(self.sent(at, body)), made)
        self.assertEqual(json.loads(self.net.json("query", "kv-again", "kv", "getHistory", "a")["result"])[0]["txId"],
                         made["blockInfo"]["txId"])
        self.assertEqual(len(json.loads(self.net.json("query", "kv-again", "kv", "getHistory", "a")["result"])), 1)
        # One that was changed on its way is nobody's.
        forged = json.loads(body)
        data = bytearray(base64.b64decode(forged["body"]["transData"]))
        data[len(data) // 2] ^= 1
        forged["body"]["transData"] = base64.b64encode(data).decode()
        self.assertEqual(self.sent(self.at, json.dumps(forged).encode())["header"]["code"], -1)

    def test_users_are_bound_to_the_node_that_issued_their_certificate(self):
        app = "kv-bound"
        client = self.publish_on_fabric(app, "upload")
        self.done(self.enroll_alice(client)("set", '{"baseKey":"a","baseValue":"1"}'))
        # By another node's gateway it goes to the custodian all the same.
        other = self.other()
        self.save_keys_of(other)
        there = self.open(self.member, "fabric", at=other, folder=client.folder)
        call = self.upload_as(there)
        self.done(call("update", '{"baseKey":"a","baseValue":"2"}'))
        # Another custodian is another organisation on the channel, which did not issue the certificate.
        self.net.bsn("--key", app, "app", "custodian", app, self.name_of(other))
        self.refused(call("update", '{"baseKey":"a","baseValue":"3"}'), "ask its city node")
        self.assertEqual(self.net.json("query", app, "kv", "get", "a")["result"], "2")
        # What a member does about it, as gateway.md says.
        self.refused(there.call("RegisterUser", {"name": "alice", "secret": "pw"}), "enrolled")
        self.net.bsn("--key", app, "call", "system", "registry", "remove_user", app, "alice")
        anew = self.open(self.member, "fabric", at=other)  # the SDK asks for the organisation's name once
        self.done(self.enroll_alice(anew)("update", '{"baseKey":"a","baseValue":"3"}'))
        self.assertEqual(self.net.json("query", app, "kv", "get", "a")["result"], "3")

    def other(self):
        return (self.at + 1) % self.net.nodes

    def name_of(self, at):
        connection = self.net.connection(at)
        self.addCleanup(connection.close)
        return connection.get("/v1/status").json()["name"]

    def save_keys_of(self, at):
        """As at the start of all tests, whose node stays the same."""
        node = self.node
        self.save_keys(at)
        type(self).node = node

    def sent(self, at, body):
        connection = self.net.connection(at)
        self.addCleanup(connection.close)
        return connection.request("POST", "/api/fabric/v1/node/trans", body, {}).json()

    def test_trust(self):
        client = self.publish_on_fabric(APP, "trust")
        channel = client.app["ChannelId"]
        alice = {"name": "alice", "secret": "pw"}
        self.assertEqual(self.done(client.call("RegisterUser", alice)), alice)

        value = '{"baseKey":"钥","baseValue":"值 <&>"}'
        made = self.done(self.invoke(client, "set", value))
        self.assertEqual((made["ccRes"]["ccCode"], made["blockInfo"]["status"]), (200, 0), made)
        one = made["blockInfo"]["txId"]
        found = self.done(client.call("GetTransInfo", {"txId": one}))
        self.assertEqual((found["blockHash"], found["status"]), (made["blockInfo"]["blockHash"], 0))
        read = self.done(self.invoke(client, "get", "钥"))
        self.assertEqual((read["ccRes"], read["blockInfo"]["txId"]), ({"ccCode": 200, "ccData": "值 <&>"}, ""))
        again = self.done(self.invoke(client, "set", value))
        self.assertEqual((again["ccRes"]["ccCode"], again["blockInfo"]["status"]), (500, 255), again)
        own = self.done(self.invoke(client, "update", '{"baseKey":"钥","baseValue":"2"}', user=""))
        self.assertEqual(own["ccRes"]["ccCode"], 200, own)
        self.refused(self.invoke(client, "set", value, user="nobody"), "nobody")

        # This version of the SDK signs the three in another order than the documents, and than its successor.
        head = self.done(client.call("GetLedgerInfo"), mac=False)
        last = json.loads(self.net.bsn("--json", "ledger", "block", APP, "latest").out)
        self.assertEqual((head["blockHash"], head["height"]), (last["hash"], last["height"] + 1))
        block = self.done(client.call("GetBlockInfo", {"blockNumber": last["height"]}))
        self.assertEqual((block["blockHash"], [each["txId"] for each in block["transactions"]]),
                         (last["hash"], last["transactions"]))
        # With Fabric's own messages, as the peers have them.
        data = self.done(client.call("GetBlockData", {"blockNumber": last["height"]}))
        self.assertEqual((data["blockHash"], data["blockNumber"]), (last["hash"], last["height"]))
        decoded = client.call("GetBlockData", {"txId": one})["answer"]
        at = found["blockNumber"]
        self.assertEqual((decoded["number"], base64.b64decode(decoded["previousHash"]).hex()),
                         (at, decoded["body"]["preBlockHash"]))
        self.assertIn({"channel": channel, "id": one, "type": ENDORSED, "code": 0}, decoded["transactions"])
        data = client.call("GetTransData", {"txId": one})
        self.assertEqual(self.done(data)["txId"], one)
        self.assertEqual(data["answer"]["transaction"], {"channel": channel, "id": one, "type": ENDORSED, "code": 0})
        self.refused(client.call("GetTransData", {"txId": "ab" * 32}), "ab" * 32)
        self.events(client, {"chainCode": "kv", "eventKey": "^event_set$"}, listed_mac=False)
        client.call("MakeUser", {"name": "alice"})
        self.refused(client.call("SdkTran", {"userName": "alice", "chainCode": "kv", "funcName": "get", "args": ["a"]}),
                     "key upload mode")


if __name__ == "__main__":
    main()
