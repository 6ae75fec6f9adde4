"""Arrays and tables of Arrow as what is published. Slices are copied as slices."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pyarrow as pa

from . import capsules, datatypes
from .datatypes import DataType
from .sources import Plan, Recipe, TensorRecipe
from .specs import ColumnSpec, ObjectSpec, TableSpec, TensorSpec
from .tensor import Tensor

__all__ = ["column_of", "recipe_of"]

_types = pa.types
_SCHEMA = capsules.forever("arrow_schema")


def recipe_of(obj: Any) -> Recipe:
    """What an object with Arrow's C interfaces is published as."""
    if isinstance(obj, pa.RecordBatch):
        return _TableRecipe(obj)
    if isinstance(obj, pa.Table):
        return _TableRecipe(_batch(obj))
    is_array = isinstance(obj, (pa.Array, pa.ChunkedArray))
    if not is_array and hasattr(type(obj), "__arrow_c_stream__"):
        # A stream of structs is a table; any other is a column.
        chunked = pa.chunked_array(obj)
        if _types.is_struct(chunked.type):
            return _TableRecipe(_batch(pa.table(obj)))
        return column_of("", chunked)
    return column_of("", obj)


def column_of(name: str, obj: Any) -> _ColumnRecipe:
    """What an object with Arrow's C interfaces is as a column of a table."""
    if isinstance(obj, (pa.Array, pa.ChunkedArray)):
        return _ColumnRecipe(name, _whole(obj), True)
    is_stream = hasattr(type(obj), "__arrow_c_stream__")
    return _ColumnRecipe(name, _whole(pa.chunked_array(obj) if is_stream else pa.array(obj)), True)


