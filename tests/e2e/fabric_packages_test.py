"""Contracts whose code publishers bring along, on channels that our city nodes run: in Go, JavaScript and Java, killed under
load and while they are published, called by Fabric's official client; and packages that cannot be built.
"""

import json
import os
import shutil
import signal
import threading
import time
import unittest

from _fabric import client
from _managed import network_file
from _network import EXAMPLES, main, wait_for
from _packages import BROKEN, EVIDENCE, PackagesTest, contract_processes

JAVA = shutil.which("mvn") and shutil.which("javac")


class FabricPackages(PackagesTest):
    apps = [EVIDENCE, "asset-go", "asset-node", *(["asset-java"] if JAVA else [])]

    def test_contracts_in_go_and_javascript_answer_on_all_nodes(self):
        for app, register, read in (("asset-go", "Register", "Read"), ("asset-node", "register", "read")):
            with self.subTest(app):
                self.call(app, "asset", register, "bike", "a red one")
                for node in range(self.nodes):
                    answer = wait_for("the thing is seen", lambda: next(
                        (one for one in [self.read(app, "asset", read, "bike", node=node)] if one.status == 200), None))
                    thing = json.loads(answer.json()["result_text"])
                    self.assertEqual((thing["id"], thing["description"]), ("bike", "a red one"))
                    self.assertTrue(thing["owner"])
                refused = json.loads(self.call(app, "asset", register, "bike", "another", status=1).err)["error"]
                self.assertEqual(refused["code"], "contract_failed")
                self.assertIn("there is a thing bike already", refused["message"])
                contract = self.contract(app)
                self.assertEqual((contract["name"], contract["state"]), ("asset", "runs"))
                shown = self.net.bsn("app", "show", app).out
                self.assertIn("asset: golang:" if app == "asset-go" else "asset: node:", shown)
                self.assertIn("runs on", shown)

    @unittest.skipUnless(JAVA, "needs Maven and a JDK")
    def test_a_contract_in_java_answers_on_all_nodes(self):
        self.call("asset-java", "asset", "register", "bike", "a red one")
        for node in range(self.nodes):
            answer = wait_for("the thing is seen", lambda: next(
                (one for one in [self.read("asset-java", "asset", "read", "bike", node=node)] if one.status == 200), None))
            self.assertEqual(answer.json()["result_text"], "a red one")
        refused = json.loads(self.call("asset-java", "asset", "register", "bike", "another", status=1).err)["error"]
        self.assertEqual(refused["code"], "contract_failed")
        self.assertIn("there is a thing bike already", refused["message"])

    def test_what_is_acknowledged_stays_though_the_contract_is_killed_under_load(self):
        stop = threading.Event()
        done = []

        def load(worker):
            number = 0
            while not stop.is_set():
                number += 1
                name = f"load-{worker}-{number}"
                if self.call("asset-go", "asset", "Register", name, "x", status=None).status == 0:
                    done.append(name)
        workers = [threading.Thread(target=load, args=(worker,)) for worker in range(2)]
        for worker in workers:
            worker.start()
        for node in ("node1", "node2"):
            wait_for("some are done", lambda before=len(done): len(done) > before + 3, 120)
            log, pids = next((log, pids) for log, pids in contract_processes(self.net.folder).items()
                             if node in log.parts and self.net.channel("asset-go").hex() in str(log))
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            wait_for("it runs again", lambda: set(contract_processes(self.net.folder).get(log, [])) - set(pids))
        wait_for("more are done", lambda before=len(done): len(done) > before + 3, 120)
        stop.set()
        for worker in workers:
            worker.join()
        for name in done:
            self.assertEqual(self.read("asset-go", "asset", "Read", name).status, 200, name)
        self.assertGreaterEqual(self.contract("asset-go")["restarts"], 1)

    @unittest.skipUnless(shutil.which("node"), "needs node (scripts/install-deps.sh)")
    def test_the_official_client_calls_contracts_in_go_and_javascript(self):
        client.install()
        for app, register, read in (("asset-go", "Register", "Read"), ("asset-node", "register", "read")):
            with self.subTest(app):
                connection = self.net.connection()
                members = connection.get(f"/v1/apps/{app}").json()["fabric"]["members"]
                connection.close()
                folders = {(place / "msp-id").read_text(): place for place in self.net.folder.glob("*/fabric")}
                first, second = [client.GatewayClient(network_file(self.net, app, one, folders[one["msp"]]), one["msp"])
                                 for one in members]
                self.addCleanup(first.close)
                self.addCleanup(second.close)
                thing = json.loads(first.submit("asset", register, "boat", "a green one"))
                self.assertEqual((thing["id"], thing["description"]), ("boat", "a green one"))

                def seen():
                    try:
                        return json.loads(second.evaluate("asset", read, "boat"))
                    except client.Failed as failed:
                        self.assertIn("there is no thing boat", str(failed))
                        return None
                self.assertEqual(wait_for("the other peer has it", seen), thing)
                with self.assertRaises(client.Failed) as failed:
                    second.submit("asset", register, "boat", "another")
                self.assertEqual(failed.exception.name, "EndorseError")
                self.assertIn("there is a thing boat already", str(failed.exception))
                self.net.bsn("call", app, "asset", register, "raft", "by our gateway")
                count = 1
                while (events := second.ask("events", chaincode="asset", count=count))[-1]["payload"] != "raft":
                    count += 1
                self.assertIn(("registered", "boat"), [(one["name"], one["payload"]) for one in events])

    # --- while they are published

    def test_an_app_opens_though_its_contract_is_killed_before_it_is_committed(self):
        app = "asset-killed"
        file = self.net.files / f"{app}.yaml"
        file.write_text((EXAMPLES / "asset-go.yaml").read_text().replace("name: asset-go", f"name: {app}")
                        .replace("package: asset-go", f"package: {EXAMPLES / 'asset-go'}"))
        self.net.bsn("app", "publish", file, "--no-wait")
        channel, killed = self.net.channel(app).hex(), []

        def is_open():
            chains = [self.chain(app, node) for node in range(self.nodes)]
            steps = [chain.get("step", "") for chain in chains if chain]
            if len(killed) < 6 and any(step.startswith(("installs", "approves", "waits", "commits")) for step in steps):
                for log, pids in contract_processes(self.net.folder).items():
                    if channel in str(log):
                        for pid in pids:
                            kill(pid)
                        killed.append((steps, pids))
            return all(chain and chain["state"] == "active" for chain in chains)

        def kill(pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # with the one before
                pass
        wait_for(f"{app} is open", is_open, 200)
        print(f"killed meanwhile: {killed}")
        self.assertTrue(killed)
        name = os.urandom(4).hex()
        wait_for("a thing is registered", lambda: self.call(app, "asset", "Register", name, "after kills",
                                                            status=None).status == 0)
        for node in range(self.nodes):
            wait_for("it is seen", lambda: self.read(app, "asset", "Read", name, node=node).status == 200)

    # --- what cannot be built

    def test_a_package_that_does_not_compile_is_told_by_the_node(self):
        (self.net.files / "bad.tar.gz").write_bytes(BROKEN)
        app = self.net.files / "bad.yaml"
        app.write_text("name: bad\nframework: fabric\ncontracts: [{name: bad, package: bad.tar.gz}]\n"
                       "roles: [{name: user, functions: ['*']}]\n")
        told = self.net.error("app", "publish", app)["message"]
        self.assertIn("the package cannot be built: go build", told)
        self.call("asset-node", "asset", "register", os.urandom(4).hex(), "still there")

    # --- after ends

    def test_a_node_without_the_package_gets_it_and_builds_it_again(self):
        self.net.kill()
        wait_for("contracts end with the node", lambda: not contract_processes(self.net.folder))
        for part in ("packages", "builds"):
            shutil.rmtree(self.net.folder / "node2" / "fabric" / part)
        self.net.up()
        for app in self.apps:
            self.wait_until_open(app)
        name = os.urandom(4).hex()
        # Programs that have just begun, or lost their leader, refuse for a while.
        wait_for("a thing is registered", lambda: self.call("asset-node", "asset", "register", name, "after the end",
                                                            status=None).status == 0, 120)
        wait_for("it is seen", lambda: self.read("asset-node", "asset", "read", name, node=1).status == 200)
        self.assertEqual(len(list((self.net.folder / "node2" / "fabric" / "packages").glob("*.tar.gz"))), len(self.apps) - 1)


if __name__ == "__main__":
    main()
