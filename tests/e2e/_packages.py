"""Contracts whose code publishers bring along: what tests of them share. They take go, npm, bubblewrap, and the registries."""

import hashlib
import json
import os
import shutil
import tarfile
import threading
import time
from io import BytesIO
from pathlib import Path

from _fabric import programs
from _needs import needs
from _network import EXAMPLES, REPOSITORY, NetworkTest, wait_for

PROGRAMS = programs()
EVIDENCE = "evidence-fabric"


def archive(files):
    """A .tar.gz of these; a text for a content makes a link there."""
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
    """Of a contract with these files, or with these bytes in their place."""
    return archive({"metadata.json": json.dumps({"type": language, "label": "x", "path": ""}).encode(),
                    "code.tar.gz": code if isinstance(code, bytes) else archive(code)})


MODULE = {"src/go.mod": b"module x\n"}
BROKEN = package({**MODULE, "src/main.go": b"package main\nfunc main() {\n"})  # a whole package that does not compile


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
class PackagesTest(NetworkTest):
    """Two nodes with `apps` on Fabric, each an example or described in the user's folder."""

    nodes = 2
    environment = {"BSN_FABRIC": str(PROGRAMS), "BSN_PACKAGE_CACHE": str(REPOSITORY / "build" / "package-cache"),
                   "BSN_TEST_SECRET": "nobody's business"}
    apps = [EVIDENCE]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.describe()
        for app in cls.apps:
            file = cls.net.files / f"{app}.yaml"
            cls.net.bsn("app", "publish", file if file.exists() else EXAMPLES / f"{app}.yaml", "--no-wait")
        for app in cls.apps:
            cls.wait_until_open(app)

    @classmethod
    def describe(cls):
        """Makes the files of apps that are no examples."""

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
    def wait_until_open(cls, app, seconds=900):
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
