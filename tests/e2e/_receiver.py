"""Off-chain systems: somebody whom city nodes call back, and a reader of a WebSocket."""

import base64
import http.server
import json
import os
import socket
import threading
import time
from typing import NamedTuple

from _network import PATIENCE, wait_for


class Told(NamedTuple):
    path: str
    time: float
    json: dict
    content_type: str

    @property
    def body(self):
        return self.json["body"]


class Receiver:
    """Takes callbacks on a port of its own, and answers each path as it is told to."""

    def __init__(self, host="127.0.0.1", tls=None):
        """`tls`: an `ssl.SSLContext`, for https."""
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.answer(self)

            do_GET = do_POST

            def log_message(self, *words):
                pass

        self.all, self.answers, self.lock = [], {}, threading.Lock()
        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.scheme = "https" if tls else "http"
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, request):
        content = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        told = Told(request.path, time.monotonic(), json.loads(content or b"null"), request.headers.get("Content-Type"))
        with self.lock:
            self.all.append(told)
            # One answer for each call; the last one for all that follow.
            answers = self.answers.get(request.path, [(200, "success")])
            status, text = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(text):
            text = text()
        request.send_response(status)
        if 300 <= status < 400:
            request.send_header("Location", text)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text.encode())

    def url(self, path):
        host, port = self.server.server_address[:2]
        return f"{self.scheme}://{host}:{port}{path}"

    def told(self, path):
        with self.lock:
            return [one for one in self.all if one.path == path]

    def wait(self, path, count, seconds=PATIENCE):
        """What this path was told, once it was told so often."""
        return wait_for(f"{path} is told {count} times",
                        lambda: (lambda found: found if len(found) >= count else None)(self.told(path)), seconds)

    def set(self, path, *answers):
        with self.lock:
            self.answers[path] = list(answers)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class WebSocket:
    """Reads the messages of a WebSocket (RFC 6455), and sends short ones."""

    def __init__(self, port, target, headers=None):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        lines = [f"GET {target} HTTP/1.1", "Host: test", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13",
                 *(f"{name}: {value}" for name, value in (headers or {}).items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def send(self, value):
        """JSON as one text message."""
        data, mask = json.dumps(value).encode(), os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.socket.sendall(b"\x81" + size + mask + masked)

    def message(self):
        """The next text message as JSON; None once it is closed."""
        text = b""
        while True:
            first, second = self.file.read(2)
            size = second & 0x7f
            if size > 125:
                size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
            data = self.file.read(size)
            kind = first & 0x0f
            if kind == 8:
                return None
            if kind in (0, 1):
                text += data
                if first & 0x80:
                    return json.loads(text)

    def close(self):
        self.file.close()
        self.socket.close()
