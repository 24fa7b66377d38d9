"""How large a run is: each profile selects sizes and says how often and how long; the sizes themselves never change.

The tool selects by what is stated here, under plain ``asv run`` too, as scipy's benchmarks have it: parameters that
change with a switch would replace what another run has measured.
"""

# Fresh processes a benchmark, of three calls each. The range of 2 x 3 samples covers the median with
# 1 - 2 * 0.5**6 = 97 % if they are independent, that of 3 x 3 with 99.6 %. See docs/measuring.md.
# "quick" answers in minutes; "gate" has all that an upgrade should be judged by, at sizes whose calls are short.
ROUNDS = {"quick": 2, "gate": 2, "full": 3, "large": 2}

# Seconds after which a process is given up; each makes its data, warms up and calls three times.
TIMEOUT = {"quick": 60, "gate": 60, "full": 300, "large": 3_600}

# Profiles of few sizes.
SMALL = ("quick", "gate")


class Sizes(list):
    """All ``n_samples`` of a workload in ascending order; ``selected`` has those of each profile."""

    def __init__(self, quick, full=(), large=(), gate=()):
        self.selected = {
            "quick": sorted(quick),
            "gate": sorted(gate or quick),
            "full": sorted([*quick, *full]),
            "large": sorted([*quick, *full, *large]),
        }
        super().__init__(self.selected["large"])


def sizes(quick, full=(), large=(), gate=()):
    """List the sizes of a workload; a larger profile keeps the smaller ones' sizes.

    Parameters
    ----------
    quick, full, large : sequence of int
        ``n_samples`` that each profile adds.
    gate : sequence of int, optional
        Those of them that a gate has, if not the quick ones: a round makes sixteen calls and more, so that calls of
        half a second and more would take most of its time.

    Returns
    -------
    Sizes
        For ``params``.
    """
    return Sizes(quick, full, large, gate)


def selection(params, param_names, kind, only_in=tuple(ROUNDS), strategies_in=None):
    """Say which parameters each profile selects.

    Parameters
    ----------
    params : list of list
        Of a benchmark; a list made by `sizes` is selected from, all others are taken whole.
    param_names : list of str
        Their names.
    kind : str
        Of number. Scores and memory cost a process each, so they are taken at the smallest and largest size: two tell
        what grows from what does not. The small profiles have scores at their largest size only.
    only_in : sequence of str
        Profiles that have the benchmark at all.
    strategies_in : mapping of str to sequence of str, optional
        By strategy, the profiles that have it; all others are in every profile.

    Returns
    -------
    dict of str to dict of str to list of str
        Profile to parameter name to values, as asv writes them (``repr``).
    """
    selected = {}
    for profile in only_in:
        selected[profile] = {}
        for name, values in zip(param_names, params, strict=True):
            chosen = values
            if isinstance(values, Sizes):
                chosen = values.selected[profile]
                if kind == "score" and profile in SMALL:
                    chosen = chosen[-1:]
                elif kind in ("score", "peak memory"):
                    chosen = sorted({chosen[0], chosen[-1]})
            elif name == "strategy":
                chosen = [value for value in values if profile in (strategies_in or {}).get(value, only_in)]
            if isinstance(values, Sizes) or chosen != values:
                selected[profile][name] = [repr(value) for value in chosen]
    return selected
