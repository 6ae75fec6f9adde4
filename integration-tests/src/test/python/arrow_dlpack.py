"""A JVM inside CPython: columns go between NumPy, PyArrow and Arrow Java by DLPack, and between PyArrow
and Arrow Java by Arrow's files and streams, which nanoarrow reads, too.

    python arrow_dlpack.py JAVA_HOME CLASS_PATH [JVM_OPTION...]

Prints a line for every test that passed. Arrow Java's own streams and files need the option
--add-opens=java.base/java.nio=ALL-UNNAMED.
"""

import datetime
import decimal
import gc
import io
import random

import jpype
import nanoarrow as na
import numpy as np
import pyarrow as pa
from jvm import NAME, USED, Root, allocator, await_nothing_allocated, from_java, python
from jvm import read_by_python, run_tests, test, vector_of, written_by_java
from samples import BFloat16

from java.lang.foreign import MemorySegment  # noqa: E402
from java.util import ArrayList  # noqa: E402
from org.apache.arrow.vector import VectorSchemaRoot  # noqa: E402
from org.apache.arrow.vector.types.pojo import Field, FieldType  # noqa: E402
from org.dlpack4j.arrow import ArrowExporter, ArrowImporter, RefusedVectorException  # noqa: E402
from org.dlpack4j.arrow.extension import ExtensionTypes  # noqa: E402
from org.dlpack4j.importing import RefusedTensorException, TensorImporter  # noqa: E402

ExtensionTypes.register()

exporter = ArrowExporter.versioned()
importer = ArrowImporter.versioned(allocator)


def to_numpy(exported):
    return from_java(exported.transferOut())


def to_java(producer, adopt=None):
    """A vector of what a capsule has, which is the vector's once that is made."""
    capsule = producer.__dlpack__(max_version=(1, 3))
    address = python.PyCapsule_GetPointer(capsule, NAME)
    vector = (adopt or by_name)(MemorySegment.ofAddress(address))
    python.PyCapsule_SetName(capsule, USED)
    return vector


def by_name(managed):
    return importer.importVector("x", managed)


def batch_of(vector):
    root = VectorSchemaRoot(ArrayList([vector.getField()]), ArrayList([vector]))
    batches = read_by_python(written_by_java(root))
    return batches[0] if batches else None


# For each type: a PyArrow type, how NumPy knows the numbers of its rows, and the shape of a row.
UNITS = ["s", "ms", "us", "ns"]
NUMBERS = {
    pa.int8(): "i1",
    pa.int16(): "i2",
    pa.int32(): "i4",
    pa.int64(): "i8",
    pa.uint8(): "u1",
    pa.uint16(): "u2",
    pa.uint32(): "u4",
    pa.uint64(): "u8",
    pa.float16(): "f2",
    pa.float32(): "f4",
    pa.float64(): "f8",
    pa.date32(): "i4",
    pa.date64(): "i8",
    pa.time32("s"): "i4",
    pa.time32("ms"): "i4",
    pa.time64("us"): "i8",
    pa.time64("ns"): "i8",
    **{pa.timestamp(unit): "i8" for unit in UNITS},
    **{pa.timestamp(unit, "Europe/Berlin"): "i8" for unit in UNITS},
    **{pa.duration(unit): "i8" for unit in UNITS},
    pa.bool8(): "?",
}


def numbers(dtype, count, rng):
    if dtype == "?":
        return rng.random(count) < 0.5
    if dtype[0] == "f":
        return rng.standard_normal(count).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, count, dtype=dtype, endpoint=True)


def of_numbers(values, kind, mask=None):
    """A PyArrow array over the bytes of numbers, whatever those mean."""
    storage = np.ascontiguousarray(values)
    nulls = 0 if mask is None else int(mask.sum())
    bits = None if nulls == 0 else pa.py_buffer(np.packbits(~mask, bitorder="little"))
    ints = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    made = pa.Array.from_buffers(ints, len(values), [bits, pa.py_buffer(storage)], nulls)
    return made if ints == kind else pa.ExtensionArray.from_storage(kind, made)


