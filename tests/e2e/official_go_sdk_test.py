"""The official Go SDK of city-node gateways, unmodified, against our own: tests/conformance/pcn_go_sdk."""

import json
import subprocess

from _cometbft import CometbftNetwork
from _network import EXAMPLES, main
from _official_go_sdk import GoSdk, is_misread
from _published import FABRIC, Client

ALGORITHM = {"sm2": 1, "secp256r1": 2, "secp256k1": 3}
TRUST, UPLOAD = 1, 2
TABLES = "0x0000000000000000000000000000000000001001"
NAMES = "0x0000000000000000000000000000000000001004"


def function(name, inputs, output, view=False):
    return {"type": "function", "name": name, "constant": view, "stateMutability": "view" if view else "nonpayable",
            "inputs": [{"name": one, "type": "string"} for one in inputs], "outputs": [{"name": "", "type": output}]}


CREATE = function("createTable", ["name", "key", "fields"], "int256")
INSERT = function("insert", ["name", "version", "addr", "abi_"], "int256")
SELECT = function("selectByName", ["name"], "string", view=True)
REGISTER = {"userId": "dora"}
INVOKE = REGISTER | {"contractName": "c", "funcName": "f", "funcParam": "[]"}
OTHER_FAMILIES = {
    "xuperchain": {
        "RegisterUser": REGISTER, "ReqChainCode": INVOKE | {"userAddr": "a"},
        "SdkTran": {"initiator": "a", "transData": "AAAA", "flag": 0}, "GetTxInfo": {"txHash": "ab"},
        "GetBlockInfo": {"blockHeight": 1}, "QueryEvent": None, "RemoveEvent": {"eventId": "ab"},
        "RegisterEvent": {"contractName": "c", "eventKey": "k", "notifyUrl": "http://127.0.0.1:9/", "attachArgs": ""},
    },
    "cita": {
        "RegisterUser": REGISTER, "ReqChainCode": INVOKE, "GetBlockInfo": {"blockNumber": "1"}, "GetBlockHeight": None,
        "GetTxReceiptByTxHash": {"txHash": "ab"}, "GetTxInfoByTxHash": {"txHash": "ab"},
    },
}


