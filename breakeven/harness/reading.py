"""What one fresh process gave."""

from __future__ import annotations

from dataclasses import dataclass, field

from breakeven.harness.room import Need


@dataclass(frozen=True)
class Course:
    """How the samples of a process in a round were taken: each field but the last three has one entry a sample.

    Attributes
    ----------
    turns : tuple of int
        Number of the turn, from 1.
    times : tuple of float
        Seconds since the round began, when the sample was asked for.
    before : tuple of int
        Place among the round's arms of the one whose slice came before; its own if it went on without a break.
    cores : tuple of int
        Number of the core that it was pinned to; -1 if it was not.
    cpu : float
        CPU seconds of the process and all that it has started, while samples were taken.
    steal : float
        Share of the processors' time that the hypervisor took meanwhile, 0 to 1.
    need : Need
        Memory and open files that it and all it has started held when it was ready.
    """

    turns: tuple[int, ...] = ()
    times: tuple[float, ...] = ()
    before: tuple[int, ...] = ()
    cores: tuple[int, ...] = ()
    cpu: float = 0.0
    steal: float = 0.0
    need: Need = field(default_factory=Need)


@dataclass(frozen=True)
class Reading:
    """What one fresh process gave.

    Attributes
    ----------
    samples : tuple of float
        Seconds a call; for what is tracked, the one number. Empty if there is an error.
    error : str
        "skipped", or the last line of what the process said before it failed; else empty.
    number : int
        Calls that each sample is the mean of.
    loaded : dict of str to str
        Packages that the process has loaded, by the name that the package index has, and their versions.
    course : Course
        How the samples were taken; empty if the process ran alone.
    """

    samples: tuple[float, ...]
    error: str = ""
    number: int = 1
    loaded: dict[str, str] = field(default_factory=dict)
    course: Course = Course()

    @property
    def failed(self) -> bool:
        """Whether there is no number, though the benchmark did not skip itself."""
        return self.error not in ("", "skipped")

    @property
    def turns(self) -> tuple[int, ...]:
        """For each sample the number of the turn in which it was taken; empty if the process ran alone."""
        return self.course.turns
