"""Faults of apps on Hyperledger Fabric that our city nodes run, each node a process of its own: what clients were told of
is never lost, the others go on, and what is wrong is said.

Clients are `bsn call`, which goes on to the next city node where one does not answer.
"""

import base64
import hashlib
import itertools
import json
import os
import signal
import threading
import time
import unittest
from pathlib import Path

from _cometbft import CometbftNetwork
from _disk import MEBIBYTE, Disk, in_own_mounts, own_mounts
from _fabric import programs
from _network import EXAMPLES, main, needs, wait_for

PROGRAMS = programs()
APP = "evidence-fabric"
NODES = 4     # of the network, so that its order goes on without one
MEMBERS = 3   # of them are the app's
FAILOVER = 30  # seconds; what it takes is printed, and less than 10 on a machine that does nothing else


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

    def longest_gap(self):
        gaps = []
        for one in self.depositors:
            times = [self.begin, *one.times]
            gaps += [after - before for before, after in zip(times, times[1:])]
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
        names = [cls.status(node)["name"] for node in range(MEMBERS)]
        file = net.files / "app.yaml"
        file.write_text((EXAMPLES / f"{APP}.yaml").read_text().replace("nodes: []", f"nodes: {json.dumps(names)}"))
        cls.disk = cls.small_disk()
        net.bsn("app", "publish", file)
        for node in range(MEMBERS):
            wait_for(f"it is open on node {node + 1}", lambda: cls.chain(node) and cls.chain(node)["state"] == "active", 120)

    @classmethod
    def small_disk(cls):
        """Under the data of the third node's peer; None where it cannot be made."""
        return Disk(cls.folder(2) / "peer" / "data", 48 * MEBIBYTE) if own_mounts() else None

    @classmethod
    def end(cls):
        cls.net.kill()
        wait_for("Fabric's programs end with the nodes", lambda: not any(
            process_of(cls.folder(node), program) for node in range(MEMBERS) for program in ("peer", "orderer")))
        if cls.disk:
            cls.disk.unmount()

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
    def chain(cls, node):
        status = cls.status(node)
        return status and next((one for one in status["chains"] if one["app"] == APP), None)

    def wait_until_well(self, node):
        wait_for(f"the app is well on node {node + 1}", lambda: (chain := self.chain(node)) and
                 chain["state"] == "active" and not chain.get("alarm"), 120)

    def deposit(self, text):
        hash_ = hashlib.sha256(text.encode()).hexdigest()
        self.net.bsn("call", APP, "evidence", "deposit", hash_)
        return hash_

    def nothing_is_lost(self, hashes, *nodes):
        for node in nodes or range(MEMBERS):
            connection = self.net.connection(node)
            for hash_ in hashes:
                def found():
                    answer = connection.post(f"/v1/apps/{APP}/query", {
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
              f"longest gap {load.longest_gap():.1f} s")
        self.assertLess(load.longest_gap(), FAILOVER)
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
                self.assertLess(taken, FAILOVER)
            self.nothing_is_lost(hashes, *others)
            for program, pid in pids.items():
                wait_for(f"the {program} is started again by itself",
                         lambda: process_of(self.folder(node), program) not in (None, pid), 120)
            for member in range(MEMBERS):
                self.wait_until_well(member)
            self.nothing_is_lost(hashes)

    def test_a_full_disk_of_a_peer_is_told_and_the_others_go_on(self):
        if not self.disk:
            self.skipTest("a small file system cannot be mounted here")
        self.disk.fill()
        hashes = [self.deposit(f"disk full {number}") for number in range(5)]

        def told():
            chain = self.chain(2)
            return chain and "peer" in chain.get("alarm", "") and chain["alarm"]
        alarm = wait_for("the node says that its peer is in trouble", told)
        self.assertIn("fabric/peer/log", self.net.bsn("status", status=None).out, alarm)
        connection = self.net.connection(2)
        metrics = connection.get("/metrics").body.decode()
        connection.close()
        self.assertIn('bsn_fabric_process_needed{process="peer",version="2.5"} 1', metrics)
        self.assertNotIn('bsn_fabric_process_restarts_total{process="peer",version="2.5"} 0', metrics)
        hashes.append(self.deposit("disk still full"))
        self.disk.free()
        self.wait_until_well(2)
        self.nothing_is_lost(hashes)


if __name__ == "__main__":
    in_own_mounts()
    main()
