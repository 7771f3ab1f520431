"""One network that was made, written to and ended; each test damages a copy of it.

    class Something(GoldenTest):
        def test_it(self):
            net = self.copy()
            ...
            self.is_whole(net)
"""

import json
import os
import shutil
import unittest
from pathlib import Path

from _network import EXAMPLES, Network, wait_for
from _transactions import Channel, Key, submit, submit_many

VALUES = 8


class Golden:
    """A network with two apps, which was stopped, and all that its nodes answer about them. Its databases are in their
    logs; `settled` was started and stopped again, so that its databases are in tables. `killed` is the home folder as
    kill -9 would have left it, `earlier` as it was in the middle of the writing."""

    def __init__(self):
        self.net = net = Network()
        net.up()
        self.key = Key.load(net.home / "keys" / "operator.pem")
        net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        self.channels = {app: Channel.of(net, app) for app in ("evidence", "kv")}
        connection = net.connection()
        for number in range(VALUES):
            if number == VALUES // 2:
                self.earlier = self.copied("earlier")
            deposits = [self.deposit() for _ in range(4)]
            assert all(code == 0 for code, *_ in submit_many(connection, "evidence", deposits))
            text = json.dumps({"baseKey": f"key{number}", "baseValue": f"value{number}"})
            net.bsn("call", "kv", "kv", "set", text)
        connection.close()
        self.agree(net)
        self.truth = self.read(net, 0)
        assert [self.read(net, node) for node in (1, 2)] == [self.truth] * 2
        assert len(self.truth) > 50 and not failures(self.truth), failures(self.truth)
        self.killed = self.copied("killed")
        net.down()
        self._settled = None

    @property
    def settled(self):
        if self._settled is None:
            network = Network()
            self._settled = Path(shutil.copytree(self.net.home, network.home))
            for _ in range(2):
                network.up()
                self.agree(network)
                network.down()
        return self._settled

    def copied(self, name):
        """The home folder as it is while the network runs, and has nothing to do."""
        self.agree(self.net)
        return Path(shutil.copytree(self.net.home, self.net.home.with_name(name)))

    def agree(self, net):
        for app in self.channels:
            net.heads(app)

    def deposit(self):
        return self.channels["evidence"].transaction(self.key, "evidence", "deposit", [os.urandom(32).hex(), "m"])

    def read(self, net, node):
        """All that a node answers about its apps: by target, status and content."""
        connection, answers = net.connection(node), {}

        def get(app, target):
            answer = self.channels[app].get(connection, self.key, f"/v1/apps/{app}/{target}")
            content = answer.json()
            content.pop("signers", None)  # how many have signed by now
            answers[f"{app}/{target}"] = (answer.status, content)
            return content

        for app in self.channels:
            for height in range(get(app, "height").get("height", 0) + 1):
                for identifier in get(app, f"blocks/{height}").get("transactions", []):
                    get(app, f"transactions/{identifier}")
        for number in range(VALUES):
            body = json.dumps({"contract": "kv", "function": "get", "arguments": [f"key{number}"]}).encode()
            signed = self.channels["kv"].authorization(self.key, "POST", "/v1/apps/kv/query", body)
            answer = connection.post("/v1/apps/kv/query", body, headers=signed, Content_Type="application/json")
            content = answer.json()
            answers[f"query {number}"] = (answer.status, content.get("result", content))
        connection.close()
        return answers


def failures(answers):
    return {target: answer for target, answer in answers.items() if answer[0] != 200}


class GoldenTest(unittest.TestCase):
    """Each test has copies of one network."""

    _golden = None

    @property
    def golden(self) -> Golden:
        if GoldenTest._golden is None:
            GoldenTest._golden = Golden()
        return GoldenTest._golden

    @property
    def truth(self):
        return self.golden.truth

    def copy(self, home=None):
        net = Network()
        shutil.copytree(home or self.golden.net.home, net.home, symlinks=True)
        self.addCleanup(self.put_away, net)
        return net

    def put_away(self, net):
        net.kill()
        if self._outcome.success:
            shutil.rmtree(net.home, ignore_errors=True)

    def up_fails(self, net, *words):
        """`bsn up` says in one line what is wrong, and leaves nothing running."""
        ended = net.bsn("up", "--port", net.port, status=1)
        for word in words:
            self.assertIn(str(word), ended.err)
        net.wait_until_gone()
        return ended.err

    def is_whole(self, net):
        """Everything is there, and is still written."""
        for node in range(3):
            wait_for(f"node {node + 1} has everything", lambda: self.golden.read(net, node) == self.truth)
        connection = net.connection()
        answer = submit(connection, "evidence", self.golden.deposit())
        self.assertEqual(answer.json()["status"], "success", answer)
        connection.close()
        net.heads("evidence")
