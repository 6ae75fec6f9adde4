"""A JVM inside CPython: arrays and streams go from PyArrow to Java and back by Arrow's C interfaces,
and nanoarrow reads what Java exports.

    python arrow_cdata.py JAVA_HOME CLASS_PATH [JVM_OPTION...]

Prints a line for every test that passed.
"""

import ctypes
import decimal
import gc
import threading

import nanoarrow as na
import pyarrow as pa
from jvm import allocator, await_nothing_allocated, await_true, python, run_tests, test
from samples import LENGTH, arrays, integer, text, values

from org.dlpack4j.arrow.cdata import CDataExporter, CDataImporter  # noqa: E402
from org.dlpack4j.arrow.cdata import RefusedArrayException  # noqa: E402

SLICES = [(1, 500), (3, 1000), (8, 800), (13, 990), (64, 0), (LENGTH, 0), (0, 7), (5, 1)]


def struct(size):
    memory = ctypes.create_string_buffer(size + 8)
    memory.address = (ctypes.addressof(memory) + 7) & ~7
    return memory


def types():
    """One of every type that Arrow Java has a vector of, by name."""
    ints = pa.array(values(integer), pa.int32())
    texts = pa.array(values(text))
    yield from arrays()
    yield "null", pa.nulls(LENGTH)
    yield "string_view", pa.array(values(text), pa.string_view())
    yield "binary_view", pa.array(values(lambda r: text(r).encode()), pa.binary_view())
    kinds = pa.array([i % 2 for i in range(LENGTH)], pa.int8())
    offsets = pa.array([i // 2 for i in range(LENGTH)], pa.int32())
    yield "dense union of ids", pa.UnionArray.from_dense(
        kinds, offsets, [ints, texts], ["i", "t"], [1, 0]
    )
    yield "struct of slices", pa.StructArray.from_arrays(
        [ints[100:900], texts[3:803], pa.array([True, None, False] * 300)[7:807]], ["i", "t", "b"]
    )
    yield "list of a slice", pa.ListArray.from_arrays(
        pa.array([0, 3, 3, 10], pa.int32()), texts[5:105]
    )
    yield "slice of offsets", pa.ListArray.from_arrays(
        pa.array([0, 3, 3, 10, 20, 20, 25], pa.int32())[2:], ints
    )
    indices = texts.dictionary_encode()
    yield "list of dictionaries", pa.ListArray.from_arrays(pa.array([0, 3, 3, 9], pa.int32()), indices)


def to_java(array):
    """Both structs are the producer's until Java has moved them."""
    c_array, c_schema = struct(80), struct(72)
    array._export_to_c(c_array.address, c_schema.address)
    if isinstance(array, pa.RecordBatch):
        return CDataImporter.importRoot(allocator, c_array.address, c_schema.address)
    return CDataImporter.importVector(allocator, c_array.address, c_schema.address)


def to_python(imported):
    exported = CDataExporter.exportVector(imported.vector(), imported.dictionaries())
    try:
        return pa.Array._import_from_c(exported.arrayAddress(), exported.schemaAddress())
    finally:
        exported.close()


def round_trip(array):
    imported = to_java(array)
    back = to_python(imported)
    copied = imported.copiedBytes()
    imported.close()
    back.validate(full=True)
    return back, copied


def addresses(array):
    return [b.address if b and b.size else 0 for b in array.buffers()]


def same(found, expected):
    """A union comes back with the type ids or in the order of Java's; its values are the same."""
    if found.type == expected.type:
        return found.equals(expected)
    return found.to_pylist() == expected.to_pylist()


def is_union(array):
    return pa.types.is_union(array.type)


@test
def every_type_comes_back_as_it_was():
    for name, array in types():
        back, copied = round_trip(array)
        assert same(back, array), name
        if not is_union(array):
            assert back.type == array.type, (name, back.type)
            assert copied == 0 or "slice" in name, (name, copied)
    del back
    await_nothing_allocated()


@test
def every_slice_of_every_type_comes_back_as_it_was():
    for name, array in types():
        for start, length in SLICES:
            part = array[start : start + length]
            back, _ = round_trip(part)
            assert same(back, part), (name, start, length)
    del back
    await_nothing_allocated()


@test
def data_is_where_it_was():
    for name in ["int64", "double", "string", "large_string", "list_"]:
        array = next(a for n, a in types() if n.startswith(name))
        back, _ = round_trip(array)
        assert addresses(back)[1:] == addresses(array)[1:], name
    part = pa.array(range(LENGTH), pa.int64())[5:]
    back, copied = round_trip(part)
    assert copied == 0
    assert back.buffers()[1].address == part.buffers()[1].address + 5 * 8
    del back
    await_nothing_allocated()


@test
def java_reads_what_python_wrote():
    imported = to_java(pa.array(["a", None, "ccc"] * 5)[1:7])
    vector = imported.vector()
    found = [None if vector.isNull(i) else str(vector.getObject(i)) for i in range(6)]
    assert found == [None, "ccc", "a", None, "ccc", "a"], found
    imported.close()
    imported = to_java(pa.array([[1, 2], None, [], [3]])[1:])
    assert imported.vector().isNull(0)
    assert [str(imported.vector().getObject(i)) for i in [1, 2]] == ["[]", "[3]"]
    imported.close()


@test
def nanoarrow_reads_what_java_exports():
    for name, array in types():
        unread = ["view", "runs", "month_day_nano", "decimal", "union", "dictionary", "date64"]
        if any(word in name for word in unread):
            continue
        imported = to_java(array[3:300])
        exported = CDataExporter.exportVector(imported.vector(), imported.dictionaries())
        read = na.Array(Capsules(exported))
        assert len(read) == len(array[3:300]), name
        assert na.c_array(read).view().null_count == array[3:300].null_count, name
        if name in ["int32", "string", "bool", "double", "struct", "list_", "large_string"]:
            assert list(read.iter_py()) == array[3:300].to_pylist(), name
        del read
        exported.close()
        imported.close()
    await_nothing_allocated()


class Capsules:
    """What Python's protocol for Arrow asks for; nanoarrow leaves the structs where they are."""

    def __init__(self, exported):
        self.exported = exported

    def __arrow_c_array__(self, requested_schema=None):
        return (
            python.PyCapsule_New(self.exported.schemaAddress(), b"arrow_schema", None),
            python.PyCapsule_New(self.exported.arrayAddress(), b"arrow_array", None),
        )


@test
def batches_come_back_as_they_were():
    columns = {name: a for name, a in types() if len(a) == LENGTH and not is_union(a)}
    batch = pa.RecordBatch.from_pydict(columns).replace_schema_metadata({"key": "value"})
    for part in [batch, batch[3:50], batch[8:9], batch[LENGTH:]]:
        imported = to_java(part)
        exported = CDataExporter.exportRoot(imported.root(), imported.dictionaries())
        back = pa.RecordBatch._import_from_c(exported.arrayAddress(), exported.schemaAddress())
        exported.close()
        imported.close()
        assert back.schema.equals(part.schema, check_metadata=True), (back.schema, part.schema)
        assert back.equals(part)
        del back
    await_nothing_allocated()


@test
def python_frees_its_memory_when_java_is_done_and_java_when_python_is():
    before = pa.total_allocated_bytes()
    array = pa.array(range(100_000), pa.int64())
    imported = to_java(array)
    back = to_python(imported)
    del array
    imported.close()
    gc.collect()
    assert pa.total_allocated_bytes() > before + 700_000
    assert back[99_999].as_py() == 99_999
    del back
    await_nothing_allocated()
    assert pa.total_allocated_bytes() == before


@test
def releases_come_from_any_python_thread():
    backs = []
    for _ in range(50):
        backs.append(round_trip(pa.array(["x"] * 100))[0])
    threads = [threading.Thread(target=backs.pop) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await_nothing_allocated()


@test
def python_reads_a_stream_of_java_that_reads_a_stream_of_python():
    table = pa.table({"i": range(10_000), "t": [str(i) if i % 3 else None for i in range(10_000)]})
    reader = table.to_reader(max_chunksize=777)
    c_stream = struct(40)
    reader._export_to_c(c_stream.address)
    java_reader = CDataImporter.importStream(allocator, c_stream.address)
    other = struct(40)
    CDataExporter.exportStreamInto(java_reader, other.address)
    back = pa.RecordBatchReader._import_from_c(other.address).read_all()
    back.validate(full=True)
    assert back == table
    del back
    await_nothing_allocated()


@test
def streams_have_dictionaries():
    texts = pa.array(["a", "b", None, "a"]).dictionary_encode()
    batch = pa.RecordBatch.from_arrays([texts], ["d"])
    reader = pa.RecordBatchReader.from_batches(batch.schema, [batch, batch[1:]])
    c_stream, other = struct(40), struct(40)
    reader._export_to_c(c_stream.address)
    CDataExporter.exportStreamInto(
        CDataImporter.importStream(allocator, c_stream.address), other.address
    )
    back = pa.RecordBatchReader._import_from_c(other.address).read_all()
    assert back["d"].to_pylist() == ["a", "b", None, "a", "b", None, "a"]
    del back
    await_nothing_allocated()


@test
def an_error_of_pythons_stream_reaches_python_again_through_java():
    def batches():
        yield pa.RecordBatch.from_pydict({"i": [1, 2]})
        raise ValueError("no more of these")

    schema = pa.schema([("i", pa.int64())])
    reader = pa.RecordBatchReader.from_batches(schema, batches())
    c_stream, other = struct(40), struct(40)
    reader._export_to_c(c_stream.address)
    CDataExporter.exportStreamInto(
        CDataImporter.importStream(allocator, c_stream.address), other.address
    )
    back = pa.RecordBatchReader._import_from_c(other.address)
    assert back.read_next_batch().num_rows == 2
    try:
        back.read_next_batch()
        raise AssertionError("expected an error")
    except OSError as e:
        assert "no more of these" in str(e), e
    del back
    await_nothing_allocated()


@test
def device_arrays_of_main_memory_cross_both_ways():
    array = pa.array(values(text))
    c_array, c_schema = struct(128), struct(72)
    array._export_to_c_device(c_array.address, c_schema.address)
    imported = CDataImporter.importDeviceVector(allocator, c_array.address, c_schema.address)
    CDataExporter.exportVectorIntoDevice(
        imported.vector(), imported.dictionaries(), c_array.address, c_schema.address
    )
    back = pa.Array._import_from_c_device(c_array.address, c_schema.address)
    imported.close()
    assert back == array
    del back
    await_nothing_allocated()


class DeviceStream(ctypes.Structure):
    """PyArrow and nanoarrow have no ArrowDeviceArrayStream in Python, but what it is made of."""

    GET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)
    RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    _fields_ = [
        ("device_type", ctypes.c_int32),
        ("get_schema", GET),
        ("get_next", GET),
        ("get_last_error", LAST_ERROR),
        ("release", RELEASE),
        ("private_data", ctypes.c_void_p),
    ]

    @property
    def address(self):
        return ctypes.addressof(self)


def device_stream_of(table):
    """A stream of PyArrow's device arrays."""
    batches = table.to_batches(max_chunksize=777)
    released = []

    def get_schema(_, out):
        table.schema._export_to_c(out)
        return 0

    def get_next(_, out):
        if batches:
            batches.pop(0)._export_to_c_device(out)
        else:
            ctypes.memset(out, 0, 128)
        return 0

    def release(stream):
        DeviceStream.from_address(stream).release = DeviceStream.RELEASE()
        released.append(stream)

    stream = DeviceStream(
        1,
        DeviceStream.GET(get_schema),
        DeviceStream.GET(get_next),
        DeviceStream.LAST_ERROR(lambda _: None),
        DeviceStream.RELEASE(release),
    )
    # The functions are moved with the struct, and must outlive it.
    stream.kept = [stream.get_schema, stream.get_next, stream.get_last_error, stream.release]
    return stream, released


def batches_of(stream):
    """What PyArrow makes of the device arrays of a stream, which is released then."""
    c_schema = struct(72)
    assert stream.get_schema(stream.address, c_schema.address) == 0
    schema = pa.Schema._import_from_c(c_schema.address)
    batches = []
    while True:
        c_array = struct(128)
        assert stream.get_next(stream.address, c_array.address) == 0
        if ctypes.c_void_p.from_address(c_array.address + 64).value is None:
            break
        batches.append(pa.RecordBatch._import_from_c_device(c_array.address, schema))
    stream.release(stream.address)
    assert not stream.release
    return pa.Table.from_batches(batches, schema)


def a_table():
    texts = [str(i) if i % 3 else None for i in range(5_000)]
    return pa.table({"i": range(5_000), "t": texts})


@test
def device_streams_of_main_memory_cross_both_ways():
    stream, released = device_stream_of(a_table())
    reader = CDataImporter.importDeviceStream(allocator, stream.address)
    assert not stream.release and not released
    back = DeviceStream()
    CDataExporter.exportStreamIntoDevice(reader, back.address)
    assert back.device_type == 1
    found = batches_of(back)
    found.validate(full=True)
    assert found == a_table()
    del found
    await_nothing_allocated()
    assert await_true(lambda: released) and len(released) == 1


@test
def a_device_stream_of_elsewhere_is_refused_and_stays_with_python():
    stream, released = device_stream_of(a_table())
    stream.device_type = 2
    try:
        CDataImporter.importDeviceStream(allocator, stream.address)
        raise AssertionError("expected a refusal")
    except RefusedArrayException as e:
        assert "type 2, as cuda:0" in str(e.getMessage()), e.getMessage()
    assert stream.release and not released
    assert batches_of(stream) == a_table()


@test
def a_dense_unions_children_keep_their_lengths_in_a_stream():
    numbers = pa.array([1, 2, 3, 4, 5], pa.int32())
    texts = pa.array(["a", "b"])
    union = pa.UnionArray.from_dense(
        pa.array([0, 0, 1, 1, 1], pa.int8()), pa.array([3, 4, 0, 1, 1], pa.int32()), [numbers, texts]
    )
    batch = pa.RecordBatch.from_arrays([union], ["u"])
    c_stream, other = struct(40), struct(40)
    pa.RecordBatchReader.from_batches(batch.schema, [batch])._export_to_c(c_stream.address)
    CDataExporter.exportStreamInto(
        CDataImporter.importStream(allocator, c_stream.address), other.address
    )
    back = pa.RecordBatchReader._import_from_c(other.address).read_all()
    back.validate(full=True)
    assert back["u"].to_pylist() == [4, 5, "a", "b", "b"]
    del back
    await_nothing_allocated()


@test
def what_arrow_java_cannot_hold_is_refused_and_stays_with_python():
    types = pa.array([0, 1, 0], pa.int8())
    numbers = pa.array([1, 2, 3], pa.int32())
    refused = [
        pa.UnionArray.from_sparse(types, [numbers, numbers]),
        pa.array([decimal.Decimal(1)], pa.decimal32(5, 0)),
        pa.StructArray.from_arrays([numbers, numbers], ["same", "same"]),
    ]
    for array in refused:
        c_array, c_schema = struct(80), struct(72)
        array._export_to_c(c_array.address, c_schema.address)
        try:
            CDataImporter.importVector(allocator, c_array.address, c_schema.address)
            raise AssertionError("expected a refusal")
        except RefusedArrayException as e:
            assert "still the caller's" in str(e.getMessage())
        back = pa.Array._import_from_c(c_array.address, c_schema.address)
        assert back.equals(array)
    del back
    await_nothing_allocated()


run_tests()
