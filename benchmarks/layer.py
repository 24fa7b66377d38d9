"""What every layer shares: it is made and called once before the clock starts, and is in no quick profile."""

from . import profiles
from .stated import Stated

#: Profiles of a layer that stands in the default selection for functions which nothing else there shows.
GATE = ("gate", "full", "large")


class Layer(Stated):
    """A single layer that strategies are made of: what slows it slows whatever stands on it.

    A subclass makes in ``prepare`` what it works on, and calls once what it times: so threads and workers have started
    and libraries are imported. asv calls ``setup`` before every sample.
    """

    version = "1"
    rounds = profiles.ROUNDS["quick"]
    repeat = 3
    number = 1
    warmup_time = 0
    timeout = profiles.TIMEOUT["quick"]
    only_in = ("full", "large")
    ready = False

    def setup(self, *parameters):
        if not self.ready:
            self.prepare(*parameters)
            self.ready = True

    def prepare(self, *parameters):
        """Make what is worked on, once a process."""
