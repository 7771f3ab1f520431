"""Nodes come, go and change keys while the network is written to: nothing acknowledged is lost, and all receipts
verify with the genesis file that the network began with."""

import json
import shutil
import threading
import unittest

from _network import EXAMPLES, free_ports, main, wait_for
from deployment_test import PORTS, START_PATIENCE, Deployment

OPERATORS = ("operator", "second", "third")


class Depositor(threading.Thread):
    """Deposits one file after the other, whatever becomes of the nodes; receipts are kept."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.ends = client, threading.Event()
        self.acknowledged, self.refusals = [], []

    def run(self):
        number = 0
        while not self.ends.is_set():
            number += 1
            name = f"file{number}"
            (self.client.files / name).write_text(f"content {number}")
            ended = self.client.bsn("evidence", "deposit", name, "--key", "operator", "--timeout", 60, status=None)
            if ended.status == 0:
                self.acknowledged.append(name)
            else:
                self.refusals.append((name, ended.err))
            self.ends.wait(0.1)

    def goes_on(self):
        before = len(self.acknowledged)
        wait_for("deposits go on", lambda: len(self.acknowledged) > before + 1, START_PATIENCE)


class MembershipTest(unittest.TestCase):
    def setUp(self):
        self.net = Deployment(operators=OPERATORS, approvals=2)
        self.addCleanup(self.net.kill)
        self.net.up()
        self.operator = self.net.operator
        self.operator.bsn("network", "use", self.net.genesis, *self.net.urls())
        self.operator.bsn("app", "publish", EXAMPLES / "evidence.yaml", "--key", "operator")

    def write_file(self, name, validator=True):
        """What the operator of a new node writes down, as network.yaml has it."""
        first = free_ports(len(PORTS))
        ports = {port: first + i for i, port in enumerate(PORTS)}
        file = self.net.folder / f"{name}-{first}.yaml"
        file.write_text(json.dumps({"name": name, "city": name.title(), "operator": "South Telecom",
                                    "host": "127.0.0.1", "ports": ports, "validator": validator}))
        return file, ports

    def certify(self, machine):
        self.operator.bsn("network", "certify", machine / "node.request", "--authority", self.net.made / "authority")

    def approve(self, machine, key, status=0):
        return self.operator.bsn("--json", "network", "approve", machine / "node.request", "--key", key, status=status)

    def run_node(self, name, ports):
        self.net.ports[name] = ports
        self.net.start(name)

    def record(self, name):
        nodes = self.operator.json("network", "show")["nodes"]
        found = [node for node in nodes if node["name"] == name and node["state"] in ("admitted", "active")]
        return found[0] if found else None

    def becomes_active(self, name):
        wait_for(f"{name} is active", lambda: (self.record(name) or {}).get("state") == "active", START_PATIENCE, 0.5)

    def add(self, name, validator=True):
        file, ports = self.write_file(name, validator)
        machine = self.net.machine(name)
        made = self.operator.json("network", "add-node", file, "--out", machine)
        self.assertEqual(made["unknown_addresses"], [])
        self.certify(machine)
        self.run_node(name, ports)  # it follows the order, and waits
        self.assertIn("agreed", self.approve(machine, "operator").json()["result"])
        self.assertIsNone(self.record(name))
        self.assertIn("agreed to this change already", self.approve(machine, "operator", 1).error()["message"])
        self.assertEqual(self.approve(machine, "second").json()["result"], "admitted")
        self.becomes_active(name)

    def heads_equal(self, names):
        """Whether these nodes hold the same certified head of the app."""
        def heads():
            found = set()
            for name in names:
                status = self.status(name)
                chains = status["chains"] if status else []
                chain = next((one for one in chains if one["app"] == "evidence"), None)
                if chain is None:
                    return None
                found.add((chain["certified"], chain["head"], chain["peers"]))
            return found
        return wait_for("heads are equal", lambda: len(heads() or "no") == 1, START_PATIENCE, 0.5)

    def status(self, name):
        url = f"https://127.0.0.1:{self.net.ports[name]['api']}"
        ended = self.operator.bsn("--json", "status", "--node", url, status=None)  # 1: it is not up yet, or not well
        return ended.json()["nodes"][0].get("status")

    def test_they_come_go_and_change_keys(self):
        load = Depositor(self.operator)
        load.start()
        self.addCleanup(load.ends.set)
        load.goes_on()

        with self.subTest("a request that is forged, or that nobody certified"):
            file, _ = self.write_file("forged")
            folder = self.net.folder / "forged"
            self.operator.bsn("network", "add-node", file, "--out", folder)
            self.assertIn("certify", self.approve(folder, "operator", 1).error()["message"])
            self.certify(folder)
            text = (folder / "node.request").read_text()
            (folder / "node.request").write_text(text.replace(b"forged".hex(), b"forgee".hex(), 1))
            self.assertIn("signature", self.approve(folder, "operator", 1).error()["message"])

        self.add("chengdu")
        load.goes_on()
        self.add("kunming", validator=False)
        self.assertTrue(self.record("chengdu")["validator"])
        self.assertFalse(self.record("kunming")["validator"])
        load.goes_on()

        there = ("shanghai", "guangzhou", "shenzhen", "chengdu")
        self.operator.bsn("app", "nodes", "evidence", *there, "--key", "operator")
        load.goes_on()

        config = self.net.machine("shanghai") / "node.yaml"
        self.assertIn("carries the apps evidence", self.operator.error("node", "leave", "--config", config))
        self.operator.bsn("node", "leave", "--config", self.net.machine("beijing") / "node.yaml")
        self.assertEqual(self.net.stop("beijing"), 0)
        self.assertIsNone(self.record("beijing"))
        load.goes_on()

        old = self.record("shenzhen")["id"]
        file, ports = self.write_file("shenzhen")
        fresh = self.net.folder / "shenzhen-with-new-keys"
        made = self.operator.json("network", "rotate-node", file, "--old", self.net.machine("shenzhen"), "--out", fresh)
        self.assertEqual(made["unknown_addresses"], [], "a node that follows needs no address of a CometBFT")
        self.certify(fresh)
        self.approve(fresh, "second")
        self.assertEqual(self.approve(fresh, "third").json()["result"], "rotated")
        wait_for("the old keys are told", lambda: "stop it" in self.net.log("shenzhen"), START_PATIENCE)
        self.assertEqual(self.net.stop("shenzhen"), 0)
        shutil.move(self.net.machine("shenzhen"), self.net.folder / "shenzhen-with-old-keys")
        shutil.move(fresh, self.net.machine("shenzhen"))
        self.run_node("shenzhen", ports)
        self.assertNotEqual(self.record("shenzhen")["id"], old)
        self.assertEqual(self.record("shenzhen")["predecessor"], old)
        load.goes_on()

        load.ends.set()
        load.join()
        self.heads_equal(there)
        self.assertEqual(self.status("shenzhen")["state"], "active")
        newest = f"https://127.0.0.1:{self.net.ports['chengdu']['api']}"
        for name in load.acknowledged:
            found = self.operator.bsn("evidence", "find", name, "--key", "operator", "--node", newest)
            self.assertIn(name, found.out, "it was acknowledged")
        for name in (load.acknowledged[0], load.acknowledged[len(load.acknowledged) // 2], load.acknowledged[-1]):
            self.operator.bsn("receipt", "verify", f"{name}.receipt.json", "--genesis", self.net.genesis)
        print(f"{len(load.acknowledged)} acknowledged, {len(load.refusals)} not ... ", end="")


if __name__ == "__main__":
    main()
