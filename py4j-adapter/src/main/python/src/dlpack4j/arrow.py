"""Columns as arrays of pyarrow, over the same memory wherever Arrow has such a layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .column import Column
from .datatypes import BOOL
from .errors import CopyRefusedError
from .table import Table
from .tensor import Tensor

try:
    import pyarrow as pa
except ImportError as wrong:
    raise ImportError("arrow: expected pyarrow but found none; install dlpack4j[arrow]") from wrong

__all__ = ["array_of", "batch_of", "field_of"]

_FLAT: dict[str, Callable[[], Any]] = {
    "c": pa.int8,
    "C": pa.uint8,
    "s": pa.int16,
    "S": pa.uint16,
    "i": pa.int32,
    "I": pa.uint32,
    "l": pa.int64,
    "L": pa.uint64,
    "e": pa.float16,
    "f": pa.float32,
    "g": pa.float64,
    "b": pa.bool_,
    "tdD": pa.date32,
    "tdm": pa.date64,
    "tts": lambda: pa.time32("s"),
    "ttm": lambda: pa.time32("ms"),
    "ttu": lambda: pa.time64("us"),
    "ttn": lambda: pa.time64("ns"),
    "tDs": lambda: pa.duration("s"),
    "tDm": lambda: pa.duration("ms"),
    "tDu": lambda: pa.duration("us"),
    "tDn": lambda: pa.duration("ns"),
    "tin": pa.month_day_nano_interval,
    "u": pa.string,
    "U": pa.large_string,
    "z": pa.binary,
    "Z": pa.large_binary,
}
_TIMESTAMP_UNITS = {"s": "s", "m": "ms", "u": "us", "n": "ns"}
_DECIMALS: dict[int, Callable[[int, int], Any]] = {128: pa.decimal128, 256: pa.decimal256}
for _bits in (32, 64):
    if hasattr(pa, f"decimal{_bits}"):
        _DECIMALS[_bits] = getattr(pa, f"decimal{_bits}")


def batch_of(table: Table, copy: bool | None = None) -> pa.RecordBatch:
    """A table as a record batch."""
    arrays = [array_of(column, copy) for column in table.columns]
    pairs = zip(table.columns, arrays, strict=True)
    fields = [pa.field(column.name, array.type, column.nullable) for column, array in pairs]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def array_of(column: Column, copy: bool | None = None) -> pa.Array:
    """A column as an array; ``copy=False`` refuses where only a copy will do."""
    return _Layout(column, copy is False).array()


def field_of(column: Column, array: pa.Array) -> pa.Field:
    """What a type says of a child."""
    return pa.field(column.name, array.type, column.nullable)


class _Layout:
    """One column on its way to Arrow."""

    def __init__(self, column: Column, in_place_only: bool) -> None:
        self._column = column
        self._in_place_only = in_place_only
        self._children = [_Layout(child, in_place_only).array() for child in column.children]

    def array(self) -> pa.Array:
        """The array."""
        form = self._column.format
        if form.startswith("dict"):
            return self._dictionary()
        if form.startswith("+"):
            return self._nested(form)
        if form == "":
            return self._by_data_type()
        return self._flat(self._flat_type(form))

    def _flat(self, kind: Any) -> pa.Array:
        column = self._column
        if column.format in ("u", "U", "z", "Z"):
            buffers = [self._bitmap(), self._offsets(), self._buffer(column.data)]
        else:
            buffers = [self._bitmap(column.first), self._buffer(column.data)]
        return pa.Array.from_buffers(kind, column.rows, buffers, offset=column.first)

    def _by_data_type(self) -> pa.Array:
        data = self._data()
        if data.data_type[:2] == (BOOL, 8):
            self._copying("bools of a byte each")
            bits = np.packbits(data.numpy(), bitorder="little")
            buffers = [self._bitmap(), pa.py_buffer(bits)]
            return pa.Array.from_buffers(pa.bool_(), self._column.rows, buffers)
        from .sources import column_format

        form = column_format(data.data_type)
        if not form:
            raise self._unknown(str(data.data_type))
        return self._flat(_FLAT[form]())

    def _flat_type(self, form: str) -> Any:
        known = _FLAT.get(form)
        if known is not None:
            return known()
        if form.startswith("ts") and form[2:3] in _TIMESTAMP_UNITS:
            return pa.timestamp(_TIMESTAMP_UNITS[form[2]], form[4:] or None)
        if form.startswith("w:"):
            return pa.binary(int(form[2:]))
        if form.startswith("d:"):
            precision, scale = form[2:].split(",")[:2]
            kind = _DECIMALS.get(self._data().data_type.element_bits)
            if kind is not None:
                return kind(int(precision), int(scale))
        raise self._unknown(repr(form))

    def _nested(self, form: str) -> pa.Array:
        column, children = self._column, self._children
        fields = [field_of(*pair) for pair in zip(column.children, children, strict=True)]
        if form == "+s":
            return self._of(pa.struct(fields), [self._bitmap()])
        if form.startswith(("+us:", "+ud:")):
            return self._union(form, fields)
        if form == "+r":
            kind = pa.run_end_encoded(children[0].type, children[1].type)
            rows, first = column.rows, column.first
            make = pa.RunEndEncodedArray.from_buffers
            return make(kind, rows, [None], 0, first, children=children)
        if form.startswith("+w:"):
            return self._of(pa.list_(fields[0], int(form[3:])), [self._bitmap()])
        if form in ("+m", "+m:sorted"):
            entry = children[0].type
            kind = pa.map_(entry.field(0), entry.field(1), keys_sorted=form != "+m")
            return self._of(kind, [self._bitmap(), self._offsets()])
        lists = {"+l": pa.list_, "+L": pa.large_list}
        if form in lists:
            return self._of(lists[form](fields[0]), [self._bitmap(), self._offsets()])
        views = {"+vl": pa.list_view, "+vL": pa.large_list_view}
        if form in views:
            buffers = [self._bitmap(), self._buffer(column.offsets), self._buffer(column.sizes)]
            return self._of(views[form](fields[0]), buffers)
        raise self._unknown(repr(form))

    def _union(self, form: str, fields: list[Any]) -> pa.Array:
        codes = [int(code) for code in form[4:].split(",") if code]
        mode = "sparse" if form.startswith("+us:") else "dense"
        buffers = [None, self._buffer(self._column.data)]
        if mode == "dense":
            buffers.append(self._buffer(self._column.offsets))
        return self._of(pa.union(fields, mode, codes), buffers)

    def _dictionary(self) -> pa.Array:
        column = self._column
        head, _, indices = column.format.partition(":")
        kind = pa.dictionary(self._flat_type(indices), self._children[0].type, "ordered" in head)
        buffers = [self._bitmap(), self._buffer(column.data)]
        make = pa.DictionaryArray.from_buffers
        return make(kind, column.rows, buffers, self._children[0])

    def _of(self, kind: Any, buffers: list[Any]) -> pa.Array:
        return pa.Array.from_buffers(kind, self._column.rows, buffers, children=self._children)

    # Buffers

    def _data(self) -> Tensor:
        data = self._column.data
        if data is None:
            raise TypeError(
                f"column {self._column.path!r}: expected data of format "
                f"{self._column.format!r} but found none"
            )
        return data

    def _buffer(self, tensor: Tensor | None) -> pa.Buffer:
        if tensor is None:
            raise TypeError(
                f"column {self._column.path!r}: expected all tensors of format "
                f"{self._column.format!r} but one is missing"
            )
        if not tensor.is_contiguous:
            self._copying("numbers with gaps or in another order")
            tensor = tensor.copy()
        # The array has the lease, and the buffer has the array.
        return pa.foreign_buffer(tensor.address, tensor.nbytes, tensor.carrier)

    def _offsets(self) -> pa.Buffer:
        offsets = self._column.offsets
        if offsets is not None and offsets.size == 0:
            return pa.py_buffer(bytes(8))
        return self._buffer(offsets)

    def _bitmap(self, first: int = 0) -> pa.Buffer | None:
        """The validity, such that the bit of row 0 is bit number ``first``."""
        column = self._column
        if column.validity is None:
            return None
        if column.skip == first:
            return self._buffer(column.validity)
        self._copying("a bitmap that begins within a byte")
        bits = column.validity.numpy()
        bools = np.unpackbits(bits, count=column.skip + column.rows, bitorder="little")
        moved = np.concatenate([np.zeros(first, np.uint8), bools[column.skip :]])
        return pa.py_buffer(np.packbits(moved, bitorder="little"))

    def _copying(self, what: str) -> None:
        if self._in_place_only:
            raise CopyRefusedError(
                f"column {self._column.path!r}: expected Arrow's own layout but found {what}, "
                "which must be copied; leave copy=False out"
            )

    def _unknown(self, what: str) -> TypeError:
        return TypeError(
            f"column {self._column.path!r}: expected a type that pyarrow has but found {what}; "
            "use its tensors .data, .offsets and .children"
        )
