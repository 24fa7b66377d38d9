"""Trials of ``dask_ml.model_selection``."""

from .data import N_ROWS, blocks, classes, client, dense, frame, partitions
from .trial import trial


def depths():
    """Give what is searched: trees of three depths."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 4]}


@trial("dask_ml.model_selection.GridSearchCV", "sklearn.model_selection.GridSearchCV")
def grid_search():
    import dask_ml.model_selection
    import sklearn.model_selection

    for library in (dask_ml.model_selection, sklearn.model_selection):
        yield library.GridSearchCV(*depths(), cv=4).fit(*classes()).cv_results_["mean_test_score"]


@trial(
    "dask_ml.model_selection.GridSearchCV",
    "sklearn.model_selection.GridSearchCV",
    "folds of unequal sizes",
    version="2",
    cause="it weights folds by their rows (`iid=True`), as scikit-learn did until 0.22",
)
def grid_search_of_unequal_folds():
    import dask_ml.model_selection
    import sklearn.model_selection

    for library in (dask_ml.model_selection, sklearn.model_selection):
        yield library.GridSearchCV(*depths(), cv=3).fit(*classes()).cv_results_["mean_test_score"]


@trial("dask_ml.model_selection.GridSearchCV", "sklearn.model_selection.GridSearchCV", "of arrays in blocks")
def grid_search_of_blocks():
    import dask_ml.model_selection
    import sklearn.model_selection

    yield dask_ml.model_selection.GridSearchCV(*depths(), cv=4).fit(*blocks(*classes())).best_score_
    # dask_ml's folds of an array in blocks are not stratified
    yield (
        sklearn.model_selection.GridSearchCV(*depths(), cv=sklearn.model_selection.KFold(4)).fit(*classes()).best_score_
    )


@trial("dask_ml.model_selection.GridSearchCV", "sklearn.model_selection.GridSearchCV", "of a pipeline")
def grid_search_of_pipeline():
    import dask_ml.model_selection
    import sklearn.model_selection
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    for library in (dask_ml.model_selection, sklearn.model_selection):
        search = library.GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.01, 1]}, cv=4)
        yield search.fit(*classes()).cv_results_["mean_test_score"]


@trial("dask_ml.model_selection.RandomizedSearchCV", "sklearn.model_selection.RandomizedSearchCV")
def randomized_search():
    import dask_ml.model_selection
    import sklearn.model_selection

    for library in (dask_ml.model_selection, sklearn.model_selection):
        search = library.RandomizedSearchCV(*depths(), n_iter=3, cv=4, random_state=0).fit(*classes())
        yield sorted(search.cv_results_["mean_test_score"])


def incrementally(name, parameters, counterpart, its_own):
    """Give the accuracy of the model that each search finds, on rows that it has not seen."""
    import dask_ml.model_selection
    import sklearn.model_selection
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.linear_model import SGDClassifier

    X, y = classes()
    seen, unseen = slice(3 * N_ROWS), slice(3 * N_ROWS, None)
    searched = SGDClassifier(random_state=0, tol=1e-3), {"alpha": [1e-4, 1e-3, 1e-2]}
    with client():
        search = getattr(dask_ml.model_selection, name)(*searched, max_iter=9, random_state=0, **parameters)
        search.fit(*blocks(X[seen], y[seen]), classes=[0, 1])
        yield (dense(search.predict(X[unseen])) == y[unseen]).mean()
    search = getattr(sklearn.model_selection, counterpart)(*searched, random_state=0, **its_own)
    yield search.fit(X[seen], y[seen]).score(X[unseen], y[unseen])


_HALVING, _RANDOMIZED = ("HalvingRandomSearchCV", {}), ("RandomizedSearchCV", {"n_iter": 3})
for _name, _parameters, _counterpart in (
    ("HyperbandSearchCV", {}, _HALVING),
    ("SuccessiveHalvingSearchCV", {"n_initial_parameters": 3, "n_initial_iter": 2}, _HALVING),
    ("IncrementalSearchCV", {"n_initial_parameters": 3}, _RANDOMIZED),
    ("InverseDecaySearchCV", {"n_initial_parameters": 3}, _RANDOMIZED),
):

    @trial(f"dask_ml.model_selection.{_name}", f"sklearn.model_selection.{_counterpart[0]}", tolerance=0.1, version="2")
    def of_incremental(name=_name, parameters=_parameters, counterpart=_counterpart):
        return incrementally(name, parameters, *counterpart)


@trial("dask_ml.model_selection.KFold", "sklearn.model_selection.KFold")
def k_fold():
    import dask_ml.model_selection
    import numpy as np
    import sklearn.model_selection

    X, _ = classes()
    for library, rows in ((dask_ml.model_selection, blocks(X)), (sklearn.model_selection, X)):
        yield np.concatenate([dense(test) for _, test in library.KFold(4).split(rows)])


@trial("dask_ml.model_selection.ShuffleSplit", "sklearn.model_selection.ShuffleSplit", "sizes")
def shuffle_split():
    import dask_ml.model_selection
    import sklearn.model_selection

    X, _ = classes()
    for library, rows in ((dask_ml.model_selection, blocks(X)), (sklearn.model_selection, X)):
        split = library.ShuffleSplit(3, test_size=0.25, random_state=0).split(rows)
        yield [len(set(dense(part))) for parts in split for part in parts]


def split(arrays, **parameters):
    """Split rows by both: how many are where, and whether each is somewhere."""
    import dask_ml.model_selection
    import numpy as np
    import sklearn.model_selection

    for library, given in ((dask_ml.model_selection, arrays[0]), (sklearn.model_selection, arrays[1])):
        known = parameters if library is dask_ml.model_selection else {}
        parts = [dense(p) for p in library.train_test_split(*given, test_size=0.25, random_state=0, **known)]
        yield [*map(len, parts), *np.sort(np.concatenate([parts[0], parts[1]])[:, 1])]


@trial("dask_ml.model_selection.train_test_split", "sklearn.model_selection.train_test_split", "arrays")
def split_arrays():
    X, y = classes()
    return split(([*blocks(X, y)], [X, y]))


@trial("dask_ml.model_selection.train_test_split", "sklearn.model_selection.train_test_split", "blockwise=False")
def split_across_blocks():
    X, y = classes()
    return split(([*blocks(X, y)], [X, y]), blockwise=False)


@trial("dask_ml.model_selection.train_test_split", "sklearn.model_selection.train_test_split", "tables", 0.05)
def split_tables():
    """A table's rows are drawn one by one, so that sizes are near a quarter."""
    import dask_ml.model_selection
    import sklearn.model_selection

    table = frame()[["size", "count"]]
    train, test = dask_ml.model_selection.train_test_split(
        partitions(table), test_size=0.25, random_state=0, shuffle=True
    )
    yield len(dense(test)) / len(table), (len(dense(train)) + len(dense(test))) / len(table)
    train, test = sklearn.model_selection.train_test_split(table, test_size=0.25, random_state=0)
    yield len(test) / len(table), (len(train) + len(test)) / len(table)


