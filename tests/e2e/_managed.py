"""Apps on Hyperledger Fabric whose peers and orderers our city nodes run: what tests of them share.

    class Something(ManagedTest):
        def test_it(self):
            self.deposit(HASH)      # by Fabric's own command, on the app of examples/evidence-fabric.yaml

With Fabric 3.1 (BSN_FABRIC) four orderers agree by BFT.
"""

import base64
import json
import os
import re
import subprocess
from pathlib import Path

from _fabric import client, is_version_3, programs
from _needs import needs
from _network import EXAMPLES, Network, NetworkTest, wait_for

PROGRAMS = programs()
VERSION_3 = bool(PROGRAMS) and is_version_3()
VERSION, SUFFIX, NODES = ("3.1", "-3", 4) if VERSION_3 else ("2.5", "", 3)
APP = "evidence-fabric"


def description(name=APP):
    """The example's, for the version that is tested; with contract kv beside its own."""
    text = (EXAMPLES / f"{APP}.yaml").read_text().replace(f"name: {APP}", f"name: {name}")
    if VERSION_3:
        text = text.replace("  version: 2.5 ", "  version: 3.1 ").replace("  ordering: raft ", "  ordering: bft ")
        assert "ordering: bft" in text
    text = text.replace("contracts:\n", "contracts:\n  - name: kv\n    version: 1\n")
    return text.replace("functions: [evidence.deposit,", "functions: [kv.*, evidence.deposit,")


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


def network_file(net, app, member, folder):
    """What an official client needs at a member of an app's channel, as tests/conformance/fabric/client.mjs takes it; all
    files are those of the organisation's administrator, in its city node's `folder`."""
    admin = folder / "admin"
    file = net.files / f"client-{app}-{member['msp']}.json"
    file.write_text(json.dumps({
        "channel": f"app-{net.channel(app).hex()}", "client_tls_required": True,
        "organizations": [{
            "name": member["msp"], "msp_id": member["msp"],
            "peers": [{"address": member["peer"], "tls_root": str(folder / "tls-authority" / "certificate.pem")}],
            "user": {"certificate": str(admin / "msp" / "signcerts" / "certificate.pem"),
                     "key": str(admin / "msp" / "keystore" / "key.pem"),
                     "tls_certificate": str(admin / "tls" / "certificate.pem"),
                     "tls_key": str(admin / "tls" / "key.pem")}}]}))
    return file


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class ManagedTest(NetworkTest):
    @classmethod
    def setUpClass(cls):
        cls.net = Network(NODES)
        cls.net.environment["BSN_FABRIC"] = str(PROGRAMS)
        cls.net.up()
        cls.wait_for_offers()
        (cls.net.files / "app.yaml").write_text(description())
        cls.net.bsn("app", "publish", cls.net.files / "app.yaml")
        cls.wait_until_open(APP)

    @classmethod
    def tearDownClass(cls):
        cls.net.kill()
        wait_for("Fabric's programs end with the node", lambda: not processes(cls.net.folder))

    @classmethod
    def wait_for_offers(cls):
        def offered():
            nodes = cls.ask("/v1/nodes")["nodes"]
            return all(VERSION in node.get("fabric", {}) for node in nodes)
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

    def folders(self):
        """Of each organisation's Fabric, by MSP id."""
        return {(place / "msp-id").read_text(): place for place in self.net.folder.glob("*/fabric")}

    def peer(self, member, *words, logging="warn"):
        """Fabric's own command, as the administrator of a member of a channel."""
        folder = self.folders()[member["msp"]]
        admin = folder / "admin"
        done = subprocess.run([PROGRAMS / "peer", *map(str, words)], capture_output=True, text=True, timeout=120, check=False,
                              env={"PATH": os.environ["PATH"], "FABRIC_CFG_PATH": str(folder / f"peer{SUFFIX}"),
                                   "FABRIC_LOGGING_SPEC": logging, "CORE_PEER_ADDRESS": member["peer"],
                                   "CORE_PEER_LOCALMSPID": member["msp"],
                                   "CORE_PEER_MSPCONFIGPATH": str(admin / "msp"), "CORE_PEER_TLS_CLIENTAUTHREQUIRED": "true",
                                   "CORE_PEER_TLS_CLIENTCERT_FILE": str(admin / "tls" / "certificate.pem"),
                                   "CORE_PEER_TLS_CLIENTKEY_FILE": str(admin / "tls" / "key.pem")})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def ordered(self, member, members):
        """How the command reaches an orderer."""
        offers = {node["name"]: node["fabric"][VERSION] for node in self.ask("/v1/nodes")["nodes"]}
        folders = self.folders()
        orders = next(one for one in members if one["orders"])
        tls = folders[member["msp"]] / "admin" / "tls"
        return ("-o", offers[orders["node"]]["orderer"], "--tls", "--cafile",
                folders[orders["msp"]] / "tls-authority" / "certificate.pem", "--clientauth", "--certfile",
                tls / "certificate.pem", "--keyfile", tls / "key.pem")

    def deposit(self, digest, app=APP):
        """By Fabric's own command, as the first node's administrator, endorsed by all peers; the transaction's id."""
        members = self.members(app)
        folders = self.folders()
        at_all = [word for one in members for word in (
            "--peerAddresses", one["peer"], "--tlsRootCertFiles", folders[one["msp"]] / "tls-authority" / "certificate.pem")]
        channel = f"app-{self.net.channel(app).hex()}"
        told = self.peer(members[0], "chaincode", "invoke", "-C", channel, "-n", "evidence",
                         *self.ordered(members[0], members), "--waitForEvent",
                         "-c", json.dumps({"function": "deposit", "Args": [digest]}), *at_all, logging="info")
        return re.search(r"txid \[([0-9a-f]{64})\] committed with status \(VALID\)", told)[1]

    def deposit_in_the_end(self, digest, app=APP):
        """Programs that have just begun, or lost their leader, refuse for a while."""
        def deposited():
            try:
                self.deposit(digest, app=app)
                return True
            except AssertionError as refused:
                return "already deposited" in str(refused)  # by a call of which nobody heard
        wait_for("a deposit by all peers", deposited)

    def official_client(self, member, app=APP):
        """The official client of Fabric's gateway, as the administrator of a member of the app's channel."""
        made = client.GatewayClient(network_file(self.net, app, member, self.folders()[member["msp"]]), member["msp"])
        self.addCleanup(made.close)
        return made
