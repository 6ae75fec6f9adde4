"""What this Python has, and which ways of sharing a GPU's memory between processes the box allows.

Each way is tried by a second process: probe.py legacy HANDLE, probe.py vmm DESCRIPTOR SIZE.
"""

import ctypes
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import messages
from driver import (
    LAZY_PEER_ACCESS,
    POSIX_DESCRIPTOR,
    Driver,
    DriverError,
    IpcHandle,
    map_allocation,
    properties,
    unmap_allocation,
)

PATIENCE = 60
BYTES = b"seen by both processes: "
PACKAGES = {
    "NumPy": ("numpy",),
    "PyTorch": ("torch",),
    "CuPy": ("cupy-cuda13x", "cupy-cuda12x", "cupy"),
    "JAX": ("jax",),
    "pytest": ("pytest",),
}


def installed(names):
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def say_packages():
    text = "{}.{}.{}, {}".format(*sys.version_info[:3], sys.executable)
    messages.fact("python", sys.version_info >= (3, 10), text)
    for name, distributions in PACKAGES.items():
        found = installed(distributions)
        messages.fact(
            name, found is not None, found or f"not installed; pip install {distributions[0]}"
        )


def peer(arguments, descriptors=()):
    """Has another process look at memory; it must have seen what is there, and answer there."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        capture_output=True,
        pass_fds=descriptors,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or f"code {done.returncode}").splitlines()[-1]
        raise DriverError(f"in the other process, {last}")


def require_answer(driver, address):
    found = driver.read(address, len(BYTES))
    if found != BYTES[::-1]:
        raise DriverError(f"expected what the other process wrote but found {found}")


def answer(driver, address):
    found = driver.read(address, len(BYTES))
    assert found == BYTES, f"expected what the first process wrote but found {found}"
    driver.write(address, BYTES[::-1])


def legacy(driver):
    address = driver.new("cuMemAlloc_v2", len(BYTES))
    try:
        driver.write(address, BYTES)
        handle = IpcHandle()
        driver("cuIpcGetMemHandle", ctypes.byref(handle), address)
        peer(["legacy", bytes(handle).hex()])
        require_answer(driver, address)
    finally:
        driver("cuMemFree_v2", address)


def legacy_peer(driver, text):
    handle = IpcHandle.from_buffer_copy(bytes.fromhex(text))
    address = driver.new("cuIpcOpenMemHandle_v2", handle, LAZY_PEER_ACCESS)
    answer(driver, address)
    driver("cuIpcCloseMemHandle", address)


def vmm(driver):
    wanted = properties()
    size = driver.new("cuMemGetAllocationGranularity", ctypes.byref(wanted), 0)
    handle = driver.new("cuMemCreate", size, ctypes.byref(wanted), 0)
    address = map_allocation(driver, handle, size)
    descriptor = ctypes.c_int(-1)
    try:
        driver.write(address, BYTES)
        driver(
            "cuMemExportToShareableHandle", ctypes.byref(descriptor), handle, POSIX_DESCRIPTOR, 0
        )
        peer(["vmm", str(descriptor.value), str(size)], (descriptor.value,))
        require_answer(driver, address)
    finally:
        if descriptor.value >= 0:
            os.close(descriptor.value)
        unmap_allocation(driver, address, size)
        driver("cuMemRelease", handle)


def vmm_peer(driver, descriptor, size):
    handle = driver.new("cuMemImportFromShareableHandle", int(descriptor), POSIX_DESCRIPTOR)
    address = map_allocation(driver, handle, int(size))
    answer(driver, address)
    unmap_allocation(driver, address, int(size))
    driver("cuMemRelease", handle)


def try_way(name, way, driver):
    try:
        way(driver)
        messages.fact(name, True, "memory of one process was read and written by another")
    except (DriverError, subprocess.TimeoutExpired) as wrong:
        messages.fact(name, False, wrong)


def main():
    say_packages()
    try:
        driver = Driver()
    except (OSError, DriverError) as wrong:
        for name in ("IPC, by handle", "IPC, by descriptor"):
            messages.fact(name, False, f"not tried: {wrong}")
    else:
        try_way("IPC, by handle", legacy, driver)
        try_way("IPC, by descriptor", vmm, driver)
    messages.end()


PEERS = {"legacy": legacy_peer, "vmm": vmm_peer}
if len(sys.argv) > 1:
    PEERS[sys.argv[1]](Driver(), *sys.argv[2:])
else:
    main()
