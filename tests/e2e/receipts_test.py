"""Forgeries on real receipts: each must fail, here and with the independent reader in Python."""

import contextlib
import copy
import hashlib
import io
import json
import os
import random
import subprocess
import sys

from _network import VECTORS, Network, NetworkTest, binary, main, wait_for
from _transactions import Channel, Key, submit_many, transaction_id
import reader

FLIPS = int(os.environ.get("BSN_RECEIPT_FLIPS", "400"))


class Receipts(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.net.files / "a.txt").write_text("what was held")
        cls.net.bsn("evidence", "deposit", "a.txt")
        cls.make_receipts()
        (cls.net.files / "genesis.json").write_bytes(cls.net.genesis())
        cls.net.down()
        cls.raw = (cls.net.files / "many.json").read_bytes()
        cls.bundle = json.loads(cls.raw)

    @classmethod
    def make_receipts(cls):
        """Of one of many transactions of a block, so that paths have several hashes; and of a refused call."""
        key, channel = Key.load(cls.net.home / "keys" / "operator.pem"), Channel.of(cls.net, "evidence")
        connection = cls.net.connection()

        def one_of_many():
            some = [channel.transaction(key, "evidence", "deposit", [os.urandom(32).hex(), "m"]) for _ in range(20)]
            assert all(answer[0] == 0 for answer in submit_many(connection, "evidence", some))
            cls.some_id = transaction_id(some[5])
            cls.net.bsn("receipt", "fetch", "evidence", cls.some_id, "-o", f"{cls.some_id}.json")
            (cls.net.files / f"{cls.some_id}.json").replace(cls.net.files / "many.json")
            return len(json.loads((cls.net.files / "many.json").read_bytes())["proof"]["transaction_path"]) >= 2

        wait_for("a block of many transactions", one_of_many)
        call = channel.transaction(key, "evidence", "deposit", ["no hash", "m"])
        [(code, *_)] = submit_many(connection, "evidence", [call])
        assert code == 1
        cls.net.bsn("receipt", "fetch", "evidence", transaction_id(call), "-o", "refused.json", status=None)
        connection.close()

    # --- the two verifiers

    def verify(self, data, *more):
        """What the command says of a receipt of these bytes."""
        (self.net.files / "forged.json").write_bytes(data)
        return self.net.bsn("--json", "receipt", "verify", "forged.json", *more, status=None)

    def taken_by_reader(self, data, genesis="genesis.json"):
        """Whether the independent reader takes it."""
        file = self.net.files / "read.json"
        file.write_bytes(data)
        with contextlib.redirect_stdout(io.StringIO()):
            status = reader.main(["verify", str(self.net.files / genesis), str(file)])
        self.assertIn(status, (0, 1))
        return status == 0

    def refused(self, what, change, also_by_reader=True):
        """A change of the bundle, in canonical form again, is found."""
        forged = copy.deepcopy(self.bundle)
        change(forged)
        data = canonical(forged)
        self.assertNotEqual(data, self.raw, f"{what}: nothing was changed")
        ended = self.verify(data)
        self.assertEqual(ended.status, 1, what)
        self.assertGreater(len(ended.error()["message"].split()), 3, what)
        if also_by_reader:
            self.assertFalse(self.taken_by_reader(data), what)
        return ended

    # --- the real one

    def test_the_real_one_verifies(self):
        self.assertEqual(canonical(self.bundle), self.raw)
        answer = self.verify(self.raw).json()
        self.assertTrue(answer["authentic"] and answer["success"])
        self.assertEqual(answer["transaction"], self.some_id)
        self.assertEqual(answer["trust_class"], "crash-fault quorum 2 of 3, embedded ordering, one operator")
        self.assertTrue(self.taken_by_reader(self.raw))
        words = [sys.executable, VECTORS / "reader.py", "verify", self.net.files / "genesis.json"]
        subprocess.run([*words, self.net.files / "a.txt.receipt.json"], check=True, stdout=subprocess.DEVNULL)
        said = self.net.bsn("receipt", "verify", "a.txt.receipt.json").out
        self.assertGreaterEqual(said.count("✓"), 8)
        self.assertIn(answer["trust_class"], said)

    def test_an_option_for_other_kinds_of_proof_is_refused_not_ignored(self):
        for option, kind in (("--organisations", "Hyperledger Fabric"), ("--sealers", "FISCO BCOS")):
            ended = self.net.bsn("receipt", "verify", "a.txt.receipt.json", option, "trusted.json", status=2)
            self.assertIn(f"{option} is for a proof of", ended.err)
            self.assertIn(kind, ended.err)
        self.assertIn("--organisations organisations.json", self.net.bsn("receipt", "verify", "--help").out)

    # --- any byte

    def test_a_flipped_byte_anywhere(self):
        seed = int(os.environ.get("BSN_SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"seed {seed}", end=" ")
        dice, file = random.Random(seed), self.net.files / "flipped.json"
        words = [binary(), "--json", "receipt", "verify", file]
        for at in sorted(dice.sample(range(len(self.raw)), min(FLIPS, len(self.raw)))):
            flipped = self.raw[at] ^ 1 << dice.randrange(8)
            file.write_bytes(self.raw[:at] + bytes([flipped]) + self.raw[at + 1:])
            done = subprocess.run(words, env=self.net.environment, capture_output=True)
            self.assertEqual(done.returncode, 1, f"byte {at} flipped to {flipped}: {done.stdout[:200]}")
            self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_a_changed_digit_of_each_value(self):
        """Digits that are changed to other digits leave the JSON canonical: the contents must be checked."""
        dice, places = random.Random(1), list(strings_of(self.bundle))
        self.assertGreater(len(places), 10)
        for path, value in places:
            if path[-1] in ("format", "suite"):
                continue
            for at in {0, len(value) // 2, len(value) - 1}:
                digit = dice.choice([other for other in "0123456789abcdef" if other != value[at]])
                self.refused(f"{path}, digit {at}", lambda forged: put(forged, path, value[:at] + digit + value[at + 1:]),
                             also_by_reader=at == 0)

    def test_numbers(self):
        for path in (["proof", "index"], ["version"], ["proof", "block", "certificates", 0, "signatures", 0, "peer"]):
            for value in (7, -1, 2**32, 1.0, "0", None, True):
                self.refused(f"{path} = {value}", lambda forged: put(forged, path, value))

    # --- structure

    def test_paths(self):
        for name in ("transaction_path", "receipt_path"):
            def path(forged):
                return forged["proof"][name]

            self.refused("reordered", lambda forged: path(forged).reverse())
            self.refused("first left out", lambda forged: path(forged).pop(0))
            self.refused("last left out", lambda forged: path(forged).pop())
            self.refused("one more", lambda forged: path(forged).append("00" * 32))
            self.refused("none", lambda forged: path(forged).clear())
            self.refused("too many", lambda forged: path(forged).extend(["00" * 32] * 40))
        self.refused("exchanged", lambda forged: forged["proof"].update(
            transaction_path=self.bundle["proof"]["receipt_path"], receipt_path=self.bundle["proof"]["transaction_path"]))
        self.refused("another index", lambda forged: forged["proof"].update(index=self.bundle["proof"]["index"] ^ 1))

    def test_signers(self):
        def signatures(forged):
            return forged["proof"]["block"]["certificates"][0]["signatures"]

        self.assertEqual(len(signatures(self.bundle)), 2)
        self.refused("too few", lambda forged: signatures(forged).pop())
        self.refused("none", lambda forged: signatures(forged).clear())
        self.refused("twice the same", lambda forged: signatures(forged).__setitem__(1, signatures(forged)[0]))
        self.refused("a third time", lambda forged: signatures(forged).append(signatures(forged)[0]))
        self.refused("the same under another name", lambda forged: signatures(forged).__setitem__(
            slice(None), [signatures(self.bundle)[0] | {"peer": peer} for peer in (0, 1)]))
        self.refused("not ascending", lambda forged: signatures(forged).reverse())
        self.refused("exchanged", exchange_signatures)
        self.refused("no such peer", lambda forged: signatures(forged)[1].update(peer=3))
        self.refused("no certificate", lambda forged: forged["proof"]["block"]["certificates"].clear())
        self.refused("two certificates", lambda forged: forged["proof"]["block"]["certificates"].append(
            self.bundle["proof"]["block"]["certificates"][0]))
        self.refused("another suite", lambda forged: forged["proof"]["block"]["certificates"][0].update(suite="sm2"))
        self.refused("creation: too few", lambda forged: forged["creation"]["block"]["certificates"][0]["signatures"].pop())

    def test_parts_of_other_receipts(self):
        other = json.loads((self.net.files / "a.txt.receipt.json").read_text())
        for part in ("transaction", "receipt", "block"):
            self.refused(f"{part} of another", lambda forged: forged["proof"].update({part: other["proof"][part]}))
        self.refused("no creation", lambda forged: forged.update(creation=None))
        self.refused("another creation", lambda forged: forged.update(creation=other["proof"]))
        self.refused("a handover", lambda forged: forged["handovers"].append(
            {"last": self.bundle["proof"]["block"], "next": "00"}))
        self.refused("a refusal as a success", self.hide_refusal)

    def hide_refusal(self, forged):
        """The receipt of the success with the transaction that was refused."""
        refused = json.loads((self.net.files / "refused.json").read_text())
        receipt = forged["proof"]["receipt"]
        forged["proof"] = refused["proof"] | {"receipt": receipt}

    def test_a_refused_call_is_never_a_success(self):
        data = (self.net.files / "refused.json").read_bytes()
        ended = self.verify(data)
        self.assertEqual(ended.status, 1)
        self.assertIn("refused", ended.error()["message"])
        self.assertFalse(self.taken_by_reader(data))
        text = self.net.bsn("receipt", "verify", "refused.json", status=1)
        self.assertIn("✓ a quorum of the channel's peers certified the block", text.out)

    # --- spelling

    def test_other_spellings(self):
        """The bundle has one form: another one with the same values is refused."""
        text, value = self.raw.decode(), self.bundle
        transaction = value["proof"]["transaction"]
        spellings = {
            "compact": json.dumps(value),
            "wider": json.dumps(value, indent=4) + "\n",
            "no line feed at the end": text[:-1],
            "two line feeds": text + "\n",
            "a space at the end": text[:-1] + " \n",
            "carriage returns": text.replace("\n", "\r\n"),
            "byte order mark": "\ufeff" + text,
            "upper case": text.replace(transaction, transaction.upper()),
            "escaped": text.replace('"bsn-receipt"', '"bsn\\u002dreceipt"'),
            "other order": json.dumps(dict(reversed(value.items())), indent=2) + "\n",
            "a member more": canonical(value | {"more": 1}).decode(),
            "a member less": canonical({name: value[name] for name in value if name != "handovers"}).decode(),
            "a member twice": text.replace('  "version": 1,\n', '  "version": 1,\n  "version": 1,\n', 1),
            "a float": text.replace('"version": 1,', '"version": 1.0,', 1),
            "a comment": text.replace("{\n", "{ /* */\n", 1),
            "two bundles": text + text,
            "empty": "",
            "version 2": text.replace('"version": 1,', '"version": 2,', 1),
        }
        for what, spelling in spellings.items():
            self.assertNotEqual(spelling, text, what)
            self.assertEqual(self.verify(spelling.encode()).status, 1, what)
            self.assertFalse(self.taken_by_reader(spelling.encode()), what)
        self.assertIn("2", self.verify(spellings["version 2"].encode()).error()["message"])

    # --- trust

    def test_foreign_genesis(self):
        other = Network()
        other.up()
        other.down()
        (self.net.files / "foreign.json").write_bytes(other.genesis())
        ended = self.verify(self.raw, "--genesis", "foreign.json")
        self.assertEqual(ended.status, 1)
        self.assertFalse(self.taken_by_reader(self.raw, "foreign.json"))
        other.bsn("receipt", "verify", self.net.files / "many.json", status=1)
        genesis = json.loads(self.net.genesis())
        genesis["approvals"] = 1
        genesis["name"] = "another"
        (self.net.files / "changed.json").write_bytes(canonical(genesis))
        self.assertEqual(self.verify(self.raw, "--genesis", "changed.json").status, 1)
        self.assertEqual(self.verify(self.raw, "--genesis", "no-such-file").status, 1)

    def test_somebody_elses_file(self):
        (self.net.files / "b.txt").write_text("what was not held")
        self.net.bsn("evidence", "verify", "b.txt", "--receipt", "a.txt.receipt.json", status=1)
        self.net.bsn("evidence", "verify", "a.txt", "--receipt", "many.json", status=1)
        self.net.bsn("evidence", "verify", "a.txt")
        digest = hashlib.sha256(b"what was held").hexdigest()
        self.assertIn(digest, self.net.bsn("evidence", "verify", "a.txt").out)


def canonical(value) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def strings_of(value, path=()):
    if isinstance(value, str):
        yield list(path), value
    elif isinstance(value, (dict, list)):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings_of(item, (*path, name))


def put(value, path, new):
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = new


def exchange_signatures(forged):
    first, second = forged["proof"]["block"]["certificates"][0]["signatures"]
    first["signature"], second["signature"] = second["signature"], first["signature"]


if __name__ == "__main__":
    main()
