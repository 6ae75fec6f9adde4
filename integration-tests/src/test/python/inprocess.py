"""A JVM inside CPython, started by JPype or by ctypes alone: tensors go between the package dlpack4j
and Java by the addresses of their structs, of both kinds.

    python inprocess.py jpype|ctypes JAVA_HOME CLASS_PATH [JVM_OPTION...]

Prints a line for every test that passed.
"""

import ctypes
import gc
import sys
from pathlib import Path

import dlpack4j
import numpy as np
from jni import JavaError, Jvm, StaticMethods

HOW, JAVA_HOME, CLASS_PATH, *JVM_OPTIONS = sys.argv[1:]
LIBRARY = str(Path(JAVA_HOME, "lib", "server", "libjvm.so"))
JVM_OPTIONS = ["--enable-native-access=ALL-UNNAMED", *JVM_OPTIONS]
CLASS = "org/dlpack4j/it/child/Addresses"


class ByJpype:
    """The class as JPype shows it."""

    def __init__(self):
        import jpype

        jpype.startJVM(LIBRARY, *JVM_OPTIONS, classpath=CLASS_PATH.split(":"))
        self.type = jpype.JClass(CLASS.replace("/", "."))
        self.error = jpype.JException
        self.long, self.double = jpype.JLong, jpype.JDouble

    def __call__(self, method, *arguments):
        kinds = {int: self.long, float: self.double, bool: bool}
        found = getattr(self.type, method)(*(kinds[type(a)](a) for a in arguments))
        return found if isinstance(found, float) else int(found)


SIGNATURES = {
    "export": "(JZ)J",
    "adopt": "(JZ)J",
    "add": "(JD)D",
    "close": "(J)J",
    "again": "(JZ)J",
    "live": "(J)J",
}


class ByCtypes(StaticMethods):
    """The class through JNI, by hand."""

    error = JavaError

    def __init__(self):
        super().__init__(Jvm(JAVA_HOME, CLASS_PATH, JVM_OPTIONS), CLASS, SIGNATURES)


java = ByJpype() if HOW == "jpype" else ByCtypes()
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def address(array):
    return array.__array_interface__["data"][0]


def nothing_of_java_is_left():
    gc.collect()
    return java("live", 0) == 0


@test
def python_reads_and_writes_a_column_of_java_in_place(versioned):
    tensor = dlpack4j.from_address(java("export", 1000, versioned), versioned)
    array = np.from_dlpack(tensor)
    assert np.array_equal(array, np.arange(1000.0)) and not tensor.copied
    again = dlpack4j.to_address(tensor, versioned)
    handle = java("adopt", again, versioned)
    assert handle == address(array) == tensor.address
    assert java("add", handle, 1.0) == 499500
    assert array[0] == 1 and array[999] == 1000
    del tensor, array
    gc.collect()
    assert java("live", 1) == 1
    java("close", handle)
    assert nothing_of_java_is_left()


@test
def java_reads_and_writes_an_array_of_numpy_in_place(versioned):
    array = np.arange(1000.0)
    before = sys.getrefcount(array)
    handle = java("adopt", dlpack4j.to_address(array, versioned), versioned)
    assert handle == address(array) and sys.getrefcount(array) == before + 1
    assert java("add", handle, 0.5) == 499500
    assert np.array_equal(array, np.arange(1000) + 0.5)
    java("close", handle)
    assert sys.getrefcount(array) == before


def layouts():
    for dtype in [
        "?",
        "i1",
        "i2",
        "i4",
        "i8",
        "u1",
        "u2",
        "u4",
        "u8",
        "f2",
        "f4",
        "f8",
        "c8",
        "c16",
    ]:
        values = np.arange(24).astype(dtype)
        yield values
        yield values.reshape(2, 3, 4)
        yield values.reshape(2, 3, 4).transpose(2, 0, 1)
        yield values.reshape(4, 6)[::2, 1:4]
        yield values[::-1]
        yield values.reshape(1, 24, 1)
    yield np.array(7.0)
    yield np.zeros((0, 3))


@test
def every_type_and_layout_goes_round_in_place(versioned):
    for array in layouts():
        before = sys.getrefcount(array)
        passed_on = java("again", dlpack4j.to_address(array, versioned), versioned)
        tensor = dlpack4j.from_address(passed_on, versioned)
        found = tensor.numpy()
        assert found.dtype == array.dtype and found.shape == array.shape
        assert np.array_equal(found, array)
        if array.size > 1:
            assert address(found) == address(array)
            strides = [s for s, n in zip(array.strides, array.shape, strict=True) if n > 1]
            assert [s for s, n in zip(found.strides, found.shape, strict=True) if n > 1] == strides
        del tensor, found
        assert nothing_of_java_is_left()
        assert sys.getrefcount(array) == before


@test
def what_must_not_be_written_stays_so(versioned):
    if not versioned:
        return  # which cannot say it
    array = np.arange(3.0)
    array.flags.writeable = False
    tensor = dlpack4j.from_address(java("again", dlpack4j.to_address(array), True))
    assert tensor.readonly and not tensor.numpy().flags.writeable
    del tensor
    assert nothing_of_java_is_left()


@test
def what_java_refuses_stays_with_python(versioned):
    array = np.arange(10.0)
    before = sys.getrefcount(array)
    struct = dlpack4j.to_address(array, versioned)
    at = ctypes.c_int32.from_address(struct + (48 if versioned else 16))
    assert at.value == 1
    at.value = -1
    try:
        java("adopt", struct, versioned)
        raise AssertionError("expected a refusal")
    except java.error:
        pass
    at.value = 1
    assert sys.getrefcount(array) == before + 1
    tensor = dlpack4j.from_address(struct, versioned)
    assert np.array_equal(tensor.numpy(), array)
    del tensor
    assert sys.getrefcount(array) == before


for function in TESTS:
    for versioned in [True, False]:
        function(versioned)
    print(function.__name__, flush=True)
# Whatever is still out must not disturb the end of either; upcall stubs cannot be called so late.
if "-Dorg.dlpack4j.deleter=native" in JVM_OPTIONS:
    left = dlpack4j.from_address(java("export", 10, True))
kept = java("adopt", dlpack4j.to_address(np.arange(10.0)), True)
