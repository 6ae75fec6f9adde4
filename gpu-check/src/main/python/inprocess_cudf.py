"""A JVM inside CPython whose columns of cuDF's become arrays of other libraries, and columns again.

Run by suite.py. What is Java's is org.dlpack4j.gpucheck.CudfColumns.
"""

import os
import unittest

import driver
import libraries
import messages
from cudf_rounds import Rounds

BYTES = 1 << 16
BATCH = 100
BATCHES = 1000 if os.environ["GPU_CHECK_LONG"] else 10
SLACK = 4 << 20


class CudfRounds:
    """The tests of each library."""

    library_type = libraries.Library

    @classmethod
    def setUpClass(cls):
        cls.library = cls.library_type()
        lack = cls.library.lack()
        if lack is not None:
            raise unittest.SkipTest(lack)
        cls.rounds = Rounds(cls.library, BYTES)

    def test_a_column_is_an_array_and_a_column_where_it_lies(self):
        self.rounds.run(1)

    def test_its_numbers_are_those_of_the_array(self):
        array = self.rounds.array()
        last = self.library.pointer(array) + BYTES - 8
        found = int.from_bytes(driver.Driver().read(last, 8), "little")
        self.assertEqual(found, BYTES // 8)
        self.library.finish(array)
        del array
        self.rounds.require_nothing_left(0)

    def test_rounds_leave_nothing_on_the_device(self):
        gpu = driver.Driver()
        self.rounds.run(BATCH)
        before = gpu.free_bytes()
        for i in range(BATCHES):
            self.rounds.run(BATCH)
            if i % 100 == 99:
                messages.progress(f"{(i + 1) * BATCH} of {BATCHES * BATCH} rounds")
        self.assertLessEqual(before - gpu.free_bytes(), SLACK)


for name, kind in libraries.ALL.items():
    globals()[name] = type(name, (CudfRounds, unittest.TestCase), {"library_type": kind})
