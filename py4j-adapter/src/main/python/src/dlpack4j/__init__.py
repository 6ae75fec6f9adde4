"""Columns and tensors of a JVM as arrays of Python, and the other way round, without copies.

    session = dlpack4j.connect(gateway)      # a Py4J gateway, spark._jvm, or a ticket
    prices = session["prices"]               # anything with from_dlpack takes it
    session.put("result", prices.numpy() * 2)

For a JVM in the same process there are ``from_address`` and ``to_address``.
"""

from __future__ import annotations

import sys

import numpy as np

__version__ = "0.1.0"

if not getattr(sys, "_is_gil_enabled", lambda: True)():
    raise ImportError(
        "dlpack4j: expected a Python with the GIL but it is off; the package was never tested "
        "without. Start Python with -X gil=1"
    )
if sys.platform != "linux":
    raise ImportError(
        f"dlpack4j: expected Linux, as memory is shared by sealed files, but found {sys.platform}"
    )
if np.lib.NumpyVersion(np.__version__) < "2.1.0":
    raise ImportError(
        f"dlpack4j: expected NumPy 2.1 or later but found {np.__version__}; "
        "install it by pip install 'numpy>=2.1'"
    )

from .adopting import DeviceTensor
from .column import Column
from .cuda_tensor import CudaTensor
from .datatypes import DataType
from .errors import (
    ConnectionLostError,
    CopyRefusedError,
    DlpackError,
    NameNotFoundError,
    NotReachableError,
    OutOfMemoryError,
    ProtocolError,
    RefusedError,
    RequestTimeoutError,
    SessionClosedError,
    UnsupportedError,
    WriteRefusedError,
)
from .inprocess import from_address, to_address
from .session import Entry, Session, Statistics, connect
from .table import Table
from .tensor import Tensor

__all__ = [
    "Column",
    "ConnectionLostError",
    "CopyRefusedError",
    "CudaTensor",
    "DataType",
    "DeviceTensor",
    "DlpackError",
    "Entry",
    "NameNotFoundError",
    "NotReachableError",
    "OutOfMemoryError",
    "ProtocolError",
    "RefusedError",
    "RequestTimeoutError",
    "Session",
    "SessionClosedError",
    "Statistics",
    "Table",
    "Tensor",
    "UnsupportedError",
    "WriteRefusedError",
    "connect",
    "from_address",
    "to_address",
]
