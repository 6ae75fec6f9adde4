"""Tensors, columns and tables over mapped segments, as a grant describes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import cuda, cuda_memory
from .column import Column
from .connection import Connection
from .cuda_tensor import CudaTensor
from .errors import ProtocolError, UnsupportedError
from .leases import Lease
from .specs import ColumnSpec, ObjectSpec, TableSpec, TensorSpec
from .table import Table
from .tensor import Tensor, carrier_for, opaque_bytes
from .wire import READ_ONLY

__all__ = ["LeasedArray", "Shared", "Views"]

Shared = Tensor | Column | Table

# CPU, CUDAHost, ROCMHost, CUDAManaged: whatever it is to the JVM, here it is a file in memory.
_HOST = frozenset((1, 3, 11, 13))


class LeasedArray(np.ndarray[Any, Any]):
    """An array over a segment. Views of it have it as their base, and so keep the lease."""

    __slots__ = ("lease",)

    lease: Lease


class Views:
    """Builds what one grant describes. Called with the connection's lock."""

    __slots__ = ("_connection", "_generation", "_lease", "_writable")

    def __init__(
        self, connection: Connection, lease: Lease, generation: int, writable: bool
    ) -> None:
        self._connection = connection
        self._lease = lease
        self._generation = generation
        self._writable = writable

    def of(self, spec: ObjectSpec, name: str) -> Shared:
        """The object; raises ``ProtocolError`` if the description cannot be true."""
        if isinstance(spec, TensorSpec):
            return self.tensor(spec, name)
        if isinstance(spec, ColumnSpec):
            return self.column(spec, name)
        columns = tuple(self.column(c, f"{name}.{c.name}") for c in spec.columns)
        return self.table(spec, columns, name)

    def table(self, spec: TableSpec, columns: tuple[Column, ...], name: str) -> Table:
        """A table, whose columns must have its rows."""
        for column in columns:
            if column.rows != spec.rows:
                raise ProtocolError(
                    f"table {name!r}: expected {spec.rows} rows of column {column.name!r} but "
                    f"found {column.rows}"
                )
        return Table(name, spec.rows, columns, self._generation)

    def column(self, spec: ColumnSpec, path: str) -> Column:
        """A column with its children."""
        return Column(
            name=spec.name,
            path=path,
            format=spec.format,
            nullable=spec.nullable,
            rows=spec.rows,
            data=self._part(spec.data, f"{path}.data"),
            offsets=self._part(spec.offsets, f"{path}.offsets"),
            sizes=self._part(spec.sizes, f"{path}.sizes"),
            validity=self._part(spec.validity, f"{path}.validity"),
            skip=spec.skip,
            first=spec.first,
            children=tuple(self.column(c, f"{path}.{c.name}") for c in spec.children),
            generation=self._generation,
        )

    def _part(self, spec: TensorSpec | None, path: str) -> Tensor | None:
        return None if spec is None else self.tensor(spec, path)

    def tensor(self, spec: TensorSpec, name: str) -> Tensor:
        """A tensor over its segment."""
        data_type, shape = spec.data_type, spec.shape
        on_device = cuda.is_cuda(spec.device)
        if not on_device and spec.device[0] not in _HOST:
            raise UnsupportedError(
                f"{name!r}: expected memory of the host or of CUDA but found device "
                f"{spec.device}; publish a copy in host memory"
            )
        if data_type.element_bits == 0:
            raise ProtocolError(f"{name!r}: expected elements of 1 bit or more but found 0")
        found = carrier_for(data_type, spec.flags)
        layout = None
        if found is None:
            dtype, is_native = np.dtype("u1"), False
            layout = shape, spec.strides
            nbytes = opaque_bytes(data_type, shape, spec.strides)
            array = self._array(spec, name, dtype, _ending_in(shape, nbytes), None)
        else:
            dtype, is_native = found
            array = self._array(spec, name, dtype, shape, spec.strides)
        how: dict[str, Any] = {
            "name": name,
            "flags": spec.flags,
            "layout": layout,
            "is_native": is_native,
            "generation": self._generation,
        }
        if on_device:
            return CudaTensor(self._mapping(spec), array, data_type, **how)
        return Tensor(array, data_type, **how)

    def _mapping(self, spec: TensorSpec) -> cuda_memory.Mapping:
        return self._connection.segment(self._lease.number, spec.segment).mapping

    def _array(
        self,
        spec: TensorSpec,
        name: str,
        dtype: np.dtype[Any],
        shape: tuple[int, ...],
        strides: tuple[int, ...] | None,
    ) -> np.ndarray[Any, Any]:
        writable = self._writable and not spec.flags & READ_ONLY
        # Nothing is there to look at, so it does not matter where and with what strides.
        if 0 in shape:
            empty: np.ndarray[Any, Any] = _empty(name, shape, dtype)
            empty.flags.writeable = writable
            return empty
        memory = self._memory(spec)
        if strides is not None:
            # NumPy looks at the strides of dimensions of size 1, too, when it checks the range.
            size = dtype.itemsize
            strides = tuple(
                [
                    stride * size if n > 1 else size
                    for stride, n in zip(strides, shape, strict=False)
                ]
            )
        try:
            array: LeasedArray = LeasedArray(shape, dtype, memory, spec.offset, strides)
        except (TypeError, ValueError, OverflowError) as wrong:
            raise ProtocolError(
                f"{name!r}: expected a tensor within segment {spec.segment} but found shape "
                f"{shape}, strides {spec.strides}, offset {spec.offset} ({wrong})"
            ) from None
        if not writable:
            array.setflags(write=False)
        array.lease = self._lease
        return array

    def _memory(self, spec: TensorSpec) -> Any:
        segment = self._connection.segment(self._lease.number, spec.segment)
        if not cuda.is_cuda(spec.device):
            return segment.memory
        mapping = segment.mapping
        if mapping not in self._lease.mappings:
            self._lease.mappings.append(mapping)
        return mapping.memory


def _empty(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    try:
        return np.empty(shape, dtype)
    except (ValueError, OverflowError) as wrong:
        raise ProtocolError(f"{name!r}: expected sizes of dimensions but {wrong}") from None


def _ending_in(shape: tuple[int, ...], nbytes: int) -> tuple[int, ...]:
    """As many dimensions as the tensor has, but of bytes."""
    if not shape:
        if nbytes != 1:
            return (nbytes,)
        return ()
    return (1,) * (len(shape) - 1) + (nbytes,)