def numbers_of(array):
    """NumPy's own view of a PyArrow array's bytes, without asking anybody about types."""
    storage = array.storage if isinstance(array, pa.ExtensionArray) else array
    dtype = NUMBERS[array.type]
    data = storage.buffers()[1]
    if data is None:
        return np.empty(0, dtype)
    start = storage.offset * np.dtype(dtype).itemsize
    return np.frombuffer(data, dtype, len(array), start)


def same(found, expected):
    assert found.dtype == expected.dtype, (found.dtype, expected.dtype)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    assert found.tobytes() == np.ascontiguousarray(expected).tobytes()


def address(array):
    return array.__array_interface__["data"][0]


def data_address(vector):
    return int(vector.getDataBufferAddress())


def lengths(rng):
    return [0, 1, 7, 8, 9, int(rng.integers(10, 10_000))]


@test
def numpy_sees_every_number_that_python_wrote_and_java_read():
    rng = np.random.default_rng(1)
    for kind, dtype in NUMBERS.items():
        for count in lengths(rng):
            array = of_numbers(numbers(dtype, count, rng), kind)
            with vector_of(array) as root:
                vector = root.getVector(0)
                seen = to_numpy(exporter.export(vector))
                same(seen, numbers_of(array))
                assert count == 0 or address(seen) == data_address(vector), kind
                if count and dtype != "?":
                    again = pa.array(seen)
                    assert again.buffers()[1].address == data_address(vector), kind
                    assert again.view(kind).equals(array)
                    del again
    del seen
    await_nothing_allocated()


@test
def what_numpy_sees_is_what_pyarrows_own_conversion_says():
    rng = np.random.default_rng(2)
    for kind, dtype in NUMBERS.items():
        if pa.types.is_time(kind) or (pa.types.is_timestamp(kind) and kind.tz):
            continue
        array = of_numbers(numbers(dtype, 100, rng) if kind != pa.date64() else np.arange(100) * 86_400_000, kind)
        with vector_of(array) as root:
            seen = to_numpy(exporter.export(root.getVector(0)))
            expected = array.to_numpy(zero_copy_only=False)
            if expected.dtype.kind in "mM":
                unit = np.datetime_data(expected.dtype)[0]
                own = {pa.date32(): "D", pa.date64(): "ms"}.get(kind) or kind.unit
                assert unit == own, (kind, unit)
                expected = expected.view("i8").astype(dtype)
            same(seen, expected)
    del seen
    await_nothing_allocated()


@test
def java_reads_every_number_of_numpy_and_pyarrow_reads_it_again():
    rng = np.random.default_rng(3)
    for kind, dtype in NUMBERS.items():
        like = Root(pa.RecordBatch.from_arrays([pa.array([], kind)], ["x"]))
        field = Field("x", FieldType.notNullable(like.root.getVector(0).getField().getType()), None)
        like.reader.close()
        for count in lengths(rng):
            values = numbers(dtype, count, rng)
            vector = to_java(values, lambda managed: importer.importVector(field, managed))
            assert count == 0 or data_address(vector) == address(values), kind
            batch = batch_of(vector)
            if count:
                assert batch.column(0).type == kind, (batch.column(0).type, kind)
                same(numbers_of(batch.column(0)), values)
            vector.close()
    await_nothing_allocated()


@test
def java_names_the_type_of_what_numpy_gives():
    expected = {
        "i1": pa.int8(), "i2": pa.int16(), "i4": pa.int32(), "i8": pa.int64(),
        "u1": pa.uint8(), "u2": pa.uint16(), "u4": pa.uint32(), "u8": pa.uint64(),
        "f2": pa.float16(), "f4": pa.float32(), "f8": pa.float64(), "?": pa.bool8(),
    }  # fmt: skip
    rng = np.random.default_rng(4)
    for dtype, kind in expected.items():
        vector = to_java(numbers(dtype, 33, rng))
        column = batch_of(vector).column(0)
        assert column.type == kind, (dtype, column.type)
        vector.close()
    for dtype in ["c8", "c16"]:
        try:
            to_java(np.zeros(3, dtype))
            raise AssertionError("expected a refusal of " + dtype)
        except RefusedVectorException as e:
            assert "expected numbers that Arrow has" in str(e.getMessage())
    await_nothing_allocated()


