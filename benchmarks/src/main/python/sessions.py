"""What a Python process waits for that gets columns of a JVM, by dlpack4j and in other ways.

python sessions.py JAVA_HOME CLASS_PATH BENCH_LIBRARY
"""

import socket
import sys
import time
from pathlib import Path

import dlpack4j
import numpy as np
import pyarrow as pa
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway
from timing import serve

JAVA_HOME, CLASS_PATH, LIBRARY = sys.argv[1:]
KIBIBYTE, MEBIBYTE, GIBIBYTE = 1 << 10, 1 << 20, 1 << 30
BYTES = 16 * MEBIBYTE

port, token = launch_gateway(
    classpath=CLASS_PATH,
    java_path=str(Path(JAVA_HOME, "bin", "java")),
    javaopts=[
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "-Dorg.dlpack4j.bench.library=" + LIBRARY,
    ],
    die_on_exit=True,
    enable_auth=True,
    redirect_stderr=sys.stderr,
)
gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token))
host = gateway.jvm.org.dlpack4j.bench.Py4jHost()
session = dlpack4j.connect(gateway)
now = time.perf_counter_ns


class Once:
    """Something that is made when it is first asked for."""

    def __init__(self):
        self.made = {}

    def __call__(self, make, *arguments):
        key = make.__name__, arguments
        if key not in self.made:
            self.made[key] = make(*arguments)
        return self.made[key]


once = Once()


def published(name, nbytes):
    host.publish(name, nbytes)
    return name


def handover(name):
    """The first fetch: the segment comes, is mapped, and is an array."""
    begin = now()
    array = session[name].numpy()
    took = now() - begin
    assert array[1] == 1
    del array
    session.names()  # the segment is dropped when this has its answer
    return took


def echo_socket():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect("\0" + host.serveEcho())
    return sock


def echo():
    sock = once(echo_socket)
    begin = now()
    sock.send(b"as long as a request for a column")
    sock.recv(KIBIBYTE)
    return now() - begin


def neighbours():
    """Two columns of one segment, of which one stays."""
    names = [published(name, KIBIBYTE) for name in ("fetched", "kept")]
    return session[names[1]]


def fetch():
    """From a segment that is mapped."""
    once(neighbours)
    begin = now()
    view = session["fetched"]
    took = now() - begin
    del view
    session.names()  # it is given back when this has its answer
    return took


def live():
    published("live", KIBIBYTE)
    return session["live"]


def cached():
    once(live)
    begin = now()
    session["live"]
    return now() - begin


def total(name):
    begin = now()
    found = session[name].numpy().sum()
    took = now() - begin
    assert found > 0
    return took


def arrow_path(batches):
    return host.serveArrow(batches)


def arrow_sum():
    batches = GIBIBYTE // (8 * MEBIBYTE)
    path = once(arrow_path, batches)
    begin = now()
    found = 0.0
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(path)
        with sock.makefile("rb", buffering=MEBIBYTE) as file, pa.ipc.open_stream(file) as stream:
            for batch in stream:
                found += batch.column(0).to_numpy().sum()
    took = now() - begin
    assert found > 0
    return took


def prepared(nbytes):
    host.prepareBytes(nbytes)


def py4j_bytes():
    once(prepared, BYTES)
    begin = now()
    found = np.frombuffer(host.bytes()).sum()
    took = now() - begin
    assert found > 0
    return took


serve(
    {
        "handover-gibibyte": lambda: handover(once(published, "gibibyte", GIBIBYTE)),
        "handover-kibibyte": lambda: handover(once(published, "kibibyte", KIBIBYTE)),
        "echo": echo,
        "fetch": fetch,
        "cached": cached,
        "sum": lambda: total(once(published, "gibibyte", GIBIBYTE)),
        "arrow-ipc-sum": arrow_sum,
        "bytes": lambda: total(once(published, "bytes", BYTES)),
        "py4j-bytes": py4j_bytes,
    }
)
