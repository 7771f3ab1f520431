"""An orderer of Fabric that has lost its data begins no second chain: its node says what to restore."""

import hashlib
import json
import unittest

from _fabric import is_version_3, programs
from _needs import needs
from _network import EXAMPLES, Network, main, wait_for

PROGRAMS = programs()
APP = "evidence-fabric"


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class OrdererData(unittest.TestCase):
    def setUp(self):
        self.net = Network(1)
        self.addCleanup(self.net.kill)
        self.net.environment["BSN_FABRIC"] = str(PROGRAMS)
        self.net.up()
        text = (EXAMPLES / f"{APP}.yaml").read_text()
        if is_version_3():
            text = text.replace("  version: 2.5 ", "  version: 3.1 ")
        (self.net.files / "app.yaml").write_text(text)
        self.net.bsn("app", "publish", self.net.files / "app.yaml")
        self.net.bsn("key", "new", "own")
        self.net.bsn("--key", "own", "app", "join", APP, "--role", "depositor")
        self.net.bsn("app", "approve", APP, "own")
        self.net.channel(APP)

    def chain(self):
        connection = self.net.connection()
        chains = connection.get("/v1/status").json()["chains"]
        connection.close()
        return next((chain for chain in chains if chain["app"] == APP), {})

    def deposit(self, word):
        digest = hashlib.sha256(word.encode()).hexdigest()
        self.net.bsn("--key", "own", "call", APP, "evidence", "deposit", digest)
        return digest

    def test_the_only_orderer_waits_for_its_data(self):
        first = self.deposit("first")
        height = wait_for("the height is told", lambda: self.chain()["height"])
        self.assertNotIn("transactions", self.chain())
        self.net.down()
        (folder,) = self.net.folder.glob("*/fabric/orderer*/data")
        self.assertEqual(len(list((folder.parent / "joined").iterdir())), 1)
        aside = folder.with_name("aside")
        folder.rename(aside)
        self.net.up()
        alarm = wait_for("it is told", lambda: self.chain().get("alarm"))
        self.assertIn("data of this channel is gone, and there is no other orderer: restore it from a backup", alarm)
        self.assertIn(str(folder), alarm)
        self.assertEqual(self.chain()["state"], "opening")
        self.assertIn("restore the node's backup", self.net.bsn("status", status=None).out)
        self.assertEqual(list(folder.glob("chains/*/*")), [], "it has begun no chain")
        self.net.down()
        for left in sorted(folder.rglob("*"), reverse=True):
            left.rmdir() if left.is_dir() else left.unlink()
        folder.rmdir()
        aside.rename(folder)
        self.net.up()
        # Nobody has asked for the app since the start.
        wait_for("it is open, and its height is told", lambda: self.chain().get("height", 0) >= height)
        self.deposit("second")
        found = json.loads(self.net.json("query", APP, "evidence", "find", first)["result"])
        self.assertEqual([one["hash"] for one in found], [first])


if __name__ == "__main__":
    main()
