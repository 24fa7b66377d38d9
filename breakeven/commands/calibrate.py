"""``breakeven calibrate``: gates of a release against itself, as it is and made slower by known shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from breakeven import files, units
from breakeven.calibration import beside_asv, beside_t_test, controls, injection
from breakeven.commands import options
from breakeven.errors import USAGE, BreakevenError
from breakeven.gate import verdicts
from breakeven.harness import (
    arms,
    asv_log,
    cases,
    one_at_a_time,
    own_code,
    profiles,
    record,
    record_file,
    results,
    rounds,
)
from breakeven.harness.arms import Arm
from breakeven.harness.record import BASE, HEAD, Settings, Stack
from breakeven.harness.record_file import RecordFile
from breakeven.report import controls as tables
from breakeven.report import gate as gate_tables
from breakeven.report import progress
from breakeven.state import STATE
from breakeven.train import entries, environments, overrides, repository

out = Console()


def calibrate(
    release: Annotated[str, typer.Argument(help="The release.")] = "newest",
    bench: options.Bench = options.ANY,
    profile: options.Profile = profiles.GATE,
    gates: Annotated[int, typer.Option(min=1, help="Gates of each control.")] = 4,
    inject: Annotated[str, typer.Option(help="Slowdowns to inject, beside none.")] = "5%,10%,20%",
    package: Annotated[
        str, typer.Option(help=f"Inject them into this package: {', '.join(injection.THROUGH)}.")
    ] = "scikit-learn",
    budget: Annotated[
        float, typer.Option(parser=options.duration, metavar="DURATION", help="Measuring time of each gate.")
    ] = "20m",  # type: ignore[assignment]
    beside: Annotated[
        bool,
        typer.Option("--beside", help="Give asv continuous and a t-test of fixed rounds the same time after each."),
    ] = False,
    markdown: Annotated[Path | None, typer.Option(help="Write the tables.")] = None,
    script: options.Script = None,
    setup: options.Setup = "",
    call: options.Call = "",
    suite: options.Suite = None,
) -> None:
    """Try the gate on this machine where the truth is known.

    Runs gates of a release against itself, in two environments, and against itself with a scikit-learn
    whose fit and predict take a known share longer, or a dask whose compute, or a joblib whose Parallel does.
    Tells false alarms, power, what a gate costs here and how small a slowdown each benchmark can show; later gates
    on this machine start from the noise recorded here. The same command goes on where one stopped. Example:

        breakeven calibrate --gates 20 --inject 10% --bench "Forest|KMeansLloyd"
    """
    if package not in injection.THROUGH:
        known_ones = ", ".join(injection.THROUGH)
        raise BreakevenError(f"Nothing can be injected into '{package}'; there are: {known_ones}", USAGE)
    config = own_code.chosen(script, setup, call, suite).config
    folder = controls.folder(results.Store.of(config))
    known = entries.load()
    found = overrides.resolve(known, release)
    with one_at_a_time.held(typer.echo), asv_log.kept():
        environment = environments.ensure(found.pins, known.python)
        plain = Stack(found.name, found.pins)
        injected: dict[str | float, Stack] = {}
        for share in (*(options.share(text) for text in inject.split(",") if text), *([0.0] if beside else [])):
            wheel = injection.slower_wheel(environment, share, STATE / "injected", package)
            injected[share] = arms.stack(known, f"{found.name} + {wheel}")
        # asv cannot compare a commit with itself: for it, a repacked scikit-learn stands for no change
        tags = repository.tags(repository.build(known))
        stacks: dict[str | float, Stack] = {BASE: plain, **injected, 0.0: plain}
        copies: dict[str | float, str] = {0.0: "control"}
        with arms.opened(known, stacks, bench.pattern, config, profile, copies) as opened:
            for name, failure in opened.failures.items():
                raise BreakevenError(f"{stacks[name].release}: {failure}")
            for number in range(1, gates + 1):
                for share in (name for name in stacks if isinstance(name, float)):
                    sides: dict[str, Arm] = {BASE: opened.arms[BASE], HEAD: opened.arms[share]}
                    # not .json, for asv takes every such file here for results of its own
                    where = "" if package == "scikit-learn" or not share else f"{package}-"
                    path = folder / f"{found.name}-{profile}-{where}{100 * share:g}-{number:02d}.gate"
                    offered = {side: arm.benchmarks for side, arm in sides.items()}
                    # as any later gate on this machine; one that goes on keeps what it began with
                    learned = {} if path.exists() else controls.experience(controls.recorded(config, profile))
                    listed = cases.listed(offered, bench.pattern, profile, learned)
                    asked = Settings(budget, bench.pattern, profile, control=share, seed=number)
                    new = record.begin({BASE: stacks[BASE], HEAD: stacks[share]}, listed, asked)
                    old, file = record_file.resumed(path, new), RecordFile(path)
                    current = old or new
                    if old is None:
                        file.begin(new)
                    if not current.finished:
                        out.print(f"Control {number} of {gates}: HEAD {units.percent(share)} slower", highlight=False)
                        measuring = rounds.measure(current, sides, file, verdicts.judge)
                        progress.of_rounds(out, current, measuring, gate_tables.table)
                    if beside:
                        beside_t_test.measure(current, sides, path.with_suffix(beside_t_test.SUFFIX))
                    if beside and not path.with_suffix(".asv").exists():
                        commits = [tags[plain.release], tags[injected[share].release]]
                        said = beside_asv.run(current, commits, config, path.with_suffix(".asv"))
                        out.print(f"asv continuous: {said.slower} slower, {said.rounds} rounds, {said.seconds:.0f} s")
    text = "\n".join(
        tables.markdown(
            controls.recorded(config, profile),
            beside_asv.load(folder, profile),
            controls.load(folder, profile, beside_t_test.SUFFIX),
        )
    )
    out.print(Markdown(text))
    if markdown is not None:
        files.write(markdown, text + "\n")
