"""What other libraries make of a tensor: the same values, at the same address."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from helpers import NUMPY_WRITES, asks_for, until
from server import Server

import dlpack4j
from dlpack4j import Tensor
from dlpack4j.datatypes import DataType

TYPES = {
    **{f"i{n}": DataType(0, 8 * n) for n in (1, 2, 4, 8)},
    **{f"u{n}": DataType(1, 8 * n) for n in (1, 2, 4, 8)},
    **{f"f{n}": DataType(2, 8 * n) for n in (2, 4, 8)},
    **{f"c{n}": DataType(5, 8 * n) for n in (8, 16)},
    "?": DataType(6, 8),
}


def library(name: str, package: str) -> Any:
    found = pytest.importorskip(name, reason=f"{package} is not installed")
    # What it imported stays; every collection would go through it again.
    gc.freeze()
    return found


def fetched(
    server: Server,
    session: dlpack4j.Session,
    dtype: str,
    data_type: DataType,
    writable: bool,
) -> tuple[Tensor, Any]:
    values = np.array([[0, 1, 2], [3, 1, 5]]).astype(dtype)
    server.publish_array("x", values, data_type, flags=0, writable=True)
    tensor = session.get("x", writable=writable)
    assert isinstance(tensor, Tensor)
    return tensor, values


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("dtype", list(TYPES))
def test_numpy_takes_every_type(
    server: Server, session: dlpack4j.Session, dtype: str, writable: bool
) -> None:
    tensor, values = fetched(server, session, dtype, TYPES[dtype], writable)
    array = np.from_dlpack(tensor)
    np.testing.assert_array_equal(array, values)
    assert array.ctypes.data == tensor.address
    assert array.flags.writeable == (writable and NUMPY_WRITES)
    copied = np.from_dlpack(tensor, copy=True)
    assert copied.ctypes.data != tensor.address
    assert copied.flags.writeable == NUMPY_WRITES
    del tensor, array
    assert session.names() and server.leases() == 0


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("dtype", [*TYPES, "bfloat16"])
def test_jax_takes_every_type(
    server: Server, session: dlpack4j.Session, dtype: str, writable: bool
) -> None:
    jax = library("jax", "JAX")
    jax.config.update("jax_enable_x64", True)
    if dtype == "bfloat16":
        tensor, values = fetched(server, session, "u2", DataType(4, 16), writable)
    else:
        tensor, values = fetched(server, session, dtype, TYPES[dtype], writable)
    if not writable and asks_for(jax.dlpack.from_dlpack) is None:
        with pytest.raises(BufferError, match=r"session.get\(name, writable=True\)"):
            jax.dlpack.from_dlpack(tensor)
        return
    array = jax.dlpack.from_dlpack(tensor)
    found = np.asarray(array)
    assert (array.shape, array.dtype) == ((2, 3), tensor.dtype)
    np.testing.assert_array_equal(found.view(values.dtype), values)
    assert array.unsafe_buffer_pointer() == tensor.address
    del tensor, array, found
    assert until(lambda: bool(session.names()) and server.leases() == 0)


@pytest.mark.parametrize("dtype", list(TYPES))
def test_tvm_ffi_takes_every_type_that_it_may_write(
    server: Server, session: dlpack4j.Session, dtype: str
) -> None:
    tvm_ffi = library("tvm_ffi", "tvm-ffi")
    tensor, values = fetched(server, session, dtype, TYPES[dtype], True)
    theirs = tvm_ffi.from_dlpack(tensor)
    assert tuple(theirs.shape) == (2, 3)
    np.testing.assert_array_equal(np.from_dlpack(theirs), values)
    assert np.from_dlpack(theirs).ctypes.data == tensor.address
    del tensor, theirs
    assert until(lambda: bool(session.names()) and server.leases() == 0)


def test_tvm_ffi_asks_for_the_legacy_struct_and_is_told_what_to_do(
    server: Server, session: dlpack4j.Session
) -> None:
    tvm_ffi = library("tvm_ffi", "tvm-ffi")
    tensor, _ = fetched(server, session, "f8", TYPES["f8"], False)
    with pytest.raises(BufferError, match=r"session.get\(name, writable=True\)"):
        tvm_ffi.from_dlpack(tensor)


@pytest.mark.parametrize("dtype", [t for t in TYPES if t not in ("?", "c8", "c16")])
def test_pyarrow_takes_numbers(server: Server, session: dlpack4j.Session, dtype: str) -> None:
    pa = library("pyarrow", "pyarrow")
    values = np.arange(6).astype(dtype)
    server.publish_array("x", values, TYPES[dtype])
    tensor = session["x"]
    assert isinstance(tensor, Tensor)
    array = pa.array(tensor.numpy())
    assert array.buffers()[1].address == tensor.address
    assert array.to_pylist() == values.tolist()
    del tensor, array
    assert session.names() and server.leases() == 0


@pytest.mark.parametrize("dtype", [t for t in TYPES if t not in ("u2", "u4", "u8")])
def test_torch_takes_every_type(server: Server, session: dlpack4j.Session, dtype: str) -> None:
    torch = library("torch", "PyTorch")
    tensor, values = fetched(server, session, dtype, TYPES[dtype], True)
    theirs = torch.from_dlpack(tensor)
    np.testing.assert_array_equal(theirs.numpy(), values)
    assert theirs.data_ptr() == tensor.address
    session.put("y", theirs)
    returned = session["y"]
    assert isinstance(returned, Tensor)
    np.testing.assert_array_equal(returned.numpy(), values)


@pytest.mark.parametrize("name", ["jax", "tvm_ffi", "numpy"])
def test_arrays_of_other_libraries_are_sent(session: dlpack4j.Session, name: str) -> None:
    module = library(name, name)
    values = np.arange(6, dtype="f4").reshape(2, 3)
    theirs = {
        "jax": lambda: module.numpy.asarray(values),
        "tvm_ffi": lambda: module.from_dlpack(values),
        "numpy": lambda: values,
    }[name]()
    session.put("y", theirs)
    returned = session["y"]
    assert isinstance(returned, Tensor)
    np.testing.assert_array_equal(returned.numpy(), values)
    assert session.statistics().copied_bytes == values.nbytes
