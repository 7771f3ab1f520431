#!/usr/bin/env python3
"""Writes the seeds of tests/fuzz/corpus: the golden vectors as files, and inputs by hand.

    python3 tests/fuzz/make_seeds.py

Run it whenever the golden vectors were written anew. Files that are there stay: inputs that were findings once are kept
for good, under names of their own.
"""

import base64
import json
import re
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
VECTORS = TESTS / "vectors"

written = set()  # in this run


def seed(target, name, content):
    if isinstance(content, str):
        content = content.encode()
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name.replace(" ", "-").replace(",", "").replace("'", "")
    if file in written:
        raise ValueError(f"two seeds have the name {file}")
    written.add(file)
    file.write_bytes(content)


def vectors(name):
    return json.loads((VECTORS / name).read_text())


def formats():
    target_of = {
        "transaction": "transaction", "payload": "transaction", "batch": "transaction",
        "envelope": "envelope", "certificate": "envelope", "epoch record": "envelope",
        "header": "block", "receipt": "block", "control record": "block", "block record": "block",
    }
    for vector in vectors("formats.json"):
        seed(target_of[vector["format"]], vector["name"], bytes.fromhex(vector["bytes"]))
    for case in vectors("availability.json")["cases"][:4]:
        seed("envelope", "availability " + case["name"], bytes.fromhex(case["envelope"]))
    for case in vectors("certificates.json")["cases"][:4]:
        seed("envelope", "certificate " + case["name"], bytes.fromhex(case["certificate"]))
    for case in vectors("blocks.json")[:3]:
        seed("block", "block " + case["name"], bytes.fromhex(case["block"]))


def bundles():
    for vector in vectors("bundles.json"):
        if "binary" in vector and vector["outcome"] != "not authentic":
            seed("bundle", vector["name"], base64.b64decode(vector["binary"]))
    for name in ("app-secp256r1", "system-transaction"):
        seed("bundle", name + ".json", (VECTORS / "bundles" / f"{name}.receipt.json").read_bytes())
    for edits in range(6):  # forgeries: choices only
        seed("bundle", f"forgery-{edits}", bytes((edits * 37 + i * 11) % 251 for i in range(40)))


def genesis():
    epoch = next(v["bytes"] for v in vectors("formats.json") if v["format"] == "epoch record")
    for name in ("genesis-1.json", "genesis-3.json", "genesis-4.json"):
        seed("genesis", name, (VECTORS / name).read_bytes())
    content = (VECTORS / "genesis-1.json").read_bytes()
    record = bytes.fromhex(epoch)
    seed("genesis", "trusted state", struct.pack(">I", len(content)) + content + bytes(4))
    seed("genesis", "trusted state with checkpoint",
         struct.pack(">I", len(content)) + content + struct.pack(">I", len(record)) + record)


def copies():
    records = {v["name"]: bytes.fromhex(v["bytes"]) for v in vectors("formats.json")}
    certificate = next(v for k, v in records.items() if k.startswith("certificate"))

    def record(kind, content):
        return struct.pack(">BI", kind, len(content)) + content

    def counted(content):
        return struct.pack(">I", len(content)) + content

    begin, end = record(1, struct.pack(">Q", 0)), record(5, b"")
    entries = record(4, struct.pack(">I", 1) + counted(b"\x02kvkey") + counted(b"value"))
    for case in vectors("blocks.json")[:3]:
        block = record(2, counted(bytes.fromhex(case["block"])) + b"\x01" + counted(certificate))
        seed("copy", "block " + case["name"], begin + block + record(3, b"batch") + entries + end)
    seed("copy", "nothing", begin + end)
    seed("copy", "too long", struct.pack(">BI", 1, 0xFFFFFFFF))


def text(value):
    value = value.encode()
    return struct.pack(">H", len(value)) + value


