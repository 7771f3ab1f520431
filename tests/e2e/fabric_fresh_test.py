"""The first app on Fabric of a machine that has nothing of it: `bsn` as `make install` puts it, an empty home, no $BSN_FABRIC.

Publishing builds Fabric's programs from their module: minutes, by name only (`make fresh`). Go's caches are the machine's;
with BSN_COLD_GO=1 everything is compiled anew.
"""

import hashlib
import os
import shutil
import subprocess
import time
import unittest
from pathlib import Path
from unittest import mock

from _network import EXAMPLES, REPOSITORY, Network, binary, main, scratch, wait_for

APP = "evidence-fabric"
NODES = 3
WARM_START = 15  # seconds, from `bsn up` to the end of the first deposit
INSTALLED = ("scripts/install-fabric.sh", "scripts/go.sh", "scripts/fetch-go.py", "engines/fabric", "engines/fabric-3")


def install():
    """The command, and what it builds Fabric from, as CMake installs both: in a folder of its own, where no checkout is."""
    prefix = scratch().folder / "prefix"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy2(binary(), prefix / "bin" / "bsn")
    for name in INSTALLED:
        target = prefix / "share" / "bsn" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, target)
        else:
            shutil.copy2(REPOSITORY / name, target)
    return prefix / "bin" / "bsn"


def programs_of(folder):
    """The files of Fabric's programs that run with their settings in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            if any(one.startswith(f"FABRIC_CFG_PATH={folder}/".encode()) for one in environment):
                found.append(Path(os.readlink(process / "exe")))
        except OSError:
            continue
    return found


class FreshMachine(unittest.TestCase):
    def setUp(self):
        changed = mock.patch.dict(os.environ, BSN_BINARY=str(install()))
        changed.start()
        self.addCleanup(changed.stop)
        self.net = Network(NODES)
        del self.net.environment["BSN_FABRIC"]
        if os.environ.get("BSN_COLD_GO"):
            self.net.environment["GOCACHE"] = str(scratch().folder / "go-cache")
        self.addCleanup(self.end)

    def end(self):
        self.net.kill()
        wait_for("Fabric's programs end with the node", lambda: not programs_of(self.net.folder))

    def publish(self):
        """What it said, line by line, and how long each let wait."""
        begin = time.monotonic()
        with open(self.net.files / "complaints", "w+") as complaints, subprocess.Popen(
                [binary(), "app", "publish", EXAMPLES / f"{APP}.yaml"], env=self.net.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=complaints, text=True) as publishing:
            lines, waits = [], []
            for line in publishing.stdout:
                now = time.monotonic()
                print(f"{now - begin:6.1f} s  {line}", end="")
                lines.append(line.rstrip("\n"))
                waits.append(now - begin - sum(waits))
            status = publishing.wait()
            complaints.seek(0)
            self.assertEqual((status, complaints.read()), (0, ""))
        print(f"published after {time.monotonic() - begin:.0f} s")
        return lines, waits

    def deposit(self, text, *words):
        hash_ = hashlib.sha256(text.encode()).hexdigest()
        return self.net.bsn("call", APP, "evidence", "deposit", hash_, *words, status=None).status == 0

    def test_the_first_app_brings_fabric_along(self):
        net = self.net
        net.up()
        installed = net.home / "engines" / "fabric"
        self.assertFalse(installed.exists())
        self.assertIn("missing", {one["state"] for one in net.json("framework", "list")["frameworks"]
                                  if one["name"] == "fabric"})

        lines, waits = self.publish()
        self.assertEqual(lines[0], "Building Fabric 2.5 from its Go module; some minutes at first.")
        self.assertLess(waits[0], 10)
        if os.environ.get("BSN_COLD_GO"):
            self.assertTrue(any(line.startswith("Building Fabric 2.5: 50 % (") for line in lines), lines)
        self.assertTrue(any(line.startswith(f"{APP} is published") for line in lines), lines)
        running = programs_of(net.folder)
        self.assertEqual(sorted(running), [installed / "orderer"] * NODES + [installed / "peer"] * NODES)

        self.assertTrue(self.deposit("on a fresh machine", "", "--receipt", "deposit.proof"))
        (net.files / "organisations.json").write_text(net.bsn("fabric", "organisations", APP).out)
        net.down()
        wait_for("Fabric's programs end with the node", lambda: not programs_of(net.folder))
        net.bsn("receipt", "verify", "deposit.proof", "--organisations", "organisations.json")  # nobody is there to ask

        begin = time.monotonic()
        net.up()
        wait_for("a deposit", lambda: self.deposit("after a warm start"))
        taken = time.monotonic() - begin
        print(f"warm start: the first deposit is done {taken:.1f} s after `bsn up` began")
        self.assertLess(taken, WARM_START)


if __name__ == "__main__":
    main()
