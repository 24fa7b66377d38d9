# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1"]
# ///
"""How many calls does it take until a process that has its turn is as fast as one that is alone? `uv run FILE`.

Two processes each call the PCA of 100,000 x 50 numbers, 40 MB, eight times in a row, by turns; then one of them has all
turns. Printed is the median of the first call of a turn, of the second, and so on.
"""

import multiprocessing
import time
from multiprocessing.connection import Connection

import numpy as np
from sklearn.decomposition import PCA

CALLS, TURNS = 8, 100


def measure(turns: Connection) -> None:
    """Take turns until there are no more."""
    X = np.random.default_rng(0).standard_normal((100_000, 50))
    PCA().fit(X)  # starts BLAS's threads
    turns.send(None)
    while turns.recv():
        seconds = []
        for _ in range(CALLS):
            start = time.perf_counter()
            PCA().fit(X)
            seconds.append(time.perf_counter() - start)
        turns.send(seconds)


def start() -> Connection:
    """Start a process, and wait until it is ready."""
    ours, its = multiprocessing.Pipe()
    multiprocessing.Process(target=measure, args=(its,), daemon=True).start()
    ours.recv()
    return ours


def main() -> None:
    """Measure by turns, then alone."""
    both = [start(), start()]
    for name, having in {"by turns": both, "alone": both[:1]}.items():
        times = []
        for number in range(TURNS):
            turns = having[number % len(having)]
            turns.send(True)
            times.append(turns.recv())
        print(f"{name}: {', '.join(f'{1e3 * t:.1f}' for t in np.median(times, axis=0))} ms")


if __name__ == "__main__":
    main()
