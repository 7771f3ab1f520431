"""An app that is flooded with reads takes its share of a node and not its neighbour's: queries, receipts, reads by the
published protocol. Each flood is beside the same quiet app, and is compared with how that fared alone in the same run.
Floods of writes, with a limit and without one: metering_test."""

import json
import re
import socket
import threading
import time

from _network import EXAMPLES, PATIENCE, main, wait_for
from _published import FABRIC, Published, whole_body
from _transactions import Channel, Key, submit

SECONDS = 4
CONNECTIONS = 16
AT_ONCE = 8  # requests that a connection sends before it reads their answers
END = re.compile(rb"HTTP/1\.1 (\d\d\d) ")


class Flood:
    """Sends the same request without a pause by many connections, and counts answers by their status."""

    def __init__(self, port, method, target, body=b"", headers=None):
        lines = [f"{method} {target} HTTP/1.1", "Host: node", f"Content-Length: {len(body)}",
                 *(f"{name}: {value}" for name, value in (headers or {}).items())]
        self.request = ("\r\n".join([*lines, "", ""])).encode() + body
        self.port, self.over, self.answers, self.mutex = port, threading.Event(), {}, threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(CONNECTIONS)]

    def __enter__(self):
        self.begin = time.monotonic()
        for thread in self.threads:
            thread.start()
        wait_for("the flood is there", lambda: sum(self.answers.values()) > CONNECTIONS * AT_ONCE)
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.rate = sum(self.answers.values()) / (time.monotonic() - self.begin)

    def run(self):
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        rest = b""
        while not self.over.is_set():
            connection.sendall(self.request * AT_ONCE)
            for _ in range(AT_ONCE):
                status, rest = self.answer(connection, rest)
                with self.mutex:
                    self.answers[status] = self.answers.get(status, 0) + 1
        connection.close()

    @staticmethod
    def answer(connection, data):
        """The status of the next answer, and what was read beyond it."""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", head).group(1))
        while len(body) < length:
            body += connection.recv(65536)
        return int(END.match(head).group(1)), body[length:]


class Neighbours(Published):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel, cls.key = cls.app(cls, "quiet")
        net = cls.net
        # Everybody may read this one, so that a flood needs no signatures of the test's.
        cls.app(cls, "crowd", "  - name: everybody\n    public: true\n    functions: ['*']\n")
        cls.receipt = net.json("--key", "crowd", "call", "crowd", "kv", "set",
                               '{"baseKey":"here","baseValue":"1"}')["transaction"]
        file = net.files / "open.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", "name: pub\ndesc")
                        .replace("name: writer", "name: user"))
        cls.client = cls.publish(cls, file, "pub", "trust", "secp256r1")
        cls.fares(cls)  # warm

    def app(self, name, roles=""):
        file = self.net.files / f"{name}.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", f"name: {name}\ndesc") + roles)
        self.net.bsn("app", "publish", file)
        channel = Channel.of(self.net, name)
        self.net.bsn("key", "new", name)
        self.net.bsn("--key", name, "app", "join", name, "--role", "writer")
        self.net.bsn("app", "approve", name, name)
        key = Key.load(self.net.home / "keys" / f"{name}.pem")
        connection = self.net.connection()
        wait_for("the member may write", lambda: submit(connection, name, channel.transaction(
            key, "kv", "set", [json.dumps({"baseKey": f"{time.monotonic_ns()}", "baseValue": "1"})])).status == 200)
        connection.close()
        return channel, key

    def fares(self):
        """Of the quiet app, by one client that writes and reads in turn: calls a second, and the median of each in ms."""
        connection, writes, reads = self.net.connection(), [], []
        target = "/v1/apps/quiet/height"
        begin = time.monotonic()
        while time.monotonic() < begin + SECONDS:
            argument = json.dumps({"baseKey": f"{time.monotonic_ns()}", "baseValue": "1"})
            transaction = self.channel.transaction(self.key, "kv", "set", [argument])
            headers = self.channel.authorization(self.key, "GET", target)
            start = time.monotonic()
            answer = submit(connection, "quiet", transaction)
            written = time.monotonic()
            assert answer.status == 200, answer
            assert connection.get(target, headers=headers).status == 200
            writes.append(written - start)
            reads.append(time.monotonic() - written)
        connection.close()
        took = sum(writes) + sum(reads)
        return 2 * len(writes) / took, 1000 * sorted(writes)[len(writes) // 2], 1000 * sorted(reads)[len(reads) // 2]

    def beside(self, name, flood):
        alone = self.fares()
        with flood:
            beside = self.fares()
        print(f"\n  {name}: the quiet app alone {alone[0]:.0f} calls/s, write {alone[1]:.1f} ms, read {alone[2]:.1f} ms; "
              f"beside {flood.rate:.0f}/s {beside[0]:.0f} calls/s, write {beside[1]:.1f} ms, read {beside[2]:.1f} ms ... ",
              end="")
        self.assertEqual(set(flood.answers), {200}, "the flood was no such calls")
        self.assertGreater(flood.rate, 300, "it was no flood")
        # Generous: the machine has two cores or so, of which this test takes one for itself.
        self.assertGreater(beside[0], alone[0] / 6, "the quiet app was starved")
        self.assertLess(beside[1], 10 * alone[1] + 100)
        self.assertLess(beside[2], 10 * alone[2] + 100)

    def test_queries(self):
        body = json.dumps({"contract": "kv", "function": "get", "arguments": ["here"]}).encode()
        self.beside("queries", Flood(self.net.port, "POST", "/v1/apps/crowd/query", body, {"Content-Type": "application/json"}))

    def test_receipts(self):
        self.beside("receipts", Flood(self.net.port, "GET", f"/v1/apps/crowd/transactions/{self.receipt}/receipt"))

    def test_published_reads(self):
        body, signed = whole_body(FABRIC + "getLedgerInfo", {})
        request = {"header": {"userCode": self.client.user, "appCode": "pub"}, "body": body,
                   "mac": self.client.mac(self.client.user + "pub" + signed)}
        self.beside("published reads", Flood(self.net.port, "POST", FABRIC + "getLedgerInfo", json.dumps(request).encode()))


if __name__ == "__main__":
    main()
