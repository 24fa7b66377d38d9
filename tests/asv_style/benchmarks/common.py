"""Mixins by what an estimator can do; a benchmark combines them."""

from abc import ABC, abstractmethod
from itertools import product

import joblib


class Estimator(ABC):
    """Fits an estimator in the benchmark, and once beforehand for those that need it fitted."""

    timeout = 60
    rounds, repeat, number, warmup_time = 2, 2, 1, 0

    @abstractmethod
    def make_data(self, *params):
        """Give X and y."""

    @abstractmethod
    def make_estimator(self, *params):
        """Give an estimator."""

    def setup_cache(self):
        for params in product(*self.params):
            fitted = self.make_estimator(*params).fit(*self.make_data(*params))
            joblib.dump(fitted, f"{'-'.join(map(str, params))}.joblib")

    def setup(self, *params):
        self.X, self.y = self.make_data(*params)
        self.estimator = self.make_estimator(*params)
        self.fitted = joblib.load(f"{'-'.join(map(str, params))}.joblib")

    def time_fit(self, *params):
        self.estimator.fit(self.X, self.y)

    def peakmem_fit(self, *params):
        self.estimator.fit(self.X, self.y)

    def track_train_score(self, *params):
        return float(self.fitted.score(self.X, self.y))


class Predictor(ABC):
    """Predicts with what was fitted beforehand."""

    @property
    @abstractmethod
    def params(self):
        """Values of each parameter."""

    def time_predict(self, *params):
        self.fitted.predict(self.X)
