"""Functions of the libraries that are made slower one at a time, and the benchmarks that are expected to notice it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A function of a library.

    Attributes
    ----------
    name : str
        What it does, in a word or two.
    package : str
        As the package index names it.
    file : str
        Of the function, as it is installed.
    function : str
        Its name there, ``Class.method`` for a method; it may come from compiled code.
    benchmarks : str
        Regular expression of the timed benchmarks that call it: the layer first, then what stands on it. A few, so that
        a short gate can decide them.
    """

    name: str
    package: str
    file: str
    function: str
    benchmarks: str


def _any(*benchmarks: str) -> str:
    return "|".join(benchmarks)


MUTANTS = (
    Mutant("tokenise", "dask", "dask/tokenize.py", "tokenize",
           _any(r"dask_layers\.Tokenizing", r"KMeansLloyd\.time_fit\(20000, 'dask-ml-threads'")),
    Mutant("write a graph", "dask", "dask/highlevelgraph.py", "HighLevelGraph.from_collections",
           _any(r"dask_layers\.Graph\.time_build", r"dask_layers\.ManyBlocks\.time_slice")),
    Mutant("fuse blockwise layers", "dask", "dask/blockwise.py", "optimize_blockwise",
           _any(r"dask_layers\.Graph\.time_optimise", r"KMeansLloyd\.time_fit\(20000, 'dask-ml-threads'")),
    Mutant("fuse tasks", "dask", "dask/_task_spec.py", "fuse_linear_task_spec",
           _any(r"dask_layers\.Graph\.time_optimise", r"KMeansLloyd\.time_fit\(20000, 'dask-ml-threads'")),
    Mutant("join arrays", "dask", "dask/array/core.py", "concatenate",
           _any(r"dask_layers\.ManyBlocks\.time_join", r"KMeansBlocks\.time_fit\(100, 'dask-ml-threads'")),
    Mutant("slice an array", "dask", "dask/array/core.py", "Array.__getitem__",
           _any(r"dask_layers\.ManyBlocks\.time_slice", r"QuantileTransformer\.time_\w+\(5000, 'dask-ml-threads'")),
    Mutant("slice blocks", "dask", "dask/array/slicing.py", "slice_array", r"dask_layers\.ManyBlocks\.time_slice"),
    Mutant("run a task on threads", "dask", "dask/local.py", "execute_task",
           _any(r"dask_layers\.Tasks\.time_1000_tasks\('(synchronous|threads)'",
                r"KMeansLloyd\.time_fit\(20000, 'dask-ml-threads'")),
    Mutant("scheduler's transition", "distributed", "distributed/scheduler.py", "SchedulerState._transition",
           _any(r"dask_layers\.Tasks\.time_1000_tasks\('distributed'",
                r"EmptyTasks\.time_1000_tasks\('dask-joblib'\)")),
    Mutant("scheduler takes a graph", "distributed", "distributed/scheduler.py", "Scheduler.update_graph",
           _any(r"dask_layers\.Tasks\.time_1000_tasks\('distributed'", r"KMeansLloyd\.time_fit\(20000, 'dask-ml'\)")),
    Mutant("worker's execute", "distributed", "distributed/worker.py", "_run_task",
           _any(r"dask_layers\.Tasks\.time_1000_tasks\('distributed'", r"KMeansLloyd\.time_fit\(200000, 'dask-ml'\)")),
    Mutant("pickle for a worker", "distributed", "distributed/protocol/pickle.py", "dumps",
           _any(r"dask_layers\.Tasks\.time_1000_tasks\('distributed'",
                r"EmptyTasks\.time_1000_tasks\('dask-joblib'\)")),
    Mutant("serialise a message", "distributed", "distributed/protocol/core.py", "dumps",
           _any(r"dask_layers\.Transfer\.time_send", r"overheads\.Scatter\.time_scatter\(200000\)")),
    Mutant("send a message", "distributed", "distributed/comm/tcp.py", "TCP.write",
           _any(r"dask_layers\.Transfer\.time_send", r"overheads\.Scatter\.time_scatter\(200000\)")),
    Mutant("receive a message", "distributed", "distributed/comm/utils.py", "from_frames",
           r"dask_layers\.Transfer\.time_receive"),
    Mutant("pickle a function", "cloudpickle", "cloudpickle/cloudpickle.py", "dumps",
           r"joblib_layers\.Pickling\.time_functions"),
    Mutant("joblib's batch dispatch", "joblib", "joblib/parallel.py", "Parallel.dispatch_one_batch",
           r"EmptyTasks\.time_1000_tasks\('(threads|all-cores)'\)"),
    Mutant("joblib runs a batch", "joblib", "joblib/parallel.py", "BatchedCalls.__call__",
           _any(r"EmptyTasks\.time_1000_tasks\('threads'\)", r"GridSearchLarge\.time_fit\(300, 'all-cores'\)")),
    Mutant("joblib shares an array", "joblib", "joblib/_memmapping_reducer.py", "ArrayMemmapForwardReducer.__call__",
           r"joblib_layers\.Transfer\.time_send"),
    Mutant("loky's queue", "joblib", "joblib/externals/loky/process_executor.py",
           "_ExecutorManagerThread.add_call_item_to_queue",
           _any(r"joblib_layers\.Transfer\.time_send\(1\)", r"EmptyTasks\.time_1000_tasks\('all-cores'\)")),
    Mutant("Lloyd's loop", "scikit-learn", "sklearn/cluster/_kmeans.py", "_kmeans_single_lloyd",
           r"KMeansLloyd\.time_fit\(20000, '(serial|all-cores)'"),
    Mutant("libsvm's fit", "scikit-learn", "sklearn/svm/_base.py", "BaseLibSVM._dense_fit",
           _any(r"layers\.SupportVectors", r"GridSearchSmall\.time_fit\(2000, 'serial'")),
    Mutant("tree builder", "scikit-learn", "sklearn/tree/_classes.py", "BaseDecisionTree._fit",
           _any(r"layers\.Tree\b", r"large_models\.Forest\.time_fit\(500, 'serial'")),
    Mutant("validate input", "scikit-learn", "sklearn/utils/validation.py", "check_array",
           _any(r"layers\.Validation", r"GridSearchLarge\.time_fit\(300, 'serial'")),
    Mutant("clone an estimator", "scikit-learn", "sklearn/base.py", "clone",
           _any(r"overheads\.ColdCall\.time_first_call\('all-cores'", r"GridSearchLarge\.time_fit\(300, 'serial'")),
    Mutant("boosting's grower", "scikit-learn", "sklearn/ensemble/_hist_gradient_boosting/grower.py", "TreeGrower.grow",
           r"HistGradientBoosting\.time_fit\(2000, 'serial'"),
    Mutant("nearest rows", "scikit-learn", "sklearn/metrics/_pairwise_distances_reduction/_dispatcher.py",
           "ArgKmin.compute",
           _any(r"layers\.NearestCentres", r"Neighbors\.time_predict\(20000, 'serial'")),
    Mutant("neighbours' query", "scikit-learn", "sklearn/neighbors/_base.py", "KNeighborsMixin.kneighbors",
           r"Neighbors\.time_predict\((100|20000), 'serial'"),
    Mutant("logistic loss", "scikit-learn", "sklearn/linear_model/_linear_loss.py", "LinearModelLoss.loss_gradient",
           r"few_passes\.LogisticRegression\.time_fit\((10000|200000), 'serial'"),
    Mutant("PCA's decomposition", "scikit-learn", "sklearn/decomposition/_pca.py", "PCA._fit_full",
           _any(r"layers\.PrincipalComponents", r"ScaledPCA\.time_\w+\((5000|100000), 'serial'")),
    Mutant("a tree's probabilities", "scikit-learn", "sklearn/tree/_classes.py", "DecisionTreeClassifier.predict_proba",
           r"ForestInBatches\.time_predict\((1|10000), 'serial'"),
    Mutant("hash words", "scikit-learn", "sklearn/feature_extraction/text.py", "HashingVectorizer.transform",
           r"text\.Hashing\.time_\w+\(1000, 'serial'"),
    Mutant("eigenvectors", "numpy", "numpy/linalg/_linalg.py", "eigh", r"layers\.Eigendecomposition"),
    Mutant("dask_ml's k-means loop", "dask-ml", "dask_ml/cluster/k_means.py", "_kmeans_single_lloyd",
           r"KMeansLloyd\.time_fit\(20000, 'dask-ml(-threads)?'"),
    Mutant("dask_ml's search graph", "dask-ml", "dask_ml/model_selection/_search.py", "build_graph",
           r"GridSearchLarge\.time_fit\(300, 'dask-ml'\)"),
    Mutant("dask_glm's solver", "dask-glm", "dask_glm/algorithms.py", "fmin_l_bfgs_b",
           r"few_passes\.LogisticRegression\.time_fit\(10000, 'dask-ml(-threads)?'"),
)  # fmt: skip
