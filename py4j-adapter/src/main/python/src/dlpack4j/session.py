"""Sessions: names of a JVM, and the memory behind them."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, overload

import numpy as np

from . import __version__, gateway, sources, ticket, wire
from .connection import Connection
from .cuda_tensor import CudaRecipe, CudaTensor
from .errors import CopyRefusedError, DlpackError, ProtocolError, SessionClosedError
from .leases import Lease
from .sending import Sender, Shape
from .specs import Entry
from .tensor import Unpicklable
from .views import Shared, Views

__all__ = ["Entry", "Session", "Statistics", "connect"]


@dataclass(frozen=True)
class Statistics:
    """What a session did until now."""

    fetches: int
    """Objects that the JVM was asked for."""
    cached: int
    """Objects that were served without asking."""
    published: int
    """Objects that were put."""
    copies: int
    """Copies that were made here of tensors, by put and by ``copy=True``."""
    copied_bytes: int
    """The bytes of those copies."""
    segments: int
    """Segments of the JVM that are mapped now."""
    mapped_bytes: int
    """Their bytes."""


def connect(target: Any, *, timeout: float = 30.0) -> Session:
    """Connects to a JVM of this machine and user.

    ``target`` is a Py4J ``JavaGateway``, its ``jvm`` such as ``spark._jvm``, a ``SparkSession``, a
    ``TensorService`` of any of them, or a ticket that its ``open()`` returned. A JVM that does not
    answer a request within ``timeout`` seconds is given up.

    Raises ``NotReachableError`` where memory cannot be shared: with another machine, by Spark
    Connect, with a JVM that lacks the library.
    """
    if not timeout > 0:
        raise ValueError(f"timeout: expected more than 0 seconds but found {timeout}")
    found = ticket.parse(gateway.ticket_of(target))
    sock = ticket.reach(found, timeout)
    connection = Connection(sock, f"JVM {found.pid}", timeout)
    client = f"python {platform.python_version()}, dlpack4j {__version__}"
    number, generation = connection.releases.run(_greet, connection, found.token, client)
    return Session(connection, found.pid, number, generation)


def _greet(connection: Connection, token: bytes, client: str) -> tuple[int, int]:
    answer = connection.ask(wire.HELLO, wire.hello(token, client), wire.WELCOME)
    version, number, generation = connection.read(answer.welcome)
    if version != wire.VERSION:
        raise connection.violated(
            ProtocolError(
                f"session: expected version {wire.VERSION} but found {version}; install the "
                "package dlpack4j of the same release as the JVM library"
            )
        )
    return number, generation


class Session(Unpicklable):
    """What a JVM has published, by name. Made by ``connect``; any thread may use it.

    Views outlive the session: closing it ends new requests, and the last view ends the connection.
    """

    def __init__(self, connection: Connection, pid: int, number: int, generation: int) -> None:
        self.pid = pid
        self.number = number
        self._connection: Connection | None = connection
        self._sender = Sender()
        self._fetches = self._cached = self._published = 0
        connection.retired = generation

    # Fetching

    def __getitem__(self, name: str) -> Shared:
        """A view of what is published under a name, only for reading. Nothing is copied."""
        connection = self._connection
        if connection is None:
            raise self._closed()
        return connection.releases.run(self._get, connection, name, False)

    def get(self, name: str, *, writable: bool = False, copy: bool | None = None) -> Shared:
        """A view of what is published under a name.

        With ``writable=True`` one that may be written, if the JVM publishes it so. ``copy=True``
        is a copy in memory of its own; ``copy=False`` refuses what had to be copied when it was
        published.
        """
        connection = self._live()
        found: Shared = connection.releases.run(self._get, connection, name, writable)
        if copy is False and found.copied:
            raise CopyRefusedError(
                f"{name!r}: expected memory that was born shared but it was copied when it "
                "was published; allocate it in shared memory there, or leave copy=False out"
            )
        if copy:
            self._sender.count_copies(found.nbytes)
            return found.copy()
        return found

    def _get(self, connection: Connection, name: str, writable: bool) -> Shared:
        key = (name, writable)
        view: Shared | None = connection.views.get(key)
        retired = connection.retired
        if view is not None:
            # It is as new as can be if the JVM has not said otherwise by now.
            connection.check()
            if connection.retired == retired:
                self._cached += 1
                return view
            retired = connection.retired
        answer = connection.ask_unread(wire.FETCH, wire.fetch(name, writable), wire.GRANT)
        self._fetches += 1
        number, generation, spec = connection.read(answer.grant)
        lease = Lease(connection, number)
        try:
            view = Views(connection, lease, generation, writable).of(spec, name)
        except ProtocolError as wrong:
            raise connection.violated(wrong) from None
        except BaseException:
            # Not left to the finaliser, which waits for whoever catches this.
            lease.give_back()
            raise
        # What was retired while we asked may be this.
        if retired == connection.retired:
            connection.views[key] = view
        return view

    def names(self) -> list[Entry]:
        """What is published now: name, generation and bytes of each."""
        connection = self._live()
        return connection.releases.run(self._names, connection)

    @staticmethod
    def _names(connection: Connection) -> list[Entry]:
        return connection.read(connection.ask(wire.LIST, b"", wire.NAMES).names)

    def __contains__(self, name: object) -> bool:
        return any(entry.name == name for entry in self.names())

    def __iter__(self) -> Iterator[str]:
        return iter([entry.name for entry in self.names()])

    # Sending

    @overload
    def empty(self, shape: Shape, dtype: Any = ...) -> np.ndarray[Any, Any]: ...

    @overload
    def empty(self, shape: Shape, dtype: Any = ..., *, device: str) -> CudaTensor: ...

    def empty(
        self, shape: Shape, dtype: Any = "float64", *, device: str | None = None
    ) -> np.ndarray[Any, Any] | CudaTensor:
        """A new array in shared memory, which ``put`` publishes without a copy.

        With a device, such as ``"cuda:0"``, a tensor there, for from_dlpack of CuPy or PyTorch.
        """
        if device is not None:
            return self._sender.tensor_on(self._live(), device, shape, dtype)
        return self._sender.array(self._live(), shape, dtype)

    def empty_table(self, rows: int, columns: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
        """New arrays of as many rows, by name and type, which ``put`` publishes without a copy."""
        return self._sender.table(self._live(), rows, columns)

    def put(self, name: str, obj: Any, *, copy: bool | None = None) -> int:
        """Publishes an object under a name; returns the number of the publication.

        Arrays of ``empty`` are published as they are. All others, of any library that knows
        DLPack, NumPy's array interface or (with ``dlpack4j[arrow]``) Arrow's C interfaces, and
        dicts of them, are copied once into shared memory; ``copy=False`` refuses that.
        """
        connection = self._live()
        recipe = sources.recipe_of(obj)
        allocation, spec = self._sender.placed(connection, name, recipe, copy)
        if isinstance(recipe, CudaRecipe):
            recipe.finish()
        payload = wire.publish(allocation.number, name, spec)
        generation = connection.releases.run(self._publish, connection, payload)
        self._published += 1
        return generation

    @staticmethod
    def _publish(connection: Connection, payload: bytes) -> int:
        answer = connection.ask(wire.PUBLISH, payload, wire.OK)
        generation = connection.read(answer.generation)
        connection.views.clear()
        return generation

    def remove(self, name: str) -> None:
        """Takes back what this session published under a name. Views of it stay readable."""
        connection = self._live()
        connection.releases.run(self._remove, connection, name)

    @staticmethod
    def _remove(connection: Connection, name: str) -> None:
        answer = connection.ask(wire.REMOVE, wire.text(name), wire.OK)
        connection.read(answer.generation)
        connection.views.clear()

    # The end

    def statistics(self) -> Statistics:
        """What the session did until now."""
        connection = self._connection
        segments = [] if connection is None else connection.segments.mapped()
        return Statistics(
            fetches=self._fetches,
            cached=self._cached,
            published=self._published,
            copies=self._sender.copies,
            copied_bytes=self._sender.copied_bytes,
            segments=len(segments),
            mapped_bytes=sum(segment.nbytes for segment in segments),
        )

    def close(self) -> None:
        """Ends requests. Views stay readable; the connection ends with the last of them."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.views.clear()

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._connection is None

    def _live(self) -> Connection:
        if self._connection is None:
            raise self._closed()
        return self._connection

    def _closed(self) -> DlpackError:
        return SessionClosedError(
            f"session: expected one that is open but that with JVM {self.pid} was closed; "
            "call dlpack4j.connect again"
        )

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<dlpack4j.Session {self.number} with JVM {self.pid}, {state}>"
