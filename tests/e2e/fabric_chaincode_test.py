"""Our contracts on real peers of Fabric: `bsn chaincode serve`, asked by the official client of Fabric's gateway."""

import hashlib
import json
import threading
from shutil import which

from _fabric import FabricTest, client, free_ports, participant_of
from _needs import needs
from _network import main, wait_for

HUNDREDS = 200  # transactions at once


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def call(chaincode, function, *arguments):
    return {"chaincode": chaincode, "function": function, "arguments": arguments}


class ChaincodeTest(FabricTest):
    @classmethod
    def setUpClass(cls):
        client.install()
        super().setUpClass()
        cls.user = cls.gateway()


@needs(which("node"), "needs node (scripts/install-deps.sh)")
class Evidence(ChaincodeTest):
    """Each peer has a service of its own, as organisations have."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.deploy_contract("evidence", "evidence", services=3)
        cls.owner = participant_of(cls.fabric.members[0].folder / "user" / "certificate.pem")

    def deposit(self, content, metadata=""):
        hash_text = digest(content)
        self.assertEqual(self.user.submit("evidence", "deposit", hash_text, metadata), "")
        return hash_text

    def history(self, owner=None):
        """All deposits of an owner, page by page."""
        found, start = [], ""
        while start is not None:
            page = json.loads(self.user.evaluate("evidence", "history", owner or self.owner, start, "70"))
            found, start = found + page["entries"], page["next"]
        return found

    def test_deposit_and_read(self):
        hash_text = self.deposit("合同", "第一份")
        found, = json.loads(self.user.evaluate("evidence", "find", hash_text))
        self.assertEqual((found["hash"], found["owner"], found["metadata"]), (hash_text, self.owner, "第一份"))
        self.assertEqual(json.loads(self.user.evaluate("evidence", "get", hash_text, self.owner)), found)
        self.assertIn(found, self.history())
        for peer in range(3):  # the same on all, as Fabric's own command reads it
            wait_for("the peer has the block", lambda peer=peer: self.fabric.query("evidence", "find", hash_text, by=peer)
                     != "[]")
            self.assertEqual(json.loads(self.fabric.query("evidence", "find", hash_text, by=peer)), [found])

    def test_peer_command_deposits(self):
        hash_text = digest("by the peer command")
        self.fabric.invoke("evidence", "deposit", hash_text, by=1)
        found, = json.loads(self.fabric.query("evidence", "find", hash_text, by=1))
        self.assertEqual(found["owner"], participant_of(self.fabric.members[1].folder / "user" / "certificate.pem"))

    def test_second_deposit_is_refused(self):
        hash_text = self.deposit("once")
        with self.assertRaises(client.Failed) as failed:
            self.user.submit("evidence", "deposit", hash_text)
        self.assertEqual(failed.exception.name, "EndorseError")
        self.assertIn("already deposited by you", str(failed.exception))
        self.assertEqual(len(json.loads(self.user.evaluate("evidence", "find", hash_text))), 1)

    def test_wrong_words_are_refused(self):
        for function, arguments, sentence in (("destroy", (), "destroy"), ("deposit", ("ab",), "64 hexadecimal digits"),
                                              ("deposit", (), "HASH"), ("find", (digest("x").upper(),), "upper case")):
            for way in (self.user.submit, self.user.evaluate):
                with self.assertRaises(client.Failed) as failed:
                    way("evidence", function, *arguments)
                self.assertIn(sentence, str(failed.exception))

    def test_hashes_of_all_bytes(self):
        """Keys of Fabric are texts: zero bytes and bytes above 127 must come back as they were."""
        for byte in (0x00, 0x01, 0x7F, 0x80, 0xC3, 0xED, 0xFE, 0xFF):
            hash_text = f"{byte:02x}" * 32
            self.user.submit("evidence", "deposit", hash_text)
            found, = json.loads(self.user.evaluate("evidence", "find", hash_text))
            self.assertEqual(found["hash"], hash_text)

    def test_event(self):
        hash_text = self.deposit("told")
        transaction = json.loads(self.user.evaluate("evidence", "find", hash_text))[0]["transaction"]
        block = self.block_of(transaction)
        events = self.user.ask("events", chaincode="evidence", count=1, **{"from": block})
        self.assertEqual([(one["name"], one["transaction"]) for one in events], [("bsn.events", transaction)])
        self.assertEqual(json.loads(events[0]["payload"]),
                         [{"name": "deposited", "topics": [hash_text, self.owner], "data": ""}])

    def block_of(self, transaction):
        """The number of the block that has a transaction: by looking from the first one on."""
        count = 1
        while True:
            last = self.user.ask("events", chaincode="evidence", count=count)[-1]
            if last["transaction"] == transaction:
                return last["block"]
            count += 1

    def test_of_two_at_once_one_is_taken(self):
        hash_text = digest("two at once")
        codes = self.user.ask("race", transactions=[call("evidence", "deposit", hash_text)] * 2)
        self.assertEqual(codes, [0, client.MVCC_READ_CONFLICT])
        self.assertEqual(len(json.loads(self.user.evaluate("evidence", "find", hash_text))), 1)

    def test_many_at_once(self):
        hashes = [digest(f"many {number}") for number in range(HUNDREDS)]
        answers = self.user.ask("submitAll", transactions=[call("evidence", "deposit", one, "") for one in hashes])
        self.assertEqual(answers, [{"answer": ""}] * HUNDREDS)
        self.assertLessEqual(set(hashes), {entry["hash"] for entry in self.history()})

    def test_batch(self):
        entries = [{"hash": digest(f"batch {number}"), "metadata": str(number)} for number in range(500)]
        self.user.submit("evidence", "depositBatch", json.dumps(entries))
        kept = {entry["hash"]: entry["metadata"] for entry in self.history()}
        for entry in entries:
            self.assertEqual(kept[entry["hash"]], entry["metadata"])
        with self.assertRaises(client.Failed) as failed:  # all or nothing
            self.user.submit("evidence", "depositBatch", json.dumps([{"hash": digest("new"), "metadata": ""}, entries[7]]))
        self.assertIn("entry 1: already deposited", str(failed.exception))
        self.assertEqual(self.user.evaluate("evidence", "find", digest("new")), "[]")

    def test_service_is_killed(self):
        """Nothing that was acknowledged is lost, and the service is used again as soon as it is back."""
        acknowledged, tried = [], 0
        stop = threading.Event()

        def load():
            nonlocal tried
            user = self.gateway()
            while not stop.is_set():
                batch = [digest(f"killed {tried + number}") for number in range(10)]
                tried += len(batch)
                answers = user.ask("submitAll", transactions=[call("evidence", "deposit", one, "") for one in batch])
                acknowledged.extend(one for one, answer in zip(batch, answers) if "answer" in answer)

        loading = threading.Thread(target=load)
        loading.start()
        try:
            wait_for("deposits are taken", lambda: len(acknowledged) >= 20)
            self.contracts[0].kill()
            before = tried
            wait_for("more was tried", lambda: tried >= before + 20)
            with self.assertRaises(Exception) as failed:
                self.fabric.query("evidence", "find", digest("x"), by=0)
            self.assertIn("connection refused", str(failed.exception))
            self.assertEqual(self.fabric.query("evidence", "find", digest("x"), by=1), "[]")
            self.contracts[0].start()
            self.assertEqual(self.fabric.query("evidence", "find", digest("x"), by=0), "[]")
            count = len(acknowledged)
            wait_for("deposits are taken again", lambda: len(acknowledged) >= count + 20)
        finally:
            stop.set()
            loading.join()
        kept = {entry["hash"] for entry in self.history()}
        self.assertLessEqual(set(acknowledged), kept)

    def test_peer_is_killed(self):
        """Two of three organisations are a majority."""
        self.deposit("before the peer is killed")
        self.fabric.kill("peer3")
        hash_text = self.deposit("while the peer is down")
        self.fabric.restart("peer3")
        wait_for("the peer has caught up",
                 lambda: self.fabric.query("evidence", "find", hash_text, by=2) != "[]")
        self.deposit("after the peer came back")


@needs(which("node"), "needs node (scripts/install-deps.sh)")
class OtherContracts(ChaincodeTest):
    def test_kv(self):
        """One service for all peers."""
        service, = self.deploy_contract("kv", "kv")

        def pair(key, value):
            return json.dumps({"baseKey": key, "baseValue": value})

        def value_of(key):
            return self.user.evaluate("kv", "get", key)

        self.assertEqual(self.user.submit("kv", "set", pair("甲", "一")), "SUCCESS")
        self.assertEqual(self.user.submit("kv", "update", pair("甲", "二")), "SUCCESS")
        self.assertIn("二", value_of("甲"))
        self.assertEqual(len(json.loads(self.user.evaluate("kv", "getHistory", "甲"))), 2)
        events = self.user.ask("events", chaincode="kv", count=2)
        self.assertEqual([event["name"] for event in events], ["event_set", "event_update"])
        for first in (0, 40, 80):  # more in all than a page of a peer
            many = [{"baseKey": f"page {i:03}", "baseValue": str(i)} for i in range(first, first + 40)]
            self.user.submit("kv", "setMany", json.dumps(many))
        listed = json.loads(self.user.evaluate("kv", "list", "page ", "", "200"))
        self.assertEqual([entry["baseKey"] for entry in listed["entries"]], [f"page {i:03}" for i in range(120)])
        self.assertEqual(self.user.submit("kv", "delete", "甲"), "SUCCESS")
        with self.assertRaises(client.Failed):
            value_of("甲")
        service.process.terminate()  # with three peers that are connected
        self.assertEqual(service.process.wait(10), 0)

    def test_tls_both_ways(self):
        member = self.fabric.members[0]
        authority, peer = member.tls_authority.certificate, self.fabric.peers[0].identity / "tls"
        service = member.identity("contracts", "client") / "tls"
        self.deploy_contract(
            "sealed", "evidence",
            package_words=("--tls-ca", authority, "--client-cert", peer / "certificate.pem",
                           "--client-key", peer / "key.pem"),
            serve_words=("--tls-cert", service / "certificate.pem", "--tls-key", service / "key.pem",
                         "--client-ca", authority))
        self.user.submit("sealed", "deposit", digest("sealed"))
        self.assertEqual(len(json.loads(self.user.evaluate("sealed", "find", digest("sealed")))), 1)

    def test_chaincode_of_the_official_shim(self):
        """What runs beside ours on the same peers."""
        self.deploy_assets()
        self.assertEqual(json.loads(self.user.submit("assets", "create", "a", "org1", "5"))["value"], 5)
        self.user.submit("assets", "give", "a", "org2")
        self.assertEqual(json.loads(self.user.evaluate("assets", "all")), [{"id": "a", "owner": "org2", "value": 5}])
        self.assertEqual(json.loads(self.fabric.query("assets", "read", "a", by=2))["owner"], "org2")
        with self.assertRaises(client.Failed) as failed:
            self.user.submit("assets", "create", "a", "org1", "5")
        self.assertIn("exists already", str(failed.exception))


if __name__ == "__main__":
    main()
