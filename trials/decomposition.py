"""Trials of ``dask_ml.decomposition``."""

from .data import blocks, dense, numbers
from .trial import trial


def fitted(name, kind, **parameters):
    """Give what both explain with three components, and the rows as both see them, whatever the signs."""
    import dask_ml.decomposition
    import sklearn.decomposition

    X, _ = numbers()
    for library, rows in ((dask_ml.decomposition, blocks(X)), (sklearn.decomposition, X)):
        model = getattr(library, name)(3, **parameters)
        transformed = abs(dense(model.fit_transform(rows)))
        yield {"ratio": dense(model.explained_variance_ratio_), "rows": transformed}[kind]


@trial("dask_ml.decomposition.PCA", "sklearn.decomposition.PCA", "svd_solver='full'")
def pca():
    return fitted("PCA", "rows", svd_solver="full")


@trial("dask_ml.decomposition.PCA", "sklearn.decomposition.PCA", "whiten=True")
def pca_whitened():
    return fitted("PCA", "rows", svd_solver="full", whiten=True)


@trial("dask_ml.decomposition.PCA", "sklearn.decomposition.PCA", "svd_solver='randomized'", tolerance=1e-2)
def pca_randomized():
    return fitted("PCA", "ratio", svd_solver="randomized", random_state=0, iterated_power=4)


@trial("dask_ml.decomposition.PCA", "sklearn.decomposition.PCA", "inverse_transform, whiten=True")
def pca_back():
    import dask_ml.decomposition
    import sklearn.decomposition

    X, _ = numbers()
    for library, rows in ((dask_ml.decomposition, blocks(X)), (sklearn.decomposition, X)):
        model = library.PCA(3, svd_solver="full", whiten=True).fit(rows)
        yield dense(model.inverse_transform(model.transform(rows)))


@trial("dask_ml.decomposition.IncrementalPCA", "sklearn.decomposition.IncrementalPCA", tolerance=1e-3)
def incremental_pca():
    return fitted("IncrementalPCA", "ratio", batch_size=100)


@trial("dask_ml.decomposition.TruncatedSVD", "sklearn.decomposition.TruncatedSVD", "algorithm='tsqr'")
def truncated_svd():
    import dask_ml.decomposition
    import sklearn.decomposition

    X, _ = numbers()
    yield abs(dense(dask_ml.decomposition.TruncatedSVD(3, algorithm="tsqr").fit(blocks(X)).components_))
    yield abs(sklearn.decomposition.TruncatedSVD(3, algorithm="arpack").fit(X).components_)


@trial("dask_ml.decomposition.TruncatedSVD", "sklearn.decomposition.TruncatedSVD", "algorithm='randomized'", 1e-2)
def truncated_svd_randomized():
    return fitted("TruncatedSVD", "ratio", algorithm="randomized", random_state=0)
