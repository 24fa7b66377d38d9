"""What a machine permits, read from files of made-up machines; the verdicts; and the command on this one."""

import os
import resource

import pytest
from typer.testing import CliRunner

from breakeven import cli
from breakeven.harness import conditions
from breakeven.harness.conditions import Condition
from breakeven.report import doctor

STAT = "cpu  {user} 0 {system} {idle} 0 0 0 {steal} 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"


def files(root, **texts):
    """Write files under a root; a name's double underscores are slashes."""
    for name, text in texts.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def within_cgroup(root, own="/slice/scope"):
    """Put this process into a cgroup of version 2 of the made-up machine."""
    files(root, proc__self__cgroup=f"0::{own}\n")
    files(root, proc__self__mountinfo=f"27 1 0:25 / {root}/cg rw - cgroup2 cgroup2 rw\n")
    (root / "cg" / own.strip("/")).mkdir(parents=True)


@pytest.fixture
def times(tmp_path):
    """Processor times of a made-up machine."""

    def read(**ticks):
        files(tmp_path, proc__stat=STAT.format(**{"user": 0, "system": 0, "idle": 0, "steal": 0} | ticks))
        return conditions.processor_times(tmp_path)

    return read


@pytest.mark.parametrize(
    ("ticks", "quiet", "steal"),
    [
        ({"idle": 200}, "good", "good"),
        ({"idle": 180, "user": 15, "system": 5}, "mind", "good"),
        ({"idle": 100, "user": 100}, "bad", "good"),
        ({"idle": 196, "steal": 4}, "good", "mind"),
        ({"idle": 150, "steal": 50}, "good", "bad"),
    ],
)
def test_others_and_the_hypervisor_are_told_apart(times, ticks, quiet, steal):
    start = {"user": 7, "system": 5, "idle": 3, "steal": 2}
    before = times(**start)
    found = list(conditions.busy(before, times(**{k: v + ticks.get(k, 0) for k, v in start.items()})))
    assert [each.verdict for each in found] == [quiet, steal]
    assert [bool(each.advice) for each in found] == [quiet != "good", steal != "good"]


def test_shares_are_written_as_people_do(times):
    before = times()
    quiet, steal = conditions.busy(before, times(user=150, steal=50))
    assert quiet.fact.startswith("others use 75 % of the processors, load ")
    assert steal.fact == "the hypervisor gave 25 % of the time to others"


def test_a_system_without_proc_is_said_nothing_of(tmp_path):
    assert conditions.processor_times(tmp_path) == {}
    assert list(conditions.memory(tmp_path)) == []
    assert conditions.quota(tmp_path) is None
    (governor,) = conditions.frequency(tmp_path)
    assert governor.verdict == "good"


BATTERY = {"sys__class__power_supply__BAT0__type": "Battery\n"}
MOUSE = {f"sys__class__power_supply__mouse__{k}": v for k, v in {"type": "Battery", "scope": "Device"}.items()}


@pytest.mark.parametrize(
    ("supplies", "found"),
    [
        ({}, []),
        (BATTERY | {"sys__class__power_supply__BAT0__status": "Discharging\n"}, ["mind"]),
        (BATTERY | {"sys__class__power_supply__BAT0__status": "Full\n"}, ["good"]),
        (MOUSE | {"sys__class__power_supply__mouse__status": "Discharging\n"}, []),
    ],
)
def test_a_battery_is_told_if_the_machine_has_one(tmp_path, supplies, found):
    files(tmp_path, **supplies)
    conditions_found = list(conditions.power(tmp_path))
    assert [each.verdict for each in conditions_found] == found
    assert [bool(each.advice) for each in conditions_found] == [verdict == "mind" for verdict in found]


def test_the_least_quota_of_all_cgroups_around_counts(tmp_path):
    within_cgroup(tmp_path)
    files(tmp_path, **{"cg__slice__scope__cpu.max": "max 100000\n", "cg__slice__cpu.max": "150000 100000\n"})
    assert conditions.quota(tmp_path) == 1.5
    files(tmp_path, **{"cg__slice__scope__cpu.max": "50000 100000\n"})
    assert conditions.quota(tmp_path) == 0.5


@pytest.mark.parametrize(("limit", "cores"), [("-1", None), ("200000", 2)])
def test_quota_of_cgroups_of_version_1(tmp_path, limit, cores):
    old = "sys__fs__cgroup__cpu__cpu.cfs"
    files(tmp_path, **{f"{old}_quota_us": f"{limit}\n", f"{old}_period_us": "100000\n"})
    assert conditions.quota(tmp_path) == cores


@pytest.mark.parametrize(
    ("seen", "granted", "fact", "verdict"),
    [(8, None, "8", "good"), (8, 8.0, "8, with the time of 8", "good"), (8, 2.5, "8, with the time of 2.5", "bad"),
     (1, None, "1", "mind")],
)  # fmt: skip
def test_cores_and_what_is_granted_of_them(seen, granted, fact, verdict):
    found = conditions.cores(seen, granted)
    assert (found.fact, found.verdict) == (fact, verdict)


