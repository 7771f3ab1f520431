"""Time stamps of receipts' blocks (RFC 3161), by an authority of OpenSSL's behind HTTP."""

import http.server
import subprocess
import threading

from _network import NetworkTest, main

CONFIGURATION = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = stamps
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
clock_precision_digits = 3
ess_cert_id_alg = sha256
"""


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    """A time stamp authority with a certificate authority of its own."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.configuration = folder / "openssl.cnf"
        self.configuration.write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl("req", "-x509", *key, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-days", "30",
                "-subj", f"/CN={folder.name} roots", "-config", self.configuration, "-extensions", "ca")
        openssl("req", *key, "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr",
                "-subj", f"/O=Tests/CN={folder.name}", "-config", self.configuration)
        openssl("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
                "-CAcreateserial", "-days", "30", "-extfile", self.configuration, "-extensions", "tsa",
                "-out", folder / "tsa.pem")

    def answer(self, query):
        (self.folder / "query").write_bytes(query)
        openssl("ts", "-reply", "-config", self.configuration, "-section", "one",
                "-queryfile", self.folder / "query", "-out", self.folder / "answer")
        return (self.folder / "answer").read_bytes()


class Handler(http.server.BaseHTTPRequestHandler):
    """/good, and authorities that do it wrong."""

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        authority, status = self.server.authority, 200
        if self.headers["Content-Type"] != "application/timestamp-query":
            status, body = 415, b""
        elif self.path == "/good?a=b":
            body = authority.answer(query)
        elif self.path == "/cut":
            body = authority.answer(query)[:-20]
        elif self.path == "/old":
            body = self.server.old
        elif self.path == "/page":
            body = b"<html>hello</html>"
        elif self.path == "/huge":
            body = bytes(1 << 20)
        else:
            status, body = 404, b"no"
        if self.path == "/good?a=b":
            self.server.old = body
        self.send_response(status)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class TimeStamps(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("a.txt", "b.txt"):
            (cls.net.files / name).write_text(name)
            cls.net.bsn("evidence", "deposit", name)
        (cls.net.files / "genesis.json").write_bytes(cls.net.genesis())
        cls.net.down()
        cls.authority = Authority(cls.net.files / "Stamps of the city")
        cls.other = Authority(cls.net.files / "other")
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.server.authority = cls.authority
        cls.thread = threading.Thread(target=cls.server.serve_forever)
        cls.thread.start()
        cls.stamped = cls.net.json("receipt", "timestamp", "a.txt.receipt.json", "--url", cls.url("/good?a=b"),
                                   "--tsa-ca", cls.authority.folder / "ca.pem")

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.thread.join()
        cls.server.server_close()
        super().tearDownClass()

    @classmethod
    def url(cls, path):
        return f"http://127.0.0.1:{cls.server.server_port}{path}"

    def stamp(self, path, *more, receipt="b.txt.receipt.json", status=1):
        return self.net.bsn("receipt", "timestamp", receipt, "--url", self.url(path), "--tsa-ca",
                            self.authority.folder / "ca.pem", *more, status=status)

    def verify(self, *more, receipt="a.txt.receipt.json", authority=None, status=0):
        return self.net.bsn("--json", "receipt", "verify", receipt, "--tsa-ca",
                            (authority or self.authority).folder / "ca.pem", *more, status=status)

    def test_it_is_told_with_the_receipt(self):
        self.assertEqual(self.stamped["file"], "a.txt.receipt.json.tsr")
        self.assertEqual(self.stamped["authority"], "CN=Stamps of the city,O=Tests")
        answer = self.verify().json()
        self.assertEqual(answer["time_stamp"]["time"], self.stamped["time"])
        self.assertGreaterEqual(answer["time_stamp"]["time"], answer["time"])
        said = self.net.bsn("receipt", "verify", "a.txt.receipt.json", "--tsa-ca",
                            self.authority.folder / "ca.pem").out
        self.assertIn(self.stamped["time_text"], said)
        self.assertNotIn("time_stamp", self.net.json("receipt", "verify", "a.txt.receipt.json"))

    def test_the_certificate_shows_it_and_openssl_agrees(self):
        text = self.net.bsn("evidence", "certificate", "a.txt", "--tsa-ca", self.authority.folder / "ca.pem",
                            "-o", "-").out
        self.assertIn(self.stamped["time_text"], text)
        self.assertIn("CN=Stamps of the city,O=Tests", text)
        self.assertNotIn("No time stamp", text)
        (self.net.files / "block.hash").write_bytes(bytes.fromhex(self.stamped["block"]))
        openssl("ts", "-verify", "-data", self.net.files / "block.hash", "-in",
                self.net.files / "a.txt.receipt.json.tsr", "-CAfile", self.authority.folder / "ca.pem")
        plain = self.net.bsn("evidence", "certificate", "a.txt", "-o", "-").out
        self.assertIn("No time stamp", plain)
        self.net.bsn("evidence", "certificate", "a.txt", "-o", "-", "--tsa-ca", self.other.folder / "ca.pem", status=1)

    def test_bad_ones_are_refused(self):
        self.assertIn("that you trust", self.verify(authority=self.other, status=1).error()["message"])
        ended = self.verify("--timestamp", "a.txt.receipt.json.tsr", receipt="b.txt.receipt.json", status=1)
        self.assertIn("another content", ended.error()["message"])
        good = (self.net.files / "a.txt.receipt.json.tsr").read_bytes()
        for name, data in (("cut.tsr", good[:-1]), ("empty.tsr", b""), ("longer.tsr", good + b"0"),
                           ("huge.tsr", bytes(1 << 20))):
            (self.net.files / name).write_bytes(data)
            self.assertEqual(self.verify("--timestamp", name, status=1).err.count("\n"), 1, name)
        self.verify("--timestamp", "none.tsr", status=1)
        self.net.bsn("receipt", "verify", "a.txt.receipt.json", "--timestamp", "a.txt.receipt.json.tsr", status=2)

    def test_bad_authorities_are_refused(self):
        file = self.net.files / "b.txt.receipt.json.tsr"
        for path in ("/cut", "/old", "/page", "/huge", "/nothing"):
            ended = self.stamp(path)
            self.assertEqual(ended.err.count("\n"), 1, ended.err)
            self.assertFalse(file.exists(), path)
        for url in ("ftp://a/b", "127.0.0.1", "http://", "http://a b/"):
            self.net.bsn("receipt", "timestamp", "b.txt.receipt.json", "--url", url, "--tsa-ca",
                         self.authority.folder / "ca.pem", status=1)
        self.assertFalse(file.exists())

    def test_nothing_is_overwritten(self):
        self.assertIn("a.txt.receipt.json.tsr", self.stamp("/good?a=b", receipt="a.txt.receipt.json").err)
        self.stamp("/good?a=b", "--force", "-o", "again.tsr", status=0)
        self.stamp("/good?a=b", "--force", "-o", "again.tsr", status=0)

    def test_forged_receipts_are_not_stamped(self):
        text = (self.net.files / "b.txt.receipt.json").read_text()
        at = text.index('"transaction": "') + 200
        (self.net.files / "forged.json").write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:])
        self.stamp("/good?a=b", "-o", "forged.tsr", receipt="forged.json")
        self.assertFalse((self.net.files / "forged.tsr").exists())


if __name__ == "__main__":
    main()
