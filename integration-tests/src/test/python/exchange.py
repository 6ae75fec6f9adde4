"""A JVM inside CPython: our Java calls the exchange APIs of tvm-ffi and of PyTorch;
NumPy, tvm-ffi and ctypes call ours.

    python exchange.py all|torch JAVA_HOME CLASS_PATH [JVM_OPTION...]

"torch" is what needs PyTorch, "all" is all else. Prints a line for every test that passed, and
"skipped: ..." if PyTorch is not installed.
"""

import ctypes
import gc
import sys
import threading
from pathlib import Path

import jpype
import jpype.imports
import numpy as np
import tvm_ffi
from tvm_ffi.core import DLTensorTestWrapper

WHAT, JAVA_HOME, CLASS_PATH, *JVM_OPTIONS = sys.argv[1:]
CAPSULE = b"dlpack_exchange_api"
CPU, CUDA = 1, 2
FLOAT = 2

jpype.startJVM(
    str(Path(JAVA_HOME, "lib", "server", "libjvm.so")),
    "--enable-native-access=ALL-UNNAMED",
    *JVM_OPTIONS,
    classpath=CLASS_PATH.split(":"),
)

from java.lang import IllegalStateException, Thread, UnsupportedOperationException  # noqa: E402
from java.lang.foreign import Arena, ValueLayout  # noqa: E402
from java.time import Duration  # noqa: E402
from java.util.concurrent import Executors  # noqa: E402
from org.dlpack4j import DataType, Device, Owner, TensorView  # noqa: E402
from org.dlpack4j.device import DeviceStream  # noqa: E402
from org.dlpack4j.exchange import ExchangeApi, ExchangeException, ExchangeTable  # noqa: E402
from org.dlpack4j.exporting import Exports, TensorExporter  # noqa: E402
from org.dlpack4j.importing import ImportPolicy  # noqa: E402
from org.dlpack4j.it import ExchangeConsumer  # noqa: E402

python = ctypes.pythonapi
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


def table_of(python_type):
    return python.PyCapsule_GetPointer(python_type.__dlpack_c_exchange_api__, CAPSULE)


def taken(address):
    """The object of a new reference that Java holds, which is given back."""
    found = ctypes.cast(ctypes.c_void_p(address), ctypes.py_object).value
    python.Py_DecRef(ctypes.py_object(found))
    return found


def raised(call):
    try:
        call()
    except ExchangeException as e:
        return str(e.kind()), str(e.getMessage())
    raise AssertionError("expected an ExchangeException")


class Column:
    """A float64 column of Java's, whose release can be waited for."""

    def __init__(self, *values):
        self.arena = Arena.ofShared()
        self.memory = self.arena.allocateFrom(ValueLayout.JAVA_DOUBLE, jpype.JArray(jpype.JDouble)(values))
        self.owner = Owner.closing(self.arena)
        view = TensorView.of(self.memory, DataType.FLOAT64, len(values))
        self.exported = TensorExporter.export(view, self.owner)

    def address(self):
        return int(self.memory.address())

    def set(self, index, value):
        self.memory.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value)

    def is_released(self):
        gc.collect()
        return bool(Exports.awaitReleased(self.owner, Duration.ofSeconds(10)))


def java_takes_a_python_tensor_without_a_copy(api, wrap, array):
    tensor = wrap(array)
    imported = api.fromPython(id(tensor))
    assert int(imported.segment().address()) == array.ctypes.data
    assert list(imported.view().layout().shape()) == list(array.shape)
    imported.elements().setDouble(42.5, 1, 2)
    assert array[1, 2] == 42.5
    del tensor
    gc.collect()
    array[0, 0] = -1
    assert imported.elements().getDouble(jpype.JLong(0), jpype.JLong(0)) == -1
    imported.close()


def an_imported_tensor_keeps_a_python_tensor_alive_until_it_is_closed(api, wrap):
    alive = [0]

    class Counted(np.ndarray):
        def __del__(self):
            alive[0] -= 1

    array = np.arange(6, dtype=np.float64).view(Counted)
    alive[0] = 1
    tensor = wrap(array)
    imported = api.fromPython(id(tensor))
    del tensor, array
    gc.collect()
    assert alive[0] == 1, alive
    imported.close()
    gc.collect()
    assert alive[0] == 0, alive


