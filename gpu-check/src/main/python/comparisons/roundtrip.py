"""What it costs that a column of cuDF's is an array of CuPy's in this process, and a column again.

python roundtrip.py; on the simulated driver with its bare memory in the place of CuPy.
"""

import functools
import os

import libraries
import sizes
import timing
from driver import Driver

# Few enough that what they leave to be released does not pile up.
BATCH = 20

library = libraries.compared()


@functools.cache
def rounds(which):
    from cudf_rounds import Rounds  # which starts the JVM

    nbytes = sizes.of_large(Driver()) if which == "large" else sizes.SMALL
    return Rounds(library, nbytes)


def timed(which):
    return lambda: rounds(which).run(BATCH)


def lack():
    if not os.environ["GPU_CHECK_CUDF"]:
        return "expected cuDF's jar; give it by --cudf"
    return library.lack()


timing.serve({"large": timed("large"), "small": timed("small")}, lack())
