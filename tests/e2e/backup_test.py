"""A node is backed up, lost, and restored: checked byte by byte, and without ever signing twice."""

import json
import shutil
import subprocess

from _network import PATIENCE, binary, main, wait_for
from _operated import OperatedTest

NODE = 3  # the one that is lost

# Of a node's folder, laid out by hand as a node with an organisation of Hyperledger Fabric has it.
FABRIC = ("msp-id", "ports.json", "authority/certificate.pem", "tls-authority/certificate.pem", "admin/tls/certificate.pem",
          "peer/msp/config.yaml", "peer/msp/signcerts/certificate.pem", "orderer/tls/certificate.pem", "participants/00ff.pem",
          "orderer/joined/00ff", "orderer-3/joined/00ff",
          "packages/00ff.tar.gz", "contracts/app-asset-1/tls/client/certificate.pem")
FABRIC_KEYS = ("authority/key.pem", "tls-authority/key.pem", "admin/msp/keystore/key.pem", "peer/msp/keystore/key.pem",
               "peer/tls/key.pem", "orderer/tls/key.pem", "contracts/app-asset-1/tls/client/key.pem", "identities/evidence.json")
# What comes again: blocks of both lines of releases, settings, logs, builds.
FABRIC_REST = ("peer/core.yaml", "peer/log", "peer/data/CURRENT", "peer-3/log", "peer-3/data/CURRENT", "orderer/data/wal/0.wal",
               "orderer-3/orderer.yaml", "orderer-3/data/CURRENT", "builds/00ff/contract", "contracts/app-asset-1/log",
               "contracts/app-asset-1/tls/shown/key.pem")


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


