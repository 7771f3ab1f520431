"""A network of several machines, as its operators make it: prepared once, each folder run on its own.

The machines are folders here, and all their hosts are 127.0.0.1; nothing else is shared.
"""

import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import unittest
from pathlib import Path

from _network import EXAMPLES, PATIENCE, REPOSITORY, binary, free_ports, main, run_bsn, scratch, wait_for

CITIES = ("beijing", "shanghai", "guangzhou", "shenzhen")
NAMES = {"operator": "North Telecom"}
PORTS = ("api", "peers", "ordering", "rpc")
START_PATIENCE = 3 * PATIENCE  # seconds; several nodes share the machine's cores
PR_SET_PDEATHSIG = 1


def die_with_the_test():
    """In the started process: the kernel kills it when the test ends, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def engine():
    """The cometbft to run."""
    beside = Path(binary()).parents[2] / "engines" / "cometbft"
    return os.environ.get("BSN_COMETBFT", str(beside if beside.exists() else REPOSITORY / "build/engines/cometbft"))


class Client:
    """Somebody with a home folder of their own."""

    def __init__(self, folder):
        self.home = folder / "home"
        self.files = folder
        folder.mkdir(parents=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("BSN_")}
        self.environment["BSN_HOME"] = str(self.home)
        self.environment["BSN_COMETBFT"] = engine()

    def bsn(self, *arguments, status=0):
        return run_bsn(arguments, self.environment, self.files, status)

    def json(self, *arguments):
        return self.bsn("--json", *arguments).json()

    def error(self, *arguments, status=1):
        return self.bsn("--json", *arguments, status=status).error()["message"]


class Deployment:
    """A network whose files were made, with each node's folder on a machine of its own."""

    def __init__(self, cities=CITIES, followers=(), operators=("operator",), approvals=1):
        run = scratch()
        self.folder = run.folder / f"deployment{len(list(run.folder.glob('deployment*'))) + 1}"
        self.cities = cities
        self.operator = Client(self.folder / "operator")
        first = free_ports(len(cities) * len(PORTS))
        self.ports = {city: {port: first + len(PORTS) * i + j for j, port in enumerate(PORTS)}
                      for i, city in enumerate(cities)}
        self.processes = {}
        for name in operators:
            self.operator.bsn("key", "new", name)
        self.file = self.folder / "network.yaml"
        self.file.write_text(json.dumps({
            "name": "four cities",
            "operators": [{"name": NAMES.get(name, name), "key": f"operator/home/keys/{name}.pub"}
                          for name in operators],
            "approvals": approvals,
            "nodes": [{"name": city, "city": city.title(), "operator": "North Telecom", "host": "127.0.0.1",
                       "ports": self.ports[city], "validator": city not in followers} for city in cities]}))
        self.made = self.folder / "made"
        self.operator.bsn("network", "init", self.file, "--out", self.made)
        self.genesis = shutil.copy(self.made / "genesis.json", self.folder / "genesis.json")
        for city in cities:
            shutil.move(self.made / "nodes" / city, self.machine(city))
        shutil.rmtree(self.made / "nodes")

    def machine(self, city):
        return self.folder / f"machine-{city}"

    def urls(self):
        return [f"https://127.0.0.1:{self.ports[city]['api']}" for city in self.cities]

    def client(self, name):
        """Somebody who got the genesis file and the nodes' addresses, and nothing else."""
        client = Client(self.folder / name)
        client.bsn("network", "use", self.genesis, *self.urls())
        return client

    def start(self, city):
        log = open(self.machine(city) / "node.log", "ab")
        self.processes[city] = subprocess.Popen(
            [binary(), "node", "run", "--config", str(self.machine(city) / "node.yaml")],
            cwd="/", env=self.operator.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=die_with_the_test)
        log.close()

    def wait_ready(self):
        for city in self.processes:
            wait_for(f"{city} is healthy", lambda: self.is_healthy(city), START_PATIENCE, 0.2)

    def is_healthy(self, city):
        ended = self.processes[city].poll()
        assert ended is None, f"{city} ended with {ended}: {self.log(city)[-1000:]}"
        trust = ssl.create_default_context(cadata=json.loads(Path(self.genesis).read_text())["authority"])
        node = http.client.HTTPSConnection("127.0.0.1", self.ports[city]["api"], timeout=5, context=trust)
        try:
            node.request("GET", "/healthz")
            return node.getresponse().status == 200
        except ConnectionError:
            return False
        finally:
            node.close()

    def log(self, city):
        return (self.machine(city) / "node.log").read_text(errors="replace")

    def up(self):
        for city in self.cities:
            self.start(city)
        self.wait_ready()

    def stop(self, city, signal_number=signal.SIGTERM):
        """Its exit status."""
        process = self.processes.pop(city)
        process.send_signal(signal_number)
        return process.wait(START_PATIENCE)

    def kill(self):
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()
        self.processes.clear()
        wait_for("no process is left", lambda: not self.left(), PATIENCE)

    def left(self):
        """Command lines of what still runs in a machine's folder."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(self.folder / "machine-").encode() in command:
                found.append(command)
        return found

    def run_to_end(self, city):
        """Of a node that cannot start: the one line that it ends with."""
        done = subprocess.run([binary(), "node", "run", "--config", str(self.machine(city) / "node.yaml")], cwd="/",
                              env=self.operator.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              encoding="utf-8", timeout=PATIENCE, preexec_fn=die_with_the_test)
        assert done.returncode == 1, f"status {done.returncode}: {done.stderr}"
        last = done.stderr.splitlines()[-1]
        assert last.startswith("bsn: "), done.stderr
        return last


class DeploymentTest(unittest.TestCase):
    def make(self, *arguments, **more):
        network = Deployment(*arguments, **more)
        self.addCleanup(network.kill)
        return network


class FourMachines(DeploymentTest):
    """The whole way: four machines, a client, a stop, a failure."""

    def test_it(self):
        net = self.make()
        for city in net.cities:
            for key in [*(net.machine(city) / "keys").iterdir(), *(net.machine(city) / "cometbft/config").iterdir()]:
                self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600, key)
            self.assertEqual(stat.S_IMODE(net.machine(city).stat().st_mode), 0o700)
        net.up()

        net.operator.bsn("network", "use", net.genesis, *net.urls())
        net.operator.bsn("app", "publish", EXAMPLES / "evidence.yaml")
        alice = net.client("alice")
        alice.bsn("key", "new", "alice")
        participant = alice.json("key", "show")["participant"]
        alice.bsn("app", "join", "evidence", "--role", "depositor")
        net.operator.bsn("app", "approve", "evidence", participant)
        self.deposit(alice, "first")
        status = alice.json("status")
        self.assertEqual({node["status"]["name"] for node in status["nodes"]}, set(CITIES), status)

        for city in net.cities:
            self.assertEqual(net.stop(city), 0, net.log(city)[-1000:])
        self.assertEqual(net.left(), [], "each node has ended its cometbft")
        alice.bsn("evidence", "verify", "first")  # offline

        net.up()
        self.assertIn("first", alice.bsn("evidence", "find", "first").out, "the data is still there")
        self.deposit(alice, "second")

        net.stop("shenzhen", signal.SIGKILL)
        self.deposit(alice, "third")  # three of four are more than two thirds
        net.start("shenzhen")
        net.wait_ready()
        heights = lambda: {chain["certified"] for chain in self.chains(net, "evidence")}
        wait_for("the node that was away has caught up", lambda: len(heights()) == 1, START_PATIENCE)

    def deposit(self, client, name):
        (client.files / name).write_text(f"{name} of {client.files}")
        client.bsn("evidence", "deposit", name, "--timeout", 120)
        client.bsn("evidence", "verify", name)

    @staticmethod
    def chains(net, app):
        """What each node says of its chain of the app."""
        trust = ssl.create_default_context(cadata=json.loads(Path(net.genesis).read_text())["authority"])
        for city in net.cities:
            node = http.client.HTTPSConnection("127.0.0.1", net.ports[city]["api"], timeout=PATIENCE, context=trust)
            node.request("GET", "/v1/status")
            chains = json.loads(node.getresponse().read())["chains"]
            node.close()
            yield next(chain for chain in chains if chain["app"] == app)


class Follower(DeploymentTest):
    """A node that is no validator follows the order, and serves clients like any other."""

    def test_it(self):
        net = self.make(CITIES[:2], followers=("shanghai",))
        nodes = json.loads(Path(net.genesis).read_text())["nodes"]
        self.assertEqual({node["name"]: "validator" in node for node in nodes}, {"beijing": True, "shanghai": False})
        net.up()
        follower = net.urls()[1]
        net.operator.bsn("network", "use", net.genesis, follower)
        net.operator.bsn("app", "publish", EXAMPLES / "kv.yaml")
        net.operator.bsn("call", "kv", "kv", "set", '{"baseKey":"a","baseValue":"1"}', "--receipt", "a.json")
        self.assertIn("quorum 2 of 2", net.operator.bsn("receipt", "verify", "a.json").out)


class Refusals(DeploymentTest):
    """What is wrong is said before anything runs, in one line that says what to do."""

    def setUp(self):
        self.net = self.make(CITIES[:2])
        self.machine = self.net.machine("beijing")

    def refused(self, *words):
        said = self.net.run_to_end("beijing")
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(self.net.left(), [])

    def test_keys_that_others_can_read(self):
        for key in (self.machine / "keys" / "sm2.pem", self.machine / "cometbft/config/priv_validator_key.json"):
            key.chmod(0o640)
            self.refused(str(key), "chmod 600")
            key.chmod(0o600)

    def test_keys_that_are_missing(self):
        (self.machine / "cometbft/config/node_key.json").unlink()
        self.refused("node_key.json", "No such file")

    def test_another_version_of_cometbft(self):
        fake = self.net.folder / "cometbft"
        fake.write_text("#!/bin/sh\necho 0.37.0\n")
        fake.chmod(0o755)
        self.net.operator.environment["BSN_COMETBFT"] = str(fake)
        self.refused(str(fake), "0.37.0", "0.38.")
        with open(self.machine / "node.yaml", "a") as file:
            file.write("# by hand\n")
        text = (self.machine / "node.yaml").read_text()
        (self.machine / "node.yaml").write_text(text.replace("ordering:\n", "ordering:\n  cometbft: nowhere\n", 1))
        self.refused("nowhere", "node.yaml")

    def test_ports_in_use(self):
        for port in PORTS:
            with socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("127.0.0.1", self.net.ports["beijing"][port]))
                other.listen()
                self.refused(str(self.net.ports["beijing"][port]), "cannot listen", "port")

    def test_certificates_of_others(self):
        own = (self.machine / "node.crt").read_bytes()
        other = self.make(CITIES[:1])
        for foreign in (other.machine("beijing"), self.net.machine("shanghai")):
            shutil.copy(foreign / "node.crt", self.machine / "node.crt")
            self.refused(str(self.machine / "node.crt"), "certificate")
        (self.machine / "node.crt").write_bytes(own)
        shutil.copy(other.genesis, self.machine / "genesis.json")
        self.refused("genesis")

    def test_a_validator_key_of_another_node(self):
        key = "cometbft/config/priv_validator_key.json"
        shutil.copy(self.net.machine("shanghai") / key, self.machine / key)
        self.refused(key, "shanghai", "restore")

    def test_mistakes_in_the_settings(self):
        file = self.machine / "node.yaml"
        text = file.read_text()
        file.write_text(text.replace("peers:\n  listen:", "peers:\n  lisen:", 1))
        self.refused("node.yaml:", "peers.listen")
        file.write_text(text.replace("  rpc: \"127.0.0.1:", "  rpc: \"127.0.0.1;", 1))
        self.refused("node.yaml:", "ordering.rpc", "HOST:PORT")
        file.write_text(text + "more: 1\n")
        self.refused("node.yaml:", "more")

    def test_two_of_one_folder(self):
        self.net.start("beijing")
        wait_for("it holds its folder", lambda: (self.machine / "lock").exists())
        self.assertIn("in use by another process", self.net.run_to_end("beijing"))

    def test_a_network_is_not_made_twice(self):
        before = (self.net.made / "genesis.json").read_bytes()
        self.assertIn("never overwritten",
                      self.net.operator.error("network", "init", self.net.file, "--out", self.net.made))
        self.assertEqual((self.net.made / "genesis.json").read_bytes(), before)

    def test_mistakes_in_the_network_file(self):
        text = self.net.file.read_text()
        for wrong, right in (("North", "No such file"), ("127.0.0.1:1", "is no name or address")):
            broken = self.net.folder / "broken.yaml"
            broken.write_text(text.replace("operator/home", "nowhere") if wrong == "North"
                              else text.replace("127.0.0.1", wrong))
            out = self.net.folder / "never"
            said = self.net.operator.error("network", "init", broken, "--out", out)
            self.assertIn("broken.yaml:1: ", said)
            self.assertIn(right, said)
            self.assertEqual(list(self.net.folder.glob("never*")), [])

    def test_a_home_trusts_one_network(self):
        alice = self.net.client("alice")  # no node answers yet, and that is told
        other = self.make(CITIES[:1])
        self.assertIn("trusts", alice.error("network", "use", other.genesis, *other.urls()))
        other.up()
        bob = Client(self.net.folder / "bob")
        self.assertIn("no certificate of the network's authority",
                      bob.bsn("network", "use", self.net.genesis, *other.urls()).out)


if __name__ == "__main__":
    main()
