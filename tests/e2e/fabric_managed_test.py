"""Apps on Hyperledger Fabric whose peers and orderers our city nodes run: published, opened by the nodes themselves,
read through their gateways, used by Fabric's own command, and opened again after all kinds of ends.
"""

import base64
import hashlib
import json
import os
import random
import signal
import subprocess
import time
import unittest
from pathlib import Path

from _fabric import programs
from _network import EXAMPLES, Network, NetworkTest, main, wait_for

PROGRAMS = programs()
APP = "evidence-fabric"


def processes(folder):
    """Pids of Fabric's programs whose settings are in this folder, by the folder's name: peer, orderer."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = dict(word.split("=", 1) for word in (process / "environ").read_text().split("\0") if "=" in word)
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, UnicodeDecodeError):
            continue
        place = Path(words.get("FABRIC_CFG_PATH", "/"))
        if folder in place.parents and state != "Z":
            found[place.relative_to(folder)] = int(process.name)
    return found


@unittest.skipUnless(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class FabricManaged(NetworkTest):
    @classmethod
    def setUpClass(cls):
        cls.net = Network(3)
        cls.net.environment["BSN_FABRIC"] = str(PROGRAMS)
        cls.net.up()
        cls.wait_for_offers()
        cls.net.bsn("app", "publish", EXAMPLES / f"{APP}.yaml")
        cls.wait_until_open(APP)

    @classmethod
    def tearDownClass(cls):
        cls.net.kill()
        wait_for("Fabric's programs end with the node", lambda: not processes(cls.net.folder))

    @classmethod
    def wait_for_offers(cls):
        def offered():
            nodes = cls.ask("/v1/nodes")["nodes"]
            return all("fabric" in node for node in nodes)
        wait_for("all nodes offer Fabric", offered)

    @classmethod
    def ask(cls, target, node=0):
        connection = cls.net.connection(node)
        answer = connection.get(target)
        connection.close()
        assert answer.status == 200, answer.body
        return answer.json()

    @classmethod
    def chains(cls, app):
        """The app's chain as each node tells of it; None: it does not know the app."""
        return [next((chain for chain in cls.ask("/v1/status", node)["chains"] if chain["app"] == app), None)
                for node in range(cls.net.nodes)]

    @classmethod
    def wait_until_open(cls, app, seconds=120):
        try:
            wait_for(f"{app} is open", lambda: all(
                chain and chain["state"] == "active" for chain in cls.chains(app)), seconds)
        except AssertionError:
            print(json.dumps(cls.chains(app), indent=1))
            raise

    def query(self, function, *arguments, app=APP, node=0):
        connection = self.net.connection(node)
        answer = connection.post(f"/v1/apps/{app}/query", {
            "contract": "evidence", "function": function, "arguments": list(arguments)})
        connection.close()
        return answer

    def find(self, digest, app=APP, node=0):
        answer = self.query("find", digest, app=app, node=node)
        self.assertEqual(answer.status, 200, answer.body)
        return json.loads(base64.b64decode(answer.json()["result"]))

    def members(self, app=APP):
        return self.ask(f"/v1/apps/{app}")["fabric"]["members"]

    def deposit(self, digest, app=APP):
        """By Fabric's own command, as the first node's administrator, endorsed by all peers."""
        members = self.members(app)
        folders = {(place / "msp-id").read_text(): place for place in self.net.folder.glob("*/fabric")}
        folder = folders[members[0]["msp"]]
        tls = [folders[one["msp"]] / "tls-authority" / "certificate.pem" for one in members]
        offers = {node["name"]: node["fabric"] for node in self.ask("/v1/nodes")["nodes"]}
        orderer, authority = next((offers[one["node"]]["orderer"], root)
                                  for one, root in zip(members, tls) if one["orders"])
        admin = folder / "admin"
        words = [PROGRAMS / "peer", "chaincode", "invoke", "-C", f"app-{self.net.channel(app).hex()}", "-n", "evidence",
                 "-o", orderer, "--tls", "--cafile", authority, "--clientauth", "--certfile",
                 admin / "tls" / "certificate.pem", "--keyfile", admin / "tls" / "key.pem", "--waitForEvent",
                 "-c", json.dumps({"function": "deposit", "Args": [digest]})]
        for one, root in zip(members, tls):
            words += ["--peerAddresses", one["peer"], "--tlsRootCertFiles", root]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False,
                              env={"PATH": os.environ["PATH"], "FABRIC_CFG_PATH": str(folder / "peer"),
                                   "FABRIC_LOGGING_SPEC": "warn", "CORE_PEER_ADDRESS": members[0]["peer"],
                                   "CORE_PEER_LOCALMSPID": members[0]["msp"],
                                   "CORE_PEER_MSPCONFIGPATH": str(admin / "msp"), "CORE_PEER_TLS_CLIENTAUTHREQUIRED": "true",
                                   "CORE_PEER_TLS_CLIENTCERT_FILE": str(admin / "tls" / "certificate.pem"),
                                   "CORE_PEER_TLS_CLIENTKEY_FILE": str(admin / "tls" / "key.pem")})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def deposit_in_the_end(self, digest, app=APP):
        """Programs that have just begun, or lost their leader, refuse for a while."""
        def deposited():
            try:
                self.deposit(digest, app=app)
                return True
            except AssertionError as refused:
                return "already deposited" in str(refused)  # by a call of which nobody heard
        wait_for("a deposit by all peers", deposited)

    # --- tests

    def test_the_app_says_who_is_on_its_channel(self):
        members = self.members()
        self.assertEqual(len(members), 3)
        self.assertTrue(all(one["orders"] for one in members))
        shown = self.net.bsn("app", "show", APP).out
        for one in members:
            self.assertIn(one["msp"], shown)
        self.assertIn(APP, self.net.bsn("status").out)

    def test_what_fabrics_own_command_deposits_is_found_through_all_gateways(self):
        digest = hashlib.sha256(b"by the peer command").hexdigest()
        self.assertEqual(self.find(digest), [])
        self.deposit(digest)
        for node in range(3):
            found = wait_for("the deposit is seen", lambda: self.find(digest, node=node))
            self.assertEqual(len(found), 1)
            self.assertEqual(found[0]["hash"], digest)

    def test_a_peer_and_an_orderer_that_are_killed_come_back(self):
        for program in ("peer", "orderer"):
            place = Path("node2") / "fabric" / program
            pid = processes(self.net.folder)[place]
            os.kill(pid, signal.SIGKILL)
            wait_for(f"the {program} runs again", lambda: processes(self.net.folder).get(place, pid) != pid)
        digest = hashlib.sha256(b"after the kill").hexdigest()

        self.deposit_in_the_end(digest)
        self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, node=1))), 1)

    def test_a_killed_process_leaves_no_programs_behind_and_opens_its_apps_again(self):
        digest = hashlib.sha256(b"before the end").hexdigest()
        self.deposit_in_the_end(digest)
        self.assertEqual(len(processes(self.net.folder)), 6)
        self.net.kill()
        wait_for("Fabric's programs end with the node", lambda: not processes(self.net.folder))
        self.net.up()
        self.wait_until_open(APP)
        self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, node=2))), 1)

    def test_an_app_opens_though_the_nodes_are_killed_again_and_again_meanwhile(self):
        app = "killed"
        file = self.net.files / "killed.yaml"
        file.write_text((EXAMPLES / f"{APP}.yaml").read_text().replace(f"name: {APP}", f"name: {app}"))
        self.net.bsn("app", "publish", file, "--no-wait")
        chance = random.Random(int(os.environ.get("BSN_SEED", "1")))
        for _ in range(4):
            time.sleep(chance.uniform(0.1, 2.5))  # to be killed at another step each time
            self.net.kill()
            self.net.up()
        self.wait_until_open(app)
        self.wait_until_open(APP)
        digest = hashlib.sha256(b"after all that").hexdigest()
        self.deposit_in_the_end(digest, app=app)
        self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, app=app))), 1)


class WithoutPrograms(unittest.TestCase):
    def test_a_node_without_the_programs_says_what_to_do_and_does_everything_else(self):
        self.net = Network(1)
        empty = self.net.files / "empty"
        empty.mkdir()
        self.net.environment["BSN_FABRIC"] = str(empty)
        self.net.up()

        connection = self.net.connection()
        self.addCleanup(connection.close)

        def trouble():
            return connection.get("/v1/status").json().get("fabric_trouble")
        self.assertIn("BSN_FABRIC", wait_for("it says so", trouble))
        refused = self.net.error("app", "publish", EXAMPLES / f"{APP}.yaml")
        self.assertIn("there is no program `peer`", refused["message"])
        self.net.bsn("app", "publish", EXAMPLES / "kv.yaml")


if __name__ == "__main__":
    main()