def stored():
    records = {v["name"]: bytes.fromhex(v["bytes"]) for v in vectors("formats.json")}
    envelope = records["envelope tick"]
    seed("stored", "ordered height",
         b"G\x01" + bytes(16) + struct.pack(">IQQI", 0, 7, 1795333800000, 2)
         + 2 * (struct.pack(">I", len(envelope)) + envelope))
    seed("stored", "node",
         b"\x01" + bytes(32) + text("city-0") + text("Beijing") + text("Operator") + b"\x03"
         + 3 * (b"\x02" + bytes(32)) + text("pem") + bytes(8))
    seed("stored", "participant", b"\x01" + bytes(32) + b"\x01\x02" + bytes(32) + text("alice")
         + b"\x00\x01")
    seed("stored", "member", b"\x01" + bytes(32) + b"\x03" + b"\x00\x02" + text("reader")
         + text("writer"))
    seed("stored", "settings", b"\x01" + struct.pack(">HH", 1, 2) + bytes(64))
    epoch = records["epoch record"]
    controls = {key: value for key, value in records.items() if key.startswith("control")}
    contract = next(v for k, v in controls.items() if "contract" in k)
    role = next(v for k, v in controls.items() if "role" in k)
    lists = b"".join(b"\x00\x01" + struct.pack(">I", len(item)) + item for item in (contract, role))
    seed("stored", "app",
         b"\x01" + bytes(64) + text("kv") + text("Texts") + text("ledger") + b"\x01" + bytes(32)
         + b"\x01\x01" + text("") + struct.pack(">I", len(epoch)) + epoch + lists + bytes(8))
    seed("stored", "tip", b"I\x01" + bytes(8) + bytes(32) + bytes(32) + struct.pack(">I", 2048)
         + bytes(2048))
    for damage in range(5):
        seed("stored", f"damaged log {damage}",
             bytes([0, 5]) + b"".join(bytes([0, 9]) + b"record %d." % i for i in range(5))
             + bytes([2, 0, damage, 0, 40 + damage, 255, 1, 0, damage]))


def http():
    def request(name, first, content_type="", authorization="", last_id="", body=b""):
        head = "\n".join([first, content_type, authorization, last_id]) + "\n"
        seed("http", name, head.encode() + (body if isinstance(body, bytes) else body.encode()))

    for path in ("healthz", "metrics", "v1/openapi.json", "v1/genesis", "v1/status", "v1/nodes",
                 "v1/apps", "v1/apps/kv", "v1/apps/system", "v1/apps/open/height",
                 "v1/apps/open/blocks/1", "v1/apps/open/blocks/latest", "v1/participants/" + 64 * "0",
                 "v1/apps/open/transactions/" + 64 * "a", "v1/apps/elsewhere/height",
                 "v1/apps/open/transactions/" + 64 * "a" + "/receipt"):
        name = path.replace(64 * "a", "ID").replace(64 * "0", "ID")
        request("get " + name.replace("/", " "), "GET /" + path)
    request("member reads", "GET /v1/apps/kv/height", "", "member")
    request("stranger reads", "GET /v1/apps/kv/blocks/1", "", "stranger")
    request("literal header", "GET /v1/apps/kv/height", "",
            "BSN participant=" + 64 * "1" + ",suite=secp256r1,key=02" + 64 * "1"
            + ",expires=1800000000001,nonce=" + 32 * "0" + ",signature=" + 128 * "2")
    request("events", "GET /v1/apps/kv/events?from=0", "", "member")
    request("events after", "GET /v1/apps/kv/events", "", "member", "1-1-0")
    request("escapes", "GET /v1/apps/%6bv/height?from=%31&a=b")
    request("query", "POST /v1/apps/open/query", "application/json", "", "",
            '{"contract":"kv","function":"echo","arguments":["a",{"base64":"/w=="}]}')
    request("query as member", "POST /v1/apps/kv/query", "application/json", "member", "",
            '{"contract":"kv","function":"whoami","arguments":[]}')
    request("receipts", "POST /v1/apps/open/receipts", "application/json", "", "",
            '{"ids":["' + 64 * "a" + '"]}')
    request("submit bytes", "POST /v1/apps/open/transactions", "application/octet-stream", "", "",
            "emit put x")
    request("submit json", "POST /v1/apps/open/transactions?timeout_ms=5", "application/json", "",
            "", '{"transaction":"ZW1pdA=="}')
    request("submit many", "POST /v1/apps/kv/transactions", "application/x-bsn-transactions", "",
            "", struct.pack(">II", 2, 6) + b"refuse" + struct.pack(">I", 9) + b"fail full")
    request("held", "POST /v1/apps/kv/transactions", "application/octet-stream", "", "", "hold")
    request("wrong method", "DELETE /v1/apps")
    request("rpc", "POST /rpc/open", "application/json", "", "", '{"jsonrpc":"2.0"}')
    request("rpc as member", "POST /rpc/kv", "application/json", "member", "", "silent")
    request("rpc held", "POST /rpc/open", "application/json", "", "", "hold")
    request("rpc nowhere", "POST /rpc/system", "application/json", "", "", "x")
    request("rpc preflight", "OPTIONS /rpc/open")
    request("rpc by get", "GET /rpc/open")


