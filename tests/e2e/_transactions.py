"""Transactions and signed requests, made from docs/formats.md and docs/http-api.md alone.

The keys here are of tests only: signing in Python is neither fast nor constant in time.
"""

import base64
import hashlib
import os
import time
from functools import lru_cache
from pathlib import Path

import _network  # noqa: F401  (the path to tests/vectors)
from curves import HASHES, SECP256R1, add, double

CURVE = SECP256R1
SECP256R1_SUITE = 1
MINUTE = 60_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


# --- signing ------------------------------------------------------------------------------------------


def affine(point):
    x, y, z = point
    inverse = pow(z, -1, CURVE.p)
    square = inverse * inverse % CURVE.p
    return x * square % CURVE.p, y * square * inverse % CURVE.p, 1


@lru_cache(maxsize=None)
def multiples():
    """For each of the 64 digits (of four bits) of a number, 1 to 15 times the generator at that digit."""
    table, base = [], (CURVE.gx, CURVE.gy, 1)
    for _ in range(64):
        row = [base]
        for _ in range(14):
            row.append(affine(add(CURVE, row[-1], base)))
        table.append(row)
        for _ in range(4):
            base = double(CURVE, base)
        base = affine(base)
    return table


def times_generator(number):
    total = (1, 1, 0)
    for row in multiples():
        digit, number = number & 15, number >> 4
        if digit:
            total = add(CURVE, total, row[digit - 1])
    return affine(total)


def secret_of(file: Path) -> int:
    """Of an unencrypted PKCS#8 file of the command."""
    lines = file.read_text().splitlines()
    der = base64.b64decode("".join(line for line in lines if not line.startswith("-")))
    begin = der.index(bytes.fromhex("0201010420")) + 5
    return int.from_bytes(der[begin:begin + 32], "big")


