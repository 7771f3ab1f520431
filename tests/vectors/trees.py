"""Merkle trees and paths (docs/formats.md, section 7), and state commitments (section 9).

`h` is a hash function.
"""

import hashlib

from curves import sha256

# --- Merkle trees ---------------------------------------------------------------------------------------


def merkle_root(h, leaves):
    if len(leaves) == 0:
        return h(b"")
    if len(leaves) == 1:
        return h(b"\x00" + leaves[0])
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return h(b"\x01" + merkle_root(h, leaves[:k]) + merkle_root(h, leaves[k:]))


def path_leads(h, leaf, index, count, path, root):
    if index >= count:
        return False
    fn, sn, r = index, count - 1, h(b"\x00" + leaf)
    for p in path:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            r = h(b"\x01" + p + r)
            while fn % 2 == 0 and fn > 0:
                fn, sn = fn // 2, sn // 2
        else:
            r = h(b"\x01" + r + p)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and r == root


# --- multiset hash --------------------------------------------------------------------------------------


def multiset_hash(h, entries):
    """Of entries (contract, key, value), all of them bytes."""
    lanes = [0] * 1024
    for contract, key, value in entries:
        element = (len(contract).to_bytes(2, "big") + contract + len(key).to_bytes(4, "big") + key
                   + len(value).to_bytes(4, "big") + value)
        digest = hashlib.shake_128(element).digest(2048)
        for i in range(1024):
            lanes[i] += int.from_bytes(digest[2 * i:2 * i + 2], "little")
    return h(b"".join((lane % 65536).to_bytes(2, "little") for lane in lanes))


# --- Merkle map -----------------------------------------------------------------------------------------


def key_hash(contract, key):
    return sha256(contract + b"\x00" + key)


def bit(hashed, depth):
    return hashed[depth // 8] >> (7 - depth % 8) & 1


def map_leaf(hashed_key, hashed_value):
    return sha256(b"\x00" + hashed_key + hashed_value)


def map_root(leaves, depth=0):
    """Of leaves (key hash, value hash)."""
    if len(leaves) == 0:
        return bytes(32)
    if len(leaves) == 1:
        return map_leaf(*leaves[0])
    halves = [[leaf for leaf in leaves if bit(leaf[0], depth) == side] for side in (0, 1)]
    return sha256(b"\x01" + map_root(halves[0], depth + 1) + map_root(halves[1], depth + 1))


def map_proves(root, hashed_key, value, siblings, leaf):
    """Whether the proof shows this value, or, with None as value, that there is no entry."""
    node = map_leaf(*leaf) if leaf else bytes(32)
    if len(siblings) > 256:
        return False
    for depth in reversed(range(len(siblings))):
        pair = [node, siblings[depth]] if bit(hashed_key, depth) == 0 else [siblings[depth], node]
        node = sha256(b"\x01" + pair[0] + pair[1])
    if node != root:
        return False
    if value is not None:
        return leaf == (hashed_key, sha256(value))
    return leaf is None or (leaf[0] != hashed_key
                            and all(bit(leaf[0], d) == bit(hashed_key, d) for d in range(len(siblings))))
