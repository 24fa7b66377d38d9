"""Known slowdowns: a file of a user's turns them into a pass that says so, until a factor and a day."""

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from breakeven.errors import USAGE, BreakevenError
from breakeven.gate import session, verdicts
from breakeven.gate.verdicts import Verdict
from breakeven.harness import accepted, record_file
from breakeven.harness.accepted import Accepted
from breakeven.harness.record import Case
from breakeven.harness.record_file import RecordFile
from breakeven.report import gate
from tests.test_verdicts import TIME, add, made, noisy

DAY = date(2026, 11, 28)
KNOWN = Accepted(r"W.time_fit\(100", 1.4, "numpy checks more, issue 12", "2027-01-31")

FILE = """
[[slowdown]]
benchmark = 'W.time_fit\\(100'
factor = 1.4
reason = "numpy checks more, issue 12"
until = 2027-01-31
"""


def judged(center, *known, case=TIME):
    gated = add(made(case), case, noisy(center))
    gated.accepted = known
    (found,) = verdicts.judge(gated)
    return found


def test_a_known_slowdown_passes_and_says_so():
    found = judged(1.3, KNOWN)
    assert (found.verdict, found.word) == (Verdict.PASS, "accepted")
    assert found.why == "a slowdown until 1.4 is accepted until 2027-01-31: numpy checks more, issue 12"
    assert 1.25 < found.ratio < 1.35


def test_beyond_the_factor_and_elsewhere_it_is_slower():
    assert judged(1.5, KNOWN).word == "slower"
    assert judged(1.3, replace(KNOWN, benchmark="V.time_fit")).word == "slower"


def test_of_several_entries_the_one_that_lets_most_pass_counts():
    assert judged(1.3, replace(KNOWN, factor=1.1), KNOWN).accepted
    assert judged(1.3, KNOWN, replace(KNOWN, factor=1.1)).accepted


def test_what_may_lie_at_the_tolerance_passes_within_the_factor():
    assert judged(1.05).verdict is Verdict.UNDECIDED
    assert judged(1.05, KNOWN).accepted
    assert judged(1.05, replace(KNOWN, factor=1.06)).verdict is Verdict.UNDECIDED


def test_more_memory_is_accepted_alike_and_a_changed_score_never():
    memory, score = Case("m.W.track_peak_memory", (), "peak memory"), Case("m.W.track_score", (), "score")
    everything = replace(KNOWN, benchmark="")
    assert judged(1.3, everything, case=memory).accepted
    assert judged(1.6, everything, case=memory).word == "more memory"
    assert judged(1.3, everything, case=score).word == "score changed"


def test_a_file_is_read(tmp_path):
    path = tmp_path / "known.toml"
    path.write_text(FILE)
    assert accepted.load(path, DAY) == ((KNOWN,), [])
    assert accepted.load(path, date(2027, 1, 31)) == ((KNOWN,), [])


def test_an_expired_entry_does_not_count_and_is_told(tmp_path):
    path = tmp_path / "known.toml"
    path.write_text(FILE)
    assert accepted.load(path, date(2027, 2, 1)) == (
        (),
        [
            rf"{path}: the slowdown of 'W.time_fit\(100' is no longer accepted since 2027-01-31 "
            "(numpy checks more, issue 12)"
        ],
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[slowdown]", "is not TOML: "),
        ("slowdown = 3", "must hold [[slowdown]] entries and nothing else"),
        ("[other]\n" + FILE, "must hold [[slowdown]] entries and nothing else"),
        (FILE.replace("reason", "because"), "entry 1 must have benchmark, factor, reason and until, and nothing else"),
        (FILE + FILE.replace("'W.time_fit\\(100'", "'('"), "entry 2: benchmark '(' is not a regular expression"),
        (FILE.replace("1.4", "0.9"), "entry 1: factor 0.9 is not a number above 1"),
        (FILE.replace("1.4", "true"), "entry 1: factor True is not a number above 1"),
        (FILE.replace("numpy checks more, issue 12", " "), "entry 1: reason ' ' is no text"),
        (FILE.replace("2027-01-31", '"2027-01-31"'), "entry 1: until '2027-01-31' is not a date such as"),
    ],
)
def test_a_malformed_file_is_told_in_a_sentence(tmp_path, text, told):
    path = tmp_path / "known.toml"
    path.write_text(text)
    with pytest.raises(BreakevenError) as refused:
        accepted.load(path, DAY)
    assert str(refused.value).startswith(str(path))
    assert told in str(refused.value)
    assert refused.value.status == USAGE


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BreakevenError, match=r"Cannot read .*: No such file"):
        accepted.load(tmp_path / "absent.toml", DAY)


def test_it_is_told_in_markdown_and_junit():
    slow, same = TIME, replace(TIME, benchmark="m.V.time_fit")
    gated = add(add(made(slow, same), slow, noisy(1.3)), same, noisy(1.0, seed=1))
    gated.accepted = [KNOWN]
    found = verdicts.judge(gated)
    first, *_ = gate.markdown(gated, found).splitlines()
    assert first == "**Pass: a slowdown beyond 5 % is excluded in 1 of 2 timed, a known one is accepted in 1**"
    assert "| accepted | m.W.time_fit(100, 'serial') | 1.2" in gate.markdown(gated, found)
    root = ElementTree.fromstring(gate.junit(gated, found).encode())
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert root[0].find("system-out").text.startswith("accepted: HEAD / BASE 1.2")
    assert root[1].find("system-out") is None


def test_the_record_keeps_what_was_accepted(tmp_path):
    gated = add(made(TIME), TIME, noisy(1.3))
    gated.accepted, gated.finished = [KNOWN], False
    RecordFile(tmp_path / "a.gate").begin(gated)
    kept = record_file.load(tmp_path / "a.gate")
    assert list(kept.accepted) == [KNOWN]
    (found,) = verdicts.judge(kept)
    assert found.accepted
    # a gate that goes on takes the file as it is now
    new = replace(made(TIME), accepted=[replace(KNOWN, factor=1.2)])
    assert [a.factor for a in session.continued(tmp_path / "a.gate", new, print).accepted] == [1.2]
    assert [a.factor for a in record_file.load(tmp_path / "a.gate").accepted] == [1.2]


@pytest.mark.commands
def test_the_command_lets_it_pass(checkout):
    RecordFile(checkout.folder / "a.gate").begin(add(made(TIME), TIME, noisy(1.3)))
    (checkout.folder / "known.toml").write_text(FILE.replace("2027", "9027"))
    assert checkout.run("breakeven", "gate", "--from", "a.gate")[0] == Verdict.SLOWER
    status, output = checkout.run("breakeven", "gate", "--from", "a.gate", "--accepted", "known.toml")
    assert status == Verdict.PASS, output
    assert "a slowdown until 1.4 is accepted until 9027-01-31" in " ".join(output.split())
    (checkout.folder / "known.toml").write_text(FILE.replace("2027", "2020"))
    status, output = checkout.run("breakeven", "gate", "--from", "a.gate", "--accepted", "known.toml")
    assert status == Verdict.SLOWER, output
    assert "known.toml: the slowdown of" in output
    (checkout.folder / "known.toml").write_text("")
    assert checkout.run("breakeven", "gate", "--from", "a.gate", "--accepted", "absent.toml")[0] == USAGE
