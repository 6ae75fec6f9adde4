"""Another process: opens a segment by its path, and tries what it may and what it may not.

Prints one line for each attempt: its name, and "done" or the error.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import sys

path, offset, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
F_ADD_SEALS, F_GET_SEALS = 1033, 1034
SEALS = {"seal": 1, "shrink": 2, "grow": 4, "write": 8, "future_write": 16}
FALLOC_PUNCH_HOLE_KEEP_SIZE = 2 | 1


def attempt(name, action):
    try:
        result = action()
        print(name, "done" if result is None else result)
    except OSError as e:
        print(name, errno.errorcode[e.errno])


def write_through_a_map(fd):
    with mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE) as view:
        view[offset:offset + 4] = b"peer"


def punch_a_hole_at_the_end(fd):
    libc = ctypes.CDLL(None, use_errno=True)
    at, length = ctypes.c_long(status.st_size - 4096), ctypes.c_long(4096)
    if libc.fallocate(fd, FALLOC_PUNCH_HOLE_KEEP_SIZE, at, length) != 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def make_a_map_writable(fd):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    address = libc.mmap(None, status.st_size, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
    if libc.mprotect(address, status.st_size, mmap.PROT_READ | mmap.PROT_WRITE) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")


fd = os.open(path, os.O_RDWR)
status = os.fstat(fd)
print("size", status.st_size)
print("all there", status.st_blocks * 512 >= status.st_size)
seals = fcntl.fcntl(fd, F_GET_SEALS)
print("seals", *sorted(name for name, bit in SEALS.items() if seals & bit))
with mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ) as view:
    print("bytes", view[offset:offset + size].hex())
attempt("truncate", lambda: os.ftruncate(fd, 4096))
attempt("grow", lambda: os.ftruncate(fd, status.st_size + 4096))
attempt("seal", lambda: fcntl.fcntl(fd, F_ADD_SEALS, SEALS["write"]))
attempt("pwrite", lambda: os.pwrite(fd, b"peer", offset) and None)
attempt("map", lambda: write_through_a_map(fd))
attempt("protect", lambda: make_a_map_writable(fd))
attempt("punch", lambda: punch_a_hole_at_the_end(fd))