def java_makes_a_python_tensor_without_a_copy(api):
    column = Column(1.5, 2.5, 3.5)
    tensor = taken(api.toPython(column.exported))
    array = np.from_dlpack(tensor)
    assert array.ctypes.data == column.address()
    column.set(2, 9.0)
    assert array.tolist() == [1.5, 2.5, 9.0]
    assert not Exports.awaitReleased(column.owner, Duration.ofMillis(1))
    del array, tensor
    assert column.is_released()


def many_threads_of_java_share_pythons_lock(api, wrap):
    array = np.arange(8, dtype=np.float64)
    tensor = wrap(array)
    address = id(tensor)
    before = sys.getrefcount(tensor)

    def import_often():
        for _ in range(200):
            api.fromPython(address).close()

    with_java = Executors.newFixedThreadPool(4)
    tasks = [with_java.submit(jpype.JProxy("java.lang.Runnable", {"run": import_often})) for _ in range(4)]
    others = [threading.Thread(target=import_often) for _ in range(2)]
    for thread in others:
        thread.start()
    for task in tasks:
        task.get()
    for thread in others:
        thread.join()
    with_java.shutdown()
    assert sys.getrefcount(tensor) == before


def the_stream_of_the_cpu_is_0(api):
    assert api.currentWorkStream(Device.CPU) == DeviceStream.NONE


def a_tensor_given_away_before_is_not_given_twice(api):
    column = Column(1.0)
    tensor = taken(api.toPython(column.exported))
    try:
        api.toPython(column.exported)
        raise AssertionError("expected an IllegalStateException")
    except IllegalStateException as e:
        assert "transferred out" in str(e.getMessage())
    del tensor
    assert column.is_released()


def virtual_threads_are_refused(api, wrap):
    tensor = wrap(np.zeros(1))
    messages = []

    def run():
        try:
            api.fromPython(id(tensor))
        except IllegalStateException as e:
            messages.append(str(e.getMessage()))

    Thread.ofVirtual().start(jpype.JProxy("java.lang.Runnable", {"run": run})).join()
    assert len(messages) == 1 and "call from a platform thread" in messages[0], messages


def tvm_ffis_missing_functions_are_named(api, wrap):
    try:
        api.allocate(DataType.FLOAT64, Device.CPU, 3)
        raise AssertionError("expected an UnsupportedOperationException")
    except UnsupportedOperationException as e:
        assert "managed_tensor_allocator: expected a function" in str(e.getMessage())
    assert api.view(id(wrap(np.zeros(1)))).isEmpty()


def exceptions_of_python_become_javas(api):
    assert raised(lambda: api.fromPython(id(api))) == (
        "BufferError", "managed_tensor_from_py_object_no_sync: BufferError: größer, please")
    assert raised(lambda: api.view(id(api))) == (
        "KeyError", "dltensor_from_py_object_no_sync: KeyError: 'quoted by Python'")
    assert raised(lambda: api.currentWorkStream(Device.CPU)) == (
        "RuntimeError", "current_work_stream: RuntimeError: ")
    column = Column(1.0)
    assert raised(lambda: api.toPython(column.exported)) == (
        "TypeError", "managed_tensor_to_py_object_no_sync: TypeError: no such tensor")
    assert "transferred out" in str(column.exported)
    assert not python.PyErr_Occurred()


def torch_allocates(api):
    with api.allocate(DataType.FLOAT32, Device.CPU, 2, 3) as tensor:
        tensor.elements().setDouble(1.5, 1, 2)
        assert tensor.elements().getDouble(jpype.JLong(1), jpype.JLong(2)) == 1.5
    kind, message = raised(lambda: api.allocate(DataType(2, 24, 1), Device.CPU, 3))
    assert kind and message, (kind, message)


