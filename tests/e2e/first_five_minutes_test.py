"""What a user does first, command by command, as the README tells it. The steps build on each other."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

from _network import EXAMPLES, REPOSITORY, NetworkTest, binary, main, run_bsn, wait_for

SET_A = '{"baseKey":"a","baseValue":"1"}'


def kv(key, value):
    return json.dumps({"baseKey": key, "baseValue": value})


class FirstFiveMinutes(NetworkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        photos = cls.net.files / "photos"
        photos.mkdir()
        shutil.copy(REPOSITORY / "LICENSE", cls.net.files / "contract.pdf")
        shutil.copy(REPOSITORY / "README.md", photos / "one.jpg")
        (photos / "two words.jpg").write_bytes(os.urandom(100_000))
        (photos / "empty.jpg").write_bytes(b"")
        (photos / "bytes ä.jpg").write_bytes(bytes(range(256)) * 4096)
        cls.deposited = ["contract.pdf"] + sorted(f"photos/{file.name}" for file in photos.iterdir())

    def test_01_up_twice_is_harmless(self):
        first = self.net.json("up")
        self.assertFalse(first["started"])
        self.assertEqual(first["pid"], self.net.pid())
        said = self.net.bsn("up").out
        self.assertIn("runs already", said)
        self.assertIn("bsn evidence deposit", said)
        self.assertEqual(self.net.json("up")["network"], first["network"])

    def test_02_deposit(self):
        ended = self.net.bsn("evidence", "deposit", *self.deposited)
        self.assertEqual(len(ended.out.splitlines()), len(self.deposited), "one line a file, and no progress bar")
        for file in self.deposited:
            self.assertIn(f"{file}: deposited in block", ended.out)
            receipt = self.net.files / f"{file}.receipt.json"
            self.assertEqual(json.loads(receipt.read_text())["format"], "bsn-receipt")
        again = self.net.json("evidence", "deposit", *self.deposited)
        self.assertEqual({file["status"] for file in again["files"]}, {"already_deposited"})

    def test_03_what_is_no_file_is_refused(self):
        self.net.bsn("evidence", "deposit", "no-such-file", status=1)
        self.net.bsn("evidence", "deposit", status=2)
        self.assertEqual(self.net.error("evidence", "deposit", "no-such-file")["code"], "not_found")
        everything = sorted((self.net.files / "photos").iterdir())  # as the shell makes it of photos/*
        self.assertGreater(len(everything), len(self.deposited))
        answer = self.net.json("evidence", "deposit", *everything)
        self.assertEqual(len(answer["files"]), len(self.deposited) - 1, "receipts are no files to deposit")

    def test_04_another_receipt_is_not_overwritten(self):
        (self.net.files / "mine.txt").write_text("mine")
        kept = self.net.files / "mine.txt.receipt.json"
        kept.write_text("something of mine")
        self.net.bsn("evidence", "deposit", "mine.txt", status=1)
        self.assertEqual(kept.read_text(), "something of mine")
        self.net.bsn("evidence", "deposit", "mine.txt", "--force")
        self.net.bsn("evidence", "verify", "mine.txt")

    def test_05_find(self):
        digest = hashlib.sha256((self.net.files / "contract.pdf").read_bytes()).hexdigest()
        by_hash = self.net.json("evidence", "find", digest)
        self.assertEqual(self.net.json("evidence", "find", "contract.pdf"), by_hash)
        [deposit] = by_hash["deposits"]
        owner = self.net.json("key", "show", "operator")["participant"]
        self.assertEqual((deposit["hash"], deposit["owner"]), (digest, owner))
        self.assertLess(abs(deposit["timeMillis"] / 1000 - time.time()), 300)
        text = self.net.bsn("evidence", "find", digest).out
        for part in (owner, str(deposit["height"]), deposit["time"]):
            self.assertIn(part, text)
        self.assertIn(digest, self.net.bsn("evidence", "history").out)
        self.net.bsn("evidence", "find", "00" * 32, status=1)

    def test_06_verify_step_by_step(self):
        said = self.net.bsn("evidence", "verify", "contract.pdf").out
        self.assertGreaterEqual(said.count("✓"), 8)
        self.assertIn("a quorum of the channel's peers certified the block", said)
        self.assertIn("crash-fault quorum 2 of 3, embedded ordering, one operator", said)
        answer = self.net.json("evidence", "verify", *self.deposited)
        self.assertTrue(answer["verified"])
        self.assertTrue(all(step["holds"] for file in answer["files"] for step in file["steps"]))

    def test_07_certificate(self):
        self.net.bsn("evidence", "certificate", "contract.pdf", "-o", "page.html")
        page = (self.net.files / "page.html").read_text()
        self.assertIn("contract.pdf", page)
        self.assertIn(hashlib.sha256((self.net.files / "contract.pdf").read_bytes()).hexdigest(), page)

    def test_08_an_app_of_my_own(self):
        answer = self.net.json("app", "publish", EXAMPLES / "kv.yaml")
        self.assertEqual(answer["app"], "kv")
        self.net.bsn("app", "publish", EXAMPLES / "kv.yaml", status=1)
        self.assertIn("kv", self.net.bsn("app", "list").out)
        self.assertEqual(self.net.json("app", "show", "kv")["channel"], answer["channel"])
        said = self.net.bsn("call", "kv", "kv", "set", SET_A).out
        self.assertTrue(said.startswith("SUCCESS\n"), said)
        self.assertEqual(self.net.bsn("query", "kv", "kv", "get", "a").out, "1\n")

    def test_09_another_participant_joins_and_is_approved(self):
        alice = self.net.json("key", "new", "alice")["participant"]
        self.net.bsn("call", "kv", "kv", "update", kv("a", "alice"), "--key", "alice", status=1)
        joined = self.net.json("app", "join", "kv", "--role", "writer", "--key", "alice")
        self.assertEqual(joined["state"], "requested")
        waiting = self.net.json("app", "approve", "kv")["waiting"]
        self.assertEqual([one["participant"] for one in waiting], [alice])
        self.net.bsn("app", "approve", "kv", alice, "--key", "alice", status=1)
        self.net.bsn("app", "approve", "kv", "alice")
        # The next command of a user comes at once.
        self.net.bsn("call", "kv", "kv", "update", kv("a", "2"), "--key", "alice", "--receipt", "set.receipt.json")
        self.assertEqual(self.net.bsn("query", "kv", "kv", "get", "a").out, "2\n")

    def test_10_history(self):
        history = json.loads(self.net.bsn("query", "kv", "kv", "getHistory", "a").out)
        values = [json.loads(entry["dataInfo"])["BaseInfo"] for entry in history]
        self.assertEqual(sorted(values), ["1", "2"])
        self.assertEqual(len({entry["txId"] for entry in history}), 2)

    def test_11_refusals_of_a_contract(self):
        error = self.net.error("call", "kv", "kv", "set", SET_A)
        self.assertEqual(error["code"], "contract_failed")
        self.assertIn("already exists", error["message"])
        self.net.bsn("query", "kv", "kv", "get", "nothing-there", status=1)
        self.net.bsn("query", "kv", "kv", "no-such-function", status=1)
        self.net.bsn("call", "nowhere", "kv", "set", SET_A, status=1)

    def test_12_upgrade(self):
        self.net.bsn("app", "upgrade", "kv", "notary", "evidence")  # a further contract
        contracts = {one["name"]: one["type"] for one in self.net.json("app", "show", "kv")["contracts"]}
        self.assertEqual(contracts, {"kv": "kv", "notary": "evidence"})
        self.assertEqual(self.net.bsn("query", "kv", "kv", "get", "a").out, "2\n")
        self.net.bsn("app", "upgrade", "kv", "kv")
        self.assertEqual(self.net.json("app", "show", "kv")["contracts"][0], {"name": "kv", "type": "kv", "version": 2})
        self.net.bsn("call", "kv", "kv", "set", kv("upgraded", "1"))
        self.assertEqual(self.net.bsn("query", "kv", "kv", "get", "a").out, "2\n", "the old version's data stays")
        self.assertEqual(len(json.loads(self.net.bsn("query", "kv", "kv", "getHistory", "a").out)), 2)
        self.assertIn("version", self.net.error("app", "upgrade", "kv", "kv", "kv", "99")["message"])
        self.net.bsn("app", "upgrade", "kv", "kv", "evidence", "2", status=1)

    def test_13_suspend_and_resume(self):
        self.net.bsn("app", "suspend", "kv", "--reason", "for a moment")
        error = self.net.error("call", "kv", "kv", "set", kv("b", "1"))
        self.assertEqual(error["code"], "suspended")
        self.assertIn("for a moment", error["message"])
        self.assertEqual(self.net.json("app", "show", "kv")["state"], "suspended")
        self.assertEqual(self.net.bsn("query", "kv", "kv", "get", "a").out, "2\n", "reads go on")
        self.net.bsn("app", "suspend", "kv", "--resume")
        self.net.bsn("call", "kv", "kv", "set", kv("b", "1"))

    def test_14_ledger(self):
        answer = self.net.json("call", "kv", "kv", "set", kv("c", "1"))
        height = self.net.json("ledger", "height", "kv")["height"]
        self.assertGreaterEqual(height, answer["height"])
        self.assertGreaterEqual(int(self.net.bsn("ledger", "height", "kv").out), height)
        block = self.net.json("ledger", "block", "kv", answer["height"])
        self.assertEqual(block["transactions"][answer["index"]], answer["transaction"])
        self.assertEqual(self.net.json("ledger", "block", "kv", block["hash"]), block)
        before = self.net.json("ledger", "block", "kv", answer["height"] - 1)
        self.assertEqual(block["previous"], before["hash"])
        self.net.json("ledger", "block", "kv", "latest")
        found = self.net.json("ledger", "tx", "kv", answer["transaction"])
        self.assertEqual((found["id"], found["status"], found["function"]),
                         (answer["transaction"], "success", "set"))
        lines = self.net.bsn("ledger", "export", "kv").out.splitlines()
        self.assertEqual([json.loads(line)["height"] for line in lines], list(range(len(lines))))
        self.assertGreater(len(lines), answer["height"])
        self.net.bsn("ledger", "block", "kv", 1_000_000, status=1)
        self.net.bsn("ledger", "tx", "kv", "00" * 32, status=1)

    def test_15_events(self):
        said = self.net.bsn("event", "listen", "kv", "--from", "0", "--count", "1").out
        self.assertIn("event_set", said)

    def test_16_receipts(self):
        self.assertIn("success", self.net.bsn("receipt", "verify", "set.receipt.json").out)
        self.assertTrue(self.net.json("receipt", "verify", "set.receipt.json")["success"])
        self.net.bsn("receipt", "show", "set.receipt.json")
        identifier = self.net.json("receipt", "verify", "set.receipt.json")["transaction"]
        self.net.bsn("receipt", "fetch", "kv", identifier, "-o", "fetched.json")
        self.assertTrue(self.net.json("receipt", "verify", "fetched.json")["success"])

    def test_17_status(self):
        status = self.net.json("status")
        self.assertEqual([node["up"] for node in status["nodes"]], [True] * 3)
        self.assertIn("one failure and trust domain", status["trust"])
        said = self.net.bsn("status").out
        for word in ("beijing", "shanghai", "guangzhou", "evidence", "kv", "2 of 3"):
            self.assertIn(word, said)

    def test_18_keys(self):
        self.assertIn("alice", self.net.bsn("key", "list").out)
        before = self.net.json("key", "show", "alice")
        self.net.bsn("key", "rotate", "alice")
        after = self.net.json("key", "show", "alice")
        self.assertEqual(before["participant"], after["participant"])
        self.assertNotEqual(before["key"], after["key"])
        self.net.bsn("call", "kv", "kv", "set", kv("rotated", "1"), "--key", "alice")
        self.net.bsn("key", "new", "alice", status=1)

    def test_19_other_suites(self):
        for suite in ("secp256k1", "sm2"):
            text = (EXAMPLES / "kv.yaml").read_text()
            self.assertIn("suite: secp256r1", text)
            text = text.replace("suite: secp256r1", f"suite: {suite}").replace("name: kv\n", f"name: kv-{suite}\n", 1)
            (self.net.files / f"{suite}.yaml").write_text(text)
            self.net.bsn("app", "publish", f"{suite}.yaml")
            self.net.bsn("key", "new", suite, "--suite", suite)
            self.net.bsn("app", "join", f"kv-{suite}", "--role", "writer", "--key", suite)
            self.net.bsn("app", "approve", f"kv-{suite}", suite, "--key", "operator")
            self.net.bsn("call", f"kv-{suite}", "kv", "set", SET_A, "--key", suite, "--receipt", f"{suite}.json")
            self.assertTrue(self.net.json("receipt", "verify", f"{suite}.json")["success"])

    def test_20_bench(self):
        report = self.net.json("bench", "evidence", "--duration", "0.5", "--warmup", "0.1", "--presign", "4000",
                               "--connections", "2", "--batch", "100")
        self.assertGreater(report["committed_tx_per_s"], 0)
        self.assertTrue(report["durable_on_all_peers"])
        self.assertEqual((report["suite"], report["peers"], report["errors"]), ("secp256r1", 3, 0))
        self.assertEqual(set(report["latency_ms"]), {"p50", "p90", "p95", "p99", "p99_9", "max", "mean"})
        self.assertGreater(report["signature_bound"]["share_of_bound"], 0)
        resources = report["resources"]
        for cost in ("cpu_s_per_1000_tx", "rss_end_bytes", "fsyncs_per_tx", "disk_bytes_per_tx"):
            self.assertGreater(resources[cost], 0, cost)
        self.assertGreater(resources["transactions"], 0)

    def test_20_bench_open_loop(self):
        plot = self.net.files / "rates.svg"
        report = self.net.json("bench", "evidence", "--rate", "40", "--rate", "80", "--duration", "1", "--warmup", "0.2",
                               "--apps", "2", "--verify-seconds", "0", "--plot", plot)
        self.assertEqual([run["pace"]["due"] for run in report["runs"]], [40, 80])
        for run in report["runs"]:
            self.assertEqual((run["pace"]["unsent"], run["errors"], run["loop"]), (0, 0, "open"))
            self.assertEqual(run["apps"], ["bench-secp256r1", "bench-secp256r1-2"])
            self.assertNotIn("signature_bound", run)
        self.assertTrue(plot.read_text().startswith("<svg"))

    def test_20_bench_gateway(self):
        """On networks of its own, which are gone afterwards; the one that runs is left alone."""
        temporary = self.net.files / "temporary"
        temporary.mkdir()
        words = ("--json", "bench", "gateway", "--nodes", "1", "--rounds", "2", "--duration", "0.4", "--warmup", "0.2",
                 "--latency-duration", "0.5", "--in-flight", "40", "--batch", "20", "--idle", "300")
        report = run_bsn(words, self.net.environment | {"TMPDIR": str(temporary)}, self.net.files, 0).json()
        for shape, connections, batch in ((report, 2, 20), (report["single"], 40, 1)):
            self.assertEqual((shape["connections"], shape["batch"], len(shape["rounds"])), (connections, batch, 2))
            self.assertGreater(shape["direct_tx_per_s"], 0)
            self.assertGreater(shape["gateway_tx_per_s"], 0)
            self.assertAlmostEqual(shape["ratio"], shape["gateway_tx_per_s"] / shape["direct_tx_per_s"], places=3)
        self.assertEqual(set(report["added_latency_ms"]), {"p50", "p99"})
        self.assertGreater(report["added_latency_ms"]["p50"], 0)
        self.assertLessEqual(report["added_latency_ms"]["p50"], report["added_latency_ms"]["p99"])
        self.assertAlmostEqual(report["latency_ms"]["rate"], report["single"]["gateway_tx_per_s"] / 2, places=1)
        self.assertEqual(report["idle_connections"]["count"], 300)
        self.assertLess(report["idle_connections"]["rss_bytes_added"], 50_000_000)
        self.assertEqual(list(temporary.iterdir()), [])
        self.net.bsn("status")

    def test_20_bench_gateway_interrupted(self):
        """Ctrl-C ends it at once, and nothing is left behind."""
        temporary = self.net.files / "interrupted"
        temporary.mkdir()
        bench = subprocess.Popen([binary(), "bench", "gateway", "--nodes", "1", "--quiet"],
                                 env=self.net.environment | {"TMPDIR": str(temporary)}, stderr=subprocess.PIPE, text=True)
        self.addCleanup(bench.kill)
        wait_for("the benchmark's network", lambda: list(temporary.glob("*/network/node1/data/state")))
        bench.send_signal(signal.SIGINT)
        _, err = bench.communicate(timeout=60)
        self.assertEqual((bench.returncode, list(temporary.iterdir())), (130, []), err)

    def test_21_wrong_usage(self):
        for words in (["nonsense"], ["up", "--nodes", "17"], ["app", "approve"], ["evidence", "--what"],
                      ["--timeout", "0", "status"], ["down", "--purge"]):
            self.net.bsn(*words, status=2)
            self.net.bsn("--json", *words, status=2)
        self.assertIn("Usage", self.net.bsn("evidence", "deposit", "--help").out)

    def test_22_offline(self):
        """With nothing running; also by somebody else, who has the genesis file only."""
        self.net.down()
        self.net.wait_until_gone()
        self.net.bsn("evidence", "verify", *self.deposited)
        self.net.bsn("receipt", "verify", "set.receipt.json")
        self.net.bsn("status", status=1)
        self.net.bsn("evidence", "deposit", "contract.pdf", "--timeout", "1", status=1)

        shutil.copy(self.net.home / "genesis.json", self.net.files / "genesis.json")
        home = self.net.files / "home of somebody else"
        self.net.bsn("--home", home, "receipt", "verify", "set.receipt.json", status=1)
        self.net.bsn("--home", home, "receipt", "verify", "set.receipt.json", "--genesis", "genesis.json")
        self.net.bsn("--home", home, "evidence", "verify", "contract.pdf", "--genesis", "genesis.json")

        changed = self.net.files / "changed.pdf"
        changed.write_bytes((self.net.files / "contract.pdf").read_bytes() + b" ")
        self.net.bsn("evidence", "verify", "changed.pdf", "--receipt", "contract.pdf.receipt.json", status=1)

    def test_23_all_data_is_there_after_up(self):
        begin = time.monotonic()
        self.net.up()
        print(f"up took {time.monotonic() - begin:.2f} s", end=" ")
        self.assertLess(time.monotonic() - begin, 5, "a warm start is ready in under 5 seconds")
        self.assertEqual(self.net.bsn("query", "kv", "kv", "get", "a").out, "2\n")
        self.net.bsn("evidence", "find", "contract.pdf")
        fetched = self.net.json("receipt", "verify", "set.receipt.json")
        found = self.net.json("ledger", "tx", "kv", fetched["transaction"])
        self.assertEqual(found["height"], fetched["height"])
        self.net.bsn("call", "kv", "kv", "set", kv("after", "1"), "--key", "alice")

    def test_24_purge(self):
        self.net.bsn("down", "--purge", status=2)
        self.assertIsNotNone(self.net.pid(), "nothing happens without --yes")
        self.assertTrue(self.net.json("down", "--purge", "--yes")["purged"])
        self.net.wait_until_gone()
        self.assertFalse(self.net.folder.exists())
        self.assertTrue((self.net.home / "keys" / "operator.pem").exists())
        self.net.bsn("down", "--purge", "--keys", "--yes")
        self.assertFalse(any((self.net.home / "keys").glob("*")) if (self.net.home / "keys").exists() else False)
        self.net.bsn("evidence", "verify", "contract.pdf", status=1)


if __name__ == "__main__":
    main(failfast=True)
