"""What GPUs must have done before it is given back."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from ctypes import byref, c_int, c_uint, c_void_p

from .cuda import LEGACY, Device, driver
from .errors import UnsupportedError

__all__ = ["RELEASES"]

_NOT_READY = 600
_CAPTURING = range(900, 910)
_DISABLE_TIMING = 2
_RELAXED = 2
_FIRST_REST, _LONGEST_REST = 0.001, 0.008

_logger = logging.getLogger("dlpack4j")


class Releases:
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
        driver().code("cuThreadExchangeStreamCaptureMode", byref(c_int(_RELAXED)))
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
        with device.current() as library:
            # Recording would spoil a capture, or become part of it.
            code = library.code("cuStreamIsCapturing", c_void_p(LEGACY), byref(status))
            if code in _CAPTURING or status.value:
                return False
            library.call("cuEventCreate", byref(event), c_uint(_DISABLE_TIMING))
            library.call("cuEventRecord", event, c_void_p(LEGACY))
        self._events.append((device, event))
        return True


def _has_happened(device: Device, event: c_void_p) -> bool:
    with device.current() as library:
        code = library.code("cuEventQuery", event)
        if code == _NOT_READY or code in _CAPTURING:
            return False
        library.call("cuEventDestroy_v2", event)
        if code:
            raise UnsupportedError(f"cuEventQuery: expected CUDA_SUCCESS but found {code}")
    return True


RELEASES = Releases()
