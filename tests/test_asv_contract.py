"""All of asv that breakeven leans on, by name: a new asv that differs fails here, with a clear word."""

import importlib
import inspect
from pathlib import Path

import asv
import pytest

ENVIRONMENT = ["conf", "python", "requirements", "tagged_env_vars"]

#: Functions and methods with the parameters that are passed or overridden, in their order.
CALLED = {
    "asv.benchmarks.Benchmarks.__init__": ["conf", "benchmarks", "regex"],
    "asv.benchmarks.Benchmarks.discover": ["conf", "repo", "environments", "commit_hash", "regex"],
    "asv.config.Config.load": ["path"],
    "asv.environment.Environment.__init__": ENVIRONMENT,
    "asv.environment.Environment.create": [],
    "asv.environment.Environment.install_project": ["conf", "repo", "commit_hash"],
    "asv.environment.Environment.matches": ["python"],
    "asv.environment.Environment.run": ["args"],
    "asv.environment.Environment.run_executable": ["executable", "args"],
    "asv.environment.Environment._set_commit_hash": ["commit_hash"],
    "asv.environment.ExistingEnvironment.__init__": ["conf", "executable", "requirements", "tagged_env_vars"],
    "asv.machine.Machine.get_defaults": [],
    "asv.machine.Machine.get_unique_machine_name": [],
    "asv.machine.Machine.save": ["results_dir"],
    "asv.machine.MachineCollection.load": ["machine_name"],
    "asv.machine.MachineCollection.save": ["machine_name", "machine_info"],
    "asv.plugins.git.Git.__init__": ["url", "mirror_path"],
    "asv.plugins.git.Git.url_match": ["url"],
    "asv.plugins.git.Git.get_hash_from_name": ["name"],
    "asv.plugins.git.Git.get_hashes_from_range": ["range_spec"],
    "asv.plugins.git.Git.get_name_from_hash": ["commit"],
    "asv.plugins.git.Git.get_date": ["hash"],
    "asv.publishing.OutputPublisher.publish": ["conf", "repo", "benchmarks", "graphs", "revisions"],
    "asv.repo.get_repo": ["conf"],
    "asv.results.Results.__init__": [
        "params", "requirements", "commit_hash", "date", "python", "env_name", "env_vars",
    ],
    "asv.results.Results.load": ["path", "machine_name"],
    "asv.results.Results.load_data": ["result_dir"],
    "asv.results.Results.add_result": [
        "benchmark", "result", "started_at", "duration", "record_samples", "append_samples", "selected_idx",
    ],
    "asv.results.Results.save": ["result_dir"],
    "asv.results.Results.get_all_result_keys": [],
    "asv.results.Results.get_result_params": ["key"],
    "asv.results.Results.get_result_value": ["key", "params"],
    "asv.results.Results.get_result_stats": ["key", "params"],
    "asv.results.Results.get_result_samples": ["key", "params"],
    "asv.runner.get_spawner": ["env", "benchmark_dir", "launch_method"],
    "asv.runner.run_benchmark": ["benchmark", "spawner", "profile", "selected_idx", "extra_params", "cwd"],
    "asv.runner._run_benchmark_single_param": [
        "benchmark", "spawner", "param_idx", "profile", "extra_params", "cwd",
    ],
    "asv.runner.Spawner.__init__": ["env", "benchmark_dir"],
    "asv.runner.Spawner.create_setup_cache": ["benchmark_id", "timeout", "params_str"],
    "asv.runner.ForkServer.__init__": ["env", "root"],
    "asv.runner.ForkServer.run": ["name", "params_str", "profile_path", "result_file_name", "timeout", "cwd"],
    "asv.runner.ForkServer.preimport": [],
    "asv.runner.ForkServer.interrupt": [],
    "asv.runner.ForkServer.close": [],
    "asv.step_detect.detect_steps": ["y", "w"],
    "asv.util.load_json": ["path", "api_version", "js_comments"],
    "asv.util.is_na": ["value"],
    "asv.util.is_nan": ["x"],
    "asv.commands.compare._is_result_better": ["a", "b", "a_ss", "b_ss", "factor"],
    "asv_runner.statistics.compute_stats": ["samples", "number"],
    "asv_runner._aux.update_sys_path": ["root"],
    "asv_runner.server._run_server": ["args"],
    "asv_runner.server._run": ["args"],
    "asv_runner.server.disc_benchmarks": ["root", "ignore_import_errors"],
    "asv_runner.run._run": ["args"],
    "asv_runner.check._check": ["args"],
    "asv_runner.discovery._discover": ["args"],
    "asv_runner.setup_cache._setup_cache": ["args"],
    "asv_runner.benchmarks.time.TimeBenchmark._get_timer": ["param"],
    "asv_runner.benchmarks.time.TimeBenchmark._get_interleaved_timer": ["param"],
}  # fmt: skip

