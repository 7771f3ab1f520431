"""Faults of apps on Hyperledger Fabric that our city nodes run, each node a process of its own: what clients were told of
is never lost, the others go on, and what is wrong is said.

Clients are `bsn call`, which goes on to the next city node where one does not answer.
"""

import base64
import collections
import hashlib
import itertools
import json
import os
import random
import re
import signal
import threading
import time
import unittest
from pathlib import Path

from _cometbft import CometbftNetwork
from _disk import MEBIBYTE, Disk, in_own_mounts, own_mounts
from _fabric import for_release, is_version_3, programs
from _needs import needs
from _network import EXAMPLES, main, wait_for

PROGRAMS = programs()
APP = "evidence-fabric"
NODES = 4     # of the network, so that its order goes on without one
MEMBERS = 3   # of them are the app's
FAILOVER = 10      # seconds without a success, when the city node that clients ask first is killed
LONGEST_GAP = 30   # the same, over all kills of the programs and nodes
WARM_START = 15    # seconds, from `bsn up` to the end of the first deposit


def process_of(folder, program):
    """The pid of Fabric's program whose settings are in this folder; None: it does not run."""
    place = f"FABRIC_CFG_PATH={folder / program}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if place in (process / "environ").read_bytes().split(b"\0"):
                if (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    return int(process.name)
        except OSError:
            continue
    return None


class Depositor(threading.Thread):
    """Deposits one hash after the other until it is told to end, and remembers what it was told."""

    numbers = itertools.count()

    def __init__(self, net):
        super().__init__(daemon=True)
        self.net, self.ends = net, threading.Event()
        self.acknowledged, self.refusals, self.times, self.strange = [], [], [], []

    def run(self):
        try:
            while not self.ends.is_set():
                hash_ = hashlib.sha256(f"deposit {next(self.numbers)}".encode()).hexdigest()
                ended = self.net.bsn("--json", "call", APP, "evidence", "deposit", hash_, status=None)
                if ended.status == 0:
                    self.acknowledged.append(hash_)
                    self.times.append(time.monotonic())
                else:
                    self.refusals.append(ended.error())
        except BaseException as failure:
            self.strange.append(repr(failure))


class Load:
    def __init__(self, net, count=2):
        self.depositors = [Depositor(net) for _ in range(count)]

    def __enter__(self):
        self.begin = time.monotonic()
        for one in self.depositors:
            one.start()
        self.goes_on()
        return self

    def __exit__(self, *_):
        for one in self.depositors:
            one.ends.set()
        for one in self.depositors:
            one.join()

    def goes_on(self):
        """Until each has had a success that began after this."""
        for one in self.depositors:
            before = len(one.times)
            wait_for("deposits go on", lambda: len(one.times) > before + 1 or one.strange)

    def longest_gap(self, since=0):
        """Of those that ended after a moment."""
        gaps = []
        for one in self.depositors:
            times = [self.begin, *one.times]
            gaps += [after - before for before, after in zip(times, times[1:]) if after > since]
        return max(gaps)

    def acknowledged(self):
        return [hash_ for one in self.depositors for hash_ in one.acknowledged]


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class FabricFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = net = CometbftNetwork(NODES)
        net.environment["BSN_FABRIC"] = str(PROGRAMS)
        cls.addClassCleanup(cls.end)
        net.up()
        # Small ones, under the data of the third node's peer and the second's orderer, which takes 128 MiB in advance for
        # each channel; none where they cannot be made.
        cls.peer_disk = cls.orderer_disk = None
        if own_mounts():
            cls.peer_disk = Disk(cls.folder(2) / "peer" / "data", 48 * MEBIBYTE)
            cls.orderer_disk = Disk(cls.folder(1) / "orderer" / "data", 448 * MEBIBYTE)
        net.bsn("app", "publish", cls.description(APP))
        cls.wait_until_open(APP)

    @classmethod
    def description(cls, app):
        """The example's, under another name, on the first nodes."""
        names = [cls.status(node)["name"] for node in range(MEMBERS)]
        file = cls.net.files / f"{app}.yaml"
        text = for_release((EXAMPLES / f"{APP}.yaml").read_text()).replace(f"name: {APP}", f"name: {app}")
        file.write_text(text.replace("nodes: []", f"nodes: {json.dumps(names)}"))
        return file

    @classmethod
    def wait_until_open(cls, app):
        for node in range(MEMBERS):
            wait_for(f"{app} is open on node {node + 1}", lambda: (chain := cls.chain(node, app)) and
                     chain["state"] == "active", 120)

    @classmethod
    def end(cls):
        cls.net.kill()
        wait_for("Fabric's programs end with the nodes", lambda: not any(
            process_of(cls.folder(node), program) for node in range(MEMBERS) for program in ("peer", "orderer")))
        for disk in filter(None, (cls.peer_disk, cls.orderer_disk)):
            disk.unmount()

    @classmethod
    def folder(cls, node):
        return cls.net.node_folder(node) / "fabric"

    @classmethod
    def status(cls, node):
        """What a node says of itself; None if it does not answer."""
        connection = cls.net.connection(node, timeout=5)
        try:
            return connection.get("/v1/status").json()
        except OSError:
            return None
        finally:
            connection.close()

    @classmethod
    def chain(cls, node, app=APP):
        status = cls.status(node)
        return status and next((one for one in status["chains"] if one["app"] == app), None)

    def wait_until_well(self, node):
        wait_for(f"the app is well on node {node + 1}", lambda: (chain := self.chain(node)) and
                 chain["state"] == "active" and not chain.get("alarm"), 120)

    def deposit(self, text, app=APP):
        hash_ = hashlib.sha256(text.encode()).hexdigest()
        self.net.bsn("call", app, "evidence", "deposit", hash_)
        return hash_

    def nothing_is_lost(self, hashes, *nodes, app=APP):
        for node in nodes or range(MEMBERS):
            connection = self.net.connection(node)
            for hash_ in hashes:
                def found():
                    answer = connection.post(f"/v1/apps/{app}/query", {
                        "contract": "evidence", "function": "find", "arguments": [hash_]})
                    return answer.status == 200 and hash_ in base64.b64decode(answer.json()["result"]).decode()
                wait_for(f"{hash_} is found at node {node + 1}", found, 30)
            connection.close()

    # --- tests

    def test_nothing_acknowledged_is_lost_when_programs_and_nodes_are_killed_under_load(self):
        with Load(self.net) as load:
            for program, node in (("peer", 1), ("orderer", 0), ("orderer", 1), ("orderer", 2)):
                pid = wait_for(f"the {program} runs", lambda: process_of(self.folder(node), program))
                os.kill(pid, signal.SIGKILL)
                load.goes_on()
                wait_for(f"the {program} runs again", lambda: process_of(self.folder(node), program) not in (None, pid))
                self.wait_until_well(node)
            killed = time.monotonic()
            self.net.kill_node(0)  # where clients ask first
            load.goes_on()
            self.wait_until_well(0)
        for one in load.depositors:
            self.assertEqual(one.strange, [])
            for refusal in one.refusals:
                self.assertIn(refusal["code"], ("unavailable", "timeout"), refusal)
                self.assertRegex(refusal["message"], "peer|orderer|node", refusal)
        acknowledged = load.acknowledged()
        print(f"\n{len(acknowledged)} deposits acknowledged, {sum(len(one.refusals) for one in load.depositors)} refused, "
              f"longest gap {load.longest_gap():.1f} s, around the kill of the city node {load.longest_gap(killed):.1f} s")
        self.assertLess(load.longest_gap(killed), FAILOVER)
        self.assertLess(load.longest_gap(), LONGEST_GAP)
        self.nothing_is_lost(acknowledged)

    def test_calls_go_on_though_a_peer_and_an_orderer_hang(self):
        for node, others in ((1, (0, 2)), (2, (0, 1))):
            # By turns what hangs is asked first, leads the orderers, or gives the blocks that are waited for.
            pids = {program: process_of(self.folder(node), program) for program in ("peer", "orderer")}
            for pid in pids.values():
                os.kill(pid, signal.SIGSTOP)
            hashes = []
            for number in range(4):
                begin = time.monotonic()
                hashes.append(self.deposit(f"while those of node {node + 1} hang, {number}"))
                taken = time.monotonic() - begin
                print(f"\na deposit while they hang: {taken:.1f} s")
                self.assertLess(taken, LONGEST_GAP)
            self.nothing_is_lost(hashes, *others)
            for program, pid in pids.items():
                wait_for(f"the {program} is started again by itself",
                         lambda: process_of(self.folder(node), program) not in (None, pid), 120)
            for member in range(MEMBERS):
                self.wait_until_well(member)
            self.nothing_is_lost(hashes)

    def test_a_warm_start_takes_less_than_15_s(self):
        """All processes of all nodes at once."""
        before = self.deposit("before a warm start")
        self.net.kill()
        wait_for("Fabric's programs end with the nodes", lambda: not any(
            process_of(self.folder(node), program) for node in range(MEMBERS) for program in ("peer", "orderer")))
        begin = time.monotonic()
        self.net.up()
        up = time.monotonic() - begin
        self.wait_until_open(APP)
        opened = time.monotonic() - begin
        after = self.deposit("after a warm start")
        taken = time.monotonic() - begin
        print(f"\na warm start: `bsn up` {up:.1f} s, the channel is open at all nodes after {opened:.1f} s, the first "
              f"deposit is done after {taken:.1f} s")
        self.assertLess(taken, WARM_START)
        self.nothing_is_lost([before, after])

    def test_an_app_opens_though_its_nodes_are_killed_one_by_one_meanwhile(self):
        app, chance = "published-meanwhile", random.Random(int(os.environ.get("BSN_SEED", "1")))
        self.net.bsn("app", "publish", self.description(app), "--no-wait")
        for node in (1, 0, 1, 2):
            time.sleep(chance.uniform(0.1, 1.5))  # to be killed at another step each time
            self.net.kill_node(node)
        self.wait_until_open(app)
        for member in range(MEMBERS):
            self.wait_until_well(member)
        self.nothing_is_lost([self.deposit("by an app that was published meanwhile", app)], app=app)
        self.nothing_is_lost([self.deposit("by the app that was there before")])

    # --- full disks

    def test_a_full_disk_of_a_peer_is_told_and_the_others_go_on(self):
        self.fill_and_free(self.peer_disk, "peer", 2)

    def test_a_full_disk_of_an_orderer_is_told_and_the_others_go_on(self):
        for leads in (False, True):
            with self.subTest(leads=leads):
                wait_for(f"it {'leads' if leads else 'follows'}", lambda: self.takes_part(1, leads), 120)
                self.fill_and_free(self.orderer_disk, "orderer", 1)

    def takes_part(self, node, leads):
        """Whether a node's orderer leads the app's channel, or follows, as wanted; else holds who leads until another does."""
        leader = wait_for("an orderer leads", self.leader) - 1
        if (leader == node) == leads:
            return True
        pid = wait_for("it runs", lambda: process_of(self.folder(leader), "orderer"))
        os.kill(pid, signal.SIGSTOP)  # one that is killed is back so soon that it may be chosen again
        try:
            wait_for("another one leads", lambda: self.leader() not in (None, leader + 1))
        finally:
            os.kill(pid, signal.SIGCONT)
        self.wait_until_well(leader)
        return False

    def leader(self):
        """The node, counted from 1, whose orderer leads the app's channel, as a majority of their logs says; None: there is
        none."""
        nodes, votes = {}, collections.Counter()
        for node in range(MEMBERS):
            log = (self.folder(node) / "orderer" / "log").read_text(errors="replace")
            changes = re.findall(rf"leader changed: \d+ -> (\d+) channel=app-{self.net.channel(APP).hex()} node=(\d+)", log)
            if changes:
                voted, own = changes[-1]
                nodes[own] = node + 1
                votes[voted] += 1
        for voted, count in votes.items():
            if count > MEMBERS // 2:
                return nodes.get(voted)
        return None

    def fill_and_free(self, disk, program, node):
        if not disk:
            self.skipTest("a small file system cannot be mounted here")
        disk.fill()
        hashes, begin = [], time.monotonic()
        for number in range(5):
            hashes.append(self.deposit(f"disk of the {program} full {number} {begin}"))
            taken, begin = time.monotonic() - begin, time.monotonic()
            print(f"\na deposit while the {program}'s disk is full: {taken:.1f} s")
            self.assertLess(taken, LONGEST_GAP)

        def told():
            chain = self.chain(node)
            return chain and program in chain.get("alarm", "") and chain["alarm"]
        alarm = wait_for(f"the node says that its {program} is in trouble", told)
        self.assertIn(f"fabric/{program}/log", self.net.bsn("status", status=None).out, alarm)
        connection = self.net.connection(node)
        metrics = connection.get("/metrics").body.decode()
        connection.close()
        release = "3.1" if is_version_3() else "2.5"
        self.assertIn(f'bsn_fabric_process_needed{{process="{program}",version="{release}"}} 1', metrics)
        self.assertNotIn(f'bsn_fabric_process_restarts_total{{process="{program}",version="{release}"}} 0', metrics)
        hashes.append(self.deposit(f"disk of the {program} still full {begin}"))
        disk.free()
        self.wait_until_well(node)
        self.nothing_is_lost(hashes)


if __name__ == "__main__":
    in_own_mounts()
    main()
