"""A network of several processes whose order CometBFT makes: it runs, and goes on through failures."""

import json
import os
import signal
import subprocess
import sys
import unittest

from _keys import Key
from _network import Network, main, wait_for
from _transactions import Channel, submit


class CometbftNetwork(Network):
    """Each node is a process of its own, with a CometBFT beside it."""

    def up(self, status=0):
        return self.bsn("up", "--nodes", self.nodes, "--port", self.port, "--ordering", "cometbft", status=status)

    def node_pid(self, node):
        return self.pid_of("node", "run", "--config", str(self.folder / f"node{node + 1}" / "node.yaml"))

    def engine_pid(self, node):
        return self.pid_of("start", "--home", str(self.folder / f"node{node + 1}" / "cometbft"))

    @staticmethod
    def pid_of(*words):
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    command = file.read().split(b"\0")[1:-1]
            except OSError:
                continue
            if command == [word.encode() for word in words]:
                return int(entry)
        return None
