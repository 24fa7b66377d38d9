"""Processes that take turns, call by call: a slow spell of the machine then meets all arms of a round alike."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from breakeven.harness import balance, room
from breakeven.harness.guard import Guard
from breakeven.harness.measuring_process import CORES
from breakeven.harness.player import Plan, Player, Read
from breakeven.harness.reading import Reading
from breakeven.harness.room import Need

#: Seconds of calls in a slice: the longest call of an arm within these limits. Shorter ones are batched, so that
#: waking up an arm costs little beside them.
SLICE = (0.03, 0.2)

#: Samples of a process after which its turns end. Beyond them, only the noise between processes is left.
MOST = 300

#: Turns of two arms on each of two cores.
_EACH_CORE = 4


def alternate(reads: Sequence[Read], plan: Plan, guard: Guard) -> list[Reading]:
    """Run benchmarks at the same time, of which only one makes a call at any moment, while all others sleep.

    They alternate as A B, A B and so on: two calls that stand side by side share what the machine does
    to them, as in the randomized interleaved trials of Abedi and Brecht (ICPE 2017, doi 10.1145/3030207.3030229), who
    interleave whole runs, and the duets of Bulej et al. (ICPE 2020, doi 10.1145/3358960.3379132), who run both at once.
    An arm that wakes up makes an untimed call first.

    Parameters
    ----------
    reads : sequence of callable
        One an arm.
    plan : Plan
        How the round is laid out.
    guard : Guard
        Ends the processes if this one is killed.

    Returns
    -------
    list of Reading
        With the course of each: of the first ones only, if there was no room for more.
    """
    with seated(reads, plan, guard) as players:
        _play(players, plan)
        return [player.reading() for player in players]


@contextmanager
def seated(reads: Sequence[Read], plan: Plan, guard: Guard) -> Iterator[list[Player]]:
    """Start the processes of a round, wait until each is ready, and end them all in the end.

    Parameters
    ----------
    reads, plan, guard
        As for `alternate`.

    Yields
    ------
    list of Player
        Asleep; only the first ones, if there was no room for more.
    """
    pool = ThreadPoolExecutor(len(reads))
    with ExitStack() as closing:
        # Not waited for: where this is interrupted, whoever opened the arms closes them, which ends the reads.
        closing.callback(pool.shutdown, wait=False)
        # short: Ray keeps sockets in it, whose paths have 107 characters at most
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="be-")))
        players: list[Player] = []
        began = time.monotonic()
        for together in _starting(len(reads), plan):
            starting: list[Player] = []
            for number in together:
                if number > 1 and players and not _has_room(players, len(starting) + 1):
                    break
                starting.append(Player(number, plan, folder / f"{folder.name}-{number}", guard, closing, began))
                starting[-1].begin(pool, reads[number])
            for player in starting:
                player.meet()
            players += starting
            if len(starting) < len(together):
                break
        yield players


def _starting(n_arms: int, plan: Plan) -> list[list[int]]:
    """Say which arms start together, one group after the other."""
    groups: list[list[int]] = []
    for number in range(n_arms):
        if groups and len(groups[-1]) < plan.at_once and not {number, groups[-1][-1]} & {*plan.crowds}:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def length(players: Sequence[Player]) -> float:
    """Say how many seconds of calls make a slice of these arms."""
    return min(max([SLICE[0], *(p.call for p in players if p.playing)]), SLICE[1])


def turn(players: Sequence[Player], at: balance.Turn, number: int, calls: Sequence[int], before: int = -1) -> int:
    """Give each arm its slice, in order, while the others sleep.

    Parameters
    ----------
    players : sequence of Player
        Of the round.
    at : Turn
        The order, and the core.
    number : int
        Of the turn, from 1.
    calls : sequence of int
        Of each player's slice.
    before : int
        Number of the player that had the slice before; -1 if none had.

    Returns
    -------
    int
        Number of the player that had the last slice.
    """
    for place in at.order:
        player = players[place]
        for other in players:
            if other is not player:
                other.sleep()
        player.play(number, before, at.core, calls[place])
        before = player.number
    return before


def _has_room(players: Sequence[Player], n_more: int) -> bool:
    """Say whether some more find room, if each needs as much as the largest so far."""
    needs = [p.need for p in players]
    largest = Need(max(n.memory for n in needs), max(n.files for n in needs))
    return room.fits([largest] * n_more, room.free())


def _play(players: Sequence[Player], plan: Plan) -> None:
    """Give turn after turn until each arm has its seconds."""
    playing = [p for p in players if p.playing]
    order = balance.turns(max(len(playing), 1), max(len(CORES), 1), plan.start)
    before, ordered = -1, 0
    for number in itertools.count(1):
        if not playing:
            return
        calls = [p.calls(length(playing)) for p in playing]
        # each core as often, and as many as come nearest to what is planned
        whole = min(_EACH_CORE if any(plan.one_core) and len(playing) == 2 else 1, plan.fewest)
        n_turns = 1 + whole // 2
        enough = all(sum(p.seconds) + n_turns * n * p.call >= plan.seconds for p, n in zip(playing, calls, strict=True))
        most = any(p.n_samples + n >= MOST for p, n in zip(playing, calls, strict=True))
        # what is left alone of several has nothing to be compared with
        alone = len(playing) < min(len(players), 2)
        before = turn(playing, next(order), number, calls, before)
        if alone or ((number - ordered) % whole == 0 and ((number >= plan.fewest and enough) or most)):
            for player in playing:
                player.dismiss()
        left = [p for p in playing if p.playing]
        if len(left) < len(playing):  # an order of those that are left is balanced anew
            playing, order = left, balance.turns(max(len(left), 1), max(len(CORES), 1), plan.start)
            ordered = number
