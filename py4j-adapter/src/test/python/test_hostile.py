"""A JVM that lies, cuts, stalls or dies: a clear error, nothing held, views stay readable."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from helpers import PATIENCE, SOURCES, descriptors, mappings, until
from memory import Segment, tensor_of
from server import Peer, Server

import dlpack4j
from dlpack4j import wire
from dlpack4j.datatypes import DataType
from dlpack4j.specs import TableSpec, TensorSpec

FLOAT = DataType(2, 64)
GRANT = struct.pack("<QQ", 1, 1)
Answer = Callable[[Server, Peer, int], Any]


def packet(kind: int, payload: bytes, flags: int = 0) -> Answer:
    return lambda _, peer, request: peer.socket.send(
        wire.HEADER.pack(kind, flags, request) + payload
    )


def grant(**changes: Any) -> Answer:
    """A true segment, and a false description of a tensor in it."""

    def answer(server: Server, peer: Peer, request: int) -> None:
        segment, spec = tensor_of(np.arange(4.0), FLOAT)
        server.send_segment(peer, request, segment)
        payload = GRANT + wire.pack_object(spec._replace(**changes))
        server.send(peer, wire.GRANT, request, payload)

    return answer


def segment_with(**how: Any) -> Answer:
    def answer(server: Server, peer: Peer, request: int) -> None:
        segment = Segment(100, **how)
        server.send_segment(peer, request, segment)
        spec = TensorSpec(segment.number, 0, (1, 0), FLOAT, 1, (4,), (1,))
        server.send(peer, wire.GRANT, request, GRANT + wire.pack_object(spec))

    return answer


def segment_larger_than_its_file(server: Server, peer: Peer, request: int) -> None:
    segment = Segment(4096)
    segment.size = 1 << 30
    server.send_segment(peer, request, segment)


def segment_twice(server: Server, peer: Peer, request: int) -> None:
    segment = Segment(4096)
    server.send_segment(peer, request, segment)
    server.send_segment(peer, request, segment)


def descriptors_unasked(count: int, kind: int) -> Answer:
    import array
    import socket

    def answer(server: Server, peer: Peer, request: int) -> None:
        fds = array.array("i", [0] * count)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]
        payload = struct.pack("<QQBB", 9, 4096, 0, 0) + wire.text("")
        peer.socket.sendmsg([wire.HEADER.pack(kind, 0, request) + payload], rights)

    return answer


def other_request(server: Server, peer: Peer, request: int) -> None:
    server.send(peer, wire.OK, request + 1, bytes(8))


def more_of_another(server: Server, peer: Peer, request: int) -> None:
    peer.socket.send(wire.HEADER.pack(wire.GRANT, 1, request) + b"x")
    peer.socket.send(wire.HEADER.pack(wire.NAMES, 0, request) + b"x")


def never_ending(server: Server, peer: Peer, request: int) -> None:
    chunk = wire.HEADER.pack(wire.GRANT, 1, request) + bytes(65_000)
    for _ in range(300):
        try:
            peer.socket.send(chunk)
        except OSError:
            return


VIOLATIONS: dict[str, tuple[Answer, str]] = {
    "an empty packet": (lambda _, p, __: p.socket.send(b""), "it closed the connection"),
    "half a header": (lambda _, p, __: p.socket.send(b"\x04\x00"), "expected a whole packet"),
    "a packet too large": (packet(wire.GRANT, bytes(70_000)), "expected a whole packet"),
    "garbage": (lambda _, p, __: p.socket.send(b"\xff" * 99), "expected"),
    "a type that nobody knows": (packet(77, b""), "found 77"),
    "a type for the other side": (packet(wire.FETCH, b"\x00"), "found 3"),
    "another answer": (packet(wire.OK, bytes(8)), "expected type 4 or a refusal but found 10"),
    "another request": (other_request, "but found"),
    "an empty grant": (packet(wire.GRANT, b""), "expected 16 bytes"),
    "half a grant": (packet(wire.GRANT, GRANT + b"\x00abc"), "expected 30 bytes"),
    "half a refusal": (packet(wire.REFUSED, b"\x01"), "expected 2 bytes"),
    "half a retirement": (packet(wire.RETIRE, b"\x01"), "expected 8 bytes"),
    "an unknown flag": (packet(wire.GRANT, GRANT, 4), "expected more of"),
    "more of another message": (more_of_another, "expected more of"),
    "a message without end": (never_ending, "expected at most 16777216 bytes"),
    "a segment without file": (packet(wire.SEGMENT, bytes(20)), "but found 0"),
    "two files": (descriptors_unasked(2, wire.SEGMENT), "expected one descriptor"),
    "many files": (descriptors_unasked(20, wire.SEGMENT), "expected"),
    "a file unasked": (descriptors_unasked(1, wire.OK), "expected no descriptor"),
    "no memfd": (descriptors_unasked(1, wire.SEGMENT), "expected"),
    "a file that may shrink": (segment_with(seals=4, writable=True), "sealed against shrinking"),
    "a file too small": (segment_larger_than_its_file, "expected a file of 1073741824 bytes"),
    "a segment twice": (segment_twice, "once but found it twice"),
    "an unknown segment": (grant(segment=1 << 40), "expected a segment that was sent"),
    "a negative offset": (grant(offset=-8), "within segment"),
    "an offset beyond": (grant(offset=4096), "within segment"),
    "a shape beyond": (grant(shape=(513,)), "within segment"),
    "a huge shape": (grant(shape=(1 << 62,)), "within segment"),
    "shapes that wrap": (grant(shape=(1 << 32, 1 << 32), strides=(0, 0)), "within segment"),
    "a negative shape": (grant(shape=(-4,)), "within segment"),
    "strides beyond": (grant(strides=(200,)), "within segment"),
    "strides before": (grant(strides=(-1,)), "within segment"),
    "huge strides": (grant(strides=((1 << 63) - 1,)), "within segment"),
    "65 dimensions": (
        packet(wire.GRANT, GRANT + b"\0" + struct.pack("<QqiiBBHBB", *(1,) * 8, 65)),
        "at most 64 dimensions",
    ),
    "packed beyond": (grant(data_type=DataType(17, 4), shape=(9000,)), "within segment"),
    "no bits": (grant(data_type=DataType(2, 0)), "1 bit or more"),
    "an empty shape below 0": (grant(shape=(0, -1), strides=(1, 1)), "expected sizes"),
    "death": (lambda _, p, __: p.socket.shutdown(2), "closed the connection"),
}


@pytest.mark.parametrize("name", list(VIOLATIONS))
def test_whatever_the_jvm_sends_is_an_error_that_ends_the_session(
    server: Server, name: str
) -> None:
    answer, expected = VIOLATIONS[name]
    server.publish_array("good", np.arange(4.0), FLOAT)
    with dlpack4j.connect(server.ticket(), timeout=PATIENCE) as other:
        before = descriptors()
        session = dlpack4j.connect(server.ticket(), timeout=PATIENCE)
        view = session["good"].numpy()  # type: ignore[union-attr]
        server.rude = lambda server, peer, _, request, __: answer(server, peer, request) or True
        with pytest.raises((dlpack4j.ProtocolError, dlpack4j.ConnectionLostError), match=expected):
            session.get("bad")
        server.rude = None
        # For good, and with the same words, but other sessions go on and views stay.
        for request in (session.names, lambda: session["good"], lambda: session.put("x", view)):
            with pytest.raises(dlpack4j.DlpackError, match=expected):
                request()
        assert view.sum() == 6
        assert other["good"].numpy().sum() == 6  # type: ignore[union-attr]
        assert until(lambda: len(server.peers) == 1)
        assert descriptors() <= before + (sys.version_info < (3, 13)) * 2
        view = session = None


def test_packed_tensors_with_negative_strides_are_refused_and_the_session_goes_on(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(8, dtype="u1"), DataType(17, 4), shape=(4,), strides=(-1,))
    with pytest.raises(BufferError, match="expected none below 0"):
        session["x"]
    assert session.names() and server.leases() == 0


def impatient(server: Server) -> dlpack4j.Session:
    """A session that gives up soon. It does so with the welcome, too, on a machine that is busy."""
    for _ in range(50):
        with suppress(dlpack4j.RequestTimeoutError):
            return dlpack4j.connect(server.ticket(), timeout=0.2)
    return dlpack4j.connect(server.ticket(), timeout=0.2)


def test_a_jvm_that_does_not_answer_is_given_up(server: Server) -> None:
    session = impatient(server)
    server.rude = lambda *_: True
    began = time.monotonic()
    with pytest.raises(dlpack4j.RequestTimeoutError, match="within 0.2 s"):
        session["x"]
    assert 0.1 < time.monotonic() - began < PATIENCE / 2
    with pytest.raises(TimeoutError):
        session["x"]
    assert until(lambda: server.peers == [])


def test_a_jvm_that_does_not_read_is_given_up(server: Server) -> None:
    session = impatient(server)
    with server._lock:
        connection = session._connection
        assert connection is not None
        payload = bytes(4 << 20)
        with pytest.raises(dlpack4j.RequestTimeoutError, match="to take a request"):
            connection.releases.run(connection.ask, wire.PUBLISH, payload, wire.OK)


@pytest.mark.parametrize("welcome", [struct.pack("<IQQ", 2, 1, 1), b"", b"x" * 50])
def test_a_wrong_welcome_is_refused(server: Server, welcome: bytes) -> None:
    server.rude = lambda s, p, _, r, __: s.send(p, wire.WELCOME, r, welcome) or True
    with pytest.raises(dlpack4j.ProtocolError):
        dlpack4j.connect(server.ticket(), timeout=PATIENCE)
    server.rude = None
    assert until(lambda: server.peers == [])


def test_a_token_works_once(server: Server) -> None:
    ticket = server.ticket()
    dlpack4j.connect(ticket).close()
    with pytest.raises(dlpack4j.ConnectionLostError):
        dlpack4j.connect(ticket)


def test_allocations_that_are_none_are_refused(server: Server) -> None:
    for spec in (
        TableSpec(0, ()),
        TensorSpec(1, 0, (1, 0), FLOAT, 0, (0,), (1,)),
        TensorSpec(1, 0, (1, 0), DataType(1, 8), 0, (0,), (1,)),
    ):
        session = dlpack4j.connect(server.ticket(), timeout=PATIENCE)
        payload = GRANT + wire.pack_object(spec)
        server.rude = lambda s, p, _, r, __, payload=payload: s.send(p, wire.GRANT, r, payload) or 1
        with pytest.raises(dlpack4j.ProtocolError, match="allocation: expected"):
            session.put("x", np.zeros(3))
        server.rude = None


def test_an_allocation_only_for_reading_is_refused(server: Server) -> None:
    session = dlpack4j.connect(server.ticket(), timeout=PATIENCE)

    def read_only(server: Server, peer: Peer, kind: int, request: int, _: bytes) -> bool:
        segment, spec = tensor_of(np.zeros(4096, "u1"), DataType(1, 8))
        server.send_segment(peer, request, segment)
        server.send(peer, wire.GRANT, request, GRANT + wire.pack_object(spec))
        return True

    server.rude = read_only
    with pytest.raises(dlpack4j.ProtocolError, match="to write but found read-only"):
        session.put("x", np.zeros(3))


def test_refusals_without_memory_are_memory_errors(
    server: Server, session: dlpack4j.Session
) -> None:
    for code, kind in ((3, MemoryError), (7, MemoryError), (8, BufferError), (99, Exception)):
        server.rude = lambda s, p, _, r, __, code=code: s.refuse(p, r, code, "no: why, what") or 1
        with pytest.raises(kind, match="no: why, what") as caught:
            session["x"]
        assert isinstance(caught.value, dlpack4j.RefusedError)
    server.rude = None
    assert session.names() == []


SERVE = """
import sys, time
sys.path[:0] = [{sources!r}, {tests!r}]
import numpy as np
from dlpack4j.datatypes import DataType
from server import Server
server = Server()
server.publish_array("x", np.arange(1 << 20).astype("f8"), DataType(2, 64))
die = int(sys.argv[1])
def rude(server, peer, kind, request, payload):
    if len(server.requests) == die:
        import os
        os.kill(os.getpid(), 9)
server.rude = rude
print(server.ticket(), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_killed_jvm_is_an_error_and_its_memory_stays_readable(step: int) -> None:
    code = SERVE.format(sources=str(SOURCES), tests=os.path.dirname(__file__))
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(step)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        ticket = process.stdout.readline().strip()
        view = session = None
        with pytest.raises(dlpack4j.ConnectionLostError, match="connect again"):
            session = dlpack4j.connect(ticket, timeout=PATIENCE)
            view = session["x"].numpy()  # type: ignore[union-attr]
            session.put("y", np.arange(3))
            session.put("z", np.arange(3))
        assert process.wait(PATIENCE) == -signal.SIGKILL
        if view is not None:
            assert view[-1] == (1 << 20) - 1
        if session is not None:
            with pytest.raises(dlpack4j.ConnectionLostError):
                session["x"]
        del view
        assert mappings() == 0
    finally:
        process.kill()
        process.wait()