@test
def numpy_writes_what_java_reads_and_java_what_numpy_reads():
    values = np.arange(10.0)
    vector = to_java(values)
    values[3] = -1
    assert float(vector.get(3)) == -1
    vector.set(4, 7.5)
    assert values[4] == 7.5
    seen = to_numpy(exporter.export(vector))
    vector.close()
    values[5] = 6.5
    assert seen[5] == 6.5 and address(seen) == address(values)
    del seen
    await_nothing_allocated()


@test
def an_array_lives_as_long_as_any_vector_over_it():
    alive = [1]

    class Counted(np.ndarray):
        def __del__(self):
            alive[0] -= 1

    values = np.arange(8, dtype="i4").view(Counted)
    vector = to_java(values)
    del values
    gc.collect()
    assert alive[0] == 1, alive
    seen = to_numpy(exporter.export(vector))
    vector.close()
    gc.collect()
    assert alive[0] == 1, alive
    del seen
    await_nothing_allocated()
    assert alive[0] == 0, alive


@test
def pyarrow_gives_its_arrays_to_be_read_only_which_a_copy_makes_good():
    rng = np.random.default_rng(5)
    copying = importer.copyingIfNeeded()
    copied = 0
    for kind, dtype in NUMBERS.items():
        whole = of_numbers(numbers(dtype, 1000, rng), kind)
        for part in [whole, whole[3:500], whole[999:], whole[5:5]]:
            try:
                part.__dlpack__(max_version=(1, 3))
            except (pa.ArrowTypeError, pa.ArrowNotImplementedError):
                assert pa.types.is_temporal(kind) or kind == pa.bool8(), kind
                continue
            if len(part):
                try:
                    to_java(part)
                    raise AssertionError("expected a refusal")
                except RefusedTensorException as e:
                    assert "flags" in str(e.getMessage()), e.getMessage()
            vector = to_java(part, lambda managed: copying.importVector("x", managed))
            copied += numbers_of(part).nbytes
            assert int(copying.copiedBytes()) == copied
            seen = to_numpy(exporter.export(vector))
            same(seen, numbers_of(part))
            vector.close()
    assert copied > 10_000
    del seen
    await_nothing_allocated()


@test
def a_tensor_of_pyarrow_that_may_be_written_is_not_copied():
    for values in [np.arange(24.0).reshape(4, 2, 3), np.arange(24.0).reshape(4, 3, 2).transpose(0, 2, 1)]:
        tensor = pa.Tensor.from_numpy(values)
        vector = to_java(tensor, lambda managed: importer.importTensorVector("x", managed))
        elements = vector.getUnderlyingVector().getDataVector()
        assert data_address(elements) == address(values)
        del tensor
        gc.collect()
        assert pa.Tensor.from_numpy(to_numpy(exporter.export(vector))).equals(pa.Tensor.from_numpy(values))
        vector.close()
    await_nothing_allocated()


@test
def arrays_in_any_order_are_copied_as_numpy_copies_them():
    rng = np.random.default_rng(6)
    for _ in range(60):
        base = rng.integers(0, 1000, rng.integers(1, 7, rng.integers(1, 5)), dtype="i4")
        values = base.transpose(rng.permutation(base.ndim))
        values = values[tuple(slice(None, None, int(rng.choice([-2, -1, 1, 2]))) for _ in values.shape)]
        copying = importer.copyingIfNeeded()
        vector = to_java(values, lambda managed: copying.importVector("x", managed))
        seen = to_numpy(exporter.export(vector))
        same(seen, values)
        vector.close()
        rows = to_java(values, lambda managed: copying.importTensorVector("x", managed))
        seen = to_numpy(exporter.export(rows))
        assert np.array_equal(seen, values) and seen.shape == values.shape
        rows.close()
    del seen
    await_nothing_allocated()


