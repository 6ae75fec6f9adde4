"""The driver's own memory as a library's arrays: one that does nothing but DLPack.

It runs on the simulated driver, too, so that the tests themselves are tested.
"""

import ctypes
from ctypes import c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

import numpy as np
from dlpack4j import capsules
from driver import Driver
from library import Library

CUDA = 2


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
