#!/usr/bin/env python3
"""A network of Hyperledger Fabric for tests: real peers and orderers on this machine, with TLS everywhere.

    network = FabricNetwork(folder, organizations=3, orderers=1, first_port=21000)
    network.up()
    package = network.deploy("evidence", "package.tar.gz")
    network.stop()

    fabric_network.py up FOLDER [--orgs 3] [--orderers 1] [--port 21000] [--consensus etcdraft|BFT]
    fabric_network.py down FOLDER

`up` leaves it running and writes FOLDER/network.json: where everything is. The programs peer, orderer, configtxgen
and osnadmin are taken from $BSN_FABRIC, by default from build/engines/fabric.

Processes are called peer1, peer2 …, orderer1 …; each has a folder FOLDER/NAME with its settings and its log. They are
started by a path in FOLDER, so that whoever cleans up knows them by their command line.
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import fabric_configuration  # noqa: E402
import fabric_settings  # noqa: E402
from fabric_material import Organization  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = ("peer", "orderer", "configtxgen", "osnadmin")
PATIENCE = 60  # seconds that anything may take
# A peer runs these on an installed package: is it one of ours, make it ready, tell where the service listens.
BUILDER = {
    "detect": """grep -q '"type" *: *"ccaas"' "$2/metadata.json"\n""",
    "build": """cp "$1/connection.json" "$3/"\n""",
    "release": """mkdir -p "$2/chaincode/server" && cp "$1/connection.json" "$2/chaincode/server/"\n""",
}


def programs():
    """The folder with Fabric's programs, or None."""
    folder = Path(os.environ.get("BSN_FABRIC") or REPOSITORY / "build" / "engines" / "fabric")
    return folder.resolve() if all(os.access(folder / name, os.X_OK) for name in PROGRAMS) else None


