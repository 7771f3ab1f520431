"""Readers of the binary formats of docs/formats.md, written from that document.

A *codec* is a function that takes a Cursor and returns the value that it read there.
"""

from curves import HASHES, verify_signature
from trees import merkle_root

SUITES = {1: "secp256r1", 2: "secp256k1", 3: "sm2"}


class Refused(Exception):
    """What a reader refuses, with the code of section 1."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def require(condition, message, code="invalid_argument"):
    if not condition:
        raise Refused(code, message)


class Record(dict):
    """The fields of a format by name; `raw` is its bytes as received."""

    raw = b""
    __getattr__ = dict.__getitem__


# --- notation (section 1) ---------------------------------------------------------------------------


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        require(count <= len(self.data) - self.at, f"a byte is missing: {count} expected at {self.at}")
        self.at += count
        return self.data[self.at - count:self.at]

    def rest(self):
        return self.take(len(self.data) - self.at)


def unsigned(size):
    return lambda cursor: int.from_bytes(cursor.take(size), "big")


def fixed(size):
    return lambda cursor: cursor.take(size)


u8, u16, u32, u64 = unsigned(1), unsigned(2), unsigned(4), unsigned(8)
hash32, key33, signature64 = fixed(32), fixed(33), fixed(64)


def blob(cursor):
    return cursor.take(u32(cursor))


def text(cursor):
    try:
        return cursor.take(u16(cursor)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("invalid_argument", f"text is not UTF-8: {error}") from None


def many(count, item, least=0, most=None):
    """list16 and list32: a count, then the items."""

    def read(cursor):
        size = count(cursor)
        require(size >= least, f"a list has {size} elements, at least {least} must be there")
        require(most is None or size <= most, f"a list has {size} elements, at most {most} may", "too_large")
        return [item(cursor) for _ in range(size)]

    return read


def one_of(numbers, code, size=u8):
    def read(cursor):
        value = size(cursor)
        require(value in numbers, f"unknown number {value}", code)
        return value

    return read


def struct(**fields):
    return lambda cursor: Record((name, codec(cursor)) for name, codec in fields.items())


def form(kind, body, law=lambda record: None):
    """A format: kind byte, version byte, the body's fields, and what must hold among them."""

    def read(cursor):
        begin = cursor.at
        met = cursor.take(1)
        require(met == kind, f"kind {met} where {kind} is expected")
        version = u8(cursor)
        require(version == 1, f"version {version}, this reader knows 1", "unsupported_version")
        record = body(cursor)
        law(record)
        record.raw = cursor.data[begin:cursor.at]
        return record

    return read


def whole(codec, data):
    cursor = Cursor(data)
    value = codec(cursor)
    require(cursor.at == len(data), f"{len(data) - cursor.at} bytes are left over")
    return value


def nested(codec):
    return lambda cursor: whole(codec, blob(cursor))


def ascending(values):
    return all(left < right for left, right in zip(values, values[1:]))


suite = one_of(SUITES, "wrong_suite")
hash_number = one_of(HASHES, "unsupported_version")
state_type = one_of((1, 2, 3), "unsupported_version")

# --- transaction, payload, batch (sections 3 and 4) ---------------------------------------------------


def short_name(allowed):
    def read(cursor):
        name = cursor.take(u8(cursor))
        require(1 <= len(name) <= 64 and set(name) <= set(allowed), f"not a name: {name}")
        return name.decode()

    return read


payload = form(b"P", struct(
    network=hash32, channel=hash32, suite=suite, creator=hash32, nonce=fixed(16), valid_until=u64,
    contract=short_name(b"abcdefghijklmnopqrstuvwxyz0123456789_-"), function=short_name(range(0x21, 0x7F)),
    arguments=many(u16, blob, most=256)))


def transaction_body(cursor):
    dialect = u16(cursor)
    require(dialect == 0, f"dialect {dialect}, this reader knows 0", "unsupported_version")
    body = cursor.rest()
    require(len(body) >= 97, "no room for signer and signature")
    return Record(dialect=dialect, payload=whole(payload, body[:-97]), signer=body[-97:-64], signature=body[-64:])


def transaction(cursor):
    require(len(cursor.data) <= 1_048_576, "a transaction has at most 1,048,576 bytes", "too_large")
    return form(b"T", transaction_body)(cursor)


def transaction_id(record):
    return HASHES[record.payload.suite](record.payload.raw)


def is_signed(record):
    return verify_signature(record.payload.suite, record.signer, record.payload.raw, record.signature)


batch = form(b"B", struct(transactions=many(u32, blob, least=1)))

# --- statements, certificates, epochs (section 5) -----------------------------------------------------

AVAILABILITY, HEADER, VOIDING = 1, 2, 3


def statement(purpose, network, channel, epoch, body):
    return b"S\x01" + bytes([purpose]) + network + channel + epoch.to_bytes(8, "big") + body


def quorum(peers):
    return min(peers, 2) if peers < 4 else 2 * peers // 3 + 1


