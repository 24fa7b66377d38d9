"""Two releases: whether HEAD is slower than BASE.

In: a record of rounds. Out: a verdict on each benchmark and on the whole, the same whenever it is computed.
"""
