"""Limits of an app in every protocol's form, what is counted, and that a noisy app does not slow the others."""

import json
import re
import threading
import time

from _fisco import Account, rlp
from _network import EXAMPLES, main, wait_for
from _published import FABRIC, Published
from _transactions import Channel, Key, many, results, seal_many, submit, submit_many

BYTES = {"Content-Type": "application/x-bsn-transactions"}
CHAIN_ID = 2026  # of examples/ethereum.yaml


def ethereum_transaction(account, nonce):
    """Legacy, with replay protection (EIP-155), to nobody."""
    fields = [nonce, 0, 100_000, bytes(19) + b"\x07", 0, b""]
    v, r, s = account._signature(account.hash(rlp(fields + [CHAIN_ID, 0, 0])))
    return "0x" + rlp(fields + [v - 27 + CHAIN_ID * 2 + 35, r, s]).hex()


class Metering(Published):
    def app(self, name, example="kv", **limits):
        """Publishes an example under another name, and joins it as writer by a key of its own."""
        file = self.net.files / f"{name}.yaml"
        text = (EXAMPLES / f"{example}.yaml").read_text()
        old = re.search(r"^name: (\w+)$", text, re.MULTILINE).group(1)
        file.write_text(text.replace(f"name: {old}\ndesc", f"name: {name}\ndesc").replace("group: 1 ", "group: 7 "))
        self.net.bsn("app", "publish", file)
        self.net.channel(name)
        if limits:
            self.limit(name, **limits)
        if example != "kv":
            return None
        self.net.bsn("key", "new", name)
        self.net.bsn("--key", name, "app", "join", name, "--role", "writer")
        self.net.bsn("app", "approve", name, name)
        key = Key.load(self.net.home / "keys" / f"{name}.pem")
        channel = Channel.of(self.net, name)
        wait_for("the member may write", lambda: self.write(name, channel, key).status == 200)
        return channel, key

    def limit(self, name, **limits):
        """0: none."""
        self.net.bsn("app", "gateway", name, *(word for one, value in limits.items() for word in (f"--{one}", value)))
        self.wait_for_limit(name, limits)

    def wait_for_limit(self, name, limits):
        names = {"tps": "transactions_per_second", "traffic": "traffic_bytes_per_day", "storage": "storage_bytes"}

        def known(connection):
            has = connection.get(f"/v1/apps/{name}").json().get("gateway", {}).get("limits", {})
            return all(has.get(names[one], 0) == value for one, value in limits.items())

        for connection in self.net.connections():
            wait_for("the node knows the limits", lambda: known(connection))
            connection.close()

    def write(self, name, channel, key, node=0):
        connection = self.net.connection(node)
        answer = submit(connection, name, self.transactions(channel, key, 1)[0])
        connection.close()
        return answer

    @staticmethod
    def transactions(channel, key, count, stamp=""):
        stamp = stamp or str(time.monotonic_ns())
        return seal_many(key, [channel.payload(key.participant, "kv", "set",
                                               [json.dumps({"baseKey": f"{stamp}-{i}", "baseValue": "v"})])
                               for i in range(count)])

    def metric(self, line, node=0):
        connection = self.net.connection(node)
        text = connection.get("/metrics").body.decode()
        connection.close()
        found = re.search(f"^{re.escape(line)} (\\S+)$", text, re.MULTILINE)
        return float(found.group(1)) if found else 0

    # --- each in its own form ---

    def test_native(self):
        channel, key = self.app("native")
        self.limit("native", tps=5)
        connection = self.net.connection()
        time.sleep(1.1)  # the bucket is full
        batch = self.transactions(channel, key, 12)
        answers = submit_many(connection, "native", batch)
        taken = [code for code, *_ in answers if code == 0]
        self.assertIn(len(taken), (5, 6), answers)
        self.assertEqual([code for code, *_ in answers], taken + [117] * (12 - len(taken)))
        self.assertIn("5 transactions a second", answers[-1][4])
        refused = wait_for("one is refused", lambda: next(
            (answer for answer in (self.write("native", channel, key) for _ in range(20)) if answer.status != 200), None))
        self.assertEqual((refused.status, refused.code, refused.headers["Retry-After"]), (429, "overloaded", "1"))
        # What was refused is on no chain, and is taken later.
        identifiers = [answer[3] for answer in answers]
        self.assertEqual(channel.get(connection, key, f"/v1/apps/native/transactions/{identifiers[-1]}").status, 404)

        def taken_later():
            answers = submit_many(connection, "native", batch)
            return answers and all(code == 0 for code, *_ in answers[:5])

        wait_for("the bucket fills again", taken_later, pause=1.2)  # asking sooner takes what has come
        connection.close()
        self.assertGreaterEqual(self.metric('bsn_app_refused_total{app="native",limit="transactions_per_second"}'), 7)
        self.assertGreaterEqual(self.metric('bsn_app_transactions_total{app="native"}'), 5)

    def test_published(self):
        file = self.net.files / "open.yaml"
        file.write_text((EXAMPLES / "kv.yaml").read_text().replace("name: kv\ndesc", "name: pub\ndesc")
                        .replace("name: writer", "name: user"))
        client = self.publish(file, "pub", "trust", "secp256r1")
        connection = self.net.connection()
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        self.net.bsn("--key", "pub", "app", "custodian", "pub", node)

        def invoke(number):
            argument = json.dumps({"baseKey": f"k{number}", "baseValue": "1"})
            return client.ask(FABRIC + "reqChainCode", "" + "bm9uY2U=" + "kv" + "set" + argument, userName="",
                              nonce="bm9uY2U=", chainCode="kv", funcName="set", args=[argument], transientData={})

        before = self.metric('bsn_gateway_transactions_total{result="success"}')
        self.good(wait_for("custody is there", lambda: (
            lambda answer: answer if answer["header"]["code"] == 0 else None)(invoke(0))))
        self.assertGreater(self.metric('bsn_gateway_transactions_total{result="success"}'), before)
        self.limit("pub", tps=1)
        answers = [invoke(number) for number in range(1, 30)]
        refused = [answer for answer in answers if answer["header"]["code"] == -1]
        self.assertTrue(refused, "none of 29 was refused")
        for answer in refused:
            self.assertIn("1 transaction a second", answer["header"]["msg"])
            self.assertIsNone(answer["body"])
        self.limit("pub", tps=0, traffic=1)
        for path in ("/api/app/getAppInfo", FABRIC + "getLedgerInfo"):
            answer = client.ask(path)
            self.assertEqual(answer["header"]["code"], -1)
            self.assertIn("traffic_bytes_per_day", answer["header"]["msg"])

    def rpc(self, app, method, *parameters):
        connection = self.net.connection()
        answer = connection.post(f"/rpc/{app}", {"jsonrpc": "2.0", "id": 9, "method": method, "params": parameters})
        connection.close()
        return answer

    def test_ethereum(self):
        self.app("coin", "ethereum", tps=2)
        account = Account("secp256k1")
        answers = [self.rpc("coin", "eth_sendRawTransaction", ethereum_transaction(account, nonce)).json()
                   for nonce in range(20)]
        refused = [answer for answer in answers if "error" in answer]
        self.assertTrue(refused)
        self.assertTrue(any("result" in answer for answer in answers), answers[0])
        for answer in refused:
            self.assertEqual((answer["id"], answer["error"]["code"]), (9, -32005))
            self.assertIn("2 transactions a second", answer["error"]["message"])
        self.assertIn("result", self.rpc("coin", "eth_blockNumber").json(), "reading is no transaction")
        self.limit("coin", tps=0, traffic=1)
        answer = self.rpc("coin", "eth_blockNumber")
        self.assertEqual((answer.status, answer.json()["id"], answer.json()["error"]["code"]), (429, 9, -32005))
        self.assertGreater(int(answer.headers["Retry-After"]), 0)

    def test_fisco(self):
        self.app("notes", "fisco", tps=1)
        account = Account("secp256k1")
        sent = [account.transaction(b"", to=bytes(19) + b"\x07", chain=1, group=7) for _ in range(10)]
        answers = [self.rpc("notes", "sendRawTransaction", 7, "0x" + raw.hex()).json() for raw, _ in sent]
        refused = [answer for answer in answers if answer.get("error", {}).get("code") == -40011]
        self.assertTrue(refused, answers)
        self.assertTrue(refused[0]["error"]["message"].startswith("Over QPS limit"), refused[0])
        self.assertIn("result", answers[0])

    # --- what is counted outlives the process ---

    def test_traffic_of_the_day_outlives_a_crash(self):
        channel, key = self.app("busy")
        for _ in range(20):
            self.write("busy", channel, key)
        self.assertGreater(self.metric('bsn_app_traffic_bytes_total{app="busy",direction="in"}'), 1000)
        self.assertGreater(self.metric('bsn_app_traffic_bytes_total{app="busy",direction="out"}'), 1000)
        wait_for("blocks are counted", lambda: self.metric('bsn_app_storage_bytes{app="busy"}') > 1000)
        self.limit("busy", traffic=1000)
        time.sleep(6)  # figures are written every 5 s
        self.net.kill()
        self.net.up()
        refused = wait_for("the node serves again", lambda: self.write("busy", channel, key))
        self.assertEqual((refused.status, refused.code), (429, "overloaded"))
        self.assertIn("traffic_bytes_per_day", refused.message)
        self.assertEqual(self.write("busy", channel, key, node=1).status, 200, "each node counts what it serves")

    def test_storage(self):
        channel, key = self.app("full")
        self.write("full", channel, key)
        self.limit("full", storage=100)
        refused = wait_for("the limit is noticed", lambda: (
            lambda answer: answer if answer.status != 200 else None)(self.write("full", channel, key)))
        self.assertEqual((refused.status, refused.code), (429, "overloaded"))
        self.assertIn("storage_bytes", refused.message)
        connection = self.net.connection()
        self.assertEqual(channel.get(connection, key, "/v1/apps/full/height").status, 200)
        connection.close()

    # --- neighbours ---

    SECONDS = 5
    BATCH, BATCHES_A_SECOND = 500, 12  # offered by the noisy app: 6,000 transactions a second, at a limit of 20

    def quiet_rate(self, channel, key):
        """Transactions a second of one client that sends one after the other, and its median latency."""
        prepared = self.transactions(channel, key, 3000)
        connection, latencies = self.net.connection(), []
        start = time.monotonic()
        for transaction in prepared:
            begin = time.monotonic()
            if begin > start + self.SECONDS:
                break
            answer = submit(connection, "quiet", transaction)
            self.assertEqual(answer.status, 200, answer)
            latencies.append(time.monotonic() - begin)
        connection.close()
        return len(latencies) / (time.monotonic() - start), sorted(latencies)[len(latencies) // 2]

    def flood(self, bodies, over, outcome):
        """Offers a batch at a steady pace, by as many connections as are needed; each batch once."""
        mutex, state = threading.Lock(), {"next": 0}
        begin = time.monotonic()

        def one():
            connection = self.net.connection()
            while not over.is_set():
                with mutex:
                    number, state["next"] = state["next"], state["next"] + 1
                if number >= len(bodies) or over.wait(max(0, begin + number / self.BATCHES_A_SECOND - time.monotonic())):
                    break
                answer = connection.request("POST", "/v1/apps/noisy/transactions", bodies[number], BYTES)
                codes = [code for code, *_ in results(answer.body)] if answer.status == 200 else [117] * self.BATCH
                with mutex:
                    outcome["offered"] += self.BATCH
                    outcome["taken"] += sum(code == 0 for code in codes)
            connection.close()

        threads = [threading.Thread(target=one) for _ in range(16)]
        for thread in threads:
            thread.start()
        return threads

    def under_flood(self, bodies, channel, key):
        over, outcome = threading.Event(), {"offered": 0, "taken": 0}
        threads = self.flood(bodies, over, outcome)
        time.sleep(1)
        rate = self.quiet_rate(channel, key)
        over.set()
        for thread in threads:
            thread.join()
        return rate, outcome

    def test_a_noisy_app_does_not_slow_its_neighbour(self):
        quiet = self.app("quiet")
        channel, key = self.app("noisy")
        count = (self.SECONDS + 4) * self.BATCHES_A_SECOND
        sealed = self.transactions(channel, key, count * self.BATCH)
        bodies = [many(sealed[at:at + self.BATCH]) for at in range(0, len(sealed), self.BATCH)]
        self.limit("noisy", tps=20)
        self.quiet_rate(*quiet)  # warm
        alone, alone_latency = self.quiet_rate(*quiet)
        (limited, limited_latency), outcome = self.under_flood(bodies, *quiet)
        self.limit("noisy", tps=0)
        (unlimited, unlimited_latency), free = self.under_flood(bodies, *quiet)
        print(f"quiet app: alone {alone:.0f}/s, {alone_latency * 1000:.1f} ms; beside a limited flood {limited:.0f}/s, "
              f"{limited_latency * 1000:.1f} ms (offered {outcome['offered']}, taken {outcome['taken']}); beside one "
              f"without limit {unlimited:.0f}/s, {unlimited_latency * 1000:.1f} ms (taken {free['taken']})")
        # 20 a second, for at most the time that it went on, and the bucket's first fill.
        self.assertLess(outcome["taken"], 20 * (self.SECONDS + 15))
        self.assertGreater(outcome["offered"], 10 * outcome["taken"], "it was no flood")
        self.assertGreater(limited, alone / 3, "the quiet app lost more than two thirds of its throughput")
        self.assertLess(limited_latency, alone_latency * 4)
        # Without one the flood is taken, and whoever writes waits behind it: slower by more than ten times where the
        # processors are busy. Nobody is refused or starved; who wants more gives the app a limit.
        self.assertGreater(unlimited, alone / 100)
        self.assertLess(unlimited_latency, 5)
        # The same flood without limits is taken: so it was the limits that held it back.
        self.assertGreater(free["taken"], 10 * outcome["taken"])


if __name__ == "__main__":
    main()
