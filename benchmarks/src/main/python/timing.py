"""Answers what PythonMeasure asks: a name and milliseconds a line; out goes a median in nanoseconds.

To "lack" the answer is why nothing can be timed, and nothing if all can.
"""

import gc
import statistics
import sys
import time

NANOS_PER_MILLI = 1_000_000


def timed(work, millis):
    """The median of what a piece of work says that it took, again and again."""
    end = time.perf_counter_ns() + millis * NANOS_PER_MILLI
    found = []
    while time.perf_counter_ns() < end or not found:
        found.append(work())
    return statistics.median(found)


def serve(works, lack=None):
    gc.disable()
    for line in sys.stdin:
        what, *millis = line.split()
        print(lack or "" if what == "lack" else timed(works[what], int(*millis)), flush=True)


def comment(text):
    """Goes with the result."""
    print("comment", text, flush=True)
