"""Columns and tables, with Arrow on the other side: every type that Arrow has and we can say."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pytest
from helpers import until
from memory import Segment, columns_in_segment
from server import Server

import dlpack4j
from dlpack4j import Column, Table, Tensor, sources, wire
from dlpack4j.datatypes import DataType
from dlpack4j.specs import ColumnSpec, TableSpec, TensorSpec

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

DAY = datetime.date(2024, 2, 29)
TIME = datetime.datetime(2024, 2, 29, 12, 30, 1, 500_000)
WORDS = ["", None, "naïve", "☃" * 50, "x", None, "y", "zz", "last"]


def arrays() -> dict[str, Any]:
    """An array of each type, with nulls, 9 rows."""
    ints = [1, None, 3, 4, 5, None, 7, 8, 9]
    found = {
        str(kind): pa.array(ints, kind)
        for kind in (
            *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
            *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
            *(pa.float32(), pa.float64(), pa.date32(), pa.time32("s"), pa.time32("ms")),
            *(pa.time64("us"), pa.time64("ns"), pa.timestamp("s"), pa.timestamp("ns", "UTC")),
            *(pa.duration("s"), pa.duration("us"), pa.decimal128(10, 2), pa.decimal256(40, 3)),
        )
    }
    found["float16"] = pa.array(np.arange(9, dtype="f2"))
    found["date64"] = pa.array([DAY, None] * 4 + [DAY], pa.date64())
    found["bool"] = pa.array([True, None, False, True, True, None, False, False, True])
    for kind in (pa.string(), pa.large_string()):
        found[str(kind)] = pa.array(WORDS, kind)
    for kind in (pa.binary(), pa.large_binary()):
        found[str(kind)] = pa.array([w and w.encode() for w in WORDS], kind)
    found["fixed"] = pa.array([b"abc", None, b"def"] * 3, pa.binary(3))
    found["interval"] = pa.array([(1, 2, 3), None, (4, 5, 6)] * 3, pa.month_day_nano_interval())
    lists = [[1, 2], None, [], [3], [None, 4], [5], [], [6, 7, 8], [9]]
    for kind in (pa.list_, pa.large_list, pa.list_view, pa.large_list_view):
        found[kind.__name__] = pa.array(lists, kind(pa.int32()))
    found["list of text"] = pa.array([["a", None], None, ["bb"]] * 3, pa.list_(pa.string()))
    found["fixed list"] = pa.array([[1, 2], None, [3, None]] * 3, pa.list_(pa.int16(), 2))
    found["struct"] = pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "yy"}] * 3)
    found["map"] = pa.array(
        [[("k", 1)], None, [("l", None), ("m", 3)]] * 3, pa.map_(pa.string(), pa.int64())
    )
    found["sorted map"] = found["map"].cast(pa.map_(pa.string(), pa.int64(), keys_sorted=True))
    found["dictionary"] = pa.array(WORDS).dictionary_encode()
    found["ordered"] = pa.DictionaryArray.from_arrays(
        pa.array([0, 1, None] * 3, pa.int8()), pa.array([1.5, 2.5]), ordered=True
    )
    ids, places = (
        pa.array([0, 1, 0] * 3, pa.int8()),
        pa.array([0, 0, 1, 2, 1, 3, 4, 2, 5], pa.int32()),
    )
    found["dense union"] = pa.UnionArray.from_dense(
        ids, places, [pa.array([1, None, 3, 4, 5, 6]), pa.array(["x", None, "z"])], ["n", "t"]
    )
    found["sparse union"] = pa.UnionArray.from_sparse(
        ids, [pa.array(range(9)), pa.array(WORDS)], ["n", "t"]
    )
    found["runs"] = pa.RunEndEncodedArray.from_arrays(
        pa.array([2, 5, 9], pa.int32()), pa.array(["a", None, "c"])
    )
    return found


ARRAYS = arrays()


@pytest.mark.parametrize("part", [(0, 9), (0, 0), (1, 5), (3, 6), (8, 1)], ids=str)
@pytest.mark.parametrize("name", list(ARRAYS))
def test_every_array_of_arrow_returns_as_it_was_sent(
    session: dlpack4j.Session, name: str, part: tuple[int, int]
) -> None:
    array = ARRAYS[name].slice(*part)
    session.put("x", array)
    column = session["x"]
    assert isinstance(column, Column)
    assert column.rows == len(column) == len(array)
    returned = column.arrow()
    returned.validate(full=True)
    assert returned.type == array.type
    assert returned.equals(array)
    assert pa.array(column).equals(array)
    if part == (0, 9):
        assert column.arrow(copy=False).equals(array)


def test_a_table_of_all_types_returns_as_it_was_sent(session: dlpack4j.Session) -> None:
    sent = pa.table(ARRAYS)
    session.put("all", sent)
    table = session["all"]
    assert isinstance(table, Table)
    assert list(table) == list(ARRAYS)
    batch = table.arrow()
    batch.validate(full=True)
    assert pa.Table.from_batches([batch]).equals(sent)
    assert pa.table(table).equals(sent)
    assert pa.record_batch(table).schema == batch.schema
    assert session.statistics().copies == 1
    copied = table.copy().arrow()
    del table, batch
    assert pa.Table.from_batches([copied]).equals(sent)


def test_arrays_of_arrow_keep_the_lease_and_nothing_else_does(
    server: Server, session: dlpack4j.Session
) -> None:
    segment, spec = columns_in_segment(sources.recipe_of(pa.table({"t": pa.array(WORDS)})))
    server.publish("t", spec, [segment])
    table = session["t"]
    assert isinstance(table, Table)
    array = table["t"].arrow()
    del table
    assert session.names() and server.leases() == 1
    assert array.to_pylist() == WORDS
    del array
    assert until(lambda: server.leases() == 0)


def test_several_chunks_become_one(session: dlpack4j.Session) -> None:
    chunks = pa.chunked_array([[1, None], [3], []])
    session.put("x", pa.table({"a": chunks}))
    table = session["x"]
    assert isinstance(table, Table)
    assert table["a"].arrow().to_pylist() == [1, None, 3]
    session.put("none", pa.table({"a": pa.chunked_array([], pa.int64())}))
    empty = session["none"]
    assert isinstance(empty, Table) and empty.rows == 0
    assert empty.arrow().num_rows == 0


def test_views_of_text_and_extensions_are_laid_out_as_what_they_store(
    session: dlpack4j.Session,
) -> None:
    session.put("v", pa.array(WORDS).cast(pa.string_view()))
    column = session["v"]
    assert isinstance(column, Column)
    assert (column.format, column.arrow().to_pylist()) == ("U", WORDS)
    session.put("e", pa.array([b"0" * 16], pa.uuid()))
    uuid = session["e"]
    assert isinstance(uuid, Column)
    assert (uuid.format, uuid.arrow().to_pylist()) == ("w:16", [b"0" * 16])


def test_types_without_values_are_refused_by_name(session: dlpack4j.Session) -> None:
    with pytest.raises(TypeError, match="column 'n': expected a type of Arrow with values"):
        session.put("x", pa.table({"n": pa.nulls(3)}))


def test_anything_with_an_arrow_stream_or_array_is_taken(session: dlpack4j.Session) -> None:
    class Stream:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return pa.table({"a": [1, 2]}).__arrow_c_stream__(requested_schema)

    class Chunks:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return pa.chunked_array([[1], [2]]).__arrow_c_stream__(requested_schema)

    class Array:
        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return pa.array([1, 2]).__arrow_c_array__(requested_schema)

    session.put("s", Stream())
    session.put("c", Chunks())
    session.put("a", Array())
    table = session["s"]
    assert isinstance(table, Table)
    columns = [table["a"], session["c"], session["a"]]
    assert [column.arrow().to_pylist() for column in columns] == [[1, 2]] * 3  # type: ignore[union-attr]


def test_arrays_of_arrow_are_columns_beside_those_of_numpy(session: dlpack4j.Session) -> None:
    numbers = pa.chunked_array([[1, None], [3]])
    given = {
        "a": np.arange(3),
        "text": pa.array(WORDS[:3]),
        "n": numbers,
        "b": pa.array([True] * 3),
    }
    session.put("t", given)
    table = session["t"]
    assert isinstance(table, Table)
    assert pa.table(table).to_pydict() == {
        "a": [0, 1, 2],
        "text": WORDS[:3],
        "n": [1, None, 3],
        "b": [True] * 3,
    }
    # What came may go again, beside others; numbers where they lie need nothing of Arrow's.
    session.put("again", {name: table[name] for name in table})
    assert pa.table(session["again"]).equals(pa.table(table))
    with pytest.raises(ValueError, match="column 'b': expected 3 rows, as 'a' has, but found 1"):
        session.put("t", {"a": np.arange(3), "b": pa.array(["x"])})


def test_columns_of_numbers_are_put_without_pyarrow(
    session: dlpack4j.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    born = session.empty_table(2, {"a": "i4"})
    born["a"][:] = 7
    session.put("t", born)
    table = session["t"]
    assert isinstance(table, Table)
    monkeypatch.setattr(sources, "find_spec", lambda _: None)
    session.put("u", {"b": table["a"], "c": pa.array([1, 2])})
    again = session["u"]
    assert isinstance(again, Table)
    assert again["b"].numpy().tolist() == [7, 7] and again["c"].numpy().tolist() == [1, 2]


def test_a_fetched_table_can_be_put_again(session: dlpack4j.Session) -> None:
    session.put("a", pa.table({"t": WORDS}))
    session.put("b", session["a"])
    table = session["b"]
    assert isinstance(table, Table) and table["t"].arrow().to_pylist() == WORDS


# Parts


def publish_column(server: Server, **parts: Any) -> None:
    """Publishes a column of tensors given as arrays."""
    segment = Segment(1 << 16)
    at = 0
    described: dict[str, Any] = {}
    for name, value in parts.items():
        if isinstance(value, np.ndarray):
            size = value.nbytes
            segment.bytes()[at : at + size] = np.frombuffer(value.tobytes(), np.uint8)
            data_type = sources.datatypes.of_numpy(value.dtype)
            shape = value.shape
            strides = tuple(s // value.itemsize for s in np.empty(shape, value.dtype).strides)
            value = TensorSpec(segment.number, at, (1, 0), data_type, 1, shape, strides)
            at += -(-size // 64) * 64
        described[name] = value
    server.publish("c", ColumnSpec(**{"name": "c", "nullable": True, **described}), [segment])


def test_bits_that_begin_within_a_byte(server: Server, session: dlpack4j.Session) -> None:
    bits = np.packbits([0, 0, 0, 1, 0, 1, 1, 0, 1, 1], bitorder="little")
    publish_column(server, format="b", rows=6, data=bits, first=3)
    column = session["c"]
    assert isinstance(column, Column)
    assert column.arrow(copy=False).to_pylist() == [True, False, True, True, False, True]


@pytest.mark.parametrize("skip", [0, 3, 7])
@pytest.mark.parametrize("first", [0, 3, 12])
def test_bitmaps_that_begin_elsewhere_are_moved_or_refused(
    server: Server, session: dlpack4j.Session, skip: int, first: int
) -> None:
    values, valid = [True, False, True, True, False], [1, 0, 1, 0, 1]
    bits = np.packbits([0] * first + [int(v) for v in values], bitorder="little")
    validity = np.packbits([0] * skip + valid, bitorder="little")
    publish_column(server, format="b", rows=5, data=bits, first=first, validity=validity, skip=skip)
    column = session["c"]
    assert isinstance(column, Column)
    assert column.arrow().to_pylist() == [True, None, True, None, False]
    assert column.mask().tolist() == [False, True, False, True, False]
    if skip != first:
        with pytest.raises(dlpack4j.CopyRefusedError, match="begins within a byte"):
            column.arrow(copy=False)


def test_runs_of_which_the_first_are_skipped(server: Server, session: dlpack4j.Session) -> None:
    session.put("c", ARRAYS["runs"].slice(3, 4))
    column = session["c"]
    assert isinstance(column, Column)
    assert (column.first, column.rows) == (3, 4)
    assert column.arrow().to_pylist() == [None, None, "c", "c"]


def test_numbers_with_gaps_are_copied_for_arrow_or_refused(
    server: Server, session: dlpack4j.Session
) -> None:
    segment = Segment(256)
    segment.bytes()[:80].view("i8")[:] = np.arange(10)
    data = TensorSpec(segment.number, 0, (1, 0), DataType(0, 64), 1, (5,), (2,))
    server.publish("c", ColumnSpec("c", "l", False, 5, data), [segment])
    column = session["c"]
    assert isinstance(column, Column)
    assert column.numpy().tolist() == column.arrow().to_pylist() == [0, 2, 4, 6, 8]
    with pytest.raises(dlpack4j.CopyRefusedError, match="numbers with gaps"):
        column.arrow(copy=False)


def test_a_column_of_numbers_is_an_array_for_everybody(session: dlpack4j.Session) -> None:
    session.put("t", {"x": np.arange(4.0), "n": np.arange(4)})
    table = session["t"]
    assert isinstance(table, Table)
    column = table["x"]
    assert isinstance(column.data, Tensor)
    np.testing.assert_array_equal(column.numpy(), np.arange(4.0))
    assert np.from_dlpack(column).ctypes.data == np.asarray(column).ctypes.data
    assert np.asarray(column, dtype="i4").tolist() == [0, 1, 2, 3]
    assert (column.kind, table.rows, len(table), column.readonly) == ("float64", 4, 2, True)
    assert {name: a.tolist() for name, a in table.numpy().items()} == {
        "x": [0.0, 1.0, 2.0, 3.0],
        "n": [0, 1, 2, 3],
    }
    assert repr(table) == "<dlpack4j.Table 't' of 4 rows: x: float64, n: int64>"


def test_nulls_and_text_are_no_plain_numbers(session: dlpack4j.Session) -> None:
    session.put("t", pa.table({"n": [1, None], "t": ["a", "b"]}))
    table = session["t"]
    assert isinstance(table, Table)
    with pytest.raises(BufferError, match="'t.n': expected no nulls"):
        table.numpy()
    with pytest.raises(BufferError, match="'t.t': expected plain numbers but found 'u'"):
        np.from_dlpack(table["t"])
    data = table["n"].data
    assert data is not None
    masked = np.ma.masked_array(data.numpy(), table["n"].mask())
    assert masked.tolist() == [1, None]
    with pytest.raises(KeyError, match="x"):
        table["x"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["M8", "m8"])
def test_times_of_numpy_are_times_for_everybody(
    session: dlpack4j.Session, kind: str, unit: str
) -> None:
    values = np.array([1, 2, 1 << 33]).astype(f"{kind}[{unit}]")
    session.put("t", {"x": values})
    session.put("c", values)
    table, column = session["t"], session["c"]
    assert isinstance(table, Table) and isinstance(column, Column)
    np.testing.assert_array_equal(table.numpy()["x"], values)
    np.testing.assert_array_equal(column.numpy(), values)
    assert table.arrow()["x"].equals(pa.array(values))


def test_times_of_other_units_are_refused(session: dlpack4j.Session) -> None:
    with pytest.raises(TypeError, match="expected a unit of s, ms, us or ns"):
        session.put("t", {"x": np.array(["2024-01-01"], "M8[D]")})


def test_bools_of_bytes_become_bits_of_arrow_only_by_a_copy(session: dlpack4j.Session) -> None:
    session.put("t", {"x": np.array([True, False, True])})
    table = session["t"]
    assert isinstance(table, Table)
    assert table["x"].numpy().dtype == np.bool_
    assert table.arrow()["x"].to_pylist() == [True, False, True]
    with pytest.raises(dlpack4j.CopyRefusedError, match="bools of a byte each"):
        table.arrow(copy=False)


def test_numbers_that_arrow_lacks_are_refused_by_name(session: dlpack4j.Session) -> None:
    session.put("t", {"z": np.array([1j])})
    table = session["t"]
    assert isinstance(table, Table)
    assert table.numpy()["z"].tolist() == [1j]
    with pytest.raises(TypeError, match="'t.z': expected a type that pyarrow has but found comp"):
        table.arrow()


def test_a_format_that_nobody_knows_is_refused_by_name(
    server: Server, session: dlpack4j.Session
) -> None:
    for form in ("?", "+?", "tiD"):
        publish_column(server, format=form, rows=2, data=np.zeros((2, 8), "u1"))
        column = session["c"]
        assert isinstance(column, Column)
        with pytest.raises(TypeError, match="expected a type that pyarrow has"):
            column.arrow()


def test_a_format_without_its_tensors_is_refused(server: Server, session: dlpack4j.Session) -> None:
    publish_column(server, format="u", rows=2)
    column = session["c"]
    assert isinstance(column, Column)
    with pytest.raises(TypeError, match="one is missing"):
        column.arrow()


def test_columns_of_other_lengths_end_the_session(
    server: Server, session: dlpack4j.Session
) -> None:
    column = ColumnSpec("a", "l", False, 3)
    server.publish("t", TableSpec(4, (column,)), [])
    with pytest.raises(dlpack4j.ProtocolError, match="expected 4 rows of column 'a'"):
        session["t"]
    with pytest.raises(dlpack4j.ProtocolError):
        session.names()


def test_decimals_keep_every_digit(session: dlpack4j.Session) -> None:
    values = [decimal.Decimal("-12345678901234567890.12"), None, decimal.Decimal("0.01")]
    session.put("d", pa.array(values, pa.decimal128(30, 2)))
    column = session["d"]
    assert isinstance(column, Column) and column.data is not None
    assert column.data.data_type == DataType(0, 128)
    assert column.arrow().to_pylist() == values
    assert wire.IS_COPIED == 2