def torch_describes_its_tensors(torch, api):
    tensor = torch.arange(12, dtype=torch.int64).reshape(3, 4).t()
    view = api.view(id(tensor)).orElseThrow()
    assert int(view.dataAddress()) == tensor.data_ptr()
    assert list(view.layout().shape()) == [4, 3]
    assert list(view.layout().strides()) == [1, 4]
    assert bool(view.readOnly())
    assert not api.with_(ImportPolicy.DEFAULT.assumeWritable()).view(id(tensor)).get().readOnly()


def torch_refuses_in_its_own_words(torch, api):
    sparse = torch.zeros(3).to_sparse()
    kind, message = raised(lambda: api.fromPython(id(sparse)))
    assert kind in ("BufferError", "RuntimeError", "NotImplementedError") and len(message) > 60, message


class DLDevice(ctypes.Structure):
    _fields_ = [("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32)]


class DLDataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p), ("device", DLDevice), ("ndim", ctypes.c_int32), ("dtype", DLDataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


SetError = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
Allocator = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(DLTensor), ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, SetError)
# Holding the lock, as whoever has Python objects does; an exception that they leave is raised.
Convert = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
WorkStream = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int32, ctypes.c_int32, ctypes.c_void_p)


class DLPackExchangeAPI(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("prev_api", ctypes.c_void_p),
        ("allocator", Allocator), ("from_py", Convert), ("to_py", Convert), ("view", Convert),
        ("stream", WorkStream),
    ]


OURS = DLPackExchangeAPI.from_address(int(ExchangeTable.address()))


def prototype(*shape, device=CPU):
    sizes = (ctypes.c_int64 * len(shape))(*shape)
    return DLTensor(device=DLDevice(device, 0), ndim=len(shape), dtype=DLDataType(FLOAT, 64, 1), shape=sizes)


class Allocated:
    """What a library does that lets others allocate: a capsule, by the array API's protocol."""

    def __init__(self, *shape):
        self.managed = ctypes.c_void_p()
        errors = []
        report = SetError(lambda context, kind, message: errors.append((kind, message)))
        assert OURS.allocator(prototype(*shape), ctypes.byref(self.managed), None, report) == 0
        assert not errors

    def __dlpack__(self, **kwargs):
        return python.PyCapsule_New(self.managed, b"dltensor_versioned", None)

    def __dlpack_device__(self):
        return CPU, 0


def live():
    return ExchangeTable.statistics().map(lambda counts: int(counts.liveTensors())).orElse(None)


def numpy_reads_and_frees_what_our_allocator_made():
    before = live()
    array = np.from_dlpack(Allocated(3, 4))
    array[:] = np.arange(12).reshape(3, 4)
    assert array.flags.writeable and array.flags.c_contiguous and array.flags.aligned
    assert array.sum() == 66
    assert live() == (None if before is None else before + 1)
    del array
    gc.collect()
    assert live() == before


def our_allocator_reports_once():
    errors = []
    report = SetError(lambda context, kind, message: errors.append((context, kind, message)))
    managed = ctypes.c_void_p(0x1234)
    assert OURS.allocator(prototype(3, device=CUDA), ctypes.byref(managed), 7, report) == -1
    assert managed.value == 0x1234
    assert len(errors) == 1
    assert errors[0][:2] == (7, b"BufferError") and b"found type 2" in errors[0][2], errors


def our_functions_raise_a_buffer_error():
    out = ctypes.c_void_p(0x1234)
    for call in (
        lambda: OURS.from_py(id(out), ctypes.addressof(out)),
        lambda: OURS.to_py(id(out), ctypes.addressof(out)),
        lambda: OURS.view(id(out), ctypes.addressof(out)),
        lambda: OURS.stream(CUDA, 0, ctypes.addressof(out)),
    ):
        try:
            call()
            raise AssertionError("expected a BufferError")
        except BufferError as e:
            assert "dlpack4j" in str(e)
        assert out.value == 0x1234
    assert OURS.stream(CPU, 0, ctypes.addressof(out)) == 0 and out.value is None