@test
def lists_of_one_length_are_dimensions():
    rng = np.random.default_rng(7)
    for shape in [(100, 3), (100, 3, 2), (1, 1), (0, 4), (17, 2, 2, 2)]:
        values = rng.integers(-1000, 1000, shape, dtype="i4")
        array = of_numbers(values.reshape(-1), pa.int32())
        for size in reversed(shape[1:]):
            array = pa.FixedSizeListArray.from_arrays(array, size)
        with vector_of(array) as root:
            seen = to_numpy(exporter.export(root.getVector(0)))
            same(seen, values)
        vector = to_java(values)
        batch = batch_of(vector)
        assert shape[0] == 0 or batch.column(0).to_pylist() == values.tolist()
        vector.close()
    del seen
    await_nothing_allocated()


def tensors(values, order):
    """Rows of tensors in memory as given, which people know in another order."""
    kind = pa.fixed_shape_tensor(pa.float64(), values.shape[1:], permutation=order)
    size = int(np.prod(values.shape[1:]))
    storage = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), size)
    return pa.ExtensionArray.from_storage(kind, storage)


def as_specified(array):
    """What people know, by the words of Arrow's specification."""
    kind = array.type
    order = kind.permutation or range(len(kind.shape))
    physical = array.storage.flatten().to_numpy().reshape(len(array), *kind.shape)
    found = physical.transpose(0, *(axis + 1 for axis in order))
    # PyArrow mixes an order up with its inverse where those are not the same.
    if list(order) == np.argsort(order).tolist():
        assert np.array_equal(array.to_numpy_ndarray(), found)
    return found


@test
def tensors_cross_as_arrows_specification_says():
    rng = np.random.default_rng(8)
    for shape in [(5, 2, 3), (5, 2, 3, 4), (1, 1, 1), (7, 3), (3, 2, 2, 2, 2)]:
        orders = [[int(i) for i in rng.permutation(len(shape) - 1)] for _ in range(5)]
        for order in [sorted(orders[0]), *orders]:
            values = rng.random(shape)
            array = tensors(values, order)
            expected = values.transpose(0, *(axis + 1 for axis in order))
            same(as_specified(array), expected)
            for as_file in [False, True]:
                with Root(pa.RecordBatch.from_arrays([array], ["x"]), as_file) as root:
                    vector = root.getVector(0)
                    assert "FixedShapeTensorVector" in str(vector.getClass().getName())
                    seen = to_numpy(exporter.export(vector))
                    same(seen, expected)
                    assert seen.strides == expected.strides or 1 in seen.shape
                    again = read_by_python(written_by_java(root, as_file), as_file)[0].column(0)
                    assert again.type.shape == array.type.shape
                    assert again.equals(array) or order == sorted(order)
                    same(as_specified(again), expected)
            vector = to_java(expected, lambda managed: importer.importTensorVector("x", managed))
            assert data_address(vector.getUnderlyingVector().getDataVector()) == address(expected)
            column = batch_of(vector).column(0)
            assert isinstance(column.type, pa.FixedShapeTensorType), column.type
            same(as_specified(column), expected)
            vector.close()
    del seen
    await_nothing_allocated()


