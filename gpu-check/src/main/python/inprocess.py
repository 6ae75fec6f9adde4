"""A JVM inside CPython and other people's libraries beside it, all on one GPU: tensors go both ways by the
addresses of their structs, over the same memory and in the right order.

Run by suite.py. What is Java's is org.dlpack4j.gpucheck.Columns.
"""

import functools
import gc
import os
import unittest

import dlpack4j
import driver
import libraries
import messages
import numpy as np
from embedded import Column, given, methods

COUNT = 1000
MANY = 1 << 20
WORK = 200
TRIPS = 100_000 if os.environ["GPU_CHECK_LONG"] else 1000
WARM_UP = 200
SLACK = 4 << 20

java = methods(
    "org/dlpack4j/gpucheck/Columns",
    {
        "stream": "()J",
        "export": "(JJZ)J",
        "exportManaged": "(JZ)J",
        "before": "(J)J",
        "adopt": "(JZ)J",
        "add": "(JD)D",
        "close": "(J)J",
        "again": "(JZ)J",
        "live": "(J)J",
    },
)


def column(count=COUNT, work=0):
    """A column of Java's that it fills behind so much other work."""
    return Column(functools.partial(java, "export", count, work), functools.partial(java, "before"))


def numbers(count=COUNT):
    return np.arange(count, dtype="f4")


def nothing_of_java_is_left():
    gc.collect()
    return java("live", 0) == 0


class Exchange:
    """The tests of each library."""

    library_type = libraries.Library

    @classmethod
    def setUpClass(cls):
        cls.library = cls.library_type()
        lack = cls.library.lack()
        if lack is not None:
            raise unittest.SkipTest(lack)
        # What a library allocates once is not to be taken for what it keeps.
        cls.library.add(cls.library.numbers(COUNT), 1)
        gc.collect()

    def adopted(self, array):
        return java("adopt", *given(array, java("stream")))

    def test_a_column_of_java_is_an_array_over_the_same_memory(self):
        array = self.library.take(column())
        self.assertEqual(java("live", 1), 1)
        self.assertTrue(np.array_equal(self.library.values(array), numbers()))
        handle = self.adopted(array)
        self.assertEqual(handle, self.library.pointer(array))
        self.library.finish(array)
        del array
        gc.collect()
        self.assertEqual(java("add", handle, 0), numbers().sum())
        java("close", handle)
        self.assertTrue(nothing_of_java_is_left())

    def test_an_array_is_adopted_by_java_where_it_lies(self):
        before = self.library.used()
        array = self.library.numbers(COUNT)
        pointer = self.library.pointer(array)
        handle = self.adopted(array)
        self.assertEqual(handle, pointer)
        self.assertEqual(java("add", handle, 0), numbers().sum())
        del array
        gc.collect()
        self.assertGreater(self.library.used(), before, "Java holds it")
        java("close", handle)
        self.assertTrue(nothing_of_java_is_left())
        self.assertEqual(self.library.used(), before, "its deleter was called")

    def test_java_writes_where_the_library_reads(self):
        if not self.library.can_write:
            self.skipTest("arrays of this library do not change")
        array = self.library.numbers(COUNT)
        handle = self.adopted(array)
        java("add", handle, 0.5)
        java("before", self.library.stream())
        self.assertTrue(np.array_equal(self.library.values(array), numbers() + 0.5))
        java("close", handle)
        self.assertTrue(nothing_of_java_is_left())

    def test_a_consumer_waits_for_javas_work(self):
        for _ in range(5):
            with self.library.own_stream():
                array = self.library.take(column(MANY, WORK))
                found = self.library.values(array)
                self.library.finish(array)
            self.assertTrue(np.array_equal(found, numbers(MANY)))
            del array
            self.assertTrue(nothing_of_java_is_left())

    def test_java_waits_for_a_producers_work(self):
        if not self.library.can_write:
            self.skipTest("arrays of this library do not change")
        for _ in range(5):
            with self.library.own_stream():
                array = self.library.numbers(MANY)
                for _ in range(8):
                    self.library.add(array, 1)
                handle = self.adopted(array)
            total = np.sum(numbers(MANY) + np.float32(8), dtype="f8")
            self.assertEqual(java("add", handle, 0), total)
            java("close", handle)
            self.assertTrue(nothing_of_java_is_left())

    def test_what_java_gives_on_is_the_same_memory(self):
        array = self.library.numbers(COUNT)
        pointer = self.library.pointer(array)
        again, versioned = given(array, java("stream"))
        passed_on = java("again", again, versioned)
        handle = java("adopt", passed_on, versioned)
        self.assertEqual(handle, pointer)
        del array
        self.assertEqual(java("add", handle, 0), numbers().sum())
        java("close", handle)
        self.assertTrue(nothing_of_java_is_left())

    def test_managed_memory_is_adopted_as_what_it_is(self):
        array = self.library.managed(COUNT)
        if array is None:
            self.skipTest("the library has no managed memory of its own")
        handle = self.adopted(array)
        self.assertEqual(handle, self.library.pointer(array))
        self.assertEqual(java("add", handle, 0), numbers().sum())
        java("close", handle)
        self.assertTrue(nothing_of_java_is_left())

    def test_the_exchange_api_makes_an_array_of_a_column(self):
        kind = self.library.kind()
        if not hasattr(kind, "__dlpack_c_exchange_api__"):
            self.skipTest("the library has no exchange API")
        address = java("export", COUNT, 0, True)
        java("before", self.library.stream())
        array = dlpack4j.from_address(address, kind=kind)
        self.assertTrue(np.array_equal(self.library.values(array), numbers()))
        del array
        self.assertTrue(nothing_of_java_is_left())

    def trip(self):
        array = self.library.take(column(64))
        handle = self.adopted(array)
        assert handle == self.library.pointer(array)
        self.library.finish(array)
        del array
        java("close", handle)

    def test_round_trips_leave_nothing_on_the_device(self):
        gpu = driver.Driver()
        for _ in range(WARM_UP):
            self.trip()
        self.assertTrue(nothing_of_java_is_left())
        before = gpu.free_bytes()
        for i in range(TRIPS):
            self.trip()
            if i % 10_000 == 9_999:
                messages.progress(f"{i + 1} of {TRIPS} round trips")
        self.assertTrue(nothing_of_java_is_left())
        self.assertLessEqual(before - gpu.free_bytes(), SLACK)


class ManagedMemory(unittest.TestCase):
    def test_managed_memory_of_java_is_an_array_of_numpys(self):
        array = np.from_dlpack(dlpack4j.from_address(java("exportManaged", COUNT, True)))
        self.assertTrue(np.array_equal(array, numbers()))
        del array
        self.assertTrue(nothing_of_java_is_left())


for name, kind in libraries.ALL.items():
    globals()[name] = type(name, (Exchange, unittest.TestCase), {"library_type": kind})
