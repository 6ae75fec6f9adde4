"""Many leases on many tensors, from several processes at once; nothing may grow.

    python py4j_soak.py JAVA CLASS_PATH LEASES PROCESSES

LEASES are those of each of the tensors, by all processes together. Prints a line at the end.
"""

import os
import sys
import time

import dlpack4j
import numpy as np
import pyarrow as pa
from joined import Jvm, descriptors, forked, mappings, no_more, stream, until

JAVA, CLASS_PATH = sys.argv[1:3]
LEASES, PROCESSES = int(sys.argv[3]), int(sys.argv[4])
TENSORS = 1000
ROWS = 1000
MOST_GROWTH_KIB = 16 * 1024
# A heap that does not grow, so that resident memory tells of the rest.
HEAP = ["-Xms128m", "-Xmx128m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch"]


def resident_kib(pid="self"):
    """Without what is shared: that is the tensors."""
    with open(f"/proc/{pid}/status") as status:
        return int(next(line for line in status if line.startswith("RssAnon")).split()[1])


def held(jvm=None):
    """Descriptors, mappings and memory, of this process or of the JVM."""
    if jvm is None:
        return descriptors(), mappings(), resident_kib()
    return (*list(jvm.host.resources())[:2], resident_kib(jvm.pid))


def expect_flat(who, before, after):
    assert after[0] <= before[0], (who, "descriptors", before, after)
    assert after[1] <= before[1], (who, "mappings", before, after)
    assert after[2] <= before[2] + MOST_GROWTH_KIB, (who, "KiB", before, after)


def rounds(session, count):
    """Each fetches all tensors, holds them at once, and lets them go."""
    names = [str(i) for i in range(TENSORS)]
    for i in range(count):
        views = [session[name] for name in names]
        chosen = i * 7919 % TENSORS
        assert views[chosen].numpy()[chosen] == 2 * chosen
        del views
    # What did not fit the socket when it was given back goes with the next request.
    session.names()


def work(ticket, count):
    """In a process of its own: so many rounds, and a tenth of that before."""
    session = dlpack4j.connect(ticket)
    rounds(session, max(count // 10, 1))
    before = held()
    rounds(session, count)
    expect_flat("Python", before, held())
    assert session.statistics().copies == 0
    session.close()


def main():
    jvm = Jvm.launched(JAVA, CLASS_PATH, *HEAP)
    service = jvm.service
    batch = pa.record_batch({str(i): np.arange(ROWS) + i for i in range(TENSORS)})
    jvm.host.publishEach(stream(batch))

    def begun(ticket, count):
        return forked(lambda: work(ticket, count))

    def all_work(count):
        workers = [begun(service.open(), count) for _ in range(PROCESSES)]
        assert [os.waitpid(pid, 0)[1] for pid in workers] == [0] * PROCESSES
        until(lambda: service.leases().size() == 0 and service.statistics().sessions() == 0)

    all_work(max(LEASES // 10 // PROCESSES, 1))
    before = held(jvm)
    start = time.monotonic()
    grants = service.statistics().grants()
    all_work(LEASES // PROCESSES)
    seconds = time.monotonic() - start
    leases = service.statistics().grants() - grants
    # The JVM unmaps what a peer had after that has left.
    until(lambda: no_more(held(jvm)[:2], before))
    after = held(jvm)
    expect_flat("Java", before, after)
    assert leases >= TENSORS * LEASES // PROCESSES * PROCESSES
    assert service.statistics().violations() == 0
    assert service.statistics().copies() == 0
    print(
        f"{leases} leases on {TENSORS} tensors in {seconds:.1f} s, {leases / seconds:.0f} a second; "
        f"the JVM has {before[0]} descriptors, then {after[0]}; {before[2]} KiB, then {after[2]}"
    )
    jvm.end()


main()
