"""The examples of docs/gateway.md, run as they stand there: each writes once, and all tell of the same transaction."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from _needs import needs
from _network import EXAMPLES, REPOSITORY, NetworkTest, binary, main, wait_for

BUILD = Path(binary()).resolve().parents[1]
PATIENCE = 600  # seconds for one example


def blocks():
    """The code below "The strict API, by example", by its language."""
    text = (REPOSITORY / "docs" / "gateway.md").read_text().split("## The strict API, by example")[1]
    return dict(re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


class Examples(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        net = cls.net
        net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        net.channel("kv")
        net.bsn("key", "new", "alice")
        net.bsn("--key", "alice", "app", "join", "kv", "--role", "writer")
        net.bsn("app", "approve", "kv", "alice")
        connection = net.connection(1)
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        net.bsn("--key", "alice", "custody", "grant", "kv", "--city-node", node)
        wait_for("the user is made", lambda: net.bsn(
            "--key", "alice", "custody", "add", "kv", "till", status=None).status == 0)
        (net.files / "genesis.json").write_bytes(net.genesis())
        cls.blocks = blocks()
        cls.environment = os.environ | {
            "NODE": f"http://127.0.0.1:{net.port + 1}", "KEY": str(net.home / "keys" / "alice.pem"),
            "GENESIS": str(net.files / "genesis.json"), "BSN_HOME": str(net.home),
            "PATH": f"{Path(binary()).resolve().parent}:{os.environ['PATH']}",
        }
        cls.first = None

    def run_in(self, folder, *words, check=True):
        done = subprocess.run(words, cwd=folder, env=self.environment, capture_output=True, encoding="utf-8",
                              timeout=PATIENCE)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def folder(self, name):
        folder = self.net.files / name
        folder.mkdir()
        return folder

    def same(self, identifier, height, index):
        """All examples name one idempotency key."""
        told = identifier, int(height), int(index)
        type(self).first = self.first or told
        self.assertEqual(told, self.first)

    def test_curl(self):
        folder = self.folder("curl")
        for _ in range(2):
            answer = json.loads(self.run_in(folder, "bash", "-euo", "pipefail", "-c", self.blocks["sh"]))
            self.assertEqual(answer["status"], "success", answer)
            self.same(answer["id"], answer["height"], answer["index"])

    @needs(shutil.which("go"), "needs Go")
    def test_go(self):
        folder = self.folder("go")
        (folder / "main.go").write_text(self.blocks["go"])
        answer = json.loads(self.run_in(folder, "go", "run", "main.go"))
        self.same(answer["id"], answer["height"], answer["index"])

    @needs(shutil.which("node") and shutil.which("npm"), "needs npm")
    def test_typescript(self):
        laid = REPOSITORY / "build" / "conformance" / "typescript"
        subprocess.run([REPOSITORY / "scripts" / "install-conformance.sh", "typescript"], check=True)
        self.run_in(laid, "npm", "run", "build")
        (laid / "conformance" / "example.mjs").write_text(self.blocks["ts"])
        identifier, height, index, verified = self.run_in(laid, "node", "conformance/example.mjs").split()
        self.same(identifier, height, index)
        self.assertEqual(verified, "true")

    @needs((BUILD / "libbsn_client.a").exists(), "needs the target bsn_client built beside the program")
    def test_cpp(self):
        folder = self.folder("cpp")
        self.run_in(folder, "cmake", "--install", BUILD, "--component", "client", "--prefix", folder / "prefix")
        (folder / "main.cpp").write_text(self.blocks["cpp"])
        shutil.copy(REPOSITORY / "clients" / "cpp" / "example" / "CMakeLists.txt", folder)
        self.run_in(folder, "cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={folder / 'prefix'}")
        self.run_in(folder, "cmake", "--build", folder / "build")
        identifier, height, index, verified = self.run_in(folder, folder / "build" / "example").split()
        self.same(identifier, height, index)
        self.assertEqual(verified, "1")


if __name__ == "__main__":
    main()
