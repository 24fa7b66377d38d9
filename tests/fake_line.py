"""A line without processes: for what decides what is measured next and what is told of it."""

import numpy as np


class FakeLine:
    """Places of known levels with normal noise; some fail, each reading costs a second."""

    def __init__(self, levels, failing=(), noise=0.005, seed=0, rounds=()):
        self.levels, self.failing, self.noise = levels, set(failing), noise
        self.rng = np.random.default_rng(seed)
        self.rounds = list(rounds)
        self.spent = 0.0

    def round(self, places):
        self.spent += len(places)
        if places[0] in self.failing:
            self.rounds.append({places[0]: None})
        else:
            self.rounds.append({p: self._reading(p) for p in places})
        return self.rounds[-1]

    def _reading(self, place):
        if place in self.failing:
            return None
        return float(self.levels[place] - self.levels[0] + self.noise * self.rng.standard_normal()) if place else 0.0

    def why(self, place):
        return f"place {place}: crashed"

    @property
    def asked(self):
        return {p for values in self.rounds for p in values}
