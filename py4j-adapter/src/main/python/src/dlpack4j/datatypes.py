"""DLPack's element types, and which of NumPy's they are."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

__all__ = ["DataType", "carrier_of", "numpy_dtype", "of_numpy", "parse"]

INT, UINT, FLOAT, OPAQUE, BFLOAT, COMPLEX, BOOL = range(7)

_PREFIXES = {INT: "int", UINT: "uint", FLOAT: "float", BFLOAT: "bfloat", COMPLEX: "complex"}
_SMALL_FLOATS = {
    7: "float8_e3m4",
    8: "float8_e4m3",
    9: "float8_e4m3b11fnuz",
    10: "float8_e4m3fn",
    11: "float8_e4m3fnuz",
    12: "float8_e5m2",
    13: "float8_e5m2fnuz",
    14: "float8_e8m0fnu",
    15: "float6_e2m3fn",
    16: "float6_e3m2fn",
    17: "float4_e2m1fn",
}
_SMALL_CODES = {name: code for code, name in _SMALL_FLOATS.items()}
_SMALL_BITS = {"float8": 8, "float6": 6, "float4": 4}


class DataType(NamedTuple):
    """A DLPack type of elements: code, bits of a lane, lanes."""

    code: int
    bits: int
    lanes: int = 1

    @property
    def element_bits(self) -> int:
        """The bits of one element, all lanes together."""
        return self.bits * self.lanes

    @property
    def is_packed(self) -> bool:
        """Whether elements do not begin at whole bytes."""
        return self.element_bits % 8 != 0

    @property
    def word(self) -> int:
        """The struct ``DLDataType`` as one little endian number of 32 bits."""
        return self.code | self.bits << 8 | self.lanes << 16

    def __str__(self) -> str:
        if self.code == BOOL:
            name = "bool" if self.bits == 8 else f"bool{self.bits}"
        elif self.code in _SMALL_FLOATS:
            name = _SMALL_FLOATS[self.code]
        elif self.code in _PREFIXES:
            name = f"{_PREFIXES[self.code]}{self.bits}"
        else:
            name = f"code{self.code}:{self.bits}"
        return name if self.lanes == 1 else f"{name}x{self.lanes}"


_NATIVE: dict[DataType, np.dtype[Any]] = {
    DataType(BOOL, 8): np.dtype(np.bool_),
    **{DataType(INT, n): np.dtype(f"i{n // 8}") for n in (8, 16, 32, 64)},
    **{DataType(UINT, n): np.dtype(f"u{n // 8}") for n in (8, 16, 32, 64)},
    **{DataType(FLOAT, n): np.dtype(f"f{n // 8}") for n in (16, 32, 64)},
    **{DataType(COMPLEX, n): np.dtype(f"c{n // 8}") for n in (64, 128)},
}
_OF_NATIVE = {dtype: data_type for data_type, dtype in _NATIVE.items()}
_BITS_AS: dict[int, np.dtype[Any]] = {
    8: np.dtype("u1"),
    16: np.dtype("u2"),
    32: np.dtype("u4"),
    64: np.dtype("u8"),
}


def carrier_of(data_type: DataType) -> tuple[np.dtype[Any], bool] | None:
    """The NumPy type that lays elements out in the same way, and whether it means the same.

    None where there is none: for packed elements, vectors, and integers of 128 bits.
    """
    native = _NATIVE.get(data_type)
    if native is not None:
        return native, True
    carrier = _BITS_AS.get(data_type.bits) if data_type.lanes == 1 else None
    return None if carrier is None else (carrier, False)


@cache
def numpy_dtype(data_type: DataType) -> np.dtype[Any] | None:
    """The NumPy type of such elements, those of ml_dtypes included if it is installed."""
    native = _NATIVE.get(data_type)
    if native is not None:
        return native
    if data_type.lanes != 1 or data_type.bits not in (8, 16):
        return None
    try:
        import ml_dtypes
    except ImportError:
        return None
    scalar = getattr(ml_dtypes, str(data_type), None)
    return None if scalar is None else np.dtype(scalar)


def of_numpy(dtype: np.dtype[Any]) -> DataType:
    """The DLPack type of a NumPy type, whatever its byte order."""
    found = _OF_NATIVE.get(dtype.newbyteorder("="))
    if found is not None:
        return found
    if dtype.name == "bfloat16":
        return DataType(BFLOAT, 16)
    if dtype.name in _SMALL_CODES and dtype.itemsize == 1 and dtype.name.startswith("float8"):
        return DataType(_SMALL_CODES[dtype.name], 8)
    raise TypeError(
        f"dtype: expected numbers, complex numbers or bool but found {dtype!r}; "
        "convert the array with astype, or send text, dates and objects as pyarrow arrays"
    )


def parse(dtype: Any) -> DataType:
    """The DLPack type that a user means: a DataType, a name such as "bfloat16", a NumPy type."""
    if isinstance(dtype, DataType):
        return dtype
    if isinstance(dtype, str):
        if dtype == "bfloat16":
            return DataType(BFLOAT, 16)
        if dtype in _SMALL_CODES:
            return DataType(_SMALL_CODES[dtype], _SMALL_BITS[dtype[:6]])
    return of_numpy(np.dtype(dtype))
