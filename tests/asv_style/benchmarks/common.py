"""Mixins by what an estimator can do; a benchmark combines them."""

from abc import ABC, abstractmethod
from itertools import product
from pathlib import Path

import joblib

#: What is made beforehand: data of all classes, and what one class at a time has fitted.
CACHE = Path(__file__).parent / "cache"
DATA, FITTED = joblib.Memory(CACHE / "data", verbose=0), CACHE / "fitted"


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

    def fitted_at(self, *params):
        """Say where what is fitted beforehand is kept."""
        return FITTED / f"{type(self).__name__}-{'-'.join(map(str, params))}.joblib"

    @abstractmethod
    def setup_cache(self):
        """Fit, in place of what another class has fitted; asv tells classes apart by where theirs begins."""
        FITTED.mkdir(parents=True, exist_ok=True)
        for old in FITTED.iterdir():
            old.unlink()
        for params in product(*self.params):
            fitted = self.make_estimator(*params).fit(*self.make_data(*params))
            joblib.dump(fitted, self.fitted_at(*params))

    def setup(self, *params):
        self.X, self.y = self.make_data(*params)
        self.estimator = self.make_estimator(*params)
        self.fitted = joblib.load(self.fitted_at(*params))

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
