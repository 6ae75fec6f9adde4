"""Other people's arrays on a GPU, and the driver's own memory, all asked in the same words.

The driver's is what a library would be that does nothing but DLPack; it runs on the simulated driver,
too, so that the tests themselves are tested.
"""

import contextlib
import ctypes
import importlib
import os
from ctypes import c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

import numpy as np
from dlpack4j import capsules
from driver import Driver

CUDA = 2


class Library:
    """What the tests want of a library. Arrays are of float32, and of one dimension."""

    package = ""
    on_simulator = False
    has_streams = True
    can_write = True

    def lack(self):
        """Why it cannot be used here."""
        if os.environ["GPU_CHECK_SIMULATED"] and not self.on_simulator:
            return "does not run on the simulated driver"
        try:
            self.start()
        except Exception as wrong:  # What an import says is the reason.
            return f"{self.package} cannot be used: {type(wrong).__name__}: {wrong}"
        return None

    def start(self):
        self.module = importlib.import_module(self.package)

    def take(self, producer):
        return self.module.from_dlpack(producer)

    def own_stream(self):
        """Makes another stream than the default the current one."""
        return contextlib.nullcontext()

    def managed(self, count):
        """An array in managed memory; None if the library has none."""
        return None

    def kind(self):
        """The type of arrays; None if it has no other name than ours."""
        return None


class DriverLibrary(Library):
    """The driver's memory, on one stream that waits for no other."""

    package = "driver"
    on_simulator = True

    def start(self):
        self.driver = Driver()
        self._stream = self.driver.stream()
        self._used = 0

    def take(self, producer):
        assert producer.__dlpack_device__() == (CUDA, 0)
        return Taken(self, producer.__dlpack__(stream=self._stream, max_version=(1, 3)))

    def numbers(self, count):
        array = Array(self, count)
        self._write(array, np.arange(count, dtype="f4"))
        return array

    def _write(self, array, values):
        self.driver(
            "cuMemcpyHtoDAsync_v2", array.address, values.ctypes.data, values.nbytes, self._stream
        )

    def values(self, array):
        found = np.empty(array.count, dtype="f4")
        self.driver(
            "cuMemcpyDtoHAsync_v2", found.ctypes.data, array.address, found.nbytes, self._stream
        )
        self.finish(array)
        return found

    def add(self, array, number):
        self._write(array, self.values(array) + np.float32(number))

    def pointer(self, array):
        return array.address

    def stream(self):
        return self._stream

    def finish(self, _):
        self.driver("cuStreamSynchronize", self._stream)

    def order(self, consumer):
        """Has a consumer's stream wait, as Python's protocol names it."""
        if consumer != -1:
            self.driver.order(self._stream, consumer or 1)

    def used(self):
        return self._used

    def allocated(self, nbytes):
        self._used += nbytes
        return self.driver.new("cuMemAlloc_v2", nbytes)

    def freed(self, address, nbytes):
        self._used -= nbytes
        # On whichever thread the last user was.
        self.driver.enter()
        self.driver("cuMemFree_v2", address)


class Taken:
    """A tensor of somebody else's, as long as this lives."""

    def __init__(self, library, capsule):
        self._library = library
        self._abi = capsules.abi_of(capsule)
        self._pointer = capsules.surrender(capsule, self._abi)
        fields = self._abi.fields(self._pointer)
        self.address, (self.count,) = fields.data, fields.shape

    def __dlpack_device__(self):
        return self._abi.device(self._pointer)

    def __dlpack__(self, *, stream=None, **_):
        """Gives the struct on as it is, once the consumer's stream waits for ours."""
        self._library.order(stream)
        pointer, self._pointer = self._pointer, None
        return capsules.capsule_of(pointer, self._abi)

    def __del__(self):
        if getattr(self, "_pointer", None):
            self._abi.delete(self._pointer)


