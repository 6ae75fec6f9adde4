"""Addresses, for a JVM in this process: started by JPype, or by a program that embeds both."""

from __future__ import annotations

from typing import Any

from . import adopting, capsules, exchange
from .adopting import DeviceTensor
from .tensor import Tensor

__all__ = ["from_address", "to_address"]


def from_address(
    address: int, versioned: bool = True, *, kind: type | None = None
) -> Tensor | DeviceTensor | Any:
    """An object over a managed tensor, such as ``ExportedTensor.transferOut()`` returns.

    It owns the tensor and calls its deleter once, when the last user of the memory is gone. If
    this raises, the tensor is still the caller's, unless a ``kind`` was given.

    ``versioned`` says which struct is there, as nobody can see that: ``DLManagedTensorVersioned``
    or ``DLManagedTensor``. With a ``kind``, such as ``torch.Tensor``, the object is of that type,
    made by its C exchange API.
    """
    abi = capsules.VERSIONED if versioned else capsules.LEGACY
    if not isinstance(address, int) or address <= 0 or address % 8:
        raise ValueError(
            f"address: expected that of a managed tensor, a multiple of 8, but found {address!r}"
        )
    abi.check(address)
    if kind is None:
        return adopting.adopt_pointer(address, abi, capsules.capsule_of(address, abi))
    if not versioned:
        raise ValueError(
            "kind: expected a versioned tensor, as exchange APIs know no other; "
            "export it with TensorExporter.versioned()"
        )
    return exchange.make(kind, address)


def to_address(obj: Any, versioned: bool = True, *, stream: Any = None) -> int:
    """The address of a managed tensor over the memory of any object that speaks DLPack.

    The caller owns it: hand it to ``TensorImporter.adopt``, which calls its deleter. ``stream`` is
    what ``__dlpack__`` is told, for memory of a GPU.
    """
    abi = capsules.VERSIONED if versioned else capsules.LEGACY
    if not hasattr(type(obj), "__dlpack__"):
        raise TypeError(
            f"to_address: expected an object with __dlpack__ but found {type(obj).__qualname__}; "
            "wrap it by numpy.asarray"
        )
    if versioned and stream is None:
        pointer = exchange.pointer_of(obj)
        if pointer is not None:
            return pointer
    capsule = adopting.capsule_from(obj, versioned, stream)
    if capsules.abi_of(capsule) is not abi:
        raise BufferError(
            f"to_address: expected {type(obj).__qualname__} to know DLPack 1.0 but it exports the "
            "legacy struct; use versioned=False on both sides"
        )
    return capsules.surrender(capsule, abi)
