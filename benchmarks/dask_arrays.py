"""Dask arrays of a strategy: put where its tasks will run, and waited for. Dask is imported where it is needed."""

from . import cluster, datasets


def put(arrays, n_blocks=datasets.MIN_BLOCKS):
    """Put arrays where the tasks of the strategy that is in use find them.

    Parameters
    ----------
    arrays : tuple of ndarray
        With the same number of rows.
    n_blocks : int
        Of equal numbers of rows, but for the last.

    Returns
    -------
    tuple of dask.array.Array
        On the cluster, or in this process where there is none.
    """
    import dask.array

    rows = -(-len(arrays[0]) // n_blocks)
    return tuple(finished(dask.array.from_array(a, chunks=(rows, *a.shape[1:]))) for a in arrays)


def finished(result):
    """Have a result computed, if it is lazy; it stays where it was computed.

    Parameters
    ----------
    result : object
        A Dask collection, or anything else.

    Returns
    -------
    object
        The same, persisted.
    """
    if not hasattr(result, "__dask_graph__"):
        return result
    result = result.persist()
    if cluster.current() is not None:
        import distributed

        distributed.wait(result)
    return result
