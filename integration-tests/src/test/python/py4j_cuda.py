"""Memory of a GPU across processes: what Java publishes is here in place, and what is put here is
there. On the simulated driver, in both processes, by LD_LIBRARY_PATH, or on a real one.

    python py4j_cuda.py JAVA CLASS_PATH

Prints a line for every test that passed or was skipped. With a role instead it is another process of a test.
"""

import ctypes
import gc
import importlib
import os
import signal
import subprocess
import sys
from ctypes import byref, c_int, c_size_t, c_uint, c_uint64, c_void_p

import dlpack4j
import numpy as np
from dlpack4j import capsules
from dlpack4j.datatypes import DataType
from joined import PATIENCE, Jvm, descriptors, forked, until

COUNT = 1000
NUMBERS = np.arange(COUNT, dtype=np.int32)
INT32 = DataType(0, 32)
LEGACY = 1
LIVE_ALLOCATIONS, LIVE_HANDLES, LIVE_MAPPINGS = 0, 11, 14
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Gpu:
    """The driver, as another library of this process uses it."""

    def __init__(self, ordinal=0):
        self.library = ctypes.CDLL("libcuda.so.1")
        self.call("cuInit", c_uint(0))
        context = c_void_p()
        self.call("cuDevicePrimaryCtxRetain", byref(context), c_int(ordinal))
        self.call("cuCtxSetCurrent", context)

    def call(self, function, *arguments):
        code = getattr(self.library, function)(*arguments)
        assert code == 0, f"{function}: {code}"

    def stream(self):
        """One that waits for no other."""
        stream = c_void_p()
        self.call("cuStreamCreate", byref(stream), c_uint(1))
        return stream.value

    def allocate(self, nbytes):
        address = c_uint64()
        self.call("cuMemAlloc_v2", byref(address), c_size_t(nbytes))
        return address.value

    def copy(self, source, target, nbytes, stream=LEGACY):
        """Queued, and not done before somebody waits."""
        places = c_uint64(target), c_uint64(source)
        self.call("cuMemcpyDtoDAsync_v2", *places, c_size_t(nbytes), c_void_p(stream))

    def read(self, address, shape, stream=LEGACY):
        array = np.empty(shape, np.int32)
        places = c_void_p(array.ctypes.data), c_uint64(address)
        self.call("cuMemcpyDtoHAsync_v2", *places, c_size_t(array.nbytes), c_void_p(stream))
        self.call("cuStreamSynchronize", c_void_p(stream))
        return array

    def write(self, array):
        """New memory with the values."""
        address = self.allocate(array.nbytes)
        self.call(
            "cuMemcpyHtoD_v2",
            c_uint64(address),
            c_void_p(array.ctypes.data),
            c_size_t(array.nbytes),
        )
        return address

    @property
    def is_simulated(self):
        return hasattr(self.library, "cudasim_count")

    def count(self, counter):
        """Of the simulated driver; others count nothing."""
        if not self.is_simulated:
            return 0
        self.library.cudasim_count.restype = c_uint64
        return self.library.cudasim_count(c_int(counter))


class Skipped(Exception):
    """What a test needs and does not find."""


def library(name):
    """One that computes on GPUs."""
    if gpu.is_simulated:
        raise Skipped("expected a GPU but found the simulated driver")
    try:
        return importlib.import_module(name)
    except ImportError as wrong:
        raise Skipped(str(wrong)) from None


class Taken:
    """What a consumer is told."""

    def __init__(self, tensor, **how):
        self.capsule = tensor.__dlpack__(max_version=(1, 1), **how)
        abi = capsules.abi_of(self.capsule)
        pointer = capsules.pointer_of(self.capsule, abi)
        self.device = abi.device(pointer)
        self.address = abi.data(pointer)
        self.strides = abi.strides(pointer)
        self.shape = abi.shape(pointer)
        self.is_read_only = bool(abi.flags(pointer) & 1)


class Foreign:
    """An array of another library on the GPU."""

    def __init__(self, address, shape, device=(2, 0)):
        self.base = np.empty(shape, np.int32)
        self.address = address
        self.device = device
        self.streams = []

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, *, stream=None, max_version=None, **_):
        self.streams.append(stream)
        capsule = self.base.__dlpack__(max_version=max_version)
        abi = capsules.abi_of(capsule)
        pointer = capsules.pointer_of(capsule, abi)
        abi.set_device(pointer, self.device)
        c_uint64.from_address(pointer + abi.tensor).value = self.address
        return capsule


def connect():
    return dlpack4j.connect(jvm.service, timeout=PATIENCE)


def nothing_is_leased():
    return jvm.service.leases().size() == 0


def gone(name):
    return jvm.service.unpublish(name, jvm.seconds(PATIENCE))


