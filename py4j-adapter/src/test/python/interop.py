"""Who takes whose tensors, of which types, by which of the two structs: docs/interop-matrix.md.

    PYTHONPATH=../../main/python/src python interop.py          checks the document
    PYTHONPATH=../../main/python/src python interop.py --write  writes what is true here

Rows of libraries that are not installed are left as they are, so that several Pythons can write.
"""

from __future__ import annotations

import ctypes
import re
import sys
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from libraries import TYPES, Library, UnmadeError, dlpack4j_itself, installed
from server import Server

import dlpack4j
from dlpack4j import capsules

DOCUMENT = Path(__file__).parents[4] / "docs" / "interop-matrix.md"
STRUCTS = {
    "asked for": None,
    "versioned": capsules.VERSIONED,
    "legacy": capsules.LEGACY,
}
IN_PLACE, COPIED, REFUSED, NOT_GIVEN, WRONG = "=", "c", "x", ".", "!"

HEAD = """# Who takes whose tensors

Written by `py4j-adapter/src/test/python/interop.py`, from trying it: a tensor of eight elements of
each producer is given to each consumer: in the struct that it asks for, then in the versioned one
and in the legacy one, whatever it asks for. A test compares this page with what the libraries do
that are installed with it.

| | |
| --- | --- |
| `=` | taken, the same values at the same address |
| `c` | taken, the same values in other memory |
| `x` | refused: by the consumer, or in the struct that it asks for by either |
| `.` | not given by the producer |
| `!` | taken, but other values or another type |

`dlpack4j, read-only` is `session[name]`, `dlpack4j, writable` is `session.get(name,
writable=True)`, and `dlpack4j, an address` is `from_address`. As a consumer dlpack4j is what
`session.put` copies from. PyTorch 1 is Debian's, for what older libraries do; the others are those
of `requirements.txt` and `requirements-torch.txt` on Python 3.11.
"""


class Cell(NamedTuple):
    """What became of one tensor, and why, if somebody refused it."""

    mark: str
    reason: str = ""


class Asked:
    """A tensor that is given in one struct, whatever is asked for."""

    def __init__(self, tensor: Any, abi: capsules.Abi) -> None:
        self._tensor = tensor
        self._abi = abi
        self.refusal: str | None = None

    def __dlpack_device__(self) -> tuple[int, int]:
        device: tuple[int, int] = self._tensor.__dlpack_device__()
        return device

    def __dlpack__(self, **_: Any) -> Any:
        how = {"max_version": (1, 3)} if self._abi.is_versioned else {}
        try:
            capsule = self._tensor.__dlpack__(**how)
            if capsules.abi_of(capsule) is not self._abi:
                raise BufferError("gives the other struct")
        except Exception as wrong:
            self.refusal = _first_line(wrong)
            raise
        return capsule


def _first_line(wrong: BaseException) -> str:
    return re.split(r"\n|; |\. ", str(wrong).strip() or type(wrong).__name__)[0].rstrip(".")


def cell(producer: Library, consumer: Library, dtype: str, abi: capsules.Abi | None) -> Cell:
    """Gives one tensor of a producer to a consumer."""
    size = TYPES[dtype].bits // 8
    raw = bytes(range(1, 8 * size + 1)) if dtype != "bool" else b"\0\1\1\0\0\1\0\1"
    assert consumer.take is not None
    try:
        made = producer.make(dtype, raw)
    except (UnmadeError, TypeError, ValueError, BufferError, RuntimeError) as wrong:
        return Cell(NOT_GIVEN, _first_line(wrong))
    asked = None if abi is None else Asked(made.tensor, abi)
    try:
        taken = consumer.take(asked or made.tensor)
    except Exception as wrong:
        if asked is not None and asked.refusal is not None:
            return Cell(NOT_GIVEN, asked.refusal)
        return Cell(REFUSED, _first_line(wrong))
    found = ctypes.string_at(taken.address, len(raw))
    if (found, taken.dtype) != (raw, dtype):
        return Cell(WRONG, f"as {taken.dtype}")
    return Cell(IN_PLACE if taken.address == made.address else COPIED)


Row = tuple[str, str, str]
"""Consumer, producer, struct."""
Reason = tuple[str, str, str]
"""Consumer, struct, what is said."""


class Document(NamedTuple):
    """Versions by library, marks by row, and the types of which something is said."""

    versions: dict[str, str]
    rows: dict[Row, str]
    reasons: dict[Reason, str]


def try_all() -> Document:
    """What is true here."""
    warnings.simplefilter("ignore", DeprecationWarning)  # NumPy would rather have no legacy structs
    server = Server()
    session = dlpack4j.connect(server.ticket())
    libraries = [*installed(), *dlpack4j_itself(server, session)]
    rows: dict[Row, str] = {}
    reasons: dict[Reason, dict[str, None]] = {}
    for consumer in libraries:
        if consumer.take is None:
            continue
        for producer in libraries:
            for struct, abi in STRUCTS.items():
                cells = {dtype: cell(producer, consumer, dtype, abi) for dtype in TYPES}
                rows[_short(consumer), producer.name, struct] = " | ".join(
                    found.mark for found in cells.values()
                )
                if producer.name.startswith("dlpack4j"):
                    _reasons(consumer, struct, cells, reasons)
    session.close()
    server.close()
    said = {key: _these(types) for key, types in reasons.items()}
    return Document({_short(library): library.version for library in libraries}, rows, said)


