"""A JVM's side of the lease protocol, in Python: for tests without a JVM, and for rude ones."""

from __future__ import annotations

import array
import os
import secrets
import select
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from memory import CPU, Segment, tensor_of, tensors_of

from dlpack4j import ticket, wire
from dlpack4j.datatypes import DataType
from dlpack4j.specs import TensorSpec


@dataclass
class Published:
    spec: Any
    segments: list[Segment]
    generation: int
    writable: bool = False
    nbytes: int = 0


@dataclass
class Peer:
    """What the server knows of one connection."""

    socket: socket.socket
    sent: set[int] = field(default_factory=set)
    leases: dict[int, Any] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)
    published: set[str] = field(default_factory=set)
    client: str = ""


class Server:
    """Serves what ``publish`` was given. ``rude`` may answer requests in another way."""

    def __init__(self) -> None:
        self.name = "dlpack4j-test-" + secrets.token_hex(8)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.bind("\0" + self.name)
        self.socket.listen(64)
        self.catalogue: dict[str, Published] = {}
        self.generation = 0
        self.tokens: set[bytes] = set()
        self.peers: list[Peer] = []
        self.requests: list[int] = []
        self.violations: list[str] = []
        self.rude: Any = None
        self._leases = iter(range(100, 1 << 60))
        self._lock = threading.RLock()
        self._wake, self._bell = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def ticket(self) -> str:
        token = secrets.token_bytes(16)
        self.tokens.add(token)
        return f"dlpack4j:1:{self.name}:{token.hex()}:{os.getpid()}:{ticket.home()}"

    def close(self) -> None:
        os.write(self._bell, b"x")
        self._thread.join(20)
        self.socket.close()
        for peer in self.peers:
            peer.socket.close()
        os.close(self._wake)
        os.close(self._bell)

    # Publishing

    def publish(
        self, name: str, spec: Any, segments: list[Segment], writable: bool = False
    ) -> Published:
        with self._lock:
            self.generation += 1
            published = Published(spec, segments, self.generation, writable)
            again = name in self.catalogue
            self.catalogue[name] = published
            if again:
                self.retire()
            return published

    def retire(self) -> None:
        for peer in self.peers:
            self.send(peer, wire.RETIRE, 0, struct.pack("<Q", self.generation))

    def publish_array(
        self,
        name: str,
        values: np.ndarray[Any, Any],
        data_type: DataType,
        *,
        strides: tuple[int, ...] | None = None,
        offset: int = 0,
        flags: int = wire.READ_ONLY,
        writable: bool = False,
        shape: tuple[int, ...] | None = None,
    ) -> Segment:
        """Publishes values as a tensor of a type in a segment of its own."""
        segment, spec = tensor_of(
            values,
            data_type,
            strides=strides,
            offset=offset,
            flags=flags,
            shape=shape,
            writable=writable,
        )
        self.publish(name, spec, [segment], writable)
        return segment

    # Serving

    def _serve(self) -> None:
        poller = select.poll()
        poller.register(self.socket, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        by_fd: dict[int, Peer] = {}
        while True:
            for fd, _ in poller.poll():
                if fd == self._wake:
                    return
                if fd == self.socket.fileno():
                    sock, _ = self.socket.accept()
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                    peer = Peer(sock)
                    self.peers.append(peer)
                    by_fd[sock.fileno()] = peer
                    poller.register(sock, select.POLLIN)
                    continue
                with self._lock:
                    if not self._packet(by_fd[fd]):
                        poller.unregister(fd)
                        peer = by_fd.pop(fd)
                        peer.leases.clear()
                        peer.socket.close()
                        self.peers.remove(peer)

    def _packet(self, peer: Peer) -> bool:
        try:
            kind, request, payload = self._message(peer)
        except (OSError, EOFError):
            return False
        self.requests.append(kind)
        try:
            if self.rude is not None and self.rude(self, peer, kind, request, payload):
                return peer.socket.fileno() >= 0
            return self._answer(peer, kind, request, wire.Reader(payload))
        except OSError:
            return False

    def _message(self, peer: Peer) -> tuple[int, int, bytes]:
        payload = b""
        while True:
            packet = peer.socket.recv(1 << 17)
            if not packet:
                raise EOFError
            kind, flags, request = wire.HEADER.unpack_from(packet)
            payload += packet[wire.HEADER.size :]
            if not flags & wire.MORE:
                return kind, request, payload

    def _answer(self, peer: Peer, kind: int, request: int, reader: wire.Reader) -> bool:
        u64 = struct.Struct("<Q")
        if kind == wire.HELLO:
            version, token = reader.take(struct.Struct("<I16s"))
            if token not in self.tokens:
                return False
            self.tokens.discard(token)
            peer.client = reader.text()
            self.send(peer, wire.WELCOME, request, struct.pack("<IQQ", version, 7, self.generation))
        elif kind == wire.FETCH:
            (writable,) = reader.take(struct.Struct("<B"))
            self._fetch(peer, request, bool(writable), reader.text())
        elif kind == wire.RELEASE:
            (count,) = reader.take(struct.Struct("<I"))
            for _ in range(count):
                (lease,) = reader.take(u64)
                if peer.leases.pop(lease, None) is None:
                    self.violations.append(f"lease {lease} is not held")
        elif kind == wire.ALLOC:
            (nbytes,) = reader.take(u64)
            segment = Segment(nbytes, writable=True)
            spec = TensorSpec(segment.number, 0, CPU, DataType(1, 8), 0, (nbytes,), (1,))
            self.grant(peer, request, Published(spec, [segment], 0, True))
        elif kind == wire.PUBLISH:
            (allocation,) = reader.take(u64)
            self._publish(peer, request, allocation, reader)
        elif kind == wire.DROP:
            (number,) = reader.take(u64)
            self._drop(peer, number)
        elif kind == wire.LIST:
            names = b"".join(
                wire.text(name) + struct.pack("<QQ", p.generation, p.nbytes)
                for name, p in sorted(self.catalogue.items())
            )
            payload = struct.pack("<I", len(self.catalogue)) + names
            for packet in wire.packets(wire.NAMES, request, payload):
                peer.socket.send(packet)
        elif kind == wire.REMOVE:
            name = reader.text()
            if name in peer.published:
                del self.catalogue[name]
                self.send(peer, wire.OK, request, u64.pack(self.generation))
            else:
                self.refuse(peer, request, 6, f"{name!r}: expected a name of yours")
        else:
            return False
        return True

    def _fetch(self, peer: Peer, request: int, writable: bool, name: str) -> None:
        published = self.catalogue.get(name)
        if published is None:
            self.refuse(peer, request, 1, f"{name!r}: expected a name but nothing is published")
        elif writable and not published.writable:
            self.refuse(peer, request, 2, f"{name!r}: expected to read but found a wish to write")
        else:
            self.grant(peer, request, published)

    def grant(self, peer: Peer, request: int, published: Published) -> int:
        for segment in published.segments:
            if segment.number not in peer.sent:
                peer.sent.add(segment.number)
                self.send_segment(peer, request, segment)
        lease = next(self._leases)
        peer.leases[lease] = published
        payload = struct.pack("<QQ", lease, published.generation) + wire.pack_object(published.spec)
        for packet in wire.packets(wire.GRANT, request, payload):
            peer.socket.send(packet)
        return lease

    def send_segment(self, peer: Peer, request: int, segment: Segment, kind: int = 0) -> None:
        payload = struct.pack("<QQBB", segment.number, segment.size, kind, segment.writable)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [segment.fd]))]
        packet = wire.HEADER.pack(wire.SEGMENT, 0, request) + payload + wire.text("")
        peer.socket.sendmsg([packet], rights)

    def _publish(self, peer: Peer, request: int, allocation: int, reader: wire.Reader) -> None:
        name = reader.text()
        # A GRANT without its two numbers is what PUBLISH ends with.
        rest = reader._buffer[reader._at :]
        _, _, spec = wire.Reader(struct.pack("<QQ", 0, 0) + rest).grant()
        held = peer.leases.get(allocation)
        if held is None:
            self.refuse(peer, request, 6, f"allocation {allocation}: expected one of yours")
            return
        for tensor in tensors_of(spec):
            assert tensor.segment == held.segments[0].number, tensor
        self.publish(name, spec, held.segments, writable=True)
        peer.published.add(name)
        self.send(peer, wire.OK, request, struct.pack("<Q", self.generation))

    def _drop(self, peer: Peer, number: int) -> None:
        for published in peer.leases.values():
            if any(segment.number == number for segment in published.segments):
                self.violations.append(f"segment {number} is dropped with a lease on it")
        if number not in peer.sent:
            self.violations.append(f"segment {number} is dropped but was not sent")
        peer.sent.discard(number)
        peer.dropped.append(number)

    def refuse(self, peer: Peer, request: int, code: int, message: str) -> None:
        self.send(peer, wire.REFUSED, request, struct.pack("<H", code) + wire.text(message))

    @staticmethod
    def send(peer: Peer, kind: int, request: int, payload: bytes) -> None:
        peer.socket.send(wire.HEADER.pack(kind, 0, request) + payload)

    def leases(self) -> int:
        with self._lock:
            return sum(len(peer.leases) for peer in self.peers)
