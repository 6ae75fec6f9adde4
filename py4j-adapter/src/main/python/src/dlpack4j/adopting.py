"""Managed tensors of other libraries as tensors of ours, whose deleter is called exactly once.

The owner is an array of NumPy made from the capsule. Types that NumPy does not know are written
over for the moment in which it looks, and restored before anybody else does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_int, c_int64, c_void_p
from typing import Any

import numpy as np

from . import capsules, exchange
from .capsules import Abi, Fields
from .datatypes import DataType
from .tensor import Tensor, Unpicklable, carrier_for, opaque_bytes
from .wire import IS_PADDED, READ_ONLY

__all__ = ["DeviceTensor", "adopt", "adopt_pointer", "of_producer"]

_HOST = frozenset((1, 3, 11, 13))
_BYTE = DataType(1, 8)
_MAX_NDIM = 64


class DeviceTensor(Unpicklable):
    """A tensor on a device, which one consumer can take; nobody else can look into it."""

    __slots__ = (
        "__weakref__",
        "_abi",
        "_capsule",
        "address",
        "data_type",
        "device",
        "flags",
        "shape",
        "strides",
    )

    def __init__(self, capsule: Any, abi: Abi) -> None:
        # All at once: a consumer may delete the tensor while this is still asked.
        pointer = capsules.pointer_of(capsule, abi)
        self.device = abi.device(pointer)
        self.data_type = abi.data_type(pointer)
        self.shape = abi.shape(pointer)
        self.strides = abi.strides(pointer)
        self.address = abi.data(pointer)
        self.flags = abi.flags(pointer) & IS_PADDED
        self._abi = abi
        self._capsule = capsules.owning(capsule, abi)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        if copy or (dl_device is not None and tuple(dl_device) != self.device):
            raise BufferError(
                f"tensor on device {self.device}: expected it to be taken as it is but found "
                f"copy={copy}, dl_device={dl_device}; take it there and copy it afterwards"
            )
        if self._abi.is_versioned != (max_version is not None and max_version[0] >= 1):
            raise BufferError(
                f"tensor on device {self.device}: expected a consumer of the protocol that it was "
                f"made for (versioned={self._abi.is_versioned}) but found {max_version}; "
                "export it for the other one"
            )
        if capsules.is_consumed(self._capsule, self._abi):
            raise BufferError(
                f"tensor on device {self.device}: expected one consumer but found a second; "
                "export it again for each"
            )
        return self._capsule


class _Given:
    """What NumPy's ``from_dlpack`` asks a producer."""

    __slots__ = ("_capsule", "_device")

    def __init__(self, capsule: Any, device: tuple[int, int]) -> None:
        self._capsule = capsule
        self._device = device

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device

    def __dlpack__(self, **_: Any) -> Any:
        return self._capsule


def adopt(capsule: Any, name: str = "tensor") -> Tensor | DeviceTensor:
    """A tensor that owns what is in a capsule. If this raises, the capsule still has it."""
    abi = capsules.abi_of(capsule)
    pointer = capsules.pointer_of(capsule, abi)
    abi.check(pointer)
    return adopt_pointer(pointer, abi, capsule, name)


def adopt_pointer(
    pointer: int, abi: Abi, capsule: Any, name: str = "tensor"
) -> Tensor | DeviceTensor:
    """The same of a tensor whose version was looked at."""
    fields = abi.fields(pointer)
    device, data_type, flags = fields.device, fields.data_type, fields.flags
    if device[0] not in _HOST:
        return DeviceTensor(capsule, abi)
    _check(fields)
    found = carrier_for(data_type, flags)
    given = _Given(capsule, device)
    layout = None
    if found is None:
        layout = abi.shape(pointer), abi.strides(pointer)
        nbytes = opaque_bytes(data_type, *layout)
        with _said(abi, pointer, _BYTE), _flattened(abi, pointer, nbytes):
            array = np.from_dlpack(given)
        # As many dimensions as the tensor has, for whoever exports it again.
        array = array.reshape((1,) * (len(layout[0]) - 1) + (nbytes,))
    elif found[1]:
        array = np.from_dlpack(given)
    else:
        with _said(abi, pointer, DataType(1, found[0].itemsize * 8)):
            array = np.from_dlpack(given)
    is_native = found is not None and found[1]
    carrier = array if flags & READ_ONLY or array.flags.writeable else np.asarray(_Writable(array))
    return Tensor(carrier, data_type, name=name, flags=flags, layout=layout, is_native=is_native)


class _Writable:
    """An array that NumPy takes for read-only, though its producer did not say so.

    Every NumPy does that with legacy tensors, which have no flags, and 2.1 with all others, too.
    """

    __slots__ = ("__array_interface__", "_array")

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self._array = array
        data = (array.ctypes.data, False)
        self.__array_interface__ = {**array.__array_interface__, "data": data}


def _check(fields: Fields) -> None:
    """Whatever could be refused after NumPy has taken the tensor is refused before."""
    _, data_type, ndim, _, shape, data = fields
    if not 0 <= ndim <= _MAX_NDIM:
        raise BufferError(f"ndim: expected 0 to {_MAX_NDIM} dimensions but found {ndim}")
    if data_type.element_bits == 0:
        raise BufferError(f"dtype: expected elements of 1 bit or more but found {data_type}")
    if data == 0 and 0 not in shape:
        raise BufferError(f"data: expected an address of {shape} elements but found NULL")
    size = data_type.element_bits
    least = 0
    for length in shape:
        size *= length or 1
        least = min(least, length)
    if len(shape) != ndim or least < 0 or size >> 62:
        raise BufferError(f"shape: expected sizes of {ndim} dimensions but found {shape}")


@contextmanager
def _said(abi: Abi, pointer: int, data_type: DataType) -> Iterator[None]:
    true = abi.data_type(pointer)
    abi.set_data_type(pointer, data_type)
    try:
        yield
    finally:
        abi.set_data_type(pointer, true)


@contextmanager
def _flattened(abi: Abi, pointer: int, nbytes: int) -> Iterator[None]:
    tensor = pointer + abi.tensor
    ndim = c_int.from_address(tensor + 16)
    places = (c_void_p * 2).from_address(tensor + 24)
    before = ndim.value, places[0], places[1]
    size = c_int64(nbytes)
    ndim.value, places[0], places[1] = 1, ctypes.addressof(size), None
    try:
        yield
    finally:
        ndim.value, places[0], places[1] = before


def of_producer(obj: Any, name: str = "tensor") -> Tensor | DeviceTensor:
    """A tensor over the memory of any object that speaks DLPack."""
    if isinstance(obj, (Tensor, DeviceTensor)):
        return obj
    pointer = exchange.pointer_of(obj)
    if pointer is None:
        return adopt(capsule_from(obj), name)
    abi = capsules.VERSIONED
    capsule = capsules.capsule_of(pointer, abi)
    try:
        return adopt(capsule, name)
    except BaseException:
        # It was made for us alone.
        if not capsules.is_consumed(capsule, abi):
            abi.delete(pointer)
        raise


def capsule_from(obj: Any, versioned: bool = True, stream: Any = None) -> Any:
    """The capsule of a producer, of DLPack 1.0 if it knows that."""
    how: dict[str, Any] = {} if stream is None else {"stream": stream}
    if not versioned:
        return obj.__dlpack__(**how)
    try:
        return obj.__dlpack__(max_version=(1, 3), **how)
    except TypeError as wrong:
        # Producers older than 1.0 do not know the keyword. Other errors must not hide behind that.
        if "max_version" not in str(wrong):
            raise
        return obj.__dlpack__(**how)
