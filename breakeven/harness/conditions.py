"""What a machine permits and how steady it is, for those who measure on it: each fact with a verdict and advice.

The thresholds are set by hand: what is called bad here moves times by more than the tolerance of a gate.
"""

from __future__ import annotations

import importlib
import os
import resource
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from breakeven import state, units
from breakeven.harness import freezer, room

Verdict = Literal["good", "mind", "bad"]

#: Seconds over which other processes and the hypervisor are watched.
WATCHED = 1.0

_ROOT = Path("/")


@dataclass(frozen=True)
class Condition:
    """A fact about the machine.

    Attributes
    ----------
    name : str
        What was looked at.
    fact : str
        What was found.
    verdict : str
        "good", "mind" (may be felt) or "bad" (will be).
    advice : str
        A sentence, where it is not good.
    """

    name: str
    fact: str
    verdict: Verdict = "good"
    advice: str = ""


def looked_at(environment: Mapping[str, str], root: Path = _ROOT) -> Iterator[Condition]:
    """Look at everything.

    Parameters
    ----------
    environment : mapping of str to str
        The user's variables.
    root : Path
        Under which ``proc`` and ``sys`` are.

    Yields
    ------
    Condition
        Of what the system does not tell there is none.
    """
    yield freezing(freezer.cgroups())
    yield pinning()
    yield cores(len(_own_cores()), quota(root))
    before = processor_times(root)
    if before:
        time.sleep(WATCHED)
        yield from busy(before, processor_times(root))
    yield from frequency(root)
    yield from power(root)
    yield blas(environment, _libraries())
    yield from memory(root)
    yield open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield cluster(environment)
    yield suite(state.SUITE, state.CLONE)
    yield storage(state.STATE)
    yield results(state.STATE, state.RESULTS, state.CLONE)


def freezing(cgroups: Path | None) -> Condition:
    """Tell how an arm that waits is put to sleep.

    Parameters
    ----------
    cgroups : Path or None
        Where cgroups can be made, as `freezer.cgroups` has tried.
    """
    if cgroups is not None:
        return Condition("freezing", f"by cgroups in {cgroups}, tried on a process")
    return Condition(
        "freezing",
        "by SIGSTOP and SIGCONT to each process",
        "mind",
        "Linux stops all at once where a cgroup of version 2 may be made: as root, or under "
        "`systemd-run --user --scope -p Delegate=yes`.",
    )


def _own_cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def pinning() -> Condition:
    """Try to hold this process to one core."""
    if not hasattr(os, "sched_setaffinity"):
        return Condition(
            "pinning", "not on this system", "mind", "Benchmarks of one core wander between cores: use Linux."
        )
    own = _own_cores()
    try:
        os.sched_setaffinity(0, {min(own)})
        os.sched_setaffinity(0, own)
    except OSError as err:
        return Condition("pinning", f"refused: {err.strerror}", "mind", "Permit sched_setaffinity to this container.")
    return Condition("pinning", "a process can be held to one core")


def quota(root: Path) -> float | None:
    """Read how many cores' worth of time the cgroups of this process grant.

    Parameters
    ----------
    root : Path
        Under which ``proc`` and ``sys`` are.

    Returns
    -------
    float or None
        None if there is no limit.
    """
    told = [text.split() for text in freezer.of_cgroups(root, "cpu.max")]
    old = root / "sys/fs/cgroup/cpu"  # version 1
    told.append([_read(old / f"cpu.cfs_{what}_us").strip() for what in ("quota", "period")])
    granted = [int(most) / int(period) for most, period in told if most not in ("", "max", "-1")]
    return min(granted, default=None)


def cores(seen: int, granted: float | None) -> Condition:
    """Compare the cores that libraries see with the time that is granted.

    Parameters
    ----------
    seen : int
        Cores.
    granted : float or None
        From `quota`.
    """
    fact = f"{seen}" if granted is None else f"{seen}, with the time of {granted:.3g}"
    if granted is not None and granted < seen:
        advice = "More threads than that are paused again and again: give whole cores (docker's --cpuset-cpus)."
        return Condition("cores", fact, "bad", advice)
    if seen == 1:
        return Condition("cores", fact, "mind", "Strategies that use several cores cannot gain anything here.")
    return Condition("cores", fact)


