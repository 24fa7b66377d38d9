"""Trials of ``dask_ml.feature_extraction.text``, on a bag, a column of a table, and an array."""

from .data import N_ROWS, N_SAMPLES, dense, documents
from .trial import trial


def bag(items):
    """Give a list as a bag."""
    import dask.bag

    return dask.bag.from_sequence(items, npartitions=N_SAMPLES // N_ROWS)


def column(items):
    """Give a list as a column of a table in partitions."""
    import dask.dataframe as dd
    import pandas

    return dd.from_pandas(pandas.Series(items), npartitions=N_SAMPLES // N_ROWS)


def array(items):
    """Give a list as an array in blocks."""
    import dask.array as da
    import numpy as np

    return da.from_array(np.array(items, dtype=object), chunks=N_ROWS)


def stacked(result):
    """Join the blocks of a result one by one: each is a sparse matrix."""
    import dask
    import numpy as np

    parts = dask.compute(*(part for part in np.ravel(result.to_delayed())))
    return np.vstack([part.toarray() for part in parts])


def hashed(put):
    """Hash words by both."""
    import dask_ml.feature_extraction.text
    import sklearn.feature_extraction.text

    yield stacked(dask_ml.feature_extraction.text.HashingVectorizer(n_features=64).transform(put(documents())))
    yield dense(sklearn.feature_extraction.text.HashingVectorizer(n_features=64).transform(documents()))


HASHING = "dask_ml.feature_extraction.text.HashingVectorizer", "sklearn.feature_extraction.text.HashingVectorizer"


@trial(*HASHING, "of a bag")
def hashing_bag():
    return hashed(bag)


@trial(*HASHING, "of a column")
def hashing_column():
    return hashed(column)


@trial(*HASHING, "of an array")
def hashing_array():
    return hashed(array)


@trial("dask_ml.feature_extraction.text.FeatureHasher", "sklearn.feature_extraction.FeatureHasher")
def feature_hasher():
    import dask_ml.feature_extraction.text
    import sklearn.feature_extraction

    words = [dict.fromkeys(text.split(), 1) for text in documents()]
    yield stacked(dask_ml.feature_extraction.text.FeatureHasher(n_features=64).transform(bag(words)))
    yield dense(sklearn.feature_extraction.FeatureHasher(n_features=64).transform(words))


COUNTING = "dask_ml.feature_extraction.text.CountVectorizer", "sklearn.feature_extraction.text.CountVectorizer"


@trial(*COUNTING, "fit_transform of a bag")
def counting_bag():
    import dask_ml.feature_extraction.text
    import sklearn.feature_extraction.text

    yield stacked(dask_ml.feature_extraction.text.CountVectorizer().fit_transform(bag(documents())))
    yield dense(sklearn.feature_extraction.text.CountVectorizer().fit_transform(documents()))


@trial(*COUNTING, "transform by a vocabulary")
def counting_known_words():
    import dask_ml.feature_extraction.text
    import sklearn.feature_extraction.text

    known = sklearn.feature_extraction.text.CountVectorizer().fit(documents()).vocabulary_
    yield stacked(dask_ml.feature_extraction.text.CountVectorizer(vocabulary=known).transform(bag(documents())))
    yield dense(sklearn.feature_extraction.text.CountVectorizer(vocabulary=known).transform(documents()))
