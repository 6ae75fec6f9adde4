"""What every test has: a server that ends with it, and a session with that server."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from server import Server

import dlpack4j


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()
    assert server.violations == []


@pytest.fixture
def session(server: Server) -> Iterator[dlpack4j.Session]:
    with dlpack4j.connect(server.ticket(), timeout=5) as session:
        yield session
    gc.collect()
