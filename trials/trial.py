"""What a trial is: a call of dask_ml's, and the same by its counterpart."""

from collections.abc import Callable
from dataclasses import dataclass

#: Every trial by its title, in the order of the files.
TRIALS = {}


@dataclass(frozen=True)
class Trial:
    """One trial of a public name.

    Attributes
    ----------
    name : str
        Where it is imported from, ``dask_ml.cluster.KMeans``.
    counterpart : str
        What gives the answer that is expected.
    case : str
        Which of several trials of that name; empty if there is one.
    tolerance : float
        Difference between the answers that is none, absolute and relative: small for the same arithmetic, larger where
        the algorithms differ.
    version : str
        Of the work that it does, and of what it tells: an answer to another one counts no more.
    cause : str
        Why the answers differ, where that is known; empty if they are expected to agree.
    call : callable
        Generator function that yields the answer of that name, then the one that is expected.
    """

    name: str
    counterpart: str
    case: str
    tolerance: float
    version: str
    cause: str
    call: Callable

    @property
    def title(self):
        """Its name and its case."""
        return f"{self.name}: {self.case}" if self.case else self.name


def trial(name, counterpart, case="", tolerance=1e-6, version="1", cause=""):
    """Enter a generator function as a trial, with the fields of `Trial`."""

    def enter(call):
        entered = Trial(name, counterpart, case, tolerance, version, cause, call)
        TRIALS[entered.title] = entered
        return call

    return enter
