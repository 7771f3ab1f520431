"""A network whose nodes are processes of their own, as an operator has it."""

import unittest

from _cometbft import CometbftNetwork


class OperatedNetwork(CometbftNetwork):
    def config(self, node):
        return self.node_folder(node) / "node.yaml"

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
