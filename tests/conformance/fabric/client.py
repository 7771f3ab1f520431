"""Runs the official client of Fabric's gateway (client.mjs), as a process, and knows how chaincode of the official
shim is started."""

import json
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
INSTALLED = REPOSITORY / "build" / "conformance" / "fabric"
MVCC_READ_CONFLICT = 11


def install():
    """Some seconds the first time, then at once."""
    subprocess.run([REPOSITORY / "scripts" / "install-conformance.sh", "fabric"], check=True, capture_output=True)


class Failed(Exception):
    """What the client threw: name, message, and what the peers said."""

    def __init__(self, error):
        super().__init__(f"{error['name']}: {error['message']} {' '.join(error['details'])}")
        self.name, self.details = error["name"], error["details"]


class GatewayClient:
    """One organisation's user, at its peer. `network`: the file network.json."""

    def __init__(self, network, organization="org1"):
        self.log = Path(network).with_name(f"client-{organization}.log").open("wb")
        self.process = subprocess.Popen(["node", INSTALLED / "client.mjs", network, organization], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def ask(self, call, **words):
        self.process.stdin.write(json.dumps({"call": call} | words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the client ended: {Path(self.log.name).read_text(errors='replace')[-4000:]}"
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer["answer"]

    def submit(self, chaincode, function, *arguments):
        """Again while the peers have not found each other yet, as for some time after their start: then nothing was
        sent."""
        end = time.monotonic() + 60
        while True:
            try:
                return self.ask("submit", chaincode=chaincode, function=function, arguments=arguments)
            except Failed as failed:
                if "no combination of peers" not in str(failed) or time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def evaluate(self, chaincode, function, *arguments):
        return self.ask("evaluate", chaincode=chaincode, function=function, arguments=arguments)

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()


def assets_service(address, package_id):
    """The command line of chaincode/assets.js as a service, and the folder to start it in."""
    return ["node", INSTALLED / "node_modules" / "fabric-shim" / "cli.js", "server", "--chaincode-address", address,
            "--chaincode-id", package_id], INSTALLED / "chaincode"
