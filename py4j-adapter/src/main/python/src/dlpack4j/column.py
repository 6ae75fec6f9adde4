"""Columns: what tensors mean together, and which of their rows are null."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .tensor import CPU, Tensor, Unpicklable

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Column"]

_NUMBERS = frozenset("cCsSiIlLefg") | {""}
_UNITS = {"s": "s", "m": "ms", "u": "us", "n": "ns"}


@dataclass(frozen=True, eq=False, repr=False)
class Column(Unpicklable):
    """A column as the tensors that it is made of, without any of them copied or expanded."""

    name: str
    """Its name in the table."""
    path: str
    """Where it is, in messages."""
    format: str
    """What the values mean, as Arrow's C Data Interface writes it; "" for what the data says."""
    nullable: bool
    """Whether there may be nulls."""
    rows: int
    """How many rows there are, nulls included."""
    data: Tensor | None = None
    """The values, their bytes, their indices in a dictionary, or the type ids of a union."""
    offsets: Tensor | None = None
    """Where each row begins in the data or in the child."""
    sizes: Tensor | None = None
    """How long each row is, for lists in any order."""
    validity: Tensor | None = None
    """A bit for each row, the lowest of a byte first: 1 for a value, 0 for null."""
    skip: int = 0
    """The bits of the validity before that of the first row."""
    first: int = 0
    """The rows before the first one in tensors that cannot begin with it (bits, runs)."""
    children: tuple[Column, ...] = ()
    """What lists are of, and structs, unions, runs and dictionaries are made of."""
    generation: int = 0
    """The number of the publication that this is of."""

    # frozen=True with slots would forbid weak references in Python 3.10.

    @property
    def kind(self) -> str:
        """What the values are, in short, such as "float64" or Arrow's format."""
        if self.format in _NUMBERS and self.data is not None:
            return str(self.data.data_type)
        return self.format

    @property
    def tensors(self) -> Iterator[Tensor]:
        """Every tensor of it, those of its children included."""
        for part in (self.data, self.offsets, self.sizes, self.validity):
            if part is not None:
                yield part
        for child in self.children:
            yield from child.tensors

    @property
    def nbytes(self) -> int:
        """The bytes of all tensors."""
        return sum(tensor.nbytes for tensor in self.tensors)

    @property
    def copied(self) -> bool:
        """Whether any of it is a copy of what was published."""
        return any(tensor.copied for tensor in self.tensors)

    @property
    def readonly(self) -> bool:
        """Whether any of it must not be written."""
        return any(tensor.readonly for tensor in self.tensors)

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        nulls = ", nullable" if self.nullable else ""
        return f"<dlpack4j.Column {self.path!r} {self.kind} of {self.rows} rows{nulls}>"

    @property
    def is_plain(self) -> bool:
        """Whether these are numbers or times without nulls, so that one tensor says it all."""
        return self._is_numbers() and self.validity is None

    def _is_numbers(self) -> bool:
        is_known = self.format in _NUMBERS or self._numpy_time() is not None
        return self.data is not None and is_known

    def _numbers(self) -> Tensor:
        """The data, if that is all there is to the column."""
        if self.data is None or not self._is_numbers():
            raise BufferError(
                f"column {self.path!r}: expected plain numbers but found {self.kind!r}; "
                "use .arrow(), or its tensors .data, .offsets and .children"
            )
        if self.validity is not None:
            raise BufferError(
                f"column {self.path!r}: expected no nulls but the column has a validity; "
                "use .arrow(), or .data beside .mask()"
            )
        return self.data

    def _numpy_time(self) -> str | None:
        """The type by which NumPy understands these 64 bits as a time."""
        form = self.format
        if form.startswith("ts") and form[2:3] in _UNITS:
            # NumPy knows no zones; values with one count in UTC, as its own do.
            return f"M8[{_UNITS[form[2]]}]"
        if form.startswith("tD") and form[2:] in _UNITS:
            return f"m8[{_UNITS[form[2]]}]"
        return "M8[ms]" if form == "tdm" else None

    def numpy(self) -> np.ndarray[Any, Any]:
        """An array over the same memory, if these are numbers or times without nulls."""
        array: np.ndarray[Any, Any] = self._numbers().numpy()
        time = self._numpy_time()
        return array if time is None else array.view(np.dtype(time))

    def mask(self) -> np.ndarray[Any, Any]:
        """A new array of bools, True where a row is null, as ``numpy.ma`` has it."""
        if self.validity is None:
            return np.zeros(self.rows, np.bool_)
        count = self.skip + self.rows
        bits = np.unpackbits(self.validity.numpy(), count=count, bitorder="little")
        nulls: np.ndarray[Any, Any] = bits[self.skip :] == 0
        return nulls

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> np.ndarray[Any, Any]:
        array = self.numpy()
        if copy or (dtype is not None and dtype != array.dtype):
            return np.array(array, dtype=dtype, copy=copy)
        return array

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU if self.data is None else self.data.__dlpack_device__()

    def __dlpack__(self, **how: Any) -> Any:
        return self._numbers().__dlpack__(**how)

    def copy(self) -> Column:
        """The same in memory of its own."""

        def of(part: Tensor | None) -> Tensor | None:
            return None if part is None else part.copy()

        return replace(
            self,
            data=of(self.data),
            offsets=of(self.offsets),
            sizes=of(self.sizes),
            validity=of(self.validity),
            children=tuple(child.copy() for child in self.children),
        )

    def arrow(self, *, copy: bool | None = None) -> pyarrow.Array:
        """An array of pyarrow over the same memory; needs ``dlpack4j[arrow]``.

        Where Arrow has no such layout, as for gaps between numbers, it is a copy; with
        ``copy=False`` it is refused instead.
        """
        from . import arrow

        return arrow.array_of(self, copy)

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self.arrow().__arrow_c_array__(requested_schema)

    def __arrow_c_schema__(self) -> Any:
        return self.arrow().type.__arrow_c_schema__()