# A key for this test alone. The second coordinate of its point begins with a zero byte.
MISREAD = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg+2BRPNIlO/Yx38RQ
UJlOb/6l7svf7H8yEyNDNDviNzChRANCAAQjDbY5nsyN77QZwLiRVc8DECkOy5yG
jd2Yabhy9lhm1gCKHFN68NKf2vC3ExpeRKLzX9ZaBccWjh74pajZp7u2
-----END PRIVATE KEY-----
"""


class OwnLedger(GoSdk):
    def member(self, suite, keys="trust", app=None):
        app = app or f"kv-{keys}-{suite}"
        file = self.net.files / "kv.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", f"name: {app}\ndesc")
                        .replace("name: writer", "name: user").replace("suite: secp256r1", f"suite: {suite}"))
        return self.publish(file, app, keys, suite)

    def invoke(self, client, name, *arguments, user="alice", contract="kv", transient=None):
        return client.call("ReqChainCode", {
            "userName": user, "nonce": "bm9uY2U=", "chainCode": contract, "funcName": name, "args": list(arguments),
            "transientData": transient or {}})

    def everything(self, suite):
        member = self.member(suite)
        client = self.open(member, "fabric")
        self.assertEqual(self.app(client), ("fabric", TRUST, ALGORITHM[suite], member.app))
        self.users(member, client)
        self.transactions(member, client)
        self.blocks(member, client)
        # This version signs a list of registrations in another order than the documents, and than its successor.
        self.events(client, {"chainCode": "kv", "eventKey": "set"}, listed_mac=False)

    def users(self, member, client):
        alice = {"name": "alice", "secret": "pw"}
        self.refused(client.call("RegisterUser", alice), "custodian")
        self.net.bsn("--key", member.app, "app", "custodian", member.app, self.node["name"])
        self.assertEqual(self.done(client.call("RegisterUser", alice)), alice)
        # Custody signs for users: they need no certificates.
        self.assertIn("upload", client.call("EnrollUser", alice)["error"])
        self.assertEqual(client.call("SdkTran", {"userName": "alice", "chainCode": "kv", "funcName": "get", "args": ["a"]}),
                         {"error": "user does not exist"})
        client.call("MakeUser", {"name": "alice"})
        self.refused(client.call("SdkTran", {"userName": "alice", "chainCode": "kv", "funcName": "get", "args": ["a"]}),
                     "key upload mode")

    def transactions(self, member, client):
        value = '{"baseKey":"钥","baseValue":"值 <&>"}'
        made = self.done(self.invoke(client, "set", value))
        self.assertEqual((made["ccRes"]["ccCode"], made["blockInfo"]["status"]), (200, 0), made)
        one = made["blockInfo"]["txId"]
        kept = self.ledger(member, "tx", member.app, one)
        self.assertEqual((kept["function"], kept["arguments"], kept["status"]), ("set", [value], "success"), kept)
        found = self.done(client.call("GetTransInfo", {"txId": one}))
        self.assertEqual((found["blockNumber"], found["blockHash"], found["status"], found["createName"]),
                         (kept["height"], made["blockInfo"]["blockHash"], 0, f"alice@{member.app}"))
        read = self.done(self.invoke(client, "get", "钥"))
        self.assertEqual((read["ccRes"], read["blockInfo"]["txId"]), ({"ccCode": 200, "ccData": "值 <&>"}, ""))
        again = self.done(self.invoke(client, "set", value))
        self.assertEqual((again["ccRes"]["ccCode"], again["blockInfo"]["status"]), (500, 255), again)
        own = self.done(self.invoke(client, "update", '{"baseKey":"钥","baseValue":"2"}', user=""))
        self.assertEqual(own["ccRes"]["ccCode"], 200, own)
        self.assertEqual(self.done(self.invoke(client, "get", "nothing"))["ccRes"]["ccCode"], 500)
        self.refused(self.invoke(client, "set", value, user="nobody"), "nobody")
        self.refused(self.invoke(client, "set", value, contract="other"), "other")
        self.refused(self.invoke(client, "set", value, transient={"a": "1", "b": "2", "c": "3"}), "transient")
        self.refused(client.call("GetTransInfo", {"txId": "ab" * 32}), "not on the ledger")

    def blocks(self, member, client):
        last = self.ledger(member, "block", member.app, "latest")
        # This version signs the three in another order than the documents, and than its successor.
        head = self.done(client.call("GetLedgerInfo"), mac=False)
        self.assertEqual(head, {"blockHash": last["hash"], "preBlockHash": last["previous"], "height": last["height"]})
        block = self.done(client.call("GetBlockInfo", {"blockNumber": last["height"]}))
        ids = [one["txId"] for one in block["transactions"]]
        self.assertEqual((block["blockHash"], block["preBlockHash"], ids, block["blockTxCount"]),
                         (last["hash"], last["previous"], last["transactions"], len(ids)))
        for other in ({"blockHash": last["hash"]}, {"txId": ids[0]}):
            self.assertEqual(self.done(client.call("GetBlockInfo", other)), block)
        self.refused(client.call("GetBlockInfo", {"blockNumber": last["height"] + 1000}), "block")

    def test_upload(self):
        """Users keep their keys: enrolled by a certificate request, they sign our ledger's own transactions."""
        for suite in ("sm2", "secp256r1"):
            with self.subTest(suite):
                member = self.member(suite, "upload")
                client = self.open(member, "fabric")
                self.assertEqual(self.app(client), ("fabric", UPLOAD, ALGORITHM[suite], member.app))
                self.enrol(member, client)
                self.refused(client.call("SdkTran", {"userName": "alice", "chainCode": "kv", "funcName": "get",
                                                     "args": ["a"]}), "takes its own transactions")
                self.refused(self.invoke(client, "get", "a"), "key trust mode")

    def enrol(self, member, client):  # this version of the SDK has no extendProperties
        alice = {"name": "alice", "secret": "pw"}
        self.assertIn("register them first", client.call("EnrollUser", alice)["error"])
        self.assertEqual(self.done(client.call("RegisterUser", alice)), alice)
        self.assertIn("secret", client.call("EnrollUser", alice | {"secret": "other"})["error"])
        self.assertIn("custodian", client.call("EnrollUser", alice)["error"])
        self.net.bsn("--key", member.app, "app", "custodian", member.app, self.node["name"])
        for _ in range(8):  # of SM2, the SDK's own requests of one key in 256 do not hold
            enrolled = client.call("EnrollUser", alice)
            if "not signed by its own key" not in enrolled.get("error", ""):
                break
        self.assertNotIn("error", enrolled)
        certificate = (next(client.folder.rglob(f"alice@{member.app}-cert.pem"))).read_text()
        shown = subprocess.run(["openssl", "x509", "-noout", "-text"], input=certificate, stdout=subprocess.PIPE,
                               check=True, encoding="utf-8").stdout
        for part in (f"CN = alice@{member.app}", "CA:FALSE", "Jan  1 00:00:00 2100 GMT",
                     f'"hf.EnrollmentID":"alice@{member.app}"'):
            self.assertIn(part, shown)
        if member.suite != "sm2":  # those keys the SDK keeps under a passphrase of its own
            self.signs(member, client)
        # Enrolled is enrolled: another key is nobody's, and another registration does not change that.
        self.assertIn("another key", client.call("EnrollUser", alice)["error"])
        self.refused(client.call("RegisterUser", alice), "is enrolled")

    def signs(self, member, client):
        """With the key that the SDK made, its user calls the app in their own name."""
        name = f"alice-{member.suite}"
        shown = [subprocess.run(["openssl", "pkey", "-in", file, "-text", "-noout"], stdout=subprocess.PIPE, check=False,
                                encoding="utf-8").stdout for file in client.folder.rglob("*_sk")]
        keys = [file for file, text in zip(client.folder.rglob("*_sk"), shown) if self.at_certificate(client, text)]
        self.assertEqual(len(keys), 1, shown)
        keys[0].chmod(0o600)
        self.net.bsn("key", "import", name, keys[0])
        self.net.bsn("--key", name, "call", member.app, "kv", "set", '{"baseKey":"own","baseValue":"1"}')
        kept = self.ledger(member, "block", member.app, "latest")["transactions"]
        found = self.done(client.call("GetTransInfo", {"txId": kept[0]}))
        self.assertEqual(found["createName"], f"alice@{member.app}")

    def at_certificate(self, client, key):
        """Whether a key's public point is the certificate's."""
        certificate = subprocess.run(["openssl", "x509", "-noout", "-text", "-in",
                                      next(client.folder.rglob("alice@*-cert.pem"))],
                                     stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
        points = ["".join(text.split("pub:")[1].split("ASN1")[0].split()) for text in (key, certificate) if "pub:" in text]
        return len(points) == 2 and points[0] == points[1]

    def test_refusals(self):
        member = self.member("secp256k1", app="refusing")
        other = self.member("secp256r1", app="other")
        unknown = self.open(member, "fabric", user="ab" * 32)
        self.assertIn("get app info failed", unknown.error)
        self.assertIn("get app info failed", self.open(member, "fabric", app="nothing").error)
        self.assertIn("get app info failed", self.open(member, "fabric", app=other.app).error)
        self.net.bsn("key", "new", "stranger", "--suite", "secp256k1")
        for key in (self.net.home / "keys" / "stranger.pem", other.key):  # the same suite, and another
            stranger = self.open(member, "fabric", key=key)
            self.refused(stranger.call("GetLedgerInfo"), "mac")
            self.refused(self.invoke(stranger, "set", "{}"), "mac")
        # With the key that the SDK has built in for the original's gateways, no answer of ours is known as ours.
        built_in = self.open(member, "fabric", gateway_key="")
        self.assertIs(built_in.call("GetLedgerInfo")["mac_holds"], False)

    def test_misread_key(self):
        """The key itself is good: others sign by it, and the member changes it where the SDK cannot."""
        member = self.member("sm2", app="misread")
        file = self.net.files / "misread.pem"
        file.write_text(MISREAD)
        file.chmod(0o600)
        self.assertTrue(is_misread(file))
        self.net.bsn("key", "import", "zero", file)
        self.net.bsn("--key", "zero", "app", "join", member.app, "--role", "user")
        self.net.bsn("app", "approve", member.app, "zero")
        zero = Client(self.net, "zero", member.app, "sm2")
        self.good(zero.ask(FABRIC + "getLedgerInfo", node=self.at))
        self.refused(self.open(zero, "fabric").call("GetLedgerInfo"), "mac")
        self.net.bsn("key", "rotate", "zero")
        while is_misread(zero.key):
            self.net.bsn("key", "rotate", "zero")
        self.done(self.open(zero, "fabric").call("GetLedgerInfo"), mac=False)

    def test_other_families(self):
        """Their requests are read, and their macs hold; they are refused since no app is of their frameworks."""
        member = self.member("sm2", app="families")
        self.net.bsn("key", "new", "foreign", "--suite", "sm2")
        key = self.net.home / "keys" / "foreign.pem"
        for family, calls in OTHER_FAMILIES.items():
            client = self.open(member, family)
            stranger = self.open(member, family, key=key)
            for name, body in calls.items():
                with self.subTest(family, call=name):
                    self.refused(stranger.call(name, body), "mac")
                    self.refused(client.call(name, body), "has the endpoints of Fabric")

    def test_sm2(self):
        self.everything("sm2")

    def test_secp256r1(self):
        self.everything("secp256r1")

    def test_secp256k1(self):
        self.everything("secp256k1")


class Fisco(GoSdk):
    group = 0

    def member(self, suite, keys):
        Fisco.group += 1
        app = f"notary{self.group}"
        text = (EXAMPLES / "fisco.yaml").read_text().replace("name: notary", f"name: {app}")
        text = text.replace("suite: secp256k1", f"suite: {suite}").replace("group: 1 ", f"group: {self.group} ")
        if keys == "trust":
            text = text.replace("accounts: open ", "accounts: members ")
        file = self.net.files / "fisco.yaml"
        file.write_text(text + "roles:\n  - name: user\n    functions: ['*']\n")
        return self.publish(file, app, keys, suite)

    def everything(self, suite, keys):
        member = self.member(suite, keys)
        client = self.open(member, "fiscobcos")
        self.assertEqual(self.app(client), ("fiscobcos", TRUST if keys == "trust" else UPLOAD, ALGORITHM[suite],
                                            str(self.group)))
        made = self.trust(member, client) if keys == "trust" else self.upload(member, client)
        self.reading(member, client, made)
        for wanted in ({"eventType": 1}, {"eventType": 2, "contractAddress": TABLES}):
            self.events(client, wanted, listed_mac=True)

    def trust(self, member, client):
        self.net.bsn("--key", member.app, "app", "custodian", member.app, self.node["name"])
        # The one call whose mac the SDK demands; by the key that it has built in, ours is wrong.
        built_in = self.open(member, "fiscobcos", gateway_key="")
        self.assertEqual(built_in.call("RegisterUser", {"userId": "bella"}), {"error": "sign has error"})
        bob = self.done(client.call("RegisterUser", {"userId": "bob"}))
        self.assertEqual(bob["userId"], "bob")

        def invoke(contract, name, *values):
            return client.call("ReqChainCode", {"userId": "bob", "contractName": contract, "funcName": name,
                                                "funcParam": json.dumps(values)})

        create = "createTable(string,string,string) returns (int256)"
        made = self.done(invoke(TABLES, create, "t_base", "base_id", "base_key,base_value"))
        self.assertEqual((made["constant"], made["from"], made["to"], made["status"]),
                         (False, bob["userAddress"], TABLES, "0x0"))
        select = "selectByName(string) view returns (string)"
        read = self.done(invoke(NAMES, select, "a"))
        self.assertEqual((read["constant"], json.loads(read["queryInfo"])), (True, ["[]\n"]))
        self.refused(invoke("Nothing", create, "a", "b", "c"), "Nothing")
        self.refused(client.call("Trans", {"contract": {"contractName": "Tables", "contractAddress": TABLES,
                                                        "contractAbi": json.dumps([CREATE])}, "userName": "bob",
                                           "funcName": "createTable", "args": ["a", "b", "c"]}), "key upload mode")
        return made

    def upload(self, member, client):
        self.refused(client.call("RegisterUser", {"userId": "carol"}), "keys of their own")

        names = [INSERT, SELECT]
        # The SDK makes the key of a user when first needed, into a file.
        for user in ("carol", "cora", "cleo"):
            client.call("Trans", {"contract": {"contractName": "Names", "contractAbi": json.dumps(names)},
                                  "funcName": "selectByName", "args": ["a"], "userName": user})
            if member.suite != "sm2" or not is_misread(client.folder / "store/keystore" / f"{user}@{member.app}_pk"):
                break

        def transact(name, address, abi, function_name, *values):
            return client.call("Trans", {
                "contract": {"contractName": name, "contractAddress": address, "contractAbi": json.dumps(abi)},
                "funcName": function_name, "args": list(values), "userName": user})

        # This version of the SDK names the contract of a constant call, and no more: its ABI comes from the name service.
        registered = self.done(transact("Names", NAMES, names, "insert", "Names", "1.0", NAMES, json.dumps(names)))
        self.assertEqual((registered["constant"], registered["to"], registered["status"]), (False, NAMES, "0x0"))
        read = self.done(transact("Names", NAMES, names, "selectByName", "Names"))
        self.assertIs(read["constant"], True)
        self.assertEqual(json.loads(json.loads(read["queryInfo"])[0])[0]["address"], NAMES)
        self.refused(transact("Nothing", NAMES, names, "selectByName", "Names"), "Nothing")
        made = self.done(transact("Tables", TABLES, [CREATE], "createTable", "t_base", "base_id", "base_key"))
        self.assertEqual(made["status"], "0x0")
        # With secp256k1 this version hashes by SHA-256 what is signed, where FISCO BCOS has Keccak-256: whom the
        # signature names is somebody else each time.
        self.assertIs(made["from"] == registered["from"], member.suite == "sm2")
        return made

    def reading(self, member, client, made):
        height = int(self.done(client.call("GetBlockHeight"))["data"])
        self.assertEqual(height, self.ledger(member, "block", member.app, "latest")["height"])
        count = sum(len(self.ledger(member, "block", member.app, number)["transactions"])
                    for number in range(1, height + 1))
        self.assertEqual(self.done(client.call("GetTxCount")), {"data": str(count)})
        number = made["blockNumber"]
        self.assertEqual(self.done(client.call("GetTxCountByBlockNumber", number)), {"data": "1"})
        kept = self.ledger(member, "tx", member.app, made["txId"].removeprefix("0x"))
        block = self.done(client.call("GetBlockInfo", {"blockNumber": str(number)}))
        self.assertEqual((block["blockHash"], block["blockNumber"], kept["height"]), (made["blockHash"], number, number))
        before = self.done(client.call("GetBlockInfo", {"blockNumber": str(number - 1)}))
        self.assertEqual(block["parentBlockHash"], before["blockHash"])
        self.assertEqual(self.done(client.call("GetBlockInfo", {"blockHash": made["blockHash"]})), block)
        one = {"txHash": made["txId"]}
        found = self.done(client.call("GetTxInfoByTxHash", one))
        self.assertEqual([found], block["transactions"])
        self.assertEqual((found["from"], found["to"], found["input"]), (made["from"], made["to"], made["input"]))
        receipt = self.done(client.call("GetTxReceiptByTxHash", one))
        self.assertEqual((receipt["blockHash"], receipt["gasUsed"], receipt["logs"]),
                         (made["blockHash"], made["gasUsed"], made["logs"]))
        self.refused(client.call("GetTxInfoByTxHash", {"txHash": "0x" + "ab" * 32}), "no such")
        self.refused(client.call("GetTxReceiptByTxHash", {"txHash": "0x" + "ab" * 32}), "no such")
        self.refused(client.call("GetBlockInfo", {"blockNumber": str(height + 1000)}), "no")

    def test_trust_secp256k1(self):
        self.everything("secp256k1", "trust")

    def test_trust_sm2(self):
        self.everything("sm2", "trust")

    def test_upload_secp256k1(self):
        self.everything("secp256k1", "upload")

    def test_upload_sm2(self):
        self.everything("sm2", "upload")


class WithoutMac(GoSdk):
    """A node that leaves its mac out: the SDK takes that, whatever key it has for the gateway."""

    @classmethod
    def start(cls):
        cls.net = CometbftNetwork(1)
        cls.net.up()
        config = cls.net.node_folder(0) / "node.yaml"
        config.write_text(config.read_text().replace("api:\n", "api:\n  published_mac: false\n", 1))
        cls.net.kill_node(0)  # it is started again, with that
        cls.net.wait_until_well()

    def test_the_key_of_the_original(self):
        file = self.net.files / "fisco.yaml"
        file.write_text((EXAMPLES / "fisco.yaml").read_text() + "roles:\n  - name: user\n    functions: ['*']\n")
        member = self.publish(file, "notary", "trust", "secp256k1")
        self.net.bsn("--key", member.app, "app", "custodian", member.app, self.node["name"])
        client = self.open(member, "fiscobcos", gateway_key="")
        bella = client.call("RegisterUser", {"userId": "bella"})
        self.assertEqual((bella["answer"]["header"]["code"], bella["answer"]["mac"]), (0, ""), bella)
        self.assertEqual(client.call("GetBlockHeight")["answer"]["mac"], "")


if __name__ == "__main__":
    main()