def processor_times(root: Path) -> dict[str, float]:
    """Read what all processors have done.

    Parameters
    ----------
    root : Path
        Under which ``proc`` is.

    Returns
    -------
    dict of str to float
        Ticks by ``idle``, ``steal`` and ``all``; empty if the system does not tell.
    """
    first = _read(root / "proc/stat").partition("\n")[0].split()[1:9]
    if len(first) < 8:
        return {}
    user, nice, system, idle, waiting, irq, soft, steal = map(float, first)
    return {"idle": idle + waiting, "steal": steal, "all": user + nice + system + idle + waiting + irq + soft + steal}


def busy(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[Condition]:
    """Tell what others used while this process slept.

    Parameters
    ----------
    before, after : mapping of str to float
        From `processor_times`.

    Yields
    ------
    Condition
        Of quiet and of steal.
    """
    ticks = {what: after[what] - before[what] for what in after}
    total = max(ticks["all"], 1.0)
    stolen = ticks["steal"] / total
    used = max(1 - ticks["idle"] / total - stolen, 0.0)
    load = f"load {os.getloadavg()[0]:.1f}"
    yield Condition(
        "quiet",
        f"others use {_percent(used)} of the processors, {load}",
        *_grade(used, 0.03, 0.2, "End what else runs, or measure when it has ended."),
    )
    yield Condition(
        "steal",
        f"the hypervisor gave {_percent(stolen)} of the time to others",
        *_grade(stolen, 0.005, 0.05, "Take a machine with processors of its own; verdicts need more rounds here."),
    )


def frequency(root: Path) -> Iterator[Condition]:
    """Tell whether the processors keep one frequency, where the system tells.

    Parameters
    ----------
    root : Path
        Under which ``sys`` is.

    Yields
    ------
    Condition
        Of the governor and of turbo.
    """
    system = root / "sys/devices/system/cpu"
    governors = sorted({_read(path).strip() for path in system.glob("cpu[0-9]*/cpufreq/scaling_governor")})
    if governors and governors != ["performance"]:
        advice = "Set performance: `sudo cpupower frequency-set --governor performance`."
        yield Condition("governor", ", ".join(governors), "mind", advice)
    else:
        yield Condition("governor", governors[0] if governors else "not told, as in most virtual machines")
    for place, on in (("intel_pstate/no_turbo", "0"), ("cpufreq/boost", "1")):
        value = _read(system / place).strip()
        if value:
            setting = f"/{(system / place).relative_to(root)}"
            advice = f"The frequency depends on heat and on other cores: write {1 - int(on)} to {setting}."
            yield Condition("turbo", "on", "mind", advice) if value == on else Condition("turbo", "off")


def power(root: Path) -> Iterator[Condition]:
    """Tell whether the machine runs from a battery, where it has one.

    Parameters
    ----------
    root : Path
        Under which ``sys`` is.

    Yields
    ------
    Condition
        None without a battery of the machine's own; mice and keyboards have theirs.
    """
    supplies = [place.parent for place in sorted((root / "sys/class/power_supply").glob("*/type"))]
    own = [s for s in supplies if _read(s / "type").strip() == "Battery" and _read(s / "scope").strip() != "Device"]
    if any(_read(battery / "status").strip() == "Discharging" for battery in own):
        advice = "Plug it in: to save power, frequencies fall and the machine may be suspended."
        yield Condition("power", "from a battery", "mind", advice)
    elif own:
        yield Condition("power", "from the mains")


def blas(environment: Mapping[str, str], libraries: Mapping[str, str]) -> Condition:
    """Tell which kernels the linear algebra uses.

    Parameters
    ----------
    environment : mapping of str to str
        The user's variables.
    libraries : mapping of str to str
        By library, the processor that its kernels are made for.
    """
    asked = environment.get("OPENBLAS_CORETYPE", "")
    if not libraries:
        return Condition("BLAS kernels", "not told: no threadpoolctl here")
    fact = ", ".join(f"{library} for {kernels}" for library, kernels in libraries.items())
    used = libraries.get("openblas", asked)
    if asked and used.lower() != asked.lower():
        advice = "OpenBLAS does not know the name, or was not built for it: unset the variable or correct it."
        return Condition("BLAS kernels", f"{fact}, though OPENBLAS_CORETYPE={asked}", "mind", advice)
    return Condition(
        "BLAS kernels", f"{fact}, {f'by OPENBLAS_CORETYPE={asked}' if asked else 'chosen by the processor'}"
    )


def _libraries() -> dict[str, str]:
    try:
        importlib.import_module("numpy.linalg")  # loads one
        pools = importlib.import_module("threadpoolctl").threadpool_info()
    except ImportError:
        return {}
    return {found["internal_api"]: found["architecture"] for found in pools if found.get("architecture")}


def memory(root: Path) -> Iterator[Condition]:
    """Tell how much memory is free, within the limits of cgroups.

    Parameters
    ----------
    root : Path
        Under which ``proc`` and ``sys`` are.

    Yields
    ------
    Condition
        None where the system does not tell.
    """
    found = room.memory(root)
    if found is None:
        return
    free, total = found
    verdict: Verdict = "good" if free >= 4e9 else "mind" if free >= 1e9 else "bad"
    advice = (
        "" if verdict == "good" else "All arms of a round share it: end what uses memory, or measure smaller sizes."
    )
    yield Condition("memory", f"{units.memory(free)} of {units.memory(total)} free", verdict, advice)


def open_files(limit: int) -> Condition:
    """Judge how many files a process may open.

    Parameters
    ----------
    limit : int
        Of open files, as RLIMIT_NOFILE has it.
    """
    if limit == resource.RLIM_INFINITY:
        return Condition("open files", "no limit")
    if limit < 1024:
        advice = "Clusters of many workers need more: `ulimit -n 4096`."
        return Condition("open files", f"at most {limit:,} a process", "mind", advice)
    return Condition("open files", f"at most {limit:,} a process")


def cluster(environment: Mapping[str, str]) -> Condition:
    """Tell whether Dask is measured on a cluster that exists.

    Parameters
    ----------
    environment : mapping of str to str
        The user's variables.
    """
    address = environment.get("DASK_SCHEDULER_ADDRESS")
    if not address:
        return Condition("Dask cluster", "started here for each arm")
    advice = (
        "Its workers cannot be put to sleep: each turn waits until they compute nothing; unset "
        "DASK_SCHEDULER_ADDRESS to measure on this machine."
    )
    return Condition("Dask cluster", address, "mind", advice)


def suite(folder: Path, clone: bool) -> Condition:
    """Tell where benchmarks and releases come from.

    Parameters
    ----------
    folder : Path
        In which they are.
    clone : bool
        Whether this runs in a clone.
    """
    return Condition("suite", f"of the {'clone' if clone else 'installed package'} in {folder.absolute()}")


def storage(folder: Path) -> Condition:
    """Tell where breakeven keeps what it makes for itself, and whether there is room.

    Parameters
    ----------
    folder : Path
        That it is to be kept in; it need not exist.
    """
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not os.access(there, os.W_OK):
        return Condition("state", f"{folder}, which you may not write", "bad", "BREAKEVEN_STATE names another folder.")
    free = shutil.disk_usage(there).free
    verdict: Verdict = "good" if free >= 10e9 else "mind" if free >= 3e9 else "bad"
    advice = "" if verdict == "good" else "An environment takes 1 GB: BREAKEVEN_STATE names a folder with more room."
    return Condition("state", f"{folder}, {units.memory(free)} free", verdict, advice)


def results(folder: Path, told: Path | None, clone: bool) -> Condition:
    """Tell where results go.

    Parameters
    ----------
    folder : Path
        For what breakeven makes for itself.
    told : Path or None
        Where the user wants them, if that was said.
    clone : bool
        Whether this runs in a clone.
    """
    usual = Path("results") if clone else folder / "results"
    return Condition("results", f"{told}, by BREAKEVEN_RESULTS" if told else f"{usual}")


def _percent(share: float) -> str:
    return f"{units.digits(100 * share, 2)} %"


def _grade(share: float, felt: float, much: float, advice: str) -> tuple[Verdict, str]:
    if share < felt:
        return "good", ""
    return ("mind" if share < much else "bad"), advice


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
