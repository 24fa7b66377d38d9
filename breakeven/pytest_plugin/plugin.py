"""What pytest finds by the entry point: options, and nothing else until ``--benchmarks`` is given."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options."""
    group = parser.getgroup("breakeven", "benchmarks of asv's, by breakeven")
    group.addoption(
        "--benchmarks", nargs="?", const="", metavar="FOLDER", dest="breakeven_benchmarks",
        help="Collect asv's benchmarks as items: breakeven's own, or those of a folder. Each is run once, and its "
        "score compared with that of the serial strategy. Write FOLDER with `=`, or name files before.",
    )  # fmt: skip
    group.addoption(
        "--benchmarks-profile", metavar="PROFILE", dest="breakeven_profile",
        help="Which benchmarks and sizes: quick, gate, full or large; quick by default, gate with --base.",
    )  # fmt: skip
    group.addoption(
        "--benchmarks-smallest", action="store_true", dest="breakeven_smallest",
        help="Of what differs in whole numbers only, such as sizes, only the smallest.",
    )  # fmt: skip
    group.addoption(
        "--base", metavar="RELEASE", dest="breakeven_base",
        help="With --head: judge each benchmark by rounds of both releases side by side, as `breakeven gate` does.",
    )  # fmt: skip
    group.addoption("--head", metavar="RELEASE", dest="breakeven_head", help="The release to decide on.")
    group.addoption("--budget", metavar="DURATION", dest="breakeven_budget", help="Measuring time with --base: 20m.")
    group.addoption(
        "--benchmarks-tolerance", metavar="SHARE", dest="breakeven_tolerance",
        help="With --base: slowdown that is let pass of every benchmark; as the suite states, else 5 %%.",
    )  # fmt: skip
    group.addoption(
        "--benchmarks-memory-tolerance", metavar="SHARE", dest="breakeven_memory_tolerance",
        help="With --base: growth of peak memory that is let pass of every benchmark; else 10 %%.",
    )  # fmt: skip
    group.addoption(
        "--benchmarks-accepted", metavar="FILE.toml", dest="breakeven_accepted",
        help="With --base: known slowdowns that are let pass, as for `breakeven gate --accepted`.",
    )  # fmt: skip


#: What only a gate asks for.
GATE = ("base", "head", "budget", "tolerance", "memory_tolerance", "accepted")


def pytest_configure(config: pytest.Config) -> None:
    """Hand over to the rest of the plugin if benchmarks are asked for."""
    of_gate = [config.getoption(f"breakeven_{name}") for name in GATE]
    if config.getoption("breakeven_benchmarks") is None:
        if any(of_gate):
            raise pytest.UsageError("--base, --head, --budget and what a gate lets pass are for --benchmarks")
        return
    from breakeven.pytest_plugin import collection  # noqa: PLC0415 - costs a second

    config.pluginmanager.register(collection.plugin(config, of_gate), "breakeven benchmarks")
