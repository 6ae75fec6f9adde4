"""Libraries that speak DLPack: how each makes a tensor of bytes, and takes another's."""

from __future__ import annotations

import importlib
import importlib.metadata
import mmap
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from server import Server

import dlpack4j
from dlpack4j import Tensor, adopting
from dlpack4j.datatypes import DataType, carrier_of, numpy_dtype

COUNT = 8
TYPES = {
    "bool": DataType(6, 8),
    **{f"int{bits}": DataType(0, bits) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": DataType(1, bits) for bits in (8, 16, 32, 64)},
    **{f"float{bits}": DataType(2, bits) for bits in (16, 32, 64)},
    "bfloat16": DataType(4, 16),
    "float8_e4m3fn": DataType(10, 8),
    "float8_e5m2": DataType(12, 8),
    **{f"complex{bits}": DataType(5, bits) for bits in (64, 128)},
}


class Made(NamedTuple):
    """A producer's tensor: what speaks DLPack, and where its elements are."""

    tensor: Any
    address: int


class Taken(NamedTuple):
    """What a consumer has: where the elements are, of which type, and what keeps them."""

    address: int
    dtype: str
    owner: Any


class UnmadeError(Exception):
    """The library has no such tensors."""


class Library(NamedTuple):
    """How to call a library, its version, and what it does; some only produce."""

    name: str
    version: str
    make: Callable[[str, bytes], Made]
    take: Callable[[Any], Taken] | None


def aligned(raw: bytes) -> mmap.mmap:
    """Bytes in memory that every library finds aligned."""
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    memory[: len(raw)] = raw
    return memory


def ours(name: str, raw: bytes) -> Tensor:
    """A tensor of any type, writable, in memory of this process."""
    found = carrier_of(TYPES[name])
    assert found is not None
    array = np.frombuffer(aligned(raw), found[0], COUNT)
    return Tensor(array, TYPES[name], is_native=found[1])


def installed() -> list[Library]:
    """The libraries that are here, in the order of the document; PyTorch by its major version."""
    found = []
    for add in (_numpy, _jax, _pyarrow, _tvm_ffi, _torch):
        try:
            found.append(add())
        except ImportError:
            continue
    return found


def dlpack4j_itself(server: Server, session: dlpack4j.Session) -> list[Library]:
    """The package under test, by each way that a tensor comes from it."""

    def fetched(writable: bool) -> Callable[[str, bytes], Made]:
        def make(name: str, raw: bytes) -> Made:
            array = ours(name, raw).carrier
            server.publish_array("x", array, TYPES[name], flags=0, writable=True)
            tensor = session.get("x", writable=writable)
            assert isinstance(tensor, Tensor)
            return Made(tensor, tensor.address)

        return make

    def adopted(name: str, raw: bytes) -> Made:
        tensor = dlpack4j.from_address(dlpack4j.to_address(ours(name, raw)))
        return Made(tensor, tensor.address)

    def take(obj: Any) -> Taken:
        tensor = adopting.of_producer(obj)
        assert isinstance(tensor, Tensor)
        return Taken(tensor.address, str(tensor.data_type), tensor)

    version = dlpack4j.__version__
    return [
        Library("dlpack4j, read-only", version, fetched(False), None),
        Library("dlpack4j, writable", version, fetched(True), None),
        Library("dlpack4j, an address", version, adopted, take),
    ]


def _dtype(name: str) -> np.dtype[Any]:
    found = numpy_dtype(TYPES[name])
    if found is None:
        raise UnmadeError(f"NumPy has no {name}")
    return found


def _numpy() -> Library:
    def make(name: str, raw: bytes) -> Made:
        array = np.frombuffer(aligned(raw), _dtype(name), COUNT)
        return Made(array, array.ctypes.data)

    def take(obj: Any) -> Taken:
        array = np.from_dlpack(obj)
        return Taken(array.ctypes.data, array.dtype.name, array)

    return Library("NumPy", np.__version__, make, take)


def _jax() -> Library:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)

    def made(array: Any) -> Taken:
        return Taken(array.unsafe_buffer_pointer(), str(array.dtype), array)

    def make(name: str, raw: bytes) -> Made:
        array = jax.numpy.array(np.frombuffer(raw, _dtype(name), COUNT))
        return Made(array, array.unsafe_buffer_pointer())

    return Library("JAX", jax.__version__, make, lambda obj: made(jax.dlpack.from_dlpack(obj)))


def _pyarrow() -> Library:
    pa = importlib.import_module("pyarrow")
    names = {"halffloat": "float16", "float": "float32", "double": "float64"}
    types = {str(kind): kind for kind in (pa.float16(), pa.float32(), pa.float64())}
    kinds = {names[text]: kind for text, kind in types.items()}

    def make(name: str, raw: bytes) -> Made:
        kind = kinds.get(name) or getattr(pa, name, pa.null)()
        if kind == pa.null():
            raise UnmadeError(f"Arrow has no {name}")
        array = pa.Array.from_buffers(kind, COUNT, [None, pa.py_buffer(aligned(raw))])
        return Made(array, array.buffers()[1].address)

    def take(obj: Any) -> Taken:
        array = pa.Array.from_dlpack(obj)
        kind = str(array.type)
        return Taken(array.buffers()[1].address, names.get(kind, kind), array)

    return Library("PyArrow", pa.__version__, make, take)


def _tvm_ffi() -> Library:
    tvm_ffi = importlib.import_module("tvm_ffi")

    def take(obj: Any) -> Taken:
        tensor = tvm_ffi.from_dlpack(obj)
        return Taken(tensor.data_ptr(), str(tensor.dtype), tensor)

    def make(name: str, raw: bytes) -> Made:
        tensor = tvm_ffi.from_dlpack(ours(name, raw))
        return Made(tensor, tensor.data_ptr())

    version = importlib.metadata.version("apache-tvm-ffi")
    return Library("tvm-ffi", version, make, take)


def _torch() -> Library:
    torch = importlib.import_module("torch")

    def make(name: str, raw: bytes) -> Made:
        kind = getattr(torch, name, None)
        if kind is None:
            raise UnmadeError(f"this PyTorch has no {name}")
        tensor = torch.frombuffer(aligned(raw), dtype=kind, count=COUNT)
        return Made(tensor, tensor.data_ptr())

    def take(obj: Any) -> Taken:
        tensor = torch.from_dlpack(obj)
        return Taken(tensor.data_ptr(), str(tensor.dtype).removeprefix("torch."), tensor)

    version = torch.__version__.partition("+")[0]
    return Library(f"PyTorch {version.partition('.')[0]}", version, make, take)
