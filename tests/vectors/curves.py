"""Hash functions and signature schemes of docs/formats.md, section 1, in plain Python.

Slow and not constant in time: it only verifies, and only public data.
"""

import hashlib
from functools import lru_cache
from typing import NamedTuple

# --- hash functions ---------------------------------------------------------------------------------


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


KECCAK_ROTATIONS = [[0, 36, 3, 41, 18], [1, 44, 10, 45, 2], [62, 6, 43, 15, 61],
                    [28, 55, 25, 21, 56], [27, 20, 39, 8, 14]]


def keccak_round_constants():
    """The 24 constants of step iota, from the shift register of FIPS 202, section 3.2.5."""
    state, constants = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            if state & 1:
                constant |= 1 << ((1 << j) - 1)
            state <<= 1
            if state & 0x100:
                state ^= 0x171
        constants.append(constant)
    return constants


KECCAK_CONSTANTS = keccak_round_constants()
LANE = (1 << 64) - 1


def rotate_lane(value, count):
    return (value << count | value >> (64 - count)) & LANE


def keccak_f(a):
    for constant in KECCAK_CONSTANTS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ rotate_lane(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = rotate_lane(a[x][y] ^ d[x], KECCAK_ROTATIONS[x][y])
        a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        a[0][0] ^= constant
    return a


def keccak256(data: bytes) -> bytes:
    rate = 136
    padding = bytearray(rate - len(data) % rate)
    padding[0] |= 0x01
    padding[-1] |= 0x80
    data = data + padding
    a = [[0] * 5 for _ in range(5)]
    for block in range(0, len(data), rate):
        for i in range(rate // 8):
            a[i % 5][i // 5] ^= int.from_bytes(data[block + 8 * i:block + 8 * i + 8], "little")
        a = keccak_f(a)
    return b"".join(a[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def sm3_plain(data: bytes) -> bytes:
    """SM3 without hashlib, which has it only if its OpenSSL does."""
    word = 0xFFFFFFFF

    def rotate(value, count):
        count %= 32
        return (value << count | value >> (32 - count)) & word

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    message = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for block in range(0, len(message), 64):
        w = [int.from_bytes(message[block + 4 * i:block + 4 * i + 4], "big") for i in range(16)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)
            w.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            early = j < 16
            ss1 = rotate((rotate(a, 12) + e + rotate(0x79CC4519 if early else 0x7A879D8A, j)) & word, 7)
            ff = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if early else (e & f) | (~e & g & word)
            tt1 = (ff + d + (ss1 ^ rotate(a, 12)) + (w[j] ^ w[j + 4])) & word
            tt2 = (gg + h + ss1 + w[j]) & word
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(value.to_bytes(4, "big") for value in state)


def sm3(data: bytes) -> bytes:
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    return sm3_plain(data)


HASHES = {1: sha256, 2: keccak256, 3: sm3}  # by the numbers of the document

# --- curves -----------------------------------------------------------------------------------------


class Curve(NamedTuple):
    """y² = x³ + ax + b modulo p, with the generator (gx, gy) of prime order n."""

    p: int
    a: int
    b: int
    n: int
    gx: int
    gy: int


def number(words: str) -> int:
    return int(words.replace(" ", ""), 16)


SECP256R1 = Curve(
    p=number("FFFFFFFF 00000001 00000000 00000000 00000000 FFFFFFFF FFFFFFFF FFFFFFFF"),
    a=number("FFFFFFFF 00000001 00000000 00000000 00000000 FFFFFFFF FFFFFFFF FFFFFFFC"),
    b=number("5AC635D8 AA3A93E7 B3EBBD55 769886BC 651D06B0 CC53B0F6 3BCE3C3E 27D2604B"),
    n=number("FFFFFFFF 00000000 FFFFFFFF FFFFFFFF BCE6FAAD A7179E84 F3B9CAC2 FC632551"),
    gx=number("6B17D1F2 E12C4247 F8BCE6E5 63A440F2 77037D81 2DEB33A0 F4A13945 D898C296"),
    gy=number("4FE342E2 FE1A7F9B 8EE7EB4A 7C0F9E16 2BCE3357 6B315ECE CBB64068 37BF51F5"))
SECP256K1 = Curve(
    p=2**256 - 2**32 - 977,
    a=0,
    b=7,
    n=number("FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFE BAAEDCE6 AF48A03B BFD25E8C D0364141"),
    gx=number("79BE667E F9DCBBAC 55A06295 CE870B07 029BFCDB 2DCE28D9 59F2815B 16F81798"),
    gy=number("483ADA77 26A3C465 5DA4FBFC 0E1108A8 FD17B448 A6855419 9C47D08F FB10D4B8"))
SM2P256V1 = Curve(
    p=number("FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF 00000000 FFFFFFFF FFFFFFFF"),
    a=number("FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF 00000000 FFFFFFFF FFFFFFFC"),
    b=number("28E9FA9E 9D9F5E34 4D5A9E4B CF6509A7 F39789F5 15AB8F92 DDBCBD41 4D940E93"),
    n=number("FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF 7203DF6B 21C6052B 53BBF409 39D54123"),
    gx=number("32C4AE2C 1F198119 5F990446 6A39C994 8FE30BBF F2660BE1 715A4589 334C74C7"),
    gy=number("BC3736A2 F4F6779C 59BDCEE3 6B692153 D0A9877C C62A4740 02DF32E5 2139F0A0"))

INFINITY = (1, 1, 0)  # points are Jacobian: (X, Y, Z) stands for (X / Z², Y / Z³)


def double(curve, point):
    x, y, z = point
    p = curve.p
    if z == 0 or y == 0:
        return INFINITY
    yy = y * y % p
    s = 4 * x * yy % p
    m = (3 * x * x + curve.a * pow(z, 4, p)) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def add(curve, left, right):
    if left[2] == 0:
        return right
    if right[2] == 0:
        return left
    p = curve.p
    (x1, y1, z1), (x2, y2, z2) = left, right
    zz1, zz2 = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * zz2 % p, x2 * zz1 % p
    s1, s2 = y1 * zz2 * z2 % p, y2 * zz1 * z1 % p
    h, r = (u2 - u1) % p, (s2 - s1) % p
    if h == 0:
        return double(curve, left) if r == 0 else INFINITY
    hh = h * h % p
    hhh, v = h * hh % p, u1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - s1 * hhh) % p, z1 * z2 * h % p


def sum_of_multiples(curve, u, v, key):
    """u·G + v·key, both at once, bit by bit; its affine x, or None at infinity."""
    generator, point = (curve.gx, curve.gy, 1), (*key, 1)
    table = [INFINITY, generator, point, add(curve, generator, point)]
    total = INFINITY
    for bit in range(255, -1, -1):
        total = double(curve, total)
        total = add(curve, total, table[(u >> bit & 1) | (v >> bit & 1) << 1])
    if total[2] == 0:
        return None
    return total[0] * pow(total[2], -2, curve.p) % curve.p


@lru_cache(maxsize=None)
def point_of(curve, key: bytes):
    """The point (x, y) of a compressed public key, or None if it is none of this curve."""
    if len(key) != 33 or key[0] not in (2, 3):
        return None
    x = int.from_bytes(key[1:], "big")
    if x >= curve.p:
        return None
    square = (x * x * x + curve.a * x + curve.b) % curve.p
    y = pow(square, (curve.p + 1) // 4, curve.p)  # all three p are 3 modulo 4
    if y * y % curve.p != square:
        return None
    return x, y if y & 1 == key[0] & 1 else curve.p - y


# --- signatures -------------------------------------------------------------------------------------


def verify_ecdsa(curve, hash_function, point, message, r, s):
    if s > curve.n // 2:
        return False
    e = int.from_bytes(hash_function(message), "big")
    w = pow(s, -1, curve.n)
    x = sum_of_multiples(curve, e * w % curve.n, r * w % curve.n, point)
    return x is not None and x % curve.n == r


def verify_sm2(curve, point, message, r, s):
    numbers = (curve.a, curve.b, curve.gx, curve.gy, *point)
    z = sm3(b"\x00\x80" + b"1234567812345678" + b"".join(value.to_bytes(32, "big") for value in numbers))
    e = int.from_bytes(sm3(z + message), "big")
    t = (r + s) % curve.n
    if t == 0:
        return False
    x = sum_of_multiples(curve, s, t, point)
    return x is not None and (e + x) % curve.n == r


CURVES = {1: SECP256R1, 2: SECP256K1, 3: SM2P256V1}  # by the numbers of the suites


def is_key(suite: int, key: bytes) -> bool:
    return point_of(CURVES[suite], key) is not None


def verify_signature(suite: int, key: bytes, message: bytes, signature: bytes) -> bool:
    curve = CURVES[suite]
    point = point_of(curve, key)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if point is None or len(signature) != 64 or not (0 < r < curve.n and 0 < s < curve.n):
        return False
    if suite == 3:
        return verify_sm2(curve, point, message, r, s)
    return verify_ecdsa(curve, HASHES[suite], point, message, r, s)
