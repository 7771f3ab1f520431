"""Contracts of packages that do what none should, on channels that our city nodes run: they hang, flood, fork, look around,
answer and write without measure. Whatever they do, they harm themselves only.
"""

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path

from _network import EXAMPLES, main, wait_for
from _packages import EVIDENCE, PackagesTest, contract_processes

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
    async mutter() { const words = 'x'.repeat(1 << 16); for (;;) { require('fs').writeSync(1, words); } }
    async answer() { return 'x'.repeat(90 << 20); }
    async tell(context) { context.stub.setEvent('huge', Buffer.alloc(90 << 20, 'x')); }
    async put(context) {
        const value = Buffer.alloc(1 << 10, 'x');
        for (let number = 0; ; ++number) { await context.stub.putState(`key ${number}`, value); }
    }
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


class FabricUnruly(PackagesTest):
    apps = [EVIDENCE, "unruly"]

    @classmethod
    def describe(cls):
        unruly = cls.net.files / "unruly"
        shutil.copytree(EXAMPLES / "asset-node", unruly, ignore=shutil.ignore_patterns("node_modules"))
        (unruly / "index.js").write_text(UNRULY)
        (cls.net.files / "unruly.yaml").write_text(
            "name: unruly\nframework: fabric\ncontracts: [{name: unruly, package: unruly}]\n"
            "roles: [{name: user, functions: ['*']}]\n")

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

    def test_contracts_that_never_answer_or_flood_are_limited_and_started_again(self):
        quiet = self.deposits_go_on(lambda: True, 10)
        # A buffer that is not granted is an error of the call, which the contract outlives.
        refused = json.loads(self.call("unruly", "unruly", "outside", status=1).err)["error"]
        self.assertEqual(refused["code"], "contract_failed")
        self.assertIn("allocation failed", refused["message"])
        before = self.contract("unruly")["restarts"]
        for function in ("memory", "say", "mutter"):
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

    def test_contracts_that_answer_tell_or_write_without_measure_hinder_no_other_app(self):
        self.addCleanup(self.start_anew)  # it writes on, though nobody waits any more
        for function in ("answer", "tell", "put"):
            with self.subTest(function):
                told, = self.deposits_go_on_beside(1, lambda: self.call("unruly", "unruly", function, status=1))
                print(f"{function}: after {told.seconds:.1f} s: {json.loads(told.err)['error']['message'][:300]}")
                self.back_again()
                query = self.net.bsn("--json", "query", "unruly", "unruly", function, status=None)
                print(f"{function}: a query ends with {query.status} after {query.seconds:.1f} s, {len(query.out)} bytes, "
                      f"{query.err[:300]}")
                self.back_again()

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

    def start_anew(self):
        for log, pids in contract_processes(self.net.folder).items():
            if self.net.channel("unruly").hex() in str(log):
                for pid in pids:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:  # with the one before
                        pass
        self.back_again()

    def back_again(self):
        wait_for("it answers again", lambda: self.call("unruly", "unruly", "set", os.urandom(4).hex(),
                                                       status=None).status == 0, 60, pause=0.5)


if __name__ == "__main__":
    main()
