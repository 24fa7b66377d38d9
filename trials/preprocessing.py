"""Trials of ``dask_ml.preprocessing`` and ``dask_ml.impute``."""

from .data import blocks, dense, frame, numbers, partitions
from .trial import trial


def transformed(name, back=False, **parameters):
    """Give numbers as both transform them, or transform them back."""
    import dask_ml.preprocessing
    import sklearn.preprocessing

    X, _ = numbers()
    for library, rows in ((dask_ml.preprocessing, blocks(X)), (sklearn.preprocessing, X)):
        model = getattr(library, name)(**parameters).fit(rows)
        there = model.transform(rows)
        yield dense(model.inverse_transform(there) if back else there)


@trial("dask_ml.preprocessing.StandardScaler", "sklearn.preprocessing.StandardScaler")
def standard_scaler():
    return transformed("StandardScaler")


@trial("dask_ml.preprocessing.StandardScaler", "sklearn.preprocessing.StandardScaler", "inverse_transform")
def standard_scaler_back():
    return transformed("StandardScaler", back=True)


@trial("dask_ml.preprocessing.MinMaxScaler", "sklearn.preprocessing.MinMaxScaler")
def min_max_scaler():
    return transformed("MinMaxScaler")


@trial(
    "dask_ml.preprocessing.RobustScaler",
    "sklearn.preprocessing.RobustScaler",
    tolerance=0.1,
    version="2",
    cause="its quantiles are merged from those of blocks",
)
def robust_scaler():
    return transformed("RobustScaler")


@trial("dask_ml.preprocessing.QuantileTransformer", "sklearn.preprocessing.QuantileTransformer", tolerance=0.1)
def quantile_transformer():
    return transformed("QuantileTransformer", n_quantiles=100)


@trial(
    "dask_ml.preprocessing.QuantileTransformer",
    "sklearn.preprocessing.QuantileTransformer",
    "inverse_transform",
    tolerance=0.1,
)
def quantile_transformer_back():
    return transformed("QuantileTransformer", back=True, n_quantiles=100)


@trial("dask_ml.preprocessing.PolynomialFeatures", "sklearn.preprocessing.PolynomialFeatures", "of an array")
def polynomial_features():
    return transformed("PolynomialFeatures")


@trial("dask_ml.preprocessing.PolynomialFeatures", "sklearn.preprocessing.PolynomialFeatures", "of a table")
def polynomial_features_of_table():
    import dask_ml.preprocessing
    import sklearn.preprocessing

    table = frame()[["size", "count"]]
    yield dense(dask_ml.preprocessing.PolynomialFeatures().fit_transform(partitions(table)))
    yield sklearn.preprocessing.PolynomialFeatures().fit_transform(table)


@trial("dask_ml.preprocessing.StandardScaler", "sklearn.preprocessing.StandardScaler", "of a table")
def standard_scaler_of_table():
    import dask_ml.preprocessing
    import sklearn.preprocessing

    table = frame()[["size", "count"]]
    yield dense(dask_ml.preprocessing.StandardScaler().fit_transform(partitions(table)))
    yield sklearn.preprocessing.StandardScaler().fit_transform(table)


@trial("dask_ml.preprocessing.OneHotEncoder", "sklearn.preprocessing.OneHotEncoder", "of an array")
def one_hot_encoder():
    import dask_ml.preprocessing
    import sklearn.preprocessing

    X = frame()[["count"]].to_numpy()
    yield dense(dask_ml.preprocessing.OneHotEncoder(**dense_output()).fit_transform(blocks(X)))
    yield sklearn.preprocessing.OneHotEncoder(**dense_output()).fit_transform(X)


@trial("dask_ml.preprocessing.OneHotEncoder", "sklearn.preprocessing.OneHotEncoder", "of a table")
def one_hot_encoder_of_table():
    import dask_ml.preprocessing
    import sklearn.preprocessing

    table = frame()[["colour"]]
    yield dense(dask_ml.preprocessing.OneHotEncoder(**dense_output()).fit_transform(partitions(table)))
    yield sklearn.preprocessing.OneHotEncoder(**dense_output()).fit_transform(table)


