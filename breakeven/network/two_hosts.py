"""Two hosts on one machine: a client and a Dask scheduler here, workers there, and a link of known quality between.

The hosts are network namespaces, joined by a pair of virtual devices. The kernel's netem holds packets back and limits
the rate; where it has none, its token bucket limits the rate and `breakeven.network.relay` adds the latency.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from breakeven.errors import BreakevenError

NEAR, FAR = "10.91.0.1", "10.91.0.2"
SCHEDULER_PORT, WORKER_PORT = 8786, 9000
DEVICE = "wire"
PREFIX = "breakeven"

#: Seconds until scheduler and workers must have found each other.
START_TIMEOUT = 60


@dataclass(frozen=True)
class Link:
    """The network between the hosts.

    Attributes
    ----------
    latency : float
        Seconds for a round trip.
    rate : float or None
        Bits a second in either direction; None for as many as there are.
    """

    latency: float
    rate: float | None


@dataclass(frozen=True)
class Hosts:
    """Two namespaces that are joined.

    Attributes
    ----------
    near, far : str
        Their names.
    relayed : bool
        Whether the latency has to be added by relays.
    """

    near: str
    far: str
    relayed: bool


def _ip(*args: str, tool: str = "ip") -> None:
    done = subprocess.run([tool, *args], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BreakevenError(f"Two hosts cannot be made on this machine: {tool} {' '.join(args)}: {said}")


@contextmanager
def hosts(link: Link) -> Iterator[Hosts]:
    """Make two hosts with a link between them, and remove them with all that runs there.

    Raises
    ------
    BreakevenError
        The kernel, or the rights of the user, do not allow it.
    """
    for tool in ("ip", "tc"):
        if not shutil.which(tool):
            raise BreakevenError(f"Two hosts on one machine need the commands ip and tc (iproute2): no {tool}")
    _remove_orphans()
    names = {end: f"{PREFIX}-{end}-{os.getpid()}" for end in ("near", "far")}
    try:
        for name in names.values():
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        near, far = names.values()
        _ip("-n", near, "link", "add", DEVICE, "type", "veth", "peer", "name", DEVICE, "netns", far)
        for name, address in ((near, NEAR), (far, FAR)):
            _ip("-n", name, "address", "add", f"{address}/24", "dev", DEVICE)
            _ip("-n", name, "link", "set", DEVICE, "up")
        relayed = [_shape(name, link) for name in (near, far)]
        yield Hosts(near, far, any(relayed))
    finally:
        for name in names.values():
            _remove(name)


def _shape(name: str, link: Link) -> bool:
    """Limit what leaves one end; say whether its latency is still to be added."""
    root = ("-n", name, "qdisc", "add", "dev", DEVICE, "root")
    rate = ("rate", f"{link.rate:.0f}bit") if link.rate else ()
    if link.latency:
        with suppress(BreakevenError):  # a kernel without netem
            _ip(*root, "netem", "delay", f"{link.latency / 2 * 1e6:.0f}us", *rate, "limit", "100000", tool="tc")
            return False
    if link.rate:
        # a bucket holds the largest packet, and what leaves in 4 ms
        burst = max(link.rate / 8 * 0.004, 2**17)
        _ip(*root, "tbf", *rate, "burst", f"{burst:.0f}", "latency", "400ms", tool="tc")
    return link.latency > 0


def _remove(name: str) -> None:
    listed = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False)
    for pid in listed.stdout.split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def _remove_orphans() -> None:
    """Remove the hosts of a process that was killed."""
    with suppress(FileNotFoundError):
        for path in Path("/run/netns").glob(f"{PREFIX}-*"):
            pid = path.name.rpartition("-")[2]
            if pid.isdigit() and not psutil.pid_exists(int(pid)):
                _remove(path.name)


@contextmanager
def cluster(link: Link, environment: Path, n_workers: int) -> Iterator[tuple[Hosts, str]]:
    """Start a scheduler on the near host and single-threaded workers on the far one.

    Parameters
    ----------
    link : Link
        Between them.
    environment : Path
        Of the release that both run.
    n_workers : int
        How many.

    Yields
    ------
    hosts : Hosts
    address : str
        Of the scheduler, as seen from the near host.

    Raises
    ------
    BreakevenError
        No such hosts can be made, or the workers do not find the scheduler.
    """
    with hosts(link) as made, ExitStack() as started:

        def start(host: str, *command: str) -> None:
            # what it says would stand between the lines of the user's command
            none = subprocess.DEVNULL
            process = subprocess.Popen(
                ["ip", "netns", "exec", host, *command], stdin=none, stdout=none, stderr=none, start_new_session=True
            )
            started.callback(process.wait)
            started.callback(process.kill)

        def relay(host: str, listen: str, target: str, port: int) -> None:
            ends = (listen, str(port), target, str(port))
            start(host, sys.executable, "-m", "breakeven.network.relay", *ends, str(link.latency / 2))

        dask, scheduler = str(environment / "bin" / "dask"), f"tcp://{NEAR}:{SCHEDULER_PORT}"
        seen_from_far = scheduler
        start(made.near, dask, "scheduler", "--host", NEAR, "--port", str(SCHEDULER_PORT), "--no-dashboard")
        if made.relayed:
            seen_from_far = f"tcp://{FAR}:{SCHEDULER_PORT}"
            relay(made.far, FAR, NEAR, SCHEDULER_PORT)
        for port in range(WORKER_PORT, WORKER_PORT + n_workers):
            listening = f"tcp://{FAR}:{port}"
            contact = listening
            if made.relayed:
                contact = f"tcp://{NEAR}:{port}"
                relay(made.near, NEAR, FAR, port)
            start(
                made.far, dask, "worker", seen_from_far, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                "--listen-address", listening, "--contact-address", contact,
            )  # fmt: skip
        _wait(made, environment, scheduler, n_workers)
        yield made, scheduler


def run(hosts: Hosts, address: str, command: Sequence[str]) -> int:
    """Run a command on the near host, told of the cluster by Dask's own variable.

    Parameters
    ----------
    hosts : Hosts
        From `cluster`.
    address : str
        From `cluster`.
    command : sequence of str
        With its arguments.

    Returns
    -------
    int
        Its exit status; that of ``ip netns exec``, which says why, if there is no such command.
    """
    process = subprocess.Popen(
        ["ip", "netns", "exec", hosts.near, *command], env=os.environ | {"DASK_SCHEDULER_ADDRESS": address}
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise


def _wait(hosts: Hosts, environment: Path, address: str, n_workers: int) -> None:
    script = (
        f"from distributed import Client; Client('{address}', timeout=30).wait_for_workers({n_workers}, timeout=30)"
    )
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until:
        asked = ["ip", "netns", "exec", hosts.near, str(environment / "bin" / "python"), "-c", script]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return
    raise BreakevenError(f"The workers did not find the scheduler within {START_TIMEOUT} s")
