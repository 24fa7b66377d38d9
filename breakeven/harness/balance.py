"""In which order arms take their turns: order, core and server are balanced, and independent of each other."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """One slice of every arm.

    Attributes
    ----------
    order : tuple of int
        Arms, in the order of their slices.
    core : int
        Number of the core for what keeps to one, from 0.
    """

    order: tuple[int, ...]
    core: int


@dataclass(frozen=True)
class Start:
    """How the turns of a round begin.

    Attributes
    ----------
    order, core : {0, 1}
        Which of two arms, or of the two orders of more, and which of the cores comes first.
    row : int
        By how many rows the orders of more than two arms are turned: a round may be over before all had their turn.
    """

    order: int = 0
    core: int = 0
    row: int = 0


def williams(n_arms: int) -> list[tuple[int, ...]]:
    """List orders in which each arm stands at each place, and comes right after each other arm, equally often.

    Parameters
    ----------
    n_arms : int
        At least 1.

    Returns
    -------
    list of tuple of int
        ``n_arms`` rows if that is even, else twice as many: E. J. Williams, "Experimental designs balanced for the
        estimation of residual effects of treatments", Australian Journal of Scientific Research A 2 (1949), 149-168.
    """
    ends = [range(1, n_arms // 2 + 1), range(n_arms - 1, n_arms // 2, -1)]
    first = [0, *(place for pair in itertools.zip_longest(*ends) for place in pair if place is not None)]
    rows = [tuple((place + shift) % n_arms for place in first) for shift in range(n_arms)]
    return rows if n_arms % 2 == 0 else [*rows, *(row[::-1] for row in rows)]


def turns(n_arms: int, n_cores: int, start: Start) -> Iterator[Turn]:
    """Give turn after turn: of two arms A B, A B on one core, then on the next, and so on.

    Of two arms each always follows the other. In A B, B A the second one would go on and find its data in the cache,
    and the first one would not: a PCA of 40 MB was 4 % faster for it.

    Parameters
    ----------
    n_arms : int
        In the round.
    n_cores : int
        That may be pinned to.
    start : Start
        How they begin.

    Yields
    ------
    Turn
        Without end. Of more arms, over four cycles of the orders each core sees each order first equally often.
    """
    rows = williams(n_arms)
    at = start.row % len(rows)
    rows = [rows[start.order]] * 2 if n_arms == 2 else rows[at:] + rows[:at]
    for cycle in itertools.count():
        turned = (cycle ^ cycle >> 1 ^ start.order) & 1
        for row in rows[::-1] if turned else rows:
            yield Turn(row, (cycle + start.core) % n_cores)


def flip(seed: int, label: str, factor: str, number: int) -> int:
    """Choose one of two levels for a round: at random, but each once in rounds 1 and 2, 3 and 4, and so on.

    Parameters
    ----------
    seed : int
        Of the record.
    label : str
        Of the case.
    factor : str
        What is chosen; factors are drawn independently of each other.
    number : int
        Of the round, from 1.

    Returns
    -------
    {0, 1}
    """
    pair, second = divmod(number - 1, 2)
    return random.Random(f"{seed} {label} {factor} {pair}").getrandbits(1) ^ second
