"""What a process waits for to have a JVM's column as an array of CuPy's, once both use the GPU.

python ipc.py; on the simulated driver with its bare memory in the place of CuPy.
"""

import functools
import os
import time
from pathlib import Path

import dlpack4j
import libraries
import sizes
import timing
from driver import Driver
from joined import PATIENCE, Jvm

library = libraries.compared()


class Handover:
    """Columns that come for the first time, each time: the memory is mapped anew."""

    def __init__(self):
        java = str(Path(os.environ["GPU_CHECK_JAVA_HOME"], "bin", "java"))
        self.driver = Driver()
        self.jvm = Jvm.launched(java, os.environ["GPU_CHECK_CLASS_PATH"])
        self.columns = self.jvm.java.org.dlpack4j.gpucheck.Columns
        self.session = dlpack4j.connect(self.jvm.service)
        self.published = functools.cache(self._publish)

    def _publish(self, which):
        nbytes = sizes.of_large(self.driver) if which == "large" else sizes.SMALL
        self.columns.publishLarge(which, nbytes)
        return nbytes

    def run(self, which):
        nbytes = self.published(which)
        begin = time.perf_counter_ns()
        array = library.take(self.session[which])
        took = time.perf_counter_ns() - begin
        self.require_there(library.pointer(array), nbytes)
        library.finish(array)
        del array
        self.await_unmapped()
        return took

    def require_there(self, address, nbytes):
        last = int.from_bytes(self.driver.read(address + nbytes - 8, 8), "little")
        assert last == nbytes // 8, f"expected {nbytes // 8} as last number but found {last}"
        copied = self.session.statistics().copied_bytes + self.columns.publishingCopied()
        assert copied == 0, f"expected no copies but found {copied} bytes"

    def await_unmapped(self):
        end = time.monotonic() + PATIENCE
        while self.session.statistics().segments:
            assert time.monotonic() < end, "expected that the memory is unmapped"
            time.sleep(0.0005)


@functools.cache
def handover():
    return Handover()


timing.serve(
    {"large": lambda: handover().run("large"), "small": lambda: handover().run("small")},
    library.lack(),
)
