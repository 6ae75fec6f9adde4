"""Tickets: where the socket of a JVM is, and the word that opens it once."""

from __future__ import annotations

import os
import socket
import struct
from typing import NamedTuple

from .errors import NotReachableError

__all__ = ["Ticket", "parse", "reach"]


class Ticket(NamedTuple):
    """What ``TensorService.open()`` returns, taken apart."""

    address: str
    token: bytes
    pid: int
    home: str


def parse(ticket: str) -> Ticket:
    """Takes a ticket apart."""
    head, version, rest = [*ticket.split(":", 2), "", ""][:3]
    if head != "dlpack4j" or not rest:
        raise ValueError(
            "ticket: expected dlpack4j:1:… as TensorService.open() returns but found "
            f"{ticket[:20]!r}; pass its result as it is"
        )
    if version != "1":
        raise NotReachableError(
            f"ticket: expected version 1 but found {version}; install the package dlpack4j of the "
            "same release as the JVM library"
        )
    # From the right, as a path may have colons; the machine is last, and has none.
    parts = rest.rsplit(":", 3)
    try:
        address, token, pid, there = parts
        parsed = Ticket(address, bytes.fromhex(token), int(pid), there)
    except ValueError:
        parsed = None
    if parsed is None or len(parsed.token) != 16 or not parsed.address:
        raise ValueError(
            "ticket: expected an address, a token of 32 hex digits, a pid and a machine but found "
            "something else; pass the result of TensorService.open() as it is"
        )
    return parsed


def reach(ticket: Ticket, timeout: float) -> socket.socket:
    """A socket that is connected to the JVM of a ticket."""
    _check_home(ticket)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    path = ticket.address if ticket.address.startswith("/") else "\0" + ticket.address
    try:
        sock.settimeout(timeout)
        sock.connect(path)
        sock.settimeout(None)
        _check_user(sock)
    except OSError as wrong:
        sock.close()
        if isinstance(wrong, NotReachableError):
            raise
        raise NotReachableError(
            f"ticket: expected the socket of JVM {ticket.pid} at {ticket.address} but {wrong}; "
            "start the service again and ask for a new ticket. If the JVM is in another container, "
            "let its service listen on a path that both have mounted"
        ) from wrong
    return sock


def home() -> str:
    """Where sockets mean what they mean here: machine, and both namespaces."""
    return f"{_boot_id()}/{_namespace('pid')}/{_namespace('net')}"


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""  # a system without it: then nobody compares


def _namespace(kind: str) -> str:
    try:
        return "".join(filter(str.isdigit, os.readlink(f"/proc/self/ns/{kind}")))
    except OSError:
        return ""  # likewise


def _check_home(ticket: Ticket) -> None:
    there, here = [*ticket.home.split("/"), "", ""], home().split("/")
    if _differ(there[0], here[0]):
        raise NotReachableError(
            f"ticket: expected a JVM on this machine (boot {here[0]}) but it runs on another (boot "
            f"{there[0]}), and memory cannot be shared across machines; run Python beside the JVM, "
            "or send the data by Arrow Flight or as files"
        )
    if _differ(there[2], here[2]) and not ticket.address.startswith("/"):
        raise NotReachableError(
            f"ticket: expected a JVM in this network namespace ({here[2]}) but it is in another "
            f"({there[2]}), such as that of a container; run both in one, or let the service "
            "listen on a path that both have mounted"
        )


def _differ(there: str, here: str) -> bool:
    return bool(there and here) and there != here


def _check_user(sock: socket.socket) -> None:
    # The token is worth something: it goes to nobody but this user.
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _, uid, _ = struct.unpack("iii", credentials)
    if uid != os.getuid():
        raise NotReachableError(
            f"ticket: expected a JVM of user {os.getuid()} but found one of user {uid}; "
            "run both as the same user"
        )
