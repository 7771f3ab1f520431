"""A network whose order CometBFT makes, each node with processes of its own, and a load that goes on through faults.

    one process `bsn up`, which starts the nodes again
      for each node a process `bsn node run`, which starts its engine again
        for each node a process `cometbft start`: its engine
"""

import http.client
import os
import random
import signal
import threading
import time
from pathlib import Path

from _ledger import DONE, REFUSED, UNDECIDED, VALUE
from _network import PATIENCE, REPOSITORY, Network, is_free, wait_for
from _transactions import MANY, many, results

NO_SPACE = 120
PORTS_OF_A_NODE = (0, 100, 200, 300)  # so far above that of its API: peers, engine, engine's calls


class CometbftNetwork(Network):
    options = ("--ordering", "cometbft")

    def __init__(self, nodes=4, home=None):
        super().__init__(nodes, home)
        built = REPOSITORY / "build" / "engines" / "cometbft"
        self.environment["BSN_COMETBFT"] = os.environ.get("BSN_COMETBFT", str(built))

    def find_ports(self):
        while True:
            first = random.randrange(20_000, 32_000 - PORTS_OF_A_NODE[-1] - self.nodes)
            if all(is_free(first + above + i) for above in PORTS_OF_A_NODE for i in range(self.nodes)):
                return first

    # --- its processes

    def node_folder(self, node) -> Path:
        return self.folder / f"node{node + 1}"

    def node_pid(self, node):
        return pid_of("node", "run", "--config", self.node_folder(node) / "node.yaml")

    def engine_pid(self, node):
        return pid_of("start", "--home", self.node_folder(node) / "cometbft")

    def processes(self):
        """All that run: those who start others again first."""
        pids = [self.pid(), *map(self.node_pid, range(self.nodes)), *map(self.engine_pid, range(self.nodes))]
        return [pid for pid in pids if pid is not None]

    def kill(self):
        """kill -9 of all at once, and of what was started in that moment."""
        while True:
            pids = self.processes()
            if not pids:
                return
            send(signal.SIGKILL, *pids)
            wait_for("the processes have gone", lambda: not set(pids) & set(self.processes()))

    def kill_node(self, node):
        """Its engine ends with it; both are started again."""
        pid = wait_for("the node runs", lambda: self.node_pid(node))
        send(signal.SIGKILL, pid)
        wait_for("the node has gone", lambda: self.node_pid(node) != pid)

    def kill_engine(self, node):
        pid = wait_for("the engine runs", lambda: self.engine_pid(node))
        send(signal.SIGKILL, pid)
        wait_for("the engine has gone", lambda: self.engine_pid(node) != pid)

    def pause(self, *nodes):
        """They keep their connections and say nothing. Nobody starts them again meanwhile."""
        self.signal(signal.SIGSTOP, *nodes)

    def resume(self, *nodes):
        self.signal(signal.SIGCONT, *nodes)

    def signal(self, number, *nodes):
        for node in nodes:
            send(number, wait_for("the node runs", lambda: self.node_pid(node)),
                 wait_for("the engine runs", lambda: self.engine_pid(node)))

    # --- its nodes

    def health(self, node):
        """What a node says is wrong; empty if nothing is, None if it does not answer."""
        connection = self.connection(node, timeout=5)
        try:
            answer = connection.get("/healthz")
            return answer.body.decode() if answer.status != 200 else ""
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def wait_until_well(self, *nodes):
        for node in nodes or range(self.nodes):
            wait_for(f"node {node + 1} is well", lambda: self.health(node) == "")


def pid_of(*words):
    """Of the process with these arguments, unless it has ended and waits to be reaped."""
    wanted = b"\0".join(str(word).encode() for word in words) + b"\0"
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            command = Path(f"/proc/{entry}/cmdline").read_bytes()
        except OSError:
            continue
        if command.partition(b"\0")[2] == wanted:
            return int(entry)
    return None


def send(number, *pids):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


# --- load ---------------------------------------------------------------------------------------------------