def epoch_body(cursor):
    record = struct(channel=hash32, epoch=u64, from_order_height=u64, suites=many(u8, suite, least=1))(cursor)
    peer = struct(node=hash32, name=text, operator=text, keys=lambda c: [key33(c) for _ in record.suites])
    revocation = struct(node=hash32, from_order_height=u64)
    record["peers"] = many(u16, peer, least=1, most=1000)(cursor)
    record["revoked"] = many(u16, revocation)(cursor)
    return record


def epoch_law(record):
    require(ascending(record.suites), "suites do not ascend")
    require(ascending([peer.node for peer in record.peers]), "peers do not ascend")
    require(ascending([entry.node for entry in record.revoked]), "revocations do not ascend")


def certificate_law(record):
    require(ascending([entry.peer for entry in record.signatures]), "signatures do not ascend by peer")


epoch_record = form(b"K", epoch_body, epoch_law)
certificate = form(b"C", struct(suite=suite, signatures=many(u16, struct(peer=u16, signature=signature64))),
                   certificate_law)


def certificate_fault(cert, message, epoch, order_height, revoked, least):
    """Why the certificate does not count, or None. `revoked` gives the height by node id."""
    if cert.suite not in epoch.suites:
        return "its suite is not one of the epoch's"
    if len(cert.signatures) < least:
        return f"{len(cert.signatures)} signatures, {least} are needed"
    peers = [entry.peer for entry in cert.signatures]
    if not ascending(peers) or peers[-1] >= len(epoch.peers):
        return f"signers {peers} do not ascend within {len(epoch.peers)} peers"
    for entry in cert.signatures:
        peer = epoch.peers[entry.peer]
        if revoked.get(peer.node, order_height + 1) <= order_height:
            return f"signer {peer.name} is revoked from order height {revoked[peer.node]}"
        if not verify_signature(cert.suite, peer["keys"][epoch.suites.index(cert.suite)], message, entry.signature):
            return f"the signature of {peer.name} is not valid"
    return None


# --- envelope (section 6) -----------------------------------------------------------------------------

BATCH, CARRIED, VOID, TICK = 1, 2, 3, 4
position = struct(orderer=fixed(16), era=u32, height=u64, index=u32)


def core_law(core):
    require(core.valid_until != 0, "valid until 0")
    if core.kind in (BATCH, CARRIED):
        require(core.count >= 1 and core.size >= 1, "an empty batch")
    if core.kind == BATCH:
        require(core.body == b"", "an envelope of kind 1 has an empty body")
    if core.kind == CARRIED:
        require(core.size == len(core.body), "size is not that of the body")
        require(core.digest == HASHES[core.digest_hash](core.body), "digest is not that of the body")
    if core.kind == TICK:
        require(core.count == core.size == 0 and core.digest == bytes(32), "a tick has no batch")
        require(len(core.body) == 8, "the body of a tick is a height")
    if core.kind == VOID:
        require(core.count == core.size == 0 and core.digest == bytes(32), "a void vote has no batch")
        require(len(core.body) == 41 and core.body[0] in (1, 2), "the body of a void vote is stance, height and hash")


core_form = form(b"E", struct(
    kind=one_of((BATCH, CARRIED, VOID, TICK), "unsupported_version"), channel=hash32, epoch=u64, proposer=hash32,
    sequence=u64, digest_hash=hash_number, digest=hash32, count=u32, size=u32, valid_until=u64, body=blob), core_law)


def envelope(cursor):
    begin = cursor.at
    record = Record(core=core_form(cursor), certificates=many(u8, nested(certificate))(cursor))
    record.raw = cursor.data[begin:cursor.at]
    return record


def availability_fault(record, network, epoch, order_height):
    """Why the envelope's certificates do not show that its batch is available, or None."""
    core, suites = record.core, [cert.suite for cert in record.certificates]
    if (core.channel, core.epoch) != (epoch.channel, epoch.epoch):
        return "the epoch is not the envelope's"
    revoked = {entry.node: entry.from_order_height for entry in epoch.revoked}
    least = quorum(len(epoch.peers))
    if core.kind == BATCH:
        if suites != epoch.suites:
            return "not one certificate for each suite of the epoch"
    else:
        least = 1
        signers = [entry.peer for cert in record.certificates for entry in cert.signatures]
        if suites != epoch.suites[:1] or len(signers) != 1:
            return "not one signature of the first suite"
        if signers[0] >= len(epoch.peers) or epoch.peers[signers[0]].node != core.proposer:
            return "the signer is not the proposer"
    message = statement(VOIDING if core.kind == VOID else AVAILABILITY, network, core.channel, core.epoch, core.raw)
    faults = (certificate_fault(cert, message, epoch, order_height, revoked, least) for cert in record.certificates)
    return next((fault for fault in faults if fault), None)


# --- header (section 7) ------------------------------------------------------------------------------


def header_law(record):
    require(ascending([entry.tag for entry in record.extensions]), "extensions do not ascend")
    require(record.height != 0 or record.previous == bytes(32), "block 0 has a previous hash")


