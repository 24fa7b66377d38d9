"""Strategies and sizes: which one to take, what it costs, and what that rests on.

In: times, scores and memory by size and strategy. Out: predictions with intervals, best first, and how good they are.
"""
