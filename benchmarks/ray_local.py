"""The local Ray that joblib's Ray backend runs on: started on first use, ended with the process."""

import atexit
import os
from contextlib import suppress

import joblib


def start():
    """Start a local Ray of one worker a core, and let joblib know its backend."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report to its makers
    import ray
    from ray.util.joblib import register_ray

    ray.init("local", num_cpus=joblib.cpu_count(), include_dashboard=False, log_to_driver=False, logging_level="error")
    register_ray()


def end():
    """End it, if it was started."""
    with suppress(ImportError):
        import ray

        ray.shutdown()


def shared():
    """Start this process's Ray on first use; it ends when the process ends, as the cluster of `cluster.shared` does."""
    import ray

    if not ray.is_initialized():
        start()
        atexit.register(end)
