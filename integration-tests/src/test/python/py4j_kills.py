"""kill -9 of Python, and of the JVM, at every packet of a session and at any moment between.

    python py4j_kills.py JAVA CLASS_PATH MOMENTS

Prints a line for every test that passed. MOMENTS is how often to kill at a random moment.
"""

import os
import random
import signal
import socket
import sys
import threading
import time

import dlpack4j
import numpy as np
import pyarrow as pa
from dlpack4j import ticket
from joined import PATIENCE, Jvm, descriptors, forked, mappings, no_more, stream, until

JAVA, CLASS_PATH, MOMENTS = sys.argv[1], sys.argv[2], int(sys.argv[3])
VALUES = np.arange(100_000.0)
TOTAL = VALUES.sum()


class Steps(socket.socket):
    """Counts the packets of sessions, and calls somebody at one of them."""

    left = 0
    deed = None

    @classmethod
    def at(cls, step, deed):
        cls.left, cls.deed = step, deed

    @classmethod
    def is_done(cls):
        return cls.deed is not None and cls.left <= 0

    @classmethod
    def passed(cls):
        cls.left -= 1
        if cls.left == 0:
            cls.deed()

    def send(self, *arguments):
        # Once before a packet is sent, and once when the other side may have it.
        Steps.passed()
        sent = super().send(*arguments)
        Steps.passed()
        return sent

    def recvmsg_into(self, *arguments):
        found = super().recvmsg_into(*arguments)
        Steps.passed()
        return found


class Sockets:
    """The module socket, but for its sockets."""

    socket = Steps

    def __getattr__(self, name):
        return getattr(socket, name)


ticket.socket = Sockets()


def work(session, views):
    """Every message that there is."""
    views.append(session["x"])
    views.append(session.get("x"))
    session.names()
    born = session.empty(1000)
    born[:] = 1
    session.put("theirs", born, copy=False)
    views.append(session["theirs"])
    session.put("theirs", pa.table({"a": VALUES, "b": ["ä"] * len(VALUES)}))
    views.append(session["theirs"])
    session["y"]  # given back at once, with its segment
    session.names()
    session.remove("theirs")
    del born


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def publish(jvm):
    for name in ["x", "y"]:
        jvm.host.publish(name, stream(pa.record_batch({name: VALUES})))


def victim(opened, step):
    """A fork that kills itself at a step; whether it came so far."""

    def work_to_the_end():
        Steps.at(step, die)
        with dlpack4j.connect(opened) as session:
            work(session, [])

    pid = forked(work_to_the_end)
    status = os.waitpid(pid, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return status == signal.SIGKILL


def expect_nothing_held(jvm, before):
    until(lambda: jvm.service.statistics().sessions() == 1)
    until(lambda: jvm.service.leases().size() == 1)
    assert jvm.service.unpublish("theirs", jvm.seconds(PATIENCE))
    until(lambda: no_more(list(jvm.host.resources())[:2], before))
    assert jvm.service.statistics().violations() == 0


def after_a_whole_session(jvm):
    """What the JVM has open and mapped once it has done everything before."""
    assert not victim(jvm.service.open(), 0)
    expect_nothing_held(jvm, [])
    return list(jvm.host.resources())[:2]


def python_dies_at_every_packet():
    jvm = Jvm.launched(JAVA, CLASS_PATH)
    publish(jvm)
    with dlpack4j.connect(jvm.gateway) as survivor:
        view = survivor["x"]["x"].numpy()
        before = after_a_whole_session(jvm)
        step = 1
        while victim(jvm.service.open(), step):
            expect_nothing_held(jvm, before)
            step += 1
        assert step > 40, step
        assert view.sum() == TOTAL
        assert survivor["y"]["y"].numpy().sum() == TOTAL
        print(f"python_dies_at_every_packet: {step - 1} of them", flush=True)
    del view
    jvm.end()


def busy(opened):
    """A fork that works until it is killed."""

    def work_for_ever():
        with dlpack4j.connect(opened) as session:
            while True:
                work(session, [])

    return forked(work_for_ever)


def python_dies_at_any_moment():
    rng = random.Random(1)
    jvm = Jvm.launched(JAVA, CLASS_PATH)
    publish(jvm)
    with dlpack4j.connect(jvm.gateway) as survivor:
        view = survivor["x"]["x"].numpy()
        before = after_a_whole_session(jvm)
        for _ in range(MOMENTS):
            pid = busy(jvm.service.open())
            time.sleep(rng.random() * 0.05)
            os.kill(pid, signal.SIGKILL)
            assert os.waitpid(pid, 0)[1] == signal.SIGKILL
            expect_nothing_held(jvm, before)
        assert view.sum() == TOTAL and survivor["y"]["y"].numpy().sum() == TOTAL
    del view
    jvm.end()
    print("python_dies_at_any_moment", flush=True)


def lost(act):
    """What a survivor is told; whether the other side was killed in time."""
    try:
        act()
    except dlpack4j.ConnectionLostError as wrong:
        assert "views that you have stay readable" in str(wrong), wrong
        return True
    return False


def expect_readable(views):
    for view in views:
        if isinstance(view, dlpack4j.Table):
            name = view.columns[0].name
            assert view[name].numpy().sum() == TOTAL
        else:
            assert view.numpy().sum() == 1000


def a_jvm_dies(when):
    """Whether it was still needed when it was killed."""
    jvm = Jvm.launched(JAVA, CLASS_PATH, "-XX:TieredStopAtLevel=1")
    publish(jvm)
    opened = jvm.service.open()
    views = []
    killer = when(jvm)
    try:
        session = dlpack4j.connect(opened, timeout=PATIENCE)
    except dlpack4j.DlpackError as wrong:
        assert "JVM" in str(wrong), wrong
        assert isinstance(wrong, ConnectionError), repr(wrong)
        jvm.bury()
        return True
    with session:
        was_needed = lost(lambda: killer(session, views))
        # Or after the last packet, which nobody has noticed.
        if was_needed or Steps.is_done():
            # At once, and not after a timeout.
            begin = time.monotonic()
            assert lost(session.names) and lost(lambda: session.put("z", VALUES))
            assert time.monotonic() - begin < PATIENCE / 2
            expect_readable(views)
            jvm.bury()
            return True
        Steps.at(0, None)
        expect_readable(views)
        views.clear()
        jvm.end()
        return False


def expect_nothing_open(before):
    until(lambda: no_more((descriptors(), mappings()), before))


def the_jvm_dies_at_every_packet():
    assert not a_jvm_dies(lambda jvm: work)
    before = descriptors(), mappings()
    step = 1

    def at_step(jvm):
        Steps.at(step, jvm.kill)
        return work

    while a_jvm_dies(at_step):
        expect_nothing_open(before)
        step += 1
    assert step > 40, step
    print(f"the_jvm_dies_at_every_packet: {step - 1} of them", flush=True)


def the_jvm_dies_at_any_moment():
    rng = random.Random(2)

    def soon(jvm):
        threading.Timer(rng.random() * 0.1, jvm.kill).start()

        def forever(session, views):
            while True:
                views.clear()
                work(session, views)

        return forever

    Steps.at(0, None)
    before = None
    for _ in range(MOMENTS):
        assert a_jvm_dies(soon)
        before = before or (descriptors(), mappings())
        expect_nothing_open(before)
    print("the_jvm_dies_at_any_moment", flush=True)


python_dies_at_every_packet()
python_dies_at_any_moment()
the_jvm_dies_at_every_packet()
the_jvm_dies_at_any_moment()
