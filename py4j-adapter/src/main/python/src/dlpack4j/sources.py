"""From whatever a user has to what is published: which tensors, and what they mean together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from . import adopting, capsules, cuda, datatypes
from .column import Column
from .cuda_tensor import CudaRecipe, CudaTensor
from .datatypes import DataType
from .specs import ColumnSpec, ObjectSpec, TableSpec, TensorSpec
from .table import Table
from .tensor import CPU, Tensor
from .wire import IS_COPIED, IS_PADDED

__all__ = ["Plan", "Recipe", "column_format", "moved", "recipe_of"]

# As wide as the widest vector registers, and as Arrow recommends.
_ALIGNMENT = 64

_LETTERS = {
    (datatypes.INT, 8): "c",
    (datatypes.UINT, 8): "C",
    (datatypes.INT, 16): "s",
    (datatypes.UINT, 16): "S",
    (datatypes.INT, 32): "i",
    (datatypes.UINT, 32): "I",
    (datatypes.INT, 64): "l",
    (datatypes.UINT, 64): "L",
    (datatypes.FLOAT, 16): "e",
    (datatypes.FLOAT, 32): "f",
    (datatypes.FLOAT, 64): "g",
}
_TIME_UNITS = {"s": "s", "ms": "m", "us": "u", "ns": "n"}


class Plan:
    """Where tensors will lie in memory that is not there yet."""

    def __init__(self) -> None:
        self.nbytes = 0
        self._sources: list[tuple[int, np.ndarray[Any, Any]]] = []

    def reserve(self, nbytes: int) -> int:
        """Room for so many bytes; the offset."""
        at = self.nbytes
        self.nbytes += -(-nbytes // _ALIGNMENT) * _ALIGNMENT
        return at

    def add(self, array: np.ndarray[Any, Any]) -> int:
        """Room for an array, which is to be copied there; the offset."""
        at = self.reserve(array.nbytes)
        if array.size:
            self._sources.append((at, array))
        return at

    def fill(self, memory: np.ndarray[Any, Any]) -> int:
        """Copies every array into its room; returns the bytes of them."""
        copied = 0
        for at, source in self._sources:
            native = source.dtype.newbyteorder("=")
            room = memory[at : at + source.nbytes].view(native).reshape(source.shape)
            np.copyto(room, source)
            copied += source.nbytes
        return copied


class Recipe(Protocol):
    """An object that can be published."""

    def extent(self) -> tuple[int, int] | None:
        """The addresses between which all of it lies; None if it must be copied in any case."""

    def in_place(self, segment: int, shift: int) -> ObjectSpec:
        """The object where it is; shift leads from addresses to offsets in the segment."""

    def planned(self, plan: Plan) -> ObjectSpec:
        """The object where a plan puts it."""


class TensorRecipe:
    """A tensor."""

    def __init__(self, tensor: Tensor, is_swapped: bool = False) -> None:
        self.tensor = tensor
        self._is_swapped = is_swapped

    def extent(self) -> tuple[int, int] | None:
        """See ``Recipe``."""
        if self._is_swapped or self.tensor.size == 0 or not self._is_of_whole_elements():
            return None
        return np.lib.array_utils.byte_bounds(self.tensor.carrier)

    def _is_of_whole_elements(self) -> bool:
        # NumPy counts strides in bytes, and lets numbers begin anywhere.
        array = self.tensor.carrier
        steps = zip(array.shape, array.strides, strict=True)
        return array.flags.aligned and not any(n > 1 and s % array.itemsize for n, s in steps)

    def in_place(self, segment: int, shift: int) -> TensorSpec:
        """See ``Recipe``."""
        return self._spec(segment, self.tensor.address + shift, self.tensor.strides)

    def planned(self, plan: Plan) -> TensorSpec:
        """See ``Recipe``."""
        # Packed elements are copied with the gaps between them.
        is_packed = self.tensor.is_opaque
        strides = self.tensor.strides if is_packed else capsules.compact(self.tensor.shape)
        return self._spec(0, plan.add(self.tensor.carrier), strides)

    def _spec(self, segment: int, offset: int, strides: tuple[int, ...]) -> TensorSpec:
        tensor = self.tensor
        flags = tensor.flags & IS_PADDED
        return TensorSpec(segment, offset, CPU, tensor.data_type, flags, tensor.shape, strides)


class ColumnRecipe:
    """A column that has a tensor of one dimension for its values, and nothing else."""

    def __init__(self, name: str, form: str, values: TensorRecipe) -> None:
        shape = values.tensor.shape
        if len(shape) != 1:
            raise ValueError(
                f"column {name!r}: expected one dimension but found shape {shape}; put arrays of "
                "more dimensions by themselves"
            )
        self.name = name
        self.rows = shape[0]
        self._form = form
        self._values = values

    def extent(self) -> tuple[int, int] | None:
        """See ``Recipe``."""
        return self._values.extent()

    def in_place(self, segment: int, shift: int) -> ColumnSpec:
        """See ``Recipe``."""
        return self._spec(self._values.in_place(segment, shift))

    def planned(self, plan: Plan) -> ColumnSpec:
        """See ``Recipe``."""
        return self._spec(self._values.planned(plan))

    def _spec(self, data: TensorSpec) -> ColumnSpec:
        return ColumnSpec(self.name, self._form, False, self.rows, data)


class _Column(Recipe, Protocol):
    """A recipe that can be one of a table's."""

    name: str
    rows: int

    def in_place(self, segment: int, shift: int) -> ColumnSpec:
        """See ``Recipe``."""

    def planned(self, plan: Plan) -> ColumnSpec:
        """See ``Recipe``."""


