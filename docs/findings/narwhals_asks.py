# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1"]
# ///
"""Validate a small array a thousand times: `uv run --with narwhals==2.22.1 FILE`, then with 2.28.0."""

import time

import narwhals
import numpy as np
from narwhals.stable.v2.dependencies import is_into_dataframe, is_into_series
from sklearn.utils import check_array

X = np.zeros((300, 20))
calls = {"is_into_dataframe": is_into_dataframe, "is_into_series": is_into_series, "check_array": check_array}
print(f"narwhals {narwhals.__version__}")
for name, call in calls.items():
    call(X)
    start = time.perf_counter()
    for _ in range(1_000):
        call(X)
    print(f"  {name} of a small array: {1e3 * (time.perf_counter() - start):.1f} µs")
