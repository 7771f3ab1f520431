"""What `make soak` makes of its samples: slopes, limits, what must not be passed over."""

import sys
import unittest

from _network import REPOSITORY, main

sys.path.insert(0, str(REPOSITORY / "scripts"))

from soak_report import LIMITS, MOST_LAG, judge, memory_slopes, report, slope  # noqa: E402  (found by the line above)

HOUR = 3600
BENCH = {"committed": 5_400_000, "errors": 0, "errors_by_code": {}, "abandoned": 0, "durable_on_all_peers": True,
         "overloaded": {"refused": 0}, "pace": {"rate": 1500, "due": 5_400_000, "unsent": 0},
         "latency_ms": {"p50": 200, "p99": 400, "max": 900},
         "machine": {"cores": 2, "cpu": "a processor", "memory_bytes": 2**34, "version": "1", "commit": "abc"},
         "series": [{"end_s": end, "committed_tx_per_s": 1500, "p50_ms": 200, "p99_ms": 400, "errors": 0, "overloaded": 0}
                    for end in range(10, HOUR + 1, 10)]}


def samples(bsn_mb=lambda hours: 300, **more):
    """Of an hour, one each 10 s, of two nodes; the second node's memory stands still."""
    def node(name, mb):
        return {"node": name, "bsn_bytes": mb * 1e6, "cometbft_bytes": 80e6, "disk_bytes": 1e6, "database_bytes": 0, "alarms": [], "trouble": "",
                "engine_restarts": 0}
    return [{"s": s, "transactions": 1500 * s, "lag": 1, "order_lag": 1,
             "nodes": [node("beijing", bsn_mb(s / HOUR)) | more, node("shanghai", 300)]} for s in range(0, HOUR + 1, 10)]


class SoakReportTest(unittest.TestCase):
    def broken(self, bench=None, laws=None, seconds=HOUR, **more):
        return judge(BENCH | (bench or {}), samples(**more), laws or {}, seconds)["broken"]

    def test_a_line_of_least_squares(self):
        self.assertAlmostEqual(slope([(x, 3 * x + 7) for x in range(10)]), 3)
        self.assertAlmostEqual(slope([(0, 0), (1, 3), (2, 3), (3, 0)]), 0)
        self.assertEqual(slope([(1, 5)]), 0)
        self.assertEqual(slope([(1, 5), (1, 6)]), 0)

    def test_memory_counts_after_the_first_third(self):
        grows = memory_slopes(samples(lambda hours: 900 * min(hours, 1 / 3) + 9 * hours), HOUR)["bsn of beijing"]
        self.assertAlmostEqual(grows["mb_per_hour"], 9, delta=0.1)
        self.assertAlmostEqual(grows["mb_per_100000_tx"], 9 / 54, delta=0.01)

    def test_what_the_databases_hold_does_not_count(self):
        filling = samples(lambda hours: 400 * hours)
        for one in filling:
            one["nodes"][0]["database_bytes"] = 390e6 * one["s"] / HOUR
        grows = memory_slopes(filling, HOUR)["bsn of beijing"]
        self.assertAlmostEqual(grows["mb_per_hour"], 10, delta=0.1)
        self.assertEqual((grows["mb"], grows["database_mb"]), (400, 390))

    def test_a_good_hour(self):
        self.assertEqual(self.broken(), [])

    def test_memory_beyond_a_limit(self):
        said, = self.broken(bsn_mb=lambda hours: (LIMITS["mb_per_hour"] + 1) * hours)
        self.assertIn("memory of bsn of beijing grows by 61", said)
        self.assertEqual(self.broken(bsn_mb=lambda hours: (LIMITS["mb_per_hour"] - 1) * hours), [])

    def test_memory_of_a_short_run_is_not_judged(self):
        self.assertEqual(self.broken(seconds=120, bsn_mb=lambda hours: 10_000 * hours), [])

    def test_what_else_breaks_it(self):
        self.assertIn("a law: lost", self.broken(laws={"a law": "lost", "another": None}))
        self.assertIn("3 errors", self.broken({"errors": 3})[0])
        self.assertIn("2 without an answer", self.broken({"abandoned": 2})[0])
        self.assertIn("same last block", self.broken({"durable_on_all_peers": False})[0])
        self.assertIn("told while it ran: diverged", self.broken(alarms=["diverged"])[0])
        self.assertIn("CometBFT ended 1 times", self.broken(engine_restarts=1)[0])
        slow = samples()
        slow[7]["lag"] = MOST_LAG + 1
        self.assertIn("certified blocks behind", judge(BENCH, slow, {}, HOUR)["broken"][0])

    def test_the_report_says_what_failed(self):
        found = judge(BENCH, samples(), {"a law": "lost"}, HOUR)
        text = report(BENCH, samples(), {"a law": "lost"}, found, HOUR)
        self.assertIn("a law: **no**", text)
        self.assertIn("**Failed**: a law: lost.", text)
        self.assertNotIn("Failed", report(BENCH, samples(), {"a law": None}, judge(BENCH, samples(), {}, HOUR), HOUR))


if __name__ == "__main__":
    main()
