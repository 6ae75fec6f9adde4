"""Addresses of managed tensors: ownership on both outcomes, of both structs."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from helpers import SOURCES, Managed, Struct

import dlpack4j
from dlpack4j import DeviceTensor, Tensor, adopting, capsules
from dlpack4j.datatypes import DataType

FLOAT = DataType(2, 64)
VALUES = np.arange(12.0).reshape(3, 4)


def managed(**how: Any) -> Managed:
    return Managed(VALUES.tobytes(), FLOAT, (3, 4), **how)


@pytest.mark.parametrize("versioned", [True, False])
def test_a_tensor_is_read_where_it_is_and_deleted_once(versioned: bool) -> None:
    foreign = managed(versioned=versioned)
    tensor = dlpack4j.from_address(foreign.address, versioned)
    array = np.from_dlpack(tensor)
    np.testing.assert_array_equal(array, VALUES)
    assert array.ctypes.data == tensor.address == foreign.data
    view = tensor.numpy()[1:]
    del tensor, array
    gc.collect()
    assert foreign.deleted == 0
    assert view[0, 0] == 4
    del view
    gc.collect()
    assert foreign.deleted == 1


@pytest.mark.parametrize("versioned", [True, False])
def test_a_tensor_that_nobody_called_read_only_may_be_written(versioned: bool) -> None:
    tensor = dlpack4j.from_address(managed(versioned=versioned).address, versioned)
    assert not tensor.readonly
    tensor.numpy()[2, 3] = 5
    assert Struct(tensor.__dlpack__(max_version=(1, 0))).flags == 0
    assert tensor.numpy()[2, 3] == 5


def test_a_tensor_that_nobody_uses_is_deleted_once() -> None:
    foreign = managed()
    tensor = dlpack4j.from_address(foreign.address)
    capsule = tensor.__dlpack__(max_version=(1, 0))
    del tensor
    assert foreign.deleted == 0
    del capsule
    assert foreign.deleted == 1


def test_strides_and_offsets_are_followed() -> None:
    foreign = managed(strides=(4, -1), byte_offset=24)
    array = dlpack4j.from_address(foreign.address).numpy()
    np.testing.assert_array_equal(array, VALUES[:, ::-1])


def test_read_only_tensors_stay_so() -> None:
    tensor = dlpack4j.from_address(managed(flags=1).address)
    assert tensor.readonly
    with pytest.raises(BufferError, match="only for reading"):
        tensor.__dlpack__()
    assert Struct(tensor.__dlpack__(max_version=(1, 0))).flags == 1


def test_legacy_tensors_leave_as_legacy_or_versioned() -> None:
    foreign = managed(versioned=False)
    tensor = dlpack4j.from_address(foreign.address, versioned=False)
    for version in (None, (1, 0)):
        struct = Struct(tensor.__dlpack__(max_version=version))
        assert struct.is_versioned == (version is not None)
        assert (struct.data, struct.data_type) == (foreign.data, FLOAT)


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize(
    "data_type",
    [DataType(4, 16), DataType(10, 8), DataType(17, 4), DataType(0, 128), DataType(2, 32, 4)],
    ids=str,
)
def test_types_that_numpy_lacks_pass_and_are_restored(data_type: DataType, versioned: bool) -> None:
    raw = bytes(range(192))
    foreign = Managed(raw, data_type, (3, 4), versioned=versioned)
    tensor = dlpack4j.from_address(foreign.address, versioned)
    assert (tensor.shape, tensor.data_type) == ((3, 4), data_type)
    abi = capsules.VERSIONED if versioned else capsules.LEGACY
    assert abi.data_type(foreign.address) == data_type
    assert (abi.shape(foreign.address), abi.strides(foreign.address)) == ((3, 4), (4, 1))
    struct = Struct(tensor.__dlpack__(max_version=(1, 1)))
    assert (struct.data_type, struct.shape, struct.data) == (data_type, (3, 4), foreign.data)
    del tensor, struct
    gc.collect()
    assert foreign.deleted == 1


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"version": (2, 0)}, r"expected DLPack 1.x but found \(2, 0\)"),
        ({"version": (0, 8)}, "say versioned=False"),
    ],
)
def test_a_tensor_that_is_refused_stays_its_caller_s(how: Any, expected: str) -> None:
    foreign = managed(**how)
    with pytest.raises(BufferError, match=expected):
        dlpack4j.from_address(foreign.address)
    gc.collect()
    assert foreign.deleted == 0


@pytest.mark.parametrize("data_type", [FLOAT, DataType(4, 16), DataType(17, 4)], ids=str)
@pytest.mark.parametrize(
    "shape", [(1,) * 65, (-1,), (3, -4), (1 << 62, 4), (0, 1 << 62)], ids=lambda s: str(s)[:20]
)
def test_a_tensor_of_no_possible_shape_stays_its_caller_s(
    data_type: DataType, shape: tuple[int, ...]
) -> None:
    foreign = Managed(bytes(8), data_type, shape)
    with pytest.raises(BufferError, match=r"(ndim|shape): expected"):
        dlpack4j.from_address(foreign.address)
    gc.collect()
    assert foreign.deleted == 0
    assert capsules.VERSIONED.shape(foreign.address) == shape
    assert capsules.VERSIONED.data_type(foreign.address) == data_type


def test_a_type_without_bits_stays_its_caller_s() -> None:
    foreign = Managed(bytes(8), DataType(2, 0), (1,))
    with pytest.raises(BufferError, match="1 bit or more"):
        dlpack4j.from_address(foreign.address)
    gc.collect()
    assert foreign.deleted == 0


@pytest.mark.parametrize("address", [0, -8, 12, "12", None, 1.0])
def test_addresses_that_are_none_are_refused(address: Any) -> None:
    with pytest.raises(ValueError, match="expected that of a managed tensor"):
        dlpack4j.from_address(address)


# Devices


def test_a_tensor_on_a_device_goes_to_one_consumer() -> None:
    foreign = managed(device=(2, 3))
    tensor = dlpack4j.from_address(foreign.address)
    assert isinstance(tensor, DeviceTensor)
    assert tensor.__dlpack_device__() == (2, 3)
    assert (tensor.shape, tensor.data_type) == ((3, 4), FLOAT)
    capsule = tensor.__dlpack__(max_version=(1, 0), stream=7, dl_device=(2, 3))
    assert capsules.surrender(capsule, capsules.VERSIONED) == foreign.address
    with pytest.raises(BufferError, match="expected one consumer but found a second"):
        tensor.__dlpack__(max_version=(1, 0))
    del tensor, capsule
    gc.collect()
    assert foreign.deleted == 0
    capsules.VERSIONED.delete(foreign.address)


@pytest.mark.parametrize("versioned", [True, False])
def test_a_tensor_on_a_device_that_nobody_takes_is_deleted(versioned: bool) -> None:
    foreign = managed(device=(2, 0), versioned=versioned)
    tensor = dlpack4j.from_address(foreign.address, versioned)
    version = (1, 0) if versioned else None
    tensor.__dlpack__(max_version=version)
    for how in (
        {"copy": True, "max_version": version},
        {"dl_device": (1, 0), "max_version": version},
        {"max_version": None if versioned else (1, 0)},
    ):
        with pytest.raises(BufferError, match="expected"):
            tensor.__dlpack__(**how)
    del tensor
    gc.collect()
    assert foreign.deleted == 1


@pytest.mark.parametrize("versioned", [True, False])
def test_a_capsule_outlives_the_tensor_that_gave_it(versioned: bool) -> None:
    foreign = managed(device=(2, 0), versioned=versioned)
    version = (1, 0) if versioned else None
    capsule = dlpack4j.from_address(foreign.address, versioned).__dlpack__(max_version=version)
    gc.collect()
    assert foreign.deleted == 0
    abi = capsules.VERSIONED if versioned else capsules.LEGACY
    assert capsules.surrender(capsule, abi) == foreign.address
    del capsule
    gc.collect()
    assert foreign.deleted == 0
    abi.delete(foreign.address)
    assert foreign.deleted == 1


# The other way


@pytest.mark.parametrize("versioned", [True, False])
def test_an_address_owns_the_array_until_it_is_deleted(versioned: bool) -> None:
    array = np.arange(5.0)
    before = sys.getrefcount(array)
    address = dlpack4j.to_address(array, versioned)
    gc.collect()
    assert sys.getrefcount(array) > before
    abi = capsules.VERSIONED if versioned else capsules.LEGACY
    assert abi.data(address) == array.ctypes.data
    assert (abi.shape(address), abi.data_type(address)) == ((5,), FLOAT)
    abi.delete(address)
    assert sys.getrefcount(array) == before


@pytest.mark.parametrize("versioned", [True, False])
def test_addresses_go_round(versioned: bool) -> None:
    array = np.arange(6, dtype="i2").reshape(2, 3)[:, ::2]
    tensor = dlpack4j.from_address(dlpack4j.to_address(array, versioned), versioned)
    assert isinstance(tensor, Tensor)
    np.testing.assert_array_equal(tensor.numpy(), array)
    again = dlpack4j.from_address(dlpack4j.to_address(tensor, versioned), versioned)
    del tensor
    assert again.numpy().ctypes.data == array.ctypes.data


def test_read_only_arrays_have_no_legacy_address() -> None:
    array = np.arange(3.0)
    array.flags.writeable = False
    with pytest.raises(BufferError):
        dlpack4j.to_address(array, versioned=False)
    address = dlpack4j.to_address(array)
    assert capsules.VERSIONED.flags(address) == 1
    capsules.VERSIONED.delete(address)


def test_a_producer_of_the_other_struct_is_refused() -> None:
    class Old:
        def __dlpack__(self, stream: Any = None) -> Any:
            return np.arange(3.0).__dlpack__()

    with pytest.raises(BufferError, match="use versioned=False on both sides"):
        dlpack4j.to_address(Old())
    address = dlpack4j.to_address(Old(), versioned=False)
    capsules.LEGACY.delete(address)


def test_objects_without_dlpack_have_no_address() -> None:
    with pytest.raises(TypeError, match="expected an object with __dlpack__ but found list"):
        dlpack4j.to_address([1])


# The exchange API


def test_the_exchange_api_of_a_type_is_used_both_ways() -> None:
    core = pytest.importorskip("tvm_ffi.core", reason="tvm-ffi is not installed")
    kind = getattr(core, "DLTensorTestWrapper", None)
    if kind is None:
        pytest.skip("this tvm-ffi has no type with an exchange API")
    foreign = managed()
    theirs = dlpack4j.from_address(foreign.address, kind=kind)
    assert isinstance(theirs, core.Tensor)
    np.testing.assert_array_equal(np.from_dlpack(theirs), VALUES)
    # Its capsules would be of the class Tensor; the table is asked first.
    address = dlpack4j.to_address(kind(theirs))
    assert capsules.VERSIONED.data(address) == foreign.data
    tensor = adopting.of_producer(kind(theirs))
    assert isinstance(tensor, Tensor)
    np.testing.assert_array_equal(tensor.numpy(), VALUES)
    del theirs, tensor
    gc.collect()
    assert foreign.deleted == 0
    capsules.VERSIONED.delete(address)
    gc.collect()
    assert foreign.deleted == 1


def test_what_the_exchange_api_made_is_counted_once() -> None:
    core = pytest.importorskip("tvm_ffi.core", reason="tvm-ffi is not installed")
    theirs = dlpack4j.from_address(managed().address, kind=core.DLTensorTestWrapper)
    assert sys.getrefcount(theirs) == 2


class Fields(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("previous", ctypes.c_void_p),
        ("functions", ctypes.c_void_p * 5),
    ]


FROM_PY = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(ctypes.c_void_p))
TO_PY = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))


def type_with_table(from_py: Any, major: int = 1, previous: int | None = None) -> Any:
    functions = (ctypes.c_void_p * 5)()
    functions[1] = ctypes.cast(from_py, ctypes.c_void_p).value
    table = Fields(major, 3, previous, functions)
    new = ctypes.pythonapi.PyCapsule_New
    capsule = new(ctypes.addressof(table), capsules.forever("dlpack_exchange_api"), None)
    return type("Array", (), {"__dlpack_c_exchange_api__": capsule, "keep": (table, from_py)})


def test_a_table_of_a_later_version_leads_to_that_of_ours() -> None:
    foreign = managed()

    @FROM_PY
    def from_py(_: Any, out: Any) -> int:
        out[0] = foreign.address
        return 0

    old = type_with_table(from_py)
    kind = type_with_table(from_py, 2, ctypes.addressof(old.keep[0]))
    kind.__dlpack__ = None
    assert dlpack4j.to_address(kind()) == foreign.address


def test_an_exchange_api_that_fails_is_an_error_of_its_own_words() -> None:
    @FROM_PY
    def fails(_: Any, out: Any) -> int:
        return -1

    kind = type_with_table(fails)
    kind.__dlpack__ = None
    with pytest.raises(BufferError, match="exchange API: expected a tensor of Array but found -1"):
        dlpack4j.to_address(kind())


def test_a_type_without_exchange_api_is_refused() -> None:
    foreign = managed()
    with pytest.raises(TypeError, match="expected a type with __dlpack_c_exchange_api__"):
        dlpack4j.from_address(foreign.address, kind=list)
    with pytest.raises(ValueError, match="exchange APIs know no other"):
        dlpack4j.from_address(foreign.address, False, kind=list)
    assert foreign.deleted == 0


def test_an_interpreter_ends_in_silence_with_foreign_tensors() -> None:
    code = f"""
import sys
sys.path[:0] = [{str(SOURCES)!r}, {sys.path[0]!r}]
import dlpack4j, numpy as np
class C: pass
c = C(); c.me = c
a = np.arange(5.0)
c.cpu = dlpack4j.from_address(dlpack4j.to_address(a))
b = dlpack4j.to_address(a)
d = dlpack4j.from_address(dlpack4j.to_address(a)).__dlpack__(max_version=(1, 0))
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
