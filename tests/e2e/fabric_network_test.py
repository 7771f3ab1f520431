"""Apps on a network of Hyperledger Fabric that others run: published by its users' connection profile, called in the
name of city nodes and with certificates of its own, read, proved; with identities that are missing, wrong or expired.
"""

import json
import shutil
import subprocess
import time
from datetime import datetime, timedelta, timezone

from _joined import APP, CHAINCODE, JoinedTest, digest
from _network import main, wait_for
from _transactions import Channel, Key


class FabricNetworkApps(JoinedTest):
    client_tls = True  # of peers and orderers

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deploy_contract(CHAINCODE, "evidence")
        cls.join(0, 1)  # the third node has no identity there

    def call(self, *words, key="own"):
        return self.net.json("--key", key, "call", APP, "evidence", *words)

    def find(self, hash_, node=0):
        url = f"http://127.0.0.1:{self.net.port + node}"
        return json.loads(self.net.json("--node", url, "query", APP, "evidence", "find", hash_)["result"])

    # --- tests

    def test_a_deposit_in_the_nodes_name_is_found_everywhere_and_proved(self):
        hash_ = digest("contract.pdf")
        done = self.call("deposit", hash_, "", "--receipt", "deposit.proof")
        for node in (0, 1, 2):  # the third hands it on
            self.assertEqual([one["hash"] for one in self.find(hash_, node)], [hash_])
        self.assertIn(hash_, self.fabric.query(CHAINCODE, "find", hash_))  # by Fabric's own command
        organisations = self.net.files / "organisations.json"
        organisations.write_text(self.net.bsn("fabric", "organisations", APP).out)
        verified = self.net.json("receipt", "verify", self.net.files / "deposit.proof", "--organisations", organisations)
        self.assertEqual((verified["transaction"], verified["contract"], verified["arguments"][0], verified["success"]),
                         (done["transaction"], CHAINCODE, hash_, True))
        ignored = self.net.bsn("receipt", "verify", "deposit.proof", "--organisations", organisations, "--tsa-ca", "a.pem",
                               status=2)
        self.assertIn("--tsa-ca is for a receipt of the network's own ledger", ignored.err)
        self.net.bsn("receipt", "fetch", APP, done["transaction"], "-o", "again.proof")
        broken = bytearray((self.net.files / "again.proof").read_bytes())
        broken[broken.index(hash_.encode())] ^= 1
        (self.net.files / "again.proof").write_bytes(broken)
        self.net.bsn("receipt", "verify", "again.proof", "--organisations", organisations, status=1)
        connection = self.net.connection()
        self.addCleanup(connection.close)
        own = Key.load(self.net.home / "keys" / "own.pem")
        told = Channel.of(self.net, APP).get(connection, own, f"/v1/apps/{APP}/transactions/{done['transaction']}")
        self.assertEqual((told.status, told.json()["contract"], told.json()["function"]), (200, "evidence", "deposit"),
                         told.body)
        shown = self.net.bsn("app", "show", APP).out
        self.assertIn(f"evidence: chaincode {CHAINCODE}", shown)
        self.assertIn("Org2MSP", shown)

    def test_refusals_are_told(self):
        hash_ = digest("once")
        self.call("deposit", hash_)
        told = self.net.error("--key", "own", "call", APP, "evidence", "deposit", hash_)
        self.assertEqual(told["code"], "contract_failed")
        self.assertIn("deposited", told["message"])
        told = self.net.error("query", APP, "evidence", "deposit", digest("as a query"))
        self.assertIn(told["code"], ("forbidden", "unauthenticated", "invalid_argument"))
        told = self.net.error("--key", "own", "query", APP, "evidence", "deposit", digest("as a query"))
        self.assertIn("writes", told["message"])
        self.net.bsn("key", "new", "stranger")
        told = self.net.error("--key", "stranger", "call", APP, "evidence", "deposit", digest("no member"))
        self.assertIn(told["code"], ("forbidden", "unauthenticated"))
        told = self.net.error("--key", "own", "call", APP, "other", "deposit", digest("x"))
        self.assertIn(told["code"], ("forbidden", "not_found"))

    def test_an_idempotency_key_is_one_transaction(self):
        owner, channel = Key.load(self.net.home / "keys" / "own.pem"), Channel.of(self.net, APP)
        target = f"/v1/apps/{APP}/invocations"
        connection = self.net.connection()
        self.addCleanup(connection.close)

        def invoke(hash_):
            body = json.dumps({"contract": "evidence", "function": "deposit", "arguments": [hash_],
                               "idempotency_key": "order 1"}).encode()
            return connection.request("POST", target, body, headers={
                **channel.authorization(owner, "POST", target, body), "Content-Type": "application/json"})
        first = invoke(digest("order 1"))
        self.assertEqual(first.status, 200, first.body)
        again = invoke(digest("order 1"))
        self.assertEqual((again.status, again.json()["id"]), (200, first.json()["id"]), again.body)
        other = invoke(digest("order 2"))
        self.assertEqual((other.status, other.json()["error"]["code"]), (409, "duplicate"), other.body)

    def test_who_has_a_certificate_of_the_network_signs(self):
        user = next(one for one in self.description["organizations"] if one["name"] == "org2")["user"]
        self.net.bsn("key", "import", "member", user["key"])
        words = ("call", APP, "evidence", "deposit")
        own = ("--msp-id", "Org2MSP", "--certificate", user["certificate"])
        told = self.net.error("--key", "member", *words, digest("early"), *own)
        self.assertEqual(told["code"], "forbidden")  # no member of the app yet
        self.net.bsn("--key", "member", "app", "join", APP, "--role", "depositor")
        self.net.bsn("app", "approve", APP, "member")
        hash_ = digest("signed by its depositor")
        self.net.json("--key", "member", *words, hash_, *own)
        participant = self.net.json("key", "show", "member")["participant"]
        self.assertEqual(self.find(hash_)[0]["owner"], participant)
        # Another's certificate; and one that the channel does not take.
        self.assertIn("another key", self.net.error("--key", "own", *words, digest("x"), *own)["message"])
        wrong = ("--msp-id", "Org3MSP", "--certificate", user["certificate"])
        told = self.net.error("--key", "member", *words, digest("x"), *wrong)
        self.assertIn("Org3MSP", told["message"])
        self.assertIn("access denied", told["message"])

    def test_an_expired_certificate_signs_nothing(self):
        self.expired()
        folder = self.net.files / "expired"
        self.net.bsn("key", "import", "late", folder / "key.pem")
        self.net.bsn("--key", "late", "app", "join", APP, "--role", "depositor")
        self.net.bsn("app", "approve", APP, "late")
        told = self.net.error("--key", "late", "call", APP, "evidence", "deposit", digest("late"), "--msp-id", "Org3MSP",
                              "--certificate", folder / "certificate.pem")
        self.assertIn("expired", told["message"])
        self.assertEqual(self.find(digest("late")), [])

    def test_nodes_issue_no_certificates_of_others(self):
        connection = self.net.connection()
        self.addCleanup(connection.close)
        answer = connection.get(f"/v1/apps/{APP}/certificate")
        self.assertEqual(answer.status, 400, answer.body)
        self.assertIn("others", answer.json()["error"]["message"])
        told = self.net.error("app", "gateway", APP, "--published", "yes", "--keys", "upload")
        self.assertIn("own authority issues", told["message"])
        self.assertNotIn("upload", str(self.net.json("app", "show", APP)))

    def test_a_node_without_identity_says_what_is_missing(self):
        state = self.state(2)
        self.assertEqual((state["state"], state["step"]), ("opening", "get an identity"))
        self.assertIn("has no identity", state["alarm"])
        self.assertIn(f"bsn fabric identity add {APP}", state["alarm"])

    def test_identities_are_checked_before_they_are_taken(self):
        add = ("fabric", "identity", "add", APP, "--folder", self.nodes[2])
        good, other = self.identity("org1"), self.identity("org2")
        told = self.net.error(*add, *good[:4], *other[4:])
        self.assertIn("not that of the certificate", told["message"])
        told = self.net.error(*add, "--msp-id", "Org9MSP", *good[2:])
        self.assertIn("Org9MSP is no member organisation of channel contracts", told["message"])
        told = self.net.error(*add, "--msp-id", "Org2MSP", *good[2:])
        self.assertIn("not one that Org2MSP takes", told["message"])
        listed = self.net.json("fabric", "identity", "list")["identities"]
        self.assertEqual([(one["app"], one["msp_id"], one["good"]) for one in listed], [(APP, "Org1MSP", True)] * 2)

    def test_a_wrong_identity_is_named_and_a_good_one_taken_up_without_a_restart(self):
        self.publish("renewed")
        file = self.nodes[2] / "fabric" / "identities" / "renewed.json"
        self.add_identity(2, "org3", "renewed")
        self.wait_until_open(2, "renewed")
        good = json.loads(file.read_text())
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        # Not of the organisation that it says; peers refuse it, and the node says why.
        file.write_text(json.dumps(good | {"msp_id": "Org2MSP"}))
        wait_for("the refusal is told", lambda: "not one that Org2MSP takes" in self.state(2, "renewed").get("alarm", ""))
        # One that has expired.
        file.write_text(json.dumps(good | self.expired()))
        wait_for("it is told", lambda: "expired at" in self.state(2, "renewed").get("alarm", ""))
        if self.client_tls:  # one that servers do not connect with
            file.write_text(json.dumps(good | {"tls_certificate": "", "tls_key": ""}))
            wait_for("it is told", lambda: "TLS certificate" in self.state(2, "renewed").get("alarm", ""))
        file.write_text("{}")
        wait_for("it is told", lambda: "add it anew" in self.state(2, "renewed").get("alarm", ""))
        file.write_text(json.dumps(good))
        wait_for("it is taken up", lambda: self.state(2, "renewed")["state"] == "active"
                 and not self.state(2, "renewed").get("alarm") and self.state(2, "renewed")["height"] > 0)
        self.net.bsn("fabric", "identity", "remove", "renewed", "--folder", self.nodes[2])
        wait_for("it is gone", lambda: "has no identity" in self.state(2, "renewed").get("alarm", ""))

    def expired(self):
        """A certificate of the third organisation that was valid yesterday."""
        member = self.fabric.members[2]
        folder = self.net.files / "expired"
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        now = datetime.now(timezone.utc)
        settings = folder / "ca.cnf"
        (folder / "index").touch()
        settings.write_text(
            f"[ca]\ndefault_ca = it\n[it]\ndatabase = {folder}/index\nnew_certs_dir = {folder}\nrand_serial = yes\n"
            "default_md = sha256\npolicy = any\nx509_extensions = leaf\n[any]\norganizationName = supplied\n"
            "organizationalUnitName = supplied\ncommonName = supplied\n[leaf]\nkeyUsage = critical,digitalSignature\n"
            "[req]\ndistinguished_name = name\n[name]\n")
        words = [["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", settings,
                  "-subj", "/O=org3/OU=client/CN=late", "-keyout", folder / "key.pem", "-out", folder / "request.pem"],
                 ["openssl", "ca", "-batch", "-config", settings, "-cert", member.authority.certificate, "-keyfile",
                  member.authority.key, "-in", folder / "request.pem", "-out", folder / "certificate.pem", "-notext",
                  "-startdate", (now - timedelta(days=2)).strftime("%Y%m%d%H%M%SZ"),
                  "-enddate", (now - timedelta(days=1)).strftime("%Y%m%d%H%M%SZ")]]
        for command in words:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        return {"certificate": (folder / "certificate.pem").read_text(), "key": (folder / "key.pem").read_text()}

    def test_descriptions_are_checked(self):
        def publish(**change):
            return self.net.error("app", "publish", self.app_file("bad", **change))["message"]
        self.assertIn("is of channel contracts, not other", publish(channel="channel: other"))
        self.assertIn("nowhere.block", publish(configuration="configuration: nowhere.block"))
        profile = self.profile(0)
        profile["peers"]["peer1"]["url"] = "grpc://localhost:1"
        (self.net.files / "bad.json").write_text(json.dumps(profile))
        file = self.app_file("bad")
        file.write_text(file.read_text().replace("connection-org1.json", "bad.json"))
        self.assertIn("without TLS", self.net.error("app", "publish", file)["message"])

    def test_a_reader_fetches_the_configuration_when_it_is_published(self):
        reader = dict(zip(("msp_id", "certificate", "key", "tls_certificate", "tls_key"),
                          (self.identity("org1") + self.shown("org1"))[1::2]))
        told = self.publish("fetched", configuration=f"reader: {json.dumps(reader)}")
        self.assertIn("members Org1MSP, Org2MSP, Org3MSP; orderers of OrderingMSP", told)
        one, two = (json.loads(self.net.bsn("fabric", "organisations", app).out) for app in (APP, "fetched"))
        self.assertEqual(one, two)

    def test_z_a_killed_peer_is_passed_over(self):
        self.fabric.kill("peer1")
        try:
            begun = time.monotonic()
            for number in range(4):
                hash_ = digest(f"without peer1, {number}")
                self.call("deposit", hash_)
                self.assertEqual(len(self.find(hash_)), 1)
            self.assertLess(time.monotonic() - begun, 60)
        finally:
            self.fabric.restart("peer1")


if __name__ == "__main__":
    main()
