"""Processes that come, fork and end beside a JVM whose GPU they use: see cuda_host.py."""

import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

import cuda_peer
import dlpack4j
from cuda_host import TESTS, connect, gone, gpu, host, jvm, kinds, nothing_is_mapped, run, test
from cuda_peer import COUNT, NUMBERS, Taken, raised
from joined import PATIENCE, forked, until


ROLES = Path(cuda_peer.__file__).with_name("cuda_roles.py")


def start(role, name, **environment):
    command = [sys.executable, "-B", str(ROLES), role, jvm.service.open(), name]
    return subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE)


def child(role, name="x", **environment):
    process = start(role, name, **environment)
    process.stdout.close()
    assert process.wait(PATIENCE) == 0, role


@test
def what_was_put_outlives_its_process():
    child("put", name="child's")
    assert bytes(host.read("child's")) == NUMBERS.tobytes()
    assert gone("child's")


@test
def devices_are_told_apart_by_their_names():
    if not gpu.is_simulated:
        raise unittest.SkipTest("expected the simulated driver's two devices")
    host.publish("x", True, COUNT)
    child("fetch", CUDA_VISIBLE_DEVICES="1,0")
    child("unseen", CUDA_VISIBLE_DEVICES="1")
    child("without", LD_LIBRARY_PATH="")
    assert gone("x")


@test
def a_killed_process_keeps_nothing():
    for name, by_descriptor in kinds():
        host.publish(name, by_descriptor, COUNT)
        process = start("hold", name)
        assert process.stdout.readline() == b"holding\n"
        assert not jvm.service.unpublish(name, jvm.seconds(0))
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
        process.stdout.close()
        assert gone(name)
        assert host.isAllReleased()


@test
def a_fork_is_refused():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]

        def refused():
            raised(dlpack4j.UnsupportedError, lambda: Taken(tensor), "fork")

        assert os.waitpid(forked(refused), 0)[1] == 0
        assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
    del tensor, refused
    assert gone("x")


@test
def views_outlive_the_jvm():
    host.publish("x", True, COUNT)
    with connect() as session:
        tensor = session["x"]
        assert (gpu.read(Taken(tensor).address, COUNT) == NUMBERS).all()
        jvm.kill()
        jvm.bury()
        assert (gpu.read(Taken(tensor, stream=-1).address, COUNT) == NUMBERS).all()
        raised(dlpack4j.ConnectionLostError, lambda: session["x"])
        del tensor
        until(nothing_is_mapped)


if __name__ == "__main__":
    run(TESTS)
