"""Disks that are full or cannot be written: small file systems that the test makes for itself.

What must hold: whoever writes is told what is wrong, where, and what to do; nothing acknowledged is lost; the rest goes
on, and everything does once the disk is well again. Needs the right to mount; without it the tests are skipped.
"""

import os
import shutil
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from _disk import MEBIBYTE, Disk, in_own_mounts, own_mounts, run
from _network import EXAMPLES, Network, main, scratch, wait_for
from _transactions import Channel, Key, submit, submit_many


class DiskTest(unittest.TestCase):
    net = None

    def setUp(self):
        if not own_mounts():
            self.skipTest("file systems cannot be mounted here: this takes root, or namespaces for users")
        self.addCleanup(lambda: self.net and self.net.kill())

    def disk(self, folder=None, size=640 * MEBIBYTE, journaled=False):
        if journaled and not (shutil.which("mkfs.ext4") and os.access("/dev/loop-control", os.W_OK)):
            self.skipTest("no file system in a file can be mounted here: this takes mkfs.ext4 and loop devices")
        disk = Disk(folder or scratch().folder / f"disk-{self._testMethodName}", size, journaled)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(disk.folder)], capture_output=True)
        self.addCleanup(lambda: self.net and self.net.kill())
        return disk

    def disk_of_node_2(self, **how):
        """A network that is stopped, whose second node has its data on a disk of its own."""
        self.net = net = Network()
        net.up()
        net.down()
        data = net.folder / "node2" / "data"
        data.rename(data.with_name("before"))
        disk = self.disk(data, **how)
        shutil.copytree(data.with_name("before"), data, dirs_exist_ok=True)
        run("sync", "--file-system", data)
        return disk

    def begin(self):
        """A network that runs, and a transaction on its ledger."""
        self.net.up()
        self.net.heads("evidence")
        self.key = Key.load(self.net.home / "keys" / "operator.pem")
        self.channel = Channel.of(self.net, "evidence")
        self.acknowledged = []
        self.write()
        self.net.heads("evidence")  # a quorum has answered; what a node has not yet, it cannot serve once its disk fails

    def deposit(self):
        return self.channel.transaction(self.key, "evidence", "deposit", [os.urandom(32).hex(), "m"])

    def send(self, transaction, node=0, **parameters):
        connection = self.net.connection(node)
        try:
            return submit(connection, "evidence", transaction, **parameters)
        finally:
            connection.close()

    def write(self, node=0, transaction=None):
        transaction = transaction or self.deposit()
        answer = self.send(transaction, node)
        self.assertEqual((answer.status, answer.json().get("status")), (200, "success"), answer)
        self.acknowledged.append((transaction, answer.json()))

    def nothing_lost(self):
        """The first answers are given again, by each node."""
        transactions = [transaction for transaction, _ in self.acknowledged]
        for node in range(3):
            connection = self.net.connection(node)
            answers = submit_many(connection, "evidence", transactions)
            connection.close()
            self.assertIsNotNone(answers, "refused as a whole")
            self.assertEqual(len(answers), len(self.acknowledged))
            for (_, first), (code, height, index, identifier, error) in zip(self.acknowledged, answers):
                self.assertEqual((code, height, index), (0, first["height"], first["index"]), error)

    def health(self, node):
        connection = self.net.connection(node)
        answer = connection.get("/healthz")
        connection.close()
        return answer.body.decode() if answer.status == 503 else ""

    def goes_on(self):
        """Without a restart."""
        wait_for("all nodes are well again", lambda: not any(self.health(node) for node in range(3)))
        for node in range(3):
            self.write(node)
        self.net.heads("evidence")

    def says(self, words, **texts):
        for where, text in texts.items():
            for word in words:
                with self.subTest(where):
                    self.assertIn(word, text)


