"""A JVM of the bundle's in another process, joined by Py4J: its columns are arrays here, in place."""

import gc
import os
import unittest
from pathlib import Path

import dlpack4j
import libraries
import numpy as np
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

COUNT = 1000


def launched():
    port, token = launch_gateway(
        classpath=os.environ["GPU_CHECK_CLASS_PATH"],
        java_path=str(Path(os.environ["GPU_CHECK_JAVA_HOME"], "bin", "java")),
        javaopts=["--enable-native-access=ALL-UNNAMED"],
        die_on_exit=True,
        enable_auth=True,
    )
    return JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token))


class Sessions:
    """The tests of each library."""

    library_type = libraries.Library

    @classmethod
    def setUpClass(cls):
        cls.library = cls.library_type()
        lack = cls.library.lack()
        if lack is not None:
            raise unittest.SkipTest(lack)
        cls.gateway = launched()
        cls.addClassCleanup(cls.gateway.shutdown)

    def test_a_column_of_another_process_is_an_array_without_a_copy(self):
        self.gateway.jvm.org.dlpack4j.gpucheck.Columns.publish("x", COUNT)
        with dlpack4j.connect(self.gateway) as session:
            array = self.library.take(session["x"])
            found = self.library.values(array)
            self.library.finish(array)
            self.assertTrue(np.array_equal(found, np.arange(COUNT, dtype="f4")))
            self.assertEqual(session.statistics().copied_bytes, 0)
            del array
            gc.collect()

    def test_an_array_of_this_process_is_put_by_one_copy(self):
        array = self.library.numbers(COUNT)
        with dlpack4j.connect(self.gateway) as session:
            session.put("y", array)
            again = self.library.take(session["y"])
            found = self.library.values(again)
            self.library.finish(again)
            self.assertTrue(np.array_equal(found, np.arange(COUNT, dtype="f4")))
            self.assertEqual(session.statistics().copied_bytes, 4 * COUNT)
            del again
            gc.collect()


for name, kind in libraries.ALL.items():
    globals()[name] = type(name, (Sessions, unittest.TestCase), {"library_type": kind})
