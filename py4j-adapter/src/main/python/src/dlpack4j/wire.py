"""The packets of the lease protocol, version 1. Pure functions of bytes.

Everything is little endian without padding. What does not parse raises ``ProtocolError``.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator

from .datatypes import DataType
from .errors import ProtocolError
from .specs import ColumnSpec, Entry, ObjectSpec, SegmentSpec, TableSpec, TensorSpec

VERSION = 1
MAX_PACKET = 65_536
MAX_MESSAGE = 16 << 20
MORE = 1

HELLO, WELCOME, FETCH, GRANT, SEGMENT, REFUSED, RELEASE, ALLOC = range(1, 9)
PUBLISH, OK, DROP, RETIRE, LIST, NAMES, REMOVE, ALLOC_ON = range(9, 17)

READ_ONLY, IS_COPIED, IS_PADDED = 1, 2, 4
DATA, OFFSETS, SIZES, VALIDITY, FIRST = 1, 2, 4, 8, 16
TENSOR, COLUMN, TABLE = range(3)

# Arrow's own limit for schemas that come from elsewhere; Python's stack is good for it.
MAX_DEPTH = 64
MAX_NDIM = 64

# The kinds of segments.
FILE, CUDA_DESCRIPTOR, CUDA_HANDLE = range(3)

HEADER = struct.Struct("<HHI")
_U16, _U32, _U64 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<Q")
_GRANT = struct.Struct("<QQ")
_SEGMENT = struct.Struct("<QQBB")
_WELCOME = struct.Struct("<IQQ")
_TENSOR = struct.Struct("<QqiiBBHBB")
_TABLE = struct.Struct("<qI")
_COLUMN = struct.Struct("<BqB")
_LONGS = tuple(struct.Struct(f"<{2 * ndim}q") for ndim in range(MAX_NDIM + 1))


class Reader:
    """A place in the payload of one message."""

    __slots__ = ("_at", "_buffer", "_end")

    def __init__(self, buffer: bytes | bytearray, at: int = 0, end: int | None = None) -> None:
        self._buffer = buffer
        self._at = at
        self._end = len(buffer) if end is None else end

    def take(self, form: struct.Struct) -> tuple[int, ...]:
        """The numbers that come next."""
        at = self._at
        self._at = after = at + form.size
        if after > self._end:
            raise ProtocolError(
                f"packet: expected {form.size} bytes at {at} but found {self._end - at}; "
                "the session is closed, connect again"
            )
        return form.unpack_from(self._buffer, at)

    def text(self) -> str:
        """The string that comes next."""
        (size,) = self.take(_U16)
        at = self._at
        self._at = after = at + size
        if after > self._end:
            raise ProtocolError(
                f"packet: expected a text of {size} bytes but found {self._end - at}; "
                "the session is closed, connect again"
            )
        try:
            return bytes(self._buffer[at:after]).decode()
        except UnicodeDecodeError as wrong:
            raise ProtocolError(f"packet: expected UTF-8 but found {wrong}") from None

    def end(self) -> None:
        """Makes sure that nothing is left."""
        if self._at != self._end:
            raise ProtocolError(
                f"packet: expected its end at {self._at} but found {self._end - self._at} "
                "bytes more; the session is closed, connect again"
            )

    def welcome(self) -> tuple[int, int, int]:
        """Version, session, generation."""
        version, session, generation = self.take(_WELCOME)
        self.end()
        return version, session, generation

    def refused(self) -> tuple[int, str]:
        """Code and message."""
        (code,) = self.take(_U16)
        message = self.text()
        self.end()
        return code, message

    def generation(self) -> int:
        """What OK and RETIRE carry."""
        (generation,) = self.take(_U64)
        self.end()
        return generation

    def segment(self) -> SegmentSpec:
        """Which file this is."""
        segment, size, kind, mode = self.take(_SEGMENT)
        extra = self.text()
        self.end()
        return SegmentSpec(segment, size, kind, mode == 1, extra)

    def grant(self) -> tuple[int, int, ObjectSpec]:
        """Lease, generation, object."""
        lease, generation = self.take(_GRANT)
        if self._end - self._at > _OFTEN:
            return lease, generation, self.object()
        return lease, generation, _small_object(bytes(self._buffer[self._at : self._end]))

    def object(self) -> ObjectSpec:
        """An object, with nothing behind it."""
        (kind,) = self.take(_BYTE)
        spec: ObjectSpec
        if kind == TENSOR:
            spec = self.tensor()
        elif kind == COLUMN:
            spec = self.column(0)
        elif kind == TABLE:
            rows, count = self.take(_TABLE)
            spec = TableSpec(rows, tuple(self.column(0) for _ in range(count)))
        else:
            raise ProtocolError(f"object: expected a kind of 0 to 2 but found {kind}")
        self.end()
        return spec

    def tensor(self) -> TensorSpec:
        """The tensor that comes next."""
        segment, offset, kind, index, code, bits, lanes, flags, ndim = self.take(_TENSOR)
        if ndim > MAX_NDIM:
            raise ProtocolError(f"tensor: expected at most {MAX_NDIM} dimensions but found {ndim}")
        sizes = self.take(_LONGS[ndim])
        data_type = DataType(code, bits, lanes)
        shape, strides = sizes[:ndim], sizes[ndim:]
        return TensorSpec(segment, offset, (kind, index), data_type, flags, shape, strides)

    def column(self, depth: int) -> ColumnSpec:
        """The column that comes next, with its children."""
        if depth > MAX_DEPTH:
            raise ProtocolError(f"column: expected children {MAX_DEPTH} deep at most")
        name, form = self.text(), self.text()
        nullable, rows, parts = self.take(_COLUMN)
        if rows < 0:
            raise ProtocolError(f"column {name}: expected 0 rows or more but found {rows}")
        first = self.take(_U64)[0] if parts & FIRST else 0
        data = self.tensor() if parts & DATA else None
        offsets = self.tensor() if parts & OFFSETS else None
        sizes = self.tensor() if parts & SIZES else None
        skip = self.take(_BYTE)[0] if parts & VALIDITY else 0
        validity = self.tensor() if parts & VALIDITY else None
        (count,) = self.take(_U16)
        children = tuple(self.column(depth + 1) for _ in range(count))
        return ColumnSpec(
            name,
            form,
            bool(nullable),
            rows,
            data,
            offsets,
            sizes,
            validity,
            skip,
            first,
            children,
        )

    def names(self) -> list[Entry]:
        """The catalogue."""
        (count,) = self.take(_U32)
        entries = []
        for _ in range(count):
            name = self.text()
            generation, nbytes = self.take(_GRANT)
            entries.append(Entry(name, generation, nbytes))
        self.end()
        return entries


_BYTE = struct.Struct("<B")

# The bytes of objects that are small enough to be remembered: what is fetched is fetched again.
_OFTEN = 512


@functools.lru_cache(1024)
def _small_object(data: bytes) -> ObjectSpec:
    return Reader(data).object()


def text(value: str) -> bytes:
    """A string of the protocol."""
    if not isinstance(value, str):
        raise TypeError(f"name: expected a string but found {value!r}")
    encoded = value.encode()
    if len(encoded) > 0xFFFF:
        raise ValueError(
            f"text: expected at most 65535 bytes but found {len(encoded)}; use a shorter name"
        )
    return _U16.pack(len(encoded)) + encoded


def hello(token: bytes, client: str) -> bytes:
    """The payload of HELLO."""
    return _U32.pack(VERSION) + token + text(client)


def fetch(name: str, writable: bool) -> bytes:
    """The payload of FETCH."""
    return (b"\x01" if writable else b"\x00") + text(name)


def alloc(nbytes: int) -> bytes:
    """The payload of ALLOC."""
    return _U64.pack(nbytes)


def alloc_on(nbytes: int, uuid: bytes) -> bytes:
    """The payload of ALLOC_ON."""
    return _U64.pack(nbytes) + uuid


def drop(segment: int) -> bytes:
    """The payload of DROP."""
    return _U64.pack(segment)


def release(leases: list[int]) -> bytes:
    """The payload of RELEASE."""
    return struct.Struct(f"<I{len(leases)}Q").pack(len(leases), *leases)


def publish(allocation: int, name: str, spec: ObjectSpec) -> bytes:
    """The payload of PUBLISH."""
    return _U64.pack(allocation) + text(name) + pack_object(spec)


def pack_object(spec: ObjectSpec) -> bytes:
    """An object as the protocol describes it."""
    try:
        if isinstance(spec, TensorSpec):
            return b"\x00" + _pack_tensor(spec)
        if isinstance(spec, ColumnSpec):
            return b"\x01" + b"".join(_pack_column(spec))
        head = b"\x02" + _TABLE.pack(spec.rows, len(spec.columns))
        return head + b"".join(part for column in spec.columns for part in _pack_column(column))
    except struct.error as wrong:
        raise ValueError(f"description: expected numbers that fit the protocol, {wrong}") from None


def _pack_tensor(spec: TensorSpec) -> bytes:
    ndim = len(spec.shape)
    head = _TENSOR.pack(spec.segment, spec.offset, *spec.device, *spec.data_type, spec.flags, ndim)
    return head + _LONGS[ndim].pack(*spec.shape, *spec.strides)


def _pack_column(spec: ColumnSpec) -> Iterator[bytes]:
    # Either a part is there and its bit is set, or neither.
    tensors = [(DATA, spec.data), (OFFSETS, spec.offsets), (SIZES, spec.sizes)]
    parts = sum(bit for bit, tensor in tensors if tensor is not None)
    parts |= (VALIDITY if spec.validity is not None else 0) | (FIRST if spec.first else 0)
    yield text(spec.name) + text(spec.format)
    yield _COLUMN.pack(spec.nullable, spec.rows, parts)
    if spec.first:
        yield _U64.pack(spec.first)
    for _, tensor in tensors:
        if tensor is not None:
            yield _pack_tensor(tensor)
    if spec.validity is not None:
        yield _BYTE.pack(spec.skip) + _pack_tensor(spec.validity)
    yield _U16.pack(len(spec.children))
    for child in spec.children:
        yield from _pack_column(child)


def packets(kind: int, request: int, payload: bytes) -> Iterator[bytes]:
    """The packets that a message takes: one, where it fits."""
    room = MAX_PACKET - HEADER.size
    if len(payload) > MAX_MESSAGE:
        raise ValueError(
            f"message: expected at most {MAX_MESSAGE} bytes but found {len(payload)}; "
            "send fewer columns at once"
        )
    for at in range(0, max(len(payload), 1), room):
        more = MORE if at + room < len(payload) else 0
        yield HEADER.pack(kind, more, request) + payload[at : at + room]
