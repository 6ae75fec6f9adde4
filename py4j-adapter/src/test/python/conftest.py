"""What every test has: a server that ends with it, and a session with that server."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from helpers import PATIENCE
from server import Server

import dlpack4j


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Forks come first: libraries that other tests import have threads, which forks do not copy."""
    items.sort(key=lambda item: item.path.name != "test_processes.py")


@pytest.fixture(scope="session", autouse=True)
def collections_are_quick() -> None:
    """What modules made stays to the end; collections of tests need not go through it."""
    gc.freeze()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()
    assert server.violations == []


@pytest.fixture
def session(server: Server) -> Iterator[dlpack4j.Session]:
    with dlpack4j.connect(server.ticket(), timeout=PATIENCE) as session:
        yield session
    gc.collect()
