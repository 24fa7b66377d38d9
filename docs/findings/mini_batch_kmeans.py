# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.3.5", "scipy==1.16.3"]
# ///
"""Fit `MiniBatchKMeans` on 200,000 rows: `uv run --with scikit-learn==1.8.0 FILE`, then with 1.9.0."""

import time

import numpy as np
import sklearn
from sklearn.cluster import MiniBatchKMeans

X = np.random.default_rng(0).normal(size=(200_000, 20))
model = MiniBatchKMeans(n_clusters=12, n_init=1, max_iter=1, max_no_improvement=None, random_state=0)
model.fit(X)
seconds = []
for _ in range(5):
    start = time.perf_counter()
    model.fit(X)
    seconds.append(time.perf_counter() - start)
state = np.random.RandomState(0)
p = np.full(len(X), 1 / len(X))
drawn = {"randint": lambda: state.randint(0, len(X), 1024), "choice": lambda: state.choice(len(X), 1024, p=p)}
print(f"scikit-learn {sklearn.__version__}: fit {1e3 * min(seconds):.0f} ms, {model.n_steps_} steps")
for name, draw in drawn.items():
    start = time.perf_counter()
    for _ in range(100):
        draw()
    print(f"  1,024 of 200,000 rows by {name}: {10 * (time.perf_counter() - start):.3f} ms")
