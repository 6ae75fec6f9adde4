"""A collected DataFrame as arrays of NumPy, through shared memory of Spark's driver.

    examples/pyspark/run            10 million rows, five times
    examples/pyspark/run 1000 1     rows and times

Prints for each way the median of seconds from the query, or from the columns, to the sums of all
four columns in NumPy.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, SparkSession

import dlpack4j

COLUMNS = ["id", "cast(id as double) * 0.5 price", "cast(id % 1000 as int) kind",
           "cast(id as float) weight"]  # fmt: skip


def started() -> SparkSession:
    """Spark in a JVM of its own on this machine, with dlpack4j's jars."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master("local[*]")
        .config("spark.driver.extraClassPath", os.environ["DLPACK4J_CLASS_PATH"])
        .config("spark.driver.extraJavaOptions", "--enable-native-access=ALL-UNNAMED")
        .config("spark.driver.memory", "6g")
        .config("spark.driver.maxResultSize", "0")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    return spark


Columns = dict[str, np.ndarray[Any, Any]]


class Frames:
    """The ways from a DataFrame to NumPy."""

    def __init__(self, spark: SparkSession, rows: int) -> None:
        self.session = dlpack4j.connect(spark)
        self.frame: DataFrame = spark.range(rows).selectExpr(*COLUMNS)
        self.examples = spark._jvm.org.dlpack4j.examples
        self.source = self.examples.ColumnarSource(rows)

    def to_pandas(self) -> Columns:
        """Spark's own way, with Arrow."""
        frame = self.frame.toPandas()
        return {name: frame[name].to_numpy() for name in frame}

    def collected(self) -> Columns:
        """The rows, collected into shared memory."""
        self.examples.DriverFrames.publish("collected", self.frame._jdf)
        return self.session["collected"].numpy()

    def columnar(self) -> Columns:
        """Columns that are there, where they are."""
        self.source.publish("columnar")
        return self.session["columnar"].numpy()


def timed(way: Callable[[], Columns]) -> tuple[float, dict[str, float]]:
    """Seconds until all is summed, and the sums."""
    gc.collect()
    start = time.perf_counter()
    sums = {name: float(column.sum(dtype=np.float64)) for name, column in way().items()}
    return time.perf_counter() - start, sums


def in_turn(ways: list[Callable[[], Columns]]) -> dict[str, float]:
    """Seconds of each way; all must find the same."""
    taken, expected = {}, {}
    for way in ways:
        taken[way.__name__], found = timed(way)
        expected = expected or found
        if found != expected:
            raise AssertionError(f"{way.__name__}: expected {expected} but found {found}")
    return taken


def serve(frames: Frames) -> None:
    """Answers lines of a way, and whether it goes first, by its nanoseconds and toPandas()'s."""
    for line in sys.stdin:
        way, first = line.split()
        ways = [getattr(frames, way), frames.to_pandas]
        taken = in_turn(ways if first == "1" else ways[::-1])
        print(f"nanoseconds {taken[way] * 1e9:.0f} {taken['to_pandas'] * 1e9:.0f}", flush=True)


def show(frames: Frames, times: int) -> None:
    """Prints the medians."""
    ways = [frames.to_pandas, frames.collected, frames.columnar]
    in_turn(ways)
    rounds = [in_turn(ways if i % 2 else ways[::-1]) for i in range(times)]
    taken = {way.__name__: statistics.median(turn[way.__name__] for turn in rounds) for way in ways}
    for way, seconds in taken.items():
        faster = taken["to_pandas"] / seconds
        print(f"  {way:10} {seconds * 1000:10.1f} ms  {faster:8.1f} times as fast as toPandas()")
    found = frames.session.statistics()
    print(f"  bytes copied here: {found.copied_bytes}")


def main() -> None:
    """Runs the example; or, with --serve, measures what is asked for on standard input."""
    serves = sys.argv[1:2] == ["--serve"]
    given = [int(text) for text in sys.argv[1 + serves :]]
    rows, times = given + [10_000_000, 5][len(given) :]
    spark = started()
    frames = Frames(spark, rows)
    if serves:
        serve(frames)
    else:
        print(f"{rows} rows of 4 columns, on Spark {spark.version}")
        show(frames, times)
    spark.stop()


if __name__ == "__main__":
    main()
