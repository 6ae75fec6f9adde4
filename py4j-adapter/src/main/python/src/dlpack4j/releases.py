"""Whose turn it is, and what finalisers leave to be given back.

Requests hold a lock. Finalisers run wherever the garbage collector happens to, in a locked
section, too: they leave a number in a deque, and send it at once only if the lock is free. Whoever
gives the lock back looks into the deque again, so that nothing is forgotten.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from . import cuda_memory, wire
from .channel import Channel
from .segments import Segments

__all__ = ["Releases"]

_AT_ONCE = 8000

_NONE: list[cuda_memory.Mapping] = []

_T = TypeVar("_T")


class Releases:
    """The lock of a connection, and the leases that it gives back."""

    def __init__(self, channel: Channel, segments: Segments) -> None:
        self.left: deque[int] = deque()
        self._channel = channel
        self._segments = segments
        self._idle = segments.idle
        self._lock = threading.Lock()
        self._owner = 0
        # Bound once: finalisers must not look up globals when the interpreter ends.
        self._finalizing = sys.is_finalizing

    def run(self, work: Callable[..., _T], *args: Any) -> _T:
        """Calls work with the lock, and then sends what finalisers left meanwhile."""
        me = threading.get_ident()
        if self._owner == me:
            raise RuntimeError(
                "session: expected no request within another of the same thread, such as from a "
                "signal handler or a finaliser; hand the work to another thread"
            )
        try:
            with self._lock:
                self._owner = me
                try:
                    return work(*args)
                finally:
                    self._owner = 0
        finally:
            if self._owner == me:
                self._owner = 0
            if self.left or self._idle:
                self._settle()

    def add(self, lease: int, mappings: list[cuda_memory.Mapping] = _NONE) -> None:
        """Gives a lease back, when GPUs have done what is queued. Never waits."""
        if self._finalizing():
            return
        if mappings:
            # Holds the mappings until then.
            cuda_memory.release_after(mappings, functools.partial(self._add_used, lease, mappings))
        else:
            self.left.append(lease)
            self._settle()

    def _add_used(self, lease: int, mappings: list[cuda_memory.Mapping]) -> None:
        mappings.clear()
        self.add(lease)

    def _settle(self) -> None:
        while (self.left or self._idle) and self._lock.acquire(False):
            self._owner = threading.get_ident()
            try:
                done = self.flush()
            finally:
                self._owner = 0
                self._lock.release()
            if not done:
                return

    def flush(self) -> bool:
        """Sends what finalisers left; false if the socket is full. Called with the lock."""
        if self._channel.dead is not None:
            self.left.clear()
            self._idle.clear()
            return True
        return self._flush_leases() and self._flush_segments()

    def _flush_leases(self) -> bool:
        left = self.left
        while left:
            batch = [left.popleft() for _ in range(min(len(left), _AT_ONCE))]
            if not self._channel.tell(wire.RELEASE, wire.release(batch)):
                left.extendleft(reversed(batch))
                return False
            for lease in batch:
                self._segments.forget(lease)
        return True

    def _flush_segments(self) -> bool:
        while self._idle:
            segment = self._segments.get(self._idle[-1])
            # Another grant may have come since.
            if segment is not None and not segment.leases and segment.is_on_device:
                # Unmapping takes long, and no work may be left: another thread does it.
                end = functools.partial(self.run, self._drop, segment.number)
                cuda_memory.release_after([segment.mapping], end)
            elif segment is not None and not segment.leases:
                if not self._channel.tell(wire.DROP, wire.drop(segment.number)):
                    return False
                self._segments.remove(segment.number)
            self._idle.pop()
        return True

    def _drop(self, number: int) -> None:
        """Ends a segment on a device, unless somebody has fetched from it meanwhile."""
        segment = self._segments.get(number)
        if segment is None or segment.leases or self._channel.dead is not None:
            return
        self._segments.remove(number)
        segment.close()
        self._channel.tell(wire.DROP, wire.drop(number), waiting=True)

    def leave_to_parent(self) -> None:
        """In a forked child: whoever had the lock is not here, and all leases are the parent's."""
        self._lock = threading.Lock()
        self._owner = 0
        self.left.clear()
        self._idle.clear()
