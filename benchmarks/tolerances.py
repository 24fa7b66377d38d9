"""Slowdowns that a gate lets pass of a time, each with its reason: by strategy, or of a benchmark of its own."""

USUAL = {
    "tolerance": 0.05,
    "tolerance_reason": "it computes in one process, or in workers that have started before",
}

CLUSTER = {
    "tolerance": 0.10,
    "tolerance_reason": "each task passes through the event loops of client, scheduler and worker",
}

STARTS = {
    "tolerance": 0.20,
    "tolerance_reason": "the call starts processes, which takes the system as long as it happens to",
}
