"""A network whose nodes are processes of their own, as an operator has it."""

import os
import random
import signal
import unittest

from _network import REPOSITORY, Network, is_free, wait_for

PORTS_OF_A_NODE = (0, 100, 200, 300)  # so far above that of its API: peers, engine, engine's calls


class OperatedNetwork(Network):
    def __init__(self, nodes=4):
        super().__init__(nodes)
        built = REPOSITORY / "build" / "engines" / "cometbft"
        self.environment["BSN_COMETBFT"] = os.environ.get("BSN_COMETBFT", str(built))
        self.port = self.free_ports()

    def free_ports(self):
        while True:
            first = random.randrange(20_000, 31_000)
            if all(is_free(first + above + i) for above in PORTS_OF_A_NODE for i in range(self.nodes)):
                return first

    def up(self, status=0):
        return self.bsn("up", "--nodes", self.nodes, "--port", self.port, "--ordering", "cometbft", status=status)

    def node_folder(self, node):
        return self.folder / f"node{node + 1}"

    def config(self, node):
        return self.node_folder(node) / "node.yaml"

    def node_pid(self, node):
        words = ["node", "run", "--config", str(self.config(node))]
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    if file.read().decode().split("\0")[1:-1] == words:
                        return int(entry)
            except (OSError, UnicodeDecodeError):
                continue
        return None

    def kill(self):
        """Those who start others again first; the engines end with their nodes."""
        super().kill()
        for node in range(self.nodes):
            pid = self.node_pid(node)
            if pid is not None:
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGKILL)
                wait_for("the node has gone", lambda: self.node_pid(node) is None)

    def ask(self, node, target):
        connection = self.connection(node)
        try:
            return connection.get(target)
        finally:
            connection.close()

    def order_heights(self):
        return [self.ask(node, "/v1/status").json()["order_height"] for node in range(self.nodes)]


class OperatedTest(unittest.TestCase):
    """One network for all tests of the class."""

    nodes = 4

    @classmethod
    def setUpClass(cls):
        cls.net = OperatedNetwork(cls.nodes)
        cls.addClassCleanup(cls.net.kill)
        cls.net.up()
