"""Memory of GPUs that another process has allocated."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from ctypes import byref, c_int, c_size_t, c_ubyte, c_uint, c_uint64, c_void_p
from typing import Any

from .cuda import Device, by_uuid
from .cuda_releases import RELEASES
from .errors import ProtocolError

__all__ = ["Mapping", "import_memory", "release_after"]

_POSIX_DESCRIPTOR, _ON_DEVICE, _READ_WRITE = 1, 1, 3
_PEER_ACCESS = 1


class _Handle(ctypes.Structure):
    """A driver's name for memory or an event."""

    _fields_ = [("data", c_ubyte * 64)]


class _Access(ctypes.Structure):
    _fields_ = [("kind", c_int), ("device", c_int), ("flags", c_int)]


class Mapping:
    """An allocation of another process, for as long as anybody here holds it."""

    __slots__ = ("__weakref__", "_event", "_undo", "address", "device", "nbytes")

    def __init__(self, device: Device, nbytes: int) -> None:
        self.device = device
        self.nbytes = nbytes
        self.address = 0
        self._event: c_void_p | None = None
        # What ends it, the last first.
        self._undo: list[tuple[Any, ...]] = []

    def order(self, stream: int) -> None:
        """Has a stream wait for what the JVM queued before it published."""
        if self._event is not None:
            with self.device.current() as library:
                library.call("cuStreamWaitEvent", c_void_p(stream), self._event, c_uint(0))

    @property
    def memory(self) -> Any:
        """All of it, as a buffer whose bytes nobody may look at."""
        return (ctypes.c_char * self.nbytes).from_address(self.address)

    def import_descriptor(self, fd: int) -> None:
        """Maps the memory that a descriptor stands for, which stays the caller's."""
        size, handle, address = c_size_t(self.nbytes), c_uint64(), c_uint64()
        with self.device.current() as library:
            kind = c_int(_POSIX_DESCRIPTOR)
            library.call("cuMemImportFromShareableHandle", byref(handle), c_void_p(fd), kind)
            try:
                none = c_uint64(0)
                library.call(
                    "cuMemAddressReserve", byref(address), size, c_size_t(0), none, c_uint64(0)
                )
                self._undo.append(("cuMemAddressFree", address, size))
                library.call("cuMemMap", address, size, c_size_t(0), handle, c_uint64(0))
                self._undo.append(("cuMemUnmap", address, size))
            finally:
                library.call("cuMemRelease", handle)
            access = _Access(_ON_DEVICE, self.device.number, _READ_WRITE)
            library.call("cuMemSetAccess", address, size, byref(access), c_size_t(1))
        self.address = address.value

    def import_named(self, handle: bytes) -> None:
        """Maps the memory that a driver's name stands for."""
        address = c_uint64()
        with self.device.current() as library:
            flags = c_uint(_PEER_ACCESS)
            library.call("cuIpcOpenMemHandle_v2", byref(address), _named(handle), flags)
        self._undo.append(("cuIpcCloseMemHandle", address))
        self.address = address.value

    def import_event(self, handle: bytes) -> None:
        """The event that the JVM records when it publishes."""
        event = c_void_p()
        with self.device.current() as library:
            library.call("cuIpcOpenEventHandle", byref(event), _named(handle))
        self._undo.append(("cuEventDestroy_v2", event))
        self._event = event

    def close(self) -> None:
        """Unmaps it. May take long; not for finalisers."""
        undo, self._undo, self._event = self._undo, [], None
        _undo_all(self.device, undo)

    def __del__(self) -> None:
        if self._undo:
            undo, self._undo = self._undo, []
            RELEASES.after([self.device], functools.partial(_undo_all, self.device, undo))


def _named(data: bytes) -> _Handle:
    return _Handle.from_buffer_copy(data)


def _undo_all(device: Device, undo: list[tuple[Any, ...]]) -> None:
    with device.current() as library:
        while undo:
            library.call(*undo.pop())


def import_memory(extra: str, nbytes: int, fd: int | None) -> Mapping:
    """An allocation of the JVM, as a SEGMENT tells of it."""
    try:
        uuid, handle, event = (bytes.fromhex(part.replace("-", "")) for part in extra.split(","))
        if len(uuid) != 16 or any(len(part) not in (0, 64) for part in (handle, event)):
            raise ValueError(f"lengths of {len(uuid)}, {len(handle)} and {len(event)} bytes")
    except ValueError as wrong:
        raise ProtocolError(
            f"segment: expected a device's uuid, a handle and an event in hexadecimal but {wrong}; "
            "use the JVM library of the same release"
        ) from None
    mapping = Mapping(by_uuid(uuid), nbytes)
    RELEASES.start()
    try:
        if fd is None:
            mapping.import_named(handle)
        else:
            mapping.import_descriptor(fd)
        if event:
            mapping.import_event(event)
    except BaseException:
        mapping.close()
        raise
    return mapping


def release_after(mappings: list[Mapping], then: Callable[[], None]) -> None:
    """Has something done when nobody uses the memory any more. For finalisers, too."""
    RELEASES.after([mapping.device for mapping in mappings], then)
