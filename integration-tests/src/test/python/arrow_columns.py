"""A JVM inside CPython: columns of every type that docs/arrow.md names go between PyArrow and Arrow Java
by DLPack, tensor by tensor, and PyArrow makes arrays of the very buffers and says what is in them.

    python arrow_columns.py JAVA_HOME CLASS_PATH [JVM_OPTION...]

Prints a line for every test that passed. Arrow Java's own streams and files need the option
--add-opens=java.base/java.nio=ALL-UNNAMED.
"""

import ctypes
import decimal
import random
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
from jvm import NAME, USED, Root, allocator, await_nothing_allocated, from_java, python
from jvm import read_by_python, run_tests, stream_reader, test, written_by_java
from samples import BFloat16

from java.lang.foreign import MemorySegment  # noqa: E402
from java.util import ArrayList, HashSet, Optional  # noqa: E402
from org.apache.arrow.vector import IntervalDayVector, IntervalYearVector  # noqa: E402
from org.apache.arrow.vector import VectorSchemaRoot  # noqa: E402
from org.apache.arrow.vector.dictionary import DictionaryProvider  # noqa: E402
from org.apache.arrow.vector.types.pojo import Schema  # noqa: E402
from org.apache.arrow.vector.util import DictionaryUtility  # noqa: E402
from org.dlpack4j.arrow import ArrowExporter, ArrowImporter  # noqa: E402
from org.dlpack4j.arrow.cdata import CDataImporter  # noqa: E402
from org.dlpack4j.arrow.extension import ExtensionTypes  # noqa: E402
from org.dlpack4j.table import ManagedColumn, RowRange  # noqa: E402

ExtensionTypes.register()

MapDictionaryProvider = DictionaryProvider.MapDictionaryProvider
ARROW_MD = Path(__file__).resolve().parents[4] / "docs" / "arrow.md"

# Names of the types that crossed, as docs/arrow.md has them.
OUT, IN = set(), set()


# What NumPy has no numbers for, by the words of dlpack.h.


