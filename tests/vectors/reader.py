#!/usr/bin/env python3
"""A second, independent reader of receipt bundles: docs/formats.md, section 12, and nothing else of bsn.

    python3 reader.py verify GENESIS.json FILE.receipt.json

prints the steps; exit status 0: authentic and a success, 1: not (or not readable).
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left in the source tree

from curves import HASHES, sha256
from formats import (
    NEXT_EPOCH, STATUS, SUCCESS, Record, Refused, blob, certificate, certificate_fault, certificate_law, epoch_record,
    extension, fixed, form, header, header_statement, is_signed, many, nested, quorum, receipt, require, struct,
    transaction, transaction_id, u8, u16, u32, whole)
from genesis import elements, genesis, genesis_epoch, hexadecimal, integer, members, parse_json, suite_number
from trees import path_leads

# --- binary form --------------------------------------------------------------------------------------

path = many(u8, fixed(32), most=32)
certified_header = struct(header=blob, certificates=many(u8, nested(certificate), most=16))
inclusion = struct(transaction=blob, receipt=blob, index=u32, transaction_path=path, receipt_path=path,
                   block=certified_header)
handovers = many(u16, struct(last=certified_header, next=nested(epoch_record)))


def optional(codec):
    def read(cursor):
        present = u8(cursor)
        require(present in (0, 1), f"{present} where 0 or 1 is expected")
        return codec(cursor) if present else None

    return read


bundle = form(b"V", struct(proof=inclusion, handovers=handovers, creation=optional(inclusion),
                           system_handovers=handovers))


def bundle_from_binary(data: bytes):
    require(len(data) <= 16 << 20, "a bundle has at most 16 MiB", "too_large")
    return whole(bundle, data)


# --- JSON form ----------------------------------------------------------------------------------------


def certificate_from_json(value):
    suite, signatures = members(value, "suite", "signatures")
    record = Record(suite=suite_number(suite), signatures=[])
    for entry in elements(signatures):
        peer, signature = members(entry, "peer", "signature")
        record.signatures.append(Record(peer=integer(peer, most=2**16 - 1), signature=hexadecimal(signature, 64)))
    certificate_law(record)
    return record


def certified_header_from_json(value):
    raw, certificates = members(value, "header", "certificates")
    require(len(elements(certificates)) <= 16, "at most 16 certificates", "too_large")
    return Record(header=hexadecimal(raw), certificates=[certificate_from_json(entry) for entry in certificates])


def inclusion_from_json(value):
    names = ("transaction", "receipt", "index", "transaction_path", "receipt_path", "block")
    raw, result, index, *paths, block = members(value, *names)
    for hashes in paths:
        require(len(elements(hashes)) <= 32, "a path has at most 32 hashes", "too_large")
    paths = [[hexadecimal(entry, 32) for entry in hashes] for hashes in paths]
    return Record(zip(names, (hexadecimal(raw), hexadecimal(result), integer(index, most=2**32 - 1), *paths,
                              certified_header_from_json(block))))


def handovers_from_json(value):
    require(len(elements(value)) <= 65535, "at most 65,535 handovers", "too_large")
    pairs = [members(entry, "last", "next") for entry in value]
    return [Record(last=certified_header_from_json(last), next=whole(epoch_record, hexadecimal(after)))
            for last, after in pairs]


def bundle_from_json(data: bytes):
    value = parse_json(data, 64 << 20)
    require(type(value) is dict and value.get("format") == "bsn-receipt", "not a receipt bundle")
    version = value.get("version")
    require(type(version) is int and version == 1, f"version {version}", "unsupported_version")
    _, _, proof, app, creation, system = members(
        value, "format", "version", "proof", "handovers", "creation", "system_handovers")
    return Record(proof=inclusion_from_json(proof), handovers=handovers_from_json(app),
                  creation=None if creation is None else inclusion_from_json(creation),
                  system_handovers=handovers_from_json(system))


# --- verification -------------------------------------------------------------------------------------


class NotAuthentic(Exception):
    """A step that does not hold."""


def must(condition, message):
    if not condition:
        raise NotAuthentic(message)


class Epochs:
    """What is known of one channel's epochs: the record of each, and the headers at its borders."""

    def __init__(self, network, trusted):
        self.network, self.channel, self.first = network, trusted.channel, trusted.epoch
        self.records = {trusted.epoch: trusted}
        self.last = {}  # by epoch, its last header
        self.revoked = {}
        self.revoke(trusted)

    def revoke(self, record):
        for entry in record.revoked:
            height = self.revoked.get(entry.node, entry.from_order_height)
            self.revoked[entry.node] = min(height, entry.from_order_height)

    def follow(self, handed_over, also_revoked):
        """The rule `a handover`. The chain is walked first: later records revoke earlier signers."""
        certified = []
        for entry in handed_over:
            head = whole(header, entry.last.header)
            must((head.network, head.channel) == (self.network, self.channel), "a handover of another channel")
            if head.epoch < self.first and not certified:
                continue
            epoch = max(self.records)
            record, after = self.records[epoch], entry.next
            must(head.epoch == epoch, f"a handover of epoch {head.epoch} where that of {epoch} is expected")
            must(extension(head, NEXT_EPOCH) == sha256(after.raw), "the header announces another record")
            must((after.channel, after.epoch) == (self.channel, epoch + 1), "the record is not of the next epoch")
            must(record.from_order_height <= after.from_order_height <= head.position.height + 1,
                 "the next epoch begins at a wrong order height")
            self.records[epoch + 1], self.last[epoch] = after, head
            self.revoke(after)
            certified.append((head, entry.last.certificates))
        for head, certificates in certified:
            self.must_certify(head, certificates, also_revoked)

    def must_certify(self, head, certificates, also_revoked):
        """The rule `a header is certified by its epoch`."""
        must(head.epoch in self.records, f"epoch {head.epoch} is not known")
        record, order_height = self.records[head.epoch], head.position.height
        must(order_height >= record.from_order_height, "the header was ordered before its epoch began")
        before, last = self.last.get(head.epoch - 1), self.last.get(head.epoch)
        if before is not None:
            must(precedes(before, head), "the header does not lie behind the one that handed over to its epoch")
        if last is not None:
            must(head.raw == last.raw or precedes(head, last), "the header lies behind the last one of its epoch")
        suites = [entry.suite for entry in certificates]
        must(suites == record.suites, f"certificates of suites {suites}, needed are {record.suites}")
        revoked = dict(self.revoked)
        for node, height in also_revoked.items():
            revoked[node] = min(height, revoked.get(node, height))
        for entry in certificates:
            fault = certificate_fault(entry, header_statement(head), record, order_height, revoked,
                                      quorum(len(record.peers)))
            must(fault is None, fault)