class Managed(ctypes.Structure):
    """DLManagedTensorVersioned, of one dimension."""

    _fields_ = [
        ("major", c_uint32),
        ("minor", c_uint32),
        ("manager", c_void_p),
        ("deleter", c_void_p),
        ("flags", c_uint64),
        ("data", c_void_p),
        ("device", c_int32),
        ("ordinal", c_int32),
        ("ndim", c_int32),
        ("code", c_uint8),
        ("bits", c_uint8),
        ("lanes", c_uint16),
        ("shape", ctypes.POINTER(c_int64)),
        ("strides", ctypes.POINTER(c_int64)),
        ("byte_offset", c_uint64),
    ]


_out = {}


@ctypes.CFUNCTYPE(None, c_void_p)
def _delete(pointer):
    del _out[pointer]


class Array:
    """An array of the driver's library, freed with its last user."""

    def __init__(self, library, count):
        self._library, self.count = library, count
        self.address = library.allocated(4 * count)

    def __dlpack_device__(self):
        return (CUDA, 0)

    def __dlpack__(self, *, stream=None, max_version=None, **_):
        assert max_version[0] >= 1
        self._library.order(stream)
        one = (c_int64 * 1)(1)
        size = (c_int64 * 1)(self.count)
        deleter = ctypes.cast(_delete, c_void_p).value
        managed = Managed(1, 3, None, deleter, 0, self.address, CUDA, 0, 1, 2, 32, 1, size, one, 0)
        _out[ctypes.addressof(managed)] = managed, size, one, self
        return capsules.capsule_of(ctypes.addressof(managed), capsules.VERSIONED)

    def __del__(self):
        self._library.freed(self.address, 4 * self.count)


class Cupy(Library):
    package = "cupy"

    def start(self):
        super().start()
        self.module.zeros(1)

    def numbers(self, count):
        return self.module.arange(count, dtype="f4")

    def values(self, array):
        return self.module.asnumpy(array)

    def add(self, array, number):
        array += number

    def pointer(self, array):
        return array.data.ptr

    def stream(self):
        return self.module.cuda.get_current_stream().ptr or 1

    def own_stream(self):
        return self.module.cuda.Stream(non_blocking=True)

    def finish(self, _):
        self.module.cuda.get_current_stream().synchronize()

    def used(self):
        return self.module.get_default_memory_pool().used_bytes()

    def managed(self, count):
        memory = self.module.cuda.malloc_managed(4 * count)
        array = self.module.ndarray((count,), dtype="f4", memptr=memory)
        array[...] = self.module.arange(count, dtype="f4")
        return array


class Torch(Library):
    package = "torch"

    def start(self):
        super().start()
        self.module.zeros(1, device="cuda")

    def numbers(self, count):
        return self.module.arange(count, dtype=self.module.float32, device="cuda")

    def values(self, array):
        return array.cpu().numpy()

    def add(self, array, number):
        array += number

    def pointer(self, array):
        return array.data_ptr()

    def stream(self):
        return self.module.cuda.current_stream().cuda_stream or 1

    def own_stream(self):
        return self.module.cuda.stream(self.module.cuda.Stream())

    def finish(self, _):
        self.module.cuda.current_stream().synchronize()

    def used(self):
        return self.module.cuda.memory_allocated()

    def kind(self):
        return self.module.Tensor


class Jax(Library):
    package = "jax"
    # Its arrays do not change, and it does not say which streams it has.
    has_streams = False
    can_write = False

    def start(self):
        super().start()
        self.device = self.module.devices("gpu")[0]
        self.numpy = importlib.import_module("jax.numpy")
        self.dlpack = importlib.import_module("jax.dlpack")

    def take(self, producer):
        return self.dlpack.from_dlpack(producer)

    def numbers(self, count):
        return self.numpy.arange(count, dtype="float32").block_until_ready()

    def values(self, array):
        return np.asarray(array)

    def add(self, array, number):
        (array + number).block_until_ready()

    def pointer(self, array):
        return array.unsafe_buffer_pointer()

    def finish(self, array):
        array.block_until_ready()

    def used(self):
        return self.device.memory_stats()["bytes_in_use"]


ALL = {"Driver": DriverLibrary, "CuPy": Cupy, "PyTorch": Torch, "JAX": Jax}
