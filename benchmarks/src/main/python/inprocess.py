"""What a tensor of Java costs as an array of NumPy, in one process.

python inprocess.py JAVA_HOME CLASS_PATH BENCH_LIBRARY
"""

import sys
import time
from pathlib import Path

import dlpack4j
import jpype
import numpy as np
from timing import serve

JAVA_HOME, CLASS_PATH, _ = sys.argv[1:]
# Few, so that few of them are interrupted by what else runs on the machine.
COUNT = 20

jpype.startJVM(
    str(Path(JAVA_HOME, "lib", "server", "libjvm.so")),
    "--enable-native-access=ALL-UNNAMED",
    classpath=CLASS_PATH.split(":"),
)
exports = jpype.JClass("org.dlpack4j.bench.InProcessExports")
now = time.perf_counter_ns
arrays = [np.arange(1000.0) for _ in range(COUNT)]
tensor = dlpack4j.from_address(exports.of(1)[0])


def first():
    addresses = [int(address) for address in exports.of(COUNT)]
    begin = now()
    found = [np.from_dlpack(dlpack4j.from_address(address)) for address in addresses]
    took = now() - begin
    assert len(found[-1]) == 1000
    del found
    exports.release()
    return took / COUNT


def again():
    begin = now()
    found = [np.from_dlpack(tensor) for _ in arrays]
    took = now() - begin
    assert len(found[-1]) == 1000
    return took / COUNT


def numpy():
    begin = now()
    found = [np.from_dlpack(array) for array in arrays]
    took = now() - begin
    assert len(found[-1]) == 1000
    return took / COUNT


serve({"first": first, "again": again, "numpy": numpy})