def test_governors_and_turbo(tmp_path):
    cpu = "sys__devices__system__cpu__"
    files(tmp_path, **{f"{cpu}cpu{n}__cpufreq__scaling_governor": "performance\n" for n in range(3)})
    files(tmp_path, **{f"{cpu}intel_pstate__no_turbo": "1\n"})
    assert [(c.name, c.fact, c.verdict) for c in conditions.frequency(tmp_path)] == [
        ("governor", "performance", "good"),
        ("turbo", "off", "good"),
    ]
    files(tmp_path, **{f"{cpu}cpu1__cpufreq__scaling_governor": "powersave\n"})
    files(tmp_path, **{f"{cpu}intel_pstate__no_turbo": "0\n"})
    governor, turbo = conditions.frequency(tmp_path)
    assert (governor.fact, governor.verdict, turbo.fact, turbo.verdict) == (
        "performance, powersave",
        "mind",
        "on",
        "mind",
    )
    assert "write 1 to /sys/devices/system/cpu/intel_pstate/no_turbo" in turbo.advice
    (tmp_path / "sys/devices/system/cpu/intel_pstate/no_turbo").unlink()
    files(tmp_path, **{f"{cpu}cpufreq__boost": "1\n"})
    assert "write 0 to /sys/devices/system/cpu/cpufreq/boost" in list(conditions.frequency(tmp_path))[1].advice


@pytest.mark.parametrize(
    ("asked", "libraries", "fact", "verdict"),
    [
        ("", {"openblas": "Zen"}, "openblas for Zen, chosen by the processor", "good"),
        ("Haswell", {"openblas": "Haswell"}, "openblas for Haswell, by OPENBLAS_CORETYPE=Haswell", "good"),
        ("HASWELL", {"openblas": "Haswell"}, "openblas for Haswell, by OPENBLAS_CORETYPE=HASWELL", "good"),
        ("Hasvell", {"openblas": "Zen"}, "openblas for Zen, though OPENBLAS_CORETYPE=Hasvell", "mind"),
        ("", {}, "not told: no threadpoolctl here", "good"),
    ],
)
def test_blas_kernels(asked, libraries, fact, verdict):
    found = conditions.blas({"OPENBLAS_CORETYPE": asked}, libraries)
    assert (found.fact, found.verdict) == (fact, verdict)


def test_free_memory_is_within_the_limit_of_the_cgroup(tmp_path):
    files(tmp_path, proc__meminfo="MemTotal: 16000000 kB\nMemFree: 1 kB\nMemAvailable: 8000000 kB\n")
    assert list(conditions.memory(tmp_path)) == [Condition("memory", "8.2 GB of 16.4 GB free")]
    within_cgroup(tmp_path, "/own")
    files(tmp_path, **{"cg__own__memory.max": "max\n", "cg__own__memory.current": "5\n"})
    assert list(conditions.memory(tmp_path)) == [Condition("memory", "8.2 GB of 16.4 GB free")]
    files(tmp_path, **{"cg__own__memory.max": "2000000000\n", "cg__own__memory.current": "1500000000\n"})
    (found,) = conditions.memory(tmp_path)
    assert (found.fact, found.verdict) == ("500.0 MB of 2.0 GB free", "bad")


@pytest.mark.parametrize(
    ("limit", "fact", "verdict"),
    [(256, "at most 256 a process", "mind"), (1024, "at most 1,024 a process", "good"),
     (resource.RLIM_INFINITY, "no limit", "good")],
)  # fmt: skip
def test_open_files(limit, fact, verdict):
    found = conditions.open_files(limit)
    assert (found.fact, found.verdict) == (fact, verdict)


def test_a_cluster_that_exists_is_named():
    assert conditions.cluster({}).verdict == "good"
    found = conditions.cluster({"DASK_SCHEDULER_ADDRESS": "tcp://there:8786"})
    assert (found.fact, found.verdict) == ("tcp://there:8786", "mind")


def test_freezing_by_signals_has_advice(tmp_path):
    assert conditions.freezing(tmp_path).verdict == "good"
    assert "Delegate=yes" in conditions.freezing(None).advice


def test_pinning_is_tried_and_taken_back(monkeypatch):
    before = os.sched_getaffinity(0)
    assert conditions.pinning().verdict == "good"
    assert os.sched_getaffinity(0) == before

    def refuse(pid, cores):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert conditions.pinning().fact == "refused: Operation not permitted"
    monkeypatch.delattr(os, "sched_setaffinity")
    assert conditions.pinning().verdict == "mind"


def test_advice_stands_below_its_fact():
    found = [Condition("cores", "2"), Condition("governor", "powersave", "mind", "Set performance.")]
    assert list(doctor.lines(found)) == [
        "cores         good  2",
        "governor      mind  powersave",
        "                    Set performance.",
    ]


def test_the_command_fits_a_screen(monkeypatch):
    monkeypatch.setattr(conditions, "WATCHED", 0.01)
    done = CliRunner().invoke(cli.app, ["doctor"])
    assert done.exit_code == 0, done.output
    named = [line.split("  ")[0] for line in done.output.splitlines() if not line.startswith(" ")]
    assert {"freezing", "pinning", "cores", "governor", "BLAS kernels", "open files", "Dask cluster"} <= set(named)
    assert len(done.output.splitlines()) <= 24
