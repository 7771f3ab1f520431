"""People who speak the published protocol of city-node gateways; OpenSSL signs for them."""

import base64
import json
import subprocess
import tempfile

from _network import VECTORS, NetworkTest

import curves

SUCCESS = "处理成功"
ORDER = {
    "secp256r1": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
    "secp256k1": 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141,
}
FISCO = "/api/fiscobcos/v1/node/"
FABRIC = "/api/fabric/v1/node/"
# What the protocol has, as its documents say: tests/vectors/README.md.
ENDPOINTS = {row["path"]: row for row in json.loads((VECTORS / "published-endpoints.json").read_text())}
ANYTHING = {"text": "x", "number": 1, "texts": ["x"], "map": {"x": "y"}, "json": "[]"}


def whole_body(path, values):
    """A body with all fields that the endpoint has, and what is signed of it; something for what `values` lacks."""
    body, signed = {}, ""
    for field in ENDPOINTS[path]["fields"]:
        name, _, kind = field.partition(":")
        value = values.get(name, ANYTHING[kind or "text"])
        if isinstance(value, int) and not kind:
            value = str(value)
        body[name] = value
        if isinstance(value, list):
            signed += "".join(value)
        elif isinstance(value, dict):
            signed += "".join(key + one for key, one in value.items())
        else:
            signed += str(value)
    return body, signed


def openssl(*arguments, data):
    return subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, check=True).stdout


def integer(number):
    data = number.to_bytes((number.bit_length() + 8) // 8, "big")
    return b"\x02" + bytes([len(data)]) + data


def low(der, suite):
    """The same signature with the lower of its two s."""
    size = der[3]
    r, s = int.from_bytes(der[4:4 + size], "big"), int.from_bytes(der[6 + size:], "big")
    s = min(s, ORDER[suite] - s)
    numbers = integer(r) + integer(s)
    return b"\x30" + bytes([len(numbers)]) + numbers


class Client:
    """Someone who speaks the protocol; OpenSSL signs."""

    def __init__(self, net, name, app, suite):
        self.net, self.app, self.suite = net, app, suite
        self.key = net.home / "keys" / f"{name}.pem"
        self.user = next(key for key in net.json("key", "list")["keys"] if key["name"] == name)["participant"]

    def mac(self, text):
        data = text.encode()
        if self.suite == "sm2":
            with tempfile.NamedTemporaryFile() as file:  # OpenSSL signs SM2 in one go, of a file
                file.write(curves.sm3(data))
                file.flush()
                der = openssl("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", self.key, "-pkeyopt",
                              "distid:1234567812345678", "-in", file.name, data=b"")
        else:
            der = low(openssl("dgst", "-sha256", "-sign", self.key, data=data), self.suite)
        return base64.b64encode(der).decode()

    def ask_whole(self, path, values, node=0):
        """A request with all fields that the endpoint has."""
        body, signed = whole_body(path, values)
        return self.ask(path, signed, node, **body)

    def ask(self, path, fields="", node=0, **body):
        """What comes back; `fields`: of the body, as they are signed."""
        request = {"header": {"userCode": self.user, "appCode": self.app}, "body": body,
                   "mac": self.mac(self.user + self.app + fields)}
        connection = self.net.connection(node)
        answer = connection.request("POST", path, json.dumps(request).encode(), {})
        connection.close()
        assert answer.status == 200, answer
        return answer.json()


class Published(NetworkTest):
    def publish(self, file, name, keys, suite):
        self.net.bsn("app", "publish", file)
        self.net.bsn("app", "gateway", name, "--published", "yes", "--keys", keys)
        self.net.channel(name)
        self.net.bsn("key", "new", name, "--suite", suite)
        self.net.bsn("--key", name, "app", "join", name, "--role", "user")
        self.net.bsn("app", "approve", name, name)
        return Client(self.net, name, name, suite)

    def good(self, answer):
        self.assertEqual(answer["header"], {"code": 0, "msg": SUCCESS}, answer)
        self.assertTrue(answer["mac"])
        return answer["body"]
