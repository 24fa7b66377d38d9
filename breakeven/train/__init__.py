"""Releases as commits: which releases of the stack there are, and an environment for each.

In come ``releases.toml``, what the package index has published, and overrides as the user writes them.
Out go a git repository with one commit a release, and virtual environments that hold exactly a release's pins.
"""
