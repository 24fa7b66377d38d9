"""All that knows asv: its plugin and patches, processes in environments, turns and rounds, results and records.

In: a release's commit, a suite, what to measure. Out: samples in records and in asv's result files.
What the numbers mean is decided in the rooms above; here they are taken, kept and arranged.
"""
