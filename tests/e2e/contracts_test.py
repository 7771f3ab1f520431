"""Contracts in Solidity on a running network: deployed, named, called, upgraded and proved by `bsn`."""

import hashlib
import json
import os
import shutil
import unittest
from pathlib import Path

from _network import EXAMPLES, REPOSITORY, NetworkTest, main

COMPILERS = Path(os.environ.get("BSN_SOLC", REPOSITORY / "build" / "engines" / "solc"))
EVIDENCE = REPOSITORY / "contracts" / "Evidence.sol"
HASH, OTHER, THIRD = ("0x" + digit * 64 for digit in "abc")
ERROR = "deposit(bytes32,string)"


@unittest.skipUnless(shutil.which("node"), "needs node: scripts/install-deps.sh solidity")
@unittest.skipUnless((COMPILERS / "node_modules").exists(), "needs compilers: scripts/install-solc.sh")
class Contracts(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        net = cls.net
        net.environment["BSN_SOLC"] = str(COMPILERS)
        cls.own_key = net.json("key", "list")["keys"][0]["name"]  # of `bsn up`, which publishes
        net.bsn("key", "new", "ether", "--suite", "secp256k1")
        net.bsn("key", "new", "national", "--suite", "sm2")
        national = net.files / "national.yaml"
        national.write_text((EXAMPLES / "fisco.yaml").read_text().replace("name: notary", "name: national")
                            .replace("suite: secp256k1", "suite: sm2").replace("group: 1", "group: 2"))
        for file, app in ((EXAMPLES / "ethereum.yaml", "coin"), (EXAMPLES / "fisco.yaml", "notary"), (national, "national")):
            net.bsn("--key", cls.own_key, "app", "publish", file)
            net.channel(app)

    def as_(self, key, *words):
        return self.net.json("--key", key, *words)

    def refused(self, key, *words):
        return self.net.error("--key", key, *words)["message"]

    def life_of_a_contract(self, app):
        """All that can be done with a contract that was deployed from its source."""
        first = self.as_("ether", "contract", "deploy", app, EVIDENCE, "evidence")
        self.assertEqual((first["name"], first["version"]), ("evidence", "1"))
        file = f"{app}.receipt.json"
        done = self.as_("ether", "call", app, "evidence", "deposit", HASH, "a note", "--receipt", file)
        self.assertEqual(done["contract"], first["address"])
        event = done["events"][0]
        self.assertEqual(event["signature"], "Deposited(bytes32,address,uint256,string)")
        self.assertEqual((event["arguments"]["hash"], event["arguments"]["note"]), (HASH, "a note"))
        depositor = event["arguments"]["depositor"]
        found = self.as_("ether", "query", app, "evidence", "find", HASH)["result"]
        self.assertEqual((found["depositor"], found["blockNumber"]), (depositor, str(done["height"])))
        self.assertIs(self.as_("ether", "query", app, "evidence@1", "isDeposited", OTHER)["result"], False)
        by_address = self.as_("ether", "query", app, first["address"], "isDeposited(bytes32) returns (bool)", HASH)
        self.assertIs(by_address["result"], True)

        # Reverts tell the contract's own error, of queries and of transactions.
        self.assertIn(f'reverted: NotDeposited("{OTHER}")', self.refused("ether", "query", app, "evidence", "find", OTHER))
        told = self.refused("ether", "call", app, "evidence", "deposit", HASH, "again")
        self.assertIn(f'reverted: AlreadyDeposited("{HASH}", "{depositor}"', told)

        # What does not fit is refused before anything is sent.
        self.assertIn("bytes32", self.refused("ether", "call", app, "evidence", "deposit", "0x12", ""))
        self.assertIn("argument", self.refused("ether", "call", app, "evidence", "deposit", HASH))
        self.assertIn("nothing", self.refused("ether", "query", app, "evidence", "nothing"))
        self.assertIn("no contract is registered as none", self.refused("ether", "query", app, "none", "f"))
        self.assertIn("write the function as a signature", self.refused("ether", "query", app, first["address"], "find", HASH))
        self.assertIn("secp256k1", self.refused(self.own_key, "call", app, "evidence", "deposit", OTHER, ""))
        self.assertIn("bsn contract upgrade", self.refused("ether", "contract", "deploy", app, EVIDENCE, "evidence"))

        # A further version begins anew; the first one stays.
        second = self.as_("ether", "contract", "upgrade", app, EVIDENCE, "evidence")
        self.assertEqual(second["version"], "2")
        self.assertIs(self.as_("ether", "query", app, "evidence", "isDeposited", HASH)["result"], False)
        self.assertIs(self.as_("ether", "query", app, "evidence@1", "isDeposited", HASH)["result"], True)
        listed = self.as_("ether", "contract", "list", app, "evidence")["contracts"]
        self.assertEqual([(one["version"], one["address"]) for one in listed],
                         [("1", first["address"]), ("2", second["address"])])
        shown = self.net.bsn("contract", "show", app, "evidence@1").out
        self.assertIn("deposit(bytes32,string)", shown)
        self.assertIn(first["address"], shown)
        self.assertIn("has no version 3", self.refused("ether", "query", app, "evidence@3", "find", HASH))
        self.assertIn("versions stay", self.refused("ether", "contract", "upgrade", app, EVIDENCE, "evidence", "--version", "1"))

        # The receipt verifies offline, and says what was called where an ABI is at hand.
        package = self.net.files / "Evidence.contract.json"
        self.net.bsn("contract", "build", EVIDENCE)
        verified = self.net.json("receipt", "verify", file, "--abi", package)
        self.assertTrue(verified["success"])
        self.assertEqual(verified["app"], app)
        dialect = verified["dialect"]
        self.assertEqual((dialect["from"], dialect["to"]), (depositor, first["address"]))
        self.assertEqual(dialect["function"], ERROR)
        self.assertEqual(dialect["arguments"]["note"], "a note")
        self.assertEqual(dialect["hash"], "0x" + done["transaction"])
        self.assertIn("data", self.net.json("receipt", "show", file)["dialect"])
        broken = (self.net.files / file).read_text().replace(HASH[2:], OTHER[2:])
        self.assertNotEqual(broken, (self.net.files / file).read_text())
        (self.net.files / "broken.json").write_text(broken)
        self.net.bsn("receipt", "verify", "broken.json", status=1)

    def test_an_app_of_ethereum(self):
        self.life_of_a_contract("coin")
        evm = self.net.connection().get("/v1/apps/coin").json()["evm"]
        self.assertEqual((evm["chain_id"], evm["fork"], evm["gas"], evm["accounts"]), (2026, "cancun", "free", "open"))

    def test_an_app_of_fisco(self):
        self.life_of_a_contract("notary")
        self.assertEqual(self.net.connection().get("/v1/apps/notary").json()["evm"]["group"], 1)

    def test_an_app_of_fisco_with_sm2(self):
        # The usual compiler puts Keccak's selectors into the code: nobody could call it.
        told = self.refused("national", "contract", "deploy", "national", EVIDENCE, "evidence")
        self.assertIn("bsn contract pack", told)
        # A compiler for SM gives SM3's. It is made of the usual one's code here.
        self.net.bsn("contract", "build", EVIDENCE, "--evm-version", "istanbul", "--out", "Plain.contract.json")
        plain = json.loads((self.net.files / "Plain.contract.json").read_text())
        code = plain["bytecode"]
        for function in self.net.json("contract", "show", "Plain.contract.json")["functions"]:
            sm3 = hashlib.new("sm3", function["signature"].encode()).hexdigest()[:8]
            self.assertIn("63" + function["selector"][2:], code)
            code = code.replace("63" + function["selector"][2:], "63" + sm3)
        (self.net.files / "e.abi").write_text(json.dumps(plain["abi"]))
        (self.net.files / "e.bin").write_text(code)
        self.net.bsn("contract", "pack", "Evidence", "--abi", "e.abi", "--code", "e.bin")
        self.as_("national", "contract", "deploy", "national", "Evidence.contract.json", "evidence")
        self.as_("national", "call", "national", "evidence", "deposit", HASH, "")
        self.assertIs(self.as_("national", "query", "national", "evidence", "isDeposited", HASH)["result"], True)
        self.assertIn("sm2", self.refused("ether", "call", "national", "evidence", "deposit", OTHER, ""))

    def test_precompiled_contracts_by_their_address(self):
        created = self.as_("ether", "call", "notary", "0x1001", "createTable(string,string,string) returns (int256)",
                           "t_goods", "name", "price")
        self.assertEqual(created["result"], "0")

    def test_other_commands_tell_what_does_not_fit(self):
        (self.net.files / "content.txt").write_text("content")
        told = self.refused("ether", "evidence", "deposit", "content.txt", "--app", "coin")
        self.assertIn("bsn contract deploy coin", told)
        self.assertIn("runs no contracts in Solidity",
                      self.refused(self.own_key, "contract", "deploy", "evidence", EVIDENCE, "x"))

    def test_sources_of_their_own(self):
        (self.net.files / "Box.sol").write_text(
            "pragma solidity ^0.8.0;\ncontract Box { uint256 public value; constructor(uint256 v) { value = v; }\n"
            "  function set(uint256 v) external { require(v > value, 'too small'); value = v; } }\n")
        made = self.as_("ether", "contract", "deploy", "coin", "Box.sol", "box", "7", "--version", "v1")
        self.assertEqual(made["version"], "v1")
        self.assertEqual(self.as_("ether", "query", "coin", "box", "value")["result"], "7")
        self.assertIn("reverted: too small", self.refused("ether", "call", "coin", "box", "set", "7"))
        self.assertIn("--version", self.refused("ether", "contract", "upgrade", "coin", "Box.sol", "box", "7"))
        self.as_("ether", "contract", "upgrade", "coin", "Box.sol", "box", "8", "--version", "v2")
        self.assertEqual(self.as_("ether", "query", "coin", "box", "value")["result"], "8")
        self.assertIn("constructor", self.refused("ether", "contract", "upgrade", "coin", "Box.sol", "box", "--version", "v3"))


if __name__ == "__main__":
    main()
