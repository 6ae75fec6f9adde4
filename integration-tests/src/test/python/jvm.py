"""A JVM inside CPython with Arrow Java and dlpack4j, for the scripts that say

    python SCRIPT.py JAVA_HOME CLASS_PATH [JVM_OPTION...]

and what they share: an allocator that must be empty in the end, capsules, and Arrow's streams.
"""

import ctypes
import gc
import io
import sys
import time
from pathlib import Path

import jpype
import jpype.imports
import numpy as np
import pyarrow as pa

JAVA_HOME, CLASS_PATH, *JVM_OPTIONS = sys.argv[1:]

jpype.startJVM(
    str(Path(JAVA_HOME, "lib", "server", "libjvm.so")),
    "--enable-native-access=ALL-UNNAMED",
    *JVM_OPTIONS,
    classpath=CLASS_PATH.split(":"),
)

from java.io import ByteArrayInputStream, ByteArrayOutputStream  # noqa: E402
from java.nio.channels import Channels  # noqa: E402
from org.apache.arrow.memory import RootAllocator  # noqa: E402
from org.apache.arrow.vector.ipc import ArrowFileReader, ArrowFileWriter  # noqa: E402
from org.apache.arrow.vector.ipc import ArrowStreamReader, ArrowStreamWriter  # noqa: E402
from org.apache.arrow.vector.util import ByteArrayReadableSeekableByteChannel  # noqa: E402
from org.dlpack4j.exporting import Exports  # noqa: E402

allocator = RootAllocator()
python = ctypes.pythonapi
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]

NAME, USED = b"dltensor_versioned", b"used_dltensor_versioned"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def run_tests():
    for each in TESTS:
        each()
        print(each.__name__, flush=True)
    await_nothing_allocated()


class FromJava:
    """What Python's protocol asks for, of a managed tensor that Java has given away."""

    def __init__(self, managed):
        self.address = int(managed.address())

    def __dlpack__(self, **kwargs):
        return python.PyCapsule_New(self.address, NAME, None)

    def __dlpack_device__(self):
        return (1, 0)


def from_java(managed):
    return np.from_dlpack(FromJava(managed))


def await_true(condition):
    """Owners that may block are released by a thread of Java's, some time."""
    gc.collect()
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        Exports.releasePending()
        time.sleep(0.001)
    return condition()


def await_nothing_allocated():
    nothing = await_true(lambda: allocator.getAllocatedMemory() == 0)
    assert nothing, str(allocator.toVerboseString())


def written_by_python(batch, as_file):
    sink = io.BytesIO()
    new = pa.ipc.new_file if as_file else pa.ipc.new_stream
    with new(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def stream_reader(batch):
    """Arrow Java's, of which nothing is loaded yet."""
    written = jpype.JArray(jpype.JByte)(written_by_python(batch, False))
    return ArrowStreamReader(ByteArrayInputStream(written), allocator)


def file_reader(batch):
    written = jpype.JArray(jpype.JByte)(written_by_python(batch, True))
    return ArrowFileReader(ByteArrayReadableSeekableByteChannel(written), allocator)


class Root:
    """A record batch of Arrow Java's that was read from what PyArrow wrote."""

    def __init__(self, batch, as_file=False):
        self.reader = file_reader(batch) if as_file else stream_reader(batch)
        assert self.reader.loadNextBatch()
        self.root = self.reader.getVectorSchemaRoot()

    def __enter__(self):
        return self.root

    def __exit__(self, *_):
        self.reader.close()


def vector_of(array):
    return Root(pa.RecordBatch.from_arrays([array], ["x"]))


def written_by_java(root, as_file=False, dictionaries=None):
    sink = ByteArrayOutputStream()
    if as_file:
        writer = ArrowFileWriter(root, dictionaries, Channels.newChannel(sink))
    else:
        writer = ArrowStreamWriter(root, dictionaries, sink)
    writer.writeBatch()
    writer.close()
    return bytes(sink.toByteArray())


def read_by_python(written, as_file=False):
    source = io.BytesIO(written)
    reader = pa.ipc.open_file(source) if as_file else pa.ipc.open_stream(source)
    return reader.read_all().combine_chunks().to_batches()
