"""Writes what NumPy and ml_dtypes answer into files that the Java tests read.

By hand, and only when a format or a question is added; the files are committed:

    python3 -m venv /tmp/oracles && /tmp/oracles/bin/pip install -r requirements.txt
    /tmp/oracles/bin/python oracles.py

The seed is fixed: the same versions write the same bytes.
"""

import hashlib
import random
import struct
from pathlib import Path

import ml_dtypes
import numpy as np
from numpy._core._multiarray_tests import internal_overlap
from numpy.lib.array_utils import byte_bounds

HERE = Path(__file__).resolve().parent.parent / "resources" / "org" / "dlpack4j"

# name, bits of a pattern
FORMATS = {
    "float16": 16,
    "bfloat16": 16,
    "float8_e3m4": 8,
    "float8_e4m3": 8,
    "float8_e4m3b11fnuz": 8,
    "float8_e4m3fn": 8,
    "float8_e4m3fnuz": 8,
    "float8_e5m2": 8,
    "float8_e5m2fnuz": 8,
    "float8_e8m0fnu": 8,
    "float6_e2m3fn": 6,
    "float6_e3m2fn": 6,
    "float4_e2m1fn": 4,
}
PACKED = {
    "uint2": 2,
    "int2": 2,
    "uint4": 4,
    "int4": 4,
    "float4_e2m1fn": 4,
    "float6_e2m3fn": 6,
    "float6_e3m2fn": 6,
}
# Element k of a layout's base is k, from -ORIGIN to ORIGIN - 1.
ORIGIN = 2048


def write(name, what, lines):
    versions = f"NumPy {np.__version__}, ml_dtypes {ml_dtypes.__version__}"
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([f"# {what}", f"# By src/test/python/oracles.py, {versions}.", *lines]) + "\n"
    path.write_text(text, encoding="ascii", newline="\n")
    print(f"{path.name}: {len(lines)} lines, {len(text)} bytes")


# ---------------------------------------------------------------------------------------------
# Small floats


def dtype_of(name):
    return np.dtype(getattr(ml_dtypes, name, None) or name)


def patterns(name):
    dtype = dtype_of(name)
    return np.arange(1 << FORMATS[name]).astype(f"u{dtype.itemsize}").view(dtype)


def float_bits(values):
    """Raw bits of float32, every NaN as Java's."""
    floats = values.astype(np.float32)
    return np.where(np.isnan(floats), np.uint32(0x7FC00000), floats.view(np.uint32))


def decoded():
    """All patterns; of the 16-bit formats every 251st, and a digest of all."""
    for name, bits in FORMATS.items():
        words = float_bits(patterns(name))
        step = 251 if bits == 16 else 1
        digest = hashlib.sha256(words.astype(">u4").tobytes()).hexdigest()
        yield f"{name} {step} {digest} " + " ".join(f"{word:x}" for word in words[::step])


def to_odd(value):
    """A float32 that rounds on as the double itself would, as an inexact one ends in an odd bit.

    ml_dtypes goes from double to its formats by way of float32 and so rounds twice.
    """
    if np.isnan(value) or np.isinf(value):
        return np.float32(value)
    nearest = np.float32(value)
    if abs(float(nearest)) > abs(value):
        nearest = np.nextafter(nearest, np.float32(0))
    if float(nearest) == value:
        return nearest
    word = struct.unpack("<I", struct.pack("<f", nearest))[0] | 1
    return np.float32(struct.unpack("<f", struct.pack("<I", word))[0])


def negative(value):
    return struct.pack(">d", value)[0] >= 0x80


def encoded(name, value):
    """The pattern that a double becomes; '-' where ml_dtypes is known not to take the nearest."""
    dtype = dtype_of(name)
    if name == "float8_e8m0fnu" and 2.0**-127 < value < 1.5 * 2.0**-127:
        return "-"  # it rounds all of these up
    exact = np.array([value]) if name == "float16" else np.array([to_odd(value)])
    if name == "float8_e8m0fnu" and negative(value):
        exact = np.array([-1.0], np.float32)
    return f"{exact.astype(dtype).view(f'u{dtype.itemsize}')[0]:x}"


