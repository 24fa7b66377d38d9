"""Run trials: ``python -m trials TITLE ...`` writes a line of JSON for each, ``--list`` tells which there are.

Each trial runs in a process of its own, forked from one that has imported what all need, so that one that crashes or
hangs costs nothing but itself.
"""

import contextlib
import importlib
import json
import multiprocessing
import os
import pkgutil
import re
import sys

import numpy as np

import trials
from trials.trial import TRIALS

#: Seconds after which a try is given up, and how many a trial has: now and then one hangs that works.
TIMEOUT, TRIES = 120, 2

#: What most trials import: once, before they are forked.
IMPORTS = ("sklearn", "dask_ml.model_selection", "dask_ml.cluster", "dask_ml.preprocessing", "dask_ml.linear_model")


def found():
    """Give every trial by its title."""
    for module in pkgutil.iter_modules(trials.__path__):
        if module.name != "__main__":
            importlib.import_module(f"trials.{module.name}")
    return TRIALS


def outcome(trial):
    """Say what a trial came to.

    Parameters
    ----------
    trial : Trial
        To try.

    Returns
    -------
    outcome : str
        ``works``, ``differs``, ``fails``, or ``no counterpart`` where that fails.
    why : str
        What differs, with the cause that the trial states, or failed; empty if it works.
    """
    answers, got = trial.call(), []
    while len(got) < 2:
        try:
            got.append(np.asarray(next(answers), dtype=float))
        except Exception as error:
            return "no counterpart" if got else "fails", told(error)
    given, expected = got
    if given.shape != expected.shape:
        return "differs", f"shape {given.shape} instead of {expected.shape}"
    if np.allclose(given, expected, rtol=trial.tolerance, atol=trial.tolerance, equal_nan=True):
        return "works", ""
    if given.ndim:
        worst = np.unravel_index(np.nanargmax(abs(given - expected)), given.shape)
        given, expected = given[worst], expected[worst]
    difference = f"{given:.4g} instead of {expected:.4g}"
    return "differs", f"{difference}: {trial.cause}" if trial.cause else difference


def told(error):
    """Tell an error in a line: its kind and the first sentence of it, the same on each machine."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # addresses, and names that Dask makes anew each time
    text = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "...", lines[0] if lines else "")
    text = re.sub(r"(?:/[\w.+-]+)+/site-packages/", "", text)
    return f"{type(error).__name__}: {text[:200]}".rstrip(": ")


def report(trial, to):
    """Try in a forked process, whose own output goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    to.send(outcome(trial))
    to.close()
    os._exit(0)  # whatever threads are left


def attempt(trial):
    """Try in a process of its own, and once more if there is no answer."""
    for _ in range(TRIES):
        answer = once(trial)
        if answer is not None:
            return answer
    return "fails", f"no answer within {TIMEOUT} s"


def once(trial):
    """Try in a process of its own; None if it gives no answer in time."""
    forking = multiprocessing.get_context("fork")
    here, there = forking.Pipe(duplex=False)
    process = forking.Process(target=report, args=(trial, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(TIMEOUT) else None
    except EOFError:
        process.join()
        return "fails", f"its process ended with status {process.exitcode}"
    finally:
        process.kill()
        process.join()


def main(titles):
    """Run the trials of these titles."""
    every = found()
    if titles == ["--list"]:
        for trial in every.values():
            print(json.dumps({"title": trial.title, "counterpart": trial.counterpart, "version": trial.version}))
        return
    for module in IMPORTS:
        with contextlib.suppress(Exception):  # the trials that need it tell why
            importlib.import_module(module)
    for title in titles:
        came_to, why = attempt(every[title])
        print(json.dumps({"title": title, "outcome": came_to, "why": why}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
