"""Files in memory that the JVM made, mapped once a session."""

from __future__ import annotations

import fcntl
import mmap
import sys
import weakref
from collections.abc import Callable
from typing import Any

from .errors import DlpackError, OutOfMemoryError, ProtocolError, UnsupportedError
from .wire import SegmentSpec

__all__ = ["Pin", "Segment"]

# Linux's numbers, which the fcntl module has only where Python was built with new headers.
_F_GET_SEALS = 1034
_F_SEAL_SHRINK = 0x0002

# A mapping needs no descriptor of its own; Python before 3.13 duplicates it all the same.
_OPTIONS: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Pin:
    """What all views of one segment hold together; its end is that of the last view."""

    __slots__ = ("__weakref__",)


class Segment:
    """A mapped file. The mapping ends with its last user, whatever the session does."""

    __slots__ = ("_failure", "_memory", "_pin", "nbytes", "number", "writable")

    def __init__(self, spec: SegmentSpec, fd: int) -> None:
        self.number = spec.segment
        self.writable = spec.writable
        self.nbytes = spec.size
        self._pin: weakref.ref[Pin] | None = None
        self._failure: DlpackError | None = None
        self._memory: mmap.mmap | None = None
        # The JVM counts this segment as ours from here on: what fails now is told by who wants it.
        try:
            self._memory = _map(spec, fd)
        except UnsupportedError as wrong:
            self._failure = wrong
        except OSError as wrong:
            self._failure = OutOfMemoryError(
                f"segment {spec.segment}: expected to map {spec.size} bytes but {wrong}; "
                "free address space (ulimit -v), or drop views that are not needed"
            )

    def pin(self, ended: Callable[[object], None]) -> Pin:
        """What keeps the segment mapped; its end is told as soon as ``is_idle`` says so, too.

        Called with the session's lock, so that no segment is given back that has just been granted.
        """
        if self._failure is not None:
            raise type(self._failure)(*self._failure.args)
        pin = self._pin() if self._pin is not None else None
        if pin is None:
            pin = Pin()
            # Not by __del__, in which a weak reference would still lead to the pin.
            self._pin = weakref.ref(pin, ended)
        return pin

    @property
    def memory(self) -> mmap.mmap:
        """All of it, as a buffer that NumPy can look into."""
        assert self._memory is not None, "pinned segments are mapped"
        return self._memory

    def is_idle(self) -> bool:
        """Whether no view is left."""
        return self._pin is None or self._pin() is None


def _map(spec: SegmentSpec, fd: int) -> mmap.mmap:
    if spec.kind != 0:
        raise UnsupportedError(
            f"segment {spec.segment}: expected a file in memory but found memory of a GPU "
            f"(kind {spec.kind}); publish a copy in host memory"
        )
    # A file that shrinks would end this process by SIGBUS, and no Python code could catch it.
    if not fcntl.fcntl(fd, _F_GET_SEALS) & _F_SEAL_SHRINK:
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
