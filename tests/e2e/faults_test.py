"""Faults of the machine: taken ports, lost and foreign files, damaged stores, full disks.

What must hold: a sentence that names what is wrong, and never wrong data.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import unittest

from _network import EXAMPLES, Network, binary, main, run_bsn, scratch, wait_for
from _transactions import Channel, Key, submit, submit_many

SEED = int(os.environ.get("BSN_SEED", random.SystemRandom().randrange(1 << 32)))
MEBIBYTE = 1 << 20


class Faults(unittest.TestCase):
    """Each test has a copy of one network, which has been stopped."""

    golden = None

    @classmethod
    def setUpClass(cls):
        if Faults.golden is None:
            Faults.make_golden()

    @classmethod
    def make_golden(cls):
        cls.golden = Network()
        cls.golden.up()
        cls.key = Key.load(cls.golden.home / "keys" / "operator.pem")
        cls.golden.bsn("app", "publish", EXAMPLES / "kv.yaml")
        cls.channels = {app: Channel.of(cls.golden, app) for app in ("evidence", "kv")}
        connection = cls.golden.connection()
        for number in range(8):
            deposits = [cls.deposit() for _ in range(4)]
            assert all(code == 0 for code, *_ in submit_many(connection, "evidence", deposits))
            text = json.dumps({"baseKey": f"key{number}", "baseValue": f"value{number}"})
            cls.golden.bsn("call", "kv", "kv", "set", text)
        connection.close()
        for app in cls.channels:
            cls.golden.heads(app)
        cls.truth = cls.read(cls.golden, 0)
        assert [cls.read(cls.golden, node) for node in (1, 2)] == [cls.truth] * 2
        assert len(cls.truth) > 50 and not cls.failures(cls.truth), cls.failures(cls.truth)
        cls.golden.down()

    @staticmethod
    def failures(answers):
        return {target: answer for target, answer in answers.items() if answer[0] != 200}

    @classmethod
    def deposit(cls):
        return cls.channels["evidence"].transaction(cls.key, "evidence", "deposit", [os.urandom(32).hex(), "m"])

    @classmethod
    def read(cls, net, node):
        """All that a node answers about its apps: by target, status and content."""
        connection, answers = net.connection(node), {}

        def get(app, target):
            answer = cls.channels[app].get(connection, cls.key, f"/v1/apps/{app}/{target}")
            content = answer.json()
            content.pop("signers", None)  # how many have signed by now
            answers[f"{app}/{target}"] = (answer.status, content)
            return content

        for app in cls.channels:
            for height in range(get(app, "height").get("height", 0) + 1):
                for identifier in get(app, f"blocks/{height}").get("transactions", []):
                    get(app, f"transactions/{identifier}")
        for number in range(8):
            body = json.dumps({"contract": "kv", "function": "get", "arguments": [f"key{number}"]}).encode()
            signed = cls.channels["kv"].authorization(cls.key, "POST", "/v1/apps/kv/query", body)
            answer = connection.post("/v1/apps/kv/query", body, headers=signed, Content_Type="application/json")
            content = answer.json()
            answers[f"query {number}"] = (answer.status, content.get("result", content))
        connection.close()
        return answers

    def copy(self, of=None):
        net = Network()
        shutil.copytree((of or self.golden).home, net.home, symlinks=True)
        self.addCleanup(self.put_away, net)
        return net

    def put_away(self, net):
        net.kill()
        if self._outcome.success:
            shutil.rmtree(net.home)

    def up_fails(self, net, *words):
        """`bsn up` says in one line what is wrong, and leaves nothing running."""
        ended = net.bsn("up", "--port", net.port, status=1)
        for word in words:
            self.assertIn(str(word), ended.err)
        self.assertIsNone(net.pid())
        return ended.err

    def is_whole(self, net):
        """Everything is there, and is still written."""
        for node in range(3):
            self.assertEqual(self.read(net, node), self.truth)
        connection = net.connection()
        answer = submit(connection, "evidence", self.deposit())
        self.assertEqual(answer.json()["status"], "success", answer)
        connection.close()
        net.heads("evidence")


class Surroundings(Faults):
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


class Genesis(Faults):
    def test_missing(self):
        net = self.copy()
        (net.folder / "genesis.json").unlink()
        self.up_fails(net, "genesis.json")
        net = self.copy()
        (net.home / "genesis.json").unlink()
        self.assertIn("genesis", net.bsn("status", status=1).err)
        net.up()  # the network's own is there
        self.is_whole(net)
        self.assertEqual(net.genesis(), self.golden.genesis())

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
        good = self.golden.genesis()
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
        net, good = self.copy(), self.golden.genesis()
        for file in (net.home / "genesis.json", net.folder / "genesis.json"):
            file.write_bytes(good.replace(b"local network", b"local Network"))
        self.up_fails(net, "network")


class Keys(Faults):
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
        for file in self.golden.home.rglob("*.pem"):
            self.assertEqual(file.stat().st_mode & 0o077, 0, file)
        self.assertEqual(self.golden.home.stat().st_mode & 0o077, 0)


class Damage(Faults):
    """A store is damaged. The network refuses to start, naming what is damaged; or it serves what is right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        print(f"\nseed {SEED}")
        cls.dice = random.Random(SEED)
        cls.settled = Network()  # its database is in tables, not in its log
        shutil.copytree(cls.golden.home, cls.settled.home)
        cls.settled.up()
        cls.settled.down()

    def try_out(self, net, file, what):
        """Starts it. It is `refused`; or `stopped` on the node concerned; or `partly` served, with errors for what
        is damaged; or everything is `right`. Never is anything wrong."""
        ended = net.bsn("up", "--port", net.port, "--wait", "3", status=None)
        if ended.status != 0 and "is not ready after" not in ended.err:
            self.assertIsNone(net.pid())
            named = str(file.parent) in ended.err
            self.assertTrue(named, f"{what}: the file is not named: {ended.err}")
            return "refused"
        outcome = "stopped" if ended.status != 0 else self.nothing_wrong(net, what, 1)
        for node in (0, 2):
            self.assertEqual(self.nothing_wrong(net, what, node), "right")
        connection = net.connection()
        answer = submit(connection, "evidence", self.deposit(), timeout_ms=5000)
        connection.close()
        self.assertEqual(answer.status, 200, f"{what}: it has started, and takes no writes: {answer}")
        if outcome == "right":
            height = answer.json()["height"]
            wait_for("node 2 has it, too, or says why not", lambda: (
                net.chains("evidence")[1]["certified"] >= height or self.health(net, 1)), 10)
        if self.health(net, 1):
            outcome = "stopped"
        if outcome == "stopped":
            told = self.health(net, 1)
            self.assertTrue(str(file) in told or "diverged" in told or str(file.parent) in told, f"{what}: {told}")
        net.kill()
        return outcome

    @staticmethod
    def health(net, node):
        connection = net.connection(node)
        answer = connection.get("/healthz")
        connection.close()
        return answer.body.decode() if answer.status == 503 else ""

    def nothing_wrong(self, net, what, node):
        """A node may be behind at first, and fetch what it lacks, or know that it has lost it; it says nothing wrong."""

        def settled():
            answers = self.read(net, node)
            for target, answer in answers.items():
                if answer[0] == 200 and not target.endswith("/height"):
                    self.assertEqual(answer, self.truth[target], f"{what}: node {node + 1} serves something else")
            failures = self.failures(answers).values()
            if all(content and content["error"]["code"] == "corrupted" for _, content in failures):
                return "partly" if failures else "right" if len(answers) == len(self.truth) else None
            return None

        return wait_for(f"{what}: node {node + 1} is as it should be", settled, 10)

    def flip(self, file, at):
        with open(file, "r+b") as opened:
            opened.seek(at)
            byte = opened.read(1)[0]
            opened.seek(at)
            opened.write(bytes([byte ^ 1 << self.dice.randrange(8)]))

    def damage(self, of, pattern, damage, times=1):
        """Damages a copy's file that fits the pattern, and starts it."""
        outcomes = []
        for number in range(times):
            net = self.copy(of)
            found = sorted(net.folder.glob(pattern))
            self.assertTrue(found, pattern)
            file = self.dice.choice([one for one in found if one.stat().st_size > 0])
            how = damage(file, number)
            outcomes.append(self.try_out(net, file, f"{file.relative_to(net.home)}: {how}"))
        print(f"{pattern}: {', '.join(outcomes)}", end="; ")
        return outcomes

    def flip_inside(self, file, number):
        """Not in the last record, where damage cannot be told from the torn end of a crash."""
        at = self.dice.randrange(int(file.stat().st_size * 0.8))
        self.flip(file, at)
        return f"byte {at}"

    def cut(self, file, number):
        size = int(file.stat().st_size * (0.7, 0.3, 0)[number])
        os.truncate(file, size)
        return f"cut to {size}"

    def test_ordering_log_flipped(self):
        self.assertEqual(set(self.damage(self.golden, "ordering/*.log", self.flip_inside, 4)), {"refused"})

    def test_ordering_log_cut(self):
        """The nodes have executed what it lacks now."""
        outcomes = self.damage(self.golden, "ordering/*.log", self.cut, 3)
        self.assertEqual(set(outcomes), {"refused"})

    def test_batch_log_flipped(self):
        self.assertEqual(set(self.damage(self.golden, "node2/data/batches/*.log", self.flip_inside, 4)), {"refused"})

    def test_batch_log_cut(self):
        self.damage(self.golden, "node2/data/batches/*.log", self.cut, 3)

    def test_batch_log_cut_and_filled_again(self):
        """New batches lie where lost ones were, with the same sizes: they must not be taken for those."""
        net = self.copy()
        [file] = net.folder.glob("node2/data/batches/*.log")
        self.cut(file, 0)
        net.up()
        self.assertEqual(self.nothing_wrong(net, "cut", 1), "partly")
        connection = net.connection()
        for number in range(8):
            for code, *_ in submit_many(connection, "evidence", [self.deposit() for _ in range(4)]):
                self.assertEqual(code, 0)
            net.bsn("call", "kv", "kv", "set", json.dumps({"baseKey": f"kez{number}", "baseValue": f"value{number}"}))
        connection.close()
        net.heads("evidence")
        for node in range(3):
            for target, answer in self.read(net, node).items():
                if answer[0] == 200 and target in self.truth and not target.endswith("/height"):
                    self.assertEqual(answer, self.truth[target])
                else:
                    self.assertTrue(answer[0] == 200 or (node, answer[1]["error"]["code"]) == (1, "corrupted"), answer)

    def test_database_log_flipped(self):
        self.damage(self.golden, "node2/data/state/*.log", self.flip_inside, 4)

    def test_database_log_cut(self):
        self.damage(self.golden, "node2/data/state/*.log", self.cut, 3)

    def test_database_table_flipped(self):
        self.damage(self.settled, "node2/data/state/*.sst", self.flip_inside, 6)

    def test_database_table_cut(self):
        self.assertEqual(set(self.damage(self.settled, "node2/data/state/*.sst", self.cut, 3)), {"refused"})

    def test_database_manifest(self):
        self.damage(self.settled, "node2/data/state/MANIFEST-*", self.flip_inside, 2)
        self.damage(self.settled, "node2/data/state/MANIFEST-*", self.cut, 3)
        self.damage(self.settled, "node2/data/state/CURRENT", self.cut, 3)

    def test_lost_files(self):
        for pattern in ("ordering/*.log", "node2/data/batches/*.log", "node2/data/state/*.sst", "node2/data/state/CURRENT"):
            with self.subTest(pattern):
                net = self.copy(self.settled)
                file = sorted(net.folder.glob(pattern))[0]
                file.unlink()
                print(f"{pattern} lost: {self.try_out(net, file.parent, f'{file} is lost')}", end="; ")

    def test_unknown_versions(self):
        """What a newer program wrote is refused by name, and left as it is."""
        net = self.copy()
        file = net.folder / "node3" / "data" / "state" / "FORMAT"
        file.write_text(file.read_text().replace("1", "2"))
        self.assertIn("'bsn-database 2'", self.up_fails(net, file.parent))
        for pattern in ("ordering", "node1/data/batches"):
            net = self.copy()
            [file] = (net.folder / pattern).glob("*.log")
            raw = file.read_bytes()
            head = raw[:8] + b"\0\0\0\2" + raw[12:16]
            changed = head + crc32c(head).to_bytes(4, "big") + raw[20:]
            file.write_bytes(changed)
            self.assertIn("format 2", self.up_fails(net, file))
            self.assertEqual(file.read_bytes(), changed)

    def test_a_node_is_made_anew(self):
        """What docs/operating.md says to do when one node's data is damaged."""
        net = self.copy()
        [file] = (net.folder / "node2" / "data" / "batches").glob("*.log")
        self.flip(file, file.stat().st_size // 2)
        self.up_fails(net, file)
        (net.folder / "node2" / "data").rename(net.folder / "node2" / "damaged")
        net.up()
        wait_for("node 2 has all again", lambda: self.read(net, 1) == self.truth)
        self.is_whole(net)


class FullDisk(unittest.TestCase):
    SIZE = 384 * MEBIBYTE

    def setUp(self):
        if os.environ.get("BSN_OWN_MOUNTS") != "yes":
            self.skipTest("file systems cannot be mounted here: this takes root, or namespaces for users")
        self.disk = scratch().folder / f"disk-{self._testMethodName}"
        self.disk.mkdir()
        self.mount(self.SIZE)
        self.net = Network(home=self.disk / "home")

    def mount(self, size):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(self.disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.disk)], check=True)
        self.addCleanup(lambda: self.net.kill())

    def fill(self, left=0):
        with open(self.disk / "filler", "ab") as filler:
            free = os.statvfs(self.disk).f_bavail * os.statvfs(self.disk).f_frsize
            os.posix_fallocate(filler.fileno(), filler.tell(), free - left)

    def free(self):
        (self.disk / "filler").unlink()

    def test_while_it_runs(self):
        """Who writes is told why it fails; reads go on; nothing is lost once there is space again."""
        net = self.net
        net.up()
        net.heads("evidence")
        self.begin()
        (net.files / "a.txt").write_text("one more")
        first = submit(self.connection, "evidence", self.before).json()
        self.assertEqual(first["status"], "success")
        self.fill()
        unknown = self.deposit()
        answer = submit(self.connection, "evidence", unknown, timeout_ms=3000)
        self.assertNotEqual(answer.status, 200, "nothing is certified on a full disk")
        self.assertEqual(submit(self.connection, "evidence", self.before).json(), first, "reads go on")
        said = net.error("evidence", "deposit", "a.txt", "--timeout", "3")
        log, health, pid = net.log_file.read_text(), self.health(net), net.pid()

        self.free()
        net.down()
        net.up()
        self.assertEqual(submit(self.connection, "evidence", self.before).json(), first)
        for transaction in (unknown, self.deposit()):
            self.assertEqual(submit(self.connection, "evidence", transaction).json()["status"], "success")
        net.heads("evidence")
        net.bsn("status")

        self.assertIsNotNone(pid, "it ran on")
        for where, text in {"log": log, "/healthz": health, "answer": answer.message, "command": said["message"]}.items():
            with self.subTest(where):
                self.assertIn("space", text)

    def test_at_the_worst_moment(self):
        """Full while an app is made on some nodes and not on others, and then written to."""
        net = self.net
        for _ in range(3):
            net.up()
            self.begin()
            self.assertEqual(submit(self.connection, "evidence", self.before).status, 200)
            self.fill()
            submit(self.connection, "evidence", self.deposit(), timeout_ms=1000)
            self.assertIsNotNone(net.pid(), "it ran on")
            self.free()
            net.down()
            net.up()
            for transaction in (self.before, self.deposit()):
                answer = submit(self.connection, "evidence", transaction)
                self.assertEqual(answer.status, 200, answer)
            net.heads("evidence")
            net.bsn("down", "--purge", "--yes")

    def begin(self):
        self.key = Key.load(self.net.home / "keys" / "operator.pem")
        self.channel = Channel.of(self.net, "evidence")
        self.connection = self.net.connection()
        self.addCleanup(self.connection.close)
        self.before = self.deposit()

    def deposit(self):
        return self.channel.transaction(self.key, "evidence", "deposit", [os.urandom(32).hex(), "m"])

    @staticmethod
    def health(net):
        connections = net.connections()
        said = " ".join(connection.get("/healthz").body.decode() for connection in connections)
        for connection in connections:
            connection.close()
        return said

    def test_before_it_starts(self):
        for left in (0, 64 * 1024):
            self.fill(left)
            self.assertIn("space", self.net.bsn("up", "--nodes", 3, "--port", self.net.port, status=1).err)
            self.free()
        self.net.up()
        self.net.bsn("status")
        self.net.down()
        self.fill()
        ended = self.net.bsn("up", "--wait", "20", status=None)
        if ended.status != 0:
            self.assertIn("space", ended.err)
        self.net.kill()
        self.free()
        self.net.up()
        self.net.bsn("status")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def in_own_mounts():
    """Starts over with mounts of its own, which end with it, if this system permits."""
    if "BSN_OWN_MOUNTS" in os.environ:
        return
    os.environ["BSN_OWN_MOUNTS"] = "no"
    for unshare in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        mount = [*unshare, "sh", "-c", "mount -t tmpfs tmpfs /tmp"]
        if shutil.which("unshare") and subprocess.run(mount, capture_output=True).returncode == 0:
            os.environ["BSN_OWN_MOUNTS"] = "yes"
            os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


if __name__ == "__main__":
    in_own_mounts()
    main()
