"""Files in memory that the JVM made, mapped once a session."""

from __future__ import annotations

import fcntl
import mmap
import sys
from typing import Any

from .errors import DlpackError, OutOfMemoryError, ProtocolError, UnsupportedError
from .wire import SegmentSpec

__all__ = ["Segment"]

# Linux's numbers, which the fcntl module has only where Python was built with new headers.
_F_GET_SEALS = 1034
_F_SEAL_SHRINK = 0x0002

# A mapping needs no descriptor of its own; Python before 3.13 duplicates it all the same.
_OPTIONS: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Segment:
    """A mapped file. The mapping ends with its last user, whatever the session does."""

    __slots__ = ("_failure", "_memory", "leases", "nbytes", "number")

    def __init__(self, spec: SegmentSpec, fd: int) -> None:
        self.number = spec.segment
        self.nbytes = spec.size
        # Leases on it that the JVM has not been told to forget. Belongs to the session's lock.
        self.leases = 0
        self._failure: DlpackError | None = None
        self._memory: mmap.mmap | None = None
        # The JVM counts this segment as ours from here on: what fails now is told by who wants it.
        try:
            self._memory = _map(spec, fd)
        except UnsupportedError as wrong:
            self._failure = wrong
        except ProtocolError:
            raise
        except OSError as wrong:
            self._failure = OutOfMemoryError(
                f"segment {spec.segment}: expected to map {spec.size} bytes but {wrong}; "
                "free address space (ulimit -v), or drop views that are not needed"
            )

    @property
    def memory(self) -> mmap.mmap:
        """All of it, as a buffer that NumPy can look into."""
        if self._memory is None:
            failure = self._failure or UnsupportedError("segment: expected memory but found none")
            raise type(failure)(*failure.args)
        return self._memory


def _map(spec: SegmentSpec, fd: int) -> mmap.mmap:
    if spec.kind != 0:
        raise UnsupportedError(
            f"segment {spec.segment}: expected a file in memory but found memory of a GPU "
            f"(kind {spec.kind}); publish a copy in host memory"
        )
    # A file that shrinks would end this process by SIGBUS, and no Python code could catch it.
    if not _seals(fd) & _F_SEAL_SHRINK:
        raise ProtocolError(
            f"segment {spec.segment}: expected a file sealed against shrinking but found "
            "one that is not; use the JVM library of the same release"
        )
    access = mmap.PROT_READ | (mmap.PROT_WRITE if spec.writable else 0)
    try:
        return mmap.mmap(fd, spec.size, mmap.MAP_SHARED, access, **_OPTIONS)
    except (ValueError, OverflowError) as wrong:
        raise ProtocolError(
            f"segment {spec.segment}: expected a file of {spec.size} bytes but {wrong}"
        ) from None


def _seals(fd: int) -> int:
    try:
        return fcntl.fcntl(fd, _F_GET_SEALS)
    except OSError:
        return 0  # another kind of file, which has none