@test
def names_of_dimensions_nulls_and_metadata_survive():
    kind = pa.fixed_shape_tensor(pa.int16(), [2, 3], dim_names=["ä", "b"], permutation=[1, 0])
    storage = pa.array([[1, 2, 3, 4, 5, 6], None, [7, None, 9, 10, 11, 12]], kind.storage_type)
    bools = pa.array([1, None, 0], pa.int8())
    columns = [pa.ExtensionArray.from_storage(kind, storage)]
    columns.append(pa.ExtensionArray.from_storage(pa.bool8(), bools))
    fields = [
        pa.field("t", kind, metadata={"unit": "m"}),
        pa.field("b", pa.bool8(), metadata={"why": "because"}),
    ]
    batch = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields, {"whole": "schema"}))
    for as_file in [False, True]:
        with Root(batch, as_file) as root:
            assert str(root.getVector(0).type().dimNames().get(0)) == "ä"
            assert [bool(root.getVector(1).isNull(i)) for i in range(3)] == [False, True, False]
            back = read_by_python(written_by_java(root, as_file), as_file)[0]
            assert back.schema.equals(batch.schema, check_metadata=True), back.schema
            assert back.equals(batch)
            assert back.schema.field(0).type.dim_names == ["ä", "b"]
            assert back.schema.field(0).type.permutation == [1, 0]
    await_nothing_allocated()


@test
def bfloat16_is_what_lance_writes():
    values = np.array([1.5, -2, 0, 3.0e38, np.inf, np.nan], "f4")
    halves = (values.view("u4") >> 16).astype("u2")
    storage = pa.Array.from_buffers(pa.binary(2), len(values), [None, pa.py_buffer(halves)])
    array = pa.ExtensionArray.from_storage(BFloat16(), storage)
    with vector_of(array) as root:
        vector = root.getVector(0)
        found = np.array([float(vector.get(i)) for i in range(len(values))], "f4")
        assert np.array_equal(found.view("u4") >> 16, halves)
        imported = TensorImporter.versioned().adopt(exporter.export(vector).transferOut())
        assert str(imported.view().dataType()) == "bfloat16", imported
        back = importer.importVector("x", imported.transferOut())
        assert data_address(back) == data_address(vector)
        column = batch_of(back).column(0)
        assert column.type == BFloat16()
        assert column.storage.buffers()[1].to_pybytes()[: 2 * len(values)] == halves.tobytes()
        back.close()
    await_nothing_allocated()


@test
def bytes_of_one_width_and_decimals_are_rows_of_bytes():
    words = [b"abcde", b"\0\xff\0\xff\0", b"12345"] * 100
    with vector_of(pa.array(words, pa.binary(5))) as root:
        seen = to_numpy(exporter.export(root.getVector(0)))
        assert seen.dtype == np.uint8 and [bytes(row) for row in seen] == words
    for kind, width in [(pa.decimal128(20, 3), 16), (pa.decimal256(60, 3), 32)]:
        numerals = [decimal.Decimal(i * (-1) ** i) / 8 for i in range(100)]
        with vector_of(pa.array(numerals, kind)) as root:
            seen = to_numpy(exporter.withDecimalsAsBytes().export(root.getVector(0)))
            assert seen.shape == (100, width)
            found = [int.from_bytes(bytes(row), "little", signed=True) for row in seen]
            assert found == [int(n * 1000) for n in numerals]
    del seen
    await_nothing_allocated()


@test
def bits_are_packed_in_place_or_unpacked_as_a_copy():
    rng = np.random.default_rng(9)
    for count in lengths(rng):
        values = rng.random(count) < 0.3
        with vector_of(pa.array(values)) as root:
            vector = root.getVector(0)
            same(to_numpy(exporter.exportUnpacked(vector)), values)
            packed = to_numpy(exporter.exportPacked(vector))
            assert count == 0 or address(packed) == data_address(vector)
            assert np.unpackbits(packed, count=count, bitorder="little").tolist() == values.tolist()
    del packed
    await_nothing_allocated()