class TableRecipe:
    """Columns of as many rows."""

    def __init__(self, columns: Sequence[_Column]) -> None:
        self.rows = columns[0].rows if columns else 0
        self._columns = columns
        for column in columns:
            if column.rows != self.rows:
                raise ValueError(
                    f"column {column.name!r}: expected {self.rows} rows, as "
                    f"{columns[0].name!r} has, but found {column.rows}"
                )

    def extent(self) -> tuple[int, int] | None:
        """See ``Recipe``."""
        extents = [column.extent() for column in self._columns]
        known = [extent for extent in extents if extent is not None]
        if not known or len(known) != len(extents):
            return None
        return min(low for low, _ in known), max(high for _, high in known)

    def in_place(self, segment: int, shift: int) -> TableSpec:
        """See ``Recipe``."""
        return TableSpec(self.rows, tuple(c.in_place(segment, shift) for c in self._columns))

    def planned(self, plan: Plan) -> TableSpec:
        """See ``Recipe``."""
        return TableSpec(self.rows, tuple(c.planned(plan) for c in self._columns))


def recipe_of(obj: Any) -> Recipe | CudaRecipe:
    """What an object is to be published as."""
    if isinstance(obj, (Column, Table)):
        return _arrow_recipe(obj.arrow())
    if isinstance(obj, np.ndarray) and obj.dtype.kind in "mM":
        return _column("", obj)
    # Before tensors, as arrays of Arrow are those, too, where they have no nulls, and before dicts.
    if _is_arrow(obj):
        return _arrow_recipe(obj)
    if hasattr(type(obj), "__dlpack__"):
        return _tensor(obj)
    if isinstance(obj, Mapping):
        return TableRecipe([_named(name, values) for name, values in obj.items()])
    if hasattr(obj, "__array_interface__") or hasattr(obj, "__array__"):
        return recipe_of(np.asarray(obj))
    raise TypeError(
        "put: expected an object with __dlpack__, an array of NumPy, a dict of them, or an object "
        f"with Arrow's C interfaces but found {type(obj).__qualname__}; wrap it by numpy.asarray"
    )


def _is_arrow(obj: Any) -> bool:
    kind = type(obj)
    return hasattr(kind, "__arrow_c_stream__") or hasattr(kind, "__arrow_c_array__")


def _arrow_recipe(obj: Any) -> Recipe:
    # Where pyarrow is missing, this says what to install.
    from . import arrow, arrow_sources  # noqa: F401

    recipe: Recipe = arrow_sources.recipe_of(obj)
    return recipe


