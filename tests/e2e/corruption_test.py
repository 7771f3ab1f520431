"""Every file of a network is damaged in every way. Whoever runs it is told the file, or all answers stay right.

KINDS lists the files that there are, and what must come of damage to each; a file that fits no kind fails the test.

BSN_CORRUPT_ROUNDS says how often each damage is tried on each kind (`make corrupt`); 0, the default, tries some.
BSN_SEED replays a run, BSN_CORRUPT_KINDS (a pattern of names) narrows it down.
"""

import itertools
import os
import random
import re
import shutil
import subprocess
import unittest
from typing import NamedTuple

from _golden import GoldenTest, failures
from _network import Network, main, wait_for
from _transactions import submit

ROUNDS = int(os.environ.get("BSN_CORRUPT_ROUNDS", "0"))
ONLY = os.environ.get("BSN_CORRUPT_KINDS", "")
SEED = int(os.environ.get("BSN_SEED", random.SystemRandom().randrange(1 << 32)))

# What may come of a damage:
REFUSED = "refused"    # the network does not start, and names the file or its folder
STOPPED = "stopped"    # the node says in /healthz that it is damaged; the other nodes go on
PARTLY = "partly"      # some answers of the node are the error `corrupted`, all others are right
REPAIRED = "repaired"  # the node got what it lost from other nodes; all answers are right
RIGHT = "right"        # all answers are right


class Kind(NamedTuple):
    """Files of one kind: their paths below the home folder, and what may come of damage to one of them."""
    name: str
    path: str
    outcomes: set
    why: str = ""
    state: str = "stopped"  # of the network: see Golden
    exempt: tuple = ()     # damages that leave it harmless
    alike: bool = False    # other nodes' files may hold the same
    key: bool = False      # a key in PEM: its last line's end, for one, may be lost


NODE = r"network/node\d+/"
STATE = NODE + "data/state/"
BATCHES = NODE + "data/batches/"

KINDS = [
    Kind("ordering log", r"network/ordering/\d+\.log", {REFUSED}),
    Kind("batch log", BATCHES + r"\d+\.log", {REFUSED, REPAIRED}, alike=True),
    Kind("database log", STATE + r"\d+\.log", {REFUSED}),
    # Its last records were not synced yet: they were promised to nobody, and are found again.
    Kind("database log after kill -9", STATE + r"\d+\.log", {REFUSED, RIGHT}, state="killed"),
    Kind("ordering log after kill -9", r"network/ordering/\d+\.log", {REFUSED}, state="killed"),
    Kind("batch log after kill -9", BATCHES + r"\d+\.log", {REFUSED, REPAIRED}, state="killed", alike=True),
    Kind("database tables", STATE + r"\d+\.(sst|blob)", {REFUSED, STOPPED, PARTLY, RIGHT}, state="settled"),
    Kind("MANIFEST", STATE + r"MANIFEST-\d+", {REFUSED}),
    Kind("MANIFEST with tables", STATE + r"MANIFEST-\d+", {REFUSED}, state="settled"),
    Kind("CURRENT", STATE + "CURRENT", {REFUSED}),
    Kind("FORMAT", STATE + "FORMAT", {REFUSED}),
    Kind("keys of a node", NODE + r"keys/\w+\.pem", {REFUSED}, key=True),
    Kind("custody's master key", NODE + r"custody\.key", {REFUSED, RIGHT}, "a digit may change its case only"),
    Kind("custody's audit log", NODE + r"custody/audit/\d+\.log", {REFUSED, RIGHT}, "may be empty"),
    Kind("custody's keys", NODE + r"custody/keys/(\d+\.(log|sst|blob)|MANIFEST-\d+|CURRENT|FORMAT)", {REFUSED, RIGHT},
         "a table may not be read"),
    Kind("custody's notes", NODE + r"custody/\w+/(synced|in-use|LOCK|IDENTITY|OPTIONS-\d+)", {REFUSED, RIGHT},
         "locks, and notes of RocksDB"),
    Kind("nonces of requests", NODE + r"data/requests/nonces-\d", {REFUSED, RIGHT}, "the last ones may be cut off"),
    Kind("genesis", r"network/genesis\.json", {REFUSED}),
    Kind("pinned genesis", r"genesis\.json", {REFUSED}, exempt=("lost",)),
    Kind("operator's key", r"keys/operator\.pem", {REFUSED}, key=True),
    # Harmless:
    Kind("synced", r"(network/ordering|network/node\d+/data/\w+)/synced", {RIGHT}, "says what must be there at least",
         exempt=("of_another_node",)),
    Kind("locks", r"(network/lock|network/ordering/in-use|network/node\d+/data/\w+/(in-use|LOCK))", {RIGHT},
         "the lock counts, not the content"),
    Kind("process id", r"network/bsn\.pid", {RIGHT}, "the lock on it counts, not the number"),
    Kind("log", r"network/bsn\.log", {RIGHT}, "for people"),
    Kind("IDENTITY", STATE + "IDENTITY", {RIGHT}, "RocksDB's own name for the database"),
    Kind("OPTIONS", STATE + r"OPTIONS-\d+", {RIGHT}, "RocksDB's note of its options, which the program sets"),
    Kind("certificates", r"network/(authority/authority\.crt|node\d+/node\.crt)", {RIGHT}, "the genesis holds them"),
    Kind("authority's key", r"network/authority/authority\.pem", {RIGHT}, "for making the network only"),
    Kind("public keys", r"keys/\w+\.(pub|participant)", {RIGHT}, "copies for people"),
    Kind("settings", r"config\.yaml", {REFUSED, RIGHT}, "the user's text", exempt=("lost",)),
]