class Writer(threading.Thread):
    """Submits new transactions to one node until it is told to end, whatever becomes of the node."""

    def __init__(self, net, node, ledger, dice, timeout_ms):
        super().__init__(daemon=True)
        self.net, self.node, self.ledger, self.dice = net, node, ledger, dice
        self.target = f"/v1/apps/{ledger.app}/transactions?timeout_ms={timeout_ms}"
        self.ends = threading.Event()
        self.sent, self.acknowledged = [], {}
        self.refusals = []  # what was said where nothing was written: (time, code, text)
        self.strange = []  # what must never be answered
        self.successes = []  # their times

    def run(self):
        connection = self.net.connection(self.node, timeout=PATIENCE)
        try:
            while not self.ends.is_set():
                some = self.ledger.transactions(self.calls(self.dice.choice((1, 1, 5, 20))))
                self.sent += some
                try:
                    answer = connection.post(self.target, many(some), Content_Type=MANY)
                except (OSError, http.client.HTTPException) as failure:  # killed; the outcome is not known
                    self.refusals.append((time.monotonic(), None, repr(failure)))
                    self.ends.wait(0.1)
                    continue
                self.take(answer)
                self.ends.wait(self.dice.uniform(0.02, 0.1))
        except Exception as failure:
            self.strange.append(repr(failure))
        finally:
            connection.close()

    def calls(self, count):
        if self.ledger.app == "kv":
            return [("set", ['{"baseKey": "%s", "baseValue": "%s"}' % (os.urandom(8).hex(), VALUE)])
                    for _ in range(count)]
        return [("deposit", [os.urandom(32).hex(), "fault"]) for _ in range(count)]

    def take(self, answer):
        now = time.monotonic()
        if answer.status != 200:  # as a whole
            self.refusals.append((now, answer.code, answer.message))
            return
        for code, height, index, identifier, error in results(answer.body):
            if code in (DONE, REFUSED):
                self.acknowledged[identifier] = (height, index)
                self.successes.append(now)
            elif code in (*UNDECIDED, NO_SPACE):
                self.refusals.append((now, code, error))
            else:
                self.strange.append((code, error))


class Load:
    """Writers at several nodes, and what they were told.

        with Load(net, ledgers, nodes=(0, 1), dice=dice) as load:
            ...                                 # what goes wrong
        load.check()
    """

    def __init__(self, ledgers, nodes, dice, timeout_ms=4_000):
        self.ledgers, self.dice = ledgers, dice
        net = ledgers[0].net
        self.writers = [Writer(net, node, ledger, random.Random(dice.random()), timeout_ms)
                        for node in nodes for ledger in ledgers]

    def __enter__(self):
        self.begin = time.monotonic()
        for writer in self.writers:
            writer.start()
        self.goes_on()
        return self

    def __exit__(self, kind, *_):
        for writer in self.writers:
            writer.ends.set()
        for writer in self.writers:
            writer.join()

    def at(self, *nodes):
        return [writer for writer in self.writers if writer.node in nodes or not nodes]

    def goes_on(self, *nodes, seconds=PATIENCE):
        """Waits until each writer (at these nodes) has a success from now on."""
        before = time.monotonic()
        for writer in self.at(*nodes):
            wait_for(f"writes to {writer.ledger.app} at node {writer.node + 1} go on",
                     lambda: writer.successes and writer.successes[-1] > before, seconds)

    def longest_gap(self, *nodes):
        """The longest time in which a writer (at these nodes) had no success."""
        gaps = []
        for writer in self.at(*nodes):
            times = [self.begin, *writer.successes]
            gaps += [after - before for before, after in zip(times, times[1:])]
        return max(gaps)

    def check(self):
        """Nothing acknowledged is lost, nothing is there twice, all heads are equal, receipts verify."""
        strange = [writer.strange[:3] for writer in self.writers if writer.strange]
        assert not strange, strange
        for ledger in self.ledgers:
            writers = [writer for writer in self.writers if writer.ledger is ledger]
            ledger.check(writers, self.dice.randrange(ledger.net.nodes), self.dice.randrange(ledger.net.nodes))
            acknowledged = sorted(identifier for writer in writers for identifier in writer.acknowledged)
            ledger.receipts_verify(self.dice.sample(acknowledged, 1))

    def summary(self):
        sent = sum(len(writer.sent) for writer in self.writers)
        acknowledged = sum(len(writer.acknowledged) for writer in self.writers)
        return f"{acknowledged} of {sent} acknowledged, longest gap {self.longest_gap():.1f} s"
