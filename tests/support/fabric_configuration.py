"""Changes a channel's configuration as its members do: reads the newest configuration block, and makes the update that
`peer channel update` signs and sends. Protobuf's messages are written and read here by their numbers (configtx.proto,
msp_config.proto of hyperledger/fabric-protos); Fabric's programs for it (configtxlator) are not needed.
"""

CONFIG_UPDATE = 2  # a channel header's type


def _number(value):
    told = bytearray()
    while value > 0x7F:
        told.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(told + bytes([value]))


def _field(number, value):
    """A number or bytes as a field; a default is none."""
    if isinstance(value, int):
        return _number(number << 3) + _number(value) if value else b""
    value = value.encode() if isinstance(value, str) else value
    return _number(number << 3 | 2) + _number(len(value)) + value


def _fields(message):
    """Its fields: number and value, in their order."""
    at, found = 0, []

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(message):
        key = number()
        assert key & 7 in (0, 2), "only numbers and bytes are known"
        if key & 7 == 0:
            found.append((key >> 3, number()))
        else:
            size = number()
            found.append((key >> 3, message[at:at + size]))
            at += size
    return found


def _get(message, *path):
    """What is at the end of these numbers, the last of each; b"" if it is not there."""
    for number in path:
        message = next((value for key, value in reversed(_fields(message)) if key == number), b"")
    return message


def _entry(group, kind, name):
    """A member of a group's map: its groups (2) or values (3)."""
    found = [_get(one, 2) for key, one in _fields(group) if key == kind and _get(one, 1) == name.encode()]
    assert found, f"there is no {name}"
    return found[0]


def _version(element):
    return _get(element, 1) or 0


def _group(version, groups=(), values=()):
    """A `common.ConfigGroup`."""
    maps = [(2, groups), (3, values)]
    return _field(1, version) + b"".join(
        _field(kind, _field(1, name) + _field(2, one)) for kind, map_ in maps for name, one in map_)


def revocation_update(block, channel, msp_id, revocations):
    """The envelope of an update by which a member organisation takes these revocation lists, in PEM. `block`: the
    channel's newest configuration block."""
    envelope = _get(block, 2, 1)
    root = _get(envelope, 1, 2, 1, 2)
    application = _entry(root, 2, "Application")
    organization = _entry(application, 2, msp_id)
    value = _entry(organization, 3, "MSP")
    msp = _get(value, 2)  # a MSPConfig: kind 0, and what it is made of
    inner = b"".join(_field(number, one) for number, one in _fields(_get(msp, 2)) if number != 5)
    inner += b"".join(_field(5, one) for one in revocations)
    changed = _field(1, _version(value) + 1) + _field(2, _field(2, inner)) + _field(3, _get(value, 3))

    def tree(values):
        organizations = [(msp_id, _group(_version(organization), values=values))]
        groups = [("Application", _group(_version(application), groups=organizations))]
        return _group(_version(root), groups=groups)
    update = _field(1, channel) + _field(2, tree(())) + _field(3, tree([("MSP", changed)]))
    header = _field(1, CONFIG_UPDATE) + _field(4, channel)
    return _field(1, _field(1, _field(1, header)) + _field(2, _field(1, update)))