TOLD = "told"  # the node says in its status that it offers no Fabric, and names the file; all else goes on

# Below network/node1/fabric/.
FABRIC_KINDS = [
    Kind("an authority", r"(tls-)?authority/(key|certificate)\.pem", {TOLD}, key=True),
    Kind("id of its membership service", r"msp-id", {TOLD, RIGHT}, "a text without a check: another one is another name"),
    Kind("ports", r"ports\.json", {TOLD, RIGHT}, "a digit may be another one", exempt=("lost",)),
    Kind("keys of members", r"(admin|peer|orderer)/(tls/key|msp/keystore/key)\.pem", {TOLD, RIGHT}, "lost: made anew"),
    Kind("what is made again", r"(admin|peer|orderer)/(tls/certificate|msp/(cacerts|tlscacerts|signcerts)/[\w-]+)\.pem"
         r"|(admin|peer|orderer)/msp/config\.yaml", {RIGHT}),
]


def flip(file, at, dice):
    with open(file, "r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1 << dice.randrange(8)]))
    return f"a bit of byte {at} of {file.stat().st_size} flipped"


def key_in(pem):
    """The private key of a PEM file's bytes, as DER; None if it holds none."""
    read = subprocess.run(["openssl", "pkey", "-outform", "DER"], input=pem, capture_output=True)
    return read.stdout if read.returncode == 0 else None


def cut(file, size):
    before = file.stat().st_size
    os.truncate(file, size)
    return f"cut from {before} to {size} bytes"


class Corruption(GoldenTest):
    @classmethod
    def setUpClass(cls):
        print(f"\nBSN_SEED={SEED} BSN_CORRUPT_ROUNDS={ROUNDS}")
        cls.dice = random.Random(SEED)
        cls.number = itertools.count(1)

    # --- the files

    @staticmethod
    def kinds_of(home):
        """The files of a network by the kinds that they fit."""
        found = {kind.name: [] for kind in KINDS}
        for file in sorted(one for one in home.rglob("*") if one.is_file()):
            path = str(file.relative_to(home))
            fitting = [kind for kind in KINDS if re.fullmatch(kind.path, path)]
            assert fitting, f"{path} is of no kind: say in KINDS what must come of damage to it"
            for kind in fitting:
                found[kind.name].append(file)
        return found

    def test_every_file_is_of_a_kind(self):
        running = self.copy(self.golden.settled)
        running.up()
        seen = {}
        for home in (running.home, self.golden.net.home, self.golden.killed, self.golden.settled):
            for kind, files in self.kinds_of(home).items():
                seen.setdefault(kind, []).extend(files)
        for kind, files in seen.items():
            self.assertTrue(files, f"there is no file of the kind {kind}")

    # --- damages: each changes a file of node 2 or of all, and says how; None: there is nothing to change

    def flip_first(self, net, file, kind):
        return flip(file, 0, self.dice) if file.stat().st_size else None

    def flip_inside(self, net, file, kind):
        return flip(file, self.dice.randrange(file.stat().st_size), self.dice) if file.stat().st_size else None

    def flip_last(self, net, file, kind):
        size = file.stat().st_size
        return flip(file, size - 1, self.dice) if size else None

    def cut_last(self, net, file, kind):
        size = file.stat().st_size
        return cut(file, size - 1) if size else None

    def cut_inside(self, net, file, kind):
        size = file.stat().st_size
        return cut(file, self.dice.randrange(1, size)) if size > 1 else None

    def emptied(self, net, file, kind):
        return cut(file, 0) if file.stat().st_size else None

    def garbage(self, net, file, kind):
        size = file.stat().st_size or 100
        file.write_bytes(self.dice.randbytes(size))
        return f"{size} random bytes"

    def lost(self, net, file, kind):
        file.unlink()
        return "removed"

    def earlier(self, net, file, kind):
        """As it was before, in the same place."""
        return self.replaced(file, self.golden.earlier / file.relative_to(net.home), "an earlier copy")

    def of_another_node(self, net, file, kind):
        path = str(file.relative_to(net.home))
        others = [other for other in self.kinds_of(net.home)[kind.name]
                  if str(other.relative_to(net.home)) != path and other.name == file.name]
        return self.replaced(file, self.dice.choice(others), "another node's") if others else None

    def swapped(self, net, file, kind):
        others = [other for other in self.kinds_of(net.home)[kind.name] if other.parent == file.parent and other != file]
        if not others:
            return None
        other = self.dice.choice(others)
        if other.read_bytes() == file.read_bytes():
            return None
        aside = file.with_name("aside")
        file.rename(aside)
        other.rename(file)
        aside.rename(other)
        return f"swapped with {other.name}"

    @staticmethod
    def replaced(file, by, what):
        if not by.is_file() or by.read_bytes() == file.read_bytes():
            return None
        mode = file.stat().st_mode
        shutil.copyfile(by, file)
        file.chmod(mode)
        return f"replaced by {what}"

    DAMAGES = (flip_inside, flip_first, flip_last, cut_inside, cut_last, emptied, garbage, lost, earlier, of_another_node,
               swapped)

    # --- the test

    def test_damage(self):
        for kind in (kind for kind in KINDS if re.search(ONLY, kind.name)):
            damages = list(self.DAMAGES) * ROUNDS + [Corruption.flip_inside] * 2 * ROUNDS
            if ROUNDS == 0:
                damages = [Corruption.flip_inside, *self.dice.sample(self.DAMAGES[1:], 3 if kind.outcomes != {RIGHT} else 1)]
            outcomes = []
            for damage in damages:
                with self.subTest(kind=kind.name, damage=damage.__name__):
                    outcome = self.try_out(kind, damage)
                    if outcome:
                        outcomes.append(f"{damage.__name__} {outcome}")
                self.doCleanups()
            print(f"{kind.name}: {', '.join(outcomes)}")

    def try_out(self, kind, damage):
        if damage.__name__ in kind.exempt:
            return None
        net = self.copy({"settled": self.golden.settled, "killed": self.golden.killed}.get(kind.state))
        files = [file for file in self.kinds_of(net.home)[kind.name]
                 if not re.search(r"/node[13]/", str(file.relative_to(net.home)))]
        file = self.dice.choice(files)
        before = file.read_bytes()
        how = damage(self, net, file, kind)
        if how is None:
            return None
        what = f"{file.relative_to(net.home)}: {how} (BSN_SEED={SEED}, copy {next(self.number)})"
        outcome = self.outcome(net, file, what)
        alike = kind.alike and damage is Corruption.of_another_node
        alike |= kind.key and file.exists() and key_in(file.read_bytes()) == key_in(before)
        self.assertIn(outcome, kind.outcomes | ({RIGHT} if alike else set()), f"{what}; files in {net.home}")
        return outcome

    def outcome(self, net, file, what):
        ended = net.bsn("up", "--port", net.port, "--wait", "20", status=None)
        troubled = "is in trouble: " in ended.err
        if ended.status != 0 and not troubled:
            net.wait_until_gone()
            self.assertNotIn("signal", ended.err, what)
            self.assertNotIn("is not ready", ended.err, what)
            named = file.name in ended.err or any(str(folder) in ended.err for folder in list(file.parents)[:2])
            self.assertTrue(named, f"{what}: not named: {ended.err}")
            return REFUSED
        outcome = STOPPED if troubled else self.nothing_wrong(net, what, 1)
        if troubled:
            self.only_right_answers(net, what, 1)
        for node in (0, 2):
            self.assertEqual(self.nothing_wrong(net, what, node), RIGHT)
        if outcome in (STOPPED, PARTLY):
            self.receipts_verify(net, 0, what)
        elif not self.receipts_verify(net, 1, what):
            outcome = PARTLY  # what only receipts need is damaged
        self.goes_on(net, what, outcome)
        health = self.health(net)
        if health:
            self.assertTrue(file.name in health or "diverged" in health or str(file.parent) in health, f"{what}: {health}")
            outcome = STOPPED
        self.assertIsNotNone(net.pid(), f"{what}: the process has ended")
        return REPAIRED if outcome == RIGHT and "is repaired" in net.log_file.read_text(errors="replace") else outcome

    def only_right_answers(self, net, what, node):
        answers = self.golden.read(net, node)
        for target, answer in answers.items():
            if answer[0] == 200 and not target.endswith("/height"):
                self.assertEqual(answer, self.truth[target], f"{what}: node {node + 1} serves something else")
        return answers

    def nothing_wrong(self, net, what, node):
        """It may be behind at first, and fetch what it lacks, or know that it has lost it; it says nothing wrong."""

        def settled():
            answers = self.only_right_answers(net, what, node)
            failed = failures(answers).values()
            if all(content["error"]["code"] == "corrupted" for _, content in failed):
                return PARTLY if failed else RIGHT if len(answers) == len(self.truth) else None
            return None

        return wait_for(f"{what}: node {node + 1} is as it should be", settled)

    def receipts_verify(self, net, node, what):
        """False if the node says that it has lost one; what it serves verifies."""
        identifiers = [target.split("/")[-1] for target in self.truth if target.startswith("evidence/transactions/")]
        connection = net.connection(node)
        for identifier in self.dice.sample(identifiers, 2):
            target = f"/v1/apps/evidence/transactions/{identifier}/receipt"
            answer = self.golden.channels["evidence"].get(connection, self.golden.key, target)
            if node == 1 and answer.status != 200 and answer.code == "corrupted":
                connection.close()
                return False
            self.assertEqual(answer.status, 200, f"{what}: {answer}")
            (net.files / "receipt.json").write_bytes(answer.body)
            # Named, since damaged settings may name another.
            verified = net.bsn("--json", "receipt", "verify", "receipt.json", "--genesis", net.home / "genesis.json")
            self.assertIn(identifier, verified.out, what)
        connection.close()
        return True

    def goes_on(self, net, what, outcome):
        """The network still takes writes, and node 2 gets them, or says why not."""
        connection = net.connection()
        answer = submit(connection, "evidence", self.golden.deposit(), timeout_ms=5000)
        connection.close()
        self.assertEqual(answer.status, 200, f"{what}: it has started, and takes no writes: {answer}")
        height = answer.json()["height"]
        if outcome != STOPPED:
            wait_for(f"{what}: node 2 has it, too, or says why not", lambda: (
                net.chains("evidence")[1]["certified"] >= height or self.health(net)))

    @staticmethod
    def health(net, node=1):
        connection = net.connection(node)
        answer = connection.get("/healthz")
        connection.close()
        return answer.body.decode() if answer.status == 503 else ""


class AfterDamage(GoldenTest):
    def test_a_node_is_made_anew(self):
        """What docs/operating.md says to do when one node's data is damaged."""
        net = self.copy()
        [file] = (net.folder / "node2" / "data" / "batches").glob("*.log")
        flip(file, file.stat().st_size // 2, random.Random(SEED))
        self.up_fails(net, file, "offset")
        (net.folder / "node2" / "data").rename(net.folder / "node2" / "damaged")
        net.up()
        self.is_whole(net)

    def test_a_lost_batch_log_is_fetched_from_other_nodes(self):
        """What a node has lost it gets from the others when it is asked for it."""
        net = self.copy()
        shutil.rmtree(net.folder / "node2" / "data" / "batches")
        net.up()
        connection = net.connection(1)
        target = next(target for target in self.truth if target.startswith("evidence/transactions/"))
        first = self.golden.channels["evidence"].get(connection, self.golden.key, "/v1/apps/" + target)
        self.assertEqual((first.status, first.code), (503, "unavailable"), first)
        self.assertIn("being fetched from other peers, try again", first.message)
        connection.close()
        for _ in range(2):
            wait_for("node 2 has everything", lambda: self.golden.read(net, 1) == self.truth)
            self.assertIn("is repaired", net.log_file.read_text())
            net.down()
            net.up()
        self.is_whole(net)

    def test_positions_that_others_took(self):
        """New batches lie where lost ones were, with the same sizes: they must not be taken for those."""
        net = self.copy()
        shutil.rmtree(net.folder / "node2" / "data" / "batches")
        net.up()
        connection = net.connection()
        for _ in range(8):
            for _ in range(4):
                self.assertEqual(submit(connection, "evidence", self.golden.deposit()).status, 200)
        connection.close()
        net.heads("evidence")

        def has_all():
            answers = self.golden.read(net, 1)
            for target, answer in answers.items():
                if target in self.truth and answer[0] == 200 and not target.endswith("/height"):
                    self.assertEqual(answer, self.truth[target])
            return not failures(answers)

        wait_for("node 2 has everything", has_all)

    def test_unknown_versions(self):
        """What a newer program wrote is refused by name, and left as it is."""
        net = self.copy()
        file = net.folder / "node3" / "data" / "state" / "FORMAT"
        file.write_text("bsn-database 9\n")
        self.assertIn("'bsn-database 9'", self.up_fails(net, file.parent))
        for pattern in ("ordering", "node1/data/batches"):
            net = self.copy()
            [file] = (net.folder / pattern).glob("*.log")
            raw = file.read_bytes()
            head = raw[:8] + b"\0\0\0\2" + raw[12:16]
            changed = head + crc32c(head).to_bytes(4, "big") + raw[20:]
            file.write_bytes(changed)
            self.assertIn("format 2", self.up_fails(net, file))
            self.assertEqual(file.read_bytes(), changed)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class FabricFolder(unittest.TestCase):
    """What a city node keeps for Hyperledger Fabric, whose programs only say their version here."""

    def setUp(self):
        self.dice = random.Random(SEED)
        self.net = Network(1)
        folder = self.net.files / "programs"
        folder.mkdir()
        for program in ("peer", "orderer", "configtxgen", "osnadmin"):
            (folder / program).write_text("#!/bin/sh\nprintf 'peer:\\n Version: v2.5.9\\n'\n")
            (folder / program).chmod(0o755)
        self.net.environment["BSN_FABRIC"] = str(folder)

    def offer(self):
        """What the node offers, or why it offers nothing."""
        connection = self.net.connection()
        try:
            trouble = connection.get("/v1/status").json().get("fabric_trouble", "")
            return trouble or connection.get("/v1/nodes").json()["nodes"][0].get("fabric")
        finally:
            connection.close()

    def test_damage(self):
        net = self.net
        net.up()
        wait_for("it is announced", lambda: isinstance(self.offer(), dict))
        net.down()
        fabric = net.folder / "node1" / "fabric"
        files = sorted(one for one in fabric.rglob("*") if one.is_file())
        kinds = {file: [kind for kind in FABRIC_KINDS if re.fullmatch(kind.path, str(file.relative_to(fabric)))]
                 for file in files}
        for file, fitting in kinds.items():
            self.assertEqual(len(fitting), 1, f"{file} is of no kind: say in FABRIC_KINDS what must come of damage to it")
        whole = shutil.copytree(fabric, fabric.with_name("whole"))
        for kind in FABRIC_KINDS:
            some = [file for file, [its] in kinds.items() if its is kind]
            damages = [name for name in ("garbage", "lost", "flip_inside", "cut_inside") if name not in kind.exempt]
            for damage in damages[:2] if ROUNDS == 0 else damages * ROUNDS:
                file = self.dice.choice(some)
                with self.subTest(kind=kind.name, damage=damage):
                    before = file.read_bytes()
                    how = getattr(Corruption, damage)(self, net, file, kind)
                    what = f"{file.relative_to(fabric)}: {how} (BSN_SEED={SEED})"
                    outcome = self.outcome(file, what)
                    same = kind.key and file.exists() and key_in(file.read_bytes()) == key_in(before)
                    self.assertIn(outcome, kind.outcomes | ({RIGHT} if same else set()), what)
                shutil.rmtree(fabric)
                shutil.copytree(whole, fabric)

    def outcome(self, file, what):
        """The network goes on in any case; the permission chain still has what was announced before."""
        net = self.net
        net.log_file.unlink()
        net.up()
        wait_for(f"{what}: it offers Fabric or says why not", lambda: isinstance(self.offer(), str) or
                 "offers Fabric" in net.log_file.read_text(errors="replace"))
        told = self.offer()
        net.bsn("call", "evidence", "evidence", "deposit", os.urandom(32).hex())
        net.down()
        if isinstance(told, dict):
            return RIGHT
        self.assertTrue(file.name in told or str(file.parent) in told, f"{what}: not named: {told}")
        return TOLD


if __name__ == "__main__":
    main()
