"""breakeven: which scaling strategy pays off for scikit-learn style estimators, and since which release.

The package is the tool *around* airspeed velocity (asv). It never runs inside the
environment of a release under test; what runs there lives in ``benchmarks/``.
"""

__version__ = "0.1.0"
