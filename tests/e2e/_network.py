"""A network of its own for each test: real processes, free ports, a temporary home folder.

    class Something(NetworkTest):
        def test_it(self):
            self.net.bsn("evidence", "find", HASH)

    if __name__ == "__main__":
        main()

Nothing is left behind: networks are stopped at the end, whatever happened, also if the test itself is
killed. Folders with their logs are kept only if a test failed.
"""

import atexit
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import NamedTuple

sys.dont_write_bytecode = True

import _openapi  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]
VECTORS = REPOSITORY / "tests" / "vectors"
sys.path.insert(0, str(VECTORS))

EXAMPLES = REPOSITORY / "examples"
PATIENCE = 60  # seconds that anything may take before a test gives up

# --- folders and processes of this run ------------------------------------------------------------------

# Whoever names the folder in its command line is ours. Several times: who starts others again may have done so
# before it ended itself.
GUARD = r"""
cat > /dev/null
for again in 1 2 3; do
    for file in $(printf %s "$1/" | grep -lsFf - /proc/[0-9]*/cmdline); do
        pid=${file#/proc/}
        kill -9 "${pid%/cmdline}" 2> /dev/null
    done
done
[ -e "$1/keep" ] || rm -rf "$1"
"""


class Scratch:
    """The folder of this run. A guard outlives the test, and then stops what still runs in it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="bsn-e2e-"))
        self.networks = []
        self.guard = subprocess.Popen(["sh", "-c", GUARD, "guard", str(self.folder)], stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        atexit.register(self.clean)

    def clean(self):
        for network in self.networks:
            network.kill()
        self.guard.stdin.close()
        self.guard.wait()

    def keep(self):
        """Tells where the logs are, and what stands at their ends."""
        (self.folder / "keep").touch()
        for network in self.networks:
            if network.log_file.exists():
                lines = network.log_file.read_text(errors="replace").splitlines()
                print(f"--- the last lines of {network.log_file}", *lines[-30:], sep="\n", file=sys.stderr)
        print(f"--- files are kept in {self.folder}", file=sys.stderr)


_scratch = None


def scratch() -> Scratch:
    global _scratch
    _scratch = _scratch or Scratch()
    return _scratch


def main(failfast=False):
    """Runs the tests of the calling file; with `failfast` until the first that fails."""
    if not os.access(binary(), os.X_OK):
        sys.exit(f"there is no program {binary()}; name the built one in BSN_BINARY")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    sys.stdout.reconfigure(line_buffering=True)
    program = unittest.main(module="__main__", verbosity=2, failfast=failfast, exit=False)
    if not program.result.wasSuccessful():
        scratch().keep()
        sys.exit(1)


def binary() -> str:
    return os.environ.get("BSN_BINARY", str(REPOSITORY / "build" / "release" / "bin" / "bsn"))


# --- waiting, ports -----------------------------------------------------------------------------------


def wait_for(what, condition, seconds=PATIENCE, pause=0.02):
    """The first true value of the condition."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(pause)


def is_free(port):
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count):
    """The first of so many free ports, below those that city nodes choose for Fabric's programs."""
    while True:
        first = random.randrange(10_000, 20_000 - count)
        if all(is_free(first + i) for i in range(count)):
            return first


# --- the command -----------------------------------------------------------------------------------------


class Ended(NamedTuple):
    status: int
    out: str
    err: str
    seconds: float

    def json(self):
        return json.loads(self.out)

    def error(self):
        """Of a command with --json that failed."""
        return json.loads(self.err)["error"]


def run_bsn(arguments, environment, folder, status, text=None):
    """Runs the command to its end. What holds for each command is checked here."""
    words = [binary(), *map(str, arguments)]
    begin = time.monotonic()
    done = subprocess.run(words, env=environment, cwd=folder, input=text if text is not None else "",
                          encoding="utf-8", errors="backslashreplace", capture_output=True, timeout=5 * PATIENCE)
    ended = Ended(done.returncode, done.stdout, done.stderr, time.monotonic() - begin)
    told = f"{' '.join(words)}\nstatus {ended.status}\nout: {ended.out}\nerr: {ended.err}"
    if status is not None:
        assert ended.status == status, f"status {status} was expected: {told}"
    if ended.status == 0:
        assert ended.err == "", f"a success says nothing on stderr, without a terminal: {told}"
    else:
        assert ended.err.endswith("\n") and ended.err.count("\n") == 1, f"a failure is one line on stderr: {told}"
    if "--json" in words:
        if ended.out or ended.status == 0:
            ended.json()
        if ended.status != 0:
            assert ended.error()["code"] and ended.error()["message"], told
    elif ended.status != 0:
        assert ended.err.startswith("bsn: ") and len(ended.err) > 10, told
    return ended


# --- HTTP ------------------------------------------------------------------------------------------------


