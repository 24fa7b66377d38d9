"""An existing cluster must run the release under test: compared before anything is measured, or brought to it."""

import inspect
import time
from contextlib import suppress

# What distributed does not compare by itself: older releases of it take names of import, newer ones of packages.
PACKAGES = ["numpy", "scipy", "scikit-learn", "sklearn", "joblib", "dask-ml", "dask_ml"]
DISTRIBUTIONS = {"sklearn": "scikit-learn", "dask_ml": "dask-ml"}

# A scheduler computes nothing: it needs only to speak the same protocol.
SCHEDULERS = {"python", "dask", "distributed", "msgpack"}

RESTART_TIMEOUT = 120  # seconds for workers to come back with other packages


def differences(told):
    """Say where a cluster differs from this process, which runs the release under test.

    Parameters
    ----------
    told : dict
        From ``Client.get_versions``.

    Returns
    -------
    list of str
        For each way to differ, who does and how; empty if nobody does.
    """
    own = _packages(told["client"])
    # what is no part of the release may be there or not; nor is a name of the other kind
    own = {name: version for name, version in own.items() if version is not None}
    places = {"the scheduler": _packages(told["scheduler"])} if told["scheduler"] else {}
    places |= {f"worker {address}": _packages(versions) for address, versions in told["workers"].items()}
    alike = {}
    for place, other in places.items():
        wrong = [
            f"{DISTRIBUTIONS.get(name, name)} {other.get(name) or '(missing)'} instead of {version}"
            for name, version in sorted(own.items())
            if other.get(name) != version and (place != "the scheduler" or name in SCHEDULERS)
        ]
        if wrong:
            alike.setdefault(", ".join(wrong), []).append(place)
    return [
        f"{first}{f' (and {len(others)} more)' if others else ''} has {wrong}"
        for wrong, (first, *others) in alike.items()
    ]


def _packages(versions):
    """Give the versions of one process; of Python the first two numbers, for the third changes nothing here."""
    found = dict((versions or {}).get("packages", {}))
    if found.get("python"):
        found["python"] = ".".join(found["python"].split(".")[:2])
    return found


def require(client):
    """Refuse a cluster that runs another release than this process.

    Parameters
    ----------
    client : distributed.Client
        Connected to it.

    Raises
    ------
    RuntimeError
        It does; the message names the packages and both versions.
    """
    found = differences(client.get_versions(packages=PACKAGES))
    if found:
        raise RuntimeError(f"The cluster does not run the release under test: {'; '.join(found)}")


def sync(client, requirements):
    """Install a release on the workers by distributed's own plugin, and restart them.

    Parameters
    ----------
    client : distributed.Client
        Connected to the cluster; pip and a nanny are needed at each worker.
    requirements : list of str
        The release's pins.

    Raises
    ------
    RuntimeError
        A worker could not install them, or did not come back with them.
    """
    from distributed import PipInstall, WorkerPlugin

    n_workers = len(client.nthreads())
    if not differences(client.get_versions(packages=PACKAGES)):
        return
    restart = "restart_workers" if "restart_workers" in inspect.signature(PipInstall).parameters else "restart"
    plugin = PipInstall(packages=requirements, pip_options=["--quiet", "--no-deps"], **{restart: True})
    kind = "worker" if isinstance(plugin, WorkerPlugin) else "scheduler"
    register = getattr(client, "register_plugin", None) or client.register_worker_plugin
    try:
        register(plugin)
        until = time.monotonic() + RESTART_TIMEOUT
        while time.monotonic() < until:
            with suppress(OSError):  # a worker that ends just now
                told = client.get_versions(packages=PACKAGES)
                if len(told["workers"]) >= n_workers and not differences(told):
                    break
            time.sleep(0.5)
    except Exception as err:
        said = (str(err).strip().splitlines() or [type(err).__name__])[-1]
        raise RuntimeError(f"The workers could not install the release: {said}") from None
    # not for workers that come later: they are compared, and the next release is another one
    getattr(client, f"unregister_{kind}_plugin")(plugin.name)
    require(client)
