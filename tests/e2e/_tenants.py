"""Apps side by side, each with a member of its own, users, registrations, and something that nobody else may learn."""

import base64
import json
import re

from _fisco import Account
from _network import EXAMPLES, wait_for
from _published import Client
from _transactions import Channel, Key, many

JSON, BYTES, MANY = "application/json", "application/octet-stream", "application/x-bsn-transactions"
SUITE = {"ledger": "secp256r1", "fisco": "secp256k1", "ethereum": "secp256k1"}
NUMBER = {"one": 1, "two": 2}  # of groups, chains and secrets
TOPIC = "b3" * 32
ABI = [{"type": "function", "name": "deposit", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
       {"type": "function", "name": "secret", "inputs": [{"name": "of", "type": "uint256"}],
        "outputs": [{"name": "", "type": "bytes32"}], "stateMutability": "view"}]
DEPOSIT, SECRET = "d0e30db0", "79af65d2"  # Keccak-256 of `deposit()` and `secret(uint256)` begins so


def vault(secret):
    """The code of a contract that answers a secret, and logs it if it is called without arguments."""
    store = "7f" + secret + "600052"
    answer = store + "60206000f3"
    log = "5b" + store + "7f" + TOPIC + "60206000a100"
    # Behind its end it pushes its selectors, by which our command finds for which hash a contract was compiled.
    code = f"3660041460{7 + len(answer) // 2:02x}57" + answer + log + "63" + DEPOSIT + "63" + SECRET
    return f"61{len(code) // 2:04x}80600c6000396000f3" + code


class Tenant:
    """An app of a framework, and its only member."""

    def __init__(self, net, framework, which):
        self.net, self.framework, self.which = net, framework, which
        self.name, self.suite = f"{framework}-{which}", SUITE[framework]
        self.user, self.secret = f"till-{which}", f"{NUMBER[which]:x}5ec3e7" * 9
        self.secret = self.secret[:64].ljust(64, "0")
        self.spelled = base64.b64encode(bytes.fromhex(self.secret)).decode()  # as results of contracts are
        self.number = 40 + NUMBER[which]
        self.publish()
        self.client = Client(net, self.name, self.name, self.suite)
        self.key = self.load_key()
        self.channel = Channel.of(net, self.name)
        self.make_user()
        self.fill()

    def load_key(self):
        file = self.net.home / "keys" / f"{self.name}.pem"
        return Key.load(file) if self.suite == "secp256r1" else Account.load(file, self.suite)

    def publish(self):
        net, name = self.net, self.name
        example = {"ledger": "kv"}.get(self.framework, self.framework)
        text = re.sub(r"^name: \w+\ndesc", f"name: {name}\ndesc", (EXAMPLES / f"{example}.yaml").read_text())
        text = re.sub(r"^name: \w+$", f"name: {name}", text, count=1, flags=re.MULTILINE)
        text = text.replace("accounts: open ", "accounts: members ").replace("name: writer", "name: user")
        text = text.replace("group: 1 ", f"group: {self.number} ").replace("chain_id: 2026 ", f"chain_id: {self.number} ")
        if self.framework != "ledger":
            text += "roles:\n  - name: user\n    functions: ['*']\n"
        (net.files / f"{name}.yaml").write_text(text)
        net.bsn("app", "publish", net.files / f"{name}.yaml")
        net.bsn("app", "gateway", name, "--published", "yes", "--keys", "trust")
        net.channel(name)
        net.bsn("key", "new", name, "--suite", self.suite)
        net.bsn("--key", name, "app", "join", name, "--role", "user")
        net.bsn("app", "approve", name, name)

    def make_user(self):
        connection = self.net.connection()
        node = connection.get("/v1/status").json()["name"]
        connection.close()
        self.net.bsn("--key", self.name, "custody", "grant", self.name, "--city-node", node)
        wait_for("a user is made", lambda: self.net.bsn(
            "--key", self.name, "custody", "add", self.name, self.user, status=None).status == 0)

    def run(self, *words):
        return self.net.json("--key", self.name, *words)

    def fill(self):
        """Writes the secret, and learns what there is to be known of it."""
        if self.framework == "ledger":
            self.contract, self.read, self.arguments = "kv", "get", [self.user]
            done = self.run("call", self.name, "kv", "set", json.dumps({"baseKey": self.user, "baseValue": self.secret}))
        else:
            (self.net.files / "vault.abi").write_text(json.dumps(ABI))
            (self.net.files / "vault.bin").write_text(vault(self.secret))
            self.net.bsn("contract", "pack", "Vault", "--abi", "vault.abi", "--code", "vault.bin")
            self.contract = self.run("contract", "deploy", self.name, "Vault.contract.json", f"vault-{self.which}")["address"]
            self.read, self.arguments = "secret(uint256) view returns (bytes32)", ["7"]
            done = self.run("call", self.name, self.contract, "deposit()")
        self.transaction, self.height = done["transaction"], done["height"]
        connection = self.net.connection()
        block = self.get(connection, f"blocks/{self.height}").json()
        self.block = block["hash"]
        self.raw = base64.b64decode(self.get(connection, f"transactions/{self.transaction}").json()["raw"])
        connection.close()
        self.published_block = self.block
        if self.framework == "fisco":  # there a block has a hash of FISCO BCOS's
            self.published_block = self.client.ask_whole("/api/fiscobcos/v1/node/getBlockInfo", {
                "blockNumber": self.height, "blockHash": ""})["body"]["blockHash"]
        self.event, self.watched = None, f"http://127.0.0.1:9/{self.name}"
        if self.framework != "ethereum":
            told = self.client.ask_whole(self.published("register"), self.of_published())
            self.event = told["body"]["eventId"]

    def published(self, which):
        """The path of a call for events."""
        return {"ledger": "/api/fabric/v1/chainCode/event/", "fisco": "/api/fiscobcos/v1/event/"}[self.framework] + which

    def get(self, connection, target):
        return self.channel.get(connection, self.key, f"/v1/apps/{self.name}/{target}")

    def listed(self):
        """The registrations of its member."""
        body = self.client.ask_whole(self.published("query"), {})["body"]
        return [one["eventId"] for one in (body if isinstance(body, list) else body["blockEvent"] + body["contractEvent"])]

    def leaks(self):
        """What nobody else may be told."""
        secret = self.secret if self.framework == "ledger" else "0x" + self.secret
        found = [self.secret, base64.b64encode(secret.encode()).decode(), self.transaction, self.block, self.published_block, self.watched,
                 self.spelled, base64.b64encode(self.raw).decode()[:80]]
        return found + ([self.event] if self.event else [])

    def height_now(self):
        connection = self.net.connection()
        height = self.get(connection, "height").json()["height"]
        connection.close()
        return height

    # --- values for a call of each kind ---

    def ids(self):
        """Of /v1, by the names that the OpenAPI document has."""
        return {"id": self.transaction, "ids": [self.transaction], "height": self.block, "user": self.user,
                "digest": "5a" * 32}

    def call(self):
        return {"contract": self.contract, "function": self.read, "arguments": self.arguments, "name": self.user,
                "idempotency_key": "a key", "challenge": "00" * 16, "signature": "00" * 64,
                "passphrase": "long enough indeed", "key": "02" + "00" * 32, "proof": "00" * 64,
                "transaction": base64.b64encode(self.raw).decode(), "jsonrpc": "2.0"}

    def of_published(self):
        """By the names of the published table; both families."""
        function = "set" if self.framework == "ledger" else "deposit()"
        argument = json.dumps({"baseKey": "intruder", "baseValue": "1"})
        return {"name": self.user, "userName": self.user, "userId": self.user, "chainCode": "kv", "eventKey": "none",
                "contractName": self.contract, "funcName": function, "funcParam": "[]", "args": [argument],
                "nonce": "bm9uY2U=", "transientData": {}, "txId": self.transaction, "txHash": "0x" + self.transaction,
                "dataType": "json", "blockHash": self.published_block, "eventId": self.event or "0" * 32,
                "eventType": 1, "notifyUrl": self.watched, "attachArgs": "", "contractAddress": "", "contractAbi": "",
                "blockNumber": self.height, "transData": self.raw.hex(), "secret": "pw", "extendProperties": "", "csrPem": "no request"}


def example(schema, document, known, name=""):
    """A value that a schema of the OpenAPI document takes; those in `known` by their names."""
    if "$ref" in schema:
        found = document
        for step in schema["$ref"].lstrip("#/").split("/"):
            found = found[step]
        return example(found, document, known, name)
    if "oneOf" in schema:
        return example(schema["oneOf"][0], document, known, name)
    if name in known:
        return known[name]
    if schema.get("type") == "object":
        return {key: example(value, document, known, key) for key, value in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(schema.get("items", {}), document, known, name.rstrip("s"))]
    return 0 if schema.get("type") == "integer" else "x"


def requests(document, path, operation, app, known, transaction):
    """Calls of one operation of /v1 for an app: target, content type and body."""
    target = path.replace("{app}", app)
    for name in ("id", "user", "height", "digest"):
        target = target.replace("{" + name + "}", str(known[name]))
    assert "{" not in target, target
    content = operation.get("requestBody", {}).get("content", {})
    for kind in content or [""]:
        body = b""
        if kind == JSON and path.startswith("/rpc/"):
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}).encode()
        elif kind == JSON:
            body = json.dumps(example(content[kind]["schema"], document, known)).encode()
        elif kind == MANY:
            body = many([transaction])
        elif kind:
            body = transaction
        yield target, kind, body
