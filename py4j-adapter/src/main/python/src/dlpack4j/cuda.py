"""The few functions of CUDA's driver that this package needs, loaded when the first is.

Only primary contexts are used, which all libraries of a process share, and what is current on a
thread is so again afterwards.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_uint64, c_void_p
from typing import Any

from .errors import OutOfMemoryError, UnsupportedError

__all__ = ["LEGACY", "Device", "Driver", "by_uuid", "device", "driver", "is_cuda"]

# The stream that comes after all that wait for it.
LEGACY = 1

_KIND = 2  # kDLCUDA
_OUT_OF_MEMORY = 2


def is_cuda(dlpack_device: tuple[int, int]) -> bool:
    """Whether DLPack means memory of a GPU of NVIDIA's."""
    return dlpack_device[0] == _KIND


class Driver:
    """The library. Raises ``UnsupportedError`` where there is none."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        try:
            self._library = ctypes.CDLL("libcuda.so.1")
        except OSError as wrong:
            raise UnsupportedError(
                f"cuda: expected NVIDIA's driver, libcuda.so.1, but {wrong}; run this process "
                "where the GPU is, or have the JVM publish a copy in main memory"
            ) from None
        self.call("cuInit", c_uint(0))

    def code(self, function: str, *arguments: Any) -> int:
        """Calls a function; its error."""
        if os.getpid() != self.pid:
            raise UnsupportedError(
                f"cuda: expected process {self.pid} but this is a fork of it, where CUDA does not "
                "work; start processes by spawn, and connect there"
            )
        return int(getattr(self._library, function)(*arguments))

    def call(self, function: str, *arguments: Any) -> None:
        """Calls a function; raises its error."""
        code = self.code(function, *arguments)
        if code != 0:
            kind = OutOfMemoryError if code == _OUT_OF_MEMORY else UnsupportedError
            raise kind(f"{function}: expected CUDA_SUCCESS but found {self._name(code)}")

    def _name(self, code: int) -> str:
        name = c_char_p()
        if self._library.cuGetErrorName(c_int(code), byref(name)) or name.value is None:
            return f"error {code}"
        return name.value.decode()


@functools.cache
def driver() -> Driver:
    """The library, loaded when it is first needed."""
    return Driver()


class Device:
    """A device that this process sees, with its primary context, which is had when it is used."""

    def __init__(self, ordinal: int) -> None:
        self.ordinal = ordinal
        number, uuid = c_int(), (c_ubyte * 16)()
        driver().call("cuDeviceGet", byref(number), c_int(ordinal))
        driver().call("cuDeviceGetUuid_v2", byref(uuid), number)
        self.uuid = bytes(uuid)
        self._number = number

    @functools.cached_property
    def _context(self) -> c_void_p:
        context = c_void_p()
        # Kept: other libraries would lose their memory with its last reference.
        driver().call("cuDevicePrimaryCtxRetain", byref(context), self._number)
        return context

    @contextmanager
    def current(self) -> Iterator[Driver]:
        """The driver, with this device's context current on the thread."""
        library = driver()
        library.call("cuCtxPushCurrent_v2", self._context)
        try:
            yield library
        finally:
            library.call("cuCtxPopCurrent_v2", byref(c_void_p()))

    def copy(self, source: int, target: int, nbytes: int) -> None:
        """Queues a copy within the device on the legacy default stream."""
        with self.current() as library:
            arguments = c_uint64(target), c_uint64(source), c_size_t(nbytes), c_void_p(LEGACY)
            library.call("cuMemcpyDtoDAsync_v2", *arguments)

    def finish(self) -> None:
        """Waits for the legacy default stream, and so for all streams that wait for it."""
        with self.current() as library:
            library.call("cuStreamSynchronize", c_void_p(LEGACY))

    @property
    def number(self) -> int:
        """What the driver calls it."""
        return self._number.value


@functools.cache
def device(ordinal: int) -> Device:
    """The device of a number."""
    return Device(ordinal)


def by_uuid(uuid: bytes) -> Device:
    """The device of a name, whatever its number is in other processes."""
    count = c_int()
    driver().call("cuDeviceGetCount", byref(count))
    for ordinal in range(count.value):
        if device(ordinal).uuid == uuid:
            return device(ordinal)
    raise UnsupportedError(
        f"cuda: expected the device {uuid.hex()}, which the JVM uses, but this process sees "
        f"{[device(ordinal).uuid.hex() for ordinal in range(count.value)]}; start it with a "
        "CUDA_VISIBLE_DEVICES that has the JVM's device, or have the JVM publish a copy in main "
        "memory"
    )
