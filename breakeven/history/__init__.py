"""Many releases: at which of them a benchmark changed, and which package in it did it.

In: a line of releases and a way to measure several of them in a round. Out: steps, with the releases and packages at
fault, and how probable each is.
"""
