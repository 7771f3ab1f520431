"""Clients of the Ethereum ecosystem, unmodified, against an app of three city nodes: tests/conformance/ethereum."""

import importlib.util
import shutil
import unittest

from _network import EXAMPLES, REPOSITORY, NetworkTest, main

RUNNER = REPOSITORY / "tests" / "conformance" / "ethereum" / "run.py"


def load_runner():
    spec = importlib.util.spec_from_file_location("ethereum_clients", RUNNER)
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    return runner


@unittest.skipUnless(shutil.which("node") and shutil.which("npm"), "needs node and npm (scripts/install-deps.sh)")
class EthereumClients(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runner = load_runner()
        cls.runner.install()
        cls.net.bsn("app", "publish", EXAMPLES / "ethereum.yaml")
        cls.net.channel("coin")

    def run_client(self, name, app="coin"):
        # Each client by another node: all of them serve the app.
        port = self.net.port + list(self.runner.CLIENTS).index(name) % self.net.nodes
        passed, _, output = self.runner.run_client(name, f"http://127.0.0.1:{port}/rpc/{app}",
                                                   f"ws://127.0.0.1:{port}/rpc/{app}")
        self.assertTrue(passed, output)

    def test_errors(self):
        self.run_client("errors")

    def test_ethers(self):
        self.run_client("ethers")

    def test_viem(self):
        self.run_client("viem")

    def test_web3(self):
        self.run_client("web3")

    def test_hardhat(self):
        self.run_client("hardhat")

    def test_foundry(self):
        self.run_client("foundry")

    def test_proofs(self):
        spec = self.net.files / "proved.yaml"
        spec.write_text("name: proved\nframework: ethereum\nnodes: []\n"
                        "evm: {accounts: open, chain_id: 2027, state: merkle_patricia}\n")
        self.net.bsn("app", "publish", spec)
        self.net.channel("proved")
        self.run_client("proofs", "proved")


if __name__ == "__main__":
    main()