def _these(types: dict[str, None]) -> str:
    return "all" if len(types) == len(TYPES) else ", ".join(types)


def _short(library: Library) -> str:
    return library.name.partition(",")[0]


def _reasons(
    consumer: Library,
    struct: str,
    cells: dict[str, Cell],
    reasons: dict[Reason, dict[str, None]],
) -> None:
    for dtype, found in cells.items():
        if found.reason:
            key = _short(consumer), struct, found.reason
            reasons.setdefault(key, {})[dtype] = None


# The document


def read(text: str) -> Document:
    """The document taken apart."""
    document = Document({}, {}, {})
    versions, rows, reasons = document
    consumer = ""
    for line in text.splitlines():
        if line.startswith("## "):
            consumer = line[3:].removeprefix("To ")
        cells = [part.strip() for part in line.strip("|").split("|")]
        if not line.startswith("| ") or set(cells[0]) <= {"-"}:
            continue
        if len(cells) == len(TYPES) + 2 and cells[1] in STRUCTS:
            rows[consumer, cells[0], cells[1]] = " | ".join(cells[2:])
        elif consumer == "Versions" and cells[0] != "library":
            versions[cells[0]] = cells[1]
        elif consumer == "Why not" and cells[0] != "consumer":
            reasons[cells[0], cells[1], cells[3]] = cells[2]
    return document


def merged(old: Document, new: Document) -> Document:
    """New rows where they are, old ones of libraries that are not here."""
    kept = {
        row: marks for row, marks in old.rows.items() if not set(_parties(row)) <= set(new.versions)
    }
    reasons = {key: types for key, types in old.reasons.items() if key[0] not in new.versions}
    return Document(old.versions | new.versions, kept | new.rows, reasons | new.reasons)


def _parties(row: Row) -> tuple[str, str]:
    return row[0], row[1].partition(",")[0]


ORDER = ["NumPy", "JAX", "PyArrow", "tvm-ffi", "PyTorch 2", "PyTorch 1", "dlpack4j"]
COLUMNS = [
    dtype.replace("complex", "c").replace("uint", "u").replace("int", "i").replace("float", "f")
    .replace("f8_", "") for dtype in TYPES
]  # fmt: skip


def written(document: Document) -> str:
    """The text of the document."""
    lines = [HEAD, "## Versions", "", "| library | version |", "| --- | --- |"]
    lines += [f"| {name} | {document.versions[name]} |" for name in _ordered(document.versions)]
    for consumer in _ordered({row[0] for row in document.rows}):
        lines += ["", f"## To {consumer}", ""]
        lines += ["| from | struct | " + " | ".join(COLUMNS) + " |"]
        lines += ["| --- " * (len(COLUMNS) + 2) + "|"]
        rows = [row for row in document.rows if row[0] == consumer]
        rows.sort(key=lambda row: (_place(row[1]), row[1], list(STRUCTS).index(row[2])))
        lines += [f"| {row[1]} | {row[2]} | {document.rows[row]} |" for row in rows]
    lines += [
        "",
        "## Why not",
        "",
        "What is said where a tensor of dlpack4j is not taken.",
        "",
    ]
    lines += [
        "| consumer | struct | types | what is said |",
        "| --- | --- | --- | --- |",
    ]
    structs = list(STRUCTS)
    keys = sorted(document.reasons, key=lambda k: (_place(k[0]), structs.index(k[1]), k[2]))
    lines += [f"| {key[0]} | {key[1]} | {document.reasons[key]} | {key[2]} |" for key in keys]
    return "\n".join(lines) + "\n"


def _place(name: str) -> int:
    return ORDER.index(name.partition(",")[0])


def _ordered(names: Any) -> list[str]:
    return sorted(names, key=_place)


def stale() -> list[str]:
    """What the document says otherwise than the libraries that are here do, if it knows them."""
    new, old = try_all(), read(DOCUMENT.read_text(encoding="utf-8"))
    same = {name for name, version in new.versions.items() if old.versions.get(name) == version}
    return [
        f"{' | '.join(row)}: expected {old.rows.get(row)} but found {marks}"
        for row, marks in new.rows.items()
        if set(_parties(row)) <= same and old.rows.get(row) != marks
    ]


def main() -> int:
    """Checks the document, or writes it."""
    if sys.argv[1:] == ["--write"]:
        old = (
            read(DOCUMENT.read_text(encoding="utf-8"))
            if DOCUMENT.exists()
            else Document({}, {}, {})
        )
        DOCUMENT.write_text(written(merged(old, try_all())), encoding="utf-8")
        return 0
    if sys.argv[1:]:
        print("usage: interop.py [--write]", file=sys.stderr)
        return 2
    found = stale()
    print("\n".join(found) or f"{DOCUMENT.name} is true (NumPy {np.__version__})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
