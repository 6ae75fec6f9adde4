"""Other people's arrays on a GPU, all asked in the same words."""

import importlib
import os

import numpy as np
from bare import DriverLibrary
from library import Library


class Cupy(Library):
    package = "cupy"

    def start(self):
        super().start()
        self.module.zeros(1)

    def numbers(self, count):
        return self.module.arange(count, dtype="f4")

    def values(self, array):
        return self.module.asnumpy(array)

    def add(self, array, number):
        array += number

    def pointer(self, array):
        return array.data.ptr

    def stream(self):
        return self.module.cuda.get_current_stream().ptr or 1

    def own_stream(self):
        return self.module.cuda.Stream(non_blocking=True)

    def finish(self, _):
        self.module.cuda.get_current_stream().synchronize()

    def used(self):
        return self.module.get_default_memory_pool().used_bytes()

    def managed(self, count):
        memory = self.module.cuda.malloc_managed(4 * count)
        array = self.module.ndarray((count,), dtype="f4", memptr=memory)
        array[...] = self.module.arange(count, dtype="f4")
        return array


class Torch(Library):
    package = "torch"

    def start(self):
        super().start()
        self.module.zeros(1, device="cuda")

    def numbers(self, count):
        return self.module.arange(count, dtype=self.module.float32, device="cuda")

    def values(self, array):
        return array.cpu().numpy()

    def add(self, array, number):
        array += number

    def pointer(self, array):
        return array.data_ptr()

    def stream(self):
        return self.module.cuda.current_stream().cuda_stream or 1

    def own_stream(self):
        return self.module.cuda.stream(self.module.cuda.Stream())

    def finish(self, _):
        self.module.cuda.current_stream().synchronize()

    def used(self):
        return self.module.cuda.memory_allocated()

    def kind(self):
        return self.module.Tensor


class Jax(Library):
    package = "jax"
    # Its arrays do not change, and it does not say which streams it has.
    has_streams = False
    can_write = False

    def start(self):
        super().start()
        self.device = self.module.devices("gpu")[0]
        self.numpy = importlib.import_module("jax.numpy")
        self.dlpack = importlib.import_module("jax.dlpack")

    def take(self, producer):
        return self.dlpack.from_dlpack(producer)

    def numbers(self, count):
        return self.numpy.arange(count, dtype="float32").block_until_ready()

    def values(self, array):
        return np.asarray(array)

    def add(self, array, number):
        (array + number).block_until_ready()

    def pointer(self, array):
        return array.unsafe_buffer_pointer()

    def finish(self, array):
        array.block_until_ready()

    def used(self):
        return self.device.memory_stats()["bytes_in_use"]


ALL = {"Driver": DriverLibrary, "CuPy": Cupy, "PyTorch": Torch, "JAX": Jax}


def compared():
    """Whose times are compared."""
    return DriverLibrary() if os.environ["GPU_CHECK_SIMULATED"] else Cupy()
