"""From whatever a user has of a JVM to a ticket."""

from __future__ import annotations

from typing import Any

from .errors import NotReachableError

__all__ = ["ticket_of"]

_SERVICE = "org.dlpack4j.py4j.TensorService"


def ticket_of(target: Any) -> str:
    """A ticket of a Py4J gateway, its JVM view, a Spark session, or a service; or of itself."""
    if isinstance(target, str):
        return target
    _refuse_spark_connect(target)
    # A service is asked by its own name: everything else of Py4J answers to any attribute.
    if type(target).__name__ == "JavaObject" or _has(target, "open"):
        return str(target.open())
    return str(_service(_jvm_of(target)).open())


def _has(target: Any, method: str) -> bool:
    return callable(getattr(type(target), method, None))


def _refuse_spark_connect(target: Any) -> None:
    for kind in type(target).__mro__:
        if kind.__module__.startswith("pyspark.sql.connect"):
            raise NotReachableError(
                "connect: expected a Spark session of this machine's driver but found one of Spark "
                "Connect, whose JVM is elsewhere; use a classic session "
                "(SparkSession.builder.master(...)), or toPandas() and toArrow()"
            )


def _jvm_of(target: Any) -> Any:
    if type(target).__name__ == "JVMView":
        return target
    # A gateway takes every other name for a member of its entry point, so that of Spark's, too.
    is_gateway = any(kind.__name__ == "JavaGateway" for kind in type(target).__mro__)
    for attribute in ("jvm",) if is_gateway else ("_jvm", "jvm"):
        jvm = getattr(target, attribute, None)
        if jvm is not None:
            return jvm
    raise TypeError(
        "connect: expected a Py4J JavaGateway, its jvm, a SparkSession or a ticket but found "
        f"{type(target).__module__}.{type(target).__qualname__}"
    )


def _service(jvm: Any) -> Any:
    service = jvm
    try:
        for name in _SERVICE.split("."):
            service = getattr(service, name)
        # Py4J takes names that it cannot find for packages.
        if type(service).__name__ != "JavaPackage":
            return service.shared()
    except Exception as wrong:
        # What it says of a class that is there but cannot be loaded; errors of Java's say more.
        if type(wrong).__name__ != "Py4JError":
            raise
        raise NotReachableError(
            f"connect: expected {_SERVICE} in the JVM but it cannot be loaded there ({wrong}); run "
            "the JVM on Java 25 or later, with the jars of py4j-adapter and dlpack-core"
        ) from wrong
    raise NotReachableError(
        f"connect: expected {_SERVICE} in the JVM but found no such class; add the jars of "
        "dlpack4j (py4j-adapter, dlpack-core) to its class path, for Spark by --jars"
    )