@test
def nulls_are_as_pyarrow_counts_them():
    rng = np.random.default_rng(10)
    for kind, dtype in NUMBERS.items():
        for density in [0.01, 0.5, 1]:
            count = int(rng.integers(1, 3000))
            mask = rng.random(count) < density
            array = of_numbers(numbers(dtype, count, rng), kind, mask)
            start = int(rng.integers(0, count))
            part = array[start:]
            with vector_of(part) as root:
                vector = root.getVector(0)
                valid = to_numpy(exporter.exportValidity(vector))
                assert valid.tolist() == part.is_valid().to_numpy(zero_copy_only=False).tolist()
                filled = to_numpy(exporter.exportFilled(vector, jpype.JInt(1)))
                expected = np.where(mask[start:], np.array(1, dtype), numbers_of(part))
                same(filled, expected.astype(dtype))
                if part.null_count:
                    try:
                        exporter.export(vector)
                        raise AssertionError("expected a refusal")
                    except RefusedVectorException as e:
                        assert f"found {part.null_count} in {len(part)} rows" in str(e.getMessage())
    del valid, filled
    await_nothing_allocated()


def allowed(kind, values):
    """What PyArrow takes to be valid: times within a day, and whole days."""
    if pa.types.is_time(kind):
        return values % (86_400 * 1000 ** UNITS.index(kind.unit))
    return values // 86_400_000 * 86_400_000 if kind == pa.date64() else values