def double_bits(value):
    return f"{struct.unpack('<Q', struct.pack('<d', value))[0]:x}"


def from_bits(word):
    return struct.unpack("<d", struct.pack("<Q", word))[0]


def common_doubles(rng):
    yield from (0.0, 1.0, 1.5, 3.0, np.inf, 5e-324, 2.0**-1022, 1.7976931348623157e308)
    yield from_bits(0x7FF8000000000000)
    yield from (float(np.finfo(np.float32).max), 2.0**-149, 2.0**-150, 2.0**-126, 65504.0, 65519.0)
    for exponent in (-200, -151, -134, -133, -128, -127, -126, -25, -24, -14, -9, 0, 8, 15, 16, 127):
        for factor in (1.0, 1.25, 1.5, 1.75, 1 + 2.0**-11, 1 + 2.0**-8 + 2.0**-40):
            yield factor * 2.0**exponent
    for _ in range(60):
        yield rng.uniform(0, 1) * 2.0 ** rng.randint(-12, 12)
    for _ in range(40):
        yield from_bits(rng.getrandbits(63) & 0x7FEFFFFFFFFFFFFF)
    for _ in range(40):
        yield rng.uniform(1, 2) * 2.0 ** rng.randint(-150, 128)


def edges(name, rng):
    """Around numbers and around the middle between two neighbours, the largest one's included."""
    values = sorted(set(float(v) for v in patterns(name).astype(np.float64) if np.isfinite(v) and v >= 0))
    values.append(values[-1] + (values[-1] - values[-2]))  # what comes after the largest
    chosen = {0, 1, len(values) - 3, len(values) - 2}
    chosen.update(rng.randrange(len(values) - 1) for _ in range(24))
    for i in sorted(chosen):
        middle = (values[i] + values[i + 1]) / 2
        yield from (values[i], np.nextafter(middle, 0), middle, np.nextafter(middle, np.inf))


def encodings():
    rng = random.Random(17)
    yield "all " + " ".join(FORMATS)
    for value in common_doubles(rng):
        for signed in (value, -value):
            yield double_bits(signed) + " " + " ".join(encoded(name, signed) for name in FORMATS)
    for name in FORMATS:
        yield "only " + name
        for value in edges(name, rng):
            sign = rng.choice((1.0, -1.0)) if name != "float8_e8m0fnu" else 1.0
            yield double_bits(sign * float(value)) + " " + encoded(name, sign * float(value))


# ---------------------------------------------------------------------------------------------
# Sub-byte types


def packed():
    """type, count, bytes in hexadecimal ('-' if none), then the values."""
    rng = random.Random(18)
    for name, bits in PACKED.items():
        dtype = dtype_of(name)
        for count in (0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33):
            numbers = [rng.getrandbits(bits) for _ in range(count)]
            values = np.array(numbers, np.uint8).view(dtype).astype(np.float64)
            word = sum(number << (bits * i) for i, number in enumerate(numbers))
            data = word.to_bytes((bits * count + 7) // 8, "little").hex() or "-"
            yield f"{name} {count} {data} " + " ".join(str(v) for v in values)


# ---------------------------------------------------------------------------------------------
# Layouts


def numbers(values):
    return ",".join(str(v) for v in values) or "-"


def random_shape(rng, most_dimensions=4):
    return [rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5)) for _ in range(rng.randint(0, most_dimensions))]


def slice_step(rng, array):
    axis = rng.randrange(array.ndim)
    size = array.shape[axis]
    step = rng.choice((1, 1, 2, 3, -1, -2))
    if step < 0 and size == 0:
        step = -step
    if step > 0:
        start, end = sorted((rng.randint(0, size), rng.randint(0, size)))
    else:
        end, start = sorted((rng.randint(-1, size - 1), rng.randint(0, size - 1)))
    index = slice(start, None if end < 0 else end, step)
    return f"slice {axis} {start} {end} {step}", array[(slice(None),) * axis + (index,)]


