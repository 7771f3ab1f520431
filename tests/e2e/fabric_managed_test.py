"""Apps on Hyperledger Fabric whose peers and orderers our city nodes run: published, opened by the nodes themselves,
read through their gateways, used by Fabric's own command and its official client, upgraded, and opened again after all
kinds of ends. With Fabric 3.1 (BSN_FABRIC) four orderers agree by BFT.
"""

import base64
import hashlib
import json
import os
import random
import signal
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

from _fabric import client
from _managed import APP, NODES, SUFFIX, VERSION, VERSION_3, ManagedTest, description, processes
from _network import EXAMPLES, Network, main, wait_for


def fields(message):
    """Of a message of protobuf that has only numbers and bytes: (field, value) in their order."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value
    found = []
    while at < len(message):
        tag = number()
        assert tag & 7 in (0, 2), tag
        value = number()
        if tag & 7 == 2:
            value, at = message[at:at + value], at + value
        found.append((tag >> 3, value))
    return found


def header_and_envelopes(block):
    """Of a Fabric block as its peers send it: the header as it is hashed (ASN.1), and the transactions."""
    parts = dict(fields(block))
    header = {1: 0, 2: b"", **dict(fields(parts[1]))}  # the first block has no number and no block before it
    number = header[1].to_bytes(header[1].bit_length() // 8 + 1, "big")
    content = b"".join(bytes([tag, len(value)]) + value for tag, value in ((2, number), (4, header[2]), (4, header[3])))
    assert len(content) < 0x80  # so that one byte tells each length
    return bytes([0x30, len(content)]) + content, [value for field, value in fields(parts[2]) if field == 1]


class FabricManaged(ManagedTest):
    def test_the_app_says_who_is_on_its_channel(self):
        members = self.members()
        self.assertEqual(len(members), NODES)
        self.assertTrue(all(one["orders"] for one in members))
        shown = self.net.bsn("app", "show", APP).out
        self.assertIn(f"version {VERSION}, ordering by {'bft' if VERSION_3 else 'raft'}", shown)
        for one in members:
            self.assertIn(one["msp"], shown)
        self.assertIn(APP, self.net.bsn("status").out)

    def test_depositing_a_file_names_the_command_that_does_it_here(self):
        told = self.net.error("evidence", "deposit", EXAMPLES / "evidence-fabric.yaml", "--app", APP)
        self.assertIn(f"bsn call {APP} evidence deposit HASH", told["message"])
        hash_ = hashlib.sha256(b"no block is known").hexdigest()
        self.net.bsn("call", APP, "evidence", "deposit", hash_)
        self.assertRegex(self.net.bsn("evidence", "find", hash_, "--app", APP).out, r"Z +- +[0-9a-f]{64} ")

    def test_what_fabrics_own_command_deposits_is_found_through_all_gateways(self):
        digest = hashlib.sha256(b"by the peer command").hexdigest()
        self.assertEqual(self.find(digest), [])
        self.deposit(digest)
        for node in range(NODES):
            found = wait_for("the deposit is seen", lambda: self.find(digest, node=node))
            self.assertEqual(len(found), 1)
            self.assertEqual(found[0]["hash"], digest)

    def test_fabrics_own_command_and_ours_tell_the_same_of_blocks_transactions_and_answers(self):
        net = self.net
        member = self.members()[0]
        channel = f"app-{net.channel(APP).hex()}"
        digest = hashlib.sha256(b"told by both").hexdigest()
        transaction = self.deposit(digest)

        def found():
            ended = net.bsn("--json", "ledger", "tx", APP, transaction, status=None)
            return ended.json() if ended.status == 0 else None
        told = wait_for("the transaction is there", found)
        self.assertEqual((told["id"], told["contract"], told["function"], told["status"]),
                         (transaction, "evidence", "deposit", "success"))

        def the_same_end():
            latest = net.json("ledger", "block", APP, "latest")
            info = json.loads(self.peer(member, "channel", "getinfo", "-c", channel).split("Blockchain info: ")[1])
            hashes = [base64.b64decode(info[name]).hex() for name in ("currentBlockHash", "previousBlockHash")]
            same = (info["height"], *hashes) == (latest["height"] + 1, latest["hash"], latest["previous"])
            return latest["height"] if same else None
        # Another block may come between the questions.
        height = wait_for("both tell of the same last block", the_same_end, 10)

        for height in sorted({0, *range(max(0, height - 20), height + 1)}):
            ours = net.json("ledger", "block", APP, str(height))
            file = net.files / f"{height}.block"
            self.peer(member, "channel", "fetch", str(height), file, "-c", channel)
            header, envelopes = header_and_envelopes(file.read_bytes())
            self.assertEqual(base64.b64decode(ours["raw_header"]), header)
            self.assertEqual(ours["hash"], hashlib.sha256(header).hexdigest())
            if height == 0:
                self.assertEqual(ours["details"]["other"], [{"index": 0, "type": "CONFIG"}])
            others = {one["index"] for one in ours["details"].get("other", [])}  # those that call no contract
            calls = [envelope for index, envelope in enumerate(envelopes) if index not in others]
            self.assertEqual(len(ours["transactions"]), len(calls))
            for one, envelope in zip(ours["transactions"], calls):
                self.assertEqual(base64.b64decode(net.json("ledger", "tx", APP, one)["raw"]), envelope)
        self.assertIn(transaction, net.json("ledger", "block", APP, str(told["height"]))["transactions"])

        for function, words in (("find", [digest]), ("find", ["00" * 32]), ("history", [told["creator"], "", "5"])):
            theirs = self.peer(member, "chaincode", "query", "-C", channel, "-n", "evidence",
                               "-c", json.dumps({"function": function, "Args": words}))
            self.assertEqual(theirs.removesuffix("\n"), net.json("query", APP, "evidence", function, *words)["result"])

    @unittest.skipUnless(which("node"), "needs node (scripts/install-deps.sh)")
    def test_the_official_client_submits_reads_and_hears_events(self):
        client.install()
        digest = hashlib.sha256(b"by the official client").hexdigest()
        for number, member in enumerate(self.members()):
            official = self.official_client(member)
            if number == 0:
                self.assertEqual(official.submit("evidence", "deposit", digest, "by the client"), "")
            found, = wait_for("its peer has it", lambda: json.loads(official.evaluate("evidence", "find", digest)))
            self.assertEqual((found["hash"], found["metadata"]), (digest, "by the client"))
        self.assertEqual(self.find(digest), [found])  # through our gateway
        for way in (official.submit, official.evaluate):
            with self.assertRaises(client.Failed) as failed:
                way("evidence", "destroy")
            self.assertIn("destroy", str(failed.exception))
        with self.assertRaises(client.Failed) as failed:
            self.official_client(self.members()[0]).submit("evidence", "deposit", digest)
        self.assertEqual(failed.exception.name, "EndorseError")
        self.assertIn("already deposited by you", str(failed.exception))

        told = self.net.json("ledger", "tx", APP, found["transaction"])
        event, = official.ask("events", chaincode="evidence", count=1, **{"from": told["height"]})
        self.assertEqual((event["name"], event["transaction"], event["block"]),
                         ("bsn.events", found["transaction"], told["height"]))
        self.assertEqual(json.loads(event["payload"])[0]["topics"], [digest, found["owner"]])
        # What our gateway was told, the client hears as well.
        by_gateway = hashlib.sha256(b"for the official client").hexdigest()
        self.net.bsn("call", APP, "evidence", "deposit", by_gateway)
        found, = wait_for("its peer has it", lambda: json.loads(official.evaluate("evidence", "find", by_gateway)))
        height = self.net.json("ledger", "tx", APP, found["transaction"])["height"]
        event, = official.ask("events", chaincode="evidence", count=1, **{"from": height})
        self.assertIn(by_gateway, event["payload"])

    def test_a_contract_is_upgraded_and_never_downgraded(self):
        net = self.net
        net.bsn("--key", "operator", "call", APP, "kv", "set", json.dumps({"baseKey": "a", "baseValue": "1"}))
        self.assertIn("Invalid Request", net.error("query", APP, "kv", "list", "a")["message"])
        net.bsn("app", "upgrade", APP, "kv")
        chains = self.chains(APP)
        self.assertEqual([(chain["state"], chain.get("step", "")) for chain in chains], [("active", "")] * NODES)
        listed = net.json("query", APP, "kv", "list", "a")["result"]
        self.assertIn("1", listed)
        net.bsn("--key", "operator", "call", APP, "kv", "setMany", json.dumps([{"baseKey": "b", "baseValue": "2"}]))
        told = net.error("app", "upgrade", APP, "kv", "kv", "1")
        self.assertIn("contract kv is in version 2 already", told["message"])

    def test_a_peer_and_an_orderer_that_are_killed_come_back(self):
        for program in ("peer", "orderer"):
            place = Path("node2") / "fabric" / f"{program}{SUFFIX}"
            pid = processes(self.net.folder)[place]
            os.kill(pid, signal.SIGKILL)
            wait_for(f"the {program} runs again", lambda: processes(self.net.folder).get(place, pid) != pid)
        digest = hashlib.sha256(b"after the kill").hexdigest()

        self.deposit_in_the_end(digest)
        self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, node=1))), 1)

    def test_a_call_is_refused_while_too_few_peers_answer_and_is_done_once_they_go_on(self):
        peers = [processes(self.net.folder)[Path(f"node{node}") / "fabric" / f"peer{SUFFIX}"]
                 for node in (NODES - 1, NODES)]
        digest = hashlib.sha256(b"while two peers hang").hexdigest()
        self.deposit_in_the_end(hashlib.sha256(b"before two peers hang").hexdigest())  # so all are well
        for pid in peers:
            os.kill(pid, signal.SIGSTOP)
        try:
            ended = self.net.bsn("--json", "call", APP, "evidence", "deposit", digest, status=1)
            print(f"\nrefused after {ended.seconds:.1f} s: {ended.error()['message']}")
            self.assertEqual(ended.error()["code"], "unavailable")
            self.assertRegex(ended.error()["message"], "too few organisations endorse|came by enough organisations")
            self.assertLess(ended.seconds, 45)
            self.assertEqual(self.find(digest), [])  # reads need one peer only
        finally:
            for pid in peers:
                os.kill(pid, signal.SIGCONT)
        # Nothing of the refused call was sent: else this one would be told that the hash is deposited already.
        self.net.bsn("call", APP, "evidence", "deposit", digest)
        for node in range(NODES):
            self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, node=node))), 1)

    def test_calls_go_on_though_the_contract_is_refused_on_one_organisation(self):
        members = self.members()
        second = members[1]
        channel = f"app-{self.net.channel(APP).hex()}"
        installed = json.loads(self.peer(second, "lifecycle", "chaincode", "queryinstalled", "-O", "json"))
        package = next(one["package_id"] for one in installed["installed_chaincodes"] if one["label"] == "evidence-1")
        definition = ("--channelID", channel, "--name", "evidence", "--version", "1", "--sequence", "1",
                      *self.ordered(second, members))
        self.peer(second, "lifecycle", "chaincode", "approveformyorg", *definition)  # and runs it from no package
        self.addCleanup(self.peer, second, "lifecycle", "chaincode", "approveformyorg", *definition,
                        "--package-id", package)
        for number in range(2 * NODES):  # each begins with another peer
            digest = hashlib.sha256(f"refused by one, {number}".encode()).hexdigest()
            self.net.bsn("call", APP, "evidence", "deposit", digest)
        told = self.net.error("call", APP, "evidence", "deposit", digest)
        self.assertEqual(told["code"], "contract_failed")
        self.assertIn("deposited", told["message"])

    def test_calls_that_change_the_same_entry_at_once(self):
        def change(number):
            ended = self.net.bsn("--json", "call", APP, "kv", "set", json.dumps({"baseKey": f"own {number}", "baseValue": "1"}),
                                 status=None)
            self.assertEqual(ended.status, 0, ended.err)
            return self.net.bsn("--json", "call", APP, "kv", "update",
                                json.dumps({"baseKey": "hot", "baseValue": str(number)}), status=None)
        self.net.bsn("call", APP, "kv", "set", json.dumps({"baseKey": "hot", "baseValue": "first"}))
        with ThreadPoolExecutor() as pool:
            ended = list(pool.map(change, range(6)))
        done = {str(number) for number, one in enumerate(ended) if one.status == 0}
        for one in ended:
            if one.status != 0:
                self.assertIn("another transaction changed meanwhile", one.error()["message"])
        self.assertTrue(done)
        self.assertIn(self.net.json("query", APP, "kv", "get", "hot")["result"], done)

    def test_who_is_revoked_calls_nothing_any_more(self):
        net = self.net
        net.bsn("key", "new", "leaver")
        net.bsn("--key", "leaver", "app", "join", APP, "--role", "depositor")
        net.bsn("app", "approve", APP, "leaver")
        before = hashlib.sha256(b"before the revocation").hexdigest()
        net.bsn("--key", "leaver", "call", APP, "evidence", "deposit", before)
        leaver = next(key for key in net.json("key", "list")["keys"] if key["name"] == "leaver")["participant"]
        net.bsn("call", "system", "registry", "revoke_participant", leaver)
        # The certificate that its key was given is as good as before to the channel's peers.
        self.assertEqual(len(list(net.folder.glob("node*/fabric/participants/*.pem"))) > 0, True)
        told = net.error("--key", "leaver", "call", APP, "evidence", "deposit", hashlib.sha256(b"after it").hexdigest())
        self.assertIn(told["code"], ("forbidden", "unauthenticated"))
        self.assertEqual(len(self.find(before)), 1)

    def test_a_node_whose_programs_are_of_another_version_says_so(self):
        net = self.net
        old = net.files / "old"
        old.mkdir()
        for name in ("peer", "orderer", "configtxgen", "osnadmin"):
            (old / name).write_text("#!/bin/sh\nprintf 'peer:\\n Version: v2.4.9\\n'\n")
            (old / name).chmod(0o755)
        net.kill()
        self.addCleanup(self.come_back, net.environment["BSN_FABRIC"])
        net.environment["BSN_FABRIC"] = str(old)
        net.up()
        chain = wait_for("it says so", lambda: next((one for one in self.chains(APP) if one and one.get("alarm")), None))
        self.assertIn("is of Fabric 2.4.9; needed are programs of Fabric 2.5 or 3", chain["alarm"])
        self.assertIn("2.4.9", net.bsn("status", status=None).out)
        told = net.error("call", APP, "evidence", "deposit", hashlib.sha256(b"too old").hexdigest())
        self.assertEqual(told["code"], "unavailable")
        self.assertIn("2.4.9", told["message"])

    def come_back(self, programs):
        self.net.kill()
        self.net.environment["BSN_FABRIC"] = programs
        self.net.up()
        self.wait_until_open(APP)

    def test_a_killed_process_leaves_no_programs_behind_and_opens_its_apps_again(self):
        digest = hashlib.sha256(b"before the end").hexdigest()
        self.deposit_in_the_end(digest)
        self.assertEqual(len(processes(self.net.folder)), 2 * NODES)
        self.net.kill()
        wait_for("Fabric's programs end with the node", lambda: not processes(self.net.folder))
        begin = time.monotonic()
        self.net.up()
        self.wait_until_open(APP)
        opened = time.monotonic() - begin
        self.net.bsn("call", APP, "evidence", "deposit", hashlib.sha256(b"after a warm start").hexdigest())
        # How long it may take is judged by tests that run alone: fabric_faults_test, fabric_fresh_test.
        print(f"\nwarm start: open after {opened:.1f} s, the first deposit done after {time.monotonic() - begin:.1f} s")
        self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, node=2))), 1)

    def publish_without_waiting(self, app):
        file = self.net.files / f"{app}.yaml"
        file.write_text(description(app))
        self.net.bsn("app", "publish", file, "--no-wait")
        return random.Random(int(os.environ.get("BSN_SEED", "1")))

    def test_an_app_opens_though_peers_and_orderers_are_killed_meanwhile(self):
        app = "killed-programs"
        chance = self.publish_without_waiting(app)
        for _ in range(6):
            time.sleep(chance.uniform(0.1, 1.0))  # to be killed at another step each time
            running = processes(self.net.folder)
            os.kill(running[chance.choice(sorted(running))], signal.SIGKILL)
        self.wait_until_open(app)
        digest = hashlib.sha256(b"after programs were killed").hexdigest()
        self.deposit_in_the_end(digest, app=app)
        for node in range(NODES):
            self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, app=app, node=node))), 1)

    def test_an_app_opens_though_the_nodes_are_killed_again_and_again_meanwhile(self):
        app = "killed"
        chance = self.publish_without_waiting(app)
        for _ in range(4):
            time.sleep(chance.uniform(0.1, 2.5))  # to be killed at another step each time
            self.net.kill()
            self.net.up()
        self.wait_until_open(app)
        self.wait_until_open(APP)
        digest = hashlib.sha256(b"after all that").hexdigest()
        self.deposit_in_the_end(digest, app=app)
        self.assertEqual(len(wait_for("the deposit is seen", lambda: self.find(digest, app=app))), 1)


class WithoutPrograms(unittest.TestCase):
    def test_a_node_without_the_programs_says_what_to_do_and_does_everything_else(self):
        self.net = Network(1)
        empty = self.net.files / "empty"
        empty.mkdir()
        self.net.environment["BSN_FABRIC"] = str(empty)
        self.net.up()

        connection = self.net.connection()
        self.addCleanup(connection.close)

        def trouble():
            return connection.get("/v1/status").json().get("fabric_trouble")
        self.assertIn("BSN_FABRIC", wait_for("it says so", trouble))
        refused = self.net.error("app", "publish", EXAMPLES / f"{APP}.yaml")
        self.assertIn("there is no program `peer`", refused["message"])
        self.net.bsn("app", "publish", EXAMPLES / "kv.yaml")


if __name__ == "__main__":
    main()