def channel():
    def frame(kind, body):
        return struct.pack(">IH32si", 42 + len(body), kind, b"0123456789abcdef" * 2, 0) + body

    event = {"fromBlock": "1", "toBlock": "latest", "addresses": ["0x" + "c0" * 20],
             "topics": [None, ["0x" + "11" * 32, "0x" + "22" * 32], "0x" + "33" * 32], "groupID": "1",
             "filterID": "0123456789abcdef" * 2}
    seed("channel", "handshake", frame(0x14, b'{"minimumSupport":1,"maximumSupport":3,"clientType":"java-sdk"}'))
    seed("channel", "heartbeat", frame(0x13, b'{"heartBeat":0}'))
    seed("channel", "topics", frame(0x32, b'["_block_notify_1","news"]'))
    seed("channel", "event", frame(0x15, b"\x01" + json.dumps(event).encode()))
    seed("channel", "event without words", frame(0x15, b"\x01" + json.dumps(
        dict(event, topics=[], addresses=[], fromBlock="latest", toBlock="20")).encode()))
    seed("channel", "message", frame(0x30, b"\x05newswhat?"))
    seed("channel", "call", frame(0x12, b'{"jsonrpc":"2.0","id":1,"method":"getBlockNumber","params":[1]}'))


def json_rpc():
    def call(method, params, number=1):
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}

    for name, request in (
            ("number", call("number", ["0x1f"])), ("two numbers", call("number", ["0x0", "0xff" + 62 * "0"])),
            ("data", call("data", ["0x00ff"])), ("any", call("any", [None, True, -1, 1.5, "a", [[]], {"b": {}}])),
            ("batch", [call("number", ["0x1"]), call("gone", [], "id"), {"jsonrpc": "2.0", "method": "any"}, 5]),
            ("large answers", [call("any", [100 * "a"])] * 20), ("too many", [call("any", [])] * 21),
            ("wrong params", call("number", {"a": 1})), ("empty batch", [])):
        seed("json_rpc", name, json.dumps(request))
    for name, text in (
            ("odd ids", '[{"id":1e3},{"id":-0},{"id":1.0,"jsonrpc":"2.0","method":"any"},{"id":{}}]'),
            ("deep", 9 * "[" + 9 * "]"), ("two keys", '{"id":1,"id":2,"jsonrpc":"2.0","method":"any"}'),
            ("large number", '{"id":1e999}'), ("escapes", '{"id":"\\ud83d\\ude00\\u0000"}')):
        seed("json_rpc", name, text)


def contract():
    for number, value in enumerate((
            '[{"hash":"aa","metadata":"x"},{"hash":"bb"}]', '{"baseKey":"a","baseValue":"1"}',
            '{"BASEKEY":"\\u00e9\\ud83d\\ude00","baseValue":null,"other":[1,2.5e-3,{"a":[]}]}',
            '{"BaseKey":"a","BaseInfo":"b"}', '[[[[]]],{},"",-0,true,false,null]',
            '"\\u2028<>&\\ud800"', ' [ 1 , 2 ] ', '{"a":1,"a":2}', '[1,]', '"\x01"', '01',
            "\u017fasekey")):
        seed("contract", f"text {number}", value)


