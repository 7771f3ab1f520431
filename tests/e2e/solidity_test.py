"""Solidity sources to contract packages: `bsn contract`, with real compilers (scripts/install-solc.sh)."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from _network import REPOSITORY, binary, main

COMPILERS = Path(os.environ.get("BSN_SOLC", REPOSITORY / "build" / "engines" / "solc"))

BASE = "pragma solidity ^0.8.0;\nimport {Deep} from './Deep.sol';\n" \
       "contract Base { function base() public pure returns (uint256, string memory) { return (Deep.f(), 'x'); } }\n"
DEEP = "pragma solidity ^0.8.0;\nlibrary Deep { function f() internal pure returns (uint256) { return 1; } }\n"
TOKEN = """pragma solidity ^0.8.20;
import "./lib/Base.sol";
import "parts/Part.sol";
interface Thing { function a() external; }
contract Other {}
contract Token is Base, Part {
    event Made(address indexed who, uint256 n);
    error TooPoor(uint256 has);
    constructor(string memory, uint256) payable {}
    function transfer(address to, uint256 amount) external returns (bool) {
        if (amount > 5) revert TooPoor(5);
        emit Made(to, amount);
        return true;
    }
}
"""
# As applications for FISCO BCOS are written.
TABLES = """pragma solidity ^0.4.24;
pragma experimental ABIEncoderV2;
import "./Table.sol";
contract Goods {
    function put(string key, int256 price) public returns (int256) {
        Table table = TableFactory(0x1001).openTable("goods");
        Entry entry = table.newEntry();
        entry.set("price", price);
        return table.insert(key, entry);
    }
    function all(string key) public constant returns (int256[]) {
        Table table = TableFactory(0x1001).openTable("goods");
        Entries entries = table.select(key, table.newCondition());
        int256[] memory prices = new int256[](uint256(entries.size()));
        for (int256 i = 0; i < entries.size(); ++i) prices[uint256(i)] = entries.get(i).getInt("price");
        return prices;
    }
}
"""


@unittest.skipUnless(shutil.which("node"), "needs node: scripts/install-deps.sh solidity")
@unittest.skipUnless((COMPILERS / "node_modules").exists(), "needs compilers: scripts/install-solc.sh")
class Solidity(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="bsn-solidity-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("Token.sol", TOKEN)
        self.write("lib/Base.sol", BASE)
        self.write("lib/Deep.sol", DEEP)
        self.write("node_modules/parts/Part.sol", "pragma solidity ^0.8.0;\ncontract Part {}\n")

    def write(self, name, text):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def bsn(self, *words, status=0, **environment):
        ran = subprocess.run([binary(), "contract", *words], cwd=self.folder, text=True, capture_output=True, timeout=120,
                             env=os.environ | {"BSN_SOLC": str(COMPILERS), "HOME": str(self.folder)} | environment)
        self.assertEqual(ran.returncode, status, ran.stderr)
        return ran.stdout if status == 0 else ran.stderr

    def package(self, name):
        return json.loads((self.folder / f"{name}.contract.json").read_text())

    def test_a_contract_with_imports(self):
        self.bsn("build", "Token.sol", "--optimize")
        package = self.package("Token")
        self.assertEqual(package["name"], "Token")
        self.assertTrue(package["compiler"].startswith("solc 0.8."))
        self.assertTrue(package["settings"]["optimizer"]["enabled"])
        self.assertEqual({"Token.sol", "lib/Base.sol", "lib/Deep.sol", "parts/Part.sol"}, set(package["sources"]))
        self.assertEqual(package["sources"]["Token.sol"], hashlib.sha256(TOKEN.encode()).hexdigest())
        self.assertEqual("solidity", json.loads(package["metadata"])["language"].lower())
        # What is deployed ends the code that creates it.
        self.assertTrue(package["bytecode"].endswith(package["deployedBytecode"][2:]))
        shown = self.bsn("show", "Token.contract.json")
        self.assertIn("0xa9059cbb  transfer(address,uint256) returns (bool)", shown)
        self.assertIn("constructor(string,uint256) payable", shown)
        self.assertIn("TooPoor(uint256)", shown)
        told = json.loads(self.bsn("show", "Token.contract.json", "--json"))
        self.assertEqual(told["events"], ["Made(address,uint256)"])
        self.assertEqual(told["creation_bytes"], len(package["bytecode"]) // 2 - 1)

    def test_the_same_source_gives_the_same_package(self):
        self.bsn("build", "Token.sol", "--out", "a.json")
        self.bsn("build", "Token.sol", "--out", "b.json")
        self.assertEqual((self.folder / "a.json").read_bytes(), (self.folder / "b.json").read_bytes())

    def test_the_compiler_that_the_source_asks_for(self):
        for name in ("Table.sol", "KVTable.sol", "Cns.sol"):
            shutil.copy(REPOSITORY / "contracts" / "fisco" / name, self.folder)
        self.write("Goods.sol", TABLES)
        self.bsn("build", "Goods.sol")
        package = self.package("Goods")
        self.assertTrue(package["compiler"].startswith("solc 0.4.26"))
        signatures = [f["signature"] for f in json.loads(self.bsn("show", "Goods.contract.json", "--json"))["functions"]]
        self.assertEqual(sorted(signatures), ["all(string)", "put(string,int256)"])
        self.assertIn("0.5.17", self.bsn("build", "Goods.sol", "--solc", "0.5", status=1))
        self.write("Five.sol", "pragma solidity >=0.5.0 <0.6.0;\nimport './KVTable.sol'; import './Cns.sol';\ncontract Five {}\n")
        self.bsn("build", "Five.sol")
        self.assertTrue(self.package("Five")["compiler"].startswith("solc 0.5.17"))

    def test_what_is_wrong_is_told(self):
        self.write("Wrong.sol", "pragma solidity ^0.8.0;\ncontract Wrong { function f() public { g(); } }\n")
        self.assertIn("Undeclared identifier", self.bsn("build", "Wrong.sol", status=1))
        self.write("Lost.sol", "pragma solidity ^0.8.0;\nimport '../../secret.sol';\ncontract Lost {}\n")
        self.assertIn("not found", self.bsn("build", "Lost.sol", status=1))
        self.assertIn("has no contract 'None'; it has Other, Token", self.bsn("build", "Token.sol", "--contract", "None", status=1))
        self.write("Two.sol", "pragma solidity ^0.8.0;\ncontract A {}\ncontract B {}\n")
        self.assertIn("choose one with --contract, of A, B", self.bsn("build", "Two.sol", status=1))
        self.bsn("build", "Two.sol", "--contract", "B")
        self.write("Linked.sol", "pragma solidity ^0.8.0;\nlibrary L { function f() external {} }\n"
                                 "contract Linked { function g() external { L.f(); } }\n")
        self.assertIn("address of a library", self.bsn("build", "Linked.sol", status=1))
        self.write("Face.sol", "pragma solidity ^0.8.0;\ninterface Face { function f() external; }\n")
        self.assertIn("no contract that can be created", self.bsn("build", "Face.sol", status=1))
        self.assertIn("there is no file", self.bsn("build", "None.sol", status=1))
        told = self.bsn("build", "Token.sol", "--solc", "0.7", status=1)
        self.assertIn("no Solidity compiler 0.7", told)
        self.assertIn("npm install -g solc@", told)
        self.assertIn("no program node", self.bsn("build", "Token.sol", status=1, PATH="/nowhere"))
        for told in (self.bsn("build", "Wrong.sol", status=1), self.bsn("build", "Token.sol", "--solc", "0.7", status=1)):
            self.assertEqual(told.count("\n"), 1, "one line")

    def test_packages_of_what_another_tool_compiled(self):
        self.bsn("build", "Token.sol")
        package = self.package("Token")
        self.write("t.abi", json.dumps(package["abi"]))
        self.write("t.bin", package["bytecode"][2:] + "\n")
        self.bsn("pack", "Again", "--abi", "t.abi", "--code", "t.bin")
        self.assertEqual(self.package("Again")["bytecode"], package["bytecode"])
        self.assertEqual(self.package("Again")["abi"], package["abi"])
        self.write("t.bin", "xyz")
        self.assertIn("not hexadecimal", self.bsn("pack", "Again", "--abi", "t.abi", "--code", "t.bin", status=1))
        self.write("x.json", "{}")
        self.assertIn("not a contract package", self.bsn("show", "x.json", status=1))

    def test_files_that_are_no_packages_stay(self):
        self.write("mine.txt", "mine")
        self.assertIn("mine.txt", self.bsn("build", "Token.sol", "--out", "mine.txt", status=1))
        self.assertEqual((self.folder / "mine.txt").read_text(), "mine")


if __name__ == "__main__":
    main()