class RandomArrays:
    """Arrays of every type that is a column, of any depth."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.numpy = np.random.default_rng(seed)
        self.density = self.random.choice([0, 0.1, 0.9])

    def mask(self, count):
        return pa.array(self.numpy.random(count) < self.density)

    def array(self, count, depth=0):
        choice = self.random.randrange(14 if depth < 3 else 8)
        if choice < 5:
            kind = self.random.choice(list(NUMBERS))
            mask = self.numpy.random(count) < self.density
            values = allowed(kind, numbers(NUMBERS[kind], count, self.numpy))
            return of_numbers(values, kind, mask)
        if choice < 7:
            kind = self.random.choice([pa.string(), pa.large_string(), pa.binary(), pa.large_binary()])
            return pa.array([self.text(kind) for _ in range(count)], kind)
        if choice == 7:
            width = self.random.randrange(1, 9)
            return pa.array([self.bytes(width) for _ in range(count)], pa.binary(width))
        if choice < 10:
            return self.lists(count, depth)
        if choice == 10:
            size = self.random.randrange(1, 4)
            elements = self.array(count * size, depth + 1)
            return pa.FixedSizeListArray.from_arrays(elements, size, mask=self.mask(count))
        if choice == 11:
            size = self.random.randrange(1, 4)
            elements = of_numbers(numbers("f4", count * size * 2, self.numpy), pa.float32())
            kind = pa.fixed_shape_tensor(pa.float32(), [size, 2])
            storage = pa.FixedSizeListArray.from_arrays(elements, size * 2, mask=self.mask(count))
            return pa.ExtensionArray.from_storage(kind, storage)
        members = [self.array(count, depth + 1) for _ in range(self.random.randrange(1, 4))]
        names = [f"m{i}" for i in range(len(members))]
        return pa.StructArray.from_arrays(members, names, mask=self.mask(count))

    def lists(self, count, depth):
        large = self.random.random() < 0.5
        sizes = self.numpy.integers(0, 4, count)
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        elements = self.array(int(offsets[-1]), depth + 1)
        make = pa.LargeListArray if large else pa.ListArray
        offset_type = pa.int64() if large else pa.int32()
        mask = self.mask(count)
        return make.from_arrays(pa.array(offsets, offset_type), elements, mask=mask)

    def is_null(self):
        return self.random.random() < self.density

    def text(self, kind):
        if self.is_null():
            return None
        made = "ä€x" * self.random.randrange(5)
        return made.encode() if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else made

    def bytes(self, width):
        return None if self.is_null() else self.random.randbytes(width)


@test
def any_record_batch_comes_back_through_tensors_as_it_was():
    for seed in range(60):
        made = RandomArrays(seed)
        count = made.random.choice([0, 1, 9, 200, made.random.randrange(10_001)])
        arrays = [made.array(count) for _ in range(made.random.randrange(1, 6))]
        batch = pa.RecordBatch.from_arrays(arrays, [f"c{i}" for i in range(len(arrays))])
        start = made.random.randrange(count + 1)
        batch = batch[start:]
        with Root(batch, as_file=seed % 2 == 0) as root:
            managed = exporter.export(root).transferOut()
            back = importer.importRoot(root.getSchema(), managed)
        written = written_by_java(back)
        back.close()
        again = read_by_python(written)
        if batch.num_rows:
            again[0].validate(full=True)
            assert again[0].schema.equals(batch.schema), (seed, again[0].schema, batch.schema)
            assert again[0].equals(batch), seed
            read_by_nanoarrow(written, batch)
    await_nothing_allocated()


def read_by_nanoarrow(written, batch):
    read = na.ArrayStream.from_readable(io.BytesIO(written)).read_all()
    assert len(read) == batch.num_rows
    for i, column in enumerate(batch.columns):
        assert na.c_array(read.child(i).chunk(0)).view().null_count == column.null_count
        if column.type in (pa.int32(), pa.float64(), pa.string(), pa.large_string(), pa.uint16()):
            found = [None if x is None else x for x in read.child(i).iter_py()]
            assert repr(found) == repr(column.to_pylist())


@test
def each_tensor_of_a_column_is_what_pyarrow_has_in_that_buffer():
    made = RandomArrays(99)
    made.density = 0.2
    for kind, dtype in {pa.string(): "i4", pa.large_string(): "i8"}.items():
        array = pa.array([made.text(kind) for _ in range(1000)], kind)
        with vector_of(array) as root:
            column = exporter.exportColumn(root.getVector(0)).transferOut().get(0)
            offsets = from_java(column.offsets())
            data = from_java(column.data())
            validity = from_java(column.validity())
        same(offsets, np.frombuffer(array.buffers()[1], dtype, 1001))
        assert data.tobytes() == array.buffers()[2].to_pybytes()[: offsets[-1]]
        bits = np.unpackbits(validity, count=1000, bitorder="little")
        assert bits.tolist() == array.is_valid().to_numpy(zero_copy_only=False).tolist()
    del offsets, data, validity
    await_nothing_allocated()


@test
def a_record_batch_of_numbers_is_a_matrix_for_numpy():
    rng = np.random.default_rng(11)
    values = rng.random((500, 7))
    batch = pa.RecordBatch.from_arrays([pa.array(values[:, i].copy()) for i in range(7)], list("abcdefg"))
    with Root(batch) as root:
        same(to_numpy(exporter.exportMatrixCopy(root)), values)
        seen = to_numpy(exporter.exportMatrix(root))
        assert np.array_equal(seen, values)
        assert address(seen) == data_address(root.getVector(0))
    del seen
    await_nothing_allocated()


@test
def intervals_of_several_numbers_are_rows_of_bytes():
    array = pa.array([(1, 2, 3), (-4, 5, -6)], pa.month_day_nano_interval())
    with vector_of(array) as root:
        seen = to_numpy(exporter.export(root.getVector(0)))
        assert seen.shape == (2, 16)
        assert seen.tobytes() == array.buffers()[1].to_pybytes()[:32]
    del seen
    await_nothing_allocated()


@test
def what_has_no_tensor_is_refused_and_nothing_is_held():
    day = datetime.date(2020, 1, 1)
    refused = [
        pa.array(["text"]), pa.array([b"bytes"]), pa.array([[1], []]), pa.array([{"a": 1}]),
        pa.array([True]), pa.nulls(3), pa.array(["view"], pa.string_view()),
        pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
        pa.array([[1]], pa.list_view(pa.int32())), pa.array([decimal.Decimal(1)]), pa.array([day, None]),
    ]  # fmt: skip
    for array in refused:
        with vector_of(array) as root:
            try:
                exporter.export(root.getVector(0))
                raise AssertionError(f"expected a refusal of {array.type}")
            except RefusedVectorException as e:
                assert "expected" in str(e.getMessage())
    await_nothing_allocated()


run_tests()
