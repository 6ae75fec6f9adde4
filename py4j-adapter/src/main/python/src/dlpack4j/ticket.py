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
    host: str


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
    # From the right, as a path may have colons; the host is last, and has none.
    parts = rest.rsplit(":", 3)
    try:
        address, token, pid, host = parts
        parsed = Ticket(address, bytes.fromhex(token), int(pid), host)
    except ValueError:
        parsed = None
    if parsed is None or len(parsed.token) != 16 or not parsed.address:
        raise ValueError(
            "ticket: expected an address, a token of 32 hex digits, a pid and a host but found "
            "something else; pass the result of TensorService.open() as it is"
        )
    return parsed


def reach(ticket: Ticket, timeout: float) -> socket.socket:
    """A socket that is connected to the JVM of a ticket."""
    _check_host(ticket)
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


def boot_id() -> str:
    """What tells this run of this machine from all others; empty if the kernel does not say."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _check_host(ticket: Ticket) -> None:
    here = boot_id()
    there = ticket.host.rpartition("/")[2]
    if here and there and _is_uuid(there) and there != here:
        raise NotReachableError(
            f"ticket: expected a JVM on this machine (boot {here}) but it runs on another (boot "
            f"{there}), and memory cannot be shared across machines; run Python beside the JVM, or "
            "send the data by Arrow Flight or as files"
        )


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def _check_user(sock: socket.socket) -> None:
    # The token is worth something: it goes to nobody but this user.
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _, uid, _ = struct.unpack("iii", credentials)
    if uid != os.getuid():
        raise NotReachableError(
            f"ticket: expected a JVM of user {os.getuid()} but found one of user {uid}; "
            "run both as the same user"
        )
