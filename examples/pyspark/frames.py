"""A collected DataFrame as arrays of NumPy, through shared memory of Spark's driver.

    examples/pyspark/run            10 million rows, five times
    examples/pyspark/run 1000 1     rows and times

Prints for each way the median of seconds from the query, or from the columns, to the sums of all
four columns in NumPy.
"""

from __future__ import annotations

import gc
import json
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


def rounds(frames: Frames, times: int) -> dict[str, list[float]]:
    """Seconds of each way, in turns; all must find the same."""
    ways = [frames.to_pandas, frames.collected, frames.columnar]
    taken: dict[str, list[float]] = {way.__name__: [] for way in ways}
    expected = timed(frames.to_pandas)[1]
    timed(frames.collected)
    for _ in range(times):
        for way in ways:
            seconds, sums = timed(way)
            if sums != expected:
                raise AssertionError(f"{way.__name__}: expected {expected} but found {sums}")
            taken[way.__name__].append(seconds)
        ways.reverse()
    return taken


def main() -> None:
    """Runs the example; or, with --serve, rounds as they are asked for on standard input."""
    serves = sys.argv[1:2] == ["--serve"]
    numbers = [int(argument) for argument in sys.argv[1 + serves :]]
    rows, times = [*numbers, 10_000_000, 5][:2] if len(numbers) != 1 else [numbers[0], 5]
    spark = started()
    frames = Frames(spark, rows)
    if serves:
        for line in sys.stdin:
            taken = rounds(frames, int(line))
            print("seconds " + json.dumps(taken), flush=True)
        return
    print(f"{rows} rows of 4 columns, on Spark {spark.version}")
    table = frames.session
    taken = {way: statistics.median(seconds) for way, seconds in rounds(frames, times).items()}
    for way, seconds in taken.items():
        faster = taken["to_pandas"] / seconds
        print(f"  {way:10} {seconds * 1000:10.1f} ms  {faster:8.1f} times as fast as toPandas()")
    found = table.statistics()
    print(f"  bytes copied here: {found.copied_bytes}, mapped: {found.mapped_bytes}")
    spark.stop()


if __name__ == "__main__":
    main()
