"""From Python to the JVM: born shared without a copy, or copied once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import Managed, Struct, until
from server import Server

import dlpack4j
from dlpack4j import Table, Tensor, wire
from dlpack4j.datatypes import DataType


def values_of(session: dlpack4j.Session, name: str) -> Any:
    found = session[name]
    assert isinstance(found, Tensor)
    return found.numpy()


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8", "c16"])
def test_arrays_of_every_type_are_copied_once(session: dlpack4j.Session, dtype: str) -> None:
    array = np.arange(6).astype(dtype).reshape(2, 3)
    generation = session.put("x", array)
    np.testing.assert_array_equal(values_of(session, "x"), array)
    found = session["x"]
    assert isinstance(found, Tensor) and found.generation == generation
    statistics = session.statistics()
    assert (statistics.copies, statistics.copied_bytes) == (1, array.nbytes)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(4, 6)[::2, 1::2],
        np.arange(24.0).reshape(4, 6).T,
        np.arange(6.0)[::-1],
        np.broadcast_to(np.arange(3.0), (2, 3)),
        np.array(3.5),
        np.empty((0, 4)),
        np.arange(4, dtype=">f8"),
        np.arange(4, dtype=">i2"),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    ],
    ids=["slices", "transposed", "reversed", "broadcast", "0-d", "empty", ">f8", ">i2", "fortran"],
)
def test_arrays_of_every_layout_arrive_in_row_major_order(
    session: dlpack4j.Session, array: np.ndarray[Any, Any]
) -> None:
    session.put("x", array)
    found = values_of(session, "x")
    np.testing.assert_array_equal(found, array)
    assert found.flags.c_contiguous and found.dtype.isnative


def test_a_session_has_names_to_iterate_over_and_no_numbers(session: dlpack4j.Session) -> None:
    session.put("x", np.zeros(3))
    session.put("y", np.zeros(3))
    assert list(session) == ["x", "y"]
    assert "x" in session and "z" not in session and 3 not in session
    with pytest.raises(TypeError, match="name: expected a string but found 3"):
        session[3]  # type: ignore[index]


def test_what_was_copied_says_so_to_everybody(session: dlpack4j.Session) -> None:
    session.put("x", np.zeros(3))
    session.put("t", {"a": np.zeros(3)})
    born = session.empty(3)
    session.put("y", born)
    assert session["x"].copied and session["t"].copied and not session["y"].copied
    with pytest.raises(dlpack4j.CopyRefusedError, match="copied when it was published"):
        session.get("x", copy=False)
    assert session.get("y", copy=False).numpy().shape == (3,)  # type: ignore[union-attr]


def test_arrays_born_shared_are_not_copied(server: Server, session: dlpack4j.Session) -> None:
    array = session.empty((3, 4), "f4")
    array[:] = np.arange(12).reshape(3, 4)
    session.put("x", array, copy=False)
    session.put("part", array[1:, ::2], copy=False)
    session.put("same", np.from_dlpack(array), copy=False)
    assert values_of(session, "x").tolist() == array.tolist()
    assert values_of(session, "part").tolist() == array[1:, ::2].tolist()
    assert session.statistics().copies == 0
    array[0, 0] = 99
    assert values_of(session, "same")[0, 0] == 99
    assert server.requests.count(wire.ALLOC) == 1


def test_what_was_published_outlives_the_array(server: Server, session: dlpack4j.Session) -> None:
    array = session.empty(3)
    array[:] = 7
    session.put("x", array)
    assert server.leases() == 1
    del array
    assert session.names() and server.leases() == 0
    assert values_of(session, "x").tolist() == [7, 7, 7]


def test_a_table_born_shared_is_not_copied(session: dlpack4j.Session) -> None:
    arrays = session.empty_table(5, {"a": "i4", "b": "f8", "c": "?"})
    for array in arrays.values():
        array[:] = np.arange(5)
    session.put("t", arrays, copy=False)
    table = session["t"]
    assert isinstance(table, Table)
    assert {name: a.tolist() for name, a in table.numpy().items()} == {
        name: array.tolist() for name, array in arrays.items()
    }
    assert session.statistics().copies == 0


def test_arrays_of_several_allocations_are_copied_into_one(session: dlpack4j.Session) -> None:
    columns = {"a": session.empty(3), "b": session.empty(3)}
    for array in columns.values():
        array[:] = 1
    with pytest.raises(dlpack4j.CopyRefusedError, match="of one call for all of a table"):
        session.put("t", columns, copy=False)
    session.put("t", columns)
    assert session.statistics().copied_bytes == 48


def test_other_memory_is_refused_without_a_copy(session: dlpack4j.Session) -> None:
    with pytest.raises(dlpack4j.CopyRefusedError, match=r"session.empty\(\)"):
        session.put("x", np.arange(3), copy=False)
    with pytest.raises(dlpack4j.NameNotFoundError):
        session["x"]


def test_a_copy_of_what_was_born_shared_may_be_asked_for(session: dlpack4j.Session) -> None:
    array = session.empty(3)
    array[:] = 1
    session.put("x", array, copy=True)
    array[:] = 2
    assert values_of(session, "x").tolist() == [1, 1, 1]


def test_any_producer_of_dlpack_is_taken_and_given_back(session: dlpack4j.Session) -> None:
    raw = np.arange(8, dtype="u2").tobytes()
    managed = Managed(raw, DataType(4, 16), (2, 4))

    class Producer:
        def __dlpack_device__(self) -> tuple[int, int]:
            return 1, 0

        def __dlpack__(self, **how: Any) -> Any:
            assert how == {"max_version": (1, 3)}
            return dlpack4j.from_address(managed.address).__dlpack__(max_version=(1, 0))

    session.put("x", Producer())
    assert until(lambda: managed.deleted == 1)
    found = session["x"]
    assert isinstance(found, Tensor)
    struct = Struct(found.__dlpack__(max_version=(1, 0)))
    assert (struct.data_type, struct.shape, struct.bytes(16)) == (DataType(4, 16), (2, 4), raw)


def test_producers_older_than_version_1_are_taken(session: dlpack4j.Session) -> None:
    class Old:
        def __dlpack_device__(self) -> tuple[int, int]:
            return 1, 0

        def __dlpack__(self, stream: Any = None) -> Any:
            return np.arange(3.0).__dlpack__()

    session.put("x", Old())
    assert values_of(session, "x").tolist() == [0, 1, 2]


def test_an_error_of_a_producer_is_not_taken_for_its_age(session: dlpack4j.Session) -> None:
    class Broken:
        calls = 0

        def __dlpack__(self, **how: Any) -> Any:
            self.calls += 1
            raise TypeError("unsupported element type")

    broken = Broken()
    with pytest.raises(TypeError, match="unsupported element type"):
        session.put("x", broken)
    assert broken.calls == 1


def test_a_tensor_of_the_session_can_be_put_again(session: dlpack4j.Session) -> None:
    session.put("a", np.arange(3))
    session.put("b", session["a"])
    assert values_of(session, "b").tolist() == [0, 1, 2]


@pytest.mark.parametrize("data_type", [DataType(17, 4), DataType(0, 128), DataType(2, 32, 4)])
def test_types_that_numpy_lacks_are_sent(session: dlpack4j.Session, data_type: DataType) -> None:
    raw = bytes(range(64)) * 3
    managed = Managed(raw, data_type, (3, 4))
    tensor = dlpack4j.from_address(managed.address)
    session.put("x", tensor)
    found = session["x"]
    assert isinstance(found, Tensor)
    struct = Struct(found.__dlpack__(max_version=(1, 0)))
    count = (12 * data_type.element_bits + 7) // 8
    assert (struct.data_type, struct.shape, struct.bytes(count)) == (data_type, (3, 4), raw[:count])


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ([1, 2], "wrap it by numpy.asarray"),
        ("text", "wrap it by numpy.asarray"),
        (np.array(["a"]), "send text, dates and objects as pyarrow arrays"),
        (np.array([object()]), "expected numbers"),
        ({"a": np.array(["x"])}, "expected numbers"),
        ({1: np.arange(3)}, "expected a name but found 1"),
    ],
    ids=str,
)
def test_objects_that_are_no_arrays_are_refused(
    session: dlpack4j.Session, obj: Any, expected: str
) -> None:
    with pytest.raises(TypeError, match=expected):
        session.put("x", obj)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"a": np.zeros(3), "b": np.zeros(4)}, "column 'b': expected 3 rows, as 'a' has"),
        ({"a": np.zeros((2, 2))}, "column 'a': expected one dimension"),
        ({"a": np.array(1.0)}, "column 'a': expected one dimension"),
    ],
)
def test_tables_of_other_shapes_are_refused(
    session: dlpack4j.Session, columns: Any, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        session.put("x", columns)


def test_memory_of_another_gpu_is_refused(session: dlpack4j.Session) -> None:
    managed = Managed(bytes(8), DataType(2, 64), (1,), device=(10, 0))
    with pytest.raises(BufferError, match=r"\.cpu\(\)"):
        session.put("x", dlpack4j.from_address(managed.address))
    assert until(lambda: managed.deleted == 1)


def test_empty_says_what_is_wrong(session: dlpack4j.Session) -> None:
    with pytest.raises(ValueError, match="no size below 0"):
        session.empty((2, -1))
    with pytest.raises(TypeError, match="expected one that NumPy has but found float4_e2m1fn"):
        session.empty(3, "float4_e2m1fn")
    assert session.empty((), "i4").shape == ()
    assert session.empty((0, 3)).shape == (0, 3)


def test_bfloat16_is_born_shared_with_ml_dtypes(session: dlpack4j.Session) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    array = session.empty(4, "bfloat16")
    array[:] = np.arange(4)
    session.put("x", array, copy=False)
    found = session["x"]
    assert isinstance(found, Tensor)
    assert found.dtype == ml_dtypes.bfloat16
    assert found.data_type == DataType(4, 16)
    assert found.numpy().tolist() == [0, 1, 2, 3]


def test_a_table_with_thousands_of_columns_takes_several_packets(
    session: dlpack4j.Session,
) -> None:
    columns = {f"column {i}": np.full(3, i) for i in range(3000)}
    session.put("wide", columns)
    table = session["wide"]
    assert isinstance(table, Table)
    assert len(table) == 3000
    assert table["column 2999"].numpy().tolist() == [2999] * 3


def test_names_are_listed_found_and_removed(server: Server, session: dlpack4j.Session) -> None:
    session.put("mine", np.zeros(2))
    server.publish_array("theirs", np.zeros(2), DataType(2, 64))
    assert [entry.name for entry in session.names()] == ["mine", "theirs"]
    assert "mine" in session and "other" not in session
    view = values_of(session, "mine")
    session.remove("mine")
    assert "mine" not in session and view.tolist() == [0, 0]
    with pytest.raises(dlpack4j.NameNotFoundError, match="'mine': expected a name"):
        session["mine"]
    with pytest.raises(dlpack4j.RefusedError, match="expected a name of yours"):
        session.remove("theirs")
    with pytest.raises(KeyError):
        session["other"]


@pytest.mark.parametrize(
    ("offset", "stride"), [(0, 6), (2, 8), (1, 5), (0, -6)], ids=["gaps", "late", "both", "back"]
)
def test_strides_and_offsets_that_are_no_multiples_of_an_element_need_a_copy(
    session: dlpack4j.Session, offset: int, stride: int
) -> None:
    memory = session.empty(64, "u1")
    memory[:] = np.arange(64)
    first = offset if stride > 0 else 18
    array = np.ndarray((4,), "f4", memory, first, (stride,))
    with pytest.raises(dlpack4j.CopyRefusedError, match="which must be copied"):
        session.put("x", array, copy=False)
    session.put("x", array)
    np.testing.assert_array_equal(values_of(session, "x"), array)
    assert session.statistics().copies == 1


def test_fields_of_records_and_scalars_are_sent(session: dlpack4j.Session) -> None:
    records = np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i2"), ("b", "f8")])
    session.put("b", records["b"])
    assert values_of(session, "b").tolist() == [2.5, 4.5]
    session.put("scalar", np.float32(1.5))
    assert values_of(session, "scalar") == np.float32(1.5)
    assert values_of(session, "scalar").shape == ()


@pytest.mark.parametrize("dtype", ["O", "S3", "U3", "V4", "M8[D]", "i2,f4", "g"])
def test_types_without_a_tensor_are_refused(session: dlpack4j.Session, dtype: str) -> None:
    with pytest.raises(TypeError, match="expected"):
        session.put("x", np.zeros(2, dtype))
    assert session.names() == []


def test_an_array_of_as_many_dimensions_as_numpy_has_is_sent(session: dlpack4j.Session) -> None:
    array = np.arange(2.0).reshape((1,) * 63 + (2,))
    session.put("x", array)
    np.testing.assert_array_equal(values_of(session, "x"), array)


def test_a_producer_that_has_no_data_for_its_elements_is_refused(
    session: dlpack4j.Session,
) -> None:
    foreign = Managed(b"", DataType(2, 64), (3,))
    foreign.without_data()
    with pytest.raises(BufferError, match="data: expected"):
        dlpack4j.from_address(foreign.address)
    assert foreign.deleted == 0
