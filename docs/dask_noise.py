"""What lowers the noise of benchmarks on Dask? Gates of a release against itself: as they are, and with a change each.

``python docs/dask_noise.py FOLDER [GATES]`` copies this checkout four times into a folder. In the second each benchmark
starts a cluster of its own; in the third, each worker is pinned to a core; the fourth gives both arms one cluster that
exists already, which two releases could not share. It measures gates in all of them in turns, a minute each, and prints
for each kind the standard deviation of the log-ratios between rounds: as it is, and of what is left once it is
predicted from the logarithm of the ratio of CPU seconds a call, or from the difference in steal (control variates; each
round is predicted by the others). The same command goes on, and prints what is there.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from breakeven.harness import record, record_file
from breakeven.state import STATE
from breakeven.statistics import repetitions
from breakeven.train import entries, environments, overrides

ROOT = Path(__file__).parent.parent
BENCH = r"GridSearchSmall.time_fit\(200, 'dask-(joblib|ml)'"
WAIT = '    client.wait_for_workers(kind["n_workers"])\n'
PIN = """    for at, nanny in enumerate(local.workers.values()):
        os.sched_setaffinity(nanny.pid, {at % os.cpu_count()})
"""
CLUSTER = """if True:
    import os, sys
    from distributed import LocalCluster
    if __name__ == "__main__":
        cluster = LocalCluster(n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address=None)
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def cluster() -> Iterator[dict[str, str]]:
    """Run a cluster of the newest release, and give the variable that names it."""
    known = entries.load()
    python = environments.ensure(overrides.resolve(known, "newest").pins, known.python) / "bin" / "python"
    with subprocess.Popen(
        [python, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield {"DASK_SCHEDULER_ADDRESS": process.stdout.readline().strip()}
        assert process.stdin is not None
        process.stdin.close()


def copied(folder: Path) -> Path:
    """Copy what is committed, changed as the folder's name says."""
    if not folder.exists():
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        if folder.name == "pinned":
            replace(folder / "benchmarks" / "cluster.py", {WAIT: WAIT + PIN, "import gc\n": "import gc\nimport os\n"})
        if folder.name == "own":
            replace(folder / "benchmarks" / "strategies.py", {"shares_cluster=True": "shares_cluster=False"})
    return folder


def replace(file: Path, changes: dict[str, str]) -> None:
    """Replace words in a file, each of which is there."""
    text = file.read_text()
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)


def measure(checkout: Path, gates: int, variables: dict[str, str]) -> None:
    """Measure as many gates as there are to be."""
    command = [
        "breakeven",
        "calibrate",
        "newest",
        "--inject",
        "",
        "--gates",
        str(gates),
        "--budget",
        "60s",
        "--bench",
        BENCH,
    ]
    state = {"BREAKEVEN_STATE": str(STATE.resolve())}
    subprocess.run(command, cwd=checkout, env=os.environ | state | variables, check=True, stdout=subprocess.DEVNULL)


def pairs(checkout: Path) -> list[list[tuple[record.Measured, record.Measured]]]:
    """Give the rounds of each benchmark, of all gates."""
    found: dict[str, list[tuple[record.Measured, record.Measured]]] = {}
    for path in sorted(checkout.glob("results/*/calibration/*.gate")):
        kept = record_file.load(path)
        for case in kept.cases:
            if not re.search(BENCH, case.label):
                continue  # what is committed beside
            found.setdefault(case.label, []).extend(p for p in kept.pairs(case.label) if all(m.samples for m in p))
    return list(found.values())


def left(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Give what is left of each round once it is predicted from a covariate by the other rounds."""
    residuals = []
    for at in range(len(y)):
        others = np.arange(len(y)) != at
        slope, level = np.polyfit(x[others], y[others], 1) if np.ptp(x[others]) > 0 else (0.0, y[others].mean())
        residuals.append(y[at] - level - slope * x[at])
    return np.array(residuals)


def report(name: str, checkout: Path) -> None:
    """Print the standard deviations over all benchmarks, each around its own mean."""
    columns: dict[str, list[np.ndarray]] = {"as it is": [], "CPU": [], "steal": []}
    within, between, start = [], [], []
    for rounds in pairs(checkout):
        y = np.array([record.log_ratio(*p) for p in rounds])
        cpu = np.array([np.diff([np.log(m.reading.course.cpu / len(m.samples)) for m in p])[0] for p in rounds])
        steal = np.array([np.diff([m.reading.course.steal for m in p])[0] for p in rounds])
        columns["as it is"].append(left(y, np.zeros(len(y))))
        columns["CPU"].append(left(y, cpu))
        columns["steal"].append(left(y, steal))
        turns = [np.diff(np.log(record.side_by_side(*p)), axis=1)[:, 0] for p in rounds]
        w, b = repetitions.components(turns)
        within.append(w)
        between.append(b)
        start += [2 * m.wall - (m.reading.course.times[-1] - m.reading.course.times[0]) for p in rounds for m in p]
    n = sum(len(c) for c in columns["as it is"])
    sds = ", ".join(f"{key} {100 * np.std(np.concatenate(values)):.2f} %" for key, values in columns.items())
    print(
        f"{name}: {n} rounds; standard deviation {sds}; within a round {100 * np.sqrt(np.mean(within)):.2f} % a turn, "
    )
    print(
        f" between rounds {100 * np.sqrt(np.mean(between)):.2f} %; starting and ending {np.median(start):.1f} s a round"
    )


def main() -> None:
    """Measure in turns, then report."""
    folder, gates = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    lent, own, pinned, shared = (copied(folder / name) for name in ("lent", "own", "pinned", "shared"))
    for number in range(1, gates + 1):
        for checkout in (lent, own, pinned):
            measure(checkout, number, {})
        with cluster() as address:
            measure(shared, number, address)
    report("one cluster a side, lent to each benchmark", lent)
    report("a cluster for each benchmark", own)
    report("lent, workers pinned", pinned)
    report("one cluster for both", shared)


main()
