"""What the JVM keeps for us until we say that we no longer need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection
    from .cuda_memory import Mapping

__all__ = ["Allocation", "Lease"]


class Lease:
    """One GRANT. Arrays hold it; it is released when the last of them is gone."""

    __slots__ = ("__weakref__", "connection", "mappings", "number")

    mappings: list[Mapping]
    """The memory of GPUs that is used: it is given back when they have done what is queued."""

    def __init__(self, connection: Connection, number: int) -> None:
        self.connection = connection
        self.number = number
        self.mappings = []

    def give_back(self) -> None:
        """Releases it now, because what was granted is of no use."""
        number, self.number = self.number, -1
        if number >= 0:
            self.connection.releases.add(number, self.mappings)

    def __del__(self) -> None:
        self.give_back()


class Allocation(Lease):
    """Memory that this process may write and then publish."""

    __slots__ = ("address", "device", "nbytes", "offset", "segment")

    # Known once the grant has been looked at; until then it covers nothing.
    segment: int
    offset: int
    address: int
    nbytes: int
    device: tuple[int, int]
    """As the JVM calls it."""

    def __init__(self, connection: Connection, number: int) -> None:
        super().__init__(connection, number)
        self.segment = self.offset = self.address = self.nbytes = 0
        self.device = (1, 0)

    def covers(self, low: int, high: int) -> bool:
        """Whether addresses from low to high, exclusive, lie in it."""
        return self.address <= low and high <= self.address + self.nbytes
