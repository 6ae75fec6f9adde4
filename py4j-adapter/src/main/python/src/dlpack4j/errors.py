"""What can go wrong, each with what was expected, what was found, and what to do."""

from __future__ import annotations

__all__ = [
    "ConnectionLostError",
    "CopyRefusedError",
    "DlpackError",
    "NameNotFoundError",
    "NotReachableError",
    "OutOfMemoryError",
    "ProtocolError",
    "RefusedError",
    "RequestTimeoutError",
    "SessionClosedError",
    "UnsupportedError",
    "WriteRefusedError",
]


class DlpackError(Exception):
    """The base of all errors of this package."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which makes a sentence unreadable.
        return str(self.args[0]) if self.args else ""


class NotReachableError(DlpackError, ConnectionError):
    """There is no way to the JVM's memory from this process, such as from another machine."""


class ProtocolError(DlpackError, ConnectionError):
    """The JVM sent something that the protocol does not know. The session is over."""


class ConnectionLostError(DlpackError, ConnectionError):
    """The JVM is gone. Views stay readable; a new session needs a new ``connect``."""


class RequestTimeoutError(DlpackError, TimeoutError):
    """The JVM did not answer in time. The session is over."""


class SessionClosedError(DlpackError):
    """The session was closed, or belongs to the process that this one was forked from."""


class CopyRefusedError(DlpackError, BufferError):
    """``copy=False`` was asked for where only a copy can be had."""


class RefusedError(DlpackError):
    """The JVM refused a request, and says why."""


class NameNotFoundError(RefusedError, KeyError):
    """Nothing is published under this name."""


class WriteRefusedError(RefusedError, BufferError):
    """Memory that is only for reading was asked for to write."""


class OutOfMemoryError(RefusedError, MemoryError):
    """The JVM has no memory left to share."""


class UnsupportedError(RefusedError, BufferError):
    """The object exists, but cannot cross this way."""


_BY_CODE: dict[int, type[RefusedError]] = {
    1: NameNotFoundError,
    2: WriteRefusedError,
    3: OutOfMemoryError,
    7: OutOfMemoryError,
    8: UnsupportedError,
}


def refusal(code: int, message: str) -> RefusedError:
    """The error for a REFUSED of the protocol."""
    return _BY_CODE.get(code, RefusedError)(message)
