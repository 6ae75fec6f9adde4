"""What the pages promise: that their programs run, and that the tests they name are there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers import Managed
from memory import columns_in_segment
from server import Server

import dlpack4j
from dlpack4j import sources
from dlpack4j.datatypes import DataType

ROOT = Path(__file__).parents[4]
DOCS = ROOT / "docs"
FLOAT = DataType(2, 64)


def programs(page: Path) -> list[str]:
    """The indented blocks of a page, as one would paste them."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.MULTILINE)
    return [textwrap.dedent(block).strip() + "\n" for block in blocks if block.strip()]


PROGRAMS = programs(DOCS / "python.md")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda text: text.splitlines()[0])
def test_every_program_of_the_page_runs(
    server: Server, session: dlpack4j.Session, program: str
) -> None:
    if "cupy." in program:
        pytest.skip("expected a GPU, CuPy and a JVM; py4j_cuda_libraries.py does the same")
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    server.publish_array("prices", np.arange(4.0), FLOAT, flags=0, writable=True)
    trades = pa.table({"price": [1.5, 2.5, 3.5], "symbol": ["a", "b", "a"]})
    segment, spec = columns_in_segment(sources.recipe_of(trades))
    server.publish("trades", spec, [segment])
    foreign = Managed(np.arange(3.0).tobytes(), FLOAT, (3,))
    names: dict[str, Any] = {
        "np": np,
        "numpy": np,
        "pyarrow": pa,
        "dlpack4j": dlpack4j,
        "gateway": server.ticket(),
        "session": session,
        "array": np.arange(3.0),
        "a": np.arange(3),
        "b": np.arange(3.0),
        "compute": lambda: np.ones((1000, 3)),
        "exported": SimpleNamespace(transferOut=lambda: foreign.address),
        "numpy_array": np.arange(3.0),
    }
    exec(program, names)
    if "address" in names:
        dlpack4j.from_address(names["address"])


def test_the_page_has_programs() -> None:
    assert len(PROGRAMS) >= 4


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (DOCS / "peer-tests.md").read_text(encoding="utf-8")))
    sources = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py")
    )
    assert [name for name in sorted(named) if f"def {name}(" not in sources] == []
    assert len(named) > 20
