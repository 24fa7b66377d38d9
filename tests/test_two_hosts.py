"""Two hosts in real network namespaces, with a real scheduler and workers; the relay on loopback."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from breakeven.errors import BreakevenError
from breakeven.network import relay, two_hosts
from breakeven.network.two_hosts import Link
from breakeven.train import entries, environments
from tests.conftest import BIN, ROOT
from tests.test_suite import wait_for

pytestmark = pytest.mark.commands

ASK = """
import time, numpy
from distributed import Client
client = Client(timeout=30)  # by DASK_SCHEDULER_ADDRESS, as everything does
assert len(client.nthreads()) == 2, client.nthreads()
client.submit(int).result()
start = time.perf_counter()
client.submit(int, 1, pure=False).result()
print("task", time.perf_counter() - start)
start = time.perf_counter()
client.scatter([numpy.random.default_rng(0).bytes(1_000_000)], broadcast=True, direct=True)
print("megabyte", time.perf_counter() - start)
"""


def namespaces():
    return [p.name for p in Path("/run/netns").glob("breakeven-*")] if Path("/run/netns").exists() else []


@pytest.fixture(scope="module")
def environment():
    train = entries.load(ROOT / "releases.toml")
    return environments.ensure(train.newest.pins, train.python, ROOT / ".breakeven")


@pytest.fixture(scope="module")
def permitted():
    try:
        with two_hosts.hosts(Link(0.0, None)):
            pass
    except BreakevenError as err:
        lacking = any(words in str(err) for words in ("not permitted", "denied", "need the commands"))
        if os.environ.get("BREAKEVEN_TEST_ROOT") == "required" or not lacking:
            raise
        pytest.skip(str(err))


def command(environment, *args):
    return [BIN / "breakeven", "two-hosts", *args, "--", environment / "bin" / "python", "-c", ASK]


@pytest.mark.parametrize("netem", [True, False])
def test_what_crosses_the_link_takes_its_time(permitted, environment, monkeypatch, capfd, netem):
    if not netem:  # as on a kernel that has none
        monkeypatch.setattr(two_hosts, "_ip", without_netem)
    link = Link(0.05, 10e6)
    with two_hosts.cluster(link, environment, 2) as (hosts, address):
        assert netem or hosts.relayed
        status = two_hosts.run(hosts, address, [str(environment / "bin" / "python"), "-c", ASK])
    took = dict(line.split() for line in capfd.readouterr().out.splitlines())
    assert status == 0
    # there and back, twice with the word that the result is ready; and eight million bits of each copy
    assert float(took["task"]) > 0.05
    assert float(took["megabyte"]) > 0.8
    assert namespaces() == []


def without_netem(*args, tool="ip", _real=two_hosts._ip):
    if "netem" in args:
        raise BreakevenError("Specified qdisc kind is unknown")
    _real(*args, tool=tool)


def test_the_status_is_the_commands_and_nothing_is_left(permitted, environment):
    done = subprocess.run(
        [BIN / "breakeven", "two-hosts", "--", "sh", "-c", "echo $DASK_SCHEDULER_ADDRESS; exit 7"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (7, "tcp://10.91.0.1:8786\n"), done.stderr
    assert namespaces() == []


def test_what_a_killed_run_left_is_removed_by_the_next(permitted, environment):
    process = subprocess.Popen([BIN / "breakeven", "two-hosts", "--", "sleep", "100"], cwd=ROOT)
    assert wait_for(lambda: len(namespaces()) == 2)
    process.kill()
    process.wait()
    assert len(namespaces()) == 2
    with two_hosts.hosts(Link(0.0, None)):
        assert len(namespaces()) == 2
        assert all(name.endswith(f"-{os.getpid()}") for name in namespaces())
    assert namespaces() == []


def test_ctrl_c_ends_it_and_leaves_nothing(permitted, environment):
    process = subprocess.Popen(
        [BIN / "breakeven", "two-hosts", "--", "sleep", "100"], cwd=ROOT, start_new_session=True,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert wait_for(lambda: len(namespaces()) == 2)
    time.sleep(3)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "Traceback" not in said
    assert namespaces() == []


def test_where_it_is_not_permitted_one_sentence_says_so(tmp_path, monkeypatch):
    refusing = tmp_path / "ip"
    refusing.write_text("#!/bin/sh\necho 'mkdir /run/netns failed: Permission denied' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with (
        pytest.raises(
            BreakevenError, match=r"cannot be made on this machine: ip netns add .*: mkdir /run/netns failed"
        ),
        two_hosts.hosts(Link(0.0, None)),
    ):
        pass


def test_without_iproute2_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BreakevenError, match="need the commands ip and tc"), two_hosts.hosts(Link(0.0, None)):
        pass


def test_the_relay_hands_on_every_byte_after_its_delay():
    sent = os.urandom(3_000_000)

    async def echo(reader, writer):
        writer.write(await reader.readexactly(len(sent)))
        await writer.drain()
        writer.close()

    async def talk():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        between = await relay.relay(("127.0.0.1", 0), ("127.0.0.1", port), 0.2)
        reader, writer = await asyncio.open_connection("127.0.0.1", between.sockets[0].getsockname()[1])
        start = time.perf_counter()
        writer.write(sent)
        got = await reader.read(-1)
        seconds = time.perf_counter() - start
        for end in (writer, between, server):
            end.close()
        await asyncio.sleep(0.5)  # the end of the connection is handed on as late
        return got, seconds

    got, seconds = asyncio.run(talk())
    assert got == sent
    assert seconds >= 0.4  # there and back


def test_a_relay_to_nowhere_closes_the_connection():
    async def talk():
        between = await relay.relay(("127.0.0.1", 0), ("127.0.0.1", 1), 0.0)
        reader, writer = await asyncio.open_connection("127.0.0.1", between.sockets[0].getsockname()[1])
        got = await reader.read(-1)
        for end in (writer, between):
            end.close()
        return got

    assert asyncio.run(talk()) == b""
