"""Leases: how long the JVM keeps what, and what is served without asking it."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest
from helpers import PATIENCE, descriptors, mappings, until
from memory import tensor_of
from server import Server

import dlpack4j
from dlpack4j import Tensor, wire
from dlpack4j.datatypes import DataType
from dlpack4j.specs import ColumnSpec, TableSpec

FLOAT = DataType(2, 64)


def test_a_live_view_is_served_again_without_asking(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    first = session["x"]
    assert session["x"] is first
    assert server.requests.count(wire.FETCH) == 1
    assert session.statistics().cached == 1


def test_views_to_read_and_to_write_are_two(server: Server, session: dlpack4j.Session) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT, flags=0, writable=True)
    reader, writer = session["x"], session.get("x", writable=True)
    assert isinstance(reader, Tensor) and isinstance(writer, Tensor)
    assert reader.readonly and not writer.readonly
    assert reader.address == writer.address


def test_a_name_that_is_published_again_is_fetched_again(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.array([1.0]), FLOAT)
    old = session["x"]
    server.publish_array("x", np.array([2.0]), FLOAT)
    new = session["x"]
    assert isinstance(old, Tensor) and isinstance(new, Tensor)
    assert (old.numpy()[0], new.numpy()[0]) == (1, 2)
    assert (old.generation, new.generation) == (1, 2)


def test_an_answer_that_a_retirement_overtook_is_not_kept(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.array([1.0]), FLOAT)

    def overtaken(server: Server, peer: Any, kind: int, request: int, _: bytes) -> bool:
        if kind == wire.FETCH:
            server.send(peer, wire.RETIRE, 0, (99).to_bytes(8, "little"))
        return False

    server.rude = overtaken
    first = session["x"]
    server.rude = None
    assert session["x"] is not first


@pytest.mark.parametrize("keep", ["numpy", "from_dlpack", "slice", "interface", "memoryview"])
def test_every_kind_of_view_keeps_the_lease(
    server: Server, session: dlpack4j.Session, keep: str
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    tensor = session["x"]
    assert isinstance(tensor, Tensor)
    held: Any = {
        "numpy": tensor.numpy,
        "from_dlpack": lambda: np.from_dlpack(tensor),
        "slice": lambda: tensor.numpy()[1:][1:].reshape(2, 1).T,
        "interface": lambda: np.asarray(tensor),
        "memoryview": lambda: memoryview(tensor.numpy()),
    }[keep]()
    del tensor
    gc.collect()
    assert session.names() and server.leases() == 1
    assert np.asarray(held).ravel()[-1] == 3
    del held
    assert session.names() and server.leases() == 0


def test_a_segment_is_dropped_after_its_last_view_and_sent_again(
    server: Server, session: dlpack4j.Session
) -> None:
    segment = server.publish_array("x", np.arange(4.0), FLOAT)
    server.publish("y", server.catalogue["x"].spec, [segment])
    first, second = session["x"], session["y"]
    peer = server.peers[0]
    assert session.statistics().segments == 1
    del first
    assert session.names() and peer.dropped == []
    del second
    assert session.names() and peer.dropped == [segment.number]
    assert (session.statistics().segments, mappings()) == (0, 1)
    again = session["x"]
    assert isinstance(again, Tensor) and again.numpy()[3] == 3


def test_a_table_is_one_lease_that_any_column_keeps(
    server: Server, session: dlpack4j.Session
) -> None:
    parts = [tensor_of(np.arange(3.0) + i, FLOAT) for i in range(3)]
    columns = tuple(ColumnSpec(str(i), "g", False, 3, spec) for i, (_, spec) in enumerate(parts))
    server.publish("t", TableSpec(3, columns), [segment for segment, _ in parts])
    table = session["t"]
    column = table["1"].numpy()  # type: ignore[union-attr]
    del table
    gc.collect()
    assert session.names() and server.leases() == 1
    assert column.tolist() == [1, 2, 3]
    del column
    assert session.names() and server.leases() == 0
    assert session.names() and sorted(server.peers[0].dropped) == [s.number for s, _ in parts]


def test_views_stay_readable_after_close_and_end_the_connection(server: Server) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    session = dlpack4j.connect(server.ticket())
    array = session["x"].numpy()  # type: ignore[union-attr]
    session.close()
    session.close()
    assert session.closed
    with pytest.raises(dlpack4j.SessionClosedError, match="call dlpack4j.connect again"):
        session["x"]
    with pytest.raises(dlpack4j.SessionClosedError):
        session.put("y", array)
    assert array.sum() == 6 and server.leases() == 1
    del array
    assert until(lambda: server.peers == [])


def test_a_session_without_views_ends_its_connection_when_closed(server: Server) -> None:
    with dlpack4j.connect(server.ticket()) as session:
        assert session.names() == []
        assert repr(session).endswith("open>")
    assert repr(session).endswith("closed>")
    assert until(lambda: server.peers == [])


def test_a_session_that_is_forgotten_ends_its_connection(server: Server) -> None:
    dlpack4j.connect(server.ticket()).names()
    assert until(lambda: server.peers == [])


def test_two_sessions_know_nothing_of_each_other(server: Server) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    with dlpack4j.connect(server.ticket()) as one, dlpack4j.connect(server.ticket()) as two:
        view = two["x"]
        one["x"]
        one.close()
        assert view.numpy().sum() == 6  # type: ignore[union-attr]
        assert two.names() and server.leases() == 1


class Cycle:
    """Garbage whose finaliser drops a view, in whatever section the collector runs."""

    def __init__(self, view: Any) -> None:
        self.me = self
        self.view = view


def test_views_that_the_collector_finds_within_a_request_are_given_back(
    server: Server, session: dlpack4j.Session
) -> None:
    for i in range(20):
        server.publish_array(f"x{i}", np.arange(4.0), FLOAT)
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for i in range(400):
            Cycle(session[f"x{i % 20}"])
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    assert session.names() and server.leases() == 0
    assert mappings() == 20


def test_a_release_that_finds_the_lock_taken_is_sent_afterwards(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    held = [session["x"]]
    connection = session._connection
    assert connection is not None

    def work() -> int:
        # In the locked section, as a finaliser may be: it must neither wait nor send.
        held.clear()
        assert list(connection.releases.left) != []
        return 5

    assert connection.releases.run(work) == 5
    assert session.names() and server.leases() == 0


def test_releases_wait_in_a_queue_while_the_socket_is_full(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    views = []
    for _ in range(3000):
        views.append(session["x"])
        session._connection.views.clear()  # type: ignore[union-attr]
    with server._lock:
        # The server reads nothing now; the views go all the same.
        while views:
            views.pop()
    assert until(lambda: bool(session.names()) and server.leases() == 0)


def test_requests_within_requests_are_refused_and_not_hung(session: dlpack4j.Session) -> None:
    connection = session._connection
    assert connection is not None
    with pytest.raises(RuntimeError, match="no request within another"):
        connection.releases.run(session.names)
    assert session.names() == []


def test_many_threads_share_a_session(server: Server, session: dlpack4j.Session) -> None:
    for i in range(8):
        server.publish_array(f"x{i}", np.full(4, float(i)), FLOAT)
    wrong: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for i in range(200):
                number = (seed * 7 + i) % 8
                assert session[f"x{number}"].numpy()[0] == number  # type: ignore[union-attr]
                if i % 50 == seed:
                    session.put(f"y{seed}", np.full(3, i))
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert session.names() and until(lambda: server.leases() == 0)


def test_views_may_go_in_other_threads_than_they_came(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    for _ in range(50):
        held = [session["x"]]
        thread = threading.Thread(target=held.clear)
        thread.start()
        thread.join(PATIENCE)
    assert session.names() and server.leases() == 0


def test_a_thousand_tensors_and_a_hundred_thousand_leases_leave_nothing(
    server: Server, session: dlpack4j.Session
) -> None:
    names = [f"x{i}" for i in range(1000)]
    segment, spec = tensor_of(np.arange(1000.0), FLOAT, shape=(1,))
    for i, name in enumerate(names):
        server.publish(name, spec._replace(offset=8 * i), [segment])

    def round_trip() -> tuple[int, int]:
        views = [session[name] for name in names]
        assert views[7].numpy()[0] == 7  # type: ignore[union-attr]
        counts = descriptors(), mappings()
        del views
        assert session.names()
        return counts

    first = round_trip()
    for _ in range(20):
        assert round_trip() == first
    # Those that found the socket full go after the answer.
    assert until(lambda: server.leases() == 0)
    # Each with a segment of its own.
    for i in range(100):
        server.publish_array(names[i], np.full(1, float(i)), FLOAT)
    before = descriptors(), mappings()
    for _ in range(100):
        for name in names[:100]:
            assert session[name].numpy()[0] == float(name[1:])  # type: ignore[union-attr]
    assert session.names() and (descriptors(), mappings()) == before