def raised(kind, work, *words):
    try:
        work()
    except kind as wrong:
        assert all(word in str(wrong) for word in words), f"{words} in {wrong}"
        return
    raise AssertionError(f"expected {kind}")


def kinds():
    return [("descriptor", True), ("handle", False)]


@test
def values_are_those_that_the_producer_s_stream_writes_later():
    before = host.copiedBytes()
    with connect() as session:
        for name, by_descriptor in kinds():
            for stream in None, 1, 2, gpu.stream():
                host.publish(name, by_descriptor, COUNT)
                tensor = session[name]
                assert tensor.__dlpack_device__() == (2, 0) and tensor.device == "cuda:0"
                assert tensor.readonly and not tensor.copied
                taken = Taken(tensor, stream=stream)
                assert taken.device == (2, 0) and taken.is_read_only
                assert taken.address == tensor.address
                read = gpu.read(taken.address, COUNT, stream or LEGACY)
                assert (read == NUMBERS).all(), (name, stream)
                del taken, tensor
        assert session.statistics().copies == 0
    assert host.copiedBytes() == before
    assert gone("descriptor") and gone("handle")


@test
def without_a_stream_that_waits_they_are_not_there_yet():
    if not gpu.is_simulated:
        raise Skipped("a GPU may be quick enough")
    with connect() as session:
        host.publish("x", True, COUNT)
        taken = Taken(session["x"], stream=-1)
        assert not (gpu.read(taken.address, COUNT, gpu.stream()) == NUMBERS).all()
    del taken
    assert gone("x")


@test
def other_streams_devices_and_copies_are_refused():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        for stream in 0, -2, True, "1":
            raised(BufferError, lambda s=stream: tensor.__dlpack__(stream=s), "stream")
        raised(BufferError, lambda: tensor.__dlpack__(copy=True), "copy")
        raised(BufferError, lambda: tensor.__dlpack__(dl_device=(1, 0)), "dl_device")
        # A library from before 1.0 cannot be told that it must not write.
        raised(BufferError, lambda: tensor.__dlpack__(), "writable=True")
    del tensor
    assert gone("x")


@test
def nothing_here_looks_into_it():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        for work in (
            tensor.numpy,
            tensor.copy,
            lambda: np.asarray(tensor),
            lambda: np.array(tensor),
            lambda: tensor.carrier,
            lambda: session.get("x", copy=True),
        ):
            raised(dlpack4j.UnsupportedError, work, "from_dlpack")
        assert not hasattr(tensor, "__array_interface__")
        assert "cuda" not in repr(tensor) and tensor.shape == (COUNT,)
        raised(Exception, lambda: np.from_dlpack(tensor))
    del tensor
    assert gone("x")


@test
def older_libraries_take_it_by_their_own_interface():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        said = tensor.__cuda_array_interface__
        assert said["shape"] == (COUNT,) and said["typestr"] == "<i4" and said["version"] == 3
        assert said["data"] == (tensor.address, True)
        assert (gpu.read(tensor.address, COUNT, said["stream"]) == NUMBERS).all()
    del tensor
    assert gone("x")


