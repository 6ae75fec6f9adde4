"""A JVM of the bundle's in another process, joined by Py4J."""

import os
import unittest
from pathlib import Path

import dlpack4j
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway


class Sessions(unittest.TestCase):
    def setUp(self):
        port, token = launch_gateway(
            classpath=os.environ["GPU_CHECK_CLASS_PATH"],
            java_path=str(Path(os.environ["GPU_CHECK_JAVA_HOME"], "bin", "java")),
            javaopts=["--enable-native-access=ALL-UNNAMED"],
            die_on_exit=True,
            enable_auth=True,
        )
        parameters = GatewayParameters(port=port, auth_token=token)
        self.gateway = JavaGateway(gateway_parameters=parameters)
        self.addCleanup(self.gateway.shutdown)

    def test_both_processes_see_the_device(self):
        cuda = self.gateway.jvm.org.dlpack4j.cuda.Cuda
        self.assertTrue(cuda.isAvailable(), cuda.missing().toString())

    def test_a_session_is_opened(self):
        with dlpack4j.connect(self.gateway) as session:
            self.assertEqual(list(session.names()), [])
