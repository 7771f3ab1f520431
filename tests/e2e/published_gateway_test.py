"""The published protocol of city-node gateways, with what its official SDK in Go signed: tests/vectors/foreign."""

import json

from _network import EXAMPLES, REPOSITORY, main
from _published import FABRIC, FISCO, Client, Published, curves

GOLDEN = json.loads((REPOSITORY / "tests" / "vectors" / "foreign" / "published-gateway.json").read_text())
ALGORITHM = {"sm2": 1, "secp256r1": 2, "secp256k1": 3}


class FiscoK1(Published):
    suite, name, vector = "secp256k1", "notary", GOLDEN["fisco"]["vectors"][0]

    def test_transactions_of_the_sdk(self):
        app = (EXAMPLES / "fisco.yaml").read_text().replace("suite: secp256k1", f"suite: {self.suite}")
        app = app.replace("group: 1 ", f"group: {self.vector['groupId']} ")
        file = self.net.files / "app.yaml"
        file.write_text(app + "roles:\n  - name: user\n    functions: ['*']\n")
        client = self.publish(file, "notary", "upload", self.suite)

        info = self.good(client.ask("/api/app/getAppInfo"))
        self.assertEqual((info["appType"], info["caType"], info["algorithmType"], info["channelId"]),
                         ("fiscobcos", 2, ALGORITHM[self.suite], str(self.vector["groupId"])))

        data = self.vector["transData"]
        done = self.good(client.ask(FISCO + "trans", "Any" + data, contractName="Any", transData=data))
        self.assertIs(done["constant"], False)
        self.assertEqual(done["to"], self.vector["to"])
        self.assertEqual(done["blockNumber"], int(self.good(client.ask(FISCO + "getBlockHeight"))["data"]))
        receipt = self.good(client.ask(FISCO + "getTxReceiptByTxHash", done["txId"], node=1, txHash=done["txId"]))
        self.assertEqual((receipt["blockHash"], receipt["gasUsed"]), (done["blockHash"], done["gasUsed"]))
        found = self.good(client.ask(FISCO + "getTxInfoByTxHash", done["txId"], node=2, txHash=done["txId"]))
        self.assertEqual((found["from"], found["input"]), (done["from"], done["input"]))
        number = str(done["blockNumber"])
        block = self.good(client.ask(FISCO + "getBlockInfo", number, blockNumber=number))
        self.assertEqual(block["blockHash"], done["blockHash"])
        self.assertEqual([one["txId"] for one in block["transactions"]], [done["txId"]])
        same = self.good(client.ask(FISCO + "getBlockInfo", done["blockHash"], blockHash=done["blockHash"]))
        self.assertEqual(same, block)
        self.assertEqual(self.good(client.ask(FISCO + "getTxCountByBlockNumber", number, blockNumber=number)), {"data": "1"})
        self.assertEqual(self.good(client.ask(FISCO + "getTxCount"))["data"], "1")

        # A constant call of the contract name service, whose ABI the client sends.
        abi = json.dumps([{"constant": True, "type": "function", "name": "selectByName", "stateMutability": "view",
                           "inputs": [{"name": "name", "type": "string"}], "outputs": [{"name": "", "type": "string"}]}])
        digest = (curves.sm3 if self.suite == "sm2" else curves.keccak256)(b"selectByName(string)")
        call = "0x" + (digest[:4] + (32).to_bytes(32, "big") + (1).to_bytes(32, "big") + b"a".ljust(32, b"\0")).hex()
        where = "0x0000000000000000000000000000000000001004"
        asked = self.good(client.ask(FISCO + "trans", "Any" + call + where + abi, contractName="Any", transData=call,
                                     contractAddress=where, contractAbi=abi))
        self.assertIs(asked["constant"], True)
        self.assertEqual(json.loads(asked["queryInfo"]), ["[]\n"])

        broken = data[:-2]
        refused = client.ask(FISCO + "trans", "Any" + broken, contractName="Any", transData=broken)
        self.assertEqual((refused["header"]["code"], refused["body"]), (-1, None))
        other = next(key["name"] for key in self.net.json("key", "list")["keys"] if key["name"] != "notary")
        stranger = Client(self.net, other, "notary", "secp256r1")
        stranger.user = client.user
        self.assertIn("mac", stranger.ask(FISCO + "getBlockHeight")["header"]["msg"])


class FiscoSm2(FiscoK1):
    suite, vector = "sm2", GOLDEN["fisco"]["vectors"][1]


class OwnLedger(Published):
    def test_blocks_of_our_ledger(self):
        file = self.net.files / "kv.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: writer", "name: user"))
        client = self.publish(file, "kv", "trust", "secp256r1")
        self.net.bsn("--key", "kv", "call", "kv", "kv", "set", '{"baseKey":"a","baseValue":"1"}')
        info = self.good(client.ask("/api/app/getAppInfo"))
        self.assertEqual((info["appType"], info["caType"], info["algorithmType"]), ("fabric", 1, 2))
        ledger = self.good(client.ask(FABRIC + "getLedgerInfo"))
        number = ledger["height"]
        block = self.good(client.ask(FABRIC + "getBlockInfo", str(number), blockNumber=number))
        self.assertEqual((block["blockHash"], block["preBlockHash"]), (ledger["blockHash"], ledger["preBlockHash"]))
        one = block["transactions"][0]
        self.assertEqual(one["createName"], f"{client.user}@kv")
        found = self.good(client.ask(FABRIC + "getTransaction", one["txId"], txId=one["txId"]))
        self.assertEqual((found["blockNumber"], found["status"]), (number, 0))
        data = self.good(client.ask(FABRIC + "getBlockData", f"{number}json", blockNumber=number, dataType="json"))
        self.assertEqual(json.loads(data["blockData"])["transactions"][0]["function"], "set")


if __name__ == "__main__":
    main()
