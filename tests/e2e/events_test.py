"""Events: callbacks by the published protocol, and streams from any height."""

import base64
import hashlib
import http.client
import json
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from _network import EXAMPLES, PATIENCE, main
from _published import Client, Published, curves
from _receiver import Receiver, WebSocket
from _transactions import Channel, Key

EVENTS = "/api/fabric/v1/chainCode/event/"
FISCO_EVENTS = "/api/fiscobcos/v1/event/"
PUBLISHED_ORDER = ("chainCode", "orgCode", "eventKey", "eventId", "attachArgs", "eventName", "txId", "payload",
                   "blockNumber", "nonceStr")


TOPIC = "b3" * 32


def logger(suite):
    """The code of a contract that logs, whatever it is called with: the number 42, under one topic. Behind its end it
    pushes the selector of `deposit()`, by which our command finds for which hash a contract was compiled."""
    selector = hashlib.new("sm3", b"deposit()").hexdigest()[:8] if suite == "sm2" else "d0e30db0"
    return "603180600b6000396000f3" + f"602a6000527f{TOPIC}60206000a100" + "63" + selector


def self_signed(folder, name, address):
    """A certificate that vouches for itself, for an address; where it is, and what a server shows."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}", "-keyout", key,
                    "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


class Events(Published):
    options = ("--callbacks", "127.0.0.0/8")

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="bsn-events-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        trusted, cls.trusted_tls = self_signed(cls.folder, "trusted", "127.0.0.1")
        cls.environment = {"SSL_CERT_FILE": str(trusted)}
        super().setUpClass()
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)
        file = cls.net.files / "kv.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: writer", "name: user"))
        cls.client = cls.publish(cls, file, "kv", "trust", "secp256r1")
        cls.made = 0

    def call(self):
        """A transaction with the event `event_set`; its key, and where it is."""
        Events.made += 1
        key = f"key{self.made}"
        done = self.net.json("--key", "kv", "call", "kv", "kv", "set", json.dumps({"baseKey": key, "baseValue": "1"}))
        return key, done

    def register(self, path, key="event_set", attached="", client=None, node=0, url=None):
        url = url or self.receiver.url(path)
        client = client or self.client
        return client.ask(EVENTS + "register", "kv" + key + url + attached, node=node, chainCode="kv", eventKey=key,
                          notifyUrl=url, attachArgs=attached)

    def registered(self, *arguments, **more):
        return self.good(self.register(*arguments, **more))["eventId"]

    def listed(self, client=None, node=0):
        return self.good((client or self.client).ask(EVENTS + "query", node=node))

    def remove(self, event, client=None, node=0):
        return (client or self.client).ask(EVENTS + "remove", event, node=node, eventId=event)

    def gateway_key(self, suite="secp256r1", node=0):
        connection = self.net.connection(node)
        own = connection.get("/v1/status").json()["node"]
        keys = next(one for one in connection.get("/v1/nodes").json()["nodes"] if one["id"] == own)["keys"]
        connection.close()
        return own, bytes.fromhex(keys[suite])

    def check_mac(self, told, fields, suite="secp256r1"):
        _, key = self.gateway_key(suite)
        header = told.json["header"]
        message = (header["userCode"] + header["appCode"] + fields).encode()
        der = base64.b64decode(told.json["mac"])
        size = der[3]
        r, s = int.from_bytes(der[4:4 + size], "big"), int.from_bytes(der[6 + size:], "big")
        if suite == "sm2":
            curve = curves.SM2P256V1
            good = curves.verify_sm2(curve, curves.point_of(curve, key), curves.sm3(message), r, s)
        else:
            curve = curves.SECP256R1 if suite == "secp256r1" else curves.SECP256K1
            good = curves.verify_ecdsa(curve, curves.sha256, curves.point_of(curve, key), message, r, s)
        self.assertTrue(good, "the mac is not the gateway's")

    def test_1_callbacks_in_the_published_form(self):
        event = self.registered("/told", attached="abc=1")
        url = self.receiver.url("/blocks")
        blocks = self.good(self.client.ask(EVENTS + "blockRegister", url, chainCode="", eventKey="", notifyUrl=url,
                                           attachArgs=""))["eventId"]
        node, _ = self.gateway_key()
        self.assertEqual([(one["eventId"], one["eventKey"], one["notifyUrl"], one["attachArgs"], one["orgCode"],
                           one["chainCode"], one.get("eventType")) for one in self.listed()],
                         [(event, "event_set", self.receiver.url("/told"), "abc=1", node, "kv", None),
                          (blocks, "", url, "", node, "", "block")])
        key, done = self.call()
        told = self.receiver.wait("/told", 1)[0]
        self.assertEqual(told.json["header"], {"userCode": self.client.user, "appCode": "kv"})
        self.assertEqual(told.content_type, "application/json")
        self.assertEqual(tuple(told.body), PUBLISHED_ORDER)
        self.assertEqual(
            (told.body["chainCode"], told.body["orgCode"], told.body["eventKey"], told.body["eventId"],
             told.body["attachArgs"], told.body["eventName"], told.body["txId"]),
            ("kv", node, "event_set", event, "abc=1", "event_set", done["transaction"]))
        self.assertEqual(told.body["blockNumber"], done["height"])
        self.assertEqual(json.loads(base64.b64decode(told.body["payload"]))["baseKey"], key)
        self.assertEqual(len(told.body["nonceStr"]), 32)
        self.check_mac(told, "".join(str(value) for value in told.body.values()))
        block = self.receiver.wait("/blocks", 1)[0]
        self.assertEqual([block.body[name] for name in ("chainCode", "eventName", "txId")], [None] * 3)
        self.check_mac(block, "".join(str(value) for value in block.body.values() if value is not None))
        self.call()
        self.receiver.wait("/told", 2)
        for each in (event, blocks):
            self.assertIsNone(self.good(self.remove(each)))
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.remove(event)["header"]["code"], -1)
        told = len(self.receiver.all)
        self.call()
        time.sleep(0.5)
        self.assertEqual(len(self.receiver.all), told, "a removed registration was told")

    def test_2_told_again_with_the_same_nonce_until_success(self):
        self.receiver.set("/flaky", (500, "success"), (200, "no"), (200, '{"answer":"success"}'))
        event = self.registered("/flaky")
        self.registered("/prompt")
        self.receiver.set("/redirect", (302, self.receiver.url("/elsewhere")))
        self.registered("/redirect")
        self.call()
        self.receiver.wait("/flaky", 1)
        self.call()
        # Nobody waits for those that fail.
        self.receiver.wait("/prompt", 2, seconds=3)
        told = self.receiver.wait("/flaky", 4)
        self.assertEqual([one.body for one in told[:3]], [told[0].body] * 3)
        self.assertNotEqual(told[3].body["nonceStr"], told[0].body["nonceStr"])
        self.assertAlmostEqual(told[1].time - told[0].time, 3, delta=1.5)
        self.assertAlmostEqual(told[2].time - told[0].time, 12, delta=1.5)
        self.assertEqual(self.receiver.told("/elsewhere"), [], "a redirection was followed")
        self.assertGreaterEqual(len(self.receiver.told("/redirect")), 2)
        connection = self.net.connection()
        metrics = connection.get("/metrics").body.decode()
        connection.close()
        values = dict(line.split(" ") for line in metrics.splitlines() if line.startswith("bsn_callback"))
        self.assertGreaterEqual(int(values["bsn_callbacks_told_total"]), 4)
        self.assertGreaterEqual(int(values["bsn_callbacks_retried_total"]), 3)
        for one in self.listed():
            self.remove(one["eventId"])
        self.assertTrue(event)

    def test_3_nothing_is_lost_by_a_kill(self):
        self.receiver.set("/late", (500, "down"))
        event = self.registered("/late")
        key, done = self.call()
        first = self.receiver.wait("/late", 1)[0]
        self.net.kill()
        self.receiver.set("/late", (200, "success"))
        self.net.up()
        self.net.channel("kv")
        again = self.receiver.wait("/late", 2)[1]
        self.assertEqual(again.body, first.body)
        self.assertEqual(again.body["blockNumber"], done["height"])
        self.assertEqual([one["eventId"] for one in self.listed()], [event])
        self.call()
        self.receiver.wait("/late", 3)
        self.assertIsNone(self.good(self.remove(event)))
        self.net.kill()
        self.net.up()
        self.net.channel("kv")
        self.assertEqual(self.listed(), [])

    def test_4_others_see_and_remove_nothing(self):
        event = self.registered("/mine")
        self.net.bsn("key", "new", "second", "--suite", "secp256r1")
        self.net.bsn("--key", "second", "app", "join", "kv", "--role", "user")
        self.net.bsn("app", "approve", "kv", "second")
        second = Client(self.net, "second", "kv", "secp256r1")
        self.assertEqual(self.listed(second), [])
        self.assertIn("no registration", self.remove(event, second)["header"]["msg"])
        # Of another app: a member of that one is none of this one, and has this one's events by neither.
        file = self.net.files / "other.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: writer", "name: user")
                        .replace("name: kv\ndesc", "name: other\ndesc"))
        tenant = self.publish(file, "other", "trust", "secp256r1")
        self.assertEqual(self.listed(tenant), [])
        self.assertIn("no registration", self.remove(event, tenant)["header"]["msg"])
        tenant.app = "kv"
        for answer in (self.register("/stolen", client=tenant), self.remove(event, tenant),
                       tenant.ask(EVENTS + "query")):
            self.assertIn("no member", answer["header"]["msg"])
            self.assertIsNone(answer["body"])
        # Whoever leaves the app is told no more.
        told = len(self.receiver.told("/second"))
        self.registered("/second", client=second)
        self.net.bsn("app", "remove", "kv", "second")
        self.call()
        self.receiver.wait("/mine", 1)
        time.sleep(0.5)
        self.assertEqual(len(self.receiver.told("/second")), told)
        self.good(self.remove(event))

    def test_5_callbacks_do_not_reach_inside(self):
        port = self.receiver.server.server_address[1]
        for url in ("http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", f"http://[::1]:{port}/",
                    "http://192.168.1.1/", "http://[fe80::1]/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/",
                    "http://[64:ff9b::10.0.0.1]/"):
            refused = self.register("", url=url)
            self.assertEqual(refused["header"]["code"], -1)
            self.assertIn("callbacks do not go to", refused["header"]["msg"])
        for url in ("ftp://127.0.0.1/", "file:///etc/passwd", "http://user@127.0.0.1/", "http://127.0.0.1/#x",
                    "http://127.0.0.1/ x", "http://"):
            self.assertIn("http://HOST", self.register("", url=url)["header"]["msg"])
        self.assertIn("cannot connect", self.register("", url="http://no-such-host.invalid/")["header"]["msg"])
        self.assertIn("regular expression", self.register("/x", key="(")["header"]["msg"])
        self.assertEqual(self.listed(), [])
        for name in range(16):
            self.registered(f"/many{name}")
        self.assertIn("as many", self.register("/many")["header"]["msg"])
        for one in self.listed():
            self.good(self.remove(one["eventId"]))

    def test_5b_callbacks_over_tls(self):
        _, unknown = self_signed(self.folder, "unknown", "127.0.0.1")
        for tls, heard in ((self.trusted_tls, True), (unknown, False)):
            receiver = Receiver(tls=tls)
            self.addCleanup(receiver.close)
            event = self.registered("/tls", url=receiver.url("/tls"))
            sure = self.registered("/sure")
            before = len(self.receiver.told("/sure"))
            self.call()
            self.receiver.wait("/sure", before + 1)
            if heard:
                self.assertEqual(receiver.wait("/tls", 1)[0].body["eventId"], event)
            else:
                time.sleep(1)
                self.assertEqual(receiver.all, [], "a receiver was told whom nobody vouches for")
            for each in (event, sure):
                self.good(self.remove(each))

    def test_6_fisco(self):
        for suite in ("secp256k1", "sm2"):
            with self.subTest(suite):
                self.fisco(suite)

    def fisco(self, suite):
        app = f"notary-{suite}"
        text = (EXAMPLES / "fisco.yaml").read_text().replace("name: notary", f"name: {app}")
        text = text.replace("suite: secp256k1", f"suite: {suite}").replace("accounts: open ", "accounts: members ")
        text = text.replace("group: 1 ", f"group: {3 if suite == 'sm2' else 2} ")
        file = self.net.files / "fisco.yaml"
        file.write_text(text + "roles:\n  - name: user\n    functions: ['*']\n")
        client = self.publish(file, app, "trust", suite)
        connection = self.net.connection()
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        self.net.bsn("--key", app, "app", "custodian", app, node)
        self.good(client.ask("/api/fiscobcos/v1/user/register", "bob", userId="bob"))
        url = self.receiver.url("/" + app)
        event = self.good(client.ask(FISCO_EVENTS + "register", f"1{url}a=1", eventType=1, contractAddress="",
                                     contractName="", notifyUrl=url, attachArgs="a=1"))["eventId"]
        tables = "0x0000000000000000000000000000000000001001"
        of_contract = self.good(client.ask(FISCO_EVENTS + "register", f"2{tables}{url}2", eventType=2,
                                           contractAddress=tables, contractName="", notifyUrl=url + "2",
                                           attachArgs=""))["eventId"]
        unknown = client.ask(FISCO_EVENTS + "register", f"2nobody{url}", eventType=2, contractName="nobody",
                             notifyUrl=url)
        self.assertIn("no contract is registered", unknown["header"]["msg"])
        listed = self.good(client.ask(FISCO_EVENTS + "query"))
        self.assertEqual([one["eventId"] for one in listed["blockEvent"]], [event])
        self.assertEqual([(one["eventId"], one["contractAddress"]) for one in listed["contractEvent"]],
                         [(of_contract, tables)])
        values = json.dumps(["t_base", "base_id", "base_key,base_value"])
        create = "createTable(string,string,string) returns (int256)"
        done = self.good(client.ask("/api/fiscobcos/v1/node/reqChainCode", "bob" + tables + create + values,
                                    userId="bob", contractName=tables, funcName=create, funcParam=values))
        told = self.receiver.wait("/" + app, 1)[0]
        self.assertEqual(tuple(told.body), ("eventId", "orgCode", "appCode", "attachArgs", "nonceStr", "eventType",
                                            "eventData"))
        self.assertEqual(json.loads(told.body["eventData"]),
                         {"appId": app, "blockNumber": done["blockNumber"], "eventType": 1,
                          "groupId": 3 if suite == "sm2" else 2})
        self.check_mac(told, "".join(str(value) for value in told.body.values()), suite)
        of_logger = self.logged(app, client, url + "3", suite)
        for each in (event, of_contract, of_logger):
            self.good(client.ask(FISCO_EVENTS + "remove", each, eventId=each))

    def logged(self, app, client, url, suite):
        """A contract's event reaches whoever registered for its address; the registration."""
        (self.net.files / "logger.abi").write_text(json.dumps(
            [{"type": "function", "name": "deposit", "inputs": [], "outputs": [], "stateMutability": "nonpayable"}]))
        (self.net.files / "logger.bin").write_text(logger(suite))
        self.net.bsn("contract", "pack", "Logger", "--abi", "logger.abi", "--code", "logger.bin")
        address = self.net.json("--key", app, "contract", "deploy", app, "Logger.contract.json", "logger")["address"]
        event = self.good(client.ask(FISCO_EVENTS + "register", f"2{address}{url}", eventType=2,
                                     contractAddress=address, contractName="", notifyUrl=url,
                                     attachArgs=""))["eventId"]
        done = self.good(client.ask("/api/fiscobcos/v1/node/reqChainCode", "bob" + address + "deposit()" + "[]",
                                    userId="bob", contractName=address, funcName="deposit()", funcParam="[]"))
        told = self.receiver.wait(url[url.rindex("/"):], 1)[0]
        self.assertEqual((told.body["eventId"], told.body["eventType"]), (event, 2))
        data = json.loads(told.body["eventData"])
        self.assertEqual((data["contractAddress"], data["topics"], int(data["data"], 16), data["logIndex"]),
                         (address.lower(), ["0x" + TOPIC], 42, 0))
        self.assertEqual((data["txId"], data["blockNumber"]), (done["txId"], done["blockNumber"]))
        self.check_mac(told, "".join(str(value) for value in told.body.values()), suite)
        return event

    # --- streams

    def stream(self, query, headers=None):
        channel = Channel.of(self.net, "kv")
        key = Key.load(self.net.home / "keys" / "kv.pem")
        target = "/v1/apps/kv/events" + query
        return target, channel.authorization(key, "GET", target) | (headers or {})

    def server_sent(self, query, count, **headers):
        """The ids of the first events, and the heights that were said between."""
        target, headers = self.stream(query, {name.replace("_", "-"): value for name, value in headers.items()})
        connection = http.client.HTTPConnection("127.0.0.1", self.net.port, timeout=PATIENCE)
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        ids = []
        while len(ids) < count:
            line = answer.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                ids.append(line[4:])
        connection.close()
        return ids

    def messages(self, query, count):
        target, headers = self.stream(query)
        reader = WebSocket(self.net.port, target, headers)
        self.assertEqual(reader.status, 101)
        events, height = [], None
        while len(events) < count:
            message = reader.message()
            events += message["events"]
            height = message["height"]
        reader.close()
        return [one["id"] for one in events], height

    def test_7_streams_from_any_height_on(self):
        places = [self.call()[1] for _ in range(5)]
        heights = [place["height"] for place in places]
        everything = self.server_sent("?from=0", self.made)
        self.assertEqual([int(one.split("-")[0]) for one in everything[-5:]], heights)
        self.assertEqual(self.messages("?from=0", self.made)[0], everything)
        # Resumed by the id of an event, in the middle, and by height.
        self.assertEqual(self.server_sent("?from=0", 2, Last_Event_ID=everything[-3]), everything[-2:])
        self.assertEqual(self.server_sent(f"?from={heights[2]}", 3), everything[-3:])
        ids, height = self.messages(f"?from={heights[1]}", 4)
        self.assertEqual((ids, height >= heights[4]), (everything[-4:], True))
        # What comes while nobody reads, also over a kill, is there for whoever goes on from their cursor.
        self.net.kill()
        self.net.up()
        self.net.channel("kv")
        later = self.call()[1]["height"]
        self.assertEqual([int(one.split("-")[0]) for one in self.messages(f"?from={height + 1}", 1)[0]], [later])
        target, _ = self.stream("?from=0")
        stranger = Channel.of(self.net, "kv").authorization(Key.new(), "GET", target)
        for headers, refusals in ((None, (401,)), (stranger, (401, 403))):
            reader = WebSocket(self.net.port, target, headers)
            reader.close()
            self.assertIn(reader.status, refusals)


if __name__ == "__main__":
    main()