def tvm_ffi_falls_back_from_our_table_to_the_protocol():
    class Tensor:
        __dlpack_c_exchange_api__ = python.PyCapsule_New(int(ExchangeTable.address()), CAPSULE, None)

        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **kwargs):
            return self.array.__dlpack__(**kwargs)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    array = np.arange(5.0)
    assert tvm_ffi.from_dlpack(Tensor(array)).data_ptr() == array.ctypes.data


def tvm_ffi_allocates_by_our_table():
    library = ctypes.CDLL(next(str(p) for p in Path(tvm_ffi.__file__).parent.rglob("libtvm_ffi.so")))
    set_allocator = library.TVMFFIEnvSetDLPackManagedTensorAllocator
    before = live()
    previous = ctypes.c_void_p()
    assert set_allocator(OURS.allocator, 0, ctypes.byref(previous)) == 0
    try:
        made = ctypes.c_void_p()
        assert library.TVMFFIEnvTensorAlloc(ctypes.byref(prototype(2, 3)), ctypes.byref(made)) == 0
        assert live() == (None if before is None else before + 1)
        assert library.TVMFFIObjectDecRef(made) == 0
        assert live() == before
        assert library.TVMFFIEnvTensorAlloc(ctypes.byref(prototype(2, device=CUDA)), ctypes.byref(made)) != 0
    finally:
        set_allocator(previous, 0, None)


def java_allocates_by_our_own_table():
    api = ExchangeApi.of(ExchangeTable.address())
    with api.allocate(DataType.FLOAT64, Device.CPU, 4) as tensor:
        tensor.elements().setDouble(3.0, 2)
    assert raised(lambda: api.currentWorkStream(Device.cuda(0)))[0] == "BufferError"
    assert raised(lambda: api.fromPython(id(api)))[0] == "BufferError"


def run(test, *arguments, of=""):
    test(*arguments)
    print(test.__name__ + of, flush=True)


def test_consuming(name, api, wrap):
    of = " " + name
    run(java_takes_a_python_tensor_without_a_copy, api, wrap, np.arange(12.0).reshape(3, 4), of=of)
    run(an_imported_tensor_keeps_a_python_tensor_alive_until_it_is_closed, api, wrap, of=of)
    run(java_makes_a_python_tensor_without_a_copy, api, of=of)
    run(a_tensor_given_away_before_is_not_given_twice, api, of=of)
    run(many_threads_of_java_share_pythons_lock, api.shared(), wrap, of=of)
    run(the_stream_of_the_cpu_is_0, api, of=of)
    run(virtual_threads_are_refused, api, wrap, of=of)


def test_torch():
    try:
        import torch
    except ImportError:
        print("skipped: torch is not installed", flush=True)
        return
    if not hasattr(torch.Tensor, "__dlpack_c_exchange_api__"):
        print("skipped: torch " + torch.__version__ + " has no exchange API", flush=True)
        return
    api = ExchangeApi.of(table_of(torch.Tensor))
    test_consuming("torch", api, torch.from_numpy)
    run(torch_allocates, api)
    run(torch_describes_its_tensors, torch, api)
    run(torch_refuses_in_its_own_words, torch, api)


def test_all_else():
    def wrapped(array):
        return DLTensorTestWrapper(tvm_ffi.from_dlpack(array))

    api = ExchangeApi.of(table_of(DLTensorTestWrapper))
    test_consuming("tvm_ffi", api, wrapped)
    run(tvm_ffis_missing_functions_are_named, api, wrapped)
    run(exceptions_of_python_become_javas, ExchangeApi.of(ExchangeConsumer.table("raising")))
    run(numpy_reads_and_frees_what_our_allocator_made)
    run(our_allocator_reports_once)
    run(our_functions_raise_a_buffer_error)
    run(tvm_ffi_falls_back_from_our_table_to_the_protocol)
    run(tvm_ffi_allocates_by_our_table)
    run(java_allocates_by_our_own_table)


assert (str(Exports.deleterKind()) == "NATIVE") == (live() is not None)
{"all": test_all_else, "torch": test_torch}[WHAT]()
