"""A process beside a JVM on the same GPU: its driver, and what other libraries take and give."""

import ctypes
import os
from ctypes import byref, c_int, c_size_t, c_uint, c_uint64, c_void_p

import numpy as np
from dlpack4j import capsules

COUNT = 1000
NUMBERS = np.arange(COUNT, dtype=np.int32)
LEGACY = 1

# Of the simulated driver, which is not loaded yet: two devices, so that confusing them shows.
os.environ.setdefault("CUDASIM_DEVICES", "2")


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


def raised(kind, work, *words):
    try:
        work()
    except kind as wrong:
        assert all(word in str(wrong) for word in words), f"{words} in {wrong}"
        return
    raise AssertionError(f"expected {kind}")
