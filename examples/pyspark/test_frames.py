"""Spark's driver and this process: the same values, clear refusals."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import frames
import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

import dlpack4j

ROWS = [(True, 1, 2, 3, 4, 1.5, 2.5), (False, -1, -2, -3, -4, -1.5, float("nan"))]
SCHEMA = "a boolean, b byte, c short, d int, e long, f float, g double"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    spark = frames.started()
    yield spark
    spark.stop()


@pytest.fixture
def session(spark: SparkSession) -> Iterator[dlpack4j.Session]:
    with dlpack4j.connect(spark) as session:
        yield session
    gc.collect()


def published(spark: SparkSession, session: dlpack4j.Session, frame: Any) -> dlpack4j.Table:
    spark._jvm.org.dlpack4j.examples.DriverFrames.publish("frame", frame._jdf)
    table = session["frame"]
    assert isinstance(table, dlpack4j.Table)
    return table


def test_spark_its_context_and_its_jvm_are_all_taken(spark: SparkSession) -> None:
    for target in (spark, spark._jvm, spark.sparkContext):
        with dlpack4j.connect(target) as session:
            assert session.pid == spark._jvm.java.lang.ProcessHandle.current().pid()


@pytest.mark.parametrize("partitions", [1, 3])
def test_numbers_of_every_width_are_collected(
    spark: SparkSession, session: dlpack4j.Session, partitions: int
) -> None:
    frame = spark.createDataFrame(ROWS * 50, SCHEMA).repartition(partitions).sort("e")
    table = published(spark, session, frame)
    expected = frame.toPandas()
    found = table.numpy()
    assert list(found) == list(expected)
    for name, column in found.items():
        np.testing.assert_array_equal(column, expected[name].to_numpy())
        assert column.dtype == expected[name].dtype
    assert session.statistics().copies == 0
    assert not table.copied


def test_nulls_and_timestamps_are_those_of_arrow(
    spark: SparkSession, session: dlpack4j.Session
) -> None:
    frame = spark.range(1000).selectExpr(
        "if(id % 3 = 0, null, id) n", "timestamp_micros(id * 1000003) t"
    )
    table = published(spark, session, frame)
    expected = frame.toArrow()
    assert pa.table(table)["n"].equals(expected["n"])
    assert table["n"].mask().tolist() == [row % 3 == 0 for row in range(1000)]
    micros = expected["t"].cast(pa.int64()).to_numpy()
    np.testing.assert_array_equal(table["t"].numpy().view("i8"), micros)


def test_a_frame_without_rows_is_a_table_without_rows(
    spark: SparkSession, session: dlpack4j.Session
) -> None:
    table = published(spark, session, spark.range(0).selectExpr("id", "id * 0.5D x"))
    assert {name: column.shape for name, column in table.numpy().items()} == {"id": (0,), "x": (0,)}


def test_text_is_refused_by_name(spark: SparkSession, session: dlpack4j.Session) -> None:
    frame = spark.range(3).selectExpr("cast(id as string) word")
    with pytest.raises(Exception, match="column word: expected numbers, bools or timestamps"):
        published(spark, session, frame)


def test_all_ways_find_the_same(spark: SparkSession) -> None:
    ways = frames.Frames(spark, 10_000)
    taken = frames.in_turn([ways.to_pandas, ways.collected, ways.columnar])
    assert all(seconds > 0 for seconds in taken.values())


def test_spark_connect_is_refused() -> None:
    pytest.importorskip("grpc", reason="Spark Connect needs grpcio, which is not installed")
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    # Nobody has to listen: what is refused is the kind of session.
    remote = object.__new__(ConnectSession)
    with pytest.raises(dlpack4j.NotReachableError, match="Connect, whose JVM is elsewhere"):
        dlpack4j.connect(remote)
