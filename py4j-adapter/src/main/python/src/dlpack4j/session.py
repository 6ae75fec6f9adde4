"""Sessions: names of a JVM, and the memory behind them."""

from __future__ import annotations

import platform
import weakref
from dataclasses import dataclass
from types import TracebackType
from typing import Any, overload

import numpy as np

from . import __version__, capsules, cuda, datatypes, gateway, sources, ticket, wire
from .connection import Connection
from .cuda_tensor import CudaRecipe, CudaTensor
from .errors import CopyRefusedError, DlpackError, ProtocolError, SessionClosedError
from .leases import Allocation, Lease
from .sources import Plan, Recipe
from .tensor import Tensor, Unpicklable
from .views import Shared, Views
from .wire import Entry, TensorSpec

__all__ = ["Entry", "Session", "Statistics", "connect"]

Shape = int | tuple[int, ...] | list[int]


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
    number, generation = connection.run(_greet, connection, found.token, client)
    return Session(connection, found.pid, number, generation)


def _greet(connection: Connection, token: bytes, client: str) -> tuple[int, int]:
    answer = connection.ask(wire.HELLO, wire.hello(token, client), wire.WELCOME)
    version, number, generation = _read(connection, answer.welcome)
    if version != wire.VERSION:
        raise connection.violated(
            ProtocolError(
                f"session: expected version {wire.VERSION} but found {version}; install the "
                "package dlpack4j of the same release as the JVM library"
            )
        )
    return number, generation


def _read(connection: Connection, parse: Any) -> Any:
    """What an answer says; one that says nothing sensible ends the session."""
    try:
        return parse()
    except ProtocolError as wrong:
        raise connection.violated(wrong) from None


def _sizes(shape: Shape) -> tuple[int, ...]:
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size < 0 for size in sizes):
        raise ValueError(f"shape: expected no size below 0 but found {sizes}")
    return sizes


def _ordinal(device: str) -> int:
    kind, _, number = device.partition(":")
    if kind != "cuda" or not (number or "0").isdigit():
        raise ValueError(f"device: expected 'cuda' or one such as 'cuda:1' but found {device!r}")
    return int(number or 0)