#: Attributes that are read, or replaced.
ATTRIBUTES = [
    "asv.benchmarks.Benchmarks.api_version",
    "asv.commands.run.Benchmarks",
    "asv.commands.run.Results",
    "asv.console.log",
    "asv.repo.NoSuchNameError",
    "asv.results.Results.benchmark_version",
    "asv.runner.BENCHMARK_RUN_SCRIPT",
    "asv.runner.ForkServer",
    "asv.util.ProcessError",
    "asv.util.UserError",
]

#: What asv's code must contain: attributes of instances, and keys of what it passes on.
SOURCE = {
    "asv.benchmarks": ["self._all_benchmarks", "self._benchmark_selection", "runner.BENCHMARK_RUN_SCRIPT"],
    "asv.commands.run": ["Benchmarks.discover(", "result.load_data(conf.results_dir)"],
    "asv.environment": ["self._path", "self._python", "tool_name", "env_vars"],
    "asv.results": ["self._filename", "compute_stats("],
    "asv.runner": [
        "self.server_proc = env.run(",
        "[BENCHMARK_RUN_SCRIPT, 'run_server', self.benchmark_dir, self.socket_name]",
        "res = _run_benchmark_single_param(",
        'raise util.UserError("Interrupted.")',
        "params_str = json.dumps(extra_params)",
    ],
    "asv_runner.console": ["logging.getLogger()"],
    "asv_runner.discovery": ["benchmark._attr_sources.insert(0, ExtraBenchmarkAttrs)"],
    "asv_runner.benchmarks._base": ["def _collect_dynamic_attrs(self, func)"],
    "asv_runner.benchmarks.time": ["timer.timeit(number)"],
}

#: Passages of the HTML that asv publishes.
PAGES = {"index.html": ["<head>", '<li id="nav-li-graphdisplay">']}


def found(name):
    """Import as much of a dotted name as is a module, and get the rest of it."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for part in parts[n:]:
            assert hasattr(thing, part), f"asv has no {name} any more"
            thing = getattr(thing, part)
        return thing
    pytest.fail(f"asv has no {name} any more")


@pytest.mark.parametrize("name", CALLED)
def test_it_takes_these_parameters(name):
    taken = [p for p in inspect.signature(found(name)).parameters.values() if p.name not in ("self", "cls")]
    names = [p.name for p in taken]
    wanted = CALLED[name]
    # in this order, for some are passed by place; others may stand between those that are passed by name
    assert [n for n in names if n in wanted] == wanted, f"{name} takes {names}"
    required = {
        p.name for p in taken
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    }  # fmt: skip
    assert required <= set(wanted), f"{name} wants {required - set(wanted)} too"


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_it_is_there(name):
    found(name)


@pytest.mark.parametrize("module", SOURCE)
def test_its_code_does_this(module):
    code = inspect.getsource(importlib.import_module(module))
    assert [text for text in SOURCE[module] if text not in code] == []


@pytest.mark.parametrize("page", PAGES)
def test_its_page_has_this_once(page):
    text = (Path(asv.__file__).parent / "www" / page).read_text()
    assert {passage: text.count(passage) for passage in PAGES[page]} == dict.fromkeys(PAGES[page], 1)


def test_a_result_of_a_process_has_these_fields():
    assert found("asv.runner.BenchmarkResult")._fields == (
        "result", "samples", "number", "errcode", "stderr", "profile",
    )  # fmt: skip
