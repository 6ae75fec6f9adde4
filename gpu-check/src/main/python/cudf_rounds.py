"""Columns of cuDF's that become arrays of a library in this process, and these columns again."""

import functools
import time

from embedded import Column, given, methods

# What cuDF does is on the per-thread default stream, as DLPack's protocol calls it.
CUDF_STREAM = 2

java = methods(
    "org/dlpack4j/gpucheck/CudfColumns",
    {
        "make": "(J)J",
        "export": "(JZ)J",
        "before": "(J)J",
        "adopt": "(JZ)J",
        "close": "()J",
        "copied": "()J",
        "live": "(J)J",
    },
)


class Rounds:
    """One column, out and in again and again."""

    def __init__(self, library, nbytes):
        self.library, self.nbytes = library, nbytes
        self.address = java("make", nbytes)

    def array(self):
        """The column as an array of the library's."""
        export = functools.partial(java, "export", self.address)
        return self.library.take(Column(export, functools.partial(java, "before")))

    def run(self, count):
        """So many rounds, of which nothing is left after; the nanoseconds of one."""
        copied = java("copied")
        begin = time.perf_counter_ns()
        arrays = [self.array() for _ in range(count)]
        columns = [java("adopt", *given(array, CUDF_STREAM)) for array in arrays]
        took = time.perf_counter_ns() - begin
        self.require_in_place(arrays, columns)
        self.require_no_copies(java("copied") - copied)
        self.library.finish(arrays[-1])
        arrays.clear()
        self.require_nothing_left(count)
        return took / count

    def require_in_place(self, arrays, columns):
        found = {*columns, *map(self.library.pointer, arrays)}
        assert found == {self.address}, f"expected {self.address:#x} but found {found}"

    def require_no_copies(self, copied):
        assert copied == 0, f"expected no copies but found {copied} bytes"

    def require_nothing_left(self, count):
        closed = java("close")
        assert closed == count, f"expected {count} columns but found {closed}"
        live = java("live", 0)
        assert live == 0, f"expected that all was released but found {live}"
