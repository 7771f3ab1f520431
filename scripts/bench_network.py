"""A network of its own for a measurement: a temporary home, free ports, stopped and removed at the end."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def fail(message):
    sys.exit(f"{Path(sys.argv[0]).name}: {message}")


def arguments(parser):
    """The parsed command line; `words` are what stands behind `--`: options of bsn bench evidence."""
    given = sys.argv[1:]
    at = given.index("--") if "--" in given else len(given)
    parsed = parser.parse_args(given[:at])
    parsed.words = given[at + 1:]
    return parsed


def free_ports(count):
    """The first of so many ports in a row that nobody listens at."""
    for first in range(20000 + os.getpid() % 10000, 60000, count + 7):
        sockets = []
        try:
            for port in range(first, first + count):
                one = socket.socket()
                sockets.append(one)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    fail("no free ports")


class Network:
    """Used as `with Network(bsn) as network:`."""

    def __init__(self, bsn, nodes=3):
        self.program = Path(bsn)
        self.nodes = nodes
        if not os.access(self.program, os.X_OK):
            fail(f"{bsn} is missing; build it with 'make bsn'")

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="bsn-bench-"))
        try:
            up = self._run(self.program, "--json", "up", "--nodes", str(self.nodes), "--port", str(free_ports(self.nodes)))
            self.pid = json.loads(up)["pid"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        subprocess.run([self.program, "--home", self.home, "--quiet", "down"], stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    def bench(self, *words, program=None):
        """The report of `bsn bench evidence WORD...`; `program`: the load generator, if it is another one."""
        return json.loads(self._run(program or self.program, "--json", "bench", "evidence", *map(str, words)))

    def _run(self, program, *words):
        # The user's own configuration does not matter here.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BSN_")}
        done = subprocess.run([program, "--home", self.home, *words], stdout=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, env=environment, check=False)
        if done.returncode != 0:
            fail(f"bsn {' '.join(map(str, words))}: exit status {done.returncode}")
        return done.stdout
