"""From objects of this process to memory that the JVM has lent."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from . import capsules, cuda, datatypes, sources, wire
from .connection import Connection
from .cuda_tensor import CudaRecipe, CudaTensor
from .errors import CopyRefusedError, ProtocolError
from .leases import Allocation
from .sources import Plan, Recipe
from .specs import ObjectSpec, TensorSpec
from .tensor import Tensor
from .views import Views

__all__ = ["Sender", "Shape"]

Shape = int | tuple[int, ...] | list[int]


class Sender:
    """What a session has allocated of the JVM, and what was copied there."""

    def __init__(self) -> None:
        self.copies = self.copied_bytes = 0
        self._allocations: weakref.WeakValueDictionary[int, Allocation] = (
            weakref.WeakValueDictionary()
        )

    def count_copies(self, nbytes: int) -> None:
        """One more copy was made."""
        self.copies += 1
        self.copied_bytes += nbytes

    # New arrays

    def array(self, connection: Connection, shape: Shape, dtype: Any) -> np.ndarray[Any, Any]:
        """A new one in shared memory."""
        data_type = datatypes.parse(dtype)
        found = datatypes.numpy_dtype(data_type)
        if found is None:
            raise TypeError(
                f"dtype: expected one that NumPy has but found {data_type}; install ml_dtypes, or "
                "use an unsigned integer of as many bits"
            )
        sizes = _sizes(shape)
        nbytes = int(np.prod(sizes, dtype=object)) * found.itemsize
        memory, _ = self._allocate(connection, nbytes)
        return memory[:nbytes].view(found).reshape(sizes)

    def table(
        self, connection: Connection, rows: int, columns: dict[str, Any]
    ) -> dict[str, np.ndarray[Any, Any]]:
        """New arrays in one allocation, by name and type."""
        plan = Plan()
        types = {name: np.dtype(dtype) for name, dtype in columns.items()}
        places = {name: plan.reserve(rows * dtype.itemsize) for name, dtype in types.items()}
        memory, _ = self._allocate(connection, plan.nbytes)
        return {
            name: memory[at : at + rows * types[name].itemsize].view(types[name])
            for name, at in places.items()
        }

    def tensor_on(
        self, connection: Connection, device: str, shape: Shape, dtype: Any
    ) -> CudaTensor:
        """A new one in memory of a GPU that the JVM shares."""
        data_type, ordinal, sizes = datatypes.parse(dtype), _ordinal(device), _sizes(shape)
        bits = int(np.prod(sizes, dtype=object)) * data_type.element_bits
        allocation = self._allocate_on(connection, ordinal, -(-bits // 8))
        strides = capsules.compact(sizes)
        place = allocation.segment, allocation.offset, allocation.device
        spec = TensorSpec(*place, data_type, 0, sizes, strides)
        views = Views(connection, allocation, 0, True)
        tensor = connection.releases.run(views.tensor, spec, "empty")
        assert isinstance(tensor, CudaTensor), "the JVM said so"
        return tensor

    # What is put

    def placed(
        self, connection: Connection, name: str, recipe: Recipe | CudaRecipe, copy: bool | None
    ) -> tuple[Allocation, ObjectSpec]:
        """Where an object lies in memory of the JVM, perhaps after a copy."""
        placed = None if copy else self._in_place(recipe)
        if placed is not None:
            return placed
        if copy is False:
            raise CopyRefusedError(
                f"{name!r}: expected memory of session.empty(), of one call for all of a table, "
                "but found other memory, which must be copied; leave copy=False out"
            )
        if isinstance(recipe, CudaRecipe):
            return self._copied_on_device(connection, recipe)
        return self._copied(connection, recipe)

    def _in_place(self, recipe: Recipe | CudaRecipe) -> tuple[Allocation, ObjectSpec] | None:
        """Where all of it lies, if that is one allocation of ours."""
        extent = recipe.extent()
        if extent is None:
            return None
        for allocation in list(self._allocations.values()):
            if allocation.covers(*extent):
                shift = allocation.offset - allocation.address
                spec = recipe.in_place(allocation.segment, shift)
                if isinstance(spec, TensorSpec):
                    spec = spec._replace(device=allocation.device)
                return allocation, spec
        return None

    def _copied(self, connection: Connection, recipe: Recipe) -> tuple[Allocation, ObjectSpec]:
        plan = Plan()
        spec = recipe.planned(plan)
        memory, allocation = self._allocate(connection, plan.nbytes)
        self.count_copies(plan.fill(memory))
        return allocation, sources.moved(spec, allocation.segment, allocation.offset)

    def _copied_on_device(
        self, connection: Connection, recipe: CudaRecipe
    ) -> tuple[Allocation, ObjectSpec]:
        before, after = recipe.reach()
        allocation = self._allocate_on(connection, recipe.device.ordinal, before + after)
        self.count_copies(recipe.copy_to(allocation.address))
        spec = recipe.spec(allocation.segment, allocation.offset + before)
        flags = spec.flags | wire.IS_COPIED
        return allocation, spec._replace(device=allocation.device, flags=flags)

    # Memory of the JVM

    def _allocate(
        self, connection: Connection, nbytes: int
    ) -> tuple[np.ndarray[Any, Any], Allocation]:
        nbytes = max(nbytes, 1)
        tensor, allocation = connection.releases.run(
            self._granted, connection, wire.ALLOC, wire.alloc(nbytes), nbytes
        )
        return tensor.numpy(), allocation

    def _allocate_on(self, connection: Connection, ordinal: int, nbytes: int) -> Allocation:
        payload = wire.alloc_on(max(nbytes, 1), cuda.device(ordinal).uuid)
        _, allocation = connection.releases.run(
            self._granted, connection, wire.ALLOC_ON, payload, nbytes
        )
        return allocation

    def _granted(
        self, connection: Connection, kind: int, payload: bytes, nbytes: int
    ) -> tuple[Tensor, Allocation]:
        answer = connection.ask(kind, payload, wire.GRANT)
        number, generation, spec = connection.read(answer.grant)
        allocation = Allocation(connection, number)
        try:
            if not isinstance(spec, TensorSpec):
                raise ProtocolError("allocation: expected one tensor but found a column or table")
            tensor = Views(connection, allocation, generation, True).tensor(spec, "allocation")
            _check(tensor, nbytes, on_device=kind == wire.ALLOC_ON)
        except ProtocolError as wrong:
            raise connection.violated(wrong) from None
        except BaseException:
            allocation.give_back()
            raise
        allocation.segment, allocation.offset = spec.segment, spec.offset
        allocation.address, allocation.nbytes = tensor.address, tensor.size
        allocation.device = spec.device
        self._allocations[number] = allocation
        return tensor, allocation


def _check(tensor: Tensor, nbytes: int, on_device: bool) -> None:
    """An allocation is bytes to write."""
    if tensor.ndim != 1 or tensor.dtype != np.uint8 or tensor.size < nbytes:
        raise ProtocolError(
            f"allocation: expected {nbytes} bytes but found {tensor.data_type} of {tensor.shape}"
        )
    if isinstance(tensor, CudaTensor) != on_device:
        raise ProtocolError(f"allocation: expected another device but found {tensor}")
    if tensor.readonly:
        raise ProtocolError("allocation: expected memory to write but found read-only")


def _sizes(shape: Shape) -> tuple[int, ...]:
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size < 0 for size in sizes):
        raise ValueError(f"shape: expected no size below 0 but found {sizes}")
    return sizes


def _ordinal(device: str) -> int:
    kind, _, number = device.partition(":")
    if kind != "cuda" or not (number or "0").isdigit():
        raise ValueError(f"device: expected 'cuda' or one such as 'cuda:1' but found {device!r}")
    return int(number or 0)
