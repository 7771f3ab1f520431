"""A network whose nodes are hosts of their own: network namespaces, and between them a line with delay and loss.

    with Hosts(4) as hosts:                     # needs root
        hosts.delay(50)                         # ms, each way, between nodes; clients have none
        hosts.cut([0], [1, 2, 3])               # nobody is told: packets no longer arrive
        hosts.heal()

`HostNetwork` runs a city node and its CometBFT on each of them. The line is `bsn_wire` (tests/wire): what TCP sees
is a real network, with its own handshakes, windows and repetitions.
"""

import ctypes
import os
import signal
import subprocess
from pathlib import Path

from _network import PATIENCE, REPOSITORY, Connection, Network, binary, wait_for

PORTS = {"api": 7180, "peers": 7280, "ordering": 7380, "rpc": 7480}  # the same on each host
CLIENTS = 254  # the last part of the address at which this process is found
PREFIX = "bsn-hosts-"
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    _libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)


def wire_program() -> Path:
    return Path(os.environ.get("BSN_WIRE", Path(binary()).parent / "bsn_wire"))


def why_not():
    """Why hosts cannot be made here; None if they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not os.access(wire_program(), os.X_OK):
        return f"there is no program {wire_program()}; name the built one in BSN_WIRE"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun, which the line between namespaces is made of"
    name = f"{PREFIX}{os.getpid()}-probe"
    try:
        made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no program ip (package iproute2)"
    if made.returncode != 0:
        return f"network namespaces cannot be made here: {made.stderr.strip()}"
    line = subprocess.run(["ip", "-n", name, "tuntap", "add", "dev", "probe", "mode", "tun"], capture_output=True,
                          text=True, check=False)
    ip("netns", "delete", name)
    return f"network devices cannot be made here: {line.stderr.strip()}" if line.returncode != 0 else None


def ip(*words):
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(map(str, words))}: {done.stderr}"
    return done.stdout


def remove_left_behind():
    """Namespaces of runs that were killed."""
    for line in ip("netns", "list").splitlines():
        name = line.split()[0]
        if name.startswith(PREFIX) and not os.path.exists(f"/proc/{name[len(PREFIX):].split('-')[0]}"):
            ip("netns", "delete", name)


class Hosts:
    """So many namespaces with an address each, and a line between all of them and this process."""

    _made = 0

    def __init__(self, count):
        self.count = count
        Hosts._made += 1
        self.label = f"{os.getpid()}-{Hosts._made}"
        self.device = f"bsn{os.getpid() % 100_000}-{Hosts._made}"
        # A network of its own for each run on this machine.
        self.network = f"10.{64 + os.getpid() // 256 % 64}.{(os.getpid() + Hosts._made) % 256}"
        self.wire = None

    def name(self, host):
        return f"{PREFIX}{self.label}-{host + 1}"

    def address(self, host):
        return f"{self.network}.{host + 1}"

    def __enter__(self):
        remove_left_behind()
        try:
            for host in range(self.count):
                ip("netns", "add", self.name(host))
                ip("-n", self.name(host), "link", "set", "lo", "up")
            ends = [f"{self.name(host)}={self.address(host)}" for host in range(self.count)]
            self.wire = subprocess.Popen([wire_program(), self.device, *ends, f"-={self.network}.{CLIENTS}"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                         preexec_fn=die_with_parent)
            self._answer("the devices are made")
            for host in range(self.count):
                self._open(["-n", self.name(host)], self.address(host))
            self._open([], f"{self.network}.{CLIENTS}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.wire:
            self.wire.stdin.close()
            self.wire.wait()
        for host in range(self.count):
            subprocess.run(["ip", "netns", "delete", self.name(host)], capture_output=True, check=False)

    def _open(self, where, address):
        ip(*where, "address", "add", f"{address}/24", "dev", self.device)
        ip(*where, "link", "set", self.device, "up")

    def _answer(self, what):
        answer = self.wire.stdout.readline().strip()
        assert answer.split()[:1] == ["ok"], f"{what}: {answer or 'the line has ended'}"
        return answer

    def tell(self, *words):
        command = " ".join(map(str, words))
        self.wire.stdin.write(command + "\n")
        return self._answer(command)

    def popen(self, host, command, **more):
        """Starts a command on a host. It ends with this process."""
        return subprocess.Popen(["ip", "netns", "exec", self.name(host), *map(str, command)],
                                preexec_fn=die_with_parent, **more)

    # --- the line

    def delay(self, milliseconds):
        """From each host to each other, one way."""
        for one in range(self.count):
            for other in range(self.count):
                if one != other:
                    self.tell("delay", self.address(one), self.address(other), milliseconds)

    def lose(self, sender, receiver, percent=100):
        """In this direction only."""
        self.tell("lose", self.address(sender), self.address(receiver), percent)

    def cut(self, some, others):
        """Between two groups, in both directions."""
        for one in some:
            for other in others:
                self.lose(one, other)
                self.lose(other, one)

    def lose_everywhere(self, percent):
        """Between all hosts; clients lose nothing."""
        for one in range(self.count):
            for other in range(self.count):
                if one != other:
                    self.lose(one, other, percent)

    def heal(self):
        self.tell("lose", "*", "*", 0)


class HostNetwork(Network):
    """Each node on a host of its own."""

    def __init__(self, hosts: Hosts, home=None):
        super().__init__(hosts.count, home)
        self.hosts = hosts
        self.processes = [None] * hosts.count
        engine = REPOSITORY / "build" / "engines" / "cometbft"
        self.environment["BSN_COMETBFT"] = os.environ.get("BSN_COMETBFT", str(engine))

    def make(self):
        """Keys and genesis, as `bsn up` makes them, and a configuration of each node for its host."""
        self.bsn("up", "--nodes", self.nodes, "--port", self.port, "--ordering", "cometbft")
        self.bsn("down")
        texts = [(self.node_folder(node) / "node.yaml").read_text() for node in range(self.nodes)]
        for node, text in enumerate(texts):
            for other in range(self.nodes):
                for number, (name, port) in enumerate(PORTS.items()):
                    host = "127.0.0.1" if name == "rpc" else self.hosts.address(other)
                    text = text.replace(f'127.0.0.1:{self.port + 100 * number + other}"', f'{host}:{port}"')
            (self.node_folder(node) / "node.yaml").write_text(text)
        configuration = (self.home / "config.yaml").read_text()
        for node in range(self.nodes):
            configuration = configuration.replace(f"http://127.0.0.1:{self.port + node}", self.url(node))
        (self.home / "config.yaml").write_text(configuration)

    def up(self, status=0):
        if not (self.folder / "genesis.json").exists():
            self.make()
        for node in range(self.nodes):
            self.start(node)
        self.wait_until_well()

    def start(self, node):
        with open(self.log_of(node), "ab") as log:
            self.processes[node] = self.hosts.popen(
                node, [binary(), "node", "run", "--config", self.node_folder(node) / "node.yaml"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment)

    def kill(self):
        """kill -9 of all; their CometBFTs end with them."""
        for process in self.processes:
            if process:
                process.kill()
        for process in self.processes:
            if process:
                process.wait()
        self.processes = [None] * self.nodes
        super().kill()

    def node_folder(self, node) -> Path:
        return self.folder / f"node{node + 1}"

    def log_of(self, node) -> Path:
        return self.node_folder(node) / "node.log"

    @property
    def log_file(self):
        return self.log_of(0)

    def url(self, node):
        return f"http://{self.hosts.address(node)}:{PORTS['api']}"

    def connection(self, node=0, timeout=PATIENCE):
        return HostConnection(self.hosts.address(node), timeout)

    def health(self, node):
        """What a node says is wrong; empty if nothing is, None if it does not answer."""
        connection = self.connection(node, timeout=5)
        try:
            answer = connection.get("/healthz")
            return "" if answer.status == 200 else answer.body.decode()
        except OSError:
            return None
        finally:
            connection.close()

    def wait_until_well(self, *nodes, seconds=PATIENCE):
        for node in nodes or range(self.nodes):
            wait_for(f"node {node + 1} is well", lambda: self.health(node) == "", seconds)


class HostConnection(Connection):
    def __init__(self, address, timeout=PATIENCE):
        super().__init__(PORTS["api"], timeout)
        self.http.host = address