def _named(name: str, values: Any) -> _Column:
    if not isinstance(name, str):
        raise TypeError(f"column: expected a name but found {name!r}")
    is_plain = isinstance(values, Column) and values.is_plain
    # Arrow's nulls would be lost, or refused, on the way through a tensor.
    if is_plain or not _is_arrow(values) or find_spec("pyarrow") is None:
        return _column(name, values)
    from . import arrow_sources

    column: _Column = arrow_sources.column_of(name, values)
    return column


def _column(name: str, values: Any) -> ColumnRecipe:
    if not hasattr(type(values), "__dlpack__"):
        values = np.asarray(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "mM":
        letters = "ts" if values.dtype.kind == "M" else "tD"
        unit, count = np.datetime_data(values.dtype)
        if count != 1 or unit not in _TIME_UNITS:
            raise TypeError(
                f"column {name!r}: expected a unit of s, ms, us or ns but found {values.dtype}; "
                "convert it with astype"
            )
        form = letters + _TIME_UNITS[unit] + (":" if letters == "ts" else "")
        swapped = values.dtype.newbyteorder("=") != values.dtype
        integers = values.view("i8" if not swapped else np.dtype("i8").newbyteorder())
        return ColumnRecipe(name, form, _array(integers))
    recipe = _tensor(values)
    if isinstance(recipe, CudaRecipe):
        raise BufferError(
            f"column {name!r}: expected memory of the host but found a GPU's; put each array by "
            "itself, or copy it to the CPU first"
        )
    return ColumnRecipe(name, column_format(recipe.tensor.data_type), recipe)


def column_format(data_type: DataType) -> str:
    """Arrow's letter for numbers of a type; empty where it has none."""
    return _LETTERS.get(data_type[:2], "") if data_type.lanes == 1 else ""


def _tensor(obj: Any) -> TensorRecipe | CudaRecipe:
    if isinstance(obj, np.ndarray):
        return _array(obj)
    tensor = adopting.of_producer(obj)
    if isinstance(tensor, CudaTensor):
        return CudaRecipe(tensor)
    if isinstance(tensor, adopting.DeviceTensor):
        if cuda.is_cuda(tensor.device):
            return CudaRecipe(tensor)
        raise BufferError(
            f"put: expected memory of the host or of CUDA but found device {tensor.device}; "
            "copy it to the CPU first, such as by .cpu()"
        )
    return TensorRecipe(tensor)


def _array(array: np.ndarray[Any, Any]) -> TensorRecipe:
    data_type = datatypes.of_numpy(array.dtype)
    is_swapped = array.dtype.newbyteorder("=") != array.dtype
    found = datatypes.carrier_of(data_type)
    assert found is not None, "types of NumPy have a carrier"
    dtype, is_native = found
    carrier = array if is_native else array.view(dtype)
    plain = carrier.view(np.ndarray)
    return TensorRecipe(Tensor(plain, data_type, is_native=is_native), is_swapped)


def moved(spec: ObjectSpec, segment: int, base: int) -> ObjectSpec:
    """A planned object, now that there is memory for it and it was copied there."""
    if isinstance(spec, TensorSpec):
        return _moved_tensor(spec, segment, base)
    if isinstance(spec, ColumnSpec):
        return _moved_column(spec, segment, base)
    columns = tuple(_moved_column(column, segment, base) for column in spec.columns)
    return TableSpec(spec.rows, columns)


def _moved_tensor(spec: TensorSpec, segment: int, base: int) -> TensorSpec:
    return spec._replace(segment=segment, offset=spec.offset + base, flags=spec.flags | IS_COPIED)


def _moved_column(spec: ColumnSpec, segment: int, base: int) -> ColumnSpec:
    def of(part: TensorSpec | None) -> TensorSpec | None:
        return None if part is None else _moved_tensor(part, segment, base)

    return replace(
        spec,
        data=of(spec.data),
        offsets=of(spec.offsets),
        sizes=of(spec.sizes),
        validity=of(spec.validity),
        children=tuple(_moved_column(child, segment, base) for child in spec.children),
    )
