"""Text to columns: words are counted in Python, which holds the GIL."""

import numpy as np
import scipy.sparse
import sklearn.feature_extraction.text

from . import datasets, strategies
from .profiles import sizes
from .workload import Transformer

N_WORDS = 40


def documents(n_samples):
    """Make documents of 40 words: a few words often, most seldom, as in language (Zipf's law).

    Parameters
    ----------
    n_samples : int
        Documents.

    Returns
    -------
    list of str
    """
    ranks = np.random.default_rng(0).zipf(1.3, (n_samples, N_WORDS)) % 20_000
    return [" ".join(f"word{rank}" for rank in row) for row in ranks]


class Hashing(Transformer):
    """``HashingVectorizer`` on documents that the suite makes.

    Expected: near the number of cores on a cluster of processes once a block takes longer than it takes to send, for
    documents are on the workers already; no faster than serial on Dask's threads, for the GIL lets one count at a time.
    scikit-learn has no ``n_jobs`` here.
    """

    params = [sizes(quick=[1_000, 20_000], full=[2_000, 5_000, 50_000]), ["serial", "dask-ml", "dask-ml-threads"]]
    only_in = ("full", "large")
    n_features = 2**18
    score_name = "weighted sum"

    def data(self, n_samples, strategy):
        texts = documents(n_samples)
        if not strategies.named(strategy).blocks:
            return (texts,)
        import dask.bag

        from . import dask_arrays

        with strategies.using(strategy):
            return (dask_arrays.finished(dask.bag.from_sequence(texts, npartitions=datasets.MIN_BLOCKS)),)

    def estimator(self, strategy):
        library = sklearn.feature_extraction.text
        if strategies.named(strategy).estimator == "dask_ml":
            import dask_ml.feature_extraction.text as library
        return library.HashingVectorizer(n_features=self.n_features)

    def score(self, vectors, n_samples, strategy):
        """Sum all entries, each with a weight of its row and one of its column."""
        if hasattr(vectors, "to_delayed"):
            import dask

            vectors = scipy.sparse.vstack(dask.compute(*vectors.to_delayed().ravel()))
        rows, columns = (np.arange(1, n + 1) / n for n in vectors.shape)
        return float(rows @ (vectors @ columns))
