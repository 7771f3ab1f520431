"""The official Go SDK of city-node gateways, unmodified, against an app on Hyperledger Fabric that our nodes run."""

import base64
import json

from _fabric import programs
from _network import EXAMPLES, main, needs
from _official_go_sdk import GoSdk

PROGRAMS = programs()
APP = "kv-fabric"
TRUST, UPLOAD = 1, 2
SECP256R1 = 2
ENDORSED = 3  # Fabric's number of transactions that peers have endorsed


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class OnFabric(GoSdk):
    environment = {"BSN_FABRIC": str(PROGRAMS)}

    def invoke(self, client, name, *arguments, user="alice", contract="kv"):
        return client.call("ReqChainCode", {"userName": user, "nonce": "bm9uY2U=", "chainCode": contract, "funcName": name,
                                            "args": list(arguments), "transientData": {}})

    def publish_on_fabric(self, name, keys):
        file = self.net.files / "kv.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", f"name: {name}\ndesc")
                        .replace("name: writer", "name: user").replace("framework: ledger", "framework: fabric"))
        member = self.publish(file, name, keys, "secp256r1")
        self.net.bsn("--key", name, "app", "custodian", name, self.node["name"])
        client = self.open(member, "fabric")
        self.assertEqual(self.app(client), ("fabric", TRUST if keys == "trust" else UPLOAD, SECP256R1,
                                            f"app-{self.net.channel(name).hex()}"))
        return client

    def test_upload(self):
        """Users keep their keys, and sign proposals; the node relays them."""
        app = "kv-upload"
        client = self.publish_on_fabric(app, "upload")
        alice = {"name": "alice", "secret": "pw"}
        self.assertEqual(self.done(client.call("RegisterUser", alice)), alice)
        self.assertNotIn("error", client.call("EnrollUser", alice))

        def call(function, *arguments, **other):
            return client.call("SdkTran", {"userName": "alice", "chainCode": "kv", "funcName": function,
                                           "args": list(arguments)} | other)

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
        client.call("MakeUser", {"name": "alice"})
        self.refused(client.call("SdkTran", {"userName": "alice", "chainCode": "kv", "funcName": "get", "args": ["a"]}),
                     "key upload mode")


if __name__ == "__main__":
    main()
