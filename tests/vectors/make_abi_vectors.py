#!/usr/bin/env python3
"""Writes tests/vectors/abi.json: values of random types, encoded by eth-abi, another implementation.

    pip install eth-abi "eth-hash[pycryptodome]"
    python3 tests/vectors/make_abi_vectors.py
"""

import json
import random
from pathlib import Path

from eth_abi import encode
from eth_utils import keccak, to_checksum_address

random.seed(5)


def elementary():
    kind = random.choice(["uint", "int", "address", "bool", "bytesN", "bytes", "string"])
    if kind in ("uint", "int"):
        return f"{kind}{8 * random.randint(1, 32)}"
    return f"bytes{random.randint(1, 32)}" if kind == "bytesN" else kind


def random_type(depth=0):
    choice = random.random()
    if depth < 3 and choice < 0.25:
        return random_type(depth + 1) + random.choice(["[]", f"[{random.randint(1, 3)}]"])
    if depth < 3 and choice < 0.4:
        return "(" + ",".join(random_type(depth + 1) for _ in range(random.randint(1, 4))) + ")"
    return elementary()


def components(name):
    """The types in a tuple's brackets."""
    parts, level, start = [], 0, 1
    for i, c in enumerate(name):
        level += (c in "([") - (c in ")]")
        if (c == "," and level == 1) or i == len(name) - 1:
            parts.append(name[start:i])
            start = i + 1
    return parts


def value(name):
    """(as eth-abi takes it, as our JSON has it)"""
    if name.endswith("]"):
        base, _, length = name[:-1].rpartition("[")
        items = [value(base) for _ in range(int(length) if length else random.randint(0, 3))]
        return [i[0] for i in items], [i[1] for i in items]
    if name.startswith("("):
        items = [value(part) for part in components(name)]
        return tuple(i[0] for i in items), [i[1] for i in items]
    if name.startswith("uint") or name.startswith("int"):
        bits = int(name.lstrip("uint"))
        low, high = (0, 2**bits) if name[0] == "u" else (-2 ** (bits - 1), 2 ** (bits - 1))
        number = random.choice([low, high - 1, random.randrange(low, high), 1])
        return number, str(number)
    if name == "address":
        raw = random.randbytes(20)
        return "0x" + raw.hex(), to_checksum_address(raw)
    if name == "bool":
        truth = random.random() < 0.5
        return truth, truth
    if name == "string":
        text = random.choice(["", "a", "链上存证", "x" * 32, "y" * 33, '"\\\n'])
        return text, text
    raw = random.randbytes(int(name[5:]) if len(name) > 5 else random.choice([0, 1, 31, 32, 33, 70]))
    return raw, "0x" + raw.hex()


cases = []
for _ in range(250):
    types = [random_type() for _ in range(random.randint(1, 4))]
    values = [value(t) for t in types]
    signature = f"f({','.join(types)})"
    cases.append({
        "signature": signature,
        "selector": keccak(text=signature)[:4].hex(),
        "arguments": [v[1] for v in values],
        "encoding": encode(types, [v[0] for v in values]).hex(),
    })
out = "[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]\n"
Path(__file__).with_name("abi.json").write_text(out)
