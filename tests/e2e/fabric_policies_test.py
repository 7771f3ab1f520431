"""Who endorses on a network of Hyperledger Fabric that others run: chaincodes with policies of their own, with one of the
channel, with one of a key; transactions that too few endorsed; and certificates that the channel's members revoked."""

from _joined import APP, JoinedTest, digest
from _network import main, wait_for

CONTRACTS = """contracts:
  - name: evidence
    chaincode: papers
  - name: all
  - name: named
  - name: lost
  - name: assets
roles:
  - name: depositor
    functions: [evidence.deposit, all.deposit, named.deposit, lost.deposit, assets.create, assets.guard, assets.give]
  - name: reader
    public: true
    functions: [evidence.find, all.find, named.find, assets.read]
"""
EVERYONE = "Org1MSP,Org2MSP,Org3MSP"


class FabricPolicies(JoinedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deploy_contract("papers", "evidence")
        cls.deploy_contract("all", "evidence", policy="AND('Org1MSP.peer','Org2MSP.peer','Org3MSP.peer')")
        cls.deploy_contract("named", "evidence", channel_policy="/Channel/Application/Everyone")
        cls.deploy_contract("lost", "evidence", channel_policy="/Channel/Application/Nobody")
        cls.deploy_assets()
        cls.join(0, 1)

    @classmethod
    def app_file(cls, name, **change):
        file = super().app_file(name, **change)
        text = file.read_text()
        file.write_text(text[:text.index("contracts:")] + CONTRACTS)
        return file

    def call(self, contract, *words, key="own"):
        return self.net.json("--key", key, "call", APP, contract, *words)

    def failed(self, contract, *words, key="own"):
        """What a call that fails is told; "" if it does not."""
        done = self.net.bsn("--json", "--key", key, "call", APP, contract, *words, status=None)
        return done.err + done.out if done.status else ""

    def test_as_many_endorse_as_the_chaincodes_policy_says(self):
        for contract in ("all", "named"):
            self.call(contract, "deposit", digest(contract))
            self.assertIn(digest(contract), self.net.json("query", APP, contract, "find", digest(contract))["result"])

    def test_a_policy_that_the_channel_has_not_is_named(self):
        told = self.net.error("--key", "own", "call", APP, "lost", "deposit", digest("lost"))
        self.assertIn("chaincode lost cannot be called", told["message"])
        self.assertIn("has no policy /Channel/Application/Nobody", told["message"])

    def test_a_key_has_a_policy_of_its_own(self):
        self.call("assets", "create", "boat", "org1", "7")
        self.call("assets", "guard", "boat", EVERYONE)
        told = self.net.error("--key", "own", "call", APP, "assets", "give", "boat", "org2")
        self.assertIn("ENDORSEMENT_POLICY_FAILURE", told["message"])
        self.assertIn("all peers are asked", told["message"])
        self.assertRegex(told["message"], r"\(endorsed by Org\dMSP, Org\dMSP\)")
        self.call("assets", "give", "boat", "org2")  # again, as it says
        self.assertIn("org2", self.net.json("query", APP, "assets", "read", "boat")["result"])
        # Without the third organisation it cannot be changed, and the caller is told so.
        self.fabric.kill("peer3")
        try:
            told = self.net.error("--key", "own", "call", APP, "assets", "give", "boat", "org3")
            self.assertIn("ENDORSEMENT_POLICY_FAILURE", told["message"])
            self.assertIn("(endorsed by Org1MSP, Org2MSP)", told["message"])
            self.call("assets", "create", "bike", "org1", "1")  # others can
        finally:
            self.fabric.restart("peer3")
        wait_for("it can be changed again", lambda: not self.failed("assets", "give", "boat", "org3"))

    def test_whom_the_channel_revokes_is_refused_and_told_so(self):
        member = self.fabric.members[2]
        revoked, node = member.identity("revoked", "client"), member.identity("node", "client")
        self.net.bsn("fabric", "identity", "add", APP, "--msp-id", "Org3MSP", "--certificate", node / "certificate.pem",
                     "--key", node / "key.pem", "--folder", self.nodes[2])
        self.wait_until_open(2)
        self.net.bsn("key", "import", "revoked", revoked / "key.pem")
        self.net.bsn("--key", "revoked", "app", "join", APP, "--role", "depositor")
        self.net.bsn("app", "approve", APP, "revoked")
        own = ("--msp-id", "Org3MSP", "--certificate", revoked / "certificate.pem")
        self.call("evidence", "deposit", digest("before"), *own, key="revoked")
        self.fabric.revoke(2, revoked / "certificate.pem", node / "certificate.pem")
        number = 0

        def refused():
            nonlocal number
            number += 1
            return "revoked" in self.failed("evidence", "deposit", digest(f"after {number}"), *own, key="revoked")
        wait_for("it is refused", refused)
        told = self.net.error("--key", "revoked", "call", APP, "evidence", "deposit", digest("never"), *own)
        self.assertIn("not one that Org3MSP takes", told["message"])
        self.assertIn("revoked", told["message"])
        # A node that is revoked itself may not read why; it says what peers refuse to it for.
        wait_for("the node tells it", lambda: "revoked" in self.state(2).get("alarm", ""))
        self.call("evidence", "deposit", digest("by others"))


if __name__ == "__main__":
    main()
