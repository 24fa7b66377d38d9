"""Pure functions of numbers: tests, laws and searches, each with its uncertainty and the source of its formula.

In come arrays and mappings of samples: seconds, log-ratios, sizes, numbers of workers.
Out go decisions, fitted curves and estimates as frozen dataclasses; nothing is read, written or put into words.
"""