class Key:
    """A key of the suite secp256r1, and the participant whose first key it is."""

    suite = "secp256r1"

    def __init__(self, secret: int):
        self.secret = secret
        x, y, _ = times_generator(secret)
        self.public = bytes([2 + y % 2]) + x.to_bytes(32, "big")
        self.participant = hashlib.sha256(bytes([SECP256R1_SUITE]) + self.public).digest()

    @classmethod
    def new(cls, seed: bytes = b""):
        digest = hashlib.sha512(seed or os.urandom(64)).digest()
        return cls(int.from_bytes(digest, "big") % (CURVE.n - 1) + 1)

    @classmethod
    def load(cls, file: Path):
        """From an unencrypted PKCS#8 file of the command."""
        return cls(secret_of(file))

    def sign(self, message: bytes, high_s=False) -> bytes:
        digest = hashlib.sha256(message).digest()
        nonce = int.from_bytes(hashlib.sha512(self.secret.to_bytes(32, "big") + digest).digest(), "big")
        nonce = nonce % (CURVE.n - 1) + 1
        r = times_generator(nonce)[0] % CURVE.n
        s = pow(nonce, -1, CURVE.n) * (int.from_bytes(digest, "big") + r * self.secret) % CURVE.n
        if (s > CURVE.n // 2) != high_s:
            s = CURVE.n - s
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def inverses(numbers, modulus):
    """Of many numbers at once, for the price of one and three products each."""
    products, total = [], 1
    for number in numbers:
        products.append(total)
        total = total * number % modulus
    inverse, found = pow(total, -1, modulus), [0] * len(numbers)
    for i in range(len(numbers) - 1, -1, -1):
        found[i] = inverse * products[i] % modulus
        inverse = inverse * numbers[i] % modulus
    return found


def sign_many(key, messages):
    """Fast, since consecutive numbers take the place of random ones: this would give a real key away."""
    n, generator = CURVE.n, (CURVE.gx, CURVE.gy, 1)
    first = int.from_bytes(os.urandom(31), "big") + 1
    nonces, points = range(first, first + len(messages)), [times_generator(first)]
    while len(points) < len(messages):
        points.append(add(CURVE, points[-1], generator))
    signatures = []
    for message, x, z, nonce in zip(messages, (point[0] for point in points),
                                    inverses([point[2] for point in points], CURVE.p), inverses(list(nonces), n)):
        r = x * z * z % CURVE.p % n
        s = nonce * (int.from_bytes(hashlib.sha256(message).digest(), "big") + r * key.secret) % n
        signatures.append(r.to_bytes(32, "big") + min(s, n - s).to_bytes(32, "big"))
    return signatures


# --- transactions ---------------------------------------------------------------------------------------


def sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def name(text) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return bytes([len(raw)]) + raw


class Channel:
    """Where transactions are for: a network and one of its channels."""

    def __init__(self, network: bytes, channel: bytes):
        self.network, self.channel = network, channel

    @classmethod
    def of(cls, net, app):
        network = hashlib.sha256(net.genesis()).digest()
        if app == "system":
            return cls(network, hashlib.sha256(network + bytes(32)).digest())
        return cls(network, net.channel(app))

    def payload(self, creator: bytes, contract, function, arguments, *, network=None, channel=None,
                suite=SECP256R1_SUITE, nonce=None, valid_until=None) -> bytes:
        valid_until = now_ms() + 30 * MINUTE if valid_until is None else valid_until
        raw = [one.encode() if isinstance(one, str) else one for one in arguments]
        return (b"P\x01" + (network or self.network) + (channel or self.channel) + bytes([suite]) + creator
                + (nonce or os.urandom(16)) + valid_until.to_bytes(8, "big") + name(contract) + name(function)
                + len(raw).to_bytes(2, "big") + b"".join(map(sized, raw)))

    def transaction(self, key: Key, contract, function, arguments, *, creator=None, high_s=False, **fields) -> bytes:
        return seal(key, self.payload(creator or key.participant, contract, function, arguments, **fields), high_s)

    def authorization(self, key: Key, method, target, body=b"", *, participant=None, expires=None, nonce=None,
                      for_channel=True):
        """The header of a request for members."""
        expires = now_ms() + MINUTE if expires is None else expires
        nonce = nonce or os.urandom(16)
        statement = (b"S\x01\x04" + self.network + (self.channel if for_channel else bytes(32)) + bytes(8)
                     + text(method) + text(target) + hashlib.sha256(body).digest() + expires.to_bytes(8, "big") + nonce)
        return {"Authorization": f"BSN participant={(participant or key.participant).hex()},suite={key.suite},"
                                 f"key={key.public.hex()},expires={expires},nonce={nonce.hex()},"
                                 f"signature={key.sign(statement).hex()}"}

    def get(self, connection, key: Key, target):
        """As a member."""
        return connection.get(target, headers=self.authorization(key, "GET", target))


def text(value: str) -> bytes:
    return len(value.encode()).to_bytes(2, "big") + value.encode()


def seal(key: Key, payload: bytes, high_s=False) -> bytes:
    return b"T\x01\x00\x00" + payload + key.public + key.sign(payload, high_s)


def seal_many(key: Key, payloads):
    return [b"T\x01\x00\x00" + payload + key.public + signature
            for payload, signature in zip(payloads, sign_many(key, payloads))]


def transaction_id(transaction: bytes) -> str:
    payload = transaction[4:-97]
    return HASHES[payload[66]](payload).hex()


# --- sending ----------------------------------------------------------------------------------------------

BYTES, MANY = "application/octet-stream", "application/x-bsn-transactions"


def submit(connection, app, transaction: bytes, **parameters):
    target = f"/v1/apps/{app}/transactions"
    if parameters:
        target += "?" + "&".join(f"{key}={value}" for key, value in parameters.items())
    return connection.post(target, transaction, Content_Type=BYTES)


def many(transactions) -> bytes:
    return len(transactions).to_bytes(4, "big") + b"".join(map(sized, transactions))


def submit_many(connection, app, transactions):
    """A list of (code, height, index, id, error), or None if the request as a whole was refused."""
    answer = connection.post(f"/v1/apps/{app}/transactions", many(transactions), Content_Type=MANY)
    return results(answer.body) if answer.status == 200 else None


def results(body: bytes):
    count, at, found = int.from_bytes(body[:4], "big"), 4, []
    for _ in range(count):
        code, height = int.from_bytes(body[at:at + 2], "big"), int.from_bytes(body[at + 2:at + 10], "big")
        index, identifier = int.from_bytes(body[at + 10:at + 14], "big"), body[at + 14:at + 46].hex()
        length = int.from_bytes(body[at + 46:at + 48], "big")
        found.append((code, height, index, identifier, body[at + 48:at + 48 + length].decode()))
        at += 48 + length
    assert at == len(body), "bytes are left over"
    return found
