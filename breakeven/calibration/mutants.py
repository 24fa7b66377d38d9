"""Functions of the libraries that are made slower one at a time, and the benchmarks that are expected to notice it."""

from __future__ import annotations

import re
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
        Regular expression of the timed benchmarks of the default selection that are expected to notice: those of which
        the function takes so much that a slowdown by 30 % is beyond their tolerance. A few; empty if there is none.
    why : str
        Why there is none.
    """

    name: str
    package: str
    file: str
    function: str
    benchmarks: str = ""
    why: str = ""

    @property
    def module(self) -> str:
        """The module that is in the file."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def expects(self, label: str) -> bool:
        """Say whether a benchmark is expected to notice."""
        return bool(self.benchmarks) and re.search(self.benchmarks, label) is not None


MUTANTS = (
    Mutant("tokenise", "dask", "dask/tokenize.py", "tokenize", r"dask_layers\.Tokenizing"),
    Mutant("write a reduction", "dask", "dask/array/_reductions_generic.py", "reduction",
           r"dask_layers\.Graph\.time_build"),
    Mutant("write blockwise tasks", "dask", "dask/blockwise.py", "_make_blockwise_graph",
           r"dask_layers\.Graph\.time_optimise"),
    Mutant("fuse tasks", "dask", "dask/_task_spec.py", "fuse_linear_task_spec",
           why="a twelfth of optimising a graph"),
    Mutant("join arrays", "dask", "dask/array/core.py", "concatenate", r"dask_layers\.ManyBlocks\.time_join"),
    Mutant("slice an array", "dask", "dask/array/core.py", "Array.__getitem__", r"dask_layers\.ManyBlocks\.time_slice"),
    Mutant("slice blocks", "dask", "dask/array/slicing.py", "slice_array", r"dask_layers\.ManyBlocks\.time_slice"),
    Mutant("run a task on threads", "dask", "dask/local.py", "execute_task",
           r"KMeansLloyd\.time_fit\(20000, 'dask-ml-threads'"),
    Mutant("scheduler's transition", "distributed", "distributed/scheduler.py", "SchedulerState._transition",
           why="a twentieth of 1,000 empty tasks"),
    Mutant("scheduler takes a graph", "distributed", "distributed/scheduler.py", "Scheduler.update_graph",
           why="a fifth of 1,000 empty tasks through joblib, of which 10 % are let pass"),
    Mutant("worker's execute", "distributed", "distributed/worker.py", "_run_task",
           r"large_models\.Forest\.time_fit\(500, 'dask-joblib'"),
    Mutant("pickle for a worker", "distributed", "distributed/protocol/pickle.py", "dumps",
           r"dask_layers\.Messages\.time_pickle"),
    Mutant("serialise a message", "distributed", "distributed/protocol/core.py", "dumps",
           r"dask_layers\.Messages\.time_dumps"),
    Mutant("deserialise a message", "distributed", "distributed/protocol/core.py", "loads",
           r"dask_layers\.Messages\.time_loads"),
    Mutant("send a message", "distributed", "distributed/comm/tcp.py", "TCP.write",
           why="a ninth of sending 100 MB, of which 10 % are let pass"),
    Mutant("receive a message", "distributed", "distributed/comm/tcp.py", "read_bytes_rw",
           why="only sending 100 MB shows it, which takes a gate minutes to decide"),
    Mutant("pickle a function", "cloudpickle", "cloudpickle/cloudpickle.py", "dumps",
           r"joblib_layers\.Pickling\.time_functions"),
    Mutant("joblib's batch dispatch", "joblib", "joblib/parallel.py", "Parallel.dispatch_one_batch",
           r"EmptyTasks\.time_1000_tasks\('(threads|all-cores)'\)"),
    Mutant("joblib runs a batch", "joblib", "joblib/parallel.py", "BatchedCalls.__call__",
           r"GridSearchSmall\.time_fit\(200, 'all-cores'\)"),
    Mutant("joblib shares an array", "joblib", "joblib/_memmapping_reducer.py", "ArrayMemmapForwardReducer.__call__",
           why="only sending 100 MB shows it, which takes a gate minutes to decide"),
    Mutant("loky's queue", "joblib", "joblib/externals/loky/process_executor.py",
           "_ExecutorManagerThread.add_call_item_to_queue", why="a thirtieth of 1,000 empty tasks"),
    Mutant("Lloyd's loop", "scikit-learn", "sklearn/cluster/_kmeans.py", "_kmeans_single_lloyd",
           r"KMeansLloyd\.time_fit\(20000, '(serial|all-cores)'"),
    Mutant("libsvm's fit", "scikit-learn", "sklearn/svm/_base.py", "BaseLibSVM._dense_fit",
           r"SVCDefault\.time_fit\(1000, 'serial'"),
    Mutant("tree builder", "scikit-learn", "sklearn/tree/_classes.py", "BaseDecisionTree._fit",
           r"layers\.Tree"),
    Mutant("validate input", "scikit-learn", "sklearn/utils/validation.py", "check_array",
           r"layers\.Validation"),
    Mutant("clone an estimator", "scikit-learn", "sklearn/base.py", "clone", r"layers\.Cloning"),
    Mutant("boosting's grower", "scikit-learn", "sklearn/ensemble/_hist_gradient_boosting/grower.py", "TreeGrower.grow",
           r"HistGradientBoosting\.time_fit\(5000, 'serial'"),
    Mutant("nearest rows", "scikit-learn", "sklearn/metrics/_pairwise_distances_reduction/_dispatcher.py",
           "ArgKmin.compute", r"Neighbors\.time_predict\(5000, 'serial'"),
    Mutant("neighbours' query", "scikit-learn", "sklearn/neighbors/_base.py", "KNeighborsMixin.kneighbors",
           r"Neighbors\.time_predict\(5000, 'serial'"),
    Mutant("logistic loss", "scikit-learn", "sklearn/linear_model/_linear_loss.py", "LinearModelLoss.loss_gradient",
           r"layers\.LogisticLoss"),
    Mutant("PCA's decomposition", "scikit-learn", "sklearn/decomposition/_pca.py", "PCA._fit_full",
           r"layers\.PrincipalComponents"),
    Mutant("a tree's probabilities", "scikit-learn", "sklearn/tree/_classes.py", "DecisionTreeClassifier.predict_proba",
           r"ForestInBatches\.time_predict\(10000, 'serial'"),
    Mutant("hash words", "scikit-learn", "sklearn/feature_extraction/text.py", "HashingVectorizer.transform",
           r"layers\.HashingWords"),
    Mutant("eigenvectors", "numpy", "numpy/linalg/_linalg.py", "eigh", r"layers\.Eigendecomposition"),
    Mutant("dask_ml's k-means loop", "dask-ml", "dask_ml/cluster/k_means.py", "_kmeans_single_lloyd",
           r"KMeansLloyd\.time_fit\(20000, 'dask-ml(-threads)?'"),
    Mutant("dask_ml's search fits", "dask-ml", "dask_ml/model_selection/methods.py", "fit",
           r"GridSearchSmall\.time_fit\(200, 'dask-ml-threads'\)"),
    Mutant("dask_glm's solver", "dask-glm", "dask_glm/algorithms.py", "fmin_l_bfgs_b", r"dask_layers\.LogisticFit"),
)  # fmt: skip
