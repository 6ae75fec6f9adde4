"""What several tests need."""

from __future__ import annotations

import ctypes
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dlpack4j import capsules
from dlpack4j.datatypes import DataType

# NumPy 2.1 makes a read-only array of every tensor, its own included.
NUMPY_WRITES = np.from_dlpack(np.zeros(1)).flags.writeable

# Seconds to wait for what another thread or process does, on a machine with much else to do.
PATIENCE = 20.0

SOURCES = Path(__file__).parents[2] / "main" / "python" / "src"


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether a condition becomes true, collecting garbage meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        gc.collect()
        time.sleep(0.001)
    return True


def asks_for(from_dlpack: Callable[[Any], Any]) -> tuple[int, int] | None:
    """The version of DLPack that a library asks a producer for."""

    class Producer:
        asked: Any = None

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

        def __dlpack__(self, *, max_version: Any = None, **how: Any) -> Any:
            self.asked = max_version
            return np.arange(3.0).__dlpack__(max_version=max_version)

    producer = Producer()
    from_dlpack(producer)
    return producer.asked


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def mappings() -> int:
    """The mapped segments of tests."""
    return sum("memfd:test" in line for line in Path("/proc/self/maps").open())


class Struct:
    """What a capsule says, read by ctypes alone."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule
        self.abi = capsules.abi_of(capsule)
        self.pointer = capsules.pointer_of(capsule, self.abi)
        self.flags = self.abi.flags(self.pointer)
        self.data_type: DataType = self.abi.data_type(self.pointer)
        self.device = self.abi.device(self.pointer)
        self.shape = self.abi.shape(self.pointer)
        self.strides = self.abi.strides(self.pointer)
        self.data = self.abi.data(self.pointer)

    @property
    def is_versioned(self) -> bool:
        return self.abi.is_versioned

    def bytes(self, count: int) -> bytes:
        return ctypes.string_at(self.data, count)


DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed:
    """A managed tensor as a C library makes it, which counts the calls of its deleter."""

    def __init__(
        self,
        data: bytes,
        data_type: DataType,
        shape: tuple[int, ...],
        strides: tuple[int, ...] | None = None,
        *,
        versioned: bool = True,
        flags: int = 0,
        device: tuple[int, int] = (1, 0),
        version: tuple[int, int] = (1, 1),
        byte_offset: int = 0,
    ) -> None:
        self.deleted = 0
        self._data = ctypes.create_string_buffer(data, max(len(data), 1))
        self._shape = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        self._strides = (ctypes.c_int64 * len(strides))(*strides) if strides else None
        self._deleter = DELETER(self._delete)
        self._block = (ctypes.c_uint64 * 10)()
        self.address = ctypes.addressof(self._block)
        base = self.address + (32 if versioned else 0)
        if versioned:
            (ctypes.c_uint32 * 2).from_address(self.address)[:] = list(version)
            ctypes.c_uint64.from_address(self.address + 24).value = flags
        at = 16 if versioned else 56
        function = ctypes.cast(self._deleter, ctypes.c_void_p).value
        ctypes.c_void_p.from_address(self.address + at).value = function
        ctypes.c_void_p.from_address(base).value = ctypes.addressof(self._data)
        (ctypes.c_int * 2).from_address(base + 8)[:] = list(device)
        ctypes.c_int.from_address(base + 16).value = len(shape)
        ctypes.c_uint32.from_address(base + 20).value = data_type.word
        ctypes.c_void_p.from_address(base + 24).value = ctypes.addressof(self._shape)
        strides_at = ctypes.addressof(self._strides) if self._strides else None
        ctypes.c_void_p.from_address(base + 32).value = strides_at
        ctypes.c_uint64.from_address(base + 40).value = byte_offset

    @property
    def data(self) -> int:
        return ctypes.addressof(self._data)

    def without_data(self) -> None:
        """Says NULL, whatever the shape is."""
        ctypes.c_void_p.from_address(self.address + 32).value = None

    def _delete(self, pointer: int) -> None:
        assert pointer == self.address
        self.deleted += 1
