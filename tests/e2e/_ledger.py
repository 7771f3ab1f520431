"""What a test has read of one chain, and the laws for it: nothing acknowledged is lost, nothing is there twice."""

import json
import unittest

from _transactions import Channel, seal_many, submit_many, transaction_id

DONE, REFUSED = 0, 1  # on the ledger, as a success or as a refusal of the contract
UNDECIDED = (116, 117, 118)  # unavailable, overloaded, unknown outcome
VALUE = "a value"


class Ledger(unittest.TestCase):
    """What the test has read of one chain, and the laws for it."""

    def __init__(self, net, app, key):
        super().__init__()
        self.net, self.app, self.key = net, app, key
        self.channel = Channel.of(net, app)
        self.forget()

    def forget(self):
        self.place = {}  # by transaction id: height and index, as read from the blocks
        self.height, self.head = -1, "00" * 32

    def transactions(self, calls):
        contract = {"system": "registry"}.get(self.app, self.app)
        return seal_many(self.key, [self.channel.payload(self.key.participant, contract, function, arguments)
                                    for function, arguments in calls])

    def get(self, connection, target):
        return self.channel.get(connection, self.key, f"/v1/apps/{self.app}/{target}")

    def check(self, writers, node, other):
        """All nodes have the same head; what was acknowledged is there; what was not is there whole, or not at all."""
        _, head = self.net.heads(self.app)
        self.read_blocks(node)
        self.assertEqual(self.head, head)
        for writer in writers:
            for identifier, place in writer.acknowledged.items():
                self.assertEqual(self.place.get(identifier), place, f"{identifier} was acknowledged at {place}")
        sent = [one for writer in writers for one in writer.sent]
        self.nothing_half_there(sent, other)
        self.submit_again(sent, other)

    def read_blocks(self, node):
        """The blocks behind the last one read."""
        connection = self.net.connection(node)
        height = self.get(connection, "height").json()["height"]
        self.assertGreaterEqual(height, self.height, "the ledger lost a block that was read before")
        while self.height < height:
            block = self.get(connection, f"blocks/{self.height + 1}").json()
            self.assertEqual((block["height"], block["previous"]), (self.height + 1, self.head))
            for index, identifier in enumerate(block["transactions"]):
                before = self.place.setdefault(identifier, (block["height"], index))
                self.assertEqual(before, (block["height"], index), f"{identifier} is on the ledger twice")
            self.height, self.head = block["height"], block["hash"]
        connection.close()

    def nothing_half_there(self, sent, node):
        """A transaction that no block shows is neither in the index nor in the state."""
        connection = self.net.connection(node)
        for transaction in sent[-3:]:
            identifier = transaction_id(transaction)
            there = identifier in self.place
            self.assertEqual(self.get(connection, f"transactions/{identifier}").status, 200 if there else 404)
            self.assertEqual(self.get(connection, f"transactions/{identifier}/receipt").status, 200 if there else 404)
            if self.app == "kv":
                self.assertEqual(self.value(connection, transaction), VALUE if there else None)
        connection.close()

    def value(self, connection, transaction):
        """What the state holds under the key that a transaction sets."""
        begin = transaction.index(b'{"baseKey"')
        key = json.loads(transaction[begin:transaction.index(b"}", begin) + 1])["baseKey"]
        body = json.dumps({"contract": "kv", "function": "get", "arguments": [key]}).encode()
        signed = self.channel.authorization(self.key, "POST", "/v1/apps/kv/query", body)
        answer = connection.post("/v1/apps/kv/query", body, headers=signed, Content_Type="application/json").json()
        if "error" in answer:
            self.assertIn(answer["error"]["code"], ("contract_failed", "not_found"), answer)
            return None
        return VALUE if VALUE in answer["result_text"] else answer["result_text"] or None

    def submit_again(self, transactions, node):
        """The same bytes of all that was sent: each is there already, or gets there now."""
        connection = self.net.connection(node)
        for begin in range(0, len(transactions), 500):
            answers = submit_many(connection, self.app, transactions[begin:begin + 500])
            self.assertIsNotNone(answers, "refused as a whole")
            for code, height, index, identifier, error in answers:
                self.assertIn(code, (DONE, REFUSED), error)
                if identifier in self.place:
                    self.assertEqual(self.place[identifier], (height, index), "not the first answer")
                else:
                    self.assertGreater(height, self.height, "a block was there that did not show it")
        connection.close()
        self.net.heads(self.app)  # a quorum has answered; the third node may be a moment behind
        self.read_blocks(node)
        missing = [one for one in map(transaction_id, transactions) if one not in self.place]
        self.assertEqual(missing, [])

    def receipts_verify(self, identifiers):
        for identifier in identifiers:
            file = self.net.files / "receipt.json"
            file.unlink(missing_ok=True)
            self.net.bsn("receipt", "fetch", self.app, identifier, "-o", file.name)
            ended = self.net.bsn("--json", "receipt", "verify", file.name, status=None)
            if ended.status != 0:  # refused by the contract: on the ledger, without effect
                self.assertIn("the receipt is authentic", ended.error()["message"])
            self.assertIn(identifier, ended.out)

    def check_everything(self):
        """All blocks of all nodes, from the first one."""
        self.net.heads(self.app)
        self.read_blocks(0)  # with the records of changes that were submitted again after the last check of this chain
        known = (self.height, self.head, self.place)
        for node in range(self.net.nodes):
            self.forget()
            self.read_blocks(node)
            self.assertEqual((self.height, self.head, self.place), known)
        self.assertTrue(all("alarm" not in chain for chain in self.net.chains(self.app)))
