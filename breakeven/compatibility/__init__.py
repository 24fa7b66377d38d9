"""Where a package that wraps another one works: trials of its public names, on the releases of the train.

In come the trials of the suite and the train. Out goes an append-only file of what each trial came to on each release
that was tried, from which a table tells since when a name works, gives another answer, or fails.
"""