def dense_output():
    """Name the parameter as this scikit-learn does: ``sparse`` until 1.3, ``sparse_output`` since 1.2."""
    import inspect

    import sklearn.preprocessing

    known = inspect.signature(sklearn.preprocessing.OneHotEncoder).parameters
    return {"sparse_output" if "sparse_output" in known else "sparse": False}


@trial("dask_ml.preprocessing.OrdinalEncoder", "pandas.Categorical.codes")
def ordinal_encoder():
    """scikit-learn's encodes by value, dask_ml's by the categories that the table knows."""
    import dask_ml.preprocessing

    table = frame()[["colour", "size"]]
    encoded = dask_ml.preprocessing.OrdinalEncoder().fit_transform(partitions(table))
    yield dense(encoded["colour"])
    yield table["colour"].cat.codes.to_numpy()


@trial("dask_ml.preprocessing.LabelEncoder", "sklearn.preprocessing.LabelEncoder", "of numbers")
def label_encoder():
    import dask_ml.preprocessing
    import sklearn.preprocessing

    y = frame()["count"].to_numpy() * 10
    yield dense(dask_ml.preprocessing.LabelEncoder().fit_transform(blocks(y)))
    yield sklearn.preprocessing.LabelEncoder().fit_transform(y)


@trial("dask_ml.preprocessing.LabelEncoder", "sklearn.preprocessing.LabelEncoder", "of a column of text")
def label_encoder_of_text():
    import dask_ml.preprocessing
    import sklearn.preprocessing

    y = frame()["colour"].astype(str)
    yield dense(dask_ml.preprocessing.LabelEncoder().fit_transform(partitions(y)))
    yield sklearn.preprocessing.LabelEncoder().fit_transform(y)


@trial("dask_ml.preprocessing.Categorizer", "pandas.Series.astype('category')")
def categorizer():
    import dask_ml.preprocessing

    table = frame()
    table["colour"] = table["colour"].astype(str)
    found = dask_ml.preprocessing.Categorizer().fit_transform(partitions(table)).compute()
    yield found["colour"].cat.codes.to_numpy()
    yield table["colour"].astype("category").cat.codes.to_numpy()


@trial("dask_ml.preprocessing.DummyEncoder", "pandas.get_dummies")
def dummy_encoder():
    import dask_ml.preprocessing
    import pandas

    table = frame()[["colour", "size"]]
    yield dense(dask_ml.preprocessing.DummyEncoder().fit_transform(partitions(table))).astype(float)
    yield pandas.get_dummies(table).to_numpy().astype(float)


@trial("dask_ml.preprocessing.BlockTransformer", "sklearn.preprocessing.FunctionTransformer")
def block_transformer():
    import dask_ml.preprocessing
    import numpy as np
    import sklearn.preprocessing

    X, _ = numbers()
    yield dense(dask_ml.preprocessing.BlockTransformer(np.log).fit_transform(blocks(X + 20)))
    yield sklearn.preprocessing.FunctionTransformer(np.log).fit_transform(X + 20)


def imputed(put, table):
    """Fill in means by both."""
    import dask_ml.impute
    import sklearn.impute

    yield dense(dask_ml.impute.SimpleImputer().fit(put(table)).transform(put(table)))
    yield sklearn.impute.SimpleImputer().fit_transform(table)


@trial("dask_ml.impute.SimpleImputer", "sklearn.impute.SimpleImputer", "of an array")
def simple_imputer():
    X, _ = numbers()
    X[::7, 1] = float("nan")
    return imputed(blocks, X)


@trial("dask_ml.impute.SimpleImputer", "sklearn.impute.SimpleImputer", "of a table")
def simple_imputer_of_table():
    table = frame()[["size", "count"]].astype(float)
    table.loc[::7, "size"] = float("nan")
    return imputed(partitions, table)
