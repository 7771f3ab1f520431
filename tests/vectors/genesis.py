"""Canonical JSON and the genesis file (docs/formats.md, section 2)."""

import json

from curves import is_key, sha256
from formats import SUITES, Record, Refused, ascending, require

SUITE_NUMBERS = {name: number for number, name in SUITES.items()}


def parse_json(data: bytes, most):
    """Any other spelling of the same value is refused."""
    require(len(data) <= most, f"a file has at most {most} bytes", "too_large")
    try:
        value = json.loads(data.decode("utf-8"))
        canonical = (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Refused("invalid_argument", f"not JSON: {error}") from None
    require(canonical == data, "not in canonical form")
    return value


def members(value, *names):
    require(type(value) is dict and list(value) == list(names), f"an object with {', '.join(names)} is expected")
    return value.values()


def integer(value, least=0, most=2**64 - 1):
    require(type(value) is int and least <= value <= most, f"not an integer from {least} to {most}: {value}")
    return value


def hexadecimal(value, size=None):
    try:
        data = bytes.fromhex(value)
    except (TypeError, ValueError):
        raise Refused("invalid_argument", f"not hexadecimal: {value}") from None
    require(data.hex() == value and size in (None, len(data)), f"not {size} bytes in lower-case hexadecimal: {value}")
    return data


def elements(value):
    require(type(value) is list, "a list is expected")
    return value


def genesis_name(value):
    require(type(value) is str and 1 <= len(value.encode()) <= 256, "a name has 1 to 256 bytes")
    require(not any(ord(character) < 0x20 or ord(character) == 0x7F for character in value), "a control character")
    return value


def distinct(values, what):
    values = list(values)
    require(len(set(values)) == len(values), f"two {what} are the same")


def suite_number(name):
    require(type(name) is str and name in SUITE_NUMBERS, f"unknown suite {name}")
    return SUITE_NUMBERS[name]


def public_key(number, value):
    key = hexadecimal(value, 33)
    require(is_key(number, key), f"no point of {SUITES[number]}: {value}")
    return key


def genesis(data: bytes):
    value = parse_json(data, 16 << 20)
    require(type(value) is dict and value.get("format") == "bsn-genesis", "not a genesis file")
    version = value.get("version")
    require(type(version) is int and version == 1, f"version {version}", "unsupported_version")
    _, _, name, created, ordering, approvals, operators, nodes, authority = members(
        value, "format", "version", "name", "created", "ordering", "approvals", "operators", "nodes", "authority")
    ordering_type, orderer = members(ordering, "type", "id")
    require(ordering_type in ("embedded", "cometbft"), "unknown type of ordering")
    record = Record(name=genesis_name(name), created=integer(created), ordering=ordering_type,
                    orderer=hexadecimal(orderer, 16), operators=[], nodes=[], authority=authority)
    for entry in elements(operators):
        entry_name, suite_name, key = members(entry, "name", "suite", "key")
        number = suite_number(suite_name)
        record.operators.append(Record(name=genesis_name(entry_name), suite=number, key=public_key(number, key)))
    for entry in elements(nodes):
        node_name, city, operator, *keys, pem = members(
            entry, "name", "city", "operator", "secp256r1", "secp256k1", "sm2", "certificate")
        keys = [public_key(number, key) for number, key in zip(SUITES, keys)]
        require(type(pem) is str, "a certificate is text")
        record.nodes.append(Record(node=sha256(keys[0]), name=genesis_name(node_name), city=genesis_name(city),
                                   operator=genesis_name(operator), keys=keys, certificate=pem))
    require(type(authority) is str, "the authority is text")
    require(len(record.operators) >= 1, "no operator")
    require(1 <= len(record.nodes) <= 1000, "1 to 1,000 nodes")
    require(ascending([node.node for node in record.nodes]), "nodes do not ascend")
    record["approvals"] = integer(approvals, 1, len(record.operators))
    distinct((entry.name for entry in record.operators), "names of operators")
    distinct((entry.key for entry in record.operators), "keys of operators")
    distinct((node.name for node in record.nodes), "names of nodes")
    for index in range(len(SUITES)):
        distinct((node["keys"][index] for node in record.nodes), "keys of nodes")
    record.raw = data
    record["network"] = sha256(data)
    record["system_channel"] = sha256(record.network + bytes(32))
    return record


def genesis_epoch(record):
    """Epoch 0 of the system channel, encoded."""

    def long_text(value):
        return len(value.encode()).to_bytes(2, "big") + value.encode()

    peers = [node.node + long_text(node.name) + long_text(node.operator) + node["keys"][0] for node in record.nodes]
    return (b"K\x01" + record.system_channel + bytes(16) + b"\x01\x01" + len(peers).to_bytes(2, "big")
            + b"".join(peers) + bytes(2))
