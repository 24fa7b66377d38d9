"""Gates that refuse, or have nothing to measure."""

import pytest

from breakeven.gate.verdicts import Verdict

OLD, NEW = "base", "joblib-1.5.3"
ONE = r"toy.Good.time_fit\(2, 'serial'"


def gate(checkout, bench, *args, head=NEW):
    return checkout.run("breakeven", "gate", OLD, head, "--bench", bench, "--record", "kept.gate", *args)


def test_nothing_selected_is_not_a_pass(checkout):
    status, output = gate(checkout, "NoSuchBenchmark")
    assert status == Verdict.NOT_MEASURED
    assert "Not measured: no benchmark was selected" in output


def test_a_head_that_does_not_import(checkout):
    status, output = gate(checkout, ONE, head="toy-broken")
    assert status == Verdict.NOT_MEASURED
    assert "Not measured: 1 not measured, 0 pass, of 1 timed" in output
    assert "No module named 'cloudpickle'" in output


def test_a_head_that_does_not_install(checkout):
    (checkout.folder / "joblib-9.9-py3-none-any.whl").write_bytes(b"not a wheel")
    status, output = gate(checkout, ONE, head="base + ./joblib-9.9-py3-none-any.whl")
    assert status == Verdict.NOT_MEASURED
    assert "Not measured: 1 not measured, 0 pass, of 1 timed" in output
    assert "joblib" in output


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("base", "base"), "breakeven calibrate"),
        (("base", "joblib-1.5.4"), "Did you mean joblib-1.5.3?"),
        (("base",), "Give BASE and HEAD"),
        (("base", NEW, "--budget", "soon"), "not a duration"),
        (("base", NEW, "--tolerance", "0"), "not a share"),
        (("base", NEW, "--bench", "("), "not a regular expression"),
    ],
)
def test_wrong_usage(checkout, args, told):
    status, output = checkout.run("breakeven", "gate", *args)
    assert status == 2
    assert told in " ".join(output.split())


def test_another_gates_file_is_not_overwritten(checkout):
    gate(checkout, ONE, "--budget", "1s")
    status, output = gate(checkout, "toy.Good.time_fit")
    assert status == 2
    assert "holds another gate" in output


@pytest.mark.parametrize("content", ["", "{", '{"format": 99}', "[]"])
def test_a_damaged_file_is_named(checkout, content):
    (checkout.folder / "gate.json").write_text(content)
    status, output = checkout.run("breakeven", "gate", "--from", "gate.json")
    assert status == Verdict.NOT_MEASURED
    assert "gate.json" in output
