"""Memory as a JVM shares it, and what is described in it, in Python."""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import Any

import numpy as np

from dlpack4j import wire
from dlpack4j.datatypes import DataType
from dlpack4j.sources import Plan, moved
from dlpack4j.specs import TableSpec, TensorSpec

SEALS = 0x0001 | 0x0002 | 0x0004  # SEAL, SHRINK, GROW
FUTURE_WRITE = 0x0010
CPU = (1, 0)


class Segment:
    """A sealed file in memory, which the server has mapped for writing."""

    numbers = iter(range(1, 1 << 40))

    def __init__(self, size: int, writable: bool = False, seals: int = SEALS) -> None:
        self.number = next(self.numbers)
        self.size = -(-max(size, 1) // mmap.PAGESIZE) * mmap.PAGESIZE
        self.writable = writable
        self.fd = os.memfd_create("test", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, self.size)
        self.memory = mmap.mmap(self.fd, self.size)
        fcntl.fcntl(self.fd, 1033, seals | (0 if writable else FUTURE_WRITE))

    def bytes(self) -> np.ndarray[Any, Any]:
        return np.frombuffer(self.memory, np.uint8)

    def __del__(self) -> None:
        os.close(self.fd)


def tensors_of(spec: Any) -> list[TensorSpec]:
    if isinstance(spec, TensorSpec):
        return [spec]
    if isinstance(spec, TableSpec):
        return [tensor for column in spec.columns for tensor in tensors_of(column)]
    parts = [spec.data, spec.offsets, spec.sizes, spec.validity]
    own = [part for part in parts if part is not None]
    return own + [tensor for child in spec.children for tensor in tensors_of(child)]


def compact(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(np.prod(shape[i + 1 :], dtype=int)) for i in range(len(shape)))


def tensor_of(
    values: np.ndarray[Any, Any],
    data_type: DataType,
    *,
    strides: tuple[int, ...] | None = None,
    offset: int = 0,
    flags: int = wire.READ_ONLY,
    shape: tuple[int, ...] | None = None,
    writable: bool = False,
) -> tuple[Segment, TensorSpec]:
    """Values as they lie in memory, in a segment, and what they are said to be."""
    raw = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
    segment = Segment(raw.size, writable=writable)
    segment.bytes()[: raw.size] = raw
    shape = values.shape if shape is None else shape
    strides = compact(shape) if strides is None else strides
    return segment, TensorSpec(segment.number, offset, CPU, data_type, flags, shape, strides)


def columns_in_segment(recipe: Any) -> tuple[Segment, Any]:
    """What a recipe of the package describes, in a segment."""
    plan = Plan()
    spec = recipe.planned(plan)
    segment = Segment(plan.nbytes)
    plan.fill(segment.bytes())
    return segment, moved(spec, segment.number, 0)
