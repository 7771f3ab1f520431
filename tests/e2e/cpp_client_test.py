"""The C++ client: installed, found by CMake, and its example against three city nodes that come and go."""

import http.server
import json
import shutil
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path

from _needs import needs
from _network import EXAMPLES, REPOSITORY, NetworkTest, binary, main, scratch, wait_for

BUILD = Path(binary()).resolve().parents[1]
PATIENCE = 600  # seconds for a build


@needs((BUILD / "libbsn_client.a").exists(), "needs the target bsn_client built beside the program")
class CppClient(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        net = cls.net
        prefix, build = scratch().folder / "prefix", scratch().folder / "example"
        for words in (["cmake", "--install", BUILD, "--component", "client", "--prefix", prefix],
                      ["cmake", "-S", REPOSITORY / "clients" / "cpp" / "example", "-B", build,
                       f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release"],
                      ["cmake", "--build", build]):
            done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE)
            assert done.returncode == 0, done.stdout + done.stderr
        cls.program = build / "example"
        # What is installed is all that it takes: no header of ours but these.
        headers = sorted(str(file.relative_to(prefix / "include")) for file in (prefix / "include").rglob("*.hpp"))
        assert headers == ["bsn/base/result.hpp", "bsn/client.hpp"], headers
        shutil.rmtree(prefix)

        cls.genesis = net.files / "genesis.json"
        cls.genesis.write_bytes(net.genesis())
        net.bsn("app", "publish", EXAMPLES / "kv.yaml")
        net.channel("kv")
        net.bsn("key", "new", "owner")
        net.bsn("--key", "owner", "app", "join", "kv", "--role", "writer")
        net.bsn("app", "approve", "kv", "owner")
        connection = net.connection(1)
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        net.bsn("--key", "owner", "custody", "grant", "kv", "--city-node", node)
        wait_for("the user is made", lambda: net.bsn(
            "--key", "owner", "custody", "add", "kv", "till", status=None).status == 0)

    def run_it(self, *words, status=0, urls=None, genesis=None, wait=True):
        urls = urls or [f"http://127.0.0.1:{self.net.port + node}" for node in range(self.net.nodes)]
        words = [self.program, genesis or self.genesis, self.net.home / "keys" / "owner.pem", "kv", ",".join(urls),
                 *map(str, words)]
        if not wait:
            return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status in (0, 2) else done.stderr

    @staticmethod
    def value(base, value="1"):
        return json.dumps({"baseKey": base, "baseValue": value})

    def test_calls_with_a_key_of_ones_own(self):
        told = self.run_it("call", "set", self.value("a", "one"))
        self.assertTrue(told.startswith("success "), told)
        self.assertIn("receipt crash-fault quorum 2 of 3", told)
        self.assertEqual(self.run_it("query", "get", "a"), "one\n")
        self.assertIn("refused ", self.run_it("call", "set", self.value("a", "two"), status=2))

    def test_invocations_happen_once(self):
        first = self.run_it("invoke", "till", "order 1", "set", self.value("b"))
        self.assertEqual(self.run_it("invoke", "till", "order 1", "set", self.value("b")), first)
        self.assertTrue(self.run_it("invoke", "till", "order 1", "set", self.value("c"), status=1)
                        .startswith("duplicate: "))

    def test_the_next_gateway_is_asked(self):
        dead = "http://127.0.0.1:1"
        live = f"http://127.0.0.1:{self.net.port + 1}"
        self.assertTrue(self.run_it("call", "set", self.value("d"), urls=[dead, live]).startswith("success "))
        # Only the second of these keeps the key.
        other = f"http://127.0.0.1:{self.net.port}"
        self.assertTrue(self.run_it("invoke", "till", "order 2", "set", self.value("e"), urls=[dead, other, live])
                        .startswith("success "))
        self.assertTrue(self.run_it("query", "get", "d", urls=[dead], status=1).startswith("unavailable: "))

    def test_a_node_that_the_genesis_does_not_vouch_for_is_not_believed(self):
        """A proxy on the way that changes an answer."""
        port = self.net.port

        class Liar(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = urllib.request.Request(f"http://127.0.0.1:{port}{self.path}", body or None,
                                                 {k: v for k, v in self.headers.items() if k != "Host"},
                                                 method=self.command)
                with urllib.request.urlopen(request) as answer:
                    text = answer.read().replace(b'"aG9uZXN0"', b'"bGllcw=="')
                    self.send_response(answer.status)
                    for name in ("Content-Type", "BSN-Answer-Signature"):
                        if answer.headers[name]:
                            self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = handle_any

            def log_message(self, *words):
                pass

        self.run_it("call", "set", self.value("f", "honest"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        liar = f"http://127.0.0.1:{server.server_port}"
        self.assertTrue(self.run_it("query", "get", "f", urls=[liar], status=1).startswith("bad_signature: "))
        honest = f"http://127.0.0.1:{port}"
        self.assertEqual(self.run_it("query", "get", "f", urls=[liar, honest]), "honest\n")

    def test_a_silent_gateway_leaves_time_for_the_others(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            live = f"http://127.0.0.1:{self.net.port}"
            self.assertTrue(self.run_it("call", "set", self.value("g"), urls=[url, live]).startswith("success "))

    def test_z_events_go_on_over_a_restart(self):
        def write(key):
            return self.net.json("--key", "owner", "call", "kv", "kv", "set", self.value(key))

        done = [write("z0")]
        listener = self.run_it("events", done[0]["height"], 3, wait=False)
        self.addCleanup(lambda: listener.poll() is None and listener.kill())
        told = [listener.stdout.readline()]
        self.net.kill()
        self.net.up()
        done += [write("z1"), write("z2")]
        try:
            more, _ = listener.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            listener.kill()
            self.fail("events did not come: " + listener.communicate()[0])
        told += more.splitlines()
        self.assertEqual([line.split()[-1] for line in told], [one["transaction"] for one in done])


if __name__ == "__main__":
    main()
