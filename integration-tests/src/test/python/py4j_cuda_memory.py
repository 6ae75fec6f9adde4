"""When memory of a GPU goes back to the JVM, what is copied, and what is put: see cuda_host.py."""

import dlpack4j
from cuda_host import (
    TESTS,
    connect,
    gone,
    gpu,
    host,
    jvm,
    kinds,
    nothing_is_leased,
    nothing_is_mapped,
    run,
    test,
)
from cuda_peer import COUNT, NUMBERS, Foreign, Taken, raised
from joined import descriptors, until

# Py4J opens another now and then, also when finalisers run, and keeps it.
CONNECTIONS = 2


@test
def memory_goes_back_when_the_gpu_has_done_what_was_queued():
    for name, by_descriptor in kinds():
        target = gpu.allocate(NUMBERS.nbytes)
        with connect() as session:
            host.publish(name, by_descriptor, COUNT)
            taken = Taken(session[name])
            gpu.copy(taken.address, target, NUMBERS.nbytes)
            del taken
            # Nothing here waits for the copy: its memory must wait for it.
            assert gone(name)
            assert host.isAllReleased()
            until(nothing_is_mapped)
        assert (gpu.read(target, COUNT) == NUMBERS).all(), name


@test
def a_lease_ends_when_its_own_work_is_done():
    host.publishHalves("left", "right", COUNT)
    target = gpu.allocate(NUMBERS.nbytes)
    with connect() as session:
        left = session["left"]
        taken = Taken(session["right"])
        gpu.copy(taken.address, target, NUMBERS.nbytes)
        del taken
        assert gone("right")
        # Now it is its owner's again, though the memory is mapped here for the other half.
        host.overwriteHalf()
        assert (gpu.read(target, COUNT) == NUMBERS + COUNT).all()
    del left
    assert gone("left")


@test
def many_come_and_go_and_nothing_is_left():
    with connect() as session:
        before = None
        for _ in range(3):
            for name, by_descriptor in kinds() * 20:
                host.publish(name, by_descriptor, COUNT)
                tensor = session[name]
                assert gpu.read(Taken(tensor).address, COUNT)[-1] == COUNT - 1
                del tensor
            assert gone("descriptor") and gone("handle")
            until(nothing_is_mapped)
            until(lambda: session.statistics().segments == 0)
            # The simulated driver closes what stands for an event a moment later.
            until(lambda: before is None or descriptors() <= before + CONNECTIONS)
            before = before or descriptors()
    until(nothing_is_leased)


@test
def views_outlive_the_session_and_the_name():
    host.publish("x", True, COUNT)
    session = connect()
    tensor = session["x"]
    session.close()
    assert not jvm.service.unpublish("x", jvm.seconds(0))
    assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
    del tensor
    assert gone("x")
    until(nothing_is_mapped)


@test
def memory_of_others_is_copied_once_and_says_so():
    before = host.copiedBytes()
    host.publishForeign("x", COUNT, True)
    assert host.copiedBytes() - before == NUMBERS.nbytes
    with connect() as session:
        assert session["x"].copied
        assert (gpu.read(Taken(session["x"]).address, COUNT) == NUMBERS).all()
        raised(dlpack4j.CopyRefusedError, lambda: session.get("x", copy=False))
    raised(Exception, lambda: host.publishForeign("y", COUNT, False), "allocateShared")
    assert gone("x")


@test
def arrays_born_shared_are_put_without_a_copy():
    before = host.copiedBytes()
    with connect() as session, connect() as other:
        born = session.empty((COUNT // 10, 10), "int32", device="cuda:0")
        assert not born.readonly and born.__dlpack_device__() == (2, 0)
        values = gpu.write(NUMBERS)
        # Not yet done when it is put: put waits.
        gpu.copy(values, Taken(born).address, NUMBERS.nbytes)
        session.put("born", born, copy=False)
        assert bytes(host.read("born")) == NUMBERS.tobytes()
        tensor = other["born"]
        assert not tensor.copied and tensor.shape == (COUNT // 10, 10)
        assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
        # As another library's array over the same memory.
        session.put("part", Foreign(born.address + 40, (10,)), copy=False)
        assert bytes(host.read("part")) == NUMBERS[10:20].tobytes()
        assert session.statistics().copies == 0
        session.remove("born")
        session.remove("part")
    del born, tensor
    assert host.copiedBytes() == before
    until(nothing_is_leased)
    until(nothing_is_mapped)


@test
def arrays_of_others_are_put_by_one_copy():
    foreign = Foreign(gpu.write(NUMBERS), (COUNT,))
    with connect() as session:
        raised(dlpack4j.CopyRefusedError, lambda: session.put("x", foreign, copy=False), "empty")
        session.put("x", foreign)
        assert session.statistics().copied_bytes == NUMBERS.nbytes
        assert bytes(host.read("x")) == NUMBERS.tobytes()
        assert session["x"].copied
        raised(BufferError, lambda: session.put("t", {"a": foreign}), "by itself")
        assert set(foreign.streams) == {None}  # the legacy default, as DLPack says
        session.remove("x")
    until(nothing_is_mapped)


if __name__ == "__main__":
    run(TESTS)
