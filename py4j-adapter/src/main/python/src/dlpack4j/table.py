"""Tables: columns by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .column import Column
from .tensor import Unpicklable

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Table"]


class Table(Unpicklable, Mapping[str, Column]):
    """Columns of as many rows, in their order; of two of one name, the first is found by it."""

    __slots__ = ("__weakref__", "_by_name", "columns", "generation", "name", "rows")

    columns: tuple[Column, ...]
    """All columns, in order."""
    generation: int
    """The number of the publication that this is of."""
    name: str
    """The name that it was published under."""
    rows: int
    """How many rows there are."""

    def __init__(self, name: str, rows: int, columns: tuple[Column, ...], generation: int) -> None:
        self.name = name
        self.rows = rows
        self.columns = columns
        self.generation = generation
        self._by_name = {column.name: column for column in reversed(columns)}

    def __getitem__(self, key: str) -> Column:
        try:
            return self._by_name[key]
        except KeyError:
            raise KeyError(
                f"table {self.name!r}: expected one of {sorted(self._by_name)} but found {key!r}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        # In the order of the columns, each name once.
        return iter(dict.fromkeys(column.name for column in self.columns))

    def __len__(self) -> int:
        return len(self._by_name)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __repr__(self) -> str:
        names = ", ".join(f"{column.name}: {column.kind}" for column in self.columns)
        return f"<dlpack4j.Table {self.name!r} of {self.rows} rows: {names}>"

    @property
    def nbytes(self) -> int:
        """The bytes of all tensors."""
        return sum(column.nbytes for column in self.columns)

    @property
    def copied(self) -> bool:
        """Whether any of it is a copy of what was published."""
        return any(column.copied for column in self.columns)

    @property
    def readonly(self) -> bool:
        """Whether any of it must not be written."""
        return any(column.readonly for column in self.columns)

    def numpy(self) -> dict[str, np.ndarray[Any, Any]]:
        """An array for each column, where all are plain numbers without nulls."""
        return {name: self[name].numpy() for name in self}

    def copy(self) -> Table:
        """The same in memory of its own."""
        copies = tuple(column.copy() for column in self.columns)
        return Table(self.name, self.rows, copies, self.generation)

    def arrow(self, *, copy: bool | None = None) -> pyarrow.RecordBatch:
        """A record batch of pyarrow over the same memory; needs ``dlpack4j[arrow]``.

        Where Arrow has no such layout, as for gaps between numbers, a column is copied; with
        ``copy=False`` it is refused instead.
        """
        from . import arrow

        return arrow.batch_of(self, copy)

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self.arrow().__arrow_c_array__(requested_schema)

    def __arrow_c_schema__(self) -> Any:
        return self.arrow().schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        import pyarrow

        return pyarrow.Table.from_batches([self.arrow()]).__arrow_c_stream__(requested_schema)
