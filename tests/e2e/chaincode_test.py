"""bsn chaincode: packages as other programs read them, and the service's process."""

import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from _network import binary, main


def files_of(archive):
    """{name: content} of a .tar.gz; nothing but plain files."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        assert all(member.isfile() and member.mtime == 0 for member in tar)
        return {member.name: tar.extractfile(member).read() for member in tar}


class Chaincode(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def bsn(self, *words, status=0):
        done = subprocess.run([binary(), "--home", self.folder / "home", *words], cwd=self.folder,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def package(self, *words):
        self.bsn("chaincode", "package", "--label", "evidence_1", "--address", "contracts.example:9999",
                 "--out", "package.tar.gz", *words)
        files = files_of((self.folder / "package.tar.gz").read_bytes())
        self.assertEqual(list(files), ["metadata.json", "code.tar.gz"])
        self.assertEqual(json.loads(files["metadata.json"]), {"type": "ccaas", "label": "evidence_1"})
        code = files_of(files["code.tar.gz"])
        self.assertEqual(list(code), ["connection.json"])
        return json.loads(code["connection.json"])

    def test_package(self):
        self.assertEqual(self.package(), {"address": "contracts.example:9999", "dial_timeout": "10s",
                                          "tls_required": False})
        package = (self.folder / "package.tar.gz").read_bytes()
        told = self.bsn("chaincode", "package", "--label", "evidence_1", "--address", "contracts.example:9999",
                        "--out", "again.tar.gz", "--json")
        self.assertEqual(json.loads(told.stdout)["package_id"], "evidence_1:" + hashlib.sha256(package).hexdigest())
        self.assertEqual((self.folder / "again.tar.gz").read_bytes(), package)
        again = self.bsn("chaincode", "package", "--label", "x", "--address", "h:1", "--out", "again.tar.gz", status=1)
        self.assertIn("again.tar.gz", again.stderr)

    def test_package_with_tls(self):
        for name in ("ca", "cert", "key"):
            (self.folder / name).write_text(f"PEM of {name}\n")
        self.assertEqual(self.package("--tls-ca", "ca", "--client-cert", "cert", "--client-key", "key"),
                         {"address": "contracts.example:9999", "dial_timeout": "10s", "tls_required": True,
                          "client_auth_required": True, "root_cert": "PEM of ca\n",
                          "client_cert": "PEM of cert\n", "client_key": "PEM of key\n"})
        self.assertEqual((self.folder / "package.tar.gz").stat().st_mode & 0o777, 0o600)

    def serve(self, *words):
        process = subprocess.Popen([binary(), "--home", self.folder / "home", "--json", "chaincode", "serve", *words],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        # One JSON document, over several lines.
        text = ""
        while not text.endswith("}\n"):
            line = process.stdout.readline()
            self.assertTrue(line, process.stderr.read() if not line else "")
            text += line
        return process, json.loads(text)

    def test_service_listens_until_told_to_end(self):
        process, told = self.serve("evidence", "--id", "evidence_1:00", "--listen", "127.0.0.1:0")
        self.assertEqual((told["contract"], told["version"], told["package_id"]), ("evidence", 1, "evidence_1:00"))
        host, port = told["address"].split(":")
        with socket.create_connection((host, int(port)), timeout=10):
            taken = self.bsn("chaincode", "serve", "kv", "--id", "x", "--listen", told["address"], status=1)
            self.assertIn("is the port in use", taken.stderr)
        os.kill(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 0)

    def test_wrong_words(self):
        self.assertIn("there are evidence and kv",
                      self.bsn("chaincode", "serve", "coin", "--id", "x", status=1).stderr)
        self.assertIn("the versions of kv are 1 to 2",
                      self.bsn("chaincode", "serve", "kv", "--id", "x", "--contract-version", "9", status=1).stderr)
        self.assertIn("belong together",
                      self.bsn("chaincode", "serve", "kv", "--id", "x", "--tls-cert", "c", status=2).stderr)


if __name__ == "__main__":
    main()
