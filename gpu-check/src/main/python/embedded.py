"""A JVM of the bundle's inside CPython, and what goes between them by the addresses of structs."""

import os

import dlpack4j
from bare import CUDA
from jni import Jvm, StaticMethods


def methods(java_class, signatures):
    """The static methods of a class, of numbers only, in the JVM that this process now gets."""
    jvm = Jvm(
        os.environ["GPU_CHECK_JAVA_HOME"],
        os.environ["GPU_CHECK_CLASS_PATH"],
        ["--enable-native-access=ALL-UNNAMED", "-Xmx512m", "-XX:-CreateCoredumpOnCrash"],
    )
    return StaticMethods(jvm, java_class, signatures, describe=True)


class Column:
    """A column of Java's for any consumer, as the struct that it knows, on the stream it names."""

    def __init__(self, export, before):
        """Of what exports it, versioned or not, and has a stream wait for Java's work."""
        self._export, self._before = export, before
        self.tensor = None

    def __dlpack_device__(self):
        return (CUDA, 0)

    def __dlpack__(self, *, stream=None, max_version=None, **_):
        versioned = max_version is not None and max_version[0] >= 1
        address = self._export(versioned)
        if stream != -1:
            self._before(stream or 1)
        # It takes back what nobody has consumed, so it stays as long as this.
        self.tensor = dlpack4j.from_address(address, versioned)
        return self.tensor.__dlpack__(max_version=max_version)


def given(array, stream):
    """A managed tensor over an array, whose producer has a stream wait; and of which kind."""
    try:
        return dlpack4j.to_address(array, True, stream=stream), True
    except BufferError:
        return dlpack4j.to_address(array, False, stream=stream), False
