"""An arm without a process: for what decides what is measured next, and what is kept."""

import random

from breakeven.harness.reading import Course, Reading


class FakeArm:
    """Gives times around those that it is told, by benchmark, and fails where it is told a reason."""

    environment = ""
    freezes = True
    workers_here = ()

    def __init__(self, times, noise=0.01, seed=0, need=None):
        self.times, self.noise = times, noise
        self.rng = random.Random(seed)
        self.read_so_far = []
        self.course = Course(tuple(range(1, 6)), tuple(range(5)), need=need) if need else Course()
        self.benchmarks = {
            name: {"name": name, "type": "time", "params": [], "param_names": [], "timeout": 60, "version": "1"}
            for name in times
        }

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def imports(self, name, parameters):
        return ()

    def one_core(self, name, parameters):
        return False

    def crowds(self, name, parameters):
        return False

    def shares_cluster(self, name, parameters):
        return False

    def can_lend(self, name, parameters):
        return False

    def lend(self, name, parameters, anew):
        return None

    def read(self, name, parameters, process):
        self.read_so_far.append(name)
        time = self.times[name]
        if isinstance(time, str):
            return Reading((), time)
        return Reading(tuple(time * self.rng.lognormvariate(0, self.noise) for _ in range(5)), course=self.course)