NEXT_EPOCH, CONTROLS, ENVELOPES, SKIPPED = 1, 2, 3, 4
header = form(b"H", struct(
    hash=hash_number, network=hash32, channel=hash32, height=u64, previous=hash32, position=position, time=u64,
    epoch=u64, transactions=u32, transaction_root=hash32, receipt_root=hash32, state_type=state_type, state=hash32,
    extensions=many(u16, struct(tag=u16, hash=hash32))), header_law)


def header_hash(record):
    return HASHES[record.hash](record.raw)


def extension(record, tag):
    return next((entry.hash for entry in record.extensions if entry.tag == tag), None)


def header_statement(record):
    return statement(HEADER, record.network, record.channel, record.epoch, header_hash(record))


# --- receipt (section 8) ------------------------------------------------------------------------------

SUCCESS = 0
STATUS = {0: "success", 1: "refused", 2: "unknown contract", 3: "unknown function", 4: "out of gas"}
receipt = form(b"R", struct(
    status=one_of(STATUS, "invalid_argument", u16), result=blob,
    logs=many(u16, struct(contract=text, topics=many(u8, blob, most=16), data=blob)),
    gas=u64, cumulative_gas=u64, created_address=blob, error=text))

# --- control records and blocks (sections 10 and 11) --------------------------------------------------

CONTROL = {
    1: struct(name=text, suite=suite, state_type=state_type, publisher=hash32),
    2: struct(record=nested(epoch_record)),
    3: struct(name=text, type=text, version=u32),
    4: struct(name=text, public=one_of((0, 1), "invalid_argument"), functions=many(u16, text)),
    5: struct(participant=hash32, key=struct(suite=suite, key=key33),
              state=one_of((1, 2), "invalid_argument"), roles=many(u16, text)),
    6: struct(state=one_of((1, 2), "invalid_argument"), reason=text),
    7: struct(dialect=one_of((1, 2), "unsupported_version", u16), fork=one_of(range(1, 8), "unsupported_version"),
              chain_id=u64, group=u64, metered=one_of((0, 1), "invalid_argument"), base_fee=u64,
              transaction_gas=u64, max_code_bytes=u32, open_accounts=one_of((0, 1), "invalid_argument"),
              balances=many(u16, struct(address=fixed(20), balance=hash32))),
}


def control_body(cursor):
    number = one_of(CONTROL, "unsupported_version")(cursor)
    return Record({"control": number, **CONTROL[number](cursor)})


WHOLE = 0xFFFFFFFF
control = form(b"O", control_body)
skip = struct(envelope=u32, transaction=u32, code=one_of(range(1, 15), "invalid_argument", u16))


def block_law(block):
    require(ascending([(entry.envelope, entry.transaction) for entry in block.skipped]), "skips do not ascend")
    gone = {entry.envelope for entry in block.skipped if entry.transaction == WHOLE}
    for entry in block.skipped:
        require(entry.envelope < len(block.envelopes), "a skip of no envelope")
        if entry.transaction == WHOLE:
            continue
        require(entry.envelope not in gone, "a skip in an envelope that is skipped whole")
        core = block.envelopes[entry.envelope].core
        count = core.count if core.kind in (BATCH, CARRIED) else 0
        require(entry.transaction < count, "a skip of no transaction")


block_record = form(b"L", struct(
    header=nested(header), controls=many(u32, nested(control)), envelopes=many(u32, nested(envelope)),
    skipped=many(u32, skip), receipts=many(u32, blob)), block_law)


def prefixed(raw):
    return len(raw).to_bytes(4, "big") + raw


def block_fault(block, batches):
    """Why the header does not commit to the block with these batches, one for each envelope, or None."""
    head, h = block.header, HASHES[block.header.hash]
    skipped = {(entry.envelope, entry.transaction) for entry in block.skipped}
    admitted = []
    for index, entry in enumerate(block.envelopes):
        core = entry.core
        if core.channel != head.channel:
            return "an envelope of another channel"
        if (index, WHOLE) in skipped or core.kind in (VOID, TICK):
            continue
        raw = core.body if core.kind == CARRIED else batches[index]
        transactions = whole(batch, raw).transactions
        if (len(raw), len(transactions), HASHES[core.digest_hash](raw)) != (core.size, core.count, core.digest):
            return "a batch is not what its envelope says"
        admitted += [data for number, data in enumerate(transactions) if (index, number) not in skipped]
    skips = [b"".join(entry[name].to_bytes(size, "big") for name, size in
                      (("envelope", 4), ("transaction", 4), ("code", 2))) for entry in block.skipped]
    if not head.transactions == len(admitted) == len(block.receipts):
        return "the number of transactions or receipts is another"
    if merkle_root(h, admitted) != head.transaction_root or merkle_root(h, block.receipts) != head.receipt_root:
        return "a tree has another root"
    for tag, parts in ((CONTROLS, [prefixed(entry.raw) for entry in block.controls]),
                       (ENVELOPES, [prefixed(entry.core.raw) for entry in block.envelopes]), (SKIPPED, skips)):
        if extension(head, tag) != (h(b"".join(parts)) if parts else None):
            return f"extension {tag} is another"
    return None
