"""A network whose nodes the test starts itself, so that one of them can be another program or a twin of another.

    net = OwnNetwork(4, faulty=(3,))
    net.up()
    net.be(3, "garbage")                        # tests/faulty/faults.hpp has the ways
    net.be(3)                                   # honest again
"""

import base64
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from _cometbft import PORTS_OF_A_NODE, CometbftNetwork
from _hosts import die_with_parent
from _ledger import Ledger
from _network import EXAMPLES, Connection, binary, is_free, wait_for
from _transactions import Key

RPC = PORTS_OF_A_NODE[-1]


def faulty_program() -> str:
    return os.environ.get("BSN_FAULTY_NODE", str(Path(binary()).parent / "bsn_faulty_node"))


class OwnNetwork(CometbftNetwork):
    def __init__(self, nodes=4, faulty=(), home=None):
        super().__init__(nodes, home)
        self.faulty = set(faulty)
        self.started = {}  # by folder

    # --- its processes

    def up(self, status=0):
        if not (self.folder / "genesis.json").exists():
            super().up()
            self.down()
        for node in range(self.nodes):
            self.start(node)
        self.wait_until_well()

    def start(self, node):
        self.start_in(self.node_folder(node), faulty_program() if node in self.faulty else binary())

    def start_with(self, node, *commands):
        """A faulty node that is told something before it starts."""
        (self.node_folder(node) / "faults").write_text("".join(f"{command}\n" for command in commands))
        self.start(node)

    def start_in(self, folder, program):
        with open(folder / "node.log", "ab") as log:
            self.started[folder] = subprocess.Popen(
                [program, "node", "run", "--config", folder / "node.yaml"], stderr=log,
                stdin=subprocess.PIPE if program == faulty_program() else subprocess.DEVNULL,
                stdout=subprocess.PIPE if program == faulty_program() else log, text=True, bufsize=1,
                env=self.environment, preexec_fn=die_with_parent)

    def stop(self, node):
        """SIGTERM; its exit status."""
        process = self.started[self.node_folder(node)]
        process.terminate()
        return self.ended(process)

    def kill_node(self, node):
        """Nobody starts it again."""
        process = self.started[self.node_folder(node)]
        process.kill()
        self.ended(process)
        wait_for("its engine has gone", lambda: self.engine_pid(node) is None)

    def kill(self):
        for process in self.started.values():
            process.kill()
            self.ended(process)
        super().kill()

    @staticmethod
    def ended(process):
        """Waits for the end; the exit status."""
        status = process.wait(timeout=60)
        for end in (process.stdin, process.stdout):
            if end:
                end.close()
        return status

    def log_of(self, node) -> str:
        return (self.node_folder(node) / "node.log").read_text(errors="replace")

    @property
    def log_file(self):
        return self.node_folder(0) / "node.log"

    # --- what a faulty node is told

    def tell(self, node, *words):
        process = self.started[self.node_folder(node)]
        process.stdin.write(" ".join(map(str, words)) + "\n")
        answer = process.stdout.readline().split()
        assert answer[:1] == ["ok"], f"{words}: {answer}"
        return answer[1:]

    def be(self, node, *ways):
        self.tell(node, "be", *ways)

    def skew(self, node, seconds):
        self.tell(node, "skew", round(seconds * 1000))

    def count(self, node, way) -> int:
        """How often it did wrong in a way."""
        return int(self.tell(node, "count", way)[0])

    # --- twins

    def twin_of(self, node) -> Path:
        """A second copy of a node: the same keys, no data, other ports. The address of its engine is another one, so
        that nobody takes it for the connection that is there."""
        folder = self.node_folder(node).with_name(f"twin{node + 1}")
        shutil.copytree(self.node_folder(node), folder,
                        ignore=lambda where, names: {"data", "lock", "node.log", "app.sock", "node_key.json",
                                                     "cometbft.log"} & set(names))
        text = (folder / "node.yaml").read_text()
        for above in PORTS_OF_A_NODE:
            port = self.port + above + self.nodes  # the next one after the nodes' own
            assert is_free(port), port
            text = text.replace(f'127.0.0.1:{self.port + above + node}"', f'127.0.0.1:{port}"')
        (folder / "node.yaml").write_text(text)
        engine = self.environment["BSN_COMETBFT"]
        subprocess.run([engine, "gen-node-key", "--home", folder / "cometbft"], check=True, capture_output=True)
        return folder

    def rpc(self, node, target):
        """What a node's engine answers."""
        connection = Connection(self.port + RPC + node, timeout=5, described=False)
        try:
            return connection.get(target).json()["result"]
        finally:
            connection.close()

    def submit_to_order(self, node, transaction: bytes):
        connection = Connection(self.port + RPC + node, timeout=10, described=False)
        try:
            return connection.post("/", {"jsonrpc": "2.0", "id": 1, "method": "broadcast_tx_sync",
                                         "params": {"tx": base64.b64encode(transaction).decode()}}).json()["result"]
        finally:
            connection.close()

    def ordered_since(self, height):
        """Blocks of the order behind a height, as CometBFT has them."""
        last = int(self.rpc(0, "/status")["sync_info"]["latest_block_height"])
        return [self.rpc(0, f"/block?height={at}")["block"] for at in range(height + 1, last + 1)]


class OwnNetworkTest(unittest.TestCase):
    """One network for all tests of the class, with the apps `evidence` and `kv` on all nodes."""

    nodes = 4
    faulty = ()

    @classmethod
    def setUpClass(cls):
        cls.net = OwnNetwork(cls.nodes, cls.faulty)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
        cls.net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        key = Key.load(cls.net.home / "keys" / "operator.pem")
        cls.ledgers = [Ledger(cls.net, app, key) for app in ("evidence", "kv")]