def evm():
    def contract(code):
        return bytes([len(code) >> 8, len(code) & 0xff]) + code

    counter = bytes.fromhex("60016000540180600055600052600160006020a160206000f3")
    caller = bytes.fromhex("6000600060006000600060" + "01" + "5af1600055")
    mortal = bytes.fromhex("6001600155" + "32ff")
    creator = bytes.fromhex("60006000600060006000f0600055600060006000a0fd")
    for number, codes in enumerate(((counter, counter), (counter, caller), (mortal, creator), (creator, caller, mortal))):
        for settings in (b"\x05\x00", b"\x04\x01", b"\x06\x02", b"\x00\x05"):
            messages = bytes(range(0, 96))
            seed("evm", f"codes {number} settings {settings.hex()}",
                 settings + bytes([len(codes)]) + b"".join(map(contract, codes)) + messages)


def app():
    for name in ("evidence", "kv"):
        seed("app", f"{name}.yaml", (TESTS.parent / "examples" / f"{name}.yaml").read_bytes())
    seed("app", "kv.json", json.dumps({
        "name": "kv", "description": "Texts", "framework": "ledger", "suite": "sm2",
        "nodes": ["beijing"], "join": "invitation",
        "contracts": [{"name": "kv", "type": "kv", "version": 2}],
        "roles": [{"name": "reader", "public": True, "functions": ["kv.get", "kv.*", "*"]}]}))
    seed("app", "least.json", '{"name":"a","contracts":[{"name":"kv"}],'
                              '"roles":[{"name":"r","functions":["*"]}]}')
    seed("app", "role.json", '{"name":"r","public":false,"functions":["kv.get"]}')


def config():
    seed("config", "client", "endpoints:\n  - http://127.0.0.1:7180\n  - https://[::1]:7181\n"
                             "genesis: genesis.json\nkey: alice\nlocal_network:\n  nodes: 3\n"
                             "  first_port: 7180\n")
    seed("config", "all kinds", "text: \"a: b\"\nnumber: 12\nflag: true\nduration: 250ms\n"
                                "size: 16MB\nchoice: a\ntexts: [a, 'b', \"c\\n\"]\n"
                                "list:\n  - a: 1\n    b: 2\n  - a: ~\nmap: {a: 1, b: null}\n"
                                "block: |\n  one\n  two\nfolded: >-\n  three\n  four\n# end\n")
    seed("config", "refused", "a: &x 1\nb: *x\nc: !!int 3\na: 2\n---\nd: 4\n")
    seed("config", "empty", "{}\n")


def openssl(*arguments, given=b""):
    return subprocess.run(["openssl", *arguments], input=given, check=True, capture_output=True).stdout


