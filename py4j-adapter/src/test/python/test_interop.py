"""The document on who takes whose tensors: that it is true, and that nobody is misread."""

from __future__ import annotations

from pathlib import Path

import interop
import pytest
from packaging.requirements import Requirement

PACKAGES = {
    "NumPy": "numpy",
    "JAX": "jax",
    "PyArrow": "pyarrow",
    "tvm-ffi": "apache-tvm-ffi",
    "PyTorch 2": "torch",
}


def document() -> interop.Document:
    return interop.read(interop.DOCUMENT.read_text(encoding="utf-8"))


def test_the_document_says_what_libraries_do_that_are_here() -> None:
    assert interop.stale() == [], "write it anew, as interop.py says"


def test_no_library_takes_a_tensor_for_another() -> None:
    assert [row for row, marks in document().rows.items() if interop.WRONG in marks] == []


def test_dlpack4j_takes_whatever_is_given() -> None:
    refused = [
        row
        for row, marks in document().rows.items()
        if row[0] == "dlpack4j" and row[2] != "asked for" and interop.REFUSED in marks
    ]
    assert refused == []


def test_the_document_is_written_as_it_is_read() -> None:
    text = interop.DOCUMENT.read_text(encoding="utf-8")
    assert interop.written(interop.read(text)) == text


def test_rows_of_libraries_that_are_not_here_are_kept() -> None:
    old = interop.Document(
        {"NumPy": "1", "JAX": "1"},
        {("NumPy", "JAX", "legacy"): "x", ("NumPy", "NumPy", "legacy"): "x"},
        {("NumPy", "legacy", "no"): "all", ("JAX", "legacy", "no"): "all"},
    )
    new = interop.Document({"NumPy": "2"}, {("NumPy", "NumPy", "legacy"): "="}, {})
    assert interop.merged(old, new) == (
        {"NumPy": "2", "JAX": "1"},
        {("NumPy", "JAX", "legacy"): "x", ("NumPy", "NumPy", "legacy"): "="},
        {("JAX", "legacy", "no"): "all"},
    )


@pytest.mark.parametrize("library", list(PACKAGES))
def test_the_document_is_of_the_versions_that_are_asked_for(library: str) -> None:
    here = Path(__file__).parent
    lines = [
        line
        for name in ("requirements.txt", "requirements-torch.txt")
        for line in (here / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("-")
    ]
    pins = [Requirement(line) for line in lines]
    python = {"python_version": "3.11"}
    versions = [
        str(pin.specifier)
        for pin in pins
        if pin.name == PACKAGES[library] and (pin.marker is None or pin.marker.evaluate(python))
    ]
    assert versions == ["==" + document().versions[library]]
