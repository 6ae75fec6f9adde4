"""Another process: uses an Arrow column of int64 where it lies in a segment, with NumPy.

    python arrow_peer.py read|write PATH DATA_OFFSET VALIDITY_OFFSET COUNT

"read" prints how many rows are null, the sum of the others, and the last row. "write" makes row i
-3 * i.
"""

import mmap
import os
import sys

import numpy as np

WHAT, PATH = sys.argv[1:3]
DATA_OFFSET, VALIDITY_OFFSET, COUNT = map(int, sys.argv[3:])
WRITE = WHAT == "write"

fd = os.open(PATH, os.O_RDWR if WRITE else os.O_RDONLY)
segment = mmap.mmap(
    fd, 0, mmap.MAP_SHARED, mmap.PROT_READ | (mmap.PROT_WRITE if WRITE else 0)
)
column = np.frombuffer(segment, "<i8", COUNT, DATA_OFFSET)
bits = np.frombuffer(segment, np.uint8, (COUNT + 7) // 8, VALIDITY_OFFSET)
valid = np.unpackbits(bits, count=COUNT, bitorder="little").astype(bool)

if WRITE:
    column[:] = -3 * np.arange(COUNT)
else:
    print("nulls", COUNT - valid.sum())
    print("sum", column[valid].sum())
    print("last", column[-1])
