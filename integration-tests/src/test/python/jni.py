"""A JVM in this process, made and called by ctypes alone."""

import ctypes
import functools
from pathlib import Path

# Where JNI's functions are in its table.
FIND_CLASS, EXCEPTION_DESCRIBE, EXCEPTION_CLEAR, EXCEPTION_CHECK = 6, 16, 17, 228
GET_STATIC_METHOD_ID, CALL_STATIC_LONG, CALL_STATIC_DOUBLE = 113, 134, 140
JNI_VERSION = 0x00150000


class JavaError(Exception):
    pass


class Option(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("extra", ctypes.c_void_p)]


class Arguments(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int32),
        ("count", ctypes.c_int32),
        ("options", ctypes.POINTER(Option)),
        ("ignore", ctypes.c_uint8),
    ]


class Value(ctypes.Union):
    _fields_ = [("z", ctypes.c_uint8), ("j", ctypes.c_int64), ("d", ctypes.c_double)]


class Jvm:
    """The JVM of this process, for the thread that has made it."""

    def __init__(self, java_home, class_path, options):
        library = ctypes.CDLL(str(Path(java_home, "lib", "server", "libjvm.so")))
        texts = [*options, "-Djava.class.path=" + class_path]
        array = (Option * len(texts))(*(Option(text.encode(), None) for text in texts))
        arguments = Arguments(JNI_VERSION, len(texts), array, 0)
        jvm, self.env = ctypes.c_void_p(), ctypes.c_void_p()
        made = library.JNI_CreateJavaVM(
            ctypes.byref(jvm), ctypes.byref(self.env), ctypes.byref(arguments)
        )
        assert made == 0, made
        self.table = ctypes.cast(self.env, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]

    def function(self, index, result, *parameters):
        kind = ctypes.CFUNCTYPE(result, ctypes.c_void_p, *parameters)
        call = kind(self.table[index])
        return lambda *arguments: call(self.env, *arguments)

    def find(self, name):
        found = self.function(FIND_CLASS, ctypes.c_void_p, ctypes.c_char_p)(name.encode())
        assert found, name
        return found


class StaticMethods:
    """Those of one class, of numbers only."""

    def __init__(self, jvm, name, signatures, *, describe=False):
        """With ``describe``, the stack of what they throw is printed."""
        self.jvm, self.type = jvm, jvm.find(name)
        self.signatures, self.describe = signatures, describe
        # Looked for once: a call costs less than to find what is called.
        self.bound = functools.cache(self._bind)
        self.has_thrown = jvm.function(EXCEPTION_CHECK, ctypes.c_uint8)

    def _bind(self, method):
        signature = self.signatures[method]
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        find = self.jvm.function(GET_STATIC_METHOD_ID, pointer, pointer, text, text)
        is_double = signature.endswith("D")
        call = self.jvm.function(
            CALL_STATIC_DOUBLE if is_double else CALL_STATIC_LONG,
            ctypes.c_double if is_double else ctypes.c_int64,
            pointer,
            pointer,
            ctypes.POINTER(Value),
        )
        return functools.partial(
            call, self.type, find(self.type, method.encode(), signature.encode())
        )

    def __call__(self, method, *arguments):
        values = (Value * len(arguments))()
        for value, argument, kind in zip(
            values, arguments, self.signatures[method][1:], strict=False
        ):
            setattr(value, kind.lower(), argument)
        found = self.bound(method)(values)
        if self.has_thrown():
            if self.describe:
                self.jvm.function(EXCEPTION_DESCRIBE, None)()
            self.jvm.function(EXCEPTION_CLEAR, None)()
            raise JavaError(method)
        return found
