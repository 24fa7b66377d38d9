"""Run the suite round by round through ``asv run``, going on wherever an earlier run stopped."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from breakeven.errors import BreakevenError
from breakeven.harness import results


def rounds_done(benchmark: Mapping[str, Any], recorded: Mapping[tuple[str, ...], results.Value] | None) -> int:
    """Count the rounds that a benchmark has behind it.

    Parameters
    ----------
    benchmark : mapping
        Its entry in ``benchmarks.json``.
    recorded : mapping of parameters to Value, or None
        What is recorded for it on a release; ``None`` if nothing is.

    Returns
    -------
    int
        Rounds finished for every parameter set. A failed one does not hold the others up. A benchmark
        that tracks a number needs one round only.
    """
    wanted = int(benchmark.get("rounds", 1))
    if recorded is None or set(recorded) != set(results.parameter_sets(benchmark)):
        return 0
    if benchmark["type"] != "time":
        return wanted
    repeat = int(benchmark["repeat"])
    measured = [v for v in recorded.values() if v.state == "measured"]
    return min((len(v.samples) // repeat for v in measured), default=wanted)


def run(
    commits: Mapping[str, str],
    patterns: Sequence[re.Pattern[str]],
    config: Path = results.CONFIG,
    machine: str | None = None,
) -> bool:
    """Measure releases until each benchmark has all its rounds.

    Rounds are the outer loop, so that a slow spell of the machine spreads over releases instead of
    falling on one of them.

    Parameters
    ----------
    commits : mapping of str to str
        Release name to commit hash.
    patterns : sequence of re.Pattern
        Only benchmarks in whose name one of them is found; all if there are none.
    config : Path
        asv's configuration.
    machine : str, optional
        Name for the results, known to asv; this machine's by default.

    Returns
    -------
    bool
        Whether everything that was to be measured gave a number.

    Raises
    ------
    BreakevenError
        The suite cannot be imported on any of the releases, or nothing is selected.
    """
    store = results.Store.of(config)
    named = []
    if machine is not None:
        store, named = results.Store(store.folder, machine), ["--machine", machine]
    first = next(iter(commits.values()))
    if _asv(config, *named, "--bench", "just-discover", f"{first}^!") != 0:
        raise BreakevenError("The benchmarks could not be listed; the reason is above")
    listed = store.benchmarks()
    chosen = {n: b for n, b in listed.items() if not patterns or any(p.search(n) for p in patterns)}
    if not chosen:
        raise BreakevenError(f"No benchmark matches {' or '.join(p.pattern for p in patterns)}")
    last = max(int(b.get("rounds", 1)) for b in chosen.values())
    for number in range(1, last + 1):
        for name, commit in commits.items():
            recorded = store.recorded(commit)
            todo = [n for n, b in chosen.items() if rounds_done(b, recorded.get(n)) < number <= int(b.get("rounds", 1))]
            if not todo:
                continue
            print(f"\n=== {name}: round {number} of {last}, {len(todo)} benchmarks", flush=True)
            status = _asv(
                config, *named, "--append-samples", "-a", "rounds=1", "--bench",
                f"^({'|'.join(map(re.escape, todo))})(\\(|$)", f"{commit}^!",
            )  # fmt: skip
            if status not in (0, 2):  # 2: some benchmark failed, which is recorded
                raise BreakevenError(f"asv stopped while measuring {name}; run the same command again to go on")
    return all(
        value.state != "failed"
        for commit in commits.values()
        for benchmark, values in store.recorded(commit).items()
        if benchmark in chosen
        for value in values.values()
    )


def _asv(config: Path, *args: str) -> int:
    # asv kills the benchmark's whole process group on Ctrl-C and ends with an error of its own.
    process = subprocess.Popen([sys.executable, "-m", "asv", "--config", str(config), "run", *args])
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise
