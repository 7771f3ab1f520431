"""The official Go SDK of city-node gateways, unmodified, for members of apps: tests/conformance/pcn_go_sdk."""

import base64
import json
import subprocess
import sys

from _network import REPOSITORY, needs
from _published import SUCCESS, Published, curves

sys.path.insert(0, str(REPOSITORY / "tests" / "conformance" / "pcn_go_sdk"))
import sdk  # noqa: E402

# The curve of each suite, and what stands before a point in the DER of a public key.
CURVES = {
    "sm2": (curves.SM2P256V1, "301306072a8648ce3d020106082a811ccf5501822d"),
    "secp256r1": (curves.SECP256R1, "301306072a8648ce3d020106082a8648ce3d030107"),
    "secp256k1": (curves.SECP256K1, "301006072a8648ce3d020106052b8104000a"),
}


def public_key(suite, key):
    """PEM of a public key; the SDK takes points with both coordinates only."""
    curve, algorithm = CURVES[suite]
    point = b"".join(number.to_bytes(32, "big") for number in curves.point_of(curve, key))
    body = bytes.fromhex(algorithm + "03420004") + point
    text = base64.encodebytes(b"\x30" + bytes([len(body)]) + body).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n"


def is_misread(key):
    """Whether a key file's public key has a second coordinate that begins with a zero byte: of SM2, the library of the
    SDK leaves that byte out of what it hashes, so that its signatures are nobody's. One key of 256."""
    key = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], stdout=subprocess.PIPE, check=True)
    return key.stdout[-32] == 0


@needs(sdk.go(), "needs go (scripts/install-engines.sh)")
class GoSdk(Published):
    options = ("--callbacks", "127.0.0.0/8")

    @classmethod
    def setUpClass(cls):
        sdk.build()
        cls.start()
        cls.at = next((at for at in range(cls.net.nodes) if cls.save_keys(at)), 0)

    @classmethod
    def save_keys(cls, at):
        """Those of a node, as the SDK takes them; says whether it takes them all."""
        connection = cls.net.connection(at)
        cls.node = connection.get("/v1/status").json()
        nodes = connection.get("/v1/nodes").json()["nodes"]
        connection.close()
        keys = next(one for one in nodes if one["id"] == cls.node["node"])["keys"]
        for suite, key in keys.items():
            (cls.net.files / f"gateway-{suite}.pem").write_text(public_key(suite, bytes.fromhex(key)))
        return curves.point_of(curves.SM2P256V1, bytes.fromhex(keys["sm2"]))[1] >> 248 != 0

    @classmethod
    def start(cls):
        super().setUpClass()

    def publish(self, file, name, keys, suite):
        client = super().publish(file, name, keys, suite)
        while suite == "sm2" and is_misread(client.key):
            self.net.bsn("key", "rotate", name)
        return client

    def open(self, client, family, **other):
        """The SDK for a member, by their access key and the node's own key."""
        wanted = {"user": client.user, "app": client.app, "key": client.key,
                  "gateway_key": self.net.files / f"gateway-{client.suite}.pem"} | other
        self.opened = getattr(self, "opened", 0) + 1
        made = sdk.Sdk(self.net.files / f"{self.id()}-{self.opened}", family, f"http://127.0.0.1:{self.net.port + self.at}",
                       **wanted)
        self.addCleanup(made.close)
        return made

    def done(self, answer, mac=True):
        """The body of an answer that the SDK takes for a success, whose mac it finds to be the gateway's."""
        self.assertNotIn("error", answer)
        self.assertEqual(answer["answer"]["header"], {"code": 0, "msg": SUCCESS}, answer)
        self.assertIs(answer["mac_holds"], mac, answer)
        return answer["answer"].get("body")

    def refused(self, answer, words):
        """Of an answer that the SDK hands on as a failure; its mac, too, is the gateway's."""
        self.assertNotIn("error", answer)
        self.assertEqual(answer["answer"]["header"]["code"], -1, answer)
        self.assertIn(words, answer["answer"]["header"]["msg"])
        self.assertIs(answer["mac_holds"], True, answer)

    def app(self, sdk_client):
        self.assertIsNone(sdk_client.error)
        return tuple(sdk_client.app[name] for name in ("AppType", "CAType", "AlgorithmType", "ChannelId"))

    def ledger(self, client, *words):
        """Our own API, asked by the same member."""
        return self.net.json("--key", client.app, "ledger", *words)

    def events(self, client, wanted, listed_mac):
        """Registers, lists and removes; whether a list's mac holds is told."""
        self.refused(client.call("EventRegister", wanted | {"notifyUrl": "http://10.0.0.1/told", "attachArgs": ""}),
                     "callbacks do not go to")
        wanted = wanted | {"notifyUrl": "http://127.0.0.1:9/told", "attachArgs": "a=1"}
        event = self.done(client.call("EventRegister", wanted))["eventId"]
        self.assertEqual(len(event), 32)

        def listed():
            body = self.done(client.call("EventQuery"), mac=listed_mac)
            return (body["blockEvent"] or []) + (body["contractEvent"] or []) if isinstance(body, dict) else body or []

        self.assertEqual([(one["eventId"], one["notifyUrl"], one["attachArgs"]) for one in listed()],
                         [(event, wanted["notifyUrl"], "a=1")])
        self.refused(client.call("EventRemove", {"eventId": "ab" * 16}), "no registration")
        self.done(client.call("EventRemove", {"eventId": event}))
        self.assertNotIn(event, json.dumps(client.call("EventQuery")))
