"""Two hosts on one machine: a Dask cluster at the other end of a network whose latency and rate are known.

In come the latency, the rate, a release's environment and a number of workers.
Out go network namespaces with a scheduler and workers in them, and the exit status of a command that runs beside them.
"""