@test
def strides_and_nothing_are_kept():
    host.publishStrided("x", COUNT)
    host.publishEmpty("none")
    with connect() as session:
        taken = Taken(session["x"])
        assert taken.strides == (-2,) and taken.shape == (COUNT // 4,)
        assert gpu.read(taken.address, 1)[0] == COUNT - 1
        assert gpu.read(taken.address - 8, 1)[0] == COUNT - 3
        nothing = Taken(session["none"])
        assert nothing.device == (2, 0) and nothing.shape == (0, 3)
    del taken, nothing
    assert gone("x") and gone("none")


@test
def columns_of_a_gpu_are_groups_of_tensors():
    host.publishTable("table", COUNT)
    with connect() as session:
        table = session["table"]
        assert (gpu.read(Taken(table["plain"]).address, COUNT) == NUMBERS).all()
        assert table["plain"].__dlpack_device__() == (2, 0)
        assert table["numbers"].validity.__dlpack_device__() == (2, 0)
        for work in table["numbers"].arrow, table["plain"].numpy, table["numbers"].mask:
            raised(dlpack4j.UnsupportedError, work, "from_dlpack")
    del table, work
    assert gone("table")


@test
def what_may_be_written_is_what_was_published_so():
    host.publish("x", True, COUNT)
    host.publishReadOnly("y", COUNT)
    with connect() as session:
        tensor = session.get("x", writable=True)
        assert not Taken(tensor).is_read_only
        tensor.__dlpack__()  # older libraries take it
        twice = gpu.write(NUMBERS * 2)
        gpu.copy(twice, tensor.address, NUMBERS.nbytes)
        gpu.read(tensor.address, COUNT)
        assert bytes(host.read("x")) == (NUMBERS * 2).tobytes()
        raised(dlpack4j.WriteRefusedError, lambda: session.get("y", writable=True))
    del tensor
    assert gone("x") and gone("y")


@test
def memory_goes_back_when_the_gpu_has_done_what_was_queued():
    for name, by_descriptor in kinds():
        target = gpu.allocate(NUMBERS.nbytes)
        with connect() as session:
            host.publish(name, by_descriptor, COUNT)
            taken = Taken(session[name])
            gpu.copy(taken.address, target, NUMBERS.nbytes)
            del taken
            # Nothing here waits for the copy: its memory must wait for it.
            assert gone(name)
            assert host.isAllReleased()
            until(lambda: gpu.count(LIVE_HANDLES) == gpu.count(LIVE_MAPPINGS) == 0)
        assert (gpu.read(target, COUNT) == NUMBERS).all(), name


@test
def a_lease_ends_when_its_own_work_is_done():
    host.publishHalves("left", "right", COUNT)
    target = gpu.allocate(NUMBERS.nbytes)
    with connect() as session:
        left = session["left"]
        taken = Taken(session["right"])
        gpu.copy(taken.address, target, NUMBERS.nbytes)
        del taken
        assert gone("right")
        # Now it is its owner's again, though the memory is mapped here for the other half.
        host.overwriteHalf()
        assert (gpu.read(target, COUNT) == NUMBERS + COUNT).all()
    del left
    assert gone("left")


@test
def many_come_and_go_and_nothing_is_left():
    with connect() as session:
        before = None
        for _ in range(3):
            for name, by_descriptor in kinds() * 20:
                host.publish(name, by_descriptor, COUNT)
                tensor = session[name]
                assert gpu.read(Taken(tensor).address, COUNT)[-1] == COUNT - 1
                del tensor
            assert gone("descriptor") and gone("handle")
            until(lambda: gpu.count(LIVE_HANDLES) == gpu.count(LIVE_MAPPINGS) == 0)
            until(lambda: session.statistics().segments == 0)
            # The simulated driver closes what stands for an event a moment later.
            until(lambda: before is None or descriptors() <= before)
            before = descriptors()
    until(nothing_is_leased)


@test
def views_outlive_the_session_and_the_name():
    host.publish("x", True, COUNT)
    session = connect()
    tensor = session["x"]
    session.close()
    assert not jvm.service.unpublish("x", jvm.seconds(0))
    assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
    del tensor
    assert gone("x")
    until(lambda: gpu.count(LIVE_HANDLES) == 0)


@test
def memory_of_others_is_copied_once_and_says_so():
    before = host.copiedBytes()
    host.publishForeign("x", COUNT, True)
    assert host.copiedBytes() - before == NUMBERS.nbytes
    with connect() as session:
        assert session["x"].copied
        assert (gpu.read(Taken(session["x"]).address, COUNT) == NUMBERS).all()
        raised(dlpack4j.CopyRefusedError, lambda: session.get("x", copy=False))
    raised(Exception, lambda: host.publishForeign("y", COUNT, False), "allocateShared")
    assert gone("x")


@test
def arrays_born_shared_are_put_without_a_copy():
    before = host.copiedBytes()
    with connect() as session, connect() as other:
        born = session.empty((COUNT // 10, 10), "int32", device="cuda:0")
        assert not born.readonly and born.__dlpack_device__() == (2, 0)
        values = gpu.write(NUMBERS)
        # Not yet done when it is put: put waits.
        gpu.copy(values, Taken(born).address, NUMBERS.nbytes)
        session.put("born", born, copy=False)
        assert bytes(host.read("born")) == NUMBERS.tobytes()
        tensor = other["born"]
        assert not tensor.copied and tensor.shape == (COUNT // 10, 10)
        assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
        # As another library's array over the same memory.
        session.put("part", Foreign(born.address + 40, (10,)), copy=False)
        assert bytes(host.read("part")) == NUMBERS[10:20].tobytes()
        assert session.statistics().copies == 0
        session.remove("born")
        session.remove("part")
    del born, tensor
    assert host.copiedBytes() == before
    until(nothing_is_leased)
    until(lambda: gpu.count(LIVE_HANDLES) == 0)


@test
def arrays_of_others_are_put_by_one_copy():
    foreign = Foreign(gpu.write(NUMBERS), (COUNT,))
    with connect() as session:
        raised(dlpack4j.CopyRefusedError, lambda: session.put("x", foreign, copy=False), "empty")
        session.put("x", foreign)
        assert session.statistics().copied_bytes == NUMBERS.nbytes
        assert bytes(host.read("x")) == NUMBERS.tobytes()
        assert session["x"].copied
        raised(BufferError, lambda: session.put("t", {"a": foreign}), "by itself")
        assert set(foreign.streams) == {None}  # the legacy default, as DLPack says
        session.remove("x")
    until(lambda: gpu.count(LIVE_HANDLES) == 0)


def computed_by(name, arange):
    module = library(name)
    host.publish("x", True, COUNT)
    with connect() as session:
        array = module.from_dlpack(session.get("x", writable=True))
        assert bool((array == arange(module)).all())
        session.put("doubled", array * 2)
        assert bytes(host.read("doubled")) == (NUMBERS * 2).tobytes()
        born = module.from_dlpack(session.empty(COUNT, "int32", device="cuda:0"))
        born[:] = array * 3
        session.put("tripled", born, copy=False)
        assert bytes(host.read("tripled")) == (NUMBERS * 3).tobytes()
    del array, born
    assert gone("x") and gone("doubled") and gone("tripled")


@test
def cupy_computes_on_it():
    computed_by("cupy", lambda cupy: cupy.arange(COUNT, dtype=cupy.int32))


@test
def torch_computes_on_it():
    computed_by("torch", lambda torch: torch.arange(COUNT, dtype=torch.int32, device="cuda:0"))


@test
def what_was_put_outlives_its_process():
    child("put")
    assert bytes(host.read("child's")) == NUMBERS.tobytes()
    assert gone("child's")


@test
def devices_are_told_apart_by_their_names():
    if not gpu.is_simulated:
        raise Skipped("expected the simulated driver's two devices")
    host.publish("x", True, COUNT)
    child("fetch", CUDA_VISIBLE_DEVICES="1,0")
    child("unseen", CUDA_VISIBLE_DEVICES="1")
    child("without", LD_LIBRARY_PATH="")
    assert gone("x")


@test
def a_killed_process_keeps_nothing():
    for name, by_descriptor in kinds():
        host.publish(name, by_descriptor, COUNT)
        process = start("hold", name=name)
        assert process.stdout.readline() == b"holding\n"
        assert not jvm.service.unpublish(name, jvm.seconds(0))
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
        process.stdout.close()
        assert gone(name)
        assert host.isAllReleased()


@test
def a_fork_is_refused():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]

        def refused():
            raised(dlpack4j.UnsupportedError, lambda: Taken(tensor), "fork")

        assert os.waitpid(forked(refused), 0)[1] == 0
        assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
    del tensor, refused
    assert gone("x")


@test
def views_outlive_the_jvm():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
        jvm.kill()
        jvm.bury()
        assert (gpu.read(Taken(tensor, stream=-1).address, COUNT) == NUMBERS).all()
        raised(dlpack4j.ConnectionLostError, lambda: session["x"])
        del tensor
        until(lambda: gpu.count(LIVE_HANDLES) == 0)


# Other processes.


def start(role, name="x", **environment):
    command = [sys.executable, "-B", __file__, role, jvm.service.open(), name]
    return subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE)


def child(role, **environment):
    process = start(role, **environment)
    process.stdout.close()
    assert process.wait(PATIENCE) == 0, role


def fetch(session, name):
    tensor = session[name]
    assert tensor.__dlpack_device__() == (2, 1), tensor.__dlpack_device__()
    taken = Taken(tensor)
    assert (Gpu(1).read(taken.address, COUNT) == NUMBERS).all()


def put(session, name):
    gpu = Gpu()
    born = session.empty(COUNT, "int32", device="cuda")
    gpu.copy(gpu.write(NUMBERS), born.address, NUMBERS.nbytes)
    session.put("child's", born, copy=False)


def unseen(session, name):
    raised(dlpack4j.UnsupportedError, lambda: session[name], "CUDA_VISIBLE_DEVICES")
    assert session.names()


def without(session, name):
    raised(dlpack4j.UnsupportedError, lambda: session[name], "libcuda.so.1")
    assert session.names()


def hold(session, name):
    tensor = session[name]
    print("holding", flush=True)
    signal.pause()
    del tensor


if sys.argv[1] in ("fetch", "put", "unseen", "without", "hold"):
    with dlpack4j.connect(sys.argv[2], timeout=PATIENCE) as session:
        globals()[sys.argv[1]](session, sys.argv[3])
    sys.exit()

gpu = Gpu()
jvm = Jvm.launched(*sys.argv[1:3])
host = jvm.java.org.dlpack4j.it.child.CudaHost()
for function in TESTS:
    if len(sys.argv) < 4 or sys.argv[3] in function.__name__:
        try:
            function()
            skipped = ""
        except Skipped as why:
            skipped = f" skipped: {why}"
        gc.collect()
        print(function.__name__ + skipped, flush=True)
