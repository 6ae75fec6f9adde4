"""Memory that the JVM made, a file or a GPU's, mapped once a session."""

from __future__ import annotations

import fcntl
import mmap
import sys
from typing import Any

from . import cuda_memory, wire
from .errors import DlpackError, OutOfMemoryError, ProtocolError, UnsupportedError
from .specs import SegmentSpec

__all__ = ["Segment", "Segments"]

# Linux's numbers, which the fcntl module has only where Python was built with new headers.
_F_GET_SEALS = 1034
_F_SEAL_SHRINK = 0x0002

# A mapping needs no descriptor of its own; Python before 3.13 duplicates it all the same.
_OPTIONS: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Segment:
    """Mapped memory. The mapping ends with its last user, whatever the session does."""

    __slots__ = ("_failure", "_mapping", "_memory", "leases", "nbytes", "number")

    def __init__(self, spec: SegmentSpec, fd: int | None) -> None:
        self.number = spec.segment
        self.nbytes = spec.size
        # Leases on it that the JVM has not been told to forget. Belongs to the connection's lock.
        self.leases = 0
        self._failure: DlpackError | None = None
        self._memory: mmap.mmap | None = None
        self._mapping: cuda_memory.Mapping | None = None
        # The JVM counts this segment as ours from here on: what fails now is told by who wants it.
        try:
            if spec.kind in (wire.CUDA_DESCRIPTOR, wire.CUDA_HANDLE):
                self._mapping = cuda_memory.import_memory(spec.extra, spec.size, fd)
            elif fd is not None:
                self._memory = _map(spec, fd)
        except (UnsupportedError, OutOfMemoryError) as wrong:
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
            raise self._missing("a file in memory")
        return self._memory

    @property
    def mapping(self) -> cuda_memory.Mapping:
        """All of it, if it is memory of a GPU."""
        if self._mapping is None:
            raise self._missing("memory of a GPU")
        return self._mapping

    def _missing(self, what: str) -> DlpackError:
        failure = self._failure
        if failure is not None:
            return type(failure)(*failure.args)
        return ProtocolError(f"segment {self.number}: expected {what} but found another kind")

    @property
    def is_on_device(self) -> bool:
        """Whether it must be closed before the JVM is told that nobody uses it."""
        return self._mapping is not None

    def close(self) -> None:
        """Unmaps what is a GPU's. May take long; not for finalisers."""
        mapping, self._mapping = self._mapping, None
        if mapping is not None:
            mapping.close()


class Segments:
    """What the JVM has sent, and the leases on it. Belongs to the connection's lock."""

    def __init__(self) -> None:
        # By number, those that perhaps no lease is on.
        self.idle: list[int] = []
        self._by_number: dict[int, Segment] = {}
        self._leased: dict[int, set[int]] = {}

    def add(self, spec: SegmentSpec, fd: int | None) -> None:
        """Maps one that the JVM has sent."""
        if spec.segment in self._by_number:
            raise ProtocolError(
                f"session: expected segment {spec.segment} once but found it twice; "
                "the session is closed, connect again"
            )
        self._by_number[spec.segment] = Segment(spec, fd)
        # In case that no grant follows, or the mapping failed.
        self.idle.append(spec.segment)

    def get(self, number: int) -> Segment | None:
        """One that was sent and is not dropped."""
        return self._by_number.get(number)

    def leased(self, lease: int, number: int) -> Segment | None:
        """The same, kept until the lease is forgotten."""
        segment = self._by_number.get(number)
        if segment is not None:
            numbers = self._leased.setdefault(lease, set())
            if number not in numbers:
                numbers.add(number)
                segment.leases += 1
        return segment

    def forget(self, lease: int) -> None:
        """A lease is no more; what it alone has kept is idle."""
        for number in self._leased.pop(lease, ()):
            segment = self._by_number.get(number)
            if segment is not None:
                segment.leases -= 1
                if not segment.leases:
                    self.idle.append(number)

    def remove(self, number: int) -> None:
        """Forgets one that is dropped."""
        self._by_number.pop(number, None)

    def mapped(self) -> list[Segment]:
        """All that there are now; for any thread."""
        return list(self._by_number.values())

    def clear(self) -> None:
        """Forgets all of them: the JVM need not be told of any."""
        self._by_number.clear()
        self._leased.clear()


def _map(spec: SegmentSpec, fd: int) -> mmap.mmap:
    if spec.kind != wire.FILE:
        raise UnsupportedError(
            f"segment {spec.segment}: expected a file in memory or memory of CUDA but found kind "
            f"{spec.kind}; publish a copy in host memory"
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
