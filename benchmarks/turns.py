"""In a gate, calls alternate with those of the other release, so that a slow spell of the machine meets both."""

import functools
import os
import socket


def wait(one_core=False):
    """Wait for the turn to make one timed call; where no gate listens there is nothing to wait for.

    A benchmark's ``setup`` ends with it, for asv calls that before every timed call.

    Parameters
    ----------
    one_core : bool
        Whether the call keeps to one core. Then both sides make it on the same one, and on another in the next turns:
        what others do on a shared machine differs from core to core.
    """
    gate = _gate()
    if gate is None:
        return
    gate.sendall(b"?")
    number = gate.recv(1)
    if not number:
        raise ConnectionError("the gate has ended")
    if one_core and hasattr(os, "sched_setaffinity"):
        cores = _cores()
        os.sched_setaffinity(0, {cores[number[0] % len(cores)]})


@functools.cache
def _cores():
    return sorted(os.sched_getaffinity(0))


@functools.cache
def _gate():
    """Connect this process once, and introduce it."""
    address = os.environ.get("BREAKEVEN_TURNS")
    if address is None:
        return None
    gate = socket.socket(socket.AF_UNIX)
    try:
        gate.connect(address)
    except (ConnectionRefusedError, FileNotFoundError):
        gate.close()
        return None
    gate.sendall(os.getpid().to_bytes(4))
    return gate
