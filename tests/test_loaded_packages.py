"""What a process has loaded: the release's own packages, or a reason why the measurement does not count."""

import pytest

from breakeven.harness import loaded_packages


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "env" / "lib").mkdir(parents=True)
    return tmp_path / "env"


def test_packages_of_the_environment_are_told_with_their_versions(environment):
    own = {name: ("1.0", str(environment / "lib" / name / "__init__.py")) for name in ("numpy", "sklearn", "tblib")}
    assert loaded_packages.judged(own, environment) == ({"numpy": "1.0", "sklearn": "1.0"}, "")


def test_a_package_from_elsewhere_is_the_reason(environment, tmp_path):
    loaded = {
        "numpy": ("2.0", str(environment / "lib" / "numpy" / "__init__.py")),
        "joblib": ("1.5", str(tmp_path / "home" / "joblib" / "__init__.py")),
        "sklearn": ("1.9", str(tmp_path / "env-of-another" / "sklearn" / "__init__.py")),
        "tblib": ("3.0", str(tmp_path / "home" / "tblib" / "__init__.py")),  # not tracked
    }
    versions, reason = loaded_packages.judged(loaded, environment)
    assert versions == {"numpy": "2.0", "sklearn": "1.9", "joblib": "1.5"}
    assert reason == "Loaded from outside of the release's environment: sklearn 1.9, joblib 1.5"


def test_a_link_to_the_environment_is_the_environment(environment, tmp_path):
    linked = tmp_path / "link"
    linked.symlink_to(environment)
    inside = {"numpy": ("2.0", str(environment / "lib" / "numpy" / "__init__.py"))}
    assert loaded_packages.judged(inside, linked) == ({"numpy": "2.0"}, "")


def test_a_user_s_own_environment_may_have_its_packages_anywhere(tmp_path):
    loaded = {"numpy": ("2.0", str(tmp_path / "numpy.py"))}
    assert loaded_packages.judged(loaded, None) == ({"numpy": "2.0"}, "")


def installed(environment, name, *files):
    """Install a package as far as its files and its list of them go."""
    packages = environment / "lib" / "python3.11" / "site-packages"
    described = packages / f"{name}-1.5.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    (described / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    return packages


def test_packages_have_the_names_of_the_index_and_those_that_are_not_tracked_are_told_too(environment):
    installed(environment, "python_dateutil", "dateutil/__init__.py")
    installed(environment, "six", "six.py")
    packages = installed(environment, "scikit-learn", "sklearn/__init__.py", "sklearn/tree.py")
    loaded = {
        "dateutil": ("2.9", str(packages / "dateutil" / "__init__.py")),
        "six": ("", str(packages / "six.py")),  # states no version
        "sklearn": ("1.5", str(packages / "sklearn" / "__init__.py")),
        "benchmarks": ("1", "/home/benchmarks/__init__.py"),
    }
    assert loaded_packages.judged(loaded, environment) == (
        {"python-dateutil": "2.9", "six": "1.5", "scikit-learn": "1.5"},
        "",
    )


def test_a_package_from_elsewhere_that_is_not_tracked_is_left_out(environment, tmp_path):
    packages = installed(tmp_path / "other", "six", "six.py")
    assert loaded_packages.judged({"six": ("1.5", str(packages / "six.py"))}, environment) == ({}, "")


def test_top_level_modules_are_looked_for():
    assert {"dask_ml", "sklearn", "distributed"} <= set(loaded_packages.MODULES)
    assert all("." not in module for module in loaded_packages.MODULES)
