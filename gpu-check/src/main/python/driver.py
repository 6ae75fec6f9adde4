"""The few functions of CUDA's driver that these scripts need, by ctypes."""

import ctypes
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p

IPC_HANDLE_BYTES = 64
POSIX_DESCRIPTOR = 1
PINNED = 1
READ_WRITE = 3
NON_BLOCKING = 1
LAZY_PEER_ACCESS = 1


class DriverError(Exception):
    """What the driver refused, and how it calls that."""


class Location(ctypes.Structure):
    _fields_ = [("type", c_int), ("id", c_int)]


class AllocationFlags(ctypes.Structure):
    _fields_ = [
        ("compression", ctypes.c_ubyte),
        ("gpu_direct", ctypes.c_ubyte),
        ("usage", ctypes.c_ushort),
        ("reserved", ctypes.c_ubyte * 4),
    ]


class Properties(ctypes.Structure):
    """CUmemAllocationProp."""

    _fields_ = [
        ("type", c_int),
        ("handle_types", c_int),
        ("location", Location),
        ("win32", c_void_p),
        ("flags", AllocationFlags),
    ]


class Access(ctypes.Structure):
    _fields_ = [("location", Location), ("flags", c_int)]


class IpcHandle(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_char * IPC_HANDLE_BYTES)]


_SIGNATURES = {
    "cuInit": (c_uint,),
    "cuDeviceGet": (c_void_p, c_int),
    "cuDevicePrimaryCtxRetain": (c_void_p, c_int),
    "cuCtxSetCurrent": (c_void_p,),
    "cuCtxSynchronize": (),
    "cuMemAlloc_v2": (c_void_p, c_size_t),
    "cuMemFree_v2": (c_uint64,),
    "cuMemGetInfo_v2": (c_void_p, c_void_p),
    "cuMemcpyHtoD_v2": (c_uint64, c_void_p, c_size_t),
    "cuMemcpyDtoH_v2": (c_void_p, c_uint64, c_size_t),
    "cuMemcpyHtoDAsync_v2": (c_uint64, c_void_p, c_size_t, c_void_p),
    "cuMemcpyDtoHAsync_v2": (c_void_p, c_uint64, c_size_t, c_void_p),
    "cuStreamCreate": (c_void_p, c_uint),
    "cuStreamSynchronize": (c_void_p,),
    "cuStreamWaitEvent": (c_void_p, c_void_p, c_uint),
    "cuEventCreate": (c_void_p, c_uint),
    "cuEventRecord": (c_void_p, c_void_p),
    "cuEventDestroy_v2": (c_void_p,),
    "cuIpcGetMemHandle": (c_void_p, c_uint64),
    "cuIpcOpenMemHandle_v2": (c_void_p, IpcHandle, c_uint),
    "cuIpcCloseMemHandle": (c_uint64,),
    "cuMemGetAllocationGranularity": (c_void_p, c_void_p, c_int),
    "cuMemCreate": (c_void_p, c_size_t, c_void_p, c_uint64),
    "cuMemRelease": (c_uint64,),
    "cuMemExportToShareableHandle": (c_void_p, c_uint64, c_int, c_uint64),
    "cuMemImportFromShareableHandle": (c_void_p, c_void_p, c_int),
    "cuMemAddressReserve": (c_void_p, c_size_t, c_size_t, c_uint64, c_uint64),
    "cuMemAddressFree": (c_uint64, c_size_t),
    "cuMemMap": (c_uint64, c_size_t, c_size_t, c_uint64, c_uint64),
    "cuMemUnmap": (c_uint64, c_size_t),
    "cuMemSetAccess": (c_uint64, c_size_t, c_void_p, c_size_t),
}


class Driver:
    """The driver, with the first device's primary context current in this thread."""

    def __init__(self):
        self._library = ctypes.CDLL("libcuda.so.1")
        for name, arguments in _SIGNATURES.items():
            getattr(self._library, name).argtypes = arguments
        self._library.cuGetErrorName.argtypes = (c_int, c_void_p)
        self("cuInit", 0)
        device, self.context = c_int(), c_void_p()
        self("cuDeviceGet", byref(device), 0)
        self("cuDevicePrimaryCtxRetain", byref(self.context), device)
        self.enter()

    def __call__(self, function, *arguments):
        error = getattr(self._library, function)(*arguments)
        if error != 0:
            raise DriverError(f"{function}: expected success but found {self._name(error)}")

    def _name(self, error):
        name = c_char_p()
        self._library.cuGetErrorName(error, byref(name))
        return f"{(name.value or b'error').decode()} ({error})"

    def enter(self):
        """Makes the context current in the calling thread."""
        self("cuCtxSetCurrent", self.context)

    def new(self, function, *arguments):
        """A handle or an address that a function gives by its first parameter."""
        out = c_uint64()
        self(function, byref(out), *arguments)
        return out.value

    def stream(self):
        return self.new("cuStreamCreate", NON_BLOCKING)

    def order(self, producer, consumer):
        """Has one stream wait for what is queued on another."""
        event = self.new("cuEventCreate", 2)
        self("cuEventRecord", event, producer)
        self("cuStreamWaitEvent", consumer, event, 0)
        self("cuEventDestroy_v2", event)

    def write(self, address, data):
        self("cuMemcpyHtoD_v2", address, data, len(data))
        # From memory that is not pinned the driver comes back before the device has it.
        self("cuCtxSynchronize")

    def read(self, address, count):
        data = ctypes.create_string_buffer(count)
        self("cuMemcpyDtoH_v2", data, address, count)
        return data.raw

    def free_bytes(self):
        free, total = c_size_t(), c_size_t()
        self("cuMemGetInfo_v2", byref(free), byref(total))
        return free.value


def properties(device=0):
    """Of memory that other processes can be given by a descriptor."""
    return Properties(PINNED, POSIX_DESCRIPTOR, Location(1, device))


def map_allocation(driver, handle, size, device=0):
    """Maps what cuMemCreate made, or another process did."""
    address = driver.new("cuMemAddressReserve", size, 0, 0, 0)
    driver("cuMemMap", address, size, 0, handle, 0)
    access = Access(Location(1, device), READ_WRITE)
    driver("cuMemSetAccess", address, size, byref(access), 1)
    return address


def unmap_allocation(driver, address, size):
    driver("cuMemUnmap", address, size)
    driver("cuMemAddressFree", address, size)
