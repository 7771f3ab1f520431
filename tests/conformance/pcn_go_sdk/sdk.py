"""Runs the official Go SDK of city-node gateways: builds main.go beside this, and speaks with it by lines of JSON."""

import json
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENGINES = HERE.parents[2] / "build" / "engines"
PROGRAM = HERE.parents[2] / "build" / "conformance" / "pcn_go_sdk" / "pcn_go_sdk"


def go():
    """The Go that scripts/install-engines.sh fetched, where the machine's was none or too old; else the machine's."""
    return shutil.which(ENGINES / "go" / "bin" / "go") or shutil.which("go")


def build():
    """Builds the program, with what go.sum pins; some seconds the first time, then at once."""
    environment = os.environ | {"GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    for _ in range(3):  # the module proxy's answer may be late
        done = subprocess.run([go(), "build", "-trimpath", "-o", PROGRAM, "."], cwd=HERE, env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
        if done.returncode == 0:
            return
    raise AssertionError(f"go build failed:\n{done.stdout}")


class Sdk:
    """One client of the SDK. `app`: what it learned of the app; None, and `error`, if it could not be made."""

    def __init__(self, folder, family, gateway, user, app, key, gateway_key=""):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settings = folder / "settings.json"
        settings.write_text(json.dumps({
            "family": family, "gateway": gateway, "user": user, "app": app, "key": str(key),
            "gatewayKey": str(gateway_key), "folder": str(folder / "store")}))
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen([PROGRAM, settings], cwd=folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log)
        first = self._read()
        self.app, self.error = first.get("answer"), first.get("error")

    def _read(self):
        line = self.process.stdout.readline()
        assert line, f"the program ended: {Path(self.log.name).read_text(errors='replace')[-4000:]}"
        return json.loads(line)

    def call(self, name, body=None):
        """What the SDK's function of that name gives back: answer and mac_holds, or error."""
        self.process.stdin.write(json.dumps({"call": name, "body": body}).encode() + b"\n")
        self.process.stdin.flush()
        return self._read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
