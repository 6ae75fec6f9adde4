"""Arrays of PyArrow's of every form, the same each time."""

import decimal
import random

import pyarrow as pa

LENGTH = 1003


def values(make, seed=1):
    rng = random.Random(seed)
    return [None if rng.random() < 0.2 else make(rng) for _ in range(LENGTH)]


def text(rng):
    return "äbc" * rng.randrange(9)


def integer(rng):
    return rng.randrange(100)


def numbers():
    kinds = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()]
    kinds += [pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.date32(), pa.date64()]
    kinds += [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")]
    for unit in ["s", "ms", "us", "ns"]:
        kinds += [pa.timestamp(unit), pa.timestamp(unit, "Europe/Berlin"), pa.duration(unit)]
    for kind in kinds:
        day = 86_400_000 if kind == pa.date64() else 1
        plain = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[kind.bit_width]
        if pa.types.is_floating(kind):
            made = pa.array(values(integer), pa.float64()).cast(kind)
        else:
            made = pa.array(values(lambda r: integer(r) * day), plain).view(kind)
        yield str(kind), made


def arrays():
    """One of every form that both Arrow and a session have, by name."""
    ints = pa.array(values(integer), pa.int32())
    texts = pa.array(values(text))
    entries = pa.struct([("a", pa.int64()), ("b", pa.string())])
    yield from numbers()
    yield "bool", pa.array(values(lambda r: r.random() < 0.5))
    yield (
        "month_day_nano",
        pa.array(values(lambda r: (integer(r), 2, 3)), pa.month_day_nano_interval()),
    )
    for kind in [pa.decimal128(20, 3), pa.decimal256(60, 3)]:
        yield str(kind), pa.array(values(lambda r: decimal.Decimal(integer(r)) / 8), kind)
    yield "fixed binary", pa.array(values(lambda r: bytes([integer(r)] * 5)), pa.binary(5))
    for kind in [pa.string(), pa.large_string()]:
        yield str(kind), pa.array(values(text), kind)
    for kind in [pa.binary(), pa.large_binary()]:
        yield str(kind), pa.array(values(lambda r: text(r).encode()), kind)
    items = values(lambda r: [integer(r) if r.random() < 0.9 else None] * r.randrange(5))
    for kind in [pa.list_, pa.large_list, pa.list_view, pa.large_list_view]:
        yield kind.__name__, pa.array(items, kind(pa.int32()))
    yield "fixed list", pa.array(values(lambda r: [integer(r), None, 3]), pa.list_(pa.int16(), 3))
    yield "struct", pa.array(values(lambda r: {"a": integer(r), "b": text(r)}), entries)
    yield (
        "map",
        pa.array(
            values(lambda r: [(str(i), integer(r)) for i in range(r.randrange(4))]),
            pa.map_(pa.string(), pa.int32()),
        ),
    )
    yield "dictionary", pa.array(values(text)).dictionary_encode()
    yield (
        "list of structs of lists",
        pa.array(
            values(lambda r: [{"x": [integer(r)] * r.randrange(3)} for _ in range(r.randrange(3))]),
            pa.list_(pa.struct([("x", pa.list_(pa.float32()))])),
        ),
    )
    types = pa.array([i % 2 for i in range(LENGTH)], pa.int8())
    yield "sparse union", pa.UnionArray.from_sparse(types, [ints, texts], ["i", "t"])
    offsets = pa.array([i // 2 for i in range(LENGTH)], pa.int32())
    yield "dense union", pa.UnionArray.from_dense(types, offsets, [ints, texts], ["i", "t"])
    ends = [*range(3, LENGTH, 7), LENGTH]
    for kind in [pa.int16(), pa.int32(), pa.int64()]:
        runs = texts[: len(ends)]
        yield f"runs of {kind}", pa.RunEndEncodedArray.from_arrays(pa.array(ends, kind), runs)
    yield (
        "struct of dictionaries",
        pa.StructArray.from_arrays(
            [texts.dictionary_encode(), texts[::-1].dictionary_encode()], ["a", "b"]
        ),
    )
    yield "no nulls", pa.array(range(LENGTH), pa.int64())


class BFloat16(pa.ExtensionType):
    """As Lance has it."""

    def __init__(self):
        super().__init__(pa.binary(2), "lance.bfloat16")

    def __arrow_ext_serialize__(self):
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type, serialized):
        return cls()


pa.register_extension_type(BFloat16())
