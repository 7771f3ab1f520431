#!/usr/bin/env python3
"""Writes ethereum-blocks.json with other people's code: trie and py-evm from PyPI (README.md)."""

import json
import random
from pathlib import Path

import rlp
from eth.rlp.accounts import Account
from eth.rlp.headers import BlockHeader
from eth.rlp.logs import Log
from eth.rlp.receipts import Receipt
from eth.vm.forks.berlin.receipts import TypedReceipt
from eth.vm.forks.cancun.blocks import CancunBlockHeader
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth.vm.forks.shanghai.blocks import ShanghaiBlockHeader
from eth_utils import keccak
from trie import HexaryTrie

rnd = random.Random(2)
rb = rnd.randbytes


def hexes(items):
    return [bytes(item).hex() for item in items]


def proof_of(trie, key):
    """As eth_getProof gives it: nodes of fewer than 32 bytes stand in those above them."""
    nodes = [rlp.encode(node) for node in trie.get_proof(key)]
    return hexes(node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32)


def item_of(seed, index):
    """The item of a list, made alike in the test: a few bytes or some hundred."""
    return (keccak(bytes([seed]) + index.to_bytes(4, "big")) * 10)[:1 + (index * 37 + seed) % 300]


def ordered():
    vectors = []
    for seed, count in enumerate((0, 1, 2, 3, 16, 17, 127, 128, 129, 300)):
        trie = HexaryTrie({})
        for index in range(count):
            trie[rlp.encode(index)] = item_of(seed, index)
        proofs = [{"index": index, "proof": proof_of(trie, rlp.encode(index))}
                  for index in sorted({0, 1, count // 2, count - 1, count}) if 0 <= index <= count and count]
        vectors.append({"seed": seed, "count": count, "root": trie.root_hash.hex(), "proofs": proofs})
    return vectors


def state():
    """Steps of changes of accounts and their storage, with the root after each."""
    addresses = [rb(20) for _ in range(30)]
    accounts, storages, steps = {}, {}, []
    top = HexaryTrie({}, prune=True)
    for step in range(16):
        changes = []
        for address in rnd.sample(addresses, rnd.choice((1, 2, 5, 12, 30))):
            change = {"address": address.hex(), "storage": []}
            if address in accounts and rnd.random() < 0.3:
                change["erased"] = True
                del accounts[address]
                storages.pop(address, None)
                del top[keccak(address)]
                changes.append(change)
                continue
            storage = storages.setdefault(address, {})
            if rnd.random() < 0.1:
                change["cleared"] = True
                storage.clear()
            for _ in range(rnd.choice((0, 0, 1, 3, 12))):
                slot = rnd.randrange(30)
                value = rnd.choice((0, 0, 1, 127, 128, rnd.randrange(2**256)))
                change["storage"].append([f"{slot:064x}", f"{value:064x}"])
                if value:
                    storage[slot] = value
                else:
                    storage.pop(slot, None)
            if address not in accounts or rnd.random() < 0.7:
                code_hash = keccak(b"") if rnd.random() < 0.5 else rb(32)
                accounts[address] = (rnd.choice((0, 1, rnd.randrange(2**64))), rnd.choice((0, 7, rnd.randrange(2**256))),
                                     code_hash)
                nonce, balance, code_hash = accounts[address]
                change["fields"] = {"nonce": nonce, "balance": f"{balance:064x}", "code_hash": code_hash.hex()}
            sub = HexaryTrie({})
            for slot, value in storage.items():
                sub[keccak(slot.to_bytes(32, "big"))] = rlp.encode(value)
            nonce, balance, code_hash = accounts[address]
            top[keccak(address)] = rlp.encode(Account(nonce, balance, sub.root_hash, code_hash))
            change["storage_root"] = sub.root_hash.hex()
            changes.append(change)
        vector = {"changes": changes, "root": top.root_hash.hex()}
        asked = rnd.choice(addresses)
        plain = HexaryTrie({})
        for address, (nonce, balance, code_hash) in accounts.items():
            sub = HexaryTrie({})
            for slot, value in storages.get(address, {}).items():
                sub[keccak(slot.to_bytes(32, "big"))] = rlp.encode(value)
            plain[keccak(address)] = rlp.encode(Account(nonce, balance, sub.root_hash, code_hash))
        assert plain.root_hash == top.root_hash
        if step % 4 == 0:
            vector["proof_of"] = asked.hex()
            vector["proof"] = proof_of(plain, keccak(asked))
        steps.append(vector)
    return steps


def receipts():
    def logs(count):
        return [Log(address=rb(20), topics=[rnd.randrange(2**256) for _ in range(i % 5)], data=rb(i * 40)) for i in range(count)]

    vectors = []
    for kind in (0, 1, 2):
        for count, success in ((0, True), (0, False), (1, True), (7, True)):
            made = logs(count)
            gas = rnd.choice((21000, 0, 2**40))
            inner = Receipt(state_root=b"\x01" if success else b"", gas_used=gas, logs=made)
            encoded = inner.encode()
            if kind == 1:
                assert TypedReceipt(1, inner).encode() == b"\x01" + encoded
            vectors.append({"type": kind, "success": success, "cumulative_gas": gas,
                            "logs": [{"address": log.address.hex(), "topics": [f"{t:064x}" for t in log.topics],
                                      "data": log.data.hex()} for log in made],
                            "bloom": f"{inner.bloom:0512x}",
                            "bytes": (bytes([kind]) * (kind > 0) + encoded).hex()})
    return vectors


def headers():
    common = {"parent_hash": rb(32), "uncles_hash": rb(32), "coinbase": rb(20), "state_root": rb(32), "transaction_root": rb(32),
              "receipt_root": rb(32), "bloom": rnd.randrange(2**2048), "difficulty": 2**40 + 3, "block_number": 12965000,
              "gas_limit": 30000000, "gas_used": 21000, "timestamp": 1628166822, "extra_data": b"extra", "mix_hash": rb(32),
              "nonce": rb(8)}
    london = {**common, "base_fee_per_gas": 10**9}
    shanghai = {**london, "difficulty": 0, "nonce": bytes(8), "withdrawals_root": rb(32)}
    cancun = {**shanghai, "blob_gas_used": 131072, "excess_blob_gas": 0, "parent_beacon_block_root": rb(32)}
    made = {"before London": BlockHeader(**common), "London": LondonBlockHeader(**london),
            "Shanghai": ShanghaiBlockHeader(**shanghai), "Cancun": CancunBlockHeader(**cancun)}
    return [{"fork": fork, "bytes": rlp.encode(header).hex(), "hash": header.hash.hex(),
             "number": header.block_number, "state_root": header.state_root.hex(), "extra_data": header.extra_data.hex()}
            for fork, header in made.items()]


vectors = {"ordered": ordered(), "state": state(), "receipts": receipts(), "headers": headers()}
json.dump(vectors, (Path(__file__).parent / "ethereum-blocks.json").open("w"), separators=(",", ":"))
