"""Fits in RAM and is fast enough: "just use scikit-learn"."""

from sklearn import svm

from . import strategies
from .profiles import sizes
from .workload import Workload


class SVCDefault(Workload):
    """``SVC`` with default hyperparameters.

    Expected: time grows faster than ``n_samples`` squared; no strategy but serial exists, for libsvm
    has no ``n_jobs``; Intel's extension replaces libsvm by its own. No release since 2022 is known to have changed it:
    a flat line.
    """

    params = [sizes(quick=[1_000, 5_000], full=[2_000, 3_000, 10_000]), ["serial", "sklearnex"]]
    hyperparameters = {}

    def estimator(self, strategy):
        return svm.SVC(random_state=0, **self.hyperparameters)

    def prepare(self, n_samples, strategy):
        super().prepare(n_samples, strategy)
        self.fitted = self.made(self.arrays, strategy)

    # Users wait for it: with many support vectors, predicting costs as much as fitting.
    def time_score(self, n_samples, strategy):
        with strategies.using(strategy, *self.arrays):
            self.fitted.score(*self.arrays)


class SVCWeak(SVCDefault):
    """``SVC`` regularised so strongly that nearly every sample is a support vector.

    Expected: 5 times slower than the default at 1,000 rows, 13 times at 5,000, in fit and in score. A prediction
    compares with each support vector. A fit takes one of libsvm's iterations for each two samples, as all multipliers
    go to their bound; the default needs some hundreds at any size. The same libsvm as the default, so not in a gate.
    """

    only_in = ("full", "large")
    hyperparameters = {"C": 0.00001, "shrinking": False}
