"""Packages of contracts that are no good: refused with the reason, by the command and by the city node. Nothing is built."""

import hashlib
import os

from _needs import needs
from _network import EXAMPLES, NetworkTest, main
from _packages import BROKEN, MODULE, PROGRAMS, archive, package
from _transactions import Channel, Key


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class FabricBadPackages(NetworkTest):
    nodes = 1
    environment = {"BSN_FABRIC": str(PROGRAMS)}

    def test_bad_packages_are_refused_with_the_reason(self):
        bomb = package({**MODULE, "src/zeros": bytes(101 << 20)})
        self.assertLess(len(bomb), 1 << 20)
        app = self.net.files / "bad.yaml"
        app.write_text("name: bad\nframework: fabric\ncontracts: [{name: bad, package: bad.tar.gz}]\n"
                       "roles: [{name: user, functions: ['*']}]\n")
        for content, reason in ((b"", "no whole gzip file"), (BROKEN[:-20], "broken"), (b"x" * 1000, "no whole gzip file"),
                                (package({**MODULE, "../../escape": b"x"}), "leads out of the package"),
                                (package({**MODULE, "/escape": b"x"}), "leads out of the package"),
                                (package({**MODULE, "src/link": "/etc"}), "a link"),
                                (package({f"src/{number}": b"" for number in range(20_001)}), "20000 files"),
                                (bomb, "more than 100 MiB"), (os.urandom(16 << 20), "15"),
                                (package(MODULE, "cobol"), "unknown type"), (package(b"x"), "broken"),
                                (package({"src/main.go": b"package main\n"}), "go.mod"),
                                (package({"src/index.js": b""}, "node"), "package.json"),
                                (package({"src/Main.java": b""}, "java"), "pom.xml"),
                                (archive({"code.tar.gz": archive(MODULE)}), "metadata.json")):
            with self.subTest(reason):
                (self.net.files / "bad.tar.gz").write_bytes(content)
                self.assertIn(reason, self.net.error("app", "publish", app)["message"])
                # Nor by a client that does not look itself.
                answer = self.hand_in(content)
                self.assertIn(answer.status, (400, 413), answer.body)
                self.assertIn(reason, answer.body.decode())
        self.assertFalse(list(self.net.home.rglob("escape")))
        self.assertFalse(list(self.net.folder.glob("*/fabric/packages/*.tar.gz")))
        self.net.error("app", "show", "bad")
        (self.net.files / "still.txt").write_text("other apps go on")
        self.net.bsn("evidence", "deposit", "still.txt")

    def test_who_may_not_publish_neither_hands_in_nor_gets(self):
        connection = self.net.connection()
        self.addCleanup(connection.close)
        for answer in (connection.request("POST", "/v1/packages", BROKEN, {"Content-Type": "application/octet-stream"}),
                       connection.get(f"/v1/packages/{hashlib.sha256(BROKEN).hexdigest()}")):
            self.assertEqual(answer.status, 401, answer.body)
        self.net.bsn("key", "new", "alice")
        self.assertEqual(self.hand_in(BROKEN, "alice").status, 401)  # nobody knows her
        self.net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        self.net.bsn("--key", "alice", "app", "join", "kv", "--role", "writer")
        self.net.bsn("app", "approve", "kv", "alice")
        self.assertEqual(self.hand_in(BROKEN, "alice").status, 403)

    def hand_in(self, content, by="operator"):
        """Signed by somebody; the operator may publish."""
        key = Key.load(self.net.home / "keys" / f"{by}.pem")
        connection = self.net.connection(timeout=60)
        self.addCleanup(connection.close)
        headers = Channel.of(self.net, "system").authorization(key, "POST", "/v1/packages", content, for_channel=False)
        return connection.request("POST", "/v1/packages", content, {"Content-Type": "application/octet-stream", **headers})


if __name__ == "__main__":
    main()
