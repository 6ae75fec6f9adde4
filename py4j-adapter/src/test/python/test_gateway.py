"""From gateways, Spark sessions and tickets to a connection, or a clear refusal."""

from __future__ import annotations

import os
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JavaObject, JavaPackage, JVMView
from py4j.protocol import Py4JError, Py4JNetworkError
from server import Server

import dlpack4j
from dlpack4j import gateway, ticket


def fake(name: str, module: str = "fake", **members: Any) -> Any:
    return type(name, (), {"__module__": module, **members})()


class Service:
    """``TensorService`` as Py4J shows it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def shared(self) -> Service:
        return self

    def open(self) -> str:
        return self._server.ticket()


def jvm_of(server: Server) -> Any:
    py4j = fake("JavaPackage", TensorService=Service(server))
    org = fake("JavaPackage", dlpack4j=fake("JavaPackage", py4j=py4j))
    return fake("JVMView", org=org)


def test_everything_that_has_a_jvm_is_taken(server: Server) -> None:
    jvm = jvm_of(server)
    targets = [
        jvm,
        fake("JavaGateway", jvm=jvm),
        fake("SparkSession", "pyspark.sql.session", _jvm=jvm),
        fake("SparkContext", "pyspark.core.context", _jvm=jvm),
        Service(server),
        server.ticket(),
    ]
    for target in targets:
        with dlpack4j.connect(target) as session:
            assert session.names() == []
            assert session.pid == os.getpid()


def test_spark_connect_is_refused() -> None:
    with pytest.raises(dlpack4j.NotReachableError, match="whose JVM is elsewhere"):
        dlpack4j.connect(fake("SparkSession", "pyspark.sql.connect.session"))


def test_a_jvm_without_the_library_is_told_of_the_jars() -> None:
    class Empty:
        """What Py4J takes every name for that it does not find."""

        def __getattr__(self, name: str) -> Any:
            return fake("JavaPackage", __getattr__=lambda _, __: Empty().__getattr__(""))

    with pytest.raises(dlpack4j.NotReachableError, match="add the jars of dlpack4j"):
        gateway.ticket_of(fake("JVMView", org=Empty().org))


@pytest.mark.parametrize("target", [None, 7, object(), [], {}])
def test_anything_else_is_refused(target: Any) -> None:
    with pytest.raises(TypeError, match="expected a Py4J JavaGateway"):
        dlpack4j.connect(target)


TOKEN = "00" * 16


def test_a_jvm_that_cannot_load_the_library_is_told_of_its_java() -> None:
    class Unloadable:
        def __getattr__(self, name: str) -> Any:
            raise Py4JError("org.dlpack4j.py4j.TensorService does not exist in the JVM")

    with pytest.raises(dlpack4j.NotReachableError, match="run the JVM on Java 25 or later, with"):
        dlpack4j.connect(fake("JVMView", org=Unloadable()))


def test_what_java_says_is_not_replaced() -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise Py4JNetworkError("the JVM ended")

    with pytest.raises(Py4JNetworkError, match="the JVM ended"):
        dlpack4j.connect(fake("JVMView", org=Broken()))


@pytest.mark.parametrize(
    "text",
    ["", "x", "dlpack4j", "dlpack4j:1:", "dlpack4j:1:a:b", f"dlpack4j:1::{TOKEN}:1:h",
     "dlpack4j:1:a:zz:1:h", "dlpack4j:1:a:00:1:h", f"dlpack4j:1:a:{TOKEN}:x:h"],
)  # fmt: skip
def test_texts_that_are_no_tickets_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"TensorService.open\(\)"):
        dlpack4j.connect(text)


def test_a_ticket_of_another_version_is_refused() -> None:
    with pytest.raises(dlpack4j.NotReachableError, match="expected version 1 but found 2"):
        dlpack4j.connect(f"dlpack4j:2:a:{TOKEN}:1:h")


def test_a_ticket_of_another_machine_is_refused() -> None:
    boot = "00000000-1111-2222-3333-444444444444"
    with pytest.raises(dlpack4j.NotReachableError, match="it runs on another"):
        dlpack4j.connect(f"dlpack4j:1:a:{TOKEN}:1:{boot}/1/1")


def test_a_ticket_of_another_network_namespace_is_refused_unless_it_is_a_path(
    tmp_path: Any,
) -> None:
    boot, pid, net = ticket.home().split("/")
    home = f"{boot}/{pid}/{net}0"
    with pytest.raises(dlpack4j.NotReachableError, match="such as that of a container"):
        dlpack4j.connect(f"dlpack4j:1:a:{TOKEN}:1:{home}")
    with pytest.raises(dlpack4j.NotReachableError, match="expected the socket of JVM 1 at /"):
        dlpack4j.connect(f"dlpack4j:1:{tmp_path}/a:b:{TOKEN}:1:{home}")


def test_a_path_may_have_colons() -> None:
    parsed = ticket.parse(f"dlpack4j:1:/run/a:b:{TOKEN}:7:h")
    assert (parsed.address, parsed.pid, parsed.home) == ("/run/a:b", 7, "h")


def test_a_jvm_of_another_user_never_sees_the_token(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(dlpack4j.NotReachableError, match="of user 4711 but found one of user"):
        dlpack4j.connect(server.ticket())
    assert server.requests == []


def test_a_service_that_is_gone_is_an_error() -> None:
    gone = f"dlpack4j:1:dlpack4j-nobody:{TOKEN}:1:{ticket.home()}"
    with pytest.raises(dlpack4j.NotReachableError, match="ask for a new ticket"):
        dlpack4j.connect(gone)


def test_a_timeout_of_nothing_is_refused(server: Server) -> None:
    with pytest.raises(ValueError, match="more than 0 seconds"):
        dlpack4j.connect(server.ticket(), timeout=0)


def test_a_gateway_of_py4j_has_its_own_jvm() -> None:
    # Nothing is asked of its JVM, which is not there.
    gateways = JavaGateway()
    assert gateway._jvm_of(gateways) is gateways.jvm


def test_py4j_names_its_classes_as_we_expect() -> None:
    assert (JVMView.__name__, JavaPackage.__name__) == ("JVMView", "JavaPackage")
    assert Py4JError.__name__ == "Py4JError"
    assert JavaObject.__name__ == "JavaObject"
