"""Requests to the JVM, one after another, and their answers."""

from __future__ import annotations

import os
import socket
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from . import wire
from .channel import Channel
from .errors import DlpackError, ProtocolError, SessionClosedError, refusal
from .releases import Releases
from .segments import Segment, Segments

__all__ = ["Connection"]

_HEADER = wire.HEADER
_ROOM = wire.MAX_PACKET - _HEADER.size

_T = TypeVar("_T")

_open_connections: weakref.WeakSet[Connection] = weakref.WeakSet()


class Connection:
    """Asks a JVM. Everything here that speaks with it is called by ``releases.run``."""

    def __init__(self, sock: socket.socket, peer: str, timeout: float) -> None:
        self.segments = Segments()
        self._channel = Channel(sock, peer, timeout, self.segments)
        self.releases = Releases(self._channel, self.segments)
        # Live views by name, until the JVM says that something may be stale.
        self.views: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()
        self.retired = 0
        self._request = 0
        _open_connections.add(self)

    def check(self) -> None:
        """Reads what the JVM pushed. Raises if the session is over."""
        channel = self._channel
        if channel.dead is not None:
            raise type(channel.dead)(*channel.dead.args)
        while channel.poller.poll(0):
            kind, _, at, end = channel.message()
            if kind != wire.RETIRE:
                raise channel.violated(f"expected RETIRE but found type {kind} without a request")
            self._retire(at, end)

    def ask(self, kind: int, payload: bytes, expected: int) -> wire.Reader:
        """Sends a request; returns the answer, which is valid until the lock is given back."""
        self.check()
        return self.ask_unread(kind, payload, expected)

    def ask_unread(self, kind: int, payload: bytes, expected: int) -> wire.Reader:
        """The same, without reading what the JVM pushed: it comes before the answer."""
        channel = self._channel
        if channel.dead is not None:
            raise type(channel.dead)(*channel.dead.args)
        if self.releases.left or self.segments.idle:
            self.releases.flush()
        self._request = request = self._request % 0xFFFFFFFF + 1
        if len(payload) <= _ROOM:
            packets = [_HEADER.pack(kind, 0, request) + payload]
        else:
            packets = list(wire.packets(kind, request, payload))
        try:
            channel.send(packets)
            return self._answer(request, expected)
        except DlpackError:
            raise
        except BaseException:
            # Such as KeyboardInterrupt: the answer would be taken for that to the next request.
            channel.end(
                SessionClosedError(
                    "session: expected requests to be finished but one was interrupted; "
                    "connect again. Views that you have stay readable"
                )
            )
            raise

    def _answer(self, request: int, expected: int) -> wire.Reader:
        channel = self._channel
        while True:
            kind, number, at, end = channel.message()
            if kind == wire.RETIRE:
                self._retire(at, end)
                continue
            if number != request:
                raise channel.violated(f"expected request {request} but found {number}")
            if kind == expected:
                return wire.Reader(channel.buffer, at, end)
            if kind != wire.REFUSED:
                raise channel.violated(f"expected type {expected} or a refusal but found {kind}")
            raise refusal(*self.read(wire.Reader(channel.buffer, at, end).refused))

    def _retire(self, at: int, end: int) -> None:
        self.retired = self.read(wire.Reader(self._channel.buffer, at, end).generation)
        self.views.clear()

    def read(self, parse: Callable[[], _T]) -> _T:
        """What an answer says; one that says nothing sensible ends the session."""
        try:
            return parse()
        except ProtocolError as wrong:
            raise self._channel.end(wrong) from None

    def segment(self, lease: int, number: int) -> Segment:
        """A segment that the JVM has sent, kept until the lease is given back."""
        segment = self.segments.leased(lease, number)
        if segment is None:
            raise self._channel.violated(f"expected a segment that was sent but found {number}")
        return segment

    def violated(self, wrong: ProtocolError) -> DlpackError:
        """Ends the session because of what the JVM sent; the error to raise."""
        return self._channel.end(wrong)

    def leave_to_parent(self) -> None:
        """In a forked child: the socket is the parent's, and so is all that was leased."""
        self.releases.leave_to_parent()
        self.views.clear()
        self._channel.end(
            SessionClosedError(
                "session: expected the process that connected but this is a fork of it "
                f"(pid {os.getpid()}); call dlpack4j.connect in this process. "
                "Views that it inherited stay readable"
            )
        )


def _after_fork() -> None:
    for connection in list(_open_connections):
        connection.leave_to_parent()


os.register_at_fork(after_in_child=_after_fork)
