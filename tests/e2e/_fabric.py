"""Real networks of Hyperledger Fabric for tests: tests/support/fabric_network.py, and what runs on them.

    class Something(FabricTest):
        def test_it(self):
            package = self.deploy_contract("kv", "kv")

The programs are those of $BSN_FABRIC or build/engines/fabric; without them the tests are skipped. With Fabric 3 the
orderers are four that tolerate a faulty one (BFT), else one.
"""

import hashlib
import json
import subprocess
import sys
import unittest

from _needs import needs
from _network import REPOSITORY, binary, free_ports, is_free, scratch, wait_for

sys.path[:0] = [str(REPOSITORY / "tests" / "support"), str(REPOSITORY / "tests" / "conformance" / "fabric")]

import client  # noqa: E402
from fabric_network import FabricNetwork, programs  # noqa: E402

SECP256R1 = b"\x01"  # as formats.md numbers suites


def is_version_3():
    told = subprocess.run([programs() / "peer", "version"], capture_output=True, text=True, check=True).stdout
    return "Version: v3." in told


def for_release(text):
    """An app's description on the release of Fabric that is tested: 2.5, or 3.1 with $BSN_FABRIC."""
    if not is_version_3():
        return text
    section = "  version: 2.5 "
    return text.replace(section, "  version: 3.1 ") if section in text else text + "fabric:\n  version: 3.1\n"


def participant_of(certificate):
    """The participant id of the key in a certificate's file."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], stdout=subprocess.PIPE,
                         check=True).stdout
    key = subprocess.run(["openssl", "ec", "-pubin", "-conv_form", "compressed", "-outform", "DER"], input=key,
                         capture_output=True, check=True).stdout
    return hashlib.sha256(SECP256R1 + key[-33:]).hexdigest()


class Service:
    """A process that answers peers as a chaincode; `words`: its command line."""

    def __init__(self, words, address, log, folder=None):
        self.words, self.address, self.log, self.folder = words, address, log, folder
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(f"{self.words[1:4]} listens", self._listens)

    def _listens(self):
        assert self.process.poll() is None, f"it ended: {self.log.read_text(errors='replace')[-2000:]}"
        return not is_free(int(self.address.split(":")[1]))

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()


@needs(programs(), "needs the programs of Fabric (scripts/install-fabric.sh)")
class FabricTest(unittest.TestCase):
    """One network of three organisations for all tests of the class."""

    organizations = 3
    client_tls = False  # whether peers and orderers want a TLS certificate of who connects

    @classmethod
    def setUpClass(cls):
        run = scratch()
        cls.folder = run.folder / cls.__name__
        bft = is_version_3()
        orderers = 4 if bft else 1
        cls.fabric = FabricNetwork(cls.folder, cls.organizations, orderers, free_ports(10 * (cls.organizations + orderers)),
                                   consensus="BFT" if bft else "etcdraft", mutual_tls=cls.client_tls)
        cls.services = []
        cls.addClassCleanup(cls.stop)
        cls.fabric.up()

    @classmethod
    def stop(cls):
        for service in cls.services:
            service.kill()
        for name in cls.fabric.nodes:
            cls.fabric.kill(name)

    @classmethod
    def gateway(cls, organization="org1"):
        """The official client of Fabric's gateway, as a user of the organisation."""
        made = client.GatewayClient(cls.folder / "network.json", organization)
        cls.addClassCleanup(made.close)
        return made

    @classmethod
    def serve(cls, words, address, name, folder=None):
        service = Service(list(map(str, words)), address, cls.folder / f"{name}.log", folder)
        cls.services.append(service)
        return service

    @classmethod
    def package(cls, name, address, *words):
        """The file of a package for a service, and its id."""
        file = cls.folder / f"{name}.tar.gz"
        done = subprocess.run([binary(), "--home", cls.folder / "home", "--json", "chaincode", "package", "--label", name,
                               "--address", address, "--out", file, *words], capture_output=True, text=True, check=True)
        return file, json.loads(done.stdout)["package_id"]

    @classmethod
    def serve_contract(cls, contract, name, package_id, address, *words):
        return cls.serve([binary(), "--home", cls.folder / "home", "chaincode", "serve", contract, "--id", package_id,
                          "--listen", address, *words], address, name)

    @classmethod
    def deploy_contract(cls, name, contract, services=1, package_words=(), serve_words=(), **policy):
        """One of our contracts on all peers, answered by one service or by one for each peer; the services. `policy`: as
        FabricNetwork.deploy takes it."""
        files, made = [], []
        first = free_ports(services)
        for number in range(services):
            address = f"127.0.0.1:{first + number}"
            file, package_id = cls.package(f"{name}_{number + 1}", address, *package_words)
            files.append(file)
            made.append(cls.serve_contract(contract, f"{name}_{number + 1}", package_id, address, *serve_words))
        cls.fabric.deploy(name, files if services > 1 else files[0], **policy)
        return made

    @classmethod
    def deploy_assets(cls):
        """A chaincode of the official shim on all peers: tests/conformance/fabric/chaincode/assets.js."""
        client.install()
        address = f"127.0.0.1:{free_ports(1)}"
        file, package_id = cls.package("assets_1", address)
        words, folder = client.assets_service(address, package_id)
        cls.serve(words, address, "assets", folder)
        cls.fabric.deploy("assets", file)
