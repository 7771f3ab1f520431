"""The published protocol in key-trust mode: a member's custodian makes users, and signs for them."""

import json

from _network import EXAMPLES, main
from _published import FABRIC, FISCO, Published

REGISTER = "/api/{}/v1/user/register"


class Trust(Published):
    def custodian(self, name, app):
        connection = self.net.connection()
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        self.net.bsn("--key", name, "app", "custodian", app, node)

    def invoke(self, client, user, function, *arguments):
        nonce = "bm9uY2U="
        return client.ask(FABRIC + "reqChainCode", user + nonce + "kv" + function + "".join(arguments), userName=user,
                          nonce=nonce, chainCode="kv", funcName=function, args=list(arguments), transientData={})

    def test_our_ledger(self):
        for suite in ("secp256r1", "secp256k1", "sm2"):
            with self.subTest(suite):
                app = f"kv-{suite}"
                file = self.net.files / "kv.yaml"
                file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", f"name: {app}\ndesc")
                                .replace("name: writer", "name: user").replace("suite: secp256r1", f"suite: {suite}"))
                client = self.publish(file, app, "trust", suite)
                refused = client.ask(REGISTER.format("fabric"), "alicepw", name="alice", secret="pw")
                self.assertIn("custodian", refused["header"]["msg"])
                self.custodian(app, app)
                made = self.good(client.ask(REGISTER.format("fabric"), "alicepw", name="alice", secret="pw"))
                self.assertEqual(made, {"name": "alice", "secret": "pw"})
                done = self.good(self.invoke(client, "alice", "set", '{"baseKey":"a","baseValue":"1"}'))
                self.assertEqual((done["ccRes"]["ccCode"], done["blockInfo"]["status"]), (200, 0), done)
                one = done["blockInfo"]["txId"]
                found = self.good(client.ask(FABRIC + "getTransaction", one, node=1, txId=one))
                self.assertEqual((found["createName"], found["blockHash"]),
                                 (f"alice@{app}", done["blockInfo"]["blockHash"]))
                read = self.good(self.invoke(client, "alice", "get", "a"))
                self.assertEqual((read["ccRes"], read["blockInfo"]["txId"]), ({"ccCode": 200, "ccData": "1"}, ""))
                again = self.good(self.invoke(client, "alice", "set", '{"baseKey":"a","baseValue":"1"}'))
                self.assertEqual((again["ccRes"]["ccCode"], again["blockInfo"]["status"]), (500, 255), again)
                # Nobody is named: the default user, who is made now.
                own = self.good(self.invoke(client, "", "set", '{"baseKey":"b","baseValue":"2"}'))
                self.assertEqual(own["ccRes"]["ccCode"], 200, own)

    def test_fisco(self):
        for group, suite in enumerate(("secp256k1", "sm2"), 1):
            with self.subTest(suite):
                app = f"notary{group}"
                file = self.net.files / "fisco.yaml"
                text = (EXAMPLES / "fisco.yaml").read_text().replace("name: notary", f"name: {app}")
                text = text.replace("suite: secp256k1", f"suite: {suite}").replace("group: 1 ", f"group: {group} ")
                file.write_text(text.replace("accounts: open ", "accounts: members ") +
                                "roles:\n  - name: user\n    functions: ['*']\n")
                client = self.publish(file, app, "trust", suite)
                self.custodian(app, app)
                made = self.good(client.ask(REGISTER.format("fiscobcos"), "bob", userId="bob"))
                self.assertEqual(len(made["userAddress"]), 42)
                tables = "0x0000000000000000000000000000000000001001"
                values = json.dumps(["t_base", "base_id", "base_key,base_value"])
                create = "createTable(string,string,string) returns (int256)"
                done = self.good(client.ask(FISCO + "reqChainCode", "bob" + tables + create + values, userId="bob",
                                            contractName=tables, funcName=create, funcParam=values))
                self.assertEqual((done["constant"], done["from"], done["status"]), (False, made["userAddress"], "0x0"))
                names = "0x0000000000000000000000000000000000001004"
                select = "selectByName(string) view returns (string)"
                asked = self.good(client.ask(FISCO + "reqChainCode", "bob" + names + select + '["a"]', userId="bob",
                                             contractName=names, funcName=select, funcParam='["a"]'))
                self.assertEqual((asked["constant"], asked["queryInfo"]), (True, '["[]\\n"]'))


if __name__ == "__main__":
    main()
