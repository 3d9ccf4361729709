# SPDX-License-Identifier: BSD-2-Clause
"""Reads the variable store of OVMF firmware from outside, from the file that is its flash.

The layout is EDK II's: a firmware volume whose only content is an authenticated variable store
(MdeModulePkg/Include/Guid/VariableFormat.h). It uses neither stprov nor Linux nor the
firmware, so it shows the state that a power cut at this moment would leave.
"""
import dataclasses
import struct
import uuid

AUTHENTICATED_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le
VOLUME_SIGNATURE_AT = 0x28
VOLUME_HEADER_LENGTH_AT = 0x30
STORE_HEADER = struct.Struct("<16sIBBHI")  # GUID, size, format, state, two reserved
STORE_FORMATTED, STORE_HEALTHY = 0x5A, 0xFE
# Start, state, reserved, attributes, monotonic count, time, key index, name and data size, GUID.
VARIABLE_HEADER = struct.Struct("<HBBIQ16sIII16s")
VARIABLE_START = 0x55AA
# States are bits that are cleared one after the other, as flash can.
ADDED, ADDED_IN_DELETED_TRANSITION = 0x3F, 0x3E
ERASED_STATE, ERASED_SIZE = 0xFF, 0xFFFFFFFF
SIGNATURE_LIST = struct.Struct("<16sIII")


@dataclasses.dataclass(frozen=True)
class Variable:
    attributes: int
    data: bytes


def _headers(image):
    """(offset, fields of the header, offset of the name, offset of the data, end) of each
    record."""
    assert image[VOLUME_SIGNATURE_AT:VOLUME_SIGNATURE_AT + 4] == b"_FVH", "no firmware volume"
    at = struct.unpack_from("<H", image, VOLUME_HEADER_LENGTH_AT)[0]
    guid, size, formatted, healthy, _, _ = STORE_HEADER.unpack_from(image, at)
    assert guid == AUTHENTICATED_STORE, "no authenticated variable store"
    assert (formatted, healthy) == (STORE_FORMATTED, STORE_HEALTHY), "a broken store"
    end = at + size
    at += STORE_HEADER.size
    while at + VARIABLE_HEADER.size <= end:
        fields = VARIABLE_HEADER.unpack_from(image, at)
        start, state, _, attributes, _, _, _, name_size, data_size, _ = fields
        if start != VARIABLE_START:
            return
        # EDK II's walk: a header that a power cut left without a state or a size has no name and
        # no data behind it, and the next header follows it at once.
        if state == ERASED_STATE or ERASED_SIZE in (attributes, name_size, data_size):
            name_size = data_size = 0
        name_at = at + VARIABLE_HEADER.size
        data_at = name_at + name_size
        if data_at + data_size > end:
            return
        yield at, fields, name_at, data_at, data_at + data_size
        at = -(-(data_at + data_size) // 4) * 4


def _records(image):
    for _, fields, name_at, data_at, end in _headers(image):
        _, state, _, attributes, _, _, _, _, _, owner = fields
        if state in (ADDED, ADDED_IN_DELETED_TRANSITION):
            name = image[name_at:data_at].decode("utf-16-le").rstrip("\0")
            yield state, f"{name}-{uuid.UUID(bytes_le=owner)}", \
                Variable(attributes, image[data_at:end])


def with_torn_header(image, written):
    """The image with a header behind its last record of which only `written` bytes came into the
    flash, and the state, which firmware writes last, did not."""
    *_, (_, fields, _, _, end) = _headers(image)
    header = VARIABLE_HEADER.pack(VARIABLE_START, ERASED_STATE, *fields[2:])[:written]
    at = -(-end // 4) * 4
    return image[:at] + header + image[at + len(header):]


def read(path):
    """{"Name-guid": Variable} of the valid variables; one that is being replaced counts unless its
    successor exists."""
    with open(path, "rb") as file:
        records = list(_records(file.read()))
    found = {name: variable for state, name, variable in records
             if state == ADDED_IN_DELETED_TRANSITION}
    found.update({name: variable for state, name, variable in records if state == ADDED})
    return found


def signature_lists(auth):
    """The part of a .auth file that firmware stores: all after the time and the certificate."""
    return auth[16 + struct.unpack_from("<I", auth, 16)[0]:]


def signatures(lists):
    """The set of (type, owner and data) of signature lists: firmware may merge lists."""
    found, at = set(), 0
    while at < len(lists):
        kind, size, header, each = SIGNATURE_LIST.unpack_from(lists, at)
        assert 28 <= size <= len(lists) - at and each > 16, "a broken signature list"
        for entry in range(at + 28 + header, at + size, each):
            found.add((kind, lists[entry:entry + each]))
        at += size
    return found
