"""`bsn bench fabric`: a short run of all paths to Fabric, the official Node client among them."""

import os
import unittest
from pathlib import Path

from _fabric import client, programs
from _needs import needs
from _network import binary, main, run_bsn, scratch

PROGRAMS = programs()


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
class FabricBench(unittest.TestCase):
    def test_a_short_run_and_nothing_is_left(self):
        client.install()
        files = scratch().folder
        temporary = files / "temporary"
        temporary.mkdir()
        plot = files / "plot.svg"
        report = run_bsn(("--json", "bench", "fabric", "--in-flight", "6", "--batch", "10", "--batches-in-flight", "3",
                          "--duration", "2", "--warmup", "0.2", "--node-client", client.INSTALLED / "load.mjs", "--plot", plot,
                          "--only", "fabric_node_client,fabric_single,fabric_batched"),
                         os.environ | {"TMPDIR": str(temporary), "BSN_FABRIC": str(PROGRAMS)}, files, 0).json()
        self.assertEqual([run["path"] for run in report["runs"]], ["fabric_node_client", "fabric_single", "fabric_batched"])
        self.assertEqual([(run["in_flight"], run["records_per_transaction"]) for run in report["runs"]], [(6, 1), (6, 1), (3, 10)])
        for run in report["runs"]:
            # In the measurement itself there may be none, where other programs have the machine.
            self.assertGreaterEqual(run["costs"]["records"], run["in_flight"] * run["records_per_transaction"], run)
            self.assertEqual(run["latency_ms"]["p50"] > 0, run["records"] > 0, run)
            programs_used = run["costs"]["cpu_us_per_record_by_program"]
            for program in (Path(binary()).name, "peer", "orderer"):
                self.assertGreater(programs_used[program], 0, run)
                self.assertGreater(run["costs"]["rss_bytes_by_program"][program], 0, run)
            self.assertGreater(run["costs"]["client_cpu_us_per_record"], 0)
            self.assertGreater(run["costs"]["disk_bytes_per_record"], 0)
        node, single = (report["records_per_s"][path] for path in ("fabric_node_client", "fabric_single"))
        if node and single:
            self.assertAlmostEqual(report["ratios"]["gateway_to_node_client"], single / node, delta=0.1)
        self.assertEqual(report["node_client_version"], "1.7.1")
        self.assertTrue(plot.read_text().startswith("<svg"))
        self.assertEqual(list(temporary.iterdir()), [])


if __name__ == "__main__":
    main()
