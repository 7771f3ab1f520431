"""The client for TypeScript: its own tests, against three city nodes, and its verifier against ours in C++."""

import os
import shutil
import subprocess
from pathlib import Path

from _needs import needs
from _network import EXAMPLES, REPOSITORY, NetworkTest, binary, main

LAID = REPOSITORY / "build" / "conformance" / "typescript"
VERDICTS = Path(binary()).with_name("bsn_verdicts")
PATIENCE = 400  # seconds for one run


def run(*words, **environment):
    """Runs something in the package's folder; what it printed, if it failed."""
    done = subprocess.run(words, cwd=LAID, env=os.environ | {"NO_COLOR": "1"} | environment, timeout=PATIENCE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="backslashreplace")
    return None if done.returncode == 0 else done.stdout


def has_node():
    """Whether there is a Node that the package runs in: 20.19 or later."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, encoding="ascii", check=True).stdout
    return tuple(int(number) for number in version.strip().lstrip("v").split(".")[:2]) >= (20, 19)


@needs(has_node(), "needs npm, and node 20.19 or later")
class TypeScriptClient(NetworkTest):
    @classmethod
    def setUpClass(cls):
        subprocess.run([REPOSITORY / "scripts" / "install-conformance.sh", "typescript"], check=True)
        for script in ("build", "build:page"):
            assert not (failed := run("npm", "run", script)), failed
        super().setUpClass()
        seal = cls.net.files / "seal.yaml"
        seal.write_text((EXAMPLES / "fisco.yaml").read_text().replace("name: notary", "name: seal")
                        .replace("suite: secp256k1", "suite: sm2").replace("group: 1 ", "group: 2 "))
        for file, app in ((EXAMPLES / "ethereum.yaml", "coin"), (EXAMPLES / "fisco.yaml", "notary"), (seal, "seal")):
            cls.net.bsn("app", "publish", file)
            cls.net.channel(app)
        (cls.net.files / "genesis.json").write_bytes(cls.net.genesis())
        cls.environment = {
            "BSN_GATEWAYS": ",".join(f"http://127.0.0.1:{cls.net.port + node}" for node in range(cls.net.nodes)),
            "BSN_FILES": str(cls.net.files),
            "BSN_KEY": str(cls.net.home / "keys" / "operator.pem"),
            "BSN_RECEIPTS": str(cls.net.files),
            "BSN_VERDICTS": str(VERDICTS),
            "BSN_BINARY": binary(),
            "BSN_HOME": str(cls.net.home),
        }

    def passes(self, *words, **more):
        self.assertIsNone(failed := run(*words, **self.environment, **more), failed)

    def test_1_its_own_tests(self):
        files = sorted(str(file) for file in (LAID / "dist" / "test").glob("*.test.js") if "agreement" not in file.name)
        self.passes("node", "--test", *files)

    def test_2_against_the_network(self):
        self.passes("node", "--test", "conformance/client.test.mjs")

    def test_3_transactions_of_other_ecosystems(self):
        self.passes("node", "--test", "conformance/ecosystems.test.mjs")

    def test_3_key_files(self):
        self.passes("node", "--test", "conformance/keys.test.mjs")

    def test_3_gateways_that_are_lost(self):
        self.passes("node", "--test", "conformance/faults.test.mjs")

    def test_4_both_verifiers_agree(self):
        """Over the golden vectors, over the receipts that the tests above left, and over forgeries of all of them."""
        self.passes("node", "--test", "dist/test/agreement.test.js")


if __name__ == "__main__":
    main()
