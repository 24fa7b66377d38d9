"""What ``breakeven compatibility`` tries on each release: every public name of dask_ml, beside what scikit-learn gives.

Runs inside a release's environment: it imports the stack and nothing else.
"""
