"""Each benchmark runs once in the environment that pytest runs in, and its score is that of the serial strategy."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path

from breakeven.gate.session import Tell
from breakeven.harness import arms, asv_log, profiles, results, suite
from breakeven.harness.arms import Process
from breakeven.harness.reading import Reading
from breakeven.harness.suite import Benchmark
from breakeven.pytest_plugin.items import Listed, Outcome

#: What "once" means to asv.
ONCE = Process({"rounds": 1, "repeat": 1, "number": 1, "warmup_time": 0})


class Checks:
    """Runs benchmarks by the process that measures them, too.

    Parameters
    ----------
    config : Path
        asv's configuration.
    profile : str
        That selects.
    """

    def __init__(self, config: Path, profile: str) -> None:
        self._config, self._profile = config, profile
        self._scores: dict[tuple[str, tuple[str, ...]], Reading] = {}

    def open(self, closing: ExitStack, tell: Tell) -> list[Listed]:
        """List all that the profile selects."""
        closing.enter_context(asv_log.kept())
        arm = arms.of_this_environment(self._config, "", self._profile)
        self._arm = closing.enter_context(arm)
        selected = [
            Listed(suite.read(described), results.parameter_sets(described)[at])
            for described in arm.benchmarks.values()
            for at in profiles.selected(described, self._profile)
        ]
        self._score_of = {
            (found.benchmark.workload, found.benchmark.call, found.parameters): found.benchmark
            for found in selected
            if found.benchmark.kind.judged == "as score"
        }
        return selected

    def outcome(self, listed: Listed) -> Outcome:
        """Run it, and compare the score of its call if the profile has one with these parameters."""
        benchmark, parameters = listed.benchmark, listed.parameters
        reading = self._read(benchmark, parameters)
        if reading.error == "skipped":
            return Outcome(skipped="the benchmark skips itself in this environment")
        if reading.error:
            return Outcome(reading.error)
        score = self._score_of.get((benchmark.workload, benchmark.call, parameters))
        return Outcome(self._disagreement(score, parameters) if score else "")

    def _read(self, benchmark: Benchmark, parameters: tuple[str, ...]) -> Reading:
        """Run it, a score only if it has not been run before: a time and several strategies ask for the same."""
        if benchmark.kind.judged != "as score":
            return self._arm.read(benchmark.name, parameters, ONCE)
        if (benchmark.name, parameters) not in self._scores:
            self._scores[benchmark.name, parameters] = self._arm.read(benchmark.name, parameters, ONCE)
        return self._scores[benchmark.name, parameters]

    def _disagreement(self, benchmark: Benchmark, parameters: tuple[str, ...]) -> str:
        serial = benchmark.reference(parameters)
        if serial in (None, parameters):
            return ""
        readings = {p: self._read(benchmark, p) for p in (parameters, serial)}
        for given, reading in readings.items():
            if reading.error:
                told = f"{results.label(benchmark.name, given)}: {reading.error}"
                return "" if reading.error == "skipped" else told
        score, expected = (reading.samples[0] for reading in readings.values())
        tolerance = benchmark.tolerance_of(parameters).share
        if math.isclose(score, expected, rel_tol=tolerance):
            return ""
        return (
            f"score {score:.6g} is not {expected:.6g}, that of {results.label(benchmark.name, serial)}: "
            f"a relative difference of {tolerance:g} is let pass"
        )
