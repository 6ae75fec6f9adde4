"""The messages of one socket, in both directions, until it ends for whatever reason."""

from __future__ import annotations

import array
import os
import select
import socket
import struct
from collections.abc import Iterable

from . import wire
from .errors import ConnectionLostError, DlpackError, ProtocolError, RequestTimeoutError
from .segments import Segments

__all__ = ["Channel"]

# Plain numbers: an enum's operators take longer than a system call.
_FLAGS = int(socket.MSG_CMSG_CLOEXEC)
_SEND = int(socket.MSG_NOSIGNAL)
_SEND_NOW = int(socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
_CUT = int(socket.MSG_TRUNC | socket.MSG_CTRUNC)
_ANCILLARY = socket.CMSG_SPACE(4 * 4)
_HEADER = wire.HEADER
_HEADER_SIZE = _HEADER.size


class Channel:
    """Sends and receives. All of it is for whoever has the connection's lock.

    Segments come by themselves, before the answer that speaks of them. What the JVM does wrong is
    raised, and is the end of the channel.
    """

    def __init__(self, sock: socket.socket, peer: str, timeout: float, segments: Segments) -> None:
        limit = struct.pack("ll", int(timeout), int(timeout % 1 * 1e6))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self.dead: DlpackError | None = None
        # Where the payload is of the message that was received last.
        self.buffer = bytearray(wire.MAX_PACKET)
        self._buffers = [self.buffer]
        self._socket = sock
        self._peer = peer
        self._timeout = timeout
        self._segments = segments
        # Says whether something has come.
        self.poller = select.poll()
        self.poller.register(sock, select.POLLIN)

    # Sending

    def send(self, packets: Iterable[bytes]) -> None:
        """Sends a request."""
        try:
            for packet in packets:
                self._socket.send(packet, _SEND)
        except BlockingIOError:
            raise self.end(
                RequestTimeoutError(
                    f"session: expected {self._peer} to take a request within {self._timeout} s "
                    "but it did not; the session is closed, connect again"
                )
            ) from None
        except OSError as wrong:
            raise self.end(self._lost(wrong)) from wrong

    def tell(self, kind: int, payload: bytes, *, waiting: bool = False) -> bool:
        """Sends what has no answer; false if the socket is full and nobody may wait.

        Raises nothing, as no finaliser may; the next request says what happened.
        """
        try:
            self._socket.send(_HEADER.pack(kind, 0, 0) + payload, _SEND if waiting else _SEND_NOW)
        except OSError as wrong:
            if isinstance(wrong, BlockingIOError) and not waiting:
                return False
            self.end(self._lost(wrong))
        return True

    # Receiving

    def message(self) -> tuple[int, int, int, int]:
        """The next one that is no SEGMENT: type, request, where its payload is in the buffer."""
        parts: bytearray | None = None
        begun = None
        while True:
            size, descriptors = self._packet()
            kind, flags, request = _HEADER.unpack_from(self.buffer)
            if kind == wire.SEGMENT and not flags and begun is None:
                self._add_segment(size, descriptors)
                continue
            if descriptors:
                _close(descriptors)
                raise self.violated(f"expected no descriptor with type {kind}")
            if begun is None and not flags:
                return kind, request, _HEADER_SIZE, size
            if begun not in (None, (kind, request)) or flags & ~wire.MORE:
                raise self.violated(f"expected more of {begun} but found type {kind}")
            begun = kind, request
            parts = bytearray() if parts is None else parts
            parts += self.buffer[_HEADER_SIZE:size]
            if len(parts) > wire.MAX_MESSAGE:
                raise self.violated(f"expected at most {wire.MAX_MESSAGE} bytes a message")
            if not flags:
                return kind, request, *self._joined(parts)

    def _joined(self, parts: bytearray) -> tuple[int, int]:
        # Long messages are rare: the buffer grows to hold them, as readers look nowhere else.
        if len(parts) > len(self.buffer):
            self.buffer = bytearray(len(parts))
            self._buffers = [self.buffer]
        self.buffer[: len(parts)] = parts
        return 0, len(parts)

    def _packet(self) -> tuple[int, list[int]]:
        try:
            size, ancillary, flags, _ = self._socket.recvmsg_into(self._buffers, _ANCILLARY, _FLAGS)
        except BlockingIOError:
            raise self.end(
                RequestTimeoutError(
                    f"session: expected an answer of {self._peer} within {self._timeout} s but "
                    "there was none; the session is closed, connect again"
                )
            ) from None
        except OSError as wrong:
            raise self.end(self._lost(wrong)) from wrong
        descriptors = _descriptors(ancillary) if ancillary else []
        if flags & _CUT or 0 < size < _HEADER_SIZE:
            _close(descriptors)
            raise self.violated(f"expected a whole packet but found {size} bytes of one")
        if size == 0:
            _close(descriptors)
            raise self.end(self._lost(None))
        return size, descriptors

    def _add_segment(self, size: int, descriptors: list[int]) -> None:
        try:
            spec = wire.Reader(self.buffer, _HEADER_SIZE, size).segment()
            expected = "no" if spec.kind == wire.CUDA_HANDLE else "one"
            if len(descriptors) != (expected == "one"):
                raise ProtocolError(
                    f"session: expected {expected} descriptor with a segment but found "
                    f"{len(descriptors)}; the session is closed, connect again"
                )
            self._segments.add(spec, descriptors[0] if descriptors else None)
        except DlpackError as wrong:
            raise self.end(wrong) from None
        finally:
            _close(descriptors)

    # The end

    def violated(self, what: str) -> DlpackError:
        """Ends the channel because of what the JVM sent; the error to raise."""
        return self.end(
            ProtocolError(
                f"session: {what}; the session is closed, connect again and use the JVM library "
                "of the same release"
            )
        )

    def _lost(self, wrong: OSError | None) -> DlpackError:
        cause = f" ({wrong})" if wrong is not None else ""
        return ConnectionLostError(
            f"session: expected {self._peer} to be there but it closed the connection{cause}; "
            "views that you have stay readable, connect again for others"
        )

    def end(self, reason: DlpackError) -> DlpackError:
        """Ends the channel, if it has not ended before; returns the reason."""
        if self.dead is None:
            # Not the one that is raised: its traceback would keep views of its frames alive.
            self.dead = type(reason)(*reason.args)
            # Views keep their mappings; nobody needs the table of them any more.
            self._segments.clear()
            # Closed, not shut down: in a fork that would end the parent's connection.
            self._socket.close()
        return reason

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