class Response(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json().get("error", {}).get("code")

    @property
    def message(self):
        return self.json()["error"]["message"]


class Connection:
    """A connection to a node that is kept open, and opened again when the node has closed it."""

    def __init__(self, port, timeout=PATIENCE, described=True):
        """`described`: whether all answers must be as the node's OpenAPI file has them."""
        self.described = described
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def request(self, method, target, body=None, headers=None, **more):
        headers = dict(headers or {}, **{name.replace("_", "-"): value for name, value in more.items()})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        fresh = self.http.sock is None
        try:
            return self._send(method, target, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if fresh:
                raise
            return self._send(method, target, body, headers)
        except BaseException:
            self.close()
            raise

    def _send(self, method, target, body, headers):
        self.http.request(method, target, body, headers)
        answer = self.http.getresponse()
        response = Response(answer.status, answer.headers, answer.read())
        if self.described:
            _openapi.check(self.http.port, method, target, response)
        return response

    def get(self, target, **more):
        return self.request("GET", target, **more)

    def post(self, target, body, **more):
        return self.request("POST", target, body, **more)

    def close(self):
        self.http.close()


# --- a network ----------------------------------------------------------------------------------------------


class Network:
    options = ()  # of `bsn up`

    def __init__(self, nodes=3, home=None):
        run = scratch()
        self.nodes = nodes
        self.home = Path(home) if home else run.folder / f"net{len(run.networks) + 1}"
        self.files = run.folder / f"files{len(run.networks) + 1}"  # the user's folder
        self.files.mkdir()
        self.port = self.find_ports()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("BSN_")}
        self.environment["BSN_HOME"] = str(self.home)
        # Fabric's programs are for the tests that name them: with them, nodes announce organisations, and keep more files.
        self.environment["BSN_FABRIC"] = "/nonexistent"
        run.networks.append(self)

    def find_ports(self):
        return free_ports(self.nodes)

    @property
    def folder(self):
        return self.home / "network"

    @property
    def log_file(self):
        return self.folder / "bsn.log"

    def bsn(self, *arguments, status=0, folder=None, text=None):
        return run_bsn(arguments, self.environment, folder or self.files, status, text)

    def json(self, *arguments):
        """What a command that succeeds answers."""
        return self.bsn("--json", *arguments).json()

    def error(self, *arguments, status=1):
        """What a command that fails says; code and message."""
        return self.bsn("--json", *arguments, status=status).error()

    def up(self, status=0):
        """Starts it; on other ports if somebody took one in between."""
        while True:
            ended = self.bsn("up", "--nodes", self.nodes, "--port", self.port, *self.options, status=None)
            if ended.status != 0 and "is in use by another program" in ended.err and status == 0:
                self.port = self.find_ports()
                continue
            assert ended.status == status, f"bsn up ended with {ended.status}: {ended.err}"
            return ended

    def down(self):
        return self.bsn("down")

    def pid(self):
        """Of the running process, or None."""
        try:
            pid = int((self.folder / "bsn.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, ValueError):
            return None
        return pid if str(self.home).encode() in command and state != "Z" else None

    def kill(self):
        """kill -9, and waits until the process is gone."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.wait_until_gone()

    def wait_until_gone(self):
        """A process that was asked to stop lets go of its lock a moment before it has ended."""
        wait_for("the process has gone", lambda: self.pid() is None)

    def connection(self, node=0, timeout=PATIENCE):
        return Connection(self.port + node, timeout)

    def connections(self):
        return [self.connection(node) for node in range(self.nodes)]

    def genesis(self) -> bytes:
        return (self.home / "genesis.json").read_bytes()

    def channel(self, app):
        """The channel id of an app, known to all nodes."""
        for connection in self.connections():
            answer = wait_for(f"a node knows {app}", lambda: self._app(connection, app))
            connection.close()
        return bytes.fromhex(answer["channel"])

    @staticmethod
    def _app(connection, app):
        answer = connection.get(f"/v1/apps/{app}")
        return answer.json() if answer.status == 200 else None

    def chains(self, app):
        """What each node says of its chain of the app."""
        found = []
        for connection in self.connections():
            status = connection.get("/v1/status").json()
            found.append(next(chain for chain in status["chains"] if chain["app"] == app))
            connection.close()
        return found

    def heads(self, app):
        """The head that all nodes have, once they agree: (height, hash)."""

        def agreed():
            chains = self.chains(app)
            if None in chains:
                return None
            heads = {(c["height"], c["certified"], c["head"]) for c in chains}
            height, certified, head = next(iter(heads))
            return (height, head) if len(heads) == 1 and height == certified else None

        return wait_for(f"all nodes have the same head of {app}", agreed)


class NetworkTest(unittest.TestCase):
    """One network for all tests of the class."""

    nodes = 3
    options = ()  # of `bsn up`
    environment = {}  # of all that is run, beside that of the tests

    @classmethod
    def setUpClass(cls):
        cls.net = Network(cls.nodes)
        cls.net.options = cls.options
        cls.net.environment.update(cls.environment)
        cls.net.up()

    @classmethod
    def tearDownClass(cls):
        cls.net.kill()
