"""Python's half of bin/demo, which PythonDemo.java starts: computes on its columns in place."""

from __future__ import annotations

import importlib
import os
import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from py4j.java_gateway import GatewayParameters, JavaGateway

import dlpack4j
from dlpack4j import Table, Tensor

Sum = tuple[float, float]


def say(what: str, found: object) -> None:
    print(f"  {what}: {found}", flush=True)


def timed(work: Callable[[], float], times: int) -> Sum:
    """The least seconds that some work takes, and its result."""
    best, result = float("inf"), 0.0
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def place(address: int) -> str:
    """Which file is mapped at an address, and where in it, as this process's kernel says."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            area, _, offset, _, file = line.split()[:5]
            start, end = (int(part, 16) for part in area.split("-"))
            if start <= address < end:
                return f"file {file}, at {address - start + int(offset, 16)}"
    raise AssertionError(f"expected a mapping at {address:#x} but found none")


def through_arrow(java: Any) -> float:
    """The prices by Arrow's stream over a socket of this machine."""
    address = "127.0.0.1", java.streamOfPrice()
    with socket.create_connection(address) as sock, sock.makefile("rb") as file:
        table = pa.ipc.open_stream(file).read_all()
    return float(table.column("price").chunk(0).to_numpy().sum())


def show_a_library(name: str, title: str, take: Callable[[Any, Tensor], tuple[int, float]],
                   tensor: Tensor) -> None:  # fmt: skip
    try:
        library = importlib.import_module(name)
    except ImportError:
        say(title, "is not installed here")
        return
    try:
        address, total = take(library, tensor)
    except BufferError as refused:
        say(f"{title} {library.__version__}", refused)
        return
    where = "the same address" if address == tensor.address else "another address"
    say(f"{title} {library.__version__}", f"{where}, sum {total:.2f}")


def torch_sum(torch: Any, tensor: Tensor) -> tuple[int, float]:
    taken = torch.from_dlpack(tensor)
    return taken.data_ptr(), float(taken.sum())


def jax_sum(jax: Any, tensor: Tensor) -> tuple[int, float]:
    jax.config.update("jax_enable_x64", True)
    taken = jax.dlpack.from_dlpack(tensor)
    return taken.unsafe_buffer_pointer(), float(taken.sum())


def compare(session: dlpack4j.Session, java: Any, rows: int) -> None:
    """Fetching and summing the prices, by each way."""

    def shared(count: int = rows) -> float:
        price = session["trades"]["price"].numpy()  # type: ignore[index]
        return float(price[:count].sum())

    ours, expected = timed(shared, 5)
    say(f"{megabytes(rows)} fetched and summed", f"{ours * 1e3:.1f} ms")
    arrow, found = timed(lambda: through_arrow(java), 3)
    assert found == expected, f"Arrow: expected {expected} but found {found}"
    say("by Arrow's stream over a local socket", f"{arrow * 1e3:.1f} ms, {slower(arrow, ours)}")

    # All of it by Py4J would take most of the demo's time.
    part = rows // 10
    ours, expected = timed(lambda: shared(part), 5)
    bytewise, found = timed(lambda: through_py4j(java, part), 2)
    assert found == expected, f"Py4J: expected {expected} but found {found}"
    say(f"by Py4J's byte[], {megabytes(part)} of it",
        f"{bytewise * 1e3:.1f} ms, {slower(bytewise, ours)}")  # fmt: skip


def through_py4j(java: Any, count: int) -> float:
    """The first prices as Py4J's bytes."""
    return float(np.frombuffer(java.bytesOfPrice(count), np.float64).sum())


def megabytes(rows: int) -> str:
    return f"{rows * 8 / 1e6:.0f} MB"


def slower(theirs: float, ours: float) -> str:
    return f"{theirs / ours:.0f} times as long as {ours * 1e3:.1f} ms"


def main() -> None:
    port, secret = int(os.environ["DEMO_PORT"]), os.environ["DEMO_SECRET"]
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=secret))
    java = gateway.entry_point
    print(f"Python, process {os.getpid()}, NumPy {np.__version__}:")
    with dlpack4j.connect(gateway) as session:
        start = time.perf_counter()
        trades = session["trades"]
        price = trades["price"].numpy()  # type: ignore[index]
        say("trades fetched in", f"{(time.perf_counter() - start) * 1e6:.0f} us")
        say("trades are", trades)
        here, there = place(price.ctypes.data), java.placeOfPrice()
        say("price lies in", here)
        assert there.startswith(here + " "), f"expected {there} but found {here}"
        assert isinstance(trades, Table)
        assert trades["price"].data is not None
        compare(session, java, len(price))
        show_a_library("torch", "PyTorch", torch_sum, trades["price"].data)
        show_a_library("jax", "JAX", jax_sum, trades["price"].data)

        turnover = session.empty(len(price), "float64")
        np.multiply(price, trades["quantity"].numpy(), out=turnover)
        start = time.perf_counter()
        session.put("turnover", turnover)
        say("turnover sent back in", f"{(time.perf_counter() - start) * 1e6:.0f} us")
        say("turnover lies in", place(turnover.ctypes.data))
        say("bytes copied by Python", session.statistics().copied_bytes)
    gateway.close()


if __name__ == "__main__":
    main()
