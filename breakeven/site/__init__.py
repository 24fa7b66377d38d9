"""The published site: the Scaling page, beside asv's own.

In: results, gates' records, the train. Out: HTML, scripts, CSV in the folder that `asv publish` fills.
What is shown is decided here; what it means is decided in the rooms below.
"""
