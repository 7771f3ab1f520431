"""The official SDKs of FISCO BCOS 2.x, unmodified, against apps of three city nodes: tests/conformance/fisco."""

import importlib.util
import shutil
import unittest

from _network import EXAMPLES, REPOSITORY, Network, NetworkTest, free_ports, is_free, main

RUNNER = REPOSITORY / "tests" / "conformance" / "fisco" / "run.py"
# The port of an app's suite lies so far above the node's API port.
CHANNEL = {"secp256k1": 400, "sm2": 500}


def load_runner():
    spec = importlib.util.spec_from_file_location("fisco_clients", RUNNER)
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    return runner


def missing(*programs):
    return [name for name in programs if not shutil.which(name)]


class FiscoNetwork(Network):
    def find_ports(self):
        while True:
            first = free_ports(self.nodes)
            above = [first + node + suite for suite in CHANNEL.values() for node in range(self.nodes)]
            if all(is_free(port) for port in above):
                return first


@unittest.skipIf(missing("node", "npm"), "needs node and npm (scripts/install-deps.sh)")
class FiscoClients(NetworkTest):
    @classmethod
    def setUpClass(cls):
        cls.net = FiscoNetwork(cls.nodes)
        cls.net.up()
        cls.runner = load_runner()
        cls.runner.install()
        example = (EXAMPLES / "fisco.yaml").read_text()
        for group, (name, suite) in enumerate({"notary": "secp256k1", "seal": "sm2"}.items(), 1):
            app = example.replace("name: notary", f"name: {name}").replace("suite: secp256k1", f"suite: {suite}")
            app = app.replace("group: 1 ", f"group: {group} ")
            file = cls.net.files / f"{name}.yaml"
            file.write_text(app)
            cls.net.bsn("app", "publish", file)
            cls.net.channel(name)
        cls.conf = cls.net.files / "conf"
        cls.net.bsn("fisco", "sdk", "--out", cls.conf)

    def run_sdk(self, name, suite="secp256k1", node=0, **more):
        port = self.net.port + node + CHANNEL[suite]
        passed, _, output = self.runner.run_sdk(name, f"127.0.0.1:{port}", self.conf, **more)
        self.assertTrue(passed, output)

    @unittest.skipIf(missing("java", "mvn"), "needs java and mvn (scripts/install-deps.sh)")
    def test_java(self):
        self.run_sdk("java")

    @unittest.skipIf(missing("java", "mvn"), "needs java and mvn (scripts/install-deps.sh)")
    def test_java_sm(self):
        self.run_sdk("java", "sm2", node=1, group=2, sm=True)

    @unittest.skipIf(missing("go"), "needs go")
    def test_go(self):
        self.run_sdk("go", node=2)

    @unittest.skipIf(missing("go"), "needs go")
    def test_go_rpc(self):
        self.run_sdk("go-rpc", node=1, rpc=f"http://127.0.0.1:{self.net.port + 1}/rpc/notary")


if __name__ == "__main__":
    main()
