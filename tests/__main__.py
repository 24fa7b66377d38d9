"""Run the tests tier by tier, and say how long each took: ``python -m tests``, with ``--slow`` for all there are.

A tier says how its tests are run, the mark ``slow`` when: on every change, or by CI alone.
"""

import subprocess
import sys
import time

# By file: those of a file share a cluster, a site or the names of two hosts. Not by pytest-xdist's groups, which
# pytest 9.2 does not tell it of.
BY_FILE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]

#: The slowest tests are told, for they are what to shorten.
TOLD = ["--durations", "15", "--durations-min", "5"]

TIERS = {"quick": ["-n", "2", "--dist", "worksteal"], "commands": BY_FILE, "measures": []}


def main(slow):
    failed, took = False, {}
    for tier, how in TIERS.items():
        start = time.monotonic()
        selected = tier if slow else f"{tier} and not slow"
        command = [sys.executable, "-m", "pytest", "-m", selected, *how, *TOLD]
        failed |= subprocess.run(command, check=False).returncode != 0
        took[tier] = time.monotonic() - start
    for tier, seconds in took.items():
        print(f"{tier:10}{seconds:6.0f} s")
    print(f"{'in all':10}{sum(took.values()):6.0f} s")
    return failed


if __name__ == "__main__":
    sys.exit(main(slow="--slow" in sys.argv))
