"""What is compared: a column that no copy would go unseen of, and the smallest."""

import timing

LARGE, SMALL = 8 << 30, 1 << 10

# Of what is free, the rest being others'.
SHARE = 0.9


def of_large(driver):
    """Half and half again where the device has no room for more, which is said."""
    free = driver.free_bytes()
    nbytes = LARGE
    while nbytes > SHARE * free:
        nbytes //= 2
    if nbytes < LARGE:
        timing.comment(f"{nbytes >> 20} MiB for {LARGE >> 20}, as {free >> 20} MiB are free")
    return nbytes
