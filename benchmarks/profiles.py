"""How large a run is: the profile in ``BREAKEVEN_PROFILE`` chooses sizes and the number of processes."""

import os

PROFILES = ("quick", "full", "large")

PROFILE = os.environ.get("BREAKEVEN_PROFILE", "quick")
if PROFILE not in PROFILES:
    raise ValueError(f"BREAKEVEN_PROFILE is '{PROFILE}', but must be one of: {', '.join(PROFILES)}")

# Fresh processes a benchmark, of three calls each. The range of 2 x 3 samples covers the median with
# 1 - 2 * 0.5**6 = 97 % if they are independent, that of 3 x 3 with 99.6 %. See docs/measuring.md.
ROUNDS = {"quick": 2, "full": 3, "large": 2}[PROFILE]

# Seconds after which a process is given up; each makes its data, warms up and calls three times.
TIMEOUT = {"quick": 60, "full": 300, "large": 3_600}[PROFILE]


def sizes(quick, full=(), large=()):
    """Choose the sizes of the profile; a larger profile keeps the smaller ones' sizes.

    Parameters
    ----------
    quick, full, large : sequence of int
        ``n_samples`` that each profile adds.

    Returns
    -------
    list of int
        In ascending order.
    """
    added = {"quick": [*quick], "full": [*quick, *full], "large": [*quick, *full, *large]}
    return sorted(added[PROFILE])


def tracked(params):
    """Choose where scores and peak memory are tracked: each costs a process of its own.

    Parameters
    ----------
    params : list of list
        Sizes and strategies of a workload.

    Returns
    -------
    list of list
        In the quick profile only the largest size is left.
    """
    n_samples, strategy = params
    return [n_samples[-1:] if PROFILE == "quick" else n_samples, strategy]


def only_in(method, *profiles):
    """Leave a benchmark out of the other profiles.

    Parameters
    ----------
    method : callable
        Whose name asv takes for a benchmark's.
    *profiles : str
        That have it.

    Returns
    -------
    callable
        The same.
    """
    method.skip_benchmark = PROFILE not in profiles
    return method


def from_full(method):
    """Leave a benchmark out of the quick profile.

    Parameters
    ----------
    method : callable
        Whose name asv takes for a benchmark's.

    Returns
    -------
    callable
        The same.
    """
    return only_in(method, "full", "large")
