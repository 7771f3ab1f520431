#!/usr/bin/env python3
"""Writes ethereum-transactions.json with other people's code: eth-account, eth-keys and rlp from PyPI (README.md)."""

import json
import random
from pathlib import Path

import rlp
from eth_account import Account
from eth_account._utils.legacy_transactions import serializable_unsigned_transaction_from_dict
from eth_keys import keys
from eth_utils import keccak, to_checksum_address

rnd = random.Random(1)
cases = []


def rb(n):
    return rnd.randbytes(n)


def word(number):
    return f"{number:064x}"


def add(name, key, tx):
    acct = Account.from_key(key)
    signed = acct.sign_transaction(tx)
    digest = serializable_unsigned_transaction_from_dict(dict(tx)).hash()
    cases.append({"name": name, "raw": bytes(signed.raw_transaction).hex(), "hash": bytes(signed.hash).hex(), "signing_hash": bytes(digest).hex(),
        "key": bytes(acct.key).hex(), "public_key": keys.PrivateKey(bytes(acct.key)).public_key.to_compressed_bytes().hex(),
        "address": acct.address,
        "type": tx.get("type", 0), "chain_id": tx.get("chainId"), "nonce": tx["nonce"], "gas": tx["gas"],
        "max_fee": word(tx.get("maxFeePerGas", tx.get("gasPrice"))), "max_priority_fee": word(tx.get("maxPriorityFeePerGas", 0)),
        "to": tx["to"][2:].lower() if tx.get("to") else None, "value": word(tx["value"]), "data": tx.get("data", "0x")[2:],
        "access_list": [[e["address"][2:].lower(), [s[2:] for s in e["storageKeys"]]] for e in tx.get("accessList", [])],
        "r": f"{signed.r:064x}", "s": f"{signed.s:064x}", "v": signed.v})

add("EIP-155 example", "46"*32, {"nonce": 9, "gasPrice": 20*10**9, "gas": 21000, "to": to_checksum_address("0x"+"35"*20), "value": 10**18, "data": "0x", "chainId": 1})
add("legacy without chain id", rb(32), {"nonce": 0, "gasPrice": 1, "gas": 53000, "to": "", "value": 0, "data": "0x6001600255"})
add("legacy creation, chain 1337", rb(32), {"nonce": 127, "gasPrice": 0, "gas": 4000000, "value": 0, "data": "0x"+rb(300).hex(), "chainId": 1337})
add("legacy, large chain id", rb(32), {"nonce": 128, "gasPrice": 2**255+5, "gas": 2**63, "to": to_checksum_address(rb(20)), "value": 2**256-1, "data": "0x7f", "chainId": 2**53-40})


def al(n, m):
    return [{"address": to_checksum_address(rb(20)), "storageKeys": ["0x"+rb(32).hex() for _ in range(m)]} for _ in range(n)]


add("EIP-2930, empty access list", rb(32), {"type": 1, "nonce": 1, "gasPrice": 10**9, "gas": 30000, "to": to_checksum_address(rb(20)), "value": 1, "data": "0x", "chainId": 1, "accessList": []})
add("EIP-2930, access list", rb(32), {"type": 1, "nonce": 255, "gasPrice": 10**9, "gas": 300000, "to": to_checksum_address(rb(20)), "value": 256, "data": "0x"+rb(68).hex(), "chainId": 5, "accessList": al(2, 3)+al(1, 0)})
add("EIP-1559", rb(32), {"type": 2, "nonce": 2, "maxFeePerGas": 2*10**11, "maxPriorityFeePerGas": 10**9, "gas": 21000, "to": to_checksum_address(rb(20)), "value": 10**17, "data": "0x", "chainId": 1, "accessList": []})
add("EIP-1559 creation with access list", rb(32), {"type": 2, "nonce": 65536, "maxFeePerGas": 7, "maxPriorityFeePerGas": 0, "gas": 5000000, "value": 0, "data": "0x"+rb(1000).hex(), "chainId": 11155111, "accessList": al(1, 12)})
# Signatures with r or s of fewer than 32 bytes.
found = {"r": None, "s": None}
i = 0
while not all(found.values()):
    i += 1
    key = bytes([7]*32)
    tx = {"type": 2, "nonce": i, "maxFeePerGas": 1, "maxPriorityFeePerGas": 0, "gas": 21000, "to": to_checksum_address(bytes(20)), "value": 0, "data": "0x", "chainId": 9, "accessList": []}
    if i > 3000: break
    sg = Account.sign_transaction(tx, key)
    for f in found:
        if not found[f] and getattr(sg, f) < 2**248:
            found[f] = i
            add(f"a short {f}", key, tx)
contracts = {"create": [], "create2": []}
for nonce in (0, 1, 127, 128, 255, 256, 2**32, 2**64-2):
    sender = rb(20)
    contracts["create"].append({"sender": sender.hex(), "nonce": nonce, "address": keccak(rlp.encode([sender, nonce]))[12:].hex()})
json.dump({"transactions": cases, **contracts}, (Path(__file__).parent / "ethereum-transactions.json").open("w"), indent=1)
