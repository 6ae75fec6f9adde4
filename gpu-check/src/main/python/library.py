"""What the tests ask of a library that has arrays on a GPU."""

import contextlib
import importlib
import os


class Library:
    """What the tests want of a library. Arrays are of float32, and of one dimension."""

    package = ""
    on_simulator = False
    has_streams = True
    can_write = True

    def lack(self):
        """Why it cannot be used here."""
        if os.environ["GPU_CHECK_SIMULATED"] and not self.on_simulator:
            return "does not run on the simulated driver"
        try:
            self.start()
        except Exception as wrong:  # What an import says is the reason.
            return f"{self.package} cannot be used: {type(wrong).__name__}: {wrong}"
        return None

    def start(self):
        self.module = importlib.import_module(self.package)

    def take(self, producer):
        return self.module.from_dlpack(producer)

    def own_stream(self):
        """Makes another stream than the default the current one."""
        return contextlib.nullcontext()

    def managed(self, count):
        """An array in managed memory; None if the library has none."""
        return None

    def kind(self):
        """The type of arrays; None if it has no other name than ours."""
        return None
