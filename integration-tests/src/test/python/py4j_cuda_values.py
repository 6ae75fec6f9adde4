"""Columns of a GPU that a JVM publishes, as this process takes them: see cuda_host.py."""

import unittest

import dlpack4j
import numpy as np
from cuda_host import TESTS, connect, gone, gpu, host, kinds, run, test
from cuda_peer import COUNT, LEGACY, NUMBERS, Taken, raised


@test
def values_are_those_that_the_producer_s_stream_writes_later():
    before = host.copiedBytes()
    with connect() as session:
        for name, by_descriptor in kinds():
            for stream in None, 1, 2, gpu.stream():
                host.publish(name, by_descriptor, COUNT)
                tensor = session[name]
                assert tensor.__dlpack_device__() == (2, 0) and tensor.device == "cuda:0"
                assert tensor.readonly and not tensor.copied
                taken = Taken(tensor, stream=stream)
                assert taken.device == (2, 0) and taken.is_read_only
                assert taken.address == tensor.address
                read = gpu.read(taken.address, COUNT, stream or LEGACY)
                assert (read == NUMBERS).all(), (name, stream)
                del taken, tensor
        assert session.statistics().copies == 0
    assert host.copiedBytes() == before
    assert gone("descriptor") and gone("handle")


@test
def without_a_stream_that_waits_they_are_not_there_yet():
    if not gpu.is_simulated:
        raise unittest.SkipTest("a GPU may be quick enough")
    with connect() as session:
        host.publish("x", True, COUNT)
        taken = Taken(session["x"], stream=-1)
        assert not (gpu.read(taken.address, COUNT, gpu.stream()) == NUMBERS).all()
    del taken
    assert gone("x")


@test
def other_streams_devices_and_copies_are_refused():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        for stream in 0, -2, True, "1":
            raised(BufferError, lambda s=stream: tensor.__dlpack__(stream=s), "stream")
        raised(BufferError, lambda: tensor.__dlpack__(copy=True), "copy")
        raised(BufferError, lambda: tensor.__dlpack__(dl_device=(1, 0)), "dl_device")
        # A library from before 1.0 cannot be told that it must not write.
        raised(BufferError, lambda: tensor.__dlpack__(), "writable=True")
    del tensor
    assert gone("x")


@test
def nothing_here_looks_into_it():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        for work in (
            tensor.numpy,
            tensor.copy,
            lambda: np.asarray(tensor),
            lambda: np.array(tensor),
            lambda: tensor.carrier,
            lambda: session.get("x", copy=True),
        ):
            raised(dlpack4j.UnsupportedError, work, "from_dlpack")
        assert not hasattr(tensor, "__array_interface__")
        assert "cuda" not in repr(tensor) and tensor.shape == (COUNT,)
        raised(Exception, lambda: np.from_dlpack(tensor))
    del tensor
    assert gone("x")


@test
def older_libraries_take_it_by_their_own_interface():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        said = tensor.__cuda_array_interface__
        assert said["shape"] == (COUNT,) and said["typestr"] == "<i4" and said["version"] == 3
        assert said["data"] == (tensor.address, True)
        assert (gpu.read(tensor.address, COUNT, said["stream"]) == NUMBERS).all()
    del tensor
    assert gone("x")


@test
def strides_and_nothing_are_kept():
    host.publishStrided("x", COUNT)
    host.publishEmpty("none")
    with connect() as session:
        taken = Taken(session["x"])
        assert taken.strides == (-2,) and taken.shape == (COUNT // 4,)
        assert gpu.read(taken.address, 1)[0] == COUNT - 1
        assert gpu.read(taken.address - 8, 1)[0] == COUNT - 3
        nothing = Taken(session["none"])
        assert nothing.device == (2, 0) and nothing.shape == (0, 3)
    del taken, nothing
    assert gone("x") and gone("none")


@test
def columns_of_a_gpu_are_groups_of_tensors():
    host.publishTable("table", COUNT)
    with connect() as session:
        table = session["table"]
        assert (gpu.read(Taken(table["plain"]).address, COUNT) == NUMBERS).all()
        assert table["plain"].__dlpack_device__() == (2, 0)
        assert table["numbers"].validity.__dlpack_device__() == (2, 0)
        for work in table["numbers"].arrow, table["plain"].numpy, table["numbers"].mask:
            raised(dlpack4j.UnsupportedError, work, "from_dlpack")
    del table, work
    assert gone("table")


@test
def what_may_be_written_is_what_was_published_so():
    host.publish("x", True, COUNT)
    host.publishReadOnly("y", COUNT)
    with connect() as session:
        tensor = session.get("x", writable=True)
        assert not Taken(tensor).is_read_only
        tensor.__dlpack__()  # older libraries take it
        twice = gpu.write(NUMBERS * 2)
        gpu.copy(twice, tensor.address, NUMBERS.nbytes)
        gpu.read(tensor.address, COUNT)
        assert bytes(host.read("x")) == (NUMBERS * 2).tobytes()
        raised(dlpack4j.WriteRefusedError, lambda: session.get("y", writable=True))
    del tensor
    assert gone("x") and gone("y")


if __name__ == "__main__":
    run(TESTS)
