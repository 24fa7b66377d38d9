"""The script that docs/choosing.md shows works as written, and its table is what the command prints."""

import re

from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "choosing.md").read_text()


def test_the_script_gives_an_estimator_and_data_that_fit():
    script = re.search(r"<!-- script -->\n```python\n(.*?)```", GUIDE, re.DOTALL).group(1)
    made = {}
    exec(script, made)
    X, y = made["make_data"](50)
    assert X.shape == (50, 20)
    assert made["make_estimator"]().fit(X, y).score(X, y) > 0.9


def test_the_table_of_the_evaluation_is_what_the_command_prints():
    from breakeven.advice import evaluation
    from breakeven.harness import release_results
    from breakeven.statistics import size_law

    measured = release_results.load(None, "shared-2core", ROOT / "asv.conf.json").workloads
    for name, form in size_law.FORMS.items():
        told = evaluation.regrets([t for w in measured.values() for t in evaluation.evaluate(w, form)])
        cells = " | ".join(f"{100 * value:.0f} %" for value in told.values())
        assert f"| {name} | {cells} |" in GUIDE
