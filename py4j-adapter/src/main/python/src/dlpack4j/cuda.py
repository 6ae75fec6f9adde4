"""The few functions of CUDA's driver that this package needs, loaded when the first is.

Only primary contexts are used, which all libraries of a process share, and what is current on a
thread is so again afterwards.
"""

from __future__ import annotations

import ctypes
import functools
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_uint64, c_void_p
from typing import Any

from .errors import OutOfMemoryError, ProtocolError, UnsupportedError

__all__ = ["LEGACY", "Device", "Mapping", "by_uuid", "device", "import_memory", "is_cuda"]

LEGACY, PER_THREAD = 1, 2

_KIND = 2  # kDLCUDA
_OUT_OF_MEMORY, _NOT_READY = 2, 600
_CAPTURING = range(900, 910)
_POSIX_DESCRIPTOR, _ON_DEVICE, _READ_WRITE = 1, 1, 3
_PEER_ACCESS = 1
_DISABLE_TIMING = 2
_RELAXED = 2
_FIRST_REST, _LONGEST_REST = 0.001, 0.008

_logger = logging.getLogger("dlpack4j")


class _Handle(ctypes.Structure):
    """A driver's name for memory or an event."""

    _fields_ = [("data", c_ubyte * 64)]


class _Access(ctypes.Structure):
    _fields_ = [("kind", c_int), ("device", c_int), ("flags", c_int)]


def is_cuda(dlpack_device: tuple[int, int]) -> bool:
    """Whether DLPack means memory of a GPU of NVIDIA's."""
    return dlpack_device[0] == _KIND


class _Driver:
    """The library. Raises ``UnsupportedError`` where there is none."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        try:
            self._library = ctypes.CDLL("libcuda.so.1")
        except OSError as wrong:
            raise UnsupportedError(
                f"cuda: expected NVIDIA's driver, libcuda.so.1, but {wrong}; run this process "
                "where the GPU is, or have the JVM publish a copy in main memory"
            ) from None
        self.call("cuInit", c_uint(0))

    def code(self, function: str, *arguments: Any) -> int:
        """Calls a function; its error."""
        if os.getpid() != self.pid:
            raise UnsupportedError(
                f"cuda: expected process {self.pid} but this is a fork of it, where CUDA does not "
                "work; start processes by spawn, and connect there"
            )
        return int(getattr(self._library, function)(*arguments))

    def call(self, function: str, *arguments: Any) -> None:
        """Calls a function; raises its error."""
        code = self.code(function, *arguments)
        if code != 0:
            kind = OutOfMemoryError if code == _OUT_OF_MEMORY else UnsupportedError
            raise kind(f"{function}: expected CUDA_SUCCESS but found {self._name(code)}")

    def _name(self, code: int) -> str:
        name = c_char_p()
        if self._library.cuGetErrorName(c_int(code), byref(name)) or name.value is None:
            return f"error {code}"
        return name.value.decode()


@functools.cache
def _driver() -> _Driver:
    return _Driver()


class Device:
    """A device that this process sees, with its primary context, which is had when it is used."""

    def __init__(self, ordinal: int) -> None:
        self.ordinal = ordinal
        driver = _driver()
        number, uuid = c_int(), (c_ubyte * 16)()
        driver.call("cuDeviceGet", byref(number), c_int(ordinal))
        driver.call("cuDeviceGetUuid_v2", byref(uuid), number)
        self.uuid = bytes(uuid)
        self._number = number

    @functools.cached_property
    def _context(self) -> c_void_p:
        context = c_void_p()
        # Kept: other libraries would lose their memory with its last reference.
        _driver().call("cuDevicePrimaryCtxRetain", byref(context), self._number)
        return context

    @contextmanager
    def current(self) -> Iterator[_Driver]:
        """The driver, with this device's context current on the thread."""
        driver = _driver()
        driver.call("cuCtxPushCurrent_v2", self._context)
        try:
            yield driver
        finally:
            driver.call("cuCtxPopCurrent_v2", byref(c_void_p()))

    def copy(self, source: int, target: int, nbytes: int) -> None:
        """Queues a copy within the device on the legacy default stream."""
        with self.current() as driver:
            arguments = c_uint64(target), c_uint64(source), c_size_t(nbytes), c_void_p(LEGACY)
            driver.call("cuMemcpyDtoDAsync_v2", *arguments)

    def finish(self) -> None:
        """Waits for the legacy default stream, and so for all streams that wait for it."""
        with self.current() as driver:
            driver.call("cuStreamSynchronize", c_void_p(LEGACY))

    @property
    def number(self) -> int:
        """What the driver calls it."""
        return self._number.value


@functools.cache
def device(ordinal: int) -> Device:
    """The device of a number."""
    return Device(ordinal)


