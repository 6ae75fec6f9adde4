"""Forks, interrupts and the end of the interpreter."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
from helpers import PATIENCE, SOURCES, until
from server import Server

import dlpack4j
from dlpack4j.datatypes import DataType

FLOAT = DataType(2, 64)


def in_child(work: Any) -> str:
    """What a forked child says of some work."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            said = str(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        said = file.read()
    assert os.waitpid(pid, 0)[1] == 0
    return said


def test_a_forked_child_reads_views_but_asks_for_none(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    view = session["x"]

    def work() -> Any:
        total = view.numpy().sum()  # type: ignore[union-attr]
        with pytest.raises(dlpack4j.SessionClosedError, match="this is a fork of it"):
            session["x"]
        with pytest.raises(dlpack4j.SessionClosedError, match="connect in this process"):
            session.put("y", np.zeros(2))
        return total

    assert in_child(work) == "6.0"
    assert session["x"] is view
    assert session.names() and server.leases() == 1


def test_a_child_that_drops_views_takes_nothing_from_its_parent(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    held = [session["x"]]

    def work() -> str:
        held.clear()
        session.close()
        return "gone"

    assert in_child(work) == "gone"
    assert session.names() and server.leases() == 1
    assert held[0].numpy().sum() == 6  # type: ignore[union-attr]


def test_a_fork_while_another_thread_asks_does_not_hang_the_child(
    server: Server, session: dlpack4j.Session
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    end = threading.Event()

    def ask() -> None:
        while not end.is_set():
            session["x"]

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(10):
            said = in_child(lambda: session["x"])
            assert said.startswith("SessionClosedError")
    finally:
        end.set()
        thread.join(PATIENCE)
    assert session.names()


def connect_and_sum(ticket: str) -> float:
    with dlpack4j.connect(ticket) as session:
        found: float = session["x"].numpy().sum()  # type: ignore[union-attr]
        return found


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_of_multiprocessing_connect_for_themselves(
    server: Server, session: dlpack4j.Session, method: str
) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    view = session["x"]
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map(connect_and_sum, [server.ticket() for _ in range(4)])
    assert found == [6.0] * 4
    assert session["x"] is view
    assert until(lambda: len(server.peers) == 1)


def test_an_interrupted_request_ends_the_session(server: Server) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    session = dlpack4j.connect(server.ticket(), timeout=PATIENCE)
    view = session["x"].numpy()  # type: ignore[union-attr]

    handled, quiet = threading.Event(), threading.Event()

    def handle(*_: Any) -> None:
        if not handled.is_set():
            handled.set()
            raise KeyboardInterrupt

    def interrupt(*_: Any) -> bool:
        # To the thread that waits, and again: one that comes just before it waits does not wake it.
        main = threading.main_thread().ident
        assert main is not None
        while not handled.wait(0.01):
            signal.pthread_kill(main, signal.SIGINT)
        quiet.set()
        return True

    before = signal.signal(signal.SIGINT, handle)
    try:
        server.rude = interrupt
        with pytest.raises(KeyboardInterrupt):
            session.names()
        server.rude = None
        assert quiet.wait(PATIENCE)
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(dlpack4j.SessionClosedError, match="one was interrupted; connect again"):
        session.names()
    assert view.sum() == 6


PROGRAM = """
import sys
sys.path.insert(0, {sources!r})
import dlpack4j, numpy as np
session = dlpack4j.connect(sys.argv[1])
"""

EXITS = {
    "views in globals": "x = session['x']; a = x.numpy(); b = np.from_dlpack(x)",
    "a capsule": "c = session['x'].__dlpack__(max_version=(1, 0))",
    "a cycle": "class C: pass\nc = C(); c.me = c; c.x = session['x']",
    "hidden in a module": "np.hidden = session['x'].numpy(); sys.hidden = session",
    "closed": "a = session['x'].numpy(); session.close()",
    "an exception": "a = session['x'].numpy(); raise SystemExit(0)",
    "a daemon thread": (
        "import threading\n"
        "def f():\n    while True: session['x']; session.names()\n"
        "threading.Thread(target=f, daemon=True).start()\n"
        "import time; time.sleep(0.1)"
    ),
    "atexit": "import atexit; a = session['x']; atexit.register(lambda: session['x'])",
    "os._exit": "import os; a = session['x']; os._exit(0)",
    "born shared": "a = session.empty(100); session.put('y', a)",
    "a finaliser": (
        "class F:\n    def __init__(s): s.x = session['x'].numpy()\n"
        "    def __del__(s): s.x[0]; del s.x\nf = F()"
    ),
}


@pytest.mark.parametrize("name", list(EXITS))
def test_an_interpreter_ends_in_silence_with_live_views(server: Server, name: str) -> None:
    server.publish_array("x", np.arange(4.0), FLOAT)
    code = PROGRAM.format(sources=str(SOURCES)) + EXITS[name]
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, server.ticket()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert until(lambda: server.peers == [])


SUBINTERPRETER = """
import sys
sys.path.insert(0, {sources!r})
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
number = interpreters.create()
code = '''
import sys
sys.path[:0] = {path!r}
try:
    import dlpack4j
except ImportError as refused:
    print("refused:", refused)
else:
    print("taken")
'''
print(interpreters.run_string(number, code) or "")
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="one GIL for all before Python 3.12")
def test_a_subinterpreter_is_refused_by_numpy() -> None:
    code = SUBINTERPRETER.format(sources=str(SOURCES), path=[p for p in sys.path if p])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "refused:" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("sys._is_gil_enabled = lambda: False", "expected a Python with the GIL but it is off"),
        ("numpy.__version__ = '1.26.4'", "expected NumPy 2.1 or later but found 1.26.4; install"),
        ("numpy.__version__ = '2.0.2'", "expected NumPy 2.1 or later but found 2.0.2; install"),
    ],
)
def test_a_python_that_does_not_do_is_refused(what: str, message: str) -> None:
    code = f"import sys, numpy; sys.path.insert(0, {str(SOURCES)!r}); {what}; import dlpack4j"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert message in done.stderr