class Session(Unpicklable):
    """What a JVM has published, by name. Made by ``connect``; any thread may use it.

    Views outlive the session: closing it ends new requests, and the last view ends the connection.
    """

    def __init__(self, connection: Connection, pid: int, number: int, generation: int) -> None:
        self.pid = pid
        self.number = number
        self._connection: Connection | None = connection
        self._allocations: weakref.WeakValueDictionary[int, Allocation] = (
            weakref.WeakValueDictionary()
        )
        self._fetches = self._cached = self._published = 0
        self._copies = self._copied_bytes = 0
        connection.retired = generation

    # Fetching

    def __getitem__(self, name: str) -> Shared:
        """A view of what is published under a name, only for reading. Nothing is copied."""
        connection = self._connection
        if connection is None:
            raise self._closed()
        return connection.run(self._get, connection, name, False)

    def get(self, name: str, *, writable: bool = False, copy: bool | None = None) -> Shared:
        """A view of what is published under a name.

        With ``writable=True`` one that may be written, if the JVM publishes it so. ``copy=True``
        is a copy in memory of its own; ``copy=False`` refuses what had to be copied when it was
        published.
        """
        connection = self._live()
        found: Shared = connection.run(self._get, connection, name, writable)
        if copy is False and found.copied:
            raise CopyRefusedError(
                f"{name!r}: expected memory that was born shared but it was copied when it "
                "was published; allocate it in shared memory there, or leave copy=False out"
            )
        if copy:
            self._count_copies(found.nbytes)
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
        number, generation, spec = _read(connection, answer.grant)
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
        entries: list[Entry] = connection.run(self._names, connection)
        return entries

    @staticmethod
    def _names(connection: Connection) -> list[Entry]:
        entries: list[Entry] = _read(connection, connection.ask(wire.LIST, b"", wire.NAMES).names)
        return entries

    def __contains__(self, name: object) -> bool:
        return any(entry.name == name for entry in self.names())

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
        data_type = datatypes.parse(dtype)
        if device is not None:
            return self._empty_on(_ordinal(device), _sizes(shape), data_type)
        found = datatypes.numpy_dtype(data_type)
        if found is None:
            raise TypeError(
                f"dtype: expected one that NumPy has but found {data_type}; install ml_dtypes, or "
                "use an unsigned integer of as many bits"
            )
        sizes = _sizes(shape)
        nbytes = int(np.prod(sizes, dtype=object)) * found.itemsize
        memory, _ = self._allocate(nbytes)
        return memory[:nbytes].view(found).reshape(sizes)

    def _empty_on(
        self, ordinal: int, sizes: tuple[int, ...], data_type: datatypes.DataType
    ) -> CudaTensor:
        bits = int(np.prod(sizes, dtype=object)) * data_type.element_bits
        allocation = self._allocate_on(ordinal, -(-bits // 8))
        strides = capsules.compact(sizes)
        place = allocation.segment, allocation.offset, allocation.device
        spec = TensorSpec(*place, data_type, 0, sizes, strides)
        connection = self._live()
        views = Views(connection, allocation, 0, True)
        tensor = connection.run(views.tensor, spec, "empty")
        assert isinstance(tensor, CudaTensor), "the JVM said so"
        return tensor

    def empty_table(self, rows: int, columns: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
        """New arrays of as many rows, by name and type, which ``put`` publishes without a copy."""
        plan = Plan()
        types = {name: np.dtype(dtype) for name, dtype in columns.items()}
        places = {name: plan.reserve(rows * dtype.itemsize) for name, dtype in types.items()}
        memory, _ = self._allocate(plan.nbytes)
        return {
            name: memory[at : at + rows * types[name].itemsize].view(types[name])
            for name, at in places.items()
        }

    def put(self, name: str, obj: Any, *, copy: bool | None = None) -> int:
        """Publishes an object under a name; returns the number of the publication.

        Arrays of ``empty`` are published as they are. All others, of any library that knows
        DLPack, NumPy's array interface or (with ``dlpack4j[arrow]``) Arrow's C interfaces, and
        dicts of them, are copied once into shared memory; ``copy=False`` refuses that.
        """
        connection = self._live()
        recipe = sources.recipe_of(obj)
        placed = None if copy else self._in_place(recipe)
        if placed is None and copy is False:
            raise CopyRefusedError(
                f"{name!r}: expected memory of session.empty(), of one call for all of a table, "
                "but found other memory, which must be copied; leave copy=False out"
            )
        allocation, spec = placed or self._copied(recipe)
        if isinstance(recipe, CudaRecipe):
            recipe.finish()
        payload = wire.publish(allocation.number, name, spec)
        generation: int = connection.run(self._publish, connection, payload)
        self._published += 1
        return generation

    @staticmethod
    def _publish(connection: Connection, payload: bytes) -> int:
        answer = connection.ask(wire.PUBLISH, payload, wire.OK)
        generation: int = _read(connection, answer.generation)
        connection.views.clear()
        return generation

    def _in_place(self, recipe: Recipe | CudaRecipe) -> tuple[Allocation, wire.ObjectSpec] | None:
        """Where all of it lies, if that is one allocation of ours."""
        extent = recipe.extent()
        if extent is None:
            return None
        for allocation in list(self._allocations.values()):
            if allocation.covers(*extent):
                shift = allocation.offset - allocation.address
                spec = recipe.in_place(allocation.segment, shift)
                if isinstance(spec, TensorSpec):
                    spec = spec._replace(device=allocation.device)
                return allocation, spec
        return None

    def _copied(self, recipe: Recipe | CudaRecipe) -> tuple[Allocation, wire.ObjectSpec]:
        if isinstance(recipe, CudaRecipe):
            return self._copied_on_device(recipe)
        plan = Plan()
        spec = recipe.planned(plan)
        memory, allocation = self._allocate(plan.nbytes)
        copied = plan.fill(memory)
        self._count_copies(copied)
        return allocation, sources.moved(spec, allocation.segment, allocation.offset)

    def _copied_on_device(self, recipe: CudaRecipe) -> tuple[Allocation, wire.ObjectSpec]:
        before, after = recipe.reach()
        allocation = self._allocate_on(recipe.device.ordinal, before + after)
        self._count_copies(recipe.copy_to(allocation.address))
        spec = recipe.spec(allocation.segment, allocation.offset + before)
        flags = spec.flags | wire.IS_COPIED
        return allocation, spec._replace(device=allocation.device, flags=flags)

    def _allocate_on(self, ordinal: int, nbytes: int) -> Allocation:
        connection = self._live()
        payload = wire.alloc_on(max(nbytes, 1), cuda.device(ordinal).uuid)
        _, allocation = connection.run(self._granted, connection, wire.ALLOC_ON, payload, nbytes)
        return allocation

    def _allocate(self, nbytes: int) -> tuple[np.ndarray[Any, Any], Allocation]:
        connection = self._live()
        payload = wire.alloc(max(nbytes, 1))
        tensor, allocation = connection.run(
            self._granted, connection, wire.ALLOC, payload, max(nbytes, 1)
        )
        return tensor.numpy(), allocation

    def _granted(
        self, connection: Connection, kind: int, payload: bytes, nbytes: int
    ) -> tuple[Tensor, Allocation]:
        answer = connection.ask(kind, payload, wire.GRANT)
        number, generation, spec = _read(connection, answer.grant)
        allocation = Allocation(connection, number)
        try:
            if not isinstance(spec, TensorSpec):
                raise ProtocolError("allocation: expected one tensor but found a column or table")
            tensor = Views(connection, allocation, generation, True).tensor(spec, "allocation")
            on_device = isinstance(tensor, CudaTensor)
            if tensor.ndim != 1 or tensor.dtype != np.uint8 or tensor.size < nbytes:
                raise ProtocolError(
                    f"allocation: expected {nbytes} bytes but found {tensor.data_type} of "
                    f"{tensor.shape}"
                )
            if on_device != (kind == wire.ALLOC_ON):
                raise ProtocolError(f"allocation: expected another device but found {tensor}")
            if tensor.readonly:
                raise ProtocolError("allocation: expected memory to write but found read-only")
        except ProtocolError as wrong:
            raise connection.violated(wrong) from None
        except BaseException:
            allocation.give_back()
            raise
        allocation.segment, allocation.offset = spec.segment, spec.offset
        allocation.address, allocation.nbytes = tensor.address, tensor.size
        allocation.device = spec.device
        self._allocations[number] = allocation
        return tensor, allocation

    def remove(self, name: str) -> None:
        """Takes back what this session published under a name. Views of it stay readable."""
        connection = self._live()
        connection.run(self._remove, connection, name)

    @staticmethod
    def _remove(connection: Connection, name: str) -> None:
        answer = connection.ask(wire.REMOVE, wire.text(name), wire.OK)
        _read(connection, answer.generation)
        connection.views.clear()

    def _count_copies(self, nbytes: int) -> None:
        self._copies += 1
        self._copied_bytes += nbytes

    # The end

    def statistics(self) -> Statistics:
        """What the session did until now."""
        connection = self._connection
        segments = [] if connection is None else list(connection.segments.values())
        return Statistics(
            fetches=self._fetches,
            cached=self._cached,
            published=self._published,
            copies=self._copies,
            copied_bytes=self._copied_bytes,
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
