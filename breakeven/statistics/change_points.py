"""At which places of a line a level changed: a Bayesian change-point model of noisy readings, drawn from exactly.

Each reading is the level of its place plus noise by Student's t of one unknown scale. The first place has level 0. At
each place further on the level changes with a small chance, by a size of any order of magnitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from breakeven.statistics.arrays import Array

Places = npt.NDArray[np.intp]

#: Degrees of freedom of the noise.
DEGREES = 3.0

#: Scales of the noise that are thought possible, each as likely as the other: 0.3 to 50 %.
SCALES: Array = np.geomspace(0.003, 0.5, 10)

#: Changes that are expected on a whole line.
EXPECTED = 2.0

#: Half of the changes are smaller than this, whether up or down (Cauchy's law: 7 % are beyond a factor of 2.5).
TYPICAL = 0.1

#: Levels that were not read may lie so far beyond those that were.
MARGIN = 0.5

#: Levels in a tolerance, and the most levels in all: beyond a large range they are wider apart.
FINENESS, MOST_LEVELS = 8, 700

#: Lines that are drawn: a probability of 99 % is then known to 0.2 %.
N_DRAWS = 2000

#: Cells into which the range of levels is cut to compute what a reading would tell.
_CELLS = 100


@dataclass(frozen=True)
class Draws:
    """What the levels may be, given the readings.

    Attributes
    ----------
    levels : ndarray of shape (n_draws, n_places)
        Lines drawn from the posterior, each as likely as the other.
    scale : float
        Posterior mean of the scale of the noise.
    """

    levels: Array
    scale: float


def draw(places: Places, readings: Array, widths: Array, tolerance: float, n_draws: int = N_DRAWS) -> Draws:
    """Draw lines of levels from their posterior.

    Filters forward over a grid of levels for each scale of the noise, then samples backward (Chib, Calculating
    posterior distributions and modal estimates in Markov mixture models, Journal of Econometrics 75, 1996, p. 83).

    Parameters
    ----------
    places : ndarray of shape (n_readings,)
        Where each reading was taken, from 0.
    readings : ndarray of shape (n_readings,)
        Relative to the first place's level.
    widths : ndarray of shape (n_places - 1,)
        Between neighbouring places, how likely a change is, relative to the others.
    tolerance : float
        Change that does not count; the grid is a part of it wide.
    n_draws : int
        How many.

    Returns
    -------
    Draws
        The same for the same readings in any order.
    """
    levels = _grid(readings, tolerance)
    chances = 1 - (1 - min(0.5, EXPECTED / (1 + widths.sum()))) ** widths
    sizes = 1 / (1 + ((levels[:, None] - levels) / TYPICAL) ** 2)
    jumps = sizes / sizes.sum(axis=1, keepdims=True)
    seen = np.zeros((len(widths) + 1, len(SCALES), len(levels)))
    for place in np.unique(places):
        z = (np.sort(readings[places == place])[:, None, None] - levels) / SCALES[:, None]
        seen[place] = (-(DEGREES + 1) / 2 * np.log1p(z * z / DEGREES) - np.log(SCALES)[:, None]).sum(axis=0)

    at = np.tile((levels == 0).astype(float), (len(SCALES), 1))
    filtered, jumped, weights = [at], [], np.zeros(len(SCALES))
    for chance, of_place in zip(chances, seen[1:], strict=True):
        jumped.append(chance * (at @ jumps))
        largest = of_place.max()
        at = ((1 - chance) * at + jumped[-1]) * np.exp(of_place - largest)
        total = at.sum(axis=1, keepdims=True) + 1e-300
        at = at / total
        weights = weights + np.log(total[:, 0]) + largest
        filtered.append(at)
    weights = np.exp(weights - weights.max())
    weights /= weights.sum()

    rng = np.random.default_rng(0)
    scale = np.repeat(np.arange(len(SCALES)), rng.multinomial(n_draws, weights))
    found = np.empty((n_draws, len(widths) + 1), dtype=np.intp)
    found[:, -1] = _sampled(filtered[-1], scale, rng)
    for place in range(len(widths) - 1, -1, -1):
        after = found[:, place + 1]
        stays = (1 - chances[place]) * filtered[place][scale, after]
        jump = jumped[place][scale, after]
        moved = rng.random(n_draws) * (stays + jump) >= stays
        found[:, place] = after
        pairs, rows = np.unique(scale[moved] * len(levels) + after[moved], return_inverse=True)
        from_scale, to_level = np.divmod(pairs, len(levels))
        found[moved, place] = _sampled(filtered[place][from_scale] * jumps[:, to_level].T, rows, rng)
    # each stretch lies anywhere in its cell of the grid, but for the first, whose level is exactly 0
    stretch = np.cumsum(np.diff(found, axis=1, prepend=found[:, :1]) != 0, axis=1)
    within = (rng.random(found.shape) - 0.5) * (levels[1] - levels[0])
    within[:, 0] = 0.0
    return Draws(levels[found] + np.take_along_axis(within, stretch, axis=1), float(weights @ SCALES))


def steps(levels: Array, tolerance: float) -> npt.NDArray[np.bool_]:
    """Mark the changes that count.

    Parameters
    ----------
    levels : ndarray of shape (n_draws, n_places)
        Lines.
    tolerance : float
        Change that does not count.

    Returns
    -------
    ndarray of bool, shape (n_draws, n_places - 1)
    """
    return np.asarray(np.abs(np.diff(levels, axis=1)) > tolerance)


def information(draws: Draws, given: Places) -> Array:
    """Compute what one reading of each place would tell of its level.

    Parameters
    ----------
    draws : Draws
        What is known.
    given : ndarray of int
        Places that are read in any case; their levels count as known.

    Returns
    -------
    ndarray of shape (n_places,)
        Expected information, in nats: the entropy of the reading without that of the noise.
    """
    low, high = draws.levels.min(), draws.levels.max()
    width = max(draws.scale / 2, float(high - low) / _CELLS)
    cells = np.rint((draws.levels - low) / width).astype(np.intp)
    n_cells = int(cells.max()) + 1
    readings = np.arange(-6, n_cells + 6)
    noise = (1 + ((readings - np.arange(n_cells)[:, None]) * width / draws.scale) ** 2 / DEGREES) ** (
        -(DEGREES + 1) / 2
    )
    noise /= noise.sum(axis=1, keepdims=True)
    entropy_of_noise = -(noise * np.log(noise)).sum(axis=1)
    # known to twice the scale of the noise
    _, groups = np.unique(cells[:, given] // 4, axis=0, return_inverse=True)
    told = np.zeros(cells.shape[1])
    for group in np.unique(groups):
        own = cells[groups.ravel() == group]
        shares = np.stack([np.bincount(column, minlength=n_cells) for column in own.T]) / len(own)
        reading = shares @ noise
        entropy = -(reading * np.log(reading + 1e-300)).sum(axis=1)
        told += (entropy - shares @ entropy_of_noise) * len(own) / len(cells)
    return told


def _grid(readings: Array, tolerance: float) -> Array:
    """Give evenly spaced levels around 0 and all readings, exactly 0 being one of them."""
    low, high = readings.min(initial=0.0) - MARGIN, readings.max(initial=0.0) + MARGIN
    spacing = max(tolerance / FINENESS, (high - low) / MOST_LEVELS)
    return np.asarray(np.arange(np.floor(low / spacing), np.ceil(high / spacing) + 1) * spacing)


def _sampled(weights: Array, rows: Places, rng: np.random.Generator) -> Places:
    """Draw a column for each of the rows that are named, with chances in proportion to its weights."""
    summed = weights.cumsum(axis=1)
    return np.asarray((summed[rows] < rng.random((len(rows), 1)) * summed[rows, -1:]).sum(axis=1))
