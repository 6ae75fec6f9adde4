"""CuPy, PyTorch and JAX compute on columns of a JVM, and it has the results: see cuda_host.py.

What is not here, or has no CUDA, is skipped.
"""

import importlib
import os
import unittest

from cuda_host import TESTS, connect, gone, gpu, host, run, test
from cuda_peer import COUNT, NUMBERS

# It would take most of the device for itself.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def library(name, use):
    """One that computes on GPUs, tried by a use of one."""
    if gpu.is_simulated:
        raise unittest.SkipTest("expected a GPU but found the simulated driver")
    try:
        module = importlib.import_module(name)
        use(module)
    except Exception as wrong:  # What it says is the reason.
        reason = f"{name} cannot be used: {type(wrong).__name__}: {wrong}"
        raise unittest.SkipTest(reason) from None
    return module


def doubled(take, address, numbers):
    """An array over what Java published, and what came of it."""
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session.get("x", writable=True)
        array = take(tensor)
        assert address(array) == tensor.address
        assert bool((array == numbers).all())
        session.put("doubled", array * 2)
        assert bytes(host.read("doubled")) == (NUMBERS * 2).tobytes()
        assert session.statistics().copied_bytes == NUMBERS.nbytes
    del tensor, array
    assert gone("x")
    assert gone("doubled")


def written_in_place(take, values):
    """What a library writes to memory that was born shared is there without a copy."""
    with connect() as session:
        born = take(session.empty(COUNT, "int32", device="cuda:0"))
        born[:] = values
        session.put("tripled", born, copy=False)
        assert bytes(host.read("tripled")) == (NUMBERS * 3).tobytes()
        assert session.statistics().copied_bytes == 0
    del born
    assert gone("tripled")


@test
def cupy_computes_on_it():
    cupy = library("cupy", lambda cupy: cupy.zeros(1))
    numbers = cupy.arange(COUNT, dtype=cupy.int32)
    doubled(cupy.from_dlpack, lambda array: array.data.ptr, numbers)
    written_in_place(cupy.from_dlpack, numbers * 3)


@test
def torch_computes_on_it():
    torch = library("torch", lambda torch: torch.zeros(1, device="cuda"))
    numbers = torch.arange(COUNT, dtype=torch.int32, device="cuda:0")
    doubled(torch.from_dlpack, lambda array: array.data_ptr(), numbers)
    written_in_place(torch.from_dlpack, numbers * 3)


@test
def jax_computes_on_it():
    """Its arrays do not change, so that nothing is written in place."""
    library("jax", lambda jax: jax.devices("gpu"))
    numbers = importlib.import_module("jax.numpy").arange(COUNT, dtype="int32")
    take = importlib.import_module("jax.dlpack").from_dlpack
    doubled(take, lambda array: array.unsafe_buffer_pointer(), numbers)


if __name__ == "__main__":
    run(TESTS)
