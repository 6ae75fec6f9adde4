"""The packets: what is written is read again, and what is cut or wrong is refused."""

from __future__ import annotations

import random
import struct

import pytest

from dlpack4j import wire
from dlpack4j.datatypes import DataType
from dlpack4j.errors import ProtocolError
from dlpack4j.specs import ColumnSpec, ObjectSpec, TableSpec, TensorSpec

TENSOR = TensorSpec(7, 128, (1, 0), DataType(2, 64), 1, (3, 4), (4, 1))
BYTES = TensorSpec(7, 0, (1, 0), DataType(1, 8), 1, (9,), (1,))
OFFSETS = TensorSpec(8, 64, (1, 0), DataType(0, 32), 1, (4,), (1,))
TEXT = ColumnSpec("naïve ☃", "u", True, 3, BYTES, OFFSETS, None, BYTES, 5)
VIEWS = ColumnSpec("views", "+vl", False, 4, None, OFFSETS, OFFSETS, children=(TEXT,))
BITS = ColumnSpec("bits", "b", False, 60, BYTES, first=3)
OBJECTS = [
    TENSOR,
    TensorSpec(1, -0, (1, 0), DataType(4, 16), 0, (), ()),
    TensorSpec(1 << 63, (1 << 63) - 1, (13, -1), DataType(255, 255, 65535), 255, (0,), (-7,)),
    TEXT,
    VIEWS,
    BITS,
    TableSpec(3, (TEXT, VIEWS, BITS)),
    TableSpec(0, ()),
]


def grant(spec: ObjectSpec) -> bytes:
    return struct.pack("<QQ", 11, 12) + wire.pack_object(spec)


@pytest.mark.parametrize("spec", OBJECTS, ids=str)
def test_objects_are_read_as_they_were_written(spec: ObjectSpec) -> None:
    assert wire.Reader(grant(spec)).grant() == (11, 12, spec)


@pytest.mark.parametrize("spec", OBJECTS, ids=str)
def test_every_truncation_of_an_object_is_refused(spec: ObjectSpec) -> None:
    whole = grant(spec)
    for size in range(len(whole)):
        with pytest.raises(ProtocolError, match="expected"):
            wire.Reader(whole[:size]).grant()


@pytest.mark.parametrize("spec", OBJECTS, ids=str)
def test_bytes_beyond_an_object_are_refused(spec: ObjectSpec) -> None:
    with pytest.raises(ProtocolError, match="1 bytes more"):
        wire.Reader(grant(spec) + b"\0").grant()


def test_random_changes_are_read_or_refused_but_never_crash() -> None:
    chance = random.Random(42)
    refused = 0
    for _ in range(20_000):
        packet = bytearray(grant(chance.choice(OBJECTS)))
        for _ in range(chance.randrange(1, 4)):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
        try:
            wire.Reader(packet).grant()
        except ProtocolError:
            refused += 1
    assert refused > 1000


def test_children_without_end_are_refused() -> None:
    column = ColumnSpec("x", "+s", False, 0)
    for _ in range(wire.MAX_DEPTH + 2):
        column = ColumnSpec("x", "+s", False, 0, children=(column,))
    with pytest.raises(ProtocolError, match="64 deep at most"):
        wire.Reader(grant(column)).grant()


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ProtocolError, match="kind of 0 to 2 but found 9"):
        wire.Reader(struct.pack("<QQB", 1, 1, 9)).grant()


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(ProtocolError, match="expected UTF-8"):
        wire.Reader(struct.pack("<HH", 1, 2) + b"\xff\xfe").refused()


def test_long_messages_take_several_packets() -> None:
    payload = bytes(range(256)) * 1000
    packets = list(wire.packets(wire.PUBLISH, 5, payload))
    headers = [wire.HEADER.unpack_from(packet) for packet in packets]
    assert [len(packet) for packet in packets[:-1]] == [wire.MAX_PACKET] * (len(packets) - 1)
    assert headers == [(9, 1, 5)] * (len(packets) - 1) + [(9, 0, 5)]
    assert b"".join(packet[8:] for packet in packets) == payload


def test_messages_beyond_the_limit_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="send fewer columns"):
        next(wire.packets(wire.PUBLISH, 1, bytes(wire.MAX_MESSAGE + 1)))


def test_a_message_without_payload_is_one_packet() -> None:
    assert list(wire.packets(wire.LIST, 1, b"")) == [wire.HEADER.pack(wire.LIST, 0, 1)]


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="fit the protocol"):
        wire.pack_object(TENSOR._replace(offset=1 << 70))


def test_names_that_are_too_long_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter name"):
        wire.text("x" * 70_000)
