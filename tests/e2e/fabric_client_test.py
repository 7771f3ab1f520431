"""Our client of Fabric (framework/fabric/client) on a real network: tests/fabric is its program. On Fabric 3, whose
orderers are BFT, also the suite that all frameworks pass (tests/conformance/framework); on 2.5 that runs on channels of our
own."""

import os
import subprocess
import threading
import time
import unittest
from pathlib import Path

from _fabric import FabricTest, is_version_3, programs
from _network import binary, main

SUITE = Path(binary()).parent.parent / "tests" / "test_conformance_framework"
PROGRAM = os.environ.get("BSN_FABRIC_CLIENT", str(Path(binary()).parent / "bsn_fabric_client"))


class Client(FabricTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deploy_contract("kv", "kv")
        cls.deploy_assets()

    @unittest.skipUnless(programs() and is_version_3(), "on 2.5 conformance.fabric runs it")
    def test_the_suite_of_all_frameworks(self):
        self.deploy_contract("evidence", "evidence")
        self.run_program(SUITE, "fabric_network/*", timeout=600)

    def run_tests(self, names="*", **environment):
        self.run_program(PROGRAM, f"RealChain.{names}", **environment)

    def run_program(self, program, names, timeout=300, **environment):
        done = subprocess.run([program, f"--gtest_filter={names}"], capture_output=True, text=True, timeout=timeout,
                              env=os.environ | {"BSN_FABRIC_NETWORK": str(self.folder / "network.json")} | environment,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-3000:])
        self.assertNotIn("0 tests from", done.stdout.splitlines()[-1])

    def test_all_that_a_chain_does(self):
        self.run_tests()

    def test_a_lost_peer_is_done_without(self):
        self.fabric.kill("peer3")
        try:
            self.run_tests("ManyCallsAtOnce:RealChain.AProofHoldsForThoseWhoTrustTheOrganisations")
        finally:
            self.fabric.restart("peer3")

    def test_peers_and_orderers_come_and_go_under_load(self):
        """kill -9 of a peer that may be the followed one, and of an orderer: all calls have their effect."""
        failed = []

        def load():
            try:
                self.run_tests("Throughput", BSN_FABRIC_CALLS="3000")
            except AssertionError as failure:
                failed.append(failure)

        loader = threading.Thread(target=load)
        loader.start()
        time.sleep(3)
        for name in ("peer1", "orderer1"):
            self.fabric.kill(name)
            time.sleep(1)
            self.fabric.restart(name)
        loader.join()
        self.assertEqual(failed, [])


if __name__ == "__main__":
    main()
