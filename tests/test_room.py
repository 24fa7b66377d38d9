"""Arms that do not find room together are measured in groups around the reference."""

from breakeven.harness import freezer
from breakeven.harness.room import SHARE, Need, fits, free, groups

ROOM = Need(100, 1000)


def test_what_fits_is_one_group():
    assert groups([Need(20, 10)] * 5, ROOM) == [[0, 1, 2, 3, 4]]


def test_each_group_has_the_reference():
    assert groups([Need(40, 10)] * 4, ROOM) == [[0, 1], [0, 2], [0, 3]]
    assert groups([Need(10, 10), Need(50, 10), Need(30, 10), Need(60, 10)], ROOM) == [[0, 1, 2], [0, 3]]


def test_open_files_count_too():
    assert groups([Need(1, 400)] * 3, ROOM) == [[0, 1], [0, 2]]
    assert not fits([Need(1, 600), Need(1, 600)], ROOM)


def test_two_are_measured_together_even_where_they_do_not_fit():
    assert groups([Need(90, 1), Need(90, 1)], ROOM) == [[0, 1]]


def test_a_share_of_what_is_free_is_taken(tmp_path):
    (tmp_path / "proc" / "sys" / "fs").mkdir(parents=True)
    (tmp_path / "proc" / "sys" / "fs" / "file-nr").write_text("200\t0\t1200\n")
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 4000 kB\nMemAvailable: 2000 kB\n")
    assert free(tmp_path) == Need(int(SHARE * 2000 * 1024), int(SHARE * 1000))
    assert free(tmp_path / "elsewhere").memory > 0


def test_a_container_has_no_more_than_it_is_granted(tmp_path, monkeypatch):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 4000 kB\nMemAvailable: 2000 kB\n")
    granted = {"memory.max": ["max\n", "1000000\n"], "memory.current": ["300000\n", "400000\n"]}
    monkeypatch.setattr(freezer, "of_cgroups", lambda root, name: granted[name])
    assert free(tmp_path).memory == int(SHARE * 600_000)
