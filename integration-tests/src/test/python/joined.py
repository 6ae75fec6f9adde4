"""A JVM that this process has started, or that has started it, joined by Py4J."""

import functools
import gc
import io
import os
import signal
import sys
import time

from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

PATIENCE = 20

OPTIONS = [
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    # For Arrow Java to read and write streams.
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "-Dslf4j.internal.verbosity=ERROR",
    "-Xmx256m",
    "-XX:-CreateCoredumpOnCrash",
    "-XX:+ErrorFileToStderr",
]


def until(condition, seconds=PATIENCE):
    """Waits for something, collecting garbage meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"expected {condition} within {seconds} s"
        gc.collect()
        time.sleep(0.001)


def no_more(found, before):
    """Descriptors and mappings, as far as they were counted before."""
    return all(now <= then for now, then in zip(found, before, strict=False))


def stream(batch):
    """A record batch, as Java reads it."""
    import pyarrow as pa  # not there where only tensors are exchanged

    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def mappings():
    with open("/proc/self/maps") as maps:
        return sum("memfd:dlpack4j" in line for line in maps)


def threads():
    return len(os.listdir("/proc/self/task"))


def forked(work):
    """A fork that does something and ends, with 0 if that went well; its number."""
    # Collected there, Py4J's objects would say so to the JVM on this process's connection.
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as wrong:
            print("fork:", repr(wrong), file=sys.stderr, flush=True)
        os._exit(code)
    gc.unfreeze()
    return pid


class Jvm:
    """Its service, and a host of record batches that publishes there."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.java = gateway.jvm
        self.service = self.java.org.dlpack4j.py4j.TensorService.shared()
        self.pid = int(self.java.java.lang.ProcessHandle.current().pid())

    @functools.cached_property
    def host(self):
        return self.java.org.dlpack4j.it.child.ArrowHost()

    @classmethod
    def attached(cls, port, token):
        parameters = GatewayParameters(port=int(port), auth_token=token)
        return cls(JavaGateway(gateway_parameters=parameters))

    @classmethod
    def launched(cls, java, class_path, *options):
        port, token, process = launch_gateway(
            classpath=class_path,
            java_path=java,
            javaopts=[*OPTIONS, *options],
            die_on_exit=True,
            enable_auth=True,
            return_proc=True,
        )
        made = cls.attached(port, token)
        made.process = process
        return made

    def seconds(self, count):
        return self.java.java.time.Duration.ofMillis(int(count * 1000))

    def end(self):
        """Ends a JVM that was launched, as if by its own will."""
        self.gateway.shutdown()
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def bury(self):
        """Waits for a JVM that was killed."""
        self.gateway.close()
        assert self.process.wait(PATIENCE) == -signal.SIGKILL
        self.process.stdin.close()
