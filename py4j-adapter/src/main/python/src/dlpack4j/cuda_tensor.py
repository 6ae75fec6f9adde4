"""Tensors in memory of a GPU: what other libraries take, and what is put."""

from __future__ import annotations

from typing import Any, NoReturn

from . import capsules, cuda
from .adopting import DeviceTensor
from .cuda_memory import Mapping
from .datatypes import DataType, numpy_dtype
from .errors import UnsupportedError
from .specs import TensorSpec
from .tensor import Tensor

__all__ = ["CudaRecipe", "CudaTensor"]


class CudaTensor(Tensor):
    """A tensor in memory of a GPU that a JVM owns. CuPy, PyTorch and JAX take it by from_dlpack.

    Its memory is given back when the last user is gone and the GPU has done what was queued until
    then on the legacy default stream, which comes after all streams that wait for it. Work on other
    streams must be finished, or that stream made to wait for it, before the last view is let go.
    """

    __slots__ = ("_mapping",)

    def __init__(self, mapping: Mapping, *args: Any, **how: Any) -> None:
        """For this package's own use: the array is over addresses that nobody here may look at."""
        super().__init__(*args, **how)
        self._mapping = mapping

    @property
    def device(self) -> str:
        """Which one, by its number in this process."""
        return f"cuda:{self._mapping.device.ordinal}"

    @property
    def carrier(self) -> NoReturn:
        """There is none to look into."""
        raise self._not_here()

    def numpy(self) -> NoReturn:
        """Refused: the CPU cannot look there."""
        raise self._not_here()

    def copy(self) -> NoReturn:
        """Refused: the library that takes the tensor copies it."""
        raise self._not_here()

    def _not_here(self) -> UnsupportedError:
        return UnsupportedError(
            f"tensor {self.name!r}: expected memory of the CPU but found {self.device}; take it "
            "by from_dlpack of CuPy, PyTorch or JAX, and copy it there"
        )

    @property
    def __array_interface__(self) -> NoReturn:
        raise AttributeError(str(self._not_here()))

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        dtype = numpy_dtype(self.data_type)
        if dtype is None or self._layout is not None:
            raise AttributeError(
                f"tensor {self.name!r}: expected a type that NumPy has but found "
                f"{self.data_type}; take it by from_dlpack"
            )
        self._mapping.order(cuda.LEGACY)
        return {
            "shape": self.shape,
            "typestr": dtype.str,
            "data": (self.address, self.readonly),
            "strides": self._carrier.strides,
            "version": 3,
            "stream": cuda.LEGACY,
        }

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self._mapping.device.ordinal

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        device = self.__dlpack_device__()
        if copy or (dl_device is not None and tuple(dl_device) != device):
            raise BufferError(
                f"tensor {self.name!r}: expected it to be taken where it is, on {self.device}, but "
                f"found copy={copy}, dl_device={dl_device}; take it there and copy it afterwards"
            )
        number = _stream(stream, self.name)
        if number is not None:
            self._mapping.order(number)
        capsule = self._capsule(max_version, 0)
        abi = capsules.abi_of(capsule)
        abi.set_device(capsules.pointer_of(capsule, abi), device)
        return capsule


def _stream(stream: Any, name: str) -> int | None:
    """The stream that is to wait; None if none is."""
    if stream is None:
        return cuda.LEGACY
    if isinstance(stream, int) and not isinstance(stream, bool):
        if stream == -1:
            return None
        if stream > 0:
            return stream
    raise BufferError(
        f"tensor {name!r}: expected a stream of None or 1 for the legacy default, 2 for the "
        f"per-thread default, -1 for none, or a handle, but found {stream!r}, which could mean "
        "several"
    )


class CudaRecipe:
    """A tensor on a device that is to be published. See ``sources.Recipe``."""

    def __init__(self, source: CudaTensor | DeviceTensor) -> None:
        """Of any library's, after whose work the legacy default stream comes."""
        self._source = source  # keeps the memory
        self.device = cuda.device(source.__dlpack_device__()[1])
        self.shape, self.strides = source.shape, source.strides
        self._data_type: DataType = source.data_type
        self._flags = source.flags
        self._address = source.address

    def reach(self) -> tuple[int, int]:
        """The bytes before the first element and after it, exclusive."""
        if 0 in self.shape:
            return 0, 0
        bits = 8 if self._flags else self._data_type.element_bits
        steps = [(n - 1) * s for n, s in zip(self.shape, self.strides, strict=True)]
        low = sum(step for step in steps if step < 0) * bits // 8
        high = ((sum(step for step in steps if step > 0) + 1) * bits + 7) // 8
        return -low, high

    def extent(self) -> tuple[int, int] | None:
        """See ``Recipe``."""
        before, after = self.reach()
        return None if 0 in self.shape else (self._address - before, self._address + after)

    def in_place(self, segment: int, shift: int) -> TensorSpec:
        """See ``Recipe``."""
        return self.spec(segment, self._address + shift)

    def spec(self, segment: int, offset: int) -> TensorSpec:
        """The tensor there."""
        device, flags = self._source.__dlpack_device__(), self._flags
        return TensorSpec(segment, offset, device, self._data_type, flags, self.shape, self.strides)

    def copy_to(self, target: int) -> int:
        """Queues a copy, gaps included, as devices copy no gaps by themselves; its bytes."""
        before, after = self.reach()
        if after:
            self.device.copy(self._address - before, target, before + after)
        return before + after

    def finish(self) -> None:
        """Waits: what was published is whole, whatever becomes of this process."""
        self.device.finish()
