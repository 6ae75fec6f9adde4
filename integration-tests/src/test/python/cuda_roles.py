"""Another process of a test of py4j_cuda_processes.py: python cuda_roles.py ROLE SERVICE NAME."""

import signal
import sys

import dlpack4j
from cuda_peer import COUNT, NUMBERS, Gpu, Taken, raised
from joined import PATIENCE


def fetch(session, name):
    tensor = session[name]
    assert tensor.__dlpack_device__() == (2, 1), tensor.__dlpack_device__()
    taken = Taken(tensor)
    assert (Gpu(1).read(taken.address, COUNT) == NUMBERS).all()


def put(session, name):
    gpu = Gpu()
    born = session.empty(COUNT, "int32", device="cuda")
    gpu.copy(gpu.write(NUMBERS), born.address, NUMBERS.nbytes)
    session.put(name, born, copy=False)


def unseen(session, name):
    raised(dlpack4j.UnsupportedError, lambda: session[name], "CUDA_VISIBLE_DEVICES")
    assert session.names()


def without(session, name):
    raised(dlpack4j.UnsupportedError, lambda: session[name], "libcuda.so.1")
    assert session.names()


def hold(session, name):
    tensor = session[name]
    print("holding", flush=True)
    signal.pause()
    del tensor


ROLES = {role.__name__: role for role in (fetch, put, unseen, without, hold)}

with dlpack4j.connect(sys.argv[2], timeout=PATIENCE) as session:
    ROLES[sys.argv[1]](session, sys.argv[3])