class FullDisk(DiskTest):
    def on_small_disk(self):
        disk = self.disk()
        self.net = Network(home=disk.folder / "home")
        return disk

    def test_while_it_runs(self):
        """Who writes is told why it fails; reads go on; nothing is lost once there is space again."""
        disk, net = self.on_small_disk(), self.net
        self.begin()
        (net.files / "a.txt").write_text("one more")
        disk.fill()
        unknown = self.deposit()
        answer = self.send(unknown, timeout_ms=3000)
        self.assertNotEqual(answer.status, 200, "nothing is certified on a full disk")
        self.nothing_lost()  # reads go on
        said = net.error("evidence", "deposit", "a.txt", "--timeout", "3")
        log, health, pid = net.log_file.read_text(), self.health(0), net.pid()
        disk.free()
        self.goes_on()
        self.write(transaction=unknown)
        self.nothing_lost()
        net.bsn("status")
        self.assertIsNotNone(pid, "it ran on")
        self.says(["space", str(net.folder)], log=log, health=health, answer=answer.message, command=said["message"])

    def test_an_idle_network_goes_on_by_itself(self):
        """Writes that were refused before they were ordered cost no restart."""
        disk = self.on_small_disk()
        self.begin()
        disk.fill()
        for _ in range(5):
            self.assertNotEqual(self.send(self.deposit(), timeout_ms=500).status, 200)
        disk.free()
        self.goes_on()
        self.nothing_lost()

    def test_at_the_worst_moment(self):
        """Full while an app is made, so that some nodes may have it and others not, and then written to."""
        disk, net = self.on_small_disk(), self.net
        for moment in (0, 0.04, 0.08):
            self.begin()
            disk.fill(26 * MEBIBYTE)  # as little as permits writes
            with ThreadPoolExecutor() as pool:
                publishing = pool.submit(self.publish, "--timeout", "2")
                time.sleep(moment)  # the moment at which it is full, not a wait for something
                disk.fill()
                publishing.result()
            self.assertNotEqual(self.send(self.deposit(), timeout_ms=1000).status, 200)
            self.assertIsNotNone(net.pid(), "it ran on")
            disk.free()
            net.down()
            net.up()
            self.write()
            net.heads("evidence")
            self.nothing_lost()
            again = self.publish()
            self.assertTrue(again.status == 0 or "there is an app 'kv' already" in again.err, again)
            net.heads("kv")
            net.bsn("call", "kv", "kv", "set", '{"baseKey": "key", "baseValue": "value"}')
            net.heads("kv")
            net.bsn("down", "--purge", "--yes")

    def publish(self, *options):
        return self.net.bsn("app", "publish", EXAMPLES / "kv.yaml", *options, status=None)

    def test_under_load(self):
        """The disk fills while blocks are on their way."""
        disk, net = self.on_small_disk(), self.net
        self.begin()
        for left in (0, 20 * MEBIBYTE, 23 * MEBIBYTE):
            before = len(self.acknowledged)
            with ThreadPoolExecutor() as pool:
                writers = [pool.submit(self.write_until_refused, node) for node in range(3)]
                try:
                    wait_for("there is load", lambda: len(self.acknowledged) > before + 10 or all(
                        writer.done() for writer in writers))
                finally:
                    disk.fill(left)  # which ends them
                for writer in writers:
                    writer.result()
            self.assertGreater(len(self.acknowledged), before + 10, "there was load")
            self.assertIsNotNone(net.pid(), "it ran on")
            disk.free()
            self.goes_on()
            self.nothing_lost()
        net.kill()
        net.up()
        self.goes_on()
        self.nothing_lost()

    def write_until_refused(self, node):
        connection, refused = self.net.connection(node), 0
        while refused < 3:
            transaction = self.deposit()
            answer = submit(connection, "evidence", transaction, timeout_ms=1000)
            if answer.status == 200:
                self.acknowledged.append((transaction, answer.json()))
            else:
                refused += 1
        connection.close()

    def test_of_one_node(self):
        """The other nodes go on without it."""
        disk = self.disk_of_node_2(size=320 * MEBIBYTE)
        net = self.net
        self.begin()
        disk.fill()
        for node in (0, 2, 0):
            self.write(node)
        first = self.send(self.deposit(), 1, timeout_ms=2000)
        wait_for("node 2 says what is wrong", lambda: "space" in self.health(1))
        self.says(["space", str(disk.folder.parent)], health=self.health(1))
        if first.status != 200:
            self.says(["space", str(disk.folder.parent)], answer=first.message)
        self.write(1)  # it knows by now, and hands on what it cannot do itself
        self.assertFalse(self.health(0))
        status = net.bsn("status", status=1)
        self.assertIn("space", status.out + status.err)
        disk.free()
        self.goes_on()
        self.nothing_lost()

    def test_before_it_starts(self):
        disk, net = self.on_small_disk(), self.net
        for left in (0, 64 * 1024):
            disk.fill(left)
            self.assertIn("space", net.bsn("up", "--nodes", 3, "--port", net.port, status=1).err)
            disk.free()
        net.up()
        net.bsn("status")
        net.down()
        disk.fill()
        ended = net.bsn("up", "--wait", "60", status=1)
        self.assertIn("space", ended.err)
        self.assertLess(ended.seconds, 30, "it does not wait for what no time heals")
        net.kill()
        disk.free()
        net.up()
        net.bsn("status")


class DiskThatCannotBeWritten(DiskTest):
    def test_before_it_starts(self):
        disk = self.disk()
        self.net = net = Network(home=disk.folder / "home")
        self.begin()
        net.down()
        wait_for("nothing is open on the disk", lambda: not subprocess.run(
            ["mount", "-o", "remount,ro", disk.folder], capture_output=True).returncode)
        ended = net.bsn("up", "--wait", "60", status=1)
        self.says(["Read-only file system", str(net.folder)], up=ended.err)
        self.assertLess(ended.seconds, 30)
        net.wait_until_gone()
        run("mount", "-o", "remount,rw", disk.folder)
        net.up()
        self.write()
        self.nothing_lost()

    def test_while_it_runs(self):
        """The disk fails under all nodes."""
        disk = self.disk(journaled=True)
        self.net = net = Network(home=disk.folder / "home")
        self.begin()
        disk.break_down()
        answer = self.send(self.deposit(), timeout_ms=3000)
        self.assertNotEqual(answer.status, 200)
        said = [self.health(node) for node in range(3)]
        for _ in range(3):
            self.send(self.deposit(), timeout_ms=500)
        self.nothing_lost()
        self.assertIsNotNone(net.pid(), "it ran on, and serves what it can read")
        self.assertTrue(any(str(net.folder) in one and "restart" in one for one in said), said)
        net.down()
        disk.repair()
        net.up()
        self.write()
        net.heads("evidence")
        self.nothing_lost()

    def test_of_one_node(self):
        disk = self.disk_of_node_2(journaled=True)
        net = self.net
        self.begin()
        disk.break_down()
        for node in (0, 2, 0):
            self.write(node)
        self.send(self.deposit(), 1, timeout_ms=2000)  # it may not know yet
        wait_for("node 2 says what is wrong", lambda: str(disk.folder) in self.health(1))
        self.assertFalse(self.health(0))
        self.write(1)  # another node answers
        net.down()
        disk.repair()
        net.up()
        self.write(1)
        net.heads("evidence")
        self.nothing_lost()


if __name__ == "__main__":
    in_own_mounts()
    main()
