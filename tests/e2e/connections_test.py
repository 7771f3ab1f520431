"""Ten thousand connections that say nothing cost a node less than 100 MB, and nobody else an answer."""

import re
import resource
import socket
import subprocess
import time
import unittest
from pathlib import Path

from _needs import skip
from _network import Network, binary, main, wait_for

COUNT = 10_000
MOST_BYTES = 100_000_000
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: node\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n"


def resident(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024


class TenThousand(unittest.TestCase):
    def setUp(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < COUNT + 2_000:
            skip(self, f"a process may open {hard} files here, which are too few for {COUNT} connections")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.net = Network(nodes=1)
        self.addCleanup(self.net.kill)
        self.sockets = []
        self.addCleanup(lambda: [one.close() for one in self.sockets])
        self.net.up()

    def deposit(self, content):
        (self.net.files / content).write_text(content)
        self.net.bsn("evidence", "deposit", content)

    def ask(self, target):
        connection = self.net.connection()
        self.addCleanup(connection.close)
        return connection.get(target)

    def connect(self):
        one = socket.create_connection(("127.0.0.1", self.net.port), timeout=60)
        self.sockets.append(one)
        return one

    def test_idle_connections(self):
        self.deposit("11")
        before = resident(self.net.pid())
        for number in range(COUNT):  # each has been used once, so nothing of a first request is missing
            one = self.connect()
            one.sendall(REQUEST)
            self.assertIn(b" 200 ", one.recv(4096).split(b"\r\n")[0], f"connection {number}")
        more = resident(self.net.pid()) - before
        print(f"\n{COUNT} connections: {more / 1e6:.1f} MB", flush=True)
        self.assertLess(more, MOST_BYTES)
        begin = time.monotonic()
        self.deposit("22")
        self.assertEqual(self.ask("/v1/status").status, 200)
        self.assertLess(time.monotonic() - begin, 10)
        oldest = self.sockets[0]  # they are not kept for ever, and this one is still there
        oldest.sendall(REQUEST)
        self.assertIn(b" 200 ", oldest.recv(4096).split(b"\r\n")[0])

    def test_half_requests_are_given_up(self):
        """Clients that begin a request and go on slowly lose their connection after a minute, whatever they send."""
        slow = [self.connect() for _ in range(1_000)]
        for one in slow:
            one.sendall(b"POST /v1/apps/evidence/transactions HTTP/1.1\r\nHost: node\r\nContent-Length: 1000\r\n\r\nx")
        self.deposit("33")

        def all_are_gone():
            text = self.ask("/metrics").body.decode()
            return float(re.search(r"^bsn_http_connections(?:{.*})? (\S+)$", text, re.M).group(1)) < 100

        end = time.monotonic() + 100
        while not all_are_gone():
            self.assertLess(time.monotonic(), end, "slow clients hold their connections")
            for one in slow:
                try:
                    one.send(b"x")
                except OSError:
                    pass
            time.sleep(5)


class Bounded(unittest.TestCase):
    def test_beyond_the_limit_the_answer_says_so(self):
        """A node that may open few files keeps some for itself, and says 503 to whom it cannot serve."""
        net = Network(nodes=1)
        self.addCleanup(net.kill)
        subprocess.run(["sh", "-c", "ulimit -n 600; exec \"$@\"", "sh", binary(), "up", "--nodes", "1", "--port",
                        str(net.port)], env=net.environment, cwd=net.files, check=True, stdout=subprocess.DEVNULL)
        sockets = []
        self.addCleanup(lambda: [one.close() for one in sockets])
        served, text = 0, b""
        while not text.startswith(b"HTTP/1.1 503"):
            one = socket.create_connection(("127.0.0.1", net.port), timeout=20)
            sockets.append(one)
            one.sendall(REQUEST)
            text = one.recv(4096)
            served += text.startswith(b"HTTP/1.1 200")
            self.assertLess(len(sockets), 600)
        self.assertGreater(served, 200)
        self.assertIn(b"\r\nRetry-After: ", text)
        self.assertIn(b"all the connections that it takes", text)
        while sockets:
            sockets.pop().close()
        connection = net.connection()
        self.addCleanup(connection.close)
        wait_for("the node takes connections again", lambda: connection.get("/healthz").status == 200)


if __name__ == "__main__":
    main()
