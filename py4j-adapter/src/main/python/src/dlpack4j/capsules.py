"""DLPack's structs and Python's capsules of them, without compiled code.

Capsules come from NumPy wherever it can make them: its deleter is C, needs no callback into Python,
and knows what to do when the interpreter is gone. What NumPy does not know, such as bfloat16, is
written into its struct afterwards.
"""

from __future__ import annotations

import ctypes
import functools
import struct
from ctypes import c_int, c_int64, c_uint32, c_uint64, c_void_p, py_object
from typing import Any, NamedTuple

import numpy as np

from .datatypes import DataType

__all__ = [
    "LEGACY",
    "VERSIONED",
    "Abi",
    "abi_of",
    "capsule_of",
    "compact",
    "forever",
    "is_consumed",
    "owning",
    "patch",
    "pointer_of",
    "surrender",
]

_api = ctypes.pythonapi


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_api, name)
    function.restype = result
    function.argtypes = arguments
    return function


_get_pointer = _function("PyCapsule_GetPointer", c_void_p, py_object, c_void_p)
_is_valid = _function("PyCapsule_IsValid", c_int, py_object, c_void_p)
_new = _function("PyCapsule_New", py_object, c_void_p, c_void_p, c_void_p)
_get_destructor = _function("PyCapsule_GetDestructor", c_void_p, py_object)
_set_destructor = _function("PyCapsule_SetDestructor", c_int, py_object, c_void_p)
_set_name = _function("PyCapsule_SetName", c_int, py_object, c_void_p)
_malloc = _function("PyMem_RawMalloc", c_void_p, ctypes.c_size_t)


def forever(text: str) -> int:
    """The address of a C string that is never freed: a capsule may outlive this module."""
    data = text.encode() + b"\0"
    address = _malloc(len(data))
    if not address:
        raise MemoryError(f"expected {len(data)} bytes for a name but found none")
    ctypes.memmove(address, data, len(data))
    return int(address)


# Data, device, ndim, dtype, shape, strides and byte_offset.
_TENSOR = struct.Struct("=QiiiIQQQ")
_Block = ctypes.c_char * _TENSOR.size


class Fields(NamedTuple):
    """What a tensor says, read at once, as reading field by field takes ten times as long."""

    device: tuple[int, int]
    data_type: DataType
    ndim: int
    flags: int
    shape: list[int]
    data: int


class Abi(NamedTuple):
    """Where the fields of a managed tensor are, and what its capsules are called."""

    name: int
    used_name: int
    deleter: int
    tensor: int
    is_versioned: bool

    def fields(self, pointer: int) -> Fields:
        """All but the strides. The shape is empty if there is none, or no possible number of it."""
        block = _Block.from_address(pointer + self.tensor)
        data, device, index, ndim, word, shape, _, _ = _TENSOR.unpack_from(block)
        sizes = (c_int64 * ndim).from_address(shape)[:] if shape and 0 < ndim <= 64 else []
        return Fields((device, index), _data_type(word), ndim, self.flags(pointer), sizes, data)

    def device(self, pointer: int) -> tuple[int, int]:
        """The type and the index of the device."""
        at = pointer + self.tensor + 8
        return c_int.from_address(at).value, c_int.from_address(at + 4).value

    def set_device(self, pointer: int, device: tuple[int, int]) -> None:
        """Says another device."""
        (c_int * 2).from_address(pointer + self.tensor + 8)[:] = list(device)

    def data_type(self, pointer: int) -> DataType:
        """The type of the elements."""
        return _data_type(c_uint32.from_address(pointer + self.tensor + 20).value)

    def set_data_type(self, pointer: int, data_type: DataType) -> None:
        """Says another type of the elements."""
        c_uint32.from_address(pointer + self.tensor + 20).value = data_type.word

    def ndim(self, pointer: int) -> int:
        """The number of dimensions."""
        return c_int.from_address(pointer + self.tensor + 16).value

    def shape(self, pointer: int) -> tuple[int, ...]:
        """The sizes of the dimensions."""
        return self._longs(pointer, 24)

    def strides(self, pointer: int) -> tuple[int, ...]:
        """The strides in elements; those without gaps where there are none."""
        if not c_void_p.from_address(pointer + self.tensor + 32).value:
            return compact(self.shape(pointer))
        return self._longs(pointer, 32)

    def _longs(self, pointer: int, field: int) -> tuple[int, ...]:
        at = c_void_p.from_address(pointer + self.tensor + field).value
        return tuple((c_int64 * self.ndim(pointer)).from_address(at)) if at else ()

    def data(self, pointer: int) -> int:
        """The address of element [0, …, 0]."""
        at = c_void_p.from_address(pointer + self.tensor).value or 0
        return int(at) + c_uint64.from_address(pointer + self.tensor + 40).value

    def flags(self, pointer: int) -> int:
        """The flags; a legacy tensor has none."""
        return c_uint64.from_address(pointer + 24).value if self.is_versioned else 0

    def check(self, pointer: int) -> None:
        """Raises if nothing but the deleter may be looked at."""
        if self.is_versioned and c_uint32.from_address(pointer).value != 1:
            found = tuple((c_uint32 * 2).from_address(pointer))
            raise BufferError(
                f"version: expected DLPack 1.x but found {found}; if it is a legacy tensor, say "
                "versioned=False"
            )

    def delete(self, pointer: int) -> None:
        """Calls the deleter, if there is one."""
        function = c_void_p.from_address(pointer + self.deleter).value
        if function:
            ctypes.CFUNCTYPE(None, c_void_p)(function)(pointer)


