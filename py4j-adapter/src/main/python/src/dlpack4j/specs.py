"""What messages say of objects, their memory and their names. Nothing of it is known to be true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .datatypes import DataType

__all__ = ["ColumnSpec", "Entry", "ObjectSpec", "SegmentSpec", "TableSpec", "TensorSpec"]


class TensorSpec(NamedTuple):
    """A tensor in a segment; strides count elements."""

    segment: int
    offset: int
    device: tuple[int, int]
    data_type: DataType
    flags: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True)
class ColumnSpec:
    """The tensors that a column is made of."""

    name: str
    format: str
    nullable: bool
    rows: int
    data: TensorSpec | None = None
    offsets: TensorSpec | None = None
    sizes: TensorSpec | None = None
    validity: TensorSpec | None = None
    skip: int = 0
    first: int = 0
    children: tuple[ColumnSpec, ...] = ()


@dataclass(frozen=True)
class TableSpec:
    """Columns of as many rows."""

    rows: int
    columns: tuple[ColumnSpec, ...]


ObjectSpec = TensorSpec | ColumnSpec | TableSpec


class SegmentSpec(NamedTuple):
    """What a SEGMENT says of memory: a file, or of a GPU by a descriptor or by a handle."""

    segment: int
    size: int
    kind: int
    writable: bool
    extra: str = ""


class Entry(NamedTuple):
    """A name of the catalogue."""

    name: str
    generation: int
    nbytes: int
