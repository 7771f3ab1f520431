"""Transactions of FISCO BCOS 2, signed here with secp256k1 or SM2."""

import hashlib
import secrets

from _transactions import secret_of
from curves import INFINITY, SECP256K1, SM2P256V1, add, double, keccak256, sm3

GAS = 300_000_000


def multiple(curve, k):
    """The affine point k·G."""
    total, generator = INFINITY, (curve.gx, curve.gy, 1)
    for bit in range(255, -1, -1):
        total = double(curve, total)
        if k >> bit & 1:
            total = add(curve, total, generator)
    inverse = pow(total[2], -1, curve.p)
    return total[0] * inverse**2 % curve.p, total[1] * inverse**3 % curve.p


def rlp(item):
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return head(0x80, len(item)) + item
    body = b"".join(rlp(one) for one in item)
    return head(0xc0, len(body)) + body


def head(base, size):
    if size < 56:
        return bytes([base + size])
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(length)]) + length


class Account:
    """A key that signs transactions of one suite."""

    def __init__(self, suite, secret=None):
        self.suite, self.sm = suite, suite == "sm2"
        self.curve = SM2P256V1 if self.sm else SECP256K1
        self.hash = sm3 if self.sm else keccak256
        self.secret = secret or secrets.randbelow(self.curve.n - 1) + 1
        self.point = multiple(self.curve, self.secret)

    @classmethod
    def load(cls, file, suite):
        """A key of the command."""
        return cls(suite, secret_of(file))

    @property
    def public(self):
        return bytes([2 + self.point[1] % 2]) + self.point[0].to_bytes(32, "big")

    @property
    def participant(self):
        """Whose first key it is."""
        return hashlib.sha256(bytes([3 if self.sm else 2]) + self.public).digest()

    def sign(self, message):
        """As requests are signed: r and s."""
        _, r, s = self._signature(message if self.sm else self.hash(message))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _signature(self, message):
        n = self.curve.n
        e = int.from_bytes(message, "big")
        k = secrets.randbelow(n - 1) + 1
        x, y = multiple(self.curve, k)
        if not self.sm:
            r = x % n
            s = pow(k, -1, n) * (e + r * self.secret) % n
            odd = y & 1
            if s > n // 2:
                s, odd = n - s, odd ^ 1
            return 27 + odd, r, s
        numbers = (self.curve.a, self.curve.b, self.curve.gx, self.curve.gy, *self.point)
        z = sm3(b"\x00\x80" + b"1234567812345678" + b"".join(value.to_bytes(32, "big") for value in numbers))
        e = int.from_bytes(sm3(z + message), "big")
        r = (e + x) % n
        s = pow(1 + self.secret, -1, n) * (k - r * self.secret) % n
        return b"".join(value.to_bytes(32, "big") for value in self.point), r, s

    def transaction(self, data, to=b"", height=0, chain=1, group=1, nonce=None):
        """The encoding of a signed transaction, and its id."""
        fields = [nonce or secrets.randbits(248), 0, GAS, height + 500, to, 0, data, chain, group, b""]
        signed = rlp(fields + list(self._signature(self.hash(rlp(fields)))))
        return signed, self.hash(signed).hex()

    def selector(self, signature):
        return self.hash(signature.encode())[:4]