@functools.cache
def _data_type(word: int) -> DataType:
    return DataType(word & 0xFF, word >> 8 & 0xFF, word >> 16)


LEGACY = Abi(forever("dltensor"), forever("used_dltensor"), 56, 0, False)
VERSIONED = Abi(forever("dltensor_versioned"), forever("used_dltensor_versioned"), 16, 32, True)


def compact(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of elements in row-major order without gaps."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def capsule_of(pointer: int, abi: Abi) -> Any:
    """A capsule without a destructor: who made the tensor keeps it until somebody consumes it."""
    return _new(pointer, abi.name, None)


def owning(capsule: Any, abi: Abi) -> Any:
    """The same capsule, which calls the deleter at its end unless somebody consumed it."""
    deleter = c_void_p.from_address(pointer_of(capsule, abi) + abi.deleter).value
    if deleter and not _get_destructor(capsule):
        _set_destructor(capsule, _destructor(abi.is_versioned))
    return capsule


@functools.cache
def _destructor(is_versioned: bool) -> int:
    """NumPy's, which looks at the capsule alone and needs no callback into Python."""
    version = (1, 0) if is_versioned else None
    return int(_get_destructor(np.empty(1).__dlpack__(max_version=version)))


def is_consumed(capsule: Any, abi: Abi) -> bool:
    """Whether somebody took the tensor out of the capsule."""
    return not _is_valid(capsule, abi.name)


def abi_of(capsule: Any) -> Abi:
    """Which of the two structs a capsule holds."""
    for abi in (VERSIONED, LEGACY):
        if _is_valid(capsule, abi.name):
            return abi
    raise BufferError(
        "capsule: expected one of DLPack that nobody has consumed but found "
        f"{capsule!r}; ask its producer for a new one"
    )


def pointer_of(capsule: Any, abi: Abi) -> int:
    """The managed tensor in a capsule."""
    return int(_get_pointer(capsule, abi.name))


def surrender(capsule: Any, abi: Abi) -> int:
    """Takes the managed tensor out of a capsule; from now on the caller calls the deleter."""
    pointer = pointer_of(capsule, abi)
    _set_name(capsule, abi.used_name)
    return pointer


def patch(
    capsule: Any,
    data_type: DataType | None,
    flags: int | None,
    shape: tuple[int, ...] | None,
    strides: tuple[int, ...] | None,
) -> None:
    """Says in NumPy's struct what NumPy could not."""
    abi = abi_of(capsule)
    pointer = pointer_of(capsule, abi)
    tensor = pointer + abi.tensor
    if data_type is not None:
        abi.set_data_type(pointer, data_type)
    if abi.is_versioned and flags is not None:
        c_uint64.from_address(pointer + 24).value = flags
    if shape is not None:
        c_int.from_address(tensor + 16).value = len(shape)
    if shape and strides:
        at = c_void_p.from_address(tensor + 24).value
        if not at:
            raise BufferError("NumPy's capsule: expected a shape but found NULL")
        both = (*shape, *strides)
        (c_int64 * len(both)).from_address(at)[:] = list(both)
        # NumPy before 2.3 says nothing of strides without gaps, but has room for them here.
        c_void_p.from_address(tensor + 32).value = at + 8 * len(shape)
