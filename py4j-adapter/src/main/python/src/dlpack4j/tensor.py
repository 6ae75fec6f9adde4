"""Tensors: what other libraries take without a copy."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from . import capsules
from .datatypes import DataType, carrier_of, numpy_dtype
from .errors import CopyRefusedError
from .wire import IS_COPIED, IS_PADDED, READ_ONLY

__all__ = ["Tensor", "Unpicklable"]

CPU = (1, 0)


class Unpicklable:
    """Memory of one session, which no other process can use by a copy of the object."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"pickle: expected data of its own but found {type(self).__name__}, which is memory of "
            "a JVM; connect in the other process and fetch it there by its name, or send .numpy()"
        )


class Tensor(Unpicklable):
    """A tensor in memory that somebody else owns, kept for as long as anybody uses it.

    Any library that speaks DLPack takes it, such as by ``torch.from_dlpack(tensor)``.
    """

    __slots__ = (
        "__weakref__",
        "_carrier",
        "_data_type",
        "_flags",
        "_is_native",
        "_layout",
        "copied",
        "generation",
        "name",
    )

    copied: bool
    """Whether this is a copy of what was published or asked for."""
    generation: int
    """The number of the publication that this is of; 0 if it is of none."""
    name: str
    """What it is called in messages."""

    def __init__(
        self,
        carrier: np.ndarray[Any, Any],
        data_type: DataType,
        *,
        name: str = "tensor",
        flags: int = 0,
        layout: tuple[tuple[int, ...], tuple[int, ...]] | None = None,
        is_native: bool = True,
        generation: int = 0,
    ) -> None:
        """For this package's own use: a tensor over an array of elements as large as these.

        With a layout, of shape and strides, the array is of the bytes from the first element on.
        """
        self._carrier = carrier
        self._data_type = data_type
        self._flags = flags & IS_PADDED
        self._layout = layout
        self._is_native = is_native
        self.name = name
        self.copied = bool(flags & IS_COPIED)
        self.generation = generation

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the dimensions."""
        return self._carrier.shape if self._layout is None else self._layout[0]

    @property
    def strides(self) -> tuple[int, ...]:
        """The strides, in elements as DLPack counts them."""
        if self._layout is not None:
            return self._layout[1]
        size = self._carrier.itemsize
        return tuple(stride // size for stride in self._carrier.strides)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def data_type(self) -> DataType:
        """The type of the elements, as DLPack says it."""
        return self._data_type

    @property
    def dtype(self) -> np.dtype[Any] | DataType:
        """The type of the elements as NumPy says it, or as DLPack does where NumPy has none."""
        found = numpy_dtype(self._data_type)
        return self._data_type if found is None else found

    @property
    def nbytes(self) -> int:
        """The bytes of all elements, those of packed ones rounded up once."""
        bits = 8 if self._flags & IS_PADDED else self._data_type.element_bits
        return (self.size * bits + 7) // 8

    @property
    def readonly(self) -> bool:
        """Whether it must not be written; fetch with ``writable=True`` for another."""
        return not self._carrier.flags.writeable

    @property
    def address(self) -> int:
        """The address of element [0, …, 0] in this process."""
        return int(self._carrier.ctypes.data)

    @property
    def carrier(self) -> np.ndarray[Any, Any]:
        """For this package's own use: the array of elements as large as these, or of bytes."""
        return self._carrier

    @property
    def is_opaque(self) -> bool:
        """Whether NumPy has no type with elements as large as these."""
        return self._layout is not None

    @property
    def flags(self) -> int:
        """DLPack's flags that belong to the type of the elements."""
        return self._flags

    @property
    def is_contiguous(self) -> bool:
        """Whether elements lie in row-major order without gaps."""
        if self._layout is None:
            return self._carrier.flags.c_contiguous
        pairs = zip(self.shape, self.strides, capsules.compact(self.shape), strict=False)
        return self.size == 0 or all(n == 1 or has == should for n, has, should in pairs)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f"len: expected dimensions but found none in {self.name!r}")
        return self.shape[0]

    def __repr__(self) -> str:
        marks = [mark for mark, on in (("readonly", self.readonly), ("copied", self.copied)) if on]
        more = "".join(f", {mark}" for mark in marks)
        return f"<dlpack4j.Tensor {self.name!r} {self._data_type} {list(self.shape)}{more}>"

    # NumPy

    def numpy(self) -> np.ndarray[Any, Any]:
        """An array over the same memory."""
        carrier = self._carrier
        if self._is_native:
            return carrier.view(np.ndarray)
        dtype = numpy_dtype(self._data_type)
        if dtype is None or self._layout is not None:
            raise TypeError(
                f"tensor {self.name!r}: expected a type that NumPy has but found "
                f"{self._data_type}; install ml_dtypes if it is a small float, or give the tensor "
                "to a library that knows the type by from_dlpack"
            )
        return carrier.view(np.ndarray).view(dtype)

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> np.ndarray[Any, Any]:
        array = self.numpy()
        if copy:
            return np.array(array, dtype=dtype, copy=True)
        if dtype is None or dtype == array.dtype:
            return array
        if copy is False:
            raise CopyRefusedError(
                f"tensor {self.name!r}: expected no copy but {dtype} instead of {array.dtype} "
                "needs one; leave copy=False out"
            )
        return array.astype(dtype)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        interface: dict[str, Any] = self.numpy().__array_interface__
        return interface

    # DLPack

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        if stream is not None:
            raise BufferError(
                f"tensor {self.name!r}: expected stream=None as memory of the CPU has none but "
                f"found {stream!r}"
            )
        if dl_device is not None and tuple(dl_device) != CPU:
            raise BufferError(
                f"tensor {self.name!r}: expected dl_device=(1, 0), which is the CPU, but found "
                f"{tuple(dl_device)}; take it on the CPU and move it there"
            )
        if copy:
            return self.copy()._capsule(max_version, 2)
        return self._capsule(max_version, 0)

    def _capsule(self, max_version: tuple[int, int] | None, flags: int) -> Any:
        carrier = self._carrier
        if max_version is None or max_version[0] < 1:
            self._check_legacy()
            max_version = None
        capsule = carrier.__dlpack__(max_version=max_version)
        if self._is_native and not flags:
            return capsule
        flags |= self._flags | (0 if carrier.flags.writeable else READ_ONLY)
        capsules.patch(capsule, self._data_type, flags, *(self._layout or (None, None)))
        return capsule

    def _check_legacy(self) -> None:
        if not self._carrier.flags.writeable:
            raise BufferError(
                f"tensor {self.name!r}: expected a consumer of DLPack 1.0 or later, as the tensor "
                "is only for reading and older ones cannot be told; fetch it with "
                "session.get(name, writable=True), or give the consumer a copy (copy=True)"
            )
        if self._flags & IS_PADDED:
            raise BufferError(
                f"tensor {self.name!r}: expected a consumer of DLPack 1.1 or later, as older ones "
                f"take {self._data_type} for packed; give it a newer one"
            )

    def copy(self) -> Tensor:
        """A copy in memory of its own, which may be written."""
        # Packed elements keep their layout, as their bytes can only be copied together.
        return Tensor(
            np.array(self._carrier.view(np.ndarray), order="C"),
            self._data_type,
            name=self.name,
            flags=self._flags | IS_COPIED,
            layout=self._layout,
            is_native=self._is_native,
            generation=self.generation,
        )


def opaque_bytes(data_type: DataType, shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """The bytes that elements take which NumPy has no type as large for."""
    if any(stride < 0 for stride, size in zip(strides, shape, strict=False) if size > 1):
        raise BufferError(
            f"strides: expected none below 0 with elements of {data_type} but found {strides}; "
            "publish a copy in row-major order"
        )
    if 0 in shape:
        return 0
    last = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=False))
    return ((last + 1) * data_type.element_bits + 7) // 8


def carrier_for(data_type: DataType, flags: int) -> tuple[np.dtype[Any], bool] | None:
    """As ``carrier_of``; elements that are padded to bytes are carried by those."""
    if flags & IS_PADDED and data_type.element_bits < 8:
        return np.dtype("u1"), False
    return carrier_of(data_type)
