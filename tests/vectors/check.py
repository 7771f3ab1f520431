#!/usr/bin/env python3
"""Checks every golden vector of this folder with the independent reader. Exit status 0: all as expected."""

import base64
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left in the source tree

import curves
import formats as f
import reader
import trees
from genesis import genesis

FOLDER = Path(__file__).resolve().parent
READERS = {
    "transaction": f.transaction, "payload": f.payload, "batch": f.batch, "epoch record": f.epoch_record,
    "certificate": f.certificate, "envelope": f.envelope, "header": f.header, "receipt": f.receipt,
    "control record": f.control, "block record": f.block_record,
}
failures = []


def expect(name, found, expected):
    if found == expected:
        print(f"ok    {name}")
    else:
        failures.append(name)
        print(f"FAIL  {name}: found {found!r}, expected {expected!r}")


def load(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def plain(value):
    """A value as the vectors write it: byte strings in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(element) for element in value]
    return value


def unhex(values):
    return [bytes.fromhex(value) for value in values]


def code_of(read):
    """What a reading comes to: `ok`, or the code of the refusal."""
    try:
        read()
    except f.Refused as refusal:
        return refusal.code
    return "ok"


# --- what the document itself states --------------------------------------------------------------------


def check_known_answers():
    expect("Keccak-256 of nothing", curves.keccak256(b"").hex(),
           "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
    expect("SM3 of abc", curves.sm3_plain(b"abc").hex(),
           "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
    expect("SM2, the example of GM/T 0003.5", curves.verify_signature(
        3, bytes.fromhex("0309f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"), b"message digest",
        bytes.fromhex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
                      "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")), True)
    leaves = unhex(["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                    "606162636465666768696a6b6c6d6e6f"])
    for count, root in ((0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
                        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
                        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")):
        expect(f"root of {count} leaves", trees.merkle_root(curves.sha256, leaves[:count]).hex(), root)
    entries = [(b"bank", b"alice", b"10"), (b"bank", b"bob", b""), (b"evidence", b"\x00\xff", b"x" * 300)]
    expect("multiset hash of three entries", trees.multiset_hash(curves.sha256, entries).hex(),
           "6603579bb482c887cdc4487101c6a9a80c10cc25087e8d434abfc3df690a976d")
    apps = [(trees.key_hash(b"registry", b"app/%d" % i), curves.sha256(b"value %d" % i)) for i in range(5)]
    expect("Merkle map of five entries", trees.map_root(apps).hex(),
           "3d97b7e77515b6e4bab160c47382773b8a29a146f52e0b553ad131c79516dfa7")
    for name, read, text in (
            ("batch", f.batch, "4201 00000002 00000003 010203 00000001 04"),
            ("receipt", f.receipt, "5201 0001 00000001 aa 0001 0002 6b76 01 00000001 78 00000001 bb"
                                   "0000000000000001 0000000000000002 00000000 0002 6e6f"),
            ("control record", f.control, "4f01 04 0001 72 01 0001 0004 6b762e2a")):
        expect(f"the document's example of a {name}", code_of(lambda: f.whole(read, bytes.fromhex(text))), "ok")


# --- formats ----------------------------------------------------------------------------------------------


def derived(name, record):
    if name == "transaction":
        return {"id": f.transaction_id(record).hex(), "signed": f.is_signed(record)}
    if name == "header":
        return {"hash": f.header_hash(record).hex(), "statement": f.header_statement(record).hex()}
    if name == "epoch record":
        return {"hash": curves.sha256(record.raw).hex(), "quorum": f.quorum(len(record.peers))}
    return {}


def check_formats():
    for vector in load("formats.json"):
        name, data = vector["format"], bytes.fromhex(vector["bytes"])
        try:
            record = f.whole(READERS[name], data)
        except f.Refused as refusal:
            expect(f"format: {vector['name']}", str(refusal), "read")
            continue
        expect(f"format: {vector['name']}", (plain(record), derived(name, record)),
               (vector["says"], vector["derived"]))
        if record.raw != data:
            expect(f"format: {vector['name']}, bytes", record.raw.hex(), vector["bytes"])
        for what, other, code in (("another kind", b"?" + data[1:], "invalid_argument"),
                                  ("version 2", data[:1] + b"\x02" + data[2:], "unsupported_version"),
                                  ("a byte is missing", data[:-1], "invalid_argument"),
                                  ("a byte is left over", data + b"\0", "invalid_argument")):
            expect(f"refused format: {vector['name']}, {what}", code_of(lambda: f.whole(READERS[name], other)), code)
    for vector in load("refused.json"):
        read = READERS[vector["format"]]
        expect(f"refused {vector['format']}: {vector['name']}",
               code_of(lambda: f.whole(read, bytes.fromhex(vector["bytes"]))), vector["code"])


# --- signatures, certificates, blocks, trees ----------------------------------------------------------------


def check_signatures():
    for vector in load("signatures.json"):
        key, message, signature = unhex([vector["key"], vector["message"], vector["signature"]])
        expect(f"signature: {vector['name']}", curves.verify_signature(vector["suite"], key, message, signature),
               vector["holds"])
    file = load("certificates.json")
    statement, epoch = bytes.fromhex(file["statement"]), f.whole(f.epoch_record, bytes.fromhex(file["epoch"]))
    revoked = {entry.node: entry.from_order_height for entry in epoch.revoked}
    for vector in file["cases"]:
        fault = f.certificate_fault(f.whole(f.certificate, bytes.fromhex(vector["certificate"])), statement, epoch,
                                    vector["order_height"], revoked, f.quorum(len(epoch.peers)))
        expect(f"certificate: {vector['name']}", fault is None, vector["holds"])
    file = load("availability.json")
    network, epoch = bytes.fromhex(file["network"]), f.whole(f.epoch_record, bytes.fromhex(file["epoch"]))
    for vector in file["cases"]:
        record = f.whole(f.envelope, bytes.fromhex(vector["envelope"]))
        try:
            fault = f.availability_fault(record, network, epoch, vector["order_height"])
        except f.Refused as refusal:
            fault = refusal
        expect(f"availability: {vector['name']}", fault is None, vector["holds"])


def check_blocks():
    for vector in load("blocks.json"):
        block = f.whole(f.block_record, bytes.fromhex(vector["block"]))
        expect(f"block: {vector['name']}", f.block_fault(block, unhex(vector["batches"])) is None, vector["holds"])


def check_commitments():
    file = load("commitments.json")
    for vector in file["trees"]:
        h, leaves, root = curves.HASHES[vector["hash"]], unhex(vector["leaves"]), bytes.fromhex(vector["root"])
        name = f"tree of {len(leaves)} leaves, hash {vector['hash']}"
        expect(name, trees.merkle_root(h, leaves), root)
        for path in vector["paths"]:
            index, hashes = path["index"], unhex(path["path"])
            leads = [trees.path_leads(h, leaves[index], at, len(leaves), hashes, root)
                     for at in range(len(leaves) + 1)]
            expect(f"{name}, path of {index}", [at for at, holds in enumerate(leads) if holds], [index])
            expect(f"{name}, path of {index}, a hash too long",
                   trees.path_leads(h, leaves[index], index, len(leaves), hashes + [root], root), False)
    for vector in file["multisets"]:
        entries = [(e["contract"].encode(), *unhex([e["key"], e["value"]])) for e in vector["entries"]]
        expect(f"multiset of {len(entries)} entries, hash {vector['hash']}",
               trees.multiset_hash(curves.HASHES[vector["hash"]], entries).hex(), vector["state"])
    for vector in file["maps"]:
        entries = {bytes.fromhex(e["key"]): bytes.fromhex(e["value"]) for e in vector["entries"]}
        leaves = [(trees.key_hash(b"registry", key), curves.sha256(value)) for key, value in entries.items()]
        root = trees.map_root(leaves)
        name = f"map of {len(entries)} entries"
        expect(name, root.hex(), vector["root"])
        for proof in vector["proofs"]:
            key, siblings = bytes.fromhex(proof["key"]), unhex(proof["siblings"])
            leaf = tuple(unhex(proof["leaf"])) if proof["leaf"] else None
            hashed = trees.key_hash(b"registry", key)
            shows = [trees.map_proves(against, hashed, value, siblings, leaf) for against, value in
                     ((root, entries.get(key)), (root, b"another"), (bytes([1]) * 32, entries.get(key)))]
            expect(f"{name}, proof of {key.decode()}", shows, [True, False, False])


# --- genesis files and bundles --------------------------------------------------------------------------------


def check_genesis():
    for file in sorted(FOLDER.glob("genesis-*.json")):
        expect(f"genesis: {file.name}", code_of(lambda: genesis(file.read_bytes())), "ok")
    for vector in load("refused-genesis.json"):
        text = (FOLDER / vector["of"]).read_text(encoding="utf-8")
        changed = text.replace(vector["replace"], vector["by"], 1)
        expect(f"refused genesis: {vector['name']}", code_of(lambda: genesis(changed.encode())), vector["code"])


def binaries(vectors):
    """The binary form of each bundle: in full, or as the one span in which it differs from another."""
    whole = {}
    for vector in vectors:
        if "binary" in vector:
            whole[vector["name"]] = base64.b64decode(vector["binary"], validate=True)
        elif "like" in vector:
            base, at, insert = whole[vector["like"]], vector["at"], base64.b64decode(vector["insert"], validate=True)
            whole[vector["name"]] = base[:at] + insert + base[at + vector["drop"]:]
    return whole


def outcome_of(read, data, vector):
    network, ordering, trusted = reader.trust_genesis(genesis((FOLDER / vector["genesis"]).read_bytes()))
    if "checkpoint" in vector:
        trusted = f.whole(f.epoch_record, bytes.fromhex(vector["checkpoint"]))
    try:
        bundle = read(data)
    except f.Refused:
        return {"outcome": "unreadable", "step": 0}, None
    result = reader.verify(bundle, network, ordering, trusted)
    outcome = {"outcome": "success" if result.success else
               "authentic, but no success" if result.authentic else "not authentic", "step": result.step}
    if "trust_class" in vector:
        outcome["trust_class"] = result.message
    return outcome, plain(bundle)


def check_refused_bundle_files():
    """The canonical form of bundles: any other spelling of a valid file is refused."""
    text = (FOLDER / "bundles/system-transaction.receipt.json").read_text(encoding="utf-8")
    for old, new, code in (('"version": 1', '"version": 2', "unsupported_version"),
                           ("bsn-receipt", "bsn-genesis", "invalid_argument"),
                           ('"index": 1', '"index": "1"', "invalid_argument"),
                           ('"index": 1', '"index": -1', "invalid_argument"),
                           ('"index": 1', '"index":  1', "invalid_argument"),
                           ('"secp256r1"', '"rsa"', "invalid_argument"),
                           ('"creation": null', '"creation": []', "invalid_argument"),
                           ('"handovers": []', '"handovers": {}', "invalid_argument"),
                           ('"header": "48', '"header": "4', "invalid_argument")):
        changed = text.replace(old, new, 1).encode()
        expect(f"refused bundle file: {new}", code_of(lambda: reader.bundle_from_json(changed)), code)


def check_bundles():
    vectors = load("bundles.json")
    whole = binaries(vectors)
    for vector in vectors:
        name, contents = vector["name"], []
        expected = {member: vector[member] for member in ("outcome", "step", "trust_class") if member in vector}
        if name in whole:
            found, content = outcome_of(reader.bundle_from_binary, whole[name], vector)
            contents.append(content)
            expect(f"bundle: {name}", found, expected)
        if "file" in vector:
            found, content = outcome_of(reader.bundle_from_json, (FOLDER / vector["file"]).read_bytes(), vector)
            contents.append(content)
            expect(f"bundle: {vector['file']}", found, expected)
        if len(contents) == 2:
            expect(f"bundle: {name}, both forms say the same", contents[0] == contents[1], True)


for check in (check_known_answers, check_formats, check_signatures, check_blocks, check_commitments, check_genesis,
              check_refused_bundle_files, check_bundles):
    check()
print(f"{len(failures)} failed: {', '.join(failures)}" if failures else "all vectors hold")
sys.exit(1 if failures else 0)
