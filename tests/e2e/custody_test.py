"""Users' keys that a city node keeps: made, used, exported, released while the app runs; the audit log tells of each."""

import unittest

from _network import EXAMPLES, Network, main, wait_for

SECRET = "correct horse battery"


class Custody(unittest.TestCase):
    def setUp(self):
        self.net = Network()
        self.addCleanup(self.net.kill)
        self.net.up()
        self.net.bsn("key", "new", "owner")
        self.net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        self.net.bsn("--key", "owner", "app", "join", "kv", "--role", "writer")
        owner = next(key for key in self.net.json("key", "list")["keys"] if key["name"] == "owner")
        self.net.bsn("app", "approve", "kv", owner["participant"])
        (self.net.files / "secret").write_text(SECRET)

    def owner(self, *arguments):
        return self.net.json("--key", "owner", *arguments)

    def refused(self, *arguments, key="owner"):
        return self.net.error("--key", key, *arguments)

    def grant(self):
        connection = self.net.connection(1)
        name = connection.get("/v1/status").json()["name"]
        connection.close()
        self.owner("custody", "grant", "kv", "--city-node", name)
        # Each node reads of it in its own time.
        wait_for("the custodian knows", lambda: self.owner("custody", "users", "kv").get("custodian"))

    def add(self, name):
        return wait_for(f"user {name} is made", lambda: self.net.bsn(
            "--json", "--key", "owner", "custody", "add", "kv", name, status=None).status == 0)

    def audit(self, node=2, status=0):
        folder = self.net.folder / f"node{node}"
        return self.net.bsn("node", "custody", "audit", "--config", folder / "node.yaml", status=status)

    def test_a_user_from_making_to_release(self):
        self.assertIn("--city-node", self.refused("custody", "add", "kv", "till-1")["message"])
        self.grant()
        self.add("till-1")
        [user] = self.owner("custody", "users", "kv")["users"]
        self.assertEqual(user["name"], "till-1")
        file = self.net.files / "till.pem"
        export = ["custody", "export", "kv", "till-1", "--output", file, "--new-passphrase-file"]
        (self.net.files / "short").write_text("short")
        self.assertIn("12", self.refused(*export, self.net.files / "short")["message"])
        self.assertFalse(file.exists())
        # Whoever is not the owner has no such user.
        self.refused(*export, self.net.files / "secret", key="operator")
        self.assertFalse(file.exists())
        self.owner(*export, self.net.files / "secret")
        self.assertIn("ENCRYPTED", file.read_text())
        self.assertNotIn(SECRET, self.net.log_file.read_text())

        released = self.owner("custody", "release", "kv", "till-1", "--to", "till")
        self.assertTrue(released)
        wait_for("the client's own key writes", lambda: self.net.bsn(
            "--key", "till", "call", "kv", "kv", "set", '{"baseKey":"a","baseValue":"1"}', status=None).status == 0)
        self.refused(*export, self.net.files / "secret")

        self.audit(status=1)  # the node runs
        self.net.down()
        actions = [line.split(" ")[2] for line in self.audit().out.splitlines() if "'till-1'" in line]
        self.assertEqual(actions, ["created", "signed", "export", "export", "exported", "signed", "destroyed"])

    def test_an_audit_log_that_was_changed_is_told(self):
        self.grant()
        self.add("till-1")
        self.net.down()
        self.audit()
        [log] = (self.net.folder / "node2" / "custody" / "audit").glob("*.log")
        data = bytearray(log.read_bytes())
        at = data.index(b"till-1")
        data[at] ^= 1
        log.write_bytes(data)
        self.audit(status=1)
        self.net.up(status=1)


if __name__ == "__main__":
    main()