def keys():
    if (HERE / "corpus" / "keys" / "prime256v1.pem").exists():
        return  # each run would make others
    for curve in ("prime256v1", "secp256k1", "SM2"):
        key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
        seed("keys", f"{curve}.pem", key)
        seed("keys", f"{curve}.der", openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER",
                                             given=key))
    key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    seed("keys", "encrypted.pem", openssl("pkcs8", "-topk8", "-scrypt", "-passout", "pass:secret",
                                          given=key))
    seed("keys", "traditional.pem", openssl("ec", given=key))
    seed("keys", "ed25519.pem", openssl("genpkey", "-algorithm", "ed25519"))
    seed("keys", "p384.pem", openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                                     "ec_paramgen_curve:P-384"))
    (HERE / "corpus" / "keys" / "key.tmp").write_bytes(key)
    seed("keys", "certificate.pem", openssl(
        "req", "-x509", "-key", str(HERE / "corpus" / "keys" / "key.tmp"), "-subj", "/CN=a/O=b",
        "-days", "3650", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"))
    (HERE / "corpus" / "keys" / "key.tmp").unlink()
    seed("keys", "names", "beijing\nOperator 1\nlocalhost\n")
    seed("keys", "address", "上海\nO\n::1\n")
    signature = vectors("signatures.json")[0]
    seed("keys", "signature", bytes.fromhex(signature["key"] + signature["signature"]
                                            + signature["message"]))


def sm2():
    """The first byte says what follows, and whether with tables: sm2_fuzz.cpp."""
    ones, order = bytes([255]) * 32, bytes.fromhex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123")
    less = (int.from_bytes(order, "big") - 2).to_bytes(32, "big")
    small, scalar, x = bytes(31) + b"\1", bytes([7]) * 32, bytes.fromhex(
        "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7")
    if not (HERE / "corpus" / "sm2" / "der").exists():  # each run would make another
        key = bytes.fromhex("30310201010420") + scalar + bytes.fromhex("a00a06082a811ccf5501822d")
        (HERE / "key.tmp").write_bytes(key)
        seed("sm2", "der", b"\0" + openssl("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-keyform", "DER", "-inkey",
                                           str(HERE / "key.tmp"), "-pkeyopt", "distid:1234567812345678",
                                           given=b"message"))
        (HERE / "key.tmp").unlink()
    seed("sm2", "der of zeros", b"\0" + bytes.fromhex("3006020100020100"))
    seed("sm2", "generator", b"\1\2" + x)
    seed("sm2", "beyond the field", b"\1\3" + ones)
    seed("sm2", "infinity", b"\1" + bytes(33))
    for name, one, nonce, digest in (("usual", scalar, bytes([9]) * 32, bytes([5]) * 32), ("small", small, small, bytes(32)),
                                     ("great", less, less, ones), ("order", less, small, order)):
        seed("sm2", f"signing {name}", b"\2" + one + nonce + digest)
        seed("sm2", f"changed {name}", b"\6" + one + nonce + digest + b"\1\7")
    seed("sm2", "numbers beyond", b"\3" + scalar + bytes(32) + order + ones)
    seed("sm2", "numbers zero", b"\3" + scalar + bytes(96))
    seed("sm2", "numbers", b"\3" + scalar + bytes([3]) * 96)


def command_line():
    lines = ["up", "up --nodes 4 --port 7200", "down --purge", "status --json", "--help", "--version",
             "app publish app.yaml", "app join kv --role writer --key alice",
             "app approve kv alice --role reader", "call kv kv set {} --receipt a.json",
             "query kv kv get [1,2]", "evidence deposit a b c", "evidence verify a --receipt b",
             "receipt verify a.json --genesis g.json", "ledger block kv latest",
             "event listen evidence --from 0", "key new alice --suite sm2", "key list",
             "bench evidence --clients 2", "--node http://a:1 --node http://b:2 --timeout 9 status",
             "-q app list", "app", "nonsense", "call kv -- kv --set"]
    for number, line in enumerate(lines):
        seed("command_line", f"line {number}", "\n".join(line.split(" ")))


def commit():
    for vector in vectors("commits.json")["blocks"]:
        answers = {"block": vector["block"]["result"], "commit": vector["commit"]["result"]}
        seed("commit", f"height {vector['height']}", json.dumps(answers, separators=(",", ":")))
    for number in range(4):
        seed("commit", f"recorded {number}", struct.pack(">HHH", number, 65535, 65535))
        seed("commit", f"another transaction {number}", struct.pack(">HHH", number, 65535, 65535) + b"x")
        seed("commit", f"nobody signed {number}", struct.pack(">HHHB", number, 65535, 1, 8))


def abi():
    for number, case in enumerate(vectors("abi.json")[:12]):
        seed("abi", f"values {number}", case["signature"].encode() + b"\n" + bytes.fromhex(case["encoding"]))
        seed("abi", f"texts {number}", case["signature"] + "\n" + json.dumps(case["arguments"]))
    seed("abi", "token.json", json.dumps([
        {"type": "function", "name": "transfer", "stateMutability": "nonpayable", "outputs": [{"type": "bool"}],
         "inputs": [{"name": "to", "type": "address"}, {"name": "amount", "type": "uint256"}]},
        {"type": "function", "name": "f", "constant": True,
         "inputs": [{"type": "tuple[2][]", "components": [{"name": "a", "type": "bytes3"}]}]},
        {"type": "event", "name": "E", "anonymous": False, "inputs": [{"type": "string", "indexed": True}]},
        "error TooPoor(uint256 has, uint256 needs)",
    ]))
    seed("abi", "package.json", json.dumps({
        "format": "bsn.contract/1", "name": "A", "compiler": "solc 0.8.30", "settings": {"optimizer": {}},
        "sources": {"A.sol": "00"}, "abi": ["f()"], "bytecode": "0x60", "deployedBytecode": "0x60", "metadata": "{}"}))


def fisco():
    # Bytes are choices: contract, function, and per argument what to pass.
    seed("fisco", "create open insert", bytes([1, 1, 0, 1, 2]) + bytes([1, 0, 0]) + bytes([9, 4]) + bytes([9, 1, 0, 1]) * 4)
    seed("fisco", "crud", bytes([1, 1, 0, 1, 2]) + bytes([2, 1, 0, 3, 4, 5]) * 3 + bytes([2, 4, 0, 3, 6, 5]))
    seed("fisco", "permission", bytes([5, 0, 0, 7]) * 2 + bytes([5, 2, 0]) + bytes([7, 0, 1]))
    seed("fisco", "raw", bytes([255, 4]) + bytes(range(64)))


def rlp():
    for number, vector in enumerate(vectors("foreign/ethereum-transactions.json")["transactions"]):
        seed("rlp", f"ethereum {number}", bytes.fromhex(vector["raw"]))
        seed("transaction", f"ethereum {number}", b"T\x01\x00\x01" + bytes.fromhex(vector["raw"]))
    for vector in vectors("foreign/fisco-transactions.json")["transactions"]:
        seed("rlp", f"fisco {vector['key']}", bytes.fromhex(vector["raw"]))
        seed("transaction", f"fisco {vector['key']}", b"T\x01\x00\x02" + bytes.fromhex(vector["raw"]))
    blocks = vectors("foreign/ethereum-blocks.json")
    for vector in blocks["headers"]:
        seed("rlp", f"header {vector['fork']}", bytes.fromhex(vector["bytes"]))
    for number in (0, 3, 6, 11):
        seed("rlp", f"receipt {number}", bytes.fromhex(blocks["receipts"][number]["bytes"]))
    for number, node in enumerate(blocks["ordered"][8]["proofs"][0]["proof"]):
        seed("rlp", f"node {number}", bytes.fromhex(node))
    fixed = b"\xa0" + bytes(32)
    bloom = b"\xb9\x01\x00" + bytes(256)
    receipt = fixed + b"\x82\x52\x08\x94" + bytes(20) + bloom + b"\x16\x83\x01\x02\x03\xc0"
    seed("rlp", "fisco receipt", b"\xf9" + struct.pack(">H", len(receipt)) + receipt)
    header = (5 * fixed + bloom + b"\x07\x83\x01\x00\x00\x80\x86\x01\x8b\xcf\xe5\x68\x7b\xc1\x05\x80"
              + b"\xf8\x42\xb8\x40" + bytes(64))
    seed("rlp", "fisco header", b"\xf9" + struct.pack(">H", len(header)) + header)


def published():
    # A byte that says which endpoint, in the table's order, and the request.
    paths = re.findall(r'"(/api/[^"]+)"', (TESTS.parent / "src/gateway/published/endpoint.cpp").read_text())
    last = paths.pop(paths.index("/api/app/getAppInfo"))
    assert last and len(paths) == 43
    paths.insert(0, last)
    for number, vector in enumerate(vectors("foreign/published-gateway.json")["requests"]):
        request = vector["request_json_without_mac"] | {"mac": vector["mac_K1"]}
        text = json.dumps(request, ensure_ascii=False).encode()
        seed("published", f"request {number}", bytes([paths.index(vector["path"])]) + text)
    seed("published", "no body", b'\x00{"header":{"userCode":"u","appCode":"a","tId":null},"mac":""}')
    seed("published", "another case", b'\x09{"Header":{},"MAC":"","BODY":null}')
    seed("published", "parameters", b'\x0f{"header":{},"body":{"funcParam":["a",12,{"b":[true,null]}]}}')


def fisco_network():
    point = ("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
             "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")
    seed("fisco_network", "trust", "t" + json.dumps({"suite": "secp256k1", "chain_id": 1, "group": 1, "since": 0,
                                                     "sealers": [point], "quorum": 1}))
    zero = "0x" + 64 * "0"
    header = {"number": 1, "parentHash": zero, "logsBloom": "0x" + 512 * "0", "transactionsRoot": zero,
              "receiptsRoot": zero, "dbHash": zero, "stateRoot": zero, "sealer": "0x0", "sealerList": [point],
              "extraData": ["0xab"], "gasLimit": "0x0", "gasUsed": "0x0", "timestamp": "0x18bcfe56800",
              "signatureList": [{"index": "0x0", "signature": "0x" + 130 * "1"}]}
    receipt = {"root": zero, "gasUsed": "0x5208", "contractAddress": "0x" + 40 * "0", "logsBloom": "0x" + 512 * "0",
               "status": "0x16", "output": "0x", "remainGas": "0x0", "blockNumber": "0x1", "transactionIndex": "0x0",
               "logs": [{"address": "0x" + 40 * "1", "topics": [zero], "data": "0x01"}]}
    way = [{"left": ["01" + 64 * "2"], "right": []}, {"left": [], "right": []}]
    for name, result in {"header": header, "receipt": receipt, "way": way, "number": "0x10",
                         "hashes": {"transactions": [zero]}}.items():
        seed("fisco_network", name, "w" + json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}))
    for vector in vectors("foreign/fisco-transactions.json")["transactions"]:
        fields = {key: value for key, value in vector.items() if isinstance(value, (str, int))}
        seed("fisco_network", f"transaction {vector['key']}",
             "w" + json.dumps({"jsonrpc": "2.0", "id": 1, "result": fields}))
    fixed = b"\xa0" + bytes(32)
    encoded = (5 * fixed + b"\xb9\x01\x00" + bytes(256) + b"\x07\x83\x01\x00\x00\x80\x86\x01\x8b\xcf\xe5\x68\x7b"
               b"\xc1\x05\x80" + b"\xf8\x42\xb8\x40" + bytes.fromhex(point))
    encoded = b"\xf9" + struct.pack(">H", len(encoded)) + encoded
    block = b"\x01" + struct.pack(">I", len(encoded)) + encoded + struct.pack(">H", 1) + bytes(32) \
        + struct.pack(">I", 65) + bytes(65)
    seed("fisco_network", "signed header", b"h" + block)
    transaction = bytes.fromhex(vectors("foreign/fisco-transactions.json")["transactions"][0]["raw"])
    made = fixed + b"\x82\x52\x08\x94" + bytes(20) + b"\xb9\x01\x00" + bytes(256) + b"\x16\x83\x01\x02\x03\xc0"
    made = b"\xf9" + struct.pack(">H", len(made)) + made
    empty = struct.pack(">HHH", 1, 0, 0)
    seed("fisco_network", "proof", b"p\x01" + struct.pack(">I", len(block)) + block + bytes(4)
         + struct.pack(">I", len(transaction)) + transaction + empty + b"\x00"
         + struct.pack(">I", len(made)) + made + empty)


def callback():
    for number, url in enumerate(("http://a.example", "https://a.example:8443/told?x=1", "http://[2001:db8::1]:81/",
                                  "http://127.0.0.1:9?q", "http://user@a/#b")):
        seed("callback", f"url {number}", b"0" + url.encode())
    for number, network in enumerate(("10.0.0.0/8", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fc00::/7", "2002:a00:1::1")):
        seed("callback", f"network {number}", b"1" + network.encode())
    for number, pattern in enumerate((r"test:\S{32}", "^(a|aa)+$\naaaaaaaaaaaab", "[a-z]*?(?=x)\nabcx")):
        seed("callback", f"pattern {number}", b"2" + pattern.encode())


for make in (
    formats, bundles, genesis, stored, copies, http, json_rpc, channel, contract, evm, app, config, keys, sm2,
    command_line, commit, abi,
    fisco, rlp, published, fisco_network, callback,
):
    make()
