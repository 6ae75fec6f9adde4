"""The JVM of the scripts py4j_cuda_…: what it publishes of a GPU's memory is here in place, and
what is put here is there. On the simulated driver, in both processes, by LD_LIBRARY_PATH, or on a
real one.

    python py4j_cuda_TOPIC.py JAVA CLASS_PATH [TEST]

prints a line for every test of the topic that passed or was skipped.
"""

import functools
import gc
import sys
import unittest

import dlpack4j
from cuda_peer import Gpu
from joined import PATIENCE, Jvm

LIVE_HANDLES, LIVE_MAPPINGS = 11, 14
TESTS = []

gpu = Gpu()
jvm = Jvm.launched(*sys.argv[1:3])
host = jvm.java.org.dlpack4j.it.child.CudaHost()


def test(function):
    """Nothing that it had is left to the next one."""

    @functools.wraps(function)
    def alone():
        try:
            function()
        finally:
            gc.collect()

    TESTS.append(alone)
    return alone


def run(tests):
    for function in tests:
        if len(sys.argv) > 3 and sys.argv[3] not in function.__name__:
            continue
        skipped = ""
        try:
            function()
        except unittest.SkipTest as why:
            skipped = f" skipped: {why}"
        print(function.__name__ + skipped, flush=True)


def connect():
    return dlpack4j.connect(jvm.service, timeout=PATIENCE)


def nothing_is_leased():
    return jvm.service.leases().size() == 0


def gone(name):
    return jvm.service.unpublish(name, jvm.seconds(PATIENCE))


def kinds():
    return [("descriptor", True), ("handle", False)]


def nothing_is_mapped():
    return gpu.count(LIVE_HANDLES) == gpu.count(LIVE_MAPPINGS) == 0
