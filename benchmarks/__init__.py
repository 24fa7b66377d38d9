"""What asv imports inside a release's environment: the stack under test and nothing else."""
