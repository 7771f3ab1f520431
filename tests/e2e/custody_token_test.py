"""A city node whose custody has its master key in a PKCS#11 token: SoftHSM, in a folder of the test's."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

from _faulty import OwnNetwork
from _needs import needs
from _network import EXAMPLES, main, wait_for

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "2468"


class TokenNetwork(OwnNetwork):
    """One node; its master key is in a token from the beginning."""

    def __init__(self):
        super().__init__(1)
        tokens = self.files / "tokens"
        tokens.mkdir()
        settings = self.files / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
        self.environment["SOFTHSM2_CONF"] = str(settings)
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "bsn", "--so-pin", "13579", "--pin", PIN],
                       env=self.environment, check=True, capture_output=True)
        self.pin = self.files / "pin"
        self.pin.touch(mode=0o600)
        self.pin.write_text(PIN + "\n")

    @property
    def settings(self):
        return self.node_folder(0) / "node.yaml"

    def use(self, key):
        """Names a key of the token in node.yaml."""
        text = re.sub(r"\ncustody:\n(  .*\n)+", "\n", self.settings.read_text())
        self.settings.write_text(text + f"custody:\n  pkcs11:\n    module: {MODULE}\n    token: bsn\n    key: {key}\n"
                                        f"    pin_file: {self.pin}\n")

    def custody(self, *words, status=0):
        return self.bsn("node", "custody", *words, "--config", self.settings, status=status)

    def start(self, node):
        if "pkcs11" not in self.settings.read_text():
            shutil.rmtree(self.node_folder(0) / "custody")  # of the first start, with the key in a file
            (self.node_folder(0) / "custody.key").unlink()
            self.use("first")
            told = self.refused_start()
            assert "the key 'first' of the token 'bsn'" in told and "make-token-key" in told, told
            self.custody("make-token-key")
        super().start(node)

    def refused_start(self):
        """Starts it; what it says when it ends at once."""
        before = len(self.log_of(0)) if (self.node_folder(0) / "node.log").exists() else 0
        OwnNetwork.start(self, 0)
        status = self.ended(self.started[self.node_folder(0)])
        assert status != 0, status
        return self.log_of(0)[before:]


@needs(shutil.which("softhsm2-util") and MODULE.exists(), "needs softhsm2 (scripts/packages.txt)")
class CustodyInAToken(unittest.TestCase):
    def owner(self, *words, status=0):
        return self.net.bsn("--key", "owner", *words, status=status)

    def write(self, key):
        """By the user's key, which the node unwraps by the token."""
        body = self.net.files / "body.json"
        body.write_text('{"user": "till", "contract": "kv", "function": "set", "arguments": ["{\\"baseKey\\": \\"%s\\", '
                        '\\"baseValue\\": \\"1\\"}"], "idempotency_key": "%s"}' % (key, key))
        target = "/v1/apps/kv/invocations"
        header = self.owner("--quiet", "authorize", "kv", "POST", target, "--body", body).out.strip()
        name, _, value = header.partition(": ")
        connection = self.net.connection()
        answer = connection.post(target, body.read_bytes(), headers={name: value, "Content-Type": "application/json"})
        connection.close()
        return answer

    def start_again(self):
        self.net.stop(0)
        self.net.start(0)
        self.net.wait_until_well()

    def test_a_master_key_in_a_token(self):
        net = self.net = TokenNetwork()
        self.addCleanup(net.kill)
        net.up()
        net.bsn("key", "new", "owner")
        net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        self.owner("app", "join", "kv", "--role", "writer")
        net.bsn("app", "approve", "kv", "owner")
        connection = net.connection()
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        self.owner("custody", "grant", "kv", "--city-node", node)
        wait_for("a user is made", lambda: self.owner("custody", "add", "kv", "till", status=None).status == 0)
        wait_for("the user writes", lambda: self.write("a").status == 200)
        self.assertIn("token", net.log_of(0))
        # A wrapped key is on disk, and no master key.
        self.assertFalse((net.node_folder(0) / "custody.key").exists())
        self.start_again()
        self.assertEqual(self.write("b").status, 200)

        # Another key of the token: both open the vault until the node has started with the new one.
        self.assertIn("in use by another process", self.custody_refused("rotate-master-key", "--new-label", "second"))
        net.stop(0)
        self.assertIn("the key 'second' of the token 'bsn'", self.custody_refused("rotate-master-key", "--new-label", "second"))
        net.custody("make-token-key", "--new-label", "second")
        self.assertIn("second", self.custody_refused("make-token-key", "--new-label", "second"))
        net.custody("rotate-master-key", "--new-label", "second")
        net.use("second")
        net.start(0)
        net.wait_until_well()
        self.assertEqual(self.write("c").status, 200)
        net.stop(0)
        net.use("first")
        self.assertIn("master key", net.refused_start())

        # From the token into a file: such is the way back.
        net.use("second")
        net.custody("rotate-master-key", "--new-file", self.new_file())
        text = re.sub(r"\ncustody:\n(  .*\n)+", "\n", net.settings.read_text())
        net.settings.write_text(text + f"custody:\n  file: {net.files / 'master'}\n  # no pkcs11 any more\n")
        net.start(0)
        net.wait_until_well()
        self.assertEqual(self.write("d").status, 200)

    def test_a_token_that_does_not_open(self):
        net = self.net = TokenNetwork()
        self.addCleanup(net.kill)
        net.up()
        net.stop(0)
        net.pin.write_text("0000\n")
        self.assertIn("PIN", net.refused_start())
        net.pin.write_text(PIN + "\n")
        shutil.move(net.files / "tokens", net.files / "away")
        (net.files / "tokens").mkdir()
        self.assertIn("token", net.refused_start())
        (net.files / "tokens").rmdir()
        shutil.move(net.files / "away", net.files / "tokens")
        net.start(0)
        net.wait_until_well()

    def custody_refused(self, *words):
        return self.net.custody(*words, status=1).err

    def new_file(self):
        file = self.net.files / "master"
        file.touch(mode=0o600)
        file.write_text(bytes(range(32)).hex())
        return file


if __name__ == "__main__":
    main()
