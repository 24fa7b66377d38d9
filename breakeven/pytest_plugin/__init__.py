"""The front end for pytest: asv's benchmarks as items, which are checked once each or gated.

In: pytest's options. Out: items, their failures and properties, a summary.
"""