def precedes(left, right):
    return (left.height < right.height and left.position.height < right.position.height
            and left.position.era <= right.position.era)


def read_transaction(proof, network):
    record = whole(transaction, proof.transaction)
    must(record.payload.network == network, "the transaction is of another network")
    must(is_signed(record), "the transaction's signature is not valid")
    return record


def read_header(proof, record):
    """Step 3: the header, and that transaction and receipt are in its trees."""
    head = whole(header, proof.block.header)
    must((head.network, head.channel) == (record.payload.network, record.payload.channel),
         "the header is of another channel")
    for data, hashes, root in ((proof.transaction, proof.transaction_path, head.transaction_root),
                               (proof.receipt, proof.receipt_path, head.receipt_root)):
        must(path_leads(HASHES[head.hash], data, proof.index, head.transactions, hashes, root),
             "a path does not lead to its root")
    return head


def app_record(creation, network, channel, system):
    """Step 5: the app's epoch 0, from the transaction that created it."""
    record = read_transaction(creation, network)
    must(record.payload.channel == system.channel, "the creation is not on the system channel")
    must((record.payload.contract, record.payload.function) == ("registry", "publish_app"),
         "the creation does not publish an app")
    must(sha256(network + transaction_id(record)) == channel, "the creation is that of another app")
    result = whole(receipt, creation.receipt)
    head = read_header(creation, record)
    system.must_certify(head, creation.block.certificates, {})
    must(result.status == SUCCESS, "the creation was no success")
    for log in result.logs:
        if log.contract == "registry" and log.topics[:2] == [b"app_created", channel]:
            first = whole(epoch_record, log.data)
            must((first.channel, first.epoch) == (channel, 0), "the app's record is not its epoch 0")
            return first
    raise NotAuthentic("the creation's receipt does not tell the app's first epoch")