def _batch(table: Any) -> Any:
    columns = [_whole(column) for column in table.columns]
    fields = [field.with_type(a.type) for field, a in zip(table.schema, columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _whole(array: Any) -> Any:
    """In one piece. Several are one copy more than there would have to be."""
    if isinstance(array, pa.ChunkedArray):
        if array.num_chunks == 1:
            return array.chunk(0)
        if array.num_chunks == 0:
            return pa.array([], array.type)
        return pa.concat_arrays(array.chunks)
    return array


class _TableRecipe:
    def __init__(self, batch: Any) -> None:
        self._rows = batch.num_rows
        pairs = zip(batch.schema, batch.columns, strict=True)
        self._columns = [_ColumnRecipe(field.name, a, field.nullable) for field, a in pairs]

    def extent(self) -> None:
        """See ``Recipe``."""

    def in_place(self, segment: int, shift: int) -> ObjectSpec:
        """See ``Recipe``."""
        raise AssertionError(f"segment {segment}, {shift}: arrays of Arrow are copied")

    def planned(self, plan: Plan) -> TableSpec:
        """See ``Recipe``."""
        return TableSpec(self._rows, tuple(column.planned(plan) for column in self._columns))


class _ColumnRecipe:
    def __init__(self, name: str, array: Any, nullable: bool) -> None:
        self.name = name
        self.rows = len(array)
        self._array = array
        self._nullable = nullable

    def extent(self) -> None:
        """See ``Recipe``."""

    def in_place(self, segment: int, shift: int) -> ColumnSpec:
        """See ``Recipe``."""
        raise AssertionError(f"segment {segment}, {shift}: arrays of Arrow are copied")

    def planned(self, plan: Plan) -> ColumnSpec:
        """See ``Recipe``."""
        return _column(plan, self.name, self._array, self._nullable)


def _column(plan: Plan, name: str, array: Any, nullable: bool) -> ColumnSpec:
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _column(plan, name, array.storage, nullable)
    if _types.is_dictionary(kind):
        return _dictionary(plan, name, array, nullable)
    if _is_view(kind):
        # Views lead into several buffers; laid out one after another they are text.
        array = array.cast(pa.large_string() if kind == pa.string_view() else pa.large_binary())
        return _column(plan, name, array, nullable)
    parts: dict[str, Any] = {}
    if _types.is_nested(kind) or _types.is_run_end_encoded(kind):
        _nested(plan, array, parts)
    else:
        _flat(plan, name, array, parts)
    if not (_types.is_union(kind) or _types.is_run_end_encoded(kind)):
        _validity(plan, array, parts)
    return ColumnSpec(name, _format(kind), nullable, len(array), **parts)


def _is_view(kind: Any) -> bool:
    views = [getattr(pa, view, None) for view in ("string_view", "binary_view")]
    return any(view is not None and kind == view() for view in views)


def _format(kind: Any) -> str:
    """Arrow's own word for a type, from its C struct, where one flag is not part of it."""
    if _types.is_map(kind) and kind.keys_sorted:
        return "+m:sorted"
    capsule = kind.__arrow_c_schema__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer(capsule, _SCHEMA)
    text = ctypes.c_char_p.from_address(pointer).value
    return (text or b"").decode()


def _flat(plan: Plan, name: str, array: Any, parts: dict[str, Any]) -> None:
    kind, buffers, first, rows = array.type, array.buffers(), array.offset, len(array)
    if _is_variable(kind):
        wide = (
            np.int64 if _types.is_large_string(kind) or _types.is_large_binary(kind) else np.int32
        )
        offsets = _numbers(buffers[1], np.dtype(wide), first, rows + 1)
        low, high = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
        parts["offsets"] = _planned(plan, offsets - low if low else offsets)
        parts["data"] = _planned(plan, _numbers(buffers[2], np.dtype(np.uint8), low, high - low))
    elif _types.is_boolean(kind):
        parts["data"] = _planned(plan, _bits(buffers[1], first, rows))
        parts["first"] = first % 8
    elif _types.is_fixed_size_binary(kind) and not _types.is_decimal(kind):
        width = kind.byte_width
        data = _numbers(buffers[1], np.dtype(np.uint8), first * width, rows * width)
        parts["data"] = _planned(plan, data.reshape(rows, width))
    elif kind == pa.month_day_nano_interval():
        data = _numbers(buffers[1], np.dtype(np.uint8), first * 16, rows * 16)
        parts["data"] = _planned(plan, data.reshape(rows, 16))
    elif _types.is_decimal(kind):
        parts["data"] = _decimals(plan, kind.bit_width, buffers[1], first, rows)
    elif _types.is_primitive(kind):
        parts["data"] = _planned(plan, _numbers(buffers[1], _dtype(kind), first, rows))
    else:
        raise TypeError(
            f"column {name!r}: expected a type of Arrow with values but found {kind}; "
            "leave the column out, or cast it"
        )


def _dtype(kind: Any) -> np.dtype[Any]:
    """The numbers that values are; times are integers."""
    # Not to_pandas_dtype, which asks for pandas before pyarrow 19.
    letter = "f" if _types.is_floating(kind) else "u" if _types.is_unsigned_integer(kind) else "i"
    return np.dtype(f"{letter}{kind.bit_width // 8}")


def _is_variable(kind: Any) -> bool:
    return bool(
        _types.is_string(kind)
        or _types.is_large_string(kind)
        or _types.is_binary(kind)
        or _types.is_large_binary(kind)
    )


def _decimals(plan: Plan, bits: int, buffer: Any, first: int, rows: int) -> TensorSpec:
    if bits < 128:
        return _planned(plan, _numbers(buffer, np.dtype(f"i{bits // 8}"), first, rows))
    size = bits // 8
    data = _numbers(buffer, np.dtype(np.uint8), first * size, rows * size)
    # DLPack has no 256 bits: two lanes of 128.
    data_type = DataType(datatypes.INT, 128, bits // 128)
    tensor = Tensor(data, data_type, layout=((rows,), (1,)), is_native=False)
    return TensorRecipe(tensor).planned(plan)


def _nested(plan: Plan, array: Any, parts: dict[str, Any]) -> None:
    kind, first, rows = array.type, array.offset, len(array)
    if _types.is_struct(kind):
        children = [array.field(i) for i in range(kind.num_fields)]
        fields = [kind.field(i) for i in range(kind.num_fields)]
    elif _types.is_union(kind):
        children = [array.field(i) for i in range(kind.num_fields)]
        fields = [kind.field(i) for i in range(kind.num_fields)]
        # Not type_codes and offsets, which forget where a slice begins.
        buffers = array.buffers()
        parts["data"] = _planned(plan, _numbers(buffers[1], np.dtype(np.int8), first, rows))
        if kind.mode == "dense":
            offsets = _numbers(buffers[2], np.dtype(np.int32), first, rows)
            parts["offsets"] = _planned(plan, offsets)
    elif _types.is_run_end_encoded(kind):
        children = [array.run_ends, array.values]
        fields = [
            pa.field("run_ends", kind.run_end_type, False),
            pa.field("values", kind.value_type),
        ]
        parts["first"] = first
    elif _types.is_fixed_size_list(kind):
        size = kind.list_size
        children = [array.values.slice(first * size, rows * size)]
        fields = [kind.value_field]
    elif _is_list_view(kind):
        children, fields = [array.values], [kind.value_field]
        parts["offsets"] = _planned(plan, _values(array.offsets))
        parts["sizes"] = _planned(plan, _values(array.sizes))
    else:
        children, fields = _lists(plan, array, parts)
    pairs = zip(children, fields, strict=True)
    parts["children"] = tuple(_column(plan, f.name, child, f.nullable) for child, f in pairs)


def _is_list_view(kind: Any) -> bool:
    return hasattr(_types, "is_list_view") and (
        _types.is_list_view(kind) or _types.is_large_list_view(kind)
    )


def _lists(plan: Plan, array: Any, parts: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    kind = array.type
    wide = np.dtype(np.int64 if _types.is_large_list(kind) else np.int32)
    offsets = _numbers(array.buffers()[1], wide, array.offset, len(array) + 1)
    low, high = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    parts["offsets"] = _planned(plan, offsets - low if low else offsets)
    if _types.is_map(kind):
        fields = [pa.field("entries", pa.struct([kind.key_field, kind.item_field]), False)]
        entries = pa.StructArray.from_arrays([array.keys, array.items], fields=list(fields[0].type))
        return [entries.slice(low, high - low)], fields
    return [array.values.slice(low, high - low)], [kind.value_field]


def _dictionary(plan: Plan, name: str, array: Any, nullable: bool) -> ColumnSpec:
    indices = _column(plan, name, array.indices, nullable)
    values = _column(plan, "", array.dictionary, True)
    head = "dict-ordered" if array.type.ordered else "dict"
    return ColumnSpec(
        name,
        f"{head}:{indices.format}",
        nullable,
        len(array),
        indices.data,
        validity=indices.validity,
        skip=indices.skip,
        children=(values,),
    )


def _validity(plan: Plan, array: Any, parts: dict[str, Any]) -> None:
    bitmap = array.buffers()[0]
    if bitmap is not None and array.null_count:
        parts["validity"] = _planned(plan, _bits(bitmap, array.offset, len(array)))
        parts["skip"] = array.offset % 8


def _numbers(buffer: Any, dtype: np.dtype[Any], first: int, count: int) -> np.ndarray[Any, Any]:
    # Arrays without rows may lack their buffers, offsets included.
    if buffer is None or buffer.size < (first + count) * dtype.itemsize:
        return np.zeros(count, dtype)
    return np.frombuffer(buffer, dtype, count, first * dtype.itemsize)


def _bits(buffer: Any, first: int, rows: int) -> np.ndarray[Any, Any]:
    begin, end = first // 8, (first + rows + 7) // 8
    return _numbers(buffer, np.dtype(np.uint8), begin, end - begin)


def _values(array: Any) -> np.ndarray[Any, Any]:
    """The integers of an array without nulls."""
    return _numbers(array.buffers()[1], _dtype(array.type), array.offset, len(array))


def _planned(plan: Plan, array: np.ndarray[Any, Any]) -> TensorSpec:
    tensor = Tensor(array, datatypes.of_numpy(array.dtype))
    return TensorRecipe(tensor).planned(plan)
