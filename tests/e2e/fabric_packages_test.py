"""Contracts whose code publishers bring along, on channels that our city nodes run: in Go, JavaScript and Java, killed under
load, silent, flooding; and packages that are no good.
"""

import hashlib
import json
import os
import shutil
import signal
import tarfile
import threading
import time
import unittest
from io import BytesIO
from pathlib import Path

from _fabric import programs
from _network import EXAMPLES, REPOSITORY, NetworkTest, main, needs, wait_for
from _transactions import Channel, Key

PROGRAMS = programs()
EVIDENCE = "evidence-fabric"
JAVA = shutil.which("mvn") and shutil.which("javac")

# A contract that does what none should.
UNRULY = """'use strict';
const { Contract } = require('fabric-contract-api');
class Unruly extends Contract {
    async set(context, key) { await context.stub.putState(key, Buffer.from('there')); return key; }
    async get(context, key) { return (await context.stub.getState(key)).toString(); }
    async loop() { for (;;) {} }
    async wait() { await new Promise(() => {}); }
    async memory() { const all = []; for (;;) { all.push(new Array(1 << 20).fill(1.5)); } }
    async outside() { const all = []; for (;;) { all.push(Buffer.alloc(1 << 26, 1)); } }
    async say() { const line = 'x'.repeat(1 << 16) + '\\n'; for (;;) { require('fs').writeSync(1, line); } }
    async fork() { for (;;) { require('child_process').spawn('sleep', ['1000']); } }
    async see() {
        const fs = require('fs');
        const look = (path) => { try { return fs.readdirSync(path); } catch (error) { return error.code; } };
        let written = 'written';
        try { fs.writeFileSync('/contract/src/index.js', ''); } catch (error) { written = error.code; }
        return JSON.stringify({ written, root: look('/'), home: look(process.env.HOME), user: process.getuid(),
                                processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
                                environment: Object.keys(process.env) });
    }
}
module.exports.contracts = [Unruly];
"""


