"""Tensors over segments: every type, layout and way to ask for a capsule."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
from helpers import Struct
from memory import Segment, tensor_of
from server import Server

import dlpack4j
from dlpack4j import Tensor
from dlpack4j.datatypes import DataType
from dlpack4j.wire import IS_COPIED, IS_PADDED, READ_ONLY

NATIVE = [
    *[(f"i{n}", DataType(0, 8 * n)) for n in (1, 2, 4, 8)],
    *[(f"u{n}", DataType(1, 8 * n)) for n in (1, 2, 4, 8)],
    *[(f"f{n}", DataType(2, 8 * n)) for n in (2, 4, 8)],
    ("c8", DataType(5, 64)),
    ("c16", DataType(5, 128)),
    ("?", DataType(6, 8)),
]
SMALL = [("u2", DataType(4, 16))] + [("u1", DataType(code, 8)) for code in range(7, 15)]
# Code, bits, lanes, and the bytes of 12 elements.
OPAQUE = [
    (DataType(17, 4), 6),
    (DataType(15, 6), 9),
    (DataType(16, 6), 9),
    (DataType(0, 4), 6),
    (DataType(1, 1), 2),
    (DataType(0, 128), 192),
    (DataType(0, 128, 2), 384),
    (DataType(2, 32, 4), 192),
]


def fetched(server: Server, session: dlpack4j.Session, *args: Any, **how: Any) -> Tensor:
    server.publish_array("x", *args, **how)
    tensor = session["x"]
    assert isinstance(tensor, Tensor)
    return tensor


@pytest.mark.parametrize(("dtype", "data_type"), NATIVE, ids=str)
def test_types_of_numpy_arrive_as_they_are(
    server: Server, session: dlpack4j.Session, dtype: str, data_type: DataType
) -> None:
    values = np.array([[0, 1, 2], [3, 5, 1]]).astype(dtype)
    tensor = fetched(server, session, values, data_type)
    for array in (tensor.numpy(), np.from_dlpack(tensor), np.asarray(tensor)):
        assert array.dtype == values.dtype
        np.testing.assert_array_equal(array, values)
        assert not array.flags.writeable
        assert array.ctypes.data == tensor.address
    assert (tensor.shape, tensor.ndim, tensor.size) == ((2, 3), 2, 6)
    assert (tensor.dtype, tensor.data_type) == (values.dtype, data_type)
    assert tensor.nbytes == values.nbytes
    interface = tensor.__array_interface__
    assert interface["data"] == (tensor.address, True)


@pytest.mark.parametrize("how", [{"max_version": (1, 0)}, {"max_version": (1, 3)}], ids=str)
@pytest.mark.parametrize(("dtype", "data_type"), NATIVE + SMALL, ids=str)
def test_capsules_say_the_true_type(
    server: Server, session: dlpack4j.Session, dtype: str, data_type: DataType, how: dict[str, Any]
) -> None:
    values = np.arange(6).astype(dtype).reshape(2, 3)
    tensor = fetched(server, session, values, data_type)
    struct = Struct(tensor.__dlpack__(**how))
    assert struct.is_versioned
    assert (struct.data_type, struct.shape, struct.strides) == (data_type, (2, 3), (3, 1))
    assert (struct.flags, struct.device) == (READ_ONLY, (1, 0))
    assert struct.bytes(values.nbytes) == values.tobytes()
    assert struct.data == tensor.address


@pytest.mark.parametrize(("dtype", "data_type"), SMALL, ids=str)
def test_small_floats_are_those_of_ml_dtypes(
    server: Server, session: dlpack4j.Session, dtype: str, data_type: DataType
) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    bits = np.arange(8).astype(dtype)
    tensor = fetched(server, session, bits, data_type)
    expected = np.dtype(getattr(ml_dtypes, str(data_type)))
    assert tensor.numpy().dtype == tensor.dtype == expected
    np.testing.assert_array_equal(tensor.numpy().view(dtype), bits)


@pytest.mark.parametrize("version", [(1, 0), None], ids=str)
@pytest.mark.parametrize(("data_type", "nbytes"), OPAQUE, ids=str)
def test_types_that_numpy_lacks_cross_by_capsule(
    server: Server,
    session: dlpack4j.Session,
    data_type: DataType,
    nbytes: int,
    version: tuple[int, int] | None,
) -> None:
    raw = np.arange(nbytes, dtype="u2").astype("u1")
    server.publish_array("x", raw, data_type, shape=(3, 4), flags=0, writable=True)
    tensor = session.get("x", writable=True)
    assert isinstance(tensor, Tensor)
    struct = Struct(tensor.__dlpack__(max_version=version))
    assert struct.is_versioned == (version is not None)
    assert (struct.data_type, struct.shape, struct.strides) == (data_type, (3, 4), (4, 1))
    assert (struct.flags, struct.bytes(nbytes)) == (0, raw.tobytes())
    assert (tensor.nbytes, tensor.shape, tensor.strides) == (nbytes, (3, 4), (4, 1))
    assert tensor.is_contiguous
    with pytest.raises(TypeError, match="expected a type that NumPy has but found"):
        tensor.numpy()


@pytest.mark.parametrize("data_type", [DataType(17, 4), DataType(0, 128)], ids=str)
def test_types_that_numpy_lacks_may_have_no_dimensions(
    server: Server, session: dlpack4j.Session, data_type: DataType
) -> None:
    raw = np.arange(16, dtype="u1")
    tensor = fetched(server, session, raw, data_type, shape=())
    struct = Struct(tensor.__dlpack__(max_version=(1, 0)))
    assert (struct.shape, struct.strides, struct.data_type) == ((), (), data_type)
    assert struct.bytes(1) == raw[:1].tobytes()


def test_padded_elements_are_a_byte_each(server: Server, session: dlpack4j.Session) -> None:
    raw = np.arange(6, dtype="u1")
    flags = IS_PADDED | READ_ONLY
    tensor = fetched(server, session, raw.reshape(2, 3), DataType(17, 4), flags=flags)
    struct = Struct(tensor.__dlpack__(max_version=(1, 1)))
    assert (struct.flags, struct.shape, struct.strides) == (flags, (2, 3), (3, 1))
    assert (tensor.nbytes, struct.bytes(6)) == (6, raw.tobytes())


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((3, 4), (8, 2), 0),
        ((4, 3), (1, 4), 0),
        ((5,), (-1,), 32),
        ((2, 3), (0, 1), 8),
        ((2, 1, 3), (3, 999, 1), 0),
        ((1, 1), (-5, 1 << 40), 16),
        ((2, 2, 2, 2, 2), (16, 8, 4, 2, 1), 0),
    ],
    ids=str,
)
def test_every_layout_arrives(
    server: Server,
    session: dlpack4j.Session,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
) -> None:
    values = np.arange(32.0)
    tensor = fetched(
        server, session, values, DataType(2, 64), shape=shape, strides=strides, offset=offset
    )
    as_bytes = tuple(8 * step if n > 1 else 8 for step, n in zip(strides, shape, strict=True))
    view = np.ndarray(shape, "f8", values, offset, as_bytes)
    np.testing.assert_array_equal(tensor.numpy(), view)
    struct = Struct(tensor.__dlpack__(max_version=(1, 0)))
    assert struct.shape == shape
    wide = [axis for axis, size in enumerate(shape) if size > 1]
    assert [struct.strides[axis] for axis in wide] == [strides[axis] for axis in wide]
    np.testing.assert_array_equal(np.from_dlpack(tensor), view)
    np.testing.assert_array_equal(tensor.copy().numpy(), view)


def test_a_tensor_may_have_no_dimensions(server: Server, session: dlpack4j.Session) -> None:
    tensor = fetched(server, session, np.array(4.5), DataType(2, 64))
    assert tensor.numpy().item() == np.from_dlpack(tensor).item() == 4.5
    with pytest.raises(TypeError, match="expected dimensions but found none"):
        len(tensor)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 5, 2)], ids=str)
def test_empty_tensors_need_no_segment(
    server: Server, session: dlpack4j.Session, shape: tuple[int, ...]
) -> None:
    _, spec = tensor_of(np.empty(shape), DataType(2, 64), strides=tuple(-(1 << 50) for _ in shape))
    server.publish("x", spec._replace(segment=0, offset=-1), [])
    tensor = session["x"]
    assert isinstance(tensor, Tensor)
    assert tensor.numpy().shape == np.from_dlpack(tensor).shape == shape
    assert tensor.readonly


def test_a_read_only_tensor_cannot_be_made_writable(
    server: Server, session: dlpack4j.Session
) -> None:
    tensor = fetched(server, session, np.arange(4.0), DataType(2, 64))
    array = tensor.numpy()
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.flags.writeable = True


def test_a_writable_segment_is_read_only_unless_asked_for(
    server: Server, session: dlpack4j.Session
) -> None:
    tensor = fetched(server, session, np.arange(4.0), DataType(2, 64), flags=0, writable=True)
    assert tensor.readonly
    with pytest.raises(ValueError, match="read-only"):
        tensor.numpy()[0] = 1


def test_what_is_written_is_seen_by_the_other_side(
    server: Server, session: dlpack4j.Session
) -> None:
    segment = server.publish_array("x", np.zeros(4), DataType(2, 64), flags=0, writable=True)
    tensor = session.get("x", writable=True)
    assert isinstance(tensor, Tensor)
    tensor.numpy()[2] = 7
    struct = Struct(tensor.__dlpack__(max_version=(1, 0)))
    ctypes.c_double.from_address(struct.data + 24).value = 8
    assert struct.flags == 0
    assert segment.bytes().view("f8")[:4].tolist() == [0, 0, 7, 8]


def test_writing_is_refused_where_the_publisher_forbids_it(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.zeros(4), DataType(2, 64))
    with pytest.raises(dlpack4j.WriteRefusedError, match="'x': expected to read"):
        session.get("x", writable=True)


# How a capsule is asked for


def test_a_legacy_consumer_of_a_read_only_tensor_is_told_what_to_do(
    server: Server, session: dlpack4j.Session
) -> None:
    tensor = fetched(server, session, np.zeros(4), DataType(2, 64))
    for how in ({}, {"max_version": None}, {"max_version": (0, 8)}):
        with pytest.raises(BufferError, match=r"writable=True\), or give the consumer a copy"):
            tensor.__dlpack__(**how)


@pytest.mark.parametrize("version", [None, (0, 8), (1, 0), (1, 3), (2, 0)], ids=str)
@pytest.mark.parametrize("copy", [None, False, True])
@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize(("dtype", "data_type"), [("f8", DataType(2, 64)), ("u2", DataType(4, 16))])
def test_versions_copies_and_writing_in_every_combination(
    server: Server,
    session: dlpack4j.Session,
    version: tuple[int, int] | None,
    copy: bool | None,
    writable: bool,
    dtype: str,
    data_type: DataType,
) -> None:
    values = np.arange(6).astype(dtype)
    server.publish_array("x", values, data_type, flags=0, writable=True)
    tensor = session.get("x", writable=writable)
    assert isinstance(tensor, Tensor)
    legacy = version is None or version[0] < 1
    if legacy and not writable and not copy:
        with pytest.raises(BufferError, match="only for reading"):
            tensor.__dlpack__(max_version=version, copy=copy)
        return
    struct = Struct(tensor.__dlpack__(max_version=version, copy=copy, dl_device=(1, 0)))
    assert struct.is_versioned == (not legacy)
    assert (struct.data == tensor.address) == (not copy)
    if not legacy:
        assert struct.flags == (IS_COPIED if copy else 0 if writable else READ_ONLY)
    assert (struct.data_type, struct.bytes(values.nbytes)) == (data_type, values.tobytes())


@pytest.mark.parametrize("device", [(2, 0), (1, 1), (13, 0)], ids=str)
def test_other_devices_are_refused(
    server: Server, session: dlpack4j.Session, device: tuple[int, int]
) -> None:
    tensor = fetched(server, session, np.zeros(4), DataType(2, 64))
    assert tensor.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError, match=r"expected dl_device=\(1, 0\)"):
        tensor.__dlpack__(dl_device=device, max_version=(1, 0))


@pytest.mark.parametrize("stream", [-1, 0, 1, 2, 12345, "x"])
def test_streams_are_refused(server: Server, session: dlpack4j.Session, stream: Any) -> None:
    tensor = fetched(server, session, np.zeros(4), DataType(2, 64))
    with pytest.raises(BufferError, match="expected stream=None"):
        tensor.__dlpack__(stream=stream, max_version=(1, 0))


def test_positional_arguments_are_refused(server: Server, session: dlpack4j.Session) -> None:
    tensor: Any = fetched(server, session, np.zeros(4), DataType(2, 64))
    with pytest.raises(TypeError):
        tensor.__dlpack__(None)


def test_a_capsule_that_nobody_takes_gives_its_lease_back(
    server: Server, session: dlpack4j.Session
) -> None:
    tensor = fetched(server, session, np.zeros(4), DataType(2, 64))
    capsule = tensor.__dlpack__(max_version=(1, 0))
    del tensor
    assert session.names() and server.leases() == 1
    del capsule
    assert session.names() and server.leases() == 0


def test_arrays_are_converted_as_numpy_asks(server: Server, session: dlpack4j.Session) -> None:
    tensor = fetched(server, session, np.arange(3.0), DataType(2, 64))
    assert np.asarray(tensor, dtype="f4").dtype == np.float32
    assert np.array(tensor).flags.writeable
    assert np.array(tensor, copy=True).ctypes.data != tensor.address
    assert np.asarray(tensor, copy=False).ctypes.data == tensor.address
    with pytest.raises(dlpack4j.CopyRefusedError, match="float32 instead of float64"):
        tensor.__array__(np.dtype("f4"), copy=False)


# Copies


def test_copies_of_the_publisher_are_reported_and_refused_by_request(
    server: Server, session: dlpack4j.Session
) -> None:
    flags = READ_ONLY | IS_COPIED
    tensor = fetched(server, session, np.zeros(4), DataType(2, 64), flags=flags)
    assert tensor.copied
    assert "copied" in repr(tensor)
    with pytest.raises(dlpack4j.CopyRefusedError, match="born shared"):
        session.get("x", copy=False)
    # Many may see the publisher's copy, so none is told that it is the only one.
    assert Struct(tensor.__dlpack__(max_version=(1, 0))).flags == READ_ONLY


def test_a_copy_is_counted_and_needs_no_lease(server: Server, session: dlpack4j.Session) -> None:
    server.publish_array("x", np.arange(4.0), DataType(2, 64))
    copied = session.get("x", copy=True)
    assert isinstance(copied, Tensor)
    assert copied.copied and not copied.readonly
    copied.numpy()[0] = 9
    assert session.names() and server.leases() == 0
    statistics = session.statistics()
    assert (statistics.copies, statistics.copied_bytes) == (1, 32)
    again = session["x"]
    assert isinstance(again, Tensor) and again.numpy()[0] == 0


def test_tensors_are_not_pickled_by_accident(server: Server, session: dlpack4j.Session) -> None:
    import pickle

    tensor = fetched(server, session, np.zeros(4), DataType(2, 64))
    for thing in (tensor, session):
        with pytest.raises(TypeError, match="connect in the other process"):
            pickle.dumps(thing)


def test_memory_of_another_gpu_s_is_refused_and_the_session_goes_on(
    server: Server, session: dlpack4j.Session
) -> None:
    segment, spec = tensor_of(np.zeros(4), DataType(2, 64))
    server.publish("gpu", spec._replace(device=(10, 0)), [segment])
    with pytest.raises(dlpack4j.UnsupportedError, match=r"found device \(10, 0\)"):
        session["gpu"]
    assert session.names() and server.leases() == 0


def test_a_segment_of_another_kind_is_refused_and_the_session_goes_on(
    server: Server, session: dlpack4j.Session
) -> None:
    segment, spec = tensor_of(np.zeros(4), DataType(2, 64))
    server.publish("gpu", spec, [segment])
    send = server.send_segment
    server.send_segment = lambda peer, request, s, kind=0: send(peer, request, s, 3)  # type: ignore[method-assign]
    with pytest.raises(dlpack4j.UnsupportedError, match="found kind 3"):
        session["gpu"]
    assert session.names() and server.leases() == 0
    assert isinstance(segment, Segment)