def wait_for(what, condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


class Node:
    """A peer or an orderer: its place, its addresses, its process."""

    def __init__(self, folder, name, first_port):
        self.folder, self.name = Path(folder) / name, name
        # `spare`: where a peer would wait for chaincode that it had started itself.
        self.address, self.operations, self.admin, self.spare = (f"127.0.0.1:{first_port + i}" for i in range(4))
        self.identity = None  # its folder, as Organization.identity makes it
        self.log = self.folder / "log"
        self.process = None  # if this object started it

    @property
    def pid(self):
        """Of the running process, or None."""
        if self.process:
            return self.process.pid if self.process.poll() is None else None
        try:
            pid = int((self.folder / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, ValueError):
            return None
        return pid if str(self.folder.parent).encode() in command and state != "Z" else None

    def start(self):
        assert self.pid is None, f"{self.name} runs"
        words = ["peer", "node", "start"] if self.name.startswith("peer") else ["orderer"]
        words[0] = str(self.folder.parent / "bin" / words[0])
        environment = {"PATH": os.environ["PATH"], "FABRIC_CFG_PATH": str(self.folder),
                       "FABRIC_LOGGING_SPEC": os.environ.get("FABRIC_LOGGING_SPEC", "info"),
                       "FABRIC_LOGGING_FORMAT": "%{time:15:04:05.000} %{level} %{module} %{message}"}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, start_new_session=True)
        (self.folder / "pid").write_text(str(self.process.pid))

    def is_ready(self):
        if self.pid is None:
            raise AssertionError(f"{self.name} ended: {self.log.read_text(errors='replace')[-3000:]}")
        connection = http.client.HTTPConnection(self.operations, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status != 200:
                return False
            # A peer tells of its health before it listens.
            host, port = self.address.split(":")
            socket.create_connection((host, int(port)), timeout=5).close()
            return True
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self, number=signal.SIGTERM):
        """Ends the process with a signal and waits until it is gone."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, number)
            wait_for(f"{self.name} ends", lambda: self.pid is None)


class Refused(Exception):
    """A program of Fabric that failed: what it said."""


class FabricNetwork:
    """`consensus`: etcdraft (1 or 3 orderers) or BFT (4, Fabric 3 only). Addresses: 10 ports for each process from
    `first_port` on, peers first. `mutual_tls`: peers and orderers want a TLS certificate of who connects."""

    def __init__(self, folder, organizations=3, orderers=1, first_port=21000, channel="contracts",
                 consensus="etcdraft", mutual_tls=False, batch_timeout="200ms"):
        self.folder, self.channel, self.consensus = Path(folder).absolute(), channel, consensus
        self.mutual_tls, self.batch_timeout = mutual_tls, batch_timeout
        names = [f"peer{i + 1}" for i in range(organizations)] + [f"orderer{i + 1}" for i in range(orderers)]
        nodes = [Node(self.folder, name, first_port + 10 * i) for i, name in enumerate(names)]
        self.nodes = {node.name: node for node in nodes}
        self.peers, self.orderers = nodes[:organizations], nodes[organizations:]
        self.ordering, self.members = None, []

    # --- making it ------------------------------------------------------------------------------------

    def up(self):
        """Makes everything new, starts it, and joins all to the channel."""
        self.make()
        self.start()
        self.join()
        self.write_description()

    def make(self):
        """Material, settings, the channel's first block."""
        found = programs()
        assert found, "the programs of Fabric are not there; name their folder in BSN_FABRIC"
        (self.folder / "bin").mkdir(parents=True)
        for name in PROGRAMS:
            (self.folder / "bin" / name).symlink_to(found / name)
        builder = self.folder / "builder"
        (builder / "bin").mkdir(parents=True)
        for name, text in BUILDER.items():
            (builder / "bin" / name).write_text(f"#!/bin/sh\nset -e\n{text}")
            (builder / "bin" / name).chmod(0o755)

        material = self.folder / "organizations"
        self.ordering = Organization(material / "ordering", "ordering", "OrderingMSP")
        self.ordering.identity("admin", "admin")
        for node in self.orderers:
            node.identity = self.ordering.identity(node.name, "orderer")
        for number, node in enumerate(self.peers, 1):
            member = Organization(material / f"org{number}", f"org{number}", f"Org{number}MSP")
            node.identity = member.identity(node.name, "peer")
            member.identity("admin", "admin")
            member.identity("user", "client")
            self.members.append(member)

        roots = [one.tls_authority.certificate for one in (self.ordering, *self.members)]
        for node, member in zip(self.peers, self.members):
            self._write(node.folder / "core.yaml", fabric_settings.peer(node, member, builder, self.mutual_tls, roots))
        for node in self.orderers:
            self._write(node.folder / "orderer.yaml", fabric_settings.orderer(
                node, self.ordering, self.mutual_tls, roots))
        self._write(self.folder / "channel" / "configtx.yaml", fabric_settings.channel(
            self.ordering, self.orderers, self.members, self.peers, self.consensus, self.batch_timeout))
        self._run("configtxgen", "-configPath", self.folder / "channel", "-profile", "channel", "-channelID",
                  self.channel, "-outputBlock", self.block)

    @property
    def block(self):
        """The file with the channel's first block."""
        return self.folder / "channel" / "genesis.block"

    @staticmethod
    def _write(file, settings):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings, indent=2) + "\n")

    def _run(self, program, *words, **environment):
        done = subprocess.run([self.folder / "bin" / program, *map(str, words)], capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], **environment}, timeout=3 * PATIENCE, check=False)
        if done.returncode != 0:
            raise Refused(f"{program} {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def start(self):
        """Starts what does not run, and waits until it answers."""
        begun = [node for node in self.nodes.values() if node.pid is None]
        for node in begun:
            node.start()
        for node in begun:
            wait_for(f"{node.name} answers", node.is_ready)

    def join(self):
        """Orderers, then peers."""
        for node in self.orderers:
            self.osnadmin(node, "join", "--channelID", self.channel, "--config-block", self.block)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda number: self.peer(number, "channel", "join", "-b", self.block),
                          range(len(self.peers))))

    def write_description(self):
        """network.json."""
        def identity(one, name):
            folder = one.folder / name
            return {"certificate": str(folder / "certificate.pem"), "key": str(folder / "key.pem"),
                    "msp": str(folder / "msp"), "tls_certificate": str(folder / "tls" / "certificate.pem"),
                    "tls_key": str(folder / "tls" / "key.pem")}

        def place(node, one):
            return {"name": node.name, "msp_id": one.msp_id, "address": node.address,
                    "tls_root": str(one.tls_authority.certificate), "operations": node.operations,
                    "log": str(node.log), "pid": node.pid}

        self._write(self.folder / "network.json", {
            "channel": self.channel, "consensus": self.consensus, "genesis_block": str(self.block),
            "programs": str(self.folder / "bin"), "client_tls_required": self.mutual_tls,
            "organizations": [{
                "name": one.name, "msp_id": one.msp_id, "ca": str(one.authority.certificate),
                "ca_key": str(one.authority.key), "tls_root": str(one.tls_authority.certificate),
                "peers": [place(node, one)], "admin": identity(one, "admin"), "user": identity(one, "user"),
            } for one, node in zip(self.members, self.peers)],
            "ordering": {"name": self.ordering.name, "msp_id": self.ordering.msp_id,
                         "ca": str(self.ordering.authority.certificate),
                         "tls_root": str(self.ordering.tls_authority.certificate),
                         "admin": identity(self.ordering, "admin"),
                         "orderers": [place(node, self.ordering) | {"admin": node.admin} for node in self.orderers]},
        })

    # --- faults -----------------------------------------------------------------------------------------

    def stop(self):
        """Ends all processes; the data stays."""
        for node in self.nodes.values():
            if node.pid is not None:
                os.kill(node.pid, signal.SIGTERM)
        for node in self.nodes.values():
            node.stop()

    def kill(self, name):
        """kill -9."""
        self.nodes[name].stop(signal.SIGKILL)

    def restart(self, name):
        """Starts a process that was killed or stopped, and waits until it answers."""
        self.nodes[name].start()
        wait_for(f"{name} answers", self.nodes[name].is_ready)

    # --- commands ---------------------------------------------------------------------------------------

    def osnadmin(self, node, *words):
        """`osnadmin channel WORDS` at an orderer."""
        admin = self.ordering.folder / "admin" / "tls"
        return self._run("osnadmin", "channel", *words, "-o", node.admin, "--ca-file",
                         self.ordering.tls_authority.certificate, "--client-cert", admin / "certificate.pem",
                         "--client-key", admin / "key.pem")

    def peer(self, number, *words, user="admin"):
        """`peer WORDS` as an organisation's admin, counted from 0; what it says."""
        node, member = self.peers[number], self.members[number]
        tls = member.folder / user / "tls"
        return self._run(
            "peer", *words, FABRIC_CFG_PATH=str(node.folder), FABRIC_LOGGING_SPEC="warn", CORE_PEER_ADDRESS=node.address,
            CORE_PEER_MSPCONFIGPATH=str(member.folder / user / "msp"), CORE_PEER_TLS_CLIENTAUTHREQUIRED=str(
                self.mutual_tls).lower(), CORE_PEER_TLS_CLIENTCERT_FILE=str(tls / "certificate.pem"),
            CORE_PEER_TLS_CLIENTKEY_FILE=str(tls / "key.pem"))

    def _ordered(self, orderer=0):
        shown = self.members[0].folder / "admin" / "tls"
        return ("-o", self.orderers[orderer].address, "--tls", "--cafile", self.ordering.tls_authority.certificate,
                *(("--clientauth", "--certfile", shown / "certificate.pem", "--keyfile", shown / "key.pem")
                  if self.mutual_tls else ()))

    def _at_all_peers(self):
        return [word for node, member in zip(self.peers, self.members) if node.pid is not None
                for word in ("--peerAddresses", node.address, "--tlsRootCertFiles", member.tls_authority.certificate)]

    def deploy(self, name, packages, version="1", sequence=1, policy=None, channel_policy=None):
        """Installs, approves as each organisation, commits; the package ids, one for each peer. `packages`: a file,
        or one for each peer. `policy`: who must endorse, such as "OR('Org1MSP.peer')", or `channel_policy`: the name of
        the channel's policy that says so; by default a majority."""
        if isinstance(packages, (str, Path)):
            packages = [packages] * len(self.peers)
        definition = ["--channelID", self.channel, "--name", name, "--version", version, "--sequence", sequence,
                      *(("--signature-policy", policy) if policy else ()),
                      *(("--channel-config-policy", channel_policy) if channel_policy else ())]

        def approve(number):
            package = self._run("peer", "lifecycle", "chaincode", "calculatepackageid", packages[number],
                                FABRIC_CFG_PATH=str(self.peers[number].folder), FABRIC_LOGGING_SPEC="warn").strip()
            if package not in self.peer(number, "lifecycle", "chaincode", "queryinstalled"):
                self.peer(number, "lifecycle", "chaincode", "install", packages[number])
            self._until_ordered(lambda: self.peer(number, "lifecycle", "chaincode", "approveformyorg",
                                                  *self._ordered(), *definition, "--package-id", package))
            return package

        with ThreadPoolExecutor() as pool:
            ids = list(pool.map(approve, range(len(self.peers))))
        self._until_ordered(lambda: self.peer(0, "lifecycle", "chaincode", "commit", *self._ordered(), *definition,
                                              *self._at_all_peers()))
        return ids

    def configuration(self):
        """The channel's newest configuration block."""
        file = self.folder / "channel" / "newest.block"
        self.peer(0, "channel", "fetch", "config", file, "-c", self.channel, *self._ordered())
        return file.read_bytes()

    def revoke(self, number, *certificates):
        """An organisation, counted from 0, tells the channel by its configuration that these are revoked."""
        member = self.members[number]
        update = self.folder / "channel" / "update.tx"
        update.write_bytes(fabric_configuration.revocation_update(
            self.configuration(), self.channel, member.msp_id, [member.revocations(*certificates)]))
        self.peer(number, "channel", "update", "-f", update, "-c", self.channel, *self._ordered())

    @staticmethod
    def _until_ordered(command):
        """Again while the orderers have no leader yet."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return command()
            except Refused as failure:
                if "SERVICE_UNAVAILABLE" not in str(failure) or time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def invoke(self, name, function, *arguments, by=0, user="user"):
        """Submits a transaction, endorsed by all peers that run, and waits until it is committed."""
        return self.peer(by, "chaincode", "invoke", *self._ordered(), "-C", self.channel, "-n", name, "-c",
                         json.dumps({"function": function, "Args": arguments}), *self._at_all_peers(),
                         "--waitForEvent", user=user)

    def query(self, name, function, *arguments, by=0, user="user"):
        """What one organisation's peer answers."""
        return self.peer(by, "chaincode", "query", "-C", self.channel, "-n", name, "-c",
                         json.dumps({"function": function, "Args": arguments}), user=user).strip()


def down(folder):
    """Ends what runs of a network, found by its files, and deletes the folder."""
    folder = Path(folder).absolute()
    nodes = [Node(folder, file.parent.name, 0) for file in folder.glob("*/pid")]
    for node in nodes:
        node.stop(signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("up", "down"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orgs", type=int, default=3)
    parser.add_argument("--orderers", type=int)
    parser.add_argument("--port", type=int, default=21000)
    parser.add_argument("--channel", default="contracts")
    parser.add_argument("--consensus", choices=("etcdraft", "BFT"), default="etcdraft")
    parser.add_argument("--client-tls", action="store_true", help="peers and orderers want a client's TLS certificate, too")
    chosen = parser.parse_args()
    if chosen.command == "down":
        down(chosen.folder)
        return
    orderers = chosen.orderers or (4 if chosen.consensus == "BFT" else 1)
    network = FabricNetwork(chosen.folder, chosen.orgs, orderers, chosen.port, chosen.channel, chosen.consensus,
                            chosen.client_tls)
    try:
        network.up()
    except BaseException:
        for node in network.nodes.values():
            node.stop(signal.SIGKILL)
        raise
    print(f"{chosen.folder.absolute() / 'network.json'} says where everything is")


if __name__ == "__main__":
    main()
