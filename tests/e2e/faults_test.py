"""Faults of the machine: taken ports, lost and foreign files, keys that others can read.

What must hold: a sentence that names what is wrong, and never wrong data. Damaged files: corruption_test.py.
"""

import fcntl
import socket
import subprocess
import threading
import unittest

from _golden import GoldenTest
from _network import Network, binary, main


class Surroundings(GoldenTest):
    def test_a_port_in_use(self):
        net = self.copy()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", net.port + 1))
            taken.listen()
            self.up_fails(net, net.port + 1, "in use")
        net.up()
        self.is_whole(net)

    def test_the_ports_of_another_network(self):
        first, second = self.copy(), self.copy()
        first.up()
        second.port = first.port
        self.up_fails(second, first.port, "in use")
        self.is_whole(first)

    def test_stale_process_ids(self):
        """Neither a dead process, nor a living one of somebody else, is taken for the network."""
        with subprocess.Popen(["sleep", "600"]) as bystander:
            self.addCleanup(bystander.kill)
            for content in (f"{bystander.pid}\n", "999999\n", "garbage", "", "-1\n", "1\n"):
                net = self.copy()
                (net.folder / "bsn.pid").write_text(content)
                self.assertFalse(net.json("down")["stopped"])
                net.up()
                self.is_whole(net)
                net.down()
            self.assertIsNone(bystander.poll(), "it was not ours to stop")
            bystander.kill()

    def test_up_after_kill(self):
        net = self.copy()
        net.up()
        net.kill()
        self.assertFalse(net.json("down")["stopped"])
        net.up()
        self.is_whole(net)

    def test_two_at_once(self):
        """Two that start the same network: there is one in the end."""
        net = self.copy()
        words = [binary(), "up", "--port", str(net.port)]
        both = [subprocess.Popen(words, env=net.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True) for _ in range(2)]
        errors = [one.communicate(timeout=120)[1] for one in both]
        self.assertIn(0, [one.returncode for one in both], errors)
        for one, error in zip(both, errors):
            self.assertIn(one.returncode, (0, 1))
            self.assertEqual(error.count("\n"), one.returncode, error)
        self.is_whole(net)

    def test_a_configuration_that_is_wrong(self):
        for content, word in (("endpoint: []\n", "endpoint"), ("endpoints: [\n", "config.yaml"), ("\0", "config.yaml"),
                              ("endpoints: 1\n", "endpoints")):
            net = self.copy()
            (net.home / "config.yaml").write_text(content)
            self.assertIn(word, net.bsn("status", status=1).err)
            self.up_fails(net, "config.yaml")

    def test_a_home_that_is_none(self):
        net = self.copy()
        file = net.files / "a file"
        file.write_text("no folder")
        for home in (file, file / "below", "/proc/no-such-folder"):
            self.assertIn(str(home), net.bsn("--home", home, "up", "--port", net.port, status=1).err)


class Genesis(GoldenTest):
    def test_missing(self):
        net = self.copy()
        (net.folder / "genesis.json").unlink()
        self.up_fails(net, "genesis.json")
        net = self.copy()
        (net.home / "genesis.json").unlink()
        self.assertIn("genesis", net.bsn("status", status=1).err)
        net.up()  # the network's own is there
        self.is_whole(net)
        self.assertEqual(net.genesis(), self.golden.net.genesis())

    def test_foreign(self):
        other = Network()
        other.up()
        other.down()
        net = self.copy()
        net.up()
        (net.home / "genesis.json").write_bytes(other.genesis())
        for words in (["status"], ["ledger", "height", "evidence"], ["app", "join", "kv", "--role", "writer"],
                      ["call", "kv", "kv", "set", "{}"], ["evidence", "find", "00" * 32]):
            error = net.error(*words)
            self.assertIn("another network", error["message"], words)
        net.down()
        self.up_fails(net, "another network")

    def test_damaged(self):
        good = self.golden.net.genesis()
        for content in (b"", good[:-1], good[:1000], good + b" ", good.replace(b'"version": 1', b'"version": 2'),
                        b"{}", bytes(100)):
            net = self.copy()
            self.assertNotEqual(content, good)
            for file in (net.home / "genesis.json", net.folder / "genesis.json"):
                file.write_bytes(content)
            self.assertIn("genesis.json", net.bsn("status", status=1).err)
            self.up_fails(net, "genesis.json")

    def test_another_one_over_the_same_data(self):
        """A genesis of the same nodes, well formed, but not the one that the stored chains begin with."""
        net, good = self.copy(), self.golden.net.genesis()
        for file in (net.home / "genesis.json", net.folder / "genesis.json"):
            file.write_bytes(good.replace(b"local network", b"local Network"))
        self.up_fails(net, "network")


class Keys(GoldenTest):
    def test_open_to_others(self):
        for mode in (0o644, 0o620, 0o604):
            net = self.copy()
            file = net.home / "keys" / "operator.pem"
            file.chmod(mode)
            self.up_fails(net, file, "chmod")
            self.assertIn("chmod", net.bsn("call", "kv", "kv", "set", "{}", status=1).err)
            file.chmod(0o600)
            for suite in ("secp256r1", "secp256k1", "sm2"):
                file = net.folder / "node2" / "keys" / f"{suite}.pem"
                file.chmod(mode)
                self.up_fails(net, file, "chmod")
                file.chmod(0o600)
        net.up()
        self.is_whole(net)

    def test_lost_and_damaged(self):
        for damage in (lambda file: file.unlink(), lambda file: file.write_bytes(b"garbage"),
                       lambda file: file.write_bytes(b""), lambda file: file.write_bytes(file.read_bytes()[:100])):
            for name in ("home/keys/operator.pem", "network/node1/keys/sm2.pem"):
                net = self.copy()
                file = net.home / name.removeprefix("home/")
                damage(file)
                self.up_fails(net)

    def test_of_another_node(self):
        net = self.copy()
        keys = [net.folder / node / "keys" / "secp256r1.pem" for node in ("node1", "node2")]
        keys[0].write_bytes(keys[1].read_bytes())
        self.up_fails(net, "node1")

    def test_made_for_their_owner_only(self):
        for file in self.golden.net.home.rglob("*.pem"):
            self.assertEqual(file.stat().st_mode & 0o077, 0, file)
        self.assertEqual(self.golden.net.home.stat().st_mode & 0o077, 0)


class StartWhileAnotherEnds(unittest.TestCase):
    def test_a_lock_that_a_dying_process_still_holds_is_waited_for(self):
        net = Network()
        net.up()
        net.kill()
        with (net.folder / "bsn.pid").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            letting_go = threading.Timer(1, fcntl.flock, (lock, fcntl.LOCK_UN))
            letting_go.start()
            net.up()
            letting_go.join()
        self.assertIsNotNone(net.pid())
        net.bsn("status")
        net.kill()


if __name__ == "__main__":
    main()