@trial("dask_ml.model_selection.train_test_split", "sklearn.model_selection.train_test_split", "table and array", 0.05)
def split_table_and_array():
    import dask_ml.model_selection
    import sklearn.model_selection

    table, y = frame()[["size", "count"]], classes()[1]
    parts = dask_ml.model_selection.train_test_split(
        partitions(table), blocks(y), test_size=0.25, random_state=0, shuffle=True, convert_mixed_types=True
    )
    yield [len(dense(part)) / len(table) for part in parts]
    yield [len(part) / len(table) for part in sklearn.model_selection.train_test_split(table, y, test_size=0.25)]


@trial("dask_ml.model_selection.check_cv", "sklearn.model_selection.check_cv")
def check_cv():
    import dask_ml.model_selection
    import sklearn.model_selection

    for library in (dask_ml.model_selection, sklearn.model_selection):
        yield [len(test) for _, test in library.check_cv(4, classes()[1], classifier=True).split(*classes())]


@trial("dask_ml.model_selection.compute_n_splits", "sklearn.model_selection.KFold.get_n_splits")
def compute_n_splits():
    import dask_ml.model_selection
    import sklearn.model_selection

    X, y = classes()
    yield dask_ml.model_selection.compute_n_splits(sklearn.model_selection.KFold(4), *blocks(X, y))
    yield sklearn.model_selection.KFold(4).get_n_splits(X, y)
