"""What a city node counted for an app on a day is on the permission chain once the day has ended, also across a crash.

The day ends by the node's own clock, which is a day behind at first (tests/faulty).
"""

import json
import time

from _faulty import OwnNetworkTest
from _network import main, wait_for
from _transactions import now_ms, submit

SKEWED = 3
DAY = 86_400
ENOUGH = 120  # seconds, for what has to happen on one day


class UsageRecord(OwnNetworkTest):
    faulty = (SKEWED,)

    def test_a_day_is_told_when_it_has_ended(self):
        ledger = next(one for one in self.ledgers if one.app == "kv")
        left = DAY - time.time() % DAY
        if left < ENOUGH:  # the day must not end while we count
            time.sleep(left + 1)
        before = time.time() - DAY
        yesterday = time.strftime("%Y-%m-%d", time.gmtime(before))
        self.net.skew(SKEWED, -DAY)
        connection = self.net.connection(SKEWED)
        sent = ledger.transactions([("set", [json.dumps({"baseKey": f"usage{i}", "baseValue": "v"})])
                                    for i in range(7)])
        for transaction in sent:  # handed on, and then refused: their validity is a day too long for this clock
            submit(connection, "kv", transaction)
        target = "/v1/apps/kv/height"
        signed = ledger.channel.authorization(ledger.key, "GET", target, expires=now_ms() - DAY * 1000 + 30_000)
        self.assertEqual(connection.get(target, headers=signed).status, 200)
        name = connection.get("/v1/status").json()["name"]
        connection.close()
        self.assertEqual(self.told(yesterday), [], "the day goes on")
        time.sleep(7)  # figures are written every 5 s
        self.net.kill_node(SKEWED)
        self.net.start(SKEWED)
        record = wait_for("the day is told", lambda: self.told(yesterday), seconds=120)
        self.assertEqual([(one["name"], one["transactions"], one["refused"]) for one in record], [(name, 7, 0)])
        self.assertGreater(record[0]["storage_bytes"], 0)
        self.assertGreater(record[0]["traffic_bytes"], 10)
        self.assertIn(name, self.net.bsn("app", "usage", "kv", "--day", yesterday).out)
        self.assertEqual(self.told(time.strftime("%Y-%m-%d", time.gmtime())), [], "today has not ended")

    def told(self, day):
        return self.net.json("app", "usage", "kv", "--day", day)["nodes"]


if __name__ == "__main__":
    main()
