"""The user's own code in place of breakeven's suite: a script, an expression, or a folder of asv benchmarks.

Each becomes a folder of benchmarks and a configuration of asv's; everything else is as for breakeven's own suite.
"""

from __future__ import annotations

import hashlib
import os
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from symtable import SymbolTable, symtable
from typing import Any

from asv import util

from breakeven import files, state
from breakeven.errors import USAGE, BreakevenError
from breakeven.harness import asv_config, suite_copies

#: A folder that another project measures with asv has its configuration.
_CONFIG = "asv.conf.json"

#: What is taken from there: how benchmarks are run, not on what.
_TAKEN = ("default_benchmark_timeout",)

#: Bytes from which on a file of a suite is data that does not count.
_LARGE = 1_000_000

# As for `python -m timeit`, the setup runs once and short calls are timed in batches; asv would run a function `setup`
# before each call, and asks its timer before the first. What the setup defines are globals, as in a notebook.
_EXPRESSION = '''\
"""Written by breakeven from --setup and --call."""

from time import perf_counter as _breakeven_now

_breakeven_setup = [compile({setup!r}, "<--setup>", "exec")]


def _breakeven_clock():
    if _breakeven_setup:
        exec(_breakeven_setup.pop(), globals())
    return _breakeven_now()


{function}


time_call.timer = _breakeven_clock
time_call.number = 0  # chosen by asv, whatever the setup calls so
'''

_BESIDE = '''\
"""Written by breakeven: a copy of the user's script, made when measuring began."""

import sys

sys.path.append({folder!r})  # for what stands beside the script
'''


@dataclass(frozen=True)
class Chosen:
    """The suite that a command measures.

    Attributes
    ----------
    config : Path
        asv's configuration.
    records : Path
        Folder for records under way.
    own : bool
        Whether it is the user's.
    """

    config: Path
    records: Path
    own: bool = True


def chosen(script: Path | None = None, setup: str = "", call: str = "", suite: Path | None = None) -> Chosen:
    """Give the suite that the user names, breakeven's own if none is named.

    Parameters
    ----------
    script : Path, optional
        A file with functions and classes by asv's conventions.
    setup, call : str
        Code whose call is timed, and code that runs before it.
    suite : Path, optional
        A folder of asv benchmarks, or one with an ``asv.conf.json`` that names it.

    Returns
    -------
    Chosen
        What belongs to a user's code is in a folder of its own, one for each state of the code: what was measured of
        another state does not count.

    Raises
    ------
    BreakevenError
        More than one is named, it is not there, or it is not Python.
    """
    if bool(script) + bool(setup or call) + bool(suite) > 1:
        raise BreakevenError("Give one of --script, --call with --setup, and --suite", USAGE)
    if script is not None:
        return _of_script(script)
    if setup or call:
        return _of_expression(setup, call)
    if suite is not None:
        return _of_folder(suite)
    return Chosen(asv_config.current(), state.STATE, own=False)


def _of_script(script: Path) -> Chosen:
    try:
        text = script.read_text()
    except (OSError, UnicodeDecodeError) as err:
        why = err.strerror if isinstance(err, OSError) else "it is not text"
        raise BreakevenError(f"Cannot read the script {script}: {why}", USAGE) from None
    _check(text, str(script))
    folder = script.resolve().parent
    beside = _contents(folder, sorted(path for path in folder.glob("*.py") if path.is_file()))
    return _written(re.sub(r"\W", "_", script.stem), text, _BESIDE.format(folder=str(folder)), beside)


def _of_expression(setup: str, call: str) -> Chosen:
    if not call.strip():
        raise BreakevenError("--setup needs --call, the expression that is timed", USAGE)
    for text, option in ((setup, "--setup"), (call, "--call"), (_function(call), "--call")):
        _check(text, option)
    # a name that both bind is one name, as in `python -m timeit`
    called = symtable(_function(call), "--call", "exec").lookup("time_call").get_namespace()
    shared = _bound(symtable(setup, "--setup", "exec")) & _bound(called)
    return _written("expression", _EXPRESSION.format(setup=setup, function=_function(call, shared)))


def _function(call: str, shared: Collection[str] = ()) -> str:
    told = f"global {', '.join(sorted(shared))}\n" if shared else ""
    return f"def time_call():\n{textwrap.indent(told + call, '    ')}"


def _bound(names: SymbolTable) -> set[str]:
    return {name.get_name() for name in names.get_symbols() if name.is_assigned() or name.is_imported()}


def _of_folder(suite: Path) -> Chosen:
    named = suite / _CONFIG
    try:
        told = util.load_json(str(named), js_comments=True) if named.is_file() else {}
    except util.UserError as err:
        raise BreakevenError(f"{named} is damaged: {err}", USAGE) from None
    folder = suite / told.get("benchmark_dir", "benchmarks") if told else suite
    if not (folder / "__init__.py").is_file():
        raise BreakevenError(f"{folder} is no folder of asv benchmarks: it has no __init__.py", USAGE)
    changes = {key: told[key] for key in _TAKEN if key in told}
    code = _contents(folder, _files(folder))
    own = _place(folder.resolve().name, f"{changes}\n{code}")
    return _configured(own, folder, changes)


def _files(suite: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(suite):
        folders[:] = sorted(set(folders).difference(suite_copies.MADE))
        paths = [Path(place, name) for name in sorted(names)]
        yield from (path for path in paths if path.is_file() and path.stat().st_size < _LARGE)


def _contents(folder: Path, paths: Iterable[Path]) -> str:
    try:
        return "".join(f"{p.relative_to(folder)} {hashlib.sha256(p.read_bytes()).hexdigest()}\n" for p in paths)
    except OSError as err:
        raise BreakevenError(f"Cannot read {err.filename}: {err.strerror}", USAGE) from None


def _check(text: str, name: str) -> None:
    try:
        compile(text, name, "exec")
    except (SyntaxError, ValueError) as err:
        raise BreakevenError(f"{name} is not Python: {err}", USAGE) from None


def _written(module: str, text: str, package: str = "", beside: str = "") -> Chosen:
    own = _place(module, package + text + beside)
    benchmarks = own / "benchmarks"
    files.write(benchmarks / "__init__.py", package)
    files.write(benchmarks / f"{module}.py", text)
    return _configured(own, benchmarks, {})


def _place(name: str, code: str) -> Path:
    digest = hashlib.sha256(code.encode(errors="surrogateescape")).hexdigest()
    return state.STATE / "own" / f"{name}-{digest[:8]}"


def _configured(own: Path, benchmarks: Path, changes: Mapping[str, Any]) -> Chosen:
    # not in the same folder as those of the suite, whose list of benchmarks and rounds have the same names
    results = state.RESULTS / "own" / own.name if state.RESULTS else own / "results"
    places = {"benchmark_dir": str(benchmarks), "results_dir": str(results)}
    return Chosen(asv_config.written(own, places | dict(changes)), own)
