"""A Python process and a JVM, joined by Py4J: what Java publishes is here in place, and what is put
here is there.

    python py4j_sessions.py attach PORT TOKEN
    python py4j_sessions.py launch JAVA CLASS_PATH

attaches to the JVM that has started this process, or starts one. Prints a line for every test that
passed.
"""

import os
import re
import subprocess
import sys

import dlpack4j
import numpy as np
import pyarrow as pa
from joined import PATIENCE, Jvm, descriptors, no_more, stream, until
from samples import arrays, integer, values

HOW, *ARGUMENTS = sys.argv[1:]
TESTS = []


jvm = Jvm.attached(*ARGUMENTS) if HOW == "attach" else Jvm.launched(*ARGUMENTS)
service, host = jvm.service, jvm.host


def test(function):
    TESTS.append(function)
    return function


def nothing_is_leased():
    return service.leases().size() == 0


def batches(written):
    return pa.ipc.open_stream(bytes(written)).read_all().combine_chunks().to_batches()


def columns():
    """One of every form of column."""
    yield from arrays()
    yield (
        "sorted map",
        pa.array(
            values(lambda r: [(str(i), integer(r)) for i in range(r.randrange(4))]),
            pa.map_(pa.string(), pa.int32(), keys_sorted=True),
        ),
    )


def plain(kind):
    """A type without names of elements, of which Arrow Java has others, and without "not null", as
    a column is nullable if there are nulls in it."""
    return re.sub(r"(item|\$data\$): ", "", str(kind).replace(" not null", ""))


def same(found, expected):
    """Whether types and values are the same."""
    found, expected = found.column(0), expected.column(0)
    if found.type == expected.type:
        return found.equals(expected)
    return plain(found.type) == plain(expected.type) and found.to_pylist() == expected.to_pylist()


def published(name, array):
    batch = pa.RecordBatch.from_arrays([array], [name])
    host.publish(name, stream(batch))
    return batch


@test
def every_form_of_column_comes_as_it_is_and_goes_back(session):
    for name, array in columns():
        copies = service.statistics().copies()
        batch = published(name, array)
        found = pa.table(session[name]).combine_chunks().to_batches()[0]
        found.validate(full=True)
        assert same(found, batch), (name, found.schema)
        assert service.statistics().copies() == copies
        session.put("back", found)
        again = batches(host.fetch("back", stream(batch)))[0]
        again.validate(full=True)
        assert again.schema.equals(batch.schema) and again.equals(batch), (name, again.schema)
        assert service.unpublish(name, jvm.seconds(0)) is False
        del found
        assert service.unpublish(name, jvm.seconds(PATIENCE)) is True, name
    session.remove("back")
    assert session.statistics().copies > 0
    assert host.heldBytes() == 0


def published_numbers(name, values):
    published(name, pa.array(values))
    return service.statistics()


def lease_of(name, pid=None):
    found = [lease for lease in service.leases() if lease.name().orElse("") == name]
    return [lease for lease in found if pid is None or lease.pid() == pid]


@test
def numbers_are_numpy_arrays_in_place(session):
    values = np.random.default_rng(1).standard_normal(1_000_000)
    copies = service.statistics().copiedBytes()
    published_numbers("prices", values)
    table = session["prices"]
    column = table["prices"]
    assert not column.copied and column.data.readonly
    assert np.array_equal(column.numpy(), values)
    assert column.arrow(copy=False).buffers()[1].address == column.data.address
    assert session["prices"] is table
    (lease,) = lease_of("prices")
    assert (lease.pid(), lease.bytes()) == (os.getpid(), values.nbytes)
    assert lease.age().toNanos() > 0
    statistics = session.statistics()
    assert (statistics.copied_bytes, statistics.fetches, statistics.segments) == (0, 1, 1)
    assert service.statistics().copiedBytes() == copies
    del table, column
    until(nothing_is_leased)
    assert service.unpublish("prices", jvm.seconds(PATIENCE))
    assert host.heldBytes() == 0


@test
def an_array_born_shared_is_seen_by_both(session):
    array = session.empty((100, 3), "float32")
    array[:] = np.arange(300).reshape(100, 3)
    copies = service.statistics().copies()
    session.put("born", array, copy=False)
    tensor = service.fetchTensor("born")
    assert str(tensor.view().dataType()) == "float32"
    assert list(tensor.view().layout().shape()) == [100, 3]
    assert np.array_equal(np.asarray(session["born"]), array)
    array[7, 2] = -1
    view = session["born"].numpy()
    assert view[7, 2] == -1 and not view.flags.writeable
    tensor.close()
    table = session.empty_table(1000, {"id": "int64", "score": "float64"})
    table["id"][:] = np.arange(1000)
    table["score"][:] = 0.5
    session.put("table", table, copy=False)
    batch = pa.record_batch({"id": np.arange(1000), "score": np.full(1000, 0.5)})
    assert batches(host.fetch("table", stream(batch)))[0].equals(batch)
    # Offsets alone are copied, and here are none.
    assert service.statistics().copies() == copies
    assert session.statistics().copies == 0
    for name in ["born", "table"]:
        session.remove(name)
    del array, view, table


