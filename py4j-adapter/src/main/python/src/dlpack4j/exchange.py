"""DLPack's C exchange API: a table of functions that a library puts on its type of arrays."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_int, c_uint32, c_void_p, py_object
from typing import Any

from . import capsules

__all__ = ["make", "pointer_of"]

_NAME = capsules.forever("dlpack_exchange_api")
_HOST = frozenset((1, 3, 11, 13))
_FROM_PY, _TO_PY, _PREVIOUS = 24, 32, 8

# They are called with the GIL, and an exception that they set is raised.
_from_py_type = ctypes.PYFUNCTYPE(c_int, py_object, POINTER(c_void_p))
_to_py_type = ctypes.PYFUNCTYPE(c_int, c_void_p, POINTER(c_void_p))

_tables: dict[type, int | None] = {}


def table_of(kind: type) -> int | None:
    """The address of the table of a type, of major version 1; None if it has none."""
    try:
        return _tables[kind]
    except KeyError:
        table = _tables[kind] = _find(kind)
        return table


def _find(kind: type) -> int | None:
    capsule = getattr(kind, "__dlpack_c_exchange_api__", None)
    if capsule is None or type(capsule).__name__ != "PyCapsule":
        return None
    get = ctypes.pythonapi.PyCapsule_GetPointer
    table: int | None = get(capsule, _NAME)
    # Newer tables lead to those that older consumers know.
    while table and c_uint32.from_address(table).value != 1:
        table = c_void_p.from_address(table + _PREVIOUS).value
    return table or None


def _entry(table: int, field: int) -> int:
    function = c_void_p.from_address(table + field).value
    if not function:
        raise BufferError(f"exchange API: expected a function at {field} but found NULL")
    return function


def pointer_of(obj: Any) -> int | None:
    """A managed tensor in memory of the host, of which the caller calls the deleter.

    None if the type has no table, or the tensor is on a device: then its stream must be asked for.
    """
    table = table_of(type(obj))
    if table is None:
        return None
    out = c_void_p()
    code = _from_py_type(_entry(table, _FROM_PY))(obj, ctypes.byref(out))
    if code != 0 or not out.value:
        raise BufferError(
            f"exchange API: expected a tensor of {type(obj).__qualname__} but found {code}"
        )
    abi = capsules.VERSIONED
    if abi.device(out.value)[0] in _HOST:
        return out.value
    abi.delete(out.value)
    return None


def make(kind: type, pointer: int) -> Any:
    """An object of a type over a managed tensor, which it owns from now on, also if this raises."""
    table = table_of(kind)
    if table is None:
        raise TypeError(
            f"exchange API: expected a type with __dlpack_c_exchange_api__ but found "
            f"{kind.__qualname__}; leave it out and call its library's from_dlpack"
        )
    out = c_void_p()
    code = _to_py_type(_entry(table, _TO_PY))(pointer, ctypes.byref(out))
    if code != 0 or not out.value:
        raise BufferError(f"exchange API: expected a {kind.__qualname__} but found {code}")
    made = ctypes.cast(out, py_object).value
    # The cast counts a reference, beside the one that to_py gave us.
    ctypes.pythonapi.Py_DecRef(py_object(made))
    return made