def trust_class(record, ordering):
    peers, operators = len(record.peers), len({peer.operator for peer in record.peers})
    kind = ("single peer, no replication" if peers == 1 else
            f"{'crash' if peers < 4 else 'Byzantine'}-fault quorum {quorum(peers)} of {peers}")
    count = {1: "one", 2: "two"}.get(operators, operators)
    return f"{kind}, {ordering} ordering, {count} operator{'s' if operators > 1 else ''}"


def verify(evidence, network, ordering, trusted, say=lambda line: None):
    """Returns {step, authentic, success, message}: step is the one that failed, else 8."""
    step = 0

    def begin(number, what):
        nonlocal step
        step = number
        say(f"step {number}: {what}")

    try:
        proof = evidence.proof
        begin(1, "the transaction is well formed and signed")
        record = read_transaction(proof, network)
        begin(2, "the receipt is well formed")
        result = whole(receipt, proof.receipt)
        begin(3, "transaction and receipt are in the block")
        head = read_header(proof, record)
        begin(4, f"{len(evidence.system_handovers)} handovers of the system channel")
        system = Epochs(network, trusted)
        system.follow(evidence.system_handovers, {})
        chain, also_revoked = system, {}
        if head.channel != system.channel:
            begin(5, "the app was created on the system channel")
            must(evidence.creation is not None, "the app's creation is missing")
            chain = Epochs(network, app_record(evidence.creation, network, head.channel, system))
            also_revoked = system.revoked
            begin(6, f"{len(evidence.handovers)} handovers of the app")
            chain.follow(evidence.handovers, also_revoked)
        begin(7, "the block is certified")
        must(chain is not system or (evidence.creation is None and not evidence.handovers),
             "a transaction of the system channel has no app")
        chain.must_certify(head, proof.block.certificates, also_revoked)
        begin(8, f"the receipt says: {STATUS[result.status]}{': ' if result.error else ''}{result.error}")
    except (NotAuthentic, Refused) as fault:
        return Record(step=step, authentic=False, success=False, message=str(fault))
    return Record(step=step, authentic=True, success=result.status == SUCCESS,
                  message=trust_class(chain.records[head.epoch], ordering))


def trust_genesis(file):
    """What a genesis file gives: network id, ordering type, the system channel's epoch 0."""
    return file.network, file.ordering, whole(epoch_record, genesis_epoch(file))


def main(arguments):
    if len(arguments) != 3 or arguments[0] != "verify":
        print(__doc__, file=sys.stderr)
        return 1
    try:
        data = [Path(name).read_bytes() for name in arguments[1:]]
        trusted = trust_genesis(genesis(data[0]))
        evidence = bundle_from_json(data[1])
    except (OSError, Refused) as fault:
        print(f"not readable: {fault}")
        return 1
    outcome = verify(evidence, *trusted, say=print)
    print("authentic" if outcome.authentic else "NOT AUTHENTIC", outcome.message, sep=": ")
    if outcome.authentic and not outcome.success:
        print("the execution was no success")
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
