"""One socket to the JVM: requests one after another, releases from anywhere.

Requests hold a lock. Finalisers run wherever the garbage collector happens to, in a locked
section, too: they leave a number in a deque, and send it at once only if the lock is free. Whoever
gives the lock back looks into the deque again, so that nothing is forgotten.
"""

from __future__ import annotations

import array
import functools
import os
import select
import socket
import struct
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from . import cuda_memory, wire
from .errors import (
    ConnectionLostError,
    DlpackError,
    ProtocolError,
    RequestTimeoutError,
    SessionClosedError,
    refusal,
)
from .segments import Segment

__all__ = ["Connection"]

# Plain numbers: an enum's operators take longer than a system call.
_FLAGS = int(socket.MSG_CMSG_CLOEXEC)
_SEND = int(socket.MSG_NOSIGNAL)
_SEND_NOW = int(socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
_CUT = int(socket.MSG_TRUNC | socket.MSG_CTRUNC)
_ANCILLARY = socket.CMSG_SPACE(4 * 4)
_RELEASES = 8000
_HEADER = wire.HEADER
_HEADER_SIZE = _HEADER.size
_ROOM = wire.MAX_PACKET - _HEADER_SIZE

_NONE: list[cuda_memory.Mapping] = []

_T = TypeVar("_T")

_open_connections: weakref.WeakSet[Connection] = weakref.WeakSet()


class Connection:
    """Speaks the protocol. What is called with the lock is called by ``run``."""

    def __init__(self, sock: socket.socket, peer: str, timeout: float) -> None:
        limit = struct.pack("ll", int(timeout), int(timeout % 1 * 1e6))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self.peer = peer
        self.segments: dict[int, Segment] = {}
        # Live views by name, until the JVM says that something may be stale.
        self.views: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()
        self.retired = 0
        self._socket = sock
        self._timeout = timeout
        self._lock = threading.Lock()
        self._owner = 0
        self._request = 0
        self._buffer = bytearray(wire.MAX_PACKET)
        self._buffers = [self._buffer]
        self._poller = select.poll()
        self._poller.register(sock, select.POLLIN)
        self._released: deque[int] = deque()
        # The segments of each lease, and those without any. Belong to the lock.
        self._leased: dict[int, set[int]] = {}
        self._idle: list[int] = []
        self._dead: DlpackError | None = None
        # Bound once: finalisers must not look up globals when the interpreter ends.
        self._finalizing = sys.is_finalizing
        _open_connections.add(self)

    # The lock

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
            if self._released or self._idle:
                self._settle()

    # What finalisers call

    def release(self, lease: int, mappings: list[cuda_memory.Mapping] = _NONE) -> None:
        """Gives a lease back, when GPUs have done what is queued. Never waits."""
        if self._finalizing():
            return
        if mappings:
            # Holds the mappings until then.
            cuda_memory.release_after(
                mappings, functools.partial(self._release_used, lease, mappings)
            )
        else:
            self._released.append(lease)
            self._settle()

    def _release_used(self, lease: int, mappings: list[cuda_memory.Mapping]) -> None:
        mappings.clear()
        self.release(lease)

    def _settle(self) -> None:
        while (self._released or self._idle) and self._lock.acquire(False):
            self._owner = threading.get_ident()
            try:
                done = self._flush()
            finally:
                self._owner = 0
                self._lock.release()
            if not done:
                return

    def _flush(self) -> bool:
        """Sends what finalisers left; false if the socket is full."""
        released, idle = self._released, self._idle
        if self._dead is not None:
            released.clear()
            idle.clear()
            return True
        while released:
            batch = [released.popleft() for _ in range(min(len(released), _RELEASES))]
            if not self._send_now(wire.RELEASE, wire.release(batch)):
                released.extendleft(reversed(batch))
                return False
            for lease in batch:
                self._forget(lease)
        while idle:
            segment = self.segments.get(idle[-1])
            # Another grant may have come since.
            if segment is not None and not segment.leases and segment.is_on_device:
                # Unmapping takes long, and no work may be left: another thread does it.
                end = functools.partial(self.run, self._drop, segment.number)
                cuda_memory.release_after([segment.mapping], end)
            elif segment is not None and not segment.leases:
                if not self._send_now(wire.DROP, wire.drop(segment.number)):
                    return False
                self.segments.pop(segment.number, None)
            idle.pop()
        return True

    def _drop(self, number: int) -> None:
        """Ends a segment on a device, unless somebody has fetched from it meanwhile."""
        segment = self.segments.get(number)
        if segment is None or segment.leases or self._dead is not None:
            return
        del self.segments[number]
        segment.close()
        try:
            self._socket.send(_HEADER.pack(wire.DROP, 0, 0) + wire.drop(number), _SEND)
        except OSError as wrong:
            self._die(self._lost(wrong))

    def _forget(self, lease: int) -> None:
        for number in self._leased.pop(lease, ()):
            segment = self.segments.get(number)
            if segment is not None:
                segment.leases -= 1
                if not segment.leases:
                    self._idle.append(number)

    def _send_now(self, kind: int, payload: bytes) -> bool:
        try:
            self._socket.send(_HEADER.pack(kind, 0, 0) + payload, _SEND_NOW)
        except BlockingIOError:
            return False
        except OSError as wrong:
            # No finaliser may raise; the next request says what happened.
            self._die(self._lost(wrong))
        return True

    # What requests call, with the lock

    def check(self) -> None:
        """Reads what the JVM pushed. Raises if the session is over."""
        if self._dead is not None:
            raise type(self._dead)(*self._dead.args)
        while self._poller.poll(0):
            kind, _, at, end = self._message()
            if kind != wire.RETIRE:
                raise self._violated(f"expected RETIRE but found type {kind} without a request")
            self._retire(at, end)

    def ask(self, kind: int, payload: bytes, expected: int) -> wire.Reader:
        """Sends a request; returns the answer, which is valid until the lock is given back."""
        self.check()
        return self.ask_unread(kind, payload, expected)

    def ask_unread(self, kind: int, payload: bytes, expected: int) -> wire.Reader:
        """The same, without reading what the JVM pushed: it comes before the answer."""
        if self._dead is not None:
            raise type(self._dead)(*self._dead.args)
        if self._released or self._idle:
            self._flush()
        self._request = request = self._request % 0xFFFFFFFF + 1
        if len(payload) <= _ROOM:
            messages = [_HEADER.pack(kind, 0, request) + payload]
        else:
            messages = list(wire.packets(kind, request, payload))
        try:
            for packet in messages:
                self._socket.send(packet, _SEND)
            return self._answer(request, expected)
        except BlockingIOError:
            raise self._die(
                RequestTimeoutError(
                    f"session: expected {self.peer} to take a request within {self._timeout} s "
                    "but it did not; the session is closed, connect again"
                )
            ) from None
        except DlpackError:
            raise
        except OSError as wrong:
            raise self._die(self._lost(wrong)) from wrong
        except BaseException:
            # Such as KeyboardInterrupt: the answer would be taken for that to the next request.
            self._die(
                SessionClosedError(
                    "session: expected requests to be finished but one was interrupted; "
                    "connect again. Views that you have stay readable"
                )
            )
            raise

    def _answer(self, request: int, expected: int) -> wire.Reader:
        while True:
            kind, number, at, end = self._message()
            if kind == wire.RETIRE:
                self._retire(at, end)
                continue
            if number != request:
                raise self._violated(f"expected request {request} but found {number}")
            if kind == expected:
                return wire.Reader(self._buffer, at, end)
            if kind != wire.REFUSED:
                raise self._violated(f"expected type {expected} or a refusal but found {kind}")
            try:
                raise refusal(*wire.Reader(self._buffer, at, end).refused())
            except ProtocolError as wrong:
                raise self._die(wrong) from None

    def segment(self, lease: int, number: int) -> Segment:
        """A segment that the JVM has sent, kept until the lease is given back."""
        segment = self.segments.get(number)
        if segment is None:
            raise self._violated(f"expected a segment that was sent but found {number}")
        numbers = self._leased.setdefault(lease, set())
        if number not in numbers:
            numbers.add(number)
            segment.leases += 1
        return segment

    # Messages

    def _message(self) -> tuple[int, int, int, int]:
        """The next one that is no SEGMENT: type, request, where its payload is in the buffer."""
        parts: bytearray | None = None
        begun = None
        while True:
            size, descriptors = self._packet()
            kind, flags, request = _HEADER.unpack_from(self._buffer)
            if kind == wire.SEGMENT and not flags and begun is None:
                self._add_segment(size, descriptors)
                continue
            if descriptors:
                _close(descriptors)
                raise self._violated(f"expected no descriptor with type {kind}")
            if begun is None and not flags:
                return kind, request, _HEADER_SIZE, size
            if begun not in (None, (kind, request)) or flags & ~wire.MORE:
                raise self._violated(f"expected more of {begun} but found type {kind}")
            begun = kind, request
            parts = bytearray() if parts is None else parts
            parts += self._buffer[_HEADER.size : size]
            if len(parts) > wire.MAX_MESSAGE:
                raise self._violated(f"expected at most {wire.MAX_MESSAGE} bytes a message")
            if not flags:
                return kind, request, *self._joined(parts)

    def _joined(self, parts: bytearray) -> tuple[int, int]:
        # Long messages are rare: the buffer grows to hold them, as readers look nowhere else.
        if len(parts) > len(self._buffer):
            self._buffer = bytearray(len(parts))
            self._buffers = [self._buffer]
        self._buffer[: len(parts)] = parts
        return 0, len(parts)

    def _packet(self) -> tuple[int, list[int]]:
        try:
            size, ancillary, flags, _ = self._socket.recvmsg_into(self._buffers, _ANCILLARY, _FLAGS)
        except BlockingIOError:
            raise self._die(
                RequestTimeoutError(
                    f"session: expected an answer of {self.peer} within {self._timeout} s but "
                    "there was none; the session is closed, connect again"
                )
            ) from None
        except OSError as wrong:
            raise self._die(self._lost(wrong)) from wrong
        descriptors = _descriptors(ancillary) if ancillary else []
        if flags & _CUT or 0 < size < _HEADER_SIZE:
            _close(descriptors)
            raise self._violated(f"expected a whole packet but found {size} bytes of one")
        if size == 0:
            _close(descriptors)
            raise self._die(self._lost(None))
        return size, descriptors

    def _add_segment(self, size: int, descriptors: list[int]) -> None:
        try:
            spec = wire.Reader(self._buffer, _HEADER.size, size).segment()
            expected = "no" if spec.kind == wire.CUDA_HANDLE else "one"
            if len(descriptors) != (expected == "one"):
                raise ProtocolError(
                    f"session: expected {expected} descriptor with a segment but found "
                    f"{len(descriptors)}; the session is closed, connect again"
                )
            if spec.segment in self.segments:
                raise ProtocolError(
                    f"session: expected segment {spec.segment} once but found it twice; "
                    "the session is closed, connect again"
                )
            self.segments[spec.segment] = Segment(spec, descriptors[0] if descriptors else None)
            # In case that no grant follows, or the mapping failed.
            self._idle.append(spec.segment)
        except DlpackError as wrong:
            raise self._die(wrong) from None
        finally:
            _close(descriptors)

    def _retire(self, at: int, end: int) -> None:
        try:
            self.retired = wire.Reader(self._buffer, at, end).generation()
        except ProtocolError as wrong:
            raise self._die(wrong) from None
        self.views.clear()

    # The end

    def violated(self, wrong: Exception) -> DlpackError:
        """Ends the session because of what the JVM sent; the error to raise."""
        if isinstance(wrong, DlpackError):
            return self._die(wrong)
        return self._violated(str(wrong))

    def _violated(self, what: str) -> DlpackError:
        return self._die(
            ProtocolError(
                f"session: {what}; the session is closed, connect again and use the JVM library "
                "of the same release"
            )
        )

    def _lost(self, wrong: OSError | None) -> DlpackError:
        cause = f" ({wrong})" if wrong is not None else ""
        return ConnectionLostError(
            f"session: expected {self.peer} to be there but it closed the connection{cause}; "
            "views that you have stay readable, connect again for others"
        )

    def _die(self, reason: DlpackError) -> DlpackError:
        if self._dead is None:
            # Not the one that is raised: its traceback would keep views of its frames alive.
            self._dead = type(reason)(*reason.args)
            self.views.clear()
            # Views keep their mappings; nobody needs the table of them any more.
            self.segments.clear()
            self._leased.clear()
            self._socket.close()
        return reason

    def leave_to_parent(self) -> None:
        """In a forked child: the socket is the parent's, and so is all that was leased."""
        self._lock = threading.Lock()
        self._owner = 0
        self._released.clear()
        self._idle.clear()
        # Closed, not shut down: that would end the parent's connection.
        self._die(
            SessionClosedError(
                "session: expected the process that connected but this is a fork of it "
                f"(pid {os.getpid()}); call dlpack4j.connect in this process. "
                "Views that it inherited stay readable"
            )
        )

    def __del__(self) -> None:
        # Not there if the constructor failed.
        sock = getattr(self, "_socket", None)
        if sock is not None:
            sock.close()


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return list(found)


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _after_fork() -> None:
    for connection in list(_open_connections):
        connection.leave_to_parent()


os.register_at_fork(after_in_child=_after_fork)