class Backup(OperatedTest):
    """The tests build on one another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backup = cls.net.home / "backup"
        cls.without_keys = cls.net.home / "backup-without-keys"

    def deposit(self, name):
        file = self.net.files / name
        file.write_text(f"content of {name}")
        self.net.bsn("evidence", "deposit", file)

    def restore(self, *more, source=None, to=None, status=0):
        return self.net.bsn("node", "restore", "--from", source or self.backup, "--to", to or self.net.home / "fresh",
                            *more, status=status)

    def test_1_only_a_stopped_node_is_backed_up(self):
        self.deposit("before")
        said = self.net.bsn("node", "backup", "--config", self.net.config(NODE), "--to", self.backup, status=1).err
        self.assertIn("stop it first", said)
        self.assertFalse(self.backup.exists())

    def test_2_backup(self):
        net = self.net
        net.heads("evidence")
        net.down()
        made = net.json("node", "backup", "--config", net.config(NODE), "--to", self.backup, "--with-keys")
        manifest = json.loads((self.backup / "manifest.json").read_text())
        self.assertEqual((manifest["order_height"], manifest["node"]), (made["order_height"], made["node"]))
        self.assertEqual(len(manifest["chains"]), 2)
        self.assertGreater(manifest["order_height"], 0)
        paths = {file["path"] for file in manifest["files"]}
        for path in ("keys/secp256r1.pem", "cometbft/config/priv_validator_key.json", "node.yaml", "node.crt", "custody.key",
                     "custody/keys/CURRENT"):
            self.assertIn(path, paths)
        self.assertNotIn("cometbft/data/priv_validator_state.json", paths)
        again = net.bsn("node", "backup", "--config", net.config(NODE), "--to", self.backup, status=1).err
        self.assertIn("is there already", again)

    def test_3_keys_are_left_out_unless_asked_for(self):
        self.net.bsn("node", "backup", "--config", self.net.config(NODE), "--to", self.without_keys)
        kept = [str(path.relative_to(self.without_keys / "node")) for path in self.without_keys.glob("node/**/*")]
        self.assertIn("custody/keys/CURRENT", kept)  # sealed
        kept = [path for path in kept if not path.startswith("custody/")]
        self.assertFalse([path for path in kept if "keys/" in path or "_key" in path or path == "custody.key"])

    def test_4_a_flipped_byte_is_named(self):
        manifest = json.loads((self.backup / "manifest.json").read_text())
        height = manifest["order_height"]
        largest = max(manifest["files"], key=lambda file: file["bytes"])["path"]
        for path in ("node/" + largest, "node/node.yaml", "manifest.json"):
            with self.subTest(path=path):
                file = self.backup / path
                whole = file.read_bytes()
                middle = len(whole) // 2
                file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:])
                said = self.restore("--others-at", height, status=1).err
                self.assertIn(str(file), said)
                self.assertIn("damaged", said)
                file.write_bytes(whole[:-1])
                self.assertIn(str(file), self.restore("--others-at", height, status=1).err)
                file.rename(file.with_suffix(".away"))
                self.assertIn(str(file), self.restore("--others-at", height, status=1).err)
                file.with_suffix(".away").rename(file)
                file.write_bytes(whole)
        self.assertFalse((self.net.home / "fresh").exists())
        self.assertFalse(list(self.net.home.glob("fresh*")))

    def test_5_a_restore_that_may_be_wrong_is_refused(self):
        height = json.loads((self.backup / "manifest.json").read_text())["order_height"]
        self.restore(status=2)
        self.assertIn("cannot be", self.restore("--others-at", height - 3, status=1).err)
        full = self.net.home / "full"
        full.mkdir()
        (full / "something").touch()
        self.assertIn("is there already", self.restore("--others-at", height, to=full, status=1).err)
        other = self.net.files / "other-genesis.json"
        other.write_text(self.net.genesis().decode().replace("local network", "another network"))
        said = self.restore("--others-at", height, "--genesis", other, status=1).err
        self.assertIn("is of network", said)

    def test_6_a_copy_that_forgot_what_it_signed_is_not_started(self):
        net = self.net
        state = net.node_folder(NODE) / "cometbft" / "data" / "priv_validator_state.json"
        state.rename(state.with_suffix(".away"))
        ended = subprocess.run([binary(), "node", "run", "--config", net.config(NODE)], env=net.environment,
                               capture_output=True, encoding="utf-8", timeout=PATIENCE)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(str(state), ended.stderr.splitlines()[-1])
        state.with_suffix(".away").rename(state)

    def test_7_a_restored_node_catches_up_and_signs_nothing_twice(self):
        net = self.net
        net.up()
        for number in range(5):
            self.deposit(f"after{number}")
        net.heads("evidence")
        others_at = max(net.order_heights()[:NODE])
        net.down()
        folder = net.node_folder(NODE)
        state = folder / "cometbft" / "data" / "priv_validator_state.json"
        signed = int(json.loads(state.read_text())["height"])
        shutil.move(folder, net.home / "lost")

        made = json.loads(self.restore("--others-at", others_at, "--json", to=folder).out)
        silent_to = int(json.loads(state.read_text())["height"])
        self.assertEqual(silent_to, made["signs_above"])
        self.assertGreaterEqual(silent_to, signed)

        net.up()
        wait_for("the restored node has the order", lambda: net.order_heights()[NODE] > silent_to)
        height, head = net.heads("evidence")
        self.assertGreater(height, 0)
        wait_for("its validator signs again", lambda: int(json.loads(state.read_text())["height"]) > silent_to)
        self.deposit("at-last")
        net.heads("evidence")
        node = ("--node", f"http://127.0.0.1:{net.port + NODE}")
        for name in ("before", "after0", "after4", "at-last"):
            net.bsn("evidence", "verify", net.files / name)
            # Those that the restored node makes verify, too.
            transaction = net.json("receipt", "verify", f"{name}.receipt.json")["transaction"]
            net.bsn(*node, "receipt", "fetch", "evidence", transaction, "-o", f"{name}.restored.json")
            self.assertTrue(net.json("receipt", "verify", f"{name}.restored.json")["success"])

    def test_8_from_the_signed_state_itself(self):
        state = self.net.home / "lost" / "cometbft" / "data" / "priv_validator_state.json"
        self.restore("--signed-state", state, source=self.without_keys)
        restored = self.net.home / "fresh" / "cometbft" / "data" / "priv_validator_state.json"
        self.assertEqual(json.loads(restored.read_text())["height"], json.loads(state.read_text())["height"])
        self.assertFalse((self.net.home / "fresh" / "keys").exists())

    def test_9_its_organisation_of_fabric_comes_back(self):
        home = self.net.home
        lost = home / "lost"
        for name in FABRIC + FABRIC_KEYS + FABRIC_REST:
            file = lost / "fabric" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"content of {name}")
            file.chmod(0o600 if name in FABRIC_KEYS else 0o644)
        for words, wanted in (((), set(FABRIC)), (("--with-keys",), set(FABRIC + FABRIC_KEYS))):
            with self.subTest(words=words):
                backup, restored = (home / "-".join(("fabric", what, *words)) for what in ("backup", "restored"))
                made = self.net.json("node", "backup", "--config", lost / "node.yaml", "--to", backup, *words)
                self.restore("--others-at", made["order_height"], source=backup, to=restored)
                for folder in (backup / "node" / "fabric", restored / "fabric"):
                    self.assertEqual(files_below(folder), wanted)
                for name in wanted:
                    self.assertEqual((restored / "fabric" / name).read_text(), f"content of {name}")
                for name in wanted.intersection(FABRIC_KEYS):
                    for file in (backup / "node" / "fabric" / name, restored / "fabric" / name):
                        self.assertEqual(file.stat().st_mode & 0o777, 0o600, file)


if __name__ == "__main__":
    main()
