"""An app on a channel of Hyperledger Fabric that others run (framework fabric-network), for tests: the channel is that of
_fabric.FabricTest, and what its users have is written into files as they would.

    class Something(JoinedTest):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            cls.deploy_contract(CHAINCODE, "evidence")
            cls.join(2)
"""

import hashlib
import json

from _fabric import FabricTest
from _network import EXAMPLES, Network, wait_for

APP, CHAINCODE, CHANNEL = "evidence-outside", "papers", "contracts"
EXAMPLE = "evidence-fabric-network.yaml"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class JoinedTest(FabricTest):
    """Nodes and clients show TLS certificates where the network wants them (`client_tls`)."""

    @classmethod
    def join(cls, *nodes, **change):
        """A network of city nodes with the app, these of which have an identity of org1."""
        cls.net = Network(3)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        cls.description = json.loads((cls.folder / "network.json").read_text())
        for number in range(3):
            (cls.net.files / f"connection-org{number + 1}.json").write_text(json.dumps(cls.profile(number), indent=1))
        (cls.net.files / "channel.block").write_bytes(cls.fabric.block.read_bytes())
        cls.publish(APP, **change)
        cls.nodes = sorted(cls.net.folder.glob("node*"))
        for node in nodes:
            cls.add_identity(node, "org1")
        for node in nodes:
            cls.wait_until_open(node)
        cls.net.bsn("key", "new", "own")
        cls.net.bsn("--key", "own", "app", "join", APP, "--role", "depositor")
        cls.net.bsn("app", "approve", APP, "own")

    @classmethod
    def wait_until_open(cls, node, app=APP):
        wait_for("the channel is open", lambda: cls.state(node, app)["state"] == "active"
                 and not cls.state(node, app).get("alarm") and cls.state(node, app)["height"] > 0)
    @classmethod
    def profile(cls, number):
        """The connection profile of an organisation; the first one also names the orderers."""
        organization = cls.description["organizations"][number]
        peer = organization["peers"][0]
        profile = {"name": f"network-{organization['name']}", "version": "1.0.0",
                   "organizations": {organization["name"]: {"mspid": organization["msp_id"], "peers": [peer["name"]],
                                                            "certificateAuthorities": []}},
                   "peers": {peer["name"]: {"url": f"grpcs://{peer['address']}", "tlsCACerts": {"path": peer["tls_root"]},
                                            "grpcOptions": {"ssl-target-name-override": "localhost"}}}}
        if number == 0:
            ordering = cls.description["ordering"]
            with open(ordering["tls_root"], encoding="ascii") as root:
                pem = root.read()
            profile["orderers"] = {one["name"]: {"url": f"grpcs://{one['address']}", "tlsCACerts": {"pem": pem}}
                                   for one in ordering["orderers"]}
        return profile

    @classmethod
    def app_file(cls, name, **change):
        text = (EXAMPLES / EXAMPLE).read_text()
        for what, to in {"name: evidence-outside": f"name: {name}", "mychannel": CHANNEL,
                         "connection-org1.yaml": "connection-org1.json", "connection-org2.yaml":
                         "connection-org2.json\n    - connection-org3.json",
                         "chaincode: evidence ": f"chaincode: {CHAINCODE} "}.items():
            assert what in text, what
            text = text.replace(what, to)
        for what, to in change.items():
            text = text.replace(f"  {what}: ", f"  {to}\n  # ")
        file = cls.net.files / f"{name}.yaml"
        file.write_text(text)
        return file

    @classmethod
    def publish(cls, name, **change):
        told = cls.net.bsn("app", "publish", cls.app_file(name, **change)).out
        cls.net.channel(name)
        return told

    @classmethod
    def identity(cls, organization, user="user"):
        """Command line of an identity of the network."""
        found = next(one for one in cls.description["organizations"] if one["name"] == organization)
        return ["--msp-id", found["msp_id"], "--certificate", found[user]["certificate"], "--key", found[user]["key"]]

    @classmethod
    def add_identity(cls, number, organization, app=APP):
        cls.net.bsn("fabric", "identity", "add", app, *cls.identity(organization), *cls.shown(organization),
                    "--folder", cls.nodes[number])

    @classmethod
    def shown(cls, organization, user="user"):
        """Command line of what an identity shows to servers that want a TLS certificate."""
        found = next(one for one in cls.description["organizations"] if one["name"] == organization)[user]
        return ["--tls-certificate", found["tls_certificate"], "--tls-key", found["tls_key"]] if cls.client_tls else []

    @classmethod
    def state(cls, node, app=APP):
        connection = cls.net.connection(node)
        status = connection.get("/v1/status").json()
        connection.close()
        return next((chain for chain in status["chains"] if chain["app"] == app), None)