def by_uuid(uuid: bytes) -> Device:
    """The device of a name, whatever its number is in other processes."""
    count = c_int()
    _driver().call("cuDeviceGetCount", byref(count))
    for ordinal in range(count.value):
        if device(ordinal).uuid == uuid:
            return device(ordinal)
    raise UnsupportedError(
        f"cuda: expected the device {uuid.hex()}, which the JVM uses, but this process sees "
        f"{[device(ordinal).uuid.hex() for ordinal in range(count.value)]}; start it with a "
        "CUDA_VISIBLE_DEVICES that has the JVM's device, or have the JVM publish a copy in main "
        "memory"
    )


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
            with self.device.current() as driver:
                driver.call("cuStreamWaitEvent", c_void_p(stream), self._event, c_uint(0))

    @property
    def memory(self) -> Any:
        """All of it, as a buffer whose bytes nobody may look at."""
        return (ctypes.c_char * self.nbytes).from_address(self.address)

    def import_descriptor(self, fd: int) -> None:
        """Maps the memory that a descriptor stands for, which stays the caller's."""
        size, handle, address = c_size_t(self.nbytes), c_uint64(), c_uint64()
        with self.device.current() as driver:
            kind = c_int(_POSIX_DESCRIPTOR)
            driver.call("cuMemImportFromShareableHandle", byref(handle), c_void_p(fd), kind)
            try:
                none = c_uint64(0)
                driver.call(
                    "cuMemAddressReserve", byref(address), size, c_size_t(0), none, c_uint64(0)
                )
                self._undo.append(("cuMemAddressFree", address, size))
                driver.call("cuMemMap", address, size, c_size_t(0), handle, c_uint64(0))
                self._undo.append(("cuMemUnmap", address, size))
            finally:
                driver.call("cuMemRelease", handle)
            access = _Access(_ON_DEVICE, self.device.number, _READ_WRITE)
            driver.call("cuMemSetAccess", address, size, byref(access), c_size_t(1))
        self.address = address.value

    def import_handle(self, handle: bytes) -> None:
        """Maps the memory that a driver's name stands for."""
        address = c_uint64()
        with self.device.current() as driver:
            flags = c_uint(_PEER_ACCESS)
            driver.call("cuIpcOpenMemHandle_v2", byref(address), _handle(handle), flags)
        self._undo.append(("cuIpcCloseMemHandle", address))
        self.address = address.value

    def import_event(self, handle: bytes) -> None:
        """The event that the JVM records when it publishes."""
        event = c_void_p()
        with self.device.current() as driver:
            driver.call("cuIpcOpenEventHandle", byref(event), _handle(handle))
        self._undo.append(("cuEventDestroy_v2", event))
        self._event = event

    def close(self) -> None:
        """Unmaps it. May take long; not for finalisers."""
        undo, self._undo, self._event = self._undo, [], None
        _undo_all(self.device, undo)

    def __del__(self) -> None:
        if self._undo:
            undo, self._undo = self._undo, []
            _releases.after([self.device], functools.partial(_undo_all, self.device, undo))


def _handle(data: bytes) -> _Handle:
    return _Handle.from_buffer_copy(data)


def _undo_all(device: Device, undo: list[tuple[Any, ...]]) -> None:
    with device.current() as driver:
        while undo:
            driver.call(*undo.pop())


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
    _releases.start()
    try:
        if fd is None:
            mapping.import_handle(handle)
        else:
            mapping.import_descriptor(fd)
        if event:
            mapping.import_event(event)
    except BaseException:
        mapping.close()
        raise
    return mapping


class _Releases:
    """Gives things back when their devices have done what was queued before.

    Finalisers put, which takes no lock and calls no driver. One thread records an event behind the
    work of the legacy default stream, and then asks whether it has happened.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[list[Device], Callable[[], None]]] = (
            queue.SimpleQueue()
        )
        self._lock = threading.Lock()
        self._pid = 0

    def start(self) -> None:
        """Has the thread; a fork has none of its parent's."""
        with self._lock:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="dlpack4j-cuda", daemon=True).start()

    def after(self, devices: list[Device], then: Callable[[], None]) -> None:
        """Has something done later. For finalisers, too."""
        self._queue.put((devices, then))

    def _run(self) -> None:
        # Else asking an event would spoil a capture of another thread.
        _driver().code("cuThreadExchangeStreamCaptureMode", byref(c_int(_RELAXED)))
        waiting: list[_Waiting] = []
        rest = _FIRST_REST
        while True:
            try:
                waiting.append(_Waiting(*self._queue.get(timeout=rest if waiting else None)))
                rest = _FIRST_REST
            except queue.Empty:
                rest = min(2 * rest, _LONGEST_REST)
            waiting = [entry for entry in waiting if not entry.is_over()]


class _Waiting:
    """Something that is to be done later, and the devices that it still waits for."""

    def __init__(self, devices: list[Device], then: Callable[[], None]) -> None:
        self._unmarked = devices
        self._events: list[tuple[Device, c_void_p]] = []
        self._then = then

    def is_over(self) -> bool:
        """Does it if the time has come; whether nothing is left to be done."""
        try:
            while self._unmarked:
                if not self._mark(self._unmarked[-1]):
                    return False
                self._unmarked = self._unmarked[:-1]
            while self._events:
                if not _has_happened(*self._events[-1]):
                    return False
                self._events.pop()
            self._then()
        except Exception:
            # A device that has failed for good says never again what it has done.
            _logger.exception("cuda: expected memory to be given back; it goes with this process")
        return True

    def _mark(self, device: Device) -> bool:
        event, status = c_void_p(), c_int()
        with device.current() as driver:
            # Recording would spoil a capture, or become part of it.
            code = driver.code("cuStreamIsCapturing", c_void_p(LEGACY), byref(status))
            if code in _CAPTURING or status.value:
                return False
            driver.call("cuEventCreate", byref(event), c_uint(_DISABLE_TIMING))
            driver.call("cuEventRecord", event, c_void_p(LEGACY))
        self._events.append((device, event))
        return True


def _has_happened(device: Device, event: c_void_p) -> bool:
    with device.current() as driver:
        code = driver.code("cuEventQuery", event)
        if code == _NOT_READY or code in _CAPTURING:
            return False
        driver.call("cuEventDestroy_v2", event)
        if code:
            raise UnsupportedError(f"cuEventQuery: expected CUDA_SUCCESS but found {code}")
    return True


_releases = _Releases()


def release_after(mappings: list[Mapping], then: Callable[[], None]) -> None:
    """Has something done when nobody uses the memory any more. For finalisers, too."""
    _releases.after([mapping.device for mapping in mappings], then)
