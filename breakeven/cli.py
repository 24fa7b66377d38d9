"""The command ``breakeven``: wires its subcommands, nothing else."""

from __future__ import annotations

import sys
import warnings
from typing import NoReturn, TextIO

import typer
from rich.console import Console

from breakeven.commands import (
    advise,
    blame,
    calibrate,
    compatibility,
    doctor,
    gate,
    releases,
    report,
    run,
    self_test,
    sensitivity,
    simulate,
    two_hosts,
    workers,
)
from breakeven.errors import BreakevenError, Notice, of_system

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False)

err = Console(stderr=True)


@app.callback()
def main() -> None:
    """Measure which scaling strategy pays off for your estimator, and since which release.

    asv measures (`asv run`, `asv publish`, `asv preview`); this command looks after the
    releases it measures on and reads the results. Example:

        breakeven run newest && breakeven report
    """


app.add_typer(releases.app, name="releases", help="The release train: which releases there are and what is in them.")
app.command("run")(run.run)
app.command("report")(report.report)
app.command("advise")(advise.advise)
app.command("gate")(gate.gate)
app.command("calibrate")(calibrate.calibrate)
app.command("blame")(blame.blame)
app.command("compatibility")(compatibility.compatibility)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("simulate")(simulate.simulate)
app.command("doctor")(doctor.doctor)
app.command("self-test")(self_test.self_test)
app.command("workers")(workers.workers)
app.command("two-hosts")(two_hosts.two_hosts)


def entry() -> None:
    """Run the command; a failure is one sentence on standard error and a non-zero exit."""
    warnings.simplefilter("always", Notice)
    warnings.showwarning = _show
    try:
        app(standalone_mode=True)
    except BreakevenError as error:
        _end(error)
    except OSError as error:
        told = of_system(error)
        if told is None:
            raise
        _end(told)
    except SystemExit as end:
        if end.code == 130:  # typer's silent answer to Ctrl-C
            err.print("breakeven: interrupted; what was finished is kept")
        raise


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a notice as a sentence, and any other warning as Python does."""
    text = str(message) if category is Notice else warnings.formatwarning(message, category, filename, lineno).rstrip()
    err.print(text, markup=False, highlight=False, soft_wrap=True)


def _end(error: BreakevenError) -> NoReturn:
    err.print(f"breakeven: {error}", markup=False, highlight=False, soft_wrap=True)
    sys.exit(error.status)