def contract_processes(folder):
    """Pids of what runs contracts of packages for the nodes of this network, by the log that they write to."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            log = Path(os.readlink(process / "fd" / "1"))
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if folder in log.parents and "contracts" in log.parts and state != "Z":
            found.setdefault(log, []).append(int(process.name))
    return found


@needs(PROGRAMS, "needs Fabric's programs: BSN_FABRIC, or bsn framework install fabric")
@needs(shutil.which("go") and shutil.which("npm") and shutil.which("bwrap"), "needs go, npm and bubblewrap")
class FabricPackages(NetworkTest):
    nodes = 2
    environment = {"BSN_FABRIC": str(PROGRAMS), "BSN_PACKAGE_CACHE": str(REPOSITORY / "build" / "package-cache"),
                   "BSN_TEST_SECRET": "nobody's business"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        unruly = cls.net.files / "unruly"
        shutil.copytree(EXAMPLES / "asset-node", unruly, ignore=shutil.ignore_patterns("node_modules"))
        (unruly / "index.js").write_text(UNRULY)
        (cls.net.files / "unruly.yaml").write_text(
            "name: unruly\nframework: fabric\ncontracts: [{name: unruly, package: unruly}]\n"
            "roles: [{name: user, functions: ['*']}]\n")
        cls.apps = [EVIDENCE, "asset-go", "asset-node", "unruly", *(["asset-java"] if JAVA else [])]
        for app in cls.apps:
            file = cls.net.files / f"{app}.yaml"
            cls.net.bsn("app", "publish", file if file.exists() else EXAMPLES / f"{app}.yaml", "--no-wait")
        for app in cls.apps:
            cls.wait_until_open(app)

    @classmethod
    def tearDownClass(cls):
        cls.net.kill()
        wait_for("contracts end with the node", lambda: not contract_processes(cls.net.folder))

    @classmethod
    def chain(cls, app, node=0):
        connection = cls.net.connection(node)
        status = connection.get("/v1/status").json()
        connection.close()
        return next((chain for chain in status["chains"] if chain["app"] == app), None)

    @classmethod
    def wait_until_open(cls, app, seconds=400):
        def is_open():
            chains = [cls.chain(app, node) for node in range(cls.nodes)]
            for chain in chains:
                assert not chain or "cannot be" not in chain.get("alarm", ""), chain
            return all(chain and chain["state"] == "active" for chain in chains)
        wait_for(f"{app} is open", is_open, seconds, pause=0.2)

    def contract(self, app, node=0):
        return self.chain(app, node)["contracts"][0]

    def call(self, app, contract, *words, status=0):
        return self.net.bsn("--json", "call", app, contract, *words, status=status)

    def read(self, app, contract, *words, node=0):
        connection = self.net.connection(node)
        answer = connection.post(f"/v1/apps/{app}/query", {"contract": contract, "function": words[0],
                                                           "arguments": list(words[1:])})
        connection.close()
        return answer

    def deposits_go_on(self, until, least):
        """Deposits into another app one after the other until something is so; how long each took, in seconds."""
        took = []
        while not until() or len(took) < least:
            begin = time.monotonic()
            self.call(EVIDENCE, "evidence", "deposit", hashlib.sha256(os.urandom(16)).hexdigest())
            took.append(time.monotonic() - begin)
        return took

    def deposits_go_on_beside(self, times, call):
        """What so many of these calls at once told, once all have ended; deposits into another app go on meanwhile."""
        quiet = self.deposits_go_on(lambda: True, 10)
        told = []
        callers = [threading.Thread(target=lambda: told.append(call())) for _ in range(times)]
        begin = time.monotonic()
        for caller in callers:
            caller.start()
        took = self.deposits_go_on(lambda: not any(caller.is_alive() for caller in callers), 5)
        print(f"{times} calls: ended after {time.monotonic() - begin:.0f} s; {len(took)} deposits beside them took "
              f"{max(took):.2f} s at most, {max(quiet):.2f} s without")
        self.assertLess(max(took), 10)
        self.assertEqual(len(told), times)
        return told

    # --- what works

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

    def test_a_contract_sees_nothing_of_the_node(self):
        answer = wait_for("it answers", lambda: next(
            (one for one in [self.net.bsn("--json", "query", "unruly", "unruly", "see", status=None)] if one.status == 0), None))
        seen = json.loads(answer.json()["result"])
        self.assertIn(seen["written"], ("EROFS", "EACCES"))
        self.assertEqual(set(seen["root"]) - {"bin", "sbin", "lib", "lib64", "usr", "etc", "proc", "dev", "tmp"},
                         {"contract", "tls"})
        self.assertLess(seen["processes"], 8)
        self.assertNotIn("BSN_TEST_SECRET", seen["environment"])
        if os.geteuid() == 0:
            self.assertGreater(seen["user"], 1_000_000_000)

    # --- what harms itself only

    def test_contracts_that_never_answer_or_flood_are_limited_and_started_again(self):
        quiet = self.deposits_go_on(lambda: True, 10)
        # A buffer that is not granted is an error of the call, which the contract outlives.
        refused = json.loads(self.call("unruly", "unruly", "outside", status=1).err)["error"]
        self.assertEqual(refused["code"], "contract_failed")
        self.assertIn("allocation failed", refused["message"])
        before = self.contract("unruly")["restarts"]
        for function in ("memory", "say"):
            with self.subTest(function):
                caller = threading.Thread(target=self.call, args=("unruly", "unruly", function), kwargs={"status": 1})
                caller.start()
                took = self.deposits_go_on(lambda: not caller.is_alive(), 5)
                print(f"{function}: deposits beside it took {max(took):.2f} s at most, {max(quiet):.2f} s without")
                self.assertLess(max(took), 10)
                self.back_again()
        self.assertGreater(self.contract("unruly")["restarts"], before)
        logs = [log for log in self.net.folder.glob("*/fabric/contracts/*/log*")]
        self.assertLess(max(log.stat().st_size for log in logs), 40 << 20)

        before = self.contract("unruly")["restarts"]
        told = []
        caller = threading.Thread(target=lambda: told.append(self.call("unruly", "unruly", "loop", status=1)))
        begin = time.monotonic()
        caller.start()
        took = self.deposits_go_on(lambda: self.contract("unruly")["restarts"] > before, 5)
        print(f"loop: started again after {time.monotonic() - begin:.0f} s; deposits took {max(took):.2f} s at most")
        self.assertLess(max(took), 10)
        caller.join()
        self.assertRegex(json.loads(told[0].err)["error"]["message"], "unruly|failed to execute transaction")
        self.back_again()

    def test_calls_that_are_never_answered_end_and_hinder_no_other_app(self):
        before = self.contract("unruly")["restarts"]
        calls = self.deposits_go_on_beside(8, lambda: self.call("unruly", "unruly", "wait", status=1))
        self.assertLess(max(ended.seconds for ended in calls), 45)
        # Its own app goes on only now: Fabric's peers commit no block of a channel while a call of it is simulated,
        # which they end after 30 s, though clients may have gone before.
        after = self.call("unruly", "unruly", "set", os.urandom(4).hex())
        print(f"wait: a call of another function after it took {after.seconds:.2f} s")
        self.assertLess(after.seconds, 20)
        self.assertEqual(self.contract("unruly")["restarts"], before)  # one that waits takes connections

    def test_queries_that_are_never_answered_end_and_hinder_no_other_app(self):
        def query():
            return self.net.bsn("query", "unruly", "unruly", "wait", status=1)
        self.assertIn("the contract may hang", query().err)
        told = self.deposits_go_on_beside(40, query)
        for one in told:
            self.assertRegex(one.err, "may hang|did not answer in time")

    def test_a_contract_that_forks_without_end_is_limited_and_hinders_no_other_app(self):
        quiet = self.deposits_go_on(lambda: True, 10)
        before = self.contract("unruly")["restarts"]
        most = 0

        def ended():
            nonlocal most
            most = max(most, *self.threads_of("unruly").values(), 0)
            return not caller.is_alive()
        caller = threading.Thread(target=self.call, args=("unruly", "unruly", "fork"), kwargs={"status": 1})
        begin = time.monotonic()
        caller.start()
        took = self.deposits_go_on(ended, 5)
        print(f"fork: ended after {time.monotonic() - begin:.0f} s, with {most} threads; {len(took)} deposits beside it "
              f"took {max(took):.2f} s at most, {max(quiet):.2f} s without")
        self.assertLess(max(took), 10)
        self.assertGreater(most, 20)  # it did fork
        self.assertLessEqual(most, 256 + 8)  # and the few of who confines it
        wait_for("it is started again", lambda: self.contract("unruly")["restarts"] > before)
        self.back_again()
        wait_for("nothing is left of what it forked", lambda: max(self.threads_of("unruly").values()) < 50)

    def threads_of(self, app):
        """Of all processes that run an app's contract and what they began; by PID namespace, one for each node."""
        def namespace(pid):
            return os.readlink(f"/proc/{pid}/ns/pid")
        spaces = {}
        for log, pids in contract_processes(self.net.folder).items():
            if self.net.channel(app).hex() in str(log):
                for pid in pids:
                    try:
                        spaces[namespace(pid)] = 0
                    except OSError:
                        continue
        spaces.pop(namespace("self"), None)
        for process in Path("/proc").glob("[0-9]*"):
            try:
                space = namespace(process.name)
                if space in spaces:
                    spaces[space] += len(list((process / "task").iterdir()))
            except OSError:
                continue
        return spaces or {"": 0}

    def back_again(self):
        wait_for("it answers again", lambda: self.call("unruly", "unruly", "set", os.urandom(4).hex(),
                                                       status=None).status == 0, 60, pause=0.5)

    # --- what is refused

    def test_bad_packages_are_refused_with_the_reason(self):
        def archive(files):
            out = BytesIO()
            with tarfile.open(fileobj=out, mode="w:gz") as tar:
                for name, content in files.items():
                    entry = tarfile.TarInfo(name)
                    if isinstance(content, bytes):
                        entry.size = len(content)
                        tar.addfile(entry, BytesIO(content))
                    else:
                        entry.type, entry.linkname = tarfile.SYMTYPE, content
                        tar.addfile(entry)
            return out.getvalue()

        def package(code, language="golang"):
            return archive({"metadata.json": json.dumps({"type": language, "label": "x", "path": ""}).encode(),
                            "code.tar.gz": code if isinstance(code, bytes) else archive(code)})
        module = {"src/go.mod": b"module x\n"}
        good = package({**module, "src/main.go": b"package main\nfunc main() {\n"})
        bomb = package({**module, "src/zeros": bytes(101 << 20)})
        self.assertLess(len(bomb), 1 << 20)
        app = self.net.files / "bad.yaml"
        app.write_text("name: bad\nframework: fabric\ncontracts: [{name: bad, package: bad.tar.gz}]\n"
                       "roles: [{name: user, functions: ['*']}]\n")
        for content, reason in ((b"", "no whole gzip file"), (good[:-20], "broken"), (b"x" * 1000, "no whole gzip file"),
                                (package({**module, "../../escape": b"x"}), "leads out of the package"),
                                (package({**module, "/escape": b"x"}), "leads out of the package"),
                                (package({**module, "src/link": "/etc"}), "a link"),
                                (bomb, "more than 100 MiB"), (os.urandom(16 << 20), "15"),
                                (package(module, "cobol"), "unknown type"), (package(b"x"), "broken")):
            with self.subTest(reason):
                (self.net.files / "bad.tar.gz").write_bytes(content)
                self.assertIn(reason, self.net.error("app", "publish", app)["message"])
                # Nor by a client that does not look itself.
                answer = self.hand_in(content)
                self.assertIn(answer.status, (400, 413), answer.body)
        self.assertFalse(list(self.net.home.rglob("escape")))
        connection = self.net.connection()
        self.addCleanup(connection.close)
        for answer in (connection.request("POST", "/v1/packages", good, {"Content-Type": "application/octet-stream"}),
                       connection.get(f"/v1/packages/{hashlib.sha256(good).hexdigest()}")):
            self.assertEqual(answer.status, 401, answer.body)
        # What unpacks and does not compile is told by the node.
        (self.net.files / "bad.tar.gz").write_bytes(good)
        told = self.net.error("app", "publish", app)["message"]
        self.assertIn("the package cannot be built: go build", told)
        self.call("asset-node", "asset", "register", os.urandom(4).hex(), "still there")

    def hand_in(self, content):
        """Signed by the operator, who may publish."""
        key = Key.load(self.net.home / "keys" / "operator.pem")
        connection = self.net.connection(timeout=60)
        self.addCleanup(connection.close)
        headers = Channel.of(self.net, "system").authorization(key, "POST", "/v1/packages", content, for_channel=False)
        return connection.request("POST", "/v1/packages", content, {"Content-Type": "application/octet-stream", **headers})

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
