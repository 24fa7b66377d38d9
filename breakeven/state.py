"""The folder for what breakeven makes for itself: train, environments, records under way, wheels, npm packages."""

from __future__ import annotations

import os
from pathlib import Path

#: Set by the user's environment variable ``BREAKEVEN_STATE``; a clone uses ``.breakeven``.
STATE = Path(os.environ.get("BREAKEVEN_STATE") or ".breakeven")