class Tensor(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("flags", ctypes.c_uint64),
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


# Of decimals of 128 and 256 bits, and of bfloat16: code, bits, lanes.
UNKNOWN_TO_NUMPY = {16: (0, 128, 1), 32: (0, 128, 2), 2: (4, 16, 1)}


class Taken:
    """A tensor of Java's, of numbers that NumPy does not know."""

    def __init__(self, managed, width):
        self.tensor = Tensor.from_address(int(managed.address()))
        tensor = self.tensor
        assert (tensor.code, tensor.bits, tensor.lanes) == UNKNOWN_TO_NUMPY[width]
        assert tensor.ndim == 1 and tensor.device_type == 1
        self.rows = tensor.shape[0]
        self.bytes = self.rows * width

    def buffer(self):
        if self.rows == 0:
            return pa.py_buffer(b"")
        return pa.foreign_buffer(self.tensor.data + self.tensor.byte_offset, self.bytes, self)

    def __del__(self):
        self.tensor.deleter(ctypes.addressof(self.tensor))


class Handmade:
    """A tensor of numbers that NumPy does not know, over a buffer of PyArrow's."""

    ALIVE = {}

    def __init__(self, buffer, start, rows, width):
        self.shape = (ctypes.c_int64 * 1)(rows)
        self.strides = (ctypes.c_int64 * 1)(1)
        self.kept = buffer
        code, bits, lanes = UNKNOWN_TO_NUMPY[width]
        self.tensor = Tensor(1, 1, None, DELETE, 0, buffer.address + start * width, 1, 0, 1)
        self.tensor.code, self.tensor.bits, self.tensor.lanes = code, bits, lanes
        self.tensor.shape, self.tensor.strides = self.shape, self.strides
        self.address = ctypes.addressof(self.tensor)
        Handmade.ALIVE[self.address] = self


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def DELETE(address):
    del Handmade.ALIVE[address]


# From Java: PyArrow's arrays over the tensors of a column.


def flat_width(kind):
    """Bytes of a row that is one thing; None for other types."""
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_decimal(kind):
        return kind.byte_width
    if pa.types.is_boolean(kind) or pa.types.is_nested(kind) or pa.types.is_null(kind):
        return None
    try:
        return kind.bit_width // 8
    except ValueError:
        return None


class Rebuilt:
    """PyArrow's arrays of columns, and where their buffers are."""

    def __init__(self):
        self.addresses = set()

    def numbers(self, managed):
        seen = from_java(managed)
        if seen.size:
            self.addresses.add(seen.__array_interface__["data"][0])
        return seen

    def buffer(self, managed):
        if managed.address() == 0:
            return None
        return pa.py_buffer(self.numbers(managed))

    def offsets(self, managed, dtype):
        """Arrow has one where there are no rows, too; a table need not."""
        seen = self.numbers(managed)
        assert seen.dtype == dtype, (seen.dtype, dtype)
        return pa.py_buffer(seen if seen.size else np.zeros(1, dtype))

    def array(self, kind, column, rows):
        assert column.skip() == 0
        if isinstance(kind, pa.BaseExtensionType):
            return pa.ExtensionArray.from_storage(kind, self.storage(kind, column, rows))
        if pa.types.is_dictionary(kind):
            return self.dictionary(kind, column, rows)
        if pa.types.is_union(kind):
            return self.union(kind, column, rows)
        if pa.types.is_run_end_encoded(kind):
            return self.runs(kind, column)
        return self.plain(kind, column, rows)

    def storage(self, kind, column, rows):
        if kind == BFloat16():
            return self.plain(pa.binary(2), column, rows, unknown=True)
        return self.array(kind.storage_type, column, rows)

    def plain(self, kind, column, rows, unknown=False):
        buffers, children = [self.buffer(column.validity())], []
        first = 0
        if pa.types.is_boolean(kind):
            assert column.rows().get().count() == rows
            first = int(column.rows().get().first())
            buffers.append(self.buffer(column.data()))
        elif unknown or pa.types.is_decimal(kind):
            taken = Taken(column.data(), flat_width(kind))
            assert taken.rows == rows
            buffers.append(taken.buffer())
            self.addresses |= {buffers[1].address} if rows else set()
        elif flat_width(kind) is not None:
            seen = self.numbers(column.data())
            assert len(seen) == rows and seen.nbytes == rows * flat_width(kind), (kind, seen)
            buffers.append(pa.py_buffer(np.ascontiguousarray(seen).reshape(-1)))
        elif pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
            dtype = "i8" if pa.types.is_large_list_view(kind) else "i4"
            for places in [column.offsets(), column.sizes()]:
                seen = self.numbers(places)
                assert seen.dtype == dtype and len(seen) == rows
                buffers.append(pa.py_buffer(seen))
            children.append(self.child(kind.value_field.type, column))
        elif pa.types.is_fixed_size_list(kind):
            children.append(self.child(kind.value_field.type, column, rows * kind.list_size))
        elif pa.types.is_struct(kind):
            children += [self.child(kind[i].type, column, rows, i) for i in range(kind.num_fields)]
        else:
            self.ranged(kind, column, rows, buffers, children)
        made = pa.Array.from_buffers(kind, rows, buffers, offset=first, children=children or None)
        made.validate(full=True)
        return made

    def ranged(self, kind, column, rows, buffers, children):
        """Text, lists and maps: rows by offsets."""
        large = str(kind).startswith("large_")
        dtype = np.dtype("i8" if large else "i4")
        buffers.append(self.offsets(column.offsets(), dtype))
        last = int(np.frombuffer(buffers[1], dtype)[rows])
        if pa.types.is_map(kind):
            entry = pa.struct([kind.key_field, kind.item_field])
            children.append(self.child(entry, column, last))
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            children.append(self.child(kind.value_field.type, column, last))
        else:
            buffers.append(self.buffer(column.data()) or pa.py_buffer(b""))

    def child(self, kind, column, rows=None, index=0):
        child = column.children().get(index)
        return self.array(kind, child, rows_of(kind, child) if rows is None else rows)

    def dictionary(self, kind, column, rows):
        indices = self.plain(kind.index_type, column, rows)
        values = self.child(kind.value_type, column)
        return pa.DictionaryArray.from_arrays(indices, values, ordered=kind.ordered)

    def union(self, kind, column, rows):
        ids = self.numbers(column.data())
        assert ids.dtype == np.int8 and len(ids) == rows
        buffers = [None, pa.py_buffer(ids)]
        dense = kind.mode == "dense"
        if dense:
            offsets = self.numbers(column.offsets())
            assert offsets.dtype == np.int32 and len(offsets) == rows
            buffers.append(pa.py_buffer(offsets))
        members = [
            self.child(kind[i].type, column, None if dense else rows, i)
            for i in range(kind.num_fields)
        ]
        made = pa.Array.from_buffers(kind, rows, buffers, children=members)
        made.validate(full=True)
        return made

    def runs(self, kind, column):
        rows = column.rows().get()
        ends = self.child(kind.run_end_type, column)
        values = self.child(kind.value_type, column, len(ends), 1)
        return pa.RunEndEncodedArray.from_buffers(
            kind, int(rows.count()), [None], 0, int(rows.first()), [ends, values]
        )


def length_of(managed):
    return int(Tensor.from_address(int(managed.address())).shape[0])


def rows_of(kind, column):
    """How many rows a column says itself that it has."""
    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if column.rows().isPresent():
        return int(column.rows().get().count())
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return length_of(column.offsets())
    by_data = flat_width(kind) or pa.types.is_union(kind) or pa.types.is_dictionary(kind)
    return length_of(column.data()) if by_data else max(length_of(column.offsets()) - 1, 0)


# To Java: the buffers of PyArrow's arrays as tensors, wherever those begin.


class Given:
    """The managed tensors of columns over PyArrow's buffers, until Java has them."""

    def __init__(self):
        self.capsules = []
        self.handmade = []
        self.addresses = set()

    def tensor(self, values):
        if values is None:
            return MemorySegment.NULL
        capsule = values.__dlpack__(max_version=(1, 3))
        self.capsules.append(capsule)
        if values.size:
            self.addresses.add(values.__array_interface__["data"][0])
        return MemorySegment.ofAddress(python.PyCapsule_GetPointer(capsule, NAME))

    def unknown(self, buffer, start, rows, width):
        made = Handmade(buffer, start, rows, width)
        self.handmade.append(made)
        self.addresses |= {buffer.address + start * width} if rows else set()
        return MemorySegment.ofAddress(made.address)

    def taken(self):
        for capsule in self.capsules:
            python.PyCapsule_SetName(capsule, USED)
        self.capsules.clear()
        self.handmade.clear()

    def numbers(self, buffer, dtype, start, count, width=None):
        """Writable, as NumPy's own views of PyArrow's buffers are not."""
        shape = (count,) if width is None else (count, width)
        if buffer is None or buffer.size == 0 or count == 0:
            return self.tensor(np.empty(shape, dtype))
        raw = (ctypes.c_uint8 * buffer.size).from_address(buffer.address)
        raw.kept = buffer
        size = np.dtype(dtype).itemsize * (width or 1)
        view = np.frombuffer(raw, np.uint8)[start * size : (start + count) * size]
        return self.tensor(view.view(dtype).reshape(shape))

    def bits(self, buffer, start, count):
        first = start // 8
        return self.numbers(buffer, "u1", first, (start % 8 + count + 7) // 8 if count else 0)

    def column(self, array):
        if isinstance(array, pa.ExtensionArray):
            return self.extension(array)
        kind = array.type
        if pa.types.is_dictionary(kind):
            indices = self.column(array.indices)
            return self.made(indices, [array.dictionary])
        if pa.types.is_run_end_encoded(kind):
            rows = RowRange(array.offset, len(array))
            return self.made(None, [array.run_ends, array.values]).withRows(rows)
        if pa.types.is_union(kind):
            return self.union(array)
        return self.with_validity(array, self.plain(array))

    def extension(self, array):
        storage = array.storage
        data, start, count = storage.buffers()[1], storage.offset, len(storage)
        if array.type == pa.bool8():
            column = ManagedColumn.of(self.numbers(data, "?", start, count))
        elif array.type == BFloat16():
            column = ManagedColumn.of(self.unknown(data, start, count, 2))
        else:
            return self.column(storage)
        return self.with_validity(storage, column)

    def made(self, column, children, data=None, offsets=None, sizes=None):
        columns = ArrayList([self.column(child) for child in children])
        null = MemorySegment.NULL
        data = data or (column.data() if column else null)
        validity, skip = (column.validity(), column.skip()) if column else (null, 0)
        return ManagedColumn(
            data, offsets or null, sizes or null, validity, skip, Optional.empty(), columns
        )

    def with_validity(self, array, column):
        bits = array.buffers()[0]
        if bits is None or array.null_count == 0:
            return column
        validity = self.bits(bits, array.offset, len(array))
        return column.withValidity(validity, array.offset % 8 if len(array) else 0)

    def union(self, array):
        count, start = len(array), array.offset
        buffers = array.buffers()
        ids = self.numbers(buffers[1], "i1", start, count)
        offsets = None
        if array.type.mode == "dense":
            offsets = self.numbers(buffers[2], "i4", start, count)
        members = [array.field(i) for i in range(array.type.num_fields)]
        return self.made(None, members, ids, offsets)

    def plain(self, array):
        kind, count, start = array.type, len(array), array.offset
        buffers = array.buffers()
        if pa.types.is_boolean(kind):
            bits = self.bits(buffers[1], start, count)
            return ManagedColumn.of(bits).withRows(RowRange(start % 8 if count else 0, count))
        if pa.types.is_decimal(kind):
            return ManagedColumn.of(self.unknown(buffers[1], start, count, kind.byte_width))
        if pa.types.is_fixed_size_binary(kind) or pa.types.is_interval(kind):
            width = 16 if pa.types.is_interval(kind) else kind.byte_width
            return ManagedColumn.of(self.numbers(buffers[1], "u1", start, count, width))
        if flat_width(kind) is not None:
            return ManagedColumn.of(self.numbers(buffers[1], dtype_of(kind), start, count))
        if pa.types.is_struct(kind):
            return self.made(None, [array.field(i) for i in range(kind.num_fields)])
        if pa.types.is_fixed_size_list(kind):
            size = kind.list_size
            return self.made(None, [array.values[start * size : (start + count) * size]])
        return self.ranged(array)

    def ranged(self, array):
        kind, count, start, buffers = array.type, len(array), array.offset, array.buffers()
        dtype = "i8" if str(kind).startswith("large_") else "i4"
        if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
            places = [self.numbers(buffer, dtype, start, count) for buffer in buffers[1:3]]
            return self.made(None, [array.values], None, *places)
        offsets = self.numbers(buffers[1], dtype, start, count + 1)
        if pa.types.is_nested(kind):
            return self.made(None, [array.values], None, offsets)
        data = buffers[2]
        bytes_of_all = self.numbers(data, "u1", 0, data.size if data else 0)
        return ManagedColumn.ofBytes(offsets, bytes_of_all)


def dtype_of(kind):
    width = flat_width(kind)
    if pa.types.is_floating(kind):
        return f"f{width}"
    return f"u{width}" if pa.types.is_unsigned_integer(kind) else f"i{width}"


# What crosses.

NUMBERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()]
NUMBERS += [pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.date32(), pa.date64()]
NUMBERS += [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")]
NUMBERS += [pa.timestamp(unit, zone) for unit in ["s", "ms", "us", "ns"] for zone in [None, "UTC"]]
NUMBERS += [pa.duration(unit) for unit in ["s", "ms", "us", "ns"]]
TEXTS = [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()]
DECIMALS = [pa.decimal128(20, 3), pa.decimal256(60, 3)]
INDICES = NUMBERS[:8]
DEEPEST = 3


class Arrays:
    """Arrays of every type that is a column, of any depth, with nulls of some density.

    By IPC Arrow aligns decimals to less than consumers of numbers of 16 bytes rely on, and PyArrow
    writes no dense unions but those with offsets one after the other. By C Data sparse unions get
    other type ids.
    """

    def __init__(self, seed, by="dlpack", descending=False):
        self.random = random.Random(seed)
        self.numpy = np.random.default_rng(seed)
        self.density = self.random.choice([0, 0.1, 0.5, 1])
        self.ids = [5, 3] if descending else [3, 5]
        self.by = by

    def mask(self, count):
        return self.numpy.random(count) < self.density

    def one_in(self, count, make):
        """Of so many values, each null now and then."""
        return [None if null else make() for null in self.mask(count)]

    def small(self):
        return self.random.randrange(100)

    def number(self, kind, count):
        """Small ones, which are days, times of day and microseconds as well."""
        step = 86_400_000 if kind == pa.date64() else 1000 if getattr(kind, "unit", "") == "ns" else 1
        ints = {1: pa.int8(), 2: pa.int16(), 4: pa.int32(), 8: pa.int64()}[kind.bit_width // 8]
        if pa.types.is_temporal(kind):
            return pa.array(self.one_in(count, lambda: step * self.small()), ints).cast(kind)
        if pa.types.is_floating(kind):
            return pa.array(self.one_in(count, lambda: np.float16(self.small() / 4)), kind)
        return pa.array(self.one_in(count, self.small), kind)

    def text(self, kind, count):
        binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
        text = lambda: "ä€x" * self.random.randrange(5)  # noqa: E731
        return pa.array(self.one_in(count, lambda: text().encode() if binary else text()), kind)

    def flat(self, count):
        """One of every flat type, by turns."""
        makers = [lambda kind=kind: self.number(kind, count) for kind in NUMBERS]
        makers += [lambda kind=kind: self.text(kind, count) for kind in TEXTS]
        makers += [lambda kind=kind: self.decimal(kind, count) for kind in DECIMALS if self.by != "ipc"]
        makers += [lambda: self.bits(count), lambda: self.interval(count)]
        makers += [lambda: self.fixed_binary(count), lambda: self.bool8(count)]
        makers += [lambda: self.bfloat16(count), lambda: self.tensors(count)]
        return makers

    def decimal(self, kind, count):
        return pa.array(self.one_in(count, lambda: decimal.Decimal(self.small()) / 8), kind)

    def bits(self, count):
        return pa.array(self.one_in(count, lambda: self.random.random() < 0.5), pa.bool_())

    def interval(self, count):
        parts = lambda: (self.small(), -self.small(), self.small())  # noqa: E731
        return pa.array(self.one_in(count, parts), pa.month_day_nano_interval())

    def fixed_binary(self, count, width=None):
        width = width or self.random.randrange(1, 9)
        return pa.array(self.one_in(count, lambda: self.random.randbytes(width)), pa.binary(width))

    def bool8(self, count):
        storage = pa.array(self.one_in(count, lambda: self.random.randrange(2)), pa.int8())
        return pa.ExtensionArray.from_storage(pa.bool8(), storage)

    def bfloat16(self, count):
        return pa.ExtensionArray.from_storage(BFloat16(), self.fixed_binary(count, 2))

    def tensors(self, count):
        kind = pa.fixed_shape_tensor(pa.float32(), [2, 3])
        elements = pa.array(self.numpy.random(count * 6), pa.float32())
        mask = pa.array(self.mask(count))
        storage = pa.FixedSizeListArray.from_arrays(elements, 6, mask=mask)
        return pa.ExtensionArray.from_storage(kind, storage)

    def any(self, count, depth=0, indices=True, unions=True):
        nested = self.nested(count, depth, indices, unions)
        if depth == DEEPEST or self.random.random() < 0.25:
            return self.random.choice(self.flat(count))()
        return self.random.choice(nested)()

    def nested(self, count, depth, indices=True, unions=True):
        """One of every type that has children, by turns."""
        child = lambda n: self.any(n, depth + 1, indices, unions)  # noqa: E731
        makers = [lambda large=large: self.lists(count, large, child) for large in [False, True]]
        makers += [lambda large=large: self.views(count, large, child) for large in [False, True]]
        makers += [lambda: self.map(count, child), lambda: self.struct(count, child)]
        makers += [lambda: self.fixed_lists(count)]
        makers += [lambda k=k: self.runs(count, k) for k in [pa.int16(), pa.int32(), pa.int64()]]
        if unions:
            makers += [lambda: self.dense(count, child)]
            makers += [lambda: self.sparse(count)] * (self.by != "c")
        if indices:
            makers += [lambda kind=kind: self.dictionary(count, kind) for kind in INDICES]
        return makers

    def offsets(self, count, kind):
        sizes = self.numpy.integers(0, 4, count)
        places = np.concatenate([[0], np.cumsum(sizes)])
        return pa.array(places, kind), int(places[-1])

    def lists(self, count, large, child):
        make = pa.LargeListArray if large else pa.ListArray
        offsets, last = self.offsets(count, pa.int64() if large else pa.int32())
        return make.from_arrays(offsets, child(last), mask=pa.array(self.mask(count)))

    def views(self, count, large, child):
        """In any order, and the same elements more than once."""
        kind, make = (pa.int64(), pa.LargeListViewArray) if large else (pa.int32(), pa.ListViewArray)
        elements = child(20)
        offsets = self.numpy.integers(0, 20, count)
        sizes = self.numpy.integers(0, 21 - offsets) if count else offsets
        mask = pa.array(self.mask(count))
        return make.from_arrays(pa.array(offsets, kind), pa.array(sizes, kind), elements, mask=mask)

    def map(self, count, child):
        offsets, last = self.offsets(count, pa.int32())
        keys = pa.array([f"k{i}" for i in range(last)], pa.string())
        kind = pa.map_(pa.string(), (items := child(last)).type, keys_sorted=self.random.random() < 0.5)
        return pa.MapArray.from_arrays(
            offsets, keys, items, type=kind, mask=pa.array(self.mask(count))
        )

    def struct(self, count, child):
        members = [child(count) for _ in range(self.random.randrange(1, 4))]
        names = [f"m{i}" for i in range(len(members))]
        return pa.StructArray.from_arrays(members, names, mask=pa.array(self.mask(count)))

    def fixed_lists(self, count):
        """Arrow Java has no unions in them."""
        size = self.random.randrange(1, 4)
        elements = self.random.choice(self.flat(count * size))()
        return pa.FixedSizeListArray.from_arrays(elements, size, mask=pa.array(self.mask(count)))

    def runs(self, count, kind):
        ends = np.cumsum(self.numpy.integers(1, 9, count)).tolist() if count else []
        ends = [end for end in ends if end < count] + ([count] if count else [])
        values = self.random.choice(self.flat(len(ends)))()
        return pa.RunEndEncodedArray.from_arrays(pa.array(ends, kind), values)

    def sparse(self, count):
        ids = pa.array(self.numpy.choice(self.ids, count), pa.int8())
        members = [self.number(pa.int32(), count), self.text(pa.string(), count)]
        return pa.UnionArray.from_sparse(ids, members, ["n", "t"], self.ids)

    def dense(self, count, child):
        ids = self.numpy.choice(self.ids, count).astype("i1")
        offsets = self.numpy.integers(0, count + 5, count).astype("i4")
        for one in self.ids:
            rising = np.sort(offsets[ids == one])
            offsets[ids == one] = np.arange(len(rising)) if self.by == "ipc" else rising
        members = [child(count + 5), child(count + 5)]
        return pa.UnionArray.from_dense(
            pa.array(ids), pa.array(offsets), members, ["a", "b"], self.ids
        )

    def dictionary(self, count, kind):
        """Of any type but of dictionaries, and of extensions: by IPC it would be the indices that are one."""
        values = self.any(50, DEEPEST - 1, indices=False, unions=False)
        values = getattr(values, "storage", values)
        indices = pa.array(self.one_in(count, lambda: self.random.randrange(50)), kind)
        return pa.DictionaryArray.from_arrays(indices, values, ordered=self.random.random() < 0.5)

    def every(self, count):
        """One of every type, flat ones and others."""
        return [make() for make in self.flat(count) + self.nested(count, DEEPEST - 1)]


def names(vector, dictionaries, into):
    """As docs/arrow.md has them."""
    extension = hasattr(vector, "getUnderlyingVector")
    kind = vector.getField().getType()
    into.add(str(kind.extensionName()) if extension else str(vector.getMinorType().name()))
    for child in vector.getChildrenFromFields():
        names(child, dictionaries, into)
    encoding = vector.getField().getDictionary()
    if encoding is not None:
        names(dictionaries.lookup(encoding.getId()).getVector(), dictionaries, into)


def java_addresses(vector, dictionaries):
    found = {int(buffer.memoryAddress()) for buffer in vector.getFieldBuffers()}
    for child in vector.getChildrenFromFields():
        found |= java_addresses(child, dictionaries)
    encoding = vector.getField().getDictionary()
    if encoding is not None:
        found |= java_addresses(dictionaries.lookup(encoding.getId()).getVector(), dictionaries)
    return found


def has_union(kind):
    if isinstance(kind, pa.BaseExtensionType):
        return False
    if pa.types.is_dictionary(kind):
        return has_union(kind.value_type)
    if pa.types.is_run_end_encoded(kind):
        return has_union(kind.value_type)
    return pa.types.is_union(kind) or any(
        has_union(kind.field(i).type) for i in range(kind.num_fields)
    )


def exporter(dictionaries):
    return ArrowExporter.versioned().withDictionaries(dictionaries)


def rebuilt(vector_or_root, dictionaries, batch):
    """PyArrow's arrays over the tensors of what Java has, and their addresses."""
    columns = exporter(dictionaries).export(vector_or_root).transferOut()
    made = Rebuilt()
    arrays = [
        made.array(expected.type, columns.get(i), batch.num_rows)
        for i, expected in enumerate(batch.columns)
    ]
    return arrays, made.addresses


def assert_same(found, batch, what):
    for array, expected in zip(found, batch.columns):
        array.validate(full=True)
        assert array.type == expected.type, (what, array.type, expected.type)
        assert array.equals(expected), (what, array.type, array, expected)


def batch_of(arrays):
    return pa.RecordBatch.from_arrays(arrays, [f"c{i}" for i in range(len(arrays))])


def through_ipc(root, dictionaries):
    """By a file, as Arrow Java's streams copy dictionaries, which it cannot of all types."""
    return read_by_python(written_by_java(root, True, dictionaries), True)[0]


class ByC:
    """A record batch of Arrow Java's over PyArrow's own memory."""

    def __init__(self, batch):
        c_array, c_schema = aligned(80), aligned(72)
        batch._export_to_c(c_array, c_schema)
        self.imported = CDataImporter.importRoot(allocator, c_array, c_schema)
        self.reader = self.imported.dictionaries()

    def __enter__(self):
        return self.imported.root()

    def __exit__(self, *_):
        self.imported.close()


STRUCTS = []


def aligned(size):
    memory = ctypes.create_string_buffer(size + 8)
    STRUCTS.append(memory)
    return (ctypes.addressof(memory) + 7) & ~7


def goes_out(batch, seed, reading=None):
    """By IPC to Java, and from there by DLPack and by IPC."""
    reading = reading or Root(batch, as_file=seed % 2 == 0)
    with reading as root:
        found, addresses = rebuilt(root, reading.reader, batch)
        assert_same(found, batch, seed)
        there = set()
        for vector in root.getFieldVectors():
            names(vector, reading.reader, OUT)
            there |= java_addresses(vector, reading.reader)
        assert addresses <= there, seed
        if batch.num_rows:
            again = through_ipc(root, reading.reader)
            assert_same(again.columns, batch, seed)
            assert_same(found, again, seed)
        slice_goes_out(root, reading.reader, batch)


def slice_goes_out(root, dictionaries, batch):
    """A slice of Java's; of unions it has none with the type ids that they have."""
    start, count = batch.num_rows // 3, batch.num_rows // 2
    chosen = [i for i, column in enumerate(batch.columns) if not has_union(column.type)]
    some = VectorSchemaRoot(ArrayList([root.getVector(i) for i in chosen]))
    part = some.slice(start, count)
    expected = batch.select(chosen)[start : start + count]
    found, _ = rebuilt(part, dictionaries, expected)
    assert_same(found, expected, "slice")
    part.close()


def message_schema(batch):
    """What a stream says, of which nothing is loaded."""
    reader = stream_reader(batch)
    fields = reader.getVectorSchemaRoot().getSchema().getFields()
    made = ArrayList(
        [DictionaryUtility.toMessageFormat(field, reader, HashSet()) for field in fields]
    )
    reader.close()
    return Schema(made)


def comes_in(batch, what, by_ipc=True):
    """Over PyArrow's buffers to Java, and from there by DLPack and by IPC."""
    schema = message_schema(batch)
    given = Given()
    columns = ArrayList([given.column(array) for array in batch.columns])
    dictionaries = MapDictionaryProvider()
    importer = ArrowImporter.versioned(allocator).copyingIfNeeded()
    root = importer.withDictionaries(dictionaries).checkingAllOffsets().importRoot(schema, columns)
    given.taken()
    there = set()
    for vector in root.getFieldVectors():
        names(vector, dictionaries, IN)
        there |= java_addresses(vector, dictionaries)
    found, _ = rebuilt(root, dictionaries, batch)
    assert_same(found, batch, what)
    if by_ipc and batch.num_rows:
        again = through_ipc(root, dictionaries)
        for array, expected in zip(again.columns, batch.columns):
            assert array.to_pylist() == expected.to_pylist(), (what, expected.type)
    root.close()
    dictionaries.close()
    return int(importer.copiedBytes()), given.addresses <= there


COUNTS = [0, 1, 7, 8, 9, 200]


@test
def every_type_goes_to_pyarrow_by_its_buffers():
    for seed, count in enumerate(COUNTS):
        goes_out(batch_of(Arrays(seed, by="ipc").every(count)), seed)
        batch = batch_of(Arrays(seed, by="c").every(count))
        goes_out(batch, seed, ByC(batch))
    await_nothing_allocated()


@test
def any_types_in_one_another_go_to_pyarrow_by_their_buffers():
    for seed in range(40):
        made = Arrays(seed, by="ipc")
        count = made.random.choice([9, 100, made.random.randrange(2_000 if seed % 8 else 10_001)])
        batch = batch_of([made.any(count) for _ in range(3)])
        goes_out(batch, seed)
        start = made.random.randrange(count + 1)
        goes_out(batch[start : start + made.random.randrange(count)], seed)
    await_nothing_allocated()


@test
def every_type_comes_from_pyarrow_by_its_buffers_without_a_copy():
    for seed, count in enumerate(COUNTS):
        batch = batch_of(Arrays(seed).every(count))
        assert comes_in(batch, seed) == (0, True)
    await_nothing_allocated()


@test
def any_slice_of_any_types_comes_from_pyarrow():
    for seed in range(40):
        made = Arrays(seed)
        count = made.random.choice([9, 100, made.random.randrange(2_000 if seed % 8 else 10_001)])
        batch = batch_of([made.any(count) for _ in range(3)])
        assert comes_in(batch, seed) == (0, True), seed
        start = made.random.randrange(count + 1)
        comes_in(batch[start : start + made.random.randrange(count)], seed)
    await_nothing_allocated()


@test
def slices_copy_bits_and_run_ends_and_nothing_else():
    made = Arrays(5)
    made.density = 0
    count = 1000
    for array in made.every(count):
        kind = array.type
        copied, in_place = comes_in(batch_of([array[13:500]]), kind)
        if kind == pa.bool_():
            assert copied == (487 + 7) // 8, copied
        elif pa.types.is_run_end_encoded(kind):
            ends = len(array[13:500].run_ends)
            assert copied >= 487 // 9 * kind.run_end_type.bit_width // 8, (kind, copied, ends)
        elif not pa.types.is_nested(kind):
            assert copied == 0 and in_place, (kind, copied)
    await_nothing_allocated()


@test
def unions_with_ids_in_any_order_cross_both_ways():
    """Arrow Java's own streams mix up the members of such dense unions, so that they come by C Data."""
    for seed in range(20):
        made = Arrays(seed, by="c", descending=True)
        child = lambda n: made.any(n, 2)  # noqa: B023, E731
        dense = made.dense(100, child)
        batch = batch_of([dense, made.dense(100, lambda n: made.number(pa.int32(), n))])  # noqa: B023
        assert comes_in(batch, seed, by_ipc=False) == (0, True)
        comes_in(batch[7:50], seed, by_ipc=False)
        reading = ByC(batch)
        with reading as root:
            found, _ = rebuilt(root, reading.reader, batch)
            assert_same(found, batch, seed)
    del found
    await_nothing_allocated()


@test
def intervals_that_pyarrow_has_no_names_for_are_numbers_for_numpy():
    months = np.arange(-50, 50, dtype="i4")
    days = np.stack([months, months * 1000], axis=1)
    years = IntervalYearVector("y", allocator)
    pairs = IntervalDayVector("d", allocator)
    for vector in [years, pairs]:
        vector.allocateNew(100)
    for i in range(100):
        years.set(i, int(months[i]))
        pairs.set(i, int(days[i, 0]), int(days[i, 1]))
    for vector, expected in [(years, months), (pairs, days)]:
        vector.setValueCount(100)
        names(vector, None, OUT)
        names(vector, None, IN)
        seen = from_java(ArrowExporter.versioned().exportColumn(vector).transferOut().get(0).data())
        assert seen.__array_interface__["data"][0] == int(vector.getDataBufferAddress())
        assert seen.tobytes() == expected.tobytes()
        given = Given()
        rows = expected.copy()
        column = rows if rows.ndim == 1 else rows.view("u1").reshape(100, 8)
        schema = Schema(ArrayList([vector.getField()]))
        columns = ArrayList([ManagedColumn.of(given.tensor(column))])
        root = ArrowImporter.versioned(allocator).importRoot(schema, columns)
        given.taken()
        assert int(root.getVector(0).getDataBufferAddress()) == rows.__array_interface__["data"][0]
        for i in range(100):
            assert root.getVector(0).getObject(i).equals(vector.getObject(i))
        root.close()
        vector.close()
    del seen
    await_nothing_allocated()


@test
def no_type_of_the_document_is_missing():
    rows = re.findall(r"^\| ([A-Z0-9]+|[a-z_0-9]+\.[a-z_0-9]+) \| (.*) \| (.*) \|$", ARROW_MD.read_text(), re.M)
    documented = {name for name, _, column in rows if column.strip() != "no"}
    assert len(documented) > 45, documented
    assert documented <= OUT, documented - OUT
    assert documented <= IN, documented - IN


run_tests()
assert not Handmade.ALIVE
