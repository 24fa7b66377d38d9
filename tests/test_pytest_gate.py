"""pytest itself, with benchmarks as items that are gated between two releases."""

from xml.etree import ElementTree

import pytest

from breakeven.gate.verdicts import Verdict
from breakeven.harness import record_file

# HEAD is the release with the older joblib.
GATED = """
import time
import joblib

HEAD = joblib.__version__ == "1.5.3"


class Timed:
    repeat, number, warmup_time, timeout = (3, 10, 0.2), 1, 0, 20


class Slower(Timed):
    def time_fit(self):
        time.sleep(0.04 if HEAD else 0.02)


class Known(Slower):
    pass


class Same(Timed):
    def time_fit(self):
        time.sleep(0.02)


class Crashes(Timed):
    def time_fit(self):
        if HEAD:
            raise RuntimeError("crashed on purpose")


class Unsure(Timed):
    def time_fit(self):
        time.sleep(0.021 if HEAD else 0.02)


def track_score():
    return 0.90 if HEAD else 0.91


track_score.stated = {"kind": "score"}
"""


ACCEPTED = """
[[slowdown]]
benchmark = "Known"
factor = 3
reason = "it is known"
until = 9027-01-31

[[slowdown]]
benchmark = "Same"
factor = 3
reason = "it is over"
until = 2020-01-01
"""


def gate(checkout, *args):
    return checkout.run("python", "-m", "pytest", "--benchmarks", "-p", "no:cacheprovider", *args)


@pytest.mark.measures
def test_a_gate_has_a_verdict_an_item(checkout):
    (checkout.folder / "benchmarks" / "toy.py").write_text(GATED)
    sides = ("--base", "base", "--head", "joblib-1.5.3")
    (checkout.folder / "known.toml").write_text(ACCEPTED)
    asked = ("--budget", "90s", "--junitxml=out.xml", "--benchmarks-accepted", "known.toml")
    status, output = gate(checkout, *sides, *asked, "-v", "-k", "not Unsure")
    assert status == pytest.ExitCode.TESTS_FAILED, output
    assert "toy.py::Slower.time_fit SLOWER" in output
    assert "toy.py::Crashes.time_fit NOT MEASURED" in output
    assert "toy.py::track_score SCORE CHANGED" in output
    assert "toy.py::Same.time_fit PASSED" in output
    assert "toy.py::Known.time_fit ACCEPTED" in output
    assert "known.toml: the slowdown of 'Same' is no longer accepted since 2020-01-01 (it is over)" in output
    (headline,) = (line for line in output.splitlines() if line.startswith("Slower: "))
    times, scores = headline[8:].split("; ")
    assert set(times.split(", ")) == {"1 slower", "1 not measured", "1 accepted", "1 pass", "of 4 timed"}
    assert scores == "1 score changed, 0 pass, of 1 scores"
    cases = {c.get("name"): c for c in ElementTree.parse(checkout.folder / "out.xml").getroot()[0].iter("testcase")}
    told = {name: {p.get("name"): p.get("value") for p in case.iter("property")} for name, case in cases.items()}
    assert {name: int(p["exit status"]) for name, p in told.items()} == {
        "Slower.time_fit": Verdict.SLOWER, "Same.time_fit": Verdict.PASS, "Known.time_fit": Verdict.PASS,
        "Crashes.time_fit": Verdict.NOT_MEASURED, "track_score": Verdict.SLOWER,
    }  # fmt: skip
    assert told["track_score"]["verdict"] == "score changed"
    assert "a slowdown until 3 is accepted until 9027-01-31: it is known" in told["Known.time_fit"]["accepted"]
    message = cases["Slower.time_fit"].find("failure").get("message")
    assert message.startswith("slower: HEAD / BASE ")
    assert ", 99 % interval " in message
    assert 1.5 < float(told["Slower.time_fit"]["99 % low"]) < 2.5
    (record,) = (checkout.folder / ".breakeven" / "gates").glob("base..joblib-1.5.3-*.gate")
    assert f"Kept in .breakeven/gates/{record.name}" in output
    assert not checkout.processes()


@pytest.mark.measures
def test_what_is_undecided_fails(checkout):
    (checkout.folder / "benchmarks" / "toy.py").write_text(GATED)
    sides = ("--base", "base", "--head", "joblib-1.5.3")
    let_pass = ("--benchmarks-tolerance", "20%", "--benchmarks-memory-tolerance", "0.3")
    status, output = gate(checkout, *sides, "--budget", "1s", "-k", "Unsure", *let_pass)
    assert status == pytest.ExitCode.TESTS_FAILED, output
    assert "toy.py::Unsure.time_fit - undecided: HEAD / BASE " in output
    assert "undecided        1  (exit status 3 of breakeven gate)" in output
    assert " U " in output
    (path,) = (checkout.folder / ".breakeven" / "gates").glob("*.gate")
    kept = record_file.load(path)
    assert (kept.tolerance, kept.memory_tolerance) == (0.2, 0.3)
    assert ", tolerance 20 %, " in output


def test_a_head_that_does_not_import_is_not_measured(checkout):
    status, output = gate(checkout, "--base", "base", "--head", "toy-broken", "-k", "track_score and 2-serial")
    assert status == pytest.ExitCode.TESTS_FAILED, output
    assert "not measured: toy-broken: " in output
    assert "No module named 'cloudpickle'" in output
    assert "1 failed, 0 passed" not in output
    assert "1 failed" in output
