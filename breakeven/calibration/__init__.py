"""How often the tool is right: controls on this machine, simulated suites of known truth, and asv beside it.

In come gates of a release against itself, as it is and made slower by a known share, and noise to draw from.
Out go error rates, power and the noise of each benchmark, as data; the report room puts them into tables.
"""
