"""``breakeven two-hosts``: a command on one host and its Dask workers on another, both on this machine."""

from __future__ import annotations

from typing import Annotated

import psutil
import typer

from breakeven.commands import options
from breakeven.network import two_hosts as network
from breakeven.network.two_hosts import Link
from breakeven.train import entries, environments, overrides


def two_hosts(
    command: Annotated[list[str], typer.Argument(help="What to run, after `--`.")],
    latency: Annotated[
        float, typer.Option(parser=options.duration, metavar="TIME", help="Of a round trip, such as 10ms.")
    ] = "0s",  # type: ignore[assignment]
    rate: Annotated[
        float | None,
        typer.Option(parser=options.bits, metavar="RATE", help="Either way, such as 100Mbit.", show_default="no limit"),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Workers of one thread.", show_default="one a core")
    ] = psutil.cpu_count() or 1,
    release: Annotated[str, typer.Option(help="That the workers run.")] = "newest",
) -> None:
    """Run a command with a Dask cluster on another host, at the end of a network of known latency and rate.

    The hosts are network namespaces of this machine (root, and iproute2): made now, removed in the end, with all that
    runs there. Both share the machine's cores. Example:

        breakeven two-hosts --latency 10ms --rate 100Mbit -- breakeven run --machine slow-net --bench GridSearchSmall
    """
    known = entries.load()
    environment = environments.ensure(overrides.resolve(known, release).pins, known.python)
    with network.cluster(Link(latency, rate), environment, workers) as (made, address):
        status = network.run(made, address, command)
    raise typer.Exit(status)