@test
def a_name_that_is_published_again_leaves_old_views_as_they_are(session):
    published_numbers("x", np.full(1000, 1.0))
    first = session["x"]
    published_numbers("x", np.full(1000, 2.0))
    second = session["x"]
    assert second.generation > first.generation
    assert (first["x"].numpy() == 1).all() and (second["x"].numpy() == 2).all()
    assert {lease.generation() for lease in lease_of("x")} == {first.generation, second.generation}
    # All that had the name is waited for.
    assert not service.unpublish("x", jvm.seconds(0.05))
    del first
    assert not service.unpublish("x", jvm.seconds(0.05))
    assert "x" not in session
    assert (second["x"].numpy() == 2).all()
    try:
        session["x"]
        raise AssertionError("expected nothing under the name")
    except dlpack4j.NameNotFoundError:
        pass
    del second
    assert service.unpublish("x", jvm.seconds(PATIENCE))
    assert host.heldBytes() == 0


OTHER = """
import sys, dlpack4j
with dlpack4j.connect(sys.argv[1]) as session:
    column = session["x"]["x"].numpy()
    session.put("theirs", column * 2)
    print(column.sum(), flush=True)
    sys.stdin.readline()
    print(column.sum(), flush=True)
"""


class Other:
    """A second Python at the same JVM."""

    def __init__(self):
        command = [sys.executable, "-c", OTHER, service.open()]
        self.process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True)
        self.pid = self.process.pid
        self.sum = float(self.process.stdout.readline())


@test
def of_two_pythons_one_leaves_and_the_other_goes_on(session):
    published_numbers("x", np.arange(1000.0))
    mine = session["x"]
    for leaves in ["well", "killed"]:
        other = Other()
        assert other.sum == 499500
        assert len(lease_of("x", other.pid)) == len(lease_of("x", os.getpid())) == 1
        try:
            session.put("theirs", np.zeros(1))
            raise AssertionError("expected the name to be the other's")
        except dlpack4j.DlpackError as wrong:
            assert "take another" in str(wrong)
        if leaves == "killed":
            other.process.kill()
            other.process.communicate()
        else:
            assert other.process.communicate("go\n")[0] == "499500.0\n"
        until(lambda pid=other.pid: not lease_of("x", pid))
        assert len(lease_of("x", os.getpid())) == 1
        assert mine["x"].numpy().sum() == 499500
        # What it has published stays, and is anybody's to replace.
        assert session["theirs"].numpy().sum() == 999000
        session.put("theirs", np.zeros(1))
        session.remove("theirs")
    del mine
    assert service.unpublish("x", jvm.seconds(PATIENCE))


@test
def a_session_that_ends_leaves_its_views(session):
    published_numbers("x", np.arange(1000.0))
    with dlpack4j.connect(jvm.gateway) as second:
        view = second["x"]["x"].numpy()
    assert lease_of("x")
    assert view.sum() == 499500
    del view
    until(nothing_is_leased)
    until(lambda: service.statistics().sessions() == 1)
    assert service.unpublish("x", jvm.seconds(PATIENCE))


def open_here_and_there():
    """Descriptors here, descriptors and mappings there; threads of pools come and go."""
    return descriptors(), *list(host.resources())[:2]


@test
def nothing_is_left_after_many_sessions(session):
    def work():
        published_numbers("x", np.arange(100_000.0))
        with dlpack4j.connect(jvm.gateway) as other:
            other["x"]["x"].numpy().sum()
            other.put("y", np.arange(100_000.0))
            session["y"].numpy().sum()
            other.remove("y")
        until(nothing_is_leased)
        assert service.unpublish("x", jvm.seconds(PATIENCE)) and service.unpublish(
            "y", jvm.seconds(PATIENCE)
        )
        until(lambda: service.statistics().sessions() == 1)

    def work_again(times):
        for _ in range(times):
            work()

    work_again(30)
    before = open_here_and_there()
    work_again(60)
    # The JVM unmaps what a peer had after that has left.
    until(lambda: no_more(open_here_and_there(), before))


def main():
    for function in TESTS:
        with dlpack4j.connect(jvm.gateway) as session:
            function(session)
        until(nothing_is_leased)
        print(function.__name__, flush=True)
    host.close()
    jvm.gateway.close()
    if HOW == "launch":
        jvm.end()


main()