def select_step(rng, array):
    axis = rng.randrange(array.ndim)
    index = rng.randrange(array.shape[axis])
    return f"select {axis} {index}", array[(slice(None),) * axis + (index, ...)]


def permute_step(rng, array):
    axes = rng.sample(range(array.ndim), array.ndim)
    return f"permute {numbers(axes)}", array.transpose(axes)


def broadcast_step(rng, array):
    added = [rng.randint(1, 3) for _ in range(rng.randint(0, 1))]
    shape = added + [rng.choice((1, 2, 3)) if size == 1 else size for size in array.shape]
    return f"broadcast {numbers(shape)}", np.broadcast_to(array, shape)


def shape_of(rng, count):
    if count == 0:
        return rng.sample([0, rng.randint(0, 4), rng.randint(1, 4)], 3)
    shape = []
    while count > 1:
        size = rng.choice([d for d in range(2, count + 1) if count % d == 0])
        shape.append(size)
        count //= size
    if rng.random() < 0.4:
        shape.insert(rng.randint(0, len(shape)), 1)
    return shape


def reshape_step(rng, array):
    shape = shape_of(rng, array.size)
    try:
        return f"reshape {numbers(shape)}", np.reshape(array, shape, copy=False)
    except ValueError:
        return f"refuse {numbers(shape)}", array  # only a copy could


def next_step(rng, array):
    steps = [broadcast_step, reshape_step]
    if array.ndim > 0:
        steps += [slice_step, slice_step, permute_step, permute_step]
        if min(array.shape) > 0:
            steps.append(select_step)
    if rng.random() < 0.1:
        return "transpose", array.T
    return rng.choice(steps)(rng, array)


def described(array, buffer):
    first = buffer.__array_interface__["data"][0] + ORIGIN * buffer.itemsize
    at = lambda address: (address - first) // buffer.itemsize
    strides = [s // buffer.itemsize for s in array.strides]
    low, end = byte_bounds(array)
    # For empty arrays NumPy's address and bounds mean nothing.
    places = (at(array.__array_interface__["data"][0]), at(low), at(end) - 1) if array.size else "---"
    flags = f"{int(array.flags.c_contiguous)} {int(internal_overlap(array))}"
    return " ".join(
        [numbers(array.shape), numbers(strides), *(str(p) for p in places), flags, numbers(array.ravel())]
    )


def layouts():
    """
    start; steps; shape strides offset lowest highest contiguous overlap elements.

    A start is 'contiguous shape' or 'strided shape strides'; 'refuse' is a reshape that needs a copy.
    """
    rng = random.Random(19)
    buffer = np.arange(-ORIGIN, ORIGIN, dtype=np.int32)
    base = buffer[ORIGIN:]
    while True:
        shape = random_shape(rng)
        if rng.random() < 0.65:
            start = f"contiguous {numbers(shape)}"
            array = base[: int(np.prod(shape))].reshape(shape)
            steps = rng.randint(1, 4)
        else:
            strides = [rng.randint(-9, 9) for _ in shape]
            start = f"strided {numbers(shape)} {numbers(strides)}"
            array = np.lib.stride_tricks.as_strided(base, shape, [s * 4 for s in strides])
            steps = rng.randint(0, 2)
        taken = []
        for _ in range(steps):
            text, array = next_step(rng, array)
            taken.append(text)
        if array.size <= 40:
            yield f"{start}; {', '.join(taken)}; {described(array, buffer)}"


def first_of(lines, count):
    return [next(lines) for _ in range(count)]


def main():
    np.seterr(all="ignore")
    write(
        "elements/decoded.txt",
        "format, step, SHA-256 of all values as big-endian float bits, the value of every step-th pattern",
        list(decoded()),
    )
    write(
        "elements/encoded.txt",
        "bits of a double, its pattern in the formats named last, '-' where ml_dtypes misses the nearest",
        list(encodings()),
    )
    write(
        "elements/packed.txt",
        "type, count, packed bytes ('-' for none), values",
        list(packed()),
    )
    write(
        "layouts.txt",
        "start; steps; shape strides offset lowest highest contiguous overlap elements",
        first_of(layouts(), 900),
    )


if __name__ == "__main__":
    main()
